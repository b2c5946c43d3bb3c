"""An animation of a training run: a drawing of the network whose weights, gradients and loss change with each epoch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import isfinite, log10
from typing import Any

from autograd.render.content.text import number
from autograd.render.drawing import image
from autograd.render.image.svg import DARK, LIGHT, variables
from autograd.render.pages.page import Page

MOST_UNITS = 16  # drawn of each layer
MOST_FRAMES = 200  # of a movie; a longer training is shown at every second, fourth, ... epoch
COLUMN, ROW, RADIUS, MARGIN = 190.0, 40.0, 12.0, 44.0  # px
CURVE = (420.0, 120.0)  # px, size of the loss curve
WIDEST = 6.0  # px, width of the line of the largest weight
DECADES = 4.0  # a gradient 10^4 times smaller than the largest of the movie is white


@dataclass(frozen=True)
class Frame:
    """The state after one epoch: the loss, and each unit's weights and the norm of its parameters' gradient."""

    epoch: int
    loss: float
    weights: list[list[list[float]]]
    gradients: list[list[float]]


class TrainingMovie(Page):
    """Records a training run as a callback, `nn.fit(..., callbacks=[movie])`. Notebooks display it; `save` writes a page.

    Each weight is a line whose width shows its size, solid blue if it is positive and dashed orange if it is negative. The
    shade of a unit shows the norm of its parameters' gradient in the last batch of the epoch, on a logarithmic scale. The
    loss runs below. The model needs layers of neurons (`nn.MLP`, or any module that contains `nn.Layer`s); at most 16 units
    of a layer are drawn.
    """

    epochs: int

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.sizes: list[int] = []  # of the layers, the inputs first
        self.epochs = 0
        self._every = 1

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
            self.frames.append(Frame(self.epochs + 1, float(history.loss[-1]), weights, norms))
        self.epochs += 1
        if len(self.frames) > MOST_FRAMES:
            self.frames, self._every = self.frames[::2], self._every * 2

    @property
    def title(self) -> str:
        return f"Training of a network {self._shape}"

    @property
    def _shape(self) -> str:
        return "-".join(map(str, self.sizes))

    @property
    def data(self) -> dict[str, Any]:
        weights = [abs(w) for frame in self.frames for layer in frame.weights for ws in layer for w in ws if isfinite(w)]
        norms = [g for frame in self.frames for layer in frame.gradients for g in layer if isfinite(g)]
        largest, top = max(weights, default=0.0) or 1.0, max(norms, default=0.0) or 1.0
        return {
            "kind": "training", "title": self.title, "svg": self._drawing(), "curve": self._curve(),
            "notes": self._notes(largest, top),
            "frames": [
                {
                    "epoch": frame.epoch, "loss": number(frame.loss), "point": point,
                    "lines": [[_width(w, largest), w < 0, number(w)] for w in _flat(frame.weights)],
                    "units": [[_share(g, top), number(g)] for layer in frame.gradients for g in layer],
                }
                for frame, point in zip(self.frames, self._points())
            ],
        }  # fmt: skip

    @property
    def still(self) -> str:
        """The network after the last epoch, and the losses."""
        last = self.frames[-1]
        lines = "".join(f"<li>epoch {frame.epoch}: loss {number(frame.loss)}</li>" for frame in self.frames)
        text = f"{self.title}, epoch {last.epoch}: loss {number(last.loss)}"
        losses = f"<details><summary>The loss of each epoch</summary><ol>{lines}</ol></details>"
        return image(self._drawing(still=True), text) + f"<p>{text}</p>{losses}"

    def to_html(self) -> str:
        """Return the movie as a page of its own; raises ValueError if no epoch was recorded."""
        if not self.frames:
            raise ValueError("the movie is empty: pass it to nn.fit as a callback, callbacks=[movie]")
        return super().to_html()

    def _repr_html_(self) -> str:
        return super()._repr_html_() if self.frames else repr(self)

    def _notes(self, largest: float, top: float) -> list[str]:
        notes = [f"widest line: a weight of size {number(largest)}; darkest unit: a gradient of norm {number(top)}"]
        if max(self.sizes) > MOST_UNITS:
            notes.append(f"at most {MOST_UNITS} units of each layer are drawn")
        if self._every > 1:
            notes.append(f"one in {self._every} of {self.epochs} epochs is shown")
        return notes

    # The drawing

    def _places(self) -> list[list[tuple[float, float]]]:
        """Position the units, column by column."""
        shown = [min(size, MOST_UNITS) for size in self.sizes]
        height = (max(shown) - 1) * ROW
        return [
            [(MARGIN + COLUMN * i, MARGIN + (height - (n - 1) * ROW) / 2 + ROW * k) for k in range(n)]
            for i, n in enumerate(shown)
        ]

    def _drawing(self, still: bool = False) -> str:
        """Draw the network as SVG: lines in the order of `_flat`, then units. still: with the weights of the last frame."""
        places = self._places()
        w, h = places[-1][0][0] + MARGIN, max(y for column in places for _, y in column) + MARGIN
        parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w:.0f} {h:.0f}" width="{w:.0f}" height="{h:.0f}" ']
        parts.append(f'role="img" aria-label="{escape(self.title)}">')
        if still:
            parts.append(f"<style>svg {{ {variables(LIGHT)} }} @media (prefers-color-scheme: dark) {{ svg {{ ")
            parts.append(f"{variables(DARK)} }} }} {STILL}</style>")
        weights = list(_flat(self.frames[-1].weights))
        largest = max(map(abs, filter(isfinite, weights)), default=0.0) or 1.0
        ends = [(a, b) for left, right in pairwise(places) for b in right for a in left]
        for ((x1, y1), (x2, y2)), weight in zip(ends, weights):
            look = f' style="stroke-width: {_width(weight, largest)}px"' if still else ""
            sign = " minus" if weight < 0 else ""
            parts.append(f'<line class="weight{sign}" x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}"{look}/>')
        for i, column in enumerate(places):
            name = "inputs" if i == 0 else f"layer {i}"
            parts.append(f'<text x="{column[0][0]:.0f}" y="16">{name}: {self.sizes[i]}</text>')
            for x, y in column:
                parts.append(f'<circle class="{"input" if i == 0 else "unit"}" cx="{x:.0f}" cy="{y:.0f}" r="{RADIUS:g}"/>')
        return "".join([*parts, "</svg>"])

    def _points(self) -> list[tuple[float, float]]:
        """Position the loss of each frame in the curve, on a logarithmic scale if all losses are positive."""
        losses = [frame.loss for frame in self.frames]
        heights = [log10(loss) if loss > 0 and isfinite(loss) else None for loss in losses]
        if None in heights:
            heights = [loss if isfinite(loss) else None for loss in losses]
        known = [h for h in heights if h is not None] or [0.0]
        low, span = min(known), (max(known) - min(known)) or 1.0
        w, h = CURVE
        step = w / max(1, len(losses) - 1)
        return [
            (round(step * i, 1), round(h - (known[0] - low if y is None else y - low) / span * h, 1))
            for i, y in enumerate(heights)
        ]

    def _curve(self) -> str:
        """Draw the loss curve as SVG."""
        w, h = CURVE
        losses = [frame.loss for frame in self.frames if isfinite(frame.loss)] or [0.0]
        texts: list[tuple[float, float, str]] = [(-8, 4, number(max(losses))), (-8, h + 4, number(min(losses)))]
        texts += [(30, h + 24, "loss"), (w, h + 24, f"epoch {self.frames[-1].epoch}")]
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-70 -16 {w + 90:.0f} {h + 44:.0f}" width="{w + 90:.0f}" '
            f'height="{h + 44:.0f}" role="img" aria-label="The loss of each epoch">'
            f'<polyline points="{" ".join(f"{x:g},{y:g}" for x, y in self._points())}"/><circle r="5"/>'
            + "".join(f'<text class="axis" x="{x:.0f}" y="{y:.0f}">{text}</text>' for x, y, text in texts)
            + "</svg>"
        )

    def __repr__(self) -> str:
        return f"TrainingMovie({len(self.frames)} frames of {self.epochs} epochs)"


STILL = """
.weight { stroke: #0072b2; } .minus { stroke: #d55e00; stroke-dasharray: 5 3; }
circle { fill: var(--box); stroke: var(--ink); } .input { fill: var(--leaf); }
text { font: 11px ui-monospace, monospace; fill: var(--ink); text-anchor: middle; }
"""


def _flat(weights: Sequence[Sequence[Sequence[float]]]) -> Iterator[float]:
    return (w for layer in weights for ws in layer for w in ws)


def _width(weight: float, largest: float) -> float:
    return round(min(1.0, abs(weight) / largest) * WIDEST, 2) if isfinite(weight) else WIDEST


def _share(gradient: float, top: float) -> float:
    """Map a gradient to 0 (none) to 1 (the largest of the movie), on a logarithmic scale."""
    if not isfinite(gradient):
        return 1.0
    return round(max(0.0, 1 + log10(gradient / top) / DECADES), 3) if gradient > 0 else 0.0
