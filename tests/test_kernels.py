"""The C code of the operations, compiled separately and compared with the Python rows, bit for bit."""

import ctypes
import math
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import autograd
from autograd import build, engine, floats
from autograd.compiled import kernels, sources
from autograd.operations import TABLE
from autograd.program import kernels as program_kernels
from autograd.program.instructions import ON_FLOATS, SET
from autograd.symbols import Symbols, as_c
from tests.oracle import ROWS, VARIADIC, close, points
from tests.skips import because

PACKAGE = Path(autograd.__file__).parent
COMPILER = shutil.which("gcc") or shutil.which("cc")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("kernels")
    source = folder / "kernels.c"
    source.write_text(kernels.header().replace("static double ", "double ").replace("static void ", "void "))
    target = folder / "kernels.so"
    flags = ["-O2", "-ffp-contract=off", "-shared", "-fPIC", "-lm"]
    assert COMPILER, "these tests need a C compiler"
    subprocess.run([COMPILER, str(source), "-o", str(target), *flags], check=True)
    return ctypes.CDLL(str(target))


@pytest.mark.skipif(COMPILER is None, reason=because("compiler"))
@pytest.mark.parametrize("row", [row for row in ROWS if row.arity < 3], ids=lambda row: row.name)
def test_printed_c_equals_the_row(row: Any, library: Any) -> None:
    for point in points(row):
        result, slopes = row.evaluate(*point)
        arguments = [ctypes.c_double(x) for x in point]
        for name, expected, extra in [
            ("value", result, []),
            *((f"partial{i}", slope, [ctypes.c_double(result)]) for i, slope in enumerate(slopes)),
        ]:
            function = getattr(library, f"{row.name}_{name}")
            function.restype = ctypes.c_double
            assert function(*arguments, *extra) == expected


@pytest.mark.skipif(COMPILER is None, reason=because("compiler"))
@pytest.mark.parametrize("row", [*VARIADIC, *(row for row in ROWS if row.arity > 2)], ids=lambda row: row.name)
def test_printed_loops_equal_the_row(row: Any, library: Any) -> None:
    for point in points(row):
        n = len(point)
        expected = [0.0] * n
        result = row.result(point, n)
        row.local_grads(point, n, result, expected)
        data, out = (ctypes.c_double * n)(*point), (ctypes.c_double * n)()
        function = getattr(library, f"{row.name}_result")
        function.restype = ctypes.c_double
        assert function(data, ctypes.c_long(n)) == result
        getattr(library, f"{row.name}_grads")(data, ctypes.c_long(n), ctypes.c_double(result), out)
        assert list(out) == expected


@pytest.mark.skipif(COMPILER is None, reason=because("compiler"))
def test_zero_is_answered_in_c_as_in_python(library: Any) -> None:
    numbers = (0.0, -0.0, 5e-324, 1.0, -2.0, math.inf, -math.inf, math.nan)
    library.div_value.restype = library.log_value.restype = ctypes.c_double
    for x in numbers:
        assert repr(library.log_value(ctypes.c_double(x))) == repr(floats.log(x))
        for y in numbers:
            assert repr(library.div_value(ctypes.c_double(x), ctypes.c_double(y))) == repr(floats.div(x, y))


@pytest.mark.skipif(COMPILER is None, reason=because("compiler"))
def test_the_kernels_of_programs_compute_their_instructions(tmp_path: Path) -> None:
    """Each kernel as the machine runs it, on single numbers and columns, with the C library in place of fast functions."""
    assert COMPILER
    fast = "".join(f"#define fast_{name} {name}\n" for name in ("exp", "expm1", "log", "log1p", "tanh"))
    (tmp_path / "kernels.c").write_text(
        f"""#include <math.h>
        {fast}{program_kernels.header()}
        #define COLUMN(k) (registers + at[k] * n)
        #define NUMBER(k) (table[at[k]])
        #define EACH_ROW for (long i = 0; i < n; i++)
        long run(const int *at, long n, const double *table, double *registers) {{
            const int *start = at;
            switch (at[0]) {{ KERNELS }}
            return at - start;
        }}"""
    )
    source, target = str(tmp_path / "kernels.c"), str(tmp_path / "kernels.so")
    subprocess.run([COMPILER, source, "-o", target, "-ffp-contract=off", "-shared", "-fPIC", "-lm"], check=True)
    run = ctypes.CDLL(target).run
    run.restype = ctypes.c_long
    table, columns = [0.25, 0.625, 0.5], [[0.0, 0.5, 0.75], [0.5, 0.5, 0.25], [0.0, 1.0, 0.375]]
    for number, (name, kinds) in enumerate(program_kernels.BY_KERNEL):
        if not (name in SET and SET[name].c):
            continue
        code = (ctypes.c_int * 5)(number, 3, 0, 1, 2)  # the result goes to the fourth column
        registers = (ctypes.c_double * 12)(*columns[0], *columns[1], *columns[2])
        length = run(code, ctypes.c_long(3), (ctypes.c_double * 3)(*table), registers)
        assert length == 2 + len(kinds), "the next instruction begins after the operands"
        for i, result in enumerate(registers[9:]):
            operands = [columns[k][i] if kind else table[k] for k, kind in enumerate(kinds)]
            assert close(result, float(ON_FLOATS[name](*operands)), 1e-15), (name, kinds, operands)


