"""Each kind of operation, alone: bound to its definition, and within the bound of its share."""

import pytest
import torch
from torch.nn import functional as F

import derivations as dv
from derivations.torch_bridge.binding.table import TABLE


def put(x, y):
    z = x * 1
    z[0] = y[1]
    z[1:, 2] = 0.5
    return z


def put_by_labels(x, y):
    z = x * 1
    z[torch.tensor([2, 0])] = y[:2]
    return z


def added_in_place(x, y):
    z = x * 1
    z[1:] += y[1:]
    return z


def kernels(images):
    return images[:1, :2, :3, :2].repeat(4, 1, 1, 1)


LABELS = torch.tensor([[0, 1], [1, 1], [2, 0]])
#: By name: a function of x and y, both (3, 4), or of images (2, 4, 6, 6) where it takes one argument called `images`.
KINDS = {
    "smooth L1": F.smooth_l1_loss,
    "soft margin": lambda x, y: F.soft_margin_loss(x, y.sign().detach()),
    "bce with weights": lambda x, y: F.binary_cross_entropy_with_logits(
        x, y.sigmoid(), weight=y.detach().exp(), pos_weight=y[0].detach().exp()
    ),
    "lerp": lambda x, y: torch.lerp(x, y, 0.3),
    "addcmul": lambda x, y: torch.addcmul(x, y, x, value=0.5),
    "xlogy": lambda x, y: torch.xlogy(x, y.abs()),
    "hypot": torch.hypot,
    "logaddexp": torch.logaddexp,
    "maximum": torch.maximum,
    "celu": lambda x, y: F.celu(x, 1.5),
    "mish": lambda x, y: F.mish(x),
    "prelu": lambda x, y: F.prelu(x, y[0]),
    "hardsigmoid": lambda x, y: F.hardsigmoid(x),
    "clamp on one side": lambda x, y: x.clamp(max=0.3) + y.clamp_min(-0.2),
    "rsub": lambda x, y: torch.rsub(x, y, alpha=2) + (1 - x),
    "power": lambda x, y: x.abs() ** 2.5 + y**3,
    "expm1 far below 0": lambda x, y: torch.expm1(8 * x),
    "silu far from 0": lambda x, y: F.silu(12 * x),
    "deviation": lambda x, y: x.std(1) + y.var(1, unbiased=False),
    "norm": lambda x, y: x.norm(dim=1) + torch.linalg.vector_norm(y),
    "product": lambda x, y: x.prod(1),
    "cumulative": lambda x, y: x.cumsum(1) + y.logcumsumexp(1),
    "sort and topk": lambda x, y: x.sort(1)[0][:, :2] + y.topk(2)[0],
    "max and median": lambda x, y: x.max(1)[0] + y.median(1)[0] + x.max() + y.amin(1),
    "cdist": torch.cdist,
    "scatter_add": lambda x, y: x.scatter_add(1, LABELS, y[:, :2]),
    "index_add": lambda x, y: x.index_add(0, torch.tensor([1, 1, 0]), y, alpha=2),
    "index_put, added": lambda x, y: x.index_put((torch.tensor([0, 1, 1]),), y, accumulate=True),
    "index_put": put_by_labels,
    "slices assigned": put,
    "gather": lambda x, y: x.gather(1, LABELS),
    "index": lambda x, y: x[torch.tensor([2, 0, 2])] + y[:, torch.tensor([1])],
    "masked": lambda x, y: torch.where(x > 0, y, x * 2).masked_fill(y > 0, 3.0),
    "triangles": lambda x, y: x.tril() + y.triu(1) + x.flip(0).roll(1, 1),
    "matrix and vector": lambda x, y: x @ y[0] + torch.dot(x[1], y[2]) + torch.addmv(x[:, 0], x, y[1]),
    "batches": lambda x, y: torch.baddbmm(x[None], x[None, :, :3], y[None], alpha=0.5),
    "weight norm": lambda x, y: torch._weight_norm(x, y[:, :1], 0),
    "rms norm": lambda x, y: F.rms_norm(x, (4,), y[0]),
    "layer norm, weight alone": lambda x, y: F.layer_norm(x, (4,), y[0]),
    "batch norm with running statistics": lambda x, y: F.batch_norm(x, torch.ones(4).to(x), torch.ones(4).to(x) * 2),
    "embedding with padding": lambda x, y: F.embedding(LABELS, x, padding_idx=1),
    "nll of positions": lambda images: F.nll_loss(
        images.log_softmax(1), torch.randint(4, (2, 6, 6)), torch.rand(4).to(images), ignore_index=2
    ),
    "group norm": lambda images: F.group_norm(images, 2),
    "convolution in groups": lambda images: F.conv2d(images, kernels(images), groups=2, dilation=2),
    "transposed in groups": lambda images: F.conv_transpose2d(images, kernels(images), groups=2, stride=2),
    "adaptive pooling": lambda images: F.adaptive_avg_pool2d(images, (4, 5)),
    "max pooling": lambda images: F.max_pool2d(images, 3, 2, 1),
    "average pooling with padding": lambda images: F.avg_pool2d(images, 3, 2, 1, count_include_pad=False),
    "nearest": lambda images: F.interpolate(images, scale_factor=2) + F.pixel_shuffle(images, 2).repeat(1, 4, 1, 1),
    "unfold": lambda images: F.unfold(images, 2),
    "attention with a mask": lambda images: F.scaled_dot_product_attention(
        images, images * 2, images + 1, attn_mask=torch.rand(6, 6) > 0.3, scale=0.3
    ),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_is_derived_and_agrees(name):
    torch.manual_seed(0)
    function = KINDS[name]
    images = function.__code__.co_varnames[:1] == ("images",) if hasattr(function, "__code__") else False
    given = [torch.randn(2, 4, 6, 6)] if images else [torch.randn(3, 4), torch.randn(3, 4)]
    account = dv.audit(function, *given)
    assert account, f"{account}"
    assert {each.status for each in account.nodes} == {"derived"}, f"{account}"


def test_what_torch_takes_apart_is_derived_by_parts():
    account = dv.audit(F.glu, torch.randn(3, 4))
    assert account.require(numeric=False)
    (node,) = account.nodes
    assert (node.status, set(node.parts)) == ("by parts", {"slice", "sigmoid", "mul"})
    assert "glu" in node.reason.en


def test_a_write_to_a_view_without_a_definition_is_checked_by_differences():
    account = dv.audit(added_in_place, torch.randn(3, 4), torch.randn(3, 4))
    assert account
    assert [each.call for each in account.nodes if each.status == "numeric"] == ["add_"]


@pytest.mark.parametrize(
    ("name", "other"),
    [("exp", "expm1"), ("relu", "abs"), ("tanh", "sigmoid"), ("add", "sub"), ("mean", "sum"), ("amax", "sum")],
)
def test_a_wrong_definition_is_found_by_what_was_recorded(name, other, monkeypatch):
    monkeypatch.setitem(TABLE, name, TABLE[other])
    run = {"add": lambda x: x.add(2 * x), "amax": lambda x: x.amax(1), "mean": lambda x: x.mean(1)}
    account = dv.audit(run.get(name, getattr(torch, name)), torch.randn(3, 4))
    assert account.verdict == "disagrees"
    (node,) = [each for each in account.wrong if each.call == name]
    assert node.forward > 1
    with pytest.raises(dv.GradientMismatch):
        account.require()
