"""`History`: the record of a training."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from nn.arrays import np

PER_STEP = ("loss", "rate", "gradient_norm", "update_ratio")
PER_EPOCH = ("loss", "accuracy", "validation_loss", "validation_accuracy", "rate")


@dataclass
class History:
    """The record of a training; `nn.plots` and `pandas.DataFrame(history.epochs)` accept it.

    steps: one list per quantity with an entry per step: loss, rate (the learning rate), gradient_norm (before clipping) and
    update_ratio (norm of the update divided by the norm of the parameters).
    epochs: the same with an entry per epoch: loss (mean over the examples at the time of their steps), accuracy,
    validation_loss, validation_accuracy and rate; nan where it does not apply.
    update_ratios: for each tensor of the model, the update ratio at every step.
    best_state: the model's state_dict after epoch number `best_epoch` (counted from 0), the one with the lowest validation
    loss, or with the lowest training loss if there is no validation.
    stopped: the reason why training ended before the last epoch; empty if it did not.
    engine: 'program' if the steps ran as a program, else 'eager', followed by the reason if a program was impossible.
    """

    steps: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in PER_STEP})
    epochs: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in PER_EPOCH})
    update_ratios: dict[str, list[float]] = field(default_factory=dict)
    best_state: dict[str, np.ndarray] = field(default_factory=dict)
    best_epoch: int | None = None
    stopped: str = ""
    engine: str = ""

    @property
    def loss(self) -> list[float]:
        """The mean training loss of each epoch."""
        return self.epochs["loss"]

    @property
    def latest(self) -> dict[str, float]:
        """The quantities of the last epoch, without those that are nan; empty before the end of the first epoch."""
        return {name: column[-1] for name, column in self.epochs.items() if column and not math.isnan(column[-1])}

    def add_step(self, **numbers: float) -> None:
        """Append the quantities of one step."""
        for name in PER_STEP:
            self.steps[name].append(numbers[name])

    def add_epoch(self, **numbers: float) -> None:
        """Append the quantities of one epoch."""
        for name in PER_EPOCH:
            self.epochs[name].append(numbers[name])

    def last_epoch_is_best(self, score: str) -> bool:
        """True if the last epoch has a lower value of this quantity than the best epoch so far."""
        column = self.epochs[score]
        return self.best_epoch is None or column[-1] < column[self.best_epoch]

    def __repr__(self) -> str:
        latest = ", ".join(f"{name} {number:.4g}" for name, number in self.latest.items())
        stopped = f"; stopped: {self.stopped}" if self.stopped else ""
        return f"History({len(self.loss)} epochs, {len(self.steps['loss'])} steps; last epoch: {latest or 'none'}{stopped})"
