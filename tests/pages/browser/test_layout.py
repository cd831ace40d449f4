"""Every page fits every screen, can be read there, and its formulas stay whole."""

import pytest
from kinds import COURSE, PAGES, UNFOLD

WIDTHS = (360, 375, 768, 1024, 1280, 1600)
SMALLEST = 12, 9
"""How many pixels text must have at least: as text, and in a drawing."""

#: What is cut off or sticks out: nothing may be wider than the screen but within a box that scrolls.
CUT_OFF = """() => {
  const clips = (each) => getComputedStyle(each).overflowX !== "visible" && each.clientWidth > 1
  const scrolls = (each) => ["auto", "scroll"].includes(getComputedStyle(each).overflowX)
  const found = [...document.querySelectorAll("body, body *:not(.katex *)")].filter((each) => {
    if (!each.checkVisibility({ visibilityProperty: true })) return false
    const { left, right, width } = each.getBoundingClientRect()
    if (clips(each) && !scrolls(each) && each.scrollWidth > each.clientWidth + 1) return true
    if (width <= 1 || (left >= 0 && right <= innerWidth + 0.5)) return false
    for (let box = each.parentElement; box; box = box.parentElement) if (scrolls(box)) return false
    return true
  })
  return found.map((each) => each.outerHTML.slice(0, 120))
}"""
#: Formulas that stand on more than one line where they must not, and punctuation that stands alone on the line after
#: its formula. Those of the ledger go on in other lines: `test_long_formulas.py` looks at these.
BROKEN = """() => {
  const whole = ".katex-html:not(:is(.gl-entrywise, .gl-formulas, .gl-defined, .gl-atlas, .gl-symbols, .gl-sheet) *)"
  const wrapped = [...document.querySelectorAll(whole)].filter((formula) => {
    const parts = [...formula.querySelectorAll(":scope > .katex-base")].map((part) => part.getBoundingClientRect())
    return parts.some((part, place) => place && part.left < parts[place - 1].right - 1)
  })
  const alone = [...document.querySelectorAll("span.arithmatex")].filter((formula) => {
    const after = formula.nextSibling
    if (after?.nodeType !== Node.TEXT_NODE || !/^[.,;:?!)，。；：、？！）”]/.test(after.data)) return false
    const range = document.createRange()
    range.setStart(after, 0)
    range.setEnd(after, 1)
    return range.getBoundingClientRect().left < formula.getBoundingClientRect().right - 3
  })
  return [...wrapped, ...alone].map((each) => each.parentElement.textContent.slice(-120))
}"""
#: Text that is too small to read: indices of formulas are as small as they must be.
SMALL = """([text, drawn]) => {
  const found = [], words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (words.nextNode()) {
    const { parentElement: each, data } = words.currentNode
    if (!data.trim() || each.closest(".katex, script, .gl-unseen")) continue
    if (!each.checkVisibility({ visibilityProperty: true })) continue
    const size = parseFloat(getComputedStyle(each).fontSize), scale = each.getScreenCTM?.().a
    if (scale ? size * scale < drawn : size < text) found.push(`${size * (scale ?? 1)}px: ${data.trim().slice(0, 40)}`)
  }
  return found
}"""


def misfits(page):
    """Whether the page scrolls sideways, what is cut off, and which formulas are broken."""
    scrolls = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return scrolls, page.evaluate(CUT_OFF), page.evaluate(BROKEN)


@pytest.mark.parametrize("uri", PAGES.values(), ids=PAGES)
def test_a_page_fits_every_width(page, uri):
    page.goto(uri)
    page.evaluate(UNFOLD)
    page.evaluate("document.fonts.ready")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert (width, *misfits(page)) == (width, False, [], [])
        assert page.evaluate(SMALL, SMALLEST) == []


@pytest.mark.parametrize("uri", COURSE.values(), ids=COURSE)
def test_the_course_fits_a_hand(page, uri):
    page.set_viewport_size({"width": WIDTHS[0], "height": 800})
    page.goto(uri)
    page.evaluate(UNFOLD)
    page.evaluate("document.fonts.ready")
    assert misfits(page) == (False, [], [])
    assert page.evaluate(SMALL, SMALLEST) == []


@pytest.mark.parametrize("width", [WIDTHS[0], WIDTHS[-1]])
def test_code_out_of_sight_is_as_high_as_in_sight(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(PAGES["lesson, zh"])
    heights = "[...document.querySelectorAll('.highlight > pre')].map((each) => each.getBoundingClientRect().height)"
    out_of_sight = page.evaluate(heights)
    page.add_style_tag(content="* { content-visibility: visible !important }")
    assert len(out_of_sight) > 5
    assert page.evaluate(heights) == pytest.approx(out_of_sight, abs=0.1)
