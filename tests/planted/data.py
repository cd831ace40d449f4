"""Mistakes in the judge of data, which knows the documentation of derivations as data and nothing else."""

from . import mistakes_in

MISTAKES = (
    *mistakes_in(
        "tests/tree_judge.py",
        "tests/data/test_derivations_as_data.py",
        (
            "the judge of data takes a step at its corner for a slope there",
            "            if side == 0 and level_of(x):",
            "            if side == 0:",
            "test_a_step_that_is_worth_something_else_where_it_jumps_is_found",
        ),
        (
            "a line that chooses is not judged beside the corner either",
            "judged = values.either_side if is_chosen else [values]",
            "judged = [] if is_chosen else [values]",
            "test_a_choice_of_what_a_step_is_worth_is_no_licence_for_anything_else",
        ),
        (
            "the judge of data draws no corner",
            "        *satisfying(derivation, sizes, exact, coarse=True, most=COARSE),\n",
            "",
            "test_a_step_that_is_worth_something_else_where_it_jumps_is_found",
        ),
        (
            "the judge of data has a sum for all values of its indices",
            "key = (*[at[each] for each in names if each in at], self.moved)",
            "key = self.moved",
            "test_every_line_is_equal_to_the_one_before",
        ),
        (
            "the judge of data takes a sum for its derivative",
            "key = (*[at[each] for each in names if each in at], self.moved)",
            "key = tuple(at[each] for each in names if each in at)",
            "test_every_line_is_equal_to_the_one_before",
        ),
    ),
)
