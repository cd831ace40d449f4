"""What was given as a sum of multiples: another number before P, Ŷ or 1; a multiple of W or Z added."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ..mistake import Mistake
from ..mistakes.telling import SYMBOLS
from ..trees import Tree
from ..values.evaluate import Valued
from .left_out import EVIDENCE, are_many
from .ratios import Factors, Interval
from .trial import Found, Trial

#: What a gradient of the outputs is a sum of, by what the program has.
PREDICTIONS = ("P", "sigma", "Z")
TARGETS = ("A", "Y_hat", "Y")
#: What may be added to a gradient.
ADDED = ("W", "b", "Z", "X", "Y")
#: So much a coefficient may be off that least squares find.
OFF = 1e-3


def of_terms(trials: Sequence[Trial], factors: Factors) -> Iterator[Found]:
    """G is a·P + b·Ŷ, and one of the two numbers is another than it should be by a factor that has a name."""
    for prediction, target in ((p, t) for p in PREDICTIONS for t in TARGETS):
        solved = [each for trial in trials if (each := _solved(trial, (prediction, target))) is not None]
        if len(solved) < len(trials):
            continue
        for place, name in enumerate((prediction, target)):
            true = [of_truth[place] for _, of_truth in solved]
            ratios = [given[place] / size if size else math.nan for (given, _), size in zip(solved, true, strict=True)]
            yield from _term_factor(trials, name, true, ratios, factors)
        return


def _term_factor(
    trials: Sequence[Trial], name: str, true: Sequence[float], ratios: Sequence[float], factors: Factors
) -> Iterator[Found]:
    if not all(map(math.isfinite, ratios)):
        return
    near = [Interval(each, OFF * abs(each)) for each in ratios]
    for factor in factors.explaining(near):
        if factor.cost > 3:
            return
        more = [size * (by - 1) for size, by in zip(true, factor.values, strict=True)]
        if all(_fits_with(trial, name, each) for trial, each in zip(trials, more, strict=True)):
            first, *rest = factor.mistakes
            mistake = Mistake(first.key, (*first.details, ("where", SYMBOLS.get(name, name))))
            yield Found((mistake, *rest), factor.cost + 1.5)


def _fits_with(trial: Trial, name: str, more: float) -> bool:
    """Is the gradient what was given, with `more` times this term added?"""
    term = trial.of(name)
    return term is not None and trial.fits(trial.sum(trial.truth, trial.scaled(term, more)))


def _solved(trial: Trial, names: Sequence[str]) -> tuple[list[float], list[float]] | None:
    """The coefficients of what was given and of the truth; None where the truth is no such sum."""
    basis = [trial.of(name) for name in names]
    if any(each is None or trial.arrays.shape(each.value) != trial.expected for each in basis):
        return None
    values = [each.value for each in basis if each is not None]
    true = _least_squares(trial, values, trial.truth.value)
    given = _least_squares(trial, values, trial.given)
    if true is None or given is None:
        return None
    one, other = (trial.arrays.binary("*", value, by) for value, by in zip(values, true, strict=True))
    rest = trial.arrays.binary("-", trial.truth.value, trial.arrays.binary("+", one, other))
    return (given, true) if trial.number("max", trial.arrays.unary("abs", rest)) <= 1e-9 * max(map(abs, true)) else None


def _least_squares(trial: Trial, basis: Sequence[object], value: object) -> list[float] | None:
    """By the normal equations of two arrays."""

    def dot(a: object, b: object) -> float:
        return trial.number("sum", trial.arrays.binary("*", a, b))

    (aa, ab), (_, bb) = ((dot(one, other) for other in basis) for one in basis)
    of_a, of_b = (dot(each, value) for each in basis)
    determinant = aa * bb - ab * ab
    if not math.isfinite(determinant) or determinant <= 1e-9 * aa * bb:
        return None
    return [(of_a * bb - of_b * ab) / determinant, (of_b * aa - of_a * ab) / determinant]


def of_what_was_added(trials: Sequence[Trial]) -> Iterator[Found]:
    """A multiple of W (a penalty), of Z, or of 1, added to the gradient."""
    if not are_many(trials):
        return
    for name in (*ADDED, "1"):
        tree: Tree = 1.0 if name == "1" else name
        multiples = [_multiple(trial, tree) for trial in trials]
        if all(each is not None for each in multiples):
            yield Found((Mistake.of("term added", term=name, times=f"{multiples[0]:.6g}"),), 2.0)


def _is_seen(trial: Trial, added: Valued, times: float) -> bool:
    """Is it more than rounding in most of the entries? Elsewhere, something else may have been added as well."""
    arrays = trial.arrays
    size = arrays.unary("abs", arrays.binary("*", added.value, times))
    return 2 * trial.number("sum", arrays.binary(">", size, trial.truth.error)) >= trial.entries


def _multiple(trial: Trial, tree: Tree) -> float | None:
    """c with given = truth + c · this."""
    added = Valued(trial.arrays.full(trial.expected, 1.0)) if tree == 1.0 else trial.of(tree)
    if added is None or trial.arrays.shape(added.value) != trial.expected:
        return None
    difference = trial.given_as(trial.arrays.binary("-", trial.given, trial.truth.value))
    ratio = difference.ratio(Valued(added.value, trial.truth.error))
    if ratio is None or not _is_seen(trial, added, ratio.middle):
        return None
    total = trial.sum(trial.truth, trial.scaled(Valued(added.value, 0.0), ratio.middle, ratio.off))
    return ratio.middle if trial.fits(total) and trial.evidence(total) >= EVIDENCE else None
