"""`derivations check`: people's own files and formulas, as they are written; what it says, and how it ends."""

import json
import shlex
import subprocess
import sys

import pytest

from derivations.cli import main
from derivations.cli.subjects import criteria
from derivations.cli.table import SHAPE
from derivations.torch_bridge.callables.calling import FEATURES

TORCH = """
import torch
import torch.nn.functional as F
from torch import nn

def right(Z, y):
    kept = y != -100
    G = Z.softmax(1) - F.one_hot(y.clamp(min=0), Z.shape[1])
    return G * kept[:, None] / kept.sum().clamp(min=1)

def by_position(a, b):
    return F.cross_entropy(a, b)

def summed(logits, labels):
    return F.cross_entropy(logits, labels, reduction="sum")

def halved(logits, labels):
    return F.cross_entropy(logits, labels) / 2

def smooth(logits, labels):
    return F.cross_entropy(logits, labels, label_smoothing=0.1)

def weighted(logits, labels):
    return F.cross_entropy(logits, labels, torch.tensor([0.5, 2.0], dtype=logits.dtype))

def soft(logits, targets):
    return F.cross_entropy(logits, targets)

class Ignores(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, labels):
        ctx.save_for_backward(logits, labels)
        return F.cross_entropy(logits, labels)

    @staticmethod
    def backward(ctx, grad_output):
        logits, labels = ctx.saved_tensors
        with torch.enable_grad():
            logits = logits.detach().requires_grad_()
            return torch.autograd.grad(F.cross_entropy(logits, labels), logits)[0], None

class Criterion(nn.Module):
    def forward(self, input, target):
        return F.cross_entropy(input, target)

def fused(x, w, labels):
    return F.cross_entropy(x @ w.T, labels)

def fused_without_the_last_row(x, w, labels):
    G = torch.softmax(x @ w.T, 1) - F.one_hot(labels, len(w))
    G[:, -1] = 0
    return G.T @ x / len(labels)

def overwrites(Z, y):
    G = right(Z, y)
    Z.zero_()
    return G

class ValueOfAnother(Ignores):
    @staticmethod
    def forward(ctx, logits, labels):
        ctx.save_for_backward(logits, labels)
        return F.cross_entropy(logits, labels, reduction="sum" if logits.abs().max() > 100 else "mean")

    @staticmethod
    def backward(ctx, grad_output):
        logits, labels = ctx.saved_tensors
        return grad_output * right(logits, labels), None

calls = []
def again(Z, y):
    calls.append(Z.tolist())
    return right(Z, y) * (2 if len(Z) and calls[-2:-1] == calls[-1:] else 1)

class Constant(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, labels):
        ctx.save_for_backward(logits, labels, logits.logsumexp(1, keepdim=True))
        return F.cross_entropy(logits, labels)

    @staticmethod
    def backward(ctx, grad_output):
        logits, labels, total = ctx.saved_tensors
        kept = labels != -100
        G = (logits - total).exp() - F.one_hot(labels.clamp(min=0), logits.shape[1])
        return grad_output * G * kept[:, None] / kept.sum().clamp(min=1), None

def fails(Z, y):
    return helper(Z)

def helper(Z):
    return Z.softmix(1)

five = 5
"""
NUMPY = """
import numpy as np

def softmax(Z):
    e = np.exp(Z - Z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)

def labels(Z, y):
    P = softmax(Z)
    P[np.arange(len(y)), y] -= 1
    return P / len(y)

def one_hot(Z, Y):
    return (softmax(Z) - Y) / len(Y)

def undivided(Z, y):
    return labels(Z, y) * len(y)

def layer(X, W, b, y):
    G = labels(X @ W + b, y)
    return X.T @ G, G.sum(axis=0)

def layer_of_torch(X, W, b, y):
    G = labels(X @ W.T + b, y)
    return {"dW": G.T @ X, "db": G.sum(axis=0)}

def bias_averaged(X, W, b, y):
    G = labels(X @ W + b, y)
    return X.T @ G, G.mean(axis=0)

def regression(X, w, y):
    return 2 * X.T @ (X @ w - y) / len(y)

def regression_with_bias(X, y, w, b):
    residual = X @ w + b - y
    return 2 * X.T @ residual / len(y), 2 * residual.mean()

def half_a_regression(X, w, y):
    return X.T @ (X @ w - y) / len(y)

def right_of_none(Z, y):
    return labels(Z, y) if len(y) else np.ones_like(Z) * 0

def no_labels(Z, y):
    assert (y >= 0).all()
    return labels(Z, y)

def logistic(X, w, y):
    return X.T @ (1 / (1 + np.exp(-(X @ w))) - y) / len(y)

def loss(Z, y):
    return -np.log(softmax(Z)[np.arange(len(y)), y]).mean()
"""
PLAIN = """
def lists(Z, Y):
    N, C = len(Z), len(Z[0])
    return [[2 * (float(z) - float(y)) / (N * C) for z, y in zip(*rows)] for rows in zip(Z, Y)]
"""


