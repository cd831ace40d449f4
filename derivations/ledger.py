"""The ledger: every criterion derived, evaluated and certified at several sizes. The build runs it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import nn

from .explanation import explain
from .torch_bridge.certify import Certificate

CRITERIA = (nn.MSELoss, nn.CrossEntropyLoss)
#: (N, D, C), all different, so that a mean over the wrong size shows.
SIZES = ((3, 2, 4), (5, 10, 2), (7, 4, 3), (64, 10, 5))
DTYPES = (torch.float64, torch.float32)


@dataclass(frozen=True)
class Ledger:
    """All certificates of one run."""

    certificates: tuple[Certificate, ...]

    @property
    def gradients(self) -> int:
        """How many gradient formulas were derived."""
        return len({(str(each.setup.loss), row.wrt) for each in self.certificates for row in each.rows})

    @property
    def comparisons(self) -> int:
        """How many entries were compared where the bound is sharp enough to tell."""
        return sum(row.sharp for each in self.certificates for row in each.rows)

    @property
    def disagreements(self) -> int:
        """How many entries were beyond their bound."""
        return sum(row.wrong for each in self.certificates for row in each.rows)

    @property
    def worst(self) -> float:
        """The largest deviation, in eps·κ."""
        return max(each.worst for each in self.certificates)


def run() -> Ledger:
    """Certify every entry. Raises GradientMismatch at the first that disagrees."""
    return Ledger(tuple(certificate.require() for certificate in _certificates()))


def _certificates() -> Iterator[Certificate]:
    for seed, (criterion, sizes, dtype) in enumerate(itertools.product(CRITERIA, SIZES, DTYPES)):
        generator = torch.Generator().manual_seed(seed)
        rows, features, classes = sizes
        weight = torch.randn(classes, features, generator=generator, dtype=dtype)
        bias = torch.randn(classes, generator=generator, dtype=dtype)
        explanation = explain(_linear(weight, bias), criterion())
        yield explanation.certify(*explanation.setup.random_data(rows, generator), seed=seed)


def _linear(weight: torch.Tensor, bias: torch.Tensor) -> nn.Linear:
    """A linear layer with the given parameters; torch's own initialisation would use up the global random numbers."""
    with torch.random.fork_rng(devices=[]):
        model = nn.Linear(weight.shape[1], weight.shape[0], dtype=weight.dtype)
    model.load_state_dict({"weight": weight, "bias": bias})
    return model
