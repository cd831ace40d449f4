"""A keyboard alone is enough: it reaches all there is to operate, the focus can be seen, and nothing holds it."""

import pytest
from kinds import DESKTOP, LOOKS, PAGES, PHONE
from playwright.sync_api import expect
from waiting import until

LESSON = PAGES["lesson, zh"]
#: Numbers what a mouse could operate, and what scrolls. Labels lead to inputs; keys alone empty the search box.
OPERABLE = """() => {
  const seen = (each) => each.checkVisibility({ visibilityProperty: true }) && each.getBoundingClientRect().width > 1
  const scrolls = (each) =>
    ["auto", "scroll"].includes(getComputedStyle(each).overflowX) && each.scrollWidth > each.clientWidth
  const operable = [...document.querySelectorAll("body *")].filter((each) => seen(each) && (scrolls(each) ||
    each.matches("a[href], button:not(.md-search [type=reset]), summary, input, [tabindex]:not([tabindex^='-'])")))
  for (const [number, each] of operable.entries()) each.dataset.number = number
  return operable.map((each) => each.outerHTML.slice(0, 200))
}"""
#: The element that has the focus: its number, whether that shows, and whether it is in sight and on top.
FOCUSED = """() => {
  const each = document.activeElement, [{ x, y, width, height }] = each.getClientRects()
  const there = document.elementFromPoint(x + width / 2, y + height / 2)
  const marked = [each, each.closest("form")].some((one) => one && (
    parseFloat(getComputedStyle(one).outlineWidth) >= 2 && getComputedStyle(one).outlineStyle !== "none" ||
    one.matches("form") && getComputedStyle(one).boxShadow !== "none"))
  return [each.dataset.number, marked && each.contains(there), each.outerHTML.slice(0, 200)]
}"""


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_tab_reaches_everything_and_shows_where_it_is(page, look):
    look.show(page)
    page.evaluate("document.fonts.ready")
    missing = dict(enumerate(page.evaluate(OPERABLE)))
    hidden = []
    for _ in range(2 * len(missing) + 10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        number, shows, html = page.evaluate(FOCUSED)
        if not shows:
            hidden.append(html)
        if number is not None:
            missing.pop(int(number), None)
    else:
        pytest.fail("the focus does not leave the page")
    assert list(missing.values()) == []
    assert hidden == []


def test_the_first_key_skips_to_the_text(page):
    page.goto(LESSON)
    page.keyboard.press("Tab")
    expect(page.locator(".md-skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('article') !== null")


def test_the_pages_open_behind_their_button_and_close_again(page):
    page.set_viewport_size(PHONE)
    page.goto(LESSON)
    button, pages = page.locator("[popovertarget]"), page.locator("#pages")
    button.focus()
    page.keyboard.press("Enter")
    expect(pages).to_be_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#pages') !== null")
    page.keyboard.press("Escape")
    expect(pages).to_be_hidden()
    expect(button).to_be_focused()
    button.press("Enter")
    pages.locator(".gl-contents a").last.press("Enter")
    expect(pages).to_be_hidden()
    expect(page.locator("h2").last).to_be_in_viewport()


def test_search_opens_from_its_button(page):
    page.set_viewport_size(PHONE)
    page.goto(LESSON)
    page.locator("[data-opens=__search]").press("Enter")
    expect(page.locator(".md-search__input")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".md-search__input")).to_be_hidden()


def test_a_box_scrolls_by_arrow_keys(page):
    page.set_viewport_size(PHONE)
    page.goto(LESSON)
    box = page.locator("div.arithmatex[tabindex]").first
    box.focus()
    page.keyboard.press("ArrowRight")
    until(page, "document.activeElement.scrollLeft > 0")


def test_code_is_copied(page, context):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.set_viewport_size(DESKTOP)
    page.goto(LESSON)
    code = page.locator(".highlight code").first
    page.locator(".md-code__button").first.press("Enter")
    expect(page.locator(".md-dialog")).to_contain_text("已复制")
    assert page.evaluate("navigator.clipboard.readText()").strip() == code.inner_text().strip()
