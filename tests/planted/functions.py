"""Mistakes in the table of functions of entries: how far off a value may be, what is read as which, and signs."""

from . import mistakes_in

FUNCTIONS = "derivations/index_calculus/functions"
TEST = "tests/test_function_table.py"

MISTAKES = (
    *mistakes_in(
        f"{FUNCTIONS}/cornered.py",
        TEST,
        (
            "beyond its corner a positive part is hardly off",
            "d + on.least(x, 0.0)",
            "d + 2 * on.least(x, 0.0)",
            "test_the_positive_part_is_off_by_as_much_as_lies_beyond_its_corner",
        ),
    ),
    *mistakes_in(
        f"{FUNCTIONS}/reading.py",
        TEST,
        (
            "the largest of several and 0 is that of one",
            "Max(*[arg for arg in expr.args if arg != 0])",
            "Max(*[arg for arg in expr.args if arg != 0][:1])",
            "test_the_largest_of_several_and_0_is_the_positive_part_of_the_largest",
        ),
    ),
    *mistakes_in(
        f"{FUNCTIONS}/powers.py",
        TEST,
        (
            "a root has a bound where its argument may be negative",
            "return on.where(d > x, math.inf, on",
            "return on.where(d > 2 * x, math.inf, on",
            "test_the_root_of_a_sum_of_squares_has_a_bound_at_0",
        ),
        (
            "the quotient of a negative power is exact",
            "int(abs(exponent)) - 1 + bool(exponent < 0)",
            "int(abs(exponent)) - 1",
            "test_a_power_is_a_product_of_so_many_factors_and_one_quotient",
        ),
        (
            "one over a number of any sign is positive",
            "if exponent.is_Integer and exponent % 2:",
            "if False:",
            "test_a_power_has_a_sign_where_its_argument_s_does_not_matter",
        ),
    ),
)
