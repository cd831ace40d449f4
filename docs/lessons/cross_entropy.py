# ---
# description:
#   zh: NLLLoss 到底要什么？从 log-sum-exp 推出 softmax，画出 softmax 的 Jacobian，看少取一次对数会怎样，再看两个类别时怎样变成 sigmoid。
#   en: "What NLLLoss wants: softmax from log-sum-exp, its Jacobian drawn, what a missing logarithm does, and why two classes are the sigmoid."
# ---

# %% [markdown] lang="zh" twin="71d3a5"
# # softmax 与交叉熵
#
# `NLLLoss` 常被说成“和 softmax 搭配使用”。照这句话去做，程序不报错，损失也在往下降，可它是**负数**。下面四种写法，哪几种是对的？

# %% [markdown] lang="en" twin="d423a2"
# # Softmax and cross-entropy
#
# `NLLLoss`, one often reads, "is used together with softmax". Do just that, and nothing complains and the loss goes down,
# but it is **negative**. Which of these four lines are right?

# %%
import math

import torch
from torch import nn

torch.manual_seed(0)
logits = torch.tensor(
    [
        [2.0, 1.0, 0.0, -1.0],
        [0.0, 3.0, 1.0, 1.0],
        [0.0, 6.0, 0.0, 1.0],
    ]
)
y = torch.tensor([0, 2, 3])
N, C = logits.shape

nll, cross_entropy = nn.NLLLoss(), nn.CrossEntropyLoss()

print("cross_entropy(logits, y)        ", cross_entropy(logits, y).item())
print("nll(logits.log_softmax(1), y)   ", nll(logits.log_softmax(1), y).item())
print("nll(logits.softmax(1), y)       ", nll(logits.softmax(1), y).item())
print("nll(logits, y)                  ", nll(logits, y).item())

# %% tags=["hide-input"]
assert torch.equal(cross_entropy(logits, y), nll(logits.log_softmax(1), y))
for given in (logits, logits.softmax(1), logits.log_softmax(1)):
    assert torch.isclose(nll(given, y), -given[torch.arange(N), y].mean())
assert -1 < nll(logits.softmax(1), y) < 0

# %% [markdown] lang="zh" twin="2f6f50"
# 前两种是对的，而且是同一回事：`CrossEntropyLoss` 就是 `LogSoftmax` 加 `NLLLoss`。后两种都错了。
# 名字（negative log-likelihood）里有 log，`NLLLoss` 自己却**不取对数**。它只做三件事：挑出正确类别那一项，变号，求平均：
#
# $$
# L = -\frac{1}{N}\sum_{n=1}^{N} Q_{n,y_n}.
# $$
#
# $Q$ 必须已经是对数概率。给它概率，得到的是负的概率的平均，总在 $-1$ 和 $0$ 之间；它的梯度也不对，而且偏偏在错得最厉害的样本上最弱。
# 下面看这是为什么。

# %% [markdown] lang="en" twin="fa6fd4"
# The first two are right, and are the same thing: `CrossEntropyLoss` is `LogSoftmax` followed by `NLLLoss`. The last two are
# wrong. There is a "log" in its name, negative log-likelihood, but `NLLLoss` **takes no logarithm**. It picks the right class's entry, flips its sign
# and averages:
#
# $$
# L = -\frac{1}{N}\sum_{n=1}^{N} Q_{n,y_n}.
# $$
#
# $Q$ has to hold log-probabilities already. Given probabilities, the result is minus their average, always between $-1$ and
# $0$. Its gradient is wrong too, and weakest just where the model is most mistaken. Here is why.

# %% [markdown] lang="zh" twin="03095f"
# ## log-sum-exp：光滑的最大值
#
# 记 $\operatorname{lse}(z)=\log\sum_k e^{z_k}$，那么 $\log\operatorname{softmax}(z)_c = z_c-\operatorname{lse}(z)$，一个样本的损失就是
#
# $$
# -\log p_y = \operatorname{lse}(z) - z_y.
# $$
#
# 和式里有最大的那一项，总共 $C$ 项，每一项都不超过它，所以 $\operatorname{lse}$ 从不小于最大的打分（logits），最多比它大 $\ln C$。
# 所以损失可以这样读：**正确类别的打分，比“最高分”低多少**。

