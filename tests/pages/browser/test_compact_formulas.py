"""Formulas have fewer elements than KaTeX gives them, and look the same."""

import json
import subprocess

import lxml.html
import pytest
from kinds import PAGES
from small_sites import NPM, ROOT

from derivations.pages import npm

APART = 0.2
"""How far a letter or a line may be from where KaTeX has it, in pixels: each margin is rounded to a 64th of one."""

#: Shows formulas as the site has them and as KaTeX has them, and says how far apart their letters and lines are.
COMPARED = r"""(pairs) => {
  const marks = (formula) => {
    const start = formula.getBoundingClientRect(), found = []
    const mark = (what, { x, y, width, height }) => found.push([what, x - start.x, y - start.y, width, height])
    const words = document.createTreeWalker(formula.querySelector(".katex-html"), NodeFilter.SHOW_TEXT)
    while (words.nextNode())
      for (const [place, letter] of [...words.currentNode.data].entries()) {
        const range = document.createRange()
        range.setStart(words.currentNode, place)
        range.setEnd(words.currentNode, place + 1)
        if (letter !== "\u200b") mark(letter, range.getBoundingClientRect())
      }
    for (const each of [formula, ...formula.querySelectorAll(".katex-base, .frac-line, svg")])
      mark(each.classList[0] ?? each.tagName, each.getBoundingClientRect())
    return found
  }
  const article = document.querySelector("article")
  return pairs.map((pair) => {
    article.innerHTML = pair.map((html) => `<p><span class="arithmatex">${html}</span></p>`).join("")
    const [ours, katexs] = [...article.querySelectorAll(".katex")].map(marks)
    const names = (all) => all.map(([name]) => name).join("")
    if (names(ours) !== names(katexs)) return [names(ours), names(katexs)]
    const apart = ([, ...at], place) => at.map((each, side) => Math.abs(each - katexs[place][side + 1]))
    return Math.max(...ours.flatMap(apart))
  })
}"""


@pytest.fixture(scope="module")
def published(built):
    """The formulas of the site: the HTML of each by its LaTeX and whether it stands on a line of its own."""
    found = {}
    for path in sorted(built.rglob("*.html")):
        for formula in lxml.html.parse(path).iterfind(".//span[@class='katex']"):
            latex, parent = formula.findtext(".//annotation"), formula.getparent()
            display = parent.get("class") == "katex-display"
            html = lxml.html.tostring(parent if display else formula, encoding="unicode", with_tail=False)
            found[latex, display] = html
    return found


def test_formulas_look_as_katex_makes_them(page, published):
    request = {"katex": str(npm.packages(NPM) / "katex" / "dist" / "katex.mjs"), "formulas": list(published)}
    command = [str(npm.NODE), str(ROOT / "tests" / "pages" / "typeset.mjs")]
    done = subprocess.run(command, input=json.dumps(request), capture_output=True, encoding="utf-8", timeout=60)
    assert done.returncode == 0, done.stderr
    pairs = list(zip(published.values(), json.loads(done.stdout), strict=True))
    assert len(pairs) > 500

    page.goto(PAGES["lesson, en"])
    page.evaluate("document.fonts.ready")
    apart = dict(zip(published, page.evaluate(COMPARED, pairs), strict=True))
    assert {latex: how for (latex, _), how in apart.items() if isinstance(how, list) or how > APART} == {}

    elements = [sum(each.count("<span") for each in side) for side in zip(*pairs, strict=True)]
    assert elements[0] < 0.6 * elements[1], elements
