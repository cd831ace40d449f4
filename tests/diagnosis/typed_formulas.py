"""Formulas as people type them, written before any was read: right ones, wrong ones with what is wrong, and others.

A row: the criterion, what the gradient is of, and the text. Wrong ones have the answers that are right, any of them.
"""

from __future__ import annotations

from functools import partial

import torch
import torch.nn.functional as F
from answers import NOTHING, Answer, Named, answers, divisor, m
from torch import nn

from derivations import explain
from derivations.explanation import Explanation

LAYER = nn.Linear(4, 3)
WEIGHT = torch.tensor([0.5, 1.25, 2.0])
CRITERIA = {
    "mse": nn.MSELoss(),
    "mse sum": nn.MSELoss(reduction="sum"),
    "mse none": nn.MSELoss(reduction="none"),
    "mse weight": partial(F.mse_loss, weight=torch.rand(5, 3)),
    "ce": nn.CrossEntropyLoss(),
    "ce sum": nn.CrossEntropyLoss(reduction="sum"),
    "ce none": nn.CrossEntropyLoss(reduction="none"),
    "ce weight": nn.CrossEntropyLoss(weight=WEIGHT),
    "ce ignored": nn.CrossEntropyLoss(ignore_index=1),
    "ce smoothing": nn.CrossEntropyLoss(label_smoothing=0.1),
    "ce probabilities": nn.CrossEntropyLoss(),
    "nll": nn.NLLLoss(),
    "nll softmax": nn.NLLLoss(),
    "bce": nn.BCEWithLogitsLoss(),
    "bce sum": nn.BCEWithLogitsLoss(reduction="sum"),
    "bce none": nn.BCEWithLogitsLoss(reduction="none"),
    "bce pos_weight": nn.BCEWithLogitsLoss(pos_weight=WEIGHT),
    "bce weight": nn.BCEWithLogitsLoss(weight=WEIGHT),
}


def explained(name: str) -> Explanation:
    """With a linear layer, so that there are W, b and X."""
    if name == "nll softmax":
        return explain(nn.Sequential(LAYER, nn.LogSoftmax(1)), CRITERIA[name])
    if name == "nll":
        return explain(None, CRITERIA[name])
    return explain(LAYER, CRITERIA[name], "probabilities" if name == "ce probabilities" else None)


