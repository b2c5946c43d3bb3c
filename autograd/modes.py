"""Modes of recording, each per thread: `no_grad` records nothing, `detect_anomaly` stops at the first nan or inf, `tracing`
at the first number that Python takes out of the graph."""

from __future__ import annotations

import math
import os
import re
import sys
import threading
import types
import warnings
from collections.abc import Callable, Generator, Iterable
from contextlib import ContextDecorator
from functools import wraps
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from autograd.memory import Scope, Switch

if TYPE_CHECKING:
    from autograd.value import Value

F = TypeVar("F", bound=Callable[..., Any])
switch = Switch()
_lock = threading.Lock()
MOST_OPERANDS = 6  # that an error lists one by one
_OURS = tuple(str(Path(__file__).parents[1] / package / "_")[:-1] for package in ("autograd", "nn"))
_PYTHONS = os.path.join(os.path.dirname(os.__file__), "")  # the folder of Python's own library
_PLAIN = re.compile(r"(\w+\.)*_?(float|is(nan|inf|finite|close))\s*\(|.*\b(map\(\s*|key\s*=\s*)float\b", re.DOTALL)
_TESTS = re.compile(r"(\w+\.)*_?is(nan|inf|finite|close)\s*\(")


class _Depth(threading.local):
    """How many blocks of each mode this thread is in."""

    no_grad = 0
    detect_anomaly = 0
    tracing = 0
    traces: tuple[Any, ...] = ()  # of `tracing`, the innermost last
    differentiating: tuple[Any, ...] = ()


_depth = _Depth()


class AnomalyError(RuntimeError):
    """Under `detect_anomaly`, an operation gave a value or a gradient that is not finite."""


class _Mode(ContextDecorator):
    def __call__(self, f: F) -> F:
        """f, run within this mode. Of a generator or a coroutine, each step from one pause to the next is."""
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
        return wraps(f)(stepped)  # type: ignore[return-value]

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
        setattr(_depth, name, getattr(_depth, name) + by)
        with _lock:
            switch.on += by


