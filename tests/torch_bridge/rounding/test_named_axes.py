"""Index formulas over named axes: their values are exact but for float64, and what is bad enough stays in the bound."""

from __future__ import annotations

import functools
import inspect
import itertools
import math
import random
from fractions import Fraction

import pytest
import torch
from badly import Badly
from sympy import Abs, Add, Expr, Heaviside, Integer, KroneckerDelta, Max, Mul, Rational, Symbol, exp, log, tanh
from tables import ALL_OPTIONS, LOSSES, PLAIN_LOSSES
from terms import Terms

import derivations as dv
from derivations.closed_form.named_axes.nodes import Entry
from derivations.closed_form.named_axes.reading import program
from derivations.closed_form.named_axes.writing import source
from derivations.closed_form.names import name_of, names
from derivations.closed_form.plan import gradient_function
from derivations.index_calculus.expressions import Context
from derivations.index_calculus.judging.digits import working
from derivations.index_calculus.judging.evaluator import Evaluator
from derivations.index_calculus.symbols import C, D, N, T, W, X, Y, Z, c, d, index, j, k, n, size_of, sum_over, w, y
from derivations.linear import outputs as linear_outputs
from derivations.losses import NLL, Loss
from derivations.losses.declared import Per, Values
from derivations.losses.registry import registered
from derivations.subject import derive
from derivations.torch_bridge.accounts import printed
from derivations.torch_bridge.accounts.named import has_matrix_form
from derivations.torch_bridge.rounding.bounds import Bound
from derivations.torch_bridge.rounding.named_axes import evaluate
from derivations.torch_bridge.rounding.precision import Precision

DTYPES = (torch.float64, torch.float32, torch.float16, torch.bfloat16)
#: Criteria of pairs of classes, whose gradients whole arrays do not write.
OVER_AXES_ALONE = ("MultiLabelMarginLoss",)
#: Every gradient of the package is within fewer of them; the best within one. And what may be lost below all numbers.
ROUNDINGS, UNDERFLOWS = 25, 1e-290
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


@pytest.mark.parametrize("seed", range(40))
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


@pytest.mark.parametrize(
    "formula", [sum_over(Z[n, k] * w[k], k), Y[n, c] * (Z[n, c] - w[c]), sum_over(Z[n, k] ** 2, k)]
)
def test_a_bound_ten_times_narrower_would_be_exceeded(formula: Expr) -> None:
    sizes, axes, worst = {N: 3, C: 7, D: 2}, (n, c), 0.0
    lines = program({"result": (formula, axes)}, Context())
    for seed in range(20):
        arrays = drawn(sizes, seed, torch.float32)
        doubles = {name: each.double() if each.is_floating_point() else each for name, each in arrays.items()}
        found = evaluate(lines, Precision(torch.float32), doubles, counts={"C": 7})["result"]
        given, bound = Badly(arrays, sizes, torch.float32, seed)(formula, axes), Bound.of(found.off.settled())
        worst = max(worst, farthest(given, exact(formula, axes, doubles, sizes), bound.of_one(torch.float32)))
    assert 0.1 < worst <= 1


def test_a_long_sum_is_counted_with_its_length() -> None:
    z = torch.full((1, 4000), 0.1)
    one_by_one = torch.zeros(1)
    for at in range(4000):
        one_by_one = one_by_one + z[:, at]
    lines = program({"result": (sum_over(Z[n, c], c), (n,))}, Context())
    found = evaluate(lines, Precision(torch.float32), {"Z": z.double()})["result"]
    bound = Bound.of(found.off.settled()).of_one(torch.float32)
    off = (one_by_one.double() - z.double().sum(1)).abs()
    assert bound / 1000 < off <= bound


def test_at_a_corner_either_side_is_within_the_bound_and_elsewhere_neither_is_open() -> None:
    formula = sum_over(w[k] * Heaviside(1 - Z[n, c] + Z[n, k], 0), k)
    lines = program({"result": (formula, (n, c))}, Context())
    z = torch.tensor([[0.0, 1.0, 3.5], [1 / 3, 4 / 3, 9.0]]).double()  # 1 − 1 + 0 is 0, and 1 − 4/3 + 1/3 nearly
    weights = torch.tensor([1.0, 0.5, 0.0]).double()
    found = evaluate(lines, Precision(torch.float32), {"Z": z, "w": weights})["result"]
    assert found.open is not None
    assert found.open.tolist() == [[0, 1, 0], [0, 1, 0]]
    bound = Bound.of(found.off.settled()).of_one(torch.float32)
    either = [(1 - z[:, :, None] + z[:, None] > shift).double() @ weights for shift in (-1e-7, 1e-7)]
    assert (either[0] - either[1]).abs().max() == 1
    assert all(((each - found.value).abs() <= bound).all() for each in either)
    assert bound[found.open == 0].max() < 1e-6


