"""The numbers of many Values at once, for what works on arrays, as optimisers do; a few nanoseconds each."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

from autograd.node import Node, recorded_operations
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


def gradients(root: Node, inputs: list[Value]) -> array[float]:
    """The derivative of root with respect to each input, by the chain rule of node.py. Every `grad` is left as it is."""
    order = recorded_operations(root)
    kept = grads_of(order)
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
        x, y, edges = node._x, node._y, node._rest
        if x is not None:
            if x._code:
                x._grad += node._dx * upstream
            else:
                i = places.get(id(x), -1)
                if i >= 0:
                    view[i] += node._dx * upstream
        if y is not None:
            if y._code:
                y._grad += node._dy * upstream
            else:
                i = places.get(id(y), -1)
                if i >= 0:
                    view[i] += node._dy * upstream
        if edges is not None:
            for k in range(len(edges.operands)):
                operand = edges.operands[k]
                if type(operand) is not float:
                    x = operand
                    if x._code:
                        x._grad += edges.local_grads[k] * upstream
                    else:
                        i = places.get(id(x), -1)
                        if i >= 0:
                            view[i] += edges.local_grads[k] * upstream
    for i in range(len(inputs)):
        x = inputs[i]
        if x is root:
            view[i] = 1.0
        elif not x._code:
            view[i] = view[places[id(x)]]
        elif x._mark == root._mark:  # among the recorded operations
            view[i] = x._grad
    set_grads(order, kept)
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
