# ---
# title: {zh: 二元运算与乘积, en: Two operands and products}
# description:
#   zh: 加减乘除、maximum、where、矩阵乘法、addmm、bmm、cdist 把梯度怎样分给两个操作数；广播过的操作数为什么要求和。
#   en: "How sums, products, quotients, maximum, where, matrix products, addmm, bmm and cdist divide the gradient between their operands, and why a broadcast operand is handed a sum."
# notebook: false
# ---

# %% [markdown] lang="zh" twin="ba1d43"
# # 二元运算与乘积
#
# 两个操作数各得一份梯度。怎么读见[运算](index.py)。
#
# ## 逐元素，带广播
#
# 指标 $n$ 两边都有，$d$ 只有 $A$ 有，$c$ 只有 $B$ 有。广播就是把同一个数用了多次，所以传回去时要沿着缺的那些轴求和。

# %% [markdown] lang="en" twin="950c39"
# # Two operands and products
#
# There is a share for each of two operands. [How to read this](index.py).
#
# ## Entry by entry, with broadcasting
#
# Both have the axes $n$, $A$ alone has $d$, and $B$ alone has $c$. Broadcasting uses one number many times, so its share is
# a sum over the axes that it lacks.

# %% tags=["hide-input"]
from derivations.pages.operations import Operations

Operations("binary")

# %% [markdown] lang="zh" twin="b58fb2"
# ## 两数取大取小
#
# 并列时，torch 让两边各得一半。

# %% [markdown] lang="en" twin="94e670"
# ## The larger and the smaller of two
#
# Where both are the same, torch gives each of them half.

# %% tags=["hide-input"]
Operations("extremes")

# %% [markdown] lang="zh" twin="b5ef3a"
# ## 乘积
#
# 矩阵乘法的反向还是矩阵乘法。

# %% [markdown] lang="en" twin="61b17b"
# ## Products
#
# The backward pass of a matrix product is made of matrix products.

# %% tags=["hide-input"]
Operations("products")

# %% [markdown] lang="zh" twin="d0a43c"
# ## 距离
#
# 两组点，两两之间的距离。

# %% [markdown] lang="en" twin="6bf608"
# ## Distances
#
# Of two sets of points, the distance of each to each.

# %% tags=["hide-input"]
Operations("distances")
