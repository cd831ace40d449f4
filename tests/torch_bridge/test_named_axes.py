"""Index formulas over named axes: their values are exact but for float64, and what is bad enough stays in the bound."""

from __future__ import annotations

import itertools
import math
import random
from fractions import Fraction

import pytest
import torch
from sympy import Abs, Add, Expr, Heaviside, Integer, KroneckerDelta, Max, Mul, Rational, Symbol, exp, log, tanh
from tables import ALL_OPTIONS, LOSSES, PLAIN_LOSSES
from badly import Badly

from derivations.closed_form.named_axes.reading import program
from derivations.index_calculus.expressions import Context
from derivations.index_calculus.judging.digits import working
from derivations.index_calculus.judging.evaluator import Evaluator
from derivations.index_calculus.symbols import C, D, N, W, X, Y, Z, c, d, index, n, size_of, sum_over, w, y
from derivations.subject import derive
from derivations.torch_bridge.rounding.bounds import Bound
from derivations.torch_bridge.rounding.named_axes import evaluate
from derivations.torch_bridge.rounding.precision import Precision

DTYPES = (torch.float64, torch.float32, torch.float16, torch.bfloat16)
SHAPES = {"Z": (N, C), "Y": (N, C), "X": (N, D), "W": (C, D), "w": (C,)}


def random_formula(source: random.Random) -> tuple[Expr, tuple[Symbol, ...]]:
    """A formula with free indices among n and c, made of sums, products, labels and functions."""
    fresh = itertools.count(2)

    def factor(depth: int, indices: set[Symbol]) -> Expr:
        kinds = ["entry", "entry", "delta", "number"]
        if depth:
            kinds += ["sum", "sum", "plus", "plus", "function", "corner", "power"]
        kind = source.choice(kinds)
        of_size = {size: [each for each in sorted(indices, key=str) if size_of(each) == size] for size in (C, D)}
        row, column = n, source.choice(of_size[C])
        if kind == "entry":
            choices = [Z[row, column], Y[row, column], w[column], w[y[row]], Z[row, y[row]]]
            choices += [array for each in of_size[D] for array in (X[row, each], W[column, each])]
            return source.choice(choices)
        if kind == "delta":
            return KroneckerDelta(y[row], column)
        if kind == "number":
            return source.choice([Rational(1, 3), Rational(-7, 5), Integer(2), 1 / C, N])
        if kind == "sum":
            over = index(f"{source.choice('kd')}_{next(fresh)}")
            return sum_over(product(depth - 1, indices | {over}), over)
        inside = Add(product(depth - 1, indices), product(depth - 1, indices))
        if kind == "function":
            bounded = tanh(inside, evaluate=False)  # SymPy would try to decide what it is, at length
            whole = [exp(bounded, evaluate=False), log(1 + inside**2, evaluate=False), bounded, 1 / (2 + bounded)]
            return source.choice(whole)
        if kind == "corner":
            return source.choice([Max(inside, 0, evaluate=False), Heaviside(inside, 0), Abs(inside, evaluate=False)])
        return inside**2 if kind == "power" else inside

    def product(depth: int, indices: set[Symbol]) -> Expr:
        return Mul(*[factor(depth, indices) for _ in range(source.randint(1, 3))])

    return sum_over(product(3, {n, c, d}), d) + product(2, {n, c}), (n, c)


def drawn(sizes: dict[Symbol, int], seed: int, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """Arrays of the dtype, of several magnitudes, and labels."""
    generator = torch.Generator().manual_seed(seed)
    arrays = {
        name: (torch.randn([sizes[each] for each in shape], generator=generator, dtype=torch.float64)).to(dtype)
        for name, shape in SHAPES.items()
    }
    return {**arrays, "y": torch.randint(sizes[C], (sizes[N],), generator=generator)}


def exact(
    expr: Expr, axes: tuple[Symbol, ...], arrays: dict[str, torch.Tensor], sizes: dict[Symbol, int], context=None
):
    """The value of each entry with 50 digits, by its place from 0."""

    def value(name: str, at: tuple[int, ...]):
        number = arrays[name][tuple(each - 1 for each in at)].item()
        return number + 1 if name in ("y", "iota") else Fraction(number)

    run = Evaluator(sizes, context or Context(), value, digits=50)
    places = itertools.product(*[range(sizes[size_of(axis)]) for axis in axes])
    return {at: run(expr, {axis: each + 1 for axis, each in zip(axes, at, strict=True)}) for at in places}


def farthest(given: torch.Tensor, truth: dict, bound: torch.Tensor) -> float:
    """The largest distance from the truth, in units of the bound; what has overflowed is not told."""
    worst = 0.0
    for at, value in truth.items():
        allowed = bound[at].item()
        if allowed == math.inf or not math.isfinite(given[at].item()):
            continue
        distance = abs(working.mpf(given[at].item()) - value)
        worst = max(worst, float(distance / allowed) if allowed else math.inf if distance else 0.0)
    return worst


@pytest.mark.parametrize("seed", range(150))
def test_whatever_a_machine_computes_stays_within_the_bound(seed: int) -> None:
    source = random.Random(seed)
    formula, axes = random_formula(source)
    sizes = {N: source.choice((1, 3)), C: source.choice((2, 7)), D: source.choice((1, 4))}
    lines = program({"result": (formula, axes)}, Context())
    dtype = DTYPES[seed % len(DTYPES)]
    arrays = drawn(sizes, seed, dtype)
    doubles = {name: each.double() if each.is_floating_point() else each for name, each in arrays.items()}
    found = evaluate(lines, Precision(dtype), doubles, counts={each.name: size for each, size in sizes.items()})
    bound = Bound.of(found["result"].off.settled()).of_one(dtype)
    truth = exact(formula, axes, doubles, sizes)
    for order in range(4):
        given = Badly(arrays, sizes, dtype, order)(formula, axes)
        assert farthest(given, truth, bound) <= 1, (formula, order)
