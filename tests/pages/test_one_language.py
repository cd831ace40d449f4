"""No word of the other language on a page: not in its text, its figures and what replaces them, nor in the search.

A Chinese page holds Latin words, names and terms, but no run of English. What is marked with the other language's
`lang` is meant: the way there, and the glossary's words.
"""

import json
import re

import pytest
from bs4 import BeautifulSoup, Tag
from test_site import PAGES

HAN = re.compile("[\u3400-\u9fff]+")
#: A run of English: words in a row, with a small one among them.
SMALL = re.compile(r"\b(a|an|the|of|is|are|was|to|in|with|each|from|these|this|that|at|by|for|and|or|not|no|but|it)\b")
WORDS = re.compile(r"\b(?:[A-Za-z][a-z']+|a)(?: (?:[A-Za-z][a-z']+|a)){2,}\b")
#: Code and what it printed are the same in both languages: tests/course holds their words. Formulas are letters.
NO_WORDS = "code, pre, script, style, template, .arithmatex, .katex, .highlight, .gl-code"
#: Of code, too: Chinese prose has other quotation marks.
STRINGS = re.compile(r'"[a-z_ ]+"')
SPOKEN = ("alt", "title", "aria-label", "placeholder", "summary", "content")
#: A page of signatures: arguments and types, not sentences.
SIGNATURES = ".doc-signature, .doc-heading"


def texts(document, language):
    """Every text a reader may meet, of a page in `language`."""
    other = {"zh": "en", "en": "zh"}[language]
    leave_out = [*document.select(NO_WORDS), *document.select(SIGNATURES), *document.select(f'[lang="{other}"]')]
    silent = {id(each) for each in leave_out}

    def within(element):
        yield from (element[name] for name in SPOKEN if element.get(name))
        for part in element.children:
            if isinstance(part, Tag):
                yield from within(part) if id(part) not in silent else ()
            elif type(part).__name__ in ("NavigableString", "CData") and part.strip():
                yield " ".join(part.split())

    yield from within(document)


def foreign(text, language):
    """Words of the other language."""
    if language == "en":
        return HAN.findall(text)
    return [run for run in WORDS.findall(text) if SMALL.search(run.lower())]


@pytest.mark.parametrize("uri", PAGES)
def test_a_page_speaks_one_language(read, built, uri):
    document, language = read(built / uri), PAGES[uri]
    (switch,) = document.select("a.gl-switch")
    assert switch["lang"] == switch["hreflang"] != language
    found = [(text, words) for text in texts(document, language) if (words := foreign(text, language))]
    assert not found


@pytest.mark.parametrize("uri", PAGES)
def test_figures_say_something_and_in_one_language(read, built, uri):
    document, language = read(built / uri), PAGES[uri]
    for figure in document.select("figure svg:not(svg svg)"):
        said = figure.get("aria-label") or figure.find(["title", "desc"]).get_text()
        assert bool(HAN.search(said)) == (language == "zh"), said
        for label in figure.select("text, title, desc"):
            assert not foreign(label.get_text(" "), language)


def test_the_search_finds_each_language_in_itself(built):
    (path,) = (built / "search").glob("index.*.json")
    index = json.loads(path.read_text(encoding="utf-8"))
    found = [
        (section["location"], words)
        for language in ("zh", "en")
        for section in index[language]["sections"]
        for part in ("title", "within", "text")
        if (words := foreign(STRINGS.sub("", section.get(part, "")), language))
    ]
    assert not found


PAGE = """<html lang="zh"><head><meta name="description" content="梯度"></head><body>
<p>用 SymPy autograd torch 推导，<code>what is the loss</code><span lang="en">rate of the learning</span></p>
<figure><svg aria-label="曲线"><text>损失</text></svg><figcaption>图</figcaption></figure>
<details><summary>看</summary></details><pre>no grad for this</pre></body></html>"""


@pytest.mark.parametrize(
    ("language", "right", "wrong"),
    [
        ("zh", "曲线", "the loss of each step"),
        ("zh", "<text>损失", "<text>loss at each step"),
        ("zh", "图<", "what is shown here<"),
        ("zh", "看<", "how to read<"),
        ("zh", 'content="梯度"', 'content="where the gradient goes"'),
        ("en", "<text>", "<text>损"),
        ("en", 'aria-label="', 'aria-label="图'),
    ],
)
def test_a_word_of_the_other_language_is_found(language, right, wrong):
    page = PAGE if language == "zh" else re.sub(HAN, "", PAGE).replace('lang="zh"', 'lang="en"')
    document, mistaken = (BeautifulSoup(each, "html.parser") for each in (page, page.replace(right, wrong)))
    assert [any(foreign(text, language) for text in texts(each, language)) for each in (document, mistaken)] == [
        False,
        True,
    ]
