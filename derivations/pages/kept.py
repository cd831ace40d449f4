"""Rendered pages, kept by what they were rendered from: a build renders the pages that changed, and only those.

A page is kept twice. `Rendered` is its content, which depends on its own source. The document around it depends on the
navigation and the theme as well, so it is kept under a key of its own.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import jinja2
from jinja2.bccache import Bucket
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink, get_toc

from .cache import Cache, Texts, digest
from .contents import digest_of_folder
from .vendor import rendered_title, set_rendered_title
from .versions import version

RENDERERS = (
    "griffelib",
    "lxml",
    "Markdown",
    "mkdocs",
    "mkdocs-autorefs",
    "mkdocs-jupyter",
    "mkdocs-material",
    "mkdocstrings",
    "mkdocstrings-python",
    "nbconvert",
    "Pygments",
    "pymdown-extensions",
    "ruff",
)


@dataclass(frozen=True)
class Rendered:
    """What rendering a page's source leaves behind, in the terms of mkdocs.structure.pages.Page."""

    content: str
    toc: list[dict[str, Any]]
    title: str | None
    anchors: list[str]
    links: dict[str, dict[str, str]]
    has_formulas: bool
    sections: list[dict[str, str]]
    """For the search index."""
    notebook: str | None = None
    """The notebook that readers download."""

    @classmethod
    def of(cls, page: Page, has_formulas: bool, sections: list[dict[str, str]], notebook: str | None) -> Rendered:
        """Taken from a page that MkDocs has just rendered."""
        links = page.links_to_anchors or {}
        return cls(
            content=page.content or "",
            toc=[_token(item) for item in page.toc],
            title=rendered_title(page),
            anchors=sorted(page.present_anchor_ids or ()),
            links={file.src_uri: dict(anchors) for file, anchors in links.items()},
            has_formulas=has_formulas,
            sections=sections,
            notebook=notebook,
        )

    def restore(self, page: Page, files: Files) -> None:
        """Make `page` as it was after rendering."""
        page.content = self.content
        page.toc = get_toc(self.toc)  # type: ignore[arg-type]
        set_rendered_title(page, self.title)
        page.present_anchor_ids = set(self.anchors)
        targets = {files.get_file_from_path(uri): anchors for uri, anchors in self.links.items()}
        page.links_to_anchors = {file: anchors for file, anchors in targets.items() if file}


def _token(item: AnchorLink) -> dict[str, Any]:
    return {
        "name": item.title,
        "id": item.id,
        "level": item.level,
        "children": [_token(each) for each in item.children],
    }


class KeptPages:
    """The pages of the builds before this one; `memory` holds those of this process."""

    def __init__(self, folder: Path, memory: dict[Path, Any]) -> None:
        self.values = Cache(folder / "rendered", memory)
        self.texts = Texts(folder / "texts", memory)

    def rendered(self, key: str) -> Rendered | None:
        """The page rendered from what `key` says, when all of it is there and whole."""
        value = self.values.get(key)
        if value is None:
            return None
        texts = {field: value[field] and self.texts.get(value[field]) for field in TEXTS}
        if any(value[field] and text is None for field, text in texts.items()):
            return None
        return Rendered(**{**value, **texts})

    def keep(self, key: str, rendered: Rendered) -> None:
        """Keep a page's content and what goes with it."""
        value = asdict(rendered)
        self.values.put(key, {**value, **{field: value[field] and self.texts.put(value[field]) for field in TEXTS}})

    def document(self, key: str) -> str | None:
        """The whole HTML document kept under `key`."""
        name = self.values.get(key)
        return None if name is None else self.texts.get(name)

    def keep_document(self, key: str, html: str) -> None:
        """Keep a whole HTML document."""
        self.values.put(key, self.texts.put(html))

    def prune(self) -> None:
        """Remove what this build did not use."""
        self.values.prune()
        self.texts.prune()


TEXTS = ("content", "notebook")
"""The long fields of `Rendered`, each a file of its own."""


class CompiledTemplates(jinja2.BytecodeCache):
    """Keeps compiled templates: for the next build of `mkdocs serve`, or for the next page."""

    def __init__(self) -> None:
        self.compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.compiled:
            bucket.bytecode_from_string(self.compiled[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.compiled[bucket.key] = bucket.bytecode_to_string()


class Warnings(logging.Handler):
    """Counts warnings, since a page that causes one is not kept: the next build must warn again."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.count += 1


def renderer(*folders: Path) -> str:
    """What every page depends on: the packages that render, and the files in `folders`."""
    return digest([{name: version(name) for name in RENDERERS}, [digest_of_folder(folder) for folder in folders]])
