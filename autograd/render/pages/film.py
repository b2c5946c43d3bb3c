"""The frames of a training movie as pictures, with matplotlib: for a .gif or an .mp4."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from itertools import chain, pairwise
from math import ceil
from typing import TYPE_CHECKING, Any

from matplotlib import rc_context
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle
from PIL import Image

from autograd.render.content.text import number
from autograd.render.image.look import Look
from autograd.render.image.svg import DARK, LIGHT
from autograd.render.pages.axes import Axis
from autograd.render.pages.looks import BESIDE, RADIUS, WIDEST, outline, shade, width
from autograd.render.pages.plane import CURVE, SIDE, Plane, Sample

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 60  # frames of a film; drawing each takes a fifth of a second
UP, DOWN = "#0072b2", "#d55e00"
COLOURS = {"light": {**LIGHT, "up": UP, "down": DOWN}, "dark": {**DARK, "up": "#56b4e9", "down": "#e69f00"}}
CLASSES = (UP, DOWN, "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f")  # as in training.css
SHADES = (0.62, 0.44, 0.27, 0.12)  # of both signs, the darkest first
MARKERS = "os^DvPX"


def images(movie: Any) -> Iterator[Image.Image]:
    """Draw up to 60 frames, the last one included."""
    every = ceil(len(movie.frames) / MOST)
    for frame in movie.frames[::-1][::every][::-1]:
        file = BytesIO()
        figure(movie, frame).savefig(file, format="png", dpi=100)
        yield Image.open(file).convert("RGB")


def figure(movie: Any, frame: Any) -> Figure:
    """Draw a frame: the network, what it computes, and the losses up to it."""
    with rc_context(_style(movie.look)):
        return _figure(movie, frame, _colours(movie.look))


def _colours(look: Look) -> dict[str, str]:
    return COLOURS["dark" if look.theme == "dark" else "light"]


def _style(look: Look) -> Any:
    """The colours and the font of the texts and axes."""
    colours = _colours(look)
    inks = dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), colours["ink"])
    family = {"font.family": [look.family, "monospace"]} if look.family else {}
    return {**inks, "axes.facecolor": colours["paper"], **family}


def _figure(movie: Any, frame: Any, colours: dict[str, str]) -> Figure:
    drawn = Figure(figsize=(9.2, 5.2), facecolor=colours["paper"], layout="constrained")
    drawn.suptitle(f"{movie.title}: after epoch {frame.epoch} the loss is {number(frame.loss)}", fontsize=11)
    grid = drawn.add_gridspec(2, 2, width_ratios=(1.5, 1), height_ratios=(2, 1))
    whole = movie.plane is not None and frame.sample is not None
    network(drawn.add_subplot(grid[:, 0]), movie, frame, colours)
    if movie.plane is not None and frame.sample is not None:
        plane(drawn.add_subplot(grid[0, 1]), movie.plane, frame.sample, colours)
    losses(drawn.add_subplot(grid[1, 1] if whole else grid[:, 1]), movie, frame, colours)
    return drawn


def network(ax: Axes, movie: Any, frame: Any, colours: dict[str, str]) -> None:
    """Draw the weights, biases and gradients of a frame."""
    places, scales = movie._places(), movie._scales()
    w, h = (max(at) + 30 for at in zip(*chain(*places)))
    ax.set(xlim=(10, w), ylim=(h, 10), aspect="equal")
    ax.set_axis_off()
    for i, (left, right) in enumerate(pairwise(places), start=1):
        ax.text(right[0][0], 16, f"layer {i}: {movie.sizes[i]}", ha="center", fontsize=8)
        for k, (x, y) in enumerate(right):
            for j, weight in enumerate(frame.weights[i - 1][k]):
                colour, size = colours["down" if weight < 0 else "up"], width(weight, scales["largest"]) / WIDEST
                if movie._is_dense(i):
                    step = (x - left[0][0] - 2 * (RADIUS + BESIDE)) / len(left)
                    at = left[0][0] + RADIUS + BESIDE + step * j, y - 8
                    ax.add_patch(Rectangle(at, step, 16, facecolor=colour, alpha=size**0.5, linewidth=0))
                else:
                    style: Any = "--" if weight < 0 else "-"
                    ax.plot((left[j][0], x), (left[j][1], y), color=colour, linestyle=style, linewidth=4 * size, zorder=1)
    ax.text(places[0][0][0], 16, f"inputs: {movie.sizes[0]}", ha="center", fontsize=8)
    for x, y in places[0]:
        ax.add_patch(Circle((x, y), RADIUS, facecolor=colours["leaf"], edgecolor=colours["ink"], zorder=2))
    for column, biases, gradients in zip(places[1:], frame.biases, frame.gradients):
        for (x, y), bias, gradient in zip(column, biases, gradients):
            share, wide = shade(gradient, scales["top"]), 0.8 * outline(bias, scales["bias"])
            edge = colours["down" if bias < 0 else "up"]
            look = {"facecolor": mixed(colours["grad"], share, colours["box"]), "edgecolor": edge}
            ax.add_patch(Circle((x, y), RADIUS, linewidth=wide, zorder=2, **look))


def plane(ax: Axes, plane: Plane, sample: Sample, colours: dict[str, str]) -> None:
    """Draw the classes over the plane, or the curve, and the examples."""
    framed(ax, plane.x, plane.y)
    runs = re.findall(r"(\d+)(\D)", sample.cells)
    cells = [to_rgb(plane_colour(letter, sample.n_outputs, colours)) for n, letter in runs for _ in range(int(n))]
    if cells:
        rows = [cells[k : k + plane.side] for k in range(0, len(cells), plane.side)]
        ax.imshow(rows, extent=(0, SIDE, SIDE, 0), aspect="auto")
    points = [(float(x), float(y), word) for word, x, y in re.findall(r"([ML])(\S+) ([\d.]+)", sample.line)]
    pieces = [[start[:2], end[:2]] for start, end in pairwise(points) if end[2] == "L"]
    ax.add_collection(LineCollection(pieces, colors=colours["up" if plane.n_inputs == 1 else "ink"], linewidths=1.5))
    n, is_regression = sample.n_outputs, plane.is_regression(sample.n_outputs)
    examples = list(plane.examples(n))
    for k in sorted({k for _, _, k in examples}):
        xs, ys = zip(*((x, y) for x, y, kind in examples if kind == k))
        style: dict[str, Any] = {"edgecolors": colours["ink" if is_regression else "paper"], "linewidths": 0.5, "zorder": 3}
        marker = "o" if is_regression else MARKERS[k % len(MARKERS)]
        ax.scatter(xs, ys, color=example_colour(plane, k, n, colours), marker=marker, s=24, **style)


def plane_colour(letter: str, n_outputs: int, colours: dict[str, str]) -> str | tuple[float, float, float]:
    """The colour of a square; letter: its shade, as in `Sample.cells`."""
    if letter == ".":
        return colours["paper"]
    k = ord(letter) - ord("a")
    if n_outputs > 1:
        return mixed(CLASSES[k % len(CLASSES)], 0.3, colours["paper"])
    return mixed(*((colours["up"], SHADES[7 - k]) if k > 3 else (colours["down"], SHADES[k])), colours["paper"])


def example_colour(plane: Plane, k: int, n_outputs: int, colours: dict[str, str]) -> str | tuple[float, float, float]:
    """The colour of an example of class k, or with a target of shade k."""
    if plane.n_inputs == 1:
        return colours["down"]
    if plane.is_regression(n_outputs):
        return plane_colour(chr(ord("a") + k), 1, colours)
    return CLASSES[k % len(CLASSES)] if n_outputs > 1 else colours[("down", "up")[k]]


def losses(ax: Axes, movie: Any, frame: Any, colours: dict[str, str]) -> None:
    """Draw the loss curve, and the point of a frame."""
    x, y = movie._epoch_axis(), movie._loss_axis()
    framed(ax, x, y)
    points = [(SIDE * across / CURVE[0], SIDE * down / CURVE[1]) for across, down in movie._points()]
    ax.plot(*zip(*points), color=colours["faint"])
    ax.plot(*points[movie.frames.index(frame)], marker="o", color=colours["active"])


def framed(ax: Axes, x: Axis, y: Axis) -> None:
    """Give a picture of SIDE x SIDE units these axes."""
    ax.set(xlim=(0, SIDE), ylim=(SIDE, 0))
    ax.set_xticks([SIDE * x.place(tick) for tick in x.ticks()], list(map(number, x.ticks())), fontsize=8)
    ax.set_yticks([SIDE - SIDE * y.place(tick) for tick in y.ticks()], list(map(number, y.ticks())), fontsize=8)
    ax.set_xlabel(x.label, fontsize=8)
    ax.set_ylabel(y.label, fontsize=8)


def mixed(colour: str, share: float, paper: str = LIGHT["paper"]) -> tuple[float, float, float]:
    """A colour on paper."""
    r, g, b = ((1 - share) * under + share * part for under, part in zip(to_rgb(paper), to_rgb(colour)))
    return r, g, b
