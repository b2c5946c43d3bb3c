"""What every layout engine gives: where the boxes of a picture stand, and how its arrows run."""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True)
class Layout:
    """Positions in px, x to the right and y down, in the order of the picture's boxes and arrows.

    boxes: centre x, centre y, width, height of each. routes: for each arrow the points of cubic Bézier curves, from the
    border of its tail to that of its head. labels: where each arrow's label is centred, None if it has none. engine: who
    laid it out.
    """

    size: Point
    boxes: list[tuple[float, float, float, float]]
    routes: list[list[Point]]
    labels: list[Point | None]
    engine: str
