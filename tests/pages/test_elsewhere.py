"""The plugin beside other plugins, themes and files than those of this project's site."""

import shlex
import sys
import tomllib
from importlib import metadata

import nbformat
import pytest
from bs4 import BeautifulSoup
from mkdocs.exceptions import Abort, PluginError
from mkdocs.plugins import BasePlugin
from packaging.requirements import Requirement
from small_sites import ROOT, prose

NAV = "nav: [{zh: [index.py]}, {en: [en/index.py]}]"
LESSON = prose("# 题\n\n$x^2$", "# Title\n\n$x^2$")
JUPYTER = "mkdocs-jupyter: {execute: true, execute_ignore: ['own.*'], cache: false, ignore_h1_titles: true}"


@pytest.fixture
def project(site):
    """A project with one lesson and one notebook of its own, whose mkdocs.yml a test writes."""
    site.write(LESSON)
    own = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Own"), nbformat.v4.new_code_cell("answer")])
    nbformat.write(own, site.root / "docs" / "own.ipynb")

    def configured(*lines):
        (site.root / "mkdocs.yml").write_text("\n".join(["site_name: Other", *lines]), encoding="utf-8")
        return site

    return configured


def pages(site):
    return [BeautifulSoup(site.page(uri), "lxml") for uri in ("index.html", "en/index.html")]


@pytest.mark.parametrize(
    ("theme", "plugins"),
    [
        ("material", "[mkdocs-jupyter, derivations]"),
        ("material", f"[derivations, search, {JUPYTER}]"),
        ("readthedocs", "[derivations]"),
    ],
)
def test_a_lesson_is_a_page_beside_any_plugin_and_in_any_theme(project, theme, plugins):
    site = project(f"theme: {theme}", f"plugins: {plugins}", NAV)
    for _ in range(2):
        assert site.build_here() == []
        for page, title in zip(pages(site), ("题", "Title"), strict=True):
            assert page.select_one("h1").find(string=True) == title
            assert page.select_one(".katex annotation").get_text() == "x^2"
        links = [link["href"] for link in pages(site)[0].select("link[href^='assets/'][href$='.css']")]
        styles = "".join((site.root / "site" / link).read_text(encoding="utf-8") for link in links)
        assert ".gl-script {" in styles  # without it, x² looks like x2
        assert "KaTeX_Main" in styles
        if "jupyter" in plugins:  # the notebook is shown as mkdocs-jupyter shows notebooks, in a second build too
            own = BeautifulSoup(site.page("own/index.html"), "lxml")
            assert own.select_one(".jp-Notebook .jp-CodeCell .highlight-ipynb").get_text().strip() == "answer"
    if "search" in plugins:
        assert list((site.root / "site").glob("assets/javascripts/workers/search.*.js"))


def test_styles_scripts_and_assets_of_others_stay_as_they_are(project):
    site = project(
        "theme: {name: material, logo: assets/logo.svg}",
        "plugins: [derivations]",
        NAV,
        "extra_css: [https://example.org/a.css, style.css]",
        "extra_javascript: [https://example.org/a.js, {path: b.js, type: module}]",
    )
    files = {"style.css": "@import url(assets/c.css);", "b.js": "export {}", "assets/c.css": "", "assets/logo.svg": ""}
    for name, text in files.items():
        (site.root / "docs" / name).parent.mkdir(exist_ok=True)
        (site.root / "docs" / name).write_text(text)
    assert site.build_here() == []
    assert {name: (site.root / "site" / name).read_text() for name in files} == files
    page, _ = pages(site)
    assert page.select("link[href='https://example.org/a.css']")
    assert page.select("link[href='style.css']")
    assert page.select("script[src='https://example.org/a.js']")
    assert page.select("script[src='b.js'][type=module]")
    assert page.select("img[src='assets/logo.svg']")


def test_packed_assets_leave_out_no_address(project):
    site = project(
        "theme: {name: material, logo: assets/logo.svg}",
        "plugins: [derivations: {packed: true}]",
        NAV,
        "extra_css: [https://example.org/a.css, style.css]",
        "extra_javascript: [https://example.org/a.js]",
    )
    (site.root / "docs" / "assets").mkdir()
    (site.root / "docs" / "assets" / "logo.svg").write_text("<svg/>")
    (site.root / "docs" / "style.css").write_text(".theirs {}")
    assert site.build_here() == []
    page, _ = pages(site)
    assert page.select("link[href='https://example.org/a.css']")
    assert page.select("script[src='https://example.org/a.js']")
    assert (site.root / "site" / page.select_one("img[alt=logo]")["src"]).read_text() == "<svg/>"
    (style,) = (site.root / "site" / "assets").glob("site.*.css")
    assert ".theirs {}" in style.read_text()


def test_a_site_may_have_no_lessons(project):
    site = project("theme: material", "plugins: [derivations]", NAV.replace(".py", ".md"))
    (site.root / "docs" / "index.py").unlink()
    (site.root / "docs" / "en").mkdir()
    for name in ("index.md", "en/index.md"):
        (site.root / "docs" / name).write_text("# Words\n\n$y^2$", encoding="utf-8")
    assert site.build_here() == []
    assert [page.select_one(".katex annotation").get_text() for page in pages(site)] == ["y^2", "y^2"]


@pytest.mark.parametrize(
    ("nav", "says"),
    [
        ("", "`nav:` in mkdocs.yml must hold two sections, `zh:` and `en:`"),
        ("nav: [index.py]", "`en/index.py` under `en:`"),
        ("nav: [{zh: [en/index.py]}, {en: [index.py]}]", "`nav:` has no home page for zh: list `index.py` there."),
    ],
)
def test_a_navigation_without_two_languages_is_refused_in_a_sentence(project, caplog, nav, says):
    with pytest.raises(Abort):
        project("theme: material", "plugins: [derivations]", nav).build_here()
    assert says in caplog.text


def test_without_what_the_plugin_needs_it_is_said_how_to_install_it(monkeypatch):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    ((name, place),) = project["entry-points"]["mkdocs.plugins"].items()
    plugin = metadata.EntryPoint(name, place, "mkdocs.plugins")
    assert issubclass(plugin.load(), BasePlugin)
    for module in ("plugin", "locks"):
        monkeypatch.delitem(sys.modules, f"derivations.pages.{module}")
    monkeypatch.setitem(sys.modules, "filelock", None)
    with pytest.raises(PluginError, match="The plugin derivations needs filelock, which is not installed") as caught:
        plugin.load()
    command = str(caught.value).partition("with: ")[2]
    named = [Requirement(each).name for each in shlex.split(command)[2:]]
    assert named == [Requirement(each).name for each in project["optional-dependencies"]["site"]]
