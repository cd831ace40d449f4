"""What a criterion says of itself beside its formula: the options that torch gives it, the arrays it is called with.

Everything that lists criteria reads it here: readers of torch's objects, drawn data, code, pages, the command, tests.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from ..options import Kind
from ..wording import Words


class Values(Enum):
    """What numbers an array may hold: what is drawn for it, and what is refused."""

    REAL = "real numbers"
    LABELS = "class labels, integers from 0 to C − 1"
    PROBABILITIES = "probabilities of the classes, rows that add up to 1"
    LOG_PROBABILITIES = "logarithms of such probabilities"
    UNIT = "numbers from 0 to 1"
    POSITIVE = "positive numbers"
    COUNTS = "counts, whole numbers that are not negative"
    SIGNS = "−1 or 1"
    BITS = "0 or 1"
    CLASS_SETS = "in each row class labels, each at most once, then −1"


class Per(Enum):
    """How many numbers there are of something."""

    ENTRY = "one for each entry of the outputs"
    ROW = "one for each row"
    CLASS = "one for each class"
    ONE = "one"


@dataclass(frozen=True)
class Option:
    """An option of a criterion.

    - `name`: what torch calls it; the field of the loss has the same name.
    - `kind`: what the field accepts.
    - `letter`: what the formulas call it; none for one that chooses between formulas, as `log_input` does.
    - `words`: what the letter stands for.
    - `default`: its value in torch where nothing is said.
    - `per`: how many numbers it holds; those of a class or an entry are a tensor in torch.
    """

    name: str
    kind: Kind
    letter: str = ""
    words: Words | None = None
    default: Any = None
    per: Per = Per.ONE


@dataclass(frozen=True)
class Operand:
    """An array that a criterion is called with after the outputs.

    - `name`: a gradient with respect to it is asked for by this: "targets", or torch's name of the argument, as "var".
    - `letter`: what the formulas call it.
    - `values`: what numbers it may hold.
    - `per`: how many of them there are.
    """

    name: str
    letter: str
    values: Values = Values.REAL
    per: Per = Per.ENTRY
    words: Words | None = field(default=None, compare=False)

    @property
    def is_real(self) -> bool:
        """Can a gradient be taken with respect to it?"""
        return self.values not in (Values.LABELS, Values.SIGNS, Values.BITS, Values.CLASS_SETS)
