"""Every criterion by its public names, as a formula and as a module, in a table with what it is for and its options."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from .. import losses
from ..display.bundle import bundle
from ..looks import Bundle
from ..losses.penalty import Penalty
from ..torch_bridge.criteria import registry
from ..wording import Words
from .atlas import criteria

HEADS = (
    Words("公式，模块", "As a formula, as a module"),
    Words("用途", "What it is for"),
    Words("reduction 以外的选项", "Options beside reduction"),
)
#: What every criterion has.
REDUCTION = "reduction"
#: The name, of dv; the module, with the address of its page; what it is for; and the options.
Row = tuple[str, str, str, Words, tuple[str, ...]]


class ListedLosses:
    """All that are registered, by family, and the penalties."""

    def __init__(self, ledger: str = "../ledger/"):
        self.ledger = ledger

    def rows(self) -> Iterator[Row]:
        for each in criteria():
            of_torch = registry.of_loss(each.kind)
            room = "torch.nn" if of_torch is None or of_torch.is_of_torch else "dv.nn"
            options = (REDUCTION, *(option.name for option in each.kind.declared))
            module = f"{room}.{each.kind.torch_name}"
            yield f"dv.losses.{each.kind.__name__}", module, f"{self.ledger}{each.file}/", each.kind.about, options
        for name in losses.__all__:
            kind = getattr(losses, name)
            if issubclass(kind, Penalty):
                yield f"dv.losses.{name}", "", "", kind.name, ()

    def html(self, lang: str) -> str:
        """A table."""
        heads = "".join(f'<th scope="col">{each[lang]}</th>' for each in HEADS)
        rows = "".join(
            f'<tr><th scope="row"><code>{name}</code>{_link(module, page)}</th>'
            f"<td>{escape(about[lang])}</td><td>{_codes(options)}</td></tr>"
            for name, module, page, about, options in self.rows()
        )
        return (
            f'<div style="overflow-x:auto"><table class="gl-table"><thead><tr>{heads}</tr></thead>'
            f"<tbody>{rows}</tbody></table></div>"
        )

    def text(self, lang: str) -> str:
        """A line for each."""
        return "\n".join(
            "  ".join(filter(None, (name, module, about[lang], ", ".join(options))))
            for name, module, _, about, options in self.rows()
        )

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Bundle:
        return bundle(self.html, self.text)


def _link(module: str, page: str) -> str:
    return f'<br><a href="{page}"><code>{module}</code></a>' if module else ""


def _codes(names: tuple[str, ...]) -> str:
    return " ".join(f"<code>{name}</code>" for name in names if name != REDUCTION)
