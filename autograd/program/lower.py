"""From a recorded graph to instructions: the operations forward, and their chain rule backward, from the same rows.

The gradient of a mean over the batch starts with 1 / count at the loss of each row. What reaches a parameter, or anything
computed from parameters alone, is summed over the rows there: such values are the same for all rows and computed once.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import Any

from autograd.operation import TABLE, Variadic
from autograd.program.instructions import SET, Instructions
from autograd.program.tape import CONSTANT, INPUT, PARAMETER, Tape
from autograd.program.templates import VALUE, Template, template

LEAF = {INPUT: "input", PARAMETER: "parameter"}


class Builder:
    """Instructions being written. `varies[v]`: whether value v differs from row to row."""

    def __init__(self) -> None:
        self.out = Instructions()
        self.varies = bytearray()
        self.constants: dict[str, int] = {}
        self.mul, self.add, self.total = SET["mul"].code, SET["add"].code, SET["total"].code

    def emit(self, code: int, operands: Sequence[int], varies: int) -> int:
        """Append an instruction."""
        out = self.out
        out.codes.append(code)
        out.operands.extend(operands)
        out.starts.append(len(out.operands))
        self.varies.append(varies)
        return len(out.codes) - 1

    def apply(self, code: int, x: int, y: int) -> int:
        """Append an instruction on two values."""
        return self.emit(code, (x, y), self.varies[x] | self.varies[y])

    def leaf(self, name: str, *index: int) -> int:
        """Append a leaf."""
        return self.emit(SET[name].code, index, name == "input")

    def constant(self, number: float) -> int:
        """The constant, each number once; 0.0 and -0.0 are two."""
        key = repr(number)
        if key not in self.constants:
            self.out.numbers.append(number)
            self.constants[key] = self.leaf("constant", len(self.out.numbers) - 1)
        return self.constants[key]

    def paste(self, pattern: Template, places: list[int]) -> list[int]:
        """Append a template's instructions, applied to the values in `places`; its results."""
        varies = self.varies
        constants = [self.constant(number) for number in pattern.numbers]
        constants.reverse()  # place -1 - k is number k
        for i in range(len(pattern.codes)):
            operands = []
            differs = 0
            for place in pattern.operands[i]:
                x = places[place] if place >= 0 else constants[place]
                operands.append(x)
                differs |= varies[x]
            places.append(self.emit(pattern.codes[i], operands, differs))
        return [places[place] if place >= 0 else constants[place] for place in pattern.results]


def forward(tape: Tape, needed: bytearray, out: Builder) -> Any:
    """Append the operations of all needed nodes; for each node the number of its value, -1 if not needed."""
    rows = [TABLE[name] for name in tape.names]
    codes, starts, operands = tape.codes, tape.starts, tape.operands
    values = array("i", [-1]) * len(codes)
    for node in range(len(codes)):
        if not needed[node]:
            continue
        code, start, stop = codes[node], starts[node], starts[node + 1]
        if code == CONSTANT:
            values[node] = out.constant(tape.numbers[operands[start]])
        elif code < 0:
            values[node] = out.leaf(LEAF[code], operands[start])
        else:
            places = [values[operands[i]] for i in range(start, stop)]
            values[node] = out.paste(template(rows[code], stop - start, VALUE), places)[0]
    return values


def reaches(tape: Tape, needed: bytearray, leaf: int) -> bytearray:
    """(n,) 1 for the needed nodes that depend on leaves of this kind."""
    marks = bytearray(len(tape.codes))
    codes, starts, operands = tape.codes, tape.starts, tape.operands
    for node in range(len(codes)):
        code = codes[node]
        if code < 0 or not needed[node]:
            marks[node] = code == leaf
            continue
        for i in range(starts[node], starts[node + 1]):
            if marks[operands[i]]:
                marks[node] = 1
    return marks


def backward(tape: Tape, values: Any, marks: bytearray, seed: int, count: int, out: Builder) -> Any:
    """Append the chain rule from the tape's first output, whose adjoint is `seed`; for each marked node the number of its
    adjoint, -1 if nothing reaches it."""
    rows = [TABLE[name] for name in tape.names]
    variadic = [isinstance(row, Variadic) for row in rows]
    codes, starts, operands, varies = tape.codes, tape.starts, tape.operands, out.varies
    adjoints = array("i", [-1]) * len(codes)
    adjoints[tape.outputs[0]] = seed
    for node in range(len(codes) - 1, -1, -1):
        upstream, code, start, stop = adjoints[node], codes[node], starts[node], starts[node + 1]
        if upstream < 0 or code < 0 or not marks[node]:
            continue
        places = [values[operands[i]] for i in range(start, stop)]
        places.append(values[node])
        differs = varies[values[node]]
        if variadic[code]:
            locals_ = out.paste(template(rows[code], stop - start, 0), list(places))
        for i in range(start, stop):
            x = operands[i]
            if not marks[x]:
                continue
            if variadic[code]:
                local = locals_[i - start]
            else:
                local = out.paste(template(rows[code], stop - start, i - start), list(places))[0]
            c = out.apply(out.mul, local, upstream)
            if differs and not varies[values[x]]:  # the same for all rows: the sum over the rows reaches it
                c = out.emit(out.total, (c,), 0) if varies[c] else out.apply(out.mul, c, count)
            adjoints[x] = c if adjoints[x] < 0 else out.apply(out.add, adjoints[x], c)
    return adjoints


def of_outputs(tape: Tape, needed: bytearray) -> Instructions:
    """The outputs for every row."""
    out = Builder()
    values = forward(tape, needed, out)
    out.out.rows = [values[node] for node in tape.outputs]
    return out.out


def of_gradients(tape: Tape, needed: bytearray, leaf: int, leaves: Iterable[int]) -> Instructions:
    """The derivatives of the first output towards these leaves (tape nodes), which are parameters or inputs.

    Parameters: `results` are the mean over the batch and its derivatives; `rows` are the outputs after the first.
    Inputs: `rows` are the derivatives, for each row of the batch.
    """
    out = Builder()
    values = forward(tape, needed, out)
    loss = values[tape.outputs[0]]
    varies = out.varies[loss]
    count = out.leaf("count")
    seed = out.constant(1.0)
    if leaf == PARAMETER and varies:
        mean = out.apply(SET["div"].code, out.emit(out.total, (loss,), 0), count)
        seed = out.apply(SET["div"].code, seed, count)
    else:
        mean = loss
    marks = reaches(tape, needed, leaf)
    adjoints = backward(tape, values, marks, seed, count, out)
    found = [adjoints[node] if adjoints[node] >= 0 else out.constant(0.0) for node in leaves]
    if leaf == PARAMETER:
        out.out.results = [mean, *found]
        out.out.rows = [values[node] for node in tape.outputs[1:]]
    else:
        out.out.rows = found
    return out.out
