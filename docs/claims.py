# ---
# title: {zh: 说法核对, en: Checked claims}
# description:
#   zh: 两篇讲解 loss.backward() 和 loss = criterion(outputs, y) 的短文，十八条说法，每条现场运行、现场判定：对、对但不全，或者错。
#   en: "Eighteen statements from two explanations of loss.backward() and loss = criterion(outputs, y), each run and judged on this page."
# ---

# %% tags=["hide-input"]
import itertools
import math
import warnings

import torch
import torch.nn.functional as F
from torch import nn, optim

import derivations as dv

verdicts = {
    "right": ["A2", "A5", "A6", "B1", "B7", "B8", "B9", "B11"],
    "partly": ["A1", "A3", "A4", "B2", "B4", "B5", "B6", "B12"],
    "wrong": ["B3", "B10"],
}
claims = [f"A{n}" for n in range(1, 7)] + [f"B{n}" for n in range(1, 13)]
assert sorted(sum(verdicts.values(), [])) == sorted(claims)

# %% [markdown] lang="zh" twin="2c40a7"
# # 说法核对
#
# 这个网站起于两篇很短的中文讲解：一篇讲 `loss.backward()`（A），一篇讲 `loss = criterion(outputs, y)`（B）。它们的 {{ len(claims) }} 条说法都列在这里，
# 用我们自己的话转述，逐条运行、逐条判定。
#
# - <span class="gl-chip gl-chip--right">对</span> {{ len(verdicts["right"]) }} 条：
#   [A2](#a2) [A5](#a5) [A6](#a6) [B1](#b1) [B7](#b7) [B8](#b8) [B9](#b9) [B11](#b11)
# - <span class="gl-chip gl-chip--partly">对但不全</span> {{ len(verdicts["partly"]) }} 条，话没错，可只知道这些，会算错、出错，或者看走眼：
#   [A1](#a1) [A3](#a3) [A4](#a4) [B2](#b2) [B4](#b4) [B5](#b5) [B6](#b6) [B12](#b12)
# - <span class="gl-chip gl-chip--wrong">错</span> {{ len(verdicts["wrong"]) }} 条：
#   [B3](#b3) [B10](#b10)
#
# 平心而论，两篇都很短，大体说得不错；漏掉的那些，短文里多半也放不下。每条判定都由下面的代码撑着：哪天 torch 变了，
# 判定不再成立，这一页就发布不了。

# %% [markdown] lang="en" twin="b36cc1"
# # Checked claims
#
# This site began with two very short Chinese explanations: one of `loss.backward()` (A), one of `loss = criterion(outputs, y)` (B).
# Here are all {{ len(claims) }} of their claims in our own words, each of them run and judged.
#
# - <span class="gl-chip gl-chip--right">right</span> {{ len(verdicts["right"]) }}:
#   [A2](#a2) [A5](#a5) [A6](#a6) [B1](#b1) [B7](#b7) [B8](#b8) [B9](#b9) [B11](#b11)
# - <span class="gl-chip gl-chip--partly">right but incomplete</span> {{ len(verdicts["partly"]) }}, true, but whoever knows only this
#   will get a wrong number, an error or a wrong idea:
#   [A1](#a1) [A3](#a3) [A4](#a4) [B2](#b2) [B4](#b4) [B5](#b5) [B6](#b6) [B12](#b12)
# - <span class="gl-chip gl-chip--wrong">wrong</span> {{ len(verdicts["wrong"]) }}:
#   [B3](#b3) [B10](#b10)
#
# To be fair: both are very short, and on the whole they do their job; most of what they leave out would hardly have fitted in. The
# code below each claim carries its verdict. Should torch change so that a verdict no longer holds, this page cannot be
# published.

