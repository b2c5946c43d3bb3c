"""The checks and tables of `notebooks/run.py`, and the requirements on every notebook. (`.ci/run` runs the notebooks.)"""

import base64
import copy
import io
import json
import math
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import nbformat
import pytest
from PIL import Image, ImageChops, ImageStat

from notebooks import run
from tests.skips import need

PATHS = run.notebooks()
README = run.FOLDER / "README.md"
DOCUMENTS: dict[str, list[str]] = json.loads((Path(__file__).parent / "reference" / "documents.json").read_text())
QUOTATION = re.compile(r'["“]([^"“”]+)["”](?: \((documents? 00[0-4][^)]*)\))?')


def code(source: str, *tags: str, output: Any = None, hidden: bool = False, number: int = 1) -> dict[str, Any]:
    metadata: dict[str, Any] = {"tags": list(tags)} if tags else {}
    if hidden:
        metadata["jupyter"] = dict(run.HIDDEN)
    outputs = [] if output is None else [output]
    return {"cell_type": "code", "source": source, "metadata": metadata, "outputs": outputs, "execution_count": number}


def text(source: str, *tags: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "source": source, "metadata": {"tags": list(tags)}}


def printed(words: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": words}


def shown(**data: str) -> dict[str, Any]:
    return {"output_type": "display_data", "data": {key.replace("_", "/"): value for key, value in data.items()}}


def healthy() -> dict[str, Any]:
    cells = [code(f"assert {k} + 1 == {k + 1}", number=k) for k in range(1, 6)]
    cells += [code('predict("size", ...)', number=6)]
    cells += [code('compare("size", 3)', output=printed("size: 3; you made no guess\n"), number=7)]
    for k in range(1, 7):
        gap = printed(f"01.{k} is not done yet: there is a gap to fill in, `...`\n")
        cells += [code(f'x = ...\ncheck("01.{k}", x);', output=gap, number=k + 7)]
    cells += [text(run.SOLUTIONS)]
    for k in range(1, 7):
        source = f'# Solution of 01.{k}\nassert check("01.{k}", 2)'
        cells += [code(source, "solution", hidden=True, number=k + 13)]
    return {"cells": [text("# 01 A title"), *cells]}


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("assert x == 2", 1),
        ("assert x == 2, 'why'\nassert y < 3", 2),
        ("for x in xs:\n    assert x > 0", 1),
        ("np.testing.assert_allclose(x, y)", 1),
        ("assert True", 0),
        ("# assert x == 2", 0),
        ("print('assert x == 2')", 0),
        ("%config InlineBackend.figure_formats = ['png']\nassert x", 1),
        ("!ls\nx = 1", 0),
    ],
)
def test_assertions_are_counted(source: str, count: int) -> None:
    assert run.count_assertions(source) == count


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("loss 0.25", "loss 0.25", True),
        ("loss 0.25", "loss 0.26", False),
        ("loss 0.25", "lost 0.25", False),
        ("loss 0.25", "loss -0.25", False),
        ("loss 0.25", "loss 0.25 0.25", False),
        ("0.7685247834990175", "0.7685247834990176", True),  # a last digit, which another libm may round differently
        ("0.7685247834990175", "0.76852478", False),
        ("1e-05 x 3", "1e-05  x  3\n", True),
        ("1e-05", "1e-06", False),
        ("[.5, 2.]", "[0.5, 2.0]", True),
        ("nan", "0.5", False),
        ("", "", True),
    ],
)
def test_texts_are_compared_by_words_and_numbers(a: str, b: str, same: bool) -> None:
    assert run.same_text(a, b) is same
    assert run.same_text(b, a) is same


@pytest.mark.parametrize(
    ("old", "new", "differ"),
    [
        (printed("0.5"), printed("0.5"), False),
        (printed("0.5"), printed("0.6"), True),
        (printed("0.5"), printed("0.5", "stderr"), True),
        (printed("0.5"), None, True),
        (None, shown(text_plain="5"), True),
        (shown(text_plain="5"), shown(text_plain="6"), True),
        (shown(text_html="<a>", text_plain="<A at 0x1>"), shown(text_html="<b>", text_plain="<A at 0x2>"), False),
        (shown(image_png="abc"), shown(image_png="def"), False),
        (shown(image_png="abc"), None, True),
    ],
)
def test_outputs_that_differ_are_found_unless_they_may(old: Any, new: Any, differ: bool) -> None:
    committed, fresh = ({"cells": [text("# x"), code("x", output=output)]} for output in (old, new))
    found = list(run.differences(committed, fresh))
    assert [problem[:3] for problem in found] == (["[1]"] if differ else [])
    committed["cells"][1]["metadata"]["tags"] = ["varies"]
    assert list(run.differences(committed, fresh)) == []


