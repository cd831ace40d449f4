"""Mistakes in what judges formulas: the judge, a derivation's checks, the second opinion, samples, signs."""

from . import Mistake

MISTAKES: tuple[Mistake, ...] = ()
