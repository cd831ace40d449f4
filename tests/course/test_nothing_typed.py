"""No number in prose, in a header or in the words of a figure is typed: it comes from `{{ }}` or a formatted string.

A decimal, a percentage or a power of ten is a result, or may become one. So is an integer beyond ten, unless it stands in
the source's own code: then it was chosen there. Integers within formulas and years are what they are. A code span may quote
what stands in the source's code, or an option with its value.
"""

import ast
import re

import pytest
from passages import CODE, FORMULA, Passage, sources, strings

#: What may be typed wherever it is needed, and why.
ALLOWED = {
    "0.7567": "the loss that an article prints, which is quoted and refuted",
    "50 digits": "how precisely the judge computes where rational numbers do not reach: its name",
    "50 位": "the same in Chinese",
}
OPTIONS = ("lr", "momentum", "dampening", "weight_decay", "betas", "eps", "label_smoothing")
_ALLOWED = re.compile("|".join(map(re.escape, ALLOWED)))
_RESULT = re.compile(
    r"""(?<![\w.])\d[\d,]*\.\d+(?![\w.]*\w\.)      # a decimal, but not a version
    | (?<![\w.])\d+\.\d+(?:\.\d+)+                 # nor is a version typed
    | \d\s*(?:%|％|‰|\\%)                          # a percentage
    | (?<!\w)\d+(?:\.\d+)?[eE][+-]?\d+(?!\w)       # 1e-7
    | 10[⁻⁰¹²³⁴-⁹]+ | 10\^\{?-                     # 10⁻⁷
    """,
    re.VERBOSE,
)
_INTEGER = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?![\w,])|(?<![\w.])\d+(?![\w.]*\w)")
_YEAR = re.compile(r"(?:19|20)\d\d")
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


def chosen(program):
    """The integers that a program's own lines hold, as they are or as 1e4."""
    constants = [node.value for node in ast.walk(ast.parse(program)) if isinstance(node, ast.Constant)]
    return {int(each) for each in constants if isinstance(each, int | float) and each == each // 1}


def close(text):
    return "".join(text.split())


def quotes_code(span, program):
    """Is a code span something that the program says, or an option with its value?"""
    inside = close(span.strip("`"))
    return (
        inside in close(program)
        and not re.fullmatch(r"[\d.,]+", inside)
        or not any(results(_OPTION.sub("", span.strip("`"))))
    )


def in_prose(passage, program):
    numbers = chosen(program)
    words = passage.words
    for position, number in [*results(words.text), *integers(words.text, numbers)]:
        yield f"{words.at(position)}: {number} is typed; print it with {{{{ }}}}"
    for piece in passage.pieces:
        if piece.kind in ("formula", "display"):
            for _, number in results(re.sub(r"\{\{.*?\}\}", "", piece.text)):
                yield f"{passage.where}:{piece.line}: {number} is typed in the formula {piece.text}"
        if piece.kind == "code" and not quotes_code(re.sub(r"\{\{.*?\}\}", "", piece.text), program):
            yield f"{passage.where}:{piece.line}: {piece.text} is a number that the code of this source does not hold"


def in_strings(source):
    for string, around in source.strings():
        number_itself = isinstance(around, ast.Call) and re.fullmatch(r"\s*[-+\d./e]+\s*", string.text)
        if not number_itself:
            for _, number in results(string.text):
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
