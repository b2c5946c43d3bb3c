"""Neuron, Layer and MLP, as in micrograd: the same signatures, the same initial weights for the same random seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from autograd import Value, dot
from nn.module import Module


class Neuron(Module):
    """relu(w . x + b), or w . x + b if not nonlin: three nodes of the graph. Weights start uniform in [-1, 1], b at 0.

    x: n_inputs Values or numbers; any other length is a ValueError.
    """

    def __init__(self, nin: int, nonlin: bool = True) -> None:
        self.w = [Value(random.uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(0.0)
        self.nonlin = nonlin

    def __call__(self, x: Sequence[Value | float]) -> Value:
        activation: Value = dot(self.w, x) + self.b
        return activation.relu() if self.nonlin else activation

    def parameters(self) -> list[Value]:
        return [*self.w, self.b]

    def __repr__(self) -> str:
        return f"{'ReLU' if self.nonlin else 'Linear'}Neuron({len(self.w)})"


class Layer(Module):
    """nout neurons that read the same nin inputs. A single output comes bare, not in a list."""

    def __init__(self, nin: int, nout: int, nonlin: bool = True) -> None:
        self.neurons = [Neuron(nin, nonlin) for _ in range(nout)]

    def __call__(self, x: Sequence[Value | float]) -> Any:
        outputs = [neuron(x) for neuron in self.neurons]
        return outputs[0] if len(outputs) == 1 else outputs

    def parameters(self) -> list[Value]:
        return [p for neuron in self.neurons for p in neuron.parameters()]

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(str, self.neurons))}]"


class MLP(Module):
    """A multi-layer perceptron: nin inputs, then layers of the sizes nouts, relu inside and linear at the end.

    >>> model = MLP(2, [16, 16, 1])
    >>> len(model.parameters())
    337
    """

    def __init__(self, nin: int, nouts: Sequence[int]) -> None:
        sizes = [nin, *nouts]
        self.layers = [Layer(n, m, nonlin=i < len(nouts)) for i, (n, m) in enumerate(zip(sizes, nouts), 1)]

    def __call__(self, x: Sequence[Value | float]) -> Any:
        for layer in self.layers:
            x = [neuron(x) for neuron in layer.neurons]
        return x[0] if len(x) == 1 else x

    def parameters(self) -> list[Value]:
        return [p for layer in self.layers for p in layer.parameters()]

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(str, self.layers))}]"
