"""What a build was made with, as the foot of every page says."""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path

from .npm import locked

ABSENT = "absent"
PACKAGES = {"torch": "torch", "sympy": "SymPy", "numpy": "NumPy"}


def version(package: str) -> str:
    """The installed version of a Python package, or ABSENT."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ABSENT


def versions(root: Path) -> dict[str, str]:
    """Names and versions: Python, what computed the numbers, and KaTeX, as the project's lock file names it.

    What is not there is left out.
    """
    found = {"Python": platform.python_version()}
    found |= {name: version(package) for package, name in PACKAGES.items() if version(package) != ABSENT}
    if katex := locked(root).get("katex"):
        found["KaTeX"] = katex
    return found
