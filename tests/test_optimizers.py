"""Updates as derivations: what they say, closed forms by induction, and what is refused. test_definitions has torch."""

import pytest

from derivations import derive
from derivations.index_calculus.printing.plain import Plain
from derivations.optimizers import SGD, Adam, AdamW

PLAIN = Plain(full_limits=False)

FORMULAS = [
    (SGD(), "update", "θ[t - 1] - γ·g[t]"),
    (SGD(momentum=True), "update", "θ[t - 1] - γ·(μ·b[t - 1] + g[t])"),
    (SGD(momentum=True), "buffer", "Σ_{s=1..t} μ^(t - s)·g[s]"),
    (SGD(momentum=True), "closed_form", "θ[0] - γ Σ_{s=1..t} ((1 - μ^(t - s + 1))·g[s]/(1 - μ))"),
    (SGD(), "closed_form", "θ[0] - γ Σ_{s=1..t} g[s]"),
    (SGD(weight_decay=True), "closed_form", "ρ^t·θ[0] - γ Σ_{s=1..t} ρ^(t - s)·g[s]"),
    (Adam(), "moving_average", "(1 - β₁) Σ_{s=1..t} β₁^(t - s)·g[s]"),
    (Adam(), "weights", "1 - β₁^t"),
    (Adam(), "bias_correction", "ḡ"),
    (SGD(maximize=True), "update", "θ[t - 1] + γ·g[t]"),
    (SGD(weight_decay=True), "update", "θ[t - 1] - γ·(λ·θ[t - 1] + g[t])"),
    (SGD(momentum=True, nesterov=True), "update", "θ[t - 1] - γ·(μ·(μ·b[t - 1] + g[t]) + g[t])"),
    (SGD(momentum=True, dampening=True), "buffer", "μ^(t - 1)·g[1] + (1 - τ) Σ_{s=2..t} μ^(t - s)·g[s]"),
    (
        AdamW(),
        "update",
        "(1 - γ·λ)·θ[t - 1] - γ·(β₁·m[t - 1] + (1 - β₁)·g[t])"
        "/((1 - β₁^t)·(√((β₂·v[t - 1] + (1 - β₂)·g[t]^2)/(1 - β₂^t)) + ε))",
    ),
]


@pytest.mark.parametrize(("kind", "wrt", "formula"), FORMULAS, ids=str)
def test_what_is_derived(kind, wrt, formula):
    assert PLAIN(derive(kind, wrt).result) == formula


@pytest.mark.parametrize(
    ("kind", "conditions"),
    [
        (SGD(), ["t ≥ 1"]),
        (SGD(momentum=True), ["t ≥ 2"]),
        (Adam(), ["β₁ > 0", "β₁ < 1", "β₂ > 0", "β₂ < 1", "ε > 0", "t ≥ 1"]),
    ],
    ids=str,
)
def test_from_which_step_and_for_which_numbers_the_update_holds(kind, conditions):
    assert [PLAIN.condition(each) for each in derive(kind).domain] == conditions


def test_the_first_step_of_adam_is_the_sign_of_the_gradient_times_the_learning_rate():
    assert PLAIN(derive(Adam(), "unrolled", steps=1).result) == "θ[0] - γ·g[1]/(√(g[1]^2) + ε)"


def test_decoupled_weight_decay_leaves_the_averages_alone():
    coupled, decoupled = derive(Adam(weight_decay=True)), derive(AdamW(weight_decay=True))
    assert "g_tilde" in coupled.context.definitions
    assert "g_tilde" not in decoupled.context.definitions
    assert str(PLAIN(decoupled.result)).startswith("(1 - γ·λ)·θ[t - 1] - ")


@pytest.mark.parametrize(
    "kind", [SGD(momentum=True), SGD(momentum=True, dampening=True, maximize=True), SGD(weight_decay=True)]
)
def test_an_induction_shows_its_claim_its_start_and_its_step(kind):
    for wrt in kind.wrt[2:]:
        derivation = derive(kind, wrt)
        start, text = derivation.lemmas[0], str(derivation)
        assert start.title.en.startswith("the start: t = ")
        assert text.index("[to show]") < text.index("induction hypothesis") < text.index("so it holds at every step")
        assert any(each.relation == "≥" and each.left.name == "t" for each in derivation.domain)


WRONG_REQUESTS = [
    (lambda: SGD(nesterov=True), "Nesterov's momentum needs momentum=True and dampening=False"),
    (lambda: SGD(nesterov=True, momentum=True, dampening=True), "Nesterov's momentum needs"),
    (lambda: derive(SGD(), "buffer"), "without momentum there is none. Accepted: 'update', 'unrolled', 'closed_form'"),
    (
        lambda: derive(SGD(momentum=True, weight_decay=True), "closed_form"),
        "exists without momentum, and for momentum alone",
    ),
    (lambda: derive(Adam(), "buffer"), r"wrt='buffer' is not something Adam\(\)"),
    (lambda: derive(SGD(), "unrolled", steps=0), "steps=0: at least one step"),
]


@pytest.mark.parametrize(("request_", "sentence"), WRONG_REQUESTS, ids=range(len(WRONG_REQUESTS)))
def test_a_wrong_request_is_refused_with_a_sentence(request_, sentence):
    with pytest.raises(ValueError, match=sentence):
        request_()
