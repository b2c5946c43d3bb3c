"""What is done to a list of instructions to make it shorter. Each pass takes one list and gives another.

What an instruction is comes from the set's rows (`neutral`, `square`, `commutes`, ...); a pass names only the
instructions that it makes, and the sums and products they are made of.
"""

from __future__ import annotations

from array import array
from typing import Any

from autograd import floats
from autograd.program.instructions import BY_CODE, LEAVES, SET, TOTALS, Instructions

CONSTANT, INPUT = SET["constant"].code, SET["input"].code
ADD, MUL, FMA, DOT, WHERE = (SET[name].code for name in ("add", "mul", "fma", "dot", "where"))
TOTAL, TOTAL_PRODUCT = TOTALS
COMPARISONS = frozenset(SET[name].code for name in ("lt", "le", "equal"))
NEUTRAL = {(row.code, side, number) for row in BY_CODE for side, number in row.neutral}
SQUARE = {(row.code, row.square[0]): SET[row.square[1]].code for row in BY_CODE if row.square}
COMMUTES = bytes(row.commutes for row in BY_CODE)


def varying(code: Instructions) -> bytearray:
    """(n,) 1 for values that differ from row to row."""
    codes, starts, operands = code.codes, code.starts, code.operands
    varies = bytearray(len(codes))
    for v in range(len(codes)):
        op = codes[v]
        if op > TOTAL_PRODUCT:
            for i in range(starts[v], starts[v + 1]):
                if varies[operands[i]]:
                    varies[v] = 1
        else:
            varies[v] = op == INPUT
    return varies


def uses(code: Instructions) -> Any:
    """(n,) how often each value is used, by instructions or as a result."""
    codes, starts, operands = code.codes, code.starts, code.operands
    counts = array("i", [0]) * len(codes)
    for v in range(len(codes)):
        if codes[v] > LEAVES:
            for i in range(starts[v], starts[v + 1]):
                counts[operands[i]] += 1
    for v in code.rows + code.results:
        counts[v] += 1
    return counts


def finish(new: Instructions, old: Instructions, place: Any) -> Instructions:
    """The new list, with what was wanted of the old one; `place` says where each old value is now."""
    new.numbers = new.numbers or old.numbers
    new.rows = [place[v] for v in old.rows]
    new.results = [place[v] for v in old.results]
    return new


def fold(code: Instructions) -> Instructions:
    """Compute what depends on constants only; leave out x * 1, x / 1, x - 0, choices already made, and pow(x, 2)."""
    codes, starts, operands = code.codes, code.starts, code.operands
    new = Instructions(numbers=array("d", code.numbers))
    place = array("i", [0]) * len(codes)
    known: dict[int, float] = {}  # constants, by their place in the new list
    for v in range(len(codes)):
        op = codes[v]
        if op <= LEAVES:
            place[v] = _append(new, op, operands[starts[v] : starts[v + 1]])
            if op == CONSTANT:
                known[place[v]] = code.numbers[operands[starts[v]]]
            continue
        xs = [place[operands[i]] for i in range(starts[v], starts[v + 1])]
        place[v] = _folded(new, op, xs, known)
        if place[v] < 0:
            place[v] = _append(new, op, xs)
    return finish(new, code, place)


def _folded(new: Instructions, op: int, xs: list[int], known: dict[int, float]) -> int:
    """Where the value of op(*xs) already is, or now is; -1 if it has to be computed."""
    numbers = [known.get(x) for x in xs]
    if op == WHERE:
        if numbers[0] is not None:
            return xs[1] if numbers[0] else xs[2]
        if numbers[1] == 1.0 and numbers[2] == 0.0 and new.codes[xs[0]] in COMPARISONS:
            return xs[0]
    if op <= DOT or numbers.count(None) == len(numbers):
        return -1
    if None not in numbers:
        new.numbers.append(_computed(BY_CODE[op].name, numbers))
        constant = _append(new, CONSTANT, [len(new.numbers) - 1])
        known[constant] = new.numbers[-1]
        return constant
    for side in range(len(numbers)):
        if numbers[side] is not None and (op, side, numbers[side]) in NEUTRAL:
            return xs[1 - side] if len(xs) == 2 else -1
    if len(xs) == 2 and (op, numbers[1]) in SQUARE:
        return _append(new, SQUARE[op, numbers[1]], [xs[0], xs[0]])
    return -1


def _computed(name: str, numbers: list[Any]) -> float:
    """The instruction on plain numbers."""
    x, y = numbers[0], numbers[-1]
    simple = {
        "add": lambda: x + y, "sub": lambda: x - y, "mul": lambda: x * y, "neg": lambda: -x,
        "fma": lambda: x * numbers[1] + y, "lt": lambda: x < y, "le": lambda: x <= y, "larger": lambda: floats.amax(numbers),
    }  # fmt: skip
    return float(simple[name]() if name in simple else getattr(floats, name)(*numbers))


def _append(new: Instructions, op: int, operands: Any) -> int:
    new.codes.append(op)
    new.operands.extend(operands)
    new.starts.append(len(new.operands))
    return len(new.codes) - 1


