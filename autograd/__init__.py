"""stepgrad: a scalar reverse-mode autograd engine to read, to watch step by step, and to train with.

`Value` records a computation, `Value.backward()` applies the chain rule to it, and every row of the table of operations
(`autograd.operations.TABLE`) is a function here: `autograd.tanh(x)`.
"""

import sys
from typing import TYPE_CHECKING

from autograd.build import BUILD, COMPILED
from autograd.check import GradcheckError, gradcheck
from autograd.composed import log_softmax, mean, prod, softmax
from autograd.define import define, function_named
from autograd.derivatives import grad, hessian, hvp, jacobian, value_and_grad
from autograd.engine import Value, data_of, grads_of, set_data, set_grads
from autograd.modes import AnomalyError, detect_anomaly, is_detecting_anomaly, no_grad
from autograd.operations import TABLE
from autograd.program import adam_step
from autograd.program import compile as compile
from autograd.scope import Scope
from autograd.tracing import LostGradientError, TraceError, is_tracing, on_run, tracing

scope = Scope  # a context manager, named like `no_grad`
__version__ = "0.1.0"

if TYPE_CHECKING:
    from autograd import functions as _functions
    from autograd.functions import *  # noqa: F403  for type checkers: all rows
    from autograd.functions import abs as abs
    from autograd.functions import pow as pow
    from autograd.functions import sum as sum
else:  # every row of the table becomes a function of this package
    from autograd.engine import functions as _functions

    globals().update({name: function_named(name) for name in TABLE})

__all__ = [  # without abs, pow, sum and compile, so that `from autograd import *` shadows no builtin
    "BUILD",
    "COMPILED",
    "AnomalyError",
    "GradcheckError",
    "LostGradientError",
    "Scope",
    "TraceError",
    "Value",
    "adam_step",
    "data_of",
    "define",
    "detect_anomaly",
    "grad",
    "gradcheck",
    "grads_of",
    "hessian",
    "hvp",
    "is_detecting_anomaly",
    "is_tracing",
    "jacobian",
    "log_softmax",
    "mean",
    "no_grad",
    "on_run",
    "prod",
    "scope",
    "set_data",
    "set_grads",
    "softmax",
    "tracing",
    "value_and_grad",
]
__all__ += _functions.__all__  # type: ignore[has-type]  # mypy meets it before the module's own

if not TYPE_CHECKING:  # so that type checkers report unknown names themselves

    def __getattr__(name):
        """Raise an AttributeError that says what to use in place of a name from another library."""
        from autograd.elsewhere import ADVICE  # imported only here, so that importing the package takes no longer

        advice = f": {ADVICE[name]}" if name in ADVICE else ""
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}{advice}", name=name, obj=sys.modules[__name__])
