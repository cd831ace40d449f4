"""On paper: A4, black on white, only what can be read there, and formulas whole."""

import re

import pytest
from kinds import PAGES, UNFOLD


def inside(side, top):
    """What is between the margins of a sheet, given in mm, in CSS pixels."""
    return {"width": round((210 - 2 * side) / 25.4 * 96), "height": round((297 - 2 * top) / 25.4 * 96)}


SHEET, FORMULA_SHEET = inside(15, 16), inside(9, 10)
PRINTED = [uri for kind, uri in PAGES.items() if not kind.startswith("no such page")]
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


@pytest.mark.parametrize("uri", PRINTED)
def test_a_page_can_be_printed(page, uri):
    page.emulate_media(color_scheme="dark")
    page.goto(uri)
    page.emulate_media(media="print", color_scheme="dark")
    sheet = FORMULA_SHEET if "ledger/sheet" in uri else SHEET
    page.set_viewport_size(sheet)
    assert page.evaluate(NOT_FOR_PAPER) == []
    page.evaluate(UNFOLD)
    assert page.evaluate(TOO_LARGE, sheet["height"]) == []
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
