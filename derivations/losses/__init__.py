"""One file per criterion: its definition, its options, its plan of derivation. No gradient is written here."""

from .base import Loss
from .bce import BCEWithLogits
from .cross_entropy import CrossEntropy
from .mse import MSE
from .nll import NLL
from .penalty import L2Penalty

__all__ = ["MSE", "NLL", "BCEWithLogits", "CrossEntropy", "L2Penalty", "Loss"]
