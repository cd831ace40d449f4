"""What assert_gradient is asked for, read with care: each argument that does not fit gets a sentence."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from math import prod
from typing import Any

import torch
from torch import nn

from ..setup.setup import Setup
from .edges import IMPLIED, NAMES
from .returned import beside_targets

ACCEPTED_DTYPES = (torch.float64, torch.float32, torch.float16, torch.bfloat16)
OF_OUTPUTS, OF_MODEL = ("loss", "gradient"), ("loss", "gradients")
#: What a third argument that may be left out is called where it is what backward receives.
INCOMING = ("grad_output", "grad_outputs", "grad_out", "dout", "upstream")


def returned(returns: Any, setup: Setup) -> str:
    """What fn returns: by default the gradient, or the gradients where there is a model.

    Without one there are several too where the criterion takes more than targets.
    """
    with_model = setup.model is not None
    accepted = OF_MODEL if with_model else OF_OUTPUTS
    if returns is None:
        return accepted[1]
    if returns in accepted or (returns == "gradients" and beside_targets(setup)):
        return str(returns)
    hint = ""
    if with_model and returns == "gradient":
        hint = " With a model there are several: return a dict, by 'weight', 'bias' and 'inputs'."
    elif returns == "gradients":
        hint = " Without a model there is one, in the outputs; give model= for those in weight, bias and inputs."
    raise ValueError(f"returns={returns!r} is unknown. Accepted: {', '.join(map(repr, accepted))}.{hint}")


def is_function(fn: Any) -> None:
    """Raises TypeError for what cannot be called."""
    says = "fn must be a function of (outputs, targets); given"
    if isinstance(fn, str):
        raise TypeError(f"{says} the string {fn!r}. Give the function itself.")
    if isinstance(fn, type):
        give = (
            f"{fn.__name__}.apply" if issubclass(fn, torch.autograd.Function) else f"an object of it, {fn.__name__}()"
        )
        raise TypeError(f"{says} {fn.__name__}, a class. Give {give}.")
    if not callable(fn):
        raise TypeError(f"{says} {type(fn).__name__}.")


def repeated(returns: str, targets: str | None, model: Any, blocks: Sequence[int], precision: Any) -> str:
    """The arguments that a rerun must have too, as they are typed."""
    said = {
        "returns": None if returns == (OF_OUTPUTS if model is None else OF_MODEL)[1] else repr(returns),
        "targets": None if targets is None else repr(targets),
        "model": None if model is None else "model",
        "blocks": f"{list(blocks)}" if blocks else None,
        "precision": None if precision is None else str(precision),
    }
    return "".join(f", {name}={value}" for name, value in said.items() if value is not None)


def function(fn: Any, names: Sequence[str], incoming: str) -> str | None:
    """How fn is given what backward receives: "positional", by a name, or not at all (None).

    `incoming` says whether it is "needed" (for reduction="none"), "possible", or "no". Raises TypeError for a
    function that takes other arguments.
    """
    try:
        signature = inspect.signature(fn.forward if isinstance(fn, nn.Module) else fn)
    except (TypeError, ValueError):  # a function in C, which does not say
        return "positional" if incoming == "needed" else None
    if next(iter(signature.parameters), "") == "self":
        raise TypeError(f"fn is a method of a class, {fn.__qualname__}. Give it of an object, whose self is bound.")
    if incoming == "needed":
        _check_takes(fn, signature, [*names, "grad_output"], ", since reduction='none' leaves losses apart")
        return "positional"
    own = [each for each in signature.parameters.values() if each.kind != each.VAR_KEYWORD]
    extra = own[len(names) :]
    if incoming == "possible" and not any(each.kind == each.VAR_POSITIONAL for each in own):
        positional = [each for each in extra if each.kind == each.POSITIONAL_OR_KEYWORD or each.kind == 0]
        if positional and positional[0].default is inspect.Parameter.empty:
            _check_takes(fn, signature, [*names, "grad_output"], "")
            return "positional"
        named = [each.name for each in extra if each.name in INCOMING]
        if named:
            return named[0]
    _check_takes(fn, signature, names, "")
    return None


def _check_takes(fn: Any, signature: inspect.Signature, names: Sequence[str], why: str) -> None:
    try:
        signature.bind(*names)
    except TypeError as wrong:
        name = getattr(fn, "__name__", type(fn).__name__)
        raise TypeError(
            f"fn is called as fn({', '.join(names)}){why}; given {name}{signature}, which cannot be: {wrong}."
        ) from None


def dtypes_of(given: Iterable[torch.dtype]) -> list[torch.dtype]:
    if isinstance(given, torch.dtype | str):
        meant = given if isinstance(given, torch.dtype) else f"torch.{given.removeprefix('torch.')}"
        raise TypeError(f"dtypes must be a list, for example [torch.float32]; given {given!r}. Did you mean [{meant}]?")
    found = _listed("dtypes", given, "[torch.float32]")
    for each in found:
        if each not in ACCEPTED_DTYPES:
            accepted = ", ".join(map(str, ACCEPTED_DTYPES))
            raise TypeError(f"dtypes must hold dtypes of real numbers; given {each!r}. Accepted: {accepted}.")
    return found


def shapes_of(given: Iterable[Sequence[int]], setup: Setup) -> list[tuple[int, ...]]:
    """Shapes that outputs, or a model's inputs, can have, of which one has entries at least."""
    of, example = ("outputs", (5, 3)) if setup.model is None else ("inputs", (5, setup.model.in_features))
    found = _listed("shapes", given, f"[{example}]")
    says = f"shapes must hold shapes of the {of}, tuples of sizes such as {example}"
    if isinstance(given, list | tuple) and all(isinstance(each, int) for each in found):
        raise TypeError(f"{says}; given {found[0]!r}. Did you mean [{tuple(found)}]?")
    for each in found:
        if not isinstance(each, list | tuple) or not all(_is_size(size) for size in each):
            raise TypeError(f"{says}; given {each!r}.")
        if setup.model is not None:
            if tuple(each[-1:]) != (setup.model.in_features,):
                raise ValueError(
                    f"with a model, shapes are those of its inputs, (N, D) with D = {setup.model.in_features}; given "
                    f"{tuple(each)}."
                )
        elif setup.loss.classes_second and 0 in (each[1:2] or each or (0,)):
            raise ValueError(
                f"{setup.name} wants outputs of shape (C,) or (N, C, …) with a class; given {tuple(each)}."
            )
    if not any(map(prod, found)):
        raise ValueError(f"shapes={found} have no entries, so nothing would be tried. Give one that has, as {example}.")
    return [tuple(each) for each in found]


