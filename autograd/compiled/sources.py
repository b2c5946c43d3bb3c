"""Lay out what Cython compiles: for each compiled module the Python file that it is made from, with the types of its .pxd.

The text of a Python file stays as it is, with three exceptions. Its imports of other compiled modules become C imports.
Facts that matter only in C are spelled out (`SPELLED`): the types of the elements of a list, and that a node keeps its mark
(48 bits) and the code of its operation (16) in one word. And functions.py gets the names of the rows and the fingerprint of
the sources that it was built from.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

from autograd.build import COMPILERS, ENGINE, IN_C
from autograd.compiled import kernels
from autograd.operations import TABLE
from autograd.program import kernels as program_kernels

FOLDER = Path(__file__).parent
PACKAGE = FOLDER.parent
SPELLED = {
    "class Value(Node, Methods):\n": "class Value(Node):\n",  # functions.py adds the methods
    "from __future__ import annotations\n": "from __future__ import annotations\nimport cython\n",
    "            y = other\n": "            y = cython.cast(Value, other)\n",  # which was just seen to be one
    "new_node(Value)": "cython.cast(Value, new_node(Value))",
    "        node = stack[-1]\n": "        node = cython.cast(Node, stack[-1])\n",  # nothing else is in these lists
    "x = operand\n": "x = cython.cast(Node, operand)\n",
    "    for node in order:\n": "    for item in order:\n        node = cython.cast(Node, item)\n",
    "    for node in reversed(order):\n": "    for item in reversed(order):\n        node = cython.cast(Node, item)\n",
    "    _code: int  ": "    pass  ",
    "    _mark: int  ": "    pass  ",
    "._code": "._stamp.op",
    "._mark": "._stamp.mark",
}


def text(name: str) -> str:
    """The source of a compiled module that is made from a Python file."""
    folder = PACKAGE if name in ENGINE else PACKAGE / "program"
    code = (folder / f"{name}.py").read_text(encoding="utf-8")
    engine, compilers = "|".join([*ENGINE, *IN_C]), "|".join(COMPILERS)
    code = re.sub(
        rf"^from autograd\.({engine}) import", r"from cython.cimports.autograd.compiled.\1 import", code, flags=re.M
    )
    code = re.sub(rf"^from autograd\.program\.({compilers}) import", r"from autograd.compiled.\1 import", code, flags=re.M)
    code = re.sub(r"^from autograd\.engine import .*\n", "\n", code, flags=re.M)  # which the .pxd does
    for python, c in SPELLED.items():
        code = code.replace(python, c)
    return code


def files() -> dict[str, str]:
    """Everything that is compiled: the text of each file by its name."""
    written = {
        path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir() if path.suffix in (".h", ".pxd", ".pyx")
    }
    made = {f"{name}.py": text(name) for name in (*ENGINE, *COMPILERS)}
    printed = {
        "kernels.h": kernels.header(),
        "rows.pxd": kernels.pxd(),
        "kernels_of_programs.h": program_kernels.header(),
    }
    return {**written, **made, **printed}


def fingerprint() -> str:
    """A hash of `files()`, by which the tests see whether the compiled build was made from the current sources."""
    return hashlib.sha256(repr(sorted(files().items())).encode()).hexdigest()


def lay_out(folder: Path) -> dict[str, Path]:
    """Write the files into an empty folder; returns the source of each compiled module."""
    package = folder / "autograd" / "compiled"
    shutil.rmtree(folder, ignore_errors=True)
    package.mkdir(parents=True)
    for made in (package, package.parent):
        (made / "__init__.py").touch()
    for name, code in files().items():
        if name == "functions.py":  # which also says what it was built from
            code += f'\nNAMES = "{" ".join(TABLE)}"\nFINGERPRINT = "{fingerprint()}"\n'
        (package / name).write_text(code, encoding="utf-8")
    return {name: package / f"{name}.{'pyx' if name in IN_C else 'py'}" for name in (*IN_C, *ENGINE, *COMPILERS)}
