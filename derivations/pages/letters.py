"""The letters of criteria and penalties, as a table for readers: what torch calls each, and which of them have it."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from ..display.bundle import Bundle, bundle, inline
from ..index_calculus.printing.latex import Latex
from ..index_calculus.printing.plain import Plain
from ..losses.penalty import letters_of_penalties
from ..losses.registry import letters, registered

HEADINGS = {"zh": ("字母", "torch 里叫", "哪些损失有"), "en": ("Letter", "Called in torch", "Of which losses")}

#: Where torch has no name.
NONE = "–"


def declared() -> Iterator[tuple[str, str, list[str]]]:
    """Each letter of an option or an operand, with torch's name of it and the criteria that declare it.

    Then those that penalties alone have: torch has no name for them, so it is "".
    """
    penalties = letters_of_penalties()
    for letter, name in letters().items():
        kinds = [
            kind.torch_name
            for kind in registered()
            if letter in {*(option.letter for option in kind.declared), *(array.letter for array in kind().operands)}
        ]
        if kinds:
            yield letter, name, [*kinds, *penalties.pop(letter, ())]
    for letter, kinds in penalties.items():
        yield letter, "", kinds


class Letters:
    """All letters of options and operands, in the order in which code takes them."""

    def html(self, lang: str) -> str:
        """A table."""
        head = "".join(f'<th scope="col">{each}</th>' for each in HEADINGS[lang])
        rows = "".join(
            f'<tr><th scope="row">{inline(Latex().symbol(letter))}</th><td>{_name(name)}</td>'
            f"<td>{' '.join(f'<code>{escape(kind)}</code>' for kind in kinds)}</td></tr>"
            for letter, name, kinds in declared()
        )
        return (
            f'<div class="gl-scroll"><table class="gl-table"><thead><tr>{head}</tr></thead>'
            f"<tbody>{rows}</tbody></table></div>"
        )

    def text(self, lang: str) -> str:
        """A line for each letter."""
        colon = "：" if lang == "zh" else ": "
        return "\n".join(f"{Plain().symbol(letter)}{colon}{name or NONE}" for letter, name, _ in declared())

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Bundle:
        return bundle(self.html, self.text)


def _name(name: str) -> str:
    return f"<code>{escape(name)}</code>" if name else NONE
