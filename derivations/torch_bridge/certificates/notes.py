"""What torch does with unusual data, where a reader may be surprised: named in the notes of a certificate."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import torch
from torch import Tensor

from ...linear import BIAS, INPUTS, OUTPUTS, WEIGHT
from ...losses import Loss
from ...losses.base import TARGETS
from ...losses.declared import Per
from ...wording import Words
from ..batch.arrays import INCOMING, Batch
from ..dtypes import dtype_name
from ..setup.setup import IGNORED
from ..shapes import PerRow
from .unlike import of_criterion

#: Where torch keeps how float32 is multiplied, by kind of device; and what it says where nothing is rounded first.
BACKENDS = {"cpu": torch.backends.mkldnn, "cuda": torch.backends.cuda}
FULL = ("none", "ieee")


#: By reduction: what comes of a batch without samples, and of one in which no label counts.
NOTHING_GIVEN = {
    "mean": Words(
        "这一批没有样本：mean 的损失是 nan，梯度为 0。", "The batch is empty: the mean loss is nan, the gradient 0."
    ),
    "sum": Words("这一批没有样本：损失和梯度都是 0。", "The batch is empty: loss and gradient are 0."),
    "batchmean": Words(
        "这一批没有样本：batchmean 的损失是 nan，梯度为 0。",
        "The batch is empty: the batchmean loss is nan, the gradient 0.",
    ),
    "none": Words(
        "这一批没有样本：一个损失也没有，梯度为 0。",
        "The batch is empty: there is no loss at all, and the gradient is 0.",
    ),
}
NOTHING_COUNTS = {
    "mean": Words(
        "所有目标都被忽略：mean 的损失是 nan（0/0），梯度却是 0。",
        "Every target is ignored: the mean loss is nan (0/0), but the gradient is 0.",
    ),
    "sum": Words("所有目标都被忽略：损失和梯度都是 0。", "Every target is ignored: loss and gradient are 0."),
    "none": Words(
        "所有目标都被忽略：每个损失都是 0，梯度也是 0。",
        "Every target is ignored: each loss is 0, and so is the gradient.",
    ),
}


def notes(batch: Batch) -> tuple[Words, ...]:
    """One sentence for each surprise."""
    return tuple(_notes(batch))


def divisor(batch: Batch) -> float | None:
    """S, the sum of the weights that a weighted mean divides by; None where it is a mere count, or there is no mean."""
    if batch.setup.loss.reduction != "mean" or not _has_divisor(batch.setup.loss):
        return None
    weight = batch.of_loss.get("weight")
    counted = _counted(batch)
    if counted is not None:
        return float(counted.numel() if weight is None else weight[counted].sum())
    return None if weight is None or batch.by_class else float(weight.sum())


def _counted(batch: Batch) -> PerRow | None:
    """The labels that are not ignored; None where targets are no labels."""
    labels = batch.of_loss.get("y")
    return None if labels is None else labels[labels != batch.of_loss.get("ignore_index", IGNORED)]


@cache
def _has_divisor(loss: Loss) -> bool:
    return "S" in loss.definitions


def is_undefined(batch: Batch) -> bool:
    """Is S 0, although there are rows that count? Then the gradient is not defined, and torch gives nan."""
    return divisor(batch) == 0 and not _all_ignored(batch)


def nothing_counts(batch: Batch) -> bool:
    """Is there no row, or none that counts? Then torch's gradient is 0, also of a mean, which is nan."""
    return batch.common.numel() == 0 or _all_ignored(batch)


def is_zero(batch: Batch, wrt: str) -> bool:
    """Is ∂loss/∂`wrt` 0 whatever the numbers are? Without rows that count, and where softmax has one class."""
    if nothing_counts(batch):
        return True
    return _one_class(batch) and (batch.setup.before is None or wrt != OUTPUTS)


def _one_class(batch: Batch) -> bool:
    """Is the loss made of a softmax over one class, which is 1?"""
    softmax = _takes_softmax(batch.setup.loss) or batch.setup.before is not None
    return softmax and batch.shape_of_loss[1] == 1


@cache
def _takes_softmax(loss: Loss) -> bool:
    return "P" in loss.definitions


