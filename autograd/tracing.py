"""`tracing` records a graph that will stand for other inputs; `differentiating` notices where a derivative would be lost.

Both know which nodes depend on some leaves, and raise an error where Python reads the number in one of these nodes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

from autograd.modes import Mode, depth, lock, no_grad, user_line
from autograd.scope import switch


class _Thread(threading.local):
    traces: tuple[Any, ...] = ()  # the `tracing` blocks that this thread is in, the innermost last
    differentiating: tuple[Any, ...] = ()


_thread = _Thread()


class TraceError(RuntimeError):
    """Raised if, while tracing, Python code reads the number in a Value that depends on an input or a parameter."""


class LostGradientError(RuntimeError):
    """Raised if, in a function that is being differentiated, a Value that depends on its inputs becomes a plain number."""


class _Reach:
    """Finds the nodes that depend on given leaves."""

    def __init__(self, leaves: Iterable[Any]) -> None:
        self.known: dict[Any, bool] = dict.fromkeys(leaves, True)  # a node's answer never changes

    def reaches(self, node: Any) -> bool:
        """True if the node depends on one of the leaves."""
        stack = [node]
        while stack:
            x = stack[-1]
            if x not in self.known:
                inputs = x.inputs
                new = [y for y in inputs if y not in self.known]
                stack += new
                if new:
                    continue
                self.known[x] = any(self.known[y] for y in inputs)
            stack.pop()
        return self.known[node]


class differentiating(_Reach):  # noqa: N801  named like the modes
    """Guard a function that is run within `with differentiating(inputs):` so as to be differentiated with respect to them.

    Taking the number out of a Value that depends on the inputs without asking for it (`__float__`, as in `math.exp(x)` and
    `array[0] = x`; a copy) raises LostGradientError. This is not a mode: recording is no slower.
    """

    def __enter__(self) -> None:
        _thread.differentiating += (self,)
        with lock:
            switch.differentiating += 1

    def __exit__(self, *error: object) -> None:
        _thread.differentiating = _thread.differentiating[:-1]
        with lock:
            switch.differentiating -= 1


class tracing(Mode, _Reach):  # noqa: N801  named like the other modes
    """Record, within `with tracing(inputs, parameters):`, a graph that will stand for other inputs and parameters, too.

    Python code must not read their numbers: `if x > 0`, `float(x)`, `x.data`, `math.exp(x)`, `x.detach()`, ... of a
    Value that depends on one of these leaves raise TraceError, which names the line. To choose within the graph, use
    `autograd.where(autograd.less(x, y), a, b)`, `maximum`, `relu`, .... Afterwards, `watched` lists the arguments of each
    call of `on_run`.
    """

    def __init__(self, *leaves: Iterable[Any]) -> None:
        _Reach.__init__(self, [leaf for group in leaves for leaf in group])
        self.watched: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []

    def __enter__(self) -> tracing:  # type: ignore[override]  # the other modes return nothing
        super().__enter__()
        _thread.traces += (self,)
        return self

    def __exit__(self, *error: object) -> None:
        _thread.traces = _thread.traces[:-1]
        super().__exit__(*error)


def is_tracing() -> bool:
    """True within `tracing`."""
    return bool(_thread.traces)


def on_run(callback: Callable[..., Any], *values: Any) -> None:
    """Call `callback(*numbers)` with the numbers of these Values; while tracing, register it to be called after each run.

    Use it for state outside the graph, such as the running mean of batch normalisation.
    """
    if _thread.traces:
        _thread.traces[-1].watched.append((callback, values))
        return
    with no_grad():  # these numbers are meant to leave the graph
        numbers = [float(x) for x in values]
    callback(*numbers)


def check_number(node: Any, what: str) -> None:
    """Raise TraceError if this thread is tracing and the node depends on an input or a parameter."""
    if any(trace.reaches(node) for trace in _thread.traces):
        raise TraceError(
            f"{what} of a value that depends on an input or a parameter, at {user_line()}: the graph that is being traced "
            "would keep this one number, or the branch that it led to, for all rows. Choose within the graph, with "
            "autograd.where(autograd.less(x, y), a, b), maximum, minimum, clip, relu, ...; or train without compiling"
        )


def check_path(node: Any, what: str) -> None:
    """Raise LostGradientError if the node depends on an input of a function that this thread is differentiating."""
    if not depth.no_grad and any(block.reaches(node) for block in _thread.differentiating):
        raise LostGradientError(
            f"{what} of a Value that depends on an input of the function being differentiated, at {user_line()}: no "
            "gradient would flow through it. Use autograd.exp(x) in place of math.exp(x), a list or "
            "np.empty(n, dtype=object) in place of np.zeros(n), grad(y, x, create_graph=True) for a derivative; x.data or "
            "x.detach() where you want the number alone"
        )
