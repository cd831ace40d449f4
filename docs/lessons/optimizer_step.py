# ---
# description:
#   zh: optimizer.step() 读什么、改什么：zero_grad、动量、权重衰减、Adam 与 AdamW，逐步推导并与 torch.optim 对账；梯度累积怎么写才对。
#   en: "What optimizer.step() reads and changes: zero_grad, momentum, weight decay, Adam and AdamW, matched with torch.optim step by step."
# ---

# %% [markdown] lang="zh" twin="3087a3"
# # 一步优化
#
# 同一个参数，同一份梯度，换四个优化器，各走一步。**参数各走多远**？打印的是走过的距离除以学习率：

# %% [markdown] lang="en" twin="7ac115"
# # One step of the optimizer
#
# One parameter, one gradient, four optimizers, one step each. **How far does the parameter move?** Printed is the
# movement divided by the learning rate:

# %%
import torch
from torch import nn, optim

lr = 0.01
start = torch.ones(3, dtype=torch.float64)
gradient = torch.tensor([200.0, 1.0, -0.003], dtype=torch.float64)


def one_step(kind, theta_0, g, **options):
    theta = nn.Parameter(theta_0.clone())
    theta.grad = g.clone()
    kind([theta], lr=lr, **options).step()
    return theta.detach()


def show(name, values):
    print(f"{name:18}", *(f"{value:9.4f}" for value in values))


plain = (start - one_step(optim.SGD, start, gradient)) / lr
momentum = (start - one_step(optim.SGD, start, gradient, momentum=0.9)) / lr
adam = (start - one_step(optim.Adam, start, gradient)) / lr
adamw = (start - one_step(optim.AdamW, start, gradient)) / lr

show("gradient", gradient)
show("SGD", plain)
show("SGD, momentum=0.9", momentum)
show("Adam", adam)
show("AdamW", adamw)

# %% tags=["hide-input"]
theta = nn.Parameter(start.clone())
default_decay = optim.AdamW([theta]).defaults["weight_decay"]
spread = (gradient.abs().max() / gradient.abs().min()).item()
assert torch.equal(plain, momentum) and torch.allclose(plain, gradient, rtol=0, atol=1e-12)
assert torch.allclose(adam, gradient.sign(), rtol=0, atol=1e-5)
assert torch.allclose(adamw - adam, default_decay * start, rtol=0, atol=1e-12)
assert optim.Adam([theta]).defaults["weight_decay"] == 0

# %% [markdown] lang="zh" twin="a2db61"
# SGD 的步子与梯度成正比；第一步还没有积下动量，加不加都一样。Adam 的第一步几乎只看**正负号**：三个梯度相差 {{ spread:,.0f }} 倍，
# 步子却一样大，都是一个学习率。AdamW 又多出一点，那是权重衰减：它默认就是 {{ default_decay }}，而 `Adam` 默认是 0。
#
# 这一课把每种更新推出来，再和 `torch.optim` 一步一步对账。字母照 torch 文档：$\theta_t$ 是参数的一个元素走了 $t$ 步之后的值，
# $g_t$ 是那一步 `.grad` 里的数，$\gamma$ 是学习率，$\lambda$ 是 `weight_decay`。
#
# ## `zero_grad`：清成 `None`，不是清成 0
#
# 反向把梯度*加*进 `.grad`，所以每步之前要清掉。`zero_grad()` 默认把 `.grad` 设成 `None`；`set_to_none=False` 才填上 0。
# 这两者并不等价。先走一步，清掉梯度，不做反向，再走一步：

# %% [markdown] lang="en" twin="fdc56a"
# SGD moves in proportion to the gradient; at its first step there is no momentum yet, so that option changes nothing.
# Adam's first step sees little but the **sign**: the gradients differ by a factor of {{ spread:,.0f }}, and the steps are equally
# long, one learning rate each. AdamW adds a little. That is weight decay, which is {{ default_decay }} by default; for `Adam` it is 0.
#
# This lesson derives each update and compares it with `torch.optim`, step by step. Letters are those of torch's
# documentation: $\theta_t$ is one entry of a parameter after $t$ steps, $g_t$ the number in `.grad` at that step, $\gamma$
# the learning rate, $\lambda$ is `weight_decay`.
#
# ## `zero_grad`: to `None`, not to 0
#
# Backward *adds* to `.grad`, so it has to be cleared before each step. By default `zero_grad()` sets `.grad` to `None`;
# only `set_to_none=False` fills in 0. The two are not equivalent. Take a step, clear the gradient, and take another
# without any backward pass:

