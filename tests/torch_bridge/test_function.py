"""A criterion whose backward is the closed form trains as the criterion itself does."""

import copy
import pickle
from functools import partial

import pytest
import torch
import torch.nn.functional as F
from cases import CASES
from registering import read_as
from torch import nn
from torch.func import functional_call, grad, hessian, jacrev, jvp, vmap
from wrong_losses import RowMeanMSE

from derivations import Unsupported, certified_loss, explain
from derivations.torch_bridge.batch.batch import read_batch
from derivations.torch_bridge.rounding.bounds import bounds


@pytest.mark.parametrize("name", [name for name in CASES if "model" not in name])
def test_loss_and_gradient_are_the_criterions(name):
    explanation, outputs, targets, incoming = CASES[name](torch.float64)
    criterion, kind = explanation.setup.criterion, getattr(explanation.loss, "targets", None)
    given = explanation.setup.given[1]  # not as torch is called without its warning
    ours, theirs = outputs.clone().requires_grad_(), outputs.clone().requires_grad_()
    operands = targets if isinstance(targets, tuple) else (targets,)
    loss, expected = certified_loss(given, targets=kind)(ours, *operands), criterion(theirs, *operands)
    assert torch.equal(loss, expected)
    loss.backward(incoming)
    expected.backward(incoming)
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("criterion", [nn.MSELoss(), nn.CrossEntropyLoss(label_smoothing=0.1), nn.BCEWithLogitsLoss()])
def test_forty_steps_of_training(criterion):
    """Both models stay within the bound of a single step, times the number of steps."""
    torch.manual_seed(0)
    inputs, mine = torch.randn(64, 5, dtype=torch.float64), nn.Linear(5, 3, dtype=torch.float64)
    targets = torch.randint(3, (64,)) if isinstance(criterion, nn.CrossEntropyLoss) else torch.rand(64, 3).double()
    theirs, loss = copy.deepcopy(mine), certified_loss(criterion)
    start, rate, steps = mine.weight.detach().clone(), 0.1, 40
    # What a step adds is the bound of its gradient, largest at the start; it does not grow, since such steps contract.
    limit = bounds(read_batch(explain(mine, criterion).setup, inputs, targets), ("weight",))["weight"]
    of_step = rate * limit.of_two(torch.float64).max().item() + torch.finfo(torch.float64).eps
    optimizers = [torch.optim.SGD(model.parameters(), lr=rate) for model in (mine, theirs)]
    for _ in range(steps):
        for model, used, optimizer in zip((mine, theirs), (loss, criterion), optimizers, strict=True):
            optimizer.zero_grad()
            used(model(inputs), targets).backward()
            optimizer.step()
    assert explain(mine, criterion).certify(inputs, targets)
    assert (mine.weight - start).abs().max() > 0.1  # it did train
    assert (mine.weight - theirs.weight).abs().max().item() <= steps * of_step


def test_the_gradient_is_the_closed_form_s_and_not_autograd_s(monkeypatch):
    """A false definition makes a false gradient: of the mean over N, C times as large."""
    outputs, targets = torch.randn(4, 3, dtype=torch.float64), torch.rand(4, 3, dtype=torch.float64)
    right = explain(None, nn.MSELoss()).gradients(outputs, targets)["outputs"]
    read_as(monkeypatch, nn.MSELoss, RowMeanMSE())
    leaf = outputs.clone().requires_grad_()
    certified_loss(nn.MSELoss())(leaf, targets).backward()
    torch.testing.assert_close(leaf.grad, 3 * right)
    torch.testing.assert_close(explain(None, nn.MSELoss()).gradients(outputs, targets)["outputs"], 3 * right)


def test_a_second_derivative_is_refused():
    outputs = torch.randn(4, 3, requires_grad=True)
    loss = certified_loss(nn.CrossEntropyLoss())(outputs, torch.tensor([0, 1, 2, 0]))
    (first,) = torch.autograd.grad(loss, outputs, create_graph=True)
    with pytest.raises(RuntimeError, match=r"cannot differentiate again.* Leave out create_graph=True"):
        torch.autograd.grad(first.square().sum(), outputs)


