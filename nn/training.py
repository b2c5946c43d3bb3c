"""`fit`: the five steps (forward, loss, backward, gradients, update) over batches and epochs, watched and kept.

The loop itself is `_step`; the rest is what makes long work bearable: progress, history, interruption, checkpoints.
"""

from __future__ import annotations

import json
import math
import random
import signal
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np

from autograd import data_of, is_detecting_anomaly, no_grad
from nn import losses
from nn.compiled import CompiledStep
from nn.distributed import Sharded
from nn.files import read, write
from nn.module import Module, flatten
from nn.optim import Optimizer, clip_grad_norm
from nn.running import checked_loss, forward, loss_of, refuse_none
from nn.schedules import Schedule

Callback = Callable[[Module, "History"], Any]
PER_STEP = ("loss", "rate", "gradient_norm", "update_ratio")
PER_EPOCH = ("loss", "accuracy", "validation_loss", "validation_accuracy", "rate")


@dataclass
class History:
    """What happened in training; `pandas.DataFrame(history.epochs)` and `nn.plots` take it.

    steps: for each step its loss, rate, gradient_norm (before clipping) and update_ratio (norm of the update over norm of
    the parameters). epochs: loss (mean over the rows as they were trained on), accuracy, validation_loss,
    validation_accuracy and rate; nan where there is none. update_ratios: for each tensor the ratio at every step.
    best_state: the state_dict after the epoch `best_epoch` (from 0), which had the lowest validation loss, or training
    loss where there is no validation. stopped: why training ended before the last epoch, '' if it did not. engine:
    'program' if the steps ran compiled, else 'eager: ' and why.
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

    def __repr__(self) -> str:
        last = ", ".join(f"{k} {v[-1]:.4g}" for k, v in self.epochs.items() if v and not math.isnan(v[-1]))
        stopped = f"; stopped: {self.stopped}" if self.stopped else ""
        return f"History({len(self.loss)} epochs, {len(self.steps['loss'])} steps; last epoch: {last or 'none'}{stopped})"


def fit(
    model: Module,
    X: Any,
    y: Any,
    loss: Callable[..., Any],
    optimizer: Optimizer,
    *,
    epochs: int = 1,
    batch_size: int | None = 32,
    scheduler: Schedule | None = None,
    clip: float | Callable[..., Any] | None = None,
    validation: tuple[Any, Any] | None = None,
    progress: bool = True,
    callbacks: Sequence[Callback] = (),
    seed: int | None = None,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    compile: bool | str = "auto",
    threads: int = 1,
    client: Any = None,
) -> History:
    """Train the model on rows X with targets y; returns the `History`.

    loss(outputs, targets) gives a Value, as the losses of `nn` do. batch_size: rows per step, shuffled in each epoch by
    `seed`; None takes all rows in every step. scheduler: stepped after each epoch. clip: the largest gradient norm, or a
    function of the parameters such as `lambda ps: nn.clip_grad_value(ps, 1)`. validation: other rows and targets,
    evaluated after each epoch. callbacks: called as callback(model, history) after each epoch; one that returns True ends
    the training. Ctrl-C ends it after the step that runs; a second one at once.

    checkpoint: a .safetensors or .npz file that holds, after each epoch and when interrupted, all that is needed to go on;
    with resume=True training continues from it (if it exists) to the same numbers as without the interruption. Models
    with batch normalisation get each batch as a whole, others one row at a time. A loss that is not finite ends the
    training with a RuntimeWarning.

    compile: 'auto' runs model and loss as a program (`nn.compile`) if it can; `history.engine` says whether it did, or why
    not. True makes it an error if not; False records every step, which is slower, and exact to the last bit. threads: for
    programs on large batches. client: a `dask.distributed.Client`, on whose workers the rows are spread (extra
    'distributed'); batches should be large.
    """
    rows, targets = rows_of("X", X), rows_of("y", y)
    _check(rows, targets, epochs, batch_size)
    if clip is not None and not callable(clip) and not clip > 0:
        raise ValueError(f"clip is the largest gradient norm, above 0, got {clip!r}")
    held_out = None
    if validation is not None:
        held_out = rows_of("validation X", validation[0]), rows_of("validation y", validation[1])
    seed = random.getrandbits(32) if seed is None else seed
    if compile not in (True, False, "auto"):
        raise ValueError(f"compile is True, False or 'auto', got {compile!r}")
    run = _Run(model, rows, targets, loss, optimizer, scheduler, clip, batch_size, seed)
    run.compile(compile if client is None else True, threads, client)
    if checkpoint is not None and Path(checkpoint).exists():
        if not resume:
            raise FileExistsError(f"{checkpoint} holds a training: resume=True goes on from it, or take another name")
        run.load(checkpoint)
    elif checkpoint is not None:
        run.save(checkpoint)  # now rather than after the first epoch, to see that it can be written
    run.history.stopped, run.history.engine = "", run.engine
    was_training = model.training
    try:
        with _interruption() as interrupted, _bar(run, epochs, progress) as bar:
            while run.epoch < epochs and not run.history.stopped:
                model.train()
                for batch in run.batches()[run.step_in_epoch :]:
                    run.step(batch)
                    bar.update()
                    if interrupted:
                        run.history.stopped = f"interrupted in epoch {run.epoch}"
                    if run.history.stopped:
                        break
                else:
                    run.end_epoch(held_out)
                    bar.set_postfix({k: f"{v[-1]:.4g}" for k, v in run.history.epochs.items() if not math.isnan(v[-1])})
                    if True in [callback(model, run.history) for callback in callbacks]:
                        run.history.stopped = f"by a callback after epoch {run.epoch - 1}"
                if checkpoint is not None:
                    run.save(checkpoint)
    finally:
        model.train(was_training)
    if run.history.stopped.startswith("the loss"):
        warnings.warn(f"{run.history.stopped}: nn.diagnose says why, a lower rate may help", RuntimeWarning, stacklevel=2)
    return run.history


def predict(model: Module, X: Any) -> np.ndarray:
    """The model's outputs for rows X, in evaluation mode and without recording: (n,) or (n, n_outputs)."""
    was_training = model.training
    try:
        with no_grad():
            outputs = forward(model.eval(), rows_of("X", X))
    finally:
        model.train(was_training)
    return np.array([[float(v) for v in out] if hasattr(out, "__len__") else float(out) for out in outputs])


