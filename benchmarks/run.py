"""Measure stepgrad, compiled and pure, against micrograd: `python benchmarks/run.py` prints one Markdown table.

Every ratio is computed from this run. The goals are those of the design; a missed goal is only printed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import environments
from table import Goal, head, line, number, progress

HERE = Path(__file__).resolve().parent
MICROGRAD, NO_GC, COMPILED, PURE = "micrograd", "micrograd without gc", "stepgrad compiled", "stepgrad pure"
TOLERANCE = 1e-12  # relative, between the losses of different engines
LINEAR = 2.0  # times as long per node, at most, for four times as many nodes; quadratic time would be 4

Cells = dict[str, Any]  # by column: a number, or the reason why there is none


@dataclass(frozen=True)
class Column:
    """One engine in one environment."""

    engine: str
    python: Path
    flags: tuple[str, ...] = ()
    pure: bool = False

    def measure(self, script: str, *arguments: object) -> Any:
        """Run the script for this engine and return its JSON output."""
        words = [str(HERE / script), self.engine, *map(str, arguments), *self.flags]
        return json.loads(environments.run(self.python, *words, pure=self.pure))


@dataclass(frozen=True)
class Effort:
    """The extent of the measurement: training steps, rounds over all engines, nodes in the longest chain..."""

    steps: int = 20
    rounds: int = 2
    chain: int = 2_000_000
    nodes: int = 1_000_000
    repeats: int = 9
    imports: int = 15


QUICK = Effort(steps=4, rounds=1, chain=100_000, nodes=100_000, repeats=3, imports=5)


@dataclass
class Row:
    """A quantity: a cell for each column, its goals, and whether it can be compared with micrograd."""

    quantity: str
    cells: Cells
    goals: list[Goal] = field(default_factory=list)
    compared: bool = True

    def markdown(self) -> str:
        """Format the row of the table."""
        cells = [self.quantity, *(number(self.cells.get(name, "")) for name in (MICROGRAD, NO_GC, COMPILED, PURE))]
        cells += [self.times(COMPILED), self.times(PURE), "; ".join(goal.goal for goal in self.goals)]
        return line(*cells, "; ".join(goal.verdict() for goal in self.goals))

    def times(self, name: str) -> str:
        """Format the ratio of micrograd to this; in brackets, without the collector."""
        with_gc, without, ours = (self.cells.get(column) for column in (MICROGRAD, NO_GC, name))
        if not self.compared or not isinstance(ours, float):
            return ""
        ratios = [number(with_gc / ours)] if isinstance(with_gc, float) else []
        return " ".join([*ratios, f"({number(without / ours)})"] if isinstance(without, float) else ratios)


# Measuring


def moons(columns: dict[str, Column], effort: Effort) -> tuple[list[Row], str]:
    """Return the rows of the moons step and a sentence on the losses; exit if the engines disagree."""
    runs = {(name, "nn.MLP"): column for name, column in columns.items()}
    for name in (COMPILED, PURE):
        runs[name, "sum"] = columns[name]
        runs[name, "sum, no gc"] = replace(columns[name], flags=("--no-gc",))
    results: dict[tuple[str, str], list[Any]] = {key: [] for key in runs}
    for _ in range(effort.rounds):
        for (name, style), column in runs.items():
            progress(f"moons: {name}, {style}")
            results[name, style].append(column.measure("moons.py", style.split(",")[0], "--steps", effort.steps))
    sentence = agreement([result for both in results.values() for result in both], effort.steps)
    ms = {key: statistics.median([s * 1e3 for run in both for s in run["seconds"]]) for key, both in results.items()}
    micrograd = {name: ms[name, "nn.MLP"] for name in (MICROGRAD, NO_GC)}
    rows = []
    for text, style in (("sum(wi * xi ...)", "sum"), ("nn.MLP", "nn.MLP"), ("sum(wi * xi ...)", "sum, no gc")):
        ours = {name: ms[name, style] for name in (COMPILED, PURE)}
        rows.append(Row(f"moons step, `{text}`{', all without gc' * style.endswith('gc')}, ms", {**micrograd, **ours}))
    written, mlp, without = rows
    del without.cells[MICROGRAD]
    for row, name, goal in ((written, COMPILED, 60), (written, PURE, 15), (mlp, COMPILED, 200), (mlp, PURE, 15)):
        ratio = ms[MICROGRAD, "nn.MLP"] / row.cells[name]
        row.goals.append(Goal(f"{name.split()[1]}: micrograd / {goal}", f"micrograd / {number(ratio)}", ratio >= goal))
    return rows, sentence


def agreement(results: list[Any], steps: int) -> str:
    """Describe how closely all runs agree; exit unless they have the same weights at the start and losses to 1e-12."""
    if any(result["weights"] != results[0]["weights"] for result in results):
        sys.exit("the engines did not start from the same weights")
    apart = [abs(x / y - 1) for r in results for x, y in zip(r["losses"], results[0]["losses"], strict=True)]
    worst = max(apart)
    if not all(difference <= TOLERANCE for difference in apart):  # so that nan fails
        sys.exit(f"the losses of {steps} steps differ by {worst:.1e} relative, more than {TOLERANCE}")
    return (
        f"All {len(results)} runs start from the same {len(results[0]['weights'])} parameters, and their losses over "
        f"{steps} steps agree to {worst:.0e} relative ({TOLERANCE} at most)."
    )


def smallest(columns: dict[str, Column], effort: Effort, *arguments: object) -> dict[str, Cells]:
    """Return the smallest number of all rounds, by column, for each key that `micro.py` prints."""
    rows: dict[str, Cells] = {}
    for _ in range(effort.rounds):
        for name, column in columns.items():
            progress(f"{' '.join(map(str, arguments))}: {name}")
            for key, x in column.measure("micro.py", *arguments).items():
                best = rows.setdefault(key, {}).get(name)
                rows[key][name] = min(x, best) if isinstance(x, float) and isinstance(best, float) else x
    return rows


def operations(columns: dict[str, Column], effort: Effort) -> list[Row]:
    """Return the nanoseconds per recorded operation, and per float operation."""
    found = smallest(columns, effort, "operations", "--repeats", effort.repeats)
    multiply = found.pop("float")
    rows = {key: Row(f"record `{key}`, ns", cells) for key, cells in found.items()}
    ratio = found["a * b"][COMPILED] / multiply[COMPILED]
    rows["a * b"].goals.append(Goal("compiled: 4 float multiplies", number(ratio), ratio <= 4))
    return [Row("`a * b` of Python floats, ns", multiply, compared=False), *rows.values()]


def memory(columns: dict[str, Column], effort: Effort) -> list[Row]:
    """Return the bytes per node. The goal of 96 is to the nearest byte, because memory pools have headers."""
    once = replace(effort, rounds=1)
    found = smallest({n: c for n, c in columns.items() if n != NO_GC}, once, "memory", "--nodes", effort.nodes)
    bytes = found["resident"][COMPILED]
    goal = [] if isinstance(bytes, str) else [Goal("compiled: 96", f"{bytes:.1f}", round(bytes) <= 96)]
    return [Row("memory per node `a * b`, bytes", found["resident"], goal)]


def chain(columns: dict[str, Column], effort: Effort) -> list[Row]:
    """Return the seconds for a long chain, and whether time is proportional to its length."""
    ours = {name: columns[name] for name in (COMPILED, PURE)}
    once = replace(effort, rounds=1)
    peers = smallest({n: c for n, c in columns.items() if n not in ours}, once, "chain", "--nodes", effort.chain)
    short = smallest(ours, effort, "chain", "--nodes", effort.chain // 4)
    long = smallest(ours, once, "chain", "--nodes", effort.chain)
    rows = []
    for key, cells in long.items():
        goal = Goal("both: linear", *growth([(cells[name], short[key][name]) for name in ours]))
        rows.append(Row(f"chain of {effort.chain:,}: {key}, s", {**peers[key], **cells}, [goal]))
    return rows


def growth(times: list[tuple[Any, Any]]) -> tuple[str, bool]:
    """Compare the time per node in chains of 4n and n nodes, for each (long, short) pair, and say whether it is linear."""
    if any(isinstance(time, str) for pair in times for time in pair):
        return "fails", False
    factors = [long / short / 4 for long, short in times]
    return f"per node x{' and x'.join(f'{factor:.2f}' for factor in factors)}", max(factors) <= LINEAR


def imports(columns: dict[str, Column], effort: Effort) -> list[Row]:
    """Return the milliseconds that importing the engine adds to a bare interpreter, measured in turns."""

    def elapsed(column: Column, code: str) -> float:
        start = time.perf_counter()
        environments.run(column.python, "-c", code, pure=column.pure)
        return (time.perf_counter() - start) * 1e3

    cells: Cells = {}
    for name, column in columns.items():
        if name == NO_GC:
            continue
        progress(f"import: {name}")
        code = {"micrograd": "import micrograd.engine", "stepgrad": "import autograd"}[column.engine]
        pairs = [(elapsed(column, "pass"), elapsed(column, code)) for _ in range(effort.imports)]
        bare, full = map(statistics.median, zip(*pairs))
        cells[name] = full - bare
    slower = max(cells[COMPILED], cells[PURE])
    goal = Goal("both: 30", number(slower), slower <= 30)
    return [Row("import, over a bare interpreter, ms", cells, [goal], compared=False)]


# Telling

TITLES = (
    "quantity", MICROGRAD, NO_GC, COMPILED, PURE, "micrograd / compiled", "micrograd / pure", "goal", "measured",
)  # fmt: skip


def main() -> None:
    """Make the environments, measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under a minute, for a look; the goals are not for it")
    effort = QUICK if parser.parse_args().quick else Effort()
    began = time.perf_counter()
    progress("environments: the peers; stepgrad, built anew")
    peers, stepgrad = environments.of_peers(), environments.stepgrad()
    print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores")
    print(f"{MICROGRAD}: {environments.versions(peers, 'micrograd', *environments.IMPORTED)}")
    for name, pure in ((COMPILED, False), (PURE, True)):
        print(f"{name}: {environments.build(stepgrad, pure)}", flush=True)
    columns = {
        MICROGRAD: Column("micrograd", peers),
        NO_GC: Column("micrograd", peers, ("--no-gc",)),
        COMPILED: Column("stepgrad", stepgrad),
        PURE: Column("stepgrad", stepgrad, pure=True),
    }
    rows, sentence = moons(columns, effort)
    parts: list[Callable[[dict[str, Column], Effort], list[Row]]] = [operations, memory, chain, imports]
    for part in parts:
        rows += part(columns, effort)
    print(sentence)
    print("\n".join(["", head(*TITLES), *(row.markdown() for row in rows)]))
    progress(f"measured in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
