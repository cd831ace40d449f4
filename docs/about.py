# ---
# title: {zh: 关于与引用, en: About and cite}
# notebook: false
# description:
#   zh: 梯度对账为什么有、给谁用、怎么引用、记录了读者的什么（没有），用了哪些自由软件。
#   en: "Why Gradient Ledger exists, whom it is for, how to cite it, what it records about readers (nothing), and what it is built on."
# ---

# %% tags=["hide-input"]
import derivations as dv

# %% [markdown] lang="zh" twin="9b7206"
# # 关于与引用
#
# 两位账房各记一本账：SymPy 把每个梯度推成公式，autograd 把它算成数字。网站把两本账并排印出来，对不上就不发布。
#
# 起因是一个示例。一篇讲交叉熵的文章给了五行打分和标签，说损失是 `0.7567`；照那些标签，哪一种标法都算不出它。
# [来龙去脉在第二课](lessons/criterion.py)。那个数本来就注明是示例，可示例正是没人去算的地方。所以这里有一条规矩：**凡是数，都现算。**
#
# ## 给谁用
#
# - 写过 `loss.backward()`、想知道 `.grad` 里到底是什么的人，从[第一课](lessons/loss_backward.py)读起。
# - 要讲这些内容的老师：每一页都能下载成笔记本，随意修改、打印、再发布。
# - 自己推公式、写作业的学生，自己写损失、kernel 或 `autograd.Function` 的工程师：公式在[账本](ledger/index.md)里，对不对、错在哪里，[检验一下](check.py)。
#
# ## 读者的隐私
#
# 没有统计，没有 cookie，不向任何别的网站发请求。浏览器里只记两件事：选了哪种语言，要浅色还是深色。它们不会离开你的电脑。
#
# ## 引用
#
# 仓库里有 `CITATION.cff`。用 BibTeX 可以这样写：
#
# ```bibtex
# @software{gradient_ledger,
#   title   = {Gradient Ledger: what loss.backward() computes, derived and checked},
#   author  = "{The Gradient Ledger authors}",
#   version = "{{ dv.__version__ }}",
#   license = {MIT}
# }
# ```
#
# 引用某一个数时，请一并写上页脚里的版本：换一个版本的 torch，末位可能不同。
#
# ## 许可与致谢
#
# 代码和文字都以 MIT 许可发布。站在这些自由软件的肩上：SymPy、PyTorch、MkDocs 与 Material 主题、mkdocs-jupyter、Jupyter、KaTeX、mkdocstrings、pytest 与 Playwright。
#
# 发现错误，请点页面底部的“这一页有错？报告给我们”（设了仓库地址才有），或者提交一个跑不过的测试：证据胜过争论。

# %% [markdown] lang="en" twin="1a7c07"
# # About and cite
#
# Two bookkeepers keep the same accounts: SymPy derives every gradient as a formula, autograd computes it as numbers. The
# site prints both side by side, and is not published when they disagree.
#
# It began with an example. An article on cross-entropy gives five rows of logits and their labels, and a loss of `0.7567`;
# no labelling of those rows yields that number. [The second lesson tells the story](lessons/criterion.py). The number was
# called an example, and examples are just where nobody computes. Hence the rule here: **every number is computed.**
#
# ## Whom it is for
#
# - Those who have written `loss.backward()` and want to know what is in `.grad`: begin with [the first lesson](lessons/loss_backward.py).
# - Teachers: every page can be downloaded as a notebook, to change, print and publish again.
# - Students with a derivation or homework, engineers with a loss, a kernel or an `autograd.Function` of their own: formulas are in
#   [the ledger](ledger/index.md), and whether yours is right, and what is wrong with it, [can be checked](check.py).
#
# ## Your privacy
#
# No statistics, no cookies, no request to any other site. Your browser keeps two things: which language you chose, and light or
# dark. Neither leaves your machine.
#
# ## Cite
#
# The repository has a `CITATION.cff`. In BibTeX:
#
# ```bibtex
# @software{gradient_ledger,
#   title   = {Gradient Ledger: what loss.backward() computes, derived and checked},
#   author  = "{The Gradient Ledger authors}",
#   version = "{{ dv.__version__ }}",
#   license = {MIT}
# }
# ```
#
# When you cite a number, add the versions at the foot of the page: another version of torch may differ in the last digit.
#
# ## Licence and thanks
#
# Code and text are published under the MIT licence. They stand on free software: SymPy, PyTorch, MkDocs and its theme
# Material, mkdocs-jupyter, Jupyter, KaTeX, mkdocstrings, pytest and Playwright.
#
# Found a mistake? Follow "Something wrong on this page?" at the foot of the page, which is there when the repository is
# known, or send a test that fails: evidence beats argument.
