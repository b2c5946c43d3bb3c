"""Lower a recorded graph to instructions: the operations forward, and the chain rule backward.

The gradient of a mean over the batch starts as 1 / count at the loss of each example. At a parameter, or a value computed
from parameters only, it is summed over the examples: such values are the same for all examples and are computed once.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from autograd.operations import TABLE, Operation, Variadic
from autograd.program.instructions import SET, Instructions
from autograd.program.passes import column
from autograd.program.tape import CONSTANT, INPUT, PARAMETER, Tape
from autograd.program.writer import Column, Writer
from autograd.symbols import Symbol, Unrolled, run

ADD, MUL, DIV, TOTAL, COUNT, CONSTANT_CODE = (
    SET[name].code for name in ("add", "mul", "div", "total", "count", "constant")
)
LEAF = {INPUT: SET["input"].code, PARAMETER: SET["parameter"].code}


VALUE = -1  # in place of the number of an operand: the value of the operation rather than a derivative


@lru_cache(maxsize=1024)
def expressions(row: Operation, n: int, which: int) -> tuple[list[Any], list[Any]]:
    """The row on n operands as symbols: its value, or its derivative with respect to operand `which` (for a variadic row,
    all its derivatives).

    Returns two lists. The first has all symbols, each after its operands: the n operands (and, for a derivative, the
    result), then everything computed from them. The second has those that are the value or the derivatives.
    """
    m = Unrolled(TABLE)
    xs = [m.operand(f"x{i}") for i in range(n)]
    if which == VALUE:
        results = run(m, row, xs)
    elif isinstance(row, Variadic):
        results = run(m, row, xs, m.operand("result"))
    else:
        results = [row.partials[which](m, *xs, m.operand("result"))]
    return list(m.made.values()), results


class Pattern:
    """Instructions whose operands are places in a list. First in the list are the operands of an operation (and, for a
    derivative, its result), then the values that the instructions make. A place -1 - k is the constant `numbers[k]`.
    """

    n: int
    placed: bool

    def __init__(self, row: Operation, n: int, which: int) -> None:
        symbols, results = expressions(row, n, which)
        places = {symbol: place for place, symbol in enumerate(symbols)}
        made = [symbol for symbol in symbols if symbol.operands]
        self.numbers: list[float] = []

        def place(x: Any) -> int:
            if isinstance(x, Symbol):
                return places[x]
            self.numbers.append(float(x))
            return -len(self.numbers)

        self.n = len(made)
        self.codes: Any = array("i", [SET[symbol.op].code for symbol in made] or [0])
        self.sizes: Any = array("i", [len(symbol.operands) for symbol in made] or [0])
        self.operands: Any = array("i", [place(x) for symbol in made for x in symbol.operands] or [0])
        self.results: Any = array("i", [place(x) for x in results] or [0])
        self.constants: Any = array("i", [-1] * max(1, len(self.numbers)))
        self.placed = not self.numbers


class Lowering:
    """The state of lowering a tape."""

    tape: Tape
    needed: bytearray
    n: int
    out: Writer
    numbers: array[float]
    places: Column
    rows: list[Operation]
    variadic: list[bool]

    def __init__(self, tape: Tape, needed: bytearray) -> None:
        self.tape, self.needed = tape, needed
        self.codes: Any = tape.codes
        self.starts: Any = tape.starts
        self.operands: Any = tape.operands
        self.n = len(tape.codes)
        self.out = Writer(4 * self.n, 7 * self.n)
        self.numbers = array("d")
        self.constants: dict[str, int] = {}
        self.values: Any = column(self.n)
        self.adjoints: Any = column(self.n, -1)
        self.places = Column()
        self.rows = [TABLE[name] for name in tape.names]
        self.patterns: dict[tuple[int, int, int], Pattern] = {}
        self.fixed: list[Any] = [None] * (4 * len(self.rows))  # the patterns of operations on up to three operands
        self.variadic = [isinstance(row, Variadic) for row in self.rows]

    def constant(self, number: float) -> int:
        """Return the value of a constant, adding it if it is new. 0.0 and -0.0 are different constants."""
        key = repr(number)
        if key not in self.constants:
            self.numbers.append(number)
            self.out.index(len(self.numbers) - 1)
            self.constants[key] = self.out.end(CONSTANT_CODE)
        return self.constants[key]

    def pattern(self, code: int, n: int, which: int) -> Pattern:
        """Return the pattern of the tape's operation `code` on n operands."""
        if not self.variadic[code] and which < 3:
            found: Pattern | None = self.fixed[4 * code + which + 1]
            if found is None:
                found = self.fixed[4 * code + which + 1] = Pattern(self.rows[code], n, which)
            return found
        key = (code, n, which)
        if key not in self.patterns:
            self.patterns[key] = Pattern(self.rows[code], n, which)
        return self.patterns[key]

    def paste(self, pattern: Pattern) -> None:
        """Append the pattern's instructions, applied to the values in `places`, and push their results."""
        places, out = self.places, self.out
        if not pattern.placed:
            for k in range(len(pattern.numbers)):
                pattern.constants[k] = self.constant(pattern.numbers[k])
            pattern.placed = True
        at = 0
        for i in range(pattern.n):
            for j in range(at, at + pattern.sizes[i]):
                out.operand(self.placed(pattern, pattern.operands[j]))
            at += pattern.sizes[i]
            places.push(out.end(pattern.codes[i]))

    def placed(self, pattern: Pattern, place: int) -> int:
        """Return the value at a place of a pattern: one of `places`, or a constant."""
        if place >= 0:
            return self.places.data[place]  # type: ignore[no-any-return]  # a column of integers
        return pattern.constants[-1 - place]  # type: ignore[no-any-return]  # a column of integers

    def take(self, node: int) -> None:
        """Put the values of the node's operands into `places`."""
        self.places.n = 0
        for i in range(self.starts[node], self.starts[node + 1]):
            self.places.push(self.values[self.operands[i]])

    def forward(self) -> None:
        """Append the operations of all needed nodes, and record their places in `values`."""
        codes, starts, operands, needed = self.codes, self.starts, self.operands, self.needed
        for node in range(self.n):
            if not needed[node]:
                continue
            code = codes[node]
            if code == CONSTANT:
                self.values[node] = self.constant(self.tape.numbers[operands[starts[node]]])
            elif code < 0:
                self.out.index(operands[starts[node]])
                self.values[node] = self.out.end(LEAF[code])
            else:
                pattern = self.pattern(code, starts[node + 1] - starts[node], VALUE)
                self.take(node)
                self.paste(pattern)
                self.values[node] = self.placed(pattern, pattern.results[0])

    def reached(self, leaf: int) -> bytearray:
        """Mark the nodes that depend on leaves of this kind: (n,) bytes, True if marked."""
        codes, starts, operands = self.codes, self.starts, self.operands
        reached = bytearray(self.n)
        for node in range(self.n):
            if codes[node] < 0:
                reached[node] = codes[node] == leaf
            else:
                for i in range(starts[node], starts[node + 1]):
                    if reached[operands[i]]:
                        reached[node] = True
        return reached

    def backward(self, marks: Any, output: int, seed: int, count: int) -> None:
        """Append the chain rule, from this node with adjoint `seed` to all marked nodes."""
        codes, starts, adjoints, out = self.codes, self.starts, self.adjoints, self.out
        adjoints[output] = seed
        for node in range(output, -1, -1):
            if adjoints[node] < 0 or codes[node] < 0 or not marks[node]:
                continue
            n = starts[node + 1] - starts[node]
            self.take(node)
            self.places.push(self.values[node])
            after = self.places.n
            whole = self.pattern(codes[node], n, 0) if self.variadic[codes[node]] else None
            if whole is not None:
                self.paste(whole)
            for i in range(n):
                x = self.operands[starts[node] + i]
                if not marks[x]:
                    continue
                pattern = whole
                if pattern is None:
                    pattern = self.pattern(codes[node], n, i)
                    self.places.n = after
                    self.paste(pattern)
                local = self.placed(pattern, pattern.results[i if whole is not None else 0])
                c = out.two(MUL, local, adjoints[node])
                if out.varies[self.values[node]] and not out.varies[self.values[x]]:
                    # x is the same for all examples: it gets the sum over them
                    c = out.one(TOTAL, c) if out.varies[c] else out.two(MUL, c, count)
                adjoints[x] = c if adjoints[x] < 0 else out.two(ADD, adjoints[x], c)

    def adjoints_of(self, leaves: Iterable[int]) -> list[int]:
        """Return the adjoints of these nodes, a constant 0 for those that `backward` did not meet."""
        return [self.adjoints[node] if self.adjoints[node] >= 0 else self.constant(0.0) for node in leaves]


