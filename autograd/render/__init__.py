"""Drawings of computation graphs, and players for the backward pass through them."""

from autograd.render.dot import draw_dot, to_dot
from autograd.render.drawing import Drawing, draw
from autograd.render.engines import EngineError, engines
from autograd.render.export import to_json, to_mermaid, to_tikz
from autograd.render.movie import TrainingMovie
from autograd.render.player import BackwardPlayer, show_backward
from autograd.render.trace import BackwardStep, BackwardTrace, Contribution, trace_backward

__all__ = [
    "BackwardPlayer",
    "BackwardStep",
    "BackwardTrace",
    "Contribution",
    "Drawing",
    "EngineError",
    "TrainingMovie",
    "draw",
    "draw_dot",
    "engines",
    "show_backward",
    "to_dot",
    "to_json",
    "to_mermaid",
    "to_tikz",
    "trace_backward",
]  # fmt: skip
