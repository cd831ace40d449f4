"""What can be derived: a subject says which derivations it has, and `derive` carries one out, once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from .derivation import Derivation
from .index_calculus.once import once


class Subject(ABC):
    """A criterion, a layer, a function, an optimizer. Subclasses are frozen dataclasses whose fields are options."""

    @property
    @abstractmethod
    def wrt(self) -> tuple[str, ...]:
        """What a derivation can be asked for, the usual one first."""

    @abstractmethod
    def derivation(self, wrt: str, **options: Any) -> Derivation:
        """Carry out the derivation of one of `wrt`. Call `derive`, which checks and remembers."""

    def without(self, wrt: str) -> str:
        """Why there is no derivation for `wrt`, as a sentence."""
        return f"wrt={wrt!r} is not something {self} has a derivation for."

    def relevant(self, wrt: str, options: Mapping[str, Any]) -> Mapping[str, Any]:
        """Those of the options that make a difference for `wrt`; a derivation is remembered by them."""
        return options

    def choose(self, field: str, value: Any, accepted: tuple[Any, ...]) -> None:
        """Raise ValueError when the option `field` has a value that torch does not know."""
        if value not in accepted:
            known = ", ".join(map(repr, accepted))
            raise ValueError(f"{type(self).__name__}({field}={value!r}): the option is unknown. Accepted: {known}.")


def derive(subject: Subject, wrt: str | None = None, **options: Any) -> Derivation:
    """The derivation for one of a subject's `wrt`, line by line, for symbolic sizes; no torch needed.

    - `subject`: a criterion, a layer, a function or an optimizer, with the options in use.
    - `wrt`: one of `subject.wrt`, the first of them if left out. For a criterion "outputs" (Z), "weight" (W), "bias"
      (b), "inputs" (X), and "targets" where those are real numbers.
    - `options`: for a criterion, `bias=False` where the model has none; for an optimizer's "unrolled", `steps`.

    Raises ValueError for another `wrt`, and Disagreement when a line is not equal to the one before.
    """
    asked = subject.wrt[0] if wrt is None else wrt
    if asked not in subject.wrt:
        raise ValueError(f"{subject.without(asked)} Accepted: {', '.join(map(repr, subject.wrt))}.")
    return carried_out(subject, asked, **subject.relevant(asked, options))


@once
def carried_out(subject: Subject, wrt: str, **options: Any) -> Derivation:
    """What `derive` has checked, carried out once."""
    return subject.derivation(wrt, **options)
