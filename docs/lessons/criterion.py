# ---
# description:
#   zh: CrossEntropyLoss 的 criterion、outputs、y 各是什么，损失值怎么读，梯度怎么来，一步 SGD 改了什么。每个数都是现算的。
#   en: "What criterion, outputs and y are in loss = criterion(outputs, y), what the loss means, and where its gradient comes from."
# ---

# %% [markdown] lang="zh" twin="3323e1"
# # `loss = criterion(outputs, y)`
#
# 有一份讲解这一行的文章，举了这样一个示例：五个样本、两个类别的打分，标签是 `[0, 1, 0, 1, 0]`，损失写着 `0.7567`。我们来算一算。

# %% [markdown] lang="en" twin="a184da"
# # `loss = criterion(outputs, y)`
#
# An article that explains this line gives an example: the scores of five samples for two classes, the labels
# `[0, 1, 0, 1, 0]`, and a loss of `0.7567`. Let us compute it.

# %%
import itertools
import math

import torch
from torch import nn, optim

scores = torch.tensor([[0.1, -0.2], [0.3, 0.4], [0.5, -0.6], [0.7, 0.8], [0.9, -1.0]])
labels = torch.tensor([0, 1, 0, 1, 0])

cross_entropy = nn.CrossEntropyLoss()
example = cross_entropy(scores, labels).item()
labellings = itertools.product((0, 1), repeat=5)
every = [cross_entropy(scores, torch.tensor(each)).item() for each in labellings]
nearest = min(every, key=lambda value: abs(value - 0.7567))

print(f"labels   {example:.4f}")
print(f"min      {min(every):.4f}")
print(f"max      {max(every):.4f}")
print(f"nearest  {nearest:.4f}")

# %% [markdown] lang="zh" twin="933b13"
# 按文中的标签，损失是 **{{ example:.4f }}**。标签一共有 {{ len(every) }} 种标法，没有一种能得到 `0.7567`，最接近的是 {{ nearest:.4f }}。
#
# 平心而论，文章说得很清楚：那只是个示例，每次运行的数都不一样。可示例恰恰是最没人去算的地方。这一课里，每个数都是这次构建现算的。
#
# ## 脚本

# %% [markdown] lang="en" twin="4cc72b"
# With the article's labels the loss is **{{ example:.4f }}**. There are {{ len(every) }} ways to label five samples, and
# none of them gives `0.7567`; the nearest is {{ nearest:.4f }}.
#
# To be fair, the article says plainly that it is an example, and that the numbers differ at every run. But examples are
# just where nobody computes. In this lesson, every number was computed by this build.
#
# ## The script

# %%
torch.manual_seed(0)

model = nn.Linear(10, 2)
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(model.parameters(), lr=0.01)

inputs = torch.randn(5, 10)
y = torch.tensor([0, 1, 0, 1, 0])

outputs = model(inputs)
loss = criterion(outputs, y)
loss

# %% [markdown] lang="zh" twin="dc4997"
# ## 三个名字
#
# - `criterion` 是损失函数的一个*实例*。它自己没有参数，只记着选项；像函数一样调用它，就得到损失。
# - `outputs` 是**打分**（logits），不是概率：可正可负，一行加起来也不是 1。`CrossEntropyLoss` 自己会做 softmax。
# - `y` 是每个样本的**类别编号**：整数，从 0 数起，一维。
#
# 每个变量的形状、类型和真实的值：

# %% [markdown] lang="en" twin="f0ba4c"
# ## Three names
#
# - `criterion` is an *instance* of a loss function. It has no parameters, only options; call it like a function and you
#   get the loss.
# - `outputs` are **logits**, not probabilities: they may be negative, and a row does not add up to 1.
#   `CrossEntropyLoss` applies softmax itself.
# - `y` holds each sample's **class index**: integers, counted from 0, in one dimension.
#
# Every variable's shape, dtype and real value:

# %%
torch.set_printoptions(precision=4, linewidth=110)

for name, value in {
    "inputs": inputs,
    "y": y,
    "model.weight": model.weight.detach(),
    "model.bias": model.bias.detach(),
    "outputs": outputs.detach(),
    "loss": loss.detach(),
}.items():
    print(f"{name}  {tuple(value.shape)}  {value.dtype}")
    print(value)
    print()

# %% [markdown] lang="zh" twin="ed346e"
# 打分和概率差多少？看每行的和：

# %% [markdown] lang="en" twin="0050d6"
# How far are logits from probabilities? Look at the sum of each row:

