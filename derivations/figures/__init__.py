"""Figures as theme-aware SVG, drawn once in Chinese and once in English. Nothing here needs torch.

Colours are the custom properties of the site, each with a fallback; fonts are those of the page.
"""

from .figure import Figure
from .graph import draw_graph
from .text import text_width

__all__ = ["Figure", "draw_graph", "text_width"]
