"""`fit`: the training loop, with callbacks, a progress bar and a clean end on Ctrl-C."""

from __future__ import annotations

import math
import random
import signal
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any

from autograd import data_of
from nn.arrays import np
from nn.data import as_list, check_columns, check_lengths, remember_columns, split_into_batches
from nn.engines import Engine, GradientStep, prepare
from nn.history import History
from nn.losses import check_loss
from nn.metrics import accuracy, score
from nn.module import Module, flatten, needs_whole_batch
from nn.optim import Optimizer, clip_grad_norm
from nn.outputs import Outputs
from nn.schedules import ReduceLROnPlateau, Schedule

Clip = float | Callable[[list[Any]], Any]


class Callback:
    """The base class of callbacks that need the whole `Training`, such as `nn.Checkpoint`.

    At the end of an epoch they are called after the callbacks that are plain functions, so that they see their effects.
    """

    def on_train_begin(self, training: Training) -> None:
        """Called before the first step."""

    def on_epoch_end(self, training: Training) -> None:
        """Called after each epoch."""

    def on_train_end(self, training: Training) -> None:
        """Called after the last step, also after an interruption, but not after an exception."""


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
    clip: Clip | None = None,
    validation: tuple[Any, Any] | None = None,
    progress: bool = True,
    callbacks: Sequence[Callback | Callable[[Module, History], Any]] = (),
    seed: int | None = None,
    engine: str | Engine = "auto",
) -> History:
    """Train the model and return the `History` of the training.

    X: the examples, (n_examples, ...): lists, an array, a data frame (pandas, polars) or a tensor of PyTorch. y: one target
    per example. The model remembers a data frame's columns, and `predict` refuses other columns, or another order.
    loss: a function loss(outputs, targets) that returns a Value, such as `nn.mse_loss`.
    optimizer: created with `model.parameters()`, or some of them.
    epochs: the number of passes through all examples. batch_size: examples per step; None means all of them.
    scheduler: its `step()` is called after each epoch.
    clip: the largest gradient norm, or a function of the parameters such as `lambda ps: nn.clip_grad_value(ps, 1)`.
    validation: (X, y) of examples that are not trained on; they are evaluated after each epoch, by the same engine.
    progress: True shows a progress bar.
    callbacks: functions callback(model, history), called after each epoch, where a return value of True ends the training;
    or `nn.Checkpoint(path)`, which saves the training so that it can be resumed.
    seed: determines the order of the examples, which are shuffled in every epoch; by default it is drawn from `random`.
    engine: how gradients are computed. 'program' compiles model and loss (`nn.compile`) and raises an error if that is
    impossible. 'eager' records a graph at every step, which is slower, with exactly the numbers of a loop written by hand.
    'auto' uses a program if possible, else records graphs; `history.engine` says which, and why. For settings pass an
    object: `nn.Compiled(threads=4)`, or `nn.Distributed(dask_client)` to use a Dask cluster.

    Ctrl-C ends the training after the current step; pressed again, it raises KeyboardInterrupt at once. A loss that is not
    finite ends the training with a RuntimeWarning. `history.stopped` contains the reason in each case.

    >>> import nn
    >>> model = nn.MLP(1, [1], seed=0)
    >>> optimizer = nn.SGD(model.parameters(), lr=0.1)
    >>> history = nn.fit(model, [[0.0], [1.0]], [1.0, 3.0], nn.mse_loss, optimizer, epochs=300, progress=False)
    >>> history.loss[-1] < 1e-6, history.engine
    (True, 'program')
    """
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be one such as nn.Adam(model.parameters(), lr=0.01), got {optimizer!r}")
    check_loss(loss)
    examples, targets = as_list("X", X), as_list("y", y)
    check_lengths(examples, targets)
    _check_arguments(epochs, batch_size, clip, callbacks)
    held_out = None
    if validation is not None:
        held_out = as_list("validation X", validation[0]), as_list("validation y", validation[1])
    remember_columns(model, X)
    if validation is not None:
        check_columns(model, validation[0])
    seed = random.getrandbits(32) if seed is None else seed
    training = Training(model, examples, targets, loss, optimizer, scheduler, clip, held_out, batch_size, seed)
    gradients, engine_name = prepare(engine, model, loss, examples, targets, training.batches()[0])
    hooks = [callback for callback in callbacks if isinstance(callback, Callback)]
    functions = [callback for callback in callbacks if not isinstance(callback, Callback)]
    was_training = model.training
    for hook in hooks:
        hook.on_train_begin(training)
    training.history.engine = engine_name
    training.outputs.by_program = engine_name == "program"
    try:
        with _interruption() as interrupted, _progress_bar(training, epochs, progress) as bar:
            while training.epoch < epochs and not training.history.stopped:
                model.train()
                for batch in training.batches()[training.step_in_epoch :]:
                    training.step(batch, gradients)
                    bar.update()
                    if interrupted:
                        training.history.stopped = f"interrupted in epoch {training.epoch}"
                    if training.history.stopped:
                        break
                else:
                    training.end_epoch()
                    bar.set_postfix({name: f"{number:.4g}" for name, number in training.history.latest.items()})
                    if True in [function(model, training.history) for function in functions]:
                        training.history.stopped = f"by a callback after epoch {training.epoch - 1}"
                    for hook in hooks:
                        hook.on_epoch_end(training)
            for hook in hooks:
                hook.on_train_end(training)
    finally:
        model.train(was_training)
    if training.history.stopped.startswith("the loss"):
        advice = "nn.diagnose finds the reason; a lower learning rate may help"
        warnings.warn(f"{training.history.stopped}: {advice}", RuntimeWarning, stacklevel=2)
    return training.history


