"""The expected content of a player, derived from the trace alone, without the player's code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autograd import Value
from autograd.graph import names, topological_order
from autograd.operations import TABLE
from autograd.render import trace_backward
from autograd.render.content.text import equation, evaluated, number


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
        root_name = atom(self.names[-1])
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
                had = None if arrived[x] == 1 and c.before == 0 else c.before
                sum_ = equation(had, step.upstream, c.local, c.after)
                line = f"∂{root_name}/∂{atom(self.names[x])} = {sum_} {evaluated(c.rule, c.local)}"
                if self.paths[x] > 1:
                    state = "partial" if c.remaining else "complete"
                    line += f"; {state}, {arrived[x]} of {self.paths[x]} paths"
                lines.append(line)
            node = index[step.node]
            heading = f"{self.titles[node]} passes its gradient {number(step.upstream)} on"
            self.frames.append(Frame("", heading, lines, "", grads, arrived, node, inputs, None))
        for k, frame in enumerate(self.frames):
            frame.count = f"backward {k} of {len(trace)}"
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
        assert (read["slider"], read["told"]) == (len(self.steps) + 1 + k, f"{frame.count}: {frame.heading}")
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
            "data": f"{line['text'].partition(' ')[0]} {number(node.data)}",
            "grad": f"grad {frame.grads[x]}",
            "folded": f"{line['text'].partition(' ')[0]} = {number(node.data)}, grad {frame.grads[x]}",
            "paths": f"{arrived} of {paths} paths",
        }
        assert line["text"] == expected[role]
        assert role != "folded" or self.names[x].endswith(line["text"].partition(" ")[0])
        assert line["partial"] == (0 < arrived < paths and role != "data"), line
        assert line["got"] == (x in frame.inputs and role != "data"), line

    def _check_still(self, x: int, texts: dict[str, str]) -> None:
        is_sum = texts["title"].startswith(f"{self.names[x]} [sum of ")
        assert is_sum or self.titles[x] == texts["title"] or self.titles[x].endswith(f".{texts['title']}")
        assert texts["data"] == f"data {number(self.order[x].data)}"
        assert ("paths" in texts) == (self.paths[x] > 1)

    def check_forward(self, k: int, read: dict[str, Any]) -> None:
        """Check the page after k operations of the forward pass, in a picture of all nodes."""
        order = self.steps[::-1]
        done, node = set(order[:k]), self.order[order[k - 1]] if k else None
        assert (read["count"], read["slider"]) == (f"forward {k} of {len(order)}", k)
        if node is not None:
            x = self.order.index(node)
            assert read["heading"] == f"{self.titles[x]} is computed"
            assert read["lines"][0].startswith(f"{self.names[x]} = ") and read["lines"][0].endswith(
                f" = {number(node.data)}"
            )
            rules = trace_backward(node)[0].contributions  # with this node's names, where all are labelled
            assert len(read["lines"]) == 1 + len(rules)
        for box in read["panes"][0]["boxes"]:
            x = int(box["id"][1:])
            texts = {line["role"]: line["text"] for line in box["lines"]}
            is_there = not self.order[x].op or x in done
            assert texts["data"] == (f"data {number(self.order[x].data)}" if is_there else "data ·")
            assert texts["grad"] == f"grad {'·' if x == len(self.order) - 1 else self.frames[0].grads[x]}"
            assert ("active" in box["lit"]) == (self.order[x] is node)
            assert ("gives" in box["lit"]) == (node is not None and self.order[x] in node.inputs)
            assert ("next" in box["lit"]) == (k < len(order) and x == order[k])  # after the last, the root, which is lit
        shown = {(arrow["tail"], arrow["head"]) for arrow in read["panes"][0]["arrows"] if arrow["label"]}
        assert shown <= {(f"n{self.order.index(x)}", f"n{i}") for i in done for x in self.order[i].inputs}

    def check_flat(self, k: int, read: dict[str, Any]) -> None:
        """For a picture of all nodes, also check which are present and lit up, and where derivatives flow."""
        frame, (pane,) = self.frames[k], read["panes"]
        lit = {box["id"]: box["lit"] for box in pane["boxes"]}
        assert sorted(lit) == sorted(f"n{x}" for x in range(len(self.order)))
        for name, expected in (("active", [frame.node]), ("gets", frame.inputs), ("next", [frame.following])):
            assert {id for id, names in lit.items() if name in names} == {f"n{x}" for x in expected if x is not None}
        edges: list[tuple[str, ...]] = [
            (f"n{self.order.index(x)}", f"n{i}", label) for i, node in enumerate(self.order) for x, label in _labels(node)
        ]
        edges = [(*ends, "1" if label == "" and ends[1] == f"n{frame.node}" else label) for *ends, label in edges]
        assert sorted((arrow["tail"], arrow["head"], arrow["label"]) for arrow in pane["arrows"]) == sorted(edges)
        flows = [(arrow["tail"], arrow["head"]) for arrow in pane["arrows"] if arrow["flows"]]
        assert sorted(flows) == sorted((f"n{x}", f"n{frame.node}") for x in frame.inputs)


def atom(name: str) -> str:
    """A name that reads like a formula, in parentheses."""
    return f"({name})" if set(name) & set("*/+-^<>=(), ") and " #" not in name else name


def _short(x: float) -> str:
    """The number on an arrow, which has room for seven characters."""
    return next((number(x, d) for d in (4, 3, 2, 1) if len(number(x, d)) <= 7), number(x, 1))


def _labels(node: Value) -> list[tuple[Value, str]]:
    """List the inputs of a node with their local derivatives, or none where the derivative is always 1."""
    plain = {"add": 2, "sum": len(node.inputs), "sub": 1}.get(node.op, 0)
    return [(x, "" if k < plain else _short(local)) for k, (x, local) in enumerate(zip(node.inputs, node.local_grads))]
