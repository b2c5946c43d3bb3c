"""The recorded graph as columns of integers: all that a program, pickled or not, keeps of it."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

CONSTANT, INPUT, PARAMETER = -1, -2, -3  # codes of leaves; 0 and up are operations, as indices into `names`


@dataclass
class Tape:
    """Every node of a graph, each after its operands.

    codes     (n,) the kind of each node: a leaf or an operation
    starts    (n + 1,) the start of its operands in `operands`
    operands  the numbers of earlier nodes; for a leaf, the index of the constant, input or parameter
    numbers   the constants
    names     the operations that occur
    outputs   the requested nodes
    """

    codes: array[int] = field(default_factory=lambda: array("h"))
    starts: array[int] = field(default_factory=lambda: array("i", [0]))
    operands: array[int] = field(default_factory=lambda: array("i"))
    numbers: array[float] = field(default_factory=lambda: array("d"))
    names: list[str] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
