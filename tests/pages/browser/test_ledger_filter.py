"""A reader of the ledger finds a criterion by its purpose and an entry by its options; the sheet is two pages of A4."""

import re

import pytest
from kinds import DESKTOP, PAGES
from playwright.sync_api import expect

ENTRIES, ENGLISH = "ledger/cross_entropy/", "en/ledger/cross_entropy/"
SHEETS = [PAGES["formula sheet, zh"], PAGES["formula sheet, en"]]


def shown(page):
    """The entries that can be seen, by their links."""
    entries = page.locator(".gl-account")
    return [each.get_attribute("id") for each in entries.all() if each.is_visible()]


def option(page, name):
    """The control for an option."""
    return page.get_by_role("combobox", name=name, exact=True)


def expect_count(page, text):
    """What is said of how many there are, and that it is said to those who cannot see it."""
    count = page.get_by_role("status").filter(has_text=text)
    expect(count).to_be_visible()


def test_choices_leave_the_entries_that_have_them(page):
    page.goto(ENTRIES)
    everything = shown(page)
    expect_count(page, f"{len(everything)} 笔账")
    option(page, "reduction").select_option("sum")
    expect_count(page, f"{len(everything)} 笔账，显示 {len(everything) // 3} 笔")
    assert shown(page) == [entry for entry in everything if entry.startswith("sum")]
    option(page, "weight").select_option("yes")
    option(page, "targets").select_option("indices")
    kept = [entry for entry in everything if entry.startswith("sum-weight")]
    assert shown(page) == kept
    assert kept


def test_the_keyboard_alone_chooses_and_clears(page):
    page.goto(ENGLISH)
    everything = shown(page)
    option(page, "reduction").focus()
    page.keyboard.press("ArrowDown")
    expect_count(page, f"12 of {len(everything)} entries")
    assert {entry.split("-")[0] for entry in shown(page)} == {"mean"}
    page.locator(".gl-filter").get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect_count(page, f"{len(everything)} entries")
    assert shown(page) == everything
    assert "?" not in page.url


def test_the_address_is_the_choice_in_either_language(page):
    page.goto(ENTRIES)
    option(page, "reduction").select_option("none")
    option(page, "label_smoothing").select_option("no")
    assert page.url.endswith("?reduction=none&label_smoothing=no")
    kept, address = shown(page), page.url
    page.reload()
    assert shown(page) == kept
    page.locator(".gl-switch").click()
    page.wait_for_url("**/en/ledger/**")
    assert shown(page) == kept
    page.goto(f"{address}&weight=nonsense&other=kept")
    assert shown(page) == kept
    assert "other=kept" in page.url
    assert "nonsense" not in page.url


def test_contents_list_what_is_shown(page):
    page.set_viewport_size(DESKTOP)
    page.goto(f"{ENGLISH}?targets=probabilities&weight=yes")
    contents = page.get_by_role("navigation", name="On this page").get_by_role("link")
    names = [each.inner_text() for each in contents.all() if each.is_visible()]
    assert names[-3:] == ["Targets are probabilities Y", "weight: class weights", "weight, label_smoothing"]
    assert "Targets are class indices y" not in names


def test_a_link_to_an_entry_leads_there_whatever_was_chosen(page):
    page.goto(f"{ENTRIES}?reduction=sum#mean-weight")
    expect(page.locator("#mean-weight")).to_be_in_viewport()
    assert "reduction" not in page.url
    option(page, "reduction").select_option("sum")
    expect(page.locator("#mean-weight")).to_be_hidden()
    page.evaluate("location.hash = '#none-probabilities-weight'")
    expect(page.locator("#none-probabilities-weight")).to_be_in_viewport()


@pytest.mark.parametrize("at_once", [True, False], ids=["with the page", "on the page"])
@pytest.mark.parametrize("entry", ["sum-weight-ignore_index-label_smoothing", "mean-probabilities-weight"])
def test_a_link_to_an_entry_opens_it_below_the_header(page, entry, at_once):
    page.set_viewport_size(DESKTOP)
    page.goto(f"{ENTRIES}#{entry}" if at_once else ENTRIES)
    if not at_once:
        page.evaluate(f"location.hash = '#{entry}'")
    expect(page.locator(f"#{entry} pre")).to_be_visible()
    page.wait_for_timeout(300)  # what comes into sight is laid out, and nothing moves any more
    header = page.locator(".md-header").bounding_box()
    top = page.locator(f"#{entry}").bounding_box()["y"]
    assert header["height"] <= top <= header["height"] + 40
    assert page.locator(".gl-account details[open]").count() == 1


def test_choices_that_exclude_each_other_are_named(page):
    page.goto(f"{ENGLISH}?targets=probabilities&reduction=sum&ignore_index=yes")
    assert shown(page) == []
    told = page.get_by_role("status").filter(has_text="No entry has")
    expect(told).to_contain_text("targets = probabilities, ignore_index = given")
    assert "reduction" not in told.inner_text()


FOUND = {
    ("ledger/", "回归"): "MSELoss",
    ("ledger/", "huber"): "HuberLoss",
    ("en/ledger/", "positive weights"): None,
    ("en/ledger/", "regression"): "MSELoss",
    ("en/ledger/", "二分类"): "BCEWithLogitsLoss",  # in either language
    ("en/ledger/", "label_smoothing"): "CrossEntropyLoss",
}


@pytest.mark.parametrize(("uri", "asked"), FOUND, ids=" ".join)
def test_a_criterion_is_found_by_its_name_its_purpose_and_its_options(page, uri, asked):
    page.goto(uri)
    rows = page.locator(".gl-atlas tr[data-words]")
    everything = rows.count()
    page.get_by_role("searchbox").last.fill(asked)
    kept = [each.locator("a").inner_text() for each in rows.all() if each.is_visible()]
    told = page.locator(".gl-find output").inner_text()
    if FOUND[uri, asked] is None:
        assert kept == []
        assert f'"{asked}"' in told
    else:
        assert FOUND[uri, asked] in kept
        assert len(kept) < everything
        assert str(len(kept)) in told
    page.reload()
    assert [each.locator("a").inner_text() for each in rows.all() if each.is_visible()] == kept


def test_without_scripts_all_entries_are_shown_and_nothing_that_would_not_work(browser, base_url):
    context = browser.new_context(java_script_enabled=False, base_url=base_url)
    page = context.new_page()
    page.goto(f"{ENTRIES}?reduction=sum")
    assert all(each.is_visible() for each in page.locator(".gl-account").all())
    page.locator(".gl-account summary").first.click()
    expect(page.locator(".gl-account pre").first).to_be_visible()
    for dead in (".gl-filter", ".md-code__button"):
        expect(page.locator(dead).first).to_be_hidden()
    context.close()


def test_the_code_can_be_copied(page, context):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{ENTRIES}#mean-weight")
    entry = page.locator("#mean-weight")
    entry.locator("summary").click()
    entry.locator(".md-code__button").click()
    expect(page.locator(".md-dialog")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == entry.locator("pre").inner_text().strip()
    assert "def gradients" in copied


@pytest.mark.parametrize("uri", SHEETS)
def test_the_sheet_is_two_pages(page, uri):
    page.emulate_media(color_scheme="dark")
    page.goto(uri)
    page.evaluate("document.fonts.ready")
    boxes = re.findall(rb"/MediaBox \[([\d. ]+)\]", page.pdf(prefer_css_page_size=True))
    assert [tuple(round(float(each)) for each in box.split()) for box in boxes] == [(0, 0, 595, 842)] * 2
