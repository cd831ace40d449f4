"""The real site as it would be published: every page, in both languages."""

import gzip
import hashlib
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from small_sites import MOUNT, ROOT

from derivations.pages.atlas import criteria
from derivations.pages.lesson import read_lesson

SOURCES = [path.relative_to(ROOT / "docs") for path in sorted((ROOT / "docs").rglob("*.py"))]
#: The pages that are made from the ledger.
LEDGER = [Path("ledger", f"{name}.md") for name in ("index", *(criterion.file for criterion in criteria()))]
NOT_PROSE = ["annotation", "code", "pre", "script"]
NAMES = {"zh": "梯度对账", "en": "Gradient Ledger"}


def page_of(source: Path, language: str) -> Path:
    """Where a source's page is published."""
    folder = source.parent if source.stem == "index" else source.with_suffix("")
    return Path("en" if language == "en" else "", folder, "index.html")


PAGES = {page_of(source, language).as_posix(): language for source in (*SOURCES, *LEDGER) for language in NAMES}
#: The pages that a reader can download: all but those that are reference only.
NOTEBOOKS = {
    page_of(source, language).as_posix()
    for source in SOURCES
    if read_lesson((ROOT / "docs" / source).read_text(encoding="utf-8"), str(source)).meta.get("notebook", True)
    for language in NAMES
}


@pytest.fixture(params=PAGES)
def uri(request):
    return request.param


@pytest.fixture
def html(built, uri):
    return (built / uri).read_text(encoding="utf-8")


@pytest.fixture
def document(read, built, uri):
    return read(built / uri)


def target(built, uri, link):
    """The published file a link on a page leads to, and its anchor."""
    parts = urlsplit(link)
    path = (built / uri).parent.joinpath(unquote(parts.path)) if parts.path else built / uri
    return (path / "index.html" if path.is_dir() else path).resolve(), unquote(parts.fragment)


def test_every_source_has_its_pages_and_nothing_else_is_published(built):
    published = {path.relative_to(built).as_posix() for path in built.rglob("*") if path.is_file()}
    assert {path for path in published if path.endswith(".html")} == {*PAGES, "404.html", "en/404.html"}
    of_search = {re.sub(r"\.[0-9a-f]{8}\.", ".*.", path) for path in published if path.startswith("search/")}
    assert of_search == {f"search/{name}" for name in ("worker.*.js", "engine.*.js", "stemmer.*.js", "index.*.json")}
    others = [path for path in published if not path.startswith(("assets/", "search/"))]
    assert {Path(path).suffix for path in others} == {".html", ".ipynb", ".json", ".xml", ".gz"}
    assert [path for path in others if path.endswith(".json")] == ["ledger.json"]
    assert not [path for path in published if path.endswith((".py", ".j2", ".yml")) or "overrides" in path]


def test_language(document, uri):
    language = PAGES[uri]
    assert document.html["lang"] == language
    assert document.title.get_text().strip().endswith(NAMES[language])
    description = document.select_one('meta[name="description"]')["content"]
    assert bool(re.search("[\u4e00-\u9fff]", description)) == (language == "zh")
    assert len(document.select("h1")) == 1


@pytest.mark.parametrize("source", [source for source in SOURCES if source.stem != "index"], ids=str)
@pytest.mark.parametrize("language", NAMES)
def test_a_page_is_called_what_its_heading_says(built, read, source, language):
    document = read(built / page_of(source, language))
    heading = "".join(document.h1.find_all(string=True, recursive=True)).removesuffix("¶").strip()
    assert document.title.get_text().strip() == f"{heading} - {NAMES[language]}"


def test_the_switch_leads_to_the_same_page_in_the_other_language(document, uri, built, read):
    (switch,) = document.select("a.gl-switch")
    assert switch["hreflang"] != PAGES[uri]
    other, _ = target(built, uri, switch["href"])
    there = read(other)
    assert there.html["lang"] == switch["hreflang"]
    back, _ = target(built, other.relative_to(built), there.select_one("a.gl-switch")["href"])
    assert back == built / uri
    alternates = document.select("link[rel~=alternate][hreflang]")
    assert {each["hreflang"] for each in alternates} == {*NAMES, "x-default"}
    addresses = {each["href"].removeprefix(f"https://example.org{MOUNT}") for each in alternates}
    assert {target(built, "index.html", address or "./")[0] for address in addresses} == {other, built / uri}


def test_navigation_stays_within_the_language(document, uri, built):
    links = document.select(
        ".gl-tabs a, .gl-pages a, .gl-section a, .md-footer a, .gl-brand, link:is([rel=next], [rel=prev])"
    )
    leads_to = {target(built, uri, link["href"])[0].relative_to(built).as_posix() for link in links}
    assert len(leads_to) >= len(SOURCES)
    assert {PAGES[path] for path in leads_to} == {PAGES[uri]}


