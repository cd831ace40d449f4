"""Where a site is published and where its source is: with these addresses, and without them."""

import json
import platform
import re
from importlib import metadata
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from small_sites import CONFIG, ROOT, Site, build, prose, share_npm_packages

SITE, REPOSITORY = "https://example.org/ledger/", "https://example.org/some/repository"
PAGES = {"zh": "", "en": "en/"}
ADDRESSES = """\
site_url: !ENV [SITE_URL, ""]
repo_url: !ENV [REPO_URL, ""]
"""


@pytest.fixture(scope="module")
def sites(tmp_path_factory, npm_packages):
    """The same small site, with the real theme, published at an address and nowhere in particular."""
    root = tmp_path_factory.mktemp("addresses")
    theme = f"theme: {{name: material, font: false, custom_dir: {ROOT / 'docs' / 'overrides'}}}"
    (root / "mkdocs.yml").write_text(ADDRESSES + re.sub("theme: .*", theme, CONFIG), encoding="utf-8")
    (root / "docs").mkdir()
    share_npm_packages(root)
    Site(root).write(prose("# 一 & 二", "# One & two"))
    given = {"somewhere": (SITE.rstrip("/"), REPOSITORY), "nowhere": ("", "")}
    for name, (site, repository) in given.items():
        done = build(root, root / name, "--strict", SITE_URL=site, REPO_URL=repository)
        assert done.returncode == 0, done.stderr
    return root


def document(sites, name, uri):
    return BeautifulSoup((sites / name / uri).read_text(encoding="utf-8"), "html.parser")


@pytest.mark.parametrize("language", PAGES)
def test_search_engines_are_given_whole_addresses(sites, language):
    page = document(sites, "somewhere", f"{PAGES[language]}index.html")
    assert page.select_one("link[rel=canonical]")["href"] == SITE + PAGES[language]
    alternates = {link["hreflang"]: link["href"] for link in page.select("link[rel~=alternate]")}
    assert alternates == {"zh": SITE, "en": f"{SITE}en/", "x-default": SITE}


def test_the_sitemap_holds_every_page_once(sites):
    urls = ElementTree.parse(sites / "somewhere" / "sitemap.xml").findall(".//{*}loc")
    assert [url.text for url in urls] == [SITE, f"{SITE}en/"]


@pytest.mark.parametrize(("name", "root"), [("somewhere", "/ledger/"), ("nowhere", "/")])
def test_the_error_page_works_for_any_address_below_the_site(sites, name, root):
    page = document(sites, name, "404.html")
    links = [link.get("href") or link["src"] for link in page.select("[href], [src]")]
    ours = [link for link in links if not link.startswith(("https:", "#"))]
    assert len(ours) > 5
    assert all(link.startswith(root) for link in ours)


@pytest.mark.parametrize("name", ["somewhere", "nowhere"])
@pytest.mark.parametrize("language", PAGES)
def test_everything_that_a_reader_follows_is_relative(sites, name, language):
    page = document(sites, name, f"{PAGES[language]}index.html")
    links = [link.get("href") or link.get("src") for link in page.select("body [href], body [src], head [src]")]
    assert not [link for link in links if link.startswith("/") or link.startswith(SITE)]
    elsewhere = {link for link in links if urlsplit(link).scheme}
    assert all(link.startswith(REPOSITORY) for link in elsewhere)
    assert bool(elsewhere) == (name == "somewhere")


@pytest.mark.parametrize(("language", "title", "words"), [("zh", "一 & 二", "报告"), ("en", "One & two", "Report")])
def test_each_page_says_how_to_report_an_error(sites, language, title, words):
    (link,) = document(sites, "somewhere", f"{PAGES[language]}index.html").select(".gl-report a")
    address = urlsplit(link["href"])
    assert link["href"].startswith(f"{REPOSITORY}/issues/new?")
    assert parse_qs(address.query) == {"title": [title]}
    assert words in link.get_text()


@pytest.mark.parametrize("language", PAGES)
def test_the_repository_is_linked_and_asked_nothing(sites, language):
    page = document(sites, "somewhere", f"{PAGES[language]}index.html")
    links = page.select("a.md-source")
    assert links
    assert {link["href"] for link in links} == {REPOSITORY}
    assert not page.select("[data-md-component=source]"), "the theme's script would ask its host for stars and forks"


@pytest.mark.parametrize("language", PAGES)
def test_without_addresses_there_is_nothing_that_leads_nowhere(sites, language):
    page = document(sites, "nowhere", f"{PAGES[language]}index.html")
    assert not page.select("link[rel=canonical], .md-source, .gl-report")
    assert not ElementTree.parse(sites / "nowhere" / "sitemap.xml").findall(".//{*}loc")


@pytest.mark.parametrize("uri", ["index.html", "en/index.html", "404.html"])
def test_the_foot_of_a_page_says_what_the_build_was_made_with(sites, npm_packages, uri):
    katex = json.loads((npm_packages / "katex" / "package.json").read_text(encoding="utf-8"))
    packages = {"torch": "torch", "SymPy": "sympy", "NumPy": "numpy"}
    made_with = [
        f"Python {platform.python_version()}",
        *(f"{name} {metadata.version(package)}" for name, package in packages.items()),
        f"KaTeX {katex['version']}",
    ]
    assert document(sites, "nowhere", uri).select_one(".gl-versions").get_text() == " · ".join(made_with)
