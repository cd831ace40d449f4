# ---
# description:
#   zh: 学习率开到多大会发散？从 Hessian 矩阵的最大特征值预先算出 2/λ，再实际训练验证；凸性何时成立，条件数与特征缩放。
#   en: "How large a learning rate diverges? Predicted from the Hessian's largest eigenvalue and observed; convexity, condition number, feature scaling."
# ---

# %% [markdown] lang="zh" twin="6defd5"
# # 曲率
#
# 学习率调大一点，损失就一路涨到 `nan`。**界线在哪里？能不能不试就知道？**
#
# 下面的数据有两个特征，第二个的数值大约是第一个的十倍。同一个线性模型，同样的起点，用两个只差一点点的学习率训练：

# %% [markdown] lang="en" twin="d6635d"
# # Curvature
#
# Raise the learning rate a little, and the loss climbs until it is `nan`. **Where is the line, and can one know without trying?**
#
# The data below have two features, the second about ten times as large as the first. The same linear model is trained
# from the same start, with two learning rates that differ by very little:

# %%
import math

import torch
from torch import nn

torch.manual_seed(0)
N = 40
X = torch.randn(N, 2, dtype=torch.float64) * torch.tensor([1, 10])
X -= X.mean(0)
y = X @ torch.tensor([[2.0], [-0.3]]).double() + torch.randn(N, 1) / 2

criterion = nn.MSELoss()
H = 2 / N * X.T @ X
limit = 2 / torch.linalg.eigvalsh(H)[-1].item()


def train(X, lr, steps=200):
    model = nn.Linear(2, 1, bias=False, dtype=torch.float64)
    nn.init.zeros_(model.weight)
    losses, weights = [], []
    for _ in range(steps + 1):
        loss = criterion(model(X), y)
        losses.append(loss.item())
        weights.append(model.weight.detach().clone())
        (gradient,) = torch.autograd.grad(loss, model.weight)
        with torch.no_grad():
            model.weight -= lr * gradient
    return losses, weights


below, above = 0.98 * limit, 1.02 * limit
stable, unstable = train(X, below)[0], train(X, above)[0]
print(f"lr={below:.6f}  loss {stable[0]:.4f} -> {stable[-1]:.4f}")
print(f"lr={above:.6f}  loss {unstable[0]:.4f} -> {unstable[-1]:.4e}")

# %% tags=["hide-input"]
import derivations as dv
from derivations import figures

best = torch.linalg.lstsq(X, y).solution.T
least = criterion(X @ best.T, y).item()
ratio = above / below
spread = (X.std(0)[1] / X.std(0)[0]).item()
assert 8 < spread < 12 and ratio < 1.05
assert stable[-1] < stable[0] / 50 and unstable[-1] > 1000 * unstable[0]
assert all(b < a for a, b in zip(stable, stable[1:])) and all(a < b for a, b in zip(unstable[5:], unstable[6:]))
assert math.isnan(train(X, 10 * limit, steps=300)[0][-1])
span = range(101)
figures.chart(
    figures.Curve(span, [stable[each] - least for each in span], label=("略小于界线", "just below")),
    figures.Curve(span, [unstable[each] - least for each in span], label=("略大于界线", "just above"), style="dashed"),
    title=("损失离最小值还有多远", "How far the loss is from its minimum"),
    x_label=("步数", "step"),
    y_label=("损失 − 最小值", "loss − minimum"),
    y_scale="log",
    alt=(
        f"纵轴取对数。学习率 {below:.6f} 的曲线一路下降，{above:.6f} 的曲线一路上升，两者只差 {ratio:.3f} 倍。",
        f"On a logarithmic axis, the curve for the learning rate {below:.6f} falls and the one for {above:.6f} rises; "
        f"the two differ by a factor of {ratio:.3f}.",
    ),
)

