"""`diagnose`: run one batch forward and backward, and measure every layer."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from autograd import Value, no_grad
from nn.activations import name_of
from nn.arrays import np
from nn.data import as_list
from nn.findings import RULES
from nn.layers import Layer, Neuron
from nn.losses import scalar_loss
from nn.module import Module, flatten, forward
from nn.optim import Optimizer
from nn.report import LayerReport, Report


def diagnose(
    model: Module,
    X: Any,
    y: Any,
    loss: Callable[..., Any],
    optimizer: Optimizer | None = None,
) -> Report:
    """Run one batch forward and backward, measure every layer, and return a report with the probable causes of trouble.

    X: (n_examples, ...). y: one target per example. loss: as in `fit`. optimizer: if given, one step of it is tried and
    undone. The model, its gradients and the optimiser are left unchanged. A healthy network has no findings.

    >>> import nn
    >>> model = nn.MLP(2, [4, 1], "tanh", init="zeros")
    >>> nn.diagnose(model, [[0.0, 1.0], [1.0, 0.0]], [1.0, 0.0], nn.mse_loss).findings[0].evidence
    'all weights of the units of layers.0 are 0, so its units learn the same'
    """
    examples, targets = as_list("X", X), as_list("y", y)
    parameters = model.parameters()
    gradients, state = [p.grad for p in parameters], model.state_dict()
    layers = [(name or type(model).__name__, module) for name, module in model.named_modules() if _is_layer(module)]
    try:
        model.zero_grad()
        with _collected_outputs([module for _, module in layers]) as outputs, np.errstate(all="ignore"):
            result = scalar_loss(loss, forward(model, examples), targets)
        result.backward()
        step = _trial_step(model, examples, targets, loss, optimizer)
        reports = [_measure(name, module, outputs[id(module)], step) for name, module in layers if outputs[id(module)]]
    finally:
        with no_grad():
            model.load_state_dict(state)
        for p, g in zip(parameters, gradients):
            p.grad = g
    inputs = np.array([flatten(example, []) for example in examples], dtype=float)
    if hasattr(examples[0], "__len__") and hasattr(examples[0][0], "__len__"):  # sequences: each element is an example
        inputs = inputs.reshape(-1, len(examples[0][0]))
    report = Report(reports, inputs, float(result), step.loss, _first_nonfinite(model, inputs, reports, float(result)))
    with np.errstate(all="ignore"):
        found = [finding for rule in RULES for finding in rule(report)]
    report.findings = found[:1] if report.first_nonfinite else found
    return report


@dataclass
class _Step:
    """A step of the optimiser: the loss after it, and the change of each parameter."""

    loss: float = math.nan
    updates: dict[Value, float] = field(default_factory=dict)


def _trial_step(
    model: Module, examples: list[Any], targets: list[Any], loss: Callable[..., Any], optimizer: Optimizer | None
) -> _Step:
    """Try one step of the optimiser and undo it; only running statistics may change."""
    if optimizer is None:
        return _Step()
    before = np.array([p.data for p in optimizer.parameters])
    copy.copy(optimizer).step()  # a shallow copy is enough: a step replaces the arrays of its state
    updates = {p: p.data - w for p, w in zip(optimizer.parameters, before.tolist())}
    with no_grad():
        after = float(loss(forward(model, examples), targets))
    for p, w in zip(optimizer.parameters, before.tolist()):
        p.data = w
    return _Step(after, updates)


def _is_layer(module: Module) -> bool:
    """True if the module has no modules inside, apart from neurons."""
    children = [child for _, child in module.named_children()]
    return not isinstance(module, Neuron) and all(isinstance(child, Neuron) for child in children)


def _measure(name: str, module: Module, outputs: list[list[Any]], step: _Step) -> LayerReport:
    parameters = module.parameters()
    values = [[v if isinstance(v, Value) else Value(v) for v in output] for output in outputs]
    activation = getattr(module, "activation", None) or getattr(module, "_activation", None)
    weights = [neuron.parameters() for neuron in module.neurons] if isinstance(module, Layer) else []
    return LayerReport(
        name=name,
        activation=name_of(activation),
        activations=np.array([[v.data for v in output] for output in values]),
        gradients=np.array([[v.grad for v in output] for output in values]),
        weight=np.array([p.data for p in parameters]),
        weight_gradient=np.array([p.grad for p in parameters]),
        update=np.array([step.updates.get(p, 0.0) for p in parameters]) if step.updates else None,
        symmetric=len(weights) > 1 and all([p.data for p in w] == [p.data for p in weights[0]] for w in weights),
    )


@contextmanager
def _collected_outputs(modules: Sequence[Module]) -> Iterator[dict[int, list[list[Any]]]]:
    """Collect the outputs of these modules, one list per example, under the id of the module (a dataclass has no hash)."""
    collected: dict[int, list[list[Any]]] = {id(module): [] for module in modules}

    def collecting(module: Module) -> Callable[..., Any]:
        compute = module.forward

        def forward(*inputs: Any) -> Any:
            result = compute(*inputs)
            output = result[0] if isinstance(result, tuple) else result  # LSTMCell returns (h, c)
            output = output if hasattr(output, "__len__") else [output]
            collected[id(module)] += output if output and hasattr(output[0], "__len__") else [output]
            return result

        return forward

    try:
        for module in modules:
            vars(module)["forward"] = collecting(module)
        yield collected
    finally:
        for module in modules:
            vars(module).pop("forward", None)


def _first_nonfinite(model: Module, inputs: np.ndarray, layers: list[LayerReport], loss: float) -> str:
    """Return the place of the first nan or infinity, in the order of the computation; '' if there is none."""
    if not np.isfinite(inputs).all():
        example, feature = np.argwhere(~np.isfinite(inputs))[0]
        return f"input {feature} of example {example}"
    for name, p in model.named_parameters():
        if not math.isfinite(p.data):
            return f"the parameter {name} = {p.data}"
    for layer in layers:
        if not np.isfinite(layer.activations).all():
            example, unit = np.argwhere(~np.isfinite(layer.activations))[0]
            return f"the output of {layer.name}, unit {unit}, example {example} = {layer.activations[example, unit]}"
    if not math.isfinite(loss):
        return f"the loss = {loss}"
    for layer in reversed(layers):
        for kind, gradient in (("output", layer.gradients), ("parameter", layer.weight_gradient)):
            if not np.isfinite(gradient).all():
                return f"the gradient of {layer.name}, {kind} {np.argwhere(~np.isfinite(gradient))[0].tolist()}"
    return ""
