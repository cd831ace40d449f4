"""The ledger: every criterion with every combination of its options, derived, evaluated and certified.

`run` certifies; `manifest` writes down what was certified, as JSON: one entry for each criterion with its options, with
the formulas, the code, and for each dtype and shape what the certificate said. A disagreement ends either; where a
certificate cannot tell, it says so, and they go on.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from .closed_form import closed_form_latex, contraction_latex, definitions_latex, index_latex
from .criteria import PLAIN, Entry, entries
from .explanation import Explanation, explain
from .index_calculus.memoised import alone
from .linear import BIAS, INPUTS, WEIGHT, Linear
from .losses.cross_entropy import theorem
from .losses.declared import Values
from .processes import shared
from .subject import derive
from .torch_bridge.certificates.certificate import Certificate
from .verdict import CANNOT_TELL, DISAGREES, Verdict, every, some

#: (N, D, C), all different, so that a mean over the wrong size shows.
SIZES = ((3, 2, 4), (5, 10, 2), (7, 4, 3), (64, 10, 5))
FEW_SIZES = SIZES[1:3]
DTYPES = (torch.float64, torch.float32)
ALL_DTYPES = (*DTYPES, torch.bfloat16, torch.float16)
#: Where the manifest compares both sides with exact values too: each entry at this size, in these dtypes by turns.
EXACT_SIZE, EXACT_DTYPES = FEW_SIZES[1], DTYPES

#: What the fields of the manifest mean.
FIELDS = {
    "shared": "what holds for every entry: gradients in terms of G = ∂L/∂Z; cross-entropy's G in terms of A and S",
    "criterion": "the class in torch.nn; options and targets say how it was made",
    "definitions": "the loss L, and what its formula or its gradient uses, entry by entry",
    "latex": "by tensor, ∂L/∂tensor as a matrix formula and entry by entry",
    "code": "the closed form as a torch function, which leaves out labels of −100 as torch does",
    "runs": "one for each shape, and each dtype that torch has kernels for",
    "verdict": "agrees, disagrees or cannot tell: of a tensor in a run; of a run, where every tensor must agree; of an "
    "entry, where every tensor must agree in one run at least, and none disagree",
    "exact": "how far each side is from exact values at most, in units of eps·κ; null where there are none: they are "
    f"computed at {EXACT_SIZE}, of each entry in one of {', '.join(str(each) for each in EXACT_DTYPES)}, by turns",
    "seed": "of torch.Generator, for all data of the run",
    "sizes": "N, D, C",
    "deviation": "the largest |closed form − autograd|, in units of eps·κ",
    "part": "the largest |closed form − autograd| as a part of its bound",
    "bound": "the bound at the entry that deviates most",
    "entries, sharp, wrong": "how many entries; those at which a mistake of a tenth would show; those beyond the bound",
    "sharpest": "a common factor that is wrong by this part or more would have shown; null where none would",
    "condition": "the largest κ/|g| among the sharp entries; null where there is none",
}


@dataclass(frozen=True)
class Ledger:
    """All certificates of one run."""

    certificates: tuple[Certificate, ...]

    @property
    def gradients(self) -> int:
        """How many gradient formulas were derived."""
        return len(
            {(str(certificate.setup.loss), row.wrt) for certificate in self.certificates for row in certificate.rows}
        )

    @property
    def comparisons(self) -> int:
        """How many entries were compared where the bound is sharp enough to tell."""
        return sum(row.sharp for certificate in self.certificates for row in certificate.rows)

    @property
    def disagreements(self) -> int:
        """How many entries were beyond their bound."""
        return sum(row.wrong for certificate in self.certificates for row in certificate.rows)

    @property
    def verdict(self) -> Verdict:
        """ "agrees" where every certificate does."""
        return every(each.verdict for each in self.certificates)

    @property
    def unsure(self) -> int:
        """How many certificates cannot tell."""
        return sum(each.verdict == CANNOT_TELL for each in self.certificates)

    @property
    def worst(self) -> float:
        """The largest deviation, in eps·κ."""
        return max(each.worst for each in self.certificates)


def run(
    which: Iterable[Entry] = PLAIN,
    sizes: Sequence[tuple[int, int, int]] = SIZES,
    dtypes: Sequence[torch.dtype] = DTYPES,
    progress: Callable[[int, int], None] = lambda done, of: None,
    device: str = "cpu",
) -> Ledger:
    """Certify every entry at every size and dtype. Raises GradientMismatch at the first that disagrees.

    Both sides are computed on `device`, from data that are the same on each: seeded on the CPU, as the bounds are
    computed there.
    """
    cases = [each for each in itertools.product(which, sizes, dtypes) if each[2] in each[0].of.dtypes]
    certificates: list[Certificate] = []
    for seed, (entry, size, dtype) in enumerate(cases):
        certificates.append(certified(entry, size, dtype, seed, device=device)[1])
        progress(seed + 1, len(cases))
    return Ledger(tuple(certificates))


def certified(
    entry: Entry,
    sizes: tuple[int, int, int],
    dtype: torch.dtype,
    seed: int,
    magnitude: float = 1.0,
    device: str = "cpu",
    exact: bool = False,
) -> tuple[Explanation, Certificate]:
    """One certificate of the ledger; all its data come from `seed`, and the inputs are multiplied by `magnitude`.

    Raises GradientMismatch when it disagrees.
    """
    generator = torch.Generator().manual_seed(seed)
    rows, features, classes = sizes
    weight = torch.randn(classes, features, generator=generator, device="cpu").to(dtype)
    bias = torch.randn(classes, generator=generator, device="cpu").to(dtype)
    criterion = entry.make(rows, classes, dtype, generator, device)
    positive = explain(None, criterion, targets=entry.targets).loss.of_outputs is Values.POSITIVE
    if positive:  # a linear layer gives positive outputs where everything is positive
        weight, bias = weight.abs(), bias.abs()
    model: nn.Module = _linear(weight, bias).to(device)
    if (before := entry.of.before) is not None:
        model = nn.Sequential(model, before.make())
    explanation = explain(model, criterion, targets=entry.targets)
    inputs, targets = explanation.setup.random_data(rows, generator)
    incoming = explanation.setup.random_grad_output(inputs, targets, generator)
    inputs = magnitude * entry.of.magnitude * inputs
    if positive:
        inputs = inputs.abs()
    certificate = explanation.certify(inputs, targets, exact=exact, seed=seed, grad_output=incoming)
    if certificate.verdict == DISAGREES:
        raise certificate.mismatch()
    return explanation, certificate


def manifest(
    which: Sequence[Entry] | None = None,
    dtypes: Sequence[torch.dtype] = ALL_DTYPES,
    processes: int = 1,
    progress: Callable[[int, int], None] = lambda done, of: None,
    start: str = "spawn",
) -> dict[str, Any]:
    """The whole ledger as JSON values. Raises GradientMismatch at the first entry that disagrees.

    `processes` share the work, no more than there are cores and criteria: what the entries of a criterion have in
    common is derived by one of them. Each computes with one thread, so that the numbers do not depend on how many there
    are. With start="fork" they need not import torch again, which only a process may do that has differentiated nothing
    yet. Raises BrokenProcessPool when one is ended from outside.
    """
    if processes < 1:
        raise ValueError(f"manifest(processes={processes!r}): at least one process does the work.")
    chosen = entries() if which is None else tuple(which)
    if not chosen:
        raise ValueError("manifest(which=()): there is no entry to certify. Leave `which` out for all of them.")
    task = functools.partial(_all_recorded, dtypes=tuple(dtypes))
    numbered = itertools.groupby(enumerate(chosen), key=lambda each: each[1].criterion)
    criteria = [list(entries_of_one) for _, entries_of_one in numbered]

    def counted(done: int, of: int) -> None:
        progress(sum(map(len, criteria[:done])), len(chosen))

    recorded = list(itertools.chain.from_iterable(shared(task, criteria, processes, counted, start)))
    versions = {key: value for key, value in recorded[0].pop("conditions").items() if key in VERSIONS}
    for each in recorded[1:]:
        each.pop("conditions")
    return {"fields": FIELDS, "versions": versions, "shared": _shared(), "entries": recorded}


def _shared() -> dict[str, str]:
    layer = {wrt: contraction_latex(derive(Linear(), wrt)) for wrt in (WEIGHT, BIAS, INPUTS)}
    return {**layer, "cross_entropy": closed_form_latex(theorem(), theorem())}


VERSIONS = ("torch", "sympy", "python", "device")


def _all_recorded(numbered: Sequence[tuple[int, Entry]], dtypes: tuple[torch.dtype, ...]) -> list[dict[str, Any]]:
    return [_recorded(each, dtypes) for each in numbered]


@alone  # the number of threads is one for the whole process
def _recorded(numbered: tuple[int, Entry], dtypes: tuple[torch.dtype, ...]) -> dict[str, Any]:
    """An entry of the manifest: its formulas once, and a run for each size and dtype."""
    number, entry = numbered
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        cases = list(itertools.product(FEW_SIZES, [each for each in dtypes if each in entry.of.dtypes]))
        first = number * len(FEW_SIZES) * len(dtypes)
        done = [
            certified(entry, size, dtype, seed, exact=_with_truth(number, size, dtype))
            for seed, (size, dtype) in enumerate(cases, first)
        ]
    finally:
        torch.set_num_threads(threads)
    explanation, certificate = done[0]
    runs = [_run(size, each) for (size, _), (_, each) in zip(cases, done, strict=True)]
    return {
        "criterion": entry.criterion,
        "options": dict(entry.options),
        "targets": entry.targets,
        "verdict": _of_entry([certificate for _, certificate in done]),
        "loss": str(explanation.loss),
        "definitions": definitions_latex(explanation.derivation(explanation.setup.of_linear)),
        "latex": {
            row.wrt: {
                "matrix": explanation.latex(row.wrt),
                "index": index_latex(explanation.derivation(row.wrt)),
            }
            for row in certificate.rows
        },
        "code": explanation.code(),
        "runs": runs,
        "conditions": dict(certificate.conditions),
    }


def _with_truth(number: int, sizes: tuple[int, int, int], dtype: torch.dtype) -> bool:
    return sizes == EXACT_SIZE and dtype == EXACT_DTYPES[number % len(EXACT_DTYPES)]


def _of_entry(certificates: Sequence[Certificate]) -> Verdict:
    """Of each tensor, one certificate must tell; and none may disagree."""
    return every(some(row.verdict for row in rows) for rows in zip(*(each.rows for each in certificates), strict=True))


def _run(sizes: tuple[int, int, int], certificate: Certificate) -> dict[str, Any]:
    conditions = certificate.conditions
    return {
        "sizes": list(sizes),
        "dtype": conditions["dtype"],
        "seed": int(conditions["seed"]),
        "verdict": certificate.verdict,
        "exact": _from_exact(certificate),
        "rows": [
            {
                "wrt": row.wrt,
                "shape": list(row.autograd.shape),
                "verdict": row.verdict,
                "deviation": round(row.deviation, 2),
                "part": round(row.part, 2),
                "bound": _short(row.bound),
                "entries": row.entries,
                "sharp": row.sharp,
                "wrong": row.wrong,
                "sharpest": _short(row.sharpest) if math.isfinite(row.sharpest) else None,
                "condition": _short(row.condition) if row.sharp and row.condition == row.condition else None,
            }
            for row in certificate.rows
        ],
        "notes": [{"zh": note.zh, "en": note.en} for note in certificate.notes],
    }


def _from_exact(certificate: Certificate) -> dict[str, float] | None:
    if certificate.exact_loss is None:
        return None
    sides = certificate.rows[0].from_exact
    return {side: round(max(row.from_exact[side] for row in certificate.rows), 2) for side in sides}


def _short(number: float) -> float:
    return float(f"{number:.2g}")


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    """A linear layer with the given parameters; torch's own initialisation would use up the random numbers of all."""
    classes, features = weight.shape
    model = torch.nn.utils.skip_init(nn.Linear, features, classes, dtype=weight.dtype, device=weight.device)
    model.load_state_dict({"weight": weight, "bias": bias})
    return model
