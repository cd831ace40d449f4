# ---
# description:
#   zh: 两个梯度末几位不同，谁错了？用精确的有理数量出 float64、float32、bfloat16 的误差，说明相对误差和 ULP 为何误判，再给出误差界和稳定的 softmax。
#   en: "Two gradients differ in the last digits. Which is wrong? Errors measured against exact fractions, why relative error misleads, a bound that does not, and stable softmax."
# ---

# %% [markdown] lang="zh" twin="24e6df"
# # 浮点：差多少才算错
#
# 同一个梯度算两遍：一遍交给 autograd，一遍照公式自己写循环，逐个样本累加。末几位对不上。**谁算错了？**

# %% [markdown] lang="en" twin="7f08a1"
# # Floating point: how equal is equal?
#
# Compute one gradient twice: once by autograd, once by a loop of your own that adds up the formula sample by sample.
# The last digits differ. **Which of the two is wrong?**

# %%
import numpy as np
import sympy as sp
import torch
from torch import nn

import derivations as dv
from derivations import figures

torch.manual_seed(0)
torch.set_printoptions(precision=9)

criterion = nn.MSELoss()
model = nn.Linear(2, 1)
X, Y = torch.randn(20, 2), torch.randn(20, 1)


def by_autograd(model, X, Y):
    return torch.autograd.grad(criterion(model(X), Y), model.weight)[0]


def by_loop(model, X, Y):
    total = torch.zeros_like(model.weight)
    for x, y in zip(X, Y):
        residual = model.weight.detach() @ x + model.bias.detach() - y
        total += 2 / Y.numel() * torch.outer(residual, x)
    return total


print("by_autograd", by_autograd(model, X, Y))
print("by_loop    ", by_loop(model, X, Y))

# %% tags=["hide-input"]
assert not torch.equal(by_autograd(model, X, Y), by_loop(model, X, Y))

# %% [markdown] lang="zh" twin="73a312"
# 先说答案：谁也没错，谁也不是真值，两边各自舍入了几十次。要判断“差这么多算不算错”，得先知道**光是舍入能差多少**。
# 这个量可以照着公式算出来，而且每个元素各有各的：
#
# $$
# |a-b| \;\le\; \mathrm{eps}\cdot\kappa \;+\; 2\,s\,\kappa_0 .
# $$
#
# $a$ 和 $b$ 是同一个元素的两个值，其余符号下文逐个解释。本站的每张证书都按这个误差界下结论。这一课讲它从哪儿来，以及为什么不用惯用的相对误差。

# %% [markdown] lang="en" twin="b2a221"
# The answer first: neither is wrong, and neither is the truth; each was rounded dozens of times. To say whether a
# difference is an error, we need to know **how much rounding alone can do**. That can be computed from the formula,
# separately for every entry:
#
# $$
# |a-b| \;\le\; \mathrm{eps}\cdot\kappa \;+\; 2\,s\,\kappa_0 .
# $$
#
# Here $a$ and $b$ are two values of one entry; the other symbols are explained below. Every certificate on this site
# is decided by this bound. This lesson says where it comes from, and why the customary relative error will not do.

# %% [markdown] lang="zh" twin="ff318e"
# ## 真值是一个分数
#
# 每个浮点数都是一个有理数，分母是 2 的幂。均方误差的梯度只用到加、减、乘、除，所以用分数来算就没有舍入。
# 公式还是 $G=\frac{2}{NC}(Z-Y)$、$\partial L/\partial W=G^{\top}X$，只是数组里装的是 `Fraction`：

# %% [markdown] lang="en" twin="bf3984"
# ## The truth is a fraction
#
# Every floating-point number is a rational number whose denominator is a power of 2. The gradient of mean squared error
# needs only sums, differences, products and quotients, so in fractions nothing is rounded. The formulas are the same,
# $G=\frac{2}{NC}(Z-Y)$ and $\partial L/\partial W=G^{\top}X$; only the arrays hold a `Fraction` in each place:

# %%
from fractions import Fraction

to_fractions = np.vectorize(Fraction, otypes=[object])


def exact_gradient(model, X, Y):
    arrays = (X, Y, model.weight, model.bias)
    X, Y, W, b = (to_fractions(each.detach().double()) for each in arrays)
    G = 2 * (X @ W.T + b - Y) / Fraction(Y.size)
    return G.T @ X


