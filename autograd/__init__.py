"""stepgrad: a scalar reverse-mode autograd engine to read, to watch step by step, and to train with.

`Value` records a computation, `Value.backward()` applies the chain rule to it, and every row of the table of operations
(`autograd.ops.TABLE`) is a function here: `autograd.tanh(x)`.
"""

from typing import TYPE_CHECKING

from autograd._pure import choose_build

choose_build()

from autograd import value as _value
from autograd.check import GradcheckError as GradcheckError
from autograd.check import gradcheck as gradcheck
from autograd.flat import data_of as data_of
from autograd.flat import grads_of as grads_of
from autograd.flat import set_data as set_data
from autograd.flat import set_grads as set_grads
from autograd.functional import grad as grad
from autograd.functional import hessian as hessian
from autograd.functional import hvp as hvp
from autograd.functional import jacobian as jacobian
from autograd.functional import value_and_grad as value_and_grad
from autograd.functions import log_softmax as log_softmax
from autograd.functions import softmax as softmax
from autograd.memory import Scope as Scope
from autograd.modes import AnomalyError as AnomalyError
from autograd.modes import LostGradientError as LostGradientError
from autograd.modes import TraceError as TraceError
from autograd.modes import detect_anomaly as detect_anomaly
from autograd.modes import is_detecting_anomaly as is_detecting_anomaly
from autograd.modes import is_tracing as is_tracing
from autograd.modes import no_grad as no_grad
from autograd.modes import tell as tell
from autograd.modes import tracing as tracing
from autograd.ops import TABLE, Variadic, check_build
from autograd.program import compile as compile
from autograd.value import Value as Value
from autograd.value import amax as amax
from autograd.value import amin as amin
from autograd.value import dot as dot
from autograd.value import logsumexp as logsumexp
from autograd.value import sum as sum

check_build(_value.NAMES)
if TYPE_CHECKING:
    from autograd.ops import *  # type: ignore[assignment]  # noqa: F403  sum, dot... are called through value.py
else:  # every row of the table is a function of this package, whatever rows there are
    globals().update({name: row for name, row in TABLE.items() if not isinstance(row, Variadic)})

scope = Scope  # a context manager, named as `no_grad` is
COMPILED = not _value.__file__.endswith(".py")  # which build runs: the compiled engine, or the same source as Python
__version__ = "0.1.0"
