"""dv.check of formulas for every criterion, as people type them: in numpy, in torch, in LaTeX."""

import pytest

import derivations as dv
from derivations.losses.registry import registered

KINDS = {each.torch_name.rsplit(".")[-1]: each for each in registered()}
RIGHT = [
    ("L1Loss", {}, "np.sign(Z - Y) / (N * C)"),
    ("L1Loss", {}, r"\frac{1}{NC}\operatorname{sign}(Z - Y)"),
    ("L1Loss", {}, "torch.sign(input - target) / input.numel()"),
    ("HuberLoss", {}, "np.clip(Z - Y, -delta, delta) / (N * C)"),
    ("HuberLoss", {}, "torch.clamp(Z - Y, -delta, delta) / Z.numel()"),
    ("HuberLoss", {}, "np.where(np.abs(Z - Y) < delta, Z - Y, delta * np.sign(Z - Y)) / (N*C)"),
    ("HuberLoss", {}, r"\frac{1}{NC}\min(\max(Z - Y, -\delta), \delta)"),
    ("HuberLoss", {}, r"\frac{1}{NC}\max\left(-\delta, \min\left(\delta, Z - Y\right)\right)"),
    ("SmoothL1Loss", {}, "np.clip((Z - Y) / beta, -1, 1) / (N * C)"),
    ("SmoothL1Loss", {}, "torch.where((Z - Y).abs() < beta, (Z - Y) / beta, (Z - Y).sign()) / Z.numel()"),
    ("PoissonNLLLoss", {}, "(np.exp(Z) - Y) / (N * C)"),
    ("PoissonNLLLoss", {}, r"\frac{e^{Z} - Y}{NC}"),
    ("PoissonNLLLoss", {}, "(torch.exp(input) - target) / input.numel()"),
    ("GaussianNLLLoss", {}, "(Z - Y) / np.maximum(var, eps) / (N * C)"),
    ("GaussianNLLLoss", {}, "(Z - Y) / var.clamp(min=eps) / Z.numel()"),
    ("KLDivLoss", {}, "-Y / (N * C)"),
    ("KLDivLoss", {}, r"-\frac{1}{NC} Y"),
    ("BCELoss", {}, "(P - Y) / (P * (1 - P)) / (N * C)"),
    ("BCELoss", {}, "(input - target) / (input * (1 - input)) / input.numel()"),
    ("SoftMarginLoss", {}, "-Y * sigmoid(-Y * Z) / (N * C)"),
    ("SoftMarginLoss", {}, "-Y / (1 + np.exp(Y * Z)) / (N * C)"),
    ("HingeEmbeddingLoss", {}, "np.where(Y == 1, 1, np.where(Z < margin, -1, 0)) / (N * C)"),
    ("HingeEmbeddingLoss", {}, "torch.where(Y > 0, 1, -1 * (Z <= margin)) / Z.numel()"),
    ("MarginRankingLoss", {"margin": True}, "-Y * (margin - Y * (Z - input2) > 0) / (N * C)"),
    ("MarginRankingLoss", {}, "-Y * np.heaviside(margin - Y * (Z - input2), 1) / (N * C)"),
    ("MarginRankingLoss", {}, "-y * (margin - y * (x1 - x2) >= 0) / Z.numel()"),
    (
        "MultiMarginLoss",
        {},
        (
            "H = (margin + Z - Z[np.arange(N), y][:, None] > 0) * (1 - one_hot(y))\n"
            "(H - H.sum(1, keepdims=True) * one_hot(y)) / (N * C)"
        ),
    ),
    (
        "MultiMarginLoss",
        {},
        (
            "def f(Z, y):\n"
            "    H = (margin - Z[np.arange(N), y][:, None] + Z > 0) * 1.0\n"
            "    H[np.arange(N), y] = 0\n"
            "    H[np.arange(N), y] = -H.sum(1)\n"
            "    return H / (N * C)"
        ),
    ),
    (
        "MultiLabelMarginLoss",
        {},
        (
            "((1 - M) * ((1 - Z[:, :, None] + Z[:, None, :] > 0) * M[:, :, None]).sum(1) - M * ((1 - Z[:, "
            ":, None] + Z[:, None, :] > 0) * (1 - M)[:, None, :]).sum(2)) / (N * C)"
        ),
    ),
    ("MultiLabelSoftMarginLoss", {}, "(sigmoid(Z) - Y) / (N * C)"),
    ("MultiLabelSoftMarginLoss", {}, r"\frac{1}{NC}(\sigma(Z) - Y)"),
    (
        "TripletMarginLoss",
        {},
        (
            "a = Z - positive + eps\n"
            "b = Z - negative + eps\n"
            "d = np.sqrt((a**2).sum(1))\n"
            "e = np.sqrt((b**2).sum(1))\n"
            "((margin + d - e > 0) / N)[:, None] * (a / d[:, None] - b / e[:, None])"
        ),
    ),
    (
        "TripletMarginLoss",
        {},
        (
            "a = anchor - positive + eps\n"
            "b = anchor - negative + eps\n"
            "d = torch.norm(a, dim=1, keepdim=True)\n"
            "e = b.norm(dim=1, keepdim=True)\n"
            "(margin + d - e >= 0) * (a / d - b / e) / N"
        ),
    ),
    (
        "TripletMarginWithDistanceLoss",
        {},
        (
            "a = Z - positive + 1e-6\n"
            "b = Z - negative + 1e-6\n"
            "d = np.linalg.norm(a, axis=1, keepdims=True)\n"
            "e = np.linalg.norm(b, axis=1, keepdims=True)\n"
            "(margin + d - e >= 0) * (a / d - b / e) / N"
        ),
    ),
    (
        "CosineEmbeddingLoss",
        {},
        (
            "f = np.sqrt((Z**2).sum(1, keepdims=True))\n"
            "g = np.sqrt((input2**2).sum(1, keepdims=True))\n"
            "c = (Z * input2).sum(1, keepdims=True) / (f * g)\n"
            "t = input2 / (f * g) - c * Z / f**2\n"
            "np.where(Y[:, None] == 1, -t, (c >= margin) * t) / N"
        ),
    ),
    (
        "CosineEmbeddingLoss",
        {},
        (
            "f = torch.norm(Z, dim=1, keepdim=True)\n"
            "g = torch.norm(input2, dim=1, keepdim=True)\n"
            "c = (Z * input2).sum(1, keepdim=True) / (f * g)\n"
            "torch.where(Y[:, None] > 0, -1, 1 * (c > margin)) * (input2 / (f * g) - c * Z / f**2) / N"
        ),
    ),
    (
        "CappedCrossEntropy",
        {},
        ("t = np.tanh(scale * Z / softcap)\nscale * (1 - t**2) * (softmax(softcap * t) - one_hot(y)) / N"),
    ),
    (
        "CappedCrossEntropy",
        {},
        (
            "t = torch.tanh(scale * Z / softcap)\n"
            "(F.softmax(softcap * t, dim=1) - F.one_hot(y, C)) * (1 - t**2) * scale / N"
        ),
    ),
    (
        "DistillationLoss",
        {},
        (
            "(mixing * temperature * (softmax(Z / temperature) - softmax(teacher / temperature)) + (1 - "
            "mixing) * (softmax(Z) - one_hot(y))) / N"
        ),
    ),
    (
        "DistillationLoss",
        {},
        ("(alpha * T * (F.softmax(Z / T, dim=1) - F.softmax(teacher / T, dim=1)) + (1 - alpha) * (P - Y)) / N"),
    ),
    (
        "FocalLoss",
        {},
        (
            "p = sigmoid(Z)\n"
            "((1 - Y) * p**gamma * (p - gamma * (1 - p) * np.log(1 - p)) - Y * (1 - p)**gamma * (1 - p - "
            "gamma * p * np.log(p))) / (N * C)"
        ),
    ),
    (
        "FocalLoss",
        {},
        (
            "p = torch.sigmoid(Z)\n"
            "((1 - Y) * p**gamma * (p - gamma * (1 - p) * torch.log(1 - p)) - Y * (1 - p)**gamma * (1 - p - "
            "gamma * p * p.log())) / Z.numel()"
        ),
    ),
    ("MaskedCrossEntropy", {}, "mask[:, None] * (P - one_hot(y)) / np.maximum(mask.sum(), 1)"),
    ("MaskedCrossEntropy", {}, "mask.unsqueeze(1) * (P - Y) / mask.sum().clamp(min=1)"),
    ("ZLoss", {}, "(P - Y + 2 * strength * np.log(np.exp(Z).sum(1, keepdims=True)) * P) / N"),
    ("ZLoss", {}, "(P - Y + 2 * strength * torch.logsumexp(Z, dim=1, keepdim=True) * P) / N"),
]


@pytest.mark.parametrize(("name", "options", "text"), RIGHT)
def test_right_formulas_are_right(name, options, text):
    found = dv.check(text, KINDS[name](**options))
    assert found
    assert not found.mistakes


def test_delta_is_hubers_own_where_a_gradient_comes_from_above():
    """Elsewhere delta is what people call the gradient in the outputs."""
    assert dv.check("np.clip(Z - Y, -delta, delta).T @ X / (N * C)", KINDS["HuberLoss"](), "weight").verdict == "agrees"
    assert dv.check("delta.T @ X", KINDS["MSELoss"](), "weight").verdict == "agrees"
