"""The instruction set of programs, and the storage of a list of instructions.

The set is the arithmetic `m` in which the operations are written (operations.py), so a program can run any of them. A list
of instructions is in SSA form: each instruction makes one value, which never changes, and whose number is its place in
the list. Lists are stored in columns of integers, about 16 bytes per instruction, so that a graph of a million nodes fits.
"""

from __future__ import annotations

import operator
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from autograd import floats


@dataclass(frozen=True)
class Instruction:
    """One kind of instruction.

    arity    the number of operands in the C expression
    c        the C expression of the result in x, y, z; '' for instructions that are written out in machine.h
    numpy    the name of the NumPy function
    flops    floating-point operations per example (1 for a transcendental function)
    neutral  (side, number): if this operand (0 or 1) is this number, the result is the other operand
    square   (number, name): if the second operand is this number, the result is name(x, x)
    fixed    (number, result): if the second operand is this number, the result is that one
    """

    name: str
    arity: int = 0
    c: str = ""
    numpy: str = ""
    flops: int = 1
    neutral: tuple[tuple[int, float], ...] = ()
    square: tuple[float, str] | None = None
    fixed: tuple[float, float] | None = None
    commutes: bool = False
    code: int = field(init=False, compare=False)


# fmt: off
_ROWS = [
    # Leaves: their operand is an index, not a value
    Instruction("constant", flops=0), Instruction("parameter", flops=0),
    Instruction("input", flops=0), Instruction("count", flops=0),  # count: the number of examples
    # Over the batch: a value per example in, one number out
    Instruction("total"), Instruction("total_product", flops=2),
    # a1 * b1 + a2 * b2 + ... + c at once: operands c, a1, b1, a2, b2...; two flops for each product
    Instruction("dot", flops=2),
    # Arithmetic
    Instruction("add", 2, "x + y", "add", commutes=True),
    Instruction("sub", 2, "x - y", "subtract", neutral=((1, 0.0),)),
    Instruction("mul", 2, "x * y", "multiply", neutral=((0, 1.0), (1, 1.0)), commutes=True),
    Instruction("fma", 3, "x * y + z", flops=2),
    Instruction("neg", 1, "-x", "negative"),
    Instruction("div", 2, "x / y", "divide", neutral=((1, 1.0),)),
    # Choices: a comparison gives 1 or 0
    Instruction("lt", 2, "x < y ? 1.0 : 0.0", "less"),
    Instruction("le", 2, "x <= y ? 1.0 : 0.0", "less_equal"),
    Instruction("equal", 2, "x == y ? 1.0 : 0.0", "equal"),
    Instruction("where", 3, "x != 0.0 ? y : z", "where"),
    Instruction("larger", 2, "y > x || y != y ? y : x", "maximum"),
    # Functions: the fast_ ones are vectorised, in machine.h; the others are from the C library
    Instruction("abs", 1, "fabs(x)", "abs"), Instruction("floor", 1, "floor(x)", "floor"),
    Instruction("sqrt", 1, "sqrt(x)", "sqrt"),
    Instruction("exp", 1, "fast_exp(x)", "exp"), Instruction("expm1", 1, "fast_expm1(x)", "expm1"),
    Instruction("log", 1, "fast_log(x)", "log"), Instruction("log1p", 1, "fast_log1p(x)", "log1p"),
    Instruction("log2", 1, "log2(x)", "log2"), Instruction("log10", 1, "log10(x)", "log10"),
    Instruction("tanh", 1, "fast_tanh(x)", "tanh"),
    Instruction("sin", 1, "sin(x)", "sin"), Instruction("cos", 1, "cos(x)", "cos"), Instruction("tan", 1, "tan(x)", "tan"),
    Instruction("asin", 1, "asin(x)", "arcsin"), Instruction("acos", 1, "acos(x)", "arccos"),
    Instruction("atan", 1, "atan(x)", "arctan"), Instruction("atan2", 2, "atan2(x, y)", "arctan2"),
    Instruction("sinh", 1, "sinh(x)", "sinh"), Instruction("cosh", 1, "cosh(x)", "cosh"),
    Instruction("asinh", 1, "asinh(x)", "arcsinh"), Instruction("acosh", 1, "acosh(x)", "arccosh"),
    Instruction("atanh", 1, "atanh(x)", "arctanh"), Instruction("fmod", 2, "fmod(x, y)", "fmod"),
    Instruction("erf", 1, "erf(x)"), Instruction("erfc", 1, "erfc(x)"),
    Instruction("hypot", 2, "hypot(x, y)", "hypot"),
    Instruction("pow", 2, "pow(x, y)", "power", neutral=((1, 1.0),), square=(2.0, "mul"), fixed=(0.0, 1.0)),
]
# fmt: on

SET: dict[str, Instruction] = {}
BY_CODE: list[Instruction] = []
for _row in _ROWS:
    object.__setattr__(_row, "code", len(BY_CODE))
    SET[_row.name] = _row
    BY_CODE.append(_row)

# The instructions on Python floats: those in `floats`, and the others
ON_FLOATS: dict[str, Callable[..., Any]] = {
    row.name: getattr(floats, row.name) for row in _ROWS if hasattr(floats, row.name)
}
ON_FLOATS |= {name: getattr(operator, name) for name in ("add", "sub", "mul", "neg", "lt", "le")}
ON_FLOATS |= {"fma": lambda x, y, z: x * y + z, "larger": lambda x, y: y if y > x or y != y else x}

LEAVES = SET["count"].code  # codes up to this one are leaves
TOTALS = SET["total"].code, SET["total_product"].code


@dataclass
class Instructions:
    """A list of instructions, and the values that are wanted as results.

    codes     (n,) the kind of each instruction, an index into BY_CODE
    starts    (n + 1,) the start of each instruction's operands in `operands`
    operands  the operands of all instructions in turn: the numbers of earlier values, or an index for a leaf
    varies    (n,) 1 for values that differ between examples, 0 for values that are the same for all
    numbers   the constants that `constant` instructions refer to
    rows      values wanted for every example of the batch
    results   values wanted once: means and gradients
    """

    codes: array[int] = field(default_factory=lambda: array("B"))
    starts: array[int] = field(default_factory=lambda: array("i", [0]))
    operands: array[int] = field(default_factory=lambda: array("i"))
    varies: array[int] = field(default_factory=lambda: array("B"))
    numbers: array[float] = field(default_factory=lambda: array("d"))
    rows: list[int] = field(default_factory=list)
    results: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.codes)

    def __iter__(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Yield each instruction as (name, operands), for listings and tests; a constant's operand is its number."""
        for i, code in enumerate(self.codes):
            operands = tuple(self.operands[self.starts[i] : self.starts[i + 1]])
            name = BY_CODE[code].name
            yield name, (self.numbers[operands[0]],) if name == "constant" else operands
