"""Triplets, torch.nn.TripletMarginLoss: an anchor is nearer to its positive than to its negative, by a margin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from sympy import Expr, IndexedBase, Integer, Min, sqrt

from ..derivation import Derivation, Plan, derive_lines
from ..index_calculus.expressions import Condition, Context, Definition, Partial
from ..index_calculus.memoised import memoised
from ..index_calculus.rules import chain, collapse, common, define, independent, lemma, linear, pull, sign
from ..index_calculus.symbols import Z, c, i, j, n, sum_over
from ..linear import OUTPUTS
from ..options import FLAG, POSITIVE, Choice
from ..wording import Words
from .declared import Operand, Option
from .hinge_embedding import MARGIN, rho
from .piecewise import active_at_the_margin, positive_part
from .poisson_nll import eta
from .registry import register
from .rows import RowLoss

#: The rows to come near to, and those to keep away from.
Zpos, Zneg = map(IndexedBase, ("Zpos", "Zneg"))
#: How far the anchor is from either, and the two from one another.
Fpos, Fneg, Fswap = map(IndexedBase, ("Fpos", "Fneg", "Fswap"))
SWAP = Words("负例到锚点、到正例，取较近的距离", "the negative's distance to anchor or positive, the smaller")
PAIRS = {"Fpos": (Fpos, Z, Zpos), "Fneg": (Fneg, Z, Zneg), "Fswap": (Fswap, Zpos, Zneg)}
ROWS = {OUTPUTS: Z, "positive": Zpos, "negative": Zneg}
EPS = Words("eps，加在每个差上的小常数", "eps, a small number that is added to every difference")
WORDS = {
    "Zpos": Words("positive，锚点应当靠近的行", "positive, the rows that the anchors come near to"),
    "Zneg": Words("negative，锚点应当远离的行", "negative, the rows that the anchors keep away from"),
    "Fpos": Words("锚点到 positive 的距离", "the distance from anchor to positive"),
    "Fneg": Words("锚点到 negative 的距离", "the distance from anchor to negative"),
    "Fswap": Words("positive 到 negative 的距离", "the distance from positive to negative"),
}


def distance(name: str) -> Definition:
    """The Euclidean distance of two rows, as torch.nn.functional.pairwise_distance has it: √Σ_c (a_c − b_c + η)²."""
    left, first, second = PAIRS[name]
    return Definition(left[n], sqrt(sum_over((first[n, c] - second[n, c] + eta) ** 2, c)))


@memoised
def distance_derivative(name: str, rows: IndexedBase) -> Derivation:
    """∂F_n/∂a_ij = (a_nj − b_nj + η) δ_ni / F_n, and for b the same with a minus."""
    definition = distance(name)
    inverse = lemma(1 / definition.right, 1 / definition.left, {n}, Words("距离的定义取倒数", "a distance, inverted"))
    return derive_lines(
        title=Words("欧几里得距离的导数", "the derivative of a Euclidean distance"),
        left=Partial(definition.left, rows[i, j]),
        plan=[
            [define(name)],
            [chain, linear, chain, linear],
            [independent],
            [pull.where_possible, collapse(), inverse],
        ],
        context=Context({name: definition}).under(Condition(definition.left, ">", Integer(0))),
        targets=(i, j),
        shown=(name,),
    )


class Triplets(RowLoss):
    """max(ρ + d(anchor, positive) − d(anchor, negative), 0), where the outputs are the anchors.

    With `swap`, the smaller of d(anchor, negative) and d(positive, negative) takes the place of the second distance.
    """

    family: ClassVar[str] = "geometry"
    drawn_at: ClassVar[Mapping[str, tuple[float, ...]]] = {"Z": (0, 0), "Zpos": (-1, 0.5), "Zneg": (1, 0.5)}
    swap: bool

    @property
    def without_hessian(self) -> str:
        return "it is not convex, and its Hessian is not derived."

    @property
    def operands(self) -> tuple[Operand, ...]:
        return tuple(
            Operand(name, rows.label.name, words=WORDS[rows.label.name])
            for name, rows in ROWS.items()
            if name != OUTPUTS
        )

    @property
    def missing(self) -> Expr:
        """What is missing to the margin."""
        far = Min(Fneg[n], Fswap[n]) if self.swap else Fneg[n]
        return rho + Fpos[n] - far

    @property
    def distances(self) -> dict[str, Definition]:
        return {name: distance(name) for name in PAIRS if self.swap or name != "Fswap"}

    @property
    def definitions(self) -> dict[str, Definition]:
        return {"L": self.over_rows(positive_part(self.missing)), **self.distances}

    @property
    def context(self) -> Context:
        """The domain is where no distance is 0."""
        return super().context.under(*(Condition(each.left, ">", Integer(0)) for each in self.distances.values()))

    def derivatives(self, rows: IndexedBase) -> Iterator[Derivation]:
        """Those of the distances that depend on these rows."""
        for name in self.distances:
            if rows in PAIRS[name]:
                yield distance_derivative(name, rows)

    @property
    def lemmas(self) -> Sequence[Derivation]:
        return tuple(lemma for rows in ROWS.values() for lemma in self.derivatives(rows))

    @property
    def plan(self) -> Plan:
        return self.plan_for(OUTPUTS)

    def plan_for(self, operand: str) -> Plan:
        here = self.missing.xreplace({n: i})
        return [
            [define("L"), linear],
            [chain, linear.where_possible],
            [chain.where_possible, linear.where_possible],
            [each.as_lemma.where_possible for each in self.derivatives(ROWS[operand])],
            [common().where_possible],
            [collapse()],
            [active_at_the_margin(here), *([sign.where_possible] if operand == "negative" else [])],
        ]

    @property
    def meanings(self) -> dict[str, Words]:
        return WORDS


@register
@dataclass(frozen=True, kw_only=True)
class TripletMargin(Triplets):
    """Triplets, torch.nn.TripletMarginLoss, with Euclidean distances (p = 2) between anchors Z, `positive`, `negative`.

    `L = 1/N Σ_n max(ρ + F_n − F'_n, 0)`, where F = √Σ_c (Z_nc − Z⁺_nc + η)² and F' is the distance to the negative; ρ
    is `margin`, η is `eps`. With `swap`, F' is the smaller of the negative's distances to anchor and positive. At the
    margin there is a corner, where torch takes the slope 1 of the maximum; where both distances of a swap are equal, it
    takes half of each.
    """

    torch_name: ClassVar[str] = "TripletMarginLoss"
    called: ClassVar[Words] = Words("三元组损失", "triplet loss")
    about: ClassVar[Words] = Words(
        "度量学习、人脸识别：锚点靠近正例、远离负例",
        "metric learning, face recognition: anchors near positives, far from negatives",
    )
    declared: ClassVar[tuple[Option, ...]] = (
        Option("margin", POSITIVE, "rho", MARGIN, default=1.0, always=True),
        Option("p", Choice(2.0), words=Words("距离用哪种范数", "the norm that measures distances"), default=2.0),
        Option("eps", POSITIVE, "eta", EPS, default=1e-6, always=True),
        Option("swap", FLAG, words=SWAP, default=False),
    )

    margin: bool | float = True
    p: float = 2.0
    eps: bool | float = True
    swap: bool = False
