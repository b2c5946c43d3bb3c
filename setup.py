"""Builds the compiled engine where it can. Without Cython or a C compiler, the same files run as plain Python.

`STEPGRAD_PURE=1 python -m build --wheel` makes a wheel without compiled parts.
"""

import os
import shutil
import sys
from pathlib import Path

from setuptools import Extension, setup

ROOT = Path(__file__).parent
WORK = ROOT / "build" / "cython"

# What the compiled build reads in place of lines of value.py: what is imported as Python comes from C, and a Value that
# was just checked to be one is known to be one. Line numbers stay. A node needs no cyclic garbage collection, because it
# refers to older nodes, strings and numbers only.
FROM_C = {
    "\n\n\nclass Value:\n": "\n@cython.no_gc\n@cython.cclass\nclass Value:\n",
    "import math\n": "import cython, math\n",
    "            y = other\n": "            y = cython.cast(Value, other)\n",
    "        y = x\n": "        y = cython.cast(Value, x)\n",
    "from autograd import floats, ops\n": (
        "from cython.cimports.autograd import rows as ops; from cython.cimports.autograd.rows import floats\n"
    ),
    "from autograd.memory import Edges, Scope, doubles, free, here, scopes_seen, seal\n": (
        "from cython.cimports.autograd.memory import Edges, Scope, doubles, free, here\n"
    ),
    "    node._origin = here.scope if scopes_seen else None\n": "    node._origin = here()\n",
    '"", here.scope)\n': '"", here())\n',
    "    _mark: int": "    pass",  # 48 bits, and the code of the operation 16: bit-fields, which only a C struct has
    "    _op: int": "    pass",
    "._mark": "._stamp.mark",
    "._op": "._stamp.op",
}
FLAGS = ["-g0", "-O3", "-fno-math-errno", "-Wno-unused-function"]
ENGINE_FLAGS = [*FLAGS, "-ffp-contract=off"]  # no fused a*b + c: Python has none
MACHINE_FLAGS = [*FLAGS, "-ffp-contract=fast", "-fno-trapping-math", "-Wno-psabi"]
COMPILERS = ("writer", "tape", "lower", "passes", "assemble")  # modules of autograd/program/ that are compiled for speed


def sources():
    """Lay out in build/ what Cython compiles: value.py with its C imports, and the table of operations printed as C."""
    sys.path.insert(0, str(ROOT))
    os.environ["STEPGRAD_PURE"] = "1"
    from autograd import kernels
    from autograd.program import kernels as program_kernels

    package = WORK / "autograd"
    shutil.rmtree(WORK, ignore_errors=True)
    package.mkdir(parents=True)
    for name in ("__init__.py", "memory.h", "memory.pxd", "memory.pyx", "value.pxd", "flat.py", "flat.pxd"):
        shutil.copy(ROOT / "autograd" / name, package)
    code = (ROOT / "autograd" / "value.py").read_text()
    for python, c in FROM_C.items():
        assert python in code, f"value.py should have a line {python!r}"
        code = code.replace(python, c)
    (package / "value.py").write_text(code)
    (package / "kernels.h").write_text(kernels.header())
    (package / "rows.pxd").write_text(kernels.pxd())
    program = package / "program"
    program.mkdir()
    for file in (ROOT / "autograd" / "program").glob("*.p*"):
        if file.stem in ("__init__", "machine", *COMPILERS):
            shutil.copy(file, program)
    for name in ("machine.h", "loops.h"):
        shutil.copy(ROOT / "autograd" / "program" / name, program)
    (program / "kernels_of_programs.h").write_text(program_kernels.header())
    return package


def extensions():
    """The compiled modules, each optional: where the C compiler fails, setuptools says so and goes on without."""
    try:
        from Cython.Build import cythonize
    except ImportError:
        print("stepgrad: Cython is not installed, so this is the pure Python build", file=sys.stderr)
        return []
    package = sources()
    options = {"include_dirs": [str(package)], "extra_compile_args": [] if os.name == "nt" else ENGINE_FLAGS}
    modules = [
        Extension("autograd.memory", [str(package / "memory.pyx")], **options),
        Extension("autograd.value", [str(package / "value.py")], **options),
        Extension("autograd.flat", [str(package / "flat.py")], **options),
    ]
    compilers = [Extension(f"autograd.program.{n}", [str(package / "program" / f"{n}.py")], **options) for n in COMPILERS]
    options["include_dirs"] = [*options["include_dirs"], str(package / "program")]
    options["extra_compile_args"] = [] if os.name == "nt" else MACHINE_FLAGS
    modules.append(Extension("autograd.program.machine", [str(package / "program" / "machine.pyx")], **options))
    directives = {
        "annotation_typing": False,  # the types are those of value.pxd
        "c_string_encoding": "ascii",
        "c_string_type": "str",
        "auto_pickle": False,
        "binding": False,  # methods are descriptors, which check that self is a Value
        "boundscheck": False,
        "embedsignature": True,
        "initializedcheck": False,
        "language_level": 3,
    }
    modules = cythonize(modules, compiler_directives=directives, include_path=[str(WORK)], quiet=True)
    directives["wraparound"] = False  # no negative indices in these
    modules += cythonize(compilers, compiler_directives=directives, include_path=[str(WORK)], quiet=True)
    for module in modules:
        module.optional = True  # cythonize forgets it
    return modules


setup(
    ext_modules=[] if os.environ.get("STEPGRAD_PURE") == "1" else extensions(),
    options={"build_ext": {"parallel": os.cpu_count()}},
)
