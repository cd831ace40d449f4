"""Terms: rounding, certificates and mistakes."""

from ..phrases import Words
from .term import Term

TERMS = (
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
        "audit",
        "逐节点对账",
        Words(
            "把一步训练里每个节点传出的梯度与公式比较；结果是一本账（account）。",
            "Comparing what each node of a training step hands on with its formula; the result is an account.",
        ),
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
