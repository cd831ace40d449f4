"""The typography of all that has words: lessons with their headers and figures, the package's words and templates."""

import ast
import re

import pytest
import typography
from passages import HAN, ROOT, VALUE, Passage, pairs_in, sources, strings, text_of

PROGRAMS = sorted((ROOT / "derivations").rglob("*.py"))
TEMPLATES = sorted((ROOT / "derivations").rglob("*.j2"))
#: What stands in a template's words where a statement was.
STATEMENT = "\ue003"
_HAN = re.compile(f"[{HAN}]")
_FIELD = re.compile(r"\{[^{}]*\}")
_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


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
    """Strings with Han in them; and what stands after one in a tuple or a call, which is its English."""
    for string in strings(program):
        if _HAN.search(string.text):
            passage = Passage(_FIELD.sub(VALUE, string.text), name, line + string.line)
            yield from said(passage, typography.chinese(passage.words.text, values_are_numbers=False))
    for node in ast.walk(ast.parse(program)):
        for _, en in pairs_in(node):
            passage = Passage(_FIELD.sub(VALUE, text_of(en)), name, line + en.lineno)
            yield from said(passage, typography.english(passage.words.text))


def in_template(text, name):
    """Words between Jinja's marks, and within them those in quotes."""
    quoted = [
        (text.count("\n", 0, mark.start() + each.start()), each[1])
        for mark in _JINJA.finditer(text)
        if not mark[0].startswith("{#")
        for each in _QUOTED.finditer(mark[0])
    ]
    plain = _JINJA.sub(
        lambda mark: (VALUE if mark[0].startswith("{{") else STATEMENT) + "\n" * mark[0].count("\n"), text
    )
    for at, words in [*quoted, *enumerate(plain.splitlines())]:
        passage = Passage(words.strip(), name, at + 1)
        if _HAN.search(words):
            yield from said(passage, typography.chinese(passage.words.text, values_are_numbers=False))
        elif re.search(r"[a-z]", passage.words.text):
            yield from said(passage, typography.english(passage.words.text))


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.name)
def test_a_source(source):
    found = list(in_prose(source))
    for cell in source.code:
        found += in_program(cell.source, source.name, cell.line)
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("path", [*PROGRAMS, *TEMPLATES], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_package(path):
    read = in_program if path.suffix == ".py" else in_template
    found = list(read(path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix()))
    assert not found, "\n" + "\n".join(found)
