"""Measure Programs against their peers: `python benchmarks/program.py` prints Markdown tables, all from one run.

Every peer first answers each case once (loss and gradients). If its answer differs from the C's, the table shows the
distance instead of a time. `--only WORKLOAD` measures one workload, `--quick` gives a rough result. Missed goals are only
printed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import environments
from table import Goal, head, line, number, progress

SCRIPTS = Path(__file__).resolve().parent / "workloads"
TOLERANCE = 1e-9  # relative: for the loss, and for each derivative relative to the largest one
REPEATED = 30.0  # seconds; a process that takes longer is not repeated in the other rounds

Answer = dict[str, Any]  # of a peer for a case: loss, grads, seconds, notes; or error


@dataclass(frozen=True)
class Peer:
    """A row of the table: its name here and in the workloads, its environment, and how to run it."""

    title: str
    key: str
    environment: str
    flags: tuple[str, ...] = ()
    pure: bool = False
    vectors: int = 0  # bytes; 0 for the widest that the CPU has


def widest_vectors() -> int:
    """Return the width of this CPU's vectors in bytes, as Linux describes it."""
    flags = set(Path("/proc/cpuinfo").read_text().split())
    return 64 if "avx512vl" in flags else 32 if {"avx2", "fma"} <= flags else 16


WIDEST = widest_vectors()
C, TORCH, JAX, EAGER, PROGRAM, PYTHON = "C", "PyTorch", "JAX, jit", "stepgrad eager", "Program", "Python Values"
PEERS = (
    Peer("micrograd", "micrograd", "peers"),
    Peer("micrograd without gc", "micrograd", "peers", ("--no-gc",)),
    Peer(PYTHON, "python", "peers"),
    Peer(f"{PYTHON} without gc", "python", "peers", ("--no-gc",)),
    Peer(C, "c", "peers"),
    Peer("C called from Python", "c from Python", "peers"),
    Peer("NumPy by hand", "numpy", "peers"),
    Peer(TORCH, "torch", "torch"),
    Peer("PyTorch, Adam(fused=True)", "torch fused", "torch"),
    Peer("torch.compile", "torch.compile", "torch"),
    Peer(JAX, "jax", "jax"),
    Peer("JAX, vmap(grad)", "jax vmap", "jax"),
    Peer("Numba, loops", "numba", "numba"),
    Peer("HIPS autograd", "hips", "hips"),
    Peer("CasADi", "casadi", "casadi"),
    Peer(EAGER, "stepgrad", "stepgrad"),
    Peer(PROGRAM, "program", "stepgrad"),
    Peer("Program, 2 threads", "program 2 threads", "stepgrad"),
    Peer("Program on NumPy", "program", "stepgrad", pure=True),
) + tuple(
    Peer(f"{title}, {width}-byte vectors", key, environment, vectors=width)
    for width in (32, 16)
    if width < WIDEST
    for title, key, environment in ((C, "c", "peers"), (PROGRAM, "program", "stepgrad"))
)


@dataclass(frozen=True)
class Workload:
    """A script, its cases and their titles. alone: each case runs in a separate process, whose memory is measured."""

    script: str
    cases: dict[str, str]
    alone: bool = False


SIZES = {1_000: "1e3", 10_000: "1e4", 100_000: "1e5", 1_000_000: "1e6"}
WORKLOADS = {
    "moons": Workload(
        "moons_step", {f"moons-{n}": f"moons, {n:,} row{'s' * (n > 1)}" for n in (1, 10, 100, 1_000, 10_000)}
    ),
    "adam": Workload("moons_adam", {"moons-100": "moons with Adam, 100 rows"}),
    "digits": Workload("digits", {"digits": "digits, 128 rows"}),
    "lstm": Workload("lstm", {"lstm": "LSTM, 50 steps, 64 rows"}),
    "gpt": Workload("gpt", {"gpt": "GPT with Adam, a name"}),
    "hessian": Workload("rosenbrock", {"rosenbrock-1": "Hessian, 1 point", "rosenbrock-100": "Hessian, 100 points"}),
    "mixture": Workload(
        "mixture", {f"mixture-{d}": f"Gaussian mixture, d = {d}, K = {d // 2}, 1,000 rows" for d in (10, 20)}
    ),
    "burgers": Workload("burgers", {f"moons-{n}": f"Burgers' equation, {n:,} rows" for n in (100, 1_000)}),
    "threads": Workload("threads", {"moons-100000": "moons, 100,000 rows, wall clock"}),
    "compile": Workload("graph_size", {f"graph-{n}": text for n, text in SIZES.items()}, alone=True),
}


