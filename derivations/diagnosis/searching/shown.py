"""The numbers and the formula that a diagnosis shows."""

from __future__ import annotations

import math
from typing import Any

from ..printing import printing
from .quantities import divisor, quantities
from .trial import Found, Trial

#: The sizes that are told, where a trial has them.
SIZES = ("N", "C", "D", "B", "T", "kept", "Σw", "Σw_y", "ΣA", "ΣY", "S")


def numbers(trial: Trial) -> dict[str, Any]:
    """What shows that something is wrong: the ratio if it is constant, and the worst entry."""
    found: dict[str, Any] = {}
    if trial.shape == trial.expected and trial.entries:
        ratio = trial.ratio(trial.truth)
        if ratio is not None and trial.fits(trial.scaled(trial.truth, ratio.middle, ratio.off)):
            found["ratio"] = f"{ratio.middle:.6g}"
        found |= _worst(trial)
    return {**found, "sizes": ", ".join(f"{name} = {size:.4g}" for name, size in _sizes(trial).items())}


def _sizes(trial: Trial) -> dict[str, float]:
    """Without those that are another one by definition, or as no row is ignored."""
    known = quantities(trial)
    if known.get("kept") == known.get("N"):
        known.pop("kept", None)
    own, _ = divisor(trial)
    if own != "S":
        known.pop("S", None)
    return {name: known[name] for name in SIZES if name in known}


def _worst(trial: Trial) -> dict[str, Any]:
    """The entry that is farthest beyond its bound."""
    arrays = trial.arrays
    times = arrays.binary("/", trial.off, trial.truth.error)  # 0/0 is right, and so is nan where nan is expected
    one_nan = arrays.binary("!=", *(arrays.binary("==", each, each) for each in (trial.given, trial.truth.value)))
    beyond = arrays.where(one_nan, math.inf, arrays.where(arrays.binary("==", times, times), times, 0.0))
    flat = arrays.flat(beyond)
    worst = flat.index(max(flat))
    given, expected, bound = (
        arrays.flat(arrays.gather(array, [float(worst)], (1,)))[0]
        for array in (trial.given, trial.truth.value, trial.truth.error)
    )
    entry = f"{trial.problem.symbol}[{', '.join(map(str, _index(worst, trial.shape)))}]"
    return {
        "entry": entry,
        "expected": f"{expected:.9g}",
        "given": f"{given:.9g}",
        "bound": f"{bound:.3g}",
        "wrong": f"{trial.wrong} / {trial.entries}",
    }


def _index(place: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    found = []
    for size in reversed(shape):
        place, at = divmod(place, size)
        found.append(at)
    return tuple(reversed(found))


def latex(trial: Trial, found: Found) -> str:
    """given = …, as a multiple of the gradient or as the changed program has it."""
    problem = trial.problem
    gradient = rf"\frac{{\partial L}}{{\partial {problem.symbol}}}"
    if found.program is not None and found.program != problem.program:
        names, arrays = trial.case.names, trial.arrays
        ranks = {name: len(arrays.shape(arrays.array(value))) for name, value in names.items()}
        ones = ("grad_output",) if arrays.flat(arrays.array(names.get("grad_output", 0.0))) == [1.0] else ()
        times = _times(found.latex) if found.latex else ""
        return rf"\text{{given}} = {times}{printing.latex(found.program, ranks, ones)}"
    if found.latex == "0":
        return r"\text{given} = 0"
    return rf"\text{{given}} = {_times(found.latex)}{gradient}" if found.latex else ""


def _times(factor: str) -> str:
    return factor if factor == "-" else rf"{factor} \cdot "
