"""On paper: A4, black on white, only what can be read there, and formulas whole."""

import re

import pytest
from kinds import KINDS, PAGES, PREFIXES, UNFOLD

from derivations.pages.atlas import criteria

#: The margins of a sheet, in millimetres: at the sides, and at its head and foot.
MARGINS, OF_FORMULA_SHEET = (15, 16), (9, 10)
PRINTED = [f"{kind}, en" for kind in KINDS if kind != "no such page"]
#: What does not fit: wider than its box or the sheet, or longer than a sheet although it may not be split.
TOO_LARGE = """(height) => [...document.querySelectorAll("body *:not(.katex *)")].filter((each) => {
  const box = each.matches("div.arithmatex, pre, code, table, .gl-out") && each.clientWidth > 0
  return (box && each.scrollWidth > each.clientWidth + 2) || each.getBoundingClientRect().right > innerWidth
    || (getComputedStyle(each).breakInside === "avoid" && each.offsetHeight > height)
}).map((each) => each.outerHTML.slice(0, 120))"""
SPLIT = """() => [...document.querySelectorAll("div.arithmatex, .gl-step, .gl-micros > li, tr, .gl-figure")]
  .filter((each) => getComputedStyle(each).breakInside !== "avoid").map((each) => each.outerHTML.slice(0, 120))"""
NOT_FOR_PAPER = """() => [...document.querySelectorAll(
  "nav, button, .gl-btn, .gl-download, .headerlink, .md-header, .md-footer, .md-skip, details:not([open])"
)].filter((each) => each.checkVisibility()).map((each) => each.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("kind", PRINTED)
def test_a_page_can_be_printed(page, kind):
    margins = OF_FORMULA_SHEET if kind == "formula sheet, en" else MARGINS
    width, height = ((side - 2 * margin) / 25.4 * 96 for side, margin in zip((210, 297), margins, strict=True))
    page.emulate_media(color_scheme="dark")
    page.goto(PAGES[kind])
    page.emulate_media(media="print", color_scheme="dark")
    page.set_viewport_size({"width": int(width), "height": int(height)})
    assert page.evaluate(NOT_FOR_PAPER) == []
    page.evaluate(UNFOLD)
    assert page.evaluate(TOO_LARGE, height) == []
    assert page.evaluate(SPLIT) == []
    colours = page.evaluate("[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]")
    assert colours == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]


def test_the_sheet_is_a4_and_links_are_printed(page):
    page.goto(PAGES["home, en"])
    boxes = re.findall(rb"/MediaBox \[([\d. ]+)\]", page.pdf(prefer_css_page_size=True))
    assert {tuple(round(float(each)) for each in box.split()) for box in boxes} == {(0, 0, 595, 842)}
    page.evaluate("document.querySelector('article p a').href = 'https://example.org/there'")
    page.emulate_media(media="print")
    printed = "getComputedStyle(document.querySelector('article p a'), '::after').content"
    assert page.evaluate(printed) == '" (https://example.org/there)"'


@pytest.mark.parametrize("language", PREFIXES)
def test_the_formula_sheet_fills_two_pages_of_a4(page, language):
    """With a picture of each loss of torch, and no line of a formula beyond its column."""
    page.goto(PAGES[f"formula sheet, {language}"])
    page.evaluate("document.fonts.ready")
    boxes = re.findall(rb"/MediaBox \[([\d. ]+)\]", page.pdf(prefer_css_page_size=True))
    assert [tuple(round(float(each)) for each in box.split()) for box in boxes] == [(0, 0, 595, 842)] * 2
    page.emulate_media(media="print")
    shown = "document.querySelectorAll('.gl-sheet .gl-figure svg').length"
    assert page.evaluate(shown) == len([each for each in criteria() if each.kind.family != "written"])
