"""A derivation, line by line: formula, rule, check mark and reason."""

from __future__ import annotations

from html import escape

from sympy import Indexed

from ..derivation import Derivation, MatrixForm, Micro, Step
from ..index_calculus.latex import InlineLatex, Latex, matrix_latex
from ..index_calculus.plain import Plain
from ..index_calculus.symbols import L
from ..wording import MODES, OPINIONS, RULES, Show, Words, clauses_of, reason
from .bundle import Bundle, block, bundle, inline

DEFINITION = Words("定义", "definition")
MATRIX = Words("写成矩阵", "matrix form")
MATRIX_REASON = Words(
    "把带指标的式子写成矩阵；逐个元素展开，与上式相等。",
    "The same formula with whole arrays; expanded entry by entry, it equals the line above.",
)
MORE = Words("拆开看每一步", "Each rule by itself")
LEMMA = Words("引理：", "Lemma: ")
DERIVED_BEFORE = Words("用到 ", "Uses ")


def derivation_bundle(derivation: Derivation) -> Bundle:
    return bundle(lambda lang: derivation_html(derivation, lang), lambda lang: derivation_text(derivation, lang))


def derivation_html(derivation: Derivation, lang: str) -> str:
    """The lines of a derivation, its matrix form, who checked its ends, and its lemmas folded."""
    latex = Latex(derivation.targets)
    lines = [_definition_line(latex(each.left), latex(each.right), lang) for each in derivation.definitions]
    left = latex(derivation.left)
    for step in derivation.steps:
        lines.append(_step_line(left, step, derivation, lang))
        left = ""
    if derivation.matrix and derivation.left.expr == L:  # ∂Z_nc/∂W, a lemma's, has no name as a whole array
        lines.append(_matrix_line(derivation.left.variable, derivation.matrix, lang))
    lemmas = "".join(_lemma(each, lang) for each in derivation.lemmas)
    return (
        f'<div class="gl-derivation"><ol class="gl-steps">{"".join(lines)}</ol>{_ends(derivation, lang)}{lemmas}</div>'
    )


def _line(formula: str, chip: str, tick: str, why: str, more: str = "") -> str:
    paragraph = f'<p class="gl-why">{why}</p>' if why else ""
    return (
        f'<li class="gl-step"><div class="gl-line">{block(formula)}</div>'
        f'<div class="gl-tick"><span class="gl-chip">{escape(chip)}</span>{tick}</div>'
        f"{paragraph}{more}</li>"
    )


def _tick(mode: str, lang: str) -> str:
    return f' <span class="gl-ok">✓ {MODES[mode][lang]}</span>'


def _definition_line(left: str, right: str, lang: str) -> str:
    return _line(f"{left} := {right}", DEFINITION[lang], "", "")


def _step_line(left: str, step: Step, derivation: Derivation, lang: str) -> str:
    show = Show(InlineLatex(derivation.targets), inline)
    formula = f"{left or '{}'} = {Latex(derivation.targets)(step.expr)}"
    chips = " · ".join(dict.fromkeys(RULES[micro.rule.name][lang] for micro in step.micros))
    more = _micros(step, derivation, show, lang) if len(step.micros) > 1 else ""
    return _line(formula, chips, _tick(step.mode, lang), reason(step, lang, show), more)


def _micros(step: Step, derivation: Derivation, show: Show, lang: str) -> str:
    def item(micro: Micro) -> str:
        why = ("；" if lang == "zh" else "; ").join(clause[lang] for clause in clauses_of(micro, show))
        formula = block(f"{{}} = {Latex(derivation.targets)(micro.after)}")
        chip = f'<span class="gl-chip">{RULES[micro.rule.name][lang]}</span>{_tick(micro.judgement.mode, lang)}'
        return f'<li>{chip} <span class="gl-why">{why}</span>{formula}</li>'

    items = "".join(item(micro) for micro in step.micros)
    return f'<details class="gl-more"><summary>{MORE[lang]}</summary><ol class="gl-micros">{items}</ol></details>'


def _matrix_line(variable: Indexed, form: MatrixForm, lang: str) -> str:
    formula = rf"\frac{{\partial L}}{{\partial {variable.base.label}}} = {matrix_latex(form.node)}"
    return _line(formula, MATRIX[lang], _tick(form.judgement.mode, lang), MATRIX_REASON[lang])


def _ends(derivation: Derivation, lang: str) -> str:
    if not derivation.opinions:
        return ""
    methods = [OPINIONS[each][lang] for each in derivation.opinions]
    text = (
        f"首尾两端相等，还由另外两种不用这些规则的办法复核：{'、'.join(methods)}。"
        if lang == "zh"
        else f"First and last line are equal, also by two ways that use none of these rules: {' and '.join(methods)}."
    )
    return f'<p class="gl-ends"><span class="gl-ok">✓</span> {text}</p>'


def _lemma(derivation: Derivation, lang: str) -> str:
    label = DERIVED_BEFORE if derivation.left.expr == L else LEMMA
    return (
        f'<details class="gl-lemma"><summary>{label[lang]}{escape(derivation.title[lang])}</summary>'
        f"{derivation_html(derivation, lang)}</details>"
    )


def derivation_text(derivation: Derivation, lang: str) -> str:
    """The lines with their reasons, for a terminal."""
    plain = Plain(derivation.targets, full_limits=False)
    lines = [derivation.title[lang]]
    lines += [f"  {plain(each.left)} := {plain(each.right)}" for each in derivation.definitions]
    left = plain(derivation.left)
    for step in derivation.steps:
        lines += [
            f"  {left} = {plain(step.expr)}",
            f"      {reason(step, lang, Show(plain))} ✓ {MODES[step.mode][lang]}",
        ]
        left = " " * len(left)
    return "\n".join(lines)
