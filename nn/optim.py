"""Optimisers: each computes an update of the parameters from their gradients. PyTorch's names, defaults and numbers.

Each is one formula, `update`, on the arrays of all parameters (w) and their gradients (g). Its state between steps consists
of arrays of the same size, which start at 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from inspect import signature
from typing import TYPE_CHECKING, Any, ClassVar

from autograd import Value, adam_step, data_of, grads_of, set_data, set_grads
from nn.arrays import np

Array = np.ndarray


class Advising:
    """The base of optimisers and schedules: the error for an argument that only PyTorch has says what to write."""

    if not TYPE_CHECKING:  # so that type checkers look at `__init__`

        def __new__(cls, *arguments, **named):
            """Raise TypeError for an argument that `__init__` lacks, if there is advice for it."""
            from nn.elsewhere import OF_OPTIMISERS

            own = signature(cls.__init__).parameters
            takes_any = any(x.kind is x.VAR_KEYWORD for x in own.values())
            for name in named:
                if name not in own and name in OF_OPTIMISERS and not takes_any:
                    raise TypeError(f"{cls.__name__} has no argument {name!r}: {OF_OPTIMISERS[name]}")
            return super().__new__(cls)


class Optimizer(Advising):
    """The base class of the optimisers. A subclass defines `update(w, g)`, and lists the names of its arrays in `memory`.

    parameters: leaf Values, such as `model.parameters()`. lr: the learning rate, an attribute that may be changed between
    steps. weight_decay: this multiple of w is added to the gradient. steps: the number of steps so far.

    >>> from autograd import Value
    >>> w = Value(3.0)
    >>> optimizer = SGD([w], lr=0.1)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> round(w.data, 12)
    2.4
    """

    memory: ClassVar[tuple[str, ...]] = ()

    def __init__(self, parameters: Iterable[Value], lr: float, weight_decay: float = 0.0) -> None:
        if isinstance(parameters, Value) or not hasattr(parameters, "__iter__") or hasattr(parameters, "parameters"):
            raise TypeError(
                f"an optimiser needs a list of Values, such as model.parameters(), got {_described(parameters)}"
            )
        self.parameters: list[Value] = list(parameters)
        for p in self.parameters:
            if not isinstance(p, Value) or p.op:
                groups = "; give each group of parameters an optimiser of its own" if isinstance(p, dict) else ""
                raise TypeError(f"an optimiser needs leaf Values, such as model.parameters(), got {_described(p)}{groups}")
        if not self.parameters:
            raise ValueError("an optimiser needs parameters: the list is empty")
        if not lr >= 0:
            raise ValueError(f"the learning rate lr must not be negative, got {lr!r}")
        if not weight_decay >= 0:
            raise ValueError(f"weight_decay must not be negative, got {weight_decay!r}")
        self.lr: float = lr
        self.weight_decay: float = weight_decay
        self.steps: int = 0
        for name in self.memory:
            setattr(self, name, np.zeros(len(self.parameters)))

    def add_param_group(self, group: Any) -> None:
        """Raise a TypeError: in place of PyTorch's groups, each group of parameters has an optimiser of its own."""
        raise TypeError("give each group of parameters an optimiser of its own, and call step() of each")

    def update(self, w: Array, g: Array) -> Array:
        """Return the parameters after a step, (n_parameters,). w: the parameters. g: their gradients."""
        raise NotImplementedError(f"{type(self).__name__} has no update: define how a step changes the parameters")

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter once.

        closure: a function that computes loss and gradients again; it is called first, and its result is returned.
        """
        loss = None if closure is None else closure()
        self.steps += 1
        self._move()
        return loss

    def _move(self) -> None:
        """Set every parameter to its number after the step."""
        w, g = np.asarray(data_of(self.parameters)), np.asarray(grads_of(self.parameters))
        with np.errstate(all="ignore"):  # inf and nan without warnings, as in autograd
            moved = self.update(w, g)
        set_data(self.parameters, np.ascontiguousarray(moved, dtype=np.float64))

    @property
    def param_groups(self) -> list[ParameterGroup]:
        """The settings as PyTorch shows them, in a list with one dict: `optimizer.param_groups[0]["lr"] = 0.01`."""
        return [ParameterGroup(self)]

    def settings(self) -> dict[str, Any]:
        """Return lr, weight_decay and the other settings by name."""
        return {k: v for k, v in vars(self).items() if k not in ("parameters", "steps", *self.memory)}

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Set the gradient of every parameter to 0. set_to_none has no effect: a Value's gradient is always a number."""
        set_grads(self.parameters, 0.0)

    def state_dict(self) -> dict[str, Any]:
        """Return a copy of the state: the steps, the learning rate and the arrays. Other settings are not included."""
        return {"steps": self.steps, "lr": self.lr, **{name: getattr(self, name).copy() for name in self.memory}}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore a state from `state_dict`. Raises ValueError if it belongs to another kind of optimiser or model."""
        own = self.state_dict()
        arrays = {name: np.array(state[name], dtype=float) for name in state if name not in ("steps", "lr")}
        shapes = {name: array.shape for name, array in arrays.items()}
        expected = {name: own[name].shape for name in self.memory}
        if shapes != expected or not {"steps", "lr"} <= state.keys():
            raise ValueError(
                f"this state belongs to another optimiser or model: {type(self).__name__} with {len(self.parameters)} "
                f"parameters expects steps, lr and {expected}, got {shapes}"
            )
        self.steps, self.lr = int(state["steps"]), float(state["lr"])
        for name, array in arrays.items():
            setattr(self, name, array)

    def __repr__(self) -> str:
        settings = [f"{k}={v!r}" for k, v in self.settings().items()]
        return f"{type(self).__name__}({len(self.parameters)} parameters, {', '.join(settings)})"


class ParameterGroup(dict[str, Any]):
    """The parameters ('params') and settings of an optimiser. Setting an entry sets the optimiser's attribute."""

    def __init__(self, optimizer: Optimizer) -> None:
        super().__init__(params=optimizer.parameters, **optimizer.settings())
        self.optimizer: Optimizer = optimizer

    def __setitem__(self, name: str, value: Any) -> None:
        if name not in self.optimizer.settings():
            raise KeyError(f"{name!r} is not a setting of {self.optimizer!r}")
        setattr(self.optimizer, name, value)
        super().__setitem__(name, value)


