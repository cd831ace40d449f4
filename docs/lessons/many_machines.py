# ---
# description:
#   zh: 数据分给几台机器，梯度再求平均（DDP），什么时候还是整批的梯度，什么时候不是：推成公式，再起两个进程实测，最后给出改法。
#   en: "Data-parallel training: when the mean of the machines' gradients is the gradient of the mean, when it is not, and the cure."
# ---

# %% [markdown] lang="zh" twin="cc1cfc"
# # 很多台机器
#
# 一批样本分给 $K$ 台机器。每台对自己那一份取平均损失，反向算出梯度，再把各台的梯度平均一下：
# `DistributedDataParallel`（DDP）就是这么做的。**这样得到的，还是整批的梯度吗？**
#
# 先说答案。第 $k$ 台机器分到的样本记作 $B_k$，每个样本的损失记作 $\ell_n$，取平均时除以的数记作 $S_k$：
#
# $$
# L_k=\frac{1}{S_k}\sum_{n\in B_k}\ell_n,\qquad S=\sum_{k=1}^{K}S_k .
# $$
#
# 整批的梯度是各台梯度的*加权*平均：
#
# $$
# \frac{\partial L}{\partial W}=\sum_{k=1}^{K}\frac{S_k}{S}\,\frac{\partial L_k}{\partial W} .
# $$
#
# DDP 算的却是简单平均：
#
# $$
# \frac{1}{K}\sum_{k=1}^{K}\frac{\partial L_k}{\partial W} .
# $$
#
# 各台的 $S_k$ 都相等，两者就是一回事；不相等，一般就不是。麻烦在于 $S_k$ 常常不等，而且不报错。

# %% [markdown] lang="en" twin="e80650"
# # Many machines
#
# A batch is shared out among $K$ machines. Each takes the mean loss of its own share, runs its backward pass, and then
# the machines' gradients are averaged. That is what `DistributedDataParallel` (DDP) does. **Is the result still the
# gradient of the whole batch?**
#
# The answer first. Let $B_k$ be the samples on machine $k$, $\ell_n$ the loss of a sample, and $S_k$ the number that the
# mean divides by:
#
# $$
# L_k=\frac{1}{S_k}\sum_{n\in B_k}\ell_n,\qquad S=\sum_{k=1}^{K}S_k .
# $$
#
# The gradient of the whole batch is a *weighted* mean of the machines' gradients:
#
# $$
# \frac{\partial L}{\partial W}=\sum_{k=1}^{K}\frac{S_k}{S}\,\frac{\partial L_k}{\partial W} .
# $$
#
# DDP computes the plain mean:
#
# $$
# \frac{1}{K}\sum_{k=1}^{K}\frac{\partial L_k}{\partial W} .
# $$
#
# When all $S_k$ are equal, the two are the same; when they are not, in general the two differ. The trouble is that
# unequal $S_k$ are common, and that nothing complains.

# %% [markdown] lang="zh" twin="2714bc"
# ## 和能拆开，除数拆不开
#
# 拿交叉熵来看，带上两个选项：类别权重 $w$，还有不算数的标签（`ignore_index`，这时 $\mu_n=0$）。

# %% [markdown] lang="en" twin="33bb20"
# ## The sum splits, the divisor does not
#
# Take cross-entropy with two of its options: class weights $w$, and labels that do not count (`ignore_index`; there $\mu_n=0$).

# %%
import derivations as dv

loss = dv.CrossEntropy(weight=True, ignore_index=True)
mean = dv.derive(loss, wrt="weight")
mean

# %% [markdown] lang="zh" twin="cd67ff"
# 最后一行里，对样本 $n$ 的和可以按机器拆开，各算各的；$1/S$ 却只有一个，要等所有机器都报了数才知道。
# 把归约方式（reduction）换成 `"sum"` 再推一遍，两个结果正好差这个因子：

# %% [markdown] lang="en" twin="5c0d1e"
# In the last line the sum over the samples $n$ can be split among the machines, and each can do its part. But there is
# one $1/S$, and it is known only when all machines have reported. Derive it once more with the reduction `"sum"`: the two
# results differ by just this factor.

# %%
options = {"weight": True, "ignore_index": True, "reduction": "sum"}
total = dv.derive(dv.CrossEntropy(**options), wrt="weight")

