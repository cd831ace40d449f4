"""Norms, and attention: what names stages between its operands and its result."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ... import operations
from ...operations.base import Operation
from ..recording.calls import Call
from .bound import Bound, first
from .laid import Laid, flat, grouped


def _affine(
    make: Callable[..., Operation],
    call: Call,
    a: Laid,
    weights: Callable[[Tensor], Laid],
    given: dict[str, Tensor] | None = None,
) -> list[Bound]:
    """Z = H·w + b, with both or without; where one alone is given, the other is 1 or 0."""
    arguments = call.arguments
    x, weight, bias = arguments["input"], arguments.get("weight"), arguments.get("bias")
    operands, slots = {"A": (x, a)}, {"input": "A"}
    given_ones = [each for each in (weight, bias) if each is not None]
    for letter, name, value, fill in (("w", "weight", weight, 1.0), ("b", "bias", bias, 0.0)):
        if value is not None:
            operands[letter], slots[name] = (value, weights(value)), letter
        elif given_ones:
            operands[letter] = (torch.full_like(given_ones[0], fill), weights(given_ones[0]))
    return [
        Bound(
            make(affine=bool(given_ones)), operands, slots, first(a), given or {}, {"epsilon": float(arguments["eps"])}
        )
    ]


def layer_norm(call: Call) -> list[Bound]:
    x, over = call.arguments["input"], len(call.arguments["normalized_shape"])
    dims = [*range(x.dim())]
    return _affine(operations.LayerNorm, call, grouped(x, dims[: x.dim() - over], dims[x.dim() - over :]), flat)


def rms_norm(call: Call) -> list[Bound]:
    """torch._fused_rms_norm; an ε that is left out is the dtype's eps."""
    x, weight = call.arguments["input"], call.arguments.get("weight")
    over = len(call.arguments["normalized_shape"])
    dims = [*range(x.dim())]
    laid = grouped(x, dims[: x.dim() - over], dims[x.dim() - over :])
    given = call.arguments.get("eps")
    operands, slots = {"A": (x, laid)}, {"input": "A"}
    if weight is not None:
        operands["w"], slots["weight"] = (weight, flat(weight)), "w"
    epsilon = torch.finfo(x.dtype).eps if given is None else float(given)
    operation = operations.RmsNorm(affine=weight is not None)
    return [Bound(operation, operands, slots, first(laid), numbers={"epsilon": epsilon})]


def batch_norm(call: Call) -> list[Bound]:
    """In training, or with running statistics."""
    arguments = call.arguments
    x = arguments["input"]
    laid = grouped(x, [1], [0, *range(2, x.dim())])
    if arguments["training"]:
        return _affine(operations.BatchNorm, call, laid, flat)
    statistics = {"A_bar": arguments["running_mean"].double(), "V": arguments["running_var"].double()}
    return _affine(operations.BatchNormEval, call, laid, flat, statistics)


def group_norm(call: Call) -> list[Bound]:
    arguments = call.arguments
    x, groups = arguments["input"], arguments["group"]
    samples, channels, positions = arguments["N"], arguments["C"], arguments["HxW"]
    seen_as = (samples, groups, channels // groups, positions)
    laid = Laid(tuple(x.shape), ((0,), (1,), (2,), (3,)), seen_as)

    def weights(value: Tensor) -> Laid:
        return Laid(tuple(value.shape), ((0,), (1,)), (groups, channels // groups))

    return _affine(operations.GroupNorm, call, laid, weights)


def weight_norm(call: Call) -> list[Bound]:
    """Directions v, and a length g for each place along `dim`."""
    v, g = call.arguments["v"], call.arguments["g"]
    dim = call.arguments["dim"] % v.dim()
    laid = grouped(v, [dim], [each for each in range(v.dim()) if each != dim])
    return [Bound(operations.WeightNorm(), {"A": (v, laid), "B": (g, flat(g))}, {"v": "A", "g": "B"}, first(laid))]


def attention(call: Call) -> list[Bound]:
    """Fused attention without dropout: batches and heads are one axis more."""
    arguments = call.arguments
    q, k, v = arguments["query"], arguments["key"], arguments["value"]
    if arguments.get("dropout_p"):
        raise NotImplementedError
    queries, keys = q.shape[-2], k.shape[-2]
    mask = torch.zeros(queries, keys, dtype=torch.float64)
    if arguments.get("is_causal"):
        mask = mask.masked_fill(~torch.ones(queries, keys, dtype=torch.bool).tril(), -math.inf)
    given: Any = arguments.get("attn_mask")
    if given is not None:
        mask = _added(given) + mask
    scale = arguments.get("scale")
    batches = [*range(q.dim() - 2)]

    def laid(tensor: Tensor) -> Laid:
        return grouped(tensor, batches, [-2], [-1])

    return [
        Bound(
            operations.Attention(),
            {"A": (q, laid(q)), "B": (k, laid(k)), "V": (v, laid(v))},
            {"query": "A", "key": "B", "value": "V"},
            first(laid(call.results[0])),
            {"mu": mask.expand(*q.shape[:-2], queries, keys).reshape(-1, queries, keys)},
            {"alpha": 1 / math.sqrt(q.shape[-1]) if scale is None else float(scale)},
            batched=True,
        )
    ]


def _added(mask: Tensor) -> Tensor:
    """A mask as what is added to the scores: of booleans, 0 where something is seen."""
    if mask.dtype != torch.bool:
        return mask.double()
    return torch.zeros(mask.shape, dtype=torch.float64).masked_fill(~mask, -math.inf)
