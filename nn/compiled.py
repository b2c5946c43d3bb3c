"""`compile`: a model and its loss as a program, traced by itself."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import autograd
from autograd import Value, grads_of, set_grads, tracing
from nn.module import Module, flatten
from nn.running import forward, loss_of, refuse_none

Array = np.ndarray
CHECKED = 8  # rows of the first batch on which a program is compared with the model itself


def compile(model: Module, loss: Callable[..., Any], threads: int = 1) -> CompiledStep:
    """step(X, y) -> the mean loss of these rows, after which every parameter's `grad` is its gradient.

    As `zero_grad()`, `loss(outputs, y)` and `backward()`, orders of magnitude faster: model and loss are traced on the
    first row, and the program runs over all of them (`autograd.compile`). A model with batch normalisation is traced on
    the whole batch, once for each size of batch. X: (n, ...) numbers; y: (n,) or (n, ...). threads: for large batches.

    `autograd.TraceError` if Python's control flow depends on an input or parameter. ValueError if model or loss do not
    compute the same each time they run (as dropout does not), or if the loss of a batch is not the mean of the losses of
    its rows; the first batch is compared with the model itself for that.

    >>> import nn
    >>> model = nn.MLP(2, [3, 1], seed=0)
    >>> step = nn.compile(model, nn.mse_loss)
    >>> X, y = [[0.0, 1.0], [1.0, 1.0]], [0.0, 1.0]
    >>> abs(step(X, y) - nn.evaluate(model, X, y, nn.mse_loss)[0]) < 1e-12
    True
    """
    return CompiledStep(model, loss, threads)


@dataclass
class _Traced:
    """A program; how to call back what watches it; and whether its numbers were compared with the model's."""

    program: Any
    n_outputs: int
    bare: bool  # whether a row's output is one Value, not a list
    told: list[tuple[Callable[..., Any], int]] = field(default_factory=list)  # with how many watched values
    checked: bool = False


