"""The numbers of many Values at once, for what works on arrays, as optimisers do; a few nanoseconds each."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

from autograd.scope import switch
from autograd.value import Value


def data_of(values: list[Value]) -> array[float]:
    """The data of each Value; `np.asarray` of it is a float64 array, without copying."""
    n = len(values)
    numbers = array("d", [0.0]) * n
    view = numbers
    for i in range(n):
        x = values[i]
        view[i] = x.data if switch.on else x._data
    return numbers


def grads_of(values: list[Value]) -> array[float]:
    """The gradient of each Value."""
    n = len(values)
    numbers = array("d", [0.0]) * n
    view = numbers
    for i in range(n):
        x = values[i]
        view[i] = x._grad
    return numbers


def set_data(values: list[Value], numbers: Any) -> None:
    """Give each Value its number of an array of float64 (or `array('d')`). ValueError if there are more or fewer."""
    view: Sequence[float] = numbers
    _check(values, view)
    for i in range(len(values)):
        x = values[i]
        x._data = float(view[i])


def set_grads(values: list[Value], numbers: Any) -> None:
    """Give each Value its gradient of an array of float64 (or `array('d')`). ValueError if there are more or fewer."""
    view: Sequence[float] = numbers
    _check(values, view)
    for i in range(len(values)):
        x = values[i]
        x._grad = float(view[i])


def _check(values: list[Value], numbers: Sequence[float]) -> None:
    if len(values) != len(numbers):
        raise ValueError(f"{len(values)} Values cannot take {len(numbers)} numbers")
