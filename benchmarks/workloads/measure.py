"""Measure a peer: `python WORKLOAD.py PEER CASE.npz ...` prints a line of JSON per case: answer, seconds per step.

A workload is a table of peers, each a function from a case (the arrays of its file) to a `Step`. An exception in a peer
becomes its answer, so a peer that fails on a case does not stop the others.
"""

from __future__ import annotations

import argparse
import gc
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Case = dict[str, np.ndarray]
LONGEST = 60.0  # seconds; a case whose step is expected to take longer is not run
SLOW = 5.0  # seconds; a step that takes longer is not run again
clock = time.process_time  # CPU time: the same on a shared machine as on an idle one
SAMPLE = 0.01  # seconds, the minimum of a sample: short steps are repeated within it


@dataclass
class Step:
    """One peer, ready to run: data and parameters are already in its format.

    run: forward and backward once, finished when it returns. read: converts the result of the first `run`, or of the last
    of the first `runs`, to the loss and all gradients as one flat sequence. repeat: does `run` several times, for a peer
    whose own loop costs less than Python's.
    """

    run: Callable[[], Any]
    read: Callable[[Any], tuple[Any, Any]]
    repeat: Callable[[int], Any] | None = None
    runs: int = 1
    steps: int = 1  # steps in one run
    compiles: bool = False  # in its first run, which is then not representative
    times: list[float] | None = None  # seconds, if already measured
    notes: dict[str, Any] | None = None  # other results: seconds to compile, accuracy
    keep: Any = None  # objects that must not be freed before the last run


def seconds(step: Step, budget: float) -> list[float]:
    """Measure the seconds per step, from at least three samples if each fits into `budget`."""
    repeat = step.repeat or (lambda loops: [step.run() for _ in range(loops)])
    loops, took = 1, elapsed(repeat, 1)
    while took < SAMPLE:
        loops = max(loops * 2, int(loops * SAMPLE / max(took, 1e-9)))
        took = elapsed(repeat, loops)
    times = [took / loops] if took > budget else []
    until = time.perf_counter() + budget
    while not times or (time.perf_counter() < until and len(times) < 100):
        if not gc.isenabled():
            gc.collect()  # cyclic graphs would accumulate: free them between samples, outside the time
        times.append(elapsed(repeat, loops) / loops)
    return times


def elapsed(repeat: Callable[[int], Any], loops: int) -> float:
    """Measure the CPU seconds of this process for these steps."""
    start = clock()
    repeat(loops)
    return clock() - start


def measure(peer: Callable[[Case], Step], case: Case, budget: float) -> dict[str, Any]:
    """Return the peer's answer at its first step, and the times of the following ones."""
    step = peer(case)
    start = clock()
    results = [step.run() for _ in range(step.runs)]
    first = (clock() - start) / step.runs
    loss, grads = step.read(results[-1])
    answer = {"loss": float(loss), "grads": np.asarray(grads, dtype=np.float64).ravel().tolist()}
    gc.collect()
    gc.freeze()  # so that the collector visits only the engine's objects, not those of imported libraries again and again
    times = step.times or ([first] if first > SLOW and not step.compiles else seconds(step, budget))
    return {**answer, "seconds": [time / step.steps for time in times], "notes": step.notes or {}}


def main(peers: dict[str, Callable[[Case], Step]]) -> None:
    """Measure one peer on the cases, the smallest first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", help="one that is not among the workload's has no answers")
    parser.add_argument("cases", nargs="+", type=Path)
    parser.add_argument("--budget", type=float, default=0.5, help="seconds of measuring for each case")
    parser.add_argument("--no-gc", action="store_true", help="switch the cyclic garbage collector off")
    options = parser.parse_args()
    if options.no_gc:
        gc.disable()
    pace = 0.0  # seconds per unit of size, in the previous case
    for path in options.cases if options.peer in peers else ():
        case = dict(np.load(path))
        size = float(case["size"])
        if pace * size > LONGEST:
            answer: dict[str, Any] = {"error": f"not run: a step would take about {pace * size:.0f} s"}
        else:
            try:
                answer = measure(peers[options.peer], case, options.budget)
                pace = min(answer["seconds"]) / size
            except Exception as error:
                answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps({path.stem: answer}), flush=True)
