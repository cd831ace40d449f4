# ---
# title: {zh: 记号, en: Notation}
# description:
#   zh: 全站的记号：谁是什么形状，求和从几数起，δ 和 one-hot 是什么，每个字母代表什么；还有中英对照的词汇表。
#   en: "The notation of this site: shapes, sums from 1, δ and one-hot, what each letter stands for; and a glossary in both languages."
# ---

# %% [markdown] lang="zh" twin="d9423b"
# # 记号
#
# 别处的教材里，$\partial L/\partial W$ 有时是 $X^{\top}G$，有时是 $G^{\top}X$，有时还差一个转置。都没错，记号不同而已。
# 本站只用一套，照 `torch.nn.Linear` 的写法；下面每一条都跑给你看。

# %% [markdown] lang="en" twin="0b90a4"
# # Notation
#
# In one textbook $\partial L/\partial W$ is $X^{\top}G$, in another $G^{\top}X$, in a third it is transposed once more. None of them is
# wrong: they write things differently. This site writes them in one way, that of `torch.nn.Linear`, and each item below
# is executed.

# %% [markdown] lang="zh" twin="234e3d"
# ## 字母与形状
#
# 一行是一个样本，一列是一个特征或一个类别。
#
# | 字母 | 形状 | 是什么 | torch 里叫 |
# | --- | --- | --- | --- |
# | $X$ | $(N, D)$ | 输入 | `inputs` |
# | $W$ | $(C, D)$ | 权重 | `weight` |
# | $b$ | $(C,)$ | 偏置 | `bias` |
# | $Z = XW^{\top} + b$ | $(N, C)$ | 输出；做分类时又叫打分（logits） | `outputs` |
# | $P = \operatorname{softmax}(Z)$ | $(N, C)$ | 概率，逐行做 softmax | `softmax(outputs, 1)` |
# | $Y$ | $(N, C)$ | 目标：实数或概率 | `targets` |
# | $y$ | $(N,)$ | 目标：类别编号 | `targets` |
# | $L$ | 标量 | 损失 | `loss` |
# | $G = \partial L/\partial Z$ | $(N, C)$ | 损失对输出的梯度 | `outputs.grad` |
#
# $N$ 是样本数，$D$ 是特征数，$C$ 是输出或类别的个数。指标 $n$、$d$、$c$ 分别跑遍它们；求导时另用 $i$、$j$、$m$。
# 样本要是还有别的维度，比如图像的像素，一个样本就有 $T$ 个位置，用 $t$ 数。

# %% [markdown] lang="en" twin="1bb047"
# ## Letters and shapes
#
# A row is a sample, a column is a feature or a class.
#
# | Letter | Shape | What it is | Called in torch |
# | --- | --- | --- | --- |
# | $X$ | $(N, D)$ | the inputs | `inputs` |
# | $W$ | $(C, D)$ | the weight | `weight` |
# | $b$ | $(C,)$ | the bias | `bias` |
# | $Z = XW^{\top} + b$ | $(N, C)$ | the outputs; in classification, the logits | `outputs` |
# | $P = \operatorname{softmax}(Z)$ | $(N, C)$ | probabilities, by softmax of each row | `softmax(outputs, 1)` |
# | $Y$ | $(N, C)$ | targets: real numbers or probabilities | `targets` |
# | $y$ | $(N,)$ | targets: class indices | `targets` |
# | $L$ | scalar | the loss | `loss` |
# | $G = \partial L/\partial Z$ | $(N, C)$ | its gradient with respect to the outputs | `outputs.grad` |
#
# $N$ counts samples, $D$ features, $C$ outputs or classes. The indices $n$, $d$, $c$ run over them; derivatives use $i$, $j$, $m$
# besides. Where samples have further dimensions, such as the pixels of an image, a sample has $T$ positions, counted by $t$.

# %%
import torch
from torch import nn

torch.manual_seed(0)
N, D, C = 5, 3, 4