def values(loss: Loss, sizes: dict[Symbol, int]) -> dict[str, torch.Tensor]:
    """An array for each letter that a formula of the loss may use, by its axes; real numbers are positive."""
    generator = torch.Generator().manual_seed(0)
    layout = loss.layout
    rows = [sizes[size_of(each)] for each in layout.rows]
    entries = [sizes[size_of(each)] for each in layout.place(layout.rows, c)]
    shapes = {Per.ENTRY: entries, Per.ROW: rows, Per.CLASS: [sizes[C]], Per.ONE: []}
    labels = torch.arange(math.prod(rows)).reshape(rows) % sizes[C]

    def drawn(shape: list[int], kind: Values = Values.REAL) -> torch.Tensor:
        within = torch.rand(shape, generator=generator, dtype=torch.float64)
        match kind:
            case Values.LABELS:
                return labels
            case Values.SIGNS:  # both of them
                return 1 - 2 * (torch.arange(within.numel()) % 2).reshape(shape).double()
            case Values.BITS | Values.CLASS_SETS:  # sets of classes as formulas have them
                return (within - 0.5).sign().clamp_min(0)
            case Values.UNIT | Values.PROBABILITIES:
                return 0.8 * within + 0.1
        return within + 0.1

    arrays = {
        "Z": drawn(entries, loss.of_outputs),
        "Q": drawn(entries),
        "X": drawn([*rows, sizes[D]]),
        "W": drawn([sizes[C], sizes[D]]),
        "b": drawn([sizes[C]]),
        "v": drawn(shapes[loss.per]),
        **{each.letter: drawn(shapes[each.per], each.values) for each in loss.operands},
        **{each.letter: drawn(shapes[each.per]) for each in loss.declared if each.letter},
    }
    return {**arrays, "iota": labels.flatten()[0], "epsilon": torch.tensor(0.25, dtype=torch.float64)}


@functools.cache
def named(loss: Loss, wrt: str):
    """A gradient and its program."""
    derivation = derive(loss, wrt)
    return derivation, program({wrt: (derivation.result, derivation.targets)}, derivation.context)


def read(loss: Loss, wrt: str, arrays: dict[str, torch.Tensor]):
    """The program of a gradient, and those of the arrays that it is given."""
    derivation, lines = named(loss, wrt)
    return derivation, lines, {name: arrays[name] for name in lines.given}


def all_tell(bound: torch.Tensor, added_up: torch.Tensor) -> bool:
    """Is it a few roundings of the terms that each entry adds up, whatever is left when they cancel?"""
    return bool((bound <= ROUNDINGS * torch.finfo(torch.float64).eps * added_up + UNDERFLOWS).all())


@pytest.mark.parametrize("loss", dict.fromkeys(PLAIN_LOSSES + ALL_OPTIONS), ids=str)
def test_gradients_are_those_of_the_exact_evaluator(loss: Loss) -> None:
    sizes = {N: 2, C: 3, D: 2, T: 2}
    for wrt in loss.wrt:
        derivation, lines, given = read(loss, wrt, values(loss, sizes))
        counts = {size.name: number for size, number in sizes.items()}
        found = evaluate(lines, Precision(torch.float64), given, counts=counts)[wrt]
        truth = exact(derivation.result, derivation.targets, given, sizes, derivation.context)
        bound = Bound.of(found.off.settled()).of_one(torch.float64)
        assert farthest(found.value, truth, bound) <= 1
        assert float(bound.max() / found.value.abs().max()) < 5e-13, "the bound is one that tells"
        added_up = Terms(given, sizes, derivation.context.definitions)(derivation.result, derivation.targets)
        assert all_tell(bound, added_up), "at each entry, however small"
        assert not all_tell(100 * bound, added_up) or bound.max() <= UNDERFLOWS, "one 100 times as wide does not"


