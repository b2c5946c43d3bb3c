"""The C code of `handwritten.c`, compiled for this machine and called through ctypes.

STEPGRAD_VECTORS is the width of vectors in bytes (16, 32 or 64) that it is compiled for; without it, that of this CPU.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

CPU = {"16": "x86-64-v2", "32": "x86-64-v3", "64": "x86-64-v4"}.get(os.environ.get("STEPGRAD_VECTORS", ""), "native")
COMMAND = ("gcc", "-O3", f"-march={CPU}", "-shared", "-fPIC")


def library() -> Any:
    """Load the shared library; each of its functions returns a double."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "handwritten.so"
        source = Path(__file__).with_suffix(".c")
        subprocess.run([*COMMAND, str(source), "-o", str(file), "-lm"], check=True, capture_output=True, text=True)
        return ctypes.CDLL(str(file))


def function(name: str, *arguments: Any) -> Callable[..., float]:
    """Bind these arguments to the C function: arrays by address, integers as long. A call may add more."""
    call = getattr(library(), name)
    call.restype = ctypes.c_double
    fixed = [ctypes.c_void_p(a.ctypes.data) if isinstance(a, np.ndarray) else ctypes.c_long(a) for a in arguments]

    def called(*more: int, arrays: tuple[Any, ...] = arguments) -> float:  # kept alive by this function
        result: float = call(*fixed, *map(ctypes.c_long, more))
        return result

    return called
