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

# %% [markdown] lang="zh"
# <div class="gl-hero" markdown>
#
# # SymPy 推一遍，<br>autograd 算一遍。
#
# 线性模型上均方误差与交叉熵的每一个梯度，先推成公式，
# 再与 `loss.backward()` 逐个对账。对不上，页面就不会发布。
# {: .gl-lead }
#
# [从 backward() 开始](lessons/loss_backward.py){ .gl-btn }
# [查一个损失](ledger/index.md){ .gl-btn .gl-btn--ghost }
#
# </div>

# %% [markdown] lang="en"
# <div class="gl-hero" markdown>
#
# # Derived by SymPy,<br>computed by autograd.
#
# Every gradient of squared error and cross-entropy on a linear model: first as a formula,
# then compared with `loss.backward()`, entry by entry. When they disagree, nothing is published.
# {: .gl-lead }
#
# [Start with backward()](lessons/loss_backward.py){ .gl-btn }
# [Look up a loss](ledger/index.md){ .gl-btn .gl-btn--ghost }
#
# </div>

# %% tags=["hide-input"]
dv.explain(model, criterion).certify(X, y, wrt=("weight", "bias"))

# %% [markdown] lang="zh"
# <!-- figures of the ledger -->
#
# <div class="gl-three" markdown>
# <div markdown>**学**
#
# 从 `loss.backward()` 到交叉熵的一步训练，一行一行推。每个等号都有机器查过。</div>
# <div markdown>**查**
#
# [账本](ledger/index.md)：每个损失、每种选项一笔，公式、代码、证书齐全。有一个元素对不上，构建就停下来。</div>
# <div markdown>**用**
#
# [`dv.explain(model, criterion)`](api.py)：你自己的模型和损失，给出推导、代码和证书。</div>
# </div>
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

# %% [markdown] lang="en"
# <!-- figures of the ledger -->
#
# <div class="gl-three" markdown>
# <div markdown>**Learn**
#
# From `loss.backward()` to a training step with cross-entropy, line by line. A machine has checked every equals sign.</div>
# <div markdown>**Look up**
#
# [The ledger](ledger/index.md): every loss with every combination of its options, as formula, code and certificate. One
# entry that disagrees stops the build.</div>
# <div markdown>**Use**
#
# [`dv.explain(model, criterion)`](api.py): derivation, code and certificate for your own model and loss.</div>
# </div>
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