# %%
after_two = {}
for set_to_none in (True, False):
    theta = nn.Parameter(torch.ones(1, dtype=torch.float64))
    optimizer = optim.SGD([theta], lr=0.1, momentum=0.9, weight_decay=0.01)
    theta.grad = torch.ones(1, dtype=torch.float64)
    optimizer.step()
    after_one = theta.item()
    optimizer.zero_grad(set_to_none=set_to_none)
    optimizer.step()
    after_two[set_to_none] = theta.item()
    print(f"set_to_none={set_to_none}  grad={theta.grad}")
    print(f"theta {after_one:.4f} -> {theta.item():.4f}")

assert after_two[True] == after_one > after_two[False]

# %% [markdown] lang="zh" twin="aa1e84"
# `None` 的意思是“这一步没有你的事”，`step()` 会跳过它。0 却是一个梯度：动量还在推，权重衰减还在缩，参数照样动。
# 网络里有一部分这一步没参加前向时，差别就在这里。
#
# ## SGD：动量与权重衰减
#
# 动量 $b_t$ 按系数 $\mu$ 累计以往的梯度。权重衰减先把 $\lambda\theta_{t-1}$ 加进梯度，得到 $\tilde g_t$，所以它也会进到动量里：

# %% [markdown] lang="en" twin="8a6a03"
# `None` says "not your turn", and `step()` skips the parameter. 0 is a gradient: momentum still pushes, weight decay still
# shrinks, and the parameter moves. It matters when a part of a network took no part in this forward pass.
#
# ## SGD: momentum and weight decay
#
# Momentum $b_t$ accumulates past gradients with a factor $\mu$. Weight decay first adds $\lambda\theta_{t-1}$ to the gradient,
# which gives $\tilde g_t$, and so it enters the momentum too:

# %%
import derivations as dv

sgd = dv.derive(dv.SGD(momentum=True, weight_decay=True))
sgd

# %% [markdown] lang="zh" twin="e4d987"
# 把推导的最后一行原样变成一个 Python 函数，就可以对账了：

# %% [markdown] lang="en" twin="cc2714"
# To compare, the last line of a derivation is turned into a Python function as it stands:

# %%
from sympy import Indexed, Symbol, lambdify


def as_function(derivation):
    line = derivation.result
    letters = {each: Symbol(each.base.name) for each in line.atoms(Indexed)}
    line = line.xreplace(letters | {Symbol("lambda"): Symbol("decay")})
    names = sorted(map(str, line.free_symbols))
    function = lambdify(names, line, modules=[{"sqrt": torch.sqrt}])
    return lambda **values: function(*(values[name] for name in names))


# %% [markdown] lang="zh" twin="aa3568"
# 下面真的训练一个小分类器，五步。每一步之前，从参数、`.grad` 和 `optimizer.state` 里读出 $\theta_{t-1}$、$g_t$ 和优化器自己记的账；
# 让 torch 走一步，再看公式的预测差多少。
#
# 允许差多少？两边都只有加减乘除和开方。把公式里相加的各项都换成绝对值，加起来记作 $M$。每舍入一次至多差 $\mathrm{eps}\cdot M/2$，
# 每边累计不到 16 次，两边合起来不超过 $16\,\mathrm{eps}\cdot M$。
# 代码里把 $\gamma$ 换成 $-\gamma$、各个数换成绝对值，再算一次公式，就得到 $M$。

# %% [markdown] lang="en" twin="f2271c"
# Now a small classifier is really trained, for five steps. Before each, $\theta_{t-1}$, $g_t$ and what the optimizer
# remembers are read from the parameter, from `.grad` and from `optimizer.state`; torch takes its step, and the formula's
# prediction is held against it.
#
# How much may they differ? Both sides add, subtract, multiply, divide and take roots, no more. Take the absolute values of the
# terms that the formula adds up, and call their sum $M$. Each rounding costs at most $\mathrm{eps}\cdot M/2$, and either side
# accumulates fewer than 16; so together they stay below $16\,\mathrm{eps}\cdot M$. The code finds $M$ by computing the
# formula once more, with $-\gamma$ for $\gamma$ and absolute values for the numbers.

# %%
torch.manual_seed(0)
X = torch.randn(8, 3, dtype=torch.float64)
y = torch.randint(2, (8,))
W = torch.randn(2, 3, dtype=torch.float64)
eps = torch.finfo(torch.float64).eps


