"""The modules that compile a program, in the build that runs: compiled, or plain Python."""

from typing import TYPE_CHECKING

from autograd.build import COMPILED

if COMPILED and not TYPE_CHECKING:
    from autograd.compiled import assemble, lower, passes, recorder
    from autograd.compiled.machine import Machine, adam
else:
    from autograd.program import assemble, lower, passes, recorder
    from autograd.program.numpy_machine import Machine, adam

__all__ = ["Machine", "adam", "assemble", "lower", "passes", "recorder"]
