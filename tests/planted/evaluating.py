"""Mistakes in what formulas are worth, in what is free or bound in them, and in when a lemma fits."""

from . import mistakes_in

CALCULUS, TESTS = "derivations/index_calculus", "tests/index_calculus"

UNDEFINED = mistakes_in(
    f"{CALCULUS}/judging/evaluator.py",
    f"{TESTS}/judging/test_judge.py",
    (
        "the logarithm of what is not positive is a number",
        "known.require(x)",
        "",
        "test_where_a_line_is_not_defined_it_is_not_equal",
    ),
    (
        "the root of a negative number is a number",
        "        if x < 0:\n            raise",
        "        if x < -(10**9):\n            raise",
        "test_where_a_line_is_not_defined_it_is_not_equal",
    ),
    (
        "the root of 0 is any number",
        "        if x == 0:\n            return 0\n",
        "",
        "test_where_a_line_is_not_defined_it_is_not_equal",
    ),
    (
        "a free function has one value at all arguments",
        "key = (function, argument)",
        "key = (function,)",
        "test_false_equations",
    ),
    (
        "all free functions have one value",
        "key = (function, argument)",
        "key = (argument,)",
        "test_false_equations",
    ),
    ("free functions are 1", "self._free[key] = value", "self._free[key] = 1", "test_false_equations"),
    (
        "free functions have fewer than a hundred values",
        "FREE = 2**64",
        "FREE = 97",
        "test_what_is_0_for_many_values_of_a_function_is_not_0",
    ),
)

EVALUATOR = mistakes_in(
    f"{CALCULUS}/judging/evaluator.py",
    f"{TESTS}/judging/test_evaluator.py",
    (
        "values of 50 digits are rounded to a float",
        "return working.mpf(self.number(value))",
        "return float(self.number(value))",
        "test_functions_and_their_first_two_derivatives_are_mpmaths",
    ),
    (
        "values are remembered for derivatives of them",
        "return self._memories.setdefault(self._stack, {})",
        "return self._memories.setdefault((), {})",
        "test_a_sum_and_a_derivative_depend_on_their_indices",
    ),
    (
        "what has a definition does not move when it is differentiated by",
        "if differentiated == name:",
        "if differentiated == name and definition is None:",
        "test_values_are_what_one_finds_by_hand",
    ),
    (
        "the derivative of a power lacks the exponent",
        "exponent * self.power(x.value, exponent - 1))",
        "self.power(x.value, exponent - 1))",
        "test_values_are_what_one_finds_by_hand",
    ),
    (
        "the derivative of a root lacks the 2",
        "self.power(degree * self.power(value, degree - 1), -1)",
        "self.power(self.power(value, degree - 1), -1)",
        "test_functions_and_their_first_two_derivatives_are_mpmaths",
    ),
    (
        "the largest of some numbers is the smallest",
        "choose = max if isinstance(corner, Max) else min",
        "choose = min",
        "test_values_are_what_one_finds_by_hand",
    ),
    (
        "the smallest of some numbers is the largest",
        "choose = max if isinstance(corner, Max) else min",
        "choose = max",
        "test_functions_and_their_first_two_derivatives_are_mpmaths",
    ),
    (
        "a slope where two numbers are the largest is sure",
        "        elif any(isinstance(each, Dual) for each in values):\n",
        "        elif False:\n",
        "test_which_pieces_of_a_corner_were_met_and_where_a_corner_itself_was",
    ),
    (
        "a value where two numbers are the largest is a matter of convention",
        "        elif any(isinstance(each, Dual) for each in values):\n",
        "        else:\n",
        "test_which_pieces_of_a_corner_were_met_and_where_a_corner_itself_was",
    ),
    (
        "what jumps at 0 is sure there",
        "        elif isinstance(x, Dual) or not isinstance(corner, Abs):\n",
        "        elif isinstance(x, Dual):\n",
        "test_which_pieces_of_a_corner_were_met_and_where_a_corner_itself_was",
    ),
    (
        "the slope of |u| at 0 is sure",
        "        elif isinstance(x, Dual) or not isinstance(corner, Abs):\n",
        "        elif not isinstance(corner, Abs):\n",
        "test_which_pieces_of_a_corner_were_met_and_where_a_corner_itself_was",
    ),
    (
        "of a corner one side is taken for the other",
        "self.met.add((corner, int(side > 0)))",
        "self.met.add((corner, 0))",
        "test_which_pieces_of_a_corner_were_met_and_where_a_corner_itself_was",
    ),
)

