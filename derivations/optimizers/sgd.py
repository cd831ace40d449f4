"""torch.optim.SGD, with momentum, dampening, Nesterov's momentum and weight decay."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Integer, Sum

from ..derivation import Derivation, Plan
from ..index_calculus.expressions import Condition, Definition, Recurrence
from ..index_calculus.rules import (
    absorb,
    collect,
    common,
    define,
    expand,
    join,
    lemma,
    name,
    powers,
    pull,
    push,
    rename,
    together,
)
from ..index_calculus.symbols import s, t
from ..options import AMOUNT, FLAG, NUMBER
from ..wording import Words
from .base import FIRST, LATER, UNROLLED, UPDATE, Optimizer
from .symbols import b, decay, g, gamma, mu, rho, tau, theta


@dataclass(frozen=True, kw_only=True)
class SGD(Optimizer):
    """torch.optim.SGD as a recurrence; options are named as there, and True says that one is in use.

    `wrt` is "update" (one step), "unrolled" (the first steps written out), "buffer" (the momentum as a sum of all
    gradients) or "closed_form" (θ after t steps; without momentum, or with momentum alone). Raises ValueError for
    nesterov without momentum or with dampening, as torch does.
    """

    momentum: bool | float = False
    dampening: bool | float = False
    nesterov: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self.read(momentum=AMOUNT, dampening=NUMBER, nesterov=FLAG)
        if self.nesterov and (self.dampening or not self.momentum):
            raise ValueError("SGD(nesterov=True): Nesterov's momentum needs momentum=True and dampening=False.")

    @property
    def definitions(self) -> dict[str, Definition]:
        own = self.gradient[t]
        if not self.momentum:
            return {"theta": Recurrence(theta[t], theta[t - 1] - gamma * own), **self.changed_gradient()}
        kept = (1 - tau) * own if self.dampening else own
        direction = own + mu * b[t] if self.nesterov else b[t]
        return {
            "theta": Recurrence(theta[t], theta[t - 1] - gamma * direction),
            "b": Recurrence(b[t], mu * b[t - 1] + kept, first=2, initial=self.gradient[1]),
            **self.changed_gradient(),
        }

    @property
    def wrt(self) -> tuple[str, ...]:
        return (
            UPDATE,
            UNROLLED,
            *(["buffer"] if self.momentum else []),
            *(["closed_form"] if self.has_closed_form else []),
        )

    @property
    def has_closed_form(self) -> bool:
        """θ_t has one that is worth writing unless momentum meets another option."""
        return not (self.momentum and (self.weight_decay or self.dampening or self.nesterov or self.maximize))

    def without(self, wrt: str) -> str:
        if wrt == "closed_form":
            return f"wrt='closed_form': there is none for {self}; it exists without momentum, and for momentum alone."
        return "wrt='buffer': without momentum there is none." if wrt == "buffer" else super().without(wrt)

    @property
    def first_step(self) -> Condition:
        return LATER if self.momentum else FIRST

    @property
    def plan_for_update(self) -> Plan:
        return [[define(each)] for each in self.definitions]

    def plan_for_unrolling(self, steps: int) -> Plan:
        own = self.gradient
        return [
            [define("theta").where_possible] * steps,
            [define("b").where_possible] * steps if self.momentum else [],
            [collect(theta[0], *[own[each] for each in range(1, steps + 1)]).where_possible, common().where_possible],
        ]

    def closed_form(self, wrt: str) -> Derivation:
        return self.buffer() if wrt == "buffer" else self.parameter()

    def buffer(self) -> Derivation:
        """b_t = Σ_{s ≤ t} μ^{t−s} g̃_s; with dampening, all but the first gradient count 1 − τ times."""
        own = self.gradient
        if self.dampening:
            right = mu ** (t - 1) * own[1] + (1 - tau) * Sum(mu ** (t - s) * own[s], (s, 2, t))
            after: Plan = [[expand(Sum), push, powers], [absorb, pull]]
        else:
            right = Sum(mu ** (t - s) * own[s], (s, 1, t))
            after = [[push, powers], [absorb]]
        title = Words(f"{self} 的动量", f"{self}: the momentum buffer")
        return self.by_induction(title, Definition(b[t], right), 1, [[define("b")]], after)

    def parameter(self) -> Derivation:
        """θ_t in terms of θ_0 and all gradients."""
        title = Words(f"{self} 走 t 步之后", f"{self} after t steps")
        own = -g[s] if self.maximize else g[s]
        if self.momentum:
            weights = (1 - mu ** (t - s + 1)) / (1 - mu)
            claim = Definition(theta[t], theta[0] - gamma * Sum(weights * own, (s, 1, t)))
            of_buffer = self.buffer()
            before: Plan = [[define("theta")], [lemma(of_buffer.left, of_buffer.result, {t}, of_buffer.title)]]
            after: Plan = [[absorb, rename.where_possible, join], [common(), together, powers]]
            return self.by_induction(title, claim, 0, before, after, [Condition(mu, "≠", Integer(1))], [of_buffer])
        inserted = [define(each) for each in self.definitions]
        if not self.weight_decay:
            claim = Definition(theta[t], theta[0] - gamma * Sum(own, (s, 1, t)))
            return self.by_induction(title, claim, 0, [inserted], [[absorb]])
        shrinking = Definition(rho, 1 - gamma * decay)
        claim = Definition(theta[t], rho**t * theta[0] - gamma * Sum(rho ** (t - s) * own, (s, 1, t)))
        before = [inserted, [collect(theta[t - 1]), name(shrinking)]]
        after = [[expand(Sum), push, powers], [absorb, pull]]
        return self.by_induction(title, claim, 0, before, after, more={"rho": shrinking})