factor = mean.result / total.result
assert str(factor) == "1/S"
factor

# %% [markdown] lang="zh" twin="0866b5"
# 所以第 $k$ 台自己的平均梯度乘上 $S_k$，就是它那一份和；各台的和加起来除以 $S$，就是上面的加权平均。
#
# $S_k$ 是什么，要看损失怎么平均（[到底是哪个平均](which_mean.py)）：没有权重时是样本数，有类别权重时是 $\sum_{n\in B_k} w_{y_n}$，
# 被忽略的样本一概不算。所以就算每台分到的样本一样多，$S_k$ 也可能不等。
#
# ## 两个进程
#
# 八个样本，三个类别，用 float64，好让舍入不来搅局。一共四种分法：对半分；六个和两个；对半分，带类别权重；
# 对半分，其中三个标签是 `-100`，也就是 `ignore_index` 的默认值，填充（padding）出来的位置常用它。

# %% [markdown] lang="en" twin="07a0a9"
# So machine $k$'s own mean gradient times $S_k$ is its part of the sum; add up the parts, divide by $S$, and there is the
# weighted mean above.
#
# What $S_k$ is depends on how the loss takes its mean ([Which mean?](which_mean.py)): the number of samples when there
# are no weights, $\sum_{n\in B_k} w_{y_n}$ with class weights, and samples that are ignored never count. So $S_k$ may
# differ even where every machine has as many samples as the others.
#
# ## Two processes
#
# Eight samples in three classes, in float64 so that rounding does not get in the way. Four ways to share them out: four
# and four; six and two; four and four with class weights; four and four where three labels are `-100`, the default of
# `ignore_index`, which often marks padding.

# %%
import torch
from torch import nn

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)

inputs = torch.randn(8, 2)
labels = torch.tensor([0, 0, 1, 0, 2, 1, 2, 1])
padded = torch.tensor([0, -100, -100, -100, 2, 1, 2, 1])
nothing = torch.tensor([-100, -100, -100, -100, 2, 1, 2, 1])
ones, weight = torch.ones(3), torch.tensor([1.0, 2.0, 4.0])
model = nn.Linear(2, 3)

cases = {
    "4+4": (4, labels, ones),
    "6+2": (6, labels, ones),
    "4+4 weight": (4, labels, weight),
    "4+4 -100": (4, padded, ones),
}
question = {"4+4 -100 -100": (4, nothing, ones)}

# %% [markdown] lang="zh" twin="98a94f"
# 每个进程运行下面这份脚本，通信后端是 gloo。`own` 是这台机器自己的梯度，`averaged` 是 DDP 平均之后的梯度；`cured` 是改法，后面再说。

# %% [markdown] lang="en" twin="e8253d"
# Each process runs the script below; they talk through the gloo backend. `own` is the machine's own gradient, and `averaged`
# the one after DDP has averaged. `cured` is the cure; we come to it below.

# %% tags=["hide-input"]
from IPython.display import HTML
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

script = """\
import sys
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn

dist.init_process_group("gloo")
rank, K = dist.get_rank(), dist.get_world_size()

folder = Path(sys.argv[1])
inputs, state, cases = torch.load(folder / "job.pt")

torch.set_default_dtype(torch.float64)
model = nn.Linear(2, 3)
model.load_state_dict(state)
ddp = nn.parallel.DistributedDataParallel(model)

results = {}
for name, (cut, labels, weight) in cases.items():
    shard = slice(cut) if rank == 0 else slice(cut, None)
    X, y = inputs[shard], labels[shard]

    criterion = nn.CrossEntropyLoss(weight)
    loss = criterion(model(X), y)
    (own,) = torch.autograd.grad(loss, model.weight)

    model.zero_grad()
    criterion(ddp(X), y).backward()
    averaged = model.weight.grad.clone()

    S_k = weight[y[y != -100]].sum()
    S = S_k.clone()
    dist.all_reduce(S)

    criterion = nn.CrossEntropyLoss(weight, reduction="sum")
    model.zero_grad()
    (criterion(ddp(X), y) * K / S).backward()
    cured = model.weight.grad.clone()

    results[name] = {"S_k": S_k, "loss": loss.detach(), "own": own}
    results[name] |= {"averaged": averaged, "cured": cured}

torch.save(results, folder / f"{rank}.pt")
dist.destroy_process_group()
"""

