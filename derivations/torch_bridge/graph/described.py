"""Which operation a node of a graph is, from its name and from the options that it saved for its backward.

A graph alone says no more; a recording has the call itself, which `binding` reads.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

from sympy import Rational, Symbol

from ... import operations
from ...index_calculus.printing.latex import Latex
from ...index_calculus.printing.plain import Plain
from ...index_calculus.symbols import c, d, n, t
from ...operations.base import Operation
from ...operations.binary import Binary
from ...operations.written import Written, written
from ...wording import Words
from .. import vendor
from ..binding.losses import REDUCTIONS

ONE = Rational(1)
#: What torch saves for a negative option that it keeps as an unsigned number.
UNSIGNED = 2**63


@dataclass(frozen=True)
class Described:
    """An operation as the node has it: its formulas, and the numbers that stay letters in them."""

    written: Written
    numbers: Mapping[str, float]

    @property
    def operation(self) -> Operation:
        return self.written.operation

    @property
    def formula(self) -> str:
        """What it computes."""
        return minus(" = ".join(self.written.definition.plain))

    @property
    def named(self) -> tuple[str, ...]:
        """What the formulas call by a name, and the numbers in them."""
        letter = Plain().symbol
        stages = [" = ".join(each.plain) for each in self.written.stages]
        return tuple(map(minus, [*stages, *(f"{letter(name)} = {value:g}" for name, value in self.numbers.items())]))

    @property
    def numbers_latex(self) -> tuple[str, ...]:
        """The numbers in the formulas, in LaTeX."""
        return tuple(f"{Latex().symbol(name)} = {_number_latex(value)}" for name, value in self.numbers.items())

    @property
    def broadcasts(self) -> bool:
        return isinstance(self.operation, Binary)

    def hands_on(self, operand: str, alone: bool) -> Words:
        """What an operand is handed."""
        share = self.written.shares[operand]
        left, right = map(minus, share.plain)
        if alone and share.matrix is not None:
            return Words(f"往下传：{right}", f"hands on {right}")
        return Words(f"传给 {left}：{right}", f"to {left}: {right}")


def described(function: Any) -> Described | None:
    """What is known of a node; None where no operation describes it, or none with its options."""
    name, operation = function.name().rpartition("::")[2], operation_of(function)
    if operation is None:
        return None
    numbers = {letter: _number(function, option) for letter, option in operation.numbers.items()}
    without = {n} if name in NORMS and _saved(function, "dim") is None else set()
    return as_node(name, operation, numbers, _ones(operation, function), without)


def operation_of(function: Any) -> Operation | None:
    """The operation that a node is; None where none is, or none with its options."""
    name = function.name().rpartition("::")[2]
    try:
        return READ[name](function) if name in READ else _usual(operations.of_node(name))
    except ValueError:
        return None  # an option for which there is no formula


def as_node(
    name: str,
    operation: Operation,
    numbers: Mapping[str, float | None],
    ones: Iterable[str] = (),
    without: Iterable[Symbol] = (),
) -> Described:
    """An operation as a node of that name has it.

    `numbers` are its numbers, by letter; `ones` the letters of arrays that were not given, and so are 1; `without` are
    axes of size 1, beside those that follow from the node.
    """
    known = {letter: value for letter, value in numbers.items() if value is not None and math.isfinite(value)}
    whole = {letter: Rational(int(value)) for letter, value in known.items() if value == int(value)}
    values = {**dict.fromkeys(ones, ONE), **whole}
    found = written(operation, tuple(values.items()), frozenset({*without, *_without(operation, name)}))
    told = {letter: value for letter, value in known.items() if letter not in whole and letter in found.letters}
    return Described(found, told)


def _usual(kinds: Sequence[Callable[[], Operation]]) -> Operation | None:
    """The one there is. Torch makes a tensor of a number that is added or multiplied, so that it has two operands."""
    two = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Binary)]
    found = two if len(kinds) > 1 else kinds
    return found[0]() if len(found) == 1 else None


def _number_latex(value: float) -> str:
    mantissa, e, exponent = f"{value:g}".partition("e")
    if not e:
        return mantissa
    power = f"10^{{{int(exponent)}}}"
    return power if mantissa == "1" else rf"{mantissa} \cdot {power}"


def minus(text: str) -> str:
    """With a real minus sign."""
    return text.replace("-", "−")


def _saved(function: Any, option: str) -> Any:
    """An option that the node saved for its backward."""
    return vendor.saved(function, option)


def _has(function: Any, tensor: str) -> bool:
    """Whether an optional tensor was given, also after `backward()` has freed it."""
    try:
        return _saved(function, tensor) is not None
    except RuntimeError:
        return True


def _number(function: Any, option: str) -> float | None:
    """A number that the node saved; None where it saved none of that name."""
    try:
        value = _saved(function, option)
    except AttributeError:
        return None
    return float(value) if isinstance(value, Real) else None


def _ones(operation: Operation, function: Any) -> list[str]:
    """The letters of arrays that were not given, and so are 1 everywhere."""
    options = {"w": "weight", "q": "pos_weight"} if isinstance(operation, CRITERIA) else {}
    return [letter for letter, name in options.items() if letter in operation.meanings and not _has(function, name)]


CRITERIA = (operations.BceLoss, operations.BceWithLogitsLoss, operations.NllLoss)
#: Nodes that reduce all of their operand, so that there is no row.
OF_ALL = {"DotBackward0", "SumBackward0", "MeanBackward0", "MaxBackward1", "MinBackward1", "MedianBackward0"}
#: Those that do so where they saved no dim.
NORMS = {"LinalgVectorNormBackward0"}


def _without(operation: Operation, name: str) -> set[Symbol]:
    """Axes that need not be written: those that are broadcast, as a caption says; batches; rows of what has none."""
    if isinstance(operation, Binary):
        return {d, c}
    if isinstance(operation, operations.BatchedMatMul | operations.AddBmm):
        return {t}
    return {n} if name in OF_ALL else set()


def _reduced(kind: Callable[..., Operation]) -> Callable[[Any], Operation]:
    return lambda function: kind(reduction=REDUCTIONS[_saved(function, "reduction")])


def _affine(kind: Callable[..., Operation]) -> Callable[[Any], Operation]:
    return lambda function: kind(affine=_has(function, "weight"))


def _batch_norm(function: Any) -> Operation:
    kind = operations.BatchNorm if _saved(function, "training") else operations.BatchNormEval
    return kind(affine=_has(function, "weight"))


def _convolution(function: Any) -> Operation:
    kind = operations.TransposedConvolution if _saved(function, "transposed") else operations.Convolution
    return kind(bias=_saved(function, "bias_sym_sizes_opt") != (0,))


def _addmm(function: Any) -> Operation:
    """What is added is a row where that is known, which a matrix may be, too."""
    added, _ = function.next_functions[0]
    shape = added.variable.shape if hasattr(added, "variable") else ()
    return operations.AddMm(added="row" if len(shape) == 1 else "matrix")


READ: dict[str, Callable[[Any], Operation | None]] = {
    "AddmmBackward0": _addmm,
    "BinaryCrossEntropyBackward0": _reduced(operations.BceLoss),
    "BinaryCrossEntropyWithLogitsBackward0": _reduced(operations.BceWithLogitsLoss),
    "CdistBackward0": lambda function: operations.Cdist() if _saved(function, "p") == 2 else None,
    "ClampBackward1": lambda function: operations.Clamp(min=_has(function, "min"), max=_has(function, "max")),
    "ClampMaxBackward0": lambda function: operations.Clamp(min=False),
    "ClampMinBackward0": lambda function: operations.Clamp(max=False),
    "ConvolutionBackward0": _convolution,
    "EmbeddingBackward0": lambda function: operations.Embedding(padding=_saved(function, "padding_idx") < UNSIGNED),
    "GeluBackward0": lambda function: operations.Gelu(approximate=_saved(function, "approximate")),
    "HuberLossBackward0": _reduced(operations.HuberLoss),
    "IndexPutBackward0": lambda function: operations.ScatterAdd() if _saved(function, "accumulate") else None,
    "LinalgVectorNormBackward0": lambda function: operations.VectorNorm(order=_saved(function, "ord")),
    "MseLossBackward0": _reduced(operations.MseLoss),
    "NativeBatchNormBackward0": _batch_norm,
    "NativeGroupNormBackward0": _affine(operations.GroupNorm),
    "NativeLayerNormBackward0": _affine(operations.LayerNorm),
    "NllLossBackward0": _reduced(operations.NllLoss),
    "NllLoss2DBackward0": _reduced(operations.NllLoss),
    "PowBackward0": lambda function: operations.Power(exponent=_saved(function, "exponent")),
    "SmoothL1LossBackward0": _reduced(operations.SmoothL1Loss),
    "SoftMarginLossBackward0": _reduced(operations.SoftMarginLoss),
}
