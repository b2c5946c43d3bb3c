"""`Module`: something with parameters."""

from __future__ import annotations

from autograd import Value


class Module:
    """The base of everything that is trained. A subclass says what its parameters are."""

    def parameters(self) -> list[Value]:
        """The Values that training adjusts, in a fixed order."""
        return []

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0. `backward` adds to it, so call this before each step."""
        for p in self.parameters():
            p.grad = 0.0
