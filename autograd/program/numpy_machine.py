"""The machine in NumPy: it runs the same machine code as the compiled one, with an array function for each kernel.

A single example runs on Python floats, which are faster than arrays of one element.
"""

from __future__ import annotations

import operator
from array import array
from collections.abc import Callable, Iterator
from itertools import repeat
from typing import Any

import numpy as np

from autograd import floats
from autograd.engine import Value
from autograd.program.assemble import Plan
from autograd.program.instructions import ON_FLOATS, SET
from autograd.program.kernels import BY_KERNEL

Array = np.ndarray
Step = tuple[int, str, tuple[int, ...], list[Any]]
BLOCK = 4096  # examples at a time

FUNCTIONS: dict[str, Callable[..., Any]] = {row.name: getattr(np, row.numpy) for row in SET.values() if row.numpy}
FUNCTIONS |= {name: np.frompyfunc(getattr(floats, name), 1, 1) for name in ("erf", "erfc")}
FUNCTIONS |= {
    "fma": lambda x, y, z: x * y + z,
    "where": lambda x, y, z: np.where(np.not_equal(x, 0.0), y, z),
}  # fmt: skip


class Machine:
    """Runs a plan on NumPy. The compiled machine has the same methods."""

    plan: Plan
    n_inputs: int
    one_row: bool
    body: list[Step]
    prologue: list[Step]
    epilogue: list[Step]

    block = BLOCK

    def __init__(self, plan: Plan, n_inputs: int, one_row: bool = False) -> None:
        self.plan, self.n_inputs, self.one_row = plan, n_inputs, one_row
        self.body = [
            (length, name, kinds, [np.array(x) if isinstance(x, list) else x for x in at])  # NumPy before 1.23 reads a
            for length, name, kinds, at in decode(plan.body, runs=False)  # list of lists as several indices
        ]
        self.prologue, self.epilogue = list(decode(plan.prologue, runs=True)), list(decode(plan.epilogue, runs=True))

    def run(self, rows: Array, parameters: Array | None, values: Array, results: Array | None, threads: int) -> None:
        """Fill the arrays `values` (n, n_rows) and, if wanted, `results` from `rows` (n, n_inputs) and the parameters'
        numbers, None if there are none."""
        plan, n = self.plan, len(rows)
        table = plan.table.tolist()
        given = [] if parameters is None else parameters.tolist()
        table[plan.parameters : plan.count + 1] = [*given, *(rows[0].tolist() if self.one_row else []), n]
        _once(self.prologue, table)
        if plan.frequent >= 0:
            values[:] = table[plan.frequent]
        values[:, plan.fixed[::2]] = [table[i] for i in plan.fixed[1::2]]
        if self.body:
            table[plan.totals : plan.totals + plan.n_totals] = self._blocks(rows, np.array(table), values).tolist()
        _once(self.epilogue, table)
        if results is not None:
            results[:] = [table[i] for i in plan.results[: len(results)]]

    def backward(self, rows: Any, parameters: tuple[Value, ...], values: Array | None, threads: int) -> float | None:
        """Return the mean loss over the rows, and add its gradient to the parameters' `grad`. Return None if `rows` is not
        an (n, n_inputs) array of float64 with n > 0. values: None, or an array (n, n_rows) to fill."""
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

    def _blocks(self, rows: Array, table: Array, values: Array) -> Array:
        """Run the body on all rows, block by block. Return the sums over all rows, added pairwise as within a block."""
        starts = range(0, len(rows), BLOCK)
        with np.errstate(all="ignore"):
            sums = [self._block(rows[i : i + BLOCK], table, values[i : i + BLOCK]) for i in starts]
            while len(sums) > 1:
                sums = [a + b for a, b in zip(sums[::2], sums[1::2])] + sums[len(sums) & ~1 :]
        return sums[0] if sums else np.zeros(self.plan.n_totals)

    def _block(self, rows: Array, table: Array, values: Array) -> Array:
        """Run the body on some rows and fill in their `values`. Return the sums over these rows."""
        registers = np.empty((self.plan.registers, len(rows)))
        sums = np.zeros(self.plan.n_totals)
        for _, name, kinds, at in self.body:
            if name == "load":
                registers[at[0] : at[0] + at[2]] = rows[:, at[1] : at[1] + at[2]].T
            elif name == "store":
                values[:, at[0]] = registers[at[1]]
            elif name == "total":
                sums[at[0]] += registers[at[1]].sum()
            elif name == "outer":
                np.add.at(sums, at[0], registers[at[1]] @ registers[at[2]].T)
            elif name == "matmul":
                targets, c, grid, factors = at
                registers[targets] = (registers[c] if kinds[2] else table[c][:, None]) + table[grid] @ registers[factors]
            elif name == "total_product":
                np.add.at(sums, at[0], registers[at[2]] @ registers[at[1]])
            else:
                registers[at[0]] = _apply(name, [registers[i] if kind else table[i] for kind, i in zip(kinds, at[1:])])
        return sums


