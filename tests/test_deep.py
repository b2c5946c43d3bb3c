"""Graphs can be deep. `python -m tests.deep 2000000` does the same at full depth; benchmarks/ shows its times."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import autograd

ONE_MEGABYTE = 1 << 20


def test_deep_graphs_with_a_small_stack() -> None:
    """Record, backward, copy, pickle, free (without the cyclic collector) and draw, on a stack of 1 MB."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.deep", "200000"],
        cwd=Path(__file__).parents[1],
        env={**os.environ, "STEPGRAD_PURE": "" if autograd.COMPILED else "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_STACK, (ONE_MEGABYTE, ONE_MEGABYTE)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("free") == 5
    assert f"build: {'compiled' if autograd.COMPILED else 'pure'}" in done.stdout
