"""What rules, ways of judging and symbols are called."""

from __future__ import annotations

from .phrases import Words

RULES = {
    "define": Words("代入定义", "insert the definition"),
    "linear": Words("线性", "linearity"),
    "chain": Words("链式法则", "chain rule"),
    "product": Words("乘积法则", "product rule"),
    "through": Words("经过中间量的链式法则", "chain rule through an intermediate"),
    "independent": Words("各元素独立", "independent entries"),
    "lemma": Words("用引理", "use a lemma"),
    "hypothesis": Words("归纳假设", "induction hypothesis"),
    "fold": Words("按定义写回", "recognise a definition"),
    "name": Words("起个名字", "name it"),
    "collapse": Words("δ 消去求和", "δ removes a sum"),
    "pull": Words("提出求和号", "out of the sum"),
    "push": Words("乘进求和号", "into the sum"),
    "split": Words("拆开求和", "split the sum"),
    "join": Words("合并求和", "join the sums"),
    "count": Words("数项数", "count the terms"),
    "regroup": Words("交换求和次序", "reorder the sums"),
    "rename": Words("改写求和指标", "rename an index"),
    "write_out": Words("逐项写出", "write out the terms"),
    "absorb": Words("并入下一项", "take in the next term"),
    "telescope": Words("逐项相消", "telescope"),
    "common": Words("提公因子", "common factor"),
    "collect": Words("合并同类项", "collect terms"),
    "sign": Words("负号乘入括号", "absorb the sign"),
    "expand": Words("乘开", "multiply out"),
    "together": Words("通分", "common denominator"),
    "powers": Words("指数相加", "add exponents"),
    "divide": Words("分子分母同除", "divide top and bottom"),
    "log_quotient": Words("对数的商", "log of a quotient"),
}
MODES = {"exact": Words("精确有理数", "exact rationals"), "digits": Words("50 位精度", "50 digits")}
OPINIONS = {
    "diff": Words(
        "展开成标量，沿随机方向用 SymPy 自带的 diff",
        "SymPy's own diff of the written-out scalars in a random direction",
    ),
    "difference": Words("同一方向上的 50 位中心差分", "a central difference there at 50 digits"),
    "written out": Words("逐个标量展开，以 50 位精度求值", "writing everything out in scalars, at 50 digits"),
}
#: What a symbol stands for where neither a definition nor the derivation itself says it.
SYMBOLS = {
    "v": Words("backward 收到的向量 grad_output", "the vector that backward receives, grad_output"),
    "epsilon": Words("label_smoothing", "label_smoothing"),
    "iota": Words("ignore_index", "ignore_index"),
    "T": Words("每个样本的位置数 d1·d2·…", "the number of positions in a sample, d1·d2·…"),
    "delta": Words("在两个下标相等时为 1，否则为 0", "is 1 where its two indices are equal and 0 elsewhere"),
}
