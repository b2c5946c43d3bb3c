"""Graphs can be deep. `python -m tests.deep 2000000` does the same at full depth; benchmarks/ shows its times."""

import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import autograd
from autograd import edges
from autograd.node import recorded_operations
from autograd.value import Value

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


@pytest.mark.parametrize(
    "link",
    [
        lambda node, x: node + x, lambda node, x: x + node, lambda node, x: node * node,
        lambda node, x: (node + 1.0) * (node - 1.0) + node, lambda node, x: node.clip(-9.0, 9.0),
    ],
)  # fmt: skip
def test_in_a_browser_a_chain_is_freed_without_recursion(link: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the plain build: every node once, one at a time, but none that is still in use."""
    depth = deepest = freed = 0

    def counted(node: Any) -> None:
        nonlocal depth, deepest, freed
        depth, freed = depth + 1, freed + 1
        deepest = max(deepest, depth)
        edges.free(node)
        depth -= 1

    x = Value(1.0)
    middle = node = x
    made = -1
    for k in range(600):
        node = link(node, x)
        middle = node if k == 299 else middle
        made = made if made >= 0 else len(recorded_operations(node))
    monkeypatch.setattr(Value, "__del__", counted, raising=False)
    del node
    assert (deepest, freed) == (2, 300 * made)
    x.grad = 0.0
    middle.backward()
    assert x.grad != 0.0
    del middle
    assert (deepest, freed) == (2, 600 * made)


def test_only_a_browser_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Node:
        __slots__ = ("_rest", "_x", "_y")

    edges.seal(Node)
    assert not hasattr(Node, "__del__")
    monkeypatch.setattr(sys, "platform", "emscripten")
    edges.seal(Node)
    assert vars(Node)["__del__"] is edges.free
    Node()  # without operands
