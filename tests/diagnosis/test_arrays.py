"""Arrays in pure Python and as tensors: the same protocol, numpy's shapes, IEEE's arithmetic, and a budget."""

import itertools
import math

import numpy as np
import pytest
import torch

from derivations.diagnosis.trees import BINARY, FUNCTIONS
from derivations.diagnosis.values.arrays import COMPARISONS, REDUCTIONS, ShapeError, TooMuchWork
from derivations.diagnosis.values.lists import Lists
from derivations.torch_bridge.diagnosing.tensors import Tensors

INF, NAN = math.inf, math.nan
SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, -2.0, 3.0, 710.0, -710.0, 1e-310, 1e300, -1e300, INF, -INF, NAN)
BOTH = pytest.mark.parametrize("arrays", [Lists(), Tensors()], ids=["lists", "tensors"])


def entries(arrays, a):
    return arrays.shape(a), arrays.flat(a)


def same(found, expected):
    """NaN is NaN, and what is below the normal numbers may be 0."""
    assert found == pytest.approx(expected, rel=1e-13, abs=2.0**-1022, nan_ok=True)


def as_numpy(operation):
    return {
        "+": np.add,
        "-": np.subtract,
        "*": np.multiply,
        "/": np.divide,
        "^": np.power,
        "max": np.maximum,
        "min": np.minimum,
        "==": np.equal,
        "!=": np.not_equal,
        "<": np.less,
        "<=": np.less_equal,
        ">": np.greater,
        ">=": np.greater_equal,
        "neg": np.negative,
        "exp": np.exp,
        "expm1": np.expm1,
        "log": np.log,
        "log1p": np.log1p,
        "abs": np.abs,
        "sign": np.sign,
        "sqrt": np.sqrt,
        "square": np.square,
        "sigmoid": lambda x: np.where(x >= 0, 1 / (1 + np.exp(-x)), np.exp(x) / (1 + np.exp(x))),
        "log_sigmoid": lambda x: -np.logaddexp(0, -x),
        "tanh": np.tanh,
        "erf": np.vectorize(math.erf),
    }[operation]


@BOTH
@pytest.mark.parametrize("operation", [*BINARY, "max", "min", *COMPARISONS])
def test_operations_on_all_special_numbers_are_ieees(arrays, operation):
    left, right = zip(*itertools.product(SPECIAL, SPECIAL), strict=True)
    with np.errstate(all="ignore"):
        expected = as_numpy(operation)(np.array(left), np.array(right)).astype(float)
    same(arrays.flat(arrays.binary(operation, list(left), list(right))), expected.tolist())


@BOTH
@pytest.mark.parametrize("function", FUNCTIONS)
def test_functions_of_all_special_numbers_are_ieees(arrays, function):
    with np.errstate(all="ignore"):
        expected = as_numpy(function)(np.array(SPECIAL))
        if function == "sigmoid":  # whose other branch is nan at ±inf
            expected[[SPECIAL.index(-INF), SPECIAL.index(INF)]] = 0, 1
    same(arrays.flat(arrays.unary(function, list(SPECIAL))), expected.tolist())


SHAPES = [(), (1,), (3,), (2, 3), (2, 1), (1, 3), (1, 1), (4, 2, 3), (4, 1, 1), (0, 3), (0,)]


@BOTH
@pytest.mark.parametrize(("left", "right"), [*itertools.product(SHAPES, SHAPES)], ids=str)
def test_shapes_broadcast_as_numpys(arrays, left, right):
    a, b = np.arange(math.prod(left)).reshape(left) + 1.0, np.arange(math.prod(right)).reshape(right) + 2.0
    try:
        expected = a * b - a
    except ValueError:
        with pytest.raises(ShapeError) as found:
            arrays.binary("*", a, b)
        assert (found.value.kind, found.value.details) == ("broadcast", (left, right))
        return
    found = arrays.binary("-", arrays.binary("*", a, b), a)
    assert entries(arrays, found) == (expected.shape, expected.flatten().tolist())


