"""A derivation is data: what is not judged or not true cannot be held, and a wrong rule is refused."""

import ast
import copy
import dataclasses
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from sympy import Integer, Rational, exp, log
from tables import CORE

import derivations
from derivations.derivation import derive_lines
from derivations.display.derivation import derivation_text
from derivations.index_calculus import rules
from derivations.index_calculus.expressions import Context, Definition, Partial
from derivations.index_calculus.judging.judge import DIGITS, Disagreement, Judgement
from derivations.index_calculus.matrices.build import scale
from derivations.index_calculus.matrices.recognise import recognise
from derivations.index_calculus.symbols import C, L, N, Y, Z, c, i, j, n, sum_over
from derivations.losses import MSE, registry
from derivations.subject import derive
from derivations.wording import Words


def test_lines_are_few_and_short_enough_to_follow(derivation):
    assert len(derivation.steps) <= 7
    micros = [micro.rule.name for step in derivation.steps for micro in step.micros if micro.rule.name != "define"]
    assert len(micros) <= 4 * len(derivation.steps)


def forged(good, line=0, **changes):
    """A derivation with something else in the first rule of a line."""
    step = good.steps[line]
    micros = (dataclasses.replace(step.micros[0], **changes), *step.micros[1:])
    steps = (*good.steps[:line], dataclasses.replace(step, micros=micros), *good.steps[line + 1 :])
    return dataclasses.replace(good, steps=steps)


def without_matrix_judgement(good):
    last = good.steps[-1]
    unseen = dataclasses.replace(last, matrix=dataclasses.replace(last.matrix, judgement=None))
    return dataclasses.replace(good, steps=(*good.steps[:-1], unseen))


def test_a_derivation_can_be_pickled_and_copied(derivation):
    for again in (pickle.loads(pickle.dumps(derivation)), copy.copy(derivation), copy.deepcopy(derivation)):
        assert again == derivation
        assert (again.ends, again.as_lemma) == (derivation.ends, derivation.as_lemma)
    assert derivation_text(again, "zh") == derivation_text(derivation, "zh")


def test_another_process_reads_and_prints_what_was_pickled():
    of_all_kinds = [CORE[name]() for name in list(CORE)[::9]]
    script = "import pickle, sys; print(*map(str, pickle.load(sys.stdin.buffer)), sep='\\n')"
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    says = subprocess.run(
        [sys.executable, "-c", script], input=pickle.dumps(of_all_kinds), stdout=-1, check=True, env=environment
    )
    assert says.stdout.decode().splitlines() == "\n".join(map(str, of_all_kinds)).splitlines()


@pytest.mark.parametrize("what", ["no judgement", "another line", "no opinions"])
def test_what_was_not_judged_cannot_be_unpickled_or_copied(what):
    good = pickle.loads(pickle.dumps(derive(MSE())))
    if what == "no judgement":
        object.__setattr__(good.steps[1].micros[0], "judgement", None)
    elif what == "another line":
        object.__setattr__(good.steps[1].micros[0], "before", 2 * good.left)
    else:
        object.__setattr__(good, "opinions", ())
    pickled = pickle.dumps(good)
    for again in (lambda: pickle.loads(pickled), lambda: copy.copy(good), lambda: copy.deepcopy(good)):
        with pytest.raises(ValueError, match=f"{UNSEEN}|{ASTRAY}|second opinion"):
            again()


UNSEEN, ASTRAY = "no judge has seen", "does not follow from the one before"
FORGERIES = {
    "a line without its judgement": (lambda good: forged(good, judgement=None), UNSEEN),
    "a later line without its judgement": (lambda good: forged(good, 2, judgement=None), UNSEEN),
    "facts without their judgements": (lambda good: forged(good, fact_judgements=()), UNSEEN),
    "a fact that was not judged": (
        lambda good: forged(good, 2, fact_judgements=(None,) * len(good.steps[2].micros[0].facts)),
        UNSEEN,
    ),
    "a matrix form without its judgement": (without_matrix_judgement, UNSEEN),
    "ends that were not judged": (lambda good: dataclasses.replace(good, ends=None), UNSEEN),
    "no lines": (lambda good: dataclasses.replace(good, steps=()), UNSEEN),
    "another beginning": (lambda good: dataclasses.replace(good, left=2 * good.left), ASTRAY),
    "a line left out": (lambda good: dataclasses.replace(good, steps=good.steps[:1] + good.steps[2:]), ASTRAY),
    "another line": (lambda good: forged(good, 1, before=2 * good.steps[0].expr), ASTRAY),
    "no second opinion": (lambda good: dataclasses.replace(good, opinions=()), "no second opinion"),
}


