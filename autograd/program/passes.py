"""Optimisation passes over instructions. Each takes a list of instructions and returns a shorter one, or a better order.

The properties of an instruction (`neutral`, `square`, `commutes`) come from the instruction set. A pass names only the
instructions that it creates, and the sums and products that it replaces. Each pass is one or two loops over the list.
"""

from __future__ import annotations

from array import array
from math import nan
from typing import Any

from autograd.program.instructions import BY_CODE, LEAVES, ON_FLOATS, SET, Instructions
from autograd.program.writer import Rewriter

CONSTANT, ADD, MUL, FMA, DOT, WHERE = (SET[name].code for name in ("constant", "add", "mul", "fma", "dot", "where"))
TOTAL, TOTAL_PRODUCT, COUNT = (SET[name].code for name in ("total", "total_product", "count"))
INPUT, PARAMETER = SET["input"].code, SET["parameter"].code
COMPARISONS = frozenset(SET[name].code for name in ("lt", "le", "equal"))
NEUTRAL: Any = array("d", [dict(row.neutral).get(side, nan) for row in BY_CODE for side in (0, 1)])  # by 2 * op + side
SQUARE: dict[Any, int] = {(row.code, row.square[0]): SET[row.square[1]].code for row in BY_CODE if row.square}
FIXED: dict[Any, float] = {(row.code, row.fixed[0]): row.fixed[1] for row in BY_CODE if row.fixed}
SPECIAL = bytes(row.name == "where" or bool(row.square or row.fixed) for row in BY_CODE)  # if one operand is a constant
COMMUTES = bytes(row.commutes for row in BY_CODE)


def column(n: int, number: int = 0) -> Any:
    """Make an array of n equal integers."""
    return array("i", [number]) * n


def uses(code: Instructions) -> Any:
    """Count how often each value is used, by instructions or as a result."""
    codes, starts, operands = code.codes, code.starts, code.operands
    n = len(code.codes)
    counts = column(n)
    for v in range(n):
        if codes[v] > LEAVES:
            for i in range(starts[v], starts[v + 1]):
                counts[operands[i]] += 1
    for wanted in code.rows + code.results:
        counts[wanted] += 1
    return counts


def unbatch(code: Instructions, n_parameters: int) -> Instructions:
    """Rewrite the code for a batch of one example: a sum over the batch is its only term, and the inputs are numbers like
    the parameters, which they follow. So no value varies, and everything is computed once."""
    codes, starts, operands = code.codes, code.starts, code.operands
    n = len(code.codes)
    out, numbers = Rewriter(code), array("d", code.numbers)
    place = out.place
    for v in range(n):
        if codes[v] == PARAMETER:  # before the inputs: so weights are the first factors of products, as in a batch
            out.copy(v)
    for v in range(n):
        if codes[v] == INPUT:
            out.index(n_parameters + operands[starts[v]])
            place[v] = out.end(PARAMETER)
        elif codes[v] == COUNT:
            numbers.append(1.0)
            out.index(len(numbers) - 1)
            place[v] = out.end(CONSTANT)
        elif codes[v] == TOTAL:
            place[v] = place[operands[starts[v]]]
        elif codes[v] != PARAMETER:
            out.copy(v)
    return out.finish(numbers)


def fold(code: Instructions) -> Instructions:
    """Compute the values that depend on constants only; simplify x * 1, x / 1, x - 0, decided choices, pow(x, 0 or 2)."""
    codes, starts, operands = code.codes, code.starts, code.operands
    n, count = len(code.codes), -1
    out, numbers = Rewriter(code), array("d", code.numbers)
    place = out.place
    for v in range(n):
        op, start, size, constants, same = codes[v], starts[v], starts[v + 1] - starts[v], 0, -1
        if op > LEAVES:
            for i in range(start, start + size):
                constants += out.codes[place[operands[i]]] == CONSTANT
        if constants and size == 2:
            same = _other(out, op, place[operands[start]], place[operands[start + 1]], numbers)
        if op == COUNT:
            count = place[v] = out.end(COUNT)
        elif op == TOTAL and not out.varies[place[operands[start]]]:
            # a decided choice left a value that is the same for all examples
            place[v] = out.two(MUL, place[operands[start]], count)
        elif same >= 0:
            place[v] = same
        elif constants and (constants == size or SPECIAL[op]):
            place[v] = _folded(out, op, [place[operands[i]] for i in range(start, start + size)], numbers)
        else:
            out.copy(v)
    return out.finish(numbers)


