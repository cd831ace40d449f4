"""Which letters matrix expressions and statements use, how often, and what is assigned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from string import Formatter

from sympy import Expr, Indexed, Sum, Symbol

from ..index_calculus.expressions import names_in
from ..index_calculus.functions import named
from ..index_calculus.matrices.nodes import Array, Clip, Counted, Elementwise, Gather, Matrix, OneHot, Pick, Scale
from ..index_calculus.symbols import C, N, size_of
from .statements import (
    Assign,
    Broadcast,
    CheckLabels,
    CheckShapes,
    Delete,
    Function,
    MaskLabels,
    Named,
    OneIfNothingCounts,
    ReadSizes,
    Return,
    Sizes,
    Statement,
    Value,
    WithRowsOf,
)
from .statements import Shape as ShapeLike

#: The shape of an array, as sizes of the formula.
Shape = tuple[Symbol, ...]


def every_part(node: Matrix) -> Iterator[Matrix]:
    """A node and all that it is made of."""
    yield node
    for part in node.parts:
        yield from every_part(part)


def coefficients(nodes: Iterable[Matrix]) -> Iterator[Expr]:
    """The numbers in some nodes: coefficients and limits."""
    for node in nodes:
        for part in every_part(node):
            yield from _own_numbers(part)


def _own_numbers(node: Matrix) -> list[Expr]:
    match node:
        case Scale(_, coefficient):
            return [coefficient]
        case Clip(_, low, high):
            return [limit for limit in (low, high) if limit is not None]
    return []


def _sums_in(node: Matrix) -> list[Sum]:
    """The sums over arrays in the numbers of one node."""
    return [total for number in _own_numbers(node) for total in number.atoms(Sum)]


def array_names(node: Matrix) -> set[str]:
    """The arrays of a node by their letters; arrays that are summed in a coefficient too."""
    found: set[str] = set()
    for part in every_part(node):
        match part:
            case Array(name):
                found.add(name)
            case OneHot(labels) | Counted(labels):
                found.add(labels)
            case Gather(name, labels):
                found |= {name, labels}
            case Pick(_, labels):
                found.add(labels)
        found = found.union(*(names_in(total) for total in _sums_in(part)))
    return found


def number_names(node: Matrix) -> set[str]:
    """The numbers that a node uses, by their letters: in its coefficients, the classes of labels, the ignored label."""
    found: set[str] = set()
    for part in every_part(node):
        match part:
            case OneHot(_, _, columns):
                found.add(columns.name)
            case Counted(_, ignored):
                found.add(ignored)
        for number in _own_numbers(part):
            bare = number.xreplace({each: Expr() for each in number.atoms(Sum)})
            found |= {symbol.name for symbol in bare.free_symbols}
    return found


def letters_of(nodes: Iterable[Matrix]) -> set[str]:
    """Arrays and numbers."""
    return set().union(*(array_names(node) | number_names(node) for node in nodes))


def shapes_of(nodes: Iterable[Matrix]) -> dict[str, Shape]:
    """The shape, in sizes of the formula, of each array that the nodes use, by its letter."""
    found: dict[str, Shape] = {}
    for node in nodes:
        for part in every_part(node):
            match part:
                case Array(name, sizes):
                    found[name] = sizes
                case OneHot(labels) | Counted(labels) | Pick(_, labels):
                    found[labels] = (N,)
                case Gather(name, labels):
                    found |= {name: (C,), labels: (N,)}
            found |= {
                each.base.label.name: tuple(map(size_of, each.indices))
                for total in _sums_in(part)
                for each in total.atoms(Indexed)
                if all(isinstance(index, Symbol) for index in each.indices)
            }
    return found


def assigned(statement: Statement) -> set[str]:
    """What a statement gives a value."""
    match statement:
        case Assign(names) | Broadcast(names):
            return set(names)
        case ReadSizes(sizes):
            return set(sizes)
        case MaskLabels(labels):
            return {labels}
        case OneIfNothingCounts(name):
            return {name}
    return set()


def used(statement: Statement, function: Function) -> Counter[str]:
    """What a statement of a function needs, and how often."""
    match statement:
        case Assign(_, values):
            return _total(_used_in(value, function) for value in values)
        case Return(results):
            return _total(_used_in(value, function) for _, value in results)
        case ReadSizes(_, of):
            return Counter([of])
        case Broadcast(names) | Delete(names):
            return Counter(names)
        case CheckShapes(wanted):
            return _total(Counter([name]) + _used_in(shape, function) for name, shape in wanted)
        case CheckLabels(labels, classes):
            return Counter([labels, classes])
        case MaskLabels(labels, ignored):
            return Counter([labels] if function.ignored is not None else [labels, ignored])
        case OneIfNothingCounts(name, mask):
            return Counter([name, mask])
    raise TypeError(f"no names known of {type(statement).__name__}")


def _used_in(value: Value | ShapeLike, function: Function) -> Counter[str]:
    match value:
        case Matrix():
            return _used_in_matrix(value, function)
        case Named(name):
            return Counter([name])
        case Sizes(sizes):
            return Counter(size.name for size in sizes)
        case WithRowsOf(of, matrix):
            return _used_in(of, function) + Counter([matrix])
    parts = (getattr(value, name) for name in ("of", "shape") if hasattr(value, name))
    return _total(_used_in(part, function) for part in parts)


def _used_in_matrix(node: Matrix, function: Function) -> Counter[str]:
    own: Counter[str] = Counter()
    for part in every_part(node):
        match part:
            case Array(name):
                own[name] += 1
            case OneHot(labels, _, columns):
                own.update([labels, columns.name, function.like])
            case Counted(labels, ignored):
                own.update([labels, function.like, *([ignored] if function.ignored is None else [])])
            case Gather(name, labels):
                own.update([name, labels])
            case Pick(_, labels):
                own[labels] += 1
            case Elementwise(_, name) if _takes_dtype(name):
                own[function.like] += 1
        for number in _own_numbers(part):
            own.update(each.name for each in number.free_symbols if isinstance(each, Symbol))
        own.update(name for total in _sums_in(part) for name in names_in(total))
    return own


def _takes_dtype(function: str) -> bool:
    """Does the code of a function of entries name the array whose dtype its values have?"""
    templates = (named(function).torch.text, named(function).numpy.text)
    return any(field == "like" for text in templates for _, field, _, _ in Formatter().parse(text))


def _total(counters: Iterable[Counter[str]]) -> Counter[str]:
    return sum(counters, Counter())
