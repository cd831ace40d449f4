"""The bounds of whole gradients: careless evaluations stay within them, and they are no wider than what they count."""

import functools
import inspect
from dataclasses import dataclass

import pytest
import torch
from cases import CASES, DTYPES_OF
from registering import computed_by
from roundings import Careless
from sympy import exp, log
from torch import nn

from derivations import explain, linear
from derivations.closed_form import source
from derivations.losses.entries import ElementwiseLoss
from derivations.subject import derive
from derivations.torch_bridge.accounts import autograd
from derivations.torch_bridge.accounts.evaluate import gradients
from derivations.torch_bridge.batch.batch import read_batch
from derivations.torch_bridge.certificates.certify import certify
from derivations.torch_bridge.rounding import accumulation
from derivations.torch_bridge.rounding import bounds as of_batch
from derivations.torch_bridge.rounding.bounds import Bound, bounds

LOW = (torch.bfloat16, torch.float16)
#: Every combination of options, where it is more than the same without a factor.
CHOSEN = [name for name in CASES if ("mean" in name and "model" in name) or ("none" in name and "model" not in name)]


def case(name, dtype=torch.float64, seed=0, rows=7):
    """The batch of a case, and its tensors but for the outputs that are given, not derived."""
    explanation, inputs, targets, incoming = CASES[name](dtype, seed=seed, rows=rows)
    setup = explanation.setup
    wrt = [each for each in setup.wrt if each != "outputs" or setup.of_linear == "outputs"]
    return explanation, read_batch(setup, inputs, targets, incoming), wrt


def arrays_of(explanation, batch):
    """What the printed code takes, and the outputs by whose letter."""
    return {**batch.of_model, **batch.of_loss, batch.outputs_letter: batch.rows(batch.outputs())}


@functools.cache
def code_of(loss, of_linear, wrt, bias):
    """The printed code of a gradient, of a linear model with or without a bias, or of none where that is None."""
    derivations = {each: derive(loss, each, bias=bias is not False) for each in (wrt, of_linear)}
    model = None if bias is None else linear.outputs(bias)
    namespace = {}
    exec(source({wrt: derivations[wrt]}, derivations[of_linear], model=model), namespace)
    return namespace["gradients"]


def evaluated(explanation, arrays, wrt):
    setup = explanation.setup
    function = code_of(setup.loss, setup.of_linear, wrt, None if setup.model is None else setup.bias)
    return function(*[arrays[name] for name in inspect.signature(function).parameters])


def carelessly(explanation, batch, wrt, seed, wide):
    """∂loss/∂`wrt` by its printed code, every operation rounded and every sum in a random order."""
    generator = torch.Generator().manual_seed(seed)
    given = {
        name: Careless(each, generator, wide) if isinstance(each, torch.Tensor) and each.is_floating_point() else each
        for name, each in arrays_of(explanation, batch).items()
    }
    if batch.setup.model is not None:  # then Z is computed, even where the code takes it as given
        given["Z"] = given["X"] @ given["W"].T + given["b"]
    return evaluated(explanation, given, wrt).value


def exactly(explanation, batch, wrt):
    """The same in float64, from the same numbers."""
    wide = {
        name: each.double() if isinstance(each, torch.Tensor) and each.is_floating_point() else each
        for name, each in arrays_of(explanation, batch).items()
    }
    if batch.setup.model is not None:
        wide["Z"] = wide["X"] @ wide["W"].T + wide["b"]
    return evaluated(explanation, wide, wrt)


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("name", CHOSEN)
def test_careless_evaluations_stay_within_the_bound_of_one(name, wide, monkeypatch):
    """In float32, bfloat16 and float16; with `wide` as a device does that adds low precision in float32."""
    if not wide:
        monkeypatch.setattr(of_batch, "wider", lambda *sizes: None)
    for seed, dtype in enumerate(LOW if wide else (torch.float32, *LOW)):
        explanation, batch, wrt = case(name, dtype, seed)
        for each, bound in bounds(batch, wrt).items():
            found = carelessly(explanation, batch, each, seed, wide).double()
            assert torch.all((found - exactly(explanation, batch, each)).abs() <= bound.of_one(dtype)), each


