"""Whoever looks for a loss finds its page: in the overview, and by search, under its names and by what it is for."""

import pytest

from derivations.losses.registry import registered
from derivations.pages.atlas import criteria
from derivations.pages.languages import LANGUAGES as ALL

LANGUAGES = {each.code: each for each in ALL}


@pytest.fixture(scope="session")
def results(found_on_site):
    """The addresses of the pages that a query finds on the real site, best first."""

    def of_queries(queries):
        return [[pages[0]["location"].partition("#")[0] for pages in each] for each in found_on_site(queries)]

    return of_queries


def address(criterion, language):
    return f"{LANGUAGES[language].prefix}ledger/{criterion.file}/"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_overview_leads_to_every_criterion(built, read, language):
    """By family, each with its formulas, its gradient, its picture, and every option it has."""
    page = read(built / LANGUAGES[language].prefix / "ledger" / "index.html")
    rows = page.select(".gl-atlas tr[data-words]")
    assert [row.th.a["href"] for row in rows] == [f"{each.file}/" for each in criteria()]
    assert [each.kind for each in criteria()] == list(registered())
    for row, criterion in zip(rows, criteria(), strict=True):
        formulas = [each.get_text() for each in row.select("annotation")]
        assert formulas[0] == criterion.loss
        assert f"{criterion.gradient_of} = {criterion.gradient}" in formulas
        options = [each.get_text() for each in row.select("th > small > code")]
        assert options == [option.name for option in criterion.kind.declared]
        assert row.select_one("svg desc").get_text() == criterion.small_picture.alt(language)
    families = [each.get_text().strip() for each in page.select(".gl-atlas .gl-family")]
    assert [each.lower() for each in families] == list(dict.fromkeys(each.family[language] for each in criteria()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_search_finds_a_criterion_by_its_name_in_torch(results, language):
    """First, but where a lesson has a section that is named after it, as the traps have one on NLLLoss."""
    names = [(language, each.kind.torch_name) for each in criteria()]
    missed = {
        name: found[:3]
        for (_, name), found, each in zip(names, results(names), criteria(), strict=True)
        if address(each, language) != next(each for each in found if "lessons/" not in each)
    }
    assert missed == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_search_finds_a_criterion_by_what_people_call_it(results, language):
    """Two may be called the same; a lesson may be about it."""
    named = [each for each in criteria() if each.kind.called[language]]
    queries = [(language, each.kind.called[language]) for each in named]
    missed = {
        query: found[:3]
        for (_, query), found, each in zip(queries, results(queries), named, strict=True)
        if address(each, language) not in found[:3]
    }
    assert missed == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_search_finds_a_criterion_by_its_purpose_and_its_family(results, language):
    """Two may be for the same, as those of logits are: then one of them is second."""
    queries = [(language, each.purpose[language]) for each in criteria()]
    missed = {
        query: found[:3]
        for (_, query), found, each in zip(queries, results(queries), criteria(), strict=True)
        if address(each, language) not in found[:2]
    }
    assert missed == {}
    queries = [(language, f"{each.family[language]} {each.kind.torch_name}") for each in criteria()]
    firsts = [found[0] for found in results(queries)]
    assert firsts == [address(each, language) for each in criteria()]
