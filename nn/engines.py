"""Engines: three ways in which `fit` computes the gradients of a batch."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from autograd import is_detecting_anomaly
from nn.arrays import np
from nn.compiled import CompiledStep, TracedProgram
from nn.distributed import ShardedStep
from nn.losses import scalar_loss
from nn.module import Module, forward, needs_whole_batch
from nn.outputs import plain

# Called with the indices of a batch's examples; returns the loss and the outputs, and sets every parameter's gradient
# (not necessarily if the loss is not finite).
GradientStep = Callable[[list[int]], tuple[float, Any]]


@dataclass(frozen=True)
class Engine:
    """The base class of the engines. name: its name in `History.engine`."""

    name: ClassVar[str]

    def prepare(
        self, model: Module, loss: Callable[..., Any], X: list[Any], y: list[Any], first_batch: list[int]
    ) -> GradientStep:
        """Return the function that computes the gradients of a batch.

        X, y: all examples and targets. first_batch: the indices of the first batch, to try the engine on.
        """
        raise NotImplementedError(f"{type(self).__name__} has no prepare: define how it computes gradients")


@dataclass(frozen=True)
class Eager(Engine):
    """Records the graph of every example at every step. The arithmetic is exactly that of a loop written by hand."""

    name = "eager"

    def prepare(
        self, model: Module, loss: Callable[..., Any], X: list[Any], y: list[Any], first_batch: list[int]
    ) -> GradientStep:
        """Return a function that records the graph of a batch and runs it backward."""

        def gradients(batch: list[int]) -> tuple[float, Any]:
            outputs = forward(model, [X[i] for i in batch])
            result = scalar_loss(loss, outputs, [y[i] for i in batch])
            if math.isfinite(float(result)):
                model.zero_grad()
                result.backward()
            return float(result), [plain(output) for output in outputs]

        return gradients


@dataclass(frozen=True)
class Compiled(Engine):
    """Traces model and loss once and runs them as a program on whole batches, orders of magnitude faster (`nn.compile`).

    threads: the number of threads for large batches.
    """

    name = "program"
    threads: int = 1

    def prepare(
        self, model: Module, loss: Callable[..., Any], X: list[Any], y: list[Any], first_batch: list[int]
    ) -> GradientStep:
        """Return a function that runs the program. Raises an exception if model or loss cannot be compiled."""
        step, table, traced = _trace(model, loss, X, y, first_batch, self.threads)
        return lambda batch: step.run(table[batch], traced.shapes)


@dataclass(frozen=True)
class Distributed(Engine):
    """Runs the program on the workers of a Dask cluster, each on its share of the batch (extra `distributed`).

    client: a `dask.distributed.Client`. threads: the number of threads on each worker. Use large batches: each step sends
    the parameters to the workers. Models with batch normalisation need the whole batch in one place and are refused.
    """

    name = "program"
    client: Any
    threads: int = 1

    def prepare(
        self, model: Module, loss: Callable[..., Any], X: list[Any], y: list[Any], first_batch: list[int]
    ) -> GradientStep:
        """Distribute the examples over the workers; return a function that runs the program there."""
        if needs_whole_batch(model):
            raise ValueError(
                "nn.Distributed spreads a batch over workers, but this model needs it in one place (batch normalisation): "
                "use engine='program'"
            )
        step, table, traced = _trace(model, loss, X, y, first_batch, self.threads)
        return ShardedStep(traced, step.parameters, table, self.client).run


def prepare(
    engine: str | Engine, model: Module, loss: Callable[..., Any], X: list[Any], y: list[Any], first_batch: list[int]
) -> tuple[GradientStep, str]:
    """Return the gradient function of an engine, and the engine's name for `History.engine`.

    engine: as in `fit`. 'auto' falls back to `Eager` and appends the reason to the name. Raises ValueError if there is no
    such engine.
    """
    named: dict[Any, Engine] = {"auto": Compiled(), "program": Compiled(), "eager": Eager()}
    chosen = named.get(engine) if isinstance(engine, str) else engine
    if not isinstance(chosen, Engine):
        raise ValueError(
            f"engine must be 'auto', 'program', 'eager', nn.Compiled(threads=...) or nn.Distributed(client), got {engine!r}"
        )
    try:
        return chosen.prepare(model, loss, X, y, first_batch), chosen.name
    except Exception as error:  # tracing runs the model's own code with Values in place of numbers: it may raise anything
        if engine != "auto":
            raise
        return Eager().prepare(model, loss, X, y, first_batch), f"eager: {type(error).__name__}: {error}"


def _trace(
    model: Module, loss: Callable[..., Any], X: list[Any], y: list[Any], first_batch: list[int], threads: int
) -> tuple[CompiledStep, np.ndarray, TracedProgram]:
    """Trace model and loss in training mode on the first batch. Returns the step, all examples as a table, the program."""
    if is_detecting_anomaly():
        raise ValueError("detect_anomaly() checks recorded operations, and a program records none: use engine='eager'")
    step, was_training = CompiledStep(model, loss, threads), model.training
    table, shapes = step.as_table(X, y)
    try:
        model.train()
        return step, table, step.trace(table[first_batch], shapes)
    finally:
        model.train(was_training)
