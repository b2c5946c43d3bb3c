"""The command `explain`: expressions compared with Python's arithmetic, errors and their positions, the whole program."""

import io
import math
import os
import re
import resource
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autograd import Value
from autograd.__main__ import main
from autograd.graph import topological_order
from autograd.operations import TABLE, Variadic
from autograd.render.explain import Slopes, check_table, forward_table, slopes, verdict
from autograd.render.expression import LONGEST, parse
from autograd.render.messages import ELSEWHERE, ExpressionError
from tests import oracle

REPOSITORY = Path(__file__).parents[1]
AT = {"w": 0.5, "x": 2.0, "b": 0.1, "é": -1.5, "λ2": 0.25}

ACCEPTED = [
    "x", "-x", "--x", "- - -x", "(((x)))", "w*x + b", "w - x - b", "w / x / b", "x ** w ** 2", "-x**2", "2 ** -x", "(-x)**2",
    "2*3*x", "1e-3*x", "x*.5", "1_000*x", "0x10*x", "é*λ2", "x − 1", " x\n+\t b ", "x  +  b", "\u00a0x * w",
    "tanh(w*x + b)", "x*x*x", "sum([w, x, 3])", "sum([x])", "dot([w, x], [x, 2])", "logsumexp([w, x, b])", "amax([w, x])", "amin([w, x, -1])",
    "maximum(w, x)", "where(w, x, b)", "where(0, x, b) + w*0", "clip(x, -1, 1)", "clip(x, max=1)", "clip(x, -1, max=1)", "clip(x, min=-1, max=1)", "clip(max=1, x=x, min=0)", "clip(x, 3)",
    "leaky_relu(-x)", "leaky_relu(-x, 0.2)", "leaky_relu(-x, negative_slope=w)", "elu(-x)", "pow(x, 3)", "add(x, mul(w, b))", "abs(-x)",
    "atan2(w, x)", "hypot(3*x, 4*x)", "sigmoid(logsigmoid(gelu(silu(selu(x)))))", "exp(sum([x, dot([w], [b])]))", "neg(x)", "x + sqrt(4)",
]  # fmt: skip


def names_of_python() -> dict[str, Any]:
    """Map every operation to an mpmath function made from its formula."""
    functions = {name: oracle.value(row) for name, row in TABLE.items()}
    for name, row in TABLE.items():
        if isinstance(row, Variadic):
            functions[name] = lambda *lists, row=row: oracle.value(row)(*[x for xs in lists for x in xs])
        elif row.defaults:
            functions[name] = with_defaults(row)
    return functions


def with_defaults(row: Any) -> Any:
    def called(*given: Any, **named: Any) -> Any:
        operands = dict(zip(row.operands[::-1], row.defaults[::-1])) | dict(zip(row.operands, given)) | named
        return oracle.value(row)(*[operands[name] for name in row.operands])

    return called


@pytest.mark.parametrize("expression", ACCEPTED)
def test_an_expression_is_what_python_makes_of_it(expression: str) -> None:
    used = {name: AT[name] for name in names_in(expression)}
    root, leaves = parse(expression, used)
    python = " ".join(expression.replace("−", "-").split())
    expected = eval(python, {**names_of_python(), **used})  # the text is from above; in 50 digits
    assert oracle.close(root.data, expected, 1e-12)
    assert set(leaves) == set(used)
    for node in topological_order(root):
        assert node.label == ("" if node.op else next(name for name, leaf in leaves.items() if leaf is node))


def names_in(expression: str) -> set[str]:
    """List the names in an expression: the words that are neither calls nor keywords."""
    return set(re.findall(r"(?<![\w.])[^\W\d]\w*(?![\w(=])", expression))