class no_grad(_Mode):  # noqa: N801  PyTorch's name
    """Within `with no_grad():` (or a function decorated `@no_grad()`), operations of this thread give leaves.

    Blocks nest, and end with an exception as well as without. A generator or a coroutine that is decorated is in the mode
    while it runs, and not while it waits; a `with` block in one lasts through its pauses, for all that this thread does.

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


class LostGradientError(RuntimeError):
    """In a function that is being differentiated, a Value that depends on its inputs became a plain number."""


class _Reach:
    """Which nodes depend on some leaves."""

    def __init__(self, leaves: Iterable[Value]) -> None:
        self.known = dict.fromkeys(leaves, True)  # a node's answer never changes, so each is looked at once

    def reaches(self, node: Value) -> bool:
        """Whether the node depends on one of the leaves."""
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


class differentiating(_Reach):  # noqa: N801  as the modes above
    """Within `with differentiating(inputs):`, a function's derivative with respect to these leaves is being recorded.

    What takes the number out of a Value that depends on them without saying so (`__float__`, as in `math.exp(x)` and
    `array[0] = x`; a copy) raises LostGradientError. Not a mode: recording is as fast as ever.
    """

    def __enter__(self) -> None:
        _depth.differentiating += (self,)
        with _lock:
            switch.differentiating += 1

    def __exit__(self, *error: object) -> None:
        _depth.differentiating = _depth.differentiating[:-1]
        with _lock:
            switch.differentiating -= 1


class tracing(_Mode, _Reach):  # noqa: N801  as the modes above
    """Within `with tracing(inputs, parameters):`, a graph is recorded that will stand for other inputs and parameters too.

    So Python must not look at their numbers: `if x > 0`, `float(x)`, `x.data`, `math.exp(x)`, `x.detach()`, ... of a Value
    that depends on one of these leaves raise TraceError, which names the line. `autograd.where(autograd.less(x, y), a, b)`,
    `maximum`, `relu`, ... choose within the graph. Afterwards `watched` lists what `tell` was called with.
    """

    def __init__(self, *leaves: Iterable[Value]) -> None:
        _Reach.__init__(self, [leaf for group in leaves for leaf in group])
        self.watched: list[tuple[Callable[..., Any], tuple[Value, ...]]] = []

    def __enter__(self) -> tracing:  # type: ignore[override]
        super().__enter__()
        _depth.traces += (self,)
        return self

    def __exit__(self, *error: object) -> None:
        _depth.traces = _depth.traces[:-1]
        super().__exit__(*error)


def is_tracing() -> bool:
    """Whether this thread is within `tracing`."""
    return bool(_depth.traces)


def tell(callback: Callable[..., Any], *values: Value) -> None:
    """Call `callback` with the numbers of the values: now, or while tracing, whenever the program has run.

    For what is kept beside a graph, as the running mean of batch normalisation is.
    """
    if _depth.traces:
        _depth.traces[-1].watched.append((callback, values))
        return
    with no_grad():  # these numbers are meant to leave the graph
        numbers = [float(x) for x in values]
    callback(*numbers)


def check_number(node: Value, what: str) -> None:
    """TraceError if this thread is tracing, and the node depends on what may change."""
    if any(trace.reaches(node) for trace in _depth.traces):
        raise TraceError(
            f"{what} of a value that depends on an input or a parameter, at {_user_line()}: the graph that is being traced "
            "would keep this one number, or the branch that it led to, for all rows. Choose within the graph, with "
            "autograd.where(autograd.less(x, y), a, b), maximum, minimum, clip, relu, ...; or train without compiling"
        )


def check_path(node: Value, what: str) -> None:
    """LostGradientError if the node depends on an input of a function that this thread is differentiating."""
    if not _depth.no_grad and any(block.reaches(node) for block in _depth.differentiating):
        raise LostGradientError(
            f"{what} of a Value that depends on an input of the function being differentiated, at {_user_line()}: no "
            "gradient would flow through it. Use autograd.exp(x) in place of math.exp(x), a list or "
            "np.empty(n, dtype=object) in place of np.zeros(n), grad(y, x, create_graph=True) for a derivative; x.data or "
            "x.detach() where you want the number alone"
        )


def check_conversion(node: Value) -> None:
    """`check_path` for a conversion to float; elsewhere a UserWarning if a path ends here and no one asked for it."""
    if _depth.no_grad:
        return
    frame = sys._getframe(1)
    while frame.f_globals.get("__name__") == "autograd.value":  # the plain Python build
        frame = frame.f_back  # type: ignore[assignment]
    place = id(frame.f_code), frame.f_lasti
    if place not in _places:
        if len(_places) >= MOST_PLACES:
            _places.clear()
        _places[place] = frame.f_code, *_purpose(frame)
    _, formats, wanted = _places[place]
    if formats:
        return
    if switch.differentiating:
        check_path(node, "float()")
    if not wanted and node.inputs:
        _warn(frame)


MOST_PLACES = 10_000
_places: dict[tuple[int, int], tuple[Any, bool, bool]] = {}  # with the code, which keeps its id from being used again


def _purpose(frame: types.FrameType) -> tuple[bool, bool]:
    """Whether the instruction that the frame is at formats a number (`"%.3f" % x`), and whether it asks for one.

    What asks: `float(x)`, `map(float, xs)`, `math.isnan(x)`, and any instruction but a call or a store, as it iterates over
    one of these. Where the source of a call is not known, the names in its function decide, and `float` may be meant.
    """
    import linecache
    from opcode import opname

    code = frame.f_code
    instruction = opname[code.co_code[frame.f_lasti]]
    if not instruction.startswith(("CALL", "PRECALL")):
        return instruction.startswith(("BINARY", "INPLACE")), not instruction.startswith("STORE")
    pattern = _TESTS if _is_library(code.co_filename) else _PLAIN
    if not hasattr(code, "co_positions"):  # Python 3.10: the line
        line = linecache.getline(code.co_filename, frame.f_lineno)
        if line:
            return False, any(pattern.match(line, i) for i in range(len(line)))
    else:
        first, last, start, end = next(islice(code.co_positions(), frame.f_lasti // 2, None))
        lines = [linecache.getline(code.co_filename, n).encode() for n in range(first or 0, (last or 0) + 1)]
        if lines and lines[0]:
            lines[-1] = lines[-1][:end]
            lines[0] = lines[0][start:]
            return False, bool(pattern.match(b"".join(lines).decode(errors="replace")))
    return False, any(pattern.match(f"{name}(") for name in code.co_names)


def _warn(frame: types.FrameType | None) -> None:
    """A warning at the innermost line of user code; none for a plot."""
    while frame and (_is_library(frame.f_code.co_filename) or frame.f_code.co_filename.startswith(_OURS)):
        if frame.f_globals.get("__name__", "").split(".")[0] == "matplotlib":
            return
        frame = frame.f_back
    frame = frame or sys._getframe(1)
    warnings.warn_explicit(
        "a Value became a plain number, through which no gradient flows. Use autograd.exp(x) in place of math.exp(x), a "
        "list or np.empty(n, dtype=object) in place of np.zeros(n); write x.item() where you want the number alone",
        UserWarning,
        frame.f_code.co_filename,
        frame.f_lineno,
        registry=frame.f_globals.setdefault("__warningregistry__", {}),
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
    with no_grad():  # these numbers are meant to leave the graph
        sizes = [abs(float(x)) for x in node.operands]
    worst = max(range(len(sizes)), key=lambda i: math.inf if math.isnan(sizes[i]) else sizes[i])
    return f"{len(sizes)} operands, the largest {node.operands[worst]!r}"


def _is_library(file: str) -> bool:
    """Whether this is a file of Python's library or of an installed package, other than this one."""
    return not file.startswith(_OURS) and (
        file.startswith((_PYTHONS, "<frozen", "<__array_function__")) or "-packages" + os.sep in file
    )


def _user_line() -> str:
    """The innermost line of user code that is running."""
    frame = sys._getframe(1)
    while frame.f_back and (frame.f_code.co_filename.startswith(_OURS) or _is_library(frame.f_code.co_filename)):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}, line {frame.f_lineno}"
