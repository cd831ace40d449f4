"""The closed set of rewrite rules. Each is small, has a name, and says which facts it used.

A rule is one bottom-up pass: (expression, context, facts) -> expression. A fact is itself an equation, so that the
judge can check the sentence as well as the line; `items` are the parts of it that the sentence mentions.
Rules name no loss and no tensor: what they need to know stands in the context's definitions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from sympy import Add, Expr, Indexed, Integer, KroneckerDelta, Mul, Pow, Sum, Symbol, exp, log

from .expressions import (
    Context,
    Definition,
    Partial,
    bound_indices,
    rename_apart,
    substitute,
    unify,
)
from .symbols import fresh, sum_over


@dataclass(frozen=True)
class Fact:
    """`left = right`, why a rule may rewrite as it does."""

    kind: str
    left: Expr
    right: Expr
    items: tuple[Any, ...] = ()


Facts = list[Fact]
Rewrite = Callable[[Expr, Context, Facts], Expr]


class RuleError(ValueError):
    """A rule that does not apply: a plan that asks for it is wrong."""


@dataclass(frozen=True)
class Rule:
    """A named rewrite. Applied, it returns the new expression and the facts it used.

    Raises RuleError when it changes nothing, unless it is `.where_possible`; then it returns the expression as it is.
    """

    name: str
    rewrite: Rewrite
    optional: bool = False

    def __call__(self, expr: Expr, context: Context) -> tuple[Expr, tuple[Fact, ...]]:
        facts: Facts = []
        result = self.rewrite(expr, context, facts)
        if result == expr and not self.optional:
            raise RuleError(f"the rule {self.name!r} changes nothing in {expr}")
        return result, tuple(dict.fromkeys(facts)) if result != expr else ()

    @property
    def where_possible(self) -> Rule:
        return replace(self, optional=True)


def _everywhere(matches: Callable[[Expr], bool], rewrite: Callable[[Expr], Expr], expr: Expr) -> Expr:
    """Rewrite every matching node, innermost first; what is differentiated by stays as it is."""
    if isinstance(expr, Partial):
        expr = Partial(_everywhere(matches, rewrite, expr.expr), expr.variable)
    elif expr.args and not isinstance(expr, Indexed | KroneckerDelta):
        expr = expr.func(*[_everywhere(matches, rewrite, arg) for arg in expr.args])
    return rewrite(expr) if matches(expr) else expr


def _is_partial(expr: Expr) -> bool:
    return isinstance(expr, Partial)


def _is_sum(expr: Expr) -> bool:
    return isinstance(expr, Sum)


# Derivatives ---------------------------------------------------------------------------------------------------------


def _linear(expr: Expr, context: Context, facts: Facts) -> Expr:
    """Differentiation is linear: sums and constant factors move out, constants vanish."""

    def move(node: Partial) -> Expr:
        inner, variable = node.expr, node.variable
        if not context.depends(inner, variable):
            facts.append(Fact("constant", node, Integer(0), (inner, variable)))
            return Integer(0)
        if isinstance(inner, Sum):
            moved = Sum(Partial(inner.function, variable), *inner.limits)
            facts.append(Fact("sum", node, moved, tuple(limit[0] for limit in reversed(inner.limits))))
            return Sum(move(moved.function), *inner.limits)
        if isinstance(inner, Add):
            terms = [Partial(term, variable) for term in inner.args]
            facts.append(Fact("terms", node, Add(*terms)))
            return Add(*[move(term) for term in terms])
        if isinstance(inner, Mul):
            constant, dependent = _sort_by(inner.args, lambda factor: not context.depends(factor, variable))
            if constant:
                rest = Partial(Mul(*dependent), variable)
                facts.append(Fact("factor", node, Mul(*constant, rest), tuple(constant)))
                return Mul(*constant, move(rest))
        return node

    return _everywhere(_is_partial, move, expr)


def _chain(expr: Expr, context: Context, facts: Facts) -> Expr:
    """The chain rule for integer powers, log and exp, of an inner function that depends on the variable."""

    def differentiate(node: Partial) -> Expr:
        inner, variable = node.expr, node.variable
        if not context.depends(inner, variable):
            return node
        if isinstance(inner, Pow) and inner.exp.is_Integer:
            base, power = inner.args
            outcome = Mul(power, Pow(base, power - 1), Partial(base, variable))
            facts.append(Fact("power", node, outcome, (base, power)))
        elif isinstance(inner, log):
            outcome = Partial(inner.args[0], variable) / inner.args[0]
            facts.append(Fact("log", node, outcome, (inner.args[0],)))
        elif isinstance(inner, exp):
            outcome = inner * Partial(inner.args[0], variable)
            facts.append(Fact("exp", node, outcome, (inner.args[0],)))
        else:
            return node
        return outcome

    return _everywhere(_is_partial, differentiate, expr)


def _product(expr: Expr, context: Context, facts: Facts) -> Expr:
    """The product rule, for factors that depend on the variable."""

    def differentiate(node: Partial) -> Expr:
        inner, variable = node.expr, node.variable
        if not isinstance(inner, Mul):
            return node
        terms = [
            Mul(*inner.args[:at], Partial(factor, variable), *inner.args[at + 1 :])
            for at, factor in enumerate(inner.args)
            if context.depends(factor, variable)
        ]
        facts.append(Fact("product", node, Add(*terms), inner.args))
        return Add(*terms)

    return _everywhere(_is_partial, differentiate, expr)


def _independent(expr: Expr, context: Context, facts: Facts) -> Expr:
    """∂W_cd / ∂W_jm = δ_cj δ_dm: the entries of an array are independent variables."""

    def differentiate(node: Partial) -> Expr:
        inner, variable = node.expr, node.variable
        if not (isinstance(inner, Indexed) and isinstance(variable, Indexed) and inner.base == variable.base):
            return node
        pairs = zip(inner.indices, variable.indices, strict=True)
        outcome = Mul(*[KroneckerDelta(own, other) for own, other in pairs])
        facts.append(Fact("independent", node, outcome, (inner.base.label,)))
        return outcome

    return _everywhere(_is_partial, differentiate, expr)


linear = Rule("linear", _linear)
chain = Rule("chain", _chain)
product = Rule("product", _product)
independent = Rule("independent", _independent)


def through(intermediate: Expr) -> Rule:
    """The chain rule through an array: ∂L/∂W = Σ ∂L/∂Z · ∂Z/∂W, summed over every entry of it.

    `intermediate` is an entry of the array, such as Z[n, c]; its indices are the ones summed over.
    """

    def expand(expr: Expr, context: Context, facts: Facts) -> Expr:
        def insert(node: Partial) -> Expr:
            if not isinstance(node.expr, Symbol):
                return node
            used = expr.free_symbols | bound_indices(expr)
            renamed = {at: fresh(at, used) for at in intermediate.indices if at in used}
            entry = intermediate.xreplace(renamed)
            body = Partial(node.expr, entry) * Partial(entry, node.variable)
            outcome = sum_over(body, *entry.indices)
            facts.append(Fact("through", node, outcome, (node.expr, entry, node.variable, *entry.indices)))
            return outcome

        return _everywhere(_is_partial, insert, expr)

    return Rule("through", expand)


# Definitions and lemmas ----------------------------------------------------------------------------------------------


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

        return _everywhere(is_defined, replace_with_definition, expr)

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

        return _everywhere(lambda node: isinstance(node, definition.right.func), recognise, expr)

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

        return _everywhere(lambda node: isinstance(node, left.func), instantiate, expr)

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

        return _everywhere(lambda node: isinstance(node, Mul), shorten, expr)

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


# Sums and δ ----------------------------------------------------------------------------------------------------------


def collapse(*only: Symbol) -> Rule:
    """Σ_d f(d) δ_dm = f(m). With `only`, just the sums over those indices."""

    def one_sum(total: Sum, facts: Facts) -> Expr:
        limits = list(total.limits)
        body = total.function
        if isinstance(body, Add):
            parts = [one_sum(Sum(term, *limits), facts) for term in body.args]
            changed = any(part != Sum(term, *limits) for part, term in zip(parts, body.args, strict=True))
            return Add(*parts) if changed else total
        for limit in list(limits):
            summed = limit[0]
            delta = next((f for f in Mul.make_args(body) if _selects(f, summed)), None)
            if delta is None or (only and summed not in only):
                continue
            target = next(arg for arg in delta.args if arg != summed)
            before = Sum(body, limit)
            rest = Mul(*[factor for factor in Mul.make_args(body) if factor is not delta])
            body = substitute(rest, {summed: target})
            limits.remove(limit)
            facts.append(Fact("delta", before, body, (delta, summed, target)))
        return Sum(body, *limits) if limits else body

    def remove(expr: Expr, context: Context, facts: Facts) -> Expr:
        return _everywhere(_is_sum, lambda total: one_sum(total, facts), expr)

    return Rule("collapse", remove)


def _selects(factor: Expr, summed: Symbol) -> bool:
    """Is `factor` a δ that picks one value of `summed`?"""
    if not (isinstance(factor, KroneckerDelta) and summed in factor.args):
        return False
    other = next((arg for arg in factor.args if arg != summed), summed)
    return summed not in other.free_symbols


def _common(expr: Expr, context: Context, facts: Facts) -> Expr:
    """Take out of a bracket the δ that all its terms share, so that they can be used once."""

    def take_out(bracket: Add) -> Expr:
        deltas = [{f for f in Mul.make_args(term) if isinstance(f, KroneckerDelta)} for term in bracket.args]
        shared = sorted(set.intersection(*deltas), key=str)
        if not shared:
            return bracket
        rest = Add(*[Mul(*[f for f in Mul.make_args(term) if f not in shared]) for term in bracket.args])
        facts.append(Fact("common", bracket, Mul(*shared, rest), tuple(shared)))
        return Mul(*shared, rest)

    return _everywhere(lambda node: isinstance(node, Add), take_out, expr)


def _pull(expr: Expr, context: Context, facts: Facts) -> Expr:
    """Factors without a summation index come out of the sum, numbers inside a bracket included."""

    def take_out(total: Sum) -> Expr:
        bound = {limit[0] for limit in total.limits}
        outside: list[Expr] = []
        inside: list[Expr] = []
        for factor in Mul.make_args(total.function):
            content, rest = factor.as_content_primitive() if isinstance(factor, Add) else (Integer(1), factor)
            outside.append(content)
            (inside if rest.free_symbols & bound else outside).append(rest)
        outside = [factor for factor in outside if factor != 1]
        if not outside:
            return total
        outcome = Mul(*outside, Sum(Mul(*inside), *total.limits))
        indices = tuple(limit[0] for limit in reversed(total.limits))
        facts.append(Fact("pull", total, outcome, (tuple(outside), indices)))
        return outcome

    return _everywhere(_is_sum, take_out, expr)


def _split(expr: Expr, context: Context, facts: Facts) -> Expr:
    """Σ (a − b) = Σ a − Σ b, after multiplying out the brackets that hold a summation index."""

    def take_apart(total: Sum) -> Expr:
        terms = _distribute(total.function, {limit[0] for limit in total.limits})
        if not isinstance(terms, Add):
            return total
        outcome = Add(*[Sum(term, *total.limits) for term in terms.args])
        facts.append(Fact("split", total, outcome))
        return outcome

    return _everywhere(_is_sum, take_apart, expr)


def _distribute(product: Expr, indices: set[Symbol]) -> Expr:
    factors = list(Mul.make_args(product))
    bracket = next((f for f in factors if isinstance(f, Add) and f.free_symbols & indices), None)
    if bracket is None:
        return product
    rest = Mul(*[factor for factor in factors if factor is not bracket])
    return Add(*[_distribute(rest * term, indices) for term in bracket.args])


def _sign(expr: Expr, context: Context, facts: Facts) -> Expr:
    """A minus sign before a bracket, or before a sum of brackets, goes into it: −(a − b) is b − a."""

    def absorb(product: Mul) -> Expr:
        coefficient, rest = product.as_coeff_Mul()
        if not coefficient.is_negative:
            return product
        for factor in Mul.make_args(rest):
            bracket = factor.function if isinstance(factor, Sum) else factor
            if isinstance(bracket, Add):
                turned = Add(*[-term for term in bracket.args])
                turned = Sum(turned, *factor.limits) if isinstance(factor, Sum) else turned
                facts.append(Fact("sign", -factor, turned))
                others = [other for other in Mul.make_args(rest) if other is not factor]
                return Mul(-coefficient, *others, turned)
        return product

    return _everywhere(lambda node: isinstance(node, Mul), absorb, expr)


# Logarithms ----------------------------------------------------------------------------------------------------------


def _log_quotient(expr: Expr, context: Context, facts: Facts) -> Expr:
    """log(a/b) = log a − log b for positive a and b, and log e^u = u."""

    def separate(node: log) -> Expr:
        terms = []
        for factor in Mul.make_args(node.args[0]):
            base, power = factor.as_base_exp() if isinstance(factor, Pow) else (factor, Integer(1))
            terms.append(power * (base.args[0] if isinstance(base, exp) else log(base)))
        outcome = Add(*terms)
        if outcome != node:
            facts.append(Fact("quotient", node, outcome))
        return outcome

    return _everywhere(lambda node: isinstance(node, log), separate, expr)


common = Rule("common", _common)
pull = Rule("pull", _pull)
split = Rule("split", _split)
sign = Rule("sign", _sign)
log_quotient = Rule("log_quotient", _log_quotient)


def _sort_by(args: tuple[Expr, ...], test: Callable[[Expr], bool]) -> tuple[list[Expr], list[Expr]]:
    return [arg for arg in args if test(arg)], [arg for arg in args if not test(arg)]


def apply(rules: list[Rule], expr: Expr, context: Context) -> Expr:
    """Apply rules one after the other; for callers that need no record."""
    return reduce(lambda current, rule: rule(current, context)[0], rules, expr)


__all__ = [
    "Fact",
    "Rule",
    "RuleError",
    "apply",
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