@BOTH
@pytest.mark.parametrize("function", REDUCTIONS)
@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("shape", [s for s in SHAPES if math.prod(s)], ids=str)
def test_reductions_are_numpys(arrays, function, keep, shape):
    a = np.arange(math.prod(shape)).reshape(shape) % 4 - 1.0
    for axis in (None, *range(-len(shape), len(shape))):
        expected = getattr(a, function)(axis=axis, keepdims=keep)
        found = arrays.reduce(function, a, axis, keep)
        assert arrays.shape(found) == expected.shape
        same(arrays.flat(found), expected.astype(float).flatten().tolist())


@BOTH
def test_reductions_of_nothing_and_of_nan(arrays):
    assert entries(arrays, arrays.reduce("sum", np.zeros((0, 3)), 0)) == ((3,), [0, 0, 0])
    assert arrays.flat(arrays.reduce("prod", [], None)) == [1]
    assert math.isnan(arrays.flat(arrays.reduce("mean", [], None))[0])
    for function in ("sum", "max", "min", "mean"):
        assert math.isnan(arrays.flat(arrays.reduce(function, [2.0, NAN, 1.0], 0))[0])
    with pytest.raises(ShapeError, match="empty"):
        arrays.reduce("max", np.zeros((0, 3)), 0)


@BOTH
@pytest.mark.parametrize(("left", "right"), [*itertools.product(SHAPES, SHAPES)], ids=str)
def test_products_of_matrices_and_vectors_are_numpys(arrays, left, right):
    a, b = np.arange(math.prod(left)).reshape(left) + 1.0, np.arange(math.prod(right)).reshape(right) + 2.0
    if not (1 <= len(left) <= 2 and 1 <= len(right) <= 2 and left[-1] == right[0]):
        with pytest.raises(ShapeError) as found:
            arrays.matmul(a, b)
        assert (found.value.kind, found.value.details) == ("matmul", (left, right))
        return
    expected = a @ b
    assert entries(arrays, arrays.matmul(a, b)) == (expected.shape, expected.flatten().tolist())


@BOTH
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_entries_move_as_numpys(arrays, shape):
    a = np.arange(math.prod(shape), dtype=float).reshape(shape)
    assert entries(arrays, arrays.transpose(a)) == (a.T.shape, a.T.flatten().tolist())
    assert entries(arrays, arrays.reshape(a, (-1,))) == ((a.size,), a.flatten().tolist())
    backwards = list(reversed(range(a.size)))
    assert entries(arrays, arrays.gather(a, backwards, shape)) == (shape, a.flatten()[::-1].tolist())
    assert arrays.shape(arrays.full(shape, 2.5)) == shape


@BOTH
def test_labels_take_and_mark_and_those_of_no_class_give_zero(arrays):
    labels = [2, -100, 0, 3, -1, 0.5]
    rows = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    assert entries(arrays, arrays.take([1.0, 2.0, 4.0], labels)) == ((6,), [4, 0, 1, 0, 0, 0])
    assert entries(arrays, arrays.take(rows, labels)) == ((6, 2), [5, 6, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0])
    onehot = arrays.onehot(labels, 3)
    assert entries(arrays, onehot) == ((6, 3), [0, 0, 1, 0, 0, 0, 1, 0, 0, *[0] * 9])
    assert entries(arrays, arrays.take(np.zeros((0, 2)), [1])) == ((1, 2), [0, 0])


@BOTH
def test_where_broadcasts(arrays):
    found = arrays.where([[1.0], [0.0]], [1.0, 2.0], INF)
    assert entries(arrays, found) == ((2, 2), [1, 2, INF, INF])


@BOTH
@pytest.mark.parametrize(
    ("given", "shape", "flat"),
    [
        (2, (), [2]),
        (True, (), [1]),
        (10**400, (), [INF]),
        (-(10**400), (), [-INF]),
        ([], (0,), []),
        ([[], []], (2, 0), []),
        ([1, (2, 3)][1], (2,), [2, 3]),
        (np.arange(6, dtype=np.int32).reshape(2, 3), (2, 3), [0, 1, 2, 3, 4, 5]),
        (np.float32(0.5), (), [0.5]),
        (np.zeros((0, 3)), (0, 3), []),
        (torch.tensor([[1, 2]]), (1, 2), [1, 2]),
        (torch.tensor([0.1], dtype=torch.bfloat16), (1,), [0.10009765625]),
    ],
    ids=repr,
)
def test_what_is_made_an_array(arrays, given, shape, flat):
    assert entries(arrays, given) == (shape, flat)


