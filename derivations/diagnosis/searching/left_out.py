"""Mistakes in a part of the array, where the rest is right: rows, columns, tiles, single entries, labels, samples."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..mistake import Mistake
from ..trees import Program
from ..values.evaluate import Valued
from .places import spans, special
from .ratios import Interval
from .trial import Found, Trial

#: So many single entries are told one by one.
ENTRIES = 8
#: So many sets of samples are looked at that may be missing.
LIKELY = 64
#: So many bits must be known of what a mistake explains in a part of the array: there are hundreds of them.
EVIDENCE = 12.0
#: What has fewer entries is a multiple of anything.
FEW = 3


def are_many(trials: Sequence[Trial]) -> bool:
    """Are there enough entries for a constant ratio, or a multiple, to mean something?"""
    return all(trial.entries >= FEW for trial in trials)


@dataclass(frozen=True)
class Parts:
    """Which rows and columns of a trial are not right; a vector is one row."""

    trial: Trial

    @cached_property
    def shape(self) -> tuple[int, int]:
        shape = self.trial.shape
        return (shape[0], shape[1]) if len(shape) == 2 else (1, math.prod(shape))

    @cached_property
    def right(self) -> Any:
        return self.matrix(self.trial.right)

    @cached_property
    def given(self) -> Any:
        return self.matrix(self.trial.given)

    @cached_property
    def rows(self) -> list[int]:
        return self.without("min", self.right, 1)

    @cached_property
    def columns(self) -> list[int]:
        return self.without("min", self.right, 0)

    @cached_property
    def entries(self) -> list[tuple[int, int]]:
        columns = self.shape[1]
        return [divmod(k, columns) for k, each in enumerate(self.trial.arrays.flat(self.right)) if not each]

    def matrix(self, a: Any) -> Any:
        return self.trial.arrays.reshape(a, self.shape)

    def without(self, function: str, flags: Any, axis: int) -> list[int]:
        """Of which rows (axis 1) or columns (axis 0) the flags' minimum is 0."""
        arrays = self.trial.arrays
        return [k for k, each in enumerate(arrays.flat(arrays.reduce(function, flags, axis))) if not each]

    def zero(self, axis: int) -> set[int]:
        """Which rows or columns of what was given hold nothing but 0."""
        return set(self.without("max", self.trial.arrays.unary("abs", self.given), axis))

    def is_zero_where_wrong(self) -> bool:
        arrays = self.trial.arrays
        return self.trial.all_of(arrays.binary("max", self.right, arrays.binary("==", self.given, 0.0)))

    def is_matrix(self) -> bool:
        return len(self.trial.shape) == 2

    def some(self, axis: int) -> bool:
        """Are some rows (axis 1) or columns (axis 0) right, and others not?"""
        wrong = self.rows if axis else self.columns
        return 0 < len(wrong) < self.shape[1 - axis]

    def told(self, axis: int) -> dict[str, str]:
        if axis:
            return {"rows": spans(self.rows), "which": which_rows(self)}
        told = {"columns": spans(self.columns), "which": special(self.columns, self.shape[1])}
        return told if self.is_matrix() else {**told, "of": "entries"}

    def mask(self, axis: int) -> Any:
        """1 in those that are not right, else 0, in the trial's shape."""
        arrays = self.trial.arrays
        right = arrays.reduce("min", self.right, axis, True)
        spread = arrays.binary("+", arrays.binary("-", 1.0, right), arrays.full(self.shape, 0.0))
        return arrays.reshape(spread, self.trial.shape)

    def is_there(self, axis: int, value: Valued | None) -> bool:
        """Is this what was given in the rows or columns that are not right?"""
        agreeing = None if value is None else self.trial.agreeing(value)
        if value is None or agreeing is None:
            return False
        mask = self.mask(axis)
        elsewhere = self.trial.arrays.binary("-", 1.0, mask)
        there = self.trial.all_of(self.trial.arrays.binary("max", agreeing, elsewhere))
        return there and self.trial.is_sharp(self.trial.masked(value, mask))

    def ratio(self, axis: int) -> Interval | None:
        """By what the gradient is multiplied there."""
        return self.trial.ratio(self.trial.masked(self.trial.truth, self.mask(axis)))


