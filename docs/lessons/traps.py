# ---
# description:
#   zh: 八个常见的坑，个个现场跑一遍：反向两次、就地修改、断开的图、MSE 广播、拿概率喂 NLLLoss、平均的平均、目标全被忽略、SymPy 的迹。症状、原因、对策。
#   en: "Eight traps, run live: backward twice, in-place edits, detached graphs, MSE broadcasting, NLL on probabilities, averaging averages, all targets ignored, SymPy's trace."
# ---

# %% [markdown] lang="zh" twin="a2d822"
# # 常见的坑
#
# 损失在降，程序不报错，梯度就对吗？**不一定**。下面八个坑，头三个 torch 会报错，可是照着常见的办法绕过去，错就不出声了；
# 第四个只有一条警告；其余的什么也不说。每个都现场跑一遍：先看症状，再用一个式子说原因，最后给对策。

# %% [markdown] lang="en" twin="931cd1"
# # Traps, live
#
# The loss goes down and nothing is raised. Is the gradient right? **Not necessarily**. Of the eight traps below, torch
# raises an error for the first three, but get around it in the usual way and the mistake is silent; the fourth gives a
# warning; the others say nothing at all. Each is run here: first the symptom, then the reason as a formula, then the
# cure.

# %%
import textwrap
import warnings

import sympy as sp
import torch
from torch import nn

import derivations as dv
from derivations import figures

torch.manual_seed(1)

X = torch.tensor([[1.0], [2.0], [3.0], [4.0]])
Y = torch.tensor([[2.0], [3.0], [4.0], [5.0]])
model = nn.Linear(1, 1)
mse = nn.MSELoss()


def gradient(loss):
    return torch.autograd.grad(loss, model.weight)[0].item()


def report(name, loss):
    print(f"{name:10} loss {loss.item():.4f}  dL/dW {gradient(loss):8.4f}")


def message(error):
    print(textwrap.fill(str(error), 76))


right = gradient(mse(model(X), Y))
report("mse", mse(model(X), Y))

# %% [markdown] lang="zh" twin="8082b5"
# ## 同一张图，反向两次
#
# **症状**：同一个损失，`backward()` 调了两次。

# %% [markdown] lang="en" twin="eee446"
# ## Backward twice through one graph
#
# **Symptom.** `backward()` is called twice on one loss.

# %%
loss = mse(model(X), Y)
loss.backward()
try:
    loss.backward()
except RuntimeError as error:
    message(error)

# %% [markdown] lang="zh" twin="975f46"
# 报错里建议用 `retain_graph=True`。照办就不报错了，梯度却不对：

# %% [markdown] lang="en" twin="a586f1"
# The message suggests `retain_graph=True`. Follow it and the error is gone, but the gradient is not right:

# %%
model.zero_grad()
loss = mse(model(X), Y)
loss.backward(retain_graph=True)
loss.backward()
print(f"weight.grad {model.weight.grad.item():.4f}")
print(f"right       {right:.4f}")

# %% tags=["hide-input"]
assert model.weight.grad.item() == 2 * right

# %% [markdown] lang="zh" twin="027427"
# **原因**：反向要用前向存下的数：$\partial L/\partial W=G^{\top}X$ 里的 $X$，还有 $G=\frac{2}{NC}(Z-Y)$ 里的 $Z$。`backward()` 用完就释放，所以不能再来一遍。
# 硬留着再来一遍，`.grad` 又是*累加*的，结果是 $2\,\partial L/\partial W$。
#
# **对策**：每次 `backward()` 之前重新前向，先 `zero_grad()`。两个损失共用一段网络时，先加起来，再反向一次：$\partial(L_1+L_2)=\partial L_1+\partial L_2$。

# %% [markdown] lang="en" twin="fe7659"
# **Reason.** The backward pass uses numbers that the forward pass kept: $X$ in $\partial L/\partial W=G^{\top}X$, and
# $Z$ in $G=\frac{2}{NC}(Z-Y)$. `backward()` frees them when it is done, so there is no second time. Keep them and do
# it again, and since `.grad` *adds up*, the result is $2\,\partial L/\partial W$.
#
# **Cure.** A new forward pass before every `backward()`, and `zero_grad()` first. Where two losses share a part of
# the network, add them and go backward once: $\partial(L_1+L_2)=\partial L_1+\partial L_2$.

