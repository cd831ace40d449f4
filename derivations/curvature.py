"""Second derivatives: Hessians, when they are positive semidefinite, and where the gradient of MSE vanishes."""

from __future__ import annotations

from . import linear
from .derivation import Derivation, Plan, derive_lines
from .index_calculus import rules
from .index_calculus.expressions import Context, Definition, Partial
from .index_calculus.memoised import memoised
from .index_calculus.rules import (
    collapse,
    common,
    count,
    define,
    expand,
    join,
    name,
    pull,
    regroup,
    rename,
    split,
    through,
)
from .index_calculus.symbols import C, G, L, Layout, N, P, U, U_bar, V, X, Z, c, d, j, k, m, r, sum_over
from .linear import BIAS, INPUTS, OUTPUTS, WEIGHT
from .losses import MSE, Loss
from .options import FLAG, shown
from .softmax import probabilities_add_up, softmax
from .subject import check_subject, derive
from .wording import NONNEGATIVE, VANISHES, Words


def hessian(loss: Loss, wrt: str = "weight", bias: bool = True) -> Derivation:
    """`∂²L/∂θ∂θ` for θ = "weight", "bias", "inputs" or "outputs" of a linear model, derived from `∂L/∂θ`.

    The two entries of θ have indices of their own: `∂²L/∂W_jm ∂W_kr`. `bias=False` is for a model without one. Raises
    ValueError for another `wrt` and for a loss that has none, as NLL, TypeError for what is no loss as a formula.
    """
    _check_curved("hessian", loss)
    accepted = (WEIGHT, BIAS, INPUTS, OUTPUTS)
    if not isinstance(wrt, str) or wrt not in accepted:
        raise ValueError(f"wrt={shown(wrt)} has no Hessian derived. Accepted: {', '.join(map(repr, accepted))}.")
    return _hessian(loss, wrt, FLAG("hessian", "bias", bias) or wrt == OUTPUTS)


@memoised
def _hessian(loss: Loss, wrt: str, bias: bool) -> Derivation:
    first_entry, second_entry = (each(loss.layout)[wrt] for each in (linear.tensors, linear.second_tensors))
    left = Partial(Partial(L, first_entry.entry), second_entry.entry)
    title = Words(f"{loss} 对 {first_entry.name} 的 Hessian", f"{loss}: the Hessian in {first_entry.name}")
    targets = (*first_entry.free, *second_entry.free)
    if wrt == OUTPUTS:
        return derive_lines(
            title=title,
            left=left,
            plan=loss.plan_for_hessian(loss.of_logits()),
            context=loss.context,
            targets=targets,
            shown=tuple(loss.definitions),
            lemmas=(loss.of_logits(),),
            meanings=loss.meanings,
        )
    first, of_outputs = derive(loss, wrt, bias=bias), hessian(loss, OUTPUTS)
    local = linear.local_derivative(wrt, bias, loss.layout)
    model = linear.outputs(bias, loss.layout)
    own, other = (each(loss.layout)[OUTPUTS].entry for each in (linear.tensors, linear.second_tensors))
    return derive_lines(
        title=title,
        left=left,
        plan=[
            [rules.lemma(first.left, linear.in_terms_of_outputs(first), set(first_entry.free), first.title)],
            [rules.linear],
            [through(Z[model.placeholders])],
            [
                rules.lemma(
                    Partial(G[own.indices], other), of_outputs.result, set(of_outputs.targets), of_outputs.title
                ),
                local.as_lemma,
            ],
            [collapse(), pull.where_possible],
        ],
        context=loss.context.extended(Z=model, G=linear.named_gradient(loss.of_logits())),
        targets=targets,
        lemmas=(first, of_outputs, local),
        meanings={**loss.meanings, "G": Words("∂L/∂Z", "∂L/∂Z")},
    )


def _check_curved(function: str, loss: Loss) -> None:
    check_subject(function, loss, Loss)
    if loss.without_hessian:
        raise ValueError(f"{function}({loss}): {loss.without_hessian}")


def convexity(loss: Loss) -> Derivation:
    """`Σ V_jm V_kr ∂²L/∂W_jm∂W_kr` as a sum of squares: the Hessian in W is positive semidefinite, on the domain.

    V is any direction in which W moves. The domain holds one condition for each factor of a square whose sign is not
    settled: a weight, or S. Raises ValueError for a loss without a Hessian, as NLL, TypeError for what is no loss as a
    formula.
    """
    _check_curved("convexity", loss)
    if loss.without_convexity:
        raise ValueError(f"convexity({loss}): {loss.without_convexity}")
    return _convexity(loss)


