"""`nn.fit`: the numbers of a loop written by hand, to the last bit, also after interruptions, kills and resumptions."""

import json
import math
import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import make_moons

import autograd
import nn
from autograd import Value
from nn.files import read

X, Y = make_moons(24, noise=0.1, random_state=0)
LABELS = Y * 2 - 1


def parts(kind: str = "Adam", seed: int = 0) -> tuple[Any, Any, Any]:
    model = nn.Sequential(nn.Layer(2, 4, "tanh", seed=seed), nn.BatchNorm(4), nn.Layer(4, 1, None, seed=seed + 1))
    optimizer = nn.Adam(model.parameters(), 0.05) if kind == "Adam" else nn.SGD(model.parameters(), 0.1, momentum=0.9)
    return model, optimizer, nn.ExponentialLR(optimizer, 0.9)


def fit(parts: Any, **options: Any) -> nn.History:
    model, optimizer, scheduler = parts
    defaults = {"epochs": 4, "batch_size": 7, "seed": 3, "progress": False, "validation": (X[:5], LABELS[:5]), "clip": 1.0}
    return nn.fit(model, X, LABELS, nn.hinge_loss, optimizer, scheduler=scheduler, **{**defaults, **options})


def everything(parts: Any, history: nn.History) -> list[Any]:
    """Collect all numbers that a training leaves, to compare them bit for bit."""
    model, optimizer, scheduler = parts
    state = {**model.state_dict(), **optimizer.state_dict(), **history.best_state}
    columns = {**history.steps, **{f"epoch {k}": v for k, v in history.epochs.items()}, **history.update_ratios}
    numbers = {name: np.asarray(x, dtype=float).tobytes() for name, x in {**state, **columns}.items()}
    return [numbers, scheduler.state_dict(), history.best_epoch]


# The loop


def test_it_is_the_five_steps() -> None:
    by_fit, by_hand = nn.MLP(2, [4, 1], "tanh", seed=1), nn.MLP(2, [4, 1], "tanh", seed=1)
    history = nn.fit(
        by_fit,
        X,
        LABELS,
        nn.mse_loss,
        nn.SGD(by_fit.parameters(), 0.1),
        epochs=5,
        batch_size=None,
        progress=False,
        engine="eager",
    )
    losses = []
    for _ in range(5):
        loss = nn.mse_loss([by_hand(x) for x in X.tolist()], LABELS)
        by_hand.zero_grad()
        loss.backward()
        for p in by_hand.parameters():
            p.data -= 0.1 * p.grad
        losses.append(loss.data)
    assert history.loss == history.steps["loss"] == losses
    assert [p.data for p in by_fit.parameters()] == [p.data for p in by_hand.parameters()]


def test_every_row_once_per_epoch_in_an_order_of_the_seed() -> None:
    class Watch(nn.Module):
        def __init__(self) -> None:
            self.w = Value(1.0)
            self.seen: list[float] = []

        def forward(self, x: float) -> Value:
            self.seen.append(x)
            return self.w * x

    def order(seed: int | None) -> list[float]:
        model = Watch()
        rows = [float(i) for i in range(10)]
        options: dict[str, Any] = {"epochs": 2, "batch_size": 3, "seed": seed, "progress": False, "engine": "eager"}
        nn.fit(model, rows, rows, nn.mse_loss, nn.SGD([model.w], 0.0), **options)
        return model.seen

    first = order(1)
    assert sorted(first[:10]) == sorted(first[10:]) == [float(i) for i in range(10)]
    assert first[:10] != first[10:]
    assert first == order(1) != order(2)
    random.seed(5)
    again = order(None)
    random.seed(5)
    assert order(None) == again


def test_history() -> None:
    together = parts()
    history = fit(together)
    assert len(history.steps["loss"]) == 16
    assert len(history.loss) == 4
    assert history.epochs["rate"] == pytest.approx([0.05 * 0.9**k for k in range(4)], rel=1e-15)
    model, optimizer, _ = together
    loss, accuracy = nn.evaluate(model, X[:5], LABELS[:5], nn.hinge_loss)
    assert history.epochs["validation_loss"][-1] == loss
    assert history.epochs["validation_accuracy"][-1] == accuracy
    assert history.best_epoch == int(np.argmin(history.epochs["validation_loss"]))
    assert history.stopped == ""
    assert all(0 <= a <= 1 for a in history.epochs["accuracy"])
    assert set(history.update_ratios) == {"0.weight", "0.bias", "1.weight", "1.bias", "2.weight", "2.bias"}
    assert "4 epochs, 16 steps" in repr(history)
    assert model.training
    model.load_state_dict(history.best_state)
    assert nn.evaluate(model, X[:5], LABELS[:5], nn.hinge_loss)[0] == min(history.epochs["validation_loss"])


