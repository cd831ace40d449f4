"""Rules that move ∂ inwards until it meets an entry, and remove it there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sympy import Add, Expr, Indexed, Integer, KroneckerDelta, Mul, Pow, Sum, Symbol

from ..expressions import Context, Partial, bound_indices, content_of, names_in
from ..functions import slopes
from ..symbols import fresh, sum_over
from .rule import Fact, Facts, Rule, everywhere, is_partial


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
            contents = [content_of(factor) if isinstance(factor, Add) else (1, factor) for factor in inner.args]
            factors = [*(number for number, _ in contents if number != 1), *(factor for _, factor in contents)]
            constant, dependent = _sort_by(factors, lambda factor: not context.depends(factor, variable))
            if constant:
                rest = Partial(Mul(*dependent), variable)
                facts.append(Fact("factor", node, Mul(*constant, rest), tuple(constant)))
                return Mul(*constant, move(rest))
        return node

    return everywhere(is_partial, move, expr)


def _chain(expr: Expr, context: Context, facts: Facts) -> Expr:
    """The chain rule, for powers whose exponent is a number and for the functions of the table.

    Raises UnknownFunction for a function that is not there, of what depends on the variable.
    """

    def differentiate(node: Partial) -> Expr:
        inner, variable = node.expr, node.variable
        if not context.depends(inner, variable):
            return node
        if isinstance(inner, Pow) and inner.exp.is_number:
            base, power = inner.args
            outcome = Mul(power, Pow(base, power - 1), Partial(base, variable))
            facts.append(Fact("power", node, outcome, (base, power)))
            return outcome
        known = [(argument, slope) for argument, slope in slopes(inner) if context.depends(argument, variable)]
        if not known:
            return node
        outcome = Add(*[slope * Partial(argument, variable) for argument, slope in known])
        facts.append(Fact(inner.func.__name__.lower(), node, outcome, inner.args))
        return outcome

    return everywhere(is_partial, differentiate, expr)


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

    return everywhere(is_partial, differentiate, expr)


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

    return everywhere(is_partial, differentiate, expr)


linear = Rule("linear", _linear)
chain = Rule("chain", _chain)
product = Rule("product", _product)
independent = Rule("independent", _independent)


def through(intermediate: Expr) -> Rule:
    """The chain rule through an array: ∂L/∂W = Σ ∂L/∂Z · ∂Z/∂W, summed over every entry of it.

    `intermediate` is an entry of the array, such as Z[n, c]; its indices are the ones summed over.
    """
    return Rule("through", _through, (intermediate,))


def _through(expr: Expr, context: Context, facts: Facts, intermediate: Expr) -> Expr:
    def insert(node: Partial) -> Expr:
        if not passes(node):
            return node
        used = expr.free_symbols | bound_indices(expr)
        renamed = {at: fresh(at, used) for at in intermediate.indices if at in used}
        entry = intermediate.xreplace(renamed)
        body = Partial(node.expr, entry) * Partial(entry, node.variable)
        outcome = sum_over(body, *entry.indices)
        facts.append(Fact("through", node, outcome, (node.expr, entry, node.variable, *entry.indices)))
        return outcome

    def passes(node: Partial) -> bool:
        """Is it ∂ of a name, other than the intermediate itself, by something that reaches it through that?"""
        if not isinstance(node.expr, Symbol | Indexed) or names_in(intermediate) & names_in(node):
            return False
        return context.depends(intermediate, node.variable)

    return everywhere(is_partial, insert, expr)


def _sort_by(args: Sequence[Expr], test: Callable[[Expr], bool]) -> tuple[list[Expr], list[Expr]]:
    return [arg for arg in args if test(arg)], [arg for arg in args if not test(arg)]