print(Fraction(0.1))
print(Fraction(torch.tensor(0.1).item()))
print(exact_gradient(model, X, Y)[0, 0])

# %% [markdown] lang="zh" twin="2c590e"
# 前两行是两种精度下的“十分之一”：都不等于十分之一，彼此也不相等。证书里的精确值走的是另一条路，直接对损失的定义求导，不用这个公式。两者应当一字不差：

# %% [markdown] lang="en" twin="403271"
# The first two lines are one tenth in two precisions: neither is one tenth, and they are not equal. The exact values in
# a certificate come another way, by differentiating the definition of the loss, without this formula. The two should be
# the same fraction:

# %%
explanation = dv.explain(model, criterion)
certificate = explanation.certify(X, Y, wrt=("weight", "bias"), exact=True)
truth = exact_gradient(model, X, Y)

exact = certificate.rows[0].exact
print(all(value == truth[at] for at, value in exact.items()))

# %% [markdown] lang="zh" twin="6628f5"
# ## 三种浮点数，一路走到最小值
#
# 取一组数据，先用正规方程、在分数里解出损失的最小值点，再让权重从远处一步步逼近它。梯度越来越小，误差呢？
# 数据和权重先舍入成 float64、float32 或 bfloat16，再跟*舍入之后那份数据*的真值比，所以这里量到的只是求梯度时的舍入：

# %% [markdown] lang="en" twin="bba592"
# ## Three kinds of float, all the way to the minimum
#
# Take some data, find the minimum of the loss (by the normal equations, in fractions), and let the weights approach
# it step by step from afar. The gradient gets smaller and smaller. What of its error? Data and weights are first
# rounded to float64, float32 or bfloat16, and the truth is that of the *rounded* data; so only the roundings on the
# way to the gradient are measured:

# %%
torch.manual_seed(0)
X_far = 100 * torch.randn(20, 2)
Y_far = X_far @ torch.tensor([[2.0], [-3.0]]) + 100 * torch.randn(20, 1)


def minimum(X, Y):
    A = to_fractions(torch.cat([X, torch.ones_like(Y)], dim=1).double())
    b = to_fractions(Y.double())
    return map(float, sp.Matrix(A.T @ A).LUsolve(sp.Matrix(A.T @ b)))


def model_at(distance, X, Y):
    *weight, bias = minimum(X, Y)
    model = nn.Linear(2, 1, dtype=X.dtype)
    with torch.no_grad():
        model.weight.copy_(torch.from_numpy(np.array(weight) + distance))
        model.bias.fill_(bias)
    return model


size, error = {}, {}
for dtype in (torch.float64, torch.float32, torch.bfloat16):
    X_of, Y_of = X_far.to(dtype), Y_far.to(dtype)
    size[dtype], error[dtype] = [], []
    for distance in np.logspace(0, -16, 33):
        at = model_at(distance, X_of, Y_of)
        exact = exact_gradient(at, X_of, Y_of)
        found = to_fractions(by_autograd(at, X_of, Y_of).double())
        size[dtype].append(float(abs(exact).max()))
        error[dtype].append(float(abs(found - exact).max()))
    eps, low, high = torch.finfo(dtype).eps, min(size[dtype]), max(size[dtype])
    print(f"{str(dtype):15} eps {eps:.1e}   max|gradient| {low:.0e} .. {high:.0e}")

# %% tags=["hide-input"]
narrow = 0
for dtype in size:
    small = [each for each, of in zip(error[dtype], size[dtype]) if of < max(size[dtype]) / 100]
    narrow = max(narrow, max(small) / min(small))
    assert min(size[dtype]) < 10 * max(small) and min(size[dtype]) > min(small) / 10
