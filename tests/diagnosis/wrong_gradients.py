"""Wrong gradients with what was done to them, written before any of them was diagnosed.

A row: its name, the scene, the wrong gradient in terms of the batch, and the answers that are right, any one of them.
A row is changed only where its own statement is false, or where another statement is true of the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from answers import NOTHING, Answer, Named, answers, divisor, m
from torch import Tensor, nn
from trial_data import Data, Scene


def weights(classes: int, dtype: torch.dtype) -> Tensor:
    return (0.55 + 0.37 * torch.arange(classes, dtype=torch.float64) ** 1.1).to(dtype)


def made(kind: type[nn.Module], **options: Any) -> Callable[[int, torch.dtype], Any]:
    return lambda classes, dtype: kind(
        **{name: each(classes, dtype) if callable(each) else each for name, each in options.items()}
    )


def weighted_mse(classes: int, dtype: torch.dtype, reduction: str = "mean") -> Any:
    generator = torch.Generator().manual_seed(7)
    weight = 0.3 + torch.rand(5, classes, generator=generator, dtype=torch.float64)
    return partial(F.mse_loss, weight=weight.to(dtype), reduction=reduction)


def mse(reduction: str = "mean", **scene: Any) -> Scene:
    return Scene(made(nn.MSELoss, reduction=reduction), targets="real", incoming=reduction == "none", **scene)


def ce(*options: str, reduction: str = "mean", targets: str = "indices", **scene: Any) -> Scene:
    """Cross-entropy with weights ("w"), ignored labels ("i"), label smoothing ("s")."""
    given: dict[str, Any] = {"reduction": reduction}
    if "w" in options:
        given["weight"] = weights
    if "s" in options:
        given["label_smoothing"] = 0.15
    if "i" in options:
        scene = {"ignored": (1, 4), "shape": (7, 3), **scene}
    return Scene(made(nn.CrossEntropyLoss, **given), targets=targets, incoming=reduction == "none", **scene)


def nll(*options: str, reduction: str = "mean", **scene: Any) -> Scene:
    given: dict[str, Any] = {"reduction": reduction, **({"weight": weights} if "w" in options else {})}
    if "i" in options:
        scene = {"ignored": (1, 4), "shape": (7, 3), **scene}
    return Scene(made(nn.NLLLoss, **given), incoming=reduction == "none", **scene)


def log_softmax(*options: str, **scene: Any) -> Scene:
    return nll(*options, **{"features": 4, "log_softmax": True, "wrt": "logits", **scene})


def bce(*options: str, reduction: str = "mean", **scene: Any) -> Scene:
    """Binary cross-entropy with weight ("w"), pos_weight ("q"); targets are probabilities."""
    given: dict[str, Any] = {"reduction": reduction}
    if "w" in options:
        given["weight"] = lambda classes, dtype: 1.3 * weights(classes, dtype) + 0.21
    if "q" in options:
        given["pos_weight"] = lambda classes, dtype: (1.7 + 0.9 * torch.arange(classes)).to(dtype)
    scene = {"targets": "probabilities", **scene}
    return Scene(made(nn.BCEWithLogitsLoss, **given), incoming=reduction == "none", **scene)


LINEAR = {"features": 4}
ONE, SQUARE, LARGE, EXTRA, BLOCK = (1, 4), (4, 4), (64, 10), (2, 3, 4), (7, 129)
VOCABULARY = (8, 4096)


@dataclass(frozen=True)
class Row:
    name: str
    scene: Scene
    wrong: Callable[[Data], Tensor]
    accepted: tuple[Answer, ...]


ROWS: dict[str, Row] = {}


def row(name: str, scene: Scene, wrong: Callable[[Data], Tensor], *accepted: Named | Answer) -> None:
    assert name not in ROWS, name
    ROWS[name] = Row(name, scene, wrong, answers(*accepted))


#: With D = 4 these two are the same numbers.
QUARTER = m("factor", times=0.25)
AVERAGED = m("summed", how="mean")  # of a bias: the divisor N once more, in other words
SIGN, TRANSPOSED, TWICE = m("sign"), m("transposed"), m("counted twice")
DIFFERENTIATED_TWICE, OF_PROBABILITIES = m("differentiated twice"), m("of probabilities")


def half(d: Data) -> Tensor:
    return d.right / 2


def rolled(array: Tensor, by: int) -> Tensor:
    return array.roll(by, 1)


def left_out(gradient: Tensor, *rows: int) -> Tensor:
    """The same, where these rows of a matrix were never written."""
    copy = gradient.clone()
    copy[list(rows)] = 0
    return copy


def without_columns(gradient: Tensor, start: int, end: int | None = None) -> Tensor:
    copy = gradient.clone()
    copy[:, start:end] = 0
    return copy


def lower(gradient: Callable[[Data, torch.dtype], Tensor], dtype: torch.dtype) -> Callable[[Data], Tensor]:
    """Computed in another dtype, and returned in that of the scene."""
    return lambda d: gradient(d, dtype).to(d.scene.dtype)


#: 2 sign(Z − Y)/(NC) is how the certified formula lacks the difference; without the 2 it lacks that too.
SIGN_ALONE = m("not differentiated", how="sign")

# Mean squared error --------------------------------------------------------------------------------------------------

TWO_LOST, DOUBLED = m("factor", times=0.5), m("factor", times=2)
N_ONLY, C_ONLY, NO_MEAN = divisor("N·C", "N"), divisor("N·C", "C"), divisor("N·C", "1")

row("mse: the 2 forgotten", mse(), half, TWO_LOST)
row("mse: the 2 forgotten, W", mse(**LINEAR, wrt="weight"), half, TWO_LOST)
row("mse: the 2 forgotten, none", mse("none"), half, TWO_LOST)
row("mse: 2 twice", mse(), lambda d: 4 * (d.z - d.y) / d.z.numel(), DOUBLED)
row("mse: divided by N alone", mse(), lambda d: 2 * (d.z - d.y) / d.N, N_ONLY)
row("mse: divided by N alone, W", mse(**LINEAR, wrt="weight"), lambda d: 2 / d.N * (d.z - d.y).T @ d.X, N_ONLY)
row("mse: divided by N alone, many rows", mse(shape=LARGE), lambda d: 2 * (d.z - d.y) / 64, N_ONLY)
row("mse: divided by C alone", mse(), lambda d: 2 * (d.z - d.y) / d.C, C_ONLY)
row("mse: N or C, they are equal", mse(shape=SQUARE), lambda d: 2 * (d.z - d.y) / 4, N_ONLY, C_ONLY)
row("mse: sum for mean", mse(), lambda d: 2 * (d.z - d.y), NO_MEAN)
row("mse: sum for mean, X", mse(**LINEAR, wrt="inputs"), lambda d: 2 * (d.z - d.y) @ d.W, NO_MEAN)
row("mse: mean for sum", mse("sum"), lambda d: 2 * (d.z - d.y) / d.z.numel(), divisor("1", "N·C"))
row("mse: mean over rows for sum", mse("sum"), lambda d: 2 * (d.z - d.y) / d.N, divisor("1", "N"))
row("mse: mean for none", mse("none"), lambda d: d.right / d.z.numel(), divisor("1", "N·C"))
row("mse: y − z", mse(), lambda d: 2 * (d.y - d.z) / d.z.numel(), SIGN)
row("mse: minus, bias, one sample", mse(shape=ONE, **LINEAR, wrt="bias"), lambda d: -d.right, SIGN)
row(
    "mse: y − z without the 2",
    mse(),
    lambda d: (d.y - d.z) / d.z.numel(),
    (SIGN, TWO_LOST),
    m("factor", times=-0.5),
)
row("mse: grad_output ignored", mse("none"), lambda d: 2 * (d.z - d.y), m("grad_output ignored"))
row("mse: grad_output twice", mse("none"), lambda d: 2 * (d.z - d.y) * d.v**2, m("grad_output twice"))
row("mse: not differentiated", mse(), lambda d: (d.z - d.y) ** 2 / d.z.numel(), m("not differentiated"))
row(
    "mse: that of the absolute error",
    mse(),
    lambda d: (d.z - d.y).sign() / d.z.numel(),
    SIGN_ALONE,
    (SIGN_ALONE, TWO_LOST),
)
row("mse: targets forgotten", mse(), lambda d: 2 * d.z / d.z.numel(), m("term missing", term="Y"))
row("mse: z + y", mse(), lambda d: 2 * (d.z + d.y) / d.z.numel(), m("term sign", term="Y"))
row("mse: only the targets", mse(), lambda d: -2 * d.y / d.z.numel(), m("term missing", term="Z"))
row("mse: Wᵀ, square", mse(shape=SQUARE, **LINEAR, wrt="weight"), lambda d: d.right.T, TRANSPOSED)
row("mse: Xᵀ G for Gᵀ X", mse(**LINEAR, wrt="weight"), lambda d: d.X.T @ d.g, TRANSPOSED)
row(
    "mse: G Wᵀ for G W, square",
    mse(shape=(5, 4), **LINEAR, wrt="inputs"),
    lambda d: d.g @ d.W.T,
    m("transposed"),
    m("factor transposed"),
)
row(
    "mse: bias over everything",
    mse(**LINEAR, wrt="bias"),
    lambda d: d.g.sum().expand(d.C).clone(),
    m("summed", how="everything"),
)
row(
    "mse: bias averaged over the rows",
    mse(**LINEAR, wrt="bias"),
    lambda d: d.g.mean(0),
    divisor("N·C", "N·N·C"),
    AVERAGED,
)
row(
    "mse: bias not summed",
    mse(**LINEAR, wrt="bias"),
    lambda d: d.g,
    m("summed", how="not"),
    m("another gradient", of="outputs"),
    m("shape"),
)
row(
    "mse: bias over classes, square",
    mse(shape=SQUARE, **LINEAR, wrt="bias"),
    lambda d: d.g.sum(1),
    m("summed", how="classes"),
)
row(
    "mse: G itself for W, square",
    mse(shape=SQUARE, **LINEAR, wrt="weight"),
    lambda d: d.g,
    m("another gradient", of="outputs"),
    m("factor missing", factor="X"),
)
row(
    "mse: G itself for X",
    mse(shape=(5, 4), **LINEAR, wrt="inputs"),
    lambda d: d.g,
    m("another gradient", of="outputs"),
    m("factor missing", factor="W"),
)
row(
    "mse: the last sample left out of W",
    mse(**LINEAR, wrt="weight"),
    lambda d: d.g[:-1].T @ d.X[:-1],
    m("sample missing", row="4"),
)
row(
    "mse: the first sample left out of b",
    mse(**LINEAR, wrt="bias"),
    lambda d: d.g[1:].sum(0),
    m("sample missing", row="0"),
)
row("mse: a row never written", mse(), lambda d: left_out(d.right, 2), m("rows missing", rows=[2]))
row(
    "mse: rows after the last whole block",
    mse(shape=LARGE),
    lambda d: left_out(d.right, 60, 61, 62, 63),
    m("rows missing", rows=[60, 61, 62, 63]),
    m("rows missing"),
)
row("mse: the last column", mse(), lambda d: without_columns(d.right, 2), m("columns missing", columns=[2]))
row(
    "mse: a column of W",
    mse(**LINEAR, wrt="weight"),
    lambda d: without_columns(d.right, 3),
    m("columns missing", columns=[3]),
)
row("mse: .grad not zeroed", mse(**LINEAR, wrt="weight"), lambda d: d.right + d.right, TWICE, DOUBLED)
row("mse: weight decay left in", mse(**LINEAR, wrt="weight"), lambda d: d.right + 0.01 * d.W, m("term added", term="W"))
row("mse: zeros", mse(**LINEAR, wrt="bias"), lambda d: torch.zeros_like(d.right), m("zero"))
row("mse: loss scale left in", mse(), lambda d: d.right * 1024, m("factor", times=1024), m("scaled"))
row("mse: a step, −0.1 times", mse(), lambda d: -0.1 * d.right, m("factor", times=-0.1), m("scaled"))
row(
    "mse: normed",
    mse(**LINEAR, wrt="weight"),
    lambda d: d.right / d.right.norm(),
    m("factor"),
    m("clipped"),
    m("scaled"),
)
row("mse: float32 inside", mse(), lower(lambda d, t: 2 * (d.z.to(t) - d.y.to(t)) / 15, torch.float32), m("precision"))
row(
    "mse: float16 inside, float32 without",
    mse(dtype=torch.float32),
    lower(lambda d, t: 2 * (d.z.to(t) - d.y.to(t)) / 15, torch.float16),
    m("precision", dtype="float16"),
)
row("mse: float32, no 2", mse(dtype=torch.float32), half, TWO_LOST)
row("mse: bfloat16, sum for mean", mse(dtype=torch.bfloat16), lambda d: 2 * (d.z - d.y), NO_MEAN)
row(
    "mse: extra dimensions, divided by the batch",
    mse(shape=(3, 4, 5)),
    lambda d: 2 * (d.z - d.y) / 3,
    divisor(("N·C", "B"), ("N·C", "3")),
)
row(
    "mse: wrt the targets, Z's",
    mse(wrt="targets"),
    lambda d: 2 * (d.z - d.y) / d.z.numel(),
    SIGN,
    m("another gradient", of="outputs"),
)

WMSE = Scene(weighted_mse, targets="real")
row("mse weight: ignored", WMSE, lambda d: 2 * (d.z - d.y) / d.z.numel(), m("option ignored", option="weight"))
row(
    "mse weight: divided by N·C",
    WMSE,
    lambda d: 2 * d.w * (d.z - d.y) / d.z.numel(),
    divisor("S", "N·C"),
    divisor("Σw", "N·C"),
)
row("mse weight: sum", WMSE, lambda d: 2 * d.w * (d.z - d.y), divisor(("S", "1"), ("Σw", "1")))
row(
    "mse weight: in the divisor alone",
    WMSE,
    lambda d: 2 * (d.z - d.y) / d.w.sum(),
    m("option missing", option="weight"),
)
row(
    "mse weight: squared",
    WMSE,
    lambda d: 2 * d.w**2 * (d.z - d.y) / d.w.sum(),
    m("option twice", option="weight"),
)
row(
    "mse weight: not on the targets",
    WMSE,
    lambda d: 2 * (d.w * d.z - d.y) / d.w.sum(),
    m("factor missing", factor="weight"),
    m("option missing", option="weight"),
)

# Cross-entropy of labels ---------------------------------------------------------------------------------------------

BY_SUM = divisor("N", "1")

row("ce: sum for mean", ce(), lambda d: d.p - d.h, BY_SUM)
row("ce: sum for mean, many rows", ce(shape=LARGE), lambda d: d.p - d.h, BY_SUM)
row("ce: sum for mean, W", ce(**LINEAR, wrt="weight"), lambda d: (d.p - d.h).T @ d.X, BY_SUM)
row("ce: sum for mean, b", ce(**LINEAR, wrt="bias"), lambda d: (d.p - d.h).sum(0), BY_SUM)
row("ce: sum for mean, X", ce(**LINEAR, wrt="inputs"), lambda d: (d.p - d.h) @ d.W, BY_SUM)
row("ce: sum for mean, a vocabulary", ce(shape=VOCABULARY, dtype=torch.float32), lambda d: d.p - d.h, BY_SUM)
row("ce: sum for mean, bfloat16", ce(shape=(16, 8), dtype=torch.bfloat16), lambda d: d.p - d.h, BY_SUM)
row("ce: divided by N·C", ce(), lambda d: (d.p - d.h) / d.z.numel(), divisor("N", "N·C"))
row("ce: divided by C", ce(), lambda d: (d.p - d.h) / d.C, divisor("N", "C"))
row("ce: divided by C, one sample", ce(shape=ONE), lambda d: (d.p - d.h) / d.C, divisor(("N", "C"), ("N", "N·C")))
row("ce: divided by N twice", ce(), lambda d: d.right / d.N, divisor("N", "N·N"))
row("ce: divided by N·D", ce(**LINEAR, wrt="weight"), lambda d: d.right / d.D, divisor("N", "N·D"), QUARTER)
row("ce: mean for sum", ce(reduction="sum"), lambda d: d.right / d.N, divisor("1", "N"))
row("ce: mean for none", ce(reduction="none"), lambda d: d.right / d.N, divisor("1", "N"))
row("ce: mean for sum, W", ce(reduction="sum", **LINEAR, wrt="weight"), lambda d: d.right / d.N, divisor("1", "N"))
row("ce: h − p", ce(), lambda d: (d.h - d.p) / d.N, SIGN)
row("ce: h − p, float32 vocabulary", ce(shape=VOCABULARY, dtype=torch.float32), lambda d: (d.h - d.p) / d.N, SIGN)
row("ce: z for p", ce(), lambda d: (d.z - d.h) / d.N, m("softmax missing"))
row(
    "ce: z for p, W",
    ce(**LINEAR, wrt="weight"),
    lambda d: d.of((d.z - d.h) / d.N),
    m("softmax missing"),
)
row("ce: softmax twice", ce(), lambda d: (torch.softmax(d.p, 1) - d.h) / d.N, m("softmax twice"))
row("ce: softmax over the rows", ce(), lambda d: (torch.softmax(d.z, 0) - d.h) / d.N, m("softmax axis"))
row(
    "ce: softmax over the rows, square",
    ce(shape=SQUARE),
    lambda d: (torch.softmax(d.z, 0) - d.h) / 4,
    m("softmax axis"),
)
row(
    "ce: softmax over the rows, b",
    ce(**LINEAR, wrt="bias"),
    lambda d: d.of((torch.softmax(d.z, 0) - d.h) / d.N),
    m("softmax axis"),
)
row("ce: exp(z) not normalised", ce(), lambda d: (d.z.exp() - d.h) / d.N, m("softmax not normalised"))
row("ce: sigmoid for softmax", ce(), lambda d: (d.s - d.h) / d.N, m("sigmoid for softmax"))
row("ce: log-probabilities for p", ce(), lambda d: (d.p.log() - d.h) / d.N, m("log for probability"))
row("ce: the one-hot forgotten", ce(), lambda d: d.p / d.N, m("term missing", term=("Ŷ", "Y_hat", "Y")))
row(
    "ce: the one-hot forgotten, W",
    ce(**LINEAR, wrt="weight"),
    lambda d: d.of(d.p / d.N),
    m("term missing", term=("Ŷ", "Y_hat", "Y")),
)
row("ce: p forgotten", ce(), lambda d: -d.h / d.N, m("term missing", term="P"), m("another gradient"))
row("ce: p + h", ce(), lambda d: (d.p + d.h) / d.N, m("term sign", term=("Ŷ", "Y_hat", "Y")))
row("ce: in the probabilities", ce(), lambda d: -d.h / d.p / d.N, OF_PROBABILITIES)
row("ce: p(1 − p) once more", ce(), lambda d: d.right * d.p * (1 - d.p), DIFFERENTIATED_TWICE)
row(
    "ce: softmax's Jacobian once more",
    ce(),
    lambda d: d.p * (d.right - (d.right * d.p).sum(1, keepdim=True)),
    DIFFERENTIATED_TWICE,
)
row("ce: y as a number", ce(), lambda d: (d.p - d.y[:, None]) / d.N, m("labels as numbers"))
row("ce: labels from 1", ce(), lambda d: (d.p - rolled(d.h, -1)) / d.N, m("labels shifted"))
row("ce: next token not shifted back", ce(), lambda d: (d.p - rolled(d.h, 1)) / d.N, m("labels shifted"))
row("ce: not differentiated", ce(), lambda d: -d.h * d.p.log() / d.N, m("not differentiated"))
row(
    "ce: the one-hot of the last class",
    ce(),
    lambda d: (d.p - without_columns(d.h, d.C - 1)) / d.N,
    m("label missing", label=("2", "C−1")),
)
row(
    "ce: the last label of a block and one",
    ce(shape=BLOCK, labels=(0, 5, 128, 127, 64, 128, 3)),
    lambda d: (d.p - without_columns(d.h, 128)) / d.N,
    m("label missing", label=("128", "C−1")),
)
row(
    "ce: classes beyond the block",
    ce(shape=BLOCK, labels=(0, 5, 128, 127, 64, 128, 3)),
    lambda d: without_columns(d.right, 128),
    m("columns missing", columns=[128]),
)
row(
    "ce: the second tile of classes",
    ce(shape=(4, 300)),
    lambda d: without_columns(d.right, 128, 256),
    m("columns missing"),
)
row(
    "ce: the last tile of a vocabulary",
    ce(shape=VOCABULARY, dtype=torch.float32),
    lambda d: without_columns(d.right, 4096 - 128),
    m("columns missing"),
)
row("ce: the last row", ce(), lambda d: left_out(d.right, 4), m("rows missing", rows=[4]))
row("ce: rows 3 and 4", ce(), lambda d: left_out(d.right, 3, 4), m("rows missing", rows=[3, 4]))
row("ce: a row of W", ce(**LINEAR, wrt="weight"), lambda d: left_out(d.right, 2), m("rows missing", rows=[2]))
row(
    "ce: the last sample of W",
    ce(**LINEAR, wrt="weight"),
    lambda d: d.g[:-1].T @ d.X[:-1],
    m("sample missing", row="4"),
)
row("ce: grad_output ignored", ce(reduction="none"), lambda d: d.p - d.h, m("grad_output ignored"))
row("ce: grad_output twice", ce(reduction="none"), lambda d: d.v**2 * (d.p - d.h), m("grad_output twice"))
row(
    "ce: grad_output not on the one-hot",
    ce(reduction="none"),
    lambda d: d.v * d.p - d.h,
    m("factor missing", factor="grad_output"),
    m("factor missing"),
    m("option missing", option="grad_output"),
)
row("ce: backward run twice", ce(**LINEAR, wrt="bias"), lambda d: 2 * d.right, TWICE, DOUBLED)
row("ce: half", ce(), half, TWO_LOST)
row("ce: Wᵀ, square", ce(shape=(5, 4), **LINEAR, wrt="weight"), lambda d: d.right.T, TRANSPOSED)
row("ce: Wᵀ", ce(**LINEAR, wrt="weight"), lambda d: d.right.T, TRANSPOSED)
row("ce: Z's transposed, square", ce(shape=SQUARE), lambda d: d.right.T, TRANSPOSED)
row(
    "ce: bias over everything",
    ce(**LINEAR, wrt="bias"),
    lambda d: d.g.sum().expand(d.C).clone(),
    m("summed", how="everything"),
    m("zero"),  # the rows of P − Ŷ sum to 0, so everything does
    NOTHING,  # … to rounding noise, which tells nothing
    m("precision"),
    m("cancellation"),
)
row("ce: bias averaged", ce(**LINEAR, wrt="bias"), lambda d: d.g.mean(0), divisor("N", "N·N"), AVERAGED)
row(
    "ce: Z's gradient for X's",
    ce(shape=(5, 4), **LINEAR, wrt="inputs"),
    lambda d: d.g,
    m("another gradient", of="outputs"),
    m("factor missing", factor="W"),
)
row(
    "ce: weight decay left in, W", ce(**LINEAR, wrt="weight"), lambda d: d.right + 0.05 * d.W, m("term added", term="W")
)
row("ce: z-loss left in", ce(), lambda d: d.right + 1e-2 * d.z, m("term added", term="Z"))
row("ce: zeros", ce(), lambda d: torch.zeros_like(d.right), m("zero"))
row("ce: extra dimensions, by the batch", ce(shape=EXTRA), lambda d: (d.p - d.h) / 2, divisor(("N", "B"), ("N", "2")))
row("ce: extra dimensions, by positions", ce(shape=EXTRA), lambda d: (d.p - d.h) / 4, divisor(("N", "T"), ("N", "4")))
row(
    "ce: extra dimensions, the last axis",
    ce(shape=EXTRA),
    lambda d: (d.z.softmax(-1) - d.h) / d.N,
    m("softmax axis"),
    NOTHING,
)
row("ce: extra dimensions, sum", ce(shape=EXTRA), lambda d: d.p - d.h, BY_SUM)
row(
    "ce: float32 inside",
    ce(),
    lower(lambda d, t: (d.z.to(t).softmax(1) - d.h.to(t)) / 5, torch.float32),
    m("precision", dtype="float32"),
)
row(
    "ce: bfloat16 inside, float32 without",
    ce(dtype=torch.float32),
    lower(lambda d, t: (d.z.to(t).softmax(1) - d.h.to(t)) / 5, torch.bfloat16),
    m("precision", dtype="bfloat16"),
)
row(
    "ce: float16 inside, W",
    ce(**LINEAR, wrt="weight", dtype=torch.float32),
    lower(lambda d, t: d.g.to(t).T @ d.X.to(t), torch.float16),
    m("precision", dtype="float16"),
)
row(
    "ce: rounded to bfloat16",
    ce(shape=LARGE),
    lower(lambda d, t: d.right.to(t), torch.bfloat16),
    m("precision", dtype="bfloat16"),
)


def naive(d: Data) -> Tensor:
    e = d.z.exp()
    return (e / e.sum(1, keepdim=True) - d.h) / d.N


row("ce: exp overflows", ce(scale=1e3), naive, m("overflow"))
row("ce: exp overflows in float32", ce(scale=1e2, dtype=torch.float32, shape=LARGE), naive, m("overflow"))
row(
    "ce: nan in one row",
    ce(),
    lambda d: d.right.index_fill(0, torch.tensor(1), float("nan")),
    m("not finite"),
)

# … with class weights

CEW = ce("w")
WEIGHT_IGNORED, WEIGHT_MISSING = m("option ignored", option="weight"), m("option missing", option="weight")
WEIGHT_TWICE = m("option twice", option="weight")
SW_N, SW_1, SW_ALL = divisor("S", "N"), divisor("S", "1"), divisor("S", "Σw")
row("ce weight: ignored", CEW, lambda d: (d.p - d.h) / d.N, WEIGHT_IGNORED)
row("ce weight: ignored, none", ce("w", reduction="none"), lambda d: d.v * (d.p - d.h), WEIGHT_IGNORED, WEIGHT_MISSING)
row("ce weight: ignored, sum", ce("w", reduction="sum"), lambda d: d.p - d.h, WEIGHT_IGNORED, WEIGHT_MISSING)
row("ce weight: divided by N", CEW, lambda d: d.wy * (d.p - d.h) / d.N, SW_N)
row("ce weight: divided by N, W", ce("w", **LINEAR, wrt="weight"), lambda d: d.of(d.wy * (d.p - d.h) / d.N), SW_N)
row("ce weight: not divided", CEW, lambda d: d.wy * (d.p - d.h), SW_1)
row("ce weight: divided by all class weights", CEW, lambda d: d.wy * (d.p - d.h) / d.w.sum(), SW_ALL)
row("ce weight: in the divisor alone", CEW, lambda d: (d.p - d.h) / d.S, WEIGHT_MISSING)
row("ce weight: squared", CEW, lambda d: d.wy**2 * (d.p - d.h) / d.S, WEIGHT_TWICE)
row("ce weight: by column", CEW, lambda d: d.w * (d.p - d.h) / d.S, m("weight by column"))
row(
    "ce weight: by column, b",
    ce("w", **LINEAR, wrt="bias"),
    lambda d: d.of(d.w * (d.p - d.h) / d.S),
    m("weight by column"),
)
row(
    "ce weight: on the one-hot alone",
    CEW,
    lambda d: (d.p - d.wy * d.h) / d.S,
    m("factor missing", factor="weight"),
    m("factor missing"),
    WEIGHT_MISSING,
)
row(
    "ce weight: mean for sum",
    ce("w", reduction="sum"),
    lambda d: d.wy * (d.p - d.h) / d.S,
    divisor(("1", "S"), ("1", "Σw_y")),
)
row("ce weight: minus", ce("w", **LINEAR, wrt="inputs"), lambda d: -d.right, SIGN)

# … with ignored labels

CEI = ce("i")
KEPT_N, KEPT_1 = divisor("S", "N"), divisor("S", "1")
COUNTED = m("ignored rows counted")
IGNORE_IGNORED = m("option ignored", option="ignore_index")
row("ce ignored: divided by N", CEI, lambda d: (d.p - d.h) * d.k / d.N, KEPT_N)
row("ce ignored: divided by N, W", ce("i", **LINEAR, wrt="weight"), lambda d: d.of((d.p - d.h) * d.k / d.N), KEPT_N)
row("ce ignored: not divided", CEI, lambda d: (d.p - d.h) * d.k, KEPT_1)
row("ce ignored: p in their rows", CEI, lambda d: (d.p - d.h) / d.kept, COUNTED)
row(
    "ce ignored: p in their rows, divided by N",
    CEI,
    lambda d: (d.p - d.h) / d.N,
    (COUNTED, KEPT_N),
    IGNORE_IGNORED,
    (m("option missing", option="ignore_index"), KEPT_N),
)
row(
    "ce ignored: taken for class 0",
    CEI,
    lambda d: (d.p - F.one_hot(d.y.clamp(min=0), d.C)) / d.kept,
    COUNTED,
    m("entries wrong"),
    NOTHING,
)
PADDING = Scene(made(nn.CrossEntropyLoss, ignore_index=0), shape=(7, 3), ignored=(2, 5))
row(
    "ce ignored: padding 0 is a class",
    PADDING,
    lambda d: (d.p - F.one_hot(d.y, d.C)) / d.N,
    IGNORE_IGNORED,
)
row("ce ignored: divided by kept for sum", ce("i", reduction="sum"), lambda d: d.right / d.kept, divisor("1", "kept"))
row(
    "ce ignored: none, p in their rows",
    ce("i", reduction="none"),
    lambda d: d.v * (d.p - d.h),
    COUNTED,
    IGNORE_IGNORED,
    m("option missing", option="ignore_index"),
)
row("ce ignored: all, 0/0", ce("i", ignored=tuple(range(7))), lambda d: (d.p - d.h) * d.k / d.kept, m("not finite"))
row("ce ignored: extra dimensions, by N", ce("i", shape=EXTRA), lambda d: (d.p - d.h) * d.k / d.N, KEPT_N)

# … with label smoothing

CES = ce("s")
row("ce smoothing: ignored", CES, lambda d: (d.p - d.h) / d.N, m("option ignored", option="label_smoothing"))
row(
    "ce smoothing: ignored, W",
    ce("s", **LINEAR, wrt="weight"),
    lambda d: d.of((d.p - d.h) / d.N),
    m("option ignored", option="label_smoothing"),
)
row("ce smoothing: ε/C left out", CES, lambda d: (d.p - (1 - d.e) * d.h) / d.N, m("smoothing", how="ε/C"))
row("ce smoothing: 1 − ε left out", CES, lambda d: (d.p - d.h - d.e / d.C) / d.N, m("smoothing", how="1−ε"))
row("ce smoothing: ε not divided", CES, lambda d: (d.p - (1 - d.e) * d.h - d.e) / d.N, m("smoothing", how="ε"))
row(
    "ce smoothing: over the other classes",
    CES,
    lambda d: (d.p - (1 - d.e) * d.h - d.e / (d.C - 1) * (1 - d.h)) / d.N,
    m("smoothing", how="C−1"),
)
row(
    "ce smoothing: over the other classes, many",
    ce("s", shape=LARGE),
    lambda d: (d.p - (1 - d.e) * d.h - d.e / (d.C - 1) * (1 - d.h)) / d.N,
    m("smoothing", how="C−1"),
)
row(
    "ce smoothing: ε/(C − 1) on all",
    CES,
    lambda d: (d.p - (1 - d.e) * d.h - d.e / (d.C - 1)) / d.N,
    m("smoothing", how=("C−1", "ε/(C−1)")),  # the second tells that it is on the label's class too
)
row(
    "ce smoothing: ε/C left out, as A sums",
    CES,
    lambda d: (1 - d.e) * (d.p - d.h) / d.N,
    m("smoothing", how="ε/C"),
    m("factor", times=0.85),
)
row("ce smoothing: sum for mean", CES, lambda d: d.right * d.N, BY_SUM)
row("ce smoothing: minus, sum", ce("s", reduction="sum"), lambda d: -d.right, SIGN)

# … with all of them

CEA = ce("w", "i", "s")


def target(d: Data, weight: Any = None, e: float | None = None) -> Tensor:
    weight, e = d.w if weight is None else weight, d.e if e is None else e
    return d.k * ((1 - e) * d.h + e / d.C) * weight


def by_target(d: Data, a: Tensor, divided: Any) -> Tensor:
    return (d.p * a.sum(1, keepdim=True) - a) / divided


row(
    "ce all: smoothing ignored",
    CEA,
    lambda d: by_target(d, target(d, e=0.0), d.S),
    m("option ignored", option="label_smoothing"),
)
row("ce all: weight ignored", CEA, lambda d: by_target(d, target(d, 1.0), d.kept), WEIGHT_IGNORED)
row("ce all: divided by N", CEA, lambda d: by_target(d, target(d), d.N), divisor("S", "N"))
row("ce all: divided by those that count", CEA, lambda d: by_target(d, target(d), d.kept), divisor("S", "kept"))
row("ce all: weight in the divisor alone", CEA, lambda d: by_target(d, target(d, 1.0), d.S), WEIGHT_MISSING)
row(
    "ce all: the uniform part not weighted",
    CEA,
    lambda d: by_target(d, d.k * ((1 - d.e) * d.h * d.w + d.e / d.C), d.S),
    m("factor missing", factor="weight"),
    m("factor missing"),
    WEIGHT_MISSING,
)
row(
    "ce all: weight of the label for the uniform part",
    CEA,
    lambda d: by_target(d, d.wy * ((1 - d.e) * d.h + d.e / d.C), d.S),
    m("weight by column"),
    m("weight by label"),
    NOTHING,
)
row("ce all: not divided", CEA, lambda d: d.right * d.S, divisor("S", "1"))
row("ce all: minus, W", ce("w", "i", "s", **LINEAR, wrt="weight"), lambda d: -d.right, SIGN)

# Cross-entropy of probabilities --------------------------------------------------------------------------------------

CEP = ce(targets="probabilities")


def soft(d: Data) -> Tensor:
    return d.y.sum(1, keepdim=True)


row("ce probabilities: sum for mean", CEP, lambda d: d.p * soft(d) - d.y, BY_SUM)
row("ce probabilities: minus", CEP, lambda d: -d.right, SIGN)
row(
    "ce probabilities: rows taken to sum to 1",
    CEP,
    lambda d: (d.p - d.y) / d.N,
    m("factor missing", factor=("ΣA", "Σ A", "ΣY", "Σ_c A", "Σ_c Y", "A.sum(1)", "Y.sum(1)")),
    m("factor missing"),
)
row(
    "ce probabilities: normalised by N·C",
    CEP,
    lambda d: d.right / d.C,
    divisor("N", "N·C"),
)
row("ce probabilities: y for p", CEP, lambda d: (d.y * soft(d) - d.y) / d.N, m("target for prediction"))
row("ce probabilities: targets forgotten", CEP, lambda d: d.p * soft(d) / d.N, m("term missing", term=("Y", "A")))
row("ce probabilities: z for p", CEP, lambda d: (d.z * soft(d) - d.y) / d.N, m("softmax missing"))
CEPW = ce("w", targets="probabilities")
row("ce probabilities weight: ignored", CEPW, lambda d: (d.p * soft(d) - d.y) / d.N, WEIGHT_IGNORED, WEIGHT_MISSING)
row(
    "ce probabilities weight: divided by all class weights",
    CEPW,
    lambda d: d.right * d.N / d.w.sum(),
    divisor("N", "Σw"),
)
row(
    "ce probabilities: smoothing ignored",
    ce("s", targets="probabilities"),
    lambda d: (d.p * soft(d) - d.y) / d.N,
    m("option ignored", option="label_smoothing"),
)

# NLL -----------------------------------------------------------------------------------------------------------------

row("nll: sum for mean", nll(), lambda d: -d.h, BY_SUM)
row("nll: plus", nll(), lambda d: d.h / d.N, SIGN)
row(
    "nll: that of the logits",
    nll(),
    lambda d: (d.z.exp() - d.h) / d.N,
    m("another gradient", of="logits"),
    m("another gradient"),
    m("term added"),
)
row("nll: of probabilities", nll(), lambda d: -d.h / d.z.exp() / d.N, OF_PROBABILITIES)
row("nll: weight ignored", nll("w"), lambda d: -d.h / d.N, WEIGHT_IGNORED)
row("nll: weight, divided by N", nll("w"), lambda d: -d.wy * d.h / d.N, SW_N)
row("nll: weight in the divisor alone", nll("w"), lambda d: -d.h / d.S, WEIGHT_MISSING)
row("nll: ignored, divided by N", nll("i"), lambda d: -d.h / d.N, KEPT_N)
row("nll: labels shifted", nll(), lambda d: -rolled(d.h, 1) / d.N, m("labels shifted"))
row("nll: not differentiated", nll(), lambda d: -d.h * d.z / d.N, m("not differentiated"))
row("nll: none, grad_output ignored", nll(reduction="none"), lambda d: -d.h, m("grad_output ignored"))
row("nll softmax: sum for mean", log_softmax(), lambda d: d.p - d.h, BY_SUM)
row(
    "nll softmax: log_softmax not passed",
    log_softmax(),
    lambda d: -d.h / d.N,
    m("term missing", term="P"),
    m("another gradient"),
    m("differentiated once"),
)
row("nll softmax: minus, W", log_softmax(wrt="weight"), lambda d: -d.right, SIGN)
row("nll softmax: weight by column", log_softmax("w"), lambda d: d.w * (d.p - d.h) / d.S, m("weight by column"))
row("nll softmax: softmax over the rows", log_softmax(), lambda d: (d.z.softmax(0) - d.h) / d.N, m("softmax axis"))
row("nll softmax: sum for mean, b", log_softmax(wrt="bias"), lambda d: (d.p - d.h).sum(0), BY_SUM)

# Binary cross-entropy ------------------------------------------------------------------------------------------------

row("bce: sum for mean", bce(), lambda d: d.s - d.y, NO_MEAN)
row("bce: divided by N", bce(), lambda d: (d.s - d.y) / d.N, N_ONLY)
row("bce: divided by N, W", bce(**LINEAR, wrt="weight"), lambda d: d.of((d.s - d.y) / d.N), N_ONLY)
row("bce: divided by C", bce(), lambda d: (d.s - d.y) / d.C, C_ONLY)
row("bce: N or C, they are equal", bce(shape=SQUARE), lambda d: (d.s - d.y) / 4, N_ONLY, C_ONLY)
row("bce: mean for sum", bce(reduction="sum"), lambda d: (d.s - d.y) / d.z.numel(), divisor("1", "N·C"))
row("bce: y − σ", bce(targets="0 or 1"), lambda d: (d.y - d.s) / d.z.numel(), SIGN)
row("bce: softmax for sigmoid", bce(), lambda d: (d.p - d.y) / d.z.numel(), m("softmax for sigmoid"))
row("bce: z for σ", bce(), lambda d: (d.z - d.y) / d.z.numel(), m("sigmoid missing"))
row("bce: sigmoid twice", bce(), lambda d: (d.s.sigmoid() - d.y) / d.z.numel(), m("sigmoid twice"))
row("bce: σ(1 − σ) once more", bce(), lambda d: d.right * d.s * (1 - d.s), DIFFERENTIATED_TWICE)
row("bce: in the probabilities", bce(), lambda d: d.right / (d.s * (1 - d.s)), OF_PROBABILITIES)
row("bce: log σ for σ", bce(), lambda d: (d.s.log() - d.y) / d.z.numel(), m("log for probability"))
row("bce: targets forgotten", bce(), lambda d: d.s / d.z.numel(), m("term missing", term="Y"))
row("bce: σ + y", bce(), lambda d: (d.s + d.y) / d.z.numel(), m("term sign", term="Y"))
row("bce: half", bce(**LINEAR, wrt="bias"), half, TWO_LOST)
row("bce: none, grad_output ignored", bce(reduction="none"), lambda d: d.s - d.y, m("grad_output ignored"))
row("bce: a column", bce(shape=(5, 3)), lambda d: without_columns(d.right, 0, 1), m("columns missing", columns=[0]))
row(
    "bce: bias over everything",
    bce(**LINEAR, wrt="bias"),
    lambda d: d.g.sum().expand(d.C).clone(),
    m("summed", how="everything"),
)
row(
    "bce: extra dimensions, by N",
    bce(shape=EXTRA),
    lambda d: d.right * 12,
    divisor(("N·C", "B"), ("N·C", "2"), ("N·C", "B·C")),
)
row(
    "bce: float32 inside",
    bce(),
    lower(lambda d, t: (d.z.to(t).sigmoid() - d.y.to(t)) / 15, torch.float32),
    m("precision", dtype="float32"),
)
BCEQ, BCEW, BCEWQ = bce("q"), bce("w"), bce("w", "q")
row(
    "bce pos_weight: ignored",
    BCEQ,
    lambda d: (d.s - d.y) / d.z.numel(),
    m("option ignored", option="pos_weight"),
    m("option missing", option="pos_weight"),
)
row(
    "bce pos_weight: on the negative term",
    BCEQ,
    lambda d: (d.q * d.s * (1 - d.y) - d.y * (1 - d.s)) / d.z.numel(),
    m("option's term", option="pos_weight", how="wrong term"),
)
row(
    "bce pos_weight: on both terms",
    BCEQ,
    lambda d: d.q * (d.s - d.y) / d.z.numel(),
    m("option's term", option="pos_weight", how="both terms"),
)
row(
    "bce pos_weight: σ − q y",
    BCEQ,
    lambda d: (d.s - d.q * d.y) / d.z.numel(),
    m("option's term", option="pos_weight", how="targets"),
)
row(
    "bce pos_weight: squared",
    BCEQ,
    lambda d: ((1 - d.y) * d.s - d.q**2 * d.y * (1 - d.s)) / d.z.numel(),
    m("option twice", option="pos_weight"),
)
row("bce pos_weight: sum for mean", BCEQ, lambda d: d.right * 15, NO_MEAN)
row("bce weight: ignored", BCEW, lambda d: (d.s - d.y) / d.z.numel(), WEIGHT_IGNORED, WEIGHT_MISSING)
row("bce weight: squared", BCEW, lambda d: d.w**2 * (d.s - d.y) / d.z.numel(), WEIGHT_TWICE)
row(
    "bce weight: divided by the weights",
    BCEW,
    lambda d: d.w * (d.s - d.y) / d.w.expand_as(d.z).sum(),
    divisor(("N·C", "N·Σw"), ("N·C", "Σw"), ("N·C", "S")),
)
row(
    "bce both: pos_weight ignored",
    BCEWQ,
    lambda d: d.w * (d.s - d.y) / d.z.numel(),
    m("option ignored", option="pos_weight"),
    m("option missing", option="pos_weight"),
)
row(
    "bce both: weight ignored, b",
    bce("w", "q", **LINEAR, wrt="bias"),
    lambda d: d.of(((1 - d.y) * d.s - d.q * d.y * (1 - d.s)) / d.z.numel()),
    WEIGHT_IGNORED,
    WEIGHT_MISSING,
)
row("bce both: minus", BCEWQ, lambda d: -d.right, SIGN)

# Two at once ---------------------------------------------------------------------------------------------------------

row("two: ce, h − p not divided", ce(), lambda d: d.h - d.p, (SIGN, BY_SUM))
row("two: ce, z for p, sum", ce(), lambda d: d.z - d.h, (m("softmax missing"), BY_SUM))
row("two: ce, over the rows, sum", ce(), lambda d: d.z.softmax(0) - d.h, (m("softmax axis"), BY_SUM))
row(
    "two: ce, one-hot forgotten, sum",
    ce(),
    lambda d: d.p.clone(),
    (m("term missing", term=("Ŷ", "Y_hat", "Y")), BY_SUM),
)
row("two: ce, labels from 1, sum", ce(), lambda d: d.p - rolled(d.h, -1), (m("labels shifted"), BY_SUM))
row("two: ce, sigmoid, minus", ce(), lambda d: (d.h - d.s) / d.N, (m("sigmoid for softmax"), SIGN))
row(
    "two: ce, grad_output ignored, minus",
    ce(reduction="none"),
    lambda d: d.h - d.p,
    (m("grad_output ignored"), SIGN),
)
row(
    "two: ce, grad_output ignored, mean",
    ce(reduction="none"),
    lambda d: (d.p - d.h) / d.N,
    (m("grad_output ignored"), divisor("1", "N")),
)
row("two: ce, the last row, sum", ce(), lambda d: left_out(d.p - d.h, 4), (m("rows missing", rows=[4]), BY_SUM))
row("two: ce, Wᵀ, sum", ce(**LINEAR, wrt="weight"), lambda d: d.right.T * d.N, (TRANSPOSED, BY_SUM))
row("two: ce, Wᵀ square, minus", ce(shape=(5, 4), **LINEAR, wrt="weight"), lambda d: -d.right.T, (TRANSPOSED, SIGN))
row("two: ce weight, by column, N", CEW, lambda d: d.w * (d.p - d.h) / d.N, (m("weight by column"), SW_N))
row(
    "two: ce weight, ignored, sum",
    CEW,
    lambda d: d.p - d.h,
    (WEIGHT_IGNORED, BY_SUM),
    (WEIGHT_MISSING, SW_1),
    (WEIGHT_IGNORED, SW_1),
)
row("two: ce weight, N and minus", CEW, lambda d: -d.wy * (d.p - d.h) / d.N, (SW_N, SIGN))
row("two: ce weight, z for p, N", CEW, lambda d: d.wy * (d.z - d.h) / d.N, (m("softmax missing"), SW_N))
row("two: ce ignored, N and minus", CEI, lambda d: (d.h - d.p) * d.k / d.N, (KEPT_N, SIGN))
row(
    "two: ce ignored, counted, sum",
    CEI,
    lambda d: d.p - d.h,
    (COUNTED, KEPT_1),
    (IGNORE_IGNORED, BY_SUM),
    (IGNORE_IGNORED, KEPT_1),
)
row(
    "two: ce smoothing ignored, sum",
    CES,
    lambda d: d.p - d.h,
    (m("option ignored", option="label_smoothing"), BY_SUM),
)
row(
    "two: ce smoothing ε not divided, minus",
    CES,
    lambda d: ((1 - d.e) * d.h + d.e - d.p) / d.N,
    (m("smoothing", how="ε"), SIGN),
)
row(
    "two: ce smoothing over the others, sum",
    CES,
    lambda d: d.p - (1 - d.e) * d.h - d.e / (d.C - 1) * (1 - d.h),
    (m("smoothing", how="C−1"), BY_SUM),
)
row(
    "two: ce all, smoothing and weight ignored",
    CEA,
    lambda d: (d.p - d.h) * d.k / d.kept,
    (m("option ignored", option="label_smoothing"), WEIGHT_IGNORED),
    m("option ignored", option=("weight, label_smoothing", "label_smoothing, weight")),  # both, told as one
)
row(
    "two: ce all, smoothing ignored, N",
    CEA,
    lambda d: d.wy * (d.p - d.h) / d.N,
    (m("option ignored", option="label_smoothing"), divisor("S", "N")),
)
row("two: mse, no 2, N", mse(), lambda d: (d.z - d.y) / d.N, (TWO_LOST, N_ONLY))
row("two: mse, no 2, sum", mse(), lambda d: d.z - d.y, (TWO_LOST, NO_MEAN))
row("two: mse, no 2, N, W", mse(**LINEAR, wrt="weight"), lambda d: d.of((d.z - d.y) / d.N), (TWO_LOST, N_ONLY))
row("two: mse, minus, N", mse(), lambda d: 2 * (d.y - d.z) / d.N, (SIGN, N_ONLY))
row("two: mse, z + y, sum", mse(), lambda d: 2 * (d.z + d.y), (m("term sign", term="Y"), NO_MEAN))
row("two: mse, Wᵀ, no 2", mse(**LINEAR, wrt="weight"), lambda d: d.right.T / 2, (TRANSPOSED, TWO_LOST))
row(
    "two: mse, bias over everything, N",
    mse(**LINEAR, wrt="bias"),
    lambda d: (2 * (d.z - d.y) / d.N).sum().expand(3).clone(),
    (m("summed", how="everything"), N_ONLY),
)
row(
    "two: mse, the last sample left out, N − 1",
    mse(**LINEAR, wrt="weight"),
    lambda d: d.g[:-1].T @ d.X[:-1] * 5 / 4,
    (m("sample missing", row="4"), m("factor", times=1.25)),
    (m("sample missing", row="4"), m("divisor")),
)
row(
    "two: mse weight, ignored, sum",
    WMSE,
    lambda d: 2 * (d.z - d.y),
    (WEIGHT_IGNORED, NO_MEAN),
    (WEIGHT_MISSING, divisor(("S", "1"), ("Σw", "1"))),
)
row("two: bce, softmax, N", bce(), lambda d: (d.p - d.y) / d.N, (m("softmax for sigmoid"), N_ONLY))
row("two: bce, z for σ, minus", bce(), lambda d: (d.y - d.z) / d.z.numel(), (m("sigmoid missing"), SIGN))
row(
    "two: bce, pos_weight on the negative term, N",
    BCEQ,
    lambda d: (d.q * d.s * (1 - d.y) - d.y * (1 - d.s)) / d.N,
    (m("option's term", option="pos_weight", how="wrong term"), N_ONLY),
)
row(
    "two: bce both, weight ignored, sum",
    BCEWQ,
    lambda d: (1 - d.y) * d.s - d.q * d.y * (1 - d.s),
    (WEIGHT_IGNORED, NO_MEAN),
    (WEIGHT_MISSING, NO_MEAN),
)
row("two: nll, plus, sum", nll(), lambda d: d.h.clone(), (SIGN, BY_SUM))

# As people report them -----------------------------------------------------------------------------------------------


def chunks_apart(d: Data) -> Tensor:
    """A fused kernel in chunks of two rows, each divided by the rows of its own chunk."""
    rows = (d.p - d.h) * d.k
    return torch.cat([each / keep.sum().clamp(min=1) for each, keep in zip(rows.split(2), d.k.split(2), strict=True)])


row(
    "homework: X.T @ G for W of shape (C, D), with 2 reg W",
    ce(**LINEAR, wrt="weight"),
    lambda d: (d.right + 0.2 * d.W).T,
    (TRANSPOSED, m("term added", term="W")),
)
row(
    "homework: divided in the loss and again in dW",
    ce(**LINEAR, wrt="weight"),
    lambda d: d.right / d.N,
    divisor("N", "N·N"),
)
row(
    "homework: only minus the one-hot",
    ce(**LINEAR, wrt="weight"),
    lambda d: d.of(-d.h / d.N),
    m("term missing", term="P"),
    m("another gradient"),
)
row(
    "homework: softmax over all entries",
    ce(),
    lambda d: (d.z.flatten().softmax(0).reshape(d.z.shape) - d.h) / d.N,
    m("softmax axis"),
    m("softmax not normalised"),
)
row("homework: dX with Wᵀ's shape lost", ce(shape=SQUARE, **LINEAR, wrt="inputs"), lambda d: d.right.T, TRANSPOSED)
row("homework: the updated W", ce(**LINEAR, wrt="inputs"), lambda d: d.g @ (d.W - 0.1 * d.g.T @ d.X), NOTHING)
row(
    "homework: product of the means",
    mse(**LINEAR, wrt="weight"),
    lambda d: torch.outer(d.g.sum(0), d.X.mean(0)),
    NOTHING,
)
row("homework: X standardised", mse(**LINEAR, wrt="weight"), lambda d: d.g.T @ (d.X / d.X.std(0)), NOTHING)
row(
    "kernel: chunks divided each by its own rows", ce("i"), chunks_apart, m("mean of means"), m("not averaged"), NOTHING
)
row(
    "kernel: ignored rows left as logits",
    CEI,
    lambda d: torch.where(d.k == 0, d.z, d.right),
    m("entries wrong"),
    NOTHING,
    m("ignored rows counted"),
)
row(
    "kernel: divided by the chunk's two rows",
    ce(),
    lambda d: (d.p - d.h) / 2,
    divisor(("N", "2"), ("N", "B")),
    m("factor", times=2.5),
    (BY_SUM, TWO_LOST),  # half the sum: the same in other words
)
row("kernel: two ranks, summed", ce(**LINEAR, wrt="weight"), lambda d: 2 * d.right, DOUBLED, TWICE)
row(
    "kernel: four ranks, averaged once too often",
    ce(**LINEAR, wrt="weight"),
    lambda d: d.right / 4,
    QUARTER,
    divisor("N", "N·D"),
)
row(
    "kernel: softcap not differentiated",
    ce(),
    lambda d: ((30 * (d.z / 30).tanh() * 1.5).softmax(1) - d.h) / d.N,
    NOTHING,
)
row(
    "kernel: the label read one row below",
    ce(shape=LARGE),
    lambda d: (d.p - d.h.roll(-1, 0)) / d.N,
    NOTHING,
)
row(
    "kernel: label smoothing, ε/C on the label's column missing",
    CES,
    lambda d: (d.p - (1 - d.e) * d.h - d.e / d.C * (1 - d.h)) / d.N,
    m("smoothing"),
    NOTHING,
)
row(
    "kernel: weight at the label's column alone",
    CEW,
    lambda d: (d.p * d.h * d.wy + d.p * (1 - d.h) - d.wy * d.h) / d.S,
    NOTHING,
    m("factor missing"),
)
row("kernel: each second row", ce(shape=LARGE), lambda d: left_out(d.right, *range(1, 64, 2)), m("rows missing"))
row("kernel: grad_output of the first row for all", ce(reduction="none"), lambda d: d.v[0] * (d.p - d.h), NOTHING)
row(
    "kernel: grad_output on the columns, square",
    mse("none", shape=SQUARE),
    lambda d: 2 * d.v.T * (d.z - d.y),
    NOTHING,
    m("factor transposed"),
)
row(
    "kernel: bfloat16 matmul for W",
    ce(shape=LARGE, **{"features": 4}, wrt="weight", dtype=torch.float32),
    lower(lambda d, t: d.g.to(t).T @ d.X.to(t), torch.bfloat16),
    m("precision", dtype="bfloat16"),
)
row(
    "kernel: float32 in float64, W",
    mse(**LINEAR, wrt="weight"),
    lower(lambda d, t: d.g.to(t).T @ d.X.to(t), torch.float32),
    m("precision", dtype="float32"),
)

# The commonest ones, at every kind of shape and in every precision ----------------------------------------------------

SHAPES = {"one sample": ONE, "square": SQUARE, "many": LARGE, "extra dimensions": EXTRA, "a block and one": BLOCK}
for what, shape in SHAPES.items():
    for dtype in (torch.float64, torch.float32, torch.bfloat16):
        where = f"{what}, {str(dtype).removeprefix('torch.')}"
        not_divided = [NO_MEAN, divisor("C", "1")] if shape == ONE else [NO_MEAN]  # N is 1
        row(f"ce, {where}: minus", ce(shape=shape, dtype=dtype), lambda d: -d.right, SIGN)
        row(f"ce, {where}: z for p", ce(shape=shape, dtype=dtype), lambda d: (d.z - d.h) / d.N, m("softmax missing"))
        row(f"bce, {where}: sum for mean", bce(shape=shape, dtype=dtype), lambda d: d.s - d.y, *not_divided)
        row(f"mse, {where}: half", mse(shape=shape, dtype=dtype), half, TWO_LOST)
        row(
            f"ce smoothing, {where}: ignored",
            ce("s", shape=shape, dtype=dtype),
            lambda d: (d.p - d.h) / d.N,
            m("option ignored", option="label_smoothing"),
        )
        if shape != ONE:
            row(
                f"ce weight, {where}: by column",
                ce("w", shape=shape, dtype=dtype),
                lambda d: d.w * (d.p - d.h) / d.S,
                m("weight by column"),
            )
            row(
                f"ce ignored, {where}: in the divisor",
                ce("i", shape=shape, dtype=dtype, ignored=tuple(range(1, 1 + shape[0] // 2))),
                lambda d: d.k * (d.p - d.h) / d.N,
                KEPT_N,
            )

# None of the list ----------------------------------------------------------------------------------------------------


def perturbed(d: Data) -> Tensor:
    copy = d.right.clone()
    copy.view(-1)[1] += 1e-3
    return copy


ENTRY = m("entries wrong")
SCALED = m("factor")
row("none: noise", ce(), lambda d: d.right + 1e-2 * d.anything, NOTHING)
row("none: a little noise", ce(**LINEAR, wrt="weight"), lambda d: d.right + 1e-6 * d.anything, NOTHING)
row("none: one entry off by a thousandth", ce(), perturbed, ENTRY, NOTHING)
row("none: one entry of W off", mse(**LINEAR, wrt="weight"), perturbed, ENTRY, NOTHING)
row("none: one entry of many off", ce(shape=LARGE), perturbed, ENTRY, NOTHING)
row("none: a random matrix", ce(), lambda d: d.anything, NOTHING)
row("none: a random bias", bce(**LINEAR, wrt="bias"), lambda d: d.anything, NOTHING)
row("none: a random W", mse(**LINEAR, wrt="weight"), lambda d: d.anything, NOTHING)
row(
    "none: another batch's",
    ce(**LINEAR, wrt="weight"),
    lambda d: Data(replace(d.scene, seed=11)).right,
    NOTHING,
)
row("none: a later batch's outputs", mse(), lambda d: Data(replace(d.scene, seed=12)).right, NOTHING)


def focal(d: Data) -> Tensor:
    z = d.z.clone().requires_grad_()
    log_p = torch.log_softmax(z, 1)
    loss = -((1 - log_p.exp()) ** 2 * log_p * d.h).sum() / d.N
    return torch.autograd.grad(loss, z)[0]


def hinge(d: Data) -> Tensor:
    z = d.z.clone().requires_grad_()
    return torch.autograd.grad(F.multi_margin_loss(z, d.y), z)[0]


row("none: focal loss", ce(), focal, NOTHING)
row("none: hinge", ce(), hinge, NOTHING)
row("none: a temperature of 2", ce(), lambda d: (torch.softmax(d.z / 2, 1) - d.h) / d.N, NOTHING)
row("none: shuffled rows", mse(), lambda d: d.right.flip(0), NOTHING)
row("none: classes in another order", ce(shape=LARGE), lambda d: d.right.flip(1), NOTHING)
row("none: huber", mse(), lambda d: (d.z - d.y).clamp(-0.5, 0.5) / d.z.numel(), NOTHING)
row(
    "none: clamped entries",
    mse(shape=LARGE),
    lambda d: d.right.clamp(-3e-3, 3e-3),
    NOTHING,
    ENTRY,
)
row("none: dropout on the gradient", ce(shape=LARGE), lambda d: d.right * (d.anything > 0) * 2, NOTHING)
row(
    "none: labels of the neighbours",
    ce(),
    lambda d: (d.p - d.h.roll(1, 0)) / d.N,
    NOTHING,
    (m("labels shifted"), m("only in rows")),  # the labels drawn are 0, 1, 2, …: true of these
)
row("none: targets ±1 for 0 and 1", bce(targets="0 or 1"), lambda d: (d.s - (2 * d.y - 1)) / d.z.numel(), NOTHING)
row(
    "none: prediction broadcast against targets",
    mse(shape=(5, 1)),
    lambda d: 2 * (d.z - d.y.T).sum(1, keepdim=True) / 25,
    NOTHING,
    m("targets averaged"),  # that is what it comes to
)
row(
    "none: softmax of the first block",
    ce(shape=BLOCK),
    lambda d: torch.cat([d.z[:, :128].softmax(1), torch.zeros(7, 1, dtype=d.z.dtype)], 1) / d.N - d.h / d.N,
    NOTHING,
)
