"""The Python that lessons run in. `process` starts it as a script, so nothing else of this project is loaded here.

It imports what lessons import, uses none of it, and forks for each lesson. So every lesson has a process of its own, in
which all is as it was just after the imports, and pays for no import. What a lesson changes ends with its process, and
so does what it leaves running or in the temporary folder. When the build ends, however it ends, standard input does
too, and then this process kills the lesson that runs, and goes.

Where a process cannot be forked, or not safely, it runs one lesson itself and ends. So would a Jupyter kernel for each
lesson: all lessons then take more than three times as long.
"""

from __future__ import annotations

import binascii
import ctypes
import gc
import importlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
"""Of <linux/prctl.h>: what this process gets when the one that forked it dies, and whether it gets what is orphaned."""


class Channel:
    """Where messages go: a pipe beside standard output and standard error.

    Before each message both streams get a `mark`, so that whoever reads all three knows what was printed before it.
    They are reached by descriptors of our own, since a lesson may do to `sys.stdout` and to descriptor 1 what it likes.
    """

    def __init__(self, descriptor: int, mark: bytes) -> None:
        self.descriptor = descriptor
        self.mark = mark
        self.streams = os.dup(1), os.dup(2)

    def say(self, message: dict[str, Any]) -> None:
        line = json.dumps(message, ensure_ascii=False, default=_encoded).encode("utf-8", "replace")
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):  # a lesson may have closed or replaced it
                stream.flush()
        for stream in self.streams:
            _write(stream, self.mark)
        _write(self.descriptor, line + b"\n")


def _encoded(value: Any) -> str:
    """Images are bytes for IPython, and base64 in a notebook."""
    if isinstance(value, bytes):
        return binascii.b2a_base64(value, newline=False).decode()
    raise TypeError(f"a {type(value).__name__} cannot be shown on a page")


def _shown(data: dict[str, Any]) -> dict[str, Any]:
    """What a page, and whoever checks it, can take: text, but for data."""
    for kind, value in data.items():
        if not str(kind).endswith("json") and not isinstance(value, str | bytes):
            raise TypeError(f"a {type(value).__name__} cannot be shown on a page as {kind}")
    return data


def _write(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]


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


def prepare(imports: list[str]) -> None:
    """All that lessons find. What cannot be imported is for the lesson to say that wants it."""
    for name in imports:
        with suppress(Exception):
            importlib.import_module(name)
    warnings.formatwarning = lambda message, category, *_, **__: f"{category.__name__}: {message}\n"
    warnings.resetwarnings()
    for category in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
        warnings.simplefilter("ignore", category)
    gc.freeze()  # it stays: looking through it for garbage would copy its memory into every lesson


def run(shell: Shell, channel: Channel, steps: list[dict[str, Any]], folder: str) -> None:
    """Run a lesson in this process, as far as it goes."""
    os.environ.update(TMPDIR=folder, TEMP=folder, TMP=folder)
    tempfile.tempdir = None
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)  # input() fails at once
    os.close(nothing)
    random.seed(0)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(0)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(0)
    this = os.getpid()
    for step in steps:
        outcome = shell.step(step)
        if os.getpid() != this:  # the lesson has forked, and this is not the lesson
            os._exit(0)
        channel.say(outcome)
        if not outcome["done"]:
            break


class Forked:
    """One lesson after the other, each in a child of this process."""

    def __init__(self, shell: Shell, channel: Channel) -> None:
        self.shell = shell
        self.channel = channel
        self.child = 0
        self.folder = ""
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
        signal.signal(signal.SIGCHLD, self.one_has_ended)
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def start(self, steps: list[dict[str, Any]]) -> None:
        self.folder = temporary_folder()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})  # until we know which child has ended
        self.child = os.fork()
        if self.child == 0:
            os.setpgid(0, 0)
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
            run(self.shell, self.channel, steps, self.folder)
            os._exit(0)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})

    def one_has_ended(self, *_: Any) -> None:
        """The lesson, which is not to wait for ever either; or what it left running; or somebody only says so."""
        if self.child and os.waitid(os.P_PID, self.child, os.WEXITED | os.WSTOPPED | os.WNOHANG | os.WNOWAIT):
            self.end()

    def end(self) -> None:
        """Kill what the lesson left running, or the lesson itself, and remove its temporary folder."""
        if self.child:
            child, self.child = self.child, 0
            for kill in (os.killpg, os.kill):
                with suppress(OSError):
                    kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            _end_orphans()
            shutil.rmtree(self.folder, ignore_errors=True)
            with suppress(OSError):
                self.channel.say({"ended": os.waitstatus_to_exitcode(status)})


def _end_orphans() -> None:
    """Kill what left the lesson's group, as daemons do. When the process that started it ended, it became our child."""
    with suppress(OSError):  # above all, that there is none
        while True:
            for orphan in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
                os.kill(int(orphan), signal.SIGKILL)
            os.waitpid(-1, 0)


def alone(shell: Shell, channel: Channel, steps: list[dict[str, Any]]) -> None:
    """One lesson, in this process."""
    folder = temporary_folder()

    def end() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        if hasattr(os, "killpg"):
            os.killpg(0, signal.SIGKILL)
        os._exit(1)

    def watch(requests: int) -> None:
        os.read(requests, 1)  # nothing comes but the end
        end()

    threading.Thread(target=watch, args=[os.dup(0)], daemon=True).start()
    run(shell, channel, steps, folder)
    channel.say({"ended": 0})
    end()


def temporary_folder() -> str:
    """A lesson's own. Those are removed, too, whose process was killed before it could."""
    for path in Path(tempfile.gettempdir()).glob("gl-*-*"):
        process = path.name.split("-")[1]
        if os.name == "posix" and process.isdecimal() and not _alive(int(process)):
            shutil.rmtree(path, ignore_errors=True)
    return tempfile.mkdtemp(prefix=f"gl-{os.getpid()}-")


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


def main() -> None:
    handle, mark, forks, *imports = sys.argv[1:]
    sys.argv[1:] = []
    if sys.platform == "win32":
        import msvcrt

        descriptor = msvcrt.open_osfhandle(int(handle), os.O_WRONLY)
    else:
        descriptor = int(handle)
    os.set_inheritable(descriptor, False)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="strict", line_buffering=True)  # type: ignore[union-attr]
    channel = Channel(descriptor, mark.encode())
    shell = Shell.instance(channel)
    prepare(imports)
    requests = (json.loads(line)["steps"] for line in sys.stdin.buffer)
    if forks == "forks":
        lessons = Forked(shell, channel)
        for steps in requests:
            lessons.start(steps)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        lessons.end()
    elif (steps := next(requests, None)) is not None:
        alone(shell, channel, steps)


if __name__ == "__main__":
    main()
