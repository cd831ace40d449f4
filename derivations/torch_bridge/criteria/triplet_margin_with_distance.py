"""torch.nn.TripletMarginWithDistanceLoss, without a distance of somebody's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from ...losses.triplet_margin_with_distance import TripletMarginWithDistance
from ..setup.unsupported import Unsupported
from .base import Found, TorchCriterion
from .registry import register

USUAL = nn.PairwiseDistance()


@register
class TorchTripletMarginWithDistance(TorchCriterion):
    loss = TripletMarginWithDistance
    module = nn.TripletMarginWithDistanceLoss
    functions = (F.triplet_margin_with_distance_loss,)

    def of_module(self, module: nn.Module) -> Found:
        self._check_distance(module.distance_function)
        return super().of_module(module)

    def of_function(self, function: Callable[..., Tensor], named: Mapping[str, Any]) -> Found:
        self._check_distance(named.get("distance_function"))
        return super().of_function(function, named)

    def _check_distance(self, distance: Any) -> None:
        """Raise Unsupported for another distance than what torch takes where none is given."""
        if distance is None or (type(distance), *_options_of(distance)) == (nn.PairwiseDistance, *_options_of(USUAL)):
            return
        raise Unsupported(
            f"{self.name} has a distance_function of its own, {distance!r}, whose gradient no derivation covers. Leave "
            "it out: then the distance is the Euclidean one."
        )


def _options_of(distance: Any) -> tuple[Any, ...]:
    return tuple(getattr(distance, name, None) for name in ("norm", "eps", "keepdim"))
