"""What the judge evaluates at is such that what is wrong shows: sizes, values, labels and indices differ enough."""

from fractions import Fraction

import pytest
from sympy import Integer, Rational, Symbol

from derivations.index_calculus.expressions import Condition, Context
from derivations.index_calculus.judging.digits import DIGITS
from derivations.index_calculus.judging.evaluator import Evaluator
from derivations.index_calculus.judging.samples import choices_of, every, holds_everywhere, label, random_values, spread
from derivations.index_calculus.symbols import C, N, S, Y, Z, c, i, j, n, sum_over

SIZES = {N: 3, C: 4}
PLACES = [(row, column) for row in range(1, 4) for column in range(1, 5)]
beta = Symbol("beta")


def test_values_differ_by_name_by_entry_and_by_seed():
    first, second = (random_values(SIZES, seed) for seed in (0, 1))
    entries = [tuple(draw(name, at) for at in PLACES) for draw in (first, second) for name in "ZYX"]
    assert len(set(entries)) == 6
    assert all(len(set(values)) > 6 for values in entries)


def test_values_have_both_signs_and_are_neither_0_nor_1():
    values = [random_values(SIZES, 0)(name, at) for name in "ZYXW" for at in PLACES]
    assert {value > 0 for value in values} == {True, False}
    assert {value % 2 for value in values} == {0, 1}
    assert 0 not in values
    assert sum(abs(value) > 1 for value in values) > len(values) / 2


def test_in_digits_no_value_is_larger_than_1():
    """Then e^z is moderate: no term of a softmax is lost in the others."""
    values = [random_values(SIZES, 0, scale=1)("Z", at) for at in PLACES]
    assert max(map(abs, values)) <= 1
    assert any(value.denominator > 1 for value in values)


def test_a_number_satisfies_all_that_the_domain_says_of_it():
    between = (Condition(beta, ">", Integer(0)), Condition(beta, "<", Integer(1)))
    drawn = [random_values(SIZES, seed, between)("beta", ()) for seed in range(20)]
    assert all(0 < each < 1 for each in drawn)
    assert len(set(drawn)) > 10


ENTRIES = [
    Condition(Y[n, c], ">", Integer(0)),
    Condition(Y[n, c], "<", Integer(-100)),
    Condition(Y[n, c], "=", Integer(7)),
    Condition(sum_over(Y[n, c], c), "=", Integer(1)),
    Condition(sum_over(Y[n, c], n, c), "=", Rational(1, 3)),
    Condition(sum_over(Y[n, c], n), "=", Integer(-2)),
]


@pytest.mark.parametrize("scale", [None, 1])
@pytest.mark.parametrize("conditions", [*([each] for each in ENTRIES), [ENTRIES[0], ENTRIES[3]]])
def test_entries_satisfy_what_the_domain_says_of_each_of_them_and_of_their_sum(conditions, scale):
    """At nearly every seed: only numbers of both signs may happen to add up to 0, and then cannot add up to 1."""
    drawn = (Evaluator(SIZES, Context(), random_values(SIZES, seed, conditions, scale)) for seed in range(20))
    assert sum(all(holds_everywhere(each, evaluate) for each in conditions) for evaluate in drawn) >= 16


def test_where_no_number_is_what_the_domain_says_that_is_an_error():
    neither = (Condition(beta, ">", Integer(1)), Condition(beta, "<", Integer(0)))
    with pytest.raises(ValueError, match="no number was found that satisfies"):
        random_values(SIZES, 0, neither)("beta", ())


def test_a_number_that_is_compared_with_another_is_drawn_like_any():
    below = (Condition(beta, "<", Symbol("gamma")),)
    assert random_values(SIZES, 0, below)("beta", ()) == random_values(SIZES, 0)("beta", ())


CONDITIONS = [
    (Condition(Z[n, c], "≠", Integer(0)), lambda at: sum(at), True),
    (Condition(Z[n, c], "≠", Integer(0)), lambda at: at[1] - 2, False),  # at one c it is 0
    (Condition(Z[n, c], ">", Integer(0)), lambda at: at[1], True),
    (Condition(Z[n, c], ">", Integer(0)), lambda at: at[1] - 1, False),
    (Condition(Z[n, c], "≥", Integer(0)), lambda at: at[1] - 1, True),
    (Condition(Z[n, c], "≥", Integer(0)), lambda at: at[1] - 2, False),
    (Condition(sum_over(Z[n, c], c), "=", Integer(1)), lambda at: Fraction(at[1], 10), True),
    (Condition(sum_over(Z[n, c], c), "=", Integer(1)), lambda at: Fraction(at[1], 9), False),
    (Condition(Z[n, c], "≠", Z[n, j]), lambda at: at[1], True),  # of two entries, not of one and itself
    (Condition(Z[n, c], "≠", Z[n, j]), lambda at: at[0], False),
    (Condition(Z[n, c], "≠", Z[i, j]), lambda at: at[1], False),
    (Condition(1 / Z[n, c], "≠", Integer(0)), lambda at: at[1] - 2, False),  # not defined there
    (Condition(S, ">", Integer(0)), lambda at: -1, False),  # but a number has the sign that is supposed
    (Condition(S, ">", Integer(0)), lambda at: 1, True),
    (Condition(S, "≥", Integer(0)), lambda at: -1, False),
    (Condition(S, "≠", Z[n, c]), lambda at: at[1] - 2 if at else 0, False),  # nor is it free of the right side's
]


@pytest.mark.parametrize(("condition", "value", "holds"), CONDITIONS)
def test_whether_a_condition_holds_everywhere(condition, value, holds):
    for digits in (None, DIGITS):
        evaluate = Evaluator(SIZES, Context(), lambda name, at: Fraction(value(at)), digits)
        assert holds_everywhere(condition, evaluate) == holds


def test_every_index_takes_every_value():
    assert every([n, c], SIZES) == [{n: row, c: column} for row, column in PLACES]


@pytest.mark.parametrize("count", range(9))
def test_every_size_is_once_larger_and_once_smaller_than_every_other(count):
    choices = choices_of(count)
    assert {len(sizes) for sizes in choices} == {count}
    assert len(set(choices)) == len(choices) > (count != 0)
    assert min((number for sizes in choices for number in sizes), default=2) >= 2
    for one in range(len(choices[0])):
        for other in range(len(choices[0])):
            assert one == other or any(sizes[one] < sizes[other] for sizes in choices)


def test_labels_name_the_first_and_the_last_class_in_rows_that_are_not_ignored():
    seen = set()
    for rows, classes in choices_of(2):
        sizes = {N: rows, C: classes}
        ignored = label("iota", (), sizes)
        labels = [label("y", (row,), sizes) for row in range(1, rows + 1)]
        assert ignored in labels
        seen |= {{1: "first", classes: "last"}.get(each) for each in labels if each != ignored}
    assert {"first", "last"} <= seen


def test_points_are_spread_over_equal_and_unequal_indices():
    points = [
        {n: a, i: b, c: e, j: f} for a in range(1, 5) for b in range(1, 5) for e in range(1, 4) for f in range(1, 4)
    ]
    chosen = spread(points, 30)
    assert len(chosen) == 30
    kinds = {(at[n] == at[i], at[c] == at[j]) for at in chosen}
    assert len(kinds) == 4
    assert [len({at[index] for at in chosen}) for index in (n, i, c, j)] == [4, 4, 3, 3]
    unequal = [at for at in chosen if at[n] != at[i] and at[c] != at[j]]
    assert len({at[n] for at in unequal}) > 2  # not those alone that come first
