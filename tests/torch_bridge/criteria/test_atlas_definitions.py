"""The formulas of every loss are torch's: value and gradients, for every option, in float64; and torch's corners."""

import itertools
import math
from fractions import Fraction

import pytest
import torch
from atlas import KINDS, LOSSES
from torch import nn
from torch.nn import functional as F

from derivations import derive
from derivations.index_calculus.judging.corners import corners_in
from derivations.index_calculus.judging.evaluator import Evaluator
from derivations.index_calculus.judging.judge import DIGITS
from derivations.index_calculus.symbols import C, L, N, T
from derivations.linear import BIAS, INPUTS, OUTPUTS, WEIGHT
from derivations.losses.activated import LOGITS, Activated
from derivations.losses.base import TARGETS
from derivations.losses.declared import Per, Values
from derivations.options import FLAG, Choice

ROWS, CLASSES, POSITIONS = 4, 3, 2
NUMBERS = {
    "alpha": 0.3,
    "beta": 0.7,
    "Delta": 0.6,
    "eta": 1e-3,
    "gamma": 1.7,
    "kappa": 1.3,
    "lambda": 0.2,
    "omega": 1.4,
    "rho": 0.4,
    "tau": 1.6,
    "zeta": 0.3,
}
DRAWN = {
    Values.REAL: lambda shape, dim: torch.randn(shape),
    Values.UNIT: lambda shape, dim: torch.rand(shape),
    Values.PROBABILITIES: lambda shape, dim: torch.randn(shape).softmax(dim),
    Values.LOG_PROBABILITIES: lambda shape, dim: torch.randn(shape).log_softmax(dim),
    Values.POSITIVE: lambda shape, dim: torch.rand(shape) + 0.1,
    Values.COUNTS: lambda shape, dim: torch.randint(5, shape).to(torch.get_default_dtype()),
    Values.SIGNS: lambda shape, dim: torch.randint(2, shape) * 2.0 - 1,
    Values.BITS: lambda shape, dim: torch.randint(2, shape).to(torch.get_default_dtype()),
    Values.CLASS_SETS: lambda shape, dim: torch.randint(2, shape).to(torch.get_default_dtype()),
    Values.LABELS: lambda shape, dim: torch.randint(CLASSES, shape),
}


@pytest.fixture(autouse=True)
def seeded():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(7)
    yield
    torch.set_default_dtype(before)


def drawn(loss):
    """The arrays of a loss by their letters; Z are the logits where an activation comes first."""
    positions = (POSITIONS,) if loss.extra_dimensions else ()
    shape = (ROWS, CLASSES, *positions) if loss.classes_second else (ROWS, *positions, CLASSES)
    shapes = {Per.ENTRY: shape, Per.ROW: (ROWS, *positions), Per.CLASS: (CLASSES,)}
    dim = 1 if loss.classes_second else -1
    outputs = Values.REAL if isinstance(loss, Activated) else loss.of_outputs
    if "log_input" in dir(loss) and not loss.log_input:
        outputs = Values.POSITIVE  # rates
    arrays = {"Z": DRAWN[outputs](shape, dim), "v": torch.randn(shapes[loss.per])}
    for each in loss.operands:
        arrays[each.letter] = DRAWN[each.values](shapes[each.per], dim)
    for each in loss.declared:
        if each.is_tensor:
            arrays[each.letter] = torch.rand(shapes[each.per]) + 0.1
    return arrays


def settings(loss, arrays, numbers=NUMBERS):
    """What the module of torch is made with."""
    options = {"reduction": loss.reduction}
    for each in loss.declared:
        value = getattr(loss, each.name)
        if isinstance(each.kind, Choice) or (each.kind is FLAG and not each.letter):
            options[each.name] = value
        elif value:
            options[each.name] = arrays[each.letter] if each.is_tensor else numbers[each.letter]
    return options


def reduced(losses, reduction):
    return losses if reduction == "none" else getattr(losses, reduction)()


def focal(z, y, reduction, gamma, alpha=None):
    """As torchvision.ops.sigmoid_focal_loss has it."""
    p = z.sigmoid()
    p_t = p * y + (1 - p) * (1 - y)
    losses = F.binary_cross_entropy_with_logits(z, y, reduction="none") * (1 - p_t) ** gamma
    losses = losses if alpha is None else losses * (alpha * y + (1 - alpha) * (1 - y))
    return reduced(losses, reduction)


