"""Mistakes in what formulas are worth, in what is free or bound in them, and in when a lemma fits."""

from . import mistakes_in

CALCULUS, TESTS = "derivations/index_calculus", "tests/index_calculus"

UNDEFINED = mistakes_in(
    f"{CALCULUS}/evaluator.py",
    f"{TESTS}/test_judge.py",
    (
        "the logarithm of what is not positive is a number",
        "        if x <= 0:\n",
        "        if x < -(10**9):\n",
        "test_where_a_line_is_not_defined_it_is_not_equal",
    ),
    (
        "the logarithm of 0 is a number",
        "        if x <= 0:\n",
        "        if x < 0:\n",
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
        'f"{self.seed}/{function}/{argument}"',
        'f"{self.seed}/{function}"',
        "test_false_equations",
    ),
    (
        "all free functions have one value",
        'f"{self.seed}/{function}/{argument}"',
        'f"{self.seed}/{argument}"',
        "test_false_equations",
    ),
    ("free functions are 1", "source.randint(2, 97)", "1", "test_false_equations"),
)

EVALUATOR = mistakes_in(
    f"{CALCULUS}/evaluator.py",
    f"{TESTS}/test_evaluator.py",
    (
        "values of 50 digits are rounded to a float",
        "return working.mpf(self.number(value))",
        "return float(self.number(value))",
        "test_functions_and_their_first_two_derivatives_are_mpmaths",
    ),
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
        "key = (run_sum, *[env[each] for each in free])",
        "key = (run_sum,)",
        "test_a_sum_and_a_derivative_depend_on_their_indices",
    ),
    (
        "a derivative is remembered for other indices",
        "key = (Partial, name, code, *[env[each] for each in free])",
        "key = (Partial, name, code)",
        "test_a_sum_and_a_derivative_depend_on_their_indices",
    ),
    (
        "a derivative by one array is remembered for another",
        "key = (Partial, name, code, *[env[each] for each in free])",
        "key = (Partial, code, *[env[each] for each in free])",
        "test_a_sum_and_a_derivative_depend_on_their_indices",
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
    ("δ is 1", "int(first(run, env) == second(run, env))", "1", "test_values_are_what_one_finds_by_hand"),
    (
        "the largest of some numbers is the first",
        "max(argument(run, env) for argument in arguments)",
        "arguments[0](run, env)",
        "test_values_are_what_one_finds_by_hand",
    ),
    (
        "the derivative of a power lacks the exponent",
        "exponent * self.power(x.value, exponent - 1))",
        "self.power(x.value, exponent - 1))",
        "test_values_are_what_one_finds_by_hand",
    ),
    (
        "the derivative of exp is 1",
        "return x.with_slope(value, value)",
        "return x.with_slope(value, 1)",
        "test_functions_and_their_first_two_derivatives_are_mpmaths",
    ),
    (
        "the derivative of log is 1",
        "x.with_slope(self.logarithm(x.value), self.power(x.value, -1))",
        "x.with_slope(self.logarithm(x.value), 1)",
        "test_functions_and_their_first_two_derivatives_are_mpmaths",
    ),
    (
        "the derivative of a root lacks the 2",
        "self.power(2 * value, -1))",
        "self.power(value, -1))",
        "test_functions_and_their_first_two_derivatives_are_mpmaths",
    ),
    (
        "an inverse root is a root",
        "run.power(run.root(base(run, env)), -1)",
        "run.root(base(run, env))",
        "test_functions_and_their_first_two_derivatives_are_mpmaths",
    ),
)

DUAL = mistakes_in(
    f"{CALCULUS}/dual.py",
    f"{TESTS}/test_evaluator.py",
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
    f"{CALCULUS}/matching.py",
    f"{TESTS}/test_matching.py",
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
        "derivations/index_calculus/evaluator.py",
        "tests/index_calculus/test_evaluator.py",
        (
            "a slope along one array is taken for one along another",
            "depends = isinstance(value, Dual) and value.level == len(self._stack)",
            "depends = isinstance(value, Dual)",
            "test_values_are_what_one_finds_by_hand",
        ),
        (
            "free functions have two values",
            "source.randint(2, 97)",
            "source.randint(2, 3)",
            "test_free_functions_have_many_values",
        ),
        (
            "a sum is remembered for other limits",
            "free = sorted(index.name for index in free_indices(expr))",
            "free = sorted(index.name for index in free_indices(expr.function) - {limit[0] for limit in expr.limits})",
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
        "derivations/index_calculus/evaluator.py",
        "tests/index_calculus/test_judge.py",
        (
            "free roots are free logarithms",
            'self._free_value("sqrt", x) if self.digits is None',
            'self._free_value("log", x) if self.digits is None',
            "test_false_equations",
        ),
        (
            "every fractional power is a root",
            "    if expr.exp == Rational(1, 2):\n        return lambda run, env: run.root",
            "    if expr.exp.is_Rational and not expr.exp.is_Integer and expr.exp > 0:\n"
            "        return lambda run, env: run.root",
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
        "derivations/index_calculus/dual.py",
        "tests/index_calculus/test_evaluator.py",
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

MISTAKES = (*UNDEFINED, *EVALUATOR, *DUAL, *EXPRESSIONS, *MATCHING, *SUBTLE)
