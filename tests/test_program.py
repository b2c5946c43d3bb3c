"""`python -m autograd`: the demo as a newcomer runs it, and the table of operations."""

import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from autograd import demo, reference
from autograd.__main__ import main
from autograd.render import trace_backward
from nn.__main__ import main as train_on_real_data

REPOSITORY = Path(__file__).parents[1]

# Computed in float64 (and checked in 50 digits below); the text that the example comes from has other figures.
RIGHT = {
    "z1": 1.2, "a1": 0.7685247834990175, "z2": 0.21481982679921408, "a2": 0.5534993759689602, "loss": 0.199362807260108,
    "dL/dw1": -0.06281648491846235, "dL/db1": -0.03140824245923118, "dL/dw2": -0.16960909970192137,
    "dL/db2": -0.2206943788197797, "new w1": 0.5062816484918462, "new b1": 0.20314082424592314,
    "new w2": 0.8169609099701922, "new b2": -0.37793056211802206,
}  # fmt: skip


def test_the_worked_example_to_all_digits() -> None:
    loss, v = demo.worked_example()
    trace_backward(loss)
    assert demo.worked_numbers(v) == pytest.approx(RIGHT, rel=1e-14)


def test_the_demo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--out", str(tmp_path)]) == 0
    output = capsys.readouterr().out
    lines = output[output.index("quantity") :].splitlines()
    for name, number in RIGHT.items():
        line = next(line for line in lines if line.startswith(f"{name} "))
        assert float(line.split()[-2]) == pytest.approx(number, rel=1e-12)
        assert float(line.split()[-1]) == demo.DOCUMENT[name]
    assert "training accuracy 100%" in output
    assert (tmp_path / "worked-example.svg").read_text().count('class="arrow"') == 13
    assert "Backward pass of loss" in (tmp_path / "worked-example.html").read_text()
    accuracy = re.search(r"accuracy ([\d.]+)% on 360 others", output)
    assert accuracy is not None and float(accuracy[1]) >= 96
    for picture in ("moons.png", "digits.png"):
        assert (tmp_path / picture).read_bytes().startswith(b"\x89PNG")


def test_without_its_packages_the_demo_says_which(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "autograd.demo")
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    assert main(["demo"]) == 1
    assert "The demo needs sklearn.datasets: pip install 'stepgrad[demo]'" in capsys.readouterr().err


def test_the_table_of_operations(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["autograd", "ops"])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(REPOSITORY / "autograd" / "__main__.py"), run_name="__main__")
    assert end.value.code == 0
    assert capsys.readouterr().out.strip() == reference.table()


def test_the_files_printed_from_the_table_are_up_to_date(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this fails: python -m autograd ops --write."""
    (tmp_path / "autograd").mkdir()
    (tmp_path / "docs").mkdir()
    monkeypatch.setattr("autograd.__main__.REPOSITORY", tmp_path)
    page, functions = tmp_path / "docs" / "operations.md", tmp_path / "autograd" / "functions.py"
    original = (REPOSITORY / "docs" / "operations.md").read_text()
    page.write_text(original.replace("| `tanh(x)` |", "| ? |"))
    assert main(["ops", "--write"]) == 0
    assert capsys.readouterr().out == "operations.md, functions.py changed\n"
    assert page.read_text() == original
    assert functions.read_text() == (REPOSITORY / "autograd" / "functions.py").read_text()
    assert main(["ops", "--write"]) == 0
    assert capsys.readouterr().out == "nothing changed\n"
    page.write_text("no place")
    assert main(["ops", "--write"]) == 2
    assert "has no place for the table" in capsys.readouterr().err
    assert page.read_text() == "no place"


def test_a_wrong_command_ends_with_2() -> None:
    with pytest.raises(SystemExit) as end:
        main(["dance"])
    assert end.value.code == 2


def test_the_pure_build_can_be_chosen_and_import_pulls_in_nothing_heavy() -> None:
    script = (
        "import json, sys, autograd; heavy = ('numpy', 'graphviz', 'matplotlib', 'sklearn', 'torch', 'tqdm', 'nn');"
        "print(json.dumps([autograd.COMPILED, autograd.functions.__file__, [name for name in heavy if name in sys.modules]]))"
    )
    environment = {**os.environ, "STEPGRAD_PURE": "1"}
    done = subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, env=environment, capture_output=True, check=True)
    compiled, file, heavy = json.loads(done.stdout)
    assert not compiled
    assert file.endswith("functions.py")
    assert heavy == []


def test_training_on_real_data(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    picture = tmp_path / "loss.png"
    for arguments, expected in ((["iris", "--epochs", "1", "--plot", str(picture)], 0), (["iris", "--epochs", "0"], 0)):
        monkeypatch.setattr(sys, "argv", ["nn", *arguments])
        with pytest.raises(SystemExit) as end:
            runpy.run_path(str(REPOSITORY / "nn" / "__main__.py"), run_name="__main__")
        assert end.value.code == expected
        assert "held-out accuracy: " in capsys.readouterr().out
    assert picture.read_bytes().startswith(b"\x89PNG")
    monkeypatch.setitem(sys.modules, "sklearn", None)
    assert train_on_real_data(["iris"]) == 1
    assert "pip install scikit-learn" in capsys.readouterr().err
