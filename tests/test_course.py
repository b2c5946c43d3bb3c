"""`notebooks/course.py`: the exercises, done right, done wrong on purpose, and not done."""

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograd.render import trace_backward
from notebooks import course, run

# 02b: the variable that says whether an answer was right, and the answers
STEPS = {
    "02b.1": ("recorded", "Value, add, mul"),
    "02b.2": ("ordered", "Value, topological_order"),
    "02b.3": ("chained", "Value, backward"),
    "02b.4": ("operations", "Value, sub, div, power, exp, tanh"),
    "02b.5": ("networked", "Value, Neuron, Network"),
}
WRONG = [
    ("02b.1", "(1.0, 1.0)", "(a.data, b.data)", "the local derivatives of add at 2 and -3 are (2.0, -3.0)"),
    ("02b.1", "(b.data, a.data)", "(a.data, b.data)", "the right numbers in the wrong order"),
    ("02b.1", "a.data * b.data", "a.data + b.data", "mul of 2 and -3 has data -1.0; it should be -6"),
    ("02b.1", "(a, b), (1.0", "(a.data, b.data), (1.0", "should remember the two Values"),
    ("02b.1", 'return Value(a.data + b.data, (a, b), (1.0, 1.0), "add")', "return a.data + b.data", "should return a new Value"),
    ("02b.2", "reversed(node.inputs)", "node.inputs", "visit the last input first"),
    ("02b.2", "order.append(node)", "order.append(root)", "a should be in it once, and is in it 0 times"),
    ("02b.2", "order.append(node)", "order.insert(0, node)", "b comes before a, which it was computed from"),
    ("02b.2", "seen.add(node)", "pass", "should be in it once, and is in it"),
    ("02b.2", "return order", "pass", "should return a list"),
    ("02b.3", "+= local * node.grad", "= local * node.grad", "only one path counts"),
    ("02b.3", "+= local * node.grad", "+= local", "that is only the local derivative"),
    ("02b.3", "+= local * node.grad", "+= local + node.grad", "They multiply"),
    ("02b.3", "in reversed(order)", "in order", "nothing arrives"),
    ("02b.3", "root.grad += 1.0", "pass", "nothing arrives"),
    ("02b.3", "if node.inputs:", "if not node.inputs:", "after a second backward|the gradient of x is"),
    ("02b.4", "(1.0, -1.0)", "(1.0, 1.0)", "if b grows, a - b falls"),
    ("02b.4", "-q / b.data)", "q / b.data)", "falls (for positive numbers): the sign"),
    ("02b.4", "(1 / b.data, -q / b.data)", "(1 / b.data, a.data)", "a / b is not a product"),
    ("02b.4", "n * a.data ** (n - 1)", "n * a.data**n", "the exponent goes down by 1"),
    ("02b.4", "n * a.data ** (n - 1)", "n * a.data", "that is n * a;"),
    ("02b.4", "n * a.data ** (n - 1)", "a.data ** (n - 1)", "the n comes to the front"),
    ("02b.4", "(y,), \"exp\"", "(1.0,), \"exp\"", "exp is its own derivative"),
    ("02b.4", "(y,), \"exp\"", "(a.data,), \"exp\"", "that is a itself"),
    ("02b.4", "(y,), \"exp\"", "(a.data * math.exp(a.data - 1),), \"exp\"", "it is the exponent that moves"),
    ("02b.4", "(y,), \"exp\"", "y, \"exp\"", "with TypeError"),
    ("02b.4", "1 - t * t", "1 - a.data * a.data", "the rule is 1 - t**2 with the result t"),
    ("02b.4", "1 - t * t", "t * (1 - t)", "the rule of the sigmoid"),
    ("02b.4", "1 - t * t", "1 - t", "the t is squared"),
    ("02b.4", "1 - t * t", "0.5", "measured: 0.915137"),
    ("02b.5", "total = self.b", "total = Value(0.0)", "the bias is missing"),
    ("02b.5", "return tanh(total)", "return total", "does not go through tanh"),
    ("02b.5", "w * x", "w + x", "it should be tanh"),
    ("02b.5", "for p in (*neuron.w, neuron.b)", "for p in neuron.w", "lacks the biases"),
    ("02b.5", "[neuron(xs) for neuron in layer]", "[neuron(xs) for neuron in layer[:1]] * len(layer)", "is not that of the last layer"),
    ("02b.5", "return xs[0]", "return xs", "not a list"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(run.FOLDER)


def engine(step: str, old: str = "", new: str = "") -> dict[str, Any]:
    """Return what notebook 02b defines down to the solution of a step, in which `old` is replaced by `new`."""
    (path,) = (path for path in run.notebooks() if run.number(path) == "02b")
    cells = run.code_cells(nbformat.read(path, as_version=4))
    until = next(k for k, cell in enumerate(cells) if cell["source"].startswith(f"# Solution\nif not {STEPS[step][0]}:"))
    names: dict[str, Any] = {}
    for cell in cells[:until]:
        exec(cell["source"], names)
    solution, _, _ = cells[until]["source"].partition("    assert check")
    assert old in solution
    exec(solution.replace(old, new, 1) if old else solution, names)
    return names


def answer(step: str, names: dict[str, Any]) -> bool:
    return bool(eval(f"check({step!r}, {STEPS[step][1]})", names))


@pytest.mark.parametrize("step", STEPS)
def test_a_right_answer_is_right(step: str, capsys: pytest.CaptureFixture[str]) -> None:
    names = engine(step)
    capsys.readouterr()
    assert answer(step, names)
    assert capsys.readouterr().out == f"{step}: right\n"


@pytest.mark.parametrize(("step", "old", "new", "said"), WRONG)
def test_a_wrong_answer_is_named(step: str, old: str, new: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    names = engine(step, old, new)
    capsys.readouterr()
    assert not answer(step, names)
    out = capsys.readouterr().out
    assert out.startswith(f"{step}, not yet: ")
    assert any(part in out for part in said.split("|")), out


@pytest.mark.parametrize("step", STEPS)
def test_a_starter_has_a_gap_and_says_so(step: str, capsys: pytest.CaptureFixture[str]) -> None:
    (path,) = (path for path in run.notebooks() if run.number(path) == "02b")
    cells = run.code_cells(nbformat.read(path, as_version=4))
    (at,) = (k for k, cell in enumerate(cells) if cell["source"].startswith(f"{STEPS[step][0]} = check("))
    assert run.outputs(cells[at]) == [("stdout", f"{step} is not done yet: there is a gap to fill in, `...`\n")]


def test_every_exercise_is_done_wrongly_at_least_twice() -> None:
    for step in STEPS:
        assert len([row for row in WRONG if row[0] == step]) >= 2


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        ([[1.0, 2.0], [3.0, 4.0]], "02b.6: right"),
        (
            [[1.0, 2.0], [3.0, 4.000000000000001]],
            "1 of 2 graphs differ; .* in graph 1 you have 4.0.*only the rounding differs",
        ),
        ([[1.0, 2.5], [3.0, 4.0]], "in graph 0 you have 2.0, the library 2.5: a rule is wrong"),
    ],
)
def test_engines_are_compared_to_the_last_bit(theirs: Any, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert course.check("02b.6", [[1.0, 2.0], [3.0, 4.0]], theirs) is said.endswith("right")
    out = capsys.readouterr().out
    assert all(re.search(part, out) for part in said.split(".*"))


def test_an_exercise_that_does_not_exist_is_named() -> None:
    with pytest.raises(ValueError, match=r"no exercise '99\.1'; there are 02b\.1, 02b\.2"):
        course.check("99.1", 1)


def test_a_home_made_graph_becomes_one_of_the_library() -> None:
    names = engine("02b.4")
    x = names["Value"](0.7)
    x.label = "x"
    y = names["add"](names["mul"](names["power"](x, 3), 2.0), names["tanh"](x))
    names["backward"](y)
    trace = trace_backward(course.as_library(y))
    leaf = next(v for v in trace.paths if v.label == "x")
    assert leaf.grad == x.grad
    assert trace.root.data == y.data
    assert {step.op for step in trace} == {"add", "mul", "pow", "tanh"}
    assert course.as_library(x).data == 0.7


def test_the_checks_are_those_of_the_notebooks() -> None:
    used = set()
    for path in run.notebooks():
        for cell in run.code_cells(nbformat.read(Path(path), as_version=4)):
            used |= set(re.findall(r'check\(\s*"(\w+\.\d+)"', cell["source"]))
    assert used == set(course.CHECKS)
