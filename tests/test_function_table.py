"""The table of functions: what it says of each is true, of its values, its slope, its code and its roundings."""

import math
import random
from dataclasses import replace
from functools import cache, partial, reduce

import mpmath
import numpy as np
import pytest
import torch
from sympy import Integer, Max, Rational, Symbol, lambdify

from derivations.index_calculus.functions import TABLE, UnknownFunction, application, named, power
from derivations.torch_bridge.rounding.functions import TENSORS, elementwise
from derivations.torch_bridge.rounding.precision import Precision, Rounded

POWERS = [
    power(Rational(*each)) for each in ((-2, 1), (-1, 1), (-1, 2), (1, 3), (2, 3), (3, 2), (2, 1), (3, 1), (5, 1))
]
FUNCTIONS = [*TABLE.values(), *POWERS]
DTYPES = [torch.float64, torch.float32, torch.bfloat16, torch.float16]
WIDE = torch.finfo(torch.float32).eps
u = Symbol("u")
each_function = pytest.mark.parametrize("function", FUNCTIONS, ids=lambda each: each.name)
exactly = mpmath.MPContext()
exactly.dps = 400


@cache
def written(name):
    """A function by its name, in 400 digits, by what it is written as."""
    function = next(each for each in FUNCTIONS if each.name == name)
    return lambdify(u, function(u), [{"Heaviside": heaviside, "Max": max, "sign": exactly.sign, "Abs": abs}, vars_of()])


def exact(function):
    """The function of a float; None where it is not defined."""
    return partial(exact_value, function.name, function.domain)


@cache
def exact_value(name, domain, x):
    return written(name)(exactly.mpf(x)) if all(each.compares(x, int(each.right)) for each in domain) else None


def vars_of():
    return {name: getattr(exactly, name) for name in ("exp", "log", "tanh", "erf", "sqrt")}


def heaviside(x, at_zero):
    return exactly.mpf(x > 0) if x else exactly.mpf(at_zero)


@cache
def arguments_of(name, number):
    """Of all sizes, and of the sizes where functions bend."""
    source = random.Random(name)
    drawn = [source.gauss(0, 1) * 10 ** source.choice((-12, -3, -1, 0, 0, 0, 1, 2)) for _ in range(number)]
    drawn += [0.0, 1.0, -1.0, 0.5, 30.0, -30.0, 1e-30, -1e-30, 3e-42, -3e-42, 80.0, -80.0, 700.0, -700.0, 6e4, -6e4]
    return drawn


def arguments(function, number=60):
    return [x for x in arguments_of(function.name, number) if exact(function)(x) is not None]


@each_function
def test_values_slopes_and_signs(function):
    value, slope = exact(function), lambdify(u, function(u).diff(u), [vars_of()]) if not function.corner else None
    by_table = lambdify(u, function.slope_at(u), [{"Heaviside": heaviside, "sign": exactly.sign}, vars_of()])
    given = [x for x in arguments(function) if abs(x) <= 700]
    found = function.value(TENSORS, torch.tensor(given, dtype=torch.float64)).tolist()
    for x, computed in zip(given, found, strict=True):
        true = value(x)
        assert computed == pytest.approx(float(true), rel=1e-14, abs=1e-300)
        assert not function.sign or true >= 0
        assert function.sign != "positive" or true > 0
        assert function.most is None or true <= function.most
        if slope is not None and x:
            assert abs(by_table(exactly.mpf(x)) - slope(exactly.mpf(x))) <= 1e-40 * abs(slope(exactly.mpf(x)))
        elif x:
            width = abs(x) * exactly.mpf(10) ** -20
            assert abs((value(x + width) - value(x - width)) / (2 * width) - by_table(exactly.mpf(x))) < 1e-30
    for x, known in function.known.items():
        assert value(x) == known
    if function.rises:
        ordered = [value(x) for x in sorted(given)]
        assert ordered == sorted(ordered)


@each_function
def test_torch_chooses_the_slope_at_the_corner_that_the_table_has(function):
    if not function.corner:
        return
    x = torch.zeros(1, requires_grad=True)
    given = eval(function.torch.text.format("x", like="x"), {"torch": torch, "x": x})
    if given.requires_grad:
        given.backward()
    assert (0.0 if x.grad is None else x.grad.item()) == float(function.slope_at(Integer(0)))


