"""What breaks kernels is tried: for each edge a kernel that is wrong there alone, and one that is right everywhere."""

import functools
import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import derivations as dv
from derivations import GradientMismatch, assert_gradient
from derivations.torch_bridge.testing.edges import IMPLIED, names

NAMES = names()

CE, MSE = nn.CrossEntropyLoss, nn.MSELoss


# Right kernels -------------------------------------------------------------------------------------------------------


def cross_entropy(z, y):
    counted = y != -100
    hit = F.one_hot(y.where(counted, 0), z.shape[1]).movedim(-1, 1)
    return counted.unsqueeze(1) * (torch.softmax(z, 1) - hit) / counted.sum().clamp(min=1)


def of_each(z, y, v):
    counted = y != -100
    hit = F.one_hot(y.where(counted, 0), z.shape[1]).movedim(-1, 1)
    return (counted * v).unsqueeze(1) * (torch.softmax(z, 1) - hit)


def with_incoming(z, y, grad_output):
    return grad_output * cross_entropy(z, y)


def squared(z, y):
    return 2 * (z - y) / z.numel()


def soft(z, y):
    return (y.sum(1, keepdim=True) * torch.softmax(z, 1) - y) * (z.shape[1] / z.numel() if z.numel() else 0)


def of_linear(x, w, b, y):
    g = cross_entropy(F.linear(x, w, b), y)
    return {"weight": g.T @ x, "bias": g.sum(0), "inputs": g @ w, "outputs": g}


class Function(torch.autograd.Function):
    """Cross-entropy whose gradient is computed in forward, as fused kernels do."""

    @staticmethod
    def forward(ctx, z, y):
        ctx.save_for_backward(cross_entropy(z, y))
        return F.cross_entropy(z, y)

    @staticmethod
    def backward(ctx, grad_output):
        return ctx.saved_tensors[0] * grad_output, None


# Wrong in one respect ------------------------------------------------------------------------------------------------


def only_where(there, right=cross_entropy):
    """A hundredth too large where that is so."""
    return lambda z, y, *more: right(z, y, *more) * (1.01 if there(z, y, *more) else 1)


class IgnoresIncoming(Function):
    @staticmethod
    def backward(ctx, grad_output):
        return ctx.saved_tensors[0] * 1, None


class SumInForward(Function):
    @staticmethod
    def forward(ctx, z, y):
        ctx.save_for_backward(cross_entropy(z, y))
        return F.cross_entropy(z, y, reduction="sum")


class ForgetsAPart(torch.autograd.Function):
    """Right once; differentiated again, log Σ exp is a constant."""

    @staticmethod
    def forward(ctx, z, y):
        ctx.save_for_backward(z, y, torch.logsumexp(z, 1, keepdim=True))
        return F.cross_entropy(z, y)

    @staticmethod
    def backward(ctx, grad_output):
        z, y, total = ctx.saved_tensors
        counted = y != -100
        hit = F.one_hot(y.where(counted, 0), z.shape[1]).movedim(-1, 1)
        return grad_output * counted.unsqueeze(1) * ((z - total).exp() - hit) / counted.sum().clamp(min=1), None


def reads_as_contiguous(z, y):
    """What a kernel does that is given a pointer and sizes."""
    return cross_entropy(z.as_strided(z.shape, z.new_empty(z.shape).stride(), z.storage_offset()), y)


def reads_rows_only(z, y):
    """It takes the stride of the rows, and 1 for that of the columns."""
    return cross_entropy(z if z.dim() != 2 else z.as_strided(z.shape, (z.stride(0), 1), z.storage_offset()), y)


def reads_labels_as_contiguous(z, y):
    return cross_entropy(z, y.as_strided(y.shape, y.new_empty(y.shape).stride()))


def takes_stride_0_for_contiguous(z, y, v):
    return of_each(z, y, v if 0 not in v.stride() else torch.zeros_like(v))


def online(z, y, block=128):
    """Online softmax that starts from −inf: a first block of −inf gives nan."""
    if z.dim() != 2 or not z.numel():
        return cross_entropy(z, y)
    largest, total = z.new_full((len(z), 1), -torch.inf), z.new_zeros(len(z), 1)
    for part in z.split(block, 1):
        now = torch.maximum(largest, part.amax(1, keepdim=True))
        total = total * (largest - now).exp() + (part - now).exp().sum(1, keepdim=True)
        largest = now
    counted = y != -100
    hit = F.one_hot(y.where(counted, 0), z.shape[1])
    return counted[:, None] * ((z - largest).exp() / total - hit) / counted.sum().clamp(min=1)


