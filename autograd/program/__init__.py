"""Programs: a recorded graph, compiled to run over whole batches.

    writer.py        columns that grow, and instructions being written
    tape.py          the graph as columns of integers
    templates.py     rows of the table of operations as instructions
    lower.py         the tape as instructions, forward and backward
    instructions.py  the instruction set
    passes.py        what makes a list of instructions shorter
    assemble.py      registers, and machine code
    kernels.py, machine.h, loops.h, machine.pyx, numpy_machine.py   what runs it
    program.py       Program, which puts them together;   listing.py  what a person sees of it

Loaded when first used: `import autograd` stays fast.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd.engine import Value
    from autograd.program.program import Program as Program


def compile(
    loss: Value | Sequence[Value],
    inputs: Sequence[Value],
    parameters: Sequence[Value] = (),
    *,
    strict: bool = True,
    watch: Sequence[Value] = (),
    without: Collection[str] = (),
) -> Program:
    """The recorded graph of one example as a `Program`, to be replayed over batches of rows.

    loss: what the program computes, one Value or several. inputs: the leaves that each row gives new numbers to.
    parameters: the leaves that training adjusts; the program reads their `data` and adds to their `grad` whenever it runs.
    watch: other Values of the graph to have beside the loss in `Program.step`. without: passes to leave out, of
    `Program.PASSES`.

    ValueError where a program might surprise: if an input or parameter is not a leaf, comes twice or does not occur in
    the graph, or if another leaf does: name it as input or parameter. With strict=False unused ones have gradient 0, and
    other leaves are constants, which keep the number they have now.

    Python's control flow is not in a graph: a graph recorded under `if x > 0:` is one branch, and so is a derivative made
    with `create_graph`. Record it within `with autograd.tracing(inputs, parameters):`, which makes the first an error and
    keeps both branches of the second, as `nn.compile` does.

    >>> from autograd import Value, compile
    >>> x, w = Value(1.0), Value(3.0)
    >>> program = compile(w * x * x, inputs=[x], parameters=[w])
    >>> program([[1.0], [2.0]]), program.backward([[1.0], [2.0]]), w.grad
    (array([ 3., 12.]), 7.5, 2.5)
    """
    from autograd.program.program import of_graph

    return of_graph(loss, inputs, parameters, strict, watch, without)


def __getattr__(name: str) -> Any:
    if name == "Program":
        from autograd.program.program import Program

        return Program
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
