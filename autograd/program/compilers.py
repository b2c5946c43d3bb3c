"""The modules that compile a program, in the build that runs: compiled, or plain Python."""

from typing import TYPE_CHECKING

from autograd.build import COMPILED

if COMPILED and not TYPE_CHECKING:
    from autograd.compiled import assemble, lower, passes, recorder
    from autograd.compiled.machine import Machine
else:
    from autograd.program import assemble, lower, passes, recorder
    from autograd.program.numpy_machine import Machine

__all__ = ["Machine", "assemble", "lower", "passes", "recorder"]
