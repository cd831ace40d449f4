# ---
# description:
#   zh: loss.backward() 之后 weight.grad 里的那个数从哪儿来：损失函数、计算图、模型结构各管一段，逐行推导，再与 autograd 逐个对账。
#   en: "Where the number in weight.grad comes from: what the loss function, the graph and the model contribute, derived line by line."
# ---

# %% [markdown] lang="zh" twin="36c14d"
# # `loss.backward()` 到底算了什么
#
# 下面这段脚本人人写过。跑完之后，`weight.grad` 里多了一个数。**这个数是怎么来的？**

# %% [markdown] lang="en" twin="74093d"
# # What `loss.backward()` computes
#
# Everyone has written the script below. After it, there is a number in `weight.grad`. **Where does it come from?**

# %%
import torch
from torch import nn

torch.manual_seed(0)

model = nn.Linear(1, 1)
criterion = nn.MSELoss()

X = torch.tensor([[1.0], [2.0], [3.0]])
y = torch.tensor([[2.0], [3.0], [4.0]])

outputs = model(X)
loss = criterion(outputs, y)
loss.backward()

print("loss        ", loss.item())
print("weight.grad ", model.weight.grad.item())
print("bias.grad   ", model.bias.grad.item())

# %% [markdown] lang="zh" twin="72951d"
# 先说答案。设 $Z$ 是模型的输出，$G=\partial L/\partial Z$ 是损失对输出的梯度，那么
#
# $$
# \frac{\partial L}{\partial W} = G^{\top} X,\qquad \frac{\partial L}{\partial b} = \mathbf{1}^{\top} G,\qquad G = \frac{2}{NC}\,(Z-Y).
# $$
#
# 代入这三个样本，$\partial L/\partial W$ 就是上面打印的 {{ model.weight.grad.item():.6f }}。
# 这一课把这几个式子从损失的定义一行一行推出来，再和自动微分（autograd）算出的数逐个对账。

# %% [markdown] lang="en" twin="159377"
# The answer first. Let $Z$ be the model's outputs and $G=\partial L/\partial Z$ the gradient of the loss with respect to
# them. Then
#
# $$
# \frac{\partial L}{\partial W} = G^{\top} X,\qquad \frac{\partial L}{\partial b} = \mathbf{1}^{\top} G,\qquad G = \frac{2}{NC}\,(Z-Y).
# $$
#
# With these three samples, $\partial L/\partial W$ is the {{ model.weight.grad.item():.6f }} printed above.
# This lesson derives these formulas from the definition of the loss, line by line, and then compares them with what
# autograd computed, number by number.

# %% [markdown] lang="zh" twin="4b3fbf"
# ## 三样东西各管一段
#
# 常听说：梯度由**损失函数**、**计算图**和**模型结构**决定。具体是这样分工的。
#
# **损失函数**只看输出和目标。它决定 $G$：每个输出再大一点点，损失会变多少。模型长什么样，它不知道。

# %% [markdown] lang="en" twin="5d29ca"
# ## Who contributes what
#
# Gradients, one often hears, are determined by the **loss function**, the **graph** and the **structure of the model**.
# Here is how they divide the work.
#
# **The loss function** sees outputs and targets alone. It determines $G$: how much the loss changes when an output
# grows a little. What the model looks like, it does not know.

# %%
import derivations as dv

G = dv.explain(None, criterion).gradients(outputs.detach(), y)["outputs"]
G

# %% [markdown] lang="zh" twin="ed7243"
# **模型结构**提供局部导数：$Z = XW^{\top} + b$，所以 $W$ 动一点，$Z$ 按 $X$ 的比例跟着动。把 $G$ 按这个比例传回去，就是 $G^{\top}X$：

# %% [markdown] lang="en" twin="459a08"
# **The structure of the model** supplies the local derivatives: $Z = XW^{\top} + b$, so when $W$ moves a little, $Z$
# follows in proportion to $X$. Passing $G$ back in that proportion is $G^{\top}X$:

# %%
G.T @ X

# %% [markdown] lang="zh" twin="ef9099"
# 为什么偏偏是 $G^{\top}X$？$Z$ 的每个数对 $W$ 的每个数都有一个偏导数，全排出来是个四维的 Jacobian。链式法则让 $G$ 和它相乘，把 $Z$ 的两个指标求和消掉，
# 剩下的形状就和 $W$ 一样。这叫**向量与 Jacobian 的乘积**（vector-Jacobian product）。`backward()` 在每个节点上做的都是它，只是从不把 Jacobian 写出来：

