"""What a build was made with, as the foot of every page says."""

from __future__ import annotations

import contextlib
import json
import platform
from importlib import metadata
from pathlib import Path

PACKAGES = {"torch": "torch", "sympy": "SymPy", "numpy": "NumPy"}


def versions(root: Path) -> dict[str, str]:
    """Names and versions: Python, what computed the numbers, and KaTeX, as the project's lock file names it.

    What is not there is left out.
    """
    found = {"Python": platform.python_version()}
    for package, name in PACKAGES.items():
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(package)
    lock = root / "package-lock.json"
    packages = json.loads(lock.read_text(encoding="utf-8"))["packages"] if lock.is_file() else {}
    if katex := packages.get("node_modules/katex"):
        found["KaTeX"] = katex["version"]
    return found
