"""What programs come to, and that no evaluation of them, however bad, is off by more than is said."""

import math

import pytest
import torch
from cases import CASES, DTYPES_OF
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_programs import MATRICES, Careless, names

from derivations.closed_form.problems import problem
from derivations.diagnosis.problem import PRECISIONS
from derivations.diagnosis.trees import Program
from derivations.diagnosis.values.arrays import ShapeError
from derivations.diagnosis.values.evaluate import Evaluator, UnknownName, Valued, evaluate
from derivations.diagnosis.values.lists import Lists
from derivations.torch_bridge.accounts.autograd import gradients
from derivations.torch_bridge.batch.batch import read_batch, values_in_float64
from derivations.torch_bridge.diagnosing.tensors import Tensors
from derivations.torch_bridge.rounding.bounds import bounds

SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
DTYPES = {name: getattr(torch, name) for name in PRECISIONS}
NAMES = {
    "Z": [[1.0, 2.0, 4.0], [0.0, -1.0, 1.0]],
    "y": [2, -100],
    "weight": [1.0, 2.0, 3.0],
    "ignore_index": -100,
    **{"N": 2, "C": 3, "W": [[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]]},
}
E1, E2 = math.exp(1), math.exp(2)


def of(tree, *lines, arrays=None, **more):
    """The entries of a tree's value, as nested lists."""
    return evaluate(Program(tuple(lines), tree), {**NAMES, **more}, arrays or Lists()).value.tolist()


OPERATIONS = {
    "a number": (2, 2),
    "a name": ("N", 2),
    "a sum": (("+", "Z", "weight"), [[2, 4, 7], [1, 1, 4]]),
    "a power": (("^", "weight", 2), [1, 4, 9]),
    "a negative power": (("^", "weight", -1), [1, 1 / 2, 1 / 3]),
    "a comparison": (("!=", "y", "ignore_index"), [1, 0]),
    "the larger": (("maximum", "Z", 1), [[1, 2, 4], [1, 1, 1]]),
    "a function": (("neg", "weight"), [-1, -2, -3]),
    "a product": (("@", "Z", "W"), [[5, 8], [1, -1]]),
    "a transpose": (("T", "W"), [[1, 0, 1], [0, 2, 1]]),
    "a sum of all": (("sum", "Z", None), 7),
    "sums of rows": (("sum", "Z", 1), [7, 0]),
    "sums of rows, kept": (("sum_kept", "Z", 1), [[7], [0]]),
    "means": (("mean", "Z", 0), [0.5, 0.5, 2.5]),
    "the largest": (("max", "Z", 1), [4, 1]),
    "a column": (("column", "y"), [[2], [-100]]),
    "softmax": (("softmax", [0, 0], 0), None),
    "onehot": (("onehot", "y", "C"), [[0, 0, 1], [0, 0, 0]]),
    "take": (("take", "weight", "y"), [3, 0]),
    "kept": (("kept", "y", "ignore_index"), [1, 0]),
    "a sum, or one": (("or_one", ("sum", "weight", None), ("kept", "y", "ignore_index")), 6),
    "a sum, or one, of nothing": (("or_one", ("sum", "weight", None), ("kept", "y", "y")), 1),
}
del OPERATIONS["softmax"]


