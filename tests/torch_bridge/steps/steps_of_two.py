"""What one of two processes does, run by test_step_ranks.py: every step checked on both, and what each was told."""

import datetime
import json
import sys
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.nn.parallel import DistributedDataParallel

from derivations import CannotTell, GradientMismatch
from derivations.torch_bridge.steps import assert_step

SECONDS = 60


def model(bias=True, of=0):
    generator = torch.Generator().manual_seed(of)
    layer = nn.Linear(4, 3, bias=bias, dtype=torch.float64)
    with torch.no_grad():
        for each in layer.parameters():
            each.copy_(torch.randn(each.shape, generator=generator, dtype=torch.float64))
    return layer


def batches(rank, sizes, ignored=False):
    """Of this rank; `sizes` are those of both."""
    found = []
    for place, size in enumerate(sizes[rank]):
        generator = torch.Generator().manual_seed(10 * rank + place)
        inputs = torch.randn(size, 4, generator=generator, dtype=torch.float64)
        labels = torch.randint(3, (size,), generator=generator)
        if ignored and rank == 0:
            labels[:-1] = -100
        found.append((inputs, labels))
    return found


def whole_size(rank, of_batches):
    size = torch.tensor(float(sum((labels != -100).sum() for _, labels in of_batches)))
    dist.all_reduce(size)
    return size


# Steps


def plain(model, criterion, batches):
    for inputs, labels in batches:
        (criterion(model(inputs), labels) / len(batches)).backward()


def cured(model, criterion, batches):
    size, summed = whole_size(0, batches), nn.CrossEntropyLoss(reduction="sum")
    for inputs, labels in batches:
        (summed(model(inputs), labels) * dist.get_world_size() / size).backward()


def without_w(model, criterion, batches):
    size, summed = whole_size(0, batches), nn.CrossEntropyLoss(reduction="sum")
    for inputs, labels in batches:
        (summed(model(inputs), labels) / size).backward()


def own_mean(model, criterion, batches):
    size = sum(len(labels) for _, labels in batches)
    for inputs, labels in batches:
        (criterion(model(inputs), labels) * len(labels) / size).backward()


def added_up(model, criterion, batches):
    plain(model, criterion, batches)
    for each in model.parameters():
        dist.all_reduce(each.grad)


def by_rows(model, criterion, batches):
    rows = torch.tensor(float(sum(len(labels) for _, labels in batches)))
    dist.all_reduce(rows)
    for inputs, labels in batches:
        (criterion(model(inputs), labels) * len(labels) * dist.get_world_size() / rows).backward()


def updated(model, criterion, batches):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for inputs, labels in batches:
        (criterion(model(inputs), labels) / len(batches)).backward()
        optimizer.step()


def one_is_wrong(model, criterion, batches):
    cured(model, criterion, batches)
    if dist.get_rank() == 1:
        for each in model.parameters():
            each.grad *= -1


def one_fails(model, criterion, batches):
    cured(model, criterion, batches)
    if dist.get_rank() == 1:
        raise KeyError("lost")


def ddp():
    return DistributedDataParallel(model())


def fsdp():
    return fully_shard(model(), mesh=init_device_mesh("cpu", (2,)))


def fsdp_nll():
    return fully_shard(nn.Sequential(model(), nn.LogSoftmax(1)), mesh=init_device_mesh("cpu", (2,)))


def alone():
    return model()


def apart():
    return model(of=dist.get_rank())


MEAN, SUM, NLL = nn.CrossEntropyLoss(), nn.CrossEntropyLoss(reduction="sum"), nn.NLLLoss()
EQUAL, UNEQUAL, PARTS, EVEN = ([4], [4]), ([6], [2]), ([6, 2], [3, 1]), ([3, 3], [1, 1])
CASES = {
    "ddp, equal": (ddp, MEAN, plain, EQUAL),
    "ddp, unequal": (ddp, MEAN, plain, UNEQUAL),
    "ddp, ignored": (ddp, MEAN, plain, EQUAL),
    "ddp, cured": (ddp, MEAN, cured, PARTS),
    "ddp, ignored, cured": (ddp, MEAN, cured, EQUAL),
    "ddp, without W": (ddp, MEAN, without_w, PARTS),
    "ddp, own mean of parts": (ddp, MEAN, own_mean, PARTS),
    "ddp, mean of means": (ddp, MEAN, plain, PARTS),
    "ddp, parts alike": (ddp, MEAN, plain, EVEN),
    "ddp, sum": (ddp, SUM, lambda model, criterion, batches: own_sum(model, batches), EQUAL),
    "no all_reduce": (alone, MEAN, plain, UNEQUAL),
    "added up": (alone, MEAN, added_up, UNEQUAL),
    "ddp, ignored, by rows": (ddp, MEAN, by_rows, PARTS),
    "ddp, updated": (ddp, MEAN, updated, ([3, 3], [3, 3])),
    "fsdp, equal": (fsdp, MEAN, plain, EQUAL),
    "fsdp, unequal": (fsdp, MEAN, plain, UNEQUAL),
    "fsdp, cured": (fsdp, MEAN, cured, PARTS),
    "fsdp, nll": (fsdp_nll, NLL, plain, UNEQUAL),
    "one is wrong": (ddp, MEAN, one_is_wrong, EQUAL),
    "one fails": (ddp, MEAN, one_fails, EQUAL),
    "other parameters": (apart, MEAN, plain, EQUAL),
}


def own_sum(model, batches):
    for inputs, labels in batches:
        SUM(model(inputs), labels).backward()


def main(rank, folder):
    store = dist.FileStore(str(folder / "store"), 2)
    limit = datetime.timedelta(seconds=SECONDS)
    dist.init_process_group("gloo", store=store, rank=rank, world_size=2, timeout=limit)
    told = {}
    for name, (made, criterion, step, sizes) in CASES.items():
        mine = batches(rank, sizes, "ignored" in name)
        try:
            assert_step(step, made(), criterion, mine)
            told[name] = ["right", "", []]
        except (GradientMismatch, CannotTell) as error:
            keys = [each.key for each in error.diagnosis.mistakes] if error.diagnosis is not None else []
            told[name] = [type(error).__name__, str(error), keys]
        except Exception as error:
            told[name] = [type(error).__name__, str(error), []]
    groups = [dist.new_group([each]) for each in range(2)]
    assert_step(plain, model(), MEAN, batches(rank, UNEQUAL), group=groups[rank])
    told["alone in a group"] = ["right", "", []]
    (folder / f"{rank}.json").write_text(json.dumps(told), encoding="utf-8")
    dist.destroy_process_group()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