def compare(optimizer, formula, remembered, numbers):
    (theta,) = optimizer.param_groups[0]["params"]
    for t in range(1, 6):
        optimizer.zero_grad()
        nn.functional.cross_entropy(X @ theta.T, y).backward()

        known = {"theta": theta.detach().clone(), "g": theta.grad.clone()}
        for letter, name in remembered.items():
            zero = torch.zeros_like(theta)
            known[letter] = optimizer.state[theta].get(name, zero).clone()
        optimizer.step()
        deviation = (theta.detach() - formula(**known, **numbers, t=t)).abs()

        sizes = {letter: value.abs() for letter, value in known.items()}
        minus = numbers | {"gamma": -numbers["gamma"]}
        bound = 16 * eps * formula(**sizes, **minus, t=t)
        assert (deviation <= bound).all()
        print(f"t={t}  deviation {deviation.max():.1e}  bound {bound.min():.1e}")


theta = nn.Parameter(W.clone())
optimizer = optim.SGD([theta], lr=0.1, momentum=0.9, weight_decay=0.01)
numbers = {"gamma": 0.1, "mu": 0.9, "decay": 0.01}
compare(optimizer, as_function(sgd), {"b": "momentum_buffer"}, numbers)

# %% [markdown] lang="zh" twin="1c8beb"
# 五步都对上了。（打印的是最大的偏差和最小的误差界。）
#
# ## Adam 的第一步
#
# Adam 记两本账：梯度的滑动平均 $m_t$，和梯度平方的滑动平均 $v_t$。两者都从 0 起步，所以头几步偏小，要分别除以 $1-\beta_1^t$ 和 $1-\beta_2^t$ 修正。
# 把第一步完全写开：

# %% [markdown] lang="en" twin="62dac1"
# All five steps agree. (Printed are the largest deviation and the smallest bound.)
#
# ## Adam's first step
#
# Adam remembers two things: a moving average $m_t$ of the gradient, and one of its square, $v_t$. Both start at 0 and are
# too small at first, so they are divided by $1-\beta_1^t$ and $1-\beta_2^t$. Written out, the first step is:

# %%
dv.derive(dv.Adam(), "unrolled", steps=1)

# %% tags=["hide-input"]
adam_eps = optim.Adam([theta]).defaults["eps"]
closed = gradient / (gradient.square().sqrt() + adam_eps)
thousandfold = (start - one_step(optim.Adam, start, 1000 * gradient)) / lr
assert torch.allclose(adam, closed, rtol=0, atol=4 * eps / lr)
assert torch.allclose(adam, thousandfold, rtol=0, atol=1e-5)

# %% [markdown] lang="zh" twin="56544c"
# $\beta_1$、$\beta_2$ 全约掉了。$\sqrt{g_1^2}=|g_1|$，只要 $|g_1|$ 远大于 $\varepsilon$（默认 {{ adam_eps:.0e }}），
# 分数就约等于 $g_1$ 的符号，参数移动大约一个学习率。开头那张表就是这么来的。把损失乘上一千，SGD 的步子大一千倍，
# Adam 的第一步几乎不变。
#
# ## 权重衰减：从哪里进去
#
# `Adam` 的权重衰减和 SGD 一样，加进梯度：$\tilde g_t = g_t+\lambda\theta_{t-1}$。于是它也要进 $m$ 和 $v$，也要被 $\sqrt{\hat v_t}$ 除。
# `AdamW` 让它绕开这一切，直接把参数缩小，$\theta_{t-1}$ 先乘上 $1-\gamma\lambda$：

# %% [markdown] lang="en" twin="9d3d4a"
# $\beta_1$ and $\beta_2$ have cancelled. $\sqrt{g_1^2}=|g_1|$, and while $|g_1|$ is much larger than $\varepsilon$
# ({{ adam_eps:.0e }} by default), the fraction is nearly the sign of $g_1$: the parameter moves by about one learning rate. That is the table at
# the top. Multiply the loss by a thousand, and SGD's step is a thousand times as long; Adam's first step hardly changes.
#
# ## Where weight decay enters
#
# In `Adam`, as in SGD, weight decay is added to the gradient: $\tilde g_t = g_t+\lambda\theta_{t-1}$. So it enters $m$ and $v$, and
# is divided by $\sqrt{\hat v_t}$. In `AdamW` it bypasses all that and shrinks the parameter itself: first, $\theta_{t-1}$ is
# multiplied by $1-\gamma\lambda$:

