"""The criteria there are. A module of this package registers its own; everything that lists criteria asks here.

The letters of the atlas, one meaning each. Options: w weight, q pos_weight, epsilon label_smoothing, iota ignore_index,
beta (SmoothL1), Delta (Huber's delta), rho margin, eta eps, gamma and alpha (focal), tau temperature, kappa softcap,
omega scale of the logits, lambda strength of an L2 penalty or of the z-loss, lambda_1 of an L1 penalty, zeta mixing
weight. Operands: Y or y targets, nu var, Zother input2, Zpos positive, Zneg negative.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from ..index_calculus.symbols import INDEX_LETTERS, SIZES
from ..options import LABEL
from .base import TARGETS, Loss
from .declared import FAMILIES

#: The letters that formulas of every criterion use for the same thing, and those that stand for a number or for δ.
COMMON = {*"XWbZQPGALSVUe", "mu", "sigma", "U_bar", "delta", "pi"}
#: What torch and code call the letters that are no option's.
OTHERS = {"v": "grad_output", "Y": TARGETS, "y": TARGETS}
Kind = TypeVar("Kind", bound=type[Loss])

_REGISTERED: dict[str, type[Loss]] = {}
#: What code calls each letter; `letters` shows it.
_NAMES: dict[str, str] = {}


def register(kind: Kind) -> Kind:
    """Make a criterion known, by its name in torch; a decorator of its class.

    Raises ValueError where one of its letters stands for something else already, and for a family that is none.
    """
    if kind.family not in FAMILIES:
        raise ValueError(f"{kind.__name__}.family={kind.family!r} is unknown. Accepted: {', '.join(FAMILIES)}.")
    for letter, name in _letters_of(kind):
        _check_letter(kind, letter, name)
    _REGISTERED[kind.torch_name] = kind
    _name_letters()
    return kind


def unregister(kind: type[Loss]) -> None:
    """Take a criterion out again, with the letters that are its alone."""
    if _REGISTERED.get(kind.torch_name) is kind:
        del _REGISTERED[kind.torch_name]
        _name_letters()


def registered() -> tuple[type[Loss], ...]:
    """Every criterion: by family, and there in the order in which it was registered."""
    families = [*FAMILIES]
    return tuple(sorted(_REGISTERED.values(), key=lambda kind: families.index(kind.family)))


def letters() -> Mapping[str, str]:
    """What code and torch call each letter of an option or operand, and the incoming vector: a view that stays current.

    In the order of arguments: operands, weights, the incoming vector, numbers, labels. Targets are Y or y in code too.
    """
    return MappingProxyType(_NAMES)


def spelled(kind: type) -> str:
    """The name of a class as a command has it: bce-with-logits for BCEWithLogits."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", kind.__name__).lower()


def _name_letters() -> None:
    operands = [pair for kind in registered() for pair in _operands_of(kind) if pair[1] != TARGETS]
    options = [option for kind in registered() for option in kind.declared if option.letter]
    weights = [option for option in options if option.is_tensor]
    labels = [option for option in options if option.kind is LABEL]
    numbers = [option for option in options if option not in (*weights, *labels)]
    _NAMES.clear()
    _NAMES.update(operands)
    _NAMES.update((each.letter, each.name) for each in weights)
    _NAMES["v"] = OTHERS["v"]
    _NAMES.update((each.letter, each.name) for each in (*numbers, *labels))


def _letters_of(kind: type[Loss]) -> Iterator[tuple[str, str]]:
    """Each letter with what torch calls it."""
    yield from ((option.letter, option.name) for option in kind.declared if option.letter)
    yield from _operands_of(kind)


def _operands_of(kind: type[Loss]) -> Iterator[tuple[str, str]]:
    """The letters of the operands, for each kind of targets."""
    kinds: Iterable[dict[str, Any]] = [{TARGETS: each} for each in kind.kinds_of_targets] or [{}]
    for given in kinds:
        yield from ((operand.letter, operand.name) for operand in kind(**given).operands)


def _check_letter(kind: type[Loss], letter: str, name: str) -> None:
    """Raise ValueError where the letter stands for a size, an index, an array of every formula, or another option."""
    taken = (
        {size.name for size in SIZES} | {letter for letters in INDEX_LETTERS.values() for letter in letters} | COMMON
    )
    others = ((kind.__name__, *pair) for kind in _REGISTERED.values() for pair in _letters_of(kind))
    meanings = [(kind.__name__, *pair) for pair in _letters_of(kind)]
    if letter in taken:
        raise ValueError(f"{kind.__name__}.{name}: the letter {letter} is taken. Choose one that formulas do not use.")
    if OTHERS.get(letter, name) != name:
        raise ValueError(f"{kind.__name__}.{name}: the letter {letter} stands for {OTHERS[letter]}. Choose another.")
    for owner, other, meaning in (*others, *meanings):
        if other == letter and meaning != name:
            raise ValueError(
                f"{kind.__name__}.{name}: the letter {letter} stands for {meaning} of {owner} already. Choose another."
            )
