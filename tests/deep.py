"""`python -m tests.deep N`: time how long it takes to record, differentiate, copy, pickle and free chains of N operations."""

import copy
import gc
import pickle
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import autograd
from autograd import Value, dot, maximum
from autograd.render import draw_dot

SHAPES: dict[str, Callable[[Value, Value], Value]] = {
    "through the first operand": lambda node, x: node + x,
    "through the second operand": lambda node, x: x + node,
    "a comb, each node used twice": lambda node, x: maximum(node, node),
    "through operations on many operands": lambda node, x: dot([node, x], [1.0, 0.5]),
    "a comb of operations on many operands": lambda node, x: autograd.sum([node, node, -1.0]) - node,
}


def resident() -> int:
    """Return the memory of this process in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def timed(function: Callable[..., Any], *arguments: Any) -> tuple[Any, float]:
    """Return the result of a call and its time in seconds."""
    start = time.perf_counter()
    result = function(*arguments)
    return result, time.perf_counter() - start


def chain(link: Callable[[Value, Value], Value], x: Value, n: int) -> Value:
    """Pass x through n links."""
    node = x
    for _ in range(n):
        node = link(node, x)
    return node


def main(n: int) -> None:
    """Run every shape without the cyclic collector."""
    gc.disable()
    print(f"build: {'compiled' if autograd.COMPILED else 'pure'}, {n} operations")
    for name, link in SHAPES.items():
        x = Value(1.0, "x")
        empty = resident()
        root, record = timed(chain, link, x, n)
        _, backward = timed(root.backward)
        full = resident()
        start = time.perf_counter()
        del root
        free = time.perf_counter() - start
        root = chain(link, x, n)  # in the memory of the first, if that was freed
        assert resident() - empty < 1.3 * (full - empty), f"{empty} bytes grew to {full}, then to {resident()}"
        twin, deepcopy = timed(copy.deepcopy, root)
        assert twin.data == root.data
        data, dumps = timed(pickle.dumps, root)
        twin, loads = timed(pickle.loads, data)
        gradient = x.grad
        twin.backward()
        assert x.grad == gradient
        seconds = {
            "record": record,
            "backward": backward,
            "deepcopy": deepcopy,
            "dumps": dumps,
            "loads": loads,
            "free": free,
        }
        print(f"{name}:", ", ".join(f"{key} {value:.2f}" for key, value in seconds.items()))
        del root, twin, data
    draw_dot(chain(SHAPES["a comb, each node used twice"], x, min(n, 20_000)))


if __name__ == "__main__":
    main(int(sys.argv[1]))
