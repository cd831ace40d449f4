"""What a derivation shows, line by line, whatever it is shown on: claim, definitions, conditions, steps, conclusion."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sympy import Add, Expr, Indexed, KroneckerDelta, Mul, Symbol

from ..derivation import Derivation, RuleApplication, Step
from ..index_calculus.expressions import Definition, Recurrence
from ..index_calculus.matrices.latex import matrix_latex, width
from ..index_calculus.printing.latex import Latex
from ..index_calculus.printing.printer import Printer
from ..index_calculus.symbols import L, T
from ..reasons import reason
from ..wording import BY_INDUCTION, CONCLUSIONS, NONNEGATIVE, RULES, SYMBOLS, VANISHES, Show, Words

CLAIM = Words("要证", "to show")
DEFINITION = Words("定义", "definition")
CONDITION = Words("条件", "condition")
MATRIX = Words("写成矩阵", "matrix form")
CONCLUSION = Words("结论", "conclusion")
MATRIX_REASON = Words(
    "把带指标的式子写成矩阵；逐个元素展开，与上式相等。",
    "The same formula with whole arrays; expanded entry by entry, it equals the line above.",
)
#: How many signs a matrix form may have to be taken in at a glance.
SHORT = 30
#: A formula by itself, given what prints it.
Formula = Callable[[Printer], str]


@dataclass(frozen=True)
class Line:
    """A displayed line: its formula, what made it, how it was judged (None where nothing was to be), and why."""

    formula: Formula
    chip: Callable[[str], str]
    mode: str | None = None
    why: Callable[[str, Show], str] = lambda lang, show: ""
    micros: tuple[RuleApplication, ...] = ()
    continues: bool = False  # does it begin with the left side of the line before?


def lines_of(derivation: Derivation) -> Iterator[Line]:
    """The lines in their order. Matrix forms are LaTeX only, so a terminal leaves those lines out."""
    if derivation.conclusion == BY_INDUCTION:
        yield Line(lambda show: f"{show(derivation.left)} = {show(derivation.result)}", CLAIM.__getitem__)
    for definition in derivation.definitions:
        yield from _definition(definition)
    if derivation.domain:
        yield Line(lambda show: show.row([show.condition(each) for each in derivation.domain]), CONDITION.__getitem__)
    for place, step in enumerate(derivation.steps):
        yield _step(derivation, step, first=place == 0)
    if derivation.matrix and has_name_as_a_whole(derivation) and reads_well(derivation):
        variable, form = derivation.left.variable, derivation.matrix
        formula = rf"\frac{{\partial L}}{{\partial {variable.base.label}}} = {matrix_latex(form.node)}"
        yield Line(
            lambda show: formula if isinstance(show, Latex) else "",
            MATRIX.__getitem__,
            form.judgement.mode,
            lambda lang, show: MATRIX_REASON[lang],
        )
    if derivation.conclusion:
        yield Line(
            lambda show: _concluded(derivation, show),
            CONCLUSION.__getitem__,
            why=lambda lang, show: CONCLUSIONS[derivation.conclusion or ""][lang],
        )


def _definition(definition: Definition) -> Iterator[Line]:
    recurs = isinstance(definition, Recurrence) and definition.initial is not None

    def formula(show: Printer) -> str:
        said = f"{show(definition.left)} := {show(definition.right)}"
        if not (recurs and isinstance(definition, Recurrence)):
            return said
        before = definition.left.base[definition.first - 1]
        from_there = f"{show(definition.placeholders[0])} {show.relation('≥')} {definition.first}"
        return show.row([show.where(said, from_there), f"{show(before)} := {show(definition.initial)}"])

    yield Line(formula, DEFINITION.__getitem__)


def _step(derivation: Derivation, step: Step, first: bool) -> Line:
    def formula(show: Printer) -> str:
        left = show(derivation.left) if first else ""
        return f"{left} = {show(step.expr)}"

    return Line(
        formula,
        lambda lang: " · ".join(dict.fromkeys(RULES[micro.rule.name][lang] for micro in step.micros)),
        step.mode,
        lambda lang, show: reason(step, lang, show),
        step.micros if len(step.micros) > 1 else (),
        continues=not first,
    )


def _concluded(derivation: Derivation, show: Printer) -> str:
    if derivation.conclusion == NONNEGATIVE:
        return f"{show.relation('≥')} 0"
    if derivation.conclusion == VANISHES:
        left, right = balance(derivation.result)
        show = type(show)(derivation.targets, full_limits=False)
        return f"{show(derivation.left)} = 0 {show.relation('⟺')} {show(left)} = {show(right)}"
    return ""


def balance(product: Expr) -> tuple[Expr, Expr]:
    """Where a product with one bracket vanishes: its positive terms on one side, the negative ones on the other."""
    bracket = next(factor for factor in Mul.make_args(product) if isinstance(factor, Add))
    positive = [term for term in bracket.args if not term.as_coeff_Mul()[0].is_negative]
    return Add(*positive), Add(*[-term for term in bracket.args if term not in positive])


def has_name_as_a_whole(derivation: Derivation) -> bool:
    """∂L/∂W has one; ∂Z_nc/∂W and second derivatives have not."""
    return derivation.left.is_Atom is False and getattr(derivation.left, "expr", None) == L


def reads_well(derivation: Derivation) -> bool:
    """Is the matrix form short, and hardly longer than the line with indices? Else the line stays the main text."""
    assert derivation.matrix is not None
    matrix = width(matrix_latex(derivation.matrix.node))
    return matrix <= min(SHORT, 1.25 * width(Latex(derivation.targets)(derivation.result)))


def legend(derivation: Derivation) -> dict[str, Words]:
    """What the symbols stand for that no definition explains, each said once."""
    formulas = [derivation.left, *(each.right for each in derivation.definitions), *(s.expr for s in derivation.steps)]
    atoms = set().union(*(formula.atoms(Symbol, Indexed, KroneckerDelta) for formula in formulas))
    names = {atom.name for atom in atoms if isinstance(atom, Symbol) and not atom.is_integer}
    names |= {str(atom) for atom in atoms if atom in (T, Symbol("iota", integer=True))}
    names |= {"delta"} if any(isinstance(atom, KroneckerDelta) for atom in atoms) else set()
    defined = {
        each.left.name if isinstance(each.left, Symbol) else each.left.base.label.name
        for each in derivation.definitions
    }
    known = {**SYMBOLS, **derivation.meanings}
    return {name: words for name, words in known.items() if name in names - defined}
