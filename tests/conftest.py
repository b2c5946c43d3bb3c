"""Report which build is tested; refuse a compiled engine built from older sources, and skips for unnamed reasons."""

import sys
from collections import Counter
from typing import Any

import pytest

import autograd
from autograd import engine
from autograd.compiled import sources
from autograd.program.compilers import Machine
from tests.skips import REASONS

if autograd.COMPILED and sources.fingerprint() != engine.functions.FINGERPRINT:
    raise pytest.UsageError("the compiled engine was built from other sources; build it again: pip install -e '.[test]'")


def pytest_report_header() -> list[str]:
    machine = sys.modules[Machine.__module__]
    programs = f"in C, with vectors of {machine.vectors()} bytes" if hasattr(machine, "vectors") else "in NumPy"
    return [
        f"stepgrad build under test: {'compiled' if autograd.COMPILED else 'pure Python'} ({engine.functions.__file__})",
        f"stepgrad programs run {programs}",
    ]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--may-skip", default=",".join(REASONS), help="for which reasons of tests/skips.py a test may be skipped"
    )


def skipped(terminal: Any) -> list[tuple[str, str]]:
    """List (test, reason) of each skipped test."""
    reports = terminal.stats.get("skipped", ()) if terminal else ()
    return [(report.nodeid, report.longrepr[2].removeprefix("Skipped: ")) for report in reports]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run if a test was skipped for any other reason."""
    terminal: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    names = session.config.getoption("may_skip").split(",")
    for test, reason in skipped(terminal):
        if reason.partition(":")[0] not in names:
            terminal.write_line(f"\n{test} may not be skipped here: {reason}", red=True)
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any) -> None:
    counts = Counter(reason.partition(":")[0] for _, reason in skipped(terminalreporter))
    terminalreporter.write_line(
        f"stepgrad tests skipped: {', '.join(f'{n} for {name}' for name, n in counts.items()) or 'none'}"
    )
