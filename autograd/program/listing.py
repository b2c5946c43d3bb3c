"""Show a program: its instructions, the effect of each pass, and a drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd.program.assemble import Plan
from autograd.program.compilers import assemble
from autograd.program.instructions import Instructions

if TYPE_CHECKING:
    import graphviz


def after_passes(program: Any, what: str, without: frozenset[str]) -> Instructions:
    """Return the instructions after all passes except these."""
    code: Instructions = program.instructions(what)
    for name, transform in program.PASSES.items():
        if name not in without:
            code = transform(code)
    return code


def listing(program: Any, what: str, limit: int) -> str:
    """List the first `limit` instructions, followed by a table of the passes."""
    code = after_passes(program, what, program.without)
    varies = code.varies
    lines = [f"{program!r}, {what}: {len(code)} instructions", "(% is a number for each row, $ the same for all)"]
    for v, (name, operands) in enumerate(code):
        if v == limit:
            lines.append(f"  ... {len(code) - limit} more")
            break
        leaf = name in ("constant", "parameter", "input", "count")
        texts = [f"{x!r}" if leaf else f"{'$%'[varies[x]]}{x}" for x in operands]
        lines.append(f"  {'$%'[varies[v]]}{v} = {name}({', '.join(texts)})")
    return "\n".join([*lines, "", *_effects(program, what)])


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
        others = len(after_passes(program, what, program.without | {name}))
        lines.append(_row(name, code, assemble.assemble(code, n, reuse=False), str(others)))
    if program.REUSE in program.without:
        return [*lines, f"{program.REUSE:<16}{'left out':>13}"]
    return [*lines, _row(program.REUSE, code, assemble.assemble(code, n), "")]


def _row(name: str, code: Instructions, plan: Plan, without: str) -> str:
    size = 4 * (len(plan.prologue) + len(plan.body) + len(plan.epilogue)) + 8 * len(plan.table)
    return f"{name:<16}{len(code):>13}{plan.registers:>11}{size:>10}{plan.flops:>11}{without:>13}"


def drawing(program: Any, what: str) -> graphviz.Digraph:
    """Draw a box for each instruction, rounded if its value differs between examples, with edges from its operands."""
    import graphviz

    code = after_passes(program, what, program.without)
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