@dataclass
class Training:
    """The state of a training between two steps.

    held_out: the examples and targets for validation. epoch, step_in_epoch: counted from 0. n_correct: how many examples of
    this epoch were classified correctly during their step; nan for regression.
    """

    model: Module
    examples: list[Any]
    targets: list[Any]
    loss: Callable[..., Any]
    optimizer: Optimizer
    scheduler: Schedule | None
    clip: Clip | None
    held_out: tuple[list[Any], list[Any]] | None
    batch_size: int | None
    seed: int
    epoch: int = 0
    step_in_epoch: int = 0
    n_correct: float = 0.0
    history: History = field(default_factory=History)

    def __post_init__(self) -> None:
        index = {p: i for i, p in enumerate(self.optimizer.parameters)}
        tensors = {name: [index[p] for p in flatten(tensor, []) if p in index] for name, tensor in self.model.tensors()}
        self.indices: dict[str, np.ndarray] = {name: np.array(found) for name, found in tensors.items() if found}
        if not self.indices:
            raise ValueError("the optimiser has none of the model's parameters: create it with model.parameters()")
        if not index.keys().isdisjoint(_frozen(self.model)):
            raise ValueError("the optimiser has parameters that requires_grad_(False) froze: create it after freezing")
        self.history.update_ratios = {name: [] for name in self.indices}
        self.outputs: Outputs = Outputs(self.model, by_program=False)

    def batches(self) -> list[list[int]]:
        """Return the indices of the examples of each step of this epoch, in an order given by the seed and the epoch."""
        batches = split_into_batches(len(self.examples), self.batch_size, f"{self.seed}, epoch {self.epoch}")
        if len(batches) > 1 and len(batches[-1]) == 1 and needs_whole_batch(self.model):
            last = batches.pop()
            batches[-1] += last  # batch normalisation needs a variance, which a single example does not have
        return batches

    def step(self, batch: list[int], gradients: GradientStep) -> None:
        """Compute the gradients of a batch, clip them, update the parameters, and record the step in the history.

        If the loss is not finite, only note in the history that training has stopped.
        """
        loss, outputs = gradients(batch)
        if not math.isfinite(loss):
            self.history.stopped = f"the loss is {loss} at step {len(self.history.steps['loss'])}, epoch {self.epoch}"
            return
        parameters = self.optimizer.parameters
        norm = clip_grad_norm(parameters, math.inf if self.clip is None or callable(self.clip) else self.clip)
        if callable(self.clip):
            self.clip(parameters)
        before = np.asarray(data_of(parameters))
        self.optimizer.step()
        after = np.asarray(data_of(parameters))
        for name, indices in self.indices.items():
            self.history.update_ratios[name].append(_relative_change(before[indices], after[indices]))
        ratio = _relative_change(before, after)
        self.history.add_step(loss=loss, rate=self.optimizer.lr, gradient_norm=norm, update_ratio=ratio)
        self.n_correct += accuracy(outputs, [self.targets[i] for i in batch], self.loss) * len(batch)
        self.step_in_epoch += 1

    def end_epoch(self) -> None:
        """Record the epoch in the history, keep the weights if they are the best so far, and go on to the next epoch."""
        history, n = self.history, len(self.examples)
        sizes = [len(batch) for batch in self.batches()]
        mean = float(np.dot(history.steps["loss"][-len(sizes) :], sizes)) / n
        validation = (math.nan, math.nan)
        if self.held_out is not None:
            validation = score(self.outputs(self.held_out[0]), self.held_out[1], self.loss)
        history.add_epoch(
            loss=mean, accuracy=self.n_correct / n, validation_loss=validation[0], validation_accuracy=validation[1],
            rate=self.optimizer.lr,
        )  # fmt: skip
        if history.last_epoch_is_best("loss" if self.held_out is None else "validation_loss"):
            history.best_epoch, history.best_state = self.epoch, self.model.state_dict()
        if isinstance(self.scheduler, ReduceLROnPlateau):
            self.scheduler.step(mean if self.held_out is None else validation[0])
        elif self.scheduler is not None:
            self.scheduler.step()
        self.epoch, self.step_in_epoch, self.n_correct = self.epoch + 1, 0, 0.0


