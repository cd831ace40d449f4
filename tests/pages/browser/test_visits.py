"""What a visit costs, and whom it tells: little, and nobody."""

import pytest
from kinds import DESKTOP, KINDS, LOOKS, PAGES, PASS_BY, UNFOLD
from playwright.sync_api import expect

FIRST_VISIT, HTML, MOVED = 350_000, 60_000, 0.02
OTHER_LESSON = "lessons/criterion/"
#: A telephone's connection, as Lighthouse imagines it: milliseconds, and bytes per second.
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 90_000}
SHIFTS = """
  window.shifts = []
  new PerformanceObserver((list) => shifts.push(...list.getEntries().filter((each) => !each.hadRecentInput)))
    .observe({ type: "layout-shift", buffered: true })
"""
TOTAL = """() => [
  shifts.reduce((sum, each) => sum + each.value, 0),
  shifts.flatMap((each) => each.sources.map(({ node }) => `${each.value.toFixed(3)} ${node?.outerHTML?.slice(0, 80)}`))
]"""


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_a_first_visit_is_small_and_nothing_moves_under_the_reader(page, context, host, look):
    before = len(host.answers)
    context.new_cdp_session(page).send("Network.emulateNetworkConditions", SLOW)
    page.add_init_script(SHIFTS)
    look.show(page)
    page.evaluate(PASS_BY)
    page.evaluate("document.fonts.ready")
    sent = host.answers[before:]
    assert sent[0].uri == look.uri
    assert sent[0].sent <= HTML
    assert sum(answer.sent for answer in sent) <= FIRST_VISIT, sent
    moved, what = page.evaluate(TOTAL)
    assert moved <= MOVED, what


def test_the_ledger_beside_the_title_stays_where_it_is_while_its_rows_come_in(page):
    page.set_viewport_size(DESKTOP)
    page.goto(KINDS["home"])
    rows = page.locator(".gl-hero + .gl-cell tr")
    where = rows.first.bounding_box()["y"]
    rows.evaluate_all("([, ...others]) => others.forEach((row) => row.remove())")
    assert rows.first.bounding_box()["y"] == where


def test_the_next_page_costs_its_html_alone(page, host):
    """Fonts for letters that no page before it had come as well, once."""

    def visit(uri):
        before = len(host.answers)
        page.goto(uri, wait_until="networkidle")
        return host.answers[before:]

    visit(KINDS["home"])
    for uri in (KINDS["lesson"], OTHER_LESSON):
        first, *rest = visit(uri)
        assert first.uri == uri
        assert [answer for answer in rest if not answer.uri.endswith(".woff2")] == []
    assert [answer.status for answer in visit(KINDS["lesson"])] == [304]


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
    expect(page.locator(".md-search-result__item").first).to_be_visible()
    page.keyboard.press("Escape")
    page.locator(".gl-switch").click()
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize(
    ("uri", "says", "home"), [("lessons/gone/", "没有这一页", ""), ("en/gone", "no such page", "en/")]
)
def test_a_missing_page_says_so_wherever_it_would_have_been(page, base_url, uri, says, home):
    assert page.goto(uri).status == 404
    expect(page.locator("h1")).to_contain_text(says)
    page.locator("article a").first.click()
    expect(page).to_have_url(f"{base_url}{home}index.html")
    expect(page.locator(".gl-hero h1")).to_be_visible()
