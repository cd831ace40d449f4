"""The functions of programs are those of the table of functions, with the same values, slopes and roundings."""

import math

import pytest
import torch
from sympy import Rational

from derivations.closed_form.writers.trees import Trees
from derivations.diagnosis.problem import PRECISIONS
from derivations.diagnosis.trees import FUNCTIONS, Program, parts
from derivations.diagnosis.values.evaluate import evaluate
from derivations.diagnosis.values.lists import Lists
from derivations.index_calculus.functions import TABLE, power
from derivations.index_calculus.matrices.nodes import Array, Elementwise, Power
from derivations.index_calculus.symbols import N
from derivations.torch_bridge.diagnosing.tensors import Tensors
from derivations.torch_bridge.rounding.functions import TENSORS, elementwise
from derivations.torch_bridge.rounding.precision import Precision, Rounded

X = [0.011, 0.3, 0.9, 1.3, 2.9, 5.0]
TREES = {
    **{each.name: (each, Trees()(Elementwise(Array("x", (N,)), each.name))) for each in TABLE.values()},
    **{
        each.name: (each, Trees()(Power(Array("x", (N,)), exponent)))
        for exponent, each in [(e, power(Rational(e))) for e in (2, 3, -1, -2, Rational(1, 3), Rational(-1, 2))]
    },
}
each_function = pytest.mark.parametrize("name", TREES)


def test_programs_have_no_function_that_the_table_does_not_have():
    used = {tree[0] for _, whole in TREES.values() for _, tree in parts(whole) if isinstance(tree, tuple)}
    assert {*FUNCTIONS} - {"neg", "square"} <= used
    assert used - {*FUNCTIONS} == {"maximum", ">", ">=", "^", "/"}


@each_function
@pytest.mark.parametrize("arrays", [Lists(), Tensors()], ids=["lists", "tensors"])
def test_values_are_those_of_the_table(name, arrays):
    function, tree = TREES[name]
    defined = function.domain and function.domain[0].relation in (">", "≥")
    x = X + ([] if defined else [-each for each in X]) + [700.0, 1e-30]
    found = arrays.flat(evaluate(Program((), tree), {"x": x}, arrays).value)
    expected = function.value(TENSORS, torch.tensor(x, dtype=torch.float64)).tolist()
    assert found == pytest.approx(expected, rel=1e-14, abs=1e-300)


@each_function
@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("d", [0.0, 1e-9, 0.005, 0.2])
def test_bounds_are_those_of_the_table(name, precision, d):
    """Though written twice. Of powers the programs count more, since they do not know their exponents."""
    function, tree = TREES[name]
    own = PRECISIONS[precision]
    wide = Precision(getattr(torch, precision), None if own.wide is None else own.wide / own.unit)
    x = torch.tensor(X, dtype=torch.float64)
    units = d / own.unit
    inputs = {"x": X}
    given = evaluate(Program((), tree), inputs, Lists(), own, inputs=units)
    off = x * d
    known = Rounded(x, off / wide.u) if d else Rounded(x)
    expected = wide.off(elementwise(wide, function, x, known))
    theirs = [0.0] * len(X) if expected is None else expected.nan_to_num(nan=math.inf).tolist()
    room = 3.5 if "power" in name or name in ("softplus", "sqrt") else 1.25
    for one, other in zip(Lists().flat(given.error), theirs, strict=True):
        assert one == other or 1 / room <= one / other <= room, (name, one, other)
