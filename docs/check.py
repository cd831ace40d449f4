# ---
# title: {zh: 检验你的梯度, en: Check your gradient}
# description:
#   zh: 自己写的梯度对不对，错在哪里：公式、numpy 作业、autograd.Function、融合 kernel、梯度累积，各有一个真错误和它的诊断；再和 gradcheck、allclose 比一比。
#   en: "Is the gradient that you wrote right, and if not, what is wrong with it? A formula, homework in numpy, an autograd.Function, a fused kernel, accumulation: each with a real mistake and its diagnosis, and how gradcheck and allclose do."
# ---

# %% [markdown] lang="zh" twin="6dedaa"
# # 检验你的梯度
#
# 手推的公式，作业里的反向，给训练写的 kernel：**梯度对不对，不对的话错在哪里**？一行代码，两个问题一起回答：

# %% [markdown] lang="en" twin="6b9588"
# # Check your gradient
#
# A formula that you derived, the backward pass of your homework, a kernel for training: **is the gradient right, and if not,
# what is wrong with it?** One line answers both:

# %%
import derivations as dv

dv.check("softmax(Z) - Y", dv.CrossEntropy())

# %% [markdown] lang="zh" twin="b28949"
# 这是每个样本自己的梯度。损失取了平均，梯度也要除以 $N$。
#
# 办法是这样：损失函数的梯度，本站已经推成公式，也对过账。常见的错误，都是对这个公式的一处改动：少除一个 $N$，忘了转置，没有用 `grad_output`……逐个改一遍，
# 看哪一种改法能在误差界之内解释你给出的*每一个*元素。解释得了，就说出它的名字；哪一种都解释不了，就只说不对。
#
# | 你有的 | 用什么 |
# | --- | --- |
# | 一个公式 | [`dv.check`](api.py#derivations.check) |
# | 算好的一组数 | [`dv.diagnose`](api.py#derivations.diagnose) |
# | 一个文件，在终端里 | [`derivations check`](api.py#command) |
# | 一个函数、一个 kernel | [`dv.assert_gradient`](api.py#derivations.assert_gradient) |
# | 一段训练代码 | [`dv.assert_step`](api.py#derivations.assert_step) |
#
# ## 一个公式
#
# 平常怎么写，就怎么给：Python、NumPy、LaTeX 的写法，带下标的求和，都读得懂。公式不会当作代码执行，也不需要 torch。
# 对 $W$ 求导，最常见的是忘了转置：

# %% [markdown] lang="en" twin="dd8d04"
# That is the gradient of each sample's loss. The loss is their mean, so its gradient is divided by $N$ as well.
#
# It works like this. The gradient of the criterion has been derived here as a formula, and certified. A common mistake is a
# change to that formula: a divisor $N$ left out, a transpose forgotten, `grad_output` not used … Each change is tried, to see
# which one explains *every* entry that you gave, within the bound. One that does is named; where none does, you are told that
# it is different, and no more.
#
# | You have | use |
# | --- | --- |
# | a formula | [`dv.check`](api.py#derivations.check) |
# | numbers | [`dv.diagnose`](api.py#derivations.diagnose) |
# | a file, in a terminal | [`derivations check`](api.py#command) |
# | a function, a kernel | [`dv.assert_gradient`](api.py#derivations.assert_gradient) |
# | a training step | [`dv.assert_step`](api.py#derivations.assert_step) |
#
# ## A formula
#
# Type it as you would anywhere: as in Python or NumPy, in LaTeX, or as a sum with indices. It is never run as code, and needs no
# torch. In a gradient for $W$, what is forgotten most often is the transpose:

# %%
dv.check(r"\frac{1}{N} X^\top (P - Y)", dv.CrossEntropy(), "weight")

# %% [markdown] lang="zh" twin="9219f1"
# 转回来，就对了：

# %% [markdown] lang="en" twin="d3cb31"
# The other way round, it is right:

# %%
dv.check("(softmax(Z) - Y).T @ X / N", dv.CrossEntropy(), "weight")

# %% [markdown] lang="zh" twin="e5c513"
# ## 一组数
#
# 只有算好的数也行，公式、代码都不用给。这里的梯度带着类别权重，分子乘对了，分母却还是样本数：