@pytest.mark.parametrize("arrays", [Lists(), Tensors()], ids=["lists", "tensors"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_each_operation(arrays, name):
    tree, expected = OPERATIONS[name]
    assert of(tree, arrays=arrays) == expected


@pytest.mark.parametrize("arrays", [Lists(), Tensors()], ids=["lists", "tensors"])
@pytest.mark.parametrize("precision", [None, PRECISIONS["float64"]], ids=["plain", "tracked"])
def test_softmax_along_either_axis_and_of_infinite_logits(arrays, precision):
    given = {"Z": [[0.0, 1.0, -math.inf], [1000.0, 1001.0, 0.0]]}
    for axis, row in ((1, [1 / (1 + E1), E1 / (1 + E1), 0]), (0, [0, 0, 0])):
        found = evaluate(Program((), ("softmax", "Z", axis)), given, arrays, precision)
        log = evaluate(Program((), ("exp", ("log_softmax", "Z", axis))), given, arrays, precision)
        assert arrays.flat(found.value)[:3] == pytest.approx(row, rel=1e-12)
        assert arrays.flat(log.value) == pytest.approx(arrays.flat(found.value), rel=1e-12)
        if precision:
            assert all(math.isfinite(each) for each in arrays.flat(found.error))


def test_lines_are_read_in_their_order_and_only_where_they_are_mentioned():
    lines = (("A", ("+", "N", 1)), ("N", ("*", "A", "A")), ("A", ("+", "A", "N")), ("unused", "nobody"))
    assert of("A", *lines) == 3 + 9
    with pytest.raises(UnknownName) as found:
        of("unused", *lines)
    assert found.value.name == "nobody"


def test_lines_that_mention_each_other_twice_are_read_once():
    lines = [("x0", "N")] + [(f"x{k}", ("-", ("*", 2, f"x{k - 1}"), f"x{k - 1}")) for k in range(1, 200)]
    assert of("x199", *lines) == 2


@pytest.mark.parametrize(
    ("tree", "error"),
    [
        ("nobody", UnknownName),
        (("+", "Z", "y"), ShapeError),
        (("@", "Z", "Z"), ShapeError),
        (("sum", "Z", 2), ShapeError),
        (("onehot", "y", 1.5), ShapeError),
        (("call", "Z"), ValueError),
        (("+", "Z"), IndexError),
    ],
)
@pytest.mark.parametrize("precision", [None, PRECISIONS["float32"]], ids=["plain", "tracked"])
def test_what_cannot_be_evaluated_raises(tree, error, precision):
    with pytest.raises(error):
        evaluate(Program((), tree), NAMES, Lists(), precision)


class Counting(Lists):
    """Which functions were computed."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def unary(self, function, a):
        self.seen.append(function)
        return super().unary(function, a)


def test_what_programs_share_is_computed_once():
    counting = Counting()
    evaluator = Evaluator(NAMES, counting)
    for factor in (1, 2, 3):
        lines = (("P", ("exp", "Z")), ("Q", ("abs", "P")))
        evaluator.evaluate(Program(lines, ("*", factor, ("+", "P", ("tanh", "P")))))
    assert counting.seen == ["exp", "tanh"]
    evaluator.evaluate(Program((("P", ("exp", ("neg", "Z"))),), ("tanh", "P")))
    assert counting.seen == ["exp", "tanh", "neg", "exp", "tanh"]


def test_little_memory_changes_nothing_but_the_work():
    lines = (("P", ("exp", "Z")),)
    programs = [Program(lines, ("*", k, ("+", "P", ("tanh", "P")))) for k in (1, 2)]
    counting = Counting()
    for memory in (math.inf, 0):
        evaluator = Evaluator(NAMES, counting, memory=memory)
        found = [evaluator.evaluate(each).value.tolist() for each in programs]
        assert found == [evaluate(each, NAMES, Lists()).value.tolist() for each in programs]
    assert counting.seen.count("tanh") > 2


def test_without_a_precision_no_error_is_kept():
    assert evaluate(Program((), "N"), NAMES, Lists()).error is None
    assert Valued(1.0) == Valued(1.0, None)


# Errors -------------------------------------------------------------------------------------------------------------


EXACT = {
    "what is given": "Z",
    "entries moved": ("T", ("take", "W", "y")),
    "marks": ("onehot", "y", "C"),
    "what counts": ("sum", ("kept", "y", "ignore_index"), None),
    "powers of two": ("*", 0.25, ("neg", "Z")),
    "a choice": ("*", ("onehot", "y", "C"), "Z"),
    "the largest": ("max", "Z", 0),
    "a comparison": ("<", "Z", 2),
    "a size": "N",
}


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", EXACT)
def test_what_rounds_nothing_is_exact(precision, name):
    found = evaluate(Program((), EXACT[name]), NAMES, Lists(), PRECISIONS[precision])
    assert set(Lists().flat(found.error)) == {0}
    assert Lists().shape(found.error) == Lists().shape(found.value)


def test_a_number_that_a_precision_has_not_is_rounded():
    for number, exact in ((0.1, {"float64"}), (257, {"float64", "float32", "float16"}), (2**-30, set(PRECISIONS))):
        for name, precision in PRECISIONS.items():
            error = evaluate(Program((), "x"), {"x": number}, Lists(), precision).error
            assert (Lists().flat(error) == [0]) == (name in exact), (number, name)


def relative(tree, given, precision="float32", **more):
    """The largest error of an entry, in units of roundoff."""
    chosen = PRECISIONS[precision]
    found = evaluate(Program((), tree), given, Tensors(), chosen, **more)
    return float((found.error / found.value.abs()).max()) / chosen.unit


def test_inputs_may_be_off_themselves():
    given = {"Z": [1.0, 3.0], "Y": [1.0 + 2.0**-12, 3.0]}
    given["Y"][1] = 2.0
    assert relative(("-", "Z", "Y"), given) == pytest.approx(1, rel=1e-6)
    assert relative(("-", "Z", "Y"), given, inputs=1) > 2**12


def test_a_difference_is_as_good_as_what_cancels():
    """c (a + 1 − a) may be computed as c a + c − c a."""
    given = {"Z": [1000.0]}
    assert relative(("*", 3, ("-", ("+", "Z", 1), "Z")), given) > 3500
    named = Program((("A", ("+", "Z", 1)),), ("*", 3, "A"))
    assert Lists().flat(evaluate(named, given, Lists(), PRECISIONS["float32"]).error)[0] < 2.1 * 3003 * 2**-24


def test_a_divisor_within_its_error_of_zero_tells_nothing():
    given = {"Z": [1.0, 1.0], "Y": [1.0 / 3 + 1e-9, 0.5]}
    found = evaluate(Program((), ("/", 1, ("-", ("*", 3, "Y"), "Z"))), given, Lists(), PRECISIONS["float32"])
    assert math.isinf(found.error.entries[0])
    assert found.error.entries[1] < 1e-5


def test_errors_are_never_nan():
    given = {"Z": [0.0, math.inf, math.nan, -1.0]}
    for tree in (("/", "Z", "Z"), ("-", "Z", "Z"), ("log", ("exp", "Z")), ("sqrt", ("*", 3, "Z"))):
        found = evaluate(Program((), tree), given, Lists(), PRECISIONS["float32"])
        assert not any(map(math.isnan, found.error.entries)), tree


def test_what_may_overflow_on_the_way_tells_nothing():
    """1/x³ is a number in float16, and 0 where x³ is infinite."""
    given = {"Z": [60.0, 2.0]}
    found = evaluate(Program((), ("^", ("^", "Z", 3), -1)), given, Lists(), PRECISIONS["float16"])
    assert math.isinf(found.error.entries[0])
    assert found.error.entries[1] < 0.01


def test_what_underflows_is_lost_times_the_factors_that_follow():
    """Loss scaling: (p/N)·65536 in float16, where p/N underflows."""
    given = {"P": [2.0**-20, 0.5], "N": 4096}
    for tree in (("*", ("/", "P", "N"), 32768), ("/", ("*", "P", 32768), "N")):
        found = evaluate(Program((), ("*", 3, tree)), given, Lists(), PRECISIONS["float16"])
        assert found.error.entries[0] > 3 * 2.0**-20 * 32768 / 4096


def test_wide_sums_round_less():
    given = {"Z": torch.linspace(1, 2, 256)}
    narrow = relative(("sum", "Z", None), given, "bfloat16")
    assert narrow > 255
    wide = PRECISIONS["bfloat16"].__class__("bfloat16", 2.0**-8, 2.0**-126, wide=2.0**-24)
    found = evaluate(Program((), ("sum", "Z", None)), given, Tensors(), wide)
    assert float(found.error / found.value) < 1.1 * 2.0**-8


@SETTINGS
@given(tree=MATRICES, seed=st.integers(0, 999), dtype=st.sampled_from([*DTYPES]))
def test_no_careless_evaluation_of_any_program_is_outside(tree, seed, dtype):
    given = names(seed, 1 + seed % 4)
    found = evaluate(Program((), tree), given, Tensors(), PRECISIONS[dtype])
    careless = Careless(given, DTYPES[dtype], seed)(tree).double().expand(found.value.shape)
    finite = careless.isfinite() & found.value.isfinite()
    assert found.error.shape == found.value.shape
    assert ((careless - found.value).abs() <= found.error)[finite].all()


@SETTINGS
@given(tree=MATRICES, seed=st.integers(0, 999), dtype=st.sampled_from([*DTYPES]))
def test_lists_and_tensors_say_the_same_of_any_program(tree, seed, dtype):
    given = names(seed, 1 + seed % 4)
    lists, tensors = (evaluate(Program((), tree), given, arrays, PRECISIONS[dtype]) for arrays in (Lists(), Tensors()))
    assert Lists().shape(lists.value) == tuple(tensors.value.shape) == Lists().shape(lists.error)
    value, error = (torch.tensor(each.tolist(), dtype=torch.float64) for each in (lists.value, lists.error))
    known = tensors.error.isfinite() & error.isfinite()
    exact = evaluate(Program((), tree), given, Tensors(), PRECISIONS["float64"]).error
    assert ((value - tensors.value).abs() <= exact)[known & value.isfinite()].all()
    assert (value.isnan() == tensors.value.isnan())[known].all()
    assert ((error - tensors.error).abs() <= 1e-3 * error)[known].all() or dtype == "float64"
    plain = evaluate(Program((), tree), given, Lists())
    assert ((torch.tensor(plain.value.tolist(), dtype=torch.float64) - value).abs() <= exact)[
        known & value.isfinite()
    ].all()


# Certified programs -------------------------------------------------------------------------------------------------

CHOSEN = [
    (name, dtype)
    for name in CASES
    if ("mean" in name and "model" in name) or ("none" in name and "model" not in name)
    for dtype in DTYPES
    if DTYPES[dtype] in DTYPES_OF[name]
]


def as_case(batch):
    """The numbers of a batch by the names of a program."""
    rows, columns = batch.shape_of_loss
    given = {"grad_output": 1.0, **values_in_float64(batch.of_model), **values_in_float64(batch.of_loss)}
    if batch.setup.model is None:
        given[batch.outputs_letter] = batch.rows(batch.outputs(exact=True))
    return {**given, "N": rows, "C": columns}


def certified(name, dtype):
    """For each gradient of a case: its name, its programs' values, its bound, and what autograd computes."""
    explanation, inputs, targets, incoming = CASES[name](DTYPES[dtype])
    setup = explanation.setup
    batch = read_batch(setup, inputs, targets, incoming)
    wrt = [each for each in setup.wrt if each != "outputs" or setup.of_linear == "outputs"]
    evaluator = Evaluator(as_case(batch), Tensors(), PRECISIONS[dtype])
    bound, (_, torchs) = bounds(batch, wrt), gradients(batch, wrt)
    for each in wrt:
        made = problem(setup.loss, each, model=batch.setup.model is not None)
        found = [evaluator.evaluate(program) for program in (made.program, *made.forms)]
        yield each, found, bound[each].of_one(DTYPES[dtype]), torchs[each].double()


@pytest.mark.parametrize(("name", "dtype"), CHOSEN)
def test_certified_gradients_are_as_far_off_as_their_bounds(name, dtype):
    own = 2 if dtype == "float64" else 1
    for wrt, found, bound, torchs in certified(name, dtype):
        widest = torch.stack([each.error for each in found]).amax(0)
        told = bound > 1e3 * PRECISIONS[dtype].tiny
        if dtype in ("float64", "float32"):  # low precision is added wider there
            assert (found[0].error <= 1.6 * own * bound)[told].all(), wrt
        assert (widest >= 0.85 * bound)[told].all(), wrt
        assert ((torchs - found[0].value).abs() <= found[0].error).all(), wrt


TRANSPOSED = [[1e-3, 3.0], [2.0, 1e-3]]
MOVED = {
    "T": (("*", ("T", ("*", "a", "a")), "b"), ("*", ("*", "t", "t"), "b")),
    "T of sums": (("+", ("T", ("+", ("sum_kept", "a", 1), "a")), "b"), ("+", ("+", ("sum_kept", "t", 0), "t"), "b")),
    "column": (("*", ("column", ("*", "v", "v")), "b"), ("*", ("*", "c", "c"), "b")),
    "column of sums": (("+", ("column", ("sum", "a", 1)), "b"), ("+", ("sum_kept", "a", 1), "b")),
    "take": (("*", ("take", ("*", "v", "v"), "y"), "v"), ("*", ("*", "p", "p"), "v")),
}


@pytest.mark.parametrize("name", MOVED)
@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_what_is_moved_is_as_far_off_as_what_is_written_in_its_place(name, precision):
    """Where the order of factors and of terms was open before, it still is."""
    given = {
        **{"a": [[1e-3, 2.0], [3.0, 1e-3]], "t": TRANSPOSED, "b": [[1e3, 1.0], [0.1, 5e3]]},
        **{"v": [1e-4, 300.0], "c": [[1e-4], [300.0]], "y": [1, 0], "p": [300.0, 1e-4]},
    }
    moved, written = (evaluate(Program((), tree), given, Lists(), PRECISIONS[precision]) for tree in MOVED[name])
    assert moved.value.tolist() == written.value.tolist()
    assert Lists().flat(moved.error) == pytest.approx(Lists().flat(written.error), rel=1e-12)


@pytest.mark.parametrize("word", ["softmax", "log_softmax"])
@pytest.mark.parametrize("precision", [None, PRECISIONS["float32"]], ids=["plain", "tracked"])
def test_a_softmax_along_an_axis_that_is_not_there_is_told(word, precision):
    with pytest.raises(ShapeError) as caught:
        evaluate(Program((), (word, ("sum", "Z", None), 1)), NAMES, Lists(), precision)
    assert caught.value.kind == "axis"
