# ---
# title: {zh: 运算, en: Operations}
# description:
#   zh: torch 的计算图里有哪些节点，每个节点算什么、把什么梯度传给操作数、在拐点处选什么；还没有收录的也全部列出。
#   en: "The nodes of torch's graph: what each computes, what gradient it hands on to its operands, what it chooses at corners; and those not described here yet."
# notebook: false
# ---

# %% [markdown] lang="zh" twin="4c153d"
# # 运算
#
# `loss.backward()` 走过的每个节点都是一次运算。它收下传到的梯度 $G$，给每个操作数一份。这里列出每种运算的定义和它传出的梯度：
# 后者都由 SymPy 从定义推出，每一行由机器判定，没有一个是手敲的。怎样拿它们核对一张网络，见[一张网络，逐节点对账](../lessons/network.py)。
#
# - [光滑的函数](smooth.py)：exp、log、sqrt、tanh、sigmoid、GELU、SiLU、softplus……
# - [分段的函数](pieces.py)：ReLU、leaky ReLU、ELU、clamp、abs……在拐点处选了什么
# - [二元运算与乘积](products.py)：加减乘除、maximum、where、矩阵乘法、addmm、bmm
# - [归约与归一化](reductions.py)：sum、mean、softmax、layer norm、batch norm、注意力
# - [取数与窗口](picking.py)：切片、gather、embedding、拼接、卷积、池化
# - [记成一个节点的损失](criteria.py)：mse_loss、huber_loss、nll_loss……
#
# ## 怎么读
#
# - $G$ 是传到结果的梯度，与结果同形状。传给操作数 $A$ 的是 $\sum G\cdot Z$ 对 $A$ 的导数，记作 $\partial L/\partial A$，与 $A$ 同形状。
# - 一个指标代表一组轴，所以一个公式管住所有形状：$n$ 是留下的或两边都有的轴，$d$ 只有 $A$ 有，$c$ 被求和或只有 $B$ 有。求导的那个元素另用 $i$、$m$、$j$。
# - $\delta$ 在两个下标相等时是 1，否则是 0；$[\,]$ 在不等式成立时是 1，否则是 0；没写范围的求和取遍整个范围，从 1 数起。
# - 选项不同，公式也许不同。这里取默认的选项，写在名字下面；别的选项自己推：

# %% [markdown] lang="en" twin="9398a8"
# # Operations
#
# Every node that `loss.backward()` walks is the call of an operation. It takes the gradient $G$ that arrives, and hands a
# share to each operand. Here is what each operation computes and what it hands on: the latter was derived by SymPy from the
# former, each line judged by a machine, and none was typed. How to check a network by them is told in
# [A network, node by node](../lessons/network.py).
#
# - [Smooth functions](smooth.py): exp, log, sqrt, tanh, sigmoid, GELU, SiLU, softplus and so on
# - [Functions in pieces](pieces.py): ReLU, leaky ReLU, ELU, clamp, abs, and what is chosen at their corners
# - [Two operands and products](products.py): arithmetic, maximum, where, matrix products, addmm, bmm
# - [Reductions and normalisation](reductions.py): sum, mean, softmax, layer norm, batch norm, attention
# - [Picking and windows](picking.py): slices, gather, embedding, concatenation, convolution, pooling
# - [Losses of one node](criteria.py): mse_loss, huber_loss, nll_loss and others
#
# ## How to read this
#
# - $G$ is the gradient that arrives at the result, and has its shape. The share of the operand $A$ is the derivative of
#   $\sum G\cdot Z$ in $A$, written $\partial L/\partial A$; it has the shape of $A$.
# - An index stands for a group of axes, so that one formula holds for every shape. $n$ are axes that are kept, or that both
#   operands have; $A$ alone has $d$; $c$ are summed over, or $B$ alone has them. The entry that is differentiated by has
#   indices of its own: $i$, $m$, $j$.
# - $\delta$ is 1 where its two indices are equal, and $[\,]$ where its inequality holds, and 0 elsewhere; a sum without limits
#   runs over the whole range, from 1.
# - Other options may mean another formula. Shown are the defaults, below each name; derive others yourself:

# %%
import derivations as dv

dv.derive(dv.operations.Power(exponent=3), "A")

# %% tags=["hide-input"]
from derivations.pages.operations import NodeTable, Names
from derivations.torch_bridge.graph.inventory import described, missing, nodes

count = {"all": len(nodes()), "here": len(described())}
others, again, copies = missing()

# %% [markdown] lang="zh" twin="145f59"
# ## 从 torch 的名字查
#
# 图里的节点叫 `AddmmBackward0` 这样的名字。torch 的 `derivatives.yaml` 一共记着 {{ count["all"] }} 种，这里收录了 {{ count["here"] }} 种。一种节点有时对应几种运算，看它是怎么调用的。

# %% [markdown] lang="en" twin="1b95ca"
# ## By torch's names
#
# Nodes of a graph have names such as `AddmmBackward0`. torch's `derivatives.yaml` has {{ count["all"] }} kinds of them, and
# {{ count["here"] }} are described here. Some stand for several operations, depending on the call.

# %% tags=["hide-input"]
NodeTable()

# %% [markdown] lang="zh" twin="d4212b"
# ## 还没有收录的
#
# 碰到这些节点，`dv.audit` 不猜公式：能拆成收录过的运算就拆开核对，不能就拿它自己的前向做差分，两样都不行就直说没有核对。
#
# 求二阶导数才会出现的有 {{ len(again.names) }} 种，嵌套张量的、视图改成复制的有 {{ len(copies.names) }} 种，都是别的节点的变体。其余 {{ len(others.names) }} 种如下，其中不少是别的设备上的同一种运算：

# %% [markdown] lang="en" twin="68267f"
# ## Not described yet
#
# At such a node `dv.audit` does not guess. Where it can be taken apart into operations that are described, its parts are
# checked; where not, it is compared with differences of its own forward; and where neither is possible, it says that nothing
# was checked.
#
# Of these, {{ len(again.names) }} are recorded for second derivatives alone, and {{ len(copies.names) }} belong to nested tensors
# or to views that are copied; they are variants of other nodes. The other {{ len(others.names) }} are listed below. Many of
# them are the same operations on other devices.

# %% tags=["hide-input"]
Names(others.names)
