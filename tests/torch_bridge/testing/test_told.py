"""What assert_gradient says: of what does not fit, of a wrong form, of a wrong value, and of edges alone."""

import functools

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from derivations import GradientMismatch, assert_gradient
from derivations.torch_bridge.testing.edges import names

NAMES = names()

CE = nn.CrossEntropyLoss
LINEAR, NO_BIAS = nn.Linear(4, 3), nn.Linear(4, 3, bias=False)
SMALL = {"shapes": [(5, 3)]}


def cross_entropy(z, y):
    counted = y != -100
    hit = F.one_hot(y.where(counted, 0), z.shape[1]).movedim(-1, 1)
    return counted.unsqueeze(1) * (torch.softmax(z, 1) - hit) / counted.sum().clamp(min=1)


def of_linear(x, w, b, y):
    g = cross_entropy(F.linear(x, w, b), y)
    return {"weight": g.T @ x, "inputs": g @ w, "outputs": g} | ({} if b is None else {"bias": g.sum(0)})


class Saved(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, y):
        ctx.save_for_backward(cross_entropy(z, y))
        return F.cross_entropy(z, y)

    @staticmethod
    def backward(ctx, grad_output):
        return ctx.saved_tensors[0] * grad_output, None


class Overwrites(torch.autograd.Function):
    """The gradient takes the place of the logits, as fused kernels do to save memory."""

    @staticmethod
    def forward(ctx, z, y):
        loss = F.cross_entropy(z, y)
        z.copy_(cross_entropy(z, y))
        ctx.save_for_backward(z.detach())
        return loss

    @staticmethod
    def backward(ctx, grad_output):
        return ctx.saved_tensors[0] * grad_output, None


class Module(nn.Module):
    def forward(self, z, y):
        return F.cross_entropy(z, y)


class Holder:
    def gradient(self, z, y):
        return cross_entropy(z, y)


def no_incoming(z, y, grad_output):
    if z.dim() > 2:
        raise IndexError("rows alone")
    return cross_entropy(z, y)


# What is called ------------------------------------------------------------------------------------------------------

CALLED = {
    "a method": (Holder().gradient, {}),
    "a partial": (functools.partial(lambda s, z, y: s * cross_entropy(z, y), 1), {}),
    "defaults": (lambda z, y, scale=1.0: scale * cross_entropy(z, y), {}),
    "any arguments": (lambda *given: cross_entropy(*given), {}),
    "a module": (Module(), {"returns": "loss"}),
    "a saved gradient": (Saved.apply, {"returns": "loss"}),
    "overwriting on purpose": (Overwrites.apply, {"returns": "loss", "without": ("overwritten inputs",)}),
    "no device": (cross_entropy, {"device": None}),
}


@pytest.mark.parametrize("name", CALLED)
def test_whatever_can_be_called_is(name):
    fn, given = CALLED[name]
    assert_gradient(fn, CE(), **given, **SMALL)


