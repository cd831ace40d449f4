"""Where a certificate's numbers come from, and what "agrees" means: seed, versions, and the bound of each tensor."""

from __future__ import annotations

import math
from html import escape

import torch

from ..torch_bridge.certificates.certificate import Certificate
from ..torch_bridge.certificates.rows import Row
from ..torch_bridge.rounding.precision import tiny
from ..verdict import SEEN
from ..wording import Words

PROVENANCE = Words("凭据", "Provenance")
BOUND = "|a − b| ≤ eps·κ + 2·s·κ₀"
COLUMNS = (
    Words("偏差最大的元素", "Entry that deviates most"),
    Words("κ", "κ"),
    Words("误差界", "Bound"),
    Words("|a − b|", "|a − b|"),
    Words("合多少 eps·κ", "in eps·κ"),
    Words("κ/|g| 最大", "Largest κ/|g|"),
    Words("看得出的倍数错误", "Factor mistake seen"),
)


def provenance_html(certificate: Certificate, lang: str) -> str:
    """A folded note for under the ledger: what it takes to see the same numbers again, the bound, and a table."""
    head = "".join(f'<th scope="col">{escape(column[lang])}</th>' for column in COLUMNS)
    body = "".join(
        f'<tr><th scope="row">{escape(_entry(row))}</th>'
        + "".join(f'<td class="gl-num">{cell}</td>' for cell in _cells(row))
        + "</tr>"
        for row in certificate.rows
    )
    return (
        f'<details class="gl-more gl-provenance"><summary>{PROVENANCE[lang]}</summary>'
        f'<p class="gl-legend">{escape(_conditions(certificate, lang))}</p>'
        f'<p class="gl-legend">{escape(_bound(certificate, lang))}</p>'
        '<div style="overflow-x:auto"><table class="gl-table">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></details>"
    )


def provenance_text(certificate: Certificate, lang: str) -> str:
    """The bounds as one line for a terminal, which names the conditions already."""
    rows = "; ".join(f"{_entry(row)} {short(row.bound)}, κ/|g| ≤ {short(row.condition)}" for row in certificate.rows)
    return f"  {BOUND}: {rows}" if lang == "en" else f"  {BOUND}：{rows}"


def _conditions(certificate: Certificate, lang: str) -> str:
    given = certificate.conditions
    threads = f"{given['threads']} 个线程" if lang == "zh" else f"threads {given['threads']}"
    shape = f"X {given['shape']}" if certificate.setup.model is not None else f"Z {given['shape']}"
    versions = [f"{name} {given[key]}" for key, name in VERSIONS.items()]
    return " · ".join([f"seed {given['seed']}", given["dtype"], shape, given["device"], threads, *versions])


VERSIONS = {"python": "Python", "torch": "torch", "sympy": "SymPy"}


def _bound(certificate: Certificate, lang: str) -> str:
    dtype = certificate.conditions["dtype"]
    eps, smallest = short(torch.finfo(getattr(torch, dtype)).eps), short(tiny(getattr(torch, dtype)))
    if lang == "zh":
        return (
            f"公式算出的 a 与 autograd 算出的 b，每个元素都要满足 {BOUND}。"
            "κ 是照公式求值时各次舍入的累积，每次按被舍入的数的大小计，以 eps/2 为单位，一次舍入至多差这么多；"
            "a 与 b 离真值各不超过这个界的一半。"
            f"eps = {eps} 是 {dtype} 的精度，s = {smallest} 是一次舍入在 0 附近至多丢掉的数；"
            "κ₀ 管的是下溢：每次运算计作 1，再乘上此后可能与它相乘的因子。"
            "κ/|g| 越小，查得越细：相对误差达到它的几倍 eps，就看得出来。"
            f"“一致”还要求：整个张量的倍数错了 {SEEN:.0%} 的话，至少有一个元素会超出误差界。"
        )
    return (
        f"At each entry, the formula's a and autograd's b must satisfy {BOUND}. κ adds up the roundings made along the "
        "formula, each at the size of what it rounds, in units of eps/2, the most that one rounding costs; a and b "
        f"each lie within half the bound of the exact value. eps = {eps} is the precision of {dtype}, and "
        f"s = {smallest} the most that a rounding loses near 0; κ₀, for underflow, counts each operation as 1, times "
        "the factors that may multiply it afterwards. The smaller κ/|g|, the sharper the check: a relative mistake of "
        f"a few times that many eps is seen. To agree, a tensor must also have an entry that a common factor wrong by "
        f"{SEEN:.0%} would take beyond its bound."
    )


def _entry(row: Row) -> str:
    return f"{row.wrt}[{', '.join(map(str, row.worst))}]" if row.worst else row.wrt


def _cells(row: Row) -> list[str]:
    if not row.entries:
        return ["–"] * (len(COLUMNS) - 1)
    a, b = (side[row.worst].item() for side in (row.closed_form, row.autograd))
    return [
        short(row.kappa),
        short(row.bound),
        short(abs(a - b)),
        f"{row.deviation:.2f}",
        short(row.condition),
        short(row.sharpest),
    ]


def short(value: float) -> str:
    """Two digits, with a real minus sign; a dash for what there is none of.

    >>> short(1.1920929e-07), short(math.nan), short(12.0)
    ('1.2e−7', '–', '12')
    """
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞"
    mantissa, e, exponent = f"{value:.2g}".partition("e")
    return f"{mantissa}e{int(exponent)}".replace("-", "−") if e else mantissa
