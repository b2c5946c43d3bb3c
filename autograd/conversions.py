"""Conversions of a Value to a plain number, through which no gradient flows: some are intended, others get a warning.

`float(loss)`, `f"{loss:.3f}"` and `math.isnan(loss)` ask for the number. `math.exp(x)` and, for an array of floats,
`array[0] = x` do not, but they call the same method, `__float__`. The instruction that made the call tells them apart.
"""

from __future__ import annotations

import sys
import types
import warnings
from itertools import islice
from typing import Any

from autograd.modes import OURS, is_library, is_recording
from autograd.scope import switch
from autograd.tracing import check_path

# The source text of a call that asks for a number; in a library, such as statistics.py, only a test of the number does.
ASKS = r"(\w+\.)*_?(float|is(nan|inf|finite|close))\s*\(|.*\b(map\(\s*|key\s*=\s*)float\b"
TESTS = r"(\w+\.)*_?is(nan|inf|finite|close)\s*\("
MOST_PLACES = 10_000
_places: dict[tuple[int, int], tuple[Any, bool, bool]] = {}  # holds the code object, so that its id is not used again


def check_conversion(node: Any) -> None:
    """Run `check_path` for a conversion to float, and warn if nothing asked for the number."""
    if not is_recording():
        return
    frame = sys._getframe(1)
    while frame.f_globals.get("__name__") in ("autograd.reading", "autograd.value"):  # the plain Python build
        frame = frame.f_back  # type: ignore[assignment]  # a method of Value has a caller
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


def _purpose(frame: types.FrameType) -> tuple[bool, bool]:
    """True if the frame's current instruction formats a number (`"%.3f" % x`); and True if it asks for one.

    These ask: `float(x)`, `map(float, xs)`, `math.isnan(x)`, and any instruction but a call or a store, because it iterates
    over one of these. If the source of a call is unknown, it is enough that its function uses one of these names.
    """
    import linecache
    import re
    from opcode import opname

    code = frame.f_code
    instruction = opname[code.co_code[frame.f_lasti]]
    if not instruction.startswith(("CALL", "PRECALL")):
        return instruction.startswith(("BINARY", "INPLACE")), not instruction.startswith("STORE")
    pattern = re.compile(TESTS if is_library(code.co_filename) else ASKS, re.DOTALL)
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
    """Warn at the innermost line of user code, but not if matplotlib made the conversion."""
    while frame and (is_library(frame.f_code.co_filename) or frame.f_code.co_filename.startswith(OURS)):
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
