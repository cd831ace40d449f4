"""What numpy writes in its own way, and the functions it lacks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from sympy import Expr

from ...index_calculus.functions import Code as Template
from ...index_calculus.functions import Function
from ...index_calculus.matrices.nodes import Matrix, OneHot
from .python import ATOM, Code, Python

LOG_SOFTMAX = """\
def log_softmax(Z):
    Z = Z - Z.max(1, keepdims=True)  # the largest entry becomes 0: no overflow
    return Z - np.log(np.exp(Z).sum(1, keepdims=True))
"""
SOFTMAX = """\
def softmax(Z):
    E = np.exp(Z - Z.max(1, keepdims=True))  # the largest entry becomes 0: no overflow
    return E / E.sum(1, keepdims=True)
"""
LOG_SUM_EXP = """\
def log_sum_exp(Z):
    largest = Z.max(1)  # no overflow
    return largest + np.log(np.exp(Z - largest[:, None]).sum(1))
"""
SUM_TO = """\
def sum_to(G, shape):  # the gradient of what was broadcast from `shape`
    G = G.sum(tuple(range(G.ndim - len(shape))))
    return G.sum(tuple(axis for axis, size in enumerate(shape) if size == 1), keepdims=True)
"""


class Numpy(Python):
    """Text for numpy, which counts a negative label from the end."""

    name: ClassVar[str] = "numpy"
    module: ClassVar[str] = "np"
    imports: ClassVar[str] = "import numpy as np"
    helpers: ClassVar[dict[str, str]] = {
        "log_softmax": LOG_SOFTMAX,
        "softmax": SOFTMAX,
        "log_sum_exp": LOG_SUM_EXP,
        "sum_to": SUM_TO,
    }

    def softmax(self, of: Matrix) -> Code:
        return Code(self.help("softmax", self(of).text))

    def log_softmax(self, of: Matrix) -> Code:
        return Code(self.help("log_softmax", self(of).text))

    def template(self, function: Function) -> Template:
        return function.numpy

    def clip(self, of: Matrix, low: Expr | None, high: Expr | None) -> Code:
        limits = ["None" if limit is None else self.coefficient(limit).text for limit in (low, high)]
        return Code(self.call("clip", self(of).text, *limits))

    def pick(self, of: Matrix, labels: str) -> Code:
        return Code(f"{self.inside(of, ATOM)}[{self.call('arange', f'len({labels})')}, {labels}]")

    def log_sum_exp(self, of: Matrix) -> Code:
        return Code(self.help("log_sum_exp", self(of).text))

    def one_hot(self, node: OneHot) -> Code:
        return Code(f"{self.call('eye', node.columns.name, f'dtype={self.like}.dtype')}[{node.labels}]")

    def where(self, condition: str, then: str, otherwise: str) -> str:
        return self.call("where", condition, then, otherwise)

    def cast(self, text: str) -> str:
        return f"{text}.astype({self.like}.dtype)"

    def moved(self, of: str, source: int, target: int) -> str:
        return self.call("moveaxis", of, str(source), str(target))

    def broadcast(self, arrays: Sequence[str]) -> str:
        return self.call("broadcast_arrays", *arrays)

    def expanded(self, of: str, shape: str) -> str:
        return self.call("broadcast_to", of, shape)

    def summed_to(self, of: str, shape: str) -> str:
        return self.help("sum_to", of, shape)

    def check_labels(self, labels: str, classes: str) -> list[str]:
        told = f"{{{classes} - 1}}; given {{{labels}.min()}} to {{{labels}.max()}}"
        return [
            f"if (({labels} < 0) | ({labels} >= {classes})).any():",
            f'    raise ValueError(f"labels must lie between 0 and {told}")',
        ]
