"""`Checkpoint`: a callback of `fit` that saves the training in a file, to resume it later."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nn.arrays import np
from nn.files import file_type, read, write
from nn.history import History
from nn.training import Callback, Training

FORMAT = 2
PROGRESS = ("seed", "epoch", "step_in_epoch", "n_correct")  # the attributes of a Training that say how far it has got


class Checkpoint(Callback):
    """Saves the training at the start, after each epoch, and when it is interrupted in the middle of one.

    path: a .safetensors or .npz file. It contains the model, the optimiser, the schedule, the history and the position in
    the epoch. At every moment the file is complete: either the previous state or the new one.
    resume: with True, training continues from the file if it exists, and ends with exactly the same numbers as a training
    that was never interrupted. The arguments of `fit` must be the same; `epochs` may be larger.

    At the start of a training it raises FileExistsError if the file exists and resume is False, and ValueError if the file
    does not belong to this training; the model is then unchanged.

        nn.fit(model, X, y, loss, optimizer, epochs=100, callbacks=[nn.Checkpoint("run.safetensors", resume=True)])
    """

    def __init__(self, path: str | Path, resume: bool = False) -> None:
        self.path: Path = Path(path)
        self.resume: bool = resume
        file_type(self.path)  # raises a ValueError early if the name is wrong

    def on_train_begin(self, training: Training) -> None:
        """Resume from the file if there is one; otherwise write it, to find out now whether that is possible."""
        if not self.path.exists():
            save_training(training, self.path)
        elif self.resume:
            load_training(training, self.path)
        else:
            raise FileExistsError(
                f"{self.path} contains a training: continue it with nn.Checkpoint(path, resume=True), or use another name"
            )

    def on_epoch_end(self, training: Training) -> None:
        """Save the training."""
        save_training(training, self.path)

    def on_train_end(self, training: Training) -> None:
        """Save the training if it ended in the middle of an epoch."""
        if training.step_in_epoch > 0:
            save_training(training, self.path)


def save_training(training: Training, path: Path) -> None:
    """Write everything that is needed to continue a training to a file."""
    history, optimizer = training.history, training.optimizer.state_dict()
    parts: dict[str, dict[str, Any]] = {
        "model": training.model.state_dict(),
        "optimizer": {name: array for name, array in optimizer.items() if isinstance(array, np.ndarray)},
        "best": history.best_state,
        "steps": history.steps,
        "epochs": history.epochs,
        "update_ratios": history.update_ratios,
    }
    note = {
        "stepgrad checkpoint": FORMAT,
        **_settings(training),
        **{name: getattr(training, name) for name in PROGRESS},
        "best_epoch": history.best_epoch,
        "optimizer_state": {name: x for name, x in optimizer.items() if not isinstance(x, np.ndarray)},
        "scheduler_state": None if training.scheduler is None else training.scheduler.state_dict(),
    }
    arrays = {f"{part}/{name}": np.array(x, dtype=float) for part, xs in parts.items() for name, x in xs.items()}
    write(path, arrays, json.dumps(note))


def load_training(training: Training, path: Path) -> None:
    """Restore a training from a file. If it is not a checkpoint of this training, raises ValueError and changes nothing."""
    arrays, text = read(path)
    note = json.loads(text) if text.startswith("{") else {}
    if note.get("stepgrad checkpoint") != FORMAT:
        raise ValueError(f"{path} is not a checkpoint of nn.fit: if it contains the state of a model, use nn.load")
    for name, here in _settings(training).items():
        if note[name] != here:
            raise ValueError(
                f"{path} belongs to another training: its {name} is {note[name]!r}, here it is {here!r}; use the same, or "
                "another file"
            )
    parts: dict[str, dict[str, Any]] = {}
    for name, array in arrays.items():
        part, _, rest = name.partition("/")
        parts.setdefault(part, {})[rest] = array
    before = training.model.state_dict()
    training.model.load_state_dict(parts["model"])
    try:
        training.optimizer.load_state_dict({**parts.get("optimizer", {}), **note["optimizer_state"]})
    except ValueError:
        training.model.load_state_dict(before)
        raise
    if training.scheduler is not None:
        training.scheduler.load_state_dict(note["scheduler_state"])
    for name in PROGRESS:
        setattr(training, name, note[name])
    columns: dict[str, Any] = {
        part: {name: array.tolist() for name, array in parts[part].items()} for part in ("steps", "epochs", "update_ratios")
    }
    training.history = History(**columns, best_state=parts.get("best", {}), best_epoch=note["best_epoch"])


def _settings(training: Training) -> dict[str, Any]:
    """Return the settings that must not change when a training is resumed."""
    return {
        "optimizer": type(training.optimizer).__name__,
        "scheduler": type(training.scheduler).__name__,
        "batch_size": training.batch_size,
        "number of examples": len(training.examples),
    }