# %% [markdown] lang="en" twin="71c6bf"
# ## Log-sum-exp, a smooth maximum
#
# Write $\operatorname{lse}(z)=\log\sum_k e^{z_k}$. Then $\log\operatorname{softmax}(z)_c = z_c-\operatorname{lse}(z)$, and the loss of
# one sample is
#
# $$
# -\log p_y = \operatorname{lse}(z) - z_y.
# $$
#
# The sum contains the largest term, and has $C$ terms, none of them larger. So $\operatorname{lse}$ is never below the largest
# logit, and at most $\ln C$ above it, and the loss can be read like this:
# **how far the right class's logit falls short of "the top score"**.

# %%
lse = logits.logsumexp(1)
top = logits.max(1).values
right = logits[torch.arange(N), y]

print("max         ", top.tolist())
print("lse         ", lse.tolist())
print("max + ln C  ", (top + math.log(C)).tolist())
print("lse - z_y   ", (lse - right).tolist())

# %% tags=["hide-input"]
assert (top <= lse).all() and (lse <= top + math.log(C)).all()
torch.testing.assert_close(logits.log_softmax(1), logits - lse[:, None])
torch.testing.assert_close(lse - right, nn.CrossEntropyLoss(reduction="none")(logits, y))

# %% [markdown] lang="zh" twin="878167"
# 它的导数正是 softmax：

# %% [markdown] lang="en" twin="c6c1d2"
# Its derivative is softmax:

# %%
import derivations as dv

dv.derive(dv.LogSumExp())

# %% [markdown] lang="zh" twin="52e3d3"
# 于是 $p-y$ 一眼就能看出来：对 $\operatorname{lse}(z)-z_y$ 求导，第一项给出 $p$，第二项只在正确类别那一格减去 1。
# （从损失的定义一步步推下来，见 [`loss = criterion(outputs, y)`](criterion.py)。）用自动微分（autograd）验一下：

# %% [markdown] lang="en" twin="852db0"
# And $p-y$ can be read off: in the derivative of $\operatorname{lse}(z)-z_y$, the first term gives $p$, and the second takes 1
# away at the right class. (Every step from the definition of the loss is in [`loss = criterion(outputs, y)`](criterion.py).)
# Checked with autograd:


# %%
def gradient(loss, at):
    at = at.clone().requires_grad_()
    return torch.autograd.grad(loss(at), at)[0]


P = logits.softmax(1)
one_hot = nn.functional.one_hot(y, C)
of_cross_entropy = gradient(lambda z: cross_entropy(z, y), logits)

torch.testing.assert_close(gradient(lambda z: z.logsumexp(1).sum(), logits), P)
torch.testing.assert_close(of_cross_entropy, (P - one_hot) / N)
of_cross_entropy

# %% [markdown] lang="zh" twin="11ff61"
# ## softmax 的 Jacobian
#
# 打分动一点，概率怎么变？每个概率都依赖同一行里的每个打分，所以答案是一张表：

# %% [markdown] lang="en" twin="09245e"
# ## The Jacobian of softmax
#
# When a logit moves a little, how do the probabilities change? Each depends on every logit of its row, so the answer is a
# table:

# %%
dv.derive(dv.Softmax())

# %% [markdown] lang="zh" twin="1a9e12"
# $\delta_{ni}$ 说的是行与行互不相干，所以只看一行就够了。下面是第一行打分的 Jacobian，由 autograd 算出：

# %% [markdown] lang="en" twin="37b95d"
# $\delta_{ni}$ says that rows do not influence each other, so one row is enough. This is the Jacobian for the first row of
# logits, as autograd computes it:

# %%
z = logits[0]
p = z.softmax(0)
J = torch.autograd.functional.jacobian(lambda row: row.softmax(0), z)

torch.testing.assert_close(J, torch.diag(p) - torch.outer(p, p))

# %% tags=["hide-input"]
from derivations import figures

others = J[~torch.eye(C, dtype=bool)]
assert torch.allclose(J, J.T) and (J.diag() > 0).all() and (others < 0).all()
assert torch.allclose(J.sum(1), torch.zeros(C), atol=1e-7)
assert (J.abs().max(1).values == J.diag()).all()
figures.heat_map(
    J.tolist(),
    rows=[f"p{k}" for k in range(1, C + 1)],
    columns=[f"z{k}" for k in range(1, C + 1)],
    title=("一行打分的 softmax Jacobian", "The Jacobian of softmax for one row"),
    row_label=("概率", "probability"),
    column_label=("打分", "logit"),
    alt=(
        f"{C} 行 {C} 列的热图：对角线为正，最大是 {J.max():.3f}；其余都为负，最小是 {J.min():.3f}；沿对角线对称。",
        f"A heat map of {C} rows and {C} columns: positive on the diagonal, at most {J.max():.3f}; negative elsewhere, "
        f"at least {J.min():.3f}; symmetric.",
    ),
    digits=3,
)