def test_a_player_of_an_older_version_is_found() -> None:
    """The code of a player is compared; its data and layout may differ."""
    page = "<div><svg>{}</svg></div><script>(() => {{\n{}\nstart({});\n}})();</script>"
    committed, *others = (
        {"cells": [text("# 01 A title"), code("show_backward(y)", output=shown(text_html=page.format(*parts)))]}
        for parts in (("here", "go();", "1"), ("there", "go();", "2"), ("here", "run();", "1"))
    )
    found = [list(run.differences(committed, fresh)) for fresh in others]
    assert found == [[], ["[1] has the player of an older version: run it again"]]


def test_a_healthy_notebook_has_no_problems() -> None:
    assert list(run.problems(healthy(), 1000)) == []


@pytest.mark.parametrize(
    ("cell", "changes", "problem"),
    [
        (0, {"source": "A title"}, "title"),
        (1, {"source": "1 + 1"}, "4 assertions"),
        (1, {"execution_count": None}, r"\[1\] has no outputs"),
        (1, {"execution_count": 9}, r"\[1\] has no outputs"),
        (1, {"outputs": [printed("Warning", "stderr")]}, r"\[1\] writes to stderr"),
        (1, {"metadata": {"tags": ["concept-26"]}}, "unknown tag 'concept-26'"),
        (1, {"metadata": {"tags": ["corrects-nothing"]}}, "unknown tag"),
        (1, {"source": "assert 1 + 1 == 2" + 20 * "\n1"}, r"\[1\] has 21 lines, more than 20"),
        (6, {"source": 'predict("size", 3)'}, "the guess of 'size' is filled in"),
        (6, {"outputs": [printed("a size of 3.0\n")]}, "the answer to 'size', 3, is shown before"),
        (7, {"source": "3"}, "the guess of 'size' is never compared"),
        (7, {"outputs": [printed("size: 3; you said 3, exactly right\n")]}, "should say that there was no guess"),
        (8, {"source": "x = ..."}, "5 exercises that are checked, fewer than 6"),
        (8, {"outputs": [printed("01.1: right\n")]}, "exercise 01.1 should show that it is not done yet"),
        (15, {"source": "# Solution\nassert 1 + 1 == 2"}, "exercise 01.1 has no solution below it that is checked"),
        (15, {"metadata": {"tags": ["solution"]}}, r"\[14\] or its output is not hidden"),
        (
            15,
            {"metadata": {"tags": ["solution"], "jupyter": {"source_hidden": True}}},
            r"\[14\] or its output is not hidden",
        ),
        (15, {"source": 'assert check("01.1", 2)  # the answer'}, r"\[14\] .* its first line is not a comment"),
        (15, {"source": '# Solution of 01.1\ncheck("01.1", 2)'}, r"\[14\] asserts nothing"),
        (15, {"source": '# Solution\nassert check("01.1", 2)'}, "are not at the end, each with its name"),
        (14, {"source": "## Answers"}, "are not at the end, each with its name"),
    ],
)
def test_what_a_notebook_lacks_is_named(cell: int, changes: dict[str, Any], problem: str) -> None:
    notebook = healthy()
    notebook["cells"][cell].update(changes)
    (found,) = run.problems(notebook, 1000)
    with pytest.raises(AssertionError, match=problem):
        raise AssertionError(found)


