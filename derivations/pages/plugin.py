"""The MkDocs plugin: bilingual lessons in, pages and notebooks in both languages out.

This module says when things happen; the modules next to it do them.
"""

from __future__ import annotations

import gc
import logging
from functools import cached_property
from pathlib import Path
from typing import Any

import jinja2
from filelock import FileLock
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import BasePlugin, event_priority
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url
from mkdocs.utils.templates import TemplateContext

from . import assets, formulas, npm, search
from .cache import Cache, cache_folder, digest, remove_unfinished
from .derived import Derived
from .documents import KEPT, Documents
from .kept import CompiledTemplates, KeptPages, Warnings, renderer
from .languages import LANGUAGES, language_of
from .ledger_pages import FIGURES, ledger_figures, ledger_navigation, ledger_pages, ledger_uris
from .ledger_run import LedgerRun
from .lesson_page import LessonPage, text_of
from .lesson_sources import LessonSources
from .locks import own, sweep, turn
from .navigation import by_language, expanded
from .options import Options, project_of
from .permissions import world_readable
from .policy import with_policy
from .render import markdown_of
from .rendered_pages import RenderedPages
from .runs import Runs, surroundings
from .serving import check_address, check_again, show_problems
from .versions import versions

ARITHMATEX = "pymdownx.arithmatex"
LAST = event_priority(-100)
AFTER_THE_LEDGER = 3
"""How many lessons come after the ledger's pages."""