def evaluate(model: Module, X: Any, y: Any, loss: Callable[..., Any]) -> tuple[float, float]:
    """The loss and the accuracy (nan for regression) on rows X with targets y, in evaluation mode, without recording."""
    outputs, targets = predict(model, X), rows_of("y", y)
    return float(checked_loss(loss)(outputs.tolist(), targets)), accuracy(outputs, targets, loss)


def accuracy(outputs: Any, targets: Any, loss: Callable[..., Any]) -> float:
    """The fraction of rows whose class is right, where the loss says what an output means; nan for other losses.

    cross_entropy: the largest output. hinge_loss and binary_cross_entropy_with_logits: the sign. binary_cross_entropy:
    more or less than 0.5.
    """
    if loss is losses.cross_entropy:
        guesses = np.argmax(outputs if isinstance(outputs, np.ndarray) else [flatten(out, []) for out in outputs], axis=1)
        classes = [np.argmax(target) if hasattr(target, "__len__") else target for target in targets]
        return float(np.mean(guesses == np.array(classes)))
    border = {losses.hinge_loss: 0.0, losses.binary_cross_entropy_with_logits: 0.0, losses.binary_cross_entropy: 0.5}
    if loss not in border:
        return math.nan
    scores, right = (np.array(flatten(list(x), []), dtype=float) for x in (outputs, targets))
    return float(np.mean((scores > border[loss]) == (right > (0.0 if loss is losses.hinge_loss else 0.5))))


