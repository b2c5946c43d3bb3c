"""Activations by name: the functions between two linear maps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd
from autograd import Value
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
    function: Function = getattr(Value, activation, None) or getattr(autograd, activation)
    return function


def name_of(activation: Function | None) -> str | None:
    """Return the name of an activation, as `activation_named` accepts it; None for None."""
    return getattr(activation, "name", None) or getattr(activation, "__name__", None)


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
