"""Pictures of computation graphs, and of the backward pass through them."""

from autograd.render.dot import draw_dot
from autograd.render.trace import BackwardStep, Contribution, trace_backward

__all__ = ["BackwardStep", "Contribution", "draw_dot", "trace_backward"]
