"""Installing: another package with the same import name, a build without a compiler, and the files that build wheels."""

import math
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

import autograd
from autograd import build
from tests import typed_program

REPOSITORY = Path(__file__).parents[1]
REMEDY = "pip uninstall -y autograd stepgrad, then install stepgrad again"


def test_files_of_hips_autograd_among_ours_are_refused(tmp_path: Path) -> None:
    build.refuse_mixture(str(tmp_path))
    (tmp_path / "differential_operators.py").touch()
    with pytest.raises(ImportError, match=re.escape(str(tmp_path)) + f".*HIPS autograd .*{REMEDY}"):
        build.refuse_mixture(str(tmp_path))


def test_another_autograd_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(autograd, "Value")
    with pytest.raises(ImportError, match=f"is not stepgrad's.*HIPS autograd .*{REMEDY}"):
        runpy.run_path(str(REPOSITORY / "nn" / "__init__.py"))


def imported(before: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Import the packages in a new process in which compiled modules seem not to be installed."""
    hide = "u.find_spec = lambda name, *rest, real=u.find_spec: None if 'machine' in name else real(name, *rest)"
    script = (
        f"import sys, importlib.util as u; {hide}; {before}; import autograd, nn; print(autograd.COMPILED, autograd.BUILD)"
    )
    variables = {k: v for k, v in os.environ.items() if k != "STEPGRAD_PURE"} | environment
    return subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", script], cwd=REPOSITORY, env=variables, capture_output=True,
        text=True, check=True,
    )  # fmt: skip


def test_the_slower_build_says_so_once_to_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    reason = build.describe(False, False)
    for at_a_prompt in (True, False):
        build.announce(reason, at_a_prompt)
    assert capsys.readouterr().err == f"stepgrad runs as {reason}.\n"
    for other in (build.describe(True, False), build.describe(False, True)):
        build.announce(other, True)
    assert capsys.readouterr() == ("", "")
    assert build.BUILD == autograd.BUILD == build.describe(autograd.COMPILED, os.environ.get("STEPGRAD_PURE") == "1")

    prompt, in_a_script = imported("sys.ps1 = '>>> '"), imported("pass")
    assert prompt.stderr.count("stepgrad runs as pure Python, because") == prompt.stderr.count("\n") == 1
    assert in_a_script.stderr == ""
    assert in_a_script.stdout == f"False {reason}\n"  # one module is missing, so none is used
    chosen = imported("sys.ps1 = '>>> '", STEPGRAD_PURE="1")
    assert (chosen.stderr, chosen.stdout) == ("", "False pure Python, chosen by STEPGRAD_PURE=1\n")


def test_every_python_named_has_its_wheel_and_its_tests() -> None:
    project = (REPOSITORY / "pyproject.toml").read_text()
    workflow = (REPOSITORY / ".github" / "workflows" / "test.yml").read_text()
    named = re.findall(r"Python :: (3\.\d+)", project)
    assert f'requires-python = ">={named[0]}"' in project
    assert ", ".join(f'"cp{version.replace(".", "")}-*"' for version in named) in project
    assert ", ".join(f'"{version}"' for version in named) in workflow


def test_the_program_that_type_checkers_check_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer, losses = typed_program.main(tmp_path, epochs=12)
    t = math.tanh(0.5)
    slope = 2 * (t - 1) * (1 - t**2)  # of the loss with respect to what tanh gets
    assert answer == pytest.approx(slope * (-0.5 + 2 + 1) + 3 * 0.5**2 + 9 + 6 + 2 + 1.5, rel=1e-12)
    assert losses[-1] < losses[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.html", "loss.svg", "model.safetensors", "steps.html"]
    assert "after 12 epochs" in capsys.readouterr().out
