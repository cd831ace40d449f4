"""Mistakes in what of a derivation is judged, what can be held and concluded, and in its rules."""

from . import mistakes_in

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
        "opinions=crosscheck(title.en, left, current, context)",
        'opinions=("diff", "difference")',
        "test_a_second_opinion_is_asked_whatever_the_judge_says",
    ),
    (
        "second opinions are asked of one end",
        "crosscheck(title.en, left, current, context)",
        "crosscheck(title.en, left, left, context)",
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
        "for judgement in (micro.judgement, *micro.fact_judgements)]\n        return",
        "for judgement in (micro.judgement,)]\n        return",
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

RULES = (
    *mistakes_in(
        "derivations/index_calculus/rules/rule.py",
        "tests/index_calculus/rules/test_rules.py",
        (
            "a rule gives no facts",
            "tuple(dict.fromkeys(facts)) if result != expr else ()",
            "()",
            "test_what_each_rule_does",
        ),
        (
            "a rule gives its first fact alone",
            "tuple(dict.fromkeys(facts)) if result != expr else ()",
            "tuple(dict.fromkeys(facts))[:1] if result != expr else ()",
            "test_a_rule_gives_each_of_its_reasons_once",
        ),
        (
            "a rule that does not apply is accepted",
            "if result == expr and not self.optional:",
            "if False:",
            "test_what_each_rule_does",
        ),
    ),
    *mistakes_in(
        "derivations/index_calculus/rules/names.py",
        "tests/index_calculus/rules/test_rules.py",
        (
            "what stands beside a lemma is lost",
            "return instantiate(node.func(*found.rest, short)) if found.rest else short",
            "return short",
            "test_what_each_rule_does",
        ),
    ),
    *mistakes_in(
        "derivations/index_calculus/rules/derivatives.py",
        "tests/index_calculus/rules/test_rules.py",
        (
            "the chain rule forgets the power",
            "outcome = Mul(power, Pow(base, power - 1), Partial(base, variable))",
            "outcome = Mul(Pow(base, power - 1), Partial(base, variable))",
            "test_what_each_rule_does",
        ),
    ),
    *mistakes_in(
        "derivations/index_calculus/rules/derivatives.py",
        "tests/index_calculus/test_traps.py",
        (
            "what is defined is constant",
            "        if not context.depends(inner, variable):\n            facts.append",
            "        if isinstance(inner, Indexed) and inner.base != variable.base:\n            facts.append",
            "test_a_defined_array_is_not_constant",
        ),
    ),
    *mistakes_in(
        "derivations/derivation.py",
        "tests/test_losses.py",
        (
            "a derivation's matrix form is that of its first line",
            "for step in reversed(self.steps) if step.matrix",
            "for step in self.steps if step.matrix",
            "test_the_closed_form",
        ),
    ),
    *mistakes_in(
        "derivations/subject.py",
        "tests/test_losses.py",
        (
            "a derivation can be asked for in anything",
            "    if not isinstance(asked, str) or asked not in subject.wrt:\n",
            "    if False:\n",
            "test_a_wrong_request_is_refused_with_a_sentence",
        ),
        (
            "an option may have any value",
            "        if not isinstance(value, str) or value not in accepted:\n",
            "        if False:\n",
            "test_a_wrong_request_is_refused_with_a_sentence",
        ),
    ),
)

SUBTLE = (
    *mistakes_in(
        "derivations/derivation.py",
        "tests/test_derivation.py",
        (
            "the reasons of a rule that is asked for where possible are left out",
            "            if after == current:\n                continue\n",
            "            if after == current:\n"
            "                continue\n"
            "            facts = () if rule.optional else facts\n",
            "test_a_rule_that_is_asked_for_where_possible_has_its_reasons_judged_too",
        ),
    ),
)

APPLIED = (
    *mistakes_in(
        "derivations/index_calculus/rules/sums.py",
        "tests/index_calculus/rules/test_rules.py",
        (
            "a δ of two moving indices picks one",
            "return summed not in other.free_symbols",
            "return True",
            "test_what_each_rule_does",
        ),
        (
            "sums are removed that were not asked for",
            "if delta is None or (only and summed not in only):",
            "if delta is None:",
            "test_what_each_rule_does",
        ),
        (
            "an inner sum is pulled out whatever it depends on",
            "(inside if rest.free_symbols & bound else outside).append(rest)",
            "(inside if rest.has(*bound) and not isinstance(rest, Sum) else outside).append(rest)",
            "test_what_each_rule_does",
        ),
        (
            "every sum of ones begins at 1",
            "outcome = Mul(*[high - low + 1 for _, low, high in total.limits])",
            "outcome = Mul(*[high for _, low, high in total.limits])",
            "test_what_each_rule_does",
        ),
        (
            "a sum of twos counts as one of ones",
            "if total.function != 1:",
            "if total.function.free_symbols:",
            "test_what_each_rule_does",
        ),
        (
            "brackets are multiplied out that were not asked for",
            "if not only or size_of(limit[0]) in only}",
            "}",
            "test_what_each_rule_does",
        ),
    ),
    *mistakes_in(
        "derivations/index_calculus/rules/ranges.py",
        "tests/index_calculus/rules/test_rules.py",
        (
            "a sum is lengthened by 0 for nothing",
            "if following in others or (following == 0 and high + 1 in highest):",
            "if following in others or following == 0:",
            "test_what_each_rule_does",
        ),
        (
            "of a double sum one index is written out",
            "if len(total.limits) != 1 or not all(each.is_Integer for each in total.limits[0][1:]):",
            "if not all(each.is_Integer for each in total.limits[0][1:]):",
            "test_what_each_rule_does",
        ),
        (
            "two summation indices get one letter",
            "fresh(limit[0], used | set(renamed.values()))",
            "fresh(limit[0], used)",
            "test_what_each_rule_does",
        ),
        (
            "neighbours cancel whatever their sign",
            "if later.xreplace({index: index - 1}) == -earlier:",
            "if later.xreplace({index: index - 1}) in (-earlier, earlier):",
            "test_what_each_rule_does",
        ),
        (
            "of three terms two cancel",
            "or len(total.function.args) != 2:",
            "or len(total.function.args) < 2:",
            "test_what_each_rule_does",
        ),
        (
            "what telescopes begins at 1",
            "outcome = later.xreplace({index: high}) + earlier.xreplace({index: low})",
            "outcome = later.xreplace({index: high}) + earlier.xreplace({index: Integer(1)})",
            "test_what_each_rule_does",
        ),
    ),
)

MISTAKES = (*DERIVATION, *CONCLUSION, *RULES, *SUBTLE, *APPLIED)
