"""What prose and outputs may not bring into a page: all that its Content-Security-Policy would block without a word.

A script above all. The policy allows the inline scripts that stand on a page, so only templates may bring any.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.html import HtmlElement, document_fromstring
from mkdocs.exceptions import PluginError
from nbformat import NotebookNode

from .languages import Language
from .lesson import Lesson, Prose
from .policy import NOT_EXECUTED

SCRIPT = re.compile(r"<(/?)script\b", re.IGNORECASE)
"""Looked for in the text itself, as `policy` does: parsers do not agree on where a comment ends."""
SCRIPTS = f'scripts come with the site\'s templates. Data stands in <script type="{NOT_EXECUTED}">, with \\u003c for <'
ATTRIBUTES = "no code in attributes is run"
EMBEDDED = "nothing is embedded: a page shows text, formulas, drawings and images"
TEMPLATES = "this is for the site's templates to say"
ELSEWHERE = "all that a page loads comes from the site itself. Put the file into docs/ and name its path there"
ELEMENTS = {
    **dict.fromkeys(("applet", "audio", "embed", "frame", "iframe", "object", "video"), EMBEDDED),
    "base": TEMPLATES,
}
LINKS = {"a", "area"}
"""Elements whose `href` is not loaded before a reader asks for it."""
ADDRESSES = {"action", "background", "formaction", "href", "poster", "src", "srcset", "xlink:href"}

_ELSEWHERE = re.compile(r"\s*(?!data:)([a-z][a-z0-9+.-]*:|[/\\]{2})", re.IGNORECASE)
_BETWEEN_ADDRESSES = re.compile(r"[\s,]+")
_IN_A_STYLE = re.compile(r"""(?:url\(|@import)\s*["']?([^"')]*)""", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
"""An image stands in an attribute, where nothing else may end that."""
_IGNORED = re.compile(r"[\x00-\x20]+")
"""By browsers, in `javascript:`."""


def check(html: str, place: str) -> None:
    """Raise PluginError when a page with `html` in it, or what follows, would not work; `place` says whose it is."""
    if "<" not in html:
        return
    article = document_fromstring(f"<article><div>{html}<wbr></div><hr></article>").find(".//article")
    for what, why in _blocked(html, article):
        raise PluginError(f"{place} has {what}, which the page's Content-Security-Policy blocks: {why}.")
    if [each.tag for each in article] != ["div", "hr"]:
        raise PluginError(
            f"{place} has HTML that changes the page around it: an element, a comment or a quotation mark is not "
            "closed, or something is closed that was not opened."
        )


def check_cells(notebook: NotebookNode, lesson: Lesson, language: Language) -> None:
    """The same for each cell of a lesson's dressed notebook, and for what it displays."""
    for cell, source in zip(notebook.cells, lesson.cells, strict=True):
        line = source.lines[language.code] if isinstance(source, Prose) else source.line
        check(cell.metadata.html, f"{lesson.name}:{line}: the cell")
        for output in cell.get("outputs", ()):
            for kind, value in output.get("data", {}).items():
                if kind in ("text/html", "image/svg+xml"):
                    check(value, f"{lesson.name}:{line}: the cell's output")
                elif kind.startswith("image/") and not _BASE64.fullmatch(value):
                    raise PluginError(f"{lesson.name}:{line}: what the cell shows as {kind} is not written in base64.")
    check(notebook.metadata.html, f"{lesson.name}: a footnote")


def _blocked(html: str, article: HtmlElement) -> Iterator[tuple[str, str]]:
    elements = [each for each in article.getroottree().iter() if isinstance(each.tag, str)]
    data = [each for each in elements if each.tag == "script" and each.get("type") == NOT_EXECUTED]
    tags = SCRIPT.findall(html)
    if tags.count("") > len(data):
        yield "a <script>", SCRIPTS
    if tags.count("/") < len(data):
        yield "a <script> without an end", "all that follows would be part of it"
    for element in elements:
        if why := ELEMENTS.get(element.tag):
            yield f"<{element.tag}>", why
        if element.tag == "meta" and "http-equiv" in element.attrib:
            yield "<meta http-equiv>", TEMPLATES
        if element.tag == "style":
            yield from ((f"<style> with {each}", ELSEWHERE) for each in _loaded_by(element.text or ""))
        for name, value in element.attrib.items():
            if why := _wrong_with(element, name, value):
                yield f'<{element.tag} {name}="{value[:60]}">', why


def _wrong_with(element: HtmlElement, name: str, value: str) -> str | None:
    if name.startswith("on") or (name in ADDRESSES and _IGNORED.sub("", value).lower().startswith("javascript:")):
        return ATTRIBUTES
    if name == "style":
        return ELSEWHERE if any(_loaded_by(value)) else None
    if name not in ADDRESSES or element.tag in LINKS:
        return None
    addresses = _BETWEEN_ADDRESSES.split(value) if name == "srcset" else [value]
    return ELSEWHERE if any(map(_ELSEWHERE.match, addresses)) else None


def _loaded_by(style: str) -> list[str]:
    return [address for address in _IN_A_STYLE.findall(style) if _ELSEWHERE.match(address)]