# Refused expressions, the character pointed at (None: the whole expression), and the reason.
REFUSED = [
    ("__import__('os')", 0, "__import__ is not an operation"),
    ("x + eval(x)", 4, "eval is not an operation"),
    ("x.real", 0, "a dot after a name means nothing here"),
    ("1 + x.tanh()", 4, "write tanh(x), not x.tanh()"),
    ("().__class__.__bases__", 0, "a dot after a name"),
    ("x[0]", 0, "an index means nothing here"),
    ("'x'", 0, "there is no text here"),
    ("x + b'x'", 4, "there is no text here"),
    ("x*f'{x}'", 2, "there is no text here"),
    ("[x, x]", 0, "a list may appear only in operations such as sum"),
    ("x, x", 0, "a comma separates operands only"),
    ("{x}", 0, "this is not allowed here"),
    ("{x: x}", 0, "this is not allowed here"),
    ("[x for x in x]", 0, "write the elements one by one"),
    ("sum([x for x in x])", 0, "sum takes a list"),
    ("sum(x for x in [x])", 0, "sum takes a list"),
    ("lambda: x", 0, "a function cannot be defined here"),
    ("(y := x)", 1, "a name cannot be defined here"),
    ("x + True", 4, "True is not a real number"),
    ("None", 0, "None is not a real number"),
    ("x*...", 2, "Ellipsis is not a real number"),
    ("x + 2j", 4, "2j is not a real number"),
    ("x if x else x", 0, "write where(c, x, y)"),
    ("x < x", 0, "a comparison is not a number"),
    ("x and x", 0, "there are no truth values here"),
    ("2*(not x)", 3, "there are no truth values here"),
    ("+x", 0, "a + in front changes nothing"),
    ("~x", 0, "this is not allowed here"),
    ("x ^ 2", 2, "a power is written **"),
    ("(x) ^ 2", 4, "a power is written **"),
    ("x // 2", 2, "this is not allowed here"),
    ("x % 2", 2, "this is not allowed here"),
    ("x @ x", 2, "this is not allowed here"),
    ("é*x ^ 2", 4, "a power is written **"),
    ("await x", 0, ""),
    ("yield", 0, ""),
    ("2(x + 1)", 0, "a product needs its *"),
    ("x(x + 1)", 0, "x is not an operation (a product needs its *, as in x*(x + 1))"),
    ("(x + 1)(x - 1)", 0, "a product needs its *"),
    ("relu(x)(x)", 0, "a product needs its *"),
    ("2x", 0, "a product needs its *"),
    ("x # note", 2, "a comment cannot stand"),
    ("x\0", 1, "the character U+0000"),
    ("x + \ud800", 4, "the character U+D800"),
    ("\x1b[31mx", 0, "the character U+001B"),
    ("x +", 3, "not arithmetic"),
    ("x)", 1, "this bracket closes nothing"),
    ("2*(x", 2, "this bracket is never closed"),
    ("(x]", 2, "this bracket closes one of another kind"),
    ("x x", None, "not arithmetic"),
    ("x = 2", None, "not arithmetic"),
    ("import os", None, "not arithmetic"),
    ("x; x", 1, "not arithmetic"),
    ("007*x", 0, "a number does not begin with 0"),
    ("tanhh(x)", 0, "did you mean tanh"),
    ("ln(x)", 0, "did you mean log?"),
    ("x + max(x, 1)", 4, "did you mean maximum?"),
    ("qwertz(x)", 0, "The operations are add, sub"),
    ("maximum(x)", 0, "maximum needs an operand y: write maximum(x, y)"),
    ("relu()", 0, "relu needs an operand x"),
    ("relu(x, x)", 0, "relu takes 1 operand, got 2"),
    ("maximum(x, y=1, x=2)", 0, "maximum takes 2 operands, got 3"),
    ("clip(x, min=1, min=2)", 0, "clip takes 3 operands, got 3"),
    ("relu(y=x)", 0, "relu has no operand named y"),
    ("relu(**x)", 0, "relu has no operand named **"),
    ("relu(*x)", 5, "without a *"),
    ("relu([x])", 5, "a list may appear only in"),
    ("sum(x)", 0, "sum takes a list in square brackets: write sum([x1, x2])"),
    ("sum([x], [x])", 0, "sum takes a list"),
    ("sum(xs=[x])", 0, "sum takes a list"),
    ("sum([])", 0, "non-empty"),
    ("sum([*x])", 5, "without a *"),
    ("dot([x], x)", 0, "dot takes 2 lists"),
    ("dot([x], [x, 1])", 0, "of equal length, got 1, 2 elements"),
    ("sum([[x]])", 5, "a list may appear only in"),
    ("1e400*x", 0, "larger than any float"),
    ("x*0x" + "f" * 300, 2, "larger than any float"),
    ("x + " + "9" * 5000, None, "larger than any float"),
    ("9**9**9", 1, "an exponent is at most 1,000,000"),
    ("x**99999999999", 1, "an exponent is at most 1,000,000"),
    ("x**-1e7", 1, "an exponent is at most"),
    ("2**x**x**x**x**x", 4, "pow of 2, 6.554e+04 is inf"),
    ("exp(1000*x)", 0, "exp of 2000 is inf"),
    ("1 + log(x - 2)", 4, "log of 0 is -inf"),
    ("x + 1/0", 5, "div of 1, 0 is inf"),
    ("sqrt(-x)", 0, "sqrt of -2 is nan"),
    ("sum([1e308, 1e308, x, x, x])", 0, "sum of 1e+308, 1e+308, 2, 2, ... is inf"),
    ("tanh", 0, "tanh is an operation: write tanh(x)"),
    ("x + sum", 4, "sum is an operation: write sum([x1, x2])"),
    ("x*y", 2, "no value is given for y: add y=0.5"),
    ("x*y*z", 2, "no value is given for y, z: add y=0.5 z=0.5"),
    (  # the first five are enough to see how
        "a*b*c*d*e*f*g",
        0,
        "no value is given for a, b, c, d, e: add a=0.5 b=0.5 c=0.5 d=0.5 e=0.5\n",
    ),
    ("", None, "the expression is empty"),
    (" \n ", None, "the expression is empty"),
    ("(" * 10_000 + "x" + ")" * 10_000, None, "an expression has at most 10,000 characters"),
    ("(" * 4_500 + "x" + ")" * 4_500, None, "too many brackets within brackets"),
    ("-" * 9_900 + "x", 0, "nested too deeply"),
    ("x" + "**x" * 3_300, 0, "nested too deeply"),
    ("x+" * 5_001, None, "at most 10,000"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "column", "reason"), REFUSED, ids=lambda case: repr(case)[:30])
