"""Torch's operations as a part of a page: what each computes, what it hands on, what torch chooses at a corner.

All of it follows from the class that a module of operations registers; nothing here names an operation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from html import escape

from ..closed_form import index_latex
from ..closed_form.shares import share_source
from ..derivation import Derivation
from ..display.bundle import Bundle, block, bundle, inline
from ..display.lines import legend, reads_well
from ..figures import Figure, operation_curve
from ..index_calculus.expressions import names_in
from ..index_calculus.matrices.latex import matrix_latex
from ..index_calculus.printing.latex import Latex
from ..operations import Operation, registered
from ..operations.pointwise import Pointwise
from ..operations.registry import key_of
from ..options import shown
from ..subject import derive
from ..wording import Words
from .atlas import capitalised
from .highlight import RememberingHighlight
from .sheet import breakable

COMPUTES = Words("计算", "computes")
HANDS_ON = Words("传出", "hands on")
WHERE = Words("其中", "where")
UNDER = Words("条件", "for")
CODE = Words("代码", "Code")
STOP, LIST, MEANS = Words("。", "."), Words("，", ", "), Words("{}：{}", "{}: {}")
#: In names of things, English articles would stand in the way of who looks for them.
ARTICLES = ("the ", "a ", "an ")

#: The pages in docs/operations, and whose operations each has, by their modules.
PAGES = {
    "smooth": ("pointwise", "hyperbolic", "activations", "with_numbers"),
    "pieces": ("cornered",),
    "products": ("binary", "extremes", "products", "distances"),
    "reductions": ("reductions", "statistics", "normalisation", "attention"),
    "picking": ("picking", "placing", "windows"),
    "criteria": ("criteria",),
}
#: Operations whose shares are like another's, with which one compares them. To derive them as well would take the build
#: half as long again; the command shows them.
TWINS = {
    "minimum": "maximum",
    "minimum-or-first": "maximum-or-first",
    "smooth-l1-loss": "huber-loss",
    "group-norm": "layer-norm",
    "transposed-convolution": "convolution",
}
LIKE = Words("传出的梯度与{}相仿。逐行推导：", "What it hands on is like that of {}. Line by line: ")


def module_of(kind: type[Operation]) -> str:
    return kind.__module__.rpartition(".")[2]


def page_of(operation: Operation) -> str:
    """The page that an operation is on."""
    return next(page for page, modules in PAGES.items() if module_of(type(operation)) in modules)


@dataclass(frozen=True)
class Entry:
    """An operation with its options as they are by default."""

    operation: Operation

    @property
    def key(self) -> str:
        """Its place on the page."""
        return key_of(type(self.operation))

    @property
    def called(self) -> Words:
        zh, en = self.operation.called.zh, self.operation.called.en
        article = next((each for each in ARTICLES if en.startswith(each)), "")
        name = en.removeprefix(article)
        return Words(zh, capitalised(name) if name.split()[0].isalpha() else name)

    @property
    def written(self) -> str:
        """As one writes it, with its options."""
        named = {each.name: getattr(self.operation, each.name) for each in fields(self.operation)}
        options = ", ".join(f"{name}={shown(value)}" for name, value in named.items())
        return f"{type(self.operation).__name__}({options})"

    @property
    def twin(self) -> Entry | None:
        """The operation whose shares stand for its own."""
        return Entry(registered()[TWINS[self.key]]()) if self.key in TWINS else None

    @cached_property
    def derivations(self) -> tuple[Derivation, ...]:
        """Its shares, in the order of its operands; none where another's stand for them."""
        return () if self.twin else tuple(derive(self.operation, wrt) for wrt in self.operation.wrt)

    @property
    def definitions(self) -> Iterator[str]:
        """The result and what it uses, as LaTeX."""
        show = Latex(full_limits=False)
        for each in (self.operation.definition, *self.operation.stages.values()):
            yield f"{show(each.left)} := {show(each.right)}"

    @property
    def conditions(self) -> list[str]:
        show = Latex(full_limits=False)
        return [show.condition(each) for each in self.operation.domain]

    @property
    def shares(self) -> Iterator[str]:
        """What is handed on: with whole arrays where that is short, and entry by entry."""
        for each in self.derivations:
            if each.matrix and len(each.targets) > 1 and reads_well(each):
                letter = Latex().symbol(str(each.left.variable.base.label))
                yield rf"\frac{{\partial L}}{{\partial {letter}}} = {matrix_latex(each.matrix.node)}"
            yield index_latex(each)

    @property
    def letters(self) -> dict[str, Words]:
        """What the letters stand for, but for those that all operations share, and for an operand alone."""
        found = {name: words for each in self.derivations for name, words in legend(each).items()}
        said = {"G", "delta", *(["A"] if self.operation.wrt == ("A",) else [])}
        return {name: words for name, words in found.items() if name not in said}

    @cached_property
    def picture(self) -> Figure | None:
        """Of a function of one entry that holds no other arrays, and is no straight line."""
        operation = self.operation
        if not isinstance(operation, Pointwise) or {*operation.meanings} != {"A"}:
            return None
        straight = names_in(self.derivations[0].result) <= {"G", *operation.numbers}
        return None if straight and not operation.corner.en else operation_curve(operation)

    def html(self, lang: str) -> str:
        """A section with a heading of its own, which a search finds."""
        nodes = ", ".join(f"<code>{breakable(name)}</code>" for name in self.operation.nodes)
        letters = [
            MEANS[lang].format(inline(Latex().symbol(name)), escape(words[lang]))
            for name, words in self.letters.items()
        ]
        said = (
            [f"<p>{escape(capitalised(self.operation.corner[lang]))}{STOP[lang]}</p>"]
            if self.operation.corner[lang]
            else []
        )
        said += [self._like(lang)] if self.twin else []
        said += [f'<p class="gl-letters">{LIST[lang].join(letters)}{STOP[lang]}</p>'] if letters else []
        picture = self.picture.html(lang) if self.picture else ""
        return (
            f'<section class="gl-operation"><h3 id="{self.key}">{escape(self.called[lang])}</h3>'
            f'<p class="gl-nodes"><code>{escape(self.written)}</code><br>torch: {nodes}</p>{picture}'
            f"<dl>{''.join(self._rows(lang))}</dl>{''.join(said)}{self._code(lang)}</section>"
        )

    def _like(self, lang: str) -> str:
        """Whose shares its own are like, and how to see them."""
        assert self.twin
        link = f'<a href="#{self.twin.key}">{escape(self.twin.operation.called[lang])}</a>'
        return f"<p>{LIKE[lang].format(link)}<code>derivations show {self.key}</code></p>"

    def _rows(self, lang: str) -> Iterator[str]:
        first, *where = self.definitions
        rows = ((COMPUTES, [first]), (WHERE, where), (UNDER, self.conditions), (HANDS_ON, self.shares))
        for words, formulas in rows:
            if blocks := "".join(block(latex) for latex in formulas):
                yield f"<div><dt>{words[lang]}</dt><dd>{blocks}</dd></div>"

    def _code(self, lang: str) -> str:
        if self.twin:
            return ""
        highlighter = RememberingHighlight(None, pygments_lang_class=True)
        texts = (share_source(self.operation, wrt).rstrip() for wrt in self.operation.wrt)
        code = "".join(highlighter.highlight(text, "python") for text in texts)
        return f'<details class="gl-more" data-search-exclude><summary>{CODE[lang]}</summary>{code}</details>'

    def text(self, lang: str) -> str:
        """Its name and formulas, a line for each."""
        return "\n".join([f"{self.called[lang]}: {self.written}", *self.definitions, *self.shares])