def _once(steps: list[Step], table: list[float]) -> None:
    """Run a prologue or an epilogue on Python floats; it has few instructions, mostly different ones."""
    for length, name, kinds, at in steps:
        if name == "dot":
            c, a, _ = kinds
            for k in range(length):
                total = table[at[1] + k * c]
                for i, j in zip(at[2], at[3]):
                    total += table[i + k * a] * table[j + k]
                table[at[0] + k] = total
        elif name == "matmul":
            xs = [table[i] for i in at[3]]
            for target, c, row in zip(at[0], at[1], at[2]):
                table[target] = sum(map(operator.mul, [table[i] for i in row], xs), table[c])
        elif length == 1:
            table[at[0]] = ON_FLOATS[name](*[table[i] for i in at[1:]])
        else:  # a column is a run of neighbours
            columns = [table[i : i + length] if kind else repeat(table[i], length) for kind, i in zip(kinds, at[1:])]
            table[at[0] : at[0] + length] = map(ON_FLOATS[name], *columns)


def _apply(name: str, xs: list[Any]) -> Any:
    if name != "dot":
        return FUNCTIONS[name](*xs)
    c, a, b = xs  # the factors (k,) and (k,) or (k, n), or both (k, n)
    return c + (a @ b if a.ndim == 1 else np.einsum("kn,kn->n", a, b))


def decode(code: array[int], runs: bool) -> Iterator[Step]:
    """Decode the instructions of a body, or of a prologue or epilogue (`runs`). Yield the length of each run, the name, the
    kinds of the operands, and [target, operands...].

    The operands of a dot are c and two lists of factors. A total_product has a list of targets, the common factor, and the
    list of the other factors. A matmul has a list of targets, one of c, the grid of first factors, and the second factors.
    An outer has a grid of targets and two lists of factors.
    """
    at = 0
    while at < len(code):
        length, at = (code[at], at + 1) if runs else (1, at)
        name, kinds = BY_KERNEL[code[at]]
        target, *operands = code[at + 1 : at + 2 + len(kinds)]
        if name == "dot":  # the kernel's kinds are those of a, b, c
            pairs = code[at + 4 : at + 4 + 2 * operands[0]]
            yield length, name, (kinds[2], *kinds[:2]), [target, operands[1], list(pairs[::2]), list(pairs[1::2])]
            at += 4 + len(pairs)
        elif name == "load":  # the first register, the first column, how many
            yield length, name, kinds, [target, *operands, code[at + 3]]
            at += 4
        elif name in ("matmul", "outer"):
            n, k, first, down, across = code[at + 1 : at + 6]
            grid = [[first + j * down + i * across for i in range(k)] for j in range(n)]
            rest = 2 * n + k if name == "matmul" else n + k
            more = list(code[at + 6 : at + 6 + rest])
            lists = [more[k::2], more[k + 1 :: 2], grid, more[:k]] if name == "matmul" else [grid, more[:n], more[n:]]
            yield length, name, kinds, lists
            at += 6 + rest
        elif name == "total_product":
            pairs = code[at + 3 : at + 3 + 2 * target]
            yield length, name, kinds, [list(pairs[::2]), operands[0], list(pairs[1::2])]
            at += 3 + len(pairs)
        else:
            yield length, name, kinds, [target, *operands]
            at += 2 + len(kinds)
