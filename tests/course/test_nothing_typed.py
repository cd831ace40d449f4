"""No number in prose, in a header or in a figure's words is typed: it comes from `{{ }}` or a formatted string.

A decimal, a percentage or a power of ten is a result, or may become one. So is an integer beyond ten, unless it stands
in the source's own code: then it was chosen there. Integers within formulas, and years, are what they are. A code span
may quote what stands in the source's code, or an option with its value.
"""

import ast
import re

import pytest
from passages import sources

#: What may be typed wherever it is needed, and why.
ALLOWED = {
    "0.7567": "the loss that an article prints, which is quoted and refuted",
    "50 digits": "how precisely the judge computes where rational numbers do not reach: its name",
    "50 位": "the same in Chinese",
    "-100": "what torch takes for ignore_index when it is left out",
}
OPTIONS = ("lr", "momentum", "dampening", "weight_decay", "betas", "eps", "label_smoothing")
_ALLOWED = re.compile("|".join(map(re.escape, ALLOWED)))
_RESULT = re.compile(
    r"""(?<![A-Za-z0-9_.])\d[\d,]*\.\d+(?!\.?\d)   # a decimal; a version has three parts
    | \d\s*(?:%|％|‰|\\%)                          # a percentage
    | (?<![A-Za-z0-9_])\d+(?:\.\d+)?[eE][+-]?\d+   # 1e-7
    | 10[⁻⁰¹²³⁴-⁹]+ | 10\^\{?-                     # 10⁻⁷
    """,
    re.VERBOSE,
)
_INTEGER = re.compile(r"(?<![A-Za-z0-9_.,])(?:\d{1,3}(?:,\d{3})+|\d+)(?![A-Za-z0-9_]|[.,]\d)")
_YEAR = re.compile(r"(?:19|20)\d\d")
_FIELD = re.compile(r"\{[^{}]*\}|%[-+ 0#]*\d*\.\d+[a-z]")  # what a format prints into
_OPTION = re.compile(rf"(?:{'|'.join(OPTIONS)})\s*=\s*(?:\([^()]*\)|[\d.e-]+)")


def results(text):
    """Where a text has a number that was typed and looks computed."""
    text = _ALLOWED.sub(lambda match: " " * len(match[0]), text)
    yield from ((match.start(), match[0]) for match in _RESULT.finditer(text))


def integers(text, chosen):
    """Where it has an integer beyond ten that is not `chosen` in the code."""
    text = _ALLOWED.sub(lambda match: " " * len(match[0]), text)
    for match in _INTEGER.finditer(text):
        number = int(match[0].replace(",", ""))
        if number > 10 and number not in chosen and not _YEAR.fullmatch(match[0]):
            yield match.start(), match[0]


def constants(program):
    """The numbers that a program's own lines hold."""
    values = (node.value for node in ast.walk(ast.parse(program)) if isinstance(node, ast.Constant))
    return {value for value in values if isinstance(value, int | float)}


def close(text):
    return "".join(text.split())


def is_quoted(span, program):
    """Is a code span something that the program says, or an option with its value?"""
    inside = _OPTION.sub("", re.sub(r"\{\{.*?\}\}", "", span.strip("`")))
    if inside in ALLOWED:
        return True
    if re.fullmatch(r"[-+\d.e]+", inside):
        return ast.literal_eval(inside) in constants(program)
    return close(inside) in close(program) or not any(results(inside))


def in_prose(passage, program):
    numbers = constants(program)
    words = passage.words
    for position, number in [*results(words.text), *integers(words.text, numbers)]:
        yield f"{words.at(position)}: {number} is typed; print it with {{{{ }}}}"
    for piece in passage.pieces:
        if piece.kind in ("formula", "display"):
            for _, number in results(re.sub(r"\{\{.*?\}\}", "", piece.text)):
                yield f"{passage.where}:{piece.line}: {number} is typed in the formula {piece.text}"
        if piece.kind == "code" and not is_quoted(piece.text, program):
            yield f"{passage.where}:{piece.line}: {piece.text} is in no code of this source; print it with {{{{ }}}}"


def in_strings(source):
    """In what code prints or a figure says. `Fraction("0.1")` is handed a number, not words."""
    for string, around in source.strings():
        if isinstance(around, ast.Call) and re.fullmatch(r"[-+\d./e]+", string.text):
            continue
        for _, number in results(_OPTION.sub("", _FIELD.sub("", string.text))):
            yield f"{string.where}:{string.line}: {number} is typed in the string {string.text.strip()!r}"


def problems(source):
    program = "\n".join(cell.source for cell in source.code)
    for passage in source.passages():
        yield from in_prose(passage, program)
    yield from in_strings(source)


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.name)
def test_no_number_is_typed(source):
    found = list(problems(source))
    assert not found, "\n" + "\n".join(found)