def are_known(wrong: Sequence[Parts], axis: int, values: Sequence[Valued | None]) -> bool:
    """Do the numbers tell so much there that one of many mistakes would not explain them by chance?"""
    known = zip(wrong, values, strict=True)
    found = (0.0 if value is None else part.trial.evidence(value, part.mask(axis)) for part, value in known)
    return sum(found) >= EVIDENCE


def of_zeros(trials: Sequence[Trial]) -> Iterator[Found]:
    """What is 0 where it should not be, while all the rest is right."""
    wrong = [Parts(trial) for trial in trials if trial.wrong]
    if not wrong or not all(part.is_zero_where_wrong() for part in wrong):
        return
    first = wrong[0]
    if first.is_matrix() and all(set(part.rows) <= part.zero(1) and len(part.rows) < part.shape[0] for part in wrong):
        yield Found((Mistake.of("rows missing", **first.told(1)),), 1.0)
    if all(set(part.columns) <= part.zero(0) and len(part.columns) < part.shape[1] for part in wrong):
        yield Found((Mistake.of("columns missing", **first.told(0)),), 1.0)
    if first.is_matrix() and all(len(part.entries) > 1 and _is_tile(part) for part in wrong):
        tile = Mistake.of("tile missing", rows=spans(first.rows), columns=spans(first.columns))
        yield Found((tile,), 1.5)


def _is_tile(part: Parts) -> bool:
    """Are the entries that are wrong those of some rows and some columns, but for what is 0 anyway?"""
    block = set(part.entries)
    given = part.trial.arrays.flat(part.given)
    whole = ((row, column) for row in part.rows for column in part.columns)
    rows, columns = part.shape
    narrow = len(part.rows) < rows and len(part.columns) < columns
    return narrow and all(each in block or given[each[0] * columns + each[1]] == 0 for each in whole)


def which_rows(part: Parts) -> str:
    """What these rows are: the first, the last, those of ignored labels, of one label, …"""
    told = special(part.rows, part.shape[0])
    labels = part.trial.case.names.get("y")
    if told or labels is None:
        return told
    labels = part.trial.arrays.flat(part.trial.arrays.array(labels))
    if len(labels) != part.shape[0]:
        return ""
    found = {labels[row] for row in part.rows}
    if len(found) == 1 and all((label in found) == (row in set(part.rows)) for row, label in enumerate(labels)):
        ignored = part.trial.case.names.get("ignore_index")
        label = next(iter(found))
        if ignored is not None and label == part.trial.arrays.flat(part.trial.arrays.array(ignored))[0]:
            return "ignored"
        return f"label {label:.0f}"
    return ""


