"""The little that the two builds do differently: how a row of numbers is stored, and how a graph is freed.

The compiled build has the same names in C: `memory.pxd`, `memory.pyx` and, for the fields of a Value, `value.pxd`.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd.value import Value


class Edges:
    """The operands of a node that has more than two, and the local derivative towards each."""

    __slots__ = ("local_grads", "operands")
    operands: tuple[Value | float, ...]
    local_grads: list[float]


class Switch:
    """Counters that tell, faster than a look at the thread, that no thread needs anything special.

    on               how many modes are on; the recording of every operation looks at it
    differentiating  how many functions are being differentiated; taking a number out of a graph looks at it
    """

    __slots__ = ("differentiating", "on")

    def __init__(self) -> None:
        self.on = 0
        self.differentiating = 0


class Scope:
    """Within `with scope("attention"):`, what this thread records belongs to a group of that name, for drawings.

    Scopes nest: `outer` is the scope around this one. One `with` is one group; enter a new scope for the next.

    >>> from autograd import Value, scope
    >>> with scope("encoder"), scope("attention"):
    ...     y = Value(2.0) * 3
    >>> y.scope.path
    ('encoder', 'attention')
    """

    __slots__ = ("entered", "line", "name", "outer")
    name: str
    outer: Scope | None
    line: str  # the line of code that recorded a node, where `detect_anomaly` was on
    entered: bool

    def __init__(self, name: str, outer: Scope | None = None, line: str = "") -> None:
        if not isinstance(name, str):
            raise TypeError(f"the name of a scope must be a str, got {type(name).__name__}: {name!r}")
        self.name = name
        self.outer = outer
        self.line = line
        self.entered = False

    def __enter__(self) -> Scope:
        if self.entered:
            raise RuntimeError(f"scope {self.name!r} was entered before: make a new one for each `with`")
        self.entered = True
        if not scopes_seen:
            scopes_seen.append(True)
        self.outer, here.scope = here.scope, self
        return self

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        here.scope = self.outer

    def __repr__(self) -> str:
        return f"scope({self.name!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Scope, (self.name, self.outer, self.line)

    @property
    def path(self) -> tuple[str, ...]:
        """The names of the scopes around this one and its own, the outermost first."""
        names = []
        at: Scope | None = self
        while at is not None:
            names.append(at.name)
            at = at.outer
        return tuple(names[::-1])


class _Here(threading.local):
    scope: Scope | None = None


here = _Here()  # here.scope: the innermost scope that this thread is in
scopes_seen: list[bool] = []  # empty until a scope is entered: a look at it is faster than one at here.scope


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
