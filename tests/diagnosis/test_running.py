"""What formulas come to, each against another way of writing it; what cannot be computed; nothing is executed."""

import ast
import math
from functools import cache
from pathlib import Path

import hostile
import pytest

import derivations as dv
from derivations.closed_form.problems import problem
from derivations.diagnosis import reading, running
from derivations.diagnosis.check import ELEMENTS, cases_of
from derivations.diagnosis.reading import NotUnderstood, read
from derivations.diagnosis.reading.names import nearest
from derivations.diagnosis.running.expressions import CALLS
from derivations.diagnosis.running.scope import STEPS
from derivations.diagnosis.trials import trials
from derivations.diagnosis.values.lists import Lists

CE, WEIGHTED, MSE, BCE = dv.CrossEntropy(), dv.CrossEntropy(weight=True), dv.MSE(), dv.BCEWithLogits()
IGNORING, SMOOTH, NONE = (
    dv.CrossEntropy(ignore_index=True),
    dv.CrossEntropy(label_smoothing=True),
    dv.CrossEntropy(reduction="none"),
)
SOFT, NLL = dv.CrossEntropy(targets="probabilities"), dv.NLL()


@cache
def of(loss, wrt):
    asked = problem(loss, wrt, model=True)
    return asked, trials(asked, Lists())


def value(text, loss=CE, wrt="outputs", trial=0):
    """What a formula comes to at one trial: nested lists."""
    asked, names = of(loss, wrt)
    (case,) = cases_of(read(text), asked, [names[trial]])
    return case.given.tolist()


def flat(nested):
    return [x for each in nested for x in flat(each)] if isinstance(nested, list) else [nested]


def shape(nested):
    return (len(nested), *shape(nested[0])) if isinstance(nested, list) else ()


def same(one, other):
    close = all(math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-12) for a, b in zip(flat(one), flat(other), strict=True))
    return shape(one) == shape(other) and close


