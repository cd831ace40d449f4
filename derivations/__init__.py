"""Gradient Ledger: what loss.backward() really computes, derived by SymPy and checked against torch autograd.

Importing this package loads neither torch nor numpy; what needs torch loads it on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .curvature import convexity, hessian, normal_equations
from .index_calculus.judge import Disagreement
from .linear import Linear
from .losses import MSE, NLL, BCEWithLogits, CrossEntropy, L2Penalty, Loss
from .optimizers import SGD, Adam, AdamW
from .sigmoid import two_class_softmax
from .softmax import LogSoftmax, LogSumExp, Softmax
from .subject import derive

if TYPE_CHECKING:
    from .explanation import Explanation, explain
    from .figures import draw_graph
    from .torch_bridge.certify import Certificate, GradientMismatch
    from .torch_bridge.function import certified_loss
    from .torch_bridge.graph import record
    from .torch_bridge.read import Unsupported
    from .torch_bridge.testing import assert_gradient

__version__ = "0.1.0"

_ON_FIRST_USE = {
    "Certificate": ".torch_bridge.certify",
    "Explanation": ".explanation",
    "GradientMismatch": ".torch_bridge.certify",
    "Unsupported": ".torch_bridge.read",
    "assert_gradient": ".torch_bridge.testing",
    "certified_loss": ".torch_bridge.function",
    "draw_graph": ".figures",
    "explain": ".explanation",
    "record": ".torch_bridge.graph",
}

__all__ = [
    "MSE",
    "NLL",
    "SGD",
    "Adam",
    "AdamW",
    "BCEWithLogits",
    "Certificate",
    "CrossEntropy",
    "Disagreement",
    "Explanation",
    "GradientMismatch",
    "L2Penalty",
    "Linear",
    "LogSoftmax",
    "LogSumExp",
    "Loss",
    "Softmax",
    "Unsupported",
    "assert_gradient",
    "certified_loss",
    "convexity",
    "derive",
    "draw_graph",
    "explain",
    "hessian",
    "normal_equations",
    "record",
    "two_class_softmax",
]


def __getattr__(name: str) -> Any:
    if name not in _ON_FIRST_USE:
        raise AttributeError(f"module 'derivations' has no attribute {name!r}")
    try:
        module = import_module(_ON_FIRST_USE[name], __name__)
    except ModuleNotFoundError as missing:
        if missing.name not in ("torch", "numpy"):
            raise
        raise ImportError(
            f"derivations.{name} needs {missing.name}, which is not installed. "
            "Install it with: pip install 'gradient-ledger[torch]'"
        ) from missing
    return getattr(module, name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_ON_FIRST_USE])
