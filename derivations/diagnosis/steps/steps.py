"""What a step over several parts of a batch can get wrong: how many times each part then counts.

A part is one micro-batch of one process. Its share of the whole batch's gradient is what its samples contribute there,
so that a right step counts every share once. A step that takes the plain mean of K means counts part k S/(K·S_k) times:
its own divisor S_k stands where S belongs. Each mistake here is such a list of counts; `torch_bridge.steps` tells which
of them make the gradient that was given.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..mistake import Mistake

#: Of so many parts at most any few are tried.
MOST = 16


@dataclass(frozen=True)
class Part:
    """One micro-batch: whose it is, and what its mean divides by.

    `size` is S_k; `rows` and `counted` are what may be taken for it: all rows, ignored ones too, and the labels, or
    entries, that count, whatever their weights.
    """

    rank: int
    size: float
    rows: float
    counted: float


@dataclass(frozen=True)
class Account:
    """All parts of a step, in the order of ranks and of the parts of each; `rank` is who asks."""

    parts: tuple[Part, ...]
    mean: bool = True
    ranks: int = 1
    rank: int = 0

    @property
    def size(self) -> float:
        """S, of the whole batch."""
        return sum(part.size for part in self.parts)

    @property
    def sizes(self) -> tuple[float, ...]:
        return tuple(part.size for part in self.parts)

    def of_rank(self, rank: int) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.rank == rank)

    def of_ranks(self) -> tuple[float, ...]:
        """S_r of each rank."""
        return tuple(sum(part.size for part in self.of_rank(rank)) for rank in range(self.ranks))


@dataclass(frozen=True)
class Guess:
    """A mistake, and how many times each part then counts."""

    mistake: Mistake
    counts: tuple[float, ...]


def guesses(account: Account) -> list[Guess]:
    """What a step may have done, the most common first. What no numbers can tell apart are several of one count."""
    found = [*_of_ranks(account), *_of_parts(account)] if account.ranks > 1 else list(_of_parts(account))
    return [each for each in found if any(abs(count - 1) > 1e-12 for count in each.counts)]


def _of_parts(account: Account) -> Iterator[Guess]:
    """Of one process, or of all parts alike."""
    size, many = account.size, len(account.parts)
    own = _means(size, account.sizes) if account.mean else [1.0] * many
    if account.mean:
        if account.ranks == 1 or len({len(account.of_rank(rank)) for rank in range(account.ranks)}) > 1:
            yield Guess(_mean_of_means(account), _over(own, many))
        yield Guess(Mistake.of("not averaged", of="parts", times=many), tuple(own))
    if many > 1:
        yield Guess(Mistake.of("averaged", by=many, of="parts"), (1 / many,) * many)
        yield from _weighted(account, own)
    if many > 1 or account.ranks == 1:
        yield from _left_out(account, own)
        yield Guess(Mistake.of("counted twice", part="all"), (2.0,) * many)
    yield from _divisors(account)


def _weighted(account: Account, own: Sequence[float]) -> Iterator[Guess]:
    """Each mean weighted by another share than S_k/S: by its rows, where ignored ones or weights make S_k differ."""
    for name, sizes in other_sizes(account).items() if account.mean else ():
        if sum(sizes):
            yield Guess(Mistake.of("weighted by", size=name), _over(_times(sizes, own), sum(sizes)))


def _mean_of_means(account: Account) -> Mistake:
    *others, last = account.sizes
    if others and account.ranks == 1 and len(set(others)) == 1 and 0 < last < others[0]:
        return Mistake.of(
            "last part too much", part=len(account.parts), times=f"{account.size / (len(others) + 1) / last:.6g}"
        )
    return Mistake.of("mean of means", K=len(account.parts))


def _left_out(account: Account, own: Sequence[float]) -> Iterator[Guess]:
    """One part alone, missing, or twice: weighted rightly, or a mean of means over K or over those there are."""
    many, ones = len(own), [1.0] * len(own)
    if many < 2:
        return
    order = [many - 1, *range(many - 1)]
    for j in order:
        mistake = Mistake.of("last part alone") if j == many - 1 else Mistake.of("part alone", part=j + 1)
        alone = [float(k == j) for k in range(many)]
        yield from (Guess(mistake, _over(_times(alone, weights), by)) for weights in (own, ones) for by in (many, 1))
    if many <= MOST:
        yield from _some_alone(account, own)
    for j in order:
        mistake, without = Mistake.of("part missing", part=j + 1), [float(k != j) for k in range(many)]
        rest = account.size - account.parts[j].size
        yield Guess(mistake, tuple(without))
        if account.mean:
            yield Guess(mistake, _times(without, [account.size / rest if rest else 1.0] * many))
            yield from (Guess(mistake, _over(_times(without, own), by)) for by in (many, many - 1))
    for j in order:
        mistake, twice = Mistake.of("counted twice", part=j + 1), [1.0 + (k == j) for k in range(many)]
        yield Guess(mistake, tuple(twice))
        if account.mean:
            repeated = account.size / (account.size + account.parts[j].size)
            yield Guess(mistake, _times(twice, [repeated] * many))
            yield from (Guess(mistake, _over(_times(twice, own), by)) for by in (many, many + 1))


def _some_alone(account: Account, own: Sequence[float]) -> Iterator[Guess]:
    """The last few parts, or the first; and each part as often as a total that grows in the loop is differentiated."""
    many, ones = len(own), [1.0] * len(own)
    divisors = range(1, many + 1) if account.mean else ()
    for some in range(1, many):
        last, first = ([float(k >= many - some) for k in range(many)], [float(k < some) for k in range(many)])
        of_last = Mistake.of("last part alone") if some == 1 else Mistake.of("last parts alone", parts=some)
        tried = [(of_last, last), (Mistake.of("first parts alone", parts=some), first)]
        for mistake, alone in tried if 1 < some < many - 1 else tried[:1]:
            yield Guess(mistake, tuple(alone))
            yield from (Guess(mistake, _over(_times(alone, own), by)) for by in divisors)
    times = [float(many - k) for k in range(many)]
    for weights in (own, ones):
        yield from (Guess(Mistake.of("running total"), _over(_times(times, weights), by)) for by in (many, 1))


def _divisors(account: Account) -> Iterator[Guess]:
    """Another divisor than S, or one where there should be none."""
    size, many = account.size if account.mean else 1.0, len(account.parts)
    right = "S" if account.mean else "1"
    for name, sizes in other_sizes(account).items():
        if sum(sizes):
            yield Guess(Mistake.of("divisor", right=right, wrong=name), (size / sum(sizes),) * many)
        if all(sizes) and many > 1:
            own = [size / each for each in sizes]
            yield Guess(Mistake.of("mean of means", K=many, divisor=name), _over(own, many))
            yield Guess(Mistake.of("not averaged", of="parts", times=many, divisor=name), tuple(own))
    if account.mean:
        yield Guess(Mistake.of("divisor", right="S", wrong="1"), (size,) * many)
        if many > 1:
            yield Guess(Mistake.of("divisor", right="S", wrong="K"), (size / many,) * many)


def other_sizes(account: Account) -> dict[str, tuple[float, ...]]:
    """What a part may be divided by in place of S_k, where that is something else: all rows, or those that count."""
    found = {} if account.mean else {"S": account.sizes}
    found["kept"] = tuple(part.counted for part in account.parts)
    found["N"] = tuple(part.rows for part in account.parts)
    if account.mean:
        found = {name: sizes for name, sizes in found.items() if sizes != account.sizes}
    names = {sizes: name for name, sizes in reversed(found.items())}  # of equal ones the first
    return {name: sizes for name, sizes in found.items() if names[sizes] == name}


def _of_ranks(account: Account) -> Iterator[Guess]:
    """Of several processes: their own right gradients, combined in a wrong way, or not at all."""
    parts, size, ranks = account.parts, account.size, account.ranks
    mine = [float(part.rank == account.rank) for part in parts]
    many = [len(account.of_rank(part.rank)) for part in parts]
    last = [part is account.of_rank(part.rank)[-1] for part in parts]
    if account.mean:
        of_ranks = account.of_ranks()
        rank_mean = _means(size, [of_ranks[part.rank] for part in parts])
        own = _means(size, account.sizes)
        means = [each / count for each, count in zip(own, many, strict=True)]
        yield Guess(Mistake.of("mean of ranks", W=ranks), _over(rank_mean, ranks))
        yield Guess(Mistake.of("rank alone", rank=account.rank), _times(mine, rank_mean))
        if max(many) > 1:
            yield Guess(Mistake.of("mean of means", K=len(parts), of="ranks"), _over(means, ranks))
        yield Guess(Mistake.of("not averaged", of="ranks", times=ranks, each="mean"), tuple(rank_mean))
        yield Guess(Mistake.of("rank alone", rank=account.rank, parts="means"), _times(mine, means))
        yield Guess(Mistake.of("not averaged", of="parts", times=max(many)), _over(own, ranks))
        for weights in (means, own):
            alone = _over([each * end for each, end in zip(weights, last, strict=True)], ranks)
            yield Guess(Mistake.of("last part alone", of="ranks"), alone)
    yield Guess(Mistake.of("averaged", by=ranks, of="ranks"), (1 / ranks,) * len(parts))
    yield Guess(Mistake.of("rank alone", rank=account.rank, parts="shares"), tuple(mine))
    yield Guess(Mistake.of("rank alone", rank=account.rank, parts="shares"), _times(mine, [float(ranks)] * len(parts)))
    yield Guess(Mistake.of("not averaged", of="ranks", times=ranks), (float(ranks),) * len(parts))


@dataclass(frozen=True)
class Scale:
    """A common factor of everything: how it was measured, and how far that may be off, beside the norms."""

    times: float
    off: float
    norm: float
    expected: float


#: What `clip_grad_norm_` adds to the norm that it divides by.
CLIP = 1e-6
#: A norm is that near to a number of two digits by chance in one of a hundred cases at most.
CHANCE = 3e-5


def scaled(scale: Scale, account: Account) -> Mistake:
    """What a common factor is: minus, what a norm was clipped to, a power of two, another number of parts."""

    def near(number: float) -> bool:
        return abs(scale.times - number) <= scale.off

    if near(-1):
        return Mistake.of("sign")
    if 0 < scale.times < 1 and (most := max_norm(scale)) is not None:
        return Mistake.of("clipped", how="norm", max_norm=f"{most:g}", norm=f"{scale.expected:.6g}")
    power = math.log2(scale.times) if scale.times > 0 else 0.5
    if abs(power) >= 8 and near(2.0 ** round(power)):
        return Mistake.of("scaled", times=f"{2.0 ** round(power):g}", how="power of two")
    parts = len(account.parts)
    by = round(parts / scale.times) if scale.times > 0 and parts > 1 else 0
    if 0 < by <= 8 * parts and by != parts and near(parts / by) and scale.off < 1e-3 / by:
        return Mistake.of("averaged", by=by, of="steps")
    return Mistake.of("scaled", times=f"{scale.times:.6g}")


def max_norm(scale: Scale) -> float | None:
    """What the norm was clipped to, where it is a number that people write: of one or two digits."""
    norm = scale.norm * (1 + CLIP / scale.expected) if scale.expected else scale.norm
    off = min(norm * scale.off / scale.times, CHANCE * norm) + 1e-15 * norm
    return next((each for each in (float(f"{norm:.1g}"), float(f"{norm:.2g}")) if abs(each - norm) <= off), None)


def factors(account: Account, mistake: Mistake) -> tuple[tuple[str, tuple[float, ...]], ...]:
    """What to multiply each part's loss by, as a formula with its values; nothing where that cures nothing."""
    size = account.size
    if not account.mean or not size:
        return ()
    if mistake.key == "mean of ranks":
        return (("W·S_r/S", tuple(account.ranks * each / size for each in account.of_ranks())),)
    if mistake.key in ("mean of means", "last part too much") and not dict(mistake.details).get("divisor"):
        if account.ranks > 1:
            many = [len(account.of_rank(part.rank)) * account.ranks for part in account.parts]
            return (("W·K_r·S_k/S", tuple(n * part.size / size for n, part in zip(many, account.parts, strict=True))),)
        return (("K·S_k/S", tuple(len(account.parts) * each / size for each in account.sizes)),)
    if mistake.key == "weighted by":
        taken = other_sizes(account)[mistake["size"]]
        shares = ((part, each / sum(taken)) for part, each in zip(account.sizes, taken, strict=True))
        return (("(S_k/S)/(N_k/N)", tuple(part / size / share if share else 1.0 for part, share in shares)),)
    if mistake.key == "not averaged" and "each" in dict(mistake.details):
        return (("S_r/S", tuple(each / size for each in account.of_ranks())),)
    if mistake.key == "not averaged" and mistake["of"] == "parts" and account.ranks == 1:
        return (("S_k/S", tuple(each / size for each in account.sizes)),)
    return ()


def _means(size: float, sizes: Sequence[float]) -> list[float]:
    """How often each part counts where its mean is its own, over its own size."""
    return [size / each if each else 1.0 for each in sizes]


def _over(counts: Sequence[float], by: float) -> tuple[float, ...]:
    return tuple(each / by for each in counts)


def _times(left: Sequence[float], right: Sequence[float]) -> tuple[float, ...]:
    return tuple(a * b for a, b in zip(left, right, strict=True))
