"""Roundings that the bound forgets, which evaluations of whole gradients find out."""

from . import mistakes_in

TESTS = "tests/adversary/test_within_the_bound.py"
MISTAKES = (
    *mistakes_in(
        "derivations/torch_bridge/rounding/account.py",
        TESTS,
        (
            "a matrix product, however long, rounds once",
            "total = precision.accumulated(precision.added(found), terms)",
            "total = precision.accumulated(precision.added(found), 1)",
            "test_long_sums",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/rounding/functions.py",
        TESTS,
        (
            "the denominator of softmax, however long, rounds once",
            "self.u * (x.shape[1] - 1)",
            "self.u",
            "test_long_sums",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/rounding/precision.py",
        TESTS,
        (
            "a total, however long, rounds once",
            "self.rounds(a, self.own(terms - 1),",
            "self.rounds(a, self.own(1),",
            "test_long_sums",
        ),
        (
            "a sum underflows once",
            "own = times if underflows is None else underflows",
            "own = min(1, times if underflows is None else underflows)",
            "test_underflow",
        ),
        (
            "bfloat16's products are kept in float32, however small",
            "else operations * tiny(torch.float32) / self.tiny",
            "else 0.0",
            "test_underflow",
        ),
        (
            "bfloat16's matrix products read subnormal entries",
            "if self.dtype != torch.bfloat16:",
            "if self.dtype:",
            "test_underflow",
        ),
        (
            "factors come in the order of the formula",
            "self.upper(a).clamp_min(1) if",
            "self.upper(a) if",
            "test_underflow_whatever_the_order_of_the_factors",
        ),
    ),
)
