"""Wrong calls of the front door: each is answered by a sentence that names what was given and what to do."""

import functools
import inspect

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import derivations as dv
from derivations import assert_gradient, certified_loss, explain, record

CE, MSE, BCE, NLL = nn.CrossEntropyLoss, nn.MSELoss, nn.BCEWithLogitsLoss, nn.NLLLoss
X, Z = torch.randn(5, 4), torch.randn(5, 3)
LABELS = torch.tensor([0, 1, 2, 1, 0])
LINEAR = nn.Linear(4, 3)
TWO_LAYERS = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 3))


def meta(*shape, dtype=None):
    return torch.zeros(shape, device="meta", dtype=dtype)


#: What explain() is called with, and what it says.
READING = {
    "no criterion": (LINEAR, None, "the criterion is None. Supported: torch.nn.MSELoss"),
    "a name": (LINEAR, "mse", "the criterion is 'mse'"),
    "a dict": (LINEAR, {"loss": "mse"}, "the criterion is {'loss': 'mse'}"),
    "a list": (LINEAR, [MSE()], "the criterion is [MSELoss()]"),
    "a class": (LINEAR, MSE, "the criterion is MSELoss, a class. Make one of it: MSELoss()"),
    "a class of another kind": (LINEAR, dict, "the criterion is dict, a class"),
    "a tensor": (LINEAR, torch.ones(2), "the criterion is tensor"),
    "an array": (LINEAR, np.ones(2), "the criterion is array"),
    "a number": (LINEAR, 3, "the criterion is 3"),
    "a formula": (LINEAR, dv.MSE(), "the criterion is the formula MSELoss(), which is for derive()"),
    "a model for a criterion": (MSE(), LINEAR, "The model comes first: explain(model, criterion)"),
    "a criterion for a model": (MSE(), MSE(), "a criterion. The model comes first"),
    "a subclass": (None, type("Focal", (CE,), {})(), "the criterion is a Focal, which may compute another loss than"),
    "CTCLoss": (None, nn.CTCLoss(), "is the gradient only where log_softmax stands right before it"),
    "F.ctc_loss": (None, F.ctc_loss, "is the gradient only where log_softmax stands right before it"),
    "a compiled function": (None, torch.compile(F.mse_loss, backend="eager"), "Give the function that was compiled"),
    "an option that torch does not know": (None, functools.partial(F.mse_loss, foo=1), "has no option 'foo'"),
    "a bias, which is the model's": (
        LINEAR,
        functools.partial(F.linear_cross_entropy, linear_bias=torch.ones(3)),
        "linear_cross_entropy has no option 'linear_bias'",
    ),
    "a number that the formula always has, left out": (
        None,
        functools.partial(F.huber_loss, delta=None),
        "must be a positive",
    ),
    "the outputs fixed": (None, functools.partial(F.mse_loss, input=Z), "has no option 'input'"),
    "an unknown reduction": (None, functools.partial(F.mse_loss, reduction=[]), "reduction=[]) is unknown to torch"),
    "a weight that is a list": (None, functools.partial(F.cross_entropy, weight=[1, 2]), "must be a tensor"),
    "an ignore_index that is none": (None, CE(ignore_index="a"), "ignore_index='a') must be an integer"),
    "a smoothing beyond 1": (None, functools.partial(F.cross_entropy, label_smoothing=2.0), "between 0 and 1"),
    "a smoothing that is no number": (
        None,
        functools.partial(F.cross_entropy, label_smoothing="a"),
        "must be a number",
    ),
    "a model that is a class": (nn.Linear, MSE(), "the model is Linear, a class. Make one of it"),
    "a model that is a name": ("Linear", MSE(), "the model is 'Linear'. Supported: a torch.nn.Linear"),
    "a model that is a tensor": (X, MSE(), "the model is a tensor. Give the layer, or None"),
    "a model that is an array": (np.ones(2), MSE(), "the model is array"),
    "a model that is a function": (torch.sum, MSE(), "the model is <built-in method sum"),
    "a model that is a dict": ({"a": 1}, MSE(), "the model is {'a': 1}"),
    "no layer at all": (nn.Sequential(), MSE(), "the model is a"),
    "two layers": (TWO_LAYERS, MSE(), "the model is a Linear + ReLU + Linear. Of its linear layers, 0, 2, explain one"),
    "another layer": (nn.Conv1d(1, 1, 1), MSE(), "the model is a Conv1d. Supported"),
    "two layers that hold weights": (LINEAR, nn.LinearCrossEntropyLoss(4, 3), "and is given one more. Give None"),
    "no layer to take the weight of": (None, F.linear_cross_entropy, "explain(torch.nn.Linear(...), F.linear_cross_en"),
}


