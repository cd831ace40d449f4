"""What is asked for: every subset, in any order, alone and with a model, of every criterion; and what is refused."""

import inspect
import itertools
import random

import numpy as np
import pytest
import torch
from cases import CASES
from torch import nn

from derivations import derive, explain, hessian
from derivations.torch_bridge.accounts import autograd
from derivations.torch_bridge.batch.batch import read_batch

BACKENDS = ("torch", "numpy")


def arrays_of(batch):
    """The arrays of a batch by the names that printed code has for them."""
    return {**batch.of_model, **batch.of_loss, batch.outputs_letter: batch.rows(batch.outputs())}


def run(text, arrays, backend, wrt):
    namespace = {}
    exec(text, namespace)
    function = namespace["gradients"]
    if backend == "numpy":
        arrays = {each: value.numpy() if isinstance(value, torch.Tensor) else value for each, value in arrays.items()}
    found = function(*[arrays[each] for each in inspect.signature(function).parameters])
    return found if len(wrt) > 1 else {wrt[0]: found}


def close(found, expected):
    np.testing.assert_allclose(np.asarray(found), expected.numpy(), rtol=1e-11, atol=1e-14)


def asked(names, everything, chance):
    """Subsets of the names, each in an order of its own."""
    sizes = range(1, len(names) + 1) if everything else {1, 2, len(names)}
    for subset in (each for size in sizes for each in itertools.combinations(names, size)):
        yield tuple(chance.sample(subset, len(subset)))


@pytest.mark.parametrize("name", CASES)
def test_any_subset_in_any_order(name):
    """`gradients`, `certify` and both codes: what was asked for, in that order, and what autograd computes of it."""
    explanation, inputs, targets, incoming = CASES[name](torch.float64)
    if explanation.setup.may_ignore:
        targets[2] = -100
    batch = read_batch(explanation.setup, inputs, targets, incoming)
    _, expected = autograd.gradients(batch, explanation.setup.wrt)
    chance, arrays = random.Random(name), arrays_of(batch)
    for place, wrt in enumerate(asked(explanation.setup.wrt, " mean" in name, chance)):
        found = explanation.gradients(inputs, targets, wrt, incoming)
        assert list(found) == list(wrt)
        for each, value in found.items():
            close(value, expected[each])
        everything = len(wrt) == len(explanation.setup.wrt)
        some = BACKENDS[place % 2 :][:1] if len(wrt) < 3 or place % 3 == 0 else ()
        for backend in BACKENDS if everything else some:
            text = explanation.code(*wrt, backend=backend)
            printed = run(text, arrays, backend, wrt)
            assert list(printed) == list(wrt)
            for each, value in printed.items():
                close(value, expected[each])
        if len(wrt) == 1 or everything:
            certificate = explanation.certify(inputs, targets, wrt, grad_output=incoming)
            assert [row.wrt for row in certificate.rows] == list(wrt)
            assert certificate
        if len(wrt) == 2:
            assert _signature(explanation.code(*reversed(wrt), backend=backend)) == _signature(text)


def _signature(code):
    return code.partition("def gradients(")[2].partition("):")[0]


def model():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return nn.Linear(4, 3)


X, Y = torch.randn(5, 4, generator=torch.Generator().manual_seed(1)), torch.zeros(5, 3)
WAYS = {
    "a name": "weight",
    "a list": ["bias", "weight"],
    "a generator": (each for each in ("bias", "weight")),
    "one name twice": ("weight", "weight"),
    "names twice": ("weight", "bias", "weight"),
    "keys": {"weight": 1}.keys(),
}


@pytest.mark.parametrize("way", WAYS)
def test_any_way_to_ask(way):
    explanation, wrt = explain(model(), nn.MSELoss()), WAYS[way]
    names = ("weight",) if isinstance(wrt, str) else tuple(dict.fromkeys(wrt := list(wrt)))
    again = {"a generator": lambda: (each for each in wrt)}.get(way, lambda: wrt)
    assert tuple(explanation.gradients(X, Y, wrt=again())) == names
    assert tuple(row.wrt for row in explanation.certify(X, Y, wrt=again()).rows) == names
    assert explanation.code(again()) == explanation.code(*names)


