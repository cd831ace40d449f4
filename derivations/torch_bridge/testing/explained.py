"""What is wrong beside a gradient's formula: state, memory, the loss's value, precision. In both languages."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ...diagnosis.diagnosis import Diagnosis
from ...diagnosis.mistake import Mistake
from ...verdict import DISAGREES
from ...words import Words
from ..batch.batch import Batch
from ..dtypes import dtype_name
from . import value
from .compared import Reference


def _says(zh: str, en: str, key: str, **details: object) -> Diagnosis:
    return Diagnosis(DISAGREES, Words(zh, en), (Mistake.of(key, **details),))


def allowing(dtype: torch.dtype | str) -> str:
    return f"If it is computed so on purpose, allow it: precision={dtype}"


def of_form(name: str, expected: str, given: str) -> Diagnosis:
    """Of a gradient whose dtype or device is not its tensor's, or of a shape that nothing explains."""
    return _says(
        f"梯度的形状、精度或设备与 {name} 不同。",
        f"The gradient has another shape, dtype or device than the {name}.",
        "shape",
        given=given,
        expected=expected,
    )


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
    expected, given = float(found["expected"]), float(found["got"])
    times = given / expected if expected else math.nan
    close = max(1e-6, 4 * torch.finfo(batch.inputs.dtype).eps)
    name = next((each for each, size in _factors(batch).items() if math.isclose(times, size, rel_tol=close)), "")
    if not math.isfinite(given):
        return _says(
            f"梯度对，损失的值不对：是 {given:g}，应当是 {expected:.6g}。途中有一步溢出，或者取了 0 的对数。",
            f"The gradient is right, the loss's value is not: it is {given:g}, which should be {expected:.6g}. A step "
            "on the way overflows, or takes the logarithm of 0.",
            "loss value",
            times=f"{times:.4g}",
        )
    if name:
        zh, en = f"是应有的 {name} 倍", f"it is {name} times the criterion's"
    else:
        zh, en = f"是 {given:.6g}，应当是 {expected:.6g}", f"it is {given:.6g}, which should be {expected:.6g}"
    return _says(
        f"梯度对，损失的值不对：{zh}。前向和反向各算各的。",
        f"The gradient is right, the loss's value is not: {en}. Forward and backward compute different losses.",
        "loss value",
        times=name or f"{times:.4g}",
    )


def _factors(batch: Batch) -> dict[str, float]:
    """What a loss is often multiplied by too much, by name."""
    rows, columns = batch.shape_of_loss
    found: dict[str, float] = {
        f"N = {rows}": rows,
        f"C = {columns}": columns,
        f"N·C = {rows * columns}": rows * columns,
    }
    found |= {"1/N": 1 / rows, "1/C": 1 / columns, "−1": -1, "2": 2, "1/2": 0.5, "1/ln 2": 1 / math.log(2)}
    if batch.setup.loss.reduction == "mean" and (divisor := value.count(batch)):
        found |= {f"{divisor:.4g}": divisor, f"{divisor:.4g}/N": divisor / rows}
    return {name: size for name, size in found.items() if size not in (0, 1)}


def of_value_rounded(asked: torch.dtype, dtype: torch.dtype) -> tuple[Diagnosis, str]:
    """Of a loss whose value is right for a computation in `dtype`; and what allows it."""
    own, other = (dtype_name(each) for each in (asked, dtype))
    says = _says(
        f"损失的值在 {other} 的精度内对，在 {own} 的精度内不对：内部有一步是用 {other} 算的。",
        f"The loss's value agrees to {other} precision, not to {own}: something inside is computed in {other}.",
        "precision",
        dtype=other,
    )
    return says, allowing(dtype)


def of_precision(asked: torch.dtype, dtype: torch.dtype) -> tuple[Diagnosis, str]:
    """Of a gradient that is right for a computation in `dtype`; and what allows it."""
    own, other = (dtype_name(each) for each in (asked, dtype))
    allow = allowing(dtype)
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


OTHER_DATA = _says(
    "这是上一次调用时别的数据的梯度：函数按形状留着结果，或者没有重新算。",
    "This is the gradient of other data, from an earlier call: the function keeps a result by its shape.",
    "state",
)
ALL_IGNORED = _says(
    "标签全被忽略时，损失是 0/0；torch 的梯度在这里是 0。",
    "Where every label is ignored, a mean is 0/0; torch's gradient is 0 there.",
    "all ignored",
)


def of_edge(name: str) -> Diagnosis:
    """Of a gradient that nothing explains, and that is right with ordinary outputs."""
    if "ignored" in name:
        return _says(
            "没有被忽略的标签时对，有的时候不对：标签等于 ignore_index 的行，梯度应当是 0，也不计入平均。",
            "Without ignored labels it is right, with them it is not: rows whose label is ignore_index have a gradient "
            "of 0, and do not count in a mean.",
            "edge",
            edge=name,
        )
    return _says(
        f"平常的数据都对，在“{name}”这一项不对，没有常见的错误能解释；常见的是上溢、下溢，或者少写了一种情形。",
        f"With ordinary outputs it is right, with {name} it is not, and no common mistake explains it: something "
        "overflows, underflows, or is a case of its own.",
        "edge",
        edge=name,
    )


#: What loses digits, where what comes out is a number.
CANCELLED = Words(
    "相近的两项相减，有效位数丢光了（例如 1 − p，而 p 已经舍入成 1），或者有一步下溢",
    "terms cancel, so that no digit is left (as in 1 − p, where p is rounded to 1), or a step underflows",
)
OVERFLOWED = Words("有一步溢出", "a step overflows")


def of_digits(name: str, dtype: torch.dtype, is_number: bool) -> Diagnosis:
    """Of a gradient that is right with ordinary outputs, and with these numbers too where it is computed in float64."""
    own, what = dtype_name(dtype), CANCELLED if is_number else OVERFLOWED
    return _says(
        f"公式对：同样的数，用 float64 算就对；用 {own} 算，在“{name}”这一项上{what.zh}。",
        f"The formula is right: with the same numbers in float64 it agrees. In {own}, with {name}, {what.en}.",
        "edge",
        edge=name,
        dtype=own,
    )


def of_digits_alone(name: str, dtype: torch.dtype) -> Diagnosis:
    """Of a gradient that is right with ordinary outputs: with these some digits are lost, in whatever dtype."""
    own = dtype_name(dtype)
    return _says(
        f"公式对：平常的数据在 {own} 的精度内都对；在“{name}”这一项上{CANCELLED.zh}。",
        f"The formula is right: with ordinary outputs it agrees to {own} precision. With {name}, {CANCELLED.en}.",
        "edge",
        edge=name,
        dtype=own,
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


def of_factor(reference: Reference, wrt: str, found: Tensor) -> Diagnosis:
    """Of a gradient that is right for a loss that is not multiplied."""
    factor = f"{reference.factor:g}".replace("-", "−")
    if reference.times(wrt, found, 1.0):
        return _says(
            f"没有乘传进 backward 的 grad_output = {factor}。",
            f"grad_output is ignored: backward receives {factor}, and the gradient is not multiplied by it.",
            "grad_output ignored",
        )
    if reference.times(wrt, found, reference.factor**2):
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
