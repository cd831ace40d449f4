"""Unusual shapes and data: the numbers are torch's, and what surprises is named."""

import functools
import inspect

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from derivations import explain

X = torch.randn(5, 4, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
LABELS = torch.tensor([0, 1, 2, 1, 0])
INFINITE = torch.tensor([[0.5, -1.0, 2.0, 0.25], [1.0, 0.0, -0.5, 3.0]])


def linear(classes=3, dtype=torch.float64):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return nn.Linear(4, classes, dtype=dtype)


def weights(*values):
    return torch.tensor(values, dtype=torch.float64)


def random(*shape, dtype=torch.float64):
    return torch.rand(shape, generator=torch.Generator().manual_seed(4), dtype=dtype)


def labels(high, *shape):
    return torch.randint(high, shape, generator=torch.Generator().manual_seed(5))


def with_infinity(value):
    logits = INFINITE.clone()
    logits[0, 0] = value
    return logits


def with_nan(tensor):
    return torch.cat([tensor[:-1], tensor[-1:] * NAN])


def broken(name):
    model = linear()
    getattr(model, name).data[0] = NAN
    return model


def frozen(name):
    model = linear()
    getattr(model, name).requires_grad_(False)
    return model


def half(*values):
    return torch.tensor(values, dtype=torch.float16).squeeze(0)


def one_row_off():
    rows = random(5, 3).log_softmax(1)
    rows[3] += 0.01
    return rows


INF, NAN = torch.inf, torch.nan
CE, MSE, BCE, NLL = nn.CrossEntropyLoss, nn.MSELoss, nn.BCEWithLogitsLoss, nn.NLLLoss
NAMED = {
    "all ignored": (linear(), CE(), X, torch.full((5,), -100), "Every target is ignored"),
    "all ignored, smoothed": (linear(), CE(ignore_index=1, label_smoothing=0.1), X, LABELS * 0 + 1, "Every target"),
    "some ignored, unasked": (linear(), CE(), X, torch.tensor([0, -100, 2, 1, -100]), "torch's usual ignore_index"),
    "zero total weight": (linear(), CE(weight=weights(0, 1, 1)), X, LABELS * 0, "add up to 0"),
    "zero total weight, smoothed": (
        linear(),
        CE(weight=weights(0, 1, 1), label_smoothing=0.1),
        X,
        LABELS * 0,
        "add up to 0",
    ),
    "zero total weight, NLL": (None, nn.NLLLoss(weight=weights(0, 1, 1, 1)), X, LABELS * 0, "add up to 0"),
    "negative weight": (linear(), CE(weight=weights(-1, 1, 1.5)), X, LABELS, "no longer convex"),
    "negative weights": (linear(), CE(weight=weights(-1, -1, -2)), X, LABELS, "no longer convex"),
    "weights that cancel, MSE": (
        None,
        functools.partial(F.mse_loss, weight=weights(1, -1)),
        weights(1, 2),
        weights(0, 0),
        "add up to 0",
    ),
    "MSE broadcasts one column": (linear(), MSE(), X, random(5, 1), "broadcasts them to (5, 3)"),
    "empty batch": (linear(), CE(), X[:0], LABELS[:0], "The batch is empty"),
    "empty batch, MSE": (linear(), MSE(), X[:0], random(0, 3), "The batch is empty"),
    "one class": (linear(1), CE(), X, LABELS * 0, "There is one class"),
    "an infinite logit": (None, CE(), with_infinity(torch.inf), torch.tensor([1, 2]), "infinite"),
    "a logit of −∞": (None, CE(), with_infinity(-torch.inf), torch.tensor([1, 2]), "infinite"),
    "a logit of −∞ at the target": (None, CE(), with_infinity(-torch.inf), torch.tensor([0, 2]), "infinite"),
    "a logit of −∞, smoothed": (
        None,
        CE(label_smoothing=0.1),
        with_infinity(-torch.inf),
        torch.tensor([0, 2]),
        "infinite",
    ),
    "MSE broadcasts the outputs": (None, MSE(), random(2, 1), random(2), "broadcasts them to (2, 2)"),
    "MSE broadcasts a model's outputs": (linear(1), MSE(), X, random(5), "broadcasts them to (5, 5)"),
    "MSE broadcasts the targets": (linear(), MSE(), X, random(3), "broadcasts them to (5, 3)"),
    "all ignored, summed": (linear(), CE(reduction="sum"), X, LABELS * 0 - 100, "loss and gradient are 0"),
    "all ignored, apart": (linear(), CE(reduction="none"), X, LABELS * 0 - 100, "each loss is 0, and so is"),
    "empty batch, summed": (linear(), CE(reduction="sum"), X[:0], LABELS[:0], "empty: loss and gradient are 0"),
    "empty batch, apart": (linear(), CE(reduction="none"), X[:0], LABELS[:0], "empty: there is no loss at all"),
    "probabilities for logits": (None, CE(), random(5, 3).softmax(1), LABELS, "CrossEntropyLoss takes logits"),
    "probabilities at several positions": (None, CE(), random(2, 3, 4).softmax(1), labels(3, 2, 4), "takes logits"),
    "probabilities for logits, BCE": (None, BCE(), random(5, 3), random(5, 3), "BCEWithLogitsLoss takes logits"),
    "probabilities for their logarithms": (None, NLL(), random(5, 3).softmax(1), LABELS, "are no log-probabilities"),
    "one row of no log-probabilities": (None, NLL(), one_row_off(), LABELS, "are no log-probabilities"),
    "nan in the inputs": (linear(), CE(), with_nan(X), LABELS, "There is nan in inputs"),
    "nan in the outputs": (None, MSE(), with_nan(X), X, "There is nan in outputs"),
    "nan in the targets": (None, MSE(), X, with_nan(X), "There is nan in targets"),
    "nan in the weight": (broken("weight"), CE(), X, LABELS, "There is nan in model.weight"),
    "nan in the bias": (broken("bias"), CE(), X, LABELS, "There is nan in model.bias"),
    "nan in a class weight": (linear(), CE(weight=weights(1, NAN, 1)), X, LABELS, "There is nan in criterion.weight"),
    "nan in pos_weight": (linear(), BCE(pos_weight=weights(1, NAN, 1)), X, random(5, 3), "nan in criterion.pos_weight"),
    "an infinite class weight": (linear(), CE(weight=weights(1, INF, 1)), X, LABELS, "an infinity in criterion.weight"),
    "frozen weight": (frozen("weight"), CE(), X, LABELS, "requires_grad of weight is False"),
    "frozen bias": (frozen("bias"), CE(), X, LABELS, "requires_grad of bias is False"),
    "a divisor beyond float16": (
        None,
        CE(weight=half(6e4, 6e4)),
        half([[1, 2]] * 3),
        LABELS[:3] % 2,
        "divides by 180000",
    ),
    "a divisor beyond float16, MSE": (
        None,
        functools.partial(F.mse_loss, weight=half(6e4, 6e4)),
        half(1, 2),
        half(1, 1),
        "divides by 120000, and float16 ends at 65504",
    ),
    "classes at dimension 1 of (N, T, C)": (linear(), CE(), random(2, 6, 4), labels(6, 2, 3), "takes dimension 1"),
}


#: Of which tensors nothing can be told: what is not defined, or comes of nan, is nan on both sides, what is divided by
#: more than float16 holds is 0 on both, and the bias of outputs whose last dimension is not the classes' has a gradient
#: of 0, for each row sums over a softmax minus its target.
UNTOLD = {
    "zero total weight": ("weight", "bias", "inputs", "outputs"),
    "zero total weight, smoothed": ("weight", "bias", "inputs", "outputs"),
    "zero total weight, NLL": ("outputs",),
    "weights that cancel, MSE": ("outputs", "targets"),
    "classes at dimension 1 of (N, T, C)": ("bias",),
    "(N, T, D), NLL": ("bias",),
    "nan in the inputs": ("weight", "bias"),
    "nan in the outputs": ("outputs", "targets"),  # whose other entries are at their minimum, 0
    "nan in the targets": ("outputs", "targets"),
    "nan in the weight": ("weight", "bias", "inputs", "outputs"),
    "nan in the bias": ("weight", "bias", "inputs", "outputs"),
    "nan in a class weight": ("weight", "bias", "inputs", "outputs"),
    "nan in pos_weight": ("inputs",),
    "an infinite class weight": ("weight", "bias", "inputs", "outputs"),
    "a divisor beyond float16": ("outputs",),
    "a divisor beyond float16, MSE": ("outputs", "targets"),
}


def told_of(certificate, untold=()):
    """All tensors but those agree; of those nothing can be told."""
    wanted = {row.wrt: "cannot tell" if row.wrt in untold else "agrees" for row in certificate.rows}
    assert {row.wrt: row.verdict for row in certificate.rows} == wanted, str(certificate)
    assert certificate.verdict == ("cannot tell" if untold else "agrees")


@pytest.mark.parametrize("name", NAMED)
def test_what_surprises_is_reproduced_and_named(name):
    model, criterion, inputs, targets, says = NAMED[name]
    explanation = explain(model, criterion)
    incoming = torch.ones(len(targets), dtype=inputs.dtype) if explanation.loss.reduction == "none" else None
    certificate = explanation.certify(inputs, targets, wrt=explanation.setup.wrt, grad_output=incoming)
    told_of(certificate, UNTOLD.get(name, ()))
    assert any(says in note.en for note in certificate.notes)
    assert says in str(certificate)
    assert all(note.zh for note in certificate.notes)


@pytest.mark.parametrize(
    ("criterion", "outputs", "targets", "says"),
    [
        (BCE(pos_weight=weights(1, INF, 1)), random(5, 3), random(5, 3), "an infinity in criterion.pos_weight"),
        (
            CE(),
            half([[0.5, 2.0]]).repeat(70000, 1),
            torch.zeros(70000, dtype=torch.int64),
            "divides by 70000, and float16",
        ),
    ],
    ids=["an infinite pos_weight", "more rows than float16 counts"],
)
def test_what_torch_makes_of_it_is_not_reproduced_but_named(criterion, outputs, targets, says):
    certificate = explain(None, criterion).certify(outputs, targets)
    assert not certificate
    assert any(says in note.en for note in certificate.notes)
    assert says in str(certificate)


UNREMARKABLE = {
    "a weight of 0": (linear(), CE(weight=weights(0, 1, 2)), X, LABELS),
    "weights of 0, summed": (linear(), CE(weight=weights(0, 1, 1), reduction="sum"), X, LABELS * 0),
    "a label ignored as asked": (linear(), CE(ignore_index=1), X, LABELS),
    "two classes": (linear(2), CE(), X, LABELS % 2),
    "one column, MSE": (linear(1), MSE(), X, random(5, 1)),
    "one column, BCE": (linear(1), BCE(), X, random(5, 1)),
    "one class, NLL": (None, nn.NLLLoss(), torch.zeros(5, 1), LABELS * 0),
    "ordinary": (linear(), CE(), X, LABELS),
    "logits": (None, CE(), random(5, 3) - 0.5, LABELS),
    "one row of probabilities among logits": (
        None,
        CE(),
        torch.cat([random(4, 3), weights([0.5, 0.25, 0.25])]),
        LABELS,
    ),
    "outputs that add up to 1": (None, CE(), weights([2.0, -1.5, 0.5], [3.0, -3.0, 1.0]), LABELS[:2]),
    "few outputs between 0 and 1": (None, BCE(), random(7), random(7)),
    "logits of 0": (None, BCE(), weights([0.0] * 9), random(1, 9)),
    "log-probabilities": (None, NLL(), random(5, 3).log_softmax(1), LABELS),
    "log-probabilities in bfloat16": (None, NLL(), (9 * random(5, 300)).log_softmax(1).bfloat16(), LABELS),
    "probabilities for real numbers": (None, MSE(), random(5, 3).softmax(1), random(5, 3)),
    "a divisor that float16 holds": (None, CE(weight=half(3e4, 3e4)), half([[1, 2]] * 2), LABELS[:2]),
    "no divisor": (None, CE(weight=half(6e4, 6e4), reduction="sum"), half([[1, 2]] * 3), LABELS[:3] % 2),
    "a large divisor of probabilities": (None, CE(weight=half(6e4, 6e4)), half([[1, 2]] * 2), half([[0.5, 0.5]] * 2)),
}


@pytest.mark.parametrize("name", UNREMARKABLE)
def test_what_does_not_surprise_is_not_named(name):
    model, criterion, inputs, targets = UNREMARKABLE[name]
    assert explain(model, criterion).certify(inputs, targets).notes == ()


@pytest.mark.parametrize("name", [name for name in NAMED if "broadcasts" in name])
def test_a_note_names_the_shape_in_both_languages(name):
    model, criterion, inputs, targets, says = NAMED[name]
    (note,) = explain(model, criterion).certify(inputs, targets).notes
    assert f"广播成 {says.removeprefix('broadcasts them to ')}，" in note.zh


def test_unnormalised_probabilities_are_named():
    explanation = explain(linear(), CE(), targets="probabilities")
    certificate = explanation.certify(X, 2 * random(5, 3), wrt=explanation.setup.wrt, exact=True)
    assert certificate
    assert "do not add up to 1" in certificate.notes[0].en
    normal = torch.softmax(random(5, 3), 1)
    assert "do not add up to 1" in explanation.certify(X, 1.01 * normal).notes[0].en
    assert explanation.certify(X, normal).notes == ()


@pytest.mark.parametrize("name", ["all ignored", "zero total weight", "empty batch"])
def test_the_edges_that_autograd_defines(name):
    model, criterion, inputs, targets, _ = NAMED[name]
    found = explain(model, criterion).gradients(inputs, targets)["weight"]
    assert bool(found.isnan().all()) if name == "zero total weight" else bool((found == 0).all())


SHAPES = {
    "unbatched": (linear(), CE(), X[0], torch.tensor(1)),
    "unbatched, MSE": (linear(), MSE(), X[0], random(3)),
    "a number": (None, MSE(), random(), random()),
    "(N, C, d1, d2)": (
        None,
        CE(weight=weights(1, 2, 0.5), label_smoothing=0.2),
        random(2, 3, 4, 5),
        labels(3, 2, 4, 5),
    ),
    "(N, C, d1), ignored": (None, CE(ignore_index=2), random(2, 3, 4), labels(3, 2, 4)),
    "(N, C, d1), NLL": (None, nn.NLLLoss(weight=weights(1, 2, 0.5)), random(2, 3, 4), labels(3, 2, 4)),
    "(N, T, D), MSE": (linear(), MSE(), random(2, 6, 4), random(2, 6, 3)),
    "(N, T, D), BCE": (linear(), BCE(pos_weight=weights(1, 2, 3)), random(2, 6, 4), random(2, 6, 3)),
    "(N, T, D), NLL": (nn.Sequential(linear(), nn.LogSoftmax(1)), nn.NLLLoss(), random(2, 6, 4), labels(6, 2, 3)),
    "weights that broadcast": (
        None,
        BCE(weight=random(2, 1, 1), pos_weight=random(3, 1)),
        random(2, 3, 4),
        random(2, 3, 4),
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_that_torch_takes(name):
    model, criterion, inputs, targets = SHAPES[name]
    explanation = explain(model, criterion)
    certificate = explanation.certify(inputs, targets, wrt=explanation.setup.wrt)
    told_of(certificate, UNTOLD.get(name, ()))
    assert all(row.closed_form.shape == row.autograd.shape for row in certificate.rows)


EDGES = {name: row[:4] for name, row in {**NAMED, **UNREMARKABLE, **SHAPES}.items()}
#: Where printed code refuses what torch takes: what is no matrix, nor an array with samples in its first dimension.
NO_ROWS = ("unbatched", "a number")
NO_MEAN = ("empty batch, MSE",)
BACKENDS = ("torch", "numpy")


def pasted(explanation, wrt, backend, extra_dimensions):
    """The printed function, from an empty namespace, of the tensors of the user by the names that the code has."""
    namespace = {}
    exec(explanation.code(*wrt, backend=backend, extra_dimensions=extra_dimensions), namespace)
    function, setup = namespace["gradients"], explanation.setup

    def call(inputs, targets, **others):
        arrays = {setup.loss.target_name: targets, **setup.options, **others}
        if setup.model is None:
            arrays |= {"Z": inputs, "Q": inputs}
        else:
            arrays |= {"X": inputs, "W": setup.model.weight.detach(), "b": setup.model.bias.detach()} | others
        if backend == "numpy":
            arrays = {name: each.numpy() if isinstance(each, torch.Tensor) else each for name, each in arrays.items()}
        with np.errstate(all="ignore"):
            found = function(*[arrays[each] for each in inspect.signature(function).parameters])
        found = found if len(wrt) > 1 else {wrt[0]: found}
        return {each: torch.as_tensor(value) for each, value in found.items()}

    return call


@pytest.mark.parametrize("extra_dimensions", [False, True], ids=["matrices", "more dimensions"])
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", EDGES)
def test_printed_code_computes_what_gradients_computes(name, backend, extra_dimensions):
    """As pasted, at every edge: bit by bit with torch. What it does not take, it refuses."""
    model, criterion, inputs, targets = EDGES[name]
    if backend == "numpy" and inputs.dtype == torch.bfloat16:
        pytest.skip("numpy has no bfloat16")
    explanation = explain(model, criterion).for_targets(targets)
    wrt, apart = explanation.setup.wrt, {}
    if explanation.loss.reduction == "none":
        apart = {"grad_output": random(len(targets)).to(inputs.dtype)}
    call = pasted(explanation, wrt, backend, extra_dimensions)
    no_matrix = inputs.dim() != 2 or (targets.dim() > 2 and not explanation.loss.real_targets)
    if name in NO_MEAN or (no_matrix and not extra_dimensions) or (name in NO_ROWS and extra_dimensions):
        with pytest.raises(ZeroDivisionError if name in NO_MEAN else (ValueError, IndexError)):
            call(inputs, targets, **apart)
        return
    found = call(inputs, targets, **apart)
    assert list(found) == list(wrt)
    relative = 1e-6 if inputs.dtype == torch.float64 else 4 * torch.finfo(inputs.dtype).eps
    for each, value in explanation.gradients(inputs, targets, wrt=wrt, **apart).items():
        assert found[each].shape == value.shape
        close = {"rtol": 0, "atol": 0} if backend == "torch" else {"rtol": relative, "atol": 1e-15}
        torch.testing.assert_close(found[each], value, **close, equal_nan=True)


C3, VECTOR, ONE = labels(3, 5), random(5), random(1)
PARTIAL_MSE = functools.partial(F.mse_loss, weight=random(5, 3))
WOULD_BROADCAST = {
    "labels in a column": (linear(), CE(), {"y": C3[:, None]}),
    "too many labels": (linear(), CE(), {"y": labels(3, 6)}),
    "one label": (linear(), CE(), {"y": C3[:1]}),
    "a label of -1": (linear(), CE(), {"y": C3 - 1 - C3.min()}),
    "a label that is C": (linear(), CE(), {"y": C3 + 3 - C3.max()}),
    "a label of -100, with another ignored": (linear(), CE(ignore_index=1), {"y": C3 - 100}),
    "a label of -1, NLL": (None, nn.NLLLoss(), {"y": C3 - 1 - C3.min()}),
    "a long weight": (linear(), CE(weight=random(3)), {"weight": random(4)}),
    "one weight": (linear(), CE(weight=random(3)), {"weight": ONE}),
    "one weight, NLL": (None, nn.NLLLoss(weight=random(3)), {"weight": ONE}),
    "one bias": (linear(), MSE(), {"b": ONE}),
    "a bias of more classes": (linear(1), MSE(), {"b": random(3)}),
    "probabilities in a row": (linear(), CE(), {"Y": random(3)}),
    "probabilities in a column": (linear(), CE(), {"Y": random(5, 1)}),
    "BCE targets in a row": (linear(), BCE(), {"Y": random(3)}),
    "BCE targets, one dimension": (linear(1), BCE(), {"Y": VECTOR}),
    "BCE weights that are more": (linear(1), BCE(weight=random(5, 1)), {"weight": VECTOR}),
    "BCE pos_weight that is more": (linear(1), BCE(pos_weight=ONE), {"pos_weight": VECTOR}),
    "weighted MSE, targets in a row": (linear(), PARTIAL_MSE, {"Y": random(3)}),
    "weighted MSE, weights in a row": (linear(), PARTIAL_MSE, {"weight": random(3)}),
    "an incoming number": (linear(), CE(reduction="none"), {"grad_output": ONE}),
    "an incoming column": (linear(), CE(reduction="none"), {"grad_output": random(5, 1)}),
    "an incoming row, MSE": (linear(), MSE(reduction="none"), {"grad_output": random(3)}),
}


@pytest.mark.parametrize("extra_dimensions", [False, True], ids=["matrices", "more dimensions"])
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", WOULD_BROADCAST)
def test_printed_code_refuses_what_would_be_another_gradient(name, backend, extra_dimensions):
    model, criterion, wrong = WOULD_BROADCAST[name]
    explanation = explain(model, criterion, targets="probabilities" if "probabilities" in name else None)
    inputs = X if model else torch.log_softmax(X[:, :3], 1)
    targets = random(5, model.out_features) if explanation.loss.real_targets else C3
    right = {"grad_output": explanation.setup.random_grad_output(inputs, targets, torch.Generator())}
    call = pasted(explanation, explanation.setup.parameters, backend, extra_dimensions)
    assert call(inputs, targets, **right)
    with pytest.raises((ValueError, RuntimeError)):
        call(inputs, targets, **{**right, **wrong})


@pytest.mark.parametrize("targets", ["indices", "probabilities"])
def test_an_incoming_vector_of_any_shape(targets):
    logits, incoming = random(2, 3, 4), random(2, 4) - 0.5
    given = labels(3, 2, 4) if targets == "indices" else torch.softmax(-random(2, 3, 4), 1)
    explanation = explain(None, CE(reduction="none"), targets=targets)
    wrt = explanation.setup.wrt
    assert explanation.certify(logits, given, wrt=wrt, grad_output=incoming)
    namespace = {}
    exec(explanation.code(*wrt, extra_dimensions=True), namespace)
    found = namespace["gradients"](logits, given, incoming)
    for each, value in explanation.gradients(logits, given, wrt=wrt, grad_output=incoming).items():
        torch.testing.assert_close(found if len(wrt) == 1 else found[each], value, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16], ids=str)
@pytest.mark.parametrize("criterion", [CE(), BCE(), CE(label_smoothing=0.1)], ids=str)
def test_logits_of_ten_thousand_do_not_overflow(criterion, dtype):
    logits = (random(16, 4, dtype=torch.float32) * 2e4 - 1e4).to(dtype)
    targets = labels(4, 16) if isinstance(criterion, CE) else random(16, 4, dtype=torch.float32).to(dtype)
    certificate = explain(None, criterion).certify(logits, targets)
    assert certificate, str(certificate)
    assert bool(certificate.rows[0].closed_form.isfinite().all())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16], ids=str)
