"""Builds the compiled engine where it can. Without Cython or a C compiler, the package is the plain Python build.

`STEPGRAD_PURE=1 python -m build --wheel` makes a wheel without compiled parts.
"""

import os
import sys
from pathlib import Path

from setuptools import Extension, setup

ROOT = Path(__file__).parent
WORK = ROOT / "build" / "cython"
OPTIMISATION = os.environ.get("STEPGRAD_FLAGS", "-g0 -O3").split()  # for sanitizers: see CONTRIBUTING.md
FLAGS = [*OPTIMISATION, "-fno-math-errno", "-Wno-unused-function"]
ENGINE_FLAGS = [*FLAGS, "-ffp-contract=off"]  # no fused a*b + c: Python has none
MACHINE_FLAGS = [*FLAGS, "-ffp-contract=fast", "-fno-trapping-math", "-Wno-psabi"]
DIRECTIVES = {
    "annotation_typing": False,  # the types are those of the .pxd files
    "c_string_encoding": "ascii",
    "c_string_type": "str",
    "auto_pickle": False,
    "binding": False,  # methods are descriptors, which check that self is a Value
    "boundscheck": False,
    "embedsignature": True,
    "embedsignature.format": "clinic",
    "initializedcheck": False,
    "language_level": 3,
}


def extensions():
    """The compiled modules, each optional: where the C compiler fails, setuptools says so and goes on without."""
    try:
        from Cython.Build import cythonize
    except ImportError:
        print("stepgrad: Cython is not installed, so this is the pure Python build", file=sys.stderr)
        return []
    sys.path.insert(0, str(ROOT))
    os.environ["STEPGRAD_PURE"] = "1"
    from autograd.compiled.sources import COMPILERS, lay_out

    modules = []
    for name, source in lay_out(WORK).items():
        flags = MACHINE_FLAGS if name == "machine" else ENGINE_FLAGS
        flags = [] if os.name == "nt" else flags
        extension = Extension(f"autograd.compiled.{name}", [str(source)], [str(source.parent)], extra_compile_args=flags)
        directives = {**DIRECTIVES, "wraparound": name not in COMPILERS}  # no negative indices in these
        modules += cythonize([extension], compiler_directives=directives, include_path=[str(WORK)], quiet=True)
    for module in modules:
        module.optional = True  # cythonize forgets it
    return modules


setup(
    ext_modules=[] if os.environ.get("STEPGRAD_PURE") == "1" else extensions(),
    options={"build_ext": {"parallel": os.cpu_count()}},
)
