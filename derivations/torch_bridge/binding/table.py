"""Which operation a call is, by torch's name of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ... import operations as ops
from ..recording.calls import Call, SliceCall
from . import arranged, losses, norms, picked, placed, windows
from .arranged import addmm, along, product, reduction, spread
from .bound import Bound
from .losses import criterion
from .picked import picks, same
from .pointwise import celu, dropout, hardsigmoid, masked_fill, of_entries, of_one, of_tensor_or_number, of_two, where

Bind = Callable[[Call], list[Bound]]

_COPIES = ["clone", "alias", "view", "_unsafe_view", "_reshape_alias", "squeeze", "unsqueeze", "_to_copy", "detach"]
_PICKED = [
    "select",
    "slice",
    "split",
    "split_with_sizes",
    "unsafe_split",
    "unbind",
    "flip",
    "roll",
    "repeat",
    "as_strided",
    "diagonal",
    "unfold",
    "index",
    "gather",
    "index_select",
    "upsample_nearest1d",
    "upsample_nearest2d",
    "upsample_nearest3d",
    "tril",
    "triu",
    "take",
    "masked_select",
    "reflection_pad1d",
    "reflection_pad2d",
    "replication_pad1d",
    "replication_pad2d",
    "pixel_shuffle",
    "pixel_unshuffle",
    "im2col",
]
_OF_ONE = {
    "neg": ops.Negative,
    "exp": ops.Exp,
    "exp2": ops.Exp2,
    "expm1": ops.Expm1,
    "log": ops.Log,
    "log2": ops.Log2,
    "log10": ops.Log10,
    "log1p": ops.Log1p,
    "sqrt": ops.Sqrt,
    "rsqrt": ops.Rsqrt,
    "reciprocal": ops.Reciprocal,
    "tanh": ops.Tanh,
    "sinh": ops.Sinh,
    "cosh": ops.Cosh,
    "erf": ops.Erf,
    "erfc": ops.Erfc,
    "sigmoid": ops.Sigmoid,
    "log_sigmoid_forward": ops.LogSigmoid,
    "silu": ops.Silu,
    "mish": ops.Mish,
    "softplus": ops.Softplus,
    "relu": ops.Relu,
    "leaky_relu": ops.LeakyRelu,
    "elu": ops.Elu,
    "abs": ops.Absolute,
    "hardtanh": ops.Hardtanh,
    "hardswish": ops.Hardswish,
    "softshrink": ops.Softshrink,
    "hardshrink": ops.Hardshrink,
    "threshold": ops.Threshold,
    "asinh": ops.Asinh,
    "acosh": ops.Acosh,
    "atanh": ops.Atanh,
}
_CLAMPED = {
    "clamp": {"min": lambda a: a["min"] is not None, "max": lambda a: a["max"] is not None},
    "clamp_min": {"max": lambda a: False},
    "clamp_max": {"min": lambda a: False},
}
TABLE: Mapping[str, Bind] = {
    **dict.fromkeys(_COPIES, same()),
    **dict.fromkeys(_PICKED, picks),
    **{name: of_one(kind) for name, kind in _OF_ONE.items()},
    **{name: of_one(ops.Clamp, **options) for name, options in _CLAMPED.items()},
    "gelu": of_one(ops.Gelu, approximate=lambda a: a["approximate"]),
    "celu": celu,
    "hardsigmoid": hardsigmoid,
    "pow": of_one(ops.Power, exponent=lambda a: a["exponent"]),
    "rsub": of_tensor_or_number(of_two(ops.Subtract, one="other", other="self"), of_one(ops.SubtractFromNumber)),
    "add": of_tensor_or_number(of_two(ops.Add), of_one(ops.AddNumber)),
    "sub": of_tensor_or_number(of_two(ops.Subtract), of_one(ops.SubtractNumber)),
    "mul": of_tensor_or_number(of_two(ops.Multiply), of_one(ops.MultiplyByNumber)),
    "div": of_tensor_or_number(of_two(ops.Divide), of_one(ops.DivideByNumber)),
    "maximum": of_two(ops.Maximum),
    "minimum": of_two(ops.Minimum),
    "logaddexp": of_two(ops.LogAddExp),
    "fmax": of_two(ops.MaximumOrFirst),
    "fmin": of_two(ops.MinimumOrFirst),
    "hypot": of_two(ops.Hypot),
    "xlogy": of_two(ops.XLogY),
    "_prelu_kernel": of_two(ops.Prelu, other="weight"),
    "lerp": of_two(ops.Lerp, other="end"),
    "addcmul": of_entries(ops.MultiplyAdd, self="E", tensor1="A", tensor2="B"),
    "addcdiv": of_entries(ops.DivideAdd, self="E", tensor1="A", tensor2="B"),
    "where": where,
    "masked_fill": masked_fill,
    "native_dropout": dropout,
    "mm": product(ops.MatMul, self="A", mat2="B"),
    "bmm": product(ops.BatchedMatMul, self="A", mat2="B"),
    "mv": product(ops.MatVec, self="A", vec="B"),
    "baddbmm": product(ops.AddBmm, self="E", batch1="A", batch2="B"),
    "addbmm": product(ops.AddAllBmm, self="E", batch1="A", batch2="B"),
    "addmv": product(ops.AddMv, self="E", mat="A", vec="B"),
    "addr": product(ops.AddOuter, self="E", vec1="A", vec2="B"),
    "dot": arranged.dot,
    "addmm": addmm,
    "sum": reduction(ops.Sum),
    "mean": reduction(ops.Mean),
    "logsumexp": reduction(ops.LogSumExp),
    "linalg_vector_norm": reduction(ops.VectorNorm, order="ord"),
    "norm": reduction(ops.VectorNorm, order="p"),
    "var": spread(ops.Variance),
    "std": spread(ops.StandardDeviation),
    "_softmax": along(ops.Softmax),
    "_safe_softmax": along(ops.Softmax),
    "_log_softmax": along(ops.LogSoftmax),
    "prod": arranged.multiplied,
    "cumsum": arranged.cumulative(ops.CumulativeSum),
    "logcumsumexp": arranged.cumulative(ops.LogCumulativeSumExp),
    "amax": arranged.largest,
    "amin": arranged.largest,
    "native_layer_norm": norms.layer_norm,
    "native_batch_norm": norms.batch_norm,
    "_weight_norm_interface": norms.weight_norm,
    "native_group_norm": norms.group_norm,
    "_fused_rms_norm": norms.rms_norm,
    "_scaled_dot_product_flash_attention_for_cpu": norms.attention,
    "t": picked.permuted,
    "transpose": picked.permuted,
    "permute": picked.permuted,
    "expand": picked.expanded,
    "constant_pad_nd": picked.padded,
    **dict.fromkeys(("max", "min", "median", "sort", "topk", "kthvalue", "mode"), placed.ranked),
    "scatter_add": placed.added_along,
    "index_add": placed.added_rows,
    "_index_put_impl": placed.put,
    "index_put": placed.put,
    "_cdist_forward": arranged.distances,
    "_euclidean_dist": arranged.distances,
    "_adaptive_avg_pool2d": windows.adaptive_average_pool,
    "_adaptive_avg_pool3d": windows.adaptive_average_pool,
    "cat": picked.joined,
    "stack": picked.joined,
    "embedding": picked.embedding,
    "convolution": windows.convolution,
    "max_pool2d_with_indices": windows.max_pool,
    "max_pool3d_with_indices": windows.max_pool,
    "adaptive_max_pool2d": windows.max_pool,
    "avg_pool2d": windows.average_pool,
    "avg_pool3d": windows.average_pool,
    "mse_loss": criterion(ops.MseLoss),
    "binary_cross_entropy": criterion(ops.BceLoss),
    "binary_cross_entropy_with_logits": criterion(ops.BceWithLogitsLoss),
    "huber_loss": criterion(ops.HuberLoss),
    "smooth_l1_loss": criterion(ops.SmoothL1Loss),
    "soft_margin_loss": criterion(ops.SoftMarginLoss),
    "nll_loss_forward": losses.nll,
    "nll_loss2d_forward": losses.nll,
}


class Unbound(LookupError):
    """No operation describes a call: torch's name of it, or its options."""


def bind(call: Call | SliceCall) -> list[Bound]:
    """The operations that a call is, one or its parts. Raises Unbound."""
    if isinstance(call, SliceCall):
        found = placed.assigned(call)
        if found is None:
            raise Unbound(call.name)
        return found
    name = call.name.removesuffix("_")
    if name not in TABLE:
        raise Unbound(call.name)
    try:
        return TABLE[name](call)
    except NotImplementedError:
        raise Unbound(call.name) from None
