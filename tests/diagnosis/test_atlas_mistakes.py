"""Wrong gradients of every criterion, typed by hand in torch as somebody would, and what the diagnosis must say."""

from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from answers import NOTHING, answers, divisor, m, said, told
from torch import nn

import derivations as dv
from derivations.losses.declared import Per, Values
from derivations.torch_bridge.criteria.capped_cross_entropy import CappedCrossEntropy
from derivations.torch_bridge.criteria.distillation import DistillationLoss
from derivations.torch_bridge.criteria.focal import FocalLoss
from derivations.torch_bridge.criteria.masked_cross_entropy import MaskedCrossEntropy
from derivations.torch_bridge.criteria.z_loss import ZLoss

ROWS, CLASSES, FEATURES = 7, 5, 3
SIGN, HALF, TWICE = m("sign"), m("factor", times=0.5), m("factor", times=2)
WEIGHT = torch.tensor([0.5, 1.25, 2.0, 0.75, 1.5], dtype=torch.float64)


def drawn(operand, draw):
    """Numbers that the operand may hold: every class, and hinges on both sides."""
    shape = {Per.ENTRY: (ROWS, CLASSES), Per.ROW: (ROWS,)}[operand.per]
    normal = torch.randn(shape, dtype=torch.float64, generator=draw)
    match operand.values:
        case Values.LABELS:
            return torch.arange(ROWS) % CLASSES
        case Values.SIGNS:
            return torch.where(normal > 0, 1.0, -1.0).double()
        case Values.BITS:
            return (normal > -0.5).double()
        case Values.UNIT:
            return normal.sigmoid()
        case Values.POSITIVE:
            return normal.exp()
        case Values.COUNTS:
            return (3 * normal).abs().round()
        case Values.PROBABILITIES:
            return normal.softmax(1)
        case Values.LOG_PROBABILITIES:
            return normal.log_softmax(1)
        case Values.CLASS_SETS:
            return torch.tensor(
                [
                    [k % CLASSES, -1, 0, 0, 0] if k % 2 else [k % CLASSES, (k + 1) % CLASSES, -1, 0, 0]
                    for k in range(ROWS)
                ]
            )
    return 1.5 * normal


OF_LOGITS = {
    Values.REAL: lambda z: z,
    Values.LOG_PROBABILITIES: lambda z: z.log_softmax(1),
    Values.PROBABILITIES: lambda z: z.softmax(1),
    Values.UNIT: lambda z: z.sigmoid(),
    Values.POSITIVE: lambda z: z.exp(),
}


def at(criterion, wrt="outputs", model=False):
    """An explanation, its data, and the gradient that is right, by short names."""
    draw = torch.Generator().manual_seed(3)
    layer = nn.Linear(FEATURES, CLASSES, dtype=torch.float64) if model else None
    explanation = dv.explain(layer, criterion)
    d = SimpleNamespace(N=ROWS, C=CLASSES, E=ROWS * CLASSES, explanation=explanation, wrt=wrt)
    d.X = torch.randn(ROWS, FEATURES, dtype=torch.float64, generator=draw)
    z = 1.5 * torch.randn(ROWS, CLASSES, dtype=torch.float64, generator=draw)
    if layer is not None:
        with torch.no_grad():
            layer.weight.copy_(torch.randn(CLASSES, FEATURES, dtype=torch.float64, generator=draw))
            d.W, d.b = layer.weight.detach(), layer.bias.detach()
            z = layer(d.X)
    d.z = z if layer is not None else OF_LOGITS[explanation.loss.of_outputs](z)
    d.operands = [drawn(each, draw) for each in explanation.loss.operands]
    for each, value in zip(explanation.loss.operands, d.operands, strict=True):
        setattr(d, "y" if each.name == "targets" else each.name, value)
    real = [True, *(each.is_real for each in explanation.loss.operands)]
    if hasattr(d, "negative"):  # far from some anchors
        d.negative[::2] *= 4
    leaves = [each.clone().requires_grad_(some) for each, some in zip((d.z, *d.operands), real, strict=True)]
    criterion(*leaves).sum().backward()
    d.g, *of_operands = (each.grad for each in leaves)
    d.of = dict(zip([each.name for each in explanation.loss.operands], of_operands, strict=True))
    d.right = d.g if wrt == "outputs" else d.of.get(wrt)
    if "y" in vars(d) and not d.y.is_floating_point() and d.y.dim() == 1:
        d.hot, d.rows = F.one_hot(d.y, CLASSES).double(), torch.arange(ROWS)
        d.own = d.z.gather(1, d.y[:, None])
    if "y" in vars(d) and d.y.shape == d.z.shape:
        d.r = d.z - d.y
    d.p = d.z.softmax(1)
    return d


