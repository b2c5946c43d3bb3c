"""Functions composed of operations.

Both subtract the largest operand first. exp(x - logsumexp(xs)) would not overflow either, but logsumexp(xs) is rounded at
the size of the xs, at 1e16 to an even number, and so would be the differences.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.engine import Value
from autograd.engine import functions as f


def log_softmax(xs: Sequence[Value | float]) -> list[Any]:
    """log(softmax(xs)), composed as d - logsumexp of all d, where d is x - the largest x; does not overflow.

    >>> log_softmax([1e16, 1e16 - 1000])
    [0.0, -1000.0]
    """
    below = _below_the_largest(xs)
    rest = f.logsumexp(below)
    return [d - rest for d in below]


def softmax(xs: Sequence[Value | float]) -> list[Any]:
    """exp(x) / sum of all exp(x), composed as exp(d) / sum of all exp(d), where d is x - the largest x; does not overflow.

    >>> softmax([1e16, 1e16])
    [0.5, 0.5]
    """
    powers = [f.exp(d) for d in _below_the_largest(xs)]
    share = 1 / f.sum(powers)
    return [power * share for power in powers]


def _below_the_largest(xs: Sequence[Value | float]) -> list[Any]:
    top = f.amax(xs)
    return [x - top for x in xs]
