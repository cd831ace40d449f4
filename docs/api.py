# ---
# title: {zh: API, en: API}
# notebook: false
# hide: [navigation]
# description:
#   zh: derivations 的全部公开接口：解释自己的模型和损失，推导，对账，检查自己写的梯度；还有命令行。
#   en: "Everything that derivations offers: explain a model and a loss, derive, certify, test a gradient of your own; and the command."
# ---

# %% tags=["hide-input"]
from derivations.cli.run import help_page
from derivations.display import bilingual


class HelpOf:
    """A command's help, on each page in its own language."""

    def __init__(self, *command):
        self.command = command

    def text(self, lang):
        return f"$ {' '.join(['derivations', *self.command, '--help'])}\n{help_page(self.command, lang, columns=80)}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        zh, en = ({"text/plain": self.text(lang)} for lang in ("zh", "en"))
        return bilingual(zh, en)


# %% [markdown] lang="zh" twin="00aa85"
# # API
#
# 下面是 `import derivations as dv` 之后能用的全部名字，按想做的事分组。签名直接取自源码；带例子的地方，例子是这次构建时跑的。
#
# | 想做的事 | 用什么 |
# | --- | --- |
# | 看自己的模型和损失，梯度怎么来的 | [`explain`](#derivations.explain) |
# | 和 autograd 逐个元素对账 | [`Explanation.certify`](#derivations.Explanation.certify) |
# | 不装 torch，只看推导 | [`derive`](#derivations.derive) |
# | 二阶导、是否凸、最优解满足什么方程 | [`hessian`](#derivations.hessian)、[`convexity`](#derivations.convexity)、[`normal_equations`](#derivations.normal_equations) |
# | 问一个梯度错在哪里，一个手写的公式对不对 | [`diagnose`](#derivations.diagnose)、[`check`](#derivations.check) |
# | 核对一张网络的每个节点，看 nan 从哪儿来 | [`audit`](#derivations.audit) |
# | 检查一步训练：梯度累积、多个进程 | [`assert_step`](#derivations.assert_step) |
# | 检查自己写的损失、kernel 或 `autograd.Function` | [`assert_gradient`](#derivations.assert_gradient) |
# | 训练时就用公式算梯度 | [`certified_loss`](#derivations.certified_loss) |
# | 画出 `backward()` 要走的图 | [`record`](#derivations.record)、[`draw_graph`](#derivations.draw_graph) |
# | 在终端里用 | [`derivations` 命令](#command) |
#
# 形状始终照 `torch.nn.Linear`：$X$ 是 (N, D)，$W$ 是 (C, D)，$b$ 是 (C,)，$Z=XW^{\top}+b$ 是 (N, C)。梯度与被求导的张量同形状。

# %% [markdown] lang="en" twin="4786a2"
# # API
#
# Everything in `import derivations as dv`, grouped by what one wants to do. Signatures and descriptions are read off the
# source; where there is an example, this build has run it.
#
# | To … | use |
# | --- | --- |
# | see where the gradients of your model and loss come from | [`explain`](#derivations.explain) |
# | compare them with autograd, entry by entry | [`Explanation.certify`](#derivations.Explanation.certify) |
# | derive without torch | [`derive`](#derivations.derive) |
# | get second derivatives, convexity, the equations of the minimiser | [`hessian`](#derivations.hessian), [`convexity`](#derivations.convexity), [`normal_equations`](#derivations.normal_equations) |
# | be told what is wrong with a gradient, or whether a formula is one | [`diagnose`](#derivations.diagnose), [`check`](#derivations.check) |
# | audit every node of a network, see where a nan comes from | [`audit`](#derivations.audit) |
# | test a training step: gradient accumulation, several processes | [`assert_step`](#derivations.assert_step) |
# | test a loss, a kernel or an `autograd.Function` of your own | [`assert_gradient`](#derivations.assert_gradient) |
# | train with gradients from the formula | [`certified_loss`](#derivations.certified_loss) |
# | draw the graph that `backward()` walks | [`record`](#derivations.record), [`draw_graph`](#derivations.draw_graph) |
# | work in a terminal | [the command `derivations`](#command) |
#
# Shapes are those of `torch.nn.Linear` throughout: $X$ is (N, D), $W$ is (C, D), $b$ is (C,), and $Z=XW^{\top}+b$ is
# (N, C). A gradient has the shape of the tensor it belongs to.

# %% [markdown] lang="zh" twin="6c98d0"
# ## 解释一个损失
#
# 把真实的模型和损失交给 `explain`，推导、公式、代码、数字和证书都向它返回的 `Explanation` 要。

# %% [markdown] lang="en" twin="1a9092"
# ## Explain a loss
#
# Give `explain` the real model and the real criterion, and ask the `Explanation` it returns for derivation, formula, code,
# numbers and certificate.

# %%
import torch

import derivations as dv

torch.manual_seed(0)
model, criterion = torch.nn.Linear(3, 2), torch.nn.CrossEntropyLoss()
inputs, targets = torch.randn(4, 3), torch.tensor([0, 1, 1, 0])

e = dv.explain(model, criterion)
print(e.latex("weight"))
print(e.gradients(inputs, targets)["bias"])
e.certify(inputs, targets)

