"""Programs in several languages: text for torch and numpy, expression trees for the diagnosis."""

from .functions import function_text
from .numpy import Numpy
from .python import Python
from .torch import Torch

#: The languages that closed forms are printed in, by the names by which they are asked for.
BACKENDS: dict[str, type[Python]] = {backend.name: backend for backend in (Torch, Numpy)}

__all__ = ["BACKENDS", "Numpy", "Python", "Torch", "backend_named", "function_text"]


def backend_named(name: str) -> type[Python]:
    """The writer of that name. Raises ValueError for one that there is not."""
    if name not in BACKENDS:
        raise ValueError(f"backend={name!r} is unknown. Accepted: {', '.join(map(repr, BACKENDS))}.")
    return BACKENDS[name]