def test_targets_that_are_real_numbers_get_a_gradient():
    outputs, targets = torch.randn(4, 3, dtype=torch.float64), torch.rand(4, 3, dtype=torch.float64)
    ours, theirs = (targets.clone().requires_grad_() for _ in range(2))
    (3 * certified_loss(nn.MSELoss())(outputs, ours)).backward()
    (3 * nn.MSELoss()(outputs, theirs)).backward()
    torch.testing.assert_close(ours.grad, theirs.grad)


@pytest.mark.parametrize("criterion", [nn.MSELoss(), nn.CrossEntropyLoss(), nn.BCEWithLogitsLoss()], ids=str)
@pytest.mark.parametrize("factor", [3.0, -0.5, 0.0])
def test_a_loss_may_be_part_of_another(criterion, factor):
    outputs = torch.randn(4, 3, dtype=torch.float64)
    targets = torch.tensor([0, 1, 2, 0]) if isinstance(criterion, nn.CrossEntropyLoss) else torch.rand(4, 3).double()
    ours, theirs = (outputs.clone().requires_grad_() for _ in range(2))
    (factor * certified_loss(criterion)(ours, targets) ** 2 + ours.sum()).backward()
    (factor * criterion(theirs, targets) ** 2 + theirs.sum()).backward()
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-12, atol=1e-15)


def test_only_what_asks_for_a_gradient_gets_one():
    outputs, targets = torch.randn(4, 3), torch.rand(4, 3)
    certified_loss(nn.MSELoss())(outputs.requires_grad_(), targets).backward()
    assert targets.grad is None
    assert not certified_loss(nn.MSELoss())(outputs.detach(), targets).requires_grad


def test_outputs_that_change_between_loss_and_gradient_are_refused_as_torch_does():
    """What backward sees is what the loss was computed from, or nothing."""
    leaf = torch.randn(4, 3, requires_grad=True)
    outputs = leaf * 1
    loss = certified_loss(nn.MSELoss())(outputs, torch.zeros(4, 3))
    outputs.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_it_says_what_it_is():
    assert repr(certified_loss(nn.CrossEntropyLoss(label_smoothing=0.1))) == (
        "CertifiedLoss(CrossEntropyLoss(label_smoothing))"
    )


# In the criterion's place -------------------------------------------------------------------------------------------

OUTPUTS, LABELS = torch.randn(4, 3, generator=torch.Generator().manual_seed(0)).double(), torch.tensor([0, 1, 2, 0])
PROBABILITIES = torch.rand(4, 3, generator=torch.Generator().manual_seed(1)).double()
RISING, FALLING = torch.tensor([1.0, 2.0, 3.0]).double(), torch.tensor([3.0, 2.0, 1.0]).double()


def loss_and_gradient(criterion, outputs=OUTPUTS, targets=LABELS):
    leaf = outputs.detach().clone().requires_grad_()
    loss = criterion(leaf, targets)
    loss.sum().backward()
    return loss.detach(), leaf.grad


def assert_same(ours, theirs, **given):
    for mine, yours in zip(loss_and_gradient(ours, **given), loss_and_gradient(theirs, **given), strict=True):
        assert mine.dtype == yours.dtype
        torch.testing.assert_close(mine, yours, rtol=1e-12, atol=1e-15)


