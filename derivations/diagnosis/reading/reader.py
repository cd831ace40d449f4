"""Which of the languages a text is in, and what it was read as."""

from __future__ import annotations

import keyword
import re
import textwrap
from dataclasses import dataclass

from ...words import Words
from .errors import NotUnderstood, Place
from .mathematics import Mathematics
from .names import INDICES, LETTERS, letters_of
from .nodes import Assign, Node, Result, Statements, expressions
from .python import read_python
from .written import formula, latex, written

#: How many characters are read at most.
LONGEST = 4000

_LATEX = re.compile(r"\\[A-Za-z({\[]|[∑Σᵀ⊤·×⊙∘√∇₀-₉ₐ-ₜᵢⱼ²³𝟙−]|\^\s*\{?\s*(?:T\b|\\top)")
#: p_nj, sum_n, x_{nm}, delta_jk: letters below the line.
_SUBSCRIPT = re.compile(r"(?<![A-Za-z0-9_])([A-Za-zΑ-ωŶŷ]+)_(\{|[a-z]{1,3}(?![A-Za-z0-9_]))")
_LEFT_SIDE = re.compile(r"^\s*(?:d|∂)\s*\w*\s*/\s*(?:d|∂)\s*\w+\s*=(?!=)")
_STATEMENT = re.compile(r"^\s*(?:def|return|for|if|import|from|lambda)\b|[-+*/@]=|\w\s*=(?!=)[^,)]*$", re.MULTILINE)
_MARKS = (("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"), ("$", "$"), ("```python", "```"), ("```", "```"), ("`", "`"))


@dataclass(frozen=True)
class Reading:
    """What a text was read as: `statements`, from the `source` without what surrounds it.

    - `language`: "python" or "mathematics".
    - `text`: the formula written back, in one way that cannot be misread; `latex`: "" where it is a program.
    - `notes`: where another reading may have been meant, in both languages.
    """

    source: str
    language: str
    statements: Statements
    notes: tuple[Words, ...] = ()

    @property
    def formula(self) -> Node | None:
        """The formula, where the text is nothing else."""
        match self.statements:
            case (Result(value),) | (Assign(Node(kind="name"), value),):
                return value
        return None

    @property
    def text(self) -> str:
        return written(self.statements)

    @property
    def latex(self) -> str:
        return latex(self.formula) if self.formula else ""


def read(text: object) -> Reading:
    """What a reader typed, as statements. Raises NotUnderstood, which says where and why."""
    if not isinstance(text, str):
        raise NotUnderstood("not text", type(text).__name__)
    source = stripped(text)
    try:
        return _read(source)
    except NotUnderstood as wrong:
        raise wrong.within(source) from None
    except (RecursionError, MemoryError):
        raise NotUnderstood("too deep", source=source) from None


def stripped(text: str) -> str:
    """The text without dollars, fences and common indentation, at most LONGEST characters long."""
    if len(text) > LONGEST:
        raise NotUnderstood("too long", limit=str(LONGEST))
    source = textwrap.dedent(text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(4)).strip("\n").rstrip()
    source = source if "\n" in source else source.strip()
    for left, right in _MARKS:
        if len(source) > len(left) + len(right) and source.startswith(left) and source.endswith(right):
            source = textwrap.dedent(source[len(left) : -len(right)]).strip("\n").rstrip()
            source = source if "\n" in source else source.strip()
            break
    if not source:
        raise NotUnderstood("empty")
    return source


def _read(source: str) -> Reading:
    bare = _LEFT_SIDE.sub(lambda found: " " * len(found[0]), source) if "\n" not in source else source
    if is_mathematics(bare):
        return _mathematics(source)
    try:
        shift = len(bare) - len(bare.lstrip()) if bare != source else 0
        python = read_python(bare[shift:], shift)
    except SyntaxError as wrong:
        return _after_syntax_error(source, wrong)
    except ValueError as wrong:
        if isinstance(wrong, NotUnderstood):
            if "\n" not in source and wrong.kind == "grammar" and not _STATEMENT.search(source):
                return _or(source, wrong)
            raise
        raise NotUnderstood("syntax", "\\0") from None  # a null character
    if not python:
        raise NotUnderstood("result")
    if "\n" not in source and any(_beside(node) for expression in expressions(python) for node in expression.walk()):
        return _or(source, NotUnderstood("syntax", source[:20], Place()))
    return Reading(source, "python", python)


def _or(source: str, wrong: NotUnderstood) -> Reading:
    """What is no Python may be mathematics: 2(Z - Y)/(NC)."""
    try:
        found = _mathematics(source)
    except NotUnderstood:
        raise wrong from None
    if any(
        node.kind == "name" and keyword.iskeyword(node.word)
        for expression in expressions(found.statements)
        for node in expression.walk()
    ):
        raise wrong from None
    return found


def _beside(node: Node) -> bool:
    """NC(Z - Y): no call, but a product."""
    return node.kind == "call" and (node.word in LETTERS or letters_of(node.word) is not None)


def _after_syntax_error(source: str, wrong: SyntaxError) -> Reading:
    text = (wrong.text or "").rstrip("\n")
    column = max(1, wrong.offset or 1)
    if "**" not in source:  # what Python was given has ** for each ^
        column -= text[: column - 1].count("**")
        text = text.replace("**", "^")
    place = Place(wrong.lineno or 1, column)
    found = text[column - 1 : column + 10].strip() or text.strip()[:20]
    refused = NotUnderstood("syntax" if found else "incomplete", found, place)
    if "\n" in source or re.match(r"\s*(?:def|for|if|lambda|return)\b", source):
        raise refused from None
    return _mathematics(source)


def _mathematics(source: str) -> Reading:
    parser = Mathematics(source)
    node = parser.whole()
    return Reading(
        source, "mathematics", (Result(node, returns=False),), tuple(_note(*each) for each in parser.divisions)
    )


def _note(divisor: Node, factor: str) -> Words:
    below = formula(divisor)
    return Words(
        f"/{below}{factor} 读作“除以 {below}，再乘 {factor}”；要除以两者之积，请写 /({below} {factor})。",
        f"/{below}{factor} is read as: divided by {below}, then times {factor}. "
        f"To divide by both, write /({below} {factor}).",
    )


def is_mathematics(text: str) -> bool:
    """LaTeX, signs that Python does not have, or letters below the line."""
    if re.search(r"(?m)^\s*(?:def|return|for|if|import|from|lambda)\b", text):
        return False
    if _LATEX.search(text):
        return True
    if "\n" in text or _STATEMENT.search(text.split("=", 1)[1] if "=" in text else ""):
        return False
    return any(_is_indexed(*found.groups()) for found in _SUBSCRIPT.finditer(text)) or _is_powered(text)


def _is_indexed(base: str, below: str) -> bool:
    if base in ("sum", "delta", "mean") or below == "{":
        return True
    if len(base) > 1 and base not in ("σ", "μ", "mu", "sigma", "weight", "softmax"):
        return False
    return all(each in INDICES for each in below)


def _is_powered(text: str) -> bool:
    """^ is a power; in Python it would bind more loosely than a sum."""
    return "^" in text and "**" not in text
