"""Neuron, Layer and MLP: a weighted sum, an activation, and how they are stacked."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from autograd import Value, dot
from nn.activations import LIKE_RELU, OF_A_ROW, activation_named, name_of
from nn.init import Init, generator, init_named
from nn.module import Module, RowModule, vector

Activation = str | Callable[..., Any] | None
Seed = int | random.Random | None


class Neuron(Module):
    """activation(w . x + b): three nodes of the graph. x: nin Values or numbers; gives a Value.

    activation: a name ('relu', 'tanh', ...), a function of a Value, or None. init: how weights are drawn, a name or a
    function (`nn.init`); He's for activations like relu, Xavier's for others. b starts at 0.
    """

    def __init__(
        self, nin: int, activation: Activation = "relu", init: str | Init | None = None, seed: Seed = None, fan_out: int = 1
    ) -> None:
        self.activation = activation_named(activation)
        draw, rng = init_named(init, he=name_of(self.activation) in LIKE_RELU), generator(seed)
        self.w = [Value(draw(nin, fan_out, rng), label=f"w{i}") for i in range(1, nin + 1)]
        self.b = Value(0.0, label="b")

    def forward(self, x: Sequence[Value | float]) -> Value:
        if len(x) != len(self.w):
            raise ValueError(f"{self.describe()} expects {len(self.w)} inputs, got {len(x)}")
        weighted_sum: Value = dot(self.w, x) + self.b
        return weighted_sum if self.activation is None else self.activation(weighted_sum)

    def describe(self) -> str:
        return f"Neuron({len(self.w)}, activation={name_of(self.activation)!r})"


class Layer(RowModule):
    """nout neurons that read the same nin inputs; a single output comes bare (`torch.nn.Linear` with an activation).

    'softmax' and 'log_softmax' act on all outputs together. Its state is `weight`, (nout, nin), and `bias`, (nout,).
    """

    _renamed_tensors = ("neurons",)

    def __init__(
        self, nin: int, nout: int, activation: Activation = "relu", init: str | Init | None = None, seed: Seed = None
    ) -> None:
        self.activation = activation_named(activation)
        own, rng = None if self.activation in OF_A_ROW.values() else activation, generator(seed)
        self.neurons = [Neuron(nin, own, init, rng, fan_out=nout) for _ in range(nout)]
        self.nin = nin

    def forward(self, x: Any) -> Any:
        x = vector(x, self.nin, self)
        outputs = [neuron(x) for neuron in self.neurons]
        if self.activation is not None and self.activation in OF_A_ROW.values():
            return self.activation(outputs)
        return outputs[0] if len(outputs) == 1 else outputs

    def tensors(self, prefix: str = "") -> Iterator[tuple[str, Any]]:
        yield f"{prefix}weight", [neuron.w for neuron in self.neurons]
        yield f"{prefix}bias", [neuron.b for neuron in self.neurons]
        yield from super().tensors(prefix)  # those that a subclass adds

    def describe(self) -> str:
        return f"Layer({self.nin}, {len(self.neurons)}, activation={name_of(self.activation)!r})"

    def __repr__(self) -> str:
        return self.describe()


class MLP(RowModule):
    """A multi-layer perceptron: nin inputs, then layers of the sizes nouts, with one activation inside and one at the end.

    Called with one row it gives a Value, or a list of them if the last layer is wider; with rows, a list of these.

    >>> model = MLP(2, [16, 16, 1], activation="tanh", seed=0)
    >>> len(model.parameters()), model([1.0, -2.0]).data == model([[1.0, -2.0]])[0].data
    (337, True)
    """

    def __init__(
        self, nin: int, nouts: Sequence[int], activation: Activation = "relu", output: Activation = None,
        init: str | Init | None = None, seed: Seed = None,
    ) -> None:  # fmt: skip
        if not hasattr(nouts, "__len__"):
            raise TypeError(f"MLP(nin, nouts): nouts is a list of the layers' sizes, such as [16, 16, 1], got {nouts!r}")
        sizes, rng, last = [nin, *nouts], generator(seed), len(nouts) - 1
        self.layers = [
            Layer(n, m, output if i == last else activation, init, rng) for i, (n, m) in enumerate(zip(sizes, nouts))
        ]

    def forward(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x)
        return x
