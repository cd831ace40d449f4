"""The criteria there are, as pages: what each is for, its formulas for one entry, its picture, its accounts.

A page follows from the class that a module of losses registers; nothing here names a criterion.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from sympy import Add, Expr, Mul, Sum

from ..closed_form import closed_form_latex, definitions_latex
from ..derivation import Derivation
from ..figures import Figure, loss_curves
from ..index_calculus.expressions import substitute
from ..index_calculus.printing.latex import Latex
from ..index_calculus.symbols import c, j
from ..linear import OUTPUTS
from ..losses.base import Loss
from ..losses.declared import FAMILIES, Per, Values
from ..losses.registry import registered
from ..subject import derive
from ..wording import Words
from .accounts import Account, Card, called, defaults

#: What people call options when they look for them.
OPTIONS = {
    ("weight", Per.CLASS): Words("类别权重", "class weights"),
    ("weight", Per.ENTRY): Words("逐个元素的权重", "a weight for each entry"),
    ("pos_weight", Per.CLASS): Words("正例权重，用于类别不平衡", "positive weights, for class imbalance"),
    ("ignore_index", Per.ONE): Words("忽略一种标签", "a label that is left out"),
    ("label_smoothing", Per.ONE): Words("标签平滑", "label smoothing"),
}
#: What an operand holds, where its criterion does not say.
HELD = {
    Values.REAL: Words("目标，实数，与输出同形状", "the targets, real numbers, of the outputs' shape"),
    Values.LABELS: Words("目标，每行一个类别编号", "the targets, a class index for each row"),
    Values.PROBABILITIES: Words(
        "目标，每行是各类别的概率", "the targets, the probabilities of the classes in each row"
    ),
    Values.LOG_PROBABILITIES: Words("目标，对数概率", "the targets, log-probabilities"),
    Values.UNIT: Words("目标，0 到 1 之间", "the targets, from 0 to 1"),
    Values.POSITIVE: Words("目标，正数", "the targets, positive numbers"),
    Values.COUNTS: Words("目标，计数", "the targets, counts"),
    Values.SIGNS: Words("目标，−1 或 1", "the targets, −1 or 1"),
    Values.BITS: Words("目标，0 或 1", "the targets, 0 or 1"),
    Values.CLASS_SETS: Words("目标，每行若干个类别编号，后面补 −1", "the targets, in each row class indices, then −1"),
}


@dataclass(frozen=True)
class Criterion:
    """A criterion that the package knows, and what its page is called."""

    kind: type[Loss]
    file: str

    @property
    def title(self) -> Words:
        """What people call it; where they call it as torch does, that."""
        name = Words(self.kind.torch_name, self.kind.torch_name)
        said = self.kind.called if self.kind.called.en else name
        return Words(said.zh, capitalised(said.en))

    @property
    def heading(self) -> Words:
        """What stands above its formulas: in the words that people look for."""
        name = self.kind.torch_name
        zh, en = self.kind.called.zh or name, self.kind.called.en or name
        space = " " if zh[-1].isascii() else ""
        return Words(f"{zh}{space}的梯度", f"The gradient of {en}")

    @property
    def name(self) -> str:
        """As one writes it."""
        return called(self.kind, self.kind.torch_name)

    @property
    def purpose(self) -> Words:
        return Words(self.kind.about.zh, capitalised(self.kind.about.en))

    @property
    def family(self) -> Words:
        return FAMILIES[self.kind.family]

    @property
    def options(self) -> dict[str, Words]:
        """What its options are called, by torch's names, which they do not repeat."""
        named = {option: OPTIONS.get((option.name, option.per), option.words) for option in self.kind.declared}
        said = {option.name: without_name(words, option.name) for option, words in named.items()}
        return {name: words for name, words in said.items() if words.en}

    @property
    def meanings(self) -> dict[str, Words]:
        """What the letters of its formulas stand for, by their names."""
        letters = {operand.letter: operand.words or HELD[operand.values] for operand in self.plain.operands}
        letters |= {option.letter: option.words for option in self.kind.declared if option.letter and option.words}
        return {**self.plain.meanings, **letters}

    @property
    def words(self) -> str:
        """All that it may be looked for by, in both languages."""
        said = [self.kind.torch_name, *(option.name for option in self.kind.declared)]
        for each in (self.kind.called, self.purpose, self.family):
            said += [each.zh, each.en]
        return " ".join(said).lower()

    @cached_property
    def plain(self) -> Loss:
        return self.kind()

    @cached_property
    def derivation(self) -> Derivation:
        """∂L/∂outputs without options."""
        return derive(self.plain, OUTPUTS)

    @cached_property
    def loss(self) -> str:
        """The loss of one entry or row."""
        return loss_of_one(self.plain)

    @cached_property
    def gradient(self) -> str:
        """The gradient of L in one entry of the outputs: its right side."""
        latex = Latex(self.derivation.targets, full_limits=False)
        return latex(self.derivation.result)

    @cached_property
    def gradient_of(self) -> str:
        """Its left side."""
        return Latex(self.derivation.targets, full_limits=False)(self.derivation.left)

    @cached_property
    def where(self) -> tuple[str, ...]:
        """What the two define besides: the names they use, but for those of numbers."""
        derived = self.derivation
        named = dict(zip(derived.shown, derived.definitions, strict=True))
        numbers = {name for name, defined in named.items() if defined.right.is_number}
        return tuple(latex for name, latex in definitions_latex(derived).items() if name not in {"L", *numbers})

    @property
    def matrix(self) -> str | None:
        """The same with whole arrays, where there is such a form."""
        return closed_form_latex(self.derivation, self.derivation) if self.derivation.matrix else None

    @cached_property
    def picture(self) -> Figure:
        return loss_curves(self.plain)

    @cached_property
    def small_picture(self) -> Figure:
        return loss_curves(self.plain, small=True)


