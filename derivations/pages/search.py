"""Search: what of each page can be found, and the files that find it in the reader's browser.

A page is cut at its headings. Of each section stay its title, its prose, and the identifiers of its code, each once.
Formulas within a sentence are written as text where that can be read. Left out are numbers alone, drawings, what code
printed, what a reader operates, and what is marked `data-search-exclude`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from lxml.html import HtmlElement, fragment_fromstring

from .assets import hashed
from .languages import LANGUAGES, Language

HERE = Path(__file__).parent
PLACE = "address-of-the-search-on-this-site"
"""What templates write for the address, which changes with any page: a document is kept until its own page changes."""
EXCLUDE = "data-search-exclude"
LEFT_OUT = {"script", "style", "svg", "pre", "form", "button"}
WORDLESS = {"a", "td", "th"}
"""Left out where they hold no letter: permalinks, footnote marks, numbers in tables."""
INLINE = {"a", "abbr", "b", "code", "del", "em", "i", "ins", "kbd", "mark", "q", "s", "small", "span", "strong", "sub"}
INLINE |= {"sup", "u", "var", "wbr"}
HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
OF_AN_OUTPUT = (
    ".//*[self::p or self::figcaption or self::h3[@id]]"
    f"[not(ancestor-or-self::*[self::details or self::table or @{EXCLUDE}])]"
)
"""What is worth finding in what a cell displayed: its headings and sentences, if not folded up or in a table."""
NAMES = {"n", "na", "nc", "nd", "ne", "nf", "nn", "nv"}
"""Pygments' classes for identifiers that are not built in."""
ELLIPSIS = "…"

_IDENTIFIER = re.compile(r"[^\W\d]\w+")
_LETTER = re.compile(r"[^\W\d_]")
_BESIDE_FULL_WIDTH = re.compile(r" (?=[\u3000-\u303f\uff00-\uff65])|(?<=[\u3000-\u303f\uff00-\uff65]) ")

Section = dict[str, str]
"""`location` (with `#anchor` but for the page itself), `title`, `text`; `code`, where there is any; and for a section
under other headings than the page's, these: `within`."""


@dataclass
class _Part:
    location: str
    title: str
    within: str = ""
    text: list[str] = field(default_factory=list)
    code: dict[str, None] = field(default_factory=dict)  # an ordered set

    def section(self) -> Section:
        section = {"location": self.location, "title": self.title, "text": _readable("".join(self.text))}
        optional = {"within": self.within, "code": " ".join(self.code)}
        return section | {key: text for key, text in optional.items() if text}


class _Reader:
    """Walks over a page in the order of its text."""

    def __init__(self, url: str, title: str, formula: Callable[[str], str]) -> None:
        self.url = url
        self.formula = formula
        self.part = _Part(url, title)
        self.parts = [self.part]
        self.under: dict[int, str] = {}  # by level: the headings that the text stands under
        self.said: set[str] = set()  # by outputs: two derivations may say the same

    def read(self, element: HtmlElement) -> None:
        self.part.text.append(element.text or "")
        for child in element:
            if isinstance(child, HtmlElement):  # not a comment
                self._read_child(child)
            self.part.text.append(child.tail or "")

    def _read_child(self, tag: HtmlElement) -> None:
        classes = tag.get("class", "").split()
        if tag.tag in HEADINGS and tag.get("id"):
            self._begin(tag)
        elif _left_out(tag):
            pass
        elif "arithmatex" in classes:
            self.part.text.append(f" {ELLIPSIS} " if tag.tag == "div" else self.formula(_text(tag).strip()))
        elif "highlight" in classes:
            names = " ".join(_text(token) for token in tag.iter("span") if token.get("class") in NAMES)
            self.part.code.update(dict.fromkeys(_IDENTIFIER.findall(names)))
        elif "gl-out" in classes:
            for sentence in tag.xpath(OF_AN_OUTPUT):
                if sentence.tag in HEADINGS:
                    self._begin(sentence)
                elif (words := _text(sentence)) not in self.said:
                    self.said.add(words)
                    self._read_block(sentence)
        elif tag.tag in INLINE:
            self.read(tag)
        else:
            self._read_block(tag)

    def _read_block(self, tag: HtmlElement) -> None:
        self.part.text.append(" ")
        self.read(tag)
        self.part.text.append(" ")

    def _begin(self, heading: HtmlElement) -> None:
        level = HEADINGS[heading.tag]
        self.under = {above: title for above, title in self.under.items() if above < level}
        part = self.part = _Part(f"{self.url}#{heading.get('id')}", "", within=" › ".join(self.under.values()))
        self.read(heading)
        part.title, part.text = _readable("".join(part.text)), []
        if level == 1:
            self.parts[0].title = part.title
            self.part = self.parts[0]
            return
        self.under[level] = part.title
        if EXCLUDE not in heading.attrib:
            self.parts.append(part)


def _left_out(tag: HtmlElement) -> bool:
    wordless = tag.tag in WORDLESS and not _LETTER.search(_text(tag))
    return wordless or tag.tag in LEFT_OUT or EXCLUDE in tag.attrib


def _text(tag: HtmlElement) -> str:
    return str(tag.text_content())


def sections(html: str, url: str, title: str, formula: Callable[[str], str]) -> list[Section]:
    r"""What can be found on a page: a section for the page itself, then one for each heading.

    `html` is the page's content before its formulas are typeset, `url` its address from the site's root, `title`
    its name, which its `<h1>` replaces if there is one. `formula` turns `\(…\)` into text.
    """
    reader = _Reader(url, title, formula)
    reader.read(fragment_fromstring(html, create_parent="article"))
    return [part.section() for part in reader.parts]


def _readable(text: str) -> str:
    """One line, with spaces where a typesetter would put them."""
    return _BESIDE_FULL_WIDTH.sub("", " ".join(text.split()).replace(f"{ELLIPSIS} {ELLIPSIS}", ELLIPSIS))


@dataclass(frozen=True)
class Search:
    """The published files, by uri, and the address that leads to them."""

    files: Mapping[str, str]
    address: str

    def linked(self, html: str) -> str:
        """A page that knows where the search is."""
        return html.replace(PLACE, self.address)


def publish(pages: Mapping[Language, Iterable[Section]], stemmer: Path) -> Search:
    """One index of all sections, and the scripts that read it.

    `stemmer` is the npm package of that name, published as it is, under its licence. Names carry a digest of what is in
    the file. The address is the worker's, and its fragment says what the worker loads.
    """
    index = {language.code: {"name": language.name, "sections": list(pages[language])} for language in LANGUAGES}
    licence, script = ((stemmer / name).read_text(encoding="utf-8") for name in ("license", "index.js"))
    loaded = {
        "index.json": json.dumps(index, ensure_ascii=False, separators=(",", ":")),
        "engine.js": (HERE / "search.mjs").read_text(encoding="utf-8"),
        "stemmer.js": f"/*\n{licence.strip()}\n*/\n{script}",
    }
    names = {name: hashed(name, text.encode()) for name, text in loaded.items()}
    source = (HERE / "search_worker.js").read_text(encoding="utf-8")
    worker = hashed("search/worker.js", source.encode())
    return Search(
        files={worker: source, **{f"search/{names[name]}": text for name, text in loaded.items()}},
        address=f"{worker}#{urlencode({name.partition('.')[0]: names[name] for name in names})}",
    )
