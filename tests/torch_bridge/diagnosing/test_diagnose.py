"""What is wrong with a gradient of tensors: right where it is right, named where one mistake explains every entry."""

import warnings

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from derivations import explain
from derivations.diagnosing import diagnose
from derivations.torch_bridge.accounts import autograd
from derivations.torch_bridge.batch.batch import read_batch
from derivations.torch_bridge.certificates.certify import certify
from derivations.torch_bridge.diagnosing import searched as module
from derivations.torch_bridge.diagnosing.searched import diagnosed

N, D, C = 6, 3, 4
GENERATOR = torch.Generator().manual_seed(0)


def drawn(*shape, dtype=torch.float64):
    return torch.randn(shape, generator=GENERATOR, dtype=torch.float64).to(dtype)


X, Z, Y = drawn(N, D), drawn(N, C), drawn(N, C)
LABELS = torch.tensor([0, 1, 2, 3, 1, 0])
IGNORED = torch.tensor([0, 1, -100, 3, -100, 0])
WEIGHT = torch.tensor([1.0, 2.0, 0.5, 3.0], dtype=torch.float64)
ONE_HOT = F.one_hot(LABELS, C).double()
P = torch.softmax(Z, 1)
torch.manual_seed(0)
LINEAR = nn.Linear(D, C, dtype=torch.float64)
CE, MSE, BCE = nn.CrossEntropyLoss(), nn.MSELoss(), nn.BCEWithLogitsLoss()
OF_MODEL = torch.softmax(LINEAR(X).detach(), 1) - ONE_HOT
POSITIONS = drawn(2, C, 3)
LABELS_OF_POSITIONS = torch.tensor([[0, 1, 2], [3, 0, 1]])
OF_POSITIONS = torch.softmax(POSITIONS, 1) - F.one_hot(LABELS_OF_POSITIONS, C).movedim(-1, 1)