# %% [markdown] lang="zh" twin="f25299"
# ## 就地修改
#
# **症状**：前向算出的张量，没等反向就被改了。

# %% [markdown] lang="en" twin="68c94a"
# ## In-place edits
#
# **Symptom.** A tensor of the forward pass is changed before the backward pass.

# %%
hidden = torch.sigmoid(model(X))
hidden.mul_(2)
try:
    mse(hidden, Y).backward()
except RuntimeError as error:
    message(error)

# %% [markdown] lang="zh" twin="8ab0b6"
# 这还算走运。改用 `.data`，版本号不变，torch 就查不出来。下面是两层网络，在前向与反向之间把第二层的权重乘以 2：

# %% [markdown] lang="en" twin="90047c"
# That was the lucky case. An edit through `.data` does not change the version that torch checks. Below, the second of
# two layers has its weight doubled between the forward and the backward pass:

# %%
two = nn.Sequential(nn.Linear(1, 2), nn.Linear(2, 1))
first, second = two[0].weight, two[1].weight

loss = mse(two(X), Y)
unedited = torch.autograd.grad(loss, first, retain_graph=True)[0].flatten()

second.data.mul_(2)
edited = torch.autograd.grad(loss, first)[0].flatten()

print("edited  ", edited)
print("unedited", unedited)

# %% tags=["hide-input"]
assert torch.equal(edited, 2 * unedited)
z = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
s = torch.sigmoid(z)
assert torch.isclose(torch.autograd.grad(s, z)[0], s * (1 - s))

# %% [markdown] lang="zh" twin="758b92"
# **原因**：反向公式里用的是前向*那一刻*的值：$\sigma'=\sigma\,(1-\sigma)$ 用存下的 $\sigma$；
# 梯度穿过第二层 $Z=HW_2^{\top}+b_2$ 时，$\partial L/\partial H=G\,W_2$ 用存下的 $W_2$。改了它，传下去的梯度就跟着变，这里正好变成两倍。
#
# **对策**：写 `hidden * 2`，不写 `hidden.mul_(2)`。参数等反向完了再改，放在 `torch.no_grad()` 里；别用 `.data`，它绕过的正是这道检查。

# %% [markdown] lang="en" twin="80a417"
# **Reason.** The backward formulas take values as they were *at that moment* of the forward pass:
# $\sigma'=\sigma\,(1-\sigma)$ takes the $\sigma$ that was kept, and through the second layer, $Z=HW_2^{\top}+b_2$,
# the gradient passes as $\partial L/\partial H=G\,W_2$, with the $W_2$ that was kept. Edit that, and what is passed
# on changes with it: here, it doubles.
#
# **Cure.** Write `hidden * 2`, not `hidden.mul_(2)`. Change parameters after the backward pass, under
# `torch.no_grad()`; and leave `.data` alone, since it goes around this very check.

# %% [markdown] lang="zh" twin="3c7be1"
# ## 断开的图
#
# **症状**：损失经过 `.item()`，反向时报错。`.item()` 得到的是一个 Python 数，图到此为止。常见的补救是重新包成张量，再要求它有梯度，即 `requires_grad`：

# %% [markdown] lang="en" twin="1b4f96"
# ## A graph that was cut
#
# **Symptom.** The loss went through `.item()`, and the backward pass raises an error. What `.item()` returns is a
# Python number; the graph ends there. A remedy often seen is to wrap it in a tensor again and set `requires_grad`:

# %%
model.zero_grad()
number = torch.tensor(mse(model(X), Y).item())
try:
    number.backward()
except RuntimeError as error:
    message(error)

number.requires_grad_().backward()
print("weight.grad", model.weight.grad)

# %% [markdown] lang="zh" twin="46c180"
# 错误没了，梯度也没了。更隐蔽的是只断一半：损失的值分毫不差，梯度少了一项。这里给均方误差加上惩罚 $\frac{\lambda}{2}\sum W^2$，取 $\lambda=1$：

# %% [markdown] lang="en" twin="13e79e"
# The error is gone, and so is the gradient. Cutting half of the graph is harder to notice: the loss is right to the
# last digit, and the gradient lacks a term. Here the penalty $\frac{\lambda}{2}\sum W^2$ is added to mean squared
# error, with $\lambda=1$:


