"""The closed set of rewrite rules. They name no loss and no tensor: what they need to know stands in the context."""

from .algebra import collect, common, divide, expand, log_quotient, powers, sign, together
from .derivatives import chain, independent, linear, product, through
from .names import define, fold, hypothesis, lemma, name
from .ranges import absorb, regroup, rename, telescope, write_out
from .rule import Fact, Rule, RuleError
from .sums import collapse, count, join, pull, push, split

__all__ = [
    "Fact",
    "Rule",
    "RuleError",
    "absorb",
    "chain",
    "collapse",
    "collect",
    "common",
    "count",
    "define",
    "divide",
    "expand",
    "fold",
    "hypothesis",
    "independent",
    "join",
    "lemma",
    "linear",
    "log_quotient",
    "name",
    "powers",
    "product",
    "pull",
    "push",
    "regroup",
    "rename",
    "sign",
    "split",
    "telescope",
    "through",
    "together",
    "write_out",
]