def test_every_link_and_anchor_resolves(document, uri, built, anchors):
    names = [element["id"] for element in document.select("[id]")]
    assert sorted(set(names)) == sorted(names)
    links = document.select("a[href], link[href], script[src], img[src]")
    for address in {link.get("href") or link.get("src") for link in links}:
        if urlsplit(address).scheme in ("http", "https", "mailto", "data"):
            continue
        assert not address.startswith("/"), f"{address} would not work from a sub-path"
        path, anchor = target(built, uri, address)
        assert path.is_file(), address
        if anchor and path.suffix == ".html":
            assert anchor in anchors(path), address


def test_nothing_is_loaded_from_elsewhere(document, built):
    loaded = [
        *(each["href"] for each in document.select("link[href]") if not {"canonical", "alternate"} & {*each["rel"]}),
        *(each["src"] for each in document.select("[src]")),
    ]
    assert not [address for address in loaded if urlsplit(address).netloc]
    for style in (built / "assets").glob("*.css"):
        assert "//" not in style.read_text(encoding="utf-8").replace("*//*", "")


def prose_of(element):
    """Its text, without that of elements that hold no prose."""
    return "".join(
        part if isinstance(part, str) else prose_of(part)
        for part in element.contents
        if isinstance(part, str) or part.name not in NOT_PROSE
    )


def test_nothing_raw_is_shown(document, html):
    assert str(ROOT) not in html
    assert not re.search(r"\\\(|\\\[|\\frac|\\sum|\$\$|\{\{|\}\}", prose_of(document))
    assert not re.search(r"Traceback|ipykernel", document.article.get_text())
    article = html[html.index("<article") : html.index("</article>")]
    leftovers = "jupyter-wrapper", "jp-", "mermaid", "MathJax", "<style"
    assert not [each for each in leftovers if each in article]


def test_formulas_are_typeset_where_there_are_any(document):
    places = document.select(".arithmatex")
    assert all(len(place.select(".katex-html")) == 1 for place in places)
    assert all(place.select_one("annotation").get_text() for place in places)
    assert all(place.select_one(".katex-html").get_text() for place in places)
    style = document.select("link[href*='/katex.']")
    assert bool(places) == bool(style)
    assert not document.select(".katex-error")


def test_contents_lead_to_headings(document):
    entries = [link["href"][1:] for link in document.select(".md-sidebar--secondary .md-nav__link[href^='#']")]
    headings = [heading["id"] for heading in document.select("article h2")]
    assert set(headings) <= {unquote(entry) for entry in entries}


def test_the_notebook_is_there_and_has_one_language(document, uri, built):
    links = document.select("a.gl-download[download]")
    if uri not in NOTEBOOKS:
        assert not links
        assert not list((built / uri).parent.glob("*.ipynb")), "nobody is led to it"
        return
    (link,) = links
    path, _ = target(built, uri, link["href"])
    notebook = nbformat.read(path, 4)
    nbformat.validate(notebook)
    text = path.read_text(encoding="utf-8")
    assert str(ROOT) not in text
    assert "pip install -e" in notebook.cells[0].source
    assert {"html", "lang", "derivations"}.isdisjoint(key for cell in notebook.cells for key in cell.metadata)
    assert all(cell.outputs == [] or cell.execution_count for cell in notebook.cells if cell.cell_type == "code")
    words = "".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    outputs = str([cell.outputs for cell in notebook.cells if cell.cell_type == "code"])
    outputs = re.sub('<span lang="zh">.*?</span>', "", outputs)  # the glossary gives the other language's word
    chinese = [len(re.findall("[\u4e00-\u9fff]", each)) for each in (words, outputs)]
    if PAGES[uri] == "en":
        assert chinese == [0, 0]
    else:
        assert chinese[0] > 20


def test_size(html):
    assert len(gzip.compress(html.encode())) < 60_000


@pytest.mark.parametrize(
    ("uri", "language", "homes"),
    [("404.html", "zh", {f"{MOUNT}index.html", f"{MOUNT}en/index.html"}), ("en/404.html", "en", {"../en/index.html"})],
)
def test_the_error_page_speaks_its_language_and_leads_home(read, built, uri, language, homes):
    document = read(built / uri)
    assert document.html["lang"] == language
    assert document.title.get_text().endswith(NAMES[language])
    assert {link["href"] for link in document.select("article a[href]")} == homes


def test_assets_carry_the_digest_of_their_content(built):
    """But the theme's, whose names carry one of their own."""
    ours = [path for path in (built / "assets").rglob("*") if path.is_file()]
    theirs = [path for path in ours if path.parent.name in ("javascripts", "stylesheets")]
    assert all(re.search(r"\.[0-9a-f]{8}\.min\.", path.name) for path in theirs)
    for path in set(ours) - set(theirs):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
        assert path.name.split(".")[-2] == digest
