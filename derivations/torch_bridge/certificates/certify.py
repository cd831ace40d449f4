"""Certificates: the closed form against autograd, entry by entry, within a bound that follows from the formula.

Two evaluations a and b of one gradient agree when |a − b| ≤ eps·κ + 2·s·κ₀ at each entry, and one agrees with the exact
value within half of that; what κ and κ₀ are and where they come from stands in rounding/.

There are three verdicts. An entry beyond its bound disagrees. A tensor within its bounds *agrees* only where a mistake
would have been seen. Suppose that a is f times a right evaluation a₀, for which |a₀ − b| ≤ bound. Then |f − 1|·|a₀| =
|a − a₀| ≤ |a − b| + bound, and |a₀| ≥ |b| − bound; where b is the wrong one, |b₀| ≥ |a| − bound. So f is no farther
from 1 than (|a − b| + bound)/(min(|a|, |b|) − bound), and by eps more where f·a₀ was rounded. A factor common to all
entries is seen at the entry where that is least. If it is not less than SEEN there, the verdict is "cannot tell",
unless every entry is exactly 0 because the formula makes it so.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from dataclasses import replace

import sympy
import torch
from torch import Tensor

from ..accounts import exact_values
from ..batch import sampling
from ..batch.batch import Batch
from ..batch.parts import EVERYTHING, Rows, ranges
from ..dtypes import dtype_name
from ..rounding.bounds import Bound, bounds, bounds_in_parts
from ..shapes import AsInputs
from .certificate import Certificate
from .notes import at_corners, is_undefined, is_zero, notes, on_the_way
from .rows import Row, joined, row_of
from .unlike import unlike


def _nan_on_both(row: Row) -> int:
    return int((row.closed_form.isnan() & row.autograd.isnan()).sum())


def certify(
    batch: Batch,
    found: Mapping[str, Tensor],
    expected: Mapping[str, Tensor],
    loss: float,
    exact: bool = False,
    seed: int | None = None,
    limits: Mapping[str, Bound] | None = None,
    entries: int | None = None,
    lost: Mapping[str, Tensor] | None = None,
) -> Certificate:
    """Compare `found` (closed form) with `expected` (autograd), each within its bound: a large batch in parts.

    `limits` are the bounds, computed here where they are left out. Where the loss is not defined, since its weights
    add up to 0, what is nan on one side tells nothing. With `entries` about so many of each tensor are compared, drawn
    with `seed`; not together with `exact`. `lost` says where a step of either side overflowed, as `overflow` finds it:
    those entries are not compared, and their tensor does not agree. Raises ValueError for what no sample can be drawn
    from.
    """
    sampling.check(entries, seed, exact)
    seed = torch.initial_seed() if seed is None else seed
    chosen = sampling.drawn({wrt: value.shape for wrt, value in found.items()}, entries, seed)
    undefined, parts = is_undefined(batch), dict[str, list[tuple[Rows, Row]]]()
    truths = {wrt: exact_values.gradient(batch, wrt, value.shape) if exact else {} for wrt, value in found.items()}
    zero, apart = {wrt: is_zero(batch, wrt) for wrt in found}, {wrt: unlike(batch, wrt) for wrt in found}
    lost = {wrt: each for wrt, each in (lost or {}).items() if not undefined}
    for wrt, each in lost.items():
        untold = apart[wrt]
        apart[wrt] = each if untold is None else each | untold
    for wrt, rows, limit in _limits(batch, found, limits, exact, chosen):
        one, other = (each[rows] if each.dim() else each for each in (found[wrt], expected[wrt]))
        untold = apart[wrt]
        untold = untold[rows] if untold is not None and untold.dim() else untold
        row = row_of(wrt, one, other, limit, undefined, zero[wrt], truths[wrt], untold)
        parts.setdefault(wrt, []).append((rows, row))
    accounts = tuple(joined(parts[wrt], value, expected[wrt]) for wrt, value in found.items())
    if batch.setup.of.may_overflow and batch.is_finite:
        accounts = tuple(replace(row, overflowed=_nan_on_both(row)) for row in accounts)
    counts = {wrt: int((each[chosen[wrt]] if each.dim() else each).sum()) for wrt, each in lost.items()}
    accounts = tuple(replace(row, overflowed=row.overflowed + counts.get(row.wrt, 0)) for row in accounts)
    compared, among = sum(row.entries for row in accounts), sum(row.among for row in accounts)
    sampled = compared < among
    corners = {row.wrt: row.corners for row in accounts}
    return Certificate(
        setup=batch.setup,
        rows=accounts,
        loss=loss,
        exact_loss=exact_values.loss(batch) if exact else None,
        conditions={
            **conditions(batch.inputs, seed),
            **({"entries": sampling.said(compared, among, seed)} if sampled else {}),
        },
        notes=(
            *notes(batch),
            *at_corners(corners),
            *on_the_way(counts, batch.inputs.dtype),
            *([sampling.note(compared, among, seed)] if sampled else []),
        ),
        batch=batch,
    )


def _limits(
    batch: Batch,
    found: Mapping[str, Tensor],
    limits: Mapping[str, Bound] | None,
    exact: bool,
    chosen: Mapping[str, Rows],
) -> Iterator[tuple[str, Rows, Bound]]:
    """Of which tensor, which of its rows, and their bound; whole where exact values are wanted."""
    if limits is None and batch.common.numel() == 0:
        none = {wrt: torch.zeros(value.shape, dtype=torch.float64, device="cpu") for wrt, value in found.items()}
        limits = {wrt: Bound(each, each) for wrt, each in none.items()}
    if limits is None and exact:
        limits = bounds(batch, tuple(found))
    if limits is not None:
        yield from ((wrt, chosen[wrt], limits[wrt].at(chosen[wrt])) for wrt in found)
        return
    for wrt, part, limit in bounds_in_parts(batch, tuple(found), chosen):
        if part != EVERYTHING:
            yield wrt, part, limit
        elif chosen[wrt] != EVERYTHING:
            yield wrt, chosen[wrt], limit.at(chosen[wrt])
        else:
            for rows in ranges(limit.kappa.shape):
                yield wrt, rows, limit.at(rows)


def conditions(inputs: AsInputs, seed: int) -> dict[str, str]:
    """What it takes to see the same numbers again."""
    return {
        "seed": str(seed),
        "dtype": dtype_name(inputs.dtype),
        "shape": str(tuple(inputs.shape)),
        "device": str(inputs.device),
        "torch": torch.__version__,
        "sympy": sympy.__version__,
        "python": platform.python_version(),
        "threads": str(torch.get_num_threads()),
    }
