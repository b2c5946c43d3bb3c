"""The machine in NumPy: the same machine code as the compiled one, an array function for each kernel."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd import floats
from autograd.program.assemble import Plan
from autograd.program.instructions import SET
from autograd.program.kernels import BY_KERNEL
from autograd.value import Value

Array = np.ndarray
BLOCK = 4096  # rows at a time

FUNCTIONS: dict[str, Callable[..., Any]] = {row.name: getattr(np, row.numpy) for row in SET.values() if row.numpy}
FUNCTIONS |= {name: np.frompyfunc(getattr(floats, name), 1, 1) for name in ("erf", "erfc")}
FUNCTIONS |= {
    "fma": lambda x, y, z: x * y + z,
    "where": lambda x, y, z: np.where(np.not_equal(x, 0.0), y, z),
}  # fmt: skip


class Machine:
    """Runs a plan on NumPy. The compiled machine has the same methods."""

    block = BLOCK

    def __init__(self, plan: Plan, n_inputs: int) -> None:
        self.plan, self.n_inputs = plan, n_inputs

    def run(self, rows: Array, parameters: Array, values: Array, results: Array, threads: int = 1) -> None:
        """Fill the arrays `values` (n, n_rows) and `results` from `rows` (n, n_inputs) and the parameters' numbers."""
        plan, n = self.plan, len(rows)
        table = np.array(plan.table)
        table[plan.parameters : plan.count] = parameters
        table[plan.count] = n
        with np.errstate(all="ignore"):
            _once(plan.prologue, table)
            sums = [self._block(rows[i : i + BLOCK], table, values[i : i + BLOCK]) for i in range(0, n, BLOCK)]
            while len(sums) > 1:  # pairwise, as within a block
                sums = [a + b for a, b in zip(sums[::2], sums[1::2])] + sums[len(sums) & ~1 :]
            if sums:
                table[plan.totals : plan.totals + plan.n_totals] = sums[0]
            _once(plan.epilogue, table)
        results[:] = table[list(plan.results[: len(results)])]

    def backward(self, rows: Any, parameters: tuple[Value, ...], values: Array | None, threads: int = 1) -> float | None:
        """The mean of the loss over the rows; its gradient is added to the parameters' own. None if `rows` is not an
        (n, n_inputs) array of float64 with n > 0. values: None, or an array (n, n_rows) to be filled."""
        if not isinstance(rows, np.ndarray) or rows.dtype != np.float64 or rows.ndim != 2 or rows.shape[1] != self.n_inputs:
            return None
        if not len(rows):
            return None
        results = np.empty(1 + len(parameters))
        values = np.empty((len(rows), self.plan.n_rows)) if values is None else values
        self.run(rows, np.array([p.data for p in parameters]), values, results, threads)
        mean, *grads = results.tolist()
        for p, grad in zip(parameters, grads):
            p.grad += grad
        return float(mean)

    def _block(self, rows: Array, table: Array, values: Array) -> Array:
        """Run the body on some rows: fills in their `values`; the sums over these rows."""
        plan = self.plan
        registers: list[Any] = [None] * plan.registers
        sums = np.zeros(plan.n_totals)
        for name, kinds, at in instructions(plan.body):
            if name == "load":
                registers[at[0]] = rows[:, at[1]]
            elif name == "store":
                values[:, at[0]] = registers[at[1]] if kinds[0] else table[at[1]]
            elif name == "total":
                sums[at[0]] = registers[at[1]].sum()
            elif name == "total_product":
                for k in range(2, len(at), 2):
                    sums[at[k]] = (registers[at[1]] * registers[at[k + 1]]).sum()
            else:
                xs = [registers[i] if kind else table[i] for kind, i in zip(kinds, at[1:])]
                registers[at[0]] = _apply(name, xs)
        return sums


def _once(code: array[int], table: Array) -> None:
    """Run a prologue or an epilogue."""
    for length, name, kinds, at in runs(code):
        xs = [table[i : i + length] if kind else table[i] for kind, i in zip(kinds, at[1:])]
        table[at[0] : at[0] + length] = _apply(name, xs)


def _apply(name: str, xs: list[Any]) -> Array:
    if name == "dot":
        total = xs[0]
        for a, b in zip(xs[1::2], xs[2::2]):
            total = total + a * b
        return np.asarray(total)
    return np.asarray(FUNCTIONS[name](*xs), dtype=np.float64)


def instructions(code: array[int], at: int = 0) -> Iterator[tuple[str, tuple[int, ...], array[int]]]:
    """Each instruction of a body: its name, the kinds of its operands, and [target, operands...]."""
    while at < len(code):
        name, kinds, length = _decode(code, at)
        yield name, kinds, _arguments(name, code[at + 1 : at + length])
        at += length


def runs(code: array[int], at: int = 0) -> Iterator[tuple[int, str, tuple[int, ...], array[int]]]:
    """Each instruction of a prologue or epilogue, as `instructions`, with the length of its run before."""
    while at < len(code):
        name, kinds, length = _decode(code, at + 1)
        yield code[at], name, kinds, _arguments(name, code[at + 2 : at + 1 + length])
        at += 1 + length


def _decode(code: array[int], at: int) -> tuple[str, tuple[int, ...], int]:
    """The instruction at this place: its name, the kinds of its operands, how many integers it takes."""
    name, kinds = BY_KERNEL[code[at]]
    if name == "dot":  # kinds of a, b, c; operands are c, a, b, a, b...
        pairs = code[at + 2]
        return name, (kinds[2], *kinds[:2] * pairs), 4 + 2 * pairs
    if name == "total_product":
        return name, kinds, 3 + 2 * code[at + 1]
    return name, kinds, 2 + len(kinds)


def _arguments(name: str, rest: array[int]) -> array[int]:
    return array("i", [rest[0], *rest[2:]]) if name == "dot" else rest
