"""Values of formulas over named axes, in float64, and how far any evaluation of them may be off.

The rules are those of precision.py and functions.py. Sums count the terms that may be other than 0, in the entry that
has most of them. A sum inside of a sum counts as if both were one, since a kernel may add all terms in one place: with
T terms in each of K, T·K − 1 additions. A product of two sums is not multiplied out.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import reduce

import sympy as sp
import torch
from sympy import Expr
from torch import Tensor

from ...closed_form.named_axes.nodes import (
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
    size_named,
)
from .known import Known, added, lined_up, there, times_there
from .named_functions import function, of_rows, power
from .precision import Precision, Rounded
from .scatter import kept, scatter, scattering
from .sizes import sizes_of

_ONE = torch.ones((), dtype=torch.float64, device="cpu")
ONE = Known((), _ONE, Rounded(_ONE, shift=True))


def evaluate(
    program: Program,
    precision: Precision,
    arrays: Mapping[str, Tensor],
    rounded: Mapping[str, Rounded] | None = None,
    counts: Mapping[str, int] | None = None,
) -> dict[str, Known]:
    """Each result by its name, with the axes of its line and at its full shape.

    `arrays` are those of `program.given`, in float64 on the CPU, labels int64 from 0; a label that names no entry
    stands for 0. `rounded` says which of them were computed or are coarser than `precision`. `counts` says what sizes
    in formulas are, by letter, where the arrays are a part of more. Raises KeyError for an array that is not given.
    """
    run = _Run(program, precision, arrays, rounded or {}, counts or {})
    for line in program.lines:
        found = run.whole(line)
        run.known[line.name] = replace(found, off=replace(found.off.settled(), mass=found.value.abs()), terms=1)
    return {line.name: run.whole(line) for line in program.results}


class _Run:
    """One evaluation of a program."""

    def __init__(
        self,
        program: Program,
        precision: Precision,
        arrays: Mapping[str, Tensor],
        rounded: Mapping[str, Rounded],
        counts: Mapping[str, int],
    ):
        self.precision, self.arrays, self.rounded = precision, arrays, rounded
        self.known: dict[str, Known] = {}
        self.sizes = {**counts, **sizes_of(program, arrays)}
        self.counts = {**self.sizes, **counts}

    def whole(self, line: Line) -> Known:
        """A line at its full shape."""
        found, shape = self(line.node).along(line.axes), [self.sizes[size_named(axis)] for axis in line.axes]
        is_open = None if found.open is None else found.open.expand(shape)
        off = found.off.mapped(lambda each: each.expand(shape))
        return replace(found, value=found.value.expand(shape), off=off, open=is_open)

    def __call__(self, node: Node) -> Known:
        match node:
            case Constant(value):
                return self._number(value)
            case Entry(name, places):
                return self._entry(name, places)
            case Delta(left, right):
                axes = in_order(node.axes)
                same = (self._position(left, axes) == self._position(right, axes)).double()
                return Known(axes, same, Rounded(same, shift=True))
            case Sum(of, over):
                return self._sum(of, over)
            case Plus(terms):
                return self._plus([*map(self, terms)])
            case Times(factors):
                return reduce(self._times, map(self, factors))
            case Power(base, exponent):
                return power(self.precision, self(base), exponent)
            case Function(name, arguments):
                return function(self.precision, name, lined_up([*map(self, arguments)]))
            case OfRows(name, of, axis):
                return of_rows(self.precision, name, self(of), axis)
        raise TypeError(f"no error bound for {type(node).__name__}")

    # What is given

    def _number(self, value: Expr) -> Known:
        number = value.xreplace({each: sp.Integer(self.counts[each.name]) for each in value.free_symbols})
        array = torch.tensor(float(number), dtype=torch.float64, device="cpu")
        size = Rounded(array.abs())
        exact = number.is_Rational and _is_power_of_two(number.q) and abs(number.p) * self.precision.u <= 1
        if not exact:
            return Known((), array, self.precision.rounds(size, 1))
        return Known((), array, replace(size, shift=_is_power_of_two(abs(number.p))))

    def _entry(self, name: str, places: tuple[Place, ...]) -> Known:
        """An array at its places: its own dimensions under other names, or picked by labels and positions."""
        own = self.known.get(name)
        if own is None:
            value = self.arrays[name]
            off = self.rounded.get(name, Rounded(value.abs()))
            own = Known((), value, off, is_given=name not in self.rounded)
        if len({each for each in places if isinstance(each, str)}) == len(places):
            return replace(own, axes=tuple(map(str, places)))
        axes = in_order(axes_of(places))
        at = torch.broadcast_tensors(*[self._position(each, axes) for each in places])
        counts = list(zip(at, own.value.shape, strict=True))
        inside = reduce(torch.logical_and, [(position >= 0) & (position < size) for position, size in counts])
        where = tuple(position.clamp(0, size - 1) for position, size in counts)

        def picked(array: Tensor) -> Tensor:
            return torch.where(inside, array[where], 0.0)

        is_open = None if own.open is None else picked(own.open)
        return replace(own, axes=axes, value=picked(own.value), off=own.off.mapped(picked), open=is_open)

    def _position(self, place: Place, axes: Sequence[str]) -> Tensor:
        """Where a place is, from 0, with a dimension for each of `axes`."""
        own: tuple[str, ...] = (place,) if isinstance(place, str) else getattr(place, "axes", ())
        if isinstance(place, int):
            value = torch.tensor(place, device="cpu")
        elif isinstance(place, Label):
            value = torch.as_tensor(self.arrays[place.name])
        else:
            value = torch.arange(self.sizes[size_named(place)], device="cpu")
        return Known(own, value, Rounded(value)).along(axes).value

    # Sums and products

    def _plus(self, terms: Sequence[Known]) -> Known:
        """A sum that is written out; a − b of two given arrays is rounded once, at its own size."""
        precision, axes = self.precision, lined_up(terms)[0].axes
        given = len(terms) == 2 and all(each.is_given and each.off.error is None for each in terms)
        terms = lined_up(terms)
        value = reduce(torch.add, [each.value for each in terms])
        if given:
            coarse = min(each.off.coarse for each in terms)
            return Known(axes, value, precision.rounds(Rounded(value.abs(), coarse=coarse), 1))
        total = sum(each.terms for each in terms)
        is_open = added([each.open for each in terms])
        rounded = [self._added(each.off, total - each.terms) for each in terms]
        reach, depth = reduce(torch.add, map(precision.reach, rounded)), 1 + max(each.depth for each in rounded)
        return Known(axes, value, replace(precision.added(rounded), reach=reach, depth=depth), total, open=is_open)

    def _added(self, off: Rounded, additions: int) -> Rounded:
        """One term of a sum, after so many additions; what two of them lose near 0, `depth` counts."""
        precision = self.precision
        if additions < 2:
            return precision.rounds(off, additions, 0)
        return precision.rounds(off, precision.own(additions), precision.lost(additions))

    def _times(self, a: Known, b: Known) -> Known:
        minus = _is_minus_one(a)
        if minus or _is_minus_one(b):
            other = b if minus else a
            return replace(other, value=-other.value)
        left, right = lined_up([a, b])
        off = self.precision.times(left.off, right.off)
        is_open = added(times_there(each.open, other) for each, other in ((left, right), (right, left)))
        return Known(left.axes, left.value * right.value, off, max(a.terms, b.terms), open=is_open)

    def _sum(self, of: Node, over: tuple[str, ...]) -> Known:
        nodes = of.factors if isinstance(of, Times) else (of,)
        if (found := scattering(nodes, over)) is not None:
            delta, label, axis = found
            return self._scattered(tuple(each for each in nodes if each is not delta), label, axis, over)
        factors = [self(each) for each in nodes]
        apart = [each for each in factors if not each.axes]
        arrays = [each for each in factors if each.axes]
        repeated = math.prod(
            self.sizes[size_named(axis)] for axis in over if not any(axis in array.axes for array in arrays)
        )
        while len(arrays) > 2:
            left, right = min(itertools.combinations(arrays, 2), key=self._cost)
            arrays = [each for each in arrays if each is not left and each is not right] + [self._times(left, right)]
        if not arrays:
            arrays = [ONE]
        summed = self._contracted(arrays, over, repeated)
        return reduce(self._times, apart, summed)

    def _scattered(self, factors: tuple[Node, ...], label: Label, axis: str, over: tuple[str, ...]) -> Known:
        """The sum of a product and a δ of a label: each term is added to the entry that the label names."""
        inner = tuple(each for each in over if each not in label.axes)
        terms = self._sum(Times(factors), inner) if inner else reduce(self._times, map(self, factors), ONE)
        stays, added = kept(terms.axes, label, over)
        terms = terms.along((*stays, *added))
        shape = [self.sizes[size_named(each)] for each in (*stays, *added)]
        add = scatter(self._position(label, (*stays, *added)).expand(shape), self.sizes[size_named(axis)], len(added))
        counts = add(there(terms))
        count = int(counts.amax()) if counts.numel() else 0
        off = replace(terms.off.settled().mapped(add), shift=False)
        if count > 1:
            additions = terms.terms * (count - 1)
            last = 0 if self.precision.wide is None else 1
            off = self.precision.rounds(off, self.precision.own(additions), last + self.precision.lost(additions))
        is_open = None if terms.open is None else add(terms.open)
        return Known((*stays, axis), add(terms.value), off, terms.terms * max(count, 1), open=is_open)

    def _cost(self, pair: tuple[Known, Known]) -> int:
        """How many entries the product of two arrays has."""
        return math.prod(self.sizes[size_named(axis)] for axis in {*pair[0].axes, *pair[1].axes})

    def _contracted(self, arrays: Sequence[Known], over: tuple[str, ...], repeated: int) -> Known:
        """The sum over some axes of an array, or of a product of two; each term stands in it `repeated` times."""
        precision = self.precision
        kept = in_order({axis for array in arrays for axis in array.axes} - set(over))
        letters = {
            axis: chr(97 + place)
            for place, axis in enumerate(dict.fromkeys(axis for array in arrays for axis in array.axes))
        }
        spec = ",".join("".join(letters[axis] for axis in each.axes) for each in arrays)
        spec += "->" + "".join(letters[axis] for axis in kept)

        def contracted(*tensors: Tensor) -> Tensor:
            return torch.einsum(spec, *tensors)

        value = contracted(*[each.value for each in arrays])
        count = repeated * _most(contracted, arrays)
        inner = max(each.terms for each in arrays)
        if len(arrays) == 1:
            off, products = arrays[0].off.settled().mapped(contracted), 0
            whole = arrays[0].off.shift and bool((arrays[0].off.mass <= 1).all()) and count * precision.u <= 1
            if whole and arrays[0].off.coarse == 1:  # ones and zeros add up to whole numbers
                products = 1 - count
        else:
            off = precision.product(contracted, *[precision.read(each.off) for each in arrays])
            products = 0 if any(each.off.shift for each in arrays) else 1
        if repeated > 1:
            value, off = value * repeated, off.mapped(lambda each: each * repeated)
        roundings = inner * max(count - 1, 0) + products
        off = replace(off, shift=False)
        if roundings > 0:
            last = 0 if precision.wide is None else 1
            off = precision.rounds(off, precision.own(roundings), last + precision.lost(roundings))
        is_open = added(
            None if array.open is None else contracted(*[array.open if one is array else there(one) for one in arrays])
            for array in arrays
        )
        return Known(kept, value, off, inner * max(count, 1), open=is_open)


def _most(contracted: Callable[..., Tensor], arrays: Sequence[Known]) -> int:
    """How many terms a sum has in the entry that has most: those that are exactly 0 do not count."""
    counts = contracted(*map(there, arrays))
    return int(counts.amax()) if counts.numel() else 0


def _is_minus_one(known: Known) -> bool:
    return not known.axes and known.off.shift and float(known.value) == -1


def _is_power_of_two(number: int) -> bool:
    return number & (number - 1) == 0