# %% [markdown] lang="zh" twin="6b826d"
# ## A. `loss.backward()`
#
# ### <span class="gl-chip gl-chip--partly">对但不全</span> A1 损失函数和图里的每个运算决定梯度 {#a1}
#
# 还少两样：参数此刻的值，还有数据。图一模一样，换一个种子，梯度就变了。见 [`loss.backward()` 到底算了什么](lessons/loss_backward.py)。

# %% [markdown] lang="en" twin="86f394"
# ## A. `loss.backward()`
#
# ### <span class="gl-chip gl-chip--partly">right but incomplete</span> A1 The loss function and every operation in the graph determine the gradients {#a1}
#
# Two more things do: the values the parameters have, and the data. With the same graph and another seed, the gradient is another.
# See [What `loss.backward()` computes](lessons/loss_backward.py).

# %%
criterion = nn.MSELoss()
X = torch.tensor([[1.0], [2.0], [3.0]])
y = torch.tensor([[2.0], [3.0], [4.0]])
graphs, gradients = [], []
for seed in 0, 1:
    torch.manual_seed(seed)
    model = nn.Linear(1, 1)
    loss = criterion(model(X), y)
    loss.backward()
    graphs.append([node.name for node in dv.record(loss, model).nodes])
    gradients.append(model.weight.grad.item())

print(*graphs[0])
print(*gradients)
assert graphs[0] == graphs[1] and gradients[0] != gradients[1]

# %% [markdown] lang="zh" twin="0fe000"
# ### <span class="gl-chip gl-chip--right">对</span> A2 损失函数规定输出与目标差多少，由此定下损失对输出的梯度 {#a2}
#
# 求这个梯度用不着模型，有输出和目标就够了。公式与 autograd 逐个对上。见[线性模型与均方误差](lessons/linear_mse.py)。

# %% [markdown] lang="en" twin="301e5b"
# ### <span class="gl-chip gl-chip--right">right</span> A2 The loss function says how far outputs are from targets, and so gives the gradient in the outputs {#a2}
#
# No model is needed for that gradient; outputs and targets suffice. Formula and autograd agree in every entry.
# See [Linear model and MSE](lessons/linear_mse.py).

# %%
outputs = torch.tensor([[1.5], [2.0], [5.0]])
certificate = dv.explain(None, criterion).certify(outputs, y)
certificate.require()

# %% [markdown] lang="zh" twin="2d60d2"
# ### <span class="gl-chip gl-chip--partly">对但不全</span> A3 前向把从输入到输出的所有运算记成一张图 {#a3}
#
# 不是所有运算。只有牵涉到需要梯度的张量才记；在 `no_grad` 里不记，`detach()` 之后也就接不上了。见[常见的坑](lessons/traps.py)。

# %% [markdown] lang="en" twin="9b054e"
# ### <span class="gl-chip gl-chip--partly">right but incomplete</span> A3 The forward pass records all operations from inputs to outputs as a graph {#a3}
#
# Not all. An operation is recorded only where a tensor that requires a gradient takes part; nothing is recorded under `no_grad`,
# and `detach()` cuts the thread. See [Traps, live](lessons/traps.py).

# %%
with torch.no_grad():
    unrecorded = model(X)

recorded = {
    "2 * X": 2 * X,
    "model(X)": model(X),
    "no_grad: model(X)": unrecorded,
    "model(X).detach()": model(X).detach(),
    "2 * model(X).detach()": 2 * model(X).detach(),
}
for name, tensor in recorded.items():
    print(f"{name:22}", tensor.grad_fn and tensor.grad_fn.name())
    assert (tensor.grad_fn is not None) == (name == "model(X)")

# %% [markdown] lang="zh" twin="9ed7ae"
# ### <span class="gl-chip gl-chip--partly">对但不全</span> A4 `backward()` 从损失出发，逐层走到每个参数，算出权重和偏置的梯度 {#a4}
#
# 有三件事没说，件件要紧：结果是*加*进 `.grad` 的；走完之后，只有叶子才有 `.grad`；图走过一遍就释放了，再走会报错。见[一步优化](lessons/optimizer_step.py)。