falls = max(size[torch.float32]) / min(size[torch.float32])
assert narrow < 100 and falls > 1e6
assert max(error[torch.float64]) < min(error[torch.float32]) and max(error[torch.float32]) < min(error[torch.bfloat16])
ends = [min(size[torch.float64]), max(size[torch.float64])]
figures.chart(
    *(
        figures.Curve(size[dtype], error[dtype], label=(str(dtype).removeprefix("torch."),) * 2, style="points")
        for dtype in size
    ),
    figures.Curve(ends, ends, label=("误差与梯度一样大", "error as large as the gradient"), style="dashed"),
    title=("梯度变小，误差不跟着变小", "The gradient shrinks, its error does not"),
    x_label=("梯度的真值（最大的元素）", "true gradient, largest entry"),
    y_label=("autograd 与真值之差", "distance of autograd from the truth"),
    x_scale="log",
    y_scale="log",
    alt=(
        f"三种精度各成一条近乎水平的带子，都从右往左一直延伸到虚线为止。float32 的梯度缩小了 {falls:.0e} 倍，误差几乎不变。",
        f"Each precision forms an almost level band, which runs from the right as far as the dashed line. The float32 "
        f"gradient shrinks by a factor of {falls:.0e}, and its error hardly changes.",
    ),
)

# %% [markdown] lang="zh" twin="2bbbe2"
# 带子有多高，由 eps 决定；而每条带子都是**平的**：梯度小了，误差并不跟着小。碰到虚线，误差就和梯度一样大，再往左，这种精度已经没有意义。
#
# ## 相对误差为什么误判
#
# **该放行的不放行**：看 float32 那条带子的左端，第一个权重的梯度：

# %% [markdown] lang="en" twin="a06833"
# How high a band lies is decided by eps, and every band is **level**: a smaller gradient does not come with a smaller
# error. Where a band meets the dashed line the error is as large as the gradient; further left, that precision has
# nothing to say.
#
# ## Why relative error misleads
#
# **It rejects what is right**: look at the left end of the float32 band, at the gradient of the first weight:

# %%
fitted = model_at(0, X_far, Y_far)
here = by_autograd(fitted, X_far, Y_far)[0, 0].item()
there = float(exact_gradient(fitted, X_far, Y_far)[0, 0])
relative = abs(here - there) / abs(there)
ulps = abs(here - there) / np.spacing(np.float32(abs(there)))
row = dv.explain(fitted, criterion).certify(X_far, Y_far, exact=True).rows[0]

print(f"autograd       {here:+.6f}")
print(f"exact          {there:+.6f}")
print(f"|error|        {relative:.1f} |exact|")
print(f"               {ulps:.1e} ULP")
print(f"               {row.from_exact['autograd']:.2f} eps·κ")

# %% tags=["hide-input"]
terms = (2 / len(X_far) * (fitted(X_far) - Y_far) * X_far)[:, 0].detach()
assert here * there < 0 and relative > 1 and row.wrong == 0 and row.from_exact["autograd"] < 1

# %% [markdown] lang="zh" twin="47ea2b"
# 连符号都反了；误差是真值的 {{ relative:.1f }} 倍，合 {{ ulps:,.0f }} 个 ULP（真值处相邻两个浮点数的间距）。可是什么也没算错。梯度是 {{ len(terms) }} 项之和，
# 最大的一项有 {{ terms.abs().max():.0f }} 那么大，正负相消，剩下的这一点几乎全是舍入。
# 以 $\mathrm{eps}\cdot\kappa$ 为单位，偏差只有 {{ row.from_exact["autograd"]:.2f }}。
# 所以核对一份实现，别挑最小值附近。
#
# **该拦住的不拦**：反过来，`torch.allclose` 默认的容差会放过真错。下面把几种写法各试一次，再跟误差界的结论比。
# 为此先把误差界写出来。
#
# ## κ：把每一次舍入都记上账
#
# $\mathrm{eps}$ 是 1 与下一个浮点数的间距。舍入取最近的一个，至多差半个间距，所以一次运算的相对误差不超过 $u=\mathrm{eps}/2$。
# 于是每个中间结果都带着一笔误差：它所用的数的误差照着公式传过来，再加上它自己的舍入。以 $u$ 为单位，$\kappa$ 就是这笔账的余额：
#
# $$
# \begin{aligned}
# \kappa_{A+B}&=\kappa_A+\kappa_B+|A|+|B|\\
# \kappa_{AB}&=\kappa_A|B|+|A|\kappa_B+K\,|A||B|\\
# \kappa_{cA}&=|c|\kappa_A+2\,|cA|
# \end{aligned}
# $$
#
# 矩阵乘积的每个元素是 $K$ 项之和：$K$ 个乘法，$K-1$ 次加法。加法可以按任何顺序做，最坏的顺序里第一项每次都在场，加上它自己的乘法，共舍入 $K$ 次。
# 常数 $c=2/(NC)$ 要舍入一次，乘上去再一次。绝对值要加在*每一项*上：$c(Z-Y)$ 也可以算成 $cZ-cY$，那时舍入的是 $cZ$ 和 $cY$，相减之后剩得再少，误差也不跟着少。
# 算好了存下来的数，例如 $G$，才按它自己的大小计。
# 输入是给定的，$X$、$W$、$b$、$Y$ 的 $\kappa$ 都是 0。照着 $Z$、$G$、$G^{\top}X$ 一行行写下来，偏置算作和里多出的一项：