#: A criterion, what it is given, and what may become of it after it was certified.
CHANGES = {
    "reduction": (nn.CrossEntropyLoss, LABELS, lambda criterion: setattr(criterion, "reduction", "sum")),
    "reduction none": (nn.MSELoss, PROBABILITIES, lambda criterion: setattr(criterion, "reduction", "none")),
    "a weight": (nn.CrossEntropyLoss, LABELS, lambda criterion: setattr(criterion, "weight", RISING)),
    "another weight": (partial(nn.NLLLoss, FALLING), LABELS, lambda criterion: setattr(criterion, "weight", RISING)),
    "another weight, in place": (
        lambda: nn.NLLLoss(FALLING.clone()),
        LABELS,
        lambda criterion: criterion.weight.copy_(RISING),
    ),
    "another weight, loaded": (
        lambda: nn.CrossEntropyLoss(FALLING.clone()),
        LABELS,
        lambda criterion: criterion.load_state_dict({"weight": RISING}),
    ),
    "no weight": (partial(nn.CrossEntropyLoss, RISING), LABELS, lambda criterion: setattr(criterion, "weight", None)),
    "pos_weight": (nn.BCEWithLogitsLoss, PROBABILITIES, lambda criterion: setattr(criterion, "pos_weight", RISING)),
    "smoothing": (nn.CrossEntropyLoss, LABELS, lambda criterion: setattr(criterion, "label_smoothing", 0.3)),
    "what is ignored": (nn.CrossEntropyLoss, LABELS, lambda criterion: setattr(criterion, "ignore_index", 0)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_options_that_change_change_loss_and_gradient(change):
    made, targets, becomes = CHANGES[change]
    theirs, mine = made(), made()
    ours = certified_loss(mine)
    before = loss_and_gradient(ours, targets=targets)
    becomes(theirs)
    becomes(mine)
    assert_same(ours, theirs, targets=targets)
    assert not torch.equal(before[1], loss_and_gradient(ours, targets=targets)[1])


@pytest.mark.parametrize(
    "change", [name for name in CHANGES if name != "another weight, in place" and "loaded" not in name]
)
def test_a_change_between_loss_and_gradient_does_not_change_the_gradient(change):
    made, targets, becomes = CHANGES[change]
    criterion = made()
    leaf = OUTPUTS.clone().requires_grad_()
    loss = certified_loss(criterion)(leaf, targets)
    becomes(criterion)
    loss.sum().backward()
    torch.testing.assert_close(leaf.grad, loss_and_gradient(made(), targets=targets)[1])


def test_a_weight_changed_in_place_between_loss_and_gradient_is_refused_as_torch_does():
    criterion = nn.CrossEntropyLoss(RISING.clone())
    loss = certified_loss(criterion)(OUTPUTS.clone().requires_grad_(), LABELS)
    criterion.weight.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_its_weight_goes_where_the_module_goes():
    model = nn.ModuleDict({"loss": certified_loss(nn.CrossEntropyLoss(RISING.float()))}).double()
    assert list(model.state_dict()) == ["loss.criterion.weight"]
    assert model["loss"].criterion.weight.dtype == torch.float64
    model.load_state_dict({"loss.criterion.weight": FALLING})
    assert_same(model["loss"], nn.CrossEntropyLoss(FALLING))
    assert model.to("meta")["loss"].criterion.weight.is_meta


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda module: pickle.loads(pickle.dumps(module))])
@pytest.mark.parametrize("criterion", [nn.CrossEntropyLoss(RISING), partial(F.cross_entropy, label_smoothing=0.1)])
def test_it_can_be_copied_and_kept(copied, criterion):
    assert_same(copied(certified_loss(criterion)), criterion)