# %% [markdown] lang="en" twin="1a6ec2"
# ### <span class="gl-chip gl-chip--partly">right but incomplete</span> A4 `backward()` goes from the loss, layer by layer, to each parameter's gradient, weights and biases {#a4}
#
# Three things are missing, and each can bite: the result is *added* to `.grad`; only leaves have a `.grad` afterwards; and the
# graph is freed on the way, so that a second walk is an error. See [One step of the optimizer](lessons/optimizer_step.py).

# %%
model.zero_grad()
for _ in range(2):
    outputs = model(X)
    loss = criterion(outputs, y)
    loss.backward()
    print("weight.grad ", model.weight.grad.item())
assert model.weight.grad == 2 * gradients[1]

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    print("outputs.grad", outputs.grad)
    assert outputs.grad is None and not outputs.is_leaf

try:
    loss.backward()
except RuntimeError as error:
    print(str(error).split(" (")[0])
else:
    raise AssertionError

# %% [markdown] lang="zh" twin="e232d2"
# ### <span class="gl-chip gl-chip--right">对</span> A5 层的先后和激活函数决定输出怎么来，链式法则沿着它们把梯度传回去 {#a5}
#
# 一个带 ReLU 的两层模型，照链式法则一层层往回乘，和 autograd 的一样。见 [`loss.backward()` 到底算了什么](lessons/loss_backward.py)。

# %% [markdown] lang="en" twin="df9ed1"
# ### <span class="gl-chip gl-chip--right">right</span> A5 Layers and activations fix how outputs arise, and the chain rule carries the gradient back through them {#a5}
#
# For a model of two layers with a ReLU between them, multiplying back by the chain rule gives what autograd gives.
# See [What `loss.backward()` computes](lessons/loss_backward.py).

# %%
torch.manual_seed(1)
first, second = nn.Linear(1, 3), nn.Linear(3, 1)
hidden = first(X)
outputs = second(hidden.relu())
criterion(outputs, y).backward()

G = 2 * (outputs - y) / 3
G_hidden = (G @ second.weight) * (hidden > 0)
print(*first.weight.grad.flatten().tolist())
print(*(G_hidden.T @ X).flatten().tolist())
torch.testing.assert_close(first.weight.grad, G_hidden.T @ X)
torch.testing.assert_close(second.weight.grad, G.T @ hidden.relu())

# %% [markdown] lang="zh" twin="70d958"
# ### <span class="gl-chip gl-chip--right">对</span> A6 示例：`nn.Linear(1, 1)`，三个样本，反向之后权重和偏置都有了梯度 {#a6}
#
# 照着跑，确实如此，公式也对得上。示例还导入了优化器，但没有用，所以参数没有动。见 [`loss.backward()` 到底算了什么](lessons/loss_backward.py)。

# %% [markdown] lang="en" twin="8fec35"
# ### <span class="gl-chip gl-chip--right">right</span> A6 Example: `nn.Linear(1, 1)`, three samples, and after the backward pass weight and bias have gradients {#a6}
#
# Run it, and so it is; the formula agrees. The example also imports an optimizer and does not use it, so the parameters stay
# as they were. See [What `loss.backward()` computes](lessons/loss_backward.py).

# %%
torch.manual_seed(0)
model = nn.Linear(1, 1)
W, b = model.weight.clone(), model.bias.clone()
assert model.weight.grad is None and model.bias.grad is None

loss = criterion(model(X), y)
loss.backward()

assert model.weight.grad is not None and model.bias.grad is not None
assert torch.equal(model.weight, W) and torch.equal(model.bias, b)
explanation = dv.explain(model, criterion)
certificate = explanation.certify(X, y, wrt=("weight", "bias"))
certificate.require()