TABLE = []


def row(name, criterion, wrong, *accepted, wrt="outputs", model=False):
    TABLE.append(pytest.param(criterion, wrong, answers(*accepted), wrt, model, id=name))


def default(option):
    """The option left at the value that torch has for it."""
    return m("option value", option=option)


def missing(option):
    return m("option missing", option=option)


# Differences
row("l1: sign", nn.L1Loss(), lambda d: (d.y - d.z).sign() / d.E, SIGN)
row("l1: step where there is a sign", nn.L1Loss(), lambda d: (d.r > 0).double() / d.E, m("step for sign"))
row("l1: the difference", nn.L1Loss(), lambda d: d.r / d.E, m("function missing", function="sign"))
row("l1: times 2", nn.L1Loss(), lambda d: 2 * d.right, TWICE)
row("l1: divided by N alone", nn.L1Loss(), lambda d: d.r.sign() / d.N, divisor("N·C", "N"))
row("l1: sum for mean", nn.L1Loss(), lambda d: d.r.sign(), divisor("N·C", "1"))
row("l1: transposed", nn.L1Loss(), lambda d: d.right.T, m("transposed"))
row("l1: in the targets", nn.L1Loss(), lambda d: d.g, m("another gradient", of="outputs"), SIGN, wrt="targets")
row("huber: clip missing", nn.HuberLoss(), lambda d: d.r / d.E, m("clip missing"))
row("huber: delta at 1", nn.HuberLoss(delta=0.4), lambda d: d.r.clamp(-1, 1) / d.E, default("delta"))
row("huber: sign alone", nn.HuberLoss(delta=0.4), lambda d: 0.4 * d.r.sign() / d.E, m("sign for clip"))
row("huber: clipped above alone", nn.HuberLoss(), lambda d: d.r.clamp(max=1) / d.E, m("clip missing", side="below"))
row("huber: clipped below alone", nn.HuberLoss(), lambda d: d.r.clamp(min=-1) / d.E, m("clip missing", side="above"))
row(
    "huber: SmoothL1's",
    nn.HuberLoss(delta=0.4),
    lambda d: d.right / 0.4,
    m("factor", times=2.5),
    (HALF, divisor("N·C", "N")),
)
row("huber: y + z", nn.HuberLoss(), lambda d: (d.z + d.y).clamp(-1, 1) / d.E, m("term sign", term="Y"))
row("smooth: clip missing", nn.SmoothL1Loss(beta=0.4), lambda d: d.r / 0.4 / d.E, m("clip missing"))
row("smooth: Huber's", nn.SmoothL1Loss(beta=0.4), lambda d: d.r.clamp(-0.4, 0.4) / d.E, missing("beta"))
row("smooth: beta at 1", nn.SmoothL1Loss(beta=0.4), lambda d: d.r.clamp(-1, 1) / d.E, default("beta"))
row("smooth: sign alone", nn.SmoothL1Loss(beta=0.4), lambda d: d.r.sign() / d.E, m("sign for clip"))
row("smooth: bias not summed", nn.SmoothL1Loss(), lambda d: d.g, m("summed", how="not"), wrt="bias", model=True)
row("smooth: bias averaged", nn.SmoothL1Loss(), lambda d: d.g.mean(0), m("summed", how="mean"), wrt="bias", model=True)
row("huber: W transposed", nn.HuberLoss(), lambda d: d.X.T @ d.g, m("transposed"), wrt="weight", model=True)
# Likelihoods
row("poisson: exp missing", nn.PoissonNLLLoss(), lambda d: (d.z - d.y) / d.E, m("function missing", function="exp"))
row("poisson: of rates", nn.PoissonNLLLoss(), lambda d: (1 - d.y / d.z.exp()) / d.E, m("derivative missing", of="exp"))
row(
    "poisson: of logarithms",
    nn.PoissonNLLLoss(log_input=False),
    lambda d: (d.z.exp() - d.y) / d.E,
    m("option ignored", option="log_input"),
)
row("poisson: 1/z²", nn.PoissonNLLLoss(log_input=False), lambda d: (1 - d.y / (d.z + 1e-8) ** 2) / d.E, m("power"))
row(
    "poisson: eps at 1e-8",
    nn.PoissonNLLLoss(log_input=False, eps=0.3),
    lambda d: (1 - d.y / (d.z + 1e-8)) / d.E,
    default("eps"),
    m("term missing", term="eps"),
)
row("gauss: var missing", nn.GaussianNLLLoss(), lambda d: d.r / d.E, m("factor missing"))
row("gauss: std for var", nn.GaussianNLLLoss(), lambda d: d.r / d.var.sqrt() / d.E, m("power"), m("function added"))
row("gauss: times 2", nn.GaussianNLLLoss(), lambda d: 2 * d.r / d.var / d.E, TWICE)
row("gauss: var without ½", nn.GaussianNLLLoss(), lambda d: (1 / d.var - d.r**2 / d.var**2) / d.E, TWICE, wrt="var")
row(
    "gauss: var's square missing",
    nn.GaussianNLLLoss(),
    lambda d: (1 / d.var - d.r**2 / d.var) / 2 / d.E,
    m("power"),
    wrt="var",
)
row(
    "gauss: var's difference not squared",
    nn.GaussianNLLLoss(),
    lambda d: (1 / d.var - d.r / d.var**2) / 2 / d.E,
    m("power"),
    wrt="var",
)
row(
    "gauss: var's logarithm forgotten",
    nn.GaussianNLLLoss(),
    lambda d: -(d.r**2) / d.var**2 / 2 / d.E,
    m("term missing"),
    wrt="var",
)
row("kl: mean over rows", nn.KLDivLoss(), lambda d: -d.y / d.N, divisor("N·C", "N"))
row("kl: batchmean over entries", nn.KLDivLoss(reduction="batchmean"), lambda d: -d.y / d.E, divisor("N", "N·C"))
row(
    "kl: targets are logarithms",
    nn.KLDivLoss(log_target=True),
    lambda d: -d.y / d.E,
    m("function missing", function="exp"),
    m("option ignored", option="log_target"),
)
row("kl: sign", nn.KLDivLoss(), lambda d: d.y / d.E, SIGN)
TERMS = m("not differentiated", how="terms")
row("kl: times the log-ratio", nn.KLDivLoss(), lambda d: d.y * (d.y.log() - d.z) / d.E, TERMS)
row("kl: minus that", nn.KLDivLoss(), lambda d: -d.y * (d.y.log() - d.z) / d.E, (TERMS, SIGN))
row("kl: log-ratio of logs", nn.KLDivLoss(log_target=True), lambda d: d.y.exp() * (d.y - d.z) / d.E, TERMS)
row("poisson: plus the targets", nn.PoissonNLLLoss(), lambda d: (d.z.exp() + d.y) / d.E, m("term sign", term="Y"))
row("poisson: in the targets", nn.PoissonNLLLoss(), lambda d: d.z / d.E, SIGN, wrt="targets")
row(
    "poisson: rates, plus the targets",
    nn.PoissonNLLLoss(log_input=False),
    lambda d: (1 + d.y / (d.z + 1e-8)) / d.E,
    m("term sign"),
)
row("bce: of logits", nn.BCELoss(), lambda d: (d.z - d.y) / d.E, m("another gradient", of="logits"))
row("bce: 1 − σ missing", nn.BCELoss(), lambda d: (d.z - d.y) / d.z / d.E, m("factor missing"))
row(
    "bce: weight missing",
    nn.BCELoss(weight=WEIGHT),
    lambda d: (d.z - d.y) / (d.z * (1 - d.z)) / d.E,
    m("option ignored", option="weight"),
)
row("soft margin: sigmoid of yz", nn.SoftMarginLoss(), lambda d: -d.y * (d.y * d.z).sigmoid() / d.E, m("argument sign"))
row(
    "soft margin: y missing",
    nn.SoftMarginLoss(),
    lambda d: -(-d.y * d.z).sigmoid() / d.E,
    m("factor missing", factor="Y"),
)
row("soft margin: sign", nn.SoftMarginLoss(), lambda d: d.y * (-d.y * d.z).sigmoid() / d.E, SIGN)
# Margins
row("hinge: inactive entries counted", nn.HingeEmbeddingLoss(), lambda d: d.y / d.E, m("condition missing"))
row(
    "hinge: margin at 1",
    nn.HingeEmbeddingLoss(margin=0.3),
    lambda d: torch.where(d.y > 0, d.y, -(d.z < 1.0).double()) / d.E,
    default("margin"),
)
row(
    "hinge: margin forgotten",
    nn.HingeEmbeddingLoss(),
    lambda d: torch.where(d.y > 0, d.y, -(d.z < 0).double()) / d.E,
    m("option value", option="margin", value="0"),
)
row(
    "hinge: the wrong side",
    nn.HingeEmbeddingLoss(),
    lambda d: torch.where(d.y > 0, d.y, -(d.z > 1).double()) / d.E,
    m("condition reversed"),
)
row("ranking: inactive entries counted", nn.MarginRankingLoss(0.5), lambda d: -d.y / d.E, m("condition missing"))
row(
    "ranking: margin left at 0",
    nn.MarginRankingLoss(0.5),
    lambda d: -d.y * (d.y * (d.z - d.input2) <= 0) / d.E,
    default("margin"),
    m("option ignored"),
    m("term missing", term="margin"),
)
row(
    "ranking: inputs swapped",
    nn.MarginRankingLoss(0.5),
    lambda d: -d.y * (d.y * (d.input2 - d.z) <= 0.5) / d.E,
    m("swapped"),
    m("term sign"),
)
row("ranking: of the other input", nn.MarginRankingLoss(0.5), lambda d: -d.right, SIGN, m("another gradient"))
row("ranking: input2, sign", nn.MarginRankingLoss(0.5), lambda d: d.g, m("another gradient"), SIGN, wrt="input2")