def blocks_of(given: Any) -> tuple[int, ...]:
    """A kernel's block size, or several."""
    one = given is None or isinstance(given, int | float | str)
    found = () if given is None else (given,) if one else tuple(_listed("blocks", given, "[1024]"))
    for each in found:
        if not _is_size(each) or each < 1:
            raise TypeError(f"blocks must be a kernel's block size, or a list of some, such as 1024; given {each!r}.")
    return found


def names_of(without: Any, only: Any) -> frozenset[str]:
    """The edges and checks that are tried."""
    left_out, wanted = _names("without", without), _names("only", only)
    left_out += [IMPLIED[each] for each in left_out if each in IMPLIED]
    found = (frozenset(wanted) or frozenset(NAMES)) - frozenset(left_out)
    if not found:
        raise ValueError("without= leaves out everything, so nothing would be tried.")
    return found


def _names(argument: str, given: Any) -> list[str]:
    found = [given] if isinstance(given, str) else [] if given is None else _as_list(argument, given, "['one row']")
    for each in found:
        if each not in NAMES:
            near = get_close_matches(str(each).lower(), NAMES, 1)
            meant = f" Did you mean {near[0]!r}?" if near else ""
            known = ", ".join(map(repr, NAMES))
            raise ValueError(f"{argument}={each!r} is no edge that is tried.{meant} There are: {known}.")
    return found


def precision_of(given: Any) -> torch.dtype | float:
    """In which dtype fn computes, or by what factor the bound is widened; 1 where nothing is said."""
    if given is None:
        return 1.0
    if isinstance(given, torch.dtype) and given in ACCEPTED_DTYPES:
        return given
    if isinstance(given, int | float) and not isinstance(given, bool) and 1 <= given < float("inf"):
        return float(given)
    accepted = ", ".join(map(str, ACCEPTED_DTYPES))
    raise ValueError(
        f"precision must be the dtype that fn computes in, one of {accepted}, or a factor of 1 or more, by which the "
        f"bound is widened; given {given!r}."
    )


def seed_of(given: Any) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or not -(2**63) <= given < 2**63:
        raise TypeError(f"seed must be an int of 64 bits; given {given!r}.")
    return given


def device_of(given: Any) -> torch.device:
    """A device that tensors can be on here."""
    try:
        found = torch.device("cpu" if given is None else given)
        torch.empty(0, device=found)
    except Exception as wrong:  # torch raises whatever it likes, an AssertionError too
        why = str(wrong).splitlines()[0] if str(wrong) else type(wrong).__name__
        raise ValueError(f"device must be one that there is here, for example 'cpu'; given {given!r}: {why}") from None
    if found.type == "meta":
        raise ValueError("device='meta' holds no values, so nothing would be tried. Give another, for example 'cpu'.")
    return found


def _listed(name: str, given: Iterable[Any], example: str) -> list[Any]:
    """All that is given, a generator's once for all."""
    found = _as_list(name, given, example)
    if not found:
        raise ValueError(
            f"{name} is empty, so nothing would be tried. Give some, for example {example}, or leave it out."
        )
    return found


def _as_list(name: str, given: Any, example: str) -> list[Any]:
    try:
        return list(given)
    except TypeError:
        raise TypeError(f"{name} must be a list, for example {example}; given {given!r}.") from None


def _is_size(given: Any) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and given >= 0
