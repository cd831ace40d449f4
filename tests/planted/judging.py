"""Mistakes in how two formulas are compared: the judge, and at which sizes, values and indices it looks."""

from . import mistakes_in

CALCULUS, TESTS = "derivations/index_calculus", "tests/index_calculus"

JUDGE = mistakes_in(
    f"{CALCULUS}/judging/judge.py",
    f"{TESTS}/judging/test_judge.py",
    (
        "the judge says yes to everything",
        "if failure is None:\n                named",
        "if True:\n                named",
        "test_false_equations",
    ),
    (
        "only what fails at the last sizes counts",
        "                if failure:\n                    break\n",
        "",
        "test_false_equations",
    ),
    (
        "only the first sizes are judged",
        "choices_of(len(occurring)) if choices is None else choices:",
        "(choices_of(len(occurring)) if choices is None else choices)[:1]:",
        "test_false_equations",
    ),
    (
        "only the last sizes are judged",
        "choices_of(len(occurring)) if choices is None else choices:",
        "(choices_of(len(occurring)) if choices is None else choices)[1:]:",
        "test_false_equations",
    ),
    (
        "sizes that were asked for are not taken",
        "choices_of(len(occurring)) if choices is None else choices:",
        "choices_of(len(occurring)):",
        "test_the_sizes_may_be_chosen",
    ),
    ("nothing is judged exactly", "if free else (None, DIGITS):", "if free else (DIGITS,):", "test_true_equations"),
    (
        "algebra that is wrong gets a second chance at 50 digits",
        "            if not needs_digits(formulas):\n                break\n",
        "",
        "test_false_equations",
    ),
    (
        "nothing is judged at 50 digits",
        "            if not needs_digits(formulas):\n                break\n",
        "            break\n",
        "test_true_equations",
    ),
    (
        "50 digits may differ in the second",
        "close(expected, got, TOLERANCE)",
        "close(expected, got, working.mpf(10) ** -2)",
        "test_false_equations",
    ),
    (
        "50 digits may differ in the 36th",
        "close(expected, got, TOLERANCE)",
        "close(expected, got, working.mpf(10) ** -36)",
        "test_false_equations",
    ),
    (
        "nan or inf on one side is the same",
        "bool(working.isfinite(expected) and abs",
        "bool(not working.isfinite(expected) or abs",
        "test_what_is_not_a_finite_number_is_close_to_nothing",
    ),
    (
        "inf is close to every number",
        "bool(working.isfinite(expected) and abs",
        "bool(abs",
        "test_what_is_not_a_finite_number_is_close_to_nothing",
    ),
    (
        "nan is close because it is not far",
        "bool(working.isfinite(expected) and abs(expected - got) <= tolerance * (1 + abs(expected)))",
        "not abs(expected - got) > tolerance * (1 + abs(expected))",
        "test_what_is_not_a_finite_number_is_close_to_nothing",
    ),
    (
        "large numbers are close by the square of their size",
        "tolerance * (1 + abs(expected))",
        "tolerance * (1 + abs(expected) ** 2)",
        "test_close_numbers_differ_by_no_more_than_the_tolerance_of_their_size",
    ),
    (
        "where a line is not defined, it is passed over",
        'expected, got = f"undefined: {why}", "the domain does not exclude it"',
        "continue",
        "test_where_a_line_is_not_defined_it_is_not_equal",
    ),
    (
        "a line that was judged nowhere is equal",
        "            if not allowed:\n",
        "            if len(allowed) < 0:\n",
        "test_where_no_index_is_left_nothing_was_judged",
    ),
    ("one point of the indices is enough", "POINTS = 40", "POINTS = 1", "test_false_equations"),
    (
        "eight points of the indices are enough",
        "POINTS = 40",
        "POINTS = 8",
        "test_all_points_are_judged_or_as_many_as_is_said",
    ),
    ("the first points only are judged", "spread(allowed, POINTS)]", "allowed[:1]]", "test_false_equations"),
    (
        "what the domain says of indices is ignored",
        "if all(each.holds(evaluate, at) for each in where)]",
        "]",
        "test_a_condition_on_an_index_restricts_where_a_line_is_judged",
    ),
    (
        "a side remembers its value without all its indices",
        "key = own(names)",
        "key = own(names)[1:]",
        "test_false_equations",
    ),
    (
        "a side's value is remembered for other sizes too",
        "self._values.setdefault((side.code, evaluate), {})",
        "self._values.setdefault(side.code, {})",
        "test_true_equations",
    ),
    (
        "judges are shared whatever their domain",
        "return Judge(Context(dict(definitions), domain), _EQUAL)",
        "return Judge(Context(dict(definitions)), _EQUAL)",
        "test_a_condition_on_a_value_holds_where_a_line_is_judged",
    ),
    (
        "judges are shared whatever their definitions",
        "tuple(context.definitions.items()), context.domain)",
        "tuple(context.definitions.items())[:0], context.domain)",
        "test_equal_contexts_share_what_was_evaluated_and_others_do_not",
    ),
    (
        "the right side's indices are not tried",
        "sorted(left.indices | right.indices,",
        "sorted(left.indices,",
        "test_false_equations",
    ),
    (
        "the domain of the right side alone is kept",
        "reached = self.context.reachable(left, right)",
        "reached = self.context.reachable(right)",
        "test_a_condition_on_a_value_holds_where_a_line_is_judged",
    ),
    (
        "the domain of the left side alone is kept",
        "reached = self.context.reachable(left, right)",
        "reached = self.context.reachable(left)",
        "test_a_condition_on_a_value_holds_where_a_line_is_judged",
    ),
)