REFUSED = {
    "a class of modules": ({"fn": Module, "returns": "loss"}, TypeError, r"given Module, a class. .*Module\(\)"),
    "a criterion's class": ({"fn": CE, "returns": "loss"}, TypeError, r"a class. .*CrossEntropyLoss\(\)"),
    "a method of a class": ({"fn": Holder.gradient}, TypeError, "Holder.gradient. Give it of an object"),
    "a shape of a model's inputs": (
        {"model": LINEAR, "fn": lambda *given: of_linear(*given), "shapes": (5, 4)},
        TypeError,
        r"shapes of the inputs, tuples of sizes such as \(5, 4\); given 5\. Did you mean \[\(5, 4\)\]\?",
    ),
    "no entries of a model's inputs": (
        {"model": LINEAR, "fn": lambda *given: of_linear(*given), "shapes": [(0, 4)]},
        ValueError,
        r"Give one that has, as \(5, 4\)\.",
    ),
    "a method of a class for each loss": (
        {"fn": Holder.gradient, "criterion": CE(reduction="none")},
        TypeError,
        "Holder.gradient. Give it of an object",
    ),
    "a module of one": ({"fn": nn.Identity()}, TypeError, r"fn is called as fn\(outputs, targets\)"),
    "dtypes by name": ({"dtypes": "float32"}, TypeError, r"given 'float32'. Did you mean \[torch.float32\]\?"),
    "half a block": ({"blocks": 1.5}, TypeError, "blocks must be a kernel's block size, .* given 1.5"),
    "a seed of bool": ({"seed": True}, TypeError, "seed must be an int of 64 bits; given True"),
    "a seed too large": ({"seed": 2**70}, TypeError, "seed must be an int of 64 bits"),
    "a device that is none": ({"device": "gpu"}, ValueError, "device must be one that there is here, .* given 'gpu'"),
    "a device without values": ({"device": "meta"}, ValueError, "holds no values"),
    "a name mistyped": ({"without": "ignored label"}, ValueError, "Did you mean 'ignored labels'?"),
    "a sparse one": ({"fn": lambda z, y: cross_entropy(z, y).to_sparse()}, TypeError, r"dense tensor; .*to_dense\(\)"),
    "a complex loss": (
        {"fn": lambda z, y: F.cross_entropy(z, y) + 0j, "returns": "loss"},
        TypeError,
        "a loss of real numbers; given torch.complex128, with outputs of shape",
    ),
    "a gradient for a loss": ({"returns": "loss"}, ValueError, "with outputs of .* say returns='gradient'"),
    "a bias that there is none of": (
        {"model": NO_BIAS, "fn": lambda x, w, b, y: {"bias": w.sum(1)}, "shapes": None},
        ValueError,
        "given 'bias'",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_fit_gets_a_sentence(name):
    given, error, says = REFUSED[name]
    with pytest.raises(error, match=says):
        assert_gradient(**{"fn": cross_entropy, "criterion": CE(), **SMALL, **given})


@pytest.mark.parametrize("form", [lambda d: {**d, "bias": None}, lambda d: (d["weight"], None, d["inputs"])])
def test_a_bias_of_none_may_be_given_where_there_is_none(form):
    assert_gradient(lambda *given: form(of_linear(*given)), CE(), model=NO_BIAS)


# What is wrong -------------------------------------------------------------------------------------------------------

FORMS = {
    "a bias summed over everything": ("bias", lambda d: d["outputs"].sum(), "summed", "Summed over everything"),
    "a bias that is not summed": ("bias", lambda d: d["outputs"], "summed", "Not summed over the rows"),
    "a bias summed over classes": ("bias", lambda d: d["outputs"].sum(1), "summed", "over the classes"),
    "dW transposed": ("weight", lambda d: d["weight"].T, "transposed", "transposed"),
    "dX without W": ("inputs", lambda d: d["outputs"], "another gradient", "the gradient in outputs"),
    "nothing known": ("bias", lambda d: d["bias"].abs().sum(), "shape", r"The shape is \(\),"),
    "another dtype": ("bias", lambda d: d["bias"].half(), "shape", r"cast it back, .to\(bias.dtype\)"),
    "another device": ("bias", lambda d: d["bias"].to("meta"), "shape", "torch.float64, meta"),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_wrong_form_is_explained_and_can_be_rerun(name):
    wrt, change, key, says = FORMS[name]
    with pytest.raises(GradientMismatch, match=says) as caught:
        assert_gradient(lambda *given: {wrt: change(of_linear(*given))}, CE(), model=LINEAR)
    assert [each.key for each in caught.value.diagnosis.mistakes] == [key]
    assert "dv.assert_gradient(fn, nn.CrossEntropyLoss(), model=model, shapes=[(5, 4)]" in str(caught.value)
    assert len(str(caught.value).splitlines()) <= 40


def test_a_loss_that_is_taken_for_a_gradient_is_told_so():
    with pytest.raises(GradientMismatch, match="if this number is the loss, say returns='loss'"):
        assert_gradient(F.cross_entropy, CE())


@functools.cache
def kept_by_shape(shape, dtype):
    return []


def memoised(z, y):
    kept = kept_by_shape(z.shape, z.dtype)
    kept.append(cross_entropy(z, y))
    return kept[0]


def without_ignoring(z, y):
    return cross_entropy(z, y) + (y == -100).unsqueeze(1) * z.sin()


BESIDE = {
    "other data": (memoised, "state", "the gradient of other data, from an earlier call"),
    "clamped": (lambda z, y: cross_entropy(z.clamp(-30, 30), y), "edge", "with large outputs it is not"),
    "ignore_index": (without_ignoring, "edge", "rows whose label is ignore_index have a gradient of 0"),
}


@pytest.mark.parametrize("name", BESIDE)
def test_what_is_right_with_ordinary_outputs_is_said_to_be(name):
    fn, key, says = BESIDE[name]
    with pytest.raises(GradientMismatch) as caught:
        assert_gradient(fn, CE(), **SMALL)
    assert [each.key for each in caught.value.diagnosis.mistakes] == [key]
    assert says in caught.value.diagnosis.sentence["en"]


def test_grad_output_is_tried_before_shapes_at_which_a_function_raises():
    with pytest.raises(GradientMismatch, match="grad_output is ignored"):
        assert_gradient(no_incoming, CE())


@pytest.mark.parametrize("allowed", [None, torch.float64])
def test_less_precision_is_named_whatever_is_allowed(allowed):
    with pytest.raises(GradientMismatch, match="agrees to float32 precision, not to float64") as caught:
        assert_gradient(lambda z, y: cross_entropy(z.float(), y).to(z.dtype), CE(), precision=allowed)
    assert "precision=torch.float32" in str(caught.value)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (lambda z, y, right: right.float().double(), "value agrees to float32 precision, not to float64"),
        (lambda z, y, right: 5 * right, "it is N = 5 times the criterion's"),
        (lambda z, y, right: right / torch.tensor(2.0).double().log(), "it is 1/ln 2 times"),
        (lambda z, y, right: 1.0005 * right, "it is 1.26227, which should be 1.26164"),
        (lambda z, y, right: right * torch.nan, "it is nan, which should be 1.26164"),
        (lambda z, y, right: right * (y != -100).sum() / y.numel(), "it is 4/N times"),
    ],
    ids=["float32", "N", "base 2", "5e-4", "nan", "ignored rows"],
)
def test_a_value_is_told_by_what_it_is(value, says):
    def loss(z, y):
        right = F.cross_entropy(z, y)
        return right + (value(z, y, right) - right).detach()

    with pytest.raises(GradientMismatch) as caught:
        assert_gradient(loss, CE(), returns="loss", dtypes=[torch.float64], **SMALL)
    assert says in caught.value.diagnosis.sentence["en"]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16], ids=str)
