"""Record the graph that `loss.backward()` is about to walk, as plain data.

`record` starts at `loss.grad_fn` and follows `next_functions`, so the result is torch's own graph, not
a drawing of the model. Each operation carries what it computes and what its backward hands on, with generic
operands A, B, …; G is the gradient that arrives, `@` multiplies matrices, `·` element by element. The
formulas hold for real tensors; options such as alpha and reduction are read from the node, which saved them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import torch

from ..wording import Words

Kind = Literal["loss", "operation", "leaf", "unknown"]


@dataclass(frozen=True)
class Node:
    """One value or operation of a graph."""

    id: int
    name: str  # as torch names it: "AddmmBackward0", "AccumulateGrad"; "loss" for the loss itself
    kind: Kind
    shape: tuple[int, ...] | None = None  # of the loss and of a leaf
    variable: str | None = None  # of a leaf, where `names` knows it
    formula: str | None = None
    hands_on: tuple[Words, ...] = ()  # what its backward gives to each operand
    broadcasts: bool = False  # an operand may have been broadcast: its share is summed to its own shape


@dataclass(frozen=True)
class Edge:
    """`start` hands a gradient to `end`, which made its input number `slot`, named `operand`."""

    start: int
    end: int
    slot: int
    operand: str = ""  # empty where the operation has one operand, or is unknown


@dataclass(frozen=True)
class Graph:
    """What `backward()` walks; node 0 is the loss. Not `recorded`: `backward()` would raise."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    recorded: bool


def record(loss: torch.Tensor, names: Mapping[str, torch.Tensor] | torch.nn.Module | None = None) -> Graph:
    """Return the graph behind `loss`, a tensor of any shape; every node of it appears once.

    `names` (a module stands for its named parameters) gives the leaves their names, by identity; of two
    names for one tensor the first counts. Raises TypeError if `loss` or a named value is not a tensor.
    """
    if not isinstance(loss, torch.Tensor):
        raise TypeError(f"record() takes the loss as a torch.Tensor; got {type(loss).__name__}.")
    named = _by_identity(names)
    shape = tuple(loss.shape)
    nodes = {0: Node(0, "loss", "loss", shape)}
    if not loss.requires_grad:
        return Graph(tuple(nodes.values()), (), recorded=False)

    root = torch.autograd.graph.get_gradient_edge(loss).node  # its grad_fn; of a leaf, its AccumulateGrad
    ids: dict[Any, int] = {root: 1}
    edges = [Edge(0, 1, 0)]
    waiting = [root]
    while waiting:
        function = waiting.pop()
        inputs = [following for following, _ in function.next_functions]
        node, operands = _read(function, ids[function], tuple(i is not None for i in inputs), named)
        nodes[node.id] = node
        for slot, (following, operand) in enumerate(zip(inputs, operands, strict=True)):
            if following is None:
                continue
            if following not in ids:
                ids[following] = len(ids) + 1
                waiting.append(following)
            edges.append(Edge(node.id, ids[following], slot, operand))
    return Graph(
        tuple(nodes[i] for i in sorted(nodes)),
        tuple(sorted(edges, key=lambda edge: (edge.start, edge.slot))),
        recorded=True,
    )


def _by_identity(names: Mapping[str, torch.Tensor] | torch.nn.Module | None) -> dict[int, str]:
    named = dict(names.named_parameters()) if isinstance(names, torch.nn.Module) else dict(names or {})
    found: dict[int, str] = {}
    for name, tensor in named.items():
        if not isinstance(tensor, torch.Tensor):
            raise TypeError(f"names must map to tensors; {name!r} is a {type(tensor).__name__}.")
        found.setdefault(id(tensor), name)
    return found


def _read(function: Any, index: int, live: tuple[bool, ...], named: dict[int, str]) -> tuple[Node, list[str]]:
    """One autograd node as data, and the letter of each of its operands; `live` marks those that want G."""
    name = function.name().rpartition("::")[2]
    nameless = [""] * len(live)
    if name == "AccumulateGrad":
        leaf = function.variable
        return Node(index, name, "leaf", tuple(leaf.shape), named.get(id(leaf))), nameless
    operation = _OPERATIONS.get(name)
    if callable(operation):
        operation = operation(function)
    if operation is None or len(operation.shares) != len(live):
        return Node(index, name, "unknown"), nameless
    shares = operation.shares
    if len(live) == 1:
        words = Words(f"往下传：{shares[0].words.zh}", f"hands on {shares[0].words.en}")
        return Node(index, name, "operation", None, None, operation.formula, (words,)), nameless
    said = tuple(share.said(wanted) for share, wanted in zip(shares, live, strict=True))
    node = Node(index, name, "operation", None, None, operation.formula, said, operation.broadcasts)
    return node, [share.operand for share in shares]