# %% [markdown] lang="en" twin="86ea14"
# Even the sign is wrong; the error is {{ relative:.1f }} times the truth, or {{ ulps:,.0f }} ULP, the spacing of
# floats at the truth. Yet nothing was computed wrongly. The gradient is a sum of {{ len(terms) }} terms, the largest
# of magnitude {{ terms.abs().max():.0f }}; they cancel, and the little that remains is nearly all rounding. In units
# of $\mathrm{eps}\cdot\kappa$, the deviation is {{ row.from_exact["autograd"]:.2f }}. So do not check an
# implementation near a minimum.
#
# **It accepts what is wrong**: the default tolerances of `torch.allclose` let real mistakes pass. We shall try several
# and compare the verdicts; for that we first write the bound down.
#
# ## κ: every rounding on the books
#
# $\mathrm{eps}$ is the gap between 1 and the next float. Rounding takes the nearest, so it is off by half a gap at
# most: one operation has a relative error of at most $u=\mathrm{eps}/2$. So every intermediate result carries an error:
# that of the numbers it was made from, passed on through the formula, plus its own roundings. In units of $u$, $\kappa$
# is the balance of that account:
#
# $$
# \begin{aligned}
# \kappa_{A+B}&=\kappa_A+\kappa_B+|A|+|B|\\
# \kappa_{AB}&=\kappa_A|B|+|A|\kappa_B+K\,|A||B|\\
# \kappa_{cA}&=|c|\kappa_A+2\,|cA|
# \end{aligned}
# $$
#
# Each entry of a matrix product is a sum of $K$ terms: $K$ multiplications, $K-1$ additions. They may be added in any
# order; in the worst, the first term is there each time, and with its own multiplication it is rounded $K$ times. The
# constant $c=2/(NC)$ is rounded once, and multiplying by it rounds once more. The absolute values are taken *term by
# term*: $c(Z-Y)$ may also be computed as $cZ-cY$, and then it is $cZ$ and $cY$ that are rounded, however little is left
# of them. Only a number that is computed and kept, such as $G$, counts at its own size. The data are given, so $X$, $W$,
# $b$ and $Y$ have a $\kappa$ of 0. Following $Z$, $G$ and $G^{\top}X$ line by line, with the bias as one more term of
# the sum:


# %%
def kappa_of_weight(model, X, Y):
    arrays = (X, Y, model.weight, model.bias)
    X, Y, W, b = (each.detach().double() for each in arrays)
    c = 2 / Y.numel()
    Z = X @ W.T + b
    G = c * (Z - Y)
    N, D = X.shape
    kappa_Z = (D + 1) * (X.abs() @ W.abs().T + b.abs())
    kappa_G = c * (kappa_Z + 3 * (Z.abs() + Y.abs()))
    return kappa_G.T @ X.abs() + N * G.abs().T @ X.abs()


def within_bound(given, reference, model, X, Y):
    bound = torch.finfo(given.dtype).eps * kappa_of_weight(model, X, Y)
    return bool(((given - reference).abs() <= bound).all())


row = certificate.rows[0]
kappa = kappa_of_weight(model, X, Y)[row.worst].item()
print(f"kappa_of_weight {kappa:.4f}")
print(f"row.kappa       {row.kappa:.4f}")

# %% tags=["hide-input"]
assert abs(kappa - row.kappa) < 1e-5 * kappa