def at_corners(counts: Mapping[str, int]) -> Iterator[Words]:
    """How many entries lie at a corner, by tensor, where any do."""
    found = {wrt: count for wrt, count in counts.items() if count}
    if found:
        counted = ", ".join(f"{name}: {count}" for name, count in found.items())
        yield Words(
            f"有元素落在拐点上（{counted}）：舍入可以使它们落到任何一边，误差界因此放宽到两边都容得下；"
            "恰好在拐点上时，torch 的取法见推导的最后一行。",
            f"Some entries lie at a corner ({counted}): rounding may put them on either side, so their bound is as "
            "wide; for what torch takes at the corner itself, see the last line of the derivation.",
        )


def on_the_way(counts: Mapping[str, int], dtype: torch.dtype) -> Iterator[Words]:
    """At how many entries, by tensor, a step overflowed in one account, where any did."""
    found = {wrt: count for wrt, count in counts.items() if count}
    if found:
        counted, name = ", ".join(f"{wrt}: {count}" for wrt, count in found.items()), dtype_name(dtype)
        yield Words(
            f"有元素在计算途中超出了 {name} 的范围（{counted}）：给出的数都有限，其中一方却得到 inf 或 nan，"
            "因此不作比较。换更宽的 dtype，或大小适中的数。",
            f"On the way to some entries ({counted}) a step is beyond the range of {name}: all that was given is "
            "finite, and still one account has inf or nan there, so they are not compared. Take a wider dtype, or "
            "numbers of ordinary size.",
        )


def _notes(batch: Batch) -> Iterator[Words]:
    setup = batch.setup
    yield from _shapes(batch)
    yield from _coarse(batch)
    yield from _frozen(batch)
    if batch.common.numel() == 0:
        yield NOTHING_GIVEN[setup.loss.reduction]
        return
    yield from _no_numbers(batch)
    if setup.options.get("ignore_index") == IGNORED:
        yield Words(
            f"有标签等于 {IGNORED}，那是 torch 默认的 ignore_index：这些行不计入。",
            f"Some labels are {IGNORED}, torch's usual ignore_index: their rows do not count.",
        )
    if _all_ignored(batch):
        yield NOTHING_COUNTS[setup.loss.reduction]
        if setup.fused is not None and setup.loss.reduction == "mean":
            yield Words(
                "分块计算（options=…）时，torch 这里的梯度是 nan，不是 0。",
                "Computed in chunks (options=…), torch's gradient here is nan and not 0.",
            )
    elif is_undefined(batch):
        yield Words(
            "权重之和为 0，平均无定义：损失和梯度都是 nan。",
            "The weights that the mean divides by add up to 0: loss and gradient are nan.",
        )
    yield from _overflow(batch)
    weight = setup.options.get("weight")
    if isinstance(weight, Tensor) and bool((weight < 0).any()):
        yield Words(
            "有负的权重：torch 照算，但损失不再是凸的。",
            "Some weights are negative: torch computes on, but the loss is no longer convex.",
        )
    outputs = batch.outputs()
    if _takes_softmax(setup.loss) and batch.shape_of_loss[1] == 1:
        yield Words(
            "只有一个类别：softmax 恒为 1，损失和梯度都是 0。",
            "There is one class: softmax is 1, loss and gradient are 0.",
        )
    if bool(torch.isinf(outputs).any()):
        yield Words(
            "输出里有无穷大：torch 的结果可能是 nan 或 inf。",
            "Some outputs are infinite: torch's result may be nan or inf.",
        )
    yield from setup.of.notes(setup.loss, of_criterion(batch), setup.model is not None)


def _shapes(batch: Batch) -> Iterator[Words]:
    shape, common, targets = tuple(batch.outputs_shape), tuple(batch.common), batch.operands.get(TARGETS)
    of_entries = any(each.name == TARGETS and each.per == Per.ENTRY for each in batch.setup.loss.operands)
    if not batch.by_class and of_entries and targets is not None and targets.shape != shape:
        yield Words(
            f"输出是 {shape}，目标是 {tuple(targets.shape)}：torch 把它们广播成 {common}，多半不是你要的损失。",
            f"Outputs are {shape} and targets {tuple(targets.shape)}: torch broadcasts them to {common}, hardly the "
            "loss you want.",
        )
    if batch.by_class and batch.setup.model is not None and not batch.is_aligned and not batch.setup.positions:
        yield Words(
            f"输出是 {shape}，类别在第 1 维：线性层的输出在最后一维，{batch.setup.name} 却把第 1 维当成类别。",
            f"Outputs are {shape}, with the linear layer's outputs at the last dimension; but {batch.setup.name} takes "
            "dimension 1 for the classes.",
        )


