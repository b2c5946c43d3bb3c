"""Modes of recording, each per thread: `no_grad` records nothing, `detect_anomaly` stops at the first nan or inf.

`Mode` is their base class; tracing.py has a third mode.
"""

from __future__ import annotations

import math
import os
import sys
import threading
import types
from collections.abc import Callable, Generator
from contextlib import ContextDecorator
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from autograd.scope import Scope, switch

F = TypeVar("F", bound=Callable[..., Any])
lock: threading.Lock = threading.Lock()
MOST_OPERANDS = 6  # that an error lists one by one
_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OURS = tuple(os.path.join(_ROOT, package, "") for package in ("autograd", "nn"))
_PYTHONS = os.path.join(os.path.dirname(os.__file__), "")  # the folder of Python's own library


class _Depth(threading.local):
    """The number of blocks of each mode that this thread is in."""

    no_grad = 0
    detect_anomaly = 0
    tracing = 0


depth: _Depth = _Depth()


class AnomalyError(RuntimeError):
    """Raised under `detect_anomaly` if an operation gives a value or a gradient that is not finite."""


class Mode(ContextDecorator):
    """A block of code, or a function, in which this thread records in another way."""

    def __call__(self, f: F) -> F:
        """Return f, run within this mode; if it is a generator or a coroutine, each of its steps from pause to pause."""
        import inspect

        stepped: Any
        if inspect.isgeneratorfunction(f):

            def stepped(*operands: Any, **named: Any) -> Any:
                return (yield from self._steps(f(*operands, **named)))

        elif inspect.iscoroutinefunction(f):

            async def stepped(*operands: Any, **named: Any) -> Any:
                return await self._steps(f(*operands, **named))

        elif inspect.isasyncgenfunction(f):
            name = type(self).__name__
            raise TypeError(f"{name} cannot decorate the async generator {f.__qualname__}: decorate the functions it calls")
        else:
            return super().__call__(f)
        return wraps(f)(stepped)  # type: ignore[return-value]  # it is called as f is

    @types.coroutine
    def _steps(self, inner: Any) -> Generator[Any, Any, Any]:
        step, given = inner.send, None
        while True:
            try:
                with self:
                    out = step(given)
            except StopIteration as end:
                return end.value
            try:
                step, given = inner.send, (yield out)
            except GeneratorExit:
                with self:
                    inner.close()
                raise
            except BaseException as error:
                step, given = inner.throw, error

    def __enter__(self) -> None:
        self._change(1)

    def __exit__(self, *error: object) -> None:
        self._change(-1)

    def _change(self, by: int) -> None:
        name = type(self).__name__
        setattr(depth, name, getattr(depth, name) + by)
        with lock:
            switch.on += by


class _WithoutArguments(Mode):
    """A mode that decorates a function with or without parentheses."""

    if not TYPE_CHECKING:

        def __new__(cls, f: Any = None) -> Any:
            """A block, or for `@no_grad` without parentheses the decorated function."""
            return super().__new__(cls) if f is None else cls()(f)


class no_grad(_WithoutArguments):  # noqa: N801  PyTorch's name
    """Record nothing: within `with no_grad():` or a function decorated with `@no_grad`, operations return leaves.

    Other threads are not affected. Blocks nest, and an exception ends them, too. A generator or a coroutine that is
    decorated is in the mode while it runs, and not while it waits; a `with` block inside one lasts through its pauses, for
    everything that this thread does.

    >>> from autograd import Value, no_grad
    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.inputs
    ()
    """


class detect_anomaly(_WithoutArguments):  # noqa: N801  PyTorch's name
    """Raise AnomalyError, within `with detect_anomaly():`, at the first value or gradient that is nan or infinite.

    The message names the operation, its operands, its label and the line of your code that recorded it. Recording is
    several times slower, because each operation remembers that line.
    """


def is_recording() -> bool:
    """True if the operations of this thread are recorded."""
    return not depth.no_grad


def is_detecting_anomaly() -> bool:
    """True within `detect_anomaly`."""
    return bool(depth.detect_anomaly)


def with_line(node: Any, data: float) -> Scope:
    """The node's scope, with the line of user code that records it; raises AnomalyError if `data` is not finite."""
    line = user_line()
    if not math.isfinite(data):
        raise AnomalyError(f"{_describe(node)} gave {data}, recorded at {line}")
    return Scope("", node.scope, line)


def anomaly_check(node: Any) -> None:
    """Raise AnomalyError if a number that this node is about to add to the gradient of an input is not finite."""
    for input, local in zip(node.inputs, node.local_grads):
        if not math.isfinite(local * node.grad):
            where = node.line or "an unknown line: it ran before detect_anomaly() was on"
            raise AnomalyError(
                f"backward through {_describe(node)} = {node.data!r} gave {local * node.grad} to {input!r}: "
                f"upstream {node.grad!r} times local derivative {local!r}; recorded at {where}"
            )


def _describe(node: Any) -> str:
    label = f" (label {node.label!r})" if node.label else ""
    module = f" in {'.'.join(node.scope.path)}" if node.scope else ""
    return f"{node.op}({_operands(node)}){label}{module}"


def _operands(node: Any) -> str:
    """All operands if they are few, otherwise their number and the largest."""
    if len(node.operands) <= MOST_OPERANDS:
        return ", ".join(map(repr, node.operands))
    with no_grad():  # these numbers are meant to leave the graph
        sizes = [abs(float(x)) for x in node.operands]
    worst = max(range(len(sizes)), key=lambda i: math.inf if math.isnan(sizes[i]) else sizes[i])
    return f"{len(sizes)} operands, the largest {node.operands[worst]!r}"


def is_library(file: str) -> bool:
    """True for a file of Python's library or of an installed package other than this one."""
    return not file.startswith(OURS) and (
        file.startswith((_PYTHONS, "<frozen", "<__array_function__")) or "-packages" + os.sep in file
    )


def user_line() -> str:
    """The innermost line of user code that is running."""
    frame = sys._getframe(1)
    while frame.f_back and (frame.f_code.co_filename.startswith(OURS) or is_library(frame.f_code.co_filename)):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}, line {frame.f_lineno}"
