# ---
# description:
#   zh: 线性模型与均方误差：从下标式推到 GᵀX，画出损失曲面和下降的路径，用正规方程求最小值点，并说清它何时唯一。每个数都是现算的。
#   en: "Linear model and MSE: from indices to GᵀX, the loss surface with the path of descent, the normal equations, and when the minimiser is unique."
# ---

# %% [markdown] lang="zh" twin="ef94c1"
# # 线性模型与均方误差
#
# 线性模型配上均方误差，最好的 $W$ 和 $b$ 不必训练，解一个方程组就能得到。**那么梯度下降走到的是同一个地方吗？换个起点还是吗？**
#
# 先说答案。损失最小的地方，就是梯度为零的地方，也就是*正规方程*的解。在 $X$ 右边添一列 1，记作 $[X\ \mathbf 1]$：
# 它列满秩（没有哪一列能由其余的列凑出来）时，解只有一个，学习率够小的话，从哪里出发都会走到那里；
# 不满秩时，解有无穷多个，走到哪一个要看起点。

# %% [markdown] lang="en" twin="a59204"
# # Linear model and MSE
#
# For a linear model with mean squared error, the best $W$ and $b$ need no training: they solve a system of equations.
# **Does gradient descent end up at the same place? From every starting point?**
#
# The answer first. The loss is least where the gradient is zero, which is where the *normal equations* hold. Put a
# column of ones to the right of $X$ and call the result $[X\ \mathbf 1]$. If it has full column rank (no column is a
# combination of the others), there is one solution, and with a small enough learning rate descent gets there from
# anywhere. If not, there are infinitely many, and which one it gets to depends on the start.

# %%
import torch
from torch import nn, optim

import derivations as dv
from derivations import figures

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)

criterion = nn.MSELoss()
model = nn.Linear(3, 3)
X, Y = torch.randn(6, 3), torch.randn(6, 3)
N, C = Y.shape

# %% [markdown] lang="zh" twin="274fe2"
# ## 从下标到矩阵
#
# 先看梯度。上面的模型有三个特征、三个输出，我们只算 `weight.grad` 里的*一个*元素。
# 记 $G=\partial L/\partial Z$，那么第 $j$ 行第 $m$ 列是 $\sum_n G_{nj}X_{nm}$：
# 每个样本贡献一项，是“第 $j$ 个输出差了多少”乘以“第 $m$ 个特征有多大”。

# %% [markdown] lang="en" twin="92a330"
# ## From indices to matrices
#
# The gradient first. The model above has three features and three outputs; we compute *one* entry of `weight.grad`. With
# $G=\partial L/\partial Z$, the entry in row $j$ and column $m$ is $\sum_n G_{nj}X_{nm}$: each sample contributes one term,
# "how far off output $j$ is" times "how large feature $m$ is".

# %%
criterion(model(X), Y).backward()

G = 2 / (N * C) * (model(X) - Y).detach()
j, m = 0, 2
entry = sum(G[n, j] * X[n, m] for n in range(N))

print("entry            ", entry.item())
print("(G.T @ X)[j, m]  ", (G.T @ X)[j, m].item())
print("weight.grad[j, m]", model.weight.grad[j, m].item())
assert torch.allclose(G.T @ X, model.weight.grad)

# %% [markdown] lang="zh" twin="0910b2"
# 三个数是同一个。把 $j$ 和 $m$ 取遍，正好是矩阵乘法 $G^{\top}X$ 的定义。逐行的推导如下，从链式法则开始：

# %% [markdown] lang="en" twin="9e4ecc"
# The three are one number. Let $j$ and $m$ run, and this is the definition of the matrix product $G^{\top}X$. Line by
# line, beginning with the chain rule:

# %%
explanation = dv.explain(model, criterion)
explanation.derivation("weight")

# %% [markdown] lang="zh" twin="675ee5"
# 再对账：公式、autograd 和精确值。

# %% [markdown] lang="en" twin="bc17a6"
# And the accounts: formula, autograd and exact value.

