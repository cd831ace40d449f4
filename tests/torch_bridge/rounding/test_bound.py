"""The rules of rounding bounds, one at a time: what each counts, by hand for a few numbers, and that it holds."""

import math

import pytest
import torch
from sympy import Integer, Rational, Symbol

from derivations.index_calculus.functions import TABLE
from derivations.index_calculus.matrices.nodes import (
    Array,
    Counted,
    Diagonal,
    Elementwise,
    Gather,
    Hadamard,
    Identity,
    LogOf,
    MatMul,
    OneHot,
    Ones,
    Outer,
    Plus,
    Power,
    Scale,
    Sigmoid,
    Softmax,
    Total,
    Transpose,
)
from derivations.index_calculus.symbols import C, N, epsilon
from derivations.torch_bridge.rounding.account import Account
from derivations.torch_bridge.rounding.functions import TENSORS
from derivations.torch_bridge.rounding.precision import Precision, Rounded

#: Z and Y are 2 × 2, r and u vectors, S a number.
Z, Y = Array("Z", (N, C)), Array("Y", (N, C))
r, u, S = Array("r", (N,)), Array("u", (C,)), Symbol("S")
VALUES = {
    "Z": torch.tensor([[3.0, -1.0], [2.0, 4.0]]).double(),
    "Y": torch.tensor([[-5.0, 1.0], [1.0, 2.0]]).double(),
    "r": torch.tensor([2.0, -3.0]).double(),
    "u": torch.tensor([-1.0, 5.0]).double(),
    "S": torch.tensor(4.0).double(),
    "y": torch.tensor([1, 0]),
    "ignore_index": 1,
    "label_smoothing": 0.25,
}
EXACT64 = Precision(torch.float64)
MINUS_Y, MANY = Scale(Y, Integer(-1)), Outer(Ones(N), Ones(C))
#: An error apart from all else that is counted, in one entry alone.
IN_Z, IN_Y, IN_R = {"Z": [[1e6, 0.0], [0.0, 0.0]]}, {"Y": [[0.0, 0.0], [0.0, 1e6]]}, {"r": [1e6, 0.0]}
IN_S = {"S": 1e6}


def found(node, errors=None, units=None, precision=EXACT64):
    """What is known of a node; `errors` and `units` are those of the arrays, by their names."""

    def given(of, name):
        return None if not of or name not in of else torch.tensor(of[name], dtype=torch.float64)

    rounded = {
        name: Rounded(VALUES[name].abs(), given(errors, name), given(units, name))
        for name in {*(errors or {}), *(units or {})}
    }
    return Account(precision, VALUES, rounded).of(node).settled()


