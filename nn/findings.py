"""The rules by which `nn.diagnose` finds causes: each looks at the measures of one batch and says what it rests on."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from nn.diagnostics import Report

# The limits. tests/test_diagnostics.py prints how far sick and healthy networks stay away from them.
TOO_MANY = 0.5  # of a layer's units dead, or of its outputs saturated
SMALL, LARGE = 1e-3, 1e3  # the first layer's gradient in the largest; growth from the inputs or from the last gradient
UNSCALED = 10.0  # root mean square of an input
RATE_HIGH, RATE_LOW = 0.1, 1e-7  # update:data
WORSE = 1.2  # the loss after a step in the loss before

REMEDIES = {
    "not finite": "detect_anomaly to find the operation, clean inputs, a lower rate, gradient clipping",
    "unscaled inputs": "standardised inputs, (x - mean) / spread for each of them",
    "symmetric units": "random initial weights: Xavier or He initialisation",
    "dead relu": "a lower rate, He initialisation with bias 0, leaky_relu, batch normalisation before it",
    "exploding": "smaller initial weights (Xavier, He), gradient clipping, batch normalisation",
    "saturated": "smaller initial weights (Xavier), scaled inputs, batch normalisation, relu",
    "vanishing": "Xavier initialisation, relu, batch normalisation, a residual connection",
    "rate too high": "a rate 3 to 10 times lower, gradient clipping",
    "rate too low": "a higher rate",
}


@dataclass(frozen=True)
class Finding:
    """Something wrong: its name, a key of `REMEDIES`; the layer or whatever has it; the evidence in numbers."""

    name: str
    where: str
    evidence: str

    @property
    def remedy(self) -> str:
        """What helps."""
        return REMEDIES[self.name]

    def __str__(self) -> str:
        return f"{self.name}: {self.evidence}; try {self.remedy}"


def not_finite(report: Report) -> Iterator[Finding]:
    """A nan or an infinity spreads to all that is computed from it."""
    if report.first_nonfinite:
        where = report.first_nonfinite
        yield Finding("not finite", where, f"the first nan or infinity is {where}")


def unscaled_inputs(report: Report) -> Iterator[Finding]:
    """Large inputs saturate the first layer, or make its gradients as much larger as they are."""
    sizes = np.sqrt(np.mean(report.inputs**2, axis=0))
    i = int(np.argmax(sizes))
    if sizes[i] > UNSCALED:
        evidence = f"input {i} has size {sizes[i]:.3g} (root mean square), where weights are drawn for about 1"
        yield Finding("unscaled inputs", f"input {i}", evidence)


def symmetric_units(report: Report) -> Iterator[Finding]:
    """Units with equal weights get equal gradients, and stay equal."""
    for layer in report.layers:
        if layer.symmetric:
            what = "equal" if layer.weight.any() else "0"
            evidence = f"all weights of the units of {layer.name} are {what}, so its units learn the same"
            yield Finding("symmetric units", layer.name, evidence)


def dead_relu(report: Report) -> Iterator[Finding]:
    """A relu that is 0 on every row has gradient 0 on every row, and never changes again."""
    for layer in report.layers:
        if layer.dead > TOO_MANY:
            units = np.flatnonzero(layer.dead_units).tolist()
            names = ", ".join(map(str, units[:8])) + (", ..." if len(units) > 8 else "")
            evidence = f"{layer.dead:.0%} of the relu units of {layer.name} are 0 on every row (units {names})"
            yield Finding("dead relu", layer.name, evidence)


def exploding(report: Report) -> Iterator[Finding]:
    """Each layer multiplies by its weights: forward the activations, backward the gradients."""
    scale = max(size(report.inputs), 1e-300)
    for layer in report.layers:
        if layer.weight.size and size(layer.activations) > LARGE * scale:
            evidence = f"the outputs of {layer.name} are {size(layer.activations) / scale:.2g} times the inputs"
            yield Finding("exploding", layer.name, evidence)
            return
    first, last = report.layers[0], report.layers[-1]
    if size(first.gradients) > LARGE * size(last.gradients) > 0:
        ratio = size(first.gradients) / size(last.gradients)
        evidence = f"the gradient at the outputs of {first.name} is {ratio:.2g} times that of {last.name}"
        yield Finding("exploding", first.name, evidence)


def saturated(report: Report) -> Iterator[Finding]:
    """Where tanh or sigmoid is flat, its derivative is nearly 0. (The last layer may be sure of its answer.)"""
    for layer in report.layers[:-1]:
        if layer.saturated > TOO_MANY:
            evidence = f"{layer.saturated:.0%} of the {layer.activation} outputs of {layer.name} are saturated"
            yield Finding("saturated", layer.name, evidence)


def vanishing(report: Report) -> Iterator[Finding]:
    """Each layer multiplies the gradient by its weights and by its activation's derivative."""
    trained = [layer for layer in report.layers if layer.weight.size]
    if len(trained) < 2:
        return
    first, most = trained[0], max(trained, key=lambda layer: size(layer.weight_gradient))
    if size(first.weight_gradient) < SMALL * size(most.weight_gradient):
        ratio = size(first.weight_gradient) / size(most.weight_gradient)
        flat = f"; {first.saturated:.0%} of its {first.activation} outputs saturate" if first.saturated >= 0.01 else ""
        yield Finding("vanishing", first.name, f"the gradient of {first.name} is {ratio:.1g} of that of {most.name}{flat}")
        return
    scale = spread(report.inputs)
    for layer in trained[:-1]:
        if spread(layer.activations) < SMALL * scale:
            ratio = spread(layer.activations) / scale
            evidence = (
                f"the outputs of {layer.name} hardly depend on the inputs, their spread over the rows is {ratio:.1g} of it"
            )
            yield Finding("vanishing", layer.name, evidence)
            return


def rate(report: Report) -> Iterator[Finding]:
    """A step that is too long ends where the gradient did not point to; a tiny one gets nowhere."""
    ratios = [layer.update_to_data for layer in report.layers if math.isfinite(layer.update_to_data)]
    if not any(ratios):
        return
    worse = not report.loss_after_step < WORSE * report.loss
    if (worse and max(ratios) > RATE_HIGH) or max(ratios) > 1:
        change = f"takes the loss from {report.loss:.3g} to {report.loss_after_step:.3g}"
        yield Finding("rate too high", "optimizer", f"one step changes weights by {max(ratios):.0%} and {change}")
    elif max(ratios) < RATE_LOW and max(layer.gradient_to_data for layer in report.layers) > SMALL:
        yield Finding("rate too low", "optimizer", f"one step changes the weights by {max(ratios):.0e} of their size")


# The cause before what it may bring about.
CHECKS = (not_finite, unscaled_inputs, symmetric_units, dead_relu, exploding, saturated, vanishing, rate)


def spread(x: np.ndarray) -> float:
    """How much a column varies over the rows: root mean square of the columns' standard deviations."""
    return size(np.std(x, axis=0))


def size(x: np.ndarray) -> float:
    """The root mean square."""
    return float(np.sqrt(np.mean(x**2))) if x.size else 0.0
