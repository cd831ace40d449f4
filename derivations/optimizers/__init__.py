"""Optimizers as recurrences in the step t: one update, several steps unrolled, and closed forms by induction.

θ_t is one entry of a parameter after t steps, g_t the gradient there at step t. Source of the recurrences: torch.optim,
whose order of operations they follow: maximize first, then weight decay, then momentum.
"""

from .adam import Adam, AdamW
from .base import Optimizer
from .sgd import SGD

__all__ = ["SGD", "Adam", "AdamW", "Optimizer"]
