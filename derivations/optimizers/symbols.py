"""The letters of the update rules, as torch's documentation has them, and what they stand for."""

from __future__ import annotations

from sympy import IndexedBase, Symbol

from ..wording import Words

#: By step: the parameter, its gradient, that gradient with its sign and weight decay, the buffer, the two averages,
#: each corrected for its start, and the largest second one so far.
theta, g, g_tilde, b, m, v, m_hat, v_hat, v_max = map(
    IndexedBase, ("theta", "g", "g_tilde", "b", "m", "v", "m_hat", "v_hat", "v_max")
)
gamma, decay, mu, tau, beta_1, beta_2, epsilon, rho = map(
    Symbol, ("gamma", "lambda", "mu", "tau", "beta_1", "beta_2", "epsilon", "rho")
)
#: What they stand for.
SYMBOLS = {
    "theta": Words("参数的一个元素", "one entry of a parameter"),
    "g": Words("这一步的梯度", "the gradient at that step"),
    "g_bar": Words("每一步都一样的梯度", "the gradient that is the same at every step"),
    "gamma": Words("学习率 lr", "the learning rate, lr"),
    "lambda": Words("weight_decay", "weight_decay"),
    "mu": Words("momentum", "momentum"),
    "tau": Words("dampening", "dampening"),
    "beta_1": Words("betas[0]", "betas[0]"),
    "beta_2": Words("betas[1]", "betas[1]"),
    "epsilon": Words("eps", "eps"),
}
