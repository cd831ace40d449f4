"""What looks at a window at a time: convolutions and pooling, of any rank, stride, padding and dilation.

φ_tg says which position x of the input stands at place g of window t, and μ_tg is 1 where one does, 0 in the padding.
Both follow from the options alone. Groups of channels are taken one at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from sympy import Expr, Indexed, KroneckerDelta

from ..derivation import Plan
from ..index_calculus.expressions import Definition
from ..index_calculus.rules import define, independent, linear, push
from ..index_calculus.symbols import W, Z, b, c, d, g, mu, n, phi, sum_over, t, w, x, y
from ..options import FLAG
from ..wording import Words
from .base import BEGIN, LAST, Operation
from .letters import A
from .registry import register

WINDOW_COUNT = Words("窗口的个数", "the number of windows")
WINDOWS = {
    "A": Words("输入", "the inputs"),
    "phi": Words("窗口 t 的第 g 个位置对着输入的哪个位置", "which position of the input stands at place g of window t"),
    "mu": Words(
        "掩码，对着输入的地方为 1，对着填充的地方为 0", "the mask, 1 where a position stands there, 0 in the padding"
    ),
    "T": WINDOW_COUNT,
    "K": Words("一个窗口有几个位置", "the number of places in a window"),
    "J": Words("位置的个数", "the number of positions"),
}


class OfWindows(Operation):
    """A function of the windows of A."""

    meanings: ClassVar[Mapping[str, Words]] = WINDOWS


@register
@dataclass(frozen=True, kw_only=True)
class Convolution(OfWindows):
    """torch.nn.functional.conv1d, conv2d, conv3d: `Z_nct = b_c + Σ_d Σ_g μ_tg W_cdg A_{n, d, φ_tg}`.

    Here n are samples, d and c channels, t windows, g the places of a kernel; `bias=False` without b.
    """

    called = Words("卷积", "the convolution")
    nodes = ("ConvolutionBackward0", "ConvolutionOverrideableBackward0", "ConvDepthwise2DBackward0")
    meanings: ClassVar[Mapping[str, Words]] = {
        **WINDOWS,
        "W": Words("卷积核", "the kernels"),
        "b": Words("偏置", "the bias"),
    }

    bias: bool = True

    def __post_init__(self) -> None:
        self.read(bias=FLAG)

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"A": A[n, d, x], "W": W[c, d, g], **({"b": b[c]} if self.bias else {})}

    @property
    def definition(self) -> Definition:
        windows = sum_over(mu[t, g] * W[c, d, g] * A[n, d, phi[t, g]], d, g)
        return Definition(Z[n, c, t], b[c] + windows if self.bias else windows)


@register
@dataclass(frozen=True, kw_only=True)
class TransposedConvolution(OfWindows):
    """torch.nn.functional.conv_transpose1d, 2d, 3d: `Z_ncx = b_c + Σ_d Σ_t Σ_g μ_tg W_dcg A_ndt δ(φ_tg, x)`.

    Each entry of the input is laid over a window t of the result, times the kernel.
    """

    called = Words("转置卷积", "the transposed convolution")
    nodes = ("ConvolutionBackward0",)
    meanings: ClassVar[Mapping[str, Words]] = {
        **Convolution.meanings,
        "phi": Words(
            "窗口 t 的第 g 个位置对着结果的哪个位置", "which position of the result stands at place g of window t"
        ),
    }

    bias: bool = True

    def __post_init__(self) -> None:
        self.read(bias=FLAG)

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"A": A[n, d, t], "W": W[d, c, g], **({"b": b[c]} if self.bias else {})}

    @property
    def definition(self) -> Definition:
        under: Expr = mu[t, g] * W[d, c, g] * A[n, d, t]
        laid = sum_over(under * KroneckerDelta(phi[t, g], x), d, t, g)
        return Definition(Z[n, c, x], b[c] + laid if self.bias else laid)

    def plan(self, wrt: str) -> Plan:
        """As for all, but G comes under the inner sums, where a δ picks its entry."""
        inside = [linear.where_possible, independent, push.where_possible]
        return ([*BEGIN, define("Z")], [linear.where_possible], inside, *LAST[1:])


@register
class AveragePool(OfWindows):
    """torch.nn.functional.avg_pool1d, 2d, 3d, and adaptive ones: `Z_nt = w_t Σ_g μ_tg A_{n, φ_tg}`.

    Here n are samples and channels, and w is 1 over what torch divides by. Bilinear upsampling is such a sum as well,
    with the weights of the neighbours in the place of μ.
    """

    called = Words("平均池化", "average pooling")
    nodes = (
        "AvgPool2DBackward0",
        "AvgPool3DBackward0",
        "AdaptiveAvgPool2DBackward0",
        "AdaptiveAvgPool3DBackward0",
        "UpsampleLinear1DBackward0",
        "UpsampleBilinear2DBackward0",
        "UpsampleBicubic2DBackward0",
        "UpsampleTrilinear3DBackward0",
        "UpsampleBilinear2DAaBackward0",
        "UpsampleBicubic2DAaBackward0",
    )
    meanings: ClassVar[Mapping[str, Words]] = {
        **WINDOWS,
        "w": Words("每个窗口除以的个数的倒数", "the inverse of what each window is divided by"),
    }

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"A": A[n, x]}

    @property
    def definition(self) -> Definition:
        return Definition(Z[n, t], w[t] * sum_over(mu[t, g] * A[n, phi[t, g]], g))


@register
class MaxPool(OfWindows):
    """torch.nn.functional.max_pool1d, 2d, 3d: `Z_nt = A_{n, y_nt}`, with the positions y that torch returns.

    They are constant but where two entries change places.
    """

    called = Words("最大池化", "max pooling")
    nodes = (
        "MaxPool2DWithIndicesBackward0",
        "MaxPool3DWithIndicesBackward0",
        "AdaptiveMaxPool2DBackward0",
        "AdaptiveMaxPool3DBackward0",
        "FractionalMaxPool2DBackward0",
        "FractionalMaxPool3DBackward0",
    )
    corner = Words("窗口里并列最大时，torch 全部给第一个", "among equals in a window, torch gives all to the first")
    meanings: ClassVar[Mapping[str, Words]] = {
        "A": WINDOWS["A"],
        "y": Words("每个窗口里最大的元素在哪里", "where the largest entry of each window is"),
        "T": WINDOW_COUNT,
    }

    @property
    def operands(self) -> Mapping[str, Indexed]:
        return {"A": A[n, c]}

    @property
    def definition(self) -> Definition:
        return Definition(Z[n, t], A[n, y[n, t]])
