"""The printed code: short, readable, the same numbers from torch and numpy, and every wrong copy of it rejected."""

import functools
import inspect
from collections import Counter

import numpy as np
import pytest
import torch
from cases import CASES, DTYPES_OF
from mutants import code_mutants, equivalent_copies
from torch import nn

from derivations import derive, explain
from derivations.closed_form import source
from derivations.losses.declared import Values
from derivations.losses.z_loss import ZLoss
from derivations.torch_bridge.accounts import autograd
from derivations.torch_bridge.batch.batch import read_batch
from derivations.torch_bridge.certificates.certify import certify
from derivations.torch_bridge.rounding.bounds import bounds

ROWS, FEATURES, CLASSES = 7, 4, 3
CRITERIA = (nn.MSELoss(), nn.CrossEntropyLoss())
WRT = ("weight", "bias", "inputs", "outputs")


def case(criterion, dtype=torch.float64, rows=ROWS, features=FEATURES, classes=CLASSES, seed=0):
    """An explanation with inputs and targets, all from one seed."""
    torch.manual_seed(seed)
    model = nn.Linear(features, classes, dtype=dtype)
    inputs = torch.randn(rows, features, dtype=dtype)
    if isinstance(criterion, nn.MSELoss):
        targets = torch.randn(rows, classes, dtype=dtype)
    else:
        targets = torch.randint(classes, (rows,))
    return explain(model, criterion), inputs, targets


EXPECTED_CODE = {
    ("MSELoss", "torch"): """\
import torch


def gradients(X, W, b, Y):
    Z = X @ W.T + b
    outputs_shape = Z.shape
    Z, Y = torch.broadcast_tensors(Z, Y)
    N, C = Z.shape
    if b.shape != W.shape[:1]:
        raise ValueError(f"b must have the shape {W.shape[:1]}; given {b.shape}")
    G = 2 / (N * C) * (Z - Y)
    G = G.sum_to_size(outputs_shape)
    return {"weight": G.T @ X, "bias": G.sum(0)}
""",
    ("CrossEntropyLoss", "torch"): """\
import torch


def gradients(X, W, b, y):
    Z = X @ W.T + b
    N, C = Z.shape
    given, wanted = (b.shape, y.shape), (W.shape[:1], (N,))
    if given != wanted:
        raise ValueError(f"b and y must have the shapes {wanted}; given {given}")
    mu = (y != -100).to(Z.dtype)
    y = torch.where(y != -100, y, 0)
    P = torch.softmax(Z, 1)
    S = mu.sum()
    S = torch.where(mu.any(), S, 1)
    Y_hat = torch.nn.functional.one_hot(y, C).to(Z)
    G = 1 / S * (mu[:, None] * (P - Y_hat))
    return {"weight": G.T @ X, "bias": G.sum(0)}
""",
}
EVERY_OPTION = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 0.5]), ignore_index=1, label_smoothing=0.1)


@pytest.mark.parametrize("criterion", CRITERIA, ids=str)
def test_the_code_reads_like_the_formula(criterion):
    explanation, *_ = case(criterion)
    assert explanation.code() == EXPECTED_CODE[type(criterion).__name__, "torch"]


