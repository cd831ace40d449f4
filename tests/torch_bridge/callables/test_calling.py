"""How people's functions are called: arguments by name or order, arrays, labels and W as they want them."""

import pytest
import torch
from torch import nn

from derivations.torch_bridge.callables.calling import Form, fitting, forms, refused, returned_by
from derivations.torch_bridge.callables.signatures import Unreadable, arguments_of, function_of

np = pytest.importorskip("numpy")
OUTPUTS, MODEL = ["outputs", "targets"], ["inputs", "weight", "bias", "targets"]


def made(arguments):
    """A function that takes these, and does nothing."""
    return eval(f"lambda {arguments}: None")  # of the tests' own text


@pytest.mark.parametrize(
    ("arguments", "roles"),
    [
        ("Z, y", OUTPUTS),
        ("logits, labels", OUTPUTS),
        ("input, target", OUTPUTS),
        ("y_pred, y_true", OUTPUTS),
        ("a, b", OUTPUTS),
        ("x, y", OUTPUTS),
        ("y, Z", ["targets", "outputs"]),
        ("scores, gt", OUTPUTS),
        ("Z, y, grad_output", [*OUTPUTS, "grad_output"]),
        ("Z, y, dout=None", [*OUTPUTS, "grad_output"]),
        ("Z, y, eps=1e-3, reduction='mean'", OUTPUTS),
        ("logits, targets, weight=None", OUTPUTS),
        ("p, q, r", [*OUTPUTS, "grad_output"]),
        ("X, W, b, y", MODEL),
        ("W, b, X, Y", ["weight", "bias", "inputs", "targets"]),
        ("X, y, theta", ["inputs", "targets", "weight"]),
        ("X, w, y, b=0", ["inputs", "weight", "targets", "bias"]),
        ("input, weight, bias, target", MODEL),
        ("h, W, labels", ["inputs", "weight", "targets"]),
        ("p, q, r, s", MODEL),
    ],
)
def test_what_arguments_are(arguments, roles):
    assert list(arguments_of(made(arguments)).values()) == roles


@pytest.mark.parametrize("arguments", ["Z", "", "a, b, c, d, e", "*given", "W, X, y, reg", "W, X", "b, y, W, X, more"])
def test_what_cannot_be_told_is_said_in_both_languages(arguments):
    with pytest.raises(Unreadable, match=r"\(X, W, b, y\)") as told:
        arguments_of(made(arguments))
    assert all("{}" in told.value.words[lang] for lang in ("zh", "en"))


class Own(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, labels):
        return logits.sum()


class WithSetup(torch.autograd.Function):
    @staticmethod
    def forward(logits, labels):
        return logits.sum()

    @staticmethod
    def setup_context(ctx, inputs, output):
        pass


class Module(nn.Module):
    def forward(self, input, target):
        return input.sum()


@pytest.mark.parametrize("found", [Own, WithSetup, Module, Module()], ids=["ctx", "setup_context", "class", "module"])
def test_functions_and_modules_are_called_as_such(found):
    fn, arguments = function_of(found)
    assert [*arguments.values()] == OUTPUTS
    assert fn(torch.ones(2, 3), torch.tensor([0, 1])) == 6