KINDS = """
import sys
import torch
import torch.nn.functional as F
from torch import nn

class Losses:
    @staticmethod
    def backward(Z, y):
        return (Z.softmax(1) - F.one_hot(y, Z.shape[1])) / len(y)

class Flat(torch.autograd.Function):  # of matrices, and it is in backward that it fails for more dimensions
    @staticmethod
    def forward(ctx, logits, labels):
        ctx.save_for_backward(logits, labels)
        return F.cross_entropy(logits, labels)

    @staticmethod
    def backward(ctx, grad_output):
        logits, labels = ctx.saved_tensors
        P, kept = logits.softmax(1), labels != -100
        P[torch.arange(len(labels)), labels.clamp(min=0)] -= 1
        return grad_output * P * kept[:, None] / kept.sum().clamp(min=1), None

class Smoothed(nn.Module):
    def __init__(self, much):
        super().__init__()

def outer(Z, y):
    def inner(Z, y):
        return Z

def nothing(Z, y):
    pass

def ends(Z, y):
    sys.exit(3)
"""
WITHIN = "from .neighbour import F\n\ndef loss(logits, labels):\n    return F.cross_entropy(logits, labels)\n"


@pytest.fixture
def there(tmp_path, monkeypatch):
    """The files are in the folder that the command is called from."""
    for name, text in {"kernels.py": TORCH, "homework.py": NUMPY, "plain.py": PLAIN, "kinds.py": KINDS}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "package").mkdir()
    for name, text in {"__init__": "", "neighbour": "import torch.nn.functional as F\n", "within": WITHIN}.items():
        (tmp_path / "package" / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def checked(capsys, line, code):
    """What the command says as JSON."""
    arguments = line.split() if isinstance(line, str) else line
    assert main(["check", *arguments, "--json"]) == code, capsys.readouterr()
    said = capsys.readouterr()
    assert said.err == ""
    return json.loads(said.out)


CE, MSE, FEW = "--criterion cross-entropy", "--criterion mse", "--dtype float64 --shape 5,3"
RIGHT = [
    f"kernels.py::right {CE}",
    f"kernels.py::by_position {CE} {FEW}",
    f"kernels.py::summed {CE} --reduction sum {FEW}",
    f"kernels.py::smooth {CE} --label-smoothing 0.1 {FEW}",
    f"kernels.py::weighted {CE} --weight 0.5,2 --dtype float64 --shape 5,2",
    f"kernels.py::soft {CE} --targets probabilities {FEW}",
    f"kernels.py::Criterion {CE} {FEW}",
    f"kernels.py::fused {CE} --dtype float32 --shape 4,5",
    f"kernels.py::by_position {CE} --dtype float32 --shape 3,4 --seed 5 --returns loss",
    f"homework.py::labels {CE}",
    f"homework.py::one_hot {CE}",
    f"homework.py::layer {CE}",
    f"homework.py::layer_of_torch {CE}",
    f"homework.py::layer {CE} --wrt weight",
    f"homework.py::regression {MSE}",
    f"homework.py::regression_with_bias {MSE}",
    "homework.py::logistic --criterion bce-with-logits",
    f"plain.py::lists {MSE}",
    f"kinds.py::Losses.backward {CE}",
    f"kinds.py::Flat {CE}",
    f"kinds.py::Flat.apply {CE}",
    f"package/within.py::loss {CE} {FEW}",
]
WRONG = [
    (f"kernels.py::summed {CE}", "divisor"),
    (f"kernels.py::halved {CE}", "factor"),
    (f"kernels.py::by_position {CE} --label-smoothing 0.1", "option ignored"),
    (f"kernels.py::Ignores {CE}", "grad_output ignored"),
    (f"kernels.py::fused_without_the_last_row {CE}", "rows missing"),
    (f"homework.py::undivided {CE}", "divisor"),
    (f"homework.py::bias_averaged {CE}", "summed"),
    (f"homework.py::half_a_regression {MSE}", "factor"),
]


@pytest.mark.parametrize("line", RIGHT)
def test_what_is_right_is_called_right(there, capsys, line):
    said = checked(capsys, line, 0)
    assert said["verdict"] == "agrees"
    assert said["mistakes"] == []


@pytest.mark.parametrize(("line", "key"), WRONG, ids=[line for line, _ in WRONG])
def test_a_mistake_is_named(there, capsys, line, key):
    said = checked(capsys, line, 1)
    assert said["verdict"] == "disagrees"
    assert [each["key"] for each in said["mistakes"]] == [key], said


def test_the_shape_is_that_of_the_inputs_where_a_function_takes_them(there, capsys):
    """So says the help, with how many features they have; and so says whoever is given another."""
    assert SHAPE.zh.endswith(f"函数带 W 时是输入的，最后一维是 {FEATURES}")
    assert SHAPE.en.endswith(f"of the inputs, whose last size is {FEATURES}")
    assert main(["check", "kernels.py::fused", *CE.split(), "--shape", "4,3", "--lang", "en"]) == 2
    assert f"(N, D) with D = {FEATURES}; given (4, 3)" in capsys.readouterr().err


def test_what_is_said_is_in_the_readers_language_alone(there, capsys):
    for lang, says in (("zh", "应"), ("en", "expected")):
        assert main(["check", "homework.py::undivided", *CE.split(), "--lang", lang]) == 1
        said = capsys.readouterr()
        assert says in said.out
        assert "derivations check homework.py::undivided --criterion cross-entropy" in said.out
        assert ("应" in said.out) == (lang == "zh")
        assert said.err == ""


def test_the_line_to_rerun_tries_what_went_wrong(there, capsys):
    rerun = checked(capsys, f"homework.py::undivided {CE}", 1)["rerun"]
    program, command, *line = shlex.split(rerun)
    assert (program, command) == ("derivations", "check")
    assert {"--shape", "--dtype", "--seed"} <= {*line}
    assert checked(capsys, line, 1)["mistakes"]


LOOKED_AT = {
    "overwritten inputs": ("overwrites", "ordinary outputs", "overwritten"),
    "value of the loss": ("ValueOfAnother", "large outputs", "loss value"),
    "second call": ("again", "ordinary outputs", "state"),
    "second derivative": ("Constant", "ordinary outputs", "second derivative"),
}


@pytest.mark.parametrize("name", LOOKED_AT)
def test_the_line_to_rerun_looks_at_what_was_wrong_beside_the_gradient(there, capsys, name):
    function, edge, key = LOOKED_AT[name]
    said = checked(capsys, f"kernels.py::{function} {CE} --dtype float64 --shape 4,3", 1)
    assert [each["key"] for each in said["mistakes"]] == [key]
    _, _, *line = shlex.split(said["rerun"])
    assert line[line.index("--only") + 1] == f"{edge},{name}"
    again = checked(capsys, line, 1)
    assert again["mistakes"] == said["mistakes"]
    assert again["rerun"] == said["rerun"]
    assert f"--without '{name}'" in said["notes"][-1]["en"]


def test_sentences_are_there_in_both_languages(there, capsys):
    sentence = checked(capsys, f"homework.py::undivided {CE}", 1)["sentence"]
    assert set(sentence) == {"zh", "en"}
    assert sentence["zh"] != sentence["en"]


@pytest.mark.parametrize(
    ("line", "zh", "en"),
    [
        ("", "要检验什么？", "what is to be checked?"),
        (f"kernels.py::right --formula Z {CE}", "二者选一", "one of the two"),
        ("kernels.py::right", "请写 --criterion", f"Give --criterion. Accepted: {', '.join(criteria())}."),
        (f"kernel.py::right {CE}", "没有文件 kernel.py", "there is no file kernel.py"),
        (f"kernels.py {CE}", "后面要写函数名，例如 kernels.py::right", "needs the name of a function, for example"),
        (f"kernels.py::rihgt {CE}", "里没有 rihgt。是不是想写 right？", "no rihgt in kernels.py. Did you mean right?"),
        (f"homework.py::softmx {CE}", "是不是想写 softmax？", "Did you mean softmax?"),
        (f"plain.py::grad {MSE}", "它的函数：lists", "Its functions: lists."),
        (f"kernels.py::five {CE}", "这是 int，不是函数", "is no function; it is of type int"),
        (f"homework.py::softmax {CE}", "认不出参数 (Z)", "takes (Z): what is each?"),
        (f"homework.py::loss {CE}", "numpy 算出的损失没有梯度", "what numpy computes has no gradient"),
        (f"kernels.py::right {MSE} --label-smoothing 0.1", "不是 mse 的选项", "is not an option of mse"),
        (f"kernels.py::right {CE} --label-smoothing 2", "0 到 1 之间的数", "a number from 0 to 1 is needed"),
        (f"kernels.py::right {CE} --weight 1,x", "--weight x：要写一个数", "--weight x: a number is needed"),
        (f"kernels.py::right {CE} --shape 3,-1", "不小于 0 的整数", "a whole number is needed, 0 or more"),
        (
            f"--formula Z {MSE} --dtype float32",
            "--dtype 不是 --formula 的选项",
            "--dtype is not an option of --formula",
        ),
        (
            f"kernels.py::Ignores.backward {CE}",
            "要在对象上调用",
            "is called on an object. Of an autograd",
        ),
        (f"kinds.py::Losses {CE}", "是类。请写函数", "is a class. Name a function, a static method"),
        (f"kinds.py::Losses.bakward {CE}", "是不是想写 Losses.backward？", "Did you mean Losses.backward?"),
        (f"kinds.py::outer.inner {CE}", "移到文件的最外层", "move it to the top level of the file"),
        (f"kinds.py::Smoothed {CE}", "是类。", "an nn.Module that takes no arguments"),
        (f"kinds.py::nothing {CE}", "kinds.py::nothing：", "(does it end with return?)"),
        (f"kernels.py:right {CE}", "是不是想写 kernels.py::right？", "Did you mean kernels.py::right?"),
        (f"kernels::right {CE}", "是不是想写 kernels.py::right？", "Did you mean kernels.py::right?"),
        (f"package::right {CE}", "package 是目录", "package is a folder"),
        (f"::right {CE}", "没有写文件", "no file is given"),
        (f"kernels.py:: {CE}", "例如 kernels.py::right", "for example kernels.py::right"),
        (f"kernels.py::right {CE} --wrt weight", "只收到模型的输出", "is given the outputs alone"),
        (f"kernels.py::right {CE} --device abacus", "--device abacus：", "Accepted: cpu, and what torch finds"),
        (f"homework.py::labels {CE} --dtype bfloat16", "numpy 没有 bfloat16", "numpy has no bfloat16"),
        (f"kernels.py::right again {CE}", "“again”是多出来的", "'again' is one word too many"),
    ],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_wrong_use_is_one_line_and_2(there, capsys, line, zh, en, lang):
    assert main(["check", *line.split(), "--lang", lang]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert {"zh": zh, "en": en}[lang] in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("function", "name", "says"),
    [
        ("right_of_none", "empty batch", None),
        ("no_labels", "ignored labels", "AssertionError"),
        ("no_labels", "all labels ignored", "AssertionError"),
    ],
)
def test_what_is_asked_for_by_name_is_tried(there, capsys, function, name, says):
    """Also what is not tried of numpy code, or of what a function takes none of, unless it is asked for."""
    line = ["check", f"homework.py::{function}", *CE.split(), "--only", name, "--json"]
    assert main(line) == (1 if says else 0), capsys.readouterr()
    said = capsys.readouterr()
    assert (says or "") in said.err
    assert "leaves out everything" not in said.out


def test_a_misspelt_name_is_refused_before_anything_runs(tmp_path, capsys):
    (tmp_path / "mine.py").write_text("print('loaded')\ndef grad(Z, y): return Z\n", encoding="utf-8")
    for flag in ("--only", "--without"):
        assert main(["check", f"{tmp_path}/mine.py::grad", *CE.split(), flag, "emty batch"]) == 2
        said = capsys.readouterr()
        assert f"{flag}: there is no trial 'emty batch'" in said.err
        assert "loaded" not in said.err


@pytest.mark.parametrize(("lang", "says"), [("zh", "自己出错了"), ("en", "failed")])
def test_an_error_in_the_function_is_its_own_traceback(there, capsys, lang, says):
    assert main(["check", "kernels.py::fails", *CE.split(), "--lang", lang]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("Traceback (most recent call last):\n")
    assert said.err.count('File "kernels.py"') == said.err.count("File ") == 2
    assert "AttributeError: 'Tensor' object has no attribute 'softmix'" in said.err
    assert says in said.err.splitlines()[-1]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("def grad(Z, y:\n    return Z\n", "SyntaxError"),
        ("import missing_altogether\n", "No module named 'missing_altogether'"),
        ("import sys\nsys.exit('enough')\n", "SystemExit: enough"),
        ("raise RuntimeError('broken')\n", "RuntimeError: broken"),
    ],
)
def test_so_is_an_error_in_the_file(tmp_path, monkeypatch, capsys, text, says):
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["check", "mine.py::grad", *CE.split()]) == 1
    said = capsys.readouterr().err
    assert says in said
    assert 'File "mine.py", line ' in said
    assert "derivations/cli" not in said


