"""Rules that put a definition or a lemma in, or recognise one and write its name."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from sympy import Expr, Indexed, Symbol

from ..expressions import Context, Definition, bound_indices, rename_apart, substitute
from .matching import instance
from .rule import Fact, Facts, Rule, everywhere


def define(*names: str) -> Rule:
    """Insert the definitions of the named arrays and scalars."""
    return Rule("define", _define, names)


def _define(expr: Expr, context: Context, facts: Facts, *names: str) -> Expr:
    def replace_with_definition(node: Expr) -> Expr:
        definition = context.definitions[_name_of(node)]
        outcome = definition.at(node, expr.free_symbols | bound_indices(expr))
        if outcome != node:
            facts.append(Fact("define", node, outcome))
        return outcome

    return everywhere(lambda node: _name_of(node) in names, replace_with_definition, expr)


def _name_of(node: Expr) -> str:
    """The name of an entry or a number; nothing for other expressions."""
    if isinstance(node, Indexed):
        return str(node.base.label.name)
    return str(node.name) if isinstance(node, Symbol) else ""


def name(definition: Definition, sign: int = 1) -> Rule:
    """Write a short name for what it stands for: G_nc for ∂L/∂Z_nc; with `sign` −1, −U_n for what is −U_n.

    `definition.left` is the name.
    """
    long, short = sign * definition.right, sign * definition.left
    return _replacing("name", long, short, set(definition.placeholders), (), backwards=True)


def fold(definition: Definition) -> Rule:
    """Recognise a definition's right side, as a part of a product too: e^Z / Σ e^Z is P."""
    return _replacing("fold", definition.right, definition.left, set(definition.placeholders), ())


def lemma(left: Expr, right: Expr, indices: Set[Symbol], title: Any = None) -> Rule:
    """Replace each instance of `left` by that of `right`; `indices` are the ones that may be chosen."""
    return _replacing("lemma", left, right, indices, (title,))


def hypothesis(left: Expr, right: Expr) -> Rule:
    """The induction hypothesis: what is to be shown, for an earlier index."""
    return _replacing("hypothesis", left, right, set(), ())


def _replacing(
    rule: str, pattern: Expr, replacement: Expr, variables: Set[Symbol], items: tuple, backwards: bool = False
) -> Rule:
    return Rule(rule, _replace, (rule, pattern, replacement, frozenset(variables), items, backwards))


def _replace(
    expr: Expr,
    context: Context,
    facts: Facts,
    rule: str,
    pattern: Expr,
    replacement: Expr,
    variables: Set[Symbol],
    items: tuple,
    backwards: bool,
) -> Expr:
    """Replace every instance of `pattern`; its fact reads pattern = replacement, or `backwards`."""

    def instantiate(node: Expr) -> Expr:
        found = instance(pattern, node, variables)
        if found is None:
            return node
        short = rename_apart(substitute(replacement, found.values), expr.free_symbols | bound_indices(expr))
        sides = (short, found.part) if backwards else (found.part, short)
        facts.append(Fact(rule, *sides, items))
        return instantiate(node.func(*found.rest, short)) if found.rest else short

    return everywhere(lambda node: node.func == pattern.func, instantiate, expr)