def _other(out: Rewriter, op: int, x: int, y: int, numbers: array[float]) -> int:
    """Return y if x is a constant that makes op(x, y) equal to y, x in the reverse case, otherwise -1."""
    if out.codes[x] == CONSTANT and numbers[out.operands[out.starts[x]]] == NEUTRAL[2 * op]:
        return y
    if out.codes[y] == CONSTANT and numbers[out.operands[out.starts[y]]] == NEUTRAL[2 * op + 1]:
        return x
    return -1


def _folded(out: Rewriter, op: int, xs: list[int], numbers: array[float]) -> int:
    """Return the place of op(*xs), some of them constants, adding an instruction only if necessary."""
    given = [numbers[out.operands[out.starts[x]]] if out.codes[x] == CONSTANT else None for x in xs]
    if op == WHERE:
        if given[0] is not None:
            return xs[1] if given[0] else xs[2]
        if given[1] == 1.0 and given[2] == 0.0 and out.codes[xs[0]] in COMPARISONS:
            return xs[0]
    result = FIXED.get((op, given[1])) if len(xs) == 2 else None
    if None not in given and op > DOT:
        result = float(ON_FLOATS[BY_CODE[op].name](*given))
    if result is not None:
        numbers.append(result)
        out.index(len(numbers) - 1)
        return out.end(CONSTANT)
    if len(xs) == 2 and (op, given[1]) in SQUARE:
        return out.two(SQUARE[op, given[1]], xs[0], xs[0])
    for x in xs:
        out.operand(x)
    return out.end(op)


def share(code: Instructions) -> Instructions:
    """Compute equal values once: the same instruction on the same operands, in either order if it commutes.

    Uses a hash table of instruction numbers with open addressing, because a dict of tuples would be too large for millions.
    Each instruction is written first, and taken back if the list already contains it.
    """
    codes, starts, operands = code.codes, code.starts, code.operands
    n = len(code.codes)
    out = Rewriter(code)
    place = out.place
    mask = (1 << (2 * n + 1).bit_length()) - 1
    table = column(mask + 1, -1)
    first_of: dict[str, int] = {}  # the index of the first of several equal constants
    for v in range(n):
        op, start, count = codes[v], starts[v], starts[v + 1] - starts[v]
        if op == CONSTANT:
            out.index(first_of.setdefault(repr(code.numbers[operands[start]]), operands[start]))
        elif COMMUTES[op] and place[operands[start]] > place[operands[start + 1]]:
            out.operand(place[operands[start + 1]])
            out.operand(place[operands[start]])
        else:
            for i in range(start, start + count):
                if op <= LEAVES:
                    out.index(operands[i])
                else:
                    out.operand(place[operands[i]])
        mine = out.starts[out.n]
        key = op
        for i in range(mine, mine + count):
            key = (key * 1000003 + out.operands[i]) & 0x7FFFFFFF
        slot, step = (key ^ (key >> 15)) & mask, 0
        while table[slot] >= 0 and not _same(out, table[slot], op, mine, count):
            step += 1  # growing steps, because neighbours have similar keys and would cluster
            slot = (slot + step) & mask
        if table[slot] < 0:
            table[slot] = out.end(op)
        else:
            out.take_back()
        place[v] = table[slot]
    return out.finish()


def _same(out: Rewriter, w: int, op: int, mine: int, count: int) -> bool:
    """True if instruction w is `op` on the `count` operands written from `mine` on."""
    theirs = out.starts[w]
    if out.codes[w] != op or out.starts[w + 1] - theirs != count:
        return False
    for i in range(count):
        if out.operands[theirs + i] != out.operands[mine + i]:
            return False
    return True


def prune(code: Instructions) -> Instructions:
    """Remove instructions that no wanted value depends on."""
    codes, starts, operands = code.codes, code.starts, code.operands
    n = len(code.codes)
    wanted = bytearray(n)
    for result in code.rows + code.results:
        wanted[result] = True
    for v in range(n - 1, -1, -1):
        if wanted[v] and codes[v] > LEAVES:
            for i in range(starts[v], starts[v + 1]):
                wanted[operands[i]] = True
    out = Rewriter(code)
    for v in range(n):
        if wanted[v]:
            out.copy(v)
    return out.finish()


