"""The formulas are torch's: loss, gradients and updates, for every option, against torch itself in float64."""

import functools
import inspect
import itertools
from fractions import Fraction

import pytest
import torch
from tables import FIRST, LOSSES, OPTIMIZERS
from torch import nn

from derivations import derive
from derivations.index_calculus.judging.evaluator import Evaluator
from derivations.index_calculus.judging.judge import DIGITS
from derivations.index_calculus.symbols import SIZES, C, D, L, N, T, t
from derivations.losses.declared import Per, Values
from derivations.optimizers import SGD
from derivations.optimizers.symbols import theta
from derivations.options import LABEL
from derivations.torch_bridge.criteria import registry
from derivations.torch_bridge.criteria.draws import shape_of

ROWS, FEATURES, CLASSES, POSITIONS = 4, 2, 3, 2
HYPER = {"gamma": 0.1, "lambda": 0.3, "mu": 0.9, "tau": 0.2, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 0.01}


#: The others have data of their own, in test_atlas_definitions.py.
OF_TORCH = [loss for loss in LOSSES if isinstance(loss, FIRST) and registry.of_loss(type(loss)) is not None]


class Call:
    """A criterion of torch with its options, and data: by letters, and in the order in which torch takes them."""

    def __init__(self, loss):
        self.loss, self.of = loss, registry.of_loss(type(loss))
        generator = torch.Generator().manual_seed(3)
        positions = (POSITIONS,) if loss.extra_dimensions else ()
        shape = (ROWS, CLASSES, *positions) if loss.classes_second else (ROWS, *positions, CLASSES)
        axis = 1 if loss.classes_second else len(shape) - 1

        def random(per):
            return torch.randn(shape_of(per, shape, axis), generator=generator, dtype=torch.float64)

        self.outputs = random(Per.ENTRY)
        if self.of.before is None:
            self.outputs = self.of.draw_outputs(loss, shape, axis, generator, torch.float64)
        self.operands = {
            each: self.of.draw_operand(loss, each, shape, axis, generator, torch.float64) for each in loss.operands
        }
        for each in self.operands:
            if each.values is Values.PROBABILITIES:  # torch does not ask for rows that add up to 1
                self.operands[each] *= 1.5
        self.options = {
            each: random(each.per).abs() + 0.1 if each.is_tensor else each.tried[-1] for each in loss.in_use
        }
        self.v = random(loss.per)

    def values(self):
        """What torch is given for each option."""
        loss, values = self.loss, {each.name: value for each, value in self.options.items()}
        choices = {each.name: getattr(loss, each.name) for each in loss.declared if not each.letter}
        off = {
            each.name: 0
            for each in loss.declared
            if each.letter and each not in self.options and each.default not in (None, 0) and each.kind is not LABEL
        }
        return {"reduction": loss.reduction, **off, **choices, **values}

    def total(self):
        """The loss, of which v makes one number."""
        values = self.values()
        taken = inspect.signature(self.of.module).parameters
        made = (
            self.of.module(**values)
            if values.keys() <= taken.keys()
            else functools.partial(self.of.functions[0], **values)
        )
        outputs = self.outputs if self.of.before is None else self.of.before.make()(self.outputs)
        value = made(outputs, *self.operands.values())
        return (value * self.v).sum() if self.loss.reduction == "none" else value

    def arrays(self):
        """By the letters of the formulas."""
        letter = "Z" if self.of.before is not None else self.loss.tensor("outputs").name
        operands = {each.letter: value for each, value in self.operands.items()}
        options = {each.letter: value for each, value in self.options.items() if each.is_tensor}
        return {letter: self.outputs, **operands, **options, "v": self.v}

    def numbers(self):
        return {each.letter: value for each, value in self.options.items() if not each.is_tensor}

    def asked(self):
        """By what a gradient is asked for, the array that torch has it of."""
        outputs = "outputs" if self.of.before is None else "logits"
        return {outputs: self.outputs, **{each.name: value for each, value in self.operands.items() if each.is_real}}


def evaluator(context, call, sizes):
    """Evaluates formulas, whose indices and labels begin at 1, at the exact values of the arrays."""
    arrays, numbers = call.arrays(), call.numbers()
    labels = {each.letter for each in call.loss.operands if each.values in (Values.LABELS, Values.CLASS_SETS)}

    def value(name, at):
        if name == "iota":
            return numbers[name] + 1
        if name not in arrays:
            return Fraction(numbers[name])
        entry = arrays[name][tuple(each - 1 for each in at)].item()
        return entry + 1 if name in labels else Fraction(entry)

    return Evaluator(sizes, context, value, digits=DIGITS)


@pytest.mark.parametrize("loss", OF_TORCH, ids=str)
def test_loss_and_gradients(loss):
    call = Call(loss)
    for array in call.asked().values():
        array.requires_grad_()
    total = call.total()
    total.backward()
    evaluate = evaluator(loss.context, call, {N: ROWS, D: FEATURES, C: CLASSES, T: POSITIONS})
    assert float(evaluate(L)) == pytest.approx(total.item(), rel=1e-13)
    for asked, array in call.asked().items():
        derivation = derive(loss, asked)
        for at in itertools.product(*map(range, array.shape)):
            place = {index: number + 1 for index, number in zip(derivation.targets, at, strict=True)}
            assert float(evaluate(derivation.result, place)) == pytest.approx(array.grad[at].item(), rel=1e-11)


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