# %% [markdown] lang="zh" twin="3ae067"
# 手写的和证书里的相等，只差 $u$ 的高次项。证书的 $\kappa$ 是从推导出的公式自动得来的，换一个损失，不必重写。
# 一次求值离真值不超过 $u\,\kappa$；两次求值，公式和 autograd，相差不超过 $2u\,\kappa=\mathrm{eps}\cdot\kappa$，这就是误差界，再没有别的系数。
# （舍入 $n$ 次，严格说是 $(1+u)^n-1$ 而不是 $nu$；证书按前者算，项数再多也仍是界。）后面还有一项 $2\,s\,\kappa_0$，管下溢，到时再说。
#
# 现在做比较：`allclose` 用 torch 默认的容差，`within_bound` 用上面的误差界。第一行是最小值处的循环写法，它是对的。
# 其余四行都错了：把 $N$ 当成 $N-1$（样本很多）、丢了因子 2（残差已经很小）、忘了除以 $N$、有一个元素反了号。

# %% [markdown] lang="en" twin="3b9919"
# By hand and in the certificate, it is the same number, up to higher powers of $u$. The certificate gets its $\kappa$
# from the derived formula by itself; another loss needs no new code. One evaluation lies within $u\,\kappa$ of the truth;
# two of them, formula and autograd, differ by at most $2u\,\kappa=\mathrm{eps}\cdot\kappa$. That is the bound, and there
# is no other factor. (Strictly, $n$ roundings cost $(1+u)^n-1$ and not $nu$; certificates count the former, so it stays
# a bound however many terms there are.) A second term, $2\,s\,\kappa_0$, is for underflow; we come to it below.
#
# Now the comparison: `allclose` with torch's default tolerances, `within_bound` with the bound above. The first line
# is the loop at the minimum, and it is right. The other four are wrong: $N-1$ taken for $N$ (with many samples), the
# factor 2 forgotten (with tiny residuals), no division by $N$, and one entry with its sign flipped.


# %%
def flipped(gradient):
    gradient = gradient.clone()
    gradient[0, gradient[0].abs().argmin()] *= -1
    return gradient


torch.manual_seed(0)
tall = nn.Linear(2, 1).double()
N = 150_000
X_tall, Y_tall = torch.randn(N, 2).double(), torch.randn(N, 1).double()
near = nn.Linear(2, 1).double()
X_near = torch.randn(20, 2).double()
Y_near = near(X_near).detach() + 1e-9 * torch.randn(20, 1).double()

cases = {
    "by_loop": (fitted, X_far, Y_far, lambda g: by_loop(fitted, X_far, Y_far)),
    "g * N/(N-1)": (tall, X_tall, Y_tall, lambda g: g * N / (N - 1)),
    "g / 2": (near, X_near, Y_near, lambda g: g / 2),
    "g * N": (model, X, Y, lambda g: g * len(X)),
    "flipped(g)": (model, X, Y, flipped),
}
verdicts = {}
for name, (of_model, *data, change) in cases.items():
    reference = by_autograd(of_model, *data)
    given = change(reference)
    close = torch.allclose(given, reference)
    within = within_bound(given, reference, of_model, *data)
    verdicts[name] = close, within
    print(f"{name:12} allclose {close!s:6} within_bound {within}")

# %% tags=["hide-input"]
assert list(verdicts.values()) == [(False, True), (True, False), (True, False), (False, False), (False, False)]
excess = 1 / (N - 1)
rtol, atol = 1e-5, 1e-8  # torch.allclose's own
almost_zero = by_autograd(near, X_near, Y_near)
assert excess < rtol and almost_zero.abs().max() < atol
assert torch.allclose(torch.zeros_like(almost_zero), almost_zero)

# %% [markdown] lang="zh" twin="ea15b7"
# `allclose` 头三行全判反了：对的那行不放行，错的两行放行。$N/(N-1)$ 只差 {{ excess:.1e }}，小于它的 `rtol` {{ rtol:.0e }}；丢了因子 2 的那行，
# 梯度本身还不到它的 `atol` {{ atol:.0e }}，拿全零去比也能通过。误差界五行全判对，因为它跟着每个元素自己的 $\kappa$ 走。
#
# 误差界也有说不准的时候。要是它比梯度本身的十分之一还宽，即使两边对上了，也证明不了什么。证书把这样的元素单独数出来。
# 要是整个张量乘错了倍数，也没有一个元素看得出来，结论就是“看不出对错”，不是“一致”。bfloat16 常常如此：