# Two ways of writing the same
PAIRS = [
    ('np.einsum("nc,nd->cd", P, X)', "P.T @ X"),
    ('torch.einsum("nc,nd->nd", P, X)', "P.sum(1)[:, None] * X"),
    ("np.einsum('nc->c', P)", "P.sum(0)"),
    ("np.einsum('nc,nc', P, Z)", "(P * Z).sum()"),
    ("np.einsum('ij->ji', P)", "P.T"),
    ("np.einsum('ii->i', X @ X.T)", "(X * X).sum(1)"),
    ("softmax(Z)", "np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)"),
    ("softmax(Z, axis=0)", "np.exp(Z) / np.exp(Z).sum(0)"),
    ("F.log_softmax(Z, dim=-1)", "np.log(softmax(Z))"),
    ("torch.logsumexp(Z, 1, keepdim=True)", "np.log(np.exp(Z).sum(1, keepdims=True))"),
    ("Z.logsumexp(dim=1)", "np.log(np.exp(Z).sum(1))"),
    ("torch.sigmoid(Z)", "1 / (1 + np.exp(-Z))"),
    ("σ(Z)", "Z.sigmoid()"),
    ("F.logsigmoid(Z)", "np.log(sigmoid(Z))"),
    ("F.softplus(Z)", "np.log(1 + np.exp(Z))"),
    ("np.logaddexp(0, -Z)", "np.log(1 + np.exp(-Z))"),
    ("np.tanh(Z)", "np.sinh(Z) / np.cosh(Z)"),
    ("np.sinh(Z)", "(np.exp(Z) - np.exp(-Z)) / 2"),
    ("np.cosh(Z)", "(np.exp(Z) + np.exp(-Z)) / 2"),
    ("F.relu(Z)", "Z * (Z > 0)"),
    ("np.sign(Z) * abs(Z)", "Z"),
    ("np.maximum(Z, Y)", "np.where(Z > Y, Z, Y)"),
    ("np.minimum(Z, 0)", "Z - F.relu(Z)"),
    ("np.clip(Z, -1, 1)", "np.minimum(np.maximum(Z, -1), 1)"),
    ("Z.clamp(min=0)", "F.relu(Z)"),
    ("np.square(Z)", "Z ** 2"),
    ("np.sqrt(Z * Z)", "np.abs(Z)"),
    ("np.linalg.norm(X, axis=1)", "np.sqrt((X ** 2).sum(1))"),
    ("np.expm1(Z) + np.log1p(P)", "np.exp(Z) - 1 + np.log(1 + P)"),
    ("Z.mean(0)", "Z.sum(0) / N"),
    ("np.mean(Z, axis=1, keepdims=True)", "Z.sum(1)[:, None] / C"),
    ("Z.sum((0, 1))", "Z.sum()"),
    ("np.sum(Z, axis=(0,))", "Z.sum(0)"),
    ("Z.max(1)", "np.max(Z, axis=-1)"),
    ("np.count_nonzero(Y)", "len(y)"),
    ("Z.max(dim=1, keepdim=True)[0]", "Z.max(axis=1)[:, None]"),
    ("Z.max(dim=1).values", "Z.max(1)"),
    ("Z.max(axis=1)[0] * b", "np.max(Z[0]) * b"),
    ("assert Z.shape == (N, C)\nP - T", "P - Y"),
    ("Z.T.T", "np.transpose(Z).t()"),
    ("Z.transpose(0, 1)", "Z.permute(1, 0)"),
    ("np.swapaxes(Z, 0, 1)", "Z.T"),
    ("Z.reshape(-1)", "Z.ravel()"),
    ("Z.view(N, C, 1).squeeze(-1)", "Z"),
    ("b.unsqueeze(0)", "b[None, :]"),
    ("np.expand_dims(b, 1)", "b.reshape(-1, 1)"),
    ("b.expand(N, C)", "np.ones((N, C)) * b"),
    ("np.broadcast_to(b, Z.shape)", "torch.zeros_like(Z) + b"),
    ("np.outer(b, b)", "b[:, None] @ b[None, :]"),
    ("np.diag(b) @ W", "b[:, None] * W"),
    ("np.trace(X @ X.T)", "(X ** 2).sum()"),
    ("np.dot(X.T, P)", "torch.matmul(X.t(), P)"),
    ("X.T.mm(P)", "X.T.dot(P)"),
    ("np.eye(C)[y]", "F.one_hot(y, C)"),
    ("np.eye(C, dtype=float)[labels]", "onehot(y)"),
    ("torch.zeros(N, C).scatter_(1, y.unsqueeze(1), 1.0)", "Y"),
    ("t = torch.zeros_like(Z)\nt.scatter_(1, y[:, None], 1)\nt", "Y"),
    ("Z.gather(1, y[:, None])", "Z[np.arange(N), y][:, None]"),
    ("np.take_along_axis(P, y[:, None], axis=1)", "(P * Y).sum(1, keepdims=True)"),
    ("(np.arange(C) == y[:, None])", "Y"),
    ("Y.argmax(1)", "y[:]"),
    ("np.full((N, C), 2.0)", "2 * np.ones_like(Z)"),
    ("torch.full_like(Z, 2)", "np.ones(Z.shape) + np.ones((N, C))"),
    ("np.arange(1, 7, 2)", "np.array([1, 3, 5])"),
    ("Z.size", "N * C"),
    ("Z.numel()", "Z.shape[0] * Z.size(1)"),
    ("Z.masked_fill(Z < 0, 0)", "F.relu(Z)"),
    ("torch.sub(Z, Y, alpha=2)", "Z - 2 * Y"),
    ("np.divide(Z, N) + Z.mul(2) - Z.pow(2)", "Z / N + 2 * Z - Z ** 2"),
    ("np.logical_and(Z > 0, Y == 0) * 1", "(Z > 0) & (Y == 0)"),
    ("(Z > 0) | ~(Z > 1)", "np.ones((N, C))"),
    ("Z[1:, ::2]", "Z[np.arange(1, N)][:, np.arange(0, C, 2)]"),
    ("Z[..., -1]", "Z[:, C - 1]"),
    ("Z[[0, 1]]", "Z[:2]"),
    ("Z[Z > 0]", "Z.ravel()[Z.ravel() > 0]"),
    ("X[y > 1]", "X[np.where(y > 1)]"),
    ("G = Z * 1\nG[G < 0] = 0\nG", "F.relu(Z)"),
    ("G = Z * 1\nG[y == 0] += 1\nG", "Z + (y == 0)[:, None]"),
    ("G = Z * 1\nG[1] = b\nG[:, 0] *= 2\nG[1]", "b * np.where(np.arange(C) == 0, 2, 1)"),
    ("P[np.arange(N), y] -= 1\nP", "P - Y"),
    ("P[range(N), y] -= 1\nP", "P - Y"),
    ("p[np.arange(N), y - 1] -= 1\np", "P - np.eye(C)[y - 1]"),
    (
        "t = 0\nfor n in range(N):\n    if y[n] == 0: continue\n    if n == 3: break\n    t += n\nt * b",
        "(np.arange(3) * (y[:3] != 0)).sum() * b",
    ),
    ("t = 0 * b\nfor row, k in zip(Z, y):\n    t += row * k\nt", "(Z * y[:, None]).sum(0)"),
    ("s = 0\nfor n, k in enumerate(y):\n    s += n * k\ns * b", "(np.arange(N) * labels.reshape(-1)).sum() * b"),
    ("def f(a, k=2):\n    return a * k\nf(Z) + f(Z, k=1)", "3 * Z"),
    ("f = lambda a: a + 1\nf(f(Z))", "Z + 2"),
    ("def g(v):\n    return h(v)\ndef h(v):\n    return 2 * v\ng(Z)", "2 * Z"),
    ("def main(Z):\n    return helper(Z)\ndef helper(a):\n    return 2 * a", "2 * Z"),
    ("def grad(logits, temperature=2.0):\n    return logits / temperature", "Z / 2"),
    ("def f(Z, y=None):\n    if y is None:\n        return 0 * Z\n    return Z", "Z"),
    ("def f(Z, reduction='mean'):\n    return Z / N if reduction == 'mean' else Z", "Z / N"),
    ("with torch.no_grad():\n    G = 2 * Z\nG", "2 * Z"),
    ("N, K = Z.shape\nZ / (N * K)", "Z / (N * C)"),
    ("7 // 2 + 7 % 4 + Z", "6 + Z"),
    ("1 / 2N (Z)", "N * Z / 2"),
    ("(Z).size(0) * b", "N * b"),
    ("Z @ W", "sum_k z_nk w_km"),
    ("XW^T", "X @ W.T"),
    (r"(P-Y)^\top \mathbf{1}", "(P - Y).sum(0)"),
    (r"\mathbf{1}^\top P", "P.sum(0)"),
    (r"\sum_k e^{z_{nk}} - p_{nj}", "np.exp(Z).sum(1)[:, None] - P"),
    (r"\sum_{k \ne j} p_{nk}", "1 - P"),
    (r"p_{n,y_n}", "P[np.arange(N), y]"),
    (r"\delta_{j,y_n}", "Y"),
    ("[j != y_n]", "1 - Y"),
    (r"\sum_n \sum_j p_{nj}", "P.sum()"),
    ("mean_n p_nj", "P.mean(0)"),
    ("sum_n 1 + p_nj", "N + P"),
    ("sum_j 2 p_nj", "2 * P.sum(1)"),
    ("softmax_j(z_n)", "P"),
    (r"\log p_{nj}", "np.log(P)"),
    (r"p_{nj} \odot z_{nj}", "P * Z"),
    ("p_nj^2", "P ** 2"),
    ("p_nj - jnp.exp(z_nj)", "P - np.exp(Z)"),
    ("p_nj - scipy.special.softmax(Z)_nj", "0 * P"),
    ("x_nm w_jm", "X[:, :, None] * W.T[None]"),
]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_two_ways_of_writing_come_to_the_same(one, other):
    assert same(value(one), value(other))