# %%
def penalised(weight):
    return mse(model(X), Y) + weight.square().sum() / 2


report("W.detach()", penalised(model.weight.detach()))
report("W", penalised(model.weight))

# %% tags=["hide-input"]
missing = gradient(penalised(model.weight)) - right
assert penalised(model.weight.detach()).item() == penalised(model.weight).item()
assert abs(missing - model.weight.item()) < 1e-6
assert dv.derive(dv.L2Penalty(), wrt="weight").matrix
assert gradient(mse(model(X), Y)) == right

# %% [markdown] lang="zh" twin="d071ee"
# **原因**：`detach()` 把 $W$ 变成常数，而常数的导数是 0，于是 $\lambda W$ 这一项消失了，这里少了 {{ missing:.4f }}，正是 $W$ 的值。
#
# **对策**：损失从头到尾用张量运算拼成，`.item()` 只用来打印。训练前查一次：`loss.grad_fn` 不是 `None`，反向之后每个参数的 `.grad` 也不是 `None`。
# 只断一半的，只有跟公式对账才查得出来。

# %% [markdown] lang="en" twin="1c84fb"
# **Reason.** `detach()` turns $W$ into a constant, and a constant's derivative is 0; so the term $\lambda W$
# vanishes, here {{ missing:.4f }}, which is the value of $W$.
#
# **Cure.** Build the loss from tensor operations throughout; use `.item()` for printing only. Check once before
# training that `loss.grad_fn` is not `None`, and after the backward pass that no parameter's `.grad` is `None`. Half
# a cut shows only when the gradient is compared with its formula.

# %% [markdown] lang="zh" twin="069c07"
# ## MSE：`(N, 1)` 遇上 `(N,)`
#
# **症状**：输出是 `(N, 1)`，目标是 `(N,)`。

# %% [markdown] lang="en" twin="1202fc"
# ## MSE: `(N, 1)` meets `(N,)`
#
# **Symptom.** Outputs are `(N, 1)` and targets `(N,)`.

# %%
y = Y.squeeze(1)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    broadcast = mse(model(X), y)
message(caught[0].message)
report("y (N,)", broadcast)
report("Y (N, 1)", mse(model(X), Y))

# %% [markdown] lang="zh" twin="f4e3a8"
# 只有一条警告，训练照常进行。证书会指名道姓地说出来：

# %% [markdown] lang="en" twin="af8bf3"
# One warning, and training goes on. The certificate names the trap:

# %%
explanation = dv.explain(model, mse)
explanation.certify(X, y, wrt=("weight", "bias"))

# %% [markdown] lang="zh" twin="5fa9b7"
# **原因**：两边广播成 $N\times N$，每个输出都要去对*所有*目标：
#
# $$
# L=\frac{1}{N^2}\sum_{n}\sum_{m}(z_n-y_m)^2,\qquad \frac{\partial L}{\partial z_n}=\frac{2}{N}\,(z_n-\bar y).
# $$
#
# 各自的目标不见了，只剩平均值 $\bar y$：模型学到的是一条水平线。先核对 $\partial L/\partial z$，再用两种写法各训练一遍：

# %% [markdown] lang="en" twin="398a71"
# **Reason.** Both are broadcast to $N\times N$, and every output is compared with *all* targets:
#
# $$
# L=\frac{1}{N^2}\sum_{n}\sum_{m}(z_n-y_m)^2,\qquad \frac{\partial L}{\partial z_n}=\frac{2}{N}\,(z_n-\bar y).
# $$
#
# A sample's own target is gone, and only the mean $\bar y$ remains: the model learns a level line. First a check of
# $\partial L/\partial z$, then training, once each way:

# %%
outputs = model(X).detach()
of_outputs = dv.explain(None, mse).gradients(outputs, y)["outputs"]
print(of_outputs.flatten())
print((2 / len(y) * (outputs - y.mean())).flatten())


def train(targets):
    torch.manual_seed(0)
    line = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(line.parameters(), lr=0.1)
    for _ in range(300):
        optimizer.zero_grad()
        mse(line(X), targets).backward()
        optimizer.step()
    return line


with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    level = train(y)
good = train(Y)

