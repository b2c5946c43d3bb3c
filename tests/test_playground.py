"""The Python side of the playground, its examples, the parts of its build that need no network, and its server."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
from contextlib import closing
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen
from xml.etree.ElementTree import fromstring

import pytest

import nn
from autograd import Value
from autograd.__main__ import main, serve
from autograd.operations import TABLE
from autograd.render import draw, show_backward
from playground import build, playground
from tests.test_readme import BLOCKS

EXAMPLES = {example["title"]: example["code"] for example in build.examples()}
PROGRAMS_OF_LESSONS, SOLUTIONS = build.lessons()
LESSONS = {lesson["title"]: lesson["code"] for lesson in PROGRAMS_OF_LESSONS}
Message = dict[str, Any]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "playground", playground)  # as in the page, where it is not in a folder


def run(code: str) -> list[Message]:
    messages: list[Message] = []
    playground.run(code, messages.append)
    assert messages[-1]["kind"] == "done" and [m["kind"] for m in messages].count("done") == 1
    return messages


def text(messages: list[Message], stream: str = "out") -> str:
    return "".join(part for m in messages if m["kind"] == "text" for name, part in m["parts"] if name == stream)


def shown(messages: list[Message]) -> list[Message]:
    return [m for m in messages if m["kind"] == "show"]


@pytest.mark.parametrize("title", EXAMPLES)
def test_examples_run_and_fit_into_the_editor(title: str) -> None:
    messages = run(EXAMPLES[title])
    assert "error" not in messages[-1], text(messages, "err")
    assert text(messages) or shown(messages)
    assert max(map(len, EXAMPLES[title].splitlines())) <= 64


# Runs the programs in a process that has what the page has: no NumPy, and only solutions.py and the folder course.
BARE = """
import json, sys
sys.modules.update(dict.fromkeys(("numpy", "matplotlib", "sklearn", "scipy", "tqdm")))
sys.path[:0] = json.loads(sys.argv[1])
import playground
found = {}
for title, code in json.load(sys.stdin).items():
    playground.run(code, found.setdefault(title, []).append)
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def lessons(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Message]]:
    folder = tmp_path_factory.mktemp("lessons")
    (folder / "solutions.py").write_text(SOLUTIONS)
    (folder / "course").symlink_to(build.REPOSITORY / "notebooks" / "course")
    places = json.dumps([str(folder), str(build.HERE), str(build.REPOSITORY)])
    done = subprocess.run(
        [sys.executable, "-c", BARE, places], cwd=folder, input=json.dumps(LESSONS), capture_output=True, text=True,
        env={**os.environ, "STEPGRAD_PURE": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    messages: dict[str, list[Message]] = json.loads(done.stdout)
    return messages


@pytest.mark.parametrize("title", LESSONS)
def test_notebooks_run_as_programs(title: str, lessons: dict[str, list[Message]], monkeypatch: pytest.MonkeyPatch) -> None:
    """With the gaps, where the solutions step in, and without NumPy."""
    solutions = ModuleType("solutions")
    exec(SOLUTIONS, vars(solutions))
    monkeypatch.setitem(sys.modules, "solutions", solutions)
    messages = lessons[title]
    assert "error" not in messages[-1], text(messages, "err")
    assert re.search(r"^\d\db?\.\d+: right$", text(messages), re.MULTILINE), "the solutions step in"
    has_player = any(m.get("about", "").startswith("Backward pass of") for m in shown(messages))
    assert has_player == (title[:2] != "03")
    figures = [m["html"] for m in shown(messages) if m.get("about") == "A figure of the notebook"]
    assert len(figures) == {"01": 4, "02": 0, "03": 1, "04": 4}[title[:2]]
    assert all(f.startswith('<img src="data:image/png;base64,iVBOR') and "\n" not in f for f in figures)
    left_out = LESSONS[title].count(build.LEFT_OUT)
    assert left_out < len(re.findall(r"(?<=\n\n)\w", LESSONS[title])) / 3, "most of it is there"
    assert left_out == 0 or title[:2] in ("02", "03")
    assert not re.search(r"\b(np|plt)\.|[<]/?details|solution is not", LESSONS[title])
    assert re.search(rf"^solve\(\d+\)  # of {title.split()[0]}\.\d$", LESSONS[title], re.MULTILINE)
    shown_one = run("from solutions import solution\nprint(solution(0))")
    assert "# Solution" in text(shown_one) and "# Solution" not in LESSONS[title]


def test_what_the_examples_say_is_true() -> None:
    first = EXAMPLES["A backward pass, step by step"]
    (formula,) = re.findall(r"^loss = .*", BLOCKS["README-0"], re.MULTILINE)
    assert formula in first, "the example of the README"
    moons = run(EXAMPLES["Two moons: watch a network learn"])
    assert text(moons).endswith("accuracy 100%\n")
    assert {m["id"] for m in shown(moons)} == {1, 2} and len(shown(moons)) > 4
    bug = EXAMPLES["A bug to find: the loss will not settle"]
    assert "slope 2.000" not in text(run(bug))
    mended = run(bug.replace("    loss.backward()", "    model.zero_grad()\n    loss.backward()"))
    assert "offset 1.000" in text(mended) and re.search(r"slope (1\.99|2\.00)", text(mended))
    gaps = re.findall(r"\d\.\de-\d\d", text(run(EXAMPLES["Check a gradient by measuring"])))
    assert len(gaps) == 2 and all(float(gap) < 1e-8 for gap in gaps)


# program, what is printed, what is shown (its keys and the start of its form)
PROGRAMS: list[tuple[str, str, list[tuple[str, str]]]] = [
    ("print(1)\nprint(2, end='')\n3", "1\n2", [("text", "3")]),
    ("'a'", "", [("text", "'a'")]),
    ("None", "", []),
    ("x = 1", "", []),
    ("", "", []),
    ("# only a comment", "", []),
    ("display('a', 2)", "", [("text", "a"), ("text", "2")]),
    ("import autograd\nautograd.Value", "", [("text", "<class")]),
    ("from autograd import Value\nValue(2.0) * 3", "", [("html", "<code>data 6 ")]),
    ("import autograd as a, autograd.render as r\nr.draw(a.tanh(a.Value(1.0, 'x')))", "", [("svg", "<svg")]),
    ("class A:\n  def _repr_html_(self): return '<b>'\n  def _repr_svg_(self): return None\nA()", "", [("html", "<b>")]),
    ("class A:\n  def _repr_svg_(self): return '<svg/>'\n  title = 3\nA()", "", [("svg", "<svg")]),
    ("import sys\nprint('a')\nsys.exit('b')", "a\n", []),
    ("print(__name__)", "__main__\n", []),
]


@pytest.mark.parametrize(("code", "printed", "forms"), PROGRAMS, ids=range(len(PROGRAMS)))
def test_what_a_program_prints_and_shows(code: str, printed: str, forms: list[tuple[str, str]]) -> None:
    messages = run(code)
    assert "error" not in messages[-1], messages[-1]
    assert text(messages) == printed and text(messages, "err") == ""
    assert len(shown(messages)) == len(forms)
    for message, (kind, start) in zip(shown(messages), forms):
        assert message[kind].startswith(start)
        assert message.keys() - {"kind", "id", kind} == (set() if kind == "text" else {"about"})
        assert isinstance(message.get("about", ""), str)


# program, the line of the error, its last words, what the traceback contains
ERRORS: list[tuple[str, int | None, str, str]] = [
    ("x = 1\ny = x / 0", 2, "ZeroDivisionError: division by zero", "y = x / 0"),
    ("def f():\n    return a\n\nf()", 2, "NameError: name 'a' is not defined", "line 4, in <module>"),
    ("x = (1", 1, "SyntaxError: '(' was never closed", "x = (1"),
    ("if 1:\nx", 2, "expected an indented block after 'if' statement on line 1", "    x"),
    ("from autograd import log\nlog('a')", 2, "TypeError", 'File "your code", line 2'),
    ("import numpy_of_mars", 1, "ModuleNotFoundError: No module named 'numpy_of_mars'", "numpy_of_mars is not part of the playground"),
    ("input('?')", 1, "write the answer into the program", ""),
    ("display()", 1, "TypeError: display needs something to show", ""),
    ("from playground import curve\n\ncurve([])", 3, "ValueError: curve needs at least one number", ""),
    ("def f(): return f()\nf()", 1, "RecursionError: maximum recursion depth exceeded", ""),
    ("raise KeyboardInterrupt", 1, "KeyboardInterrupt", ""),
    ("eval('1 +')", 1, "SyntaxError: invalid syntax", "1 +"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "line", "words", "contains"), ERRORS, ids=[words for _, _, words, _ in ERRORS])
def test_an_error_names_the_line_of_the_program(code: str, line: int | None, words: str, contains: str) -> None:
    messages = run(f"print('before')\n{code}" if line is None else code)
    assert messages[-1]["line"] == line
    assert words in messages[-1]["error"]
    told = text(messages, "err")
    assert words in told and contains in told
    inner = "curve" in code or "input" in code or "display()" in code
    assert inner or playground.__file__ not in told, "no frames of the playground above the program's"


def test_output_comes_in_order_in_few_messages_and_has_an_end() -> None:
    assert [m["kind"] for m in run("print('a')\ndisplay(1)\nprint('b')\n2")] == ["text", "show", "text", "show", "done"]
    flushed = run(
        "import time\ntime.sleep(0.1)\nprint('a', end='', flush=True)\ntime.sleep(0.1)\nprint('b', end='', flush=True)"
    )
    assert [m["parts"] for m in flushed[:-1]] == [[("out", "a")], [("out", "b")]]
    messages = run("import sys\nfor i in range(20_000):\n    print(i)\n    print(i, file=sys.stderr)")
    assert len(messages) < 1000
    assert len(text(messages)) + len(text(messages, "err")) < playground.MOST_TEXT + 100
    assert "the rest is left out: more than 200,000 characters" in text(messages, "err")
    many = run("for i in range(300):\n    place = display(i)\nplace.update('x')")
    assert len(shown(many)) == playground.MOST_SHOWN
    assert text(many, "err") == "[more than 100 pictures: the rest is left out]\n"
    updates = run("place = display(0)\nfor i in range(50_000):\n    place.update(i)")
    assert len(shown(updates)) < 1000 and shown(updates)[-1]["text"] == "49999", "the last one always arrives"
    assert {m["id"] for m in shown(updates)} == {1}
    assert sys.stdout is not playground.screen and not isinstance(sys.stdout, playground.Stream)


def test_an_operation_can_be_defined_in_every_run() -> None:
    before = dict(TABLE)
    for _ in range(2):
        code = 'from autograd import define\nf = define("thrice", "3 * x", lambda m, x: 3.0 * x, ("3", lambda m, x, y: 3.0))\nf(2.0)'
        assert [m["text"] for m in shown(run(code))] == ["6.0"]
    assert before == TABLE


def test_files_that_a_program_saves_are_handed_to_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("old.txt").write_text("old")
    messages = run(BLOCKS["README-0"])
    files = {m["name"]: m["bytes"] for m in messages if m["kind"] == "file"}
    assert files.keys() == set(re.findall(r'save\("([^"]+)"\)', BLOCKS["README-0"])) and files["loss.svg"].startswith(
        b"<svg"
    )
    assert not [m for m in run("1") if m["kind"] == "file"], "only what is new"
    monkeypatch.setattr(playground, "MOST_BYTES", 10)
    left = [
        m["name"]
        for m in run("from pathlib import Path\nfor name in 'ab': Path(name).write_text('123456')")
        if m["kind"] == "file"
    ]
    assert left == ["a"]


def test_pictures_say_what_they_show() -> None:
    picture = playground.curve([3.0, float("inf"), float("nan"), -1.0], title="<loss>", unit="epoch")
    assert repr(picture) == "<loss> of 4 epochs, from 3 to -1"
    root = fromstring(picture.svg)
    texts = [element.text for element in root.iter() if element.tag.endswith("text")]
    assert texts == ["3", "-1", "epoch 4", "<loss>: -1"]
    assert "1.0" not in playground.curve([0.0]).about
    assert fromstring(playground.curve([float("nan")]).svg) is not None

    model = nn.MLP(2, [1], init="zeros")
    model.layers[0].neurons[0].w[0].data = 1.0  # the side is the sign of the first coordinate
    X, y = [[-1.0, 0.0], [1.0, 0.0], [2.0, 0.0], [-2.0, 0.0]], [0, 1, 1, 1]
    picture = playground.boundary(model, X, y, "all")
    assert picture.about == "Decision boundary. all: 3 of 4 points on the right side"
    kinds = [element.get("class", "") for element in fromstring(picture.svg).iter()]
    assert (kinds.count("zero"), kinds.count("one"), kinds.count("one wrong")) == (1, 2, 1)
    assert kinds.count("low") == kinds.count("high") == 128
    assert playground.boundary(nn.MLP(2, [1], init="zeros"), X, y).about.endswith("1 of 4 points on the right side")


def test_drawings_are_described() -> None:
    x = Value(2.0, label='"<x>"')
    assert playground.content(draw(x * x))["about"].startswith("Computation graph of v1 [")
    assert playground.content(show_backward(x * x))["about"].startswith("Backward pass of")


def test_nothing_of_the_page_comes_from_elsewhere() -> None:
    folder = Path(build.__file__).parent
    for name in build.PAGE:
        addresses = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"')]*", (folder / name).read_text()))
        assert addresses <= {"http://www.w3.org/2000/svg"}, name
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', (folder / "index.html").read_text())
    assert policy is not None and "unsafe-inline" not in policy[1] and "default-src 'self'" in policy[1]
    assert "default-src 'none'" in (folder / "frame.html").read_text()