def blocks_of(size):
    """It leaves out what is beyond the last whole block, once there is one."""

    def kernel(z, y):
        found = cross_entropy(z, y)
        if z.dim() == 2 and z.shape[1] > size and z.shape[1] % size:
            found[:, z.shape[1] // size * size :] = 0
        return found

    return kernel


def label_at(place, size=128):
    """The label at a block's end is not subtracted."""

    def kernel(z, y):
        found = cross_entropy(z, y)
        if z.dim() == 2 and z.shape[1] > size:
            found[y == place % z.shape[1], place % z.shape[1]] *= 1.01
        return found

    return kernel


def no_minus_inf(z, y):
    """0 · −inf is nan."""
    return cross_entropy(z, y) + 0 * (torch.softmax(z, 1) * z)


def overwriting(z, y):
    found = cross_entropy(z, y)
    z.mul_(2)
    return found


def out_of_bounds(z, y):
    """It writes beside the rows that it is given."""
    found = cross_entropy(z, y)
    if z._base is not None and z._base.shape != z.shape:
        z._base[..., -1] = 0
    return found


class Stateful:
    """A call with the same data as the last adds to it."""

    last = None

    def __call__(self, z, y):
        same = self.last is not None and self.last.shape == z.shape and torch.equal(self.last, z.double())
        self.last = None if same else z.double()
        return cross_entropy(z, y) * (2 if same and z.numel() else 1)


def without_rows(z, y):
    if not len(z):
        raise ValueError("no rows")
    return cross_entropy(z, y)


def weight_as_contiguous(x, w, b, y):
    return of_linear(x, w.as_strided(w.shape, (w.shape[1], 1)), b, y)


#: What is left out by that name: a kernel that is wrong there alone, and how it is tried.
GUARDS = {
    "ignored labels": (only_where(lambda z, y: (y == -100).any()), CE(), {}),
    "all labels ignored": (lambda z, y: cross_entropy(z, y) / (y != -100).any(), CE(), {"without": "empty batch"}),
    "unnormalised probabilities": (
        only_where(lambda z, y: y.numel() and (y.sum(1) - 1).abs().max() > 0.01, soft),
        CE(),
        {"targets": "probabilities"},
    ),
    "small outputs": (only_where(lambda z, y: z.numel() and z.abs().max() < 0.01), CE(), {}),
    "large outputs": (only_where(lambda z, y: z.numel() and z[z.isfinite()].abs().max() > 100), CE(), {}),
    "masked vocabulary": (
        only_where(lambda z, y: z.isinf().all(0).any() and z.shape[0] > 1),
        CE(),
        {"shapes": [(5, 3)]},
    ),
    "masked block": (no_minus_inf, CE(), {"without": "masked vocabulary"}),
    "one row": (only_where(lambda z, y: len(z) == 1), CE(), {"shapes": [(5, 3)]}),
    "empty batch": (without_rows, CE(), {}),
    "grad_output": (IgnoresIncoming.apply, CE(), {"returns": "loss"}),
    "expanded grad_output": (takes_stride_0_for_contiguous, CE(reduction="none"), {"without": "one row"}),
    "strided outputs": (reads_as_contiguous, CE(), {"without": ["transposed outputs", "expanded outputs"]}),
    "transposed outputs": (reads_rows_only, CE(), {}),
    "expanded outputs": (
        only_where(lambda z, y: 0 in z.stride()),
        CE(),
        {"shapes": [(5, 3)]},
    ),
    "strided targets": (reads_labels_as_contiguous, CE(), {}),
    "strided weight": (weight_as_contiguous, CE(), {"model": nn.Linear(6, 4)}),
    "block sizes": (blocks_of(128), CE(), {}),
    "labels at ends": (label_at(127), CE(), {"only": "labels at ends", "shapes": [(7, 129)]}),
    "value of the loss": (SumInForward.apply, CE(), {"returns": "loss"}),
    "second call": (Stateful(), CE(), {"only": ["ordinary outputs", "second call"]}),
    "second derivative": (ForgetsAPart.apply, CE(), {"returns": "loss"}),
    "overwritten inputs": (overwriting, CE(), {"without": "expanded outputs"}),
}


def listed(names):
    return [names] if isinstance(names, str) else list(names)


@pytest.mark.parametrize("name", GUARDS)
def test_a_kernel_that_is_wrong_there_alone_is_found_there_alone(name):
    kernel, criterion, given = GUARDS[name]
    with pytest.raises((GradientMismatch, ValueError)) as caught:
        assert_gradient(kernel, criterion, **given)
    text = str(caught.value) + "".join(getattr(caught.value, "__notes__", []))
    assert f"without=({name!r},)" in text
    if given.get("only") == name:
        return
    assert_gradient(kernel, criterion, **{**given, "without": [*listed(given.get("without", [])), name]})


def test_every_name_has_such_a_kernel():
    assert {*GUARDS} == {*NAMES} - {"ordinary outputs"}


def test_every_name_is_documented_and_what_it_implies():
    told = " ".join(assert_gradient.__doc__.split())
    assert all(f'"{name}"' in told for name in NAMES)
    assert all(re.search(f'[Ww]ithout "{name}" (there is )?no "{other}"', told) for name, other in IMPLIED.items())


# Right ones are right ------------------------------------------------------------------------------------------------


def by_rows(z, y):
    counted = y != -100
    return counted, counted.sum().clamp(min=1), F.one_hot(y.where(counted, 0), z.shape[1]).movedim(-1, 1)


def stable(z, y):
    counted, n, hit = by_rows(z, y)
    e = (z - z.amax(1, keepdim=True)).exp()
    return counted.unsqueeze(1) * (e / e.sum(1, keepdim=True) - hit) / n


def by_logarithm(z, y):
    counted, n, hit = by_rows(z, y)
    return counted.unsqueeze(1) * ((z - torch.logsumexp(z, 1, keepdim=True)).exp() - hit) / n


def divided_first(z, y):
    counted, n, hit = by_rows(z, y)
    return counted.unsqueeze(1) * (torch.softmax(z, 1) / n - hit.to(z.dtype) / n)


def chunked(z, y):
    counted, n, hit = by_rows(z, y)
    rows = [torch.softmax(part, 1) for part in z.split(2)]
    return counted.unsqueeze(1) * (torch.cat(rows) - hit) / n


def online_of_two(z, y):
    whole = z.movedim(1, -1)
    largest, total = torch.full_like(whole[..., :1], -torch.inf), torch.zeros_like(whole[..., :1])
    for part in whole.split(2, -1):
        now = torch.maximum(largest, part.amax(-1, keepdim=True))
        from_now = now.masked_fill(now.isinf(), 0)
        total = total * (largest - from_now).exp() + (part - from_now).exp().sum(-1, keepdim=True)
        largest = now
    counted, n, hit = by_rows(z, y)
    return counted.unsqueeze(1) * (((whole - largest).exp() / total).movedim(-1, 1) - hit) / n


def inside(dtype, kernel):
    return lambda z, y: kernel(z.to(dtype), y.to(dtype) if y.is_floating_point() else y).to(z.dtype)


def log_sum_exp_loss(z, y):
    counted, n, _ = by_rows(z, y)
    return ((torch.logsumexp(z, 1) - z.gather(1, y.where(counted, 0).unsqueeze(1)).squeeze(1)) * counted).sum() / n


def two_sums_loss(z, y):
    counted, n, _ = by_rows(z, y)
    right = z.gather(1, y.where(counted, 0).unsqueeze(1)).squeeze(1)
    return (torch.logsumexp(z, 1) * counted).sum() / n - (right * counted).sum() / n


RIGHT = {
    "softmax": (nn.CrossEntropyLoss(), cross_entropy, "gradient"),
    "softmax by hand": (nn.CrossEntropyLoss(), stable, "gradient"),
    "exp of z − log Σ exp": (nn.CrossEntropyLoss(), by_logarithm, "gradient"),
    "divided before it is subtracted": (nn.CrossEntropyLoss(), divided_first, "gradient"),
    "in chunks": (nn.CrossEntropyLoss(), chunked, "gradient"),
    "online softmax": (nn.CrossEntropyLoss(), online_of_two, "gradient"),
    "in float32": (nn.CrossEntropyLoss(), inside(torch.float32, cross_entropy), "gradient"),
    "in float64": (nn.CrossEntropyLoss(), inside(torch.float64, cross_entropy), "gradient"),
    "with one more argument": (nn.CrossEntropyLoss(), with_incoming, "gradient"),
    "a function of autograd": (nn.CrossEntropyLoss(), Function.apply, "loss"),
    "log Σ exp − z": (nn.CrossEntropyLoss(), log_sum_exp_loss, "loss"),
    "two sums": (nn.CrossEntropyLoss(), two_sums_loss, "loss"),
    "mean squares": (nn.MSELoss(), squared, "gradient"),
    "mean squares in float32": (nn.MSELoss(), inside(torch.float32, squared), "gradient"),
    "mean squares that cancel": (nn.MSELoss(), lambda z, y: 2 * z / z.numel() - 2 * y / z.numel(), "gradient"),
    "squares multiplied out": (nn.MSELoss(), lambda z, y: (z * z - 2 * z * y + y * y).mean(), "loss"),
    "sigmoid": (nn.BCEWithLogitsLoss(), lambda z, y: (torch.sigmoid(z) - y) / z.numel(), "gradient"),
    "sigmoid by tanh": (nn.BCEWithLogitsLoss(), lambda z, y: ((1 + (z / 2).tanh()) / 2 - y) / z.numel(), "gradient"),
    "both parts": (
        nn.BCEWithLogitsLoss(),
        lambda z, y: ((1 - y) * torch.sigmoid(z) - y * torch.sigmoid(-z)) / z.numel(),
        "gradient",
    ),
}
#: Which of them round more than their formula needs, by the dtypes in which they may be told so.
ROUNDS_MORE = {
    "exp of z − log Σ exp": {torch.float16},
    "in float32": {torch.float64},
    "mean squares in float32": {torch.float64},
    "mean squares that cancel": {torch.float64, torch.float32, torch.float16, torch.bfloat16},
    "squares multiplied out": {torch.float64, torch.float32, torch.float16, torch.bfloat16},
    "log Σ exp − z": {torch.float16},
    "two sums": {torch.float16},
}
#: Which of them are as good as their formula with ordinary outputs, and in this dtype lose digits on another trial:
#: 1 + tanh cancels where z is far below 0.
LOSES_DIGITS = {("sigmoid by tanh", torch.float64): "large outputs"}
DTYPES = (torch.float64, torch.float32, torch.float16, torch.bfloat16)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", RIGHT)
def test_a_right_one_passes_or_is_told_that_it_rounds_more(name, dtype):
    criterion, kernel, returns = RIGHT[name]
    given = {"returns": returns, "dtypes": [dtype], "shapes": [(64, 10), (5, 3)]}
    edge = LOSES_DIGITS.get((name, dtype))
    if edge is None and dtype not in ROUNDS_MORE.get(name, ()):
        assert_gradient(kernel, criterion, **given)
        return
    with pytest.raises(GradientMismatch) as caught:
        assert_gradient(kernel, criterion, **given)
    if edge is not None:
        (mistake,) = caught.value.diagnosis.mistakes
        assert mistake.data() == {"key": "edge", "edge": edge, "dtype": str(dtype).removeprefix("torch.")}
        assert f"With {edge}, terms cancel" in " ".join(str(caught.value).split())
        return
    assert [each.key for each in caught.value.diagnosis.mistakes] in (["precision"], ["cancellation"])
    if caught.value.diagnosis.mistakes[0].key == "precision":
        assert "It agrees to float32 precision, not to float64" in str(caught.value)
    allowed = getattr(torch, caught.value.details["do"].rsplit("precision=torch.", 1)[1])
    assert_gradient(kernel, criterion, **given, precision=allowed)


@pytest.mark.parametrize("wrong", [1 + 1e-4, -1, 0.5])
@pytest.mark.parametrize("precision", [torch.float32, torch.float64, 8])
def test_a_wider_bound_is_a_bound(wrong, precision):
    with pytest.raises(GradientMismatch):
        assert_gradient(lambda z, y: wrong * squared(z, y), MSE(), precision=precision, shapes=[(5, 3)])


def test_a_factor_widens_the_bound_by_that_much():
    def kernel(z, y):
        return squared(z, y) * (1 + 16 * torch.finfo(z.dtype).eps)

    assert_gradient(kernel, MSE(), precision=8.0, shapes=[(5, 3)])
    with pytest.raises(GradientMismatch):
        assert_gradient(kernel, MSE(), precision=1.0, shapes=[(5, 3)])


# The loss's value ----------------------------------------------------------------------------------------------------


def with_gradient_of(value):
    """A loss of any value that has torch's gradient."""

    def loss(z, y, **options):
        right = F.cross_entropy(z, y, **options)
        return right + (value(z, y, right) - right).detach()

    return loss


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize(
    "value",
    [
        lambda z, y, right: F.cross_entropy(z, y, reduction="sum"),
        lambda z, y, right: -right,
        lambda z, y, right: right * 2,
        lambda z, y, right: right / torch.tensor(2.0).log().to(right.dtype),
        lambda z, y, right: right + float("nan"),
        lambda z, y, right: right.square(),
    ],
    ids=["sum for mean", "sign", "twice", "another base", "nan", "square"],
)
def test_a_wrong_value_is_found(value, dtype):
    with pytest.raises(GradientMismatch, match="the loss's value is not the criterion's"):
        assert_gradient(with_gradient_of(value), CE(), returns="loss", dtypes=[dtype], shapes=[(64, 10)])


def test_missing_weights_are_found_in_the_value():
    weight = torch.tensor([1.0, 2.0, 5.0])

    def loss(z, y):
        right = F.cross_entropy(z, y, weight=weight.to(z.dtype))
        return right + (F.cross_entropy(z, y) - right).detach()

    with pytest.raises(GradientMismatch, match="the loss's value is not the criterion's"):
        assert_gradient(loss, CE(weight=weight), returns="loss")


@pytest.mark.parametrize("reduction", ["none", "sum"])
def test_a_value_is_that_of_its_reduction(reduction):
    criterion = CE(reduction=reduction, weight=torch.tensor([1.0, 2.0, 5.0]))
    cast = functools.partial(F.cross_entropy, reduction=reduction)

    def right(z, y):
        return cast(z, y, weight=criterion.weight.to(z.dtype))

    assert_gradient(right, criterion, returns="loss")
    with pytest.raises(GradientMismatch, match="the loss's value is not"):
        assert_gradient(lambda z, y: right(z, y) + 1, criterion, returns="loss")


# A linear model ------------------------------------------------------------------------------------------------------

LINEAR, NO_BIAS = nn.Linear(6, 4), nn.Linear(6, 4, bias=False)


@pytest.mark.parametrize("model", [LINEAR, NO_BIAS], ids=["bias", "no bias"])
@pytest.mark.parametrize("form", ["dict", "tuple", "part", "loss"])
def test_the_gradients_of_a_linear_model(model, form):
    def kernel(x, w, b, y):
        assert (b is None) == (model.bias is None)
        if form == "loss":
            return F.cross_entropy(F.linear(x, w, b), y)
        found = {name: each for name, each in of_linear(x, w, b, y).items() if name != "bias" or b is not None}
        return found if form == "dict" else {"inputs": found["inputs"]} if form == "part" else tuple(found.values())

    assert_gradient(kernel, CE(), model=model, returns="loss" if form == "loss" else None)


@pytest.mark.parametrize("name", ["weight", "bias", "inputs", "outputs"])
def test_a_wrong_gradient_of_a_linear_model_is_named(name):
    def kernel(x, w, b, y):
        return {each: value * (len(x) if each == name else 1) for each, value in of_linear(x, w, b, y).items()}

    with pytest.raises(GradientMismatch) as caught:
        assert_gradient(kernel, CE(), model=LINEAR)
    assert caught.value.details["tensor"] == name
    assert [each.key for each in caught.value.diagnosis.mistakes] == ["divisor"]
    assert "1/N is missing" in str(caught.value)


# What is said --------------------------------------------------------------------------------------------------------


def no_mean(z, y):
    return cross_entropy(z, y) * (y != -100).sum()


def wrong_late(z, y):
    return cross_entropy(z, y) * (1.5 if 0 < (y == -100).sum() < y.numel() else 1)


MESSAGES = {
    "no mean": (no_mean, {}),
    "at a large shape": (only_where(lambda z, y: len(z) == 64), {}),
    "ignored labels": (wrong_late, {}),
    "at a block": (blocks_of(128), {}),
    "overwritten": (overwriting, {"without": "expanded outputs"}),
    "value": (SumInForward.apply, {"returns": "loss"}),
    "second": (ForgetsAPart.apply, {"returns": "loss"}),
    "grad_output": (IgnoresIncoming.apply, {"returns": "loss"}),
    "strides": (reads_as_contiguous, {"seed": 3}),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_fits_a_screen_and_its_line_reruns_the_trial(name):
    kernel, given = MESSAGES[name]
    with pytest.raises(GradientMismatch) as caught:
        assert_gradient(kernel, CE(), **given)
    text = str(caught.value)
    lines = text.splitlines()
    assert len(lines) <= 40
    assert all(len(line) <= 120 for line in lines if not line.startswith("  rerun"))
    assert lines[1].startswith("  diagnosis")
    assert caught.value.diagnosis.sentence["en"].startswith(lines[1].split(None, 1)[1][:40])
    assert caught.value.diagnosis.sentence["zh"]
    assert caught.value.details["diagnosis"]
    (rerun,) = [line.split(None, 1)[1] for line in lines if line.startswith("  rerun")]
    names = {"dv": dv, "nn": nn, "torch": torch, "fn": kernel, kernel.__name__: kernel}
    names |= {each.__name__: each for each in (SumInForward, ForgetsAPart, IgnoresIncoming)}
    with pytest.raises(GradientMismatch) as again:
        exec(rerun, names)
    assert again.value.trial.what == caught.value.trial.what
    assert again.value.details.get("index") == caught.value.details.get("index")


class SumOfLargeOnes(Function):
    """Its value is the sum's where outputs are large."""

    @staticmethod
    def forward(ctx, z, y):
        ctx.save_for_backward(cross_entropy(z, y))
        return F.cross_entropy(z, y, reduction="sum" if z.abs().max() > 100 else "mean")


def overwriting_large_ones(z, y):
    return overwriting(z, y) if z.numel() and z[z.isfinite()].abs().max() > 100 else cross_entropy(z, y)


class AddsUp:
    """From its second call with the same data on, it is twice what it should be."""

    __name__, last = "added", None

    def __call__(self, z, y):
        same = self.last is not None and self.last.shape == z.shape and torch.equal(self.last, z.double())
        self.last = z.double()
        return cross_entropy(z, y) * (2 if same and z.numel() else 1)


class Reshapes(AddsUp):
    def __call__(self, z, y):
        found = super().__call__(z, y)
        return found if torch.equal(found, cross_entropy(z, y)) else found.flatten()


class Raises(AddsUp):
    def __call__(self, z, y):
        found = super().__call__(z, y)
        if not torch.equal(found, cross_entropy(z, y)):
            raise OverflowError("called again")
        return found


#: What is wrong beside the gradient, and the trial that shows it.
LOOKED_AT = {
    "value of the loss": (SumOfLargeOnes.apply, "large outputs", {"returns": "loss"}),
    "overwritten inputs": (overwriting_large_ones, "large outputs", {"shapes": [(4, 5)]}),
    "second call": (AddsUp(), "ordinary outputs", {"seed": 2}),
    "second derivative": (ForgetsAPart.apply, "ordinary outputs", {"returns": "loss", "without": "ignored labels"}),
}


@pytest.mark.parametrize("name", LOOKED_AT)
def test_the_line_to_rerun_looks_at_what_was_wrong_and_at_no_more(name):
    kernel, edge, given = LOOKED_AT[name]
    with pytest.raises(GradientMismatch) as caught:
        assert_gradient(kernel, CE(), dtypes=[torch.float64], **given)
    assert caught.value.trial.only == (edge, name)
    rerun, tried = caught.value.details["rerun"], []
    assert f", only={(edge, name)!r}" in rerun

    class Seen:
        @staticmethod
        def apply(z, y):
            tried.append(z.shape)
            return kernel(z, y)

    names = {"dv": dv, "nn": nn, "torch": torch, "SumOfLargeOnes": Seen, "ForgetsAPart": Seen}
    names |= dict.fromkeys(("overwriting_large_ones", "added"), Seen.apply)
    if isinstance(kernel, AddsUp):
        kernel.last = None
    with pytest.raises(GradientMismatch) as again:
        exec(rerun, names)
    assert again.value.diagnosis.mistakes == caught.value.diagnosis.mistakes
    assert again.value.trial.only == (edge, name)
    assert {*tried} == {caught.value.trial.shape}


@pytest.mark.parametrize(("kind", "error"), [(Reshapes, GradientMismatch), (Raises, OverflowError)])
def test_what_the_second_call_alone_does_is_told_of_the_second_call(kind, error):
    with pytest.raises(error) as caught:
        assert_gradient(kind(), CE())
    assert caught.value.trial.only == ("ordinary outputs", "second call")
    told = str(caught.value) + "".join(getattr(caught.value, "__notes__", ()))
    assert "only=('ordinary outputs', 'second call')" in told


def test_data_are_shown_with_both_gradients_and_their_ratio():
    with pytest.raises(GradientMismatch) as caught:
        assert_gradient(no_mean, CE(), shapes=[(5, 3)])
    text = str(caught.value)
    for part in ("outputs", "targets       [", "5 times what was expected, at every entry", "ratio", "1/N is missing"):
        assert part in text
    assert len(torch.tensor(caught.value.details["all_given"])) == 5


def test_sizes_that_are_equal_are_told_apart_by_other_batches():
    """At (3, 3) alone 1/N and 1/C are one."""
    named = set()
    for divisor, size in (("N", lambda z: len(z)), ("C", lambda z: z.shape[1])):
        with pytest.raises(GradientMismatch) as caught:
            assert_gradient(lambda z, y, size=size: cross_entropy(z, y) / size(z), CE(), shapes=[(3, 3)])
        (mistake,) = caught.value.diagnosis.mistakes
        assert divisor in mistake["wrong"]
        named.add(mistake["wrong"])
        assert not caught.value.diagnosis.alternatives
    assert len(named) == 2


@pytest.mark.parametrize("error", [IndexError, RuntimeError, AssertionError, KeyError])
@pytest.mark.parametrize("returns", ["gradient", "loss"])
def test_what_fn_raises_names_the_trial(error, returns):
    def kernel(z, y):
        if (y == -100).any():
            raise error("of the kernel")
        return cross_entropy(z, y) if returns == "gradient" else F.cross_entropy(z, y)

    with pytest.raises(error, match="of the kernel") as caught:
        assert_gradient(kernel, CE(), returns=returns)
    notes = "\n".join(caught.value.__notes__)
    for part in (
        "the trial 'ignored labels'",
        "outputs of shape (5, 3), float64",
        "targets of shape (5,), torch.int64",
        "seed=0",
        "dv.assert_gradient(kernel, nn.CrossEntropyLoss()",
        "If your kernel need not take ignore_index, leave it out: without=('ignored labels',)",
    ):
        assert part in notes
    assert caught.value.trial.leave_out == "ignored labels"
    assert_gradient(kernel, CE(), returns=returns, without="ignored labels")


def test_what_backward_raises_names_the_trial():
    class Raises(Function):
        @staticmethod
        def backward(ctx, grad_output):
            raise OverflowError("of backward")

    with pytest.raises(OverflowError) as caught:
        assert_gradient(Raises.apply, CE(), returns="loss")
    assert "It was raised in backward." in caught.value.__notes__


def test_a_second_derivative_may_be_refused():
    class Once(Function):
        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, grad_output):
            return ctx.saved_tensors[0] * grad_output, None

    for fn in (Once.apply, Function.apply, dv.certified_loss(CE())):
        assert_gradient(fn, CE(), returns="loss", shapes=[(5, 3)])


def test_the_mean_over_no_rows_may_be_nan():
    def homework(x, w, b, y):
        g = 2 * (F.linear(x, w, b) - y) / y.numel()
        return {"weight": g.mT @ x if x.dim() < 3 else torch.einsum("ntc,ntd->cd", g, x)}

    assert_gradient(homework, MSE(), model=LINEAR)
    assert_gradient(
        lambda x, w, b, y: {"weight": (homework(x, w, b, y)["weight"] * y.numel() / y.numel())}, MSE(), model=LINEAR
    )
    with pytest.raises(GradientMismatch, match="empty batch") as caught:
        assert_gradient(
            lambda x, w, b, y: {"weight": homework(x, w, b, y)["weight"] + (0 if len(x) else 1)}, MSE(), model=LINEAR
        )
    # Where there are no rows nothing is widened, and nothing is alike.
    assert "state" not in [each.key for each in caught.value.diagnosis.mistakes]


def test_an_ignored_number_is_not_blamed_on_the_second_derivative():
    class Ignores(Function):
        @staticmethod
        def forward(ctx, z, y):
            ctx.save_for_backward(z, y)
            return F.cross_entropy(z, y)

        @staticmethod
        def backward(ctx, grad_output):
            return cross_entropy(*ctx.saved_tensors), None

    with pytest.raises(GradientMismatch, match="grad_output is ignored"):
        assert_gradient(Ignores.apply, CE(), returns="loss")


def test_random_numbers_are_told_and_no_formula_is_sought():
    with pytest.raises(GradientMismatch, match="Called again with the same data") as caught:
        assert_gradient(lambda z, y: cross_entropy(z, y) + 1e-2 * torch.randn_like(z), CE())
    assert [each.key for each in caught.value.diagnosis.mistakes] == ["state"]


def test_of_several_wrong_gradients_the_one_that_is_explained_is_told_of():
    def kernel(x, w, b, y):
        found = of_linear(x, w, b, y)
        return {"weight": found["weight"] + w.sin() * w.cos(), "bias": 2 * found["bias"]}

    with pytest.raises(GradientMismatch) as caught:
        assert_gradient(kernel, CE(), model=LINEAR)
    assert caught.value.details["tensor"] == "bias"
    assert caught.value.diagnosis.mistakes


def test_what_lies_beside_the_outputs_may_not_be_overwritten():
    with pytest.raises(GradientMismatch, match="of the larger array that they are a part of: nan became 0"):
        assert_gradient(out_of_bounds, CE())


def test_a_kernel_s_own_blocks():
    tried = set()

    def kernel(z, y):
        tried.add(tuple(z.shape))
        return cross_entropy(z, y)

    assert_gradient(kernel, CE(), blocks=48, shapes=[(5, 3)])
    assert {(7, size) for size in (47, 48, 49, 97)} <= tried
    assert not any(size in (127, 129, 1025) for _, size in tried)
    assert_gradient(kernel, CE(), blocks=[48, 64])
    assert {(7, size) for size in (47, 65, 127, 129, 1025, 4096)} <= tried
    with pytest.raises(GradientMismatch, match="block sizes"):
        assert_gradient(blocks_of(48), CE(), blocks=48, shapes=[(5, 3)])


@pytest.mark.parametrize("targets", ["indices", "probabilities"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_weights_are_cast_and_shapes_fit_them(dtype, targets):
    weight = torch.tensor([0.1, 2.0, 5.0, 0.3], dtype=dtype)
    tried = set()

    def fn(z, y):
        tried.add((z.dtype, z.shape[1]))
        return F.cross_entropy(z, y, weight=weight.to(z.dtype))

    assert_gradient(fn, CE(weight=weight), returns="loss", targets=targets)
    assert tried == {(torch.float64, 4), (torch.float32, 4)}


def test_a_kernel_that_holds_a_weight_of_one_dtype_is_told_so():
    weight = torch.tensor([1.0, 2.0, 5.0])
    with pytest.raises(RuntimeError) as caught:
        assert_gradient(lambda z, y: F.cross_entropy(z, y, weight=weight), CE(weight=weight), returns="loss")
    assert any("weight.to(outputs.dtype)" in note for note in caught.value.__notes__)


# Wrong arguments -----------------------------------------------------------------------------------------------------

REFUSED = {
    "shapes of one shape": ({"shapes": (5, 3)}, TypeError, r"given 5\. Did you mean \[\(5, 3\)\]\?"),
    "dtypes of one": ({"dtypes": torch.float32}, TypeError, r"Did you mean \[torch.float32\]\?"),
    "a string for fn": ({"fn": "kernel"}, TypeError, "given the string 'kernel'. Give the function itself"),
    "a class for fn": ({"fn": Function}, TypeError, "given Function, a class. Give Function.apply"),
    "a tuple": ({"fn": lambda z, y: (cross_entropy(z, y), None)}, TypeError, "given a tuple of 2 .*Return the one"),
    "a float": ({"fn": lambda z, y: 0.5}, TypeError, "fn must return a tensor; given float"),
    "an int": ({"fn": lambda z, y: 1}, TypeError, "fn must return a tensor; given int"),
    "None": ({"fn": lambda z, y: None}, TypeError, r"given NoneType .*does it end with return\?"),
    "an array": ({"fn": lambda z, y: np.zeros(3)}, TypeError, "given ndarray .*torch.from_numpy"),
    "a list": ({"fn": lambda z, y: [0.0]}, TypeError, "given list .*torch.tensor makes one"),
    "one argument": ({"fn": lambda z: z}, TypeError, r"fn is called as fn\(outputs, targets\); given <lambda>\(z\)"),
    "two for none": (
        {"criterion": CE(reduction="none")},
        TypeError,
        r"fn\(outputs, targets, grad_output\), since reduction='none' leaves losses apart",
    ),
    "four required": ({"fn": lambda z, y, v, w: z}, TypeError, r"fn\(outputs, targets, grad_output\); given"),
    "an unknown edge": (
        {"without": "ignored"},
        ValueError,
        "without='ignored' is no edge .* There are: 'ordinary outp",
    ),
    "an unknown edge in a list": ({"without": ["one row", 3]}, ValueError, "without=3 is no edge"),
    "everything": ({"without": NAMES}, ValueError, "leaves out everything, so nothing would be tried"),
    "an edge of another criterion": ({"only": "unnormalised probabilities"}, ValueError, "Nothing was tried"),
    "blocks of a string": ({"blocks": ["a"]}, TypeError, "blocks must be a kernel's block size"),
    "blocks of 0": ({"blocks": 0}, TypeError, "blocks must be a kernel's block size, .* given 0"),
    "precision of a string": ({"precision": "float32"}, ValueError, "precision must be the dtype .* given 'float32'"),
    "precision of int": ({"precision": torch.int64}, ValueError, "precision must be the dtype"),
    "a narrower bound": ({"precision": 0.5}, ValueError, "a factor of 1 or more, .* given 0.5"),
    "gradients without a model": ({"returns": "gradients"}, ValueError, "give model= for those in weight, bias"),
    "a gradient of a model": ({"returns": "gradient", "model": LINEAR}, ValueError, "return a dict, by 'weight'"),
    "outputs for a model": ({"model": LINEAR, "fn": of_linear, "shapes": [(5, 3)]}, ValueError, "D = 6; given"),
    "a tensor of a model": ({"model": LINEAR, "fn": lambda *g: g[0]}, TypeError, "must return a dict .* given Tensor"),
    "another name": ({"model": LINEAR, "fn": lambda *g: {"dW": g[1]}}, ValueError, "given 'dW'"),
    "too many": ({"model": LINEAR, "fn": lambda *g: (g[1],) * 5}, TypeError, "given 5 of them"),
    "none of them": ({"model": LINEAR, "fn": lambda *g: {"weight": None}}, ValueError, "given none of them"),
    "a list for a loss": ({"returns": "loss", "fn": lambda z, y: [1]}, TypeError, "a tensor, the loss; given list"),
    "losses for a loss": (
        {"returns": "loss", "criterion": CE(reduction="none"), "fn": F.cross_entropy},
        ValueError,
        r"a loss of shape \(5,\), since reduction='none'",
    ),
    "a loss of other tensors": (
        {"returns": "loss", "model": LINEAR, "fn": lambda x, w, b, y: F.cross_entropy(x @ w.T, y)},
        ValueError,
        "does not depend on the bias for autograd",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_fit_gets_a_sentence(name):
    given, error, says = REFUSED[name]
    with pytest.raises(error, match=says):
        assert_gradient(**{"fn": cross_entropy, "criterion": CE(), **given})


def test_a_tuple_in_another_order_is_told_so():
    def kernel(x, w, b, y):
        found = of_linear(x, w, b, y)
        return found["inputs"], found["weight"], found["bias"]

    with pytest.raises(GradientMismatch, match="it has the shape of the inputs; the order of a tuple is weight, bias"):
        assert_gradient(kernel, CE(), model=LINEAR)


def test_grad_output_is_given_to_those_that_ask_for_it():
    seen = []

    def optional(z, y, smoothing=0.0):
        seen.append(smoothing)
        return cross_entropy(z, y)

    def named(z, y, *, grad_output=None):
        seen.append(grad_output.item())
        return with_incoming(z, y, grad_output)

    assert_gradient(optional, CE(), shapes=[(5, 3)])
    assert {*seen} == {0.0}
    for kernel in (named, with_incoming):
        seen.clear()
        assert_gradient(kernel, CE(), shapes=[(5, 3)])
        with pytest.raises(GradientMismatch, match="grad_output is used twice"):
            assert_gradient(lambda z, y, v, kernel=kernel: with_incoming(z, y, v * v), CE(), shapes=[(5, 3)])
        assert {*seen} in (set(), {1.0, -2.5})


@pytest.mark.parametrize("change", [torch.Tensor.abs, lambda v: 0 * v + v.mean()], ids=["magnitude", "mean"])
def test_the_incoming_vector_has_entries_of_its_own_of_both_signs(change):
    with pytest.raises(GradientMismatch):
        assert_gradient(lambda z, y, v: of_each(z, y, change(v)), CE(reduction="none"), without="expanded grad_output")
