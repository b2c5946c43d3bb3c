"""`predict`, `evaluate` and the accuracy: what a model computes on given examples, and how good it is."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from nn import losses
from nn.arrays import np
from nn.data import as_list, check_columns
from nn.losses import check_loss
from nn.module import Module, flatten
from nn.outputs import Outputs

# The score above which the predicted class is the second one, for the losses of two classes.
THRESHOLDS: dict[Callable[..., Any], float] = {
    losses.hinge_loss: 0.0,
    losses.binary_cross_entropy_with_logits: 0.0,
    losses.binary_cross_entropy: 0.5,
}


def predict(model: Module, X: Any) -> np.ndarray:
    """Return the model's outputs in evaluation mode, without recording a graph.

    X: (n_examples, ...). Returns (n_examples,) if the model has one output, else (n_examples, n_outputs).
    Raises ValueError if X and the examples of `fit` are data frames with different columns, or in a different order.

    >>> import nn
    >>> nn.predict(nn.MLP(2, [3, 1], seed=0), [[0.0, 0.0], [0.0, 0.0]]).tolist()
    [0.0, 0.0]
    """
    check_columns(model, X)
    return Outputs(model, by_program=False)(as_list("X", X))


def evaluate(model: Module, X: Any, y: Any, loss: Callable[..., Any]) -> tuple[float, float]:
    """Return the loss and the accuracy in evaluation mode, without recording a graph.

    X: (n_examples, ...). y: one target per example. loss: as in `fit`. The accuracy is nan for losses of regression.

    >>> import nn
    >>> model = nn.MLP(1, [1], init="zeros")
    >>> nn.evaluate(model, [[1.0], [2.0]], [0, 1], nn.binary_cross_entropy_with_logits)
    (0.6931471805599453, 0.5)
    """
    return score(predict(model, X), as_list("y", y), loss)


def score(outputs: np.ndarray, targets: list[Any], loss: Callable[..., Any]) -> tuple[float, float]:
    """Return the loss and the accuracy of outputs, as `evaluate` does."""
    return float(check_loss(loss)(outputs.tolist(), targets)), accuracy(outputs, targets, loss)


def accuracy(outputs: Any, targets: Sequence[Any], loss: Callable[..., Any]) -> float:
    """Return the fraction of examples whose class is predicted correctly.

    The loss determines how an output is read. cross_entropy: the largest output is the class. hinge_loss and
    binary_cross_entropy_with_logits: the sign. binary_cross_entropy: above or below 0.5. Any other loss: the result is nan.
    """
    loss = getattr(loss, "func", loss)  # of a loss with settings, such as nn.CrossEntropyLoss()
    if loss is losses.cross_entropy:
        scores = outputs if isinstance(outputs, np.ndarray) else [flatten(output, []) for output in outputs]
        classes = [np.argmax(target) if hasattr(target, "__len__") else target for target in targets]
        return float(np.mean(np.argmax(scores, axis=1) == np.array(classes)))
    if loss not in THRESHOLDS:
        return math.nan
    scores, labels = (np.array(flatten(list(x), []), dtype=float) for x in (outputs, targets))
    positive = labels > (0.0 if loss is losses.hinge_loss else 0.5)
    return float(np.mean((scores > THRESHOLDS[loss]) == positive))
