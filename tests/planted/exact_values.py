"""Mistakes of exact values: digits taken for sure that are not, 0 for what is near it, a value where there is none."""

from . import mistakes_in

CALCULUS, TRUTH = "derivations/index_calculus", "derivations/torch_bridge/accounts/exact_values.py"
OF_BOUNDS, OF_TRUTH = (
    "tests/index_calculus/judging/test_enclosures.py",
    "tests/torch_bridge/accounts/test_exact_values.py",
)
BETWEEN = "test_the_true_value_lies_between_the_bounds"
UNTOLD = "test_what_cannot_be_told_is_not_told"
DIGITS = "test_the_digits_are_right_where_all_others_cancel"
NEAR = "test_what_is_too_near_0_to_tell_is_not_taken_for_0"
ANY_SIZE = "test_at_no_magnitude_is_the_truth_denied"
NO_ROWS = "test_where_nothing_counts_the_truth_is_torch_s"
NO_DIVISOR = "test_where_the_weights_add_up_to_0_there_is_no_truth"

MISTAKES = (
    *mistakes_in(
        f"{CALCULUS}/functions/smooth.py",
        OF_BOUNDS,
        (
            "e to the 0 is 0",
            'digits="exp",\n        known={0: 1},',
            'digits="exp",\n        known={0: 0},',
            "test_what_is_rational_is_exact",
        ),
    ),
    *mistakes_in(
        f"{CALCULUS}/judging/enclosures.py",
        OF_BOUNDS,
        (
            "a function's upper bound is that of the lower end",
            "function(high, precision, round_ceiling)",
            "function(low, precision, round_ceiling)",
            BETWEEN,
        ),
        (
            "a rational number's interval lies below it",
            "for way in (round_floor, round_ceiling)]\n    else:",
            "for way in (round_floor, round_floor)]\n    else:",
            BETWEEN,
        ),
        (
            "the reciprocal of 1 + e has the sign of e's part wrong",
            "-self.rest / _times(value, self.exact)",
            "self.rest / _times(value, self.exact)",
            BETWEEN,
        ),
        (
            "a product forgets a part",
            "rest += _times(self.rest, other.exact)",
            "pass",
            BETWEEN,
        ),
        (
            "what may have either sign is 0",
            'raise Undecided("a number near 0")',
            "return 0",
            UNTOLD,
        ),
        (
            "as many digits are sure as were computed with",
            "or (high - low) * 10 ** (DIGITS + 2) > min(abs(low), abs(high)):",
            "or False:",
            BETWEEN,
        ),
        (
            "digits are sure after the point, and not of the value",
            "> min(abs(low), abs(high)):",
            "> 1:",
            BETWEEN,
        ),
    ),
    *mistakes_in(
        f"{CALCULUS}/judging/enclosures.py",
        OF_TRUTH,
        (
            "1/(1 + e) is parted however large e is",
            "or not bool(2 * abs(self.rest) <= abs(_interval(self.rest.ctx, self.exact)))",
            "",
            ANY_SIZE,
        ),
        (
            "1 + e is added up before it is divided by",
            "        if not self.exact or not bool",
            "        if True or not bool",
            ANY_SIZE,
        ),
    ),
    *mistakes_in(
        f"{CALCULUS}/judging/dual.py",
        OF_TRUTH,
        (
            "a long sum keeps the last slope along an entry",
            "            slopes[place] = slopes[place] + slope if place in slopes else slope\n    return Dual(level",
            "            slopes[place] = slope\n    return Dual(level",
            "test_all_slopes_of_a_long_sum",
        ),
    ),
    *mistakes_in(
        TRUTH,
        OF_TRUTH,
        (
            "what is below 1e-50 is 0",
            "NEGLIGIBLE = given.mpf(10) ** -(324 + DIGITS)",
            "NEGLIGIBLE = given.mpf(10) ** -DIGITS",
            DIGITS,
        ),
        (
            "whatever cannot be told from 0 is 0",
            "Fraction(0) if _is_identically_zero(with_digits(None), expr, points[place]) else given.mpf(0)",
            "Fraction(0)",
            NEAR,
        ),
        (
            "what is 0 whatever exp is, is only near 0",
            "Fraction(0) if _is_identically_zero(with_digits(None), expr, points[place]) else given.mpf(0)",
            "given.mpf(0)",
            NEAR,
        ),
        (
            "the truth is 0 where it cannot be told from 0",
            "return isinstance(value, Fraction) and value == 0",
            "return value == 0",
            NEAR,
        ),
        (
            "what is nearer than 1e-48 is no distance",
            "if difference <= LAST_DIGITS * abs(value)",
            "if difference <= LAST_DIGITS * (1 + abs(value))",
            NEAR,
        ),
        ("a distance overflows", "except OverflowError:", "except ZeroDivisionError:", NEAR),
        (
            "doubt is raised raw",
            "        except Undecided:\n            pass\n",
            "        except Undecided:\n            raise\n",
            "test_what_is_undecided_with_few_digits_is_asked_again_with_more",
        ),
        (
            "where the most digits are not enough, the last value is taken",
            "        if len(found) == len(points):\n",
            "        if digits == MOST:\n            return [given.nan] * len(points)\n"
            "        if len(found) == len(points):\n",
            "test_where_even_the_most_digits_are_not_enough_a_sentence_says_so",
        ),
        (
            "the mean of nothing is 0",
            'given.nan if batch.setup.loss.reduction == "mean" else Fraction(0)',
            "Fraction(0)",
            NO_ROWS,
        ),
        (
            "all ignored, the gradient is 0/0",
            "    if nothing_counts(batch):\n        return dict.fromkeys(places, Fraction(0))\n",
            "",
            NO_ROWS,
        ),
        (
            "a divisor of 0 is raised raw",
            "        except ArithmeticError:\n            return [given.nan] * len(points)\n",
            "",
            NO_DIVISOR,
        ),
        (
            "an infinite entry is raised raw",
            "if not math.isfinite(number):\n            called",
            "if False:\n            called",
            "test_an_entry_that_is_no_finite_number_has_no_truth",
        ),
    ),
    *mistakes_in(
        "derivations/torch_bridge/certificates/rows.py",
        OF_TRUTH,
        (
            "where there is no truth both sides may agree or disagree",
            "same, finite = same | untrue, finite & ~untrue",
            "pass",
            NO_DIVISOR,
        ),
        (
            "what underflows is not rounded",
            "unrounded = (kappa == 0) & (a != 0) if exact else kappa == 0",
            "unrounded = kappa == 0",
            NEAR,
        ),
    ),
)