def fuse_multiply_add(code: Instructions) -> Instructions:
    """Fuse x * y + z into one instruction if nothing else uses the product. It rounds once if the CPU can do that."""
    codes, starts, operands, varies, counts = code.codes, code.starts, code.operands, code.varies, uses(code)
    n = len(code.codes)
    product_of, gone = column(n, -1), bytearray(n)
    for v in range(n):
        if codes[v] == ADD:
            for i in (starts[v] + 1, starts[v]):
                x = operands[i]
                if codes[x] == MUL and counts[x] == 1 and varies[x] == varies[v] and product_of[v] < 0:
                    product_of[v] = x
                    gone[x] = True
    out = Rewriter(code)
    place = out.place
    for v in range(n):
        product = product_of[v]
        if product >= 0:
            out.operand(place[operands[starts[product]]])
            out.operand(place[operands[starts[product] + 1]])
            out.operand(place[operands[starts[v] if operands[starts[v] + 1] == product else starts[v] + 1]])
            place[v] = out.end(FMA)
        elif not gone[v]:
            out.copy(v)
    return out.finish()


def fuse_multiply_total(code: Instructions) -> Instructions:
    """Fuse the sum over the batch of x * y into one instruction if nothing else uses the product."""
    codes, starts, operands, varies, counts = code.codes, code.starts, code.operands, code.varies, uses(code)
    n = len(code.codes)
    gone = bytearray(n)
    for v in range(n):
        if codes[v] == TOTAL:
            x = operands[starts[v]]
            if codes[x] == MUL and counts[x] == 1 and varies[operands[starts[x]]] and varies[operands[starts[x] + 1]]:
                gone[x] = True
    out = Rewriter(code)
    place = out.place
    for v in range(n):
        if codes[v] == TOTAL and gone[operands[starts[v]]]:
            x = operands[starts[v]]
            place[v] = out.two(TOTAL_PRODUCT, place[operands[starts[x]]], place[operands[starts[x] + 1]])
        elif not gone[v]:
            out.copy(v)
    return out.finish()


def chain(code: Instructions) -> Instructions:
    """Fuse a run of multiply-adds, each the only user of the one before, into one `dot`: its sum stays in a CPU register.

    All first factors of a dot have the same kind (equal for all examples, or not), and so do all second factors. If a sum
    starts at 0 and a bias is added to it later, as in a neuron, it starts at the bias. (So a sum of zeros may be -0.0.)
    """
    codes, starts, operands, varies, counts = code.codes, code.starts, code.operands, code.varies, uses(code)
    n = len(code.codes)
    gone, kind, from_zero = bytearray(n), bytearray(n), bytearray(n)  # gone: if another one or an addition continues it
    sum_of = column(n, -1)  # for an addition, the sum that it continues
    for v in range(n):
        if codes[v] == FMA:
            kind[v] = varies[operands[starts[v]]] + varies[operands[starts[v] + 1]]
            x = operands[starts[v] + 2]
            if codes[x] == FMA and counts[x] == 1 and varies[x] == varies[v] and kind[x] == kind[v]:
                gone[x], from_zero[v] = True, from_zero[x]
            elif codes[x] == CONSTANT:
                from_zero[v] = code.numbers[operands[starts[x]]] == 0.0
        elif codes[v] == ADD:
            for i in range(starts[v], starts[v] + 2):
                x = operands[i]
                if from_zero[x] and counts[x] == 1 and varies[x] == varies[v] and sum_of[v] < 0:
                    gone[x], sum_of[v] = True, x
    out, links = Rewriter(code), column(n)
    place = out.place
    for v in range(n):
        if gone[v]:
            continue
        if sum_of[v] < 0 and (codes[v] != FMA or not gone[operands[starts[v] + 2]]):
            out.copy(v)
            continue
        length, w = 0, v if sum_of[v] < 0 else sum_of[v]
        while True:  # back to the first multiply-add
            links[length] = w
            length += 1
            w = operands[starts[w] + 2]
            if codes[w] != FMA or not gone[w]:
                break
        if sum_of[v] >= 0:
            w = operands[starts[v] if operands[starts[v] + 1] == sum_of[v] else starts[v] + 1]
        pairs = []
        for k in range(length - 1, -1, -1):
            a, b = operands[starts[links[k]]], operands[starts[links[k]] + 1]
            pairs.append((a, b) if varies[a] <= varies[b] else (b, a))
        if kind[links[0]] < 2:  # in the order of the weights, in which those of a layer are a regular grid
            pairs.sort()
        out.operand(place[w])
        for a, b in pairs:
            out.operand(place[a])
            out.operand(place[b])
        place[v] = out.end(DOT)
    return out.finish()


