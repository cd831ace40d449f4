"""Formulas are typeset by KaTeX, each into its own place."""

import re

import pytest
from bs4 import BeautifulSoup
from mkdocs.exceptions import PluginError

from derivations.pages.assets import hashed
from derivations.pages.cache import Cache
from derivations.pages.formulas import Formulas


@pytest.fixture
def formulas(tmp_path, npm_packages):
    formulas = Formulas(npm_packages / "katex", Cache(tmp_path))
    yield formulas
    formulas.close()


def typeset(formulas, html, page="a.py"):
    return formulas.typeset(html, page)


def sources(html):
    return [each.get_text() for each in BeautifulSoup(html, "html.parser").select("annotation")]


PAGE = r"""<p>a <span class="arithmatex">\(x &lt; y\)</span> b <span class="arithmatex">\(z\)</span></p>
<div class="arithmatex">\[\sum_n G_n \text{ 求和}\]</div>
<p><code>\(no\)</code> <span class="arithmatex">\(x &lt; y\)</span></p>"""


def test_every_place_gets_its_own_formula(formulas, tmp_path):
    html = typeset(formulas, PAGE)
    expected = ["x < y", "z", r"\sum_n G_n \text{ 求和}", "x < y"]
    assert sources(html) == expected
    assert BeautifulSoup(html, "html.parser").select("div.arithmatex .katex-display")
    assert r"<code>\(no\)</code>" in html
    formulas.keep()
    again = Formulas(formulas.katex, Cache(tmp_path))
    assert typeset(again, PAGE) == html
    assert again._node is None


@pytest.mark.parametrize("latex", [r"\frac{1}", r"\nosuch", "x_中", "a % b"])
def test_a_formula_that_katex_rejects_is_named_with_its_page(formulas, latex):
    with pytest.raises(PluginError) as caught:
        typeset(formulas, rf'<span class="arithmatex">\({latex}\)</span>', "lessons/a.py")
    assert str(caught.value).startswith(f"lessons/a.py: KaTeX rejects the formula {latex}\n")


def test_an_answer_to_another_question_is_refused(formulas):
    typeset(formulas, r'<span class="arithmatex">\(x\)</span>')
    formulas._node.stdin.write('{"id": 99, "latex": "y", "display": false}\n')
    with pytest.raises(PluginError, match="KaTeX answered request 99"):
        typeset(formulas, r'<span class="arithmatex">\(z\)</span>')


def test_a_page_without_formulas_is_left_alone(formulas):
    assert typeset(formulas, "<p>&nbsp;<br></p>") == "<p>&nbsp;<br></p>"
    assert formulas._node is None


def test_fonts_are_published_once_as_woff2_under_their_digests(formulas):
    assets = dict(formulas.assets())
    fonts = {uri: content for uri, content in assets.items() if uri.startswith("assets/katex/fonts/")}
    assert len(fonts) == 20
    named = re.findall(r"url\(([^)]*)\)", assets["assets/katex/katex.css"].decode())
    assert sorted(f"assets/katex/{name}" for name in named) == sorted(hashed(*font) for font in fonts.items())
    assert all(name.endswith(".woff2") for name in named)


#: What stands between two places where a formula on its own line may be broken.
PIECES = {
    r"\[a = b + c\]": ["a=", "b+", "c"],
    r"\[a = (1 - b)^{2} + c\]": ["a=", "(1−b)2+", "c"],
    r"\[a = \Bigl(\frac{1}{2} (b - c) + d\Bigr)\,[x + y \ge z]\]": ["a=", "(21(b−c)+d)[x+y≥z]"],
    r"\[\lvert x - y \rvert + \max(\lvert u \rvert - v, 0)\]": ["∣x−y∣+", "max(∣u∣−v,0)"],
    # Brackets that hold much are parted, those in them not.
    r"\[(aaaaaa + bbbbbb (1 - c) + dddddd + eeeeee) (1 - f)\]": ["(aaaaaa+", "bbbbbb(1−c)+", "dddddd+", "eeeeee)(1−f)"],
    r"\[a) - (b + c\]": ["a)−", "(b+", "c"],
}


@pytest.mark.parametrize("latex", PIECES)
def test_a_long_formula_is_broken_after_signs_and_not_within_little_brackets(formulas, latex):
    html = typeset(formulas, f'<div class="arithmatex">{latex}</div>')
    pieces = BeautifulSoup(html, "html.parser").select(".katex-html > *")
    assert [each.get_text().replace("\u200b", "") for each in pieces] == PIECES[latex]


def test_within_a_line_of_text_nothing_is_joined(formulas):
    latex = r"a = (1 - b)^{2}"
    html = typeset(formulas, rf'<p><span class="arithmatex">\({latex}\)</span></p>')
    assert len(BeautifulSoup(html, "html.parser").select(".katex-html > .katex-base")) == 3
