# ---
# description:
#   zh: 带激活函数的网络，梯度怎么走：先亲手算一张两层的 ReLU 网络，再把每个节点传出的梯度逐个对账，找出 nan 的来处和写错的 autograd.Function。
#   en: "How gradients pass through a network: a two-layer ReLU net by hand, then every node audited; where a nan is born, and a wrong autograd.Function named."
# ---

# %% [markdown] lang="zh" twin="c79259"
# # 一张网络，逐节点对账
#
# 前面几课里，模型都是线性的，一个梯度写成一行公式就完了。中间加一层 ReLU，这样的一行就写不出来了。网络一深，梯度还查得了吗？
#
# **能，一个节点一个节点地查**。torch 把前向拆成几十种简单的运算，每次运算是计算图上的一个节点。反向走到一个节点时，它只做一件小事：
# 收下传到的梯度 $G$，算出该传给每个操作数的那一份。每一份都有公式，公式可以推导，也就可以对账。每个节点都对上了，整张网络就对上了。

# %% [markdown] lang="en" twin="5093d2"
# # A network, node by node
#
# In the lessons so far the model was linear, and a gradient was a formula of one line. Put a ReLU in between, and no such
# line exists. Can the gradients of a deep network be checked at all?
#
# **Yes, one node at a time**. torch breaks the forward pass down into a few dozen kinds of simple operations, and each call is
# a node of the graph. When the backward pass comes to a node, that node does one small thing: it takes the gradient $G$ that
# arrives, and works out the share of each operand. Every share has a formula; formulas can be derived, and so they can be
# compared. When every node agrees, the network does.

# %% [markdown] lang="zh" twin="1af664"
# ## 两层网络，亲手算
#
# 数取小一点，好用笔跟着算。三个样本，两个输入，两个隐藏单元，一个输出，都不带偏置：

# %% [markdown] lang="en" twin="9a9902"
# ## Two layers, by hand
#
# Small numbers, so that you can follow with a pencil: three samples, two inputs, two hidden units and one output, all
# without biases.

# %%
import torch
from torch import nn

import derivations as dv

X = torch.tensor([[1.0, 2.0], [2.0, -1.0], [0.0, 1.0]])
Y = torch.tensor([[-6.0], [-4.0], [-5.0]])
W1 = torch.tensor([[1.0, -1.0], [2.0, 1.0]], requires_grad=True)
W2 = torch.tensor([[1.0, -2.0]], requires_grad=True)

A = X @ W1.T
H = A.relu()
Z = H @ W2.T
loss = ((Z - Y) ** 2).sum() / 2

for name, value in {"A": A, "H": H, "Z": Z, "loss": loss}.items():
    print(f"{name:5}", value.tolist())

# %% [markdown] lang="zh" twin="d6c025"
# 损失是 $L=\frac12\sum(Z-Y)^2$，所以传到 $Z$ 的梯度是 $G=Z-Y$。接着往回走，一步一个节点：
#
# 1. $Z=HW_2^{\top}$ 是线性层，[第一课](loss_backward.py)已经推过：传给 $W_2$ 的是 $G^{\top}H$，传给 $H$ 的是 $GW_2$。
# 2. $H=\max(A,0)$。$A$ 为正的地方，$H$ 跟着 $A$ 走；其余地方 $H$ 不动。所以 $GW_2$ 里只留下 $A>0$ 的那些位置：
#
#     $$
#     D=(G\,W_2)\odot[A>0].
#     $$
#
# 3. $A=XW_1^{\top}$ 又是线性层，传到它的是 $D$，于是 $\dfrac{\partial L}{\partial W_1}=D^{\top}X$。

