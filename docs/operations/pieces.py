# ---
# title: {zh: 分段的函数, en: Functions in pieces}
# description:
#   zh: ReLU、leaky ReLU、ELU、clamp、hardtanh、abs、softshrink 在拐点处没有导数，torch 取哪个斜率，逐个列出：公式、曲线、代码。
#   en: "ReLU, leaky ReLU, ELU, clamp, hardtanh, abs, softshrink have no derivative at their corners. Which slope torch takes there, with formula, curve and code."
# notebook: false
# ---

# %% [markdown] lang="zh" twin="cd60ff"
# # 分段的函数
#
# 两段相接的地方没有导数，torch 在那里选了一个斜率，公式的最后一行照它的选择写。曲线上的实心点就是这个选择，空心点是两侧的斜率。怎么读见[运算](index.py)。
#
# ## 激活函数与截断
#
# $[a>b]$ 在不等式成立时是 1，否则是 0。

# %% [markdown] lang="en" twin="706314"
# # Functions in pieces
#
# Where two pieces meet there is no derivative. torch takes a slope there, and the formula follows its choice. In the
# pictures that is the filled dot; the hollow dots are the slopes on both sides. [How to read this](index.py).
#
# ## Activations and clamps
#
# $[a>b]$ is 1 where the inequality holds, and 0 elsewhere.

# %% tags=["hide-input"]
from derivations.pages.operations import Operations

Operations("cornered")
