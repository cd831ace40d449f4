"""What each lesson's code leaves behind: from the cache when nothing it depends on has changed."""

from __future__ import annotations

import logging
import platform
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from jupyter_core.utils import ensure_event_loop
from mkdocs.plugins import get_plugin_logger

from .cache import Cache, digest
from .contents import digest_of_folder
from .execute import FRESH_START, Kernel, Result
from .lesson import Code, Lesson
from .versions import version

log: logging.LoggerAdapter[logging.Logger] = get_plugin_logger("derivations")

PACKAGES = ("sympy", "torch", "numpy")
INSTALLED = Path(__file__).parents[1]


class Runs:
    """The runs of a build, one after the other in one Python process, while the build goes on with what there is."""

    def __init__(self, root: Path, cache: Cache, around: Mapping[str, str]) -> None:
        self.kernel = Kernel(root)
        self.cache = cache
        self.around = around
        # All that happens to the kernel happens in one thread, whose event loop it belongs to.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="lessons")
        self._waiting: list[Future[list[Result]]] = []

    def key(self, lesson: Lesson) -> str:
        """Of a lesson only what is run: editing a sentence changes nothing here."""
        steps = [step.source if isinstance(step, Code) else sorted(step.expressions()) for step in lesson.steps()]
        return digest([steps, self.around])

    def of(self, lesson: Lesson, place: str) -> Future[list[Result]]:
        """The results of the lesson's steps, in order, once they are there. `place` says how far the build is."""
        self._waiting.append(self._thread.submit(self._of, lesson, place))
        return self._waiting[-1]

    def close(self) -> None:
        """End the process; what has not begun to run is not run any more."""
        if self._waiting:
            for run in self._waiting:
                run.cancel()
            self._waiting = []
            self._thread.submit(self._end).result()
            self._thread.shutdown()

    def _end(self) -> None:
        self.kernel.close()
        ensure_event_loop().close()  # of this thread

    def _of(self, lesson: Lesson, place: str) -> list[Result]:
        key = self.key(lesson)
        run: list[Result] | None = self.cache.get(key)
        log.info("%s (%s): %s", lesson.name, place, "running" if run is None else "run before; its page is new")
        if run is None:
            run = self.kernel.run(lesson)
            self.cache.put(key, run)
        return run

    def spare(self, lesson: Lesson, place: str) -> None:
        """The lesson's pages are there already: keep its results, without reading them."""
        log.info("%s (%s): from cache", lesson.name, place)
        self.cache.use(self.key(lesson))


def surroundings(root: Path) -> dict[str, str]:
    """What results depend on besides a lesson: our own sources and the libraries' versions.

    A lesson imports the package from where it is installed, or from the project, where that holds one.
    """
    packages = {INSTALLED.resolve(), (root / "derivations").resolve()}
    return {
        "sources": digest(sorted(digest_of_folder(package, "*.py", but="pages") for package in packages)),
        "fresh start": FRESH_START,
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
    }