# %% [markdown] lang="en" twin="767033"
# The loss is $L=\frac12\sum(Z-Y)^2$, so the gradient that arrives at $Z$ is $G=Z-Y$. From there back, one node at a time:
#
# 1. $Z=HW_2^{\top}$ is a linear layer, derived in the [first lesson](loss_backward.py): it hands $G^{\top}H$ to $W_2$ and
#    $GW_2$ to $H$.
# 2. $H=\max(A,0)$. Where $A$ is positive, $H$ moves with $A$; elsewhere $H$ stays where it is. So of $GW_2$, only the
#    places with $A>0$ remain:
#
#     $$
#     D=(G\,W_2)\odot[A>0].
#     $$
#
# 3. $A=XW_1^{\top}$ is a linear layer again. What arrives there is $D$, and therefore
#    $\dfrac{\partial L}{\partial W_1}=D^{\top}X$.

# %%
with torch.no_grad():
    G = Z - Y
    D = torch.where(A > 0, G @ W2, 0.0)

print("G     ", G.tolist())
print("G @ W2", (G @ W2).tolist())
print("D     ", D.tolist())
print("D.T @ X", (D.T @ X).tolist())

# %%
loss.backward()
print("W1.grad", W1.grad.tolist())
print("W2.grad", W2.grad.tolist())

# %% tags=["hide-input"]
assert torch.equal(W1.grad, D.T @ X) and torch.equal(W2.grad, (G.T @ H).detach())
closed = ((A <= 0).sum()).item()
assert closed == 2 and (W1.grad == 0).sum() == 1

# %% [markdown] lang="zh" twin="efdd6c"
# 都是整数，一步舍入也没有，`W1.grad` 就是 $D^{\top}X$，一位不差。$A$ 里有 {{ closed }} 个位置不为正，$D$ 在那里是 0：梯度到此为止，
# 这一步里，那个隐藏单元从那个样本什么也学不到。
#
# 还有一个 0 另有来历。`W1.grad` 里的那个 0 是三个样本的贡献互相抵消的结果，跟 ReLU 无关。同样是 0，一个是“没有路”，一个是“走到了，正好抵消”。
#
# 第二步讲的道理，也可以一行一行推，每个等号都由机器验过：

# %% [markdown] lang="en" twin="fd20f2"
# All of these are integers, and nothing was rounded: `W1.grad` is $D^{\top}X$ to the last bit. In {{ closed }} places $A$ is
# not positive, and there $D$ is 0: the gradient ends, and in this step that hidden unit learns nothing from that sample.
#
# Another 0 has another origin. That in `W1.grad` is what is left when the contributions of three samples cancel, and has
# nothing to do with ReLU. One kind of zero says "no way through"; the other says "it got there, and cancelled".
#
# What was argued in the second step can be derived, line by line, and a machine has checked every equals sign:

# %%
dv.derive(dv.operations.Relu(), "A")

# %% [markdown] lang="zh" twin="5f98f2"
# ## 交给程序
#
# 公式能推，值能记，剩下的就是比。`dv.audit` 把一步训练原样跑一遍，记下每个节点的操作数、传到的梯度和传出的梯度，再拿推出来的公式在*同样的值*上算一遍：

# %% [markdown] lang="en" twin="c234e5"
# ## Leave it to the program
#
# The formulas can be derived, the values can be recorded, and what is left is to compare them. `dv.audit` runs one training
# step as it stands and records, for each node, the operands, the gradient that arrived and what was handed on. Then it
# evaluates the derived formulas at *the same values*:


# %%
def step():
    A = X @ W1.T
    H = A.relu()
    Z = H @ W2.T
    return ((Z - Y) ** 2).sum() / 2


account = dv.audit(step)
account

# %%
dv.draw_graph(account)

# %% tags=["hide-input"]
assert account
(relu,) = [node for node in account.nodes if node.name == "ReluBackward0"]
handed = relu.shares[0].handed.values
assert handed == D.tolist()

# %% [markdown] lang="zh" twin="3adf9b"
# 节点的次序照前向。这里没有一个名字是我们起的：`MmBackward0` 之类都是 torch 自己的叫法，转置也单独算一个节点。
# 从 `ReluBackward0` 传出来的是 `{{ handed }}`，正是上面的 $D$。
#
# 各查各的有一个好处：某个节点错了，只有*它*对不上。往后的节点收到的数虽然已经歪了，可它们怎么换算，还是照样查得清楚。

