"""How readily a mistake is named: the common and telling ones cost little, what fits much costs more."""

from __future__ import annotations

from ..mistake import Mistake

#: By key; what stands nowhere costs COMMON.
COMMON = 1.0
COSTS = {
    "sign": 0.5,
    "factor": 0.7,
    "divisor": 0.8,
    "transposed": 0.8,
    "grad_output ignored": 0.8,
    "summed": 0.9,
    "softmax missing": 0.9,
    "sigmoid missing": 0.9,
    "option ignored": 0.9,
    "another gradient": 1.1,
    "smoothing": 1.1,
    "targets averaged": 1.2,
    "not differentiated": 1.2,
    "of probabilities": 1.2,
    "option value": 0.95,
    "function missing": 1.3,
    "step for sign": 1.3,
    "corner": 1.6,
    "swapped": 1.6,
    "power": 1.6,
    "condition reversed": 1.45,
    "option turned": 1.5,
    "labels as numbers": 1.45,  # where all labels are 0, the one-hot is missing
    "labels shifted": 1.45,
    "label missing": 1.45,
    "grad_output twice": 1.2,
    "option twice": 1.3,
    "term missing": 1.4,
    "term sign": 1.5,
    "target for prediction": 1.7,
    "factor missing": 1.8,
}
#: What is added for a detail: divisors that few think of, multiples that few make, a summand of many.
RARE = {
    "divisor": {"N−1": 0.5, "D": 0.5, "N·D": 0.6, "C": 0.2, "T": 0.3, "B·C": 0.3, "ΣA": 0.4, "ΣY": 0.4},
    "factor": {"4": 0.3, "1/4": 0.3},
    "another gradient": {"targets": 0.4},
    "term missing": {"A": 0.2, "b": 0.3},
    "term sign": {"A": 0.2, "b": 0.3},
    "not differentiated": {"sign": 0.1},
    "option's term": {"targets": 0.1},
    "ignored rows counted": {"0": 0.1, "C−1": 0.2},
    "transposed": {"W": 0.2, "X": 0.2, "G": 0.2},
    "softmax axis": {"everything": 0.3},
    "option value": {"0": 0.2, "1": 0.3},
    "smoothing": {"ε for 1−ε": 0.2},
}
#: In one place and not in another; for a divisor that holds the own one and more.
SOMEWHERE, AND_MORE = 0.4, 0.4


def cost(mistake: Mistake) -> float:
    """Of one mistake; of several it is the sum."""
    details = dict(mistake.details)
    rare = RARE.get(mistake.key, {})
    found = COSTS.get(mistake.key, COMMON) + sum(rare.get(value, 0) for value in details.values())
    if mistake.key == "divisor" and details["wrong"] in (f"{details['right']}·N", "N²", "N²·C"):
        found += AND_MORE
    if "where" in details:
        found += SOMEWHERE
    return found + 0.2 * details.get("option", "").count(",")