RIGHT: list[tuple[str, str, str]] = [
    # as on the blackboard, in Python
    ("ce", "outputs", "(softmax(Z) - Y) / N"),
    ("ce", "outputs", "(P - Y) / N"),
    ("ce", "outputs", "(P - Y)/N"),
    ("ce", "outputs", "1/N * (P - Y)"),
    ("ce", "outputs", "P/N - Y/N"),
    ("ce", "outputs", "-(Y - P)/N"),
    ("ce", "outputs", "(softmax(Z, axis=1) - one_hot(y)) / N"),
    ("ce", "outputs", "(F.softmax(Z, dim=1) - F.one_hot(y, C)) / N"),
    ("ce", "outputs", "(torch.softmax(Z, dim=-1) - F.one_hot(y, num_classes=C)) / Z.shape[0]"),
    ("ce", "outputs", "(Z.softmax(1) - np.eye(C)[y]) / len(y)"),
    ("ce", "outputs", "(np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True) - np.eye(C)[y]) / N"),
    ("ce", "outputs", "(np.exp(Z) / np.sum(np.exp(Z), axis=1, keepdims=True) - Y) / Z.shape[0]"),
    (
        "ce",
        "outputs",
        "(exp(Z - Z.max(1, keepdims=True)) / exp(Z - Z.max(1, keepdims=True)).sum(1, keepdims=True) - Y)/N",
    ),
    ("ce", "outputs", "(exp(log_softmax(Z)) - Y) / N"),
    ("ce", "outputs", "(softmax(X @ W.T + b) - Y) / N"),
    ("ce", "weight", "(P - Y).T @ X / N"),
    ("ce", "weight", "1/N * (P - Y).T @ X"),
    ("ce", "weight", "np.dot((P - Y).T, X) / N"),
    ("ce", "weight", "(X.T @ (P - Y)).T / N"),
    ("ce", "weight", "np.matmul((P - Y).T, X) / X.shape[0]"),
    ("ce", "bias", "(P - Y).sum(0) / N"),
    ("ce", "bias", "(P - Y).mean(axis=0)"),
    ("ce", "bias", "np.mean(P - Y, axis=0)"),
    ("ce", "bias", "np.sum(P - Y, axis=0) / N"),
    ("ce", "inputs", "(P - Y) @ W / N"),
    ("ce", "inputs", "np.dot(P - Y, W) / N"),
    ("ce sum", "outputs", "P - Y"),
    ("ce sum", "outputs", "softmax(Z) - Y"),
    ("ce sum", "weight", "(P - Y).T @ X"),
    ("ce none", "outputs", "grad_output[:, None] * (P - Y)"),
    ("ce weight", "outputs", "weight[y][:, None] * (P - Y) / weight[y].sum()"),
    ("ce weight", "outputs", "weight[y].reshape(-1, 1) * (softmax(Z) - Y) / np.sum(weight[y])"),
    ("ce smoothing", "outputs", "(P - (1 - label_smoothing) * Y - label_smoothing / C) / N"),
    ("ce smoothing", "outputs", "(P - ((1 - eps) * Y + eps / C)) / N"),
    ("ce ignored", "outputs", "(y != ignore_index)[:, None] * (P - one_hot(y)) / (y != ignore_index).sum()"),
    ("ce probabilities", "outputs", "(P * Y.sum(1, keepdims=True) - Y) / N"),
    ("mse", "outputs", "2 * (Z - Y) / (N * C)"),
    ("mse", "outputs", "2*(Z-Y)/Z.size"),
    ("mse", "outputs", "2/(N*C)*(Z-Y)"),
    ("mse", "outputs", "2 * (Z - Y) / Z.numel()"),
    ("mse", "outputs", "-2 * (Y - Z) / (N * C)"),
    ("mse", "outputs", "2*Z/(N*C) - 2*Y/(N*C)"),
    ("mse", "weight", "2 * (Z - Y).T @ X / (N * C)"),
    ("mse", "weight", "2/(N*C) * (X @ W.T + b - Y).T @ X"),
    ("mse", "bias", "2 * (Z - Y).sum(0) / (N * C)"),
    ("mse", "bias", "2 * (Z - Y).mean(0) / C"),
    ("mse", "inputs", "2 * (Z - Y) @ W / (N * C)"),
    ("mse sum", "outputs", "2 * (Z - Y)"),
    ("mse none", "outputs", "2 * grad_output * (Z - Y)"),
    ("mse weight", "outputs", "2 * weight * (Z - Y) / weight.sum()"),
    ("bce", "outputs", "(sigmoid(Z) - Y) / (N * C)"),
    ("bce", "outputs", "(1 / (1 + np.exp(-Z)) - Y) / (N * C)"),
    ("bce", "outputs", "(sigma - Y) / (N*C)"),
    ("bce", "outputs", "(torch.sigmoid(Z) - Y) / Z.numel()"),
    ("bce", "outputs", "((1 - Y) * sigmoid(Z) - Y * (1 - sigmoid(Z))) / (N * C)"),
    ("bce", "weight", "(sigmoid(Z) - Y).T @ X / (N * C)"),
    ("bce", "bias", "(sigmoid(Z) - Y).sum(axis=0) / (N * C)"),
    ("bce sum", "outputs", "sigmoid(Z) - Y"),
    ("bce none", "outputs", "grad_output * (sigmoid(Z) - Y)"),
    ("bce pos_weight", "outputs", "((1 - Y) * sigmoid(Z) - pos_weight * Y * (1 - sigmoid(Z))) / (N * C)"),
    ("bce weight", "outputs", "weight * (sigmoid(Z) - Y) / (N * C)"),
    ("nll", "outputs", "-one_hot(y) / N"),
    ("nll", "outputs", "-Y / N"),
    ("nll softmax", "logits", "(softmax(Z) - Y) / N"),
    ("nll softmax", "weight", "(P - Y).T @ X / N"),
    # LaTeX
    ("ce", "outputs", r"\frac{1}{N}(P - Y)"),
    ("ce", "outputs", r"\frac{P - Y}{N}"),
    ("ce", "outputs", r"\frac{1}{N}\left(\operatorname{softmax}(Z) - Y\right)"),
    ("ce", "outputs", r"$\frac{1}{N}(P - \hat{Y})$"),
    ("ce", "weight", r"\frac{1}{N}(P - Y)^\top X"),
    ("ce", "weight", r"\frac{1}{N} (P - Y)^T X"),
    ("ce", "weight", r"\frac1N (P-Y)^{\top} X"),
    ("ce", "inputs", r"\frac{1}{N}(P - Y) W"),
    ("mse", "outputs", r"\frac{2}{NC}(Z - Y)"),
    ("mse", "weight", r"\frac{2}{NC}(Z - Y)^{\mathsf{T}} X"),
    ("mse", "weight", r"\frac{2}{N \cdot C}\,(XW^\top + b - Y)^\top X"),
    ("bce", "outputs", r"\frac{1}{NC}(\sigma(Z) - Y)"),
    ("bce", "outputs", r"\frac{\sigma - Y}{NC}"),
    ("ce", "weight", "(P - Y)ᵀ X / N"),
    # with indices
    ("ce", "outputs", r"\frac{1}{N}(p_{ij} - y_{ij})"),
    ("ce", "outputs", r"\frac{1}{N}\left(P_{ij} - \delta_{j, y_i}\right)"),
    ("ce", "outputs", r"(p_{ij} - [j = y_i]) / N"),
    ("ce", "weight", r"\frac{1}{N}\sum_n (p_{nj} - y_{nj}) x_{nm}"),
    ("ce", "weight", r"\frac{1}{N}\sum_{n=1}^{N} (P_{nj} - Y_{nj}) X_{nm}"),
    ("ce", "bias", r"\frac{1}{N}\sum_n (p_{nj} - y_{nj})"),
    ("ce", "inputs", r"\frac{1}{N}\sum_c (p_{nc} - y_{nc}) w_{cm}"),
    ("mse", "outputs", r"\frac{2}{NC}(z_{ij} - y_{ij})"),
    ("mse", "weight", r"\frac{2}{NC}\sum_n (z_{nj} - y_{nj}) x_{nm}"),
    ("bce", "outputs", r"\frac{\sigma(z_{ij}) - y_{ij}}{NC}"),
    # functions
    (
        "ce",
        "outputs",
        "def grad(Z, y):\n    P = np.exp(Z - Z.max(1, keepdims=True))\n    P = P / P.sum(1, keepdims=True)\n"
        "    P[np.arange(N), y] -= 1\n    return P / N\n",
    ),
    (
        "ce",
        "outputs",
        "def grad(logits, labels):\n    probs = softmax(logits)\n    onehot = np.eye(C)[labels]\n"
        "    return (probs - onehot) / len(labels)",
    ),
    (
        "ce",
        "outputs",
        "def softmax_grad(Z, y):\n    m = Z.shape[0]\n    grad = softmax(Z)\n    grad[range(m), y] -= 1\n"
        "    grad = grad / m\n    return grad",
    ),
    ("ce", "weight", "dZ = (P - Y) / N\ndW = dZ.T @ X\ndW"),
    ("ce", "weight", "G = (P - Y) / N; G.T @ X"),
    ("mse", "outputs", "def grad(Z, Y):\n    diff = Z - Y\n    return 2 * diff / diff.size"),
    (
        "mse",
        "weight",
        "def dW(X, W, b, Y):\n    # squared error, averaged over all entries\n    Z = X @ W.T + b\n"
        "    return 2 / Z.size * (Z - Y).T @ X",
    ),
    (
        "mse",
        "weight",
        "def dW(X, W, b, Y):\n    Z = X @ W.T + b\n    G = 2 * (Z - Y) / (N * C)\n    out = np.zeros((C, D))\n"
        "    for n in range(N):\n        for j in range(C):\n            for m in range(D):\n"
        "                out[j, m] += G[n, j] * X[n, m]\n    return out",
    ),
    ("bce", "outputs", "def grad(z, y):\n    s = 1 / (1 + np.exp(-z))\n    return (s - y) / z.size"),
    ("ce", "outputs", "lambda Z, y: (softmax(Z) - np.eye(C)[y]) / N"),
]

