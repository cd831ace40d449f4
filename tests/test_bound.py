"""The rules of error bounds, one at a time: what each counts, worked out by hand for a few numbers."""

import math

import pytest
import torch
from sympy import Integer, Rational, Symbol

from derivations.closed_form.bound import EPS, UNIT, Errors, contracted, magnitude, ones
from derivations.closed_form.emit import BACKENDS, Emitter
from derivations.index_calculus.matrix import (
    Array,
    Diagonal,
    Gather,
    Hadamard,
    Identity,
    Kept,
    LogOf,
    MatMul,
    OneHot,
    Ones,
    Outer,
    Plus,
    Power,
    RowMax,
    Scale,
    Sigmoid,
    Softmax,
    Total,
    Transpose,
)
from derivations.index_calculus.symbols import C, N
from derivations.losses import MSE
from derivations.subject import derive

#: Z and Y are 2 × 2, r and u vectors, S a number.
Z, Y = Array("Z", (N, C)), Array("Y", (N, C))
r, u, S = Array("r", (N,)), Array("u", (C,)), Symbol("S")
NUMBERS = {
    "Z": [[3.0, -1.0], [2.0, 4.0]],
    "Y": [[-5.0, 1.0], [1.0, 2.0]],
    "r": [2.0, -3.0],
    "u": [-1.0, 5.0],
    "S": 4.0,
    "N": 2,
    "C": 2,
}
#: An error apart from all else that is counted, in one entry alone.
IN_Z, IN_Y, IN_R = {"Z": [[1e6, 0.0], [0.0, 0.0]]}, {"Y": [[0.0, 0.0], [0.0, 1e6]]}, {"r": [1e6, 0.0]}


def error(node, errors=None, rounding=magnitude, eps=2.0**-52):
    """The error of a node as a tensor, or None where it is exact; `errors` are those of the arrays, by their names."""
    errors = errors or {}
    prefix = EPS if rounding is magnitude else UNIT
    found = Errors(prefix, rounding, set(errors)).of(node)
    if found is None:
        return None
    arrays = {**NUMBERS, **{prefix + name: each for name, each in errors.items()}}
    tensors = {
        name: torch.tensor(each, dtype=torch.float64) if name not in ("N", "C") else each
        for name, each in arrays.items()
    }
    text = Emitter(BACKENDS["torch"], "Z")(found)
    return torch.as_tensor(eval(text, {"torch": torch, "math": math, "eps": eps, **tensors}), dtype=torch.float64)


