"""Mistakes in the evaluation of programs, in what it says of rounding, and in how formulas are printed."""

from . import mistakes_in

MISTAKES = (
    *mistakes_in(
        "derivations/diagnosis/values/lists.py",
        "tests/diagnosis/test_arrays.py",
        (
            "a budget of arrays is spent after an outer product is made",
            "        self.spend(math.prod(shape) * (inner + 1) + len(b.entries))\n",
            "",
            "test_a_budget_is_spent_before_anything_is_made",
        ),
        (
            "a negative label takes from the end",
            "return 0 <= label < size and label == int(label)",
            "return label < size and label == int(label)",
            "test_labels_take_and_mark_and_those_of_no_class_give_zero",
        ),
    ),
    *mistakes_in(
        "derivations/diagnosis/values/roundoff.py",
        "tests/diagnosis/test_evaluate.py",
        (
            "what a program moves has lost nothing before",
            "return moved if reached is None else replace(moved, reach=reached)",
            "return Known(value, error, mass, a.shift, a.given)",
            "test_what_is_moved_is_as_far_off_as_what_is_written_in_its_place",
        ),
        (
            "a program's difference forgets what cancels",
            "found = self.rounded(Known(value, error, a.size + b.size, reach=reach, depth=depth), 1)",
            "found = self.rounded(Known(value, error, None, reach=reach, depth=depth), 1)",
            "test_a_difference_is_as_good_as_what_cancels",
        ),
        (
            "a program's term beside a sum is added last",
            "a, b = self._beside(a, b), self._beside(b, a)",
            "pass",
            "test_certified_gradients_are_as_far_off_as_their_bounds",
        ),
        (
            "a program's difference of what is given is rounded once in a longer sum too",
            "a, b = (each if each.open is None else each.open for each in (a, b))",
            "pass",
            "test_certified_gradients_are_as_far_off_as_their_bounds",
        ),
        (
            "what is clipped in a program owes something to both sides",
            "where(close.of, of_a.at_least(of_b).of, chosen))",
            "(of_a + of_b).of)",
            "test_certified_gradients_are_as_far_off_as_their_bounds",
        ),
        (
            "a program's divisor is as good as exact",
            "gap = size if b.error is None else (size - b.error).at_least(0.0)",
            "gap = size",
            "test_a_divisor_within_its_error_of_zero_tells_nothing",
        ),
        (
            "a program's softmax has exact logits",
            "change = value * self._exponent(rows, a.error)",
            "change = value * self._exponent(rows, None)",
            "test_no_careless_evaluation_of_any_program_is_outside",
        ),
        (
            "a program's product of matrices rounds once",
            "product = self.rounded(Known(value, error, mass, additions=max(terms - 1, 0)), self.inner(terms), lost)",
            "product = self.rounded(Known(value, error, mass, additions=max(terms - 1, 0)), 1, lost)",
            "test_certified_gradients_are_as_far_off_as_their_bounds",
        ),
    ),
    *mistakes_in(
        "derivations/diagnosis/values/slopes.py",
        "tests/diagnosis/test_functions_of_programs.py",
        (
            "a program's erf is as steep as at x",
            "(-(_above(abs(x), d) ** 2.0))",
            "(-(x**2.0))",
            "test_bounds_are_those_of_the_table",
        ),
    ),
    *mistakes_in(
        "derivations/diagnosis/values/roundings.py",
        "tests/diagnosis/test_evaluate.py",
        (
            "nothing overflows in a program's precision",
            "if a.size.largest() > largest / 2:",
            "if False:",
            "test_what_may_overflow_on_the_way_tells_nothing",
        ),
        (
            "nothing underflows in a program's precision",
            "error = grown * a.size + self.tiny * lost",
            "error = grown * a.size",
            "test_what_underflows_is_lost_times_the_factors_that_follow",
        ),
    ),
    *mistakes_in(
        "derivations/diagnosis/values/evaluate.py",
        "tests/diagnosis/test_evaluate.py",
        (
            "a line of a program is one whatever its name is now",
            'return lines[tree] if tree in lines else self.place("name", tree)',
            'return self.place("name", tree)',
            "test_lines_are_read_in_their_order_and_only_where_they_are_mentioned",
        ),
    ),
    *mistakes_in(
        "derivations/diagnosis/printing/formulas.py",
        "tests/diagnosis/test_tree_printing.py",
        (
            "a sum is subtracted without brackets",
            'printed = f"({printed})" if level == SUM and not positive else printed',
            "pass",
            "test_each_formula",
        ),
    ),
)
