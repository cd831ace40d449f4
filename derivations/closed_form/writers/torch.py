"""What torch writes in its own way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from sympy import Expr

from ...index_calculus.functions import Code as Template
from ...index_calculus.functions import Function
from ...index_calculus.matrices.nodes import Matrix, OneHot, Pick, Plus, Scale
from ..order import signed, terms
from .python import ATOM, Code, Python


class Torch(Python):
    """Text for torch. Its one_hot refuses labels that name no class."""

    name: ClassVar[str] = "torch"
    module: ClassVar[str] = "torch"
    imports: ClassVar[str] = "import torch"

    def softmax(self, of: Matrix) -> Code:
        return Code(self.call("softmax", self(of).text, "1"))

    def log_softmax(self, of: Matrix) -> Code:
        return Code(self.call("log_softmax", self(of).text, "1"))

    def template(self, function: Function) -> Template:
        return function.torch

    def clip(self, of: Matrix, low: Expr | None, high: Expr | None) -> Code:
        limits = {"min": low, "max": high}
        given = [f"{name}={self.coefficient(limit).text}" for name, limit in limits.items() if limit is not None]
        return Code(self.call("clamp", self(of).text, *given))

    def pick(self, of: Matrix, labels: str) -> Code:
        return Code(f"{self.inside(of, ATOM)}.gather(1, {labels}[:, None])[:, 0]")

    def column(self, of: Matrix) -> Code:
        if isinstance(of, Pick):
            return Code(f"{self.inside(of.of, ATOM)}.gather(1, {of.labels}[:, None])")
        return super().column(of)

    def log_sum_exp(self, of: Matrix) -> Code:
        return Code(self.call("logsumexp", self(of).text, "1"))

    def one_hot(self, node: OneHot) -> Code:
        return Code(f"{self.call('nn.functional.one_hot', node.labels, node.columns.name)}.to({self.like})")

    def where(self, condition: str, then: str, otherwise: str) -> str:
        return self.call("where", condition, then, otherwise)

    def cast(self, text: str) -> str:
        return f"{text}.to({self.like}.dtype)"

    def moved(self, of: str, source: int, target: int) -> str:
        return f"{of}.movedim({source}, {target})"

    def broadcast(self, arrays: Sequence[str]) -> str:
        return self.call("broadcast_tensors", *arrays)

    def expanded(self, of: str, shape: str) -> str:
        return f"{of}.expand({shape})"

    def summed_to(self, of: str, shape: str) -> str:
        return f"{of}.sum_to_size({shape})"

    def in_place(self, node: Matrix) -> Code:
        match node:
            case OneHot(labels, rows, columns):  # in its own dtype at once, without int64 before it
                zeros = f"{self.like}.new_zeros(({rows.name}, {columns.name}))"
                return Code(f"{zeros}.scatter_(1, {labels}[:, None], 1)")
            case Scale(of, coefficient) if coefficient == -1:
                return Code(f"{self.inside(of, ATOM)}.neg_()")
            case Scale(of, coefficient):
                return Code(f"{self.inside(of, ATOM)}.mul_({self.coefficient(coefficient).text})")
            case Plus():
                (_, first), (_, second) = signed(terms(node))
                return Code(f"{self(first).text}.sub_({self(second).text})")
        return self(node)
