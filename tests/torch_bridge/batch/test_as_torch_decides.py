"""What torch tells from the data, we tell from the data: labels or probabilities, and when backward needs a vector."""

import functools
import warnings

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from derivations import explain

CE, MSE, NLL = nn.CrossEntropyLoss, nn.MSELoss, nn.NLLLoss
GENERATOR = torch.Generator().manual_seed(8)


def random(*shape):
    return torch.randn(shape, generator=GENERATOR, dtype=torch.float64)


def labels(*shape):
    return torch.randint(3, shape, generator=GENERATOR)


def linear(bias=True):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(2)
        return nn.Linear(4, 3, bias=bias, dtype=torch.float64)


WEIGHT = torch.tensor([0.5, 2.0, 1.25], dtype=torch.float64)
OPTIONS = {
    "plain": {},
    "weight": {"weight": WEIGHT},
    "smoothed": {"label_smoothing": 0.2},
    "both": {"weight": WEIGHT, "label_smoothing": 0.2},
    "sum": {"reduction": "sum"},
}
SHAPES = {"(C,)": (3,), "(N, C)": (5, 3), "(N, C, d)": (2, 3, 4), "(N, C, d1, d2)": (2, 3, 2, 2)}


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("shape", SHAPES)
def test_probabilities_are_told_from_labels_by_their_shape(shape, options):
    outputs, explanation = random(*SHAPES[shape]), explain(None, CE(**OPTIONS[options]))
    axis = min(1, outputs.dim() - 1)
    for targets in (random(*SHAPES[shape]).softmax(axis), labels(*outputs.select(axis, 0).shape)):
        certificate = explanation.certify(outputs, targets)
        assert certificate, str(certificate.mismatch())
        assert certificate.setup.loss.real_targets == targets.is_floating_point()
    assert explanation.loss.targets == "indices"  # which is what is shown without data


def test_a_gradient_in_the_targets_where_they_are_probabilities():
    explanation, outputs = explain(None, CE()), random(5, 3)
    assert explanation.certify(outputs, random(5, 3).softmax(1), wrt=("targets", "outputs"))
    with pytest.raises(ValueError, match="wrt='targets'"):
        explanation.certify(outputs, labels(5), wrt="targets")


@pytest.mark.parametrize("said", ["indices", "probabilities"])
def test_what_was_said_of_the_targets_and_is_false_is_refused(said):
    explanation, given = explain(None, CE(), said), {"indices": labels(5), "probabilities": random(5, 3).softmax(1)}
    assert explanation.certify(random(5, 3), given.pop(said))
    (other,) = given
    with pytest.raises(
        ValueError, match=rf"told targets='{said}', but to torch these are {other}: .* Leave targets= out"
    ):
        explanation.gradients(random(5, 3), given[other])


@pytest.mark.parametrize("ignored", [-100, -1, 1])
def test_ignore_index_belongs_to_labels(ignored):
    explanation = explain(None, CE(ignore_index=ignored))
    assert explanation.certify(random(5, 3), torch.tensor([0, ignored, 2, ignored, 0]))
    if ignored < 0:
        assert explanation.certify(random(5, 3), random(5, 3).softmax(1))
    else:
        with pytest.raises(ValueError, match="names no class to ignore"):
            explanation.certify(random(5, 3), random(5, 3).softmax(1))


ONE_NUMBER = {
    "labels": (None, CE(reduction="none"), random(3), labels()),
    "probabilities": (None, CE(reduction="none"), random(3), random(3).softmax(0)),
    "of a model": (linear(), CE(reduction="none"), random(4), labels()),
    "NLL": (None, NLL(reduction="none"), random(3).log_softmax(0), labels()),
    "MSE": (None, MSE(reduction="none"), random(), random()),
    "a batch of one": (None, CE(reduction="none"), random(1, 3), labels(1)),
    "one entry": (None, MSE(reduction="none"), random(1, 1), random(1, 1)),
}


@pytest.mark.parametrize("name", ONE_NUMBER)
def test_a_loss_of_one_number_needs_no_vector(name):
    model, criterion, inputs, targets = ONE_NUMBER[name]
    explanation = explain(model, criterion)
    assert explanation.certify(inputs, targets)
    leaf = inputs.clone().requires_grad_()
    criterion(leaf if model is None else model(leaf), targets).backward()
    wrt = "outputs" if model is None else "inputs"
    found = explanation.gradients(inputs, targets, wrt=wrt)[wrt]
    torch.testing.assert_close(found, leaf.grad, rtol=1e-12, atol=1e-15)
    shape = criterion(inputs if model is None else model(inputs), targets).shape
    twice = explanation.gradients(inputs, targets, wrt=wrt, grad_output=2 * torch.ones(shape, dtype=torch.float64))[wrt]
    torch.testing.assert_close(twice, 2 * found)


