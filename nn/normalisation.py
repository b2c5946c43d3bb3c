"""Normalisation: over the rows of a batch, or over the features of one row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd import Value, dot, on_run, sqrt
from autograd import sum as total
from nn.module import Module, RowModule, is_batch, vector


def _standardise(xs: Sequence[Any], eps: float) -> tuple[list[Any], Any, Any]:
    """(x - mean) / sqrt(variance + eps) for each x; the mean; the variance (of the population, divided by n)."""
    n = len(xs)
    mean = total(xs) / n
    centred = [x - mean for x in xs]
    variance = dot(centred, centred) / n
    spread = sqrt(variance + eps)
    return [x / spread for x in centred], mean, variance


class BatchNorm(Module):
    """Each feature over the batch to mean 0 and variance 1, then * weight + bias (Ioffe, Szegedy 2015).

    `torch.nn.BatchNorm1d`. Called with a batch of rows of n features. While training it uses the batch's own mean and
    variance, and moves `running_mean` and `running_var` (unbiased) by `momentum` towards them; after `eval()` it uses
    these. One row while training is a ValueError: it has no variance.
    """

    whole_batch = True
    buffers = ("running_mean", "running_var", "num_batches_tracked")

    def __init__(self, n: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        self.eps, self.momentum = eps, momentum
        self.weight = [Value(1.0, label=f"weight{i}") for i in range(1, n + 1)]
        self.bias = [Value(0.0, label=f"bias{i}") for i in range(1, n + 1)]
        self.running_mean, self.running_var, self.num_batches_tracked = [0.0] * n, [1.0] * n, 0.0

    def forward(self, rows: Any) -> list[Any]:
        n = len(self.weight)
        if not is_batch(rows) and n > 1:
            raise ValueError(f"{self.describe()} expects a batch: a sequence of rows of {n} features")
        rows = [vector(row, n, self) for row in rows]
        if self.training and len(rows) < 2:
            raise ValueError(f"{self.describe()} needs at least 2 rows in training, got {len(rows)}; or call eval()")
        columns = [self._feature(i, [row[i] for row in rows]) for i in range(n)]
        if self.training:
            on_run(self._count)
        return [list(row) for row in zip(*columns)]

    def _feature(self, i: int, xs: list[Any]) -> list[Any]:
        if self.training:
            normal, mean, variance = _standardise(xs, self.eps)
            on_run(lambda mean, variance: self._move(i, mean, variance, len(xs)), mean, variance)
        else:
            spread = (self.running_var[i] + self.eps) ** 0.5
            normal = [(x - self.running_mean[i]) / spread for x in xs]
        return [x * self.weight[i] + self.bias[i] for x in normal]

    def _move(self, i: int, mean: float, variance: float, n: int) -> None:
        """Move the running statistics of feature i towards those of a batch of n rows."""
        self.running_mean[i] += self.momentum * (mean - self.running_mean[i])
        self.running_var[i] += self.momentum * (variance * n / (n - 1) - self.running_var[i])

    def _count(self) -> None:
        self.num_batches_tracked += 1

    def describe(self) -> str:
        return f"BatchNorm({len(self.weight)})"


class LayerNorm(RowModule):
    """The n features of one row to mean 0 and variance 1, then * weight + bias (`torch.nn.LayerNorm`; Ba et al. 2016)."""

    def __init__(self, n: int, eps: float = 1e-5) -> None:
        self.eps = eps
        self.weight = [Value(1.0, label=f"weight{i}") for i in range(1, n + 1)]
        self.bias = [Value(0.0, label=f"bias{i}") for i in range(1, n + 1)]

    def forward(self, x: Any) -> list[Any]:
        normal, _, _ = _standardise(vector(x, len(self.weight), self), self.eps)
        return [x * weight + bias for x, weight, bias in zip(normal, self.weight, self.bias)]

    def describe(self) -> str:
        return f"LayerNorm({len(self.weight)})"
