"""Why a text is no formula: a kind, what was found, where, and what is accepted instead."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from ...words import Words


@dataclass(frozen=True)
class Place:
    """A line and a column of what was typed, both from 1."""

    line: int = 1
    column: int = 1


#: What is said of each kind; names in braces are details.
SENTENCES = {
    "empty": Words("没有写公式。", "There is no formula."),
    "not text": Words(
        "公式要写成字符串，给的是 {found}。要检查函数，请用 dv.assert_gradient。",
        "A formula is a string, and this is {found}. To check a function, use dv.assert_gradient.",
    ),
    "too long": Words(
        "公式太长，最多读 {limit} 个字符。", "The formula is too long: {limit} characters are read at most."
    ),
    "too deep": Words("括号或运算嵌套得太深。", "Brackets or operations are nested too deeply."),
    "too much work": Words(
        "要算的太多：公式在几行几列的小数组上求值，步数和元素个数都有上限。",
        "This is too much to compute: formulas run on small arrays, in a limited number of steps and elements.",
    ),
    "syntax": Words("这里的“{found}”读不懂。", '"{found}" cannot be read here.'),
    "incomplete": Words("公式没有写完，这里还缺“{found}”。", 'The formula is not complete: "{found}" is missing here.'),
    "cut short": Words("公式没有写完，后面还缺一项。", "The formula is not complete: something is missing at its end."),
    "number": Words("“{found}”不是能用的数。", '"{found}" is not a number that can be used.'),
    "grammar": Words("公式里不能用“{found}”。", '"{found}" is not part of what formulas may contain.'),
    "name": Words("不认识名字“{found}”。", 'The name "{found}" is not known.'),
    "function": Words("不认识函数“{found}”。", 'The function "{found}" is not known.'),
    "arguments": Words("{found} 的参数不对。", "The arguments of {found} do not fit it."),
    "shapes": Words(
        "形状对不上：{found} 的两边是 {left} 和 {right}。",
        "The shapes do not fit: {found} has {left} and {right} on its sides.",
    ),
    "shape": Words("{found} 的形状不合适。", "{found} does not have a shape that fits."),
    "axis": Words("形状 {shape} 没有第 {found} 维。", "The shape {shape} has no axis {found}."),
    "index": Words(
        "下标 {found} 超出了范围，这一维的大小是 {size}。", "Index {found} is out of range for size {size}."
    ),
    "indices": Words(
        "{found} 有 {dimensions} 维，这里给了 {given} 个下标。",
        "{found} has {dimensions} dimensions, and {given} indices are given.",
    ),
    "letters": Words(
        "下标 {found} 在一处取到 {left}，在另一处取到 {right}。",
        "The index {found} runs to {left} in one place and to {right} in another.",
    ),
    "letter": Words("下标 {found} 取到多少，看不出来。", "What the index {found} runs to cannot be told."),
    "result": Words(
        "没有结果：没有 return，最后也没有表达式或赋值。", "There is no result: no return, no last expression."
    ),
    "several results": Words(
        "结果有好几个，看不出哪一个是所问的梯度。",
        "There are several results, and none says that it is the gradient asked for.",
    ),
    "constant": Words(
        "公式里没有任何数组或大小的名字，所以它与数据无关。",
        "The formula names no array and no size, so it does not depend on the data.",
    ),
    "value": Words("{found} 在这里没有值可用。", "{found} is not a number or an array here."),
}

_FORMULAS = Words(
    "可以写 Python / NumPy 表达式、NumPy 或 torch 的函数、LaTeX，或者带下标的公式。",
    "Accepted: Python or NumPy expressions, functions as in NumPy and torch, LaTeX, and formulas with indices.",
)
_NEAREST = Words("最接近的是“{nearest}”。", 'The nearest is "{nearest}".')
_NAMES = Words("可以用的名字：{accepted}。", "Accepted: {accepted}.")
_GRAMMAR = Words(
    "可以用：数、名字、`+ - * / ** @`、比较、下标、赋值、for … in range、if、def、return，"
    "以及 NumPy 和 torch 的常用函数。",
    "Accepted: numbers, names, `+ - * / ** @`, comparisons, indexing, assignments, for … in range, if, def, return, "
    "and the usual functions of NumPy and torch.",
)
_ADVICE = {
    "empty": _FORMULAS,
    "syntax": _FORMULAS,
    "incomplete": _FORMULAS,
    "grammar": _GRAMMAR,
    "constant": _FORMULAS,
}


class NotUnderstood(ValueError):
    """A text is no formula that can be checked.

    - `kind`: which of the reasons in SENTENCES; `found`: what stands there; `line`, `column`: where, from 1.
    - `words`: the reason as a sentence in both languages; `text(lang)`: with the line, a caret under the place, and
      what is accepted.
    """

    def __init__(self, kind: str, found: str = "", place: Place | None = None, source: str = "", **details: str):
        self.kind, self.found = kind, found if len(found) <= 60 else found[:57] + "…"
        self.place, self.source, self.details = place, source, details
        super().__init__(kind, found)

    @property
    def line(self) -> int:
        return self.place.line if self.place else 0

    @property
    def column(self) -> int:
        return self.place.column if self.place else 0

    @property
    def words(self) -> Words:
        told = {"found": self.found, **self.details}
        sentence = SENTENCES["cut short" if self.kind == "incomplete" and not self.found else self.kind]
        return Words(sentence.zh.format(**told), sentence.en.format(**told))

    def within(self, source: str) -> NotUnderstood:
        """The same, with the text it stands in."""
        self.source = self.source or source
        return self

    def text(self, lang: str = "en") -> str:
        """The sentence, the line with a caret under the place, and what is accepted."""
        advice = [_NEAREST] if self.details.get("nearest") else []
        advice += [_NAMES] if self.details.get("accepted") else []
        advice += [_ADVICE[self.kind]] if self.kind in _ADVICE else []
        return "\n".join([self.words[lang], *self.quoted(), *(each[lang].format(**self.details) for each in advice)])

    def quoted(self) -> list[str]:
        """The line, and a caret under the place; nothing where no place is known."""
        lines = self.source.split("\n")
        if not self.place or not self.source or self.line > len(lines):
            return []
        line, at = lines[self.line - 1].expandtabs(1), self.column - 1
        start = max(0, at - 60)
        shown = line[start : start + 100]
        before = "".join(
            "\u3000" if unicodedata.east_asian_width(character) in "WF" else " " for character in shown[: at - start]
        )
        return [f"    {shown}", f"    {before}^"]

    def __str__(self) -> str:
        return self.text("en")