model, criterion = nn.Linear(D, C), nn.CrossEntropyLoss()
inputs = torch.randn(N, D, requires_grad=True)
y = torch.tensor([0, 3, 1, 0, 2])

outputs = model(inputs)
outputs.retain_grad()
criterion(outputs, y).backward()

tensors = {"inputs": inputs, **dict(model.named_parameters()), "outputs": outputs}
for name, tensor in tensors.items():
    print(f"{name:8} {tuple(tensor.shape)!s:7} grad {tuple(tensor.grad.shape)}")
    assert tensor.grad.shape == tensor.shape

# %% [markdown] lang="zh" twin="1813c4"
# ## 梯度与张量同形状
#
# $\partial L/\partial W$ 和 $W$ 一样是 $(C, D)$，第 $c$ 行第 $d$ 列就是 $\partial L/\partial W_{cd}$。`.grad` 也是这样存的。
# 于是矩阵形式只有一种写法，$G^{\top}X$；写成 $X^{\top}G$，就成了它的转置：

# %% [markdown] lang="en" twin="a45590"
# ## A gradient has its tensor's shape
#
# $\partial L/\partial W$ is $(C, D)$ like $W$, and its row $c$, column $d$ is $\partial L/\partial W_{cd}$. This is how `.grad` holds it.
# So there is one way to write it with matrices, $G^{\top}X$; as $X^{\top}G$ it would be the transpose:

# %%
G, X = outputs.grad, inputs.detach()

print("G.T @ X", tuple((G.T @ X).shape))
print("X.T @ G", tuple((X.T @ G).shape))
torch.testing.assert_close(G.T @ X, model.weight.grad)
torch.testing.assert_close((X.T @ G).T, model.weight.grad)

# %% [markdown] lang="zh" twin="65222b"
# ## 求和从 1 数起
#
# 公式里的下标从 1 数起：$\sum_{n=1}^{N}$ 取遍所有样本，没写上下限的 $\sum_n$ 也是。Python 从 0 数起，所以公式里的第 $n$ 行是
# `outputs[n - 1]`，公式里的类别 $c$ 在 torch 里编号是 `c - 1`。交叉熵
#
# $$
# L = -\frac1N\sum_{n=1}^{N} \log P_{n,\,y_n}
# $$
#
# 照字面写成循环，与 torch 算的一样：

# %% [markdown] lang="en" twin="a07d02"
# ## Sums start at 1
#
# Indices in formulas count from 1: $\sum_{n=1}^{N}$ runs over all samples, and so does $\sum_n$ without limits. Python counts from 0, so
# that row $n$ of a formula is `outputs[n - 1]`, and class $c$ of a formula is number `c - 1` in torch. Cross-entropy,
#
# $$
# L = -\frac1N\sum_{n=1}^{N} \log P_{n,\,y_n}
# $$
#
# written as a loop to the letter, is what torch computes:

# %%
P = torch.softmax(outputs.detach(), 1)
label = {n: int(y[n - 1]) + 1 for n in range(1, N + 1)}

L = -sum(P[n - 1, label[n] - 1].log() for n in range(1, N + 1)) / N

print("torch  ", y.tolist())
print("formula", list(label.values()))
print("L      ", L.item())
print("torch  ", criterion(outputs, y).item())
torch.testing.assert_close(L, criterion(outputs, y).detach())

# %% [markdown] lang="zh" twin="926bd8"
# ## δ 与 one-hot
#
# $\delta_{cj}$ 在 $c=j$ 时是 1，否则是 0。所有的 $\delta_{cj}$ 排成矩阵，就是单位矩阵；它的第 $y_n$ 行，就是类别 $y_n$ 的 one-hot。
# 把每个样本的 one-hot 摞起来，记作 $\hat Y$，也就是 $\hat Y_{nc}=\delta_{c\,y_n}$：

