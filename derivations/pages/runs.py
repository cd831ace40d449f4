"""What each lesson's code leaves behind: from the cache when nothing it depends on has changed."""

from __future__ import annotations

import logging
import platform
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from mkdocs.plugins import get_plugin_logger

from .cache import Cache, digest
from .contents import digest_of_folder
from .execute import Kernel, Result
from .lesson import Code, Lesson
from .process import WORKER
from .versions import version

log: logging.LoggerAdapter[logging.Logger] = get_plugin_logger("derivations")

PACKAGES = ("sympy", "torch", "numpy")
INSTALLED = Path(__file__).parents[1]


class Runs:
    """The runs of a build, one after the other, while the build goes on with what there is."""

    def __init__(self, root: Path, cache: Cache, around: Mapping[str, str]) -> None:
        self.kernel = Kernel(root)
        self.cache = cache
        self.around = around
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="lessons")

    def key(self, lesson: Lesson) -> str:
        """Of a lesson only what is run: editing a sentence changes nothing here."""
        steps = [step.source if isinstance(step, Code) else sorted(step.expressions()) for step in lesson.steps()]
        return digest([steps, self.around])

    def of(self, lesson: Lesson, place: str) -> Future[list[Result]]:
        """The results of the lesson's steps, in order, once they are there. `place` says how far the build is."""
        return self._thread.submit(self._of, lesson, place)

    def close(self) -> None:
        """What runs stops, and what has not begun to run is not run any more."""
        self.kernel.close()
        self._thread.shutdown(cancel_futures=True)

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
        "worker": digest_of_folder(WORKER, "*.py"),
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
    }
