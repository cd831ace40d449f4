"""What is nan or inf where the gradient is a number: where exp overflows, or for another reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..mistake import Mistake
from .places import spans, special
from .trial import Found, Trial

#: exp(x) is inf from here on, and 0 below the second.
LIMITS = {
    "float64": (709.78, -745.13),
    "float32": (88.72, -103.97),
    "float16": (11.09, -17.33),
    "bfloat16": (88.72, -92.88),
}


def of(trials: Sequence[Trial]) -> Iterator[Found]:
    """If what is wrong about each trial holds nan or inf that the truth does not hold."""
    bad = [trial for trial in trials if not trial.is_right]
    rows = [_rows(trial) for trial in bad]
    if not bad or not all(rows):
        return
    size = bad[0].shape[0] if bad[0].shape else 1
    details = {"rows": spans(rows[0]), "which": special(rows[0], size)}
    if len(bad[0].shape) != 2:
        details["of"] = "entries"
    if all(_overflows(trial, at) for trial, at in zip(bad, rows, strict=True)):
        yield Found((Mistake.of("overflow", **details),), 1.0)
    else:
        yield Found((Mistake.of("not finite", **details),), 2.0)


def _rows(trial: Trial) -> list[int]:
    """Which rows hold what is no number, but should be one."""
    arrays = trial.arrays
    if trial.shape != trial.expected:
        return []
    given, true = (arrays.binary("-", each, each) for each in (trial.given, trial.truth.value))  # 0 of a number
    lost = arrays.binary("*", arrays.binary("!=", given, given), arrays.binary("==", true, 0.0))
    if len(trial.shape) != 2:
        return [k for k, each in enumerate(arrays.flat(lost)) if each]
    return [k for k, each in enumerate(arrays.flat(arrays.reduce("max", lost, 1))) if each]


def _overflows(trial: Trial, rows: Sequence[int]) -> bool:
    """Would exp of the outputs overflow, or be 0 throughout, in each of these rows? Of a sum over rows: in any."""
    found = trial.of("Z") or trial.of("Q")
    if found is None or len(trial.arrays.shape(found.value)) != 2:
        return False
    high, low = LIMITS.get(trial.case.precision.name, LIMITS["float64"])
    largest = trial.arrays.flat(trial.arrays.reduce("max", found.value, 1))
    beyond = [each > high or each < low for each in largest]
    if trial.problem.sizes[0] == "N":
        return all(beyond[row] for row in rows)
    return any(beyond)