def _coarse(batch: Batch) -> Iterator[Words]:
    """Were factors of the matrix products rounded to fewer digits than their dtype has?"""
    backend = BACKENDS.get(batch.inputs.device.type)
    if batch.setup.model is None or batch.inputs.dtype != torch.float32 or backend is None:
        return
    precision = backend.matmul.fp32_precision
    if precision not in FULL:
        yield Words(
            f"float32 的矩阵乘法设成了 {precision}：因子先舍到更短的尾数，偏差可以超出误差界。"
            'torch.set_float32_matmul_precision("highest") 恢复全精度。',
            f"Matrix products of float32 are set to {precision}: their factors are first rounded to fewer digits, so "
            "that deviations may exceed the bound. "
            'torch.set_float32_matmul_precision("highest") brings full precision back.',
        )


def _frozen(batch: Batch) -> Iterator[Words]:
    model = batch.setup.model
    named = {} if model is None else dict(model.named_parameters(recurse=False))
    for name in (WEIGHT, BIAS):
        if name in named and not named[name].requires_grad:
            yield Words(
                f"{name} 的 requires_grad 是 False：backward 不会填它的 .grad；这里是它若参与训练时的梯度。",
                f"requires_grad of {name} is False: backward leaves its .grad as it is; here is what it would hold.",
            )


def _no_numbers(batch: Batch) -> Iterator[Words]:
    setup, model = batch.setup, batch.setup.model
    arrays: dict[str, Any] = {OUTPUTS if model is None else INPUTS: batch.inputs, **batch.operands}
    arrays |= {INCOMING: batch.grad_output}
    if model is not None:
        arrays |= {f"model.{WEIGHT}": model.weight, f"model.{BIAS}": model.bias}
    options = {f"criterion.{name}": value for name, value in setup.options.items()}
    for name, value in (arrays | options).items():
        if isinstance(value, Tensor) and bool(value.isnan().any()):
            yield Words(
                f"{name} 里有 nan：用到它的损失和梯度也都是 nan。",
                f"There is nan in {name}: the loss, and every gradient that it enters, is nan too.",
            )
        elif name in options and isinstance(value, Tensor) and bool(value.isinf().any()):
            yield Words(
                f"{name} 里有无穷大：它遇到 0 或另一个无穷大，结果就是 nan。",
                f"There is an infinity in {name}: where it meets 0, or another infinity, the result is nan.",
            )


def _overflow(batch: Batch) -> Iterator[Words]:
    """Is the divisor more than its dtype holds? For class labels and for weights, torch adds it up in that dtype."""
    loss, dtype = batch.setup.loss, batch.inputs.dtype
    weight, counted = batch.of_loss.get("weight"), _counted(batch)
    if loss.reduction != "mean":
        return
    if counted is not None and batch.by_class:
        total = float(counted.numel() if weight is None else weight.cpu().double()[counted.cpu()].sum())
    elif weight is not None and not batch.by_class and _has_divisor(loss):
        total = float(weight.cpu().double().sum())
    else:
        return
    largest, name = torch.finfo(dtype).max, dtype_name(dtype)
    if math.isfinite(total) and abs(total) > largest:
        yield Words(
            f"mean 要除以 {total:g}，而 {name} 最大只到 {largest:g}：torch 把它当作 inf，梯度因此变成 0。",
            f"The mean divides by {total:g}, and {name} ends at {largest:g}: torch takes it for inf, and gradients "
            "become 0.",
        )


def _all_ignored(batch: Batch) -> bool:
    ignored = batch.of_loss.get("ignore_index")
    return ignored is not None and bool((batch.of_loss["y"] == ignored).all())