# %% [markdown] lang="zh" twin="d43ed1"
# ### ::: derivations.explain
#
# 解释 `criterion(model(inputs), targets)` 的梯度，返回 [`Explanation`](#derivations.Explanation)。
#
# - `model`：`torch.nn.Linear`，也可以放在带 `Identity` 的 `Sequential` 里，可以编译过，也可以套着 `DistributedDataParallel`
#   （这时的梯度是一个进程的）；配 `NLLLoss` 时是 `Sequential(Linear, LogSoftmax)`；给 `None`，就只解释损失本身，把它看作输出的函数。
# - `criterion`：`torch.nn` 里的损失，`torch.nn.functional` 里对应的函数，或者这些函数的 `functools.partial`；
#   `dv.nn` 里 torch 没有的损失；或者自己的损失 `Elementwise`，带着各个参数的值。`LinearCrossEntropyLoss` 自带线性层：`explain(None, criterion)`；
#   `F.linear_cross_entropy` 用的是模型的线性层。
# - `targets`：还没有数据时，当作 `CrossEntropyLoss` 拿到的是类别编号（`"indices"`，默认）还是概率（`"probabilities"`）。
#   有了数据，就和 torch 一样看形状；与这里说的不符，就拒绝。
#
# 用了哪些选项，在调用 `explain` 时从对象上读出；选项和参数的值到每次计算时再读。模型带着 hook，或者有自己的 `forward`，
# 就在每次计算时先运行一遍，算的不是 $XW^{\top}+b$ 就拒绝。别的模型和损失抛出 `Unsupported`，并说明支持哪些。
#
# ### ::: derivations.Explanation
#
# 一个损失的梯度：推导、公式和证书。由 `explain` 返回。
#
# `wrt` 是张量的名字：`"weight"`（$W$，形状 (C, D)）、`"bias"`（$b$，(C,)）、`"inputs"`（$X$，(N, D)）、`"outputs"`（$Z$，(N, C)）；
# 目标是实数时还有 `"targets"`，有 LogSoftmax 时还有 `"logits"`（LogSoftmax 之前的 $Z$，(N, C)）。
# 梯度与张量形状相同。在笔记本里直接显示它，看到的是一小份样本的账本和逐行推导。
#
# #### ::: derivations.Explanation.for_targets
#
# 对这一批目标来说的解释：目标是类别编号还是概率，由目标自己定；有标签被 torch 忽略时，公式里带着掩码 $\mu$。
#
# 不另给 `ignore_index`，torch 也会忽略等于它默认值的标签。推导和公式平时写的是每个标签都算数的损失，读起来最清楚；有被忽略的标签时，
# 从这里要带掩码的那一份。计算用不着事先说明：`gradients` 和 `certify` 自己看目标，印出的代码总带着掩码。
#
# #### ::: derivations.Explanation.derivation
#
# $\partial L/\partial$`wrt` 的推导，一行一行，每一行都验过。没有这个推导时抛出 `ValueError`。
#
# #### ::: derivations.Explanation.latex
#
# $\partial L/\partial$`wrt` 的公式，LaTeX 源码，不带美元符号。`form="matrix"` 是用 $G$ 写的矩阵形式，`form="index"` 带指标。
# 别的 `form` 抛出 `ValueError`。
#
# #### ::: derivations.Explanation.code
#
# 公式印成的 Python 代码，短而可读。`backend` 是 `"torch"` 或 `"numpy"`；不给 `wrt` 就是所有参数的梯度。
#
# 印出的函数接收公式用到的数组，与 `wrt` 的先后无关；返回字典，先后同 `wrt`，只要一个时直接返回数组。
# 它接收矩阵：$X$ 是 (N, D)，目标是 (N, C) 或 (N,)，权重和 `grad_output` 与 torch 里一样；
# `extra_dimensions=True` 时接收 torch 接收的各种形状，(N, …, D) 和 (N, C, d1, …)，结果也还原成那个形状。
# torch 会广播的它也广播，torch 会忽略的标签它也忽略；形状或标签不对、会算成另一个梯度时，抛出 `ValueError`。
#
# #### ::: derivations.Explanation.gradients
#
# 用公式算出的数：`{"weight": …, "bias": …}`，或者 `wrt` 点名要的那些，先后也同 `wrt`。
#
# - `inputs`：$X$，形状 (N, D) 或 (…, D)；没有模型时，就是交给损失函数的输出，torch 接受的形状都行。
# - `targets`：与输出同形状，或者是类别编号。
# - `grad_output`：`reduction="none"` 时 `backward` 收到的向量，与损失同形状；损失只有一个数时可以不给，和 torch 一样当作 1。
#
# numpy 数组和数的列表取模型的 dtype。形状或 dtype 对不上时抛出 `ValueError`，给的不是数时抛出 `TypeError`，
# 模型算的不是 $XW^{\top}+b$ 时抛出 `Unsupported`。
#
# #### ::: derivations.Explanation.certify
#
# 拿公式算出的数和 `torch.autograd` 逐个元素比较，误差界由公式推出。返回 [`Certificate`](#derivations.Certificate)。
#
# - `inputs`、`targets`、`grad_output`：同 `gradients`。
# - `wrt`：比较哪些张量；不给就比较目标以外的全部。
# - `exact`：是否再与精确值比较。精确值是有理数，或者 50 位都可靠的数；几千个元素要算几秒。
# - `seed`：数据出自哪个种子，记在证书上；默认是 `torch.initial_seed()`。
# - `entries`：类别很多时，每个张量只抽样比较大约这么多个元素，按 `seed` 整行抽取。结论只对抽到的元素成立，证书上写明抽了多少。
#
# 结论在 `certificate.verdict` 里：`"agrees"`（一致）、`"disagrees"`（不一致）或 `"cannot tell"`（看不出对错）。对不上*不会*抛出异常：
# 只有一致时 `bool(certificate)` 才是 `True`，要抛出就调用 `certificate.require()`。别的异常和 `gradients` 的一样；`entries` 不是正整数，
# 或者同时又要精确值，抛出 `ValueError`；要精确值而数据里有 nan 或无穷大，损失的行不是线性层的行，或者数与数相差太远、算不出 50 位时也是。
#
# #### ::: derivations.Explanation.hessian
#
# 对 `"weight"`、`"bias"`、`"inputs"` 或 `"outputs"` 的二阶导的推导，别的 `wrt` 抛出 `ValueError`。
# LogSoftmax 加 `NLLLoss` 就是交叉熵，给出的也是交叉熵的；单独的 `NLLLoss` 是线性的，没有二阶导可推，抛出 `ValueError`。
#
# #### ::: derivations.Explanation.loss
#
# 写成公式的损失，可以交给 `derive`、`hessian` 和 `convexity`。
#
# #### ::: derivations.Explanation.sample
#
# 五行随机数据上的证书，种子写在上面。手头没有数据时，显示的账本就是它。

# %% [markdown] lang="en" twin="99d528"
# ### ::: derivations.explain
#
# ### ::: derivations.Explanation
#
# #### ::: derivations.Explanation.for_targets
#
# #### ::: derivations.Explanation.derivation
#
# #### ::: derivations.Explanation.latex
#
# #### ::: derivations.Explanation.code
#
# #### ::: derivations.Explanation.gradients
#
# #### ::: derivations.Explanation.certify
#
# #### ::: derivations.Explanation.hessian
#
# #### ::: derivations.Explanation.loss
#
# #### ::: derivations.Explanation.sample

# %% [markdown] lang="zh" twin="67718f"
# ## 读一张证书
#
# ### ::: derivations.Certificate
#
# 同一次计算的两本账，并排放着。只有两本账一致，`bool(certificate)` 才是 `True`。由 `Explanation.certify` 返回。
#
# - `rows`：每个张量一个 [`Row`](#derivations.torch_bridge.certificates.certify.Row)。
# - `loss`：torch 算出的损失。`exact_loss`：没要求精确值时是 `None`；要求过，就是 `Fraction`，或者 50 位的 mpmath 数，
#   不受 `mpmath.mp` 设置的影响；损失没有定义时是 nan。这样的数不是 `mpmath.mpf` 的实例，用 `mpmath.mpf(exact_loss)`
#   可以转成那里所设位数的 `mpmath.mpf`。
# - `conditions`：要再看到同样的数所需的一切，种子、dtype、形状、设备、各个版本、线程数。
# - `notes`：可能出人意料的地方，中英文都有。
#
# #### ::: derivations.Certificate.worst
#
# 所有元素里最大的偏差，以 eps·κ 为单位。
#
# #### ::: derivations.Certificate.verdict
#
# 有一行不一致，就是 `"disagrees"`；每一行都一致，才是 `"agrees"`；其余是 `"cannot tell"`。
#
# #### ::: derivations.Certificate.require
#
# 一致就返回证书自己，不一致就抛出 `GradientMismatch`，看不出对错就抛出 `CannotTell`。
#
# #### ::: derivations.Certificate.mismatch
#
# 不一致时，说明错在哪里的那个 `GradientMismatch`：第一个对不上的张量，偏差最大的元素。没有这样的张量就抛出 `ValueError`。
#
# #### ::: derivations.Certificate.diagnosis
#
# 不一致时，第一个对不上的张量错在哪里，和 `diagnose` 说的一样：先看 autograd 那一边是不是这个损失的梯度，是的话再看另一边。没有对不上的，就是 `None`。
#
# #### ::: derivations.Certificate.doubt
#
# 看不出对错时，说明为什么的那个 `CannotTell`：第一个看不出对错的张量，倍数错多少才看得出来，换什么数据再试。没有这样的张量就抛出 `ValueError`。
#
# ### ::: derivations.torch_bridge.certificates.certify.Row
#
# 一个张量的账。下标从 0 数起，和 torch 一样。
#
# - `deviation`：|公式 − autograd| 的最大值，以 eps·κ 为单位；`worst` 是它的下标，`bound` 是那里的误差界。
#   `kappa` 是那里的 κ。`part`：偏差最多用掉误差界的几分之几。
# - `entries` 是元素总数，`wrong` 是超出误差界的个数，`blunt` 是误差界太宽、看不出对错的个数。
# - `sharpest`：整个张量的倍数按比例错了这么多，就一定看得出来。每个元素都照公式恰好是 0，或者一个元素也没有，就是 0；
#   错多少都可能看不出来，就是 inf。
# - `corners`：拐点落在舍入范围之内的元素有几个。那里算成哪一边的斜率都有可能，误差界也跟着放宽。
# - `condition`：其余元素里最大的 κ/|g|。相对误差要有它的几倍 eps 那么大，才看得出来。
# - `exact`：要求过的精确值，按下标存放，是 `Fraction` 或 mpmath 的数，损失没有定义时是 nan；`from_exact`：两边离精确值最多多远，以 eps·κ 为单位。
# - `overflowed`：给的全是有限的数，两边却都算出 nan 的元素个数：那里没有人知道什么是对的。
#
# #### ::: derivations.torch_bridge.certificates.certify.Row.verdict
#
# 有元素超出误差界，就是 `"disagrees"`；没有，而且倍数要是错了就看得出来，才是 `"agrees"`；其余是 `"cannot tell"`。
#
# #### ::: derivations.torch_bridge.certificates.certify.Row.among
#
# 张量一共有多少个元素：只比较抽样时，比 `entries` 多。
#
# #### ::: derivations.torch_bridge.certificates.certify.Row.sharp
#
# 误差界够紧、一致才说明问题的元素个数。
#
# #### ::: derivations.torch_bridge.certificates.certify.Row.zero
#
# 是不是每个元素都照公式恰好是 0。

