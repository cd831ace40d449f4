"""How derivations, certificates and explanations look: HTML and plain text, in both languages.

The HTML is plain tables and lists that read well without a style sheet; the site's CSS knows the classes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from .derivation import Derivation, Micro, Step
from .index_calculus.latex import Latex, matrix_latex
from .index_calculus.plain import Plain
from .linear import OUTPUTS, TENSOR_OF
from .wording import LANGUAGES, MODES, OPINIONS, RULES, Show, Words, clauses_of, reason

if TYPE_CHECKING:
    from .explanation import Explanation
    from .torch_bridge.certify import Certificate, Row

CERTIFICATE_MIME = "application/vnd.derivations.certificate+json"
#: A tensor with more entries than this is shown by its worst entry.
SHOWN_ENTRIES = 6

SIDES = {
    "formula": Words("公式（SymPy）", "Formula (SymPy)"),
    "numbers": Words("数字（torch）", "Numbers (torch)"),
    "exact": Words("精确值", "Exact value"),
}
AGREE = Words("✓ 两本账一致", "✓ The two accounts agree")
DISAGREE = Words("✗ 两本账不一致", "✗ The two accounts disagree")
BLUNT = Words("界太宽，看不出对错", "Bounds too wide to tell")
VERDICTS = {
    "agrees": Words("一致", "agrees"),
    "wrong": Words("不一致", "disagrees"),
    "blunt": Words("看不出对错", "too blunt to tell"),
}
SHARP = Words("个元素的界足够窄", "entries sharply bounded")
DEFINITION = Words("定义", "definition")
MATRIX = Words("写成矩阵", "matrix form")
MATRIX_REASON = Words(
    "把带指标的式子写成矩阵；逐个元素展开，与上式相等。",
    "The same formula with whole arrays; expanded entry by entry, it equals the line above.",
)
MORE = Words("拆开看每一步", "Each rule by itself")
LEMMA = Words("引理：", "Lemma: ")
DERIVED_BEFORE = Words("所用的结果：", "Result used: ")


def bilingual(zh: Mapping[str, str], en: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A display bundle with its words in both languages: data in English, metadata["derivations"] with both.

    The site shows the reader's language; a plain notebook shows English.
    """
    return dict(en), {"derivations": {"zh": dict(zh), "en": dict(en)}}


def _bundle(html: Callable[[str], str], text: Callable[[str], str]) -> tuple[dict[str, Any], dict[str, Any]]:
    zh, en = ({"text/html": html(lang), "text/plain": text(lang)} for lang in LANGUAGES)
    return bilingual(zh, en)


# Formulas ------------------------------------------------------------------------------------------------------------


def inline(latex: str) -> str:
    """A formula inside a line of text."""
    return rf'<span class="arithmatex">\({escape(latex)}\)</span>'


def block(latex: str) -> str:
    """A formula on its own line."""
    return rf'<div class="arithmatex">\[{escape(latex)}\]</div>'


# Derivations ---------------------------------------------------------------------------------------------------------


def derivation_bundle(derivation: Derivation) -> tuple[dict[str, Any], dict[str, Any]]:
    return _bundle(lambda lang: derivation_html(derivation, lang), lambda lang: derivation_text(derivation, lang))


def derivation_html(derivation: Derivation, lang: str) -> str:
    """The lines of a derivation, its matrix form, who checked its ends, and its lemmas folded."""
    latex = Latex(derivation.targets)
    lines = [_definition_line(latex(each.left), latex(each.right), lang) for each in derivation.definitions]
    left = latex(derivation.left)
    for step in derivation.steps:
        lines.append(_step_line(left, step, derivation, lang))
        left = ""
    if derivation.matrix is not None:
        lines.append(_matrix_line(derivation, lang))
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
    show = Show(Latex(derivation.targets, full_limits=False), inline)
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


def _matrix_line(derivation: Derivation, lang: str) -> str:
    form = next(step.matrix for step in reversed(derivation.steps) if step.matrix)
    variable = derivation.left.variable
    left = rf"\frac{{\partial L}}{{\partial {variable.base.label}}}"
    if not derivation.left.expr.is_Symbol:  # a lemma: ∂Z_nc/∂W has no such short name
        return ""
    return _line(
        f"{left} = {matrix_latex(form.node)}", MATRIX[lang], _tick(form.judgement.mode, lang), MATRIX_REASON[lang]
    )


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
    label = LEMMA if derivation.left.expr.is_Symbol is False else DERIVED_BEFORE
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


# Certificates --------------------------------------------------------------------------------------------------------


def certificate_bundle(certificate: Certificate) -> tuple[dict[str, Any], dict[str, Any]]:
    data, metadata = _bundle(
        lambda lang: certificate_html(certificate, lang), lambda lang: certificate_text(certificate, lang)
    )
    message = "" if certificate else str(certificate.mismatch())
    data[CERTIFICATE_MIME] = {"agrees": bool(certificate), "message": message}
    return data, metadata


def certificate_html(certificate: Certificate, lang: str) -> str:
    """The ledger: a row for each tensor, closed form on the left, autograd on the right, the verdict below."""
    exact = certificate.exact_loss is not None
    heads = [SIDES["formula"], SIDES["numbers"], *([SIDES["exact"]] if exact else [])]
    header = "".join(f'<th scope="col">{head[lang]}</th>' for head in heads)
    body = "".join(_ledger_row(certificate, row, exact, lang) for row in certificate.rows)
    return (
        f'<table class="gl-ledger"><caption>{_caption(certificate)}</caption><thead><tr>{header}</tr></thead>'
        f'<tbody>{body}</tbody><tfoot><tr><td colspan="{len(heads)}">{_verdict(certificate, lang)}</td></tr></tfoot>'
        "</table>"
    )


