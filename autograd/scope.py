"""`scope`: names for the parts of a graph; and the switch that says whether any thread has a mode on."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from autograd.build import COMPILED


class Switch:
    """Counters over all threads: while a counter is 0, no thread needs to look up its own state.

    on               blocks of a mode (`no_grad`, `detect_anomaly`, `tracing`); every operation looks at it
    differentiating  functions being differentiated; converting a Value to a float looks at it
    scopes           scopes entered so far
    """

    differentiating: int
    on: int
    scopes: int

    __slots__ = ("differentiating", "on", "scopes")

    def __init__(self) -> None:
        self.on = self.differentiating = self.scopes = 0


class Scope:
    """Group the operations that this thread records within `with scope("attention"):` under that name.

    Drawings show the groups. Scopes nest: `outer` is the scope around this one. One `with` is one group; enter a new
    scope for the next.

    >>> from autograd import Value, scope
    >>> with scope("encoder"), scope("attention"):
    ...     y = Value(2.0) * 3
    >>> y.scope.path
    ('encoder', 'attention')
    """

    __slots__ = ("entered", "line", "name", "outer")
    name: str
    outer: Scope | None
    line: str  # the line of code that recorded a node, if `detect_anomaly` was on
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
        switch.scopes += 1
        self.outer, _thread.innermost = _thread.innermost, self
        return self

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        _thread.innermost = self.outer

    def __repr__(self) -> str:
        return f"scope({self.name!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return restored, (self.name, self.outer, self.line)

    @property
    def path(self) -> tuple[str, ...]:
        """The names of the scopes around this one and its own, the outermost first."""
        names = []
        at: Scope | None = self
        while at is not None:
            names.append(at.name)
            at = at.outer
        return tuple(names[::-1])


def restored(name: str, outer: Scope | None, line: str) -> Scope:
    """Restore a scope that either build pickled."""
    return Scope(name, outer, line)


class _Thread(threading.local):
    innermost: Scope | None = None


_thread = _Thread()
switch: Switch = Switch()


def innermost() -> Scope | None:
    """The innermost scope that this thread is in."""
    return _thread.innermost


if COMPILED and not TYPE_CHECKING:
    from autograd.compiled.scope import Scope, Switch, switch
    from autograd.compiled.scope import innermost as innermost  # the Values of both builds use these scopes
