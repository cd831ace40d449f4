# ---
# title: {zh: 首页, en: Home}
# hide: [navigation, toc]
# ---

# %% tags=["hide-input"]
import itertools

import torch
from torch import nn

import derivations as dv

torch.manual_seed(0)
model, criterion = nn.Linear(1, 1, dtype=torch.float64), nn.MSELoss()
X, y = torch.tensor([[1.0], [2.0], [3.0]]).double(), torch.tensor([[2.0], [3.0], [4.0]]).double()

scores = torch.tensor([[0.1, -0.2], [0.3, 0.4], [0.5, -0.6], [0.7, 0.8], [0.9, -1.0]])
labels = torch.tensor([0, 1, 0, 1, 0])
cross_entropy = nn.CrossEntropyLoss()
by_torch = cross_entropy(scores, labels).item()
by_formula = float(dv.explain(None, cross_entropy).certify(scores, labels, exact=True).exact_loss)
every = [cross_entropy(scores, torch.tensor(each)).item() for each in itertools.product((0, 1), repeat=5)]
assert not any(f"{value:.4f}" == "0.7567" for value in every)

# %% [markdown] lang="zh" twin="a0752b"
# <div class="gl-hero" markdown>
#
# # SymPy 推一遍，<br>autograd 算一遍。
#
# torch 的损失函数，从均方误差、交叉熵到 KL 散度、三元组损失，梯度都先推成公式，
# 再与 `loss.backward()` 逐个对账。对不上，页面就不会发布。
# {: .gl-lead }
#
# [从 backward() 开始](lessons/loss_backward.py){ .gl-btn }
# [查一个损失](ledger/index.md){ .gl-btn .gl-btn--ghost }
#
# </div>

# %% [markdown] lang="en" twin="f23479"
# <div class="gl-hero" markdown>
#
# # Derived by SymPy,<br>computed by autograd.
#
# The gradients of torch's loss functions, from squared error and cross-entropy to KL divergence and triplets: first as
# formulas, then compared with `loss.backward()`, entry by entry. When they disagree, nothing is published.
# {: .gl-lead }
#
# [Start with backward()](lessons/loss_backward.py){ .gl-btn }
# [Look up a loss](ledger/index.md){ .gl-btn .gl-btn--ghost }
#
# </div>

# %% tags=["hide-input"]
dv.explain(model, criterion).certify(X, y, wrt=("weight", "bias"))

# %% [markdown] lang="zh" twin="e193a2"
# <!-- figures of the ledger -->
#
# <div class="gl-three" markdown>
# <div markdown>**学**
#
# 十一课，一个下午：从 `loss.backward()` 到很多台机器，一行一行推。每个等号都[有机器查过](verified.py)。</div>
# <div markdown>**查**
#
# [账本](ledger/index.md)：每个损失一页，比如[交叉熵](ledger/cross_entropy.md)、[KL 散度](ledger/kl_div.md)、[焦点损失](ledger/focal.md)；
# 每种选项一笔账，公式、曲线、代码、证书齐全。</div>
# <div markdown>**用**
#
# [`dv.explain(model, criterion)`](api.py)：你自己的模型和损失，给出推导、代码和证书。自己写的梯度错在哪里，[检验一下](check.py)。</div>
# </div>
#
# ## 十一课
#
# <div class="gl-course" markdown>
#
# 1. [`loss.backward()` 到底算了什么](lessons/loss_backward.py)<br>`.grad` 里的那个数是从哪儿来的？
# 2. [`loss = criterion(outputs, y)`](lessons/criterion.py)<br>损失值怎么读，多小才算小？
# 3. [线性模型与均方误差](lessons/linear_mse.py)<br>最优解在哪儿，梯度怎么走过去？
# 4. [softmax 与交叉熵](lessons/cross_entropy.py)<br>为什么总是 $p-y$？
# 5. [到底是哪个平均](lessons/which_mean.py)<br>`mean` 的分母究竟是几？
# 6. [一步优化](lessons/optimizer_step.py)<br>`step()` 把参数改成了什么？
# 7. [曲率](lessons/curvature.py)<br>学习率最大能取多少？
# 8. [浮点：差多少才算错](lessons/floating_point.py)<br>两个数末几位不同，谁错了？
# 9. [一张网络，逐节点对账](lessons/network.py)<br>加了激活函数，梯度还能查吗？
# 10. [常见的坑](lessons/traps.py)<br>不报错，为什么还是算错了？
# 11. [很多台机器](lessons/many_machines.py)<br>梯度的平均，是平均的梯度吗？
#
# </div>
#
# 网上的讲法对不对，[逐条核对](claims.py)。
#
# ## 哪儿来的 0.7567？
#
# <div class="gl-story" markdown>
# <div markdown>
#
# 一份讲解交叉熵的文章列出五行打分作示例，示例的损失写着 `0.7567`。两个类别、五个样本，标签一共有 {{ len(every) }} 种标法，
# 没有一种能算出这个数；按文章自己的标签，损失是 **{{ by_torch:.4f }}**。它本来就是个示例，可示例恰恰最没人去算。
# 在这里，每个数都是这次构建算出来的。[算给你看](lessons/criterion.py)。
#
# </div>
# <table class="gl-ledger">
# <tbody>
# <tr><td class="gl-lab">示例写的</td><td class="gl-num gl-bad">0.7567</td></tr>
# <tr><td class="gl-lab">公式</td><td class="gl-num">{{ by_formula:.4f }}</td></tr>
# <tr><td class="gl-lab">torch</td><td class="gl-num">{{ by_torch:.4f }}</td></tr>
# </tbody>
# </table>
# </div>

