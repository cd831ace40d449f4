"""The process that lessons run in, seen from the build: it is sent a lesson, and tells what each step left behind."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

WORKER = Path(__file__).with_name("worker")
LAUNCH = """
import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location

folder = sys.argv.pop(1)
spec = spec_from_file_location("worker_of_lessons", f"{folder}/__init__.py", submodule_search_locations=[folder])
sys.modules[spec.name] = module_from_spec(spec)
import_module(f"{spec.name}.main").main()
"""
"""Runs the package in that folder, under a name that lessons do not import."""
FORKS = sys.platform == "linux"
"""Whether a process that has imported torch can be forked safely. macOS has libraries that do not take it."""


class Died(Exception):
    """The process ended before the lesson did; in words, as far as it is known how."""

    def __init__(self, code: int | None = None, said: str = "") -> None:
        how = "ended"
        if code is not None and code < 0:
            name = next((each.name for each in signal.Signals if each == -code), f"signal {-code}")
            how = f"was killed ({name})"
        elif code is not None:
            how = f"ended (exit code {code})"
        last = said.strip().rpartition("\n")[2]
        super().__init__(f"{how}: {last}" if last else how)


class TooMuch(Exception):
    """A step printed and showed more than it may."""


class Stream:
    """What has come out of a pipe so far: the pieces before each mark, and the rest."""

    def __init__(self, mark: bytes) -> None:
        self.mark = mark
        self.pieces: deque[bytes] = deque()
        self.rest = bytearray()

    def add(self, content: bytes) -> None:
        start = max(0, len(self.rest) - len(self.mark))
        self.rest += content
        while (end := self.rest.find(self.mark, start)) >= 0:
            self.pieces.append(bytes(self.rest[:end]))
            del self.rest[: end + len(self.mark)]
            start = 0


class Process:
    """A Python process that has `imports` in it, with the project root as its directory."""

    def __init__(self, root: Path, imports: Sequence[str], forks: bool) -> None:
        mark = secrets.token_hex(16)
        reports, handle = os.pipe()
        os.set_inheritable(handle, True)
        if sys.platform == "win32":
            import msvcrt

            number = msvcrt.get_osfhandle(handle)
        else:
            number = handle
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-c",
                LAUNCH,
                str(WORKER),
                str(number),
                mark,
                "forks" if forks else "alone",
                *imports,
            ],
            cwd=root,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join([str(root), *filter(None, [os.environ.get("PYTHONPATH")])]),
                "PYTHONHASHSEED": "0",
                "PYTHONDONTWRITEBYTECODE": "1",  # `mkdocs serve` watches derivations/: do not write there
                "OMP_NUM_THREADS": "1",
                "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            close_fds=False,  # of ours, only `handle` can be inherited
            start_new_session=True,  # Ctrl-C is for the build, which ends us
        )
        os.close(handle)
        self._streams = self._reports, _, self._err = [Stream(each) for each in (b"\n", *[mark.encode()] * 2)]
        self.idle = True
        self._changed = threading.Condition()
        self._ended = False
        pipes = os.fdopen(reports, "rb"), self._process.stdout, self._process.stderr
        for stream, pipe in zip(self._streams, pipes, strict=True):
            threading.Thread(target=self._listen, args=[stream, pipe], daemon=True).start()

    def _listen(self, stream: Stream, pipe: IO[bytes]) -> None:
        with pipe:
            while content := pipe.read1(1 << 16):  # type: ignore[attr-defined]
                with self._changed:
                    stream.add(content)
                    self._changed.notify()
        with self._changed:
            self._ended |= stream is self._reports
            self._changed.notify()

    def send(self, steps: Sequence[dict[str, Any]]) -> None:
        """Have a lesson run. The one before it must have ended."""
        assert self._process.stdin
        self.idle = False
        try:
            self._process.stdin.write(json.dumps({"steps": steps}).encode() + b"\n")
            self._process.stdin.flush()
        except (OSError, ValueError):
            raise Died(self._code()) from None

    def step(self, seconds: float, size: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """The messages of a step, each with what was printed before it on standard output and on standard error.

        The last one says how the step went. There are at most so many `seconds` for all, and `size` bytes.
        """
        deadline = time.monotonic() + seconds
        message: dict[str, Any] = {}
        while "done" not in message:
            report, out, err = self._next(deadline, size)
            size -= len(report) + len(out) + len(err)
            message = _message(report)
            if "ended" in message:
                raise Died(message["ended"], err.decode(errors="replace"))
            yield out.decode(errors="replace"), err.decode(errors="replace"), message

    def finish(self, seconds: float) -> None:
        """Wait until the lesson's process has ended, and all that it left running."""
        deadline = time.monotonic() + seconds
        while "ended" not in _message(self._next(deadline, sys.maxsize)[0]):
            pass
        self.idle = True

    def _next(self, deadline: float, size: int) -> list[bytes]:
        def too_much() -> bool:
            return sum(len(stream.pieces[0] if stream.pieces else stream.rest) for stream in self._streams) > size

        def whole() -> bool:
            return all(stream.pieces for stream in self._streams)

        with self._changed:
            if not self._changed.wait_for(lambda: whole() or too_much() or self._ended, deadline - time.monotonic()):
                raise TimeoutError
            if too_much():
                raise TooMuch
            if not whole():
                raise Died(self._code(), self._err.rest.decode(errors="replace"))
            return [stream.pieces.popleft() for stream in self._streams]

    def _code(self) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        return self._process.returncode

    def close(self) -> None:
        """End it, and the lesson it runs."""
        assert self._process.stdin
        with suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(1)
        except subprocess.TimeoutExpired:
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.kill()
            self._process.wait()


def _message(report: bytes) -> dict[str, Any]:
    try:
        message = json.loads(report)
    except ValueError:  # it ended while it spoke
        raise Died from None
    if not isinstance(message, dict):  # a lesson that writes wherever it can
        raise Died
    return message