def test_every_row_is_declared_and_printed() -> None:
    header, pxd = kernels.header(), kernels.pxd()
    for name in TABLE:
        assert f" {name}_row = {{" in header
        assert f'*{name} "(&{name}_row)"' in pxd


def test_the_module_prints_itself(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(kernels.__file__, run_name="__main__")
    assert "static const Unary tanh_row" in capsys.readouterr().out


def test_a_build_from_another_table_is_refused() -> None:
    """The compiled functions know the rows by their place in the table."""
    if autograd.COMPILED:
        assert engine.functions.NAMES.split() == list(TABLE)
    code = (  # the package without its __init__.py, which would import the engine before there is another row
        f"import sys, types; package = types.ModuleType('autograd'); package.__path__ = [{str(PACKAGE)!r}];"
        "sys.modules['autograd'] = package; from autograd.operations import Operation;"
        "Operation('late', 'x', lambda m, x: x, ('1', lambda m, x, y: 1.0)); import autograd.engine"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PACKAGE.parent, capture_output=True, text=True, check=False)
    assert (done.returncode == 1 and "built from another table of operations" in done.stderr) == autograd.COMPILED


def test_infinities_in_c() -> None:
    assert [as_c(x, "n", []) for x in (float("inf"), float("-inf"), 2, 0.1)] == ["INFINITY", "(-INFINITY)", "2.0", "0.1"]
    assert Path(kernels.__file__).name == "kernels.py"


def test_the_kernels_of_programs(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "autograd.program.kernels", raising=False)
    runpy.run_module("autograd.program.kernels", run_name="__main__")
    printed = capsys.readouterr().out
    assert "out[i] = x * y + z;" in printed
    assert printed.count("/* add */") == 2  # two columns, or a number and a column
    assert "#define TOTAL_1 " in printed


def test_a_row_that_needs_what_no_arithmetic_has() -> None:
    with pytest.raises(AttributeError, match="no arithmetic has 'lambert'"):
        _ = Symbols(TABLE).lambert


def test_what_cython_compiles(tmp_path: Path) -> None:
    """Every compiled module has its source, made from the Python file, with C imports in place of those of compiled modules."""
    laid_out = sources.lay_out(tmp_path / "cython")
    modules = {*build.ENGINE, *build.COMPILERS, *build.IN_C}  # without one of which the compiled build is not used
    assert set(laid_out) == modules
    for name, path in laid_out.items():
        text = path.read_text()
        assert (path.with_suffix(".pxd")).exists() or name == "machine"
        imported = set(re.findall(r"^from autograd\.(?:program\.)?(\w+) import", text, re.MULTILINE))
        assert not imported & modules, f"{name} imports the Python file of a compiled module"
    value, node = laid_out["value"].read_text(), laid_out["node"].read_text()
    assert "from cython.cimports.autograd.compiled.node import Node, backpropagate" in value
    assert "cython.cast(Value, other)" in value
    assert "node._stamp.mark == opened" in node and "_mark:" not in node
    functions = laid_out["functions"].read_text()
    assert f'NAMES = "{" ".join(TABLE)}"' in functions
    assert f'FINGERPRINT = "{sources.fingerprint()}"' in functions


def test_the_fingerprint_is_of_the_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    before = sources.fingerprint()
    assert sources.fingerprint() == before
    monkeypatch.setattr(kernels, "GUARDED", kernels.GUARDED + " ")
    assert sources.fingerprint() != before
