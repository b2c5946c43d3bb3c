"""The choice of the build: the compiled modules of autograd/compiled/ if they are installed, unless STEPGRAD_PURE=1."""

import os
import sys
from importlib.util import find_spec


def refuse_mixture(folder: str) -> None:
    """Raise ImportError if files of HIPS autograd, which has the same import name, are in the folder of this package."""
    if os.path.exists(os.path.join(folder, "differential_operators.py")):
        raise ImportError(
            f"two packages are mixed in {folder}: stepgrad, and HIPS autograd (on PyPI: autograd). Both are imported as "
            "`autograd`, so the one installed later has replaced files of the other, which is now broken. Keep each in an "
            "environment of its own. To use stepgrad here: "
            "pip uninstall -y autograd stepgrad, then install stepgrad again"
        )


def describe(compiled: bool, pure_is_chosen: bool) -> str:
    """Describe the build that runs; for plain Python, with the reason."""
    if compiled:
        return "compiled"
    if pure_is_chosen:
        return "pure Python, chosen by STEPGRAD_PURE=1"
    return (
        "pure Python, because there are no compiled modules: the same numbers, but slower. To get them, install GCC or "
        "Clang (Debian: apt install gcc python3-dev; macOS: xcode-select --install; Windows: use WSL), then install "
        "stepgrad again. To choose pure Python, set STEPGRAD_PURE=1"
    )


def announce(build: str, at_a_prompt: bool) -> None:
    """Tell a person at a prompt or in a notebook that the slower build runs, unless it was chosen.

    In a script, in a test or on a worker nobody would read the message: there, `autograd.BUILD` has it.
    """
    if "because" in build and at_a_prompt:
        print(f"stepgrad runs as {build}.", file=sys.stderr)


refuse_mixture(os.path.dirname(__file__))
# The modules of autograd/compiled/: those made from files of autograd/, from files of autograd/program/, and in Cython
ENGINE: tuple[str, ...] = ("node", "copies", "reading", "value", "functions", "bulk")
COMPILERS: tuple[str, ...] = ("writer", "recorder", "lower", "passes", "assemble")
IN_C: tuple[str, ...] = ("machine", "edges", "scope")  # the longest to compile comes first
_pure = os.environ.get("STEPGRAD_PURE") == "1"
_found = (find_spec(f"autograd.compiled.{name}") for name in (*ENGINE, *COMPILERS, *IN_C))
COMPILED: bool = not _pure and all(_found)  # all of them, or none is used
BUILD: str = describe(COMPILED, _pure)
announce(BUILD, hasattr(sys, "ps1") and sys.platform != "emscripten")  # a browser has no compiler
