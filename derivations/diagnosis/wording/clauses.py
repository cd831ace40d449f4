"""What was done: a clause for each mistake, in both languages, without a full stop."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...words import Words
from ..mistake import Mistake
from .amounts import number
from .divisors import OF_SIZES
from .places import OF_PLACES, Details

Clause = Words | Callable[[Details], Words]

#: What letters of a formula are, where a reader may not know.
EXPLAINED = {"Ŷ": Words("Ŷ（标签的 one-hot）", "Ŷ (the labels' one-hot)"), "A": Words("A（目标）", "A (the targets)")}
#: What is added to clauses of some places, unless another mistake is named beside them.
REST = Words("，其余都对", ", and the rest is right")
PLACES = ("rows missing", "columns missing", "tile missing")


def clause(mistake: Mistake, sizes: Mapping[str, str] | None = None, alone: bool = False) -> Words:
    """What was done. Raises KeyError for a mistake that has no clause, or lacks a detail.

    `sizes`: the values of N, C, … by their names; `alone`: nothing else was done.
    """
    details = dict(mistake.details)
    if mistake.key in OF_SIZES:
        found = OF_SIZES[mistake.key](details, sizes or {})
    else:
        told = CLAUSES[mistake.key]
        found = told(details) if callable(told) else Words(told.zh.format(**details), told.en.format(**details))
    if (term := details.get("where")) and mistake.key not in OF_TERMS:
        found = Words(f"{found.zh}（只在 {term} 这一项）", f"{found.en} (in the term {term} alone)")
    if alone and mistake.key in PLACES:
        return Words(f"{found.zh}{REST.zh}", f"{found.en}{REST.en}")
    return found


def _term(zh: str, en: str) -> Callable[[Details], Words]:
    def told(details: Details) -> Words:
        term = EXPLAINED.get(details["term"], Words(details["term"], details["term"]))
        after = term.zh if term.zh.endswith("）") else f"{term.zh} "
        return Words(zh.format(after), en.format(term.en))

    return told


def _term_added(details: Details) -> Words:
    times, term = number(details["times"]), details["term"]
    if term == "1":
        return Words(f"每个元素都多加了 {times}", f"{times} is added to every entry")
    return Words(f"多加了 {term} 的 {times} 倍", f"{times} times {term} is added")


def _factor_missing(details: Details) -> Words:
    factor = details["factor"]
    if factor == "Ŷ":
        return Words("该用 one-hot 的地方，每一列都是 1", "1 stands in every column, where the one-hot belongs")
    if term := details.get("where"):
        return Words(f"{term} 这一项少乘了 {factor}", f"the term {term} lacks the factor {factor}")
    return Words(f"少乘了 {factor}", f"the factor {factor} is missing")


def _clip_missing(details: Details) -> Words:
    side = details.get("side")
    if side is None:
        return Words("没有截断到界限之内", "nothing is clipped to the limits")
    bound = {"above": "上界", "below": "下界"}[side]
    return Words(f"没有截断到{bound}", f"nothing is clipped {side}")


def _power(details: Details) -> Words:
    of, right, wrong = details["of"], details["right"], details["wrong"]
    return Words(
        f"{of} 的幂次不对：应当是 {right}，用的是 {wrong}", f"the power of {of} is {wrong}, and should be {right}"
    )


def _option_missing(details: Details) -> Words:
    option = details["option"]
    if term := details.get("where"):
        return Words(f"{term} 这一项少乘了 {option}", f"the term {term} is not multiplied by {option}")
    return Words(f"分子少乘了 {option}", f"the numerator is not multiplied by {option}")


def _ignored(details: Details) -> Words:
    """One option, or several."""
    *others, last = details["option"].split(", ")
    if not others:
        return Words(
            f"没有用上 {last}：这是没有它时的梯度", f"the option {last} is ignored: this is the gradient without it"
        )
    return Words(
        f"没有用上 {'、'.join(others)} 和 {last}：这是没有它们时的梯度",
        f"the options {', '.join(others)} and {last} are ignored: this is the gradient without them",
    )


def _weight_by_column(details: Details) -> Words:
    if details.get("of") == "targets":
        return Words(
            "P 的每一列乘了这一列的类别权重，应当乘这一行目标的加权和",
            "each column of P has its own class weight, where the weighted sum of the row's targets belongs",
        )
    return Words("类别权重按列取了，应当按标签取", "the class weight is taken by column, not by label")


def _rows_counted(details: Details) -> Words:
    if label := details.get("label"):
        return Words(f"标签被忽略的行当成了类别 {label}", f"rows of ignored labels are counted as of class {label}")
    if term := details.get("where"):
        return Words(
            f"{term} 这一项没有去掉标签被忽略的行", f"the term {term} does not leave out rows of ignored labels"
        )
    return Words("标签被忽略的行也有梯度", "rows of ignored labels have a gradient")


def _softmax_axis(details: Details) -> Words:
    if details.get("over") == "everything":
        return Words(
            "softmax 是对所有元素一起做的，应当对每行做", "softmax is taken over all entries at once, not over each row"
        )
    return Words("softmax 沿错了轴，应当沿类别", "softmax is taken along the wrong axis, not along the classes")


def _of_function(zh: str, en: str) -> Callable[[Details], Words]:
    """About the function whose derivative it is."""
    return lambda details: Words(zh.format(details["of"]), en.format(details["of"]))


def _transposed(details: Details) -> Words:
    """All of it, or one factor of a product."""
    if factor := details.get("factor"):
        return Words(
            f"乘积里的 {factor} 方向反了：要转置", f"{factor} is the wrong way round in the product: transpose it"
        )
    return Words("结果转置了", "the result is transposed")


def _how(told: Mapping[str, Words]) -> Callable[[Details], Words]:
    """By `how`; "" for a mistake that has no such detail."""

    def clause(details: Details) -> Words:
        own = told[details.get("how", "")]
        return Words(own.zh.format(**details), own.en.format(**details))

    return clause


NOT_DIFFERENTIATED = {
    "terms": Words("没有求导：这是损失本身的各项", "nothing is differentiated: these are the loss's own terms"),
    "squared": Words("差的平方没有求导", "the square of the difference is not differentiated"),
    "absolute": Words("差取了绝对值", "the absolute difference is taken"),
    "sign": Words("只用了差的正负号", "only the sign of the difference is used"),
}
#: Whose clauses say themselves in which term it is.
OF_TERMS = ("option missing", "factor missing", "ignored rows counted")
CLAUSES: dict[str, Clause] = {
    **OF_PLACES,
    "sign": Words("正负号反了", "the sign is wrong"),
    # Functions
    "softmax missing": Words("没有做 softmax：该用 P 的地方用了 Z", "softmax is missing: Z stands where P belongs"),
    "softmax twice": Words("softmax 做了两次", "softmax is taken twice"),
    "softmax axis": _softmax_axis,
    "softmax not normalised": Words(
        "softmax 没有归一化：只取了指数，没有除以它们的和",
        "softmax is not normalised: exponentials stand where P belongs",
    ),
    "sigmoid for softmax": Words("该用 softmax 的地方用了 sigmoid", "sigmoid stands where softmax belongs"),
    "softmax for sigmoid": Words("该用 sigmoid 的地方用了 softmax", "softmax stands where sigmoid belongs"),
    "sigmoid missing": Words(
        "没有做 sigmoid：该用 σ(Z) 的地方用了 Z", "sigmoid is missing: Z stands where σ(Z) belongs"
    ),
    "sigmoid twice": Words("sigmoid 做了两次", "sigmoid is taken twice"),
    "log for probability": Words("该用概率的地方用了对数概率", "log-probabilities stand where probabilities belong"),
    "differentiated twice": _of_function(
        "{0} 的导数多乘了一次：∂L/∂Z 里已经有了",
        "the derivative of {0} is multiplied in once more: ∂L/∂Z has it already",
    ),
    "squared error": _of_function(
        "这是先做 {0}、再取平方误差（MSELoss）的梯度",
        "this is the gradient of the squared error, MSELoss, of what {0} gives",
    ),
    "not differentiated": lambda details: (
        Words("这是绝对误差（L1Loss）的梯度", "this is the gradient of the absolute error, L1Loss")
        if "of" in details
        else NOT_DIFFERENTIATED[details["how"]]
    ),
    "of probabilities": _of_function(
        "这是对概率的梯度，还要乘上 {0} 的导数",
        "this is the gradient in the probabilities: the derivative of {0} is missing",
    ),
    "function missing": Words("少取了一次 {function}", "the function {function} is not taken"),
    "argument sign": Words("{function} 里面的正负号反了", "the sign inside of {function} is wrong"),
    "derivative missing": Words("少乘了 {of} 的导数", "the derivative of {of} is missing"),
    "power": _power,
    "clip missing": _clip_missing,
    "sign for clip": Words(
        "只用了正负号，没有超出界限的部分也当成了超出", "the sign alone is used, as if every entry were clipped"
    ),
    "step for sign": Words("该用 −1 和 1 的地方用了 0 和 1", "0 and 1 stand where the sign, −1 and 1, belongs"),
    "step for clip": Words("该用 max(·, 0) 的地方用了 0 和 1", "0 and 1 stand where max(·, 0) belongs"),
    "condition missing": Words(
        "不满足条件、梯度应当为 0 的地方也算进去了", "what should count on one side of the corner counts on both"
    ),
    "condition reversed": Words("条件的方向反了", "the condition is the wrong way round"),
    "corner": Words("拐点处取了另一侧的斜率", "at the corner itself the slope is that of the other side"),
    "swapped": Words("{one} 和 {other} 用反了", "the arrays {one} and {other} have changed places"),
    # Terms and targets
    "term missing": _term("少了 {}这一项", "the term {} is missing"),
    "term sign": _term("{}这一项的正负号反了", "the term {} has the wrong sign"),
    "term added": _term_added,
    "factor missing": _factor_missing,
    "target for prediction": Words("该用预测值的地方用了目标值", "the targets stand where the predictions belong"),
    "targets averaged": Words(
        "每一行减去的都是各行目标的平均值，像是 (N, 1) 减 (N,) 时广播了",
        "the mean target of all rows is subtracted from each, as where (N, 1) − (N,) is broadcast",
    ),
    "labels as numbers": Words(
        "把类别编号当成了数值，应当用它的 one-hot", "labels are used as numbers, where their one-hot belongs"
    ),
    "labels shifted": Words("标签的 one-hot 错开了一列", "the one-hot of the labels is one column off"),
    # Options
    "option ignored": _ignored,
    "option missing": _option_missing,
    "option twice": Words("{option} 乘了两次", "the option {option} is multiplied in twice"),
    "weight by column": _weight_by_column,
    "weight by label": Words(
        "标签平滑那一项也用了标签的权重，应当用各个类别自己的权重",
        "the label's weight multiplies the smoothed part too, where each class has its own",
    ),
    "smoothing": _how(
        {
            "ε/C": Words("标签平滑少了 ε/C 这一项", "label smoothing lacks the term ε/C"),
            "1−ε": Words("标签平滑少乘了 1−ε", "label smoothing lacks the factor 1−ε"),
            "ε": Words("标签平滑的 ε 没有除以 C", "the ε of label smoothing is not divided by C"),
            "C−1": Words(
                "标签平滑的 ε 分给了另外 C−1 个类别，而 torch 分给全部 C 个",
                "the ε of label smoothing is spread over the other C−1 classes, where torch spreads it over all C",
            ),
            "ε/(C−1)": Words(
                "标签平滑的 ε 除以了 C−1，应当除以 C", "the ε of label smoothing is divided by C−1, not by C"
            ),
            "ε for 1−ε": Words("标签平滑的 ε 和 1−ε 用反了", "ε and 1−ε of label smoothing have changed places"),
        }
    ),
    "option's term": _how(
        {
            "wrong term": Words(
                "{option} 乘到了另一项上，没有乘它该乘的那一项",
                "the option {option} multiplies the other term, not the one that it belongs to",
            ),
            "both terms": Words(
                "{option} 乘到了两项上，应当只乘其中一项",
                "the option {option} multiplies both terms, where it belongs to one alone",
            ),
            "targets": Words(
                "只把目标乘上了 {option}，预测值那一项没有",
                "the option {option} multiplies the targets alone, and not the prediction",
            ),
        }
    ),
    "ignored rows counted": _rows_counted,
    "option value": Words("用的是 {option} = {value}", "it is as if {option} were {value}"),
    "option turned": Words("{option} 与 1−{option} 用反了", "the option {option} and 1−{option} have changed places"),
    # What is handed on
    "another gradient": Words("这是对 {of} 的梯度", "this is the gradient in {of}"),
    "summed": _how(
        {
            "everything": Words(
                "把所有元素都加在了一起，应当只对行求和", "summed over everything, not over the rows alone"
            ),
            "not": Words("没有对行求和", "not summed over the rows"),
            "mean": Words("对行取了平均，应当求和", "averaged over the rows, not summed"),
            "classes": Words("对类别求了和，应当对行求和", "summed over the classes, not over the rows"),
        }
    ),
    "grad_output ignored": Words(
        "没有乘传进 backward 的 grad_output", "the gradient that backward receives (grad_output) is ignored"
    ),
    "grad_output twice": Words(
        "传进 backward 的 grad_output 乘了两次",
        "the gradient that backward receives (grad_output) is multiplied in twice",
    ),
    # Parts and shapes
    "zero": Words("每个元素都是 0", "every entry is 0"),
    "transposed": _transposed,
    "shape": Words("形状不对：给的是 {given}，应当是 {expected}", "the shape is {given}, and should be {expected}"),
    # Numbers
    "precision": Words(
        "只对到 {dtype} 的精度，像是用 {dtype} 算的", "right to {dtype} precision only, as if computed in {dtype}"
    ),
    "cancellation": Words(
        "公式对，但两个大数相减，丢了有效数字",
        "the formula is right, but digits are lost where large numbers are subtracted",
    ),
    "counted twice": Words("梯度累积了两次", "the gradient is accumulated twice"),
}
