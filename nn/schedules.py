"""Schedules: the learning rate over time. PyTorch's names, arguments and rates.

Each is one formula, `factor(t)`: after t calls of `step()` the optimiser's rate is factor(t) times the rate it began with.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from nn.optim import Optimizer


class Schedule:
    """The base of the schedules. Call `step()` once per epoch (or per step, if the schedule counts those)."""

    def __init__(self, optimizer: Optimizer) -> None:
        if not hasattr(optimizer, "lr"):
            raise TypeError(
                f"{type(self).__name__} takes an optimiser, whose lr it sets, got {type(optimizer).__name__}: {optimizer!r}"
            )
        self.optimizer = optimizer
        self.base_lr = optimizer.lr
        self.t = 0
        optimizer.lr = self.rate(0)

    def factor(self, t: int) -> float:
        """What the initial rate is multiplied with after t steps."""
        raise NotImplementedError(f"{type(self).__name__} has no factor: define it as a function of t")

    def rate(self, t: int) -> float:
        """The rate after t steps."""
        return self.base_lr * self.factor(t)

    def step(self) -> None:
        """Set the optimiser's rate to the next one."""
        self.t += 1
        self.optimizer.lr = self.rate(self.t)

    def state_dict(self) -> dict[str, float]:
        """Where it is, and the rate it began with."""
        return {"t": self.t, "base_lr": self.base_lr}

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Go on from what `state_dict` gave."""
        self.t, self.base_lr = int(state["t"]), float(state["base_lr"])
        self.optimizer.lr = self.rate(self.t)


class StepLR(Schedule):
    """gamma ^ (number of whole step_size in t)."""

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer)

    def factor(self, t: int) -> float:
        return float(self.gamma ** (t // self.step_size))


class MultiStepLR(Schedule):
    """gamma ^ (number of milestones that t has reached)."""

    def __init__(self, optimizer: Optimizer, milestones: Sequence[int], gamma: float = 0.1) -> None:
        self.milestones, self.gamma = list(milestones), gamma
        super().__init__(optimizer)

    def factor(self, t: int) -> float:
        return float(self.gamma ** sum(t >= milestone for milestone in self.milestones))


class ExponentialLR(Schedule):
    """gamma ^ t."""

    def __init__(self, optimizer: Optimizer, gamma: float) -> None:
        self.gamma = gamma
        super().__init__(optimizer)

    def factor(self, t: int) -> float:
        return float(self.gamma**t)


class CosineAnnealingLR(Schedule):
    """From the initial rate down to eta_min along half a cosine of T_max steps (Loshchilov, Hutter 2017)."""

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0) -> None:
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer)

    def factor(self, t: int) -> float:
        return (1 + math.cos(math.pi * t / self.T_max)) / 2

    def rate(self, t: int) -> float:
        return self.eta_min + (self.base_lr - self.eta_min) * self.factor(t)


class LinearLR(Schedule):
    """From start_factor to end_factor in total_iters equal steps, then constant: a warm-up."""

    def __init__(
        self, optimizer: Optimizer, start_factor: float = 1 / 3, end_factor: float = 1.0, total_iters: int = 5
    ) -> None:
        self.start_factor, self.end_factor, self.total_iters = start_factor, end_factor, total_iters
        super().__init__(optimizer)

    def factor(self, t: int) -> float:
        return self.start_factor + (self.end_factor - self.start_factor) * min(t / self.total_iters, 1.0)
