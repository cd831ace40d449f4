"""Whole gradients, evaluated as badly as an evaluation may be: each entry is within its bound of the exact value."""

import pytest
import torch

from .batches import SUMS
from .trial import campaign

HALF = (torch.bfloat16, torch.float16)
LONG = ("ones", "of size 1", "constant", "of size 30", "cancelling")


def check(tally, tried, sharp, part):
    """That nothing is outside, that something was compared, and that the bound is no larger than need be."""
    assert tally.outside == 0, "\n".join(tally.found)
    assert tally.tried >= tried
    assert tally.sharp >= sharp
    assert tally.part >= part


@pytest.mark.parametrize("dtype", [torch.float32, *HALF], ids=str)
def test_every_criterion(dtype):
    check(campaign((5, 7, 4), dtype, seed=1, ways=6), 20_000, 4_000, 0.7)


@pytest.mark.parametrize("dtype", HALF, ids=str)
def test_every_criterion_where_sums_are_wider(dtype):
    check(campaign((5, 7, 4), dtype, ways=6, wide=True), 20_000, 4_000, 0.7)


@pytest.mark.parametrize(
    ("dtype", "sizes"),
    [
        (torch.float32, (2, 4096, 1)),
        (torch.float32, (4096, 2, 1)),
        (torch.bfloat16, (4096, 2, 1)),
        (torch.bfloat16, (2, 1, 4096)),
    ],
    ids=str,
)
def test_long_sums(dtype, sizes):
    check(campaign(sizes, dtype, ways=2, criteria=SUMS, data=LONG), 100_000, 0, 0)


@pytest.mark.parametrize("sizes", [(1, 65536, 1), (65536, 1, 1), (1, 1, 65536)], ids=str)
def test_sums_of_65536_terms(sizes):
    check(campaign(sizes, torch.float32, ways=2, criteria=("MSE zero", "CE weight"), data=LONG), 500_000, 0, 0)


def test_float64_beside_exact_rationals():
    check(campaign((3, 2, 2), torch.float64, ways=6, criteria=SUMS, data=("of size 1", "of size 1e-6")), 1_000, 500, 0)


UNDERFLOW = ("MSE zero", "MSE sum", "BCE sum", "CE sum")


@pytest.mark.parametrize(
    ("dtype", "wide", "data"),
    [
        (torch.float16, False, "of size 1e-6"),
        (torch.float16, True, "of size 1e-6"),
        (torch.bfloat16, False, "underflowing"),
        (torch.bfloat16, True, "underflowing"),
        (torch.bfloat16, True, "subnormal"),
    ],
    ids=str,
)
def test_underflow(dtype, wide, data):
    check(campaign((5, 300, 4), dtype, 0, 3, wide, UNDERFLOW, (data,)), 5_000, 0, 0)


def test_underflow_whatever_the_order_of_the_factors():
    criteria, data = ("BCE weight large",), ("of size 1e-6",)
    check(campaign((5, 7, 4), torch.float16, ways=8, criteria=criteria, data=data), 500, 0, 0)
