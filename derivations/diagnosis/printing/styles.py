"""How names, fractions and the like look in LaTeX, for KaTeX, and in plain text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

#: What the formulas have a letter for.
LETTER_OF = {
    "weight": "w",
    "pos_weight": "q",
    "grad_output": "v",
    "label_smoothing": "epsilon",
    "ignore_index": "iota",
}
WORDS = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau phi chi psi omega"
GREEK = dict(zip(WORDS.split(), "αβγδεζηθικλμνξπρστφχψω", strict=True))
COMMANDS = {name: rf"\{'varepsilon' if name == 'epsilon' else name}" for name in GREEK}
LATIN = {letter: name for name, letter in GREEK.items()}
#: Above a letter: in LaTeX, and in plain text.
MARKS = {"hat": (r"\hat{{{}}}", "\u0302"), "tilde": (r"\tilde{{{}}}", "\u0303"), "bar": (r"\bar{{{}}}", "\u0304")}


def number_text(number: float) -> str:
    """Digits, without what a float adds to them."""
    return str(int(number)) if float(number).is_integer() and abs(number) < 1e15 else repr(float(number))


def parts_of(name: str) -> tuple[str, str, int]:
    """The letter of the formulas, what is written above or below it, and how often the name was defined before."""
    bare = name.rstrip("'")
    letter, _, mark = re.sub(r"^([A-Za-z])(\d+)$", r"\1_\2", LETTER_OF.get(bare, bare)).partition("_")
    return LATIN.get(letter, letter), mark, len(name) - len(bare)


class Latex:
    """Formulas for KaTeX."""

    entrywise, minus, in_a_row = r" \odot ", "-", False

    def name(self, name: str, vector: bool) -> str:
        letter, mark, primes = parts_of(name)
        if letter in COMMANDS:
            found = rf"\boldsymbol{{{COMMANDS[letter]}}}" if vector else COMMANDS[letter]
        elif re.fullmatch("[A-Za-z]", letter):
            found = rf"\mathbf{{{letter}}}" if vector else letter
        else:
            return _text(name.rstrip("'")) + "'" * primes
        if mark in MARKS:
            found = MARKS[mark][0].format(found)
        elif mark:
            found += f"_{{{mark}}}" if mark.isdecimal() else f"_{{{_text(mark)}}}"
        return found + "'" * primes

    def number(self, number: float) -> str:
        digits, _, exponent = number_text(number).partition("e")
        if digits in ("nan", "inf"):
            return r"\infty" if digits == "inf" else r"\mathrm{nan}"
        power = f"10^{{{int(exponent)}}}" if exponent else ""
        return power if digits == "1" and power else rf"{digits} \cdot {power}" if power else digits

    def product(self, factors: Sequence[str]) -> str:
        found = factors[0]
        for factor in factors[1:]:
            found += (r" \cdot " if factor[0].isdecimal() else r"\, " if found[-1].islower() else " ") + factor
        return found

    def fraction(self, above: str, below: str) -> str:
        return rf"\frac{{{above}}}{{{below}}}"

    def call(self, function: str, *arguments: str, index: str = "") -> str:
        inside = ", ".join(arguments)
        if function == "sqrt":
            return rf"\sqrt{{{inside}}}"
        if function == "abs":
            return rf"\lvert {inside} \rvert"
        known = function in ("exp", "log", "tanh", "max", "min", "sigma")
        name = rf"\{function}" if known else rf"\operatorname{{{function}}}"
        return f"{name}_{{{index}}}({inside})" if index else f"{name}({inside})"

    def log(self, argument: str) -> str:
        return rf"\log {argument}"

    def transposed(self, base: str) -> str:
        return rf"{base}^{{\top}}"

    def power(self, base: str, exponent: str, entrywise: bool) -> str:
        return rf"{base}^{{\circ {exponent}}}" if entrywise else f"{base}^{{{exponent}}}"

    def picked(self, name: str, labels: str) -> str:
        return f"{name}_{{{labels}}}"

    def holds(self, left: str, sign: str, right: str) -> str:
        """1 where it holds, else 0."""
        signs = {"==": "=", "!=": r"\ne", "<=": r"\le", ">=": r"\ge"}
        return f"[{left} {signs.get(sign, sign)} {right}]"

    def summed(self, inside: str, axis: int | None) -> str:
        if axis is None:
            return self.call("sum", inside)
        return rf"\mathbf{{1}}^{{\top}} {inside}" if axis == 0 else rf"{inside} \mathbf{{1}}"

    def repeated(self, vector: str, rows: bool) -> str:
        """A vector as a matrix whose rows, or columns, all are that vector."""
        return rf"\mathbf{{1}} {self.transposed(vector)}" if rows else rf"{vector} \mathbf{{1}}^{{\top}}"

    def lines(self, result: str, lines: Sequence[tuple[str, str]]) -> str:
        return r", \quad ".join([result, *(f"{name} = {tree}" for name, tree in lines)])


class Plain:
    """Formulas for a terminal."""

    entrywise, minus, in_a_row = " ⊙ ", "-", True

    def name(self, name: str, vector: bool) -> str:
        letter, mark, primes = parts_of(name)
        letter = GREEK.get(letter, letter)
        if len(letter) > 1:
            return name
        if mark in MARKS:
            return unicodedata.normalize("NFC", letter + MARKS[mark][1]) + "'" * primes
        return (f"{letter}_{mark}" if mark else letter) + "'" * primes

    def number(self, number: float) -> str:
        return number_text(number)

    def product(self, factors: Sequence[str]) -> str:
        return "·".join(factors)

    def fraction(self, above: str, below: str) -> str:
        return f"{above}/{below}"

    def call(self, function: str, *arguments: str, index: str = "") -> str:
        if function == "abs":
            return f"|{', '.join(arguments)}|"
        function = "√" if function == "sqrt" else function
        axis = f", axis={'nc'.index(index)}" if index else ""
        return f"{GREEK.get(function, function)}({', '.join(arguments)}{axis})"

    def log(self, argument: str) -> str:
        return f"log {argument}"

    def transposed(self, base: str) -> str:
        return f"{base}ᵀ"

    def power(self, base: str, exponent: str, entrywise: bool) -> str:
        return f"{base}^{exponent}"

    def picked(self, name: str, labels: str) -> str:
        return f"{name}[{labels}]"

    def holds(self, left: str, sign: str, right: str) -> str:
        signs = {"==": "=", "!=": "≠", "<=": "≤", ">=": "≥"}
        return f"[{left} {signs.get(sign, sign)} {right}]"

    def summed(self, inside: str, axis: int | None) -> str:
        return f"sum({inside})" if axis is None else f"sum({inside}, axis={axis})"

    def repeated(self, vector: str, rows: bool) -> str:
        return vector

    def lines(self, result: str, lines: Sequence[tuple[str, str]]) -> str:
        return ", ".join([result, *(f"{name} = {tree}" for name, tree in lines)])


Style = Latex | Plain


def _text(name: str) -> str:
    """A word, whatever letters it has: KaTeX knows Latin, Greek and Chinese ones."""
    found, escaped = "", unicodedata.normalize("NFKC", name).replace("_", r"\_")
    for word in re.findall(r"[\x00-\x7f]+|[\u3400-\u9fff]+|.", escaped):
        if word in LATIN:
            found += COMMANDS[LATIN[word]] + " "
        elif word.isascii():
            found += rf"\mathrm{{{word}}}"
        else:
            found += rf"\text{{{word}}}" if "\u3400" <= word[0] <= "\u9fff" else r"\square "
    return found.strip()
