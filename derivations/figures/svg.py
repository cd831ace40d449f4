"""The `<svg>` around a drawing, and text in it. No element has an id, so the same figure may stand on a page twice."""

from __future__ import annotations

import math
from xml.etree import ElementTree as ET

from .text import MONO, Line

#: A drawing wider than WIDE pixels is not scaled below READABLE of its width: its box scrolls instead.
WIDE, READABLE = 420, 0.82


def drawing(width: float, height: float, lang: str, title: str, alternative: str, most: float = 1) -> ET.Element:
    """An empty drawing that fills its column, up to `most` times its own width."""
    width, height = math.ceil(width), math.ceil(height)
    least = math.ceil(READABLE * width) if width > WIDE else 0
    style = f"display:block;width:100%;min-width:{least}px;max-width:{math.ceil(most * width)}px"
    svg = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "lang": lang,
            "role": "img",
            "viewBox": f"0 0 {width} {height}",
            "style": f"{style};height:auto;margin:0 auto",
        },
    )
    ET.SubElement(svg, "title").text = title
    ET.SubElement(svg, "desc").text = alternative
    return svg


def write(parent: ET.Element, line: Line, x: float, y: float, anchor: str, **more: str) -> None:
    """One line of text with its baseline at y; `anchor` is where on it x is: "start", "middle" or "end"."""
    text = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor, "font-size": str(line.size)}
    text |= {"fill": line.colour}
    text |= {"font-family": MONO} if line.mono else {}
    text |= {"font-weight": "600"} if line.bold else {}
    ET.SubElement(parent, "text", text | more).text = line.text


def add(parent: ET.Element, tag: str, **attributes: float | str) -> ET.Element:
    """An element; `stroke_width` becomes stroke-width, and numbers have one decimal."""
    written = {k.replace("_", "-"): v if isinstance(v, str) else f"{v:.1f}" for k, v in attributes.items()}
    return ET.SubElement(parent, tag, written)