def softmax(Z):
    e = np.exp(Z - Z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def by_labels(Z, y):
    P = softmax(Z)
    P[np.arange(len(y)), y] -= 1
    return P


def by_rows(Z, Y):
    return softmax(Z) - Y


def as_d_c(X, W, b, y):
    G = by_labels(X @ W + b, y)
    return X.T @ G, G.sum(axis=0)


def as_c_d(X, W, b, y):
    G = by_labels(X @ W.T + b, y)
    return G.T @ X, G.sum(axis=0)


def of_tensors(Z, y):
    return torch.softmax(Z, dim=1)


def vector(X, w, y):
    return X.T @ (X @ w - y)


def matrix(X, W, y):
    return X.T @ (X @ W - y)


@pytest.mark.parametrize(
    ("fn", "labels", "form"),
    [
        (by_labels, True, {"targets": "indices", "weight": None}),
        (by_rows, True, {"targets": "one-hot", "weight": None}),
        (as_d_c, True, {"targets": "indices", "weight": "(D, C)"}),
        (as_c_d, True, {"targets": "indices", "weight": "(C, D)"}),
        (of_tensors, True, {"arrays": "torch", "targets": "indices"}),
        (vector, False, {"targets": None, "weight": "vector"}),
        (matrix, False, {"targets": None, "weight": "(D, C)"}),
    ],
)
def test_the_form_with_which_it_runs(fn, labels, form):
    arguments = arguments_of(fn)
    criterion = nn.CrossEntropyLoss() if labels else nn.MSELoss()
    found, returned = fitting(fn, [*forms(fn, arguments, labels, None, None)], criterion)
    assert {name: getattr(found, name) for name in form} == form
    assert returned_by(found, returned, "mean") == ("gradients" if "weight" in arguments.values() else "gradient")


def test_what_no_form_runs_with_is_raised():
    def broken(Z, y):
        raise RuntimeError("as it is")

    with pytest.raises(RuntimeError, match="as it is"):
        fitting(broken, [*forms(broken, arguments_of(broken), True, None, None)], nn.CrossEntropyLoss())


def of_seven(Z, y):
    return nn.functional.cross_entropy(Z.reshape(7, 3), y)


@pytest.mark.parametrize(
    ("fn", "arrays", "names"),
    [
        (by_labels, "numpy", ["extra dimensions", "ignored labels"]),
        (nn.functional.cross_entropy, "torch", []),
        (of_seven, "torch", ["extra dimensions", "empty batch"]),
    ],
    ids=["labels", "torch", "seven rows"],
)
def test_what_a_function_refuses(fn, arrays, names):
    form = Form(arguments_of(fn), arrays, "indices")
    assert refused(fn, form, nn.CrossEntropyLoss(), -100) == names


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("weight", ["(C, D)", "(D, C)", "vector"])
def test_gradients_come_back_as_torch_has_them(weight, named):
    """Whatever way W stands there, each gradient has the shape of its own parameter, and float32 stays."""
    seen = {}

    def fn(X, W, b, y):
        seen.update(W=np.shape(W), b=np.shape(b), y=np.shape(y), kind=type(W))
        return {"dW": 2 * W, "grad_b": 2.0 * b} if named else (2 * W, 2.0 * b)

    form = Form(arguments_of(fn), "numpy", None, weight)
    model = form.model().float()
    given = [torch.ones(7, 5), model.weight.detach(), model.bias.detach(), torch.ones(7, model.out_features)]
    found = form.adapted(fn)(*given)
    assert torch.equal(found["weight"], 2 * model.weight)
    assert torch.equal(found["bias"], 2 * model.bias)
    assert found["weight"].dtype == found["bias"].dtype == torch.float32
    shapes = {"(C, D)": ((3, 5), (3,), (7, 3)), "(D, C)": ((5, 3), (3,), (7, 3)), "vector": ((5,), (), (7,))}
    assert (seen["W"], seen["b"], seen["y"]) == shapes[weight]
    assert seen["kind"] is np.ndarray


@pytest.mark.parametrize(
    ("returns", "weight"),
    [
        (lambda dW, db: (dW, db), "(D, C)"),
        (lambda dW, db: (db, dW), "(D, C)"),
        (lambda dW, db: (0.5, dW, db), "(D, C)"),
        (lambda dW, db: (dW, db), "vector"),
        (lambda dW, db: (db, dW), "vector"),
        (lambda dW, db: (np.float64(0.5), dW, db), "vector"),
    ],
    ids=["dW db", "db dW", "loss dW db", "dw db", "db dw", "loss dw db"],
)
def test_gradients_in_any_order_and_a_loss_before_them(returns, weight):
    form = Form(arguments_of(as_d_c), "numpy", None, weight)
    model = form.model()
    given = [torch.ones(7, 5).double(), model.weight.detach(), model.bias.detach(), torch.ones(7, model.out_features)]
    found = form.adapted(lambda X, W, b, y: returns(2 * W, 2 * b))(*given)
    assert torch.equal(found["weight"], 2 * model.weight)
    assert torch.equal(found["bias"], 2 * model.bias)


def test_a_loss_before_a_gradient_is_left_out():
    form = Form(arguments_of(by_labels), "numpy", "indices")
    Z = torch.ones(7, 3, dtype=torch.float64)
    assert torch.equal(form.adapted(lambda Z, y: (1.5, 2 * Z))(Z, torch.zeros(7, dtype=torch.long)), 2 * Z)


def test_the_model_is_the_same_each_time():
    first, second = (Form(dict.fromkeys("XWby", "weight") | {"b": "bias"}).model() for _ in range(2))
    assert torch.equal(first.weight, second.weight)
    assert torch.equal(first.bias, second.bias)
