"""Are two expressions equal? They are evaluated, at the values of their free indices, for several choices of sizes.

Numbers are exact rationals, in which exp and log of a value are free. An equality that needs more, such as
log(a/b) = log a − log b, is judged again at 50 digits. A line that still contains ∂ is judged like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sympy import E, Expr, Pow, Symbol, pi

from ..expressions import Condition, Context, Definition, free_indices, names_in, same, sizes_in
from ..functions import SMOOTH
from ..memoised import alone
from ..symbols import SIZES
from .compiled import Code, Names, compiled, numbers_of
from .corners import corners_in, is_undecided
from .digits import DIGITS, TOLERANCE, working
from .draws import Draws
from .evaluator import Env, Evaluator
from .samples import choices_of, every, spread

#: How many values of the free indices are tried at most, for each choice of sizes.
POINTS = 40


@dataclass(frozen=True)
class Judgement:
    """That two expressions are equal, and how it was found: "exact" or "digits", at which sizes and how many points."""

    mode: str
    sizes: tuple[tuple[tuple[str, int], ...], ...]
    points: int


class Finding(AssertionError):
    """What a check has found: `subject` in a sentence, `details` below it."""

    def __init__(self, subject: object, **details: object):
        self.subject = subject
        self.details = {key: value for key, value in details.items() if value is not None}
        super().__init__(subject)

    def __str__(self) -> str:
        width = max((len(key) for key in self.details), default=0)
        lines = (f"  {key:<{width}}  {value}" for key, value in self.details.items())
        return "\n".join([str(self.subject), *lines])


class Disagreement(Finding):
    """An AssertionError: two sides of an equation differ. `subject` says what, `details` say where and by what."""


@dataclass(frozen=True)
class Equation:
    """What a disagreement is about where nobody gave it a name; printed only when it is read."""

    left: Expr
    right: Expr

    def __str__(self) -> str:
        return f"{self.left} = {self.right}"


class _Side:
    """One side of an equation: what it is, as code, and its indices."""

    def __init__(self, expr: Expr):
        self.expr = expr
        self.code = compiled(expr)
        self.indices = free_indices(expr)


class Judge:
    """Judges equations under a context's definitions and domain, one at a time. What it has evaluated, it keeps.

    So it does with what was `equal`, by all that this depends on: both sides, the definitions and conditions that they
    reach, and the sizes. Judges of different contexts may share that.
    """

    def __init__(self, context: Context, equal: dict[tuple, Judgement] | None = None):
        self.context = context
        self.equal = {} if equal is None else equal
        self.draws = Draws(context)
        self._values: dict[tuple[Code, Evaluator], dict[tuple[int, ...], Any]] = {}
        self._tried: dict[tuple, list[tuple[Env, Names]]] = {}

    @alone
    def __call__(
        self, left: Expr, right: Expr, subject: str = "", choices: Sequence[Sequence[int]] | None = None
    ) -> Judgement:
        """That `left` equals `right`. Raises Disagreement, with the first point at which they differ.

        `choices` are values of the sizes that occur, in the order of SIZES; by default those of `choices_of`.
        Raises ValueError where no values satisfy the domain, or where a corner is not seen on each of its sides.
        """
        left, right = same(left), same(right)
        reached = self.context.reachable(left, right)
        domain = tuple(each for each in self.context.domain if names_in(each.left) | names_in(each.right) <= reached)
        definitions = tuple((name, each) for name, each in self.context.definitions.items() if name in reached)
        chosen = None if choices is None else tuple(map(tuple, choices))
        question = (left, right, definitions, domain, chosen)
        if question not in self.equal:
            self.equal[question] = self._judgement(left, right, domain, subject, choices)
        return self.equal[question]

    def _judgement(
        self,
        left: Expr,
        right: Expr,
        domain: Sequence[Condition],
        subject: str,
        choices: Sequence[Sequence[int]] | None,
    ) -> Judgement:
        formulas = self.context.formulas(left, right)
        occurring = _sizes(formulas)
        corners = corners_in(formulas)
        sides = _Side(left), _Side(right)
        tried: list[dict[Symbol, int]] = []
        failure: Disagreement | None = None
        # The sign of a free value says nothing of exp's or log's: on which side of a corner it lies, digits must tell.
        free = corners and needs_digits(self.context.formulas(*corners))
        for digits in (DIGITS,) if free else (None, DIGITS):
            points, tried, failure = 0, [], None
            for numbers in choices_of(len(occurring)) if choices is None else choices:
                sizes = dict(zip(occurring, numbers, strict=True))
                tried.append(sizes)
                count, failure = self._judged(sides, sizes, domain, corners, digits, subject)
                points += count
                if failure:
                    break
            if failure is None:
                named = tuple(tuple((size.name, number) for size, number in sizes.items()) for sizes in tried)
                return Judgement("exact" if digits is None else "digits", named, points)
            if not needs_digits(formulas):
                break
        assert failure is not None
        raise failure

    def sizes(self, left: Expr, right: Expr) -> list[Symbol]:
        """The sizes that occur on either side, or in what either depends on."""
        return _sizes(self.context.formulas(left, right))

    def _judged(
        self,
        sides: tuple[_Side, _Side],
        sizes: dict[Symbol, int],
        domain: Sequence[Condition],
        corners: frozenset[Expr],
        digits: int | None,
        subject: str,
    ) -> tuple[int, Disagreement | None]:
        """At how many points both sides were compared, and where they differ."""
        left, right = sides
        indices = sorted(left.indices | right.indices, key=lambda index: index.name)
        where = tuple(
            condition
            for condition in domain
            if condition.is_about_indices and free_indices(condition.left - condition.right) <= set(indices)
        )
        points = 0
        for evaluate in self.draws.each(sizes, [each for each in domain if not each.is_about_indices], corners, digits):
            allowed = self._points(tuple(indices), evaluate, where)
            if not allowed:
                raise ValueError(f"no index satisfies the domain of {left.expr} = {right.expr} at sizes {sizes}")
            count, failure = self._compare(sides, allowed, evaluate, subject)
            if is_undecided(evaluate, corners):
                continue
            points += count
            if failure:
                return points, failure
        return points, None

    def _compare(
        self,
        sides: tuple[_Side, _Side],
        allowed: Sequence[tuple[Env, Names]],
        evaluate: Evaluator,
        subject: str,
    ) -> tuple[int, Disagreement | None]:
        left, right = sides
        expected_at, got_at = (self._function(evaluate, side) for side in sides)
        for points, (at, names) in enumerate(allowed, 1):
            try:
                expected, got = expected_at(names), got_at(names)
            except ArithmeticError as undefined:
                why = "a division by 0" if isinstance(undefined, ZeroDivisionError) else undefined
                expected, got = f"undefined: {why}", "the domain does not exclude it"
            if isinstance(got, str) or not _same(expected, got, evaluate.digits):
                return points, disagreement(subject or Equation(left.expr, right.expr), at, expected, got, evaluate)
        return len(allowed), None

    def _points(
        self, indices: tuple[Symbol, ...], evaluate: Evaluator, where: tuple[Condition, ...]
    ) -> list[tuple[Env, Names]]:
        key = (indices, tuple(evaluate.sizes.items()), where)
        if key not in self._tried:
            allowed = [at for at in every(indices, evaluate.sizes) if all(each.holds(evaluate, at) for each in where)]
            self._tried[key] = [(at, evaluate.names(at)) for at in spread(allowed, POINTS)]
        return self._tried[key]

    def _function(self, evaluate: Evaluator, side: _Side) -> Callable[[Names], Any]:
        """A side as a function of the indices that remembers its values: the next line is compared with this one."""
        known = self._values.setdefault((side.code, evaluate), {})
        own = numbers_of(sorted(index.name for index in side.indices))

        def value(names: Names) -> Any:
            key = own(names)
            if key not in known:
                known[key] = evaluate.recorded(evaluate.run, side.code, names)
            found, met = known[key]
            if met:
                evaluate.met |= met
            return found

        return value


def judge_of(context: Context) -> Judge:
    """A judge that equal contexts share: what ∂L/∂W was judged by, ∂L/∂b and ∂L/∂X are judged by next.

    Values depend on a context's definitions and domain, on sizes and on names; so what was evaluated stays true. What
    was equal is known to all of them: criteria that differ in their reduction alone have most of their reasons in
    common.
    """
    return _judge_of(tuple(context.definitions.items()), context.domain)


@lru_cache(maxsize=8)
def _judge_of(definitions: tuple[tuple[str, Definition], ...], domain: tuple[Condition, ...]) -> Judge:
    return Judge(Context(dict(definitions), domain), _EQUAL)


#: What any judge that is shared has found equal.
_EQUAL: dict[tuple, Judgement] = {}


def forget() -> None:
    """Have everything judged anew, as a benchmark wants it."""
    _judge_of.cache_clear()
    _EQUAL.clear()


def judge(left: Expr, right: Expr, context: Context, subject: str = "") -> Judgement:
    """That `left` equals `right` under the context's definitions. Raises Disagreement, with the first point found."""
    return judge_of(context)(left, right, subject)


