"""One term, one translation: what the glossary says is what all prose does."""

import re

import pytest
from package_words import PACKAGE, of_file, of_program
from passages import HAN, ROOT, sources

from derivations.wording.glossary import GLOSSARY

_HAN = re.compile(f"[{HAN}]")


def pattern(*forms, plural="s?"):
    """Any of these words: Chinese wherever it stands, English as whole words that are no part of code."""
    alternatives = []
    for form in forms:
        words = re.escape(form).replace(r"\ ", r"\s+")
        alternatives.append(words if _HAN.search(form) else rf"(?<![\w.-])(?:{words}){plural}(?![A-Za-z(_=])")
    return re.compile("|".join(alternatives), re.IGNORECASE | re.ASCII)


def forms(term, chinese):
    return [form for form in (term.zh, term.en, *term.also) if chinese or not _HAN.search(form)]


FORBIDDEN = [(term, word, pattern(word, plural="")) for term in GLOSSARY for word in term.avoid]
#: Chinese may keep the English word.
IN = {code: {term: pattern(*forms(term, code == "zh")) for term in GLOSSARY} for code in ("zh", "en")}


def forbidden(passage):
    """Words that the glossary has another word for."""
    text = passage.words.text
    for term, word, found in FORBIDDEN:
        if match := found.search(text):
            instead = term.zh if _HAN.search(word) else term.en
            yield f"{passage.words.at(match.start())}: “{match[0]}”: the glossary says “{instead}”"


def untranslated(halves):
    """Terms that one half uses and the other does not."""
    halves = {code: half.without_reference() for code, half in halves.items()}
    for term in GLOSSARY:
        if term.everyday:
            continue
        found = {code: IN[code][term].search(half.words.text) for code, half in halves.items()}
        for here, there in (("zh", "en"), ("en", "zh")):
            if found[here] and not found[there]:
                at = halves[here].words.at(found[here].start())
                said, missing = found[here][0], getattr(term, there)
                yield f"{at}: “{said}”, but its twin at :{halves[there].line} does not say “{missing}”"


def problems(source):
    for passage in source.passages():
        yield from forbidden(passage)
    for pair in source.pairs:
        yield from untranslated(source.halves(pair))
    for cell in source.code:
        for _, passage in of_program(cell.source, source.name, cell.line):
            yield from forbidden(passage)


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.name)
def test_prose_uses_the_terms_of_the_glossary(source):
    found = list(problems(source))
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("path", PACKAGE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_package_does_too(path):
    if path.parent.name == "glossary" and path.parent.parent.name == "wording":
        return  # it names the words that are to be avoided
    found = [each for _, passage in of_file(path) for each in forbidden(passage)]
    assert not found, "\n" + "\n".join(found)


def test_a_word_has_one_translation():
    for words in ([term.zh for term in GLOSSARY], [term.en for term in GLOSSARY]):
        assert len({*words}) == len(words)
    said = {form for term in GLOSSARY for form in (term.zh, term.en, *term.also)}
    assert not said & {word for term in GLOSSARY for word in term.avoid}
