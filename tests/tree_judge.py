"""A judge of derivations written from the documentation of their data alone: plain Python, no SymPy, no torch.

Numbers are fractions; exp, log and their like are free values, one for each argument, with the right slopes; ∂ is
evaluated with dual numbers, one level for each ∂. What is said at 50 digits is judged again in decimals of 40 digits.

A corner is judged where it is: what a step or a maximum is worth there, its tree says. Only a slope there is a matter
of choice, and is judged a little to either side instead; so is a line whose fact chooses, one step with two values
where it jumps.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import math
import operator
from decimal import Context, Decimal, setcontext
from fractions import Fraction

setcontext(Context(prec=60))
RELATIONS = {"=": operator.eq, "≠": operator.ne, ">": operator.gt, "≥": operator.ge, "<": operator.lt, "≤": operator.le}


def drawn(*key) -> int:
    return int.from_bytes(hashlib.blake2b(repr(key).encode(), digest_size=8).digest(), "big")


#: How many draws there are of a derivation with cases; and how many of few whole numbers, which lie at corners.
DRAWS, COARSE = 3, 3
#: How far beside a corner its slopes are asked for, at most; what is drawn is no multiple of so little.
BESIDE = Fraction(1, 10**6)


class SlopeAtACorner(Exception):
    """A slope is asked for where a function has a corner: which one is chosen in a line, and does not follow."""


class Dual:
    """value + slope·ε, where ε of one level squares to 0; value and slope may be numbers of lower levels."""

    def __init__(self, level, value, slope):
        self.level, self.value, self.slope = level, value, slope


def part(x, level):
    return (x.value, x.slope) if isinstance(x, Dual) and x.level == level else (x, 0)


def level_of(*numbers):
    return max((x.level for x in numbers if isinstance(x, Dual)), default=0)


def add(a, b):
    if not isinstance(a, Dual) and not isinstance(b, Dual):
        return a + b
    level = level_of(a, b)
    (x, dx), (y, dy) = part(a, level), part(b, level)
    return Dual(level, add(x, y), add(dx, dy))


def mul(a, b):
    if not isinstance(a, Dual) and not isinstance(b, Dual):
        return a * b
    level = level_of(a, b)
    (x, dx), (y, dy) = part(a, level), part(b, level)
    return Dual(level, mul(x, y), add(mul(dx, y), mul(x, dy)))


def plain(x):
    return plain(x.value) if isinstance(x, Dual) else x


class Values:
    """The formulas of one derivation at some sizes and values; `exact` says in which numbers, `coarse` of whole ones.

    `beside` is 0, or says to which side every value is moved by less than BESIDE, each by another amount.
    """

    def __init__(self, derivation, sizes, seed, exact, coarse=False, beside=0):
        self.derivation, self.sizes, self.seed, self.exact = derivation, sizes, seed, exact
        self.coarse, self.beside = coarse, beside
        self.known, self.sums, self.moved = {}, {}, ()

    @functools.cached_property
    def either_side(self):
        return [Values(self.derivation, self.sizes, self.seed, self.exact, self.coarse, by) for by in (-1, 1)]

    def number(self, x):
        x = Fraction(x)
        return x if self.exact else Decimal(x.numerator) / Decimal(x.denominator)

    def given(self, name, at):
        draw = drawn(self.seed, name, at)
        if name in self.derivation["labels"]:
            return 1 + draw % self.sizes[self.derivation["labels"][name]]
        domain = [(a, r, b) for a, r, b in self.derivation["domain"] if isinstance(b, int)]
        bounds = [(r, b) for a, r, b in domain if a == name or a[:2] == ["@", name]]
        for tried in range(1000):
            if self.coarse and tried < 10:
                size = Fraction(1 + drawn(draw, tried) % 2)
            else:
                size = Fraction(1 + drawn(draw, tried) % 30, 1 if self.exact and not bounds else 31)
            value = size if draw % 2 or any(r in ">≥" for r, _ in bounds) else -size
            if all(RELATIONS[r](value, b) for r, b in bounds):
                return value + self.beside * BESIDE * Fraction(1 + draw % 1000, 1001)
        raise ValueError(f"no value of {name} satisfies the domain")

    def place(self, tree, at):
        if isinstance(tree, int):
            return tree
        if isinstance(tree, str):
            return at[tree] if tree in at else self.sizes[tree] if tree in self.sizes else self.given(tree, ())
        if tree[0] == "@":
            return self.given(tree[1], tuple(self.place(each, at) for each in tree[2:]))
        parts = [self.place(each, at) for each in tree[1:]]
        return sum(parts) if tree[0] == "+" else math.prod(parts)

    def entry(self, name, at):
        key = (name, at, self.moved)
        if key not in self.known:
            definition = self.derivation["definitions"].get(name)
            formula = definition and definition["right"]
            if definition and "first" in definition and at[0] < definition["first"]:
                formula = definition["initial"]
            if formula is None:
                value = self.number(self.given(name, at))
            else:
                left = definition["left"]
                value = self(formula, dict(zip([] if isinstance(left, str) else left[2:], at, strict=True)))
            for level, moved in enumerate(self.moved, 1):
                value = add(value, Dual(level, 0, 1)) if moved == (name, at) else value
            self.known[key] = value
        return self.known[key]

    def __call__(self, tree, at):
        if isinstance(tree, int):
            return self.number(tree)
        if isinstance(tree, str):
            return self.number(self.place(tree, at)) if tree in at or tree in self.sizes else self.entry(tree, ())
        kind, *parts = tree
        if kind == "/":
            return self.number(Fraction(int(parts[0]), int(parts[1])))
        if kind == "@":
            return self.entry(parts[0], tuple(self.place(each, at) for each in parts[1:]))
        if kind == "d":
            return int(self.place(parts[0], at) == self.place(parts[1], at))
        if kind in "+*":
            total = 0 if kind == "+" else 1
            for each in sorted(parts, key=lambda each: not (isinstance(each, list) and each[0] in "dD")):
                total = (add if kind == "+" else mul)(total, self(each, at))
                if kind == "*" and isinstance(total, int) and total == 0:
                    return 0
            return total
        if kind == "^":
            rational = isinstance(parts[1], list) and parts[1][0] == "/"
            exponent = Fraction(int(parts[1][1]), int(parts[1][2])) if rational else self.place(parts[1], at)
            return self.power(self(parts[0], at), Fraction(exponent))
        if kind == "S":
            return self.summed(tree, at)
        if kind == "D":
            name, *places = parts[1][1:] if isinstance(parts[1], list) else [parts[1]]
            before, self.moved = self.moved, (*self.moved, (name, tuple(self.place(each, at) for each in places)))
            try:
                return part(self(parts[0], at), len(self.moved))[1]
            finally:
                self.moved = before
        if kind == "c":
            return self.function("pi", 0)
        return self.applied(parts[0], [self(each, at) for each in parts[1:]])

    def summed(self, tree, at):
        """A sum, once for the values of its indices. Its tree is kept with it, so that no other tree has its id."""
        if id(tree) not in self.sums:
            self.sums[id(tree)] = tree, sorted(free(tree, self.derivation["indices"])), {}
        _, names, known = self.sums[id(tree)]
        key = (*[at[each] for each in names if each in at], self.moved)
        if key not in known:
            known[key] = self.total(tree[1], tree[2:], at)
        return known[key]

    def total(self, body, limits, at):
        if not limits:
            return self(body, at)
        (index, low, high), *inner = limits
        total = 0
        for number in range(self.place(low, at), self.place(high, at) + 1):
            total = add(total, self.total(body, inner, {**at, index: number}))
        return total

    def power(self, x, p):
        if isinstance(x, Dual):
            slope = mul(self.number(p), self.power(x.value, p - 1)) if p else 0
            return Dual(x.level, self.power(x.value, p), mul(x.slope, slope))
        if p.denominator == 1:
            return self.number(x) ** int(p) if self.exact else Decimal(x) ** int(p)
        return self.function(f"root {p.denominator}", x) ** p.numerator

    def function(self, name, x):
        if self.exact:
            return Fraction(drawn(self.seed, name, Fraction(x)))
        x = Decimal(x)
        if name in ("exp", "log"):
            return x.exp() if name == "exp" else x.ln()
        if name == "tanh":
            return 1 - 2 / ((2 * x).exp() + 1)
        if name == "root 2":
            return x.sqrt()
        raise NotImplementedError(name)

    def applied(self, name, arguments):
        x = arguments[0]
        if name in ("max", "min"):
            found = (max if name == "max" else min)(arguments, key=plain)
            if level_of(*arguments) and sum(plain(each) == plain(found) for each in arguments) > 1:
                raise SlopeAtACorner
            return found
        if name in ("abs", "sign", "step"):
            side = (plain(x) > 0) - (plain(x) < 0)
            if side == 0 and level_of(x):
                raise SlopeAtACorner
            return mul(x, side) if name == "abs" else side if name == "sign" else (0, arguments[-1], 1)[side + 1]
        if isinstance(x, Dual):
            value = self.applied(name, [x.value])
            slope = {
                "exp": lambda: value,
                "log": lambda: self.power(x.value, Fraction(-1)),
                "tanh": lambda: add(1, mul(-1, mul(value, value))),
            }[name]()
            return Dual(x.level, value, mul(x.slope, slope))
        return self.function(name, x)


def free(tree, indices, bound=()):
    """The indices of a tree that no sum binds."""
    if isinstance(tree, str):
        return {tree} - set(bound) if tree in indices else set()
    if not isinstance(tree, list):
        return set()
    inner = (*bound, *(limit[0] for limit in tree[2:])) if tree[0] == "S" else bound
    parts = [tree[1], *(each for limit in tree[2:] for each in limit[1:])] if tree[0] == "S" else tree[1:]
    return set().union(*(free(each, indices, inner) for each in parts))


def points(derivation, trees, sizes):
    """Values of the free indices that satisfy what the domain says of indices."""
    indices = derivation["indices"]
    names = sorted(set().union(*(free(each, indices) for each in trees)))
    for numbers in itertools.product(*[range(1, sizes[indices[each]] + 1) for each in names]):
        at = dict(zip(names, numbers, strict=True))
        spoken = [(a, r, b) for a, r, b in derivation["domain"] if isinstance(a, str) and a in at]
        if all(RELATIONS[r](at[a], b) for a, r, b in spoken):
            yield at


def has_cases(derivation):
    return any(f"'{name}'" in repr(derivation["lines"]) for name in ("step", "sign", "abs", "max", "min"))


def drawn_values(derivation, sizes, exact):
    """Values that satisfy the domain: one draw, or several where functions have cases, of which one may be 0."""
    if not has_cases(derivation):
        return satisfying(derivation, sizes, exact, coarse=False, most=1)
    return [
        *satisfying(derivation, sizes, exact, coarse=False, most=DRAWS),
        *satisfying(derivation, sizes, exact, coarse=True, most=COARSE),
    ]


def satisfying(derivation, sizes, exact, coarse, most):
    """So many draws that satisfy the domain, at every value of the indices in it."""
    found = []
    for seed in range(400):
        values = Values(derivation, sizes, seed, exact, coarse)
        conditions = [each for each in derivation["domain"] if str(each[0]) not in derivation["indices"]]
        try:
            if all(
                RELATIONS[relation](values(left, at), values(right, at))
                for left, relation, right in conditions
                for at in points(derivation, [left, right], sizes)
            ):
                found.append(values)
        except ZeroDivisionError:
            continue
        if len(found) == most:
            return found
    raise ValueError(f"no values satisfy {derivation['domain']}")


class Judge:
    """Judges the lines of a derivation, and copies of them with something wrong: sums they share are evaluated once."""

    def __init__(self, derivation, choices):
        self.derivation, self.choices = derivation, choices
        self._values = {}

    def wrong_line(self, lines, first=0):
        """The number of the first line that is not equal to the one before or has a fact that is not true; or None.

        Lines before `first` are taken as right.
        """
        before = lines[first - 1]["tree"] if first else self.derivation["left"]
        for number, line in enumerate(lines[first:], first):
            exact = line["judged"]["mode"] == "exact"
            is_chosen = any(chooses(*fact) for fact in line["facts"])
            equations = [(before, line["tree"]), *line["facts"]]
            if not all(self.holds(left, right, exact, is_chosen) for left, right in equations):
                return number
            before = line["tree"]
        return None

    def holds(self, left, right, exact, is_chosen):
        """Is it so at all sizes and values?"""
        for place in range(len(self.choices)):
            for values in self.values(place, exact):
                judged = values.either_side if is_chosen else [values]
                if not all(equal(each, left, right) for each in judged):
                    return False
        return True

    def values(self, place, exact):
        """The values that are drawn at one choice of sizes."""
        if (place, exact) not in self._values:
            self._values[place, exact] = drawn_values(self.derivation, self.choices[place], exact)
        return self._values[place, exact]


def wrong_line(derivation, choices):
    """The number of the first line of a derivation that is wrong, or None."""
    return Judge(derivation, choices).wrong_line(derivation["lines"])


def chooses(left, right):
    """Is this one step with two values where it jumps?"""
    return isinstance(left, list) and left[:2] == ["f", "step"] and left[:3] == right[:3] and left[3] != right[3]


def equal(values, left, right):
    """Are two trees worth the same, at up to two dozen values of their indices?"""
    at_all = itertools.islice(points(values.derivation, [left, right], values.sizes), 24)
    return all(equal_at(values, left, right, at) for at in at_all)


def equal_at(values, left, right, at):
    try:
        a, b = values(left, at), values(right, at)
    except SlopeAtACorner:
        return all(equal_at(beside, left, right, at) for beside in values.either_side)
    return a == b if values.exact else abs(Decimal(a) - Decimal(b)) <= Decimal(10) ** -35 * (1 + abs(Decimal(a)))