NAMES = [
    (CE, "outputs", "z logits outputs pred scores output Z preds", "Z"),
    (CE, "outputs", "p probs P y_pred yhat probabilities p_hat", "softmax(Z)"),
    (CE, "outputs", "Y Y_hat onehot y_onehot y_true Ŷ targets_onehot", "np.eye(C)[y]"),
    (CE, "outputs", "labels targets t target label", "y[:]"),
    (CE, "outputs", "batch_size m B n", "N"),
    (CE, "outputs", "K num_classes n_classes k", "C"),
    (CE, "weight", "dZ delta dlogits g_nj", "G"),
    (CE, "weight", "x inputs", "X"),
    (CE, "weight", "w_jm W", "W"),
    (CE, "outputs", "NC", "N * C"),
    (WEIGHTED, "outputs", "w weights class_weight class_weights", "weight"),
    (WEIGHTED, "outputs", "w_y w_{y_n} w[y]", "weight[y]"),
    (WEIGHTED, "inputs", "w_{jm} w_kd", "W"),
    (SMOOTH, "outputs", "eps epsilon ε alpha smoothing", "label_smoothing"),
    (IGNORING, "outputs", "mask valid mu_n μ", "(y != ignore_index) * 1"),
    (NONE, "outputs", "g v upstream v_n", "grad_output"),
    (MSE, "outputs", "y_pred outputs pred Y_hat ŷ z_nj", "Z * 1"),
    (MSE, "outputs", "targets y t T y_nj y_true", "Y"),
    (BCE, "outputs", "sigma σ p y_pred P σ_nj", "sigmoid(Z)"),
    (SOFT, "outputs", "y t y_nj targets", "Y"),
    (NLL, "outputs", "Q log_probs logp outputs pred q_nj", "log_softmax(Z)"),
]