# %% [markdown] lang="zh" twin="f0a0a8"
# 对角线是正的：一个打分升高，它自己的概率跟着升。别处都是负的：概率的总量是 1，有升就有降，所以每行之和是 0，每列也是。
#
# 再看公式里的因子 $P_{nc}$：**概率小的类别，整行都小**。这里最后一个类别的概率是 {{ p[-1]:.4f }}，那一行里最大的数也只有 {{ J[-1].max():.4f }}。
# 概率若是接近 0，哪个打分动一点，它都几乎不动。

# %% [markdown] lang="en" twin="fe3c1f"
# The diagonal is positive: raise a logit, and its own probability rises. Everything else is negative: the total is 1, so what
# one gains the others lose, and every row adds up to 0, as does every column.
#
# Then look at the factor $P_{nc}$ in the formula: **a class with a small probability has a small row**. Here the last class has
# probability {{ p[-1]:.4f }}, and the largest number in its row is {{ J[-1].max():.4f }}. A probability close to 0 hardly
# responds to a small change of any logit.

# %% [markdown] lang="zh" twin="e8f2b6"
# ## 少了对数会怎样
#
# 对数的用处就在这里。$\log p_y$ 的导数先乘上 $1/p_y$，正好约掉 Jacobian 里的 $p_y$：
#
# $$
# \begin{aligned}
# \frac{\partial(-\log p_y)}{\partial z_j} &= -\frac{1}{p_y}\,p_y\,(\delta_{yj}-p_j) = p_j-\delta_{yj}, \\
# \frac{\partial(-p_y)}{\partial z_j} &= -p_y\,(\delta_{yj}-p_j) = p_y\,(p_j-\delta_{yj}).
# \end{aligned}
# $$
#
# 第一行是交叉熵，第二行是 softmax 后面直接接 `NLLLoss`。方向一样，大小差一个因子 $p_y$。逐行比一比，$a$ 是交叉熵的梯度，$b$ 是另一个：

# %% [markdown] lang="en" twin="ccde0f"
# ## Without the logarithm
#
# This is what the logarithm is for. The derivative of $\log p_y$ brings in $1/p_y$, which cancels the $p_y$ of the Jacobian:
#
# $$
# \begin{aligned}
# \frac{\partial(-\log p_y)}{\partial z_j} &= -\frac{1}{p_y}\,p_y\,(\delta_{yj}-p_j) = p_j-\delta_{yj}, \\
# \frac{\partial(-p_y)}{\partial z_j} &= -p_y\,(\delta_{yj}-p_j) = p_y\,(p_j-\delta_{yj}).
# \end{aligned}
# $$
#
# The first is cross-entropy, the second `NLLLoss` right after softmax. Same direction, but times $p_y$. Row by row, with $a$ for the gradient of
# cross-entropy and $b$ for the other:

# %%
on_softmax = gradient(lambda z: nll(z.softmax(1), y), logits)
p_y = P[torch.arange(N), y]

torch.testing.assert_close(on_softmax, p_y[:, None] * of_cross_entropy)
print("p_y     |a|     |b|     |b| / |a|")
for n, (a, b) in enumerate(zip(of_cross_entropy, on_softmax)):
    a, b = a.norm(), b.norm()
    print(f"{p_y[n]:.4f}  {a:.4f}  {b:.4f}  {b / a:.4f}")

# %% tags=["hide-input"]
sizes = of_cross_entropy.norm(dim=1)
assert p_y.argmin() == N - 1 == on_softmax.norm(dim=1).argmin() and sizes[N - 1] > sizes[0]

# %% [markdown] lang="zh" twin="03fdd8"
# 最后一行错得最厉害，交叉熵推得很用力；少了对数，推力只剩它的 {{ p_y[-1]:.4f }} 倍。让这一行打分自己走梯度下降，看正确类别的概率怎么变：

# %% [markdown] lang="en" twin="2e9fdd"
# The last row is the most mistaken, and cross-entropy pushes it hard. Without the logarithm {{ p_y[-1]:.4f }} of that push is
# left. Let this row of logits follow gradient descent, and watch the right class's probability:


