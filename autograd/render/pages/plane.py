"""The outputs of a network with one or two inputs, and the examples: a picture for each frame of a film.

Two inputs: the plane as squares, whose colour is the predicted class, lines where the class changes, and a marker for each
example. One input: the output as a curve, and the examples as points.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from autograd.engine import Value
from autograd.modes import no_grad
from autograd.program import compile
from autograd.render.content.text import number
from autograd.render.pages.axes import Axis, framed
from autograd.tracing import tracing

SIDE = 260.0  # px, of the plane
CURVE = (260.0, 120.0)  # px, of the loss curve
FINE, COARSE = 40, 16  # squares along a side; the second where no program can compute them
POINTS = 120  # of a curve
BEYOND = 0.15  # of the range of the examples, shown on each side
MOST_EXAMPLES = 400  # drawn
LEVELS = 4  # shades of each sign
MARKERS = (  # for the classes in order; 9 px wide
    "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z", "M-4 -4h8v8h-8z", "M0 -5l5 9h-10z", "M0 -5.5l5 5.5l-5 5.5l-5 -5.5z",
    "M0 5l5 -9h-10z", "M-1.7 -5h3.4v3.3h3.3v3.4h-3.3v3.3h-3.4v-3.3h-3.3v-3.4h3.3z",
    "M-5 -5h3l2 3l2 -3h3l-3.5 5l3.5 5h-3l-2 -3l-2 3h-3l3.5 -5z",
)  # fmt: skip
NAMES = ("circle", "square", "triangle", "diamond", "triangle, point down", "plus", "cross")
Outputs = list[list[float]]  # of each example


@dataclass(frozen=True)
class Sample:
    """The outputs of the network in one frame.

    cells: the squares from the top left, row by row, as runs such as `12c`: twelve squares with the third shade; `.` has
    none. line: the boundary between the classes, or the curve, as the path of an SVG. n_outputs: of the network.
    """

    cells: str
    line: str
    n_outputs: int


class Plane:
    """The examples, and the places at which the network is computed.

    X: (n_examples, 1 or 2). y: (n_examples,) numbers or classes, or (n_examples, n_classes) with the largest at the class.
    threshold: the output above which a network with one output predicts the second class.
    Raises ValueError if there are no examples, another number of inputs, or not one target for each example.
    """

    def __init__(self, X: Any, y: Any, threshold: float) -> None:
        self.inputs: list[list[float]] = [[float(x) for x in _entries(row)] for row in _entries(X)]
        self.targets: list[float] = [_target(_entries(target)) for target in _entries(y)]
        self.threshold: float = threshold
        self.classes: list[float] = sorted(set(self.targets))
        widths = {len(row) for row in self.inputs}
        if len(self.inputs) != len(self.targets) or not self.inputs:
            raise ValueError(
                f"X and y must have one entry for each example, got {len(self.inputs)} and {len(self.targets)}"
            )
        if widths not in ({1}, {2}):
            raise ValueError(f"a film shows examples with 1 or 2 inputs, got {sorted(widths)}: leave X and y out")
        self.n_inputs: int = widths.pop()
        names = [str(name) for name in getattr(X, "columns", ())] or ["input"]
        names = names if len(names) == self.n_inputs else ["input 0", "input 1"]
        self.x: Axis = _around([row[0] for row in self.inputs], names[0])
        self.y: Axis = (
            _around([row[1] for row in self.inputs], names[1]) if self.n_inputs == 2 else _around(self.targets, "output")
        )
        self._outputs: Callable[[Outputs], Outputs] | None = None
        self.side: int = FINE

    def sample(self, model: Any) -> Sample:
        """Compute the network at all places, in evaluation mode and by a program if it can be compiled."""
        was_training = model.training
        model.eval()
        try:
            has_buffers = any(module.buffers for module in model.modules())  # which are constants in a program
            if self._outputs is None or has_buffers:
                self._outputs = _as_program(model, self.n_inputs)
            self.side = FINE if self._outputs is not None else COARSE
            places = self._places()
            with no_grad():
                outputs = self._outputs(places) if self._outputs else [_numbers(_call(model, row)) for row in places]
        finally:
            model.train(was_training)
        n = len(outputs[0])
        if self.n_inputs == 1 and n > 1:
            raise ValueError(f"for one input, a film shows one output; this network has {n}: leave X and y out")
        if self.n_inputs == 1:
            return Sample("", self._curve([row[0] for row in outputs]), n)
        if n == 1:
            centre, reach = self._centre_and_reach()
            scores = [(row[0] - centre) / reach for row in outputs]
            lines = [] if self.is_regression(n) else [scores]
            return Sample(self._cells(list(map(_shade, scores))), "".join(map(self._contour, lines)), n)
        classes = [max(range(n), key=row.__getitem__) for row in outputs]
        leads = ([row[k] - max(row[:k] + row[k + 1 :]) for row in outputs] for k in range(n))
        shades = [chr(ord("a") + k) if math.isfinite(sum(row)) else "." for k, row in zip(classes, outputs)]
        return Sample(self._cells(shades), "".join(map(self._contour, leads)), n)

    def is_regression(self, n_outputs: int) -> bool:
        """True if the targets are numbers to be approximated, not classes."""
        return self.n_inputs == 1 or (n_outputs == 1 and len(self.classes) > 2)

    def _centre_and_reach(self) -> tuple[float, float]:
        """The output of the palest shade, and the distance from it to the darkest."""
        if self.is_regression(1):
            low, high = self.classes[0], self.classes[-1]
            return (low + high) / 2, (high - low) / 2
        return self.threshold, abs(self.threshold) or 1.0

    def _places(self) -> list[list[float]]:
        if self.n_inputs == 1:
            return [[self.x.low + (self.x.high - self.x.low) * k / (POINTS - 1)] for k in range(POINTS)]
        xs, ys = (
            [axis.low + (axis.high - axis.low) * (k + 0.5) / self.side for k in range(self.side)]
            for axis in (self.x, self.y)
        )
        return [[x, y] for y in reversed(ys) for x in xs]

    def _cells(self, shades: Sequence[str]) -> str:
        rows = (shades[k : k + self.side] for k in range(0, len(shades), self.side))
        return "".join(f"{len(list(run))}{shade}" for row in rows for shade, run in groupby(row))

    def _curve(self, outputs: Sequence[float]) -> str:
        """The path of the outputs; where both ends of a piece are beyond the same edge, it is left out."""
        path, before = [], math.nan
        for k, output in enumerate(outputs):
            if math.isfinite(output):
                at = min(1.0, max(0.0, self.y.place(output)))
                word = "L" if math.isfinite(before) and not (at == before and at in (0.0, 1.0)) else "M"
                path.append(f"{word}{SIDE * k / (POINTS - 1):.1f} {SIDE - SIDE * at:.1f}")
                before = at
            else:
                before = math.nan
        return "".join(path)

    def _contour(self, heights: Sequence[float]) -> str:
        """The line of height 0 through the centres of the squares, by marching squares: as a path of short pieces."""
        n, step, path = self.side, SIDE / self.side, []
        for i in range(n - 1):
            for j in range(n - 1):
                corners = [(j, i), (j + 1, i), (j + 1, i + 1), (j, i + 1)]
                known = [heights[n * b + a] for a, b in corners]
                crossings = []
                for (a, b), (c, d), p, q in zip(corners, corners[1:] + corners[:1], known, known[1:] + known[:1]):
                    if (p > 0) != (q > 0) and math.isfinite(p - q):
                        t = p / (p - q)
                        crossings.append(f"{(a + t * (c - a) + 0.5) * step:.1f} {(b + t * (d - b) + 0.5) * step:.1f}")
                path += [f"M{start}L{end}" for start, end in zip(crossings[::2], crossings[1::2])]
        return "".join(path)

    def svg(self, sample: Sample, painted: bool = False) -> str:
        """Draw the axes, a path for each shade, the line and the examples. painted: False leaves the paths empty."""
        signed = self.n_inputs == 1 or sample.n_outputs == 1
        looks = [f"signed s{k}" for k in range(2 * LEVELS)]
        if not signed:
            looks = [f"class c{k % len(MARKERS)}" for k in range(sample.n_outputs)]
        runs = dict(self._paths(sample.cells)) if painted else {}
        paths = "".join(
            f'<path class="shade {look}" d="{runs.get(chr(ord("a") + k), "")}"/>' for k, look in enumerate(looks)
        )
        inside = (
            f'<g class="squares" transform="scale({SIDE / self.side:g})" data-side="{self.side}">{paths}</g>'
            f'<path class="{"boundary" if self.n_inputs == 2 else "output"}" d="{sample.line if painted else ""}"/>'
            + "".join(
                f'<g transform="translate({x:.1f} {y:.1f})">{self._marker(k, sample.n_outputs)}</g>'
                for x, y, k in self.examples(sample.n_outputs)
            )
        )
        title = "What the network computes, and the examples"
        return framed(self.x, self.y, (SIDE, SIDE), inside, title)

    def _paths(self, cells: str) -> Iterator[tuple[str, str]]:
        """The squares of each shade as a path, one unit long each; training.js does the same."""
        paths: dict[str, list[str]] = {}
        x = y = length = 0
        for c in cells:
            if c.isdigit():
                length = 10 * length + int(c)
                continue
            paths.setdefault(c, []).append(f"M{x} {y}h{length}v1h-{length}z")
            x, length = x + length, 0
            if x == self.side:
                x, y = 0, y + 1
        return ((shade, "".join(parts)) for shade, parts in paths.items())

    def examples(self, n_outputs: int) -> Iterator[tuple[float, float, int]]:
        """Yield the place of each example that is drawn, in px from the top left, and the number of its class."""
        every = math.ceil(len(self.inputs) / MOST_EXAMPLES)
        for row, target in list(zip(self.inputs, self.targets))[::every]:
            height = row[1] if self.n_inputs == 2 else target
            yield SIDE * self.x.place(row[0]), SIDE - SIDE * self.y.place(height), self._kind(target, n_outputs)

    def _marker(self, k: int, n_outputs: int) -> str:
        shape = MARKERS[0 if self.is_regression(n_outputs) else k % len(MARKERS)]
        return f'<path class="example {self._look(k, n_outputs)}" d="{shape}"/>'

    def _kind(self, target: float, n_outputs: int) -> int:
        """The number of an example's class; of a shade for a target that is a number."""
        if self.is_regression(n_outputs):
            centre, reach = self._centre_and_reach()
            return max(0, ord(_shade((target - centre) / reach)) - ord("a"))
        if target in range(n_outputs) and n_outputs > 1:
            return int(target)
        return self.classes.index(target) if len(self.classes) > 1 else int(target > 0)

    def _look(self, k: int, n_outputs: int) -> str:
        if self.n_inputs == 1:
            return "point"
        if self.is_regression(n_outputs):
            return f"signed s{k}"
        return f"class c{k % len(MARKERS)}" if n_outputs > 1 else ("down", "up")[k]

    def legend(self, n_outputs: int) -> list[tuple[str, str, str]]:
        """The signs of the picture: each as SVG, in words, and what it means."""
        if self.n_inputs == 1:
            curve = '<path class="output" d="M-12 3C-6 -8 6 8 12 -3"/>'
            return [(self._marker(0, 1), "circle", "an example"), (curve, "line", "the network's output")]
        if self.is_regression(n_outputs):
            ends = ((0, "orange", self.classes[0]), (2 * LEVELS - 1, "blue", self.classes[-1]))
            return [(self._marker(k, 1), colour, f"target or output {number(end)}") for k, colour, end in ends]
        kinds = sorted({(self._kind(target, n_outputs), target) for target in self.classes})
        return [(self._marker(k, n_outputs), NAMES[k % len(NAMES)], f"class {number(target)}") for k, target in kinds]

    @property
    def notes(self) -> list[str]:
        """Remarks on what is left out."""
        every = math.ceil(len(self.inputs) / MOST_EXAMPLES)
        return [f"one in {every} of {len(self.inputs):,} examples is shown"] if every > 1 else []