# %% [markdown] lang="en" twin="45e647"
# Why $G^{\top}X$ of all things? Every number in $Z$ has a partial derivative in every number of $W$, and all of them together are
# a Jacobian with four indices. The chain rule multiplies $G$ with it and sums over the two indices of $Z$; what remains has
# the shape of $W$. This is a **vector-Jacobian product**. It is what `backward()` does at every node, without ever writing the
# Jacobian down:

# %%
W, b = model.weight.detach(), model.bias.detach()
J = torch.autograd.functional.jacobian(lambda W: X @ W.T + b, W)
product = torch.einsum("nc,ncjm->jm", G, J)

print("J.shape ", tuple(J.shape))
print("product ", product.tolist())
assert torch.allclose(product, G.T @ X)

# %% [markdown] lang="zh" twin="a741a4"
# **计算图**记下前向时依次做了哪些运算。`backward()` 从损失出发，倒着走这张图，每经过一个节点就乘上它的局部导数，走到参数时把结果*加*进 `.grad`。
#
# 还有两样东西常被漏掉：**参数此刻的值**和**数据**。$G$ 里有 $Z$，$Z$ 里有 $W$、$b$ 和 $X$。换一个种子，图还是那张图，梯度却变了。
#
# ## torch 记下的图
#
# 下面的图不是照着模型画的，而是从 `loss.grad_fn` 出发，沿 `next_functions` 一个节点一个节点走出来的。`dv.audit` 把这一步再跑一遍，
# 记下每个节点算出的值和传下去的梯度；公式由 SymPy 推导，再逐个节点与 torch 传的数对账。

# %% [markdown] lang="en" twin="eb01b2"
# **The graph** remembers which operations the forward pass did, in order. `backward()` starts at the loss and walks it
# in reverse. At each node it multiplies by the local derivative; at a parameter it *adds* the result to `.grad`.
#
# Two more things tend to be left out: **the values the parameters have right now**, and **the data**. $G$ contains
# $Z$, and $Z$ contains $W$, $b$ and $X$. Change the seed, and the graph stays the same while the gradient does not.
#
# ## The graph as torch recorded it
#
# This is not a drawing of the model. It starts at `loss.grad_fn` and follows `next_functions`, node by node. `dv.audit`
# runs the step once more and notes what each node computes and which gradient it hands on; SymPy derives the formulas,
# and at every node they are compared with the numbers that torch handed on.

# %%
model.zero_grad()
account = dv.audit(lambda: criterion(model(X), y), model)
account.require()
dv.draw_graph(account)

# %% [markdown] lang="zh" twin="32b618"
# 顺着图往下读，{{ model.weight.grad.item():.6f }} 就能一直追到数据。`MseLossBackward0` 收到 $1$，把 $\frac{2}{N}(A-B)$ 传下去，
# 也就是 $G$ 的三个数；`AddmmBackward0` 的 $A$ 是 `X`，它传给 $B$ 的是 $A^{\top}G$：三个样本 $1$、$2$、$3$ 分别乘上这三个数，再相加。
# `TBackward0` 转置一下，这个数就到了 `weight.grad`。
#
# 图里没有 `X` 和 `y` 的节点：它们不需要梯度，走到那里就停了，只在用到它们的框里写着值。图随前向的写法而变。去掉偏置，`AddmmBackward0` 就换成了 `MmBackward0`，偏置那个叶子也没有了：

# %% [markdown] lang="en" twin="0c061d"
# Read downwards, {{ model.weight.grad.item():.6f }} can be followed back to the data. `MseLossBackward0` is handed $1$ and
# hands on $\frac{2}{N}(A-B)$, the three numbers of $G$. The $A$ of `AddmmBackward0` is `X`, and to $B$ it hands
# $A^{\top}G$: the three samples, $1$, $2$ and $3$, each times its number, added up. `TBackward0` transposes that, and it
# arrives in `weight.grad`.
#
# `X` and `y` have no node: they need no gradient, so nothing leads there, and their values stand in the boxes that use
# them. The graph follows the forward pass. Without a
# bias, `AddmmBackward0` gives way to `MmBackward0`, and the bias's leaf is gone:

# %%
no_bias = nn.Linear(1, 1, bias=False)
dv.draw_graph(dv.record(criterion(no_bias(X), y), no_bias))

# %% [markdown] lang="zh" twin="99e071"
# 在输出上 `detach()` 一下，图就断了。损失的值一样，可 `backward()` 无路可走：

