"""One term, one translation: the glossary of the site, which the notation page shows and a test holds all prose to."""

from . import checks, gradients, losses, training
from .term import Term

__all__ = ["GLOSSARY", "Term"]

GLOSSARY = (*gradients.TERMS, *losses.TERMS, *training.TERMS, *checks.TERMS)