@pytest.mark.parametrize("name", READING)
def test_what_cannot_be_explained(name):
    model, criterion, says = READING[name]
    with pytest.raises(dv.Unsupported) as caught:
        explain(model, criterion)
    assert says in str(caught.value)


@pytest.mark.parametrize("targets", ["one-hot", 3, [], {}, True], ids=str)
def test_a_kind_of_targets_that_there_is_none_of(targets):
    with pytest.raises(dv.Unsupported, match=r"is unknown\. Accepted: 'indices', 'probabilities'"):
        explain(None, CE(), targets)


NUMBERS = "must be a torch.Tensor, a numpy array or a list of numbers"
INDICES = "targets must be int64 class labels of shape (5,)"
ONE_HOT = F.one_hot(LABELS, 3)
SEQUENCE = torch.randn(2, 6, 4)
#: The model, the criterion, inputs and targets, and what is said.
DATA = {
    "no inputs": (LINEAR, CE(), None, LABELS, f"inputs {NUMBERS}; given None"),
    "no targets": (LINEAR, CE(), X, None, f"targets {NUMBERS}; given None"),
    "inputs by name": (LINEAR, CE(), {"x": 1}, LABELS, f"inputs {NUMBERS}; given {{'x': 1}}"),
    "a text": (LINEAR, CE(), "1, 2", LABELS, f"inputs {NUMBERS}; given '1, 2'"),
    "texts": (LINEAR, CE(), [["a"]], LABELS, f"inputs {NUMBERS}, with rows of one length; given a list"),
    "rows of several lengths": (LINEAR, CE(), [[1, 2, 3, 4], [1]], LABELS, "with rows of one length; given a list"),
    "a list of tensors": (LINEAR, CE(), [X[0], X[1]], LABELS[:2], "given a list of which torch says"),
    "an array of objects": (LINEAR, CE(), np.array([None]), LABELS, "given a ndarray of which torch says"),
    "a set": (LINEAR, CE(), {1, 2}, LABELS, f"inputs {NUMBERS}; given {{1, 2}}"),
    "a number": (LINEAR, CE(), 3, LABELS, "inputs of shape () do not fit Linear(in_features=4)"),
    "a module": (LINEAR, CE(), LINEAR, LABELS, f"inputs {NUMBERS}; given a Linear"),
    "labels by name": (LINEAR, CE(), X, {"y": 1}, f"targets {NUMBERS}; given {{'y': 1}}"),
    "a label as a text": (LINEAR, CE(), X, ["cat"] * 5, f"targets {NUMBERS}, with rows"),
    "labels in a list that are True": (LINEAR, CE(), X, [True] * 5, "give class labels as integers"),
    "too few features": (LINEAR, CE(), X[:, :3], LABELS, "do not fit Linear(in_features=4)"),
    "an array of too few": (LINEAR, CE(), np.ones((5, 3)), LABELS, "their last size must be 4"),
    "integers": (LINEAR, CE(), X.long(), LABELS, "inputs must be floating point"),
    "True and False": (LINEAR, CE(), X > 0, LABELS, "inputs must be floating point"),
    "float8": (None, CE(), Z.to(torch.float8_e4m3fn), LABELS, "given torch.float8_e4m3fn, (5, 3)"),
    "float64 for float32": (LINEAR, CE(), X.double(), LABELS, "the model is torch.float32; make them the same"),
    "complex": (LINEAR, CE(), X + 1j, LABELS, "inputs is complex (torch.complex64)"),
    "an array of complex": (LINEAR, CE(), np.ones((5, 4)) * 1j, LABELS, "inputs is complex"),
    "sparse": (LINEAR, CE(), X.to_sparse(), LABELS, "Make it one first, with .to_dense()"),
    "sparse targets": (None, MSE(), Z, Z.to_sparse(), "targets is no dense tensor (torch.sparse_coo)"),
    "meta": (None, CE(), meta(5, 3), meta(5, dtype=torch.int64), "inputs are on the meta device"),
    "meta inputs": (LINEAR, CE(), meta(5, 4), LABELS, "inputs are on meta, the model on cpu"),
    "meta labels": (LINEAR, CE(), X, meta(5, dtype=torch.int64), "inputs are on cpu, targets on meta"),
    "a meta weight": (LINEAR, CE(weight=meta(3)), X, LABELS, "weight on meta"),
    "quantized": (
        None,
        MSE(),
        lambda: torch.quantize_per_tensor(Z, 1.0, 0, torch.qint8),
        Z,
        "Call .dequantize() first",
    ),
    "nested": (None, MSE(), lambda: torch.nested.nested_tensor([Z[0]], layout=torch.jagged), Z, "to_padded_tensor"),
    "int32 labels": (LINEAR, CE(), X, LABELS.int(), f"{INDICES}; given torch.int32, (5,). Use .long()"),
    "int16 labels": (LINEAR, CE(), X, LABELS.short(), "Use .long()"),
    "int8 labels": (LINEAR, CE(), X, LABELS.char(), "Use .long()"),
    "labels that are True": (LINEAR, CE(), X, LABELS > 0, "Use .long()"),
    "labels in floats": (LINEAR, CE(), X, LABELS.float(), "or probabilities, in floating point, of the outputs' shape"),
    "labels in floats, listed": (LINEAR, CE(), X, [0.0, 1, 2, 1, 0], "given torch.float32, (5,). Use .long()"),
    "labels in floats, NLL": (None, NLL(), Z, LABELS.float(), f"{INDICES}; given torch.float32, (5,). Use .long()"),
    "probabilities, NLL": (None, NLL(), Z, Z, "Of one-hot targets: .argmax(1)"),
    "uint8 at several positions": (None, CE(), Z[None], LABELS[None, :3].byte(), "takes int64 labels only"),
    "one-hot integers": (LINEAR, CE(), X, ONE_HOT, "give class labels, .argmax(1), or the same numbers as prob"),
    "one-hot of one row": (LINEAR, CE(), X[0], ONE_HOT[0], "give class labels, .argmax(0)"),
    "one-hot True": (LINEAR, CE(), X, ONE_HOT.bool(), "must be floating point; given torch.bool, (5, 3)"),
    "one-hot, listed": (LINEAR, CE(), X, ONE_HOT.tolist(), "must be floating point; given torch.int64, (5, 3)"),
    "too few labels": (LINEAR, CE(), X, LABELS[:4], f"{INDICES}; given torch.int64, (4,)"),
    "labels in a column": (LINEAR, CE(), X, LABELS[:, None], "Take out the dimension of size 1: .squeeze(1)"),
    "one label for a batch": (LINEAR, CE(), X, LABELS[0], f"{INDICES}; given torch.int64, ()"),
    "a sequence": (
        LINEAR,
        CE(),
        SEQUENCE,
        torch.zeros(2, 6).long(),
        "explain(None, criterion) with outputs.movedim(-1,",
    ),
    "a sequence, flattened": (LINEAR, CE(), SEQUENCE, torch.zeros(2, 6).long(), "inputs.flatten(0, -2) and targets.fl"),
    "a sequence of outputs": (
        None,
        CE(),
        SEQUENCE,
        torch.zeros(2, 6).long(),
        "Put the classes there: outputs.movedim(-1",
    ),
    "a sequence, NLL": (None, NLL(), SEQUENCE, torch.zeros(2, 6).long(), "NLLLoss takes dimension 1 of the outputs"),
    "a sequence of floats": (None, CE(), SEQUENCE, torch.zeros(2, 6), "outputs.movedim(-1, 1)"),
    "a label beyond the classes": (
        LINEAR,
        CE(),
        X,
        LABELS + 1,
        "between 0 and 2; given 1 to 3. A label that is to be le",
    ),
    "a label of −1": (LINEAR, CE(), X, LABELS - 1, "is the criterion's ignore_index, which is -100"),
    "a label ignored elsewhere": (LINEAR, CE(ignore_index=1), X, LABELS - 100, "ignore_index, which is 1"),
    "labels of one class too many, NLL": (None, NLL(), Z, LABELS + 1, "between 0 and 2; given 1 to 3"),
    "probabilities with an ignored class": (None, CE(ignore_index=1), Z, Z.softmax(1), "names no class to ignore"),
    "probabilities of 8 bits": (None, CE(), Z, Z.softmax(1).to(torch.float8_e5m2), "targets must be torch.float32"),
    "targets of half precision, BCE": (None, BCE(), Z, Z.sigmoid().half(), "torch would round 1 − y in torch.float16"),
    "labels, BCE": (None, BCE(), Z, LABELS, "targets must be torch.float32, of the outputs' shape (5, 3)"),
    "targets of another shape, BCE": (None, BCE(), Z, Z[:, :1], "targets must have the outputs' shape (5, 3)"),
    "targets that do not broadcast": (
        None,
        MSE(),
        Z,
        Z[:, :2],
        "targets do not broadcast to the outputs' shape (5, 3)",
    ),
    "a number for classes": (None, CE(), torch.tensor(1.0), torch.tensor(0), "must have a dimension for the classes"),
    "weights of another number": (LINEAR, CE(weight=torch.ones(2)), X, LABELS, "one entry for each of 3 classes"),
    "a sparse weight": (LINEAR, CE(weight=torch.ones(3).to_sparse()), X, LABELS, "weight is no dense tensor"),
    "a complex weight": (None, BCE(pos_weight=torch.ones(3) * 1j), Z, Z.sigmoid(), "pos_weight is complex"),
    "three dimensions, linear_cross_entropy": (
        None,
        nn.LinearCrossEntropyLoss(4, 3),
        SEQUENCE,
        torch.zeros(2, 6).long(),
        "takes inputs of shape (N, D) or (D,)",
    ),
}


