"""Matrix expressions as Python text, for torch and for numpy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sympy as sp
from sympy import Abs, Expr, Sum, Symbol

from ..index_calculus.expressions import is_turned
from ..index_calculus.matrices.nodes import (
    Array,
    Diagonal,
    Elementwise,
    Gather,
    Hadamard,
    Kept,
    LogOf,
    MatMul,
    Matrix,
    OneHot,
    Ones,
    Outer,
    Plus,
    Power,
    Scale,
    Sigmoid,
    Softmax,
    Total,
    Transpose,
)
from ..index_calculus.matrices.recognise import recognise
from ..index_calculus.symbols import SIZES
from ..losses import registry

#: How tightly an expression binds, so that brackets stand where Python needs them. `@`, `*` and `/` bind alike; a power
#: may be a factor, but nothing may be asked of it.
SUM, PRODUCT, FACTOR, ATOM = 1, 2, 3, 4

#: What the code calls the symbols that the formulas have one letter for: as torch does.
NAMES = registry.letters()


@dataclass(frozen=True)
class Backend:
    """What torch and numpy write differently. {0} is the argument."""

    name: str
    module: str
    imports: str
    softmax: str
    log_softmax: str
    sigmoid: str
    log_sigmoid: str
    one_hot: str
    kept: str
    checks_labels: bool
    moved: str
    broadcast: str
    expanded: str
    sum_to: str
    preludes: tuple[tuple[str, str], ...] = ()


BACKENDS = {
    "torch": Backend(
        name="torch",
        module="torch",
        imports="import torch",
        softmax="torch.softmax({0}, 1)",
        log_softmax="torch.log_softmax({0}, 1)",
        sigmoid="torch.sigmoid({0})",
        log_sigmoid="torch.nn.functional.logsigmoid({0})",
        one_hot="torch.nn.functional.one_hot({labels}, {columns}).to({like})",
        kept="({labels} != {ignored}).to({like}.dtype)",
        checks_labels=False,  # its one_hot refuses what names no class
        moved="{0}.movedim({1}, {2})",
        broadcast="torch.broadcast_tensors({0})",
        expanded="{0}.expand({1})",
        sum_to="{0}.sum_to_size({1})",
    ),
    "numpy": Backend(
        name="numpy",
        module="np",
        imports="import numpy as np",
        softmax="softmax({0})",
        log_softmax="log_softmax({0})",
        sigmoid="np.exp(-np.logaddexp(0, -{0}))",
        log_sigmoid="-np.logaddexp(0, -{0})",
        one_hot="np.eye({columns}, dtype={like}.dtype)[{labels}]",
        kept="({labels} != {ignored}).astype({like}.dtype)",
        checks_labels=True,
        moved="np.moveaxis({0}, {1}, {2})",
        broadcast="np.broadcast_arrays({0})",
        expanded="np.broadcast_to({0}, {1})",
        sum_to="sum_to({0}, {1})",
        preludes=(
            (
                "log_softmax(",
                "def log_softmax(Z):\n"
                "    Z = Z - Z.max(1, keepdims=True)  # the largest entry becomes 0: no overflow\n"
                "    return Z - np.log(np.exp(Z).sum(1, keepdims=True))\n\n\n",
            ),
            (
                " softmax(",
                "def softmax(Z):\n"
                "    E = np.exp(Z - Z.max(1, keepdims=True))  # the largest entry becomes 0: no overflow\n"
                "    return E / E.sum(1, keepdims=True)\n\n\n",
            ),
            (
                " sum_to(",
                "def sum_to(G, shape):  # the gradient of what was broadcast from `shape`\n"
                "    G = G.sum(tuple(range(G.ndim - len(shape))))\n"
                "    return G.sum(tuple(axis for axis, size in enumerate(shape) if size == 1), keepdims=True)\n\n\n",
            ),
        ),
    ),
}


class Emitter:
    """Matrix expressions as Python text."""

    def __init__(self, backend: Backend, like: str, ignored: str = NAMES["iota"]):
        self.backend = backend
        self.like = like  # the array whose dtype and device constants take
        self.ignored = ignored  # the label that is left out, or the argument that says which

    def __call__(self, node: Matrix) -> str:
        return self._emit(node)[0]

    def _inside(self, node: Matrix, level: int) -> str:
        text, own = self._emit(node)
        return text if own >= level else f"({text})"

    def _emit(self, node: Matrix) -> tuple[str, int]:
        match node:
            case Array(name):
                return NAMES.get(name, name), ATOM
            case Gather(name, labels):
                return f"{NAMES.get(name, name)}[{labels}]", ATOM
            case Kept(labels):
                return self.backend.kept.format(labels=labels, ignored=self.ignored, like=self.like), ATOM
            case OneHot(labels, _, columns):
                return self.backend.one_hot.format(labels=labels, columns=columns, like=self.like), ATOM
            case Transpose(of):
                return f"{self._inside(of, ATOM)}.T", ATOM
            case Softmax(of):
                return self.backend.softmax.format(self(of)), ATOM
            case Sigmoid(of):
                return self._function(self.backend.sigmoid, of)
            case LogOf(Softmax(of)):
                return self.backend.log_softmax.format(self(of)), ATOM
            case LogOf(Sigmoid(of)):
                return self._function(self.backend.log_sigmoid, of)
            case Total(of):
                return f"{self._inside(of, ATOM)}.sum()", ATOM
            case Elementwise(of, function):
                return f"{self.backend.module}.{function}({self(of)})", ATOM
            case Power(of, exponent):
                return f"{self._inside(of, ATOM)} ** {exponent}", FACTOR
            case Ones() | Outer(Ones(), Ones()):  # broadcast
                return "1", ATOM
            case Scale(Ones() | Outer(Ones(), Ones()), coefficient):
                return scalar(coefficient), PRODUCT
            case Scale(of, coefficient) if coefficient == -1:
                return f"-{self._inside(of, FACTOR)}", PRODUCT
            case Scale(of, coefficient):
                return f"{scalar(coefficient)} * {self._inside(of, FACTOR)}", PRODUCT
            case MatMul(Transpose(of), Ones()):
                return f"{self._inside(of, ATOM)}.sum(0)", ATOM
            case MatMul(left, Ones()):
                return f"{self._inside(left, ATOM)}.sum(1)", ATOM
            case MatMul(Diagonal(weights), right):
                return f"{self._inside(weights, ATOM)}[:, None] * {self._inside(right, FACTOR)}", PRODUCT
            case MatMul(left, Diagonal(weights)):
                return f"{self._inside(left, FACTOR)} * {self._inside(weights, FACTOR)}", PRODUCT
            case MatMul(left, right):
                return f"{self._inside(left, FACTOR)} @ {self._inside(right, FACTOR)}", PRODUCT
            case Outer(Ones(), right):  # broadcast along the rows
                return self._emit(right)
            case Outer(left, Ones()):
                return f"{self._inside(left, ATOM)}[:, None]", ATOM
            case Outer(left, right):
                return f"{self._inside(left, ATOM)}[:, None] * {self._inside(right, FACTOR)}", PRODUCT
            case Hadamard(items):
                return " * ".join(self._inside(item, FACTOR) for item in items), PRODUCT
            case Plus(items):
                return self._sum(items), SUM
        raise TypeError(f"no {self.backend.name} code for {type(node).__name__}")

    def _function(self, template: str, of: Matrix) -> tuple[str, int]:
        """A function whose argument may stand behind a sign."""
        inside = self._inside(of, ATOM) if "-{0}" in template else self(of)
        return template.format(inside), PRODUCT if template.startswith("-") else ATOM

    def _sum(self, items: Iterable[Matrix]) -> str:
        text = ""
        for item in in_order(items):
            if is_subtracted(item):
                assert isinstance(item, Scale)
                positive = item.of if item.coefficient == -1 else Scale(item.of, -item.coefficient)
                text += f" - {self._inside(positive, PRODUCT)}"
            else:
                text += f"{' + ' if text else ''}{self._inside(item, PRODUCT)}"
        return text.replace(" - ", "-", 1) if text.startswith(" - ") else text


def in_order(items: Iterable[Matrix]) -> list[Matrix]:
    """The summands as they are written: what is subtracted last."""
    return sorted(items, key=lambda item: (is_subtracted(item), isinstance(item, Outer)))


def is_subtracted(item: Matrix) -> bool:
    return isinstance(item, Scale) and not item.coefficient.has(Abs) and is_turned(item.coefficient)


def scalar(expr: Expr) -> str:
    """A coefficient as Python text: 2 / (N * C). It binds like a product."""
    numerator, denominator = sp.fraction(expr)
    if denominator == 1:
        return _factors(numerator)
    below = _factors(denominator)
    return f"{_factors(numerator)} / {f'({below})' if ' ' in below and not below.startswith('(') else below}"


def _factors(expr: Expr) -> str:
    return " * ".join(_factor(factor) for factor in factors_of(expr))


def factors_of(expr: Expr) -> list[Expr]:
    """The factors as they are written: numbers and letters, sums, the sizes."""
    order = {size: place for place, size in enumerate((SIZES[0], SIZES[2], SIZES[1]))}
    return sorted(sp.Mul.make_args(expr), key=lambda factor: (order.get(factor, -1), isinstance(factor, Sum)))


def _factor(expr: Expr) -> str:
    """One factor, in brackets where it is a sum. Sums over arrays become .sum(), other letters torch's names."""
    text = sp.pycode(expr.xreplace({each: Symbol(_total(each)) for each in expr.atoms(Sum)} | _renamed(expr)))
    return f"({text})" if expr.is_Add else str(text)


def _renamed(expr: Expr) -> dict[Expr, Symbol]:
    return {each: Symbol(NAMES[each.name]) for each in expr.free_symbols if getattr(each, "name", "") in NAMES}


def _total(total: Sum) -> str:
    absolute, node = summed(total)
    text = Emitter(BACKENDS["torch"], like="Z")(node)
    return f"{text}.abs().sum()" if absolute else f"{text}.sum()"


def summed(total: Sum) -> tuple[bool, Matrix]:
    """What a sum in a coefficient adds up, as a whole array, and whether it adds absolute values."""
    absolute = isinstance(total.function, Abs)
    function = total.function.args[0] if absolute else total.function
    return absolute, recognise(function, [limit[0] for limit in total.limits])
