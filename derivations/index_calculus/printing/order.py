"""In which order factors and terms are written, and which stand below a line.

The field writes a scalar fraction first, weights and G before data, brackets before δ, sums last, and the positive term
first.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from sympy import Add, Basic, Expr, Indexed, KroneckerDelta, Mul, Pow, Rational, Sum, Symbol, exp, log

from ..expressions import Partial, content_of, is_turned
from ..symbols import SIZES

#: What something else is multiplied by: it stands before brackets and data.
WEIGHTS = ("v", "mu", "w", "q", "A", "G", "V")
#: These stand before a bracket too, as in P (δ − P) and σ (1 − σ).
BEFORE_BRACKETS = (*WEIGHTS, "P", "sigma")
#: Letters that stand before others in a product or a sum.
IN_ORDER = (*BEFORE_BRACKETS, "theta", "m", "Z", "Q", "Y", "X", "U", "W", "b", "y")


@lru_cache(maxsize=20_000)
def text(expr: Basic) -> str:
    """What expressions are ordered by where nothing else decides."""
    return str(expr)


def parts_of(product: Expr) -> tuple[Rational, list[Expr], list[Expr]]:
    """Coefficient, factors above and factors below the line, with numbers taken out of brackets."""
    coefficient, rest = product.as_coeff_Mul()
    above: list[Expr] = []
    below: list[Expr] = []
    for factor in Mul.make_args(rest):
        if is_reciprocal(factor):
            below.append(Pow(factor.base, -factor.exp))
            continue
        if isinstance(factor, Add):
            content, factor = content_of(factor)
            if all(is_negative(term) for term in factor.args) or is_turned(factor):
                content, factor = -content, Add(*[-term for term in factor.args])  # (1 − τ) rather than (τ − 1)
            coefficient *= content
        if factor != 1:
            above.append(factor)
    return coefficient, above, below


def is_reciprocal(expr: Expr) -> bool:
    return isinstance(expr, Pow) and bool(expr.exp.is_Rational and expr.exp < 0)


def logarithmic(expr: Expr) -> tuple[Expr, Expr | None]:
    """γ and u of e^(γ log u), for a number γ; else itself and None."""
    if isinstance(expr, exp):
        factors = Mul.make_args(expr.args[0])
        logs = [each for each in factors if isinstance(each, log)]
        rest = Mul(*[each for each in factors if each not in logs])
        if len(logs) == 1 and rest not in (1, -1) and is_scalar(rest):
            return rest, logs[0].args[0]
    return expr, None


def led(argument: Expr) -> Expr:
    """u or −u, whichever begins with a positive term in the field's order: |Z − Y|, which SymPy keeps as |Y − Z|."""
    terms = Add.make_args(argument)
    first = min(terms, key=lambda term: (term.is_number, term_order(term)[1:]))
    return -argument if is_negative(first) else argument


def is_negative(term: Expr) -> bool:
    """Is it printed with a minus sign? A bracket that is better turned, as in σ (Y − 1), brings one."""
    turned = sum(isinstance(factor, Add) and is_turned(factor) for factor in Mul.make_args(term))
    return bool(term.as_coeff_Mul()[0] < 0) != bool(turned % 2)


def is_scalar(factor: Expr) -> bool:
    return not factor.has(Indexed, KroneckerDelta, Sum, Partial)


def index_order(term: Expr) -> tuple:
    """In a sum of indices the number comes last: t − s + 1."""
    return (term.is_number, is_negative(term), text(term))


def letter_order(name: str) -> int:
    return IN_ORDER.index(name) if name in IN_ORDER else len(IN_ORDER)


def size_order(factor: Expr) -> str:
    base = factor.base if isinstance(factor, Pow) else factor
    names = [str(size) for size in (SIZES[0], SIZES[2], SIZES[1])]
    return str(names.index(str(base))) if str(base) in names else str(base)


def factor_order(factor: Expr, targets: Sequence[Symbol]) -> tuple:
    base = factor.base if isinstance(factor, Pow) else factor
    if isinstance(base, Indexed):
        name = base.base.label.name
        return (0 if name in BEFORE_BRACKETS else 2, letter_order(name), text(base.indices))
    after_data = isinstance(factor, Pow) or factor.as_coeff_Add()[0] != 0  # (Z − Y) X, but Y (1 − σ)
    kinds = ((Add, 3 if after_data else 1), (exp, 3), (log, 4), (KroneckerDelta, 5), (Partial, 6), (Sum, 7))
    rank = next((rank for kind, rank in kinds if isinstance(base, kind)), 8)
    # ∂L/∂Z before ∂Z/∂W: first what is differentiated as a whole
    first = isinstance(base, Partial) and not isinstance(base.expr, Symbol)
    return (rank, first, _delta_order(base, targets) if isinstance(base, KroneckerDelta) else text(base))


def _delta_order(delta: KroneckerDelta, targets: Sequence[Symbol]) -> str:
    places = [targets.index(arg) for arg in delta.args if arg in targets]
    return f"{min(places, default=99):02} {delta}"


def term_order(term: Expr) -> tuple:
    names = {entry.base.label.name for entry in term.atoms(Indexed)}
    letters = [letter_order(name) for name in names - {*WEIGHTS, "y"} or names & set(WEIGHTS)]
    first = -1 if term.is_number else 98 if term.has(KroneckerDelta) else 99
    brackets = any(isinstance(factor, Add) for factor in Mul.make_args(term))
    simple = (not term.has(KroneckerDelta), term.has(Sum), brackets)
    return (is_negative(term), min(letters, default=first), *simple, text(term))
