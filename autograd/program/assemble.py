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
from collections import Counter
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
LOAD, STORE = KERNELS["load", (1,)], KERNELS["store", (1,)]
PRODUCTS, OUTER = KERNELS["total_product", (1, 1)], KERNELS["outer", (1, 1)]
MATMUL, MATMUL_ONTO = KERNELS["matmul", (0, 1, 0)], KERNELS["matmul", (0, 1, 1)]
IRREGULAR = 1 << 30  # no distance between places
LAST_RANK = (1 << 24) - 1
FLOPS: Any = array("i", [row.flops for row in BY_CODE])
KERNEL: Any = array("h", [-1]) * (8 * len(BY_CODE))  # by instruction and kinds of operands, as bits; -1: swap factors
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
    frequent                  for those of them that are the same for all examples, the most frequent place; or -1
    fixed                     pairs, for each other one: its number, its place
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
    frequent: int = -1
    fixed: array[int] = field(default_factory=lambda: array("i"))
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
    fixed = assembly.fixed.close()
    if fixed:
        plan.frequent = Counter(fixed[1::2]).most_common(1)[0][0]
        others = [pair for pair in zip(fixed[::2], fixed[1::2]) if pair[1] != plan.frequent]
        plan.fixed = array("i", [x for pair in others for x in pair])
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
    fixed: Column
    layer: Column
    row: Column

    def __init__(self, code: Instructions, n_parameters: int) -> None:
        self.code = code
        self.n = len(code.codes)
        self.codes: Any = code.codes
        self.starts: Any = code.starts
        self.operands: Any = code.operands
        self.varies: Any = code.varies
        self.at: Any = column(self.n)
        self.ranks: Any = column(self.n, len(code.results))  # to begin with, after all results
        self.sums: Any = column(self.n, -1)
        self.left: Any = uses(code)  # the number of uses that are yet to come
        self.plan = Plan(n_parameters=n_parameters, n_rows=len(code.rows))
        self.totals = self.registers = self.flops = 0
        self.free, self.body, self.fixed = Column(), Column(2 * self.n), Column()
        self.level: Any = column(1)  # values that are being sorted, their keys, and room for half of both
        self.keys: Any = array("q")
        self.spare: Any = column(1)
        self.spare_keys: Any = array("q")
        self.layer, self.row = Column(), Column()  # dots, and sums of products, to be appended together
        self.outputs: dict[int, list[int]] = {}  # the values wanted for each example, and their columns
        self.blocks: dict[Any, list[tuple[int, list[int]]]] = {}  # by other factors: rows of (common factor, targets)

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
        """Assemble prologue and epilogue level by level, with equal operations together."""
        depth: Any = column(self.n, -1)
        late: Any = bytearray(self.n)  # True if it depends on a total
        sizes = Column()  # of the levels
        for v in range(self.n):
            op = self.codes[v]
            if self.sums[v] >= 0:
                late[v] = True
            elif op > LEAVES and not self.varies[v]:
                depth[v] = 0
                for i in range(self.starts[v], self.starts[v + 1]):
                    x = self.operands[i]
                    if depth[x] >= depth[v]:
                        depth[v] = depth[x] + 1
                    if late[x]:
                        late[v] = True
                while sizes.n <= depth[v]:
                    sizes.push(0)
                sizes.data[depth[v]] += 1
        widest = 0
        for k in range(sizes.n):
            widest = max(widest, sizes.data[k])
        self.level, self.keys = column(widest), array("q", [0]) * widest
        self.spare, self.spare_keys = column(widest // 2), array("q", [0]) * (widest // 2)
        self.plan.prologue = self.in_table(self.by_level(depth, late, sizes, False), depth)
        self.plan.epilogue = self.in_table(self.by_level(depth, late, sizes, True), depth)

    def by_level(self, depth: Any, late: Any, sizes: Column, want_late: bool) -> Any:
        """List the values that are computed once, early or late ones, level by level."""
        ends: Any = column(sizes.n + 1)
        for k in range(sizes.n):
            ends[k + 1] = ends[k] + sizes.data[k]
        order: Any = column(ends[sizes.n] + 1, -1)
        for v in range(self.n):
            if depth[v] >= 0 and late[v] == want_late:
                order[ends[depth[v]]] = v
                ends[depth[v]] += 1
        n = 0
        for k in range(len(order)):
            if order[k] >= 0:
                order[n] = order[k]
                n += 1
        return order[:n]

    def in_table(self, order: Any, depth: Any) -> array[int]:
        """Encode values level by level, sorted by operation and by the places of their operands. Equal operations on
        neighbours then have neighbouring results, and can be one run."""
        out, first_free, first, n = Column(4), len(self.plan.table), 0, len(order)
        while first < n:
            last = first + 1
            while last < n and depth[order[last]] == depth[order[first]]:
                last += 1
            for k in range(last - first):
                self.level[k], self.keys[k] = order[first + k], self.key(order[first + k])
            self.sort(0, last - first)
            for k in range(last - first):
                order[first + k] = self.level[k]
                self.at[self.level[k]] = first_free
                first_free += 1
            self.runs(out, order, first, last)
            first = last
        self.plan.table.extend(array("d", [0.0]) * n)
        return out.close()

    def key(self, v: int) -> int:
        """Return a number by which to sort v: by its operation, the first result that depends on it (the last ones count as
        one), and the place of its first operand (of a dot, first factor)."""
        op, rank = self.codes[v], self.ranks[v]
        x = self.at[self.operands[self.starts[v] + (2 if op == DOT else 0)]]
        return (op << 56) | ((rank if rank < LAST_RANK else LAST_RANK) << 32) | x  # type: ignore[no-any-return]  # integers

    def second(self, v: int) -> int:
        """Return the place of v's second operand, which decides between equal keys, or 0."""
        if self.starts[v + 1] - self.starts[v] < 2:
            return 0
        return self.at[self.operands[self.starts[v] + 1]]  # type: ignore[no-any-return]  # a column of integers

    def sort(self, first: int, last: int) -> None:
        """Sort a part of the level, and its keys, by merging its sorted halves."""
        if last - first < 2:
            return
        level, keys, spare, spare_keys = self.level, self.keys, self.spare, self.spare_keys
        middle = (first + last) // 2
        self.sort(first, middle)
        self.sort(middle, last)
        if not self.before(keys[middle], level[middle], keys[middle - 1], level[middle - 1]):
            return
        for k in range(middle - first):
            spare[k], spare_keys[k] = level[first + k], keys[first + k]
        left, right, to = 0, middle, first
        while left < middle - first:
            if right < last and self.before(keys[right], level[right], spare_keys[left], spare[left]):
                level[to], keys[to] = level[right], keys[right]
                right += 1
            else:
                level[to], keys[to] = spare[left], spare_keys[left]
                left += 1
            to += 1

    def before(self, key: int, v: int, other: int, w: int) -> bool:
        """True if v, with this key, sorts before w with the other one."""
        return key < other or (key == other and self.second(v) < self.second(w))

    def runs(self, out: Column, order: Any, first: int, last: int) -> None:
        """Encode these instructions, joining equal instructions on neighbouring places into runs, and dots into layers."""
        k, layer = first, self.layer
        while k < last:
            v = order[k]
            if self.codes[v] == DOT:
                layer.push(v)
                while k + layer.n < last and self.continues(layer, order[k + layer.n]):
                    layer.push(order[k + layer.n])
                length = layer.n
                if length > 1 or (self.starts[v + 1] - self.starts[v] > 16 and self.step(v) == 1):
                    out.push(1)
                    self.matmul(out, layer)
                    k += length
                    layer.n = 0
                    continue
                layer.n = 0
            length = self.run(order, k, last)
            kinds = 7 if length == 1 else 0
            if length > 1:
                for i in range(min(3, self.starts[v + 1] - self.starts[v])):
                    kinds |= self.distance(v, order[k + 1], i) << i
            out.push(length)
            self.encode(out, v, self.at[v], kinds)
            k += length

    def distance(self, v: int, w: int, i: int) -> int:
        """Return the distance between the places of operand i of v and of w."""
        return self.at[self.operands[self.starts[w] + i]] - self.at[self.operands[self.starts[v] + i]]  # type: ignore[no-any-return]  # a column of integers

    def run(self, order: Any, k: int, last: int) -> int:
        """Return the length of the run that begins at k: equal instructions, where each operand either stays in its place
        or moves on by one place each time. In dots, all first factors move or stay together, and so do all second ones."""
        v, w = order[k], order[k]
        count, length = self.starts[v + 1] - self.starts[v], 1
        while k + length < last:
            u = order[k + length]
            if self.codes[u] != self.codes[v] or self.starts[u + 1] - self.starts[u] != count:
                break
            moved, same = False, True
            for i in range(count):
                step = self.distance(w, u, i)
                expected = step if length == 1 else self.distance(v, order[k + 1], i)
                if i > 2 and length == 1:
                    expected = self.distance(v, u, i - 2)
                same = same and 0 <= step <= 1 and step == expected
                moved = moved or step == 1
            if not same or not moved:
                break
            w = u
            length += 1
        return length

    def encode(self, out: Column, v: int, target: int, kinds: int) -> None:
        """Append instruction v. kinds has a bit for each operand: 1 for a column, 0 for a single number."""
        op, start, count = self.codes[v], self.starts[v], self.starts[v + 1] - self.starts[v]
        if op == DOT:  # operands c, a, b, a, b...; the bits are those of a, b, c
            swap = (kinds & 6) == 2  # columns are second factors
            out.push(KERNEL[8 * op + (2 if swap else (kinds >> 1) & 3) + 4 * (kinds & 1)])
            out.push(target)
            out.push(count // 2)
            out.push(self.at[self.operands[start]])
            for i in range(start + 1, start + count):
                other = i + (1 if (i - start) % 2 else -1)
                out.push(self.at[self.operands[other if swap else i]])
        elif KERNEL[8 * op + (kinds & ((1 << count) - 1))] >= 0:
            out.push(KERNEL[8 * op + (kinds & ((1 << count) - 1))])
            out.push(target)
            for i in range(start, start + count):
                out.push(self.at[self.operands[i]])
        else:  # with the factors swapped
            out.push(KERNEL[8 * op + ((kinds & 1) << 1) + ((kinds >> 1) & 1) + (kinds & 4)])
            out.push(target)
            out.push(self.at[self.operands[start + 1]])
            out.push(self.at[self.operands[start]])
            for i in range(start + 2, start + count):
                out.push(self.at[self.operands[i]])

    # Layers: dots over the same second factors

    def step(self, v: int) -> int:
        """Return the distance between the places of a dot's first factors, or IRREGULAR if it is not always the same."""
        start, stop = self.starts[v] + 1, self.starts[v + 1]
        if self.varies[self.operands[start]]:
            return IRREGULAR
        step = self.at[self.operands[start + 2]] - self.at[self.operands[start]] if stop - start > 2 else 0
        for i in range(start + 2, stop, 2):
            if self.at[self.operands[i]] - self.at[self.operands[i - 2]] != step:
                return IRREGULAR
        return step

    def continues(self, layer: Column, v: int) -> bool:
        """True if v is a dot over the same second factors as those of the layer, and its first factors, such as weights,
        continue the rows and columns of theirs."""
        if self.codes[v] != DOT:
            return False
        w, last = layer.data[0], layer.data[layer.n - 1]
        here, start, count = self.starts[v], self.starts[w], self.starts[w + 1] - self.starts[w]
        if self.starts[v + 1] - here != count:
            return False
        if self.varies[self.operands[here]] != self.varies[self.operands[start]]:
            return False
        for i in range(2, count, 2):
            if self.operands[here + i] != self.operands[start + i]:
                return False
        distance = self.at[self.operands[here + 1]] - self.at[self.operands[self.starts[last] + 1]]
        if layer.n > 1 and distance != self.between(layer):
            return False
        step = self.step(w)
        return step != IRREGULAR and self.step(v) == step

    def between(self, layer: Column) -> int:
        """Return the distance between the first factors of the first two dots, or 0."""
        if layer.n < 2:
            return 0
        first, second = self.starts[layer.data[0]] + 1, self.starts[layer.data[1]] + 1
        return self.at[self.operands[second]] - self.at[self.operands[first]]  # type: ignore[no-any-return]  # a column of integers

    def matmul(self, out: Column, layer: Column) -> None:
        """Append a layer of dots: a matrix times the vector of the second factors."""
        v = layer.data[0]
        start, stop = self.starts[v], self.starts[v + 1]
        out.push(MATMUL_ONTO if self.varies[self.operands[start]] or not self.varies[v] else MATMUL)
        out.push(layer.n)
        out.push((stop - start) // 2)
        out.push(self.at[self.operands[start + 1]])
        out.push(self.between(layer))
        out.push(self.step(v))
        for i in range(start + 2, stop, 2):
            out.push(self.at[self.operands[i]])
        for k in range(layer.n):
            out.push(self.at[layer.data[k]])
            out.push(self.at[self.operands[self.starts[layer.data[k]]]])

    # The body, for each example

    def on_rows(self, reuse: bool) -> None:
        """Assemble the body in order, allocating registers by liveness."""
        self.load_inputs()
        for k in range(len(self.code.rows)):
            v = self.code.rows[k]
            if self.varies[v]:
                self.outputs.setdefault(v, []).append(k)
            else:
                self.fixed.push(k)
                self.fixed.push(self.at[v])
        for v in range(self.n):
            op = self.codes[v]
            if op == TOTAL_PRODUCT:
                assert self.varies[self.operands[self.starts[v]]] and self.varies[self.operands[self.starts[v] + 1]]
                self.finish_layer(reuse)
                if self.row.n and not self.shared(self.row, v):
                    self.finish_row()
                self.row.push(v)
            elif self.varies[v] or op == TOTAL:
                self.finish_products(reuse)
                if self.layer.n and not self.continues(self.layer, v):
                    self.finish_layer(reuse)
                if op == DOT:
                    self.layer.push(v)
                elif op == INPUT:
                    self.store(v, reuse)
                else:
                    self.on_row(v, reuse)
        self.finish_layer(reuse)
        self.finish_products(reuse)

    def store(self, v: int, reuse: bool) -> None:
        """Append the stores of a value that is wanted for each example."""
        if v in self.outputs:
            for k in self.outputs[v]:
                self.body.push(STORE)
                self.body.push(k)
                self.body.push(self.at[v])
                self.release(v, reuse)

    def finish_layer(self, reuse: bool) -> None:
        """Append the dots of a layer, and empty it. Their results never take the registers of their factors."""
        layer = self.layer
        if layer.n == 1:
            self.on_row(layer.data[0], reuse)
        elif layer.n:
            for k in range(layer.n):
                self.at[layer.data[k]] = self.register()
            self.matmul(self.body, layer)
            for k in range(layer.n):
                v = layer.data[k]
                for i in range(self.starts[v], self.starts[v + 1]):
                    self.release(self.operands[i], reuse)
                self.flops += FLOPS[DOT] * ((self.starts[v + 1] - self.starts[v]) // 2)
                self.store(v, reuse)
        layer.n = 0

    def load_inputs(self) -> None:
        """Load each input that occurs into a separate register, neighbouring columns together."""
        first = count = 0
        for v in range(self.n):
            if self.codes[v] == INPUT:
                self.at[v] = self.registers + count
                if count and self.operands[self.starts[v]] == first + count:
                    count += 1
                    continue
                self.load(first, count)
                self.at[v] = self.registers
                first, count = self.operands[self.starts[v]], 1
        self.load(first, count)

    def load(self, first: int, count: int) -> None:
        """Append the load of some neighbouring inputs into the next registers."""
        if count:
            for x in (LOAD, self.registers, first, count):
                self.body.push(x)
        self.registers += count

    def on_row(self, v: int, reuse: bool) -> None:
        """Append one instruction. Its result may take the register of an operand that is not needed any more."""
        op, start, stop = self.codes[v], self.starts[v], self.starts[v + 1]
        kinds = 0
        for i in range(start, stop):
            if i - start < 3 and self.varies[self.operands[i]]:
                kinds |= 1 << (i - start)
            self.release(self.operands[i], reuse)
        if op == TOTAL:
            assert kinds
            self.encode(self.body, v, self.at[v] - self.totals, kinds)
        else:
            self.at[v] = self.register()
            self.encode(self.body, v, self.at[v], kinds)
            self.store(v, reuse)
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
        """Find the factor that v shares with the group: 1 or 2 for that factor of the first product, 0 if there is none."""
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

    def finish_row(self) -> None:
        """Split the products of one value with others where the distance between targets changes, and add the parts to the
        blocks that have the same others."""
        row = self.row
        first = self.starts[row.data[0]]
        common = self.operands[first + (1 if self.shared(row, row.data[row.n - 1]) == 2 else 0)]
        others: list[int] = []
        targets: list[int] = []
        for k in range(row.n):
            v = row.data[k]
            a, b = self.operands[self.starts[v]], self.operands[self.starts[v] + 1]
            target = self.at[v] - self.totals
            if len(targets) > 1 and target - targets[len(targets) - 1] != targets[1] - targets[0]:
                self.blocks.setdefault(tuple(others), []).append((common, targets))
                others, targets = [], []
            others.append(b if a == common else a)
            targets.append(target)
        self.blocks.setdefault(tuple(others), []).append((common, targets))
        row.n = 0

    def finish_blocks(self, reuse: bool) -> None:
        """Append the products of the blocks, and empty them; rows with regular targets become a product of matrices."""
        for others, rows in self.blocks.items():
            first = 0
            rows.sort(key=first_target)
            while first < len(rows):
                last = first + 1
                while last < len(rows) and in_line(rows, first, last):
                    last += 1
                self.outer(others, rows[first:last])
                first = last
            for common, _ in rows:
                for other in others:
                    self.release(common, reuse)
                    self.release(other, reuse)
                self.flops += 2 * len(others)
        self.blocks = {}

    def outer(self, others: tuple[int, ...], rows: list[tuple[int, list[int]]]) -> None:
        """Append the products of several values with the same others, or of one value with others."""
        common, targets = rows[0]
        if len(rows) > 1:
            across = targets[1] - targets[0] if len(targets) > 1 else 0
            numbers = [len(rows), len(others), targets[0], rows[1][1][0] - targets[0], across]
            for x in [OUTER, *numbers, *[self.at[row[0]] for row in rows], *[self.at[other] for other in others]]:
                self.body.push(x)
            return
        self.body.push(PRODUCTS)
        self.body.push(len(others))
        self.body.push(self.at[common])
        for target, other in zip(targets, others):
            self.body.push(target)
            self.body.push(self.at[other])

    def finish_products(self, reuse: bool) -> None:
        """Append all products that are waiting."""
        if self.row.n:
            self.finish_row()
        if self.blocks:
            self.finish_blocks(reuse)


def first_target(row: tuple[int, list[int]]) -> int:
    """Return the first target of a row of products."""
    return row[1][0]


def in_line(rows: list[tuple[int, list[int]]], first: int, last: int) -> bool:
    """True if the targets of row `last` continue the columns formed by the targets of the rows from `first` on."""
    a, b, c, d = rows[first][1], rows[first + 1][1], rows[last - 1][1], rows[last][1]
    return d[0] - c[0] == b[0] - a[0] and (len(a) < 2 or d[1] - d[0] == a[1] - a[0])