def _caption(certificate: Certificate) -> str:
    conditions = certificate.conditions
    rows = certificate.conditions["shape"].strip("(").split(",")[0]
    return (
        f"<b>{escape(str(certificate.setup))}</b> "
        f"<span>seed {conditions['seed']} · {conditions['dtype']} · N = {rows}</span>"
    )


def _ledger_row(certificate: Certificate, row: Row, exact: bool, lang: str) -> str:
    from .explanation import Explanation

    formula = inline(Explanation(certificate.setup).latex(row.wrt))
    label = f"{row.wrt}.grad" if row.wrt in certificate.setup.parameters else f"∂loss/∂{row.wrt}"
    entries = _entries(row)
    left = _numbers(entries, lambda at: number(row.closed_form[at]))
    right = _numbers(entries, lambda at: number(row.autograd[at]))
    cells = [
        f'<div class="gl-formula">{formula}</div>{left}{_of_many(row, lang)}',
        f'<div class="gl-lab">{label}</div>{right}',
    ]
    if exact:
        from .torch_bridge.truth import show

        cells.append(_numbers(entries, lambda at: minus(show(row.exact[at]))))
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _entries(row: Row) -> list[tuple[int, ...]]:
    import itertools

    if row.entries > SHOWN_ENTRIES:
        return [row.worst]
    return list(itertools.product(*map(range, row.autograd.shape)))


def _numbers(entries: Iterable[tuple[int, ...]], show: Callable[[tuple[int, ...]], str]) -> str:
    return "".join(f'<div class="gl-num">{show(at)}</div>' for at in entries)


def _of_many(row: Row, lang: str) -> str:
    if row.entries <= SHOWN_ENTRIES:
        return ""
    at = f"{row.wrt}[{', '.join(map(str, row.worst))}]"
    text = (
        f"{row.entries} 个元素里偏差最大的一个：{at}"
        if lang == "zh"
        else f"{at}, the entry of {row.entries} that deviates most"
    )
    return f'<div class="gl-lab">{text}</div>'


def _verdict(certificate: Certificate, lang: str) -> str:
    sharp = sum(row.sharp for row in certificate.rows)
    entries = sum(row.entries for row in certificate.rows)
    if not certificate:
        head = f'<span class="gl-bad">{DISAGREE[lang]}</span>'
    elif sharp:
        head = f'<span class="gl-ok">{AGREE[lang]}</span>'
    else:
        head = f"<span>{BLUNT[lang]}</span>"
    counted = (
        f"{entries} 个元素，{sharp} 个的界足够窄" if lang == "zh" else f"{entries} entries, {sharp} sharply bounded"
    )
    worst = (
        f"最大偏差 {certificate.worst:.2f} eps·κ"
        if lang == "zh"
        else f"largest deviation {certificate.worst:.2f} eps·κ"
    )
    return f'{head} <span>{counted}</span> <span class="gl-end">{worst}</span>'


def certificate_text(certificate: Certificate, lang: str) -> str:
    """A line for each tensor, for a terminal."""
    lines = [f"{certificate.setup}   {', '.join(f'{key} {value}' for key, value in certificate.conditions.items())}"]
    for row in certificate.rows:
        verdict = VERDICTS["wrong" if not row.agrees else "agrees" if row.sharp else "blunt"][lang]
        counted = f"{row.sharp}/{row.entries} " + SHARP[lang]
        lines.append(
            f"{row.wrt:<8} {tuple(row.autograd.shape)!s:<10} {verdict}   {row.deviation:.2f} eps·κ   {counted}"
        )
    return "\n".join(lines)


def number(value: Any) -> str:
    """An entry of a tensor with as few digits as tell it from its neighbours in its own precision."""
    exact = value.item()
    for digits in range(1, 18):
        short = f"{exact:.{digits}g}"
        if value.new_tensor(float(short)).item() == exact:
            return minus(short)
    return minus(repr(exact))


def minus(text: str) -> str:
    """With a real minus sign."""
    return text.replace("-", "−")


# Explanations --------------------------------------------------------------------------------------------------------


def explanation_bundle(explanation: Explanation) -> tuple[dict[str, Any], dict[str, Any]]:
    data, metadata = _bundle(
        lambda lang: explanation_html(explanation, lang), lambda lang: explanation_text(explanation, lang)
    )
    data[CERTIFICATE_MIME] = certificate_bundle(explanation.sample)[0][CERTIFICATE_MIME]
    return data, metadata


def explanation_html(explanation: Explanation, lang: str) -> str:
    """The ledger on a small seeded sample, then the derivation of G and of each parameter's gradient."""
    parts = [certificate_html(explanation.sample, lang)]
    for wrt in dict.fromkeys((OUTPUTS, *explanation.setup.parameters)):
        derivation = explanation.derivation(wrt)
        left = rf"\partial L / \partial {TENSOR_OF[wrt].name}"
        parts.append(f'<p class="gl-title">{inline(left)}</p>{derivation_html(derivation, lang)}')
    return "".join(parts)


def explanation_text(explanation: Explanation, lang: str) -> str:
    wanted = dict.fromkeys((OUTPUTS, *explanation.setup.parameters))
    derivations = "\n\n".join(derivation_text(explanation.derivation(wrt), lang) for wrt in wanted)
    return f"{certificate_text(explanation.sample, lang)}\n\n{derivations}"
