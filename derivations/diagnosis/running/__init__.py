"""Running what was read, over small arrays, with a budget of steps and of elements; nothing of it is run by Python."""

from .interpreter import run
from .scope import STEPS
from .uses import uses
from .vocabulary import vocabulary

__all__ = ["STEPS", "run", "uses", "vocabulary"]
