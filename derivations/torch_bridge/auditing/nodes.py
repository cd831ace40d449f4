"""One node's account: what arrived, what was handed on to each operand, and how that was checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from ...closed_form.formula import index_latex
from ...closed_form.shares import share_source
from ...index_calculus.matrices.latex import matrix_latex
from ...index_calculus.printing.latex import Latex
from ...looks import Shown
from ...verdict import CANNOT_TELL, DISAGREES, Verdict, every
from ...words import Words
from .compared import Share
from .seen import Seen

if TYPE_CHECKING:
    from ...derivation import Derivation

#: How a node was checked: against derived formulas; by torch's own decomposition into what is derived; by differences
#: of its own forward; or not.
Status = Literal["derived", "by parts", "numeric", "unknown"]


@dataclass(frozen=True)
class NodeAccount(Shown):
    """What one node of a graph did in one backward().

    - `name` as torch has it: "AddmmBackward0"; `call`: the operation that made it, "addmm"; `module`: the innermost
      module that called it, "" for the model itself; `number`: its place in the forward; `walk`: in which backward().
    - `status`: "derived", "by parts", "numeric" or "unknown"; `reason`: why it is no better.
    - `results`: what its forward computed; `arrived`: the gradients that arrived, a place for each result; `shares`:
      what was handed on.
    - `operation`: as a formula, where it is known, with the `numbers` that stand in it, by letter; `ones` are the
      letters of weights and masks that are 1 everywhere here.
    - `forward`: the part of its bound by which the recorded result differs from what the formula says; above 1, the
      formula is not what torch computed.
    - `parts`: what it was taken apart into.
    """

    name: str
    call: str
    module: str
    number: int
    walk: int
    arrived: tuple[Seen | None, ...]
    status: Status = "unknown"
    shares: tuple[Share, ...] = ()
    reason: Words | None = None
    operation: Any = field(default=None, repr=False)
    numbers: Mapping[str, float] = field(default_factory=dict)
    forward: float = 0.0
    parts: tuple[str, ...] = ()
    results: tuple[Seen | None, ...] = ()
    ones: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """ "disagrees" if a share does, or the formula with the recorded result; "cannot tell" if it is unknown."""
        if self.forward > 1:
            return DISAGREES
        if self.status == "unknown":
            return CANNOT_TELL
        return every(each.verdict for each in self.shares)

    def __bool__(self) -> bool:
        return self.verdict == "agrees"

    @property
    def entries(self) -> int:
        """How many entries were handed on, to all operands together."""
        return sum(each.entries for each in self.shares)

    @property
    def corners(self) -> int:
        """Entries at which a slope is a matter of convention."""
        return sum(each.corners for each in self.shares)

    @property
    def worst(self) -> Share | None:
        """The share that uses the largest part of its bound."""
        return max(self.shares, key=lambda each: each.part, default=None)

    @property
    def hands_on_nan(self) -> bool:
        """Whether it was handed numbers and handed on something that is none."""
        return all(each.finite for each in self.arrived if each) and not all(each.handed.finite for each in self.shares)

    def share(self, operand: str) -> Share:
        """What one operand was handed. Raises KeyError for a name that no share has."""
        for each in self.shares:
            if each.operand == operand:
                return each
        names = ", ".join(repr(each.operand) for each in self.shares) or "none"
        raise KeyError(f"{self.name} handed nothing to {operand!r}. It did to: {names}.")

    def derivation(self, operand: str) -> Derivation:
        """How the share of an operand is derived, line by line. Raises ValueError where the node is not derived."""
        found = self.share(operand).derivation
        if found is None:
            raise ValueError(f"{self.name} is {self.status}, not derived: there is no derivation to show.")
        return found

    def latex(self, operand: str) -> str:
        """The share of an operand as LaTeX: between whole arrays where it has such a form, else entry by entry."""
        derivation = self.derivation(operand)
        left = Latex().symbol(str(derivation.left.variable.base.label))
        if derivation.matrix is not None:
            return rf"\frac{{\partial L}}{{\partial {left}}} = {matrix_latex(derivation.matrix.node)}"
        return index_latex(derivation)

    def code(self, operand: str, backend: str = "torch") -> str:
        """The share of an operand as a Python function of arrays with the axes of the formula; "torch" or "numpy".

        Raises ValueError for another backend, and where the node is not derived.
        """
        self.derivation(operand)
        return share_source(self.operation, operand, backend)

    def because(self, reasons: Sequence[Words]) -> NodeAccount:
        """The same, with the reasons why better ways to check it failed."""
        if not reasons:
            return self
        zh, en = (dict.fromkeys(each[lang] for each in reasons) for lang in ("zh", "en"))
        return replace(self, reason=Words("；".join(zh), "; ".join(en)))


def with_status(nodes: Sequence[NodeAccount], status: Status) -> tuple[NodeAccount, ...]:
    return tuple(each for each in nodes if each.status == status)
