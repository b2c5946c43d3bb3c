"""Normalisation: over the examples of a batch, or over the features of one example."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd import Value, dot, on_run, sqrt
from autograd import sum as total
from nn.module import ExampleModule, Module, is_batch, vector


class BatchNorm(Module):
    """Normalises each feature over the batch to mean 0 and variance 1, then * weight + bias (Ioffe, Szegedy 2015).

    `torch.nn.BatchNorm1d`. n: the number of features. It is called with a batch, (n_examples, n), and returns the same
    shape. In training mode it uses the mean and the variance of the batch, and moves `running_mean` and `running_var`
    (unbiased) towards them by the fraction `momentum`; in evaluation mode it uses `running_mean` and `running_var`. A
    single example in training mode is a ValueError, because it has no variance.

    >>> [round(example[0].data, 3) for example in BatchNorm(1)([[1.0], [3.0]])]
    [-1.0, 1.0]
    """

    whole_batch: bool = True
    buffers: tuple[str, ...] = ("running_mean", "running_var", "num_batches_tracked")

    def __init__(self, n: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        self.eps: float = eps
        self.momentum: float = momentum
        self.weight: list[Value] = [Value(1.0, label=f"weight{i}") for i in range(1, n + 1)]
        self.bias: list[Value] = [Value(0.0, label=f"bias{i}") for i in range(1, n + 1)]
        self.running_mean: list[float] = [0.0] * n
        self.running_var: list[float] = [1.0] * n
        self.num_batches_tracked: float = 0.0

    def forward(self, batch: Any) -> list[Any]:
        """Return the normalised batch."""
        n = len(self.weight)
        if not is_batch(batch) and n > 1:
            raise ValueError(f"{self.describe()} expects a batch: a sequence of examples with {n} features each")
        examples = [vector(example, n, self) for example in batch]
        if self.training and len(examples) < 2:
            raise ValueError(
                f"{self.describe()} needs at least 2 examples in training mode, got {len(examples)}; or call eval()"
            )
        columns = [self._feature(i, [example[i] for example in examples]) for i in range(n)]
        if self.training:
            on_run(self._count)
        return [list(example) for example in zip(*columns)]

    def _feature(self, i: int, xs: list[Any]) -> list[Any]:
        if self.training:
            normal, mean, variance = _standardise(xs, self.eps)
            on_run(lambda mean, variance: self._move(i, mean, variance, len(xs)), mean, variance)
        else:
            spread = (self.running_var[i] + self.eps) ** 0.5
            normal = [(x - self.running_mean[i]) / spread for x in xs]
        return [x * self.weight[i] + self.bias[i] for x in normal]

    def _move(self, i: int, mean: float, variance: float, n: int) -> None:
        """Move the running statistics of feature i towards those of a batch of n examples."""
        self.running_mean[i] += self.momentum * (mean - self.running_mean[i])
        self.running_var[i] += self.momentum * (variance * n / (n - 1) - self.running_var[i])

    def _count(self) -> None:
        self.num_batches_tracked += 1

    def describe(self) -> str:
        """Return one line for `repr`."""
        return f"BatchNorm({len(self.weight)})"


class LayerNorm(ExampleModule):
    """Normalises the n features of one example to mean 0 and variance 1, then * weight + bias (Ba et al. 2016).

    `torch.nn.LayerNorm`. It is called with an example, (n,), or a batch, and returns the same shape.

    >>> [round(v.data, 3) for v in LayerNorm(2)([1.0, 3.0])]
    [-1.0, 1.0]
    """

    def __init__(self, n: int, eps: float = 1e-5) -> None:
        self.eps: float = eps
        self.weight: list[Value] = [Value(1.0, label=f"weight{i}") for i in range(1, n + 1)]
        self.bias: list[Value] = [Value(0.0, label=f"bias{i}") for i in range(1, n + 1)]

    def forward(self, x: Any) -> list[Any]:
        """Return the normalised example."""
        normal, _, _ = _standardise(vector(x, len(self.weight), self), self.eps)
        return [x * weight + bias for x, weight, bias in zip(normal, self.weight, self.bias)]

    def describe(self) -> str:
        """Return one line for `repr`."""
        return f"LayerNorm({len(self.weight)})"


def _standardise(xs: Sequence[Any], eps: float) -> tuple[list[Any], Any, Any]:
    """Return (x - mean) / sqrt(variance + eps) for each x, the mean, and the variance (divided by n, not n - 1)."""
    n = len(xs)
    mean = total(xs) / n
    centred = [x - mean for x in xs]
    variance = dot(centred, centred) / n
    spread = sqrt(variance + eps)
    return [x / spread for x in centred], mean, variance
