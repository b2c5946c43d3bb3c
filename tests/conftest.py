"""What every test run says first: which build it tests. A compiled engine of older sources is refused, and so is a skip without a name."""

import sys
from typing import Any

import pytest

import autograd
from autograd import kernels, value
from autograd.program.program import machine_type
from tests.skips import REASONS

if autograd.COMPILED and kernels.fingerprint() != value.FINGERPRINT:
    raise pytest.UsageError("the compiled engine is not of today's sources; build it again: pip install -e '.[test]'")


def pytest_report_header() -> list[str]:
    machine = sys.modules[machine_type().__module__]
    programs = f"in C, with vectors of {machine.vectors()} bytes" if hasattr(machine, "vectors") else "in NumPy"
    return [
        f"stepgrad build under test: {'compiled' if autograd.COMPILED else 'pure Python'} ({value.__file__})",
        f"stepgrad programs run {programs}",
    ]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--may-skip", default=",".join(REASONS), help="for which reasons of tests/skips.py a test may be skipped"
    )


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run if a test was skipped for any other reason."""
    terminal: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    names = session.config.getoption("may_skip").split(",")
    for report in terminal.stats.get("skipped", ()) if terminal else ():
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if reason.partition(":")[0] not in names:
            terminal.write_line(f"\n{report.nodeid} may not be skipped here: {reason}", red=True)
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