# %%
def descend(loss, steps, start=logits[-1:], lr=1.0):
    z, probabilities = start, []
    for _ in range(steps):
        probabilities.append(z.softmax(1)[0, y[-1]].item())
        z = z - lr * gradient(loss, z)
    return probabilities


steps = 160
with_log = descend(lambda z: cross_entropy(z, y[-1:]), steps)
without = descend(lambda z: nll(z.softmax(1), y[-1:]), steps)

# %% tags=["hide-input"]
surer = descend(lambda z: nll(z.softmax(1), y[-1:]), 2 * steps, start=logits[-1:] * 7 / 6)
half = [next(step for step, value in enumerate(path) if value > 1 / 2) for path in (with_log, without, surer)]
assert half[1] > 10 * half[0] and surer[0] < without[0] and half[2] > half[1]
figures.chart(
    figures.Curve(range(steps), with_log, label=("交叉熵", "cross-entropy")),
    figures.Curve(range(steps), without, label=("softmax 之后接 NLLLoss", "NLLLoss after softmax"), style="dashed"),
    title=("正确类别的概率", "The right class's probability"),
    x_label=("步数", "step"),
    y_label=("概率", "probability"),
    alt=(
        f"两条曲线。交叉熵在第 {half[0]} 步过半，随后接近 1；softmax 之后接 NLLLoss 的那条长时间贴着 0，到第 {half[1]} 步才过半。",
        f"Two curves. With cross-entropy the probability passes one half at step {half[0]} and nears 1; with NLLLoss "
        f"after softmax it stays close to 0 for long and passes one half at step {half[1]}.",
    ),
)

# %% [markdown] lang="zh" twin="ecde5b"
# 交叉熵到第 {{ half[0] }} 步，概率就过了一半；少了对数，要等到第 {{ half[1] }} 步。错得越有把握，等得越久。
#
# 开头的第四种写法把打分直接交给 `NLLLoss`，是另一种错。softmax 根本没有参与，梯度是 $-\hat Y/N$，与打分无关：
# 正确类别的打分永远往上推，别的类别从来不往下压，损失一直降，没有底。

# %% [markdown] lang="en" twin="c23d47"
# With cross-entropy the probability passes one half at step {{ half[0] }}; without the logarithm, at step {{ half[1] }}. The
# surer the mistake, the longer the wait.
#
# The fourth line at the top hands the logits themselves to `NLLLoss`, a mistake of another kind. Softmax takes no part in it,
# and the gradient is $-\hat Y/N$, whatever the logits: the right class is pushed up for ever, the others are never pushed
# down, and the loss falls without end.

# %%
for scale in (1, 100, 10000):
    G = gradient(lambda z: nll(z, y), scale * logits)
    assert torch.equal(G, -one_hot / N)

moved = logits.clone()
for _ in range(1000):
    moved -= gradient(lambda z: nll(z, y), moved)
print("nll(moved, y)", nll(moved, y).item())

# %% [markdown] lang="zh" twin="eea762"
# 要对数概率，就用 `log_softmax`，不要自己写 `softmax(z).log()`：概率会下溢成 0，对数就成了负无穷（见[浮点](floating_point.py)）。

# %% [markdown] lang="en" twin="a76350"
# For log-probabilities use `log_softmax`, not `softmax(z).log()`: a probability may underflow to 0, and its logarithm is minus
# infinity (see [How equal is equal?](floating_point.py)).

# %% tags=["hide-input"]
far = torch.tensor([0.0, 1000.0])
assert far.softmax(0)[0] == 0 and far.softmax(0).log()[0] == -math.inf and far.log_softmax(0)[0] == -1000

# %% [markdown] lang="zh" twin="7372cc"
# ## 两个类别就是 sigmoid
#
# 两个类别时，softmax 只看两个打分之差。公式里类别从 1 数起，所以 $P_{n2}$ 是 torch 的第 1 类：

# %% [markdown] lang="en" twin="0d1052"
# ## Two classes are the sigmoid
#
# With two classes, softmax depends only on the difference of the two logits. The formulas count classes from 1, so $P_{n2}$ is
# torch's class 1:

# %%
dv.two_class_softmax()

# %% [markdown] lang="zh" twin="f9636a"
# 所以两个输出的 `CrossEntropyLoss`，就是一个输出的 `BCEWithLogitsLoss`，这个输出是 $u=z_1-z_0$（这里的下标跟 torch 一样，从 0 数起）。
# 损失相等；梯度也对得上：$\partial L/\partial z_1=\partial L/\partial u$，$\partial L/\partial z_0$ 是它的相反数。

