"""Functions as Python text: their statements, and what stands before them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..statements import (
    Assign,
    Broadcast,
    CheckLabels,
    CheckShapes,
    Delete,
    Function,
    MaskLabels,
    OneIfNothingCounts,
    ReadSizes,
    Return,
    Shape,
    Statement,
    Value,
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
            return [_assignment(map(writer.name_of, names), [writer.value(value).text for value in values])]
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


def _assignment(names: Iterable[str], values: Iterable[str]) -> str:
    return f"{', '.join(names)} = {', '.join(values)}"


def _refusal(wanted: Sequence[tuple[str, Shape]], writer: Python) -> list[str]:
    """Lines that refuse arrays of another shape, and say which shape they must have."""
    names = [writer.name_of(name) for name, _ in wanted]
    theirs = [writer.value(shape).text for _, shape in wanted]
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
    texts = {wrt: writer.value(value).text for wrt, value in results}
    if len(texts) == 1:
        return next(iter(texts.values()))
    return "{" + ", ".join(f'"{wrt}": {text}' for wrt, text in texts.items()) + "}"
