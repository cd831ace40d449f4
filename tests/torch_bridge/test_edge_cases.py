"""Unusual shapes and data: the numbers are torch's, and what surprises is named."""

import functools
import inspect

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


CE, MSE, BCE = nn.CrossEntropyLoss, nn.MSELoss, nn.BCEWithLogitsLoss
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
    "classes at dimension 1 of (N, T, C)": (linear(), CE(), random(2, 6, 4), labels(6, 2, 3), "takes dimension 1"),
}


#: Of which tensors nothing can be told: what is not defined is nan on both sides, and the bias of outputs whose last
#: dimension is not the classes' has a gradient of 0, for each row sums over a softmax minus its target.
UNTOLD = {
    "zero total weight": ("weight", "bias", "inputs", "outputs"),
    "zero total weight, smoothed": ("weight", "bias", "inputs", "outputs"),
    "zero total weight, NLL": ("outputs",),
    "weights that cancel, MSE": ("outputs", "targets"),
    "classes at dimension 1 of (N, T, C)": ("bias",),
    "(N, T, D), NLL": ("bias",),
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
    certificate = explanation.certify(inputs, targets, wrt=explanation.setup.wrt)
    told_of(certificate, UNTOLD.get(name, ()))
    assert any(says in note.en for note in certificate.notes)
    assert says in str(certificate)
    assert all(note.zh for note in certificate.notes)


UNREMARKABLE = {
    "a weight of 0": (linear(), CE(weight=weights(0, 1, 2)), X, LABELS),
    "weights of 0, summed": (linear(), CE(weight=weights(0, 1, 1), reduction="sum"), X, LABELS * 0),
    "a label ignored as asked": (linear(), CE(ignore_index=1), X, LABELS),
    "two classes": (linear(2), CE(), X, LABELS % 2),
    "one column, MSE": (linear(1), MSE(), X, random(5, 1)),
    "one column, BCE": (linear(1), BCE(), X, random(5, 1)),
    "one class, NLL": (None, nn.NLLLoss(), random(5, 1), LABELS * 0),
    "ordinary": (linear(), CE(), X, LABELS),
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


@pytest.mark.parametrize("backend", ["torch", "numpy"])
@pytest.mark.parametrize("name", [name for name in SHAPES if name.startswith("(") or name.startswith("weights")])
def test_printed_code_for_more_dimensions_runs_when_pasted(name, backend):
    model, criterion, inputs, targets = SHAPES[name]
    explanation = explain(model, criterion)
    setup = explanation.setup
    wrt = [each for each in setup.wrt if each != "targets" and (setup.log_softmax is None or each != "outputs")]
    text = explanation.code(*wrt, backend=backend, extra_dimensions=True)
    namespace = {}
    exec(text, namespace)
    arrays = {setup.loss.target_name: targets, **setup.options}
    if setup.model is None:
        arrays |= {"Z": inputs, "Q": inputs}
    else:
        arrays |= {"X": inputs, "W": setup.model.weight.detach(), "b": setup.model.bias.detach()}
    if backend == "numpy":
        arrays = {each: array.numpy() if isinstance(array, torch.Tensor) else array for each, array in arrays.items()}
    found = namespace["gradients"](*[arrays[each] for each in inspect.signature(namespace["gradients"]).parameters])
    found = found if len(wrt) > 1 else {wrt[0]: found}
    for each, value in explanation.gradients(inputs, targets, wrt=wrt).items():
        torch.testing.assert_close(torch.as_tensor(found[each]), value, rtol=1e-12, atol=1e-15)


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
    assert certificate.verdict == ("cannot tell" if dtype == torch.bfloat16 else "agrees"), str(certificate)
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
    assert certificate.verdict == ("agrees" if dtype == torch.float32 else "cannot tell"), str(certificate)


@pytest.mark.parametrize(
    ("model", "criterion", "inputs", "targets", "options", "says"),
    [
        (None, CE(reduction="none"), random(2, 3), labels(3, 2), {}, r"grad_output of that shape, .*torch.ones\(2,\)"),
        (None, CE(), random(2, 3), labels(3, 2), {"grad_output": random(2)}, "grad_output is for reduction='none'"),
        (None, CE(reduction="none"), random(2, 3), labels(3, 2), {"grad_output": random(3)}, r"given .*\(3,\)"),
        (None, CE(), random(2, 3), random(2, 3), {}, "targets='probabilities'"),
        (None, CE(weight=weights(1, 2)), random(2, 3), labels(3, 2), {}, "one entry for each of 3 classes; given"),
        (None, CE(weight=weights(1, 2, 3)), random(2, 3).float(), labels(3, 2), {}, "weight is torch.float64"),
        (None, BCE(), random(2, 3), random(2), {}, r"the outputs' shape \(2, 3\)"),
        (None, BCE(pos_weight=weights(1, 2)), random(2, 3), random(2, 3), {}, "must broadcast to the outputs' shape"),
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
