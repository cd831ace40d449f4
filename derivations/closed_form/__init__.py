"""A derivation turned into numbers: its closed form as readable code."""

from .emit import BACKENDS
from .formula import closed_form_latex, contraction_latex, definitions_latex, index_latex
from .program import contraction_source, source

__all__ = [
    "BACKENDS",
    "closed_form_latex",
    "contraction_latex",
    "contraction_source",
    "definitions_latex",
    "index_latex",
    "source",
]
