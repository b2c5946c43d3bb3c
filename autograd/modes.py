"""Modes of recording, each per thread: `no_grad` records nothing, `detect_anomaly` stops at the first nan or inf."""

from __future__ import annotations

import math
import sys
import threading
from contextlib import ContextDecorator
from pathlib import Path
from typing import TYPE_CHECKING

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


def recording() -> bool:
    """Whether operations of this thread are recorded."""
    return not _depth.no_grad


def detecting() -> bool:
    """Whether this thread looks for anomalies."""
    return bool(_depth.detect_anomaly)


def check_value(node: Value) -> Scope:
    """The node's scope, with the line of user code that records it; AnomalyError if its value is not finite."""
    line = _user_line()
    if not math.isfinite(node.data):
        raise AnomalyError(f"{_describe(node)} gave {node.data}, recorded at {line}")
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
