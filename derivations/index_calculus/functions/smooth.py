"""Functions without corners.

A library is trusted to be right to within 2 ulp, which is 4 roundings; the vectorised ones say 1 ulp. Correct rounding
of √ is not relied on: not every CPU's √ of whole arrays has it.
"""

from __future__ import annotations

import math

from sympy import Expr, Integer, erf, exp, log, pi, sqrt, tanh

from ..expressions import Condition
from .function import ARGUMENT, VALUE, Code, Entries, Function, Layout, Numbers, Rounding

FUNCTION = 4
#: The slope of erf at 0.
STEEPEST = 2 / math.sqrt(math.pi)
ERF_OF_NUMPY = """\
def erf(Z):  # numpy has none
    return np.vectorize(math.erf, otypes=[Z.dtype])(Z)
"""


def positive(on: Numbers, x: Entries) -> Entries:
    """The larger of x and 0."""
    return -on.least(-x, 0.0)


def _sigmoid(on: Numbers, x: Entries) -> Entries:
    """e^min(x, 0)/(1 + e^−|x|): nothing overflows."""
    return on.exp(on.least(x, 0.0)) / (1 + on.exp(-abs(x)))


def _log_sigmoid(on: Numbers, x: Entries) -> Entries:
    return on.least(x, 0.0) - on.log1p(on.exp(-abs(x)))


# How much ±d changes each at most: d times the largest slope within ±d, or sharper. ---------------------------------


def _of_log(on: Numbers, x: Entries, d: Entries) -> Entries:
    return on.where(d < x, d / positive(on, x - d), math.inf)


def _of_log1p(on: Numbers, x: Entries, d: Entries) -> Entries:
    return _of_log(on, 1 + x, d)


def _of_tanh(on: Numbers, x: Entries, d: Entries) -> Entries:
    """The slope is 1/cosh² = 4 σ(2x) σ(−2x), and the steepest nearest to 0."""
    twice = 2 * positive(on, abs(x) - d)
    return 4 * d * _sigmoid(on, twice) * _sigmoid(on, -twice)


def _of_erf(on: Numbers, x: Entries, d: Entries) -> Entries:
    return STEEPEST * d * on.exp(-(positive(on, abs(x) - d) ** 2))


def _of_sigmoid(on: Numbers, x: Entries, d: Entries) -> Entries:
    """σ is at most e^d times as steep within ±d as at x; and it stays between 0 and 1."""
    return on.least(_sigmoid(on, x) * _sigmoid(on, -x) * on.expm1(d), _sigmoid(on, abs(x)))


def _of_softplus(on: Numbers, x: Entries, d: Entries) -> Entries:
    return on.least(d, _sigmoid(on, x) * on.expm1(d))


def _log_one_plus(u: Expr) -> Expr:
    return log(1 + u)


def _one_below(u: Expr) -> Expr:
    return exp(u) - 1


def _sigma(u: Expr) -> Expr:
    return 1 / (1 + exp(-u))


def _log_sigma(u: Expr) -> Expr:
    return log(_sigma(u))


def _log_one_plus_exp(u: Expr) -> Expr:
    return log(1 + exp(u))


