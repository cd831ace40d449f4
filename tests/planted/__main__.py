"""Plant each mistake in a copy of the project, and see the test fail that is to find it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from . import Mistake
from .table import MISTAKES

ROOT = Path(__file__).parents[2]
NOT_COPIED = (".git", ".venv", ".cache", "site", "node_modules", "screenshots", "__pycache__", "*.egg-info")
FAILED = 1
"""pytest's exit code when tests ran and some failed; a mistake that stops tests from being collected proves nothing."""


def copied(to: Path) -> Path:
    shutil.copytree(ROOT, to, ignore=shutil.ignore_patterns(*NOT_COPIED))
    if (npm := ROOT / ".cache" / "npm").exists():
        (to / ".cache").mkdir()
        (to / ".cache" / "npm").symlink_to(npm)
    return to


def tested(project: Path, tests: Iterable[str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    # Without bytecode: what is planted and taken out again within a second would be mistaken for what was there.
    environment = {**os.environ, "PYTHONPATH": str(project), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, encoding="utf-8")


def with_mistake(project: Path, mistake: Mistake) -> int:
    """pytest's exit code for the mistake's tests while it stands in the project."""
    path = project / mistake.path
    text = path.read_text(encoding="utf-8")
    assert text.count(mistake.right) == 1, f"{mistake.path} does not hold this text once: {mistake.right}"
    path.write_text(text.replace(mistake.right, mistake.wrong), encoding="utf-8")
    try:
        return tested(project, mistake.test.split()).returncode
    finally:
        path.write_text(text, encoding="utf-8")


def main(words: list[str]) -> int:
    chosen = [each for each in MISTAKES if not words or any(word in each.what for word in words)]
    if not chosen:
        print(f"no mistake is described by any of {words}" if words else "no mistakes to plant")
        return 1
    workers = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(workers) as pool:
        free: SimpleQueue[Path] = SimpleQueue()
        for number in range(workers):
            free.put(copied(Path(folder, f"project-{number}")))

        def code_of(mistake: Mistake) -> int:
            project = free.get()
            try:
                return with_mistake(project, mistake)
            finally:
                free.put(project)

        right = tested(Path(folder, "project-0"), sorted({test for each in chosen for test in each.test.split()}))
        if right.returncode:
            print(f"{right.stdout}{right.stderr}\ntests fail without any mistake")
            return 1
        missed = 0
        for mistake, code in zip(chosen, pool.map(code_of, chosen), strict=True):
            missed += code != FAILED
            found = "found" if code == FAILED else f"NOT FOUND ({code})"
            print(f"{found}: {mistake.what}  [{mistake.test}]", flush=True)
    print(f"{len(chosen) - missed} of {len(chosen)} mistakes found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