def hinges(d, margin=1.0, p=1):
    found = (margin + d.z - d.own).clamp(min=0) if p == 2 else (margin + d.z - d.own > 0).double()
    return found * (1 - d.hot) * p


row("multi margin: the label's own term missing", nn.MultiMarginLoss(), lambda d: hinges(d) / d.E, m("term missing"))
row(
    "multi margin: inactive counted",
    nn.MultiMarginLoss(),
    lambda d: ((1 - d.hot) - (d.C - 1) * d.hot) / d.E,
    m("condition missing"),
)
row(
    "multi margin: margin at 1",
    nn.MultiMarginLoss(margin=0.3),
    lambda d: (hinges(d) - hinges(d).sum(1, keepdim=True) * d.hot) / d.E,
    default("margin"),
)
row("multi margin: p = 2 without the 2", nn.MultiMarginLoss(p=2), lambda d: d.right / 2, HALF)
row(
    "multi margin: p ignored",
    nn.MultiMarginLoss(p=2),
    lambda d: (hinges(d) - hinges(d).sum(1, keepdim=True) * d.hot) / d.E,
    m("option ignored", option="p"),
)
row(
    "multi margin: weight by column",
    nn.MultiMarginLoss(weight=WEIGHT),
    lambda d: WEIGHT * (hinges(d) - hinges(d).sum(1, keepdim=True) * d.hot) / d.E,
    m("weight by column"),
)
row("multi margin: divided by N alone", nn.MultiMarginLoss(), lambda d: d.right * d.C, divisor("N·C", "N"))
row("multi label: sign", nn.MultiLabelMarginLoss(), lambda d: -d.right, SIGN)
row("multi label: divided by N alone", nn.MultiLabelMarginLoss(), lambda d: d.right * d.C, divisor("N·C", "N"))
row("multi label: transposed", nn.MultiLabelMarginLoss(), lambda d: d.right.T, m("transposed"))
row("multi label: rows of others", nn.MultiLabelMarginLoss(), lambda d: d.right.flip(0), NOTHING)
row(
    "multi label: bias not summed",
    nn.MultiLabelMarginLoss(),
    lambda d: d.g,
    m("summed", how="not"),
    wrt="bias",
    model=True,
)
row("multi soft: sigmoid missing", nn.MultiLabelSoftMarginLoss(), lambda d: (d.z - d.y) / d.E, m("sigmoid missing"))
row(
    "multi soft: divided by N",
    nn.MultiLabelSoftMarginLoss(),
    lambda d: (d.z.sigmoid() - d.y) / d.N,
    divisor("N·C", "N"),
)
row("multi soft: softmax", nn.MultiLabelSoftMarginLoss(), lambda d: (d.p - d.y) / d.E, m("softmax for sigmoid"))
# Geometry


