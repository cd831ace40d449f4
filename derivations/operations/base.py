"""What every operation is: what it computes, in index form, and the plan by which its shares follow.

A share is what an operation hands on to one of its operands: the gradient of Σ G·Z in it, where G is the gradient that
arrives at the result Z and is held fixed. Nothing here is a gradient.

Axes are groups of a tensor's axes, taken together, so that one derivation holds for every shape and rank. Of two
operands both have n, the first alone has d, the second alone c: so broadcasting is a sum. A reduction keeps n and
reduces c. Further axes that every array has, as the batches of a product, stay outside of the formula.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from sympy import Expr, Indexed, KroneckerDelta, Symbol

from ..derivation import Derivation, Plan, derive_lines
from ..index_calculus.expressions import Condition, Context, Definition, Partial
from ..index_calculus.rules import Rule, chain, collapse, common, define, expand, independent, linear, product, pull
from ..index_calculus.symbols import G, L, c, d, f, g, i, j, m, n, o, s, sum_over, t, x
from ..subject import Subject
from ..wording import Words

#: What an index is called in the entry that a share is for.
FREE: Mapping[Symbol, Symbol] = {n: i, d: m, c: j, t: s, g: f, x: o}
#: What L is, with Σ and G before the derivatives of the entries of Z.
BEGIN: tuple[Rule, ...] = (define("L"), linear)
#: One step of a derivative inwards.
ROUND: tuple[Rule, ...] = (linear.where_possible, chain.where_possible, product.where_possible)
#: From the derivatives of entries to the one entry that is asked for.
LAST: Plan = (
    (linear.where_possible, independent.where_possible),
    (expand(KroneckerDelta).where_possible, collapse().where_possible),
    (pull.where_possible, collapse().where_possible, common().where_possible),
)
ARRIVES = Words("传到结果的梯度", "the gradient that arrives at the result")


@dataclass(frozen=True, kw_only=True)
class Operation(Subject):
    """What every operation is. Its fields are the options that choose between formulas.

    `wrt` is the letter of an operand: `derive(operations.MatMul(), "A")` is what the node hands on to its first
    operand. The operands stand in the order in which torch differentiates by them. Numbers that a formula holds, as
    the ε of a norm, are letters; so one derivation holds for any.
    """

    #: What it is called in a sentence.
    called: ClassVar[Words]
    #: The names of torch's nodes that it describes, such as "MmBackward0".
    nodes: ClassVar[tuple[str, ...]] = ()
    #: Where its slope is a matter of convention, and what torch chooses there; empty without such a place.
    corner: ClassVar[Words] = Words("", "")
    #: What stands for what, by letter: operands, and arrays that are given.
    meanings: ClassVar[Mapping[str, Words]] = {}
    #: By letter, what torch calls a number that the formula holds.
    numbers: ClassVar[Mapping[str, str]] = {}
    #: What an option may be that chooses between formulas by a word; and those that any number may be given for.
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    any_number: ClassVar[tuple[str, ...]] = ()

    @property
    @abstractmethod
    def definition(self) -> Definition:
        """An entry of the result, in terms of operands, of what is given, and of `stages`."""

    @property
    @abstractmethod
    def operands(self) -> Mapping[str, Indexed]:
        """By letter, an entry of each operand, with the indices that it has in the definition."""

    @property
    def stages(self) -> dict[str, Definition]:
        """What has a name on the way to the result, or in a share, by that name."""
        return {}

    @property
    def domain(self) -> tuple[Condition, ...]:
        """Where it has a derivative, as far as that is not everywhere."""
        return ()

    def lemmas(self, wrt: str) -> Sequence[Derivation]:
        """The derivations that the plan for an operand uses as rules."""
        return ()

    def plan(self, wrt: str) -> Plan:
        """The lines of a share."""
        rounds = depth(self.definition.right)
        return ([*BEGIN, define(self.result)], [*ROUND], [*ROUND * rounds], *LAST, *self.ending(wrt))

    def ending(self, wrt: str) -> Plan:
        """Lines after those of the general plan: torch's choice at a corner, a name for what is known by it."""
        return ()

    def check(self) -> None:
        """Raise ValueError where an option is none of its `choices`."""
        for name, accepted in self.choices.items():
            self.choose(name, getattr(self, name), accepted)

    # What follows

    @property
    def result(self) -> str:
        """The letter of the result."""
        return letter_of(self.definition.left)

    @property
    def wrt(self) -> tuple[str, ...]:
        return tuple(self.operands)

    @property
    def context(self) -> Context:
        """The definitions, L = Σ G·Z first, and the domain."""
        place = self.definition.placeholders
        arriving = G[place] if place else Symbol("G")
        each = arriving * self.definition.left
        total = sum_over(each, *place) if place else each
        return Context({"L": Definition(L, total), self.result: self.definition, **self.stages}).under(*self.domain)

    def entry(self, wrt: str) -> Indexed:
        """The entry of an operand that its share is for."""
        return self.operands[wrt].xreplace(dict(FREE))

    def derivation(self, wrt: str, **options: Any) -> Derivation:
        """What is handed on to an operand: the gradient of Σ G·Z in it."""
        entry, context = self.entry(wrt), self.context
        named = {letter: Words(name, name) for letter, name in self.numbers.items()}
        return derive_lines(
            title=self.title(wrt),
            left=Partial(L, entry),
            plan=self.plan(wrt),
            context=context,
            targets=entry.indices,
            shown=tuple(context.definitions),
            lemmas=self.lemmas(wrt),
            meanings={"G": ARRIVES, **self.meanings, **named},
        )

    def title(self, wrt: str) -> Words:
        zh = self.called.zh
        return Words(f"{zh}{' ' if zh[-1].isascii() else ''}把 G 传给 {wrt}", f"{self.called.en} passes G on to {wrt}")

    def without(self, wrt: str) -> str:
        return f"wrt={wrt!r} is no operand of {self}."

    def __str__(self) -> str:
        values = {each.name: (getattr(self, each.name), each.default) for each in fields(self)}
        changed = (f"{name}={value!r}" for name, (value, default) in values.items() if value != default)
        return f"{type(self).__name__}({', '.join(changed)})"


def letter_of(entry: Expr) -> str:
    """The letter of an entry, or of a number."""
    return str(entry.base.label.name if isinstance(entry, Indexed) else entry.name)


def depth(expr: Expr) -> int:
    """How many functions stand inside one another, at most."""
    return 1 + max(map(depth, expr.args), default=0)
