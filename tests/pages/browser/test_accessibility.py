"""Everyone can read every page: axe finds nothing, and there is nothing it was not shown."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from kinds import LOOKS, PAGES, PASS_BY, PHONE, UNFOLD
from playwright.sync_api import expect

#: A formula's glyphs all have its colour: as plain text it is measured once, and not a thousand times.
PLAIN_FORMULAS = "document.querySelectorAll('.katex').forEach(each => each.replaceWith('x = 1'))"
COLOURS = ["color-contrast", "link-in-text-block"]


def violations(page, **options):
    """What axe finds, one line for each element."""
    found = Axe().run(page, options={"resultTypes": ["violations"], **options}).response["violations"]
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_axe_finds_nothing(page, look):
    look.show(page)
    page.evaluate(UNFOLD)
    page.evaluate("document.fonts.ready")
    page.evaluate(PASS_BY)
    if look.screen is PHONE:  # where formulas are wider than their boxes
        assert violations(page, rules={name: {"enabled": False} for name in COLOURS}) == []
        page.evaluate(PLAIN_FORMULAS)
        assert violations(page, runOnly=COLOURS) == []
    else:
        page.evaluate(PLAIN_FORMULAS)
        assert violations(page) == []


@pytest.mark.parametrize("opened", ["#pages", ".md-search__inner"])
def test_axe_finds_nothing_in_what_opens(page, opened):
    page.set_viewport_size(PHONE)
    page.goto(PAGES["home, zh"])
    page.locator(f"[popovertarget={opened[1:]}]" if opened == "#pages" else "[data-opens]").click()
    page.keyboard.type("softmax")
    expect(page.locator(opened)).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == []


@pytest.mark.parametrize("kind", ["lesson, zh", "entries of the ledger, en"])
def test_a_screen_reader_finds_every_formula(launch_browser, browser_type_launch_args, base_url, kind):
    """Also those that are not laid out yet: a browser may put that off, but keep nothing from who listens."""
    as_if_one_ran = [*browser_type_launch_args["args"], "--force-renderer-accessibility"]
    with launch_browser(args=as_if_one_ran) as browser:
        page = browser.new_page(base_url=base_url)
        page.goto(PAGES[kind])
        shown = page.evaluate("[...document.querySelectorAll('math')].filter(each => each.checkVisibility()).length")
        tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    assert shown > 20
    assert sum(node["role"]["value"] == "MathMLMath" for node in tree if not node["ignored"]) == shown
