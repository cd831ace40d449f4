"""Formulas are typeset while the site is built: a page needs no JavaScript to show them.

KaTeX is an npm package, pinned by the lock file beside this module; the Node that runs it comes with a Python package.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from html import unescape
from pathlib import Path

from mkdocs.exceptions import PluginError

from . import npm
from .assets import hashed
from .cache import Cache, digest

SCRIPT, *HELPERS = (Path(__file__).with_name(name) for name in ("katex.mjs", "compact.mjs", "brackets.mjs"))
KATEX = "assets/katex/"
STYLE, COPY = f"{KATEX}katex.css", f"{KATEX}copy-tex.js"
MAIN_FONTS = tuple(f"{KATEX}fonts/KaTeX_{name}.woff2" for name in ("Main-Regular", "Math-Italic"))
"""What nearly every formula needs. A page asks for them at once, or its lines would break anew when they come."""
_SOURCES = re.compile(r'src:url\((fonts/[^)]*\.woff2)\) format\("woff2"\)[^;}]*')
"""Where KaTeX's style names a font: woff2 first, then older formats."""
_PLACE = re.compile(r'(<(span|div) class="arithmatex">)([^<]*)(?=</\2>)')
"""What Markdown and our own outputs write around a formula. In text and code `<` is escaped: none looks like this."""


class Formulas:
    """Typesets the `arithmatex` elements of HTML. Node starts with the first formula the cache lacks.

    `katex` is the npm package of that name.
    """

    def __init__(self, katex: Path, cache: Cache) -> None:
        self.katex = katex
        self.cache = cache
        self._known: dict[str, str] | None = None
        self._used: dict[str, str] = {}
        self._node: subprocess.Popen[str] | None = None

    def typeset(self, html: str, page: str) -> str:
        """`html` with its formulas rendered. Errors name the `page`."""
        return _PLACE.sub(lambda place: place[1] + self.render(unescape(place[3]).strip(), page), html)

    def assets(self) -> Iterator[tuple[str, bytes]]:
        """What a page with formulas loads, as (uri, content): KaTeX's fonts, its style, and copying as LaTeX.

        Fonts are published as woff2 only, under names that `hashed` gives them.
        """
        dist = self.katex / "dist"
        style = (dist / "katex.min.css").read_text(encoding="utf-8")
        fonts = {f"fonts/{path.name}": path.read_bytes() for path in sorted((dist / "fonts").glob("*.woff2"))}
        for name, content in fonts.items():
            yield f"{KATEX}{name}", content
        style = _SOURCES.sub(lambda source: f'src:url({hashed(source[1], fonts[source[1]])}) format("woff2")', style)
        yield STYLE, style.encode()
        yield COPY, (dist / "contrib" / "copy-tex.min.js").read_bytes()

    def keep(self) -> None:
        """Remember the formulas of this build, and only those."""
        if self._used:
            if self._used != self._known:
                self.cache.put(self._edition(), self._used)
            self.cache.prune()

    def close(self) -> None:
        """End the Node process, if there is one."""
        if self._node is not None:
            self._node.communicate()
            self._node = None

    def render(self, source: str, page: str) -> str:
        r"""The HTML of one formula, written `\(…\)` or `\[…\]`."""
        latex, display = source[2:-2].strip(), source.startswith(r"\[")
        key = f"{source[:2]}{latex}"
        if self._known is None:
            self._known = self.cache.get(self._edition()) or {}
        html = self._used.get(key) or self._known.get(key) or self._ask(latex, display, page)
        self._used[key] = html
        return html

    def _ask(self, latex: str, display: bool, page: str) -> str:
        node = self._node = self._node or self._start()
        assert node.stdin is not None
        assert node.stdout is not None
        request = len(self._used)
        node.stdin.write(json.dumps({"id": request, "latex": latex, "display": display}) + "\n")
        node.stdin.flush()
        line = node.stdout.readline()
        if not line:
            raise PluginError(f"{page}: Node ended while KaTeX rendered {latex}")
        answer = json.loads(line)
        if answer["id"] != request:
            raise PluginError(f"{page}: KaTeX answered request {answer['id']} instead of {request}.")
        if "error" in answer:
            raise PluginError(f"{page}: KaTeX rejects the formula {latex}\n{answer['error']}")
        return str(answer["html"])

    def _start(self) -> subprocess.Popen[str]:
        dist = self.katex / "dist"
        return subprocess.Popen(
            [str(npm.NODE), str(SCRIPT), str(dist / "katex.mjs"), str(dist / "katex.min.css")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def _edition(self) -> str:
        """The cache's key: renderings are good for one version of KaTeX and of our scripts."""
        package = json.loads((self.katex / "package.json").read_text(encoding="utf-8"))
        ours = [script.read_text(encoding="utf-8") for script in (SCRIPT, *HELPERS)]
        return digest(["katex", package["version"], *ours])
