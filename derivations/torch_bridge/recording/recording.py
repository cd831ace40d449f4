"""A recording: what a step computed, node by node, forward and backward."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from torch import Tensor, nn

from .calls import Made
from .modules import Modules
from .passes import Pass, backward_watched
from .recorder import Recorder


class Recording:
    """What runs inside of `with Recording(model) as recording:` is recorded: `passes` has each backward() in its order.

    Gradients, values and random numbers are bitwise those of the same step unwatched. Calls and nodes of other threads
    are not seen. `names` has the parameters of the model, by identity.
    """

    def __init__(self, model: nn.Module | None = None):
        modules = Modules(model)
        self.passes: list[Pass] = []
        self.names = {} if model is None else {id(each): name for name, each in model.named_parameters()}
        self._recorder = Recorder(modules)
        self._modules, self._running = modules, ExitStack()

    def __enter__(self) -> Recording:
        with ExitStack() as entered:
            entered.enter_context(self._modules.followed())
            entered.enter_context(backward_watched(self._recorder.kept, self.passes.append))
            entered.enter_context(self._recorder.functions_wrapped())
            entered.enter_context(self._recorder)
            self._running = entered.pop_all()
        return self

    def __exit__(self, *raised: Any) -> None:
        self._running.__exit__(*raised)

    @property
    def copied(self) -> int:
        """How many values were copied because a later call wrote to their memory."""
        return self._recorder.kept.copied

    def call_of(self, node: Any) -> Made | None:
        """What made a node; None where no call that was seen did."""
        return self._recorder.call_of(node)

    def leaf(self, tensor: Tensor) -> str:
        """The name of a parameter in the model; "" for any other tensor."""
        return self.names.get(id(tensor), "")
