"""A model on rows, and the loss of what it gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd import Value
from nn.module import Module


def forward(model: Module, rows: list[Any]) -> list[Any]:
    """The model's output for each row: all rows in one call if it needs a whole batch, else one call each."""
    if any(module.whole_batch for module in model.modules()):
        return list(model(rows))
    return [model(row) for row in rows]


def loss_of(loss: Callable[..., Any], outputs: list[Any], targets: list[Any]) -> Value:
    """loss(outputs, targets), which must be a Value that backward can start from, else a TypeError."""
    result = loss(outputs, targets)
    if not isinstance(result, Value):
        raise TypeError(
            f"the loss must be a Value computed from the model's outputs, got {type(result).__name__}: {result!r}"
        )
    return result
