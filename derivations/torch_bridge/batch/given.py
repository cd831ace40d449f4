"""What a caller gives as numbers, as a tensor: tensors as they are, numpy arrays and lists in the dtype that fits."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..setup.models import DTYPES
from ..shapes import Like

NUMBERS = "a torch.Tensor, a numpy array or a list of numbers"


def real(name: str, given: Any, dtype: torch.dtype | None, device: torch.device | None) -> Tensor:
    """Real numbers. What is no tensor has no dtype of torch's, and takes `dtype`.

    Without one to take, a numpy array of floating point keeps its own, and other numbers are of torch's default dtype.
    """
    if isinstance(given, Tensor):
        return checked(name, given)
    found = _converted(name, given, device)
    own = found.dtype if hasattr(given, "__array__") and found.dtype in DTYPES else torch.get_default_dtype()
    return found.to(dtype or own)


def labels_or_real(name: str, given: Any, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Class labels where they are integers, and otherwise real numbers."""
    if isinstance(given, Tensor):
        return checked(name, given)
    found = _converted(name, given, device)
    if found.dtype == torch.bool:
        raise ValueError(f"{name} are True and False; give class labels as integers.")
    return found.to(dtype if found.is_floating_point() else torch.int64)


def _converted(name: str, given: Any, device: torch.device | None) -> Tensor:
    if not (hasattr(given, "__array__") or isinstance(given, list | tuple | int | float)):
        raise TypeError(f"{name} must be {NUMBERS}; given {_shown(given)}.")
    try:
        if hasattr(given, "__array__"):
            import numpy

            given = numpy.array(given)  # a copy: torch warns of what it may not write to, and refuses negative strides
        found = torch.as_tensor(given, device=device)
    except (TypeError, ValueError, RuntimeError) as wrong:
        raise TypeError(
            f"{name} must be {NUMBERS}, with rows of one length; given a {type(given).__name__} of which torch says: "
            f"{str(wrong).splitlines()[0]}"
        ) from None
    return checked(name, found)


def checked(name: str, given: Like) -> Like:
    """The same tensor, fit to compute with. Raises ValueError for one that holds no real numbers, or not plainly."""
    if given.is_quantized:
        raise ValueError(f"{name} is quantized ({given.dtype}). Call .dequantize() first.")
    if given.is_nested or given.layout != torch.strided:
        cure = "torch.nested.to_padded_tensor" if given.is_nested else ".to_dense()"
        raise ValueError(f"{name} is no dense tensor ({given.layout}). Make it one first, with {cure}.")
    if given.is_complex():
        raise ValueError(
            f"{name} is complex ({given.dtype}). Gradients are derived for real numbers: .real is such a part."
        )
    if given.is_inference():  # made in inference mode, and autograd could not keep it
        with torch.inference_mode(False):
            return given.clone()
    return given


def _shown(given: Any) -> str:
    text = repr(given)
    return text if len(text) <= 40 else f"a {type(given).__name__}"
