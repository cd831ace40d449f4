"""The checks of the course, checked: a source without fault passes them all, and each mistake is found by its own."""

import pytest
import test_glossary
import test_nothing_typed
import test_parity
import test_shared_words
import test_typography
from package_words import of_template
from passages import Source

from derivations.pages.lesson import read_lesson

GOOD = r"""# ---
# description:
#   zh: 梯度从哪儿来。
#   en: "Where the gradient comes from."
# ---

# %% [markdown] lang="zh"
# ## 学习率
#
# 学习率 $\eta$ 是 {{ lr }}，见[下一课](mse.py)和[这一节](mse.py#偏差)。用 `step()` 走 100 步，
# 偏差是 {{ x:.1f }} 倍（比 `lr=0.1` 小）。
#
# - 公式 $G^{\top}X,\ \text{其中 } X \ge 1$
# - 所谓“梯度”，用 50 位精度算，
#   再*加*起来；`0.7567` 是引文。
#
# ??? question "看答案"
#     是**梯度**。
#
# | 一 | 二 |
# | --- | --- |
# | `a` | 2024 年 |

# %% [markdown] lang="en"
# ## The learning rate
#
# The learning rate $\eta$ is {{ lr }}; see the [next lesson](mse.py) and [this section](mse.py#deviation). Take
# 100 steps by `step()`, and the deviation is {{ x:.1f }} times (less than `lr=0.1`).
#
# - The formula $G^{\top}X,\ \text{where } X \ge 1$
# - the so-called "gradient", computed with 50 digits,
#   is *added*; `0.7567` is quoted.
#
# ??? question "Answer"
#     It is the **gradient**.
#
# | one | two |
# | --- | --- |
# | `a` | 2024 |

# %%
import torch


def norm(x):
    "The length of a vector, which nobody reads as it is 0.5."
    return x


lr, x, steps = 0.1, 2.5, 100
print(f"loss {x:6.2f}", "weight.grad", "{:8.4f}".format(x), "%6.2f" % x)
print(("损失到第 100 步", "loss up to step 100"), f"lr = {lr}")
assert lr < 1, "the rate is too large"
"""

CHECKS = {
    "parity": test_parity.problems,
    "typed": test_nothing_typed.problems,
    "typography": lambda source: [
        *test_typography.in_prose(source),
        *(found for cell in source.code for found in test_typography.in_program(cell.source, source.name, cell.line)),
    ],
    "glossary": test_glossary.problems,
    "shared": test_shared_words.problems,
}


def found(text):
    source = Source("a.py", text, read_lesson(text, "a.py"))
    return {name: list(check(source)) for name, check in CHECKS.items()}


def test_a_source_without_fault_passes():
    assert found(GOOD) == {name: [] for name in CHECKS}