def with_z_loss(z, y, reduction, strength):
    return reduced(F.cross_entropy(z, y, reduction="none") + strength * z.logsumexp(1) ** 2, reduction)


def capped(z, y, reduction, softcap, scale):
    return F.cross_entropy(softcap * torch.tanh(scale * z / softcap), y, reduction=reduction)


def masked(z, y, mask, reduction):
    losses = F.cross_entropy(z, y, reduction="none") * mask
    return losses.sum() / mask.sum().clamp(min=1) if reduction == "mean" else reduced(losses, reduction)


def distilled(z, teacher, y, reduction, temperature, mixing):
    student, taught = (z / temperature).log_softmax(1), (teacher / temperature).softmax(1)
    divergence = F.kl_div(student, taught, reduction="none").sum(1) * temperature**2
    return reduced((1 - mixing) * F.cross_entropy(z, y, reduction="none") + mixing * divergence, reduction)


WRITTEN = {
    "FocalLoss": focal,
    "ZLoss": with_z_loss,
    "CappedCrossEntropy": capped,
    "MaskedCrossEntropy": masked,
    "DistillationLoss": distilled,
}
ACTIVATIONS = {"Q": lambda z, dim: z.log_softmax(dim), "sigma": lambda z, dim: z.sigmoid()}


def by_torch(loss, arrays, outputs, numbers=NUMBERS):
    given = [as_torch(each, arrays[each.letter]) for each in loss.operands]
    options = settings(loss, arrays, numbers)
    if loss.torch_name in WRITTEN:
        return WRITTEN[loss.torch_name](outputs, *given, **options)
    return getattr(nn, loss.torch_name)(**options)(outputs, *given)


def as_torch(operand, array):
    """Classes as torch takes them: those that are meant, then −1."""
    if operand.values is not Values.CLASS_SETS:
        return array
    rows = [[c for c, bit in enumerate(row) if bit] for row in array.tolist()]
    return torch.tensor([row + [-1] * (array.shape[1] - len(row)) for row in rows])


def evaluator(loss, arrays, numbers=NUMBERS):
    """Evaluates formulas, whose indices and labels begin at 1, at the exact values of the arrays."""

    def value(name, at):
        if name not in arrays:
            return Fraction(numbers[name])
        entry = arrays[name][tuple(each - 1 for each in at)].item()
        return entry + 1 if name == "y" else Fraction(entry)

    sizes = dict(zip((N, C), arrays["Z"].shape, strict=False))
    if loss.extra_dimensions:
        sizes = {N: ROWS, C: CLASSES, T: POSITIONS}
    return Evaluator(sizes, loss.context, value, digits=DIGITS)


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides")  # torch on KLDivLoss, whose mean will be another
@pytest.mark.parametrize("loss", LOSSES, ids=str)
def test_value_and_gradients_are_those_of_torch(loss):
    arrays = drawn(loss)
    asked = {"Z": LOGITS if isinstance(loss, Activated) else OUTPUTS}
    asked |= {each.letter: each.name for each in loss.operands if each.name in loss.wrt}
    for letter in asked:
        arrays[letter].requires_grad_()
    outputs = arrays["Z"]
    if isinstance(loss, Activated):
        outputs = ACTIVATIONS[loss.activation.letter](outputs, 1 if loss.classes_second else -1)
        outputs.retain_grad()
        asked[loss.activation.letter] = OUTPUTS
    value = by_torch(loss, arrays, outputs)
    total = (value * arrays["v"]).sum() if loss.reduction == "none" else value
    total.backward()
    assert set(asked.values()) == set(loss.wrt) - {WEIGHT, BIAS, INPUTS}
    evaluate = evaluator(loss, arrays)
    assert float(evaluate(L)) == pytest.approx(total.item(), rel=1e-12)
    for letter, wrt in asked.items():
        derivation, array = derive(loss, wrt), arrays.get(letter, outputs)
        for at in itertools.product(*map(range, array.shape)):
            place = {index: number + 1 for index, number in zip(derivation.targets, at, strict=True)}
            got, expected = float(evaluate(derivation.result, place)), array.grad[at].item()
            if math.isnan(expected):  # torch multiplies its mask by the slope of 0 · log 0
                assert loss.full
                assert (wrt, array[at]) == (TARGETS, 0)
            else:
                assert got == pytest.approx(expected, rel=1e-9, abs=1e-14)