def test_weights_that_are_rounded_do_not_hide_what_is_right(dtype):
    weight = torch.tensor([0.1, 0.7, 0.33], dtype=torch.float64)

    def loss(z, y):
        return F.cross_entropy(z, y, weight=weight.to(z.dtype))

    assert_gradient(loss, CE(weight=weight), returns="loss", dtypes=[dtype])
    with pytest.raises(GradientMismatch):
        assert_gradient(lambda z, y: 1.2 * loss(z, y), CE(weight=weight), returns="loss", dtypes=[dtype])


def test_the_largest_block_has_a_size_beyond_it():
    def kernel(z, y):
        found = cross_entropy(z, y)
        return found if z.shape[1] <= 4096 else torch.cat([found[:, :4096], 0 * found[:, 4096:]], 1)

    with pytest.raises(GradientMismatch, match="Column 4096"):
        assert_gradient(kernel, CE(), dtypes=[torch.float64])


def test_what_overwrites_is_not_tried_where_nobody_can_write():
    assert "expanded outputs" in NAMES
    with pytest.raises(GradientMismatch, match=r"without=\('overwritten inputs',\)"):
        assert_gradient(Overwrites.apply, CE(), returns="loss")
    with pytest.raises(RuntimeError, match="single memory location"):
        assert_gradient(Overwrites.apply, CE(), returns="loss", only="expanded outputs")