def test_every_epoch_counts_its_own_correct_examples() -> None:
    """Without learning, every epoch has the accuracy of the model itself."""
    model = nn.MLP(2, [4, 1], "tanh", seed=1)
    history = nn.fit(
        model, X, LABELS, nn.hinge_loss, nn.SGD(model.parameters(), 0.0), epochs=3, batch_size=7, seed=0, progress=False
    )
    assert history.epochs["accuracy"] == [nn.evaluate(model, X, LABELS, nn.hinge_loss)[1]] * 3


def test_the_repr_of_a_history() -> None:
    history = nn.History()
    assert repr(history) == "History(0 epochs, 0 steps; last epoch: none)"
    history.add_epoch(loss=0.5, accuracy=0.75, validation_loss=math.nan, validation_accuracy=math.nan, rate=0.1)
    history.stopped = "by a callback"
    assert repr(history) == (
        "History(1 epochs, 0 steps; last epoch: loss 0.5, accuracy 0.75, rate 0.1; stopped: by a callback)"
    )


def test_the_best_epoch_has_the_lowest_loss() -> None:
    history = nn.History()
    for loss, best in ((3.0, True), (2.0, True), (2.5, False), (2.0, False), (1.0, True)):
        history.add_epoch(loss=loss, accuracy=0.0, validation_loss=0.0, validation_accuracy=0.0, rate=0.1)
        assert history.last_epoch_is_best("loss") == best
        if best:
            history.best_epoch = len(history.loss) - 1


def test_what_is_measured_at_a_step() -> None:
    model = nn.Neuron(1, None, init=lambda *_: 3.0)
    optimizer = nn.SGD(model.parameters(), 0.1)
    history = nn.fit(model, [[2.0]], [1.0], nn.mse_loss, optimizer, batch_size=None, clip=0.5, progress=False)
    slope = 2 * (6.0 - 1.0)
    norm = math.hypot(slope * 2, slope)
    assert history.steps["loss"] == [25.0]
    assert history.steps["gradient_norm"] == pytest.approx([norm], rel=1e-15)
    assert history.steps["rate"] == [0.1]
    assert history.steps["update_ratio"] == pytest.approx([0.1 * 0.5 / 3], rel=1e-6)  # the clipped gradient, over |(3, 0)|
    assert math.isnan(history.epochs["accuracy"][0])
    assert history.update_ratios["w"] == pytest.approx([0.1 * 0.5 * 2 / math.sqrt(5) / 3], rel=1e-6)


def test_clip_may_be_a_function() -> None:
    model = nn.Neuron(1, None, init=lambda *_: 3.0)
    optimizer = nn.SGD(model.parameters(), 0.1)
    nn.fit(model, [[2.0]], [1.0], nn.mse_loss, optimizer, clip=lambda ps: nn.clip_grad_value(ps, 1.0), progress=False)
    assert (model.w[0].data, model.b.data) == (2.9, -0.1)


def test_callbacks_see_each_epoch_and_may_stop() -> None:
    epochs: list[int] = []
    first = parts()
    history = fit(first, callbacks=[lambda m, h: epochs.append(len(h.loss)), lambda m, h: len(h.loss) == 2])
    assert epochs == [1, 2]
    assert history.stopped == "by a callback after epoch 1"


@pytest.mark.parametrize("engine", ["program", "eager"])
def test_a_loss_that_is_not_finite_ends_the_training(engine: str) -> None:
    model = nn.Neuron(1, None, init=lambda *_: 1.0)
    optimizer = nn.SGD(model.parameters(), 1e200)
    with pytest.warns(RuntimeWarning, match="the loss is (inf|nan) at step 1, epoch 1: nn.diagnose finds the reason"):
        history = nn.fit(model, [[1.0]], [0.0], nn.mse_loss, optimizer, epochs=9, progress=False, engine=engine)
    assert len(history.steps["loss"]) == 1
    assert history.stopped.startswith("the loss is")