@pytest.mark.parametrize(("loss", "wrt", "names", "meant"), NAMES)
def test_a_thing_has_several_names(loss, wrt, names, meant):
    for name in names.split():
        beside = " - 0*Y" if name in ("Y_hat", "ŷ") and loss is MSE else ""
        assert same(value(name + beside, loss, wrt), value(meant, loss, wrt)), name


def test_the_prediction_and_the_targets_may_both_have_a_hat():
    assert same(value("P - Y_hat"), value("P - np.eye(C)[y]"))
    assert same(value("y_hat - Y"), value("P - np.eye(C)[y]"))
    assert same(value(r"\hat y_{nj} - y_{nj}"), value("P - Y"))
    assert same(value(r"p_{nj} - \hat y_{nj}"), value("P - Y"))


def test_y_is_labels_or_their_one_hot_by_what_is_done_with_it():
    assert same(value("(P - y) / N"), value("(P - Y) / N"))
    assert same(value("P[np.arange(N), Y] -= 1\nP"), value("P - Y"))
    assert same(value("np.eye(C)[y_true]"), value("Y"))
    assert same(value("P - y[:, None]"), value("P - labels.reshape(N, 1)"))


def test_an_assigned_name_hides_the_one_that_is_known():
    assert same(value("N = 2\nP = Z\nP / N"), value("Z / 2"))


def test_the_gradient_itself_is_no_name():
    with pytest.raises(NotUnderstood, match='The name "G"'):
        value("G")


SEVERAL = {
    "dZ = (P - Y) / N\ndW = dZ.T @ X\ndb = dZ.sum(0)": {"weight": "G.T @ X", "bias": "G.sum(0)"},
    "def f(X, W, b, y):\n    dZ = (P - Y) / N\n    return dZ.T @ X, dZ.sum(0), 1\n": {},
    "def f(X, W):\n    dW, db = G.T @ X, G.sum(0)\n    return dW, db": {"weight": "G.T @ X", "bias": "G.sum(0)"},
    "def f(X, W):\n    return {'W': G.T @ X, 'b': G.sum(0)}": {"weight": "G.T @ X", "bias": "G.sum(0)"},
    "def f(X, W):\n    loss = -np.log(P).sum()\n    return loss, G.T @ X": {"weight": "G.T @ X", "bias": "G.T @ X"},
}