@pytest.mark.parametrize("name", CHOSEN)
def test_torch_stays_within_the_bound_of_one_and_three_times_it_is_refused(name):
    """Both accounts of low precision, and a wrong entry of each tensor, just beyond what two evaluations explain."""
    for dtype in LOW:
        if dtype not in DTYPES_OF[name]:
            continue
        explanation, batch, wrt = case(name, dtype)
        _, expected = autograd.gradients(batch, wrt)
        found, limits = gradients(batch, wrt), bounds(batch, wrt)
        for each in wrt:
            truth = exactly(explanation, batch, each)
            for side in (found, expected):
                assert torch.all((side[each].double() - truth).abs() <= limits[each].of_one(dtype)), each
    explanation, batch, wrt = case(name)
    loss, expected = autograd.gradients(batch, wrt)
    nearly, wrong = ({each: value.clone() for each, value in expected.items()} for _ in range(2))
    for each, value in expected.items():
        at = torch.unravel_index(value.abs().argmax(), value.shape)
        bound = bounds(batch, wrt)[each].of_two(torch.float64)[at]
        nearly[each][at] += 0.6 * bound
        wrong[each][at] += 1.5 * bound if bound > 1e-300 else 1e-12  # a likelihood alone does not round
    accepted = certify(batch, nearly, expected, loss.item())
    assert accepted, str(accepted.mismatch())
    refused = certify(batch, wrong, expected, loss.item())
    assert [(row.wrt, row.wrong) for row in refused.rows] == [(each, 1) for each in wrt]


# What is counted ----------------------------------------------------------------------------------------------------


def test_every_rounding_of_a_linear_model_s_squares_is_counted():
    """By hand, and no more than by hand: D + 1 roundings in Z; a difference, 2/(NC), a product in G; then N or C."""
    torch.manual_seed(0)
    model, inputs = nn.Linear(4, 3, dtype=torch.float64), torch.randn(5, 4, dtype=torch.float64)
    targets, names = torch.randn(5, 3, dtype=torch.float64), ("weight", "bias", "inputs", "outputs")
    batch = read_batch(explain(model, nn.MSELoss()).setup, inputs, targets)
    found = bounds(batch, names)
    x, w, b = inputs.abs(), model.weight.detach().abs(), model.bias.detach().abs()
    z = batch.outputs().detach()
    of_z, g = 5 * (x @ w.T + b), 2 / 15 * (z - targets).abs()
    of_g = 2 / 15 * (of_z + 3 * (z.abs() + targets.abs()))
    expected = {
        "outputs": of_g,
        "weight": (of_g + 5 * g).T @ x,
        "bias": of_g.sum(0) + 4 * g.sum(0),
        "inputs": (of_g + 3 * g) @ w,
    }
    for name in names:
        torch.testing.assert_close(found[name].kappa, expected[name], rtol=1e-12, atol=0)


def test_every_rounding_of_a_softmax_is_counted():
    """Logits (a, b): two functions and three operations; C − 1 additions; the sizes of a − m, of lse and of log P."""
    logits = torch.tensor([[1.5, 0.25]], dtype=torch.float64)
    setup = explain(None, nn.CrossEntropyLoss()).setup
    bound = bounds(read_batch(setup, logits, torch.tensor([1])), ("outputs",))["outputs"]
    p, total = logits.softmax(1), logits.logsumexp(1, keepdim=True)
    away, spread = 1.5 - logits, total - 1.5
    of_sum = (p * (away + 4)).sum(1, keepdim=True) + 1
    of_p = p * (of_sum + 4 * spread + torch.maximum(total, away) + (logits - total).abs() + 11)
    expected = of_p + (p + torch.tensor([[0.0, 1.0]]))  # less the one-hot; 1/N is exact
    torch.testing.assert_close(bound.kappa, expected, rtol=1e-9, atol=0)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16], ids=str)