# %% [markdown] lang="en" twin="093a22"
# ## Numbers
#
# Numbers alone will do, without a formula or code. This gradient has class weights; they are right in the numerator, but the divisor is
# still the number of samples:

# %%
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
weight = torch.tensor([0.2, 1.0, 3.0])
outputs, labels = torch.randn(6, 3), torch.tensor([0, 2, 1, 0, 0, 2])

P, Y = outputs.softmax(1), F.one_hot(labels)
given = weight[labels, None] * (P - Y) / len(labels)

explanation = dv.explain(None, nn.CrossEntropyLoss(weight))
dv.diagnose(given, explanation, outputs, labels)

# %% [markdown] lang="zh" twin="7d1f5f"
# ## numpy 作业
#
# 下面这份作业算全连接层加交叉熵的两个梯度，$W$ 用的是 (D, C)。损失会降，形状也对。

# %% [markdown] lang="en" twin="094252"
# ## Homework in numpy
#
# This homework computes both gradients of a linear layer under cross-entropy, with $W$ as (D, C). The loss goes down, and the shapes
# are right.

# %% tags=["hide-input"]
import contextlib
import importlib.util
import inspect
import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from derivations.cli import main
from derivations.display import bilingual
from IPython.display import HTML
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

folder = tempfile.TemporaryDirectory()
os.chdir(folder.name)


def written(name, text):
    """A file of that name, shown."""
    Path(name).write_text(text, encoding="utf-8")
    return HTML(highlight(text, PythonLexer(), HtmlFormatter(wrapcode=True)))


class Command:
    """What a command prints, on each page in its own language."""

    def __init__(self, line, code):
        self.line, self.said = line, {}
        for lang in "zh", "en":
            with contextlib.redirect_stdout(io.StringIO()) as out:
                assert main([*line.split()[1:], "--lang", lang]) == code
            self.said[lang] = f"$ {line}\n{out.getvalue()}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        return bilingual(*({"text/plain": self.said[lang]} for lang in ("zh", "en")))


written(
    "homework.py",
    """\
import numpy as np


def softmax(Z):
    e = np.exp(Z - Z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def grad(X, W, b, y):
    P = softmax(X @ W + b)
    P[np.arange(len(y)), y] -= 1
    return X.T @ P / len(y), P.sum(axis=0)
""",
)

# %% [markdown] lang="zh" twin="64ce04"
# 交给命令就行：参数按名字认（`X`、`W`、`b`、`y`、`Z`……），文件只用 numpy，就给它 numpy 数组。

# %% [markdown] lang="en" twin="829df0"
# Hand it to the command. Arguments are known by their names (`X`, `W`, `b`, `y`, `Z`, …), and a file that uses numpy alone is given
# numpy arrays.

# %% tags=["hide-input"]
Command("derivations check homework.py::grad --criterion cross-entropy", code=1)

# %% [markdown] lang="zh" twin="836bdc"
# 权重的梯度除以了 $N$，偏置的忘了。退出码是 1；梯度对了是 0，命令写错了是 2，看不出对错是 3。加上 `--json`，输出就是给程序读的。
#
# ## `autograd.Function`
#
# 自己写的反向，最容易忘的是 `grad_output`。单独测这个损失，它永远是 1，忘了也看不出来；等损失乘上一个系数再反向，
# 或者混合精度把它放大，梯度就错了。

# %% [markdown] lang="en" twin="a5e347"
# The weight's gradient is divided by $N$; the bias's is not. The exit code is 1; it is 0 for a gradient that is right, 2 for wrong
# use, and 3 where it cannot be told. With `--json`, programs can read the answer.
#
# ## `autograd.Function`
#
# In a backward pass of one's own, `grad_output` is easily forgotten. While the loss is tested by itself, that is always 1, and
# nothing shows; the gradient is wrong once the loss is multiplied by something before the
# backward pass, as mixed precision does.


# %%
class Squared(torch.autograd.Function):
    @staticmethod
    def forward(ctx, outputs, targets):
        ctx.save_for_backward(outputs, targets)
        return F.mse_loss(outputs, targets)

    @staticmethod
    def backward(ctx, grad_output):
        outputs, targets = ctx.saved_tensors
        return 2 * (outputs - targets) / outputs.numel(), None


try:
    dv.assert_gradient(Squared.apply, nn.MSELoss(), returns="loss")
