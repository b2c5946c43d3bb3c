"""Builds the compiled engine if it can. Without Cython or a C compiler, the package is the plain Python build.

`STEPGRAD_PURE=1 python -m build --wheel` makes a wheel without compiled parts.
"""

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from threading import Lock

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).parent
WORK = ROOT / "build" / "cython"
PURE = os.environ.get("STEPGRAD_PURE") == "1"
OPTIMISATION = os.environ.get("STEPGRAD_FLAGS", "-g0 -O3").split()  # for sanitizers: see CONTRIBUTING.md
FLAGS = [*OPTIMISATION, "-fno-math-errno", "-Wno-unused-function"]
ENGINE_FLAGS = [*FLAGS, "-ffp-contract=off"]  # no fused a*b + c: Python has none
COMPILER_FLAGS = [flag.replace("-O3", "-O2") for flag in ENGINE_FLAGS]  # built in 2/3 of the time, and as fast
MACHINE_FLAGS = [*FLAGS, "-fno-trapping-math", "-Wno-psabi"]  # a*b + c is fused, by default: in Clang within an expression
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


class Build(build_ext):
    """Makes the C when a module is built, rather than whenever pip asks for metadata."""

    cython = Lock()  # works on one module at a time, while the C compiler works on others

    def finalize_options(self):
        super().finalize_options()
        self.parallel = self.parallel or os.cpu_count()  # here, because an editable install forgets options of setup()

    def build_extension(self, extension):
        from Cython.Build import cythonize

        from autograd.build import COMPILERS

        name = extension.name.rpartition(".")[2]
        directives = {**DIRECTIVES, "wraparound": name not in COMPILERS}  # no negative indices in these
        with self.cython:
            [made] = cythonize([extension], compiler_directives=directives, include_path=[str(WORK)], quiet=True)
        extension.sources = made.sources
        super().build_extension(extension)


def extensions():
    """The compiled modules, each optional: if the C compiler fails, setuptools says so and continues without it."""
    if find_spec("Cython") is None:
        print("stepgrad: Cython is not installed, so this is the pure Python build", file=sys.stderr)
        return
    if os.name == "nt":
        print("stepgrad: the C code needs GCC or Clang, so this is the pure Python build", file=sys.stderr)
        return
    sys.path.insert(0, str(ROOT))
    os.environ["STEPGRAD_PURE"] = "1"  # for the sources, which say what is to be compiled
    from autograd.build import COMPILERS
    from autograd.compiled.sources import lay_out

    for name, source in lay_out(WORK).items():
        flags = MACHINE_FLAGS if name == "machine" else COMPILER_FLAGS if name in COMPILERS else ENGINE_FLAGS
        yield Extension(f"autograd.compiled.{name}", [str(source)], extra_compile_args=flags, optional=True)


setup(
    ext_modules=[] if PURE else [*extensions()],
    cmdclass={"build_ext": Build},
)
