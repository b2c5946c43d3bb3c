"""What every test run says first: which build it tests. A compiled engine of older sources is refused."""

import pytest

import autograd
from autograd import kernels, value

if autograd.COMPILED and kernels.fingerprint() != value.FINGERPRINT:
    raise pytest.UsageError("the compiled engine is not of today's sources; build it again: pip install -e '.[test]'")


def pytest_report_header() -> str:
    return f"stepgrad build under test: {'compiled' if autograd.COMPILED else 'pure Python'} ({value.__file__})"
