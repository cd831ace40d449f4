"""Mistakes in second opinions, and in when something is never negative."""

from . import mistakes_in

CALCULUS, TESTS = "derivations/index_calculus", "tests/index_calculus"

OPINION = mistakes_in(
    f"{CALCULUS}/judging/crosscheck.py",
    f"{TESTS}/judging/test_crosscheck.py",
    (
        "diff may differ in the second digit",
        "DIFF: working.mpf(10) ** -40",
        "DIFF: working.mpf(10) ** -2",
        "test_each_method_alone_finds_a_small_mistake",
    ),
    (
        "diff may differ in the 20th digit",
        "DIFF: working.mpf(10) ** -40",
        "DIFF: working.mpf(10) ** -20",
        "test_each_method_alone_finds_a_small_mistake",
    ),
    (
        "a difference may differ in the second digit",
        "DIFFERENCE: working.mpf(10) ** -20",
        "DIFFERENCE: working.mpf(10) ** -2",
        "test_each_method_alone_finds_a_small_mistake",
    ),
    (
        "a difference may differ in the tenth digit",
        "DIFFERENCE: working.mpf(10) ** -20",
        "DIFFERENCE: working.mpf(10) ** -10",
        "test_each_method_alone_finds_a_small_mistake",
    ),
    (
        "what is written out may differ in the second digit",
        "WRITTEN_OUT: working.mpf(10) ** -40",
        "WRITTEN_OUT: working.mpf(10) ** -2",
        "test_each_method_alone_finds_a_small_mistake",
    ),
    (
        "diff is not compared",
        "if not close(expected",
        "if method != DIFF and not close(expected",
        "test_each_method_alone_finds_a_small_mistake",
    ),
    (
        "a difference is not compared",
        "if not close(expected",
        "if method != DIFFERENCE and not close(expected",
        "test_each_method_alone_finds_a_small_mistake",
    ),
    (
        "what is written out is not compared",
        "if not close(expected",
        "if method != WRITTEN_OUT and not close(expected",
        "test_each_method_alone_finds_a_small_mistake",
    ),
    (
        "no second opinion is compared",
        "if not close(expected",
        "if expected is None and not close(expected",
        "test_a_second_opinion_rejects_a_wrong_end",
    ),
    (
        "second opinions compare the left end with itself",
        "values = (evaluate(right, at) for at in points)",
        "values = (evaluate(left, at) for at in points)",
        "test_a_second_opinion_rejects_a_wrong_end",
    ),
    (
        "only the first group of points has a second opinion",
        "in _together(left, points, evaluate.sizes):",
        "in list(_together(left, points, evaluate.sizes))[:1]:",
        "test_a_mistake_at_one_place_is_found_wherever_it_is",
    ),
    (
        "only the last group of points has a second opinion",
        "in _together(left, points, evaluate.sizes):",
        "in list(_together(left, points, evaluate.sizes))[-1:]:",
        "test_a_mistake_at_one_place_is_found_wherever_it_is",
    ),
    (
        "a second opinion's Disagreement is swallowed",
        "            for at in together:\n                ask([at])\n            raise\n",
        "            continue\n",
        "test_a_second_opinion_rejects_a_wrong_end",
    ),
    (
        "a second opinion differs only where one entry does",
        "                ask([at])\n            raise\n",
        "                ask([at])\n",
        "test_what_only_all_entries_together_show_is_a_disagreement_too",
    ),
    (
        "there is no difference",
        "    yield DIFF, scalars.value(reduce(scalars.derivative, directions, written))\n",
        "    yield DIFF, scalars.value(reduce(scalars.derivative, directions, written))\n    return\n",
        "test_a_second_opinion_rejects_a_wrong_end",
    ),
    (
        "all entries move alike",
        "Fraction(chance.choice((-1, 1)) * chance.randint(1, FINE), FINE)",
        "Fraction(1)",
        "test_a_second_opinion_asks_for_all_entries_at_once_and_names_one_that_is_wrong",
    ),
    (
        "entries move by 1 or -1",
        "FINE = 10**9",
        "FINE = 1",
        "test_a_second_opinion_asks_for_all_entries_at_once_and_names_one_that_is_wrong",
    ),
    (
        "one point is enough of what is no derivative",
        "POINTS = 16",
        "POINTS = 1",
        "test_a_mistake_at_one_place_is_found_wherever_it_is",
    ),
    (
        "second opinions know one row, one feature and one class",
        "TOY_SIZES = {N: 2, D: 2, C: 3}",
        "TOY_SIZES = {N: 1, D: 1, C: 1}",
        "test_a_mistake_at_one_place_is_found_wherever_it_is",
    ),
    (
        "second opinions on second derivatives know one row",
        "SMALLEST = {N: 2, D: 2, C: 2, T: 2, K: 2, J: 2}",
        "SMALLEST = {N: 1, D: 1, C: 1, T: 1, K: 1, J: 1}",
        "test_a_mistake_at_one_place_is_found_wherever_it_is",
    ),
    (
        "second opinions know one step",
        "STEPS = {T: 4}",
        "STEPS = {T: 1}",
        "test_a_mistake_at_one_place_is_found_wherever_it_is",
    ),
    (
        "second opinions ignore what the domain says of indices",
        "where = [each for each in conditions if each.is_about_indices]",
        "where: list = []",
        "test_a_second_opinion_is_asked_for_on_the_domain",
    ),
    (
        "second opinions ignore what the domain says of values",
        "[each for each in conditions if not each.is_about_indices], corners, DIGITS",
        "[], corners, DIGITS",
        "test_a_second_opinion_is_asked_for_on_the_domain",
    ),
    (
        "a second opinion is the judge's own",
        "            methods.add(method)\n",
        "            methods.add(method)\n            expected = working.fsum(\n"
        "                evaluate.number(weight) * evaluate(left, at)\n"
        "                for weight, at in zip(weights, points)\n            )\n",
        "test_a_second_opinion_knows_nothing_of_the_judges_derivatives",
    ),
    (
        "an entry by which is differentiated twice moves once",
        "[(direction, sign * width) for direction, sign in zip(directions, signs, strict=True)]",
        "list({direction: sign * width for direction, sign in zip(directions, signs)}.items())",
        "test_a_second_opinion_on_a_second_derivative",
    ),
)