# %% [markdown] lang="en" twin="93bbd4"
# ## Read a certificate
#
# ### ::: derivations.Certificate
#
# #### ::: derivations.Certificate.worst
#
# #### ::: derivations.Certificate.verdict
#
# #### ::: derivations.Certificate.require
#
# #### ::: derivations.Certificate.mismatch
#
# #### ::: derivations.Certificate.diagnosis
#
# #### ::: derivations.Certificate.doubt
#
# ### ::: derivations.torch_bridge.certificates.certify.Row
#
# #### ::: derivations.torch_bridge.certificates.certify.Row.verdict
#
# #### ::: derivations.torch_bridge.certificates.certify.Row.among
#
# #### ::: derivations.torch_bridge.certificates.certify.Row.sharp
#
# #### ::: derivations.torch_bridge.certificates.certify.Row.zero

# %% [markdown] lang="zh" twin="a023ad"
# ## 推导，不需要 torch
#
# 大小 $N$、$D$、$C$ 都是符号。选项的名字与 torch 里相同，`True` 表示用上了。

# %% [markdown] lang="en" twin="24c027"
# ## Derive, without torch
#
# The sizes $N$, $D$ and $C$ are symbols. Options have their names in torch; `True` says that one is in use.

# %%
dv.derive(dv.MSE(weight=True), wrt="outputs")

# %% [markdown] lang="zh" twin="641fac"
# ### ::: derivations.derive
#
# 按 `wrt` 推导，一行一行，返回 [`Derivation`](#derivations.derivation.Derivation)。
#
# - `subject`：一个损失、层、函数或优化器，带着用上的选项。
# - `wrt`：`subject.wrt` 里的一个，不给就是第一个。损失有 `"outputs"`（$Z$）、`"weight"`（$W$）、`"bias"`（$b$）、`"inputs"`（$X$），
#   目标是实数时还有 `"targets"`。
# - `options`：损失可以给 `bias=False`，表示模型没有偏置；优化器的 `"unrolled"` 可以给 `steps`。
#
# 给的不是公式时抛出 `TypeError`；别的 `wrt` 或选项抛出 `ValueError`；有一行与上一行不相等时抛出 `Disagreement`。
#
# ### ::: derivations.derivation.Derivation
#
# 从 `left` 到 `result` 的一串等式，在 `domain` 的条件下成立。
#
# - `steps`：各行，每行带着用到的规则和验的结果。
# - `targets`：结果里的自由指标，行在列前。
# - `lemmas`：当作规则用的其他推导；`opinions`：首尾两端另外用哪些办法复核过；`conclusion`：由此得出什么结论，可能没有。
#
# 打印出来是纯文本，在笔记本里显示成排好的公式。
#
# #### ::: derivations.derivation.Derivation.result
#
# 最后一行，一个 SymPy 表达式。
#
# #### ::: derivations.derivation.Derivation.matrix
#
# 最后一个写得成矩阵的行的矩阵形式；一行都写不成就是 `None`。
#
# #### ::: derivations.derivation.Derivation.domain
#
# 每一行成立所需的条件，结论也在这些条件下成立。
#
# #### ::: derivations.derivation.Derivation.definitions
#
# 读者用得着的定义，按显示的顺序。
#
# #### ::: derivations.derivation.Derivation.as_lemma
#
# 把这个推导当作一条规则给别的推导用：左边可以换成右边。
#
# ### ::: derivations.hessian
#
# 线性模型的二阶导 $\partial^2 L/\partial\theta\,\partial\theta$，由一阶导再推一步。$\theta$ 由 `wrt` 指定：
# `"weight"`、`"bias"`、`"inputs"` 或 `"outputs"`。
# $\theta$ 的两个元素各有自己的指标：$\partial^2 L/\partial W_{jm}\,\partial W_{kr}$。`bias=False` 表示模型没有偏置。
# 别的 `wrt` 和 NLL 抛出 `ValueError`，给的不是写成公式的损失时抛出 `TypeError`。
#
# ### ::: derivations.convexity
#
# 把 $\sum V_{jm}V_{kr}\,\partial^2 L/\partial W_{jm}\partial W_{kr}$ 写成平方和：在 `domain` 的条件下，对 $W$ 的 Hessian 半正定。
# $V$ 是 $W$ 的任意一个移动方向。平方前面凡是正负未定的因子，不论是权重还是 $S$，都在 `domain` 里占一个条件。
# NLL 抛出 `ValueError`，给的不是写成公式的损失时抛出 `TypeError`。
#
# ### ::: derivations.normal_equations
#
# 把模型代入 MSE 的 $\partial L/\partial W$：它在 $W$ 满足正规方程处为零。`wrt="bias"` 给出 $b$ 的方程，`bias=False` 表示模型没有偏置。
# 把 $X$ 的各列和一列 1 并在一起（没有偏置时只有 $X$），这个矩阵列满秩，解才唯一，反之亦然。
# 别的 `wrt` 抛出 `ValueError`，别的损失抛出 `TypeError`。
#
# ### ::: derivations.as_data
#
# 把推导连同用到的引理写成纯数据：字典、列表、字符串和整数，`json.dumps` 直接可用。不装 SymPy 也能逐行复核，能代入数求值。
#
# 文档里有 `version`（格式的版本）和 `derivations`：先是要的那些，再是它们的引理，每个只出现一次。每个推导有：
#
# - `title`：标题，两种语言都有，写成 `{"zh", "en"}`，所有的话都这样写；`left`：从什么推起；`targets`：结果的自由指标，行在列前。
# - `indices`：每个指标数到哪个尺寸；`labels`：哪些数组放的是类别编号，不超过哪个尺寸。别的数组可以是任何数。
# - `definitions`：每个名字的定义，`left` 和 `right`，`left` 里的指标代表任意指标。递推还有 `first`（从第几个起 `right` 成立）和 `initial`
#   （之前是什么，`null` 表示给定）。`shown` 是读者要知道的名字。
# - `domain`：条件，每条是 `[树, 关系, 树]`，每一行都在这些条件下成立。
# - `lines`：各行，每行的 `tree` 与上一行相等，第一行与 `left` 相等；`rules` 是用到的规则，`why` 是一句话的理由，`facts` 是规则依据的等式，
#   `judged` 是怎么验的。
# - `ends` 和 `opinions`：首尾两端怎么验、怎么复核；`symbols`：字母的含义；`lemmas`：引理在 `derivations` 里的位置；`conclusion`：结论。
#
# `judged` 里的 `mode` 是 `"exact"`（精确有理数，函数值自由取）或 `"digits"`（要用 50 位精度），还有 `sizes`（在哪些尺寸下）和 `points`
# （比较了多少个点）。
#
# 叫 `as_data` 而不是方法，是因为推导不必知道自己会被写成什么。命令 `derivations show mse --json` 也输出它。
#
# ### ::: derivations.data.trees.tree
#
# 一个带指标的式子写成的树。树是下面几种之一：
#
# - 整数；有理数 `["/", "1", "3"]`，分子分母是十进制数字；尺寸、指标或数的名字，如 `"N"`、`"epsilon"`；
# - `["@", "Z", …]`：数组的一个元素，位置从 1 数起；`["d", a, b]`：δ，两个位置相同时为 1，否则为 0；
# - `["+", …]`、`["*", …]`：和与积；`["^", 底, 指数]`：幂，指数是整数、有理数或位置；
# - `["S", 树, [指标, 从, 到], …]`：求和，最外层的指标写在最前；
# - `["D", 树, 变量]`：对变量求导，变量是一个名字或一个元素，定义里的也算；
# - `["f", 名字, …]`：函数 `exp`、`log`、`tanh`、`erf`、`abs`、`sign`、`max`、`min`；`step` 的第二个参数是它在 0 处的值；
#   `["c", "pi"]`：π。
#
# 位置是整数、指标、尺寸或编号的名字、编号数组的元素，或者位置的和与积。没有对应的树时抛出 `TypeError`。
#
# ### ::: derivations.data.trees.expression
#
# 反过来，从树得到 SymPy 表达式。给的不是树时抛出 `TypeError`。
#
# ### ::: derivations.closed_form_as_data
#
# 把验过的闭式写成对整个数组运算的程序：`lines` 是依次的赋值 `[名字, 树]`，`result` 是梯度，`arguments` 是每个要给的数组的形状，`shape` 是梯度的形状，
# `symbol` 是被求导的张量的字母。这里的树是 `derivations.diagnosis.trees` 里说的那种。`model=True` 时输出来自线性层。
#
# ### ::: derivations.two_class_softmax
#
# 只有两个类别时 $P_{n2}=\sigma_n$，其中 $\sigma$ 是 $Z_{n2}-Z_{n1}$ 的 sigmoid。

