"""All mistakes there are."""

from . import evaluating, judging, numeric, symbolic

MISTAKES = (*judging.MISTAKES, *evaluating.MISTAKES, *symbolic.MISTAKES, *numeric.MISTAKES)
