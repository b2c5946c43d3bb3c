"""Assemble instructions to machine code: allocate registers, and decide what runs when.

Values that are the same for all examples are kept in a table of numbers. They are computed once, before the examples
(prologue) or after them (epilogue). Values that differ are kept in registers, with one number for each example of a block;
a register is reused after the last use of its value.

Totals are accumulated block by block in the table, starting at 0.

Machine code is a column of integers: a kernel (`kernels.KERNELS`), the place of the result, and the places of the operands.
In the prologue and epilogue, the length of a run comes first: the same instruction on neighbouring places is one run.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Any

from autograd.program.instructions import BY_CODE, LEAVES, SET, TOTALS, Instructions
from autograd.program.kernels import KERNELS
from autograd.program.passes import column, uses
from autograd.program.writer import Column

CONSTANT, PARAMETER, INPUT, COUNT, DOT, ADD = (
    SET[name].code for name in ("constant", "parameter", "input", "count", "dot", "add")
)
TOTAL, TOTAL_PRODUCT = TOTALS
LOAD, STORE_ONE, STORE = KERNELS["load", (1,)], KERNELS["store", (0,)], KERNELS["store", (1,)]
PRODUCTS = KERNELS["total_product", (1, 1)]
Key = tuple[int, int, int, int]  # what instructions that are computed once are sorted by: level, operation, rank, value
FLOPS: Any = array("i", [row.flops for row in BY_CODE])
KERNEL: Any = array("h", [-1]) * (8 * len(BY_CODE))  # by instruction and kinds of operands, as bits; -1: swap
for (_name, _kinds), _kernel in KERNELS.items():
    if _name in SET:
        KERNEL[8 * SET[_name].code + sum(kind << i for i, kind in enumerate(_kinds))] = _kernel


@dataclass
class Plan:
    """The code and data that the machine runs.

    prologue, body, epilogue  machine code
    registers                 the number of registers that the body needs
    table                     the initial table of numbers: the constants, then room for the rest
    parameters, count, totals the places in the table where these begin
    n_parameters, n_totals    the numbers of parameters and totals
    n_rows                    the number of values wanted for each example
    results                   the places in the table of the values wanted once
    flops                     floating-point operations per example
    """

    prologue: array[int] = field(default_factory=lambda: array("i"))
    body: array[int] = field(default_factory=lambda: array("i"))
    epilogue: array[int] = field(default_factory=lambda: array("i"))
    registers: int = 0
    table: array[float] = field(default_factory=lambda: array("d"))
    parameters: int = 0
    n_parameters: int = 0
    count: int = 0
    totals: int = 0
    n_totals: int = 0
    n_rows: int = 0
    results: array[int] = field(default_factory=lambda: array("i"))
    flops: int = 0


def assemble(code: Instructions, n_parameters: int, reuse: bool = True) -> Plan:
    """Assemble the machine code. With reuse=False, every value gets a separate register."""
    assembly = Assembly(code, n_parameters)
    assembly.lay_table()
    assembly.once()
    assembly.on_rows(reuse)
    plan = assembly.plan
    plan.body = assembly.body.close()
    plan.registers, plan.flops = assembly.registers, assembly.flops
    plan.results = array("i", [assembly.at[v] for v in code.results])
    return plan


class Assembly:
    """The state of assembling a list of instructions.

    at    the place of each value, in the table or in a register
    sums  for a total or a sum of totals, the outermost sum that contains it; otherwise -1
    """

    n: int
    plan: Plan
    totals: int
    registers: int
    flops: int
    free: Column
    body: Column

    def __init__(self, code: Instructions, n_parameters: int) -> None:
        self.code = code
        self.n = len(code.codes)
        self.codes: Any = code.codes
        self.starts: Any = code.starts
        self.operands: Any = code.operands
        self.varies: Any = code.varies
        self.at: Any = column(self.n)
        self.ranks: Any = column(self.n, len(code.results))  # after them all
        self.sums: Any = column(self.n, -1)
        self.left: Any = uses(code)  # the number of uses that are yet to come
        self.plan = Plan(n_parameters=n_parameters, n_rows=len(code.rows))
        self.totals = self.registers = self.flops = 0
        self.free, self.body = Column(), Column(2 * self.n)

    # The table, and the values computed once

    def merge(self) -> None:
        """Set `sums`. Totals that are only added together, such as those of a shared weight, share one accumulator."""
        for v in range(self.n):
            if self.codes[v] == TOTAL or self.codes[v] == TOTAL_PRODUCT:
                self.sums[v] = v
            elif self.codes[v] == ADD:
                x, y = self.operands[self.starts[v]], self.operands[self.starts[v] + 1]
                if self.sums[x] >= 0 and self.sums[y] >= 0 and self.left[x] == 1 and self.left[y] == 1:
                    self.sums[v] = v
        for v in range(self.n - 1, -1, -1):
            if self.codes[v] == ADD and self.sums[v] >= 0:
                self.sums[self.operands[self.starts[v]]] = self.sums[self.operands[self.starts[v] + 1]] = self.sums[v]

    def rank(self) -> None:
        """Set `ranks`: for values that are the same for all examples, the first result that each contributes to."""
        for i in range(len(self.code.results) - 1, -1, -1):
            self.ranks[self.code.results[i]] = i
        for v in range(self.n - 1, -1, -1):
            if self.codes[v] > TOTAL_PRODUCT and not self.varies[v]:
                for i in range(self.starts[v], self.starts[v + 1]):
                    x = self.operands[i]
                    if self.ranks[x] > self.ranks[v]:
                        self.ranks[x] = self.ranks[v]

    def lay_table(self) -> None:
        """Give constants, parameters, the count and the totals their places in the table. Totals are in the order of the
        results that they contribute to, so that the epilogue can work on runs of neighbours."""
        self.rank()
        self.merge()
        plan, constants, totals = self.plan, array("d"), []
        for v in range(self.n):
            if self.codes[v] == CONSTANT:
                self.at[v] = len(constants)
                constants.append(self.code.numbers[self.operands[self.starts[v]]])
            elif self.sums[v] == v:
                totals.append((self.ranks[v], v))
        plan.parameters = len(constants)
        plan.count = plan.parameters + plan.n_parameters
        plan.totals, plan.n_totals = plan.count + 1, len(totals)
        self.totals = plan.totals
        for v in range(self.n):
            if self.codes[v] == PARAMETER:
                self.at[v] = plan.parameters + self.operands[self.starts[v]]
            elif self.codes[v] == COUNT:
                self.at[v] = plan.count
        totals.sort()
        for k in range(len(totals)):
            self.at[totals[k][1]] = self.totals + k
        for v in range(self.n):
            if self.sums[v] >= 0:
                self.at[v] = self.at[self.sums[v]]
        plan.table = constants
        plan.table.extend(array("d", [0.0]) * (plan.totals + plan.n_totals - len(constants)))

    def once(self) -> None:
        """Assemble prologue and epilogue level by level, with equal operations together, in the order of their results."""
        levels, lateness = column(self.n), bytearray(self.n)
        depth, late = levels, lateness  # late: it depends on a total
        keys: list[list[Key]] = [[], []]
        for v in range(self.n):
            op = self.codes[v]
            if self.sums[v] >= 0:
                late[v] = True
            elif op > LEAVES and not self.varies[v]:
                for i in range(self.starts[v], self.starts[v + 1]):
                    x = self.operands[i]
                    if depth[x] >= depth[v]:
                        depth[v] = depth[x] + 1
                    if late[x]:
                        late[v] = True
                keys[late[v]].append((depth[v], op, self.ranks[v], v))
        self.plan.prologue, self.plan.epilogue = self.runs(keys[0]), self.runs(keys[1])

    def runs(self, keys: list[Key]) -> array[int]:
        """Encode these instructions in sorted order, joining equal instructions on neighbouring places into runs."""
        keys.sort()
        order = [v for _, _, _, v in keys]
        out, first_free = Column(4 * len(order)), len(self.plan.table)
        self.plan.table.extend(array("d", [0.0]) * len(order))
        for k in range(len(order)):
            self.at[order[k]] = first_free + k
        k = 0
        while k < len(order):
            v = order[k]
            length, kinds = 1, 7
            steps: list[int] = []
            places = self.places(v)
            if self.codes[v] != DOT:
                alike = keys[k][:2]  # level and operation
                while k + length < len(order) and keys[k + length][:2] == alike:
                    following = self.places(order[k + length])
                    steps = [q - p for p, q in zip(places, following)] if length == 1 else steps
                    if not {*steps} <= {0, 1} or 1 not in steps:
                        break
                    if any(p + length * step != q for p, q, step in zip(places, following, steps)):
                        break
                    length += 1
                if length > 1:
                    kinds = sum(step << i for i, step in enumerate(steps))
            out.push(length)
            self.encode(out, v, self.at[v], kinds)
            k += length
        return out.close()

    def places(self, v: int) -> list[int]:
        """Return the places of the operands of v."""
        return [self.at[self.operands[i]] for i in range(self.starts[v], self.starts[v + 1])]

    def encode(self, out: Column, v: int, target: int, kinds: int) -> None:
        """Append instruction v. kinds has a bit for each operand: 1 for a column, 0 for a single number."""
        op, start, count = self.codes[v], self.starts[v], self.starts[v + 1] - self.starts[v]
        if op == DOT:  # operands c, a, b, a, b...; the bits are those of a, b, c
            out.push(KERNEL[8 * op + ((kinds >> 1) & 3) + 4 * (kinds & 1)])
            out.push(target)
            out.push(count // 2)
            for i in range(start, start + count):
                out.push(self.at[self.operands[i]])
            return
        kernel = KERNEL[8 * op + (kinds & ((1 << count) - 1))]
        if kernel >= 0:
            out.push(kernel)
            out.push(target)
            for i in range(start, start + count):
                out.push(self.at[self.operands[i]])
            return
        out.push(KERNEL[8 * op + ((kinds & 1) << 1) + ((kinds >> 1) & 1) + (kinds & 4)])  # with the factors swapped
        out.push(target)
        out.push(self.at[self.operands[start + 1]])
        out.push(self.at[self.operands[start]])
        for i in range(start + 2, start + count):
            out.push(self.at[self.operands[i]])

    # The body, for each example

    def on_rows(self, reuse: bool) -> None:
        """Assemble the body in order, allocating registers by liveness."""
        self.load_inputs()
        outputs: dict[int, list[int]] = {}
        for k in range(len(self.code.rows)):
            outputs.setdefault(self.code.rows[k], []).append(k)
        asked = bytearray(self.n)
        wanted = asked
        for v in outputs:
            wanted[v] = True
        group = Column()  # sums of products with a common factor, to be computed together
        for v in range(self.n):
            op = self.codes[v]
            if op in (TOTAL, TOTAL_PRODUCT):
                assert self.varies[self.operands[self.starts[v]]] and self.varies[self.operands[self.starts[v + 1] - 1]]
            if op == TOTAL_PRODUCT:
                if group.n and not self.shared(group, v):
                    self.products(group, reuse)
                group.push(v)
            elif self.varies[v] or op == TOTAL:
                if group.n:
                    self.products(group, reuse)
                if op != INPUT:
                    self.on_row(v, reuse)
            if wanted[v]:
                for k in outputs[v]:
                    self.body.push(STORE if self.varies[v] else STORE_ONE)
                    self.body.push(k)
                    self.body.push(self.at[v])
                    if self.varies[v]:
                        self.release(v, reuse)
        if group.n:
            self.products(group, reuse)

    def load_inputs(self) -> None:
        """Load each input that occurs into a separate register."""
        for v in range(self.n):
            if self.codes[v] == INPUT:
                self.at[v] = self.registers
                self.body.push(LOAD)
                self.body.push(self.registers)
                self.body.push(self.operands[self.starts[v]])
                self.registers += 1

    def on_row(self, v: int, reuse: bool) -> None:
        """Append one instruction. Its result may take the register of an operand that is not needed any more."""
        op, start, stop = self.codes[v], self.starts[v], self.starts[v + 1]
        kinds = 0
        for i in range(start, stop):
            if i - start < 3 and self.varies[self.operands[i]]:
                kinds |= 1 << (i - start)
            self.release(self.operands[i], reuse)
        if op == TOTAL:
            self.encode(self.body, v, self.at[v] - self.totals, kinds)
        else:
            self.at[v] = self.register()
            self.encode(self.body, v, self.at[v], kinds)
        self.flops += FLOPS[op] * ((stop - start) // 2 if op == DOT else 1)

    def register(self) -> int:
        """Return a free register, the most recently used one."""
        if self.free.n:
            self.free.n -= 1
            return self.free.data[self.free.n]  # type: ignore[no-any-return]  # a column of integers
        self.registers += 1
        return self.registers - 1

    def release(self, x: int, reuse: bool) -> None:
        """Count down the uses of x, and free its register after the last."""
        self.left[x] -= 1
        if reuse and self.varies[x] and self.left[x] == 0:
            self.free.push(self.at[x])

    def shared(self, group: Column, v: int) -> int:
        """Find the factor common to the group and v: 1 or 2 for that factor of the first product, 0 if there is none."""
        first, here = self.starts[group.data[0]], self.starts[v]
        a, b = self.operands[first], self.operands[first + 1]
        mine_a, mine_b = (
            self.operands[here] == a or self.operands[here + 1] == a,
            self.operands[here] == b or self.operands[here + 1] == b,
        )
        if group.n == 1:
            return 1 if mine_a else 2 if mine_b else 0
        second = self.starts[group.data[1]]
        if self.operands[second] == a or self.operands[second + 1] == a:
            return 1 if mine_a else 0
        return 2 if mine_b else 0

    def products(self, group: Column, reuse: bool) -> None:
        """Append the sums of products of a group, and empty it."""
        first = self.starts[group.data[0]]
        shared = self.operands[first + (1 if self.shared(group, group.data[group.n - 1]) == 2 else 0)]
        self.body.push(PRODUCTS)
        self.body.push(group.n)
        self.body.push(self.at[shared])
        for k in range(group.n):
            v = group.data[k]
            a, b = self.operands[self.starts[v]], self.operands[self.starts[v] + 1]
            self.body.push(self.at[v] - self.totals)
            self.body.push(self.at[b if a == shared else a])
            self.flops += 2
        for k in range(group.n):
            v = group.data[k]
            self.release(self.operands[self.starts[v]], reuse)
            self.release(self.operands[self.starts[v] + 1], reuse)
        group.n = 0
