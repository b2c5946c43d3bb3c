"""`History`: the record of a training."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass, field
from os import PathLike
from typing import TYPE_CHECKING, Any

from nn.arrays import np

if TYPE_CHECKING:
    import pandas

PER_STEP = ("loss", "rate", "gradient_norm", "update_ratio")
PER_EPOCH = ("loss", "accuracy", "validation_loss", "validation_accuracy", "rate")


@dataclass
class History:
    """The record of a training, to plot (`nn.plots`) or to export: `to_frame`, `to_csv`, `to_dict`.

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

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the weights in `best_state`, as numbers, strings, lists and dicts that `json.dump` writes.

        >>> history = History()
        >>> history.add_epoch(loss=0.5, accuracy=1.0, validation_loss=0.25, validation_accuracy=1.0, rate=0.1)
        >>> history.to_dict()["epochs"]["validation_loss"]
        [0.25]
        """
        return {
            "steps": {name: list(column) for name, column in self.steps.items()},
            "epochs": {name: list(column) for name, column in self.epochs.items()},
            "update_ratios": {name: list(column) for name, column in self.update_ratios.items()},
            "best_epoch": self.best_epoch,
            "stopped": self.stopped,
            "engine": self.engine,
        }

    def to_frame(self, per: str = "epoch") -> pandas.DataFrame:
        """Return a pandas DataFrame with a row for each epoch, or with per='step' for each step, and a column per quantity.

        The columns of a step include the update ratio of each tensor, such as 'update_ratio of layers.0.weight'.
        """
        try:
            import pandas
        except ImportError as error:
            raise ImportError(
                "History.to_frame needs pandas, which is not installed: pip install pandas, or use to_csv or to_dict"
            ) from error
        frame = pandas.DataFrame(self._columns_per(per))
        return frame.rename_axis(per)

    def to_csv(self, path: str | PathLike[str], per: str = "epoch") -> None:
        """Write a CSV file with the rows and columns of `to_frame`; nan becomes an empty cell."""
        columns = self._columns_per(per)
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow([per, *columns])
            for i, row in enumerate(zip(*columns.values())):
                writer.writerow([i, *("" if math.isnan(number) else number for number in row)])

    def _columns_per(self, per: str) -> dict[str, list[float]]:
        if per == "epoch":
            return self.epochs
        if per != "step":
            raise ValueError(f"per must be 'epoch' or 'step', got {per!r}")
        return {**self.steps, **{f"update_ratio of {name}": column for name, column in self.update_ratios.items()}}

    def __repr__(self) -> str:
        latest = ", ".join(f"{name} {number:.4g}" for name, number in self.latest.items())
        stopped = f"; stopped: {self.stopped}" if self.stopped else ""
        return f"History({len(self.loss)} epochs, {len(self.steps['loss'])} steps; last epoch: {latest or 'none'}{stopped})"
