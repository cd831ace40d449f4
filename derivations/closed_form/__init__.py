"""A derivation turned into numbers: readable code for its closed form, and how far that may round."""

from .bound import bound_source
from .emit import BACKENDS, source

__all__ = ["BACKENDS", "bound_source", "source"]
