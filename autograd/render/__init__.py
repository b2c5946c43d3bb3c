"""Drawings of computation graphs, and players for the backward pass through them."""

from autograd.render.content.trace import BackwardStep, BackwardTrace, Contribution, trace_backward
from autograd.render.drawing import Drawing, draw
from autograd.render.image.export import to_json, to_mermaid, to_tikz
from autograd.render.layout.dot import draw_dot, to_dot
from autograd.render.layout.engines import EngineError, engines
from autograd.render.pages.movie import TrainingMovie
from autograd.render.pages.player import BackwardPlayer, show_backward
from autograd.render.pages.widget import LivePlayer, interact

__all__ = [
    "BackwardPlayer",
    "BackwardStep",
    "BackwardTrace",
    "Contribution",
    "Drawing",
    "EngineError",
    "LivePlayer",
    "TrainingMovie",
    "draw",
    "draw_dot",
    "engines",
    "interact",
    "show_backward",
    "to_dot",
    "to_json",
    "to_mermaid",
    "to_tikz",
    "trace_backward",
]  # fmt: skip
