"""Every derivation of this package: criterion by criterion, any two of its options together.

Each line is replayed, and mutated: what is wrong must be found out by the judge that let the right line pass.
"""

import random
from collections import Counter
from functools import partial

import pytest
from mutants import formula_mutations, made, matrix_mutants, of_different_kinds
from sympy import KroneckerDelta, Pow, log
from tables import CLOSELY, CORE, ROWS, by_subject

from derivations.index_calculus.expressions import Partial, free_indices
from derivations.index_calculus.judging.draws import UnseenCorner
from derivations.index_calculus.judging.judge import Disagreement, judge_of
from derivations.linear import OUTPUTS

SUBJECTS = by_subject(ROWS)
#: Sizes that the judge does not use, by how many occur; what survives must hold there too.
UNSEEN = {
    0: ((),),
    1: ((5,), (6,)),
    2: ((4, 5), (5, 2)),
    3: ((2, 4, 3), (5, 2, 4), (3, 5, 2)),
    4: ((2, 3, 3, 2), (3, 2, 2, 3)),
    6: ((3, 2, 2, 4, 2, 3), (2, 3, 4, 2, 3, 2)),
}
#: What a judge makes of a mutant: another value somewhere, no value somewhere, or the same everywhere.
FOUND, DIED, EQUAL = "found", "died", "equal"
#: How many mutants are made of a line, of a fact and of a matrix form, each wrong in another way; outside the core, and
#: of second derivatives, whose lines take longest to judge, one each. None: all there are.
MOST, ONE = {"line": 2, "fact": 1, "matrix": 1}, {"line": 1, "fact": 1, "matrix": 1}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_line_holds_and_nothing_else_would(subject, subtests, record_property):
    outcomes, made = Counter(), Counter()
    for name, row in SUBJECTS[subject].items():
        with subtests.test(name):
            derivation = row()
            replay(derivation)
            judged(derivation)
            if name.endswith(f" {OUTPUTS}") and "Hessian" not in name:
                complete(derivation)
            of_one, kinds = mutate(derivation, None if name in CLOSELY else MOST if name in CORE else ONE)
            outcomes += of_one
            made += kinds
    assert outcomes[DIED] <= outcomes.total() / 10
    record_property("mutants", tuple(outcomes[each] for each in (FOUND, DIED, EQUAL)))
    print(f"{subject}: {made.total()} mutants, {dict(outcomes)}; {dict(made)}")


def micros(derivation):
    return [micro for step in derivation.steps for micro in step.micros]


def replay(derivation):
    """Each line comes from the one before by its rule."""
    current = derivation.left
    for micro in micros(derivation):
        assert micro.before == current
        current, facts = micro.rule(current, derivation.context)
        assert current == micro.after
        assert facts == micro.facts
    assert current == derivation.result


def judged(derivation):
    """Every line and both ends, at sizes of at least 2 of which each is once smaller than every other."""
    assert len(derivation.steps) <= 7
    assert all(micro.judgement.points > 0 for micro in micros(derivation))
    assert derivation.ends.points > 0
    differentiated = isinstance(derivation.left, Partial)
    assert derivation.opinions == (("diff", "difference") if differentiated else ("written out",))
    sizes = [dict(choice) for choice in derivation.ends.sizes]
    assert min((number for choice in sizes for number in choice.values()), default=2) >= 2
    for one in sizes[0]:
        for other in sizes[0]:
            assert one == other or any(choice[one] < choice[other] for choice in sizes)


def complete(derivation):
    """No ∂ is left in a gradient, and no δ of two indices: every sum over one has been taken."""
    assert not derivation.result.has(Partial)
    assert not any(
        each.args[0].is_Symbol and each.args[1].is_Symbol for each in derivation.result.atoms(KroneckerDelta)
    )


def mutate(derivation, most):
    """Mutants of every line, fact and matrix form: how many had each outcome, and how many are of each kind.

    What is not defined where the line is has died by itself, which says nothing of the judge: it must have something
    that can be undefined, and there must be few. `most` says how many are made of each; without it, all there are.
    """
    judge, chance = judge_of(derivation.context), random.Random(derivation.title.en)
    outcomes, kinds, survivors = Counter(), Counter(), []
    for what, left, right, mutations in mutable(derivation):  # each was judged when it was derived
        mutants = made(mutations, right) if most is None else of_different_kinds(mutations, right, most[what], chance)
        for kind, mutant in mutants:
            kinds[kind] += 1
            judgement = outcome(judge, left, mutant)
            outcomes[judgement] += 1
            if judgement == DIED:
                assert mutant.has(Pow, log), f"{mutant} is defined everywhere"
            if judgement == EQUAL:
                survivors.append((left, mutant))
    assert kinds
    for left, mutant in survivors:  # such as δ_ni G_nc = δ_ni G_ic
        judge(left, mutant, choices=UNSEEN[len(judge.sizes(left, mutant))])
    return outcomes, kinds


def mutable(derivation):
    """What can be mutated: a line, a fact or a matrix form; what it must equal, what it is, and what can go wrong."""
    for micro in micros(derivation):
        yield "line", micro.before, micro.after, formula_mutations(micro.after, free_indices(micro.after))
        for fact in micro.facts:
            yield "fact", fact.left, fact.right, formula_mutations(fact.right, free_indices(fact.right))
    for step in derivation.steps:
        if step.matrix:
            nodes = matrix_mutants(step.matrix.node)
            entries = [(kind, partial(node.entry, derivation.targets)) for kind, node in nodes]
            yield "matrix", step.expr, step.expr, entries


def outcome(judge, left, right):
    """What the judge makes of an equation; any other exception is a fault of the judge, and of the test.

    A corner that has one side alone, as that of max(v_t, v_max_t) has, which is v_max_t, is refused as well.
    """
    try:
        judge(left, right)
    except UnseenCorner:
        return FOUND
    except Disagreement as wrong:
        return DIED if str(wrong.details["expected"]).startswith("undefined: ") else FOUND
    return EQUAL