WRONG: list[tuple[str, str, str, tuple[Answer, ...]]] = []


def wrong(criterion: str, wrt: str, text: str, *accepted: Named | Answer) -> None:
    WRONG.append((criterion, wrt, text, answers(*accepted)))


SIGN, TRANSPOSED, HALF, TWO = m("sign"), m("transposed"), m("factor", times=0.5), m("factor", times=2)
BY_SUM, NO_MEAN, N_ONLY, C_ONLY = divisor("N", "1"), divisor("N·C", "1"), divisor("N·C", "N"), divisor("N·C", "C")
ONE_HOT = m("term missing", term=("Ŷ", "Y_hat", "Y"))
MISSING, AXIS, NOT_NORMALISED = m("softmax missing"), m("softmax axis"), m("softmax not normalised")
DIFFERENTIATED_TWICE, OF_PROBABILITIES = m("differentiated twice"), m("of probabilities")
WEIGHT_IGNORED, WEIGHT_MISSING = m("option ignored", option="weight"), m("option missing", option="weight")
SMOOTHING_IGNORED = m("option ignored", option="label_smoothing")
OF_OUTPUTS = m("another gradient", of="outputs")
NOT_X, NOT_W = m("factor missing", factor="X"), m("factor missing", factor="W")
SHAPE = m("shape")
AVERAGED = m("summed", how="mean")  # of a bias: the divisor N once more, in other words

# Cross-entropy, outputs
for text in ("P - Y", "softmax(Z) - Y", "softmax(Z) - one_hot(y)", r"P - \hat{Y}", r"p_{ij} - \delta_{j,y_i}"):
    wrong("ce", "outputs", text, BY_SUM)
