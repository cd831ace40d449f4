"""Functions as Python text: their statements, and what stands before them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...index_calculus.matrices.nodes import Array, Matrix
from ..statements import (
    Assign,
    Broadcast,
    CheckLabels,
    CheckShapes,
    Delete,
    Expanded,
    Flat,
    Function,
    MaskLabels,
    Moved,
    Named,
    OneIfNothingCounts,
    Part,
    ReadSizes,
    Reshaped,
    Return,
    RowsLike,
    Shape,
    ShapeOf,
    Sizes,
    Statement,
    SummedTo,
    Value,
    WithRowsOf,
)
from .python import Python

#: How many shapes are compared on one line.
ON_ONE_LINE = 3


def function_text(function: Function, writer: Python, name: str = "gradients") -> str:
    """The function in the language of `writer`, with the imports and helpers that it needs."""
    arguments = ", ".join(map(writer.name_of, function.arguments))
    lines = [line for statement in function.body for line in statement_lines(statement, writer)]
    own = "\n".join([f"def {name}({arguments}):", *(f"    {line}" for line in lines), ""])
    return "\n\n".join([*writer.needed, own])


def statement_lines(statement: Statement, writer: Python) -> list[str]:
    """A statement as lines of Python."""
    match statement:
        case Assign(names, values):
            return [_assignment(map(writer.name_of, names), [value_text(value, writer) for value in values])]
        case ReadSizes(sizes, of):
            return [_assignment(sizes, [f"{writer.name_of(of)}.shape"])]
        case Broadcast(letters):
            called = [writer.name_of(each) for each in letters]
            return [_assignment(called, [writer.broadcast(called)])]
        case CheckShapes(wanted):
            return _refusal(wanted, writer)
        case CheckLabels(labels, classes):
            return writer.check_labels(labels, classes)
        case MaskLabels(labels, ignored):
            return [f"{labels} = {writer.where(f'{labels} != {writer.label(ignored)}', labels, '0')}"]
        case OneIfNothingCounts(name, mask):
            return [f"{name} = {writer.where(f'{mask}.any()', name, '1')}"]
        case Delete(names):
            return [f"del {', '.join(names)}"]
        case Return(results):
            return [f"return {_returned(results, writer)}"]
    raise TypeError(f"no Python for {type(statement).__name__}")


def value_text(value: Value | Shape, writer: Python) -> str:
    """An array or a shape as Python."""
    match value:
        case Matrix():
            return writer(value).text
        case Named(name):
            return writer.name_of(name)
        case Moved(of, source, target):
            return writer.moved(_atom(of, writer), source, target)
        case Reshaped(of, shape):
            return f"{_atom(of, writer)}.reshape({value_text(shape, writer)})"
        case Expanded(of, shape):
            return writer.expanded(_atom(of, writer), value_text(shape, writer))
        case SummedTo(of, shape):
            return writer.summed_to(_atom(of, writer), value_text(shape, writer))
        case ShapeOf(of):
            return f"{_atom(of, writer)}.shape"
        case Part(of, start, stop):
            first, last = ("" if place is None else place for place in (start, stop))
            return f"{value_text(of, writer)}[{first}:{last}]"
        case Sizes(sizes):
            return f"({', '.join(size.name for size in sizes)}{',' * (len(sizes) == 1)})"
        case RowsLike(of):
            return f"-1, {value_text(of, writer)}[-1]"
        case Flat():
            return "-1"
        case WithRowsOf(of, matrix):
            return f"*{value_text(of, writer)}[:-1], len({writer.name_of(matrix)})"
    raise TypeError(f"no Python for {type(value).__name__}")


def _atom(value: Value, writer: Python) -> str:
    """What a method is asked of: a formula in brackets, however it begins."""
    text = value_text(value, writer)
    return f"({text})" if isinstance(value, Matrix) and not isinstance(value, Array) else text


def _assignment(names: Iterable[str], values: Iterable[str]) -> str:
    return f"{', '.join(names)} = {', '.join(values)}"


def _refusal(wanted: Sequence[tuple[str, Shape]], writer: Python) -> list[str]:
    """Lines that refuse arrays of another shape, and say which shape they must have."""
    names = [writer.name_of(name) for name, _ in wanted]
    theirs = [value_text(shape, writer) for _, shape in wanted]
    if len(wanted) == 1:
        [name], [shape] = names, theirs
        refusal = f'raise ValueError(f"{name} must have the shape {{{shape}}}; given {{{name}.shape}}")'
        return [f"if {name}.shape != {shape}:", f"    {refusal}"]
    given, due = f"({', '.join(f'{name}.shape' for name in names)})", f"({', '.join(theirs)})"
    together = len(wanted) <= ON_ONE_LINE
    *first, last = names
    return [
        *([f"given, wanted = {given}, {due}"] if together else [f"given = {given}", f"wanted = {due}"]),
        "if given != wanted:",
        f'    raise ValueError(f"{", ".join(first)} and {last} must have the shapes {{wanted}}; given {{given}}")',
    ]


def _returned(results: Sequence[tuple[str, Value]], writer: Python) -> str:
    texts = {wrt: value_text(value, writer) for wrt, value in results}
    if len(texts) == 1:
        return next(iter(texts.values()))
    return "{" + ", ".join(f'"{wrt}": {text}' for wrt, text in texts.items()) + "}"