# %% [markdown] lang="en" twin="a4d3bb"
# Nodes stand in the order of the forward pass. None of the names is ours: `MmBackward0` and the like are what torch
# calls them, and a transpose is a node too. What `ReluBackward0` hands on is `{{ handed }}`, the $D$ from above.
#
# Checking each node by itself has a virtue: where one node is wrong, only *that* disagrees. The nodes behind it are given
# numbers that are off already, but whether they pass them on correctly can be told all the same.

# %% [markdown] lang="zh" twin="dc5a3a"
# ## 一个 Transformer 编码层
#
# 换成真正的网络，办法不变。这里是 `nn.TransformerEncoderLayer`：自注意力、两次 layer norm、两层前馈，损失用交叉熵。

# %% [markdown] lang="en" twin="c88219"
# ## An encoder layer of a transformer
#
# With a real network, nothing changes. This is `nn.TransformerEncoderLayer`: self-attention, two layer norms and two layers
# of feed-forward, with cross-entropy for the loss.

# %%
torch.manual_seed(0)
encoder = nn.TransformerEncoderLayer(4, 2, 6, dropout=0.0, batch_first=True)
criterion = nn.CrossEntropyLoss()
tokens, classes = torch.randn(2, 3, 4), torch.tensor([0, 1, 2, 3, 0, 1])


def step():
    return criterion(encoder(tokens).flatten(0, 1), classes)


account = dv.audit(step, encoder)
account

# %% tags=["hide-input"]
from derivations.closed_form import index_latex

assert account
numbers = sum(node.entries for node in account.nodes)
(norm,) = [node for node in account["norm1"].nodes if node.shares]
handed_by_norm = index_latex(norm.derivation("A"))

# %% [markdown] lang="zh" twin="e64f8b"
# {{ len(account.nodes) }} 个节点，传出的数一共 {{ numbers }} 个，个个都在误差界之内。节点按模块收起来，展开就是公式和数。想单看一个模块，写 `account["norm1"]`。
#
# layer norm 的公式是这里面最长的，也最值得看一眼。$\bar A$ 是平均值，$R$ 是标准差的倒数，$w$ 是权重，传给输入的是
#
# $$
# {{ handed_by_norm }}
# $$
#
# 后两项是减掉的：一项是 $wG$ 的平均，一项是 $wG$ 沿着输入自身方向的那一份。因为把输入整体加一个常数，或者整体放大，归一化的结果都（几乎）不变，
# 梯度里也就不该有这两个方向。下一节会看到，这样减完，有的梯度一点也不剩。它是怎么推出来的，每一行都在这里：`norm.derivation("A")`。

# %% [markdown] lang="en" twin="db2d80"
# There are {{ len(account.nodes) }} nodes, which handed on {{ numbers }} numbers in all, and every one is within its bound.
# Nodes are folded by module; open one for formulas and numbers. For one module alone, write `account["norm1"]`.
#
# Of these formulas, that of layer norm is the longest, and the one most worth a look. With the mean $\bar A$, the inverse of the
# standard deviation $R$ and the weight $w$, the input is handed
#
# $$
# {{ handed_by_norm }}
# $$
#
# The last two terms are taken away: the mean of $wG$, and the part of $wG$ that points along the input itself. Add a constant
# to the input, or make all of it larger, and what is normalised does not change (or hardly does); so a gradient has nothing
# to say in these two directions. In the next section, this leaves nothing at all of a gradient. Every line of how it is derived
# is in `norm.derivation("A")`.

# %% [markdown] lang="zh" twin="a76ab1"
# ## 全是舍入的梯度
#
# 卷积后面接 batch norm，是图像网络里最常见的一对。看看卷积的偏置得到了什么梯度，先用 float32，再用 float64：

# %% [markdown] lang="en" twin="bc0875"
# ## A gradient that is all rounding
#
# A convolution followed by batch norm is the commonest pair in networks for images. Look at the gradient of the convolution's
# bias, first in float32, then in float64:

# %%
torch.manual_seed(0)
pair = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
images, wanted = torch.randn(4, 1, 5, 5), torch.randn(4, 2, 3, 3)