def test_the_server_serves_the_folder_to_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["playground", "--folder", str(tmp_path), "--port", "0"]) == 1
    assert capsys.readouterr().err == (
        f"The playground is not in {tmp_path}: build it with `python playground/build.py`, in a checkout of stepgrad.\n"
    )
    for name in ("index.html", "a.mjs", "a.wasm"):
        (tmp_path / name).write_text(name)
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        taken.listen()
        assert serve(tmp_path, port) == 1
    assert f"Port {port} cannot be used" in capsys.readouterr().err
    assert serve(tmp_path, 70_000) == 1

    served: list[ThreadingHTTPServer] = []
    answers: list[tuple[bytes, str, str]] = []

    def forever(server: ThreadingHTTPServer) -> None:
        served.append(server)
        thread = threading.Thread(target=original, args=(server, 0.01))
        thread.start()
        for name in ("", "a.mjs", "a.wasm"):
            with urlopen(f"http://127.0.0.1:{server.server_port}/{name}", timeout=10) as answer:
                answers.append((answer.read(), answer.headers["Content-Type"], answer.headers["Cache-Control"]))
        with pytest.raises(HTTPError):
            urlopen(f"http://127.0.0.1:{server.server_port}/../secret", timeout=10)
        server.shutdown()
        thread.join()
        raise KeyboardInterrupt

    original = ThreadingHTTPServer.serve_forever
    monkeypatch.setattr(ThreadingHTTPServer, "serve_forever", forever)
    assert serve(tmp_path, 0) == 0
    assert served[0].server_address[0] == "127.0.0.1"
    assert answers == [
        (b"index.html", "text/html; charset=utf-8", "no-cache"),
        (b"a.mjs", "text/javascript", "no-cache"),
        (b"a.wasm", "application/wasm", "no-cache"),
    ]
    out, err = capsys.readouterr()
    assert out.startswith(f"The playground is at http://127.0.0.1:{served[0].server_port}/")
    assert "GET" not in err, "no log"