def test_solutions_are_moved_to_the_end() -> None:
    """Wherever they are written; those that the notebook needs stay."""
    needed = code('# Solution\nif not done:\n    x = 2\n    assert check("01.7", x)', "solution", hidden=True)
    last = code('# Solution: twice one\nassert check("01.6", 2)', "solution", hidden=True)
    cells = healthy()["cells"]
    written = {"cells": [cells[0], cells[15], needed, last, *cells[1:14]]}
    arranged = run.arranged(written)
    named = '# Solution of 01.6: twice one\nassert check("01.6", 2)'
    assert run.sources(arranged) == [
        *(cell["source"] for cell in (cells[0], needed, *cells[1:14])), run.SOLUTIONS, cells[15]["source"], named,
    ]  # fmt: skip
    assert run.arranged(arranged) == arranged
    assert last["source"].startswith("# Solution: twice one"), "and the notebook that is read stays as it is"
    assert "its solutions are not at the end, each with its name: run it again" in run.problems(written, 1000)
    assert run.sources(run.arranged({"cells": cells[:14]})) == [cell["source"] for cell in cells[:14]]


def test_a_figure_with_a_name_is_a_picture() -> None:
    drawn = io.BytesIO()
    Image.new("RGBA", (8, 6), "#0072b2").save(drawn, "png")
    cell = code("x", "picture-blue", output=shown(image_png=base64.b64encode(drawn.getvalue()).decode()))
    others = [code("x", output=cell["outputs"][0]), code("x", "varies", output=printed("words"))]
    notebook = healthy()
    notebook["cells"][1:1] = [others[0], cell, others[1]]
    found = run.pictures(notebook)
    assert set(found) == {"blue"}
    assert found["blue"].size == (8, 6)
    assert found["blue"].convert("RGB").getpixel((3, 3)) == (0, 0x72, 0xB2)
    assert not [problem for problem in run.problems(notebook, 1000) if "tag" in problem]


def test_the_committed_pictures_are_those_of_the_notebooks() -> None:
    found = {name: figure for path in PATHS for name, figure in run.pictures(read(path)).items()}
    assert len(found) >= 2
    for name, figure in found.items():
        with Image.open(run.FOLDER / "pictures" / f"{name}.png") as committed:
            assert committed.size == figure.size, f"{name}.png is of another run: python notebooks/run.py writes it anew"
            apart = ImageChops.difference(committed.convert("RGB"), figure.convert("RGB"))
            assert max(ImageStat.Stat(apart).mean) < 1, (
                f"{name}.png is of another run: python notebooks/run.py writes it anew"
            )
        assert f"notebooks/pictures/{name}.png" in (run.FOLDER.parent / "README.md").read_text()


def test_a_notebook_may_not_be_large() -> None:
    (found,) = run.problems(healthy(), 2_000_000)
    assert "2,000,000 bytes" in found


def test_the_table_says_where() -> None:
    first = {"cells": [text("# 01 One"), code("x", "concept-1", "concept-2"), code("y"), code("z", "concept-1")]}
    second = {"cells": [code("x"), text("said", "concept-1", "corrects-age"), text("more"), code("x", "concept-1")]}
    lines = run.table({Path("01-one.ipynb"): first, Path("04-four.ipynb"): second}).splitlines()
    assert lines[2].endswith("| [01](01-one.ipynb) [1], [3]; [04](04-four.ipynb) [2] |")
    assert lines[3].endswith("| [01](01-one.ipynb) [1] |")
    assert lines[4].endswith("| **nowhere yet** |")
    assert len([line for line in lines if line.startswith("|") and line.split(" | ")[0].strip("| ").isdigit()]) == 25
    assert next(line for line in lines if "the age example's" in line).endswith("| [04](04-four.ipynb) [2] |")


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_notebook_has_what_it_must(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    assert list(run.problems(notebook, path.stat().st_size)) == []
    assert notebook["cells"][0]["source"].startswith(f"# {run.number(path)} ")


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_formulas_are_read_without_scripts(path: Path) -> None:
    """A page without MathJax shows TeX as it is written: formulas are Markdown, x² and *p*<sub>*i*</sub>."""
    for cell in read(path)["cells"]:
        if cell["cell_type"] == "markdown":
            assert "$" not in re.sub(r"```.*?```|`[^`\n]*`", "", cell["source"], flags=re.DOTALL)


def quotations(text: str) -> list[tuple[str, list[str]]]:
    """List the quotations of a text that speaks of the documents: the words, and the numbers of the documents named."""
    if "document" not in text:
        return []
    found = QUOTATION.findall(re.sub(r"\s+", " ", text))
    return [(words, re.findall(r"00[0-4]", source)) for words, source in found if source or len(words.split()) > 2]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ('The documents say "known as epochs" (document 002).', [("known as epochs", ["002"])]),
        ("“can help\nmitigate” (documents 001, 003 and 004)", [("can help mitigate", ["001", "003", "004"])]),
        ('The documents say "what nobody ever wrote".', [("what nobody ever wrote", [])]),
        ('The documents call it "noise".', []),
        ('"A rule of somebody else" says so.', []),
    ],
)
def test_quotations_are_found(said: str, found: list[tuple[str, list[str]]]) -> None:
    assert quotations(said) == found