@pytest.mark.parametrize("text", SEVERAL)
def test_of_several_results_the_one_asked_for_is_taken(text):
    for wrt in ("weight", "bias"):
        if SEVERAL[text]:
            assert same(value(text, CE, wrt), value(SEVERAL[text][wrt], CE, wrt))
        else:
            with pytest.raises(NotUnderstood) as wrong:
                value(text, CE, wrt)
            assert wrong.value.kind == "several results"


# kind, place, what the sentence has
WRONG = {
    "2 * (Z - Q)": ("name", (1, 10), '"Q"'),
    "x = Z^2 + foo\nx / N": ("name", (1, 11), '"foo"'),
    "P - lables": ("name", (1, 5), 'nearest is "labels"'),
    "softmx(Z) - Y": ("function", (1, 1), 'nearest is "softmax"'),
    "x = 1\nZ @ Y": ("shapes", (2, 1), "Z @ Y has (N, C) and (N, C)"),
    "Z - X": ("shapes", (1, 1), "(N, C) and (N, D)"),
    "2(P - Y) X": ("shapes", (1, 10), "(N, C) and (N, D)"),
    "Z.reshape(N, 3)": ("shapes", (1, 1), "(N, C)"),
    "G = Z * 1\nG[0] = X\nG": ("shapes", (2, 1), "(C,)"),
    "Z[7]": ("index", (1, 1), "Index 7 is out of range for size 4"),
    "Z[0.5]": ("index", (1, 1), "0.5"),
    "Z.sum(2)": ("axis", (1, 1), "(N, C) has no axis 2"),
    "p_nj x_nj": ("letters", (1, 8), "j runs to C in one place and to D"),
    "p_njm": ("indices", (1, 1), "p has 2 dimensions, and 3 indices"),
    "sum_n p_nj - Z": ("indices", (1, 14), "Z has 2 dimensions, and 0 indices"),
    "sum_a p_nj": ("letter", (1, 1), "index a"),
    "softmax()": ("arguments", (1, 1), "softmax"),
    "np.sum(Z, where=P)": ("arguments", (1, 1), "sum"),
    "np.exp(Z, where=P)": ("arguments", (1, 1), "exp"),
    "np.max(Z, 1, True, 5)": ("arguments", (1, 1), "max"),
    "x = 2 if Z else 1\nx * Z": ("value", (1, 10), "Z"),
    "Z + None": ("value", (1, 5), "None"),
    "def f(a):\n    return a\nf(Z, Z)": ("arguments", (3, 1), "f"),
    "9 * 9": ("constant", (0, 0), "names no array"),
    "{'a': Z}": ("several results", (0, 0), "several results"),
    "print(Z)": ("result", (0, 0), "no result"),
    "G = Z * 1\nG[0] = b\nfor i in range(10**6): G = G + 1": ("too much work", (3, 28), "limited number of steps"),
    "f = lambda x: f(x)\nf(Z)": ("too much work", (1, 15), "limited number"),
}


@pytest.mark.parametrize("text", WRONG)
def test_what_cannot_be_computed_is_told_with_its_place(text):
    with pytest.raises(NotUnderstood) as wrong:
        value(text)
    kind, place, said = WRONG[text]
    assert wrong.value.kind == kind
    assert (wrong.value.line, wrong.value.column) == place
    assert said in str(wrong.value)
    assert wrong.value.text("zh") != str(wrong.value)


