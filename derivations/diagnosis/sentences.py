"""What a diagnosis says: a clause for each mistake, in both languages, and the sentence that they make."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..verdict import AGREES, CANNOT_TELL, Verdict
from ..words import Words
from .mistake import Mistake
from .ratios import Product

Details = Mapping[str, str]
Clause = Words | Callable[[Details], Words]

#: What a quantity is, where its letter does not say so.
MEANING = {
    "kept": Words("没有被忽略的行数", "the rows that count"),
    "Σw": Words("全部类别权重之和", "the sum of all weights"),
    "Σw_y": Words("各行标签的权重之和", "the sum of the labels' weights"),
    "S": Words("没有被忽略的各行标签的权重之和", "the weights of the labels that count"),
    "ΣA": Words("目标之和", "the sum of the targets"),
    "ΣY": Words("目标之和", "the sum of the targets"),
    "B": Words("只数样本", "the samples alone"),
    "T": Words("只数位置", "the positions alone"),
}
LABELS = {
    "read": Words("读作", "read as"),
    "ratio": Words("比值", "ratio"),
    "entry": Words("最差的元素", "worst entry"),
    "expected": Words("应当是", "expected"),
    "given": Words("给的是", "given"),
    "bound": Words("误差界", "bound"),
    "wrong": Words("错的元素", "wrong entries"),
    "sizes": Words("尺寸", "sizes"),
    "precision": Words("精度", "precision"),
    "wrt": Words("对谁求导", "gradient in"),
    "side": Words("谁的", "whose"),
    "failed": Words("诊断失败", "the diagnosis failed"),
}
"""What the numbers of a diagnosis are called."""
#: Mistakes by which every entry is multiplied.
OF_ALL = ("divisor", "factor", "sign")


def sentence(
    verdict: Verdict,
    mistakes: Sequence[Mistake],
    others: Sequence[Sequence[Mistake]] = (),
    numbers: Mapping[str, Any] | None = None,
) -> Words:
    """What is wrong, and what else it may be; that nothing is; or that nothing can be told."""
    if verdict == AGREES:
        return Words("对：每个元素都在误差界之内。", "Right: every entry is within its bound.")
    if verdict == CANNOT_TELL:
        return Words(
            "看不出对错：误差界太宽，错了也可能看不出来。",
            "Cannot tell: the bounds are so wide that a mistake might not show.",
        )
    if not mistakes:
        return Words("不对，常见的错误都解释不了。", "Different, and no common mistake explains it.")
    told, ratio = together(mistakes), (numbers or {}).get("ratio")
    zh, en = told.zh, _capital(told.en)
    if sizes := _sizes(mistakes, (numbers or {}).get("sizes", "")):
        zh, en = f"{zh}（{sizes.replace(', ', '，')}）", f"{en} ({sizes})"
    if ratio and any(each.key == "divisor" for each in mistakes) and all(each.key in OF_ALL for each in mistakes):
        zh += f"；每个元素都是应有值的 {ratio} 倍"
        en += f"; every entry is {ratio} times what it should be"
    more = _others(others)
    return Words(f"{zh}。{more.zh}", f"{en}.{more.en}")


def _sizes(mistakes: Sequence[Mistake], known: str) -> str:
    """The sizes that divisors and factors mention: N = 8 = B·T, B = 2."""
    mentioned = "·".join(value for each in mistakes if each.key in OF_ALL for _, value in each.details)
    names = {name for part in mentioned.split("/") for name in Product.of(part).above}
    found = [each for each in known.split(", ") if each.partition(" ")[0] in names]
    of_positions = any(each.startswith("B = ") for each in known.split(", ")) and names & {"B", "T"}
    return ", ".join(f"{each} = B·T" if each.startswith("N = ") and of_positions else each for each in found)


def together(mistakes: Sequence[Mistake]) -> Words:
    """Clauses of several mistakes as one."""
    told = [clause(each) for each in mistakes]
    zh, en = "；".join(each.zh for each in told), "; and ".join(each.en for each in told)
    return Words(zh, en)


def _others(others: Sequence[Sequence[Mistake]]) -> Words:
    """Of what else explains the same numbers, the first two."""
    if not others:
        return Words("", "")
    told = [together(each) for each in others[:2]]
    zh, en = "；或者：".join(each.zh for each in told), "; or: ".join(each.en for each in told)
    return Words(f"只看这些数据，也可能是：{zh}。", f" These data do not tell it from another mistake: {en}.")


def clause(mistake: Mistake) -> Words:
    """What was done, without a full stop. Raises KeyError for a mistake that has no sentence, or lacks a detail."""
    told, details = CLAUSES[mistake.key], dict(mistake.details)
    found = told(details) if callable(told) else Words(told.zh.format(**details), told.en.format(**details))
    if term := details.get("where"):
        return Words(f"{found.zh}（只在 {term} 这一项）", f"{found.en} (in the term {term} alone)")
    return found


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _named(quantity: str) -> Words:
    """A divisor, and what its letters mean."""
    meanings = [MEANING[each] for each in Product.of(quantity.replace("/", "·")).above if each in MEANING]
    if not meanings:
        return Words(quantity, quantity)
    zh, en = "、".join(each.zh for each in meanings), ", ".join(each.en for each in meanings)
    return Words(f"{quantity}（{zh}）", f"{quantity} ({en})")


def _divisor(details: Details) -> Words:
    right, wrong = details["right"], details["wrong"]
    of_right, of_wrong = _named(right), _named(wrong)
    missing, extra = _without(right, wrong), _without(wrong, right)
    if wrong == "1":
        return Words(
            f"分母少了 {right}：应当除以 {of_right.zh}，这里没有除",
            f"{_one_over(right)} is missing: divide by {of_right.en}",
        )
    if right == "1":
        return Words(
            f"多除了 {of_wrong.zh}：这里什么都不该除", f"divided by {of_wrong.en}, where nothing is divided by"
        )
    if extra:
        return Words(
            f"多除了一次 {extra}：应当除以 {of_right.zh}，这里除以了 {wrong}",
            f"divided by {extra} once too often: the divisor is {of_right.en}, not {wrong}",
        )
    if missing:
        return Words(
            f"分母少了 {missing}：应当除以 {of_right.zh}，这里只除以了 {of_wrong.zh}",
            f"{_one_over(missing)} is missing: divided by {of_wrong.en} instead of {of_right.en}",
        )
    return Words(
        f"分母不对：应当除以 {of_right.zh}，这里除以了 {of_wrong.zh}",
        f"the divisor is wrong: {of_wrong.en} instead of {of_right.en}",
    )


def _one_over(product: str) -> str:
    return f"1/({product})" if "·" in product else f"1/{product}"


def _without(whole: str, part: str) -> str:
    """What is left of a product without the factors of another one; nothing unless they are all in it."""
    left = Product.of(whole).over(Product.of(part))
    return "" if left.below else str(left).removeprefix("1")


def _factor(details: Details) -> Words:
    times = details["times"]
    if times.isdigit():
        return Words(f"多了系数 {times}", f"there is a factor {times} too much")
    if times.startswith("1/") and times[2:].isdigit():
        return Words(f"少了系数 {times[2:]}", f"the factor {times[2:]} is missing")
    if not times[:1].isdigit() and times[:1] != "-":
        return Words(f"多乘了 {_named(times).zh}", f"there is a factor {_named(times).en} too much")
    return Words(f"每个元素都是应有值的 {times} 倍", f"every entry is {times} times what it should be")


def _rows(zh: str, en: str, name: str = "rows") -> Callable[[Details], Words]:
    """A clause about rows, columns or entries of a vector, and what is special about them."""

    def told(details: Details) -> Words:
        which, one = _which(details.get("which", "")), details[name].isdigit()
        of = details.get("of", name)
        noun = SEVERAL[of][0] if one else of
        where = Words(f"第 {details[name]} {SEVERAL[of][1]}", f"{noun} {details[name]}")
        where = Words(f"{where.zh}（{which.zh}）", f"{where.en} ({which.en})") if which else where
        return Words(zh.format(where.zh), en.format(where.en, "is" if one else "are"))

    return told


SEVERAL = {"rows": ("row", "行"), "columns": ("column", "列"), "entries": ("entry", "个元素")}
"""One of several, in English and in Chinese."""
WHICH = {
    "first": Words("第一个", "the first"),
    "last": Words("最后一个", "the last"),
    "all": Words("全部", "all"),
    "ignored": Words("标签被忽略的", "those of ignored labels"),
    "after": Words("从 {} 往后的", "all from {} on"),
    "before": Words("前 {} 个", "the first {}"),
    "ends": Words("每 {} 个中的最后一个", "the last of every {}"),
    "label": Words("标签为 {} 的", "those of label {}"),
}


def _which(which: str) -> Words | None:
    key, _, number = which.partition(" ")
    return Words(*(WHICH[key][lang].format(number) for lang in ("zh", "en"))) if which else None


def _sample(details: Details) -> Words:
    which = _which(details.get("which", ""))
    zh, en = (f"（{which.zh}）", f" ({which.en})") if which else ("", "")
    row = details["row"]
    samples = "sample" if row.isdigit() else "samples"
    return Words(f"对样本求和时漏了第 {row} 个样本{zh}", f"the sum over samples lacks {samples} {row}{en}")


def _transposed(details: Details) -> Words:
    """All of it, or one factor of a product."""
    if factor := details.get("factor"):
        return Words(
            f"乘积里的 {factor} 转置错了", f"{factor} is transposed where it should not be, or the other way round"
        )
    return Words("转置了", "it is transposed")


def _factor_missing(details: Details) -> Words:
    factor = details["factor"]
    if factor == "Ŷ":
        return Words("该用 one-hot 的地方，每一列都是 1", "1 stands in every column, where the one-hot belongs")
    return Words(f"少乘了 {factor}", f"the factor {factor} is missing")


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


def _how(told: Mapping[str, Words]) -> Callable[[Details], Words]:
    """By `how`; "" for a mistake that has no such detail."""
    return lambda details: told[details.get("how", "")]


CLAUSES: dict[str, Clause] = {
    # Factors
    "divisor": _divisor,
    "sign": Words("正负号反了", "the sign is wrong: this is minus the gradient"),
    "factor": _factor,
    # Functions
    "softmax missing": Words("没有做 softmax：该用 P 的地方用了 Z", "softmax is missing: Z stands where P belongs"),
    "softmax twice": Words("softmax 做了两次", "softmax is taken twice, of the probabilities once more"),
    "softmax axis": lambda details: (
        Words(
            "softmax 是对所有元素一起做的，应当对每行做", "softmax is taken over all entries at once, not over each row"
        )
        if details.get("over") == "everything"
        else Words("softmax 沿错了轴：应当沿类别", "softmax is taken along the wrong axis, not along the classes")
        if "over" in details
        else Words("softmax 沿错了轴", "softmax is taken along the wrong axis")
    ),
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
    "differentiated twice": Words(
        "softmax 或 sigmoid 多求了一次导", "the derivative of softmax or sigmoid is multiplied in once too often"
    ),
    "not differentiated": _how(
        {
            "terms": Words("没有求导：这是损失本身的各项", "not differentiated: these are the loss's own terms"),
            "squared": Words("差的平方没有求导", "the square of the difference is not differentiated"),
            "absolute": Words(
                "用了差的绝对值，应当用差本身",
                "the absolute value of the difference stands where the difference belongs",
            ),
            "sign": Words("只用了差的正负号", "only the sign of the difference is used"),
        }
    ),
    "of probabilities": Words(
        "这是对概率的梯度，还差 softmax 或 sigmoid 的导数",
        "this is the gradient in the probabilities: the derivative of softmax or sigmoid is missing",
    ),
    # Terms and targets
    "term missing": Words("少了 {term} 这一项", "the term {term} is missing"),
    "term sign": Words("{term} 这一项的正负号反了", "the term {term} has the wrong sign"),
    "term added": Words("多加了 {term} 的 {times} 倍", "{times} times {term} is added"),
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
    "label missing": Words("没有减去类别 {label} 的 one-hot", "the one-hot of label {label} is not subtracted"),
    # Options
    "option ignored": _ignored,
    "option missing": Words("分子里少了 {option}", "the factor {option} is missing in the numerator"),
    "option twice": Words("{option} 乘了两次", "the factor {option} is multiplied in twice"),
    "weight by column": lambda details: (
        Words(
            "每一列都乘了自己的类别权重，P 之前应当乘该行目标的权重之和",
            "each column is multiplied by its own class weight, where P takes the weighted targets' sum",
        )
        if details.get("of") == "targets"
        else Words("类别权重按列取了，应当按标签取", "the class weight is taken by column, not by label")
    ),
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
                "标签平滑的 ε 分给了另外 C−1 个类别，torch 分给全部 C 个",
                "the ε of label smoothing is spread over the other C−1 classes; torch spreads it over all C",
            ),
            "ε/(C−1)": Words(
                "标签平滑的 ε 除以了 C−1，应当除以 C", "the ε of label smoothing is divided by C−1, not by C"
            ),
            "ε for 1−ε": Words("标签平滑的 ε 和 1−ε 用反了", "ε and 1−ε of label smoothing have changed places"),
        }
    ),
    "pos_weight": _how(
        {
            "wrong term": Words("pos_weight 乘到了负类那一项上", "the option pos_weight multiplies the negative term"),
            "targets": Words(
                "只把目标乘上了 pos_weight，σ 那一项没有", "the option pos_weight multiplies the targets alone"
            ),
            "both terms": Words(
                "pos_weight 乘到了两项上，应当只乘正类那一项",
                "the option pos_weight multiplies both terms, not the positive one alone",
            ),
        }
    ),
    "ignored rows counted": lambda details: (
        Words("标签被忽略的行被当成了类别 {label}", "rows of ignored labels are counted as of class {label}")
        if "label" in details
        else Words("标签被忽略的行也有梯度", "rows of ignored labels have a gradient")
    ),
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
        "没有乘上传进 backward 的梯度", "the gradient that backward receives (grad_output) is ignored"
    ),
    "grad_output twice": Words(
        "传进 backward 的梯度乘了两次", "the gradient that backward receives (grad_output) is multiplied in twice"
    ),
    # Parts and shapes
    "zero": Words("全部是 0", "every entry is 0"),
    "transposed": _transposed,
    "shape": Words("形状不对：给的是 {given}，应当是 {expected}", "the shape is {given}, which should be {expected}"),
    "rows missing": _rows("{}是 0，其余都对", "{} {} 0, and all the rest is right"),
    "columns missing": _rows("{}是 0，其余都对", "{} {} 0, and all the rest is right", "columns"),
    "tile missing": Words(
        "第 {rows} 行、第 {columns} 列这一块是 0，其余都对",
        "the tile of rows {rows} and columns {columns} is 0, and all the rest is right",
    ),
    "only in rows": _rows("只错在{}，其余都对", "this is so in {} alone, and all the rest is right"),
    "only in columns": _rows("只错在{}，其余都对", "this is so in {} alone, and all the rest is right", "columns"),
    "entries wrong": Words("只有这些元素不对：{entries}", "only these entries are wrong: {entries}"),
    "sample missing": _sample,
    # Numbers
    "precision": Words("对，但只到 {dtype} 的精度", "right, but to the precision of {dtype} alone"),
    "cancellation": Words(
        "公式对，但两个大数相减，丢了有效数字", "the formula is right, but digits are lost by subtracting large numbers"
    ),
    "overflow": _rows(
        "exp 溢出：{}是 nan 或 inf；先减去每行的最大值",
        "exp overflows: {} {} nan or inf; subtract each row's maximum first",
    ),
    "not finite": _rows("{}是 nan 或 inf", "{} {} nan or inf"),
    "counted twice": Words("梯度累加了两次", "the gradient is accumulated twice"),
}
