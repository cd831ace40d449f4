"""The ledger's formulas are as long as their losses: they go on in other lines, and nothing of them is out of reach."""

import pytest
from kinds import DESKTOP, PASS_BY, PREFIXES

from derivations.pages.atlas import criteria

#: Pages whose formulas follow from losses, and how wide they are looked at.
FILES = ["", "sheet/", *(f"{each.file}/" for each in criteria())]
WIDTHS = (390, DESKTOP["width"])
#: Formulas of which a part is beyond the edge of a box that hides it: cut, if that box cannot be scrolled, with the
#: keyboard too; needlessly wide, if a break could have kept that part inside.
CUT = """() => {
  const boxes = (each) => each ? [each, ...boxes(each.parentElement)] : []
  const clips = (each) => getComputedStyle(each).overflowX !== "visible"
  const told = (formula) => formula.closest(".katex").querySelector("annotation").textContent
  const cut = new Set(), wide = new Set()
  for (const formula of document.querySelectorAll(".katex-html")) {
    if (!formula.checkVisibility()) continue
    const box = boxes(formula).find(clips), edges = box.getBoundingClientRect()
    for (const part of formula.querySelectorAll(":scope > *")) {
      const { left, right, width } = part.getBoundingClientRect()
      if (left >= edges.left - 1 && right <= edges.right + 1) continue
      const scrolls = ["auto", "scroll"].includes(getComputedStyle(box).overflowX) && box.tabIndex === 0
      if (!scrolls) cut.add(told(formula))
      if (width < edges.width - 40 && part.closest(".gl-entrywise, .gl-formulas, .gl-defined, .gl-atlas, .gl-sheet"))
        wide.add(told(formula))
    }
  }
  return { cut: [...cut], wide: [...wide] }
}"""


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize(("language", "width"), [*zip(PREFIXES, WIDTHS, strict=True)])
def test_no_formula_is_cut(page, file, language, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{PREFIXES[language]}ledger/{file}", wait_until="load")
    page.evaluate("document.fonts.ready")
    page.evaluate(PASS_BY)
    assert page.evaluate(CUT) == {"cut": [], "wide": []}


def test_a_long_formula_goes_on_in_a_line_that_is_set_in(page):
    """The page of a loss whose gradient is longer than a line; on a screen wide enough it would not be."""
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    page.goto("ledger/focal/")
    page.evaluate("document.fonts.ready")
    parts = page.evaluate("""() => [...document.querySelectorAll(".gl-entrywise .katex-html")].map((formula) =>
      [...formula.querySelectorAll(":scope > *")].map((part) => part.getBoundingClientRect().left))""")
    lines = [[left for left, before in zip(each[1:], each, strict=False) if left <= before] for each in parts]
    assert sum(map(bool, lines)) >= 2
    assert all(left > each[0] + 5 for each, begun in zip(parts, lines, strict=True) for left in begun)
