"""One term, one translation: the glossary of the site, which the notation page shows and a test holds all prose to."""

from __future__ import annotations

from dataclasses import dataclass

from .words import Words


@dataclass(frozen=True)
class Term:
    """A term in both languages, what it means in one line, and which words are used for it.

    `avoid` must not be used in its place. Where one half of a pair of prose says a term, or one of the forms in `also`,
    the other half does too; but for `everyday` words, which have other meanings, or which a sentence may do without.
    """

    en: str
    zh: str
    meaning: Words
    also: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    everyday: bool = False


GLOSSARY = (
    Term(
        "loss",
        "损失",
        Words(
            "一个数，说明输出离目标有多远；反向从它出发。",
            "One number: how far outputs are from targets. The backward pass starts at it.",
        ),
        avoid=("代价函数", "成本函数", "cost function"),
        everyday=True,
    ),
    Term(
        "criterion",
        "损失函数",
        Words(
            "由输出和目标算出损失的对象，带着自己的选项。",
            "The object that computes the loss from outputs and targets, with its options.",
        ),
        avoid=("准则", "评判标准"),
        everyday=True,
    ),
    Term(
        "gradient",
        "梯度",
        Words(
            "损失对一个张量每个元素的偏导数，与那个张量同形状。",
            "The partial derivatives of the loss by each entry of a tensor, in that tensor's shape.",
        ),
        avoid=("渐变", "斜度"),
        everyday=True,
    ),
    Term(
        "autograd",
        "自动微分",
        Words(
            "torch 记下运算、再沿记录倒推梯度的机制。",
            "torch's machinery: it records operations, and walks the record backwards for the gradients.",
        ),
        avoid=("自动求导", "自动梯度", "autodiff"),
        everyday=True,
    ),
    Term(
        "forward pass",
        "前向",
        Words("由输入算出输出和损失。", "Computing outputs and loss from the inputs."),
        avoid=("正向传播", "前馈传播"),
        everyday=True,
    ),
    Term(
        "backward pass",
        "反向",
        Words(
            "从损失出发，倒着走计算图，算出梯度。", "Walking the graph from the loss, in reverse, for the gradients."
        ),
        avoid=("后向传播", "反向传递", "backprop"),
        everyday=True,
    ),
    Term(
        "graph",
        "计算图",
        Words(
            "前向时记下的运算和它们的依赖关系。",
            "The operations that the forward pass recorded, and what depends on what.",
        ),
        avoid=("运算图",),
        everyday=True,
    ),
    Term(
        "leaf",
        "叶子",
        Words(
            "不由别的张量算出的张量，例如参数；梯度存进它的 .grad。",
            "A tensor that no operation made, such as a parameter; its gradient is kept in .grad.",
        ),
        avoid=("叶节点", "叶结点"),
        everyday=True,
    ),
    Term(
        "chain rule",
        "链式法则",
        Words(
            "复合函数的导数是各段导数的乘积。",
            "The derivative of a composition is the product of its parts' derivatives.",
        ),
        avoid=("链锁法则", "链式规则"),
    ),
    Term(
        "Jacobian",
        "Jacobian",
        Words(
            "每个输出对每个输入的偏导数排成的矩阵。", "The matrix of every output's partial derivative by every input."
        ),
        avoid=("雅可比", "雅克比"),
    ),
    Term(
        "logits",
        "打分",
        Words("softmax 或 sigmoid 之前的输出，可正可负。", "Outputs before softmax or sigmoid; they may be negative."),
        avoid=("对数几率", "逻辑值", "log-odds"),
        everyday=True,
    ),
    Term(
        "parameter",
        "参数",
        Words("训练要改的张量：权重和偏置。", "A tensor that training changes: weights and biases."),
        avoid=("参量",),
        everyday=True,
    ),
    Term(
        "weight",
        "权重",
        Words(
            "与输入相乘的参数 W；也指损失里给样本、类别或元素的系数。",
            "The parameter W that multiplies the inputs; also the factor of a sample, class or entry in a loss.",
        ),
        avoid=("权值", "加权值"),
    ),
    Term(
        "bias",
        "偏置",
        Words("加在输出上的参数 b。", "The parameter b that is added to the outputs."),
        also=("biases",),
        avoid=("偏移量", "偏差项"),
    ),
    Term(
        "batch",
        "批",
        Words("一起算的若干样本。", "The samples that are computed together."),
        avoid=("批次", "批量大小", "minibatch"),
        everyday=True,
    ),
    Term("sample", "样本", Words("一行输入和它的目标。", "One row of inputs and its target."), everyday=True),
    Term(
        "class",
        "类别",
        Words(
            "分类的一种答案；类别编号从 0 数起。",
            "One of the possible answers in classification; class indices count from 0.",
        ),
        avoid=("类标",),
        everyday=True,
    ),
    Term("label", "标签", Words("一个样本的正确类别。", "A sample's right class."), avoid=("标号", "标注")),
    Term(
        "target",
        "目标",
        Words(
            "输出应当接近的值：实数、概率或类别编号。",
            "What outputs should be near: real numbers, probabilities or class indices.",
        ),
        everyday=True,
    ),
    Term(
        "probability",
        "概率",
        Words(
            "不为负，每行加起来是 1；softmax 的结果。", "Not negative, and a row adds up to 1: what softmax returns."
        ),
        avoid=("几率", "机率"),
        everyday=True,
    ),
    Term(
        "one-hot",
        "one-hot",
        Words(
            "只在一个位置上是 1、其余是 0 的行，用来写类别编号。",
            "A row that is 1 in one place and 0 elsewhere; it stands for a class index.",
        ),
        avoid=("独热", "一位有效编码", "onehot"),
    ),
    Term(
        "mean squared error",
        "均方误差",
        Words(
            "输出与目标之差的平方，对所有元素取平均。",
            "The squared differences of outputs and targets, averaged over all entries.",
        ),
        avoid=("均方差", "mean square error"),
        everyday=True,
    ),
    Term(
        "cross-entropy",
        "交叉熵",
        Words(
            "正确类别的概率取负对数，对样本平均。",
            "Minus the logarithm of the right class's probability, averaged over samples.",
        ),
        avoid=("互熵", "cross entropy"),
    ),
    Term(
        "negative log-likelihood",
        "负对数似然",
        Words("同样的损失，但拿到的是对数概率。", "The same loss, given log-probabilities."),
        also=("NLL",),
        avoid=("负对数概率损失",),
    ),
    Term(
        "label smoothing",
        "标签平滑",
        Words("从正确类别匀出一小份给所有类别。", "Taking a little from the right class and giving it to all classes."),
        also=("平滑", "smoothing"),
        avoid=("标签平滑化",),
    ),
    Term(
        "reduction",
        "归约方式",
        Words(
            "怎样把每个样本的损失并成一个数：平均、求和，或者不并。",
            "How the losses of the samples become one number: mean, sum, or not at all.",
        ),
        avoid=("规约", "缩减方式", "约简"),
        everyday=True,
    ),
    Term(
        "broadcasting",
        "广播",
        Words("形状不同的张量按规则撑成同一形状。", "Stretching tensors of different shapes to a common one."),
        also=("broadcast", "broadcasts"),
        avoid=("张量扩播",),
    ),
    Term(
        "optimizer",
        "优化器",
        Words(
            "按梯度改参数的规则，例如 SGD 和 Adam。",
            "A rule that changes parameters by their gradients, such as SGD and Adam.",
        ),
        avoid=("最优化器", "optimiser"),
        everyday=True,
    ),
    Term(
        "learning rate",
        "学习率",
        Words("一步走多远：梯度前面的系数。", "How far one step goes: the factor of the gradient."),
        also=("learning rates",),
        avoid=("学习速率", "学习步长"),
    ),
    Term(
        "momentum",
        "动量",
        Words("把过去的梯度按比例留下来，一起用。", "Keeping a share of past gradients and using it too."),
        avoid=("惯性项",),
    ),
    Term(
        "weight decay",
        "权重衰减",
        Words("每一步都把权重缩小一点。", "Making the weights a little smaller in each step."),
        avoid=("权值衰减", "重量衰减"),
    ),
    Term(
        "gradient accumulation",
        "梯度累积",
        Words("几批的梯度先加在一起，再走一步。", "Adding up the gradients of several batches before one step."),
        avoid=("梯度累计",),
        everyday=True,
    ),
    Term(
        "Hessian",
        "Hessian 矩阵",
        Words("二阶偏导数排成的矩阵：曲率。", "The matrix of second derivatives: the curvature."),
        also=("Hessians", "Hessian"),
        avoid=("海森", "海塞", "黑塞"),
    ),
    Term(
        "convex",
        "凸",
        Words("任意两点之间的函数值不高过连线。", "Nowhere above the chord between any two of its points."),
        also=("convexity",),
    ),
    Term(
        "positive semidefinite",
        "半正定",
        Words("对应的二次型处处不为负。", "Having a quadratic form that is nowhere negative."),
        avoid=("正半定", "positive semi-definite"),
    ),
    Term(
        "condition number",
        "条件数",
        Words(
            "最大与最小曲率之比，说明问题有多难。", "The largest curvature over the smallest: how hard the problem is."
        ),
        also=("condition numbers",),
        avoid=("条件值",),
    ),
    Term(
        "normal equations",
        "正规方程",
        Words(
            "均方误差的梯度为零时参数满足的方程。",
            "The equations that hold where the gradient of squared error is zero.",
        ),
        also=("正规方程组",),
        avoid=("法方程", "正态方程"),
    ),
    Term(
        "rounding",
        "舍入",
        Words("把一个数换成最近的浮点数。", "Replacing a number by the nearest floating-point number."),
        avoid=("取整误差",),
        everyday=True,
    ),
    Term(
        "bound",
        "误差界",
        Words(
            "照着公式累计的舍入误差，偏差不该超过它。",
            "The roundings added up along the formula; no deviation should exceed it.",
        ),
        avoid=("误差上界", "误差限"),
        everyday=True,
    ),
    Term(
        "exact value",
        "精确值",
        Words(
            "用有理数或 50 位数字算出的值，没有浮点舍入。",
            "The value computed in rational numbers or with 50 digits, free of floating-point rounding.",
        ),
        avoid=("准确值",),
        everyday=True,
    ),
    Term(
        "derivation",
        "推导",
        Words(
            "从定义到公式的若干行，每一行都说明理由并由机器判定。",
            "The lines from definition to formula, each with its reason and a machine's judgement.",
        ),
        avoid=("推演",),
        everyday=True,
    ),
    Term(
        "closed form",
        "闭式",
        Words(
            "直接写出结果的公式，没有导数和递推。",
            "A formula that gives the result itself, with no derivative or recurrence in it.",
        ),
        avoid=("闭合形式", "封闭形式", "解析形式"),
        everyday=True,
    ),
    Term(
        "certificate",
        "证书",
        Words(
            "一次对账的记录：两边的数、偏差、误差界和条件。",
            "The record of one comparison: both accounts' numbers, deviations, bounds and conditions.",
        ),
        also=("certificates",),
        avoid=("凭证",),
    ),
    Term(
        "ledger",
        "账本",
        Words("所有损失和选项的公式、代码和证书。", "Formula, code and certificate of every loss and its options."),
        avoid=("台账", "分类账"),
        everyday=True,
    ),
    Term(
        "agree",
        "对上",
        Words("偏差都不超过误差界。", "No deviation exceeds its bound."),
        everyday=True,
    ),
    Term(
        "diagnosis",
        "诊断",
        Words(
            "一个梯度错在哪里：一句话、一个公式、几个数；或者说它是对的。",
            "What is wrong with a gradient: a sentence, a formula and some numbers; or that it is right.",
        ),
        also=("diagnoses",),
    ),
    Term(
        "mistake",
        "错误",
        Words(
            "对公式的一处改动；能解释给出的每个元素，才说出它的名字。",
            "A change to a formula; it is named where it explains every entry that was given.",
        ),
        everyday=True,
    ),
    Term(
        "kernel",
        "kernel",
        Words(
            "在设备上一次跑完的一段程序；它的反向往往是手写的。",
            "A program that a device runs in one go, often with a backward pass written by hand.",
        ),
        avoid=("核函数",),
        everyday=True,
    ),
    Term(
        "micro-batch",
        "小批",
        Words(
            "大批切成的一份，各做一次反向，梯度累加起来。",
            "A part of a batch, with a backward pass of its own; the gradients are added up.",
        ),
        avoid=("微批", "microbatch"),
        everyday=True,
    ),
)
