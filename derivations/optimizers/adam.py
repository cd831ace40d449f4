"""torch.optim.Adam and torch.optim.AdamW: moving averages of the gradient and of its square."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Integer, Max, Sum, Symbol, sqrt

from ..derivation import Derivation, Plan
from ..index_calculus.expressions import Condition, Definition, Recurrence
from ..index_calculus.rules import absorb, define, expand, lemma, powers, pull, push, telescope
from ..index_calculus.symbols import s, t
from ..options import FLAG
from ..wording import Words
from .base import FIRST, LATER, UNROLLED, UPDATE, Optimizer
from .symbols import beta_1, beta_2, decay, epsilon, g, g_tilde, gamma, m, m_hat, theta, v, v_hat, v_max

AVERAGE, WEIGHTS, BIAS_CORRECTION = "moving_average", "weights", "bias_correction"


@dataclass(frozen=True, kw_only=True)
class Adam(Optimizer):
    """torch.optim.Adam: averages m of the gradients and v of their squares, both corrected for starting at 0.

    `wrt` is "update" (one step), "unrolled" (the first steps written out), "moving_average" (m as a weighted sum of all
    gradients), "weights" (what those weights add up to) or "bias_correction" (why dividing by that undoes the start
    at 0).
    """

    amsgrad: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self.read(amsgrad=FLAG)

    @property
    def decoupled(self) -> bool:
        """Does weight decay shrink θ by itself, rather than change the gradient?"""
        return False

    @property
    def changes_gradient(self) -> bool:
        return self.maximize or (bool(self.weight_decay) and not self.decoupled)

    def changed_gradient(self) -> dict[str, Definition]:
        if not self.changes_gradient:
            return {}
        signed = -g[t] if self.maximize else g[t]
        decayed = self.weight_decay and not self.decoupled
        return {"g_tilde": Definition(g_tilde[t], signed + decay * theta[t - 1] if decayed else signed)}

    @property
    def definitions(self) -> dict[str, Definition]:
        own = self.gradient[t]
        kept = (1 - gamma * decay) * theta[t - 1] if self.decoupled and self.weight_decay else theta[t - 1]
        # torch starts from 0, which is never the larger one.
        largest = (
            {"v_max": Recurrence(v_max[t], Max(v_max[t - 1], v[t]), first=2, initial=v[1])} if self.amsgrad else {}
        )
        return {
            "theta": Recurrence(theta[t], kept - gamma * m_hat[t] / (sqrt(v_hat[t]) + epsilon)),
            "m_hat": Definition(m_hat[t], m[t] / (1 - beta_1**t)),
            "v_hat": Definition(v_hat[t], (v_max if self.amsgrad else v)[t] / (1 - beta_2**t)),
            **largest,
            "m": Recurrence(m[t], beta_1 * m[t - 1] + (1 - beta_1) * own, initial=Integer(0)),
            "v": Recurrence(v[t], beta_2 * v[t - 1] + (1 - beta_2) * own**2, initial=Integer(0)),
            **self.changed_gradient(),
        }

    @property
    def domain(self) -> tuple[Condition, ...]:
        zero, one = Integer(0), Integer(1)
        between = [Condition(beta, *limit) for beta in (beta_1, beta_2) for limit in ((">", zero), ("<", one))]
        return (*between, Condition(epsilon, ">", zero))

    @property
    def wrt(self) -> tuple[str, ...]:
        return (UPDATE, UNROLLED, AVERAGE, WEIGHTS, BIAS_CORRECTION)

    @property
    def first_step(self) -> Condition:
        return LATER if self.amsgrad else FIRST

    @property
    def plan_for_update(self) -> Plan:
        names = [each for each in self.definitions if each != "theta"]
        return [[define("theta")], [define("m_hat"), define("v_hat")], [define(each) for each in names[2:]]]

    def plan_for_unrolling(self, steps: int) -> Plan:
        averages = [each for each in ("m", "v_max", "v") if each in self.definitions]
        return [
            [define("theta")] * steps,
            [define("m_hat"), define("v_hat")],
            [define(average).where_possible for _ in range(steps + 1) for average in averages],
        ]

    def closed_form(self, wrt: str) -> Derivation:
        return {AVERAGE: self.moving_average, WEIGHTS: self.weights, BIAS_CORRECTION: self.bias_correction}[wrt]()

    def moving_average(self) -> Derivation:
        """m_t = (1 − β₁) Σ_{s ≤ t} β₁^{t−s} g_s: an average of all gradients, the latest first."""
        claim = Definition(m[t], (1 - beta_1) * Sum(beta_1 ** (t - s) * self.gradient[s], (s, 1, t)))
        title = Words("滑动平均是所有梯度的加权和", "the moving average weighs all gradients")
        return self.by_induction(title, claim, 0, [[define("m")]], [[push, powers], [absorb, pull]])

    def weights(self) -> Derivation:
        """(1 − β₁) Σ_{s ≤ t} β₁^{t−s} = 1 − β₁^t: the weights add up to less than 1."""
        return self.lines(
            Words("权重之和是 1 − β₁ᵗ", "the weights add up to 1 − β₁ᵗ"),
            (1 - beta_1) * Sum(beta_1 ** (t - s), (s, 1, t)),
            [[push, expand(), powers], [telescope]],
            [FIRST],
        )

    def bias_correction(self) -> Derivation:
        """m̂_t = g when every gradient is g: dividing by the weights' sum undoes the start at 0."""
        of_average, of_weights = self.moving_average(), self.weights()
        same = Definition(self.gradient[s], Symbol("g_bar"))
        name = self.gradient.label.name
        return self.lines(
            Words("偏差修正：梯度都一样时，m̂ 就是这个梯度", "bias correction: of equal gradients, m̂ is that gradient"),
            m_hat[t],
            [
                [define("m_hat")],
                [lemma(of_average.left, of_average.result, {t}, of_average.title)],
                [define(name), pull],
                [of_weights.as_lemma],
            ],
            [FIRST],
            lemmas=(of_average, of_weights),
            more={name: same},
        )


@dataclass(frozen=True, kw_only=True)
class AdamW(Adam):
    """torch.optim.AdamW: Adam whose weight decay shrinks θ by itself instead of going through the averages.

    `wrt` as for Adam.
    """

    weight_decay: bool | float = True

    @property
    def decoupled(self) -> bool:
        return True
