"""One file per criterion: its definition, its options, its plan of derivation. No gradient is written here."""

from importlib import import_module
from pkgutil import iter_modules

# Lists of criteria begin with these.
from .bce import BCEWithLogits
from .cross_entropy import CrossEntropy
from .mse import MSE
from .nll import NLL

# isort: split
from .base import Loss
from .bce_of_probabilities import BCE
from .capped_cross_entropy import CappedCrossEntropy
from .cosine_embedding import CosineEmbedding
from .distillation import Distillation
from .elementwise import Elementwise
from .focal import Focal
from .gaussian_nll import GaussianNLL
from .hinge_embedding import HingeEmbedding
from .huber import Huber
from .kl_div import KLDiv
from .l1 import L1
from .margin_ranking import MarginRanking
from .masked_cross_entropy import MaskedCrossEntropy
from .multi_label_margin import MultiLabelMargin
from .multi_label_soft_margin import MultiLabelSoftMargin
from .multi_margin import MultiMargin
from .penalty import ElasticNet, L1Penalty, L2Penalty
from .poisson_nll import PoissonNLL
from .smooth_l1 import SmoothL1
from .soft_margin import SoftMargin
from .triplet_margin import TripletMargin
from .triplet_margin_with_distance import TripletMarginWithDistance
from .z_loss import ZLoss

for _module in iter_modules(__path__):  # each registers its criteria
    import_module(f"{__name__}.{_module.name}")

__all__ = [
    "BCE",
    "L1",
    "MSE",
    "NLL",
    "BCEWithLogits",
    "CappedCrossEntropy",
    "CosineEmbedding",
    "CrossEntropy",
    "Distillation",
    "ElasticNet",
    "Elementwise",
    "Focal",
    "GaussianNLL",
    "HingeEmbedding",
    "Huber",
    "KLDiv",
    "L1Penalty",
    "L2Penalty",
    "Loss",
    "MarginRanking",
    "MaskedCrossEntropy",
    "MultiLabelMargin",
    "MultiLabelSoftMargin",
    "MultiMargin",
    "PoissonNLL",
    "SmoothL1",
    "SoftMargin",
    "TripletMargin",
    "TripletMarginWithDistance",
    "ZLoss",
]