def test_two_evaluations_may_lie_twice_as_far_apart_as_one_from_the_truth(dtype):
    """u = eps/2 for one rounding; near 0, the smallest normal number, or half the smallest of float16."""
    precision = torch.finfo(dtype)
    kappa, unit = torch.tensor([3.0, 0.0], dtype=torch.float64), torch.tensor([0.0, 5.0], dtype=torch.float64)
    tiny = 2.0**-25 if dtype == torch.float16 else precision.smallest_normal
    assert Bound(kappa, unit).of_one(dtype).tolist() == [3 * precision.eps / 2, 5 * tiny]
    assert Bound(kappa, unit).of_two(dtype).tolist() == [3 * precision.eps, 10 * tiny]


@pytest.mark.parametrize(("wrt", "terms"), [("outputs", 5), ("targets", 2)])
def test_what_is_broadcast_is_summed(wrt, terms):
    """Outputs (2, 1) and targets (1, 5): each output is in five squares, each target in two."""
    outputs, targets = torch.randn(2, 1, dtype=torch.float64), torch.randn(1, 5, dtype=torch.float64)
    batch = read_batch(explain(None, nn.MSELoss()).setup, outputs, targets)
    bound = bounds(batch, (wrt,))[wrt]
    apart = 2 / 10 * (outputs - targets).abs().sum(1 if wrt == "outputs" else 0, keepdim=True)
    torch.testing.assert_close(bound.kappa, (3 + terms - 1) * apart)  # a difference, 2/(NC) and a scaling; the sum


@pytest.mark.parametrize("dtype", [torch.float32, *LOW], ids=str)
def test_the_bound_is_worked_out_in_float64_whatever_it_is_of(dtype, monkeypatch):
    """The first order is the same for every dtype; what n roundings multiply by is not."""
    monkeypatch.setattr(of_batch, "wider", lambda *sizes: None)
    torch.manual_seed(0)
    model = nn.Linear(4, 3, dtype=dtype)
    inputs, labels = torch.randn(5, 4).to(dtype), torch.tensor([0, 1, 2, 1, 0])
    wide = nn.Linear(4, 3, dtype=torch.float64)
    wide.load_state_dict(model.state_dict())
    names, eps = ("weight", "bias", "inputs", "outputs"), torch.finfo(dtype).eps
    found, same = (
        bounds(read_batch(explain(each, nn.CrossEntropyLoss()).setup, data, labels), names)
        for each, data in ((model, inputs), (wide, inputs.double()))
    )
    for name in names:
        assert found[name].kappa.dtype == torch.float64
        torch.testing.assert_close(found[name].kappa, same[name].kappa, rtol=40 * eps, atol=0)
        assert torch.all(found[name].kappa > same[name].kappa)


def test_what_underflow_can_do_is_counted_too():
    """κ₀: each operation counts 1, and what follows multiplies it, or might."""
    torch.manual_seed(0)
    model, inputs = nn.Linear(4, 3, dtype=torch.float64), torch.randn(5, 4, dtype=torch.float64)
    names = ("weight", "bias", "inputs", "outputs")
    targets = torch.randn(5, 3, dtype=torch.float64)
    found = bounds(read_batch(explain(model, nn.MSELoss()).setup, inputs, targets), names)
    z = (inputs @ model.weight.T + model.bias).detach()
    # 5 in Z, scaled; 2/(NC), which multiplies; a difference and a product, with what they may be multiplied by
    rows = 2 / 15 * 5 + (z.abs() + targets.abs()) + 2 * (z.abs().clamp_min(1) + targets.abs().clamp_min(1))
    expected = {
        "weight": rows.T @ inputs.abs() + 5,
        "bias": rows.sum(0) + 4,
        "inputs": rows @ model.weight.detach().abs() + 3,
        "outputs": rows,
    }
    for name in names:
        torch.testing.assert_close(found[name].unit, expected[name], rtol=1e-12, atol=0)


