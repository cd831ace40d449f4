"""Gradient Ledger: what loss.backward() really computes, derived by SymPy and checked against torch autograd.

Importing this package loads neither SymPy nor torch: each name loads what it needs on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import looks, needs

if TYPE_CHECKING:
    from . import losses as losses
    from . import nn as nn
    from . import operations as operations
    from .checking import check
    from .curvature import convexity, hessian, normal_equations
    from .data import as_data, closed_form_as_data
    from .diagnosing import diagnose
    from .diagnosis.diagnosis import Diagnosis
    from .diagnosis.reading import NotUnderstood
    from .explanation import Explanation, explain
    from .figures import draw_graph
    from .index_calculus.judging.judge import Disagreement
    from .linear import Linear
    from .losses import MSE, NLL, BCEWithLogits, CrossEntropy, Elementwise, L2Penalty, Loss
    from .optimizers import SGD, Adam, AdamW
    from .sigmoid import two_class_softmax
    from .softmax import LogSoftmax, LogSumExp, Softmax
    from .subject import derive
    from .torch_bridge.auditing.audit import audit
    from .torch_bridge.certificates.certificate import Certificate
    from .torch_bridge.certificates.findings import CannotTell, GradientMismatch
    from .torch_bridge.function import certified_loss
    from .torch_bridge.graph.record import record
    from .torch_bridge.setup.setup import Unsupported
    from .torch_bridge.steps import assert_step
    from .torch_bridge.testing import assert_gradient

__version__ = "0.1.0"

_ON_FIRST_USE = {
    "MSE": ".losses",
    "NLL": ".losses",
    "SGD": ".optimizers",
    "Adam": ".optimizers",
    "AdamW": ".optimizers",
    "BCEWithLogits": ".losses",
    "CannotTell": ".torch_bridge.certificates.findings",
    "Certificate": ".torch_bridge.certificates.certificate",
    "CrossEntropy": ".losses",
    "Diagnosis": ".diagnosis.diagnosis",
    "Disagreement": ".index_calculus.judging.judge",
    "Elementwise": ".losses",
    "Explanation": ".explanation",
    "GradientMismatch": ".torch_bridge.certificates.findings",
    "L2Penalty": ".losses",
    "Linear": ".linear",
    "LogSoftmax": ".softmax",
    "LogSumExp": ".softmax",
    "Loss": ".losses",
    "NotUnderstood": ".diagnosis.reading",
    "Softmax": ".softmax",
    "Unsupported": ".torch_bridge.setup.setup",
    "as_data": ".data",
    "assert_gradient": ".torch_bridge.testing",
    "assert_step": ".torch_bridge.steps",
    "audit": ".torch_bridge.auditing.audit",
    "certified_loss": ".torch_bridge.function",
    "check": ".checking",
    "closed_form_as_data": ".data",
    "convexity": ".curvature",
    "derive": ".subject",
    "diagnose": ".diagnosing",
    "draw_graph": ".figures",
    "explain": ".explanation",
    "hessian": ".curvature",
    "normal_equations": ".curvature",
    "record": ".torch_bridge.graph.record",
    "two_class_softmax": ".sigmoid",
}
"""Each public name, and the module it comes from."""

_MODULES = ("losses", "nn", "operations")
"""Public modules: every criterion as a formula, as `losses.Huber`; as a module of torch, those that torch lacks; and
what the nodes of torch's graph compute, as `operations.LayerNorm`."""

_SHOWN_BY = {
    "Account": ".display.account",
    "Certificate": ".display.certificate",
    "Derivation": ".display.derivation",
    "Diagnosis": ".display.diagnosis",
    "Explanation": ".display.explanation",
    "NodeAccount": ".display.node",
}
"""The class of what a notebook shows, and the module that registers its look."""

looks.MODULES.update({kind: __name__ + module for kind, module in _SHOWN_BY.items()})

__all__ = [
    "MSE",
    "NLL",
    "SGD",
    "Adam",
    "AdamW",
    "BCEWithLogits",
    "CannotTell",
    "Certificate",
    "CrossEntropy",
    "Diagnosis",
    "Disagreement",
    "Elementwise",
    "Explanation",
    "GradientMismatch",
    "L2Penalty",
    "Linear",
    "LogSoftmax",
    "LogSumExp",
    "Loss",
    "NotUnderstood",
    "Softmax",
    "Unsupported",
    "as_data",
    "assert_gradient",
    "assert_step",
    "audit",
    "certified_loss",
    "check",
    "closed_form_as_data",
    "convexity",
    "derive",
    "diagnose",
    "draw_graph",
    "explain",
    "hessian",
    "normal_equations",
    "record",
    "two_class_softmax",
]


if not TYPE_CHECKING:  # or any name would pass for one of ours

    def __getattr__(name: str) -> Any:
        if name not in (*_ON_FIRST_USE, *_MODULES):
            raise AttributeError(f"module 'derivations' has no attribute {name!r}")
        try:
            module = import_module(_ON_FIRST_USE.get(name, f".{name}"), __name__)
        except ModuleNotFoundError as missing:
            if missing.name not in needs.OPTIONAL:
                raise
            raise ImportError(needs.advice(f"derivations.{name}", missing.name)) from missing
        return module if name in _MODULES else getattr(module, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_ON_FIRST_USE, *_MODULES})