@pytest.mark.filterwarnings("ignore")  # of what torch says of quantized and nested tensors
@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("method", ["gradients", "certify"])
def test_data_that_does_not_fit(method, name):
    model, criterion, inputs, targets, says = DATA[name]
    inputs = inputs() if inspect.isfunction(inputs) else inputs
    with pytest.raises((ValueError, TypeError)) as caught:
        getattr(explain(model, criterion), method)(inputs, targets)
    assert says in str(caught.value)


APART = CE(reduction="none")
#: Arguments beside inputs and targets.
ARGUMENTS = {
    "no vector": (APART, {}, "give grad_output of that shape, for example torch.ones(5,)"),
    "a vector of another shape": (APART, {"grad_output": torch.ones(4)}, "of the loss's shape (5,); given"),
    "a vector of another dtype": (APART, {"grad_output": torch.ones(5).double()}, "grad_output must be torch.float32"),
    "a vector for one number": (CE(), {"grad_output": torch.ones(5)}, "grad_output is for reduction='none'"),
    "a vector by name": (APART, {"grad_output": "ones"}, f"grad_output {NUMBERS}; given 'ones'"),
    "wrt of no such name": (CE(), {"wrt": "logits"}, "wrt='logits': Linear(4, 3) + CrossEntropyLoss has no such"),
    "wrt of names that there are none of": (CE(), {"wrt": ["weight", 3]}, "wrt=3: "),
    "wrt of nothing": (CE(), {"wrt": []}, "wrt=[] asks for nothing. Accepted: 'weight', 'bias', 'inputs', 'outputs'"),
    "wrt of a number": (CE(), {"wrt": 3}, "wrt=3: a name, or several of them. Accepted: 'weight'"),
    "wrt of a tensor": (
        CE(),
        {"wrt": LINEAR.weight},
        "wrt=<Tensor>: Linear(4, 3) + CrossEntropyLoss has no such gradient",
    ),
    "wrt of lists": (CE(), {"wrt": [["weight"]]}, "wrt=['weight']: "),
    "wrt of labels": (CE(), {"wrt": "targets"}, "has no such gradient"),
}