SIGNS = mistakes_in(
    f"{CALCULUS}/judging/signs.py",
    f"{TESTS}/judging/test_signs.py",
    (
        "nothing is asked to be nonnegative",
        'return () if is_nonnegative(expr, context) else (Condition(expr, "≥", ZERO),)',
        "return ()",
        "test_what_is_never_negative_is_read_off_its_structure",
    ),
    (
        "no denominator is asked to be positive",
        'else (Condition(expr, ">", ZERO),)',
        "else ()",
        "test_what_is_never_negative_is_read_off_its_structure",
    ),
    (
        "every number is nonnegative",
        "return bool(expr.is_nonnegative)",
        "return True",
        "test_what_is_never_negative_is_read_off_its_structure",
    ),
    (
        "odd powers are nonnegative",
        "expr.exp.is_Integer and expr.exp % 2 == 0:",
        "expr.exp.is_Integer:",
        "test_what_is_never_negative_is_read_off_its_structure",
    ),
    (
        "a sum with one nonnegative term is nonnegative",
        "return all(is_nonnegative(arg, context) for arg in expr.args)",
        "return any(is_nonnegative(arg, context) for arg in expr.args)",
        "test_what_is_never_negative_is_read_off_its_structure",
    ),
    (
        "one factor of a product is looked at",
        "for factor in expr.args for condition in nonnegative_if(factor, context)",
        "for factor in expr.args[-1:] for condition in nonnegative_if(factor, context)",
        "test_what_is_never_negative_is_read_off_its_structure",
    ),
    (
        "arrays without a definition are nonnegative",
        "return right is not None and is_nonnegative(right, context)",
        "return right is None or is_nonnegative(right, context)",
        "test_nothing_is_negative_that_its_conditions_say_is_not",
    ),
    (
        "everything that is defined is nonnegative",
        "return right is not None and is_nonnegative(right, context)",
        "return right is not None",
        "test_nothing_is_negative_that_its_conditions_say_is_not",
    ),
    (
        "everything that is defined is at most 1",
        "return right is not None and _at_most_one(right, context)",
        "return right is not None",
        "test_nothing_is_negative_that_its_conditions_say_is_not",
    ),
    (
        "1 minus anything is nonnegative",
        "return _at_most_one(1 - expr, context) or is_nonnegative(expr - 1, context)",
        "return True",
        "test_nothing_is_negative_that_its_conditions_say_is_not",
    ),
    (
        "1/(1 + a) is at most 1 for every a",
        "return is_nonnegative(expr.base - 1, context)",
        "return True",
        "test_nothing_is_negative_that_its_conditions_say_is_not",
    ),
    (
        "1/(1 + a) is at most 1 where 1 + a is nonnegative",
        "return is_nonnegative(expr.base - 1, context)",
        "return is_nonnegative(expr.base, context)",
        "test_nothing_is_negative_that_its_conditions_say_is_not",
    ),
    (
        "1/(a + b) is at most 1",
        "and isinstance(expr.base, Add) and 1 in expr.base.args:\n"
        "        return is_nonnegative(expr.base - 1, context)",
        "and isinstance(expr.base, Add):\n        return is_nonnegative(expr.base, context)",
        "test_nothing_is_negative_that_its_conditions_say_is_not",
    ),
    (
        "a recurrence is as its formula, whatever it begins with",
        "return None if definition is None or isinstance(definition, Recurrence) else definition.right",
        "return None if definition is None else definition.right",
        "test_nothing_is_negative_that_its_conditions_say_is_not",
    ),
    (
        "a product with one nonnegative factor is nonnegative",
        "    if isinstance(expr, Add | Mul):\n        return all(",
        "    if isinstance(expr, Add | Mul):\n        return (any if isinstance(expr, Mul) else all)(",
        "test_nothing_is_negative_that_its_conditions_say_is_not",
    ),
    (
        "every root and power is nonnegative",
        "    if isinstance(expr, Pow):\n        return is_nonnegative(expr.base, context)",
        "    if isinstance(expr, Pow):\n        return True",
        "test_nothing_is_negative_that_its_conditions_say_is_not",
    ),
    (
        "numbers without a definition are nonnegative",
        "isinstance(expr, KroneckerDelta):\n        return True  # N",
        "isinstance(expr, KroneckerDelta | Symbol):\n        return True  # N",
        "test_nothing_is_negative_that_its_conditions_say_is_not",
    ),
)

