"""One file per criterion: its definition, its options, its plan of derivation. No gradient is written here."""

from .base import Loss
from .cross_entropy import CrossEntropy
from .mse import MSE

__all__ = ["MSE", "CrossEntropy", "Loss"]
