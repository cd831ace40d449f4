"""Which of several results is the gradient asked for, by what they are called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..reading.errors import NotUnderstood
from ..reading.nodes import Assign, Choice, Define, Loop, Node, Statement, Statements, expressions
from .values import Value

TENSORS = {
    "weight": "w|weights?",
    "bias": "b|bias",
    "inputs": "x|inputs?",
    "outputs": "z|q|outputs?|logits?|scores?|preds?|y_?pred|y_?hat",
    "logits": "z|logits?",
    "targets": "y|targets?",
}


@dataclass(frozen=True)
class Several:
    """What is returned together, each with what it is called; in a dict it is called so to say what it is."""

    values: Sequence[tuple[str, Value]]
    by_name: bool = False

    def gradient_in(self, wrt: str) -> Value:
        """The one whose name says so, or the only one that is no loss. Raises NotUnderstood."""
        name = chosen([name for name, _ in self.values], wrt)
        found = [value for each, value in self.values if each == name]
        if not found and self.by_name:
            found = [value for each, value in self.values if re.fullmatch(r"g|grads?|gradients?", each, re.IGNORECASE)]
        elif not found:
            found = [value for each, value in self.values if not re.fullmatch(r"l|loss\w*|cost|j", each, re.IGNORECASE)]
        if len(found) != 1:
            raise NotUnderstood("several results")
        return found[0]


def chosen(names: Iterable[str], wrt: str) -> str:
    """The last name that says it is the gradient in `wrt`: dW, grad_W, W_grad, dL_dW; "" where none does."""
    tensor = TENSORS.get(wrt, re.escape(wrt))
    before, after = "d|dl_?d|grads?_?|g_?|d_|∂|∂l_?∂", "_?(?:grad|gradient)"
    pattern = re.compile(rf"(?:{before})?(?:{tensor})|(?:{tensor})(?:{after})?|{wrt}", re.IGNORECASE)
    return next((each for each in reversed([*names]) if pattern.fullmatch(each)), "")


def assigned(statements: Iterable[Statement]) -> Iterator[Node]:
    """The names that are assigned, in their order."""
    for each in statements:
        match each:
            case Assign(target):
                yield from {"name": (target,), "tuple": target.parts}.get(target.kind, target.parts[:1])
            case Loop(_, _, body):
                yield from assigned(body)
            case Choice(_, body, other):
                yield from assigned((*body, *other))


def main(statements: Statements) -> Define:
    """The function that is meant: the last that no other one calls."""
    defines = [each for each in statements if isinstance(each, Define)]
    called = {
        (node.word, function.name)
        for function in defines
        for expression in expressions(function.body)
        for node in expression.walk()
        if node.kind == "call"
    }
    free = [each for each in defines if not any(word == each.name and by != each.name for word, by in called)]
    if not defines:
        raise NotUnderstood("result")
    return (free or defines)[-1]