COMPILED = mistakes_in(
    f"{CALCULUS}/judging/compiled.py",
    f"{TESTS}/judging/test_evaluator.py",
    (
        "a sum stops one term early",
        "range(low(run, env), high(run, env) + 1)",
        "range(low(run, env), high(run, env))",
        "test_values_are_what_one_finds_by_hand",
    ),
    (
        "a sum begins one term late",
        "range(low(run, env), high(run, env) + 1)",
        "range(low(run, env) + 1, high(run, env) + 1)",
        "test_values_are_what_one_finds_by_hand",
    ),
    (
        "a sum is remembered for other indices",
        "run.remembered((run_sum, free(env)), ",
        "run.remembered((run_sum,), ",
        "test_a_sum_and_a_derivative_depend_on_their_indices",
    ),
    (
        "a derivative is remembered for other indices",
        "(name, code, free(env)), env",
        "(name, code), env",
        "test_a_sum_and_a_derivative_depend_on_their_indices",
    ),
    (
        "a derivative by one array is remembered for another",
        "(name, code, free(env)), env",
        "(code, free(env)), env",
        "test_a_sum_and_a_derivative_depend_on_their_indices",
    ),
    ("δ is 1", "int(first(run, env) == second(run, env))", "1", "test_values_are_what_one_finds_by_hand"),
    (
        "an inverse root is a root",
        "run.power(run.root(base(run, env), degree), whole)",
        "run.power(run.root(base(run, env), degree), abs(whole))",
        "test_functions_and_their_first_two_derivatives_are_mpmaths",
    ),
    (
        "|u| is u",
        "return value * run.side(expr, value)",
        "run.side(expr, value)\n            return value",
        "test_functions_and_their_first_two_derivatives_are_mpmaths",
    ),
    (
        "a step is 1 on either side",
        "(0, at_zero(run, env), 1)[run.side",
        "(1, at_zero(run, env), 1)[run.side",
        "test_functions_and_their_first_two_derivatives_are_mpmaths",
    ),
    (
        "a step at 0 is 1 whatever is said",
        "(0, at_zero(run, env), 1)[run.side",
        "(0, 1, 1)[run.side",
        "test_which_pieces_of_a_corner_were_met_and_where_a_corner_itself_was",
    ),
)

DOMAINS = mistakes_in(
    f"{CALCULUS}/functions/smooth.py",
    f"{TESTS}/judging/test_judge.py",
    (
        "the logarithm of 0 is a number",
        'POSITIVE = (Condition(ARGUMENT, ">", Integer(0)),)',
        'POSITIVE = (Condition(ARGUMENT, "≥", Integer(0)),)',
        "test_where_a_line_is_not_defined_it_is_not_equal",
    ),
)

FUNCTIONS = mistakes_in(
    f"{CALCULUS}/functions/smooth.py",
    f"{TESTS}/judging/test_evaluator.py",
    (
        "the derivative of exp is 1",
        "slope=VALUE,",
        "slope=Integer(1),",
        "test_functions_and_their_first_two_derivatives_are_mpmaths",
    ),
    (
        "the derivative of log is 1",
        "slope=1 / ARGUMENT,",
        "slope=Integer(1),",
        "test_functions_and_their_first_two_derivatives_are_mpmaths",
    ),
    (
        "the derivative of tanh is that of its argument",
        "slope=1 - VALUE**2",
        "slope=1 - ARGUMENT**2",
        "test_functions_and_their_first_two_derivatives_are_mpmaths",
    ),
    (
        "the derivative of erf lacks the 2",
        "slope=2 / sqrt(pi)",
        "slope=1 / sqrt(pi)",
        "test_functions_and_their_first_two_derivatives_are_mpmaths",
    ),
)

