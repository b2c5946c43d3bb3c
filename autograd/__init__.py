"""stepgrad: a scalar reverse-mode autograd engine to read, to watch step by step, and to train with."""

import os

if os.environ.get("STEPGRAD_PURE") == "1":
    from autograd._pure import use_python_sources

    use_python_sources()

from autograd import ops, value
from autograd.check import GradcheckError, gradcheck
from autograd.functional import grad, hessian, hvp, jacobian, value_and_grad
from autograd.functions import log_softmax, softmax
from autograd.modes import AnomalyError, detect_anomaly, no_grad
from autograd.ops import (
    abs,
    acos,
    asin,
    atan,
    atan2,
    clip,
    cos,
    cosh,
    elu,
    erf,
    erfc,
    exp,
    expm1,
    floor,
    gelu,
    hypot,
    leaky_relu,
    log,
    log1p,
    logsigmoid,
    maximum,
    minimum,
    relu,
    selu,
    sigmoid,
    sign,
    silu,
    sin,
    sinh,
    softplus,
    sqrt,
    tan,
    tanh,
    where,
)
from autograd.value import Value, amax, amin, dot, logsumexp, sum

COMPILED = not value.__file__.endswith(".py")  # which build runs: the compiled engine, or the same source as Python
__version__ = "0.1.0"
