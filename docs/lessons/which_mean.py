# ---
# description:
#   zh: reduction="mean" 除以的是什么？均方误差除以 N·C，加权交叉熵除以权重之和；ignore_index、label_smoothing、概率目标各有各的除数，一个公式全管。
#   en: "What reduction=\"mean\" divides by: N·C for MSE, the sum of weights for weighted cross-entropy, and one formula for every option."
# ---

# %% [markdown] lang="zh" twin="d26922"
# # 到底是哪个平均
#
# 给交叉熵加上类别权重，先用 `reduction="none"` 拿到每个样本的损失，再自己求平均；得到的数跟 torch 的 `reduction="mean"` 对不上。谁错了？

# %% [markdown] lang="en" twin="5af2cd"
# # Which mean?
#
# Give cross-entropy class weights, ask for each sample's loss with `reduction="none"`, and average them yourself. The number is
# not what torch's `reduction="mean"` returns. Who is wrong?

# %%
import math

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
N, C = 6, 3
Z = torch.randn(N, C, dtype=torch.float64)
y = torch.tensor([0, 2, 1, 0, 0, 2])
w = torch.tensor([1.0, 2.0, 4.0], dtype=torch.float64)

each = nn.CrossEntropyLoss(weight=w, reduction="none")(Z, y)
mean = nn.CrossEntropyLoss(weight=w, reduction="mean")(Z, y)

print("mean                   ", mean.item())
print("each.mean()            ", each.mean().item())
print("each.sum() / w.sum()   ", (each.sum() / w.sum()).item())
print("each.sum() / w[y].sum()", (each.sum() / w[y].sum()).item())

# %% tags=["hide-input"]
assert torch.isclose(mean, each.sum() / w[y].sum())
assert not torch.isclose(mean, each.mean()) and not torch.isclose(mean, each.sum() / w.sum())

# %% [markdown] lang="zh" twin="2f03e9"
# 都没错，除数不同。torch 除以的不是样本数 {{ N }}，也不是 {{ C }} 个类别权重之和，而是**这一批样本各自的权重之和** $\sum_n w_{y_n}$，
# 等于 {{ w[y].sum().item():.0f }}：这是加权平均。
#
# `mean` 总是 `sum` 除以某个数 $S$，而 $S$ 是什么，要看损失和选项。下面把常用的全算一遍，答案就是这张表。

# %% [markdown] lang="en" twin="89f081"
# Neither; they divide by different numbers. torch divides by {{ w[y].sum().item():.0f }}, which is neither the number of samples, {{ N }}, nor
# the sum of the {{ C }} class weights. It is **the sum of the weights of the samples in this batch**, $\sum_n w_{y_n}$: a weighted
# average.
#
# `mean` is always `sum` divided by some number $S$, and what $S$ is depends on the loss and its options. Here are the usual
# ones, measured; this table is the answer.

# %% [markdown] lang="zh" twin="5bfd62"
# ## 量出来的除数
#
# `Z` 是打分（logits），`Q` 是对数概率，`y` 是类别编号，`T` 是写成概率的目标，`three` 是三个选项一起用。左边是 `sum` 除以 `mean`，也就是 $S$：

# %% [markdown] lang="en" twin="d50961"
# ## The divisors, measured
#
# `Z` are logits, `Q` log-probabilities, `y` class indices, `T` targets written as probabilities; `three` is three options at once.
# On the left is `sum` divided by `mean`, that is, $S$:

# %%
MSE, BCE = nn.MSELoss, nn.BCEWithLogitsLoss
CE, NLL = nn.CrossEntropyLoss, nn.NLLLoss

T = torch.rand(N, C, dtype=torch.float64).softmax(1)
Q = Z.log_softmax(1)
counted = y != 1
three = {"weight": w, "ignore_index": 1, "label_smoothing": 0.1}