# %% [markdown] lang="en" twin="4fb16f"
# `detach()` the outputs and the graph is cut. The value of the loss is the same, but `backward()` has nowhere to go:

# %%
detached = criterion(model(X).detach(), y)
dv.draw_graph(dv.record(detached, model))

# %%
try:
    detached.backward()
except RuntimeError as error:
    print(error)

# %% [markdown] lang="zh" twin="64a2cd"
# 没有收录的运算画成虚线框，不猜它的公式：

# %% [markdown] lang="en" twin="b1c94c"
# An operation that is not in our table gets a dashed box; its formula is not guessed:

# %%
dv.draw_graph(dv.record(torch.special.erfcx(model(X)).mean(), model))

# %% [markdown] lang="zh" twin="bf0969"
# ## 加一层激活函数
#
# 模型里加一层 ReLU，图就长一截，规矩不变：每经过一个节点，乘上它的局部导数。ReLU 的局部导数不是 1 就是 0，输入为负的那些位置，梯度到此为止。

# %% [markdown] lang="en" twin="cfe4c2"
# ## With an activation
#
# Put a ReLU into the model and the graph grows; the rule stays the same: at each node, multiply by its local derivative. That of
# ReLU is 1 or 0, so where its input was negative, the gradient ends.

# %%
net = nn.Sequential(nn.Linear(1, 4), nn.ReLU(), nn.Linear(4, 1))
account = dv.audit(lambda: criterion(net(X), y), net)
dv.draw_graph(account)

# %%
asleep = (net[0](X) < 0).all(dim=0)
print("net[0](X) < 0      ", asleep.tolist())
print("net[0].weight.grad ", net[0].weight.grad.flatten().tolist())
assert asleep.any() and ((net[0].weight.grad.flatten() == 0) == asleep).all()

# %% [markdown] lang="zh" twin="a029cc"
# `dv.explain` 只管线性模型：它把整个梯度写成一个公式。网络一深，公式就一层套一层；可每个节点传下去的那一份，仍然只有一行。
# 所以网络换一种对法，逐个节点来。拿它去问 `dv.explain`，得到的也是这句话：

# %% [markdown] lang="en" twin="a37631"
# `dv.explain` is for linear models: it writes the whole gradient as one formula. In a deeper network formulas stand inside
# formulas; but what each node hands on is still one line. So a network is checked node by node instead, which is also
# what `dv.explain` answers:

# %%
try:
    dv.explain(net, criterion)
except dv.Unsupported as refused:
    print(refused)

# %% [markdown] lang="zh" twin="88c184"
# 上面那张图的账也可以按模块折起来看。每个节点都能展开：它算什么，收到什么，按哪个公式传给谁，传了多少。

# %% [markdown] lang="en" twin="a3c3c1"
# The account behind the last drawing can also be folded by module. Each node opens: what it computes, what arrived, and by
# which formula it handed on how much, and to whom.

# %%
account.require()
account

# %% [markdown] lang="zh" twin="b9d09a"
# ## 逐行推导
#
# 从均方误差的定义开始。$N$ 是样本数，$C$ 是输出个数，$D$ 是特征数，都保持符号；求和从 1 开始。
# $\delta_{cj}$ 在 $c=j$ 时是 1，否则是 0。每一行写着用了哪条规则；打勾表示机器已经在精确的有理数上验过，它与上一行相等。
#
# 先求 $G$，也就是损失对输出的梯度：

# %% [markdown] lang="en" twin="f9cce1"
# ## Line by line
#
# We begin with the definition of mean squared error. $N$ samples, $C$ outputs and $D$ features all stay symbols; sums
# start at 1. $\delta_{cj}$ is 1 when $c=j$ and 0 otherwise. Each line names the rule that made it; the check mark says
# that a machine found it equal to the line before, in exact rational numbers.
#
# First $G$, the gradient with respect to the outputs:

# %%
explanation = dv.explain(model, criterion)
explanation.derivation("outputs")

# %% [markdown] lang="zh" twin="0bb83a"
# 注意分母是 $NC$，不是 $N$：`MSELoss` 对*所有*元素取平均。这里 $C=1$，两者恰好一样；输出一多，差别就来了。
#
# 再让 $G$ 沿着 $Z$ 传到权重：

# %% [markdown] lang="en" twin="f2919d"
# Note the denominator, $NC$: `MSELoss` takes the mean over *all* entries, not over the $N$ samples. Here $C=1$ and the two
# coincide; with more outputs they do not.
#
# Now $G$ travels through $Z$ to the weight:

