"""The functions that a formula may use, as NumPy, torch and torch.nn.functional have them."""

from __future__ import annotations

from collections.abc import Callable

from .. import trees
from ..reading.names import words
from ..values.lists import Array, Lists
from ..values.plain import softmax
from . import shaping
from .arguments import Arguments
from .values import Mask, Text, Value

Function = Callable[[Arguments], Value]
Unary = Callable[[Lists, Array], Array]


def _primitive(name: str) -> Unary:
    return lambda arrays, a: arrays.unary(name, a)


def _half_of_exponentials(sign: str) -> Unary:
    def hyperbolic(arrays: Lists, a: Array) -> Array:
        up, down = arrays.unary("exp", a), arrays.unary("exp", arrays.unary("neg", a))
        return arrays.binary("/", arrays.binary(sign, up, down), 2.0)

    return hyperbolic


UNARY: dict[str, Unary] = {
    **{name: _primitive(name) for name in trees.FUNCTIONS},
    "ln": _primitive("log"),
    **dict.fromkeys(("expit", "sigma", "σ"), _primitive("sigmoid")),
    "logsigmoid": _primitive("log_sigmoid"),
    "absolute": _primitive("abs"),
    "fabs": _primitive("abs"),
    "sgn": _primitive("sign"),
    "negative": _primitive("neg"),
    "cosh": _half_of_exponentials("+"),
    "sinh": _half_of_exponentials("-"),
    "relu": lambda arrays, a: arrays.binary("max", a, 0.0),
    "softplus": lambda arrays, a: arrays.unary("neg", arrays.unary("log_sigmoid", arrays.unary("neg", a))),
    "reciprocal": lambda arrays, a: arrays.binary("/", 1.0, a),
    "rsqrt": lambda arrays, a: arrays.binary("/", 1.0, arrays.unary("sqrt", a)),
}
TESTS: dict[str, Unary] = {
    "isnan": lambda arrays, a: arrays.binary("!=", a, a),
    "logical_not": lambda arrays, a: arrays.binary("==", a, 0.0),
    "bitwise_not": lambda arrays, a: arrays.binary("==", a, 0.0),
}
BINARY = {
    "add": "+", "sub": "-", "subtract": "-", "mul": "*", "multiply": "*", "div": "/", "divide": "/", "true_divide": "/",
    "pow": "^", "power": "^", "maximum": "max", "minimum": "min", "fmax": "max", "fmin": "min", "float_power": "^",
}  # fmt: skip
COMPARISONS = {
    "equal": "==", "eq": "==", "not_equal": "!=", "ne": "!=", "less": "<", "lt": "<", "less_equal": "<=", "le": "<=",
    "greater": ">", "gt": ">", "greater_equal": ">=", "ge": ">=",
}  # fmt: skip
REDUCTIONS = {
    "sum": "sum", "mean": "mean", "average": "mean", "max": "max", "amax": "max", "min": "min", "amin": "min",
    "prod": "prod", "any": "any", "all": "all", "nansum": "sum",
}  # fmt: skip
#: What gives the same numbers back.
SAME = words(
    """list tuple float double half astype to array asarray tensor as_tensor copy clone detach long int contiguous
    requires_grad item float32 float64 int64 type type_as cpu cuda numpy asanyarray ascontiguousarray stop_gradient
    from_numpy Tensor FloatTensor LongTensor bfloat16 Variable Parameter"""
)


def _unary(function: Unary) -> Function:
    return lambda given: function(given.arrays, given.array(0))


def _test(function: Unary) -> Function:
    return lambda given: Mask(function(given.arrays, given.array(0)))


def _binary(sign: str) -> Function:
    def of_two(given: Arguments) -> Value:
        right = given.array(1, "other", "exponent", "b")
        if "alpha" in given.options:
            right = given.arrays.binary("*", right, given.array(9, "alpha"))
        return given.arrays.binary(sign, given.array(0), right)

    return of_two


def heaviside(given: Arguments) -> Value:
    """0, 1, and what is said of it at 0."""
    arrays, a, at = given.arrays, given.array(0), given.array(1, "values")
    return arrays.where(arrays.binary("==", a, 0.0), at, arrays.binary(">", a, 0.0))


def _comparison(sign: str) -> Function:
    return lambda given: Mask(given.arrays.binary(sign, given.array(0), given.array(1, "other")))


