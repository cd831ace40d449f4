"""From a recorded call to a formula: which operation it is, and how the dimensions of its tensors are its axes.

Rearranging only: views, permutations, positions. No arithmetic, and no gradient.
"""

from .bound import Bound
from .table import Unbound, bind

__all__ = ["Bound", "Unbound", "bind"]
