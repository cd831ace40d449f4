"""Matrix forms in LaTeX, as the field writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sympy import Add, Expr, Integer, Rational

from ..expressions import is_turned
from ..functions import Layout, named, power
from ..printing.latex import COMMANDS, MARKS, TRANSPOSED, Latex
from ..printing.letters import MARKS_AFTER, parted
from ..printing.order import WEIGHTS
from .build import scale, transpose
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

#: Letters of matrices that come first in a sum, in this order.
TERMS = ("Z", "P", "A", "X", "Y")


def matrix_latex(node: Matrix) -> str:
    """The LaTeX of a matrix expression."""
    if len(node.shape) == 1 and isinstance(node, MatMul):  # a gradient of a bias is written as a row: 1ᵀG
        return _row(node)
    if isinstance(node, Scale) and len(node.shape) == 1 and isinstance(node.of, MatMul):
        return _scaled(node.coefficient, _row(node.of))
    return _matrix(node)


def _row(node: MatMul) -> str:
    """The column A v, written as the row vᵀ Aᵀ where that transposes no more."""
    row, column = f"{_base(node.right)}{TRANSPOSED} {_factor(transpose(node.left))}", _matrix(node)
    return row if row.count(TRANSPOSED) <= column.count(TRANSPOSED) else column


def _matrix(node: Matrix) -> str:
    match node:
        case Array(name, sizes):
            return _vector(name) if len(sizes) == 1 else Latex().symbol(name)
        case Gather(name, labels, _):
            return rf"{_vector(name)}_{{{_vector(labels)}}}"
        case Number(value):
            return Latex()(value)
        case Ones():
            return r"\mathbf{1}"
        case Identity():
            return "I"
        case OneHot():
            return r"\hat{Y}"
        case Transpose(of):
            return _base(of) + TRANSPOSED
        case Diagonal(of):
            return rf"\operatorname{{diag}}({_matrix(of)})"
        case Softmax(of):
            return rf"\operatorname{{softmax}}({_matrix(of)})"
        case Sigmoid(of):
            return rf"\sigma({_matrix(of)})"
        case Counted(labels, ignored, _):
            return rf"[{_vector(labels)} \ne {COMMANDS.get(ignored, ignored)}]"
        case Total(of):
            return rf"\operatorname{{sum}}({_matrix(of)})"
        case Elementwise(Scale(Elementwise(base, "log"), exponent), "exp"):  # e^(γ log u) = u^γ
            return rf"{_base(base)}^{{\circ {Latex()(exponent)}}}"
        case Elementwise(of, function):
            return _function(named(function).layout, of)
        case Power(of, exponent):
            return power(Rational(exponent)).layout.whole.format(base=_base(of))
        case Clip(of, low, None):
            return rf"\max({_argument(of)}, {Latex()(low)})"
        case Clip(of, None, high):
            return rf"\min({_argument(of)}, {Latex()(high)})"
        case Clip(of, low, high):
            return rf"\operatorname{{clip}}({_argument(of)}, {Latex()(low)}, {Latex()(high)})"
        case Pick(of, labels):  # in row n the only entry that is not 0
            one_hot = OneHot(labels, *of.shape)
            return f"({_matrix(Hadamard((of, one_hot)))}) {_matrix(Ones(one_hot.columns))}"
        case Scale(of, coefficient):
            return _scaled(coefficient, _factor(of))
        case MatMul(left, right):
            return f"{_factor(left)} {_factor(right)}"
        case Outer(left, MatMul() as right):
            return f"{_factor(left)} {_row(right)}"
        case Outer(left, right):
            return f"{_factor(left)} {_base(right)}{TRANSPOSED}"
        case Hadamard(items):
            return r" \odot ".join(_factor(item) for item in sorted(items, key=factor_order))
        case Plus(items):
            return _sum(items)
    raise TypeError(f"no LaTeX for {type(node).__name__}")


def _vector(name: str) -> str:
    letter, after = parted(name)
    if after:
        return rf"{{\mathbf{{{letter}}}{MARKS_AFTER[after][0]}}}"
    letter, _, mark = name.partition("_")
    if mark in MARKS:
        return MARKS[mark].format(_vector(letter))
    return rf"\boldsymbol{{{COMMANDS[name]}}}" if name in COMMANDS else rf"\mathbf{{{name}}}"


def _factor(node: Matrix) -> str:
    """Inside a product: sums, and what the reader could tear apart, in brackets."""
    printed = _matrix(node)
    return f"({printed})" if isinstance(node, Plus | Hadamard | Scale) else printed


def _base(node: Matrix) -> str:
    """What may carry an exponent or ᵀ: a letter as it is, anything else in brackets."""
    return _matrix(node) if isinstance(node, Array | Ones | Identity | OneHot) else f"({_matrix(node)})"


def _scaled(coefficient: Expr, of: str) -> str:
    sign, size = ("-", -coefficient) if is_turned(coefficient) else ("", coefficient)
    if size == 1:
        return f"{sign}{of}"
    return f"{sign}{f'({Latex()(size)})' if isinstance(size, Add) else Latex()(size)} {of}"


def factor_order(item: Matrix) -> tuple[int, str]:
    """In an elementwise product weights come first and brackets last."""
    name = item.name if isinstance(item, Array) else ""
    return (0 if name in WEIGHTS else 2 if isinstance(item, Plus) else 1, name)


def _function(layout: Layout, of: Matrix) -> str:
    """A function of each entry."""
    latex = layout.whole or layout.latex
    if not layout.compares:
        return latex.format(_argument(of))
    items = of.items if isinstance(of, Plus) else (of,)
    above = [item for item in items if not is_turned_node(item)]
    below = [scale(Integer(-1), item) for item in items if is_turned_node(item)]
    return latex.format(above=_sum(above, numbers=True), below=_sum(below, numbers=True))


def _argument(of: Matrix) -> str:
    """What a function of each entry is taken of: a number is added to every entry, and needs no ones."""
    return _sum(of.items if isinstance(of, Plus) else (of,), numbers=True)


def _sum(items: Iterable[Matrix], numbers: bool = False) -> str:
    """Terms in their order; `numbers` writes what is the same in every entry as a number."""
    printed = (_number(item) if numbers else _matrix(item) for item in sorted(items, key=term_order))
    return Latex().join_terms(printed) or "0"


def number_of(item: Matrix) -> Expr | None:
    """The number that every entry is, where it is one."""
    match item:
        case Ones() | Outer(Ones(), Ones()):
            return Integer(1)
        case Scale(Ones() | Outer(Ones(), Ones()), coefficient):
            return coefficient
    return None


def _number(item: Matrix) -> str:
    number = number_of(item)
    return _matrix(item) if number is None else Latex()(number)


def is_turned_node(item: Matrix) -> bool:
    return isinstance(item, Scale) and is_turned(item.coefficient)


def term_order(item: Matrix) -> tuple[bool, int]:
    letter = _leading(item)
    return is_turned_node(item), TERMS.index(letter) if letter in TERMS else len(TERMS)


def _leading(item: Matrix) -> str:
    """The letter of the matrix that a term begins with; none where it begins with anything else."""
    match item:
        case Array(name, sizes):
            return parted(name)[0] if len(sizes) > 1 else ""
        case Transpose(Array() as first) | Power(Array() as first):
            return _leading(first)
        case Elementwise(Scale(Elementwise(Array() as first, "log")), "exp"):  # u^γ
            return _leading(first)
        case MatMul(first, _) | Outer(first, _):
            pass
        case Hadamard(items):
            first = min(items, key=factor_order)
        case _:
            return ""
    return "" if isinstance(first, Plus | Hadamard | Scale) else _leading(first)


def width(latex: str) -> int:
    """About how many signs of `latex` are seen: what is compared to say which of two forms reads better."""
    seen = re.sub(r"\\(operatorname|mathbf|boldsymbol|hat|frac|Bigl|Bigr|top)\b|\\,|[{}^_ ]", "", latex)
    return len(re.sub(r"\\[a-z]+", "x", seen))
