"""A loss of one's own: what is derived of it, and what is refused."""

import math
import pickle
from dataclasses import replace

import pytest
import sympy
import torch
from sympy import Abs, KroneckerDelta, Max, Rational, Symbol, cosh, exp, log, sqrt, tanh

import derivations
from derivations import Elementwise, curvature, derive
from derivations.index_calculus import rules
from derivations.index_calculus.expressions import Condition
from derivations.index_calculus.functions import step
from derivations.index_calculus.judging.judge import judge
from derivations.index_calculus.symbols import C, N, Y, Z, i, j, k, l
from derivations.losses import MSE

z, y = Z[i, j], Y[i, j]
beta, theta = Symbol("beta"), Symbol("theta")
#: As they stand in the documentation, with the gradient of an entry.
EXAMPLES = {
    'Elementwise("log-cosh", lambda z, y: sympy.log(sympy.cosh(z - y)))': tanh(z - y),
    'Elementwise("Charbonnier", lambda z, y, beta=0.5: sympy.sqrt((z - y)**2 + beta**2), positive=("beta",))': (
        (z - y) / sqrt((z - y) ** 2 + beta**2)
    ),
    'Elementwise("pinball", lambda z, y, theta=0.9: sympy.Max(theta*(y - z), (theta - 1)*(y - z)))': (
        # where the first is larger, which for any θ is where y − z is
        -theta * step(y - z) - (theta - 1) * step(z - y)
    ),
}


@pytest.mark.parametrize(("example", "slope"), EXAMPLES.items(), ids=[text.split('"')[1] for text in EXAMPLES])
def test_the_documented_examples(example, slope, request):
    loss = eval(example, {"Elementwise": Elementwise, "sympy": sympy})
    assert example in Elementwise.__doc__
    assert example in (request.config.rootpath / "docs" / "api.py").read_text(encoding="utf-8")
    derivation = derive(loss)
    judge(derivation.result, slope / (N * C), derivation.context)
    assert set(derivation.opinions) == {"diff", "difference"}
    for wrt in loss.wrt:
        assert derive(loss, wrt).steps
    assert loss.name in str(derivation)


def squares(**options):
    return Elementwise("squares", lambda z, y: (z - y) ** 2, **options)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("extra", [False, True])
@pytest.mark.parametrize("wrt", ["outputs", "targets", "weight"])
def test_squares_are_mse(reduction, extra, wrt):
    options = {"reduction": reduction, "extra_dimensions": extra}
    own, known = derive(squares(**options), wrt), derive(MSE(**options), wrt)
    judge(own.result, known.result, known.context)
    assert own.targets == known.targets


def test_its_second_derivative_follows():
    loss = Elementwise("log-cosh", lambda z, y: log(cosh(z - y)))
    second = curvature.hessian(loss, "outputs")
    expected = (1 - tanh(z - y) ** 2) * KroneckerDelta(i, l) * KroneckerDelta(j, k) / (N * C)
    judge(second.result, expected, second.context)
    with pytest.raises(ValueError, match="its pieces are straight"):
        curvature.hessian(Elementwise("distance", lambda z, y: Abs(z - y)))


def test_its_gradient_is_that_of_autograd():
    """The gradient of a formula that nobody else has, against torch on the formula written by hand."""
    loss = Elementwise("odd", lambda z, y: exp(-((z - y) ** 2)) * tanh(z) + Max(z, y) ** 2 / 2)
    derivation = derive(loss)
    outputs = torch.randn(3, 2, dtype=torch.float64, requires_grad=True)
    targets = torch.randn(3, 2, dtype=torch.float64)
    of_entry = torch.exp(-((outputs - targets) ** 2)) * torch.tanh(outputs) + torch.maximum(outputs, targets) ** 2 / 2
    of_entry.mean().backward()
    for at, expected in enumerate(outputs.grad.flatten().tolist()):
        values = {z: outputs.flatten()[at].item(), y: targets.flatten()[at].item(), N: 3, C: 2}
        own = derivation.result.xreplace({each: sympy.sympify(value) for each, value in values.items()})
        assert float(own) == pytest.approx(expected, rel=1e-12)