def test_the_documents_are_quoted_with_their_words() -> None:
    texts = [cell["source"] for path in PATHS for cell in read(path)["cells"] if cell["cell_type"] == "markdown"]
    quoted = [quotation for text in [*texts, *README.read_text().splitlines()] for quotation in quotations(text)]
    assert [(words, numbers) for words, numbers in quoted if not numbers] == [], "name the document: (document 002)"
    for words, numbers in quoted:
        for number in numbers:
            assert any(words in sentence for sentence in DOCUMENTS[number]), f"document {number} does not say {words!r}"
    said = {(number, words) for words, numbers in quoted for number in numbers}
    unused = {(number, sentence) for number, sentences in DOCUMENTS.items() for sentence in sentences} - said
    assert unused == set()


def test_the_readme_has_the_table_of_today() -> None:
    assert run.table({path: read(path) for path in PATHS}) in README.read_text(), (
        "write it anew: python notebooks/run.py --table --into notebooks/README.md"
    )


def test_the_whole_course_covers_everything() -> None:
    assert len(PATHS) == 18
    assert "nowhere yet" not in run.table({path: read(path) for path in PATHS})


def test_a_notebook_that_does_not_exist_is_named() -> None:
    done = subprocess.run([sys.executable, str(run.FOLDER / "run.py"), "99"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "no notebook 99" in done.stderr


def test_running_leaves_no_trace_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    need("notebooks", find_spec("nbclient") and find_spec("ipykernel"))
    cell = nbformat.v4.new_code_cell("print(2, flush=True)\nprint(3)\n4")
    cell.metadata = {"tags": ["varies"], "execution": {"iopub.execute_input": "2026-01-01"}, "scrolled": True}
    notebook = nbformat.v4.new_notebook(cells=[cell])
    fresh = run.execute(copy.deepcopy(notebook))
    assert run.outputs(fresh.cells[0]) == [("stdout", "2\n3\n"), ("text", "4")]
    assert set(fresh.metadata) == {"kernelspec", "language_info"}
    assert fresh.cells[0].metadata == {"tags": ["varies"]}


GLOSSARY = run.FOLDER / "glossary.md"


def test_the_derivatives_of_the_glossary_are_those_that_are_measured() -> None:
    names = {**vars(math), "sigmoid": lambda a: 1 / (1 + math.exp(-a)), "max": max, "abs": abs, "float": float}
    rows = re.findall(r"^\| `(.+?)` \| (`.+?`) \| ", GLOSSARY.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) >= 20
    for operation, derivatives in rows:
        locals_ = re.findall(r"`(.+?)`", derivatives)
        for point in ({"a": 0.7, "b": 1.9, "y": 0.3}, {"a": 2.3, "b": 0.4, "y": 1.0}):
            for name, derivative in zip("ab", locals_):
                up, down = ({**names, **point, name: point[name] + h} for h in (1e-6, -1e-6))
                measured = (eval(operation, up) - eval(operation, down)) / 2e-6
                assert math.isclose(eval(derivative, {**names, **point}), measured, rel_tol=1e-6, abs_tol=1e-8), operation
        assert len(locals_) == len({"a", "b"} & set(re.findall(r"\b\w\b", operation)))


def test_the_glossary_leads_to_notebooks() -> None:
    text = GLOSSARY.read_text(encoding="utf-8")
    for number, target in re.findall(r"\[([^]]+)\]\(([^)]+)\)", text):
        assert (run.FOLDER / target).exists(), target
        assert number == "course" or number == run.number(Path(target))
    words = re.findall(r"^\| ([A-Za-z][^|]*?) \|", text.partition("## Derivatives")[0], re.MULTILINE)[1:]
    assert words == sorted(words, key=str.lower)
    assert "(glossary.md)" in README.read_text(encoding="utf-8")