# %% tags=["hide-input"]
assert torch.allclose(of_outputs, 2 / len(y) * (outputs - y.mean()))
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    assert torch.allclose(mse(outputs, y), ((outputs - y) ** 2).sum() / len(y) ** 2)
ends = torch.tensor([[0.5], [4.5]])
assert abs(level.weight.item()) < 1e-3 and abs(level.bias.item() - y.mean().item()) < 1e-3
assert abs(good.weight.item() - 1) < 1e-3 and abs(good.bias.item() - 1) < 1e-3
figures.chart(
    figures.Curve(X.flatten().tolist(), y.tolist(), label=("样本", "samples"), style="points"),
    figures.Curve(
        ends.flatten().tolist(), good(ends).flatten().tolist(), label=("目标 (N, 1)", "targets (N, 1)"), style="line"
    ),
    figures.Curve(
        ends.flatten().tolist(), level(ends).flatten().tolist(), label=("目标 (N,)", "targets (N,)"), style="dashed"
    ),
    title=("训练之后的模型", "The model after training"),
    x_label=("x", "x"),
    y_label=("y", "y"),
    alt=(
        f"形状正确时，直线穿过全部 {len(y)} 个样本；形状是 (N,) 时，得到一条高度为 {y.mean():.1f} 的水平线。",
        f"With the right shape the line passes through all {len(y)} samples; with shape (N,) it is level, at a height of "
        f"{y.mean():.1f}.",
    ),
)

# %% [markdown] lang="zh" twin="b259c7"
# **对策**：目标写成 `y.unsqueeze(1)`，或输出写成 `outputs.squeeze(1)`；在训练代码里把这条警告升级成错误。

# %% [markdown] lang="en" twin="5920be"
# **Cure.** `y.unsqueeze(1)` for the targets, or `outputs.squeeze(1)` for the outputs; and turn this warning into an
# error in training code.

# %% [markdown] lang="zh" twin="798d47"
# ## 拿概率喂 `NLLLoss`
#
# **症状**：`NLLLoss` 要的是*对数*概率，却拿到了 softmax 的结果。它照样给出一个数。下面这个样本属于第 0 类，打分却错得离谱：

# %% [markdown] lang="en" twin="c818b2"
# ## `NLLLoss` on probabilities
#
# **Symptom.** `NLLLoss` wants *log*-probabilities and is given the result of softmax. It returns a number all the
# same. The sample below belongs to class 0, and its logits are badly wrong:

# %%
nll = nn.NLLLoss()
label = torch.tensor([0])
logits = torch.tensor([[-4.0, 4.0]], requires_grad=True)

for function in (torch.softmax, torch.log_softmax):
    loss = nll(function(logits, 1), label)
    (of_logits,) = torch.autograd.grad(loss, logits)
    pull = of_logits[0, 0].item()
    print(f"{function.__name__:11} loss {loss.item():7.4f}  dL/dz {pull:.4f}")

# %% tags=["hide-input"]
margin = torch.linspace(-8, 8, 65)
pairs = torch.stack([margin, torch.zeros(65)], 1).requires_grad_()
zeros = torch.zeros(65, dtype=torch.long)
pulls = {}
for function in (torch.softmax, torch.log_softmax):
    total = nn.NLLLoss(reduction="sum")(function(pairs, 1), zeros)
    pulls[function] = -torch.autograd.grad(total, pairs)[0][:, 0]
p = torch.sigmoid(margin)
assert pulls[torch.softmax].argmax() == 32 and margin[32] == 0
assert torch.allclose(pulls[torch.softmax], p * (1 - p), atol=1e-6)
assert torch.allclose(pulls[torch.log_softmax], 1 - p, atol=1e-6)
figures.chart(
    figures.Curve(
        margin.tolist(), pulls[torch.log_softmax].tolist(), label=("log_softmax", "log_softmax"), style="line"
    ),
    figures.Curve(margin.tolist(), pulls[torch.softmax].tolist(), label=("softmax", "softmax"), style="dashed"),
    title=("把正确类别往上推的力", "The pull on the right class"),
    x_label=("正确类别的打分减去另一类的", "logit of the right class minus the other"),
    y_label=("−dL/dz", "−dL/dz"),
    alt=(
        "用 log_softmax 时，错得越厉害推力越大，趋于一；用 softmax 时，推力在正中最大，错得厉害反而趋于零。",
        "With log_softmax the pull grows towards one the more wrong the sample is; with softmax it is largest in the "
        "middle and goes to zero where the sample is most wrong.",
    ),
)

