"""Options of every formula accept what torch accepts, mean what it means there, and refuse the rest with a sentence."""

import dataclasses
import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from torch import nn

import derivations
from derivations import convexity, derive, explain, hessian, normal_equations
from derivations.subject import Subject

FORMULAS = [each for name in derivations.__all__ if isinstance(each := getattr(derivations, name), type)]
FORMULAS = [each for each in FORMULAS if issubclass(each, Subject) and not each.__abstractmethods__]
FORMULAS = [each for each in FORMULAS if each is not derivations.Elementwise]  # whose options are not torch's
#: By the kind of an option: what is in use, what is not, what is refused.
TENSORS = (torch.ones(100), np.ones(3), [1.0, 2.0], torch.tensor(0.5))
FLAG = ((True,), (False,), (None, 0, 1, 0.5, "True", *TENSORS))
TENSOR = ((True,), (False, None), (0, 1, 0.5, "balanced", *TENSORS))
LABEL = ((True, 0, 1, -100, 255, np.int64(0)), (False, None), (1.5, 0.0, math.nan, "0", *TENSORS))
PART = ((True, 0.1, 1, 1.0, np.float32(0.1), Fraction(1, 2)), (False, None, 0, 0.0), (2, -0.1, math.nan, "x", *TENSORS))
AMOUNT = ((True, 0.9, 1, 2), (False, 0, 0.0), (-0.1, math.nan, math.inf, "x", *TENSORS))
NUMBER = ((True, 0.9, -1), (False, 0, 0.0), (math.nan, math.inf, "x", *TENSORS))
KINDS = {
    "weight": TENSOR,
    "pos_weight": TENSOR,
    "ignore_index": LABEL,
    "label_smoothing": PART,
    "momentum": AMOUNT,
    "weight_decay": AMOUNT,
    "dampening": NUMBER,
    **dict.fromkeys(("extra_dimensions", "bias", "nesterov", "maximize", "amsgrad"), FLAG),
}
#: Options that are one of several words.
WORDS = {"reduction": ("mean", "sum", "none"), "targets": ("indices", "probabilities")}
#: What an option is only accepted with.
BESIDE = {"nesterov": {"momentum": True}}
OPTIONS = [(formula, each.name) for formula in FORMULAS for each in dataclasses.fields(formula)]


def made(formula, option, value):
    return formula(**BESIDE.get(option, {}), **{option: value})


@pytest.mark.parametrize(("formula", "option"), OPTIONS, ids=lambda each: getattr(each, "__name__", each))
def test_an_option_is_read_as_torch_writes_it(formula, option):
    if option in WORDS:
        assert all(getattr(made(formula, option, word), option) == word for word in WORDS[option])
        used, unused, refused = (), (), ("x", None, True, 1, *TENSORS)
    else:
        used, unused, refused = KINDS[option]
    for values, flag in ((used, True), (unused, False)):
        expected = made(formula, option, flag) if values else None
        for value in values:
            found = made(formula, option, value)
            assert (found, hash(found), str(found)) == (expected, hash(expected), str(expected))
            assert getattr(found, option) is flag
    assert not used or made(formula, option, True) != made(formula, option, False)
    for value in refused:
        says = rf"^{formula.__name__}\({option}=.*: the option (must be|is unknown)"
        with pytest.raises(ValueError, match=says) as said:
            made(formula, option, value)
        assert len(str(said.value)) < 250


def test_a_label_of_0_is_ignored_as_any_other():
    """Neither 0 nor 1 is taken for False or True where a derivation is remembered."""
    derivation = derive(derivations.CrossEntropy(ignore_index=0))
    assert "μ" in str(derivation)
    for label in (True, 1, -100, 255):
        assert derive(derivations.CrossEntropy(ignore_index=label)) is derivation
    assert derive(derivations.CrossEntropy(ignore_index=False)) is derive(derivations.CrossEntropy())
    assert "μ" in str(derive(derivations.NLL(ignore_index=0)))
    assert explain(None, nn.CrossEntropyLoss(ignore_index=0)).derivation("outputs") is derivation