class DerivationsPlugin(BasePlugin[Options]):
    """Runs the lessons, splits them by language, and typesets their formulas."""

    serving = about_to_serve = False
    problem: str | None = None
    ledger: LedgerRun | None = None
    turn: FileLock | None = None
    owned: FileLock | None = None

    def on_startup(self, *, command: str, dirty: bool) -> None:
        """Remember what for."""
        self.serving = self.about_to_serve = command == "serve"
        self.templates = CompiledTemplates()
        self.memory: dict[Path, Any] = {}  # under `mkdocs serve`, a build need not read what the one before it read
        self.warnings = Warnings()
        logging.getLogger("mkdocs").addHandler(self.warnings)

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Start this build's state afresh."""
        gc.disable()  # until the build ends: it would look for garbage a sixth of the time
        if self.about_to_serve:  # said before the first build, not after it
            check_address(*config.dev_addr)
            self.about_to_serve = False
        config.markdown_extensions += ["derivations.pages.han_lines", *{ARITHMATEX} - set(config.markdown_extensions)]
        config.mdx_configs.setdefault(ARITHMATEX, {})["generic"] = True  # it marks formulas, and KaTeX typesets them
        project = project_of(config)
        cache = cache_folder(project)
        if self.turn:
            self.turn.release()  # of a build that was broken off
        self.turn = turn(cache)
        remove_unfinished(cache)
        if self.serving:
            self.owned = own(Path(config.site_dir))
        sweep()
        config.extra["versions"] = versions()
        self.problem = None
        self.derived = Derived(cache)
        self.packages = npm.packages(cache / "npm")  # now: what is missing is known before any lesson runs
        self.around = surroundings(project)
        self.sources = Cache(cache / "sources", self.memory)
        self.kept = KeptPages(cache, self.memory)
        self.runs = Runs(project, Cache(cache / "lessons"), self.around)
        self.formulas = formulas.Formulas(self.packages / "katex", Cache(cache / "formulas"))
        self.ledger = LedgerRun(project, Cache(cache / "ledger"), self.around) if self.config.ledger else None
        self.ledger_uris = ledger_uris() if self.config.ledger else ()
        config.nav = expanded(config.nav, ledger_navigation() if self.config.ledger else {})
        self.__dict__.pop("_ledger_pages", None)  # of the build before this one
        self.keys: dict[str, str] = {}  # of documents
        return config

    @LAST  # others may add files, or wrap those that are there
    def on_files(self, files: Files, config: MkDocsConfig) -> Files:
        """Have every lesson run, and put in its source's place one page and one notebook per language."""
        self.edition = digest(
            [
                renderer(Path(__file__).parent),
                Path(config.config_file_path).read_text(encoding="utf-8"),
                config.repo_url,
                sorted(file.src_uri for file in files if file.src_dir == config.docs_dir),
            ]
        )
        self.pages = RenderedPages(self.edition, self.kept, self.formulas, self.warnings, config)
        lessons = LessonSources(
            self.edition, self.sources, self.runs, self.kept, of_figures=self.ledger.key if self.ledger else ""
        )
        self.assets = assets.publish(files, config, self.config.packed)
        sources = [file for file in files if file.src_uri.endswith(".py") and file.inclusion.is_included()]
        with_figures = [file for file in sources if FIGURES in text_of(file)]
        others = [file for file in sources if file not in with_figures]
        # MkDocs renders pages in this order. While the last lessons run, the ledger is done, and its pages have a turn.
        in_order = [*others[:-AFTER_THE_LEDGER], *with_figures, *others[-AFTER_THE_LEDGER:]]
        numbered = [(file, f"{number} of {len(in_order)}") for number, file in enumerate(in_order, 1)]
        for file, place in numbered[:-AFTER_THE_LEDGER]:
            lessons.add(file, place, files, config)
        if self.ledger and self.config.ledger:
            for uri in (self.config.ledger, *self.ledger_uris):
                files.append(File.generated(config, uri, content="", inclusion=InclusionLevel.INCLUDED))
        for file, place in numbered[-AFTER_THE_LEDGER:]:
            lessons.add(file, place, files, config)
        return files

    @cached_property
    def _ledger_pages(self) -> dict[str, str]:
        assert self.ledger
        assert self.config.ledger
        ledger, published = self.ledger, self.config.ledger
        key = digest([self.edition, ledger.key])
        pages: dict[str, str] = ledger.cache.get_or_make(key, lambda: ledger_pages(ledger.manifest(), published))
        return pages

    def _figures(self, page: Page) -> str:
        """What stands in the place of FIGURES."""
        if not self.ledger:
            return ""
        language = language_of(page.file.src_uri)
        way = get_relative_url(f"{language.prefix}ledger/", page.url)
        return ledger_figures(self.ledger.manifest(), language, way)

    def on_nav(self, nav: Navigation, config: MkDocsConfig, files: Files) -> Navigation:
        """Give each language its own navigation; the names on the first level were for mkdocs.yml only."""
        self.navigation = by_language(nav)
        return nav

    def on_page_read_source(self, page: Page, config: MkDocsConfig) -> str | None:
        """A lesson's source, for MkDocs, is its prose and code as one Markdown document."""
        if self.ledger and page.file.src_uri in self.ledger_uris:
            return self._ledger_pages[page.file.src_uri]
        if not isinstance(page.file, LessonPage):
            return None
        page.file.fill()
        if page.file.notebook is None:
            return ""
        markdown = markdown_of(page.file.notebook)
        return markdown.replace(FIGURES, self._figures(page)) if FIGURES in markdown else markdown

    def on_page_markdown(self, markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
        """MkDocs renders the document, unless an earlier build did, or it is a lesson's."""
        self.pages.prepare(page, markdown, config, files)
        return markdown

    def on_page_content(self, html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
        """See what can be found on the page, and typeset formulas."""
        return self.pages.finished(html, page, config)

    @LAST  # when every plugin has done with the pages' contents
    def on_env(self, env: jinja2.Environment, config: MkDocsConfig, files: Files) -> jinja2.Environment:
        """Keep what was rendered, publish what the pages load, and find the documents that need not be made again."""
        self.runs.close()
        self.formulas.close()
        if self.ledger and self.config.ledger:
            manifest = files.get_file_from_path(self.config.ledger)
            assert manifest is not None
            manifest.content_string = self.ledger.text()
        pages = [file.page for file in files.documentation_pages() if file.page]
        self.pages.keep(pages)
        rendered = self.pages.rendered
        if any(each.has_formulas for each in rendered.values()):
            for uri, content in self.formulas.assets():
                file = assets.generated(config, uri, content)
                self.assets[uri] = file.src_uri
                files.append(file)
        found = {language: self.pages.sections(pages, language) for language in LANGUAGES}
        self.search = search.publish(found, self.packages / "stemmer")
        for uri, text in self.search.files.items():
            files.append(File.generated(config, uri, content=text, inclusion=InclusionLevel.INCLUDED))
        loaders = [jinja2.DictLoader({KEPT: "{{ page.document }}"}), *filter(None, [env.loader])]
        env.loader = jinja2.ChoiceLoader(loaders)
        env.bytecode_cache = self.templates
        self.documents = Documents(
            config,
            {"site_name": self.config.site_name, "site_description": self.config.site_description},
            self.assets,
            self.navigation,
            rendered,
        )
        for page in pages:
            key = self.keys[page.file.src_uri] = digest([self.edition, self.serving, self.documents.key(page)])
            if (document := self.kept.document(key)) is not None:
                page.document = document  # type: ignore[attr-defined]
                page.meta["template"] = KEPT
        return env

    def on_page_context(
        self, context: TemplateContext, page: Page, config: MkDocsConfig, nav: Navigation
    ) -> TemplateContext:
        """Show the page in its own language, with a way to the same page in the other."""
        if page.meta.get("template") == KEPT:
            return context
        return self.documents.page_context(context, page)

    def on_template_context(
        self, context: TemplateContext, template_name: str, config: MkDocsConfig
    ) -> TemplateContext:
        """The same for pages without a source, like 404.html."""
        return self.documents.template_context(context, template_name)

    def on_post_template(self, output_content: str, template_name: str, config: MkDocsConfig) -> str:
        """Pages without a source have a policy and a search box too."""
        return self.search.linked(with_policy(output_content, self.serving))

    def on_post_page(self, output: str, page: Page, config: MkDocsConfig) -> str:
        """Write down the page's policy, keep the document, and lead it to the search, which changes with any page."""
        if page.meta.get("template") != KEPT:
            output = with_policy(output, self.serving)
            self.kept.keep_document(self.keys[page.file.src_uri], output)
        return self.search.linked(output)

    @LAST  # other plugins write files, too
    def on_post_build(self, config: MkDocsConfig) -> None:
        """What this build used stays in the cache; the rest goes."""
        if not self.serving:
            world_readable(Path(config.site_dir))
        gc.enable()
        self.sources.prune()
        self.runs.cache.prune()
        self.kept.prune()
        if self.ledger:
            self.ledger.cache.prune()
        self.formulas.keep()
        self.derived.end()
        assert self.turn is not None
        self.turn.release()

    def on_serve(self, server: LiveReloadServer, config: MkDocsConfig, builder: Any) -> LiveReloadServer:
        """Show in the browser what stops a build, and in a sentence if the port is taken by now."""
        check_again(server)
        show_problems(server, lambda: self.problem)
        return server

    def on_build_error(self, error: Exception) -> None:
        """Leave no process behind, and remember why."""
        gc.enable()
        self.problem = str(error)
        self._leave_no_process()

    def on_shutdown(self) -> None:
        """The same when the server is stopped."""
        logging.getLogger("mkdocs").removeHandler(self.warnings)
        self._leave_no_process()
        if self.owned:
            self.owned.release()

    def _leave_no_process(self) -> None:
        """A build may fail before there is any. When none is left, the next build may begin."""
        if derived := getattr(self, "derived", None):
            derived.end()
        if runs := getattr(self, "runs", None):
            runs.close()
        if typesetter := getattr(self, "formulas", None):
            typesetter.close()
        if ledger := getattr(self, "ledger", None):
            ledger.stop()
        if self.turn:
            self.turn.release()
