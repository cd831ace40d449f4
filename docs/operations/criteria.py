# ---
# title: {zh: 记成一个节点的损失, en: Losses of one node}
# description:
#   zh: mse_loss、huber_loss、smooth_l1_loss、binary_cross_entropy、nll_loss 在 torch 的计算图里各是一个节点，它们传给输出和目标的梯度。
#   en: "mse_loss, huber_loss, smooth_l1_loss, binary_cross_entropy and nll_loss are one node each of torch's graph: what they hand on to outputs and targets."
# notebook: false
# ---

# %% [markdown] lang="zh" twin="29404a"
# # 记成一个节点的损失
#
# 这些损失在计算图里各占一个节点。更全的选项和证书在[账本](../ledger/index.md)里。怎么读见[运算](index.py)。
#
# ## 损失
#
# $A$ 是输出，$B$ 是目标，都取 `reduction="mean"`。

# %% [markdown] lang="en" twin="02c560"
# # Losses of one node
#
# Each of these losses is one node of the graph. More options, and certificates, are in [the ledger](../ledger/index.md).
# [How to read this](index.py).
#
# ## Losses
#
# $A$ are the outputs and $B$ the targets, all with `reduction="mean"`.

# %% tags=["hide-input"]
from derivations.pages.operations import Operations

Operations("criteria")