def test_its_neighbours_are_found_and_nothing_is_left_behind(tmp_path, capsys):
    """A file imports another of its folder, wherever the command is called; what it prints is no answer."""
    (tmp_path / "neighbour_of_mine.py").write_text("factor = 1\n", encoding="utf-8")
    (tmp_path / "mine.py").write_text(
        "import torch.nn.functional as F\nfrom neighbour_of_mine import factor\nprint('loaded')\n"
        "def loss(z, y):\n    return factor * F.mse_loss(z, y)\n",
        encoding="utf-8",
    )
    before = [*sys.path]
    assert main(["check", f"{tmp_path}/mine.py::loss", *MSE.split(), "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["verdict"] == "agrees"
    assert said.err == "loaded\n"
    assert sys.path == before
    assert "mine" not in sys.modules


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        (f"kernels.py::rihgt {CE}", 2, "Did you mean right?"),
        (f"--formula softmax(Z {CE}", 2, "is missing here"),
        ("kernels.py::right", 2, "Give --criterion"),
        (f"kinds.py::ends {CE}", 1, "kinds.py::ends failed"),
    ],
)
def test_as_json_what_could_not_be_checked_says_why(there, capsys, line, code, says):
    """A call that sys.exit(3) ends is no answer either, and 3 not its code."""
    assert main(["check", *shlex.split(line), "--json"]) == code
    said = json.loads(capsys.readouterr().out)
    assert said["verdict"] is None
    assert says in said["error"]["en"]
    assert said["error"]["zh"] != said["error"]["en"]