table = [
    ("N * C", MSE, {}, "Z, T"),
    ("N * C", BCE, {}, "Z, T"),
    ("N * C", BCE, {"weight": w}, "Z, T"),
    ("N * C", BCE, {"pos_weight": w}, "Z, T"),
    ("N", CE, {}, "Z, y"),
    ("w[y].sum()", CE, {"weight": w}, "Z, y"),
    ("w[y].sum()", NLL, {"weight": w}, "Q, y"),
    ("counted.sum()", CE, {"ignore_index": 1}, "Z, y"),
    ("N", CE, {"label_smoothing": 0.1}, "Z, y"),
    ("w[y[counted]].sum()", CE, three, "Z, y"),
    ("N", CE, {}, "Z, T"),
    ("N", CE, {"weight": w}, "Z, T"),
]

for S, criterion, options, data in table:
    total, mean = (criterion(**options, reduction=reduction)(*eval(data)) for reduction in ("sum", "mean"))
    torch.testing.assert_close(total / mean, torch.as_tensor(eval(S)).double())
    names = "**three" if options is three else ", ".join(options)
    call = f"{criterion.__name__}({names})({data})"
    print(f"{total / mean:4.1f} = {S:19}  {call}")

# %% [markdown] lang="zh" twin="12d1d5"
# 几个常见的疑问，都在这张表里：
#
# - **`MSELoss` 除以 $NC$，不是 $N$**。它对所有元素取平均。想要“每个样本的误差平方和，再对样本平均”，就用 `reduction="sum"` 再除以 $N$：损失和梯度都是原来的 $C$ 倍。用 SGD 又想让步子不变，学习率就得除以 $C$。
# - **同样叫 `weight`，算不算进除数却不一定**。`CrossEntropyLoss` 和 `NLLLoss` 按类别编号算时，它进除数；`BCEWithLogitsLoss` 不进；`CrossEntropyLoss` 的目标换成概率，它也不进。函数 `F.mse_loss` 也有 `weight`，那个进。
# - **`label_smoothing` 不改变除数。**
# - **被忽略的样本不算数**，分子分母里都没有它。
#
# 别的损失除以什么，账本里各有一页：[`KLDivLoss`](../ledger/kl_div.md) 的 `mean` 与 `batchmean` 不是一回事，
# [`MultiMarginLoss`](../ledger/multi_margin.md) 先除以类别数；其余的见[一览](../ledger/index.md)。

# %% [markdown] lang="en" twin="31de98"
# Some questions that people ask are answered by this table:
#
# - **`MSELoss` divides by $NC$, not by $N$.** It averages over all entries. For "the squared error of a sample, averaged over
#   samples", use `reduction="sum"` and divide by $N$: loss and gradient are then $C$ times as large. To take
#   the same steps with SGD, divide the learning rate by $C$.
# - **A `weight` may or may not be in the divisor.** In `CrossEntropyLoss` and `NLLLoss` with class indices it is; in
#   `BCEWithLogitsLoss` it is not; nor is it in `CrossEntropyLoss` once the targets are probabilities. The function `F.mse_loss`
#   has a `weight`, too, and there it is.
# - **`label_smoothing` does not change the divisor.**
# - **Ignored samples do not count**, neither above nor below.
#
# What other losses divide by stands on their pages in the ledger: for [`KLDivLoss`](../ledger/kl_div.md), `mean` and
# `batchmean` are two things; [`MultiMarginLoss`](../ledger/multi_margin.md) divides by the number of classes first; the
# others are [here](../ledger/index.md).

# %% [markdown] lang="zh" twin="4c605d"
# 所以把权重全乘以 10，结果并不都变。写成概率的 one-hot 目标跟类别编号是一回事，一加权重就不是了：

# %% [markdown] lang="en" twin="d38c41"
# So multiplying every weight by 10 changes some losses and not others. And one-hot targets, written as probabilities, are the
# same as class indices until there are weights:

# %%
one_hot = F.one_hot(y, C).double()

