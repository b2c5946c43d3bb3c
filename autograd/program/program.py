"""`Program`: a compiled graph, with checks of its arguments."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from autograd.engine import Value
from autograd.program.compilers import Machine, assemble, lower, passes, recorder
from autograd.program.instructions import Instructions
from autograd.program.tape import Tape

if TYPE_CHECKING:
    import graphviz

Array = np.ndarray
FLOAT64 = np.dtype(np.float64)
Pass = Callable[[Instructions], Instructions]


class Program:
    """A compiled graph that runs over batches of examples, made by `autograd.compile`.

    rows is an (n, n_inputs) array of float64: one example per row, with the inputs in the order in which `compile` got
    them. There are three ways to run a program: values, gradient of the mean, and derivatives with respect to the inputs.
    Each is compiled on first use. A program can be pickled together with its parameters, and shared by threads. If
    `threads` is more than 1, it runs large batches on that many threads, with the same numbers.
    """

    tape: Tape
    n_inputs: int
    parameters: tuple[Value, ...]
    without: frozenset[str]

    PASSES: ClassVar[dict[str, Pass]] = {
        "fold": passes.fold,
        "share": passes.share,
        "prune": passes.prune,
        "multiply-add": passes.fuse_multiply_add,
        "multiply-total": passes.fuse_multiply_total,
        "chain": passes.chain,
        "layers": passes.layers,
    }
    REUSE = "reuse"  # of registers: the last pass, part of the assembly

    def __init__(
        self, graph: Tape, n_inputs: int, parameters: Sequence[Value], n_outputs: int | None, without: Collection[str] = ()
    ) -> None:
        self.tape, self.n_inputs, self.parameters = graph, n_inputs, tuple(parameters)
        self.n_outputs = n_outputs  # None for a single Value
        self.without = frozenset(without)
        self.threads = 1
        self._machines: dict[tuple[str, bool], Machine] = {}  # by what they compute, and True for a single row
        self._ready: dict[bool, Machine] = {}  # for `backward` without values, found at once

    # Running it

    def __call__(self, rows: Any, out: Array | None = None) -> Array:
        """Return the outputs for every example: (n,), or (n, n_outputs) if a sequence was compiled.

        out: an array of this shape to write them into; large outputs then need no new memory at each call.
        """
        values = self._run("values", rows, out)
        if values is out:
            return out
        values = values[:, 0] if self.n_outputs is None else values[:, : self.n_outputs]
        if out is None:
            return values
        if out.shape != values.shape:
            raise ValueError(f"out must have the shape of the outputs, {values.shape}, got {out.shape}")
        out[...] = values
        return out

    def backward(self, rows: Any) -> float:
        """Return the mean loss over the examples, and add its gradient to the parameters' `grad`, like `Value.backward`."""
        machine = self._ready.get(len(rows) == 1) if type(rows) is Array and rows.ndim else None
        mean: Any = None if machine is None else machine.backward(rows, self.parameters, None, self.threads)
        return self._backward(rows, None) if mean is None else mean

    def step(self, rows: Any) -> tuple[float, Array]:
        """Run `backward`; also return the Values in `watch` for each example, as an (n, n_watched) array."""
        values = np.empty((len(rows), len(self.tape.outputs) - 1))
        return self._backward(rows, values), values

    def gradient(self, rows: Any, parameters: Any) -> tuple[float, Array, Array]:
        """Run `step` with these numbers as parameters, leaving the parameters' Values unchanged. Return the mean, its
        gradient (n_parameters,) and the watched values (n, n_watched). Threads may call it with different parameters."""
        rows, numbers = self._nonempty(rows), np.ascontiguousarray(parameters, dtype=np.float64)
        if numbers.shape != (len(self.parameters),):
            raise ValueError(f"parameters must be {len(self.parameters)} numbers, one for each, got shape {numbers.shape}")
        machine = self._machine("backward", len(rows) == 1)
        results, values = np.empty(1 + len(self.parameters)), np.empty((len(rows), machine.plan.n_rows))
        machine.run(rows, numbers, values, results, self.threads)
        return float(results[0]), results[1:], values

    def input_grads(self, rows: Any) -> Array:
        """Return the derivatives of each example's loss with respect to its inputs, as an (n, n_inputs) array."""
        self._one_loss()
        return self._run("jacobian", rows)

    def jacobian(self, rows: Any) -> Array:
        """Return the derivatives of each example's outputs with respect to its inputs: (n, n_outputs, n_inputs) float64, or
        (n, n_inputs) if a single Value was compiled.

        >>> import autograd
        >>> x, y = Value(0.0), Value(0.0)
        >>> autograd.compile([x * y, x + y], inputs=[x, y]).jacobian([[2.0, 3.0]]).tolist()
        [[[3.0, 2.0], [1.0, 1.0]]]
        """
        slopes = self._run("jacobian", rows)
        return slopes if self.n_outputs is None else slopes.reshape(len(slopes), self.n_outputs, self.n_inputs)

    def _backward(self, rows: Any, values: Array | None) -> float:
        if type(rows) is not np.ndarray or not rows.ndim:
            rows = self._nonempty(rows)
        machine = self._machine("backward", len(rows) == 1)
        if values is None and machine.plan.n_rows:  # of `watch`
            values = np.empty((len(rows), machine.plan.n_rows))
        # the machine returns None for rows that must first be converted
        mean: Any = machine.backward(rows, self.parameters, values, self.threads)
        if mean is None:
            mean = machine.backward(self._nonempty(rows), self.parameters, values, self.threads)
        return mean  # type: ignore[no-any-return]  # the machine's, of either kind

    def _run(self, what: str, rows: Any, out: Array | None = None) -> Array:
        rows = self._rows(rows)
        machine = self._machine(what, len(rows) == 1)
        shape = len(rows), machine.plan.n_rows
        if out is not None and out.shape == shape and out.dtype == np.float64 and out.flags.c_contiguous:
            values = out
        else:
            values = np.empty(shape)
        parameters = np.array([p.data for p in self.parameters]) if self.parameters else None
        machine.run(rows, parameters, values, None, self.threads)
        return values

    def _rows(self, rows: Any) -> Array:
        """Convert rows for the machine. An error says what was expected, and what it got."""
        if type(rows) is Array and rows.dtype is FLOAT64 and rows.flags.c_contiguous and rows.shape[1:] == (self.n_inputs,):
            return rows
        given = np.asarray(rows)
        if given.dtype.kind not in "fiub" or given.dtype.itemsize > 8:
            raise TypeError(f"rows must be real numbers that fit float64, got an array of {given.dtype}")
        if given.ndim != 2 or given.shape[1] != self.n_inputs:
            raise ValueError(f"rows must have the shape (n, {self.n_inputs}), one column for each input, got {given.shape}")
        return np.ascontiguousarray(given, dtype=np.float64)

    def _nonempty(self, rows: Any) -> Array:
        """Convert rows like `_rows`. Raises ValueError if there are none."""
        rows = self._rows(rows)
        if not len(rows):
            raise ValueError("backward takes the mean over the rows, but there are none: pass at least one row")
        return rows  # type: ignore[no-any-return]  # an array

    def _one_loss(self) -> None:
        if self.n_outputs is not None:
            raise ValueError(
                f"a gradient needs a single loss, but this program has {self.n_outputs} outputs (a sequence): compile one "
                "Value, or use jacobian(rows)"
            )

    # Compiling it

    def instructions(self, what: str) -> Instructions:
        """Return the instructions of 'values', 'backward' or 'jacobian', before any pass. ValueError for another word."""
        if what not in ("values", "backward", "jacobian"):
            raise ValueError(f"a program has instructions for 'values', 'backward' and 'jacobian', got {what!r}")
        needed = recorder.used(self.tape)
        if what == "values":
            return lower.of_outputs(self.tape, needed)
        if what == "jacobian":
            return lower.of_jacobian(self.tape, needed, self.n_outputs or 1, range(self.n_inputs))
        self._one_loss()
        return lower.of_gradients(self.tape, needed, range(self.n_inputs, self.n_inputs + len(self.parameters)))

    def compiled(self, what: str, one_row: bool, without: frozenset[str] = frozenset()) -> Instructions:
        """Return the instructions after all passes except these. For a batch of one row, they have no sums over it."""
        code = self.instructions(what)
        if one_row:
            code = passes.unbatch(code, len(self.parameters))
        for name, transform in self.PASSES.items():
            if name not in self.without | without:
                code = transform(code)
        return code

    def _machine(self, what: str, one_row: bool) -> Machine:
        machine = self._machines.get((what, one_row))
        if machine is None:
            n = len(self.parameters) + (self.n_inputs if one_row else 0)
            plan = assemble.assemble(self.compiled(what, one_row), n, self.REUSE not in self.without)
            self._machines[what, one_row] = machine = Machine(plan, self.n_inputs, one_row)
            if what == "backward" and not plan.n_rows:
                self._ready[one_row] = machine
        return machine

    def same_as(self, other: Program) -> bool:
        """True if the other program computes the same function of its inputs and parameters, with the same constants."""
        mine, others = ({**vars(program.tape), "numbers": program.tape.numbers.tobytes()} for program in (self, other))
        return mine == others and self.n_inputs == other.n_inputs

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_machines": {}, "_ready": {}}

    # Looking at it

    def show(self, what: str = "backward", limit: int = 40) -> None:
        """Print the first `limit` instructions, the effect of each pass, and the layers that the compiler found."""
        from autograd.program.listing import listing

        print(listing(self, what, limit))

    def draw(self, what: str = "backward", layers: bool = False) -> graphviz.Digraph:
        """Draw the instructions after all passes. Write the drawing to a file with `.render("program")`.

        layers: draw instead the steps that the machine runs for one row, such as a matrix times the outputs of a layer.
        """
        from autograd.program.listing import drawing, drawing_of_layers

        return drawing_of_layers(self, what) if layers else drawing(self, what)

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
    """Compile a graph: the implementation of `autograd.compile`."""
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
        raise ValueError("a program needs at least one output: the sequence of outputs is empty")
    graph, others = recorder.record([*outputs, *watch], inputs, parameters)
    if strict:
        _check_leaves(graph, seen, others)
    return Program(graph, len(inputs), parameters, None if isinstance(loss, Value) else len(outputs), without)


def _check(name: str, x: Any, seen: dict[Value, str] | None) -> None:
    """Raise an error if x is not a Value or, with `seen`, if it is not a leaf or already has a role."""
    if not isinstance(x, Value):
        raise TypeError(f"compile takes Values, but {name} is a {type(x).__name__}: {x!r}")
    if seen is None:
        return
    if x.op:
        raise ValueError(f"{name} is not a leaf but the result of {x.op}: {x!r}; pass a Value(...) that nothing computed")
    if x in seen:
        raise ValueError(f"{name} is also {seen[x]}: {x!r}; list each leaf once")
    seen[x] = name


def _check_leaves(graph: Tape, seen: dict[Value, str], others: list[Value]) -> None:
    needed = recorder.used(graph)
    for node, (x, name) in enumerate(seen.items()):
        if not needed[node]:
            raise ValueError(
                f"the graph does not depend on {name}, {x!r}: was it turned into a plain number on the way, with float() "
                "or .data? Leave it out, or compile with strict=False to give it gradient 0"
            )
    if others:
        raise ValueError(
            f"{len(others)} leaves of the graph are neither inputs nor parameters, such as {others[0]!r}: name them, or "
            "compile with strict=False to keep their current numbers"
        )