#: A node, the errors of what it is made of, and its own error: by entry, in eps.
RULES = {
    "sum": (Plus((Z, Y)), {}, [[2.0, 0.0], [3.0, 6.0]]),
    "sum, left": (Plus((Z, Y)), IN_Z, [[1e6, 0.0], [3.0, 6.0]]),
    "sum, right": (Plus((Z, Y)), IN_Y, [[2.0, 0.0], [3.0, 1e6]]),
    "difference": (Plus((Z, Scale(Y, Integer(-1)))), {}, [[8.0, 2.0], [1.0, 2.0]]),
    "product": (Hadamard((Z, Y)), {}, [[15.0, 1.0], [2.0, 8.0]]),
    "product, left": (Hadamard((Z, Y)), IN_Z, [[5e6, 1.0], [2.0, 8.0]]),
    "product, right": (Hadamard((Z, Y)), IN_Y, [[15.0, 1.0], [2.0, 4e6]]),
    "sign": (Scale(Z, Integer(-1)), IN_Z, [[1e6, 0.0], [0.0, 0.0]]),
    "factor": (Scale(Z, Rational(-3, 2)), {}, [[4.5, 1.5], [3.0, 6.0]]),
    "factor of an error": (Scale(Z, Integer(-3)), IN_Z, [[3e6, 3.0], [6.0, 12.0]]),
    "divisor": (Scale(Z, 2 / S), {}, [[1.5, 0.5], [1.0, 2.0]]),
    "divisor that was summed": (Scale(Z, 2 / S), {"S": 1e6}, [[1.5e6 / 4, 0.5e6 / 4], [1e6 / 4, 2e6 / 4]]),
    "square": (Power(Z, 2), {}, [[18.0, 2.0], [8.0, 32.0]]),
    "square of an error": (Power(Z, 2), IN_Z, [[6e6, 2.0], [8.0, 32.0]]),
    "cube": (Power(Z, 3), {}, [[81.0, 3.0], [24.0, 192.0]]),
    "cube of an error": (Power(Z, 3), IN_Z, [[27e6, 3.0], [24.0, 192.0]]),
    "matrix product": (MatMul(Z, Y), {}, [[16.0, 5.0], [14.0, 10.0]]),  # at |Z||Y|, not |ZY|
    "matrix product, left": (MatMul(Z, Y), IN_Z, [[5e6, 1e6], [14.0, 10.0]]),
    "matrix product, right": (MatMul(Z, Y), IN_Y, [[16.0, 1e6], [14.0, 4e6]]),
    "matrix times vector": (MatMul(Z, u), {}, [8.0, 22.0]),
    "columns added": (MatMul(Transpose(Z), Ones(N)), {}, [5.0, 5.0]),
    "columns added, with an error": (MatMul(Transpose(Z), Ones(N)), IN_Z, [1e6, 5.0]),
    "rows added": (MatMul(Z, Ones(C)), {}, [4.0, 6.0]),
    "rows weighted": (MatMul(Diagonal(r), Z), {}, [[6.0, 2.0], [6.0, 12.0]]),
    "rows weighted, with an error": (MatMul(Diagonal(r), Z), IN_Z, [[2e6, 2.0], [6.0, 12.0]]),
    "rows weighted, by an error": (MatMul(Diagonal(r), Z), IN_R, [[3e6, 1e6], [6.0, 12.0]]),
    "columns weighted": (MatMul(Z, Diagonal(u)), IN_Z, [[1e6, 5.0], [2.0, 20.0]]),
    "outer product": (Outer(r, u), {}, [[2.0, 10.0], [3.0, 15.0]]),
    "outer product of an error": (Outer(r, u), IN_R, [[1e6, 5e6], [3.0, 15.0]]),
    "column repeated": (Outer(r, Ones(C)), IN_R, [[1e6], [0.0]]),
    "transpose": (Transpose(Z), {"Z": [[0.0, 1e6], [0.0, 0.0]]}, [[0.0, 0.0], [1e6, 0.0]]),
    "total": (Total(Z), {}, 10.0),
    "total of errors": (Total(Z), {"Z": [[1e6, 2e6], [4e6, 8e6]]}, 15e6),
}
#: The same where each rounding counts 1: one for each entry that is computed.
OF_SIZE_ONE = {
    "sum": (Plus((Z, Y)), {}, 1.0),
    "sum, of two errors": (Plus((Z, Y)), {**IN_Z, **IN_Y}, [[1e6, 1.0], [1.0, 1e6]]),
    "product": (Hadamard((Z, Y)), {}, 1.0),
    "product of an error": (Hadamard((Z, Y)), IN_Z, [[5e6, 1.0], [1.0, 1.0]]),
    "factor": (Scale(Z, Rational(-3, 2)), {}, 1.0),
    "factor of an error": (Scale(Z, Integer(-3)), IN_Z, [[3e6, 1.0], [1.0, 1.0]]),
    "divisor that was summed": (Scale(Z, 2 / S), {"S": 1e6}, [[1.5e6 / 4, 0.5e6 / 4], [1e6 / 4, 2e6 / 4]]),
    "cube": (Power(Z, 3), {}, 3.0),
    "matrix product": (MatMul(Z, Y), {}, 1.0),
    "matrix product of an error": (MatMul(Z, Y), IN_Z, [[5e6, 1e6], [1.0, 1.0]]),
    "outer product": (Outer(r, u), {}, 1.0),
    "total": (Total(Z), {}, 4.0),
    "softmax": (Softmax(Z), {}, 1.0),
    "sigmoid": (Sigmoid(Z), {}, 1.0),
    "logarithm": (LogOf(Softmax(Z)), {}, 1.0),
}
EXACT = {
    "what is given": Z,
    "ones": Ones(N),
    "a matrix of ones": Outer(Ones(N), Ones(C)),
    "identity": Identity(N),
    "one-hot": OneHot("y", N, C),
    "what labels pick": Gather("u", "y", N),
    "what is kept": Kept("y", "iota", N),
    "a sign": Scale(Z, Integer(-1)),
    "a constant": Scale(Ones(N), Rational(1, 3)),
    "a repeated column": Outer(r, Ones(C)),
    "a transpose": Transpose(Z),
    "a diagonal": Diagonal(r),
}
#: More than the first order may be counted where sizes are large; not here.
MARGIN = 1.3


