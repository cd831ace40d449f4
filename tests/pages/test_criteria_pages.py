"""The ledger's pages follow from the criteria that are registered: a new one has its page, and nobody wrote it down."""

import re
from dataclasses import dataclass

import pytest
import torch
from bs4 import BeautifulSoup
from sympy import Abs

from derivations import ledger
from derivations.closed_form import index_latex
from derivations.losses import registry
from derivations.losses.declared import FAMILIES
from derivations.losses.entries import ElementwiseLoss
from derivations.pages import letters
from derivations.pages.atlas import address, criteria, loss_of_one, often_defined
from derivations.pages.ledger_pages import ledger_navigation, ledger_pages, ledger_uris
from derivations.pages.navigation import expanded
from derivations.wording import Words

PREFIXES = {"zh": "", "en": "en/"}


@dataclass(frozen=True, kw_only=True)
class CubeLoss(ElementwiseLoss):
    """What somebody adds later on."""

    torch_name = "CubeLoss"
    family = "geometry"
    called = Words("立方误差", "cubed error")
    about = Words("回归：更在意大误差", "regression: mostly large errors")

    def of_entry(self, z, y, at):
        return Abs(z - y) ** 3


@pytest.fixture
def added(monkeypatch):
    """CubeLoss is registered, in a module of that name, for as long as a test runs."""
    monkeypatch.setitem(registry._REGISTERED, CubeLoss.torch_name, CubeLoss)
    monkeypatch.setattr(CubeLoss, "__module__", "derivations.losses.cube")


@pytest.fixture(scope="module")
def manifest():
    """Of cross-entropy alone: a criterion may be without accounts."""
    entry = next(each for each in ledger.entries() if each.criterion == "CrossEntropyLoss")
    return ledger.manifest([entry], (torch.float32,))


def opened(pages, uri):
    return BeautifulSoup(pages[uri], "html.parser")


@pytest.mark.parametrize("lang", PREFIXES)
def test_a_new_criterion_has_a_page_a_place_in_the_navigation_and_a_line_in_the_overview(added, manifest, lang):
    uri = f"{PREFIXES[lang]}ledger/cube.md"
    assert uri in ledger_uris()
    families = ledger_navigation()[f"{PREFIXES[lang]}ledger/*"]
    family = FAMILIES["geometry"][lang]
    (listed,) = [pages for each in families for title, pages in each.items() if title.lower() == family]
    assert {"CubeLoss": uri} in listed
    pages = ledger_pages(manifest, "ledger.json")
    (cube,) = [each for each in criteria() if each.file == "cube"]
    page, overview = opened(pages, uri), opened(pages, f"{PREFIXES[lang]}ledger/index.md")
    assert CubeLoss.called[lang].lower() in page.get_text().lower()
    assert CubeLoss.about[lang].lower() in page.get_text().lower()
    assert page.select_one(".gl-at-a-glance svg desc").get_text() == cube.picture.alt(lang)
    (row,) = [each for each in overview.select(".gl-atlas tr[data-words]") if "(cube.md)" in each.th.get_text()]
    for formula in (cube.loss, f"{cube.gradient_of} = {cube.gradient}"):
        assert formula in row.get_text()
        assert formula in page.get_text()
    for looked_for in ("cubeloss", "立方误差", "cubed error", "mostly large errors", "更在意大误差", "几何"):
        assert looked_for in row["data-words"]


def test_formulas_are_the_derivation_s(manifest):
    """First entry by entry, then with whole arrays."""
    pages = ledger_pages(manifest, "ledger.json")
    for each in criteria():
        assert f"{each.gradient_of} = {each.gradient}" == index_latex(each.derivation)
        text = opened(pages, f"ledger/{each.file}.md").select_one(".gl-at-a-glance").get_text()
        places = [text.index(formula) for formula in (each.loss, each.gradient, each.matrix) if formula]
        assert places == sorted(places)


LOSSES = {
    "mse": r"\ell_{ij} := (Z_{ij} - Y_{ij})^{2}",
    "cross_entropy": r"\ell_{i} := -\log P_{i,\,y_{i}}",
    "nll": r"\ell_{i} := -Q_{i,\,y_{i}}",
    "bce": r"\ell_{ij} := -Y_{ij}\,\log \sigma_{ij} - (1 - Y_{ij})\,\log (1 - \sigma_{ij})",
}


def test_the_loss_of_one_entry_or_row():
    shown = {each.file: loss_of_one(each.plain) for each in criteria() if each.file in LOSSES}
    assert shown == LOSSES


def test_addresses_are_those_of_modules_and_tell_criteria_of_one_module_apart():
    first = type("First", (), {"__module__": "losses.one"})
    second = type("SecondOfTwo", (), {"__module__": "losses.two"})
    third = type("Third", (), {"__module__": "losses.two"})
    assert [address(each, [first, second, third]) for each in (first, second, third)] == [
        "one",
        "second_of_two",
        "third",
    ]
    files = [each.file for each in criteria()]
    assert len(set(files)) == len(files)
    assert all(re.fullmatch(r"[a-z0-9_]+", file) for file in files)


def test_every_criterion_says_what_it_is_for():
    for each in criteria():
        assert each.kind.family in FAMILIES
        assert re.search(r"[\u4e00-\u9fff]", each.purpose.zh)
        assert each.purpose.en


def test_the_table_of_letters_has_those_of_criteria_and_of_penalties():
    """Each once, with what has it; torch has no name for the strength of an L1 penalty."""
    shown = {letter: (name, kinds) for letter, name, kinds in letters.declared()}
    options = {(option.letter, option.name) for each in criteria() for option in each.kind.declared if option.letter}
    assert options <= {(letter, name) for letter, (name, _) in shown.items()}
    assert shown["lambda"] == ("strength", ["ZLoss", "L2Penalty", "ElasticNet"])
    assert shown["lambda_1"] == ("", ["L1Penalty", "ElasticNet"])
    for lang in PREFIXES:
        rows = [row.get_text() for row in BeautifulSoup(letters.Letters().html(lang), "html.parser").select("tbody tr")]
        assert len(rows) == len(shown)
        assert r"\(\lambda_{1}\)–L1Penalty ElasticNet" in rows


def test_what_is_said_of_an_option_does_not_repeat_its_name():
    for each in criteria():
        for name, words in each.options.items():
            for lang in PREFIXES:
                assert words[lang]
                assert not words[lang].startswith(name)


def test_a_page_defines_what_its_formulas_use():
    """But for numbers, and for what the criterion is called with."""
    defined = {each.file: each.where for each in criteria()}
    assert defined["mse"] == ()
    assert defined["multi_margin"] == (r"H_{nc} := (1 - \delta_{c,\,y_{n}})\,[Z_{nc} + \rho > Z_{n,\,y_{n}}]",)
    assert [each.partition(" ")[0] for each in defined["triplet_margin_with_distance"]] == [
        "{F^{+}_{n}}",
        "{F^{-}_{n}}",
    ]
    assert often_defined(criteria()) == (*defined["bce"], *defined["cross_entropy"])


NAV = [{"zh": ["index.py", {"账本": ["a.md", "ledger/*", "b.md"]}]}, "nothing/*"]


def test_a_pattern_of_the_navigation_stands_for_pages_and_for_none_where_there_are_none():
    assert expanded(NAV, {"ledger/*": [{"x": "x.md"}]}) == [
        {"zh": ["index.py", {"账本": ["a.md", {"x": "x.md"}, "b.md"]}]}
    ]
    assert expanded(NAV, {}) == [{"zh": ["index.py", {"账本": ["a.md", "b.md"]}]}]
    assert expanded(None, {}) is None
