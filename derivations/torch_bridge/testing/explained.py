"""What is wrong beside a gradient's formula: state, memory, the loss's value, precision. In both languages."""

from __future__ import annotations

from collections.abc import Mapping
from math import isclose
from typing import Any

import torch
from torch import Tensor

from ...diagnosis.diagnosis import Diagnosis
from ...diagnosis.mistake import Mistake
from ...verdict import DISAGREES
from ...words import Words
from ..batch import Batch
from .compared import Truth


def _says(zh: str, en: str, key: str, **details: object) -> Diagnosis:
    return Diagnosis(DISAGREES, Words(zh, en), (Mistake.of(key, **details),))


OVERWRITTEN = _says("函数改写了交给它的张量。", "The function writes to the tensors that it is given.", "overwritten")
STATE = _says(
    "同样的数据，再调用一次，结果就不同了：函数里留着上一次的状态，或者有随机数。",
    "Called again with the same data, the function returns something else: it keeps a state, or draws random numbers.",
    "state",
)
SECOND = _says(
    "一阶导数对，二阶导数不对：反向传播本身再求导时少了项。"
    "给 backward 加上 @once_differentiable，它就会拒绝，而不是算错。",
    "The gradient is right, the second derivative is not: the backward is differentiated with terms missing. With "
    "@once_differentiable on backward it is refused instead.",
    "second derivative",
)


def of_value(found: Mapping[str, Any], batch: Batch) -> Diagnosis:
    """Of a loss whose gradient is right and whose value is not."""
    rows, columns = batch.shape_of_loss
    expected, given = float(found["expected"]), float(found["got"])
    times = given / expected if expected else float("nan")
    names = {"N": rows, "C": columns, "N·C": rows * columns, "1/N": 1 / rows, "1/C": 1 / columns}
    names |= {"−1": -1, "2": 2, "1/2": 0.5}
    name = next((each for each, size in names.items() if size != 1 and isclose(times, size, rel_tol=1e-3)), "")
    what = name or f"{times:.4g}"
    sizes = {"N": rows, "C": columns, "N·C": rows * columns}
    _, _, below = name.partition("/")
    size = f" = {sizes[name]}" if name in sizes else f" = 1/{sizes[below]}" if below in sizes else ""
    return _says(
        f"梯度对，损失的值不对：是应有的 {what}{size} 倍。前向和反向各算各的。",
        f"The gradient is right, the loss's value is not: it is {what}{size} times the criterion's. Forward and "
        "backward compute different losses.",
        "loss value",
        times=what,
    )


def of_precision(asked: torch.dtype, dtype: torch.dtype) -> tuple[Diagnosis, str]:
    """Of a gradient that is right for a computation in `dtype`; and what allows it."""
    own, other = (str(each).removeprefix("torch.") for each in (asked, dtype))
    allow = f"If it is computed so on purpose, allow it: precision={dtype}"
    if asked != dtype:
        return (
            _says(
                f"在 {other} 的精度内对，在 {own} 的精度内不对：内部有一步是用 {other} 算的，或者舍入得一样多。",
                f"It agrees to {other} precision, not to {own}: something inside is computed in {other}, or rounds as "
                "much.",
                "precision",
                dtype=other,
            ),
            allow,
        )
    return (
        _says(
            f"公式对，但舍入比需要的多：相减的两项都很大，或者每一步都舍入到 {own}。",
            f"It agrees to {own} precision where large terms are subtracted, or each step is rounded to {own}; the "
            "closed form rounds less.",
            "cancellation",
        ),
        allow,
    )


ALL_IGNORED = _says(
    "标签全被忽略时，损失是 0/0；torch 的梯度在这里是 0。",
    "Where every label is ignored, a mean is 0/0; torch's gradient is 0 there.",
    "all ignored",
)


def of_layout(name: str) -> Diagnosis:
    """Of a gradient that is right where the same numbers are contiguous."""
    return _says(
        f"同样的数，连续存放就对，换一种存放方式（{name}）就不对：函数没有看步幅。用 .contiguous()，或者按步幅去读。",
        f"With the same numbers in contiguous memory it is right, with {name} it is not: the strides are not heeded. "
        "Call .contiguous(), or read by strides.",
        "layout",
        how=name,
    )


def of_factor(truth: Truth, wrt: str, found: Tensor) -> Diagnosis:
    """Of a gradient that is right for a loss that is not multiplied."""
    factor = f"{truth.factor:g}".replace("-", "−")
    if truth.times(wrt, found, 1.0):
        return _says(
            f"没有乘传进 backward 的 grad_output = {factor}。",
            f"grad_output is ignored: backward receives {factor}, and the gradient is not multiplied by it.",
            "grad_output ignored",
        )
    if truth.times(wrt, found, truth.factor**2):
        return _says(
            f"传进 backward 的 grad_output = {factor} 乘了两次。",
            f"grad_output is used twice: backward receives {factor}, and the gradient is multiplied by its square.",
            "grad_output twice",
        )
    return _says(
        f"传进 backward 的 grad_output = {factor} 用错了：传进来的是 1 时，梯度是对的。",
        f"grad_output is used wrongly: backward receives {factor}; with 1 the gradient is right.",
        "grad_output wrong",
    )