def test_a_last_batch_of_one_row_joins_the_one_before_if_normalised() -> None:
    assert len(fit(parts(), batch_size=23, epochs=1).steps["loss"]) == 1
    model = nn.MLP(2, [1], seed=0)
    history = nn.fit(model, X, LABELS, nn.mse_loss, nn.SGD(model.parameters()), batch_size=23, progress=False)
    assert len(history.steps["loss"]) == 2


def test_rows_may_be_lists_arrays_or_data_frames() -> None:
    class Frame:
        def __init__(self, array: Any) -> None:
            self.array = array

        def to_numpy(self) -> Any:
            return self.array

    states = []
    for convert in (np.array, list, lambda a: a.tolist(), Frame):
        model = nn.MLP(2, [1], seed=0)
        nn.fit(model, convert(X), convert(LABELS), nn.hinge_loss, nn.SGD(model.parameters(), 0.1), seed=0, progress=False)
        states.append([p.data for p in model.parameters()])
    assert states[0] == states[1] == states[2] == states[3]


def test_progress_is_shown_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    fit(parts(), progress=True)
    shown = capsys.readouterr()
    assert "16/16" in shown.err
    assert "validation_loss=" in shown.err
    assert shown.out == ""


@pytest.mark.parametrize(
    ("outputs", "targets", "loss", "expected"),
    [
        ([[1.0, 2.0], [3.0, 0.0]], [1, 1], nn.cross_entropy, 0.5),
        ([[1.0, 2.0], [3.0, 0.0]], [[0.1, 0.9], [0.8, 0.2]], nn.cross_entropy, 1.0),
        ([0.5, -2.0, 3.0, -1.0], [1, 1, 1, -1], nn.hinge_loss, 0.75),
        ([0.5, -2.0, 3.0, -1.0], [1, 1, 1, 0], nn.binary_cross_entropy_with_logits, 0.75),
        ([0.4, 0.6], [1, 1], nn.binary_cross_entropy, 0.5),
    ],
)
def test_accuracy(outputs: Any, targets: Any, loss: Any, expected: float) -> None:
    class Table(nn.Module):
        def forward(self, i: int) -> Any:
            return outputs[i]

    assert nn.evaluate(Table(), list(range(len(outputs))), targets, loss)[1] == expected
    assert math.isnan(nn.evaluate(Table(), [0], [targets[0]], lambda p, y: 1.0)[1])


def test_predict_leaves_no_trace() -> None:
    model = nn.Sequential(nn.Layer(2, 2, seed=0), nn.BatchNorm(2))
    before = model.state_dict()
    outputs = nn.predict(model, X)
    assert outputs.shape == (24, 2)
    assert nn.predict(nn.MLP(2, [1]), X).shape == (24,)
    assert model.training
    assert all(np.array_equal(before[name], array) for name, array in model.state_dict().items())


MISTAKES: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "epochs": ({"epochs": -1}, ValueError, "epochs must be at least 0 and batch_size at least 1, got -1 and 7"),
    "batch": ({"batch_size": 0}, ValueError, "batch_size at least 1, got 4 and 0"),
    "half an epoch": ({"epochs": 1.5}, TypeError, "epochs must be a whole number, an int, got float 1.5"),
    "two floats": ({"epochs": 2.0}, TypeError, "epochs must be a whole number, an int, got float 2.0"),
    "half a row": ({"batch_size": 1.5}, TypeError, "batch_size must be a whole number, an int, got float 1.5"),
    "clip": ({"clip": 0}, ValueError, "clip must be the largest gradient norm, above 0, got 0"),
    "validation": ({"validation": (3, LABELS)}, TypeError, "validation X must be a sequence .* got int: 3"),
    "gap": (
        {"validation": ([[0.0, 1.0], [0.0, None]], [1, 1])},
        TypeError,
        r"validation X\[1\] contains None, which is not a number",
    ),
    "callback": (
        {"callbacks": ["run.npz"]},
        TypeError,
        r"a callback must be a function .*nn.Checkpoint\(path\), got 'run.npz'",
    ),
    "callback class": (
        {"callbacks": [nn.Checkpoint]},
        TypeError,
        r"nn.Checkpoint\(path\), got <class 'nn.checkpoints.Checkpoint'>",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_named(name: str) -> None:
    options, kind, message = MISTAKES[name]
    with pytest.raises(kind, match=message):
        fit(parts(), **options)


def test_a_loss_must_be_a_value() -> None:
    model = nn.MLP(2, [1])
    for run in (nn.fit, nn.diagnose):
        with pytest.raises(TypeError, match="the loss must be a Value computed from the model's outputs, got float: 1.0"):
            run(model, X, LABELS, lambda outputs, targets: 1.0, nn.SGD(model.parameters()))


class MSELoss:
    """A loss class like PyTorch's, which is an optional dependency."""

    __module__ = "torch.nn.modules.loss"

    def __call__(self, outputs: Any, targets: Any) -> Any:
        return outputs.size()


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        ("mse", "the loss must be a function of outputs and targets, .*, got 'mse'"),
        (MSELoss(), "is a loss of PyTorch and requires tensors"),
    ],
)
def test_a_loss_is_no_name_and_not_of_pytorch(loss: Any, message: str) -> None:
    model = nn.MLP(2, [1])
    runs = {
        "fit": lambda: nn.fit(model, X, LABELS, loss, nn.SGD(model.parameters())),
        "diagnose": lambda: nn.diagnose(model, X, LABELS, loss),
        "evaluate": lambda: nn.evaluate(model, X, LABELS, loss),
        "compile": lambda: nn.compile(model, loss)(X, LABELS),
    }
    for run in runs.values():
        with pytest.raises(TypeError, match=message):
            run()


