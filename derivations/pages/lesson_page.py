"""A lesson in one language, as MkDocs sees it: a page, and the notebook that readers download."""

from __future__ import annotations

from concurrent.futures import Future
from html import escape
from typing import Any

import nbformat
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, InclusionLevel
from nbformat import NotebookNode

from .execute import Result
from .kept import Rendered
from .languages import Language, localise
from .lesson import Code, Lesson
from .locks import temporary_folder
from .notebook import notebook_for


class LessonPage(File):
    """A page with the path of a source, so that prose in either language can link to other lessons by their names.

    For MkDocs it has no file: mkdocs-jupyter, where mkdocs.yml lists it, would take it for one of its own. A page that
    was rendered by an earlier build has no `notebook`: nothing asks for it. With `notebook: false` in its source's
    header, none is offered for download.
    """

    def __init__(self, uri: str, lesson: Lesson, language: Language, config: MkDocsConfig) -> None:
        super().__init__(
            language.prefix + uri,
            None,
            config.site_dir,
            config.use_directory_urls,
            inclusion=InclusionLevel.INCLUDED,
        )
        self.lesson = lesson
        self.language = language
        self.meta: dict[str, Any] = localise(lesson.meta, language)
        if "description" in self.meta:  # the theme writes it into an attribute as it is
            self.meta["description"] = escape(self.meta["description"])
        self.repo_url = config.repo_url
        self.key = ""
        self.kept: Rendered | None = None
        self.run: Future[list[Result]] | None = None
        self.notebook: NotebookNode | None = None
        self.download = self._download(config) if self.meta.get("notebook", True) else None
        self.dressed = (temporary_folder() / "notebooks" / self.src_uri).with_suffix(".ipynb")
        """Where the page's notebook is written for mkdocs-jupyter to put together."""

    def _download(self, config: MkDocsConfig) -> File:
        """Next to the page; its content is known later."""
        folder, _, _ = self.dest_uri.rpartition("/")
        uri = f"{folder}/{self.name}.ipynb".lstrip("/")
        return File.generated(config, uri, content="", inclusion=InclusionLevel.INCLUDED)

    def is_documentation_page(self) -> bool:
        return True

    def shown(self) -> list[Any]:
        """All that the page shows of its source: an edit in the other language changes nothing here."""
        cells = [
            [cell.source, *cell.tags] if isinstance(cell, Code) else cell.text[self.language.code]
            for cell in self.lesson.cells
        ]
        return [self.src_uri, self.meta, cells]

    def take(self, kept: Rendered) -> None:
        """This page was rendered before."""
        self.kept = kept
        if self.download:
            self.download.content_string = kept.notebook or ""

    def fill(self) -> None:
        """Make the notebook out of what running the lesson left behind, if the page was not rendered before."""
        if self.run is None:
            return
        self.notebook = notebook_for(self.lesson, self.run.result(), self.language, self.repo_url)
        if self.download:
            self.download.content_string = nbformat.writes(self.notebook) + "\n"


def text_of(file: File) -> str:
    """A source as it stands in its file."""
    try:
        return file.content_string
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise PluginError(f"{file.src_uri}:{line}: this is not UTF-8, which a source is written in.") from None