biases = []
for dtype in (torch.float32, torch.float64):
    pair.to(dtype).zero_grad()
    outputs, targets = pair(images.to(dtype)), wanted.to(dtype)
    nn.functional.mse_loss(outputs, targets).backward()
    bias = pair[0].bias.grad.abs().max()
    weight = pair[0].weight.grad.abs().max()
    biases.append(bias.item())
    print(f"{str(dtype):13}  bias {bias:.1e}   weight {weight:.1e}")

# %% tags=["hide-input"]
assert 0 < bias < 1e-15 and weight > 1e-3
times = biases[0] / biases[1]
assert times > 1e6

# %% [markdown] lang="zh" twin="3fa1c6"
# 权重的梯度换了精度还是那个数，偏置的梯度却缩小到 {{ times:.0e }} 分之一：它随着 eps 走，也就是说，**它只是舍入**。
#
# 道理很简单。偏置给一个通道的所有位置加上同一个数，batch norm 马上又把这个通道的平均值减掉。偏置是多少，对结果毫无影响，所以它的梯度恰好是 0。
# 从公式里也看得出来：传给输入的是
#
# $$
# w R\,\Bigl(G_j-\bar G-\hat A_j\,\frac1C\sum_c G_c\hat A_c\Bigr),\qquad \hat A=(A-\bar A)\,R,
# $$
#
# 而偏置收到的，是它对 $j$ 求和。$\sum_j(G_j-\bar G)=0$，$\sum_j\hat A_j=0$，不管 $R$ 是多少。用分数算一遍，就没有舍入了：

# %% [markdown] lang="en" twin="3e12e8"
# The weight's gradient is the same number in another precision. The bias's is smaller by a factor of {{ times:.0e }}: it goes
# with eps, which is to say, **it is rounding and nothing else**.
#
# The reason is simple. The bias adds one number at all places of a channel, and batch norm takes the channel's mean away
# again. Whatever the bias is, the result is the same, and so its gradient is exactly 0. The formula says so too: what is handed
# to the input is
#
# $$
# w R\,\Bigl(G_j-\bar G-\hat A_j\,\frac1C\sum_c G_c\hat A_c\Bigr),\qquad \hat A=(A-\bar A)\,R,
# $$
#
# and the bias receives its sum over $j$. Both $\sum_j(G_j-\bar G)=0$ and $\sum_j\hat A_j=0$, whatever $R$ may be. Computed in
# fractions, nothing is rounded:

# %%
from fractions import Fraction

with torch.no_grad():
    out = pair[0](images.double())
    arriving = 2 * (pair[1](out) - wanted.double()) / wanted.numel()

for channel in range(2):
    A = [Fraction(a) for a in out[:, channel].flatten().tolist()]
    G = [Fraction(g) for g in arriving[:, channel].flatten().tolist()]
    R = Fraction(1 / out[:, channel].std(correction=0).item())
    mean_A, mean_G = sum(A) / len(A), sum(G) / len(G)
    hat = [(a - mean_A) * R for a in A]
    along = sum(g * a for g, a in zip(G, hat)) / len(A)
    shares = [R * (g - mean_G - a * along) for g, a in zip(G, hat)]
    largest = float(max(map(abs, shares)))
    print(f"channel {channel}   bias {sum(shares)}   max|share| {largest:.4f}")

# %% tags=["hide-input"]
assert sum(shares) == 0
pair.float().zero_grad()
account = dv.audit(lambda: nn.functional.mse_loss(pair(images), wanted), pair)
assert account
of_bias = next(node for node in account["0"].nodes if node.call == "convolution").shares[-1]

before = pair[0].bias.detach().clone()
torch.optim.Adam([pair[0].bias], lr=1.0).step()
of_adam = (pair[0].bias.detach() - before).abs().max().item()
assert 0.1 < of_adam < 1

