"""Certify every sample that torch tests its own losses with; run alone, since torch's test module changes its process.

Prints a JSON list of [name, dtype, shape of the outputs, what became of it].
"""

import functools
import json
import sys
import types
import warnings

import torch
import torch.nn.functional as F
from torch import nn

from derivations import explain

# torch's samples come without it, but the module that holds them asks for it.
sys.modules["expecttest"] = types.ModuleType("expecttest")
sys.modules["expecttest"].TestCase = sys.modules["expecttest"].assert_expected_inline = object

from torch.testing._internal.common_methods_invocations import op_db  # noqa: E402
from torch.testing._internal.common_modules import module_db  # noqa: E402

FUNCTIONS = {
    f"nn.functional.{each.__name__}": each
    for each in (F.mse_loss, F.cross_entropy, F.nll_loss, F.binary_cross_entropy_with_logits)
}
MODULES = (nn.MSELoss, nn.CrossEntropyLoss, nn.NLLLoss, nn.BCEWithLogitsLoss)


def samples(dtype):
    """A criterion with the outputs and targets that torch tries it with."""
    for operation in (each for each in op_db if each.name in FUNCTIONS):
        for sample in operation.sample_inputs("cpu", dtype, requires_grad=True):
            (targets,) = sample.args
            yield functools.partial(FUNCTIONS[operation.name], **sample.kwargs), sample.input, targets
    for module in (each for each in module_db if each.module_cls in MODULES):
        for sample in module.module_inputs_func(module, device="cpu", dtype=dtype, requires_grad=True, training=True):
            made = sample.constructor_input
            yield module.module_cls(*made.args, **made.kwargs), *sample.forward_input.args


def became(criterion, outputs, targets):
    loss = criterion(outputs, targets)
    incoming = torch.randn_like(loss) if loss.dim() else None  # without a dimension, none is needed
    try:
        return str(explain(None, criterion).certify(outputs, targets, grad_output=incoming).verdict)
    except Exception as error:
        return repr(error)


warnings.simplefilter("ignore")
torch.manual_seed(0)
print(
    json.dumps(
        [
            (str(criterion), str(dtype), tuple(outputs.shape), became(criterion, outputs, targets))
            for dtype in (torch.float64, torch.float32)
            for criterion, outputs, targets in samples(dtype)
        ]
    )
)
