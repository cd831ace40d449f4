"""Hessians are torch's; they are positive semidefinite where a derivation says so, and need not be elsewhere."""

import dataclasses
import itertools
from fractions import Fraction

import pytest
import torch
from torch.nn import functional

import derivations as dv
from derivations import curvature, derive
from derivations.index_calculus.judging.evaluator import Evaluator
from derivations.index_calculus.judging.judge import DIGITS
from derivations.index_calculus.printing.plain import Plain
from derivations.index_calculus.symbols import (
    C,
    D,
    N,
    j,
    k,
    m,
    r,
)
from derivations.losses import MSE, BCEWithLogits, CrossEntropy
from derivations.losses.distillation import Distillation
from derivations.losses.masked_cross_entropy import MaskedCrossEntropy
from derivations.losses.z_loss import ZLoss

ROWS, FEATURES, CLASSES = 4, 2, 3
SHAPE = (CLASSES, FEATURES, CLASSES, FEATURES)


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def arrays(**given):
    labels = torch.tensor([0, 2, 1, 0])
    common = {
        "X": random(ROWS, FEATURES),
        "W": random(CLASSES, FEATURES, seed=1),
        "b": random(CLASSES, seed=2),
        "y": labels,
    }
    return common | {"Y": random(ROWS, CLASSES, seed=3).sigmoid()} | given


def by_formula(loss, given):
    """The Hessian in W, as a tensor of shape (C, D, C, D), from the derived formula."""
    derivation = curvature.hessian(loss)

    def value(name, at):
        entry = given[name][tuple(each - 1 for each in at)].item()
        return entry + 1 if name == "y" else Fraction(entry)

    evaluate = Evaluator({N: ROWS, D: FEATURES, C: CLASSES}, derivation.context, value, digits=DIGITS)
    entries = itertools.product(*map(range, SHAPE))
    places = [dict(zip(derivation.targets, [each + 1 for each in at], strict=True)) for at in entries]
    assert derivation.targets == (j, m, k, r)
    return torch.tensor([float(evaluate(derivation.result, at)) for at in places], dtype=torch.float64).reshape(SHAPE)


def by_torch(criterion, given):
    return torch.autograd.functional.hessian(lambda weight: criterion(given["X"] @ weight.T + given["b"]), given["W"])


