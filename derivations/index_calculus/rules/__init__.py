"""The closed set of rewrite rules. They name no loss and no tensor: what they need to know stands in the context."""

from .derivatives import chain, independent, linear, product, through
from .logarithms import log_quotient
from .names import define, fold, lemma, name
from .rule import Fact, Rule, RuleError
from .sums import collapse, common, pull, sign, split

__all__ = [
    "Fact",
    "Rule",
    "RuleError",
    "chain",
    "collapse",
    "common",
    "define",
    "fold",
    "independent",
    "lemma",
    "linear",
    "log_quotient",
    "name",
    "product",
    "pull",
    "sign",
    "split",
    "through",
]
