"""Mistakes in what of a derivation is judged, and in second opinions, signs, matrix forms, rules and definitions."""

from . import mistakes_in

CALCULUS, TESTS = "derivations/index_calculus", "tests/index_calculus"

DERIVATION = mistakes_in(
    "derivations/derivation.py",
    "tests/test_derivation.py",
    (
        "lines are not judged",
        "judgement = judge(current, after,",
        "judgement = judge(current, current,",
        "test_a_wrong_line_is_refused_wherever_it_is",
    ),
    (
        "facts are not judged",
        "judge(fact.left, fact.right,",
        "judge(fact.left, fact.left,",
        "test_a_false_reason_is_refused_wherever_it_is_given",
    ),
    (
        "only a rule's first fact is judged",
        "judge(fact.left, fact.right,",
        "judge(facts[0].left, facts[0].right,",
        "test_a_false_reason_is_refused_wherever_it_is_given",
    ),
    (
        "only the facts of the first line are judged",
        "judge(fact.left, fact.right,",
        "judgement if steps else judge(fact.left, fact.right,",
        "test_a_false_reason_is_refused_wherever_it_is_given",
    ),
    (
        "only the facts of a line's first rule are judged",
        "judge(fact.left, fact.right,",
        "judgement if micros else judge(fact.left, fact.right,",
        "test_a_false_reason_is_refused_wherever_it_is_given",
    ),
    (
        "facts are left out rather than judged",
        "            judged = tuple(",
        "            facts = ()\n            judged = tuple(",
        "test_every_reason_is_kept_with_its_judgement",
    ),
    (
        "matrix forms are not judged",
        "judge(expr, node.entry(targets),",
        "judge(expr, expr,",
        "test_a_wrong_matrix_form_is_refused_at_every_line",
    ),
    (
        "a wrong matrix form is left out",
        "def _matrix_form(expr: Expr, targets: Sequence[Symbol], judge: _Judge) -> MatrixForm | None:\n",
        "def _matrix_form(*given):\n    try:\n        return _judged(*given)\n    except Disagreement:\n"
        "        return None\n\n\ndef _judged(expr, targets, judge):\n",
        "test_a_wrong_matrix_form_is_refused_at_every_line",
    ),
    (
        "the first line's matrix form is left out",
        "_matrix_form(current, targets, judge)))",
        "_matrix_form(current, targets, judge) if len(steps) > 1 else None))",
        "test_a_wrong_matrix_form_is_refused_at_every_line",
    ),
    (
        "the ends are not judged",
        "ends=judge(left, current,",
        "ends=judge(left, left,",
        "test_the_ends_are_judged_too_not_only_line_after_line",
    ),
    (
        "the ends are taken as judged with the last line",
        'ends=judge(left, current, "the last line is not equal to the first")',
        "ends=steps[-1].micros[-1].judgement",
        "test_the_ends_are_judged_too_not_only_line_after_line",
    ),
    (
        "second opinions are named, not asked",
        "opinions=second_opinions(title.en, left, current, context)",
        'opinions=("diff", "difference")',
        "test_a_second_opinion_is_asked_whatever_the_judge_says",
    ),
    (
        "second opinions are asked of one end",
        "second_opinions(title.en, left, current, context)",
        "second_opinions(title.en, left, left, context)",
        "test_a_second_opinion_is_asked_whatever_the_judge_says",
    ),
    (
        "a Disagreement of the judge is swallowed",
        "        except Disagreement as wrong:\n",
        "        except Disagreement as wrong:\n            return self.judge(left, left)\n",
        "test_a_wrong_line_is_refused_wherever_it_is",
    ),
    (
        "a line is exact whatever its facts needed",
        "for each in (micro.judgement, *micro.fact_judgements)]\n        return",
        "for each in (micro.judgement,)]\n        return",
        "test_a_line_is_judged_in_digits_if_one_of_its_reasons_is",
    ),
    (
        "a derivation without lines can be held",
        "if not (self.steps and facts_judged",
        "if not (facts_judged",
        "test_what_was_not_judged_cannot_be_held",
    ),
    (
        "a derivation can be held without its facts' judgements",
        "if not (self.steps and facts_judged and",
        "if not (self.steps and",
        "test_what_was_not_judged_cannot_be_held",
    ),
    (
        "a derivation can be held with facts judged None",
        "(micro.judgement, *micro.fact_judgements)]\n        facts_judged",
        "(micro.judgement,)]\n        facts_judged",
        "test_what_was_not_judged_cannot_be_held",
    ),
    (
        "a derivation can be held without its lines' judgements",
        "(micro.judgement, *micro.fact_judgements)]\n        facts_judged",
        "micro.fact_judgements]\n        facts_judged",
        "test_what_was_not_judged_cannot_be_held",
    ),
    (
        "a derivation can be held with ends that were not judged",
        "judgements = [self.ends, *(step",
        "judgements = [*(step",
        "test_what_was_not_judged_cannot_be_held",
    ),
    (
        "a derivation can be held with a matrix form that was not judged",
        "*(step.matrix.judgement for step in self.steps if step.matrix)]",
        "]",
        "test_what_was_not_judged_cannot_be_held",
    ),
    (
        "one judgement is enough to hold a derivation",
        "all(isinstance(each, Judgement) for each in judgements)",
        "any(isinstance(each, Judgement) for each in judgements)",
        "test_what_was_not_judged_cannot_be_held",
    ),
    (
        "a derivation can be held whose lines do not follow",
        "        if [micro.before for micro in micros] != [self.left,",
        "        if False and [self.left,",
        "test_what_was_not_judged_cannot_be_held",
    ),
    (
        "a derivation can be held that begins elsewhere",
        "[micro.before for micro in micros] != [self.left, *(micro.after for micro in micros[:-1])]",
        "[micro.before for micro in micros[1:]] != [*(micro.after for micro in micros[:-1])]",
        "test_what_was_not_judged_cannot_be_held",
    ),
    (
        "a derivation can be held without second opinions",
        "        if not self.opinions:\n",
        "        if self.opinions is None:\n",
        "test_what_was_not_judged_cannot_be_held",
    ),
)

