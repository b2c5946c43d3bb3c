"""Functions composed of operations of the table, a line each.

Both subtract the largest operand first. exp(x - logsumexp(xs)) would not overflow either, but logsumexp(xs) is rounded at
the size of the xs, at 1e16 to an even number, and so would be the differences.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.ops import exp
from autograd.value import Value, amax, logsumexp
from autograd.value import sum as total


def log_softmax(xs: Sequence[Value | float]) -> list[Any]:
    """log(softmax(xs)), composed as d - logsumexp of all d, where d is x - the largest x; does not overflow.

    >>> log_softmax([1e16, 1e16 - 1000])
    [0.0, -1000.0]
    """
    below = _below_the_largest(xs)
    rest = logsumexp(below)
    return [d - rest for d in below]


def softmax(xs: Sequence[Value | float]) -> list[Any]:
    """exp(x) / sum of all exp(x), composed as exp(d) / sum of all exp(d), where d is x - the largest x; does not overflow.

    >>> softmax([1e16, 1e16])
    [0.5, 0.5]
    """
    powers = [_exp(d) for d in _below_the_largest(xs)]
    share = 1 / total(powers)
    return [power * share for power in powers]


def _below_the_largest(xs: Sequence[Value | float]) -> list[Any]:
    top = amax(xs)
    return [x - top for x in xs]


def _exp(x: Any) -> Any:
    return x.exp() if isinstance(x, Value) else exp(x)  # a Value's own method records 15 times faster than the row