def triplet(d, margin=1.0, eps=1e-6, to=None, active=True):
    near, far = d.z - d.positive + eps, d.z - d.negative + eps
    a, b = near.norm(dim=1, keepdim=True), far.norm(dim=1, keepdim=True)
    gate = (margin + a - b >= 0).double() if active else 1.0
    return gate * (near / (a if to is None else 1) - far / (b if to is None else 1)) / d.N


def swapped(d):
    return SimpleNamespace(**{**vars(d), "positive": d.negative, "negative": d.positive})


row("triplet: positive and negative swapped", nn.TripletMarginLoss(), lambda d: triplet(swapped(d)), m("swapped"))
row(
    "triplet: inactive rows counted", nn.TripletMarginLoss(), lambda d: triplet(d, active=False), m("condition missing")
)
row("triplet: margin at 1", nn.TripletMarginLoss(margin=20.0), lambda d: triplet(d), default("margin"))
row(
    "triplet: margin forgotten",
    nn.TripletMarginLoss(margin=20.0),
    lambda d: triplet(d, margin=0),
    m("option value", option="margin", value="0"),
)
row(
    "triplet: the negative's term missing",
    nn.TripletMarginLoss(),
    lambda d: (
        triplet(d)
        + (triplet(d) != 0) * (d.z - d.negative + 1e-6) / (d.z - d.negative + 1e-6).norm(dim=1, keepdim=True) / d.N
    ),
    m("term missing"),
)
row(
    "triplet: of the other operand",
    nn.TripletMarginLoss(),
    lambda d: d.of["negative"],
    m("another gradient", of="negative"),
    wrt="positive",
)
row("triplet: divided by all entries", nn.TripletMarginLoss(), lambda d: d.right / d.C, divisor("N", "N·C"))
row("triplet with distance: swapped", nn.TripletMarginWithDistanceLoss(), lambda d: triplet(swapped(d)), m("swapped"))
row("triplet with distance: sign", nn.TripletMarginWithDistanceLoss(), lambda d: -d.right, SIGN)
row("cosine: sign", nn.CosineEmbeddingLoss(), lambda d: -d.right, SIGN)
row(
    "cosine: inactive rows counted",
    nn.CosineEmbeddingLoss(margin=0.1),
    lambda d: -d.y[:, None] * _of_cosine(d) / d.N,
    m("condition missing"),
)
row(
    "cosine: margin left at 0",
    nn.CosineEmbeddingLoss(margin=0.9),
    lambda d: (
        torch.where(d.y > 0, -1.0, (F.cosine_similarity(d.z, d.input2) > 0).double())[:, None] * _of_cosine(d) / d.N
    ),
    default("margin"),
    m("term missing", term="margin"),
    m("option ignored"),
)
row(
    "cosine: the projection forgotten",
    nn.CosineEmbeddingLoss(),
    lambda d: (
        torch.where(d.y > 0, -1.0, (F.cosine_similarity(d.z, d.input2) > 0).double())[:, None]
        * d.input2
        / _length(d.z)
        / _length(d.input2)
        / d.N
    ),
    m("term missing"),
)