DUAL = mistakes_in(
    f"{CALCULUS}/judging/dual.py",
    f"{TESTS}/judging/test_evaluator.py",
    (
        "a sum keeps the slopes of one term",
        "return Dual(self.level, self.value + other.value, slopes)",
        "return Dual(self.level, self.value + other.value, self.slopes)",
        "test_values_are_what_one_finds_by_hand",
    ),
    (
        "a product keeps the slopes of one factor where both have one",
        "return Dual(self.level, self.value * other.value, slopes)",
        "return Dual(self.level, self.value * other.value, {**slopes, **other.slopes})",
        "test_values_are_what_one_finds_by_hand",
    ),
    (
        "the product rule forgets a factor",
        "slope = slope * self.value",
        "slope = slope * 1",
        "test_values_are_what_one_finds_by_hand",
    ),
    (
        "a constant factor does not multiply the slope",
        "return self.with_slope(self.value * other, other)",
        "return self.with_slope(self.value * other, 1)",
        "test_values_are_what_one_finds_by_hand",
    ),
    (
        "second derivatives are confused with squares",
        "not isinstance(other, Dual) or other.level < self.level",
        "not isinstance(other, Dual)",
        "test_values_are_what_one_finds_by_hand",
    ),
)

EXPRESSIONS = (
    *mistakes_in(
        f"{CALCULUS}/expressions.py",
        f"{TESTS}/test_traps.py",
        (
            "a derivative by a bound index is not refused",
            "        if captured:\n",
            "        if False:\n",
            "test_a_derivative_by_a_bound_index_is_refused",
        ),
        (
            "a substituted index is captured",
            "return rename_apart(expr, arriving).xreplace(dict(values))",
            "return expr.xreplace(dict(values))",
            "test_substitution_renames_a_bound_index_instead_of_capturing_it",
        ),
    ),
    *mistakes_in(
        f"{CALCULUS}/expressions.py",
        f"{TESTS}/test_expressions.py",
        (
            "bound indices are free",
            "free = free - {index} | free_indices(low)",
            "free = free | free_indices(low)",
            "test_what_is_bound_is_not_free_and_limits_are",
        ),
        ("what is not 0 may be 0", '"≠": operator.ne', '"≠": lambda left, right: True', "test_relations"),
        ("at least means more than", '"≥": operator.ge', '"≥": operator.gt', "test_relations"),
        ("more than means at least", '">": operator.gt', '">": operator.ge', "test_relations"),
        (
            "a new condition takes the place of the domain",
            "dict.fromkeys((*self.domain, *conditions))",
            "dict.fromkeys(conditions)",
            "test_a_domain_grows_and_what_says_more_stands_for_what_says_less",
        ),
        (
            "dependence does not reach through definitions",
            "return not names_in(variable).isdisjoint(self.reachable(expr))",
            "return not names_in(variable).isdisjoint(names_in(expr))",
            "test_dependence_reaches_through_all_definitions",
        ),
        (
            "the names behind a name are not reached",
            "return names.union(*(self._behind[name] for name in names if name in self.definitions))",
            "return names",
            "test_dependence_reaches_through_all_definitions",
        ),
        (
            "a recurrence begins one step late",
            "return self.right if at[0] >= self.first else self.initial",
            "return self.right if at[0] > self.first else self.initial",
            "test_a_recurrence_begins_where_it_says",
        ),
        (
            "a recurrence is inserted before it begins",
            "if place.is_Integer and int(place) < self.first:",
            "if False:",
            "test_a_recurrence_begins_where_it_says",
        ),
        (
            "a condition on a value is taken for one on an index",
            "return all(is_index(symbol) for symbol in self.left",
            "return any(is_index(symbol) for symbol in self.left",
            "test_which_conditions_are_about_indices",
        ),
    ),
)

MATCHING = mistakes_in(
    f"{CALCULUS}/rules/matching.py",
    f"{TESTS}/rules/test_matching.py",
    (
        "a lemma's letter stands for two things",
        "        elif found[pattern] == expr:\n            yield found",
        "        else:\n            yield found",
        "test_what_does_not_fit",
    ),
    (
        "a lemma's letter stands for a bound index",
        "if not any(value.free_symbols & inside for value in outside.values()):",
        "if True:",
        "test_what_does_not_fit",
    ),
    (
        "a lemma about one array fits another",
        "        if pattern == expr:\n            yield found",
        "        yield found",
        "test_what_does_not_fit",
    ),
    (
        "a lemma about one function fits another",
        "if pattern.func != expr.func or len(pattern.args) != len(expr.args):",
        "if len(pattern.args) != len(expr.args):",
        "test_what_does_not_fit",
    ),
    ("a lemma takes a power for one factor", "* abs(int(factor.exp))", "* 1", "test_what_fits_and_how"),
    (
        "a lemma forgets what stands beside it",
        "return Instance(values, expr.func(*used), tuple(rest))",
        "return Instance(values, expr.func(*used), ())",
        "test_what_fits_and_how",
    ),
)