#: A node, the errors of what it is made of, and its own error: by entry, in units of u.
RULES = {
    "difference of what is given": (Plus((Z, MINUS_Y)), {}, [[8.0, 2.0], [1.0, 2.0]]),
    "sum of what is given": (Plus((Z, Y)), {}, [[2.0, 0.0], [3.0, 6.0]]),  # rounded at its own size
    "sum": (Plus((Z, Hadamard((Y, Y)))), {}, [[53.0, 3.0], [4.0, 12.0]]),  # else at the sum of the sizes
    "sum, left": (Plus((Z, Y)), IN_Z, [[1e6 + 8, 2.0], [3.0, 6.0]]),
    "sum, right": (Plus((Z, Y)), IN_Y, [[8.0, 2.0], [3.0, 1e6 + 6]]),
    "sum of three": (Plus((Z, Y, MANY)), {}, [[18.0, 6.0], [8.0, 14.0]]),
    "product": (Hadamard((Z, Y)), {}, [[15.0, 1.0], [2.0, 8.0]]),
    "product of three": (Hadamard((Z, Y, Y)), {}, [[150.0, 2.0], [4.0, 32.0]]),
    "product, left": (Hadamard((Z, Y)), IN_Z, [[5e6 + 15, 1.0], [2.0, 8.0]]),
    "product, right": (Hadamard((Z, Y)), IN_Y, [[15.0, 1.0], [2.0, 4e6 + 8]]),
    "product with ones and zeros": (Hadamard((Z, OneHot("y", N, C))), IN_Z, [[0.0, 0.0], [0.0, 0.0]]),
    "sign": (Scale(Z, Integer(-1)), IN_Z, [[1e6, 0.0], [0.0, 0.0]]),
    "factor": (Scale(Z, Rational(-3, 2)), {}, [[4.5, 1.5], [3.0, 6.0]]),
    "factor that is rounded": (Scale(Z, Rational(1, 3)), {}, [[2.0, 2 / 3], [4 / 3, 8 / 3]]),
    "factor of an error": (Scale(Z, Integer(-3)), IN_Z, [[3e6 + 9, 3.0], [6.0, 12.0]]),
    "a power of two": (Scale(Z, Rational(-1, 4)), IN_Z, [[0.25e6, 0.0], [0.0, 0.0]]),
    "a number of Python's": (Scale(Z, epsilon), {}, [[1.5, 0.5], [1.0, 2.0]]),
    "one less such a number": (Scale(Z, 1 - epsilon), {}, [[3 * 2.75, 2.75], [2 * 2.75, 4 * 2.75]]),
    "divisor": (Scale(Z, 2 / S), {}, [[3.0, 1.0], [2.0, 4.0]]),
    "divisor that was summed": (Scale(Z, 2 / S), IN_S, [[3e6 / 8 + 3, 1e6 / 8 + 1], [2e6 / 8 + 2, 4e6 / 8 + 4]]),
    "square": (Power(Z, 2), {}, [[9.0, 1.0], [4.0, 16.0]]),
    "square of an error": (Power(Z, 2), IN_Z, [[6e6 + 9, 1.0], [4.0, 16.0]]),
    "cube": (Power(Z, 3), IN_Z, [[27e6 + 54, 2.0], [16.0, 128.0]]),
    "fifth power": (Power(Z, 5), {}, [[4 * 243.0, 4.0], [4 * 32.0, 4 * 1024.0]]),
    "inverse": (Power(Z, -1), IN_Z, [[1e6 / 9 + 1 / 3, 1.0], [1 / 2, 1 / 4]]),
    "inverse square": (Power(Z, -2), IN_Z, [[2e6 / 27 + 3 / 9, 3.0], [3 / 4, 3 / 16]]),
    "matrix product": (MatMul(Z, Y), {}, [[32.0, 10.0], [28.0, 20.0]]),  # at |Z||Y|, not |ZY|, K times
    "matrix product, left": (MatMul(Z, Y), IN_Z, [[5e6 + 32, 1e6 + 10], [28.0, 20.0]]),
    "matrix product, right": (MatMul(Z, Y), IN_Y, [[32.0, 1e6 + 10], [28.0, 4e6 + 20]]),
    "matrix product and bias": (Plus((MatMul(Z, Y), Outer(Ones(N), u))), {}, [[51.0, 30.0], [45.0, 45.0]]),
    "matrix times vector": (MatMul(Z, u), {}, [16.0, 44.0]),
    "columns added": (MatMul(Transpose(Z), Ones(N)), {}, [5.0, 5.0]),
    "columns added, with an error": (MatMul(Transpose(Z), Ones(N)), IN_Z, [1e6 + 5, 5.0]),
    "rows added": (MatMul(Z, Ones(C)), {}, [4.0, 6.0]),
    "a column repeated, and added": (MatMul(Outer(r, Ones(C)), Ones(C)), {}, [4.0, 6.0]),
    "rows weighted": (MatMul(Diagonal(r), Z), {}, [[6.0, 2.0], [6.0, 12.0]]),
    "rows weighted, with an error": (MatMul(Diagonal(r), Z), IN_Z, [[2e6 + 6, 2.0], [6.0, 12.0]]),
    "rows weighted, by an error": (MatMul(Diagonal(r), Z), IN_R, [[3e6 + 6, 1e6 + 2], [6.0, 12.0]]),
    "columns weighted": (MatMul(Z, Diagonal(u)), IN_Z, [[1e6 + 3, 5.0], [2.0, 20.0]]),
    "outer product": (Outer(r, u), {}, [[2.0, 10.0], [3.0, 15.0]]),
    "outer product of an error": (Outer(r, u), IN_R, [[1e6 + 2, 5e6 + 10], [3.0, 15.0]]),
    "column repeated": (Outer(r, Ones(C)), IN_R, [[1e6], [0.0]]),
    "transpose": (Transpose(Z), {"Z": [[0.0, 1e6], [0.0, 0.0]]}, [[0.0, 0.0], [1e6, 0.0]]),
    "what labels pick": (Gather("u", "y", N), {"u": [1e6, 2e6]}, [2e6, 1e6]),
    "total": (Total(Z), {}, 30.0),
    "total of errors": (Total(Z), {"Z": [[1e6, 2e6], [4e6, 8e6]]}, 15e6 + 30),
}
#: The same in units of s: one for each addition, product or function, times what follows. Where the order of factors is
#: open, as many for each as the other factors may make of it: those above 1, multiplied.
UNITS = {
    "sum": (Plus((Z, Y)), {}, 1.0),
    "sum, of two errors": (Plus((Z, Y)), {**IN_Z, **IN_Y}, [[1e6 + 8, 2.0], [3.0, 1e6 + 6]]),
    "sum of three": (Plus((Z, Y, MANY)), {}, [[9.0, 3.0], [4.0, 7.0]]),
    "product": (Hadamard((Z, Y)), {}, [[15.0, 1.0], [2.0, 8.0]]),
    "product of an error": (Hadamard((Z, Y)), IN_Z, [[5e6 + 15, 1.0], [2.0, 8.0]]),
    "product of three": (Hadamard((Z, Y, Y)), {}, [[2 * 75.0, 2 * 1.0], [2 * 2.0, 2 * 16.0]]),
    "product with a sum": (Hadamard((Plus((Z, MANY)), Y)), {}, [[2 * 20.0, 2 * 2.0], [2 * 3.0, 2 * 10.0]]),
    "total of products": (Total(Hadamard((Z, Y))), {}, 26.0 + 3),
    "factor": (Scale(Z, Rational(-3, 2)), {}, [[4.5, 1.5], [3.0, 6.0]]),
    "a power of two": (Scale(Z, Rational(-1, 4)), {}, [[3.0, 1.0], [2.0, 4.0]]),
    "divisor that was summed": (Scale(Z, 2 / S), IN_S, [[3e6 / 8 + 18, 1e6 / 8 + 6], [2e6 / 8 + 12, 4e6 / 8 + 24]]),
    "cube": (Power(Z, 3), {}, [[2 * 27.0, 2 * 1.0], [2 * 8.0, 2 * 64.0]]),
    "matrix product": (MatMul(Z, Y), {}, 2.0),
    "matrix product of an error": (MatMul(Z, Y), IN_Z, [[5e6 + 2, 1e6 + 2], [2.0, 2.0]]),
    "outer product": (Outer(r, u), {}, [[2.0, 10.0], [3.0, 15.0]]),
    "total": (Total(Z), {}, 3.0),
}
EXACT = {
    "what is given": Z,
    "ones": Ones(N),
    "a matrix of ones": MANY,
    "one-hot": OneHot("y", N, C),
    "what labels pick": Gather("u", "y", N),
    "what is kept": Counted("y", "iota", N),
    "how many are kept": Total(Counted("y", "iota", N)),
    "a sign": Scale(Z, Integer(-1)),
    "a repeated column": Outer(r, Ones(C)),
    "a transpose": Transpose(Z),
}


