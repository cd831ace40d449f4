"""What picks, places and repeats entries: an array of positions says which, a mask of 0 and 1 says where.

Views, slices, flips, repeats, padding and gather are one thing: each entry of the result is an entry of A, or 0. So the
share adds each G up where it was taken from. What has a simple form with indices of its own is written so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from sympy import Indexed

from ..index_calculus.expressions import Definition
from ..index_calculus.symbols import W, Z, c, d, mu, n, q, sum_over, t, y
from ..options import FLAG
from ..wording import Words
from .base import Operation
from .letters import A, E
from .registry import register

OPERAND = {"A": Words("操作数", "the operand")}
POSITIONS = Words("位置，结果的每个元素取自哪里", "positions, where each entry of the result is taken from")


class Picking(Operation):
    """What takes entries of A."""

    meanings: ClassVar[Mapping[str, Words]] = {**OPERAND, "y": POSITIONS}


@register
class Pick(Picking):
    """Any choice of entries: `Z_n = μ_n A_{y_n}`, n all places of the result, c those of A.

    It is select, slice, split, unbind, flip, roll, repeat, padding with 0, nearest upsampling, permuting, and indexing.
    y may be found by letting the same call pick positions. Where μ is 0, the entry is 0 whatever y is.
    """

    called = Words("挑选元素", "picking entries")
    nodes = (
        "SelectBackward0",
        "SliceBackward0",
        "SplitBackward0",
        "SplitWithSizesBackward0",
        "UnbindBackward0",
        "ChunkBackward0",
        "DiagonalBackward0",
        "AsStridedBackward0",
        "UnfoldBackward0",
        "FlipBackward0",
        "RollBackward0",
        "RepeatBackward0",
        "TrilBackward0",
        "TriuBackward0",
        "ConstantPadNdBackward0",
        "ReflectionPad1DBackward0",
        "ReflectionPad2DBackward0",
        "ReplicationPad1DBackward0",
        "ReplicationPad2DBackward0",
        "ReflectionPad3DBackward0",
        "ReplicationPad3DBackward0",
        "UpsampleNearestExact1DBackward0",
        "UpsampleNearestExact2DBackward0",
        "UpsampleNearestExact3DBackward0",
        "UnsafeSplitBackward0",
        "UnsafeSplitWithSizesBackward0",
        "UnsafeIndexBackward0",
        "Rot90Backward0",
        "ChannelShuffleBackward0",
        "DiagEmbedBackward0",
        "UpsampleNearest1DBackward0",
        "UpsampleNearest2DBackward0",
        "UpsampleNearest3DBackward0",
        "PixelShuffleBackward0",
        "PixelUnshuffleBackward0",
        "Im2ColBackward0",
        "IndexBackward0",
        "TakeBackward0",
        "MaskedSelectBackward0",
    )
    meanings: ClassVar[Mapping[str, Words]] = {
        **OPERAND,
        "y": POSITIONS,
        "mu": Words(
            "掩码，结果取自 A 的地方为 1，填 0 的地方为 0", "the mask, 1 where the result is taken from A, else 0"
        ),
    }

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"A": A[c]}

    @property
    def definition(self) -> Definition:
        return Definition(Z[n], mu[n] * A[y[n]])


@register
class Transpose(Operation):
    """torch.t and transpose, other axes apart: `Z_cn = A_nc`."""

    called = Words("转置", "the transpose")
    nodes = ("TBackward0", "TransposeBackward0", "PermuteBackward0")
    meanings: ClassVar[Mapping[str, Words]] = OPERAND

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"A": A[n, c]}

    @property
    def definition(self) -> Definition:
        return Definition(Z[c, n], A[n, c])


@register
class Expand(Operation):
    """torch.expand: `Z_nc = A_n`, c the axes along which A is repeated."""

    called = Words("沿新的轴重复", "repeating along further axes")
    nodes = ("ExpandBackward0",)
    meanings: ClassVar[Mapping[str, Words]] = OPERAND

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"A": A[n]}

    @property
    def definition(self) -> Definition:
        return Definition(Z[n, c], A[n])


@register
class Gather(Picking):
    """torch.gather, and what returns entries with their positions: `Z_nt = A_{n, y_nt}`.

    So do max and min along an axis, sort, topk, kthvalue and mode, with the positions that torch returns. These are
    constant but where two entries change places.
    """

    called = Words("沿一个轴挑选", "picking along an axis")
    nodes = (
        "GatherBackward0",
        "MaxBackward0",
        "MinBackward0",
        "MedianBackward1",
        "SortBackward0",
        "SortBackward1",
        "TopkBackward0",
        "KthvalueBackward0",
        "ModeBackward0",
        "CummaxBackward0",
        "CumminBackward0",
    )
    corner = Words(
        "并列时，torch 全部给它返回的那个位置", "among equals, torch gives all to the position that it returns"
    )
    meanings: ClassVar[Mapping[str, Words]] = {
        **OPERAND,
        "y": POSITIONS,
        "T": Words("每行挑几个", "how many are picked in each row"),
    }

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"A": A[n, c]}

    @property
    def definition(self) -> Definition:
        return Definition(Z[n, t], A[n, y[n, t]])


@register
class IndexSelect(Picking):
    """torch.index_select, other axes apart: `Z_nd = A_{y_n, d}`."""

    called = Words("按下标取行", "picking rows")
    nodes = ("IndexSelectBackward0",)

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"A": A[c, d]}

    @property
    def definition(self) -> Definition:
        return Definition(Z[n, d], A[y[n], d])


@register
@dataclass(frozen=True, kw_only=True)
class Embedding(Operation):
    """torch.nn.functional.embedding: `Z_nd = W_{y_n, d}`.

    With `padding`, `Z_nd = μ_n W_{y_n, d} + (1 − μ_n) E_nd`: the row of padding_idx, where μ is 0, is a constant E.
    """

    called = Words("embedding", "the embedding")
    nodes = ("EmbeddingBackward0",)
    meanings: ClassVar[Mapping[str, Words]] = {
        "W": Words("词表，每行一个向量", "the table, a vector in each row"),
        "y": Words("取哪些行", "which rows are looked up"),
        "mu": Words(
            "掩码，查到 padding_idx 的地方为 0，其余为 1", "the mask, 0 where padding_idx is looked up, else 1"
        ),
        "E": Words("padding_idx 那一行，当作常数", "the row of padding_idx, taken for a constant"),
    }

    padding: bool = False

    def __post_init__(self) -> None:
        self.read(padding=FLAG)

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"W": W[c, d]}

    @property
    def definition(self) -> Definition:
        found = W[y[n], d]
        return Definition(Z[n, d], mu[n] * found + (1 - mu[n]) * E[n, d] if self.padding else found)


@register
class EmbeddingBag(Operation):
    """torch.nn.functional.embedding_bag that adds up or takes means: `Z_nd = Σ_t q_nt W_{y_nt, d}`.

    Here t are the places of a bag, and q what its entries count: 1, their weights, or one over how many there are.
    """

    called = Words("embedding bag", "the embedding bag")
    nodes = ("EmbeddingBagBackward0",)
    meanings: ClassVar[Mapping[str, Words]] = {
        "W": Words("词表，每行一个向量", "the table, a vector in each row"),
        "y": Words("取哪些行", "which rows are looked up"),
        "q": Words("每一行算多少，空位是 0", "what each row counts, 0 at empty places"),
        "T": Words("一个 bag 里的位置数", "the number of places in a bag"),
    }

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"W": W[c, d]}

    @property
    def definition(self) -> Definition:
        return Definition(Z[n, d], sum_over(q[n, t] * W[y[n, t], d], t))
