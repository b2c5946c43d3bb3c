"""A model on rows, and the loss of what it gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd import Value
from nn.module import Module, flatten


def forward(model: Module, rows: list[Any]) -> list[Any]:
    """The model's output for each row: all rows in one call if it needs a whole batch, else one call each."""
    if any(module.whole_batch for module in model.modules()):
        return list(model(rows))
    return [model(row) for row in rows]


def loss_of(loss: Callable[..., Any], outputs: list[Any], targets: list[Any]) -> Value:
    """loss(outputs, targets), which must be a Value that backward can start from, else a TypeError."""
    result = checked_loss(loss)(outputs, targets)
    if not isinstance(result, Value):
        raise TypeError(
            f"the loss must be a Value computed from the model's outputs, got {type(result).__name__}: {result!r}"
        )
    return result


def checked_loss(loss: Any) -> Any:
    """The loss; a TypeError if it is no function, or one of PyTorch's, which work on tensors."""
    if not callable(loss):
        raise TypeError(f"the loss must be a function of outputs and targets, such as nn.mse_loss, got {loss!r}")
    if str(getattr(loss, "__module__", "")).partition(".")[0] == "torch":
        raise TypeError(
            f"{loss!r} is PyTorch's, and takes tensors: take a loss of nn, such as nn.mse_loss or nn.cross_entropy"
        )
    return loss


def refuse_none(name: str, rows: Any) -> None:
    """TypeError if a row holds None, which NumPy takes for nan."""
    for i, row in enumerate(rows):
        if any(x is None for x in flatten(row, [])):
            raise TypeError(f"{name}[{i}] holds None, which is no number: leave the row out, or fill the gap")