def test_a_formula_with_every_option_reads_like_the_theorem():
    assert (
        explain(nn.Linear(4, 3), EVERY_OPTION).code("weight")
        == """\
import torch


def gradients(X, W, b, y, weight, label_smoothing, ignore_index):
    Z = X @ W.T + b
    N, C = Z.shape
    given, wanted = (b.shape, y.shape, weight.shape), (W.shape[:1], (N,), (C,))
    if given != wanted:
        raise ValueError(f"b, y and weight must have the shapes {wanted}; given {given}")
    mu = (y != ignore_index).to(Z.dtype)
    y = torch.where(y != ignore_index, y, 0)
    Y_hat = torch.nn.functional.one_hot(y, C).to(Z)
    A = mu[:, None] * (label_smoothing / C * weight + (1 - label_smoothing) * (weight[y][:, None] * Y_hat))
    P = torch.softmax(Z, 1)
    S = (mu * weight[y]).sum()
    S = torch.where(mu.any(), S, 1)
    G = 1 / S * (A.sum(1)[:, None] * P - A)
    return G.T @ X
"""
    )


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        (name, dtype)
        for name in CASES
        for dtype in (torch.float32, torch.float16)
        if "mean" in name and "of a linear model" in name and dtype in DTYPES_OF[name]
    ],
    ids=str,
)
def test_numpy_keeps_the_dtype_and_is_accepted_by_the_certificate(name, dtype):
    explanation, inputs, targets, _ = CASES[name](dtype)
    batch = read_batch(explanation.setup, inputs, targets)
    loss, expected = autograd.gradients(batch, ("weight", "bias"))
    namespace = {}
    exec(explanation.code(backend="numpy"), namespace)
    given = {
        each: value.numpy() if isinstance(value, torch.Tensor) else value
        for each, value in {**batch.of_model, **batch.of_loss}.items()
    }
    found = namespace["gradients"](*[given[each] for each in inspect.signature(namespace["gradients"]).parameters])
    found = {each: torch.from_numpy(value) for each, value in found.items()}
    assert {value.dtype for value in found.values()} == {dtype}
    verdict = certify(batch, found, expected, loss.item()).verdict
    assert verdict in ("agrees", *["cannot tell"] * (dtype == torch.float16))


LARGE = torch.tensor([[1000.0, -1000.0, 0.0], [-1000.0, 1000.0, 999.0], [-1000.0, -1000.0, -1000.0]])
FAR = {
    "CE": (nn.CrossEntropyLoss(), torch.tensor([0, 2, 1]), None),
    "CE smoothed": (nn.CrossEntropyLoss(label_smoothing=0.1), torch.tensor([1, 0, 2]), None),
    "CE probabilities": (nn.CrossEntropyLoss(), torch.full((3, 3), 0.25), "probabilities"),
    "BCE": (nn.BCEWithLogitsLoss(), torch.full((3, 3), 0.25), None),
    "BCE weighted": (nn.BCEWithLogitsLoss(pos_weight=torch.tensor([1.0, 2.0, 3.0])), torch.full((3, 3), 0.25), None),
}


@pytest.mark.parametrize("backend", ["torch", "numpy"])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
@pytest.mark.parametrize("name", FAR)
def test_printed_code_does_not_overflow(name, dtype, backend):
    """Logits of a thousand, of either sign, in every function of them that the code prints."""
    criterion, targets, kind = FAR[name]
    if getattr(criterion, "pos_weight", None) is not None:
        criterion = nn.BCEWithLogitsLoss(pos_weight=criterion.pos_weight.to(dtype))
    given = targets if kind is None and targets.dtype == torch.int64 else targets.to(dtype)
    explanation = explain(None, criterion, targets=kind)
    batch = read_batch(explanation.setup, LARGE.to(dtype), given)
    for wrt in explanation.setup.wrt:
        (loss, expected), namespace = autograd.gradients(batch, (wrt,)), {}
        exec(explanation.code(wrt, backend=backend), namespace)
        arrays = {**batch.of_loss, "Z": LARGE.to(dtype)}
        if backend == "numpy":
            arrays = {
                each: value.numpy() if isinstance(value, torch.Tensor) else value for each, value in arrays.items()
            }
        names = inspect.signature(namespace["gradients"]).parameters
        with np.errstate(all="raise", under="ignore"):
            found = torch.as_tensor(namespace["gradients"](*[arrays[each] for each in names]))
        assert found.isfinite().all()
        certificate = certify(batch, {wrt: found}, expected, loss.item())
        assert certificate.verdict != "disagrees", str(certificate)