# %%
decoupled = dv.derive(dv.AdamW(weight_decay=True))
decoupled

# %%
averages = {"m": "exp_avg", "v": "exp_avg_sq"}
numbers = {"gamma": 0.1, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8, "decay": 0.01}

print("AdamW")
theta = nn.Parameter(W.clone())
optimizer = optim.AdamW([theta], lr=0.1, weight_decay=0.01)
compare(optimizer, as_function(decoupled), averages, numbers)

print("Adam")
theta = nn.Parameter(W.clone())
optimizer = optim.Adam([theta], lr=0.1)
compare(optimizer, as_function(dv.derive(dv.Adam())), averages, numbers)

# %% [markdown] lang="zh" twin="dd70ca"
# 都对上了。$1-\beta_1^t$ 和 $1-\beta_2^t$ 在两边都由 Python 算成同一个浮点数，所以上面的误差界照样成立。
#
# 两种衰减都可以用没有衰减的 `Adam` 拼出来，结果逐位相等。再看各自移动了多少：四个元素里，第二、第四个的梯度恰好是 0。

# %% [markdown] lang="en" twin="7bae8c"
# All agree. $1-\beta_1^t$ and $1-\beta_2^t$ are computed by Python on both sides, to the same floating-point number, so the bound above
# still holds.
#
# Both kinds of decay can be put together from an `Adam` without any, equal to the last bit. And look how far each moves: of the four entries,
# the second and the fourth have a gradient of exactly 0.

# %%
decay = 0.01
theta_0 = torch.tensor([1.0, 1.0, -1.0, 20.0], dtype=torch.float64)
g = torch.tensor([0.5, 0.0, 0.5, 0.0], dtype=torch.float64)

in_adam = one_step(optim.Adam, theta_0, g, weight_decay=decay)
in_adamw = one_step(optim.AdamW, theta_0, g, weight_decay=decay)
assert torch.equal(in_adam, one_step(optim.Adam, theta_0, g + decay * theta_0))
assert torch.equal(in_adamw, one_step(optim.Adam, (1 - lr * decay) * theta_0, g))

show("theta_0", theta_0)
show("gradient", g)
show("moved / lr, Adam", (theta_0 - in_adam) / lr)
show("moved / lr, AdamW", (theta_0 - in_adamw) / lr)

# %% tags=["hide-input"]
idle = g == 0
assert torch.allclose(theta_0 - in_adam, lr * torch.sign(g + decay * theta_0), rtol=1e-5)
assert torch.allclose((theta_0 - in_adamw)[idle], lr * decay * theta_0[idle], rtol=1e-12)

# %% [markdown] lang="zh" twin="e8e950"
# 在 `Adam` 里，梯度是 0 的元素被衰减推了一个学习率。$\lambda$ 取多少、参数多大都没有关系：除以 $\sqrt{\hat v_t}$ 之后，只剩下符号。
# 有梯度的元素则几乎看不出衰减。在 `AdamW` 里，每个元素都老老实实地缩掉 $\gamma\lambda\theta_{t-1}$。
# 所以同一个 `weight_decay`，在两者中不是一回事。
#
# ## 梯度累积
#
# 显存放不下大批，就把它切成几小批，各做一次反向，最后才 `step()`。`.grad` 本来就是累加的，正好合用。可是该**除以什么**？
#
# 设想语言模型：三条长短不一的句子，补齐到同样长度，补的位置标签是 `-100`，不计损失。一条句子一小批：

# %% [markdown] lang="en" twin="747230"
# In `Adam`, decay pushed the entries whose gradient is 0 by a whole learning rate. Neither $\lambda$ nor the size of the parameter
# matters: divided by $\sqrt{\hat v_t}$, only the sign remains. On entries with a gradient it hardly shows. In `AdamW`,
# every entry shrinks by $\gamma\lambda\theta_{t-1}$, as asked. The same `weight_decay` means different things in the two.
#
# ## Gradient accumulation
#
# When a large batch does not fit into memory, it is cut into micro-batches, with a backward pass for each and one `step()` at the end.
# That `.grad` adds is just what is needed. But **what does one divide by?**
#
# Think of a language model: three sentences of different lengths, padded to one length; the padding has the label `-100` and
# does not count. Each sentence is a micro-batch:

# %%
torch.manual_seed(0)
lengths, longest, features, classes = [12, 3, 1], 12, 4, 3
inputs = torch.randn(3, longest, features, dtype=torch.float64)
rule = torch.randn(classes, features, dtype=torch.float64)
noise = torch.randn(3, longest, classes)
targets = (inputs @ rule.T + noise).argmax(-1)
for target, length in zip(targets, lengths):
    target[length:] = -100

