"""The front door of audits: a step, a training loop's step as it stands, or one autograd.Function."""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import Any

import sympy
import torch
from torch import Tensor, nn

from ...words import Words
from .. import vendor
from ..recording.passes import Pass
from ..recording.recording import Recording
from .account import Account, is_in
from .checked import checked, is_leaf, name_and_module
from .graphs import with_numbers
from .sums import changed

NO_NUMBERS = Words(
    "这个版本的 torch 不给出节点的编号，所以节点找不到是哪次调用产生的：只核对了各条边上的和。",
    "This version of torch tells no numbers of nodes, so no node finds the call that made it: sums at edges were "
    "compared, and nothing else.",
)
NO_BACKWARD = Words(
    "没有看到 backward()：要在 with 里面、同一个线程上调用它。",
    "No backward() was seen: call it inside of the with statement, on the same thread.",
)
COMPILED = Words(
    "torch.compile 过的模型在记录时按原样逐个运算执行：对账的不是编译出来的代码。",
    "A model that torch.compile made runs as it is written while it is recorded: the compiled code is not audited.",
)


class Audit(Account):
    """An account in the making: `with audit(model) as account:` fills it in when the block ends, unless that raises."""

    def __init__(self, model: nn.Module | None = None, only: str = "", exact: bool = False):
        super().__init__()
        self._recording, self._only, self._exact = Recording(model), only, exact
        self._compiled = model is not None and any(vendor.compiled(each) is not None for each in model.modules())

    def __enter__(self) -> Audit:
        self._recording.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, *raised: Any) -> None:
        recording = self._recording
        recording.__exit__(kind, *raised)
        if kind is not None:
            return
        visits = [(walk, visit) for walk, one in enumerate(recording.passes) for visit in _in_order(one)]
        modules = {visit: name_and_module(recording, visit.node)[1] for _, visit in visits}
        if visits and not any(is_in(each, self._only) for each in modules.values()):
            known = ", ".join(map(repr, dict.fromkeys(modules.values())))
            raise ValueError(f"only={self._only!r}: no node came from such a module. Modules with nodes: {known}.")
        self.nodes = tuple(
            checked(recording, visit, walk, self._exact) for walk, visit in visits if is_in(modules[visit], self._only)
        )
        self.changed = tuple(
            each
            for one in recording.passes
            for each in changed(one, lambda node: name_and_module(recording, node))
            if is_in(each.module, self._only)
        )
        self.graphs = tuple(
            with_numbers(recording, one, [each for each in self.nodes if each.walk == walk])
            for walk, one in enumerate(recording.passes)
            if one.visits
        )
        self.notes = self._notes()
        self.conditions = {
            "torch": torch.__version__,
            "sympy": sympy.__version__,
            "python": platform.python_version(),
            "threads": str(torch.get_num_threads()),
        }

    @property
    def seen(self) -> bool:
        """Whether a backward() was seen."""
        return bool(self._recording.passes)

    def _notes(self) -> tuple[Words, ...]:
        notes = [] if vendor.next_number() is not None else [NO_NUMBERS]
        notes += [] if self.seen else [NO_BACKWARD]
        return (*notes, *([COMPILED] if self._compiled else []))


def audit(step: Any, *given: Any, only: str = "", exact: bool = False) -> Audit:
    """Check what backward() computes, node by node: each share that a node hands on against the node's operation.

    - `audit(lambda: criterion(model(x), y), model)` runs the step and `loss.backward()`, as ever: `.grad` is added to.
      The step may call backward() itself. `model` names the modules, and may be left out.
    - `with audit(model) as account:` watches what runs inside, any number of steps with optimizer and all; the account
      is there when the block ends.
    - `audit(Swish.apply, x, beta)` runs one autograd.Function, or any function of tensors, on copies of these, and
      hands random numbers to its backward; no `.grad` is touched.

    `only="blocks.3"` checks the nodes of that module alone. With `exact=True` what is derived is compared with exact
    values too, rationals or 50 digits, which wants tensors of at most 256 finite numbers.

    Gradients, values and random numbers are bitwise those of the same step unwatched. Raises TypeError for a step that
    cannot be called, or returns no loss, and ValueError where no node came from the module that is asked for, or exact
    values cannot be had.
    """
    if isinstance(step, nn.Module) and not given:
        return Audit(step, only, exact)
    if not callable(step):
        raise TypeError(
            f"audit() takes a function that returns the loss, a model for a with statement, or a function and its "
            f"arguments; got {type(step).__name__}."
        )
    is_step = not given or (len(given) == 1 and isinstance(given[0], nn.Module | None))
    model = given[0] if given and is_step else step if isinstance(step, nn.Module) else None
    with Audit(model, only, exact) as account:
        if is_step:
            _run_step(step, account)
        else:
            _run_function(step, given)
    return account


def _run_step(step: Callable[[], Any], account: Audit) -> None:
    loss = step()
    if account.seen:
        return
    if not isinstance(loss, Tensor):
        raise TypeError(
            f"audit() calls backward() of what the step returns: a loss. It returned {type(loss).__name__}."
        )
    if not loss.requires_grad or loss.numel() != 1:
        what = f"a tensor of shape {tuple(loss.shape)}" if loss.requires_grad else "a tensor that needs no gradient"
        raise TypeError(f"audit() calls backward() of what the step returns: a loss, one number. It returned {what}.")
    loss.backward()


def _run_function(function: Callable[..., Any], given: tuple[Any, ...]) -> None:
    """The function on copies of its tensors, and the gradients in all that hold real numbers, of random G."""
    copies = [_copy(each) for each in given]
    inputs = [each for each in copies if isinstance(each, Tensor) and each.requires_grad]
    inputs += [each for each in function.parameters() if each.requires_grad] if isinstance(function, nn.Module) else []
    outs = [each for each in vendor.leaves(function(*copies))[0] if isinstance(each, Tensor) and each.requires_grad]
    if not inputs or not outs:
        raise TypeError(
            "audit() of a function takes tensors of real numbers, and the function must return one that depends on "
            "them."
        )
    generator = torch.Generator("cpu").manual_seed(0)
    arriving = [torch.randn(out.shape, generator=generator, dtype=torch.float64).to(out) for out in outs]
    torch.autograd.grad(outs, inputs, arriving, allow_unused=True)


def _copy(value: Any) -> Any:
    if not isinstance(value, Tensor):
        return value
    copy = value.detach().clone()
    return copy.requires_grad_() if copy.is_floating_point() or copy.is_complex() else copy


def _in_order(one: Pass) -> list[Any]:
    """The visits of a walk in the order of the forward, without leaves."""
    visits = [each for each in one.visits if not is_leaf(each.node)]
    return sorted(visits, key=lambda each: vendor.number(each.node) or 0)
