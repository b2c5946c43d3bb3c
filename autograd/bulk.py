"""The numbers of many Values at once, for code that works on arrays, such as optimisers; a few nanoseconds per Value."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

from autograd.node import Node, recorded_operations
from autograd.scope import switch
from autograd.value import Value


def data_of(values: list[Value]) -> array[float]:
    """Return the data of each Value; `np.asarray` makes it a float64 array without copying."""
    n = len(values)
    numbers = array("d", [0.0]) * n
    view = numbers
    for i in range(n):
        x = values[i]
        view[i] = x.data if switch.on else x._data
    return numbers


def grads_of(values: list[Value]) -> array[float]:
    """Return the gradient of each Value."""
    n = len(values)
    numbers = array("d", [0.0]) * n
    view = numbers
    for i in range(n):
        x = values[i]
        view[i] = x._grad
    return numbers


def gradients(root: Node, inputs: list[Value]) -> array[float]:
    """Return the derivative of root with respect to each input, by the chain rule of node.py. No `grad` changes."""
    order = recorded_operations(root)
    kept = grads_of(order)
    try:
        return _gradients(root, order, inputs)
    finally:
        set_grads(order, kept)


def _gradients(root: Node, order: list[Any], inputs: list[Value]) -> array[float]:
    """The same, but the `grad` of recorded operations is overwritten. That of leaves is not used, because other graphs, on
    which other threads may work, can share the leaves."""
    places: dict[int, int] = {}  # of the inputs that are leaves, by their id
    for i in range(len(inputs)):
        x = inputs[i]
        if not x._code:
            places[id(x)] = i
    numbers = array("d", [0.0]) * len(inputs)
    view = numbers
    for node in order:
        node._grad = 0.0
    if order:
        root._grad = 1.0
    for node in reversed(order):
        upstream = node._grad
        y, z, edges = node._x, node._y, node._rest
        if y is not None:
            _add(y, node._dx * upstream, places, view)
        if z is not None:
            _add(z, node._dy * upstream, places, view)
        if edges is not None:
            for i in range(len(edges.operands)):
                operand = edges.operands[i]
                if type(operand) is not float:
                    _add(operand, edges.local_grads[i] * upstream, places, view)
    for i in range(len(inputs)):
        x = inputs[i]
        if x is root:
            view[i] = 1.0
        elif not x._code:
            view[i] = view[places[id(x)]]
        elif order and x._mark == root._mark:  # among the recorded operations
            view[i] = x._grad
    return numbers


def _add(x: Any, change: float, places: dict[int, int], view: Any) -> None:
    """Add to the gradient of an operand: `grad` of a recorded operation, or the place of an input in `view`."""
    if x._code:
        x._grad += change
    else:
        i = places.get(id(x), -1)
        if i >= 0:
            view[i] += change


def set_data(values: list[Value], numbers: Any) -> None:
    """Set the data of each Value from an array of float64 (or `array('d')`). ValueError if the lengths differ."""
    view: Sequence[float] = numbers
    _check(values, view)
    for i in range(len(values)):
        x = values[i]
        x._data = float(view[i])


def set_grads(values: list[Value], numbers: Any) -> None:
    """Set the gradient of each Value from an array of float64 (or `array('d')`), or all to one float. ValueError if the
    lengths differ."""
    if type(numbers) is float:
        number = numbers
        for i in range(len(values)):
            x = values[i]
            x._grad = number
        return
    view: Sequence[float] = numbers
    _check(values, view)
    for i in range(len(values)):
        x = values[i]
        x._grad = float(view[i])


def _check(values: list[Value], numbers: Sequence[float]) -> None:
    if len(values) != len(numbers):
        raise ValueError(f"{len(values)} Values cannot take {len(numbers)} numbers: give one for each")
