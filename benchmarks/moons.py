"""Time the moons step of micrograd's demo: 100 points, MLP 2-16-16-1, hinge loss + L2, forward to update.

`python moons.py ENGINE [STYLE] [--no-gc] [--steps N]` prints JSON: the initial weights, each step's loss and seconds.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import time
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import matplotlib.pyplot as plt  # noqa: F401  the demo imports it, and the cyclic collector visits its objects
import numpy as np
from sklearn.datasets import make_moons

ENGINES = {"micrograd": ("micrograd.engine", "micrograd.nn"), "stepgrad": ("autograd", "nn")}
ALPHA = 1e-4


class Neuron:
    """relu(w . x + b), recorded one product and one sum at a time, like micrograd's neuron."""

    def __init__(self, value: Any, nin: int, nonlin: bool) -> None:
        self.w = [value(random.uniform(-1, 1)) for _ in range(nin)]
        self.b = value(0.0)
        self.nonlin = nonlin

    def __call__(self, x: Sequence[Any]) -> Any:
        """Return the neuron's output for the inputs x."""
        activation = sum((wi * xi for wi, xi in zip(self.w, x)), self.b)
        return activation.relu() if self.nonlin else activation


class WrittenOut:
    """A multi-layer perceptron of such neurons; the last one is linear."""

    def __init__(self, value: Any, nin: int, nouts: Sequence[int]) -> None:
        last = len(nouts)
        sizes = enumerate(zip([nin, *nouts], nouts), start=1)
        self.layers = [[Neuron(value, n, nonlin=i < last) for _ in range(m)] for i, (n, m) in sizes]

    def __call__(self, x: Sequence[Any]) -> Any:
        """Return the output for the inputs x."""
        for layer in self.layers:
            x = [neuron(x) for neuron in layer]
        return x[0]

    def parameters(self) -> list[Any]:
        """List the weights and biases, neuron by neuron."""
        return [p for layer in self.layers for neuron in layer for p in (*neuron.w, neuron.b)]

    def zero_grad(self) -> None:
        """Set every gradient to 0."""
        for p in self.parameters():
            p.grad = 0.0


def total_loss(value: Any, model: Any, points: Any, labels: Any) -> tuple[Any, float]:
    """Compute the demo's `loss()`, the mean hinge loss over all points plus L2, and the accuracy."""
    inputs = [list(map(value, point)) for point in points]
    scores = list(map(model, inputs))
    losses = [(1 + -y * score).relu() for y, score in zip(labels, scores)]
    data_loss = sum(losses) * (1.0 / len(losses))
    penalty = ALPHA * sum(p * p for p in model.parameters())
    accuracy = [(y > 0) == (score.data > 0) for y, score in zip(labels, scores)]
    return data_loss + penalty, sum(accuracy) / len(accuracy)


def train(value: Any, model: Any, points: Any, labels: Any, steps: int) -> tuple[list[float], list[float]]:
    """Return the loss and the seconds of every step. A step includes freeing the graph of the previous one."""
    losses, seconds = [], []
    loss = None
    for k in range(steps):
        if not gc.isenabled():  # cyclic graphs would accumulate: free them between steps, outside the time
            loss = None
            gc.collect()
        start = time.perf_counter()
        loss, _ = total_loss(value, model, points, labels)
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= (1.0 - 0.9 * k / 100) * p.grad
        seconds.append(time.perf_counter() - start)
        losses.append(float(loss.data))
    return losses, seconds


def main() -> None:
    """Train one model and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("style", choices=("nn.MLP", "sum"), nargs="?", default="nn.MLP", help="its own, or ours")
    parser.add_argument("--no-gc", action="store_true", help="switch the cyclic garbage collector off")
    parser.add_argument("--steps", type=int, default=20)
    options = parser.parse_args()
    engine, nn = map(import_module, ENGINES[options.engine])

    np.random.seed(1337)
    random.seed(1337)
    points, labels = make_moons(n_samples=100, noise=0.1)
    labels = labels * 2 - 1
    options_of_ours = {"init": "uniform"} if options.engine == "stepgrad" else {}  # micrograd's initial weights
    model = (
        WrittenOut(engine.Value, 2, [16, 16, 1]) if options.style == "sum" else nn.MLP(2, [16, 16, 1], **options_of_ours)
    )
    weights = sorted(float(p.data) for p in model.parameters())  # engines list them in different orders
    gc.collect()
    gc.freeze()  # so that the collector visits only the engine's objects, not those of imported libraries again and again
    if options.no_gc:
        gc.disable()
    losses, seconds = train(engine.Value, model, points, labels, options.steps)
    print(json.dumps({"weights": weights, "losses": losses, "seconds": seconds}))


if __name__ == "__main__":
    main()