# %% [markdown] lang="en" twin="6f4ce3"
# `allclose` has the first three backwards: it rejects the one that is right and accepts two that are wrong. $N/(N-1)$
# is off by {{ excess:.1e }}, less than its `rtol` of {{ rtol:.0e }}; and where the factor 2 is missing, the gradient
# itself is below its `atol` of {{ atol:.0e }}, so that zeros would pass too. The bound has all five right, because it
# follows each entry's own $\kappa$.
#
# The bound, too, may have nothing to say. Where it is wider than a tenth of the gradient itself, agreement proves
# little. A certificate counts such entries apart; and where a whole tensor could be wrong by a factor and no entry would
# show it, the verdict is "cannot tell", not "agrees". With bfloat16 that is common:

# %%
coarse = nn.Linear(2, 1).to(torch.bfloat16)
of_coarse = dv.explain(coarse, criterion)
of_coarse.certify(X.bfloat16(), Y.bfloat16(), wrt=("weight",))

# %% [markdown] lang="zh" twin="4eb7cd"
# 这里的误差界已经收窄过：torch 通常在 float32 里累加 bfloat16，最后才舍入一次，不必给每次加法各记一笔。不过这要看设备和尺寸，
# 所以证书先拿同样大小的随机数试一试；试不通过，就照旧每次都记。
#
# 要检查自己写的损失或 kernel，不必手抄 $\kappa$，用 `dv.assert_gradient`。它换着形状、精度和数量级去试，用的是同一个误差界：

# %% [markdown] lang="en" twin="ac74d3"
# This bound is narrower already than the rules above would have it: torch as a rule adds bfloat16 numbers in float32 and
# rounds once at the end, and then not every addition need be counted. That depends on device and size, so a certificate
# first tries it on random numbers of the same shapes; where it does not hold, every addition counts.
#
# To check a loss or a kernel of your own there is no need to write $\kappa$ down: use `dv.assert_gradient`. It tries
# shapes, precisions and magnitudes in turn, with the same bound:


# %%
def right(Z, Y):
    return 2 * (Z - Y) / Y.numel()


def wrong(Z, Y):
    return 2 * (Z - Y) / len(Y)


for gradient in (right, wrong):
    try:
        dv.assert_gradient(gradient, criterion)
        print(gradient.__name__, True)
    except dv.GradientMismatch as mismatch:
        details = {each: mismatch.details[each] for each in ("expected", "bound")}
        print(gradient.__name__, False, details)

# %% [markdown] lang="zh" twin="d017cb"
# `wrong` 除以了样本数 $N$，而 `MSELoss` 除的是元素个数 $NC$（见[第五课](which_mean.py)）。
#
# ## softmax 遇上一万
#
# 舍入之外还有溢出。照定义写 softmax，打分一大就坏了；先减去每行的最大值就没事。torch 用的是后一种写法：

# %% [markdown] lang="en" twin="b8f7f7"
# `wrong` divides by the number of samples $N$, while `MSELoss` divides by the number of entries, $NC$ (see
# [lesson 5](which_mean.py)).
#
# ## Softmax meets ten thousand
#
# Besides rounding there is overflow. Softmax written as defined breaks when logits are large; with the largest logit of
# each row subtracted first it does not. torch does the latter:


# %%
def naive(Z):
    powers = Z.exp()
    return powers / powers.sum(1, keepdim=True)


def stable(Z):
    return naive(Z - Z.amax(1, keepdim=True))


extreme = torch.tensor([[1e4, 0.0, -1e4], [-1e4, -1e4, -1e4]])
torch.set_printoptions(precision=4)
print("naive", naive(extreme))
print("stable", stable(extreme))
print("torch.softmax", torch.softmax(extreme, 1))

# %% tags=["hide-input"]
assert naive(extreme).isnan().any(1).all()
assert torch.allclose(stable(extreme), torch.softmax(extreme, 1), atol=0) and not stable(extreme).isnan().any()
overflow = np.log(torch.finfo(torch.float32).max)
smallest_normal = np.log(torch.finfo(torch.float32).tiny)

# %% [markdown] lang="zh" twin="3f129c"
# float32 装不下 $e^{z}$，只要 $z$ 超过 {{ overflow:.1f }}：分子分母都成了 `inf`，`inf / inf` 是 `nan`。另一头，全是很小的负数时 $e^{z}$ 变成 0，`0 / 0` 也是 `nan`。
# 而分子分母同乘一个 $e^{-m}$，值不变，所以可以先减去任意的 $m$：
#
# $$
# \frac{e^{z_j}}{\sum_k e^{z_k}}=\frac{e^{z_j-m}}{\sum_k e^{z_k-m}},\qquad \log\sum_k e^{z_k}=m+\log\sum_k e^{z_k-m}.
# $$
#
# 取 $m=\max_k z_k$，最大的一项是 $e^0=1$，不会溢出；分母至少是 1，不会是 0。两个等式让 SymPy 验一遍，取三个类别，后一个等式两边先取指数：

