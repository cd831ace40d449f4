"""Criteria of what an activation gives, asked for the gradient in their targets without a model: outputs are given."""

import inspect

import pytest
import torch
from torch import nn

from derivations import explain

CRITERIA = {
    "KLDiv": nn.KLDivLoss(reduction="batchmean"),
    "KLDiv of logarithms": nn.KLDivLoss(reduction="sum", log_target=True),
    "BCE": nn.BCELoss(),
    "BCE with weights": nn.BCELoss(weight=torch.tensor([0.5, 2.0, 1.0])),
}


@pytest.mark.parametrize("name", CRITERIA)
def test_every_gradient_is_one_of_the_outputs_as_they_are(name):
    criterion = CRITERIA[name]
    explanation = explain(None, criterion)
    outputs, targets = explanation.setup.random_data(4, torch.Generator().manual_seed(0))
    leaves = {"outputs": outputs.clone().requires_grad_(), "targets": targets.clone().requires_grad_()}
    criterion(*leaves.values()).backward()
    found = explanation.gradients(outputs, targets, wrt=("outputs", "targets"))
    for wrt, leaf in leaves.items():
        torch.testing.assert_close(found[wrt], leaf.grad)
        namespace = {}
        exec(explanation.code(wrt), namespace)
        function = namespace["gradients"]
        first, *others = inspect.signature(function).parameters
        assert {first, *others} <= {"Q", "sigma", "Y", "weight"}
        assert not {"Q", "sigma"}.issuperset({first}) or not {"Q", "sigma"} & set(others), "outputs are taken once"
        given = {"Q": outputs, "sigma": outputs, "Y": targets, "weight": getattr(criterion, "weight", None)}
        torch.testing.assert_close(function(*[given[each] for each in (first, *others)]), leaf.grad)
    certificate = explanation.certify(outputs, targets, wrt=("outputs", "targets"), exact=True)
    assert certificate.verdict == "agrees"
    assert [row.wrt for row in certificate.rows] == ["outputs", "targets"]
