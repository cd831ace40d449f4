"""What runs needs less memory than the printed code seems to, and gives the same numbers bit by bit."""

import inspect

import pytest
import torch
from cases import CASES
from sympy import Integer

from derivations.closed_form.code import printed
from derivations.closed_form.plan import function_of
from derivations.closed_form.reuse import in_place
from derivations.index_calculus.matrices.nodes import Array, Plus, Scale
from derivations.index_calculus.symbols import C, N
from derivations.torch_bridge.accounts.evaluate import planned
from derivations.torch_bridge.batch.batch import read_batch


@pytest.mark.parametrize("name", [name for name in CASES if "MultiLabelMarginLoss" not in name])  # no matrix form
def test_the_numbers_are_the_same(name):
    explanation, inputs, targets, incoming = CASES[name](torch.float32)
    batch = read_batch(explanation.setup, inputs, targets, incoming)
    arrays = {**batch.of_model, **batch.of_loss, batch.outputs_letter: batch.rows(batch.outputs())}
    before = {each: value.clone() for each, value in arrays.items() if isinstance(value, torch.Tensor)}
    function = planned(batch.setup, batch.setup.parameters)
    found = []
    for text in (printed(function), printed(in_place(function))):
        namespace = {}
        exec(text, namespace)
        run = namespace["gradients"]
        with torch.no_grad():
            result = run(*[arrays[each] for each in inspect.signature(run).parameters])
        found.append(result if isinstance(result, dict) else {"only": result})
    assert all(torch.equal(found[0][each], found[1][each]) for each in found[0])
    assert all(torch.equal(arrays[each], value) for each, value in before.items())  # what is given stays as it is


def test_what_is_given_by_another_name_is_not_overwritten():
    shape = (N, C)
    difference = Plus((Array("A", shape), Scale(Array("Z", shape), Integer(-1))))
    function = function_of([("A", Array("Y", shape)), ("G", difference)], {"outputs": Array("G", shape)})
    namespace, outputs, targets = {}, torch.rand(3, 2), torch.rand(3, 2)
    exec(printed(in_place(function)), namespace)
    before = targets.clone()
    assert torch.equal(namespace["gradients"](outputs, targets), before - outputs)
    assert torch.equal(targets, before)


def test_what_it_makes_of_cross_entropy():
    explanation, *_ = CASES["CE mean of a linear model"](torch.float32)
    assert printed(in_place(planned(explanation.setup, ("weight",)))).split("\n\n\n")[-1] == (
        "def gradients(X, W, b, y):\n"
        "    Z = X @ W.T + b\n"
        "    N, C = Z.shape\n"
        "    P = torch.softmax(Z, 1)\n"
        "    Y_hat = Z.new_zeros((N, C)).scatter_(1, y[:, None], 1)\n"
        "    del Z\n"
        "    G = P.sub_(Y_hat).mul_(1 / N)\n"
        "    del P, Y_hat\n"
        "    return G.T @ X\n"
    )