CONCLUSION = mistakes_in(
    "derivations/derivation.py",
    "tests/test_curvature.py",
    (
        "a derivation may conclude more than its domain allows",
        "if self.conclusion == NONNEGATIVE and not set",
        "if False and not set",
        "test_a_derivation_cannot_conclude_more_than_its_domain_allows",
    ),
    (
        "a conclusion comes without its conditions",
        "context = context.under(*nonnegative_if(current, context))",
        "pass",
        "test_the_domain_names_every_sign_that_is_not_settled",
    ),
)

OPINION = mistakes_in(
    f"{CALCULUS}/second_opinion.py",
    f"{TESTS}/test_second_opinion.py",
    (
        "diff may differ in the second digit",
        "DIFF: mpmath.mpf(10) ** -40",
        "DIFF: mpmath.mpf(10) ** -2",
        "test_each_method_alone_finds_a_small_mistake",
    ),
    (
        "diff may differ in the 20th digit",
        "DIFF: mpmath.mpf(10) ** -40",
        "DIFF: mpmath.mpf(10) ** -20",
        "test_each_method_alone_finds_a_small_mistake",
    ),
    (
        "a difference may differ in the second digit",
        "DIFFERENCE: mpmath.mpf(10) ** -20",
        "DIFFERENCE: mpmath.mpf(10) ** -2",
        "test_each_method_alone_finds_a_small_mistake",
    ),
    (
        "a difference may differ in the tenth digit",
        "DIFFERENCE: mpmath.mpf(10) ** -20",
        "DIFFERENCE: mpmath.mpf(10) ** -10",
        "test_each_method_alone_finds_a_small_mistake",
    ),
    (
        "what is written out may differ in the second digit",
        "WRITTEN_OUT: mpmath.mpf(10) ** -40",
        "WRITTEN_OUT: mpmath.mpf(10) ** -2",
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
        "in _together(left, points, sizes):",
        "in list(_together(left, points, sizes))[:1]:",
        "test_a_mistake_at_one_place_is_found_wherever_it_is",
    ),
    (
        "only the last group of points has a second opinion",
        "in _together(left, points, sizes):",
        "in list(_together(left, points, sizes))[-1:]:",
        "test_a_mistake_at_one_place_is_found_wherever_it_is",
    ),
    (
        "a second opinion's Disagreement is swallowed",
        "                for at in together:\n                    ask([at])\n                raise\n",
        "                continue\n",
        "test_a_second_opinion_rejects_a_wrong_end",
    ),
    (
        "a second opinion differs only where one entry does",
        "                    ask([at])\n                raise\n",
        "                    ask([at])\n",
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
        "SMALLEST = {N: 2, D: 2, C: 2, T: 2}",
        "SMALLEST = {N: 1, D: 1, C: 1, T: 1}",
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
        "[each for each in conditions if not each.is_about_indices], DIGITS)",
        "[], DIGITS)",
        "test_a_second_opinion_is_asked_for_on_the_domain",
    ),
    (
        "a second opinion is the judge's own",
        "            methods[method] = None\n",
        "            methods[method] = None\n            expected = mpmath.fsum(\n"
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
    f"{CALCULUS}/signs.py",
    f"{TESTS}/test_signs.py",
    (
        "nothing is asked to be nonnegative",
        '    return (Condition(expr, "≥", ZERO),)',
        "    return ()",
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
        "return bool(expr >= 0)",
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
        "return all(settled(arg, context) for arg in expr.args)",
        "return any(settled(arg, context) for arg in expr.args)",
        "test_what_is_never_negative_is_read_off_its_structure",
    ),
    (
        "one factor of a product is looked at",
        "for factor in expr.args for each in nonnegative_if(factor, context)",
        "for factor in expr.args[-1:] for each in nonnegative_if(factor, context)",
        "test_what_is_never_negative_is_read_off_its_structure",
    ),
    (
        "arrays without a definition are nonnegative",
        "return definition is not None and settled(definition.right, context)",
        "return definition is None or settled(definition.right, context)",
        "test_what_is_never_negative_is_read_off_its_structure",
    ),
    (
        "1 minus anything is nonnegative",
        "return one == 1 and _is_at_most_one(-part, context)",
        "return one == 1",
        "test_what_is_never_negative_is_read_off_its_structure",
    ),
    (
        "anything minus a δ is nonnegative",
        "return one == 1 and _is_at_most_one(-part, context)",
        "return _is_at_most_one(-part, context)",
        "test_what_is_never_negative_is_read_off_its_structure",
    ),
    (
        "everything that is defined is at most 1",
        "return definition is not None and _is_at_most_one(definition.right, context)",
        "return definition is not None",
        "test_what_is_never_negative_is_read_off_its_structure",
    ),
    (
        "1/(1 + a) is at most 1 for every a",
        "return 1 in part.base.args and settled(part.base, context)",
        "return 1 in part.base.args",
        "test_what_is_never_negative_is_read_off_its_structure",
    ),
    (
        "1/(a + b) is at most 1",
        "return 1 in part.base.args and settled(part.base, context)",
        "return settled(part.base, context)",
        "test_what_is_never_negative_is_read_off_its_structure",
    ),
)

MATRIX = (
    *mistakes_in(
        f"{CALCULUS}/recognise.py",
        f"{TESTS}/test_matrix.py",
        (
            "three matrices that meet are a product of two",
            "if len(away) > 2:",
            "if len(away) > 9:",
            "test_no_matrix_form_is_said",
        ),
        (
            "what has more than a row and a column is a matrix",
            "if beyond or len(indices) > 2:",
            "if len(indices) > 2:",
            "test_no_matrix_form_is_said",
        ),
        (
            "an entry picked by a label is taken for the array",
            "if factor.indices != own:",
            "if len(own) > 2:",
            "test_no_matrix_form_is_said",
        ),
        (
            "exp over any sum is a softmax",
            "size_of(each) == size_of(summed) and below.base.function == top.xreplace({each: summed})",
            "size_of(each) == size_of(summed)",
            "test_recognised_judged_and_printed",
        ),
        (
            "a matrix in a product is not transposed",
            "transpose(node) if first == index else node)",
            "node)",
            "test_recognised_judged_and_printed",
        ),
        (
            "an elementwise product forgets a transpose",
            "hadamard(other, transpose(node)))",
            "hadamard(other, node))",
            "test_recognised_judged_and_printed",
        ),
        (
            "a sum over what has no such index is not counted",
            "self.coefficient *= size_of(index)",
            "pass",
            "test_recognised_judged_and_printed",
        ),
    ),
    *mistakes_in(
        f"{CALCULUS}/matrix.py",
        f"{TESTS}/test_matrix.py",
        (
            "the entry of a transpose is that of the matrix",
            "return self.of.entry(at[::-1])",
            "return self.of.entry(at)",
            "test_recognised_judged_and_printed",
        ),
        (
            "a diagonal matrix is full",
            "return KroneckerDelta(*at) * self.of.entry(at[:1])",
            "return self.of.entry(at[:1])",
            "test_recognised_judged_and_printed",
        ),
        (
            "the rows that count are those that are ignored",
            "return 1 - KroneckerDelta(IndexedBase(self.labels)",
            "return KroneckerDelta(IndexedBase(self.labels)",
            "test_recognised_judged_and_printed",
        ),
        (
            "a transposed product keeps its order",
            "return MatMul(transpose(node.right), transpose(node.left))",
            "return MatMul(transpose(node.left), transpose(node.right))",
            "test_recognised_judged_and_printed",
        ),
        (
            "the sum in a matrix product captures an index",
            "used = set().union(*(free_indices(place) for place in at))",
            "used = set()",
            "test_recognised_judged_and_printed",
        ),
    ),
)

OPTIMIZERS = (
    *mistakes_in(
        "derivations/optimizers/base.py",
        "tests/test_optimizers.py",
        (
            "what an optimizer's numbers must be is forgotten",
            "context.under(*(each for each in self.domain if names_in(each.left) <= used), *domain)",
            "context.under(*domain)",
            "test_from_which_step_and_for_which_numbers_the_update_holds",
        ),
        (
            "an induction's start is not shown",
            "lemmas=(at_start, *lemmas),",
            "lemmas=tuple(lemmas),",
            "test_an_induction_shows_its_claim_its_start_and_its_step",
        ),
        (
            "an induction supposes what it is to show",
            "[hypothesis(earlier, claim.at(earlier, {t}))]",
            "[hypothesis(claim.left, claim.right)]",
            "test_what_is_derived",
        ),
        (
            "maximizing minimizes",
            "signed = -g[t] if self.maximize else g[t]",
            "signed = g[t]",
            "test_what_is_derived",
        ),
        (
            "weight decay lets weights grow",
            "signed + decay * theta[t - 1] if",
            "signed - decay * theta[t - 1] if",
            "test_what_is_derived",
        ),
    ),
    *mistakes_in(
        "derivations/optimizers/sgd.py",
        "tests/test_optimizers.py",
        (
            "the update with momentum is claimed for the first step too",
            "return LATER if self.momentum else FIRST",
            "return FIRST",
            "test_from_which_step_and_for_which_numbers_the_update_holds",
        ),
        (
            "the first gradient is dampened",
            "first=2, initial=self.gradient[1])",
            "first=2, initial=kept.xreplace({t: Integer(1)}))",
            "test_what_is_derived",
        ),
    ),
)

MISTAKES = (*DERIVATION, *CONCLUSION, *OPINION, *SIGNS, *MATRIX, *OPTIMIZERS)