def test_none_is_no_number() -> None:
    model = nn.MLP(2, [1], seed=0)
    rows, labels = X.tolist(), LABELS.tolist()
    for gap in ([0.0, None], [None, 1.0], None):
        gaps = [*rows[:3], gap, *rows[4:]]
        for wrong in (gaps, np.array(gaps, dtype=object) if gap else gaps, tuple(gaps)):
            for run in (nn.diagnose, nn.evaluate):
                with pytest.raises(
                    TypeError, match=r"X\[3\] contains None, which is not a number: drop the example or fill in the value"
                ):
                    run(model, wrong, labels, nn.mse_loss)
            with pytest.raises(TypeError, match=r"X\[3\] contains None"):
                nn.fit(model, wrong, labels, nn.mse_loss, nn.SGD(model.parameters()))
    step = nn.compile(model, nn.mse_loss)
    with pytest.raises(TypeError, match=r"X\[1\] contains None"):
        step([rows[0], [None, 1.0]], labels[:2])
    with pytest.raises(TypeError, match=r"y\[0\] contains None"):
        step(rows[:2], [None, 1.0])
    assert math.isnan(step([rows[0], [math.nan, 1.0]], labels[:2]))
    nn.fit(model, X, [np.int64(1)] * 24, nn.mse_loss, nn.SGD(model.parameters()), epochs=np.int64(1), progress=False)


def test_rows_and_parameters_must_fit() -> None:
    model, other = nn.MLP(2, [1]), nn.MLP(2, [1])
    with pytest.raises(ValueError, match="each have one entry per example, got 24 and 23"):
        nn.fit(model, X, LABELS[1:], nn.mse_loss, nn.SGD(model.parameters()))
    with pytest.raises(ValueError, match="the optimiser has none of the model's parameters"):
        nn.fit(model, X, LABELS, nn.mse_loss, nn.SGD(other.parameters()))


# Checkpoints


@pytest.mark.parametrize("suffix", [".safetensors", ".npz"])
@pytest.mark.parametrize("kind", ["Adam", "SGD"])
def test_a_resumed_run_equals_an_uninterrupted_one(kind: str, suffix: str, tmp_path: Path) -> None:
    through = parts(kind)
    expected = everything(through, fit(through))
    path = tmp_path / f"run{suffix}"
    fit(parts(kind), epochs=2, callbacks=[nn.Checkpoint(path)])
    second = parts(kind, seed=9)  # other weights: all numbers come from the file
    assert everything(second, fit(second, callbacks=[nn.Checkpoint(path, resume=True)], seed=8)) == expected
    third = parts(kind)
    assert everything(third, fit(third, callbacks=[nn.Checkpoint(path, resume=True)])) == expected, "nothing is left to do"


def test_resuming_without_a_schedule(tmp_path: Path) -> None:
    def run(epochs: int, seed: int, **options: Any) -> list[float]:
        model = nn.MLP(2, [3, 1], "tanh", seed=seed)
        optimizer = nn.SGD(model.parameters(), 0.1)
        nn.fit(model, X, LABELS, nn.hinge_loss, optimizer, epochs=epochs, seed=0, progress=False, **options)
        return [p.data for p in model.parameters()]

    path = tmp_path / "run.npz"
    run(1, 0, callbacks=[nn.Checkpoint(path)])
    assert run(2, 1, callbacks=[nn.Checkpoint(str(path), resume=True)]) == run(2, 0)


