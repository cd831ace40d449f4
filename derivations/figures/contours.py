"""Contours of values on a grid, by marching squares."""

from __future__ import annotations

import math
from collections.abc import Sequence

Point = tuple[float, float]
#: An edge of the grid, by its two corners (row, column).
Edge = tuple[tuple[int, int], tuple[int, int]]


def contour(
    x: Sequence[float], y: Sequence[float], values: Sequence[Sequence[float]], level: float
) -> list[list[Point]]:
    """The lines on which `values`, of shape (len(y), len(x)), is `level`; a closed one ends where it begins.

    Cells with a corner that is not finite are left out.
    """
    beyond: dict[Edge, list[Edge]] = {}
    for row in range(len(y) - 1):
        for column in range(len(x) - 1):
            for start, end in _through(values, row, column, level):
                beyond.setdefault(start, []).append(end)
                beyond.setdefault(end, []).append(start)

    def place(edge: Edge) -> Point:
        (r, c), (s, d) = edge
        part = (level - values[r][c]) / (values[s][d] - values[r][c])
        return x[c] + part * (x[d] - x[c]), y[r] + part * (y[s] - y[r])

    return [[place(edge) for edge in line] for line in _joined(beyond)]


def _through(values: Sequence[Sequence[float]], row: int, column: int, level: float) -> list[tuple[Edge, Edge]]:
    """The pieces of the contour in one cell, each from an edge to an edge."""
    a, b, c, d = corners = (row, column), (row, column + 1), (row + 1, column + 1), (row + 1, column)
    at = [values[r][k] for r, k in corners]
    if not all(map(math.isfinite, at)):
        return []
    above = [value >= level for value in at]
    low, right, high, left = edges = (a, b), (b, c), (d, c), (a, d)
    crossed = [edge for edge in edges if above[corners.index(edge[0])] != above[corners.index(edge[1])]]
    if len(crossed) == 2:
        return [(crossed[0], crossed[1])]
    if not crossed:
        return []
    # A saddle: two corners opposite each other are above. The middle of the cell decides which two are joined.
    joined = (sum(at) / 4 >= level) == above[0]
    return [(low, right), (high, left)] if joined else [(low, left), (high, right)]


def _joined(beyond: dict[Edge, list[Edge]]) -> list[list[Edge]]:
    """Lines from the pieces: first those that end at the rim, then the closed ones."""
    left, lines = {edge: list(ends) for edge, ends in beyond.items()}, []
    for start in [*(edge for edge in beyond if len(beyond[edge]) == 1), *beyond]:
        if not left[start]:
            continue
        line = [start]
        while left[line[-1]]:
            end = left[line[-1]].pop(0)
            left[end].remove(line[-1])
            line.append(end)
        lines.append(line)
    return lines
