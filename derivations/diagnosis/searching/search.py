"""Which mistake explains the numbers: the least of all that do, at every entry of every trial."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from ...verdict import AGREES, CANNOT_TELL, DISAGREES
from ..diagnosis import Diagnosis
from ..mistake import Mistake
from ..mistakes import Variant, pairs, variants
from ..problem import PRECISIONS, Case, Problem
from ..trees import Program
from ..values.arrays import Arrays, TooMuchWork
from ..wording.amounts import OF_ALL, is_of_all
from . import coefficients, left_out, not_finite, precisions, shapes
from .quantities import factors as factors_of
from .ratios import Factors, Interval, plain
from .sample import within
from .trial import Found, Trial
from .verdicts import explained, unexplained

#: How unlikely a factor may be: alone, beside another mistake, and in a part of the array.
ALONE, BESIDE = 2.1, 1.3
#: So many bits must be known of what two mistakes explain: there are thousands of pairs, and factors besides.
EVIDENCE = 32.0
#: So many of what one explains everywhere: in half precision a small change may be within twice the bound.
ANY = 4.0
#: A factor without a name is so many times farther from 1 than it is unsure.
NEAR = 8
#: For so many seconds two mistakes at once are looked for: all pairs take less, but for what nobody foresaw.
LONGEST = 30.0
#: With more entries than this a factor that explains them all is enough, and others are not looked for.
LARGE = 2**16
#: What the sums of half precision are computed in, where they are more precise: a bound that knows of it lets more
#: mistakes be seen, and what is within it is within the other.
WIDE = PRECISIONS["float32"].unit
#: Explanations that are this much less simple than the simplest are told as well.
AS_SIMPLE = 0.25


def search(
    problem: Problem, cases: Sequence[Case], arrays: Arrays, seconds: float = LONGEST, wrong: bool = False
) -> Diagnosis:
    """What explains `given` at all the cases, which are of one function and one problem.

    `wrong`: it is known already that it is not right. Every pair of mistakes is tried, or it is said that some are not
    because `seconds` have passed. Raises ValueError without a case.
    """
    if not cases:
        raise ValueError("A diagnosis needs the numbers of one trial at least; given none.")
    trials = [Trial(problem, case, arrays) for case in cases]
    bad = [trial for trial in trials if not trial.is_right]
    if not bad and not wrong:
        sharp = any(trial.is_sharp(trial.truth) for trial in trials)
        return unexplained(AGREES if sharp else CANNOT_TELL, trials)
    if not bad and not (bad := [each for each in _summed_wide(trials) if not each.is_right]):
        return unexplained(DISAGREES, trials)  # the bounds here are wider than those that told
    some = len(bad) < len(trials)
    sets = [trials, bad] if some else [bad]  # wrong under some conditions only
    found, tried = list[Found](), None
    for each in (*sets, _summed_wide(bad)):
        if each and not found:
            way = Search(problem, each, 0.0 if some and each is trials else seconds)
            found, tried = way.found(), way.tried
    return explained(bad, found, tried)


def _summed_wide(trials: Sequence[Trial]) -> list[Trial]:
    """The same in half precision whose sums are computed in a wider one; none of others, nor where they are already."""
    if not all(each.unit > WIDE and each.wide != WIDE for each in (trial.case.precision for trial in trials)):
        return []
    return [trial.at(replace(trial.case.precision, wide=WIDE)) for trial in trials]


class Search:
    """The ways in which gradients are explained, one after the other: the first that does has the answer."""

    def __init__(self, problem: Problem, trials: Sequence[Trial], seconds: float):
        self.problem, self.trials, self.seconds = problem, trials, seconds
        self.tried: int | None = None  # so many pairs, where these are not all

    def found(self) -> list[Found]:
        """The simplest explanation, and others as simple; none where nothing explains the numbers."""
        for way in self.ways:
            try:
                some = sorted(way(), key=lambda each: each.cost)
            except TooMuchWork:
                continue
            if some:
                return _as_simple(some)
        return []

    @property
    def ways(self) -> tuple[Callable[[], Iterable[Found]], ...]:
        trials = self.trials
        return (
            lambda: shapes.of_another(trials, self.simple_of),
            self.zero,
            self.simple,
            lambda: not_finite.of(trials),
            self.with_factor,
            lambda: shapes.alone(trials),
            self.constant,
            lambda: left_out.of_zeros(trials),
            lambda: left_out.of_labels(trials),
            lambda: left_out.of_samples(trials),
            self.in_part,
            lambda: left_out.of_entries(trials),
            lambda: shapes.turned(trials, self.simple_of),
            self.left_out_with_factor,
            lambda: coefficients.of_terms(trials, self.factors),
            lambda: coefficients.of_what_was_added(trials),
            lambda: precisions.of(trials),
            self.in_lower_precision,
            self.two,
        )

    # Of the whole array

    def zero(self) -> Iterator[Found]:
        if all(trial.is_right or trial.all_of(trial.is_zero) for trial in self.trials):
            yield Found((Mistake.of("zero"),), 0.0, "0")

    def simple(self) -> Iterator[Found]:
        yield from self.simple_of(self.trials)

    def simple_of(self, trials: Sequence[Trial], most: float = math.inf) -> Iterator[Found]:
        """A factor, or one change of the program, that is not more unlikely than `most`."""
        found = [*self.factor(trials, self.problem.program, min(ALONE, most))]
        yield from found
        if found and sum(trial.entries for trial in trials) > LARGE:
            return
        for variant in itertools.takewhile(lambda each: each.cost <= most, self.variants):
            if all(trial.given_by(variant.program) for trial in trials) and self.is_known(variant.program, trials, ANY):
                yield Found(variant.mistakes, variant.cost, program=variant.program)

    def with_factor(self) -> Iterator[Found]:
        for variant in self.variants:
            for found in self.factor(self.trials, variant.program, BESIDE):
                if not self.is_known(variant.program):
                    continue
                yield replace(
                    found, mistakes=(*variant.mistakes, *found.mistakes), cost=variant.cost + found.cost + 0.5
                )

    def factor(self, trials: Sequence[Trial], program: Program, most: float) -> Iterator[Found]:
        """Factors that have a name by which all of what a program comes to is multiplied."""
        between = [trial.sample.factor(program) for trial in trials]
        likely = itertools.takewhile(lambda each: each.cost <= most, self.factors.all)
        if not any(all(map(within, between, each.values)) for each in likely):
            return
        known = self.ratios(trials, program)
        if known is None:
            return
        for factor in self.factors.explaining(known):
            if factor.cost > most:
                return
            if self._is_scaled(trials, program, factor.values):
                yield Found(factor.mistakes, factor.cost, factor.latex, program)

    def constant(self) -> Iterator[Found]:
        """A factor without a name."""
        known = self.ratios(self.trials, self.problem.program)
        if known is None or any(each.holds(1.0) for each in known) or not left_out.are_many(self.trials):
            return
        if not all(one.holds(other.middle) or other.holds(one.middle) for one in known for other in known):
            return  # another factor in each trial is none
        if any(abs(each.middle - 1) < NEAR * each.off for each in known):
            return  # other noise has some ratio as well
        if self._is_scaled(
            self.trials, self.problem.program, [each.middle for each in known], [each.off for each in known]
        ):
            times = plain(known[0])
            yield Found((Mistake.of("factor", times=times),), 5.0, times, self.problem.program)

    def ratios(self, trials: Sequence[Trial], program: Program) -> list[Interval] | None:
        """given / program at each trial; None where it is not known at one."""
        found = []
        for trial in trials:
            value = trial.value(program)
            ratio = None if value is None else trial.ratio(value)
            if ratio is None:
                return None
            found.append(ratio)
        return found

    def _is_scaled(
        self, trials: Sequence[Trial], program: Program, by: Sequence[float], off: Sequence[float] | None = None
    ) -> bool:
        bits = 0.0
        for trial, times, unsure in zip(trials, by, off or [0.0] * len(by), strict=True):
            value = trial.value(program)
            scaled = None if value is None else trial.scaled(value, times, unsure)
            if scaled is None or not trial.fits(scaled):
                return False
            bits += trial.evidence(scaled)
        return bits >= ANY

    # In parts of the array

    def in_part(self) -> Iterator[Found]:
        """Some rows or columns as one mistake has them, the others right."""
        wrong = [left_out.Parts(trial) for trial in self.trials if trial.wrong]
        for axis, name in ((1, "rows"), (0, "columns")):
            where = wrong[0].told(axis)
            if all(part.some(axis) for part in wrong) and (where["which"] or where[name].isdigit()):
                for mistakes, cost in self._of_part(wrong, axis):
                    yield Found((*mistakes, Mistake.of(f"only in {name}", **where)), cost + 1)

    def _of_part(self, wrong: Sequence[left_out.Parts], axis: int) -> Iterator[tuple[tuple[Mistake, ...], float]]:
        for variant in self.variants:
            if all(
                part.trial.sample.may_be(variant.program, but=part.trial.right)
                and part.is_there(axis, part.trial.value(variant.program))
                for part in wrong
            ) and left_out.are_known(wrong, axis, [part.trial.value(variant.program) for part in wrong]):
                yield variant.mistakes, variant.cost
        known = [part.ratio(axis) for part in wrong]
        if any(each is None or each.holds(1.0) for each in known):
            return
        ratios = [each for each in known if each is not None]
        factors = factors_of([part.trial for part in wrong])
        for factor in factors.explaining(ratios):
            if factor.cost > BESIDE:
                continue
            scaled = [part.trial.scaled(part.trial.truth, by) for part, by in zip(wrong, factor.values, strict=True)]
            there = all(part.is_there(axis, each) for part, each in zip(wrong, scaled, strict=True))
            if there and left_out.are_known(wrong, axis, scaled):
                yield factor.mistakes, factor.cost
        if all(part.trial.wrong >= left_out.FEW for part in wrong) and all(
            part.is_there(axis, part.trial.scaled(part.trial.truth, ratio.middle, ratio.off))
            for part, ratio in zip(wrong, ratios, strict=True)
        ):
            yield (Mistake.of("factor", times=plain(ratios[0])),), 4.0

    def left_out_with_factor(self) -> Iterator[Found]:
        """Rows, columns or samples left out, and all the rest multiplied by a factor."""
        if sum(trial.entries for trial in self.trials) > LARGE or shapes.differ(self.trials):
            return
        for factor in self.factors.all:
            if factor.cost > BESIDE:
                return
            scaled = [trial.scaled(trial.truth, by) for trial, by in zip(self.trials, factor.values, strict=True)]
            supposed = [trial.supposing(value) for trial, value in zip(self.trials, scaled, strict=True)]
            for found in (*left_out.of_zeros(supposed), *left_out.of_samples(supposed, factor.values)):
                yield Found((*found.mistakes, *factor.mistakes), found.cost + factor.cost)

    # Other roundings, and two mistakes

    def in_lower_precision(self) -> Iterator[Found]:
        """A simple mistake, computed in a lower precision than it was given in."""
        for name, trials in precisions.lower(self.trials):
            if all(trial.is_right for trial in trials) or not precisions.has_digits(self.trials, name):
                continue
            for found in self.simple_of(trials, BESIDE):
                yield replace(found, mistakes=(*found.mistakes, Mistake.of("precision", dtype=name)))

    def two(self) -> Iterator[Found]:
        """Two changes of the program."""
        if not self.seconds:
            return
        smallest, until = sorted(self.trials, key=lambda trial: trial.entries), time.monotonic() + self.seconds
        for tried, pair in enumerate(pairs(self.problem, without=OF_ALL)):
            if time.monotonic() > until:
                self.tried = tried
                return
            if all(trial.sample.resembles(pair.program) and trial.given_by(pair.program) for trial in smallest):
                if self.is_known(pair.program):
                    yield Found(pair.mistakes, pair.cost, program=pair.program)
                return

    def is_known(self, program: Program, trials: Sequence[Trial] = (), bits: float = EVIDENCE) -> bool:
        """Do the numbers tell so much that one of many mistakes would not explain them by chance?"""
        values = [(trial, trial.value(program)) for trial in trials or self.trials]
        return sum(trial.evidence(value) for trial, value in values if value is not None) >= bits

    @cached_property
    def variants(self) -> list[Variant]:
        """Single changes of the program, but for those that multiply all of it, which are factors."""
        return [each for each in variants(self.problem) if not all(map(is_of_all, each.mistakes))]

    @cached_property
    def factors(self) -> Factors:
        return factors_of(self.trials)


def _as_simple(found: list[Found]) -> list[Found]:
    """Those that are as simple as the first, each once."""
    once = {frozenset(each.mistakes): each for each in reversed(found) if each.cost <= found[0].cost + AS_SIMPLE}
    return sorted(once.values(), key=lambda each: each.cost)
