"""The operations of a recorded graph that we can put into words: a closed table, and what reads a node's options.

A formula is what the operation computes and must be true wherever the operation occurs; a share is what its backward
hands to an operand. Operands are A, B, …, G is the gradient that arrives.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ...wording import Words
from .. import vendor


class Share(NamedTuple):
    """What one operand is handed."""

    operand: str
    words: Words

    def said(self, wanted: bool) -> Words:
        if not wanted:
            return Words(f"{self.operand} 不需要梯度", f"{self.operand} needs no gradient")
        return Words(f"传给 {self.operand}：{self.words.zh}", f"to {self.operand}: {self.words.en}")


class Operation(NamedTuple):
    formula: str
    shares: tuple[Share, ...]
    broadcasts: bool = False


def _op(formula: str, **shares: str | tuple[str, str]) -> Operation:
    """`shares` in the order of the slots: a formula, or (zh, en) where it takes words."""
    both = {operand: (text, text) if isinstance(text, str) else text for operand, text in shares.items()}
    return Operation(formula, tuple(Share(operand, Words(*texts)) for operand, texts in both.items()))


def _elementwise(formula: str, **shares: str) -> Operation:
    """The same, of an operation that broadcasts its operands."""
    return _op(formula, **shares)._replace(broadcasts=True)


def _saved(function: Any, option: str) -> Any:
    """An option that the node saved for its backward."""
    return vendor.saved(function, option)


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


def _addmm(function: Any) -> Operation:
    alpha, beta = _times(_saved(function, "alpha")), _times(_saved(function, "beta"))
    return _op(
        f"{beta}M + {alpha}A @ B",
        M=(f"{beta}G 求和成 M 的形状", f"{beta}G, summed to M's shape"),
        A=f"{alpha}G @ Bᵀ",
        B=f"{alpha}Aᵀ @ G",
    )


def _add(function: Any) -> Operation:
    alpha = _times(_saved(function, "alpha"))
    return _elementwise(f"A + {alpha}B", A="G", B=f"{alpha}G")


def _sub(function: Any) -> Operation:
    alpha = _times(_saved(function, "alpha"))
    return _elementwise(f"A − {alpha}B", A="G", B=f"−{alpha}G")


def _rsub(function: Any) -> Operation:
    alpha = _times(_saved(function, "alpha"))
    return _op(f"c − {alpha}A", A=f"−{alpha}G")


def _pow(function: Any) -> Operation:
    p = _saved(function, "exponent")
    slope = "0" if p == 0 else f"{_times(p)}{'' if p == 1 else _power('A', p - 1) + '·'}G"
    return _op("1" if p == 0 else _power("A", p), A=slope)


def _mse(function: Any) -> Operation:
    start, end, over = _reduced(function)
    return _op(f"{start}(A − B)²{end}", A=f"2(A − B)·G{over}", B=f"2(B − A)·G{over}")


def _nll(function: Any) -> Operation:
    """A is (N, C, …); A[y] are its entries at the targets y, without those that are ignored."""
    start, end, over = _reduced(function)
    w = "w[y]·" if _has(function, "weight") else ""
    if w and over:
        start, end, over = "Σ ", " / Σ w[y]", "/Σw[y]"
    slope = f"−{w}G{over}"
    return _op(f"−{start}{w}A[y]{end}", A=(f"目标处为 {slope}，其余为 0", f"{slope} at the targets, else 0"))


def _bce_with_logits(function: Any) -> Operation:
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

OPERATIONS: dict[str, Operation | Callable[[Any], Operation]] = {
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
