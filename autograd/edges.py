"""Storage for nodes with more than two operands, or a sequence of them. In the compiled build: compiled/edges.pyx."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


class Edges:
    """The operands of a node with more than two, or with a sequence of any length, and the local derivative for each."""

    __slots__ = ("local_grads", "operands")
    operands: tuple[Any, ...]  # Values and floats
    local_grads: list[float]


def edges_of(operands: tuple[Any, ...]) -> Edges:
    """Edges to these operands, with local derivatives still to be filled in."""
    edges = Edges()
    edges.operands = operands
    edges.local_grads = [0.0] * len(operands)
    return edges


new_node: Callable[[type], Any] = object.__new__  # new_node(Value): a node whose fields are still to be set


def scratch(n: int) -> list[float]:
    """A buffer of n numbers, valid until the next call: in C it is one for all, so no other Python may run meanwhile."""
    return [0.0] * n


def add_member(node_type: Any, name: str, member: Any) -> None:
    """Set an attribute of a node type. (Python cannot do this for a type written in C.)"""
    setattr(node_type, name, member)


def seal(node_type: Any) -> None:
    """Forbid subclasses of a node type, as the compiled build does.

    In C, this also gives the type its own allocation, and a loop that frees long chains without recursion. CPython itself
    does without such a loop, except in a browser, whose stack ends after a thousand nested calls.
    """

    def refuse(cls: type) -> None:
        raise TypeError(f"{node_type.__name__} cannot be subclassed: keep one in an attribute of your class instead")

    node_type.__init_subclass__ = classmethod(refuse)
    if sys.platform == "emscripten":
        node_type.__del__ = free


def free(node: Any) -> None:
    """Take the operands from a node that is being freed, and from each of them that nothing else holds, and so on."""
    stack = _taken(node)
    while stack:
        x = stack.pop()
        if sys.getrefcount(x) == _ALONE:
            stack += _taken(x)


def _taken(node: Any) -> list[Any]:
    edges = getattr(node, "_rest", None)
    operands = [getattr(node, "_x", None), getattr(node, "_y", None), *(() if edges is None else edges.operands)]
    node._x = node._y = node._rest = None
    return [operand for operand in operands if type(operand) is type(node)]


def _alone() -> int:
    x = object()
    return sys.getrefcount(x)


_ALONE = _alone()  # what getrefcount returns for an object that only a local variable holds: a matter of the Python version
