"""From definitions to functions: what a plan and its passes make of matrix forms, whichever loss has them."""

import inspect

import numpy as np
import pytest
import torch
from sympy import IndexedBase, Integer, Rational, Sum, Symbol

from derivations.closed_form import Taken
from derivations.closed_form.code import printed
from derivations.closed_form.passes import masks_of, stable
from derivations.closed_form.plan import function_of
from derivations.index_calculus.matrices.nodes import (
    Array,
    Counted,
    Elementwise,
    Gather,
    MatMul,
    OneHot,
    Ones,
    Pick,
    Scale,
    Softmax,
    Total,
)
from derivations.index_calculus.symbols import C, N, c, n

Z, P = Array("Z", (N, C)), Array("P", (N, C))
MU, S = Array("mu", (N,)), Symbol("S")


def gradients_of(lines, node, backend="numpy"):
    namespace = {}
    exec(printed(function_of(lines, {"outputs": node}, Taken(by_class=False, ignored=-100)), backend), namespace)
    return namespace["gradients"]


@pytest.mark.parametrize(
    "node",
    [OneHot("y", N, C), Gather("w", "y", N), Pick(Z, "y"), Counted("y", "iota", N)],
    ids=lambda node: type(node).__name__,
)
def test_labels_are_looked_at_whatever_they_pick(node):
    """A label of −1 would pick the last class."""
    given = {"Z": np.ones((2, 3)), "y": np.array([0, -1]), "weight": np.ones(3)}
    run = gradients_of([("A", node)], Array("A", node.shape))
    with pytest.raises(ValueError, match=r"labels must lie between 0 and 2; given -1 to 0"):
        run(**{name: given[name] for name in inspect.signature(run).parameters})


def test_what_is_added_up_in_a_coefficient_has_its_shape_looked_at():
    run = gradients_of([], Scale(Z, 1 / Sum(IndexedBase("w")[c], (c, 1, C))))
    with pytest.raises(ValueError, match=r"weight must have the shape \(3,\); given \(2,\)"):
        run(np.ones((2, 3)), np.ones(2))


#: Which numbers become 1 where every label is ignored, so that nothing is divided by 0.
MASKED = {
    "a divisor": (("S", Total(MU)), 1 / S, {"S": "mu"}),
    "a factor": (("S", Total(MU)), S, {}),
    "an array that is added up in a divisor": (
        ("A", Scale(MU, Integer(2))),
        1 / Sum(IndexedBase("A")[n], (n, 1, N)),
        {},
    ),
}


@pytest.mark.parametrize("what", MASKED)
def test_a_number_is_1_where_nothing_counts_if_something_is_divided_by_it(what):
    line, coefficient, masks = MASKED[what]
    assert masks_of([("mu", Counted("y", "iota", N)), line], {"outputs": Scale(Z, coefficient)}) == masks


def test_a_logarithm_inside_of_log_sum_exp_takes_no_detour():
    """log Σ P^(1/1000), where P is 0 in float64, and its power is not."""
    of = Elementwise(Scale(Elementwise(P, "log"), Rational(1, 1000)), "exp")
    lines, results = stable([("P", Softmax(Z))], {"outputs": Elementwise(MatMul(of, Ones(C)), "log")})
    outputs = torch.tensor([[-1600.0, 0.0, -800.0]], dtype=torch.float64)
    found = gradients_of(lines, results["outputs"], "torch")(outputs)
    torch.testing.assert_close(found, torch.logsumexp(torch.log_softmax(outputs, 1) / 1000, 1))
