"""`diagnose`: one batch, forward and backward, and what the numbers of each layer are. `findings` says what they mean."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd import Value, no_grad
from nn.activations import name_of
from nn.data import as_list
from nn.findings import CHECKS, Finding
from nn.layers import Layer, Neuron
from nn.losses import scalar_loss
from nn.module import Module, flatten, forward
from nn.optim import Optimizer

SATURATED_TANH, SATURATED_SIGMOID = 0.97, 0.03  # saturated is |tanh| above; sigmoid below, or above 1 minus this


@dataclass
class LayerReport:
    """One layer on the batch. activations and gradients (dloss/dactivation): (rows, units)."""

    name: str
    activation: str | None
    activations: np.ndarray
    gradients: np.ndarray
    weight: np.ndarray  # its parameters, all in one row, and their gradients
    weight_gradient: np.ndarray
    update: np.ndarray | None
    symmetric: bool  # whether its units have the same weights

    @property
    def mean(self) -> float:
        """Of its activations."""
        return float(np.mean(self.activations))

    @property
    def spread(self) -> float:
        """Standard deviation of its activations."""
        return float(np.std(self.activations))

    @property
    def saturated(self) -> float:
        """Fraction of activations where tanh or sigmoid is nearly flat; nan for other activations."""
        if self.activation == "tanh":
            return float(np.mean(np.abs(self.activations) > SATURATED_TANH))
        if self.activation == "sigmoid":
            return float(np.mean(np.abs(self.activations - 0.5) > 0.5 - SATURATED_SIGMOID))
        return math.nan

    @property
    def dead_units(self) -> np.ndarray:
        """For each unit, whether it is a relu that is 0 on every row."""
        dead: np.ndarray = np.all(self.activations == 0, axis=0) & (self.activation == "relu")
        return dead

    @property
    def dead(self) -> float:
        """Fraction of dead units; nan for other activations than relu."""
        return float(np.mean(self.dead_units)) if self.activation == "relu" else math.nan

    @property
    def gradient_norm(self) -> float:
        """Norm of its parameters' gradient; of its activations' if it has no parameters."""
        return float(np.linalg.norm(self.weight_gradient if self.weight.size else self.gradients))

    @property
    def gradient_to_data(self) -> float:
        """Norm of its parameters' gradient over that of its parameters."""
        return _ratio(self.weight_gradient, self.weight)

    @property
    def update_to_data(self) -> float:
        """Norm of the update that the optimiser would make over that of the parameters; healthy is about 1e-3."""
        return math.nan if self.update is None else _ratio(self.update, self.weight)


COLUMNS = {
    "mean": "mean", "spread": "spread", "saturated": "saturated", "dead": "dead", "gradient_norm": "gradient",
    "gradient_to_data": "grad:data", "update_to_data": "update:data",
}  # fmt: skip


@dataclass
class Report:
    """What `diagnose` saw: `layers`, from the input to the output, and `findings`, the likely cause first."""

    layers: list[LayerReport]
    inputs: np.ndarray  # (rows, features)
    loss: float
    loss_after_step: float  # nan without an optimiser
    first_nonfinite: str  # where the first nan or infinity is; '' if there is none
    findings: list[Finding] = field(default_factory=list)

    def __str__(self) -> str:
        """The table, without the columns that are nan throughout, such as `dead` where there is no relu; the findings."""
        columns = {title: [getattr(layer, name) for layer in self.layers] for name, title in COLUMNS.items()}
        columns = {title: xs for title, xs in columns.items() if not all(map(math.isnan, xs))}
        lines = [f"{'layer':<14}{'activation':<12}" + "".join(f"{title:>{_width(title)}}" for title in columns)]
        for i, layer in enumerate(self.layers):
            cells = "".join(f"{'' if math.isnan(xs[i]) else f'{xs[i]:.3g}':>{_width(t)}}" for t, xs in columns.items())
            lines.append(f"{layer.name:<14}{layer.activation or '':<12}{cells}")
        step = "" if math.isnan(self.loss_after_step) else f", after one step {self.loss_after_step:.4g}"
        lines += ["", f"loss {self.loss:.4g}{step}", *map(str, self.findings)]
        return "\n".join(lines + ([] if self.findings else ["nothing found"]))

    __repr__ = __str__


