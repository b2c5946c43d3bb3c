"""The virtual environments of the benchmarks: several for the peers, and one for stepgrad built from this checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CACHE = Path(__file__).resolve().parent / ".environments"
PACKAGES = {  # of each environment; HIPS's autograd has our import name, and JAX and PyTorch need their own NumPy
    "peers": ("micrograd==0.1.0", "numpy", "scikit-learn", "matplotlib", "names==0.3.0"),
    "torch": ("torch==2.13.0", "numpy", "setuptools"),
    "jax": ("jax[cpu]", "numpy"),
    "hips": ("autograd", "numpy", "scipy"),
    "casadi": ("casadi", "numpy"),
    "numba": ("numba", "numpy"),
}
ONE_THREAD = {  # for all libraries that peers use; XLA sizes its thread pool by NPROC
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC"), "1"),
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "JAX_CPU_ENABLE_ASYNC_DISPATCH": "false",  # because on one thread it only adds to the time of a call
}
IMPORTED = ("numpy", "scikit-learn", "matplotlib")  # for the moons step of micrograd's demo
VERSIONS = """
import platform, sys
from importlib.metadata import version
print("Python", platform.python_version(), *(f", {name} {version(name)}" for name in sys.argv[1:]), sep=" ")
"""


def variables(pure: bool = False) -> dict[str, str]:
    """Return environment variables for a subprocess: without this checkout on its path, and with a choice of build."""
    rest = {name: text for name, text in os.environ.items() if name not in ("PYTHONPATH", "STEPGRAD_PURE")}
    return {**rest, "STEPGRAD_PURE": "1"} if pure else rest


class RunError(RuntimeError):
    """Raised if a subprocess fails. The message says what went wrong; `printed` is its output up to then."""

    def __init__(self, message: str, printed: str = "") -> None:
        super().__init__(message)
        self.printed = printed


def attempt(
    python: Path,
    *arguments: str,
    pure: bool = False,
    one_thread: bool = False,
    timeout: float | None = None,
    vectors: int = 0,
) -> str:
    """Run this Python outside the checkout, so that it uses installed packages. Return its output, or raise RunError.

    vectors: the width of a Program's and of C's vectors, in bytes; 0 for the widest that the CPU has.
    """
    command, extra = [str(python), *arguments], dict(ONE_THREAD) if one_thread else {}
    if vectors:
        extra["STEPGRAD_VECTORS"] = str(vectors)
    environ = {**variables(pure), **extra}
    try:
        done = subprocess.run(command, cwd=CACHE, env=environ, capture_output=True, text=True, timeout=timeout)
    except subprocess.TimeoutExpired as stopped:
        printed = (stopped.stdout or b"").decode()  # bytes, even in text mode
        raise RunError(f"stopped after {timeout:.0f} s", printed) from None
    if done.returncode:
        said = done.stderr.strip() or done.stdout.strip() if done.returncode > 0 else f"ended by signal {-done.returncode}"
        raise RunError(f"{said}\nfailed with {done.returncode}: {' '.join(command)}", done.stdout)
    return done.stdout


def run(python: Path, *arguments: str, pure: bool = False) -> str:
    """Run this Python and return its output; exit if it fails."""
    try:
        return attempt(python, *arguments, pure=pure)
    except RunError as error:
        sys.exit(str(error))


def environment(name: str, stamp: str) -> tuple[Path, Path]:
    """Return the Python of the named environment, emptied if its stamp differs, and the file of the stamp."""
    folder = CACHE / f"{name}-{sys.implementation.cache_tag}"
    mark = folder / "complete"
    if not mark.exists() or mark.read_text() != stamp:
        venv.create(folder, clear=True, with_pip=True)
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python"), mark


def of_peers(name: str = "peers") -> Path:
    """Return a Python with these peers installed. Raises RunError if they cannot be installed."""
    stamp = "\n".join(PACKAGES[name])
    python, mark = environment(name, stamp)
    if not mark.exists():
        attempt(python, "-m", "pip", "install", "--quiet", *PACKAGES[name])
        mark.write_text(stamp)
    return python


def stepgrad() -> Path:
    """Return a Python with stepgrad, built afresh from a clean copy of the checkout."""
    stamp = (ROOT / "pyproject.toml").read_text()
    python, mark = environment("stepgrad", stamp)
    again = ["--force-reinstall", "--no-deps"] if mark.exists() else []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "stepgrad"
        others = ("benchmarks", "notebooks", "tests", "build", "dist", ".*", "__pycache__", "*.egg-info", "*.so")
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*others))
        run(python, "-m", "pip", "install", "--quiet", *again, f"{copy}[demo]")
    mark.write_text(stamp)
    return python


def versions(python: Path, *names: str) -> str:
    """List the versions of Python and of these distributions."""
    return run(python, "-c", VERSIONS, *names).strip().replace(" ,", ",")


def build(python: Path, pure: bool) -> str:
    """Describe the stepgrad that runs there; exit if it is not the requested build."""
    code = "import autograd; print(autograd.COMPILED, autograd.__file__, sep='|')"
    compiled, file = run(python, "-c", code, pure=pure).strip().split("|")
    if not Path(file).is_relative_to(CACHE):
        sys.exit(f"expected the stepgrad installed in {CACHE}, but Python imported {file}")
    if compiled != str(not pure):
        advice = "a C compiler and Cython are needed" if not pure else "STEPGRAD_PURE=1 had no effect"
        sys.exit(f"expected autograd.COMPILED == {not pure}, got {compiled}: {advice}")
    return f"autograd.COMPILED = {compiled}; {versions(python, 'stepgrad', *IMPORTED)}"