criterion = nn.CrossEntropyLoss()
summed = nn.CrossEntropyLoss(reduction="sum")


def full_batch(W):
    criterion((inputs @ W.T).flatten(0, 1), targets.flatten()).backward()


def wrong(W):
    for x, target in zip(inputs, targets):
        loss = criterion(x @ W.T, target) / len(inputs)
        loss.backward()


def right(W):
    counted = (targets != -100).sum()
    for x, target in zip(inputs, targets):
        loss = summed(x @ W.T, target) / counted
        loss.backward()


def gradient_of(backward, W):
    leaf = W.clone().requires_grad_()
    backward(leaf)
    return leaf.grad


W_0 = torch.zeros(classes, features, dtype=torch.float64)
expected = gradient_of(full_batch, W_0)
off_right = (gradient_of(right, W_0) - expected).abs().max()
off_wrong = (gradient_of(wrong, W_0) - expected).abs().max()

print(f"largest |gradient|       {expected.abs().max():.4f}")
print(f"largest deviation, right {off_right:.1e}")
print(f"largest deviation, wrong {off_wrong:.4f}")

# %% tags=["hide-input"]
valid = targets != -100
K, S = len(inputs), int(valid.sum())
G = dv.explain(None, criterion).gradients((inputs @ W_0.T).flatten(0, 1), targets.flatten())["outputs"]
kappa = (G.abs().T @ inputs.flatten(0, 1).abs()).max().item()
assert off_right <= 2 * (S + 16) * eps * kappa
assert off_wrong > expected.abs().max() / 2
weight_wrong = [1 / (K * length) for length in lengths]
weighted = sum(
    weight * gradient_of(lambda W, x=x, target=target: summed(x @ W.T, target).backward(), W_0)
    for weight, x, target in zip(weight_wrong, inputs, targets)
)
assert torch.allclose(weighted, gradient_of(wrong, W_0), rtol=1e-12, atol=1e-15)

# %% [markdown] lang="zh" twin="ceecb2"
# 错在**把平均再平均**。设第 $k$ 小批有 $S_k$ 个算数的位置，一共 $K$ 小批，$S=\sum_k S_k$，$\ell$ 是各位置的损失：
#
# $$
# \begin{aligned}
# \text{wrong} &= \frac1K\sum_{k=1}^{K}\frac1{S_k}\sum_{n\in k}\ell_n, \\
# \text{right} &= \frac1S\sum_{k=1}^{K}\sum_{n\in k}\ell_n .
# \end{aligned}
# $$
#
# 每个位置本该一样重，都是 $1/S=$ {{ 1 / S:.4f }}。错的写法里，最长的句子每个位置只有 {{ weight_wrong[0]:.4f }}，
# 最短那句仅有的一个位置却占了 {{ weight_wrong[-1]:.4f }}。只有各小批的 $S_k$ 全相等时，两者才一样。
#
# 这不是初学者才犯的错。2024 年，transformers 的 `Trainer` 就因此在累积梯度时训练出不同的结果，见
# [那次修复](https://github.com/huggingface/transformers/pull/34191)。它不报错，损失也在降，只是几步之后就一直比该有的高：

# %% [markdown] lang="en" twin="d7dc84"
# The mistake is to **average averages**. Let micro-batch $k$ have $S_k$ positions that count, let there be $K$ of them,
# $S=\sum_k S_k$, and let $\ell$ be the loss of each position:
#
# $$
# \begin{aligned}
# \text{wrong} &= \frac1K\sum_{k=1}^{K}\frac1{S_k}\sum_{n\in k}\ell_n, \\
# \text{right} &= \frac1S\sum_{k=1}^{K}\sum_{n\in k}\ell_n .
# \end{aligned}
# $$
#
# Every position should weigh the same, $1/S=$ {{ 1 / S:.4f }}. Done wrong, each position of the longest sentence weighs
# {{ weight_wrong[0]:.4f }}, and the only one of the shortest weighs {{ weight_wrong[-1]:.4f }}. The two agree only if all the $S_k$ are equal.
#
# Not a beginner's mistake: in 2024, the `Trainer` of transformers was found to train differently with accumulation for this reason; see
# [the repair](https://github.com/huggingface/transformers/pull/34191). Nothing raises, and the loss goes down; only, after a few
# steps, it stays above where it should be:

