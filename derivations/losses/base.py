"""What every criterion is: a formula for L in terms of the outputs Z, and a plan for ∂L/∂Z.

A reduction is one idea. Every criterion has a loss for each row or entry, and L = (1/S) Σ v · loss: "mean" divides by a
count or a sum of weights S, "sum" does neither, and "none" leaves the losses apart, so that backward must be given a
vector v and computes the gradient of Σ v · loss.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from sympy import Expr, Integer, Sum

from .. import linear
from ..derivation import Derivation, Plan, derive_lines
from ..index_calculus import rules
from ..index_calculus.expressions import Condition, Context, Definition, Partial
from ..index_calculus.symbols import L, Layout, S, Tensor, c, j, v
from ..linear import BIAS, INPUTS, OUTPUTS, WEIGHT
from ..options import FLAG
from ..subject import Subject, derive
from ..wording import Words
from .declared import Operand, Option, Per, Values, said

TARGETS = "targets"
REDUCTIONS = ("mean", "sum", "none")

#: Derives ∂L/∂Z of any loss built from sums, products, powers, exp and log of the entries of Z.
GENERAL_PLAN: Plan = [
    [rules.define("L"), rules.linear],
    [rules.chain.where_possible, rules.product.where_possible, rules.linear.where_possible],
    [rules.chain.where_possible, rules.linear.where_possible],
    [rules.independent],
    [rules.common().where_possible, rules.collapse()],
    [rules.pull.where_possible],
]


@dataclass(frozen=True, kw_only=True)
class Loss(Subject):
    """What every criterion is. Its fields are its options, named as in torch.

    True says that an option is in use, and so does a number that torch takes for it.

    - `reduction`: "mean", "sum" or "none".
    - `extra_dimensions`: for outputs of shape (N, C, d1, d2, …). The formulas then carry an index t for the
      T = d1·d2·… extra positions of each sample.

    Raises ValueError for another reduction. A criterion of your own is a subclass that defines L; matrix form, code,
    error bound and certificate follow from that.
    """

    #: The class name in torch.nn.
    torch_name: ClassVar[str]
    #: One of FAMILIES; what people call the criterion, where that is not what torch calls it; what it is for, in a few
    #: words.
    family: ClassVar[str] = ""
    called: ClassVar[Words] = Words("", "")
    about: ClassVar[Words] = Words("", "")
    #: The options that torch gives it, beside the reduction.
    declared: ClassVar[tuple[Option, ...]] = ()
    #: How many losses there are before the reduction.
    per: ClassVar[Per] = Per.ENTRY
    #: Is its Hessian that of log Σ e^Z, times a number for each row?
    curved_by_softmax: ClassVar[bool] = False
    #: The values of `reduction` that torch takes.
    reductions: ClassVar[tuple[str, ...]] = REDUCTIONS
    #: What its field `targets` may be, the usual one first, where torch takes targets of several kinds.
    kinds_of_targets: ClassVar[tuple[str, ...]] = ()
    #: The array that holds the targets: "Y" for real ones, "y" for class labels.
    target_name: ClassVar[str] = "Y"
    #: Does the criterion want the classes at dimension 1, also with extra dimensions?
    classes_second: ClassVar[bool] = False

    #: By the letters of the formulas: the first row of an array in a picture, where the usual one would teach nothing.
    drawn_at: ClassVar[Mapping[str, tuple[float, ...]]] = {}

    #: By the letters of the formulas, what torch broadcasts: "Y" with the outputs, weights to the outputs.
    broadcast: ClassVar[tuple[str, ...]] = ()

    #: Operands in which torch has no kernel of the gradient, and adds up what the definition's terms hand on.
    composed: ClassVar[tuple[str, ...]] = ()

    reduction: str = "mean"
    extra_dimensions: bool = False

    def __post_init__(self) -> None:
        self.choose("reduction", self.reduction, self.reductions)
        self.read(extra_dimensions=FLAG)
        for option in self.declared:
            object.__setattr__(self, option.name, option.read(type(self).__name__, getattr(self, option.name)))
        if self.kinds_of_targets:
            self.choose("targets", getattr(self, "targets", ""), self.kinds_of_targets)

    # What a criterion says of itself

    @property
    def of_outputs(self) -> Values:
        """What its outputs may be."""
        return Values.REAL

    @property
    def operands(self) -> tuple[Operand, ...]:
        """The arrays that the criterion is called with after the outputs, in torch's order."""
        return (Operand(TARGETS, self.target_name),)

    @property
    @abstractmethod
    def definitions(self) -> dict[str, Definition]:
        """By name: "L", a scalar in terms of Z and the targets, and whatever its formula uses."""

    @property
    def plan(self) -> Plan:
        """The lines of ∂L/∂Z, as rules."""
        return GENERAL_PLAN

    @property
    def plan_for_targets(self) -> Plan:
        """The lines of ∂L/∂Y, as rules."""
        return GENERAL_PLAN

    def plan_for(self, operand: str) -> Plan:
        """The lines of the gradient in an operand, as rules; for the targets those of `plan_for_targets`."""
        return self.plan_for_targets

    def plan_for_hessian(self, first: Derivation) -> Plan:
        """The lines of ∂²L/∂Z∂Z, from those of the first derivative."""
        return [
            [first.as_lemma],
            [rules.linear],
            [rules.chain.where_possible, rules.product.where_possible, rules.linear.where_possible],
            [rules.independent],
        ]

    @property
    def without_hessian(self) -> str:
        """Why no Hessian of this criterion is derived, as a clause; empty where it is."""
        return ""

    @property
    def without_convexity(self) -> str:
        """Why its Hessian is not shown to be positive semidefinite, as a clause; empty where it is."""
        return self.without_hessian

    @property
    def lemmas(self) -> Sequence[Derivation]:
        """The derivations that the plan uses as rules."""
        return ()

    @property
    def meanings(self) -> dict[str, Words]:
        """What the symbols of the formulas stand for, beside the common ones and the letters that are declared."""
        return {}

    # Parts of formulas

    @property
    def layout(self) -> Layout:
        return Layout(self.extra_dimensions, self.classes_second)

    @property
    def entry(self) -> tuple[Expr, ...]:
        """The indices of an entry of Z where they are summed over."""
        return self.layout.place(self.layout.rows, c)

    def incoming(self, *indices: Expr) -> Expr:
        """What each loss is multiplied by: v for "none", else 1."""
        return v[indices] if self.reduction == "none" else Integer(1)

    def divisor(self, count: Expr) -> Expr:
        """What the sum of the losses is divided by: `count` for "mean", else 1."""
        return count if self.reduction == "mean" else Integer(1)

    def with_divisor(self, total: Expr, count: Expr) -> dict[str, Definition]:
        """L := total / S, where S has a name of its own when it is more than a count of rows or entries."""
        divisor = self.divisor(count)
        if isinstance(divisor, Sum):
            return {"L": Definition(L, total / S), "S": Definition(S, divisor)}
        return {"L": Definition(L, total / divisor)}

    # What follows

    @property
    def real_targets(self) -> bool:
        """Are the targets real numbers, which a gradient can be taken with respect to?"""
        return any(each.name == TARGETS and each.is_real for each in self.operands)

    @property
    def context(self) -> Context:
        """The definitions; with S named, its domain is S ≠ 0."""
        context = Context(self.definitions)
        return context.under(Condition(S, "≠", Integer(0))) if "S" in context.definitions else context

    @property
    def wrt(self) -> tuple[str, ...]:
        return (OUTPUTS, WEIGHT, BIAS, INPUTS, *(each.name for each in self.operands if each.is_real))

    def operand(self, name: str) -> Operand | None:
        """The operand of that name; None where there is none."""
        return next((each for each in self.operands if each.name == name), None)

    def tensor(self, wrt: str) -> Tensor:
        """The array that `wrt` names, with the indices of its entries."""
        operand = self.operand(wrt)
        if operand is None:
            return linear.tensors(self.layout)[wrt]
        free = self.layout.free
        return Tensor(operand.letter, free if operand.per is Per.ROW else self.layout.place(free, j))

    def title(self, wrt: str) -> Words:
        letter = self.tensor(wrt).name
        return Words(f"{self} 的 ∂L/∂{letter}", f"{self}: ∂L/∂{letter}")

    def relevant(self, wrt: str, options: Mapping[str, Any]) -> Mapping[str, Any]:
        """Without a bias only what is a gradient of the model is another derivation."""
        with_bias = FLAG("derive", "bias", options.get("bias", True)) or wrt not in (WEIGHT, BIAS, INPUTS)
        return {name: value for name, value in options.items() if not (name == "bias" and with_bias)}

    def derivation(self, wrt: str, bias: bool = True, **options: Any) -> Derivation:
        """∂L/∂`wrt`; `bias` says whether the model has one."""
        if wrt == BIAS and not bias:
            raise ValueError("wrt='bias', but the model has no bias. Ask for 'weight', 'inputs' or 'outputs'.")
        if wrt not in (WEIGHT, BIAS, INPUTS):
            return self.by_plan(wrt, self.plan if wrt == OUTPUTS else self.plan_for(wrt))
        meanings = said((*self.declared, *self.operands)) | self.meanings
        return linear.gradient(wrt, self.of_logits(), self.context, self.title(wrt), bias, self.layout, meanings)

    def of_logits(self) -> Derivation:
        """∂L/∂Z, from which the gradients of a linear model follow."""
        return derive(self, OUTPUTS)

    def by_plan(self, wrt: str, plan: Plan, lemmas: Sequence[Derivation] | None = None) -> Derivation:
        tensor = self.tensor(wrt)
        return derive_lines(
            title=self.title(wrt),
            left=Partial(L, tensor.entry),
            plan=plan,
            context=self.context,
            targets=tensor.free,
            shown=tuple(self.definitions),
            lemmas=self.lemmas if lemmas is None else lemmas,
            meanings=said((*self.declared, *self.operands)) | self.meanings,
        )

    @classmethod
    def broadcasts(cls, option: Option) -> bool:
        """Does torch broadcast the tensor of that option, or is it of one shape with what it is for?"""
        using: dict[str, Any] = {option.name: True}
        return option.letter in cls(**using).broadcast

    def uses(self, option: Option) -> bool:
        """Is its letter in the formula? Another option may take it out, as log_input does PoissonNLLLoss's eps."""
        return bool(option.letter and getattr(self, option.name))

    @property
    def in_use(self) -> tuple[Option, ...]:
        """The options whose letters are in the formula."""
        return tuple(filter(self.uses, self.declared))

    def without(self, wrt: str) -> str:
        operand = self.operand(wrt)
        if operand is not None and not operand.is_real:
            given = "class labels" if operand.values is Values.LABELS else operand.values.value
            return f"wrt={wrt!r}: the {wrt} of {self} are {given}, which a gradient cannot be taken in."
        return super().without(wrt)

    @property
    def options(self) -> tuple[str, ...]:
        """The options that are not as torch has them where nothing is said, as they are written."""
        values = {each.name: (getattr(self, each.name), each.default) for each in fields(self)}
        numbers = {each.name for each in self.declared if each.letter}
        changed = {name: value for name, (value, default) in values.items() if value != default}
        return tuple(
            name if value is True else f"{name}={0 if value is False and name in numbers else value}"
            for name, value in changed.items()
        )

    def __str__(self) -> str:
        return f"{self.torch_name}({', '.join(self.options)})"
