"""Run lessons: each once for both languages, each in a process of its own."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError

from ..display.bundle import CERTIFICATE_MIME
from .lesson import Code, Lesson, Prose
from .outputs import Outputs
from .process import FORKS, Died, Process, TooMuch

SECONDS_PER_STEP = 300
BYTES_PER_STEP = 1_000_000
LIBRARIES = (
    "numpy",
    "sympy",
    "torch",
    "torch._dynamo",
    "derivations",
    "derivations.explanation",
    "derivations.figures",
)
"""Imported once for all lessons that name one of them; the others need not wait for that. Dynamo is what an optimizer
imports when it is made."""

_NAMED = re.compile(r"\b(numpy|sympy|torch|derivations)\b")

Step = Code | Prose
Result = dict[str, Any]
"""What one step left behind: `{"outputs": […]}` for a code cell, `{"values": {expression: text}}` for prose."""


class Kernel:
    """Runs lessons, one at a time, in the project's root. When another thread closes it, it stops at once."""

    def __init__(self, root: Path, forks: bool = FORKS) -> None:
        self.root = root
        self.forks = forks
        self._processes: dict[bool, Process] = {}
        self._lock = threading.Lock()
        self._closed = False

    def close(self) -> None:
        """End all processes, with what runs in them."""
        with self._lock:
            self._closed = True
            for process in self._processes.values():
                process.close()
            self._processes.clear()

    def run(self, lesson: Lesson) -> list[Result]:
        """Run a lesson's steps in order; the first thing that goes wrong is a PluginError that says where."""
        steps = list(lesson.steps())
        outputs = Outputs()
        results: list[Result] = []
        where = lesson.name
        with self._process(any(_NAMED.search(text) for step in steps for text in _texts(step))) as process:
            try:
                process.send([_request(step) for step in steps])
                for step in steps:
                    where = f"{lesson.name}:{_line(step)}"
                    results.append(_result(step, process, outputs, lesson.name))
                process.finish(SECONDS_PER_STEP)
            except TimeoutError:
                raise PluginError(f"{where}: this cell ran for more than {SECONDS_PER_STEP} seconds.") from None
            except TooMuch:
                raise PluginError(
                    f"{where}: this cell's outputs are larger than {BYTES_PER_STEP // 1_000_000} MB. "
                    "Nobody reads that much on a page: print or show less."
                ) from None
            except Died as died:
                raise PluginError(f"{where}: while it ran this cell, the Python process {died}") from None
        return results

    @contextmanager
    def _process(self, libraries: bool) -> Iterator[Process]:
        """One to run a lesson in. It stays for the next if it can fork, and if this one has ended."""
        with self._lock:
            if self._closed:
                raise PluginError("The build was over before this lesson began.")
            if libraries not in self._processes:
                self._processes[libraries] = Process(self.root, LIBRARIES if libraries else (), self.forks)
            process = self._processes[libraries]
        try:
            yield process
        finally:
            with self._lock:
                if libraries in self._processes and not (self.forks and process.idle):
                    self._processes.pop(libraries).close()


def _result(step: Step, process: Process, outputs: Outputs, name: str) -> Result:
    outputs.begin()
    for out, err, message in process.step(SECONDS_PER_STEP, BYTES_PER_STEP):
        outputs.take(out, err, message)
    if not message["done"]:
        process.finish(SECONDS_PER_STEP)
        where = f"{name}:{_line(step)}"
        if isinstance(step, Prose):
            text, line = list(step.expressions().items())[message["number"]]
            where = f"{name}:{line}: {{{{ {text} }}}}"
        raise PluginError(f"{where}: {message['reason']}")
    if isinstance(step, Prose):
        return {"values": dict(zip(step.expressions(), message["values"], strict=True))}
    for output in outputs.cell:
        match output.get("data", {}).get(CERTIFICATE_MIME):
            case None | {"verdict": "agrees" | "cannot tell"}:  # a page may show what cannot be told, as such
                pass
            case {"verdict": "disagrees", "message": message}:
                raise PluginError(f"{name}:{step.line}: the two bookkeepers disagree\n{message}")
            case _:
                raise PluginError(f"{name}:{step.line}: what is shown as {CERTIFICATE_MIME} is no certificate.")
    return {"outputs": outputs.cell}


def _line(step: Step) -> int:
    return step.line if isinstance(step, Code) else min(step.expressions().values())


def _texts(step: Step) -> list[str]:
    return [step.source] if isinstance(step, Code) else list(step.expressions())


def _request(step: Step) -> dict[str, Any]:
    if isinstance(step, Code):
        return {"code": step.source}
    return {"expressions": [formatted(text) for text in step.expressions()]}


def formatted(text: str) -> str:
    """The Python expression whose value is the text a `{{ expression:spec }}` prints.

    >>> formatted("loss.item():.4f")
    "format((loss.item()), '.4f')"
    >>> formatted("row[1:2]")
    "format((row[1:2]), '')"
    """
    try:
        compile(f"({text})", "prose", "eval")
    except SyntaxError:
        expression, colon, spec = text.rpartition(":")
        if colon:
            return f"format(({expression}), {spec!r})"
    return f"format(({text}), '')"