def check(given, expected):
    assert given is not None
    expected = torch.as_tensor(expected, dtype=torch.float64)
    torch.testing.assert_close(given, expected.expand_as(given), rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("rule", RULES)
def test_what_a_rule_counts(rule):
    node, errors, expected = RULES[rule]
    check(found(node, errors).error, expected)


@pytest.mark.parametrize("rule", UNITS)
def test_what_a_rule_counts_where_underflow_may_be(rule):
    node, units, expected = UNITS[rule]
    check(found(node, units=units).units, expected)


@pytest.mark.parametrize("what", EXACT)
def test_what_does_not_round(what):
    known = found(EXACT[what])
    assert known.error is None or not known.error.any()
    assert known.units is None or not known.units.any()


def test_what_there_is_no_rule_for_is_refused():
    with pytest.raises(TypeError, match="no error bound for Identity"):
        found(Identity(N))


def test_ones_are_counted_without_rounding_only_as_far_as_integers_are_exact():
    ones = Rounded(torch.ones(300, dtype=torch.float64), shift=True)
    assert Precision(torch.bfloat16).total(Rounded(ones.mass[:256], shift=True), (0,)).error is None
    assert Precision(torch.bfloat16).total(ones, (0,)).error > 299 * 300
    assert Precision(torch.float32).total(ones, (0,)).error is None


def test_powers_of_two_do_not_add_up_exactly():
    halves = Rounded(torch.tensor([2.0**-30, 1.0], dtype=torch.float64), shift=True)
    assert Precision(torch.float32).total(halves, (0,)).error == pytest.approx(1)


def test_what_has_a_name_has_its_own_size():
    """Z = X Wᵀ + b is computed once: what rounds after it is measured by |Z|, not by |X||Wᵀ| + |b|."""
    account = Account(EXACT64, VALUES)
    account.assign("G", Plus((Z, Hadamard((Y, Y)), Scale(Z, Integer(-1)))))
    check(account.rounded["G"].mass, VALUES["Y"] ** 2)


@pytest.mark.parametrize("node", [Power(Z, -1), Scale(Y, 1 / S)])
def test_a_divisor_within_its_own_error_of_0_has_no_bound(node):
    """And none is negative."""
    near, far = ({"Z": [[times * 2.0**53, 0.0], [0.0, 0.0]], "S": times * 2.0**53} for times in (1.4, 5.0))
    assert 0 < found(node, near).error[0, 0] < math.inf
    assert found(node, far).error[0, 0] == math.inf


# Of higher order ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32], ids=str)
@pytest.mark.parametrize("terms", [2, 100, 3000])
def test_n_roundings_multiply_by_1_plus_u_to_the_n(dtype, terms):
    """((1 + u)ⁿ − 1)/u and not n: for bfloat16's sum of 3,000 terms it is nearly 11,000 times as much."""
    precision = Precision(dtype)
    given = Rounded(torch.ones(terms, dtype=torch.float64))
    u = torch.finfo(dtype).eps / 2
    expected = terms * math.expm1((terms - 1) * math.log1p(u)) / u
    check(precision.total(given, (0,)).error, expected)


def test_errors_of_both_factors_meet():
    precision = Precision(torch.bfloat16)
    one = Rounded(torch.ones((), dtype=torch.float64), torch.tensor(64.0, dtype=torch.float64))
    # (1 + 64u)² − 1, with the float64 behind it as far off again; and a rounding of the product
    assert precision.times(one, one).error >= ((1 + 64 * precision.u) ** 2 * (1 + precision.u) - 1) / precision.u


# Careless evaluations of one node -----------------------------------------------------------------------------------


def sequential(terms, dtype):
    """One term after the other, every sum rounded."""
    total = terms[0].to(dtype)
    for term in terms[1:]:
        total = total + term.to(dtype)
    return total


def pairwise(terms, dtype):
    terms = terms.to(dtype)
    while len(terms) > 1:
        rest = terms[len(terms) - len(terms) % 2 :]
        terms = torch.cat([terms[0 : len(terms) - len(rest) : 2] + terms[1 : len(terms) - len(rest) : 2], rest])
    return terms[0]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32], ids=str)