# %%
certificate = explanation.certify(X, Y, wrt=("weight", "bias"))
certificate.require()

# %% tags=["hide-input"]
halved = nn.Linear(3, 3)
halved.load_state_dict(model.state_dict())
(((halved(X) - Y) ** 2).sum(1) / 2).mean().backward()
ratio = halved.weight.grad / model.weight.grad
assert torch.allclose(ratio, torch.full_like(ratio, C / 2))

# %% [markdown] lang="zh" twin="6a1dfe"
# 那个 $\frac{1}{2}$ 呢？不少教材把一个样本的损失写成 $\frac{1}{2}\lVert z-y\rVert^2$，再对 $N$ 个样本平均；
# `nn.MSELoss` 没有 $\frac{1}{2}$，而且对全部 $N\cdot C$ 个元素平均，所以这里两边的梯度处处差 {{ ratio.mean().item():.1f}} 倍，
# 也就是 $C/2$（[到底是哪个平均](which_mean.py)）。常数倍不改变最小值点，对 SGD 来说只相当于换了学习率。
#
# ## 损失曲面
#
# 一个特征、一个输出时，参数只有 $w$ 和 $b$ 两个，损失可以画成地图。下面用五个点，让 torch 的 SGD 从两个起点各走一遍：

# %% [markdown] lang="en" twin="1622cf"
# And the $\frac{1}{2}$? Many textbooks write the loss of one sample as $\frac{1}{2}\lVert z-y\rVert^2$ and take the mean over
# the $N$ samples. `nn.MSELoss` has no $\frac{1}{2}$, and its mean is over all $N\cdot C$ entries; so here the two gradients
# differ everywhere by a factor of {{ ratio.mean().item():.1f}}, which is $C/2$ ([Which mean?](which_mean.py)). A constant
# factor does not move the minimiser; for SGD it is a change of learning rate.
#
# ## The loss surface
#
# With one feature and one output there are just two parameters, $w$ and $b$, and the loss can be drawn as a map. Here are
# five points, and torch's SGD walking from two different starts:

# %%
x = torch.tensor([[-1.0], [0.0], [1.0], [2.0], [3.0]])
y = torch.tensor([[-1.0], [0.5], [1.0], [3.5], [4.0]])


def descend(start, x, y, lr, steps=60, optimizer=optim.SGD):
    model = nn.Linear(1, 1)
    with torch.no_grad():
        model.weight.fill_(start[0])
        model.bias.fill_(start[1])
    optimizer = optimizer(model.parameters(), lr=lr)
    path = [start]
    for _ in range(steps):
        optimizer.zero_grad()
        criterion(model(x), y).backward()
        optimizer.step()
        path.append((model.weight.item(), model.bias.item()))
    return path


starts = [(-1.0, 1.5), (3.5, -0.5)]
first, second = [descend(start, x, y, lr=0.1) for start in starts]

for w, b in (first[-1], second[-1]):
    print(f"w = {w:.4f}  b = {b:.4f}")

# %% tags=["hide-input"]
import itertools
import math


def surface(x, y):
    """values[i][j] at w[j], b[i]"""
    w, b = torch.linspace(-1.5, 4, 56), torch.linspace(-2, 3, 51)
    outputs = w[None, :, None] * x.flatten() + b[:, None, None]
    return w.tolist(), b.tolist(), (outputs - y.flatten()).square().mean(2).tolist()


def end(path, digits=2):
    return "({:.{d}f}, {:.{d}f})".format(*path[-1], d=digits).replace("-", "−")


def length(path):
    return sum(math.dist(*ends) for ends in itertools.pairwise(path))