def test_a_plan_of_ones_own():
    lines = [[rules.define("L"), rules.linear], [rules.chain, rules.linear], [rules.independent], [rules.collapse()]]
    derivation = derive(squares(lines=lines))
    assert [len(step.micros) for step in derivation.steps] == [2, 2, 1, 1]
    with pytest.raises(ValueError, match="a ∂ is left in the last line of its plan"):
        derive(squares(lines=lines[:2]))


def test_equal_losses_are_equal_and_travel():
    loss = Elementwise("Charbonnier", lambda z, y, beta: sqrt((z - y) ** 2 + beta**2), positive=("beta",))
    assert loss == Elementwise("Charbonnier", lambda z, y, beta: sqrt(beta**2 + (z - y) ** 2), positive=("beta",))
    assert loss != replace(loss, reduction="sum")
    assert replace(loss, reduction="sum").reduction == "sum"
    copied = pickle.loads(pickle.dumps(loss))
    assert copied == loss
    assert hash(copied) == hash(loss)
    assert copied.declared[0].letter == "beta"
    assert pickle.loads(pickle.dumps(derive(loss))).result == derive(loss).result
    assert str(replace(loss, reduction="sum")) == "Charbonnier(reduction=sum)"


def test_a_float_is_the_decimal_it_is_written_as():
    loss = Elementwise("tenth", lambda z, y: 0.1 * (z - y) ** 2)
    assert loss.expression.coeff((Symbol("z") - Symbol("y")) ** 2) == Rational(1, 10)


def test_what_must_be_positive_is_the_domain():
    loss = Elementwise("deviance", lambda z, y: z - y * log(z), positive="z")
    assert Condition(Z[loss.entry], ">", sympy.Integer(0)) in derive(loss).domain


REFUSED = [
    # arguments, what is raised, what it says
    (("x", 3), TypeError, "the formula is a function of z and y. For example"),
    ((3, lambda z, y: z), TypeError, "the first argument is the loss's name"),
    (("Huber", lambda z, y: z), ValueError, "HuberLoss is called so"),
    (("cross-entropy", lambda z, y: z), ValueError, "CrossEntropyLoss is called so"),
    (("x", lambda z: z), TypeError, r"the formula takes \(z\). It must take z, y"),
    (("x", lambda *z: z), TypeError, "each by a name"),
    (("x", lambda z, y: math.exp(z)), TypeError, "Use SymPy's functions"),
    (("x", lambda z, y: torch.exp(z)), TypeError, "Use SymPy's functions"),
    (("x", lambda z, y: z if z > 0 else y), TypeError, "no `if`"),
    (("x", lambda z, y: None), TypeError, "makes no SymPy expression"),
    (("x", lambda z, y: z < y), TypeError, "which is no SymPy expression"),
    (("x", lambda z, y: y), ValueError, "does not depend on z"),
    (("x", lambda z, y: 2), ValueError, "does not depend on z"),
    (("x", lambda z, y: z * Symbol("beta")), ValueError, "holds beta, which it does not take"),
    (("x", lambda z, y: sympy.sin(z)), ValueError, "sin has no derivative here. Known are exp, log"),
    (("x", lambda z, y: sympy.Piecewise((z, z > 0), (0, True))), ValueError, "Piecewise has no derivative here"),
    (("x", lambda z, y, beta: (z - y) ** beta), ValueError, "exponent that is no rational number"),
    (("x", lambda z, y: z * sympy.I), ValueError, "a number that is not real"),
    (("x", lambda z, y, c: c * z), ValueError, "the letter c is taken"),
    (("x", lambda z, y, N: N * z), ValueError, "the letter N is taken"),
    (("x", lambda z, y, epsilon: epsilon * z), ValueError, "the letter epsilon stands for label_smoothing already"),
]


@pytest.mark.parametrize(("arguments", "error", "message"), REFUSED, ids=lambda value: str(value)[:30])
def test_what_is_refused_and_why(arguments, error, message):
    with pytest.raises(error, match=message):
        Elementwise(*arguments)


def test_other_refusals():
    with pytest.raises(ValueError, match="'w' is none of z, y"):
        squares(positive=("w",))
    with pytest.raises(ValueError, match="the option is unknown"):
        squares(reduction="batchmean")
    assert "Elementwise" in derivations.__all__