wrong("ce", "outputs", "def f(Z, y):\n    p = softmax(Z)\n    p[np.arange(N), y] -= 1\n    return p", BY_SUM)
wrong("ce", "outputs", "(P - Y) / C", divisor("N", "C"))
wrong("ce", "outputs", "(P - Y) / (N * C)", divisor("N", "N·C"))
wrong("ce", "outputs", "(P - Y) / P.size", divisor("N", "N·C"))
wrong("ce", "outputs", "np.mean(P - Y)", m("shape"), NOTHING, m("zero"))
wrong("ce", "outputs", r"\frac{1}{C}(P - Y)", divisor("N", "C"))
wrong("ce", "outputs", "(P - Y) / N**2", divisor("N", "N·N"))
wrong("ce", "outputs", "(Y - P) / N", SIGN)
wrong("ce", "outputs", "-(P - Y) / N", SIGN)
wrong("ce", "outputs", r"\frac{Y - P}{N}", SIGN)
wrong("ce", "outputs", r"-\frac{1}{N}(p_{ij} - y_{ij})", SIGN)
wrong("ce", "outputs", "(Z - Y) / N", MISSING)
wrong("ce", "outputs", r"\frac{1}{N}(Z - Y)", MISSING)
wrong("ce", "outputs", r"(z_{ij} - y_{ij})/N", MISSING)
wrong("ce", "outputs", "(softmax(softmax(Z)) - Y) / N", m("softmax twice"))
wrong("ce", "outputs", "(softmax(P) - Y) / N", m("softmax twice"))
wrong("ce", "outputs", "(softmax(Z, axis=0) - Y) / N", AXIS)
wrong("ce", "outputs", "(np.exp(Z) / np.exp(Z).sum(0) - Y) / N", AXIS)
wrong("ce", "outputs", "(np.exp(Z) - Y) / N", NOT_NORMALISED)
wrong("ce", "outputs", "(np.exp(Z) / np.exp(Z).sum() - Y) / N", m("softmax axis"), NOT_NORMALISED)
wrong("ce", "outputs", "(sigmoid(Z) - Y) / N", m("sigmoid for softmax"))
wrong("ce", "outputs", "(log_softmax(Z) - Y) / N", m("log for probability"))
wrong("ce", "outputs", "(np.log(P) - Y) / N", m("log for probability"))
wrong("ce", "outputs", "P / N", ONE_HOT)
wrong("ce", "outputs", "softmax(Z) / N", ONE_HOT)
wrong("ce", "outputs", "(P + Y) / N", m("term sign", term=("Ŷ", "Y_hat", "Y")))
wrong("ce", "outputs", "-Y / N", m("term missing", term="P"), m("another gradient"))
wrong("ce", "outputs", "-Y / P / N", OF_PROBABILITIES)
wrong("ce", "outputs", "-Y / (N * P)", OF_PROBABILITIES)
wrong("ce", "outputs", r"-\frac{Y}{N P}", OF_PROBABILITIES, NOTHING)
wrong("ce", "outputs", "(P - Y) * P * (1 - P) / N", DIFFERENTIATED_TWICE)
wrong("ce", "outputs", "(P - y[:, None]) / N", m("labels as numbers"))
wrong("ce", "outputs", "-Y * np.log(P) / N", m("not differentiated"))
wrong("ce", "outputs", "0 * P", m("zero"))
wrong("ce", "outputs", "(P - Y).T / N", TRANSPOSED)
wrong("ce", "outputs", "(1 - P) / N", NOTHING, (m("factor missing", factor="Ŷ"), SIGN))  # 1 for Ŷ: true as well
wrong("ce", "outputs", "(P - 1) / N", NOTHING, m("factor missing", factor="Ŷ"))
wrong("ce", "outputs", "(P - Y)**2 / N", NOTHING, m("not differentiated", how="squared"))  # true of the difference
wrong("ce", "outputs", "Z", NOTHING)
wrong("ce", "outputs", "(P - Y).sum(0) / N", m("another gradient", of="bias"), SHAPE)
wrong(
    "ce", "outputs", "def f(Z, y):\n    p = softmax(Z)\n    p[:, y] -= 1\n    return p / N", NOTHING, m("entries wrong")
)
wrong(
    "ce",
    "outputs",
    "def f(Z, y):\n    p = softmax(Z)\n    p[np.arange(N), y] += 1\n    return p / N",
    m("term sign", term=("Ŷ", "Y_hat", "Y")),
)
wrong("ce", "outputs", "2 * (P - Y) / N", TWO, m("counted twice"))
wrong("ce", "outputs", "(P - Y) / (2 * N)", HALF)
wrong("ce", "outputs", "(P - Y) * N", divisor(("N", "1/N")), m("factor"), divisor("N·N", "1"))
wrong("ce", "outputs", "Y - P", (SIGN, BY_SUM))
wrong("ce", "outputs", "Z - Y", (MISSING, BY_SUM))
wrong("ce", "outputs", "sigmoid(Z) - Y", (m("sigmoid for softmax"), BY_SUM))
wrong("ce sum", "outputs", "(P - Y) / N", divisor("1", "N"))
wrong("ce sum", "outputs", "Y - P", SIGN)
wrong("ce none", "outputs", "P - Y", m("grad_output ignored"))
wrong("ce none", "outputs", "(P - Y) / N", (m("grad_output ignored"), divisor("1", "N")))
wrong("ce none", "outputs", "grad_output[:, None]**2 * (P - Y)", m("grad_output twice"))
wrong("ce none", "outputs", "grad_output[:, None] * (P - Y) / N", divisor("1", "N"))
# … W, b, X
wrong("ce", "weight", "(P - Y).T @ X", BY_SUM)
wrong("ce", "weight", "X.T @ (P - Y) / N", TRANSPOSED)
wrong("ce", "weight", r"\frac{1}{N} X^\top (P - Y)", TRANSPOSED)
wrong("ce", "weight", "(P - Y) / N", OF_OUTPUTS, NOT_X, SHAPE)
wrong("ce", "weight", "(Y - P).T @ X / N", SIGN)
wrong("ce", "weight", "P.T @ X / N", ONE_HOT)
wrong("ce", "weight", "-Y.T @ X / N", m("term missing", term="P"), m("another gradient"))
wrong("ce", "weight", "(Z - Y).T @ X / N", MISSING)
wrong("ce", "weight", r"\sum_n (p_{nj} - y_{nj}) x_{nm}", BY_SUM)
wrong("ce", "weight", r"\frac{1}{N}\sum_n (y_{nj} - p_{nj}) x_{nm}", SIGN)
wrong("ce", "weight", "(P - Y).T @ X / N + 0.1 * W", m("term added", term="W"))
wrong("ce", "weight", "(P - Y).T @ X / (N * D)", divisor("N", "N·D"))
wrong("ce", "weight", "X.T @ (P - Y)", (TRANSPOSED, BY_SUM))
wrong("ce", "weight", "dZ = P - Y\ndZ.T @ X", BY_SUM)
wrong("ce", "weight", "(softmax(Z, axis=0) - Y).T @ X / N", AXIS)
wrong("ce", "bias", "(P - Y).sum(0)", BY_SUM)
wrong("ce", "bias", "(P - Y).mean()", m("summed", how="everything"), m("zero"), SHAPE, NOTHING)
wrong("ce", "bias", "(P - Y).sum(1) / N", m("summed", how="classes"), SHAPE, m("zero"))
wrong("ce", "bias", "(P - Y) / N", m("summed", how="not"), OF_OUTPUTS, SHAPE)
wrong("ce", "bias", "(P - Y).mean(0) / N", divisor("N", "N·N"), AVERAGED)
wrong("ce", "bias", "(Y - P).mean(0)", SIGN)
wrong("ce", "bias", "P.mean(0)", ONE_HOT)
wrong("ce", "inputs", "(P - Y) @ W", BY_SUM)
wrong("ce", "inputs", "(Y - P) @ W / N", SIGN)
wrong("ce", "inputs", "(P - Y) / N", OF_OUTPUTS, NOT_W, SHAPE)
wrong("ce", "inputs", "W.T @ (P - Y).T / N", TRANSPOSED)
wrong("ce", "inputs", "(Z - Y) @ W / N", MISSING)
# … options
wrong("ce weight", "outputs", "(P - Y) / N", WEIGHT_IGNORED)
wrong("ce weight", "outputs", "weight[y][:, None] * (P - Y) / N", divisor("S", "N"))
wrong("ce weight", "outputs", "weight[y][:, None] * (P - Y) / weight.sum()", divisor("S", "Σw"))
wrong("ce weight", "outputs", "weight[y][:, None] * (P - Y)", divisor("S", "1"))
wrong("ce weight", "outputs", "weight * (P - Y) / weight[y].sum()", m("weight by column"))
wrong("ce weight", "outputs", "weight * (P - Y) / N", (m("weight by column"), divisor("S", "N")))
wrong("ce weight", "outputs", "(P - Y) / weight[y].sum()", WEIGHT_MISSING)
wrong("ce weight", "outputs", "P - Y", (WEIGHT_IGNORED, BY_SUM), (WEIGHT_MISSING, divisor("S", "1")))
wrong("ce smoothing", "outputs", "(P - Y) / N", SMOOTHING_IGNORED)
wrong("ce smoothing", "outputs", "(P - (1 - eps) * Y) / N", m("smoothing", how="ε/C"))
wrong("ce smoothing", "outputs", "(P - (1 - eps) * Y - eps) / N", m("smoothing", how="ε"))
wrong("ce smoothing", "outputs", "(P - Y - eps / C) / N", m("smoothing", how="1−ε"))
wrong("ce smoothing", "outputs", "(P - (1 - eps) * Y - eps / (C - 1) * (1 - Y)) / N", m("smoothing", how="C−1"))
wrong("ce smoothing", "weight", "(P - Y).T @ X / N", SMOOTHING_IGNORED)
wrong("ce ignored", "outputs", "(y != ignore_index)[:, None] * (P - one_hot(y)) / N", divisor("S", "N"))
wrong(
    "ce ignored",
    "outputs",
    "(P - one_hot(y)) / N",
    m("option ignored", option="ignore_index"),
    (m("ignored rows counted"), divisor("S", "N")),
)
wrong("ce probabilities", "outputs", "(P - Y) / N", m("factor missing"))
wrong("ce probabilities", "outputs", "P * Y.sum(1, keepdims=True) - Y", BY_SUM)
wrong("ce probabilities", "outputs", "(Y - P * Y.sum(1, keepdims=True)) / N", SIGN)
# Mean squared error
wrong("mse", "outputs", "(Z - Y) / (N * C)", HALF)
wrong("mse", "outputs", r"\frac{1}{NC}(Z - Y)", HALF)
wrong("mse", "outputs", "2 * (Z - Y) / N", N_ONLY)
wrong("mse", "outputs", r"\frac{2}{N}(Z - Y)", N_ONLY)
wrong("mse", "outputs", r"\frac{2}{N}(z_{ij} - y_{ij})", N_ONLY)
wrong("mse", "outputs", "2 * (Z - Y) / len(Z)", N_ONLY)
wrong("mse", "outputs", "2 * (Z - Y) / C", C_ONLY)
wrong("mse", "outputs", "2 * (Z - Y)", NO_MEAN)
wrong("mse", "outputs", "2 * (Y - Z) / (N * C)", SIGN)
wrong("mse", "outputs", "2 * (Z + Y) / (N * C)", m("term sign", term="Y"))
wrong("mse", "outputs", "2 * Z / (N * C)", m("term missing", term="Y"))
wrong("mse", "outputs", "(Z - Y)**2 / (N * C)", m("not differentiated"))
wrong(
    "mse", "outputs", "np.sign(Z - Y) / (N * C)", m("not differentiated"), (m("not differentiated", how="sign"), HALF)
)
wrong("mse", "outputs", "(Z - Y) / N", (HALF, N_ONLY))
wrong("mse", "outputs", "Z - Y", (HALF, NO_MEAN))
wrong("mse", "outputs", "2 * (sigmoid(Z) - Y) / (N * C)", NOTHING)
wrong("mse", "weight", "2 * (Z - Y).T @ X / N", N_ONLY)
wrong("mse", "weight", "2 * X.T @ (Z - Y) / (N * C)", TRANSPOSED)
wrong("mse", "weight", "(Z - Y).T @ X / (N * C)", HALF)
wrong("mse", "weight", "2 * (X @ W.T - Y).T @ X / (N * C)", m("term missing", term="b"), NOTHING)
wrong(
    "mse", "weight", "2 * (X.T @ X @ W.T - X.T @ Y) / N", NOTHING, (m("term missing"), TRANSPOSED), SHAPE
)  # true, if weak
wrong("mse", "weight", "def f(X, W, b, Y):\n    Z = X @ W.T + b\n    return (Z - Y).T @ X / N", (HALF, N_ONLY))
wrong("mse", "bias", "2 * (Z - Y).mean(0)", N_ONLY)
wrong("mse", "bias", "2 * (Z - Y).mean()", m("summed", how="everything"), SHAPE, (m("summed", how="everything"),))
wrong("mse", "bias", "2 * (Z - Y).sum() / (N * C)", m("summed", how="everything"), SHAPE)
wrong("mse", "bias", "2 * (Z - Y) / (N * C)", m("summed", how="not"), OF_OUTPUTS, SHAPE)
wrong("mse", "bias", "2 * (Z - Y).sum(0) / N", N_ONLY)
wrong("mse", "inputs", "2 * (Z - Y) @ W / N", N_ONLY)
wrong("mse sum", "outputs", "Z - Y", HALF)
wrong("mse sum", "outputs", "2 * (Z - Y) / (N * C)", divisor("1", "N·C"))
wrong("mse none", "outputs", "2 * (Z - Y)", m("grad_output ignored"))
wrong("mse weight", "outputs", "2 * weight * (Z - Y) / (N * C)", divisor(("S", "N·C"), ("Σw", "N·C")))
wrong("mse weight", "outputs", "2 * (Z - Y) / (N * C)", WEIGHT_IGNORED)
# Binary cross-entropy
wrong("bce", "outputs", "sigmoid(Z) - Y", NO_MEAN)
wrong("bce", "outputs", r"\sigma(Z) - Y", NO_MEAN)
wrong("bce", "outputs", "(sigmoid(Z) - Y) / N", N_ONLY)
wrong("bce", "outputs", r"\frac{1}{N}(\sigma(Z) - Y)", N_ONLY)
wrong("bce", "outputs", "(Y - sigmoid(Z)) / (N * C)", SIGN)
wrong("bce", "outputs", "(Z - Y) / (N * C)", m("sigmoid missing"))
wrong("bce", "outputs", "(softmax(Z) - Y) / (N * C)", m("softmax for sigmoid"))
wrong("bce", "outputs", "(sigmoid(sigmoid(Z)) - Y) / (N * C)", m("sigmoid twice"))
wrong("bce", "outputs", "(sigmoid(Z) - Y) * sigmoid(Z) * (1 - sigmoid(Z)) / (N * C)", DIFFERENTIATED_TWICE)
wrong("bce", "outputs", "(sigmoid(Z) - Y) / (sigmoid(Z) * (1 - sigmoid(Z))) / (N * C)", OF_PROBABILITIES)
wrong("bce", "outputs", "(-Y / sigma + (1 - Y) / (1 - sigma)) / (N * C)", OF_PROBABILITIES)
wrong("bce", "outputs", "sigmoid(Z) / (N * C)", m("term missing", term="Y"))
wrong("bce", "outputs", "(1 / (1 + np.exp(Z)) - Y) / (N * C)", NOTHING)
wrong("bce", "weight", "X.T @ (sigmoid(Z) - Y) / (N * C)", TRANSPOSED)
wrong("bce", "weight", "(sigmoid(Z) - Y).T @ X / N", N_ONLY)
wrong("bce", "bias", "(sigmoid(Z) - Y).sum() / (N * C)", m("summed", how="everything"), SHAPE)
wrong("bce sum", "outputs", "(sigmoid(Z) - Y) / (N * C)", divisor("1", "N·C"))
wrong("bce none", "outputs", "sigmoid(Z) - Y", m("grad_output ignored"))
wrong(
    "bce pos_weight",
    "outputs",
    "(sigmoid(Z) - Y) / (N * C)",
    m("option ignored", option="pos_weight"),
    m("option missing", option="pos_weight"),
)
wrong(
    "bce pos_weight",
    "outputs",
    "pos_weight * (sigmoid(Z) - Y) / (N * C)",
    m("option's term", option="pos_weight", how="both terms"),
)
wrong(
    "bce pos_weight",
    "outputs",
    "(pos_weight * (1 - Y) * sigmoid(Z) - Y * (1 - sigmoid(Z))) / (N * C)",
    m("option's term", option="pos_weight", how="wrong term"),
)
wrong("bce weight", "outputs", "(sigmoid(Z) - Y) / (N * C)", WEIGHT_IGNORED, WEIGHT_MISSING)
wrong("bce weight", "outputs", "weight**2 * (sigmoid(Z) - Y) / (N * C)", m("option twice", option="weight"))
# NLL
wrong("nll", "outputs", "-Y", BY_SUM)
wrong("nll", "outputs", "Y / N", SIGN)
wrong("nll", "outputs", "(exp(Q) - Y) / N", m("another gradient"), m("term added"))
wrong("nll softmax", "logits", "P - Y", BY_SUM)
wrong("nll softmax", "logits", "-Y / N", m("term missing", term="P"), m("another gradient"))
wrong("nll softmax", "weight", "(Y - P).T @ X / N", SIGN)

