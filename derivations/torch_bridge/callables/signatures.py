"""What somebody's function takes, read off the names of its arguments, or off how many there are."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from ...linear import BIAS, INPUTS, OUTPUTS, WEIGHT
from ...losses.base import TARGETS
from ...words import Words

GRAD_OUTPUT = "grad_output"
#: What people call each of the arrays, in lower case.
NAMES: Mapping[str, frozenset[str]] = {
    role: frozenset(names.split())
    for role, names in {
        OUTPUTS: "z output outputs logit logits score scores pred preds prediction predictions y_pred yhat y_hat",
        TARGETS: "y t target targets label labels y_true onehot one_hot y_onehot y_one_hot probabilities",
        INPUTS: "x input inputs feature features data",
        WEIGHT: "w weight weights theta",
        BIAS: "b bias",
        GRAD_OUTPUT: "grad_output grad_out dout upstream",
    }.items()
}
ONE_HOT = frozenset(("onehot", "one_hot", "y_onehot", "y_one_hot"))
#: What a function of the outputs takes, and one that holds the linear layer; and how each is called by position.
OF_OUTPUTS, OF_INPUTS = (OUTPUTS, TARGETS), (INPUTS, WEIGHT, TARGETS)
BY_POSITION = {2: OF_OUTPUTS, 3: (*OF_OUTPUTS, GRAD_OUTPUT), 4: (INPUTS, WEIGHT, BIAS, TARGETS)}
ACCEPTED = "(Z, y), (Z, y, grad_output), (X, W, y), (X, W, b, y)"


class Unreadable(TypeError):
    """The arguments of a function do not say what they are; `words` have a {} for its name."""

    def __init__(self, zh: str, en: str) -> None:
        self.words = Words(zh, en)
        super().__init__(en.format("fn"))


def arguments_of(fn: Callable[..., Any]) -> dict[str, str]:
    """What each argument is, "outputs", "targets", "inputs", "weight", "bias" or "grad_output", by the names they have.

    Names that say nothing leave it to the position. Arguments with a default are left alone, but for a bias and
    `grad_output`. Raises Unreadable where neither tells.
    """
    try:
        parameters = inspect.signature(fn).parameters.values()
    except (TypeError, ValueError):
        raise Unreadable(
            f"{{}}：看不到参数的名字。请包一层函数，参数写成 {ACCEPTED} 之一。",
            f"{{}} does not show its arguments. Wrap it in a function of {ACCEPTED}.",
        ) from None
    roles: dict[str, str | None] = {}
    for each in parameters:
        role = next((role for role, names in NAMES.items() if each.name.lower() in names), None)
        named = each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
        if named and (each.default is each.empty or role in (BIAS, GRAD_OUTPUT)):
            roles[each.name] = role
    for wanted in (OF_OUTPUTS, OF_INPUTS):
        if found := _filled(roles, wanted):
            return found
    by_position = BY_POSITION.get(len(roles), ())
    weak = (INPUTS, BIAS) if WEIGHT not in by_position else ()  # x and b may be anything where there is no W
    contradicted = any(
        role is not None and role != here and role not in weak
        for role, here in zip(roles.values(), by_position, strict=False)
    )
    if not by_position or contradicted:
        taken = f"({', '.join(roles)})"
        raise Unreadable(
            f"{{}}：认不出参数 {taken} 各是什么。可用：{ACCEPTED}，用这些名字，或按这个顺序。",
            f"{{}} takes {taken}: what is each? Accepted: {ACCEPTED}, by these names or in this order.",
        )
    return dict(zip(roles, by_position, strict=True))


def _filled(roles: Mapping[str, str | None], wanted: tuple[str, ...]) -> dict[str, str] | None:
    """The roles, where they are the wanted ones, and `grad_output` or a bias; one that is not known is what is left."""
    others = {GRAD_OUTPUT, BIAS} if wanted is OF_INPUTS else {GRAD_OUTPUT}
    if wanted is OF_OUTPUTS:  # as in F.cross_entropy(input, target)
        roles = {name: OUTPUTS if name == "input" else role for name, role in roles.items()}
    known = [role for role in roles.values() if role is not None]
    missing = [role for role in wanted if role not in known]
    unknown = [name for name, role in roles.items() if role is None]
    if len({*known}) < len(known) or not {*known} <= {*wanted, *others} or not len(unknown) == len(missing) <= 1:
        return None
    return {name: role or missing[0] for name, role in roles.items()}


def function_of(found: Callable[..., Any]) -> tuple[Callable[..., Any], dict[str, str]]:
    """What to call, and its arguments: of an autograd.Function its `apply`, of a module's class a module."""
    owner = getattr(found, "__self__", None)
    if isinstance(owner, type) and issubclass(owner, torch.autograd.Function):
        found = owner  # its apply, which shows no names
    if isinstance(found, type) and issubclass(found, torch.autograd.Function):
        given = [*inspect.signature(found.forward).parameters.values()]
        separate = given and given[0].name not in ("ctx", "context")  # with setup_context, forward has no ctx
        names = given if separate else given[1:]

        def stand_in() -> None: ...

        stand_in.__signature__ = inspect.Signature(names)  # type: ignore[attr-defined]
        return found.apply, arguments_of(stand_in)
    if isinstance(found, type) and issubclass(found, nn.Module) and not _needed(found):
        found = found()
    if isinstance(found, nn.Module):
        return found, arguments_of(found.forward)
    if isinstance(found, type):
        raise Unreadable(
            "{} 是类。请写函数、类的静态方法（Name.method），或 autograd.Function、不带参数就能建的 nn.Module；"
            "别的先建好对象，例如 mine = Name(…)，再写对象的方法 mine.method。",
            "{} is a class. Name a function, a static method (Name.method), an autograd.Function, or an nn.Module that "
            "takes no arguments; of any other make an object in the file, as in mine = Name(…), and name its method, "
            "mine.method.",
        )
    if _needed(found)[:1] in (["self"], ["ctx"]):
        raise Unreadable(
            "{} 要在对象上调用。autograd.Function 请写类名；别的先在文件里建好对象，例如 mine = Name()，"
            "再写对象的方法 mine.method。",
            "{} is called on an object. Of an autograd.Function, name the class; of any other make an object in the "
            "file, as in mine = Name(), and name its method, mine.method.",
        )
    return found, arguments_of(found)


def _needed(found: Callable[..., Any]) -> list[str]:
    """The arguments that a call cannot do without."""
    try:
        parameters = inspect.signature(found).parameters.values()
    except (TypeError, ValueError):
        return []
    optional = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [
        parameter.name
        for parameter in parameters
        if parameter.default is parameter.empty and parameter.kind not in optional
    ]
