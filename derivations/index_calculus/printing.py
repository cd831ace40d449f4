"""How a formula is laid out, whatever it is printed on: the order of factors and terms, signs, fractions, brackets.

SymPy keeps neither: it sorts X·W by name and turns 2(Z − Y) into 2Z − 2Y. The field writes a scalar fraction first,
weights and G before data, brackets before δ, sums last, and the positive term first. `latex.py` and `plain.py` say
what each part looks like.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

from sympy import (
    Add,
    Basic,
    Expr,
    Indexed,
    Integer,
    KroneckerDelta,
    Mul,
    Pow,
    Rational,
    Sum,
    Symbol,
    exp,
    log,
    sympify,
)

from .expressions import Partial
from .symbols import SIZES

#: Letters that stand before others in a product or a sum.
LETTERS = ("w", "G", "P", "Z", "A", "X", "W", "b", "y", "Y")
WEIGHTS = ("w", "A", "G")


class Printer(ABC):
    """Prints expressions. `targets` are the indices a derivative is taken at: they come second in a δ."""

    def __init__(self, targets: Sequence[Symbol] = (), full_limits: bool = True):
        self.targets = tuple(targets)
        self.full_limits = full_limits

    # What the parts look like

    @abstractmethod
    def symbol(self, name: str) -> str: ...

    @abstractmethod
    def subscript(self, name: str, indices: list[str]) -> str: ...

    @abstractmethod
    def delta(self, first: str, second: str) -> str: ...

    @abstractmethod
    def fraction(self, numerator: str, denominator: str) -> str: ...

    @abstractmethod
    def power(self, base: str, exponent: str) -> str: ...

    @abstractmethod
    def exponential(self, argument: str) -> str: ...

    @abstractmethod
    def logarithm(self, argument: str) -> str: ...

    @abstractmethod
    def sum(self, index: str, low: str, high: str) -> str: ...

    @abstractmethod
    def partial(self, top: str, bottom: str) -> str: ...

    @abstractmethod
    def operator(self, bottom: str, operand: str) -> str: ...

    @abstractmethod
    def brackets(self, inner: str) -> str: ...

    @abstractmethod
    def times(self, factors: list[str]) -> str: ...

    # How they are put together

    def __call__(self, expr: Basic | int) -> str:
        expr = sympify(expr)
        if isinstance(expr, Rational):
            sign = "-" if expr < 0 else ""
            whole = isinstance(expr, Integer)
            return sign + (str(abs(expr.p)) if whole else self.fraction(str(abs(expr.p)), str(expr.q)))
        if isinstance(expr, Symbol):
            return self.symbol(expr.name)
        if isinstance(expr, Indexed):
            return self.subscript(expr.base.label.name, [self(index) for index in expr.indices])
        if isinstance(expr, KroneckerDelta):
            first, second = sorted(expr.args, key=lambda arg: (arg in self.targets, isinstance(arg, Indexed), str(arg)))
            if isinstance(first, Indexed) or second in self.targets or isinstance(second, Indexed):
                return self.delta(self(first), self(second))
            return self.delta(*sorted((self(first), self(second))))
        if isinstance(expr, exp):
            return self.exponential(self(expr.args[0]))
        if isinstance(expr, log):
            return self.logarithm(self._operand(expr.args[0]))
        if isinstance(expr, Sum):
            signs = [self.sum(self(at), self(low), self(high)) for at, low, high in reversed(expr.limits)]
            return self.times([*signs, self._bracketed(expr.function)])
        if isinstance(expr, Partial):
            return self._partial(expr)
        if isinstance(expr, Add):
            return self.join_terms(self(term) for term in sorted(expr.args, key=self._term_order))
        if isinstance(expr, Pow) and not _is_reciprocal(expr):
            base = self(expr.base)
            bare = isinstance(expr.base, Symbol | Indexed)
            return self.power(base if bare else self.brackets(base), self(expr.exp))
        return self._product(expr)

    def join_terms(self, terms: Iterable[str]) -> str:
        printed = ""
        for term in terms:
            if not printed:
                printed = term
            elif term.startswith("-"):
                printed += " - " + term[1:].lstrip()
            else:
                printed += " + " + term
        return printed

    def _partial(self, expr: Partial) -> str:
        bottom = self(expr.variable)
        if isinstance(expr.expr, Indexed | Symbol):
            return self.partial(self(expr.expr), bottom)
        operand = self(expr.expr)
        return self.operator(bottom, self.brackets(operand) if isinstance(expr.expr, Add | Mul) else operand)

    def _bracketed(self, expr: Expr) -> str:
        return self.brackets(self(expr)) if isinstance(expr, Add) else self(expr)

    def _operand(self, expr: Expr) -> str:
        """The operand of a function written before it, as in log Σ …."""
        return self(expr) if isinstance(expr, Indexed | Sum | Mul | Symbol) else self.brackets(self(expr))

    def _product(self, expr: Expr) -> str:
        coefficient, above, below = _parts(expr)
        sign, coefficient = ("-" if coefficient < 0 else ""), abs(coefficient)
        scalars = sorted((f for f in above if _is_scalar(f)), key=str)
        factors = sorted((f for f in above if not _is_scalar(f)), key=self._factor_order)
        sizes = sorted((f for f in below if _is_scalar(f)), key=_size_order)
        denominators = [f for f in below if not _is_scalar(f)]

        if denominators:  # such as e^Z over a sum of them: only what belongs to the ratio stands on top
            top = [f for f in factors if f.has(exp)] or factors[:1]
            factors = [f for f in factors if f not in top]
            ratio = self.fraction(
                self.times([self._bracketed(f) if len(top) > 1 else self(f) for f in top]) or "1",
                self.times([self._bracketed(f) if len(denominators) > 1 else self(f) for f in denominators]),
            )
        else:
            ratio = ""
        numerator = ([str(coefficient.p)] if coefficient.p != 1 else []) + [self._bracketed(f) for f in scalars]
        denominator = ([str(coefficient.q)] if coefficient.q != 1 else []) + [self(f) for f in sizes]
        head = self.times(numerator)
        if denominator:
            head = self.fraction(head or "1", self.times(denominator))
        alone = len(factors) == 1 and not (head or ratio or sign)
        body = []
        for factor in factors:
            ambiguous = isinstance(factor, Add) or (isinstance(factor, Sum) and factor is not factors[-1])
            body.append(self.brackets(self(factor)) if ambiguous and not alone else self(factor))
        return sign + (self.times([part for part in (head, ratio, *body) if part]) or "1")

    def _factor_order(self, factor: Expr) -> tuple:
        base = factor.base if isinstance(factor, Pow) else factor
        if isinstance(base, Indexed):
            name = base.base.label.name
            return (0 if name in WEIGHTS else 2, _letter_order(name), str(base.indices))
        kinds = ((Add, 1), (exp, 3), (log, 4), (KroneckerDelta, 5), (Partial, 6), (Sum, 7))
        rank = next((rank for kind, rank in kinds if isinstance(base, kind)), 8)
        # ∂L/∂Z before ∂Z/∂W: first what is differentiated as a whole
        first = isinstance(base, Partial) and not isinstance(base.expr, Symbol)
        return (rank, first, self._delta_order(base) if isinstance(base, KroneckerDelta) else str(base))

    def _delta_order(self, delta: KroneckerDelta) -> str:
        places = [self.targets.index(arg) for arg in delta.args if arg in self.targets]
        return f"{min(places, default=99):02} {delta}"

    def _term_order(self, term: Expr) -> tuple:
        letters = [_letter_order(entry.base.label.name) for entry in term.atoms(Indexed)]
        lone_delta = term.has(KroneckerDelta) and not term.has(Sum)
        return (_is_negative(term), len(LETTERS) if lone_delta else min(letters, default=99), str(term))


def _parts(product: Expr) -> tuple[Rational, list[Expr], list[Expr]]:
    """Coefficient, factors above and factors below the line, with numbers taken out of brackets."""
    coefficient, rest = product.as_coeff_Mul()
    above: list[Expr] = []
    below: list[Expr] = []
    for factor in Mul.make_args(rest):
        if _is_reciprocal(factor):
            below.append(Pow(factor.base, -factor.exp))
            continue
        if isinstance(factor, Add):
            content, factor = factor.as_content_primitive()
            if all(_is_negative(term) for term in factor.args):
                content, factor = -content, Add(*[-term for term in factor.args])
            coefficient *= content
        if factor != 1:
            above.append(factor)
    return coefficient, above, below


def _is_reciprocal(expr: Expr) -> bool:
    return isinstance(expr, Pow) and bool(expr.exp.is_Integer and expr.exp < 0)


def _is_negative(term: Expr) -> bool:
    return bool(term.as_coeff_Mul()[0] < 0)


def _is_scalar(factor: Expr) -> bool:
    return not factor.has(Indexed, KroneckerDelta, Sum, Partial)


def _letter_order(name: str) -> int:
    return LETTERS.index(name) if name in LETTERS else len(LETTERS)


def _size_order(factor: Expr) -> str:
    base = factor.base if isinstance(factor, Pow) else factor
    names = [str(size) for size in (SIZES[0], SIZES[2], SIZES[1])]
    return str(names.index(str(base))) if str(base) in names else str(base)