WRONG = {
    "nothing": ((), r"wrt=\(\) asks for nothing"),
    "an empty generator": ((each for each in ()), "asks for nothing"),
    "an unknown name": (("weight", "weights"), "wrt='weights': .* has no such gradient"),
    "an empty name": ("", "wrt='': .* has no such gradient"),
    "a tensor": (torch.ones(2), "has no such gradient"),
    "a number": (3, "wrt=3: a name, or several of them"),
    "no strings": ([None], "wrt=None: .* has no such gradient"),
    "an unhashable name": ([["weight"]], r"wrt=\['weight'\]: .* has no such gradient"),
}


@pytest.mark.parametrize("way", WRONG)
def test_what_cannot_be_asked(way):
    explanation, (wrt, says) = explain(model(), nn.MSELoss()), WRONG[way]
    accepted = f"{says}.*Accepted: 'weight', 'bias', 'inputs', 'outputs', 'targets'"
    wrt = list(wrt) if inspect.isgenerator(wrt) else wrt
    says = says.replace(r"\(\)", r"\[\]") if wrt == [] else says
    asks = [explanation.code] if wrt != "" else []
    asks += [lambda each: explanation.gradients(X, Y, wrt=each), lambda each: explanation.certify(X, Y, wrt=each)]
    for ask in asks:
        with pytest.raises(ValueError, match=accepted):
            ask(wrt)


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda: explain(model(), nn.MSELoss()).hessian("targets"), "has no Hessian derived"),
        (lambda: explain(model(), nn.MSELoss()).hessian(["weight"]), r"wrt=\['weight'\] is not the name of one tensor"),
        (lambda: explain(None, nn.NLLLoss()).hessian("outputs"), "its second derivative is 0"),
        (lambda: explain(model(), nn.MSELoss()).latex("weights"), "has no such gradient"),
        (lambda: explain(model(), nn.MSELoss()).derivation(()), "is not the name of one tensor"),
    ],
)
def test_what_has_no_derivation(ask, says):
    with pytest.raises(ValueError, match=says):
        ask()


IGNORING = (nn.CrossEntropyLoss(), nn.CrossEntropyLoss(ignore_index=-100), nn.NLLLoss())


@pytest.mark.parametrize("criterion", IGNORING, ids=str)
def test_with_labels_that_torch_ignores_formula_and_derivation_have_the_mask(criterion):
    """As `gradients` has. Without such labels they show the loss in which every row counts."""
    explanation = explain(None, criterion)
    ignored, none = torch.tensor([0, -100, 2]), torch.tensor([0, 1, 2])
    masked = explanation.for_targets(ignored)
    assert r"\boldsymbol{\mu}" in masked.latex("outputs")
    assert "μ[n] := 1 - δ" in str(masked.derivation("outputs"))
    assert masked.derivation("outputs") is derive(masked.loss, "outputs")
    assert masked.loss.ignore_index
    assert explanation.for_targets(none).latex("outputs") == explanation.latex("outputs")
    assert "mu" not in explanation.latex("outputs")
    assert str(explanation.certify(torch.zeros(3, 4).log_softmax(1), ignored).setup.loss) == str(masked.loss)
    # The code has no need to be told.
    assert "mu = (y != -100)" in explanation.code()
    assert masked.code().replace("y, ignore_index)", "y)").replace("ignore_index", "-100") == explanation.code()


def test_the_second_derivative_has_the_mask_too():
    masked = explain(None, nn.CrossEntropyLoss()).for_targets([0, -100])
    assert masked.hessian("outputs") is hessian(masked.loss, "outputs")
    assert "μ" in str(masked.hessian("outputs"))
