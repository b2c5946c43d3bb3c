"""The expected content of a player, derived from the trace alone, without the player's code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autograd import Value
from autograd.graph import names, topological_order
from autograd.operations import TABLE
from autograd.render import trace_backward
from autograd.render.text import factor, number


@dataclass
class Frame:
    """The expected texts after a number of steps. Nodes are numbered in topological order."""

    count: str
    heading: str
    lines: list[str]
    next: str
    grads: list[str]
    arrived: list[int]
    node: int | None
    inputs: list[int]
    following: int | None


class Truth:
    """Records a backward pass on a separate graph: frames[k] is the expected page after k steps."""

    def __init__(self, root: Value) -> None:
        self.order = topological_order(root)
        self.names = [names(self.order)[node] for node in self.order]
        self.titles = [f"{name} [{TABLE[x.op].symbol}]" if x.op else name for x, name in zip(self.order, self.names)]
        self.paths = [sum(user.inputs.count(x) for user in self.order) for x in self.order]
        index = {node: i for i, node in enumerate(self.order)}
        root_name = self.names[-1]
        grads = [number(x.grad) if x.grad and not x.op else "·" for x in self.order]
        grads[-1], arrived = "1", [0] * len(grads)
        trace = trace_backward(root)
        self.steps = [index[step.node] for step in trace]
        starts = f"The backward pass starts at {self.titles[-1]}"
        first = [f"∂{root_name}/∂{root_name} = 1 the derivative of a number with respect to itself"]
        self.frames = [Frame("", starts, first, "", grads, arrived, None, [], None)]
        for step in trace:
            grads, arrived, lines, inputs = list(grads), list(arrived), [], []
            for c in step.contributions:
                x = index[c.input]
                grads[x] = number(c.after)
                arrived[x] += 1
                assert arrived[x] + c.remaining == self.paths[x]
                inputs.append(x)
                product = f"{factor(step.upstream)} × {factor(c.local)}"
                line = f"∂{root_name}/∂{self.names[x]} = {number(c.before)} + {product} = {number(c.after)} {c.rule}"
                if self.paths[x] > 1:
                    state = "partial" if c.remaining else "complete"
                    line += f"; {state}, {arrived[x]} of {self.paths[x]} paths"
                lines.append(line)
            node = index[step.node]
            heading = f"{self.titles[node]} passes its gradient {number(step.upstream)} on"
            self.frames.append(Frame("", heading, lines, "", grads, arrived, node, inputs, None))
        for k, frame in enumerate(self.frames):
            frame.count = f"step {k} of {len(trace)}"
            if k < len(trace):
                frame.following = self.steps[k]
                frame.next = f"Next: {self.titles[self.steps[k]]}, whose gradient {number(trace[k].upstream)} is complete."
            else:
                frame.next = "This was the last step: every gradient is complete."

    def check(self, k: int, read: dict[str, Any]) -> None:
        """Check the page after k steps: the words, and every line of every visible box."""
        frame = self.frames[k]
        assert (read["count"], read["heading"], read["next"]) == (frame.count, frame.heading, frame.next)
        assert read["lines"] == frame.lines
        assert (read["slider"], read["told"]) == (k, f"{frame.count}: {frame.heading}")
        for box in (box for pane in read["panes"] for box in pane["boxes"]):
            for line in box["lines"]:
                if line["node"] is not None:
                    self._check_line(frame, line)
            if box["kind"] in ("leaf", "operation") and box["id"].startswith("n"):
                self._check_still(int(box["id"][1:]), {line["role"]: line["text"] for line in box["lines"]})

    def _check_line(self, frame: Frame, line: dict[str, Any]) -> None:
        x, role = line["node"], line["role"]
        node, arrived, paths = self.order[x], frame.arrived[x], self.paths[x]
        expected = {
            "grad": f"grad {frame.grads[x]}",
            "folded": f"{self.names[x]} = {number(node.data)}, grad {frame.grads[x]}",
            "paths": f"{arrived} of {paths} paths",
        }
        assert line["text"] == expected[role]
        assert line["partial"] == (0 < arrived < paths), line
        assert line["got"] == (x in frame.inputs), line

    def _check_still(self, x: int, texts: dict[str, str]) -> None:
        assert texts["title"] == self.titles[x] or texts["title"].startswith(f"{self.names[x]} [sum of ")
        assert texts["data"] == f"data {number(self.order[x].data)}"
        assert ("paths" in texts) == (self.paths[x] > 1)

    def check_flat(self, k: int, read: dict[str, Any]) -> None:
        """For a picture of all nodes, also check which are present and lit up, and where derivatives flow."""
        frame, (pane,) = self.frames[k], read["panes"]
        lit = {box["id"]: box["lit"] for box in pane["boxes"]}
        assert sorted(lit) == sorted(f"n{x}" for x in range(len(self.order)))
        for name, expected in (("active", [frame.node]), ("gets", frame.inputs), ("next", [frame.following])):
            assert {id for id, names in lit.items() if name in names} == {f"n{x}" for x in expected if x is not None}
        edges = [
            (f"n{self.order.index(x)}", f"n{i}", label) for i, node in enumerate(self.order) for x, label in _labels(node)
        ]
        assert sorted((arrow["tail"], arrow["head"], arrow["label"]) for arrow in pane["arrows"]) == sorted(edges)
        flows = [(arrow["tail"], arrow["head"]) for arrow in pane["arrows"] if arrow["flows"]]
        assert sorted(flows) == sorted((f"n{x}", f"n{frame.node}") for x in frame.inputs)


def _labels(node: Value) -> list[tuple[Value, str]]:
    """List the inputs of a node with their local derivatives, or none where the derivative is always 1."""
    plain = {"add": 2, "sum": len(node.inputs), "sub": 1}.get(node.op, 0)
    return [(x, "" if k < plain else number(local)) for k, (x, local) in enumerate(zip(node.inputs, node.local_grads))]
