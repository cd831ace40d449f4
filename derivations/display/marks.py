"""Signs that all displays share."""

from __future__ import annotations

from ..verdict import AGREES, CANNOT_TELL, DISAGREES

#: A verdict's sign, and its class in the stylesheet.
MARKS = {AGREES: ("✓", "gl-ok"), DISAGREES: ("✗", "gl-bad"), CANNOT_TELL: ("?", "gl-unsure")}


def minus(text: str) -> str:
    """With a real minus sign."""
    return text.replace("-", "−")
