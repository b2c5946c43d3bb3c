"""Recurrent networks: a cell with a state, applied to the elements of a sequence one after the other.

The equations, the names and the order of the gates are PyTorch's. x: (input_size,). h, c: (hidden_size,).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from autograd import Value, dot, sigmoid, tanh
from nn.activations import activation_named
from nn.init import generator
from nn.layers import Seed
from nn.module import Module, count_parameters, vector

Vector = Sequence[Any]


class _Cell(Module):
    """The base class of the cells: the weights of `gates` gates, from the input and from the state.

    `weight_ih` has the shape (gates * hidden_size, input_size), `weight_hh` (gates * hidden_size, hidden_size), each with a
    bias. All are drawn uniformly between -1 / sqrt(hidden_size) and 1 / sqrt(hidden_size), as in PyTorch. seed: as in
    `nn.Neuron`.
    """

    gates: ClassVar[int] = 1

    def __init__(self, input_size: int, hidden_size: int, seed: Seed = None) -> None:
        self.input_size: int = input_size
        self.hidden_size: int = hidden_size
        rng, bound, rows = generator(seed), hidden_size**-0.5, range(self.gates * hidden_size)

        def weights(name: str, n: int) -> list[list[Value]]:
            return [[Value(rng.uniform(-bound, bound), f"{name}[{i}][{j}]") for j in range(n)] for i in rows]

        self.weight_ih: list[list[Value]] = weights("weight_ih", input_size)
        self.weight_hh: list[list[Value]] = weights("weight_hh", hidden_size)
        self.bias_ih: list[Value] = [Value(rng.uniform(-bound, bound), f"bias_ih[{i}]") for i in rows]
        self.bias_hh: list[Value] = [Value(rng.uniform(-bound, bound), f"bias_hh[{i}]") for i in rows]

    def from_input(self, x: Vector) -> list[list[Any]]:
        """Return weight_ih x + bias_ih, one list of hidden_size numbers for each gate."""
        return self._affine(self.weight_ih, vector(x, self.input_size, self), self.bias_ih)

    def from_state(self, h: Vector) -> list[list[Any]]:
        """Return weight_hh h + bias_hh, one list of hidden_size numbers for each gate."""
        return self._affine(self.weight_hh, vector(h, self.hidden_size, self), self.bias_hh)

    def _affine(self, weight: list[list[Value]], x: Vector, bias: list[Value]) -> list[list[Any]]:
        sums = [dot(w, x) + b for w, b in zip(weight, bias)]
        return [sums[i : i + self.hidden_size] for i in range(0, len(sums), self.hidden_size)]

    def start(self) -> Any:
        """Return the state before the first element: zeros."""
        return [0.0] * self.hidden_size

    def describe(self) -> str:
        """Return one line for `repr`."""
        return f"{type(self).__name__}({self.input_size}, {self.hidden_size})"


class RNNCell(_Cell):
    """A cell `cell(x, h)` that returns h' = tanh(W_ih x + b_ih + W_hh h + b_hh) (`torch.nn.RNNCell`).

    nonlinearity: 'tanh' or 'relu'.
    """

    def __init__(self, input_size: int, hidden_size: int, nonlinearity: str = "tanh", seed: Seed = None) -> None:
        super().__init__(input_size, hidden_size, seed)
        self.nonlinearity: str = nonlinearity
        self._activation: Any = activation_named(nonlinearity)

    def forward(self, x: Vector, h: Vector | None = None) -> list[Value]:
        """Return h', the state after the element x. h: the state before it, zeros by default."""
        (a,), (b,) = self.from_input(x), self.from_state(self.start() if h is None else h)
        return [self._activation(p + q) for p, q in zip(a, b)]