def _sizes(formulas: Sequence[Expr]) -> list[Symbol]:
    """The sizes that occur in any of the formulas."""
    occurring = set().union(*map(sizes_in, formulas))
    return [size for size in SIZES if size in occurring]


def needs_digits(formulas: Iterable[Expr]) -> bool:
    """Is there a value among them that no rational number is?"""
    return any(map(_is_transcendental, formulas))


@lru_cache(maxsize=20_000)
def _is_transcendental(formula: Expr) -> bool:
    return formula.has(*SMOOTH, E, pi) or any(not each.exp.is_integer for each in formula.atoms(Pow))


def _same(expected: Any, got: Any, digits: int | None) -> bool:
    if digits is None:
        return bool(expected == got)
    return close(expected, got, TOLERANCE)


def close(expected: Any, got: Any, tolerance: Any) -> bool:
    """Are two numbers equal but for rounding? What is not a finite number is equal to nothing, not to itself either."""
    return bool(working.isfinite(expected) and abs(expected - got) <= tolerance * (1 + abs(expected)))


def disagreement(subject: object, at: Env, expected: Any, got: Any, evaluate: Evaluator) -> Disagreement:
    show = (lambda value: working.nstr(value, 20)) if evaluate.digits and not isinstance(got, str) else str
    return Disagreement(
        subject,
        index=", ".join(f"{index}={number}" for index, number in at.items()) or "(scalar)",
        expected=show(expected),
        got=show(got),
        bound=f"0 (judged at {evaluate.digits} digits)" if evaluate.digits else "0 (exact rationals)",
        sizes=", ".join(f"{size}={number}" for size, number in evaluate.sizes.items()) or None,
        seed=evaluate.seed,
    )
