"""`### ::: derivations.explain` in a page's prose: that object's heading, its signature and its docstring.

mkdocstrings reads them off the package's source, without importing it, so MkDocs never loads torch. It is used as a
Markdown extension for the pages that ask for it, not as a plugin: a page is then complete once it is rendered, its
links lead to objects on the same page, in its own language, and a build whose pages are all cached does not load it.
"""

from __future__ import annotations

import copy
import re
from functools import cached_property
from typing import TYPE_CHECKING

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

from .languages import EN, language_of
from .vendor import format_signatures_once

if TYPE_CHECKING:
    from mkdocstrings import Handlers

OPTIONS = {
    "allow_inspection": False,
    "docstring_style": None,  # ours are plain Markdown
    "line_length": 80,  # ruff breaks longer signatures; without it they stay on one line
    "members": False,
    "merge_init_into_class": True,
    "separate_signature": True,
    "show_bases": False,
    "show_labels": False,
    "show_root_full_path": False,
    "show_root_heading": True,
    "show_signature_annotations": True,
    "show_source": False,
    "signature_crossrefs": True,
}
"""How objects look. None of these brings a word of its own into a page, whose language might be another."""

_DIRECTIVE = re.compile(r"^#{1,6} *::: ?\w", re.MULTILINE)


class Reference:
    """Renders the pages of one build. The package is read for the first page that asks for an object."""

    def __init__(self, config: MkDocsConfig) -> None:
        self.config = config

    def render(self, page: Page, config: MkDocsConfig, files: Files) -> None:
        """What `Page.render` does, and objects with it. Docstrings are English: a Chinese page has its own words.

        Raises PluginError for an object that the package does not have, or a reference to one that is not on the page.
        """
        if not _DIRECTIVE.search(page.markdown or ""):
            Page.render(page, config, files)
            return
        from mkdocs_autorefs import AutorefsConfig, AutorefsPlugin, fix_refs
        from mkdocstrings import MkdocstringsExtension

        links = AutorefsPlugin()
        links.config = AutorefsConfig()
        links.scan_toc = False
        links.current_page = page
        python = self.handlers.get_handler("python")
        python.global_options["show_docstring_description"] = language_of(page.file.src_uri) is EN  # type: ignore[attr-defined]
        with_objects = copy.copy(config)
        extension = MkdocstringsExtension(self.handlers, links, autorefs_extension=True)
        with_objects.markdown_extensions = [*config.markdown_extensions, extension]
        Page.render(page, with_objects, files)
        page.content, unknown = fix_refs(
            page.content or "", lambda name: links.get_item_url(name, page.url), link_titles=False
        )
        if unknown:
            names = ", ".join(name for name, _ in unknown)
            raise PluginError(f"{page.file.src_uri}: no object of this name is on the page: {names}")

    @cached_property
    def handlers(self) -> Handlers:
        from mkdocs_autorefs import AutorefsExtension
        from mkdocstrings import Handlers

        format_signatures_once()
        return Handlers(
            theme="material",
            default="python",
            inventory_project=self.config.site_name,
            handlers_config={"python": {"options": dict(OPTIONS)}},
            mdx=[*self.config.markdown_extensions, AutorefsExtension()],
            mdx_config=self.config.mdx_configs,
            tool_config=self.config,
        )