for weight in (None, w, 10 * w):
    criterion = CE(weight=weight)
    print(weight if weight is None else weight.tolist())
    print("    (Z, y)      ", criterion(Z, y).item())
    print("    (Z, one_hot)", criterion(Z, one_hot).item())

# %% tags=["hide-input"]
torch.testing.assert_close(CE()(Z, y), CE()(Z, one_hot))
torch.testing.assert_close(CE(weight=10 * w)(Z, y), CE(weight=w)(Z, y))
torch.testing.assert_close(CE(weight=10 * w)(Z, one_hot), 10 * CE(weight=w)(Z, one_hot))
ratio = CE(weight=w)(Z, one_hot) / CE(weight=w)(Z, y)
torch.testing.assert_close(ratio, w[y].sum() / N)
squared = MSE(reduction="sum")(Z, T) / N
torch.testing.assert_close(squared, C * MSE()(Z, T))
of_entries = torch.rand(N, C, dtype=torch.float64)
by_weight = F.mse_loss(Z, T, weight=of_entries, reduction="sum") / of_entries.sum()
torch.testing.assert_close(by_weight, F.mse_loss(Z, T, weight=of_entries))

# %% [markdown] lang="zh" twin="d4dcdd"
# 同样的目标、同样的权重，概率写法的损失是编号写法的 {{ ratio.item():.4f }} 倍，正好是 $\frac{1}{N}\sum_n w_{y_n}$：
# 分子一样，一个除以 $N$，一个除以权重之和。
#
# ## 一个公式
#
# 交叉熵的所有选项，只动两样东西：矩阵 $A$，它的第 $n$ 行写着每个类别在这个样本里算多少；还有除数 $S$。
# 不管它们是什么，梯度都是同一个式子：

# %% [markdown] lang="en" twin="ef884f"
# Same targets, same weights; written as probabilities, the loss is {{ ratio.item():.4f }} times what it is with indices, which is
# $\frac{1}{N}\sum_n w_{y_n}$. The numerators are equal; one is divided by $N$, the other by the sum of weights.
#
# ## One formula
#
# All the options of cross-entropy choose two things: a matrix $A$, whose row $n$ says how much each class counts for in that
# sample, and the divisor $S$. Whatever they are, the gradient is the same:

# %%
import derivations as dv
from derivations.losses.cross_entropy import theorem

theorem()

# %% [markdown] lang="zh" twin="9610e4"
# 最后一行里，$\operatorname{diag}(A\mathbf{1})\,P$ 是把 $P$ 的每一行乘上 $A$ 同一行的和。什么选项都不给，$A$ 就是标签的 one-hot 矩阵 $\hat Y$，
# 每行的和是 1，$S=N$，又回到了[上一课](cross_entropy.py)的 $(P-\hat Y)/N$。加上选项：

# %% [markdown] lang="en" twin="a1caf3"
# In the last line, $\operatorname{diag}(A\mathbf{1})\,P$ is $P$ with each row multiplied by the sum of that row of $A$. With no
# options, $A$ is the one-hot matrix $\hat Y$ of the labels, its rows add up to 1, $S=N$, and this is
# [the last lesson's](cross_entropy.py) $(P-\hat Y)/N$. With options:

# %% tags=["hide-input"]
from derivations.closed_form import definitions_latex
from derivations.pages.sheet import Sheet


def choice(**options):
    named = definitions_latex(dv.CrossEntropy(**options).of_logits())
    return named["A"], named["S"]


Sheet(
    *(
        (name, name, *choice(**dict.fromkeys(name.split(" + "), True)))
        for name in (
            "weight",
            "ignore_index",
            "label_smoothing",
            "weight + label_smoothing",
            "weight + ignore_index + label_smoothing",
        )
    ),
    ("概率", "probabilities", *choice(targets="probabilities")),
    ("概率 + weight", "probabilities + weight", *choice(targets="probabilities", weight=True)),
    (
        "概率 + weight + label_smoothing",
        "probabilities + weight + label_smoothing",
        *choice(targets="probabilities", weight=True, label_smoothing=True),
    ),
    ('weight，reduction="sum"', 'weight, reduction="sum"', *choice(weight=True, reduction="sum")),
    ('weight，reduction="none"', 'weight, reduction="none"', *choice(weight=True, reduction="none")),
)

