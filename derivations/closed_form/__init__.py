"""A derivation turned into numbers: its closed form as readable code."""

from .code import contraction_source, source
from .formula import closed_form_latex, contraction_latex, definitions_latex, index_latex
from .taken import OF_LAYER, Taken
from .writers import BACKENDS

__all__ = [
    "BACKENDS",
    "OF_LAYER",
    "Taken",
    "closed_form_latex",
    "contraction_latex",
    "contraction_source",
    "definitions_latex",
    "index_latex",
    "source",
]
