# ---
# title: {zh: 公式表, en: Formula sheet}
# description:
#   zh: 两页 A4：torch 各个损失函数的公式、梯度与曲线，线性层，softmax 的 Jacobian，Hessian，SGD、动量、正则化与 Adam。每个公式都由程序推导并排版。
#   en: "Two A4 pages: torch's loss functions with gradients and curves, linear layer, softmax Jacobian, Hessians, SGD and Adam. Every formula derived and printed by the library."
# hide: [navigation, toc]
# ---

# %% [markdown] lang="zh" twin="0f8a75"
# # 公式表
#
# 这里的公式没有一个是手敲的：都由 `derivations` 推导、检验并排版，曲线也是照公式画的。打印出来是两页 A4。
# {: .gl-screen }

# %% [markdown] lang="en" twin="e4e93d"
# # Formula sheet
#
# No formula here was typed: `derivations` derived, judged and printed them all, and drew the curves from
# them. On paper they fill two pages, A4.
# {: .gl-screen }

# %% tags=["hide-input"]
import derivations as dv
from derivations.closed_form import closed_form_latex, contraction_latex, definitions_latex, index_latex
from derivations.losses.cross_entropy import theorem
from derivations.pages.atlas import criteria, loss_of_one, often_defined
from derivations.pages.sheet import Sheet
from derivations.sigmoid import sigmoid_derivative


def gradient(of_logits):
    """∂L/∂Z with whole arrays."""
    return closed_form_latex(of_logits, of_logits)


# %% [markdown] lang="zh" twin="435bf1"
# ## 损失函数与梯度

# %% [markdown] lang="en" twin="fc34fb"
# ## Loss functions and gradients

# %% tags=["hide-input"]
of_torch = [each for each in criteria() if each.kind.family != "written"]
said = set(often_defined(criteria()))  # among the Jacobians below


def where(criterion):
    """What its formulas use and no row above has defined."""
    new = [latex for latex in criterion.where if latex not in said]
    said.update(new)
    return new


Sheet(
    *(
        (
            each.kind.torch_name,
            each.kind.torch_name,
            each.small_picture,
            each.loss,
            f"{each.gradient_of} = {each.gradient}",
            *where(each),
        )
        for each in of_torch
    )
)

# %% [markdown] lang="zh" twin="4f0b80"
# ## 线性层

# %% [markdown] lang="en" twin="e0066f"
# ## The linear layer

# %% tags=["hide-input"]
layer = {wrt: dv.derive(dv.Linear(), wrt) for wrt in ("weight", "bias", "inputs")}
Sheet(
    ("输出", "outputs", definitions_latex(layer["weight"])["Z"]),
    ("回传", "gradients", *map(contraction_latex, layer.values())),
)

# %% [markdown] lang="zh" twin="294e59"
# ## 权重与正则化

# %% [markdown] lang="en" twin="a1e880"
# ## Weights and regularization


# %% tags=["hide-input"]
def row(name, loss):
    """The loss of an entry, what a mean divides by, and the gradient."""
    of_logits = loss.of_logits()
    named = definitions_latex(of_logits)
    return (name, name, loss_of_one(loss), *(named[each] for each in ("S",) if each in named), index_latex(of_logits))


penalty = dv.derive(dv.L2Penalty())
Sheet(
    row("mse_loss, weight", dv.MSE(weight=True)),
    row("pos_weight", dv.BCEWithLogits(pos_weight=True)),
    ("L2 惩罚", "L2 penalty", definitions_latex(penalty)["L"], index_latex(penalty)),
)

# %% [markdown] lang="zh" twin="1cf2ef"
# ## 交叉熵的选项

# %% [markdown] lang="en" twin="9afba7"
# ## The options of cross-entropy

# %% tags=["hide-input"]
of_any = theorem()
options = {
    "weight": {"weight": True},
    "ignore_index": {"ignore_index": True},
    "label_smoothing": {"label_smoothing": True},
    "weight + label_smoothing": {"weight": True, "label_smoothing": True},
}


def choice(**given):
    """What the options choose A and S to be."""
    named = definitions_latex(dv.CrossEntropy(**given).of_logits())
    return [named[each] for each in ("A", "S")]


Sheet(
    ("任意 A、S", "any A and S", definitions_latex(of_any)["L"], gradient(of_any)),
    *((name, name, *choice(**given)) for name, given in options.items()),
    ("概率", "probabilities", *choice(targets="probabilities")),
    ("概率 + weight", "probabilities + weight", *choice(targets="probabilities", weight=True)),
    ("weight, sum", "weight, sum", *choice(weight=True, reduction="sum")),
    ("weight, none", "weight, none", *choice(weight=True, reduction="none")),
)

# %% [markdown] lang="zh" twin="dc9f0d"
# ## softmax 与 sigmoid 的 Jacobian

# %% [markdown] lang="en" twin="7925cc"
# ## Jacobians of softmax and sigmoid