@pytest.mark.parametrize("name", ARGUMENTS)
@pytest.mark.parametrize("method", ["gradients", "certify"])
def test_arguments_that_do_not_fit(method, name):
    criterion, given, says = ARGUMENTS[name]
    with pytest.raises((ValueError, TypeError)) as caught:
        getattr(explain(LINEAR, criterion), method)(X, LABELS, **given)
    assert says in str(caught.value)


POSITIONS = explain(None, nn.LinearCrossEntropyLoss(4, 3, out_features=(2,)))
EXPLANATION = explain(LINEAR, CE())
#: Everything else that can be called.
OTHERS = {
    "derivation of None": (lambda: EXPLANATION.derivation(None), "wrt=None is not the name of one tensor"),
    "derivation of two": (lambda: EXPLANATION.derivation(["weight", "bias"]), "is not the name of one tensor"),
    "derivation of no name": (lambda: EXPLANATION.derivation("W"), "wrt='W': Linear(4, 3) + CrossEntropyLoss has no"),
    "latex of None": (lambda: EXPLANATION.latex(None), "wrt=None is not the name of one tensor"),
    "latex of no form": (lambda: EXPLANATION.latex("weight", form="tensor"), "Accepted: 'matrix', 'index'"),
    "code of a list of no names": (lambda: EXPLANATION.code(["W"]), "wrt='W': Linear(4, 3) + CrossEntropyLoss has no"),
    "code of None": (lambda: EXPLANATION.code(None), "wrt=None: "),
    "code at several positions": (lambda: POSITIONS.code(), "gives logits at several positions, out_features=(2,)"),
    "hessian of a list": (lambda: EXPLANATION.hessian(["weight"]), "is not the name of one tensor"),
    "hessian of no name": (lambda: EXPLANATION.hessian("W"), "wrt='W' has no Hessian"),
    "certified_loss of None": (lambda: certified_loss(None), "the criterion is None"),
    "certified_loss of a class": (lambda: certified_loss(CE), "the criterion is CrossEntropyLoss, a class"),
    "certified_loss of its own layer": (
        lambda: certified_loss(nn.LinearCrossEntropyLoss(4, 3)),
        "holds a linear layer",
    ),
    "assert_gradient of None": (lambda: assert_gradient(F.softmax, None), "the criterion is None"),
    "assert_gradient of its own layer": (
        lambda: assert_gradient(F.softmax, F.linear_cross_entropy),
        "holds a linear layer",
    ),
    "record of a number": (lambda: record(3.0), "record() takes the loss as a torch.Tensor; got float"),
    "record of None": (lambda: record(None), "record() takes the loss as a torch.Tensor; got NoneType"),
    "record of an array": (lambda: record(np.ones(2)), "got ndarray"),
    "record with names that are none": (lambda: record(Z.sum(), 5), "names must be a module, or map names to tensors"),
    "record with a list of tensors": (lambda: record(Z.sum(), [Z]), "names must be a module, or map names to tensors"),
    "record with names of names": (lambda: record(Z.sum(), {"a": "b"}), "names must map to tensors; 'a' is a str"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_calls_that_do_not_fit(name):
    call, says = OTHERS[name]
    with pytest.raises((ValueError, TypeError)) as caught:
        call()
    assert says in str(caught.value)


def test_a_weight_of_inference_mode():
    with torch.inference_mode():
        weight = torch.ones(3)
    with pytest.raises(ValueError, match=r"weight was made in inference mode.* Give weight.clone\(\)"):
        explain(LINEAR, CE(weight=weight)).certify(X, LABELS)