#: criterion, inputs, targets, what was given, the mistakes
WITHOUT_A_MODEL = {
    "right": (CE, Z, LABELS, (P - ONE_HOT) / N, None),
    "right in another order": (CE, Z, LABELS, P / N - ONE_HOT / N, None),
    "right, a list": (CE, Z, LABELS, ((P - ONE_HOT) / N).tolist(), None),
    "right, an array": (CE, Z.numpy(), LABELS.numpy(), ((P - ONE_HOT) / N).numpy(), None),
    "1/N": (CE, Z, LABELS, P - ONE_HOT, "divisor (right N, wrong 1)"),
    "1/C": (MSE, Z, Y, 2 * (Z - Y) / N, "divisor (right N·C, wrong N)"),
    "2": (MSE, Z, Y, (Z - Y) / (N * C), "factor (times 1/2)"),
    "sign": (CE, Z, LABELS, (ONE_HOT - P) / N, "sign"),
    "no softmax": (CE, Z, LABELS, (Z - ONE_HOT) / N, "softmax missing"),
    "softmax over rows": (CE, Z, LABELS, (torch.softmax(Z, 0) - ONE_HOT) / N, "softmax axis"),
    "softmax twice": (CE, Z, LABELS, (torch.softmax(P, 1) - ONE_HOT) / N, "softmax twice"),
    "no one-hot": (CE, Z, LABELS, P / N, "term missing (term Ŷ)"),
    "a bracket forgotten": (CE, Z, LABELS, P - ONE_HOT / N, "factor missing (factor 1/N, where P)"),
    "two at once": (CE, Z, LABELS, Z - ONE_HOT, "softmax missing; divisor (right N, wrong 1)"),
    "ignored rows count": (
        CE,
        Z,
        IGNORED,
        (P - F.one_hot(IGNORED.clamp(min=0), C) * (IGNORED >= 0)[:, None]) / 4,
        "ignored rows counted",
    ),
    "ignored rows in the divisor": (
        CE,
        Z,
        IGNORED,
        (P - F.one_hot(IGNORED.clamp(min=0), C)) * (IGNORED >= 0)[:, None] / N,
        "divisor (right kept, wrong N)",
    ),
    "weights not in the divisor": (
        nn.CrossEntropyLoss(weight=WEIGHT),
        Z,
        LABELS,
        WEIGHT[LABELS][:, None] * (P - ONE_HOT) / N,
        "divisor (right Σw_y, wrong N)",
    ),
    "no weights": (nn.CrossEntropyLoss(weight=WEIGHT), Z, LABELS, (P - ONE_HOT) / N, "option ignored (option weight)"),
    "positions not counted": (
        CE,
        POSITIONS,
        LABELS_OF_POSITIONS,
        OF_POSITIONS / 2,
        "divisor (right N, wrong B)",
    ),
    "a row": (
        CE,
        Z,
        LABELS,
        torch.cat([(P - ONE_HOT)[:5] / N, torch.zeros(1, C)]),
        "rows missing (rows 5, which last)",
    ),
    "no sigmoid": (BCE, Z, Y.sigmoid(), (Z - Y.sigmoid()) / (N * C), "sigmoid missing"),
    "1/N of one output": (
        BCE,
        Z[:, :1],
        Y[:, :1].sigmoid(),
        Z[:, :1].sigmoid() - Y[:, :1].sigmoid(),
        "divisor (right N, wrong 1)",
    ),
    "1/(N·C) of one sample": (
        BCE,
        Z[:1],
        Y[:1].sigmoid(),
        Z[:1].sigmoid() - Y[:1].sigmoid(),
        "divisor (right N·C, wrong 1)",
    ),
    "NLL without weights": (
        nn.NLLLoss(weight=WEIGHT),
        torch.log_softmax(Z, 1),
        LABELS,
        -ONE_HOT / N,
        "option ignored (option weight)",
    ),
    "the last row, and 1/N": (
        CE,
        Z,
        LABELS,
        torch.cat([(P - ONE_HOT)[:5], torch.zeros(1, C)]),
        "rows missing (rows 5, which last); divisor (right N, wrong 1)",
    ),
    "noise": (CE, Z, LABELS, (P - ONE_HOT) / N + 1e-6 * torch.sin(1e3 * Z), ""),
    "nothing known": (CE, Z, LABELS, torch.sin(1e3 * Z), ""),
    "another shape": (CE, Z, LABELS, torch.ones(3), "shape (given (3,), expected (6, 4))"),
}


@pytest.mark.parametrize("what", WITHOUT_A_MODEL)
def test_a_criterion_alone(what):
    criterion, inputs, targets, given, expected = WITHOUT_A_MODEL[what]
    found = diagnose(given, explain(None, criterion), inputs, targets)
    assert bool(found) == (expected is None)
    assert "; ".join(map(str, found.mistakes)) == (expected or "")


#: wrt, what was given, the mistakes
WITH_A_MODEL = {
    "right": ("weight", OF_MODEL.T @ X / N, None),
    "bias": ("bias", OF_MODEL.sum(0) / N, None),
    "1/N": ("weight", OF_MODEL.T @ X, "divisor (right N, wrong 1)"),
    "transposed": ("weight", X.T @ OF_MODEL / N, "transposed"),
    "a mean for a sum": ("bias", OF_MODEL.mean(0) / N, "summed (how mean)"),
    "not summed": ("bias", OF_MODEL / N, "summed (how not)"),
    "everything": ("bias", OF_MODEL.sum() / N, "summed (how everything)"),
    "of the bias": ("weight", OF_MODEL.sum(0) / N, "another gradient (of bias)"),
    "of the bias, 1/N": ("weight", OF_MODEL.sum(0), "another gradient (of bias); divisor (right N, wrong 1)"),
    "everything, repeated": ("bias", (OF_MODEL.sum() / N).expand(C), "summed (how everything)"),
    "decay too, transposed": (
        "weight",
        (OF_MODEL.T @ X / N + LINEAR.weight.detach() / 8).T,
        "term added (term W, times 0.125); transposed",
    ),
    "of the outputs": ("inputs", OF_MODEL / N, "another gradient (of outputs)"),
    "the last sample": ("weight", OF_MODEL[:5].T @ X[:5] / N, "sample missing (row 5, which last)"),
    "two samples": ("bias", OF_MODEL[:4].sum(0) / N, "sample missing (row 4, 5, which )"),
}