# %% [markdown] lang="zh" twin="3a63c1"
# $w$ 是 `weight`，$\varepsilon$ 是 `label_smoothing`，$Y$ 是概率目标；$\mu_n$ 在第 $n$ 个标签等于 `ignore_index` 时是 0，否则是 1；
# $v_n$ 是 `reduction="none"` 时 `backward()` 收到的向量。
#
# 这张表是推导用的定义，不是手打的。它跟 torch 一致吗？照表写出 $A$ 和 $S$，代进公式，再看自动微分（autograd）怎么说：

# %% [markdown] lang="en" twin="baac0f"
# $w$ is `weight`, $\varepsilon$ is `label_smoothing`, $Y$ are probability targets; $\mu_n$ is 0 where label $n$ equals
# `ignore_index` and 1 elsewhere; $v_n$ is the vector that `backward()` receives with `reduction="none"`.
#
# The table was not typed; these are the definitions that the derivations start from. Does torch agree? Write down $A$ and $S$ as
# the table says, put them into the formula, and ask autograd:

# %%
P = Z.softmax(1)
mu, own, e = counted.double()[:, None], w[y][:, None], 0.1
smooth = (1 - e) * own * one_hot + e / C * w

cases = [
    ("CE()(Z, y)", one_hot, N),
    ("CE(weight=w)(Z, y)", own * one_hot, own.sum()),
    ("CE(ignore_index=1)(Z, y)", mu * one_hot, mu.sum()),
    ("CE(label_smoothing=e)(Z, y)", (1 - e) * one_hot + e / C, N),
    ("CE(weight=w, label_smoothing=e)(Z, y)", smooth, own.sum()),
    ("CE(**three)(Z, y)", mu * smooth, (mu * own).sum()),
    ("CE()(Z, T)", T, N),
    ("CE(weight=w)(Z, T)", w * T, N),
    ("CE(weight=w, label_smoothing=e)(Z, T)", w * ((1 - e) * T + e / C), N),
]

Z.requires_grad_()
for call, A, S in cases:
    loss = eval(call)
    torch.testing.assert_close(loss, -(A * Q).sum() / S)
    G = (A.sum(1, keepdim=True) * P - A) / S
    torch.testing.assert_close(torch.autograd.grad(loss, Z)[0], G)
    print(f"S = {float(S):4.1f}   A.sum() / S = {A.sum() / S:.4f}   {call}")
Z = Z.detach()

# %% [markdown] lang="zh" twin="024c68"
# 每一种都对上了：损失是 $-\frac{1}{S}\sum_{n,c} A_{nc}\log P_{nc}$，梯度是 $G$。
#
# ## 什么时候才真是平均
#
# 分子里一共有 $\sum A_{nc}$ 这么多份，除以 $S$。两者相等，才是加权平均。看上面的那一列比值：只用一个选项时都是 1，
# `weight` 遇上 `label_smoothing` 或概率目标，就不再是 1 了。三个选项一起用时，$A$ 是这个样子：

# %% [markdown] lang="en" twin="ff9d1c"
# All of them agree: the loss is $-\frac{1}{S}\sum_{n,c} A_{nc}\log P_{nc}$, and its gradient is $G$.
#
# ## When is it a mean at all?
#
# The numerator holds $\sum A_{nc}$ shares, divided by $S$. When the two are equal, this is a weighted mean. Look at the ratios
# above: with any single option they are 1; once `weight` meets `label_smoothing` or probability targets, they are not. With all
# three options, this is $A$:

# %% tags=["hide-input"]
from derivations import figures

shares = {call: float(A.sum() / S) for call, A, S in cases}
for call, share in shares.items():
    combined = "weight" in call and ("smoothing" in call or "T" in call) or "three" in call
    assert math.isclose(share, 1) != combined
