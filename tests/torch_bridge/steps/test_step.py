"""A checker for people's own training steps: right ones pass, wrong ones are named, with what to multiply by."""

import pytest
import torch
from torch import nn

from derivations import CannotTell, GradientMismatch, Unsupported
from derivations.diagnosis.diagnosis import Diagnosis
from derivations.torch_bridge.steps import assert_step

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
    for seed in range(3):
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


def growing_total(model, criterion, batches):
    total = 0.0
    for inputs, targets in batches:
        total = total + criterion(model(inputs), targets) / len(batches)
        total.backward(retain_graph=True)


def groups_of_three(model, criterion, batches):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    for place, (inputs, targets) in enumerate(batches, 1):
        (criterion(model(inputs), targets) / 3).backward()
        if place % 3 == 0:
            optimizer.step()
            optimizer.zero_grad()


def stopped_early(model, criterion, batches):
    mean_of_means(model, criterion, batches[:2])


def odd_weights(model, criterion, batches):
    for times, (inputs, targets) in zip((0.9, 0.3, 0.7), batches, strict=True):
        (criterion(model(inputs), targets) * times).backward()


def weighted_by_rows(model, criterion, batches):
    rows = sum(len(inputs) for inputs, _ in batches)
    for inputs, targets in batches:
        (criterion(model(inputs), targets) * len(inputs) / rows).backward()


def updated_in_the_loop(model, criterion, batches):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for inputs, targets in batches:
        (criterion(model(inputs), targets) / len(batches)).backward()
        optimizer.step()


def trained_on_each(model, criterion, batches):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for inputs, targets in batches:
        optimizer.zero_grad()
        criterion(model(inputs), targets).backward()
        optimizer.step()


def odd_halves(model, criterion, batches):
    size = sum(size_of(criterion, targets) for _, targets in batches)
    for times, (inputs, targets) in zip((0.5, 0.25, 4.0), batches, strict=True):
        share = size_of(criterion, targets) / size if criterion.reduction == "mean" else 1.0
        (criterion(model(inputs), targets) * share * times).backward()


