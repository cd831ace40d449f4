"""The ledger as pages: one for each criterion, with an account for each combination of its options, and an overview.

The words are in templates/ledger; a criterion whose page says more than all pages do has a template of its own there.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ..closed_form import index_latex
from ..display.bundle import block, inline
from ..display.counts import VERDICTS, counted
from ..display.marks import MARKS, minus
from ..losses.cross_entropy import theorem
from ..verdict import SEEN
from ..wording import Words
from .accounts import Account, figures
from .atlas import Criterion, CriterionPage, capitalised, criteria, criterion_of, often_defined
from .highlight import RememberingHighlight
from .languages import LANGUAGES, ZH, Language
from .sheet import breakable

TEMPLATES = Path(__file__).with_name("templates") / "ledger"


def _source(language: Language, page: str) -> str:
    return f"{language.prefix}ledger/{page}.md"


def ledger_uris() -> tuple[str, ...]:
    """The paths of the ledger's pages, which are known before the ledger is run."""
    files = ("index", *(each.file for each in criteria()))
    return tuple(_source(language, file) for language in LANGUAGES for file in files)


def ledger_navigation() -> dict[str, list[Any]]:
    """What `ledger/*` stands for in mkdocs.yml, and `en/ledger/*`: the pages of the criteria, by family."""
    found: dict[str, list[Any]] = {}
    for language in LANGUAGES:
        families: dict[str, list[Any]] = {}
        for each in criteria():
            page = {each.kind.torch_name: _source(language, each.file)}
            families.setdefault(capitalised(each.family[language.code]), []).append(page)
        found[f"{language.prefix}ledger/*"] = [{family: pages} for family, pages in families.items()]
    return found


def ledger_pages(manifest: Mapping[str, Any], published: str) -> dict[str, str]:
    """The Markdown of the pages of `ledger_uris`.

    `published` is the path of the manifest in the site. Raises ValueError for a criterion that no page is about.
    """
    pages = _pages(manifest)
    accounts, families = tuple(account for page in pages for account in page.accounts), _by_family(pages)
    written = {}
    for language in LANGUAGES:
        templates = _templates(language, manifest)
        templates.globals["manifest"] = posixpath.relpath(published, f"{language.prefix}ledger")
        overview = templates.get_template("index.md.j2")
        written[_source(language, "index")] = overview.render(
            pages=pages, families=families, figures=figures(accounts), often=often_defined(criteria())
        )
        for page in pages:
            template = templates.select_template([f"{page.file}.md.j2", "criterion.md.j2"])
            text = template.render(page=page, kin=families[page.criterion.family])
            written[_source(language, page.file)] = text
    return written


FIGURES = "<!-- figures of the ledger -->"
"""Where a page shows them."""


def ledger_figures(manifest: Mapping[str, Any], language: Language, ledger: str) -> str:
    """Four counts over the whole ledger, as HTML. `ledger` is the way to its pages."""
    accounts = tuple(account for page in _pages(manifest) for account in page.accounts)
    template = _templates(language, manifest).get_template("figures.md.j2")
    gradients = {(account.entry["loss"], wrt) for account in accounts for wrt in account.latex}
    return template.render(figures=figures(accounts), gradients=len(gradients), ledger=ledger)


def _pages(manifest: Mapping[str, Any]) -> list[CriterionPage]:
    known = criteria()
    found: dict[Criterion, list[Account]] = {criterion: [] for criterion in known}
    for entry in manifest["entries"]:
        criterion = criterion_of(entry, known)
        if criterion is None:
            raise ValueError(
                f"The ledger has accounts of {entry['criterion']}, but no module of derivations/losses registers it: "
                "no page is about it."
            )
        found[criterion].append(Account(entry, criterion.kind))
    return [CriterionPage(criterion, tuple(accounts)) for criterion, accounts in found.items()]


def _by_family(pages: Iterable[CriterionPage]) -> dict[Words, list[CriterionPage]]:
    families: dict[Words, list[CriterionPage]] = {}
    for page in pages:
        families.setdefault(page.criterion.family, []).append(page)
    return families


def _templates(language: Language, manifest: Mapping[str, Any]) -> Environment:
    """The templates, with what they all use. Words stand in them in both languages, side by side: say(zh, en)."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    zh = language is ZH
    environment.globals.update(
        zh=zh,
        say=lambda chinese, english: Markup(chinese if zh else english),
        words=lambda both: both[language.code],
        counted=lambda entries, sharp: counted(entries, sharp, language.code),
        verdicts=VERDICTS,
        marks=MARKS,
        figures_of=figures,
        seen=SEEN,
        shared=manifest["shared"],
        theorem=index_latex(theorem()),
        versions=manifest["versions"],
    )
    environment.filters.update(
        block=lambda latex: Markup(block(latex)),
        inline=lambda latex: Markup(inline(rf"\displaystyle {latex}")),
        capitalised=capitalised,
        breakable=lambda name: Markup(breakable(name)),
        html=lambda figure: Markup(figure.html(language.code)),
        coloured=lambda code: Markup(RememberingHighlight(None, pygments_lang_class=True).highlight(code, "python")),
        grouped=lambda number: f"{number:,}",
        short=lambda number: "–" if number is None else minus(f"{number:g}"),
    )
    return environment