# %% [markdown] lang="zh" twin="092a7c"
# 第一行两处不对：损失成了负数，梯度几乎是 0。
#
# **原因**：少了对数，要求导的就是 $-p_y$ 而不是 $-\log p_y$。由 softmax 的 Jacobian：

# %% [markdown] lang="en" twin="69e960"
# Two things are off in the first line: the loss is negative, and the gradient is almost 0.
#
# **Reason.** Without the logarithm, it is $-p_y$ that is differentiated and not $-\log p_y$. By the Jacobian of
# softmax:

# %%
dv.derive(dv.Softmax(), wrt="logits")

# %% [markdown] lang="zh" twin="4da3dc"
# $$
# \frac{\partial(-p_y)}{\partial z_j}=p_y\,(p_j-\delta_{yj}),\qquad \frac{\partial(-\log p_y)}{\partial z_j}=p_j-\delta_{yj}.
# $$
#
# 多乘了一个 $p_y$：错得越厉害，$p_y$ 越小，越学不动。图里左端就是这样的样本。
#
# **对策**：配对着用：`LogSoftmax` 配 `NLLLoss`，或者直接用 `CrossEntropyLoss`。看到负的 `NLLLoss`，先查这一条。

# %% [markdown] lang="en" twin="f79019"
# $$
# \frac{\partial(-p_y)}{\partial z_j}=p_y\,(p_j-\delta_{yj}),\qquad \frac{\partial(-\log p_y)}{\partial z_j}=p_j-\delta_{yj}.
# $$
#
# There is a factor $p_y$ too many: the more wrong a sample is, the smaller $p_y$, and the less is learnt from it.
# Such samples are on the left of the picture.
#
# **Cure.** Keep the pairs together: `LogSoftmax` with `NLLLoss`, or simply `CrossEntropyLoss`. If `NLLLoss` is ever
# negative, look here first.

# %% [markdown] lang="zh" twin="204454"
# ## 平均的平均
#
# **症状**：一批 {{ len(X) }} 个样本拆成两小批，一批 {{ len(X) - 1 }} 个，一批 1 个；各自求平均损失，再平均。结果与整批一起算的不同：

# %% [markdown] lang="en" twin="ef6dee"
# ## Averaging averages
#
# **Symptom.** A batch of {{ len(X) }} samples is split in two, of {{ len(X) - 1 }} and 1; each part's mean loss is
# taken, and then the mean of the two. That is not what the whole batch gives:

# %%
parts = [(X[:3], Y[:3]), (X[3:], Y[3:])]


def mean_loss(inputs, targets):
    return mse(model(inputs), targets)


averaged = sum(mean_loss(*part) for part in parts) / 2
weighted = sum(len(part[0]) / len(X) * mean_loss(*part) for part in parts)

report("averaged", averaged)
report("weighted", weighted)
report("X, Y", mean_loss(X, Y))

# %% tags=["hide-input"]
assert abs(averaged.item() - mean_loss(X, Y).item()) > 0.1
assert abs(weighted.item() - mean_loss(X, Y).item()) < 1e-5

# %% [markdown] lang="zh" twin="76548e"
# **原因**：各批大小 $n_k$ 不等时，小批里的样本被多算了：
#
# $$
# \frac1K\sum_{k}\frac{1}{n_k}\sum_{n\in k}\ell_n\;\ne\;\frac1N\sum_{n}\ell_n=\sum_k\frac{n_k}{N}\cdot\frac{1}{n_k}\sum_{n\in k}\ell_n .
# $$
#
# 数据集末尾那个不满的批、梯度累积、多卡训练，都会遇到。
#
# **对策**：按 $n_k/N$ 加权，或者用 `reduction="sum"` 加完再除以 $N$。带类别权重或 `ignore_index` 时，$n_k$ 要换成分母 $S_k$（见[第五课](which_mean.py)）。

