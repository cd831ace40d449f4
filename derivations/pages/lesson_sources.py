"""The lessons of a build: each source is read, and has a page and a notebook in each language in its place."""

from __future__ import annotations

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from .cache import Cache, digest
from .kept import KeptPages
from .languages import LANGUAGES
from .ledger_pages import FIGURES
from .lesson import Lesson, read_lesson
from .lesson_page import LessonPage, text_of
from .options import source_of
from .runs import Runs


class LessonSources:
    """Reads and runs lessons. `edition` is what all pages depend on, `of_figures` what those with the ledger's do."""

    def __init__(self, edition: str, read: Cache, runs: Runs, kept: KeptPages, of_figures: str) -> None:
        self.edition, self.read, self.runs, self.kept, self.of_figures = edition, read, runs, kept, of_figures

    def add(self, file: File, place: str, files: Files, config: MkDocsConfig) -> None:
        """Have a lesson run, unless its pages are known, and put them in its source's place.

        `place` says how far the build is.
        """
        text = text_of(file)
        lesson = self._lesson(text, source_of(file, config))
        files.remove(file)
        pages = [LessonPage(file.src_uri, lesson, language, config) for language in LANGUAGES]
        figures = self.of_figures if FIGURES in text else ""
        for page in pages:
            page.key = digest([self.edition, self.runs.key(lesson), page.shown(), figures])
            if kept := self.kept.rendered(page.key):
                page.take(kept)
            files.append(page)
            if page.download:
                files.append(page.download)
        if missing := [page for page in pages if not page.kept]:
            run = self.runs.of(lesson, place)
            for page in missing:
                page.run = run
        else:
            self.runs.spare(lesson, place)

    def _lesson(self, text: str, name: str) -> Lesson:
        key = digest([self.edition, name, text])
        return Lesson.from_json(self.read.get_or_make(key, lambda: read_lesson(text, name).as_json()))
