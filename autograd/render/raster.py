"""Write pictures as PNG or PDF, with matplotlib."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path as FilePath
from typing import Any

from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon
from matplotlib.path import Path
from PIL import Image

from autograd.render.layout import Layout, Point
from autograd.render.picture import LINE, Box, Picture
from autograd.render.svg import LIGHT, MARGIN, arrowhead
from autograd.render.text import FONT, SMALL, width

PX = 1 / 72  # inches
SHARP, FILM = 216, 108  # dots per inch: three per px; in a film, one and a half
MONO: dict[str, Any] = {"family": "monospace", "ha": "center", "va": "baseline"}
COLOUR = {"title": "ink", "data": "ink", "grad": "grad", "folded": "grad"}  # by the role of a line; other roles are faint


def save(picture: Picture, layout: Layout, path: FilePath, words: Sequence[str] = ()) -> None:
    """Write the picture, in light colours, in the format of the file name's suffix (.png or .pdf), and words below it."""
    figure(picture, layout, words).savefig(path, dpi=SHARP)


def save_film(frames: Sequence[tuple[Picture, Layout, Sequence[str]]], path: FilePath, seconds: float) -> None:
    """Write pictures with words as an animated GIF, each shown for this time, and the last for three times as long."""
    size = [max(sizes) for sizes in zip(*(_size(layout, words) for _, layout, words in frames))]
    images = []
    for picture, layout, words in frames:
        file = BytesIO()
        figure(picture, layout, words, (size[0], size[1])).savefig(file, format="png", dpi=FILM)
        images.append(Image.open(file).convert("P", palette=Image.Palette.ADAPTIVE, colors=64))
    ms = [round(1000 * seconds)] * len(images)
    ms[-1] *= 3
    images[0].save(path, save_all=True, append_images=images[1:], duration=ms, loop=0, disposal=1)


def _size(layout: Layout, words: Sequence[str]) -> tuple[float, float]:
    """The width and height of a picture with words below it, in px."""
    below = LINE * (len(words) + 1) if words else 0
    return max([layout.size[0], *map(width, words)]) + 2 * MARGIN, layout.size[1] + below + 2 * MARGIN


def figure(picture: Picture, layout: Layout, words: Sequence[str] = (), size: Point | None = None) -> Figure:
    """Draw a picture and the words below it as a figure, `size` px wide and high, by default as small as possible."""
    w, h = size or _size(layout, words)
    figure = Figure(figsize=(w * PX, h * PX), facecolor=LIGHT["paper"])
    axes = figure.add_axes((0, 0, 1, 1), xlim=(-MARGIN, w - MARGIN), ylim=(h - MARGIN, -MARGIN))
    axes.set_axis_off()
    for k, line in enumerate(words):
        style: dict[str, Any] = {**MONO, "ha": "left", "size": FONT, "color": LIGHT["ink"]}
        weight = "bold" if k == 0 else "normal"
        axes.text(0, layout.size[1] + LINE * (k + 1.75), line, parse_math=False, weight=weight, **style)
    for patch in _patches(picture, layout):
        axes.add_artist(patch)
    for text, x, y, style in _texts(picture, layout):
        axes.text(x, y, text, parse_math=False, **MONO, **style)
    return figure


def _patches(picture: Picture, layout: Layout) -> Iterator[Artist]:
    for route in layout.routes:
        codes = [Path.MOVETO, *[Path.CURVE4] * (len(route) - 1)]
        yield PathPatch(Path(route, codes), facecolor="none", edgecolor=LIGHT["line"], linewidth=1.2)
        yield Polygon(arrowhead(route[::-1]), facecolor=LIGHT["line"], linewidth=0)
    for box, (x, y, w, h) in zip(picture.boxes, layout.boxes):
        rounding = {"leaf": 0, "group": 3}.get(box.kind, 9)
        shape = FancyBboxPatch((x - w / 2, y - h / 2), w, h, f"round,pad=0,rounding_size={rounding}", linewidth=1.2)
        lit = picture.lit.get(box.id)
        fill = f"{lit}-box" if lit else {"leaf": "leaf", "group": "group"}.get(box.kind, "box")
        edge = {"active": "active", "gets": "grad"}.get(lit or "", "line")
        shape.set(facecolor=LIGHT[fill], edgecolor=LIGHT[edge], linewidth=2.4 if lit else 1.2)
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
