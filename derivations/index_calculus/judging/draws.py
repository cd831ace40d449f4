"""The values that something is judged at: drawn until they satisfy the domain, and until every corner was seen.

With values drawn once, max(u, 0) = u would hold wherever every u happens to be positive, and a threshold of 1 where α
is due would make no difference to whole numbers. So where there are corners, values are drawn again until each
straight piece has been met, and beside whole numbers there are some as small as the thresholds are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache

from sympy import Expr, Rational

from ..expressions import Condition, Context
from .corners import Seen, scales, signs_everywhere
from .evaluator import Evaluator, Place, Sizes
from .samples import entries_at_fault, holds_everywhere, random_values

#: How many seeds are tried for values that satisfy the domain.
SEEDS = 500
#: How often the entries at which a condition does not hold are drawn anew.
REDRAWS = 30
#: In how many draws of each scale a corner is looked for.
MOST_DRAWS = 60


class UnseenCorner(ValueError):
    """What is said holds where it was judged, but a corner was not seen on each of its sides: nothing is told."""


class Draws:
    """Evaluators at random values, under a context's definitions."""

    def __init__(self, context: Context):
        self.context = context
        self._kept: dict[tuple, Evaluator] = {}
        self._of_seeds: dict[tuple, Evaluator | None] = {}
        self._signs = cache(signs_everywhere)

    def one(self, sizes: Sizes, domain: Sequence[Condition], digits: int | None = None) -> Evaluator:
        """The first whose values satisfy the conditions; always the same. Raises ValueError when there is none."""
        key = (tuple(sizes.items()), tuple(domain), digits)
        if key not in self._kept:
            # With digits, values below 1: e^z is then moderate, and no term of a softmax is lost in the others.
            scale = None if digits is None else Rational(1)
            candidates = (self._drawn(sizes, domain, digits, seed, scale) for seed in range(SEEDS))
            found = next(filter(None, candidates), None)
            if found is None:
                raise ValueError(_none_satisfies(domain, sizes))
            self._kept[key] = found
        return self._kept[key]

    def each(
        self, sizes: Sizes, domain: Sequence[Condition], corners: frozenset[Expr], digits: int | None = None
    ) -> Iterator[Evaluator]:
        """Those at which something is to be evaluated; what was evaluated at one is looked at before the next is drawn.

        One, or where there are corners as many as it takes to see each of them on all its sides. Raises ValueError
        where that cannot be had.
        """
        if not corners:
            yield self.one(sizes, domain, digits)
            return
        seen = Seen(corners, scales(corners, domain, exact=digits is None), self._signs)
        drawn = 0
        for seed in range(SEEDS):
            scale = seen.scale(seed)
            key = (tuple(sizes.items()), tuple(domain), digits, seed, scale)
            if key not in self._of_seeds:
                self._of_seeds[key] = self._drawn(sizes, domain, digits, seed, scale)
            evaluate = self._of_seeds[key]
            if evaluate is None:
                continue
            evaluate.met = set()
            yield evaluate
            drawn += 1
            seen.add(evaluate, scale)
            if seen.enough:
                return
            if drawn == MOST_DRAWS * len(seen.draws):
                break
        if not drawn:
            raise ValueError(_none_satisfies(domain, sizes))
        raise UnseenCorner(
            f"{seen.lacking()}, in {drawn} draws of values at sizes {dict(sizes)} that satisfy the domain {domain}. "
            f"What has corners is judged only where values can lie on either side of them."
        )

    def _drawn(
        self, sizes: Sizes, domain: Sequence[Condition], digits: int | None, seed: int, scale: Rational | None
    ) -> Evaluator | None:
        """An evaluator at the values of this seed; None where they do not satisfy the domain."""
        again: Counter[tuple[str, Place]] = Counter()
        for _ in range(REDRAWS):
            values = random_values(sizes, seed, domain, scale, dict(again))
            evaluate = Evaluator(sizes, self.context, values, digits, seed)
            if all(holds_everywhere(condition, evaluate) for condition in domain):
                return evaluate
            anew = set().union(*(entries_at_fault(condition, evaluate) for condition in domain))
            if not anew:
                return None
            again.update(anew)
        return None


def _none_satisfies(domain: Sequence[Condition], sizes: Sizes) -> str:
    return (
        f"no values were found that satisfy the domain {domain} at sizes {dict(sizes)}, in {SEEDS} draws. What is said "
        f"of single entries, or of what entries add up to, is met by how they are drawn; all else by drawing anew."
    )