# %% [markdown] lang="en" twin="233447"
# ### ::: derivations.derive
#
# ### ::: derivations.derivation.Derivation
#
# #### ::: derivations.derivation.Derivation.result
#
# #### ::: derivations.derivation.Derivation.matrix
#
# #### ::: derivations.derivation.Derivation.domain
#
# #### ::: derivations.derivation.Derivation.definitions
#
# #### ::: derivations.derivation.Derivation.as_lemma
#
# ### ::: derivations.hessian
#
# ### ::: derivations.convexity
#
# ### ::: derivations.normal_equations
#
# ### ::: derivations.as_data
#
# ### ::: derivations.data.trees.tree
#
# ### ::: derivations.data.trees.expression
#
# ### ::: derivations.closed_form_as_data
#
# ### ::: derivations.two_class_softmax

# %% [markdown] lang="zh" twin="607a2b"
# ## 损失
#
# 每个损失有两种用法：`dv.losses` 里的是公式，不需要 torch；`torch.nn` 里的是模块，torch 没有的在 `dv.nn` 里。
# 下表由登记的损失生成，推导和账目在各自的页上。

# %% [markdown] lang="en" twin="362164"
# ## Criteria
#
# Each comes in two ways: in `dv.losses` as a formula, which needs no torch; and in `torch.nn` as a module, or in `dv.nn`
# where torch lacks it. The table is made from what is registered; derivations and accounts are on the page of each.

# %% tags=["hide-input"]
from derivations.pages.listed_losses import ListedLosses

ListedLosses()

# %% [markdown] lang="zh" twin="770375"
# 用得最多的几个，在 `dv` 里也能直接找到。
#
# ### ::: derivations.Loss
#
# 所有损失的基类。字段就是选项，名字与 torch 里相同。
#
# `True` 表示用上这个选项，直接给 torch 接受的数也可以。
#
# - `reduction`：`"mean"`、`"sum"` 或 `"none"`，别的抛出 `ValueError`。
# - `extra_dimensions`：输出的形状是 (N, C, d1, d2, …)。公式里多一个指标 $t$，数遍每个样本的 $T=d_1 d_2\cdots$ 个位置。
#
# 自己的损失继承它，写出 $L$ 的定义就够了：矩阵形式、代码、误差界和证书都由定义得出。
#
# ### ::: derivations.MSE
#
# 均方误差，`torch.nn.MSELoss`：
# $L=\frac{1}{NC}\sum_n\sum_c (Z_{nc}-Y_{nc})^2$。
# `weight` 对应函数形式的 `mse_loss`，每个元素一个权重：$\frac1S\sum w_{nc}(Z_{nc}-Y_{nc})^2$，平均时除以 $S=\sum w_{nc}$。
#
# ### ::: derivations.CrossEntropy
#
# 交叉熵，`torch.nn.CrossEntropyLoss`：
# $L=-\frac1S\sum_n\sum_c A_{nc}\log P_{nc}$，$P$ 是 $Z$ 逐行做 softmax。各个选项决定 $A$ 和 $S$；什么选项都不用时是 $-\frac1N\sum_n\log P_{n,y_n}$。
# `targets` 是 `"indices"` 或 `"probabilities"`。`label_smoothing` 可以给 0 到 1 之间的数，
# `ignore_index` 可以给标签本身，0 也算一个；公式对哪个数都成立。
# 取了别的值，或者给概率又要 `ignore_index`，都抛出 `ValueError`，和 torch 一样。
#
# ### ::: derivations.NLL
#
# 负对数似然，`torch.nn.NLLLoss`：$L=-\frac1S\sum_n w_{y_n}Q_{n,y_n}$，$Q$ 是对数概率。
# 平均时除以 $S=\sum_n w_{y_n}$，只数没有被忽略的行。`wrt="logits"` 穿过它前面的 LogSoftmax。
#
# ### ::: derivations.BCEWithLogits
#
# 二元交叉熵，`torch.nn.BCEWithLogitsLoss`：
# $L=-\frac{1}{NC}\sum_n\sum_c w_{nc}\bigl(q_c Y_{nc}\log\sigma_{nc}+(1-Y_{nc})\log(1-\sigma_{nc})\bigr)$，
# $\sigma$ 是 $Z$ 的 sigmoid，$w$ 是 `weight`，$q$ 是 `pos_weight`。不管有没有权重，都对全部元素取平均。
#
# ### ::: derivations.L2Penalty
#
# L2 惩罚项，$L=\frac\lambda2\sum_c\sum_d W_{cd}^2$。它的梯度就是 SGD 的 `weight_decay` 加上去的那一项。
#
# ### ::: derivations.Elementwise
#
# 自己的损失：给出一个元素的公式 `formula(z, y)`，损失就是它对所有元素的平均或总和。$z$ 是输出，$y$ 是目标，公式用 SymPy 的函数写；
# 推导、矩阵形式、代码和误差界都由公式得出。
#
# - `name` 是名字，不能和已有的损失重名。
# - `formula` 还可以有别的参数，那是损失要用到的数，默认值就是计算时的值。参数名就是公式里的字母；torch 里有同名的数，就用那个字母：
#   `delta` 印成 $\Delta$。它只会用符号调用一次。可以用函数表里的函数（exp、log、tanh、erf、绝对值、符号、max 和 min、阶跃）、指数是常数的幂，以及双曲函数。
#   小数按写出来的十进制数理解。也可以直接给 $z$ 和 $y$ 的表达式，其余字母写进 `parameters`。
# - `values` 按名字给出计算时各个参数的值，也可以写成公式里的默认值。`derive` 用不着，推导对什么值都成立；
#   `explain`、`assert_gradient` 和 `certified_loss` 把这个损失当作 torch 的损失来用，取的就是这些值。
#   autograd 求导的是写成 torch 代码的公式本身，输出和目标的形状能广播就行。算的时候溢出，结果就是 nan，证书绝不会说它对；
#   写成 log(1 + exp(u)) 就不会溢出。
# - `positive` 列出公式要求为正的量，例如要取对数的量。随机数据照此抽取，参数的值不是正数就拒绝。
# - `lines` 是 $\partial L/\partial Z$ 的推导计划，每行用哪些规则；不给就依次用链式法则。
# - `reduction` 和 `extra_dimensions` 与其他损失相同。
#
# 三个例子（先 `import sympy`）：
#
# ```python
# Elementwise("log-cosh", lambda z, y: sympy.log(sympy.cosh(z - y)))
# Elementwise("Charbonnier", lambda z, y, beta=0.5: sympy.sqrt((z - y)**2 + beta**2), positive=("beta",))
# Elementwise("pinball", lambda z, y, theta=0.9: sympy.Max(theta*(y - z), (theta - 1)*(y - z)))
# ```
#
# 参数相同，损失就相等，`values` 不算在内，公式与它无关；损失可以 pickle，因为留下的是表达式，不是函数。
# 给的不是 $z$、$y$ 的函数，或者不能用符号调用，抛出 `TypeError`；
# 名字重复、结果与 $z$ 无关、含有不认识的符号、用了这里不会求导的函数，或者 `values` 给的不是数，都抛出 `ValueError`。