# %% [markdown] lang="zh" twin="465ee8"
# ## B. `loss = criterion(outputs, y)`
#
# ### <span class="gl-chip gl-chip--right">对</span> B1 `criterion` 是损失函数的一个实例，量预测和标签差多少 {#b1}
#
# 它没有参数，只记着选项；调用它，就是调用同名的函数。见 [`loss = criterion(outputs, y)`](lessons/criterion.py)。

# %% [markdown] lang="en" twin="f5912d"
# ## B. `loss = criterion(outputs, y)`
#
# ### <span class="gl-chip gl-chip--right">right</span> B1 `criterion` is an instance of a loss function, and measures how far predictions are from labels {#b1}
#
# It has no parameters, only options; calling it is calling the function of that name.
# See [`loss = criterion(outputs, y)`](lessons/criterion.py).

# %%
torch.manual_seed(0)
criterion = nn.CrossEntropyLoss()
Z, labels = torch.randn(5, 3), torch.tensor([0, 1, 2, 1, 0])

loss = criterion(Z, labels)
print(criterion, list(criterion.parameters()))
print(loss.item(), F.cross_entropy(Z, labels).item())
assert not list(criterion.parameters())
assert torch.equal(loss, F.cross_entropy(Z, labels))

# %% [markdown] lang="zh" twin="6608df"
# ### <span class="gl-chip gl-chip--partly">对但不全</span> B2 常用的有：回归用 MSE，分类用交叉熵，还有常与 softmax 搭配的 NLL {#b2}
#
# 前两个没问题。NLL 少说了一个 log：`NLLLoss` 要的是*对数*概率。配 `log_softmax`，它就是交叉熵；照字面配 softmax，
# 也不报错，给出的却是负数，梯度也不对。见 [softmax 与交叉熵](lessons/cross_entropy.py)。

# %% [markdown] lang="en" twin="6dbcd1"
# ### <span class="gl-chip gl-chip--partly">right but incomplete</span> B2 Common ones: MSE for regression, cross-entropy for classification, and NLL, mostly used with softmax {#b2}
#
# The first two are fine. For NLL a log is missing: `NLLLoss` wants *log*-probabilities. With `log_softmax` it is cross-entropy; with
# softmax, taken literally, nothing complains, but the loss is negative and the gradient is wrong.
# See [Softmax and cross-entropy](lessons/cross_entropy.py).

# %%
Z.requires_grad_()
losses = {
    "cross_entropy         ": F.cross_entropy(Z, labels),
    "nll_loss(log_softmax) ": F.nll_loss(Z.log_softmax(1), labels),
    "nll_loss(softmax)     ": F.nll_loss(Z.softmax(1), labels),
}
rows = []
for name, loss in losses.items():
    rows.append(torch.autograd.grad(loss, Z)[0][0])
    print(f"{name} {loss:8.4f}  ", *(f"{each:8.4f}" for each in rows[-1]))
torch.testing.assert_close(rows[0], rows[1])
assert loss < 0 and not torch.allclose(rows[0], rows[2], rtol=0.1)

# %% [markdown] lang="zh" twin="4839d4"
# ### <span class="gl-chip gl-chip--wrong">错</span> B3 分类时，`outputs` 一般是每个类别的概率 {#b3}
#
# `CrossEntropyLoss` 要的是打分（logits），softmax 它自己做。（同一篇后面说那是 softmax 之前的打分，这才对，见 [B9](#b9)；要概率的是 `BCELoss`。）
# 传概率进去不报错，可就算每个样本的正确类别都给了概率 1，损失也到不了 0，只能到 $\ln(1+(C-1)/e)$。见 [`loss = criterion(outputs, y)`](lessons/criterion.py)。