# %% [markdown] lang="en" twin="68e208"
# ## δ and one-hot
#
# $\delta_{cj}$ is 1 when $c=j$ and 0 otherwise. All the $\delta_{cj}$ together are the identity matrix, and its row $y_n$ is class $y_n$ as
# one-hot. The one-hot rows of all samples make up $\hat Y$; that is, $\hat Y_{nc}=\delta_{c\,y_n}$:

# %%
delta = torch.eye(C)
Y_hat = delta[y]

print(Y_hat)
assert torch.equal(Y_hat, nn.functional.one_hot(y, C).float())

# %% [markdown] lang="zh" twin="f58190"
# δ 是求导求出来的：一个元素对自己的导数是 1，对别的元素是 0，写成式子就是 $\partial Z_{nc}/\partial Z_{ij}=\delta_{ni}\,\delta_{cj}$。
# 它一进求和，就只留下一项：$\sum_c \delta_{cj}\,P_{nc}=P_{nj}$。推导里“δ 消去求和”说的就是这一步。

# %% [markdown] lang="en" twin="941e43"
# Differentiation makes the δ: an entry's derivative by itself is 1, and by any other entry 0. As a formula,
# $\partial Z_{nc}/\partial Z_{ij}=\delta_{ni}\,\delta_{cj}$. Inside a sum it leaves one term, $\sum_c \delta_{cj}\,P_{nc}=P_{nj}$. That is
# the step which derivations call "δ removes a sum".

# %%
Z = outputs.detach()
jacobian = torch.autograd.functional.jacobian(lambda Z: Z.clone(), Z)
deltas = torch.einsum("ni,cj->ncij", torch.eye(N), delta)

print("jacobian", tuple(jacobian.shape))
assert torch.equal(jacobian, deltas)
assert torch.equal(torch.einsum("cj,nc->nj", delta, P), P)

# %% [markdown] lang="zh" twin="88f1db"
# ## 其他符号
#
# | 符号 | 读作 |
# | --- | --- |
# | $:=$ | 定义为。定义不用判定；推导里别的等号都由机器判过 |
# | $\odot$、$A^{\circ -1}$、$A^{\circ 2}$ | 逐个元素相乘、取倒数、平方；矩阵之外的函数，如 $\exp(Z)$，也逐个元素算 |
# | $[a>b]$ | 艾弗森括号：不等式成立时是 1，否则是 0；里面是矩阵时，逐个元素比较 |
# | $\max(a,0)$ | $a$ 与 0 中较大的；$\operatorname{clip}(a,\,l,\,u)$ 把 $a$ 限制在 $l$ 与 $u$ 之间 |
# | $\operatorname{sgn}(a)$ | 符号：$a$ 是正数、0、负数时，分别是 1、0、−1 |
# | $\lvert a\rvert$ | 绝对值 |
# | $A^{\top}$ | 转置 |
# | $\mathbf{1}$ | 全是 1 的列；$\mathbf{1}^{\top}G$ 是 $G$ 各行之和 |
# | $\operatorname{diag}(w)$ | 以 $w$ 为对角线的对角矩阵 |
# | $\log$、$\ln$ | 都是自然对数 |
# | $\sigma$ | sigmoid，$\sigma_{nc}=1/(1+e^{-Z_{nc}})$ |
# | $Q$ | 对数概率，$Q=\log P$ |
# | $A$、$S$ | 交叉熵的两个量：每个类别占的份量，以及除以的数 |
# | $v$ | `reduction="none"` 时 `backward` 收到的向量 |
# | $\varepsilon$ | 损失里是 `label_smoothing`，优化器里是 `eps` |
# | $\mu$ | 损失里，行被 `ignore_index` 忽略时为 0，否则为 1；优化器里是 `momentum` |
# | $\theta$、$g$ | 优化器里的参数和它的梯度 |
# | $\gamma$、$\lambda$、$\beta$ | 在优化器里，是 `lr`、`weight_decay`、`betas` |
# | $\mathrm{eps}$、$\kappa$ | 浮点数的精度，照着公式累计的舍入；误差界是两者之积，再加管下溢的一小项 |