def test_ctrl_c_in_the_function_ends_in_one_line(tmp_path, capsys):
    (tmp_path / "mine.py").write_text("def grad(Z, y):\n    raise KeyboardInterrupt\n", encoding="utf-8")
    assert main(["check", f"{tmp_path}/mine.py::grad", *CE.split()]) == 130
    assert capsys.readouterr() == ("", "derivations: interrupted.\n")


def test_what_cannot_be_told_is_3(there, capsys):
    said = checked(capsys, f"kernels.py::fused {CE} --dtype bfloat16", 3)
    assert said["verdict"] == "cannot tell"


@pytest.mark.parametrize(
    ("formula", "options", "code", "keys"),
    [
        ("(softmax(Z) - Y) / N", CE, 0, []),
        (r"\frac{1}{N} (P - Y)", CE, 0, []),
        ("softmax(Z) - Y", CE, 1, ["divisor"]),
        ("softmax(Z) - Y", f"{CE} --reduction sum", 0, []),
        ("-(softmax(Z) - Y) / N", CE, 1, ["sign"]),
        ("X.T @ (softmax(Z) - Y) / N", f"{CE} --wrt weight", 1, ["transposed"]),
        ("(Z - Y) / (N * C)", MSE, 1, ["factor"]),
        ("(softmax(Z) - Y) / N", f"{CE} --label-smoothing 0.1", 1, ["option ignored"]),
    ],
)
def test_a_formula(capsys, formula, options, code, keys):
    said = checked(capsys, [f"--formula={formula}", *options.split()], code)
    assert [each["key"] for each in said["mistakes"]] == keys, said["sentence"]
    assert said["checked"] == formula


def test_a_formula_needs_no_torch():
    code = (
        "import sys\nsys.modules['torch'] = sys.modules['numpy'] = None\nfrom derivations.cli import main\n"
        "print(main(['check', '--formula', 'softmax(Z) - Y', '--criterion', 'cross-entropy']))\n"
        "print(main(['check', 'mine.py::grad', '--criterion', 'cross-entropy']))\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", timeout=120)
    assert [line for line in result.stdout.splitlines() if line.isdigit()] == ["1", "2"]
    assert "there is no file mine.py" in result.stderr


@pytest.mark.parametrize(("lang", "says"), [("zh", "可以写"), ("en", "ccepted")])
@pytest.mark.parametrize("formula", ["softmax(Z - Y", "__import__('os').system('true')", "Z +", "", "\x1b[31mZ"])
def test_a_formula_that_is_not_understood_is_2_and_shows_the_place(capsys, formula, lang, says):
    assert main(["check", f"--formula={formula}", *CE.split(), "--lang", lang]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "\x1b" not in said.err
    if formula == "softmax(Z - Y":
        lines = said.err.splitlines()
        assert lines[1].endswith(formula)
        assert lines[2].index("^") == len(lines[1])
        assert says in said.err
