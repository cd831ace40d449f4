"""What is not supported is refused with a sentence that says what is."""

import pytest
import torch
from torch import nn

from derivations import Unsupported, explain

LABELS = torch.tensor([0, 1, 0])


@pytest.mark.parametrize(
    ("model", "criterion", "says"),
    [
        (None, nn.MSELoss(reduction="sum"), r"MSELoss\(reduction='sum'\) is not derived"),
        (None, nn.CrossEntropyLoss(label_smoothing=0.1), r"label_smoothing=0.1\) is not derived"),
        (None, nn.CrossEntropyLoss(weight=torch.ones(3)), r"CrossEntropyLoss\(weight=tensor.* is not derived"),
        (None, nn.CrossEntropyLoss(ignore_index=0), r"ignore_index=0\) is not derived"),
        (None, nn.L1Loss(), r"the criterion is L1Loss\(\). Supported: torch.nn.MSELoss"),
        (nn.Conv1d(1, 1, 1), nn.MSELoss(), r"the model is a Conv1d. Supported: a torch.nn.Linear"),
    ],
)
def test_unsupported(model, criterion, says):
    with pytest.raises(Unsupported, match=says):
        explain(model, criterion)


def test_a_kind_of_target_that_is_not_derived():
    with pytest.raises(Unsupported, match="targets='probabilities' is not derived"):
        explain(None, nn.CrossEntropyLoss(), targets="probabilities")
    with pytest.raises(Unsupported, match="no meaning for MSELoss"):
        explain(None, nn.MSELoss(), targets="indices")


@pytest.mark.parametrize(
    ("criterion", "inputs", "targets", "says"),
    [
        (nn.MSELoss(), torch.ones(3, 4), torch.ones(3), r"of the outputs' shape \(3, 2\); given torch.float32, \(3,\)"),
        (nn.MSELoss(), torch.ones(3, 5), torch.ones(3, 2), r"do not fit Linear\(in_features=4\)"),
        (nn.MSELoss(), torch.ones(4), torch.ones(2), r"of shape \(N, D\); given torch.float32, \(4,\)"),
        (nn.MSELoss(), torch.ones(3, 4).double(), torch.ones(3, 2), "make them the same"),
        (nn.MSELoss(), torch.ones(0, 4), torch.ones(0, 2), "the batch is empty"),
        (nn.CrossEntropyLoss(), torch.ones(3, 4), torch.ones(3), r"int64 class labels of shape \(3,\)"),
        (nn.CrossEntropyLoss(), torch.ones(3, 4), LABELS + 1, "between 0 and 1; given 1 to 2"),
    ],
)
def test_data_that_does_not_fit(criterion, inputs, targets, says):
    with pytest.raises(ValueError, match=says):
        explain(nn.Linear(4, 2), criterion).gradients(inputs, targets)


def test_what_there_is_no_gradient_of():
    explanation = explain(nn.Linear(4, 2, bias=False), nn.MSELoss())
    with pytest.raises(ValueError, match=r"wrt='bias': .* Accepted: 'weight', 'inputs', 'outputs'"):
        explanation.derivation("bias")