EQUAL = (4, 4, 4)
WRONG = [
    (weighted_by_rows, "ignored", (4, 2), ["weighted by"], ["3, 1", "4, 2", "ignored ones included", "1.125, 0.75"]),
    (weighted_by_rows, "weighted", SIZES, ["weighted by"], ["without their weights", "(S_k/S)/(N_k/N)"]),
    (updated_in_the_loop, "cross-entropy", EQUAL, ["updated in the loop"], ["optimizer.step() is in the loop"]),
    (updated_in_the_loop, "mse", SIZES, ["updated in the loop", "mean of means"], ["Call step() once", "K·S_k/S"]),
    (trained_on_each, "cross-entropy", SIZES, ["updated in the loop", "last part alone"], ["zero_grad()"]),
    # step, kind, sizes, keys, what the message says
    (mean_of_means, "cross-entropy", SIZES, ["mean of means"], ["12, 3, 1", "2.25, 0.5625, 0.1875", "K·S_k/S"]),
    (mean_of_means, "weighted", SIZES, ["mean of means"], ["counts most", "K·S_k/S"]),
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
    (clipped, "mse", EQUAL, ["clipped"], ["max_norm = 0.05", "(given, expected)"]),
    (clipped_by_value, "cross-entropy", SIZES, ["clipped"], ["±0.05"]),
    (still_scaled, "cross-entropy", SIZES, ["scaled"], ["65536", "GradScaler"]),
    (summed, "cross-entropy", SIZES, ["divisor"], ["S = 16", "the sum, not the mean"]),
    (summed, "mse", EQUAL, ["divisor"], ["S = 36"]),
    (summed_over_parts, "cross-entropy", SIZES, ["divisor"], ["number of parts, 3"]),
    (all_rows_counted, "ignored", (12, 3, 4), ["divisor"], ["ignored ones included", "S = 13"]),
    (all_rows_counted, "weighted", SIZES, ["divisor"], ["without their weights", "S = 18.5"]),
    (minus, "cross-entropy", SIZES, ["sign"], ["minus"]),
    (second_three_times, "cross-entropy", SIZES, ["part scale"], ["Part 2 counts 3 times"]),
    (four_steps, "cross-entropy", EQUAL, ["averaged"], ["Divided by 4, and there are 3 parts"]),
    (mean_and_clipped, "cross-entropy", SIZES, ["mean of means", "clipped"], ["K·S_k/S", "max_norm = 0.05"]),
    (cleared_to_zero, "cross-entropy", SIZES, ["zero"], ["0 everywhere"]),
    (times_pi, "cross-entropy", SIZES, ["scaled"], ["3.14 times"]),
    (growing_total, "cross-entropy", SIZES, ["running total"], ["a total that grows"]),
    (growing_total, "mse", EQUAL, ["running total"], ["a total that grows"]),
    (groups_of_three, "cross-entropy", (4, 4, 4, 4, 4), ["last parts alone"], ["the last 2 parts"]),
    (groups_of_three, "weighted", (4, 3, 4, 4, 2), ["last parts alone"], ["the last 2 parts"]),
    (stopped_early, "bce", (4, 3, 4, 4, 2), ["first parts alone"], ["the first 2 parts"]),
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


# What a step may be, and what is kept


def by_position(net, loss, parts):
    weighted(net, loss, parts)


def model_alone(model):
    _, criterion, batches = data("cross-entropy")
    weighted(model, criterion, batches)


def names_in_another_order(batches, criterion, model, verbose=False):
    weighted(model, criterion, batches)


class Trainer:
    def __init__(self, model, criterion, batches):
        self.of = model, criterion, batches

    def step(self):
        weighted(*self.of)

    def with_batches(self, data):
        weighted(*self.of[:2], data)

    def with_model(self, net, data):
        weighted(net, self.of[1], data)


@pytest.mark.parametrize(
    ("step", "kind", "sizes"),
    [
        (mean_of_means, "cross-entropy", SIZES),
        (mean_of_means, "mse", SIZES),
        (mean_of_means, "nll", (4, 4, 8)),
        (mean_of_means, "ignored", (4, 2)),
        (sum_of_means, "cross-entropy", SIZES),
        (sum_of_means, "bce", (6, 2)),
        (weighted_by_rows, "ignored", (4, 2)),
        (odd_halves, "cross-entropy", SIZES),
        (odd_halves, "mse sum", EQUAL),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_the_factors_that_are_told_cure_the_step(step, kind, sizes):
    """Each part's loss times its factor, as the message prints it: of sizes whose quotients have few digits."""
    model, criterion, batches = data(kind, sizes)
    told, _, _ = caught(step, model, criterion, batches).diagnosis.numbers["factors"].partition(" (")

    def cured(model, criterion, batches):
        times = iter(map(float, told.split(", ")))
        step(model, Timed(criterion, times), batches)

    assert_step(cured, model, criterion, batches)


class Timed:
    """A criterion whose losses are multiplied, each by the next number."""

    def __init__(self, criterion, times):
        self.criterion, self.times, self.reduction = criterion, times, criterion.reduction

    def __call__(self, outputs, targets):
        return self.criterion(outputs, targets) * next(self.times)


def test_a_step_that_overwrites_its_batches_is_told():
    """Compared with the batches as they were given; of other numbers no weighting of these is named."""
    model, criterion, batches = data("cross-entropy")

    def doubling(model, criterion, batches):
        batches[1][0].mul_(2)
        weighted(model, criterion, batches)

    error = caught(doubling, model, criterion, batches)
    assert "overwritten batch 2 in place" in str(error)
    assert error.diagnosis.mistakes == ()


def test_targets_that_broadcast_over_samples_are_no_parts():
    model, _, batches = data("cross-entropy", classes=1)
    batches = [(inputs, inputs[:, 0]) for inputs, _ in batches]
    with pytest.raises(ValueError, match=r"targets\.unsqueeze\(1\)"):
        assert_step(mean_of_means, model, nn.MSELoss(), batches)


def test_slightly_other_parameters_are_no_lower_precision_and_no_ignored_grad_output():
    """What backward receives is 1 in every step, and a lower precision shows in the digits: neither is named."""

    def nudged(model, criterion, batches):
        with torch.no_grad():
            model.weight += 0.01 * torch.sin(torch.arange(12.0)).view(3, 4)
        inputs, targets = (torch.cat(each) for each in zip(*batches, strict=True))
        criterion(model(inputs), targets).backward()

    error = caught(nudged, *data("cross-entropy", EQUAL, torch.float32))
    assert error.diagnosis.mistakes == ()
    assert "no common mistake explains it" in str(error)


def test_a_class_is_no_step():
    with pytest.raises(TypeError, match=r"step is the class Timed.*Timed\(…\)\.step"):
        assert_step(Timed, *data("cross-entropy"))


def test_how_a_step_is_called():
    model, criterion, batches = given = data("cross-entropy")
    trainer = Trainer(*given)
    steps = [by_position, model_alone, names_in_another_order, trainer.step, trainer.with_batches, trainer.with_model]
    for step in [*steps, lambda *given: weighted(*given) if given else weighted(model, criterion, batches)]:
        assert_step(step, model, criterion, batches)
    assert_step(weighted, model, criterion, iter(batches))
    assert_step(weighted, model, criterion, [list(each) for each in batches])


@pytest.mark.parametrize(
    "step",
    [
        lambda data, criterion, model: None,
        lambda criterion, model, data: None,
        lambda a, b, c, d: None,
        lambda model, *, optimizer: None,
    ],
    ids=["one name of ours, out of its place", "two names", "four", "by name alone"],
)
def test_a_signature_that_does_not_tell_gets_a_sentence(step):
    with pytest.raises(TypeError, match=r"cannot be told\. Call them model, criterion and batches"):
        assert_step(step, *data("cross-entropy"))


def test_parameters_and_gradients_are_put_back():
    model, criterion, batches = data("cross-entropy")
    model.weight.grad = before = torch.ones_like(model.weight)
    values = model.weight.detach().clone(), model.bias.detach().clone()
    state = torch.get_rng_state()
    assert_step(with_optimizer, model, criterion, batches)
    with pytest.raises(GradientMismatch):
        assert_step(mean_of_means, model, criterion, batches)
    with pytest.raises(KeyError):
        assert_step(lambda: {}["lost"], model, criterion, batches)
    assert model.weight.grad is before
    assert bool((before == 1).all())
    assert model.bias.grad is None
    assert torch.equal(model.weight, values[0])
    assert torch.equal(model.bias, values[1])
    assert torch.equal(torch.get_rng_state(), state)
    assert not model.weight._post_accumulate_grad_hooks


def test_an_update_of_the_parameters_is_told():
    def step(model, criterion, batches):
        mean_of_means(model, criterion, batches)
        torch.optim.SGD(model.parameters(), lr=0.1).step()

    assert "put back" in str(caught(step, *data("cross-entropy")))


def test_two_calls_do_not_add_up():
    model, criterion, batches = data("cross-entropy")
    weighted(model, criterion, batches)
    assert_step(weighted, model, criterion, batches)
    assert_step(weighted, model, criterion, batches)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (lambda model, criterion, batches: None, "calls no backward"),
        (lambda model, criterion, batches: (weighted(model, criterion, batches), model.zero_grad()), "put zero_grad"),
        (lambda model, criterion, batches: (yield), "a call runs nothing"),
    ],
    ids=["nothing", "cleared", "generator"],
)
def test_a_step_that_leaves_nothing_gets_a_sentence(step, said):
    with pytest.raises((TypeError, ValueError), match=said):
        assert_step(step, *data("cross-entropy"))


def test_a_frozen_parameter_is_not_compared():
    model, criterion, batches = data("cross-entropy")
    model.bias.requires_grad_(False)
    assert_step(weighted, model, criterion, batches)
    caught(mean_of_means, model, criterion, batches)
    model.weight.requires_grad_(False)
    with pytest.raises(ValueError, match="no parameter of the model requires a gradient"):
        assert_step(weighted, model, criterion, batches)


MODEL, CRITERION, BATCHES = data("cross-entropy")
X, Y = BATCHES[0]


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"step": 3}, TypeError, "step must be a function"),
        ({"model": None}, Unsupported, "give the model"),
        ({"model": nn.Conv2d(1, 1, 1)}, Unsupported, "Supported"),
        ({"model": nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 3))}, Unsupported, "Supported"),
        ({"criterion": nn.CTCLoss()}, Unsupported, "CTCLoss"),
        ({"criterion": nn.CrossEntropyLoss(reduction="none")}, Unsupported, "how the step reduces"),
        ({"batches": []}, ValueError, "batches is empty"),
        ({"batches": X}, TypeError, "a list of"),
        ({"batches": (X, Y)}, TypeError, "batch 1 is a Tensor, and no pair"),
        ({"batches": 5}, TypeError, "batches is 5"),
        ({"batches": [(X, Y), (X,)]}, TypeError, "batch 2 is 1 things"),
        ({"batches": [(X, Y), (X, Y + 7)]}, ValueError, "batch 2: "),
        ({"batches": [{"x": X, "y": Y}]}, TypeError, r"each\['x'\], each\['y'\]"),
        ({"batches": [(X, Y), (X[:, :2], Y)]}, ValueError, "batch 2: "),
        ({"batches": [(X[0], Y[0])]}, ValueError, "one sample alone"),
        ({"precision": "bfloat16"}, TypeError, "precision='bfloat16': a dtype"),
        ({"group": object()}, ValueError, "init_process_group"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_wrong_arguments_get_a_sentence(change, error, said):
    given = {"step": weighted, "model": MODEL, "criterion": CRITERION, "batches": BATCHES, **change}
    with pytest.raises(error, match=said):
        assert_step(**given)


def test_a_finer_precision_than_the_models_is_refused():
    model, criterion, batches = data("cross-entropy", dtype=torch.float32)
    with pytest.raises(ValueError, match="finer than the model's"):
        assert_step(weighted, model, criterion, batches, precision=torch.float64)


# What is beyond parts


def test_language_models_labels_are_flattened():
    model, criterion, _ = data("cross-entropy", classes=5)
    generator = torch.Generator().manual_seed(0)
    batches = []
    for samples, length in ((2, 7), (3, 4), (1, 6)):
        labels = torch.randint(5, (samples, length), generator=generator)
        labels[0, 3:] = -100
        batches.append((torch.randn(samples, length, 4, generator=generator, dtype=torch.float64), labels))

    def step(model, criterion, batches, weigh=True):
        kept = [int((labels != -100).sum()) for _, labels in batches]
        for (inputs, labels), size in zip(batches, kept, strict=True):
            times = size / sum(kept) if weigh else 1 / len(batches)
            (criterion(model(inputs).flatten(0, 1), labels.flatten()) * times).backward()

    assert_step(step, model, criterion, batches)
    error = caught(lambda model, criterion, batches: step(model, criterion, batches, False), model, criterion, batches)
    assert [each.key for each in error.diagnosis.mistakes] == ["mean of means"]
    assert "10, 11, 3" in str(error)


def test_all_labels_ignored_tell_nothing():
    model, criterion, _ = data("cross-entropy")
    labels = torch.full((3,), -100)
    with pytest.raises(CannotTell, match="Give batches in which labels count"):
        assert_step(mean_of_means, model, criterion, [(X[:3], labels), (X[:3], labels)])


def test_a_part_without_labels_counts_in_a_mean_of_means():
    model, criterion, batches = data("cross-entropy", (4, 3, 2))
    batches[1][1].fill_(-100)
    error = caught(mean_of_means, model, criterion, batches)
    assert [each.key for each in error.diagnosis.mistakes] == ["mean of means"]
    assert "4, 0, 2" in str(error)
    assert "2, 0, 1" in str(error)


def autocast(model, criterion, batches):
    with torch.autocast("cpu", torch.bfloat16):
        weighted(model, criterion, batches)


def test_a_lower_precision_is_named_and_can_be_asked_for():
    for seed in range(5):
        model, criterion, batches = data("cross-entropy", (64, 17), torch.float32, features=64, seed=seed)
        nn.init.uniform_(model.weight, -0.125, 0.125, torch.Generator().manual_seed(seed))
        given = model, criterion, [(x.abs(), torch.zeros_like(y)) for x, y in batches]
        error = caught(autocast, *given)
        assert [str(each) for each in error.diagnosis.mistakes] == ["precision (dtype bfloat16)"]
        assert "precision=torch.bfloat16" in str(error)
        assert_step(autocast, *given, precision=torch.bfloat16)
        wrong = caught(mean_of_means, *given, precision=torch.bfloat16)
        assert wrong.diagnosis.mistakes[0].key == "last part too much"


def wrong_bias(model, criterion, batches):
    weighted(model, criterion, batches)
    model.bias.grad *= 1.5


def one_entry(model, criterion, batches):
    weighted(model, criterion, batches)
    model.weight.grad[1, 2] += 1e-3


def noise(model, criterion, batches):
    weighted(model, criterion, batches)
    generator = torch.Generator().manual_seed(1)
    for each in model.parameters():
        each.grad += 1e-6 * torch.randn(each.shape, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("step", [wrong_bias, one_entry, noise], ids=lambda step: step.__name__)
def test_what_no_weighting_explains_is_not_named_as_one(step):
    error = caught(step, *data("cross-entropy"))
    assert "no weighting of the parts explains it" in str(error)
    assert "各小批怎样加权都解释不了" in error.diagnosis.sentence.zh
    if step is wrong_bias:
        assert [str(each) for each in error.diagnosis.mistakes] == ["factor (times 3/2)"]
        assert "The gradient of the bias is wrong, that of the weight is right" in str(error)


def test_noise_of_the_size_of_a_lower_precision_is_not_one():
    def step(model, criterion, batches):
        weighted(model, criterion, batches)
        generator = torch.Generator().manual_seed(0)
        for each in model.parameters():
            each.grad += each.grad * 1e-4 * torch.randn(each.shape, generator=generator, dtype=torch.float64)

    for seed in range(5):
        assert "precision=torch" not in str(caught(step, *data("cross-entropy", seed=seed)))


@pytest.mark.parametrize(("step", "key"), [(mean_of_means, "mean of means"), (clipped_by_value, "clipped")])
def test_large_layers_are_told_of_by_all_their_entries(step, key):
    given = data("cross-entropy", features=64, classes=64)
    assert_step(weighted, *given)
    assert [each.key for each in caught(step, *given).diagnosis.mistakes] == [key]

    def but_one(model, criterion, batches):
        step(model, criterion, batches)
        model.weight.grad[1, 1] += 1e-3

    assert key not in [each.key for each in caught(but_one, *given).diagnosis.mistakes]


def test_nan_is_no_agreement():
    def step(model, criterion, batches):
        weighted(model, criterion, batches)
        model.weight.grad[0, 0] = torch.nan

    assert "nan" in str(caught(step, *data("cross-entropy")))


def test_each_alternative_is_another_statement():
    """Where all parts have one size, adding up twice and not averaging two are one and the same."""
    error = caught(sum_of_means, *data("cross-entropy", (4, 4)))
    assert error.diagnosis.mistakes[0].key == "not averaged"
    assert [[each.key for each in some] for some in error.diagnosis.alternatives] == [["counted twice"]]
    assert caught(mean_of_means, *data("cross-entropy")).diagnosis.alternatives == ()
