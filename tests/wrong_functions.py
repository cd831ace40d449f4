"""autograd.Functions as people write them, each with one mistake in its backward; and some that are right."""

from __future__ import annotations

import torch
from torch.nn import functional as F


def function(forward, backward, name):
    """An autograd.Function that keeps its tensors: `backward(g, *given)` returns a gradient for each of these."""

    class Made(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *given):
            ctx.given = given
            return forward(*given)

        @staticmethod
        def backward(ctx, g):
            found = backward(g, *ctx.given)
            return found if isinstance(found, tuple) else (found,)

    Made.__name__ = name
    return Made


def drawn(*shapes):
    torch.manual_seed(1)
    return tuple(torch.randn(shape, dtype=torch.float64) for shape in shapes)


def like_g(*shape):
    """What `audit` hands to the backward of a function alone."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def probabilities(z):
    return torch.softmax(z, -1)


def minus_one_hot(z, y):
    return probabilities(z) - F.one_hot(y, z.shape[1]).to(z)


LABELS = torch.tensor([0, 2, 1])


def swish(x, beta):
    return x * torch.sigmoid(beta * x)


def swish_slope(g, x, beta, reduced):
    s = torch.sigmoid(beta * x)
    return g * (s + beta * x * s * (1 - s)), reduced(g * x * x * s * (1 - s))


def centred(x):
    return (x - x.mean(-1, keepdim=True)) * (x.var(-1, keepdim=True, unbiased=False) + 1e-5).rsqrt()


def centred_slope(g, x, with_variance=True, with_mean=True):
    r = (x.var(-1, keepdim=True, unbiased=False) + 1e-5).rsqrt()
    h = centred(x)
    found = g - (h * (g * h).mean(-1, keepdim=True) if with_variance else 0)
    return r * (found - (g.mean(-1, keepdim=True) if with_mean else 0))


#: By name: the function, what it is given, the operand that is wrong, and the key of the mistake, if any.
WRONG = {
    "a sign": (function(torch.exp, lambda g, x: -g * x.exp(), "Exp"), drawn((4,)), 0, "sign"),
    "a factor 2": (function(torch.square, lambda g, x: g * x, "Square"), drawn((4,)), 0, "factor"),
    "a mean for a sum": (
        function(swish, lambda g, x, b: swish_slope(g, x, b, torch.mean), "Swish"),
        (*drawn((3, 4)), torch.tensor(1.3, dtype=torch.float64)),
        1,
        "factor",
    ),
    "cross-entropy without 1/N": (
        function(lambda z, y: F.cross_entropy(z, y), lambda g, z, y: (g * minus_one_hot(z, y), None), "CrossEntropy"),
        (*drawn((3, 5)), LABELS),
        0,
        "divisor",
    ),
    "probabilities alone": (
        function(
            lambda z, y: F.cross_entropy(z, y, reduction="sum"),
            lambda g, z, y: (g * probabilities(z), None),
            "CrossEntropy",
        ),
        (*drawn((3, 5)), LABELS),
        0,
        None,
    ),
    "grad_output ignored": (function(torch.sin, lambda g, x: x.cos(), "Sine"), drawn((4,)), 0, None),
    "straight through": (function(torch.round, lambda g, x: g, "Round"), drawn((4,)), 0, "constant"),
    "reversed": (function(lambda x: x.clone(), lambda g, x: -g, "Reversal"), drawn((4,)), 0, "sign"),
    "a transpose": (
        function(lambda a, b: a @ b, lambda g, a, b: (b @ g.T, a.T @ g), "Product"),
        drawn((3, 3), (3, 3)),
        0,
        "transposed",
    ),
    "zeros": (function(lambda a, b: a * b, lambda g, a, b: (g * b, 0 * g), "Times"), drawn((4,), (4,)), 1, "zero"),
    "layer norm without the mean": (
        function(centred, lambda g, x: centred_slope(g, x, with_mean=False), "Norm"),
        drawn((3, 5)),
        0,
        None,
    ),
    "layer norm without the variance": (
        function(centred, lambda g, x: centred_slope(g, x, with_variance=False), "Norm"),
        drawn((3, 5)),
        0,
        None,
    ),
    "one percent": (
        function(torch.tanh, lambda g, x: 1.01 * g * (1 - x.tanh() ** 2), "Tanh"),
        drawn((4,)),
        0,
        "factor",
    ),
    "operands exchanged": (
        function(lambda a, b: a * b, lambda g, a, b: (g * a, g * b), "Times"),
        drawn((4,), (4,)),
        0,
        None,
    ),
}
RIGHT = {
    "exp": (function(torch.exp, lambda g, x: g * x.exp(), "Exp"), drawn((4,))),
    "swish": (
        function(swish, lambda g, x, b: swish_slope(g, x, b, torch.sum), "Swish"),
        (*drawn((3, 4)), torch.tensor(1.3, dtype=torch.float64)),
    ),
    "relu": (function(torch.relu, lambda g, x: g * (x > 0), "Relu"), drawn((20,))),
    "relu at its corner": (
        function(torch.relu, lambda g, x: g * (x > 0), "Relu"),
        (torch.tensor([0.0, 1.0, -1.0, 0.0], dtype=torch.float64),),
    ),
    "norm": (function(centred, centred_slope, "Norm"), drawn((3, 5))),
    "norm of what is almost G": (function(centred, centred_slope, "Norm"), (like_g(3, 5),)),
}
