"""Data-parallel gradients on Dask: each worker keeps some of the examples and receives the parameters at every step.

The examples and the program on a worker are results of tasks, so Dask itself recreates them elsewhere if a worker is lost.
"""

from __future__ import annotations

from typing import Any

from autograd import Value, data_of, set_grads
from nn.arrays import np
from nn.compiled import TracedProgram

Array = np.ndarray


class ShardedStep:
    """Computes the gradients of a batch on a `dask.distributed.Client`.

    traced: the program of one example. parameters: the model's. table: all examples, (n_examples, n_inputs), as
    `CompiledStep.as_table` returns them.
    There are as many shards as workers at the start, and example i is in shard i % n_shards. The gradients are added in
    the order of the shards, so that the result does not depend on which worker answers first.
    """

    def __init__(self, traced: TracedProgram, parameters: list[Value], table: Array, client: Any) -> None:
        self.traced: TracedProgram = traced
        self.parameters: list[Value] = parameters
        self.client: Any = client
        self.n_shards: int = max(1, len(client.scheduler_info()["workers"]))
        self.program: Any = client.submit(_identity, traced.program, pure=False)
        self.shards: list[Any] = [
            client.submit(_identity, table[k :: self.n_shards], pure=False) for k in range(self.n_shards)
        ]

    def run(self, batch: list[int]) -> tuple[float, Array]:
        """Return the mean loss and the outputs of these examples; set every parameter's gradient.

        batch: indices into the table.
        """
        indices = np.array(batch)
        weights = np.array(data_of(self.parameters))
        positions = [np.flatnonzero(indices % self.n_shards == k) for k in range(self.n_shards)]
        tasks = [
            self.client.submit(_gradient, self.program, shard, indices[position] // self.n_shards, weights, pure=False)
            for shard, position in zip(self.shards, positions)
            if len(position)
        ]
        sums = np.zeros(1 + len(weights))
        outputs = np.empty((len(indices), self.traced.n_outputs))
        for position, (total, values) in zip((p for p in positions if len(p)), self.client.gather(tasks)):
            sums += total
            outputs[position] = values[:, : self.traced.n_outputs]
        sums /= len(indices)
        set_grads(self.parameters, sums[1:])
        return float(sums[0]), outputs[:, 0] if self.traced.single_output else outputs


def _identity(x: Any) -> Any:
    """Return x: as a task, this keeps x on a worker."""
    return x


def _gradient(program: Any, shard: Array, indices: Array, weights: Array) -> tuple[Array, Array]:
    """Run on a worker: return the sums of loss and gradients over some examples of its shard, and the watched values."""
    mean, grads, values = program.gradient(shard[indices], weights)
    return np.array([mean, *grads]) * len(indices), values