# %% [markdown] lang="en" twin="834337"
# ### <span class="gl-chip gl-chip--wrong">wrong</span> B3 In classification, `outputs` usually holds the probability of each class {#b3}
#
# `CrossEntropyLoss` wants logits, and applies softmax itself. (Later the same text calls them scores before softmax, which is right,
# see [B9](#b9); it is `BCELoss` that takes probabilities.) Pass probabilities, and nothing complains. But even when every sample's right class
# has probability 1, the loss is not 0; it can get no lower than $\ln(1+(C-1)/e)$.
# See [`loss = criterion(outputs, y)`](lessons/criterion.py).

# %%
print("outputs.sum(1)", *(f"{each:.4f}" for each in Z.sum(1)))
assert (Z.sum(1) - 1).abs().max() > 0.1

perfect = F.one_hot(labels, 3).float()
lowest = math.log(1 + 2 / math.e)
print(f"cross_entropy {criterion(perfect, labels):.4f} = {lowest:.4f}")
print(f"BCELoss       {nn.BCELoss()(perfect, perfect):.4f}")
assert abs(criterion(perfect, labels).item() - lowest) < 1e-6
assert nn.BCELoss()(perfect, perfect) == 0

# %% [markdown] lang="zh" twin="15d1b7"
# ### <span class="gl-chip gl-chip--partly">对但不全</span> B4 回归时，`outputs` 可以是连续的值 {#b4}
#
# 值是连续的，没错；形状还得和 `y` 一样。`(N, 1)` 碰上 `(N,)`，会广播成 `(N, N)`，torch 只给一条警告。下面的预测一个不差，损失却不是 0。见[常见的坑](lessons/traps.py)。

# %% [markdown] lang="en" twin="43905f"
# ### <span class="gl-chip gl-chip--partly">right but incomplete</span> B4 In regression, `outputs` may be a continuous value {#b4}
#
# Continuous, yes; but its shape must be that of `y`. `(N, 1)` against `(N,)` is broadcast to `(N, N)`, and torch only warns. The
# predictions below are all exact, and yet the loss is not 0. See [Traps, live](lessons/traps.py).

# %%
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    broadcast = nn.MSELoss()(y, y.squeeze(1))

print(f"{nn.MSELoss()(y, y):.4f}", tuple((y - y).shape))
print(f"{broadcast:.4f}", tuple((y - y.squeeze(1)).shape))
print(str(caught[0].message).split(". ")[0])
assert broadcast > 0 and len(caught) == 1

# %% [markdown] lang="zh" twin="429fb7"
# ### <span class="gl-chip gl-chip--partly">对但不全</span> B5 `y` 是真实值：每个样本的类别标签，或者连续的值 {#b5}
#
# 到底算哪一种，由类型和形状说了算。同样一个 `CrossEntropyLoss`：一维整数是类别编号；与 `outputs` 同形状的浮点数是概率；
# 编号写成浮点数，就报错。见[到底是哪个平均](lessons/which_mean.py)。

# %% [markdown] lang="en" twin="23950a"
# ### <span class="gl-chip gl-chip--partly">right but incomplete</span> B5 `y` is the true value: a class label for each sample, or continuous values {#b5}
#
# Which of the two is decided by dtype and shape. For one `CrossEntropyLoss`, integers in one dimension are class indices; floats of
# the shape of `outputs` are probabilities; indices written as floats are an error. See [Which mean?](lessons/which_mean.py).

# %%
one_hot = F.one_hot(labels, 3).float()
print("int64  ", tuple(labels.shape), criterion(Z, labels).item())
print("float32", tuple(one_hot.shape), criterion(Z, one_hot).item())
torch.testing.assert_close(criterion(Z, labels), criterion(Z, one_hot))
try:
    criterion(Z, labels.float())
except RuntimeError as error:
    print("float32", tuple(labels.shape), error)
else:
    raise AssertionError

# %% [markdown] lang="zh" twin="a929a3"
# ### <span class="gl-chip gl-chip--partly">对但不全</span> B6 损失小，说明预测接近真实；损失大，说明还要训练或调整 {#b6}
#
# 得看跟什么比。瞎猜的交叉熵是 $\ln C$；归约方式和单位一换，同样的预测，损失就变。损失更小的，答对的也可能更少：
# 下面 `bold` 的损失比 `timid` 小，四个却答错了一个。见[到底是哪个平均](lessons/which_mean.py)。