# %%
probabilities = torch.softmax(outputs.detach(), dim=1)

print("outputs.sum(1)         ", outputs.detach().sum(1).tolist())
print("softmax(outputs).sum(1)", probabilities.sum(1).tolist())

# %%
twice = criterion(probabilities, y).item()

print("criterion(outputs, y)      ", loss.item())
print("criterion(probabilities, y)", twice)

# %% [markdown] lang="zh" twin="20530a"
# 要是自己先做一遍 softmax 再传进去，就等于做了两遍。torch 不报错，照样给出一个数（{{ twice:.4f }}），只是这个数和它的梯度都不是你想要的。
#
# `y` 的类型和形状还决定了这是*哪一种*交叉熵：一维整数是类别编号；与 `outputs` 同形状的浮点数会被当作概率。
#
# ## 损失值怎么读
#
# 损失是正确类别的概率取负对数，再对样本平均：

# %% [markdown] lang="en" twin="941ed4"
# Apply softmax yourself first, and it is applied twice. torch does not complain. It returns a number ({{ twice:.4f }}),
# but neither that number nor its gradient is what you want.
#
# The dtype and shape of `y` also decide *which* cross-entropy this is: integers in one dimension are class indices;
# floats of the shape of `outputs` are taken for probabilities.
#
# ## What the loss value means
#
# The loss is minus the logarithm of the right class's probability, averaged over the samples:

# %%
right = probabilities[torch.arange(5), y]

print("right              ", right.tolist())
print("-right.log().mean()", -right.log().mean().item())
print("loss               ", loss.item())
print("log(2)             ", math.log(2))
assert 0 < math.log(2) - loss < 0.05  # as the text below says

# %% [markdown] lang="zh" twin="9d70bc"
# 单说“损失小”没有意义，得有个参照。要是对 $C$ 个类别一无所知，只好平均地猜，每个概率都是 $1/C$，损失就是 $\ln C$。
# 这里 $C=2$，$\ln 2 =$ {{ math.log(2):.4f }}。现在的损失是 {{ loss.item():.4f }}，只小一点点：
# 模型还没训练过，跟瞎猜差不多。

# %% [markdown] lang="en" twin="cdaef2"
# "Small" means nothing without a yardstick. A guess that knows nothing about the $C$ classes gives each the probability
# $1/C$, and its loss is $\ln C$. Here $C=2$ and $\ln 2 =$ {{ math.log(2):.4f }}. The loss now,
# {{ loss.item():.4f }}, is barely below that: this model has not been trained, and does about as well as a blind guess.

# %% [markdown] lang="zh" twin="de1335"
# ## 梯度，逐行推导
#
# 记 $P=\operatorname{softmax}(Z)$。先求损失对输出的梯度。用到对数性质的那一行没法在有理数上验，改用 50 位精度，行末写明了：

# %% [markdown] lang="en" twin="7eb7a7"
# ## The gradient, line by line
#
# Write $P=\operatorname{softmax}(Z)$. First the gradient with respect to the outputs. The line that uses a property of the
# logarithm cannot be judged in rational numbers; it was judged at 50 digits, and says so:

# %%
import derivations as dv

explanation = dv.explain(model, criterion)
explanation.derivation("outputs")

# %% [markdown] lang="zh" twin="e99af2"
# 结果好记：**概率减去正确答案**，再除以样本数。$\hat Y$ 是把标签写成 one-hot 的矩阵，第 $i$ 行只在第 $y_i$ 列是 1。
# 正确的类别被往上推，其余的被往下压，推多大力，看概率差多少。
#
# 再传到权重，用的还是线性层那个引理：

# %% [markdown] lang="en" twin="476703"
# Easy to remember: **the probabilities minus the right answer**, over the number of samples. $\hat Y$ holds the labels as
# one-hot rows: row $i$ is 1 in column $y_i$ and 0 elsewhere. The right class is pushed up, the others are pushed down,
# and how hard depends on how far off the probability is.
#
# From there to the weight, by the lemma of the linear layer:

# %%
explanation.derivation("weight")

# %% [markdown] lang="zh" twin="345534"
# 照着推导印出来的代码，只有十来行。torch 会忽略标签是 −100 的行，代码里的 `mu` 就是为此准备的：那些行乘以 0，其余的行乘以 1；
# `S` 数出算数的有几行，这里就是 $N$。形状对不上时它不肯算，免得广播出另一个梯度。

