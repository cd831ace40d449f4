"""What an account says of real steps: every node agrees; what is wrong, unknown or no number is said."""

import json

import pytest
import torch
from networks import DTYPES, NETWORKS, made
from torch import nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

import derivations as dv

#: Kinds of nodes without a definition of their own, by how they are checked; all others are derived.
NOT_DERIVED = {"mkldnn_rnn_layer": "numeric"}


def gradients(model):
    return [each.grad for each in model.parameters()]


def small():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)), torch.randn(5, 3), torch.tensor([0, 1, 1, 0, 1])


@pytest.mark.parametrize(
    ("name", "dtype"),
    [*((name, "float32") for name in NETWORKS), *((name, "float64") for name in ("lstm", "gpt", "convolutional"))],
)
def test_every_node_of_a_network_agrees_and_is_derived(name, dtype):
    model, step = made(name, DTYPES[dtype])
    account = dv.audit(step, model)
    assert account.verdict == "agrees", str(account)
    assert account.require() is account
    assert account.unknown == account.changed == ()
    assert account.first_nan is None
    assert {each.status for each in account.nodes if each.call not in NOT_DERIVED} == {"derived"}
    assert all(each.status == NOT_DERIVED[each.call] for each in account.nodes if each.call in NOT_DERIVED)


def test_an_audited_step_leaves_what_it_would_have_left():
    left = {}
    for audited in (False, True):
        model, step = made("encoder", torch.float32)
        if audited:
            assert dv.audit(step, model)
        else:
            step().backward()
        left[audited] = gradients(model), torch.get_rng_state()
    assert all(torch.equal(one, other) for one, other in zip(left[False][0], left[True][0], strict=True))
    assert torch.equal(left[False][1], left[True][1])


# The forms of a step --------------------------------------------------------------------------------------------------


def test_a_training_step_as_it_stands():
    model, x, y = small()
    optimizer = torch.optim.AdamW(model.parameters(), 0.1)
    with dv.audit(model) as account:
        optimizer.zero_grad()
        for one, labels in zip(x.split(3), y.split(3), strict=True):
            (F.cross_entropy(model(one), labels) / 2).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.1)
        optimizer.step()
    assert account.require()
    assert {each.walk for each in account.nodes} == {0, 1}
    assert account.counts == {"derived": len(account.nodes)}


def test_a_step_that_calls_backward_itself():
    model, x, y = small()
    account = dv.audit(lambda: F.cross_entropy(model(x), y).backward(), model)
    assert account
    assert {"0", "1", "2"} <= set(account.modules)


@pytest.mark.parametrize("scaled", [False, True])
def test_autocast_and_a_scaled_loss(scaled):
    model, x, y = small()
    scaler = torch.amp.GradScaler("cpu", enabled=scaled)
    with dv.audit(model) as account:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = F.cross_entropy(model(x), y)
        scaler.scale(loss).backward()
    assert account.require()
    assert "_to_copy" in {each.call for each in account.nodes}
    assert account.counts == {"derived": len(account.nodes)}


@pytest.mark.parametrize("reentrant", [False, True])
def test_a_checkpoint(reentrant):
    model = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3), nn.Tanh())
    x = torch.randn(4, 3, requires_grad=True)
    before = [each.clone() for each in model.buffers()]
    account = dv.audit(lambda: checkpoint(model, x, use_reentrant=reentrant).square().sum(), model)
    assert account.require()
    assert {"tanh", "native_batch_norm"} <= {each.call for each in account.nodes}
    after = [each.clone() for each in model.buffers()]
    with torch.no_grad():
        for buffer, value in zip(model.buffers(), before, strict=True):
            buffer.copy_(value)
    checkpoint(model, x, use_reentrant=reentrant).square().sum().backward()
    assert all(torch.equal(one, other) for one, other in zip(model.buffers(), after, strict=True))


def test_a_compiled_model_runs_as_it_is_written_and_that_is_said():
    model, x, y = small()
    compiled = torch.compile(model, backend="eager")
    account = dv.audit(lambda: F.cross_entropy(compiled(x), y), compiled)
    assert account.require()
    assert [note.en for note in account.notes if "torch.compile" in note.en]


def test_a_module_alone_is_a_function_of_its_inputs():
    norm = nn.LayerNorm(4)
    account = dv.audit(norm, torch.randn(3, 4))
    assert account
    assert [(each.call, [share.operand for share in each.shares]) for each in account.nodes] == [
        ("native_layer_norm", ["A", "w", "b"])
    ]
    assert norm.weight.grad is None


