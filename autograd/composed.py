"""Functions composed of operations.

softmax and log_softmax subtract the largest operand first. exp(x - logsumexp(xs)) would not overflow either, but
logsumexp(xs) is rounded to the precision of the xs (near 1e16, to an even number), and the differences would be as coarse.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any

from autograd.engine import Value
from autograd.engine import functions as f


def log_softmax(xs: Sequence[Value | float]) -> list[Any]:
    """Return log(softmax(xs)), composed as d - logsumexp of all d, where d is x - the largest x. It does not overflow.

    >>> log_softmax([1e16, 1e16 - 1000])
    [0.0, -1000.0]
    """
    below = _below_the_largest(xs)
    rest = f.logsumexp(below)
    return [d - rest for d in below]


def softmax(xs: Sequence[Value | float]) -> list[Any]:
    """Return exp(x) / sum of all exp(x), composed with x - the largest x in place of each x. It does not overflow.

    >>> softmax([1e16, 1e16])
    [0.5, 0.5]
    """
    powers = [f.exp(d) for d in _below_the_largest(xs)]
    share = 1 / f.sum(powers)
    return [power * share for power in powers]


def mean(xs: Iterable[Value | float]) -> Any:
    """Return sum(xs) / len(xs). ValueError if there are none.

    >>> mean([1.0, 2.0, 6.0])
    3.0
    """
    numbers = list(xs)
    if not numbers:
        raise ValueError("mean needs at least one operand, got none")
    return f.sum(numbers) / len(numbers)


def prod(xs: Iterable[Value | float]) -> Any:
    """Return the product of all xs, 1 if there are none; composed of multiplications, so derivatives are right at 0, too.

    >>> prod([2.0, 3.0, 4.0])
    24.0
    """
    return reduce(f.mul, xs, 1.0)


def _below_the_largest(xs: Sequence[Value | float]) -> list[Any]:
    top = f.amax(xs)
    return [x - top for x in xs]