SUBTLE = (
    *mistakes_in(
        "derivations/index_calculus/judging/evaluator.py",
        "tests/index_calculus/judging/test_evaluator.py",
        (
            "a slope along one array is taken for one along another",
            "depends = isinstance(value, Dual) and value.level == len(self._stack)",
            "depends = isinstance(value, Dual)",
            "test_values_are_what_one_finds_by_hand",
        ),
        (
            "two free functions may have one value",
            "while value in self._used:",
            "while value in ():",
            "test_free_functions_have_many_values",
        ),
    ),
    *mistakes_in(
        "derivations/index_calculus/judging/compiled.py",
        "tests/index_calculus/judging/test_evaluator.py",
        (
            "a sum is remembered for other limits",
            "free = numbers_of(sorted(index.name for index in free_indices(expr)))",
            "inner = free_indices(expr.function) - {limit[0] for limit in expr.limits}\n"
            "    free = numbers_of(sorted(index.name for index in inner))",
            "test_a_sum_and_a_derivative_depend_on_their_indices",
        ),
        (
            "the inner sum is taken for the outer one",
            "at, low, high in reversed(expr.limits)]",
            "at, low, high in expr.limits]",
            "test_values_are_what_one_finds_by_hand",
        ),
    ),
    *mistakes_in(
        "derivations/index_calculus/judging/evaluator.py",
        "tests/index_calculus/judging/test_judge.py",
        (
            "free roots are free logarithms",
            'self._free_value(f"root {degree}", x) if self.digits is None',
            'self._free_value("log", x) if self.digits is None',
            "test_false_equations",
        ),
    ),
    *mistakes_in(
        "derivations/index_calculus/judging/compiled.py",
        "tests/index_calculus/judging/test_corners.py",
        (
            "beside a step that is 0 no corner is seen",
            "    if not expr.has(*CORNERED):\n",
            "    stops = args\n    if not expr.has(*CORNERED):\n",
            "test_what_is_true_of_corners_is_judged_true_in_both_ways",
        ),
    ),
    *mistakes_in(
        "derivations/index_calculus/judging/compiled.py",
        "tests/index_calculus/judging/test_judge.py",
        (
            "an exponent that is drawn is a whole number",
            "if isinstance(expr, Indexed) and expr.base.label.name in LABELS:",
            "if isinstance(expr, Indexed):",
            "test_what_no_rule_writes_is_refused",
        ),
        (
            "what the judge cannot evaluate is 0",
            'raise TypeError(f"the judge cannot evaluate {type(expr).__name__}: {expr}")',
            "return lambda run, env: 0",
            "test_what_no_rule_writes_is_refused",
        ),
        (
            "the ignored label is the first class",
            "return lambda run, env: int(run.values(expr.name, ()))",
            "return lambda run, env: 1",
            "test_false_equations",
        ),
    ),
    *mistakes_in(
        "derivations/index_calculus/judging/dual.py",
        "tests/index_calculus/judging/test_evaluator.py",
        (
            "a sum forgets the slopes of a lower level",
            "return Dual(other.level, other.value + self, other.slopes)",
            "return Dual(other.level, other.value + self.value, other.slopes)",
            "test_values_are_what_one_finds_by_hand",
        ),
    ),
    *mistakes_in(
        "derivations/index_calculus/expressions.py",
        "tests/index_calculus/test_expressions.py",
        (
            "an index in the lower limit of a sum is not free",
            "free = free - {index} | free_indices(low) | free_indices(high)",
            "free = free - {index} | free_indices(high)",
            "test_what_is_bound_is_not_free_and_limits_are",
        ),
        (
            "two bound indices get one name",
            "fresh(bound, taken | set(renamed.values()))",
            "fresh(bound, taken)",
            "test_renaming_apart_leaves_free_indices_alone",
        ),
    ),
)

MISTAKES = (*UNDEFINED, *EVALUATOR, *COMPILED, *FUNCTIONS, *DOMAINS, *DUAL, *EXPRESSIONS, *MATCHING, *SUBTLE)
