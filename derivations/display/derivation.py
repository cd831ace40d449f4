"""A derivation, line by line: formula, rule, check mark and reason; as HTML and as plain text."""

from __future__ import annotations

from html import escape

from ..derivation import Derivation, RuleApplication
from ..index_calculus.printing.latex import InlineLatex, Latex
from ..index_calculus.printing.plain import Plain
from ..index_calculus.printing.printer import Printer
from ..index_calculus.symbols import L
from ..looks import Bundle, register
from ..reasons import clauses_of
from ..wording import MODES, OPINIONS, RULES, Show, Words
from .bundle import block, bundle, inline
from .colour import NO_COLOUR, Colour
from .lines import Line, legend, lines_of

MORE = Words("拆开看每一步", "Each rule by itself")
LEMMA = Words("引理：", "Lemma: ")
DERIVED_BEFORE = Words("用到 ", "Uses ")


def derivation_bundle(derivation: Derivation) -> Bundle:
    return bundle(lambda lang: derivation_html(derivation, lang), lambda lang: derivation_text(derivation, lang))


def derivation_html(derivation: Derivation, lang: str) -> str:
    """The lines of a derivation, what its symbols mean, who checked its ends, and its lemmas folded."""
    show = Show(InlineLatex(derivation.targets), inline)
    lines = "".join(_line(line, Latex(derivation.targets), show, lang) for line in lines_of(derivation))
    symbols = _legend(derivation, show, lang)
    legend_line = f'<p class="gl-legend">{symbols}</p>' if symbols else ""
    below = [legend_line, _ends(derivation, lang), *(_lemma(each, lang) for each in derivation.lemmas)]
    return f'<div class="gl-derivation"><ol class="gl-steps">{lines}</ol>{"".join(below)}</div>'


def _line(line: Line, latex: Latex, show: Show, lang: str) -> str:
    formula = line.formula(latex)
    if line.continues:
        formula = f"{{}}{formula}"
    why = line.why(lang, show)
    paragraph = f'<p class="gl-why">{why}</p>' if why else ""
    return (
        f'<li class="gl-step"><div class="gl-line">{block(formula) if formula else ""}</div>'
        f'<div class="gl-tick"><span class="gl-chip">{escape(line.chip(lang))}</span>{_tick(line.mode, lang)}</div>'
        f"{paragraph}{_micros(line.micros, latex, show, lang)}</li>"
    )


def _tick(mode: str | None, lang: str) -> str:
    return f' <span class="gl-ok">✓ {MODES[mode][lang]}</span>' if mode else ""


def _micros(micros: tuple[RuleApplication, ...], latex: Latex, show: Show, lang: str) -> str:
    if not micros:
        return ""

    def item(micro: RuleApplication) -> str:
        why = ("；" if lang == "zh" else "; ").join(clause[lang] for clause in clauses_of([micro], show))
        formula = block(f"{{}} = {latex(micro.after)}")
        chip = f'<span class="gl-chip">{RULES[micro.rule.name][lang]}</span>{_tick(micro.judgement.mode, lang)}'
        return f'<li>{chip} <span class="gl-why">{why}</span>{formula}</li>'

    items = "".join(item(micro) for micro in micros)
    return f'<details class="gl-more"><summary>{MORE[lang]}</summary><ol class="gl-micros">{items}</ol></details>'


def _legend(derivation: Derivation, show: Show, lang: str) -> str:
    """One sentence that says what the symbols stand for."""
    said = [
        _meaning(show.wrap(show.printer.symbol(name)), name, meaning[lang], lang)
        for name, meaning in legend(derivation).items()
    ]
    if not said:
        return ""
    return f"其中 {'；'.join(said)}。" if lang == "zh" else f"Here {'; '.join(said)}."


def _meaning(symbol: str, name: str, text: str, lang: str) -> str:
    if name == "delta":
        return f"{symbol} {text}"
    if lang == "zh":
        return f"{symbol} 是{' ' if text[0].isascii() else ''}{text}"
    return f"{symbol} is {text}"


def _ends(derivation: Derivation, lang: str) -> str:
    methods = [OPINIONS[each][lang] for each in derivation.opinions]
    if lang == "zh":
        ways = "另外两种" if len(methods) == 2 else "另一种"
        text = f"首尾两端相等，还由{ways}不用这些规则的办法复核：{'、'.join(methods)}。"
    else:
        ways = "two ways that use" if len(methods) == 2 else "a way that uses"
        text = f"First and last line are equal, also by {ways} none of these rules: {' and '.join(methods)}."
    return f'<p class="gl-ends" data-search-exclude><span class="gl-ok">✓</span> {text}</p>'


def _lemma(derivation: Derivation, lang: str) -> str:
    label = DERIVED_BEFORE if getattr(derivation.left, "expr", None) == L else LEMMA
    return (
        f'<details class="gl-lemma"><summary>{label[lang]}{escape(derivation.title[lang])}</summary>'
        f"{derivation_html(derivation, lang)}</details>"
    )


def derivation_text(derivation: Derivation, lang: str, colour: Colour = NO_COLOUR) -> str:
    """The lines with their reasons, for a terminal."""
    plain = Plain(derivation.targets, full_limits=False)
    show = Show(plain)
    text = [colour.title(derivation.title[lang])]
    indent = " " * len(plain(derivation.left))
    for line in lines_of(derivation):
        text += _text_line(line, plain, show, lang, indent, colour)
    symbols = _legend(derivation, show, lang)
    return "\n".join([*text, *([f"  {colour.quiet(symbols)}"] if symbols else [])])


def _text_line(line: Line, plain: Printer, show: Show, lang: str, indent: str, colour: Colour) -> list[str]:
    formula, why = line.formula(plain), line.why(lang, show)
    if line.mode and not formula:
        return []  # a matrix form, which has no plain text
    if line.continues:
        formula = indent + formula
    tick = f" {colour.good(f'✓ {MODES[line.mode][lang]}')}" if line.mode else ""
    label = "" if line.mode else f"{colour.quiet(f'[{line.chip(lang)}]')} "
    return [f"  {label if formula else ''}{formula}"] * bool(formula) + (
        [f"      {colour.quiet(why)}{tick}"] if why else []
    )


register(Derivation, derivation_text, derivation_bundle)
