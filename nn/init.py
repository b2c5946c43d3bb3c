"""Initialisers: what a weight is before training. Each is a function that draws one weight.

`init(fan_in, fan_out, rng)`: fan_in inputs of the neuron, fan_out neurons of the layer, a `random.Random`. Modules take one
by name, or any such function: `MLP(2, [16, 1], init=functools.partial(nn.init.normal, std=0.1))`.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

Init = Callable[[int, int, Any], float]


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor that keeps the variance through an activation (`torch.nn.init.calculate_gain`, the same table).

    sqrt(2) for relu, because it sets half of the variance to 0; param is leaky_relu's slope, 0.01 if not given.
    """
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    gains = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2), "selu": 0.75}
    if nonlinearity not in gains:
        raise ValueError(f"no gain is known for {nonlinearity!r}: take one of {', '.join([*gains, 'leaky_relu'])}")
    return gains[nonlinearity]


def xavier_uniform(fan_in: int, fan_out: int, rng: Any = random, gain: float = 1.0) -> float:
    """Uniform with variance gain^2 * 2 / (fan_in + fan_out), a compromise of both directions (Glorot, Bengio 2010)."""
    bound = gain * math.sqrt(6 / (fan_in + fan_out))
    return float(rng.uniform(-bound, bound))


def xavier_normal(fan_in: int, fan_out: int, rng: Any = random, gain: float = 1.0) -> float:
    """Normal with variance gain^2 * 2 / (fan_in + fan_out) (Glorot, Bengio 2010)."""
    return float(rng.gauss(0.0, gain * math.sqrt(2 / (fan_in + fan_out))))


def he_uniform(fan_in: int, fan_out: int, rng: Any = random, gain: float = math.sqrt(2)) -> float:
    """Uniform with variance gain^2 / fan_in: activations keep theirs through relu (He et al. 2015)."""
    bound = gain * math.sqrt(3 / fan_in)
    return float(rng.uniform(-bound, bound))


def he_normal(fan_in: int, fan_out: int, rng: Any = random, gain: float = math.sqrt(2)) -> float:
    """Normal with variance gain^2 / fan_in (He et al. 2015)."""
    return float(rng.gauss(0.0, gain / math.sqrt(fan_in)))


def uniform(fan_in: int, fan_out: int, rng: Any = random, a: float = -1.0, b: float = 1.0) -> float:
    """Uniform between a and b, whatever the size of the layer: micrograd's."""
    return float(rng.uniform(a, b))


def normal(fan_in: int, fan_out: int, rng: Any = random, mean: float = 0.0, std: float = 1.0) -> float:
    """Normal, whatever the size of the layer."""
    return float(rng.gauss(mean, std))


def zeros(fan_in: int, fan_out: int, rng: Any = random) -> float:
    """0. All neurons of a layer then compute the same for ever: they have the same gradient."""
    return 0.0


INITS = {f.__name__: f for f in (xavier_uniform, xavier_normal, he_uniform, he_normal, uniform, normal, zeros)}


def init_named(init: str | Init | None, he: bool = False) -> Init:
    """The initialiser of that name; for None He's where `he`, else Xavier's. ValueError lists the names there are."""
    if init is None:
        return he_uniform if he else xavier_uniform
    if callable(init):
        return init
    if init not in INITS:
        raise ValueError(f"no initialiser is named {init!r}: take one of {', '.join(INITS)}, or a function")
    return INITS[init]


def generator(seed: Any) -> Any:
    """Where random numbers come from: a seed of its own, a `random.Random`, or, for None, what `random.seed` set."""
    return random.Random(seed) if isinstance(seed, int) else random if seed is None else seed