def share(code: Instructions) -> Instructions:
    """Compute equal things once: the same instruction on the same operands, in any order where order does not matter.

    An open-addressing hash table of instruction numbers, rather than a dict of tuples, to hold millions.
    """
    codes, starts, operands, numbers = code.codes, code.starts, code.operands, code.numbers
    new = Instructions(numbers=numbers)
    new_codes, new_starts, new_operands = new.codes, new.starts, new.operands
    place = array("i", [0]) * len(codes)
    mask = (1 << (2 * len(codes) + 1).bit_length()) - 1
    table = array("i", [-1]) * (mask + 1)
    constants: dict[str, int] = {}
    for v in range(len(codes)):
        op, start, n = codes[v], starts[v], starts[v + 1] - starts[v]
        xs = [operands[start + i] if op <= LEAVES else place[operands[start + i]] for i in range(n)]
        if op == CONSTANT:
            xs[0] = constants.setdefault(repr(numbers[xs[0]]), xs[0])
        elif COMMUTES[op] and xs[0] > xs[1]:
            xs.reverse()
        slot = op
        for x in xs:
            slot = (slot * 1000003 + x) & 0x7FFFFFFF
        slot = (slot ^ (slot >> 15)) & mask
        while table[slot] >= 0:
            w = table[slot]
            if new_codes[w] == op and new_starts[w + 1] - new_starts[w] == n:
                at, same = new_starts[w], True
                for i in range(n):
                    if new_operands[at + i] != xs[i]:
                        same = False
                        break
                if same:
                    break
            slot = (slot + 1) & mask
        if table[slot] < 0:
            table[slot] = _append(new, op, xs)
        place[v] = table[slot]
    return finish(new, code, place)


def prune(code: Instructions) -> Instructions:
    """Leave out what no wanted value depends on."""
    codes, starts, operands = code.codes, code.starts, code.operands
    wanted = bytearray(len(codes))
    for v in code.rows + code.results:
        wanted[v] = 1
    for v in range(len(codes) - 1, -1, -1):
        if wanted[v] and codes[v] > LEAVES:
            for i in range(starts[v], starts[v + 1]):
                wanted[operands[i]] = 1
    new = Instructions(numbers=code.numbers)
    place = array("i", [0]) * len(codes)
    for v in range(len(codes)):
        if wanted[v]:
            xs = [operands[i] if codes[v] <= LEAVES else place[operands[i]] for i in range(starts[v], starts[v + 1])]
            place[v] = _append(new, codes[v], xs)
    return finish(new, code, place)


def rewrite(code: Instructions, rule: Any) -> Instructions:
    """A new list in which rule(op, operands) -> (op, operands) was applied to every instruction, then pruned.

    Operands keep their numbers, so that a rule may look at the old list.
    """
    codes, starts, operands = code.codes, code.starts, code.operands
    new = Instructions(numbers=code.numbers, rows=code.rows, results=code.results)
    for v in range(len(codes)):
        xs = operands[starts[v] : starts[v + 1]]
        op = codes[v]
        if op > LEAVES:
            op, xs = rule(v, op, xs)
        _append(new, op, xs)
    return prune(new)


def fuse_multiply_add(code: Instructions) -> Instructions:
    """x * y + z as one instruction, where nothing else uses the product. It rounds once, if the machine can."""
    codes, starts, operands = code.codes, code.starts, code.operands
    counts, varies = uses(code), varying(code)

    def rule(v: int, op: int, xs: Any) -> tuple[int, Any]:
        if op == ADD:
            for side in (1, 0):
                product = xs[side]
                if codes[product] == MUL and counts[product] == 1 and varies[product] == varies[v]:
                    at = starts[product]
                    return FMA, (operands[at], operands[at + 1], xs[1 - side])
        return op, xs

    return rewrite(code, rule)


def fuse_multiply_total(code: Instructions) -> Instructions:
    """The sum over the batch of x * y as one instruction, where nothing else uses the product."""
    codes, starts, operands = code.codes, code.starts, code.operands
    counts, varies = uses(code), varying(code)

    def rule(v: int, op: int, xs: Any) -> tuple[int, Any]:
        if op == TOTAL and codes[xs[0]] == MUL and counts[xs[0]] == 1:
            at = starts[xs[0]]
            x, y = operands[at], operands[at + 1]
            if varies[x] and varies[y]:
                return TOTAL_PRODUCT, (x, y)
        return op, xs

    return rewrite(code, rule)


def chain(code: Instructions) -> Instructions:
    """A run of multiply-adds, each the only user of the one before, as one `dot`: the sum stays in a CPU register.

    The order of additions stays as it was, and so do the numbers. All first factors of a dot are of one kind (the same
    for all rows or not), and so are all second factors.
    """
    codes, starts, operands = code.codes, code.starts, code.operands
    counts, varies = uses(code), varying(code)
    head = bytearray(len(codes))  # 1: a multiply-add that another one continues

    def kind(v: int) -> tuple[int, int]:
        a, b = varies[operands[starts[v]]], varies[operands[starts[v] + 1]]
        return (a, b) if a <= b else (b, a)

    for v in range(len(codes)):
        if codes[v] == FMA:
            before = operands[starts[v] + 2]
            if codes[before] == FMA and counts[before] == 1 and varies[before] == varies[v] and kind(before) == kind(v):
                head[before] = 1

    def rule(v: int, op: int, xs: Any) -> tuple[int, Any]:
        if op != FMA or head[v]:
            return op, xs
        terms: list[int] = []
        while True:
            a, b, before = operands[starts[v]], operands[starts[v] + 1], operands[starts[v] + 2]
            terms += (a, b) if varies[a] > varies[b] else (b, a)  # backward: reversed below, the uniform factor first
            if not head[before]:
                break
            v = before
        return DOT, [before, *reversed(terms)]

    return rewrite(code, rule)
