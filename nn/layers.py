"""`Neuron`, `Layer` and `MLP`: a weighted sum with an activation, many of them in parallel, and layers in sequence."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from autograd import Value, dot
from nn.activations import JOINT, LIKE_RELU, activation_named, name_of
from nn.init import Init, generator, he_uniform, init_named
from nn.module import ExampleModule, Module, vector

ActivationLike = str | Callable[..., Any] | None
Seed = int | random.Random | None


class Neuron(Module):
    """A neuron: activation(w . x + b), recorded as three nodes of the graph. Call it with nin numbers; it returns a Value.

    activation: a name ('relu', 'tanh', ...), a function of a Value, or None.
    init: the initialiser of the weights, a name or a function (`nn.init`); by default He's for activations like relu and
    Xavier's for others. The bias starts at 0.
    seed: an int, a `random.Random`, or None for Python's global generator.
    fan_out: the number of neurons in the layer, for the initialiser. bias: False leaves b out.

    >>> neuron = Neuron(2, init=lambda fan_in, fan_out, rng: 0.5)
    >>> neuron([1.0, 3.0])
    Value(data=2.0, grad=0.0)
    """

    def __init__(
        self,
        nin: int,
        activation: ActivationLike = "relu",
        init: str | Init | None = None,
        seed: Seed = None,
        fan_out: int = 1,
        bias: bool = True,
    ) -> None:
        self.activation: Callable[..., Any] | None = activation_named(activation)
        draw, rng = init_named(init, he=name_of(self.activation) in LIKE_RELU), generator(seed)
        self.w: list[Value] = [Value(draw(nin, fan_out, rng), label=f"w{i}") for i in range(1, nin + 1)]
        self.b: Any = Value(0.0, label="b") if bias else None

    def forward(self, x: Sequence[Value | float]) -> Value:
        """Return activation(w . x + b). x: (nin,)."""
        if len(x) != len(self.w):
            raise ValueError(f"{self.describe()} expects {len(self.w)} inputs, got {len(x)}")
        b = self.b
        weighted_sum: Value = dot(self.w, x) if b is None else dot(self.w, x) + b
        return weighted_sum if self.activation is None else self.activation(weighted_sum)

    def describe(self) -> str:
        """Return one line for `repr`."""
        return f"Neuron({len(self.w)}, activation={name_of(self.activation)!r})"


class Layer(ExampleModule):
    """A layer of nout neurons with the same nin inputs (`torch.nn.Linear` with an activation).

    It is called with an example, (nin,), and returns (nout,), or a single Value if nout is 1; called with a batch, it
    returns a list of these. activation, init, seed: as in `Neuron`, and also 'softmax' and 'log_softmax', which act on all
    outputs together. bias: False leaves it out. Its state is `weight`, (nout, nin), and `bias`, (nout,).
    """

    _renamed_tensors: tuple[str, ...] = ("neurons",)

    def __init__(
        self, nin: int, nout: int, activation: ActivationLike = "relu", init: str | Init | None = None, seed: Seed = None,
        bias: bool = True,
    ) -> None:  # fmt: skip
        self.activation: Callable[..., Any] | None = activation_named(activation)
        of_each, rng = None if self.activation in JOINT.values() else activation, generator(seed)
        self.neurons: list[Neuron] = [Neuron(nin, of_each, init, rng, nout, bias) for _ in range(nout)]
        self.nin: int = nin

    @property
    def weight(self) -> list[list[Value]]:
        """The weights, (nout, nin)."""
        return [neuron.w for neuron in self.neurons]

    @property
    def bias(self) -> list[Value] | None:
        """The biases, (nout,); None without them."""
        biases = [neuron.b for neuron in self.neurons if neuron.b is not None]
        return biases or None

    def forward(self, x: Any) -> Any:
        """Return the neurons' outputs for one example."""
        x = vector(x, self.nin, self)
        outputs = [neuron(x) for neuron in self.neurons]
        if self.activation is not None and self.activation in JOINT.values():
            return self.activation(outputs)
        return outputs[0] if len(outputs) == 1 else outputs

    def tensors(self, prefix: str = "") -> Iterator[tuple[str, Any]]:
        """Yield `weight` and `bias`, as `Module.tensors` does."""
        yield f"{prefix}weight", self.weight
        if self.bias is not None:
            yield f"{prefix}bias", self.bias
        yield from super().tensors(prefix)  # those that a subclass adds

    def describe(self) -> str:
        """Return one line for `repr`."""
        bias = "" if self.bias is not None else ", bias=False"
        return f"Layer({self.nin}, {len(self.neurons)}, activation={name_of(self.activation)!r}{bias})"

    def __repr__(self) -> str:
        return self.describe()


class Linear(Layer):
    """`Layer` without an activation, with PyTorch's arguments (`torch.nn.Linear`).

    bias: False leaves it out. seed: as in `Neuron`. Weights and biases are drawn from PyTorch's distribution, which is
    uniform within 1 / sqrt(in_features) of 0.

    >>> Linear(2, 3)
    Linear(in_features=2, out_features=3, bias=True)
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True, *, seed: Seed = None) -> None:
        draw, rng = partial(he_uniform, gain=math.sqrt(1 / 3)), generator(seed)
        super().__init__(in_features, out_features, None, draw, rng, bias)
        for b in self.bias or ():
            b.data = draw(in_features, out_features, rng)

    def describe(self) -> str:
        """Return one line for `repr`."""
        return f"Linear(in_features={self.nin}, out_features={len(self.neurons)}, bias={self.bias is not None})"


class MLP(ExampleModule):
    """A multi-layer perceptron: nin inputs, then one layer for each size in nouts.

    activation: for the inner layers. output: the activation of the last layer. init, seed: as in `Neuron`.
    It is called with an example, (nin,), and returns (nouts[-1],), or a single Value if the last layer has one output;
    called with a batch, it returns a list of these.

    >>> model = MLP(2, [16, 16, 1], activation="tanh", seed=0)
    >>> len(model.parameters()), model([1.0, -2.0]).data == model([[1.0, -2.0]])[0].data
    (337, True)
    """

    def __init__(
        self, nin: int, nouts: Sequence[int], activation: ActivationLike = "relu", output: ActivationLike = None,
        init: str | Init | None = None, seed: Seed = None,
    ) -> None:  # fmt: skip
        if not hasattr(nouts, "__len__"):
            raise TypeError(f"MLP(nin, nouts): nouts is a list of the layers' sizes, such as [16, 16, 1], got {nouts!r}")
        sizes, rng, last = [nin, *nouts], generator(seed), len(nouts) - 1
        self.layers: list[Layer] = [
            Layer(n, m, output if i == last else activation, init, rng) for i, (n, m) in enumerate(zip(sizes, nouts))
        ]

    def forward(self, x: Any) -> Any:
        """Return the outputs of the last layer for one example."""
        for layer in self.layers:
            x = layer(x)
        return x
