"""Print the closed form of a derivation as a short Python function, for torch or for numpy.

The function computes Z, what the loss needs of it (P), G = ∂L/∂Z once, and then the contractions asked for. Nothing is
written by hand for a loss: each line is the matrix form of a definition or of a derived result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sympy as sp
from sympy import Expr

from ..derivation import Derivation
from ..index_calculus.expressions import Context, Definition, names_in
from ..index_calculus.matrix import (
    Array,
    Diagonal,
    Elementwise,
    Hadamard,
    MatMul,
    Matrix,
    OneHot,
    Ones,
    Outer,
    Plus,
    Power,
    RowMax,
    Scale,
    Softmax,
    Transpose,
)
from ..index_calculus.recognise import recognise
from ..index_calculus.symbols import SIZES
from ..linear import named_gradient
from .formula import contraction

#: How tightly an expression binds, so that brackets stand where Python needs them. `@`, `*` and `/` bind alike.
SUM, PRODUCT, ATOM = 1, 2, 3


@dataclass(frozen=True)
class Backend:
    """What torch and numpy write differently."""

    name: str
    module: str
    imports: str
    softmax: str
    one_hot: str
    row_max: str
    prelude: str = ""


BACKENDS = {
    "torch": Backend(
        name="torch",
        module="torch",
        imports="import torch",
        softmax="torch.softmax({0}, 1)",
        one_hot="torch.nn.functional.one_hot({labels}, {columns}).to({like})",
        row_max="{0}.amax(1)",
    ),
    "numpy": Backend(
        name="numpy",
        module="np",
        imports="import numpy as np",
        softmax="softmax({0})",
        one_hot="np.eye({columns}, dtype={like}.dtype)[{labels}]",
        row_max="{0}.max(1)",
        prelude=(
            "def softmax(Z):\n"
            "    E = np.exp(Z - Z.max(1, keepdims=True))  # the largest entry becomes 0: no overflow\n"
            "    return E / E.sum(1, keepdims=True)\n\n\n"
        ),
    ),
}


class Emitter:
    """Matrix expressions as Python text."""

    def __init__(self, backend: Backend, like: str):
        self.backend = backend
        self.like = like  # the array whose dtype and device constants take

    def __call__(self, node: Matrix) -> str:
        return self._emit(node)[0]

    def _inside(self, node: Matrix, level: int) -> str:
        text, own = self._emit(node)
        return text if own >= level else f"({text})"

    def _emit(self, node: Matrix) -> tuple[str, int]:
        match node:
            case Array(name):
                return name, ATOM
            case OneHot(labels, _, columns):
                return self.backend.one_hot.format(labels=labels, columns=columns, like=self.like), ATOM
            case Transpose(of):
                return f"{self._inside(of, ATOM)}.T", ATOM
            case Softmax(of):
                return self.backend.softmax.format(self(of)), ATOM
            case RowMax(of):
                return self.backend.row_max.format(self._inside(of, ATOM)), ATOM
            case Elementwise(of, function):
                return f"{self.backend.module}.{function}({self(of)})", ATOM
            case Power(of, exponent):
                return f"{self._inside(of, ATOM)} ** {exponent}", PRODUCT
            case Scale(Ones(), coefficient):
                return scalar(coefficient), PRODUCT
            case Scale(of, coefficient):
                return f"{scalar(coefficient)} * {self._inside(of, ATOM)}", PRODUCT
            case MatMul(Transpose(of), Ones()):
                return f"{self._inside(of, ATOM)}.sum(0)", ATOM
            case MatMul(left, Ones()):
                return f"{self._inside(left, ATOM)}.sum(1)", ATOM
            case MatMul(Diagonal(weights), right):
                return f"{self._inside(weights, ATOM)}[:, None] * {self._inside(right, ATOM)}", PRODUCT
            case MatMul(left, Diagonal(weights)):
                return f"{self._inside(left, ATOM)} * {self._inside(weights, ATOM)}", PRODUCT
            case MatMul(left, right):
                return f"{self._inside(left, ATOM)} @ {self._inside(right, ATOM)}", PRODUCT
            case Outer(Ones(), right):  # broadcast along the rows
                return self._emit(right)
            case Outer(left, Ones()):
                return f"{self._inside(left, ATOM)}[:, None]", ATOM
            case Outer(left, right):
                return f"{self._inside(left, ATOM)}[:, None] * {self._inside(right, ATOM)}", PRODUCT
            case Hadamard(items):
                return " * ".join(self._inside(item, ATOM) for item in items), PRODUCT
            case Plus(items):
                return self._sum(items), SUM
        raise TypeError(f"no {self.backend.name} code for {type(node).__name__}")

    def _sum(self, items: Iterable[Matrix]) -> str:
        text = ""
        for item in sorted(items, key=lambda item: (_is_subtracted(item), isinstance(item, Outer))):
            if _is_subtracted(item):
                assert isinstance(item, Scale)
                positive = item.of if item.coefficient == -1 else Scale(item.of, -item.coefficient)
                text += f" - {self._inside(positive, PRODUCT)}"
            else:
                text += f"{' + ' if text else ''}{self._inside(item, PRODUCT)}"
        return text.replace(" - ", "-", 1) if text.startswith(" - ") else text


def _is_subtracted(item: Matrix) -> bool:
    return isinstance(item, Scale) and bool(item.coefficient.as_coeff_Mul()[0] < 0)


def scalar(expr: Expr) -> str:
    """A coefficient as Python text: 2 / (N * C)."""
    numerator, denominator = sp.fraction(expr)
    if denominator == 1:
        return _factors(numerator)
    below = _factors(denominator)
    return f"{_factors(numerator)} / {f'({below})' if ' ' in below else below}"


def _factors(expr: Expr) -> str:
    order = {size: place for place, size in enumerate((SIZES[0], SIZES[2], SIZES[1]))}
    factors = sorted(sp.Mul.make_args(expr), key=lambda factor: order.get(factor, -1))
    return " * ".join(sp.pycode(factor) for factor in factors)


def assignments(context: Context, needed: Iterable[str]) -> list[tuple[str, Matrix]]:
    """The definitions that `needed` rests on, each after those it uses, as name and matrix form."""
    found: dict[str, Matrix] = {}

    def visit(name: str) -> None:
        definition = context.definitions.get(name)
        if definition is None or name in found or name == "L":
            return
        for other in sorted(names_in(definition.right)):
            visit(other)
        found[name] = matrix_of(definition)

    for name in needed:
        visit(name)
    return list(found.items())


def matrix_of(definition: Definition) -> Matrix:
    return recognise(definition.right, definition.left.indices)


def body(derivations: Mapping[str, Derivation], of_outputs: Derivation) -> list[tuple[str, Matrix]]:
    """The assignments that every gradient in `derivations` needs: Z for a model, what the loss uses, and G."""
    context = next(iter(derivations.values())).context
    return assignments(context.extended(G=named_gradient(of_outputs)), ["Z", "G"])


def source(derivations: Mapping[str, Derivation], of_outputs: Derivation, backend: str = "torch") -> str:
    """A function `gradients` as text: it takes the arrays of the formula, returns a dict, or one array for one wish.

    `derivations` maps "weight", "bias", "inputs", "outputs" to what is to be computed. X is (N, D), W (C, D), b (C,),
    Z (N, C), Y (N, C), y (N,) integers. Raises ValueError for an unknown backend.
    """
    if backend not in BACKENDS:
        raise ValueError(f"backend={backend!r} is unknown. Accepted: {', '.join(map(repr, BACKENDS))}.")
    chosen = BACKENDS[backend]
    lines = body(derivations, of_outputs)
    emit = Emitter(chosen, like="Z")
    results = {wrt: emit(contraction(derivation)) for wrt, derivation in derivations.items()}
    returned = next(iter(results.values())) if len(results) == 1 else _dict(results)
    text = [f"def gradients({', '.join(arguments(lines, derivations))}):"]
    text += indented(lines, emit, used_sizes(node for _, node in lines))
    text += [f"    return {returned}", ""]
    prelude = chosen.prelude if any(isinstance(node, Softmax) for _, node in lines) else ""
    needs_import = chosen.imports if prelude or f"{chosen.module}." in "\n".join(text) else ""
    return (f"{needs_import}\n\n\n" if needs_import else "") + prelude + "\n".join(text)


def indented(lines: Sequence[tuple[str, Matrix]], emit: Emitter, sizes: set[str]) -> list[str]:
    """The assignments as source lines; the sizes are read off Z as soon as it is there."""
    text = [f"    {name} = {emit(node)}" for name, node in lines]
    after_outputs = next((place + 1 for place, (name, _) in enumerate(lines) if name == "Z"), 0)
    if sizes:
        text.insert(after_outputs, "    N, C = Z.shape")
    return text


def used_sizes(nodes: Iterable[Matrix]) -> set[str]:
    """Names of the sizes that coefficients and one-hot columns mention."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, Scale):
            found |= {str(symbol) for symbol in node.coefficient.free_symbols}
        if isinstance(node, OneHot):
            found.add(str(node.columns))
        found |= used_sizes(node.parts)
    return found


def arguments(lines: Sequence[tuple[str, Matrix]], derivations: Mapping[str, Derivation]) -> list[str]:
    """The arrays that the lines and the results use and do not assign, in the order of the formula."""
    nodes = [node for _, node in lines] + [contraction(derivation) for derivation in derivations.values()]
    used = set().union(*(array_names(node) for node in nodes)) - {name for name, _ in lines}
    return [name for name in ("X", "W", "b", "Z", "Y", "y") if name in used]


def array_names(node: Matrix) -> set[str]:
    own = {node.name} if isinstance(node, Array) else {node.labels} if isinstance(node, OneHot) else set()
    return own.union(*(array_names(part) for part in node.parts))


def _dict(results: Mapping[str, str]) -> str:
    return "{" + ", ".join(f'"{wrt}": {text}' for wrt, text in results.items()) + "}"
