# ---
# title: {zh: 取数与窗口, en: Picking and windows}
# description:
#   zh: 切片、转置、gather、scatter、embedding、拼接、卷积、转置卷积和池化的反向：数从哪儿来，梯度就加回哪儿去。
#   en: "The backward pass of slices, transposes, gather, scatter, embedding, concatenation, convolution, transposed convolution and pooling: a gradient goes back to where its number came from."
# notebook: false
# ---

# %% [markdown] lang="zh" twin="d3e0d8"
# # 取数与窗口
#
# 这一类运算只搬数，或者按窗口搬了再加。数从哪儿来，梯度就加回哪儿去。怎么读见[运算](index.py)。
#
# ## 取数
#
# $y_n$ 说结果的第 $n$ 个数取自哪里，从 1 数起。

# %% [markdown] lang="en" twin="542dbb"
# # Picking and windows
#
# These move numbers, or gather them by windows and add them up. The gradient is added where the number came from. [How to read this](index.py).
#
# ## Picking
#
# $y_n$ says where number $n$ of the result was taken from, counted from 1.

# %% tags=["hide-input"]
from derivations.pages.operations import Operations

Operations("picking")

# %% [markdown] lang="zh" twin="901940"
# ## 放数
#
# 把一个张量的数放进另一个张量，或者加进去。

# %% [markdown] lang="en" twin="3ae865"
# ## Placing
#
# Numbers of one tensor are put into another, or added to it.

# %% tags=["hide-input"]
Operations("placing")

# %% [markdown] lang="zh" twin="f04dca"
# ## 窗口
#
# $\phi_{tg}$ 说第 $t$ 个窗口的第 $g$ 格盖住哪个位置；步长、填充、空洞都在里面。

# %% [markdown] lang="en" twin="85b24d"
# ## Windows
#
# $\phi_{tg}$ says which position lies under place $g$ of window $t$; stride, padding and dilation are all in there.

# %% tags=["hide-input"]
Operations("windows")
