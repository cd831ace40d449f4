"""The MkDocs plugin: bilingual lessons in, pages and notebooks in both languages out.

This module says when things happen; the modules next to it do them.
"""

from __future__ import annotations

import copy
import logging
from pathlib import Path
from typing import Any

import jinja2
import mkdocs_jupyter.config
import nbformat
from mkdocs.config import config_options as options
from mkdocs.config.base import Config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import BasePlugin, event_priority
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import TableOfContents
from mkdocs.utils import get_relative_url
from mkdocs.utils.templates import TemplateContext
from nbformat import NotebookNode

from .cache import Cache, write_atomically
from .formulas import Formulas
from .languages import LANGUAGES, ZH, Language, counterpart, language_of, localise
from .ledger import LedgerRun
from .lesson import read_lesson
from .navigation import by_language
from .notebook import notebook_for
from .render import TEMPLATES, body_of, dressed, markdown_of
from .runs import run_all

LAST = event_priority(-100)


class LessonPage(File):
    """A lesson in one language: for MkDocs a page with the path of a source, for mkdocs-jupyter a notebook.

    With a source's path, prose in either language can link to other lessons by their sources' names.
    """

    def __init__(self, uri: str, notebook: NotebookNode, meta: dict[str, Any], config: MkDocsConfig) -> None:
        super().__init__(uri, None, config.site_dir, config.use_directory_urls, inclusion=InclusionLevel.INCLUDED)
        self.notebook = notebook
        self.meta = meta
        self.toc: TableOfContents | None = None
        self.abs_src_path = str((project_of(config) / ".cache" / "pages" / uri).with_suffix(".ipynb"))

    def is_documentation_page(self) -> bool:
        return True

    def download(self, config: MkDocsConfig) -> File:
        """The notebook as a reader gets it, next to the page."""
        folder, _, _ = self.dest_uri.rpartition("/")
        uri = f"{folder}/{self.name}.ipynb".lstrip("/")
        content = nbformat.writes(self.notebook) + "\n"
        return File.generated(config, uri, content=content, inclusion=InclusionLevel.INCLUDED)


class Options(Config):
    """What mkdocs.yml says under `derivations:`.

    Names per language, since MkDocs has room for one language only; and where the ledger is published, if it is.
    """

    site_name = options.Type(dict, default={})
    site_description = options.Type(dict, default={})
    ledger = options.Optional(options.Type(str))