@pytest.fixture
def foreground() -> Iterator[None]:
    """Enable Ctrl-C as in a terminal, even if the tests were started so as to ignore it (nohup, `&`)."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("foreground")
def test_ctrl_c_in_the_middle_of_an_epoch_loses_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    through = parts()
    expected = everything(through, fit(through, engine="eager"))
    path = tmp_path / "run.safetensors"
    steps = 0

    def loss(outputs: Any, targets: Any) -> Any:
        nonlocal steps
        steps += 1
        if steps == 7:  # after 4 steps and a validation, in the second step of the second epoch
            os.kill(os.getpid(), signal.SIGINT)
        return nn.hinge_loss(outputs, targets)

    model, optimizer, scheduler = first = parts()
    handler = signal.getsignal(signal.SIGINT)
    options: dict[str, Any] = {
        "epochs": 4,
        "batch_size": 7,
        "seed": 3,
        "progress": False,
        "clip": 1.0,
        "scheduler": scheduler,
        "engine": "eager",
        "callbacks": [nn.Checkpoint(path)],
    }
    history = nn.fit(model, X, LABELS, loss, optimizer, validation=(X[:5], LABELS[:5]), **options)
    assert signal.getsignal(signal.SIGINT) is handler
    assert history.stopped == "interrupted in epoch 1"
    assert len(history.steps["loss"]) == 6, "the step that ran is finished"
    assert history.best_epoch == 0
    assert history.best_state
    uninterrupted = parts()
    limit = fit(uninterrupted, engine="eager", callbacks=[lambda m, h: True])
    assert history.steps["loss"][:4] == limit.steps["loss"]
    resumed = parts(seed=5)
    result = fit(resumed, callbacks=[nn.Checkpoint(path, resume=True)], engine="eager", progress=True)
    assert " 6/16 " in capsys.readouterr().err, "the bar goes on where it stopped"
    accuracy_apart = everything(resumed, result)
    for numbers in (expected[0], accuracy_apart[0]):
        del (
            numbers["epoch accuracy"],
            numbers["epoch validation_accuracy"],
        )  # because this loss does not define right answers
    assert accuracy_apart == expected
    assert first[0] is model


@pytest.mark.usefixtures("foreground")
def test_a_second_ctrl_c_ends_it_at_once() -> None:
    def loss(outputs: Any, targets: Any) -> Any:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        return nn.hinge_loss(outputs, targets)

    model, optimizer, _ = parts()
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        nn.fit(model, X, LABELS, loss, optimizer, progress=False)
    assert signal.getsignal(signal.SIGINT) is handler


@pytest.mark.usefixtures("foreground")
def test_a_process_that_ignores_ctrl_c_goes_on_ignoring_it() -> None:
    def loss(outputs: Any, targets: Any) -> Any:
        os.kill(os.getpid(), signal.SIGINT)
        return nn.hinge_loss(outputs, targets)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    model, optimizer, _ = parts()
    history = nn.fit(model, X, LABELS, loss, optimizer, progress=False)
    assert history.stopped == ""
    assert len(history.loss) == 1


def test_it_runs_in_other_threads() -> None:
    results: list[nn.History] = []
    thread = threading.Thread(target=lambda: results.append(fit(parts())))
    thread.start()
    thread.join()
    assert results[0].loss == fit(parts()).loss


def test_an_older_training_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    fit(parts(), epochs=1, callbacks=[nn.Checkpoint(path)])
    before = path.read_bytes()
    with pytest.raises(
        FileExistsError, match=r"run.npz contains a training: continue it with nn.Checkpoint\(path, resume=True\)"
    ):
        fit(parts(), callbacks=[nn.Checkpoint(path)])
    assert path.read_bytes() == before


def test_a_checkpoint_that_cannot_be_written_is_an_error_before_the_first_step(tmp_path: Path) -> None:
    model, _, _ = these = parts()
    before = [p.data for p in model.parameters()]
    with pytest.raises(FileNotFoundError):
        fit(these, callbacks=[nn.Checkpoint(tmp_path / "missing" / "run.npz")])
    assert [p.data for p in model.parameters()] == before
    with pytest.raises(ValueError, match="run.pt: the name of a state file must end in .safetensors or .npz"):
        nn.Checkpoint("run.pt")


def test_a_checkpoint_is_saved_at_the_start_after_each_epoch_and_when_training_ends_in_the_middle(tmp_path: Path) -> None:
    path, model, positions = tmp_path / "run.npz", nn.MLP(2, [1], seed=0), []

    def position() -> tuple[int, int]:
        note = json.loads(read(path)[1])
        return note["epoch"], note["step_in_epoch"]

    def loss(outputs: Any, targets: Any) -> Any:
        positions.append(position())
        return nn.hinge_loss(outputs, targets) * (math.inf if len(positions) == 6 else 1.0)

    optimizer, checkpoint = nn.SGD(model.parameters(), 0.1), nn.Checkpoint(path)
    options: dict[str, Any] = {"batch_size": 6, "epochs": 3, "engine": "eager", "progress": False}
    with pytest.warns(RuntimeWarning, match="the loss is inf"):
        nn.fit(model, X, LABELS, loss, optimizer, callbacks=[checkpoint], **options)
    assert [*positions, position()] == [(0, 0)] * 4 + [(1, 0)] * 2 + [(1, 1)]


def test_a_checkpoint_is_saved_after_the_other_callbacks(tmp_path: Path) -> None:
    """The file holds the changes that a function makes after an epoch, in any order of the callbacks."""

    def run(epochs: int, seed: int, *checkpoints: nn.Checkpoint) -> list[Any]:
        model, optimizer, _ = parts(seed=seed)

        def halve(model: nn.Module, history: nn.History) -> None:
            optimizer.lr *= 0.5

        fit((model, optimizer, None), epochs=epochs, callbacks=[*checkpoints, halve])
        return [*(p.data for p in model.parameters()), optimizer.lr]

    run(2, 0, nn.Checkpoint(tmp_path / "run.npz"))
    assert run(4, 9, nn.Checkpoint(tmp_path / "run.npz", resume=True)) == run(4, 0)


def test_checkpoints_of_something_else_change_nothing(tmp_path: Path) -> None:
    path, state = tmp_path / "run.npz", tmp_path / "state.npz"
    fit(parts(), epochs=1, callbacks=[nn.Checkpoint(path)])
    nn.save(parts()[0], state)
    sgd, other = parts("SGD"), parts(seed=4)
    wider = nn.MLP(2, [3, 1])
    attempts: list[tuple[Any, Path, dict[str, Any], str]] = [
        (sgd, path, {}, "belongs to another training: its optimizer is 'Adam', here it is 'SGD'; use the same"),
        (other, path, {"batch_size": 8}, "its batch_size is 7, here it is 8"),
        (other, state, {}, "state.npz is not a checkpoint of nn.fit: if it contains the state of a model, use nn.load"),
        ((wider, nn.Adam(wider.parameters()), nn.ExponentialLR(nn.Adam(wider.parameters()), 1)), path, {}, "does not fit"),
    ]  # fmt: skip
    for these, file, options, message in attempts:
        before = [p.data for p in these[0].parameters()]
        with pytest.raises(ValueError, match=message):
            fit(these, callbacks=[nn.Checkpoint(file, resume=True)], **options)
        assert [p.data for p in these[0].parameters()] == before
    model, optimizer, scheduler = parts(seed=4)
    partial = nn.Adam(model.parameters()[:3])
    before = [p.data for p in model.parameters()]
    with pytest.raises(ValueError, match="belongs to another optimiser or model: Adam with .* expects steps, lr and"):
        fit((model, partial, nn.ExponentialLR(partial, 0.9)), callbacks=[nn.Checkpoint(path, resume=True)])
    assert [p.data for p in model.parameters()] == before


SAVES_FOR_EVER = """
    import sys
    import numpy as np
    import nn
    k = 0
    while True:
        nn.save({"w": np.full(1_000_000, k)}, sys.argv[1])  # 8 MB, so that most of the time passes in writing
        print(k, flush=True)
        k += 1