def diagnose(
    model: Module,
    X: Any,
    y: Any,
    loss: Callable[..., Any],
    optimizer: Optimizer | None = None,
) -> Report:
    """Run rows X with targets y forward and backward, and report on each layer; the model is left as it was.

    With an optimiser, the step that it would make is tried too, and undone. A healthy network has no findings.
    """
    rows, targets = as_list("X", X), as_list("y", y)
    parameters = model.parameters()
    gradients, state = [p.grad for p in parameters], model.state_dict()
    layers = [(name or type(model).__name__, module) for name, module in model.named_modules() if _is_layer(module)]
    try:
        model.zero_grad()
        with _watched([module for _, module in layers]) as outputs, np.errstate(all="ignore"):
            result = scalar_loss(loss, forward(model, rows), targets)
        result.backward()
        step = _trial(model, rows, targets, loss, optimizer)
        reports = [_layer(name, module, outputs[id(module)], step) for name, module in layers if outputs[id(module)]]
    finally:
        with no_grad():
            model.load_state_dict(state)
        for p, g in zip(parameters, gradients):
            p.grad = g
    inputs = np.array([flatten(row, []) for row in rows], dtype=float)
    if hasattr(rows[0], "__len__") and hasattr(rows[0][0], "__len__"):  # sequences: all their elements are rows
        inputs = inputs.reshape(-1, len(rows[0][0]))
    report = Report(reports, inputs, float(result), step.loss, _first_nonfinite(model, inputs, reports, float(result)))
    with np.errstate(all="ignore"):
        found = [finding for check in CHECKS for finding in check(report)]
    report.findings = found[:1] if report.first_nonfinite else found
    return report


# How it is measured


@dataclass
class _Step:
    loss: float = math.nan
    updates: dict[Value, float] = field(default_factory=dict)


def _trial(
    model: Module, rows: list[Any], targets: list[Any], loss: Callable[..., Any], optimizer: Optimizer | None
) -> _Step:
    """The step that the optimiser would make, and the loss after it. Weights stay moved: the caller restores them."""
    if optimizer is None:
        return _Step()
    before = np.array([p.data for p in optimizer.parameters])
    copy.copy(optimizer).step()  # what it remembers are arrays that a step replaces, not changes
    moved = {p: p.data - w for p, w in zip(optimizer.parameters, before.tolist())}
    with no_grad():
        after = float(loss(forward(model, rows), targets))
    for p, w in zip(optimizer.parameters, before.tolist()):
        p.data = w
    return _Step(after, moved)


def _is_layer(module: Module) -> bool:
    inside = [child for _, child in module.named_children()]
    return not isinstance(module, Neuron) and all(isinstance(child, Neuron) for child in inside)


def _layer(name: str, module: Module, outputs: list[list[Any]], step: _Step) -> LayerReport:
    parameters = module.parameters()
    rows = [[v if isinstance(v, Value) else Value(v) for v in row] for row in outputs]
    activation = getattr(module, "activation", None) or getattr(module, "_activate", None)
    weights = [neuron.parameters() for neuron in module.neurons] if isinstance(module, Layer) else []
    return LayerReport(
        name,
        name_of(activation),
        np.array([[v.data for v in row] for row in rows]),
        np.array([[v.grad for v in row] for row in rows]),
        np.array([p.data for p in parameters]),
        np.array([p.grad for p in parameters]),
        np.array([step.updates.get(p, 0.0) for p in parameters]) if step.updates else None,
        len(weights) > 1 and all([p.data for p in w] == [p.data for p in weights[0]] for w in weights),
    )


@contextmanager
def _watched(modules: Sequence[Module]) -> Iterator[dict[int, list[list[Any]]]]:
    """Collect the rows that these modules put out, by the module's id: a dataclass has no hash."""
    rows: dict[int, list[list[Any]]] = {id(module): [] for module in modules}

    def watch(module: Module) -> Callable[..., Any]:
        compute = module.forward

        def watched(*inputs: Any) -> Any:
            output = compute(*inputs)
            row = output[0] if isinstance(output, tuple) else output  # LSTMCell: (h, c)
            row = row if hasattr(row, "__len__") else [row]
            rows[id(module)] += row if row and hasattr(row[0], "__len__") else [row]
            return output

        return watched

    try:
        for module in modules:
            vars(module)["forward"] = watch(module)
        yield rows
    finally:
        for module in modules:
            vars(module).pop("forward", None)


def _first_nonfinite(model: Module, inputs: np.ndarray, layers: list[LayerReport], loss: float) -> str:
    if not np.isfinite(inputs).all():
        row, feature = np.argwhere(~np.isfinite(inputs))[0]
        return f"input {feature} of row {row}"
    for name, p in model.named_parameters():
        if not math.isfinite(p.data):
            return f"the parameter {name} = {p.data}"
    for layer in layers:
        if not np.isfinite(layer.activations).all():
            row, unit = np.argwhere(~np.isfinite(layer.activations))[0]
            return f"the output of {layer.name}, unit {unit}, row {row} = {layer.activations[row, unit]}"
    if not math.isfinite(loss):
        return f"the loss = {loss}"
    for layer in reversed(layers):
        for what, g in (("output", layer.gradients), ("parameter", layer.weight_gradient)):
            if not np.isfinite(g).all():
                return f"the gradient of {layer.name}, {what} {np.argwhere(~np.isfinite(g))[0].tolist()}"
    return ""


def _width(title: str) -> int:
    return max(11, len(title) + 2)


def _ratio(a: np.ndarray, b: np.ndarray) -> float:
    with np.errstate(all="ignore"):
        return float(np.linalg.norm(a) / np.linalg.norm(b)) if b.size else math.nan