@dataclass(frozen=True)
class Effort:
    """The extent of the measurement: rounds over all peers, seconds per case, and the time limit of a process."""

    rounds: int = 3
    budget: float = 0.5
    timeout: float = 600.0


QUICK = Effort(rounds=1, budget=0.1, timeout=100.0)


class Results:
    """The answers of all rounds, by workload, case and peer."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str, str], list[Answer]] = {}
        self.errors: list[str] = []  # in full, in the order in which the table numbers them

    def add(self, workload: str, peer: str, answers: dict[str, Answer]) -> None:
        for case, answer in answers.items():
            self.answers.setdefault((workload, case, peer), []).append(answer)

    def find(self, workload: str, case: str, peer: str) -> Answer:
        """Return the peer's first answer, or an empty one."""
        return self.answers.get((workload, case, peer), [{}])[0]

    def seconds(self, workload: str, case: str, peer: str) -> float | None:
        """Return the median of the best round, if the peer has times and agrees with the others."""
        answers = self.answers.get((workload, case, peer), [])
        times = [statistics.median(answer["seconds"]) for answer in answers if "seconds" in answer]
        distance = self.distance(workload, case, peer)
        return min(times) if times and distance is not None and distance <= TOLERANCE else None

    def note(self, workload: str, case: str, peer: str, key: str) -> float | None:
        """Return the median of a number in its notes."""
        answers = self.answers.get((workload, case, peer), [])
        numbers = [answer["notes"][key] for answer in answers if key in answer.get("notes", {})]
        return statistics.median(numbers) if numbers else None

    def distance(self, workload: str, case: str, peer: str, other: str | None = None) -> float | None:
        """Return the relative distance of its answers from the first answer of the reference; None if either has none."""
        others = [other] if other else [C, *(p.title for p in PEERS if p.title not in (C, PROGRAM))]
        ours = [a for a in self.answers.get((workload, case, peer), []) if "error" not in a]
        theirs = [a for a in (self.find(workload, case, p) for p in others) if a and "error" not in a]
        return max(apart(answer, (theirs or ours)[0]) for answer in ours) if ours else None


def apart(answer: Answer, reference: Answer) -> float:
    """Return the larger of the relative differences of the losses and of the gradients (relative to the largest one)."""
    a, b = answer["grads"], reference["grads"]
    if len(a) != len(b):
        return float("inf")
    largest = max(map(abs, b)) or 1.0
    differences = [abs(answer["loss"] - reference["loss"]) / abs(reference["loss"])]
    differences += [abs(x - y) / largest for x, y in zip(a, b)]
    return max(differences) if all(d == d for d in differences) else float("inf")


# Measuring


def pythons(peers: Iterable[Peer]) -> dict[str, Path | str]:
    """Return the Python of each environment, or the error that occurred in making it."""
    found: dict[str, Path | str] = {}
    for name in dict.fromkeys(["peers", *(peer.environment for peer in peers)]):
        progress(f"environment: {name}")
        try:
            found[name] = environments.stepgrad() if name == "stepgrad" else environments.of_peers(name)
        except environments.RunError as error:
            found[name] = f"not installed: {last_line(error)}"
    return found


def last_line(error: environments.RunError) -> str:
    """Return the exception that ended a process, or else the last line of its output."""
    lines = [text for text in str(error).splitlines() if text.strip() and not text.startswith("failed with")]
    return next((text for text in reversed(lines) if "Error" in text.split(":")[0]), lines[-1])


def measure(
    results: Results, name: str, found: dict[str, Path | str], cases: Path, effort: Effort, peers: list[Peer]
) -> None:
    """Run all rounds of a workload."""
    workload, took = WORKLOADS[name], dict.fromkeys(peers, 0.0)
    for round in range(1, effort.rounds + 1):
        for peer in peers:
            if took[peer] > REPEATED:
                continue
            progress(f"{name}, round {round} of {effort.rounds}: {peer.title}")
            start = time.perf_counter()
            groups = [[case] for case in workload.cases] if workload.alone else [list(workload.cases)]
            for group in groups:
                answers = ask(peer, workload, found[peer.environment], [cases / f"{case}.npz" for case in group], effort)
                results.add(name, peer.title, answers)
                if workload.alone and any("error" in answer for answer in answers.values()):
                    break  # larger graphs would fail as well
            took[peer] = time.perf_counter() - start