def _entries(x: Any) -> list[Any]:
    """A list, array, data frame, series or tensor as a list; a number as a list of one."""
    x = x.to_numpy() if hasattr(x, "to_numpy") else x
    x = x.tolist() if hasattr(x, "tolist") else x
    return list(x) if hasattr(x, "__len__") else [x]


def _target(entries: list[Any]) -> float:
    return float(entries[0] if len(entries) == 1 else max(range(len(entries)), key=entries.__getitem__))


def _around(numbers: Sequence[float], label: str) -> Axis:
    low, high = min(numbers), max(numbers)
    room = BEYOND * (high - low) or 1.0
    return Axis(low - room, high + room, label)


def _shade(score: float) -> str:
    """The shade of a score: `a` to `d` below 0, darkest first, and `e` to `h` above, darkest last; `.` for nan."""
    if math.isnan(score):
        return "."
    level = min(LEVELS - 1, int(min(1.0, abs(score)) * LEVELS))
    return chr(ord("a") + (LEVELS + level if score > 0 else LEVELS - 1 - level))


def _call(model: Any, row: Sequence[Any]) -> Any:
    """Compute one example, with a model that expects one, or a whole batch."""
    if any(module.whole_batch for module in model.modules()):
        return model([row])[0]
    return model(row)


def _numbers(output: Any) -> list[float]:
    return [float(x) for x in (output if hasattr(output, "__len__") else [output])]


def _as_program(model: Any, n_inputs: int) -> Callable[[Outputs], Outputs] | None:
    """A function from inputs to outputs that runs the model as a program; None if it cannot be compiled."""
    inputs, parameters = [Value(0.0) for _ in range(n_inputs)], model.parameters()
    try:
        with tracing(inputs, parameters):
            output = _call(model, inputs)
        program = compile(list(output) if hasattr(output, "__len__") else [output], inputs, parameters, strict=False)
        return lambda rows: program(rows).tolist()
    except Exception:  # NumPy may be missing, and the model's own code, with Values in place of numbers, may raise anything
        return None
