"""The typography of all that has words: lessons with their headers and figures, the package's words and templates."""

import pytest
import typography
from package_words import PACKAGE, of_file, of_program
from passages import ROOT, sources


def said(passage, found):
    text = passage.words.text
    for position, rule in found:
        around = text[max(0, position - 8) : position + 10].replace("\n", " ")
        yield f"{passage.words.at(position)}: {rule}: …{around}…"


def in_prose(source):
    for halves in [*map(source.halves, source.pairs), *source.header()]:
        yield from said(halves["zh"], typography.chinese(halves["zh"].words.text))
        for position, rule in typography.emphasis(halves["zh"].text):
            line = halves["zh"].line + halves["zh"].text.count("\n", 0, position)
            yield f"{source.name}:{line}: {rule}: {halves['zh'].text[position : position + 20]!r}"
        yield from said(halves["en"], typography.english(halves["en"].words.text))


def in_program(program, name, line=0):
    for language, passage in of_program(program, name, line):
        yield from judged(language, passage)


def judged(language, passage):
    """In the words of a program a value may be anything, also Chinese."""
    if language == "zh":
        yield from said(passage, typography.chinese(passage.words.text, values_are_numbers=False))
    else:
        yield from said(passage, typography.english(passage.words.text))


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.name)
def test_a_source(source):
    found = list(in_prose(source))
    for cell in source.code:
        found += in_program(cell.source, source.name, cell.line)
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("path", PACKAGE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_package(path):
    found = [each for language, passage in of_file(path) for each in judged(language, passage)]
    assert not found, "\n" + "\n".join(found)