CASES = {
    "MSE": (MSE(), arrays(), lambda z, a: functional.mse_loss(z, a["Y"])),
    "BCE": (
        BCEWithLogits(pos_weight=True),
        arrays(q=torch.tensor([2.0, 0.5, 3.0]).double()),
        lambda z, a: functional.binary_cross_entropy_with_logits(z, a["Y"], pos_weight=a["q"]),
    ),
    "cross-entropy": (CrossEntropy(), arrays(), lambda z, a: functional.cross_entropy(z, a["y"])),
    "weighted": (
        CrossEntropy(weight=True),
        arrays(w=torch.tensor([1.0, 0.5, 2.0]).double()),
        lambda z, a: functional.cross_entropy(z, a["y"], weight=a["w"]),
    ),
    "a negative class weight": (
        CrossEntropy(weight=True),
        arrays(w=torch.tensor([1.0, 0.5, -0.9]).double()),
        lambda z, a: functional.cross_entropy(z, a["y"], weight=a["w"]),
    ),
    "masked": (
        MaskedCrossEntropy(),
        arrays(B=torch.tensor([1.0, 0.0, 1.0, 1.0]).double()),
        lambda z, a: dv.nn.MaskedCrossEntropy()(z, a["y"], a["B"]),
    ),
    "all is masked": (
        MaskedCrossEntropy(),
        arrays(B=torch.zeros(ROWS).double()),
        lambda z, a: dv.nn.MaskedCrossEntropy()(z, a["y"], a["B"]),
    ),
    "distilled": (
        Distillation(),
        arrays(Zteacher=random(ROWS, CLASSES, seed=4), tau=torch.tensor(2.0), zeta=torch.tensor(0.25)),
        lambda z, a: dv.nn.DistillationLoss(temperature=2.0, mixing=0.25)(z, a["Zteacher"], a["y"]),
    ),
    "a z-loss": (
        ZLoss(),
        arrays(**{"lambda": torch.tensor(0.125)}),
        lambda z, a: dv.nn.ZLoss(strength=0.125)(z, a["y"]),
    ),
    "a z-loss at negative outputs": (
        ZLoss(),
        arrays(b=random(CLASSES, seed=2) - 20, **{"lambda": torch.tensor(0.125)}),
        lambda z, a: dv.nn.ZLoss(strength=0.125)(z, a["y"]),
    ),
    "an unlikely target": (
        BCEWithLogits(pos_weight=True),
        arrays(q=torch.tensor([2.0, 0.5, -9.0]).double()),
        lambda z, a: functional.binary_cross_entropy_with_logits(z, a["Y"], pos_weight=a["q"]),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_hessian_is_torchs_and_semidefinite_on_its_domain(name):
    loss, given, criterion = CASES[name]
    hessian = by_formula(loss, given)
    expected = by_torch(lambda z: criterion(z, given), given)
    torch.testing.assert_close(hessian, expected, rtol=1e-10, atol=1e-14)
    smallest = torch.linalg.eigvalsh(hessian.reshape(CLASSES * FEATURES, -1)).min().item()
    on_the_domain = "negative" not in name and "unlikely" not in name
    assert on_the_domain == (smallest > -1e-14), smallest


DOMAINS = [
    (MSE(), []),
    (MSE(weight=True), ["S > 0", "w[n,c] ≥ 0"]),
    (MSE(reduction="none"), ["v[n,c] ≥ 0"]),
    (BCEWithLogits(), []),
    (BCEWithLogits(weight=True, pos_weight=True), ["1 + q[c]·Y[n,c] - Y[n,c] ≥ 0", "w[n,c] ≥ 0"]),
    (CrossEntropy(), []),
    (CrossEntropy(label_smoothing=True), []),
    (CrossEntropy(ignore_index=True), ["S > 0"]),
    (CrossEntropy(weight=True), ["S > 0", "w[y[n]] ≥ 0"]),
    (CrossEntropy(weight=True, label_smoothing=True, reduction="sum"), ["(1 - ε)·w[y[n]] + (ε/C) Σ_c w[c] ≥ 0"]),
    (CrossEntropy(targets="probabilities"), ["Y[n,c] ≥ 0"]),
    (MaskedCrossEntropy(), ["S > 0", "B[n] ≥ 0"]),
]


@pytest.mark.parametrize(("loss", "conditions"), DOMAINS, ids=str)
def test_the_domain_names_every_sign_that_is_not_settled(loss, conditions):
    derivation = curvature.convexity(loss)
    plain = Plain(full_limits=False)
    assert [plain.condition(each) for each in derivation.domain] == conditions


def test_a_derivation_cannot_conclude_more_than_its_domain_allows():
    derivation = curvature.convexity(CrossEntropy(weight=True))
    careless = dataclasses.replace(derivation.context, domain=())
    with pytest.raises(ValueError, match="concludes more than its domain allows"):
        dataclasses.replace(derivation, context=careless)


@pytest.mark.parametrize("bias", [True, False])
def test_the_normal_equations_are_solved_where_the_loss_is_least(bias):
    """torch's least-squares solution makes both sides of the derived equations equal, and the gradient 0."""
    given = arrays()
    inputs = torch.cat([given["X"], torch.ones(ROWS, 1).double()], 1) if bias else given["X"]
    solution = torch.linalg.lstsq(inputs, given["Y"]).solution
    weight, offset = solution[:FEATURES].T, solution[FEATURES] if bias else torch.zeros(CLASSES)
    least, more = (functional.mse_loss(given["X"] @ each.T + offset, given["Y"]) for each in (weight, weight + 0.01))
    assert least < more
    derivation = curvature.normal_equations(bias=bias)
    given |= {"W": weight, "b": offset}
    evaluate = Evaluator(
        {N: ROWS, D: FEATURES, C: CLASSES},
        derivation.context,
        lambda name, at: Fraction(given[name][tuple(each - 1 for each in at)].item()),
    )
    for row, column in itertools.product(range(1, CLASSES + 1), range(1, FEATURES + 1)):
        assert abs(float(evaluate(derivation.result, {j: row, m: column}))) < 1e-14
    said = str(derivation)
    assert "⟺" in said
    assert "full column rank" in said
    assert derive(MSE(), "weight", bias=bias).result != derivation.result