class CompiledStep:
    """What `compile` returns. `programs` holds the traced programs by the shapes they are for."""

    def __init__(self, model: Module, loss: Callable[..., Any], threads: int = 1) -> None:
        self.model, self.loss, self.threads = model, loss, threads
        self.parameters = model.parameters()
        self.whole_batch = any(module.whole_batch for module in model.modules())
        self.programs: dict[Any, _Traced] = {}

    def __call__(self, X: Any, y: Any) -> float:
        mean = self.run(*self.columns(X, y))[0]
        if mean != mean:
            refuse_none("X", X)
            refuse_none("y", y)
        return mean

    def columns(self, X: Any, y: Any) -> tuple[Array, tuple[Any, Any]]:
        """X and y as (n, n_inputs) float64, and the shapes of one row and one target."""
        try:
            rows, targets = (np.asarray(x, dtype=np.float64) for x in (X, y))
        except (TypeError, ValueError) as error:
            raise ValueError(f"rows and targets must be numbers, and all rows of one shape: {error}") from None
        if not rows.ndim or not targets.ndim or len(rows) != len(targets) or not len(rows):
            raise ValueError(f"X and y must have one entry each for every row, got shapes {rows.shape} and {targets.shape}")
        n = len(rows)
        return np.hstack([rows.reshape(n, -1), targets.reshape(n, -1)]), (rows.shape[1:], targets.shape[1:])

    def run(self, table: Array, shapes: tuple[Any, Any]) -> tuple[float, Any]:
        """The mean loss of the rows in `table`, and the model's outputs: (n,) or (n, n_outputs)."""
        n = len(table)
        traced = self.trace(table, shapes)
        set_grads(self.parameters, np.zeros(len(self.parameters)))
        mean, watched = traced.program.step(table.reshape(1, -1) if self.whole_batch else table)
        if mean != mean:
            self._name_the_row(table, shapes)
        at = traced.n_outputs
        for callback, count in traced.told:
            for row in watched[:, at : at + count].tolist():
                callback(*row)
            at += count
        outputs = watched[:, : traced.n_outputs].reshape(n, -1)
        return mean, outputs[:, 0] if traced.bare else outputs

    def trace(self, table: Array, shapes: tuple[Any, Any]) -> _Traced:
        """The program for batches like this one, traced and compared with the model when it is needed first."""
        traced = self._traced(table, shapes)
        if not traced.checked and len(table) > 1 and not self.whole_batch:
            self._compare(traced, table[:CHECKED], shapes)
            traced.checked = True
        return traced

    def _traced(self, table: Array, shapes: tuple[Any, Any]) -> _Traced:
        key = (shapes, self.model.training, len(table) if self.whole_batch else None)
        if key not in self.programs:
            examples = [table, table[::-1]] if self.whole_batch else [table[:1], table[-1:]]
            first, again = (self._trace(example, shapes) for example in examples)
            if not first.program.same_as(again.program):
                raise ValueError(
                    "model or loss compute something else each time they run (random numbers, a state of their own), and a "
                    "program would repeat what they did once: train without compiling"
                )
            self.programs[key] = first
        return self.programs[key]

    def _trace(self, table: Array, shapes: tuple[Any, Any]) -> _Traced:
        """Record model and loss on these rows, with Values in place of their numbers."""
        leaves = [[Value(x) for x in row] for row in table.tolist()]
        rows, targets = zip(*(_shaped(row, shapes) for row in leaves))
        inputs = flatten(leaves, [])
        buffers = [(m, name, copy(getattr(m, name))) for m in self.model.modules() for name in m.buffers]
        try:
            with tracing(inputs, self.parameters) as trace:
                outputs = forward(self.model, list(rows))
                loss = loss_of(self.loss, outputs, list(targets))
        finally:
            for module, name, value in buffers:
                setattr(module, name, value)
        flat = [x if isinstance(x, Value) else Value(x) for x in flatten(outputs, [])]
        told = [x for _, values in trace.watched for x in values]
        program = autograd.compile(loss, inputs, self.parameters, strict=False, watch=[*flat, *told])
        program.threads = self.threads
        return _Traced(program, len(flat), not hasattr(outputs[0], "__len__"), [(f, len(xs)) for f, xs in trace.watched])

    def _eager(self, table: Array, shapes: tuple[Any, Any]) -> Value:
        """The loss of these rows, recorded as ever."""
        rows, targets = zip(*(_shaped(row, shapes) for row in table.tolist()))
        return loss_of(self.loss, forward(self.model, list(rows)), list(targets))

    def _compare(self, traced: _Traced, table: Array, shapes: tuple[Any, Any]) -> None:
        """ValueError if the program's loss or gradients are not the model's own on these rows."""
        set_grads(self.parameters, np.zeros(len(self.parameters)))
        loss = self._eager(table, shapes)
        loss.backward()
        own = np.array([float(loss), *grads_of(self.parameters)])
        set_grads(self.parameters, np.zeros(len(self.parameters)))
        mean, _ = traced.program.step(table)
        compiled = np.array([mean, *grads_of(self.parameters)])
        scale = np.abs(own).max()
        if not np.allclose(own, compiled, rtol=1e-9, atol=1e-9 * scale if np.isfinite(scale) else 0.0, equal_nan=True):
            raise ValueError(
                f"the loss of {len(table)} rows is {own[0]}, and the mean of their losses {mean}, or their "
                "gradients differ: a program takes the mean over the rows; train without compiling"
            )

    def _name_the_row(self, table: Array, shapes: tuple[Any, Any]) -> None:
        """The loss is nan: let the model and the loss say what is wrong with a row, if something is."""
        for i in range(1 if self.whole_batch else len(table)):
            self._eager(table if self.whole_batch else table[i : i + 1], shapes)


def _shaped(row: list[Any], shapes: tuple[Any, Any]) -> tuple[Any, Any]:
    """The numbers (or Values) of a row as nested lists of the row's and of the target's shape."""
    flat = np.empty(len(row), dtype=object)
    flat[:] = row
    n = int(np.prod(shapes[0]))
    return flat[:n].reshape(shapes[0]).tolist(), flat[n:].reshape(shapes[1]).tolist()
