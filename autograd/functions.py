"""Functions composed of operations of the table, a line each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.ops import exp
from autograd.value import Value, logsumexp


def log_softmax(xs: Sequence[Value | float]) -> list[Any]:
    """log(softmax(xs)), composed as x - logsumexp(xs) for each x; does not overflow or underflow."""
    total = logsumexp(xs)
    return [x - total for x in xs]


def softmax(xs: Sequence[Value | float]) -> list[Any]:
    """exp(x) / sum of all exp(x), composed as exp(log_softmax(xs)); does not overflow.

    >>> softmax([0.0, 0.0])
    [0.5, 0.5]
    """
    return [exp(x) for x in log_softmax(xs)]
