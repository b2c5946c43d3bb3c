"""From a list of instructions to machine code: which register each value lives in, and what runs when.

Values that are the same for all rows live in a table of numbers, and are computed once, before the rows (prologue) or after
them (epilogue). Values that differ live in registers, one number for each row of a block, and a register is given to another
value when its last user is done.

Machine code is a column of integers: a kernel (an instruction for operands of certain kinds, `kernels.KERNELS`), where the
result goes, where the operands are. In prologue and epilogue the length of a run comes first: neighbours that do the same
to neighbours are one kernel over all of them.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Any

from autograd.program.instructions import BY_CODE, LEAVES, SET, TOTALS, Instructions
from autograd.program.kernels import KERNELS, LOAD, STORE, TOTAL_PRODUCTS
from autograd.program.passes import uses, varying

CONSTANT, PARAMETER, INPUT, COUNT, DOT = (SET[name].code for name in ("constant", "parameter", "input", "count", "dot"))
TOTAL, TOTAL_PRODUCT = TOTALS
NAMES = [row.name for row in BY_CODE]
PER_FLOP = [row.flops for row in BY_CODE]


@dataclass
class Plan:
    """What the machine runs.

    prologue, body, epilogue  machine code
    registers                 how many registers of a row each the body needs
    table                     the table of numbers at the start: the constants, then room for the rest
    parameters, count, totals where in the table these begin; n_parameters, n_totals how many there are
    n_rows                    how many values are wanted for each row
    results                   where in the table those wanted once are at the end
    flops                     floating-point operations for one row
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
    """The machine code; with reuse=False every value has a register of its own."""
    varies = varying(code)
    plan = Plan(n_parameters=n_parameters, n_rows=len(code.rows))
    at = _table(code, varies, plan)
    _once(code, varies, at, plan)
    _body(code, varies, at, plan, reuse)
    plan.results = array("i", [at[v] for v in code.results])
    return plan


def _table(code: Instructions, varies: bytearray, plan: Plan) -> Any:
    """Give constants, parameters, the count and the totals their places in the table; totals in the order of the results
    that they go into, so that the epilogue can work on neighbours."""
    codes, starts, operands = code.codes, code.starts, code.operands
    at = array("i", [-1]) * len(codes)
    ranks = _ranks(code, varies)
    totals = []
    constants = array("d")
    for v in range(len(codes)):
        if codes[v] == CONSTANT:
            at[v] = len(constants)
            constants.append(code.numbers[operands[starts[v]]])
        elif codes[v] == TOTAL or codes[v] == TOTAL_PRODUCT:
            totals.append((ranks[v] << 32) + v)
    plan.parameters = len(constants)
    plan.count = plan.parameters + plan.n_parameters
    plan.totals, plan.n_totals = plan.count + 1, len(totals)
    for v in range(len(codes)):
        if codes[v] == PARAMETER:
            at[v] = plan.parameters + operands[starts[v]]
        elif codes[v] == COUNT:
            at[v] = plan.count
    totals.sort()
    for i in range(len(totals)):
        at[totals[i] & 0xFFFFFFFF] = plan.totals + i
    plan.table = constants
    plan.table.extend(array("d", [0.0]) * (plan.totals + plan.n_totals - len(constants)))
    return at


def _ranks(code: Instructions, varies: bytearray) -> Any:
    """(n,) for values that are the same for all rows: the first result that each goes into."""
    codes, starts, operands = code.codes, code.starts, code.operands
    ranks = array("i", [0x3FFFFFFF]) * len(codes)
    for i in range(len(code.results) - 1, -1, -1):
        ranks[code.results[i]] = i
    for v in range(len(codes) - 1, -1, -1):
        if codes[v] > TOTAL_PRODUCT and not varies[v]:
            for i in range(starts[v], starts[v + 1]):
                x = operands[i]
                if ranks[x] > ranks[v]:
                    ranks[x] = ranks[v]
    return ranks


def _once(code: Instructions, varies: bytearray, at: Any, plan: Plan) -> None:
    """Prologue and epilogue: level by level, the same operations beside each other, in the order of their results."""
    codes, starts, operands = code.codes, code.starts, code.operands
    ranks = _ranks(code, varies)
    levels = array("i", [0]) * len(codes)
    late = bytearray(len(codes))  # whether it depends on a total
    keys: list[list[int]] = [[], []]
    for v in range(len(codes)):
        op = codes[v]
        if op == TOTAL or op == TOTAL_PRODUCT:
            late[v] = 1
        elif op > LEAVES and not varies[v]:
            level = 0
            for i in range(starts[v], starts[v + 1]):
                x = operands[i]
                level = max(level, levels[x])
                late[v] |= late[x]
            levels[v] = level + 1
            keys[late[v]].append((((((level << 8) + op) << 30) + ranks[v]) << 32) + v)
    for part, out in ((keys[0], plan.prologue), (keys[1], plan.epilogue)):
        part.sort()
        _runs(code, [key & 0xFFFFFFFF for key in part], at, plan, out)