def of_outputs(tape: Tape, needed: bytearray) -> Instructions:
    """Lower the outputs for every example."""
    lowering = Lowering(tape, needed)
    lowering.forward()
    code: Instructions = lowering.out.close(lowering.numbers)
    code.rows = [lowering.values[node] for node in tape.outputs]
    return code


def of_gradients(tape: Tape, needed: bytearray, parameters: Iterable[int]) -> Instructions:
    """Lower the mean of the first output over the batch and its derivatives with respect to these parameters (tape nodes).

    These are `results`; `rows` are the outputs after the first.
    """
    lowering = Lowering(tape, needed)
    lowering.forward()
    out = lowering.out
    loss = lowering.values[tape.outputs[0]]
    count = out.end(COUNT)
    seed, mean = lowering.constant(1.0), loss
    if out.varies[loss]:
        mean = out.two(DIV, out.one(TOTAL, loss), count)
        seed = out.two(DIV, seed, count)
    lowering.backward(lowering.reached(PARAMETER), tape.outputs[0], seed, count)
    found = lowering.adjoints_of(parameters)
    code: Instructions = out.close(lowering.numbers)
    code.results = [mean, *found]
    code.rows = [lowering.values[node] for node in tape.outputs[1:]]
    return code


def of_jacobian(tape: Tape, needed: bytearray, n_outputs: int, inputs: Iterable[int]) -> Instructions:
    """Lower the derivatives of the first outputs with respect to these inputs (tape nodes), output by output, for each
    example of the batch.
    """
    lowering = Lowering(tape, needed)
    lowering.forward()
    marks, seed, count = lowering.reached(INPUT), lowering.constant(1.0), lowering.out.end(COUNT)
    found: list[int] = []
    for output in tape.outputs[:n_outputs]:
        lowering.adjoints = column(lowering.n, -1)
        lowering.backward(marks, output, seed, count)
        found += lowering.adjoints_of(inputs)
    code: Instructions = lowering.out.close(lowering.numbers)
    code.rows = found
    return code
