"""All mistakes there are."""

from . import command, numeric, symbolic

MISTAKES = (*symbolic.MISTAKES, *numeric.MISTAKES, *command.MISTAKES)
