"""The prose of the course taken apart: what is code, a formula, a value, a link, and what is left as words."""

from __future__ import annotations

import ast
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from derivations.pages.lesson import Code, Lesson, Prose, read_lesson

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "docs").rglob("*.py"))

#: What stands in a passage's words where code, a formula or a value was.
CODE, FORMULA, VALUE = "\ue000", "\ue001", "\ue002"
HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff"

_PIECES = re.compile(
    r"""
      (?P<fence>    ^[ \t]*(?P<ticks>`{3,}|~{3,})[^\n]*\n.*?^[ \t]*(?P=ticks)[ \t]*$ )
    | (?P<comment>  <!--.*?--> )
    | (?P<escape>   \\\{\{ | \\[\[\]*_`$#|] )
    | (?P<value>    \{\{.+?\}\} )
    | (?P<display>  \$\$.+?\$\$ )
    | (?P<code>     (?P<tick>`+)(?!`).+?(?<!`)(?P=tick)(?!`) )
    | (?P<formula>  \$(?!\s)(?:\\.|[^$\\])+?(?<!\s)\$ )
    | (?P<tag>      </?[a-zA-Z][^<>]*> )
    | (?P<link>     \]\((?P<target>[^()\s]*(?:\([^()\s]*\))?)(?:[ ]"[^"\n]*")?\) )
    | (?P<attributes> \{:?[ ][^{}\n]*\} | \{[:#.][^{}\n]*\} )
    | (?P<box>      ^[ \t]*(?:\?{3}\+?|!{3})[ \t]+(?P<kind>[\w-]+)[ \t]*(?P<titled>"(?P<title>[^"\n]*)")? )
    | (?P<heading>  ^(?P<level>\#{1,6})[ ] )
    | (?P<definition> ^:[ ]{3} )
    | (?P<reference> (?<=\#[ ])::: )
    | (?P<row>      ^[ \t]*\| )
    | (?P<item>     ^[ \t]*(?:[-*+]|\d+\.)[ ]+ )
    | (?P<emphasis> \*{1,3} | (?<!\w)_{1,3}(?=\w) | (?<=\w)_{1,3}(?!\w) )
    | (?P<bracket>  !?\[(?=[^\]\n]*\]\() )
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_KINDS = [
    name for name in _PIECES.groupindex if name not in ("ticks", "tick", "target", "kind", "titled", "title", "level")
]
_HAN = re.compile(f"[{HAN}]")
_REFERENCE = re.compile(r"(^#+ ::: [^\n]*\n)((?:(?!#)[^\n]*(?:\n|\Z))*)", re.MULTILINE)
_STANDS_FOR = {"value": VALUE, "code": CODE, "formula": FORMULA, "fence": "\n", "display": "\n", "row": "|"}
_INLINE_TAG = re.compile(r"</?(a|abbr|b|code|em|i|kbd|small|span|strong|sub|sup)\b")


@dataclass(frozen=True)
class Piece:
    """A part of a passage that is not words: its kind, its text, and what of it matters."""

    kind: str
    text: str
    said: str
    line: int


@dataclass(frozen=True)
class Words:
    """What is left of a passage as words, and the line of the file on which each of its characters stands."""

    text: str
    lines: tuple[int, ...]
    where: str

    def at(self, position: int) -> str:
        """`file:line` of a character, for a message."""
        return f"{self.where}:{self.lines[min(position, len(self.lines) - 1)]}"


@dataclass(frozen=True)
class Passage:
    """One half of a pair, or any other text with words for readers; `line` is that of its first line in `where`."""

    text: str
    where: str
    line: int

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """All that is not words, in order."""
        return tuple(self._taken_apart[0])

    @cached_property
    def words(self) -> Words:
        """All that is."""
        characters = self._taken_apart[1]
        return Words("".join(each for each, _ in characters), tuple(line for _, line in characters), self.where)

    def without_reference(self) -> Passage:
        """Below `### ::: name` English has the docstring, and Chinese a text of its own: only the heading stays."""
        return Passage(
            _REFERENCE.sub(lambda found: found[1] + "\n" * found[2].count("\n"), self.text), self.where, self.line
        )

    def all(self, *kinds: str) -> Counter[str]:
        """What the pieces of these kinds say, and how often."""
        return Counter(piece.said for piece in self.pieces if piece.kind in kinds)

    @cached_property
    def _taken_apart(self) -> tuple[list[Piece], list[tuple[str, int]]]:
        pieces: list[Piece] = []
        characters: list[tuple[str, int]] = []
        end = 0
        for match in _PIECES.finditer(self.text):
            characters += self._characters(end, match.start())
            end = match.end()
            line = self.line + self.text.count("\n", 0, match.start())
            kind = next(each for each in _KINDS if match[each] is not None)
            if kind == "escape":
                characters.append((match[0][1:2], line))
                continue
            pieces.append(Piece(kind, match[0], _said(kind, match), line))
            if kind == "box" and match["titled"]:
                characters += self._characters(match.start("title"), match.end("title"))
            characters += [(each, line) for each in _STANDS_FOR.get(kind, "")]
            if kind == "tag" and not _INLINE_TAG.match(match[0]):
                characters.append(("\n", line))
        characters += self._characters(end, len(self.text))
        return pieces, characters

    def _characters(self, start: int, end: int) -> Iterator[tuple[str, int]]:
        line = self.line + self.text.count("\n", 0, start)
        for character in self.text[start:end]:
            yield character, line
            line += character == "\n"


def _said(kind: str, match: re.Match[str]) -> str:
    if kind == "link":
        return match["target"]
    if kind == "box":
        return match["kind"]
    if kind == "heading":
        return match["level"]
    if kind in ("formula", "display"):
        return " ".join(re.sub(r"\\text\{[^{}]*\}", r"\\text{}", match[0].strip("$")).split())
    if kind == "tag":
        return re.sub(r'\s(alt|title|aria-label)="[^"]*"', r' \1=""', match[0])
    if kind in ("item", "row"):
        return kind
    return " ".join(match[0].split())


@dataclass(frozen=True)
class Source:
    """A source of pages: its name from the project's root, its text, and its parts."""

    name: str
    text: str
    lesson: Lesson

    @cached_property
    def pairs(self) -> list[Prose]:
        """Its prose."""
        return [cell for cell in self.lesson.cells if isinstance(cell, Prose)]

    @cached_property
    def code(self) -> list[Code]:
        """Its code."""
        return [cell for cell in self.lesson.cells if isinstance(cell, Code)]

    def halves(self, pair: Prose) -> dict[str, Passage]:
        """Both halves of a pair, by language."""
        return {language: Passage(text, self.name, pair.lines[language] + 1) for language, text in pair.text.items()}

    def passages(self) -> Iterator[Passage]:
        """All the prose there is, in the header too."""
        for pair in [*map(self.halves, self.pairs), *self.header()]:
            yield from pair.values()

    def header(self) -> Iterator[dict[str, Passage]]:
        """The words of the header, by language."""
        for value in self.lesson.meta.values():
            if isinstance(value, dict) and value.keys() == {"zh", "en"}:
                yield {language: Passage(text, self.name, self._line_of(text)) for language, text in value.items()}

    def _line_of(self, text: str) -> int:
        return 1 + self.text.count("\n", 0, max(0, self.text.find(text)))

    def strings(self) -> Iterator[tuple[Passage, ast.AST | None]]:
        """The strings of its code, formatted values left out, each with the node around it."""
        for cell in self.code:
            for string in strings(cell.source):
                yield Passage(string.text, self.name, cell.line + string.line), string.around


@dataclass(frozen=True)
class String:
    """A string in a program: its text with VALUE for each formatted value, its line, and the node around it."""

    text: str
    line: int
    around: ast.AST | None


def strings(program: str) -> Iterator[String]:
    """Every string of a Python program but docstrings; of a string that is itself a program, its strings."""
    tree = ast.parse("\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in program.splitlines()))
    yield from _strings(tree, None)


def text_of(node: ast.AST) -> str | None:
    """The text of a string in a program, with VALUE for each formatted value; None for anything else."""
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) or VALUE for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def pairs_in(node: ast.AST) -> list[tuple[ast.AST, ast.AST]]:
    """In a tuple or a call, the strings of which one is Chinese and the next is its English."""
    parts = node.elts if isinstance(node, ast.Tuple) else node.args if isinstance(node, ast.Call) else []
    return [
        (zh, en)
        for zh, en in itertools.pairwise(parts)
        if (chinese := text_of(zh)) and (english := text_of(en)) and _HAN.search(chinese) and not _HAN.search(english)
    ]


def _strings(node: ast.AST, around: ast.AST | None) -> Iterator[String]:
    if isinstance(node, ast.JoinedStr):
        yield String(text_of(node) or "", node.lineno, around)
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                yield from _strings(part.value, part)
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        inner = list(_of_a_program(node)) if "\n" in node.value else None
        yield from inner if inner is not None else [String(node.value, node.lineno, around)]
        return
    docstring = (
        ast.get_docstring(node, clean=False) if hasattr(node, "body") and isinstance(node, _DOCUMENTED) else None
    )
    for child in ast.iter_child_nodes(node):
        if docstring is not None and child is node.body[0]:
            docstring = None
            continue
        yield from _strings(child, node)


_DOCUMENTED = (ast.FunctionDef, ast.ClassDef, ast.Module, ast.AsyncFunctionDef)


def _of_a_program(node: ast.Constant) -> list[String] | None:
    try:
        return [String(each.text, node.lineno + each.line - 1, each.around) for each in strings(node.value)]
    except SyntaxError:
        return [String(node.value, node.lineno, None)]


def sources() -> list[Source]:
    """Every source of pages."""
    return [source(path) for path in SOURCES]


def source(path: Path) -> Source:
    """One of them."""
    text = path.read_text(encoding="utf-8")
    name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)
    return Source(name, text, read_lesson(text, name))