def test_only_one_module():
    model, x, y = small()
    account = dv.audit(lambda: F.cross_entropy(model(x), y), model, only="2")
    assert set(account.modules) == {"2"}
    with pytest.raises(ValueError, match="Modules with nodes: '0', '1', '2', ''"):
        dv.audit(lambda: F.cross_entropy(model(x), y), model, only="3")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: dv.audit(3), "got int"),
        (lambda: dv.audit(lambda: 3), "It returned int"),
        (lambda: dv.audit(lambda: torch.ones(2, requires_grad=True) * 1), "shape \\(2,\\)"),
        (lambda: dv.audit(lambda: torch.ones(())), "needs no gradient"),
        (lambda: dv.audit(lambda x: 3.0, torch.ones(2)), "tensors of real numbers"),
    ],
)
def test_what_is_no_step_is_refused_in_a_sentence(call, said):
    with pytest.raises(TypeError, match=said):
        call()


def test_without_a_backward_nothing_is_said_to_agree():
    model, x, _ = small()
    with dv.audit(model) as account:
        model(x)
    assert not account
    assert account.verdict == "cannot tell"
    with pytest.raises(dv.CannotTell, match="no backward"):
        account.require()


# What an account says -------------------------------------------------------------------------------------------------


def test_nodes_by_module_with_derivations_code_and_latex():
    model, x, y = small()
    account = dv.audit(lambda: nn.CrossEntropyLoss()(model(x), y), model)
    (relu,) = account["1"].nodes
    assert (relu.name, relu.status, relu.module) == ("ReluBackward0", "derived", "1")
    assert relu.derivation("A").steps
    assert "frac" in relu.latex("A")
    namespace = {}
    exec(relu.code("A"), namespace)
    a, g = torch.tensor([1.0, -1.0]), torch.tensor([2.0, 3.0])
    assert torch.equal(namespace["gradients"](a, g), torch.tensor([2.0, 0.0]))
    assert {each.module for each in account["CrossEntropyLoss"].nodes} == {"CrossEntropyLoss"}
    with pytest.raises(KeyError, match="'0', '1', '2'"):
        account["3"]
    with pytest.raises(KeyError, match="'A'"):
        relu.share("B")
    assert account.worst in account.nodes


def test_the_first_node_that_hands_on_nan_is_named():
    x = torch.tensor([-1.0, 4.0], requires_grad=True)
    account = dv.audit(lambda: torch.where(2 * x > 0, (2 * x).sqrt(), 0.0).sum())
    assert account.verdict == "cannot tell"
    assert account.first_nan.name == "SqrtBackward0"
    with pytest.raises(dv.CannotTell, match="SqrtBackward0 hands on nan"):
        account.require()


def test_entries_at_a_corner_are_counted_and_either_slope_is_right():
    x = torch.tensor([0.0, 1.0, -2.0, 0.0], requires_grad=True)
    account = dv.audit(lambda: x.relu().sum())
    assert account
    assert [(each.call, each.corners) for each in account.corners] == [("relu", 2)]


def test_a_hook_that_changes_a_gradient_is_found_at_its_edge():
    model, x, y = small()

    def step():
        h = model[0](x)
        h.register_hook(lambda g: 2 * g)
        return F.cross_entropy(model[2](h.relu()), y)

    account = dv.audit(step, model)
    assert account.verdict == "disagrees"
    (edge,) = account.changed
    assert edge.node == "AddmmBackward0"
    assert edge.got == pytest.approx(2 * edge.expected)
    with pytest.raises(dv.GradientMismatch, match="hook on a tensor"):
        account.require()


def test_a_hook_on_a_parameter_is_found_by_its_name():
    model, x, y = small()
    model[0].weight.register_hook(lambda g: g.clamp(-1e-3, 1e-3))
    (edge,) = dv.audit(lambda: F.cross_entropy(model(x), y), model).changed
    assert (edge.node, edge.module) == ("0.weight", "0")


def test_what_is_unknown_is_not_agreement():
    x = torch.randn(6, requires_grad=True)
    account = dv.audit(lambda: F.rrelu(x, training=True).sum())
    (node,) = account.unknown
    assert node.call == "rrelu_with_noise"
    assert "random" in node.reason.en
    assert account.verdict == "cannot tell"
    with pytest.raises(dv.CannotTell, match="RreluWithNoiseBackward0"):
        account.require()


def test_numeric_checks_may_be_refused():
    account = dv.audit(torch.cumprod, torch.randn(4), 0)
    assert account.require()
    assert [each.status for each in account.nodes] == ["numeric"]
    with pytest.raises(dv.CannotTell, match="1 of 1 nodes were checked by differences"):
        account.require(numeric=False)


def test_an_account_as_data():
    model, step = made("siamese", torch.float32)
    account = dv.audit(step, model)
    data = json.loads(json.dumps(account.data(), allow_nan=False))
    assert data["verdict"] == "agrees"
    assert len(data["nodes"]) == len(account.nodes)
    assert {each["status"] for each in data["nodes"]} == {"derived"}