# %% [markdown] lang="zh" twin="5e7fe4"
# 一个个都不是 0，加起来恰好是 0。对账时，这样的元素只能说“没超出误差界”：界是 {{ of_bias.bound:.0e }}，torch 传出的是 {{ of_bias.got:.0e }}，真值是 0。
# 要是拿相对误差去比，这里怎么比都是错的。
#
# **对策**：后面紧跟 batch norm 的卷积，写 `bias=False`。偏置留着也不会错，只是白占参数；Adam 还会把这点舍入当真，第一步就走出学习率的 {{ of_adam:.2f }} 倍，见[一步优化](optimizer_step.py)。

# %% [markdown] lang="en" twin="dede7b"
# None of them is 0, and their sum is exactly that. Of such an entry an audit can say no more than that it is within its bound:
# the bound is {{ of_bias.bound:.0e }}, torch handed on {{ of_bias.got:.0e }}, and the truth is 0. By relative error, anything
# here would be wrong.
#
# **Cure.** `bias=False` for a convolution with batch norm right behind it. Keeping the bias does no harm, but it is a
# parameter for nothing; and Adam takes the rounding at its word: its first step is {{ of_adam:.2f }} times the learning rate,
# see [one step of the optimizer](optimizer_step.py).

# %% [markdown] lang="zh" twin="726bae"
# ## nan 是在哪儿出生的
#
# 只想在 $x>0$ 的地方开平方，其余取 0。写法看上去滴水不漏：

# %% [markdown] lang="en" twin="96c5e9"
# ## Where a nan is born
#
# Take the square root where $x>0$, and 0 elsewhere. It looks watertight:

# %%
x = torch.tensor([4.0, 1.0, 0.0, -1.0], requires_grad=True)
account = dv.audit(lambda: torch.where(x > 0, x.sqrt(), 0.0).sum())
print("x.grad", x.grad.tolist())

# %%
account.first_nan

# %% tags=["hide-input"]
assert not account and account.verdict.split() == ["cannot", "tell"]
born = account.first_nan
assert born.call == "sqrt"
arrived, left = born.arrived[0].values, born.shares[0].handed.values
assert arrived[2:] == [0.0, 0.0]

# %% [markdown] lang="zh" twin="474084"
# 前向的结果里没有 nan，反向却有。一直查到 `{{ born.name }}`：传到它的是 `{{ arrived }}`，后两个已经是 0 了，`where` 做得没错；传出去的却是 `{{ left }}`。
# 平方根的那一份是 $G/(2\sqrt A)$：在 $0$ 处分母是 0，在负数处根号是 nan，而 $0\cdot\infty$ 和 $0\cdot\mathrm{nan}$ 都是 nan。`where` 只挑结果，挑不掉算的过程。
#
# **对策**：先把不该开方的数换掉，再开方：

# %% [markdown] lang="en" twin="8e6b25"
# The result of the forward pass holds no nan, and yet there is one in the backward pass. The account traces it to `{{ born.name }}`. What
# arrives there is `{{ arrived }}`, with a 0 in the last two places: `where` did its part. What leaves is `{{ left }}`. The
# share of a square root is $G/(2\sqrt A)$: at $0$ the denominator is 0, below it the root is nan, and both $0\cdot\infty$ and
# $0\cdot\mathrm{nan}$ are nan. `where` selects results; it does not undo how they were computed.
#
# **Cure.** First replace the numbers that have no root, then take it:

# %%
x.grad = None


def step():
    root = torch.where(x > 0, x, 1.0).sqrt()
    return torch.where(x > 0, root, 0.0).sum()


account = dv.audit(step)
print(account.verdict, x.grad.tolist())

# %% tags=["hide-input"]
assert account and account.first_nan is None

# %% [markdown] lang="zh" twin="364f69"
# ## 自己写的 `autograd.Function`
#
# 手写反向，错得最多的地方是被广播过的操作数：它的梯度要把各处的贡献*加*起来。下面这个 Swish 带一个可学的 $\beta$，$z=x\,\sigma(\beta x)$，反向里顺手写成了平均：

