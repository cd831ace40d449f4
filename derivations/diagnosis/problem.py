"""What a gradient is compared with: certified programs as data, and the numbers of one trial."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .mistake import Mistake
from .trees import Program, Tree


@dataclass(frozen=True)
class Drawn:
    """An array or a number that a program takes, and what it may hold: for drawing one.

    - `name`: what programs call it.
    - `values`: "REAL", "LABELS", "LABEL", "PROBABILITIES", "LOG_PROBABILITIES", "UNIT", "POSITIVE", "COUNTS", "SIGNS",
      "BITS" or "CLASS_SETS", as `losses.declared.Values` explains; "LABEL" is one label that does not count, "PART" a
      number from 0 to 1.
    - `per`: "ENTRY", "ROW", "CLASS" or "ONE".
    - `default`: of an option that is a number, what it is where nothing is said; None where it then is none.
    """

    name: str
    values: str = "REAL"
    per: str = "ENTRY"
    default: float | None = None


class Later(Sequence[Any]):
    """A tuple that is made when it is first asked for; until then nothing is derived for it."""

    def __init__(self, make: Callable[[], Iterable[Any]]):
        self._make = make

    @cached_property
    def _made(self) -> tuple[Any, ...]:
        return tuple(self._make())

    def __len__(self) -> int:
        return len(self._made)

    def __getitem__(self, place: Any) -> Any:
        return self._made[place]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._made == tuple(other)

    def __hash__(self) -> int:
        return hash(self._made)


@dataclass(frozen=True)
class Problem:
    """One gradient of one criterion. Made from its derivation by `closed_form.problems.problem`; plain data.

    - `title`: the criterion with its options, as torch writes them; `wrt`: "outputs", "weight", "bias", "inputs", …
    - `symbol`: the letter of the tensor (Z, W, b, X, Q, Y); `sizes`: its shape in sizes, ("N", "C").
    - `program`: the certified gradient, with what it is made of in lines of their own: P, A, S, mu, G. A factor
      `grad_output` stands in it for every reduction: a number for "mean" and "sum".
    - `forms`: the same gradient as other lines of its derivation have it, in which other mistakes show.
    - `divisor`: what the mean divides by, as a tree (1 for "sum" and "none"): sizes, or S, a line of the program.
    - `relatives`: certified gradients that this one may be taken for, each with what it then is: an option left out,
      the gradient of another tensor. Who finds a gradient right never asks for them (`Later`).
    - `options`: those in use, by torch's names; `targets`: "real", "indices" or "probabilities"; `reduction`: "mean",
      "sum" or "none".
    - `per`: how many losses there are before the reduction, one for each "ENTRY" or "ROW".
    - `outputs`: what the criterion is given: Z, or Q made of Z. `operands`: what it is called with beside that, and
      `numbers`: the options in use that have a letter, both by the names that programs call them.
    - `positions`: rows are samples and positions (extra dimensions); names then hold their numbers B and T, N = B·T.
    """

    title: str
    wrt: str
    symbol: str
    sizes: tuple[str, ...]
    program: Program
    divisor: Tree = 1
    forms: tuple[Program, ...] = ()
    relatives: Sequence[tuple[Mistake, Program]] = ()
    options: tuple[str, ...] = ()
    targets: str = "real"
    reduction: str = "mean"
    positions: bool = False
    per: str = "ENTRY"
    outputs: Drawn = Drawn("Z")
    operands: tuple[Drawn, ...] = ()
    numbers: tuple[Drawn, ...] = ()

    @property
    def weights(self) -> tuple[str, ...]:
        """The options in use that are arrays, one number for each class or entry."""
        return tuple(each.name for each in self.numbers if each.per != "ONE")

    @property
    def shares(self) -> tuple[str, ...]:
        """The options in use that are a number from 0 to 1."""
        return tuple(each.name for each in self.numbers if each.values == "PART")

    @property
    def ignored(self) -> str | None:
        """The option in use that is a label that does not count."""
        return next((each.name for each in self.numbers if each.values == "LABEL"), None)

    @property
    def targets_hold(self) -> str:
        """The values of the targets; "" where there are none."""
        return next((each.values for each in self.operands if each.name in ("Y", "y")), "")


@dataclass(frozen=True)
class Precision:
    """Of a floating-point type: the unit roundoff u = eps/2, the largest error of what underflows, the largest number.

    The error is the smallest normal number where kernels may take what is below it as 0. `wide` is the unit roundoff of
    the format that sums and functions are computed in before they are rounded; None where that is this one.
    """

    name: str
    unit: float
    tiny: float
    largest: float = math.inf
    wide: float | None = None


PRECISIONS = {
    "float64": Precision("float64", 2.0**-53, 2.0**-1022, (2 - 2.0**-52) * 2.0**1023),
    "float32": Precision("float32", 2.0**-24, 2.0**-126, (2 - 2.0**-23) * 2.0**127),
    "float16": Precision("float16", 2.0**-11, 2.0**-25, 65504.0),
    "bfloat16": Precision("bfloat16", 2.0**-8, 2.0**-126, (2 - 2.0**-7) * 2.0**127),
}


@dataclass(frozen=True)
class Case:
    """The numbers of one trial: what every name of the program is, and the gradient that was given.

    Arrays are those of the array protocol in use (`values.lists.Lists`, or tensors); matrices have a row for each
    sample and position. `names` holds the sizes N, C and D too. `inputs`: by so many units of roundoff the arrays may
    differ from those that the gradient was computed of.
    """

    names: Mapping[str, Any]
    given: Any
    precision: Precision = PRECISIONS["float64"]
    inputs: float = 0.0