def test_anything_else_is_refused_and_pointed_at(expression: str, column: int | None, reason: str) -> None:
    calls: list[object] = []
    sys.setprofile(lambda frame, event, argument: calls.append(event))
    try:
        with pytest.raises(ExpressionError) as caught:
            parse(expression, {name: 2.0 for name in "xé" if name in expression})
    finally:
        sys.setprofile(None)
    assert len(calls) < 5_000 + 5 * len(expression), "so many that time goes with the length"
    error = caught.value
    assert reason in str(error)
    assert all(c.isprintable() or c == "\n" for c in str(error)), "nothing that a terminal would obey"
    if column is not None:
        assert error.column == column
    if error.column is not None:
        lines = str(error).split("\n")
        caret = next(i for i, line in enumerate(lines) if line.strip() == "^")
        place = lines[caret].index("^")
        assert len(lines[caret - 1]) <= 4 + 72 + 6
        if error.column < len(error.text) and error.text[error.column].isprintable():
            assert lines[caret - 1][place] == error.text[error.column]


def test_a_long_expression_is_shown_around_the_place() -> None:
    with pytest.raises(ExpressionError) as caught:
        parse("x + " * 100 + "y" + " + x" * 100, {"x": 1.0})
    line, caret = str(caught.value).split("\n")[1:3]
    assert line.startswith("    ...") and line.endswith("...") and line[caret.index("^")] == "y"


VALUES = [
    ({"x": 2.0, "b": 1.0}, "b has a value but is not in the expression"),
    ({"X": 2.0}, "no value is given for x: add x=0.5; X is given, but not used"),
    ({"x": math.nan}, "the value of x must be a finite number, as in x=0.5, not nan"),
    ({"x": math.inf}, "the value of x must be a finite number"),
    ({"x": "2"}, "must be a finite number, as in x=0.5, not '2'"),
    ({"x": 10**5000}, "must be a finite number, as in x=0.5, not this int"),
    ({"x": None}, "not this NoneType"),
]


