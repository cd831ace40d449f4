"""What can be derived: a subject says which derivations it has, and `derive` carries one out, once."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from . import handed_on
from .derivation import Derivation
from .index_calculus.memoised import memoised
from .options import Kind, shown


class Subject(ABC):
    """A criterion, a layer, a function, an optimizer. Subclasses are frozen dataclasses whose fields are options.

    A subclass's `derivation` names the options that `derive` may be given, as parameters with defaults.
    """

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
        if not isinstance(value, str) or value not in accepted:
            known = ", ".join(map(repr, accepted))
            raise ValueError(
                f"{type(self).__name__}({field}={shown(value)}): the option is unknown. Accepted: {known}."
            )

    def read(self, **kinds: Kind) -> None:
        """Read each field named as an option of that kind: what is left of it is True or False."""
        for field, kind in kinds.items():
            object.__setattr__(self, field, kind(type(self).__name__, field, getattr(self, field)))


def derive(subject: Subject, wrt: str | None = None, **options: Any) -> Derivation:
    """The derivation for one of a subject's `wrt`, line by line, for symbolic sizes; no torch needed.

    - `subject`: a criterion, a layer, a function or an optimizer, with the options in use.
    - `wrt`: one of `subject.wrt`, the first of them if left out. For a criterion "outputs" (Z), "weight" (W), "bias"
      (b), "inputs" (X), and "targets" where those are real numbers.
    - `options`: for a criterion, `bias=False` where the model has none; for an optimizer's "unrolled", `steps`.

    Raises TypeError for what is no subject, ValueError for another `wrt` or option, and Disagreement when a line is not
    equal to the one before.
    """
    check_subject("derive", subject)
    asked = subject.wrt[0] if wrt is None else wrt
    if not isinstance(asked, str) or asked not in subject.wrt:
        without = subject.without(asked) if isinstance(asked, str) else f"wrt={shown(asked)} is not one name."
        raise ValueError(f"{without} Accepted: {', '.join(map(repr, subject.wrt))}.")
    known = _options_of(type(subject))
    for name in options:
        if name not in known:
            accepted = ", ".join(map(repr, known)) or "none"
            raise ValueError(f"derive({subject}, {name}=…): the option is unknown. Accepted here: {accepted}.")
    return carried_out(subject, asked, **subject.relevant(asked, options))


def check_subject(function: str, given: Any, kind: Any = Subject) -> None:
    """Raise TypeError, saying what to give, where `given` is no formula of that kind: a class, an object of torch."""
    if isinstance(given, kind):
        return
    if isinstance(given, type) and issubclass(given, Subject):
        raise TypeError(f"{function}({given.__name__}): a class. Make one of it: {function}({given.__name__}()).")
    name = given.__name__ if isinstance(given, type) else type(given).__name__
    own = (each.__name__ for each in _kinds(kind) if name in (each.__name__, getattr(each, "torch_name", "")))
    example = next(own, "CrossEntropy" if inspect.isabstract(kind) else kind.__name__)
    raise TypeError(
        f"{function}({shown(given)}): it takes a formula, such as derivations.{example}(). For "
        "torch's own objects there is derivations.explain(model, criterion)."
    )


def _kinds(kind: Any) -> Iterator[type[Subject]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _kinds(each)


@cache
def _options_of(kind: type[Subject]) -> tuple[str, ...]:
    """What the `derivation` of a class can be given beside `wrt`."""
    named = list(inspect.signature(kind.derivation).parameters.values())[2:]
    return tuple(each.name for each in named if each.kind is not inspect.Parameter.VAR_KEYWORD)


@memoised
def carried_out(subject: Subject, wrt: str, **options: Any) -> Derivation:
    """What `derive` has checked, carried out once; or once by another process that hands it on."""
    reads, leaves = handed_on.named(handed_on.READ), handed_on.named(handed_on.LEAVE)
    if reads and (found := reads.read(subject, wrt, options)):
        return found
    derivation = subject.derivation(wrt, **options)
    if leaves:
        leaves.leave(subject, wrt, options, derivation)
    return derivation