@dataclass
class _Run:
    """A training between two steps: everything that a checkpoint has to hold."""

    model: Module
    rows: list[Any]
    targets: list[Any]
    loss: Callable[..., Any]
    optimizer: Optimizer
    scheduler: Schedule | None
    clip: float | Callable[..., Any] | None
    batch_size: int | None
    seed: int
    epoch: int = 0
    step_in_epoch: int = 0
    right: float = 0.0  # rows of this epoch that were classified right, in training
    history: History = field(default_factory=History)
    engine: str = "eager: compile=False"
    compiled: CompiledStep | None = None
    sharded: Sharded | None = None
    table: Any = None  # rows and targets as the program takes them
    shapes: Any = None

    def __post_init__(self) -> None:
        index = {p: i for i, p in enumerate(self.optimizer.parameters)}
        tensors = {name: [index[p] for p in flatten(tensor, []) if p in index] for name, tensor in self.model.tensors()}
        self.tensors = {name: np.array(indices) for name, indices in tensors.items() if indices}
        if not self.tensors:
            raise ValueError("the optimiser has none of the model's parameters: make it with model.parameters()")
        self.history.update_ratios = {name: [] for name in self.tensors}

    def batches(self) -> list[list[int]]:
        """The rows of each step of this epoch; the seed and the epoch decide the order."""
        order = list(range(len(self.rows)))
        if self.batch_size is None:
            return [order]
        random.Random(f"{self.seed}, epoch {self.epoch}").shuffle(order)
        batches = [order[i : i + self.batch_size] for i in range(0, len(order), self.batch_size)]
        if len(batches) > 1 and len(batches[-1]) == 1 and any(m.whole_batch for m in self.model.modules()):
            alone = batches.pop()
            batches[-1] += alone  # one row alone has no variance to normalise with
        return batches

    def compile(self, how: bool | str, threads: int, client: Any = None) -> None:
        """Trace model and loss, if asked to; where that is not possible, say why, or with how=True raise why."""
        if not how:
            return
        was_training, step = self.model.training, CompiledStep(self.model, self.loss, threads)
        try:
            if is_detecting_anomaly():
                raise ValueError("detect_anomaly() looks at every operation")
            self.table, self.shapes = step.columns(self.rows, self.targets)
            self.model.train()
            step.trace(self.table[self.batches()[0]], self.shapes)
            self.sharded = None if client is None else Sharded(step, self.table, self.shapes, client)
        except Exception as error:  # whatever a model may do with Values in place of numbers
            if how is True:
                raise
            self.engine = f"eager: {type(error).__name__}: {error}"
        else:
            self.engine, self.compiled = "program", step
        finally:
            self.model.train(was_training)

    def gradients(self, batch: list[int], targets: list[Any]) -> tuple[float, Any]:
        """Forward, loss, backward: the loss and the outputs. If the loss is finite, the gradients are set."""
        if self.sharded is not None:
            return self.sharded.run(batch)
        if self.compiled is not None:
            return self.compiled.run(self.table[batch], self.shapes)
        outputs = forward(self.model, [self.rows[i] for i in batch])
        loss = loss_of(self.loss, outputs, targets)
        if math.isfinite(loss):
            self.model.zero_grad()
            loss.backward()
        return float(loss), [_plain(out) for out in outputs]

    def step(self, batch: list[int]) -> None:
        """Forward, loss, backward, gradients, update."""
        targets, parameters = [self.targets[i] for i in batch], self.optimizer.parameters
        loss, outputs = self.gradients(batch, targets)
        if not math.isfinite(loss):
            self.history.stopped = f"the loss is {loss} at step {len(self.history.steps['loss'])}, epoch {self.epoch}"
            return
        norm = clip_grad_norm(parameters, math.inf if self.clip is None or callable(self.clip) else self.clip)
        if callable(self.clip):
            self.clip(parameters)
        before = np.asarray(data_of(parameters))
        self.optimizer.step()
        with np.errstate(all="ignore"):
            after = np.asarray(data_of(parameters))
            for name, indices in self.tensors.items():
                self.history.update_ratios[name].append(_ratio(before[indices], after[indices]))
            numbers = (loss, self.optimizer.lr, norm, _ratio(before, after))
        for name, number in zip(PER_STEP, numbers):
            self.history.steps[name].append(number)
        self.right += accuracy(outputs, targets, self.loss) * len(batch)
        self.step_in_epoch += 1

    def end_epoch(self, held_out: tuple[list[Any], list[Any]] | None) -> None:
        """Note how the epoch went, keep the weights if they are the best so far, and go to the next."""
        sizes = [len(batch) for batch in self.batches()]
        mean = float(np.dot(self.history.steps["loss"][-len(sizes) :], sizes)) / len(self.rows)
        held = (math.nan, math.nan) if held_out is None else evaluate(self.model, *held_out, self.loss)
        for name, number in zip(PER_EPOCH, (mean, self.right / len(self.rows), *held, self.optimizer.lr)):
            self.history.epochs[name].append(number)
        score = self.history.epochs["loss" if held_out is None else "validation_loss"]
        if self.history.best_epoch is None or score[-1] < score[self.history.best_epoch]:
            self.history.best_epoch, self.history.best_state = self.epoch, self.model.state_dict()
        if self.scheduler is not None:
            self.scheduler.step()
        self.epoch, self.step_in_epoch, self.right = self.epoch + 1, 0, 0.0

    # Checkpoints

    def _settings(self) -> dict[str, Any]:
        """What must be the same when training goes on."""
        kinds = {"optimizer": type(self.optimizer).__name__, "scheduler": type(self.scheduler).__name__}
        return {**kinds, "batch_size": self.batch_size, "rows": len(self.rows)}

    def save(self, path: str | Path) -> None:
        """Write a checkpoint."""
        optimizer = self.optimizer.state_dict()
        parts: dict[str, dict[str, Any]] = {
            "model": self.model.state_dict(),
            "optimizer": {name: array for name, array in optimizer.items() if isinstance(array, np.ndarray)},
            "best": self.history.best_state,
            "steps": self.history.steps,
            "epochs": self.history.epochs,
            "update_ratios": self.history.update_ratios,
        }
        note = {
            "stepgrad checkpoint": 1,
            **self._settings(),
            **{name: getattr(self, name) for name in ("seed", "epoch", "step_in_epoch", "right")},
            "best_epoch": self.history.best_epoch,
            "optimizer_state": {k: v for k, v in optimizer.items() if not isinstance(v, np.ndarray)},
            "scheduler_state": self.scheduler.state_dict() if self.scheduler is not None else None,
        }
        arrays = {f"{part}/{name}": np.array(x, dtype=float) for part, xs in parts.items() for name, x in xs.items()}
        write(path, arrays, json.dumps(note))

    def load(self, path: str | Path) -> None:
        """Go on from a checkpoint. ValueError, and nothing changed, if it is none or belongs to another training."""
        arrays, text = read(path)
        note = json.loads(text) if text.startswith("{") else {}
        if note.get("stepgrad checkpoint") != 1:
            raise ValueError(f"{path} is no checkpoint of nn.fit: load it with nn.load if it holds a state")
        for name, here in self._settings().items():
            if note[name] != here:
                raise ValueError(f"{path} is of another training: its {name} is {note[name]!r}, here it is {here!r}")
        parts: dict[str, dict[str, Any]] = {}
        for name, array in arrays.items():
            part, _, rest = name.partition("/")
            parts.setdefault(part, {})[rest] = array
        before = self.model.state_dict()
        self.model.load_state_dict(parts["model"])
        try:
            self.optimizer.load_state_dict({**parts.get("optimizer", {}), **note["optimizer_state"]})
        except ValueError:
            self.model.load_state_dict(before)
            raise
        if self.scheduler is not None:
            self.scheduler.load_state_dict(note["scheduler_state"])
        self.seed, self.epoch = note["seed"], note["epoch"]
        self.step_in_epoch, self.right = note["step_in_epoch"], note["right"]
        columns: dict[str, Any] = {
            part: {name: array.tolist() for name, array in parts[part].items()}
            for part in ("steps", "epochs", "update_ratios")
        }
        self.history = History(**columns, best_state=parts.get("best", {}), best_epoch=note["best_epoch"])


