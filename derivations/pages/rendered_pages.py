"""The pages of one build, each rendered by MkDocs and mkdocs-jupyter, or by an earlier build that kept it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from html import escape, unescape

import nbformat
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink

from . import blocked, search
from .cache import digest
from .exporter import exported
from .formula_text import formula_text
from .formulas import Formulas
from .kept import KeptPages, Rendered, Warnings
from .languages import Language, language_of
from .lesson_page import LessonPage
from .options import source_of
from .policy import has_policy
from .reference import Reference
from .render import body_of, dressed, put_aside
from .shown_once import shown_once

INLINE_FORMULA = re.compile(r"\\\(.+?\\\)")


class RenderedPages:
    """What rendering the sources leaves behind, by their paths. `edition` is what all pages depend on."""

    def __init__(
        self, edition: str, kept: KeptPages, formulas: Formulas, warnings: Warnings, config: MkDocsConfig
    ) -> None:
        self.edition, self.kept, self.formulas, self.warnings = edition, kept, formulas, warnings
        self.policed = has_policy(config.theme.get_env())
        self.reference = Reference(config)
        self.rendered: dict[str, Rendered] = {}
        self._keys: dict[str, str] = {}
        self._fresh: set[str] = set()  # rendered by this build, without a warning
        self._warned = 0

    def prepare(self, page: Page, markdown: str, config: MkDocsConfig, files: Files) -> None:
        """What comes before MkDocs renders a document. The notebook of a lesson takes the pieces of it."""
        file, self._warned = page.file, self.warnings.count
        if isinstance(file, LessonPage):
            page.meta.update(file.meta)
            self._keys[file.src_uri], kept = file.key, file.kept
        else:
            key = self._keys[file.src_uri] = digest([self.edition, file.src_uri, page.meta, markdown])
            kept = self.kept.rendered(key)
        if kept:
            self.rendered[file.src_uri] = kept
            kept.restore(page, files)
            page.render = _is_rendered  # type: ignore[method-assign]
        elif isinstance(file, LessonPage):
            self._render_lesson(page, markdown, file, config, files)

    def _render_lesson(self, page: Page, markdown: str, file: LessonPage, config: MkDocsConfig, files: Files) -> None:
        assert file.notebook is not None
        page.markdown = markdown
        self.reference.render(page, config, files)
        notebook = dressed(file.notebook, page.content or "")
        blocked.check_cells(notebook, file.lesson, file.language)
        pieces = put_aside(notebook)
        file.dressed.parent.mkdir(parents=True, exist_ok=True)
        file.dressed.write_text(nbformat.writes(notebook), encoding="utf-8")
        page.content = body_of(exported(file.dressed), pieces)  # without mkdocs-jupyter's style block
        page.render = _is_rendered  # type: ignore[method-assign]

    def finished(self, html: str, page: Page, config: MkDocsConfig) -> str:
        """What MkDocs rendered, with its formulas typeset; what can be found on the page is remembered.

        Raises PluginError for what the page's policy would block.
        """
        file = page.file
        if file.src_uri in self.rendered:
            return html
        self._check(html, page, config)
        html = shown_once(html, language_of(file.src_uri))
        sections = search.sections(html, page.url, str(page.title), lambda latex: self._as_text(latex, file.src_uri))
        typeset = self.formulas.typeset(html, file.src_uri)
        for item in page.toc:
            self._write_formulas(item, file.src_uri)
        self.rendered[file.src_uri] = Rendered.of(
            page,
            has_formulas=typeset != html,
            sections=sections,
            notebook=file.download.content_string if isinstance(file, LessonPage) and file.download else None,
        )
        if self.warnings.count == self._warned:
            self._fresh.add(file.src_uri)
        self._warned = self.warnings.count
        return typeset

    def _check(self, html: str, page: Page, config: MkDocsConfig) -> None:
        file = page.file
        lesson = isinstance(file, LessonPage)
        if lesson or self.policed:
            source = file.lesson.name if isinstance(file, LessonPage) else source_of(file, config)
            if not lesson:  # of a lesson, the cells were looked at one by one
                blocked.check(html, f"{source}: the page")
            for name, value in {"title": page.title, **page.meta}.items():
                blocked.check(str(value), f"{source}: the {name}")

    def _write_formulas(self, item: AnchorLink, page: str) -> None:
        """In a table of contents formulas are plain text."""
        item.title = INLINE_FORMULA.sub(lambda found: escape(self._as_text(unescape(found[0]), page)), item.title)
        for child in item.children:
            self._write_formulas(child, page)

    def _as_text(self, latex: str, page: str) -> str:
        return formula_text(self.formulas.render(latex, page))

    def keep(self, pages: Iterable[Page]) -> None:
        """Take the contents as they are now, after all plugins, and keep those that this build rendered."""
        for page in pages:
            uri = page.file.src_uri
            rendered = self.rendered[uri] = replace(self.rendered[uri], content=page.content or "")
            if uri in self._fresh and self.warnings.count == self._warned:
                self.kept.keep(self._keys[uri], rendered)

    def sections(self, pages: Iterable[Page], language: Language) -> list[search.Section]:
        """What can be found on those of the pages that are in a language."""
        uris = (page.file.src_uri for page in pages)
        return [section for uri in uris if language_of(uri) == language for section in self.rendered[uri].sections]


def _is_rendered(config: MkDocsConfig, files: Files) -> None:
    """In place of Page.render, when the page is rendered already."""
