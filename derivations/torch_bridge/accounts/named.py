"""Gradients of a loss that have no matrix form, as code over named axes."""

from __future__ import annotations

from functools import cache
from typing import Any

import torch

from ...closed_form.named_axes.nodes import Entry, Program
from ...closed_form.named_axes.reading import program
from ...closed_form.named_axes.writing import source
from ...closed_form.names import names
from ...closed_form.plan import assignments
from ...closed_form.uses import letters_of
from ...index_calculus.matrices.recognise import NoMatrixForm
from ...index_calculus.symbols import Tensor
from ...linear import OUTPUTS
from ...losses import Loss
from ...subject import derive
from .printed import Compiled


@cache
def has_matrix_form(loss: Loss, wrt: str) -> bool:
    """Can ∂L/∂`wrt`, and all that it uses, be written with whole arrays?"""
    derivation = derive(loss, wrt)
    if derivation.matrix is None:
        return False
    try:
        assignments(derivation.context, letters_of([derivation.matrix.node]))
    except NoMatrixForm:
        return False
    return True


@cache
def named_program(loss: Loss, wrt: str) -> Program:
    """∂L/∂`wrt` as assignments over named axes."""
    derivation = derive(loss, wrt)
    return program({wrt: (derivation.result, derivation.targets)}, derivation.context)


@cache
def named_gradient(loss: Loss, wrt: str) -> Compiled:
    """The code that computes it, of arrays by torch's names."""
    made, called, outputs = named_program(loss, wrt), names(), loss.tensor(OUTPUTS)
    text = source(made, "torch", called, like=_entry(outputs))
    namespace: dict[str, Any] = {"torch": torch}
    exec(compile(text, "<closed form>", "exec"), namespace)
    code = namespace["gradients"].__code__
    return Compiled(namespace["gradients"], code.co_varnames[: code.co_argcount])


def _entry(tensor: Tensor) -> Entry:
    return Entry(tensor.name, tuple(index.name for index in tensor.free))