# %% [markdown] lang="en" twin="2ff7c9"
# Those that are used most are in `dv` itself, too.
#
# ### ::: derivations.Loss
#
# ### ::: derivations.MSE
#
# ### ::: derivations.CrossEntropy
#
# ### ::: derivations.NLL
#
# ### ::: derivations.BCEWithLogits
#
# ### ::: derivations.L2Penalty
#
# ### ::: derivations.Elementwise

# %% [markdown] lang="zh" twin="fad19e"
# ## 层和函数
#
# ### ::: derivations.Linear
#
# `torch.nn.Linear` 本身：传回到输出的梯度 $G$，经过它变成什么。`wrt` 是 `"weight"`（$G^{\top}X$）、`"bias"`（$G$ 各行之和）或 `"inputs"`（$GW$）。
#
# ### ::: derivations.Softmax
#
# 对类别做的 `torch.nn.Softmax`，$P=\operatorname{softmax}(Z)$：`wrt="logits"` 给出 Jacobian $\partial P_{nc}/\partial Z_{ij}$。
#
# ### ::: derivations.LogSoftmax
#
# 对类别做的 `torch.nn.LogSoftmax`，$Q=\log\operatorname{softmax}(Z)$：`wrt="logits"` 给出 Jacobian $\partial Q_{nc}/\partial Z_{ij}$。
#
# ### ::: derivations.LogSumExp
#
# 对类别做的 `torch.logsumexp`：它的导数是 softmax，同样用 `wrt="logits"`。

# %% [markdown] lang="en" twin="7f6dbe"
# ## Layers and functions
#
# ### ::: derivations.Linear
#
# ### ::: derivations.Softmax
#
# ### ::: derivations.LogSoftmax
#
# ### ::: derivations.LogSumExp

# %% [markdown] lang="zh" twin="93e4e6"
# ## 优化器
#
# ### ::: derivations.SGD
#
# 写成递推的 `torch.optim.SGD`，选项同名，`True` 表示用上了。
#
# `wrt` 是 `"update"`（走一步）、`"unrolled"`（把前几步展开）、`"buffer"`（把动量写成所有梯度的和）或 `"closed_form"`
# （$t$ 步之后的 $\theta$；没有动量，或者只有动量时才有）。
# `nesterov` 少了动量或者配了 `dampening`，都抛出 `ValueError`，和 torch 一样。
#
# ### ::: derivations.Adam
#
# `torch.optim.Adam`：梯度的滑动平均 $m$ 和梯度平方的滑动平均 $v$，两者都从 0 开始，所以都要修正。
#
# `wrt` 是 `"update"`（走一步）、`"unrolled"`（把前几步展开）、`"moving_average"`（把 $m$ 写成所有梯度的加权和）、`"weights"`（这些权重加起来是多少）
# 或 `"bias_correction"`（除以这个和，为什么正好抵消从 0 开始）。
#
# ### ::: derivations.AdamW
#
# `torch.optim.AdamW`：权重衰减直接缩小 $\theta$，不经过滑动平均，其余同 Adam。

# %% [markdown] lang="en" twin="f1d12b"
# ## Optimizers
#
# ### ::: derivations.SGD
#
# ### ::: derivations.Adam
#
# ### ::: derivations.AdamW

# %% [markdown] lang="zh" twin="96f5a1"
# ## 说出梯度错在哪里
#
# 这个梯度没有除以样本数。`diagnose` 把常见的错误逐一代回公式里算，哪一个能解释每个元素，就说是哪一个：

# %% [markdown] lang="en" twin="4f04bf"
# ## Be told what is wrong with a gradient
#
# This gradient is not divided by the number of samples. `diagnose` makes each common mistake in the formula itself, and
# names the one that explains every entry:

# %%
logits, labels = torch.randn(4, 3), torch.tensor([0, 2, 1, 1])
given = torch.softmax(logits, 1) - torch.eye(3)[labels]
dv.diagnose(given, dv.explain(None, criterion), logits, labels)

# %% [markdown] lang="zh" twin="185138"
# ### ::: derivations.diagnose
#
# `given` 本该是这些数据上的 $\partial L/\partial$`wrt`：它对不对，错在哪里。返回 [`Diagnosis`](#derivations.Diagnosis)。
#
# - `given`：张量、numpy 数组或者嵌套的列表；也可以是按名字给的字典，说的是其中第一个不对的。
# - `inputs`、`targets`、`grad_output`：同 [`Explanation.certify`](#derivations.Explanation.certify)。
# - `wrt`：`"weight"`、`"bias"`、`"inputs"`、`"outputs"` 等等；不给，就按形状认。
# - `precision`：如果实际是用更低的精度算的，写明是哪个 dtype，误差界就照那个精度来。
#
# 先定对错，标准和证书一样，所以求和的先后不同不算错。只有能在误差界之内解释每一个元素的错误才会说出来；不止一个的时候，说最简单的。
# `certify` 会抛出的异常这里也会抛出；没有这个梯度，或者诊断不了时，抛出 `ValueError`。
#
# ### ::: derivations.check
#
# 一条手写的公式是不是这个梯度，不是的话错在哪里。返回 [`Diagnosis`](#derivations.Diagnosis)。
#
# - `text`：Python 或 NumPy 的表达式、NumPy 或 torch 风格的函数、LaTeX，或者带下标的公式，如 `sum_n (p_nj - y_nj) x_nm / N`。
# - `explanation`：`explain` 返回的对象，或者写成公式的损失，如 `CrossEntropy(label_smoothing=True)`。
# - `wrt`：`"outputs"`（$Z$）、`"weight"`（$W$）、`"bias"`（$b$）、`"inputs"`（$X$）等等；不给就是输出。
#
# 公式里可以用的名字：$Z$ (N, C)、$P$、$X$ (N, D)、$W$ (C, D)、$b$ (C,)，标签 $y$ (N,) 或目标 $Y$ (N, C)，torch 里各个选项的名字，$N$、$C$、$D$；
# 对权重、偏置、输入求导时，还有 $G=\partial L/\partial Z$。常见的别名也认得。
#
# 公式按一份写明了可以包含什么的语法来读，再在几组大小不同的小数组上求值，步数有上限；公式里的文字从不会被当作代码执行。
# 在每一组上都等于验过的梯度，诊断才是 `True`；与梯度处处相差不到最大元素百万分之一的公式（例如分母上加了一个很小的数）也算对，
# 这一点会说出来。`numbers["read"]` 是读成的样子。
# 读不懂或者算不了时抛出 [`NotUnderstood`](#derivations.NotUnderstood)；没有这个梯度时抛出 `ValueError`，给的不是损失时抛出 `TypeError`。
#
# ### ::: derivations.Diagnosis
#
# 一个梯度错在哪里，或者它是对的。只有对的时候，`bool(diagnosis)` 才是 `True`。
#
# - `verdict`：`"agrees"`、`"disagrees"` 或 `"cannot tell"`，和证书一样。
# - `mistakes`：犯了哪些错，每个都有固定的名字；合起来才解释得了时有好几个，对的、看不出来的、常见的错误都解释不了的，是空的。
# - `sentence`：错在哪里，中英文各一句；`latex`：写成 given = … 的公式；`numbers`：比值、最差的元素、应得的和给出的数、误差界。
# - `explained`、`entries`：这些错误在误差界之内解释了多少个元素，一共多少个。
# - `alternatives`：同样能解释这些数的其他错误，例如 $N=C$ 时少的是 $1/N$ 还是 $1/C$，只看数据分不清。
#
# #### ::: derivations.Diagnosis.text
#
# 那句话和那些数，给终端看的纯文本，`lang` 是 `"zh"` 或 `"en"`。
#
# #### ::: derivations.Diagnosis.data
#
# 同样的内容，写成 JSON 能存的字典。
#
# ### ::: derivations.NotUnderstood
#
# 这段文字不是能检查的公式。它是 `ValueError`。
#
# - `kind`：是哪一种原因；`found`：那里写的是什么；`line`、`column`：在哪里，从 1 数起。
# - `words`：原因，中英文各一句；`text(lang)`：带上那一行，在那个地方下面标一个 `^`，再写上可以写什么。

