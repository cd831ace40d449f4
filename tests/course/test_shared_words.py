"""Code is shared by both languages, and so is what it prints: no string of it holds words of one language.

Names, options and numbers are fine; so are torch's own messages, which are not in the source. Sentences come as pairs,
(zh, en).
"""

import ast
import contextlib
import re

import pytest
from passages import HAN, pairs_in, sources, text_of

_HAN = re.compile(f"[{HAN}]")
_SMALL = (
    "a an the of is are was to in with each from these those this that after before at by for and or all not no but"
)
_WORD = r"[A-Za-z]{1,}(?:'[a-z]+)?"
_SENTENCE = re.compile(rf"(?<![\w.(=-]){_WORD}(?: {_WORD})+(?![\w(=])")


def in_one_language(text):
    """Han, or English words in a row with a small one among them, or more than three."""
    if _HAN.search(text):
        return True
    return any(
        len(words := run[0].lower().split()) > 3 or {*words} & {*_SMALL.split()} for run in _SENTENCE.finditer(text)
    )


def parsed(text):
    """A string that is a program."""
    with contextlib.suppress(SyntaxError):
        return ast.parse(text)


def shared(node):
    """The strings of a program that both languages see: all but docstrings, (zh, en) and what an error says."""
    if isinstance(node, ast.Raise):
        return
    if isinstance(node, ast.Assert):
        node = node.test
    if (text := text_of(node)) is not None:
        if program := "\n" in text and parsed(text):
            yield from ((node.lineno + line - 1, inner) for line, inner in shared(program))
        else:
            yield node.lineno, text
        return
    paired = {part for pair in pairs_in(node) for part in pair}
    body = getattr(node, "body", None)
    if isinstance(body, list) and body and isinstance(body[0], ast.Expr) and text_of(body[0].value) is not None:
        paired.add(body[0])
    for child in ast.iter_child_nodes(node):
        if child not in paired:
            yield from shared(child)


def problems(source):
    for cell in source.code:
        for line, text in shared(ast.parse(cell.source)):
            if in_one_language(text):
                yield f"{source.name}:{cell.line + line}: both languages would see {text.strip()!r}"


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.name)
def test_code_prints_no_sentence(source):
    found = list(problems(source))
    assert not found, "\n" + "\n".join(found)
