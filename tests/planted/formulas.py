"""Mistakes in reading formulas that people type, in running them, and in what they are tried on."""

from . import mistakes_in

READING, RUNNING, CHECK = (f"tests/diagnosis/test_{each}.py" for each in ("reading", "running", "check"))

MISTAKES = (
    *mistakes_in(
        "derivations/diagnosis/reading/python.py",
        RUNNING,
        (
            "what the grammar does not list is evaluated",
            "return self.call(name, node, self.expression(function.value))\n        raise self.refused(node)",
            "return self.call(name, node, self.expression(function.value))\n"
            '        return Node("text", word=str(eval(ast.unparse(node))))',
            "test_what_a_text_says_is_never_done",
        ),
    ),
    *mistakes_in(
        "derivations/diagnosis/reading/python.py",
        READING,
        (
            "attributes with underscores are read",
            'case ast.Attribute(value=a, attr=name) if not name.startswith("_"):',
            "case ast.Attribute(value=a, attr=name):",
            "test_what_is_no_formula_is_told_with_its_place",
        ),
    ),
    *mistakes_in(
        "derivations/diagnosis/reading/mathematics.py",
        READING,
        (
            "1/2N is read without a word",
            "            self.divisions.append((left.parts[1], token.value))",
            "            pass",
            "test_a_division_that_may_mean_another_is_told",
        ),
    ),
    *mistakes_in(
        "derivations/diagnosis/running/scope.py",
        RUNNING,
        (
            "a formula may take ten times its steps",
            "        if self.steps < 0:",
            "        if self.steps < -10 * STEPS:",
            "test_the_budgets_are_of_steps_and_of_elements_and_of_calls",
        ),
    ),
    *mistakes_in(
        "derivations/diagnosis/running/expressions.py",
        RUNNING,
        (
            "a reader's functions may call each other for long",
            "        if len(self.frames) > CALLS:",
            "        if len(self.frames) > 10 * CALLS:",
            "test_the_budgets_are_of_steps_and_of_elements_and_of_calls",
        ),
    ),
    *mistakes_in(
        "derivations/diagnosis/running/arguments.py",
        RUNNING,
        (
            "options that a function does not have are passed over",
            "        if self.unnamed or any(",
            "        if any(",
            "test_what_cannot_be_computed_is_told_with_its_place",
        ),
    ),
    *mistakes_in(
        "derivations/diagnosis/running/letters.py",
        RUNNING,
        (
            "an index may run to two sizes",
            "        elif self.sizes.setdefault(index.word, size) != size:",
            "        elif self.sizes.setdefault(index.word, size) > 10 * size:",
            "test_what_cannot_be_computed_is_told_with_its_place",
        ),
    ),
    *mistakes_in(
        "derivations/diagnosis/check.py",
        RUNNING,
        (
            "a formula may compute any number of elements",
            "    arrays = Lists(ELEMENTS)",
            "    arrays = Lists()",
            "test_the_budgets_are_of_steps_and_of_elements_and_of_calls",
        ),
    ),
    *mistakes_in(
        "derivations/diagnosis/check.py",
        CHECK,
        (
            "a formula may be off by a thousandth without a word",
            'FORMULA = Precision("formula", 2.0**-30, 1e-12)',
            'FORMULA = Precision("formula", 2.0**-10, 1e-12)',
            "test_a_small_number_beside_a_divisor_is_told",
        ),
    ),
    *mistakes_in(
        "derivations/diagnosis/trials.py",
        CHECK,
        (
            "soft targets add up to 1 in every trial",
            '        if each.values == "PROBABILITIES" and at == 0:',
            '        if each.values == "PROBABILITIES":',
            "test_trials_have_the_edges",
        ),
    ),
)
