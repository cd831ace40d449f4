"""Assignments over named axes as a Python function, for torch or for numpy.

Arrays are lined up by axes of size 1, as Z[:, :, None]; the sum of a product of arrays is an einsum in the letters of
the formula, any other sum is `.sum` over its axes. Labels pick entries, weight[y], and a δ of a label is a comparison.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .nodes import (
    Delta,
    Entry,
    Label,
    Line,
    Place,
    Program,
    letters_in,
    places_of,
    size_named,
    walk,
)
from .styles import STYLES, Style
from .terms import Terms

#: The arrays that come first among the arguments.
FIRST = "XWbZQYy"


def source(
    program: Program, backend: str = "torch", names: Mapping[str, str] | None = None, like: Entry | None = None
) -> str:
    """A function `gradients` of the arrays that the program is given: those of the model first, then as they are used.

    It returns the one result, or a dict of several. `names` says what code calls a letter of the formulas, where not as
    they do. Arrays have the axes of the formulas, labels count from 0. `like` is an array that is taken for its shape
    and dtype, whether or not the formulas use it. Raises ValueError for an unknown backend.
    """
    if backend not in STYLES:
        raise ValueError(f"backend={backend!r} is unknown. Accepted: {', '.join(map(repr, STYLES))}.")
    write = _Writer(program, STYLES[backend], names or {}, like)
    lines = [text for line in program.lines for text in write.line(line)]
    results = {line.name: write.whole(line) for line in program.results}
    pairs = ", ".join(f'"{name}": {text}' for name, text in results.items())
    last = f"return {next(iter(results.values())) if len(results) == 1 else '{' + pairs + '}'}"
    body = "\n".join(f"    {each}" for each in (*write.sizes_read(), *lines, *write.pending(), last))
    takes = ", ".join(write.called(each) for each in write.arguments)
    head = "\n".join([*sorted(write.imports), write.style.imports, "", "", *write.helpers])
    return f"{head}\ndef gradients({takes}):\n{body}\n"


class _Writer(Terms):
    """A program as the lines of a function."""

    def __init__(self, program: Program, style: Style, names: Mapping[str, str], like: Entry | None):
        nodes = [node for line in (*program.lines, *program.results) for node in walk(line.node)]
        entries = [each for each in nodes if isinstance(each, Entry) and each.name in program.given]
        if like is not None:
            entries.insert(0, like)
        real = max(entries, key=lambda each: len(each.places), default=Entry(""))
        first = tuple(dict.fromkeys(axis for line in program.results for axis in line.axes))
        super().__init__(style, names, (like or real).name, first)
        self.arguments = sorted({each.name: None for each in entries} | dict.fromkeys(program.given), key=_rank)
        #: The axes of each array that is given, of labels too.
        self.shapes: list[tuple[str, tuple[Place, ...]]] = [(each.name, each.places) for each in entries]
        self.shapes += [
            (place.name, place.axes) for node in nodes for place in places_of(node) if isinstance(place, Label)
        ]
        self._written: set[str] = set()

    def sizes_read(self) -> Iterator[str]:
        """Where the sizes that the code speaks of are read off the arrays."""
        found: dict[str, str] = {}
        for name, places in self.shapes:
            for at, axis in enumerate(places):
                if isinstance(axis, str):
                    found.setdefault(size_named(axis), f"{self.called(name)}.shape[{at}]")
        return (f"{size} = {text}" for size, text in found.items() if size in self.sizes)

    def line(self, line: Line) -> Iterator[str]:
        """An assignment. Where it says which labels count, the others are replaced: they need not name a class."""
        text = self.whole(line)
        yield from self.pending()
        yield f"{self.called(line.name)} = {text}"
        for node in walk(line.node):
            if isinstance(node, Delta) and isinstance(node.left, Label) and isinstance(node.right, Label):
                left, right = sorted((node.left, node.right), key=lambda each: -len(each.axes))
                y, ignored = self.called(left.name), self.called(right.name)
                yield f"{y} = {self.style.module}.where({y} != {ignored}, {y}, 0)"

    def pending(self) -> Iterator[str]:
        """The one-hot arrays that the text speaks of and no line has made yet."""
        for name in self.one_hot.keys() - self._written:
            yield f"{name} = {self.one_hot[name]}"
        self._written |= self.one_hot.keys()

    def whole(self, line: Line) -> str:
        """A node as an array with all axes of its line."""
        text = self(line.node)
        if set(text.axes) == set(line.axes):
            return self.lined_up(text, line.axes).code
        self.sizes |= {size_named(axis) for axis in line.axes}
        shape = ", ".join(map(size_named, line.axes)) + ("," if len(line.axes) == 1 else "")
        alike = self.style.spread if any(True for _ in letters_in(line.node)) else self.style.filled
        return alike.format(self.lined_up(text, line.axes).code, shape, like=self.like)


def _rank(letter: str) -> int:
    return FIRST.index(letter) if letter in FIRST else len(FIRST)
