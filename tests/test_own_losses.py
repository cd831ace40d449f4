"""Losses that people write, as `Elementwise`: each is derived, printed, run, certified, trained with, and diagnosed.

Their gradients by hand are of one entry, and of the outputs; what autograd differentiates is the formula.
"""

import copy
import functools
import inspect
import math
import pickle
from dataclasses import replace

import numpy as np
import pytest
import sympy
import torch
from sympy import Abs, Max, exp, log, sqrt, tanh
from torch import nn

import derivations as dv
from derivations import Elementwise
from derivations.verdict import AGREES, CANNOT_TELL, DISAGREES

ROWS, FEATURES, CLASSES = 6, 3, 2
F16, BF16, F32, F64 = torch.float16, torch.bfloat16, torch.float32, torch.float64


def examples():
    """Those of the documentation, as it has them."""
    lines = (line.strip() for line in inspect.getdoc(Elementwise).splitlines())
    texts = [line.removeprefix("- `").removesuffix("`") for line in lines if line.startswith('- `Elementwise("')]
    return {each.name: each for each in (eval(text, {"Elementwise": Elementwise, "sympy": sympy}) for text in texts)}


DOCUMENTED = examples()
#: Each with its slope by hand, of z, y and the parameters.
WRITTEN = {
    DOCUMENTED["log-cosh"]: lambda z, y: torch.tanh(z - y),
    DOCUMENTED["Charbonnier"]: lambda z, y, beta: (z - y) / torch.sqrt((z - y) ** 2 + beta**2),
    DOCUMENTED["pinball"]: lambda z, y, theta: (z > y).to(z.dtype) - theta,
    Elementwise("squared hinge", lambda z, y: Max(1 - z * y, 0) ** 2): lambda z, y: -2 * y * torch.relu(1 - z * y),
    Elementwise("Cauchy", lambda z, y, delta=1.5: delta**2 * log(1 + ((z - y) / delta) ** 2) / 2, positive="delta"): (
        lambda z, y, delta: (z - y) / (1 + ((z - y) / delta) ** 2)
    ),
    Elementwise(
        "Geman-McClure", lambda z, y, scale=0.8: (z - y) ** 2 / (2 * ((z - y) ** 2 + scale**2)), positive="scale"
    ): (lambda z, y, scale: (z - y) * scale**2 / ((z - y) ** 2 + scale**2) ** 2),
    Elementwise(
        "asymmetric squares", lambda z, y, alpha=0.3: alpha * Max(y - z, 0) ** 2 + (1 - alpha) * Max(z - y, 0) ** 2
    ): (lambda z, y, alpha: 2 * torch.where(z > y, (1 - alpha) * (z - y), alpha * (z - y))),
    Elementwise("exponential", lambda z, y: exp(-z * y)): lambda z, y: -y * torch.exp(-z * y),
    Elementwise("logistic", lambda z, y: log(1 + exp(-z * y))): lambda z, y: -y * torch.sigmoid(-z * y),
    Elementwise(
        "Welsch", lambda z, y, temperature=2: temperature**2 / 2 * (1 - exp(-(((z - y) / temperature) ** 2)))
    ): (lambda z, y, temperature: (z - y) * torch.exp(-(((z - y) / temperature) ** 2))),
}
LOSSES = {loss.name: loss for loss in WRITTEN}
SLOPES = {loss.name: functools.partial(slope, **loss.values) for loss, slope in WRITTEN.items()}
written = pytest.mark.parametrize("name", LOSSES)


