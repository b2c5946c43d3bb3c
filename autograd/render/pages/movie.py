"""An animation of a training run: a drawing of the network whose weights, gradients and loss change with each epoch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from itertools import chain, pairwise, product, repeat
from math import isfinite, nan
from pathlib import Path
from typing import Any

from autograd.render.content.text import number
from autograd.render.drawing import image, rasteriser
from autograd.render.image.look import Look, look
from autograd.render.image.svg import DARK, LIGHT, compact, variables
from autograd.render.pages.axes import Axis, framed
from autograd.render.pages.looks import BESIDE, DECADES, RADIUS, WIDEST, outline, shade, width
from autograd.render.pages.page import Page
from autograd.render.pages.plane import CURVE, Plane, Sample

MOST_UNITS = 16  # drawn of each layer
MOST_LINES = 64  # between two layers; more weights are drawn as squares
MOST_FRAMES = 200  # of a movie; a longer training is shown at every second, fourth, ... epoch
COLUMN, ROW, MARGIN, HEIGHT = 130.0, 40.0, 44.0, 400.0  # px; the rows of tall layers are closer together


@dataclass(frozen=True)
class Frame:
    """The state after one epoch: the loss, and each unit's weights, bias and the norm of its parameters' gradient.

    A unit without a bias has the bias nan. sample: what the network computes for the plane or the line of its inputs.
    """

    epoch: int
    loss: float
    weights: list[list[list[float]]]
    gradients: list[list[float]]
    biases: list[list[float]]
    sample: Sample | None = None


class TrainingMovie(Page):
    """Records a training run as a callback, `nn.fit(..., callbacks=[movie])`. Notebooks display it; `save` writes a page.

    Each weight is a line whose width shows its size, solid blue if it is positive and dashed orange if it is negative; in
    larger layers, a square whose shade shows its size. The outline of a unit is its bias, in the same way. The shade of a
    unit shows the norm of its parameters' gradient in the last batch of the epoch, on a logarithmic scale. The loss runs
    beside. The model needs layers of neurons (`nn.MLP`, or any module that contains `nn.Layer`s); at most 16 units of a
    layer are drawn.

    X, y: examples with one or two inputs, and their targets, to be shown with what the network computes after each epoch.
    With two inputs, these are the classes over the plane, as in `nn.plots.decision_boundary` (or the outputs, if there is
    one output and more than two different targets); with one input, it is the output as a curve.
    threshold: the output above which a network with one output predicts the second class: 0 for logits and for targets of
    -1 and 1, 0.5 for probabilities and for targets of 0 and 1 with the squared error.
    theme, font: see `draw`. A film has the theme and the family, light for 'auto', and a size of its own.

    Raises ValueError if X and y do not belong together or have more inputs, and for another theme or font.
    """

    epochs: int

    def __init__(
        self, X: Any = None, y: Any = None, *, threshold: float = 0.0, theme: str = "auto", font: str = ""
    ) -> None:
        if (X is None) != (y is None):
            raise ValueError("to show the examples, a movie needs both X and y: TrainingMovie(X, y)")
        self.plane: Plane | None = None if X is None else Plane(X, y, threshold)
        self.frames: list[Frame] = []
        self.sizes: list[int] = []  # of the layers, the inputs first
        self.epochs = 0
        self._every = 1
        self._look = look(theme, font)

    def __call__(self, model: Any, history: Any) -> None:
        """Record the model after an epoch; `history.loss` holds the losses so far."""
        layers = [module.neurons for module in model.modules() if hasattr(module, "neurons")]
        if not layers:
            raise ValueError(f"a movie needs layers of neurons, as in nn.MLP; {type(model).__name__} has none")
        self.sizes = [len(layers[0][0].w), *map(len, layers)]
        if self.epochs % self._every == 0:
            drawn = [layer[:MOST_UNITS] for layer in layers]
            weights = [[[w.data for w in neuron.w[:MOST_UNITS]] for neuron in layer] for layer in drawn]
            norms = [[sum(p.grad**2 for p in neuron.parameters()) ** 0.5 for neuron in layer] for layer in drawn]
            biases = [[nan if neuron.b is None else neuron.b.data for neuron in layer] for layer in drawn]
            sample = None if self.plane is None else self.plane.sample(model)
            self.frames.append(Frame(self.epochs + 1, float(history.loss[-1]), weights, norms, biases, sample))
        self.epochs += 1
        if len(self.frames) > MOST_FRAMES:
            self.frames, self._every = self.frames[::2], self._every * 2

    @property
    def look(self) -> Look:
        return self._look

    @property
    def title(self) -> str:
        return f"Training of a network {'-'.join(map(str, self.sizes))}"

    @property
    def data(self) -> dict[str, Any]:
        last = self.frames[-1].sample
        return {
            "kind": "training", "title": self.title, "svg": self._drawing(), "curve": self._curve(),
            "plane": "" if self.plane is None or last is None else self.plane.svg(last),
            "legend": self._legend(), "notes": self._notes(), **self._scales(), "radius": WIDEST / 2, "decades": DECADES,
            **self.choices(),
            "inputs": [len(ws) for layer in self.frames[-1].weights for ws in layer],
            "frames": [
                {
                    "epoch": frame.epoch, "loss": number(frame.loss), "point": point,
                    "weights": list(map(number, _flat(frame.weights))),
                    "units": [[number(g), number(b)] for g, b in zip(chain(*frame.gradients), chain(*frame.biases))],
                    **({"cells": frame.sample.cells, "line": frame.sample.line} if frame.sample else {}),
                }
                for frame, point in zip(self.frames, self._points())
            ],
        }  # fmt: skip

    @property
    def still(self) -> str:
        """The network after the last epoch, what it computes, and the losses."""
        last = self.frames[-1]
        lines = "".join(f"<li>epoch {frame.epoch}: loss {number(frame.loss)}</li>" for frame in self.frames)
        text = f"{self.title}, epoch {last.epoch}: loss {number(last.loss)}"
        pictures = [(self._drawing(last), text), (self._curve(last), "The loss of each epoch")]
        if self.plane is not None and last.sample is not None:
            pictures.insert(1, (self.plane.svg(last.sample, painted=True), "What the network computes, and the examples"))
        shown = "".join(image(_styled(svg, self.look), title) for svg, title in pictures)
        legend = "; ".join(f"{look}: {meaning}" for _, look, meaning in self._legend())
        losses = f"<details><summary>The loss of each epoch</summary><ol>{lines}</ol></details>"
        row = '<div style="display: flex; flex-wrap: wrap; align-items: flex-start">'
        return f"{row}{shown}</div><p>{text}</p><p>{legend}</p>{losses}"

    def to_html(self) -> str:
        """Return the movie as a page of its own; raises ValueError if no epoch was recorded."""
        if not self.frames:
            raise ValueError("the movie is empty: pass it to nn.fit as a callback, callbacks=[movie]")
        return super().to_html()

    @property
    def files(self) -> str:
        return ".html, .gif or .mp4"

    def save(self, path: str | Path, seconds: float = 0.15) -> Path:
        """Write the page to a .html file, or up to 60 frames as a .gif or .mp4, each for some seconds, and return its path.

        A GIF needs matplotlib (extra `plots`), an MP4 also imageio-ffmpeg (extra `film`): without them, RuntimeError says
        so. Raises ValueError for another suffix, and if no epoch was recorded.
        """
        path = Path(path)
        kind = path.suffix.lower()
        if kind not in (".gif", ".mp4") or not self.frames:
            return super().save(path)
        save_images = rasteriser(kind).save_images
        from autograd.render.pages.film import images

        save_images(list(images(self)), path, seconds, colours=256)
        return path

    def _repr_html_(self) -> str:
        return super()._repr_html_() if self.frames else repr(self)

    def _scales(self) -> dict[str, float]:
        """The largest weight, bias and norm of a gradient in the movie."""
        weights = [w for frame in self.frames for w in _flat(frame.weights)]
        biases = [b for frame in self.frames for layer in frame.biases for b in layer]
        norms = [g for frame in self.frames for layer in frame.gradients for g in layer]
        return {"largest": _largest(weights), "bias": _largest(biases), "top": _largest(norms)}

    def _legend(self) -> list[tuple[str, str, str]]:
        """Signs as SVG, each in words, and its meaning."""
        signs = list(SIGNS)
        last = self.frames[-1].sample
        if self.plane is not None and last is not None:
            signs += self.plane.legend(last.n_outputs)
        return [(KEY.format(shape), words, meaning) for shape, words, meaning in signs]

    def _notes(self) -> list[str]:
        weight, bias, gradient = map(number, self._scales().values())
        notes = [f"the largest of all frames: a weight of size {weight}, a bias of {bias}, a gradient of norm {gradient}"]
        if any(self._is_dense(i) for i in range(1, len(self.sizes))):
            notes.append("a row of squares: the weights of the unit to its right, from the first input to the last")
        if max(self.sizes) > MOST_UNITS:
            notes.append(f"at most {MOST_UNITS} units of each layer are drawn")
        if self._every > 1:
            notes.append(f"one in {self._every} of {self.epochs} epochs is shown")
        return notes + ([] if self.plane is None else self.plane.notes)

    # The drawing

    def _shown(self, i: int) -> int:
        return min(self.sizes[i], MOST_UNITS)

    def _is_dense(self, i: int) -> bool:
        """True if the weights of layer i are too many for lines."""
        return self._shown(i) * self._shown(i - 1) > MOST_LINES

    def _places(self) -> list[list[tuple[float, float]]]:
        """Position the units, column by column."""
        most = max(map(self._shown, range(len(self.sizes))))
        row = min(ROW, HEIGHT / max(1, most - 1))
        return [
            [(MARGIN + COLUMN * i, MARGIN + row * ((most - n) / 2 + k)) for k in range(n)]
            for i, n in enumerate(map(self._shown, range(len(self.sizes))))
        ]

    def _drawing(self, frame: Frame | None = None) -> str:
        """Draw the network as SVG: the weights in the order of `_flat`, then the units. frame: as they are in it."""
        places, scales = self._places(), self._scales()
        w, h = places[-1][0][0] + MARGIN, max(y for column in places for _, y in column) + MARGIN
        parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w:.0f} {h:.0f}" width="{w:.0f}" height="{h:.0f}" ']
        parts.append(f'role="group" aria-label="{escape(self.title)}">')
        for i, (left, right) in enumerate(pairwise(places), start=1):
            shapes = _squares(left, right) if self._is_dense(i) else _lines(left, right)
            weights = chain(*frame.weights[i - 1]) if frame else repeat(0.0)
            for shape, weight in zip(shapes, weights):
                wide, sign = width(weight, scales["largest"]), " minus" if weight < 0 else ""
                look = f"fill-opacity: {(wide / WIDEST) ** 0.5:.2f}" if self._is_dense(i) else f"stroke-width: {wide}px"
                parts.append(f'<{shape} class="weight{sign}" style="{look}"/>')
        for i, column in enumerate(places):
            name = "inputs" if i == 0 else f"layer {i}"
            parts.append(f'<text x="{column[0][0]:.0f}" y="16">{name}: {self.sizes[i]}</text>')
            for k, (x, y) in enumerate(column):
                circle = f'cx="{x:.0f}" cy="{y:.1f}" r="{RADIUS:g}"'
                if i == 0:
                    parts.append(f'<circle class="input" {circle}/>')
                    continue
                bias, gradient = (frame.biases[i - 1][k], frame.gradients[i - 1][k]) if frame else (0.0, 0.0)
                sign, share = " minus" if bias < 0 else "", 100 * shade(gradient, scales["top"])
                look = f'style="stroke-width: {outline(bias, scales["bias"]):g}px; --share: {share:g}%"'
                who = f'data-box="{i}.{k}" tabindex="0" role="button" aria-label="layer {i}, unit {k + 1}"'
                parts.append(f'<circle class="unit{sign}" {who} {circle} {look}/>')
        return "".join([*parts, "</svg>"])

    def _epoch_axis(self) -> Axis:
        return Axis(self.frames[0].epoch, self.frames[-1].epoch, "epoch")

    def _loss_axis(self) -> Axis:
        """The axis of the loss: logarithmic if all losses are positive."""
        losses = [frame.loss for frame in self.frames]
        is_log = all(loss > 0 and isfinite(loss) for loss in losses)
        known = [loss for loss in losses if isfinite(loss)] or [1.0]
        return Axis(min(known), max(known), "loss, logarithmic" if is_log else "loss", is_log)

    def _points(self) -> list[tuple[float, float]]:
        """Position the loss of each frame in the curve; one that is not finite at the height of the first that is."""
        axis, (w, h) = self._loss_axis(), CURVE
        known = next((frame.loss for frame in self.frames if isfinite(frame.loss)), axis.low)
        step = w / max(1, len(self.frames) - 1)
        return [
            (round(step * i, 1), round(h - h * axis.place(frame.loss if isfinite(frame.loss) else known), 1))
            for i, frame in enumerate(self.frames)
        ]

    def _curve(self, frame: Frame | None = None) -> str:
        """Draw the loss curve as SVG, with the point of a frame, if given."""
        points = self._points()
        x, y = points[0] if frame is None else points[self.frames.index(frame)]
        inside = f'<polyline points="{" ".join(f"{x:g},{y:g}" for x, y in points)}"/>'
        circle = f'<circle class="now" cx="{x:g}" cy="{y:g}" r="5"/>'
        return framed(self._epoch_axis(), self._loss_axis(), CURVE, inside + circle, "The loss of each epoch")

    def __repr__(self) -> str:
        return f"TrainingMovie({len(self.frames)} frames of {self.epochs} epochs)"


KEY = '<svg class="key" viewBox="-13 -8 26 16" width="26" height="16" aria-hidden="true">{}</svg>'
SIGNS = (
    ('<line class="weight" x1="-12" x2="12" style="stroke-width: 3px"/>', "blue", "positive weight"),
    ('<line class="weight minus" x1="-12" x2="12" style="stroke-width: 3px"/>', "orange and dashed", "negative weight"),
    ('<circle class="unit" r="6" style="stroke-width: 3px; --share: 0%"/>', "outline", "bias of a unit"),
    ('<circle class="unit" r="6" style="stroke-width: 1px; --share: 80%"/>', "dark", "large gradient of a unit"),
)
Column = list[tuple[float, float]]  # the places of a layer's units


def _lines(left: Column, right: Column) -> list[str]:
    """A line for each weight between two columns of units."""
    return [f'line x1="{x1:.0f}" y1="{y1:.1f}" x2="{x2:.0f}" y2="{y2:.1f}"' for (x2, y2), (x1, y1) in product(right, left)]


def _squares(left: Column, right: Column) -> list[str]:
    """A square for each weight between two columns of units: a row for each unit on the right."""
    start = left[0][0] + RADIUS + BESIDE
    w = (right[0][0] - RADIUS - BESIDE - start) / len(left)
    h = 0.7 * (right[1][1] - right[0][1] if len(right) > 1 else ROW)
    return [
        f'rect x="{start + w * k:.1f}" y="{y - h / 2:.1f}" width="{w:.1f}" height="{h:.1f}"'
        for (_, y), k in product(right, range(len(left)))
    ]


def _styled(svg: str, look: Look) -> str:
    """Give a drawing its colours, for use as an image of its own."""
    css = (files("autograd.render.pages") / "training.css").read_text(encoding="utf-8")
    signs = re.findall(r"{ (--up: .*) }", css)
    light, dark = (f"svg {{ {variables(theme)} {more} }}" for theme, more in zip((LIGHT, DARK), signs))
    themes = {"light": light, "dark": dark}.get(look.theme, f"{light} @media (prefers-color-scheme: dark) {{ {dark} }}")
    style = compact(f"{themes} svg {{ --mono: {look.families}; }} text {{ text-anchor: middle; }}\n{css}")
    start = svg.index(">") + 1
    return f"{svg[:start]}<style>{style}</style>{svg[start:]}"


def _flat(weights: Sequence[Sequence[Sequence[float]]]) -> Iterator[float]:
    return (w for layer in weights for ws in layer for w in ws)


def _largest(numbers: Iterable[float]) -> float:
    return max((abs(x) for x in numbers if isfinite(x)), default=0.0) or 1.0
