"""`Program`: a compiled graph, and the checks at its edge."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from autograd.engine import Value
from autograd.program.compilers import Machine, assemble, lower, passes, tape
from autograd.program.instructions import Instructions
from autograd.program.tape import Tape

if TYPE_CHECKING:
    import graphviz

Array = np.ndarray
Pass = Callable[[Instructions], Instructions]


class Program:
    """A graph that runs over batches of rows; `autograd.compile` makes it.

    rows are (n, n_inputs) float64, the inputs in the order in which they were given to `compile`. Each of the three ways
    to run it (values, gradient of the mean, gradients towards the inputs) is compiled when first used. It pickles, with
    its parameters. Threads may share it; with `threads` more than 1, it uses that many for large batches, and the
    numbers are the same.
    """

    PASSES: ClassVar[dict[str, Pass]] = {
        "fold": passes.fold,
        "share": passes.share,
        "prune": passes.prune,
        "multiply-add": passes.fuse_multiply_add,
        "multiply-total": passes.fuse_multiply_total,
        "chain": passes.chain,
    }
    REUSE = "reuse"  # of registers: the last pass, which is part of the assembly

    def __init__(
        self, graph: Tape, n_inputs: int, parameters: Sequence[Value], n_outputs: int | None, without: Collection[str] = ()
    ) -> None:
        self.tape, self.n_inputs, self.parameters = graph, n_inputs, tuple(parameters)
        self.n_outputs = n_outputs  # None for a single Value
        self.without = frozenset(without)
        self.threads = 1
        self._machines: dict[str, Machine] = {}

    # Running it

    def __call__(self, rows: Any) -> Array:
        """The outputs for every row: (n,), or (n, n_outputs) if a sequence was compiled."""
        values = self._run("values", rows)
        return values[:, 0] if self.n_outputs is None else values[:, : self.n_outputs]

    def backward(self, rows: Any) -> float:
        """The mean of the loss over the rows; adds its gradient to every parameter's `grad`, as `Value.backward` does."""
        return self._backward(rows, None)

    def step(self, rows: Any) -> tuple[float, Array]:
        """`backward`, and (n, n_watched) what the Values in `watch` were for each row."""
        values = np.empty((len(rows), len(self.tape.outputs) - 1))
        return self._backward(rows, values), values

    def gradient(self, rows: Any, parameters: Any) -> tuple[float, Array, Array]:
        """(mean, (n_parameters,), (n, n_watched)): `step` with these numbers for the parameters, whose Values it leaves
        alone. (So several threads may call it with different ones.)"""
        rows, machine = self._some(rows), self._machines.get("backward") or self._machine("backward")
        results, values = np.empty(1 + len(self.parameters)), np.empty((len(rows), machine.plan.n_rows))
        machine.run(rows, np.ascontiguousarray(parameters, dtype=np.float64), values, results, self.threads)
        return float(results[0]), results[1:], values

    def input_grads(self, rows: Any) -> Array:
        """(n, n_inputs): the derivative of the loss of each row towards its inputs."""
        self._one_loss()
        return self._run("input_grads", rows)

    def _backward(self, rows: Any, values: Array | None) -> float:
        machine = self._machines.get("backward") or self._machine("backward")
        # the machine takes what needs no conversion, and gives None for the rest
        mean: Any = machine.backward(rows, self.parameters, values, self.threads)
        if mean is None:
            mean = machine.backward(self._some(rows), self.parameters, values, self.threads)
        return mean  # type: ignore[no-any-return]

    def _run(self, what: str, rows: Any) -> Array:
        machine = self._machines.get(what) or self._machine(what)
        rows = self._rows(rows)
        values = np.empty((len(rows), machine.plan.n_rows))
        machine.run(rows, np.array([p.data for p in self.parameters]), values, np.empty(0), self.threads)
        return values

    def _rows(self, rows: Any) -> Array:
        """rows as the machine takes them; an error names what was expected and what came."""
        given = np.asarray(rows)
        if given.dtype.kind not in "fiub" or given.dtype.itemsize > 8:
            raise TypeError(f"rows must be real numbers that fit float64, got an array of {given.dtype}")
        if given.ndim != 2 or given.shape[1] != self.n_inputs:
            raise ValueError(f"rows must have the shape (n, {self.n_inputs}), one column for each input, got {given.shape}")
        return np.ascontiguousarray(given, dtype=np.float64)

    def _some(self, rows: Any) -> Array:
        """`_rows`, of which there must be one."""
        rows = self._rows(rows)
        if not len(rows):
            raise ValueError("backward takes the mean over the rows, and there are none: give at least one row")
        return rows  # type: ignore[no-any-return]

    def _one_loss(self) -> None:
        if self.n_outputs is not None:
            raise ValueError(f"a gradient is that of one loss, and this program has {self.n_outputs} outputs in a sequence")

    # Compiling it

    def instructions(self, what: str) -> Instructions:
        """The instructions, before any pass, of 'values', 'backward' or 'input_grads'."""
        if what == "values":
            return lower.of_outputs(self.tape, tape.used(self.tape))
        self._one_loss()
        leaf, first, n = (
            (tape.PARAMETER, self.n_inputs, len(self.parameters)) if what == "backward" else (tape.INPUT, 0, self.n_inputs)
        )
        return lower.of_gradients(self.tape, tape.used(self.tape), leaf, range(first, first + n))

    def _machine(self, what: str) -> Machine:
        code = self.instructions(what)
        for name, transform in self.PASSES.items():
            if name not in self.without:
                code = transform(code)
        plan = assemble.assemble(code, len(self.parameters), self.REUSE not in self.without)
        self._machines[what] = machine = Machine(plan, self.n_inputs)
        return machine

    def same_as(self, other: Program) -> bool:
        """Whether the other program computes the same of its inputs and parameters, constants included."""
        mine, others = ({**vars(program.tape), "numbers": program.tape.numbers.tobytes()} for program in (self, other))
        return mine == others and self.n_inputs == other.n_inputs

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_machines": {}}

    # Looking at it

    def show(self, what: str = "backward", limit: int = 40) -> None:
        """Print the first `limit` instructions, and what each pass did."""
        from autograd.program.listing import listing

        print(listing(self, what, limit))

    def draw(self, what: str = "backward") -> graphviz.Digraph:
        """The instructions after all passes, as a drawing: render it with `.render("program")`."""
        from autograd.program.listing import drawing

        return drawing(self, what)

    def __repr__(self) -> str:
        return f"Program({len(self.tape.codes)} nodes, {self.n_inputs} inputs, {len(self.parameters)} parameters)"