def layers(code: Instructions) -> Instructions:
    """Bring the dots and sums of a layer's neurons together, so that the machine can run them as products of matrices.

    A dot waits until its value is used. Then all dots over the same second factors (such as the outputs of the layer
    before) follow each other, if their other operands are known. Sums of one value's products with others (such as the
    gradients of a neuron's weights) wait for the last value with the same others. Whatever depends on a total goes to the
    end.
    """
    codes, starts, operands = code.codes, code.starts, code.operands
    n = len(code.codes)
    out, late = Rewriter(code), bytearray(n)
    place = out.place
    dots, blocks = _dots(code), _blocks(code)
    for v in range(n):
        if codes[v] == TOTAL_PRODUCT:
            late[v] = 1
            for w in blocks.get(v, ()):
                for i in range(starts[w], starts[w + 1]):
                    if place[operands[i]] < 0:
                        _finish_layer(out, code, dots, operands[i])
                out.copy(w)
            continue
        if codes[v] > LEAVES:
            for i in range(starts[v], starts[v + 1]):
                if late[operands[i]]:
                    late[v] = 1
        if not late[v] and place[v] < 0:
            if codes[v] > LEAVES:
                for i in range(starts[v], starts[v + 1]):
                    if place[operands[i]] < 0:
                        _finish_layer(out, code, dots, operands[i])
            if codes[v] != DOT:
                out.copy(v)
        if codes[v] == TOTAL:
            late[v] = 1
    for v in range(n):
        if place[v] < 0:
            out.copy(v)
    return out.finish()


def _finish_layer(out: Rewriter, code: Instructions, dots: dict[bytes, list[int]], v: int) -> None:
    """Append dot v, and all dots over the same second factors whose operands are known."""
    starts, operands = code.starts, code.operands
    rest = []
    for w in dots[_second_factors(code, v)]:
        known = True
        for i in range(starts[w], starts[w + 1]):
            known = known and out.place[operands[i]] >= 0
        if known:
            out.copy(w)
        else:
            rest.append(w)
    dots[_second_factors(code, v)] = rest


def _second_factors(code: Instructions, v: int) -> bytes:
    """Return the second factors of a dot, as a key."""
    return code.operands[code.starts[v] + 2 : code.starts[v + 1] : 2].tobytes()


def _dots(code: Instructions) -> dict[bytes, list[int]]:
    """Group the dots by their second factors, in the order of their first factors, such as weights."""
    codes, starts, operands = code.codes, code.starts, code.operands
    dots: dict[bytes, list[tuple[int, int]]] = {}
    for v in range(len(code.codes)):
        if codes[v] == DOT:
            dots.setdefault(_second_factors(code, v), []).append((operands[starts[v] + 1], v))
    return {factors: [v for _, v in sorted(found)] for factors, found in dots.items()}


def _blocks(code: Instructions) -> dict[int, list[int]]:
    """Group the sums of products into blocks, by the last sum of each: the products of some values with the same others."""
    rows: list[tuple[set[int], list[int]]] = []  # the factors that successive products share, and these products
    common: set[int] = set()
    row: list[int] = []
    codes = code.codes
    for v in range(len(code.codes)):
        if codes[v] == TOTAL_PRODUCT:
            factors = set(code.operands[code.starts[v] : code.starts[v + 1]])
            if common & factors:
                common &= factors
                row.append(v)
            else:
                common, row = factors, [v]
                rows.append((common, row))
    blocks: dict[Any, list[int]] = {}
    for common, row in rows:
        pairs = [code.operands[code.starts[v] : code.starts[v + 1]] for v in row]
        others = tuple([b if a in common else a for a, b in pairs])
        blocks.setdefault(others, []).extend(row)
    return {max(block): block for block in blocks.values()}
