"""Matrix forms in plain Unicode, for drawings and terminals: `@` multiplies matrices, `·` entry by entry."""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Add, Expr, Rational

from ..expressions import is_turned
from ..functions import named
from ..printing.plain import Plain
from .build import scale, transpose
from .latex import factor_order, is_turned_node, number_of, term_order
from .nodes import (
    Array,
    Clip,
    Counted,
    Diagonal,
    Elementwise,
    Gather,
    Hadamard,
    Identity,
    MatMul,
    Matrix,
    Number,
    OneHot,
    Ones,
    Outer,
    Pick,
    Plus,
    Power,
    Scale,
    Sigmoid,
    Softmax,
    Total,
    Transpose,
)

DIGITS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
SHOW = Plain(full_limits=False)


def matrix_plain(node: Matrix) -> str:
    """The text of a matrix expression, such as `G @ Bᵀ` or `2/N·(A - B)`."""
    column = _matrix(node)
    if isinstance(node, MatMul) and len(node.shape) == 1:  # a gradient of a bias is written as a row: 1ᵀ @ G
        row = f"{_base(node.right)}ᵀ @ {_factor(transpose(node.left))}"
        return row if len(row) <= len(column) else column
    return column


def _matrix(node: Matrix) -> str:
    match node:
        case Array(name, _):
            return SHOW.symbol(name)
        case Gather(name, labels, _):
            return f"{SHOW.symbol(name)}[{SHOW.symbol(labels)}]"
        case Number(value):
            return SHOW(value)
        case Ones():
            return "1"
        case Identity():
            return "I"
        case OneHot(labels, _, _):
            return f"onehot({SHOW.symbol(labels)})"
        case Transpose(of):
            return f"{_base(of)}ᵀ"
        case Diagonal(of):
            return f"diag({_matrix(of)})"
        case Softmax(of):
            return f"softmax({_matrix(of)})"
        case Sigmoid(of):
            return f"σ({_matrix(of)})"
        case Counted(labels, ignored, _):
            return f"[{SHOW.symbol(labels)} ≠ {SHOW.symbol(ignored)}]"
        case Total(of):
            return f"sum({_matrix(of)})"
        case Elementwise(of, "sqrt"):
            return _power(of, Rational(1, 2))
        case Elementwise(of, function):
            return _function(function, of)
        case Power(of, exponent):
            return _power(of, Rational(exponent))
        case Clip(of, low, None):
            return f"max({_argument(of)}, {SHOW(low)})"
        case Clip(of, None, high):
            return f"min({_argument(of)}, {SHOW(high)})"
        case Clip(of, low, high):
            return f"clip({_argument(of)}, {SHOW(low)}, {SHOW(high)})"
        case Pick(of, labels):
            return f"{_base(of)}[{SHOW.symbol(labels)}]"
        case Scale(of, coefficient):
            return _scaled(coefficient, of)
        case Outer(left, right):
            return f"{_factor(left)} @ {_base(right)}ᵀ"
        case MatMul(left, right):
            return f"{_factor(left)} @ {_factor(right)}"
        case Hadamard(items):
            return _entry_by_entry(items)
        case Plus(items):
            return _sum(items)
    raise TypeError(f"no plain text for {type(node).__name__}")


def _power(of: Matrix, exponent: Rational) -> str:
    if exponent < 0:
        return f"1 / {_power(of, -exponent)}"
    if exponent == 1:
        return _base(of)
    if exponent == Rational(1, 2):
        return f"√{_base(of)}"
    return _base(of) + str(exponent).translate(DIGITS) if exponent.q == 1 else f"{_base(of)}^({exponent})"


def _factor(node: Matrix) -> str:
    printed = _matrix(node)
    return f"({printed})" if isinstance(node, Plus | Hadamard | Scale) else printed


def _base(node: Matrix) -> str:
    """What may carry an exponent or ᵀ: a letter as it is, anything else in brackets."""
    bare = isinstance(node, Array | Ones | Identity | OneHot) or (isinstance(node, Elementwise) and _is_call(node))
    return _matrix(node) if bare else f"({_matrix(node)})"


def _is_call(node: Elementwise) -> bool:
    """Whether a function is written as name and brackets, as tanh(A) is."""
    plain = named(node.function).layout.plain
    return plain.endswith("({0})") and plain[:1].isalpha()


def _scaled(coefficient: Expr, of: Matrix) -> str:
    if not coefficient:
        return "0"
    sign, size = ("-", -coefficient) if is_turned(coefficient) else ("", coefficient)
    inner = f"({_matrix(of)})" if isinstance(of, Plus | Scale) else _matrix(of)
    if size == 1:
        return sign + inner
    return sign + SHOW.times([f"({SHOW(size)})" if isinstance(size, Add) else SHOW(size), inner])


def _entry_by_entry(items: Iterable[Matrix]) -> str:
    """A product, with what has a negative power below a stroke: `G / A`."""
    above, below = [], []
    for item in sorted(items, key=factor_order):
        if isinstance(item, Power) and item.exponent < 0:
            below.append(_power(item.of, -Rational(item.exponent)))
        else:
            above.append(f"({_matrix(item)})" if isinstance(item, MatMul | Outer) else _factor(item))
    top = "·".join(above) or "1"
    if not below:
        return top
    return f"{top} / {below[0]}" if len(below) == 1 else f"{top} / ({'·'.join(below)})"


def _function(name: str, of: Matrix) -> str:
    layout = named(name).layout
    if not layout.compares:
        plain = layout.plain.replace(" {operand}", "({0})")  # log A·B would be the logarithm of one, or of both
        return plain.format(_argument(of), operand=f"({_argument(of)})")
    items = of.items if isinstance(of, Plus) else (of,)
    above = [item for item in items if not is_turned_node(item)]
    below = [scale(Rational(-1), item) for item in items if is_turned_node(item)]
    return layout.plain.format(above=_sum(above), below=_sum(below))


def _argument(of: Matrix) -> str:
    """What a function of each entry is taken of."""
    return _sum(of.items if isinstance(of, Plus) else (of,))


def _sum(items: Iterable[Matrix]) -> str:
    return SHOW.join_terms(map(_term, sorted(items, key=term_order))) or "0"


def _term(item: Matrix) -> str:
    """In a sum, a number or a row is added to every entry or row, as torch does it: it needs no ones."""
    number = number_of(item)
    if number is not None:
        return SHOW(number)
    match item:
        case Outer(Ones(), row):
            return _matrix(row)
        case Scale(Outer(Ones(), row), coefficient):
            return _scaled(coefficient, row)
    return _matrix(item)
