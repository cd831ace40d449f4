"""Watching a step changes nothing, and each node of its graph finds the call that made it, with the values it had."""

import copy

import pytest
import torch
from networks import DTYPES, NETWORKS, made
from torch import nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from derivations.torch_bridge import vendor
from derivations.torch_bridge.recording.calls import Call, FunctionCall
from derivations.torch_bridge.recording.recording import Recording


def gradients(model):
    return {name: each.grad for name, each in model.named_parameters()}


def equal(one, other):
    return one.keys() == other.keys() and all(
        (a is None and b is None) or torch.equal(a, b) for a, b in zip(one.values(), other.values(), strict=True)
    )


def recorded(step, model=None):
    with Recording(model) as recording:
        step()
    return recording


def nodes(recording):
    visits = [each for one in recording.passes for each in one.visits]
    return [each.node for each in visits if not each.node.name().endswith("AccumulateGrad")]


@pytest.mark.parametrize(
    ("name", "dtype"), [*((name, "float32") for name in NETWORKS), ("lstm", "float64"), ("convolutional", "float64")]
)
def test_a_watched_step_is_the_same_and_every_node_has_its_call(name, dtype):
    ended = {}
    for watched in (False, True):
        model, step = made(name, DTYPES[dtype])
        if watched:
            recording = recorded(lambda step=step: step().backward(), model)
        else:
            step().backward()
        ended[watched] = gradients(model), torch.get_rng_state()
    assert equal(ended[False][0], ended[True][0])
    assert torch.equal(ended[False][1], ended[True][1])
    assert nodes(recording)
    assert [each.name() for each in nodes(recording) if recording.call_of(each) is None] == []


def test_values_are_as_they_were_although_they_were_written_to():
    """What the calls of two LSTM steps were given, run again, gives what they gave."""
    _, step = made("lstm_cell", torch.float64)
    recording = recorded(lambda: step().backward())
    assert recording.copied > 0
    for node in nodes(recording):
        call = recording.call_of(node)
        args = [each.clone() if isinstance(each, torch.Tensor) else each for each in call.args]
        again = call.operation(*args, **call.kwargs)
        for one, other in zip(Call(None, [], {}, [again]).results, call.results, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-14)


def test_what_an_optimizer_writes_is_not_what_a_call_was_given():
    model = nn.Linear(3, 2)
    before = copy.deepcopy(model)
    optimizer = torch.optim.AdamW(model.parameters(), 0.1)
    x = torch.randn(4, 3)

    def step():
        optimizer.zero_grad()
        loss = model(x).square().mean()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.01)
        optimizer.step()

    recording = recorded(step, model)
    call = next(call for node in nodes(recording) if (call := recording.call_of(node)).name == "addmm")
    assert torch.equal(call.arguments["mat2"], before.weight.T)
    assert not torch.equal(model.weight, before.weight)
    leaf = next(v for v in recording.passes[0].visits if v.node.name().endswith("AccumulateGrad"))
    assert leaf.arrived[0].norm() > 0.01, "what arrived was clipped afterwards"


def test_two_backward_passes_are_two():
    model, x = nn.Linear(3, 2), torch.randn(4, 3)

    def step():
        for part in x.split(2):
            model(part).square().mean().backward()

    recording = recorded(step, model)
    assert [len(each.visits) for each in recording.passes] == [6, 6]
    assert all(recording.call_of(each) for each in nodes(recording))


def test_autograd_grad_is_watched_and_a_graph_that_is_walked_twice_is_two_passes():
    x = torch.randn(3, requires_grad=True)

    def step():
        loss = x.exp().sum()
        torch.autograd.grad(loss, x, retain_graph=True)
        loss.backward()

    recording = recorded(step)
    assert [[v.node.name() for v in each.visits][:2] for each in recording.passes] == [
        ["SumBackward0", "ExpBackward0"]
    ] * 2


def test_calls_have_the_names_of_their_modules():
    model = nn.Sequential(nn.Linear(3, 3), nn.Sequential(nn.ReLU(), nn.Linear(3, 2)))
    criterion, x = nn.CrossEntropyLoss(), torch.randn(4, 3)
    recording = recorded(lambda: criterion(model(x), torch.tensor([0, 1, 1, 0])).backward(), model)
    found = {node.name(): recording.call_of(node).module for node in nodes(recording)}
    assert found["ReluBackward0"] == "1.0"
    assert found["NllLossBackward0"] == "CrossEntropyLoss"
    assert {call.module for node in nodes(recording) if (call := recording.call_of(node)).name == "addmm"} == {
        "0",
        "1.1",
    }


class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor):
        return factor * x.exp()

    @staticmethod
    def backward(ctx, g):
        return 2 * g, None


def test_a_custom_function_is_recorded_with_copies_of_its_arguments():
    x, twice = torch.randn(3, requires_grad=True), Twice.apply

    def step():
        loss = twice(x, 2.0).sum()
        loss.backward()
        with torch.no_grad():
            x.zero_()

    kept = x.detach().clone()
    recording = recorded(step)
    call = next(call for node in nodes(recording) if isinstance(call := recording.call_of(node), FunctionCall))
    assert call.function is Twice
    assert call.args[1] == 2.0
    assert torch.equal(call.args[0], kept)


@pytest.mark.parametrize("reentrant", [False, True])
def test_checkpoints_are_seen_through(reentrant):
    model, x = nn.Sequential(nn.Linear(3, 3), nn.Tanh()), torch.randn(2, 3, requires_grad=True)
    recording = recorded(lambda: checkpoint(model, x, use_reentrant=reentrant).sum().backward(), model)
    names = {node.name() for node in nodes(recording)}
    assert {"TanhBackward0", "AddmmBackward0"} <= names
    assert all(recording.call_of(each) for each in nodes(recording))


def test_everything_is_put_back_also_after_an_error():
    before = torch.autograd.backward, torch.autograd.grad
    with pytest.raises(ZeroDivisionError), Recording():
        raise ZeroDivisionError
    assert (torch.autograd.backward, torch.autograd.grad) == before
    assert "apply" not in vars(vendor.function_base())
    assert vendor.global_forward_hooks() == []


def test_an_error_inside_of_a_module_leaves_the_names_right():
    model, x = nn.Sequential(nn.Linear(3, 3)), torch.randn(2, 3)

    def step():
        with pytest.raises(RuntimeError):
            model(torch.randn(2, 4))
        F.relu(model(x)).sum().backward()

    recording = recorded(step, model)
    found = {node.name(): recording.call_of(node).module for node in nodes(recording)}
    assert found["ReluBackward0"] == ""
    assert found["AddmmBackward0"] == "0"


@pytest.mark.parametrize("missing", ["number", "next_number"])
def test_where_torch_tells_no_numbers_the_graph_is_still_walked(missing, monkeypatch):
    monkeypatch.setattr(vendor, missing, lambda *_: None)
    x = torch.randn(3, requires_grad=True)
    recording = recorded(lambda: x.exp().sum().backward())
    assert [recording.call_of(each) for each in nodes(recording)] == [None, None]