# %% [markdown] lang="en" twin="896221"
# <!-- figures of the ledger -->
#
# <div class="gl-three" markdown>
# <div markdown>**Learn**
#
# Eleven lessons, one afternoon: from `loss.backward()` to many machines, line by line. A machine has
# [checked every equals sign](verified.py).</div>
# <div markdown>**Look up**
#
# [The ledger](ledger/index.md): a page for each loss, such as [cross-entropy](ledger/cross_entropy.md),
# [KL divergence](ledger/kl_div.md) or [focal loss](ledger/focal.md), and every combination of options with its formula,
# curve, code and certificate.</div>
# <div markdown>**Use**
#
# [`dv.explain(model, criterion)`](api.py): derivation, code and certificate for your own model and loss. And what is wrong with
# a gradient that you wrote? [Check it](check.py).</div>
# </div>
#
# ## Eleven lessons
#
# <div class="gl-course" markdown>
#
# 1. [What `loss.backward()` computes](lessons/loss_backward.py)<br>Where does the number in `.grad` come from?
# 2. [`loss = criterion(outputs, y)`](lessons/criterion.py)<br>What does a loss mean, and when is it small?
# 3. [Linear model and MSE](lessons/linear_mse.py)<br>Where is the minimum, and how does descent get there?
# 4. [Softmax and cross-entropy](lessons/cross_entropy.py)<br>Why is it always $p-y$?
# 5. [Which mean?](lessons/which_mean.py)<br>What does `mean` divide by?
# 6. [One step of the optimizer](lessons/optimizer_step.py)<br>What does `step()` make of the parameters?
# 7. [Curvature](lessons/curvature.py)<br>How large may the learning rate be?
# 8. [Floating point: how equal is equal?](lessons/floating_point.py)<br>Two numbers differ in the last digits. Which is wrong?
# 9. [A network, node by node](lessons/network.py)<br>With activations, can gradients still be checked?
# 10. [Traps, live](lessons/traps.py)<br>No error, and still wrong: why?
# 11. [Many machines](lessons/many_machines.py)<br>Is the mean of gradients the gradient of the mean?
#
# </div>
#
# Is what one reads elsewhere right? [Checked, claim by claim](claims.py).
#
# ## Where does 0.7567 come from?
#
# <div class="gl-story" markdown>
# <div markdown>
#
# An article on cross-entropy lists five rows of scores as an example, with a loss of `0.7567`. Five samples in two classes
# can be labelled in {{ len(every) }} ways, and none of them gives that number; with the article's own labels the loss is
# **{{ by_torch:.4f }}**. It was offered as an example, and examples are just where nobody computes. Here, every number
# was computed by this build. [See for yourself](lessons/criterion.py).
#
# </div>
# <table class="gl-ledger">
# <tbody>
# <tr><td class="gl-lab">the example</td><td class="gl-num gl-bad">0.7567</td></tr>
# <tr><td class="gl-lab">formula</td><td class="gl-num">{{ by_formula:.4f }}</td></tr>
# <tr><td class="gl-lab">torch</td><td class="gl-num">{{ by_torch:.4f }}</td></tr>
# </tbody>
# </table>
# </div>