# %%
explanation.derivation("weight")

# %% [markdown] lang="zh" twin="4db0bb"
# 偏置走的是同一条路，只是局部导数更简单：

# %% [markdown] lang="en" twin="c9d6d3"
# The bias takes the same way, with a simpler local derivative:

# %%
explanation.derivation("bias")

# %% [markdown] lang="zh" twin="73431f"
# ## 对账
#
# 左边是公式算出的数，中间是 autograd 算出的数，也就是 `.grad` 里的数；右边是精确值：把 float32 参数当作精确的有理数，
# 直接由损失的定义求导，一步舍入也没有，所以是个分数。

# %% [markdown] lang="en" twin="32bbee"
# ## Comparing the accounts
#
# On the left is the formula's number, in the middle autograd's, which is the one in `.grad`. On the right is the exact
# value: the float32 parameters taken as the rational numbers they are, and the definition of the loss differentiated
# without a single rounding. That is why it is a fraction.

# %%
certificate = explanation.certify(X, y, wrt=("weight", "bias"), exact=True)
for row, parameter in zip(certificate.rows, model.parameters()):
    assert torch.equal(row.autograd, parameter.grad)
certificate

# %% [markdown] lang="zh" twin="b323f0"
# 偏差以 $\mathrm{eps}\cdot\kappa$ 为单位：$\mathrm{eps}$ 是这种浮点数的精度，$\kappa$ 是照着公式一步步累加的舍入误差。
# 光是舍入，离精确值至多差半个单位；公式算的差 {{ certificate.rows[0].from_exact["closed form"]:.2f }}，autograd 算的差
# {{ certificate.rows[0].from_exact["autograd"]:.2f }}。
#
# ## 别忘了：它是*加*进去的
#
# `backward()` 不是把梯度*写*进 `.grad`，而是*加*进去。再前向、反向一次，不清零：

# %% [markdown] lang="en" twin="5e66b9"
# Deviations are measured in $\mathrm{eps}\cdot\kappa$: $\mathrm{eps}$ is the precision of the floating-point numbers, and
# $\kappa$ adds up the roundings along the formula. Rounding alone takes a number half a unit from the exact value at most;
# the formula's is
# {{ certificate.rows[0].from_exact["closed form"]:.2f }} units away and autograd's
# {{ certificate.rows[0].from_exact["autograd"]:.2f }}.
#
# ## Remember: it *adds*
#
# `backward()` does not *write* the gradient to `.grad`; it *adds* to it. Forward and backward once more, without zeroing:

# %%
once = model.weight.grad.clone()
criterion(model(X), y).backward()
print("backward() x 1 ", once.item())
print("backward() x 2 ", model.weight.grad.item())

# %% [markdown] lang="zh" twin="f8d2d1"
# 正好 {{ (model.weight.grad / once).item():.0f }} 倍。所以训练循环里要有 `zero_grad()`。
#
# ## 自己验一验
#
# 把三个样本原样抄一遍，变成六个样本。`weight.grad` 会变成两倍吗？

# %% [markdown] lang="en" twin="d45bc1"
# Exactly {{ (model.weight.grad / once).item():.0f }} times as much. That is what `zero_grad()` in a training loop is for.
#
# ## Check yourself
#
# Copy the three samples, so that there are six. Does `weight.grad` double?

# %% tags=["hide-input"]
model.zero_grad()
criterion(model(torch.cat([X, X])), torch.cat([y, y])).backward()
six = model.weight.grad.item()

# %% [markdown] lang="zh" twin="51bac9"
# ??? question "看答案"
#     不会，还是 {{ six:.6f }}。和式里的项多了一倍，前面的 $\frac{2}{NC}$ 里 $N$ 也大了一倍，正好抵消：损失取的是平均。
#     要是用 `nn.MSELoss(reduction="sum")`，就真的会翻倍。
#
# 接下来看[分类：`loss = criterion(outputs, y)`](criterion.py)。

# %% [markdown] lang="en" twin="381664"
# ??? question "Answer"
#     No, it is still {{ six:.6f }}. There are twice as many terms in the sum, and the $N$ in $\frac{2}{NC}$ is twice as
#     large; the two cancel, because the loss is a mean. With `nn.MSELoss(reduction="sum")` it would double.
#
# Next: [classification, `loss = criterion(outputs, y)`](criterion.py).
