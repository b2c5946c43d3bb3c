"""Reading the number in a Value: for code that asks for it, and for code that may not know that it has a Value."""

from __future__ import annotations

from typing import Any

from autograd.conversions import check_conversion
from autograd.floats import as_float, require
from autograd.node import Node
from autograd.scope import switch
from autograd.tracing import check_number, check_path


def number_in(x: Any) -> Any:
    """The float in a Value or in one plain number, otherwise None."""
    if type(x) is float:
        return x
    if type(x) is int:
        return float(x)
    if isinstance(x, Node):
        y = x
        return y._data
    return as_float(x)


def read(node: Node, what: str) -> float:
    """The node's data as a plain float. While tracing, raises TraceError if it depends on an input or a parameter."""
    if switch.on:
        check_number(node, what)
    return node._data


def convert(node: Node) -> float:
    """Read the data for a caller that may not know that it has a Value: `math.exp`, an array of floats, or `float`."""
    data = read(node, "float()")
    if node._code or switch.differentiating:
        check_conversion(node)
    return data


def leave(node: Node, what: str, ends: bool) -> None:
    """Check that the number may leave the graph, as in a copy. ends: True if the path of a derivative ends there."""
    read(node, what)
    if ends and switch.differentiating:
        check_path(node, what)


def comparable(x: Node, y: Any) -> Any:
    """The float in y to compare x with, None if there is none. While tracing, raises TraceError as `read` does."""
    if switch.on:
        check_number(x, "a comparison")
        if isinstance(y, Node):
            check_number(y, "a comparison")
    return number_in(y)


def as_operands(name: str, operands: tuple[Any, ...]) -> tuple[Any, ...]:
    """The operands, with plain numbers as floats; raises TypeError for what is neither a number nor a Value."""
    for operand in operands:
        if type(operand) is not float and not isinstance(operand, Node):
            return tuple([x if isinstance(x, Node) else float(x) if type(x) is int else require(x, name) for x in operands])
    return operands
