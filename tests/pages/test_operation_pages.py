"""The pages of operations: each registered operation is on one of them, with what it computes and hands on."""

import ast
from collections import Counter
from pathlib import Path

import pytest
from lxml.html import fragment_fromstring

from derivations.closed_form import index_latex
from derivations.operations import of_node, registered
from derivations.pages.languages import LANGUAGES
from derivations.pages.operations import PAGES, TWINS, Entry, Names, NodeTable, Operations, module_of
from derivations.pages.search import sections
from derivations.subject import derive

DOCS = Path(__file__).parents[2] / "docs" / "operations"
SHOWN = ("relu", "layer-norm", "mat-mul", "minimum")


def shown_by(page):
    """The modules whose operations a source shows."""
    tree = ast.parse((DOCS / f"{page}.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    return [each.value for call in calls if call.func.id == "Operations" for each in call.args]


def test_every_operation_is_on_one_page():
    assert {page: tuple(shown_by(page)) for page in PAGES} == PAGES
    modules = Counter(module for page in PAGES for module in PAGES[page])
    assert modules == Counter(dict.fromkeys(map(module_of, registered().values()), 1))


def section_of(key, language):
    return fragment_fromstring(Entry(registered()[key]()).html(language.code))


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
@pytest.mark.parametrize("key", SHOWN)
def test_a_section_has_what_follows_from_the_class(key, language):
    operation, section = registered()[key](), section_of(key, language)
    assert section.xpath("./h3/@id") == [key]
    text = section.text_content()
    assert all(name in text for name in operation.nodes)
    assert operation.corner[language.code][1:] in text
    formulas = [each.text for each in section.xpath(".//div[@class='arithmatex']")]
    twin = key in TWINS
    for wrt in operation.wrt:
        assert (f"\\[{index_latex(derive(operation, wrt))}\\]" in formulas) is not twin
    assert len(section.xpath(".//pre")) == (0 if twin else len(operation.wrt))
    assert section.xpath("./p/a/@href") == ([f"#{TWINS[key]}"] if twin else [])


def test_shares_of_a_twin_stand_on_its_page():
    kinds = registered()
    assert all(module_of(kinds[key]) == module_of(kinds[other]) for key, other in TWINS.items())


def test_operations_are_found_by_their_names_and_those_of_nodes():
    html = f'<h2 id="of">Of</h2><div class="gl-out">{Operations("distances").html("en")}</div><p>After</p>'
    found = {each["location"]: each for each in sections(html, "operations/", "Operations", str)}
    assert found["operations/#cdist"]["within"] == "Of"
    assert "CdistBackward0" in found["operations/#cdist"]["text"]


def test_every_node_leads_to_its_operations():
    table = fragment_fromstring(NodeTable().html("en"))
    links = {item.find("code").text_content(): item.xpath("./a/@href") for item in table}
    for name, found in links.items():
        assert [link.rpartition("#")[2] for link in found] == [Entry(kind()).key for kind in of_node(name)]
    assert {link.partition("/")[0] for found in links.values() for link in found} == {*PAGES}
    assert Names(["SinBackward0"]).text("zh") == "SinBackward0"
