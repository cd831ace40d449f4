"""What runs a lesson's cells: IPython, which tells its outputs to a channel."""

from __future__ import annotations

import sys
import threading
from typing import Any, NoReturn

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from .channel import Channel


def _shown(data: dict[str, Any]) -> dict[str, Any]:
    """What a page, and whoever checks it, can take: text, but for data."""
    for kind, value in data.items():
        if not str(kind).endswith("json") and not isinstance(value, str | bytes):
            raise TypeError(f"a {type(value).__name__} cannot be shown on a page as {kind}")
    return data


class Result(DisplayHook):
    """The value of a cell's last line is an output."""

    shell: Shell

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        self.shell.say({"output_type": "execute_result", "data": _shown(format_dict), "metadata": md_dict or {}})

    def finish_displayhook(self) -> None:
        self._is_active = False


class Publisher(DisplayPublisher):
    """So is what `display` shows."""

    def publish(  # type: ignore[override]
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        *,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        kind = "update_display_data" if update else "display_data"
        name = (transient or {}).get("display_id")
        self.shell.say(
            {"output_type": kind, "display_id": name, "data": _shown(data), "metadata": dict(metadata or {})}
        )

    def clear_output(self, wait: bool = False) -> None:
        self.shell.say({"output_type": "clear_output", "wait": wait})


class Shell(InteractiveShell):
    """IPython, without a user's profile, a history on the disk, or tracebacks: an error is told in a sentence."""

    displayhook_class = Result
    display_pub_class = Publisher

    error: BaseException | None = None
    db: dict[str, Any] = {}  # noqa: RUF012 — of one lesson, like all else here

    def __init__(self, channel: Channel) -> None:
        self.say = channel.say
        super().__init__(config=Config({"HistoryManager": {"enabled": False, "hist_file": ":memory:"}}))
        threading.excepthook = self._threadexcept

    def init_ipython_dir(self, ipython_dir: Any) -> None:
        pass

    def init_profile_dir(self, profile_dir: Any) -> None:
        pass

    def ask_exit(self) -> NoReturn:
        raise SystemExit

    def showtraceback(self, exc_tuple: Any = None, *_: Any, **__: Any) -> None:
        """What cannot be shown stops the lesson, too, though IPython would go on."""
        self.error = self.error or (exc_tuple or sys.exc_info())[1]

    def _threadexcept(self, args: Any) -> None:
        """What goes wrong in a thread does so, too: Python would print where its files are."""
        self.showtraceback((args.exc_type, args.exc_value, args.exc_traceback))

    def showsyntaxerror(self, *_: Any, **__: Any) -> None:
        self.showtraceback()

    showindentationerror = showsyntaxerror

    def step(self, step: dict[str, Any]) -> dict[str, Any]:
        """Run a cell, or evaluate the expressions of a passage; says how that went."""
        self.error = None
        values: list[str] = []
        try:
            if "code" in step:
                result = self.run_cell(step["code"], store_history=True)
                self.error = result.error_before_exec or result.error_in_exec or self.error
            for expression in step.get("expressions", ()):
                values.append(eval(expression, self.user_global_ns, self.user_ns))
        except BaseException as error:
            self.error = error
        if self.error is None:
            return {"done": True, "values": values}
        reason = _reason(self.error)
        if "code" in step and isinstance(self.error, SyntaxError) and self.error.lineno:
            reason += f" (line {self.error.lineno} of the cell)"
        return {"done": False, "number": len(values), "reason": reason}


def _reason(error: BaseException) -> str:
    try:
        said = error.msg if isinstance(error, SyntaxError) else str(error)  # which would name a file that nobody has
    except BaseException as another:
        said = f"({type(another).__name__} when asked what is wrong)"
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