def of_entries(trials: Sequence[Trial]) -> Iterator[Found]:
    """A few single entries, while all the others are right."""
    wrong = [Parts(trial) for trial in trials if trial.wrong]
    few = all(part.trial.wrong <= max(1, min(ENTRIES, part.trial.entries // 4)) for part in wrong)
    few = few and are_many(trials)
    few = few and all(part.trial.is_far_off() for part in wrong)
    if wrong and few:
        told = ", ".join(f"[{', '.join(map(str, at if wrong[0].is_matrix() else at[1:]))}]" for at in wrong[0].entries)
        yield Found((Mistake.of("entries wrong", entries=told),), 1.0)


def of_labels(trials: Sequence[Trial]) -> Iterator[Found]:
    """The one-hot of one label, or of the last class, which is not subtracted."""
    program = trials[0].problem.program
    if "y" not in trials[0].case.names:
        return
    for name in (name for name, tree in program.lines if tree == ("onehot", "y", "C")):
        for told, tree_of in _label_masks(trials):
            changed = program.with_line(name, tree_of)
            if all(trial.fits(trial.value(changed)) for trial in trials):
                yield Found((Mistake.of("label missing", label=told),), 1.5, program=changed)


def _label_masks(trials: Sequence[Trial]) -> Iterator[tuple[str, Any]]:
    """Which labels are left out, and the one-hot without them; of those at which something is wrong."""
    wrong = set[float]()
    for trial in trials:
        labels = trial.flat("y") or []
        wrong |= {labels[row] for row in Parts(trial).rows} if trial.wrong and len(labels) == trial.shape[0] else set()
    if len(wrong) == 1:
        label = next(iter(wrong))
        yield f"{label:.0f}", ("*", ("onehot", "y", "C"), ("column", ("!=", "y", label)))
    yield "C−1", ("*", ("onehot", "y", "C"), ("column", ("!=", "y", ("-", "C", 1))))


def of_samples(trials: Sequence[Trial], times: Sequence[float] | None = None) -> Iterator[Found]:
    """A sum over samples without one of them, or without the last, or the first, of them; multiplied by `times`."""
    wrt = trials[0].problem.wrt
    if wrt not in ("weight", "bias"):
        return
    every = zip(trials, times or [1.0] * len(trials), strict=True)
    told = [_missing(trial, by) for trial, by in every if trial.wrong]
    first = told[0] if told else None
    if first is not None and None not in told:
        rows, count = first
        details = {"row": spans(rows), "which": special(rows, count)}
        yield Found((Mistake.of("sample missing", **details),), 1.5 if len(rows) == 1 else 2.0)


def _missing(trial: Trial, by: float) -> tuple[list[int], int] | None:
    """Which samples the sum lacks: one, or all from some place on, or all up to one."""
    arrays, difference = trial.arrays, trial.arrays.binary("-", trial.truth.value, trial.given)
    if arrays.shape(difference) != trial.expected:
        return None
    g, x = trial.of("G"), trial.of("X") if trial.problem.wrt == "weight" else None
    if g is None or len(arrays.shape(g.value)) != 2:
        return None
    flat, gs = arrays.flat(difference), arrays.flat(g.value)
    samples, classes = arrays.shape(g.value)
    worst = max(range(len(flat)), key=lambda k: abs(flat[k]) if math.isfinite(flat[k]) else 0)
    if x is not None:
        features, xs = arrays.shape(x.value)[1], arrays.flat(x.value)
        column, feature = divmod(worst, features)
        terms = [gs[n * classes + column] * xs[n * features + feature] for n in range(samples)]
    else:
        terms = [gs[n * classes + worst] for n in range(samples)]
    rounding = arrays.flat(trial.truth.error)[worst]
    for rows in itertools.islice(_candidates(terms, flat[worst] / by, rounding), LIKELY):
        found = without_samples(trial, rows, samples)
        if found is not None and trial.fits(found if by == 1 else trial.scaled(found, by)):
            return rows, samples
    return None


def _candidates(terms: list[float], wanted: float, rounding: float) -> Iterator[list[int]]:
    """Which samples' terms add up to this, the nearest first, but for rounding, which is looked at closely later."""
    near = 1e-3 * abs(wanted) + 1e-12 + min(rounding, abs(wanted) / 4)
    alone = ((abs(term - wanted), n) for n, term in enumerate(terms))
    yield from ([n] for off, n in sorted(alone) if off <= near)
    for order in (range(len(terms) - 1, -1, -1), range(len(terms))):
        total, rows = 0.0, list[int]()
        for n in order:
            total += terms[n]
            rows.append(n)
            if 1 < len(rows) < len(terms) and abs(total - wanted) <= near:
                yield sorted(rows)


def without_samples(trial: Trial, rows: Sequence[int], samples: int) -> Valued | None:
    """The gradient whose sum leaves out these samples."""
    out, of = set(rows), trial.problem.program
    kept = trial.arrays.array([0.0 if n in out else 1.0 for n in range(samples)])
    lines = [(name, ("*", tree, ("column", "counted")) if name == "G" else tree) for name, tree in of.lines]
    return trial.with_names(counted=kept).value(Program(tuple(lines), of.result))
