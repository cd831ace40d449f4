"""dv.check: right formulas are right, wrong ones are told what is wrong, in the way that people type them."""

import subprocess
import sys
from functools import cache

import pytest
from tables import LOSSES

import derivations as dv
from derivations.closed_form import source
from derivations.closed_form.problems import problem
from derivations.diagnosis.check import FORMULA, cases_of, ignored
from derivations.diagnosis.mistake import Mistake
from derivations.diagnosis.reading import NotUnderstood, read
from derivations.diagnosis.trials import sizes_of, trials
from derivations.diagnosis.values.evaluate import evaluate
from derivations.diagnosis.values.lists import Lists

CE, MSE, BCE, NLL = dv.CrossEntropy, dv.MSE, dv.BCEWithLogits, dv.NLL
O, W, B, I = "outputs", "weight", "bias", "inputs"
FLAT = [loss for loss in LOSSES if not loss.extra_dimensions]


@cache
def of(loss, wrt):
    """The problem, and at each trial the names and the certified gradient with its bound."""
    asked = problem(loss, wrt, model=True)
    names = trials(asked, Lists())
    return asked, names, [evaluate(asked.program, each, Lists(), FORMULA) for each in names]


def is_right(text, loss, wrt):
    asked, names, truths = of(loss, wrt)
    reading = read(text)
    if ignored(reading) == -100:
        names = trials(asked, Lists(), -100)
        truths = [evaluate(asked.program, each, Lists(), FORMULA) for each in names]
    for case, truth in zip(cases_of(reading, asked, names), truths, strict=True):
        found = case.given
        near = zip(found.entries, truth.value.entries, truth.error.entries, strict=False)
        if found.shape != truth.value.shape or not all(abs(a - b) <= bound for a, b, bound in near):
            return False
    return True


@pytest.mark.parametrize("loss", FLAT, ids=str)
def test_printed_programs_pasted_are_right(loss):
    """Those of both backends, for each tensor."""
    for wrt in (O, W, B, I):
        of_linear = dv.derive(loss, "logits" if "logits" in loss.wrt and wrt != O else O)
        for backend in ("numpy", "torch"):
            assert is_right(source({wrt: dv.derive(loss, wrt)}, of_linear, backend), loss, wrt), (wrt, backend)