# %% [markdown] lang="en" twin="43961b"
# ### ::: derivations.diagnose
#
# ### ::: derivations.check
#
# ### ::: derivations.Diagnosis
#
# #### ::: derivations.Diagnosis.text
#
# #### ::: derivations.Diagnosis.data
#
# ### ::: derivations.NotUnderstood

# %% [markdown] lang="zh" twin="6e1402"
# ## 检查自己的梯度，训练时用闭式
#
# 下面这个交叉熵的梯度忘了除以样本数，一查就知道：

# %% [markdown] lang="en" twin="99d8ee"
# ## Test a gradient of your own, train with a closed form
#
# This gradient of cross-entropy forgets to divide by the number of samples, and is found out:


# %%
def mine(outputs, targets):
    return torch.softmax(outputs, 1) - torch.eye(outputs.shape[1])[targets].to(outputs)


try:
    dv.assert_gradient(mine, torch.nn.CrossEntropyLoss(), shapes=[(5, 3)])
except dv.GradientMismatch as wrong:
    print(wrong)

# %% [markdown] lang="zh" twin="a7fb36"
# ### ::: derivations.assert_gradient
#
# 拿 `criterion` 的公式检查一个函数的梯度或损失，误差界由公式推出。通过就什么也不返回。
#
# 函数怎样被调用：`fn(outputs, targets)`；给了 `model`（`torch.nn.Linear`）就是 `fn(inputs, weight, bias, targets)`，模型没有偏置时
# `bias` 是 `None`。`reduction="none"` 而返回梯度时，最后再给 `grad_output`，与损失同形状；`"mean"` 和 `"sum"` 时，`fn` 要它才给，
# 是一个数：多一个没有默认值的参数，或者有一个叫 `grad_output` 的参数。
#
# `returns` 说它返回什么：
#
# - `"gradient"`（没有 `model` 时的默认值）：$\partial L/\partial Z$，与输出同形状。
# - `"gradients"`（有 `model` 时的默认值）：字典，键是 `"weight"`、`"bias"`、`"inputs"`、`"outputs"`，给全部或一部分；或者照这个次序的元组，
#   没有偏置就略去它。
# - `"loss"`：损失，由 autograd 求导，传回来的数不是 1 也试；损失的值也与 `criterion` 的比，二阶导数只要 autograd 肯求也比。
#
# 拿什么来试：
#
# - `targets`：`CrossEntropyLoss` 拿到的是 `"indices"`（默认）还是 `"probabilities"`。
# - `dtypes`、`shapes`、`seed`：默认用 float64 和 float32，试六种输出的形状，或者与损失的权重相配的形状；有 `model` 时是输入的形状。
#   类别权重和模型会转成每种精度。
# - `blocks`：kernel 的块大小，一个或几个。没有给 `shapes`，就试常见的块大小附近；给了 `blocks`，也试它们附近。
# - `without`：不试哪些，用名字说：`"ordinary outputs"`（普通的输出），`"small outputs"`、`"large outputs"`（特小、特大的输出），
#   `"ignored labels"`、`"all labels ignored"`（被忽略的标签），
#   `"labels at ends"`（首尾类别的标签），`"unnormalised probabilities"`（加起来不是 1 的概率），`"masked vocabulary"`、`"masked block"`（负无穷），
#   `"one row"`、`"empty batch"`，`"grad_output"`、`"expanded grad_output"`，`"strided outputs"`、`"transposed outputs"`、`"expanded outputs"`、
#   `"strided targets"`、`"strided weight"`（不连续的张量），`"block sizes"`。也可以说不看哪些：`"value of the loss"`、`"second call"`、
#   `"second derivative"`、`"overwritten inputs"`。不试 `"ignored labels"`，就也不试 `"all labels ignored"`；
#   不看 `"overwritten inputs"`，就也不试 `"expanded outputs"`。`only`：只试这些，重跑一次的那一行里就有它。
# - `device`：`fn` 和 autograd 在哪里算，例如 `"cuda"`；损失的权重也要放在那里。数据在哪个设备上都一样。
#
# `precision` 放宽误差界：`fn` 内部用来计算的精度，随它怎样相消；或者一个不小于 1 的倍数。不给，梯度就要像公式换个次序求和那样接近。
#
# 不对时抛出 `GradientMismatch`，带着 `diagnosis`，并排写出应得的和给出的数、最差的下标、误差界，以及重跑这一次的一行代码；
# 没有不对，但在某种精度、某个形状上，倍数错了也没有一次试得出来，就抛出 `CannotTell`；`fn` 自己抛出的照样抛出，
# 并附注是哪一次；返回的是别的东西，或者照给的参数什么也试不了，抛出 `TypeError` 或 `ValueError`；没有推导过的损失或模型抛出 `Unsupported`。
#
# ### ::: derivations.assert_step
#
# 检查 `step` 在 `model` 的 `.grad` 里留下的，是不是所有小批合在一起的梯度。通过就什么也不返回。
#
# - `step`：自己的代码，在各个小批上前向、反向。参数叫 `model`、`criterion`、`batches` 的按名字传，否则按位置传：`step()`、`step(batches)`、
#   `step(model, batches)` 或 `step(model, criterion, batches)`。它返回什么都不看。
# - `model`、`criterion`：同 `explain`，模型也可以套着 `DistributedDataParallel`，或者由 `fully_shard` 切分；
#   `reduction` 是 `"mean"` 或 `"sum"`，标准是全部样本只用一个分母的那个梯度。
# - `batches`：每个小批的 (inputs, targets)，大小可以不同；输入是 (B, T, D)、标签是 (B, T) 时，算 B·T 个样本。
# - `precision`：实际计算用的更低精度，例如在 autocast 之下。`group`：进程组；用了 torch.distributed，每个进程各给自己的小批，
#   合起来才是整体。`seed`：数据出自哪个种子。
#
# 调用前把每个 `.grad` 设成 `None`，调用后参数和 `.grad` 都恢复原样，所以 `step` 里更新参数也行，只要留着梯度（优化器自己记下的不会恢复）。
# 误差界是整批的公式按任意次序求和的误差界，每一部分再放宽一次舍入，缩放损失放宽四次。梯度不对时，每个进程都抛出 `GradientMismatch`，
# 它的 `diagnosis` 说明是哪种错误，`details` 里有每一部分的分母、算了几次、该乘多少；错了也看不出来时抛出 `CannotTell`；
# 没有推导过的抛出 `Unsupported`；没有留下梯度，或者参数不对时，抛出 `ValueError` 或 `TypeError`。
#
# ### ::: derivations.certified_loss
#
# 返回一个 `nn.Module`：它算 `criterion(outputs, targets)`，反向时用公式算梯度。
#
# 能传给 `criterion` 的都能传给它，可以直接换进训练循环；梯度传给输出，目标是实数时也传给目标。`targets` 是 `"indices"`（默认）或 `"probabilities"`。
#
# 原来的损失是它的子模块 `criterion`，每次调用都重新读选项，要改就改那里的；`.to`、`.double` 和 `state_dict` 都管得到里面的权重，名字是
# `"criterion.weight"`。梯度至少用 float32 算，先乘上反向传进来的数，再舍入成输出的 dtype，所以放大损失能保住 float16 里很小的分量。
#
# `torch.func.grad` 和 `vmap` 都能用，`vmap` 是一个样本一个样本地算。公式不会再被求导一次，求二阶导数抛出 `RuntimeError`。没有推导过的损失抛出 `Unsupported`，
# 权重要求梯度时则在调用时抛出；公式不接受的数据在调用时抛出 `ValueError`。

# %% [markdown] lang="en" twin="ea2dd7"
# ### ::: derivations.assert_gradient
#
# ### ::: derivations.assert_step
#
# ### ::: derivations.certified_loss

# %% [markdown] lang="zh" twin="3f4289"
# ## 一张网络，逐节点对账
#
# 例子见[一张网络，逐节点对账](lessons/network.py)，每种运算的公式见[运算](operations/index.py)；运算都在 `dv.operations` 里，`dv.derive(dv.operations.LayerNorm(), "A")` 不需要 torch。

# %% [markdown] lang="en" twin="5e555d"
# ## Audit a network, node by node
#
# [A network, node by node](lessons/network.py) has examples, and [Operations](operations/index.py) has the formulas. Operations are
# in `dv.operations`; `dv.derive(dv.operations.LayerNorm(), "A")` needs no torch.

