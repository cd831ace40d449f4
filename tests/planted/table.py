"""All mistakes there are."""

from . import command, evaluating, judging, numeric, symbolic

MISTAKES = (*judging.MISTAKES, *evaluating.MISTAKES, *symbolic.MISTAKES, *numeric.MISTAKES, *command.MISTAKES)