# %% [markdown] lang="zh" twin="13c640"
# 界线是
#
# $$
# \gamma_{\max} = \frac{2}{\lambda_{\max}(H)},
# $$
#
# $\gamma$ 是学习率，$H$ 是损失的二阶导数（**Hessian 矩阵**），$\lambda_{\max}$ 是它最大的特征值。这里等于 {{ limit:.6f }}，
# 在训练*之前*就由数据算出来了。上面两个学习率，一个是它的 {{ below / limit:.2f }} 倍，一个是 {{ above / limit:.2f }} 倍。
#
# ## Hessian 矩阵，逐行推导
#
# 梯度再求一次导。对均方误差：

# %% [markdown] lang="en" twin="5e0b57"
# The line is
#
# $$
# \gamma_{\max} = \frac{2}{\lambda_{\max}(H)},
# $$
#
# where $\gamma$ is the learning rate, $H$ the matrix of second derivatives of the loss, its **Hessian**, and $\lambda_{\max}$ its
# largest eigenvalue. Here it is {{ limit:.6f }}, computed from the data *before* any training. Of the two learning rates
# above, one is {{ below / limit:.2f }} times as large and one {{ above / limit:.2f }} times.
#
# ## The Hessian, line by line
#
# Differentiate the gradient once more. For mean squared error:

# %%
model = nn.Linear(2, 1, bias=False, dtype=torch.float64)
explanation = dv.explain(model, criterion)
explanation.hessian("weight")

# %% [markdown] lang="zh" twin="870819"
# $\delta_{jk}$ 说明各个输出互不相干；对每一个输出，$H = \frac{2}{NC}\,X^{\top}X$。里面没有 $W$，也没有 $y$：均方误差对权重是二次函数，曲率处处一样，
# 只由输入决定。（有偏置时，给 $X$ 添一列 1，式子照旧。）与 `torch.autograd.functional.hessian` 对一对：

# %% [markdown] lang="en" twin="d8e326"
# $\delta_{jk}$ says that outputs have nothing to do with each other; for each one, $H = \frac{2}{NC}\,X^{\top}X$. There is no $W$ in it
# and no $y$: in the weights, mean squared error is quadratic, its curvature is the same everywhere, and the inputs alone
# determine it. (With a bias, add a column of ones to $X$; the formula stays.) Compare with `torch.autograd.functional.hessian`:

# %%
torch.set_printoptions(precision=4, sci_mode=False)
W_0 = model.weight.detach()
by_torch = torch.autograd.functional.hessian(lambda W: criterion(X @ W.T, y), W_0)
by_torch = by_torch.reshape(2, 2)

eps = torch.finfo(torch.float64).eps
bound = (N + 2) * eps * (2 / N * X.abs().T @ X.abs())
deviation = (H - by_torch).abs()
assert (deviation <= bound).all()

print(H)
print(by_torch)
print(f"deviation {deviation.max():.1e}")

# %% tags=["hide-input"]
with_ones = torch.cat([X, torch.ones_like(y)], dim=1)
joint = torch.autograd.functional.hessian(
    lambda theta: nn.functional.mse_loss(nn.functional.linear(X, theta[:, :2], theta[:, 2]), y),
    torch.zeros(1, 3, dtype=torch.float64),
).reshape(3, 3)
assert torch.allclose(joint, 2 / N * with_ones.T @ with_ones, rtol=1e-12, atol=1e-14)

# %% [markdown] lang="zh" twin="8a8bcf"
# ## 为什么是 2 除以 λ
#
# 设 $W^*$ 是最小值点，$e_t=W_t-W^*$ 是走了 $t$ 步之后还差多少。二次函数的梯度就是 $H e_t$，所以一步梯度下降是 $e_{t+1}=(I-\gamma H)\,e_t$。
# 沿着特征值为 $\lambda$ 的特征向量看，每一步就是乘上同一个数：
#
# $$
# e_t = (1-\gamma\lambda)^t\, e_0 .
# $$
#
# 要缩小，须 $|1-\gamma\lambda|<1$，也就是 $\gamma<2/\lambda$。每个方向都要满足，所以由最大的 $\lambda$ 说了算。拿刚才的训练验证：

