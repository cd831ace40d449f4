"""Every operation as torch has it: a call on arrays with the axes of the formula, and what the arrays hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

import torch
import torch.nn.functional as F
from torch import Tensor

from derivations import operations as ops
from derivations.operations import Operation

#: What sizes are, by letter.
SIZES = ({"N": 4, "D": 4, "C": 5, "T": 2, "K": 3, "J": 6}, {"N": 5, "D": 1, "C": 7, "T": 3, "K": 2, "J": 5})


@dataclass(frozen=True)
class Case:
    """`call` takes arrays by letter: operands, what is given beside them, numbers.

    - `held`: the axes of an array that is no operand, and what it holds: "mask", "labels" or "real".
    - `domain`: what operands hold, where not any numbers: "positive" or "unit".
    - `numbers`: the values of numbers. `at`: values that A takes too, such as its corners.
    - `node`: the name of torch's node, where not the operation's first; "" where the call makes several.
    - `close`: how closely shares agree.
    - `beside`: more that is given, from the sizes, and what sizes follow from it.
    """

    operation: Operation
    call: Callable[..., Tensor]
    held: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    domain: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)
    at: tuple[float, ...] = ()
    node: str | None = None
    close: float = 1e-11
    beside: Callable[..., tuple[dict[str, Tensor], dict[str, int]]] | None = None

    @property
    def name(self) -> str:
        return self.operation.nodes[0] if self.node is None else self.node

    def __str__(self) -> str:
        return f"{self.operation} {self.name}"


def pointwise(kind, call, at=(), domain="", node=None, held=None, options=None, **numbers) -> Case:
    operation = kind(**(options or {}))
    return Case(operation, call, held or {}, {"A": domain} if domain else {}, numbers, tuple(at), node)


def binary(kind, call, domain=None, held=None, **numbers) -> Case:
    def on_both(A, B, **rest):
        return call(A[:, :, None], B[:, None], **rest)

    return Case(kind(), on_both, held or {}, domain or {}, numbers)


def window(t, g, phi, mu, A):
    """The entries of A (n, d, x) under place g of window t."""
    return A[:, :, phi] * mu


#: Rows in which one is largest, and in which two are.
TIED = torch.tensor([[1.0, 4.0, -2.0, 3.0], [0.5, 2.0, 2.0, -1.0]], dtype=torch.float64)


def parts(array):
    """Which entries are largest in their row, in equal parts."""
    largest = (array == array.amax(1, keepdim=True)).double()
    return largest / largest.sum(1, keepdim=True)


ZERO = (0.0,)
MASK = {"mu": ("n", "mask")}
POINTWISE = (
    pointwise(ops.Copy, lambda A: A.clone()),
    pointwise(ops.Copy, torch.ops.aten._to_copy, node="ToCopyBackward0"),
    pointwise(ops.Copy, lambda A: A.view(1, -1).view(-1), node="ViewBackward0"),
    pointwise(ops.Copy, lambda A: A.unsqueeze(0).squeeze(0), node="SqueezeBackward1"),
    pointwise(ops.Negative, lambda A: -A),
    pointwise(ops.Exp, torch.exp),
    pointwise(ops.Exp2, torch.exp2),
    pointwise(ops.Expm1, torch.expm1),
    pointwise(ops.Log, torch.log, domain="positive"),
    pointwise(ops.Log2, torch.log2, domain="positive"),
    pointwise(ops.Log10, torch.log10, domain="positive"),
    pointwise(ops.Log1p, torch.log1p, domain="positive"),
    pointwise(ops.Sqrt, torch.sqrt, domain="positive"),
    pointwise(ops.Rsqrt, torch.rsqrt, domain="positive"),
    pointwise(ops.Reciprocal, torch.reciprocal),
    *(
        pointwise(ops.Power, lambda A, p=p: A ** float(p), domain="positive", options={"exponent": p})
        for p in (3, 0.5, -2, Fraction(1, 4))
    ),
    pointwise(ops.Power, lambda A: A**2),
    pointwise(ops.Sigmoid, torch.sigmoid),
    pointwise(ops.LogSigmoid, F.logsigmoid),
    pointwise(ops.Tanh, torch.tanh),
    pointwise(ops.Sinh, torch.sinh),
    pointwise(ops.Cosh, torch.cosh),
    pointwise(ops.Asinh, torch.asinh),
    pointwise(ops.Acosh, lambda A: torch.acosh(A), domain="above"),
    pointwise(ops.Atanh, torch.atanh, domain="unit"),
    pointwise(ops.Logit, torch.logit, domain="unit"),
    Case(
        ops.Constant(),
        lambda A, E: A.round(),
        beside=lambda sizes, chance: ({"E": lambda given: given["A"].round()}, {}),
    ),
    Case(
        ops.Remainder(),
        lambda A, E: A.frac(),
        beside=lambda sizes, chance: ({"E": lambda given: given["A"].trunc()}, {}),
    ),
    pointwise(ops.Erf, torch.erf),
    pointwise(ops.Erfc, torch.erfc),
    pointwise(ops.Silu, F.silu),
    pointwise(ops.Mish, F.mish),
    pointwise(ops.Gelu, F.gelu),
    pointwise(ops.Gelu, lambda A: F.gelu(A, approximate="tanh"), options={"approximate": "tanh"}),
    pointwise(ops.Softplus, lambda A, beta, alpha: F.softplus(A, beta, alpha), at=(10, 11, 15), beta=2.0, alpha=20.0),
    pointwise(ops.Relu, torch.relu, at=ZERO),
    pointwise(ops.LeakyRelu, lambda A, alpha: F.leaky_relu(A, alpha), at=ZERO, alpha=0.3),
    pointwise(
        ops.Elu,
        lambda A, alpha, beta, gamma: torch.ops.aten.elu(A, alpha, beta, gamma),
        at=ZERO,
        alpha=1.5,
        beta=0.7,
        gamma=2.0,
    ),
    pointwise(ops.Absolute, torch.abs, at=ZERO),
    pointwise(ops.Sign, torch.sign, at=ZERO),
    pointwise(
        ops.Clamp, lambda A, eta, **low: torch.clamp(A, low["lambda"], eta), at=(-0.5, 1), eta=1.0, **{"lambda": -0.5}
    ),
    pointwise(
        ops.Clamp,
        lambda A, **low: torch.clamp_min(A, low["lambda"]),
        at=(0.5,),
        node="ClampMinBackward0",
        options={"max": False},
        **{"lambda": 0.5},
    ),
    pointwise(
        ops.Clamp,
        lambda A, eta: torch.clamp_max(A, eta),
        at=(0.5,),
        node="ClampMaxBackward0",
        options={"min": False},
        eta=0.5,
    ),
    pointwise(
        ops.Hardtanh, lambda A, eta, **low: F.hardtanh(A, low["lambda"], eta), at=(0, 6), eta=6.0, **{"lambda": 0.0}
    ),
    # torch multiplies by 1/6 as a float32 has it, in float64 as well
    replace(pointwise(ops.Hardsigmoid, F.hardsigmoid, at=(-3, 3, 4, -4)), close=1e-7),
    pointwise(ops.Hardswish, F.hardswish, at=(-3, 3, 4, -4)),
    pointwise(ops.Softshrink, lambda A, **low: F.softshrink(A, low["lambda"]), at=(-0.5, 0.5), **{"lambda": 0.5}),
    pointwise(ops.Hardshrink, lambda A, **low: F.hardshrink(A, low["lambda"]), at=(-0.5, 0.5), **{"lambda": 0.5}),
    pointwise(
        ops.Threshold, lambda A, eta, **low: F.threshold(A, low["lambda"], eta), at=(0.5,), eta=9.0, **{"lambda": 0.5}
    ),
    pointwise(
        ops.AddNumber, lambda A, alpha, beta: torch.add(A, beta, alpha=alpha), node="AddBackward0", alpha=2.0, beta=3.0
    ),
    pointwise(
        ops.SubtractNumber,
        lambda A, alpha, beta: torch.sub(A, beta, alpha=alpha),
        node="SubBackward0",
        alpha=2.0,
        beta=3.0,
    ),
    pointwise(ops.SubtractFromNumber, lambda A, alpha, beta: torch.rsub(A, beta, alpha=alpha), alpha=2.0, beta=3.0),
    pointwise(ops.MultiplyByNumber, lambda A, alpha: A * alpha, alpha=2.5),
    pointwise(ops.DivideByNumber, lambda A, alpha: A / alpha, alpha=2.5),
    pointwise(ops.NumberPower, lambda A, alpha: alpha**A, alpha=2.5),
    pointwise(ops.MaskedFill, lambda A, mu, alpha: A.masked_fill(mu.bool(), alpha), held=MASK, alpha=7.0),
    pointwise(ops.Dropout, lambda A, mu, alpha: alpha * mu * A, node="", held=MASK, alpha=1.25),
)
BINARY = (
    binary(ops.Add, lambda a, b, alpha: torch.add(a, b, alpha=alpha), alpha=1.5),
    binary(ops.Subtract, lambda a, b, alpha: torch.sub(a, b, alpha=alpha), alpha=1.5),
    binary(ops.Multiply, torch.mul),
    binary(ops.Divide, torch.div),
    binary(ops.Maximum, torch.maximum),
    binary(ops.Minimum, torch.minimum),
    *(
        Case(
            kind(),
            lambda A, B, call=call: call(A[:, :, None], B[:, None]),
            beside=lambda sizes, chance: ({"A": TIED.T[:2], "B": TIED[:, 1:]}, {"N": 2, "D": 2, "C": 3}),
        )
        for kind, call in (
            (ops.Maximum, torch.maximum),
            (ops.Minimum, torch.minimum),
            (ops.MaximumOrFirst, torch.fmax),
            (ops.MinimumOrFirst, torch.fmin),
        )
    ),
    binary(ops.TensorPower, torch.pow, {"A": "positive"}),
    binary(ops.Hypot, torch.hypot),
    binary(ops.XLogY, torch.xlogy, {"B": "positive"}),
    binary(ops.LogAddExp, torch.logaddexp),
    binary(ops.Where, lambda a, b, mu: torch.where(mu.bool(), a, b), held={"mu": ("ndc", "mask")}),
    Case(
        ops.Prelu(),
        lambda A, B: torch._prelu_kernel(A[:, :, None], B[:, None]),
        beside=lambda sizes, chance: ({}, {"C": 1}),
        at=ZERO,
    ),
    binary(ops.Lerp, lambda a, b, alpha: torch.lerp(a, b, alpha), alpha=0.3),
)
PRODUCTS = (
    Case(ops.MatMul(), torch.mm),
    Case(ops.BatchedMatMul(), torch.bmm),
    Case(ops.MatVec(), torch.mv),
    Case(ops.Dot(), lambda A, B: torch.stack([torch.dot(a, b) for a, b in zip(A, B, strict=True)]), node=""),
    Case(
        ops.AddMm(),
        lambda b, A, B, alpha, beta: torch.addmm(b, A, B, alpha=alpha, beta=beta),
        numbers={"alpha": 1.5, "beta": 0.5},
    ),
    Case(
        ops.AddMm(added="matrix"),
        lambda E, A, B, alpha, beta: torch.addmm(E, A, B, alpha=alpha, beta=beta),
        numbers={"alpha": 1.5, "beta": 0.5},
    ),
    Case(
        ops.AddBmm(),
        lambda E, A, B, alpha, beta: torch.baddbmm(E, A, B, alpha=alpha, beta=beta),
        numbers={"alpha": 1.5, "beta": 0.5},
    ),
    Case(
        ops.AddAllBmm(),
        lambda E, A, B, alpha, beta: torch.addbmm(E, A, B, alpha=alpha, beta=beta),
        numbers={"alpha": 1.5, "beta": 0.5},
    ),
    Case(
        ops.AddMv(),
        lambda E, A, B, alpha, beta: torch.addmv(E, A, B, alpha=alpha, beta=beta),
        numbers={"alpha": 1.5, "beta": 0.5},
    ),
    Case(
        ops.AddOuter(),
        lambda E, A, B, alpha, beta: torch.addr(E, A, B, alpha=alpha, beta=beta),
        numbers={"alpha": 1.5, "beta": 0.5},
    ),
    Case(ops.Affine(), F.linear, node=""),
    Case(ops.Affine(bias=False), F.linear, node=""),
    Case(ops.MultiplyAdd(), lambda E, A, B, alpha: torch.addcmul(E, A, B, value=alpha), numbers={"alpha": 1.5}),
    Case(ops.DivideAdd(), lambda E, A, B, alpha: torch.addcdiv(E, A, B, value=alpha), numbers={"alpha": 1.5}),
    Case(ops.Cdist(), torch.cdist),
    Case(ops.WeightNorm(), lambda A, B: torch._weight_norm(A, B[:, None], 0), node=""),
)


def triangle(sizes, chance):
    return {"mu": torch.ones(sizes["C"], sizes["C"], dtype=torch.float64).tril()}, {}


REDUCTIONS = (
    Case(ops.Sum(), lambda A: A.sum(1), node="SumBackward1"),
    Case(ops.Mean(), lambda A: A.mean(1), node="MeanBackward1"),
    Case(ops.VectorNorm(), lambda A: torch.linalg.vector_norm(A, dim=1)),
    Case(
        ops.Product(),
        lambda A, mu: A.prod(1),
        beside=lambda sizes, chance: ({"mu": lambda given: given["A"].detach().sign().prod(1)}, {}),
        node="ProdBackward1",
    ),
    Case(
        ops.Largest(),
        lambda A, mu: A.amax(1),
        beside=lambda sizes, chance: ({"A": TIED, "mu": lambda given: parts(given["A"].detach())}, {"N": 2, "C": 4}),
    ),
    Case(ops.VectorNorm(order=1), lambda A: torch.linalg.vector_norm(A, 1, dim=1), at=ZERO),
    Case(ops.LogCumulativeSumExp(), lambda A, mu: torch.logcumsumexp(A, 1), beside=triangle),
    Case(ops.LogSumExp(), lambda A: torch.logsumexp(A, 1)),
    Case(ops.Softmax(), lambda A: torch.softmax(A, 1)),
    Case(ops.LogSoftmax(), lambda A: torch.log_softmax(A, 1)),
    Case(ops.Variance(), lambda A, alpha: torch.var(A, 1, correction=alpha), numbers={"alpha": 1.0}),
    Case(ops.StandardDeviation(), lambda A, alpha: torch.std(A, 1, correction=alpha), numbers={"alpha": 1.0}),
)


# What is given beside the operands, from the sizes; with the sizes that follow from others.


def windows(stride=1, padding=0, dilation=1):
    """φ and μ, found by letting torch lay its windows over the positions 1 to J."""

    def beside(sizes, chance):
        positions = torch.arange(1.0, sizes["J"] + 1, dtype=torch.float64)[None, None, None]
        columns = F.unfold(positions, (1, sizes["K"]), (1, dilation), (0, padding), (1, stride))[0].T
        phi, mu = (columns - 1).clamp_min(0).long(), (columns > 0).double()
        return {"phi": phi, "mu": mu}, {"T": len(phi)}

    return beside


def means(padding):
    """The same, and one over what torch divides by: as many as there are places, those in the padding too."""

    def beside(sizes, chance):
        found, more = windows(padding=padding)(sizes, chance)
        return found | {"w": torch.full((more["T"],), 1 / sizes["K"], dtype=torch.float64)}, more

    return beside


def behind(sizes, chance):
    """A stands behind another in what is joined, which has two entries more."""
    of_a, both = sizes["C"], sizes["C"] + 2
    first = torch.tensor([3.0, 4.0], dtype=torch.float64)
    mu = torch.arange(both) >= 2
    return {
        "y": (torch.arange(both) - 2).clamp_min(0),
        "mu": mu.double(),
        "E": torch.cat([first, torch.zeros(of_a, dtype=torch.float64)]),
    }, {"N": both}


def put(sizes, chance):
    """Each of B is put in a place of its own."""
    places = torch.randperm(sizes["C"], generator=chance)[: sizes["N"]]
    return {"y": places, "mu": torch.ones(sizes["C"], dtype=torch.float64).index_fill(0, places, 0.0)}, {}


def padded(sizes, chance):
    """The first row of the table is that of padding_idx, and looked up once."""
    y = torch.randint(1, sizes["C"], (sizes["N"],), generator=chance).index_fill(0, torch.tensor(0), 0)
    return {"y": y, "mu": (y > 0).double(), "E": lambda given: given["W"].detach()[y]}, {}


PICKING = (
    Case(ops.Expand(), lambda A: A[:, None].expand(-1, 5), beside=lambda sizes, chance: ({}, {"C": 5})),
    Case(ops.CumulativeSum(), lambda A, mu: A.cumsum(1), beside=triangle),
    Case(
        ops.Concatenate(),
        lambda A, y, mu, E: torch.cat([E[:2], A]),
        beside=behind,
    ),
    Case(
        ops.EmbeddingBag(),
        lambda W, y, q: F.embedding_bag(y, W, per_sample_weights=q, mode="sum"),
        held={"y": ("nt", "labels"), "q": ("nt", "real")},
    ),
    Case(ops.Scatter(), lambda A, B, y, mu: A.scatter(0, y, B), beside=put),
    Case(
        ops.Embedding(padding=True),
        lambda W, y, mu, E: F.embedding(y, W, padding_idx=0),
        beside=padded,
    ),
    Case(
        ops.Pick(),
        lambda A, y, mu: torch.where(mu.bool(), A[y], 0.0),
        held={"y": ("n", "labels"), "mu": ("n", "mask")},
        node="",
    ),
    Case(ops.Pick(), lambda A, y, mu: A[y], held={"y": ("n", "labels"), "mu": ("n", "ones")}, node="IndexBackward0"),
    Case(ops.Transpose(), lambda A: A.t()),
    Case(ops.Transpose(), lambda A: A.transpose(0, 1), node="TransposeBackward0"),
    Case(ops.Transpose(), lambda A: A.permute(1, 0), node="PermuteBackward0"),
    Case(ops.Gather(), lambda A, y: A.gather(1, y), held={"y": ("nt", "labels")}),
    Case(ops.IndexSelect(), lambda A, y: A.index_select(0, y), held={"y": ("n", "labels")}),
    Case(ops.Embedding(), lambda W, y: F.embedding(y, W), held={"y": ("n", "labels")}),
    Case(
        ops.ScatterAdd(),
        lambda A, B, y, alpha: A.index_add(0, y, B, alpha=alpha),
        held={"y": ("n", "labels")},
        numbers={"alpha": 1.5},
        node="IndexAddBackward0",
    ),
    Case(
        ops.ScatterAdd(),
        lambda A, B, y, alpha: A.scatter_add(0, y, B),
        held={"y": ("n", "labels")},
        numbers={"alpha": 1.0},
    ),
)
WINDOWS = (
    *(
        Case(
            ops.Convolution(bias=bias),
            lambda A, W, b=None, phi=None, mu=None, options=options: F.conv1d(A, W, b, **options),
            beside=windows(**options),
        )
        for bias, options in (
            (True, {"stride": 2, "padding": 1}),
            (False, {"dilation": 2, "padding": 2}),
        )
    ),
    *(
        Case(
            ops.TransposedConvolution(bias=bias),
            lambda A, W, b=None, phi=None, mu=None: F.conv_transpose1d(A, W, b, padding=1),
            beside=windows(padding=1),
        )
        for bias in (True, False)
    ),
    Case(
        ops.AveragePool(),
        lambda A, phi, mu, w: F.avg_pool1d(A[None], round(1 / w[0].item()), 1, 1)[0],
        beside=means(padding=1),
        node="",
    ),
)
NORMS = (
    Case(
        ops.LayerNorm(),
        lambda A, w, b, epsilon: F.layer_norm(A, A.shape[1:], w, b, epsilon),
        numbers={"epsilon": 1e-3},
    ),
    Case(
        ops.LayerNorm(affine=False),
        lambda A, epsilon: F.layer_norm(A, A.shape[1:], eps=epsilon),
        numbers={"epsilon": 1e-3},
    ),
    Case(
        ops.BatchNorm(),
        lambda A, w, b, epsilon: F.batch_norm(A.T, None, None, w, b, True, eps=epsilon).T,
        numbers={"epsilon": 1e-3},
        node="",
    ),
    Case(
        ops.BatchNormEval(),
        lambda A, w, b, A_bar, V, epsilon: F.batch_norm(A.T, A_bar, V, w, b, False, eps=epsilon).T,
        held={"A_bar": ("n", "real"), "V": ("n", "positive")},
        numbers={"epsilon": 1e-3},
        node="",
    ),
    Case(
        ops.GroupNorm(),
        lambda A, w, b, epsilon: F.group_norm(A.flatten(1, 2), A.shape[1], w.flatten(), b.flatten(), epsilon).view_as(
            A
        ),
        numbers={"epsilon": 1e-3},
        node="",
    ),
    Case(
        ops.RmsNorm(), lambda A, w, epsilon: F.rms_norm(A, A.shape[1:], w, epsilon), numbers={"epsilon": 1e-3}, node=""
    ),
)
ATTENTION = (
    Case(
        ops.Attention(),
        lambda A, B, V, mu, alpha: F.scaled_dot_product_attention(
            A[None, None], B[None, None], V[None, None], mu[None, None], scale=alpha
        )[0, 0],
        held={"mu": ("nt", "real")},
        numbers={"alpha": 0.6},
        node="",
    ),
)
CRITERIA = tuple(
    case
    for reduction in ("mean", "sum", "none")
    for case in (
        Case(ops.MseLoss(reduction=reduction), lambda A, B, reduction=reduction: F.mse_loss(A, B, reduction=reduction)),
        Case(
            ops.BceLoss(reduction=reduction),
            lambda A, B, w, reduction=reduction: F.binary_cross_entropy(A, B, w, reduction=reduction),
            {"w": ("n", "positive")},
            {"A": "unit", "B": "unit"},
        ),
        Case(
            ops.BceWithLogitsLoss(reduction=reduction),
            lambda A, B, w, q, reduction=reduction: F.binary_cross_entropy_with_logits(
                A, B, w, pos_weight=q, reduction=reduction
            ),
            {"w": ("n", "positive"), "q": ("n", "positive")},
            {"B": "unit"},
        ),
        Case(
            ops.HuberLoss(reduction=reduction),
            lambda A, B, beta, reduction=reduction: F.huber_loss(A, B, reduction=reduction, delta=beta),
            numbers={"beta": 0.7},
        ),
        Case(
            ops.SmoothL1Loss(reduction=reduction),
            lambda A, B, beta, reduction=reduction: F.smooth_l1_loss(A, B, reduction=reduction, beta=beta),
            numbers={"beta": 0.7},
        ),
        Case(
            ops.SoftMarginLoss(reduction=reduction),
            lambda A, B, reduction=reduction: F.soft_margin_loss(A, B, reduction=reduction),
            {"B": ("n", "signs")},
        ),
        Case(
            ops.NllLoss(reduction=reduction),
            lambda A, y, w, mu, reduction=reduction: F.nll_loss(
                A, torch.where(mu.bool(), y, -100), w, reduction=reduction
            ),
            {"y": ("n", "labels"), "w": ("c", "positive"), "mu": ("n", "mask")},
        ),
    )
)
CASES = (*POINTWISE, *BINARY, *PRODUCTS, *REDUCTIONS, *PICKING, *WINDOWS, *NORMS, *ATTENTION, *CRITERIA)
