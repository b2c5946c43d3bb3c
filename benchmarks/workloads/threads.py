"""The moons step of a Program on one thread and on two: wall-clock seconds, on a machine with at least two idle cores."""

from __future__ import annotations

import time

from measure import Case, Step, main
from moons_step import program_of


def on(threads: int, case: Case) -> Step:
    program, parameters, rows = program_of(case)
    program.threads = threads
    mean = program.backward(rows)
    grads = [p.grad for p in parameters]
    times = []
    for _ in range(20):
        start = time.perf_counter()
        program.backward(rows)
        times.append(time.perf_counter() - start)
    return Step(lambda: None, lambda _: (mean, grads), times=times)


PEERS = {"program": lambda case: on(1, case), "program 2 threads": lambda case: on(2, case)}

if __name__ == "__main__":
    main(PEERS)
