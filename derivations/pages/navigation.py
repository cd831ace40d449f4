"""One navigation per language, out of the one `nav:` that MkDocs knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure import StructureItem
from mkdocs.structure.nav import Navigation, Section
from mkdocs.structure.pages import Page

from .languages import CODES, LANGUAGES, Language


def by_language(nav: Navigation) -> dict[str, Navigation]:
    """Split the navigation at its first level, `zh:` and `en:`. Previous and next stay within a language."""
    sections = {item.title: item for item in nav.items if isinstance(item, Section)}
    if sections.keys() != CODES:
        raise PluginError(
            "`nav:` in mkdocs.yml must hold two sections, `zh:` and `en:`, each with its own pages: that of "
            "docs/index.py is `index.py` under `zh:`, and `en/index.py` under `en:`."
        )
    return {language.code: _navigation(sections[language.code], language) for language in LANGUAGES}


def _navigation(section: Section, language: Language) -> Navigation:
    pages = list(_pages(section.children))
    for item in section.children:
        item.parent = None
    for page, following in pairwise([None, *pages, None]):
        if page:
            page.next_page = following
        if following:
            following.previous_page = page
    nav = Navigation(section.children, pages)
    homes = [page for page in pages if page.url == language.prefix]
    if not homes:
        raise PluginError(f"`nav:` has no home page for {language.code}: list `{language.prefix}index.py` there.")
    nav.homepage = homes[0]
    return nav


def expanded(nav: Any, stands_for: Mapping[str, Sequence[Any]]) -> Any:
    """`nav:` of mkdocs.yml with the entries that stand for others, as `ledger/*` does, in their place.

    An entry that ends in `*` and stands for nothing is left out.
    """
    if isinstance(nav, dict):
        return {title: expanded(item, stands_for) for title, item in nav.items()}
    if not isinstance(nav, list):
        return nav
    found: list[Any] = []
    for item in nav:
        is_pattern = isinstance(item, str) and item.endswith("*")
        found += stands_for.get(item, ()) if is_pattern else [expanded(item, stands_for)]
    return found


def outline(nav: Navigation) -> list[Any]:
    """All that a page shows of its navigation, as JSON values."""
    return [_outlined(item) for item in nav.items]


def _outlined(item: StructureItem) -> list[Any]:
    if isinstance(item, Section):
        return [item.title, [_outlined(child) for child in item.children]]
    return [item.title, getattr(item, "url", None)]


def _pages(items: list[StructureItem]) -> list[Page]:
    found: list[Page] = []
    for item in items:
        if isinstance(item, Page):
            found.append(item)
        elif isinstance(item, Section):
            found += _pages(item.children)
    return found
