"""How a formula is laid out, whatever it is printed on: the order of factors and terms, signs, fractions, brackets.

SymPy keeps neither: it sorts X·W by name and turns 2(Z − Y) into 2Z − 2Y. `order.py` says in which order the field
writes them, the table of functions how a function is written, `latex.py` and `plain.py` what each part looks like.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sympy import (
    Add,
    Basic,
    E,
    Expr,
    Indexed,
    Integer,
    KroneckerDelta,
    Mul,
    Pow,
    Rational,
    Sum,
    Symbol,
    Tuple,
    exp,
    pi,
    sympify,
)

from ..expressions import Condition, Partial
from ..functions import EXTREMES, LISTED, UnknownFunction, named, of_head
from ..symbols import is_index, size_of
from .order import (
    factor_order,
    index_order,
    is_negative,
    is_reciprocal,
    is_scalar,
    led,
    logarithmic,
    parts_of,
    size_order,
    term_order,
    text,
)
from .parts import Parts

CONSTANTS = {pi: "pi", E: "e"}


class Printer(Parts):
    """Prints expressions. `targets` are the indices a derivative is taken at: they come second in a δ."""

    def __init__(self, targets: Sequence[Symbol] = (), full_limits: bool = True):
        self.targets = tuple(targets)
        self.full_limits = full_limits
        self._printed: dict[Basic, str] = {}  # the lines of a derivation share most of their parts

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
        if isinstance(expr, Sum):
            body = self._bracketed(expr.function)
            body = self.brackets(body) if body.startswith("-") else body
            return self.times([*(self._sum_sign(limit) for limit in reversed(expr.limits)), body])
        if isinstance(expr, Partial):
            return self._partial(expr)
        if isinstance(expr, Add):
            order = index_order if all(is_index(each) for each in expr.free_symbols) else term_order
            return self.join_terms(self(term) for term in sorted(expr.args, key=order))
        if isinstance(expr, Pow | Mul) and not (isinstance(expr, Pow) and expr.exp == Rational(1, 2)):
            return self._power(expr) if isinstance(expr, Pow) and not is_reciprocal(expr) else self._product(expr)
        if expr in CONSTANTS:
            return self.symbol(CONSTANTS[expr])
        return self._function(expr)

    def _power(self, expr: Pow) -> str:
        base = self(expr.base)
        bare = isinstance(expr.base, Symbol | Indexed)
        return self.power(base if bare else self.brackets(base), self(expr.exp))

    def _function(self, expr: Expr) -> str:
        """A function of the table; e^(γ log u) is written as the power that it is. Raises UnknownFunction."""
        exponent, base = logarithmic(expr)
        if base is not None:
            return self.power(self._operand(base), self(exponent))
        if isinstance(expr, EXTREMES) and of_head(expr) is None:
            return self.template(LISTED[expr.func]).format(", ".join(self(arg) for arg in sorted(expr.args, key=text)))
        applied = of_head(expr)
        if applied is None:
            raise UnknownFunction(expr.func.__name__)
        name, argument = applied
        layout = named(name).layout
        if layout.compares:  # [a > b] for the step of a − b
            terms = Add.make_args(argument)
            above, below = [each for each in terms if not is_negative(each)], [*filter(is_negative, terms)]
            return self.template(layout).format(above=self(Add(*above)), below=self(-Add(*below)))
        argument = led(argument) if name == "abs" else argument
        return self.template(layout).format(self(argument), operand=self.operand(self._operand(argument)))

    def condition(self, condition: Condition) -> str:
        """A condition, as in S ≠ 0."""
        return f"{self(condition.left)} {self.relation(condition.relation)} {self(condition.right)}"

    def _place_in_delta(self, arg: Expr) -> tuple:
        """A summation index comes first, then a class label, then the index a derivative is taken at."""
        rank = 3 if not isinstance(arg, Indexed) and not is_index(arg) else 2 if arg in self.targets else 0
        return (1 if isinstance(arg, Indexed) else rank, text(arg))

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
        bare = isinstance(expr, Indexed | Sum | Mul | Symbol) and not (expr.is_number and isinstance(expr, Mul))
        return self(expr) if bare else self.brackets(self(expr))

    def _product(self, expr: Expr) -> str:
        coefficient, above, below = parts_of(expr)
        sign, coefficient = ("-" if coefficient < 0 else ""), abs(coefficient)
        scalars = sorted((f for f in above if is_scalar(f)), key=lambda f: (isinstance(f, Add), text(f)))
        factors = sorted((f for f in above if not is_scalar(f)), key=lambda f: factor_order(f, self.targets))
        sizes = sorted((f for f in below if is_scalar(f) and not isinstance(f, Add)), key=size_order)
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