def loss_of_one(loss: Loss) -> str:
    """The loss of one entry or row, before anything is added up, as LaTeX."""
    added = replace(loss, reduction="sum") if "sum" in loss.reductions else loss
    rows = loss.layout.rows
    free = dict(zip((*rows, c), (*loss.layout.free, j), strict=True))
    indices = rows if loss.per is Per.ROW else loss.layout.place(rows, c)
    below = "".join(str(free[index]) for index in indices)
    body = substitute(summand(added.definitions["L"].right), free)
    return rf"\ell_{{{below}}} := {Latex(tuple(free.values()), full_limits=False)(body)}"


def without_name(words: Words, name: str) -> Words:
    """What is said of an option, where its name stands beside it already."""
    return Words(words.zh.removeprefix(name).lstrip("，"), words.en.removeprefix(name).lstrip(", "))


def often_defined(known: Iterable[Criterion]) -> tuple[str, ...]:
    """The definitions that more than two criteria have in common, as P := softmax: an overview says them once."""
    found = Counter(latex for criterion in known for latex in criterion.where)
    return tuple(latex for latex, times in found.items() if times > 2)


def capitalised(text: str) -> str:
    """With a capital letter first, and the others as they are."""
    return text[:1].upper() + text[1:]


def summand(total: Expr) -> Expr:
    """What is added up over rows and entries: of −Σ_n Σ_c x, it is −x. An expression without a sum is itself."""
    if isinstance(total, Sum):
        return total.function
    if isinstance(total, Mul) and any(isinstance(factor, Sum) for factor in total.args):
        factors = [summand(factor) for factor in total.args]
        return Mul(*factors, evaluate=False) if len(factors) == 2 and isinstance(factors[1], Add) else Mul(*factors)
    return total


def address(kind: type[Loss], others: Iterable[type[Loss]]) -> str:
    """The file of a criterion's page: its module's name, or where a module has several, its class's."""
    if any(other is not kind and other.__module__ == kind.__module__ for other in others):
        return snake_case(kind.__name__)
    return kind.__module__.rpartition(".")[2]


def snake_case(name: str) -> str:
    """MSELoss is mse_loss."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def criteria() -> tuple[Criterion, ...]:
    """All that are registered, by family."""
    return _criteria(registered())


@lru_cache(maxsize=4)  # with the formulas and pictures that they keep
def _criteria(kinds: tuple[type[Loss], ...]) -> tuple[Criterion, ...]:
    return tuple(Criterion(kind, address(kind, kinds)) for kind in kinds)


def criterion_of(entry: Mapping[str, Any], known: Iterable[Criterion]) -> Criterion | None:
    """Whose account an entry of the manifest is: a class's of torch, or that of the function which stands for it."""
    for each in known:
        if entry["criterion"] in (each.kind.torch_name, snake_case(each.kind.torch_name)):
            return each
    return None


@dataclass(frozen=True)
class CriterionPage:
    """What the template of a criterion's page is given."""

    criterion: Criterion
    accounts: tuple[Account, ...]

    @property
    def file(self) -> str:
        return self.criterion.file

    @property
    def names(self) -> tuple[str, ...]:
        """The criterion's name in torch, and those of its functions that have accounts of their own."""
        written = (account.entry["criterion"] for account in self.accounts)
        return tuple(dict.fromkeys([self.criterion.kind.torch_name, *written]))

    @cached_property
    def common(self) -> dict[str, str]:
        """The definitions that every account of the page shares, by name; without accounts, those of the criterion."""
        defined = [account.entry["definitions"] for account in self.accounts]
        defined = defined or [definitions_latex(self.criterion.plain.of_logits())]
        return dict(sorted(set.intersection(*(set(each.items()) for each in defined))))

    def letters(self) -> list[tuple[str, Words | None, str | None]]:
        """The letters of its formulas, as LaTeX, with what each stands for and how it is defined."""
        meanings = self.criterion.meanings
        names = dict.fromkeys([*meanings, *self.common])
        return [(Latex().symbol(name), meanings.get(name), self.common.get(name)) for name in names]

    def groups(self) -> dict[str | None, list[Card]]:
        """The accounts by their kind of targets, then by their options, in the manifest's order."""
        found: dict[str | None, dict[tuple[str, ...], list[Account]]] = {}
        for account in self.accounts:
            found.setdefault(account.targets, {}).setdefault(account.options, []).append(account)
        common = frozenset(self.common)
        return {
            targets: [Card(tuple(accounts), common) for accounts in cards.values()] for targets, cards in found.items()
        }

    @cached_property
    def filters(self) -> dict[str, list[str]]:
        """The options a reader can filter by, and the values there are."""
        found = {
            name: list(dict.fromkeys(account.choice(name) for account in self.accounts))
            for name in dict.fromkeys(["targets", "reduction", *defaults(self.criterion.kind)])
        }
        return {name: values for name, values in found.items() if len(values) > 1}