# %% [markdown] lang="en" twin="fdd7c3"
# ## An `autograd.Function` of your own
#
# In a backward pass written by hand, the likeliest mistake is at an operand that was broadcast: its gradient is the *sum* of
# what comes from everywhere. This Swish has a $\beta$ to be learned, $z=x\,\sigma(\beta x)$, and takes the mean instead:


# %%
class Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, beta):
        ctx.save_for_backward(x, beta)
        return x * torch.sigmoid(beta * x)

    @staticmethod
    def backward(ctx, G):
        x, beta = ctx.saved_tensors
        s = torch.sigmoid(beta * x)
        of_x = G * (s + beta * x * s * (1 - s))
        of_beta = G * x * x * s * (1 - s)
        return of_x, of_beta.mean()


torch.manual_seed(0)
inputs, beta = torch.randn(3, 4), torch.tensor(1.5)
account = dv.audit(Swish.apply, inputs, beta)
account

# %%
try:
    account.require()
except dv.GradientMismatch as error:
    found = error.diagnosis

found

# %% tags=["hide-input"]
(mistake,) = found.mistakes
wrong = [share for share in account.nodes[0].shares if share.wrong]
assert mistake.key == "factor" and len(wrong) == 1
times = wrong[0].expected / wrong[0].got
assert abs(times - inputs.numel()) < 1e-3

# %% [markdown] lang="zh" twin="1f4a33"
# 传给 $x$ 的那份是对的，传给 $\beta$ 的那份小了，正好小 {{ times:.0f }} 倍，也就是元素的个数：该求和的地方取了平均。训练照样进行，损失照样下降，只是 $\beta$ 学得慢。
#
# 这样的节点，torch 也不知道里面是什么。对账用的是它*自己的前向*：重跑一遍，看它用了哪些运算，照那些运算的公式推回去，再跟它的反向比；推不了的，就在几个方向上各动一点，量出斜率。
# 改成求和，就对上了：

# %% [markdown] lang="en" twin="cecab0"
# What it hands to $x$ is right. What it hands to $\beta$ is too small by a factor of {{ times:.0f }}, which is the number of
# entries: a mean where a sum belongs. Training would go on, the loss would still fall; $\beta$ would just learn slowly.
#
# Not even torch knows what is inside of such a node. It is compared with *its own forward*: that is run again, to see which
# operations it is made of, and their formulas lead back; where they do not, the forward is moved a little in several
# directions, and its slopes are measured. With a sum, it agrees:


# %%
class Fixed(Swish):
    @staticmethod
    def backward(ctx, G):
        of_x, _ = Swish.backward(ctx, G)
        x, beta = ctx.saved_tensors
        s = torch.sigmoid(beta * x)
        return of_x, (G * x * x * s * (1 - s)).sum()


dv.audit(Fixed.apply, inputs, beta).verdict

# %% tags=["hide-input"]
assert dv.audit(Fixed.apply, inputs, beta)

# %% [markdown] lang="zh" twin="b8df37"
# ## 拐点处，torch 选了什么
#
# ReLU 在 0 处没有导数，左边的斜率是 0，右边是 1，哪个都说得通。torch 总得选一个，而且各个函数的选法不一样。下面每个数都是现算的，两侧的斜率由差商量出：

# %% [markdown] lang="en" twin="206012"
# ## At corners: what torch chooses
#
# At 0, ReLU has no derivative. On the left the slope is 0, on the right it is 1, and either would do. torch has to choose, and
# chooses differently for different functions. Every number below is computed; the slopes on both sides are measured by
# differences:

# %%
F, one = nn.functional, torch.tensor(1.0, dtype=torch.float64)
corners = {
    "relu": (F.relu, 0.0),
    "leaky_relu": (F.leaky_relu, 0.0),
    "abs": (torch.abs, 0.0),
    "clamp(0, 1)": (lambda x: x.clamp(0, 1), 1.0),
    "hardtanh": (F.hardtanh, 1.0),
    "hardswish": (F.hardswish, 3.0),
    "maximum(x, 1)": (lambda x: torch.maximum(x, one), 1.0),
    "hinge_embedding": (lambda x: F.hinge_embedding_loss(x, -one), 1.0),
}