@pytest.mark.parametrize(("values", "reason"), VALUES, ids=lambda case: str(case)[:30] if isinstance(case, str) else "")
def test_values_that_do_not_fit(values: dict[str, Any], reason: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse("x*x", values)
    assert reason in str(caught.value)


def test_an_expression_without_names_has_nothing_to_explain() -> None:
    with pytest.raises(ExpressionError, match="there is no name to differentiate"):
        parse("2 + 3", {})


def test_names_are_the_same_names_as_python_s() -> None:
    root, leaves = parse("ﬁ*2", {"ﬁ": 3.0})  # the ligature, which Python reads as fi
    assert root.data == 6.0 and list(leaves) == ["fi"]


def test_names_outside_the_table_lead_into_it() -> None:
    assert set(ELSEWHERE.values()) <= set(TABLE) and not set(ELSEWHERE) & set(TABLE)


@pytest.mark.parametrize(
    ("expression", "gradient"),
    [("+".join("x" * 5000), 5000.0), (" + ".join("x" * 2500), 2500.0), ("x" + "-x" * 4999, -4998.0), ("-(" * 80 + "x" + ")" * 80, 1.0), ("-" * 2000 + "x", 1.0)],
    ids=["sum", "spaced", "differences", "brackets", "signs"],
)  # fmt: skip
def test_deep_but_legal(expression: str, gradient: float) -> None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(limit + 7)
    try:
        root, leaves = parse(expression, {"x": 1.0})
        assert sys.getrecursionlimit() == limit + 7
    finally:
        sys.setrecursionlimit(limit)
    root.backward()
    assert leaves["x"].grad == gradient


def test_deep_in_a_thread() -> None:
    """Threads have smaller stacks."""
    done: list[float] = []
    thread = threading.Thread(target=lambda: done.append(parse("x" + "+x" * 4999, {"x": 1.0})[0].data))
    thread.start()
    thread.join()
    assert done == [5_000.0]


PIECES = ["x", "y", "2", "1e9", "(", ")", "[", "]", ",", "+", "-", "*", "/", "**", ".", "=", ":", " ", "tanh", "sum(", "dot([", "'", '"', "\\", "\n", "lambda", "if", "for", "é", "\0", "#", "%", "^", "@"]  # fmt: skip


@settings(max_examples=600, deadline=None)
@example("x" * LONGEST, 1.0)
@example("1if x else y", 1.0)
@example("0_x", 1.0)
@given(st.one_of(st.text(max_size=30), st.lists(st.sampled_from(PIECES), max_size=14).map("".join)), st.floats())
def test_whatever_is_typed_is_a_graph_or_a_clear_error(text: str, number: float) -> None:
    try:
        root, _ = parse(text, {name: at for name, at in (("x", number), ("y", 0.5)) if name in text})
    except ExpressionError:
        return
    assert isinstance(root, Value) and math.isfinite(root.data)


# The gradients, checked

CHECKED = [
    ("x**2", 3.0, "agree"), ("tanh(x)", 0.0, "agree"), ("1000*x**2", 0.0, "agree"), ("x", 1e12, "agree"), ("x**3", -1e-9, "agree"),
    ("1e12 + x*1e12", 0.0, "agree"), ("relu(x)", 1e-6, "agree"), ("floor(x)", 1.0 - 1e-6, "agree"), ("sin(x)", 1e6, "agree"),
    ("relu(x)", 0.0, "a kink: the slope is 0 on the left and 1 on the right, and backward takes 0"),
    ("abs(x)", 0.0, "a kink: the slope is −1 on the left and 1 on the right, and backward takes 0"),
    ("maximum(x, 3*x)", 0.0, "a kink: the slope is 1 on the left and 3 on the right, and backward takes 2"),
    ("clip(x, -1, 1)", 1.0, "a kink: the slope is 1 on the left and 0 on the right, and backward takes 1"),
    ("abs(x) + 1e6*x", 0.0, "agree"),
    ("sign(x)", 0.0, "a jump"), ("floor(x)", 2.0, "a jump"), ("where(x, 1, 2)*x + where(x, 5, 1)", 0.0, "a jump"),
    ("sqrt(x)", 0.0, "cannot be measured: not finite"), ("asin(x)", 1.0, "cannot be measured: not finite"),
    ("1e20 + 3*x", 1.0, "cannot be measured: rounding hides"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "x", "expected"), CHECKED)
def test_the_verdict(expression: str, x: float, expected: str) -> None:
    root, leaves = parse(expression, {"x": x})
    root.backward()
    assert check_table(expression, leaves).splitlines()[1].split("  ")[-1].startswith(expected)


def test_a_wrong_gradient_is_found() -> None:
    root, leaves = parse("x**2", {"x": 3.0})
    root.backward()
    leaves["x"].grad *= 1.002
    assert check_table("x**2", leaves).endswith("DIFFER")


def test_slopes_are_those_of_a_line() -> None:
    assert slopes(lambda x: 3 * x, 0.0, 0.5) == Slopes(3.0, 3.0, pytest.approx(4 * sys.float_info.epsilon * 1.5 / 0.5))
    assert verdict(3.0, Slopes(3.0, 3.0, 0.0), Slopes(3.0, 3.0, 0.0)) == "agree"


def test_the_forward_values_in_words() -> None:
    root, _ = parse("-x + dot([x, 2], [x, x**3]) + clip(x, min=1)", {"x": 2.0})
    is_, numbers = {}, {}
    for line in forward_table(root).splitlines()[1:]:
        name, *words, digits = line.split()
        is_[name], numbers[name] = " ".join(words), digits
    assert is_ == {
        "x": "given", "v1": "clip(x, 1, inf)", "v2": "x^3", "v3": "dot([x, 2], [x, v2])", "v4": "−x", "v5": "v4 + v3", "v6": "v5 + v1",
    }  # fmt: skip
    assert numbers == {"x": "2", "v1": "2", "v2": "8", "v3": "20", "v4": "−2", "v5": "18", "v6": "20"}
    long, _ = parse(f"sum([{', '.join(['x'] * 50)}])", {"x": 1.0})
    assert forward_table(long).splitlines()[2].split() == ["v1", "sum([x,", "x,", "…,", "x])", "50"]


# The command


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "autograd", "explain", *arguments]
    return subprocess.run(
        command, cwd=REPOSITORY, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60
    )


