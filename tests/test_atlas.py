"""The losses of the atlas: their closed forms; tests/test_every_derivation.py goes through their lines."""

import pytest
from atlas import KINDS
from sympy import (
    Heaviside,
    Indexed,
    KroneckerDelta,
    Max,
    Min,
    Symbol,
    exp,
    log,
    sign,
)

from derivations import curvature, derive
from derivations.index_calculus.functions import step
from derivations.index_calculus.judging.judge import judge
from derivations.index_calculus.symbols import C, N, P, Q, S, U, Y, Z, c, i, j, sigma, sum_over, w, y
from derivations.linear import OUTPUTS
from derivations.losses import ElasticNet, L1Penalty
from derivations.losses.activated import LOGITS
from derivations.losses.registry import registered
from derivations.options import FLAG

KIND = {kind.__name__: kind for kind in registered()}


def clip(u, bound):
    return Max(-bound, Min(u, bound))


alpha, beta, Delta, eta, gamma, kappa, omega, rho, tau, zeta = map(
    Symbol, ["alpha", "beta", "Delta", "eta", "gamma", "kappa", "omega", "rho", "tau", "zeta"]
)
z, t = Z[i, j], Y[i, j]
p, q = sigma[i, j], 1 - sigma[i, j]
hot = KroneckerDelta(j, y[i])


def array(name, *indices):
    return Indexed(name, *indices)


def hinge(other, own):
    return step(rho - own + other)


CLOSED_FORMS = [
    # loss, options, wrt, the gradient as books have it
    ("L1", {}, OUTPUTS, sign(z - t) / (N * C)),
    ("Huber", {}, OUTPUTS, clip(z - t, Delta) / (N * C)),
    ("SmoothL1", {}, OUTPUTS, clip((z - t) / beta, 1) / (N * C)),
    ("SmoothL1", {}, "targets", -clip((z - t) / beta, 1) / (N * C)),
    ("PoissonNLL", {}, OUTPUTS, (exp(z) - t) / (N * C)),
    ("PoissonNLL", {"log_input": False}, OUTPUTS, (1 - t / (z + eta)) / (N * C)),
    ("PoissonNLL", {"full": True}, "targets", (step(t - 1) * (log(Max(t, 1)) + 1 / (2 * Max(t, 1))) - z) / (N * C)),
    ("KLDiv", {"reduction": "batchmean"}, OUTPUTS, -t / N),
    ("KLDiv", {"reduction": "batchmean"}, LOGITS, (P[i, j] * sum_over(Y[i, c], c) - t) / N),
    ("KLDiv", {}, "targets", (log(t) + 1 - Q[i, j]) / (N * C)),
    ("BCE", {}, OUTPUTS, (p - t) / (p * q * N * C)),
    ("BCE", {"weight": True}, LOGITS, w[i, j] * (p - t) / (N * C)),
    ("MultiLabelSoftMargin", {"weight": True}, OUTPUTS, w[j] * (p - t) / (N * C)),
    ("SoftMargin", {}, OUTPUTS, -t / (1 + exp(t * z)) / (N * C)),
    ("HingeEmbedding", {}, OUTPUTS, ((1 + t) - (1 - t) * Heaviside(rho - z, 1)) / (2 * N * C)),
    (
        "MultiMargin",
        {},
        OUTPUTS,
        (
            (1 - hot) * hinge(z, Z[i, y[i]])
            - hot * sum_over((1 - KroneckerDelta(c, y[i])) * hinge(Z[i, c], Z[i, y[i]]), c)
        )
        / (N * C),
    ),
    (
        "MultiLabelMargin",
        {},
        OUTPUTS,
        (
            (1 - array("M", i, j)) * sum_over(array("M", i, c) * step(1 - Z[i, c] + z), c)
            - array("M", i, j) * sum_over((1 - array("M", i, c)) * step(1 - z + Z[i, c]), c)
        )
        / (N * C),
    ),
    (
        "Focal",
        {"alpha": True},
        OUTPUTS,
        (
            alpha * t * exp(gamma * log(q)) * (gamma * p * log(p) - q)
            + (1 - alpha) * (1 - t) * exp(gamma * log(p)) * (p - gamma * q * log(q))
        )
        / (N * C),
    ),
    ("ZLoss", {}, OUTPUTS, ((1 + 2 * Symbol("lambda") * log(sum_over(exp(Z[i, c]), c))) * P[i, j] - hot) / N),
    ("CappedCrossEntropy", {}, OUTPUTS, omega * (1 - U[i, j] ** 2 / kappa**2) * (P[i, j] - hot) / N),
    ("MaskedCrossEntropy", {}, OUTPUTS, array("B", i) * (P[i, j] - hot) / S),
    (
        "Distillation",
        {},
        OUTPUTS,
        ((1 - zeta) * (P[i, j] - hot) + zeta * tau * (array("Psoft", i, j) - array("R", i, j))) / N,
    ),
    (
        "CosineEmbedding",
        {},
        OUTPUTS,
        ((1 - Y[i]) * Heaviside(array("chi", i) - rho, 1) - (1 + Y[i]))
        / (2 * N)
        * (array("Zother", i, j) / (array("F", i) * array("Fother", i)) - array("chi", i) * z / array("F", i) ** 2),
    ),
    (
        "TripletMargin",
        {},
        "negative",
        Heaviside(rho + array("Fpos", i) - array("Fneg", i), 1)
        * (z - array("Zneg", i, j) + eta)
        / (N * array("Fneg", i)),
    ),
]