@each_function
@pytest.mark.parametrize("module", ["torch", "numpy"])
def test_code(function, module):
    """In the dtype of its argument, and as exact as a library is; so that nothing overflows which need not."""
    code, given = getattr(function, module), np.array(arguments(function))
    argument = "x" if code.atom else "x + 0"
    x = torch.tensor(given) if module == "torch" else given
    names = {"torch": torch, "np": np, "x": x}
    exec("\n".join([*code.imports, code.helper]), names)
    with np.errstate(over="ignore"):
        found = eval(code.text.format(argument, like="x"), names)
    assert found.dtype == x.dtype
    for one, computed in zip(given.tolist(), found.tolist(), strict=True):
        assert computed == pytest.approx(float(exact(function)(one)), rel=1e-14, abs=1e-300)


# Roundings ----------------------------------------------------------------------------------------------------------


def precision_of(dtype):
    """Low precision is computed in float32, and rounded once."""
    low = dtype in (torch.bfloat16, torch.float16)
    return Precision(dtype, WIDE / torch.finfo(dtype).eps if low else None)


def within(function, dtype):
    """The largest part of its bound that torch's own rounding takes. Raises AssertionError."""
    x = torch.tensor(arguments(function, 400), dtype=torch.float64).to(dtype)
    x = x[torch.tensor([math.isfinite(each) and exact(function)(each) is not None for each in x.tolist()])]
    computed = eval(function.torch.text.format("x", like="x"), {"torch": torch, "x": x})
    precision = precision_of(dtype)
    bound = precision.off(elementwise(precision, function, x.double(), Rounded(x.double().abs())))
    bound = torch.zeros_like(x, dtype=torch.float64) if bound is None else bound
    largest = 0.0
    for at, (one, found) in enumerate(zip(x.tolist(), computed.double().tolist(), strict=True)):
        true = exact(function)(one)
        if abs(true) > torch.finfo(dtype).max / 2 or (function.rounding.jumps and one == 0):
            continue
        apart = abs(found - true)
        assert apart <= bound[at].item(), (function.name, one)
        if abs(true) > 1e3 * precision.tiny and apart:
            largest = max(largest, float(apart / bound[at].item()))
    return largest


def reached(function, dtype=torch.float64):
    """How the bound compares with what an argument off by ±d does, at d of several sizes. Raises AssertionError."""
    precision, source = precision_of(dtype), random.Random(function.name)
    value, parts = exact(function), []
    for size in (1e-9, 1e-4, 0.05, 0.9):
        given = [x for x in arguments(function) if 1e-2 < abs(x) < 20]
        d = torch.tensor([abs(x) * size for x in given], dtype=torch.float64)
        x = torch.tensor(given, dtype=torch.float64)
        known = elementwise(precision, function, x, Rounded(x.abs(), d / precision.u))
        alone = elementwise(precision, function, x, Rounded(x.abs()))
        bounds = precision.off(known) - (0 if alone.error is None else precision.off(alone))
        for one, far, bound in zip(given, d.tolist(), bounds.tolist(), strict=True):
            parts_of_d = [exactly.mpf(part) for part in (-1, 1, -0.999, 0.999, source.uniform(-1, 1))]
            moved = [value(exactly.mpf(one) + part * far) for part in parts_of_d]
            if None in moved:
                assert bound > 1e300 or math.isnan(bound)
                continue
            change = max(abs(each - value(one)) for each in moved)
            slack = 16 * precision.u * abs(value(one))
            assert bound + slack >= change, (function.name, one, far)
            if size < 1e-3 and change > 100 * slack:
                parts.append(float(change / bound))
    return min(parts, default=1.0)


def check(function):
    """Neither torch nor a moved argument is beyond the bound, and some come near it."""
    own = [within(function, dtype) for dtype in DTYPES]
    assert not function.rounding.times or min(own[:2]) > 0.1, own
    assert reached(function) > 0.3
    return own


@each_function
def test_roundings_stay_within_their_bound_and_come_near_it(function):
    check(function)


def wrong(function, of_change=1.0, of_times=1.0):
    """The function with a bound that is so many times as wide."""
    rule = function.rounding
    return replace(
        function,
        rounding=replace(rule, change=lambda on, x, d: of_change * rule.change(on, x, d), times=of_times * rule.times),
    )


