"""Terms: data and the losses made of them."""

from ..phrases import Words
from .term import Term

TERMS = (
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
)
