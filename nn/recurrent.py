"""Recurrent networks: a cell that is applied to one element of a sequence after the other, and keeps a state.

PyTorch's equations, names and order of gates. x: input_size Values or numbers; h, c: hidden_size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from autograd import Value, dot, sigmoid, tanh
from nn.activations import activation_named
from nn.init import generator
from nn.layers import Seed
from nn.module import Module, count, vector

Row = Sequence[Any]


class _Cell(Module):
    """The weights of `gates` gates: `weight_ih` (gates * hidden, input), `weight_hh` (gates * hidden, hidden), two biases.

    All start uniform within 1 / sqrt(hidden_size), as PyTorch's do.
    """

    gates: ClassVar[int] = 1

    def __init__(self, input_size: int, hidden_size: int, seed: Seed = None) -> None:
        self.input_size, self.hidden_size = input_size, hidden_size
        rng, bound, rows = generator(seed), hidden_size**-0.5, range(self.gates * hidden_size)

        def weights(name: str, n: int) -> list[list[Value]]:
            return [[Value(rng.uniform(-bound, bound), f"{name}[{i}][{j}]") for j in range(n)] for i in rows]

        self.weight_ih = weights("weight_ih", input_size)
        self.weight_hh = weights("weight_hh", hidden_size)
        self.bias_ih = [Value(rng.uniform(-bound, bound), f"bias_ih[{i}]") for i in rows]
        self.bias_hh = [Value(rng.uniform(-bound, bound), f"bias_hh[{i}]") for i in rows]

    def from_input(self, x: Row) -> list[list[Any]]:
        """weight_ih x + bias_ih, cut into one list for each gate."""
        return self._affine(self.weight_ih, vector(x, self.input_size, self), self.bias_ih)

    def from_state(self, h: Row) -> list[list[Any]]:
        """weight_hh h + bias_hh, cut into one list for each gate."""
        return self._affine(self.weight_hh, vector(h, self.hidden_size, self), self.bias_hh)

    def _affine(self, weight: list[list[Value]], x: Row, bias: list[Value]) -> list[list[Any]]:
        sums = [dot(w, x) + b for w, b in zip(weight, bias)]
        return [sums[i : i + self.hidden_size] for i in range(0, len(sums), self.hidden_size)]

    def start(self) -> Any:
        """The state before the first element: zeros."""
        return [0.0] * self.hidden_size

    def describe(self) -> str:
        return f"{type(self).__name__}({self.input_size}, {self.hidden_size})"


class RNNCell(_Cell):
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh): `cell(x, h)` (`torch.nn.RNNCell`). nonlinearity: 'tanh' or 'relu'."""

    def __init__(self, input_size: int, hidden_size: int, nonlinearity: str = "tanh", seed: Seed = None) -> None:
        super().__init__(input_size, hidden_size, seed)
        self.nonlinearity = nonlinearity
        self._activate: Any = activation_named(nonlinearity)

    def forward(self, x: Row, h: Row | None = None) -> list[Value]:
        (a,), (b,) = self.from_input(x), self.from_state(self.start() if h is None else h)
        return [self._activate(p + q) for p, q in zip(a, b)]


class LSTMCell(_Cell):
    """Gates i, f, g, o; c' = f * c + i * g; h' = o * tanh(c'): `cell(x, (h, c))` gives (h', c') (`torch.nn.LSTMCell`).

    c reaches back through f alone, which learns to stay near 1: the gradient survives long sequences (Hochreiter,
    Schmidhuber 1997; Gers et al. 2000).
    """

    gates = 4

    def start(self) -> Any:
        return super().start(), super().start()

    def forward(self, x: Row, state: tuple[Row, Row] | None = None) -> tuple[list[Value], list[Value]]:
        h, c = self.start() if state is None else state
        i, f, g, o = ([p + q for p, q in zip(a, b)] for a, b in zip(self.from_input(x), self.from_state(h)))
        c = [sigmoid(f) * c + sigmoid(i) * tanh(g) for i, f, g, c in zip(i, f, g, vector(c, self.hidden_size, self))]
        return [sigmoid(o) * tanh(c) for o, c in zip(o, c)], c


class GRUCell(_Cell):
    """Gates r, z, n; n = tanh(W_in x + b_in + r * (W_hn h + b_hn)); h' = (1 - z) * n + z * h: `cell(x, h)`.

    `torch.nn.GRUCell` (Cho et al. 2014).
    """

    gates = 3

    def forward(self, x: Row, h: Row | None = None) -> list[Value]:
        state = self.start() if h is None else h
        (xr, xz, xn), (hr, hz, hn) = self.from_input(x), self.from_state(state)
        r = [sigmoid(a + b) for a, b in zip(xr, hr)]
        z = [sigmoid(a + b) for a, b in zip(xz, hz)]
        n = [tanh(a + r * b) for a, r, b in zip(xn, r, hn)]
        return [(1 - z) * n + z * h for z, n, h in zip(z, n, state)]


class _Recurrent(Module):
    """A cell over a sequence: `rnn(xs, state)` gives the list of all h and the last state (`torch.nn.RNN`, one layer).

    xs: a sequence of rows of input_size. state: where to start, zeros if None.
    """

    cell_type: ClassVar[type[_Cell]]
    _renamed_tensors = ("cell",)

    def __init__(self, input_size: int, hidden_size: int, *args: Any, **options: Any) -> None:
        self.cell = self.cell_type(input_size, hidden_size, *args, **options)

    def forward(self, xs: Sequence[Row], state: Any = None) -> tuple[list[list[Value]], Any]:
        if not hasattr(xs, "__len__") or len(xs) == 0:
            raise ValueError(f"{self.describe()} expects a sequence of rows of {self.cell.input_size}, got {xs!r}")
        outputs = []
        for x in xs:
            state = self.cell(x) if state is None else self.cell(x, state)
            outputs.append(state[0] if isinstance(state, tuple) else state)
        return outputs, state

    def tensors(self, prefix: str = "") -> Iterator[tuple[str, Any]]:
        for name, tensor in self.cell.tensors(prefix):
            yield f"{name}_l0", tensor  # PyTorch's name: the first layer of possibly several
        yield from super().tensors(prefix)  # those that a subclass adds

    def describe(self) -> str:
        return f"{type(self).__name__}({self.cell.input_size}, {self.cell.hidden_size})"

    def __repr__(self) -> str:
        return f"{self.describe()}: {count(self)}"


class RNN(_Recurrent):
    """`RNNCell` over a sequence. Its gradient shrinks or grows by one factor per element, so it forgets."""

    cell_type = RNNCell


class LSTM(_Recurrent):
    """`LSTMCell` over a sequence; the state is (h, c)."""

    cell_type = LSTMCell


class GRU(_Recurrent):
    """`GRUCell` over a sequence."""

    cell_type = GRUCell
