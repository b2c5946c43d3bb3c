"""Write pictures as PNG or PDF, with matplotlib."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Any

from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon
from matplotlib.path import Path

from autograd.render.layout import Layout
from autograd.render.picture import LINE, Box, Picture
from autograd.render.svg import LIGHT, MARGIN, arrowhead
from autograd.render.text import FONT, SMALL

PX = 1 / 72  # inches
SHARP = 216  # dots per inch: three per px
MONO: dict[str, Any] = {"family": "monospace", "ha": "center", "va": "baseline"}
COLOUR = {"title": "ink", "data": "ink", "grad": "grad", "folded": "grad"}  # by the role of a line; other roles are faint


def save(picture: Picture, layout: Layout, path: FilePath) -> None:
    """Write the picture, in light colours, in the format of the file name's suffix (.png or .pdf)."""
    w, h = layout.size[0] + 2 * MARGIN, layout.size[1] + 2 * MARGIN
    figure = Figure(figsize=(w * PX, h * PX), facecolor=LIGHT["paper"])
    axes = figure.add_axes((0, 0, 1, 1), xlim=(-MARGIN, w - MARGIN), ylim=(h - MARGIN, -MARGIN))
    axes.set_axis_off()
    for patch in _patches(picture, layout):
        axes.add_artist(patch)
    for text, x, y, style in _texts(picture, layout):
        axes.text(x, y, text, parse_math=False, **MONO, **style)
    figure.savefig(path, dpi=SHARP)


def _patches(picture: Picture, layout: Layout) -> Iterator[Artist]:
    for route in layout.routes:
        codes = [Path.MOVETO, *[Path.CURVE4] * (len(route) - 1)]
        yield PathPatch(Path(route, codes), facecolor="none", edgecolor=LIGHT["line"], linewidth=1.2)
        yield Polygon(arrowhead(route[::-1]), facecolor=LIGHT["line"], linewidth=0)
    for box, (x, y, w, h) in zip(picture.boxes, layout.boxes):
        rounding = {"leaf": 0, "group": 3}.get(box.kind, 9)
        shape = FancyBboxPatch((x - w / 2, y - h / 2), w, h, f"round,pad=0,rounding_size={rounding}", linewidth=1.2)
        shape.set(facecolor=LIGHT[{"leaf": "leaf", "group": "group"}.get(box.kind, "box")], edgecolor=LIGHT["line"])
        shape.set_linestyle("--" if box.kind == "outside" else "-")
        yield shape


def _texts(picture: Picture, layout: Layout) -> Iterator[tuple[str, float, float, dict[str, Any]]]:
    for arrow, place in zip(picture.arrows, layout.labels):
        if place is not None:
            yield arrow.label, place[0], place[1] + SMALL * 0.35, {"size": SMALL, "color": LIGHT["faint"]}
    for box, (x, y, _, h) in zip(picture.boxes, layout.boxes):
        yield from _lines(picture, box, x, y - h / 2 + 5)


def _lines(picture: Picture, box: Box, x: float, top: float) -> Iterator[tuple[str, float, float, dict[str, Any]]]:
    for k, line in enumerate(box.lines):
        style = {"size": FONT, "color": LIGHT[COLOUR.get(line.role, "faint")], "weight": "bold" if k == 0 else "normal"}
        yield picture.text(line), x, top + LINE * (k + 0.75), style
