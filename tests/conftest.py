"""What every test run says first: which build it tests. A compiled engine of older sources is refused."""

import sys

import pytest

import autograd
from autograd import kernels, value
from autograd.program.program import machine_type

if autograd.COMPILED and kernels.fingerprint() != value.FINGERPRINT:
    raise pytest.UsageError("the compiled engine is not of today's sources; build it again: pip install -e '.[test]'")


def pytest_report_header() -> list[str]:
    machine = sys.modules[machine_type().__module__]
    programs = f"in C, with vectors of {machine.vectors()} bytes" if hasattr(machine, "vectors") else "in NumPy"
    return [
        f"stepgrad build under test: {'compiled' if autograd.COMPILED else 'pure Python'} ({value.__file__})",
        f"stepgrad programs run {programs}",
    ]
