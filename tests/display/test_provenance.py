"""What a reader unfolds under a ledger: enough to see the same numbers again, and to compute the bound by hand."""

import math
import platform

import pytest
import sympy
import torch
from test_closed_form import case
from test_display import shown
from torch import nn

from derivations import explain
from derivations.display.provenance import short

ROWS, FEATURES, CLASSES = 5, 10, 2
WRT = ("weight", "bias", "inputs", "outputs")
BOUND = "|a − b| ≤ eps·κ + 2·s·κ₀"


def certificate(dtype):
    explanation, inputs, targets = case(nn.CrossEntropyLoss(), dtype, ROWS, FEATURES, CLASSES)
    return explanation.certify(inputs, targets, seed=7)


def value(cell):
    return float(cell.get_text().replace("−", "-"))


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_it_names_all_that_the_numbers_depend_on(dtype, lang):
    told = shown(certificate(dtype), lang).select_one("details.gl-provenance").get_text()
    name = str(dtype).removeprefix("torch.")
    eps = short(torch.finfo(dtype).eps)
    versions = f"Python {platform.python_version()}", f"torch {torch.__version__}", f"SymPy {sympy.__version__}"
    for part in ("seed 7", name, f"X ({ROWS}, {FEATURES})", "cpu", *versions, BOUND, f"eps = {eps}"):
        assert part in told


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_the_table_holds_what_the_bound_is_made_of(dtype):
    given = certificate(dtype)
    lines = shown(given, "en").select(".gl-provenance tbody tr")
    assert len(lines) == len(WRT)
    for row, line in zip(given.rows, lines, strict=True):
        place = ", ".join(map(str, row.worst))
        assert line.th.get_text() == f"{row.wrt}[{place}]"
        kappa, bound, difference, units, condition = map(value, line.select("td"))
        # Nothing is near underflow here; every number is shown with two digits.
        assert bound == pytest.approx(torch.finfo(dtype).eps * kappa, rel=0.11)
        apart = (row.closed_form - row.autograd)[row.worst].abs().item()
        assert difference == pytest.approx(apart, rel=0.06)
        assert units == pytest.approx(apart / (torch.finfo(dtype).eps * row.kappa), abs=0.01)
        assert difference <= bound
        assert 1 <= condition < 0.1 / torch.finfo(dtype).eps


def test_a_terminal_gets_one_line():
    lines = str(certificate(torch.float32)).splitlines()
    (line,) = [each for each in lines if BOUND in each]
    assert len(lines) == 2 + len(WRT)
    assert "seed 7" in lines[0]
    assert all(f"{wrt}[" in line for wrt in WRT)


@pytest.mark.parametrize(("shape", "entry"), [((), "outputs"), ((0, 2), "outputs"), ((1,), "outputs[0]")])
def test_a_scalar_and_an_empty_batch_have_one_too(shape, entry):
    given = explain(None, nn.MSELoss()).certify(torch.ones(shape), torch.zeros(shape))
    (line,) = shown(given, "en").select(".gl-provenance tbody tr")
    assert line.th.get_text() == entry


@pytest.mark.parametrize(
    ("number", "text"), [(1.1920929e-07, "1.2e−7"), (12.0, "12"), (0.0, "0"), (math.nan, "–"), (math.inf, "∞")]
)
def test_short_numbers(number, text):
    assert short(number) == text
