"""Activations by name: the functions between two linear maps."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

import autograd
from autograd import Value
from nn.init import generator
from nn.module import ExampleModule

Function = Callable[..., Any]
LIKE_RELU: tuple[str, ...] = ("relu", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus")
ELEMENTWISE: tuple[str, ...] = (*LIKE_RELU, "sigmoid", "logsigmoid", "tanh")  # applied to each output of a layer alone
JOINT: dict[str, Function] = {"softmax": autograd.softmax, "log_softmax": autograd.log_softmax}  # applied to all together


def activation_named(activation: str | Function | None) -> Function | None:
    """Return the activation of that name; return a function, or None, unchanged.

    Raises ValueError with the known names if there is none of that name.
    """
    if activation is None or callable(activation):
        return activation
    if activation in JOINT:
        return JOINT[activation]
    if activation not in ELEMENTWISE:
        raise ValueError(f"no activation is named {activation!r}: use one of {', '.join([*ELEMENTWISE, *JOINT])}, "
                         "a function of a Value, or None")  # fmt: skip
    method = getattr(Value, activation, None)
    function: Function = method if callable(method) else getattr(autograd, activation)
    return function


def name_of(activation: Function | None) -> str | None:
    """Return the name of an activation, as `activation_named` accepts it; None for None."""
    if activation is None:
        return None
    return getattr(activation, "name", None) or getattr(activation, "__name__", None) or repr(activation)


class Activation(ExampleModule):
    """An activation as a module, for instance to follow batch normalisation (`torch.nn.ReLU`, `torch.nn.Tanh`, ...).

    activation: a name ('relu', 'tanh', ...), a function of a Value, or None.

    >>> from autograd import Value
    >>> Activation("relu")([Value(-1.0), Value(2.0)])
    [Value(data=0.0, grad=0.0), Value(data=2.0, grad=0.0)]
    """

    def __init__(self, activation: str | Function | None) -> None:
        self.activation: Function | None = activation_named(activation)

    def forward(self, x: Any) -> Any:
        """Apply the activation to a number, or to each number of an example."""
        if self.activation is None:
            return x
        if self.activation in JOINT.values():
            return self.activation(x)
        is_sequence = hasattr(x, "__len__")
        outputs = [self.activation(v if isinstance(v, Value) else Value(v)) for v in (x if is_sequence else [x])]
        return outputs if is_sequence else outputs[0]

    def describe(self) -> str:
        """Return one line for `repr`."""
        return f"Activation({name_of(self.activation)!r})"


class Named(Activation):
    """The base class of PyTorch's activations, each of which is an `Activation` with a name of its own.

    operation: the name of the activation. settings: arguments of its function, where they are not the default.
    """

    operation: ClassVar[str]

    def __init__(self, **settings: float) -> None:
        super().__init__(partial(getattr(autograd, self.operation), **settings) if settings else self.operation)
        self.settings: dict[str, float] = settings

    def describe(self) -> str:
        """Return one line for `repr`."""
        return f"{type(self).__name__}({', '.join(f'{name}={x!r}' for name, x in self.settings.items())})"


class _InPlace(Named):
    def __init__(self, inplace: bool = False) -> None:
        """inplace has no effect: the input never changes."""
        super().__init__()


class ReLU(_InPlace):
    """The activation relu (`torch.nn.ReLU`).

    >>> ReLU()([-1.0, 2.0])
    [Value(data=0.0, grad=0.0), Value(data=2.0, grad=0.0)]
    """

    operation = "relu"


class SELU(_InPlace):
    """The activation selu (`torch.nn.SELU`)."""

    operation = "selu"


class SiLU(_InPlace):
    """The activation silu (`torch.nn.SiLU`)."""

    operation = "silu"


class LeakyReLU(Named):
    """The activation leaky_relu (`torch.nn.LeakyReLU`)."""

    operation = "leaky_relu"

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__(**({} if negative_slope == 0.01 else {"negative_slope": negative_slope}))


class ELU(Named):
    """The activation elu (`torch.nn.ELU`)."""

    operation = "elu"

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(**({} if alpha == 1.0 else {"alpha": alpha}))


class GELU(Named):
    """The activation gelu, in its exact form (`torch.nn.GELU`)."""

    operation = "gelu"

    def __init__(self) -> None:
        super().__init__()


class Softplus(Named):
    """The activation softplus (`torch.nn.Softplus`)."""

    operation = "softplus"

    def __init__(self) -> None:
        super().__init__()


class Sigmoid(Named):
    """The activation sigmoid (`torch.nn.Sigmoid`)."""

    operation = "sigmoid"

    def __init__(self) -> None:
        super().__init__()


class LogSigmoid(Named):
    """The activation logsigmoid (`torch.nn.LogSigmoid`)."""

    operation = "logsigmoid"

    def __init__(self) -> None:
        super().__init__()


class Tanh(Named):
    """The activation tanh (`torch.nn.Tanh`)."""

    operation = "tanh"

    def __init__(self) -> None:
        super().__init__()


class Softmax(Named):
    """The softmax of the numbers of each example (`torch.nn.Softmax`). dim: 1, -1 or None, which are the same here."""

    operation = "softmax"

    def __init__(self, dim: int | None = None) -> None:
        check_dim(type(self).__name__, dim)
        super().__init__()


class LogSoftmax(Softmax):
    """The log_softmax of the numbers of each example (`torch.nn.LogSoftmax`). dim: as in `Softmax`."""

    operation = "log_softmax"


class Identity(Activation):
    """Returns its input (`torch.nn.Identity`)."""

    def __init__(self) -> None:
        super().__init__(None)

    def describe(self) -> str:
        """Return one line for `repr`."""
        return "Identity()"


def check_dim(name: str, dim: int | None) -> None:
    """Raise ValueError unless dim is the last dimension, that of the numbers of one example."""
    if dim not in (None, -1, 1):
        raise ValueError(f"{name} works on the numbers of each example: dim must be -1 or 1, got {dim!r}")


class Dropout(ExampleModule):
    """Sets each number to 0 with probability p, and divides the others by 1 - p (`torch.nn.Dropout`).

    It does so in training mode only; in evaluation mode it returns its input. seed: as in `Neuron`.
    It draws new random numbers in each call, which a program cannot do, so `fit` records a graph at every step.

    >>> Dropout(0.5, seed=0)([1.0, 1.0, 1.0])
    [2.0, 2.0, 0.0]
    >>> Dropout(0.5).eval()([1.0, 2.0])
    [1.0, 2.0]
    """

    def __init__(self, p: float = 0.5, inplace: bool = False, *, seed: int | random.Random | None = None) -> None:
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout(p): p is a probability, from 0 to 1, got {p!r}")
        self.p: float = p
        self.generator: Any = generator(seed)

    def forward(self, x: Any) -> Any:
        """Return x, in training mode with some of its numbers set to 0."""
        return dropout(x, self.p, self.training, self.generator)

    def describe(self) -> str:
        """Return one line for `repr`."""
        return f"Dropout(p={self.p!r})"


def dropout(x: Any, p: float, training: bool, rng: Any) -> Any:
    """Return x with each number set to 0 with probability p, and the others divided by 1 - p."""
    if not training or p == 0:
        return x
    if autograd.is_tracing():
        raise autograd.TraceError(
            "dropout draws new random numbers in each call, which a program cannot: use engine='eager'"
        )
    if hasattr(x, "__len__"):
        return [dropout(v, p, training, rng) for v in x]
    return x * 0.0 if p == 1 or rng.random() < p else x * (1 / (1 - p))
