"""Terms: a network, its loss and the way back."""

from ..phrases import Words
from .term import Term

TERMS = (
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
        "node",
        "节点",
        Words(
            "计算图上的一次运算；反向走到它，就把梯度传给它的操作数。",
            "A call of an operation in the graph; the backward pass hands a gradient on from it to each operand.",
        ),
        avoid=("结点",),
        everyday=True,
    ),
    Term(
        "operand",
        "操作数",
        Words("一次运算用到的张量。", "A tensor that an operation takes."),
        avoid=("运算元",),
        everyday=True,
    ),
    Term(
        "share",
        "传出的梯度",
        Words(
            "一个节点传给一个操作数的梯度，与操作数同形状。",
            "The gradient that a node hands on to one operand, in the operand's shape.",
        ),
        everyday=True,
    ),
    Term(
        "corner",
        "拐点",
        Words(
            "斜率有跳跃的地方；那里没有导数，torch 选一个。",
            "Where a slope leaps: there is no derivative, and torch takes one.",
        ),
        avoid=("拐角",),
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
)
