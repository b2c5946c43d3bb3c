"""Training data: examples and their targets, checked and split into batches.

An example is one entry of X, usually a sequence of numbers; X has the shape (n_examples, n_features).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from nn.arrays import np
from nn.module import Module, flatten, plain_rows


def as_list(name: str, x: Any) -> list[Any]:
    """Return X or y as a list with one entry per example.

    name: the name of x in error messages. x: a sequence, an array, a data frame (pandas, polars) or a tensor of PyTorch, or
    a sequence of arrays or tensors. Raises TypeError if x is none of these, or contains None.
    """
    x = plain_rows(x)
    if not hasattr(x, "__len__"):
        raise TypeError(f"{name} must be a sequence with one entry per example, got {type(x).__name__}: {x!r}")
    entries = x.tolist() if isinstance(x, np.ndarray) else [plain_rows(entry) for entry in x]
    if not isinstance(x, np.ndarray) or x.dtype == object:
        refuse_none(name, entries)
    return entries


def remember_columns(model: Module, X: Any) -> None:
    """Note the names of the columns that a model is trained on, if X is a data frame; see `check_columns`."""
    if names := check_columns(model, X):
        vars(model)["_columns"] = names


def check_columns(model: Module, X: Any) -> tuple[str, ...]:
    """Return the names of the columns of X, () if it has none.

    Raises ValueError if the model was trained on a data frame with other columns, or the same in another order.
    """
    names, trained_on = columns_of(X), model._columns
    if not names or not trained_on or names == trained_on:
        return names
    if sorted(names) == sorted(trained_on):
        raise ValueError(
            f"X has the columns in another order than in training, {names} in place of {trained_on}: "
            f"pass X[{list(trained_on)}]"
        )
    wrong = [f"missing: {name}" for name in trained_on if name not in names]
    wrong += [f"not known in training: {name}" for name in names if name not in trained_on]
    raise ValueError(
        f"X has other columns than in training ({'; '.join(wrong or ['a column twice'])}): pass X[{list(trained_on)}], or "
        "X.to_numpy() if they are the same under other names"
    )


def columns_of(X: Any) -> tuple[str, ...]:
    """Return the names of the columns of a data frame (pandas, polars); () for anything else, or unnamed columns."""
    names = tuple(X.columns) if hasattr(X, "to_numpy") and hasattr(X, "columns") else ()
    return names if all(isinstance(name, str) for name in names) else ()


def refuse_none(name: str, entries: Sequence[Any]) -> None:
    """Raise TypeError if an entry contains None, which NumPy would convert to nan."""
    for i, entry in enumerate(entries):
        if any(x is None for x in flatten(entry, [])):
            raise TypeError(f"{name}[{i}] contains None, which is not a number: drop the example or fill in the value")


def check_lengths(examples: Sequence[Any], targets: Sequence[Any]) -> None:
    """Raise ValueError unless there are as many targets as examples, and at least one."""
    if len(examples) != len(targets) or not examples:
        raise ValueError(f"X and y must each have one entry per example, got {len(examples)} and {len(targets)}")


def split_into_batches(n: int, size: int | None, seed: str) -> list[list[int]]:
    """Return the indices 0 to n - 1 in batches, shuffled by the seed; the last batch may be smaller.

    size: examples per batch; None gives one batch in the original order.
    """
    order = list(range(n))
    if size is None:
        return [order]
    random.Random(seed).shuffle(order)
    return [order[i : i + size] for i in range(0, n, size)]