HTML(highlight(script, PythonLexer(), HtmlFormatter(wrapcode=True)))

# %% tags=["hide-input"]
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch.distributed as dist


def start(script, job, world_size=2, seconds=200):
    """What each of `world_size` processes running `script` has saved. Leaves neither processes nor files behind."""
    # The processes meet at this store, as with torchrun; port 0 is any free one.
    store = dist.TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    environment = dict(
        os.environ,
        MASTER_ADDR="127.0.0.1",
        MASTER_PORT=str(store.port),
        TORCHELASTIC_USE_AGENT_STORE="True",
        WORLD_SIZE=str(world_size),
        OMP_NUM_THREADS="1",
    )
    if loopback := {"lo", "lo0"} & {name for _, name in socket.if_nameindex()}:
        environment["GLOO_SOCKET_IFNAME"] = loopback.pop()
    deadline = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        said = [folder / f"{rank}.txt" for rank in range(world_size)]
        (folder / "worker.py").write_text(script, encoding="utf-8")
        torch.save(job, folder / "job.pt")
        processes, problem = [], ""
        try:
            for rank in range(world_size):
                with said[rank].open("w") as output:
                    command = [sys.executable, folder / "worker.py", folder]
                    streams = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": subprocess.STDOUT}
                    processes.append(subprocess.Popen(command, env=dict(environment, RANK=str(rank)), **streams))
            while None in (codes := [process.poll() for process in processes]):
                if any(codes) or time.monotonic() > deadline:
                    break
                time.sleep(0.05)
            if any(codes):
                problem = f"exit codes {codes}"
            elif None in codes:
                problem = f"timeout: {seconds} s"
        except OSError as error:
            problem = str(error)
        finally:
            for process in processes:
                process.kill()
                process.wait()
        if problem:
            words = "".join(f"\n--- rank {rank}\n{each.read_text()}" for rank, each in enumerate(said) if each.exists())
            raise RuntimeError(f"This lesson starts {world_size} Python processes, which failed: {problem}.{words}")
        return [torch.load(folder / f"{rank}.pt") for rank in range(world_size)]


# %% [markdown] lang="zh" twin="fa2644"
# 这份脚本可以用 `torchrun` 启动。这里由 `start` 直接启动两个进程（它的代码在笔记本里），两边各交回一份结果：

# %% [markdown] lang="en" twin="832c4e"
# `torchrun` can start this script. Here, `start` does (its code is in the notebook): it starts two processes, and each of them hands
# back its results.

# %%
job = inputs, model.state_dict(), cases | question
first, second = start(script, job)


def whole(y, w):
    loss = nn.CrossEntropyLoss(w)(model(inputs), y)
    return torch.autograd.grad(loss, model.weight)[0]


def deviation(gradient, g):
    return ((gradient - g).norm() / g.norm()).item()


off = {}
print("            S_1  S_2   averaged  weighted     cured")
for name, (_, y, w) in cases.items():
    one, two = first[name], second[name]
    S_1, S_2 = one["S_k"], two["S_k"]
    weighted = (S_1 * one["own"] + S_2 * two["own"]) / (S_1 + S_2)

    three = one["averaged"], weighted, one["cured"]
    off[name] = [deviation(each, whole(y, w)) for each in three]
    columns = " ".join(f"{each:9.4f}" for each in off[name])
    print(f"{name:10} {S_1:4.0f} {S_2:4.0f}  {columns}")

# %% tags=["hide-input"]
for name in cases:
    one, two = first[name], second[name]
    S_1, S_2 = one["S_k"], two["S_k"]
    torch.testing.assert_close(one["averaged"], (one["own"] + two["own"]) / 2)
    assert torch.equal(one["averaged"], two["averaged"]) and torch.equal(one["cured"], two["cured"])
    difference = (1 / 2 - S_1 / (S_1 + S_2)) * (one["own"] - two["own"])
    torch.testing.assert_close(one["averaged"] - whole(*cases[name][1:]), difference)
    assert max(off[name][1:]) < 1e-14
    assert (off[name][0] < 1e-14) == (S_1 == S_2) == (name == "4+4")
