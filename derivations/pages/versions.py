"""What a build was made with, as the foot of every page says."""

from __future__ import annotations

import platform
from importlib import metadata

from .npm import locked

ABSENT = "absent"
PACKAGES = {"torch": "torch", "sympy": "SymPy", "numpy": "NumPy"}


def version(package: str) -> str:
    """The installed version of a Python package, or ABSENT."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ABSENT


def versions() -> dict[str, str]:
    """Names and versions: Python, what computed the numbers, and KaTeX, as the lock file names it.

    What is not installed is left out.
    """
    found = {"Python": platform.python_version()}
    found |= {name: version(package) for package, name in PACKAGES.items() if version(package) != ABSENT}
    return {**found, "KaTeX": locked()["katex"]}
