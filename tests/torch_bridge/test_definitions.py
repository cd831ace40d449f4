"""The formulas are torch's: loss, gradients and updates, for every option, against torch itself in float64."""

import itertools
from fractions import Fraction

import pytest
import torch
from tables import LOSSES, OPTIMIZERS
from torch import nn
from torch.nn import functional

from derivations import derive
from derivations.index_calculus.judging.evaluator import Evaluator
from derivations.index_calculus.judging.judge import DIGITS
from derivations.index_calculus.symbols import SIZES, C, D, L, N, T, t
from derivations.losses import MSE, NLL, BCEWithLogits
from derivations.optimizers import SGD
from derivations.optimizers.symbols import theta

ROWS, FEATURES, CLASSES, POSITIONS, IGNORED, SMOOTHING = 4, 2, 3, 2, 1, 0.3
HYPER = {"gamma": 0.1, "lambda": 0.3, "mu": 0.9, "tau": 0.2, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 0.01}


def data(loss):
    """Arrays by their letters, and what torch calls compute the loss from them."""
    generator = torch.Generator().manual_seed(3)

    def random(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    positions = (POSITIONS,) if loss.extra_dimensions else ()
    shape = (ROWS, CLASSES, *positions) if loss.classes_second else (ROWS, *positions, CLASSES)
    arrays = {"Z": random(*shape), "Y": random(*shape).sigmoid()}
    arrays["y"] = torch.randint(CLASSES, (ROWS, *positions), generator=generator)
    per_entry = isinstance(loss, MSE | BCEWithLogits)
    arrays["w"] = random(*(shape if per_entry else (CLASSES,))).abs() + 0.1
    arrays["q"] = random(CLASSES).abs() + 0.1
    arrays["v"] = random(*(shape if per_entry else (ROWS, *positions)))
    return arrays


def by_torch(loss, arrays):
    weight = arrays["w"] if loss.weight else None
    target = arrays[loss.target_name]
    if isinstance(loss, MSE):
        return functional.mse_loss(arrays["Z"], target, reduction=loss.reduction, weight=weight)
    if isinstance(loss, BCEWithLogits):
        positive = arrays["q"] if loss.pos_weight else None
        return nn.BCEWithLogitsLoss(weight=weight, pos_weight=positive, reduction=loss.reduction)(arrays["Z"], target)
    options = {"weight": weight, "reduction": loss.reduction}
    if loss.ignore_index:
        options["ignore_index"] = IGNORED
    if isinstance(loss, NLL):
        return nn.NLLLoss(**options)(functional.log_softmax(arrays["Z"], dim=1), target)
    return nn.CrossEntropyLoss(**options, label_smoothing=SMOOTHING if loss.label_smoothing else 0.0)(
        arrays["Z"], target
    )


def evaluator(context, arrays, numbers, sizes):
    """Evaluates formulas, whose indices and labels begin at 1, at the exact values of the arrays."""

    def value(name, at):
        if name == "iota":
            return IGNORED + 1
        if name not in arrays:
            return Fraction(numbers[name])
        entry = arrays[name][tuple(each - 1 for each in at)].item()
        return entry + 1 if name == "y" else Fraction(entry)

    return Evaluator(sizes, context, value, digits=DIGITS)


@pytest.mark.parametrize("loss", LOSSES, ids=str)
def test_loss_and_gradients(loss):
    arrays = data(loss)
    wrt = {"Z": "logits" if isinstance(loss, NLL) else "outputs"} | ({"Y": "targets"} if loss.real_targets else {})
    for name in wrt:
        arrays[name].requires_grad_()
    value = by_torch(loss, arrays)
    total = (value * arrays["v"]).sum() if loss.reduction == "none" else value
    total.backward()
    evaluate = evaluator(loss.context, arrays, {"epsilon": SMOOTHING}, {N: ROWS, D: FEATURES, C: CLASSES, T: POSITIONS})
    assert float(evaluate(L)) == pytest.approx(total.item(), rel=1e-13)
    for name, asked in wrt.items():
        derivation = derive(loss, asked)
        for at in itertools.product(*map(range, arrays[name].shape)):
            place = {index: number + 1 for index, number in zip(derivation.targets, at, strict=True)}
            assert float(evaluate(derivation.result, place)) == pytest.approx(arrays[name].grad[at].item(), rel=1e-11)


def by_optimizer(kind, gradients, start):
    """θ after each step of a torch optimizer that is given these gradients."""
    parameter = nn.Parameter(torch.tensor(start, dtype=torch.float64))
    options = {
        "lr": HYPER["gamma"],
        "weight_decay": HYPER["lambda"] if kind.weight_decay else 0.0,
        "maximize": kind.maximize,
    }
    if isinstance(kind, SGD):
        options |= {"momentum": HYPER["mu"]} if kind.momentum else {}
        options |= {"dampening": HYPER["tau"]} if kind.dampening else {}
        options |= {"nesterov": kind.nesterov}
    else:
        options |= {"betas": (HYPER["beta_1"], HYPER["beta_2"]), "eps": HYPER["epsilon"], "amsgrad": kind.amsgrad}
    optimizer = getattr(torch.optim, type(kind).__name__)([parameter], **options)
    path = []
    for gradient in gradients:
        parameter.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
        path.append(parameter.item())
    return path


@pytest.mark.parametrize("kind", OPTIMIZERS, ids=str)
def test_updates(kind):
    gradients, start = [0.7, -1.3, 0.2, 2.5, -0.4, 1.1, -0.9, 0.05, 3.0, -2.2], 1.5
    context = derive(kind).context

    def value(name, at):
        if name == "theta":
            assert at == (0,)
            return Fraction(start)
        return Fraction(gradients[at[0] - 1]) if name == "g" else Fraction(HYPER[name])

    evaluate = Evaluator(dict.fromkeys(SIZES, len(gradients)), context, value, digits=DIGITS)
    for step, expected in enumerate(by_optimizer(kind, gradients, start), 1):
        assert float(evaluate(theta[t], {t: step})) == pytest.approx(expected, rel=1e-12)
        if step <= 2:
            unrolled = derive(kind, "unrolled", steps=step)
            assert float(evaluate(unrolled.result)) == pytest.approx(expected, rel=1e-12)
        else:
            assert float(evaluate(derive(kind).result, {t: step})) == pytest.approx(expected, rel=1e-12)
