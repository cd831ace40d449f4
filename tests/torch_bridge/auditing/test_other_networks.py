"""Networks that the audit was not written for: no node is unknown, none alarms, and nearly all are derived."""

import pytest
import torch
from other_networks import OTHERS

import derivations as dv

#: Kinds of nodes that are checked by differences alone.
NUMERIC = {"graph_attention": {"multi_margin_loss"}}


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
@pytest.mark.parametrize("name", OTHERS)
def test_a_network_that_nothing_was_tuned_to(name, dtype):
    torch.manual_seed(list(OTHERS).index(name))
    model, step = OTHERS[name](dtype)
    account = dv.audit(step, model)
    assert account.verdict == "agrees", str(account)
    assert account.unknown == ()
    assert {each.call for each in account.nodes if each.status != "derived"} == NUMERIC.get(name, set())
