"""Schedules: the learning rate as a function of time. PyTorch's names, arguments and numbers.

Each is one formula, `factor(t)`: after t calls of `step()`, the learning rate is factor(t) times the initial one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from nn.optim import Advising, Optimizer


class Schedule(Advising):
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

    @property
    def last_epoch(self) -> int:
        """The number of steps so far; PyTorch's name of `t`."""
        return self.t

    def get_last_lr(self) -> list[float]:
        """Return a list with the optimiser's learning rate."""
        return [self.optimizer.lr]

    def state_dict(self) -> dict[str, float]:
        """Return the state: the number of steps and the initial learning rate."""
        return {"t": self.t, "base_lr": self.base_lr}

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Restore a state that `state_dict` returned."""
        self.t, self.base_lr = int(state["t"]), float(state["base_lr"])
        self.optimizer.lr = self.rate(self.t)


class StepLR(Schedule):
    """The factor gamma ^ (t // step_size): the rate is multiplied by gamma every step_size steps."""

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        self.step_size: int = step_size
        self.gamma: float = gamma
        super().__init__(optimizer)

    def factor(self, t: int) -> float:
        """Return the factor of the initial learning rate after t steps."""
        return float(self.gamma ** (t // self.step_size))


class MultiStepLR(Schedule):
    """The factor gamma ^ n, where n is the number of milestones that t has reached."""

    def __init__(self, optimizer: Optimizer, milestones: Sequence[int], gamma: float = 0.1) -> None:
        self.milestones: list[int] = list(milestones)
        self.gamma: float = gamma
        super().__init__(optimizer)

    def factor(self, t: int) -> float:
        """Return the factor of the initial learning rate after t steps."""
        return float(self.gamma ** sum(t >= milestone for milestone in self.milestones))


class ExponentialLR(Schedule):
    """The factor gamma ^ t."""

    def __init__(self, optimizer: Optimizer, gamma: float) -> None:
        self.gamma: float = gamma
        super().__init__(optimizer)

    def factor(self, t: int) -> float:
        """Return the factor of the initial learning rate after t steps."""
        return float(self.gamma**t)


class CosineAnnealingLR(Schedule):
    """A fall from the initial rate to eta_min, along half a cosine wave, in T_max steps (Loshchilov, Hutter 2017)."""

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
    """A factor that goes from start_factor to end_factor in total_iters equal steps, then stays; used as a warm-up."""

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


class LambdaLR(Schedule):
    """The factor lr_lambda(t), a function of your own."""

    def __init__(self, optimizer: Optimizer, lr_lambda: Callable[[int], float]) -> None:
        self.lr_lambda: Callable[[int], float] = lr_lambda
        super().__init__(optimizer)

    def factor(self, t: int) -> float:
        """Return the factor of the initial learning rate after t steps."""
        return float(self.lr_lambda(t))


class OneCycleLR(Schedule):
    """A rise from max_lr / div_factor to max_lr, then a fall to the initial rate / final_div_factor (Smith, Topin 2018).

    total_steps: the number of steps of the whole training, or epochs * steps_per_epoch; ValueError for a step beyond it.
    pct_start: the share of the steps in which the rate rises. anneal_strategy: 'cos' or 'linear'. three_phase: True
    returns to the initial rate in as many steps as it rose, before the last phase. cycle_momentum: True moves the momentum
    (of Adam, the first of betas) the opposite way, from max_momentum to base_momentum and back.
    In a loop of your own, call `step()` after each update. (`fit` calls it after each epoch: total_steps=epochs.)
    """

    def __init__(
        self, optimizer: Optimizer, max_lr: float, total_steps: int | None = None, epochs: int | None = None,
        steps_per_epoch: int | None = None, pct_start: float = 0.3, anneal_strategy: str = "cos",
        cycle_momentum: bool = True, base_momentum: float = 0.85, max_momentum: float = 0.95, div_factor: float = 25.0,
        final_div_factor: float = 1e4, three_phase: bool = False,
    ) -> None:  # fmt: skip
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise ValueError("OneCycleLR needs total_steps, or epochs and steps_per_epoch")
            total_steps = epochs * steps_per_epoch
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be 'cos' or 'linear', got {anneal_strategy!r}")
        if cycle_momentum and not (hasattr(optimizer, "momentum") or hasattr(optimizer, "betas")):
            raise ValueError(f"{type(optimizer).__name__} has no momentum: use OneCycleLR(..., cycle_momentum=False)")
        low, least = max_lr / div_factor, max_lr / div_factor / final_div_factor
        top = pct_start * total_steps - 1
        self.total_steps: int = total_steps
        self.anneal_strategy: str = anneal_strategy
        self.cycle_momentum: bool = cycle_momentum
        # The last step of each phase, and the rates and momenta at its start and end
        self.phases: list[tuple[float, float, float, float, float]] = [
            (top, low, max_lr, max_momentum, base_momentum),
            (total_steps - 1, max_lr, least, base_momentum, max_momentum),
        ]
        if three_phase:
            self.phases[1:] = [
                (2 * top, max_lr, low, base_momentum, max_momentum),
                (total_steps - 1, low, least, max_momentum, max_momentum),
            ]
        super().__init__(optimizer)

    def rate(self, t: int) -> float:
        """Return the learning rate after t steps; move the momentum, too."""
        if t > self.total_steps:
            raise ValueError(f"OneCycleLR has {self.total_steps} steps, and this is one more: raise total_steps")
        ends = [phase[0] for phase in self.phases]
        k = next((k for k, end in enumerate(ends) if t <= end), len(ends) - 1)
        start = ends[k - 1] if k else 0.0
        end, rate, next_rate, momentum, next_momentum = self.phases[k]
        share = (t - start) / (end - start)
        if self.cycle_momentum:
            moved = self._between(momentum, next_momentum, share)
            if hasattr(self.optimizer, "betas"):
                self.optimizer.betas = (moved, self.optimizer.betas[1])
            else:
                self.optimizer.momentum = moved  # type: ignore[attr-defined]  # it was seen to have one
        return self._between(rate, next_rate, share)

    def _between(self, start: float, end: float, share: float) -> float:
        if self.anneal_strategy == "linear":
            return (end - start) * share + start
        return end + (start - end) / 2.0 * (math.cos(math.pi * share) + 1)


class ReduceLROnPlateau(Schedule):
    """Multiplies the rate by `factor` when a number, such as the validation loss, has not improved for `patience` steps.

    Call `step(number)`; `fit` passes the validation loss, or without validation the training loss.
    mode: 'min' if smaller is better, or 'max'. threshold: what counts as an improvement, relative (threshold_mode 'rel') or
    absolute ('abs'). cooldown: the number of steps after a reduction in which no step counts as bad. min_lr: the smallest
    rate. eps: a change of the rate that is smaller than this is not made.
    """

    t: int

    def __init__(
        self, optimizer: Optimizer, mode: str = "min", factor: float = 0.1, patience: int = 10, threshold: float = 1e-4,
        threshold_mode: str = "rel", cooldown: int = 0, min_lr: float = 0.0, eps: float = 1e-8,
    ) -> None:  # fmt: skip
        if mode not in ("min", "max") or threshold_mode not in ("rel", "abs"):
            raise ValueError(
                f"mode must be 'min' or 'max', threshold_mode 'rel' or 'abs', got {mode!r}, {threshold_mode!r}"
            )
        if not factor < 1:
            raise ValueError(f"factor must be below 1, so that the rate falls, got {factor!r}")
        self.sign: float = 1.0 if mode == "min" else -1.0
        self.reduction: float = factor
        self.patience: int = patience
        self.threshold: float = threshold
        self.threshold_mode: str = threshold_mode
        self.cooldown: int = cooldown
        self.min_lr: float = min_lr
        self.eps: float = eps
        self.best: float = math.inf  # with the sign that makes smaller better
        self.num_bad_epochs: int = 0
        self.cooldown_counter: int = 0
        super().__init__(optimizer)

    def factor(self, t: int) -> float:
        """Return 1: the rate depends on the numbers given to `step`, not on t."""
        return 1.0

    def step(self, metric: Any = None) -> None:
        """Take note of a number, and reduce the optimiser's learning rate if it has not improved for long enough."""
        if metric is None:
            raise TypeError("ReduceLROnPlateau.step needs the number to watch, such as step(validation_loss)")
        number = self.sign * float(metric)
        self.t += 1
        margin = abs(self.best) * self.threshold if self.threshold_mode == "rel" else self.threshold
        if number < self.best - (margin if math.isfinite(margin) else 0.0):
            self.best, self.num_bad_epochs = number, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter, self.num_bad_epochs = self.cooldown_counter - 1, 0
        if self.num_bad_epochs > self.patience:
            rate = max(self.optimizer.lr * self.reduction, self.min_lr)
            if self.optimizer.lr - rate > self.eps:
                self.optimizer.lr = rate
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0

    def state_dict(self) -> dict[str, float]:
        """Return the state: numbers."""
        names = ("best", "num_bad_epochs", "cooldown_counter")
        return {**super().state_dict(), "lr": self.optimizer.lr, **{name: getattr(self, name) for name in names}}

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Restore a state that `state_dict` returned."""
        super().load_state_dict(state)
        self.optimizer.lr, self.best = float(state["lr"]), float(state["best"])
        self.num_bad_epochs, self.cooldown_counter = int(state["num_bad_epochs"]), int(state["cooldown_counter"])
