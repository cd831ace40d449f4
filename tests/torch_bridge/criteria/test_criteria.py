"""What is said of each criterion is true of torch, and fits its formula."""

import inspect
from functools import partial

import pytest
import torch
from tables import LOSSES
from torch import nn

import derivations as dv
from derivations.losses.registry import registered
from derivations.torch_bridge.criteria import registry

#: Those that hold no linear layer.
ALONE = [each for each in registry.criteria() if not each.needs_layer]


@pytest.mark.parametrize("kind", registered(), ids=lambda kind: kind.__name__)
def test_every_loss_has_its_side_of_torch(kind):
    known = registry.of_loss(kind)
    assert known is not None
    assert known.name == kind.torch_name


@pytest.mark.parametrize("of", ALONE, ids=lambda of: of.name)
def test_options_are_torchs_with_its_defaults(of):
    """Each is one of the module's or of the function's, and both have the default that is declared."""
    makers = [of.module, *of.functions]
    for option in of.loss.declared:
        found = [inspect.signature(each).parameters.get(option.name) for each in makers]
        assert any(found)
        assert {each.default for each in found if each is not None} <= {option.default, *([None] * option.is_tensor)}


@pytest.mark.parametrize("of", ALONE, ids=lambda of: of.name)
def test_no_option_of_torch_is_left_out(of):
    deprecated = {"size_average", "reduce", "reduction", "distance_function"}
    taken = {*inspect.signature(of.module).parameters} - deprecated
    assert taken <= {option.name for option in of.loss.declared}


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: f"{type(loss).__name__} {loss}")
def test_letters_in_use_are_those_of_the_formula(loss):
    held = {str(each) for definition in loss.definitions.values() for each in definition.right.free_symbols}
    assert {each.letter for each in loss.in_use} == {each.letter for each in loss.declared if each.letter in held}


@pytest.mark.parametrize("of", ALONE, ids=lambda of: of.name)
def test_random_data_are_taken_by_torch(of):
    """Of every kind of targets: torch computes a loss of them, which is a number."""
    for targets in of.loss.kinds_of_targets or (None,):
        setup = dv.explain(None, of.module(reduction="sum"), targets=targets).setup
        outputs, operands = setup.random_data(5, torch.Generator().manual_seed(0))
        loss = setup.criterion(outputs, *(operands if isinstance(operands, tuple) else (operands,)))
        assert loss.isfinite()


OTHER_DISTANCES = {"p": nn.PairwiseDistance(1.0), "eps": nn.PairwiseDistance(eps=1e-3), "function": torch.dist}


@pytest.mark.parametrize("distance", OTHER_DISTANCES.values(), ids=OTHER_DISTANCES)
def test_a_distance_of_ones_own_is_refused(distance):
    for make in (nn.TripletMarginWithDistanceLoss, _of_function):
        with pytest.raises(dv.Unsupported, match="has a distance_function of its own"):
            dv.explain(None, make(distance_function=distance))
    assert dv.explain(None, nn.TripletMarginWithDistanceLoss(distance_function=nn.PairwiseDistance())).loss


def _of_function(**given):
    return partial(nn.functional.triplet_margin_with_distance_loss, **given)
