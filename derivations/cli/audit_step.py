"""Somebody's own training step, loaded, run and audited.

This module loads torch.
"""

from __future__ import annotations

import inspect
import sys
import warnings
from collections.abc import Callable
from typing import Any

from .. import interrupts, needs
from ..display.account import account_text
from ..verdict import EXIT_CODES
from . import output
from .arguments import Given, WrongUse
from .loading import Place, Theirs, is_in

try:
    with interrupts.held():
        import torch
        from torch import nn

        from ..torch_bridge.auditing.account import Account
        from ..torch_bridge.auditing.audit import audit
except ModuleNotFoundError as missing:
    if missing.name not in needs.OPTIONAL:
        raise
    raise ImportError(needs.advice("`derivations audit FILE.py::NAME`", missing.name)) from missing


def audit_step(mine: Place, given: Given, lang: str) -> int:
    """Run the step and print its account; returns the exit code. Raises Theirs for what it raises, and WrongUse."""
    account = _account(mine, given)
    if given.get("json", False):
        output.write_json({"checked": mine.given, **account.data()}, sys.stdout)
    else:
        output.write(account_text(account, lang, output.colour(sys.stdout)), sys.stdout)
    return EXIT_CODES[account.verdict]


def _account(mine: Place, given: Given) -> Account:
    with mine.here(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of their code: what it computes is judged
        step = mine.load()
        _check_step(mine, step)
        model = _model(mine, step, given.get("model"))
        if "seed" in given:
            torch.manual_seed(given["seed"])
        try:
            return audit(step, model, only=given.get("only", ""))
        except (Exception, SystemExit) as wrong:
            if is_in(wrong, mine.file):
                raise Theirs(wrong, mine.file) from wrong
            if isinstance(wrong, TypeError):  # of what it returns
                raise WrongUse(
                    f"{mine.given}：它应当返回损失（一个需要梯度的数），或者自己调用 backward()。",
                    f"{mine.given}: it must return the loss, one number that needs a gradient, or call backward() "
                    "itself.",
                ) from wrong
            raise


def _check_step(mine: Place, step: Any) -> None:
    """Raises WrongUse for what cannot be called without arguments."""
    if isinstance(step, nn.Module | type) or not callable(step) or _required(step):
        raise WrongUse(
            f"{mine.given} 应当是一个不带参数的函数：算一遍前向，返回损失。",
            f"{mine.given} must be a function without arguments, which runs the forward and returns the loss.",
        )


def _required(step: Callable[..., Any]) -> bool:
    parameters = inspect.signature(step).parameters.values()
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return any(each.default is each.empty and each.kind not in variable for each in parameters)


def _model(mine: Place, step: Any, name: str | None) -> nn.Module | None:
    """The model whose modules give the nodes their names: the one that is named, or the only one of the file."""
    globals_of = getattr(step, "__globals__", {})
    there = {each: value for each, value in globals_of.items() if isinstance(value, nn.Module)}
    if name is None:
        return next(iter(there.values())) if len(there) == 1 else None
    if name not in there:
        raise WrongUse(
            f"--model {name}：{mine.file} 里没有这个模型。可用：{'、'.join(there) or '无'}。",
            f"--model {name}: {mine.file} has no such model. Accepted: {', '.join(there) or 'none'}.",
        )
    return there[name]
