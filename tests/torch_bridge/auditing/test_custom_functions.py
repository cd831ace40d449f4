"""A wrong autograd.Function is found, and what its entries have in common is named."""

import pytest
import torch
from wrong_functions import RIGHT, WRONG

import derivations as dv


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_function_agrees(name):
    function, given = RIGHT[name]
    for dtype in (torch.float64, torch.float32):
        account = dv.audit(function.apply, *(each.to(dtype) if each.is_floating_point() else each for each in given))
        assert account
        (node,) = account.nodes
        assert (node.status, node.call) == ("by parts", function.__name__)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_function_is_found_and_named(name):
    function, given, operand, said = WRONG[name]
    account = dv.audit(function.apply, *given)
    assert account.verdict == "disagrees"
    (share,) = (
        [each for each in account.nodes[0].shares if each.verdict == "disagrees"]
        if name != ("operands exchanged")
        else account.nodes[0].shares[:1]
    )
    assert share.slot == operand
    if said == "constant":
        assert "constant" in share.diagnosis.sentence.en
    else:
        assert [each.key for each in share.diagnosis.mistakes] == ([] if said is None else [said])
    with pytest.raises(dv.GradientMismatch, match=function.__name__) as raised:
        account.require()
    assert raised.value.diagnosis is share.diagnosis
    assert raised.value.details["operand"] == f"operand {operand}"


def test_what_is_said_of_a_cross_entropy_without_its_divisor():
    function, given, _, _ = WRONG["cross-entropy without 1/N"]
    (node,) = dv.audit(function.apply, *given).nodes
    sentence = node.shares[0].diagnosis.sentence
    assert sentence.en == "1/N is missing: N = 3, and every entry is 3 times what it should be."
    assert sentence.zh == "少了 1/N：N = 3，每个元素都是应有值的 3 倍。"


def test_a_function_that_draws_is_run_again_with_the_same_numbers():
    class Dropped(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mask = torch.rand_like(x) > 0.5
            return x * ctx.mask

        @staticmethod
        def backward(ctx, g):
            return g * ctx.mask

    state = torch.get_rng_state()
    assert dv.audit(Dropped.apply, torch.randn(20))
    torch.set_rng_state(state)
    torch.randn(20)
    torch.rand(20)


def test_a_forward_with_a_state_of_its_own_leaves_it_alone():
    running = torch.zeros(3)

    class Counted(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            running[1:].add_(x.mean())
            running.mul_(0.9)
            return 2 * x

        @staticmethod
        def backward(ctx, g):
            return 2 * g

    x = torch.ones(4)
    assert dv.audit(Counted.apply, x)
    torch.testing.assert_close(running, torch.tensor([0.0, 0.9, 0.9]))