# The operations we can put into words: the rest of this module is the table and what reads a node's options.


class _Share(NamedTuple):
    """What one operand is handed."""

    operand: str
    words: Words

    def said(self, wanted: bool) -> Words:
        if not wanted:
            return Words(f"{self.operand} 不需要梯度", f"{self.operand} needs no gradient")
        return Words(f"传给 {self.operand}：{self.words.zh}", f"to {self.operand}: {self.words.en}")


class _Operation(NamedTuple):
    formula: str
    shares: tuple[_Share, ...]
    broadcasts: bool = False


def _op(formula: str, **shares: str | tuple[str, str]) -> _Operation:
    """`shares` in the order of the slots: a formula, or (zh, en) where it takes words."""
    both = {operand: (text, text) if isinstance(text, str) else text for operand, text in shares.items()}
    return _Operation(formula, tuple(_Share(operand, Words(*texts)) for operand, texts in both.items()))


def _elementwise(formula: str, **shares: str) -> _Operation:
    """The same, of an operation that broadcasts its operands."""
    return _op(formula, **shares)._replace(broadcasts=True)


def _saved(function: Any, option: str) -> Any:
    """An option that the node saved for its backward."""
    return getattr(function, f"_saved_{option}")


def _has(function: Any, tensor: str) -> bool:
    """Whether an optional tensor was given, also after `backward()` has freed it."""
    try:
        return _saved(function, tensor) is not None
    except RuntimeError:
        return True


def _times(factor: float) -> str:
    return "" if factor == 1 else f"{factor}·".replace("-", "−")


def _power(base: str, exponent: float) -> str:
    if exponent == 1:
        return base
    if exponent in range(2, 10):
        return base + "⁰¹²³⁴⁵⁶⁷⁸⁹"[int(exponent)]
    return f"{base}^({exponent})".replace("-", "−")


def _reduced(function: Any) -> tuple[str, str, str]:
    """How a loss closes over its elements: opening, closing, and what the mean divides by."""
    return (("", "", ""), ("mean(", ")", "/n"), ("sum(", ")", ""))[_saved(function, "reduction")]


def _addmm(function: Any) -> _Operation:
    alpha, beta = _times(_saved(function, "alpha")), _times(_saved(function, "beta"))
    return _op(
        f"{beta}M + {alpha}A @ B",
        M=(f"{beta}G 求和成 M 的形状", f"{beta}G, summed to M's shape"),
        A=f"{alpha}G @ Bᵀ",
        B=f"{alpha}Aᵀ @ G",
    )


def _add(function: Any) -> _Operation:
    alpha = _times(_saved(function, "alpha"))
    return _elementwise(f"A + {alpha}B", A="G", B=f"{alpha}G")


def _sub(function: Any) -> _Operation:
    alpha = _times(_saved(function, "alpha"))
    return _elementwise(f"A − {alpha}B", A="G", B=f"−{alpha}G")


def _rsub(function: Any) -> _Operation:
    alpha = _times(_saved(function, "alpha"))
    return _op(f"c − {alpha}A", A=f"−{alpha}G")


def _pow(function: Any) -> _Operation:
    p = _saved(function, "exponent")
    slope = "0" if p == 0 else f"{_times(p)}{'' if p == 1 else _power('A', p - 1) + '·'}G"
    return _op("1" if p == 0 else _power("A", p), A=slope)


def _mse(function: Any) -> _Operation:
    start, end, over = _reduced(function)
    return _op(f"{start}(A − B)²{end}", A=f"2(A − B)·G{over}", B=f"2(B − A)·G{over}")


def _nll(function: Any) -> _Operation:
    """A is (N, C, …); A[y] are its entries at the targets y, without those that are ignored."""
    start, end, over = _reduced(function)
    w = "w[y]·" if _has(function, "weight") else ""
    if w and over:
        start, end, over = "Σ ", " / Σ w[y]", "/Σw[y]"
    slope = f"−{w}G{over}"
    return _op(f"−{start}{w}A[y]{end}", A=(f"目标处为 {slope}，其余为 0", f"{slope} at the targets, else 0"))