# %% [markdown] lang="en" twin="ec27b7"
# float32 cannot hold $e^{z}$ once $z$ exceeds {{ overflow:.1f }}: numerator and denominator become `inf`, and
# `inf / inf` is `nan`. At the other end, where all logits are very negative, $e^{z}$ becomes 0, and `0 / 0` is `nan`
# as well. But multiply numerator and denominator by $e^{-m}$, and the value stays the same; so any $m$ may be
# subtracted first:
#
# $$
# \frac{e^{z_j}}{\sum_k e^{z_k}}=\frac{e^{z_j-m}}{\sum_k e^{z_k-m}},\qquad \log\sum_k e^{z_k}=m+\log\sum_k e^{z_k-m}.
# $$
#
# With $m=\max_k z_k$ the largest power is $e^0=1$, which cannot overflow, and the denominator is at least 1, never 0.
# SymPy checks both equations, for three classes, the latter after taking exponentials:

# %%
z1, z2, z3, m = z = sp.symbols("z1 z2 z3 m", real=True)
total = sum(sp.exp(each) for each in z[:3])
shifted = sum(sp.exp(each - m) for each in z[:3])

print(sp.simplify(sp.exp(z1) / total - sp.exp(z1 - m) / shifted))
print(sp.simplify(sp.exp(sp.log(total)) - sp.exp(m + sp.log(shifted))))

# %% [markdown] lang="zh" twin="db3c92"
# 坏掉之前，朴素写法已经不准了。把两个打分 $(s,\,s-1)$ 一起平移：概率与 $s$ 无关，误差本该是一条水平线。

# %% [markdown] lang="en" twin="d53c49"
# The naive form is inaccurate before it breaks. Shift two logits $(s,\,s-1)$ together: the probability does not
# depend on $s$, and the error should be a level line.

# %% tags=["hide-input"]
shifts = torch.arange(-120.0, 121.0)
pairs = torch.stack([shifts, shifts - 1], dim=1)
probability = 1 / (1 + np.exp(-1.0))
of_form = {form: (form(pairs)[:, 0].double() - probability).abs() for form in (naive, stable)}
alive = ~of_form[naive].isnan()
first, last = shifts[alive].min().item(), shifts[alive].max().item()
bad = shifts[(of_form[naive] > 10 * of_form[stable]) & (shifts < 0)].max().item()
loss_of_digits = (of_form[naive][alive].max() / of_form[stable].max()).item()
assert len(set(of_form[stable].tolist())) == 1 and loss_of_digits > 1000
assert of_form[naive][shifts == first] == of_form[naive][alive].max()
figures.chart(
    figures.Curve(shifts[alive].tolist(), of_form[naive][alive].tolist(), label=("照定义", "as defined"), style="line"),
    figures.Curve(
        shifts.tolist(), of_form[stable].tolist(), label=("先减最大值", "maximum subtracted"), style="dashed"
    ),
    title=("float32 softmax 的误差", "Error of softmax in float32"),
    x_label=("平移 s", "shift s"),
    y_label=("与真值之差", "distance from the truth"),
    y_scale="log",
    alt=(
        f"减去最大值的误差是一条水平线。照定义算的，s 小于 {bad:.0f} 时误差急升，小于 {first:.0f} 或大于 {last:.0f} 时是 nan，没有线。",
        f"With the maximum subtracted, the error is a level line. As defined, it rises steeply below s = {bad:.0f}, and below "
        f"{first:.0f} or above {last:.0f} the result is nan and there is no line.",
    ),
)

