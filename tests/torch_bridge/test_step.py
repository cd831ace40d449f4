"""A checker for people's own training steps: right ones pass, wrong ones are named, with what to multiply by."""

import pytest
import torch
from torch import nn

from derivations import CannotTell, GradientMismatch
from derivations.diagnosis.diagnosis import Diagnosis
from derivations.torch_bridge.step import assert_step

WEIGHT = torch.tensor([1.0, 2.0, 0.5])
SIZES = (12, 3, 1)


def data(kind, sizes=SIZES, dtype=torch.float64, features=4, classes=3, seed=0):
    """A model, a criterion and batches of such sizes."""
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape):
        return torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)

    layer = nn.Linear(features, classes, dtype=dtype)
    with torch.no_grad():
        layer.weight.copy_(draw(classes, features))
        layer.bias.copy_(draw(classes))
    batches = []
    for size in sizes:
        labels = torch.randint(classes, (size,), generator=generator)
        real = {"mse": draw(size, classes), "bce": torch.sigmoid(draw(size, classes))}
        if kind == "ignored":
            labels[1::3] = -100
        batches.append((draw(size, features), real.get(kind.split()[0], labels)))
    criteria = {
        "cross-entropy": nn.CrossEntropyLoss(),
        "weighted": nn.CrossEntropyLoss(WEIGHT.to(dtype)),
        "ignored": nn.CrossEntropyLoss(),
        "nll": nn.NLLLoss(),
        "mse": nn.MSELoss(),
        "bce": nn.BCEWithLogitsLoss(),
        "cross-entropy sum": nn.CrossEntropyLoss(reduction="sum"),
        "mse sum": nn.MSELoss(reduction="sum"),
    }
    model = nn.Sequential(layer, nn.LogSoftmax(1)) if kind == "nll" else layer
    return model, criteria[kind], batches


def size_of(criterion, targets):
    """S_k: what a mean over such targets divides by."""
    if targets.is_floating_point():
        return targets.numel()
    kept = targets[targets != -100]
    weight = getattr(criterion, "weight", None)
    return len(kept) if weight is None else weight[kept].sum()


# Right steps


def weighted(model, criterion, batches):
    size = sum(size_of(criterion, targets) for _, targets in batches)
    for inputs, targets in batches:
        (criterion(model(inputs), targets) * (size_of(criterion, targets) / size)).backward()


def reversed_order(model, criterion, batches):
    weighted(model, criterion, batches[::-1])


def at_once(model, criterion, batches):
    inputs, targets = (torch.cat(each) for each in zip(*batches, strict=True))
    criterion(model(inputs), targets).backward()


def one_backward(model, criterion, batches):
    size = sum(size_of(criterion, targets) for _, targets in batches)
    sum(criterion(model(x), y) * size_of(criterion, y) for x, y in batches).div(size).backward()


def divided_at_the_end(model, criterion, batches):
    for inputs, targets in batches:
        (criterion(model(inputs), targets) * size_of(criterion, targets)).backward()
    size = sum(size_of(criterion, targets) for _, targets in batches)
    for each in model.parameters():
        each.grad /= size


def with_optimizer(model, criterion, batches):
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    optimizer.zero_grad()
    weighted(model, criterion, batches)
    optimizer.step()


def unscaled(model, criterion, batches):
    scaler = torch.amp.GradScaler("cpu")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    size = sum(size_of(criterion, targets) for _, targets in batches)
    for inputs, targets in batches:
        scaler.scale(criterion(model(inputs), targets) * (size_of(criterion, targets) / size)).backward()
    scaler.unscale_(optimizer)


RIGHT = (weighted, reversed_order, at_once, one_backward, divided_at_the_end, with_optimizer, unscaled)
MEANS = ("cross-entropy", "weighted", "ignored", "nll", "mse", "bce")


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
@pytest.mark.parametrize("kind", MEANS)
@pytest.mark.parametrize("step", RIGHT, ids=lambda step: step.__name__)
def test_right_steps_raise_nothing(step, kind, dtype):
    model, criterion, batches = data(kind, dtype=dtype)
    assert_step(step, model, criterion, batches)


@pytest.mark.parametrize("kind", ["cross-entropy sum", "mse sum"])
def test_a_sum_wants_a_sum(kind):
    def step(model, criterion, batches):
        for inputs, targets in batches:
            criterion(model(inputs), targets).backward()

    assert_step(step, *data(kind))


@pytest.mark.parametrize("sizes", [(64,) * 8, (100, 7), (1,) * 32, (5,), (3, 0, 2)], ids=str)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16], ids=str)
def test_no_alarm_in_lower_precision(dtype, sizes):
    for seed in range(5):
        for kind in ("cross-entropy", "mse"):
            model, criterion, batches = data(kind, sizes, dtype, seed=seed)
            if kind == "cross-entropy" or 0 not in sizes:
                try:
                    assert_step(weighted_or_skipped, model, criterion, batches)
                except CannotTell:
                    assert dtype != torch.float32