except dv.GradientMismatch as error:
    wrong = error.diagnosis

wrong

# %% [markdown] lang="zh" twin="c10f1a"
# ## 融合的 kernel
#
# 词表大的时候，线性层和交叉熵常写成一个 kernel，类别分块处理，快速内存里一次只放一块打分。下面的函数照这个样子用 torch 写成，
# 每块 `tile` 个类别。类别数不是 `tile` 的倍数时，最后那不满的一块被漏掉了。

# %% [markdown] lang="en" twin="3b2c48"
# ## A fused kernel
#
# With a large vocabulary, the linear layer and cross-entropy are often one kernel, which takes the classes in tiles and
# holds one tile of logits in fast memory at a time. The function below does the same in torch, with `tile` classes each. Where the
# number of classes is no multiple of `tile`, the last tile, which is not full, is left out.


# %%
def fused(inputs, weight, bias, targets, tile=4):
    outputs = inputs @ weight.T + bias
    lse = outputs.logsumexp(1, keepdim=True)
    of_weight, of_bias = torch.zeros_like(weight), torch.zeros_like(bias)

    for k in range(len(bias) // tile):
        classes = torch.arange(k * tile, (k + 1) * tile)
        P = (outputs[:, classes] - lse).exp()
        G = (P - (targets[:, None] == classes).to(P)) / len(targets)
        of_weight[classes], of_bias[classes] = G.T @ inputs, G.sum(0)
    return {"weight": of_weight, "bias": of_bias}


model, criterion = nn.Linear(5, 10), nn.CrossEntropyLoss()
try:
    dv.assert_gradient(fused, criterion, model=model, without=["ignored labels"])
except dv.GradientMismatch as error:
    wrong = error.diagnosis

wrong

# %% [markdown] lang="zh" twin="c28749"
# 有了 `model`，函数拿到的是 `(inputs, weight, bias, targets)`，返回按名字写的梯度，或者损失。`without` 说明哪些情形不试：这个 kernel 不管被忽略的标签，
# 不试就要写明。不写 `model` 时，函数拿到的是 `(outputs, targets)`。
#
# ## 梯度累积
#
# 一段训练代码也能检验：它对每一小批做前向和反向，留下 `.grad`；拿来对照的，是整批一起算的梯度。下面两小批大小不同，
# 各自取平均，再除以小批的个数：

# %% [markdown] lang="en" twin="e7b71a"
# With `model`, the function is given `(inputs, weight, bias, targets)`, and returns the gradients by name, or the loss. `without` says what
# is not tried: this kernel knows no labels that are ignored, and what is left out has to be written down. Without `model`,
# the function is given `(outputs, targets)`.
#
# ## Accumulation
#
# A training step can be checked as well: it goes forward and backward over each micro-batch and leaves `.grad`, which is
# compared with the gradient of the whole batch. These two micro-batches have different sizes; each takes its mean, and the
# sum is divided by how many there are:

# %%
model, criterion = nn.Linear(3, 2), nn.CrossEntropyLoss()
batches = [(torch.randn(n, 3), torch.randint(2, (n,))) for n in (6, 2)]


def step(model, criterion, batches):
    for inputs, targets in batches:
        loss = criterion(model(inputs), targets) / len(batches)
        loss.backward()


try:
    dv.assert_step(step, model, criterion, batches)
except dv.GradientMismatch as error:
    wrong = error.diagnosis

wrong

# %% [markdown] lang="zh" twin="b576ec"
# 为什么错，[一步优化](lessons/optimizer_step.py)里讲过；多张卡上的同一个错误，见[很多台机器](lessons/many_machines.py)。
#
# ## 放进测试里
#
# 在 pytest 里，一个测试就是一行。默认试两种 dtype、几种形状，还有让 kernel 出错的那些情形：特大和特小的打分、被忽略的标签、不连续的张量、
# 不是 1 的 `grad_output`、一行和零行的批、第一个和最后一个类别的标签。

# %% [markdown] lang="en" twin="39c290"
# Why that is wrong is told in [One step of the optimizer](lessons/optimizer_step.py), and the same mistake on several devices in
# [Many machines](lessons/many_machines.py).
#
# ## In your tests
#
# With pytest, a test is one line. By default two dtypes and several shapes are tried, and what breaks kernels: very large and
# very small logits, labels that are ignored, tensors that are not contiguous, a `grad_output` other than 1, batches of one row and
# of none, labels of the first and the last class.

# %% tags=["hide-input"]
written(
    "test_my_kernel.py",
    """\
import derivations as dv
import torch
from torch import nn


def my_kernel(outputs, targets):
    log_p = torch.log_softmax(outputs, 1)
    kept = targets != -100
    losses = -log_p.gather(1, targets.where(kept, 0).unsqueeze(1)).squeeze(1)
    return losses.where(kept, 0).mean()


def test_my_kernel():
    dv.assert_gradient(my_kernel, nn.CrossEntropyLoss(), returns="loss")
""",
)

# %% [markdown] lang="zh" twin="1763de"
# 这个 kernel 把被忽略的标签也算进了分母。失败时，终端里是这样（pytest 的原样输出，只去掉了用时）：

# %% [markdown] lang="en" twin="c3ee73"
# This kernel counts labels that are ignored in the divisor. When the test fails, the terminal shows this (as pytest prints it, but for the
# time it took):

# %% tags=["hide-input"]
if importlib.util.find_spec("pytest") is None:
    print("pip install pytest")
else:
    Path("pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    options = ["-q", "--tb=short", "--color=no", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *options, "test_my_kernel.py"]
    alone = {"CI": "true", "COLUMNS": "78", "OMP_NUM_THREADS": "1", "PYTEST_ADDOPTS": ""}
    alone["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    said = subprocess.run(command, env={**os.environ, **alone}, capture_output=True, encoding="utf-8", timeout=200)
    print("$ pytest -q --tb=short", re.sub(r" in [\d.]+s", "", said.stdout), sep="\n")
    assert "1 failed" in said.stdout, said.stderr

# %% [markdown] lang="zh" twin="1957ff"
# ## 别的办法看得出来吗？
#
# `gradcheck` 拿差商比，`allclose` 拿 autograd 的结果比。同样四个错误，三种办法各查一遍，用的都是默认的容许误差：
# 反向整个大了万分之五；少了 $1/N$，而测试的数据只有一行；偏置的梯度漏了最后一类；`grad_output` 没有用。

# %% [markdown] lang="en" twin="ac3d27"
# ## Would others have noticed?
#
# `gradcheck` compares with difference quotients, `allclose` with what autograd computes. Here are four mistakes, looked for in three ways,
# each with its default tolerance: a backward that is too large by five parts in ten thousand; $1/N$ left out, with a test of a
# single row; a bias whose gradient lacks the last class; a `grad_output` that is not used.

# %%
from torch.autograd.function import once_differentiable

off = 0.0005


def kernel(mistake=None):
    """A linear layer with cross-entropy, whose backward has a mistake."""

    class Kernel(torch.autograd.Function):
        @staticmethod
        def forward(ctx, inputs, weight, bias, targets):
            outputs = inputs @ weight.T + bias
            ctx.save_for_backward(inputs, weight, outputs, targets)
            return F.cross_entropy(outputs, targets)

        @staticmethod
        @once_differentiable
        def backward(ctx, grad_output):
            inputs, weight, outputs, targets = ctx.saved_tensors
            G = outputs.softmax(1) - F.one_hot(targets, outputs.shape[1])
            if mistake != "1/N":
                G = G / len(targets)
            if mistake != "grad_output":
                G = G * grad_output
            if mistake == "factor":
                G = G * (1 + off)
            of_bias = G.sum(0)
            if mistake == "bias":
                of_bias[-1] = 0
            return G @ weight, G.T @ inputs, of_bias, None

    return Kernel.apply


# %%
def data(rows):
    torch.manual_seed(0)
    layer = nn.Linear(4, 3, dtype=torch.float64)
    inputs = torch.randn(rows, 4, dtype=torch.float64, requires_grad=True)
    return inputs, layer.weight, layer.bias, torch.arange(rows) % 3


def by_gradcheck(fn, rows):
    return not torch.autograd.gradcheck(fn, data(rows), raise_exception=False)


def by_allclose(fn, rows):
    *leaves, targets = data(rows)
    given = torch.autograd.grad(fn(*leaves, targets), leaves)
    loss = F.cross_entropy(F.linear(*leaves), targets)
    expected = torch.autograd.grad(loss, leaves)
    return not all(map(torch.allclose, given, expected))


def by_assert_gradient(fn, rows):
    """It chooses its own data, whatever `rows` says."""
    options = {"model": nn.Linear(4, 3), "without": ["ignored labels"]}
    try:
        dv.assert_gradient(fn, nn.CrossEntropyLoss(), returns="loss", **options)
    except dv.GradientMismatch as error:
        return error.diagnosis


# %%
ways = by_gradcheck, by_allclose, by_assert_gradient
mistakes = {"factor": 6, "1/N": 1, "bias": 6, "grad_output": 6}
noticed = {}
for mistake, rows in mistakes.items():
    noticed[mistake] = [way(kernel(mistake), rows) for way in ways]
fine = [way(kernel(), rows=6) for way in ways]

# %% tags=["hide-input"]
from html import escape

assert not any(fine)
assert all(found is not None and found.mistakes for _, _, found in noticed.values())
words = {
    "factor": (f"整个大了 {off:.2%}", f"too large by {off:.2%}"),
    "1/N": ("少了 1/N，测试只有一行", "1/N missing, test of one row"),
    "bias": ("偏置漏了最后一类", "bias lacks the last class"),
    "grad_output": ("没有用 grad_output", "grad_output not used"),
}
heads = (
    ("错误", "mistake"),
    ("gradcheck", "gradcheck"),
    ("allclose", "allclose"),
    ("assert_gradient", "assert_gradient"),
)
seen, missed = ("看出来", "noticed"), ("没看出", "missed")


class Comparison:
    """Who notices what, and what assert_gradient says."""

    def rows(self, lang):
        at = ("zh", "en").index(lang)
        yield [head[at] for head in heads]
        for mistake, (*others, found) in noticed.items():
            yield [words[mistake][at], *((seen if each else missed)[at] for each in others), found.sentence[lang]]

    def html(self, lang):
        (first, *heads), *rows = ([escape(each) for each in row] for row in self.rows(lang))
        top = f"<th>{first}</th>" + "".join(f"<th scope='col'>{each}</th>" for each in heads)
        body = "".join(
            f"<tr><th scope='row'>{name}</th>{''.join(f'<td>{each}</td>' for each in cells)}</tr>"
            for name, *cells in rows
        )
        return f"<table class='gl-table'><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"

    def _repr_mimebundle_(self, include=None, exclude=None):
        plain = {lang: "\n".join("  ".join(row) for row in self.rows(lang)) for lang in ("zh", "en")}
        return bilingual(*({"text/html": self.html(lang), "text/plain": plain[lang]} for lang in ("zh", "en")))


Comparison()

# %% tags=["hide-input"]
assert [each for each, (first, _, _) in noticed.items() if first] == ["bias", "grad_output"]
assert [each for each, (_, second, _) in noticed.items() if second] == ["factor", "bias"]
rtol = inspect.signature(torch.autograd.gradcheck).parameters["rtol"].default
os.chdir("/")
folder.cleanup()

# %% [markdown] lang="zh" twin="bac3ef"
# 不能怪它们。差商本身不准，`gradcheck` 的容许误差只能放宽到 {{ rtol:g }}；两者都只看你给的那一批数据，而在一行的批上，除不除以 $N$ 没有分别；
# `allclose` 比的是从损失出发的反向，那里的 `grad_output` 总是 1。
# 这里的误差界由公式推出：多大的偏差能用舍入解释，逐个元素算得出来（见[浮点数](lessons/floating_point.py)）；数据专挑看得出错的来试。
#
# 它管的是本站推过的损失函数和线性层。别的函数，请仍用 `gradcheck`。

# %% [markdown] lang="en" twin="067a39"
# They are not to blame. Difference quotients are not exact, so `gradcheck` has to allow a tolerance of {{ rtol:g }}; both look at the data that you
# give, and on a batch of one row it makes no difference whether one divides by $N$; and `allclose` compares a backward pass
# that starts at the loss, where `grad_output` is always 1. Here the bound follows from the formula: how far rounding can
# explain a deviation is computed for every entry (see [Floating point](lessons/floating_point.py)), and the data are chosen
# so that mistakes show.
#
# All this is for the criteria and the linear layer that this site has derived. For any other function, keep to `gradcheck`.
