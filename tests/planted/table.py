"""All mistakes there are."""

from . import numeric, symbolic

MISTAKES = (*symbolic.MISTAKES, *numeric.MISTAKES)
