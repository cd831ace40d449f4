"""One thread at a time derives and judges; what was derived is kept, and found again without waiting.

An evaluator keeps what it has computed and which ∂ it is inside of, a judge its evaluators, and all threads share them:
two at once would read each other's halves. Python runs one thread at a time anyway, so that nothing is lost by taking
turns.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")

#: Who holds it may take it again: a derivation asks for its lemmas, and those for theirs.
TURN = threading.RLock()

if hasattr(os, "register_at_fork"):  # a process forked in the middle would be left with halves, and a lock nobody frees
    os.register_at_fork(before=TURN.acquire, after_in_parent=TURN.release, after_in_child=TURN.release)


def alone(function: Callable[Given, Result]) -> Callable[Given, Result]:
    """A function that one thread at a time carries out."""

    @wraps(function)
    def in_turn(*args: Given.args, **options: Given.kwargs) -> Result:
        with TURN:
            return function(*args, **options)

    return in_turn


def memoised(function: Callable[Given, Result]) -> Callable[Given, Result]:
    """A function that is carried out once for the same arguments, whichever threads ask; what it raises is not kept."""
    known: dict[object, Result] = {}

    @wraps(function)
    def remembered(*args: Given.args, **options: Given.kwargs) -> Result:
        key = (args, tuple(options.items()))
        if key not in known:
            with TURN:
                if key not in known:
                    known[key] = function(*args, **options)
        return known[key]

    remembered.cache_clear = known.clear  # type: ignore[attr-defined]
    return remembered
