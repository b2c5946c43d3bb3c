"""Optimisers: how the gradients become an update. PyTorch's names, defaults and numbers.

Each is one formula, `update`, on arrays of all parameters (w) and their gradients (g) at once. What it remembers between
steps are arrays too, all 0 at the start.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

from autograd import Value, data_of, grads_of, set_data, set_grads

Array = np.ndarray


class Optimizer:
    """The base of the optimisers. Subclasses define `update(w, g)` and name their arrays in `memory`.

    parameters: Values, as from `model.parameters()`. lr: the learning rate, an attribute to read and to set.
    """

    memory: ClassVar[tuple[str, ...]] = ()

    def __init__(self, parameters: Iterable[Value], lr: float, weight_decay: float = 0.0) -> None:
        self.parameters = list(parameters)
        for p in self.parameters:
            if not isinstance(p, Value) or p.op:
                raise TypeError(f"an optimiser takes Values that nothing computed, as from model.parameters(), got {p!r}")
        if not self.parameters:
            raise ValueError("an optimiser needs parameters: the list is empty")
        if not lr >= 0:
            raise ValueError(f"the learning rate lr must not be negative, got {lr!r}")
        if not weight_decay >= 0:
            raise ValueError(f"weight_decay must not be negative, got {weight_decay!r}")
        self.lr, self.weight_decay = lr, weight_decay
        self.steps = 0
        for name in self.memory:
            setattr(self, name, np.zeros(len(self.parameters)))

    def update(self, w: Array, g: Array) -> Array:
        """The parameters after a step. w, g: (n_parameters,)."""
        raise NotImplementedError(f"{type(self).__name__} has no update: define what a step does")

    def step(self) -> None:
        """Move every parameter once."""
        w, g = np.asarray(data_of(self.parameters)), np.asarray(grads_of(self.parameters))
        self.steps += 1
        with np.errstate(all="ignore"):  # infinite and nan as in every other computation here, without warnings
            moved = self.update(w, g)
        set_data(self.parameters, np.ascontiguousarray(moved, dtype=np.float64))

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        set_grads(self.parameters, np.zeros(len(self.parameters)))

    def state_dict(self) -> dict[str, Any]:
        """A copy of what it remembers, and of the rate; not of its other settings."""
        return {"steps": self.steps, "lr": self.lr, **{name: getattr(self, name).copy() for name in self.memory}}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over what `state_dict` gave. ValueError if it is of another kind of optimiser or another model."""
        own = self.state_dict()
        arrays = {name: np.array(state[name], dtype=float) for name in state if name not in ("steps", "lr")}
        shapes = {name: array.shape for name, array in arrays.items()}
        expected = {name: own[name].shape for name in self.memory}
        if shapes != expected or not {"steps", "lr"} <= state.keys():
            raise ValueError(f"{type(self).__name__} expects steps, lr and {expected}, got {shapes}")
        self.steps, self.lr = int(state["steps"]), float(state["lr"])
        for name, array in arrays.items():
            setattr(self, name, array)

    def __repr__(self) -> str:
        settings = [f"{k}={v!r}" for k, v in vars(self).items() if k not in ("parameters", "steps", *self.memory)]
        return f"{type(self).__name__}({len(self.parameters)} parameters, {', '.join(settings)})"