@pytest.mark.parametrize("backend", ["torch", "numpy"])
@pytest.mark.parametrize("loss", [each for each in LOSSES if each.reduction == "mean"], ids=str)
def test_printed_code_computes_the_same_gradient(loss: Loss, backend: str) -> None:
    sizes = {N: 4, C: 3, D: 2, T: 2}
    arrays, layout = values(loss, sizes), loss.layout
    for wrt in loss.wrt:
        _, lines, given = read(loss, wrt, arrays)
        counts = {size.name: number for size, number in sizes.items()}
        value = evaluate(lines, Precision(torch.float64), given, counts=counts)[wrt].value
        letter = "Q" if isinstance(loss, NLL) and wrt == "outputs" else "Z"
        like = Entry(letter, tuple(each.name for each in layout.place(layout.free, j)))
        code = source(lines, backend, names(), like=None if "X" in given else like)
        namespace: dict = {}
        exec(code, namespace)
        called = {name_of(letter): array for letter, array in arrays.items()}
        taken = {name: called[name] for name in inspect.signature(namespace["gradients"]).parameters}
        if backend == "numpy":
            taken = {name: each.numpy() for name, each in taken.items()}
        computed = torch.as_tensor(namespace["gradients"](**taken))
        assert (computed.shape, computed.dtype) == (value.shape, value.dtype)
        assert torch.allclose(computed, value, rtol=1e-13, atol=1e-14), code


@pytest.mark.parametrize(
    "loss", [each for each in LOSSES if each.reduction != "sum" and not each.extra_dimensions], ids=str
)
def test_gradients_are_those_of_the_matrix_forms(loss: Loss) -> None:
    sizes = {N: 4, C: 3, D: 2}
    arrays = values(loss, {**sizes, T: 1})
    written = [each for each in loss.wrt if has_matrix_form(loss, each)]
    assert written or loss.torch_name in OVER_AXES_ALONE
    for wrt in written:
        derivation, lines, given = read(loss, wrt, arrays)
        model = linear_outputs(True) if "X" in given else None
        gradients = printed.compiled(gradient_function({wrt: derivation}, loss.of_logits(), model))
        called = {name_of(name): each.clone() for name, each in arrays.items()}
        counts = {size.name: number for size, number in sizes.items()}
        value = evaluate(lines, Precision(torch.float64), given, counts=counts)[wrt].value
        assert torch.allclose(gradients(called), value, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("backend", ["torch", "numpy"])
@pytest.mark.parametrize("kind", registered(), ids=lambda kind: kind.torch_name)
def test_code_of_every_criterion_computes_what_its_formula_says(kind: type[Loss], backend: str) -> None:
    loss = kind()
    arrays = values(loss, {N: 4, C: 3, D: 2})
    _, lines, given = read(loss, "outputs", arrays)
    found = evaluate(lines, Precision(torch.float64), given, counts={"N": 4, "C": 3})["outputs"]
    code = source(lines, backend, names(), like=Entry("Z", ("i", "j")))
    namespace: dict = {}
    exec(code, namespace)
    called = {name_of(letter): each if backend == "torch" else each.numpy() for letter, each in arrays.items()}
    taken = [called[each] for each in inspect.signature(namespace["gradients"]).parameters]
    computed = torch.as_tensor(namespace["gradients"](*taken))
    bound = Bound.of(found.off.settled()).of_two(torch.float64)
    assert ((computed - found.value).abs() <= bound).all(), code


@pytest.mark.parametrize("model", [None, torch.nn.Linear(4, 5)], ids=["outputs", "linear"])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_a_loss_without_matrix_form_is_explained_certified_and_printed(model, reduction: str) -> None:
    explanation = dv.explain(model, torch.nn.MultiLabelMarginLoss(reduction=reduction))
    generator = torch.Generator().manual_seed(2)
    inputs = torch.randn((6, 4 if model else 5), generator=generator)
    labels = torch.stack([torch.randperm(5, generator=generator) for _ in range(6)])
    labels[:, 2] = -1
    incoming = {"grad_output": torch.randn(6, generator=generator)} if reduction == "none" else {}
    certificate = explanation.certify(inputs, labels, exact=True, **incoming)
    assert certificate.verdict == "agrees"
    assert certificate.worst < 1

    namespace: dict = {}
    exec(explanation.code("weight", "bias") if model else explanation.code("outputs"), namespace)
    held = torch.zeros((6, 5)).scatter(1, labels[:, :2], 1.0)
    arrays = {"Z": inputs, "X": inputs, "M": held, **incoming}
    if model is not None:
        arrays |= {"W": model.weight.detach(), "b": model.bias.detach()}
    printed_code = namespace["gradients"]
    computed = printed_code(*[arrays[each] for each in inspect.signature(printed_code).parameters])
    wanted = explanation.gradients(inputs, labels, ("weight", "bias") if model else "outputs", **incoming)
    for name, value in (computed if model else {"outputs": computed}).items():
        assert torch.allclose(value, wanted[name], rtol=1e-4, atol=1e-6)
