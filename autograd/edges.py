"""Storage for nodes with more than two operands, or a sequence of them. In the compiled build: compiled/edges.pyx."""

from __future__ import annotations

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


def scratch(n: int) -> list[float]:
    """A buffer of n numbers, valid until the next call: in C it is one for all, so no other Python may run meanwhile."""
    return [0.0] * n


def add_member(node_type: Any, name: str, member: Any) -> None:
    """Set an attribute of a node type. (Python cannot do this for a type written in C.)"""
    setattr(node_type, name, member)


def seal(node_type: Any) -> None:
    """Forbid subclasses of a node type, as the compiled build does.

    In C, this also gives the type its own allocation, and a loop that frees long chains without recursion.
    """

    def refuse(cls: type) -> None:
        raise TypeError(f"{node_type.__name__} cannot be subclassed: keep one in an attribute of your class instead")

    node_type.__init_subclass__ = classmethod(refuse)