# More of them in LaTeX, with indices, and as functions
wrong("ce", "outputs", r"\frac{1}{N}\left(\hat{Y} - P\right)", SIGN)
wrong("ce", "outputs", r"\frac{1}{NC}\left(P - \hat{Y}\right)", divisor("N", "N·C"))
wrong("ce", "outputs", r"\frac{1}{N}(\sigma(Z) - Y)", m("sigmoid for softmax"))
wrong("ce", "outputs", r"\frac{1}{N}\left(e^{z_{ij}} - \delta_{j, y_i}\right)", NOT_NORMALISED)
wrong("ce", "outputs", r"\frac{1}{N}\left(\frac{e^{z_{ij}}}{\sum_n e^{z_{nj}}} - \delta_{j, y_i}\right)", AXIS)
wrong("ce", "outputs", r"\frac{1}{N} p_{ij}", ONE_HOT)
wrong("ce", "outputs", r"-\frac{1}{N}\frac{y_{ij}}{p_{ij}}", OF_PROBABILITIES)
wrong("ce", "outputs", r"-\frac{1}{N} y_{ij} \log p_{ij}", m("not differentiated"))
wrong("ce", "outputs", r"\frac{1}{N} (p_{ij} - y_{ij}) p_{ij} (1 - p_{ij})", DIFFERENTIATED_TWICE)
wrong("ce", "outputs", r"\sum_n (p_{nj} - y_{nj}) / N", m("another gradient", of="bias"), SHAPE)
wrong("ce", "weight", r"\frac{1}{N}(P - Y)^\top", m("another gradient"), SHAPE, NOT_X, (OF_OUTPUTS, TRANSPOSED))
wrong("ce", "weight", r"(P - Y)^\top X", BY_SUM)
wrong("ce", "weight", r"\frac{1}{N}\sum_n (p_{nj} - y_{nj})", m("another gradient", of="bias"), SHAPE, NOT_X)
wrong("ce", "weight", r"\frac{1}{C}\sum_n (p_{nj} - y_{nj}) x_{nm}", divisor("N", "C"))
wrong("ce", "weight", r"\frac{1}{N}\sum_n (z_{nj} - y_{nj}) x_{nm}", MISSING)
wrong("ce", "weight", r"\frac{1}{N}\sum_n x_{nm} p_{nj}", ONE_HOT)
wrong("ce", "bias", r"\sum_n (p_{nj} - y_{nj})", BY_SUM)
wrong("ce", "bias", r"\frac{1}{N}\sum_n (y_{nj} - p_{nj})", SIGN)
wrong("ce", "bias", r"\frac{1}{N^2}\sum_n (p_{nj} - y_{nj})", divisor("N", "N·N"), AVERAGED)
wrong("ce", "inputs", r"\sum_c (p_{nc} - y_{nc}) w_{cm}", BY_SUM)
wrong("ce", "inputs", r"\frac{1}{C}\sum_c (p_{nc} - y_{nc}) w_{cm}", divisor("N", "C"))
wrong("mse", "outputs", r"\frac{1}{N}(z_{ij} - y_{ij})^2", NOTHING, (m("not differentiated"), N_ONLY))
wrong("mse", "outputs", r"-\frac{2}{NC}(Z - Y)", SIGN)
wrong("mse", "outputs", r"\frac{4}{NC}(Z - Y)", TWO)
wrong("mse", "weight", r"\frac{2}{N}\sum_n (z_{nj} - y_{nj}) x_{nm}", N_ONLY)
wrong("mse", "weight", r"\frac{1}{N}(XW^\top + b - Y)^\top X", (HALF, N_ONLY))
wrong("mse", "weight", r"\frac{2}{NC} X^\top (XW^\top + b - Y)", TRANSPOSED)
wrong("mse", "bias", r"\frac{2}{N}\sum_n (z_{nj} - y_{nj})", N_ONLY)
wrong("mse", "inputs", r"\frac{1}{NC}(Z - Y) W", HALF)
wrong("bce", "outputs", r"\frac{y_{ij} - \sigma(z_{ij})}{NC}", SIGN)
wrong("bce", "outputs", r"\frac{\sigma(z_{ij}) - y_{ij}}{N}", N_ONLY)
wrong("bce", "weight", r"\frac{1}{N}\sum_n (\sigma(z_{nj}) - y_{nj}) x_{nm}", N_ONLY)
wrong(
    "ce",
    "weight",
    "def softmax_loss(W, X, y):\n    scores = X @ W.T + b\n    e = np.exp(scores)\n"
    "    p = e / e.sum(1, keepdims=True)\n    p[np.arange(N), y] -= 1\n    dW = p.T @ X\n"
    "    dW += 2 * 0.1 * W\n    return dW / N",
    (m("term added", term="W"),),
)
wrong(
    "ce",
    "bias",
    "def db(Z, y):\n    p = softmax(Z)\n    p[range(N), y] -= 1\n    p /= N\n    return p.mean(0)",
    divisor("N", "N·N"),
    AVERAGED,
)
wrong(
    "mse",
    "weight",
    "def dW(X, W, b, Y):\n    G = 2 * (X @ W.T + b - Y) / (N * C)\n    out = np.zeros((C, D))\n"
    "    for n in range(N - 1):\n        out += np.outer(G[n], X[n])\n    return out",
    m("sample missing"),
)
wrong(
    "ce",
    "outputs",
    "def f(Z, y):\n    p = softmax(Z)\n    p[np.arange(N), y - 1] -= 1\n    return p / N",
    m("labels shifted"),
)
wrong("bce", "outputs", "def f(z, y):\n    s = 1 / (1 + np.exp(-z))\n    return s - y", NO_MEAN)
wrong("bce", "outputs", "def f(z, y):\n    s = 1 / (1 + np.exp(-z))\n    return (y - s) / len(y)", (SIGN, N_ONLY))

