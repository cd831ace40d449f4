# ---
# title: {zh: 怎么验的, en: How it is verified}
# description:
#   zh: 一个公式怎样才算推出来了，一个数怎样才算对上了：逐行判定、第二意见、误差界，以及故意写错时会看到什么。
#   en: "When a formula counts as derived and a number as checked: the judge, second opinions, error bounds, and what happens to mistakes."
# ---

# %% [markdown] lang="zh" twin="aa31bb"
# # 怎么验的
#
# 这个网站说它的每个等号都查过。凭什么信？这一页把查法摊开来，再故意写错几处，看看会发生什么。
#
# ## 三本账
#
# | 账 | 怎么来的 | 在哪里 |
# | --- | --- | --- |
# | 公式 | 从损失的定义出发，用一组有名字的改写规则推出来，再印成代码去算 | SymPy |
# | 自动微分 | `loss.backward()` | torch |
# | 精确值 | 按损失的定义求导：能用有理数就用有理数，遇到指数、对数就用 50 位精度 | 小例子里 |
#
# 前两本账各走各的路：公式那本不用 torch 的求导，autograd 那本不看公式。但它们并非毫无瓜葛：算数都靠 torch，矩阵乘法用的还是同一套；
# 公式、代码和误差界出自同一个 SymPy 表达式。第三本账只用损失的定义，不看推导，也不用 torch 算数，
# 所以矩阵乘法要是错了，前两本会错得一样，只有它看得出来。它与公式共用的是损失的定义；定义要是抄错了，看得出来的是 autograd。
# [账本](ledger/index.md#reading)里的每一笔都和它比过一次，只取一个尺寸、一种精度；账本里其余的证书没有这第三本账。

# %% [markdown] lang="en" twin="719bde"
# # How it is verified
#
# This site claims to have checked every equals sign. Why believe it? This page shows how the checking is done, and then
# makes some mistakes on purpose to see what happens.
#
# ## Three accounts
#
# | account | where it comes from | kept by |
# | --- | --- | --- |
# | the formula | rewritten from the definition of the loss by named rules, then printed as code and run | SymPy |
# | automatic differentiation | `loss.backward()` | torch |
# | the exact value | the definition of the loss, differentiated in rational numbers, or with 50 digits where there are exponentials and logarithms | small examples |
#
# The first two go separate ways: the formula does without torch's differentiation, and autograd without the formula. Yet they
# are not wholly independent: both leave the arithmetic to torch, with the same matrix products; and formula, code and error bound
# are made from one SymPy expression. The third uses the definition of the loss alone, no derivation and no arithmetic of torch.
# Were the matrix products wrong, the first two would be wrong alike, and only the third would show it. What it shares with the
# formula is the definition of the loss; were that wrong, autograd would show it.
# Every entry of [the ledger](ledger/index.md#reading) has been compared with it once, at one size and in one dtype; its other
# certificates have no third account.

# %% [markdown] lang="zh" twin="d843b5"
# ## 一行怎么判
#
# 推导中的一行不是“看着对”就算数。判定程序给行数 $N$、类别数 $C$ 等取几组互不相同的小整数，给所有数组填上随机数，
# 在自由指标的每个取值上把两边各算一遍。还含有 $\partial$ 的行也一样判：导数用对偶数直接算，不经过推导规则，也不用 SymPy 的 `diff`。
#
# 算的时候用有理数，$e^{x}$ 与 $\log x$ 各当作一个自由的数，所以不存在“差一点点”。
# 只有用到对数性质的行才改用 50 位精度，页面上会注明。看看交叉熵的这个推导是怎么判的：

# %% [markdown] lang="en" twin="324d29"
# ## How a line is judged
#
# A line of a derivation does not count because it looks right. The judge gives the sizes $N$, $C$ and so on a few small
# distinct values, fills every array with random numbers, and computes both sides at every value of the free indices.
# Lines that still contain a $\partial$ are judged the same way: derivatives come from dual numbers, not from the
# derivation's rules, nor from SymPy's `diff`.
#
# The numbers are rational, with $e^{x}$ and $\log x$ each a free number, so there is no such thing as nearly equal.
# Only a line that uses a property of the logarithm is judged with 50 digits instead, and the page says so. This is how the
# derivation for cross-entropy was judged:

# %%
import torch
from torch import nn

import derivations as dv
from derivations.index_calculus.judging.judge import judge
from derivations.index_calculus.symbols import N