# %% [markdown] lang="en" twin="33ca90"
# ## Why 2 over λ
#
# Let $W^*$ be the minimiser and $e_t=W_t-W^*$ what is missing after $t$ steps. The gradient of a quadratic function is $H e_t$, so one
# step of gradient descent is $e_{t+1}=(I-\gamma H)\,e_t$. Along an eigenvector with eigenvalue $\lambda$, each step multiplies
# by the same number:
#
# $$
# e_t = (1-\gamma\lambda)^t\, e_0 .
# $$
#
# It shrinks if $|1-\gamma\lambda|<1$, that is, $\gamma<2/\lambda$. Every direction has to shrink, so the largest $\lambda$ decides. Held against
# the training runs above:

# %%
eigenvalues, directions = torch.linalg.eigh(H)

print("      lr    lambda  1-lr*lambda      e_100  predicted")
for lr in (below, above):
    weights = train(X, lr, steps=100)[1]
    start, end = ((weights[t] - best).flatten() @ directions for t in (0, 100))
    factor = 1 - lr * eigenvalues
    predicted = factor**100 * start
    assert torch.allclose(end, predicted, rtol=1e-6)
    for row in zip(eigenvalues, factor, end, predicted):
        print("{:.6f}  {:8.4f}  {:11.4f}  {:9.4f}  {:9.4f}".format(lr, *row))

# %% [markdown] lang="zh" twin="94d503"
# 特征值大的方向因子是负的，参数在谷底两侧来回跳，每次跳得比上次近一点还是远一点，就看学习率在界线的哪一边。
#
# ## 条件数：慢在哪里
#
# 再看特征值小的方向：它的因子紧挨着 1，几乎不动。学习率被最陡的方向卡住，最平的方向只好慢慢爬。两者之比叫**条件数**，
# $\operatorname{cond}(H)=\lambda_{\max}/\lambda_{\min}$。最好的折中是 $\gamma=2/(\lambda_{\min}+\lambda_{\max})$，此时最陡和最平的方向每步缩小得一样快，都乘上 $\frac{\operatorname{cond}(H)-1}{\operatorname{cond}(H)+1}$。
#
# 办法很简单：把每个特征除以自己的标准差，曲率就均匀了。各用各的最佳学习率，看误差缩到百万分之一要几步：

# %% [markdown] lang="en" twin="7007da"
# Along the larger eigenvalue the factor is negative: the parameter jumps from one side of the valley to the other, and whether
# each jump lands a little nearer or a little farther depends on which side of the line the learning rate is.
#
# ## Condition number: where the time goes
#
# Now the smaller eigenvalue: its factor is close to 1, so hardly anything moves. The steepest direction limits the learning rate, and
# the flattest has to crawl. Their ratio is the **condition number**, $\operatorname{cond}(H)=\lambda_{\max}/\lambda_{\min}$. The best compromise is
# $\gamma=2/(\lambda_{\min}+\lambda_{\max})$: the steepest and the flattest direction then shrink equally fast, by $\frac{\operatorname{cond}(H)-1}{\operatorname{cond}(H)+1}$ at each step.
#
# The cure is simple: divide each feature by its own standard deviation, and the curvature evens out. Each with its own best
# learning rate, how many steps does it take for the error to shrink to a millionth?


# %%
def steps_to_a_millionth(X):
    smallest, largest = torch.linalg.eigvalsh(2 / N * X.T @ X).tolist()
    condition = largest / smallest
    predicted = math.ceil(6 / math.log10((condition + 1) / (condition - 1)))
    _, weights = train(X, 2 / (smallest + largest), steps=predicted + 10)
    goal = torch.linalg.lstsq(X, y).solution.T
    errors = [(W - goal).norm().item() for W in weights]
    observed = sum(error > errors[0] / 10**6 for error in errors)
    print(f"condition {condition:8.4f}  steps: predicted {predicted:3}  observed {observed:3}")
    return condition, predicted, observed


raw = steps_to_a_millionth(X)
scaled = steps_to_a_millionth(X / X.std(0))
assert raw[1] == raw[2] and scaled[1] == scaled[2]
assert scaled[0] < raw[0] and scaled[2] < raw[2]