POSITIVE = (Condition(ARGUMENT, ">", Integer(0)),)
SMOOTH_FUNCTIONS = (
    Function(
        "exp",
        exp,
        slope=VALUE,
        layout=Layout("e^{{{0}}}", "exp({0})", whole=r"\exp({0})"),
        torch=Code("torch.exp({0})"),
        numpy=Code("np.exp({0})"),
        rounding=Rounding(lambda on, x, d: on.exp(x) * on.expm1(d), FUNCTION),
        value=lambda on, x: on.exp(x),
        head=exp,
        digits="exp",
        known={0: 1},
        sign="positive",
    ),
    Function(
        "log",
        log,
        slope=1 / ARGUMENT,
        layout=Layout(r"\log {operand}", "log {operand}", whole=r"\log({0})"),
        torch=Code("torch.log({0})"),
        numpy=Code("np.log({0})"),
        rounding=Rounding(_of_log, FUNCTION),
        value=lambda on, x: on.log(x),
        head=log,
        digits="log",
        known={1: 0},
        domain=POSITIVE,
        otherwise="the logarithm of a number that is not positive",
    ),
    Function(
        "tanh",
        tanh,
        slope=1 - VALUE**2,
        layout=Layout(r"\tanh({0})", "tanh({0})"),
        torch=Code("torch.tanh({0})"),
        numpy=Code("np.tanh({0})"),
        rounding=Rounding(_of_tanh, FUNCTION),
        value=lambda on, x: on.tanh(x),
        head=tanh,
        digits="tanh",
        known={0: 0},
        most=1,
    ),
    Function(
        "erf",
        erf,
        slope=2 / sqrt(pi) * exp(-(ARGUMENT**2)),
        layout=Layout(r"\operatorname{{erf}}({0})", "erf({0})"),
        torch=Code("torch.erf({0})"),
        numpy=Code("erf({0})", helper=ERF_OF_NUMPY, imports=("import math",)),
        rounding=Rounding(_of_erf, FUNCTION, least=1.0),
        value=lambda on, x: on.erf(x),
        head=erf,
        digits="erf",
        known={0: 0},
        most=1,
    ),
    Function(
        "expm1",
        _one_below,
        slope=VALUE + 1,
        layout=Layout("(e^{{{0}}} - 1)", "(exp({0}) - 1)", whole=r"(\exp({0}) - 1)"),
        torch=Code("torch.expm1({0})"),
        numpy=Code("np.expm1({0})"),
        rounding=Rounding(lambda on, x, d: on.exp(x) * on.expm1(d), FUNCTION),
        value=lambda on, x: on.expm1(x),
    ),
    Function(
        "log1p",
        _log_one_plus,
        slope=1 / (1 + ARGUMENT),
        layout=Layout(r"\log(1 + {0})", "log(1 + {0})"),
        torch=Code("torch.log1p({0})"),
        numpy=Code("np.log1p({0})"),
        rounding=Rounding(_of_log1p, FUNCTION),
        value=lambda on, x: on.log1p(x),
        domain=(Condition(ARGUMENT, ">", Integer(-1)),),
        otherwise="the logarithm of a number that is not positive",
    ),
    Function(
        "sigmoid",
        _sigma,
        slope=VALUE * (1 - VALUE),
        layout=Layout(r"\sigma({0})", "σ({0})"),
        torch=Code("torch.sigmoid({0})"),
        numpy=Code("np.exp(-np.logaddexp(0, -{0}))", atom=True),
        rounding=Rounding(_of_sigmoid, FUNCTION + 2, logarithm=_log_sigmoid),
        value=_sigmoid,
        sign="positive",
        most=1,
    ),
    Function(
        "log_sigmoid",
        _log_sigma,
        slope=1 - exp(VALUE),
        layout=Layout(r"\log \sigma({0})", "log σ({0})"),
        torch=Code("torch.nn.functional.logsigmoid({0})"),
        numpy=Code("-np.logaddexp(0, -{0})", atom=True, negative=True),
        # min(x, 0) − log(1 + e^−|x|): two functions and a subtraction, all of one sign
        rounding=Rounding(lambda on, x, d: _of_softplus(on, -x, d), 2 * FUNCTION + 1),
        value=_log_sigmoid,
        most=0,
    ),
    Function(
        "softplus",
        _log_one_plus_exp,
        slope=1 - exp(-VALUE),
        layout=Layout(r"\log(1 + e^{{{0}}})", "log(1 + exp({0}))", whole=r"\log(1 + \exp({0}))"),
        # torch's own softplus is its argument beyond 20, which float64 can tell from it
        torch=Code("-torch.nn.functional.logsigmoid(-{0})", atom=True, negative=True),
        numpy=Code("np.logaddexp(0, {0})"),
        rounding=Rounding(_of_softplus, 2 * FUNCTION + 1),
        value=lambda on, x: -_log_sigmoid(on, -x),
        sign="positive",
    ),
)