derivation = dv.derive(dv.CrossEntropy())
for number, step in enumerate(derivation.steps, 1):
    rules = ", ".join(micro.rule.name for micro in step.micros)
    judgement = step.micros[-1].judgement
    print(number, f"{rules:<20}", f"{step.mode:<7}", judgement.points, *map(dict, judgement.sizes))

# %% [markdown] lang="zh" twin="f1726c"
# 故意把结果乘上 $N$，也就是忘掉平均。判定程序当场指出在哪个元素上、应得多少、实得多少：

# %% [markdown] lang="en" twin="5b900f"
# Now multiply the result by $N$, that is, forget the mean. The judge says at which entry, what was expected and what it got:

# %%
try:
    judge(derivation.left, N * derivation.result, derivation.context)
except dv.Disagreement as disagreement:
    print(disagreement)

# %% [markdown] lang="zh" twin="a001df"
# ## 理由也要判，首尾再问一遍
#
# 一行推对了，理由却可能写错。所以每条规则都得交出它用到的*事实*，例如 $\partial Z_{nc}/\partial Z_{ij}=\delta_{ni}\delta_{cj}$，
# 这些事实本身也是等式，也要判。矩阵形式由下标形式识别出来，再展开成元素，与原式比对。
#
# 首尾两端还要征求第二意见：一是把小尺寸的损失逐个元素写开，交给 SymPy 的 `diff`；二是以 50 位精度做中心差分。这两条路都不用任何推导规则：

# %% [markdown] lang="en" twin="6e5b06"
# ## Reasons are judged too, and both ends twice
#
# A line may be right and its reason wrong. So each rule hands over the *facts* it relied on, such as
# $\partial Z_{nc}/\partial Z_{ij}=\delta_{ni}\delta_{cj}$; they are equations, and they are judged as well. A matrix form is
# recognised from the index form, then written out entry by entry and compared with it.
#
# Both ends get a second opinion: the loss at small sizes, written out in scalars, goes to SymPy's `diff`; and a central
# difference is taken with 50 digits. Neither uses any rule of the derivation:

# %%
print(derivation.opinions)

# %% [markdown] lang="zh" twin="ffc808"
# ## 一个数怎样才算对上
#
# 浮点数几乎从不相等，问题是差多少才算舍入。这里不用一个拍脑袋的容差，而是顺着公式逐个运算累加舍入误差，给*每个元素*一个自己的上界；
# 超出上界就是不一致。[浮点那一课](lessons/floating_point.py)讲上界怎么来。写一个正确的梯度交给它，什么也不会发生；写错一点就过不去：

# %% [markdown] lang="en" twin="243684"
# ## When a number counts as equal
#
# Floating-point numbers are hardly ever equal; the question is how much of a difference is rounding. There is no tolerance
# picked by hand here: rounding errors are added up along the formula, operation by operation, which gives *each entry* a
# bound of its own. What is beyond it disagrees. The lesson on [floating point](lessons/floating_point.py) shows where the
# bound comes from. Give it a correct gradient and nothing happens; a small mistake does not pass:


# %%
def right(outputs, targets):
    return 2 * (outputs - targets) / outputs.numel()


def mean_over_rows(outputs, targets):
    return 2 * (outputs - targets) / len(outputs)


def one_entry_off(outputs, targets):
    gradient = right(outputs, targets)
    gradient.view(-1)[0] *= 1 + 1e-6
    return gradient


agrees = {}
for kernel in (right, mean_over_rows, one_entry_off):
    try:
        dv.assert_gradient(kernel, nn.MSELoss())
        agrees[kernel] = True
    except dv.GradientMismatch as mismatch:
        agrees[kernel] = False
        print(kernel.__name__, *str(mismatch).splitlines()[1:6], sep="\n")

assert agrees == {right: True, mean_over_rows: False, one_entry_off: False}

# %% [markdown] lang="zh" twin="18808d"
# 有些元素的梯度正负相消，几乎为零，上界比它自己还大，错了十分之一也看不出来。这样的元素单独计数。要是整个张量都这样，例如在最低点，
# 乘上什么倍数都看不出来，结论就既不是“一致”也不是“不一致”，而是第三个：

# %% [markdown] lang="en" twin="b4ec63"
# Some entries of a gradient are almost zero because everything cancels. Their bound is larger than themselves, and a mistake of
# a tenth would not show. Such entries are counted apart. Where a whole tensor is like that, as at a minimum, it could be
# multiplied by any factor and no entry would show it. Then the verdict is neither "agrees" nor "disagrees", but a third:

# %%
torch.manual_seed(0)
model, X = nn.Linear(3, 2), torch.randn(5, 3)
certificate = dv.explain(model, nn.MSELoss()).certify(X, model(X).detach(), wrt=("weight",))
assert certificate.verdict == "cannot tell"
certificate

# %% [markdown] lang="zh" twin="3267b0"
# ## 对不上会怎样
#
# 每次构建网站，每课都从头运行，账本里的每一笔都重新对账。任何一行判不过、任何一个元素超出上界，构建就停下来，什么也不发布。
# 看不出对错的不会让构建停下，只是得不到那个勾。这次构建的结果：
#
# <!-- figures of the ledger -->
#
# ## 查的人谁来查
#
# 测试会把推导的每一行、每个事实、每个矩阵形式各改错一处，看判定程序能不能发现；没被发现的，都另换尺寸确认过确实相等。
# 另一类测试把每条规则重新用一遍，确认每一行确实由上一行得来，而不是事先写好、再判相等。梯度的闭式只在测试里手写过，损失的源码里一个也没有。
#
# [诊断](check.py)说出的每个错误，都能在误差界之内解释给出的每一个元素；解释不了，就不说。测试里有一批写错的梯度，错在哪里是看到诊断之前写下的：
# 绝大多数要说得出，一个也不许说错。求和次序不同的正确梯度，也不许说成错的。
#
# ## 没有验的
#
# - 证书只管线性模型上的损失。别的网络没有整体的闭式可以对，`dv.audit` [逐个节点核对](lessons/network.py)：哪些节点由推导核对，哪些只用差分，哪些没有核对，都会写明。
# - 页面上的证书都在 CPU 上签出。别的设备自有算法和舍入；在你的 GPU 上重新对账，用 `derivations certify --all --device cuda`。
# - “一致”是说落在误差界之内，不是逐位相同。
# - 误差界假定 torch 的每次运算都照自己的精度舍入：加减乘除各一次，exp、log 各几次；还假定 float32 的矩阵乘法没有调成更短的尾数。
#   bfloat16 和 float16 的求和与函数，假定先在 float32 里算，最后才舍入一次；这一条会先拿同样大小的随机数试，试不通过就不用它，
#   但试过不等于证明。
#   不守这些的设备上，对的梯度也可能被说成不一致。
# - 推导判的是几组小尺寸上的随机值。那不是数学证明，但一个写错的公式要躲过它，得在每个点上都恰好相等。

# %% [markdown] lang="en" twin="6d8700"
# ## What a disagreement does
#
# Every build of the site runs each lesson from its first line and certifies every entry of the ledger anew. One line that
# is not equal, or one entry beyond its bound, stops the build, and nothing is published. What cannot be told does not stop it,
# but gets no check mark. What this build found:
#
# <!-- figures of the ledger -->
#
# ## Who checks the checker
#
# Tests put a mistake into every line, every fact and every matrix form, and ask whether the judge finds it; those it does not
# find were confirmed, at other sizes, to be equal indeed. Other tests apply each rule again, so that a line is known to come
# from the one before, and not to have been written down first and judged afterwards. Closed forms of gradients are typed in tests
# only; the sources of the losses hold none.
#
# A mistake that [a diagnosis](check.py) names explains every entry that was given, within the bound; what does not is not named.
# The tests hold a set of wrong gradients whose mistakes were written down before anybody saw what the diagnosis makes of
# them: nearly all have to be named, and none wrongly. Nor may a right gradient that is summed in another order be called wrong.
#
# ## What is not verified
#
# - Certificates are about losses of linear models. Of any other network there is no closed form as a whole to compare with;
#   `dv.audit` checks it [node by node](lessons/network.py), and says which nodes were checked by a derivation, which by differences alone, and
#   which not at all.
# - The certificates on these pages come from a CPU. Other devices have kernels and roundings of their own: to certify yours,
#   run `derivations certify --all --device cuda`.
# - To agree means to be within the bound, not to be the same bit by bit.
# - The bound assumes that every operation of torch rounds as its dtype says, once for sums and products, a few times for exp
#   and log, and that matrix products of float32 are not set to fewer digits. Sums and functions of bfloat16 and float16 are
#   assumed to be worked out in float32 and rounded once; that is first tried on random numbers of the same shapes, and dropped
#   where it fails, but a trial is no proof. On a device that does otherwise, a gradient may be said to disagree that is right.
# - Derivations are judged at random values for a few small sizes. That is no proof, but a wrong formula would have to be
#   equal at every one of those points to get past it.
