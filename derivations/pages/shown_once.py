"""A page shows a derivation once: where a later one needs it again, it says so and leads there.

What a cell displays stands for itself, and so does a notebook. On a page, though, the copies of a few lemmas would be a
third of all elements in some lessons.
"""

from __future__ import annotations

import re

from .languages import Language

_FOLDED = r'<details class="gl-lemma"><summary>(?P<what>[^<]*)</summary>'
_BEGIN = re.compile(rf'(?P<folded>{_FOLDED})?(?P<derivation><div class="gl-derivation">)')
_DIV = re.compile(r"<div\b|</div>")


def shown_once(html: str, language: Language) -> str:
    """Give each derivation of a page an id, and put a link in the place of a folded one that stands further up already.

    `html` is the body of a page as the notebook's outputs make it, before its formulas are typeset.
    """
    ids: dict[str, str] = {}
    parts, done, number = [], 0, 0
    for begin in _BEGIN.finditer(html):
        if begin.start() < done:
            continue  # within a copy that is gone
        start = begin.start("derivation")
        end = _end_of_div(html, start)
        derivation = html[start:end]
        parts.append(html[done : begin.start()])
        if begin["folded"] and derivation in ids:
            said = language.derived_above.format(what=begin["what"])
            parts.append(f'<p class="gl-again"><a href="#{ids[derivation]}">{said}</a></p>')
            done = end + len("</details>")
            continue
        number += 1
        if derivation not in ids or not begin["folded"]:
            ids[derivation] = f"derivation-{number}"
        tag, _, rest = begin[0].partition(" ")
        parts.append(f'{tag} id="derivation-{number}" {rest}')
        done = begin.end()
    return "".join([*parts, html[done:]])


def _end_of_div(html: str, start: int) -> int:
    """Where the division that begins at `start` ends."""
    depth = 0
    for tag in _DIV.finditer(html, start):
        depth += 1 if tag[0] != "</div>" else -1
        if depth == 0:
            return tag.end()
    raise ValueError(f"a division is left open: {html[start : start + 200]}")
