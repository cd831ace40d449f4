"""A loss that the package has never seen: it is defined and registered here, and everything follows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
import torch
from registering import known
from sympy import Expr, IndexedBase, Symbol, exp, log
from torch import nn

import derivations as dv
from derivations import criteria, ledger
from derivations.cli import main
from derivations.diagnosis.mistake import Mistake
from derivations.losses import registry
from derivations.losses.declared import Operand, Option, Per
from derivations.losses.entries import ElementwiseLoss
from derivations.options import POSITIVE, TENSOR
from derivations.pages import atlas
from derivations.pages.listed_losses import ListedLosses
from derivations.pages.sheet import Sheet
from derivations.torch_bridge.criteria import registry as of_torch
from derivations.torch_bridge.criteria.base import TorchCriterion
from derivations.verdict import AGREES
from derivations.wording import Words

SHARPNESS, ROWS, CLASSES = 1.5, 6, 3
xi = Symbol("xi")


@dataclass(frozen=True, kw_only=True)
class LogCosh(ElementwiseLoss):
    """`L = 1/(NC) Σ log(2 cosh(ξ (Z − Y)))/ξ`."""

    torch_name: ClassVar[str] = "LogCoshLoss"
    family: ClassVar[str] = "differences"
    about: ClassVar[Words] = Words("回归：处处光滑的绝对值", "regression: a smooth absolute value")
    declared: ClassVar[tuple[Option, ...]] = (
        Option(
            "sharpness",
            POSITIVE,
            "xi",
            Words("sharpness，尖锐程度", "sharpness"),
            default=1.0,
            always=True,
            samples=(SHARPNESS,),
        ),
    )

    sharpness: bool | float = True

    def of_entry(self, z: Expr, y: Expr, at: tuple[Symbol, ...]) -> Expr:
        return log(exp(xi * (z - y)) + exp(-xi * (z - y))) / xi


class LogCoshLoss(nn.Module):
    """As somebody writes it."""

    def __init__(self, sharpness: float = 1.0, reduction: str = "mean"):
        super().__init__()
        self.sharpness, self.reduction = sharpness, reduction

    def forward(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        away = self.sharpness * (outputs - targets)
        losses = torch.logaddexp(away, -away) / self.sharpness
        return losses if self.reduction == "none" else getattr(losses, self.reduction)()


class TorchLogCosh(TorchCriterion):
    loss = LogCosh
    module = LogCoshLoss


@pytest.fixture
def registered():
    with known(TorchLogCosh):
        yield


@pytest.fixture
def explained(registered):
    """An explanation of it after a linear layer, with data."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = nn.Linear(2, CLASSES, dtype=torch.float64)
    found = dv.explain(model, LogCoshLoss(SHARPNESS))
    return found, *found.setup.random_data(ROWS, torch.Generator().manual_seed(1))


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_every_gradient_is_derived_and_judged(registered, reduction):
    loss = LogCosh(reduction=reduction)
    assert loss.wrt == ("outputs", "weight", "bias", "inputs", "targets")
    for wrt in loss.wrt:
        derivation = dv.derive(loss, wrt)
        assert all(line.mode for line in derivation.steps[1:])
        assert derivation.opinions


def test_its_options_are_read_off_and_checked(registered):
    found = dv.explain(None, LogCoshLoss(SHARPNESS, reduction="sum"))
    assert (found.loss, dict(found.setup.options)) == (LogCosh(reduction="sum"), {"sharpness": SHARPNESS})
    assert str(found.loss) == "LogCoshLoss(reduction=sum)"
    with pytest.raises(dv.Unsupported, match=r"LogCoshLoss\(sharpness=-1\) must be a positive number"):
        dv.explain(None, LogCoshLoss(-1))
    with pytest.raises(dv.Unsupported, match=r"reduction='all'\) is unknown to torch. Accepted: 'mean', 'sum', 'none'"):
        dv.explain(None, LogCoshLoss(reduction="all"))
    with pytest.raises(ValueError, match=r"the formula always has it\. Give True, or a positive number"):
        LogCosh(sharpness=False)
    with pytest.raises(dv.Unsupported, match=r"and, as people write them, .*test_new_loss\.LogCoshLoss"):
        dv.explain(None, nn.Identity())


