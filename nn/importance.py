"""Two uses of gradients beyond training: how important a unit is, and how far back in time a gradient reaches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from autograd import Value, grad, no_grad
from autograd import sum as total
from nn.arrays import np
from nn.data import as_list
from nn.diagnostics import diagnose
from nn.layers import Layer
from nn.module import Module, forward


@dataclass(frozen=True)
class Importance:
    """The dependence of the loss on one unit.

    layer, unit: the path of the layer, and the index of the unit in it. gradient: the mean over the examples of |gradient|
    with respect to the unit's output. gradient_x_activation: the predicted change of the loss without the unit.
    loss_change: the measured one.
    """

    layer: str
    unit: int
    gradient: float
    gradient_x_activation: float
    loss_change: float


def importance(model: Module, X: Any, y: Any, loss: Callable[..., Any]) -> list[Importance]:
    """Compare, for each unit of each `Layer` but the last, its gradient with the change of the loss when it is removed.

    X: (n_examples, ...). y: one target per example. loss: as in `fit`.
    gradient_x_activation is -sum(gradient * activation) over the examples: the change of the loss if the unit's output
    became 0 and the loss were linear. loss_change is measured with the output set to 0.
    """
    examples, targets = as_list("X", X), as_list("y", y)
    report = diagnose(model, examples, targets, loss)
    layers = [(name, m) for name, m in model.named_modules() if isinstance(m, Layer)][:-1]
    measured = {layer.name: layer for layer in report.layers}
    found = []
    for name, layer in layers:
        a, g = measured[name].activations, measured[name].gradients
        for unit, neuron in enumerate(layer.neurons):
            with no_grad(), _replaced_forward(neuron, lambda x: Value(0.0)):
                change = float(loss(forward(model, examples), targets)) - report.loss
            by_gradient = float(-np.sum(g[:, unit] * a[:, unit]))
            found.append(Importance(name, unit, float(np.mean(np.abs(g[:, unit]))), by_gradient, change))
    return found


def gradient_by_lag(model: Module, xs: Sequence[Any]) -> np.ndarray:
    """Return how much the last output of a recurrent network depends on each element of a sequence, the last one first.

    model: an `RNN`, `LSTM` or `GRU`. xs: (length, input_size). Returns (length,): entry k is the norm of the gradient of
    the sum of the last h with respect to the element that is k positions before the last.

    >>> import nn
    >>> nn.gradient_by_lag(nn.RNN(1, 1, seed=0), [[1.0], [0.5], [-1.0]]).shape
    (3,)
    """
    inputs = [[Value(float(number)) for number in x] for x in xs]
    outputs, _ = model(inputs)
    gradients = grad(total(outputs[-1]), [v for x in inputs for v in x])
    by_element: np.ndarray = np.linalg.norm(np.reshape(gradients, (len(inputs), -1)), axis=1)
    return by_element[::-1]


@contextmanager
def _replaced_forward(module: Module, forward: Callable[..., Any]) -> Iterator[None]:
    vars(module)["forward"] = forward
    try:
        yield
    finally:
        del vars(module)["forward"]