# %% [markdown] lang="en" twin="47cc52"
# **Reason.** Where the sizes $n_k$ of the parts differ, the samples of a small part count for more:
#
# $$
# \frac1K\sum_{k}\frac{1}{n_k}\sum_{n\in k}\ell_n\;\ne\;\frac1N\sum_{n}\ell_n=\sum_k\frac{n_k}{N}\cdot\frac{1}{n_k}\sum_{n\in k}\ell_n .
# $$
#
# It happens with the last, incomplete batch of a data set, with gradient accumulation, and on several devices.
#
# **Cure.** Weight by $n_k/N$, or add up with `reduction="sum"` and divide by $N$ at the end. With class weights or
# `ignore_index`, the divisor $S_k$ takes the place of $n_k$ (see [lesson 5](which_mean.py)).

# %% [markdown] lang="zh" twin="dbb341"
# ## 目标全被忽略
#
# **症状**：有一批恰好全是填充，标签都等于 `ignore_index`。损失是 `nan`，平均下来也是 `nan`：

# %% [markdown] lang="en" twin="73ad0d"
# ## Every target ignored
#
# **Symptom.** One batch happens to be all padding, with every label equal to `ignore_index`. Its loss is `nan`, and
# averaged over batches it is `nan` still:

# %%
cross_entropy = nn.CrossEntropyLoss()
classifier = nn.Linear(1, 3)
padding = torch.full((4,), cross_entropy.ignore_index)

labels = torch.tensor([0, 1, 2, 0])

of_batches = [cross_entropy(classifier(X), each).item() for each in (labels, padding)]
print(of_batches, sum(of_batches) / 2)

# %%
dv.explain(classifier, cross_entropy).certify(X, padding, wrt=("weight",))

# %% [markdown] lang="zh" twin="e6d6f3"
# **原因**：平均损失是 $L=\frac1S\sum_n\ell_n$，$S$ 只数没被忽略的样本。这里 $S=0$，$L=0/0$ 是 `nan`；反向时 torch 跳过被忽略的行，梯度是 0。
# 于是权重好好的，只有记录下来的平均损失坏了。（证书说一致：公式算出来恰好是 0，autograd 也是。）
#
# 要是类别权重都是 0，也会有 $S=0$，那时梯度也是 `nan`，走一步就毁了模型：

# %% [markdown] lang="en" twin="8aebfa"
# **Reason.** The mean loss is $L=\frac1S\sum_n\ell_n$, where $S$ counts the samples that are not ignored. Here $S=0$,
# and $L=0/0$ is `nan`; in the backward pass torch skips the ignored rows, and the gradient is 0. So the weights are
# fine, and only the average that was logged is not. (The certificate says that the accounts agree: the formula gives
# exactly 0, and so does autograd.)
#
# Class weights that are all 0 give $S=0$ too. Then the gradient is `nan` as well, and one step ruins the model:

# %%
weightless = nn.CrossEntropyLoss(weight=torch.zeros(3))
loss = weightless(classifier(X), labels)
print(torch.autograd.grad(loss, classifier.weight)[0].flatten().tolist())

# %% [markdown] lang="zh" twin="188c48"
# **对策**：求和之后除以 $\max(S,1)$，像下面的 `safe`；或者跳过一个有效标签也没有的批。

# %% [markdown] lang="en" twin="7b168e"
# **Cure.** Divide the sum by $\max(S,1)$, as `safe` does below; or skip a batch in which no label counts.


# %%
def safe(outputs, labels):
    count = (labels != -100).sum().clamp(min=1)
    total = nn.functional.cross_entropy(outputs, labels, reduction="sum")
    return total / count


print([safe(classifier(X), each).item() for each in (labels, padding)])

# %% tags=["hide-input"]
assert cross_entropy.ignore_index == -100
assert abs(safe(classifier(X), labels).item() - of_batches[0]) < 1e-6

# %% [markdown] lang="zh" twin="a7aba2"
# ## CTCLoss 的梯度，只在 log_softmax 之后才对 { #ctc }
#
# **症状**：拿 `gradcheck` 验 `CTCLoss` 对它自己的输入（对数概率）的梯度，通不过；对 `log_softmax` 之前的打分，却通得过：

# %% [markdown] lang="en" twin="4e302b"
# ## CTCLoss's gradient is right only after log_softmax { #ctc }
#
# **Symptom.** `gradcheck` of `CTCLoss` in its own input, the log-probabilities, fails. In the logits before
# `log_softmax` it passes:

# %%
generator = torch.Generator().manual_seed(0)
scores = torch.randn(5, 2, 4, dtype=torch.float64, generator=generator)
spoken = torch.randint(1, 4, (2, 3), generator=generator)


