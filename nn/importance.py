"""What a gradient says about importance, and how far it reaches back in time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import Value, grad, no_grad
from autograd import sum as total
from nn.data import as_list
from nn.diagnostics import diagnose
from nn.layers import Layer
from nn.module import Module, forward


@dataclass(frozen=True)
class Importance:
    """A unit: mean |gradient|; the loss change without it that gradient x activation predicts; and the real one."""

    layer: str
    unit: int
    gradient: float
    gradient_x_activation: float
    loss_change: float


def importance(model: Module, X: Any, y: Any, loss: Callable[..., Any]) -> list[Importance]:
    """For each unit of each `Layer` but the last: its gradient against what happens to the loss when it is removed.

    gradient_x_activation is -sum(gradient * activation) over the rows: the change of the loss if the unit's output
    became 0 and the loss were a straight line. loss_change is measured, with the output set to 0.
    """
    rows, targets = as_list("X", X), as_list("y", y)
    report = diagnose(model, rows, targets, loss)
    layers = [(name, m) for name, m in model.named_modules() if isinstance(m, Layer)][:-1]
    measured = {layer.name: layer for layer in report.layers}
    found = []
    for name, layer in layers:
        a, g = measured[name].activations, measured[name].gradients
        for unit, neuron in enumerate(layer.neurons):
            with no_grad(), _replaced(neuron, lambda x: Value(0.0)):
                change = float(loss(forward(model, rows), targets)) - report.loss
            by_gradient = float(-np.sum(g[:, unit] * a[:, unit]))
            found.append(Importance(name, unit, float(np.mean(np.abs(g[:, unit]))), by_gradient, change))
    return found


def gradient_by_lag(model: Module, xs: Sequence[Any]) -> np.ndarray:
    """How much the last output of an RNN, LSTM or GRU depends on the elements of one sequence, the last one first.

    (T,): entry k is the norm of d(sum of the last h)/dx for the x that is k elements back.
    """
    inputs = [[Value(float(number)) for number in x] for x in xs]
    outputs, _ = model(inputs)
    gradients = grad(total(outputs[-1]), [v for x in inputs for v in x])
    by_element: np.ndarray = np.linalg.norm(np.reshape(gradients, (len(inputs), -1)), axis=1)
    return by_element[::-1]


@contextmanager
def _replaced(module: Module, forward: Callable[..., Any]) -> Iterator[None]:
    vars(module)["forward"] = forward
    try:
        yield
    finally:
        del vars(module)["forward"]
