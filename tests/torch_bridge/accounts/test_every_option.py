"""Every criterion × every combination of its options × model or none × dtype: the closed form against torch."""

import pytest
import torch
from cases import CASES, DTYPES_OF

from derivations.torch_bridge.accounts import autograd
from derivations.torch_bridge.batch.batch import read_batch
from derivations.torch_bridge.certificates.certify import certify

DTYPES = (torch.float64, torch.float32, torch.bfloat16, torch.float16)
ALONE = (torch.float64, torch.float16)


@pytest.mark.parametrize(
    ("name", "dtype"),
    [(name, dtype) for name in CASES for dtype in (DTYPES if "model" in name else ALONE) if dtype in DTYPES_OF[name]],
    ids=str,
)
def test_the_closed_form_is_what_autograd_computes(name, dtype):
    explanation, inputs, targets, incoming = CASES[name](dtype)
    everything = explanation.setup.wrt
    certificate = explanation.certify(inputs, targets, wrt=everything, grad_output=incoming)
    told = {"agrees"} if dtype in DTYPES[:2] else {"agrees", "cannot tell"}
    assert certificate.verdict in told, str(certificate)
    for row in certificate.rows:
        assert row.closed_form.dtype == row.autograd.dtype == dtype
        assert row.closed_form.shape == row.autograd.shape
    if dtype == torch.float64:
        assert all(row.sharp for row in certificate.rows)


@pytest.mark.parametrize("name", [name for name in CASES if " mean" in name])
def test_the_truth_is_beside_both(name):
    explanation, inputs, targets, incoming = CASES[name](torch.float32, rows=7)
    certificate = explanation.certify(inputs, targets, wrt=explanation.setup.wrt, exact=True, grad_output=incoming)
    certificate.require()
    assert float(certificate.exact_loss) == pytest.approx(certificate.loss, rel=1e-5)
    assert all(0 <= value < 2 for row in certificate.rows for value in row.from_exact.values())
    assert all(set(row.from_exact) == {"closed form", "autograd"} for row in certificate.rows)
    assert all(len(row.exact) == row.entries > 0 for row in certificate.rows)


@pytest.mark.parametrize("name", [name for name in CASES if "mean" in name and "model" in name])
def test_a_wrong_factor_is_seen(name):
    """The bound is not so wide that anything passes: half a gradient, or one that is not divided, is refused."""
    explanation, inputs, targets, incoming = CASES[name](torch.float32)
    batch = read_batch(explanation.setup, inputs, targets, incoming)
    loss, right = autograd.gradients(batch, ("weight",))
    assert certify(batch, right, right, loss.item())
    for factor in (0.5, 0.9, len(inputs), -1, 0):
        wrong = {"weight": factor * right["weight"]}
        certificate = certify(batch, wrong, right, loss.item())
        assert not certificate
        assert certificate.rows[0].wrong >= certificate.rows[0].sharp > certificate.rows[0].entries / 2
