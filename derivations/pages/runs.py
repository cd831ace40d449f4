"""What each lesson's code leaves behind: from the cache when nothing it depends on has changed."""

from __future__ import annotations

import logging
import platform
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from mkdocs.plugins import get_plugin_logger

from .cache import Cache, digest
from .execute import FRESH_START, Kernel, Result
from .lesson import Code, Lesson

log: logging.LoggerAdapter[logging.Logger] = get_plugin_logger("derivations")

PACKAGES = ("sympy", "torch", "numpy")


def run_all(lessons: Sequence[Lesson], root: Path, cache: Cache) -> list[list[Result]]:
    """The results of every lesson's steps, in order. No process is started when the cache holds them all."""
    around = surroundings(root)
    runs = []
    with Kernel(root) as kernel:
        for number, lesson in enumerate(lessons, 1):
            key = _key(lesson, around)
            run: list[Result] | None = cache.get(key)
            log.info("%s (%d of %d): %s", lesson.name, number, len(lessons), "running" if run is None else "from cache")
            if run is None:
                run = kernel.run(lesson)
                cache.put(key, run)
            runs.append(run)
    return runs


def _key(lesson: Lesson, around: dict[str, str]) -> str:
    """Of a lesson only what is run: editing a sentence changes nothing here."""
    steps = [step.source if isinstance(step, Code) else sorted(step.expressions()) for step in lesson.steps()]
    return digest([steps, around])


def surroundings(root: Path) -> dict[str, str]:
    """What results depend on besides a lesson: our own sources and the libraries' versions."""
    package = root / "derivations"
    sources = {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(package.rglob("*.py"))
        if package / "pages" not in path.parents
    }
    return {
        "sources": digest(sources),
        "fresh start": FRESH_START,
        "python": platform.python_version(),
        **{name: _version(name) for name in PACKAGES},
    }


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "absent"
