"""The little that the two builds do differently: how a row of numbers is stored, and how a graph is freed.

The compiled build has the same names in C: `memory.pxd`, `memory.pyx` and, for the fields of a Value, `value.pxd`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd.value import Value


class Edges:
    """The operands of a node that has more than two, and the local derivative towards each."""

    __slots__ = ("local_grads", "operands")
    operands: tuple[Value | float, ...]
    local_grads: list[float]


class Switch:
    """A counter that the recording of every operation looks at: how many special modes are on, in any thread."""

    __slots__ = ("on",)

    def __init__(self) -> None:
        self.on = 0


def doubles(n: int) -> list[float]:
    """Room for n numbers."""
    return [0.0] * n


def free(numbers: list[float]) -> None:
    """Give back what `doubles` gave. (Python does so by itself; C does not.)"""


def seal(node_type: Any) -> None:
    """Forbid subclasses, which the compiled build cannot have either. (There, this is also where nodes get their own
    allocation, and a loop that frees long chains; Python limits the depth of its recursion by itself.)"""

    def refuse(cls: type) -> None:
        raise TypeError(f"{node_type.__name__} cannot be subclassed: keep one in an attribute of your class instead")

    node_type.__init_subclass__ = classmethod(refuse)
