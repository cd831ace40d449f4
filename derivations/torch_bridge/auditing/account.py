"""The account of a step: every node that backward() ran, and whether what arrives is what was handed on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import torch

from ...looks import Shown
from ...verdict import AGREES, CANNOT_TELL, DISAGREES, Verdict, every
from ...words import Words
from ..certificates.findings import CannotTell, GradientMismatch
from ..graph.record import Graph
from .data import VERSION, changed_data, node_data, words_data
from .nodes import NodeAccount, with_status
from .sums import Changed


class Account(Shown):
    """What `audit` found. `bool(account)` is True where every node agrees, and only there: silence is no agreement.

    - `nodes`: a NodeAccount for each node that ran, in the order of the forward; of each backward() in turn.
    - `changed`: edges at which something else arrived than was handed on, as where a hook on a tensor changes it.
    - `notes` name what was not looked at, and what may surprise, in both languages.
    - `conditions`: what it takes to see the same numbers again.
    - `graphs`: the graph of each backward(), with its numbers; `draw_graph(account)` draws it where there is one.

    `account["encoder.0"]` is the account of a module and of those inside; it has the edges that end there.
    """

    def __init__(
        self,
        nodes: tuple[NodeAccount, ...] = (),
        changed: tuple[Changed, ...] = (),
        notes: tuple[Words, ...] = (),
        conditions: Mapping[str, str] | None = None,
        graphs: tuple[Graph, ...] = (),
    ):
        self.nodes, self.changed, self.notes = nodes, changed, notes
        self.conditions = conditions or {}
        self.graphs = graphs

    @property
    def verdict(self) -> Verdict:
        """ "disagrees" if a node or an edge does, "agrees" if every node does; "cannot tell" of none."""
        return DISAGREES if self.changed else every(each.verdict for each in self.nodes)

    def __bool__(self) -> bool:
        return self.verdict == AGREES

    def __getitem__(self, module: str) -> Account:
        inside = tuple(each for each in self.nodes if is_in(each.module, module))
        if not inside:
            known = ", ".join(map(repr, self.modules)) or "none"
            raise KeyError(f"No node came from a module {module!r}. Modules with nodes: {known}.")
        edges = tuple(each for each in self.changed if is_in(each.module, module))
        return Account(inside, edges, (), self.conditions)

    @property
    def modules(self) -> tuple[str, ...]:
        """The names of the modules that called an operation, in the order of the forward."""
        return tuple(dict.fromkeys(each.module for each in self.nodes))

    @property
    def counts(self) -> dict[str, int]:
        """How many nodes have which status."""
        return dict(Counter(each.status for each in self.nodes))

    @property
    def unknown(self) -> tuple[NodeAccount, ...]:
        """The nodes that could not be checked; each says why."""
        return with_status(self.nodes, "unknown")

    @property
    def wrong(self) -> tuple[NodeAccount, ...]:
        """The nodes that disagree."""
        return tuple(each for each in self.nodes if each.verdict == DISAGREES)

    @property
    def corners(self) -> tuple[NodeAccount, ...]:
        """The nodes with entries at which a slope is a matter of convention, so that either side is right."""
        return tuple(each for each in self.nodes if each.corners)

    @property
    def first_nan(self) -> NodeAccount | None:
        """The first node, as backward() walks, that was handed numbers and handed on nan or an infinity."""
        born = [each for each in self.nodes if each.hands_on_nan]
        return max(born, key=lambda each: (-each.walk, each.number), default=None)

    @property
    def worst(self) -> NodeAccount | None:
        """The node whose share uses the largest part of its bound."""
        return max(self.nodes, key=lambda each: each.worst.part if each.worst else 0.0, default=None)

    def data(self) -> dict[str, Any]:
        """The account as plain data, as JSON takes it; what is no finite number is None there.

        `version`, `verdict`, `counts` (how many nodes have which status), `nodes`, `changed`, `first_nan`, `notes` (by
        language) and `conditions`. A node has its `name`, `call`, `module`, `number`, `walk`, `status`, `verdict`,
        `operation`, `reason` and `parts`; `definition`, the part of its bound by which the recorded result differs from
        its definition; `results`, `arrived` and, for each operand, `shares` with the worst entry, and where they were
        asked for its `exact` values, as text. A tensor has `shape`, `dtype`, `norm` (2-norm), `finite`, and its
        `values` where they are few.
        """
        born = self.first_nan
        first = None if born is None else {each: getattr(born, each) for each in ("name", "module", "number", "walk")}
        return {
            "version": VERSION,
            "verdict": self.verdict,
            "counts": self.counts,
            "nodes": [node_data(each) for each in self.nodes],
            "changed": [changed_data(each) for each in self.changed],
            "first_nan": first,
            "notes": [words_data(each) for each in self.notes],
            "conditions": dict(self.conditions),
        }

    def require(self, numeric: bool = True) -> Account:
        """This account where every node agrees; with `numeric=False` only if none was checked by differences alone.

        Raises GradientMismatch for the first node that disagrees, in the order of the forward, and CannotTell where a
        node is unknown, or hands on no number.
        """
        if self.verdict == DISAGREES:
            raise self.mismatch()
        if self.verdict == CANNOT_TELL:
            raise self.doubt()
        if not numeric and (found := with_status(self.nodes, "numeric")):
            raise CannotTell(
                f"{len(found)} of {len(self.nodes)} nodes were checked by differences of their own forward alone",
                **_where(found[0]),
            )
        return self

    def mismatch(self) -> GradientMismatch:
        """What is wrong, at the worst entry of the first node that disagrees. Raises ValueError where none does."""
        if self.wrong:
            return _mismatch(self.wrong[0], len(self.wrong), len(self.nodes))
        for each in self.changed:
            return GradientMismatch(
                f"{each.node}: what arrives is not the sum of what was handed on. A hook on a tensor may change it",
                module=each.module or None,
                index=_entry("gradient", each.index),
                expected=f"{each.expected!r} (the sum)",
                got=f"{each.got!r} (arrived)",
                bound=f"{each.bound:.3g}",
            )
        raise ValueError(f"Nothing disagrees here: the verdict is {self.verdict!r}.")

    def doubt(self) -> CannotTell:
        """Why nothing can be told of the first node of which that is so. Raises ValueError where there is none."""
        if not self.nodes:
            return CannotTell("no backward() was seen, so there is nothing to compare", note=_in_english(self.notes))
        born = self.first_nan
        if born is not None:
            return CannotTell(
                f"{born.name} hands on nan or an infinity, although it was handed numbers", **_where(born)
            )
        for each in self.nodes:
            if each.verdict == CANNOT_TELL:
                why = "it hands on nan or an infinity" if each.reason is None else each.reason.en
                return CannotTell(f"{each.name} could not be checked: {why}", **_where(each))
        raise ValueError(f"There is no such node here: the verdict is {self.verdict!r}.")


def is_in(name: str, module: str) -> bool:
    """Whether a module is the one called `module`, or inside of it; "" is the model."""
    return not module or name == module or name.startswith(f"{module}.")


def _where(node: NodeAccount) -> dict[str, Any]:
    return {"node": f"{node.name}, number {node.number}", "module": node.module or None, "operation": node.call or None}


def _entry(operand: str, index: tuple[int, ...]) -> str:
    return f"{operand}[{', '.join(map(str, index))}]"


def _in_english(notes: tuple[Words, ...]) -> str | None:
    return " ".join(each.en for each in notes) or None


def _mismatch(node: NodeAccount, wrong: int, of: int) -> GradientMismatch:
    share = next((each for each in node.shares if each.verdict == DISAGREES), None)
    if share is None:
        return GradientMismatch(
            f"{node.name}: the definition of its operation does not give the result that torch recorded",
            **_where(node),
            part=f"{node.forward:.3g} times the bound",
        )
    told = share.diagnosis
    found = GradientMismatch(
        f"{node.name}: what it hands on to {share.operand} is not the gradient; {wrong} of {of} nodes disagree",
        **_where(node),
        operand=share.operand,
        index=f"{_entry(share.operand, share.worst)}, one of {share.wrong} wrong of {share.entries}",
        expected=f"{share.expected!r} ({node.status})",
        got=f"{share.got!r} (handed on)",
        bound=f"{share.bound:.3g}",
        diagnosis=None if told is None else told.sentence.en,
        torch=torch.__version__,
    )
    found.diagnosis = told
    return found
