"""What every optimizer is: recurrences in the step t, an update, several steps unrolled, and proofs by induction."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sympy import Expr, IndexedBase, Integer

from ..derivation import Derivation, Plan, derive_lines
from ..index_calculus.expressions import Condition, Context, Definition, names_in
from ..index_calculus.rules import fold, hypothesis, write_out
from ..index_calculus.symbols import t
from ..options import AMOUNT, FLAG, shown
from ..subject import Subject
from ..wording import BY_INDUCTION, Words
from .symbols import SYMBOLS, decay, g, g_tilde, theta

FIRST, LATER = Condition(t, "≥", Integer(1)), Condition(t, "≥", Integer(2))
UPDATE, UNROLLED = "update", "unrolled"


@dataclass(frozen=True, kw_only=True)
class Optimizer(Subject):
    """A rule for updating parameters. Its fields are its options, named as in torch.

    True says that one is in use, and so does a number that torch takes for it, unless that is 0.
    """

    weight_decay: bool | float = False
    maximize: bool = False

    def __post_init__(self) -> None:
        self.read(weight_decay=AMOUNT, maximize=FLAG)

    @property
    @abstractmethod
    def definitions(self) -> dict[str, Definition]:
        """The recurrences, by name, with "theta" first."""

    @property
    def gradient(self) -> IndexedBase:
        """What the optimizer works with: g itself, or g_tilde when that is changed first."""
        return g_tilde if self.changes_gradient else g

    @property
    def changes_gradient(self) -> bool:
        return bool(self.weight_decay) or self.maximize

    def changed_gradient(self) -> dict[str, Definition]:
        """g̃_t := ±g_t + λ θ_{t−1}, where it differs from g_t."""
        if not self.changes_gradient:
            return {}
        signed = -g[t] if self.maximize else g[t]
        return {"g_tilde": Definition(g_tilde[t], signed + decay * theta[t - 1] if self.weight_decay else signed)}

    def relevant(self, wrt: str, options: Mapping[str, Any]) -> Mapping[str, Any]:
        """The number of steps makes a difference where steps are unrolled."""
        steps = options.get("steps", 1)
        if not isinstance(steps, int) or isinstance(steps, bool) or steps < 1:
            raise ValueError(f"steps={shown(steps)}: at least one step can be unrolled; give an integer.")
        return options if wrt == UNROLLED else {}

    def derivation(self, wrt: str, steps: int = 2, **options: Any) -> Derivation:
        """One of `wrt`; `steps` says how many steps are unrolled."""
        if wrt == UPDATE:
            return self.lines(
                Words(f"{self} 的一步", f"{self}: one step"), theta[t], self.plan_for_update, [self.first_step]
            )
        if wrt == UNROLLED:
            title = Words(f"{self} 的前 {steps} 步", f"{self}: the first {steps} steps")
            return self.lines(title, theta[steps], self.plan_for_unrolling(steps), [])
        return self.closed_form(wrt)

    @property
    def first_step(self) -> Condition:
        """From which step on the general formula of one update holds."""
        return FIRST

    @property
    @abstractmethod
    def plan_for_update(self) -> Plan: ...

    @abstractmethod
    def plan_for_unrolling(self, steps: int) -> Plan: ...

    @abstractmethod
    def closed_form(self, wrt: str) -> Derivation: ...

    def lines(
        self,
        title: Words,
        left: Expr,
        plan: Plan,
        domain: Sequence[Condition],
        lemmas: Sequence[Derivation] = (),
        conclusion: str | None = None,
        more: Mapping[str, Definition] | None = None,
    ) -> Derivation:
        """A derivation about this optimizer, with the definitions and conditions that it depends on, and `more`."""
        context = Context({**self.definitions, **(more or {})})
        used = context.reachable(left)
        return derive_lines(
            title=title,
            left=left,
            plan=plan,
            context=context.under(*(each for each in self.domain if names_in(each.left) <= used), *domain),
            shown=[name for name in context.definitions if name in used],
            lemmas=lemmas,
            meanings=SYMBOLS,
            conclusion=conclusion,
        )

    @property
    def domain(self) -> tuple[Condition, ...]:
        """What the hyper-parameters must be for the formulas to be defined."""
        return ()

    def by_induction(
        self,
        title: Words,
        claim: Definition,
        start: int,
        before: Plan,
        after: Plan,
        domain: Sequence[Condition] = (),
        lemmas: Sequence[Derivation] = (),
        more: Mapping[str, Definition] | None = None,
    ) -> Derivation:
        """That `claim` holds for all t ≥ `start`: a derivation for `start`, and one from t − 1 to t that uses it.

        The latter's lines are `before`, the induction hypothesis, and `after`.
        """
        array = claim.left.base
        begin, earlier = array[Integer(start)], array[t - 1]
        value = self.definitions[array.label.name].at(begin, set())
        written_back = [] if value == begin else [[fold(Definition(begin, value))]]
        title_of_start = Words(f"起点：t = {start}", f"the start: t = {start}")
        at_start = self.lines(title_of_start, claim.at(begin, set()), [[write_out], *written_back], domain, more=more)
        return self.lines(
            title,
            claim.left,
            [*before, [hypothesis(earlier, claim.at(earlier, {t}))], *after],
            [Condition(t, "≥", Integer(start + 1)), *domain],
            lemmas=(at_start, *lemmas),
            conclusion=BY_INDUCTION,
            more=more,
        )

    @property
    def options(self) -> tuple[str, ...]:
        return tuple(each.name for each in fields(self) if getattr(self, each.name))

    def __str__(self) -> str:
        return f"{type(self).__name__}({', '.join(self.options)})"