#: One row or entry at a corner: what is asked, the options, the arrays; the slope there is torch's choice.
KIND = {kind.__name__: kind for kind in KINDS}
CORNERS = [
    ("L1", {}, {"Z": [[1.0]], "Y": [[1.0]]}),
    ("SmoothL1", {"beta": 0.5}, {"Z": [[1.5, 0.5]], "Y": [[1.0, 1.0]]}),
    ("Huber", {"Delta": 0.5}, {"Z": [[1.5, 0.5]], "Y": [[1.0, 1.0]]}),
    ("HingeEmbedding", {"rho": 1.0}, {"Z": [[1.0, 1.0]], "Y": [[-1.0, 1.0]]}),
    ("MultiMargin", {"rho": 1.0}, {"Z": [[1.0, 0.0]], "y": [0]}),
    ("MultiLabelMargin", {}, {"Z": [[1.0, 0.0]], "M": [[1.0, 0.0]]}),
    ("CosineEmbedding", {"rho": 0.0}, {"Z": [[1.0, 0.0]], "Zother": [[0.0, 1.0]], "Y": [-1.0]}),
    (
        "TripletMargin",
        {"rho": 1.0, "eta": 2.0**-20},  # what is added to a difference is taken away here
        {
            "Z": [[0.0, 0.0]],
            "Zpos": [[2.0**-20, 1 + 2.0**-20]],
            "Zneg": [[2 + 2.0**-20, 2.0**-20]],
        },
    ),
]


@pytest.mark.parametrize(("kind", "numbers", "arrays"), CORNERS, ids=[kind for kind, *_ in CORNERS])
def test_at_a_corner_the_slope_is_the_one_torch_takes(kind, numbers, arrays):
    loss = KIND[kind](reduction="sum")
    arrays = {name: torch.tensor(array) for name, array in arrays.items()}
    outputs = arrays["Z"].requires_grad_()
    by_torch(loss, arrays, outputs, numbers).backward()
    evaluate, derivation = evaluator(loss, arrays, numbers), derive(loss, OUTPUTS)
    corners = corners_in(loss.context.formulas(derivation.result))
    for at in itertools.product(*map(range, outputs.shape)):
        place = {index: number + 1 for index, number in zip(derivation.targets, at, strict=True)}
        assert float(evaluate(derivation.result, place)) == pytest.approx(outputs.grad[at].item(), abs=1e-12)
    assert corners
    assert evaluate.undecided or kind in ("SmoothL1", "Huber"), "the point is beside the corner"


def test_of_two_equal_distances_torch_takes_half_of_each():
    """What the docstring of TripletMargin says; the formula counts neither there."""
    anchor = torch.zeros(1, 2, requires_grad=True)
    loss = nn.TripletMarginLoss(swap=True, eps=0.0)
    loss(anchor, torch.tensor([[1.0, 1.0]]), torch.tensor([[1.0, 0.0]])).backward()
    of_positive, of_negative = torch.tensor([[-1.0, -1.0]]) / 2**0.5, torch.tensor([[-1.0, 0.0]])
    torch.testing.assert_close(anchor.grad, of_positive - of_negative / 2)


def test_at_probabilities_of_0_and_1_torch_computes_something_else():
    """What the docstring of BCE says of torch's clamps."""
    outputs = torch.tensor([0.0, 1.0], requires_grad=True)
    value = nn.BCELoss(reduction="none")(outputs, torch.tensor([1.0, 0.0]))
    assert value.tolist() == [100, 100]
    value.sum().backward()
    assert outputs.grad.tolist() == pytest.approx([-1e12, 1e12], rel=1e-8)


def test_a_target_of_0_costs_nothing_in_the_divergence():
    """The formula's domain is Y > 0; torch continues it by its limit."""
    assert nn.KLDivLoss(reduction="sum")(torch.tensor([[-1.0, -2.0]]), torch.tensor([[0.0, 1.0]])).item() == 2