# Sizes, dtypes, losses ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("features", [4096, 65536])
def test_inner_sums_count_their_terms(features):
    """Both sides are far from the truth, and within their bound; one float32 term after the other is, too."""
    model = nn.Linear(features, 1)
    nn.init.constant_(model.weight, 0.1)
    nn.init.zeros_(model.bias)
    inputs, targets = torch.full((2, features), 0.1), torch.zeros(2, 1)
    assert explain(model, nn.MSELoss()).certify(inputs, targets)
    batch = read_batch(explain(model, nn.MSELoss()).setup, inputs, targets)
    exact = features * torch.tensor(0.1).double().item() ** 2  # Z; and G = 2/(NC) (Z − 0) is the same
    product = torch.tensor(0.1) * torch.tensor(0.1)
    by_terms = torch.full((features,), product.item()).cumsum(0)[-1].item()  # in float32, one after the other
    limit = bounds(batch, ("outputs",))["outputs"].of_one(torch.float32)
    found = batch.outputs()
    for value in (by_terms, *found.flatten().tolist()):
        assert abs(value - exact) <= limit.min().item()
    assert limit.max().item() < 0.01 * exact  # and still it tells


def test_exact_values_are_within_the_bound_of_one_where_many_terms_are_summed():
    model = nn.Linear(512, 1)
    nn.init.constant_(model.weight, 0.1)
    nn.init.zeros_(model.bias)
    inputs, targets = torch.full((2, 512), 0.1), torch.zeros(2, 1)
    assert explain(model, nn.MSELoss()).certify(inputs, targets, wrt=("bias",), exact=True)


def test_a_gradient_rounded_once_is_accepted_at_many_classes():
    torch.manual_seed(0)
    logits, labels = torch.randn(2, 200_000), torch.tensor([3, 7])
    batch = read_batch(explain(None, nn.CrossEntropyLoss()).setup, logits, labels)
    wide = logits.double().requires_grad_()
    (truth,) = torch.autograd.grad(nn.CrossEntropyLoss()(wide, labels), wide)
    loss, expected = autograd.gradients(batch, ("outputs",))
    assert certify(batch, {"outputs": truth.float()}, expected, loss.item())
    limit = bounds(batch, ("outputs",))["outputs"].of_one(torch.float32)
    assert torch.all((truth - expected["outputs"].double()).abs() <= limit)


def test_a_class_that_is_masked_out_takes_nothing_from_the_others():
    """A logit of −∞ has a probability of exactly 0, and the bounds of its row are as sharp as without it."""
    logits, labels = torch.tensor([[0.5, -1.0, 2.0, -torch.inf], [1.5, 0.25, -torch.inf, 0.0]]), torch.tensor([0, 1])
    explanation = explain(None, nn.CrossEntropyLoss())
    assert explanation.certify(logits, labels)
    bound = bounds(read_batch(explanation.setup, logits, labels), ("outputs",))["outputs"].of_two(torch.float32)
    assert torch.all(bound < 1e-5)


