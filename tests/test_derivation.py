"""A derivation: each line comes from the one before by its rule, is judged, and a wrong one is not let through."""

import dataclasses
from pathlib import Path

import pytest
from mutants import formula_mutants
from sympy import Integer

import derivations
from derivations.derivation import Derivation, Step, derive_lines
from derivations.index_calculus import rules
from derivations.index_calculus.expressions import Context, Definition, Partial, free_indices
from derivations.index_calculus.judge import Disagreement, judge
from derivations.index_calculus.symbols import C, L, N, Y, Z, c, i, j, n, sum_over
from derivations.losses import MSE
from derivations.losses.base import derive
from derivations.wording import Words


def test_every_line_follows_from_the_one_before_by_its_rule(derivation):
    for each in (derivation, *derivation.lemmas):
        current = each.left
        for micro in (micro for step in each.steps for micro in step.micros):
            assert micro.before == current
            current, facts = micro.rule(current, each.context)
            assert current == micro.after
            assert facts == micro.facts
        assert current == each.result


def test_every_line_is_short_enough_to_follow(derivation):
    assert 3 <= len(derivation.steps) + len(derivation.definitions) <= 8
    assert all(len(step.micros) <= 3 for step in derivation.steps)


def test_both_ends_have_second_opinions(derivation):
    assert derivation.ends.points > 0
    assert derivation.opinions == ("diff", "difference")
    assert len(derivation.ends.sizes) >= 2
    assert all(len(set(triple)) == 3 and min(triple) >= 2 for triple in derivation.ends.sizes)


def test_mutants_of_every_line_are_caught(derivation):
    made, survivors = 0, []
    for micro in (micro for step in derivation.steps for micro in step.micros):
        for mutant in formula_mutants(micro.after, free_indices(micro.after)):
            made += 1
            if _equal(micro.before, mutant, derivation.context):
                survivors.append((micro.before, mutant))
    print(f"{derivation.title.en}: {made - len(survivors)} of {made} mutants caught, {len(survivors)} true equalities")
    assert made > 50
    # What survives must be true, such as δ_ni G_nc = δ_ni G_ic: it must hold at sizes the judge has not seen.
    assert len(survivors) < made / 5
    for before, mutant in survivors:
        judge(before, mutant, derivation.context, triples=((2, 4, 3), (5, 2, 4), (3, 5, 2)))


def _equal(left, right, context):
    try:
        return bool(judge(left, right, context))
    except Disagreement:
        return False


def test_mutants_of_every_fact_are_caught(derivation):
    made = 0
    for micro in (micro for step in derivation.steps for micro in step.micros):
        for fact in micro.facts:
            for mutant in (2 * fact.right, -fact.right, fact.right + 1):
                if fact.right == 0 and mutant == 0:
                    continue
                made += 1
                with pytest.raises(Disagreement):
                    judge(fact.left, mutant, derivation.context)
    assert made > 5


@pytest.mark.parametrize(
    "forged",
    [
        lambda micro: dataclasses.replace(micro, judgement=None),
        lambda micro: dataclasses.replace(micro, fact_judgements=()),
    ],
)
def test_an_unjudged_line_cannot_be_held(forged):
    good = derive(MSE())
    steps = (Step((forged(good.steps[0].micros[0]),)), *good.steps[1:])
    with pytest.raises(ValueError, match="no judge has seen"):
        dataclasses.replace(good, steps=steps)


def test_an_unjudged_matrix_form_cannot_be_held():
    good = derive(MSE())
    last = good.steps[-1]
    steps = (*good.steps[:-1], dataclasses.replace(last, matrix=dataclasses.replace(last.matrix, judgement=None)))
    with pytest.raises(ValueError, match="no judge has seen"):
        dataclasses.replace(good, steps=steps)


WRONG_CHAIN = rules.Rule(
    "chain",
    lambda expr, context, facts: expr.replace(
        lambda node: isinstance(node, Partial) and node.expr.is_Pow,
        lambda node: node.expr.base * Partial(node.expr.base, node.variable),  # the 2 is missing
    ),
)


def test_a_wrong_rule_is_refused_with_everything_one_needs_to_know():
    context = Context({"L": Definition(L, sum_over((Z[n, c] - Y[n, c]) ** 2, n, c) / (N * C))})
    plan = [[rules.define("L"), rules.linear], [WRONG_CHAIN, rules.linear], [rules.independent], [rules.collapse()]]
    with pytest.raises(Disagreement) as caught:
        derive_lines(Words("坏", "MSELoss: ∂L/∂Z"), Partial(L, Z[i, j]), plan, context, (i, j))
    text = str(caught.value)
    assert "MSELoss: ∂L/∂Z, line 2, rule 'chain'" in text
    for name in ("tensor", "∂L/∂Z[i,j]", "index", "i=1, j=1", "expected", "got", "bound", "seed"):
        assert name in text


def test_a_rule_that_does_not_apply_stops_the_plan():
    with pytest.raises(rules.RuleError, match="changes nothing"):
        derive_lines(Words("", ""), Z[i, j], [[rules.collapse()]], Context(), (i, j))


def test_no_file_in_losses_contains_a_gradient():
    """The losses state L and a plan; whoever writes P − Y or 2(Z − Y) there has typed what should be derived."""
    for path in (Path(derivations.__file__).parent / "losses").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "KroneckerDelta" not in text, path
        assert "Partial(L, tensor.entry)" in text or "Partial(" not in text, path
        assert "def gradient" not in text, path


def test_a_derivation_prints_as_text():
    text = str(derive(MSE(), "weight"))
    assert "∂L/∂W[j,m]" in text
    assert "Σ_n (Z[n,j] - Y[n,j])·X[n,m]" in text


def test_the_class_is_exported():
    assert isinstance(derive(MSE()), Derivation)
    assert Integer(1) != derive(MSE()).result