FUNCTIONS = (derive, hessian, convexity)
NO_FORMULA = {
    "a criterion": (nn.CrossEntropyLoss(), r"such as derivations.CrossEntropy\(\). For torch's own objects .*explain"),
    "another criterion": (nn.MSELoss(), r"such as derivations.MSE\(\)"),
    "a class of torch": (nn.NLLLoss, r"such as derivations.NLL\(\)"),
    "a function": (nn.functional.mse_loss, "takes a formula"),
    "a class": (derivations.CrossEntropy, r"\(CrossEntropy\): a class. Make one of it: \w+\(CrossEntropy\(\)\)"),
    "an explanation": (explain(None, nn.MSELoss()), "takes a formula"),
    "None": (None, "takes a formula"),
    "a name": ("cross-entropy", "takes a formula"),
}


@pytest.mark.parametrize("given", NO_FORMULA)
@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_what_is_no_formula_is_refused_with_a_sentence(function, given):
    with pytest.raises(TypeError, match=NO_FORMULA[given][1]) as said:
        function(NO_FORMULA[given][0])
    assert str(said.value).startswith(f"{function.__name__}(")


WRONG = {
    "an unknown option": (lambda: derive(derivations.MSE(), foo=1), r"derive\(MSELoss\(\), foo=….*: 'bias'"),
    "an option of the formula": (lambda: derive(derivations.MSE(), reduction="sum"), "reduction=….*option is unknown"),
    "an option of optimizers": (lambda: derive(derivations.MSE(), steps=2), "steps=….*the option is unknown"),
    "an option of criteria": (lambda: derive(derivations.SGD(), bias=False), "Accepted here: 'steps'"),
    "an option where there is none": (lambda: derive(derivations.Softmax(), x=1), "Accepted here: none"),
    "bias is no flag": (
        lambda: derive(derivations.MSE(), "weight", bias=0),
        r"derive\(bias=0\): the option must be True",
    ),
    "bias is a list": (lambda: derive(derivations.MSE(), "weight", bias=[]), r"derive\(bias=\[\]\)"),
    "half a step": (lambda: derive(derivations.SGD(), "unrolled", steps=1.5), "steps=1.5: at least one step"),
    "True is no step": (lambda: derive(derivations.SGD(), "unrolled", steps=True), "steps=True: at least one step"),
    "steps are a list": (lambda: derive(derivations.SGD(), "unrolled", steps=[2]), r"steps=\[2\]: at least one step"),
    "wrong steps, not asked for": (lambda: derive(derivations.SGD(), "update", steps=0), "steps=0: at least one step"),
    "wrt is a list": (
        lambda: derive(derivations.MSE(), ["weight"]),
        r"wrt=\['weight'\] is not one name. Accepted: 'out",
    ),
    "wrt is a tensor": (lambda: derive(derivations.MSE(), torch.ones(2)), "is not one name. Accepted: 'outputs'"),
    "the Hessian in a list": (lambda: hessian(derivations.MSE(), ["weight"]), r"wrt=\['weight'\] has no Hessian"),
    "the Hessian's bias": (lambda: hessian(derivations.MSE(), bias=None), r"hessian\(bias=None\)"),
    "the Hessian of NLL": (lambda: hessian(derivations.NLL()), "its second derivative is 0"),
    "convexity of NLL": (lambda: convexity(derivations.NLL()), "its second derivative is 0"),
    "convexity of z-loss": (lambda: convexity(derivations.losses.ZLoss()), "positive semidefinite only where"),
    "convexity of distillation": (lambda: convexity(derivations.losses.Distillation()), "a mixture of two"),
    "equations for the inputs": (lambda: normal_equations(derivations.MSE(), "inputs"), "Accepted: 'weight', 'bias'"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_asked_for_is_refused_with_a_sentence(name):
    ask, says = WRONG[name]
    with pytest.raises(ValueError, match=says):
        ask()


def test_normal_equations_are_of_mse():
    with pytest.raises(TypeError, match=r"normal_equations\(.*such as derivations\.MSE"):
        normal_equations(derivations.CrossEntropy())


def test_steps_make_no_other_derivation_where_none_is_unrolled():
    sgd = derivations.SGD()
    assert derive(sgd, "update", steps=3) is derive(sgd, "update")
    assert derive(sgd, "unrolled", steps=3) is not derive(sgd, "unrolled", steps=2)