class SGD(Optimizer):
    """w - lr * g; with momentum w - lr * v, where v = momentum * v + g (Polyak 1964); nesterov looks ahead (1983).

    weight_decay adds weight_decay * w to g.
    """

    memory = ("v",)
    v: Array

    def __init__(
        self, parameters: Iterable[Value], lr: float = 1e-3, momentum: float = 0.0, weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(parameters, lr, weight_decay)
        if nesterov and momentum <= 0:
            raise ValueError("nesterov needs a momentum above 0")
        self.momentum, self.nesterov = momentum, nesterov

    def update(self, w: Array, g: Array) -> Array:
        g = g + self.weight_decay * w
        self.v = self.momentum * self.v + g
        return w - self.lr * (g + self.momentum * self.v if self.nesterov else self.v)


class RMSprop(Optimizer):
    """Each gradient divided by the root of its running mean square (Tieleman, Hinton 2012)."""

    memory = ("mean_square", "v")
    mean_square: Array
    v: Array

    def __init__(
        self, parameters: Iterable[Value], lr: float = 1e-2, alpha: float = 0.99, eps: float = 1e-8,
        weight_decay: float = 0.0, momentum: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__(parameters, lr, weight_decay)
        self.alpha, self.eps, self.momentum = alpha, eps, momentum

    def update(self, w: Array, g: Array) -> Array:
        g = g + self.weight_decay * w
        self.mean_square = self.alpha * self.mean_square + (1 - self.alpha) * g**2
        self.v = self.momentum * self.v + g / (np.sqrt(self.mean_square) + self.eps)
        return w - self.lr * self.v


class Adagrad(Optimizer):
    """Each gradient divided by the root of the sum of all its squares so far (Duchi et al. 2011)."""

    memory = ("sum_of_squares",)
    sum_of_squares: Array

    def __init__(
        self, parameters: Iterable[Value], lr: float = 1e-2, lr_decay: float = 0.0, weight_decay: float = 0.0,
        eps: float = 1e-10,
    ) -> None:  # fmt: skip
        super().__init__(parameters, lr, weight_decay)
        self.lr_decay, self.eps = lr_decay, eps

    def update(self, w: Array, g: Array) -> Array:
        g = g + self.weight_decay * w
        self.sum_of_squares = self.sum_of_squares + g**2
        rate = self.lr / (1 + (self.steps - 1) * self.lr_decay)
        moved: Array = w - rate * g / (np.sqrt(self.sum_of_squares) + self.eps)
        return moved


class Adam(Optimizer):
    """Running mean of g over root of running mean of g^2, both corrected for starting at 0 (Kingma, Ba 2015)."""

    memory = ("m", "v")
    m: Array
    v: Array

    def __init__(
        self, parameters: Iterable[Value], lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__(parameters, lr, weight_decay)
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"betas must be at least 0 and below 1, got {betas!r}")
        self.betas, self.eps = betas, eps

    def update(self, w: Array, g: Array) -> Array:
        return self.moved(w, g + self.weight_decay * w)

    def moved(self, w: Array, g: Array) -> Array:
        """The parameters after a step along g."""
        beta1, beta2 = self.betas
        self.m = beta1 * self.m + (1 - beta1) * g
        self.v = beta2 * self.v + (1 - beta2) * g**2
        m, v = self.m / (1 - beta1**self.steps), self.v / (1 - beta2**self.steps)
        return w - self.lr * m / (np.sqrt(v) + self.eps)


class AdamW(Adam):
    """Adam whose weight decay shrinks w itself, w * (1 - lr * weight_decay), not g (Loshchilov, Hutter 2019)."""

    def __init__(
        self, parameters: Iterable[Value], lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:  # fmt: skip
        super().__init__(parameters, lr, betas, eps, weight_decay)

    def update(self, w: Array, g: Array) -> Array:
        return self.moved(w * (1 - self.lr * self.weight_decay), g)


def clip_grad_norm(parameters: Iterable[Value], max_norm: float) -> float:
    """Scale all gradients by one factor so that their norm is at most max_norm; returns the norm before.

    (`torch.nn.utils.clip_grad_norm_`, with its 1e-6 in the denominator.) The direction stays.
    """
    parameters = list(parameters)
    g = np.asarray(grads_of(parameters))
    with np.errstate(all="ignore"):
        norm = float(np.sqrt(np.sum(g * g)))
        factor = max_norm / (norm + 1e-6)
    if factor < 1:
        set_grads(parameters, g * factor)
    return norm


def clip_grad_value(parameters: Iterable[Value], clip_value: float) -> None:
    """Cut each gradient to [-clip_value, clip_value] (`torch.nn.utils.clip_grad_value_`). The direction may change."""
    for p in parameters:
        p.grad = min(max(p.grad, -clip_value), clip_value)
