"""Formulas in LaTeX, for KaTeX and MathJax alike."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from sympy import Expr, Symbol

from .matrix import (
    Array,
    Diagonal,
    Elementwise,
    Hadamard,
    Identity,
    MatMul,
    Matrix,
    OneHot,
    Ones,
    Outer,
    Plus,
    Power,
    Scale,
    Softmax,
    Transpose,
    transpose,
)
from .printing import Printer

COMMANDS = {"epsilon": r"\varepsilon", "lambda": r"\lambda", "mu": r"\mu", "sigma": r"\sigma"}
PARTIAL = r"\partial"
TRANSPOSED = r"^{\top}"


class Latex(Printer):
    """`Latex(targets)(expr)` is the LaTeX of `expr`."""

    def symbol(self, name: str) -> str:
        letter, _, number = name.partition("_")
        return COMMANDS.get(letter, letter) + (f"_{{{number}}}" if number else "")

    def subscript(self, name: str, indices: list[str]) -> str:
        return f"{self.symbol(name)}_{{{_join(indices)}}}"

    def delta(self, first: str, second: str) -> str:
        return rf"\delta_{{{_join([first, second])}}}"

    def fraction(self, numerator: str, denominator: str) -> str:
        return rf"\frac{{{numerator}}}{{{denominator}}}"

    def power(self, base: str, exponent: str) -> str:
        return f"{base}^{{{exponent}}}"

    def exponential(self, argument: str) -> str:
        return f"e^{{{argument}}}"

    def logarithm(self, argument: str) -> str:
        return rf"\log {argument}"

    def sum(self, index: str, low: str, high: str) -> str:
        return rf"\sum_{{{index}={low}}}^{{{high}}}" if self.full_limits else rf"\sum_{{{index}}}"

    def partial(self, top: str, bottom: str) -> str:
        return rf"\frac{{{PARTIAL} {top}}}{{{PARTIAL} {bottom}}}"

    def operator(self, bottom: str, operand: str) -> str:
        return rf"\frac{{{PARTIAL}}}{{{PARTIAL} {bottom}}} {operand}"

    def brackets(self, inner: str) -> str:
        size = r"\Bigl", r"\Bigr"
        if r"\sum" not in inner and r"\frac" not in inner:
            return f"({inner})"
        return f"{size[0]}({inner}{size[1]})"

    def times(self, factors: list[str]) -> str:
        printed = factors[0] if factors else ""
        for before, factor in pairwise(factors):
            printed += (" " if _close(before, factor) else r"\,") + factor
        return printed


class InlineLatex(Latex):
    """LaTeX for a line of text: ∂Z/∂W with a stroke, sums without limits."""

    def __init__(self, targets: Sequence[Symbol] = ()):
        super().__init__(targets, full_limits=False)

    def partial(self, top: str, bottom: str) -> str:
        return rf"{PARTIAL} {top} / {PARTIAL} {bottom}"


def _close(before: str, factor: str) -> bool:
    """Does the field write these two without a thin space between them?"""
    letters = len(before) == 1 and len(factor) == 1
    number = before.isdigit() or before == r"\frac{1}{2}"
    return letters or number or before.startswith(r"\sum") or factor.startswith((r"\sum", "(", r"\Bigl("))


def _join(indices: list[str]) -> str:
    return "".join(indices) if all(len(index) == 1 for index in indices) else r",\,".join(indices)


def matrix_latex(node: Matrix) -> str:
    """The LaTeX of a matrix expression."""
    if len(node.shape) == 1 and isinstance(node, MatMul):  # a gradient of a bias is written as a row: 1ᵀG
        return _row(node)
    if isinstance(node, Scale) and len(node.shape) == 1:
        return f"{_coefficient(node.coefficient)} {matrix_latex(node.of)}"
    return _matrix(node)


def _row(node: MatMul) -> str:
    left = transpose(node.left)
    return f"{_factor(node.right)}{TRANSPOSED} {_factor(left)}"


def _matrix(node: Matrix) -> str:
    match node:
        case Array(name, sizes):
            letter = COMMANDS.get(name, name)
            return rf"\mathbf{{{name}}}" if len(sizes) == 1 and name not in COMMANDS else letter
        case Ones():
            return r"\mathbf{1}"
        case Identity():
            return "I"
        case OneHot():
            return r"\hat{Y}"
        case Transpose(of):
            return _factor(of) + TRANSPOSED
        case Diagonal(of):
            return rf"\operatorname{{diag}}({_matrix(of)})"
        case Softmax(of):
            return rf"\operatorname{{softmax}}({_matrix(of)})"
        case Elementwise(of, "abs"):
            return rf"\lvert {_matrix(of)} \rvert"
        case Elementwise(of, function):
            return rf"\{function}({_matrix(of)})"
        case Power(of, exponent):
            return rf"{_factor(of)}^{{\circ {exponent}}}"
        case Scale(of, coefficient):
            return f"{_coefficient(coefficient)} {_factor(of)}"
        case MatMul(left, right):
            return f"{_factor(left)} {_factor(right)}"
        case Outer(left, right):
            return f"{_factor(left)} {_factor(right)}{TRANSPOSED}"
        case Hadamard(items):
            return r" \odot ".join(_factor(item) for item in items)
        case Plus(items):
            return Latex().join_terms(_matrix(item) for item in sorted(items, key=_term_order))
    raise TypeError(f"no LaTeX for {type(node).__name__}")


def _factor(node: Matrix) -> str:
    """Inside a product: sums, and what the reader could tear apart, in brackets."""
    printed = _matrix(node)
    return f"({printed})" if isinstance(node, Plus | Hadamard | Scale) else printed


def _coefficient(coefficient: Expr) -> str:
    return "-" if coefficient == -1 else Latex()(coefficient)


def _term_order(item: Matrix) -> tuple[bool, str]:
    negative = isinstance(item, Scale) and bool(item.coefficient.as_coeff_Mul()[0] < 0)
    return negative, str("ZPAXY".find(_matrix(item)[:1]) % 9)
