"""Which mistake a step has made: how many times each part counts in the gradient that it left.

A mistake is a count a_k for each part; it explains the gradient where |given − Σ a_k·share_k| is within the bound at
every entry of every parameter. The whole's bound, times the largest |a_k|, is a bound of that sum. Counts measured from
the gradient itself are off as rounding makes them: with Q an orthonormal basis of what is fitted, the least squares fit
moves by at most |Q|·(|Q|ᵀ bound), which is added.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ...diagnosis.mistake import Mistake
from ...diagnosis.steps.steps import Account, Guess, Scale, guesses, scaled
from ...verdict import SEEN
from .account import Whole

#: Mistakes that are scaled or clipped as well, by their keys: what a loop around them is likely to do on top.
SCALED_TOO = ("mean of means", "weighted by", "last part too much", "mean of ranks", "not averaged")
#: So many parts at most are told apart by least squares.
FITTED = 16
#: So many entries at most are tried before all of them are.
TRIED = 2048
#: Each factor is told from so many entries at least that are not 0 within their bound.
TOLD = 2
#: Precisions that a step may compute in, where its model has a finer one.
LOWER = (torch.float32, torch.float16, torch.bfloat16)
#: What most entries are off by there, in units of u·Σ |∂L/∂z|·|x|.
TYPICAL = 0.3
#: So many digits more than its own a sum of numbers of a precision may have.
SUMMED = 6


@dataclass(frozen=True)
class Found:
    """What explains a gradient: mistakes, and how many times each part counts."""

    mistakes: tuple[Mistake, ...]
    counts: tuple[float, ...]


@dataclass(frozen=True)
class Given:
    """The gradient that a step left, the parts' shares (one row each), and the bound, all as one vector."""

    values: Tensor
    shares: Tensor
    bound: Tensor
    account: Account

    @classmethod
    def of(
        cls,
        given: Mapping[str, Tensor],
        shares: Sequence[Mapping[str, Tensor]],
        bound: Mapping[str, Tensor],
        account: Account,
    ) -> Given:
        def flat(arrays: Mapping[str, Tensor]) -> Tensor:
            return torch.cat([arrays[name].detach().cpu().double().reshape(-1) for name in given])

        return cls(flat(given), torch.stack([flat(each) for each in shares]), flat(bound), account)

    def few(self) -> Given:
        """Some entries, evenly spaced: what does not explain these does not explain all."""
        step = -(-len(self.values) // TRIED)
        if step == 1:
            return self
        return Given(self.values[::step], self.shares[:, ::step], self.bound[::step], self.account)

    @property
    def right(self) -> Tensor:
        return self.shares.sum(0)

    def explained_by(self, counts: Sequence[float]) -> bool:
        value = torch.tensor(counts, dtype=torch.float64) @ self.shares
        most = max(1.0, *map(abs, counts))
        return bool(((self.values - value).abs() <= most * self.bound).all())

    def fitted(self, basis: Tensor, offset: Tensor | None = None) -> Tensor | None:
        """Counts of the rows of `basis` that explain what was given, beside `offset`; None where there are none."""
        wanted = self.values if offset is None else self.values - offset
        telling = (basis.abs() > self.bound / SEEN).any(0)
        if int(telling.sum()) < TOLD * len(basis):
            return None
        q, r = torch.linalg.qr(basis.T)
        if float(r.diagonal().abs().min()) <= 1e-9 * float(r.diagonal().abs().max()):
            return None  # several counts explain the same
        counts = torch.linalg.solve_triangular(r, (q.T @ wanted)[:, None], upper=True)[:, 0]
        most = max(1.0, float(counts.abs().max()))
        allowed = most * (self.bound + q.abs() @ (q.abs().T @ self.bound))
        return counts if bool(((wanted - counts @ basis).abs() <= allowed).all()) else None

    def scale(self, of: Tensor) -> Scale | None:
        """The common factor, where all that was given is a multiple of `of`."""
        if (found := self.fitted(of[None])) is None:
            return None
        square, times = float(of @ of), float(found[0])
        off = max(1.0, abs(times)) * float(self.bound @ of.abs()) / square
        return Scale(times, off, float(self.values.norm()), square**0.5)


def explanations(given: Given) -> list[Found]:
    """The simplest that explain the gradient, the likeliest first; none where nothing known does."""
    if not bool(given.values.isfinite().all() and given.shares.isfinite().all() and given.bound.isfinite().all()):
        return []
    if not bool((given.values.abs() > given.bound).any()):
        return [Found((Mistake.of("zero"),), (0.0,) * len(given.shares))]
    tried, few = guesses(given.account), given.few()
    for level in (_named, _measured, _scaled_too, _counted):
        found = list(level(few, tried))
        if found and few is not given:
            likely = {each.mistakes[0] for each in found}
            found = list(level(given, [guess for guess in tried if guess.mistake in likely]))
        if found:
            return list(dict.fromkeys(found))
    return []


def _named(given: Given, tried: Sequence[Guess]) -> Iterator[Found]:
    for guess in tried:
        if given.explained_by(guess.counts):
            yield Found((guess.mistake,), guess.counts)


def _measured(given: Given, tried: Sequence[Guess]) -> Iterator[Found]:
    """A factor of everything, or of one part; entries clipped one by one."""
    many = len(given.shares)
    if (scale := given.scale(given.right)) is not None:
        yield Found((scaled(scale, given.account),), (scale.times,) * many)
        return
    if (most := _clipped(given)) is not None:
        yield Found((Mistake.of("clipped", how="value", max_value=f"{most:g}"),), ())
        return
    for k in range(many if many > 1 else 0):
        share = given.shares[k]
        if (counts := given.fitted(share[None], given.right - share)) is not None:
            times = float(counts[0])
            mistake = Mistake.of("part scale", part=k + 1, times=f"{times:.6g}")
            yield Found((mistake,), tuple(times if j == k else 1.0 for j in range(many)))


def _clipped(given: Given) -> float | None:
    """The value that entries were clipped to, where one of several is at least."""
    most = float(given.values.abs().max())
    clipped = given.right.abs() > most + given.bound
    right = given.right.clamp(-most, most)
    if len(clipped) <= TOLD or not bool(clipped.any()) or not bool((given.values[clipped].abs() == most).all()):
        return None
    return most if bool(((given.values - right).abs() <= given.bound).all()) else None


def _scaled_too(given: Given, tried: Sequence[Guess]) -> Iterator[Found]:
    """Two mistakes: another mean, and scaled or clipped on top."""
    for guess in tried:
        if guess.mistake.key not in SCALED_TOO or len(set(guess.counts)) == 1:
            continue
        wrong = torch.tensor(guess.counts, dtype=torch.float64) @ given.shares
        if (scale := given.scale(wrong)) is not None:
            counts = tuple(scale.times * each for each in guess.counts)
            yield Found((guess.mistake, scaled(scale, given.account)), counts)


def _counted(given: Given, tried: Sequence[Guess]) -> Iterator[Found]:
    """Whatever each part counts."""
    if 1 < len(given.shares) <= FITTED and (counts := given.fitted(given.shares)) is not None:
        told = ", ".join(f"{each:.4g}" for each in counts.tolist())
        yield Found((Mistake.of("part scale", counts=told),), tuple(counts.tolist()))


def at_updated(moved: Given) -> list[Found]:
    """What explains the gradient with shares each of which is at the parameters that its backward ran with.

    A bound was made for the parameters at the beginning; a share at others is off by no more than twice that, which is
    the bound here, or is not told.
    """
    updated, ones = Mistake.of("updated in the loop"), (1.0,) * len(moved.shares)
    found = [Found((), ones)] if moved.explained_by(ones) else explanations(moved)
    return [Found((updated, *each.mistakes), each.counts) for each in found]


def computed_in(whole: Whole, given: Mapping[str, Tensor]) -> torch.dtype | None:
    """The lower precision that a right gradient was computed in; None where it is wrong, or off in another way.

    All entries are then within that precision's bound; most are off by some tenths of its u times Σ |∂L/∂z|·|x|; and
    most have few digits, as sums of numbers of that precision. Noise, or another formula, does not look so.
    """
    own, found = whole.batch.inputs.dtype, []
    values = {name: each.detach().cpu().double() for name, each in given.items()}
    off = {name: (each - whole.gradients[name]).abs() for name, each in values.items()}
    digits = torch.cat([_digits(each).reshape(-1) for each in values.values()]).median()
    for lower in LOWER:
        unit = torch.finfo(lower).eps / 2
        if unit <= torch.finfo(own).eps / 2 or int(digits) > SUMMED - math.log2(unit):
            continue
        limits = whole.limits(lower)
        if all(bool((each <= limits[name].of_two(own)).all()) for name, each in off.items()):
            units = torch.cat([(each / (unit * whole.masses[name])).reshape(-1) for name, each in off.items()])
            if 0.1 < (far := float(units.nan_to_num(0.0).median()) / TYPICAL) < 10:
                found.append((abs(math.log(far)), lower))
    return min(found, key=lambda each: each[0])[1] if found else None


def _digits(values: Tensor) -> Tensor:
    """How many binary digits each number has, from its first 1 to its last."""
    whole = (torch.frexp(values.abs()).mantissa * 2.0**53).long()
    last = torch.log2((whole & -whole).double().clamp_min(1.0))
    return torch.where(whole == 0, 0.0, 53 - last)