# %% [markdown] lang="en" twin="5fc1d3"
# ### <span class="gl-chip gl-chip--partly">right but incomplete</span> B6 A small loss means that predictions are near the truth; a large one, that training or tuning is needed {#b6}
#
# Compared with what? The cross-entropy of a blind guess is $\ln C$; and with another reduction or another unit, the same predictions
# have another loss. The smaller loss may even go with fewer right answers: below, that of `bold` is smaller than that of `timid`, and yet
# it has one of four wrong. See [Which mean?](lessons/which_mean.py).

# %%
truth = torch.tensor([0, 0, 0, 0])
timid = torch.tensor([[0.1, 0.0]] * 4)
bold = torch.tensor([[4.0, 0.0]] * 3 + [[0.0, 0.5]])
for name, scores in {"timid": timid, "bold": bold}.items():
    right = (scores.argmax(1) == truth).sum().item()
    mean = F.cross_entropy(scores, truth)
    total = F.cross_entropy(scores, truth, reduction="sum")
    print(f"{name:5}  mean {mean:.4f}  sum {total:.4f}  {right}/4")
print(f"ln 2        {math.log(2):.4f}")
assert F.cross_entropy(bold, truth) < F.cross_entropy(timid, truth)
assert F.cross_entropy(timid, truth) < math.log(2) and right == 3

metres = F.mse_loss(y + 1, y)
centimetres = F.mse_loss(100 * y + 100, 100 * y)
print(f"m, cm       {metres:.4f}, {centimetres:.4f}")
assert centimetres > metres

# %% [markdown] lang="zh" twin="2e010f"
# ### <span class="gl-chip gl-chip--right">对</span> B7 训练就是用 SGD、Adam 之类的优化器更新参数，让损失变小 {#b7}
#
# 同一个起点，各走五十步，两个都降了。每一步更新了什么，见[一步优化](lessons/optimizer_step.py)。

# %% [markdown] lang="en" twin="51a7f5"
# ### <span class="gl-chip gl-chip--right">right</span> B7 Training makes the loss small with an optimizer such as SGD or Adam, which updates the parameters {#b7}
#
# Fifty steps each from one starting point, and both get lower. What each step does: [One step of the optimizer](lessons/optimizer_step.py).


