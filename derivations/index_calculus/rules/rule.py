"""What a rule is: one bottom-up pass over an expression, with the facts it relied on.

A fact is itself an equation, so that the judge can check the sentence as well as the line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sympy import Expr, Indexed, KroneckerDelta, Sum

from ..expressions import Context, Partial


@dataclass(frozen=True)
class Fact:
    """`left = right`, why a rule may rewrite as it does."""

    kind: str
    left: Expr
    right: Expr
    items: tuple[Any, ...] = ()


Facts = list[Fact]
#: Takes an expression, its context, the facts to add to, and what the rule was given.
Rewrite = Callable[..., Expr]


class RuleError(ValueError):
    """A rule that does not apply: a plan that asks for it is wrong."""


@dataclass(frozen=True)
class Rule:
    """A named rewrite. Applied, it returns the new expression and the facts it used.

    `rewrite` is a function of a module, and `given` what it is given beyond the expression: so a rule is data, to be
    compared and pickled. Raises RuleError when it changes nothing, unless it is `.where_possible`; then it returns the
    expression as it is.
    """

    name: str
    rewrite: Rewrite
    given: tuple[Any, ...] = ()
    optional: bool = False

    def __call__(self, expr: Expr, context: Context) -> tuple[Expr, tuple[Fact, ...]]:
        facts: Facts = []
        result = self.rewrite(expr, context, facts, *self.given)
        if result == expr and not self.optional:
            raise RuleError(f"the rule {self.name!r} changes nothing in {expr}")
        return result, tuple(dict.fromkeys(facts)) if result != expr else ()

    @property
    def where_possible(self) -> Rule:
        return replace(self, optional=True)


def everywhere(matches: Callable[[Expr], bool], rewrite: Callable[[Expr], Expr], expr: Expr) -> Expr:
    """Rewrite every matching node, innermost first; what is differentiated by, and limits, stay as they are."""
    if not isinstance(expr, Indexed | KroneckerDelta):
        kept = 1 if isinstance(expr, Partial | Sum) else len(expr.args)
        parts = [everywhere(matches, rewrite, part) for part in expr.args[:kept]]
        if any(new is not old for new, old in zip(parts, expr.args, strict=False)):
            expr = expr.func(*parts, *expr.args[kept:])
    return rewrite(expr) if matches(expr) else expr


def is_partial(expr: Expr) -> bool:
    return isinstance(expr, Partial)


def is_sum(expr: Expr) -> bool:
    return isinstance(expr, Sum)