RIGHT = [
    (CE(), O, "(softmax(Z) - Y) / N"),
    (CE(), O, "(np.exp(Z)/np.exp(Z).sum(axis=1, keepdims=True) - np.eye(C)[y]) / N"),
    (CE(), O, "(F.softmax(Z, dim=1) - F.one_hot(y, C).float()) / Z.size(0)"),
    (CE(), O, "lambda Z, y: (softmax(Z) - np.eye(C)[y]) / len(y)"),
    (CE(), O, "P[np.arange(N), y] -= 1\nP / N"),
    (
        CE(),
        O,
        "def f(Z, y):\n    P = softmax(Z)\n    for n in range(len(y)):\n        P[n, y[n]] -= 1\n    return P / N",
    ),
    (CE(), O, "np.where(np.arange(C)[None, :] == y[:, None], P - 1, P) / N"),
    (CE(), O, r"\frac{\partial L}{\partial z_{nj}} = \frac{1}{N}\left(p_{nj} - \mathbb{1}[j = y_n]\right)"),
    (CE(), O, r"\frac{1}{N}\left(\frac{e^{z_{nj}}}{\sum_k e^{z_{nk}}} - \delta_{j, y_n}\right)"),
    (CE(), O, r"\frac{1}{N}\bigl(\operatorname{softmax}(Z)-\hat{Y}\bigr)"),
    (CE(), O, "(p_nj - [j == y_n]) / N"),
    (CE(), O, "(y_hat - y_true) / batch_size"),
    (CE(), W, 'np.einsum("nc,nd->cd", G, X)'),
    (CE(), W, r"\frac{1}{N}(P-\hat Y)^\top X"),
    (CE(), W, "sum_n (p_nj - y_nj) x_nm / N"),
    (CE(), W, "dL/dW = (P-Y).T @ X / N"),
    (CE(), W, "∂L/∂W = (1/N) Σ_n (p_nj − δ_{j,y_n}) x_nd"),
    (CE(), W, "dW = np.zeros((C, D))\nfor n in range(N):\n    dW += np.outer(P[n] - Y[n], X[n])\ndW /= N"),
    (CE(), B, r"G^\top \mathbf{1}"),
    (CE(), B, "(softmax(Z) - Y).mean(0)"),
    (CE(), I, r"\sum_{k} g_{nk} w_{km}"),
    (CE(weight=True), O, r"\frac{w_{y_n}(p_{nj} - \delta_{j,y_n})}{\sum_m w_{y_m}}"),
    (CE(weight=True), O, r"\frac{1}{S}\operatorname{diag}(w_y)(P-Y)"),
    (CE(ignore_index=True), O, "mask = (y != ignore_index)\nG = P - Y\nG[~mask] = 0\nG / mask.sum()"),
    (CE(ignore_index=True), O, "mask = (y != -100)[:, None]\nmask * (P - Y) / mask.sum()"),
    (CE(label_smoothing=True), O, "t = np.full((N, C), eps / C)\nt[np.arange(N), y] += 1 - eps\n(P - t) / N"),
    (CE(label_smoothing=True), O, r"\frac1N (P - (1-\varepsilon)\hat Y - \frac{\varepsilon}{C})"),
    (CE(reduction="none"), O, "v_n (p_nj - y_nj)"),
    (CE(targets="probabilities"), O, r"\frac1N (p_{nj}\sum_k y_{nk} - y_{nj})"),
    (MSE(), O, "2(Z−Y)/NC"),
    (MSE(), O, "2 * (pred - target) / pred.numel()"),
    (MSE(), W, r"\frac{2}{NC}(XW^\top + b - Y)^\top X"),
    (BCE(), O, "(σ(Z) - Y)/(NC)"),
    (BCE(weight=True), O, r"w_{nj}(\sigma_{nj} - y_{nj})/(NC)"),
    (NLL(), O, "-[j = y_n]/N"),
    (NLL(), "logits", "(softmax(Z) - Y)/N"),
]


@pytest.mark.parametrize(("loss", "wrt", "text"), RIGHT)
def test_right_formulas_are_right(loss, wrt, text):
    found = dv.check(text, loss, wrt)
    assert found
    assert found.verdict == "agrees"
    assert not found.mistakes


DIVISOR = {"right": "N", "wrong": "1"}
WRONG = [
    (CE(), O, "softmax(Z) - Y", Mistake.of("divisor", **DIVISOR)),
    (CE(), O, "P[np.arange(N), y] -= 1\nP", Mistake.of("divisor", **DIVISOR)),
    (CE(), O, r"\frac{1}{N}(\hat Y - P)", Mistake.of("sign")),
    (CE(), W, "sum_n (z_nj - y_nj) x_nm / N", Mistake.of("softmax missing")),
    (CE(), W, 'np.einsum("nc,nd->dc", G, X)', Mistake.of("transposed")),
    (CE(), W, "G", Mistake.of("another gradient", of="outputs")),
    (CE(), O, "(P - Y).T @ X / N", Mistake.of("another gradient", of="weight")),
    (MSE(), O, "2*(Z-Y)/N", Mistake.of("divisor", right="N·C", wrong="N")),
    (MSE(), O, "1/2N (Z-Y)", None),
    (CE(weight=True), O, "weight*(P-Y)/weight[y].sum()", Mistake.of("weight by column")),
]


@pytest.mark.parametrize(("loss", "wrt", "text", "mistake"), WRONG)
def test_wrong_formulas_are_told_what_is_wrong(loss, wrt, text, mistake):
    found = dv.check(text, loss, wrt)
    assert not found
    assert found.verdict == "disagrees"
    assert mistake is None or found.mistakes == (mistake,)


def test_what_was_read_is_told():
    found = dv.check("1/2N (Z - Y)", MSE())
    assert next(iter(found.numbers)) == "read"
    assert found.numbers["read"] == "1 / 2 · N · (Z - Y)"
    assert "divided by 2, then times N" in found.sentence.en
    assert "/(2 N)" in found.sentence.zh
    assert dv.check("(P - Y) / N", CE()).numbers["read"] == "(P - Y) / N"
    assert "read" not in dv.check("G = P - Y\nG / N", CE()).numbers