def of_graph(
    loss: Any,
    inputs: Sequence[Value],
    parameters: Sequence[Value],
    strict: bool,
    watch: Sequence[Value],
    without: Collection[str],
) -> Program:
    """What `autograd.compile` does."""
    inputs, parameters = list(inputs), list(parameters)
    outputs = [loss] if isinstance(loss, Value) else list(loss)
    unknown = set(without) - {*Program.PASSES, Program.REUSE}
    if unknown:
        raise ValueError(f"no pass is named {unknown.pop()!r}: they are {', '.join([*Program.PASSES, Program.REUSE])}")
    seen: dict[Value, str] = {}
    for name, values in (("output", outputs + list(watch)), ("input", inputs), ("parameter", parameters)):
        for i, x in enumerate(values):
            _check(f"{name} {i}", x, seen if name != "output" else None)
    if not outputs:
        raise ValueError("a program computes something: the sequence of outputs is empty")
    graph, others = tape.record([*outputs, *watch], inputs, parameters)
    if strict:
        _check_leaves(graph, seen, others)
    return Program(graph, len(inputs), parameters, None if isinstance(loss, Value) else len(outputs), without)


def _check(name: str, x: Any, seen: dict[Value, str] | None) -> None:
    """Errors for what is no Value; and for leaves, for what is none or has a role already."""
    if not isinstance(x, Value):
        raise TypeError(f"compile takes Values, and {name} is a {type(x).__name__}: {x!r}")
    if seen is None:
        return
    if x.op:
        raise ValueError(f"{name} is not a leaf but the result of {x.op}: {x!r}")
    if x in seen:
        raise ValueError(f"{name} is {seen[x]} as well: {x!r}")
    seen[x] = name


def _check_leaves(graph: Tape, seen: dict[Value, str], others: list[Value]) -> None:
    needed = tape.used(graph)
    for node, (x, name) in enumerate(seen.items()):
        if not needed[node]:
            raise ValueError(
                f"the graph does not depend on {name}, {x!r}: was it turned into a plain number on the way, with float() "
                "or .data? Leave it out, or compile with strict=False if its gradient is to be 0"
            )
    if others:
        raise ValueError(
            f"{len(others)} leaves of the graph are neither inputs nor parameters, such as {others[0]!r}: name them, or "
            "compile with strict=False to keep the numbers they have now"
        )