# %%
def trained(seed, optimizer, steps, inputs, y, lr):
    torch.manual_seed(seed)
    model = nn.Linear(inputs.shape[1], 2)
    optimizer = optimizer(model.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        loss = criterion(model(inputs), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return model, losses


torch.manual_seed(1)
inputs, y = torch.randn(5, 10), torch.tensor([0, 1, 0, 1, 0])
for optimizer in optim.SGD, optim.Adam:
    _, losses = trained(0, optimizer, 50, inputs, y, lr=0.01)
    print(f"{optimizer.__name__:4} {losses[0]:.4f} -> {losses[-1]:.4f}")
    assert losses == sorted(losses, reverse=True)

# %% [markdown] lang="zh" twin="4aa7bf"
# ### <span class="gl-chip gl-chip--right">对</span> B8 示例：`nn.Linear(10, 2)`、`CrossEntropyLoss`、SGD，走完一步训练 {#b8}
#
# 一步训练写成五行，次序也对。梯度与公式对得上，新的权重正是 $W-\gamma\,\partial L/\partial W$。见 [`loss = criterion(outputs, y)`](lessons/criterion.py)。

# %% [markdown] lang="en" twin="3a840c"
# ### <span class="gl-chip gl-chip--right">right</span> B8 Example: `nn.Linear(10, 2)`, `CrossEntropyLoss` and SGD in one step of training {#b8}
#
# Five lines make a step, and their order is right. The gradient agrees with the formula, and the new weight is
# $W-\gamma\,\partial L/\partial W$. See [`loss = criterion(outputs, y)`](lessons/criterion.py).

# %%
torch.manual_seed(0)
model = nn.Linear(10, 2)
optimizer = optim.SGD(model.parameters(), lr=0.01)

explanation = dv.explain(model, criterion)
assert explanation.certify(inputs, y, wrt=("weight", "bias"))
G_W = explanation.gradients(inputs, y)["weight"]
predicted = model.weight.detach() - 0.01 * G_W

outputs = model(inputs)
loss = criterion(outputs, y)
optimizer.zero_grad()
loss.backward()
optimizer.step()

off = (model.weight.detach() - predicted).abs().max().item()
print(f"loss {loss.item():.4f}  off {off:.0e}")
assert off < 1e-7

# %% [markdown] lang="zh" twin="ed9442"
# ### <span class="gl-chip gl-chip--right">对</span> B9 形状和类型：输入 `(5, 10)` 取自标准正态，标签 `(5,)` 是 0 或 1，输出 `(5, 2)` 是 softmax 之前的打分，损失是一个标量 {#b9}
#
# 一条不差。见 [`loss = criterion(outputs, y)`](lessons/criterion.py)。

# %% [markdown] lang="en" twin="5b51da"
# ### <span class="gl-chip gl-chip--right">right</span> B9 Shapes and types: inputs `(5, 10)`, standard normal; labels `(5,)`, 0 or 1; outputs `(5, 2)`, scores before softmax; the loss, a scalar {#b9}
#
# All of it. See [`loss = criterion(outputs, y)`](lessons/criterion.py).

# %%
values = {"inputs": inputs, "y": y, "outputs": outputs, "loss": loss}
for name, tensor in values.items():
    print(f"{name:8} {str(tuple(tensor.shape)):8} {tensor.dtype}")
assert [tensor.ndim for tensor in values.values()] == [2, 1, 2, 0]
assert not y.is_floating_point() and outputs.shape == (5, 2)
assert set(y.tolist()) == {0, 1}

many = torch.randn(100_000)
print(f"randn    mean {many.mean():.2f}  std {many.std():.2f}")
assert abs(many.mean()) < 0.01 and abs(many.std() - 1) < 0.01

# %% [markdown] lang="zh" twin="5e6eb5"
# ### <span class="gl-chip gl-chip--wrong">错</span> B10 示例的输出是五行打分，示例的损失是 `0.7567` {#b10}
#
# 文中说明了那是示例，也说了每次运行的数都不同。可两样摆在一起并不相配：按文中的标签，损失是另一个数；五个标签的所有标法，没有一种得到 `0.7567`。
# 见 [`loss = criterion(outputs, y)`](lessons/criterion.py)。

# %% [markdown] lang="en" twin="d83b82"
# ### <span class="gl-chip gl-chip--wrong">wrong</span> B10 The example's outputs are five rows of scores, and its loss is `0.7567` {#b10}
#
# The text calls them an example, and says that the numbers differ at every run. But they do not belong together: with the text's labels the loss is
# another number, and no way of labelling the five samples gives `0.7567`. See [`loss = criterion(outputs, y)`](lessons/criterion.py).

# %%
scores = torch.tensor([[0.1, -0.2], [0.3, 0.4], [0.5, -0.6], [0.7, 0.8], [0.9, -1.0]])
every = [criterion(scores, torch.tensor(each)).item() for each in itertools.product((0, 1), repeat=5)]
nearest = min(every, key=lambda value: abs(value - 0.7567))

print(f"y        {criterion(scores, y):.4f}")
print(f"{len(every)}       {min(every):.4f} ... {max(every):.4f}")
print(f"nearest  {nearest:.4f}")
assert not any(f"{value:.4f}" == "0.7567" for value in every)

# %% [markdown] lang="zh" twin="0824dd"
# ### <span class="gl-chip gl-chip--right">对</span> B11 输入和初始参数都是随机的，所以每次运行的数都不一样 {#b11}
#
# 不设种子，确实如此；`torch.manual_seed` 一设，就次次相同。随机也有范围：`nn.Linear` 的权重和偏置都在 $\pm 1/\sqrt{D}$ 之间均匀地取。
# 见 [`loss = criterion(outputs, y)`](lessons/criterion.py)。

# %% [markdown] lang="en" twin="df7440"
# ### <span class="gl-chip gl-chip--right">right</span> B11 Inputs and initial parameters are random, so the numbers differ at every run {#b11}
#
# Without a seed, they do; after `torch.manual_seed` they are the same every time. And random does not mean anything goes: weight and
# bias of `nn.Linear` are uniform between $\pm 1/\sqrt{D}$. See [`loss = criterion(outputs, y)`](lessons/criterion.py).


# %%
def draw(seed=None):
    torch.seed() if seed is None else torch.manual_seed(seed)
    return nn.Linear(10, 2).weight.detach()


assert not torch.equal(draw(), draw()) and torch.equal(draw(0), draw(0))

torch.manual_seed(0)
parts = torch.tensor([0.0, 0.25, 0.5, 0.75, 1.0])
for values in nn.Linear(10, 20_000).parameters():
    quantiles = values.detach().flatten()[:100_000].quantile(parts) * 10**0.5
    print("sqrt(D) *", *(f"{each:5.2f}" for each in quantiles))
    torch.testing.assert_close(quantiles, 2 * parts - 1, rtol=0, atol=0.03)

# %% [markdown] lang="zh" twin="0c36b7"
# ### <span class="gl-chip gl-chip--partly">对但不全</span> B12 不断优化损失，模型就一步步变好 {#b12}
#
# 在训练用的样本上，是这样。示例里的标签和输入毫无关系：接着训练，`train` 一路降到接近 0，没见过的样本上的损失 `new` 却越来越大，比瞎猜的 $\ln 2$ 还大。
# 学习率太大的话，连训练损失也会发散。见[曲率](lessons/curvature.py)。

# %% [markdown] lang="en" twin="295cbd"
# ### <span class="gl-chip gl-chip--partly">right but incomplete</span> B12 Continued optimisation of the loss gradually improves the model {#b12}
#
# On the samples it is trained on, yes. In the example, labels have nothing to do with inputs: train on, and `train` falls almost to 0, while
# `new`, the loss on samples not seen, grows beyond the $\ln 2$ of a blind guess. And with too large a learning rate, even the training
# loss diverges. See [Curvature](lessons/curvature.py).

# %%
torch.manual_seed(2)
new_inputs, new_y = torch.randn(1000, 10), torch.randint(2, (1000,))
for steps in 1, 10, 100, 1000:
    model, losses = trained(0, optim.SGD, steps, inputs, y, lr=0.5)
    new = criterion(model(new_inputs), new_y).item()
    print(f"{steps:4}  train {losses[-1]:.4f}  new {new:.4f}")
assert losses == sorted(losses, reverse=True) and losses[-1] < 0.01
assert new > 2 * math.log(2)

line = nn.Linear(1, 1)
optimizer = optim.SGD(line.parameters(), lr=1.0)
diverging = []
for _ in range(5):
    loss = nn.MSELoss()(line(X), X + 1)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    diverging.append(loss.item())
print("lr=1 ", *(f"{each:.1e}" for each in diverging))
assert diverging == sorted(diverging)

# %% [markdown] lang="zh" twin="7610f4"
# 从头学起，就从 [`loss.backward()` 到底算了什么](lessons/loss_backward.py)开始。

# %% [markdown] lang="en" twin="fdf994"
# To learn it from the start, begin with [What `loss.backward()` computes](lessons/loss_backward.py).