@pytest.mark.parametrize("order", [sequential, pairwise])
@pytest.mark.parametrize("scale", [1e-2, 1.0, 30.0])
def test_sums_in_any_order_stay_within_the_bound(order, scale, dtype):
    generator = torch.Generator().manual_seed(0)
    precision = Precision(dtype)
    for terms in (3, 50, 400):
        given = (scale * (torch.rand(terms, 8, generator=generator) - 0.2)).to(dtype)
        bound = precision.off(precision.total(Rounded(given.double().abs()), (0,)))
        apart = (order(given, dtype).double() - given.double().sum(0)).abs()
        assert torch.all(apart <= bound)


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("d", [1e-9, 0.03, 0.7])
def test_functions_of_an_argument_that_is_off(name, d):
    """The error reaches as far as ±d does, and not twice as far where d is small."""
    x = torch.tensor([0.011, 0.3, 0.9, 1.3, 2.9, 5.0], dtype=torch.float64)
    node = Elementwise(Array("x", (N,)), name)

    def function(x):
        return TABLE[name].value(TENSORS, x)

    rounded = {"x": Rounded(x, torch.full_like(x, d / EXACT64.u))}
    bound = EXACT64.u * Account(EXACT64, {"x": x}, rounded).of(node).error
    reached = torch.stack([function(x + part * d) - function(x) for part in (-1, -0.999, 0.5, 1)]).abs()
    reached = reached.nan_to_num(nan=math.inf).amax(0)  # not defined there: no bound
    assert torch.all(bound >= (1 - 1e-6) * reached)
    if d < 1e-6:
        assert torch.all(bound <= 1.01 * reached + 20 * EXACT64.u * function(x).abs())