# %% [markdown] lang="en" twin="286d9a"
# So `CrossEntropyLoss` on two outputs is `BCEWithLogitsLoss` on one, the difference $u=z_1-z_0$ (counted from 0 here, as torch
# does). The losses are equal, and so are the gradients: $\partial L/\partial z_1=\partial L/\partial u$, and
# $\partial L/\partial z_0$ is minus that.

# %%
two, label = logits[:, :2], torch.tensor([0, 1, 0])
u = two[:, 1] - two[:, 0]
bce = nn.BCEWithLogitsLoss()

print("CrossEntropyLoss ", cross_entropy(two, label).item())
print("BCEWithLogitsLoss", bce(u, label.float()).item())

G = gradient(lambda z: cross_entropy(z, label), two)
of_u = gradient(lambda u: bce(u, label.float()), u)
torch.testing.assert_close(bce(u, label.float()), cross_entropy(two, label))
torch.testing.assert_close(G, torch.stack([-of_u, of_u], dim=1))

# %% [markdown] lang="zh" twin="a7dfe5"
# 一个输出这一边的证书：

# %% [markdown] lang="en" twin="39fb72"
# The certificate of the side with one output:

# %%
explanation = dv.explain(None, bce)
certificate = explanation.certify(u, label.float(), exact=True).require()
torch.testing.assert_close(certificate.rows[0].closed_form.reshape(-1), of_u)
certificate

# %% [markdown] lang="zh" twin="bff9f8"
# ## 自己验一验
#
# `CrossEntropyLoss` 里面已经有一次 log-softmax。要是不小心先做了一遍，传进去的是 `log_softmax(logits)`，损失会错吗？要是先做的是 `softmax` 呢？

# %% [markdown] lang="en" twin="ec5fa5"
# ## Check yourself
#
# `CrossEntropyLoss` already contains a log-softmax. Suppose you applied one yourself by mistake, and pass in
# `log_softmax(logits)`. Is the loss wrong? And if it was `softmax`?

# %% tags=["hide-input"]
again = cross_entropy(logits.log_softmax(1), y)
wrong = cross_entropy(logits.softmax(1), y)
torch.testing.assert_close(again, cross_entropy(logits, y))
torch.testing.assert_close(gradient(lambda z: cross_entropy(z.log_softmax(1), y), logits), of_cross_entropy)
assert torch.allclose(logits.log_softmax(1).logsumexp(1), torch.zeros(N), atol=1e-6)
assert abs(wrong - again) > 0.1

# %% [markdown] lang="zh" twin="1c93ac"
# ??? question "看答案"
#     多做一遍 log-softmax 没有关系：损失还是 {{ again.item():.4f }}，对打分的梯度也不变。对数概率的 $\operatorname{lse}$ 是 $\log\sum_c p_c=\log 1=0$，再减一次等于没减。
#     多做一遍 softmax 就错了，损失成了 {{ wrong.item():.4f }}：概率被当成打分，又做了一遍 softmax。
#
# 类别权重、标签平滑等选项的梯度，在账本里[交叉熵那一页](../ledger/cross_entropy.md)；它的近亲是
# [KL 散度](../ledger/kl_div.md)、[焦点损失](../ledger/focal.md)和[知识蒸馏](../ledger/distillation.md)。
#
# 损失的分子讲完了，接下来看分母：[到底是哪个平均](which_mean.py)。

# %% [markdown] lang="en" twin="784ac1"
# ??? question "Answer"
#     One log-softmax too many does no harm: the loss is still {{ again.item():.4f }}, and its gradient in the logits is the
#     same. For log-probabilities $\operatorname{lse}$ is $\log\sum_c p_c=\log 1=0$, and subtracting it again changes nothing.
#     One softmax too many is a mistake, and the loss becomes {{ wrong.item():.4f }}: probabilities taken for logits, and
#     softmax applied to them again.
#
# The gradients with class weights, label smoothing and the other options are on
# [the page of cross-entropy](../ledger/cross_entropy.md) in the ledger; its next of kin are
# [KL divergence](../ledger/kl_div.md), [focal loss](../ledger/focal.md) and
# [knowledge distillation](../ledger/distillation.md).
#
# So much for the numerator of the loss. Next, the denominator: [which mean?](which_mean.py)