@pytest.mark.parametrize("given", [torch.float64, torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize(
    "criterion",
    [
        lambda weight: nn.BCEWithLogitsLoss(pos_weight=weight),
        lambda weight: nn.BCEWithLogitsLoss(weight=weight),
        lambda weight: functools.partial(nn.functional.mse_loss, weight=weight.expand(6, 4).contiguous()),
    ],
)
def test_a_weight_of_another_dtype(criterion, dtype, given):
    torch.manual_seed(0)
    outputs, targets = torch.randn(6, 4).to(dtype), torch.rand(6, 4).to(dtype)
    explanation = explain(None, criterion((torch.rand(4) + 1).to(given)))
    coarse = torch.bfloat16 in (dtype, given)
    assert explanation.certify(outputs, targets).verdict in ("agrees", *["cannot tell"] * coarse)
    batch = read_batch(explanation.setup, outputs, targets)
    found, (_, expected) = explanation.gradients(outputs, targets)["outputs"], autograd.gradients(batch, ("outputs",))
    assert found.dtype == expected["outputs"].dtype == dtype
    truth, limit = exactly(explanation, batch, "outputs"), bounds(batch, ("outputs",))["outputs"].of_one(dtype)
    for side in (found, expected["outputs"]):
        assert torch.all((side.double() - truth).abs() <= limit)


@dataclass(frozen=True, kw_only=True)
class Poisson(ElementwiseLoss):
    torch_name = "PoissonNLLLoss"

    def of_entry(self, z, y, at):
        return exp(z) - y * z


@dataclass(frozen=True, kw_only=True)
class LogCosh(ElementwiseLoss):
    torch_name = "LogCoshLoss"

    def of_entry(self, z, y, at):
        return log((exp(z - y) + exp(y - z)) / 2)


@dataclass(frozen=True, kw_only=True)
class Ratio(ElementwiseLoss):
    torch_name = "RatioLoss"

    def of_entry(self, z, y, at):
        return y / z


class Criterion(nn.Module):
    """A formula in torch's own operations."""

    def __init__(self, reduction="mean"):
        super().__init__()
        self.reduction = reduction

    def forward(self, z, y):
        return self.entries(z, y).mean()


class TorchPoisson(Criterion):
    def entries(self, z, y):
        return nn.functional.poisson_nll_loss(z, y, reduction="none")


class TorchLogCosh(Criterion):
    def entries(self, z, y):
        return ((z - y).exp() / 2 + (y - z).exp() / 2).log()


class TorchRatio(Criterion):
    def entries(self, z, y):
        return y / z


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize(("criterion", "loss"), [(TorchPoisson, Poisson), (TorchLogCosh, LogCosh), (TorchRatio, Ratio)])
@pytest.mark.parametrize("of_model", [True, False])
def test_losses_with_functions_of_entries_are_certified(criterion, loss, dtype, of_model):
    torch.manual_seed(0)
    model = nn.Linear(4, 3, dtype=dtype) if of_model else None
    inputs, targets = torch.randn(6, 4 if of_model else 3).to(dtype), torch.rand(6, 3).to(dtype)
    with computed_by(loss, criterion):
        explanation = explain(model, criterion())
        certificate = explanation.certify(inputs, targets)
        batch = read_batch(explanation.setup, inputs, targets)
    assert certificate.verdict in ("agrees", *["cannot tell"] * (dtype == torch.bfloat16))
    for name, bound in bounds(batch, tuple(row.wrt for row in certificate.rows)).items():
        assert torch.all(bound.kappa > 0), name
    if dtype != torch.bfloat16:
        assert all(row.sharp == row.entries for row in certificate.rows)


# Low precision ------------------------------------------------------------------------------------------------------


def one_by_one(terms, dim):
    return functools.reduce(torch.add, terms.unbind(dim))


def test_a_device_that_adds_in_low_precision_is_found_out(monkeypatch):
    """And its bounds count every addition."""
    torch.manual_seed(0)
    dtype, sizes = torch.bfloat16, (64, 5, (64, 300, 5))
    assert accumulation.wider(dtype, "cpu", *sizes) == 2.0**-16
    assert accumulation.wider(torch.float32, "cpu", *sizes) is None
    setup = explain(nn.Linear(300, 5, dtype=dtype), nn.MSELoss()).setup
    batch = read_batch(setup, torch.randn(64, 300).to(dtype), torch.zeros(64, 5).to(dtype))
    trusting = bounds(batch, ("weight",))["weight"].kappa
    monkeypatch.setattr(accumulation.F, "linear", lambda x, w: one_by_one(x[:, None] * w, 2))
    accumulation.wider.cache_clear()
    try:
        assert accumulation.wider(dtype, "cpu", *sizes) is None
        assert torch.all(bounds(batch, ("weight",))["weight"].kappa > 10 * trusting)
    finally:
        accumulation.wider.cache_clear()
