"""Rules that put a definition or a lemma in, or recognise one and write its name."""

from __future__ import annotations

from typing import Any

from sympy import Expr, Indexed, Mul, Symbol

from ..expressions import Context, Definition, bound_indices, rename_apart, substitute, unify
from .rule import Fact, Facts, Rule, everywhere


def define(*names: str) -> Rule:
    """Insert the definitions of the named arrays and scalars."""

    def insert(expr: Expr, context: Context, facts: Facts) -> Expr:
        def replace_with_definition(node: Expr) -> Expr:
            name = node.base.label.name if isinstance(node, Indexed) else node.name
            outcome = context.definitions[name].at(node, expr.free_symbols | bound_indices(expr))
            facts.append(Fact("define", node, outcome))
            return outcome

        def is_defined(node: Expr) -> bool:
            if isinstance(node, Indexed):
                return node.base.label.name in names
            return isinstance(node, Symbol) and node.name in names

        return everywhere(is_defined, replace_with_definition, expr)

    return Rule("define", insert)


def name(definition: Definition) -> Rule:
    """Write a short name for what it stands for: G_nc for ∂L/∂Z_nc. `definition.left` is the name."""
    placeholders = set(definition.left.indices)

    def shorten(expr: Expr, context: Context, facts: Facts) -> Expr:
        def recognise(node: Expr) -> Expr:
            match = next(unify(definition.right, node, placeholders, {}), None)
            if match is None:
                return node
            short = definition.left.xreplace(match)
            facts.append(Fact("name", short, node))
            return short

        return everywhere(lambda node: isinstance(node, definition.right.func), recognise, expr)

    return Rule("name", shorten)


def lemma(left: Expr, right: Expr, indices: set[Symbol], title: Any = None) -> Rule:
    """Replace each instance of `left` by that of `right`; `indices` are the ones that may be chosen."""

    def apply(expr: Expr, context: Context, facts: Facts) -> Expr:
        def instantiate(node: Expr) -> Expr:
            match = next(unify(left, node, indices, {}), None)
            if match is None:
                return node
            outcome = rename_apart(substitute(right, match), expr.free_symbols | bound_indices(expr))
            facts.append(Fact("lemma", node, outcome, (title,)))
            return outcome

        return everywhere(lambda node: isinstance(node, left.func), instantiate, expr)

    return Rule("lemma", apply)


def fold(definition: Definition) -> Rule:
    """Recognise a definition's right side inside a product and write its name: e^Z / Σ e^Z is P.

    `definition.right` must be a product; its placeholders are the indices of `definition.left`.
    """
    placeholders = set(definition.left.indices)
    parts = list(Mul.make_args(definition.right))

    def recognise(expr: Expr, context: Context, facts: Facts) -> Expr:
        def shorten(node: Mul) -> Expr:
            factors = list(node.args)
            for match, rest in _factors_like(parts, factors, placeholders):
                short = definition.left.xreplace(match)
                used = [factor for factor in factors if factor not in rest]
                facts.append(Fact("fold", Mul(*used), short))
                return Mul(*rest, short)
            return node

        return everywhere(lambda node: isinstance(node, Mul), shorten, expr)

    return Rule("fold", recognise)


def _factors_like(parts: list[Expr], factors: list[Expr], placeholders: set[Symbol]) -> list[tuple[dict, list[Expr]]]:
    """The ways to find all `parts` among `factors`: the match and the factors left over."""
    found: list[tuple[dict, list[Expr]]] = [({}, factors)]
    for part in parts:
        found = [
            (match, [other for other in rest if other is not factor])
            for so_far, rest in found
            for factor in rest
            for match in unify(part, factor, placeholders, so_far)
        ]
    return found
