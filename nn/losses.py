"""Losses: how wrong a prediction is, as one Value. PyTorch's names, order of arguments, defaults and numbers.

`input` is what the model gave, `target` what was right: single numbers, or equally long sequences of them, nested or
not. reduction: 'mean' (of all elements), 'sum', or 'none' for a list of the single losses.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd import clip, dot, floor, is_tracing, log, logsumexp, maximum, relu, softplus, where
from autograd import sum as total
from nn.module import flatten

TINY = math.exp(-100)  # so that no logarithm is below -100, PyTorch's limit


def mse_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """Squared error: (input - target)^2.

    >>> mse_loss([0.5, -1.0, 2.0], [0.0, 0.0, 1.0])
    0.75
    """
    return _reduce([(p - y) ** 2 for p, y in _pairs("mse_loss", input, target)], reduction)


def l1_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """Absolute error: |input - target|."""
    return _reduce([abs(p - y) for p, y in _pairs("l1_loss", input, target)], reduction)


def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0) -> Any:
    """Half the squared error up to an error of delta, beyond it a line of slope delta (Huber 1964)."""

    def huber(error: Any) -> Any:
        near = clip(error, None, delta)
        return near * (error - near / 2)

    return _reduce([huber(abs(p - y)) for p, y in _pairs("huber_loss", input, target)], reduction)


def binary_cross_entropy(input: Any, target: Any, reduction: str = "mean") -> Any:
    """-(target log(input) + (1 - target) log(1 - input)) of probabilities; each logarithm is at least -100.

    At 0 and 1 the clamp cuts the gradient of the wrong side off; train with `binary_cross_entropy_with_logits`.
    """

    def surprise(p: Any, y: Any) -> Any:
        if is_tracing():
            p = p + _nan_unless(p, clip(p, 0.0, 1.0))
        elif not 0 <= float(p) <= 1 and not math.isnan(float(p)):
            raise ValueError(f"binary_cross_entropy takes probabilities between 0 and 1, got {float(p)!r}: "
                             "apply sigmoid first, or use binary_cross_entropy_with_logits")  # fmt: skip
        return -(y * log(maximum(p, TINY)) + (1 - y) * log(maximum(1 - p, TINY)))

    return _reduce([surprise(p, y) for p, y in _pairs("binary_cross_entropy", input, target)], reduction)


def binary_cross_entropy_with_logits(input: Any, target: Any, reduction: str = "mean") -> Any:
    """Binary cross-entropy of sigmoid(input), without overflow: softplus(input) - target * input."""
    pairs = _pairs("binary_cross_entropy_with_logits", input, target)
    return _reduce([softplus(p) - y * p for p, y in pairs], reduction)


def cross_entropy(input: Any, target: Any, reduction: str = "mean") -> Any:
    """-log(softmax(input)[target]) of unnormalised scores, without overflow: logsumexp(input) - input[target].

    input: rows (n, classes), or one row. target: the index of the right class for each row, or a row of probabilities.
    """
    rows = list(input)
    if rows and not hasattr(rows[0], "__len__"):
        rows, target = [rows], [target]
    _same_length("cross_entropy", len(rows), len(target))
    return _reduce([_surprise(row, right) for row, right in zip(rows, target)], reduction)


def hinge_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """relu(1 - target * input) for targets -1 and 1: 0 once the score is on the right side by 1 (not in PyTorch)."""
    return _reduce([relu(1 - y * p) for p, y in _pairs("hinge_loss", input, target)], reduction)


def _surprise(row: Any, right: Any) -> Any:
    if hasattr(right, "__len__"):
        _same_length("cross_entropy", len(row), len(right))
        return logsumexp(row) * total(right) - dot(row, right)
    if is_tracing():  # the target is an input of the program, and no Python number
        index = clip(floor(right), 0.0, len(row) - 1.0)
        score = total(where(right - k, 0.0, x) for k, x in enumerate(row))
        return logsumexp(row) - score + _nan_unless(right, index)
    index = int(right)
    if index != right or not 0 <= index < len(row):
        raise ValueError(f"cross_entropy: a target is an index from 0 to {len(row) - 1}, got {right!r}")
    return logsumexp(row) - row[index]


def _nan_unless(x: Any, y: Any) -> Any:
    """0 if x equals y, else nan: in a program, which cannot raise an error for one row."""
    return where(x - y, math.nan, 0.0)


def _pairs(name: str, input: Any, target: Any) -> Iterable[tuple[Any, Any]]:
    inputs, targets = (flatten(x.tolist() if isinstance(x, np.ndarray) else x, []) for x in (input, target))
    _same_length(name, len(inputs), len(targets))
    return zip(inputs, targets)


def _same_length(name: str, n: int, m: int) -> None:
    if n != m:
        raise ValueError(f"{name}: {n} inputs do not match {m} targets")


def _reduce(losses: list[Any], reduction: str) -> Any:
    if reduction == "none":
        return losses
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction is 'mean', 'sum' or 'none', got {reduction!r}")
    if not losses and reduction == "mean":
        raise ValueError("the mean of no losses: there are no rows")
    result = total(losses)
    return result / len(losses) if reduction == "mean" else result