def test_its_formulas_and_its_code_run(explained):
    found, inputs, targets = explained
    assert "xi" in found.latex("outputs")
    expected = torch.autograd.functional.vjp(found.setup.criterion, (found.setup.model(inputs), targets))[1]
    for backend, make in (("torch", torch.as_tensor), ("numpy", np.asarray)):
        scope: dict = {}
        exec(found.code("outputs", "targets", backend=backend), scope)
        model = found.setup.model
        arrays = [make(each.detach().numpy()) for each in (inputs, model.weight, model.bias, targets)]
        made = scope["gradients"](*arrays, sharpness=SHARPNESS)
        for name, right in zip(("outputs", "targets"), expected, strict=True):
            np.testing.assert_allclose(np.asarray(made[name]), right.detach().numpy(), rtol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
def test_both_accounts_agree(explained, dtype):
    found, inputs, targets = explained
    found = dv.explain(found.setup.model.to(dtype), LogCoshLoss(SHARPNESS))
    certificate = found.certify(inputs.to(dtype), targets.to(dtype), wrt=found.setup.wrt, exact=True)
    assert certificate.verdict == AGREES
    assert {row.wrt for row in certificate.rows} == {"weight", "bias", "inputs", "outputs", "targets"}


def test_the_ledger_has_it(registered):
    own = [entry for entry in criteria.entries() if entry.criterion == "LogCoshLoss"]
    assert [entry.options for entry in own] == [
        {"reduction": reduction, "sharpness": SHARPNESS} for reduction in ("mean", "sum", "none")
    ]
    assert ledger.run(own, ledger.FEW_SIZES, (torch.float64,)).verdict == AGREES
    (written,) = ledger.manifest(own[:1], (torch.float64,))["entries"]
    assert written["verdict"] == AGREES
    assert written["loss"] == "LogCoshLoss()"


def test_the_command_has_it(registered, capsys):
    assert main(["list", "--json"]) == 0
    (row,) = [each for each in json.loads(capsys.readouterr().out) if each["name"] == "log-cosh"]
    assert row["options"] == ["reduction", "extra_dimensions"]
    assert main(["show", "log-cosh", "--reduction", "sum", "--lang", "en"]) == 0
    assert "LogCoshLoss(reduction=sum): ∂L/∂Z" in capsys.readouterr().out
    assert main(["show", "--help", "--lang", "en"]) == 0
    assert "log-cosh" in capsys.readouterr().out
    given = ["--criterion", "log-cosh", "--sharpness", str(SHARPNESS), "--lang", "en"]
    assert main(["check", "--formula", "tanh(sharpness * (Z - Y)) / (N * C)", *given]) == 0
    assert main(["check", "--formula", "tanh(sharpness * (Z - Y)) / N", *given]) == 1
    assert "1/C is missing" in capsys.readouterr().out


def test_a_wrong_gradient_of_it_is_named(explained):
    found, inputs, targets = explained
    right = found.gradients(inputs, targets, wrt="weight")["weight"]
    assert dv.diagnose(right, found, inputs, targets, wrt="weight").verdict == AGREES
    for wrong, says in ((-right, "sign"), (CLASSES * right, "1/C is missing"), (right.T, "transposed")):
        assert says in str(dv.diagnose(wrong, found, inputs, targets, wrt="weight"))

    def summed(z, y):
        return torch.tanh(SHARPNESS * (z - y))

    with pytest.raises(dv.GradientMismatch, match=r"1/\(N·C\) is missing"):
        dv.assert_gradient(summed, LogCoshLoss(SHARPNESS), returns="gradient", dtypes=[torch.float64])


@dataclass(frozen=True, kw_only=True)
class Lifted(ElementwiseLoss):
    """`L = 1/(NC) Σ (ξ_c e^Z − Y Z)`: an option that is an array, by a name that nobody knows."""

    torch_name: ClassVar[str] = "LiftedLoss"
    family: ClassVar[str] = "likelihoods"
    about: ClassVar[Words] = Words("计数", "counts")
    declared: ClassVar[tuple[Option, ...]] = (Option("lift", TENSOR, "xi", Words("lift", "lift"), per=Per.CLASS),)

    lift: bool = False

    def of_entry(self, z: Expr, y: Expr, at: tuple[Symbol, ...]) -> Expr:
        lift = IndexedBase("xi")[at[-1]] if self.lift else 1
        return lift * exp(z) - y * z


class LiftedLoss(nn.Module):
    """As somebody writes it."""

    def __init__(self, lift: torch.Tensor, reduction: str = "mean"):
        super().__init__()
        self.reduction = reduction
        self.register_buffer("lift", lift)

    def forward(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return getattr(self.lift * outputs.exp() - targets * outputs, self.reduction)()


class TorchLifted(TorchCriterion):
    loss = Lifted
    module = LiftedLoss


#: What somebody computes of e^Z, Y and the array, and what is said of it.
OF_AN_ARRAY = {
    "right": (lambda e, y, lift: lift * e - y, None),
    "ignored": (lambda e, y, lift: e - y, Mistake.of("option ignored", option="lift")),
    "twice": (lambda e, y, lift: lift**2 * e - y, Mistake.of("option twice", option="lift")),
    "wrong term": (lambda e, y, lift: e - lift * y, Mistake.of("option's term", option="lift", how="wrong term")),
    "both terms": (lambda e, y, lift: lift * (e - y), Mistake.of("option's term", option="lift", how="both terms")),
}


@pytest.mark.parametrize("what", OF_AN_ARRAY)
def test_a_mistake_about_its_own_option_is_named(what):
    compute, mistake = OF_AN_ARRAY[what]
    with known(TorchLifted):
        lift = torch.tensor([0.5, 1.7, 3.1], dtype=torch.float64)
        found = dv.explain(None, LiftedLoss(lift))
        generator = torch.Generator().manual_seed(1)
        outputs, targets = (torch.randn(ROWS, CLASSES, generator=generator, dtype=lift.dtype) for _ in range(2))
        given = compute(outputs.exp(), targets, lift) / outputs.numel()
        told = dv.diagnose(given, found, outputs, targets, wrt="outputs")
        assert told.mistakes == (() if mistake is None else (mistake,))
        assert mistake is None or "lift" in told.sentence.en


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_api_page_and_the_formula_sheet_have_it(registered, lang):
    assert dv.nn.LogCoshLoss is LogCoshLoss
    listed = [row for row in ListedLosses().text(lang).splitlines() if row.startswith("dv.losses.LogCosh ")]
    assert listed == [f"dv.losses.LogCosh  dv.nn.LogCoshLoss  {LogCosh.about[lang]}  reduction, sharpness"]
    assert LogCosh.about[lang] in ListedLosses().html(lang)
    (own,) = (each for each in atlas.criteria() if each.kind is LogCosh)
    sheet = Sheet((own.kind.torch_name, own.kind.torch_name, own.small_picture, own.loss, own.gradient))
    assert "Log<wbr>Cosh<wbr>Loss" in sheet.html(lang)


def test_it_leaves_no_trace():
    def everything():
        return registry.registered(), dict(registry.letters()), of_torch.criteria(), criteria.entries()

    before = everything()
    assert "xi" not in registry.letters()  # nor have the tests before this one left any
    with known(TorchLogCosh):
        registry.unregister(type("Namesake", (LogCosh,), {}))  # which was never registered
        assert LogCosh in registry.registered()
        assert registry.letters()["xi"] == "sharpness"
    assert everything() == before
    with pytest.raises(dv.Unsupported):
        dv.explain(None, LogCoshLoss())


COLLISIONS = {
    "a size": ("N", "the letter N is taken"),
    "an index": ("k", "the letter k is taken"),
    "an array of every formula": ("P", "the letter P is taken"),
    "δ": ("delta", "the letter delta is taken"),
    "the targets": ("Y", "the letter Y stands for targets"),
    "the incoming vector": ("v", "the letter v stands for grad_output"),
    "another option": ("epsilon", "the letter epsilon stands for label_smoothing of CrossEntropy already"),
}


@pytest.mark.parametrize("what", COLLISIONS)
def test_letters_that_collide_are_refused(what):
    letter, says = COLLISIONS[what]
    own = (Option("sharpness", POSITIVE, letter, default=1.0, always=True),)
    before = registry.registered()
    with pytest.raises(ValueError, match=says):
        registry.register(type("Colliding", (LogCosh,), {"declared": own, "__module__": __name__}))
    assert registry.registered() == before


def test_two_options_of_one_loss_have_two_letters():
    own = (*LogCosh.declared, Option("other", POSITIVE, "xi", default=1.0, always=True))
    with pytest.raises(ValueError, match="the letter xi stands for"):
        registry.register(type("Twice", (LogCosh,), {"declared": own, "other": True, "__module__": __name__}))


def test_letters_of_every_kind_of_targets_are_looked_at():
    class Twofold(LogCosh):
        kinds_of_targets = ("reals", "marks")
        targets: str = "reals"

        def __init__(self, targets: str = "reals"):
            object.__setattr__(self, "targets", targets)

        @property
        def operands(self):
            return (Operand("targets", "Y") if self.targets == "reals" else Operand("marks", "k"),)

    with pytest.raises(ValueError, match=r"Twofold\.marks: the letter k is taken"):
        registry.register(Twofold)


def test_a_letter_may_be_shared_by_options_of_one_name():
    own = (Option("margin", POSITIVE, "rho", default=1.0, always=True),)
    shared = type("Shared", (LogCosh,), {"declared": own, "margin": True, "torch_name": "SharedLoss"})
    registry.register(shared)
    try:
        assert registry.letters()["rho"] == "margin"
    finally:
        registry.unregister(shared)


def test_a_family_that_is_none_is_refused():
    with pytest.raises(ValueError, match=r"family='odd' is unknown\. Accepted: differences"):
        registry.register(type("Odd", (LogCosh,), {"family": "odd"}))
