"""`compile`: trace a model and its loss, and run them as a program."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from typing import Any

import autograd
from autograd import Value, grads_of, set_grads, tracing
from nn.arrays import np
from nn.data import refuse_none
from nn.losses import scalar_loss
from nn.module import Module, flatten, forward, needs_whole_batch, plain_rows

Array = np.ndarray
Shapes = tuple[tuple[int, ...], tuple[int, ...]]  # of one example and of one target
CHECKED = 8  # number of examples in the first batch on which a program is compared with the model itself


def compile(model: Module, loss: Callable[..., Any], threads: int = 1) -> CompiledStep:
    """Return a function step(X, y) that computes the mean loss and sets every parameter's gradient.

    It does what `zero_grad()`, `loss(outputs, y)` and `backward()` do, orders of magnitude faster: model and loss are
    traced on the first example, and the resulting program runs on the whole batch (`autograd.compile`). A model with batch
    normalisation is traced on the whole batch, once for each batch size.

    X: (n_examples, ...) numbers, as lists, an array, a data frame or a tensor of PyTorch. y: (n_examples,) or
    (n_examples, ...). threads: the number of threads for large batches.

    The step raises `autograd.TraceError` if Python's control flow depends on an input or parameter. It raises ValueError if
    model or loss compute something different each time they run (as dropout does), or if the loss of a batch is not the
    mean of the losses of its examples; to find out, the first batch is also computed without a program.

    >>> import nn
    >>> model = nn.MLP(2, [3, 1], seed=0)
    >>> step = nn.compile(model, nn.mse_loss)
    >>> X, y = [[0.0, 1.0], [1.0, 1.0]], [0.0, 1.0]
    >>> abs(step(X, y) - nn.evaluate(model, X, y, nn.mse_loss)[0]) < 1e-12
    True
    """
    return CompiledStep(model, loss, threads)


@dataclass
class TracedProgram:
    """A program for batches of one shape. Its watched values are the outputs, then the arguments of the callbacks.

    shapes: of one example and of one target. n_outputs: the number of outputs. single_output: True if the model returns one
    Value per example, not a list. callbacks: functions that the model registered while it was traced, each with the number
    of its arguments. checked: True if the results were compared with the model's own.
    """

    program: Any
    shapes: Shapes
    n_outputs: int
    single_output: bool
    callbacks: list[tuple[Callable[..., Any], int]]
    checked: bool = False


class CompiledStep:
    """A model with its loss, compiled when it is first called. `compile` returns it and describes its arguments.

    programs: the traced programs, by the shapes of the data, the model's mode and (for batch normalisation) the batch size.
    """

    def __init__(self, model: Module, loss: Callable[..., Any], threads: int = 1) -> None:
        self.model: Module = model
        self.loss: Callable[..., Any] = loss
        self.threads: int = threads
        tensors = [tensor for _, tensor in model.tensors()]  # also those of frozen modules, which may thaw
        self.parameters: list[Value] = list(dict.fromkeys(flatten(tensors, [])))
        self.whole_batch: bool = needs_whole_batch(model)
        self.programs: dict[Any, TracedProgram] = {}

    def __call__(self, X: Any, y: Any) -> float:
        """Return the mean loss and set every parameter's gradient. Shapes and errors: see `compile`."""
        mean = self.run(*self.as_table(X, y))[0]
        if mean != mean:
            refuse_none("X", X)
            refuse_none("y", y)
        return mean

    def as_table(self, X: Any, y: Any) -> tuple[Array, Shapes]:
        """Return X and y as one float64 array (n_examples, n_inputs), and the shapes of one example and one target.

        Raises ValueError if they are not numbers, not of one shape, or not equally many.
        """
        try:
            examples, targets = (np.asarray(plain_rows(x), dtype=np.float64) for x in (X, y))
        except (TypeError, ValueError) as error:
            raise ValueError(f"X and y must contain numbers, and all examples must have one shape: {error}") from None
        if not examples.ndim or not targets.ndim or len(examples) != len(targets) or not len(examples):
            raise ValueError(
                f"X and y must each have one entry per example, got shapes {examples.shape} and {targets.shape}"
            )
        n = len(examples)
        return np.hstack([examples.reshape(n, -1), targets.reshape(n, -1)]), (examples.shape[1:], targets.shape[1:])

    def run(self, table: Array, shapes: Shapes) -> tuple[float, Array]:
        """Return the mean loss and the outputs of the examples in a table; set every parameter's gradient.

        table, shapes: as from `as_table`. The outputs have the shape (n_examples,) or (n_examples, n_outputs).
        """
        n = len(table)
        traced = self.trace(table, shapes)
        set_grads(self.parameters, 0.0)
        mean, watched = traced.program.step(table.reshape(1, -1) if self.whole_batch else table)
        if mean != mean:
            self._raise_if_an_example_is_wrong(table, shapes)
        start = traced.n_outputs
        for callback, n_arguments in traced.callbacks:
            for arguments in watched[:, start : start + n_arguments].tolist():
                callback(*arguments)
            start += n_arguments
        outputs = watched[:, : traced.n_outputs].reshape(n, -1)
        return mean, outputs[:, 0] if traced.single_output else outputs

    def trace(self, table: Array, shapes: Shapes) -> TracedProgram:
        """Return the program for batches like this one; on first use, trace it and compare it with the model."""
        traced = self._program_for(table, shapes)
        if not traced.checked and len(table) > 1 and not self.whole_batch:
            self._compare(traced, table[:CHECKED])
            traced.checked = True
        return traced

    def _program_for(self, table: Array, shapes: Shapes) -> TracedProgram:
        key = (shapes, self.model.training, len(table) if self.whole_batch else None)
        if key not in self.programs:
            batches = [table, table[::-1]] if self.whole_batch else [table[:1], table[-1:]]
            first, second = (self._trace(batch, shapes) for batch in batches)
            if not first.program.same_as(second.program):
                raise ValueError(
                    "model or loss compute something different each time they run (random numbers, a state of their own), "
                    "and a program would repeat what they computed once: train without a program, engine='eager'"
                )
            self.programs[key] = first
        return self.programs[key]

    def _trace(self, table: Array, shapes: Shapes) -> TracedProgram:
        """Record model and loss on these examples, with Values in place of their numbers, and compile the graph."""
        leaves = [[Value(x) for x in row] for row in table.tolist()]
        examples, targets = zip(*(_unflatten(row, shapes) for row in leaves))
        inputs = flatten(leaves, [])
        buffers = [(m, name, copy(getattr(m, name))) for m in self.model.modules() for name in m.buffers]
        try:
            with tracing(inputs, self.parameters) as trace:
                outputs = forward(self.model, list(examples))
                loss = scalar_loss(self.loss, outputs, list(targets))
        finally:
            for module, name, value in buffers:
                setattr(module, name, value)
        flat_outputs = [x if isinstance(x, Value) else Value(x) for x in flatten(outputs, [])]
        arguments = [x for _, values in trace.watched for x in values]
        program = autograd.compile(loss, inputs, self.parameters, strict=False, watch=[*flat_outputs, *arguments])
        program.threads = self.threads
        callbacks = [(function, len(values)) for function, values in trace.watched]
        return TracedProgram(program, shapes, len(flat_outputs), not hasattr(outputs[0], "__len__"), callbacks)

    def _eager_loss(self, table: Array, shapes: Shapes) -> Value:
        """Return the loss of these examples, recorded without a program."""
        examples, targets = zip(*(_unflatten(row, shapes) for row in table.tolist()))
        return scalar_loss(self.loss, forward(self.model, list(examples)), list(targets))

    def _compare(self, traced: TracedProgram, table: Array) -> None:
        """Raise ValueError if the program's loss or gradients on these examples differ from the model's own."""
        set_grads(self.parameters, 0.0)
        loss = self._eager_loss(table, traced.shapes)
        loss.backward()
        expected = np.array([float(loss), *grads_of(self.parameters)])
        set_grads(self.parameters, 0.0)
        mean, _ = traced.program.step(table)
        actual = np.array([mean, *grads_of(self.parameters)])
        scale = np.abs(expected).max()
        tolerance = 1e-9 * scale if np.isfinite(scale) else 0.0
        if not np.allclose(expected, actual, rtol=1e-9, atol=tolerance, equal_nan=True):
            raise ValueError(
                f"the loss of {len(table)} examples is {expected[0]}, the mean of their losses is {mean}, and these or "
                "their gradients differ: a program computes the mean over the examples; train without one, engine='eager'"
            )

    def _raise_if_an_example_is_wrong(self, table: Array, shapes: Shapes) -> None:
        """Compute the losses without a program, which raises the error that explains a loss of nan, if there is one."""
        for i in range(1 if self.whole_batch else len(table)):
            self._eager_loss(table if self.whole_batch else table[i : i + 1], shapes)


def _unflatten(row: list[Any], shapes: Shapes) -> tuple[Any, Any]:
    """Split a row of the table into the example and the target, as nested lists of their shapes."""
    flat = np.empty(len(row), dtype=object)
    flat[:] = row
    n = int(np.prod(shapes[0]))
    return flat[:n].reshape(shapes[0]).tolist(), flat[n:].reshape(shapes[1]).tolist()
