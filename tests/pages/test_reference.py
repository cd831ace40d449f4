"""The API page: it lists what the package offers, in both languages, and nothing is imported to make it."""

import inspect
import re
import subprocess
import sys

import pytest
from small_sites import ENVIRONMENT, prose

import derivations as dv
from derivations.derivation import Derivation
from derivations.figures import Figure
from derivations.torch_bridge.auditing.account import Account
from derivations.torch_bridge.auditing.nodes import NodeAccount
from derivations.torch_bridge.certificates.rows import Row
from derivations.torch_bridge.graph.record import Graph

PAGES = {"zh": "api/index.html", "en": "en/api/index.html"}
#: What calls return: each is on the page together with its methods and properties.
RETURNED = {
    "derivations.Explanation": dv.Explanation,
    "derivations.Certificate": dv.Certificate,
    "derivations.Diagnosis": dv.Diagnosis,
    "derivations.derivation.Derivation": Derivation,
    "derivations.figures.Figure": Figure,
    "derivations.torch_bridge.auditing.account.Account": Account,
    "derivations.torch_bridge.auditing.nodes.NodeAccount": NodeAccount,
    "derivations.torch_bridge.certificates.certify.Row": Row,
    "derivations.torch_bridge.graph.record.Graph": Graph,
}
#: What reads the data that as_data returns.
READERS = {"derivations.data.trees.tree", "derivations.data.trees.expression"}
HAN = re.compile("[\u4e00-\u9fff]")


def public_objects():
    names = {f"derivations.{name}" for name in dv.__all__} | RETURNED.keys() | READERS
    for path, kind in RETURNED.items():
        fields = getattr(kind, "__dataclass_fields__", {})
        own = [name for name in vars(kind) if not name.startswith("_") and name not in fields]
        names |= {f"{path}.{name}" for name in own}
    return names


@pytest.fixture(params=PAGES)
def language(request):
    return request.param


@pytest.fixture
def document(read, built, language):
    return read(built / PAGES[language])


def test_the_page_lists_what_the_package_offers(document):
    listed = [heading["id"] for heading in document.select(".doc-heading")]
    assert sorted(listed) == sorted(public_objects())


def test_each_object_is_described_in_the_language_of_the_page(document, language):
    for heading in document.select(".doc-heading"):
        described = "".join(part.get_text() for part in words_below(heading))
        assert len(described) > 10, heading["id"]
        assert bool(HAN.search(described)) == (language == "zh"), heading["id"]


def words_below(heading):
    """What stands between a heading and the next one, without the signature."""
    for part in heading.parent.select(".doc-contents > *"):
        yield part
    for part in heading.parent.find_next_siblings():
        if part.name in ("h2", "h3") or "doc-object" in part.get("class", ()):
            return
        yield part


def test_both_pages_have_the_same_objects_in_the_same_order_with_the_same_signatures(read, built):
    zh, en = (
        [each.get_text() for each in read(built / page).select(".doc-heading, .doc-signature")]
        for page in PAGES.values()
    )
    assert zh == en


@pytest.mark.parametrize("name", ["explain", "derive", "assert_gradient", "CrossEntropy"])
def test_a_signature_names_the_parameters_that_python_knows(document, name):
    signature = document.find(id=f"derivations.{name}").find_next(class_="doc-signature").get_text()
    for parameter in inspect.signature(getattr(dv, name)).parameters:
        assert re.search(rf"\b{parameter}: ", signature)


def test_links_in_signatures_stay_on_the_page(document):
    links = document.select(".doc-signature a")
    assert len(links) > 10
    assert all(document.find(id=link["href"].removeprefix("#")) for link in links)


def test_the_command_prints_its_own_help_in_the_language_of_the_page(document, language):
    usage = {"zh": "用法：derivations", "en": "usage: derivations"}
    told = {code: document.get_text().count(words) for code, words in usage.items()}
    assert told == {
        "zh": 0,
        "en": 0,
        language: 7,
    }  # of all commands, and each: list, show, certify, ledger, check, audit


def test_torch_is_not_imported_to_read_the_package(site):
    site.write(prose("# 题\n\n### ::: derivations.explain"))
    command = [sys.executable, "-X", "importtime", "-m", "mkdocs", "build", "-q"]
    done = subprocess.run(command, cwd=site.root, env=ENVIRONMENT, capture_output=True, encoding="utf-8", timeout=300)
    assert done.returncode == 0, done.stderr
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert {"mkdocs", "griffe"} <= imported
    assert "torch" not in imported
    assert 'id="derivations.explain"' in site.page()


def test_mkdocstrings_is_not_loaded_where_no_page_asks_for_an_object(site):
    site.write(prose("# 题\n\n见 `::: derivations.explain`。"))
    command = [sys.executable, "-X", "importtime", "-m", "mkdocs", "build", "-q"]
    done = subprocess.run(command, cwd=site.root, env=ENVIRONMENT, capture_output=True, encoding="utf-8", timeout=300)
    assert done.returncode == 0, done.stderr
    assert "griffe" not in done.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("### ::: derivations.explian", "derivations.explian"),
        (
            "### ::: derivations.explain\n\n[here][derivations.derive]",
            "index.py: no object of this name is on the page",
        ),
    ],
)
def test_an_object_that_is_not_there_stops_the_build(site, text, said):
    site.write(prose(f"# 题\n\n{text}"))
    done = site.build()
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