def _bce_with_logits(function: Any) -> _Operation:
    """B is the target, w the weight of each element, q the weight of the positive class."""
    start, end, over = _reduced(function)
    w = "w·" if _has(function, "weight") else ""
    if _has(function, "pos_weight"):
        loss = "q·B·log σ(A) + (1 − B)·log σ(−A)"
        to_a, to_b = "((1 − B)·σ(A) − q·B·σ(−A))", "(log σ(−A) − q·log σ(A))"
    else:
        loss = "B·log σ(A) + (1 − B)·log σ(−A)"
        to_a, to_b = "(σ(A) − B)", "(−A)"
    whole = f"{w}({loss})" if w or not end else loss
    return _op(f"−{start}{whole}{end}", A=f"{w}{to_a}·G{over}", B=f"{w}{to_b}·G{over}")


_RESHAPED = ("G，改回 A 的形状", "G in A's shape")
_SUMMED = ("G 求和成 A 的形状", "G, summed to A's shape")

_OPERATIONS: dict[str, _Operation | Callable[[Any], _Operation]] = {
    # products
    "AddmmBackward0": _addmm,
    "MmBackward0": _op("A @ B", A="G @ Bᵀ", B="Aᵀ @ G"),
    "MvBackward0": _op("A @ b", A="outer(G, b)", b="Aᵀ @ G"),
    "DotBackward0": _op("Σ a·b", a="b·G", b="a·G"),
    # shapes
    "TBackward0": _op("Aᵀ", A="Gᵀ"),
    "TransposeBackward0": _op("transpose(A)", A=("G，转置回去", "G, transposed back")),
    "PermuteBackward0": _op("permute(A)", A=("G，换回原来的轴序", "G, its axes put back")),
    "ViewBackward0": _op("view(A)", A=_RESHAPED),
    "UnsafeViewBackward0": _op("view(A)", A=_RESHAPED),
    **{f"SqueezeBackward{k}": _op("squeeze(A)", A=_RESHAPED) for k in (0, 1, 2, 4)},
    "UnsqueezeBackward0": _op("unsqueeze(A)", A=_RESHAPED),
    "ExpandBackward0": _op("expand(A)", A=_SUMMED),
    "CloneBackward0": _op("clone(A)", A="G"),
    "SelectBackward0": _op("A[i]", A=("G 放回第 i 片，其余为 0", "G in slice i, else 0")),
    "SliceBackward0": _op("A[i:j]", A=("G 放回原处，其余为 0", "G in its place, else 0")),
    "IndexBackward0": _op("A[index]", A=("G 按下标累加，其余为 0", "G added up by index, else 0")),
    "MaskedFillBackward0": _op("masked_fill(A)", A=("遮住处为 0，其余为 G", "0 where masked, G elsewhere")),
    # arithmetic
    "AddBackward0": _add,
    "SubBackward0": _sub,
    "RsubBackward1": _rsub,
    "MulBackward0": _elementwise("A·B", A="B·G", B="A·G"),
    "MulBackward1": _op("c·A", A="c·G"),
    "DivBackward0": _elementwise("A / B", A="G / B", B="−A·G / B²"),
    "DivBackward1": _op("A / c", A="G / c"),
    "PowBackward0": _pow,
    "NegBackward0": _op("−A", A="−G"),
    "AbsBackward0": _op("|A|", A="sign(A)·G"),
    "SqrtBackward0": _op("√A", A="G / (2√A)"),
    "ExpBackward0": _op("exp(A)", A="exp(A)·G"),
    "LogBackward0": _op("log(A)", A="G / A"),
    # sums
    "SumBackward0": _op("sum(A)", A=("每个元素都得 G", "G to every element")),
    "SumBackward1": _op("sum(A, dim)", A=("G，沿 dim 复制", "G, repeated along dim")),
    "MeanBackward0": _op("mean(A)", A=("每个元素都得 G/n", "G/n to every element")),
    "MeanBackward1": _op("mean(A, dim)", A=("G/n，沿 dim 复制", "G/n, repeated along dim")),
    "LogsumexpBackward0": _op("log Σ exp(A)", A="softmax(A)·G"),
    # activations
    "ReluBackward0": _op("max(A, 0)", A=("A > 0 处为 G，其余为 0", "G where A > 0, else 0")),
    "SigmoidBackward0": _op("σ(A)", A="σ(A)·(1 − σ(A))·G"),
    "TanhBackward0": _op("tanh(A)", A="(1 − tanh²(A))·G"),
    "SoftmaxBackward0": _op("P = softmax(A)", A="P·(G − Σ P·G)"),
    "LogSoftmaxBackward0": _op("log softmax(A)", A="G − softmax(A)·Σ G"),
    # losses
    "MseLossBackward0": _mse,
    "NllLossBackward0": _nll,
    "NllLoss2DBackward0": _nll,
    "BinaryCrossEntropyWithLogitsBackward0": _bce_with_logits,
}