def weighted_or_skipped(model, criterion, batches):
    weighted(model, criterion, [(x, y) for x, y in batches if len(x)])


# Wrong steps, each with its key, details and what the message says


def mean_of_means(model, criterion, batches):
    for inputs, targets in batches:
        (criterion(model(inputs), targets) / len(batches)).backward()


def sum_of_means(model, criterion, batches):
    for inputs, targets in batches:
        criterion(model(inputs), targets).backward()


def cleared_in_the_loop(model, criterion, batches):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for inputs, targets in batches:
        optimizer.zero_grad()
        (criterion(model(inputs), targets) / len(batches)).backward()


def last_alone(model, criterion, batches):
    sum_of_means(model, criterion, batches[-1:])


def first_alone(model, criterion, batches):
    sum_of_means(model, criterion, batches[:1])


def second_missing(model, criterion, batches):
    weighted(model, criterion, [batches[0], *batches[2:]])


def last_missing(model, criterion, batches):
    mean_of_means(model, criterion, batches[:-1])


def first_twice(model, criterion, batches):
    size = sum(size_of(criterion, targets) for _, targets in batches)
    for inputs, targets in [batches[0], *batches]:
        (criterion(model(inputs), targets) * (size_of(criterion, targets) / size)).backward()


def backward_twice(model, criterion, batches):
    weighted(model, criterion, batches)
    weighted(model, criterion, batches)


def averaged_again(model, criterion, batches):
    size = sum(size_of(criterion, targets) for _, targets in batches)
    for inputs, targets in batches:
        (criterion(model(inputs), targets) * (size_of(criterion, targets) / size) / len(batches)).backward()


def clipped(model, criterion, batches):
    weighted(model, criterion, batches)
    nn.utils.clip_grad_norm_(model.parameters(), 0.05)


def clipped_by_value(model, criterion, batches):
    weighted(model, criterion, batches)
    nn.utils.clip_grad_value_(model.parameters(), 0.05)


def still_scaled(model, criterion, batches):
    scaler = torch.amp.GradScaler("cpu")
    size = sum(size_of(criterion, targets) for _, targets in batches)
    for inputs, targets in batches:
        scaler.scale(criterion(model(inputs), targets) * (size_of(criterion, targets) / size)).backward()


def summed(model, criterion, batches):
    for inputs, targets in batches:
        (criterion(model(inputs), targets) * size_of(criterion, targets)).backward()


def summed_over_parts(model, criterion, batches):
    for inputs, targets in batches:
        (criterion(model(inputs), targets) * size_of(criterion, targets) / len(batches)).backward()


def all_rows_counted(model, criterion, batches):
    rows = sum(len(inputs) for inputs, _ in batches)
    for inputs, targets in batches:
        (criterion(model(inputs), targets) * size_of(criterion, targets) / rows).backward()


def minus(model, criterion, batches):
    size = sum(size_of(criterion, targets) for _, targets in batches)
    for inputs, targets in batches:
        (criterion(model(inputs), targets) * (-size_of(criterion, targets) / size)).backward()


def second_three_times(model, criterion, batches):
    size = sum(size_of(criterion, targets) for _, targets in batches)
    for place, (inputs, targets) in enumerate(batches):
        times = size_of(criterion, targets) / size * (3 if place == 1 else 1)
        (criterion(model(inputs), targets) * times).backward()


def four_steps(model, criterion, batches):
    for inputs, targets in batches:
        (criterion(model(inputs), targets) / 4).backward()


def mean_and_clipped(model, criterion, batches):
    mean_of_means(model, criterion, batches)
    nn.utils.clip_grad_norm_(model.parameters(), 0.05)


def cleared_to_zero(model, criterion, batches):
    weighted(model, criterion, batches)
    for each in model.parameters():
        each.grad.zero_()


def times_pi(model, criterion, batches):
    weighted(model, criterion, batches)
    for each in model.parameters():
        each.grad *= 3.14159


def odd_weights(model, criterion, batches):
    for times, (inputs, targets) in zip((0.9, 0.3, 0.7), batches, strict=True):
        (criterion(model(inputs), targets) * times).backward()