@memoised
def _convexity(loss: Loss) -> Derivation:
    second = hessian(loss, WEIGHT)
    layout, place = loss.layout, loss.layout.place(loss.layout.rows, c)
    moved = Definition(U[place], sum_over(V[c, d] * X[(*layout.rows, d)], d))
    context = second.context.extended(U=moved)
    plan: Plan = [[second.as_lemma], [collapse()], [regroup(), rename], [name(moved)]]
    shown = ["U"]
    lemmas = [second]
    if loss.curved_by_softmax:
        mean = mean_of_move(layout)
        of_square = variance(layout)
        context = context.extended(U_bar=mean, P=softmax(layout))
        plan = [
            [second.as_lemma],
            [regroup(), name(moved)],
            [split(C), collapse(), pull.where_possible],
            [regroup().where_possible, rename, name(mean), join.where_possible, common().where_possible],
            [rules.lemma(of_square.result, of_square.left, set(layout.rows), of_square.title)],
        ]
        shown.append("U_bar")
        lemmas.append(of_square)
    return derive_lines(
        title=Words(f"{loss} 对 W 的 Hessian 何时半正定", f"{loss}: when the Hessian in W is positive semidefinite"),
        left=sum_over(V[j, m] * V[k, r] * second.left, j, m, k, r),
        plan=plan,
        context=context,
        shown=shown,
        lemmas=lemmas,
        meanings={**loss.meanings, "V": Words("W 的任意一个移动方向", "any direction in which W moves")},
        conclusion=NONNEGATIVE,
    )


def mean_of_move(layout: Layout) -> Definition:
    """Ū_n := Σ_c P_nc U_nc"""
    place = layout.place(layout.rows, c)
    return Definition(U_bar[layout.rows], sum_over(P[place] * U[place], c))


@memoised
def variance(layout: Layout) -> Derivation:
    """Σ_c P_nc (U_nc − Ū_n)² = Σ_c P_nc U_nc² − Ū_n²: a variance is the mean square minus the squared mean."""
    place, mean, add_up = layout.place(layout.rows, c), mean_of_move(layout), probabilities_add_up(layout)
    return derive_lines(
        title=Words("方差等于平方的均值减均值的平方", "variance is the mean square minus the squared mean"),
        left=sum_over(P[place] * (U[place] - mean.left) ** 2, c),
        plan=[[expand()], [split(), pull], [name(mean), add_up.as_lemma]],
        context=Context({"U_bar": mean, "P": softmax(layout)}),
        shown=("U_bar", "P"),
        lemmas=(add_up,),
        meanings={"U": Words("每个类别的一个数，可以任取", "any number for each class")},
    )


def normal_equations(loss: MSE | None = None, wrt: str = "weight", bias: bool = True) -> Derivation:
    """`∂L/∂W` of MSE with the model put in: it vanishes where W solves the normal equations.

    `wrt="bias"` gives the equations for b; `bias=False` is for a model without one. The solution is unique if and only
    if the matrix with the columns of X and a column of ones (X alone without a bias) has full column rank. Raises
    ValueError for another `wrt`, TypeError for a loss that is not MSE.
    """
    criterion = MSE() if loss is None else loss
    check_subject("normal_equations", criterion, MSE)
    if wrt not in (WEIGHT, BIAS):
        raise ValueError(f"wrt={wrt!r} has no normal equations. Accepted: {WEIGHT!r}, {BIAS!r}.")
    return _normal_equations(criterion, wrt, FLAG("normal_equations", "bias", bias))


@memoised
def _normal_equations(criterion: MSE, wrt: str, bias: bool) -> Derivation:
    first = derive(criterion, wrt, bias=bias)
    return derive_lines(
        title=Words(
            f"{criterion} 的正规方程（{first.left.variable.base}）",
            f"{criterion}: the normal equations for {first.left.variable.base}",
        ),
        left=first.left,
        plan=[[first.as_lemma], [define("Z")], [split(), pull], [regroup(N), count.where_possible]],
        context=first.context,
        targets=first.targets,
        lemmas=(first,),
        meanings=criterion.meanings,
        conclusion=VANISHES,
    )
