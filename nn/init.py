"""Initialisers: each draws the initial value of one weight.

`init(fan_in, fan_out, rng)`: fan_in is the number of inputs of the neuron, fan_out the number of neurons in the layer, rng
a `random.Random`. Modules accept the name of an initialiser, or any function with these arguments:
`MLP(2, [16, 1], init=functools.partial(nn.init.normal, std=0.1))`.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

Init = Callable[[int, int, Any], float]


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """Return the factor that preserves the variance through an activation (`torch.nn.init.calculate_gain`, same table).

    nonlinearity: 'linear', 'sigmoid', 'tanh', 'relu', 'leaky_relu' or 'selu'; ValueError for any other. param: the negative
    slope of leaky_relu, 0.01 by default. For relu it is sqrt(2), because relu sets half of the variance to 0.

    >>> calculate_gain("tanh")
    1.6666666666666667
    """
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    gains = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2), "selu": 0.75}
    if nonlinearity not in gains:
        raise ValueError(f"no gain is known for {nonlinearity!r}: use one of {', '.join([*gains, 'leaky_relu'])}")
    return gains[nonlinearity]


def xavier_uniform(fan_in: int, fan_out: int, rng: Any = random, gain: float = 1.0) -> float:
    """Draw from a uniform distribution with variance gain^2 * 2 / (fan_in + fan_out) (Glorot, Bengio 2010).

    The variance is a compromise: fan_in alone would preserve activations, fan_out alone gradients.
    """
    bound = gain * math.sqrt(6 / (fan_in + fan_out))
    return float(rng.uniform(-bound, bound))


def xavier_normal(fan_in: int, fan_out: int, rng: Any = random, gain: float = 1.0) -> float:
    """Draw from a normal distribution with variance gain^2 * 2 / (fan_in + fan_out) (Glorot, Bengio 2010)."""
    return float(rng.gauss(0.0, gain * math.sqrt(2 / (fan_in + fan_out))))


def he_uniform(fan_in: int, fan_out: int, rng: Any = random, gain: float = math.sqrt(2)) -> float:
    """Draw from a uniform distribution with variance gain^2 / fan_in, which relu preserves (He et al. 2015)."""
    bound = gain * math.sqrt(3 / fan_in)
    return float(rng.uniform(-bound, bound))


def he_normal(fan_in: int, fan_out: int, rng: Any = random, gain: float = math.sqrt(2)) -> float:
    """Draw from a normal distribution with variance gain^2 / fan_in (He et al. 2015)."""
    return float(rng.gauss(0.0, gain / math.sqrt(fan_in)))


def uniform(fan_in: int, fan_out: int, rng: Any = random, a: float = -1.0, b: float = 1.0) -> float:
    """Draw from a uniform distribution between a and b, regardless of the layer's size, as micrograd does."""
    return float(rng.uniform(a, b))


def normal(fan_in: int, fan_out: int, rng: Any = random, mean: float = 0.0, std: float = 1.0) -> float:
    """Draw from a normal distribution, regardless of the layer's size."""
    return float(rng.gauss(mean, std))


def zeros(fan_in: int, fan_out: int, rng: Any = random) -> float:
    """Return 0. With equal weights, all neurons of a layer have the same gradient and stay equal forever."""
    return 0.0


INITS: dict[str, Init] = {
    f.__name__: f for f in (xavier_uniform, xavier_normal, he_uniform, he_normal, uniform, normal, zeros)
}


def init_named(init: str | Init | None, he: bool = False) -> Init:
    """Return the initialiser of that name; return a function unchanged. For None it is He's if `he` is True, else Xavier's.

    Raises ValueError with the known names if there is none of that name.
    """
    if init is None:
        return he_uniform if he else xavier_uniform
    if callable(init):
        return init
    if init not in INITS:
        raise ValueError(f"no initialiser is named {init!r}: use one of {', '.join(INITS)}, or a function")
    return INITS[init]


def generator(seed: int | random.Random | None) -> Any:
    """Return a new generator for an int, a `random.Random` unchanged, and for None Python's global generator."""
    return random.Random(seed) if isinstance(seed, int) else random if seed is None else seed
