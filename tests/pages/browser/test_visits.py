"""What a visit costs, and whom it tells: little, and nobody."""

import pytest
from kinds import DESKTOP, KINDS, PAGES, UNFOLD
from playwright.sync_api import expect

FIRST_VISIT, HTML = 350_000, 60_000
OTHER_LESSON = "lessons/criterion/"


def visit(page, host, uri):
    """Go there; return what the server sent for it."""
    before = len(host.answers)
    page.goto(uri, wait_until="networkidle")
    page.evaluate("document.fonts.ready")
    return host.answers[before:]


@pytest.mark.parametrize("uri", PAGES.values(), ids=PAGES)
def test_a_first_visit_is_small(page, host, uri):
    sent = visit(page, host, uri)
    assert sent[0].uri == uri
    assert sent[0].sent <= HTML
    assert sum(answer.sent for answer in sent) <= FIRST_VISIT, sent


def test_the_next_page_costs_its_html_alone(page, host):
    """Fonts for letters that no page before it had come as well, once."""
    visit(page, host, KINDS["home"])
    for uri in (KINDS["lesson"], OTHER_LESSON):
        first, *rest = visit(page, host, uri)
        assert first.uri == uri
        assert [answer for answer in rest if not answer.uri.endswith(".woff2")] == []
    assert [answer.status for answer in visit(page, host, KINDS["lesson"])] == [304]


@pytest.mark.parametrize("uri", [PAGES["lesson, zh"], PAGES["lesson, en"]], ids=["zh", "en"])
def test_whatever_a_reader_does_nobody_else_is_told(page, context, uri):
    """What the fixture `page` looks out for: requests to others, errors, breaches of the page's own policy."""
    context.grant_permissions(["clipboard-write"])
    page.set_viewport_size(DESKTOP)
    page.goto(uri, wait_until="networkidle")
    page.evaluate(UNFOLD)
    page.locator(".gl-scheme").click()
    page.locator(".md-code__button").first.click()
    expect(page.locator(".md-dialog")).to_be_visible()
    page.locator(".md-search__input").fill("softmax")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Escape")
    page.locator(".gl-switch").click()
    page.wait_for_load_state("networkidle")