@pytest.mark.parametrize("backend", ["torch", "numpy"])
def test_log_sum_exp_does_not_overflow(backend):
    """The z-loss of logits of a thousand: log Σ e^x as a whole."""
    outputs, labels, strength = LARGE.double(), torch.tensor([0, 2, 1]), 0.1
    of_outputs, namespace = derive(ZLoss(), "outputs"), {}
    exec(source({"outputs": of_outputs}, of_outputs, backend), namespace)
    arrays = {"Z": outputs, "y": labels} if backend == "torch" else {"Z": outputs.numpy(), "y": labels.numpy()}
    with np.errstate(all="raise", under="ignore"):
        found = torch.as_tensor(namespace["gradients"](**arrays, strength=strength))
    leaf = outputs.clone().requires_grad_()
    (nn.functional.cross_entropy(leaf, labels) + strength * leaf.logsumexp(1).square().mean()).backward()
    torch.testing.assert_close(found, leaf.grad)


@pytest.mark.parametrize("backend", ["torch", "numpy"])
@pytest.mark.parametrize("weight", [None, torch.tensor([1.0, 2.0, 0.5], dtype=torch.float64)], ids=["", "weighted"])
@pytest.mark.parametrize("labels", [[0, -100, 2, -100], [-100] * 4, [0, 1, 2, 0]], ids=["some", "all", "none"])
def test_printed_code_leaves_out_what_is_ignored(labels, weight, backend):
    """Labels that name no class; and where every label is one, a gradient of 0 and no division by 0."""
    outputs = torch.randn(4, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    criterion = nn.CrossEntropyLoss(weight=weight, ignore_index=-7)
    given = torch.tensor(labels).where(torch.tensor(labels) != -100, -7)
    arrays = {"Z": outputs, "y": given, "ignore_index": -7, "weight": weight}
    if backend == "numpy":
        arrays = {each: value.numpy() if isinstance(value, torch.Tensor) else value for each, value in arrays.items()}
    namespace = {}
    exec(explain(None, criterion).code("outputs", backend=backend), namespace)
    names = inspect.signature(namespace["gradients"]).parameters
    found = torch.as_tensor(namespace["gradients"](*[arrays[each] for each in names]))
    leaf = outputs.clone().requires_grad_()
    criterion(leaf, given).backward()
    torch.testing.assert_close(found, leaf.grad, rtol=1e-12, atol=1e-15)


def test_an_unknown_backend_is_refused():
    explanation, *_ = case(nn.MSELoss())
    with pytest.raises(ValueError, match=r"backend='jax' is unknown\. Accepted: 'torch', 'numpy'"):
        explanation.code(backend="jax")


#: What a wrong copy dies of: matrices that do not fit, arrays where numbers are due (or 1[:, None]), names that are
#: gone, 1/0.
DOES_NOT_RUN = (
    ArithmeticError,
    AttributeError,
    LookupError,
    NameError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    Warning,
)


def judge_of_code(name, rows=7, seed=0, outputs_near_0=False):
    """The code of a case, and a function that says whether the certificate accepts what some code computes there."""
    explanation, inputs, targets, incoming = CASES[name](torch.float64, rows=rows, seed=seed, telling=True)
    if explanation.setup.may_ignore and rows > 2:
        targets[2] = -100
    if outputs_near_0:
        inputs, targets = near_0(explanation, inputs, targets)
    # Of a second operand a parameter's gradient may depend on no more than on which side of a corner it is.
    operands = [each.name for each in explanation.loss.operands[1:] if each.name in explanation.setup.wrt]
    wrt = (*explanation.setup.parameters, *operands)
    batch = read_batch(explanation.setup, inputs, targets, incoming)
    loss, expected = autograd.gradients(batch, wrt)
    arrays = {**batch.of_model, **batch.of_loss, batch.outputs_letter: batch.rows(batch.outputs())}
    limits = bounds(batch, wrt)

    def ran(source):
        namespace = {}
        exec(source, namespace)
        run = namespace["gradients"]
        with torch.no_grad():
            found = run(*[arrays[each] for each in inspect.signature(run).parameters])
        found = found if len(wrt) > 1 else {wrt[0]: found}
        return {each: torch.as_tensor(found[each]) for each in wrt}

    def accepted(source):
        found = ran(source)
        shapes = all(found[each].shape == expected[each].shape for each in wrt)
        return shapes and certify(batch, found, expected, loss.item(), limits=limits).verdict != "disagrees"

    return explanation.code(*wrt), accepted


def near_0(explanation, inputs, targets):
    """Inputs whose outputs are about a millionth, and operands of that size: there an eps makes a difference."""
    small, model = 1e-6, dict(explanation.setup.model.named_parameters())
    outputs = small * torch.randn(len(inputs), CLASSES, generator=torch.Generator().manual_seed(0), dtype=inputs.dtype)
    [weight, bias] = [each.detach() for each in model.values()]
    operands = [
        small * value if operand.values is Values.REAL else value
        for value, operand in zip(
            targets if isinstance(targets, tuple) else (targets,), explanation.loss.operands, strict=True
        )
    ]
    return (outputs - bias) @ torch.linalg.pinv(weight).T, operands[0] if len(operands) == 1 else tuple(operands)


#: Where a wrong copy is looked for that is right in the seven rows: on other sides of corners, where one row counts,
#: and where an eps is no longer small.
ELSEWHERE = ({"rows": 100, "seed": 1}, {"rows": 1, "seed": 2}, {"outputs_near_0": True})


@pytest.mark.parametrize("name", [name for name in CASES if "model" in name])
def test_every_wrong_copy_of_the_code_is_rejected(name, record_property):
    """By its numbers or their shapes; what does not even run says nothing of the certificate, and is counted apart.

    A slope that has but two values may be right in a few rows, with outputs that are not: others are tried then.
    """
    source, accepted = judge_of_code(name)
    elsewhere = functools.cache(lambda place: judge_of_code(name, **ELSEWHERE[place])[1])

    def survives_everywhere(mutant):
        return accepted(mutant) and all(elsewhere(place)(mutant) for place in range(len(ELSEWHERE)))

    assert survives_everywhere(source)
    outcomes, survivors = Counter(), []
    for mutant, change in code_mutants(source):
        try:
            survives = survives_everywhere(mutant)
        except DOES_NOT_RUN:
            outcomes["died"] += 1
            continue
        outcomes["found"] += 1  # or else the test fails
        if survives:
            survivors.append(change)
    record_property("wrong code", (name.split()[0], outcomes["found"], outcomes["died"]))
    assert not survivors
    assert all(survives_everywhere(copy) for copy in equivalent_copies(source))
    assert outcomes["found"] > outcomes.total() / 3


@pytest.mark.parametrize("criterion", CRITERIA, ids=str)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
def test_another_order_of_summation_is_accepted(criterion, dtype):
    """A correct gradient rounds differently when it is summed differently; that is not a disagreement."""
    explanation, inputs, targets = case(criterion, dtype, rows=513, features=20, classes=5)
    batch = read_batch(explanation.setup, inputs, targets)
    loss, expected = autograd.gradients(batch, ("weight", "bias"))
    chunks = torch.split(torch.arange(513).flip(0), 100)
    found = {
        wrt: sum(explanation.gradients(inputs[chunk], targets[chunk])[wrt] * (len(chunk) / 513) for chunk in chunks)
        for wrt in ("weight", "bias")
    }
    certificate = certify(batch, found, expected, loss.item())
    assert certificate
    assert certificate.worst > 0  # it did round differently
    halved = {wrt: value / 2 for wrt, value in found.items()}
    assert certify(batch, halved, expected, loss.item()).verdict == "disagrees"
