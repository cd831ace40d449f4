"""A derivation turned into numbers: readable code for its closed form, and how far that may round."""

from .bound import bound_source
from .emit import BACKENDS, source
from .formula import closed_form_latex, index_latex

__all__ = ["BACKENDS", "bound_source", "closed_form_latex", "index_latex", "source"]