def ask(peer: Peer, workload: Workload, python: Path | str, cases: list[Path], effort: Effort) -> dict[str, Answer]:
    """Run one process of a peer and return its answers to the cases."""
    if isinstance(python, str):
        return {case.stem: {"error": python} for case in cases}
    words = [SCRIPTS / f"{workload.script}.py", peer.key, *cases, "--budget", effort.budget, *peer.flags]
    error = ""
    try:
        printed = environments.attempt(
            python, *map(str, words), pure=peer.pure, one_thread=True, timeout=effort.timeout, vectors=peer.vectors
        )
    except environments.RunError as failure:
        printed, error = failure.printed, last_line(failure)
    answers: dict[str, Answer] = {}
    for text in printed.rpartition("\n")[0].splitlines():  # the last one may have been cut short
        answers.update(json.loads(text))
    if error:
        answers.update({case.stem: {"error": error} for case in cases if case.stem not in answers})
    return answers


# Telling


def cell(results: Results, workload: str, case: str, peer: str) -> str:
    """Format microseconds and, in brackets, the multiple of the Program's time (or of the C's if there is no Program)."""
    answer = results.find(workload, case, peer)
    if not answer:
        return ""
    if "error" in answer:
        said = answer["error"].splitlines()
        results.errors.append(f"{peer}, {WORKLOADS[workload].cases[case]}: {' '.join(map(str.strip, said[:2]))}"[:200])
        return f"{answer['error'].split(':')[0]} [{len(results.errors)}]"
    seconds = results.seconds(workload, case, peer)
    if seconds is None:
        return f"**disagrees by {results.distance(workload, case, peer):.0e}**"
    base = results.seconds(workload, case, PROGRAM) or results.seconds(workload, case, C)
    return number(seconds * 1e6) + (f" ({number(seconds / base)})" if base else "")


def size_cell(results: Results, case: str, peer: str) -> str:
    """Format microseconds and bytes per node of a graph."""
    text = cell(results, "compile", case, peer).split(" (")[0]
    bytes = results.note("compile", case, peer, "bytes a node")
    return f"{text} us, {number(bytes)} bytes" if bytes is not None and results.seconds("compile", case, peer) else text


def table(results: Results, names: list[str]) -> list[str]:
    """Make the table of workloads: a row for each peer that has results, a column for each case."""
    columns = [(name, case, title) for name in names for case, title in WORKLOADS[name].cases.items()]
    lines = [head("microseconds a step", *(title for _, _, title in columns))] if columns else []
    for peer in PEERS:
        cells = [cell(results, name, case, peer.title) for name, case, _ in columns]
        if any(cells):
            lines.append(line(peer.title, *cells))
    return lines


def size_table(results: Results) -> list[str]:
    """Make the table of compilation costs per node."""
    cases = WORKLOADS["compile"].cases
    lines = [head("compiling, for each node", *(f"{title} nodes" for title in cases.values()))]
    rows = [(peer.title, [size_cell(results, case, peer.title) for case in cases]) for peer in PEERS]
    return lines + [line(title, *cells) for title, cells in rows if any(cells)]


def goals(results: Results, names: list[str]) -> list[Goal]:
    """List the design goals for the workloads that were measured."""
    at_most = [
        ("moons", "moons-100", C, 1.0),
        ("moons", "moons-100", JAX, 1 / 4),
        ("moons", "moons-100", TORCH, 1 / 10),
        ("moons", "moons-1", C, 5.0),
        ("adam", "moons-100", TORCH, 1 / 8),
        ("digits", "digits", TORCH, 1.0),
        ("gpt", "gpt", PYTHON, 1 / 300),
    ]
    found = [against(results, *goal) for goal in at_most if goal[0] in names]
    if "digits" in names:
        seconds, accuracy = (results.note("digits", "digits", PROGRAM, key) for key in ("training, s", "held-out accuracy"))
        found.append(limit("digits: held-out accuracy, at least", accuracy, 0.96, least=True))
        found.append(limit("digits: seconds of training, below", seconds, 10.0))
    if "gpt" in names:
        curve = results.distance("gpt", "gpt", PROGRAM, EAGER)
        found.append(limit("GPT: losses of 50 steps from the eager engine's, relative, at most", curve, 1e-9))
    return found + (compile_goals(results) if "compile" in names else [])