"""


@pytest.mark.parametrize("suffix", [".safetensors", ".npz"])
def test_a_process_killed_while_it_saves_leaves_a_whole_file(suffix: str, tmp_path: Path) -> None:
    path, rng = tmp_path / f"state{suffix}", random.Random(0)
    for _ in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(SAVES_FOR_EVER), str(path)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        process.stdout.readline()  # one is whole
        time.sleep(rng.uniform(0, 0.05))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        numbers = read(path)[0]["w"]
        assert len(numbers) == 1_000_000
        assert len(set(numbers.tolist())) == 1, "all numbers are of one save"


def test_a_save_that_fails_leaves_the_older_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state.safetensors"
    model = nn.MLP(2, [1], seed=0)
    nn.save(model, path)
    before = path.read_bytes()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        nn.save(nn.MLP(2, [1], seed=1), path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


# State files


@pytest.mark.parametrize("suffix", [".safetensors", ".npz"])
def test_save_and_load(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"state{suffix}"
    model, other = parts()[0], parts(seed=4)[0]
    fit((model, nn.SGD(model.parameters()), None), epochs=1)
    nn.save(model, path)
    assert nn.load(other, str(path)) is other
    states = model.state_dict(), other.state_dict()
    assert all(np.array_equal(states[0][name], states[1][name]) for name in states[0])
    nn.save(model.state_dict(), path)
    nn.load(other, path)


def test_a_file_from_elsewhere_loads_by_name(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    model = nn.MLP(2, [1])
    path = tmp_path / "float32.safetensors"
    save_file(
        {"layers.0.weight": np.array([[0.5, -0.25]], dtype=np.float32), "layers.0.bias": np.array([2], dtype=np.int64)},
        path,
    )
    nn.load(model, path)
    assert [p.data for p in model.parameters()] == [0.5, -0.25, 2.0]


class Evil:
    def __reduce__(self) -> Any:
        return print, ("this must not be called",)


@pytest.mark.parametrize("suffix", [".safetensors", ".npz"])
def test_broken_and_foreign_files(suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = nn.MLP(2, [3, 1], seed=0)
    before = [p.data for p in model.parameters()]
    whole = tmp_path / f"whole{suffix}"
    nn.save(model, whole)
    content = whole.read_bytes()
    broken = {
        "empty": b"", "text": b"hello, world", "half": content[: len(content) // 2], "cut": content[:-1], "zeros": bytes(len(content)),
    }  # fmt: skip
    for name, these in broken.items():
        path = tmp_path / f"{name}{suffix}"
        path.write_bytes(these)
        with pytest.raises(ValueError, match=f"{name}{suffix} is not a complete {suffix} file"):
            nn.load(model, path)
    foreign = tmp_path / f"foreign{suffix}"
    nn.save({"layers.0.weight": np.zeros((3, 2)), "other": np.zeros(2)}, foreign)
    with pytest.raises(ValueError, match=r"foreign.*: this state does not fit MLP"):
        nn.load(model, foreign)
    with pytest.raises(FileNotFoundError):
        nn.load(model, tmp_path / f"missing{suffix}")
    with pytest.raises(ValueError, match="must end in .safetensors or .npz"):
        nn.load(model, tmp_path / "model.pt")
    nn.save(model, tmp_path / f"LOUD{suffix.upper()}")
    assert nn.load(model, tmp_path / f"LOUD{suffix.upper()}") is model
    if suffix == ".npz":
        evil = tmp_path / "evil.npz"
        np.savez(evil, **{"layers.0.weight": np.array([Evil()], dtype=object)})
        with pytest.raises(ValueError, match="is not a complete .npz file of numbers"):
            nn.load(model, evil)
        assert "this must not be called" not in capsys.readouterr().out
    assert [p.data for p in model.parameters()] == before


def test_types_that_numpy_lacks(tmp_path: Path) -> None:
    header = b'{"layers.0.weight":{"dtype":"BF16","shape":[1,2],"data_offsets":[0,4]}}'
    path = tmp_path / "bf16.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    with pytest.raises(ValueError, match="layers.0.weight has a type that NumPy does not have"):
        nn.load(nn.MLP(2, [1]), path)


def test_the_validation_loss_and_accuracy_are_those_of_evaluate() -> None:
    model = nn.MLP(2, [3, 1], "tanh", seed=1)
    history = nn.fit(
        model, X, LABELS, nn.hinge_loss, nn.SGD(model.parameters(), 0.0), validation=(X[:5], LABELS[:5]), progress=False
    )
    expected = nn.evaluate(model, X[:5], LABELS[:5], nn.hinge_loss)
    assert (history.epochs["validation_loss"], history.epochs["validation_accuracy"]) == ([expected[0]], [expected[1]])
    assert expected[0] != expected[1]


@pytest.mark.parametrize("ignored", [True, False])
def test_ctrl_c_ends_the_training_unless_the_process_ignores_it(ignored: bool) -> None:
    before = signal.getsignal(signal.SIGINT)
    seen: list[Any] = []
    signal.signal(signal.SIGINT, signal.SIG_IGN if ignored else signal.default_int_handler)
    try:
        model = nn.MLP(2, [1], seed=1)
        during = signal.getsignal(signal.SIGINT)
        optimizer = nn.SGD(model.parameters(), 0.1)

        def press(model: nn.Module, history: nn.History) -> None:
            seen.append(signal.getsignal(signal.SIGINT))
            signal.raise_signal(signal.SIGINT)

        history = nn.fit(model, X, LABELS, nn.hinge_loss, optimizer, epochs=3, callbacks=[press], progress=False)
        assert signal.getsignal(signal.SIGINT) is during
    finally:
        signal.signal(signal.SIGINT, before)
    assert (seen[0] is signal.SIG_IGN) == ignored
    assert history.stopped == ("" if ignored else "interrupted in epoch 1")
    assert len(history.loss) == (3 if ignored else 1)


def test_the_bar_of_a_resumed_training_starts_where_it_stopped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for epochs in (3, 5):
        model = nn.MLP(2, [1], seed=1)
        nn.fit(
            model, X, LABELS, nn.hinge_loss, nn.SGD(model.parameters(), 0.1), epochs=epochs, batch_size=12, seed=0,
            callbacks=[nn.Checkpoint(tmp_path / "run.npz", resume=True)],
        )  # fmt: skip
        shown = capsys.readouterr().err
        assert f"{0 if epochs == 3 else 6}/{2 * epochs} " in shown
        assert f"{2 * epochs}/{2 * epochs} " in shown


def test_an_engine_that_cannot_compute_gradients_says_so() -> None:
    class Idle(nn.engines.Engine):
        name = "idle"

    model = nn.MLP(2, [1], seed=1)
    with pytest.raises(NotImplementedError, match="Idle has no prepare: define how it computes gradients"):
        nn.fit(model, X, LABELS, nn.hinge_loss, nn.SGD(model.parameters(), 0.1), engine=Idle(), progress=False)


class InNumPy:
    """Makes an optimiser use its formula in NumPy, as one with a formula of its own does."""

    def update(self, w: Any, g: Any) -> Any:
        return super().update(w, g)  # type: ignore[misc]  # of the optimiser


@pytest.mark.parametrize("kind", [nn.Adam, nn.AdamW])
@pytest.mark.parametrize("settings", [{}, {"weight_decay": 0.3, "lr": 0.1}, {"betas": (0.0, 0.5), "eps": 1e-3}])
def test_adam_in_one_loop_has_the_bits_of_numpy(kind: Any, settings: dict[str, Any]) -> None:
    rng = np.random.default_rng(0)
    numbers = [
        0.0,
        -0.0,
        5e-324,
        math.inf,
        -math.inf,
        math.nan,
        *(rng.normal(size=200) * 10.0 ** rng.integers(-300, 300, 200)),
    ]
    ours, theirs = ([Value(number) for number in numbers] for _ in range(2))
    fast, plain = kind(ours, **settings), type("Plain", (InNumPy, kind), {})(theirs, **settings)
    for _ in range(12):
        for a, b, g in zip(ours, theirs, rng.normal(size=len(numbers)) * 10.0 ** rng.integers(-160, 160, len(numbers))):
            a.grad = b.grad = float(g)
        fast.step()
        plain.step()
    assert fast.steps == plain.steps == 12
    for mine, other in ((fast.m, plain.m), (fast.v, plain.v), ([p.data for p in ours], [p.data for p in theirs])):
        assert np.array_equal(
            np.array(mine).view(np.int64) * ~np.isnan(mine), np.array(other).view(np.int64) * ~np.isnan(other)
        )


def test_adam_needs_means_of_as_many_numbers() -> None:
    values = [Value(1.0), Value(2.0)]
    if autograd.COMPILED:
        with pytest.raises(ValueError, match="2 parameters need running means of as many numbers, got 3 and 2"):
            autograd.adam_step(values, np.zeros(3), np.zeros(2), 0.1, 0.9, 0.99, 1, 1e-8, 0.0, 1.0)
        with pytest.raises(TypeError, match=r"a parameter must be a Value, got 2\.0"):
            autograd.adam_step([values[0], 2.0], np.zeros(2), np.zeros(2), 0.1, 0.9, 0.99, 1, 1e-8, 0.0, 1.0)
    else:
        assert not autograd.adam_step(values, np.zeros(2), np.zeros(2), 0.1, 0.9, 0.99, 1, 1e-8, 0.0, 1.0)
    assert [p.data for p in values] == [1.0, 2.0]
