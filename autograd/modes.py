"""Modes of recording, each per thread: `no_grad` records nothing, `detect_anomaly` stops at the first nan or inf, `tracing`
at the first number that Python takes out of the graph."""

from __future__ import annotations

import math
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import ContextDecorator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd.memory import Scope, Switch

if TYPE_CHECKING:
    from autograd.value import Value

switch = Switch()
_lock = threading.Lock()
MOST_OPERANDS = 6  # that an error lists one by one
_OURS = tuple(str(Path(__file__).parents[1] / package / "_")[:-1] for package in ("autograd", "nn"))


class _Depth(threading.local):
    """How many blocks of each mode this thread is in."""

    no_grad = 0
    detect_anomaly = 0
    tracing = 0
    trace: Any = None  # the innermost `tracing`


_depth = _Depth()


class AnomalyError(RuntimeError):
    """Under `detect_anomaly`, an operation gave a value or a gradient that is not finite."""


class _Mode(ContextDecorator):
    def __enter__(self) -> None:
        self._change(1)

    def __exit__(self, *error: object) -> None:
        self._change(-1)

    def _change(self, by: int) -> None:
        name = type(self).__name__
        setattr(_depth, name, getattr(_depth, name) + by)
        with _lock:
            switch.on += by


class no_grad(_Mode):  # noqa: N801  PyTorch's name
    """Within `with no_grad():` (or a function decorated `@no_grad()`), operations of this thread give leaves.

    Blocks nest, and end with an exception as well as without.

    >>> from autograd import Value, no_grad
    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.inputs
    ()
    """


class detect_anomaly(_Mode):  # noqa: N801  PyTorch's name
    """Within `with detect_anomaly():`, the first value or gradient that is nan or infinite raises AnomalyError.

    The message names the operation, its operands, its label and the line of your code that recorded it. Recording is
    several times slower, because each operation remembers that line.
    """


class TraceError(RuntimeError):
    """While tracing, Python asked for the number in a Value that depends on an input or a parameter."""


class tracing(_Mode):  # noqa: N801  as the modes above
    """Within `with tracing(inputs, parameters):`, a graph is recorded that will stand for other inputs and parameters too.

    So Python must not look at their numbers: `if x > 0`, `float(x)`, `x.data`, `math.exp(x)`, `x.detach()`, ... of a Value
    that depends on one of these leaves raise TraceError, which names the line. `autograd.where(autograd.less(x, y), a, b)`,
    `maximum`, `relu`, ... choose within the graph. Afterwards `watched` lists what `tell` was called with.
    """

    def __init__(self, *leaves: Iterable[Value]) -> None:
        self.leaves = {leaf for group in leaves for leaf in group}
        self.watched: list[tuple[Callable[..., Any], tuple[Value, ...]]] = []
        self.outer: tracing | None = None

    def __enter__(self) -> tracing:  # type: ignore[override]
        super().__enter__()
        self.outer, _depth.trace = _depth.trace, self
        return self

    def __exit__(self, *error: object) -> None:
        _depth.trace = self.outer
        super().__exit__(*error)

    def reaches(self, node: Value) -> bool:
        """Whether the node depends on a traced leaf."""
        stack, seen = [node], {node}
        while stack:
            x = stack.pop()
            if x in self.leaves:
                return True
            new = [y for y in x.inputs if y not in seen]
            seen.update(new)
            stack += new
        return False


def is_tracing() -> bool:
    """Whether this thread is within `tracing`."""
    return _depth.trace is not None


def tell(callback: Callable[..., Any], *values: Value) -> None:
    """Call `callback` with the numbers of the values: now, or while tracing, whenever the program has run.

    For what is kept beside a graph, as the running mean of batch normalisation is.
    """
    if _depth.trace is not None:
        _depth.trace.watched.append((callback, values))
    else:
        callback(*map(float, values))


def check_number(node: Value, what: str) -> None:
    """TraceError if this thread is tracing, and the node depends on what may change."""
    if _depth.trace is not None and _depth.trace.reaches(node):
        raise TraceError(
            f"{what} of a value that depends on an input or a parameter, at {_user_line()}: the graph that is being traced "
            "would keep this one number, or the branch that it led to, for all rows. Choose within the graph, with "
            "autograd.where(autograd.less(x, y), a, b), maximum, minimum, clip, relu, ...; or train without compiling"
        )


def recording() -> bool:
    """Whether operations of this thread are recorded."""
    return not _depth.no_grad


def is_detecting_anomaly() -> bool:
    """Whether this thread looks for anomalies."""
    return bool(_depth.detect_anomaly)


def check_value(node: Value, data: float) -> Scope:
    """The node's scope, with the line of user code that records it; AnomalyError if its value, `data`, is not finite."""
    line = _user_line()
    if not math.isfinite(data):
        raise AnomalyError(f"{_describe(node)} gave {data}, recorded at {line}")
    return Scope("", node.scope, line)


def check_gradients(node: Value, origin: Scope | None) -> None:
    """AnomalyError if what this node is about to add to its inputs' gradients is not finite."""
    for input, local in zip(node.inputs, node.local_grads):
        if not math.isfinite(local * node.grad):
            where = (origin and origin.line) or "a line not known: it ran before detect_anomaly() was on"
            raise AnomalyError(
                f"backward through {_describe(node)} = {node.data!r} gave {local * node.grad} to {input!r}: "
                f"upstream {node.grad!r} times local derivative {local!r}; recorded at {where}"
            )


def _describe(node: Value) -> str:
    label = f" (label {node.label!r})" if node.label else ""
    module = f" in {'.'.join(node.scope.path)}" if node.scope else ""
    return f"{node.op}({_operands(node)}){label}{module}"


def _operands(node: Value) -> str:
    """All of them if they are few; else how many, and the one that a reader looks for."""
    if len(node.operands) <= MOST_OPERANDS:
        return ", ".join(map(repr, node.operands))
    sizes = [abs(float(x)) for x in node.operands]
    worst = max(range(len(sizes)), key=lambda i: math.inf if math.isnan(sizes[i]) else sizes[i])
    return f"{len(sizes)} operands, the largest {node.operands[worst]!r}"


def _user_line() -> str:
    """The innermost line of code outside this project that is running."""
    frame = sys._getframe(1)
    while frame.f_back and frame.f_code.co_filename.startswith(_OURS):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}, line {frame.f_lineno}"