def rows_of(name: str, x: Any) -> list[Any]:
    """X or y as a list with one entry for each row; from lists, arrays, data frames."""
    if hasattr(x, "to_numpy"):
        x = x.to_numpy()
    if not hasattr(x, "__len__"):
        raise TypeError(f"{name} must be a sequence with one entry for each row, got {type(x).__name__}: {x!r}")
    rows = x.tolist() if isinstance(x, np.ndarray) else list(x)
    if not isinstance(x, np.ndarray) or x.dtype == object:
        refuse_none(name, rows)
    return rows


def _check(rows: list[Any], targets: list[Any], epochs: int, batch_size: int | None) -> None:
    if len(rows) != len(targets) or not rows:
        raise ValueError(f"X and y must have one entry each for every row, got {len(rows)} and {len(targets)}")
    for name, number in (("epochs", epochs), ("batch_size", 1 if batch_size is None else batch_size)):
        if not isinstance(number, Integral):
            raise TypeError(f"{name} must be a whole number, an int, got {type(number).__name__} {number!r}")
    if epochs < 0 or (batch_size is not None and batch_size < 1):
        raise ValueError(f"epochs must be at least 0 and batch_size at least 1, got {epochs!r} and {batch_size!r}")


def _plain(output: Any) -> Any:
    return [float(v) for v in output] if hasattr(output, "__len__") else float(output)


def _ratio(before: np.ndarray, after: np.ndarray) -> float:
    return float(np.linalg.norm(after - before) / np.linalg.norm(before))


@contextmanager
def _bar(run: _Run, epochs: int, progress: bool) -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a notebook without ipywidgets gets the plain bar
        from tqdm.auto import tqdm

        steps = len(run.batches())
        bar = tqdm(total=epochs * steps, initial=run.epoch * steps + run.step_in_epoch, disable=not progress, unit="step")
    with bar:
        yield bar


@contextmanager
def _interruption() -> Iterator[list[int]]:
    """A list that gets an entry at the first Ctrl-C; the second one raises KeyboardInterrupt as ever.

    In other threads Python has no handlers; and a process that was started to ignore Ctrl-C (nohup, `&`) ignores it.
    """
    asked: list[int] = []
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before is signal.SIG_IGN:
        yield asked
        return

    def ask(number: int, frame: Any) -> None:
        asked.append(number)
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)