def _runs(code: Instructions, order: list[int], at: Any, plan: Plan, out: Any) -> None:
    """Append these instructions, in this order, neighbours on neighbours as one run."""
    codes, starts, operands = code.codes, code.starts, code.operands
    free = len(plan.table)
    plan.table.extend(array("d", [0.0]) * len(order))
    for v in order:
        at[v] = free
        free += 1
    i = 0
    while i < len(order):
        v = order[i]
        op, length = codes[v], 1
        first = _places(code, at, v)
        steps: list[int] = []
        while op != DOT and i + length < len(order) and codes[order[i + length]] == op:
            following = _places(code, at, order[i + length])
            if length == 1:
                steps = [q - p for p, q in zip(first, following)]
                if min(steps) < 0 or max(steps) != 1:
                    break
            if any(p + length * step != q for p, q, step in zip(first, following, steps)):
                break
            length += 1
        out.append(length)
        _encode(out, op, at[v], first, [1] * len(first) if length == 1 else steps)
        i += length


def _places(code: Instructions, at: Any, v: int) -> list[int]:
    return [at[x] for x in code.operands[code.starts[v] : code.starts[v + 1]]]


def _encode(out: Any, op: int, target: int, places: list[int], kinds: Any) -> None:
    """Append one instruction. kinds: for each operand whether it is a column (1) or a single number (0)."""
    name = NAMES[op]
    if op == DOT:
        pattern = (kinds[1], kinds[2], kinds[0])
        out.extend((KERNELS[name, pattern], target, len(places) // 2))
        out.extend(places)
        return
    if (name, tuple(kinds)) not in KERNELS:  # the factors the other way round
        places, kinds = [places[1], places[0], *places[2:]], [kinds[1], kinds[0], *kinds[2:]]
    out.append(KERNELS[name, tuple(kinds)])
    out.append(target)
    out.extend(places)


def _body(code: Instructions, varies: bytearray, at: Any, plan: Plan, reuse: bool) -> None:
    """The instructions on rows, in their order, with registers by liveness."""
    codes, starts, operands, out = code.codes, code.starts, code.operands, plan.body
    left = uses(code) if reuse else array("i", [0x3FFFFFFF]) * len(codes)  # how many uses are still to come
    outputs: dict[int, list[int]] = {}
    for k in range(len(code.rows)):
        outputs.setdefault(code.rows[k], []).append(k)
    free: list[int] = []
    for v in range(len(codes)):
        if codes[v] == INPUT:
            at[v] = plan.registers
            plan.registers += 1
            out.extend((LOAD, at[v], operands[starts[v]]))
    group: list[int] = []  # sums of products with one factor in common, to be done in one go
    for v in range(len(codes)):
        op = codes[v]
        if op == TOTAL_PRODUCT:
            if group and not _common(code, [*group, v]):
                _totals(code, group, at, left, free, plan)
            group.append(v)
            continue
        if not (varies[v] or op == TOTAL):
            if v in outputs:
                for k in outputs[v]:
                    out.extend((KERNELS["store", (0,)], k, at[v]))
            continue
        if group:
            _totals(code, group, at, left, free, plan)
        if op != INPUT:
            xs = operands[starts[v] : starts[v + 1]]
            places = [at[x] for x in xs]
            for x in xs:
                _release(x, varies, at, left, free)
            if op != TOTAL:
                if free:
                    at[v] = free.pop()
                else:
                    at[v] = plan.registers
                    plan.registers += 1
            target = at[v] - plan.totals if op == TOTAL else at[v]
            _encode(out, op, target, places, [varies[x] for x in xs])
            plan.flops += PER_FLOP[op] * (len(xs) // 2 if op == DOT else 1)
        if v in outputs:
            for k in outputs[v]:
                out.extend((KERNELS["store", (1,)], k, at[v]))
                _release(v, varies, at, left, free)
    if group:
        _totals(code, group, at, left, free, plan)


def _release(x: int, varies: bytearray, at: Any, left: Any, free: list[int]) -> None:
    """One use of x is done; after the last its register is free."""
    if varies[x]:
        left[x] -= 1
        if left[x] == 0:
            free.append(at[x])


def _common(code: Instructions, group: list[int]) -> int:
    """Whether these sums of products have a factor in common: 1 the first's first, 2 its second, 0 none."""
    a, b = code.operands[code.starts[group[0]]], code.operands[code.starts[group[0]] + 1]
    first = second = True
    for v in (group[1], group[-1]) if len(group) > 1 else ():
        xs = code.operands[code.starts[v] : code.starts[v + 1]]
        first, second = first and a in xs, second and b in xs
    return 1 if first else 2 if second else 0


def _totals(code: Instructions, group: list[int], at: Any, left: Any, free: list[int], plan: Plan) -> None:
    """Append the sums of products of a group, and empty it."""
    start = code.starts[group[0]]
    shared = code.operands[start + _common(code, group) - 1]
    plan.body.extend((TOTAL_PRODUCTS, len(group), at[shared]))
    for v in group:
        a, b = code.operands[code.starts[v]], code.operands[code.starts[v] + 1]
        plan.body.extend((at[v] - plan.totals, at[b if a == shared else a]))
        plan.flops += 2
    for v in group:
        for x in code.operands[code.starts[v] : code.starts[v + 1]]:
            left[x] -= 1
            if left[x] == 0:
                free.append(at[x])
    group.clear()
