"""Torch objects are understood as torch does; what is not supported is refused with a sentence that says what is."""

import functools

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from derivations import MSE, NLL, BCEWithLogits, CrossEntropy, Unsupported, explain
from derivations.losses.cosine_embedding import CosineEmbedding

LABELS = torch.tensor([0, 1, 0])
ONES = torch.ones(3)


@pytest.mark.parametrize(
    ("criterion", "loss"),
    [
        (nn.MSELoss(reduction="sum"), MSE(reduction="sum")),
        (F.mse_loss, MSE()),
        (functools.partial(F.mse_loss, weight=ONES), MSE(weight=True)),
        (functools.partial(F.mse_loss, size_average=False), MSE(reduction="sum")),
        (functools.partial(F.mse_loss, reduce=False, size_average=True), MSE(reduction="none")),
        (functools.partial(F.mse_loss, reduce=True, reduction="sum"), MSE()),
        (nn.CrossEntropyLoss(label_smoothing=0.1), CrossEntropy(label_smoothing=True)),
        (nn.CrossEntropyLoss(weight=ONES, ignore_index=0), CrossEntropy(weight=True, ignore_index=True)),
        (functools.partial(F.cross_entropy, reduction="none"), CrossEntropy(reduction="none")),
        (nn.NLLLoss(ignore_index=2), NLL(ignore_index=True)),
        (functools.partial(F.nll_loss, weight=ONES), NLL(weight=True)),
        (nn.BCEWithLogitsLoss(pos_weight=ONES), BCEWithLogits(pos_weight=True)),
        (F.binary_cross_entropy_with_logits, BCEWithLogits()),
    ],
)
def test_modules_functions_and_partials(criterion, loss):
    assert explain(None, criterion).loss == loss


def test_a_number_that_is_0_stays_in_a_formula_that_always_has_it():
    found = explain(None, nn.CosineEmbeddingLoss())
    assert (found.loss, dict(found.setup.options)) == (CosineEmbedding(), {"margin": 0.0})


@pytest.mark.filterwarnings("ignore:size_average and reduce args will be deprecated")
def test_deprecated_arguments_of_a_module():
    assert explain(None, nn.CrossEntropyLoss(size_average=False)).loss == CrossEntropy(reduction="sum")
    assert explain(None, nn.BCEWithLogitsLoss(reduce=False)).loss == BCEWithLogits(reduction="none")


def test_probabilities_are_asked_for():
    explanation = explain(None, nn.CrossEntropyLoss(), targets="probabilities")
    assert explanation.loss == CrossEntropy(targets="probabilities")
    assert explanation.setup.wrt == ("outputs", "targets")


def test_log_softmax_belongs_to_the_model():
    explanation = explain(nn.Sequential(nn.Linear(4, 3), nn.LogSoftmax(dim=1)), nn.NLLLoss())
    assert explanation.setup.wrt == ("weight", "bias", "inputs", "logits", "outputs")
    assert str(explanation.setup) == "Linear(4, 3) + LogSoftmax + NLLLoss"


@pytest.mark.parametrize(
    ("model", "criterion", "targets", "says"),
    [
        (None, nn.CTCLoss(), None, r"the criterion is CTCLoss\(\)\. .* Supported: torch.nn.MSELoss"),
        (None, torch.sum, None, "the criterion is <built-in method sum"),
        (None, functools.partial(F.mse_loss, ONES), None, "fixes positional arguments"),
        (None, functools.partial(F.mse_loss, reduction="max"), None, r"reduction='max'\) is unknown to torch"),
        (nn.Conv1d(1, 1, 1), nn.MSELoss(), None, "the model is a Conv1d. Supported: a torch.nn.Linear"),
        (nn.Linear(4, 3), nn.NLLLoss(), None, "NLLLoss wants log-probabilities"),
        (nn.Sequential(nn.Linear(4, 3), nn.Softmax(1)), nn.NLLLoss(), None, "NLLLoss wants log-probabilities"),
        (nn.Sequential(nn.Linear(4, 3), nn.LogSoftmax(0)), nn.NLLLoss(), None, "NLLLoss wants log-probabilities"),
        (None, nn.CrossEntropyLoss(), "one-hot", "targets='one-hot' is unknown. Accepted: 'indices', 'probabilities'"),
        (None, nn.CrossEntropyLoss(ignore_index=1), "probabilities", "names no class to ignore"),
        (None, nn.MSELoss(), "indices", "no meaning for MSELoss"),
    ],
)
def test_unsupported(model, criterion, targets, says):
    with pytest.raises(Unsupported, match=says):
        explain(model, criterion, targets=targets)


@pytest.mark.parametrize(
    ("criterion", "inputs", "targets", "says"),
    [
        (nn.MSELoss(), torch.ones(3, 4), torch.ones(3), r"the outputs' shape \(3, 2\); given torch.float32, \(3,\)"),
        (nn.MSELoss(), torch.ones(3, 5), torch.ones(3, 2), r"do not fit Linear\(in_features=4\)"),
        (nn.MSELoss(), LABELS, torch.ones(3, 2), r"must be floating point, .*; given torch.int64, \(3,\)"),
        (nn.MSELoss(), torch.ones(3, 4).double(), torch.ones(3, 2), "make them the same"),
        (nn.MSELoss(), torch.ones(3, 4), 1j * torch.ones(3, 2), "targets is complex"),
        (nn.CrossEntropyLoss(), torch.ones(3, 4), torch.ones(3), r"int64 class labels of shape \(3,\)"),
        (nn.CrossEntropyLoss(), torch.ones(3, 4), LABELS[:2], r"of shape \(3,\); given torch.int64, \(2,\)"),
        (nn.CrossEntropyLoss(), torch.ones(3, 4), LABELS + 1, "between 0 and 1; given 1 to 2"),
    ],
)
def test_data_that_does_not_fit(criterion, inputs, targets, says):
    with pytest.raises(ValueError, match=says):
        explain(nn.Linear(4, 2), criterion).gradients(inputs, targets)


def test_random_data_have_both_signs_and_every_class():
    """Else a formula that is wrong where something is negative, or of one class, would be certified."""
    generator = torch.Generator().manual_seed(0)
    for criterion in (nn.MSELoss(reduction="none"), nn.CrossEntropyLoss(reduction="none")):
        setup = explain(nn.Linear(4, 3), criterion).setup
        inputs, targets = setup.random_data(30, generator)
        real = [inputs, setup.random_grad_output(inputs, targets, generator)]
        real += [targets] if isinstance(criterion, nn.MSELoss) else []
        for each in real:
            assert 0.2 < (each < 0).float().mean() < 0.8
            assert len(each.unique()) > 20
        if isinstance(criterion, nn.CrossEntropyLoss):
            assert set(targets.tolist()) == {0, 1, 2}


def test_what_there_is_no_gradient_of():
    explanation = explain(nn.Linear(4, 2, bias=False), nn.MSELoss())
    with pytest.raises(ValueError, match=r"wrt='bias': .* Accepted: 'weight', 'inputs', 'outputs', 'targets'"):
        explanation.derivation("bias")