class SGD(Optimizer):
    """Gradient descent: w - lr * g, or with momentum w - lr * v, where v = momentum * v + g (Polyak 1964).

    nesterov: True uses g + momentum * v in place of v, the gradient a step ahead (Nesterov 1983).
    """

    memory: ClassVar[tuple[str, ...]] = ("v",)
    v: Array

    def __init__(
        self, parameters: Iterable[Value], lr: float = 1e-3, momentum: float = 0.0, weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(parameters, lr, weight_decay)
        if nesterov and momentum <= 0:
            raise ValueError(f"nesterov=True needs a momentum above 0, got {momentum!r}")
        self.momentum: float = momentum
        self.nesterov: bool = nesterov

    def update(self, w: Array, g: Array) -> Array:
        """Return the parameters after a step."""
        g = g + self.weight_decay * w
        self.v = self.momentum * self.v + g
        return w - self.lr * (g + self.momentum * self.v if self.nesterov else self.v)


class RMSprop(Optimizer):
    """Divides each gradient by the root of its running mean square (Tieleman, Hinton 2012).

    alpha: the weight of the past in the mean. momentum: as in `SGD`.
    """

    memory: ClassVar[tuple[str, ...]] = ("mean_square", "v")
    mean_square: Array
    v: Array

    def __init__(
        self, parameters: Iterable[Value], lr: float = 1e-2, alpha: float = 0.99, eps: float = 1e-8,
        weight_decay: float = 0.0, momentum: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__(parameters, lr, weight_decay)
        self.alpha: float = alpha
        self.eps: float = eps
        self.momentum: float = momentum

    def update(self, w: Array, g: Array) -> Array:
        """Return the parameters after a step."""
        g = g + self.weight_decay * w
        self.mean_square = self.alpha * self.mean_square + (1 - self.alpha) * g**2
        self.v = self.momentum * self.v + g / (np.sqrt(self.mean_square) + self.eps)
        return w - self.lr * self.v


class Adagrad(Optimizer):
    """Divides each gradient by the root of the sum of its squares so far (Duchi et al. 2011).

    lr_decay: in step t, counted from 0, the rate is lr / (1 + t * lr_decay).
    """

    memory: ClassVar[tuple[str, ...]] = ("sum_of_squares",)
    sum_of_squares: Array

    def __init__(
        self, parameters: Iterable[Value], lr: float = 1e-2, lr_decay: float = 0.0, weight_decay: float = 0.0,
        eps: float = 1e-10,
    ) -> None:  # fmt: skip
        super().__init__(parameters, lr, weight_decay)
        self.lr_decay: float = lr_decay
        self.eps: float = eps

    def update(self, w: Array, g: Array) -> Array:
        """Return the parameters after a step."""
        g = g + self.weight_decay * w
        self.sum_of_squares = self.sum_of_squares + g**2
        rate = self.lr / (1 + (self.steps - 1) * self.lr_decay)
        moved: Array = w - rate * g / (np.sqrt(self.sum_of_squares) + self.eps)
        return moved


class Adam(Optimizer):
    """Divides the running mean of g by the root of the running mean of g^2 (Kingma, Ba 2015).

    betas: the weight of the past in the two means, which are corrected for their start at 0.
    """

    memory: ClassVar[tuple[str, ...]] = ("m", "v")
    m: Array
    v: Array

    def __init__(
        self, parameters: Iterable[Value], lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__(parameters, lr, weight_decay)
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"betas must be at least 0 and below 1, got {betas!r}")
        self.betas: tuple[float, float] = betas
        self.eps: float = eps

    def _move(self) -> None:
        settings = self.lr, *self.betas, self.steps, self.eps, *self._decay()
        self.m, self.v = self.m.copy(), self.v.copy()  # a copy of this optimiser may share the arrays
        if type(self).update is not Adam.update or not adam_step(self.parameters, self.m, self.v, *settings):
            super()._move()

    def update(self, w: Array, g: Array) -> Array:
        """Return the parameters after a step."""
        beta1, beta2 = self.betas
        decay, shrink = self._decay()
        g = g + decay * w if decay else g
        self.m = beta1 * self.m + (1 - beta1) * g
        self.v = beta2 * self.v + (1 - beta2) * g**2
        correction1, correction2 = 1 / (1 - beta1**self.steps), 1 / (1 - beta2**self.steps)
        m, v = self.m * correction1, self.v * correction2
        return w * shrink - self.lr * m / (np.sqrt(v) + self.eps)

    def _decay(self) -> tuple[float, float]:
        """Return the multiple of w that is added to g, and the factor by which w is multiplied."""
        return self.weight_decay, 1.0


class AdamW(Adam):
    """Adam with weight decay applied to w, as w * (1 - lr * weight_decay), in place of g (Loshchilov, Hutter 2019)."""

    def __init__(
        self, parameters: Iterable[Value], lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:  # fmt: skip
        super().__init__(parameters, lr, betas, eps, weight_decay)

    def _decay(self) -> tuple[float, float]:
        return 0.0, 1 - self.lr * self.weight_decay


def clip_grad_norm(parameters: Iterable[Value], max_norm: float) -> float:
    """Scale all gradients by one factor so that their norm is at most max_norm; return the norm before.

    The direction of the step does not change. (`torch.nn.utils.clip_grad_norm_`, with its 1e-6 in the denominator.)

    >>> from autograd import Value
    >>> w = Value(1.0)
    >>> w.grad = 3.0
    >>> clip_grad_norm([w], max_norm=1.0), round(w.grad, 3)
    (3.0, 1.0)
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
    """Clip each gradient to [-clip_value, clip_value]; the direction of the step may change.

    (`torch.nn.utils.clip_grad_value_`.)
    """
    for p in parameters:
        p.grad = min(max(p.grad, -clip_value), clip_value)


def _described(x: Any) -> str:
    return f"the result of {x.op!r}: {x!r}" if isinstance(x, Value) and x.op else f"{type(x).__name__}: {x!r}"