def test_an_unknown_name_is_told_the_names_there_are():
    with pytest.raises(NotUnderstood) as wrong:
        value("a_name = 1\nZ - foo", WEIGHTED, "weight")
    accepted = str(wrong.value).split("Accepted: ")[1].rstrip(".").split(", ")
    assert accepted[0] == "a_name"
    assert {"Z", "P", "y", "Y", "weight", "G", "N", "C", "D"} <= set(accepted)
    assert "ignore_index" not in accepted


# Nothing is executed, and nothing takes long


@pytest.mark.parametrize("text", hostile.CHOSEN, ids=lambda text: ascii(text)[:30])
def test_a_hostile_text_is_refused(text):
    for wrt in ("outputs", "weight", "bias"):
        with pytest.raises(NotUnderstood) as wrong:
            value(text, CE, wrt)
        assert wrong.value.text("zh")
        assert len(str(wrong.value)) < 1200


@pytest.mark.parametrize("text", hostile.ODD, ids=lambda text: ascii(text)[:30])
def test_an_odd_formula_has_a_value(text):
    assert shape(value(text)) == (4, 5)


def test_random_texts_are_read_or_refused():
    read_ones = 0
    for text in hostile.random_texts(3000, seed=17):
        try:
            value(text)
            assert isinstance(read(text).latex, str)
            read_ones += 1
        except NotUnderstood as wrong:
            str(wrong), wrong.text("zh")
    assert read_ones > 100


def test_what_a_text_says_is_never_done(tmp_path, monkeypatch):
    """Were any of it evaluated, there would be a file."""
    target = tmp_path / "written"
    write = f"open({str(target)!r}, 'w').write('x')"
    for text in (
        write,
        f"Z + {write}",
        f"x = {write}\nZ",
        f"def f(a_new={write}):\n    return Z",
        f"lambda Z: {write}",
        f"@{write}\ndef f(Z): return Z",
        f"Z[{write}]",
        f"f'{{{write}}}'",
        f"[{write} for n in range(2)]",
        f"__import__('pathlib').Path({str(target)!r}).write_text('x')",
    ):
        with pytest.raises(NotUnderstood):
            value(text)
    assert not target.exists()


def test_no_source_of_the_room_evaluates():
    rooms = [Path(each.__file__).parent for each in (reading, running)]
    calls = {"eval", "exec", "compile", "__import__", "getattr", "setattr", "globals", "open"}
    for path in (path for room in rooms for path in room.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in calls:
                assert (path.name, ast.unparse(node)[:30]) in {
                    ("python.py", "getattr(node, 'lineno', 1)"),
                    ("python.py", "getattr(node, 'col_offset', 0)"),
                    ("python.py", "getattr(key, 'value', '')"),
                }


def test_the_budgets_are_of_steps_and_of_elements_and_of_calls():
    assert same(value(f"x = Z\nfor i in range({STEPS // 10}):\n    x = Z\nx"), value("Z"))
    with pytest.raises(NotUnderstood, match="too much"):
        value(f"x = Z\nfor i in range({STEPS}):\n    x = Z\nx")
    assert same(value(f"np.ones({ELEMENTS // 10})[0] * b"), value("b"))
    with pytest.raises(NotUnderstood, match="too much"):
        value(f"np.ones({ELEMENTS + 1})[0] * b")
    nested = "".join(f"def f{k}(a):\n    return f{k + 1}(a)\n" for k in range(CALLS + 1))
    with pytest.raises(NotUnderstood, match="too much"):
        value(f"{nested}def f{CALLS + 1}(a): return a\nf0(Z)")
    assert same(
        value(
            "def g0(a): return a\n"
            + "".join(f"def g{k}(a): return g{k - 1}(a)\n" for k in range(1, CALLS))
            + f"g{CALLS - 1}(Z)"
        ),
        value("Z"),
    )


def test_every_function_is_known_by_the_nearest_name():
    from derivations.diagnosis.running.functions import FUNCTIONS

    assert nearest("one_hott", FUNCTIONS) == "one_hot"
    assert len(FUNCTIONS) > 150