class LSTMCell(_Cell):
    """Gates i, f, g, o; c' = f * c + i * g; h' = o * tanh(c'): `cell(x, (h, c))` returns (h', c') (`torch.nn.LSTMCell`).

    On the way back, c is multiplied by f alone, which can learn to stay near 1, so that the gradient survives long
    sequences (Hochreiter, Schmidhuber 1997; Gers et al. 2000).
    """

    gates: ClassVar[int] = 4

    def start(self) -> Any:
        """Return the state (h, c) before the first element: zeros."""
        return super().start(), super().start()

    def forward(self, x: Vector, state: tuple[Vector, Vector] | None = None) -> tuple[list[Value], list[Value]]:
        """Return (h', c'), the state after the element x. state: (h, c) before it, zeros by default."""
        h, c = self.start() if state is None else state
        i, f, g, o = ([p + q for p, q in zip(a, b)] for a, b in zip(self.from_input(x), self.from_state(h)))
        c = [sigmoid(f) * c + sigmoid(i) * tanh(g) for i, f, g, c in zip(i, f, g, vector(c, self.hidden_size, self))]
        return [sigmoid(o) * tanh(c) for o, c in zip(o, c)], c


class GRUCell(_Cell):
    """Gates r, z, n; n = tanh(W_in x + b_in + r * (W_hn h + b_hn)); h' = (1 - z) * n + z * h: `cell(x, h)`.

    `torch.nn.GRUCell` (Cho et al. 2014).
    """

    gates: ClassVar[int] = 3

    def forward(self, x: Vector, h: Vector | None = None) -> list[Value]:
        """Return h', the state after the element x. h: the state before it, zeros by default."""
        state = self.start() if h is None else h
        (xr, xz, xn), (hr, hz, hn) = self.from_input(x), self.from_state(state)
        r = [sigmoid(a + b) for a, b in zip(xr, hr)]
        z = [sigmoid(a + b) for a, b in zip(xz, hz)]
        n = [tanh(a + r * b) for a, r, b in zip(xn, r, hn)]
        return [(1 - z) * n + z * h for z, n, h in zip(z, n, state)]


class _Recurrent(Module):
    """The base class of RNN, LSTM and GRU: a cell applied to a sequence (`torch.nn.RNN` with one layer).

    args, options: the cell's arguments after the sizes.
    """

    cell_type: ClassVar[type[_Cell]]
    _renamed_tensors: tuple[str, ...] = ("cell",)

    def __init__(self, input_size: int, hidden_size: int, *args: Any, **options: Any) -> None:
        self.cell: Any = self.cell_type(input_size, hidden_size, *args, **options)

    def forward(self, xs: Sequence[Vector], state: Any = None) -> tuple[list[list[Value]], Any]:
        """Return h after each element, (length, hidden_size), and the last state.

        xs: (length, input_size). state: the state before the first element, zeros by default.
        """
        if not hasattr(xs, "__len__") or len(xs) == 0:
            raise ValueError(f"{self.describe()} expects a sequence of elements of size {self.cell.input_size}, got {xs!r}")
        outputs = []
        for x in xs:
            state = self.cell(x) if state is None else self.cell(x, state)
            outputs.append(state[0] if isinstance(state, tuple) else state)
        return outputs, state

    def tensors(self, prefix: str = "") -> Iterator[tuple[str, Any]]:
        """Yield the cell's tensors under PyTorch's names, as `Module.tensors` does."""
        for name, tensor in self.cell.tensors(prefix):
            yield f"{name}_l0", tensor  # PyTorch's name for the first of possibly several layers
        yield from super().tensors(prefix)  # those that a subclass adds

    def describe(self) -> str:
        """Return one line for `repr`."""
        return f"{type(self).__name__}({self.cell.input_size}, {self.cell.hidden_size})"

    def __repr__(self) -> str:
        return f"{self.describe()}: {count_parameters(self)}"


class RNN(_Recurrent):
    """`RNNCell` applied to a sequence. Every element multiplies the gradient by a similar factor, so it forgets quickly.

    >>> outputs, state = RNN(1, 2, seed=0)([[0.5], [1.0], [-1.0]])
    >>> len(outputs), state == outputs[-1]
    (3, True)
    """

    cell_type: ClassVar[type[_Cell]] = RNNCell


class LSTM(_Recurrent):
    """`LSTMCell` applied to a sequence; the state is (h, c)."""

    cell_type: ClassVar[type[_Cell]] = LSTMCell


class GRU(_Recurrent):
    """`GRUCell` applied to a sequence."""

    cell_type: ClassVar[type[_Cell]] = GRUCell
