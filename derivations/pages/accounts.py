"""What the ledger says of a criterion with its options: its formulas, its code, and what its certificates found.

Everything is taken from the manifest that `derivations ledger` writes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..losses.base import Loss


@dataclass(frozen=True)
class Run:
    """One certificate: its data, and of its tensors the figures of the one that uses most of its bound."""

    recorded: Mapping[str, Any]

    @property
    def rows(self) -> Sequence[Mapping[str, Any]]:
        return self.recorded["rows"]

    @cached_property
    def worst(self) -> Mapping[str, Any]:
        """The tensor that uses most of its bound."""
        return max(self.rows, key=lambda row: row["part"])

    def total(self, field: str) -> int:
        return sum(row[field] for row in self.rows)

    @property
    def condition(self) -> float | None:
        """The largest κ/|g| of all tensors; None where no entry is sharp."""
        return max((row["condition"] for row in self.rows if row["condition"] is not None), default=None)


def defaults(kind: type[Loss]) -> dict[str, Any]:
    """What torch takes for each option of a criterion that is left out."""
    return {option.name: option.default for option in kind.declared} | {"reduction": kind().reduction}


def called(kind: type[Loss], name: str) -> str:
    """The class as one writes it: those of torch in torch.nn, what people write themselves by its name."""
    return name if kind.family == "written" else f"nn.{name}"


def letters_of_tensors(kind: type[Loss]) -> dict[str, str]:
    """What the formulas call the options that are tensors: somebody who copies a call puts his own there."""
    return {option.name: option.letter for option in kind.declared if option.is_tensor}


def _written(value: Any) -> str:
    """A value as Python has it, with the quotes that the site's code has."""
    return json.dumps(value) if isinstance(value, str) else repr(value)


@dataclass(frozen=True)
class Account:
    """An entry of the manifest: a criterion with its options, and everything that was computed for it."""

    entry: Mapping[str, Any]
    kind: type[Loss]

    @property
    def reduction(self) -> str:
        return str(self.entry["options"]["reduction"])

    @property
    def targets(self) -> str | None:
        return self.entry["targets"]

    @cached_property
    def given(self) -> dict[str, str]:
        """The options that are not left out, in torch's order, as one writes their values."""
        options, letters = self.entry["options"], letters_of_tensors(self.kind)
        left_out = defaults(self.kind)
        used = {name: options[name] for name, default in left_out.items() if options.get(name, default) != default}
        return {name: letters[name] if name in letters else _written(value) for name, value in used.items()}

    @property
    def call(self) -> str:
        """The criterion as one writes it, with Z for the outputs and Y for the targets of a function."""
        options = [f"{name}={value}" for name, value in self.given.items()]
        if self.entry["criterion"].islower():
            return f"F.{self.entry['criterion']}({', '.join(['Z', 'Y', *options])})"
        return f"{called(self.kind, self.entry['criterion'])}({', '.join(options)})"

    @property
    def options(self) -> tuple[str, ...]:
        """What tells this account from others of the page, but for its reduction: p, or p=2 where p has more values."""
        of_targets = [self.targets] if self.targets == "probabilities" else []
        named = [
            f"{name}={value}".replace('"', "") if name in self.varied or value == "False" else name
            for name, value in self.given.items()
            if name != "reduction"
        ]
        return (*of_targets, *named)

    @cached_property
    def varied(self) -> set[str]:
        """The options that have accounts with more values than one beside the default."""
        return {option.name for option in self.kind.declared if len(option.tried) > 2}

    @property
    def anchor(self) -> str:
        return "-".join([self.reduction, *self.options]).replace("=", "-")

    def choice(self, option: str) -> str:
        """What the filter compares."""
        if option == "reduction":
            return self.reduction
        if option == "targets":
            return str(self.targets)
        if option in self.varied:
            return str(self.entry["options"].get(option, defaults(self.kind)[option]))
        return "yes" if option in self.given else "no"

    @property
    def latex(self) -> Mapping[str, Mapping[str, str]]:
        return self.entry["latex"]

    @property
    def of_logits(self) -> Mapping[str, str]:
        """G = ∂L/∂Z. Where the criterion takes log-probabilities, Z is what they were made of."""
        return self.latex["logits" if "logits" in self.latex else "outputs"]

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        return tuple(map(Run, self.entry["runs"]))


@dataclass(frozen=True)
class Figures:
    """What some runs add up to."""

    runs: tuple[Run, ...]

    def total(self, field: str) -> int:
        return sum(run.total(field) for run in self.runs)

    @property
    def part(self) -> float:
        """The largest deviation as a part of its bound."""
        return max(run.worst["part"] for run in self.runs)

    @property
    def with_truth(self) -> Figures:
        """Those that are compared with exact values too."""
        return Figures(tuple(run for run in self.runs if run.recorded["exact"]))

    def told(self, verdict: str) -> int:
        """How many of the runs have this verdict."""
        return sum(run.recorded["verdict"] == verdict for run in self.runs)

    def by_dtype(self) -> Iterator[tuple[str, Figures]]:
        for dtype in dict.fromkeys(run.recorded["dtype"] for run in self.runs):
            yield dtype, Figures(tuple(run for run in self.runs if run.recorded["dtype"] == dtype))


def figures(accounts: Iterable[Account]) -> Figures:
    return Figures(tuple(run for account in accounts for run in account.runs))


@dataclass(frozen=True)
class Card:
    """The accounts that differ in their reduction alone."""

    accounts: tuple[Account, ...]
    #: What is defined for every account of the page.
    common: frozenset[str]

    @property
    def first(self) -> Account:
        return self.accounts[0]

    @property
    def anchor(self) -> str:
        return "-".join(self.first.options).replace("=", "-") or "plain"

    @property
    def definitions(self) -> list[str]:
        """The loss with torch's own reduction, and what its formulas use."""
        defined = self.first.entry["definitions"]
        return [latex for name, latex in defined.items() if name not in self.common]