def ctc(log_probabilities):
    return nn.functional.ctc_loss(log_probabilities, spoken, (5, 5), (3, 3), reduction="sum")


def of_logits(logits):
    return ctc(logits.log_softmax(2))


def passes(function, at):
    return torch.autograd.gradcheck(function, at.detach().requires_grad_(), raise_exception=False)


log_probabilities = scores.log_softmax(2)
print("log-probabilities", passes(ctc, log_probabilities))
print("logits           ", passes(of_logits, scores))

# %% [markdown] lang="zh" twin="0dace5"
# **原因**：torch 交出来的，比损失对对数概率 $Q$ 的导数多了一项 $e^{Q}$。`log_softmax` 往回传 $G$ 时要减去 $P$ 乘以这一行 $G$ 的和，
# 多出来的 $e^{Q}=P$ 恰好抵消：每一行 $P$ 的和是 1，于是 $P-P\cdot 1=0$。换成别的归一化，就不抵消了。用差分算出导数，与 torch 的相减，得到的正是 $e^{Q}$：

# %% [markdown] lang="en" twin="bf2749"
# **Reason.** What torch hands on is the derivative of the loss in the log-probabilities $Q$ with $e^{Q}$ added to it.
# `log_softmax` passes on $G$ less $P$ times the sum of $G$'s row, and there the additional $e^{Q}=P$ cancels:
# each row of $P$ adds up to 1, so $P-P\cdot 1=0$. Behind another normalisation it does not. The derivative by
# differences, subtracted from torch's, leaves just $e^{Q}$:


# %%
def differences(function, at, width=1e-6):
    steps = width * torch.eye(at.numel(), dtype=at.dtype).reshape(-1, *at.shape)
    slopes = [(function(at + step) - function(at - step)) / (2 * width) for step in steps]
    return torch.stack(slopes).reshape(at.shape)


asked = log_probabilities.detach().requires_grad_()
(handed_on,) = torch.autograd.grad(ctc(asked), asked)
more = handed_on - differences(ctc, log_probabilities)
print((more - log_probabilities.exp()).abs().max().item() < 1e-6)

# %% tags=["hide-input"]
assert not passes(ctc, log_probabilities) and passes(of_logits, scores)
torch.testing.assert_close(more, log_probabilities.exp(), rtol=0, atol=1e-6)

# %% [markdown] lang="zh" twin="c01aa8"
# **对策**：`CTCLoss` 前面紧接 `log_softmax`，中间什么也不加；只信对打分的梯度。[账本](../ledger/index.md)因此不收它。

# %% [markdown] lang="en" twin="92e6e0"
# **Cure.** Put `log_softmax` right before `CTCLoss`, with nothing between, and trust the gradient in the logits alone.
# For this reason [the ledger](../ledger/index.md) has no account of it.

# %% [markdown] lang="zh" twin="bcd418"
# ## SymPy 的导数，也会悄悄出错
#
# **症状**：拿来核对的工具自己也有坑。常数的导数是 0，所以下面两个结果应当一样，都是单位矩阵。SymPy {{ sp.__version__ }} 却说：

# %% [markdown] lang="en" twin="9b7ff4"
# ## SymPy's derivatives may be silently wrong
#
# **Symptom.** The tool that one checks with has traps of its own. A constant's derivative is 0, so the two results
# below should be the same, the identity. SymPy {{ sp.__version__ }} says:

# %%
W = sp.MatrixSymbol("W", 2, 2)
print(sp.Trace(W).diff(W))
print((sp.Trace(W) + 1).diff(W))

# %% [markdown] lang="zh" twin="f8d885"
# 加了一个 1，导数成了 0。对下标求导也有一处：求和指标与求导的指标同名，SymPy 就把它们当成同一个。

# %% [markdown] lang="en" twin="3c842f"
# With 1 added, the derivative has become 0. There is another with indices: where the index of a sum and the index of
# the derivative have the same name, SymPy takes them for one.

# %%
Z, n, k, C = sp.IndexedBase("Z"), *sp.symbols("n k C", integer=True)
print(sp.log(sp.Sum(sp.exp(Z[n, k]), (k, 1, C))).diff(Z[n, k]))

