"""The ledger as pages: one for each criterion, with an account for each combination of its options, and an index.

Everything is taken from the manifest that `derivations ledger` writes; the words are in templates/ledger.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ..display.bundle import block
from ..display.counts import VERDICTS, counted
from ..display.marks import MARKS, minus
from ..verdict import SEEN
from ..wording import Words
from .languages import LANGUAGES, ZH, Language

TEMPLATES = Path(__file__).with_name("templates") / "ledger"
#: What torch takes for an option that is left out, and what the formulas call the values of the others.
DEFAULTS = {"weight": None, "pos_weight": None, "ignore_index": -100, "label_smoothing": 0.0, "reduction": "mean"}
LETTERS = {"weight": "w", "pos_weight": "q"}


@dataclass(frozen=True)
class Criterion:
    """A page of the ledger: its file, the criteria in torch whose accounts it holds, and its title."""

    file: str
    names: tuple[str, ...]
    title: Words


CRITERIA = (
    Criterion("mse", ("MSELoss", "mse_loss"), Words("均方误差", "Mean squared error")),
    Criterion("cross_entropy", ("CrossEntropyLoss",), Words("交叉熵", "Cross-entropy")),
    Criterion("nll", ("NLLLoss",), Words("负对数似然", "Negative log-likelihood")),
    Criterion("bce", ("BCEWithLogitsLoss",), Words("二元交叉熵", "Binary cross-entropy")),
)


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


@dataclass(frozen=True)
class Account:
    """An entry of the manifest: a criterion with its options, and everything that was computed for it."""

    entry: Mapping[str, Any]

    @property
    def reduction(self) -> str:
        return str(self.entry["options"]["reduction"])

    @property
    def targets(self) -> str | None:
        return self.entry["targets"]

    @cached_property
    def given(self) -> dict[str, str]:
        """The options that are not left out, in torch's order, as one writes their values."""
        options = self.entry["options"]
        used = {name: options[name] for name, left_out in DEFAULTS.items() if options.get(name, left_out) != left_out}
        return {name: LETTERS[name] if name in LETTERS else json.dumps(value) for name, value in used.items()}

    @property
    def call(self) -> str:
        """The criterion as one writes it, with Z for the outputs and Y for the targets of a function."""
        options = [f"{name}={value}" for name, value in self.given.items()]
        if self.entry["criterion"].islower():
            return f"F.{self.entry['criterion']}({', '.join(['Z', 'Y', *options])})"
        return f"nn.{self.entry['criterion']}({', '.join(options)})"

    @property
    def options(self) -> tuple[str, ...]:
        """What tells this account from others of the page, but for its reduction."""
        of_targets = [self.targets] if self.targets == "probabilities" else []
        return (*of_targets, *(name for name in self.given if name != "reduction"))

    @property
    def anchor(self) -> str:
        return "-".join([self.reduction, *self.options])

    def choice(self, option: str) -> str:
        """What the filter compares."""
        if option == "reduction":
            return self.reduction
        if option == "targets":
            return str(self.targets)
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
        return "-".join(self.first.options) or "plain"

    @property
    def definitions(self) -> list[str]:
        """The loss with torch's own reduction, and what its formulas use."""
        defined = self.first.entry["definitions"]
        return [latex for name, latex in defined.items() if name not in self.common]


@dataclass(frozen=True)
class CriterionPage:
    """What the template of a criterion's page is given."""

    criterion: Criterion
    accounts: tuple[Account, ...]

    @property
    def file(self) -> str:
        return self.criterion.file

    @cached_property
    def common(self) -> dict[str, str]:
        """The definitions that every account of the page shares, by name."""
        shared = set.intersection(*(set(account.entry["definitions"].items()) for account in self.accounts))
        return dict(sorted(shared))

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
            for name in ("targets", "reduction", *DEFAULTS)
        }
        return {name: values for name, values in found.items() if len(values) > 1}


def _source(language: Language, page: str) -> str:
    return f"{language.prefix}ledger/{page}.md"


LEDGER_PAGES = tuple(
    _source(language, page) for language in LANGUAGES for page in ("index", *(each.file for each in CRITERIA))
)
"""The paths of the ledger's pages, which are known before the ledger is run."""


def ledger_pages(manifest: Mapping[str, Any], published: str) -> dict[str, str]:
    """The Markdown of LEDGER_PAGES.

    `published` is the path of the manifest in the site. Raises ValueError for a criterion that no page is about.
    """
    accounts = tuple(map(Account, manifest["entries"]))
    pages = [_page_of(criterion, accounts) for criterion in CRITERIA]
    lost = {account.entry["criterion"] for account in accounts} - {name for each in CRITERIA for name in each.names}
    if lost:
        raise ValueError(
            f"The ledger has accounts of {', '.join(sorted(lost))}, but no page for them. "
            "Add one to CRITERIA in derivations/pages/accounts.py, and its template to templates/ledger."
        )
    written = {}
    for language in LANGUAGES:
        templates = _templates(language, manifest)
        templates.globals["manifest"] = posixpath.relpath(published, f"{language.prefix}ledger")
        index = templates.get_template("index.md.j2").render(pages=pages, figures=figures(accounts))
        written[_source(language, "index")] = index
        for page in pages:
            text = templates.get_template(f"{page.file}.md.j2").render(page=page)
            written[_source(language, page.file)] = text
    return written


FIGURES = "<!-- figures of the ledger -->"
"""Where a page shows them."""


def ledger_figures(manifest: Mapping[str, Any], language: Language, ledger: str) -> str:
    """Four counts over the whole ledger, as HTML. `ledger` is the way to its pages."""
    accounts = tuple(map(Account, manifest["entries"]))
    template = _templates(language, manifest).get_template("figures.md.j2")
    gradients = {(account.entry["loss"], wrt) for account in accounts for wrt in account.latex}
    return template.render(figures=figures(accounts), gradients=len(gradients), ledger=ledger)


def _page_of(criterion: Criterion, accounts: Iterable[Account]) -> CriterionPage:
    return CriterionPage(criterion, tuple(each for each in accounts if each.entry["criterion"] in criterion.names))


def _templates(language: Language, manifest: Mapping[str, Any]) -> Environment:
    """The templates, with what they all use. Words stand in them in both languages, side by side: say(zh, en)."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    zh = language is ZH
    environment.globals.update(
        zh=zh,
        say=lambda chinese, english: Markup(chinese if zh else english),
        words=lambda both: both[language.code],
        counted=lambda entries, sharp: counted(entries, sharp, language.code),
        verdicts=VERDICTS,
        marks=MARKS,
        figures_of=figures,
        seen=SEEN,
        shared=manifest["shared"],
        versions=manifest["versions"],
    )
    environment.filters.update(
        block=lambda latex: Markup(block(latex)),
        grouped=lambda number: f"{number:,}",
        short=lambda number: "–" if number is None else minus(f"{number:g}"),
    )
    return environment
