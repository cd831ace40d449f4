"""The private names of mpmath that this package reads. Each has its test, which fails when mpmath moves it."""

from __future__ import annotations

from typing import Any


def parts(number: Any) -> tuple:
    """Of an mpf: sign, mantissa, exponent and number of bits, which mean the same in every context."""
    found: tuple = number._mpf_
    return found


def ends(interval: Any) -> tuple[tuple, tuple]:
    """Of an interval: its ends, each as `parts`."""
    low, high = interval._mpi_
    return low, high