class DerivationsPlugin(BasePlugin[Options]):
    """Runs the lessons, splits them by language, and typesets their formulas."""

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Take mkdocs-jupyter's template away, and start this build's state afresh."""
        mkdocs_jupyter.config.settings.templates_dir = str(TEMPLATES)
        logging.getLogger("mkdocs.mkdocs-jupyter").setLevel(logging.WARNING)  # two lines for each page
        config.markdown_extensions.append("derivations.pages.han_lines")
        cache = project_of(config) / ".cache"
        self.runs = Cache(cache / "lessons")
        self.formulas = Formulas(project_of(config), Cache(cache / "formulas"))
        self.ledger = LedgerRun(project_of(config), Cache(cache / "ledger")) if self.config.ledger else None
        self.downloads: dict[str, File] = {}
        self.with_formulas: set[str] = set()
        self.local = {language: self._localised(config, language) for language in LANGUAGES}
        return config

    @LAST  # mkdocs-jupyter would wrap our files, and lose what they know
    def on_files(self, files: Files, config: MkDocsConfig) -> Files:
        """Run every lesson, and put in its source's place one page and one notebook per language."""
        docs, project = Path(config.docs_dir), project_of(config)
        sources = [file for file in files if file.src_uri.endswith(".py") and file.inclusion.is_included()]
        lessons = [
            read_lesson(file.content_string, (docs / file.src_uri).relative_to(project).as_posix()) for file in sources
        ]
        for file, lesson, run in zip(sources, lessons, run_all(lessons, project, self.runs), strict=True):
            files.remove(file)
            for language in LANGUAGES:
                uri = language.prefix + file.src_uri
                meta = localise(lesson.meta, language)
                page = LessonPage(uri, notebook_for(lesson, run, language), meta, config)
                files.append(page)
                self.downloads[uri] = page.download(config)
                files.append(self.downloads[uri])
        return files

    def on_nav(self, nav: Navigation, config: MkDocsConfig, files: Files) -> Navigation:
        """Each language gets its own navigation; the common one is used by nothing we show."""
        self.navigation = by_language(nav)
        return nav

    def on_page_read_source(self, page: Page, config: MkDocsConfig) -> str | None:
        """A lesson's source, for MkDocs, is its prose and code as one Markdown document."""
        return markdown_of(page.file.notebook) if isinstance(page.file, LessonPage) else None

    def on_page_markdown(self, markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
        """MkDocs renders the document; the notebook takes the pieces for mkdocs-jupyter to put together."""
        if isinstance(file := page.file, LessonPage):
            page.meta.update(file.meta)
            page.markdown = markdown
            Page.render(page, config, files)  # page.render itself is mkdocs-jupyter's by now
            file.toc = page.toc
            path = Path(str(file.abs_src_path))
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, nbformat.writes(dressed(file.notebook, page.content or "")))
        return markdown

    def on_page_content(self, html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Keep the table of contents that MkDocs made, drop mkdocs-jupyter's style block, typeset formulas."""
        if isinstance(page.file, LessonPage) and page.file.toc:
            html = body_of(html)
            page.toc = page.file.toc
        typeset = self.formulas.typeset(html, page.file.src_uri)
        if typeset != html:
            self.with_formulas.add(page.file.src_uri)
        return typeset

    def on_env(self, env: jinja2.Environment, config: MkDocsConfig, files: Files) -> jinja2.Environment:
        """Every formula is typeset: publish what a page with formulas loads, and the ledger."""
        self.formulas.close()
        if self.ledger and self.config.ledger:
            file = File.generated(
                config, self.config.ledger, content=self.ledger.text(), inclusion=InclusionLevel.INCLUDED
            )
            files.append(file)
        if self.with_formulas:
            for uri, path in self.formulas.assets():
                asset = File.generated(config, uri, abs_src_path=str(path), inclusion=InclusionLevel.INCLUDED)
                files.append(asset)
        return env

    def on_page_context(
        self, context: TemplateContext, page: Page, config: MkDocsConfig, nav: Navigation
    ) -> TemplateContext:
        """Show the page in its own language, with a way to the same page in the other."""
        language = language_of(page.file.src_uri)
        local = copy.copy(self.local[language])
        local.extra = local.extra | {"alternate": self._alternates(page)}
        if page.file.src_uri in self.with_formulas:
            local.extra_css = ["assets/katex/katex.min.css", *local.extra_css]
            local.extra_javascript = [*local.extra_javascript, "assets/katex/copy-tex.min.js"]
        context["config"] = local
        context["nav"] = self.navigation[language.code]
        if download := self.downloads.get(page.file.src_uri):
            page.meta["notebook"] = get_relative_url(download.url, page.url)
        return context

    def on_template_context(
        self, context: TemplateContext, template_name: str, config: MkDocsConfig
    ) -> TemplateContext:
        """Pages without a language, like 404.html, are in the site's first language and link to both homes."""
        local = copy.copy(self.local[ZH])
        local.extra = local.extra | {"alternate": [alternate(language, language.prefix) for language in LANGUAGES]}
        context["config"] = local
        context["nav"] = self.navigation[ZH.code]
        return context

    def on_post_build(self, config: MkDocsConfig) -> None:
        """What this build used stays in the cache; the rest goes."""
        self.runs.prune()
        if self.ledger:
            self.ledger.cache.prune()
        self.formulas.keep()

    def on_build_error(self, error: Exception) -> None:
        """Leave no process behind."""
        self.formulas.close()
        if self.ledger:
            self.ledger.stop()

    def on_shutdown(self) -> None:
        """The same when the server is stopped."""
        if ledger := getattr(self, "ledger", None):
            ledger.stop()

    def _localised(self, config: MkDocsConfig, language: Language) -> MkDocsConfig:
        """A copy of the configuration as templates of one language see it."""
        local = copy.copy(config)
        local.theme = copy.deepcopy(config.theme)
        for key, value in localise(dict(config.theme), language).items():
            local.theme[key] = value
        local.theme["language"] = language.code
        local.extra = localise(config.extra, language)
        local.site_name = self.config.site_name.get(language.code, config.site_name)
        local.site_description = self.config.site_description.get(language.code, config.site_description)
        return local

    def _alternates(self, page: Page) -> list[dict[str, str]]:
        return [alternate(language, counterpart(page.url, language)) for language in LANGUAGES]


def alternate(language: Language, url: str) -> dict[str, str]:
    """A link to a page in a language, as Material's templates take it."""
    return {"name": language.name, "lang": language.code, "link": url or "./"}


def project_of(config: MkDocsConfig) -> Path:
    """The project's root: the folder of mkdocs.yml."""
    return Path(config.config_file_path).parent
