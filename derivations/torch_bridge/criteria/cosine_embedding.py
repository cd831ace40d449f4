"""torch.nn.CosineEmbeddingLoss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...losses import Loss
from ...losses.base import TARGETS
from ...losses.cosine_embedding import INPUT2, CosineEmbedding
from ...wording import Words
from .base import Data, TorchCriterion
from .held import check_held
from .registry import register


@register
class TorchCosineEmbedding(TorchCriterion):
    loss = CosineEmbedding
    module = nn.CosineEmbeddingLoss
    functions = (F.cosine_embedding_loss,)
    whole_targets = True
    fewest_columns = 2

    def check_data(self, loss: Loss, outputs: torch.Size, dtype: torch.dtype, operands: Mapping[str, Tensor]) -> None:
        if operands[INPUT2].shape != outputs:
            raise ValueError(
                f"{INPUT2} must have the outputs' shape {tuple(outputs)}; given {tuple(operands[INPUT2].shape)}."
            )
        check_held(loss.operand(TARGETS), operands, "torch leaves the row out. Labels of 0 and 1: use 2 * targets - 1")

    def unlike(self, loss: Loss, rows: Data, wrt: str) -> Tensor | None:
        """Where torch's product of two squared lengths overflows."""
        return _overflows(rows)[:, None].expand(rows.outputs.shape)

    def notes(self, loss: Loss, rows: Data, has_model: bool) -> Iterator[Words]:
        zero = int(torch.stack(_squared_lengths(rows)).eq(0).any(0).sum())
        if zero:
            yield Words(
                f"有 {zero} 行是零向量：torch 在长度的平方上加约 1e-12，余弦因此是 0，零向量处的梯度很大。",
                f"In {zero} rows there is a vector of zeros: torch adds about 1e-12 to squared lengths, so that the "
                "cosine is 0, and the gradient in such a vector is large.",
            )
        beyond = int(_overflows(rows).sum())
        if beyond:
            dtype = torch.finfo(rows.outputs.dtype).dtype
            yield Words(
                f"有 {beyond} 行的长度平方之积超出了 {dtype} 的范围：torch 先相乘再开方，得到 inf，余弦和梯度都成了 0；"
                "那不是公式的梯度，因此不作比较。先归一化，或用更宽的 dtype。",
                f"In {beyond} rows the product of the squared lengths is more than {dtype} holds: torch multiplies "
                "before it takes the root, which gives inf, and cosine and gradient become 0. That is not the "
                "formula's gradient, and the two are not compared. Normalise the rows first, or take a wider dtype.",
            )


def _squared_lengths(rows: Data) -> list[Tensor]:
    return [(each.double() ** 2).sum(1) for each in (rows.outputs, rows.operands[INPUT2])]


def _overflows(rows: Data) -> Tensor:
    first, second = _squared_lengths(rows)
    return first * second > torch.finfo(rows.outputs.dtype).max
