"""What torch does with unusual data, where a reader may be surprised: named in the notes of a certificate."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import torch
from torch import Tensor

from ..linear import OUTPUTS
from ..losses import CrossEntropy, Loss
from ..wording import Words
from .batch import Batch
from .read import IGNORED

#: Where torch keeps how float32 is multiplied, by kind of device; and what it says where nothing is rounded first.
BACKENDS = {"cpu": torch.backends.mkldnn, "cuda": torch.backends.cuda}
FULL = ("none", "ieee")


def notes(batch: Batch) -> tuple[Words, ...]:
    """One sentence for each surprise."""
    return tuple(_notes(batch))


def divisor(batch: Batch) -> float | None:
    """S, the sum of the weights that a weighted mean divides by; None where it is a mere count, or there is no mean."""
    if batch.setup.loss.reduction != "mean" or not _has_divisor(batch.setup.loss):
        return None
    weight = batch.of_loss.get("weight")
    if not batch.by_class:
        return None if weight is None else float(weight.sum())
    if batch.setup.loss.real_targets:
        return None
    labels = batch.of_loss["y"]
    counted = labels[labels != batch.of_loss.get("ignore_index", IGNORED)]
    return float(counted.numel() if weight is None else weight[counted].sum())


@cache
def _has_divisor(loss: Loss) -> bool:
    return "S" in loss.definitions


def is_undefined(batch: Batch) -> bool:
    """Is S 0, although there are rows that count? Then the gradient is not defined, and torch gives nan."""
    return divisor(batch) == 0 and not _all_ignored(batch)


def is_zero(batch: Batch, wrt: str) -> bool:
    """Is ∂loss/∂`wrt` 0 whatever the numbers are? Without rows that count, and where softmax has one class."""
    if batch.common.numel() == 0 or _all_ignored(batch):
        return True
    return _one_class(batch) and (batch.setup.log_softmax is None or wrt != OUTPUTS)


def _one_class(batch: Batch) -> bool:
    """Is the loss made of a softmax over one class, which is 1?"""
    setup = batch.setup
    softmax = isinstance(setup.loss, CrossEntropy) or setup.log_softmax is not None
    return softmax and batch.rows(batch.outputs()).shape[1] == 1


def _notes(batch: Batch) -> Iterator[Words]:
    setup = batch.setup
    yield from _shapes(batch)
    yield from _coarse(batch)
    if batch.common.numel() == 0:
        yield Words(
            "这一批没有样本：mean 的损失是 nan，梯度为 0。", "The batch is empty: the mean loss is nan, the gradient 0."
        )
        return
    if setup.options.get("ignore_index") == IGNORED:
        yield Words(
            f"有标签等于 {IGNORED}，那是 torch 默认的 ignore_index：这些行不计入。",
            f"Some labels are {IGNORED}, torch's usual ignore_index: their rows do not count.",
        )
    if _all_ignored(batch):
        yield Words(
            "所有目标都被忽略：mean 的损失是 nan（0/0），梯度却是 0。",
            "Every target is ignored: the mean loss is nan (0/0), but the gradient is 0.",
        )
    elif is_undefined(batch):
        yield Words(
            "权重之和为 0，平均无定义：损失和梯度都是 nan。",
            "The weights that the mean divides by add up to 0: loss and gradient are nan.",
        )
    weight = setup.options.get("weight")
    if isinstance(weight, Tensor) and bool((weight < 0).any()):
        yield Words(
            "有负的权重：torch 照算，但损失不再是凸的。",
            "Some weights are negative: torch computes on, but the loss is no longer convex.",
        )
    outputs = batch.outputs()
    if setup.loss.classes_second and batch.rows(outputs).shape[1] == 1 and setup.name == "CrossEntropyLoss":
        yield Words(
            "只有一个类别：softmax 恒为 1，损失和梯度都是 0。",
            "There is one class: softmax is 1, loss and gradient are 0.",
        )
    if bool(torch.isinf(outputs).any()):
        yield Words(
            "输出里有无穷大：torch 的结果可能是 nan 或 inf。",
            "Some outputs are infinite: torch's result may be nan or inf.",
        )
    if isinstance(setup.loss, CrossEntropy) and setup.loss.real_targets:
        sums = batch.of_loss["Y"].sum(1)
        if bool(((sums - 1).abs() > 1e-3).any()):
            yield Words(
                "有的目标行加起来不是 1：torch 不检查，公式里因此留着 ΣY。",
                "Some rows of the targets do not add up to 1: torch does not check, so the formula keeps ΣY.",
            )


def _shapes(batch: Batch) -> Iterator[Words]:
    shape, common, targets = tuple(batch.outputs_shape), tuple(batch.common), tuple(batch.targets.shape)
    if not batch.by_class and shape != targets:
        yield Words(
            f"输出是 {shape}，目标是 {targets}：torch 把它们广播成 {common}，多半不是你要的损失。",
            f"Outputs are {shape} and targets {targets}: torch broadcasts them to {common}, hardly the loss you want.",
        )
    if batch.by_class and batch.setup.model is not None and not batch.is_aligned:
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


def _all_ignored(batch: Batch) -> bool:
    ignored = batch.of_loss.get("ignore_index")
    return ignored is not None and bool((batch.of_loss["y"] == ignored).all())