A = dict((call, A) for call, A, _ in cases)["CE(**three)(Z, y)"]
assert (A[y == 1] == 0).all() and (A[y != 1] > 0).all()
assert torch.equal(A[y != 1].argmax(1), y[y != 1])
figures.heat_map(
    A.tolist(),
    rows=[f"y{n + 1} = {label}" for n, label in enumerate(y.tolist())],
    columns=[f"w = {value:g}" for value in w.tolist()],
    title=("weight + ignore_index + label_smoothing 的 A", "A for weight + ignore_index + label_smoothing"),
    row_label=("样本", "sample"),
    column_label=("类别", "class"),
    alt=(
        f"{N} 行 {C} 列的热图。标签为 1 的那一行被忽略，全是 0；其余各行都是正确类别的那一格最大，最大的是 {A.max():.2f}；"
        "别的类别也各有一小份，权重越大，份额越大。",
        f"A heat map of {N} rows and {C} columns. The row with label 1 is ignored and all 0; in the others the right class has "
        f"the largest cell, {A.max():.2f} at most, and every other class a small share, larger where its weight is.",
    ),
)

# %% [markdown] lang="zh" twin="195946"
# 被忽略的那一行全是 0，也不进 $S$。平滑给*每个*类别都留了一份，乘的是那个类别的权重；可 $S$ 只加正确类别的权重，两者就对不上了。
# 后果是：什么都不懂、均匀瞎猜的模型，损失不再总是 $\ln C$，而是 $\ln C$ 乘上这个比值，要看这一批里有哪些类别。

# %% [markdown] lang="en" twin="133ea0"
# The ignored row is all 0, and adds nothing to $S$. Smoothing leaves a share for *every* class, times that class's weight; but $S$
# adds up the weights of the right classes alone, and so the two differ. In consequence, a model that knows nothing and guesses
# evenly no longer has the loss $\ln C$. It has $\ln C$ times that ratio, which depends on the classes in the batch.

# %%
uniform = torch.zeros(4, C, dtype=torch.float64)
smoothed = CE(weight=w, label_smoothing=e)

print(f"ln C    {math.log(C):.6f}")
for k in range(C):
    labels = torch.full((4,), k)
    assert math.isclose(CE(weight=w)(uniform, labels), math.log(C))
    share = 1 - e + e / C * w.sum() / w[k]
    torch.testing.assert_close(smoothed(uniform, labels), math.log(C) * share)
    print(f"y = {k}   {smoothed(uniform, labels):.6f}")

# %% [markdown] lang="zh" twin="15a216"
# ## 最一般的是 `reduction="none"`
#
# `reduction="none"` 不给一个数，给一个向量，`backward()` 就要你说清楚每个样本算多少：传一个 $v$ 进去。
# `sum` 就是 $v_n=1$，`mean` 就是 $v_n=1/S$。想要别的平均，自己定 $v$ 就行。

# %% [markdown] lang="en" twin="0031b8"
# ## `reduction="none"` is the most general
#
# `reduction="none"` gives a vector, not a number, and `backward()` wants to know how much each sample counts for: you pass it
# a $v$. `sum` is $v_n=1$, `mean` is $v_n=1/S$, and any other mean is some other $v$.


# %%
def grad_of(criterion, v=None):
    logits = Z.clone().requires_grad_()
    criterion(logits, y).backward(v)
    return logits.grad


try:
    grad_of(CE(weight=w, reduction="none"))
except RuntimeError as error:
    print(error)

reductions = ("none", "sum", "mean")
each, total, mean = (CE(weight=w, reduction=name) for name in reductions)
v, S = torch.ones(N).double(), w[y].sum()
torch.testing.assert_close(grad_of(each, v), grad_of(total))
torch.testing.assert_close(grad_of(each, v / S), grad_of(mean))

# %% [markdown] lang="zh" twin="343451"
# 加上 `weight` 和 `ignore_index`，随便给一个 $v$，公式和 autograd 逐个元素对账：

