"""A page shows a derivation once, and what it leaves out can be put back."""

import re
from copy import deepcopy

import pytest
from lxml import html as lxml_html
from lxml.html.builder import DIV

import derivations as dv
from derivations.display.derivation import derivation_html
from derivations.pages.languages import LANGUAGES
from derivations.pages.shown_once import shown_once

#: What the cells of a page may show, one after the other.
SHOWN = {
    "the lemma first": [("outputs", dv.CrossEntropy()), ("weight", dv.CrossEntropy())],
    "the lemma last": [("weight", dv.CrossEntropy()), ("outputs", dv.CrossEntropy())],
    "the same again": [("bias", dv.MSE())] * 2,
    "two of each": [(wrt, loss) for wrt in ("weight", "bias") for loss in (dv.MSE(), dv.CrossEntropy())],
}


def put_back(page):
    """Replace each link by what it leads to, which stands further up."""
    page = lxml_html.fromstring(page)
    passed = {}
    for element in list(page.iter()):
        if name := element.attrib.pop("id", None):
            passed[name] = element
        if element.get("class") == "gl-again":
            link = element.find("a")
            derivation = passed[link.get("href").removeprefix("#")]
            derivation = derivation.find("div") if derivation.tag == "details" else derivation
            what = link.text.replace("（上文已推导）", "").replace(" (derived above)", "")
            folded = lxml_html.fragment_fromstring(f'<details class="gl-lemma"><summary>{what}</summary></details>')
            folded.append(deepcopy(derivation))
            element.getparent().replace(element, folded)
    return page


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
@pytest.mark.parametrize("shown", SHOWN.values(), ids=SHOWN)
def test_a_link_stands_for_what_it_leads_to(shown, language):
    bodies = [derivation_html(dv.derive(loss, wrt), language.code) for wrt, loss in shown]
    whole = "<p>…</p>".join(["", *bodies, ""])
    page = shown_once(f"<div>{whole}</div>", language)
    folded = lxml_html.fromstring(re.sub(r' id="\S+"', "", page)).findall(".//details[@class='gl-lemma']/div")
    assert len(page) < len(whole)
    assert len(folded) == len({lxml_html.tostring(each, with_tail=False) for each in folded})
    assert lxml_html.tostring(put_back(page)) == lxml_html.tostring(DIV(*lxml_html.fragments_fromstring(whole)))


def test_what_is_shown_once_stays_as_it_is():
    bodies = [derivation_html(dv.derive(loss, "outputs"), "en") for loss in (dv.MSE(), dv.CrossEntropy())]
    page = shown_once("".join(bodies), LANGUAGES[1])
    assert "gl-again" not in page
    assert page.count(' id="derivation-') == page.count('class="gl-derivation"')
