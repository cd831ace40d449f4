"""The ledger: closed form on the left, autograd on the right, the exact value beside them, the verdict below."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Any

from ..closed_form import closed_form_latex
from ..looks import Bundle, register
from ..torch_bridge.accounts.exact_values import show
from ..torch_bridge.certificates.certificate import Certificate
from ..torch_bridge.certificates.rows import Row
from ..verdict import AGREES, CANNOT_TELL, DISAGREES, SEEN
from ..wording import Words
from .bundle import CERTIFICATE_MIME, bundle, inline
from .colour import NO_COLOUR, Colour
from .counts import VERDICTS, counted, of_all
from .diagnosis import diagnosis_html
from .marks import MARKS, minus
from .provenance import provenance_html, provenance_text

#: A tensor with more entries than this is shown by its worst entry.
SHOWN_ENTRIES = 6

SIDES = {
    "formula": Words("公式（SymPy）", "Formula (SymPy)"),
    "numbers": Words("数字（torch）", "Numbers (torch)"),
    "exact": Words("精确值", "Exact value"),
}
FEET = {
    AGREES: Words("两本账一致", "The two accounts agree"),
    DISAGREES: Words("两本账不一致", "The two accounts disagree"),
    CANNOT_TELL: Words("看不出两本账对不对得上", "Cannot tell whether the two accounts agree"),
}


def certificate_bundle(certificate: Certificate) -> Bundle:
    data, metadata = bundle(
        lambda lang: certificate_html(certificate, lang), lambda lang: certificate_text(certificate, lang)
    )
    message = str(certificate.mismatch()) if certificate.verdict == DISAGREES else ""
    data[CERTIFICATE_MIME] = {"verdict": certificate.verdict, "message": message}
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
        f"</table>{_wrong(certificate, lang)}{_notes(certificate, lang)}{provenance_html(certificate, lang)}"
    )


def _wrong(certificate: Certificate, lang: str) -> str:
    """What is wrong; the ledger above has the verdict and the numbers."""
    return "" if certificate.diagnosis is None else diagnosis_html(certificate.diagnosis, lang, alone=False)


def _notes(certificate: Certificate, lang: str) -> str:
    return "".join(f'<p class="gl-legend">{escape(each)}</p>' for each in _noted(certificate, lang))


def _noted(certificate: Certificate, lang: str) -> list[str]:
    return [each for each in (_doubt(certificate, lang), *(note[lang] for note in certificate.notes)) if each]


def _caption(certificate: Certificate) -> str:
    conditions = certificate.conditions
    rows = certificate.conditions["shape"].strip("(").split(",")[0]
    return (
        f"<b>{escape(str(certificate.setup))}</b> "
        f"<span>seed {conditions['seed']} · {conditions['dtype']} · N = {rows}</span>"
    )


def _ledger_row(certificate: Certificate, row: Row, exact: bool, lang: str) -> str:
    setup = certificate.setup
    formula = inline(closed_form_latex(setup.derivation(row.wrt), setup.derivation(setup.of_linear)))
    label = f"{row.wrt}.grad" if row.wrt in setup.parameters else f"∂loss/∂{row.wrt}"
    entries = _entries(row)
    left = _numbers(entries, lambda at: number(row.closed_form[at]))
    right = _numbers(entries, lambda at: number(row.autograd[at]))
    cells = [
        f'<td><div class="gl-formula">{formula}</div>{left}{_of_many(row, lang)}</td>',
        f'<td><div class="gl-lab">{label}</div>{right}</td>',
    ]
    if exact:
        true = _numbers(entries, lambda at: minus(show(row.exact[at])))
        cells.append(f'<td class="gl-exact" data-label="{SIDES["exact"][lang]}">{true}</td>')
    return f"<tr>{''.join(cells)}</tr>"


def _entries(row: Row) -> list[tuple[int, ...]]:
    if row.among > SHOWN_ENTRIES:
        return [row.worst]
    return list(itertools.product(*map(range, row.autograd.shape)))


def _numbers(entries: Iterable[tuple[int, ...]], show: Callable[[tuple[int, ...]], str]) -> str:
    return "".join(f'<div class="gl-num">{show(at)}</div>' for at in entries)


def _of_many(row: Row, lang: str) -> str:
    if row.among <= SHOWN_ENTRIES:
        return ""
    at = f"{row.wrt}[{', '.join(map(str, row.worst))}]"
    sampled = row.entries < row.among
    text = (
        f"{'比较过的 ' if sampled else ''}{row.entries} 个元素里偏差最大的一个：{at}"
        if lang == "zh"
        else f"{at}, the entry of {row.entries}{' compared' if sampled else ''} that deviates most"
    )
    return f'<div class="gl-lab">{text}</div>'


def _verdict(certificate: Certificate, lang: str) -> str:
    mark, colour = MARKS[certificate.verdict]
    worst = (
        f"最大偏差 {certificate.worst:.2f} eps·κ"
        if lang == "zh"
        else f"largest deviation {certificate.worst:.2f} eps·κ"
    )
    count = _counted(certificate.rows, lang)
    head = f'<span class="{colour}">{mark} {FEET[certificate.verdict][lang]}</span>'
    return f'{head} <span>{count}</span> <span class="gl-end">{worst}</span>'


def _counted(rows: Sequence[Row], lang: str) -> str:
    entries, sharp = sum(row.entries for row in rows), sum(row.sharp for row in rows)
    among = sum(row.among for row in rows)
    if entries and all(row.zero for row in rows):
        return of_all(entries, among, lang) + ("，都恰好是 0" if lang == "zh" else ", all exactly 0")
    return counted(entries, sharp, lang, among)


def _doubt(certificate: Certificate, lang: str) -> str:
    """What might be wrong and not show, tensor by tensor; empty where all is told."""
    unsure = [row for row in certificate.rows if row.verdict == CANNOT_TELL]
    if not unsure:
        return ""
    colon, semicolon, asked = (
        ("：", "；", f"（要算一致，{SEEN:.0%} 就该看得出来）")
        if lang == "zh"
        else (": ", "; ", f" (to agree, {SEEN:.0%} must show)")
    )
    return semicolon.join(f"{row.wrt}{colon}{_unseen(row, lang)}" for row in unsure) + asked


def _unseen(row: Row, lang: str) -> str:
    if math.isinf(row.sharpest):
        return "倍数错多少都可能看不出来" if lang == "zh" else "any wrong factor might not show"
    if lang == "zh":
        return f"倍数的差错不到 {row.sharpest:.0%} 时，可能看不出来"
    return f"a factor wrong by less than {row.sharpest:.0%} might not show"


def certificate_text(certificate: Certificate, lang: str, colour: Colour = NO_COLOUR) -> str:
    """A line for each tensor and one for the bounds, for a terminal."""
    conditions = ", ".join(f"{key} {value}" for key, value in certificate.conditions.items())
    lines = [f"{colour.title(str(certificate.setup))}   {colour.quiet(conditions)}"]
    paint = {AGREES: colour.good, DISAGREES: colour.bad, CANNOT_TELL: colour.unsure}
    for row in certificate.rows:
        lines.append(
            f"{row.wrt:<8} {tuple(row.autograd.shape)!s:<10} {paint[row.verdict](VERDICTS[row.verdict][lang])}   "
            f"{row.deviation:.2f} eps·κ   {_counted([row], lang)}"
        )
    bounds = colour.quiet(provenance_text(certificate, lang))
    wrong = [] if certificate.diagnosis is None else [certificate.diagnosis.sentence[lang]]
    return "\n".join([*lines, bounds, *(f"  {each}" for each in (*wrong, *_noted(certificate, lang)))])


def number(value: Any) -> str:
    """An entry of a tensor with as few digits as tell it from its neighbours in its own precision."""
    exact = value.item()
    for digits in range(1, 18):
        short = f"{exact:.{digits}g}"
        if value.new_tensor(float(short)).item() == exact:
            return minus(short)
    return minus(repr(exact))


register(Certificate, certificate_text, certificate_bundle)
