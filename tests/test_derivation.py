"""A derivation is data: what is not judged or not true cannot be held, and a wrong rule is refused."""

import ast
import dataclasses
from pathlib import Path

import pytest
from sympy import Integer

import derivations
from derivations.derivation import Derivation, Step, derive_lines
from derivations.index_calculus import rules
from derivations.index_calculus.expressions import Context, Definition, Partial
from derivations.index_calculus.judge import Disagreement
from derivations.index_calculus.symbols import C, L, N, Y, Z, c, i, j, n, sum_over
from derivations.losses import MSE
from derivations.subject import derive
from derivations.wording import Words


def test_lines_are_few_and_short_enough_to_follow(derivation):
    assert len(derivation.steps) <= 7
    micros = [micro.rule.name for step in derivation.steps for micro in step.micros if micro.rule.name != "define"]
    assert len(micros) <= 4 * len(derivation.steps)


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
    """They state L and plans. ∂ stands there only on the left, and what a lemma says was derived, not typed."""
    for path in (Path(derivations.__file__).parent / "losses").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        starts = [
            word.value
            for call in ast.walk(tree)
            if isinstance(call, ast.Call)
            for word in call.keywords
            if word.arg == "left"
        ]
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
        assert all(call in starts for call in calls if call.func.id == "Partial"), path
        assert not {call.func.id for call in calls} & {"lemma", "Fact", "Rule", "hypothesis", "Micro", "Step"}, path
        defined = {ast.unparse(call.args[0]).split("[")[0] for call in calls if call.func.id == "Definition"}
        assert defined <= {"L", "A", "S", "Q", "mu"}, path


@pytest.mark.parametrize("scale", [3, -1])
def test_the_gradient_follows_the_loss(scale):
    """Whatever L says is what is derived: nothing else says what the gradient is."""

    class Scaled(MSE):
        @property
        def definitions(self):
            loss = super().definitions["L"]
            return {"L": Definition(loss.left, scale * loss.right)}

    assert derive(Scaled()).result == scale * derive(MSE()).result


def test_a_derivation_prints_as_text():
    text = str(derive(MSE(), "weight"))
    assert "∂L/∂W[j,m]" in text
    assert "Σ_n (Z[n,j] - Y[n,j])·X[n,m]" in text


def test_the_class_is_exported():
    assert isinstance(derive(MSE()), Derivation)
    assert Integer(1) != derive(MSE()).result
