# ---
# title: {zh: 光滑的函数, en: Smooth functions}
# description:
#   zh: exp、log、sqrt、tanh、sigmoid、GELU、SiLU、softplus 等逐元素函数在 torch 里的反向公式：定义、传出的梯度、曲线、代码。
#   en: "The backward formulas of torch's smooth functions of one entry, exp, log, sqrt, tanh, sigmoid, GELU, SiLU, softplus: definition, share, curve, code."
# notebook: false
# ---

# %% [markdown] lang="zh" twin="79510c"
# # 光滑的函数
#
# 每个元素各算各的，$Z_n=f(A_n)$，所以传出的是 $f'(A_i)\,G_i$。曲线画的是 $f$（实线）和 $f'$（虚线）。怎么读见[运算](index.py)。
#
# ## 初等函数
#
# 四则运算之外最常见的一批。

# %% [markdown] lang="en" twin="409409"
# # Smooth functions
#
# Each entry by itself: $Z_n=f(A_n)$, and what is handed on is $f'(A_i)\,G_i$. The curves are $f$ (solid) and $f'$
# (dashed). [How to read this](index.py).
#
# ## Elementary functions
#
# The commonest, beside arithmetic.

# %% tags=["hide-input"]
from derivations.pages.operations import Operations

Operations("pointwise")

# %% [markdown] lang="zh" twin="c1d084"
# ## 双曲函数，以及 logit
#
# 用得少一些，公式照推。

# %% [markdown] lang="en" twin="12c371"
# ## Hyperbolic functions, and logit
#
# Seen less often, and derived all the same.

# %% tags=["hide-input"]
Operations("hyperbolic")

# %% [markdown] lang="zh" twin="50e5fd"
# ## 光滑的激活函数
#
# 处处可导，没有拐点要选。

# %% [markdown] lang="en" twin="85d364"
# ## Smooth activations
#
# They have a derivative everywhere, and no corner asks for a choice.

# %% tags=["hide-input"]
Operations("activations")

# %% [markdown] lang="zh" twin="a79600"
# ## 带一个数或一个掩码
#
# 一个操作数是张量，另一个是数或掩码，梯度只传给张量。

# %% [markdown] lang="en" twin="88d2ff"
# ## With a number, or a mask
#
# One operand is a tensor, the other a number or a mask; the tensor alone is handed a gradient.

# %% tags=["hide-input"]
Operations("with_numbers")
