"""The words for readers in programs and templates: strings with Han in them, and the English beside them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from passages import HAN, ROOT, VALUE, Passage, pairs_in, strings, text_of

#: Programs and templates of the package that have words.
PACKAGE = sorted(
    path
    for suffix in ("py", "j2")
    for path in (ROOT / "derivations").rglob(f"*.{suffix}")
    if suffix == "j2" or re.search(f"[{HAN}]", path.read_text(encoding="utf-8"))
)
#: What stands in a template's words where a statement was.
STATEMENT = "\ue003"
_HAN = re.compile(f"[{HAN}]")
_FIELD = re.compile(r"\{[^{}]*\}")
_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


def of_file(path: Path) -> Iterator[tuple[str, Passage]]:
    """All words of a file of the package, with their language."""
    read = of_program if path.suffix == ".py" else of_template
    return read(path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix())


def of_program(program: str, name: str, line: int = 0) -> Iterator[tuple[str, Passage]]:
    """Strings with Han in them; and what stands after one in a tuple or a call, which is its English."""
    for string in strings(program):
        if _HAN.search(string.text):
            yield "zh", Passage(_FIELD.sub(VALUE, string.text), name, line + string.line)
    for node in ast.walk(ast.parse(program)):
        for _, en in pairs_in(node):
            yield "en", Passage(_FIELD.sub(VALUE, text_of(en) or ""), name, line + en.lineno)


def of_template(text: str, name: str) -> Iterator[tuple[str, Passage]]:
    """Lines between Jinja's marks, and within them what is in quotes."""
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
            yield "zh", passage
        elif re.search(r"[a-z]", passage.words.text):
            yield "en", passage