def test_a_small_number_beside_a_divisor_is_told():
    for text in ("(P - Y) / (N + {})", "(P - Y + {}) / N", "(np.exp(np.log(P + {})) - Y) / N"):
        exact, guarded, wrong = (dv.check(text.format(small), CE()) for small in ("1e-13", "1e-8", "1e-4"))
        assert exact
        assert "millionth" not in exact.sentence.en
        assert guarded
        assert "millionth" in guarded.sentence.en
        assert "百万分之一" in guarded.sentence.zh
        assert "bound" in exact.sentence.en
        assert "bound" not in guarded.sentence.en
        assert "误差界" not in guarded.sentence.zh
        assert not wrong
        assert not {each.key for each in wrong.mistakes} & {"precision", "cancellation", "entries wrong"}


def test_a_formula_that_is_none_says_where():
    with pytest.raises(dv.NotUnderstood) as wrong:
        dv.check("(softmx(Z) - Y) / N", CE())
    assert str(wrong.value).split("\n")[1:3] == ["    (softmx(Z) - Y) / N", "     ^"]
    assert wrong.value.kind == "function"


@pytest.mark.parametrize("given_", [len, 3, None, lambda Z: Z], ids=["builtin", "number", "nothing", "lambda"])
def test_a_function_goes_to_assert_gradient(given_):
    with pytest.raises(NotUnderstood, match="assert_gradient"):
        dv.check(given_, CE())


def test_wrt_is_one_of_the_criterions_own():
    assert dv.check("(P - Y) / N", CE())
    with pytest.raises(ValueError, match="'hidden'"):
        dv.check("Z", CE(), "hidden")


def test_a_criterion_is_needed():
    with pytest.raises(TypeError, match="CrossEntropy"):
        dv.check("Z", "cross-entropy")


def test_an_explanation_says_what_there_is():
    nn = pytest.importorskip("torch").nn
    model = dv.explain(nn.Linear(3, 4, bias=False), nn.CrossEntropyLoss())
    assert dv.check("G.T @ X", model, W)
    assert dv.check("(softmax(X @ W.T) - Y).T @ X / N", model, W)
    with pytest.raises(ValueError, match="bias"):
        dv.check("G.sum(0)", model, B)
    alone = dv.explain(None, nn.MSELoss(reduction="sum"))
    assert dv.check("2*(Z - Y)", alone)
    with pytest.raises(ValueError, match="weight"):
        dv.check("G.T @ X", alone, W)


@pytest.mark.parametrize("loss", [CE(), CE(extra_dimensions=True), MSE()], ids=str)
def test_sizes_are_distinct_and_more_and_fewer_classes_than_rows(loss):
    sizes = sizes_of(problem(loss, O))
    for each in sizes:
        assert len({each.rows, each.features, each.classes, each.samples}) == 4
    assert {each.features > each.classes for each in sizes} == {True, False}
    assert loss.extra_dimensions or {each.classes > each.rows for each in sizes} == {True, False}


def test_trials_have_the_edges():
    soft = [names["Y"] for names in trials(problem(CE(targets="probabilities"), O), Lists())]
    sums = [[sum(row) for row in each.tolist()] for each in soft]
    assert all(abs(x - 1) < 1e-12 for x in sums[0])
    assert all(abs(x - 1) > 0.01 for x in sums[1])
    ignoring = trials(problem(CE(ignore_index=True, label_smoothing=True), O), Lists())
    assert len({names["label_smoothing"] for names in ignoring}) == len(ignoring)
    for names in ignoring:
        counted = [label != names["ignore_index"] for label in names["y"].entries]
        assert any(counted)
        assert not all(counted)


def test_checking_loads_no_torch():
    code = (
        "import sys, derivations as dv\n"
        "assert dv.check('(softmax(Z) - Y) / N', dv.CrossEntropy())\n"
        "assert 'torch' not in sys.modules and 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
