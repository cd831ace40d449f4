"""How far two floating-point evaluations of a gradient may lie apart: κ, from the formula itself.

κ is the first-order error of evaluating an expression, in units of eps, with every rounding counted at its magnitude.
It follows from the matrix form by one rule per node, so a loss brings no bound of its own:

    error(A B)    = error(A) |B| + |A| error(B) + |A| |B|
    error(a + b)  = error(a) + error(b) + |a + b|
    error(c a)    = |c| error(a) + |c a|, and once more |c a| error(S) / |S| for a divisor S that was summed
    error(a ⊙ b)  = error(a) ⊙ |b| + |a| ⊙ error(b) + |a ⊙ b|
    error(a^p)    = p |a|^(p-1) ⊙ error(a) + p |a|^p
    error(Σ a)    = Σ error(a) + Σ |a|
    error(softmax(a))     = softmax(a) ⊙ growth(1 + log C + the largest error(a) + |a| in the row)
    error(σ(a))           = σ(a) (1 − σ(a)) ⊙ growth(error(a) + |a|) + 2 σ(a)
    error(log softmax(a)) = 2 (1 + log C + the largest error(a) + |a| in the row) + |log softmax(a)|
    error(log σ(a))       = error(a) + |log σ(a)|

Softmax is e^(a - lse), so an absolute error of a - lse is a relative error of it, which growth(x) = (e^(eps x) − 1)/eps
keeps true where it is no longer small. That difference is rounded at its own magnitude, at most 2 max |a| + log C.
The full bound that a certificate uses is (4 + K/2)·eps·κ + 4·s·κ₀ with K the length of the contraction, s the smallest
subnormal, and κ₀ the same rules with every rounding counted as 1: what underflow can do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import reduce

import sympy as sp
from sympy import Abs, Expr, Sum, Symbol

from ..derivation import Derivation
from ..index_calculus.expressions import Definition
from ..index_calculus.matrix import (
    Array,
    Diagonal,
    Elementwise,
    Gather,
    Hadamard,
    Identity,
    Kept,
    LogOf,
    MatMul,
    Matrix,
    OneHot,
    Ones,
    Outer,
    Plus,
    Power,
    RowMax,
    Scale,
    Sigmoid,
    Softmax,
    Total,
    Transpose,
    hadamard,
    matmul,
    scale,
    transpose,
)
from .emit import BACKENDS, Emitter
from .formula import contraction
from .program import Line, arguments, array_names, indented, matrix_of, program, used_sizes, with_names

#: Prefixes of the names of errors: in eps, and in roundings of size 1.
EPS, UNIT = "error_", "unit_"
#: What a bound may take beside the arrays of the formula.
ERRORS_TAKEN = ("error_Z", "error_G", "unit_G", "eps")


def outputs_bound_source(definition: Definition) -> str:
    """A torch function `bounds` as text: the error of the outputs Z = X Wᵀ + b, in eps."""
    node = matrix_of(definition)
    return _text([("Z", node)], (Errors(EPS, magnitude).of(node),))


def loss_bound_source(derivation: Derivation, of_outputs: Derivation, rounded: bool) -> str:
    """A torch function `bounds` as text: κ and κ₀ of ∂L/∂Z, or of another derivative that is no contraction of it.

    It takes the arrays of the formula, and `error_Z` and `eps` where it needs them; `rounded` says that Z is a result
    of computation, with an error of its own. Evaluate it in float64.
    """
    lines, results = program(derivation.context, of_outputs, {"": contraction(derivation)})
    relative, absolute = Errors(EPS, magnitude, {"Z"} if rounded else set()), Errors(UNIT, ones)
    with_errors: list[Line] = []
    for name, node in lines:
        with_errors.append((name, node))
        for errors in (relative, absolute):
            own = errors.of(node)
            if own is not None:
                with_errors.append((errors.prefix + name, with_names(own, dict(lines))))
                errors.known.add(name)
    return _text(with_errors, (relative.of(results[""]), absolute.of(results[""])))


def contraction_bound_source(derivation: Derivation) -> str:
    """A torch function `bounds` as text: κ and κ₀ of a contraction, from G, error_G, unit_G and the other array."""
    node = contraction(derivation)
    return _text([], (Errors(EPS, magnitude, {"G"}).of(node), Errors(UNIT, ones, {"G"}).of(node)))


def contracted(derivation: Derivation) -> Symbol | None:
    """The size that a contraction sums over: N for W and b, C for X; None for what is no contraction."""
    node = contraction(derivation)
    return node.left.shape[1] if isinstance(node, MatMul) and "G" in array_names(node) else None


def _text(lines: Sequence[Line], returned: Sequence[Matrix | None]) -> str:
    """The function; an error that there is none of is 0."""
    like = "Z" if _mentions(lines, returned, "Z") else "Q"
    emit = Emitter(BACKENDS["torch"], like)
    nodes = [node for _, node in lines] + [node for node in returned if node is not None]
    body = indented(lines, emit, used_sizes(nodes))
    values = ", ".join("0" if node is None else emit(node) for node in returned)
    own = "\n".join([*body, f"    return {values}", ""])
    names = {name for name, _ in lines}
    taken = [
        *arguments(nodes, names, like, own),
        *(error for error in ERRORS_TAKEN if error not in names and error in own),
    ]
    return f"import math\n\nimport torch\n\n\ndef bounds({', '.join(taken)}):\n{own}"


def _mentions(lines: Sequence[Line], returned: Sequence[Matrix | None], name: str) -> bool:
    nodes = [node for _, node in lines] + [node for node in returned if node is not None]
    return any(name in array_names(node) for node in nodes) or any(name == each for each, _ in lines)


def magnitude(node: Matrix) -> Matrix:
    """|node|, with what is never negative left as it is."""
    match node:
        case Ones() | Identity() | OneHot() | Softmax() | Sigmoid() | Kept() | Outer(Ones(), Ones()):
            return node
        case Transpose(of):
            return transpose(magnitude(of))
        case Diagonal(of):
            return Diagonal(magnitude(of))
        case Scale(of, coefficient):
            return scale(absolute_value(coefficient), magnitude(of))
        case Outer(left, right):
            return Outer(magnitude(left), magnitude(right))
    return Elementwise(node, "abs")


def ones(node: Matrix) -> Matrix:
    """1 in the place of every entry."""
    return Elementwise(node, "ones_like")


def absolute_value(coefficient: Expr) -> Expr:
    """|coefficient|, with a sum in it replaced by the sum of magnitudes: that is what its rounding is measured by."""
    return Abs(coefficient.replace(Sum, lambda function, *limits: Sum(Abs(function), *limits)))


@dataclass
class Errors:
    """First-order errors of evaluating nodes. `rounding` is what one rounding of a node counts.

    `known` are the arrays that carry an error, in an array named `prefix` and their name.
    """

    prefix: str
    rounding: Callable[[Matrix], Matrix]
    known: set[str] = field(default_factory=set)

    def of(self, node: Matrix) -> Matrix | None:
        """The error of a node; None where it is exact."""
        match node:
            case Array(name, sizes):
                return Array(self.prefix + name, sizes) if name in self.known else None
            case Ones() | Identity() | OneHot() | Gather() | Kept():
                return None
            case Transpose(of):
                return _map(transpose, self.of(of))
            case Diagonal(of):
                return _map(Diagonal, self.of(of))
            case Scale(of, coefficient):
                return self._scaled(node, of, coefficient)
            case Plus(items):
                return _add(*(self.of(item) for item in items), self.rounding(node))
            case Hadamard(items):
                return _add(*self._product(hadamard, items), self.rounding(node))
            case Power(of, exponent):
                return self._power(node, of, exponent)
            case MatMul(Diagonal() as left, right) | MatMul(left, Diagonal() as right):
                return _add(*self._product(matmul, (left, right)), self.rounding(node))
            case MatMul(left, right):
                return _add(*self._product(matmul, (left, right)), self._contracted(left, right))
            case Outer(left, right):
                errors = _add(*self._product(Outer, (left, right)))
                return (
                    errors if isinstance(left, Ones) or isinstance(right, Ones) else _add(errors, self.rounding(node))
                )
            case Total(of):
                return _add(_map(Total, self.of(of)), Total(self.rounding(of)))
            case Softmax() | Sigmoid() | LogOf():
                return self._function(node)
        raise TypeError(f"no error bound for {type(node).__name__}")

    @property
    def relative(self) -> bool:
        return self.rounding is magnitude

    def _contracted(self, left: Matrix, right: Matrix) -> Matrix:
        return matmul(magnitude(left), magnitude(right)) if self.relative else ones(MatMul(left, right))

    def _scaled(self, node: Matrix, of: Matrix, coefficient: Expr) -> Matrix | None:
        error = self.of(of)
        scaled = None if error is None else scale(absolute_value(coefficient), error)
        divisors = [each for each in coefficient.free_symbols if getattr(each, "name", "") in self.known]
        by_divisor = [scale(Symbol(self.prefix + divisor.name) / Abs(divisor), magnitude(node)) for divisor in divisors]
        exact = coefficient == -1 or isinstance(of, Ones) or _is_ones(of)
        return _add(scaled, *by_divisor, None if exact else self.rounding(node))

    def _product(self, product: Callable[[Matrix, Matrix], Matrix], items: tuple[Matrix, ...]) -> list[Matrix]:
        errors: list[Matrix] = []
        for place, item in enumerate(items):
            own = self.of(item)
            if own is not None:
                factors = [own if at == place else magnitude(each) for at, each in enumerate(items)]
                errors.append(reduce(product, factors))
        return errors

    def _power(self, node: Matrix, of: Matrix, exponent: int) -> Matrix | None:
        own = self.of(of)
        rounding = Scale(self.rounding(node), sp.Integer(exponent))
        if own is None:
            return rounding
        slope = magnitude(of) if exponent == 2 else Power(magnitude(of), exponent - 1)
        return _add(Scale(hadamard(slope, own), sp.Integer(exponent)), rounding)

    def _function(self, node: Matrix) -> Matrix:
        if not self.relative:
            return ones(node)
        match node:
            case Softmax(of):
                return matmul(Diagonal(Elementwise(self._in_the_row(of), "growth")), node)
            case Sigmoid(of):
                slope = hadamard(node, Plus((Outer(*map(Ones, node.shape)), Scale(node, sp.Integer(-1)))))
                shift = _add(self.of(of), magnitude(of))
                assert shift is not None
                return Plus((hadamard(slope, Elementwise(shift, "growth")), Scale(node, sp.Integer(2))))
            case LogOf(Softmax(of)):
                row = Outer(Scale(self._in_the_row(of), sp.Integer(2)), Ones(node.shape[1]))
                return Plus((row, magnitude(node)))
        assert isinstance(node, LogOf)
        assert isinstance(node.of, Sigmoid)
        error = _add(self.of(node.of.of), magnitude(node))
        assert error is not None
        return error

    def _in_the_row(self, of: Matrix) -> Matrix:
        """1 + log C + the largest error(a) + |a| of each row."""
        rounding = Scale(Ones(of.shape[0]), 1 + sp.log(of.shape[1]))
        largest = _add(self.of(of), magnitude(of))
        assert largest is not None
        return Plus((rounding, RowMax(largest)))


def _is_ones(node: Matrix) -> bool:
    return isinstance(node, Outer) and isinstance(node.left, Ones) and isinstance(node.right, Ones)


def _add(*errors: Matrix | None) -> Matrix | None:
    present = tuple(each for each in errors if each is not None)
    return None if not present else present[0] if len(present) == 1 else Plus(present)


def _map(function: Callable[[Matrix], Matrix], node: Matrix | None) -> Matrix | None:
    return None if node is None else function(node)
