"""A derivation is data: lines, each with the rules that made it, their facts, and a judgement. None may be missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from sympy import Expr, Symbol

from .index_calculus.expressions import Condition, Context, Definition, free_indices
from .index_calculus.judging.crosscheck import crosscheck
from .index_calculus.judging.judge import Disagreement, Judgement, judge_of
from .index_calculus.judging.signs import nonnegative_if
from .index_calculus.matrices.nodes import Matrix
from .index_calculus.matrices.recognise import NoMatrixForm, recognise
from .index_calculus.printing.plain import Plain
from .index_calculus.rules import Fact, Rule, lemma
from .looks import Shown
from .wording import NONNEGATIVE, Words


@dataclass(frozen=True)
class RuleApplication:
    """One rule applied once: what it made, the facts it used, and how line and facts were judged."""

    rule: Rule
    before: Expr
    after: Expr
    facts: tuple[Fact, ...]
    judgement: Judgement
    fact_judgements: tuple[Judgement, ...]


@dataclass(frozen=True)
class MatrixForm:
    """The matrix form of a line; its entry was judged equal to the line."""

    node: Matrix
    judgement: Judgement


@dataclass(frozen=True)
class Step:
    """A displayed line: one or more rules lead to it from the line before."""

    micros: tuple[RuleApplication, ...]
    matrix: MatrixForm | None = None

    @property
    def expr(self) -> Expr:
        return self.micros[-1].after

    @property
    def mode(self) -> str:
        """How the line and its facts were judged: "exact", or "digits" when one of them needed those."""
        judgements = [judgement for micro in self.micros for judgement in (micro.judgement, *micro.fact_judgements)]
        return "digits" if any(each.mode == "digits" for each in judgements) else "exact"


@dataclass(frozen=True)
class Derivation(Shown):
    """From `left` to `result`, line by line, wherever the conditions of its `domain` hold.

    - `steps` are the lines, each with the rules that made it and its judgement.
    - `targets` are the free indices of the result, row before column; `shown` names the definitions a reader needs.
    - `lemmas` are the derivations used as rules, `opinions` the ways in which both ends were judged a second time;
      `conclusion` says what follows, if anything.

    Printed, a derivation is plain text; in a notebook it is typeset. Raises ValueError for a line, a fact or a matrix
    form without its judgement, for a line that does not begin where the one before ended, and for ends without a
    second opinion.
    """

    title: Words
    left: Expr
    targets: tuple[Symbol, ...]
    context: Context
    steps: tuple[Step, ...]
    ends: Judgement
    shown: tuple[str, ...] = ()
    lemmas: tuple[Derivation, ...] = ()
    opinions: tuple[str, ...] = ()
    meanings: Mapping[str, Words] = field(default_factory=dict)
    conclusion: str | None = None

    def __post_init__(self) -> None:
        micros = [micro for step in self.steps for micro in step.micros]
        judgements = [self.ends, *(step.matrix.judgement for step in self.steps if step.matrix)]
        judgements += [judgement for micro in micros for judgement in (micro.judgement, *micro.fact_judgements)]
        facts_judged = all(len(micro.facts) == len(micro.fact_judgements) for micro in micros)
        if not (self.steps and facts_judged and all(isinstance(each, Judgement) for each in judgements)):
            raise ValueError(f"the derivation {self.title.en!r} holds a line that no judge has seen")
        if [micro.before for micro in micros] != [self.left, *(micro.after for micro in micros[:-1])]:
            raise ValueError(f"the derivation {self.title.en!r} has a line that does not follow from the one before")
        if self.conclusion == NONNEGATIVE and not set(nonnegative_if(self.result, self.context)) <= set(self.domain):
            raise ValueError(f"the derivation {self.title.en!r} concludes more than its domain allows")
        if not self.opinions:
            raise ValueError(f"the ends of the derivation {self.title.en!r} have no second opinion")

    def __reduce__(self) -> tuple[type[Derivation], tuple[Any, ...]]:
        """Copied or unpickled, a derivation is made anew, with all that is refused above.

        Its judgements are taken as they stand: unpickle only what comes from where you trust.
        """
        return type(self), tuple(getattr(self, each.name) for each in fields(self))

    @property
    def result(self) -> Expr:
        """The last line, a SymPy expression."""
        return self.steps[-1].expr

    @property
    def matrix(self) -> MatrixForm | None:
        """The matrix form of the last line that has one."""
        return next((step.matrix for step in reversed(self.steps) if step.matrix), None)

    @property
    def domain(self) -> tuple[Condition, ...]:
        """The conditions under which every line holds, and under which the conclusion does."""
        return self.context.domain

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """The definitions that a reader needs, in the order they are shown."""
        return tuple(self.context.definitions[name] for name in self.shown)

    @cached_property
    def as_lemma(self) -> Rule:
        """This derivation as a rule for others: its left side may be replaced by its result."""
        return lemma(self.left, self.result, free_indices(self.left), self.title)


Plan = Sequence[Sequence[Rule]]


def derive_lines(
    title: Words,
    left: Expr,
    plan: Plan,
    context: Context,
    targets: Sequence[Symbol] = (),
    shown: Sequence[str] = (),
    lemmas: Sequence[Derivation] = (),
    meanings: Mapping[str, Words] | None = None,
    conclusion: str | None = None,
) -> Derivation:
    """Carry out a plan: each inner sequence of rules makes one displayed line.

    Every rule's outcome, every fact, every matrix form and both ends are judged; the ends also by second opinions
    that share no rewriting with the rules. `conclusion` is what follows from the last line: a key of
    wording.CONCLUSIONS; "nonnegative" adds to the domain what it supposes. Raises Disagreement naming the line and the
    rule, and RuleError when a rule does not apply.
    """
    judge = _Judge(title, left, context)
    steps: list[Step] = []
    current = left
    for rules in plan:
        micros: list[RuleApplication] = []
        for rule in rules:
            after, facts = rule(current, context)
            if after == current:
                continue
            where = f"line {len(steps) + 1}, rule {rule.name!r}"
            judgement = judge(current, after, f"{where}: the line is not equal to the one before")
            judged = tuple(judge(fact.left, fact.right, f"{where}: its reason is not true") for fact in facts)
            micros.append(RuleApplication(rule, current, after, facts, judgement, judged))
            current = after
        if micros:
            steps.append(Step(tuple(micros), _matrix_form(current, targets, judge)))
    if conclusion == NONNEGATIVE:
        context = context.under(*nonnegative_if(current, context))
    return Derivation(
        title=title,
        left=left,
        targets=tuple(targets),
        context=context,
        steps=tuple(steps),
        ends=judge(left, current, "the last line is not equal to the first"),
        shown=tuple(shown),
        lemmas=tuple(lemmas),
        opinions=crosscheck(title.en, left, current, context),
        meanings=dict(meanings or {}),
        conclusion=conclusion,
    )


class _Judge:
    """A judge whose disagreements say which derivation they are about, and print both sides."""

    def __init__(self, title: Words, derived: Expr, context: Context):
        self.title = title
        self.derived = derived
        self.judge = judge_of(context)

    def __call__(self, left: Expr, right: Expr, what: str) -> Judgement:
        try:
            return self.judge(left, right, f"{self.title.en}, {what}")
        except Disagreement as wrong:
            plain = Plain(full_limits=False)
            raise Disagreement(
                wrong.subject,
                tensor=plain(self.derived),
                **wrong.details,
                left_side=plain(left),
                right_side=plain(right),
            ) from None


def _matrix_form(expr: Expr, targets: Sequence[Symbol], judge: _Judge) -> MatrixForm | None:
    if not targets:
        return None
    try:
        node = recognise(expr, targets)
    except NoMatrixForm:
        return None
    return MatrixForm(node, judge(expr, node.entry(targets), "the matrix form is not equal to the line"))
