"""Wrong shares, as a kernel of torch might hand them on, are found at the node that does."""

import pytest
import torch
from networks import DTYPES, made
from share_mutants import MUTANTS
from torch import nn

import derivations as dv
from derivations.torch_bridge.auditing.checked import checked, is_leaf
from derivations.torch_bridge.recording.passes import Visit, graph_of
from derivations.torch_bridge.recording.recording import Recording

#: What changes nothing in exact arithmetic: the bias of a convolution before batch norm, whose gradient is 0.
PURE_ROUNDING = ("ConvolutionBackward0", 2)


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("cornered_perceptron", "float32"),
        ("autoencoder", "float64"),
        ("focal_by_hand", "float32"),
        ("low_rank", "float64"),
    ],
)
def test_changed_shares_disagree(name, dtype):
    _, step = made(name, DTYPES[dtype])
    with Recording() as recording:
        step().backward()
    tried, missed = 0, []
    for visit in recording.passes[0].visits:
        for slot, share in enumerate(visit.handed):
            if is_leaf(visit.node) or share is None:
                continue
            for kind, change in MUTANTS.items():
                handed = [*visit.handed]
                handed[slot] = change(share)
                if torch.allclose(handed[slot], share, rtol=1e-6, atol=0) or (visit.node.name(), slot) == PURE_ROUNDING:
                    continue
                tried += 1
                if checked(recording, Visit(visit.node, visit.arrived, handed), 0).verdict != "disagrees":
                    missed.append((visit.node.name(), slot, kind))
    assert tried > 50
    assert missed == []


def test_a_hook_that_changes_what_a_node_hands_on_is_found_at_that_node():
    torch.manual_seed(0)
    model, x = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)), torch.randn(5, 3)

    def step():
        loss = model(x).square().mean()
        (tanh,) = [each for each in graph_of([loss]) if each.name() == "TanhBackward0"]
        tanh.register_hook(lambda handed, arrived: tuple(1.01 * each for each in handed))
        return loss

    account = dv.audit(step, model)
    (node,) = account.wrong
    assert (node.name, node.module) == ("TanhBackward0", "1")
    assert node.shares[0].diagnosis.mistakes[0].key == "factor"
    with pytest.raises(dv.GradientMismatch, match="TanhBackward0: what it hands on to A is not the gradient"):
        account.require()