# %%
net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
x, y = torch.randn(5, 3), torch.tensor([0, 1, 1, 0, 1])

account = dv.audit(lambda: torch.nn.functional.cross_entropy(net(x), y), net)
account

# %% [markdown] lang="zh" twin="8ebd1d"
# ### ::: derivations.audit
#
# 核对 `backward()` 算出的每一份梯度：每个节点传给操作数的，都与这个节点的运算该传出的比较。
#
# - `audit(lambda: criterion(model(x), y), model)` 跑这一步，再跑 `loss.backward()`，`.grad` 照常累加；这一步自己调用 `backward()` 也行。
#   `model` 给模块起名，可以不给。
# - `with audit(model) as account:` 看着里面跑的一切，几步都行，带着优化器也行；离开 `with` 时账就记好了。
# - `audit(Swish.apply, x, beta)` 在副本上单独跑一个 `autograd.Function`，或者任何张量的函数，反向收到的是随机数，不碰任何 `.grad`。
#
# `only="blocks.3"` 只核对那个模块的节点。`exact=True` 还要把推导出来的与精确值相比，张量要小，里面的数要有限。梯度、值和随机数与没有看着时逐位相同。
#
# 这一步不能调用，或者没有返回损失，抛出 `TypeError`；没有这个模块的节点，或者求不出精确值，抛出 `ValueError`。
#
# ### ::: derivations.torch_bridge.auditing.account.Account
#
# `audit` 的结果。只有每个节点都对上，`bool(account)` 才是 `True`。
#
# - `nodes`：跑过的每个节点各有一个 [`NodeAccount`](#derivations.torch_bridge.auditing.nodes.NodeAccount)，次序照前向。
# - `changed`：传出和收到的不一样的边，比如张量上挂了 hook。
# - `notes`：没有看到什么，有什么可能出人意料，中英文都有。`conditions`：再看到同样的数所需的一切。
#
# `account["encoder.0"]` 是一个模块连同里面各层的账；没有这样的模块就抛出 `KeyError`。
#
# #### ::: derivations.torch_bridge.auditing.account.Account.verdict
#
# 有节点或边不一致，就是 `"disagrees"`；每个节点都一致，才是 `"agrees"`；其余是 `"cannot tell"`。
#
# #### ::: derivations.torch_bridge.auditing.account.Account.modules
#
# 调用过运算的模块，次序照前向。
#
# #### ::: derivations.torch_bridge.auditing.account.Account.counts
#
# 各种核对办法各有多少个节点。
#
# #### ::: derivations.torch_bridge.auditing.account.Account.unknown
#
# 没能核对的节点，各自说明原因。
#
# #### ::: derivations.torch_bridge.auditing.account.Account.wrong
#
# 对不上的节点，次序照前向。
#
# #### ::: derivations.torch_bridge.auditing.account.Account.corners
#
# 有元素站在拐点上的节点：那里取哪边的斜率都算对。
#
# #### ::: derivations.torch_bridge.auditing.account.Account.first_nan
#
# 按反向的次序，第一个收到的是数、传出的却有 nan 或无穷大的节点；没有就是 `None`。
#
# #### ::: derivations.torch_bridge.auditing.account.Account.worst
#
# 用掉误差界最多的那个节点。
#
# #### ::: derivations.torch_bridge.auditing.account.Account.data
#
# 同样的内容，写成 JSON 装得下的样子。
#
# #### ::: derivations.torch_bridge.auditing.account.Account.require
#
# 每个节点都对上就返回这本账；有对不上的抛出 `GradientMismatch`，有说不清的抛出 `CannotTell`。`numeric=False` 时，只靠差分核对过的也不算数。
#
# #### ::: derivations.torch_bridge.auditing.account.Account.mismatch
#
# 说明错在哪里的那个 `GradientMismatch`：第一个对不上的节点，偏差最大的元素。没有这样的节点就抛出 `ValueError`。
#
# #### ::: derivations.torch_bridge.auditing.account.Account.doubt
#
# 说明为什么说不清的那个 `CannotTell`。没有这样的节点就抛出 `ValueError`。
#
# ### ::: derivations.torch_bridge.auditing.nodes.NodeAccount
#
# 一个节点的账：收到什么，给每个操作数传出什么，怎么核对的。
#
# - `name` 是 torch 的叫法，`call` 是产生它的运算，`module` 是调用它的模块，`number` 是它在前向里的次序，`walk` 是第几次 `backward()`。
# - `status`：`"derived"`（照推导的公式）、`"by parts"`（拆成推导过的运算）、`"numeric"`（拿它自己的前向做差分）或 `"unknown"`（没有核对）；
#   `reason` 说为什么没有更好的办法。
# - `results` 是前向算出的，`arrived` 是收到的梯度，`shares` 是传出的，一个操作数一份。
# - `operation` 是公式里的运算，`numbers` 是它带着的数，`ones` 是这里处处为 1 的权重和掩码，`parts` 是拆成的那些运算。
# - `forward`：记下的结果与定义算出的相差误差界的几分之几；超过 1，就是公式不对。
#
# #### ::: derivations.torch_bridge.auditing.nodes.NodeAccount.verdict
#
# 有一份不一致，或者定义对不上记下的结果，就是 `"disagrees"`；没有核对就是 `"cannot tell"`。
#
# #### ::: derivations.torch_bridge.auditing.nodes.NodeAccount.entries
#
# 传出的元素一共有多少个。
#
# #### ::: derivations.torch_bridge.auditing.nodes.NodeAccount.corners
#
# 有多少个元素站在拐点上，取哪边的斜率都算对。
#
# #### ::: derivations.torch_bridge.auditing.nodes.NodeAccount.worst
#
# 用掉误差界最多的那一份。
#
# #### ::: derivations.torch_bridge.auditing.nodes.NodeAccount.hands_on_nan
#
# 是不是收到的都是数，传出的却有 nan 或无穷大。
#
# #### ::: derivations.torch_bridge.auditing.nodes.NodeAccount.share
#
# 传给一个操作数的那一份；没有传给它，就抛出 `KeyError`。
#
# #### ::: derivations.torch_bridge.auditing.nodes.NodeAccount.derivation
#
# 那一份怎么推出来，一行一行；不是推导出来的，就抛出 `ValueError`。
#
# #### ::: derivations.torch_bridge.auditing.nodes.NodeAccount.latex
#
# 那一份的公式，LaTeX 源码。
#
# #### ::: derivations.torch_bridge.auditing.nodes.NodeAccount.code
#
# 那一份的代码，torch 或 numpy。
#
# #### ::: derivations.torch_bridge.auditing.nodes.NodeAccount.because
#
# 同一个节点，原因换成这些；核对的程序自己用。

# %% [markdown] lang="en" twin="a57902"
# ### ::: derivations.audit
#
# ### ::: derivations.torch_bridge.auditing.account.Account
#
# #### ::: derivations.torch_bridge.auditing.account.Account.verdict
#
# #### ::: derivations.torch_bridge.auditing.account.Account.modules
#
# #### ::: derivations.torch_bridge.auditing.account.Account.counts
#
# #### ::: derivations.torch_bridge.auditing.account.Account.unknown
#
# #### ::: derivations.torch_bridge.auditing.account.Account.wrong
#
# #### ::: derivations.torch_bridge.auditing.account.Account.corners
#
# #### ::: derivations.torch_bridge.auditing.account.Account.first_nan
#
# #### ::: derivations.torch_bridge.auditing.account.Account.worst
#
# #### ::: derivations.torch_bridge.auditing.account.Account.data
#
# #### ::: derivations.torch_bridge.auditing.account.Account.require
#
# #### ::: derivations.torch_bridge.auditing.account.Account.mismatch
#
# #### ::: derivations.torch_bridge.auditing.account.Account.doubt
#
# ### ::: derivations.torch_bridge.auditing.nodes.NodeAccount
#
# #### ::: derivations.torch_bridge.auditing.nodes.NodeAccount.verdict
#
# #### ::: derivations.torch_bridge.auditing.nodes.NodeAccount.entries
#
# #### ::: derivations.torch_bridge.auditing.nodes.NodeAccount.corners
#
# #### ::: derivations.torch_bridge.auditing.nodes.NodeAccount.worst
#
# #### ::: derivations.torch_bridge.auditing.nodes.NodeAccount.hands_on_nan
#
# #### ::: derivations.torch_bridge.auditing.nodes.NodeAccount.share
#
# #### ::: derivations.torch_bridge.auditing.nodes.NodeAccount.derivation
#
# #### ::: derivations.torch_bridge.auditing.nodes.NodeAccount.latex
#
# #### ::: derivations.torch_bridge.auditing.nodes.NodeAccount.code
#
# #### ::: derivations.torch_bridge.auditing.nodes.NodeAccount.because

