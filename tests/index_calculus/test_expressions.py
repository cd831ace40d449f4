"""What is free, bound, named and supposed in an expression; and what a definition says of an entry."""

import pytest
from sympy import Integer, Sum, Symbol

from derivations.index_calculus.expressions import (
    Condition,
    Context,
    Definition,
    Recurrence,
    bound_indices,
    free_indices,
    names_in,
    rename_apart,
    sizes_in,
)
from derivations.index_calculus.symbols import (
    A,
    C,
    D,
    G,
    L,
    N,
    P,
    S,
    T,
    W,
    X,
    Z,
    c,
    d,
    iota,
    j,
    n,
    s,
    sum_over,
    t,
    w,
    y,
)

TOTAL = sum_over(X[n, d] * w[y[n]], d)
STEPS = Sum(G[s], (s, 1, t))
beta = Symbol("beta")


def test_what_is_bound_is_not_free_and_limits_are():
    assert (free_indices(TOTAL), bound_indices(TOTAL)) == ({n}, {d})
    assert (free_indices(STEPS), bound_indices(STEPS)) == ({t}, {s})
    assert free_indices(STEPS + G[s]) == {s, t}
    assert free_indices(Sum(G[s], (s, t, 3))) == {t}
    assert free_indices(sum_over(TOTAL, n)) == set()


def test_names_and_sizes():
    assert names_in(TOTAL / N) == {"X", "w"}
    assert sizes_in(TOTAL) == {N, D, C}  # C through the label y
    assert sizes_in(iota + STEPS) == {C, T}


def test_renaming_apart_leaves_free_indices_alone():
    renamed = rename_apart(TOTAL, {n, d})
    assert free_indices(renamed) == {n}
    assert bound_indices(renamed).isdisjoint({n, d})
    assert rename_apart(TOTAL, {c}) == TOTAL
    assert len(bound_indices(rename_apart(sum_over(P[n, c] * P[n, j], c, j), {c, j})) - {c, j}) == 2


@pytest.mark.parametrize(
    ("relation", "of_1_2", "of_2_2", "of_3_2"),
    [
        ("≠", True, False, True),
        (">", False, False, True),
        ("≥", False, True, True),
        ("<", True, False, False),
        ("≤", True, True, False),
    ],
)
def test_relations(relation, of_1_2, of_2_2, of_3_2):
    condition = Condition(S, relation, Integer(2))
    assert [condition.compares(number, 2) for number in (1, 2, 3)] == [of_1_2, of_2_2, of_3_2]
    assert condition.holds(lambda expr, at: 1 if expr == S else 2, {}) == of_1_2


def test_which_conditions_are_about_indices():
    assert Condition(t, "≥", Integer(2)).is_about_indices
    assert Condition(s, "≤", t).is_about_indices
    assert not Condition(S, "≠", Integer(0)).is_about_indices
    assert not Condition(beta**t, "≠", Integer(1)).is_about_indices
    assert not Condition(Z[n, c], ">", Integer(0)).is_about_indices


def test_a_domain_grows_and_what_says_more_stands_for_what_says_less():
    vanishes, positive, later = (
        Condition(*each) for each in ((S, "≠", Integer(0)), (S, ">", Integer(0)), (t, "≥", Integer(1)))
    )
    context = Context().under(vanishes).under(later)
    assert context.domain == (vanishes, later)
    assert context.under(positive).domain == (later, positive)
    assert context.under(later, Condition(w[c], "≥", Integer(0))).domain[:2] == (vanishes, later)


CHAIN = Context(
    {
        "L": Definition(L, sum_over(P[n, c], n, c)),
        "P": Definition(P[n, c], Z[n, c] ** 2),
        "Z": Definition(Z[n, c], sum_over(X[n, d] * W[c, d], d)),
        "A": Recurrence(A[t], 2 * A[t - 1] + G[t], first=2, initial=G[1]),
    }
)


def test_dependence_reaches_through_all_definitions():
    assert CHAIN.reachable(L) == {"L", "P", "Z", "X", "W"}
    assert CHAIN.depends(L, W[j, d])
    assert not CHAIN.depends(X[n, d], Z[n, c])
    assert CHAIN.depends(A[t], G[s])


def test_a_recurrence_begins_where_it_says():
    running = CHAIN.definitions["A"]
    assert running.at(A[t], set()) == 2 * A[t - 1] + G[t]
    assert [running.at(A[step], set()) for step in (1, 2)] == [G[1], 2 * A[1] + G[2]]
    assert [running.formula((step,)) for step in (1, 2, 3)] == [G[1], running.right, running.right]
    given = Recurrence(A[t], 2 * A[t - 1])
    assert given.at(A[0], set()) == A[0]
    assert given.formula((0,)) is None
