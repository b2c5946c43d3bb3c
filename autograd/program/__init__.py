"""Programs: a recorded graph, compiled to run over whole batches.

    writer.py        growing columns, and a writer for instructions
    tape.py          the graph as columns of integers; recorder.py  makes it
    lower.py         the operations of the tape as instructions, forward and backward
    instructions.py  the instruction set
    passes.py        the optimisations that shorten a list of instructions
    assemble.py      register allocation and machine code
    kernels.py       the instructions as C; numpy_machine.py  runs them in NumPy (autograd/compiled/machine.pyx: in C)
    compilers.py     these modules in the build that runs
    program.py       Program, which puts them together;   listing.py  its listing and drawing

How layers are recovered: a network of single numbers is lowered to single instructions, most of which repeat.

    dot(b1, w11, x1, w12, x2)              sixteen neurons          matmul 16x2
    dot(b2, w21, x1, w22, x2)      ->      over the same     ->     from w11 on, 2 places a column, 3 a row
    ...                                    x1, x2

The pass `layers` brings dots over the same second factors together, and likewise the sums of products of all pairs from two
groups of values (the gradients of a layer's weights). The assembly then looks at the places of the first factors, or of the
sums, in the table: if these form rows and columns at regular distances, they are one product of matrices, whose parts stay
in the CPU's registers. A batch of one row has a plan of its own, without sums over the batch: it is computed level by
level, and equal operations on neighbours are one step. `Program.show()` and `Program.draw(layers=True)` show the layers
found.

These modules are loaded on first use, so that `import autograd` stays fast.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from autograd.build import COMPILED

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
    """Compile the recorded graph of one example to a `Program`, which runs over batches of examples.

    loss: the Value, or sequence of Values, to compute. inputs: the leaves that get new numbers for each example.
    parameters: the leaves that training adjusts; the program reads their `data` and adds to their `grad` on each run.
    watch: further Values of the graph that `Program.step` returns along with the loss. without: the names of passes in
    `Program.PASSES` to leave out.

    Raises ValueError if the program might not do what was meant: if an input or parameter is not a leaf, is given twice or
    is not in the graph, or if the graph has another leaf, which should be an input or a parameter. With strict=False,
    unused inputs and parameters have gradient 0, and other leaves become constants with their current numbers.

    A graph does not contain Python's control flow: a graph recorded under `if x > 0:` holds one branch, and so does a
    derivative made with `create_graph`. Record it within `with autograd.tracing(inputs, parameters):`, as `nn.compile`
    does: this raises an error in the first case and keeps both branches in the second.

    Results agree with the graph's up to rounding: sums are added in another order, and `a * b + c` is rounded once.

    >>> from autograd import Value, compile
    >>> x, w = Value(1.0), Value(3.0)
    >>> program = compile(w * x * x, inputs=[x], parameters=[w])
    >>> program([[1.0], [2.0]]), program.backward([[1.0], [2.0]]), w.grad
    (array([ 3., 12.]), 7.5, 2.5)
    """
    from autograd.program.program import of_graph

    return of_graph(loss, inputs, parameters, strict, watch, without)


def adam_step(
    parameters: Sequence[Value],
    m: Any,
    v: Any,
    lr: float,
    beta1: float,
    beta2: float,
    steps: int,
    eps: float,
    decay: float,
    shrink: float,
) -> bool:
    """Update parameters as `nn.Adam.update` does, in one loop and with the same bits. In the pure build, which has no such
    loop, do nothing and return False.

    parameters: a list of Values. m, v: float64 arrays of the same length, the running means, which are updated. steps: the
    number of steps, including this one. decay: the multiple of a parameter that is added to its gradient. shrink: the
    factor by which each parameter is multiplied. Raises ValueError if the lengths differ.
    """
    return bool(_adam()(parameters, m, v, lr, beta1, beta2, steps, eps, decay, shrink))


@cache
def _adam() -> Callable[..., bool]:
    if COMPILED and not TYPE_CHECKING:
        from autograd.compiled.machine import adam

        return adam
    return lambda *_: False  # NumPy has no faster form than `nn.Adam.update`


def __getattr__(name: str) -> Any:
    if name == "Program":
        from autograd.program.program import Program

        return Program
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
