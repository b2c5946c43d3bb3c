"""The result of `nn.diagnose`: the measurements of each layer, and the findings with their evidence."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from nn.arrays import np

# Saturated means |tanh| above the first limit, or sigmoid below the second or above 1 minus it.
SATURATED_TANH, SATURATED_SIGMOID = 0.97, 0.03

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
    """A probable cause of trouble.

    name: a key of `REMEDIES`. where: the layer, input or other part that has it. evidence: the measured numbers, in words.
    """

    name: str
    where: str
    evidence: str

    @property
    def remedy(self) -> str:
        """Remedies to try."""
        return REMEDIES[self.name]

    def __str__(self) -> str:
        return f"{self.name}: {self.evidence}; try {self.remedy}"


@dataclass
class LayerReport:
    """The measurements of one layer on one batch.

    activations: its outputs, (n_examples, n_units). gradients: the gradient of the loss with respect to them, of the same
    shape. For a recurrent layer every element of every sequence counts as an example.
    weight, weight_gradient: its parameters in one array, (n_parameters,), and their gradient.
    update: the change of its parameters in one step of the optimiser, (n_parameters,); None without an optimiser.
    symmetric: True if all its units have the same weights.
    """

    name: str
    activation: str | None
    activations: np.ndarray
    gradients: np.ndarray
    weight: np.ndarray
    weight_gradient: np.ndarray
    update: np.ndarray | None
    symmetric: bool

    @property
    def mean(self) -> float:
        """The mean of its activations."""
        return float(np.mean(self.activations))

    @property
    def spread(self) -> float:
        """The standard deviation of its activations."""
        return float(np.std(self.activations))

    @property
    def saturated(self) -> float:
        """The fraction of activations where tanh or sigmoid is nearly flat; nan for other activations."""
        if self.activation == "tanh":
            return float(np.mean(np.abs(self.activations) > SATURATED_TANH))
        if self.activation == "sigmoid":
            return float(np.mean(np.abs(self.activations - 0.5) > 0.5 - SATURATED_SIGMOID))
        return math.nan

    @property
    def dead_units(self) -> np.ndarray:
        """(n_units,): True for each relu unit whose output is 0 for every example."""
        dead: np.ndarray = np.all(self.activations == 0, axis=0) & (self.activation == "relu")
        return dead

    @property
    def dead(self) -> float:
        """The fraction of dead units; nan for activations other than relu."""
        return float(np.mean(self.dead_units)) if self.activation == "relu" else math.nan

    @property
    def gradient_norm(self) -> float:
        """The norm of the gradient of its parameters, or of its activations if it has no parameters."""
        return float(np.linalg.norm(self.weight_gradient if self.weight.size else self.gradients))

    @property
    def gradient_to_data(self) -> float:
        """The norm of the gradient of its parameters divided by the norm of the parameters."""
        return _ratio(self.weight_gradient, self.weight)

    @property
    def update_to_data(self) -> float:
        """The norm of the optimiser's update divided by the norm of the parameters; about 1e-3 is healthy."""
        return math.nan if self.update is None else _ratio(self.update, self.weight)


# The columns of the table: attribute of a LayerReport, title.
COLUMNS = {
    "mean": "mean", "spread": "spread", "saturated": "saturated", "dead": "dead", "gradient_norm": "gradient",
    "gradient_to_data": "grad:data", "update_to_data": "update:data",
}  # fmt: skip


@dataclass
class Report:
    """The result of `nn.diagnose`. `print(report)` shows a table of the layers, and the findings.

    layers: from the input to the output. inputs: (n_examples, n_features). loss_after_step: after one step of the
    optimiser; nan without an optimiser. first_nonfinite: the place of the first nan or infinity; empty if there is none.
    findings: the most probable cause first.
    """

    layers: list[LayerReport]
    inputs: np.ndarray
    loss: float
    loss_after_step: float
    first_nonfinite: str
    findings: list[Finding] = field(default_factory=list)

    def __str__(self) -> str:
        """Return the table and the findings. A column of nan only, such as `dead` without a relu, is left out."""
        columns = {title: [getattr(layer, name) for layer in self.layers] for name, title in COLUMNS.items()}
        columns = {title: numbers for title, numbers in columns.items() if not all(map(math.isnan, numbers))}
        first = max(map(len, ["layer", *(layer.name for layer in self.layers)])) + 1
        second = max(map(len, ["activation", *(layer.activation or "" for layer in self.layers)]))
        lines = [f"{'layer':<{first}}{'activation':<{second}}" + "".join(f"{x:>{_width(x)}}" for x in columns)]
        for i, layer in enumerate(self.layers):
            cells = "".join(
                f"{'' if math.isnan(numbers[i]) else f'{numbers[i]:.3g}':>{_width(title)}}"
                for title, numbers in columns.items()
            )
            lines.append(f"{layer.name:<{first}}{layer.activation or '':<{second}}{cells}")
        step = "" if math.isnan(self.loss_after_step) else f", after one step {self.loss_after_step:.4g}"
        lines += ["", f"loss {self.loss:.4g}{step}", *map(str, self.findings)]
        return "\n".join(lines + ([] if self.findings else ["nothing found"]))

    __repr__ = __str__


def _width(title: str) -> int:
    return max(len("-1.23e-05"), len(title)) + 1


def _ratio(a: np.ndarray, b: np.ndarray) -> float:
    with np.errstate(all="ignore"):
        return float(np.linalg.norm(a) / np.linalg.norm(b)) if b.size else math.nan
