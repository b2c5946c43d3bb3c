"""The rules of `nn.diagnose`: each reads the measurements of a report and yields findings with their evidence."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from nn.arrays import np
from nn.report import Finding, Report

# The limits. `python -m tests.test_diagnostics` shows that sick and healthy networks are far from them.
TOO_MANY = 0.5  # fraction of a layer's units that are dead, or of its outputs that are saturated
SMALL, LARGE = 1e-3, 1e3  # first gradient / largest gradient; outputs / inputs, or first gradient / last gradient
UNSCALED = 10.0  # root mean square of an input
RATE_HIGH, RATE_LOW = 0.1, 1e-7  # update:data
WORSE = 1.2  # loss after a step / loss before it


def not_finite(report: Report) -> Iterator[Finding]:
    """A nan or an infinity spreads to everything computed from it."""
    if report.first_nonfinite:
        where = report.first_nonfinite
        yield Finding("not finite", where, f"the first nan or infinity is {where}")


def unscaled_inputs(report: Report) -> Iterator[Finding]:
    """Large inputs saturate the first layer, or make its gradients larger in proportion."""
    sizes = np.sqrt(np.mean(report.inputs**2, axis=0))
    i = int(np.argmax(sizes))
    if sizes[i] > UNSCALED:
        evidence = f"input {i} has a root mean square of {sizes[i]:.3g}; initial weights are made for about 1"
        yield Finding("unscaled inputs", f"input {i}", evidence)


def symmetric_units(report: Report) -> Iterator[Finding]:
    """Units with equal weights have equal gradients, and stay equal."""
    for layer in report.layers:
        if layer.symmetric:
            common = "equal" if layer.weight.any() else "0"
            evidence = f"all weights of the units of {layer.name} are {common}, so its units learn the same"
            yield Finding("symmetric units", layer.name, evidence)


def dead_relu(report: Report) -> Iterator[Finding]:
    """A relu whose output is 0 for every example has gradient 0 for every example, and never changes again."""
    for layer in report.layers:
        if layer.dead > TOO_MANY:
            units = np.flatnonzero(layer.dead_units).tolist()
            names = ", ".join(map(str, units[:8])) + (", ..." if len(units) > 8 else "")
            evidence = f"{layer.dead:.0%} of the relu units of {layer.name} are 0 for every example (units {names})"
            yield Finding("dead relu", layer.name, evidence)


def exploding(report: Report) -> Iterator[Finding]:
    """Each layer multiplies by its weights: the activations on the way forward, the gradients on the way back."""
    scale = max(rms(report.inputs), 1e-300)
    for layer in report.layers:
        if layer.weight.size and rms(layer.activations) > LARGE * scale:
            evidence = f"the outputs of {layer.name} are {rms(layer.activations) / scale:.2g} times the inputs"
            yield Finding("exploding", layer.name, evidence)
            return
    first, last = report.layers[0], report.layers[-1]
    if rms(first.gradients) > LARGE * rms(last.gradients) > 0:
        ratio = rms(first.gradients) / rms(last.gradients)
        evidence = f"the gradient at the outputs of {first.name} is {ratio:.2g} times that of {last.name}"
        yield Finding("exploding", first.name, evidence)


def saturated(report: Report) -> Iterator[Finding]:
    """A flat tanh or sigmoid has a derivative of nearly 0. (In the last layer that is only a confident answer.)"""
    for layer in report.layers[:-1]:
        if layer.saturated > TOO_MANY:
            evidence = f"{layer.saturated:.0%} of the {layer.activation} outputs of {layer.name} are saturated"
            yield Finding("saturated", layer.name, evidence)


def vanishing(report: Report) -> Iterator[Finding]:
    """Each layer multiplies the gradient by its weights and by the derivative of its activation."""
    trained = [layer for layer in report.layers if layer.weight.size]
    if len(trained) < 2:
        return
    first, most = trained[0], max(trained, key=lambda layer: rms(layer.weight_gradient))
    if rms(first.weight_gradient) < SMALL * rms(most.weight_gradient):
        ratio = rms(first.weight_gradient) / rms(most.weight_gradient)
        flat = f"; {first.saturated:.0%} of its {first.activation} outputs saturate" if first.saturated >= 0.01 else ""
        yield Finding("vanishing", first.name, f"the gradient of {first.name} is {ratio:.1g} of that of {most.name}{flat}")
        return
    scale = spread(report.inputs)
    for layer in trained[:-1]:
        if spread(layer.activations) < SMALL * scale:
            ratio = spread(layer.activations) / scale
            evidence = (
                f"the outputs of {layer.name} hardly vary over the examples, their spread is {ratio:.1g} of the inputs'"
            )
            yield Finding("vanishing", layer.name, evidence)
            return


def learning_rate(report: Report) -> Iterator[Finding]:
    """The gradient describes the loss only near the weights: a step can leave that region, or be too small to matter."""
    ratios = [layer.update_to_data for layer in report.layers if math.isfinite(layer.update_to_data)]
    if not any(ratios):
        return
    worse = not report.loss_after_step < WORSE * report.loss
    if (worse and max(ratios) > RATE_HIGH) or max(ratios) > 1:
        change = f"takes the loss from {report.loss:.3g} to {report.loss_after_step:.3g}"
        yield Finding("rate too high", "optimizer", f"one step changes weights by {max(ratios):.0%} and {change}")
    elif max(ratios) < RATE_LOW and max(layer.gradient_to_data for layer in report.layers) > SMALL:
        yield Finding("rate too low", "optimizer", f"one step changes the weights by {max(ratios):.0e} of their size")


# A cause comes before its possible consequences.
RULES: tuple[Callable[[Report], Iterator[Finding]], ...] = (
    not_finite, unscaled_inputs, symmetric_units, dead_relu, exploding, saturated, vanishing, learning_rate
)  # fmt: skip


def spread(x: np.ndarray) -> float:
    """Return how much a column varies over the examples: the root mean square of the columns' standard deviations."""
    return rms(np.std(x, axis=0))


def rms(x: np.ndarray) -> float:
    """Return the root mean square, 0 for an empty array."""
    return float(np.sqrt(np.mean(x**2))) if x.size else 0.0
