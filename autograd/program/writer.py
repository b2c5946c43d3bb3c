"""Columns of integers that grow, and instructions being written into them.

Plain Python here; in the compiled build, where writer.pxd gives the types, an element costs a nanosecond.
"""

from __future__ import annotations

from array import array
from typing import Any

from autograd.program.instructions import LEAVES, SET, TOTALS, Instructions

INPUT = SET["input"].code
LAST_TOTAL = TOTALS[1]


class Column:
    """Integers, of which `n` are written."""

    def __init__(self, room: int = 64) -> None:
        self.data: Any = array("i", [0]) * max(room, 1)
        self.room, self.n = max(room, 1), 0

    def push(self, x: int) -> None:
        """Append one."""
        if self.n == self.room:
            self.room += self.room // 2 + 64
            self.data = grown("i", self.data, self.room)
        self.data[self.n] = x
        self.n += 1

    def close(self) -> array[int]:
        """What is written, as an array."""
        return first(self.n, "i", self.data)


class Writer:
    """Instructions being written: `operand` for each operand, then `end` with the code of the instruction."""

    def __init__(self, room: int = 64, operands: int = 64) -> None:
        self.room, self.operands_room = room + 1, operands + 1
        self.codes: Any = array("B", [0]) * self.room
        self.varies: Any = array("B", [0]) * self.room
        self.starts: Any = array("i", [0]) * (self.room + 1)
        self.operands: Any = array("i", [0]) * self.operands_room
        self.n = self.m = self.differs = 0

    def index(self, i: int) -> None:
        """The operand of a leaf: which constant, parameter or input it is."""
        if self.m == self.operands_room:
            self.operands_room += self.operands_room // 2 + 64
            self.operands = grown("i", self.operands, self.operands_room)
        self.operands[self.m] = i
        self.m += 1

    def operand(self, x: int) -> None:
        """The next operand: the number of an earlier value."""
        self.differs |= self.varies[x]
        self.index(x)

    def end(self, code: int) -> int:
        """The instruction, after its operands; the number of its value."""
        if self.n + 1 == self.room:
            self.room += self.room // 2 + 64
            self.codes, self.varies = grown("B", self.codes, self.room), grown("B", self.varies, self.room)
            self.starts = grown("i", self.starts, self.room + 1)
        self.codes[self.n] = code
        self.varies[self.n] = self.differs if code > LAST_TOTAL else code == INPUT
        self.differs = 0
        self.n += 1
        self.starts[self.n] = self.m
        return self.n - 1

    def take_back(self) -> None:
        """Forget the operands since the last instruction."""
        self.m, self.differs = self.starts[self.n], 0

    def one(self, code: int, x: int) -> int:
        """The instruction code(x)."""
        self.operand(x)
        return self.end(code)

    def two(self, code: int, x: int, y: int) -> int:
        """The instruction code(x, y)."""
        self.operand(x)
        self.operand(y)
        return self.end(code)

    def copy(self, codes: Any, starts: Any, operands: Any, v: int, place: Any) -> int:
        """Instruction v of another list; `place` says where the values of that list are here."""
        code = codes[v]
        for i in range(starts[v], starts[v + 1]):
            if code <= LEAVES:
                self.index(operands[i])
            else:
                self.operand(place[operands[i]])
        return self.end(code)

    def close(self, numbers: array[float]) -> Instructions:
        """What is written. Whatever is wanted of it is still to be said. Nothing can be written after."""
        new = Instructions(numbers=numbers)
        new.codes, self.codes = first(self.n, "B", self.codes), None
        new.varies, self.varies = first(self.n, "B", self.varies), None
        new.starts, self.starts = first(self.n + 1, "i", self.starts), None
        new.operands, self.operands = first(self.m, "i", self.operands), None
        return new


def first(n: int, kind: str, data: Any) -> array[int]:
    """A copy of the first n numbers."""
    new = array(kind, [0]) * n
    memoryview(new)[:] = memoryview(data)[:n]
    return new


def grown(kind: str, data: Any, room: int) -> array[int]:
    """A copy of all numbers, with room for more."""
    new = array(kind, [0]) * room
    memoryview(new)[: len(data)] = memoryview(data)
    return new