DRAWS = (
    *mistakes_in(
        f"{CALCULUS}/judging/draws.py",
        f"{TESTS}/judging/test_judge.py",
        (
            "values are looked for in three draws",
            "SEEDS = 500",
            "SEEDS = 3",
            "test_values_are_looked_for_until_some_satisfy_the_domain",
        ),
    ),
    *mistakes_in(
        f"{CALCULUS}/judging/draws.py",
        f"{TESTS}/judging/test_judge.py",
        (
            "exact values are kept for 50 digits",
            "key = (tuple(sizes.items()), tuple(domain), digits)",
            "key = (tuple(sizes.items()), tuple(domain))",
            "test_true_equations",
        ),
        (
            "values drawn without a domain are kept for lines with one",
            "key = (tuple(sizes.items()), tuple(domain), digits)",
            "key = (tuple(sizes.items()), digits)",
            "test_a_condition_on_a_value_holds_where_a_line_is_judged",
        ),
        (
            "values for some sizes are kept for others",
            "key = (tuple(sizes.items()), tuple(domain), digits)",
            "key = (tuple(domain), digits)",
            "test_false_equations",
        ),
        (
            "what does not hold is not drawn anew",
            "            again.update(anew)\n",
            "            return None\n",
            "test_where_a_condition_on_several_entries_does_not_hold_they_are_drawn_anew",
        ),
        (
            "values need not satisfy the domain",
            "            if all(holds_everywhere(condition, evaluate) for condition in domain):\n",
            "            if True:\n",
            "test_what_is_not_defined_is_excluded_by_the_domain",
        ),
        (
            "a domain that no values satisfy is dropped",
            "            if found is None:\n",
            "            found = found or self.one(sizes, (), digits)\n            if found is None:\n",
            "test_what_is_not_defined_is_excluded_by_the_domain",
        ),
    ),
    *mistakes_in(
        f"{CALCULUS}/judging/draws.py",
        f"{TESTS}/judging/test_corners.py",
        (
            "values are drawn once, whatever corners there are",
            "        if not corners:\n",
            "        if True:\n",
            "test_the_mutants_that_survive_are_no_mistakes",
        ),
        (
            "where a corner has one side alone, that will do",
            "            if drawn == MOST_DRAWS * len(seen.draws):\n                break\n",
            "            if drawn == MOST_DRAWS * len(seen.draws):\n                return\n",
            "test_a_corner_that_has_one_side_alone_is_an_error",
        ),
    ),
    *mistakes_in(
        f"{CALCULUS}/judging/corners.py",
        f"{TESTS}/judging/test_corners.py",
        (
            "two corners are told apart by chance alone",
            "[*places, *self._rivals.values()]",
            "places",
            "test_one_corner_is_told_from_another_beside_it",
        ),
        (
            "a corner is seen on both sides somewhere, not everywhere",
            "[*places, *self._rivals.values()]",
            "self._rivals.values()",
            "test_values_are_drawn_until_it_matters_where_a_corner_is",
        ),
        (
            "a step's value at 0 is taken for its threshold",
            "if isinstance(corner, EXTREMES):",
            "if others:",
            "test_one_corner_is_told_from_another_beside_it",
        ),
        (
            "a corner seen on one side only is accepted",
            "return not self._one_sided and min",
            "return min",
            "test_values_are_drawn_until_all_sides_were_seen",
        ),
        (
            "large whole numbers show a corner well enough",
            "taken[corner] if scale is not None else set()",
            "taken[corner]",
            "test_values_are_drawn_until_all_sides_were_seen",
        ),
        (
            "a corner that is not met must be seen from both sides",
            "        self._near: dict[Expr, set[int]] = {}\n",
            "        self._near: dict[Expr, set[int]] = {each: set() for each in corners}\n",
            "test_a_corner_that_is_not_met_makes_no_difference",
        ),
        (
            "values as small as a threshold are not drawn",
            "return [*([None] if exact else []), *sorted(near)]",
            "return [None] if exact else [Rational(1)]",
            "test_the_mutants_that_survive_are_no_mistakes",
        ),
        (
            "values are as small as 1, whatever the threshold",
            "{Rational(1)}.union(*map(_numbers, compared))",
            "{Rational(1)}",
            "test_the_mutants_that_survive_are_no_mistakes",
        ),
        (
            "one draw of each scale is enough",
            "DRAWS, PATIENCE = 4, 24",
            "DRAWS, PATIENCE = 1, 1",
            "test_the_mutants_that_survive_are_no_mistakes",
        ),
        (
            "at a corner itself a step is what its convention says",
            "return not evaluate.undecided.isdisjoint(corners)",
            "return False",
            "test_at_a_corner_itself_nothing_is_judged",
        ),
        (
            "corners of indices alone must be seen from both sides",
            "for each in formula.atoms(*CORNERED) if names_in(each))",
            "for each in formula.atoms(*CORNERED))",
            "test_what_is_true_of_corners_is_judged_true_in_both_ways",
        ),
        (
            "no formula has a corner",
            "return frozenset().union(*map(_corners_of, formulas))",
            "return frozenset()",
            "test_the_mutants_that_survive_are_no_mistakes",
        ),
    ),
    *mistakes_in(
        f"{CALCULUS}/judging/judge.py",
        f"{TESTS}/judging/test_corners.py",
        (
            "at which side of a corner exp is, a free value tells",
            "for digits in (DIGITS,) if free else",
            "for digits in (None, DIGITS) if free else",
            "test_on_which_side_of_a_corner_exp_lies_is_judged_by_digits",
        ),
        (
            "of several draws of values the first counts",
            "            if failure:\n                return points, failure\n",
            "            if failure or corners:\n                return points, failure\n",
            "test_the_mutants_that_survive_are_no_mistakes",
        ),
    ),
)