def test_the_program_explains() -> None:
    done = run("tanh(w*x + b)", "w=0.5", "x=2", "b=0.1", PYTHONIOENCODING="utf-8")
    assert (done.returncode, done.stderr) == (0, "")
    assert "v3     tanh(v2)  0.8004990218" in done.stdout
    assert "v1 [×]      0.3592     w       0.3592 × 2 = 0.7184" in done.stdout
    slope = 1 - math.tanh(1.1) ** 2
    for name, gradient in (("w", 2 * slope), ("x", 0.5 * slope), ("b", slope)):
        cells = done.stdout[done.stdout.index("Check") :].split(f"\n{name} ")[1].split()
        assert float(cells[0]) == pytest.approx(gradient, rel=1e-9) and float(cells[1]) == pytest.approx(gradient, rel=1e-6)
        assert cells[2] == "agree"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["__import__('os')"], "not an operation"),
        (["x.__class__", "x=1"], "a dot after a name"),
        (["x**10**10", "x=2"], "an exponent is at most"),
        (["(" * 10_000 + "x" + ")" * 10_000, "x=1"], "at most 10,000"),
        (["(" * 4_000 + "x" + ")" * 4_000, "x=1"], "too many brackets"),
        (["x*y", "x=1"], "no value is given for y"),
        (["x", "x=1", "x=2"], "x is given twice: 'x=2' comes after x=1"),
        (["x", "x=abc"], "'x=abc': the part after = must be a number"),
        (["x", "x="], "must be a number"),
        (["x", "x=nan"], "must be a finite number"),
        (["x", "2"], "'2' is not of the form name=number"),
        (["x", "1x=2"], "'1x=2' is not of the form name=number"),
        (["x", "x=1", "y=1"], "y has a value but is not in the expression"),
        (["tanh(w*x", "+", "b)"], "quote the expression as one argument"),
        (["x", "y" * 100], "yyy...' is not of the form"),
        ([], "the following arguments are required: expression"),
        (["x", "x=1", "--png", "a"], "unrecognized arguments: --png"),
    ],
    ids=lambda case: str(case)[:40],
)  # fmt: skip
def test_mistakes_end_with_2_and_a_message(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code: Any = main(["explain", *arguments])
    except SystemExit as end:  # argparse's way
        code = end.code
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert said in err and "Traceback" not in err


def test_refusals_take_less_than_a_second() -> None:
    begun = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = run("__import__('os').system('true')")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert used.ru_utime + used.ru_stime - begun.ru_utime - begun.ru_stime < 1
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [["-x", "x=2"], ["--x", "x=2"], ["x", "x=-2"], ["--", "-x", "x=2"], ["-x", "x=−2"]])
def test_minus_signs_are_not_options(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", *arguments]) == 0
    assert "agree" in capsys.readouterr().out


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    for flag in ("--help", "-h"):
        with pytest.raises(SystemExit) as end:
            main(["explain", flag])
        assert end.value.code == 0
        out = capsys.readouterr().out
        assert 'explain "tanh(w*x + b)" w=0.5 x=2 b=0.1' in out and "logsumexp" in out and "--html FILE" in out
        assert max(map(len, out.splitlines())) < 110
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "explain" in capsys.readouterr().out


def test_files_are_written_where_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    svg, html, dot = tmp_path / "net.svg", tmp_path / "steps.html", tmp_path / "net.dot"
    assert main(["explain", "--svg", str(svg), "x*x", "--html", str(html), "x=3", f"--dot={dot}"]) == 0
    assert svg.read_text().startswith("<svg") and ">grad 6</text>" in svg.read_text()
    assert '"0":{"n":"x","d":3.0,"p":2}' in html.read_text(), 'no "s": x had no gradient from before'
    assert dot.read_text(encoding="utf-8").startswith("digraph") and "grad 6" in dot.read_text(encoding="utf-8")
    assert capsys.readouterr().out.splitlines()[-3:] == [f"wrote {svg}", f"wrote {html}", f"wrote {dot}"]


def test_a_file_that_cannot_be_written_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lost, kept = tmp_path / "none" / "net.svg", tmp_path / "net.dot"
    assert main(["explain", "x*x", "x=3", "--svg", str(lost), "--dot", str(kept)]) == 1
    out, err = capsys.readouterr()
    assert err == f"{lost} could not be written: No such file or directory\n"
    assert kept.exists() and "agree" in out
    assert main(["explain", "x*x", "x=3", "--svg", ".", "--html", "."]) == 1
    assert capsys.readouterr().err.splitlines() == [
        ". could not be written: a drawing can be saved as .svg, .dot, .gv, .png or .pdf, got '.'",
        ". could not be written: a page can be saved as .html, .gif or .mp4, got '.'",
    ]


def test_a_terminal_with_few_characters_shows_the_same_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", narrow)
    assert main(["explain", "λ*2", "λ=-1.5"]) == 0
    narrow.seek(0)
    text = narrow.read()
    assert "\\u03bb" in text and "-3" in text and "?" not in text


def test_a_pipe_that_nobody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        assert main(["explain", "x*x", "x=2"]) == 0


def test_a_closed_pipe_is_no_traceback() -> None:
    command = f"{sys.executable} -m autograd explain '{'+'.join('x' * 3000)}' x=1 | head -n 1"
    done = subprocess.run(["bash", "-c", command], cwd=REPOSITORY, capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("Forward") and "Traceback" not in done.stderr and "Exception" not in done.stderr
