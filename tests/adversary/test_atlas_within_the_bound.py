"""Losses of the atlas, evaluated as badly as a machine may: within the bound; and ten times as much is refused."""

from copy import deepcopy
from unittest.mock import patch

import pytest
import torch
from badly import Badly
from torch import nn
from torch.autograd import grad

from derivations import explain
from derivations.index_calculus.symbols import C, N
from derivations.torch_bridge.batch.batch import read_batch
from derivations.torch_bridge.certificates.rows import row_of
from derivations.torch_bridge.criteria.distillation import DistillationLoss
from derivations.torch_bridge.criteria.focal import FocalLoss
from derivations.torch_bridge.rounding import bounds as of_batch
from derivations.torch_bridge.rounding.bounds import bounds

CRITERIA = {
    "Huber": nn.HuberLoss(delta=0.7),
    "GaussianNLL": nn.GaussianNLLLoss(full=True, eps=1e-3),
    "GaussianNLL summed": nn.GaussianNLLLoss(reduction="sum"),
    "KLDiv": nn.KLDivLoss(reduction="batchmean"),
    "SoftMargin": nn.SoftMarginLoss(),
    "focal": FocalLoss(gamma=1.7, alpha=0.3),
    "focal without gamma": FocalLoss(gamma=0.0),
    "MultiMargin p=2": nn.MultiMarginLoss(p=2, margin=0.4),
    "MultiMargin weight": nn.MultiMarginLoss(weight=torch.tensor([0.3, 2.0, 0.7, 1.0, 1.3])),
    "CosineEmbedding": nn.CosineEmbeddingLoss(margin=0.2),
    "Triplet": nn.TripletMarginLoss(),
    "Triplet swapped": nn.TripletMarginLoss(margin=0.4, swap=True),
    "distillation": DistillationLoss(temperature=3.0, mixing=0.3),
    "MultiLabelMargin": nn.MultiLabelMarginLoss(),
}
LONG = [name for name in CRITERIA if "weight" not in name and name != "MultiLabelMargin"]
DTYPES = (torch.float32, torch.bfloat16, torch.float16)


def cast(each, dtype):
    return each.to(dtype) if isinstance(each, torch.Tensor) and each.is_floating_point() else each


def batch_of(name, dtype, rows, columns=5, scale=1.0, seed=0):
    """Numbers of a criterion in `dtype`; real ones are so many times as large as usual."""
    criterion = deepcopy(CRITERIA[name]).to(dtype)
    setup = explain(None, criterion).setup
    outputs, operands = setup.random_data(rows, torch.Generator().manual_seed(seed), columns)
    operands = operands if isinstance(operands, tuple) else (operands,)
    given = tuple(cast(each, dtype) for each in operands)
    return criterion, read_batch(setup, (scale * outputs).to(dtype), given if len(given) > 1 else given[0])


def by_torch(criterion, batch, dtype):
    """Each gradient by torch's own backward, in another dtype, at the same numbers."""
    criterion = deepcopy(criterion).to(dtype)
    leaves = {"outputs": cast(batch.inputs, dtype)}
    leaves |= {name: cast(each, dtype) for name, each in batch.operands.items()}
    asked = batch.setup.wrt
    for name in asked:
        leaves[name] = leaves[name].detach().requires_grad_()
    loss = criterion(*leaves.values())
    return dict(zip(asked, grad(loss, [leaves[name] for name in asked]), strict=True))


def badly(batch, wrt, seed):
    """Each operation rounded in the dtype of the batch, in any order and association."""
    dtype, derivation = batch.inputs.dtype, batch.setup.derivation(wrt)
    arrays = {}
    for letter, each in batch.formula_arrays().items():
        array = each if isinstance(each, torch.Tensor) else torch.tensor(float(each))
        arrays[letter] = array if letter == "y" else array.to(dtype)
    given = (*arrays, batch.outputs_letter)
    definitions = {name: each for name, each in derivation.context.definitions.items() if name not in given}
    sizes = dict(zip((N, C), batch.rows(batch.outputs()).shape, strict=True))
    return Badly(arrays, sizes, dtype, seed, definitions)(derivation.result, derivation.targets)


def part_of(value, exact, limit):
    """The largest part of its bound that an entry uses; what is no number has overflowed and is not told."""
    told = value.isfinite() & exact.isfinite() & limit.isfinite()
    distance = (value.double() - exact).abs()[told]
    part = torch.where(distance == 0, 0.0, distance / limit[told])
    return float(part.amax()) if len(part) else 0.0


def evaluated(name, dtype, rows, columns=5, scale=1.0, seeds=(0,)):
    """By gradient: its exact value, its bound, and the largest part of it that bad evaluations and torch use."""
    criterion, batch = batch_of(name, dtype, rows, columns, scale, seed=rows + columns)
    exact = by_torch(criterion, batch, torch.float64)
    with patch.object(of_batch, "wider", lambda *_: None):
        limits = bounds(batch, batch.setup.wrt)
    try:  # FocalLoss as people write it takes 1 − p, where a prediction is sure, from digits that p has lost
        own = {} if "focal" in name and scale > 1 else by_torch(criterion, batch, dtype)
    except NotImplementedError:  # torch has no such kernel for half precision
        own = {}
    for wrt, true in exact.items():
        limit = limits[wrt].of_one(dtype).nan_to_num(nan=torch.inf)
        ways = [badly(batch, wrt, seed).reshape(true.shape) for seed in seeds]
        ways += [own[wrt]] if wrt in own else []
        yield wrt, true, limits[wrt], max(part_of(each, true, limit) for each in ways)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", CRITERIA)
def test_bad_evaluations_stay_within_the_bound_and_ten_times_as_much_is_refused(name, dtype):
    refused = 0
    for scale in (1.0, 1e-3, 8.0) if "KLDiv" not in name else (1.0,):
        for wrt, true, limit, part in evaluated(name, dtype, 6, scale=scale, seeds=range(4)):
            assert part <= 1, (wrt, scale)
            at = torch.unravel_index(true.abs().argmax(), true.shape)
            bound = limit.of_two(dtype)[at]
            wrong = true.clone()
            wrong[at] += 10 * bound
            if bool(bound.isfinite()) and float(wrong.to(dtype)[at]) < torch.inf:
                assert row_of(wrt, wrong.to(dtype), true.to(dtype), limit).wrong == 1, (wrt, scale)
                refused += 1
    assert refused


@pytest.mark.parametrize("name", LONG)
def test_rows_of_10_000_classes(name):
    for wrt, _, limit, part in evaluated(name, torch.float32, 2, 10_000):
        assert part <= 1, wrt
        assert bool(limit.kappa.isfinite().all())


def test_pairs_of_many_classes():
    for dtype in (torch.float32, torch.bfloat16):
        for _, _, _, part in evaluated("MultiLabelMargin", dtype, 1, 300):
            assert part <= 1
