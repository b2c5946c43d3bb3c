"""Data-parallel training on Dask: every worker holds some of the rows, and gets the parameters at every step.

What a worker holds is the result of a task, so that Dask gives a lost worker's rows and program to another one by itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import data_of, set_grads
from nn.compiled import CompiledStep

Array = np.ndarray


class Sharded:
    """The steps of a compiled model on a `dask.distributed.Client`. table: (n, n_inputs), as `CompiledStep.columns` gives.

    Row i is in shard i % number of shards, which is that of the workers at the start; gradients are added in the order of
    the shards. ValueError for models that need a whole batch at once.
    """

    def __init__(self, step: CompiledStep, table: Array, shapes: tuple[Any, Any], client: Any) -> None:
        if step.whole_batch:
            raise ValueError(
                "rows are spread over workers, and this model needs a whole batch at once (batch normalisation)"
            )
        self.step, self.client = step, client
        self.traced = step.trace(table[: min(len(table), 2)], shapes)
        self.n_shards = max(1, len(client.scheduler_info()["workers"]))
        self.program = client.submit(_keep, self.traced.program, pure=False)
        self.shards = [client.submit(_keep, table[k :: self.n_shards], pure=False) for k in range(self.n_shards)]

    def run(self, batch: list[int]) -> tuple[float, Array]:
        """The mean loss of these rows of the table, and their outputs; every parameter's `grad` is its gradient."""
        rows = np.array(batch)
        weights = np.array(data_of(self.step.parameters))
        places = [np.flatnonzero(rows % self.n_shards == k) for k in range(self.n_shards)]
        tasks = [
            self.client.submit(_gradient, self.program, shard, rows[place] // self.n_shards, weights, pure=False)
            for shard, place in zip(self.shards, places)
            if len(place)
        ]
        sums = np.zeros(1 + len(weights))
        outputs = np.empty((len(rows), self.traced.n_outputs))
        for place, (total, values) in zip((p for p in places if len(p)), self.client.gather(tasks)):
            sums += total
            outputs[place] = values[:, : self.traced.n_outputs]
        sums /= len(rows)
        set_grads(self.step.parameters, sums[1:])
        return float(sums[0]), outputs[:, 0] if self.traced.bare else outputs


def _keep(x: Any) -> Any:
    """What a worker is to hold."""
    return x


def _gradient(program: Any, shard: Array, rows: Array, weights: Array) -> tuple[Array, Array]:
    """On a worker: the sums over some rows of its shard of the loss and its gradient, and the watched values."""
    mean, grads, values = program.gradient(shard[rows], weights)
    return np.array([mean, *grads]) * len(rows), values
