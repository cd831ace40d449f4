"""Shapes that do not fit, in a sentence that names their sizes."""

from __future__ import annotations

from collections.abc import Mapping

from ..reading.errors import NotUnderstood
from ..reading.nodes import Node
from ..reading.written import formula
from ..values.arrays import ShapeError
from .values import shape_text


def shapes_told(wrong: ShapeError, node: Node, sizes: Mapping[int, str]) -> NotUnderstood:
    """Shapes that do not fit, in a sentence."""
    sign = node.word if node.kind == "call" else formula(node)
    told = [shape_text(each, sizes) if isinstance(each, tuple) else str(each) for each in wrong.details]
    match wrong.kind:
        case "broadcast" | "matmul" | "reshape":
            return NotUnderstood("shapes", sign, node.place, left=told[0], right=told[1])
        case "place":
            return NotUnderstood("index", f"{wrong.details[0]:g}", node.place, size=told[1])
        case "axis":
            return NotUnderstood("axis", told[0], node.place, shape=told[1])
    return NotUnderstood("shape", sign, node.place)
