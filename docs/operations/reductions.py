# ---
# title: {zh: 归约与归一化, en: Reductions and normalisation}
# description:
#   zh: sum、mean、softmax、log_softmax、logsumexp、范数、方差、layer norm、batch norm、group norm、RMS norm 和注意力的反向公式。
#   en: "The backward formulas of sum, mean, softmax, log_softmax, logsumexp, norms, variance, layer norm, batch norm, group norm, RMS norm and attention."
# notebook: false
# ---

# %% [markdown] lang="zh" twin="4f4a98"
# # 归约与归一化
#
# 指标 $n$ 留下，$c$ 被求和或取平均。怎么读见[运算](index.py)。
#
# ## 归约
#
# 求和的反向是复制，平均的反向是复制再除以个数，softmax 还要减去一个加权平均。

# %% [markdown] lang="en" twin="5babee"
# # Reductions and normalisation
#
# The axes $n$ are kept, and $c$ is summed over, or has its mean taken. [How to read this](index.py).
#
# ## Reductions
#
# The backward pass of a sum copies; that of a mean copies and divides; softmax takes a weighted mean away as well.

# %% tags=["hide-input"]
from derivations.pages.operations import Operations

Operations("reductions")

# %% [markdown] lang="zh" twin="72c063"
# ## 统计量
#
# 方差、标准差，以及用到它们的两种归一化。

# %% [markdown] lang="en" twin="b49447"
# ## Statistics
#
# Variance, standard deviation, and two ways to normalise by them.

# %% tags=["hide-input"]
Operations("statistics")

# %% [markdown] lang="zh" twin="1cc7db"
# ## 归一化
#
# 均值、方差、标准差的倒数各有名字，公式才写得下。

# %% [markdown] lang="en" twin="0588b0"
# ## Normalisation
#
# Mean, variance and the inverse of the deviation have names, or the formulas would not fit.

# %% tags=["hide-input"]
Operations("normalisation")

# %% [markdown] lang="zh" twin="76c9c1"
# ## 融合的注意力
#
# torch 把它记成一个节点，这里拆成三步。

# %% [markdown] lang="en" twin="be3241"
# ## Fused attention
#
# torch records it as one node; here it has three stages.

# %% tags=["hide-input"]
Operations("attention")
