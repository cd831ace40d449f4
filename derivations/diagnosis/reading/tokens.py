"""Mathematics as tokens: numbers, names, LaTeX commands and signs, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import NotUnderstood, Place
from .names import FUNCTIONS, GREEK, WORDS, words

#: Signs of one character that mean what another one, or a command, means.
SIGNS = {
    "−": "-", "–": "-", "÷": "/", "∕": "/", "／": "/", "（": "(", "）": ")", "，": ",", "［": "[", "］": "]",
    "＝": "=", "＋": "+", "＊": "*", "∗": "*", "⊙": "*", "∘": "*", "·": "cdot", "⋅": "cdot", "×": "cdot",
    "∑": "sum", "Σ": "sum", "ᵀ": "ᵀ", "⊤": "ᵀ", "≠": "!=", "𝟙": "indicator", "𝟏": "indicator", "√": "sqrt",
    "∇": "nabla", "∂": "partial",
}  # fmt: skip
COMMANDS = {
    "\\cdot": "cdot", "\\times": "cdot", "\\odot": "*", "\\circ": "*", "\\ast": "*", "\\div": "/", "\\top": "ᵀ",
    "\\intercal": "ᵀ", "\\neq": "!=", "\\ne": "!=", "\\sum": "sum", "\\sqrt": "sqrt", "\\lvert": "|", "\\rvert": "|",
    "\\vert": "|", "\\{": "(", "\\}": ")", "\\lbrace": "(", "\\rbrace": ")", "\\lbrack": "[", "\\rbrack": "]",
    "\\frac": "frac", "\\dfrac": "frac", "\\tfrac": "frac", "\\cfrac": "frac", "\\nabla": "nabla",
    "\\partial": "partial", "\\eq": "=", "\\bullet": "cdot",
}  # fmt: skip
SKIPPED = words(
    r"""\left \right \big \Big \bigg \Bigg \bigl \bigr \Bigl \Bigr \biggl \biggr \, \; \: \! \  \\ \displaystyle
    \textstyle \limits \nolimits \quad \qquad \mathstrut \middle \nonumber \[ \] \( \)"""
) | {"\\ "}
FONTS = words(
    r"\mathbf \mathrm \boldsymbol \bm \text \textrm \textbf \operatorname \mathit \mathbb \mathcal \mathsf \texttt "
    r"\mathtt \operatorname* \vec \bf \rm"
)
ACCENTS = words(r"\hat \widehat \tilde \widetilde \bar \overline")
LOWER = str.maketrans("₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789aehijklmnoprstuvx")
UPPER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
LETTER = r"(?:[^\W\d_ᵀₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ∑Σ𝟙𝟏⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉½¼¾]\u0302?)"
TOKEN = re.compile(
    rf"""(?P<space>\s+)
    |(?P<env>\\(?:begin|end)\{{(?:align|aligned|equation|gather|gathered|split)\*?\}})
    |(?P<number>(?:\d+\.\d+|\d+\.(?![A-Za-z])|\.\d+|\d+)(?:[eE][+-]?\d+)?)
    |(?P<command>\\[A-Za-z]+\*?|\\.|[&~$])
    |(?P<lower>[₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ]+)
    |(?P<upper>⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)
    |(?P<sign>\*\*|==|!=|<=|>=|[-+*/@^_(){{}}\[\],=|.:<>'−–÷∕／（），［］＝＋＊∗⊙∘·⋅×∑Σᵀ⊤≠𝟙𝟏√∇∂])
    |(?P<name>{LETTER}(?:{LETTER}|\d)*(?:\\?_{LETTER}(?:{LETTER}|\d)*)*)""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Token:
    """`kind` is number, name, command, accent, font or sign; `spaced`: is there a space before it?"""

    kind: str
    value: str
    place: Place
    spaced: bool = False


def tokens(text: str) -> list[Token]:
    """The tokens of a formula. Raises NotUnderstood for a character that is none."""
    found: list[Token] = []
    at, line, start, spaced = 0, 1, 0, False
    while at < len(text):
        place, match = Place(line, at - start + 1), TOKEN.match(text, at)
        if match is None:
            raise NotUnderstood("syntax", text[at], place)
        kind, value = str(match.lastgroup), match[0]
        if (value == "&" and "\\begin" in text) or (value == "~" and "\\" in text):  # an alignment, and a space
            kind = "space"
        new = list(_tokens(kind, value, place, spaced))
        spaced = not new
        found += new
        if "\n" in value:
            line, start = line + value.count("\n"), at + value.rindex("\n") + 1
        at = match.end()
    return found


def _tokens(kind: str, value: str, place: Place, spaced: bool) -> list[Token]:
    """What one match stands for: nothing for spaces, several for p_nj and for xₙⱼ."""
    if kind in ("space", "env") or value in SKIPPED:
        return []
    if kind == "lower":
        return [Token("sign", "_", place), Token("name", value.translate(LOWER), place)]
    if kind == "upper":
        minus = [Token("sign", "-", place)] if value[0] == "⁻" else []
        return [Token("sign", "^", place), *minus, Token("number", value.lstrip("⁻").translate(UPPER), place)]
    if kind == "sign":
        return [Token("sign", SIGNS.get(value, value), place, spaced)]
    if kind == "command":
        return [_command(value, place, spaced)]
    if kind == "name":
        return _names(value.replace("\\_", "_"), place, spaced)
    return [Token(kind, value, place, spaced)]


def _command(value: str, place: Place, spaced: bool) -> Token:
    if value in COMMANDS:
        return Token("sign", COMMANDS[value], place, spaced)
    if value in FONTS:
        return Token("font", value, place, spaced)
    if value in ACCENTS:
        return Token("accent", value, place, spaced)
    word = value[1:].rstrip("*")
    if word in GREEK or word in FUNCTIONS:
        return Token("name", GREEK.get(word, word), place, spaced)
    raise NotUnderstood("syntax", value, place)


def _names(value: str, place: Place, spaced: bool) -> list[Token]:
    """A word with underscores is one name where it is a known one; else what comes after them are subscripts."""
    if value[0] in "Ŷŷ" or "\u0302" in value:  # Ŷ has its hat in one character, p̂ in two
        value = value.replace("Ŷ", "Y_hat").replace("ŷ", "y_hat")
        value = re.sub(r"(.)\u0302", r"\1_hat", value)
    pieces = value.split("_")
    for end in range(len(pieces), 0, -1):
        head = "_".join(pieces[:end])
        if end == 1 or head in WORDS or head in FUNCTIONS:
            break
    out = [Token("name", GREEK.get(head, head), place, spaced)]
    column = place.column + len(head)
    for piece in pieces[end:]:
        out += [Token("sign", "_", Place(place.line, column)), Token("name", piece, Place(place.line, column + 1))]
        column += len(piece) + 1
    return out