def _check_arguments(epochs: Any, batch_size: Any, clip: Any, callbacks: Any) -> None:
    for name, number in (("epochs", epochs), ("batch_size", 1 if batch_size is None else batch_size)):
        if not isinstance(number, Integral):
            raise TypeError(f"{name} must be a whole number, an int, got {type(number).__name__} {number!r}")
    if epochs < 0 or (batch_size is not None and batch_size < 1):
        raise ValueError(f"epochs must be at least 0 and batch_size at least 1, got {epochs!r} and {batch_size!r}")
    if clip is not None and not callable(clip) and not clip > 0:
        raise ValueError(f"clip must be the largest gradient norm, above 0, got {clip!r}")
    for callback in callbacks:
        if isinstance(callback, type) or not (isinstance(callback, Callback) or callable(callback)):
            raise TypeError(
                f"a callback must be a function of the model and the history, or nn.Checkpoint(path), got {callback!r}"
            )


def _frozen(model: Module) -> set[Any]:
    tensors = [tensor for _, tensor in model.tensors()]
    return set(flatten(tensors, [])).difference(model.parameters())


def _relative_change(before: np.ndarray, after: np.ndarray) -> float:
    """Return the norm of the change divided by the norm before it."""
    with np.errstate(all="ignore"):
        return float(np.divide(np.linalg.norm(after - before), np.linalg.norm(before)))


class _NoBar(nullcontext["_NoBar"]):
    """A stand-in for tqdm's bar if tqdm is not installed."""

    def __init__(self, **_: Any) -> None:
        super().__init__(self)

    def update(self) -> None:
        """Show nothing."""

    def set_postfix(self, numbers: dict[str, str]) -> None:
        """Show nothing."""


@contextmanager
def _progress_bar(training: Training, epochs: int, show: bool) -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tqdm's warning that a notebook without ipywidgets shows a plain bar
        try:
            from tqdm.auto import tqdm
        except ModuleNotFoundError:  # in a browser
            tqdm = _NoBar
        steps = len(training.batches())
        done = training.epoch * steps + training.step_in_epoch
        bar = tqdm(total=epochs * steps, initial=done, disable=not show, unit="step")
    with bar:
        yield bar


@contextmanager
def _interruption() -> Iterator[list[int]]:
    """Yield a list that gets an entry at the first Ctrl-C; a second Ctrl-C raises KeyboardInterrupt.

    The list stays empty in threads, where Python has no signal handlers, and in processes that were started to ignore
    Ctrl-C (nohup, `&`).
    """
    received: list[int] = []
    previous = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or previous is signal.SIG_IGN:
        yield received
        return

    def receive(number: int, frame: Any) -> None:
        received.append(number)
        signal.signal(signal.SIGINT, previous)

    signal.signal(signal.SIGINT, receive)
    try:
        yield received
    finally:
        signal.signal(signal.SIGINT, previous)