# %% [markdown] lang="en" twin="f655e6"
# With `weight`, `ignore_index` and some $v$, the formula against autograd, entry by entry:

# %%
v = torch.linspace(1, 2, N).double()
criterion = CE(weight=w, ignore_index=1, reduction="none")
explanation = dv.explain(None, criterion)
certificate = explanation.certify(Z, y, grad_output=v).require()
certificate

# %% tags=["hide-input"]
row = certificate.rows[0]
assert row.blunt == C and (row.autograd[y == 1] == 0).all()

# %% [markdown] lang="zh" twin="8314e9"
# 没算进“误差界够紧”的那 {{ row.blunt }} 个元素，是被忽略的那一行，本来就都是 0。
#
# ## $S=0$ 的时候
#
# 推导开头写着条件 $S\neq 0$。可 $S=0$ 的时候 torch 照样会算，看它给什么：

# %% [markdown] lang="en" twin="b1c50d"
# The {{ row.blunt }} entries that are not "sharply bounded" are the ignored row, which is 0 anyway.
#
# ## When $S=0$
#
# The derivation begins with a condition, $S\neq 0$. But torch computes when $S=0$, too. This is what it returns:

# %%
ignored, ones = torch.tensor([-100]), torch.tensor([1])
u = torch.tensor([1.0, 0.0, 4.0], dtype=torch.float64)
zeros = torch.zeros(1, C, dtype=torch.float64)
Z1, Z0 = Z[:1].clone().requires_grad_(), Z[:0].clone().requires_grad_()

edges = []
for call in (
    "CE()(Z1, ignored)",
    "CE(reduction='sum')(Z1, ignored)",
    "CE(weight=u)(Z1, ones)",
    "CE(weight=u, label_smoothing=e)(Z1, ones)",
    "CE()(Z1, zeros)",
    "CE(label_smoothing=e)(Z1, zeros)",
    "CE()(Z0, y[:0])",
):
    loss = eval(call)
    grad = torch.autograd.grad(loss, Z0 if "Z0" in call else Z1)[0]
    edges.append((loss.detach(), grad))
    print(call)
    values = [round(value, 4) for value in (grad + 0.0).flatten().tolist()]
    print(f"    loss {loss.item() + 0.0:.4f}   grad", values)

# %% tags=["hide-input"]
spoiled = [bool(loss.isnan()) for loss, _ in edges]
assert spoiled == [True, False, True, True, False, False, True]
assert [bool(grad.isnan().all()) for _, grad in edges[:-1]] == [False, False, True, True, False, False]
assert [bool((grad == 0).all()) for _, grad in edges[:-1]] == [True, True, False, False, True, False]
both = torch.cat([one_hot[:1], zeros])
torch.testing.assert_close(CE()(Z[:2], both), CE()(Z[:1], y[:1]) / 2)
towards = P[:1] - 1 / C
torch.testing.assert_close(edges[5][1], e * towards)
model = nn.Linear(4, C, dtype=torch.float64)
for targets, options, spoiled in ((ignored, {}, False), (ones, {"weight": u}, True)):
    step = torch.optim.SGD(model.parameters(), lr=0.1)
    before = model.weight.detach().clone()
    step.zero_grad()
    CE(**options)(model(torch.randn(1, 4).double()), targets).backward()
    step.step()
    assert model.weight.isnan().all() == spoiled and (spoiled or torch.equal(model.weight, before))

# %% [markdown] lang="zh" twin="fb46a1"
# - **全被忽略**：损失是 $0/0$，也就是 `nan`；梯度却是 0。参数没事，可日志里的平均损失从此就是 `nan`。`sum` 给 0。
# - **在场类别的权重都是 0**：损失和梯度都是 `nan`，走一步，参数就全成了 `nan`。加上 `label_smoothing` 也一样。
# - **概率目标的一行全是 0**：这不等于忽略。分子里没有它，$S$ 里却照样算一行。要是还有 `label_smoothing`，它就会被往均匀分布上拉。
# - **一行也没有**：损失是 `nan`，没有梯度可言。