@pytest.mark.parametrize(("forge", "why"), FORGERIES.values(), ids=FORGERIES)
def test_what_was_not_judged_cannot_be_held(forge, why):
    with pytest.raises(ValueError, match=why):
        forge(derive(MSE()))


TITLE = Words("坏", "MSELoss: ∂L/∂Z")
SQUARES = Context({"L": Definition(L, sum_over((Z[n, c] - Y[n, c]) ** 2, n, c) / (N * C))})
PLAN = [
    [rules.define("L"), rules.linear],
    [rules.chain, rules.linear],
    [rules.independent],
    [rules.collapse()],
]
PLACES = [(line, place) for line, its_rules in enumerate(PLAN) for place in range(len(its_rules))]
TRUE, FALSE = (rules.Fact("terms", Z[i, j], right) for right in (Z[i, j], Y[i, j]))


def by(plan):
    return derive_lines(TITLE, Partial(L, Z[i, j]), plan, SQUARES, (i, j))


def with_one(line, place, change):
    """PLAN with one of its rules changed: the rewrite of the new one is `change` of the old one's."""
    plan = [list(its_rules) for its_rules in PLAN]
    plan[line][place] = dataclasses.replace(plan[line][place], rewrite=change(plan[line][place].rewrite))
    return plan


def saying(facts_before, facts_after=()):
    """A rewrite that also gives other reasons."""

    def changed(rewrite):
        def rewrite_and_say(expr, context, facts, *given):
            facts.extend(facts_before)
            outcome = rewrite(expr, context, facts, *given)
            facts.extend(facts_after)
            return outcome

        return rewrite_and_say

    return changed


@pytest.mark.parametrize(("line", "place"), PLACES)
def test_a_wrong_line_is_refused_wherever_it_is(line, place):
    twice = with_one(line, place, lambda rewrite: lambda *given: 2 * rewrite(*given))
    where = f"line {line + 1}, rule {PLAN[line][place].name!r}"
    with pytest.raises(Disagreement, match=f"{where}: the line is not equal to the one before"):
        by(twice)
    assert by(with_one(line, place, lambda rewrite: rewrite)).result == derive(MSE()).result


@pytest.mark.parametrize(("line", "place"), PLACES)
@pytest.mark.parametrize("reasons", [([FALSE], []), ([], [FALSE]), ([TRUE, FALSE], [TRUE])])
def test_a_false_reason_is_refused_wherever_it_is_given(line, place, reasons):
    """Though every line is right."""
    where = f"line {line + 1}, rule {PLAN[line][place].name!r}"
    with pytest.raises(Disagreement, match=f"{where}: its reason is not true"):
        by(with_one(line, place, saying(*reasons)))
    true = [[TRUE for _ in each] for each in reasons]
    assert by(with_one(line, place, saying(*true))).result == derive(MSE()).result


def test_every_reason_is_kept_with_its_judgement():
    micros = [micro for step in by(with_one(3, 0, saying([TRUE], [TRUE, TRUE]))).steps for micro in step.micros]
    assert all(micro.facts for micro in micros)
    assert [len(micro.fact_judgements) for micro in micros] == [len(micro.facts) for micro in micros]
    assert TRUE in micros[-1].facts


def test_a_rule_that_is_asked_for_where_possible_has_its_reasons_judged_too():
    plan = [[rule.where_possible for rule in its_rules] for its_rules in PLAN]
    assert [step.micros[0].facts for step in by(plan).steps] == [step.micros[0].facts for step in by(PLAN).steps]


def test_a_wrong_matrix_form_is_refused_at_every_line(monkeypatch):
    lines = [step.expr for step in derive(MSE(), "weight").steps if step.matrix]
    assert len(lines) == 3
    wrong_at = []
    monkeypatch.setattr(
        "derivations.derivation.recognise",
        lambda expr, targets: scale(Integer(2 if expr in wrong_at else 1), recognise(expr, targets)),
    )
    for line in lines:
        wrong_at[:] = [line]
        with pytest.raises(Disagreement, match="the matrix form is not equal to the line"):
            MSE().derivation("weight")


