"""The numbers of a trial that a divisor may be made of, by their names in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from ..mistakes.telling import sizes
from ..trees import Tree
from .ratios import Factors, Product
from .trial import Trial

#: Numbers by the name they have in sentences; the first that a trial knows counts.
TREES: dict[str, tuple[Tree, ...]] = {
    "N": ("N",),
    "C": ("C",),
    "D": ("D",),
    "B": ("B",),
    "T": ("T",),
    "kept": (("sum", "mu", None), ("sum", ("kept", "y", "ignore_index"), None)),
    "Σw": (("sum", "weight", None),),
    "Σw_y": (("sum", ("take", "weight", "y"), None),),
    "ΣA": (("sum", "A", None),),
    "ΣY": (("sum", "Y", None),),
    "1−ε": (("-", 1.0, "label_smoothing"),),
    "N−1": (("-", "N", 1.0),),
    "C−1": (("-", "C", 1.0),),
    "S": ("S",),
}


#: What there is with an option alone.
OF_OPTION = {"kept": "ignore_index", "Σw": "weight", "Σw_y": "weight", "1−ε": "label_smoothing"}


def quantities(trial: Trial) -> dict[str, float]:
    """What of them this trial has."""
    found: dict[str, float] = {}
    for name, trees in TREES.items():
        if name in OF_OPTION and OF_OPTION[name] not in trial.problem.options:
            continue
        if name == "ΣY" and trial.problem.targets != "probabilities":
            continue
        for tree in trees:
            flat = trial.flat(tree)
            if flat is not None and len(flat) == 1:
                found[name] = flat[0]
                break
    if found.get("T", 1) == 1 or found.get("B", 1) == 1:  # B is N
        found.pop("B", None)
        found.pop("T", None)
    return found


def divisor(trial: Trial) -> tuple[str, float]:
    """What the certified gradient is divided by, and how a sentence calls it."""
    tree = trial.problem.divisor
    made = trial.problem.program.line("S") if tree == "S" else None
    return sizes(tree if made is None else made), (trial.flat(tree) or [1.0])[0]


def factors(trials: Sequence[Trial]) -> Factors:
    """Every factor that these trials' divisors may be wrong by."""
    divisors, known = [divisor(trial) for trial in trials], [quantities(trial) for trial in trials]
    if all(each.get("kept") == each.get("N") for each in known):  # every row counts
        for each in known:
            each.pop("kept", None)
    ones = {name for name in known[0] if name != "N" and all(each.get(name) == 1 for each in known)}
    right = Product(tuple(name for name in Product.of(divisors[0][0]).above if name not in ones))  # C of one output
    return Factors(str(right), [value for _, value in divisors], known)
