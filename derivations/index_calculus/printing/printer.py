"""How a formula is laid out, whatever it is printed on: the order of factors and terms, signs, fractions, brackets.

SymPy keeps neither: it sorts X·W by name and turns 2(Z − Y) into 2Z − 2Y. The field writes a scalar fraction first,
weights and G before data, brackets before δ, sums last, and the positive term first. `latex.py` and `plain.py` say
what each part looks like.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from functools import lru_cache

from sympy import (
    Abs,
    Add,
    Basic,
    Expr,
    Function,
    Heaviside,
    Indexed,
    Integer,
    KroneckerDelta,
    Max,
    Min,
    Mul,
    Pow,
    Rational,
    Sum,
    Symbol,
    Tuple,
    exp,
    log,
    pi,
    sign,
    sympify,
)

from ..expressions import Condition, Partial, content_of, is_turned
from ..symbols import SIZES, is_index, size_of

#: What something else is multiplied by: it stands before brackets and data.
WEIGHTS = ("v", "mu", "w", "q", "A", "G", "V")
#: These stand before a bracket too, as in P (δ − P) and σ (1 − σ).
BEFORE_BRACKETS = (*WEIGHTS, "P", "sigma")
#: What functions are called where they are not called as SymPy calls them.
FUNCTIONS = {Min: "min", sign: "sgn"}
#: Letters that stand before others in a product or a sum.
LETTERS = (*BEFORE_BRACKETS, "theta", "m", "Z", "Q", "Y", "X", "U", "W", "b", "y")


class Printer(ABC):
    """Prints expressions. `targets` are the indices a derivative is taken at: they come second in a δ."""

    def __init__(self, targets: Sequence[Symbol] = (), full_limits: bool = True):
        self.targets = tuple(targets)
        self.full_limits = full_limits
        self._printed: dict[Basic, str] = {}  # the lines of a derivation share most of their parts

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
    def sum(self, index: str, limits: tuple[str, str] | None) -> str:
        """The sign of a sum; `limits` is None where they are the usual ones and may be left out."""

    @abstractmethod
    def root(self, argument: str) -> str: ...

    @abstractmethod
    def maximum(self, arguments: list[str]) -> str: ...

    @abstractmethod
    def absolute(self, argument: str) -> str: ...

    @abstractmethod
    def function(self, name: str, arguments: list[str]) -> str: ...

    @abstractmethod
    def partial(self, top: str, bottoms: list[str]) -> str: ...

    @abstractmethod
    def operator(self, bottoms: list[str], operand: str) -> str: ...

    @abstractmethod
    def brackets(self, inner: str) -> str: ...

    @abstractmethod
    def times(self, factors: list[str]) -> str: ...

    # How they are put together

    def __call__(self, expr: Basic | int) -> str:
        expr = sympify(expr)
        if expr not in self._printed:
            self._printed[expr] = self._print(expr)
        return self._printed[expr]

    def _print(self, expr: Basic) -> str:
        if isinstance(expr, Rational):
            sign = "-" if expr < 0 else ""
            whole = isinstance(expr, Integer)
            return sign + (str(abs(expr.p)) if whole else self.fraction(str(abs(expr.p)), str(expr.q)))
        if isinstance(expr, Symbol):
            return self.symbol(expr.name)
        if isinstance(expr, Indexed):
            return self.subscript(expr.base.label.name, [self(index) for index in expr.indices])
        if isinstance(expr, KroneckerDelta):
            return self.delta(*[self(arg) for arg in sorted(expr.args, key=self._place_in_delta)])
        if isinstance(expr, exp):
            return self.exponential(self(expr.args[0]))
        if isinstance(expr, log):
            return self.logarithm(self._operand(expr.args[0]))
        if isinstance(expr, Sum):
            body = self._bracketed(expr.function)
            body = self.brackets(body) if body.startswith("-") else body
            return self.times([*(self._sum_sign(limit) for limit in reversed(expr.limits)), body])
        if isinstance(expr, Partial):
            return self._partial(expr)
        if isinstance(expr, Add):
            order = _index_order if all(is_index(each) for each in expr.free_symbols) else self._term_order
            return self.join_terms(self(term) for term in sorted(expr.args, key=order))
        if isinstance(expr, Max):
            return self.maximum([self(arg) for arg in sorted(expr.args, key=_text)])
        if isinstance(expr, Abs):
            return self.absolute(self(expr.args[0]))
        if isinstance(expr, Heaviside) and expr.args[1] == 0:
            return self.function("step", [self(expr.args[0])])
        if isinstance(expr, Function | Min):
            return self.function(FUNCTIONS.get(expr.func, expr.func.__name__), [self(arg) for arg in expr.args])
        if expr == pi:
            return self.symbol("pi")
        if isinstance(expr, Pow) and expr.exp == Rational(1, 2):
            return self.root(self(expr.base))
        if isinstance(expr, Pow) and not _is_reciprocal(expr):
            base = self(expr.base)
            bare = isinstance(expr.base, Symbol | Indexed)
            return self.power(base if bare else self.brackets(base), self(expr.exp))
        return self._product(expr)

    def condition(self, condition: Condition) -> str:
        """A condition, as in S ≠ 0."""
        return f"{self(condition.left)} {self.relation(condition.relation)} {self(condition.right)}"

    def relation(self, sign: str) -> str:
        """A sign between two formulas: = ≠ > ≥ < ≤ ⟺."""
        return sign

    def row(self, formulas: list[str]) -> str:
        """Several formulas on one line."""
        return ", ".join(formulas)

    def where(self, formula: str, condition: str) -> str:
        """A formula, and for which indices it is meant."""
        return f"{formula} ({condition})"

    def _place_in_delta(self, arg: Expr) -> tuple:
        """A summation index comes first, then a class label, then the index a derivative is taken at."""
        rank = 3 if not isinstance(arg, Indexed) and not is_index(arg) else 2 if arg in self.targets else 0
        return (1 if isinstance(arg, Indexed) else rank, _text(arg))

    def _sum_sign(self, limit: Tuple) -> str:
        at, low, high = limit
        usual = low == 1 and high == size_of(at)
        return self.sum(self(at), None if usual and not self.full_limits else (self(low), self(high)))

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
        bottoms: list[str] = []
        operand: Expr = expr
        while isinstance(operand, Partial):
            bottoms.insert(0, self(operand.variable))
            operand = operand.expr
        if isinstance(operand, Indexed | Symbol):
            return self.partial(self(operand), bottoms)
        return self.operator(bottoms, self.brackets(self(operand)) if isinstance(operand, Add | Mul) else self(operand))

    def _bracketed(self, expr: Expr) -> str:
        return self.brackets(self(expr)) if isinstance(expr, Add) else self(expr)

    def _operand(self, expr: Expr) -> str:
        """The operand of a function written before it, as in log Σ …."""
        return self(expr) if isinstance(expr, Indexed | Sum | Mul | Symbol) else self.brackets(self(expr))

    def _product(self, expr: Expr) -> str:
        coefficient, above, below = _parts(expr)
        sign, coefficient = ("-" if coefficient < 0 else ""), abs(coefficient)
        scalars = sorted((f for f in above if _is_scalar(f)), key=lambda f: (isinstance(f, Add), _text(f)))
        factors = sorted((f for f in above if not _is_scalar(f)), key=self._factor_order)
        sizes = sorted((f for f in below if _is_scalar(f) and not isinstance(f, Add)), key=_size_order)
        denominators = [f for f in below if f not in sizes]

        if denominators:
            if any(
                f.has(exp) for f in denominators
            ):  # e^Z over a sum of them: only what belongs to the ratio stands on top
                top = [f for f in factors if f.has(exp)]
            elif any(isinstance(f, Add) for f in denominators):
                top, scalars = [*scalars, *factors], []
            else:
                top = []
            factors = [f for f in factors if f not in top]
            above_line = [str(coefficient.p)] if top and coefficient.p != 1 and not scalars else []
            coefficient = Rational(1, coefficient.q) if above_line else coefficient
            above_line += [self._bracketed(f) if len(top) + len(above_line) > 1 else self(f) for f in top]
            ratio = self.fraction(
                self.times(above_line) or "1",
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
            return (0 if name in BEFORE_BRACKETS else 2, _letter_order(name), _text(base.indices))
        after_data = isinstance(factor, Pow) or factor.as_coeff_Add()[0] != 0  # (Z − Y) X, but Y (1 − σ)
        kinds = ((Add, 3 if after_data else 1), (exp, 3), (log, 4), (KroneckerDelta, 5), (Partial, 6), (Sum, 7))
        rank = next((rank for kind, rank in kinds if isinstance(base, kind)), 8)
        # ∂L/∂Z before ∂Z/∂W: first what is differentiated as a whole
        first = isinstance(base, Partial) and not isinstance(base.expr, Symbol)
        return (rank, first, self._delta_order(base) if isinstance(base, KroneckerDelta) else _text(base))

    def _delta_order(self, delta: KroneckerDelta) -> str:
        places = [self.targets.index(arg) for arg in delta.args if arg in self.targets]
        return f"{min(places, default=99):02} {delta}"

    def _term_order(self, term: Expr) -> tuple:
        names = {entry.base.label.name for entry in term.atoms(Indexed)}
        letters = [_letter_order(name) for name in names - {*WEIGHTS, "y"} or names & set(WEIGHTS)]
        first = -1 if term.is_number else 98 if term.has(KroneckerDelta) else 99
        brackets = any(isinstance(factor, Add) for factor in Mul.make_args(term))
        simple = (not term.has(KroneckerDelta), term.has(Sum), brackets)
        return (_is_negative(term), min(letters, default=first), *simple, _text(term))


@lru_cache(maxsize=20_000)
def _text(expr: Basic) -> str:
    """What expressions are ordered by where nothing else decides."""
    return str(expr)


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
            content, factor = content_of(factor)
            if all(_is_negative(term) for term in factor.args) or is_turned(factor):
                content, factor = -content, Add(*[-term for term in factor.args])  # (1 − τ) rather than (τ − 1)
            coefficient *= content
        if factor != 1:
            above.append(factor)
    return coefficient, above, below


def _is_reciprocal(expr: Expr) -> bool:
    return isinstance(expr, Pow) and bool(expr.exp.is_Integer and expr.exp < 0)


def _is_negative(term: Expr) -> bool:
    """Is it printed with a minus sign? A bracket that is better turned, as in σ (Y − 1), brings one."""
    turned = sum(isinstance(factor, Add) and is_turned(factor) for factor in Mul.make_args(term))
    return bool(term.as_coeff_Mul()[0] < 0) != bool(turned % 2)


def _is_scalar(factor: Expr) -> bool:
    return not factor.has(Indexed, KroneckerDelta, Sum, Partial)


def _index_order(term: Expr) -> tuple:
    """In a sum of indices the number comes last: t − s + 1."""
    return (term.is_number, _is_negative(term), _text(term))


def _letter_order(name: str) -> int:
    return LETTERS.index(name) if name in LETTERS else len(LETTERS)


def _size_order(factor: Expr) -> str:
    base = factor.base if isinstance(factor, Pow) else factor
    names = [str(size) for size in (SIZES[0], SIZES[2], SIZES[1])]
    return str(names.index(str(base))) if str(base) in names else str(base)