@pytest.mark.parametrize("what", WITH_A_MODEL)
def test_a_linear_model(what):
    wrt, given, expected = WITH_A_MODEL[what]
    found = diagnose(given, explain(LINEAR, CE), X, LABELS, wrt)
    assert bool(found) == (expected is None)
    assert "; ".join(map(str, found.mistakes)) == (expected or "")


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16], ids=str)
def test_low_precision_is_judged_by_its_own_bound(dtype):
    z = Z.to(dtype)
    right = (torch.softmax(z, 1) - F.one_hot(LABELS, C)) / N
    assert diagnose(right, explain(None, CE), z, LABELS)
    assert [str(each) for each in diagnose(right * N, explain(None, CE), z, LABELS).mistakes] == [
        "divisor (right N, wrong 1)"
    ]


def test_what_was_computed_in_less_precision_is_told():
    given = ((torch.softmax(Z.float(), 1) - ONE_HOT.float()) / N).double()
    assert [str(each) for each in diagnose(given, explain(None, CE), Z, LABELS).mistakes] == [
        "precision (dtype float32)"
    ]
    openly = diagnose(given, explain(None, CE), Z, LABELS, precision=torch.float32)
    assert openly
    assert "float32" in openly.sentence.en
    assert "float32" in openly.sentence.zh
    assert not diagnose(given * N, explain(None, CE), Z, LABELS, precision=torch.float32)


def test_a_product_in_bfloat16_is_told_by_its_digits():
    x, labels, linear = drawn(64, 10).float(), torch.arange(64) % C, nn.Linear(10, C)
    g = (torch.softmax(linear(x), 1) - F.one_hot(labels, C)).detach() / 64
    given = (g.bfloat16().T @ x.bfloat16()).float()
    found = diagnose(given, explain(linear, CE), x, labels, "weight")
    assert [str(each) for each in found.mistakes] == ["precision (dtype bfloat16)"]


def test_a_bound_too_wide_cannot_tell():
    outputs = torch.full((4, 2), 1e4, dtype=torch.bfloat16)
    found = diagnose(torch.zeros(4, 2), explain(None, MSE), outputs, outputs.clone())
    assert found.verdict in ("agrees", "cannot tell")
    assert not found.mistakes


def test_a_gradient_is_known_by_its_shape():
    e = explain(LINEAR, CE)
    for wrt, value in e.gradients(X, LABELS, e.setup.wrt).items():
        assert diagnose(value, e, X, LABELS), wrt


def test_of_several_the_first_that_is_wrong_is_told():
    e = explain(LINEAR, CE)
    found = e.gradients(X, LABELS)
    assert diagnose(found, e, X, LABELS)
    assert [str(each) for each in diagnose({**found, "bias": found["bias"] * N}, e, X, LABELS).mistakes] == [
        "divisor (right N, wrong 1)"
    ]


def test_grad_output_ignored():
    e, v = explain(None, nn.CrossEntropyLoss(reduction="none")), torch.linspace(-1, 2, N, dtype=torch.float64)
    assert diagnose(v[:, None] * (P - ONE_HOT), e, Z, LABELS, grad_output=v)
    found = diagnose(P - ONE_HOT, e, Z, LABELS, grad_output=v)
    assert [str(each) for each in found.mistakes] == ["grad_output ignored"]


def test_several_batches_are_explained_together():
    e, tried = explain(None, CE), []
    for n in (4, 5):  # 4 is N in the first alone
        z, y = drawn(n, 4), torch.arange(n) % 4
        tried.append((read_batch(e.setup, z, y), {"outputs": 4 * e.gradients(z, y)["outputs"]}))
    assert [str(each) for each in diagnosed(tried, "outputs").mistakes] == ["factor (times 4)"]