def test_labels_of_one_byte_are_labels():
    """Of 300 classes, 156 is one of them, and −100 as a byte."""
    outputs, targets = random(4, 300), torch.tensor([0, 156, 255, 156], dtype=torch.uint8)
    certificate = explain(None, CE()).certify(outputs, targets)
    assert certificate, str(certificate.mismatch())
    assert not certificate.notes
    expected = F.cross_entropy(outputs, targets).item()
    assert certificate.loss == expected


# Numbers that are no tensors


def as_list(tensor):
    return tensor.tolist()


def as_float64(tensor):
    return tensor.double().numpy() if tensor.is_floating_point() else tensor.int().numpy()


def reversed_view(tensor):
    return tensor.flip(0).numpy()[::-1]


@pytest.mark.parametrize("convert", [as_list, as_float64, reversed_view, torch.Tensor.numpy])
@pytest.mark.parametrize("criterion", [CE(), MSE(), MSE(reduction="none"), nn.BCEWithLogitsLoss()], ids=str)
def test_arrays_and_lists_are_numbers_in_the_dtype_of_the_model(criterion, convert):
    inputs = random(5, 4).float()
    targets = labels(5) if isinstance(criterion, CE) else random(5, 3).float().sigmoid()
    incoming = random(5, 3).float() if criterion.reduction == "none" else None
    explanation = explain(linear().float(), criterion)
    right = explanation.gradients(inputs, targets, grad_output=incoming)
    given = None if incoming is None else convert(incoming)
    found = explanation.gradients(convert(inputs), convert(targets), grad_output=given)
    assert explanation.certify(convert(inputs), convert(targets), grad_output=given)
    for name, value in found.items():
        assert value.dtype == torch.float32
        assert torch.equal(value, right[name])


def test_tensors_that_have_a_gradient_of_their_own():
    """They are taken as numbers: nothing is added to their graph, nor to their .grad."""
    inputs, targets = random(5, 4).requires_grad_(), (2 * random(5, 3).requires_grad_()).softmax(1)
    explanation = explain(linear(), CE())
    assert explanation.certify(inputs, targets, wrt=("weight", "inputs", "targets"))
    assert not any(value.requires_grad for value in explanation.gradients(inputs, targets).values())
    assert inputs.grad is None


def test_outputs_that_are_no_tensors():
    explanation = explain(None, CE())
    for outputs, dtype in (
        (np.ones((2, 3)), torch.float64),
        (np.ones((2, 3), "f"), torch.float32),
        ([[1, 2, 3]] * 2, None),
    ):
        for targets in ([0, 2], np.array([0, 2], dtype=np.int16), [[0.5, 0.25, 0.25]] * 2):
            found = explanation.gradients(outputs, targets)["outputs"]
            assert found.dtype == (dtype or torch.get_default_dtype())
            expected = torch.tensor(outputs, dtype=found.dtype).requires_grad_()
            given = torch.as_tensor(targets)
            F.cross_entropy(expected, given.long() if given.dim() == 1 else given.to(found.dtype)).backward()
            torch.testing.assert_close(found, expected.grad)


# A linear layer and cross-entropy in one

CHUNKED = nn.LinearCrossEntropyOptions(batch_chunk_size=2, chunking_method=None)
FUSED_OPTIONS = {**OPTIONS, "ignored": {"ignore_index": 1}, "apart": {"reduction": "none"}}


def certified(explanation, inputs, targets):
    incoming = random(*targets.shape) if explanation.loss.reduction == "none" else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where torch does not use the chunks
        return explanation.certify(inputs, targets, grad_output=incoming)


@pytest.mark.parametrize("chunks", [None, CHUNKED], ids=["whole", "in chunks"])
@pytest.mark.parametrize("name", FUSED_OPTIONS)
def test_linear_cross_entropy(name, chunks):
    options = {**FUSED_OPTIONS[name], "options": chunks}
    for bias in (True, False):
        module = nn.LinearCrossEntropyLoss(4, 3, bias=bias, dtype=torch.float64, **options)
        model, function = linear(bias), functools.partial(F.linear_cross_entropy, **options)
        for explanation in (explain(None, module), explain(model, function), explain(module.linear, module)):
            assert explanation.setup.wrt == ("weight", *(("bias",) if bias else ()), "inputs", "outputs")
            for inputs, targets in ((random(5, 4), labels(5)), (random(4), torch.tensor(2))):
                certificate = certified(explanation, inputs, targets)
                assert certificate, str(certificate.mismatch())
    assert str(explain(None, module).setup) == "LinearCrossEntropyLoss(4, 3)"


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("positions", [(2,), (2, 3)], ids=str)
@pytest.mark.parametrize("name", FUSED_OPTIONS)
def test_linear_cross_entropy_at_several_positions(name, positions, bias):
    options = FUSED_OPTIONS[name]
    module = nn.LinearCrossEntropyLoss(4, 3, bias=bias, out_features=positions, dtype=torch.float64, **options)
    certificate = certified(explain(None, module), random(5, 4), labels(5, *positions))
    assert certificate, str(certificate.mismatch())
    assert not certificate.notes
    assert {row.wrt: tuple(row.closed_form.shape) for row in certificate.rows}["outputs"] == (5, 3, *positions)


