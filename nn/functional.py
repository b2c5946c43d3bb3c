"""Activations, losses and dropout as functions, as in `torch.nn.functional`: `import nn.functional as F`.

The activations accept whatever modules return: a number, an example, or a batch, as nested lists.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import autograd
from autograd import dot
from nn.activations import check_dim
from nn.activations import dropout as _dropout
from nn.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    hinge_loss,
    huber_loss,
    l1_loss,
    mse_loss,
    nll_loss,
    smooth_l1_loss,
)

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "dropout",
    "elu",
    "gelu",
    "hinge_loss",
    "huber_loss",
    "l1_loss",
    "leaky_relu",
    "linear",
    "log_softmax",
    "logsigmoid",
    "mse_loss",
    "nll_loss",
    "relu",
    "selu",
    "sigmoid",
    "silu",
    "smooth_l1_loss",
    "softmax",
    "softplus",
    "tanh",
]


def _each(function: Callable[..., Any], x: Any, *settings: Any) -> Any:
    """Apply a function to each number in nested lists."""
    return [_each(function, v, *settings) for v in x] if hasattr(x, "__len__") else function(x, *settings)


def _examples(function: Callable[..., Any], x: Any, dim: int | None) -> Any:
    """Apply a function to an example, or to each example of a batch."""
    check_dim(function.__name__, dim)
    return [_examples(function, v, dim) for v in x] if hasattr(x[0], "__len__") else function(x)


def relu(x: Any, inplace: bool = False) -> Any:
    """Return `autograd.relu` of each number.

    >>> relu([[-1.0, 2.0]])
    [[0.0, 2.0]]
    """
    return _each(autograd.relu, x)


def leaky_relu(x: Any, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    """Return `autograd.leaky_relu` of each number."""
    return _each(autograd.leaky_relu, x, negative_slope)


def elu(x: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """Return `autograd.elu` of each number."""
    return _each(autograd.elu, x, alpha)


def selu(x: Any, inplace: bool = False) -> Any:
    """Return `autograd.selu` of each number."""
    return _each(autograd.selu, x)


def gelu(x: Any) -> Any:
    """Return `autograd.gelu` of each number."""
    return _each(autograd.gelu, x)


def silu(x: Any, inplace: bool = False) -> Any:
    """Return `autograd.silu` of each number."""
    return _each(autograd.silu, x)


def softplus(x: Any) -> Any:
    """Return `autograd.softplus` of each number."""
    return _each(autograd.softplus, x)


def sigmoid(x: Any) -> Any:
    """Return `autograd.sigmoid` of each number."""
    return _each(autograd.sigmoid, x)


def logsigmoid(x: Any) -> Any:
    """Return `autograd.logsigmoid` of each number."""
    return _each(autograd.logsigmoid, x)


def tanh(x: Any) -> Any:
    """Return `autograd.tanh` of each number."""
    return _each(autograd.tanh, x)


def softmax(x: Any, dim: int | None = None) -> Any:
    """Return `autograd.softmax` of each example. dim: 1, -1 or None, which are the same here.

    >>> softmax([[0.0, 0.0]], dim=1)
    [[0.5, 0.5]]
    """
    return _examples(autograd.softmax, x, dim)


def log_softmax(x: Any, dim: int | None = None) -> Any:
    """Return `autograd.log_softmax` of each example. dim: as in `softmax`."""
    return _examples(autograd.log_softmax, x, dim)


def dropout(x: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Return x with each number set to 0 with probability p, and the others divided by 1 - p, as by `nn.Dropout`."""
    return _dropout(x, p, training, random)


def linear(x: Any, weight: Sequence[Sequence[Any]], bias: Sequence[Any] | None = None) -> Any:
    """Return weight @ x + bias, for an example, (n_inputs,), or each of a batch. weight: (n_outputs, n_inputs).

    >>> linear([1.0, 2.0], [[3.0, 4.0]], [0.5])
    [11.5]
    """
    if hasattr(x[0], "__len__"):
        return [linear(v, weight, bias) for v in x]
    return [dot(w, x) + b for w, b in zip(weight, [0.0] * len(weight) if bias is None else bias)]