def check(found, expected):
    expected = torch.as_tensor(expected, dtype=torch.float64)
    assert found is not None
    assert torch.all(found >= 0.99 * expected), found
    assert torch.all(found <= MARGIN * expected + 20 * (expected >= 1e5)), (
        found
    )  # beside an error, roundings are little


@pytest.mark.parametrize("rule", RULES)
def test_what_a_rule_counts(rule):
    node, errors, expected = RULES[rule]
    check(error(node, errors), expected)


@pytest.mark.parametrize("rule", OF_SIZE_ONE)
def test_what_a_rule_counts_where_each_rounding_is_1(rule):
    node, errors, expected = OF_SIZE_ONE[rule]
    check(error(node, errors, ones), expected)


@pytest.mark.parametrize("what", EXACT)
def test_what_does_not_round(what):
    assert error(EXACT[what]) is None
    assert error(EXACT[what], rounding=ones) is None


#: The rows of Z are (3, −1) and (2, 4): softmax of the first is (1 − p, p), p = 1/(1 + e⁴); of the second (q, 1 − q).
P, Q = 1 / (1 + math.exp(4)), 1 / (1 + math.exp(2))
SOFTMAX = torch.tensor([[1 - P, P], [Q, 1 - Q]], dtype=torch.float64)
#: How far z − log Σ e^z rounds, and e of that: 1 + log C + max |z|.
ROWS = torch.tensor([[1 + math.log(2) + 3], [1 + math.log(2) + 4]], dtype=torch.float64)
FIRST = torch.tensor([[True], [False]])
VALUES = torch.tensor(NUMBERS["Z"], dtype=torch.float64)
SIGMOID = 1 / (1 + (-VALUES).exp())


def test_softmax_rounds_as_its_exponents_do():
    check(error(Softmax(Z)), SOFTMAX * ROWS)
    # An error is in the denominator of its whole row, and in no other row.
    check(error(Softmax(Z), IN_Z, eps=1e-12), SOFTMAX * torch.where(FIRST, 1e6, ROWS))


def test_log_softmax_rounds_twice_as_the_exponents_do():
    check(error(LogOf(Softmax(Z))), 2 * ROWS + SOFTMAX.log().abs())
    check(error(LogOf(Softmax(Z)), IN_Z), torch.where(FIRST, 2e6, 2 * ROWS + SOFTMAX.log().abs()))


def test_the_sigmoid_rounds_as_its_exponent_does_where_it_is_steep():
    steep = SIGMOID * (1 - SIGMOID)
    check(error(Sigmoid(Z)), steep * VALUES.abs() + 2 * SIGMOID)
    found = error(Sigmoid(Z), {"Z": [[1e6, 1e6], [1e6, 1e6]]}, eps=1e-12)
    check(found, 1e6 * steep)


def test_the_logarithm_of_a_sigmoid_passes_errors_on():
    check(error(LogOf(Sigmoid(Z))), SIGMOID.log().abs())
    check(error(LogOf(Sigmoid(Z)), IN_Z), torch.tensor([[1e6, 0], [0, 0]]) + SIGMOID.log().abs())


@pytest.mark.parametrize("eps", [0.5, 0.01])
def test_errors_of_an_exponent_grow(eps):
    """x·eps in the exponent is a factor of e^(x·eps)."""
    check(error(Softmax(Z), eps=eps), SOFTMAX * (torch.exp(eps * ROWS) - 1) / eps)
    steep = SIGMOID * (1 - SIGMOID)
    check(error(Sigmoid(Z), eps=eps), steep * (torch.exp(eps * VALUES.abs()) - 1) / eps + 2 * SIGMOID)


def test_what_there_is_no_rule_for_is_refused():
    with pytest.raises(TypeError, match="no error bound for RowMax"):
        error(RowMax(Z))


@pytest.mark.parametrize(("wrt", "size"), [("weight", N), ("bias", N), ("inputs", C), ("outputs", None)])
def test_what_the_last_sum_runs_over(wrt, size):
    assert contracted(derive(MSE(), wrt)) == size
