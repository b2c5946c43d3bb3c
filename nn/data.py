"""Training data: examples and their targets, checked and split into batches.

An example is one entry of X, usually a sequence of numbers; X has the shape (n_examples, n_features).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from nn.arrays import np
from nn.module import flatten


def as_list(name: str, x: Any) -> list[Any]:
    """Return X or y as a list with one entry per example.

    name: the name of x in error messages. x: a sequence, an array or a data frame. Raises TypeError if x is none of these,
    or contains None.
    """
    if hasattr(x, "to_numpy"):
        x = x.to_numpy()
    if not hasattr(x, "__len__"):
        raise TypeError(f"{name} must be a sequence with one entry per example, got {type(x).__name__}: {x!r}")
    entries = x.tolist() if isinstance(x, np.ndarray) else list(x)
    if not isinstance(x, np.ndarray) or x.dtype == object:
        refuse_none(name, entries)
    return entries


def refuse_none(name: str, entries: Sequence[Any]) -> None:
    """Raise TypeError if an entry contains None, which NumPy would convert to nan."""
    for i, entry in enumerate(entries):
        if any(x is None for x in flatten(entry, [])):
            raise TypeError(f"{name}[{i}] contains None, which is not a number: drop the example or fill in the value")


def check_lengths(examples: Sequence[Any], targets: Sequence[Any]) -> None:
    """Raise ValueError unless there are as many targets as examples, and at least one."""
    if len(examples) != len(targets) or not examples:
        raise ValueError(f"X and y must have one entry each per example, got {len(examples)} and {len(targets)}")


def split_into_batches(n: int, size: int | None, seed: str) -> list[list[int]]:
    """Return the indices 0 to n - 1 in batches, shuffled by the seed; the last batch may be smaller.

    size: examples per batch; None gives one batch in the original order.
    """
    order = list(range(n))
    if size is None:
        return [order]
    random.Random(seed).shuffle(order)
    return [order[i : i + size] for i in range(0, n, size)]