print("                  x   left  right  torch")
chosen = {}
for name, (function, at) in corners.items():
    x = torch.tensor(at, dtype=torch.float64, requires_grad=True)
    step = 2.0**-20
    left = (function(x) - function(x - step)).item() / step
    right = (function(x + step) - function(x)).item() / step
    chosen[name] = torch.autograd.grad(function(x), x)[0].item()
    print(f"{name:16} {at:2.0f} {left:6.2f} {right:6.2f} {chosen[name]:6.2f}")

# %% tags=["hide-input"]
assert chosen["relu"] == chosen["abs"] == chosen["hardtanh"] == 0 and chosen["clamp(0, 1)"] == 1
assert chosen["maximum(x, 1)"] == 1 / 2

# %% [markdown] lang="zh" twin="87ef29"
# `clamp` 和 `hardtanh` 算的是同一个函数，在边上却一个给 {{ chosen["clamp(0, 1)"]:.0f }}，一个给 {{ chosen["hardtanh"]:.0f }}。最大值遇到并列时，也有两种分法：

# %% [markdown] lang="en" twin="dbbcac"
# `clamp` and `hardtanh` compute the same function, and yet one hands on {{ chosen["clamp(0, 1)"]:.0f }} at the edge and the other
# {{ chosen["hardtanh"]:.0f }}. When a maximum is tied, there are two ways to divide it as well:

# %%
tied = torch.tensor([[2.0, 3.0, 3.0, 3.0]], requires_grad=True)
maxima = {
    "amax(dim=1)": lambda x: x.amax(dim=1),
    "max()": lambda x: x.max(),
    "max(dim=1)": lambda x: x.max(dim=1).values,
    "topk(1)": lambda x: x.topk(1).values,
    "max_pool1d": lambda x: F.max_pool1d(x, 4),
}
for name, function in maxima.items():
    (share,) = torch.autograd.grad(function(tied).sum(), tied)
    print(f"{name:12} {[round(each, 3) for each in share[0].tolist()]}")

# %% [markdown] lang="zh" twin="6b9e19"
# 返回下标的，把梯度全给下标所指的那一个；不返回下标的，在并列者之间平分。公式里，这些选择就写在最后一行，理由也写着，比如 leaky ReLU 在 0 处取的是负侧的斜率：

# %% [markdown] lang="en" twin="6d1c91"
# What returns an index gives all of the gradient to the entry at that index; what returns none divides it equally among those
# that are tied. In a derivation, such a choice is the last line, with its reason. Leaky ReLU, for one, takes the slope of
# the negative side at 0:

# %%
dv.derive(dv.operations.LeakyRelu(), "A")

# %% [markdown] lang="zh" twin="ddc029"
# 对账时，站在拐点上的元素取哪边的斜率都算对，但会数出来，见 `account.corners`。每种运算的公式和选择，列在[运算](../operations/index.py)。
#
# ## 自己验一验
#
# 1. 还是开头那张两层网络。把 $W_2$ 全部初始化成 0，哪个梯度是 0？
# 2. 某个隐藏单元对每个样本都是 $A<0$。它的权重还有救吗？
# 3. 卷积的*权重*放大一倍，后面的 batch norm 又会除回来。权重的梯度因此满足什么等式？
# 4. 在 $H$ 上挂一个 hook，让梯度翻倍。每个节点都没错，`dv.audit` 会怎么说？

# %% [markdown] lang="en" twin="3b28d6"
# In an audit, an entry that stands at a corner may have the slope of either side; but such entries are counted, in
# `account.corners`. Formula and choice of every operation are listed under [operations](../operations/index.py).
#
# ## Check yourself
#
# 1. The two-layer net from the beginning, with all of $W_2$ initialised to 0: which gradient is 0?
# 2. For some hidden unit, $A<0$ for every sample. Can its weights recover?
# 3. Double the *weight* of the convolution, and the batch norm behind it divides that out again. So what equation does the
#    weight's gradient satisfy?
# 4. A hook on $H$ doubles the gradient. No node is wrong; what does `dv.audit` say?