@pytest.mark.parametrize("hard", [False, True], ids=["random", "constant columns and W = 0"])
def test_many_rows_and_classes(dtype, hard):
    """Where rounding accumulates most: thousands of rows, 1000 classes, columns that are constant, W = 0."""
    model = linear(1000, dtype)
    inputs = random(2048, 4, dtype=torch.float32)
    if hard:
        nn.init.zeros_(model.weight)
        inputs = torch.ones(2048, 4)
    certificate = explain(model, CE()).certify(inputs.to(dtype), labels(1000, 2048))
    assert certificate or (dtype == torch.float16 and certificate.verdict == "cannot tell"), str(certificate)


@pytest.mark.parametrize(
    ("model", "criterion", "inputs", "targets", "options", "says"),
    [
        (None, CE(reduction="none"), random(2, 3), labels(3, 2), {}, r"grad_output of that shape, .*torch.ones\(2,\)"),
        (None, CE(), random(2, 3), labels(3, 2), {"grad_output": random(2)}, "grad_output is for reduction='none'"),
        (None, CE(reduction="none"), random(2, 3), labels(3, 2), {"grad_output": random(3)}, r"given .*\(3,\)"),
        (None, CE(weight=weights(1, 2)), random(2, 3), labels(3, 2), {}, "one entry for each of 3 classes; given"),
        (None, CE(weight=weights(1, 2, 3)), random(2, 3).float(), labels(3, 2), {}, "weight is torch.float64"),
        (None, BCE(), random(2, 3), random(2), {}, r"the outputs' shape \(2, 3\)"),
        (None, BCE(pos_weight=weights(1, 2)), random(2, 3), random(2, 3), {}, "must broadcast to the outputs' shape"),
        (None, BCE(pos_weight=random(4, 2, 3)), random(2, 3), random(2, 3), {}, "must broadcast to the outputs' shape"),
        (
            None,
            functools.partial(F.mse_loss, weight=random(2, 3)),
            random(2, 3),
            random(3),
            {},
            "with a weight, targets",
        ),
        (None, functools.partial(F.mse_loss, weight=random(3)), random(2, 3), random(2, 3), {}, "weight must have"),
        (None, CE(), random(), torch.tensor(0), {}, "a dimension for the classes"),
        (linear(), CE(), random(2, 6, 4), labels(6, 2, 3), {"exact": True}, "exact=True wants a batch"),
        (
            nn.Sequential(linear(), nn.LogSoftmax(-1)),
            nn.NLLLoss(),
            random(2, 6, 4),
            labels(6, 2, 3),
            {},
            "does not run over what NLLLoss takes for the classes",
        ),
    ],
)
def test_what_torch_refuses_is_refused_with_a_sentence(model, criterion, inputs, targets, options, says):
    with pytest.raises(ValueError, match=says):
        explain(model, criterion).certify(inputs, targets, **options)