CORNERS = mistakes_in(
    f"{CALCULUS}/judging/crosscheck.py",
    f"{TESTS}/judging/test_crosscheck.py",
    (
        "a second opinion on what has corners is asked for on one side",
        "corners_in(formulas), _toy_sizes",
        "corners_in([]), _toy_sizes",
        "test_a_second_opinion_sees_every_side_of_a_corner",
    ),
    (
        "a second opinion is asked for at a corner itself",
        "            if is_undecided(evaluate, corners):\n",
        "            if False:\n",
        "test_a_second_opinion_is_not_asked_for_at_a_corner_itself",
    ),
    (
        "second opinions are asked for at the first draw's values alone",
        "        scalars.values = evaluate.values\n",
        '        scalars.values = vars(scalars).get("values", evaluate.values)\n',
        "test_a_second_opinion_sees_every_side_of_a_corner",
    ),
)

SUBTLE = (
    *mistakes_in(
        "derivations/index_calculus/judging/crosscheck.py",
        "tests/index_calculus/judging/test_crosscheck.py",
        (
            "sixteen entries of a derivative are enough",
            "    if not variables:\n        points = spread(points, POINTS)\n",
            "    points = spread(points, POINTS)\n",
            "test_a_mistake_at_any_one_of_many_entries_is_found",
        ),
        (
            "entries of one row move with those of all rows",
            "free_indices(variable) - free_indices(inner)]",
            "free_indices(variable)]",
            "test_what_is_true_has_a_second_opinion",
        ),
        (
            "an entry moves with others of which some are left out",
            "if len(group) == prod([sizes[size_of(index)] for index in by]):",
            "if len(group) > 1:",
            "test_what_is_true_has_a_second_opinion",
        ),
        (
            "second opinions are named where there was no entry to ask for",
            "if method in methods)\n",
            "if method in methods) or (DIFF, DIFFERENCE)\n",
            "test_where_there_is_no_entry_there_is_no_second_opinion",
        ),
        (
            "second opinions ask at the left end's indices alone",
            "indices = sorted(free_indices(left) | free_indices(right), key=str)",
            "indices = sorted(free_indices(left), key=str)",
            "test_the_right_end_is_asked_at_its_own_indices_too",
        ),
    ),
    *mistakes_in(
        "derivations/index_calculus/judging/scalars.py",
        "tests/index_calculus/judging/test_crosscheck.py",
        (
            "what has a definition stays when diff moves it",
            "slope = moved if formula is None else moved + self.derivative(formula, direction)",
            "slope = moved if formula is None else self.derivative(formula, direction)",
            "test_what_is_true_has_a_second_opinion",
        ),
        (
            "what has a definition stays when a difference moves it",
            "if moved := self._moved(symbol, each):",
            "if formula is None and (moved := self._moved(symbol, each)):",
            "test_what_is_true_has_a_second_opinion",
        ),
        (
            "a sum written out has its limits the wrong way round",
            "self._sum(expr.function, list(expr.limits), at)",
            "self._sum(expr.function, list(reversed(expr.limits)), at)",
            "test_what_is_true_has_a_second_opinion",
        ),
        (
            "the largest number, written out, is the smallest",
            "    Max: max,\n",
            "    Max: min,\n",
            "test_what_is_true_has_a_second_opinion",
        ),
        (
            "the smallest number, written out, is the largest",
            "    Min: min,\n",
            "    Min: max,\n",
            "test_what_is_true_has_a_second_opinion",
        ),
        (
            "a step, written out, is 1 on either side",
            "working.mpf(u > 0)",
            "working.mpf(1)",
            "test_what_is_true_has_a_second_opinion",
        ),
        (
            "an inverse root, written out, is a root",
            "working.power(base, exponent)",
            "working.power(base, abs(exponent))",
            "test_what_is_true_has_a_second_opinion",
        ),
    ),
    *mistakes_in(
        "derivations/index_calculus/judging/signs.py",
        "tests/index_calculus/judging/test_signs.py",
        (
            "what is not negative is positive",
            "return () if expr in SIZES or (expr.is_number and expr.is_positive) else",
            "return () if expr in SIZES or is_nonnegative(expr, Context()) else",
            "test_what_is_never_negative_is_read_off_its_structure",
        ),
        (
            "every number is positive",
            "return () if expr in SIZES or (expr.is_number and expr.is_positive) else",
            "return () if expr in SIZES or expr.is_number else",
            "test_what_is_never_negative_is_read_off_its_structure",
        ),
        (
            "every sum is nonnegative where it is a term",
            "    if isinstance(expr, Sum):\n        return is_nonnegative(expr.function, context)",
            "    if isinstance(expr, Sum):\n        return True",
            "test_nothing_is_negative_that_its_conditions_say_is_not",
        ),
        (
            "1/(1/2 + a) is at most 1",
            "isinstance(expr.base, Add) and 1 in expr.base.args:\n"
            "        return is_nonnegative(expr.base - 1, context)",
            "isinstance(expr.base, Add) and any(each.is_number for each in expr.base.args):\n"
            "        return is_nonnegative(expr.base, context)",
            "test_what_only_looks_nonnegative_becomes_a_condition",
        ),
        (
            "every power of 1 + a is at most 1",
            "expr.exp == -1 and isinstance(expr.base, Add)",
            "isinstance(expr.base, Add)",
            "test_what_only_looks_nonnegative_becomes_a_condition",
        ),
        (
            "every sum is nonnegative",
            "if isinstance(expr, Sum):\n        return nonnegative_if(expr.function, context)",
            "if isinstance(expr, Sum):\n        return ()",
            "test_what_is_never_negative_is_read_off_its_structure",
        ),
        (
            "of denominators only plain ones are to be positive",
            "if isinstance(expr, Pow) and expr.exp.is_Integer and expr.exp < 0:\n        return _positive",
            "if isinstance(expr, Pow) and expr.exp.is_Integer and expr.exp == -1:\n        return _positive",
            "test_what_is_never_negative_is_read_off_its_structure",
        ),
        (
            "powers with an unknown exponent are nonnegative",
            "if isinstance(expr, Pow) and expr.exp.is_Integer and expr.exp % 2 == 0:\n        return True",
            "if isinstance(expr, Pow) and (expr.exp % 2) != 1:\n        return True",
            "test_what_is_never_negative_is_read_off_its_structure",
        ),
    ),
)

MISTAKES = (*OPINION, *CORNERS, *SIGNS, *SUBTLE)