def _reduction(name: str) -> Function:
    def reduced(given: Arguments) -> Value:
        a = given.array(0)
        if name in ("max", "min") and len(given.values) > 1 and (given.node.word in ("max", "min")):
            other, second = given.values[1], given.node.parts[1]
            literal = (second.parts[0] if second.kind == "neg" else second).kind in ("number", "tuple")
            if not a.shape or (isinstance(other, Array) and (other.shape or not literal)):
                return given.arrays.binary(name, a, given.array(1))
        axes = given.axes()
        if axes is not None and len(axes) != 1:
            for axis in sorted((axis % max(1, len(a.shape)) for axis in axes), reverse=True):
                a = given.arrays.reduce(name, a, axis, given.keep())
            found = a
        else:
            found = given.arrays.reduce(name, a, given.axis(), given.keep())
        return Mask(found) if name in ("any", "all") else found

    return reduced


def _softmax(word: str) -> Function:
    def along(given: Arguments) -> Value:
        a = given.array(0)
        axis = given.axis(1, -1 if word != "logsumexp" else None)
        keep = word != "logsumexp" or given.keep()
        found = softmax(given.arrays, word, a, axis if a.shape else None)
        return found if keep else given.arrays.reduce("max", found, axis)

    return along


def same(given: Arguments) -> Value:
    value = given.value(0, "data", "object")
    given.ignore()
    boolean = any(isinstance(each, Text) and each.word in ("bool", "bool_") for each in given.values[1:])
    return as_mask(given) if boolean else given.run.number(value, given.node)


def as_mask(given: Arguments) -> Value:
    return Mask(given.arrays.binary("!=", given.array(0), 0.0))


def logaddexp(given: Arguments) -> Value:
    arrays, a, b = given.arrays, given.array(0), given.array(1)
    away = arrays.unary("neg", arrays.unary("abs", arrays.binary("-", a, b)))
    return arrays.binary("+", arrays.binary("max", a, b), arrays.unary("log1p", arrays.unary("exp", away)))


def clipped(given: Arguments) -> Value:
    a = given.array(0)
    for at, names, sign in ((1, ("min", "a_min", "min_val"), "max"), (2, ("max", "a_max", "max_val"), "min")):
        if given.has(at, *names) and given.value(at, *names) is not None:
            a = given.arrays.binary(sign, a, given.array(at, *names))
    return a


def where(given: Arguments) -> Value:
    if len(given.values) == 1:
        return shaping.nonzero(given)
    return given.arrays.where(given.array(0), given.array(1), given.array(2))


def masked_fill(given: Arguments) -> Value:
    return given.arrays.where(given.array(1), given.array(2, "value"), given.array(0))


def logical(sign: str) -> Function:
    def of_two(given: Arguments) -> Value:
        left, right = (given.arrays.binary("!=", given.array(k), 0.0) for k in (0, 1))
        return Mask(given.arrays.binary(sign, left, right))

    return of_two


def norm(given: Arguments) -> Value:
    squares = given.arrays.unary("square", given.array(0))
    return given.arrays.unary("sqrt", given.arrays.reduce("sum", squares, given.axis(9), given.keep(9)))


def count(given: Arguments) -> Value:
    return given.arrays.reduce("sum", given.arrays.binary("!=", given.array(0), 0.0), given.axis())


def addcmul(given: Arguments) -> Value:
    return given.arrays.binary("+", given.array(0), given.arrays.binary("*", given.array(1), given.array(2)))


FUNCTIONS: dict[str, Function] = {
    **{name: _unary(function) for name, function in UNARY.items()},
    **{name: _test(function) for name, function in TESTS.items()},
    **{name: _binary(sign) for name, sign in BINARY.items()},
    **{name: _comparison(sign) for name, sign in COMPARISONS.items()},
    **{name: _reduction(kind) for name, kind in REDUCTIONS.items()},
    **{name: _softmax(word) for name, word in (("softmax", "softmax"), ("logsumexp", "logsumexp"))},
    **dict.fromkeys(("log_softmax", "logsoftmax"), _softmax("log_softmax")),
    **dict.fromkeys(SAME, same),
    **dict.fromkeys(("bool", "bool_"), as_mask),
    **dict.fromkeys(("clip", "clamp"), clipped),
    **dict.fromkeys(("logical_and", "bitwise_and"), logical("min")),
    **dict.fromkeys(("logical_or", "bitwise_or"), logical("max")),
    "logaddexp": logaddexp,
    "heaviside": heaviside,
    "where": where,
    "masked_fill": masked_fill,
    "norm": norm,
    "count_nonzero": count,
    "addcmul": addcmul,
    **shaping.FUNCTIONS,
}
