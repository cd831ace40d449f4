"""What is folded opens where it is needed: for a link that leads there, and on paper."""

import pytest
from kinds import PAGES
from playwright.sync_api import expect

FOLDED = "details:not([open])"


@pytest.mark.parametrize("at_once", [True, False], ids=["with the page", "on the page"])
def test_a_link_opens_what_it_leads_to(page, at_once):
    page.goto(PAGES["lesson, zh"])
    inner = page.locator(".gl-lemma").last.get_attribute("id")
    page.goto(PAGES["lesson, en"])
    if at_once:
        page.goto(f"{PAGES['lesson, zh']}#{inner}")
    else:
        page.evaluate(f"location.hash = '{inner}'")
    fold = page.locator(f"#{inner}")
    expect(fold).to_have_attribute("open", "")
    expect(fold.locator("summary").first).to_be_in_viewport()
    assert page.locator(FOLDED).count() > 1


def test_what_is_folded_is_printed_and_folded_again(page):
    page.goto(PAGES["lesson, en"])
    folded = page.locator(FOLDED).count()
    page.locator(FOLDED).first.locator("summary").first.click()
    assert page.locator(FOLDED).count() == folded - 1
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator(FOLDED).count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator(FOLDED).count() == folded - 1