# %% [markdown] lang="en" twin="dbdb47"
# ## Other symbols
#
# | Symbol | Read |
# | --- | --- |
# | $:=$ | is defined as. A definition needs no judgement; every other equals sign of a derivation was judged by a machine |
# | $\odot$, $A^{\circ -1}$, $A^{\circ 2}$ | the product, the reciprocal and the square entry by entry; functions such as $\exp(Z)$ are taken entry by entry too |
# | $[a>b]$ | Iverson's bracket: 1 where the inequality holds and 0 elsewhere; of matrices, entry by entry |
# | $\max(a,0)$ | the larger of $a$ and 0; $\operatorname{clip}(a,\,l,\,u)$ keeps $a$ between $l$ and $u$ |
# | $\operatorname{sgn}(a)$ | the sign: 1, 0 or −1 where $a$ is positive, 0 or negative |
# | $\lvert a\rvert$ | the absolute value |
# | $A^{\top}$ | the transpose |
# | $\mathbf{1}$ | a column of ones; $\mathbf{1}^{\top}G$ is the sum of $G$'s rows |
# | $\operatorname{diag}(w)$ | the diagonal matrix with $w$ on its diagonal |
# | $\log$, $\ln$ | the natural logarithm, both |
# | $\sigma$ | the sigmoid, $\sigma_{nc}=1/(1+e^{-Z_{nc}})$ |
# | $Q$ | log-probabilities, $Q=\log P$ |
# | $A$, $S$ | the two quantities of cross-entropy: each class's share, and the divisor |
# | $v$ | the vector that `backward` receives with `reduction="none"` |
# | $\varepsilon$ | `label_smoothing` in a loss, `eps` in an optimizer |
# | $\mu$ | in a loss, 0 in rows that `ignore_index` leaves out and 1 in others; in an optimizer, `momentum` |
# | $\theta$, $g$ | a parameter in an optimizer, and its gradient |
# | $\gamma$, $\lambda$, $\beta$ | in an optimizer, `lr`, `weight_decay`, `betas` |
# | $\mathrm{eps}$, $\kappa$ | the precision of a dtype, and the roundings added up along the formula; the bound is their product, and a little for underflow |

# %% tags=["hide-input"]
torch.testing.assert_close(torch.ones(N) @ G, G.sum(0))
torch.testing.assert_close(torch.sigmoid(Z), 1 / (1 + torch.exp(-Z)))
torch.testing.assert_close(torch.log_softmax(Z, 1), torch.log(P))

# %% [markdown] lang="zh" twin="c1aa83"
# ## 选项的字母 { #letters }
#
# 损失的每个选项、除输出以外的每个输入，还有惩罚项的强度，在公式里都有自己的字母。在损失的公式里，一个字母只有一个意思：

# %% [markdown] lang="en" twin="5c4605"
# ## Letters of options { #letters }
#
# Each option of a loss has a letter of its own in formulas, and so has each array it takes besides the outputs, and the
# strength of a penalty. In the formulas of losses a letter means one thing:

# %% tags=["hide-input"]
from derivations.pages.letters import Letters

Letters()

# %% [markdown] lang="zh" twin="e4f5b3"
# ## 词汇表 { #glossary }
#
# 一个词只有一种译法，全站都这么用；有一项测试专管这件事。

# %% [markdown] lang="en" twin="898256"
# ## Glossary { #glossary }
#
# One word has one translation, and the whole site keeps to it; a test sees to that.

# %% tags=["hide-input"]
from derivations.pages.glossary import Glossary

Glossary()

# %% [markdown] lang="zh" twin="d5596d"
# 公式都排在两页上的，见[公式表](ledger/sheet.py)；记号用起来是什么样，从[第一课](lessons/loss_backward.py)看起。

# %% [markdown] lang="en" twin="3d34b3"
# All formulas on two pages: [the formula sheet](ledger/sheet.py). To see the notation at work, begin with
# [the first lesson](lessons/loss_backward.py).
