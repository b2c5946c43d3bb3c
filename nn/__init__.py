"""Neural networks on `autograd`: parameters in modules, a few lines each."""

from nn.layers import MLP, Layer, Neuron
from nn.module import Module

__all__ = ["MLP", "Layer", "Module", "Neuron"]
