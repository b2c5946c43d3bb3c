"""The recorded graph as columns of integers: what a program keeps of it, and all that a pickled one carries along."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd.value import Value, operations, restore

CONSTANT, INPUT, PARAMETER = -1, -2, -3  # codes of leaves; 0 and up: the operation, an index into `names`


@dataclass
class Tape:
    """Every node of a graph, each after its operands.

    codes     (n,) what the node is: a leaf, or an operation
    starts    (n + 1,) where its operands begin in `operands`
    operands  numbers of earlier nodes; for a leaf, which constant, input or parameter it is
    numbers   the constants
    names     the operations that occur
    outputs   the nodes that were asked for
    """

    codes: array[int] = field(default_factory=lambda: array("h"))
    starts: array[int] = field(default_factory=lambda: array("i", [0]))
    operands: array[int] = field(default_factory=lambda: array("i"))
    numbers: array[float] = field(default_factory=lambda: array("d"))
    names: list[str] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)

    def leaf(self, code: int, index: int) -> int:
        """Append a leaf; its number."""
        self.codes.append(code)
        self.operands.append(index)
        self.starts.append(len(self.operands))
        return len(self.codes) - 1

    def constant(self, number: float) -> int:
        """Append a constant; its number."""
        self.numbers.append(number)
        return self.leaf(CONSTANT, len(self.numbers) - 1)


def record(outputs: Sequence[Value], inputs: Sequence[Value], parameters: Sequence[Value]) -> tuple[Tape, list[Value]]:
    """The graph that led to the outputs, with the inputs and parameters as leaves, in their order; and its other leaves,
    whose numbers it takes over as constants."""
    tape = Tape()
    numbers: dict[Value, int] = {}  # of the nodes
    names: dict[str, int] = {}
    others: list[Value] = []
    for code, leaves in ((INPUT, inputs), (PARAMETER, parameters)):
        for i, x in enumerate(leaves):
            numbers[x] = tape.leaf(code, i)
    codes, starts, operands = tape.codes, tape.starts, tape.operands
    everything = restore("sum", tuple(outputs), (1.0,) * len(outputs), 0.0, 0.0, "", None)
    for node in operations(everything):
        found: list[int] = []
        for x in node.operands:
            if type(x) is not Value:
                found.append(tape.constant(x))  # type: ignore[arg-type]
                continue
            number: Any = numbers.get(x)
            if number is None:
                number = numbers[x] = tape.constant(x.data)
                others.append(x)
            found.append(number)
        if node is everything:
            tape.outputs = found
            break
        op = node.op
        codes.append(names.setdefault(op, len(names)))
        operands.extend(found)
        starts.append(len(operands))
        numbers[node] = len(codes) - 1
    tape.names = list(names)
    return tape, others


def used(tape: Tape) -> bytearray:
    """(n,) 1 for the nodes that an output depends on."""
    needed = bytearray(len(tape.codes))
    for output in tape.outputs:
        needed[output] = 1
    for node in range(len(needed) - 1, -1, -1):
        if needed[node] and tape.codes[node] >= 0:
            for i in range(tape.starts[node], tape.starts[node + 1]):
                needed[tape.operands[i]] = 1
    return needed