@pytest.mark.parametrize(("name", "jumps"), [("step", [1, 1, 1]), ("closed_step", [1, 1, 1]), ("sign", [2, 1, 2])])
def test_a_step_within_its_error_of_the_edge_may_be_off_by_its_jump(name, jumps):
    x = torch.tensor([-1e-9, 0.0, 1e-9, 1.0], dtype=torch.float64)
    rounded = {"x": Rounded(x.abs(), torch.full_like(x, 1e-8 / EXACT64.u))}
    error = Account(EXACT64, {"x": x}, rounded).of(Elementwise(Array("x", (N,)), name)).error * EXACT64.u
    assert error.tolist() == [*jumps, 0]


OF_LOGITS = {
    Softmax(Z): lambda each: each.softmax(1),
    LogOf(Softmax(Z)): lambda each: each.log_softmax(1),
    Sigmoid(Z): torch.sigmoid,
    LogOf(Sigmoid(Z)): torch.nn.functional.logsigmoid,
}


@pytest.mark.parametrize("d", [1e-9, 0.03, 0.7])
@pytest.mark.parametrize("node", OF_LOGITS, ids=str)
def test_sigmoid_and_softmax_of_arguments_that_are_off(node, d):
    """Every corner of the box around the arguments: two logits a row, each up or down."""
    values, function = VALUES["Z"], OF_LOGITS[node]
    size = d * torch.tensor([[1.0, 0.5], [0.25, 1.0]], dtype=torch.float64)
    bound = EXACT64.u * found(node, {"Z": (size / EXACT64.u).tolist()}).error
    reached = torch.zeros(2, 2, dtype=torch.float64)
    for signs in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
        moved = values + size * torch.tensor(signs, dtype=torch.float64)
        reached = torch.maximum(reached, (function(moved) - function(values)).abs())
    assert torch.all(bound >= (1 - 1e-6) * reached)
    if d < 1e-6:
        own = EXACT64.u * found(node).error
        torch.testing.assert_close(bound - own, reached, rtol=1e-3, atol=1e-13)


LSE = LogOf(MatMul(Elementwise(Z, "exp"), Ones(C)))


@pytest.mark.parametrize("d", [1e-9, 0.03, 0.7])
def test_the_logarithm_of_a_sum_of_powers_of_arguments_that_are_off(d):
    values = VALUES["Z"]
    size = d * torch.tensor([[1.0, 0.5], [0.25, 1.0]], dtype=torch.float64)
    bound = EXACT64.u * found(LSE, {"Z": (size / EXACT64.u).tolist()}).error
    reached = ((values + size).logsumexp(1) - values.logsumexp(1)).abs()
    assert torch.all(bound >= (1 - 1e-6) * reached)
    if d < 1e-6:
        torch.testing.assert_close(bound - EXACT64.u * found(LSE).error, reached, rtol=1e-3, atol=1e-13)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32], ids=str)
def test_the_logarithm_of_a_sum_of_powers_stays_within_its_bound(dtype):
    generator, precision = torch.Generator().manual_seed(0), Precision(dtype)
    for classes, spread, shift in ((4, 1.0, 0.0), (4, 20.0, 0.0), (4, 1.0, 200.0), (300, 4.0, -30.0)):
        x = (spread * torch.randn(8, classes, generator=generator) + shift).to(dtype)
        largest = x.amax(1)
        careless = largest + sequential((x - largest[:, None]).exp().T, dtype).log()
        bound = precision.off(Account(precision, {"Z": x.double()}).of(LSE))
        assert torch.all((careless.double() - x.double().logsumexp(1)).abs() <= bound)


