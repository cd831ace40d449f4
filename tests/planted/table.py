"""All mistakes there are."""

from . import definitions, evaluating, judging, numeric, opinions, symbolic

MISTAKES = (
    *judging.MISTAKES,
    *evaluating.MISTAKES,
    *symbolic.MISTAKES,
    *opinions.MISTAKES,
    *definitions.MISTAKES,
    *numeric.MISTAKES,
)