# %% [markdown] lang="zh" twin="d72549"
# 右边在 {{ last:.0f }} 之后断掉，是上溢。左边 {{ smallest_normal:.0f }} 以下，$e^{s}$ 落进次正规数（subnormal），有效数字一位一位地丢，最后归零。
# 误差放大了 {{ loss_of_digits:,.0f }} 倍也不报错，比 `nan` 更难发现。
#
# 下溢在稳定的写法里也有，只是无害：真值太小，存下来只剩一两位有效数字，甚至是 0。可这时 $\mathrm{eps}\cdot\kappa$ 也跟着变小，
# 光有第一项，这点误差也容不下。所以要有第二项：$s$ 是一次舍入在 0 附近至多丢掉多少，在 float32 里就是最小的正规数，因为有些硬件干脆把比它小的数都当作 0；
# $\kappa_0$ 与 $\kappa$ 算法相同，只是每次舍入都计作 1。

# %% [markdown] lang="en" twin="6749ac"
# On the right the line ends at {{ last:.0f }}: overflow. On the left, below {{ smallest_normal:.0f }}, $e^{s}$ is a
# subnormal number and loses one digit after another until it is 0. The error grows by a factor of
# {{ loss_of_digits:,.0f }} without a word, which is harder to notice than `nan`.
#
# The stable form underflows too, but harmlessly: where the truth is too small, a digit or two of it are stored, or 0.
# But then $\mathrm{eps}\cdot\kappa$ is small as well, and the first term alone would not allow even that. Hence the
# second: $s$ is the most that a rounding may lose near 0, in float32 the smallest normal number, since some hardware takes
# whatever is below it for 0; and $\kappa_0$ is made as $\kappa$ is, with every rounding counted as 1.

# %%
cross_entropy = dv.explain(None, nn.CrossEntropyLoss())
logits, labels = torch.tensor([[0.0, -100.0]]), torch.tensor([0])
row = cross_entropy.certify(logits, labels, exact=True).rows[0]
tiny = row.exact[0, 1]

of_float32 = torch.finfo(torch.float32)
gap = abs(float(tiny) - row.autograd[0, 1].item())
print(f"exact       {float(tiny):.2e}")
print(f"autograd    {row.autograd[0, 1].item():.2e}")
print(f"|error|     {gap:.2e}")
print(f"eps·|exact| {of_float32.eps * float(tiny):.2e}")
print(f"s           {of_float32.smallest_normal:.2e}")

# %% tags=["hide-input"]
assert row.wrong == 0 and gap <= of_float32.smallest_normal
assert gap > 1000 * of_float32.eps * float(tiny)

# %% [markdown] lang="zh" twin="51a08a"
# 最后是打分 $\pm 10^{4}$ 处的整张账，公式、autograd 和 50 位精度的真值：

# %% [markdown] lang="en" twin="ed9914"
# Finally the whole account at logits of $\pm 10^{4}$: the formula, autograd, and the truth at 50 digits:

# %%
cross_entropy.certify(extreme[:1], torch.tensor([1]), exact=True)

# %% [markdown] lang="zh" twin="ddc81c"
# ## 自己验一验
#
# 把样本打乱顺序，数学上 $\sum_n$ 不变。`weight.grad` 会一位不差吗？要是有差别，你怎么判断它算不算错？

# %% [markdown] lang="en" twin="7fb7ab"
# ## Check yourself
#
# Shuffle the samples. In mathematics $\sum_n$ does not change. Is `weight.grad` the same to the last bit? If not, how
# do you tell whether that is an error?

# %% tags=["hide-input"]
torch.manual_seed(0)
orders = [torch.randperm(len(X)) for _ in range(100)]
shuffled = [by_loop(model, X[order], Y[order]) for order in orders]
different = len({tuple(each.flatten().tolist()) for each in shuffled})
assert all(within_bound(each, by_autograd(model, X, Y), model, X, Y) for each in shuffled)
assert different > 1

# %% [markdown] lang="zh" twin="0681a9"
# ??? question "看答案"
#     不会。浮点加法不满足结合律，顺序一换，舍入就换。用开头的循环把 {{ len(X) }} 个样本打乱 {{ len(orders) }} 次，得到 {{ different }} 个不同的结果。
#     它们与 autograd 之差全在误差界之内，所以都不算错。
#
# 接下来看[一张网络，逐节点对账](network.py)。

# %% [markdown] lang="en" twin="eb6821"
# ??? question "Answer"
#     No. Floating-point addition is not associative: another order means other roundings. Shuffling the {{ len(X) }}
#     samples {{ len(orders) }} times, the loop from the beginning gives {{ different }} different results. All of
#     them are within the bound of autograd's, so none is an error.
#
# Next: [A network, node by node](network.py).
