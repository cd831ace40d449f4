"""Terms: optimizers, and the shape of a loss."""

from ..phrases import Words
from .term import Term

TERMS = (
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
)
