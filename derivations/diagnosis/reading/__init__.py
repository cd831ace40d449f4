"""From a formula as people type it to statements: Python, LaTeX, or mathematics with indices. Nothing is ever run."""

from .errors import NotUnderstood, Place
from .reader import LONGEST, Reading, read

__all__ = ["LONGEST", "NotUnderstood", "Place", "Reading", "read"]
