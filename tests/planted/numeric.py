"""Mistakes in what judges numbers: bounds, certificates, the exact values, assert_gradient, and how all that is shown."""

from . import Mistake

MISTAKES: tuple[Mistake, ...] = ()