# %% tags=["hide-input"]
softmax, log_softmax, log_sum_exp = map(dv.derive, (dv.Softmax(), dv.LogSoftmax(), dv.LogSumExp()))
sigmoid = sigmoid_derivative()
Sheet(
    ("softmax", "softmax", definitions_latex(softmax)["P"], index_latex(softmax)),
    ("log-softmax", "log-softmax", definitions_latex(log_softmax)["Q"], index_latex(log_softmax)),
    ("log-sum-exp", "log-sum-exp", index_latex(log_sum_exp)),
    ("sigmoid", "sigmoid", definitions_latex(sigmoid)["sigma"], index_latex(sigmoid)),
    ("LogSoftmax + NLLLoss", "LogSoftmax + NLLLoss", index_latex(dv.derive(dv.NLL(), "logits"))),
)

# %% [markdown] lang="zh" twin="86b79f"
# ## Hessian

# %% [markdown] lang="en" twin="028ca6"
# ## Hessians

# %% tags=["hide-input"]
Sheet(
    *(
        (loss.torch_name, loss.torch_name, *(index_latex(dv.hessian(loss, wrt)) for wrt in ("outputs", "weight")))
        for loss in (dv.MSE(), dv.BCEWithLogits(), dv.CrossEntropy())
    )
)

# %% [markdown] lang="zh" twin="3551d8"
# ## 优化器

# %% [markdown] lang="en" twin="25c75a"
# ## Optimizers


# %% tags=["hide-input"]
def recurrences(optimizer):
    """What the optimizer does in step t, line by line."""
    return tuple(definitions_latex(dv.derive(optimizer)).values())


Sheet(
    ("SGD", "SGD", *recurrences(dv.SGD())),
    ("momentum", "momentum", *recurrences(dv.SGD(momentum=True))),
    ("momentum 展开", "momentum, unrolled", index_latex(dv.derive(dv.SGD(momentum=True), "buffer"))),
    ("nesterov", "nesterov", *recurrences(dv.SGD(momentum=True, nesterov=True))),
    ("SGD、Adam 的 weight_decay", "weight_decay of SGD, Adam", recurrences(dv.SGD(weight_decay=True))[-1]),
    ("Adam", "Adam", *recurrences(dv.Adam())),
    ("Adam 的平均", "Adam's average", index_latex(dv.derive(dv.Adam(), "moving_average"))),
    ("AdamW 的 weight_decay", "weight_decay of AdamW", recurrences(dv.AdamW())[0]),
)

# %% [markdown] lang="zh" twin="cee294"
# 曲线画的是一个输出变动时的损失（实线）和斜率（虚线），圆点是 torch 在拐点处取的斜率。$\ell$ 是一个元素或一行的损失，梯度是 reduction="mean" 的。
# $N$ 个样本，$D$ 个特征，$C$ 个类别；没写范围的求和取遍整个范围，下标从 1 数起。$Y$ 是目标，$\hat Y$ 是类别编号 $y$ 的 one-hot 矩阵，
# $\delta$ 在两个下标相等时为 1，否则为 0，$[\,]$ 在不等式成立时为 1，否则为 0；$M_{ic}$ 在类别 $c$ 属于第 $i$ 行时为 1，否则为 0。
# $w$ 是 weight，$q$ 是 pos_weight，$\varepsilon$ 是 label_smoothing，$\rho$ 是 margin，$\Delta$ 是 delta，$\beta$ 是 beta，$\eta$ 是 eps，
# $\nu$ 是 var，$Z'$ 是 input2，$Z^+$、$Z^-$ 是 positive、negative，$v$ 是 reduction="none" 时 backward 收到的向量，
# $\mu_n$ 在标签等于 ignore_index 的行为 0，其余为 1。优化器里 $\theta$ 是参数，$g$ 是梯度，$\gamma$ 是 lr，
# $\mu$ 是 momentum，$\lambda$ 是 weight_decay，$\beta$ 是 betas，$\varepsilon$ 是 eps；SGD 与 Adam
# 有 weight_decay 时，各处的 $g$ 换成 $\tilde g$；AdamW 不换，它的 $g$ 不含衰减项，参数先缩小一点，再走一步。
# {: .gl-legend }

# %% [markdown] lang="en" twin="c88b87"
# The curves are the loss (solid) and its slope (dashed) as one output moves; a dot is the slope that torch takes at a
# corner. $\ell$ is the loss of an entry or a row, and gradients are for reduction="mean".
# $N$ samples, $D$ features, $C$ classes; a sum without limits runs over the whole range, from 1. $Y$ are the targets,
# $\hat Y$ is the one-hot matrix of the class indices $y$; $\delta$ is 1 where its two indices are equal, and $[\,]$ where its
# inequality holds, and 0 elsewhere; $M_{ic}$ is 1 where class $c$ is one of row $i$'s, and 0 elsewhere. $w$ is weight, $q$
# pos_weight, $\varepsilon$ label_smoothing, $\rho$ margin, $\Delta$ delta, $\beta$ beta, $\eta$ eps, $\nu$ var, $Z'$ input2,
# $Z^+$ and $Z^-$ positive and negative, $v$ the vector that backward receives with reduction="none", and $\mu_n$ is 0 in
# rows whose label is ignore_index and 1 in the others. For the optimizers $\theta$ is
# a parameter, $g$ its gradient, $\gamma$ lr, $\mu$ momentum, $\lambda$ weight_decay, $\beta$ betas and $\varepsilon$ eps; with
# weight_decay, $\tilde g$ takes the place of $g$ in SGD and Adam. Not in AdamW: its $g$ holds no decay, and the parameter is
# shrunk a little before the step.
# {: .gl-legend }