assert min(off[name][0] for name in cases if name != "4+4") > 0.5

# %% [markdown] lang="zh" twin="26553e"
# 表里的数，是各种算法的梯度与整批梯度 $g$（在一个进程里算出）的相对偏差 $\lVert\cdot-g\rVert/\lVert g\rVert$。
#
# - `averaged` 一列是 DDP。只有第一行 $S_1=S_2$，也只有这一行对得上；后三行偏了一半还多，最后一行的偏差比梯度本身还大（{{ off["4+4 -100"][0]:.2f }} 倍）。
# - `weighted` 一列是按权重 $S_k/S$ 求的平均，每一行都对得上。
#
# 两台机器时，DDP 偏多少可以写明白：
#
# $$
# \Big(\frac12-\frac{S_1}{S}\Big)\Big(\frac{\partial L_1}{\partial W}-\frac{\partial L_2}{\partial W}\Big).
# $$
#
# 除数不等，两台的梯度又不同，就一定会偏。DDP 不会提醒：它看得见梯度，看不见 $S_k$。

# %% [markdown] lang="en" twin="c41bbe"
# The numbers are relative deviations $\lVert\cdot-g\rVert/\lVert g\rVert$ of each gradient from $g$, the gradient of the whole
# batch, computed in one process.
#
# - The column `averaged` is DDP. Only in the first row is $S_1=S_2$, and only there does it agree. In the other three it
#   is off by more than half, and in the last by more than the gradient itself ({{ off["4+4 -100"][0]:.2f }} times).
# - The column `weighted`, with weights $S_k/S$, agrees in every row.
#
# With two machines, how far DDP is off can be written down:
#
# $$
# \Big(\frac12-\frac{S_1}{S}\Big)\Big(\frac{\partial L_1}{\partial W}-\frac{\partial L_2}{\partial W}\Big).
# $$
#
# Where the divisors differ and so do the two gradients, it must be off. DDP gives no warning: it sees gradients, but no $S_k$.

# %% [markdown] lang="zh" twin="7e519b"
# ## 有的样本算得更重
#
# 简单平均也是某个损失的梯度，只不过不是你要的那个。在它眼里，第 $k$ 台上的每个样本占 $\frac{1}{K S_k}$，而不是 $\frac{1}{S}$。
# 六个和两个那种分法，就是：

# %% [markdown] lang="en" twin="732028"
# ## Some samples count for more
#
# The plain mean is also the gradient of a loss, only not of the one you wanted. In it, each sample on machine $k$ has the share
# $\frac{1}{K S_k}$ instead of $\frac{1}{S}$. Shared out as six and two, that is:

# %%
from fractions import Fraction

K, sizes = 2, [6, 2]
shares = [Fraction(1, K * size) for size in sizes for _ in range(size)]
print(*shares)

# %% tags=["hide-input"]
from derivations import figures

each = nn.CrossEntropyLoss(reduction="none")
tilted, even = torch.tensor([float(share) for share in shares]), torch.full((8,), 1 / 8)
share_ratio = shares[-1] / shares[0]
gradient = torch.autograd.grad((tilted * each(model(inputs), labels)).sum(), model.weight)[0]
torch.testing.assert_close(gradient, first["6+2"]["averaged"])


def descend(share, steps=120):
    """While the loss with these shares is made smaller: that of the whole batch, step by step."""
    trained = nn.Linear(2, 3)
    trained.load_state_dict(model.state_dict())
    losses, meant = [], []
    for _ in range(steps + 1):
        loss = each(trained(inputs), labels)
        losses.append(loss.mean().item())
        meant.append((share * loss).sum().item())
        gradients = torch.autograd.grad((share * loss).sum(), list(trained.parameters()))
        with torch.no_grad():
            for parameter, gradient in zip(trained.parameters(), gradients):
                parameter -= 0.5 * gradient
    assert meant == sorted(meant, reverse=True)
    return losses


right, wrong = descend(even), descend(tilted)
lowest = wrong.index(min(wrong))
assert right == sorted(right, reverse=True)
assert all(a < b for a, b in zip(right[1:], wrong[1:])) and wrong[lowest:] == sorted(wrong[lowest:])