def compile_goals(results: Results) -> list[Goal]:
    """List the goals for time and memory per node, without graphs of a thousand nodes, which use whole pages."""
    cases = [f"graph-{n}" for n in SIZES if n >= 10_000]
    times = [results.seconds("compile", case, PROGRAM) for case in cases]
    bytes = [results.note("compile", case, PROGRAM, "bytes a node") for case in cases]
    known = [time for time in times if time is not None]
    most, growth = (max(known) * 1e6, known[-1] / known[0]) if len(known) == len(cases) else (None, None)
    return [
        limit("compiling: microseconds a node from 1e4 to 1e6, at most", most, 5.0),
        limit("compiling: linear, so a node at 1e6 costs that at 1e4 times at most", growth, 2.0),
        limit("compiling: bytes a node at the peak, at most", max(b for b in bytes if b) if all(bytes) else None, 300.0),
    ]


def against(results: Results, workload: str, case: str, peer: str, most: float) -> Goal:
    """Compare the Program's time with the peer's."""
    ours, theirs = (results.seconds(workload, case, title) for title in (PROGRAM, peer))
    text = f"{WORKLOADS[workload].cases[case]}: {f'{most:g} x' if most >= 1 else f'1/{1 / most:g} of'} {peer}"
    if not ours or not theirs:
        return Goal(text, "not measured", False)
    ratio = ours / theirs
    return Goal(text, f"{number(ratio)} x" if ratio >= 1 else f"1/{number(1 / ratio)}", ratio <= most)


def limit(text: str, measured: float | None, bound: float, least: bool = False) -> Goal:
    """Make a goal that bounds a number."""
    if measured is None:
        return Goal(f"{text} {bound:g}", "not measured", False)
    return Goal(f"{text} {bound:g}", number(measured), measured >= bound if least else measured <= bound)


def agreement(results: Results) -> str:
    """Describe how closely the peers agree."""
    distances = [results.distance(*key) for key in results.answers]
    close = [d for d in distances if d is not None and d <= TOLERANCE]
    far = sum(d is not None and d > TOLERANCE for d in distances)
    return (
        f"{len(close)} answers (loss and gradients, of a peer to a case) agree to {max(close, default=0):.0e} relative "
        f"({TOLERANCE} at most); {far} do not."
    )


def noted(results: Results) -> list[str]:
    """List the peers' notes, other than memory."""
    lines = []
    for (workload, case, peer), answers in results.answers.items():
        notes = [f"{key} {number(x)}" for key, x in answers[0].get("notes", {}).items() if key != "bytes a node"]
        if notes:
            lines.append(f"- {WORKLOADS[workload].cases[case]}, {peer}: {', '.join(notes)}")
    return lines


def report(results: Results, names: list[str]) -> None:
    """Print all results."""
    print(agreement(results))
    print("\n".join(["", *table(results, [name for name in names if name != "compile"])]))
    if "compile" in names:
        print("\n".join(["", *size_table(results)]))
    print("\n".join(["", head("goal", "measured"), *(line(goal.goal, goal.verdict()) for goal in goals(results, names))]))
    print("\n".join(["", *noted(results), *(f"- [{i}] {text}" for i, text in enumerate(results.errors, start=1))]))


def describe(found: dict[str, Path | str]) -> None:
    """Print the machine and the versions."""
    print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, one thread each, vectors of {WIDEST} bytes")
    for name, python in found.items():
        asked = environments.PACKAGES.get(name, ("stepgrad", "numpy"))
        packages = [text.partition("==")[0].partition("[")[0] for text in asked]
        print(f"{name}: {environments.versions(python, *packages) if isinstance(python, Path) else python}", flush=True)


def main() -> None:
    """Make the environments and the cases, measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round, for a look; the goals are not for it")
    parser.add_argument("--rounds", type=int, default=Effort.rounds, help="how often each peer is measured")
    parser.add_argument(
        "--only", choices=WORKLOADS, nargs="+", default=list(WORKLOADS), metavar="WORKLOAD", help=", ".join(WORKLOADS)
    )
    parser.add_argument(
        "--peers", nargs="+", default=[""], metavar="PEER", help="only those whose names begin so: C Program"
    )
    options = parser.parse_args()
    peers = [peer for peer in PEERS if peer.title.startswith(tuple(options.peers))]
    effort = QUICK if options.quick else Effort(rounds=options.rounds)
    began = time.perf_counter()
    found = pythons(peers)
    describe(found)
    if isinstance(found["peers"], str):
        sys.exit(f"the environment that makes the cases is {found['peers']}")
    cases = environments.CACHE / "cases"
    cases.mkdir(exist_ok=True)
    environments.run(found["peers"], str(SCRIPTS / "data.py"), str(cases))
    results = Results()
    for name in options.only:
        measure(results, name, found, cases, effort, peers)
    report(results, options.only)
    progress(f"measured in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
