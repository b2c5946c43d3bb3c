"""Schedules: the learning rate as a function of time. PyTorch's names, arguments and numbers.

Each is one formula, `factor(t)`: after t calls of `step()`, the learning rate is factor(t) times the initial one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from nn.optim import Optimizer


class Schedule:
    """The base class of the schedules. A subclass defines `factor(t)`.

    optimizer: the optimiser whose lr it sets. base_lr: the initial learning rate. t: the number of steps so far.
    `fit` calls `step()` after each epoch; in a loop of your own you may also call it after each update.

    >>> from autograd import Value
    >>> from nn.optim import SGD
    >>> optimizer = SGD([Value(1.0)], lr=0.5)
    >>> schedule = ExponentialLR(optimizer, gamma=0.5)
    >>> schedule.step()
    >>> optimizer.lr
    0.25
    """

    def __init__(self, optimizer: Optimizer) -> None:
        if not hasattr(optimizer, "lr"):
            raise TypeError(
                f"{type(self).__name__} needs an optimiser, whose lr it sets, got {type(optimizer).__name__}: {optimizer!r}"
            )
        self.optimizer: Optimizer = optimizer
        self.base_lr: float = optimizer.lr
        self.t: int = 0
        optimizer.lr = self.rate(0)

    def factor(self, t: int) -> float:
        """Return the factor of the initial learning rate after t steps."""
        raise NotImplementedError(f"{type(self).__name__} has no factor: define it as a function of t")

    def rate(self, t: int) -> float:
        """Return the learning rate after t steps."""
        return self.base_lr * self.factor(t)

    def step(self) -> None:
        """Set the optimiser's learning rate to the next one."""
        self.t += 1
        self.optimizer.lr = self.rate(self.t)

    def state_dict(self) -> dict[str, float]:
        """Return the state: the number of steps and the initial learning rate."""
        return {"t": self.t, "base_lr": self.base_lr}

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Restore a state that `state_dict` returned."""
        self.t, self.base_lr = int(state["t"]), float(state["base_lr"])
        self.optimizer.lr = self.rate(self.t)


class StepLR(Schedule):
    """gamma ^ (t // step_size): one factor of gamma every step_size steps."""

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        self.step_size: int = step_size
        self.gamma: float = gamma
        super().__init__(optimizer)

    def factor(self, t: int) -> float:
        """Return the factor of the initial learning rate after t steps."""
        return float(self.gamma ** (t // self.step_size))


class MultiStepLR(Schedule):
    """gamma ^ n, where n is the number of milestones that t has reached."""

    def __init__(self, optimizer: Optimizer, milestones: Sequence[int], gamma: float = 0.1) -> None:
        self.milestones: list[int] = list(milestones)
        self.gamma: float = gamma
        super().__init__(optimizer)

    def factor(self, t: int) -> float:
        """Return the factor of the initial learning rate after t steps."""
        return float(self.gamma ** sum(t >= milestone for milestone in self.milestones))


class ExponentialLR(Schedule):
    """gamma ^ t."""

    def __init__(self, optimizer: Optimizer, gamma: float) -> None:
        self.gamma: float = gamma
        super().__init__(optimizer)

    def factor(self, t: int) -> float:
        """Return the factor of the initial learning rate after t steps."""
        return float(self.gamma**t)


class CosineAnnealingLR(Schedule):
    """From the initial rate down to eta_min, along half a period of a cosine, in T_max steps (Loshchilov, Hutter 2017)."""

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0) -> None:
        self.T_max: int = T_max
        self.eta_min: float = eta_min
        super().__init__(optimizer)

    def factor(self, t: int) -> float:
        """Return the factor of the initial learning rate after t steps."""
        return (1 + math.cos(math.pi * t / self.T_max)) / 2

    def rate(self, t: int) -> float:
        """Return the learning rate after t steps."""
        return self.eta_min + (self.base_lr - self.eta_min) * self.factor(t)


class LinearLR(Schedule):
    """From start_factor to end_factor in total_iters equal steps, then constant; used as a warm-up."""

    def __init__(
        self, optimizer: Optimizer, start_factor: float = 1 / 3, end_factor: float = 1.0, total_iters: int = 5
    ) -> None:
        self.start_factor: float = start_factor
        self.end_factor: float = end_factor
        self.total_iters: int = total_iters
        super().__init__(optimizer)

    def factor(self, t: int) -> float:
        """Return the factor of the initial learning rate after t steps."""
        return self.start_factor + (self.end_factor - self.start_factor) * min(t / self.total_iters, 1.0)