# %% tags=["hide-input"]
from derivations import figures


def losses(backward, steps=60, rate=0.5):
    W, path = W_0, []
    for _ in range(steps + 1):
        path.append(criterion((inputs @ W.T).flatten(0, 1), targets.flatten()).item())
        W = W - rate * gradient_of(backward, W)
    return path


paths = {each.__name__: losses(each) for each in (full_batch, right, wrong)}
last = {name: path[-1] for name, path in paths.items()}
assert max(abs(a - b) for a, b in zip(paths["full_batch"], paths["right"])) < 1e-12
assert all(a < b for a, b in zip(paths["full_batch"][10:], paths["wrong"][10:]))
assert all(b < a for a, b in zip(paths["wrong"], paths["wrong"][1:]))
steps = range(len(paths["wrong"]))
figures.chart(
    figures.Curve(steps, paths["full_batch"], label=("整批", "full batch")),
    figures.Curve(steps[::5], paths["right"][::5], label=("累积，对", "accumulated, right"), style="points"),
    figures.Curve(steps, paths["wrong"], label=("累积，错", "accumulated, wrong"), style="dashed"),
    title=("整批的损失，随步数变化", "Loss of the full batch, step by step"),
    x_label=("步数", "step"),
    y_label=("损失", "loss"),
    alt=(
        f"正确的累积与整批完全重合，损失降到 {last['right']:.3f}；错误的累积降得慢，最后是 {last['wrong']:.3f}。",
        f"Accumulated right, the loss is that of the full batch and falls to {last['right']:.3f}; "
        f"accumulated wrong, it falls more slowly, to {last['wrong']:.3f}.",
    ),
)

# %% [markdown] lang="zh" twin="be1215"
# 自己的训练代码也可以这样查：`dv.assert_step` 跑一遍，把留下的 `.grad` 和整批的梯度比，认得出错在哪里，并给出每个小批该乘的系数。

# %% [markdown] lang="en" twin="818c37"
# Your own training code can be checked in the same way: `dv.assert_step` runs it, compares the `.grad` that it leaves with the gradient of
# the whole batch, knows the mistake by name, and says what to multiply each micro-batch by.

# %%
model = nn.Linear(features, classes, bias=False, dtype=torch.float64)


def mean_of_means(model, criterion, batches):
    for x, target in batches:
        loss = criterion(model(x), target) / len(batches)
        loss.backward()


try:
    dv.assert_step(mean_of_means, model, criterion, list(zip(inputs, targets)))
except dv.GradientMismatch as error:
    found = error.diagnosis

found

# %% tags=["hide-input"]
(mistake,) = found.mistakes
assert mistake.key.split() == ["mean", "of", "means"]

# %% [markdown] lang="zh" twin="fd063e"
# 更多的例子在[检验你的梯度](../check.py)。
#
# ## 自己验一验
#
# 某个元素的梯度极小，恰好等于 $\varepsilon$，也就是 {{ adam_eps:.0e }}。Adam 的第一步走多远？

# %% [markdown] lang="en" twin="e63f8a"
# More examples are in [Check your gradient](../check.py).
#
# ## Check yourself
#
# The gradient of some entry is tiny: exactly $\varepsilon$, that is {{ adam_eps:.0e }}. How far does Adam's first step go?

# %% tags=["hide-input"]
zero = torch.zeros(1, dtype=torch.float64)
half = -one_step(optim.Adam, zero, zero + adam_eps).item() / lr
assert abs(half - 1 / 2) < 1e-12

# %% [markdown] lang="zh" twin="c842da"
# ??? question "看答案"
#     半个学习率。第一步是 $\gamma\,\dfrac{g_1}{|g_1|+\varepsilon}$，$g_1=\varepsilon$ 时分数是二分之一。torch 走出来的是学习率的 {{ half:.6f }} 倍。
#     这样小的梯度，SGD 几乎不动，Adam 仍然走出半步。
#
# 学习率最大能开到多少，由什么决定？接下来看[曲率](curvature.py)。

# %% [markdown] lang="en" twin="e1550d"
# ??? question "Answer"
#     Half a learning rate. The first step is $\gamma\,\dfrac{g_1}{|g_1|+\varepsilon}$, and for $g_1=\varepsilon$ the fraction is one
#     half. torch's step is {{ half:.6f }} times the learning rate. On so small a gradient SGD hardly moves; Adam still goes half a step.
#
# How large can a learning rate be, and what decides? Next: [curvature](curvature.py).
