"""Programs and trees as formulas: in LaTeX, for KaTeX, and as plain text for a terminal."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from ..trees import Program, Tree, names_in, parts, with_names
from .formulas import Formula
from .kinds import OF_RANK, ROW, Kinds
from .styles import Latex, Plain, Style

#: What every formula of the site means by these names.
KNOWN: dict[str, tuple[Tree, ...]] = {
    "Z": (("+", ("@", "X", ("T", "W")), "b"), ("@", "X", ("T", "W"))),
    "P": (("softmax", "Z", 1), ("softmax", "Q", 1)),
    "sigma": (("sigmoid", "Z"),),
    "Y_hat": (("onehot", "y", "C"),),
    "mu": (("kept", "y", "ignore_index"),),
}
#: A line that is mentioned once and no longer than this stands where it is mentioned.
SHORT = 40


def latex(of: Program | Tree, ranks: Mapping[str, int] | None = None, ones: Collection[str] = ()) -> str:
    """A formula in LaTeX. A program's longer lines follow its result: "… P, \\quad P = …".

    - `ranks`: the number of axes of what is given, where it is not as usual: w of MSELoss is a matrix.
    - `ones`: names that stand for 1 and are left out, such as "grad_output".
    """
    return _printed(of, Latex(), ranks, ones)


def plain(of: Program | Tree, ranks: Mapping[str, int] | None = None, ones: Collection[str] = ()) -> str:
    """The same in plain text."""
    return _printed(of, Plain(), ranks, ones)


def _printed(of: Program | Tree, style: Style, ranks: Mapping[str, int] | None, ones: Collection[str]) -> str:
    program = _each_name_once(of if isinstance(of, Program) else Program((), of))
    kind = Kinds({name: OF_RANK[min(rank, 2)] for name, rank in (ranks or {}).items()})
    for name, tree in program.lines:
        kind.names[name] = kind(tree)
    lines, result = dict(program.lines), program.result
    if isinstance(result, str) and result in lines:
        result = lines.pop(result)
    inlined, written = dict[str, Tree](), list[str]()
    formula = Formula(style, kind, ones, inlined)
    above = [result]
    for name, tree in reversed([*lines.items()]):
        mentions = sum(part == name for tree in above for _, part in parts(tree))
        if not mentions or tree in KNOWN.get(name, ()):
            continue
        above.append(tree)
        length = len(_seen(formula(tree)))
        is_short = length <= SHORT and name != "S" if mentions == 1 else name in KNOWN and length <= SHORT / 2
        if isinstance(tree, str) or is_short:
            inlined[name] = tree
        else:
            written.insert(0, name)
    definitions = [(style.name(name, kind(name) == ROW), formula(lines[name])) for name in written]
    return style.lines(formula(result), definitions)


def _seen(text: str) -> str:
    """About what is seen of a formula."""
    return re.sub(r"\\[a-zA-Z]+ ?|[{}^_ ]", "", text)


def _each_name_once(program: Program) -> Program:
    """What is defined anew, as x = 2 x, has a prime."""
    now, lines = dict[str, str](), list[tuple[str, Tree]]()
    given = set().union(*(names_in(tree) for _, tree in program.lines))
    for name, tree in program.lines:
        read = with_names(tree, now)
        before = now.get(name) or (name if name in names_in(tree) & given else "")
        now[name] = f"{before}'" if before else name
        lines.append((now[name], read))
    return Program(tuple(lines), with_names(program.result, now))