class Operations:
    """The operations that a module of `derivations.operations` registers, in its order."""

    def __init__(self, *modules: str):
        named = [each for name in modules for each in registered().values() if module_of(each) == name]
        self.entries = tuple(Entry(kind()) for kind in named)

    def html(self, lang: str) -> str:
        return "".join(each.html(lang) for each in self.entries)

    def text(self, lang: str) -> str:
        return "\n\n".join(each.text(lang) for each in self.entries)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Bundle:
        return bundle(self.html, self.text)


class NodeTable:
    """Torch's names of the nodes that are described, each with a link to its operations; for the page above theirs."""

    @cached_property
    def rows(self) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = {}
        for kind in registered().values():
            for name in kind.nodes:
                found.setdefault(name, []).append(Entry(kind()))
        return dict(sorted(found.items()))

    def html(self, lang: str) -> str:
        """A list in columns."""
        items = (
            f"<li><code>{breakable(name)}</code> {LIST[lang].join(self._link(each, lang) for each in entries)}</li>"
            for name, entries in self.rows.items()
        )
        return f'<ul class="gl-names">{"".join(items)}</ul>'

    def _link(self, entry: Entry, lang: str) -> str:
        return f'<a href="{page_of(entry.operation)}/#{entry.key}">{escape(entry.called[lang])}</a>'

    def text(self, lang: str) -> str:
        return "\n".join(f"{name}: {', '.join(each.called[lang] for each in at)}" for name, at in self.rows.items())

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Bundle:
        return bundle(self.html, self.text)


class Names:
    """Names in columns."""

    def __init__(self, names: Iterable[str]):
        self.names = tuple(names)

    def html(self, lang: str) -> str:
        return f'<ul class="gl-names">{"".join(f"<li><code>{breakable(name)}</code></li>" for name in self.names)}</ul>'

    def text(self, lang: str) -> str:
        return "\n".join(self.names)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Bundle:
        return bundle(self.html, self.text)
