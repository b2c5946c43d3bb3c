"""The result of every layout engine: the positions of boxes and the routes of arrows."""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True)
class Layout:
    """Positions in px, with x to the right and y down, in the order of the picture's boxes and arrows.

    boxes: centre x, centre y, width and height of each box. routes: for each arrow, the points of cubic Bézier curves from
    the border of its tail to that of its head. labels: the centre of each arrow's label, or None if it has none. engine:
    the name of the engine.
    """

    size: Point
    boxes: list[tuple[float, float, float, float]]
    routes: list[list[Point]]
    labels: list[Point | None]
    engine: str