SAMPLES = mistakes_in(
    f"{CALCULUS}/judging/samples.py",
    f"{TESTS}/judging/test_samples.py",
    (
        "samples are positive only",
        "sign = source.choice((-1, 1))",
        "sign = 1",
        "test_values_have_both_signs_and_are_neither_0_nor_1",
    ),
    (
        "samples are negative only",
        "sign = source.choice((-1, 1))",
        "sign = -1",
        "test_values_have_both_signs_and_are_neither_0_nor_1",
    ),
    (
        "samples are 1 and -1",
        "return sign * source.randint(1, MOST)",
        "return sign",
        "test_values_have_both_signs_and_are_neither_0_nor_1",
    ),
    (
        "samples are even",
        "return sign * source.randint(1, MOST)",
        "return 2 * sign * source.randint(1, MOST // 2)",
        "test_values_have_both_signs_and_are_neither_0_nor_1",
    ),
    (
        "all entries of an array have one sample",
        'f"{seed}/{name}/{at}"',
        'f"{seed}/{name}"',
        "test_values_differ_by_name_by_entry_and_by_seed",
    ),
    (
        "all entries of a row have one sample",
        'f"{seed}/{name}/{at}"',
        'f"{seed}/{name}/{at[:1]}"',
        "test_values_differ_by_name_by_entry_and_by_seed",
    ),
    (
        "all arrays have the same samples",
        'f"{seed}/{name}/{at}"',
        'f"{seed}/{at}"',
        "test_values_differ_by_name_by_entry_and_by_seed",
    ),
    (
        "all seeds have the same samples",
        'f"{seed}/{name}/{at}"',
        'f"{name}/{at}"',
        "test_values_differ_by_name_by_entry_and_by_seed",
    ),
    (
        "samples for 50 digits are as large as others",
        "return sign * source.randint(1, GRID - 1) * _fraction(scale) / GRID",
        "return 2 * sign * source.randint(1, GRID - 1) * _fraction(scale) / GRID",
        "test_in_digits_no_value_is_larger_than_1",
    ),
    (
        "a number is drawn whatever the domain says of it",
        "        if _is_about_one_entry(condition):\n",
        "        if False:\n",
        "test_a_number_satisfies_all_that_the_domain_says_of_it",
    ),
    (
        "a number satisfies only the first thing the domain says of it",
        "zip(conditions, bounds, strict=True)):",
        "zip(conditions[:1], bounds)):",
        "test_a_number_satisfies_all_that_the_domain_says_of_it",
    ),
    (
        "no label is ignored",
        'if name == "iota" or row == 1:',
        'if name == "iota":',
        "test_labels_name_the_first_and_the_last_class_in_rows_that_are_not_ignored",
    ),
    (
        "no label names the last class",
        "return classes if most == (row != 2) and classes > 2 else 1",
        "return 1",
        "test_labels_name_the_first_and_the_last_class_in_rows_that_are_not_ignored",
    ),
    (
        "no label names the first class",
        "return classes if most == (row != 2) and classes > 2 else 1",
        "return classes",
        "test_labels_name_the_first_and_the_last_class_in_rows_that_are_not_ignored",
    ),
    (
        "the rows all have one label",
        "row = (sum(at) - len(at)) % 4",
        "row = 0",
        "test_labels_name_the_first_and_the_last_class_in_rows_that_are_not_ignored",
    ),
    (
        "what the domain says of entries is left to chance",
        "    if isinstance(expr, Indexed):\n        return len(",
        "    if isinstance(expr, Indexed):\n        return False and len(",
        "test_entries_satisfy_what_the_domain_says_of_each_of_them_and_of_their_sum",
    ),
    (
        "what entries add up to is left to chance",
        "if name not in totals:",
        "if True:",
        "test_entries_satisfy_what_the_domain_says_of_each_of_them_and_of_their_sum",
    ),
    (
        "rows add up to 1 where all entries are to",
        "range(1, sizes[size_of(index)] + 1) if index in summed else (number,)",
        "range(1, sizes[size_of(index)] + 1) if index == summed[0] else (number,)",
        "test_entries_satisfy_what_the_domain_says_of_each_of_them_and_of_their_sum",
    ),
    (
        "at 50 digits a sum of 1 is exact",
        'if condition.relation == "=" and evaluate.digits is not None:',
        "if False:",
        "test_whether_a_condition_holds_everywhere",
    ),
    (
        "an entry differs from itself",
        "return isinstance(left, Indexed) and isinstance(right, Indexed) and",
        "return False and",
        "test_whether_a_condition_holds_everywhere",
    ),
    (
        "of five sizes and more two are always equal",
        "digits = range((count - 1).bit_length())",
        "digits = range((count - 1).bit_length() - 1)",
        "test_every_size_is_once_larger_and_once_smaller_than_every_other",
    ),
    (
        "of five sizes and more one is never the larger one",
        "for digit in digits for turned in (0, 1)",
        "for digit in digits for turned in (0,)",
        "test_every_size_is_once_larger_and_once_smaller_than_every_other",
    ),
    (
        "of four sizes two are always equal",
        "(2, 2, 3, 2), (2, 2, 2, 3)),",
        "(2, 2, 3, 3), (3, 3, 2, 2)),",
        "test_every_size_is_once_larger_and_once_smaller_than_every_other",
    ),
    (
        "two sizes are equal",
        "2: ((3, 2), (2, 3))",
        "2: ((3, 3), (2, 2))",
        "test_every_size_is_once_larger_and_once_smaller_than_every_other",
    ),
    (
        "the first of two sizes is always the larger one",
        "2: ((3, 2), (2, 3))",
        "2: ((3, 2), (4, 3))",
        "test_every_size_is_once_larger_and_once_smaller_than_every_other",
    ),
    (
        "a size alone is 1",
        "1: ((3,), (4,))",
        "1: ((1,), (1,))",
        "test_every_size_is_once_larger_and_once_smaller_than_every_other",
    ),
    (
        "no index takes its last value",
        "range(1, sizes[size_of(each)] + 1)",
        "range(1, sizes[size_of(each)])",
        "test_every_index_takes_every_value",
    ),
    (
        "no index takes its first value",
        "range(1, sizes[size_of(each)] + 1)",
        "range(2, sizes[size_of(each)] + 1)",
        "test_every_index_takes_every_value",
    ),
    (
        "points are spread over one kind of equality",
        "enumerate(sorted(strata.values(), key=len)):",
        "enumerate(sorted(strata.values(), key=len)[:1]):",
        "test_points_are_spread_over_equal_and_unequal_indices",
    ),
    (
        "a condition holds everywhere without being looked at",
        "return not any(True for _ in _unmet(condition, evaluate))",
        "return True",
        "test_whether_a_condition_holds_everywhere",
    ),
    (
        "a condition holds everywhere if it does somewhere",
        "return not any(True for _ in _unmet(condition, evaluate))",
        "return len(list(_unmet(condition, evaluate))) < 2",
        "test_whether_a_condition_holds_everywhere",
    ),
    (
        "a condition holds where it is not defined",
        "    except ArithmeticError:\n        return False",
        "    except ArithmeticError:\n        return True",
        "test_whether_a_condition_holds_everywhere",
    ),
)