assert end(first) == end(second)
assert all(length(path[:6]) > length(path) / 2 for path in (first, second))
figures.contour_map(
    *surface(x, y),
    paths=[
        figures.Path(first, label=("第一条路", "first walk")),
        figures.Path(second, label=("第二条路", "second walk")),
    ],
    marks=[
        figures.Mark(starts[0], label=("起点一", "start one")),
        figures.Mark(starts[1], label=("起点二", "start two")),
        figures.Mark(first[-1], label=("最小值点", "minimiser")),
    ],
    title=("五个点的损失：一只碗", "The loss of five points: a bowl"),
    x_label=("权重 w", "weight w"),
    y_label=("偏置 b", "bias b"),
    alt=(
        f"损失的等高线是一圈圈椭圆；两条下降的路径从不同的起点出发，都走到 (w, b) = {end(first)}。",
        f"The contours of the loss are ellipses; two paths of descent from different starts both end at (w, b) = {end(first)}.",
    ),
)

# %% [markdown] lang="zh" twin="993344"
# 损失是 $w$ 和 $b$ 的二次函数，这里是一只碗。两条路都是先快后慢，头五步就走完了一半以上的路程：陡的方向很快走到头，剩下的是沿着谷底慢慢挪。
# 谷有多窄、学习率最大能取多少，留给[曲率](curvature.py)那一课。
#
# ## 不走路，直接解
#
# 碗底的梯度是零。把 $Z=XW^{\top}+\mathbf 1 b^{\top}$ 代进梯度，令它等于零，就得到关于 $W$ 和 $b$ 的线性方程：

# %% [markdown] lang="en" twin="19ffe8"
# The loss is a quadratic function of $w$ and $b$; here it is a bowl. Both walks are fast first and slow later, with more
# than half of the way done in five steps: the steep direction is soon used up, and what remains is creeping along the valley
# floor. How narrow the valley is, and how large the learning rate may be, is for the lesson on [curvature](curvature.py).
#
# ## Solving instead of walking
#
# At the bottom of the bowl the gradient is zero. Put $Z=XW^{\top}+\mathbf 1 b^{\top}$ into the gradient, set it to zero, and
# what comes out is linear in $W$ and $b$:

# %%
dv.normal_equations()

# %% [markdown] lang="zh" twin="fdc550"
# 偏置的方程同理，只要把特征 $X_{nm}$ 换成 1。所以两组方程可以合成一组：记 $A=[X\ \mathbf 1]$，再把权重和偏置拼成 $\theta=[W\ b]$，那么
#
# $$
# A^{\top}A\,\theta^{\top} = A^{\top}Y.
# $$

# %% [markdown] lang="en" twin="228858"
# The equation for the bias is the same with the feature $X_{nm}$ replaced by 1. So the two are one system: with
# $A=[X\ \mathbf 1]$, and $\theta=[W\ b]$ for weight and bias side by side,
#
# $$
# A^{\top}A\,\theta^{\top} = A^{\top}Y.
# $$

# %%
A = torch.cat([x, torch.ones_like(x)], dim=1)
solution = torch.linalg.solve(A.T @ A, A.T @ y)
w, b = solution.flatten().tolist()
Z = A @ solution

print(f"w = {w:.4f}  b = {b:.4f}")
print("A.T @ (Z - y) =", (A.T @ (Z - y)).flatten().tolist())
print("loss =", criterion(Z, y).item())

# %% tags=["hide-input"]
distance = (torch.tensor(first[-1]) - solution.flatten()).norm().item()
assert distance < 0.01
assert (A.T @ (Z - y)).abs().max() < 1e-12
assert criterion(Z, y) > 0.1
ends = [x.min().item() - 0.5, x.max().item() + 0.5]
figures.chart(
    figures.Curve(x.flatten(), y.flatten(), label=("样本", "samples"), style="points"),
    figures.Curve(
        ends,
        [starts[0][0] * e + starts[0][1] for e in ends],
        label=("起点一的直线", "line at start one"),
        style="dashed",
    ),
    figures.Curve(ends, [w * e + b for e in ends], label=("最小值点的直线", "line at the minimiser")),
    title=("同样的参数，画成直线", "The same parameters as lines"),
    x_label=("特征 x", "feature x"),
    y_label=("目标 y 与输出 z", "target y and output z"),
    alt=(
        f"五个样本点；起点一的直线向下斜，离它们很远；最小值点的直线斜率 {w:.2f}、截距 {b:.2f}，从它们中间穿过。",
        f"Five samples; the line at start one slopes down, far from them; the one at the minimiser, with slope {w:.2f} and intercept {b:.2f}, runs through them.",
    ),
)