def explained(loss, dtype=F64, seed=0):
    """An explanation of it after a linear layer, with data."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = nn.Linear(FEATURES, CLASSES, dtype=dtype)
    found = dv.explain(model, loss)
    return found, *found.setup.random_data(ROWS, torch.Generator().manual_seed(seed + 1))


@written
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_its_gradient_is_the_one_by_hand(name, reduction):
    found, inputs, targets = explained(replace(LOSSES[name], reduction=reduction))
    outputs = found.setup.model(inputs).detach()
    incoming = torch.randn(ROWS, CLASSES, generator=torch.Generator().manual_seed(3), dtype=F64)
    scale = {"mean": 1 / outputs.numel(), "sum": 1.0, "none": incoming}[reduction]
    given = {"grad_output": incoming} if reduction == "none" else {}
    own = found.gradients(inputs, targets, wrt=["outputs", "weight"], **given)
    by_hand = SLOPES[name](outputs, targets) * scale
    torch.testing.assert_close(own["outputs"], by_hand, rtol=1e-12, atol=1e-15)
    torch.testing.assert_close(own["weight"], by_hand.T @ inputs, rtol=1e-11, atol=1e-14)


@written
def test_its_code_runs_as_it_is_printed(name):
    found, inputs, targets = explained(LOSSES[name])
    model, values = found.setup.model, dict(LOSSES[name].values)
    right = found.gradients(inputs, targets, wrt=["outputs", "targets"])
    for backend, make in (("torch", torch.as_tensor), ("numpy", np.asarray)):
        scope = {}
        exec(found.code("outputs", "targets", backend=backend), scope)
        made = scope["gradients"](
            *[make(x.detach().numpy()) for x in (inputs, model.weight, model.bias, targets)], **values
        )
        for wrt, expected in right.items():
            np.testing.assert_allclose(np.asarray(made[wrt]), expected.numpy(), rtol=1e-11, atol=1e-15)


@written
@pytest.mark.parametrize("dtype", [F64, F32, BF16, F16], ids=str)
def test_both_accounts_agree(name, dtype):
    found, inputs, targets = explained(LOSSES[name], dtype)
    certificate = found.certify(inputs, targets, wrt=found.setup.wrt, exact=dtype == F32)
    if dtype.itemsize > 2:
        assert certificate.verdict == AGREES, str(certificate)
    else:  # six rows are too few to show it of weights
        assert certificate.verdict != DISAGREES, str(certificate)
        assert sum(row.sharp for row in certificate.rows) > 0 or dtype == BF16
    assert [row.wrt for row in certificate.rows] == [*found.setup.wrt]
    assert not certificate.notes or "corner" in certificate.notes[0].en


@written
def test_wrong_gradients_of_it_are_named(name):
    found, inputs, targets = explained(LOSSES[name])
    right = found.gradients(inputs, targets, wrt="weight")["weight"]
    assert dv.diagnose(right, found, inputs, targets, wrt="weight").verdict == AGREES
    for wrong, says in ((-right, "sign"), (CLASSES * right, "1/C is missing"), (right * (1 + 1e-6), "")):
        diagnosis = dv.diagnose(wrong, found, inputs, targets, wrt="weight")
        assert diagnosis.verdict == DISAGREES
        assert says in str(diagnosis)


@written
def test_functions_are_held_to_it(name):
    options = {"dtypes": [F32], "shapes": [(5, 3), (2, 3, 4)]}
    slope, loss = SLOPES[name], LOSSES[name]
    dv.assert_gradient(lambda z, y: slope(z, y) / z.numel(), loss, without=["large outputs"], **options)
    dv.assert_gradient(
        dv.explain(None, loss).setup.criterion, loss, returns="loss", without=["large outputs"], **options
    )
    with pytest.raises(dv.GradientMismatch, match=r"1/\(N·C\) is missing|1/C is missing"):
        dv.assert_gradient(slope, loss, **options)


@written
def test_one_trains_with_it(name):
    certified = dv.certified_loss(LOSSES[name])
    outputs, targets = torch.randn(4, 3, requires_grad=True), torch.randn(4, 3)
    certified(outputs, targets).backward()
    torch.testing.assert_close(outputs.grad, SLOPES[name](outputs.detach(), targets) / outputs.numel())


def test_formulas_as_people_type_them():
    charbonnier = LOSSES["Charbonnier"]
    assert dv.check("(Z - Y) / sqrt((Z - Y)**2 + beta**2) / (N * C)", charbonnier).verdict == AGREES
    missing = dv.check("(Z - Y) / sqrt((Z - Y)**2 + beta**2) / N", charbonnier)
    assert (missing.verdict, "1/C is missing" in str(missing)) == (DISAGREES, True)
    assert dv.check("tanh(Z - Y) / (N * C)", LOSSES["log-cosh"]).verdict == AGREES
    assert dv.check("(Z - Y) / (1 + ((Z - Y) / delta)**2) / (N * C)", LOSSES["Cauchy"]).verdict == AGREES


# Values -------------------------------------------------------------------------------------------------------------


def test_values_are_no_part_of_the_formula():
    loss = Elementwise("Charbonnier", lambda z, y, beta=0.5: sqrt((z - y) ** 2 + beta**2))
    other = replace(loss, values={"beta": 2})
    assert loss == other
    assert (loss.values["beta"], other.values["beta"]) == (0.5, 2)
    for copied in (copy.deepcopy(other), pickle.loads(pickle.dumps(other)), replace(other, reduction="sum")):
        assert copied.values == {"beta": 2}
    outputs, targets = torch.tensor([[1.0, -2.0]], dtype=F64), torch.tensor([[0.0, 1.0]], dtype=F64)
    for each in (loss, other, loss):  # one derivation, and the numbers of each
        expected = (outputs - targets) / torch.sqrt((outputs - targets) ** 2 + each.values["beta"] ** 2) / 2
        found = dv.explain(None, each)
        torch.testing.assert_close(found.gradients(outputs, targets)["outputs"], expected)
        assert found.certify(outputs, targets, exact=True).verdict == AGREES


def test_values_are_read_at_each_call():
    certified = dv.certified_loss(LOSSES["Charbonnier"])
    outputs = torch.ones(1, 1, requires_grad=True)
    certified.criterion.beta = 2.0
    certified(outputs, torch.zeros(1, 1)).backward()
    assert outputs.grad.item() == pytest.approx(1 / math.sqrt(5))
    assert repr(certified.criterion) == "ElementwiseCriterion('Charbonnier', beta=2.0, reduction='mean')"
    certified.criterion.beta = -1.0
    with pytest.raises(dv.Unsupported, match=r"Charbonnier\(beta=-1\.0\) must be a positive number"):
        certified(outputs, torch.zeros(1, 1))


def test_a_name_of_torchs_numbers_has_its_letter():
    cauchy = LOSSES["Cauchy"]
    assert cauchy.parameters == ("delta",)
    assert r"\Delta" in dv.explain(None, cauchy).latex("outputs")
    assert "delta" in dv.explain(None, cauchy).code("outputs")
    assert Elementwise("x", sympy.Symbol("delta") * sympy.Symbol("z"), parameters=("delta",)).expression.has(
        sympy.Symbol("Delta")
    )


def test_shapes_that_broadcast_and_whole_targets():
    found = dv.explain(None, LOSSES["Charbonnier"])
    generator = torch.Generator().manual_seed(0)
    outputs = torch.randn(2, 3, 4, generator=generator, dtype=F64)
    for targets in (torch.randn(4, generator=generator, dtype=F64), torch.arange(24).reshape(2, 3, 4)):
        assert found.certify(outputs, targets).verdict == AGREES
    with pytest.raises(ValueError, match="targets do not broadcast to the outputs' shape"):
        found.certify(outputs, torch.randn(5, dtype=F64))


def test_what_must_be_positive_is_drawn_so_and_refused_otherwise():
    deviance = Elementwise("deviance", lambda z, y: z - y + y * log(y / z), positive=("z", "y"))
    found = dv.explain(None, deviance)
    outputs, targets = found.setup.random_data(5, torch.Generator().manual_seed(0))
    assert bool((outputs > 0).all())
    assert bool((targets > 0).all())
    assert found.certify(outputs, targets, wrt=["outputs", "targets"], exact=True).verdict == AGREES
    with pytest.raises(ValueError, match="beta=-1 must be a positive number"):
        Elementwise("x", lambda z, y, beta=-1: sqrt((z - y) ** 2 + beta), positive="beta")


# What overflows -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [F32, F64], ids=str)
@pytest.mark.parametrize("name", ["log-cosh", "logistic"])
def test_stable_forms_are_right_far_out(name, dtype):
    outputs = torch.tensor([[-5000.0, -800, -90, -1, 1, 90, 800, 5000]], dtype=dtype)
    targets = torch.full_like(outputs, -1.0)
    found = dv.explain(None, LOSSES[name])
    certificate = found.certify(outputs, targets)
    assert certificate.verdict == AGREES
    assert math.isfinite(certificate.loss)
    torch.testing.assert_close(found.gradients(outputs, targets)["outputs"], SLOPES[name](outputs, targets) / 8)


OVERFLOWS = {
    "by hand": lambda z, y: log((exp(z - y) + exp(y - z)) / 2),
    "a ratio": lambda z, y: (exp(z) - 1) / (exp(z) + 1) - y,
}


@pytest.mark.parametrize("name", OVERFLOWS)
def test_what_overflows_is_never_called_right(name):
    found = dv.explain(None, Elementwise(name, OVERFLOWS[name]))
    certificate = found.certify(torch.tensor([[1000.0, -1000.0, 2.0]]), torch.tensor([[0.0, 0.0, 1.0]]))
    assert certificate.verdict == CANNOT_TELL
    (note,) = (each for each in certificate.notes if "of the loss" in each.en)
    assert "terms of the loss are nan or infinite" in note.en
    assert "是 nan 或无穷大" in note.zh
    with pytest.raises(dv.CannotTell):
        certificate.require()


# What is refused ----------------------------------------------------------------------------------------------------

NO_VALUE = Elementwise("x", lambda z, y, beta: beta * (z - y) ** 2)
REFUSED = {
    "no value": (
        lambda: dv.explain(None, NO_VALUE),
        r"x: beta has no value to compute with\. .*lambda z, y, beta=1\.0",
    ),
    "no value, certified": (lambda: dv.certified_loss(NO_VALUE), "beta has no value"),
    "no number": (lambda: Elementwise("x", lambda z, y, beta="a": beta * z), "beta='a' must be a number"),
    "nan": (lambda: Elementwise("x", lambda z, y, beta=math.nan: beta * z), "beta=nan must be a number"),
    "a flag": (lambda: Elementwise("x", lambda z, y, beta=True: beta * z), "beta=True must be a number"),
    "unknown value": (lambda: replace(NO_VALUE, values={"theta": 1}), r"'theta' is no parameter\. Accepted: beta"),
    "no parameters": (lambda: Elementwise("x", lambda z, y: z, values={"a": 1}), "takes no numbers beside z and y"),
    "a weight": (lambda: Elementwise("x", lambda z, y, weight=1: weight * z), "the letter weight is taken"),
    "a field": (lambda: Elementwise("x", lambda z, y, lines=1: lines * z), "a loss has a lines already"),
    "a module's": (
        lambda: dv.explain(None, Elementwise("x", lambda z, y, training=1: training * z)),
        "the name training",
    ),
    "targets": (lambda: dv.explain(None, LOSSES["logistic"], targets="indices"), "has no meaning for logistic"),
    "the class": (lambda: dv.explain(None, Elementwise), "the criterion is Elementwise, a class"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_and_why(what):
    call, says = REFUSED[what]
    with pytest.raises(ValueError, match=says):
        call()


def test_another_formula_is_another_loss():
    """Abs is told from a smooth one near 0, however alike they are."""
    found, inputs, targets = explained(Elementwise("near", lambda z, y: Abs(z - y) + tanh(z - y) / 1000))
    other, *_ = explained(Elementwise("near too", lambda z, y: Abs(z - y)))
    wrong = other.gradients(inputs, targets, wrt="weight")["weight"]
    assert dv.diagnose(wrong, found, inputs, targets, wrt="weight").verdict == DISAGREES