EQUAL = (4, 4, 4)
WRONG = [
    # step, kind, sizes, keys, what the message says
    (mean_of_means, "cross-entropy", SIZES, ["mean of means"], ["12, 3, 1", "2.25, 0.5625, 0.1875", "K·S_k/S"]),
    (mean_of_means, "weighted", SIZES, ["mean of means"], ["counts too much", "K·S_k/S"]),
    (mean_of_means, "ignored", (12, 3, 4), ["mean of means"], ["8, 2, 3", "K·S_k/S"]),
    (mean_of_means, "nll", SIZES, ["mean of means"], ["12, 3, 1"]),
    (mean_of_means, "mse", SIZES, ["mean of means"], ["36, 9, 3, S = 48"]),
    (mean_of_means, "bce", SIZES, ["mean of means"], ["2.25, 0.5625, 0.1875"]),
    (
        mean_of_means,
        "cross-entropy",
        (8, 8, 2),
        ["last part too much"],
        ["last part", "3 times", "1.333, 1.333, 0.3333"],
    ),
    (mean_of_means, "cross-entropy sum", EQUAL, ["averaged"], ['reduction="sum"', "3 parts"]),
    (mean_of_means, "mse sum", SIZES, ["averaged"], ["do not divide"]),
    (sum_of_means, "cross-entropy", EQUAL, ["not averaged"], ["1/3 is missing"]),
    (sum_of_means, "weighted", SIZES, ["not averaged"], ["S_k/S", "1/3 is missing"]),
    (sum_of_means, "mse", SIZES, ["not averaged"], ["0.75, 0.1875, 0.0625"]),
    (cleared_in_the_loop, "cross-entropy", SIZES, ["last part alone"], ["zero_grad() in the loop"]),
    (cleared_in_the_loop, "mse sum", EQUAL, ["last part alone"], ["zero_grad() in the loop"]),
    (last_alone, "weighted", SIZES, ["last part alone"], []),
    (first_alone, "cross-entropy", SIZES, ["part alone"], ["part 1 alone"]),
    (first_alone, "mse", EQUAL, ["part alone"], ["part 1 alone"]),
    (second_missing, "cross-entropy", SIZES, ["part missing"], ["Part 2"]),
    (second_missing, "ignored", (12, 3, 4), ["part missing"], ["Part 2"]),
    (last_missing, "cross-entropy", SIZES, ["part missing"], ["Part 3"]),
    (last_missing, "bce", EQUAL, ["part missing"], ["Part 3"]),
    (first_twice, "cross-entropy", SIZES, ["counted twice"], ["Part 1"]),
    (backward_twice, "cross-entropy", SIZES, ["counted twice"], ["twice"]),
    (averaged_again, "weighted", SIZES, ["averaged"], ["K = 3 once too often"]),
    (clipped, "cross-entropy", SIZES, ["clipped"], ["max_norm = 0.05", "its norm was"]),
    (clipped, "mse", EQUAL, ["clipped"], ["max_norm = 0.05", "ratio"]),
    (clipped_by_value, "cross-entropy", SIZES, ["clipped"], ["±0.05"]),
    (still_scaled, "cross-entropy", SIZES, ["scaled"], ["65536", "GradScaler"]),
    (summed, "cross-entropy", SIZES, ["divisor"], ["S = 16", "a sum"]),
    (summed, "mse", EQUAL, ["divisor"], ["S = 36"]),
    (summed_over_parts, "cross-entropy", SIZES, ["divisor"], ["number of parts, 3"]),
    (all_rows_counted, "ignored", (12, 3, 4), ["divisor"], ["ignored ones included", "S = 13"]),
    (all_rows_counted, "weighted", SIZES, ["divisor"], ["without their weights", "S = 18.5"]),
    (minus, "cross-entropy", SIZES, ["sign"], ["minus"]),
    (second_three_times, "cross-entropy", SIZES, ["part scale"], ["Part 2 counts 3 times"]),
    (four_steps, "cross-entropy", EQUAL, ["averaged"], ["Divided by 4, and there are 3 parts"]),
    (mean_and_clipped, "cross-entropy", SIZES, ["mean of means", "clipped"], ["K·S_k/S", "max_norm = 0.05"]),
    (cleared_to_zero, "cross-entropy", SIZES, ["zero"], ["0 everywhere"]),
    (times_pi, "cross-entropy", SIZES, ["scaled"], ["3.14159"]),
    (odd_weights, "cross-entropy", SIZES, ["part scale"], ["1.2, 1.6, 11.2"]),
]


def caught(step, *given, **options):
    with pytest.raises(GradientMismatch) as error:
        assert_step(step, *given, **options)
    assert isinstance(error.value.diagnosis, Diagnosis)
    return error.value


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
@pytest.mark.parametrize(
    ("step", "kind", "sizes", "keys", "said"),
    WRONG,
    ids=[f"{step.__name__}-{kind}-{sizes}" for step, kind, sizes, *_ in WRONG],
)
def test_wrong_steps_are_named(step, kind, sizes, keys, said, dtype):
    error = caught(step, *data(kind, sizes, dtype))
    assert [each.key for each in error.diagnosis.mistakes] == keys, str(error)
    for each in said:
        assert each in str(error)
    assert not error.diagnosis
    for lang in ("zh", "en"):
        assert error.diagnosis.text(lang)