# %% tags=["hide-input"]
assert sp.Trace(W).diff(W) == sp.Identity(2) and (sp.Trace(W) + 1).diff(W) == sp.ZeroMatrix(2, 2)
assert sp.log(sp.Sum(sp.exp(Z[n, k]), (k, 1, C))).diff(Z[n, k]) == 1

# %% [markdown] lang="zh" twin="368286"
# **原因**：逐个元素看就清楚了，$\delta_{ij}$ 在 $i=j$ 时是 1，否则是 0：
#
# $$
# \frac{\partial}{\partial W_{ij}}\Bigl(\sum_k W_{kk}+1\Bigr)=\delta_{ij},\qquad \frac{\partial}{\partial Z_{nj}}\log\sum_k e^{Z_{nk}}=P_{nj}.
# $$
#
# 前一个该是单位矩阵，后一个该是 softmax，而不是 1。
#
# **对策**：换一条路再算一遍。把矩阵写成一个个元素，SymPy 就算对了：

# %% [markdown] lang="en" twin="e4da53"
# **Reason.** Entry by entry it is plain, with $\delta_{ij}$ being 1 where $i=j$ and 0 elsewhere:
#
# $$
# \frac{\partial}{\partial W_{ij}}\Bigl(\sum_k W_{kk}+1\Bigr)=\delta_{ij},\qquad \frac{\partial}{\partial Z_{nj}}\log\sum_k e^{Z_{nk}}=P_{nj}.
# $$
#
# The former should be the identity, and the latter softmax, not 1.
#
# **Cure.** Compute it another way as well. With the matrix written in entries, SymPy has it right:

# %%
entries = sp.Matrix(W)
print((entries.trace() + 1).diff(entries))

# %% [markdown] lang="zh" twin="2195c6"
# 本站的推导不用 SymPy 的矩阵求导；遇上重名的指标先改名；每一行都在有理数上验过（用到对数性质的，用 50 位精度），首尾再用另外的办法核对一遍。上面那个 1，正确的推导是：

# %% [markdown] lang="en" twin="84f0e3"
# The derivations of this site do not use SymPy's matrix derivatives; indices of the same name are renamed first;
# every line is judged in rational numbers, or with 50 digits where it uses a property of the logarithm, and both ends
# once more in other ways. In place of the 1 above, the right derivation is:

# %%
dv.derive(dv.LogSumExp(), wrt="logits")

# %% [markdown] lang="zh" twin="1da72b"
# ## 自己验一验
#
# 单元测试里只放一个样本（$N=1$），查得出“`(N, 1)` 遇上 `(N,)`”这个坑吗？

# %% [markdown] lang="en" twin="4bb9a3"
# ## Check yourself
#
# A unit test uses a single sample ($N=1$). Does it find the trap of `(N, 1)` and `(N,)`?

# %% tags=["hide-input"]
with warnings.catch_warnings(record=True) as single:
    warnings.simplefilter("always")
    one = mse(model(X[:1]), y[:1])
usual = mse(model(X[:1]), Y[:1])
assert single and one.item() == usual.item() and gradient(one) == gradient(usual)

# %% [markdown] lang="zh" twin="48d036"
# ??? question "看答案"
#     单看数值，查不出来。`(1, 1)` 和 `(1,)` 广播成 `(1, 1)`，$\bar y$ 就是 $y_1$，损失和梯度都对，只有那条警告还在。
#     测试里的 $N$、$C$、$D$ 要大于 1，而且互不相等，形状弄错才会露出来。
#     自己写的损失和梯度，可以交给 `dv.assert_gradient`，它就这样挑数据，见[检验你的梯度](../check.py)。
#
# 接下来看[很多台机器](many_machines.py)：平均的平均，在那里天天发生。

# %% [markdown] lang="en" twin="3c661e"
# ??? question "Answer"
#     Not by its numbers. `(1, 1)` and `(1,)` broadcast to `(1, 1)`, $\bar y$ is $y_1$, and loss and gradient are
#     right; only the warning is still there. In tests, let $N$, $C$ and $D$ be greater than 1 and all different, and
#     a wrong shape will show. A loss or a gradient of your own can be given to `dv.assert_gradient`, which chooses its
#     data like that: see [Check your gradient](../check.py).
#
# Next: [many machines](many_machines.py), where averages are averaged every day.
