"""Figures as theme-aware SVG, drawn once in Chinese and once in English. Nothing here needs torch.

Colours are the custom properties of the site, each with a fallback; fonts are those of the page.
"""

from .charts import Curve, chart
from .contour_maps import Mark, Path, contour_map
from .figure import Figure
from .graph import draw_graph
from .heat_maps import heat_map
from .loss_curves import loss_curves
from .operation_curves import operation_curve
from .text import text_width

__all__ = [
    "Curve",
    "Figure",
    "Mark",
    "Path",
    "chart",
    "contour_map",
    "draw_graph",
    "heat_map",
    "loss_curves",
    "operation_curve",
    "text_width",
]