@pytest.mark.parametrize(("kind", "options", "wrt", "formula"), CLOSED_FORMS, ids=lambda value: str(value)[:20])
def test_the_closed_form(kind, options, wrt, formula):
    derivation = derive(KIND[kind](**options), wrt)
    judge(derivation.result, formula, derivation.context)


def test_every_kind_has_a_closed_form():
    assert {kind.__name__ for kind in KINDS if kind.__module__.split(".")[-1] not in ELSEWHERE} <= {
        kind for kind, *_ in CLOSED_FORMS
    }


#: Written by others of the atlas, with tests of their own; and the same formula as TripletMargin.
ELSEWHERE = ("gaussian_nll", "margin_ranking", "triplet_margin_with_distance")


@pytest.mark.parametrize("penalty", [L1Penalty(), ElasticNet()], ids=str)
def test_a_penalty_pulls_by_the_sign_of_each_weight(penalty):
    derivation = derive(penalty)
    weight, ridge = Indexed("W", *derivation.targets), isinstance(penalty, ElasticNet)
    expected = Symbol("lambda_1") * sign(weight) + (Symbol("lambda") * weight if ridge else 0)
    judge(derivation.result, expected, derivation.context)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_criterion_says_what_it_is(kind):
    assert kind.about.zh
    assert kind.about.en
    assert kind.family
    for option in kind.declared:
        assert option.words or not option.letter
    symbols = {each for loss in [kind()] for each in loss.definitions} - {"L", "P", "sigma", "mu"}
    assert symbols <= set(kind().meanings) | {"S"}, f"{kind.__name__}: what are {symbols - set(kind().meanings)}?"


STRAIGHT = [
    loss
    for kind, options in (("L1", {}), ("HingeEmbedding", {}), ("MultiLabelMargin", {}), ("MultiMargin", {"p": 1}))
    for loss in [KIND[kind](**options)]
]


@pytest.mark.parametrize("loss", STRAIGHT, ids=str)
def test_what_is_made_of_straight_pieces_has_no_hessian(loss):
    for ask in (curvature.hessian, curvature.convexity):
        with pytest.raises(ValueError, match="its pieces are straight"):
            ask(loss)


@pytest.mark.parametrize("kind", ["MultiMargin", "MultiLabelMargin", "CosineEmbedding", "TripletMargin"])
def test_extra_positions_are_refused_where_torch_refuses_them(kind):
    with pytest.raises(ValueError, match=r"torch takes outputs of shape \(N, C\)"):
        KIND[kind](extra_dimensions=True)


def test_flags_choose_between_formulas():
    """An option without a letter makes another formula."""
    for kind in KINDS:
        for option in kind.declared:
            if option.kind is FLAG:
                one, other = (kind(**{option.name: value}) for value in option.fields)
                assert one.definitions != other.definitions