def _of_cosine(d):
    a, b = _length(d.z), _length(d.input2)
    return d.input2 / (a * b) - (d.z * d.input2).sum(1, keepdim=True) / (a * b) * d.z / a**2


def _length(a):
    return (a.square().sum(1, keepdim=True) + 1e-12).sqrt()


# What people write


def focal(d, gamma=2.0, alpha=None):
    p, z = d.z.sigmoid(), d.z.detach().clone().requires_grad_()
    del p
    FocalLoss(gamma, alpha)(z, d.y).backward()
    return z.grad


def distilled(d, temperature=2.0, mixing=0.5, square=True, teacher=True):
    soft, to = (d.z / temperature).softmax(1), (d.teacher / (temperature if teacher else 1)).softmax(1)
    return (mixing * temperature ** (1 if square else -1) * (soft - to) + (1 - mixing) * (d.p - d.hot)) / d.N


def capped(d, softcap=30.0, scale=1.0, chain=True):
    t = (scale * d.z / softcap).tanh()
    return scale * (1 - t**2 if chain else 1) * ((softcap * t).softmax(1) - d.hot) / d.N


row("focal: gamma at 2", FocalLoss(gamma=1.5), lambda d: focal(d), default("gamma"))
row(
    "focal: gamma ignored",
    FocalLoss(),
    lambda d: (d.z.sigmoid() - d.y) / d.E,
    m("option value", option="gamma", value="0"),
)
row("focal: alpha ignored", FocalLoss(alpha=0.25), lambda d: focal(d), m("option ignored", option="alpha"))
row(
    "focal: the modulator not differentiated",
    FocalLoss(),
    lambda d: (1 - (d.z.sigmoid() * d.y + (1 - d.z.sigmoid()) * (1 - d.y))) ** 2 * (d.z.sigmoid() - d.y) / d.E,
    (m("term missing"), m("term missing")),
)
row(
    "distillation: T² missing",
    DistillationLoss(3.0),
    lambda d: distilled(d, 3.0, square=False),
    m("power"),
    m("option missing"),
)
row("distillation: temperature at 2", DistillationLoss(3.0), lambda d: distilled(d), default("temperature"))
row("distillation: mixing at ½", DistillationLoss(mixing=0.8), lambda d: distilled(d), default("mixing"))
row(
    "distillation: mixed the other way",
    DistillationLoss(mixing=0.8),
    lambda d: distilled(d, mixing=0.2),
    m("option turned", option="mixing"),
)
row(
    "distillation: the teacher's logits not softened",
    DistillationLoss(3.0),
    lambda d: distilled(d, 3.0, teacher=False),
    missing("temperature"),
)
row(
    "distillation: no labels",
    DistillationLoss(),
    lambda d: 2.0 * 0.5 * ((d.z / 2).softmax(1) - (d.teacher / 2).softmax(1)) / d.N,
    m("term missing"),
)
row(
    "capped: tanh not differentiated",
    CappedCrossEntropy(5.0),
    lambda d: capped(d, 5.0, chain=False),
    m("factor missing"),
)
row("capped: cap at 30", CappedCrossEntropy(5.0), lambda d: capped(d), default("softcap"))
row("capped: scale at 1", CappedCrossEntropy(5.0, 0.5), lambda d: capped(d, 5.0), default("scale"))
row(
    "capped: scale not multiplied in",
    CappedCrossEntropy(5.0, 0.5),
    lambda d: capped(d, 5.0, 0.5) / 0.5,
    TWICE,
    missing("scale"),
)
row("masked: divided by N", MaskedCrossEntropy(), lambda d: d.mask[:, None] * (d.p - d.hot) / d.N, m("divisor"))
row(
    "masked: mask ignored",
    MaskedCrossEntropy(),
    lambda d: (d.p - d.hot) / d.mask.sum(),
    m("factor missing", factor="mask"),
)
row(
    "masked: softmax missing",
    MaskedCrossEntropy(),
    lambda d: d.mask[:, None] * (d.z - d.hot) / d.mask.sum(),
    m("softmax missing"),
)
row(
    "z-loss: forgotten",
    ZLoss(0.1),
    lambda d: (d.p - d.hot) / d.N,
    m("term missing"),
    m("option value", option="strength", value="0"),
)
row(
    "z-loss: without the 2",
    ZLoss(0.1),
    lambda d: (0.1 * d.z.logsumexp(1, keepdim=True) * d.p + d.p - d.hot) / d.N,
    m("factor missing", factor="2"),
)
row(
    "z-loss: Z where P belongs in its own term",
    ZLoss(0.1),
    lambda d: (0.2 * d.z.logsumexp(1, keepdim=True) * d.z + d.p - d.hot) / d.N,
    m("softmax missing", where="2·strength·logsumexp(Z)·P"),
)
row(
    "z-loss: Z where P belongs in cross-entropy's",
    ZLoss(0.1),
    lambda d: (0.2 * d.z.logsumexp(1, keepdim=True) * d.p + d.z - d.hot) / d.N,
    m("softmax missing", where="P"),
)
row(
    "z-loss: strength at 1e-4",
    ZLoss(0.1),
    lambda d: (2e-4 * d.z.logsumexp(1, keepdim=True) * d.p + d.p - d.hot) / d.N,
    default("strength"),
)


@pytest.mark.filterwarnings("ignore:reduction. .mean. divides:UserWarning")
@pytest.mark.parametrize(("criterion", "wrong", "accepted", "wrt", "model"), TABLE)
def test_what_was_done_is_said(criterion, wrong, accepted, wrt, model):
    d = at(criterion, wrt, model)
    inputs, operands = d.X if model else d.z, d.operands[0] if len(d.operands) == 1 else tuple(d.operands)
    found = dv.diagnose(wrong(d), d.explanation, inputs, operands, wrt)
    assert found.verdict == "disagrees"
    assert said(found, accepted) == "named" or (accepted == (NOTHING,) and not found.mistakes), told(found)
