"""Where in a frame a label fits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

Point = tuple[float, float]
Box = tuple[float, float, float, float]  # left, top, right, bottom


class LabelSpace:
    """A frame in which labels are placed, off one another and off what is drawn."""

    def __init__(self, *frame: float) -> None:
        self.frame = frame
        self.taken: list[Box] = []
        self.points: list[Point] = []

    def keep_free(self, runs: Sequence[Sequence[Point]]) -> None:
        """What lies along these lines."""
        for run in runs:
            self.points += run[:1]
            for (x, y), (to_x, to_y) in pairwise(run):
                count = min(max(1, math.ceil(math.hypot(to_x - x, to_y - y) / 5)), 200)
                self.points += [(x + (to_x - x) * i / count, y + (to_y - y) * i / count) for i in range(1, count + 1)]

    def take(self, centre: Point, width: float, height: float) -> Point:
        self.taken.append(_box(centre, width, height))
        return centre

    def beside(self, point: Point, width: float, height: float) -> Point:
        """The centre of a label beside a point, where it covers least."""
        x, y = point
        centres = []
        for away in (0, 12):
            across, along = width / 2 + 11 + away, height / 2 + 9 + away
            beside = [(side * across, up) for up in (0, -10, 10, -along, along) for side in (1, -1)]
            centres += [(x + dx, y + dy) for dx, dy in [*beside[:2], (0, -along), (0, along), *beside[2:]]]
        return self.take(min(centres, key=lambda centre: self._covered(_box(centre, width, height))), width, height)

    def on(self, line: Sequence[Point], others: Sequence[Point], width: float, height: float) -> Point | None:
        """The point of a line where a label covers nothing that is kept free, and least of other lines; or None.

        Of several, the one farthest from what is kept free and from other labels.
        """
        free = [point for point in line if not self._covered(_box(point, width + 6, height + 2))]
        if not free:
            return None
        centres = [((left + right) / 2, (top + bottom) / 2) for left, top, right, bottom in self.taken]
        away = [*self.points, *centres]

        def cost(point: Point) -> tuple[int, float]:
            box = _box(point, width + 4, height + 2)
            return sum(_inside(other, box) for other in others), -round(
                min((math.dist(point, p) for p in away), default=0)
            )

        return self.take(min(free, key=cost), width, height)

    def _covered(self, box: Box) -> int:
        left, top, right, bottom = self.frame
        outside = box[0] < left + 3 or box[1] < top + 2 or box[2] > right - 3 or box[3] > bottom - 2
        boxes = sum(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in self.taken)
        wide = box[0] - 4, box[1] - 4, box[2] + 4, box[3] + 4
        points = sum(_inside(point, wide) for point in self.points)
        return 10_000 * outside + 1_000 * boxes + points


def _box(centre: Point, width: float, height: float) -> Box:
    x, y = centre
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _inside(point: Point, box: Box) -> bool:
    return box[0] < point[0] < box[2] and box[1] < point[1] < box[3]
