"""From a recorded graph to its tape."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

from autograd.engine import Value, recorded_operations, restore
from autograd.program.tape import CONSTANT, INPUT, PARAMETER, Tape
from autograd.program.writer import Column


def record(outputs: Sequence[Value], inputs: Sequence[Value], parameters: Sequence[Value]) -> tuple[Tape, list[Value]]:
    """Record the graph of the outputs, with the inputs and parameters as its first leaves, in order. Also return the other
    leaves, whose numbers become constants."""
    codes, starts, columns = Column(), Column(), Column()
    starts.push(0)
    constants = array("d")
    numbers: dict[Value, int] = {}  # of the nodes
    names: dict[str, int] = {}
    others: list[Value] = []

    for code, leaves in ((INPUT, inputs), (PARAMETER, parameters)):
        for i in range(len(leaves)):
            numbers[leaves[i]] = _leaf(code, i, codes, starts, columns)
    everything = restore("sum", tuple(outputs), (1.0,) * len(outputs), 0.0, 0.0, "", None)
    found: list[int] = []
    for node in recorded_operations(everything):
        found = []
        operands: Any = node.operands
        for x in operands:
            number: Any = numbers.get(x) if type(x) is Value else None
            if number is None:
                number = _leaf(CONSTANT, len(constants), codes, starts, columns)
                if type(x) is Value:
                    numbers[x] = number
                    others.append(x)
                constants.append(float(x))
            found.append(number)
        if node is not everything:
            codes.push(names.setdefault(node.op, len(names)))
            for number in found:
                columns.push(number)
            starts.push(columns.n)
            numbers[node] = codes.n - 1
    tape = Tape(array("h", codes.close()), starts.close(), columns.close(), constants, list(names), found)
    return tape, others


def _leaf(code: int, index: int, codes: Column, starts: Column, columns: Column) -> int:
    """Append a leaf and return its number."""
    codes.push(code)
    columns.push(index)
    starts.push(columns.n)
    return codes.n - 1


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