# %% [markdown] lang="zh" twin="1b138b"
# 条件数从 {{ raw[0]:.1f }} 降到 {{ scaled[0]:.2f }}，步数从 {{ raw[2] }} 降到 {{ scaled[2] }}。模型能表达的东西一点没变，变的只是坐标。
#
# ## 凸：写成平方和
#
# 如果 Hessian 矩阵处处没有负的特征值（半正定），损失就是**凸**的：局部的最小值点就是全局的最小值点。怎么证明？沿任意方向 $V$ 取二阶导数，把它写成平方和。
# 对均方误差这就是 $\frac{2}{NC}\sum_{n,c}U_{nc}^2$。交叉熵也可以，哪怕带着类别权重。
# 第一行引用的 Hessian 矩阵推导很长，这一页不印；在笔记本里看 `convexity.lemmas[0]`。

# %% [markdown] lang="en" twin="47e13b"
# The condition number fell from {{ raw[0]:.1f }} to {{ scaled[0]:.2f }}, and the steps from {{ raw[2] }} to {{ scaled[2] }}. What the model can
# express is just the same; only the coordinates have changed.
#
# ## Convex: a sum of squares
#
# If the Hessian has no negative eigenvalue anywhere (positive semidefinite), the loss is **convex**: a local minimum is a global
# one. How does one prove that? Take the second derivative along any direction $V$ and write it as a sum of squares. For mean squared error that is
# $\frac{2}{NC}\sum_{n,c}U_{nc}^2$. It can be done for cross-entropy too, class weights included.
# The Hessian that the first line refers to has a long derivation, which is not printed here; in the notebook it is `convexity.lemmas[0]`.

# %%
from dataclasses import replace

convexity = dv.convexity(dv.CrossEntropy(weight=True))
replace(convexity, lemmas=convexity.lemmas[1:])

# %% tags=["hide-input"]
V = torch.randn(1, 2, dtype=torch.float64)
assert torch.allclose(V.flatten() @ H @ V.flatten(), 2 / N * (X @ V.T).square().sum(), rtol=1e-12)

# %% [markdown] lang="zh" twin="b42276"
# 每一项都是“系数乘平方”，系数的正负就写在条件里：$w_{y_n}\ge 0$，$S>0$。条件不是摆设。torch 并不拦着你用负的类别权重；试一个，
# 让 $S$ 仍然是正的：

# %% [markdown] lang="en" twin="7e0207"
# Each term is a factor times a square, and the conditions are about the signs of those factors: $w_{y_n}\ge 0$ and $S>0$. They are
# not for show. torch does not stop anyone from using a negative class weight; try one, with $S$ still positive:

# %%
scaled_X = X / X.std(0)
labels = torch.randint(3, (N,))
W = torch.randn(3, 2, dtype=torch.float64)
P = torch.softmax(scaled_X @ W.T, dim=1)
smallest, deviations = [], []


def hessian(w, P):
    each = torch.diag_embed(P) - P[:, :, None] * P[:, None, :]
    of_rows = torch.einsum("njk,nm,nr->njmkr", each, scaled_X, scaled_X)
    return torch.einsum("n,njmkr->jmkr", w[labels], of_rows) / w[labels].sum()


for weight in ([1, 0.5, 2], [1, 0.5, -0.9]):
    w = torch.tensor(weight, dtype=torch.float64)
    loss = nn.CrossEntropyLoss(weight=w)
    by_formula = hessian(w, P)
    by_torch = torch.autograd.functional.hessian(lambda W: loss(scaled_X @ W.T, labels), W)
    deviations.append((by_formula - by_torch).abs())
    smallest.append(torch.linalg.eigvalsh(by_formula.reshape(6, 6))[0].item())
    print(f"weight={weight}  S={w[labels].sum():.1f}  deviation {deviations[-1].max():.1e}")
    print(f"smallest eigenvalue {smallest[-1]:.1e}")

# %% tags=["hide-input"]
for weight, deviation in zip(([1, 0.5, 2], [1, 0.5, -0.9]), deviations):
    w = torch.tensor(weight, dtype=torch.float64)[labels]
    each = torch.diag_embed(P) + P[:, :, None] * P[:, None, :]
    kappa = torch.einsum("n,njk,nm,nr->jmkr", w.abs(), each, scaled_X.abs(), scaled_X.abs()) / w.sum()
    assert (deviation <= (64 + N) * eps * kappa).all()
