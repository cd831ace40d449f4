"""For tests of people's own kernels: is this function's gradient the criterion's, at every shape, dtype and edge?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import nn

from ...linear import BIAS, INPUTS, OUTPUTS, WEIGHT
from ...verdict import SEEN, SEEN_IN_TESTS
from ..certificates.certificate import Certificate, doubt
from ..certificates.findings import CannotTell
from ..certificates.rows import Row
from ..setup.setup import read
from . import asked
from .called import Kernel
from .edges import BLOCKS
from .setups import is_exact
from .told import Teller
from .trials import Plan, around, default_shapes
from .tried import Tried

__all__ = ["DTYPES", "assert_gradient"]

DTYPES = (torch.float64, torch.float32)


def assert_gradient(
    fn: Callable[..., Any],
    criterion: Callable[..., Any],
    returns: str | None = None,
    targets: str | None = None,
    dtypes: Iterable[torch.dtype] = DTYPES,
    shapes: Iterable[Sequence[int]] | None = None,
    seed: int = 0,
    device: torch.device | str = "cpu",
    *,
    model: nn.Module | None = None,
    blocks: int | Iterable[int] | None = None,
    precision: torch.dtype | float | None = None,
    without: str | Iterable[str] = (),
    only: str | Iterable[str] = (),
) -> None:
    """Check a function's gradient, or its loss, against the closed form of `criterion`, within the bound of that form.

    What `fn` is called with:

    - `fn(outputs, targets)`; with `model`, a torch.nn.Linear, `fn(inputs, weight, bias, targets)`, where `bias` is None
      if the model has none. In the place of `targets` all that the criterion takes there, as `targets, var`.
    - With reduction="none" and gradients returned, `grad_output` comes last, of the loss's shape. For "mean" and "sum"
      too, as a number, where `fn` asks for it: by a further argument without a default, or one called `grad_output`.

    What it `returns`:

    - "gradient", the default without a model: ∂loss/∂outputs, of the outputs' shape.
    - "gradients", the default with one: a dict by "weight", "bias", "inputs" and "outputs", all of these or some, or a
      tuple in that order, which leaves out the bias where there is none. A gradient in what the criterion takes beside
      targets comes after them, as "var", or "input2"; of such a criterion they may be asked for without a model too.
    - "loss": it is differentiated by autograd, also with another number than 1 coming back; its value is compared with
      the criterion's, and its second derivative too, where autograd finds one: a backward that returns a saved
      gradient has none, and is not called wrong for that.

    What is tried:

    - `targets`: what CrossEntropyLoss is given, "indices" (the default) or "probabilities".
    - `dtypes`, `shapes`, `seed`: by default float64 and float32, at six shapes of the outputs, (N, C) and
      (N, C, d1, …), or at those that the criterion's weights fit; with a model, shapes of its inputs. Class weights and
      the model are cast to each dtype.
    - `blocks`: the block size of a kernel, or several. Sizes around 128, 1,024 and 4,096 are tried unless `shapes` are
      given, those around 128 alone for a loss of pairs of classes; with `blocks` those around them are tried too.
    - `without`: names of what is not tried: "ordinary outputs", "small outputs", "large outputs", "ignored labels",
      "all labels ignored", "labels at ends", "unnormalised probabilities", "masked vocabulary" and "masked block" (of
      −inf), "one row", "empty batch", "grad_output", "expanded grad_output", "strided outputs", "transposed outputs",
      "expanded outputs", "strided targets", "strided weight", "block sizes"; and of what is not looked at: "value of
      the loss", "second call", "second derivative", "overwritten inputs". Without "ignored labels" there is no "all
      labels ignored", and without "overwritten inputs" no "expanded outputs". `only`: the names of those that alone
      are tried and looked at, as the line to rerun a trial has it.
    - `device`: where `fn` and autograd compute, for example "cuda"; weights of the criterion must be there. The data
      are the same on each.

    `precision` widens the bound: a dtype in which `fn` computes inside, however its terms cancel, or a factor of 1 or
    more. Without it a gradient must be as near as any order of summation of the closed form brings it.

    Raises GradientMismatch with its `diagnosis`, expected and given side by side, the worst index, the bound, and a
    line that reruns that trial; CannotTell when nothing disagrees, but in some dtype and shape no trial would have
    shown a gradient 5 % too large (11 % with a `precision`, or with class weights that are rounded); whatever `fn`
    raises, with notes that name the trial; TypeError or ValueError when `fn` returns something else, and for arguments
    with which nothing would be tried; Unsupported for a criterion or a model that no derivation covers.
    """
    __tracebackhide__ = True  # pytest then shows the test that called it
    seed = asked.seed_of(seed)
    asked.is_function(fn)
    setup = read(model, criterion, targets)
    returns = asked.returned(returns, setup)
    first = (OUTPUTS,) if setup.model is None else (INPUTS, WEIGHT, BIAS)
    names = (*first, *(each.name for each in setup.loss.operands))
    incoming = "no" if returns == "loss" else "needed" if setup.loss.reduction == "none" else "possible"
    own_blocks = asked.blocks_of(blocks)
    takes = asked.function(fn, names, incoming)
    plan = Plan(
        shapes=default_shapes(setup) if shapes is None else asked.shapes_of(shapes, setup),
        at_blocks=around(setup, own_blocks, shapes is None),
        blocks=(*BLOCKS, *own_blocks),
        seed=seed,
        device=asked.device_of(device),
        names=asked.names_of(without, only) - ({"grad_output"} if takes is None and returns != "loss" else set()),
    )
    tried = Tried(
        kernel=Kernel(fn, returns, takes),
        setup=setup,
        plan=plan,
        precision=asked.precision_of(precision),
        teller=Teller(fn, criterion, asked.repeated(returns, targets, model, own_blocks, precision)),
    )
    told = tried.everything(asked.dtypes_of(dtypes))
    for (dtype, *_), certificates in told.items():
        _require_telling(certificates, SEEN_IN_TESTS if precision is None and is_exact(setup, dtype) else SEEN)


def _require_telling(certificates: Sequence[tuple[Certificate, Row]], wanted: float) -> None:
    """Raises CannotTell, with what came nearest, where none of the gradients other than 0 tells anything."""
    __tracebackhide__ = True
    telling = [each for each in certificates if not each[1].zero]
    if not telling:
        return
    certificate, nearest = min(telling, key=lambda each: each[1].sharpest)
    if nearest.sharpest >= wanted:
        where = f"in {certificate.conditions['dtype']} at shape {certificate.conditions['shape']}"
        raise CannotTell(
            f"{certificate.setup}: whether the gradient given is the criterion's cannot be told {where}",
            **doubt(certificate, nearest, wanted).details,
        )
