"""The documents around the pages' contents: each in its page's language, with a way to the same page in the other."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url
from mkdocs.utils.templates import TemplateContext

from . import formulas, search
from .cache import digest, digest_of_text
from .kept import Rendered, renderer
from .languages import LANGUAGES, Language, counterpart, language_of, localise
from .lesson_page import LessonPage
from .navigation import outline
from .policy import PLACE

KEPT = "kept.html"
"""The template of a page whose whole document was kept by an earlier build."""


class Documents:
    """What the templates of a build are given. `names` are per language: the site's name, its description."""

    def __init__(
        self,
        config: MkDocsConfig,
        names: Mapping[str, Mapping[str, str]],
        assets: Mapping[str, str],
        navigation: Mapping[str, Navigation],
        rendered: Mapping[str, Rendered],
    ) -> None:
        self.site_url = config.site_url
        self.assets = assets
        self.navigation = navigation
        self.rendered = rendered
        self.local = {language: self._localised(config, names, language) for language in LANGUAGES}
        overrides = renderer(Path(config.theme.custom_dir)) if config.theme.custom_dir else ""
        self._around = {
            language: digest(
                [
                    overrides,
                    config.site_url,
                    config.repo_url,
                    dict(assets),
                    self.local[language].extra,
                    outline(navigation[language.code]),
                ]
            )
            for language in LANGUAGES
        }

    def key(self, page: Page) -> str:
        """Of everything the document of `page` depends on, once its renderer is given."""
        uri = page.file.src_uri
        rendered = self.rendered[uri]
        return digest(
            [
                "document",
                uri,
                self._around[language_of(uri)],
                page.title,
                page.meta,
                rendered.toc,
                self._anchors(uri),
                digest_of_text(rendered.content),
            ]
        )

    def page_context(self, context: TemplateContext, page: Page) -> TemplateContext:
        """The context of a page, in its language."""
        uri = page.file.src_uri
        local = self._dressed(language_of(uri), with_formulas=self.rendered[uri].has_formulas)
        addresses = {each: counterpart(page.url, each) for each in LANGUAGES}
        local["extra"] = {**local.extra, **self._ways(language_of(uri), addresses), "anchors": self._anchors(uri)}
        if isinstance(page.file, LessonPage) and page.file.download:
            page.meta["notebook"] = get_relative_url(page.file.download.url, page.url)
        return self._with(context, local, language_of(uri))

    def template_context(self, context: TemplateContext, name: str) -> TemplateContext:
        """Pages without a source, like 404.html, are in the language of their folder and link to both homes."""
        local = self._dressed(language_of(name))
        homes = {each: each.prefix for each in LANGUAGES}
        local["extra"] = {**local.extra, **self._ways(language_of(name), homes)}
        return self._with(context, local, language_of(name))

    def _with(self, context: TemplateContext, local: MkDocsConfig, language: Language) -> TemplateContext:
        context["config"] = local
        context["nav"] = self.navigation[language.code]
        return context

    def _localised(
        self, config: MkDocsConfig, names: Mapping[str, Mapping[str, str]], language: Language
    ) -> MkDocsConfig:
        """A copy of the configuration as templates of one language see it."""
        local = copy.copy(config)
        local.theme = copy.deepcopy(config.theme)
        for key, value in localise(dict(config.theme), language).items():
            local.theme[key] = value
        local.theme["language"] = language.code
        for picture in ("favicon", "logo"):
            if uri := local.theme.get(picture):
                local.theme[picture] = self.assets.get(uri, uri)
        local.extra = localise(config.extra, language)
        for key, given in names.items():
            local[key] = given.get(language.code, config[key])
        return local

    def _dressed(self, language: Language, with_formulas: bool = False) -> MkDocsConfig:
        """A copy that also says where the policy and the search's address go, and what formulas need."""
        local = copy.copy(self.local[language])
        local["extra"] = {**self.local[language].extra, "policy": PLACE, "search": search.PLACE}
        local.extra_css, local.extra_javascript = list(local.extra_css), list(local.extra_javascript)
        if with_formulas:
            local.extra_css.insert(0, self.assets[formulas.STYLE])
            local.extra_javascript.append(self.assets[formulas.COPY])
            local.extra["fonts"] = [self.assets[font] for font in formulas.MAIN_FONTS]
        return local

    def _ways(self, language: Language, addresses: Mapping[Language, str]) -> dict[str, Any]:
        """The way to the other language for readers, and for search engines `alternate`, in Material's terms.

        Those want whole addresses, which are known when the site's is. Who reads neither language gets the first.
        """
        (other,) = (each for each in addresses if each != language)
        whole = {each: urljoin(self.site_url or "", url) or "./" for each, url in addresses.items()}
        return {
            "alternate": [{"name": each.name, "lang": each.code, "link": address} for each, address in whole.items()],
            "default": whole[LANGUAGES[0]],
            "other_language": {"name": other.name, "lang": other.code, "link": addresses[other] or "./"},
        }

    def _anchors(self, uri: str) -> dict[str, str]:
        """For each heading, the same heading's anchor in the other language, where the two differ."""
        (other,) = (each for each in LANGUAGES if each != language_of(uri))
        there = self.rendered.get(counterpart(uri, other))
        if there is None:
            return {}
        pairs = [list(_ids(rendered.toc)) for rendered in (self.rendered[uri], there)]
        if len(pairs[0]) != len(pairs[1]):
            return {}
        return {mine: theirs for mine, theirs in zip(*pairs, strict=True) if mine != theirs}


def _ids(toc: list[dict[str, Any]]) -> Iterator[str]:
    for item in toc:
        yield item["id"]
        yield from _ids(item["children"])