def test_a_diagnosis_that_fails_does_not_hide_the_disagreement(monkeypatch):
    def fails(*arguments, **more):
        raise RuntimeError("broken")

    monkeypatch.setattr(module, "search", fails)
    e = explain(None, CE)
    batch = read_batch(e.setup, Z, LABELS)
    found = diagnosed([(batch, {"outputs": Z})], "outputs")
    assert found.verdict == "disagrees"
    assert "broken" in found.numbers["failed"]
    loss, expected = autograd.gradients(batch, ["outputs"])
    certificate = certify(batch, {"outputs": 2 * expected["outputs"]}, expected, loss.item())
    assert certificate.verdict == "disagrees"
    assert str(certificate.mismatch())


def test_a_certificate_that_disagrees_says_what_torch_did():
    class Unaveraged(nn.CrossEntropyLoss):
        def forward(self, input, target):
            return super().forward(input, target)

    e = explain(None, CE)
    batch = read_batch(e.setup, Z, LABELS)
    loss, expected = autograd.gradients(batch, ["outputs"])
    wrong = {"outputs": N * expected["outputs"]}
    certificate = certify(batch, expected, wrong, loss.item())
    assert [str(each) for each in certificate.diagnosis.mistakes] == ["divisor (right N, wrong 1)"]
    assert "1/N is missing" in str(certificate.mismatch())
    assert certificate.mismatch().diagnosis is certificate.diagnosis
    assert certificate.diagnosis.text("en").endswith("wrong side     autograd")
    assert certificate.diagnosis.text("zh").split()[-2:] == ["错的是", "autograd"]
    assert certify(batch, wrong, expected, loss.item()).diagnosis.numbers["side"] == "closed_form"
    assert "1/N is missing" in str(certificate)
    assert "少了 1/N" in certificate._repr_mimebundle_()[1]["derivations"]["zh"]["text/html"]
    assert certify(batch, expected, expected, loss.item()).diagnosis is None


BAD = {
    "no such gradient": ({"given": Z, "wrt": "weight"}, "has no such gradient"),
    "no numbers": ({"given": "Z"}, "must be"),
    "no dtype": ({"given": Z, "precision": "float32"}, "precision='float32' is no dtype"),
    "a dtype of no bound": (
        {"given": Z, "precision": torch.float8_e4m3fn},
        "precision=torch.float8_e4m3fn is no dtype of these: torch.float64, torch.float32, ",
    ),
    "several": ({"given": Z, "wrt": ("outputs", "outputs ")}, "no such gradient"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_makes_no_sense_is_a_sentence(what):
    arguments, said = BAD[what]
    with pytest.raises((ValueError, TypeError), match=said):
        diagnose(explanation=explain(None, CE), inputs=Z, targets=LABELS, **arguments)


def test_what_mse_broadcasts_is_diagnosed():
    outputs, targets = drawn(N, 1), drawn(C)
    e = explain(None, MSE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        right = e.gradients(outputs, targets)["outputs"]
        assert diagnose(right, e, outputs, targets)
        assert [str(each) for each in diagnose(right / 2, e, outputs, targets).mistakes] == ["factor (times 1/2)"]


def test_doubles_that_a_model_of_less_precision_rounds():
    """What the model takes for its inputs are not the reader's numbers, and that is no mistake of the reader's."""
    linear = nn.Linear(D, C)
    w, b = linear.weight.detach().double(), linear.bias.detach().double()
    g = (torch.softmax(X @ w.T + b, 1) - ONE_HOT) / N
    for data in (X.numpy(), X.tolist()):
        e = explain(linear, CE)
        assert diagnose((g.T @ X).numpy(), e, data, LABELS, "weight")
        found = diagnose((N * g.T @ X).tolist(), e, data, LABELS, "weight")
        assert [str(each) for each in found.mistakes] == ["divisor (right N, wrong 1)"]


def test_lists_are_doubles():
    found = diagnose(((P - ONE_HOT) / N).tolist(), explain(None, CE), Z.tolist(), LABELS.tolist())
    assert found
    assert "float32" not in found.text()


def test_arrays_of_numpy_with_a_model():
    given = (OF_MODEL.T @ X).numpy()
    found = diagnose(given, explain(LINEAR, CE), X.numpy(), LABELS.numpy(), "weight")
    assert [str(each) for each in found.mistakes] == ["divisor (right N, wrong 1)"]
