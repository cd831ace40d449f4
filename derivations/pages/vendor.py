"""The private names of other libraries that the plugin uses. Each has its test, which fails when one moves."""

from __future__ import annotations

from functools import cache

import jinja2
from jinja2.bccache import BytecodeCache
from mkdocs.livereload import LiveReloadServer
from mkdocs.structure.pages import Page
from nbconvert.exporters import HTMLExporter


def rendered_title(page: Page) -> str | None:
    """The title that MkDocs took from a page's first heading while it rendered it; None where it found none."""
    return page._title_from_render


def set_rendered_title(page: Page, title: str | None) -> None:
    """As if MkDocs had found it."""
    page._title_from_render = title


def wait_until_built(server: LiveReloadServer) -> int:
    """Wait until no build is wanted or under way, and return the number by which a page asks for a newer one."""
    with server._epoch_cond:
        server._epoch_cond.wait_for(lambda: server._visible_epoch == server._wanted_epoch)
        return server._visible_epoch


def with_reload(server: LiveReloadServer, page: bytes, epoch: int) -> bytes:
    """A page that loads itself again when there is a build after that of this number."""
    found: bytes = server._inject_js_into_html(page, epoch)
    return found


class CompilingExporter(HTMLExporter):
    """nbconvert's, whose templates are compiled once: `compiled` keeps them."""

    compiled: BytecodeCache

    def _create_environment(self) -> jinja2.Environment:
        environment: jinja2.Environment = super()._create_environment()
        environment.bytecode_cache = self.compiled
        return environment


@cache
def format_signatures_once() -> None:
    """mkdocstrings starts ruff for each signature; a signature stands on a page in each language."""
    from mkdocstrings_handlers.python._internal import rendering

    formatter = cache(rendering._get_formatter())
    rendering._get_formatter = lambda: formatter  # type: ignore[assignment]