# %% [markdown] lang="zh" twin="27a481"
# ## 看 torch 记下的图
#
# ### ::: derivations.record
#
# 返回 `loss` 背后的图，每个节点只出现一次。`loss` 是任意形状的张量。
#
# `names` 给叶子起名，按对象本身认；给一个模块，就用它的参数名。同一个张量有两个名字时，取前一个。
# `loss` 不是张量，或者起名的对象不是张量，都抛出 `TypeError`。
#
# ### ::: derivations.torch_bridge.graph.record.Graph
#
# `backward()` 要走的图，纯数据：`nodes` 是节点，0 号是损失；`edges` 是节点之间的边。
# `recorded` 是 `False` 时，损失背后没有图，`backward()` 会报错。
#
# ### ::: derivations.draw_graph
#
# 把 `record` 记下的图画成 SVG，图中文字有中英两份。给 `audit` 的账，图里就写上数：每个节点算出的值，每一份传下去的梯度。
# 节点多到看不过来，或一份账里不止一张图时，抛出 `ValueError`。
#
# ### ::: derivations.figures.Figure
#
# 一张图的两个语言版本，`lang` 是 `"zh"` 或 `"en"`，别的抛出 `KeyError`。在笔记本里直接显示。
#
# #### ::: derivations.figures.Figure.svg
#
# 图本身，一个格式完好的 `<svg>` 元素。
#
# #### ::: derivations.figures.Figure.alt
#
# 用文字说明图上画了什么。
#
# #### ::: derivations.figures.Figure.html
#
# 图连同说明，放在 `<figure>` 里；图太宽时在里面滚动。

# %% [markdown] lang="en" twin="8707d0"
# ## See the graph that torch recorded
#
# ### ::: derivations.record
#
# ### ::: derivations.torch_bridge.graph.record.Graph
#
# ### ::: derivations.draw_graph
#
# ### ::: derivations.figures.Figure
#
# #### ::: derivations.figures.Figure.svg
#
# #### ::: derivations.figures.Figure.alt
#
# #### ::: derivations.figures.Figure.html

# %% [markdown] lang="zh" twin="caa445"
# ## 出错时
#
# ### ::: derivations.Unsupported
#
# 没有推导过的模型、损失或选项；消息里说明支持哪些。它是 `ValueError`。
#
# ### ::: derivations.Disagreement
#
# 等式两边不相等。`subject` 说的是什么，`details` 说在哪里、差多少。它是 `AssertionError`。
#
# ### ::: derivations.GradientMismatch
#
# 梯度与 autograd 或精确值的差，不是舍入能解释的。它是 `Disagreement`，`details` 里有损失、张量、最差的下标、应得的数、给出的数、误差界和种子。
# `diagnosis` 说是哪种错误，诊断过才有；`trial` 是 `assert_gradient` 试的那一次。`unseen` 里的那些细节给程序用，不印出来。
#
# ### ::: derivations.CannotTell
#
# 没有不一致，可是每个元素上都可能有错而被舍入盖住，所以什么也没有验出来。它是 `AssertionError`，但不是 `GradientMismatch`：
# 等着后者的人，并没有等到一个错误。`details` 里有损失、张量、倍数错多少才看得出来、该怎么办，还有种子。

# %% [markdown] lang="en" twin="c9eb59"
# ## When something is wrong
#
# ### ::: derivations.Unsupported
#
# ### ::: derivations.Disagreement
#
# ### ::: derivations.GradientMismatch
#
# ### ::: derivations.CannotTell

# %% [markdown] lang="zh" twin="87189d"
# ## 命令行 { #command }
#
# 装好之后有 `derivations` 命令，`python -m derivations` 也一样。它说哪种语言由 `--lang` 定；不写就看 `LANG`，zh 开头的用中文，其余用英文。
# 一切正常退出码是 0，有不一致或没能做完是 1，用法不对是 2，没有不一致、但有看不出对错的，是 3。下面是各条命令自己印出的帮助。

# %% [markdown] lang="en" twin="114674"
# ## The command { #command }
#
# Once installed, there is a command `derivations`, which is also `python -m derivations`. `--lang` chooses its language;
# without it, that is Chinese where `LANG` begins with zh, and English elsewhere. It exits with 0, with 1 on a disagreement or
# where it could not finish, with 2 on wrong use, and with 3 where nothing disagrees but something cannot be told. This is the
# help that each command prints.

# %% tags=["hide-input"]
HelpOf()

# %% [markdown] lang="zh" twin="a370f7"
# ### `derivations list`
#
# 列出能推导的对象，各有哪些 `wrt` 和选项。

# %% [markdown] lang="en" twin="ae253c"
# ### `derivations list`
#
# What can be derived, and with which `wrt` and options.

# %% tags=["hide-input"]
HelpOf("list")

# %% [markdown] lang="zh" twin="dd4b36"
# ### `derivations show`
#
# 在终端里印出一个推导。选项前加两个连字符，写法同 torch。

# %% [markdown] lang="en" twin="5f5722"
# ### `derivations show`
#
# A derivation in the terminal. Options are those of torch.

# %% tags=["hide-input"]
HelpOf("show")

# %% [markdown] lang="zh" twin="8c4c76"
# ### `derivations certify`
#
# 用公式和 autograd 对账，需要 torch。`--device cuda` 让两边都在 GPU 上算；数据和误差界不变，仍由 CPU 给出。

# %% [markdown] lang="en" twin="142ab6"
# ### `derivations certify`
#
# Compares formulas with autograd; needs torch. With `--device cuda` both sides are computed on the GPU; data and bounds are
# the same, and still come from the CPU.

# %% tags=["hide-input"]
HelpOf("certify")

# %% [markdown] lang="zh" twin="4de6f2"
# ### `derivations ledger`
#
# 把全部公式、代码和证书写成一个 JSON 文件，需要 torch。本站发布的 `ledger.json` 就是它写的。

# %% [markdown] lang="en" twin="9f0a15"
# ### `derivations ledger`
#
# Every formula, code and certificate as one JSON file; needs torch. It wrote the `ledger.json`
# that this site publishes.

# %% tags=["hide-input"]
HelpOf("ledger")

# %% [markdown] lang="zh" twin="43c387"
# ### `derivations check`
#
# 检验自己的梯度：文件里的函数，或者一个公式。例子见[检验你的梯度](check.py)。参数按名字认：`Z`、`y`、`X`、`W`、`b`、`grad_output`，以及常见的别名；
# 名字认不出，就按顺序。文件只引入 numpy，函数就得到 numpy 数组。`W` 可以是 (C, D)，也可以是 (D, C)，标签可以是编号，也可以是 one-hot：哪种能跑通就用哪种。

# %% [markdown] lang="en" twin="23f045"
# ### `derivations check`
#
# Your own gradient, a function in a file or a formula; examples are in [Check your gradient](check.py). Arguments are known by their
# names, `Z`, `y`, `X`, `W`, `b`, `grad_output` and what else people call them, or by their order. A function whose file imports
# numpy alone is given numpy arrays. `W` may be (C, D) or (D, C), and labels may be class indices or one-hot: what the function
# runs with is taken.

# %% tags=["hide-input"]
HelpOf("check")

# %% [markdown] lang="zh" twin="07f18a"
# ### `derivations audit`
#
# 跑文件里的一步训练，逐个节点核对，需要 torch。

# %% [markdown] lang="en" twin="12de8a"
# ### `derivations audit`
#
# Runs a training step of a file, and checks every node; needs torch.

# %% tags=["hide-input"]
HelpOf("audit")
