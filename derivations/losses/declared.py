"""What a criterion says of itself beside its formula: the options that torch gives it, the arrays it is called with.

Everything that lists criteria reads it here: readers of torch's objects, drawn data, code, pages, the command, tests.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from ..options import FLAG, LABEL, TENSOR, Choice, Kind, shown
from ..wording import SYMBOLS, Words

#: What criteria are listed under.
FAMILIES = {
    "differences": Words("误差", "differences"),
    "likelihoods": Words("似然", "likelihoods"),
    "margins": Words("间隔", "margins"),
    "geometry": Words("几何", "geometry"),
    "written": Words("常见的自定义写法", "what people write"),
}
#: In the place of a tensor among the values to try: one that is drawn.
DRAWN = "drawn"


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


#: What a letter stands for, where nothing is said of it.
UNSAID = Words("", "")


@dataclass(frozen=True)
class Option:
    """An option of a criterion.

    - `name`: what torch calls it; the field of the loss has the same name.
    - `kind`: what the field accepts. A `Choice` and a FLAG without a letter choose between formulas; the rest is a
      letter in them, and the loss only knows whether it is in use.
    - `letter`: what the formulas call it; none for one that chooses between formulas, as `log_input` does.
    - `words`: what the letter stands for.
    - `default`: its value in torch where nothing is said.
    - `per`: how many numbers it holds; those of a class or an entry are a tensor in torch.
    - `always`: has the formula no form without its letter, as Huber's has none without delta? The field is then True.
      Other numbers are left out of the formula where they are 0, as a margin may be.
    - `samples`: values to certify and test it with, beside the default, or in its place where the letter is always
      there; those of flags, tensors and choices are known.
    """

    name: str
    kind: Kind | Choice
    letter: str = ""
    words: Words = UNSAID
    default: Any = None
    per: Per = Per.ONE
    always: bool = False
    samples: tuple[Any, ...] = ()

    @property
    def is_tensor(self) -> bool:
        return self.kind is TENSOR

    def read(self, owner: str, given: Any) -> Any:
        """The field of the loss for what somebody gave it. Raises ValueError for what is not of its kind."""
        field_ = self.kind(owner, self.name, given)
        if not self.always:
            return field_
        if given is None or given is False:
            raise ValueError(
                f"{owner}({self.name}={shown(given)}): the formula always has it. Give True, or {self.kind.wanted}."
            )
        return True

    def field_of(self, value: Any) -> Any:
        """The field of the loss for a value that torch holds: itself of a choice or a flag, else whether it is used."""
        if self.always:
            return True
        if isinstance(self.kind, Choice) or self.kind is FLAG:
            return value
        left_out = self.default if self.kind is LABEL else 0
        return value is not None and (self.is_tensor or value != left_out)

    def left_out(self, given: Any) -> Any:
        """The field of a loss where somebody overlooks the option; None where there is nothing to overlook."""
        if isinstance(self.kind, Choice) or self.kind is FLAG:
            return self.default if given != self.default else None
        return False if given is True and not self.always else None

    @property
    def fields(self) -> tuple[Any, ...]:
        """Every value that the field of the loss may have, its default first."""
        if isinstance(self.kind, Choice):
            return (self.default, *(each for each in self.kind.values if each != self.default))
        if self.kind is FLAG:
            return (self.default, not self.default)
        return (True,) if self.always else (False, True)

    @property
    def tried(self) -> tuple[Any, ...]:
        """Values of torch that between them use every formula, DRAWN for a tensor."""
        if self.is_tensor:
            return (None, DRAWN)
        if isinstance(self.kind, Choice) or self.kind is FLAG:
            return self.fields
        if self.always:
            return self.samples or (self.default,)
        return (self.default, *self.samples)


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


def said(declared: Iterable[Option | Operand]) -> dict[str, Words]:
    """By letter, what each stands for that has words of its own; some have the common ones of wording.SYMBOLS."""
    own = (each for each in declared if each.letter and each.letter not in SYMBOLS)
    return {each.letter: each.words for each in own if each.words is not None and each.words.en}
