"""Measure the parts of a scalar engine: one operation, one node, one long chain.

`python micro.py ENGINE PART [--no-gc] [--nodes N] [--repeats R]` prints JSON: numbers, or the exception raised.
"""

from __future__ import annotations

import argparse
import copy
import gc
import json
import os
import pickle
import sys
import time
import timeit
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

ENGINES = {"micrograd": "micrograd.engine", "stepgrad": "autograd"}
OPERATIONS = ("a + b", "a * b", "a * 2.0", "a.tanh()")
UNROLLED, LOOPS = 20, 5_000
STATM = Path("/proc/self/statm")

Result = float | str


def attempt(job: Callable[[], float]) -> Result:
    """Return the job's result, or the name of the exception that it raised."""
    try:
        return job()
    except (AttributeError, RecursionError, pickle.PicklingError) as error:
        return type(error).__name__


def nanoseconds(statement: str, a: Any, b: Any, repeats: int) -> float:
    """Time a statement by the fastest of `repeats` runs. timeit disables the collector, so it is enabled again."""
    collector = "gc.enable()" if gc.isenabled() else "gc.disable()"
    timer = timeit.Timer(
        "; ".join([statement] * UNROLLED), f"a, b = operands; {collector}", globals={"operands": (a, b), "gc": gc}
    )
    times = []
    for _ in range(repeats):
        times.append(timer.timeit(LOOPS))
        gc.collect()
    return min(times) / (LOOPS * UNROLLED) * 1e9


def operations(value: Any, options: argparse.Namespace) -> dict[str, Result]:
    """Measure the nanoseconds to record an operation and drop the node, and those of `a * b` for floats."""
    times: dict[str, Result] = {"float": nanoseconds("a * b", 1.5, -0.7, options.repeats)}
    a, b = value(1.5), value(-0.7)
    for operation in OPERATIONS:
        times[operation] = attempt(partial(nanoseconds, operation, a, b, options.repeats))
    return times


def resident() -> int:
    """Return the resident memory of this process in bytes."""
    return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def memory(value: Any, options: argparse.Namespace) -> dict[str, Result]:
    """Measure the bytes per node `a * b`: of the object itself, and of the growth of the process with many nodes."""
    a, b = value(1.5), value(-0.7)
    sizes: dict[str, Result] = {"object": sys.getsizeof(a * b)}
    if not STATM.exists():
        return {**sizes, "resident": "needs Linux"}
    nodes: list[Any] = [None] * options.nodes  # the list is written, and so resident, before the first reading
    before = resident()
    for i in range(options.nodes):
        nodes[i] = a * b
    return {**sizes, "resident": (resident() - before) / options.nodes}


def seconds(job: Callable[[], Any], keep: list[Any] | None = None) -> float:
    """Time the job, without the time to drop its result or append it to `keep`."""
    start = time.perf_counter()
    result = job()
    stop = time.perf_counter()
    if keep is not None:
        keep.append(result)
    return stop - start


def multiplied(x: Any, times: int) -> Any:
    """Make a chain x * x * x ... of this many nodes."""
    y = x
    for _ in range(times):
        y = y * x
    return y


def drop(graph: list[Any], cyclic: bool) -> None:
    """Free the graph, with the collector if necessary."""
    graph.clear()
    if cyclic:
        gc.collect()


def chain(value: Any, options: argparse.Namespace) -> dict[str, Result]:
    """Time each operation on a graph, for a chain of `options.nodes` multiplications."""
    x = value(1.0)
    graph: list[Any] = []
    pickled: list[bytes] = []
    times: dict[str, Result] = {"record": seconds(lambda: multiplied(x, options.nodes), keep=graph)}
    times["backward"] = attempt(lambda: seconds(graph[0].backward))
    times["deepcopy"] = attempt(lambda: seconds(lambda: copy.deepcopy(graph[0])))
    times["pickle.dumps"] = attempt(lambda: seconds(lambda: pickle.dumps(graph[0]), keep=pickled))
    times["pickle.loads"] = seconds(lambda: pickle.loads(pickled[0])) if pickled else times["pickle.dumps"]
    times["free"] = seconds(partial(drop, graph, cyclic=options.engine == "micrograd"))
    if not isinstance(times["backward"], str):
        assert x.grad == options.nodes + 1.0, f"d(x ** {options.nodes + 1})/dx at 1 came out as {x.grad}"
    return times


PARTS = {"operations": operations, "memory": memory, "chain": chain}


def main() -> None:
    """Measure one part of one engine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--no-gc", action="store_true", help="switch the cyclic garbage collector off")
    parser.add_argument("--nodes", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=9)
    options = parser.parse_args()
    value = import_module(ENGINES[options.engine]).Value
    if options.no_gc:
        gc.disable()
    print(json.dumps(PARTS[options.part](value, options)))


if __name__ == "__main__":
    main()