# %% [markdown] lang="zh" twin="b112c1"
# 第二台的样本，每个顶第一台的 {{ share_ratio }} 个。训练下去，走向的就是另一个最小值。下图里两条线都是*整批*的损失，学习率都是 `0.5`：

# %% [markdown] lang="en" twin="cffb58"
# A sample on the second machine counts as much as {{ share_ratio }} on the first. Train on, and you head for another minimum. Both
# curves below show the loss of the *whole* batch, with the learning rate `0.5`:

# %% tags=["hide-input"]
figures.chart(
    figures.Curve(range(len(right)), right, label=("按 S_k/S 加权", "weighted by S_k/S"), style="line"),
    figures.Curve(range(len(wrong)), wrong, label=("简单平均（DDP）", "plain mean (DDP)"), style="dashed"),
    title=("六个和两个：整批的损失", "Six and two: the loss of the whole batch"),
    x_label=("步数", "step"),
    y_label=("损失", "loss"),
    alt=(
        f"加权的线一路下降，到 {right[-1]:.3f}；简单平均的线降到 {min(wrong):.3f} 之后又升到 {wrong[-1]:.3f}。",
        f"The weighted curve falls all the way to {right[-1]:.3f}; the plain mean's falls to {min(wrong):.3f} and then "
        f"rises to {wrong[-1]:.3f}.",
    ),
)

# %% [markdown] lang="zh" twin="b4e3d5"
# 简单平均的线到第 {{ lowest }} 步就不再下降，反而慢慢回升：它在认真地减小另一个损失。
#
# ## 改法
#
# 脚本里的 `cured` 只改了两处：
#
# 1. 损失用 `reduction="sum"`，各台自己不除；
# 2. 用 `all_reduce` 把 $S_k$ 加成 $S$，再把损失乘上 $K/S$。
#
# 乘 $K$ 是因为 DDP 还会除以 $K$，两者抵消：
#
# $$
# \frac{1}{K}\sum_{k=1}^{K}\frac{K}{S}\,\frac{\partial}{\partial W}\sum_{n\in B_k}\ell_n=\frac{\partial L}{\partial W}.
# $$
#
# 表里 `cured` 那一列，每一行都对得上。梯度累积（[一步优化](optimizer_step.py)）是同一回事：把几台机器换成先后几小批，加权平均的式子照样成立。
#
# 只让每台的样本数相等，还不够。类别权重和 `ignore_index` 照样让 $S_k$ 不等；再说，除不尽的时候，`DistributedSampler` 是靠重复样本凑齐的。
# 七个样本分给两台：

# %% [markdown] lang="en" twin="60603d"
# The plain mean's curve stops falling at step {{ lowest }} and slowly rises again: it is busy making another loss smaller.
#
# ## The cure
#
# `cured` in the script changes two things:
#
# 1. the loss has `reduction="sum"`, so that no machine divides by itself;
# 2. `all_reduce` adds the $S_k$ up to $S$, and the loss is multiplied by $K/S$.
#
# The $K$ is there because DDP will divide by $K$, and the two cancel:
#
# $$
# \frac{1}{K}\sum_{k=1}^{K}\frac{K}{S}\,\frac{\partial}{\partial W}\sum_{n\in B_k}\ell_n=\frac{\partial L}{\partial W}.
# $$
#
# The column `cured` of the table agrees in every row. Gradient accumulation ([One step of the optimizer](optimizer_step.py)) is
# the same thing: put small batches, one after another, in place of the machines, and the weighted mean above still holds.
#
# To give every machine equally many samples is not enough. Class weights and `ignore_index` still make the $S_k$ differ; and
# where the number does not divide evenly, `DistributedSampler` repeats samples to fill up. Seven samples for two machines:

# %%
from torch.utils.data.distributed import DistributedSampler

dealt = [list(DistributedSampler(range(7), 2, rank, shuffle=False)) for rank in range(2)]
print(*dealt)