SUBTLE = (
    *mistakes_in(
        "derivations/index_calculus/judging/judge.py",
        "tests/index_calculus/judging/test_judge.py",
        (
            "a judgement at 50 digits names the sizes of the exact one too",
            "            points, tried, failure = 0, [], None\n",
            "            points, failure = 0, None\n",
            "test_a_judgement_at_50_digits_names_each_choice_of_sizes_once",
        ),
        (
            "a condition on something else is asked where that does not occur",
            "(each for each in self.context.domain if names_in(each.left) | names_in(each.right) <= reached)",
            "(each for each in self.context.domain if names_in(each.left) & reached or each.is_about_indices)",
            "test_a_condition_on_something_else_too_does_not_matter",
        ),
        *(
            (
                f"what is equal is equal under other {what}",
                "question = (left, right, definitions, domain, chosen)",
                f"question = (left, right, {key})",
                "test_what_was_equal_is_judged_again_under_other_definitions_conditions_or_sizes",
            )
            for what, key in (
                ("definitions", "domain, chosen"),
                ("conditions", "definitions, chosen"),
                ("sizes", "definitions, domain"),
            )
        ),
        (
            "a disagreement at 50 digits shows three of them",
            "working.nstr(value, 20)",
            "working.nstr(value, 3)",
            "test_a_disagreement_at_50_digits_shows_the_digits_that_differ",
        ),
        (
            "a side's value is kept for other draws",
            "self._values.setdefault((side.code, evaluate), {})",
            "self._values.setdefault((side.code, evaluate.digits, tuple(evaluate.sizes.items())), {})",
            "test_values_that_are_kept_are_those_of_the_same_draw",
        ),
        (
            "a condition on two indices is asked where one occurs",
            "free_indices(condition.left - condition.right) <= set(indices)",
            "free_indices(condition.left) <= set(indices)",
            "test_a_condition_on_something_else_too_does_not_matter",
        ),
        (
            "a condition on two indices is asked where either occurs",
            "free_indices(condition.left - condition.right) <= set(indices)",
            "free_indices(condition.left - condition.right) & set(indices)",
            "test_a_condition_on_something_else_too_does_not_matter",
        ),
    ),
    *mistakes_in(
        "derivations/index_calculus/judging/samples.py",
        "tests/index_calculus/judging/test_samples.py",
        (
            "a condition holds everywhere if it does for the left side's indices",
            "indices = sorted(free_indices(condition.left) | free_indices(condition.right), key=str)",
            "indices = sorted(free_indices(condition.left), key=str)",
            "test_whether_a_condition_holds_everywhere",
        ),
        (
            "a number that is compared with another is drawn apart",
            "return condition.right.is_Rational and _is_any_entry(condition.left)",
            "return _is_any_entry(condition.left)",
            "test_a_number_that_is_compared_with_another_is_drawn_like_any",
        ),
        (
            "the first points of each kind are enough",
            "chosen += random.Random(place).sample(stratum, min(share, len(stratum)))",
            "chosen += stratum[: min(share, len(stratum))]",
            "test_points_are_spread_over_equal_and_unequal_indices",
        ),
    ),
)

MISTAKES = (*JUDGE, *DRAWS, *SAMPLES, *SUBTLE)