MISTAKES = [
    # the two halves
    ("parity", "# ## The learning rate", "# ### The learning rate", "headings: zh has ['##'], en has ['###']"),
    ("parity", r"$G^{\top}X,\ \text{where", r"$G X^{\top},\ \text{where", "formulas: only in zh: G^{\\top}X"),
    ("parity", "by `step()`", "by a step", "code spans: only in zh: `step()`"),
    ("parity", "{{ x:.1f }} times", "{{ x:.2f }} times", "values: only in zh: {{ x:.1f }}"),
    ("parity", "[next lesson](mse.py)", "[next lesson](nll.py)", "links: only in zh: mse.py"),
    ("parity", "(mse.py#deviation)", "(mse.py)", "links: only in zh: mse.py#…"),
    ("parity", '??? question "Answer"', '!!! note "Answer"', "boxes: only in zh: question"),
    ("parity", "# | `a` | 2024 |\n", "#\n# `a`\n", "table rows: only in zh: row"),
    ("parity", "# - the so-called", "#   the so-called", "list items: only in zh: item"),
    ("parity", "It is the", "<b>It</b> is the", "HTML tags: only in en: <b>, </b>"),
    # numbers
    ("typed", "The learning rate $", "The learning rate 0.10 $", "a.py:27: 0.10 is typed"),
    ("typed", "是**梯度**", "是梯度的 50%", "50% is typed"[1:]),
    ("typed", "a vector, which", "a vector", None),
    ("typed", "It is the **gradient**", "It is 1e-7 of the **gradient**", "a.py:35: 1e-7 is typed"),
    ("typed", "走 100 步", "走 101 步", "a.py:10: 101 is typed"),
    ("typed", "走 100 步", "走101步", "101 is typed"),
    ("typed", r"X \ge 1$\n# - 所谓", r"X \ge 0.5$\n# - 所谓", "0.5 is typed in the formula"),
    ("typed", "`a` | 2024 |", "`0.25` | 2024 |", "`0.25` is in no code"),
    ("typed", "从哪儿来。", "从哪儿来，0.5。", "a.py:3: 0.5 is typed"),
    ("typed", "loss up to step 100", "loss 0.35 at step 100", "0.35 is typed in the string"),
    ("typed", 'f"lr = {lr}"', 'f"lr = {lr}, 1.25"', "1.25 is typed in the string"),
    # typography
    ("typography", "学习率 $", "学习率$", "a.py:10: a space belongs between Han"),
    ("typography", "用 `step()`", "用`step()`", "a space belongs"),
    ("typography", "}} 倍", "}}倍", "a space belongs"),
    ("typography", "走 100 步", "走 100步", "a space belongs"),
    ("typography", "引文", "引 文", "no space between Han"),
    ("typography", "算，", "算,", "full-width punctuation beside Han"),
    ("typography", "倍（比", "倍(比", "full-width punctuation beside Han"),
    ("typography", "看答案", "看 答案", "no space between Han"),
    ("typography", "，见", "， 见", "no space beside full-width"),
    ("typography", "“梯度”", '"梯度"', "Chinese quotes"),
    ("typography", "“梯度”", "“梯度“", "in pairs"),
    ("typography", "倍（比", "倍（（比", "（ and ） in pairs"),
    ("typography", "引文。", "引文。。", "an ellipsis is ……"),
    ("typography", "引文。", "引文...", "an ellipsis is ……"),
    ("typography", "是**梯度**。", "是**梯度。**对", "punctuation stands outside of emphasis"),
    ("typography", "引文", "引文Ａ", "letters and digits are half-width"),
    ("typography", "损失到第 100", "损失到第100", "a.py:52: a space belongs"),
    ("typography", "loss up to step", "loss  up to step", "one space between words"),
    ("typography", '"gradient"', "“gradient”", "straight quotes"),
    ("typography", "is quoted", "is  quoted", "one space between words"),
    ("typography", "is quoted.", "is quoted .", "no space before punctuation"),
    ("typography", "is quoted", "is 引文", "nothing full-width, no Chinese"),
    ("typography", "从哪儿来", "从哪儿来 ，", "a.py:3: no space beside"),
    # terms
    ("glossary", "The learning rate $", "The rate $", None),
    ("glossary", "所谓“梯度”", "所谓“渐变”", "“渐变”: the glossary says “梯度”"),
    ("glossary", "It is the", "Without momentum it is the", "“momentum”, but its twin at :8 does not say “动量”"),
    ("glossary", "引文。", "条件数的引文。", "“条件数”, but its twin at :25 does not say “condition number”"),
    ("glossary", "从哪儿来", "从代价函数来", "“代价函数”: the glossary says “损失”"),
    # what both languages see
    (
        "shared",
        '"weight.grad"',
        '"gradient of the weight"',
        "a.py:51: both languages would see 'gradient of the weight'",
    ),
    ("shared", '"weight.grad", ', '"权重", ', "both languages would see '权重'"),
    ("shared", 'f"lr = {lr}"', 'f"the rate is {lr}"', "both languages would see 'the rate is"),
]


TEMPLATE = """{# 注释 #}
{% if zh %}
共 {{ count }} 笔账。
{% else %}
There are {{ count }} entries.
{% endif %}
<b>{{ say("偏差", "Deviation of one") }}</b>
"""


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("笔账。", "笔账.", "t.j2:3: full-width punctuation beside Han"),
        ("偏差", "偏 差", "t.j2:7: no space between Han"),
        ("There are", "There  are", "t.j2:5: one space between words"),
        ("Deviation of", "Deviation  of", "t.j2:7: one space between words"),
        ("注释", "注 释", None),
    ],
)
def test_a_mistake_in_a_template_is_found(right, wrong, message):
    def said(text):
        return [each for words in of_template(text, "t.j2") for each in test_typography.judged(*words)]

    assert said(TEMPLATE) == []
    found = said(TEMPLATE.replace(right, wrong))
    assert [each.partition(": …")[0] for each in found] == ([message] if message else [])


@pytest.mark.parametrize(("check", "right", "wrong", "message"), MISTAKES)
def test_a_mistake_is_found(check, right, wrong, message):
    right, wrong = right.replace(r"\n", "\n"), wrong.replace(r"\n", "\n")
    assert GOOD.count(right) == 1
    said = found(GOOD.replace(right, wrong))
    if message is None:
        assert not said[check]
    else:
        assert any(message in each for each in said[check]), said
