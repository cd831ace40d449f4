"""The search box, as a reader uses it: with a keyboard, an input method, a phone."""

import re
from urllib.parse import unquote

import pytest
from kinds import PHONE
from playwright.sync_api import expect
from waiting import until

RESULTS = ".md-search-result__item"


@pytest.fixture
def requests(page, base_url):
    """What the page asks its server for, from now on: the paths, with digests left out."""
    paths = []
    page.on(
        "request", lambda request: paths.append(re.sub(r"\.[0-9a-f]{8}\.", ".*.", request.url.removeprefix(base_url)))
    )
    return paths


def search(page, words):
    """Open the box and enter words as an input method does, which presses no keys."""
    page.keyboard.press("/")
    page.keyboard.insert_text(words)
    expect(page.locator(RESULTS).first).to_be_visible()


def test_nothing_but_a_small_worker_is_fetched_before_the_first_word(page, requests):
    page.goto("en/", wait_until="networkidle")
    assert [path for path in requests if "search" in path] == ["search/worker.*.js"]
    requests.clear()
    search(page, "gradients")
    assert sorted(requests) == ["search/engine.*.js", "search/index.*.json", "search/stemmer.*.js"]


@pytest.mark.parametrize(("uri", "words", "own", "other"), [("", "gloo", "zh", "en"), ("en/", "gloo", "en", "zh")])
def test_the_readers_language_comes_first_and_the_other_one_says_which_it_is(page, uri, words, own, other):
    page.goto(uri)
    search(page, words)
    foreign = [result.locator("h1 [lang]").count() > 0 for result in page.locator(RESULTS).all()]
    assert foreign == sorted(foreign)
    assert True in foreign
    assert False in foreign
    titles = page.locator(f"{RESULTS} h1 small")
    assert {title.get_attribute("lang") for title in titles.all()} == {other}
    expect(titles.first).to_have_text({"zh": "中文", "en": "English"}[other])


def test_chinese_words_are_found_whole_inside_sentences(page):
    page.goto("")
    for words in ("自动微分", "均方误差", "交叉熵", "标签平滑"):
        search(page, words)
        expect(page.locator(f"{RESULTS} mark").first).to_have_text(words)
        page.keyboard.press("Control+A")


def test_keys(page):
    page.goto("lessons/criterion/")
    box = page.get_by_role("dialog", name="搜索").get_by_role("textbox")
    expect(box).not_to_be_focused()
    search(page, "均方误差")
    expect(box).to_be_focused()
    expect(page.locator(f"{RESULTS} mark").first).to_have_text("均方误差")
    page.keyboard.press("ArrowDown")
    expect(page.locator(f"{RESULTS} a").first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(box).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(RESULTS).first).to_be_hidden()
    expect(box).not_to_be_focused()


def test_enter_goes_to_the_best_result(page):
    page.goto("lessons/loss_backward/")
    search(page, "zero_grad backward step")
    page.keyboard.press("Enter")
    page.wait_for_url("**/lessons/criterion/#*")
    assert page.locator(f"[id='{unquote(page.url.partition('#')[2])}']").is_visible()
    expect(page.locator(RESULTS).first).to_be_hidden()


@pytest.mark.parametrize(
    ("uri", "words", "said"),
    [
        ("", "", "都可以搜"),
        ("", "四元数", "没有找到"),
        ("", "梯度", r"^找到 \d+ 页$"),
        ("en/", "", "English or Chinese"),
        ("en/", "quaternion", "Nothing found"),
        ("en/", "gradient", r"^\d+ pages$"),
    ],
)
def test_the_number_of_results_is_announced(page, uri, words, said):
    page.goto(uri)
    page.keyboard.press("/")
    page.keyboard.insert_text(words)
    expect(page.get_by_role("status")).to_have_text(re.compile(said))


@pytest.mark.parametrize("way", ["tap", "Enter"])
def test_on_a_phone_it_covers_the_page(page, way):
    page.set_viewport_size(PHONE)
    page.goto("")
    opener = page.get_by_role("button", name="搜索")
    if way == "tap":
        opener.click()
    else:
        opener.focus()
        page.keyboard.press("Enter")
    box = page.get_by_role("textbox")
    expect(box).to_be_focused()
    page.keyboard.insert_text("梯度")
    expect(page.locator(RESULTS).first).to_be_in_viewport()
    inner = page.locator(".md-search__inner")
    until(page, "document.querySelector('.md-search__inner').offsetWidth === innerWidth")
    until(page, "document.documentElement.scrollWidth <= innerWidth")
    inner.locator("label[for=__search]").click()
    expect(page.locator(RESULTS).first).to_be_hidden()


def test_the_page_for_what_is_missing_can_search_too(page):
    page.goto("no/such/page/")
    search(page, "梯度")
    page.locator(f"{RESULTS} a").first.click()
    expect(page.locator("article h1")).to_be_visible()
    assert "no/such" not in page.url