def test_the_ends_are_judged_too_not_only_line_after_line():
    """Each line is 50 digits of the one before, but for less than they leave open; all lines together are not."""
    little = Rational(9, 10 ** (DIGITS - 9))
    more = rules.Rule("more", lambda expr, context, facts: expr + little)
    assert derive_lines(TITLE, log(exp(Z[i, j])), [[more]], Context())
    with pytest.raises(Disagreement, match="the last line is not equal to the first"):
        derive_lines(TITLE, log(exp(Z[i, j])), [[more]] * 9, Context())


def test_a_second_opinion_is_asked_whatever_the_judge_says(monkeypatch):
    monkeypatch.setattr("derivations.derivation.judge_of", lambda context: lambda *sides: Judgement("exact", (), 1))
    for left, plan, context, method in (
        (Partial(L, Z[i, j]), [*PLAN[:1], [WRONG_CHAIN, rules.linear], *PLAN[2:]], SQUARES, "diff"),
        (Z[i, j], [[rules.Rule("twice", lambda expr, context, facts: 2 * expr)]], Context(), "written out"),
    ):
        with pytest.raises(Disagreement, match=f"second opinion, {method}"):
            derive_lines(TITLE, left, plan, context)


def test_a_line_is_judged_in_digits_if_one_of_its_reasons_is():
    quotient = rules.Fact("quotient", exp(Z[i, j]) * exp(Y[i, j]), exp(Z[i, j] + Y[i, j]))
    modes = [step.mode for step in by(with_one(1, 1, saying([quotient]))).steps]
    assert modes == ["exact", "digits", "exact", "exact"]
    assert {step.mode for step in by(PLAN).steps} == {"exact"}


WRONG_CHAIN = rules.Rule(
    "chain",
    lambda expr, context, facts: expr.replace(
        lambda node: isinstance(node, Partial) and node.expr.is_Pow,
        lambda node: node.expr.base * Partial(node.expr.base, node.variable),  # the 2 is missing
    ),
)


def test_a_wrong_rule_is_refused_with_everything_one_needs_to_know():
    with pytest.raises(Disagreement) as caught:
        by([*PLAN[:1], [WRONG_CHAIN, rules.linear], *PLAN[2:]])
    text = str(caught.value)
    assert "MSELoss: ∂L/∂Z, line 2, rule 'chain'" in text
    for name in ("tensor", "∂L/∂Z[i,j]", "index", "i=1, j=1", "expected", "got", "bound", "seed"):
        assert name in text


def test_a_rule_that_does_not_apply_stops_the_plan():
    with pytest.raises(rules.RuleError, match="changes nothing"):
        derive_lines(Words("", ""), Z[i, j], [[rules.collapse()]], Context(), (i, j))


def test_no_file_in_losses_contains_a_gradient():
    """They state L and plans. ∂ stands there only on the left; a lemma there is about values, and judged like facts."""
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
        assert not {call.func.id for call in calls} & {"Fact", "Rule", "hypothesis", "RuleApplication", "Step"}, path
        defined = {ast.unparse(call.args[0]).split("[")[0] for call in calls if call.func.id == "Definition"}
        assert "G" not in defined, path


def doubled(rule):
    """A lemma with twice its right side."""
    name, pattern, replacement, *others = rule.given
    return dataclasses.replace(rule, given=(name, pattern, 2 * replacement, *others))


@pytest.mark.parametrize("kind", registry.registered(), ids=lambda kind: kind.__name__)
def test_what_a_plan_says_of_values_is_judged(kind):
    """Each lemma of a plan in turn, where it is a derivation and where it is stated: twice as much is found out."""
    loss = kind()
    found = [(line, at) for line, rules_of_line in enumerate(loss.plan) for at in range(len(rules_of_line))]
    for line, at in found:
        plan = [list(rules_of_line) for rules_of_line in loss.plan]
        if plan[line][at].name == "lemma" and plan[line][at].given:
            plan[line][at] = doubled(plan[line][at])
            with pytest.raises(Disagreement):
                loss.by_plan("outputs", plan)


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