# %% [markdown] lang="en" twin="54b1b3"
# - **All ignored**: the loss is $0/0$, which is `nan`, but the gradient is 0. The parameters survive; the average loss in your
#   log is `nan` from then on. `sum` gives 0.
# - **The weights of the classes present are all 0**: loss and gradient are `nan`, and one step turns every parameter into `nan`.
#   `label_smoothing` does not help.
# - **A row of probability targets is all 0**: that is not ignoring it. It adds nothing above, but counts as a row in $S$; and with
#   `label_smoothing` it is pulled towards the uniform distribution.
# - **No rows at all**: the loss is `nan`, and there is no gradient to speak of.

# %% [markdown] lang="zh" twin="0ea0e1"
# 会遇到整批都被忽略的情况，就自己除，并且不让除数为 0：

# %% [markdown] lang="en" twin="3bdbc0"
# If a whole batch may be ignored, divide yourself, and do not let the divisor be 0:


# %%
def safe(logits, targets):
    total = F.cross_entropy(logits, targets, reduction="sum")
    return total / (targets != -100).sum().clamp(min=1)


some = torch.where(counted, y, -100)
torch.testing.assert_close(safe(Z, some), F.cross_entropy(Z, some))
print("safe(Z1, ignored)", safe(Z1, ignored).item())

# %% tags=["hide-input"]
halves = [F.cross_entropy(Z[part], some[part]) for part in (slice(0, 3), slice(3, 6))]
assert not torch.isclose(sum(halves) / 2, F.cross_entropy(Z, some))

# %% [markdown] lang="zh" twin="20ada8"
# 除数随批而变，还有一个后果：把几批的 `mean` 再平均，一般不等于合在一起的 `mean`。梯度累积就栽在这里，见[一步优化](optimizer_step.py)。
#
# ## 自己验一验
#
# 图像分割：`outputs` 的形状是 `(2, 3, 4, 5)`，两张图、三个类别、每张 $4\times 5$ 个像素；`y` 的形状是 `(2, 4, 5)`，其中 5 个像素标成 `-100`。`mean` 除以多少？

# %% [markdown] lang="en" twin="9c2f74"
# A divisor that varies from batch to batch has one more consequence: the average of several batches' `mean` is in general not the `mean` of
# all together. Gradient accumulation stumbles over this, see [One step of the optimizer](optimizer_step.py).
#
# ## Check yourself
#
# Segmentation: `outputs` has the shape `(2, 3, 4, 5)`, two images, three classes, $4\times 5$ pixels each; `y` has the shape
# `(2, 4, 5)`, and 5 of its pixels are labelled `-100`. What does `mean` divide by?

# %% tags=["hide-input"]
outputs, pixels = torch.randn(2, 3, 4, 5).double(), torch.randint(3, (2, 4, 5))
pixels[0, 0] = -100
assert (pixels == -100).sum() == 5
S = CE(reduction="sum")(outputs, pixels) / CE()(outputs, pixels)
torch.testing.assert_close(S, (pixels != -100).sum().double())

# %% [markdown] lang="zh" twin="4a4633"
# ??? question "看答案"
#     {{ S.item():.0f }}。每个像素是一行，一共 $2\times 4\times 5=$ {{ pixels.numel() }} 行，去掉 5 个。不是除以图的张数：哪张图标出的像素少，它在损失里就占得少。
#
# 接下来看[一步优化](optimizer_step.py)：梯度有了，参数怎么动。

# %% [markdown] lang="en" twin="d46aae"
# ??? question "Answer"
#     By {{ S.item():.0f }}. Each pixel is a row; there are $2\times 4\times 5=$ {{ pixels.numel() }} of them, less 5. It is not the number of
#     images: one with fewer labelled pixels counts for less.
#
# Next: [One step of the optimizer](optimizer_step.py). The gradient is there; how do the parameters move?