#: Not understood: each must say where, or what is asked for.
NOT_UNDERSTOOD = (
    "",
    "   ",
    "(P - Y / N",
    "P - Y) / N",
    "P -",
    "* P",
    "P - Y /",
    "P @",
    "P **",
    "(P - Y] / N",
    "foo(Z)",
    "P - Unknown",
    "P - Y / M_total",
    "softmax()",
    "softmax(Z, 1, 2, 3, 4)",
    "P[0",
    "P.__class__",
    "P.dtype",
    "P.frobnicate()",
    "import os",
    "from os import system",
    "x =",
    "def f(Z, y):",
    "def f(Z, y): pass",
    "def f(Z, y):\n    x = 1",
    "for n in range(N)",
    "while True: P",
    "class A: pass",
    "try:\n    P\nexcept: Y",
    "with P as Q: Q",
    "'P - Y'",
    'f"{P}"',
    "open('x')",
    "eval('P')",
    "print(P)",
    "P :=",
    "P if",
    "{P",
    "{'a': P}",
    "...",
    "None",
    "yield P",
    "async def f(): return P",
    r"\frac{1}{N",
    r"\frac{1}",
    r"\frac",
    r"\foo{P}",
    r"\begin{cases} P & Y \end{cases}",
    r"\sum_n",
    r"P_{ij",
    r"\left( P - Y",
    "P - Y ?",
    "P ¥ Y",
    "这是什么",
    "1/N (P - Y",
    "np.linalg.inv(X)",
    "torch.load('x')",
    "os.system('ls')",
    "global P",
    "del P",
    "assert P",
    "P -\n- ",
)