def careless_softmax(x, dtype, by_log):
    """As kernels do, with every rounding in the dtype."""
    x = x.to(dtype)
    largest = x.amax(1, keepdim=True)
    powers = (x - largest).exp()
    total = sequential(powers.T, dtype)[:, None]
    if not by_log:
        return powers / total
    return (x - (largest + total.log())).exp()


@pytest.mark.parametrize("by_log", [False, True])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32], ids=str)
@pytest.mark.parametrize(
    ("classes", "spread", "shift"), [(4, 1.0, 0.0), (4, 20.0, 0.0), (4, 1.0, 200.0), (700, 0.0, 0.0), (700, 4.0, -30.0)]
)
def test_softmax_stays_within_its_bound(classes, spread, shift, dtype, by_log):
    """Equal logits, of which a low sum sees only the first; wide ones; and large ones, whose lse is rounded."""
    generator = torch.Generator().manual_seed(0)
    x = (spread * torch.randn(3, classes, generator=generator) + shift).to(dtype)
    values = {"Z": x.double()}
    precision = Precision(dtype)
    bound = precision.off(Account(precision, values).of(Softmax(Z)))
    apart = (careless_softmax(x, dtype, by_log).double() - x.double().softmax(1)).abs()
    assert torch.all(apart <= bound.nan_to_num(nan=math.inf))


def test_what_low_precision_rounds_once():
    """Wider inside: little more than the last rounding, and what torch's log-softmax stores in between."""
    precision, values = Precision(torch.bfloat16, 2.0**-16), VALUES["Z"]
    log, spread = values.log_softmax(1).abs(), values.logsumexp(1, keepdim=True) - values.amax(1, keepdim=True)
    for node, expected in {
        Softmax(Z): values.softmax(1) * (1 + log + 1 + spread),
        LogOf(Softmax(Z)): log + 1 + spread,
        Sigmoid(Z): torch.sigmoid(values) * (1 - torch.nn.functional.logsigmoid(values)),
        LogOf(Sigmoid(Z)): -torch.nn.functional.logsigmoid(values),
    }.items():
        torch.testing.assert_close(found(node, precision=precision).error, expected, rtol=0.06, atol=1e-3)
        assert torch.all(found(node, precision=Precision(torch.bfloat16)).error > 2 * expected)


def test_sums_in_a_wider_format_are_rounded_once():
    precision = Precision(torch.bfloat16, 2.0**-16)
    total = precision.total(Rounded(torch.ones(512, dtype=torch.float64)), (0,)).error
    assert total.item() == pytest.approx(512 * (1 + 511 / 2**16), rel=0.01)
    product = found(MatMul(Z, Y), precision=precision).error
    at_values = (VALUES["Z"] @ VALUES["Y"]).abs()
    torch.testing.assert_close(
        product, at_values + 2 / 2**16 * (VALUES["Z"].abs() @ VALUES["Y"].abs()), rtol=0.01, atol=0
    )


def test_bfloat16_s_matrix_products_may_take_each_product_as_0_and_what_is_subnormal():
    """2 products of (2, 2) matrices, and a last rounding; an entry of 1e-39 may be 0, so that |Y| counts too."""
    wide, node = Precision(torch.bfloat16, 2.0**-16), MatMul(Z, Y)
    torch.testing.assert_close(found(node, precision=wide).units, torch.full((2, 2), 3.0).double(), rtol=0.01, atol=0)
    assert torch.all(found(node, precision=Precision(torch.float16, 2.0**-13)).units < 1.01)
    small = Account(wide, {**VALUES, "Z": torch.tensor([[1e-39, -1.0], [0.0, 4.0]]).double()})
    torch.testing.assert_close(
        small.of(node).units, torch.tensor([[3.0 + 5, 3.0 + 1], [3.0, 3.0]]).double(), rtol=0.01, atol=0
    )


def test_a_narrower_array_rounds_as_its_own_dtype_does():
    precision = Precision(torch.float32)
    narrow = Rounded(VALUES["r"].abs(), coarse=2.0**16)
    assert precision.total(narrow, (0,)).error.item() == pytest.approx(5 * 2**16, rel=0.01)
    wide = Rounded(VALUES["r"].abs())
    assert precision.times(narrow, wide).error.tolist() == pytest.approx([4, 9])  # promoted
