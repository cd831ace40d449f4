"""What to do where torch or numpy is missing, said in one place: by the library, and by its command."""

from __future__ import annotations

OPTIONAL = ("torch", "numpy")
"""The packages that only a part of this one needs."""
INSTALL = 'pip install "torch==2.13.0" "numpy<3"'
"""What works today. A looser request for torch may bring a version whose messages and graphs nobody has compared."""


def advice(what: str, package: str) -> str:
    """What to say when `what` needs `package`, one of OPTIONAL, and it is not installed.

    >>> advice("derivations.explain", "torch").partition(":")[0]
    'derivations.explain needs torch, which is not installed. Install it with'
    """
    return (
        f"{what} needs {package}, which is not installed. Install it with: {INSTALL}\n"
        "On Linux, that may bring gigabytes of CUDA. The command that pytorch.org prints under Get started for Pip and "
        "CPU, with torch==2.13.0 for torch, does not."
    )
