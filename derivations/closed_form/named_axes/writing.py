"""Assignments over named axes as a Python function, for torch or for numpy.

Arrays are lined up by axes of size 1, as Z[:, :, None]; the sum of a product of arrays is an einsum in the letters of
the formula, any other sum is `.sum` over its axes. Labels pick entries, weight[y], and a δ of a label is a comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import sympy as sp
from sympy import Expr, Symbol

from .nodes import (
    Constant,
    Delta,
    Entry,
    Function,
    Label,
    Line,
    Node,
    OfRows,
    Place,
    Plus,
    Power,
    Program,
    Sum,
    Times,
    axes_of,
    in_order,
    letters_in,
    size_named,
    walk,
)

#: How tightly a text binds, as Python has it.
SUM, PRODUCT, FACTOR, ATOM = 1, 2, 3, 4


@dataclass(frozen=True)
class Style:
    """What torch and numpy write differently."""

    module: str
    imports: str
    like: str
    functions: Mapping[str, str]
    permute: str


COMMON = {"exp": "{m}.exp({0})", "log": "{m}.log({0})", "abs": "{0}.abs()", "tanh": "{m}.tanh({0})", "sign": "{m}.sign({0})"}
STYLES = {
    "torch": Style(
        "torch",
        "import torch",
        "({0}).to({like}.dtype)",
        {
            **COMMON,
            "erf": "torch.erf({0})",
            "sigmoid": "torch.sigmoid({0})",
            "log_sigmoid": "torch.nn.functional.logsigmoid({0})",
            "softmax": "torch.softmax({0}, {axis})",
            "log_softmax": "torch.log_softmax({0}, {axis})",
            "logsumexp": "torch.logsumexp({0}, {axis})",
        },
        "{0}.permute({axes})",
    ),
    "numpy": Style(
        "np",
        "import numpy as np",
        "({0}).astype({like}.dtype)",
        {
            **COMMON,
            "abs": "np.abs({0})",
            "sigmoid": "np.exp(-np.logaddexp(0, -({0})))",
            "log_sigmoid": "-np.logaddexp(0, -({0}))",
            "softmax": "np.exp({0} - np.logaddexp.reduce({0}, {axis}, keepdims=True))",
            "log_softmax": "({0} - np.logaddexp.reduce({0}, {axis}, keepdims=True))",
            "logsumexp": "np.logaddexp.reduce({0}, {axis})",
        },
        "{0}.transpose({axes})",
    ),
}


@dataclass(frozen=True)
class Text:
    """A piece of code, how tightly it binds, and which axes its value has, in their order."""

    code: str
    level: int
    axes: tuple[str, ...] = ()

    def inside(self, level: int) -> str:
        return self.code if self.level >= level else f"({self.code})"


def source(program: Program, backend: str = "torch", names: Mapping[str, str] | None = None) -> str:
    """A function `gradients` of the arrays that the program is given, in the order of their use.

    It returns the one result, or a dict of several. `names` says what code calls a letter of the formulas, if not as
    they do. Arrays have the axes of the formulas, labels count from 0. Raises ValueError for an unknown backend.
    """
    if backend not in STYLES:
        raise ValueError(f"backend={backend!r} is unknown. Accepted: {', '.join(map(repr, STYLES))}.")
    write = _Writer(program, STYLES[backend], names or {})
    lines = [text for line in program.lines for text in write.line(line)]
    results = {line.name: write.lined_up(write(line.node), line.axes).code for line in program.results}
    only = next(iter(results.values()))
    pairs = ", ".join(f'"{name}": {text}' for name, text in results.items())
    body = [*write.sizes_read(lines, results.values()), *lines, f"return {only if len(results) == 1 else '{' + pairs + '}'}"]
    takes = ", ".join(write.called(each) for each in program.given)
    return "\n".join([write.style.imports, "", "", f"def gradients({takes}):", *(f"    {each}" for each in body), ""])


class _Writer:
    """Nodes as text of one backend."""

    def __init__(self, program: Program, style: Style, names: Mapping[str, str]):
        self.program, self.style, self.names = program, style, names
        nodes = [node for line in (*program.lines, *program.results) for node in walk(line.node)]
        self.given = [each for each in nodes if isinstance(each, Entry) and each.name in program.given and each.places]
        self.ignored = next(
            (each for each in nodes if isinstance(each, Delta) and _is_kept(each)), None
        )  # rows whose label is left out
        self.like = self.called(self.given[0].name) if self.given else ""

    def called(self, letter: str) -> str:
        return self.names.get(letter, letter)

    def sizes_read(self, lines: Sequence[str], results: object) -> list[str]:
        """Where the sizes are read off the arrays, those that the code speaks of."""
        found: dict[str, str] = {}
        for entry in self.given:
            for at, axis in enumerate(entry.places):
                if isinstance(axis, str):
                    found.setdefault(size_named(axis), f"{self.called(entry.name)}.shape[{at}]")
        return [f"{size} = {text}" for size, text in found.items() if size in self.sizes]

    @property
    def sizes(self) -> set[str]:
        """The sizes that the code speaks of."""
        found: set[str] = set()
        for line in (*self.program.lines, *self.program.results):
            for node in walk(line.node):
                if isinstance(node, Constant):
                    found |= {each.name for each in node.value.free_symbols}
                elif isinstance(node, Sum):
                    found |= {size_named(axis) for axis in node.over if axis not in node.of.axes}
                elif isinstance(node, Delta):
                    found |= {size_named(each) for each in (node.left, node.right) if isinstance(each, str)}
                elif isinstance(node, Entry) and not _is_plain(node.places):
                    found |= {size_named(each) for each in node.places if isinstance(each, str)}
        return found

    def line(self, line: Line) -> list[str]:
        """An assignment; once it is known which rows count, the labels of the others are replaced by one that is."""
        text = [f"{self.called(line.name)} = {self.lined_up(self(line.node), line.axes).code}"]
        if self.ignored and any(node == self.ignored or _is_kept(node) for node in walk(line.node)):
            labels, ignored = _kept(next(node for node in walk(line.node) if _is_kept(node)))
            label, other = self.called(labels), self.called(ignored)
            text.append(f"{label} = {self.style.module}.where({label} != {other}, {label}, 0)")
        return text

    def __call__(self, node: Node) -> Text:
        match node:
            case Constant(value):
                return Text(_number(value), PRODUCT if value.is_Mul or value.is_Rational and value.q > 1 else ATOM if value.is_Symbol or value.is_nonnegative else SUM)
            case Entry(name, places):
                return self._entry(name, places)
            case Delta(left, right):
                axes = in_order(node.axes)
                a, b = (self._position(each, axes) for each in (left, right))
                return Text(self.style.like.format(f"{a} == {b}", like=self.like), ATOM, axes)
            case Sum(of, over):
                return self._sum(of, over)
            case Plus(terms):
                return self._plus(terms)
            case Times(factors):
                return self._times(factors)
            case Power(base, exponent):
                return self._power(self(base), exponent)
            case Function(name, arguments):
                return self._function(name, [*map(self, arguments)])
            case OfRows(name, of, axis):
                text = self(of)
                left = text.axes if name != "logsumexp" else tuple(each for each in text.axes if each != axis)
                code = self.style.functions[name].format(text.inside(ATOM), m=self.style.module, axis=text.axes.index(axis))
                return Text(code, ATOM, left)
        raise TypeError(f"no code for {type(node).__name__}")