def test_linear_cross_entropy_of_probabilities():
    module = nn.LinearCrossEntropyLoss(4, 3, dtype=torch.float64)
    targets = random(5, 3).softmax(1)
    assert explain(None, module).certify(random(5, 4), targets, wrt=("weight", "inputs", "outputs", "targets"))
    module.ignore_index = -100  # which this criterion refuses, where CrossEntropyLoss does not
    with pytest.raises(ValueError, match="names no class to ignore"):
        explain(None, module).certify(random(5, 4), targets)


@pytest.mark.parametrize("chunks", [None, CHUNKED], ids=["whole", "in chunks"])
def test_linear_cross_entropy_where_every_label_is_ignored(chunks):
    """In chunks torch makes nan of it, and otherwise 0: the difference is seen, and named."""
    module = nn.LinearCrossEntropyLoss(4, 3, dtype=torch.float64, options=chunks)
    certificate = explain(None, module).certify(random(5, 4), torch.full((5,), -100), wrt="weight")
    assert certificate.verdict == ("agrees" if chunks is None else "disagrees")
    assert any("Computed in chunks" in note.en for note in certificate.notes)


def test_linear_cross_entropy_is_compared_with_itself(monkeypatch):
    """Its own backward, and not that of the cross-entropy it is said to equal."""
    right = F.linear_cross_entropy
    module = nn.LinearCrossEntropyLoss(4, 3, dtype=torch.float64)
    monkeypatch.setattr(F, "linear_cross_entropy", lambda *given, **options: 2 * right(*given, **options))
    certificate = explain(None, module).certify(random(5, 4), labels(5))
    assert {row.wrt for row in certificate.rows if row.verdict == "disagrees"} == {"weight", "inputs"}


def test_the_sample_of_linear_cross_entropy():
    for positions in ((), (2, 3)):
        module = nn.LinearCrossEntropyLoss(4, 3, out_features=positions, reduction="none")
        for targets in ("indices", "probabilities"):
            assert explain(None, module, targets).sample


#: Criterion, and targets, of which one has another dtype than a model of float32.
DTYPES = {
    "pos_weight of float64": (nn.BCEWithLogitsLoss(pos_weight=WEIGHT), random(5, 3).sigmoid().float()),
    "weight of float64": (nn.BCEWithLogitsLoss(weight=WEIGHT), random(5, 3).sigmoid().float()),
    "weight of bfloat16": (nn.BCEWithLogitsLoss(weight=WEIGHT.bfloat16()), random(5, 3).sigmoid().float()),
    "targets of float64, BCE": (nn.BCEWithLogitsLoss(), random(5, 3).sigmoid()),
    "targets of float64": (MSE(), random(5, 3)),
    "targets of float16": (MSE(), random(5, 3).half()),
    "integers as targets": (MSE(), labels(5, 3)),
    "probabilities of float64": (CE(weight=WEIGHT.float(), label_smoothing=0.2), random(5, 3).softmax(1)),
    "class weights of float64": (CE(weight=WEIGHT), random(5, 3).softmax(1).float()),
}


@pytest.mark.parametrize("case", DTYPES)
def test_whatever_the_dtype_of_weights_and_targets_gradients_have_that_of_the_outputs(case):
    criterion, targets = DTYPES[case]
    model, inputs = linear().float(), random(5, 4).float()
    explanation = explain(model, criterion)
    criterion(model(inputs), targets).backward()
    for name, gradient in explanation.gradients(inputs, targets).items():
        assert gradient.dtype == torch.float32
        torch.testing.assert_close(gradient, getattr(model, name).grad)
    certificate = explanation.certify(inputs, targets)
    assert certificate, str(certificate)
    if targets.dtype == torch.float64:
        with pytest.raises(ValueError, match=r"targets are torch\.float64, the outputs torch\.float32"):
            explanation.certify(inputs, targets, wrt="targets")