@BOTH
@pytest.mark.parametrize("given", ["1", None, 1j, {}, [1, "2"], object], ids=str)
def test_what_is_no_array_is_refused(arrays, given):
    with pytest.raises(TypeError):
        arrays.array(given)


@BOTH
@pytest.mark.parametrize(
    ("do", "kind", "details"),
    [
        (lambda a: a.array([[1], [2, 3]]), "ragged", ()),
        (lambda a: a.reduce("sum", [1.0], 1), "axis", (1, (1,))),
        (lambda a: a.reduce("sum", 1.0, 0), "axis", (0, ())),
        (lambda a: a.reshape([1, 2, 3], (2, 2)), "reshape", ((3,), (2, 2))),
        (lambda a: a.reshape([1, 2, 3], (-1, 2)), "reshape", ((3,), (-1, 2))),
        (lambda a: a.reshape([1, 2], (-1, -1)), "reshape", ((2,), (-1, -1))),
        (lambda a: a.reshape([1, 2], (-1, -2)), "reshape", ((2,), (-1, -2))),
        (lambda a: a.onehot([1], -1), "size", (-1,)),
        (lambda a: a.onehot([1], 2.5), "size", (2.5,)),
        (lambda a: a.onehot([1], INF), "size", (INF,)),
        (lambda a: a.gather([1, 2], [0, 2], (2,)), "place", (2, 2)),
        (lambda a: a.gather([1, 2], [-1], (1,)), "place", (-1, 2)),
        (lambda a: a.take(1.0, [0]), "axis", (0, ())),
        (lambda a: a.where([1, 0], [1, 2, 3], 0), "broadcast", ((2,), (3,))),
    ],
)
def test_what_does_not_fit_says_so_with_details(arrays, do, kind, details):
    with pytest.raises(ShapeError) as found:
        do(arrays)
    assert (found.value.kind, found.value.details) == (kind, details)


WORK = {
    "array": lambda a, x: a.array([0.0] * 100),
    "full": lambda a, x: a.full((10**6, 10**6), 0.0),
    "binary": lambda a, x: a.binary("+", a.reshape(x, (-1, 1)), x),
    "where": lambda a, x: a.where(a.reshape(x, (-1, 1)), x, 0.0),
    "unary": lambda a, x: a.unary("exp", x),
    "reduce": lambda a, x: a.reduce("sum", x, None),
    "matmul": lambda a, x: a.matmul(a.reshape(x, (-1, 1)), a.reshape(x, (1, -1))),
    "take": lambda a, x: a.take(x, x),
    "onehot": lambda a, x: a.onehot(x, 1e9),
    "gather": lambda a, x: a.gather(x, [0] * 40, (40,)),
    "transpose": lambda a, x: a.transpose(x),
    "of": lambda a, x: a.of((40,), [0.0] * 40),
}


@pytest.mark.parametrize("work", WORK)
def test_a_budget_is_spent_before_anything_is_made(work):
    given = Lists().array([0.0] * 40)
    lists = Lists(budget=39)
    with pytest.raises(TooMuchWork):
        WORK[work](lists, given)
    enough = Lists(budget=1e6)
    if work not in ("full", "onehot"):
        WORK[work](enough, given)
        assert enough.budget < 1e6


def test_budgets_are_each_their_own():
    one, other = Lists(budget=10), Lists(budget=10)
    one.unary("neg", one.array([1.0, 2.0]))
    assert (one.budget, other.budget) == (4, 10)
    one.budget = 3
    with pytest.raises(TooMuchWork):
        one.full((4,), 0.0)


def test_arrays_do_not_change_when_what_they_were_made_of_does():
    lists, given = Lists(), [1.0, 2.0]
    made = lists.array(given)
    given[0] = lists.flat(made)[1] = 9.0
    assert made.tolist() == [1, 2]
    assert lists.array([[1, 2], [3, 4]]).tolist() == [[1, 2], [3, 4]]