#: Must end quickly, in an answer or in NotUnderstood, and do nothing else.
HOSTILE: dict[str, str] = {
    "import": "__import__('os').system('touch HOSTILE')",
    "import in a function": "def f(Z, y):\n    import os\n    os.system('touch HOSTILE')\n    return Z",
    "open": "open('HOSTILE', 'w').write('x')",
    "decorator": "@open('HOSTILE', 'w').write\ndef f(Z): return Z",
    "default argument": "def f(Z, y=open('HOSTILE', 'w')): return Z",
    "annotation": "def f(Z: open('HOSTILE', 'w')): return Z",
    "classes": "P.__class__.__mro__[-1].__subclasses__()",
    "getattr": "getattr(P, '__cl' + 'ass__')",
    "format": "'{0.__class__}'.format(P)",
    "builtins": "__builtins__['eval']('1')",
    "towers": "9**9**9**9",
    "towers of floats": "9.0**9**9",
    "powers": "Z" + "**2" * 400,
    "brackets": "(" * 500 + "P" + ")" * 500,
    "many brackets": "(" * 100_000 + "P",
    "lists": "[" * 100_000,
    "minus signs": "-" * 100_000 + "P",
    "a long sum": "P" + "+P" * 20_000,
    "transposes": "P" + ".T" * 5_000,
    "exponents in LaTeX": "P" + "^{2" * 2_000 + "}" * 2_000,
    "fractions": r"\frac{" * 3_000,
    "sums": r"\sum_{n}" * 3_000 + "p_{nj}",
    "a long name": "P" * 1_000_000,
    "a long number": "1" * 10_000,
    "a long float": "0." + "1" * 100_000 + "*P",
    "a large float": "1e999999 * P",
    "large arrays": "np.zeros((100000, 100000))",
    "large identity": "np.eye(10**9)",
    "huge sizes": "np.ones((N, C, 10**18))",
    "outer products": "X" + ".reshape(-1, 1) @ X.reshape(1, -1)" * 30,
    "endless loop": "def f(Z, y):\n    while True:\n        Z = Z + 1\n    return Z",
    "a long loop": "def f(Z, y):\n    for i in range(10**12):\n        Z = Z + 1\n    return Z",
    "nested loops": "def f(Z, y):\n"
    + "".join("    " * (depth + 1) + f"for i{depth} in range(1000):\n" for depth in range(12))
    + "    " * 13
    + "Z = Z + 1\n    return Z",
    "growing numbers": "def f(Z, y):\n    x = 3\n    for i in range(1000):\n        x = x**64\n    return Z * x",
    "growing arrays": "def f(Z, y):\n    for i in range(100):\n        Z = Z @ Z.T\n    return Z",
    "doubling trees": "def f(Z, y):\n" + "    Z = Z + Z\n" * 2_000 + "    return Z",
    "recursion": "def f(Z, y):\n    return f(Z, y)",
    "two functions": "def g(Z): return h(Z)\ndef h(Z): return g(Z)\ng(Z)",
    "comprehension": "[x for x in range(10**9)]",
    "generator": "sum(x for x in range(10**9))",
    "string product": "'a' * 10**10",
    "list product": "[0] * 10**10",
    "lambda": "(lambda f: f(f))(lambda f: f(f))",
    "null byte": "P\0 - Y",
    "surrogate": "P - \ud800",
    "directions": "P \u202e- Y",
    "tabs and spaces": "def f(Z):\n\tx = 1\n        return Z",
    "only commas": ",,,,,,",
    "starred": "f(*[P] * 10**9)",
    "bytes": "b'abc'",
    "complex": "1j * P",
    "division by zero": "P / 0",
    "not a number": "P * (0 / 0)",
}
