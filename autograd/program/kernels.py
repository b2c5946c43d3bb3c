"""The kernels of the machine: one for each instruction and each combination of kinds of operands, printed as C.

An operand is a column with a number for each example (kind 1), or a single number for all (kind 0). `python -m
autograd.program.kernels` prints the C code; the build of the package writes it to a header.
"""

from __future__ import annotations

from itertools import product

from autograd.program.instructions import BY_CODE, SET, Instruction

Kinds = tuple[int, ...]


def patterns(row: Instruction) -> list[Kinds]:
    """List the kinds of operands for which an instruction needs a kernel. Commuting operands have their columns last."""
    every = [kinds for kinds in product((0, 1), repeat=row.arity) if any(kinds)]
    if row.commutes or row.name == "fma":
        every = [kinds for kinds in every if kinds[0] <= kinds[1] and (kinds[1] or row.arity == 3)]
    return every


def _number() -> dict[tuple[str, Kinds], int]:
    keys = [(row.name, kinds) for row in BY_CODE if row.c for kinds in patterns(row)]
    keys += [("dot", (a, 1, c)) for a in (0, 1) for c in (0, 1)]
    keys += [("matmul", (0, 1, c)) for c in (0, 1)]
    keys += [("store", (1,)), ("load", (1,)), ("total", (1,)), ("total_product", (1, 1)), ("outer", (1, 1))]
    return {key: i for i, key in enumerate(keys)}


KERNELS = _number()
BY_KERNEL = list(KERNELS)


def kernel(name: str, kinds: Kinds) -> str:
    """Print the C code of one kernel: a loop over the examples around the instruction's expression."""
    names = "xyz"[: len(kinds)]
    singles = [f"const double {x} = NUMBER({i + 2});" for i, (x, kind) in enumerate(zip(names, kinds)) if not kind]
    columns = [f"const double *{x}s = COLUMN({i + 2});" for i, (x, kind) in enumerate(zip(names, kinds)) if kind]
    reads = [f"const double {x} = {x}s[i];" for x, kind in zip(names, kinds) if kind]
    return (
        f"case {KERNELS[name, kinds]}: {{ /* {name} */ {' '.join(singles + columns)} double *out = COLUMN(1); "
        f"EACH_ROW {{ {' '.join(reads)} out[i] = {SET[name].c}; }} at += {2 + len(kinds)}; break; }}"
    )


def header() -> str:
    """Print the C code of all kernels that are one expression, and the numbers of the others, which are in machine.h."""
    lines = ["/* Printed by autograd/program/kernels.py from the rows of instructions.py. */", "#define KERNELS \\"]
    printed = [kernel(name, kinds) for name, kinds in BY_KERNEL if name in SET and SET[name].c]
    lines += [line + " \\" for line in printed]
    others = [(name, kinds) for name, kinds in BY_KERNEL if name not in SET or not SET[name].c]
    lines += ["", *(f"#define {name.upper()}_{''.join(map(str, kinds))} {KERNELS[name, kinds]}" for name, kinds in others)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(header())
