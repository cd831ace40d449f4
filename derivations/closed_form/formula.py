"""The closed form as a formula: the contraction in terms of G, and its LaTeX."""

from __future__ import annotations

from ..derivation import Derivation
from ..index_calculus.expressions import names_in
from ..index_calculus.matrices.latex import matrix_latex
from ..index_calculus.matrices.nodes import Array, Matrix
from ..index_calculus.matrices.recognise import NoMatrixForm
from ..index_calculus.printing.latex import Latex
from ..linear import OUTPUTS, TENSOR_OF


def contraction(derivation: Derivation) -> Matrix:
    """The matrix form in terms of G: the line before G's definition is inserted. For ∂L/∂Z it is G itself.

    A derivative in which G does not occur, as ∂L/∂Y, is what its last line says. Raises NoMatrixForm where no line has
    a form between whole matrices.
    """
    if _is_of_outputs(derivation):
        return Array("G", TENSOR_OF[OUTPUTS].shape)
    forms = [step.matrix.node for step in derivation.steps if step.matrix and "G" in names_in(step.expr)]
    if forms:
        return forms[-1]
    if derivation.matrix is None:
        raise NoMatrixForm(f"{derivation.title.en}: no line has a matrix form, and code is made of those.")
    return derivation.matrix.node


def index_latex(derivation: Derivation) -> str:
    """The last line as an equation between entries."""
    latex = Latex(derivation.targets, full_limits=False)
    return f"{latex(derivation.left)} = {latex(derivation.result)}"


def definitions_latex(derivation: Derivation) -> dict[str, str]:
    """What a reader needs to have defined, by name: the loss as L, and what its formula uses."""
    latex = Latex(derivation.targets, full_limits=False)
    named = zip(derivation.shown, derivation.definitions, strict=True)
    return {name: f"{latex(each.left)} := {latex(each.right)}" for name, each in named}


def contraction_latex(derivation: Derivation) -> str:
    """The equation between whole arrays, in terms of G where G occurs."""
    return f"{_left(derivation)} = {matrix_latex(contraction(derivation))}"


def closed_form_latex(derivation: Derivation, of_outputs: Derivation) -> str:
    """The equation between whole arrays, in terms of G where it is a contraction of that, and what G is.

    What no matrix form writes is written entry by entry.
    """
    matrix = of_outputs.matrix
    if _is_of_outputs(derivation):
        return index_latex(derivation) if matrix is None else f"{_left(derivation)} = {matrix_latex(matrix.node)}"
    form = contraction_latex(derivation)
    if not any("G" in names_in(step.expr) for step in derivation.steps):
        return form
    g = Latex(of_outputs.targets, full_limits=False)
    entry = f"{g(Array('G', TENSOR_OF[OUTPUTS].shape).entry(of_outputs.targets))} = {g(of_outputs.result)}"
    return rf"{form},\quad {entry if matrix is None else f'G = {matrix_latex(matrix.node)}'}"


def _left(derivation: Derivation) -> str:
    return rf"\frac{{\partial L}}{{\partial {Latex().symbol(str(derivation.left.variable.base.label))}}}"


def _is_of_outputs(derivation: Derivation) -> bool:
    return bool(derivation.left.variable.base == TENSOR_OF[OUTPUTS].base)
