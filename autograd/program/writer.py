"""Growing columns of integers, and writers for lists of instructions: new ones, and those that follow another list.

The compiled build takes the types from writer.pxd and needs a nanosecond per element.
"""

from __future__ import annotations

from array import array
from typing import Any

from autograd.program.instructions import LEAVES, SET, TOTALS, Instructions

INPUT = SET["input"].code
LAST_TOTAL = TOTALS[1]


class Column:
    """A growing array of integers; the first `n` are in use."""

    room: int
    n: int

    def __init__(self, room: int = 64) -> None:
        self.data: Any = array("i", [0]) * room
        self.room, self.n = room, 0

    def push(self, x: int) -> None:
        """Append an integer."""
        if self.n == self.room:
            self.room = grown(self.room)
            self.data = enlarged("i", self.data, self.room)
        self.data[self.n] = x
        self.n += 1

    def close(self) -> array[int]:
        """Return the integers in use as an array."""
        return prefix(self.n, "i", self.data)


class Writer:
    """Writes a list of instructions: call `operand` for each operand, then `end` with the code of the instruction."""

    room: int
    operands_room: int
    n: int
    m: int
    differs: int

    def __init__(self, room: int, operands: int) -> None:
        self.room, self.operands_room = room, operands
        self.codes: Any = array("B", [0]) * self.room
        self.varies: Any = array("B", [0]) * self.room
        self.starts: Any = array("i", [0]) * (self.room + 1)
        self.operands: Any = array("i", [0]) * self.operands_room
        self.n = self.m = self.differs = 0

    def index(self, i: int) -> None:
        """Append the operand of a leaf: the index of the constant, parameter or input."""
        if self.m == self.operands_room:
            self.operands_room = grown(self.operands_room)
            self.operands = enlarged("i", self.operands, self.operands_room)
        self.operands[self.m] = i
        self.m += 1

    def operand(self, x: int) -> None:
        """Append an operand: the number of an earlier value."""
        self.differs |= self.varies[x]
        self.index(x)

    def end(self, code: int) -> int:
        """Append the instruction, after its operands. Return the number of its value."""
        if self.n == self.room:
            self.room = grown(self.room)
            self.codes, self.varies = enlarged("B", self.codes, self.room), enlarged("B", self.varies, self.room)
            self.starts = enlarged("i", self.starts, self.room + 1)
        self.codes[self.n] = code
        self.varies[self.n] = self.differs if code > LAST_TOTAL else code == INPUT
        self.differs = 0
        self.n += 1
        self.starts[self.n] = self.m
        return self.n - 1

    def take_back(self) -> None:
        """Drop the operands since the last instruction."""
        self.m, self.differs = self.starts[self.n], 0

    def one(self, code: int, x: int) -> int:
        """Append the instruction code(x)."""
        self.operand(x)
        return self.end(code)

    def two(self, code: int, x: int, y: int) -> int:
        """Append the instruction code(x, y)."""
        self.operand(x)
        self.operand(y)
        return self.end(code)

    def close(self, numbers: array[float]) -> Instructions:
        """Return the finished list; the caller sets its `rows` and `results`. The writer cannot be used any more."""
        new = Instructions(numbers=numbers)
        new.codes, self.codes = prefix(self.n, "B", self.codes), None
        new.varies, self.varies = prefix(self.n, "B", self.varies), None
        new.starts, self.starts = prefix(self.n + 1, "i", self.starts), None
        new.operands, self.operands = prefix(self.m, "i", self.operands), None
        return new


class Rewriter(Writer):
    """Writes a list that follows an older one. `place` maps the values of that list to values of this one: -1 for those
    that have none yet."""

    def __init__(self, old: Instructions) -> None:
        Writer.__init__(self, len(old.codes), len(old.operands))
        self.old = old
        self.old_codes: Any = old.codes
        self.old_starts: Any = old.starts
        self.old_operands: Any = old.operands
        self.place: Any = array("i", [-1]) * len(old.codes)

    def copy(self, v: int) -> None:
        """Append instruction v of the old list."""
        code = self.old_codes[v]
        for i in range(self.old_starts[v], self.old_starts[v + 1]):
            if code <= LEAVES:
                self.index(self.old_operands[i])
            else:
                self.operand(self.place[self.old_operands[i]])
        self.place[v] = self.end(code)

    def finish(self, numbers: array[float] | None = None) -> Instructions:
        """Return the finished list, with the results of the old one, and its numbers unless there are others."""
        new = self.close(self.old.numbers if numbers is None else numbers)
        new.rows = [self.place[v] for v in self.old.rows]
        new.results = [self.place[v] for v in self.old.results]
        return new


def grown(room: int) -> int:
    """Return the next size of a full store: growth is in proportion, so that appending takes linear time in all."""
    return room + room // 2 + 64


def prefix(n: int, kind: str, data: Any) -> array[int]:
    """Copy the first n numbers."""
    new = array(kind, [0]) * n
    memoryview(new)[:] = memoryview(data)[:n]
    return new


def enlarged(kind: str, data: Any, room: int) -> array[int]:
    """Copy all numbers to a larger array."""
    new = array(kind, [0]) * room
    memoryview(new)[: len(data)] = memoryview(data)
    return new
