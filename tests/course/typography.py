"""The typography of Chinese and of English prose, as far as a machine can read it.

Chinese: full-width punctuation, without a space beside it; a space between Han and letters, digits, code or formulas,
and none between Han; quotes “like these”; an ellipsis of two characters, ……; nothing twice. English: straight quotes,
one space between words, none before punctuation, nothing full-width.
"""

import re

from passages import CODE, FORMULA, HAN, VALUE

FULL = "，。、；：？！（）《》“”"
_LATIN = f"A-Za-z0-9\u0370-\u03ff\u00c0-\u024f{CODE}{FORMULA}"
CHINESE = {
    "a space belongs between Han and letters, digits, code or formulas": rf"[{HAN}][{_LATIN}%s]|[{_LATIN}%s][{HAN}]",
    "no space between Han": rf"[{HAN}] +[{HAN}]",
    "no space beside full-width punctuation": rf"[{FULL}] +(?=[^\s|])|[^\s|] +[{FULL}]",
    "full-width punctuation beside Han": rf"[{HAN}][,;:!?.()](?![\w.])|[{HAN}][(]|[,;:!?)][{HAN}]",
    "half-width beside full-width punctuation": r"[，。、；：？！][,.;:!?]|[,.;:!?][，。、；：？！]",
    "Chinese quotes are “ and ”": rf"""["'「」『』＂][{HAN}]|[{HAN}]["'「」『』＂]|[「」『』]""",
    "an ellipsis is ……, a dash ——": rf"\.\.\.|。。|(?<!…)…(?!…)(?=[{HAN}])|(?<=[{HAN}])(?<!…)…(?!…)|(?<!—)—(?!—)",
    "punctuation twice": r"[，、；：？！。][，、；：？！。]|（）|”“",
    "letters and digits are half-width": "[０-９Ａ-Ｚａ-ｚ　]",
}
ENGLISH = {
    "straight quotes": "[“”‘’]",
    "one space between words": r"(?<=\S) {2,}(?=[^\s|])",
    "no space before punctuation": r"(?<=[\w\ue000-\ue002]) [,;:!?](?!=)|(?<=[\w\ue000-\ue002]) \.(?!\w|\.)",
    "nothing full-width, no Chinese": rf"[{HAN}，。、；：？！（）《》　]",
    "punctuation twice": r"[,;:!?][,;:!?]|(?<!\.)\.\.(?!\.)",
}


def chinese(text, values_are_numbers=True):
    """Where Chinese breaks its rules: position and rule. `{{ }}` in a lesson is a number; in a template, anything."""
    value = VALUE if values_are_numbers else ""
    for rule, pattern in CHINESE.items():
        for match in re.finditer(pattern.replace("%s", value), text):
            yield match.start(), rule
    yield from _unpaired(text)


def _unpaired(text):
    """Quotes and brackets that are opened and not closed within a paragraph, or the other way round."""
    position = 0
    for paragraph in re.split(r"(\n\s*\n)", text):
        for opening, closing in ("“”", "（）", "《》"):
            depth = 0
            for character in paragraph:
                depth += (character == opening) - (character == closing)
                if depth not in (0, 1):
                    break
            if depth:
                yield position, f"{opening} and {closing} in pairs"
        position += len(paragraph)


def english(text):
    """Where English breaks its rules."""
    for rule, pattern in ENGLISH.items():
        for match in re.finditer(pattern, text):
            yield match.start(), rule


_EMPHASIS = re.compile(r"(?<![*\\])(\*{1,2})(?![\s*])([^*]+?)(?<!\s)\1(?!\*)")
_NOT_WORDS = re.compile(r"`[^`]*`|\$[^$]*\$|\{\{.*?\}\}", re.DOTALL)


def emphasis(markdown):
    """Where Jupyter would show the stars: punctuation within emphasis, and a word right outside of it."""
    plain = _NOT_WORDS.sub(lambda match: "x" * len(match[0]), markdown)
    for match in _EMPHASIS.finditer(plain):
        before, after = plain[: match.start()][-1:], plain[match.end() :][:1]
        if (match[2][-1] in FULL and re.match(r"\w", after)) or (match[2][0] in FULL and re.match(r"\w", before)):
            yield match.start(), "punctuation stands outside of emphasis"
