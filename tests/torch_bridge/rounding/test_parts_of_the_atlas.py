"""A batch so long that its bound is worked out in parts, of a criterion whose code has a constant of its own."""

import torch
from torch import nn

import derivations as dv


def test_a_constant_of_the_code_is_known_in_each_part():
    outputs, others = torch.randn(2, 100_000, 4, generator=torch.Generator().manual_seed(0))
    targets = torch.where(outputs[:, 0] > 0, 1.0, -1.0)
    explanation = dv.explain(None, nn.CosineEmbeddingLoss(reduction="sum"))
    assert explanation.certify(outputs, (others, targets), wrt=("outputs", "input2")).verdict == "agrees"