def test_the_build_lays_out_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commands: list[list[str]] = []

    def pretend(command: list[str], check: bool, env: dict[str, str] | None = None) -> None:
        commands.append(command)
        if "wheel" in command:
            assert env is not None and env["STEPGRAD_PURE"] == "1"
            copy = Path(command[-1])
            assert (copy / "autograd" / "value.py").exists() and not list(copy.rglob("*.so"))
            (Path(command[-2]) / "stepgrad-0-py3-none-any.whl").write_text("wheel")
        else:
            folder = Path(command[command.index("--prefix") + 1]) / "node_modules" / "pyodide"
            folder.mkdir(parents=True)
            for name in build.RUNTIME:
                (folder / name).write_text(name)

    monkeypatch.setattr(subprocess, "run", pretend)
    monkeypatch.setattr(build.shutil, "which", lambda name: name)
    into = tmp_path / "there"
    (into / "pyodide").mkdir(parents=True)
    (into / "stale.js").write_text("")
    monkeypatch.setattr(sys, "argv", ["build.py", "--into", str(into)])
    build.main()
    names = {path.relative_to(into).as_posix() for path in into.rglob("*") if path.is_file()}
    assert names == {
        *build.PAGE,
        "examples.json",
        "course.zip",
        "stepgrad.whl",
        *(f"pyodide/{name}" for name in build.RUNTIME),
    }
    assert [example["title"] for example in json.loads((into / "examples.json").read_text())] == [*EXAMPLES, *LESSONS]
    assert re.search(r"pyodide@\d+\.\d+\.\d+$", commands[1][-1]), "a pinned version"
    assert "--ignore-scripts" in commands[1]
    assert f"together, in {into}" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="is not empty and not a playground"):
        build.build(tmp_path)
    assert (into / "index.html").exists()
    monkeypatch.setattr(build.shutil, "which", lambda name: None)
    with pytest.raises(SystemExit, match="npm is not installed"):
        build.runtime(tmp_path)
