"""Show a program: its instructions, the effect of each pass, and a drawing."""

from __future__ import annotations

from itertools import chain, groupby
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from autograd.program.assemble import Plan
from autograd.program.compilers import assemble
from autograd.program.instructions import Instructions
from autograd.program.numpy_machine import Step, decode

if TYPE_CHECKING:
    import graphviz

WIDTH = 80  # of a line of steps
SHOWN = 12  # steps at the beginning, and at the end


def listing(program: Any, what: str, limit: int) -> str:
    """List the first `limit` instructions, followed by a table of the passes and the layers that the compiler found."""
    code = program.compiled(what, one_row=False)
    varies = code.varies
    lines = [f"{program!r}, {what}: {len(code)} instructions", "(% is a number for each row, $ the same for all)"]
    for v, (name, operands) in enumerate(code):
        if v == limit:
            lines.append(f"  ... {len(code) - limit} more")
            break
        leaf = name in ("constant", "parameter", "input", "count")
        texts = [f"{x!r}" if leaf else f"{'$%'[varies[x]]}{x}" for x in operands]
        lines.append(f"  {'$%'[varies[v]]}{v} = {name}({', '.join(texts)})")
    return "\n".join([*lines, "", *_effects(program, what), "", *_layers(program, what)])


def _effects(program: Any, what: str) -> list[str]:
    """Make a line for each pass: the program's size after it, and its final size without that pass."""
    lines = [f"{'pass':<16}{'instructions':>13}{'registers':>11}{'bytes':>10}{'flops/row':>11}{'without it':>13}"]
    code, n = program.instructions(what), len(program.parameters)
    lines.append(_row("none", code, assemble.assemble(code, n, reuse=False), ""))
    for name, transform in program.PASSES.items():
        if name in program.without:
            lines.append(f"{name:<16}{'left out':>13}")
            continue
        code = transform(code)
        others = len(program.compiled(what, False, frozenset({name})))
        lines.append(_row(name, code, assemble.assemble(code, n, reuse=False), str(others)))
    if program.REUSE in program.without:
        return [*lines, f"{program.REUSE:<16}{'left out':>13}"]
    return [*lines, _row(program.REUSE, code, assemble.assemble(code, n), "")]


def _row(name: str, code: Instructions, plan: Plan, without: str) -> str:
    size = 4 * (len(plan.prologue) + len(plan.body) + len(plan.epilogue)) + 8 * len(plan.table)
    return f"{name:<16}{len(code):>13}{plan.registers:>11}{size:>10}{plan.flops:>11}{without:>13}"


def _steps(program: Any, what: str) -> list[Step]:
    """Return the steps that the machine runs for one row."""
    n = program.n_inputs + len(program.parameters)
    return list(decode(assemble.assemble(program.compiled(what, one_row=True), n).prologue, runs=True))


def _name(step: Step) -> str:
    """Name a step: `matmul 16x2` for a matrix of 16 rows and 2 columns, `exp of 27` for a run of neighbours."""
    length, name, _, at = step
    if name == "matmul":
        return f"matmul {len(at[0])}x{len(at[3])}"
    return f"{name} of {length}" if length > 1 else name


def _layers(program: Any, what: str) -> list[str]:
    """List the steps that the machine runs for one row: repeated ones are counted, and the middle is left out."""
    steps = _steps(program, what)
    names = [(name, sum(1 for _ in same)) for name, same in groupby(map(_name, steps))]
    found = [name if count == 1 else f"{count} times {name}" for name, count in names]
    if len(found) > 2 * SHOWN:
        found = [*found[:SHOWN], f"({len(found) - 2 * SHOWN} more)", *found[-SHOWN:]]
    text = ", ".join(name.replace(" ", "\N{NO-BREAK SPACE}") for name in found)  # where a line does not end
    lines = wrap(text, WIDTH, initial_indent="  ", subsequent_indent="  ")
    return [f"found for one row: {len(steps)} steps", *(line.replace("\N{NO-BREAK SPACE}", " ") for line in lines)]


def _places(step: Step) -> tuple[list[int], list[int]]:
    """Return the places in the table that a step writes, and those that it reads."""
    length, name, kinds, at = step
    if name == "matmul":
        targets, c, grid, factors = at
        return targets, [*c, *chain.from_iterable(grid), *factors]
    if name == "dot":
        kinds = (kinds[0], *(kinds[1:2] * len(at[2])), *(kinds[2:] * len(at[3])))
        at = [at[0], at[1], *at[2], *at[3]]
    reads = [x + i for kind, x in zip(kinds, at[1:]) for i in range(length if kind else 1)]
    return [at[0] + i for i in range(length)], reads


def drawing_of_layers(program: Any, what: str) -> graphviz.Digraph:
    """Draw a box for each step that the machine runs for one row. Equal steps on results of the same boxes share a box."""
    import graphviz

    graph = graphviz.Digraph("layers", graph_attr={"rankdir": "LR"}, node_attr={"shape": "box", "fontname": "monospace"})
    maker: dict[int, int] = {}  # the box that computes each place
    boxes: dict[tuple[str, frozenset[int]], int] = {}
    sizes: list[int] = []
    for step in _steps(program, what):
        writes, reads = _places(step)
        key = _name(step), frozenset(maker[x] for x in reads if x in maker)
        box = boxes.setdefault(key, len(boxes))
        sizes[box:] = [sizes[box] + 1 if box < len(sizes) else 1]
        maker.update(dict.fromkeys(writes, box))
    for ((name, operands), box), size in zip(boxes.items(), sizes):
        graph.node(str(box), name if size == 1 else f"{size} times {name}", style="filled", fillcolor="gray93")
        for operand in sorted(operands):
            graph.edge(str(operand), str(box))
    return graph


def drawing(program: Any, what: str) -> graphviz.Digraph:
    """Draw a box for each instruction, rounded if its value differs between examples, with edges from its operands."""
    import graphviz

    code = program.compiled(what, one_row=False)
    varies = code.varies
    graph = graphviz.Digraph("program", graph_attr={"rankdir": "LR"}, node_attr={"shape": "box", "fontname": "monospace"})
    for v, (name, operands) in enumerate(code):
        leaf = name in ("constant", "parameter", "input", "count")
        text = f"{name} {operands[0]!r}" if leaf and operands else name
        graph.node(str(v), text, style="rounded" if varies[v] else "filled", fillcolor="white" if varies[v] else "gray93")
        for x in () if leaf else operands:
            graph.edge(str(x), str(v))
    for v in code.rows + code.results:
        graph.node(str(v), penwidth="2")
    return graph
