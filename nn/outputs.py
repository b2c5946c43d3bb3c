"""`Outputs`: the outputs of a model for many examples, by a program if it can be compiled."""

from __future__ import annotations

from typing import Any

import autograd
from autograd import Value, is_detecting_anomaly, no_grad, tracing
from nn.arrays import np
from nn.module import Module, flatten, forward

FEWEST = 32  # examples; with fewer, recording takes less time than compiling


class Outputs:
    """A function of a list of examples that returns a model's outputs in evaluation mode, without recording a graph.

    by_program: True runs the model as a program, which is compiled at the first call with `FEWEST` examples or more. If
    that is impossible (Python's control flow depends on an input, say), or if the program and the model differ on the last
    example, the model itself computes all examples. Its arithmetic is that of a loop written by hand.
    The outputs are (n_examples,) if the model has one output, else (n_examples, n_outputs).
    """

    def __init__(self, model: Module, by_program: bool) -> None:
        self.model: Module = model
        self.by_program: bool = by_program
        self.programs: dict[tuple[int, ...], Any] = {}  # by the shape of an example

    def __call__(self, examples: list[Any]) -> np.ndarray:
        """Return the outputs of these examples."""
        was_training = self.model.training
        self.model.eval()
        try:
            if self.by_program and len(examples) >= FEWEST and not is_detecting_anomaly():
                try:
                    return self._run(np.asarray(examples, dtype=np.float64))
                except Exception:  # the model's own code, with Values in place of numbers, may raise anything
                    self.by_program = False
            with no_grad():
                return np.array([plain(output) for output in forward(self.model, examples)])
        finally:
            self.model.train(was_training)

    def _run(self, table: np.ndarray) -> np.ndarray:
        """Run the program. Raises an exception if there is none, or if it is not what the model computes."""
        rows = table.reshape(len(table), -1)
        with no_grad():
            expected = plain(forward(self.model, [table[-1].tolist()])[0])
        if any(module.buffers for module in self.model.modules()):  # they are constants in a program
            self.programs.clear()
        for _ in range(2):
            if table.shape[1:] not in self.programs:
                self.programs[table.shape[1:]] = self._compiled(table[0])
            outputs: np.ndarray = self.programs[table.shape[1:]](rows)
            if np.allclose(outputs[-1], expected, rtol=1e-9, atol=1e-12, equal_nan=True):
                return outputs if hasattr(expected, "__len__") else outputs[:, 0]
            self.programs.clear()  # the model has changed, or computes something different each time
        raise ValueError("the program computes something else than the model")

    def _compiled(self, example: np.ndarray) -> Any:
        """Trace the model on an example and compile its outputs."""
        inputs = [Value(x) for x in example.ravel().tolist()]
        leaves = np.empty(len(inputs), dtype=object)
        leaves[:] = inputs
        parameters = list(dict.fromkeys(flatten([tensor for _, tensor in self.model.tensors()], [])))
        with tracing(inputs, parameters):
            output = forward(self.model, [leaves.reshape(example.shape).tolist()])[0]
        outputs = [x if isinstance(x, Value) else Value(x) for x in flatten(output, [])]
        return autograd.compile(outputs, inputs, parameters, strict=False)


def plain(output: Any) -> Any:
    """Return one output of a model as a float or a list of floats."""
    return [float(v) for v in output] if hasattr(output, "__len__") else float(output)