# %% tags=["hide-input"]
zero = torch.zeros_like(W2).requires_grad_()
predicted = (X @ W1.T).relu() @ zero.T
of_first, of_second = torch.autograd.grad(((predicted - Y) ** 2).sum() / 2, [W1, zero])
assert not of_first.any() and of_second.any()

asleep = torch.tensor([[-1.0, -3.0], [2.0, 1.0]], requires_grad=True)
assert ((X @ asleep.T)[:, 0] < 0).sum() == 2
shifted = X.abs()
hidden = shifted @ asleep.T
(of_asleep,) = torch.autograd.grad(((hidden.relu() @ W2.detach().T - Y) ** 2).sum() / 2, asleep)
assert (hidden[:, 0] < 0).all() and not of_asleep[0].any() and of_asleep[1].any()

exact_pair = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2, eps=1e-12)).double()
nn.functional.mse_loss(exact_pair(images.double()), wanted.double()).backward()
kernel = exact_pair[0].weight
radial = (kernel * kernel.grad).sum((1, 2, 3)).detach()
assert radial.abs().max() < 1e-10 and kernel.grad.abs().max() > 1e-3


def doubled():
    H = (X @ W1.T).relu()
    H.register_hook(lambda gradient: 2 * gradient)
    return ((H @ W2.T - Y) ** 2).sum() / 2


hooked = dv.audit(doubled)
assert not hooked and not hooked.wrong
(edge,) = hooked.changed
assert edge.got == 2 * edge.expected

# %% [markdown] lang="zh" twin="9164c1"
# ??? question "看答案"
#     1. $\partial L/\partial W_1=0$，因为 $D=(GW_2)\odot[A>0]$，$W_2=0$ 时 $D$ 全是 0。$\partial L/\partial W_2=G^{\top}H$ 里没有 $W_2$，一般不是 0。
#        所以第一步只有 $W_2$ 动，第二步 $W_1$ 才开始学。
#     2. 只靠这些样本，没救了。$D$ 的那一列全是 0，$D^{\top}X$ 的那一行也就全是 0，权重不再动，下一步还是这样。等别的样本让 $A$ 变正，或者前一层动了，才有机会。
#     3. $\sum W\odot\dfrac{\partial L}{\partial W}=0$，每个输出通道各有一个这样的等式：沿着 $W$ 自身的方向，损失不变。这里略去了 batch norm 的
#        eps；取 `eps=1e-12`，用 float64 实测，左边最大是 {{ radial.abs().max().item():.0e }}。
#     4. 说得出来：`account.wrong` 是空的，`account.changed` 里有一条边，传出的是 {{ edge.expected:g }}，传到的却是 {{ edge.got:g }}。节点之间的和，它也核对。
#
# 接下来看[常见的坑](traps.py)。

# %% [markdown] lang="en" twin="8ecc4e"
# ??? question "Answer"
#     1. $\partial L/\partial W_1=0$, since $D=(GW_2)\odot[A>0]$, and with $W_2=0$ all of $D$ is 0. $\partial L/\partial W_2=G^{\top}H$
#        holds no $W_2$, and is not 0 in general. So in the first step only $W_2$ moves, and $W_1$ begins to learn in the second.
#     2. Not from these samples. A column of $D$ is 0, so a row of $D^{\top}X$ is, the weights stay as they are, and the next
#        step is the same. Only other samples, for which $A$ is positive, or a layer before it that moves, give it a chance.
#     3. $\sum W\odot\dfrac{\partial L}{\partial W}=0$, once for each output channel: along the direction of $W$ itself the loss
#        does not change. This leaves out the eps of batch norm; with `eps=1e-12`, the left side is
#        {{ radial.abs().max().item():.0e }} at most, measured in float64.
#     4. It notices: `account.wrong` is empty, but `account.changed` has an edge where {{ edge.expected:g }} was handed on and
#        {{ edge.got:g }} arrived. The sums between nodes are compared as well.
#
# Next: [traps, live](traps.py).