# %% [markdown] lang="zh" twin="3d7567"
# 这就是两条路要去的地方：第一条路走了 {{ len(first) - 1 }} 步，还差 {{ distance:.4f }}。最小值点的损失不是零，是 {{ criterion(Z, y).item():.2f }}：
# 五个点不在一条直线上。为零的是 $A^{\top}(Z-Y)$：误差加起来是零，用特征加权后加起来还是零。
# 换句话说，剩下的误差里，再没有 $x$ 和常数能解释的部分。
#
# ## 只有一个解吗
#
# 要看 $A$ 的列。假如五个样本的特征全都一样：

# %% [markdown] lang="en" twin="175440"
# This is where both walks were going: after {{ len(first) - 1 }} steps, the first was {{ distance:.4f }} away. At the minimiser the
# loss is not zero but {{ criterion(Z, y).item():.2f }}: five points are not on one line. What is zero is $A^{\top}(Z-Y)$: the errors add
# up to zero, and weighted by the feature they still do. In other words, nothing is left in the errors that $x$ and a constant
# could explain.
#
# ## Is there only one?
#
# That depends on the columns of $A$. Suppose that all five samples have the same feature:

# %%
same = torch.full_like(x, 2.0)
A_same = torch.cat([same, torch.ones_like(same)], dim=1)

print("matrix_rank(A) =", torch.linalg.matrix_rank(A).item())
print("matrix_rank(A_same) =", torch.linalg.matrix_rank(A_same).item())
try:
    torch.linalg.solve(A_same.T @ A_same, A_same.T @ y)
except RuntimeError as error:
    print(error)

# %% [markdown] lang="zh" twin="aff433"
# 秩少了一，`solve` 只好报错：解有无穷多个。梯度下降却照走不误，还是从那两个起点出发：

# %% [markdown] lang="en" twin="ec7f0f"
# The rank is one less, and `solve` has to give up: there are infinitely many solutions. Descent does not mind. From the same
# two starts:

# %%
third, fourth = [descend(start, same, y, lr=0.03) for start in starts]

for w, b in (third[-1], fourth[-1]):
    print(f"w = {w:.4f}  b = {b:.4f}  w * x + b = {2 * w + b:.4f}")
print(f"y.mean() = {y.mean():.4f}")

# %% tags=["hide-input"]
limits = torch.tensor([third[-1], fourth[-1]])
assert torch.allclose(limits @ A_same[0], y.mean().expand(2))
assert (limits[0] - limits[1]).norm() > 1
along = torch.tensor([1.0, -2.0])
assert torch.equal(A_same @ along, torch.zeros(5))
assert torch.allclose(limits @ along, torch.tensor(starts) @ along)
floor = [(w, y.mean().item() - 2 * w) for w in (-1.5, 2.5)]
adam = torch.tensor(descend(starts[0], same, y, lr=0.1, steps=500, optimizer=optim.Adam)[-1])
assert (adam @ A_same[0] - y.mean()).abs() < 1e-3 and (adam - limits[0]).norm() > 0.1
assert torch.linalg.matrix_rank(A_same.T @ A_same + 0.01 * torch.eye(2)) == 2
figures.contour_map(
    *surface(same, y),
    paths=[
        figures.Path(third, label=("第一条路", "first walk")),
        figures.Path(fourth, label=("第二条路", "second walk")),
        figures.Path(floor, label=("沟底", "floor")),
    ],
    marks=[
        figures.Mark(third[-1], label=("终点一", "end one")),
        figures.Mark(fourth[-1], label=("终点二", "end two")),
    ],
    title=("特征全都一样：一条沟", "All features the same: a trough"),
    x_label=("权重 w", "weight w"),
    y_label=("偏置 b", "bias b"),
    alt=(
        f"等高线是平行的直线，中间是一条沟；两条路径各自直着下到沟底，一条停在 {end(third)}，另一条停在 {end(fourth)}。",
        f"The contours are parallel lines along a trough; each path goes straight down to its floor, one to {end(third)}, the other to {end(fourth)}.",
    ),
)

