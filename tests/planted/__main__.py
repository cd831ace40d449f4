"""Plant each mistake in a copy of the project, and see the test fail that is to find it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import Mistake
from .table import MISTAKES

ROOT = Path(__file__).parents[2]
NOT_COPIED = (".git", ".venv", ".cache", "site", "node_modules", "screenshots", "__pycache__", "*.egg-info")
FAILED = 1
"""pytest's exit code when tests ran and some failed; a mistake that stops tests from being collected proves nothing."""


def planted(mistake: Mistake | None, test: str) -> int:
    """pytest's exit code for `test`, with the mistake in the project's text."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder, "project")
        shutil.copytree(ROOT, project, ignore=shutil.ignore_patterns(*NOT_COPIED))
        if (ROOT / "node_modules").exists():
            (project / "node_modules").symlink_to(ROOT / "node_modules")
        if mistake:
            path = project / mistake.path
            text = path.read_text(encoding="utf-8")
            assert text.count(mistake.right) == 1, f"{mistake.path} does not hold this text once: {mistake.right}"
            path.write_text(text.replace(mistake.right, mistake.wrong), encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *test.split()]
        environment = {**os.environ, "PYTHONPATH": str(project)}
        return subprocess.run(command, cwd=project, env=environment, capture_output=True).returncode


def main(words: list[str]) -> int:
    chosen = [each for each in MISTAKES if not words or any(word in each.what for word in words)]
    tests = sorted({each.test for each in chosen})
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        broken = [test for test, code in zip(tests, pool.map(lambda test: planted(None, test), tests)) if code]
        for test in broken:
            print(f"fails without any mistake: {test}")
        missed = 0
        for mistake, code in zip(chosen, pool.map(lambda each: planted(each, each.test), chosen)):
            missed += code != FAILED
            print(f"{'found' if code == FAILED else f'NOT FOUND ({code})'}: {mistake.what}  [{mistake.test}]", flush=True)
    print(f"{len(chosen) - missed} of {len(chosen)} mistakes found")
    return 1 if missed or broken or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