#: What the criterion refuses is refused in its words, what the closed form does not take in ours: both at the call.
REFUSED = {
    "labels of another shape": (nn.CrossEntropyLoss(), torch.zeros(5, dtype=torch.int64), None),
    "labels out of range": (nn.CrossEntropyLoss(), torch.tensor([0, 1, 2, 3]), None),
    "labels that are int32": (nn.NLLLoss(), LABELS.int(), None),
    "targets of another shape": (nn.BCEWithLogitsLoss(), torch.rand(4), None),
    "a weight of another dtype": (nn.CrossEntropyLoss(RISING.float()), LABELS, None),
    "a weight of another size": (nn.CrossEntropyLoss(RISING[:2]), LABELS, None),
    "a weight that is trained": (
        partial(F.mse_loss, weight=RISING.expand(4, 3).clone().requires_grad_()),
        PROBABILITIES,
        "its weight asks for a gradient",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_refused_at_the_call(case):
    criterion, targets, says = REFUSED[case]
    ours, outputs = certified_loss(criterion), OUTPUTS.clone().requires_grad_()
    if says is None:
        with pytest.raises(Exception) as theirs:  # noqa: PT011
            criterion(outputs, targets)
        with pytest.raises(theirs.type) as refused:
            ours(outputs, targets)
        assert str(refused.value) == str(theirs.value)
    else:
        criterion(outputs, targets)
        with pytest.raises(ValueError, match=says):
            ours(outputs, targets)


def test_a_weight_that_is_trained_may_stay_where_nothing_is_differentiated():
    criterion = nn.BCEWithLogitsLoss(RISING.clone().requires_grad_())
    with torch.no_grad():
        assert torch.equal(certified_loss(criterion)(OUTPUTS, PROBABILITIES), criterion(OUTPUTS, PROBABILITIES))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("kind", [nn.CrossEntropyLoss, nn.MSELoss, nn.BCEWithLogitsLoss])
def test_scaling_the_loss_keeps_small_entries(kind, reduction, dtype):
    """What backward receives is multiplied before anything is rounded to 16 bits: the gradient is rounded once."""
    scale, generator = 2.0**10, torch.Generator().manual_seed(0)
    outputs = 8 * torch.randn(8, 50, generator=generator) * (1e-6 if kind is nn.MSELoss else 1)
    targets = torch.randint(50, (8,), generator=generator)
    if kind is not nn.CrossEntropyLoss:
        outputs, targets = outputs - (0 if kind is nn.MSELoss else 16), torch.zeros(8, 50, dtype=dtype)
    criterion, outputs = kind(reduction=reduction), outputs.to(dtype)
    wide = targets.double() if targets.is_floating_point() else targets
    exact, ours, theirs = (
        loss_and_gradient(lambda z, y, loss=loss: scale * loss(z, y), given, to)[1].double()
        for loss, given, to in (
            (criterion, outputs.double(), wide),
            (certified_loss(criterion), outputs, targets),
            (criterion, outputs, targets),
        )
    )
    info = torch.finfo(dtype)
    spacing = info.eps * exact.abs().clamp(min=info.smallest_normal)
    finite = exact.abs() < info.max
    assert ((ours - exact).abs() <= 0.51 * spacing)[finite].all()
    assert (ours != 0)[theirs != 0].all()
    if dtype == torch.float16 and reduction == "mean":
        assert ((exact != 0) & ((exact / scale).half() == 0)).any()  # there is something to lose


@pytest.mark.parametrize("criterion", [nn.CrossEntropyLoss(), nn.BCEWithLogitsLoss(), nn.MSELoss()], ids=str)
def test_under_autocast(criterion):
    targets = LABELS if isinstance(criterion, nn.CrossEntropyLoss) else PROBABILITIES.float()

    def gradient(used):
        leaf = OUTPUTS.bfloat16().requires_grad_()
        with torch.autocast("cpu", torch.bfloat16):
            loss = used(leaf, targets)
        assert loss.dtype == torch.float32
        loss.backward()
        return leaf.grad

    torch.testing.assert_close(gradient(certified_loss(criterion)), gradient(criterion))


@pytest.mark.parametrize("targets", [PROBABILITIES.float(), PROBABILITIES[:1], PROBABILITIES.expand(2, 4, 3)])
def test_a_dtype_that_torch_promotes_and_a_shape_that_it_broadcasts(targets, recwarn):
    assert_same(certified_loss(nn.MSELoss()), nn.MSELoss(), targets=targets)


@pytest.mark.parametrize("view", [lambda z: z.T.contiguous().T, lambda z: z[:1].expand(4, 3), lambda z: z[::1, ::1]])
def test_outputs_that_are_views(view):
    def through(criterion):
        return lambda outputs, targets: criterion(view(outputs), targets)

    assert_same(through(certified_loss(nn.CrossEntropyLoss())), through(nn.CrossEntropyLoss()))


def test_gradients_accumulate():
    ours, theirs = (OUTPUTS.clone().requires_grad_() for _ in range(2))
    for _ in range(3):
        certified_loss(nn.CrossEntropyLoss())(ours, LABELS).backward()
        nn.CrossEntropyLoss()(theirs, LABELS).backward()
    torch.testing.assert_close(ours.grad, theirs.grad)


def test_where_nothing_is_recorded():
    criterion = nn.CrossEntropyLoss()
    for context in (torch.no_grad, torch.inference_mode):
        with context():
            loss = certified_loss(criterion)(OUTPUTS.clone().requires_grad_(), LABELS)
            assert not loss.requires_grad
            assert torch.equal(loss, criterion(OUTPUTS, LABELS))


@pytest.mark.filterwarnings("ignore:The .grad attribute")  # torch asks for it while it compiles
def test_it_can_be_compiled():
    """Its own code is not: torch runs it as it is."""
    criterion = nn.CrossEntropyLoss()
    compiled = torch.compile(certified_loss(criterion), backend="eager")
    assert_same(compiled, nn.CrossEntropyLoss())
    criterion.reduction = "sum"
    assert_same(compiled, nn.CrossEntropyLoss(reduction="sum"))


# torch.func ----------------------------------------------------------------------------------------------------------

APART = nn.CrossEntropyLoss(reduction="none")


def with_weights(transformed):
    """The gradient for each of two weights of a criterion, whatever the weight is called there."""

    def of(loss):
        (name,) = loss.state_dict()
        return vmap(lambda weight: transformed(lambda z: functional_call(loss, {name: weight}, (z, LABELS)))(OUTPUTS))(
            torch.stack((RISING, FALLING))
        )

    return of


TRANSFORMED = {
    "grad": (nn.CrossEntropyLoss(), lambda loss: grad(loss)(OUTPUTS, LABELS)),
    "grad of both": (nn.MSELoss(), lambda loss: grad(loss, argnums=(0, 1))(OUTPUTS, PROBABILITIES)),
    "vmap": (nn.CrossEntropyLoss(), lambda loss: vmap(loss)(OUTPUTS, LABELS)),
    "vmap along another axis": (nn.MSELoss(), lambda loss: vmap(loss, in_dims=(1, None))(OUTPUTS, PROBABILITIES[:, 0])),
    "gradients of samples": (nn.CrossEntropyLoss(), lambda loss: vmap(grad(loss))(OUTPUTS, LABELS)),
    "gradients of samples, both": (
        nn.BCEWithLogitsLoss(),
        lambda loss: vmap(grad(loss, argnums=(0, 1)))(OUTPUTS, PROBABILITIES),
    ),
    "jacrev": (APART, lambda loss: jacrev(loss)(OUTPUTS, LABELS)),
    "weights": (nn.CrossEntropyLoss(RISING), with_weights(lambda of: of)),
    "gradients for weights": (nn.CrossEntropyLoss(RISING), with_weights(grad)),
}


@pytest.mark.parametrize("name", TRANSFORMED)
def test_transformed_by_torch_func(name):
    criterion, transformed = TRANSFORMED[name]
    torch.testing.assert_close(transformed(certified_loss(criterion)), transformed(criterion))


@pytest.mark.filterwarnings("ignore:.torch.jit.script")  # torch's own forward mode uses it
@pytest.mark.parametrize(
    ("transformed", "says"),
    [
        (lambda loss: hessian(loss)(OUTPUTS, LABELS), "no derivative in forward mode"),
        (lambda loss: jvp(lambda z: loss(z, LABELS), (OUTPUTS,), (OUTPUTS,)), "no derivative in forward mode"),
        (lambda loss: jacrev(grad(loss))(OUTPUTS, LABELS), "cannot differentiate again"),
    ],
)
def test_what_torch_func_cannot_have_is_refused_by_a_sentence(transformed, says):
    with pytest.raises(RuntimeError, match=says):
        transformed(certified_loss(nn.CrossEntropyLoss()))


def test_a_weight_that_is_differentiated_by_torch_func_is_refused():
    loss = certified_loss(nn.CrossEntropyLoss(RISING))
    with pytest.raises(Unsupported, match="its weight asks for a gradient"):
        grad(lambda weight: functional_call(loss, {"criterion.weight": weight}, (OUTPUTS, LABELS)))(RISING)