@each_function
@pytest.mark.parametrize("factor", [0.1, 1000.0])
def test_a_bound_that_is_too_narrow_or_too_wide_is_found_out(function, factor):
    if not function.rounding.jumps:
        with pytest.raises(AssertionError):
            check(wrong(function, of_change=factor))
    if function.rounding.times:
        with pytest.raises(AssertionError):
            check(wrong(function, of_times=factor))


def test_the_root_of_a_sum_of_squares_has_a_bound_at_0():
    """What is not negative, however it is computed, has a root; of anything else that is near 0 nothing is known."""
    x, d = torch.tensor([0.0, 1e-9, 1.0], dtype=torch.float64), torch.tensor([1e-8, 1e-8, 0.5], dtype=torch.float64)
    precision = precision_of(torch.float64)
    known = Rounded(x, d / precision.u)
    above = precision.off(elementwise(precision, named("sqrt"), x, known, nonnegative=True))
    for one, far, bound in zip(x.tolist(), d.tolist(), above.tolist(), strict=True):
        change = max(math.sqrt(one + far) - math.sqrt(one), math.sqrt(one) - math.sqrt(max(one - far, 0)))
        assert change <= bound <= 1.001 * change
    assert precision.off(elementwise(precision, named("sqrt"), x, known)).tolist()[:2] == [math.inf, math.inf]
    may_be_negative = Rounded(torch.ones(2, dtype=torch.float64), torch.tensor([0.99, 1.01]).double() / precision.u)
    within, beyond = precision.off(elementwise(precision, named("sqrt"), torch.ones(2).double(), may_be_negative))
    assert 0.9 < within < 1
    assert beyond == math.inf


@pytest.mark.parametrize(
    ("x", "d", "change"), [(-1.0, 0.5, 0.0), (-1.0, 1.0, 0.0), (-1.0, 1.5, 0.5), (0.0, 0.5, 0.5), (2.0, 3.0, 3.0)]
)
def test_the_positive_part_is_off_by_as_much_as_lies_beyond_its_corner(x, d, change):
    precision, given = precision_of(torch.float64), torch.tensor([x], dtype=torch.float64)
    off = precision.off(
        elementwise(precision, named("plus"), given, Rounded(given.abs(), torch.tensor([d]) / precision.u))
    )
    assert off.item() == pytest.approx(change, abs=1e-12)


@pytest.mark.parametrize("exponent", [2, 3, -1, -2, -3])
def test_a_power_is_a_product_of_so_many_factors_and_one_quotient(exponent):
    """Multiplied out in the dtype it stays within the bound, and beyond a bound of one rounding less."""
    function = power(Integer(exponent))
    x = 0.5 + torch.rand(4000, generator=torch.Generator().manual_seed(0))
    found = reduce(torch.mul, [x] * abs(exponent))
    found = 1 / found if exponent < 0 else found
    right = x.double() ** exponent
    roundings = ((found.double() - right).abs() / (right.abs() * torch.finfo(torch.float32).eps / 2)).max().item()
    assert function.rounding.times - 1 < roundings <= function.rounding.times * 1.001


def test_the_largest_of_several_and_0_is_the_positive_part_of_the_largest():
    one, other = Symbol("one"), Symbol("other")
    assert application(Max(0, one, other)) == ("plus", Max(one, other))
    assert application(Max(0, one)) == ("plus", one)
    assert application(Max(one, other)) is None


def test_what_is_no_function_or_exponent_is_refused():
    with pytest.raises(UnknownFunction, match=r"sin is no function that formulas may hold. Known are exp, log"):
        named("sin")
    for exponent in (Integer(0), Symbol("p")):
        with pytest.raises(ValueError, match="is no exponent of a power of entries: rational numbers other than 0 are"):
            power(exponent)


@pytest.mark.parametrize(
    ("exponent", "sign"),
    [(-1, ""), (-3, ""), (3, ""), (-2, "positive"), (2, "nonnegative"), (Rational(-1, 2), "positive")],
    ids=str,
)
def test_a_power_has_a_sign_where_its_argument_s_does_not_matter(exponent, sign):
    assert power(Rational(exponent)).sign == sign
