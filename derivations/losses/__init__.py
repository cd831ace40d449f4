"""One file per criterion: its definition, its options, its plan of derivation. No gradient is written here."""

from importlib import import_module
from pkgutil import iter_modules

from .base import Loss
from .bce import BCEWithLogits
from .cross_entropy import CrossEntropy
from .elementwise import Elementwise
from .mse import MSE
from .nll import NLL
from .penalty import ElasticNet, L1Penalty, L2Penalty

for _module in iter_modules(__path__):  # each registers its criteria
    import_module(f"{__name__}.{_module.name}")

__all__ = [
    "MSE",
    "NLL",
    "BCEWithLogits",
    "CrossEntropy",
    "ElasticNet",
    "Elementwise",
    "L1Penalty",
    "L2Penalty",
    "Loss",
]