assert abs(smallest[0]) < 1e-15
assert smallest[1] < -1e-3

# %% [markdown] lang="zh" twin="25e08d"
# 权重全为正时，最小的特征值是 0（剩下的是舍入）：给 $W$ 每一行加上同一个向量，每个样本的打分整体平移，损失不变，所以沿那个方向完全没有曲率。
# 换成负权重，最小的特征值是 {{ smallest[1]:.4f }}：沿它的方向，曲面朝下弯，损失不再是凸的。两个 Hessian 矩阵都与 torch 的对上了；
# 公式照样成立，不成立的是“半正定”这个结论。
#
# 交叉熵的 $H$ 里有 $P$，而 $P$ 随 $W$ 变，所以 $2/\lambda_{\max}$ 也随训练而变，只在当前这一点附近说得准。
#
# ## 自己验一验
#
# 回到均方误差，把 `reduction="mean"` 换成 `"sum"`，原来稳定的学习率还稳定吗？最大能开到多少？

# %% [markdown] lang="en" twin="15e32f"
# With positive weights the smallest eigenvalue is 0 (what is left is rounding): add one vector to every row of $W$, and each sample's
# logits shift together, which leaves the loss as it was; so there is no curvature in that direction. With the negative weight, the smallest
# eigenvalue is {{ smallest[1]:.4f }}: along its direction the surface bends down, and the loss is not convex. Both Hessians agree with
# torch's. The formula still holds; the conclusion "positive semidefinite" does not.
#
# In the $H$ of cross-entropy there is $P$, and $P$ changes with $W$; so $2/\lambda_{\max}$ changes during training, and is accurate only near
# the present point.
#
# ## Check yourself
#
# Back to mean squared error: replace `reduction="mean"` by `"sum"`. Is the learning rate that was stable still stable? How large may it be?

# %% tags=["hide-input"]
criterion = nn.MSELoss(reduction="sum")
sum_limit = limit / N
too_large = train(X, below, steps=20)[0]
sum_below, sum_above = train(X, 0.98 * sum_limit)[0], train(X, 1.02 * sum_limit)[0]
assert too_large[-1] > 10**6 * too_large[0]
assert sum_below[-1] < sum_below[0] / 50 and sum_above[-1] > 1000 * sum_above[0]
row_shift = torch.randn(1, 2, dtype=torch.float64)
plain = nn.CrossEntropyLoss()
assert torch.allclose(plain(scaled_X @ (W + row_shift).T, labels), plain(scaled_X @ W.T, labels), rtol=1e-12)

# %% [markdown] lang="zh" twin="de67f1"
# ??? question "看答案"
#     不稳定了。求和比平均大 $NC$ 倍，$H$ 和 $\lambda_{\max}$ 也大 $NC$ 倍，能用的学习率就小 $NC$ 倍：
#     这里 $C=1$，$N=$ {{ N }}，上限从 {{ limit:.6f }} 变成 {{ sum_limit:.6f }}。用原来的学习率只走 {{ len(too_large) - 1 }} 步，
#     损失就到了 {{ too_large[-1]:.1e }}。
#
# 舍入和误差界，这一课都一笔带过。它们到底有多大？接下来看[浮点](floating_point.py)。

# %% [markdown] lang="en" twin="44f131"
# ??? question "Answer"
#     Not any more. The sum is $NC$ times the mean, $H$ and $\lambda_{\max}$ are $NC$ times as large, and the learning rate has to be $NC$ times
#     smaller:
#     with $C=1$ and $N=$ {{ N }}, the limit goes from {{ limit:.6f }} to {{ sum_limit:.6f }}. At the old learning rate,
#     {{ len(too_large) - 1 }} steps bring the loss to {{ too_large[-1]:.1e }}.
#
# Rounding and its bound were passed over here. How large are they? Next: [floating point](floating_point.py).