# %% [markdown] lang="en" twin="58d9a9"
# The code that this derivation turns into is a dozen lines. torch ignores rows whose label is −100, and that is what `mu` is
# for: it multiplies those rows by 0 and the others by 1. `S` counts the rows that count, here all $N$. Where shapes do not fit,
# the code refuses, rather than broadcast its way to another gradient.

# %%
print(explanation.code())

# %% [markdown] lang="zh" twin="b4e488"
# ## 对账
#
# 有了指数和对数，梯度不再是有理数。右边一列的精确值是按损失的定义、用 50 位精度求导得到的，这里只印出开头一段。

# %% [markdown] lang="en" twin="63198a"
# ## Comparing the accounts
#
# With exponentials and logarithms, the gradient is no longer a rational number. The exact values on the right come from
# differentiating the definition of the loss at 50 digits; their beginning is printed.

# %%
explanation.certify(inputs, y, exact=True)

# %% [markdown] lang="zh" twin="2a852e"
# ## 走一步：`zero_grad`、`backward`、`step`
#
# 朴素的 SGD 只做一件事：$W \leftarrow W - \gamma\,\dfrac{\partial L}{\partial W}$，这里 $\gamma$ 是学习率。我们用*公式*算出的梯度预测新的权重，再让 torch 走一步，看对不对得上：

# %% [markdown] lang="en" twin="4bccb2"
# ## One step: `zero_grad`, `backward`, `step`
#
# Plain SGD does one thing: $W \leftarrow W - \gamma\,\dfrac{\partial L}{\partial W}$, where $\gamma$ is the learning rate. We
# predict the new weights with the *formula's* gradient, let torch take its step, and compare:

# %%
lr = optimizer.param_groups[0]["lr"]
gradients = explanation.gradients(inputs, y)
predicted = {name: value.detach() - lr * gradients[name] for name, value in model.named_parameters()}

optimizer.zero_grad()
loss.backward()
optimizer.step()

eps = torch.finfo(torch.float32).eps
for name, value in model.named_parameters():
    deviation = (value.detach() - predicted[name]).abs()
    rounding = eps * (predicted[name].abs() + lr * gradients[name].abs())
    assert (deviation <= rounding).all()
    print(f"{name:6}  max |W - predicted|  {deviation.max().item():.1e}")

after = criterion(model(inputs), y)
assert after < loss
print(f"loss    {loss.item():.6f} -> {after.item():.6f}")

# %% [markdown] lang="zh" twin="eb27c7"
# 每个权重都对上了，误差不超过一次舍入。损失从 {{ loss.item():.4f }} 变成 {{ after.item():.4f }}：走一小步，好一点点。
#
# ## 自己验一验
#
# 给每一行打分都加上 100，损失会变吗？梯度呢？

# %% [markdown] lang="en" twin="819022"
# Every weight agrees to within one rounding. The loss went from {{ loss.item():.4f }} to {{ after.item():.4f }}: a small
# step, a small gain.
#
# ## Check yourself
#
# Add 100 to every logit. Does the loss change? Does the gradient?

# %% tags=["hide-input"]
logits = model(inputs).detach().double()
alone = dv.explain(None, criterion)
shift = (criterion(logits + 100, y) - criterion(logits, y)).abs().item()
gradient_shift = (
    (alone.gradients(logits + 100, y)["outputs"] - alone.gradients(logits, y)["outputs"]).abs().max().item()
)

# %% [markdown] lang="zh" twin="70b899"
# ??? question "看答案"
#     都不变。softmax 的分子分母同乘 $e^{100}$，约掉了，所以 $P$ 不变，损失和 $P-\hat Y$ 也不变。
#     用 float64 实测：损失相差 {{ shift:.0e }}，梯度最多相差 {{ gradient_shift:.0e }}，只是舍入。
#
# 接下来看[线性模型与均方误差](linear_mse.py)，或者把这一页下载成笔记本，换上自己的数据。

# %% [markdown] lang="en" twin="f8716b"
# ??? question "Answer"
#     Neither does. Numerator and denominator of softmax are both multiplied by $e^{100}$, which cancels; so $P$ stays the
#     same, and with it the loss and $P-\hat Y$. Measured in float64, the loss differs by {{ shift:.0e }} and the gradient
#     by at most {{ gradient_shift:.0e }}: rounding.
#
# Next: [linear model and MSE](linear_mse.py). Or download this page as a notebook and put in your own data.
