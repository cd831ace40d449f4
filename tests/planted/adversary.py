"""Roundings that the bound forgets, which evaluations of whole gradients find out."""

from . import mistakes_in

TESTS = "tests/adversary/test_within_the_bound.py"
MISTAKES = (
    *mistakes_in(
        "derivations/torch_bridge/bound.py",
        TESTS,
        (
            "a matrix product, however long, rounds once",
            "total = precision.rounds(precision.added(found), precision.inner(terms))",
            "total = precision.rounds(precision.added(found), precision.inner(1))",
            "test_long_sums",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/rounding_functions.py",
        TESTS,
        (
            "the denominator of softmax, however long, rounds once",
            "u * (x.shape[1] - 1)",
            "u",
            "test_long_sums",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/rounding.py",
        TESTS,
        (
            "a total, however long, rounds once",
            "self.rounds(added, self.own(terms - 1))",
            "self.rounds(added, self.own(1))",
            "test_long_sums",
        ),
        (
            "a sum underflows once",
            "units = torch.full_like(a.mass, times * (1 + self.u * grown))",
            "units = torch.full_like(a.mass, min(times, 1) * (1 + self.u * grown))",
            "test_underflow",
        ),
    ),
)