# %% tags=["hide-input"]
assert dealt[0][0] == dealt[1][-1] == 0 and sorted(sum(dealt, [])) == [0, 0, 1, 2, 3, 4, 5, 6]
stuck = first["4+4 -100 -100"], second["4+4 -100 -100"]
truth = whole(nothing, ones)
assert stuck[0]["loss"].isnan() and not stuck[0]["own"].any()
torch.testing.assert_close(stuck[0]["averaged"], truth / 2)
torch.testing.assert_close(stuck[0]["cured"], truth)
half = (stuck[0]["averaged"].norm() / truth.norm()).item()
torch.set_default_dtype(torch.float32)

# %% [markdown] lang="zh" twin="c6d59e"
# 编号 0 的样本出现了两次，就算了两份。
#
# ## 查一查自己的训练代码
#
# `dv.assert_step` 在每个进程里各跑一遍你的代码，把各台的数据收齐，和整批的梯度比。用第二种分法（六个和两个）试试 DDP：

# %% [markdown] lang="en" twin="ee4a27"
# The sample with index 0 appears twice, and counts twice.
#
# ## Check your own step
#
# `dv.assert_step` runs your code in every process, gathers the data of all machines, and compares with the gradient of the
# whole batch. With the second way of sharing out, six and two, DDP does this:

# %%
script = """\
import sys
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn

import derivations as dv

dist.init_process_group("gloo")
rank = dist.get_rank()

folder = Path(sys.argv[1])
inputs, state, (cut, labels, _) = torch.load(folder / "job.pt")

model = nn.Linear(2, 3, dtype=torch.float64)
model.load_state_dict(state)
ddp = nn.parallel.DistributedDataParallel(model)
shard = slice(cut) if rank == 0 else slice(cut, None)


def step(model, criterion, batches):
    for X, y in batches:
        criterion(model(X), y).backward()


try:
    batches = [(inputs[shard], labels[shard])]
    dv.assert_step(step, ddp, nn.CrossEntropyLoss(), batches)
except dv.GradientMismatch as error:
    torch.save(error.diagnosis.data(), folder / f"{rank}.pt")
dist.destroy_process_group()
"""

found, same = start(script, (inputs, model.state_dict(), cases["6+2"]))

# %% tags=["hide-input"]
from derivations.words import Words

(mistake,) = found["mistakes"]
assert mistake["key"].split() == ["mean", "of", "ranks"] and same["sentence"] == found["sentence"]
dv.Diagnosis(found["verdict"], Words(**found["sentence"]), latex=found["latex"], numbers=found["numbers"])

# %% [markdown] lang="zh" twin="d001d6"
# 单机上的累积、公式、kernel 怎么查，见[检验你的梯度](../check.py)。
#
# ## 自己验一验
#
# 对半分，第一台的四个标签恰好全是 `-100`。它的损失是多少，梯度是多少？DDP 平均之后呢？

# %% [markdown] lang="en" twin="cf4c43"
# For accumulation on one machine, formulas and kernels, see [Check your gradient](../check.py).
#
# ## Check yourself
#
# Four and four, and the first machine's four labels all happen to be `-100`. What is its loss, and what its gradient? And what
# does DDP make of it?

# %% [markdown] lang="zh" twin="24938e"
# ??? question "看答案"
#     $S_1=0$，损失是 0 除以 0，也就是 {{ stuck[0]["loss"].item() }}；torch 给的梯度却是 0，不是 nan。DDP 把它也算作一台，
#     所以平均出来恰好是整批梯度的 {{ half:.1f }} 倍，不出声地少了一半。用改法，第一台贡献的和是 0，除以的是 $S$，结果就是整批的梯度。
#     这一题也在那两个进程里跑过。
#
# 十一课到此为止。接下来看[说法核对](../claims.py)：两篇讲解里的说法，一条一条验。

# %% [markdown] lang="en" twin="5afe6a"
# ??? question "Answer"
#     $S_1=0$, so the loss is 0 over 0, which is {{ stuck[0]["loss"].item() }}; yet the gradient that torch returns is 0, not nan.
#     DDP counts this machine like any other, so what it averages to is exactly {{ half:.1f }} times the gradient of the whole batch:
#     half of it is lost without a sound. With the cure, the first machine adds 0 to the sum, the divisor is $S$, and the result
#     is the whole batch's gradient. This, too, was run in those two processes.
#
# That was the last of the eleven lessons. Next: [Checked claims](../claims.py), where the claims of two explanations are checked one by
# one.
