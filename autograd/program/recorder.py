"""From a recorded graph to its tape."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

from autograd.bulk import grads_of, set_grads
from autograd.engine import Value, restore
from autograd.node import Node, recorded_operations
from autograd.operations import BY_CODE
from autograd.program.tape import CONSTANT, INPUT, PARAMETER, Tape
from autograd.program.writer import Column


def record(outputs: Sequence[Value], inputs: Sequence[Value], parameters: Sequence[Value]) -> tuple[Tape, list[Value]]:
    """Record the graph of the outputs, with the inputs and parameters as its first leaves, in order. Also return the other
    leaves, whose numbers become constants."""
    recorder = Recorder()
    for code, leaves in ((INPUT, inputs), (PARAMETER, parameters)):
        for i in range(len(leaves)):
            recorder.numbers[leaves[i]] = recorder.leaf(code, i)
    everything = restore("sum", tuple(outputs), (1.0,) * len(outputs), 0.0, 0.0, "", None)
    order = recorded_operations(everything)
    order.pop()
    kept = grads_of(order)
    try:
        for operation in order:
            recorder.operation(operation)
        recorder.take(everything)
    finally:
        set_grads(order, kept)
    return recorder.tape(), recorder.others


class Recorder:
    """The columns of a tape that is being recorded.

    numbers  those of the leaves; while recording, `grad` of a recorded operation holds its number, because a dict of
             millions is slow and large
    others   the leaves that are neither inputs nor parameters
    found    the numbers of the operands of the node that is being recorded
    kinds    for each code of an operation its index in `names`, or -1
    arities  for each code the number of operands
    """

    codes: Column
    starts: Column
    operands: Column
    found: Column

    def __init__(self) -> None:
        self.codes, self.starts, self.operands, self.found = Column(), Column(), Column(), Column()
        self.starts.push(0)
        self.constants: array[float] = array("d")
        self.numbers: dict[Node, int] = {}
        self.others: list[Value] = []
        self.names: list[str] = []
        self.kinds: Any = array("i", [-1]) * len(BY_CODE)
        self.arities: Any = array("i", [row.arity if row else 0 for row in BY_CODE])

    def leaf(self, code: int, index: int) -> int:
        """Append a leaf and return its number."""
        self.codes.push(code)
        self.operands.push(index)
        self.starts.push(self.operands.n)
        return self.codes.n - 1

    def constant(self, number: float) -> int:
        """Append a constant and return its number."""
        self.constants.append(number)
        return self.leaf(CONSTANT, len(self.constants) - 1)

    def number(self, x: Any) -> int:
        """Return the number of a node; it is a new constant if it is a leaf that was not met before."""
        if x._code:
            return int(x._grad)
        found = self.numbers.get(x)
        if found is None:
            found = self.numbers[x] = self.constant(float(x))
            self.others.append(x)
        return found

    def take(self, node: Node) -> None:
        """Find the numbers of the node's operands."""
        x, y, edges = node._x, node._y, node._rest
        self.found.n = 0
        if edges is not None:
            for operand in edges.operands:
                self.found.push(self.constant(operand) if type(operand) is float else self.number(operand))
        else:
            self.found.push(self.constant(node._dx) if x is None else self.number(x))
            if self.arities[node._code] == 2:
                self.found.push(self.constant(node._dy) if y is None else self.number(y))

    def operation(self, node: Node) -> None:
        """Append a recorded operation, after its operands."""
        self.take(node)
        code = node._code
        if self.kinds[code] < 0:
            self.kinds[code] = len(self.names)
            self.names.append(BY_CODE[code].name)
        for i in range(self.found.n):
            self.operands.push(self.found.data[i])
        self.codes.push(self.kinds[code])
        self.starts.push(self.operands.n)
        node._grad = float(self.codes.n - 1)

    def tape(self) -> Tape:
        """Return the tape; the numbers found last are those of its outputs."""
        codes, outputs = array("h", self.codes.close()), list(self.found.close())
        return Tape(codes, self.starts.close(), self.operands.close(), self.constants, self.names, outputs)


def used(tape: Tape) -> bytearray:
    """Mark the nodes that an output depends on: (n,) bytes, True if marked."""
    codes, starts, operands = tape.codes, tape.starts, tape.operands
    needed = bytearray(len(tape.codes))
    view = needed
    for output in tape.outputs:
        view[output] = True
    for node in range(len(needed) - 1, -1, -1):
        if view[node] and codes[node] >= 0:
            for i in range(starts[node], starts[node + 1]):
                view[operands[i]] = True
    return needed