# %% [markdown] lang="zh" twin="a7c7c4"
# 碗变成了沟：沟底整条直线上的损失都一样小。两次训练的参数不同，对这份数据的输出却一样，都是 $y$ 的平均。
#
# 起点为什么有影响？梯度是 $A^{\top}G$（$A$ 各行的线性组合），而沟的方向 $v$ 满足 $Av=0$，所以梯度与 $v$ 总是垂直：
# 参数沿 $v$ 的分量，一步也不会变，从头到尾都是起点给的。换一种初始化，或者换成 Adam，就停在沟底的另一处。
# 想要唯一的答案，可以去掉多余的列，也可以给所有参数加一点权重衰减。
#
# ## 自己验一验
#
# 两个组，用 one-hot 作特征：属于第一组是 $(1,0)$，第二组是 $(0,1)$，模型带偏置。最小值点唯一吗？两次训练能在什么上取得一致？

# %% [markdown] lang="en" twin="5bf959"
# The bowl has become a trough: along the whole line of its floor the loss is equally small. The two trainings differ in
# their parameters, but not in their outputs on these data, which are the mean of $y$.
#
# Why does the start matter? The gradient is $A^{\top}G$, a combination of the rows of $A$, and the direction $v$ of the trough
# has $Av=0$; so the gradient is always perpendicular to $v$. The component of the parameters along $v$ does not change in any
# step: it is what the start gave it. Another initialisation stops somewhere else on the floor, and so does Adam. For one
# answer, drop the superfluous column, or add some weight decay to all parameters.
#
# ## Check yourself
#
# Two groups, with one-hot features: $(1,0)$ for the first group and $(0,1)$ for the second, and a model with a bias. Is the
# minimiser unique? On what do two trainings agree?

# %% tags=["hide-input"]
groups = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0]])
columns = torch.cat([groups, torch.ones(5, 1)], dim=1)
rank = torch.linalg.matrix_rank(columns).item()
found = []
for seed in (1, 2):
    torch.manual_seed(seed)
    model = nn.Linear(2, 1)
    optimizer = optim.SGD(model.parameters(), lr=0.3)
    for _ in range(500):
        optimizer.zero_grad()
        criterion(model(groups), y).backward()
        optimizer.step()
    found.append(model)
biases = [model.bias.item() for model in found]
outputs = [model(torch.eye(2)).flatten().tolist() for model in found]
means = [y[:2].mean().item(), y[2:].mean().item()]
assert abs(biases[0] - biases[1]) > 0.1
assert all(abs(z - mean) < 1e-9 for each in outputs for z, mean in zip(each, means))

# %% [markdown] lang="zh" twin="69bf75"
# ??? question "看答案"
#     不唯一。两列 one-hot 加起来正好是全 1 的那一列，$[X\ \mathbf 1]$ 有 {{ columns.shape[1] }} 列，秩只有 {{ rank }}。
#     两个种子各训练一次，偏置一个是 {{ biases[0]:.4f }}，一个是 {{ biases[1]:.4f }}；
#     每一组的输出却都是该组的平均，{{ means[0]:.4f }} 和 {{ means[1]:.4f }}。所以偏置单独拿出来看，没有意义。
#
# 接下来看 [softmax 与交叉熵](cross_entropy.py)。

# %% [markdown] lang="en" twin="a5e9b8"
# ??? question "Answer"
#     No. The two one-hot columns add up to the column of ones: $[X\ \mathbf 1]$ has {{ columns.shape[1] }} columns but rank
#     {{ rank }}. Trained from two seeds, the bias is {{ biases[0]:.4f }} once and {{ biases[1]:.4f }} the other time; the output
#     for each group is that group's mean both times, {{ means[0]:.4f }} and {{ means[1]:.4f }}. So the bias alone means nothing.
#
# Next: [softmax and cross-entropy](cross_entropy.py).
