"""Run the notebooks of the course: write their outputs, check the committed ones, or print where each concept is taught.

    python notebooks/run.py [01 02 ...]             run them in fresh kernels, write their outputs in place
    python notebooks/run.py --check [01 02 ...]     run them, write nothing, fail if outputs differ from the committed ones
    python notebooks/run.py --table [--into FILE]   each concept -> notebook and cell, from the cells' tags

A run that writes outputs first moves the solutions to the end, where they spoil nothing: some pages, GitHub's among them,
fold no cells away. It also writes the pictures for the README: the figure of a cell with the tag `picture-NAME` becomes
pictures/NAME.png, in 64 colours, which cuts its size to a third.

Needs `pip install -e '.[notebooks]'`. STEPGRAD_PURE=1 runs the plain Python engine, where a notebook may choose a smaller
setting (`SMALL`): its assertions must hold, but its outputs are not compared.
"""

import argparse
import ast
import base64
import io
import math
import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import nbformat
from PIL import Image
from tqdm import tqdm

import autograd

PICTURE = "picture-"
Notebook = Any  # as nbformat reads it: {"cells": [...], "metadata": {...}}
FOLDER = Path(__file__).parent
MOST_BYTES, MOST_LINES, FEWEST_ASSERTIONS, FEWEST_EXERCISES = 1_500_000, 20, 5, 6
CHECKED = re.compile(r'^(?:\w+ = )?check\("([^"]+)"', re.MULTILINE)  # in a cell with gaps
ASKED = re.compile(r'^predict\("([^"]+)", (.+?)\)', re.MULTILINE)
COMPARED = re.compile(r'\bcompare\("([^"]+)"')
NUMBER = re.compile(r"\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")  # of a terminal, in error messages of a kernel
RTOL, ATOL = (
    1e-9,
    1e-12,
)  # of numbers in outputs: exp on another machine may round the last digit differently
# The metadata of a solution; JupyterLab still shows its first line.
HIDDEN = {"outputs_hidden": True, "source_hidden": True}
SOLUTIONS = (
    "## Solutions\n\nOne for each exercise. Yours may be different, and just as right."
)
NAMELESS = re.compile(r'^# Solution(?! of)(.*?check\("([^"]+)".*)', re.DOTALL)
BEGIN, END = (
    "<!-- where: python notebooks/run.py --table --into notebooks/README.md -->",
    "<!-- end of where -->",
)
CONCEPTS = dict(enumerate((
    "gradient: partial derivatives, uphill, step against it", "the five steps of training", "chain rule, layer by layer",
    "dLoss/dw: large and small gradients", "activations, and networks without", "properties of activations",
    "no activation = one linear map", "losses", "gradient descent: SGD, momentum, RMSprop, Adam", "learning rate",
    "new weight = old - rate × gradient", "rescaling the loss against changing the rate", "vanishing gradients",
    "exploding gradients, NaN", "saturation; a large gradient is not importance", "dying ReLU", "initialisation",
    "batch normalisation", "gradient clipping", "residual connections", "RNN, LSTM, GRU", "gradient checking",
    "weights as the cause of vanishing", "the worked example", "the age example",
), start=1))  # fmt: skip
CORRECTIONS = {  # in quotation marks, the words of a document; tests/reference/documents.json has them all
    "worked-example": "the worked example's figures",
    "age": "the age example's figures, without a bias",
    "boundary": "one sigmoid neuron: “the network can model the non-linear decision boundary between age"
    " and the condition” (document 002)",
    "differentiable": "“non-linear nature of activation functions ensures that the composite is differentiable”"
    " (document 002); that this leads to “global minima” (document 004)",
    "rescaling": "dividing the loss does not act like changing the rate",
    "linear-vanishing": "without activations, gradients vanish",
    "layer-by-layer": "backpropagation goes back “updating the weights layer by layer” (document 002)",
    "epochs": "iterations, “known as epochs” (document 002)",
    "large-steps": "a large gradient: “adjust that weight by a relatively large amount” (document 000)",
    "local-minima": "momentum “helps overcome local minima” (document 003); a rate that is too low gets stuck in them",
    "saturation": "saturation “can lead to very small or very large gradients” (document 003)",
    "cures": "batch normalisation: “preventing the gradients from vanishing or exploding by keeping the input"
    " distributions consistent” (document 004)",
    "batch-norm-rates": "batch normalisation: “faster convergence” (document 003), “higher learning rates”"
    " (documents 001 and 003)",
    "clipping": "clipping: “prevents the gradients from becoming too large or too small” (document 002)",
    "memory": "LSTM and GRU keep gradients over long sequences",
}


def notebooks() -> list[Path]:
    """List the notebooks of the course in order: 01-..., 02-..., 02b-..., 03-..."""
    return sorted(FOLDER.glob("[0-9][0-9]*-*.ipynb"))


def number(path: Path) -> str:
    """Return the number of a notebook: 02b."""
    return path.name.partition("-")[0]


def code_cells(notebook: Notebook) -> list[Any]:
    """List the code cells in order; counted from 1, the k-th is the one that readers see as [k]."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def tags(cell: Any) -> list[str]:
    found: list[str] = cell["metadata"].get("tags", [])
    return found


def stands_in(solution: Any) -> bool:
    """True if a solution takes the place of a missing answer, which the notebook needs further down."""
    return bool(solution["source"].partition("\n")[2].startswith("if not "))


def arranged(notebook: Notebook) -> Notebook:
    """Return a notebook with its solutions at the end, under a title, each with the name of its exercise."""
    cells = [
        cell for cell in notebook["cells"] if not cell["source"].startswith("## Solutions")
    ]
    last = [cell for cell in cells if "solution" in tags(cell) and not stands_in(cell)]
    title = nbformat.v4.new_markdown_cell(SOLUTIONS, id="solutions")
    named = [
        {**cell, "source": NAMELESS.sub(r"# Solution of \2\1", cell["source"])}
        for cell in last
    ]
    cells = [cell for cell in cells if cell not in last] + ([title, *named] if last else [])
    return nbformat.from_dict({**notebook, "cells": cells})


def sources(notebook: Notebook) -> list[str]:
    return [cell["source"] for cell in notebook["cells"]]


def visible(notebook: Notebook) -> list[Any]:
    """List the code cells that are not folded away."""
    return [cell for cell in code_cells(notebook) if "solution" not in tags(cell)]


def count_assertions(source: str) -> int:
    """Count the assertions about computed values in a cell, ignoring IPython magics."""
    tree = ast.parse(
        "\n".join(
            line for line in source.splitlines() if not line.lstrip().startswith(("%", "!"))
        )
    )
    asserted = [node.test for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    called = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and "assert_" in ast.unparse(node.func)
    ]
    return sum(not isinstance(test, ast.Constant) for test in asserted) + len(called)


def outputs(cell: Any) -> list[tuple[str, str]]:
    """List the outputs of a cell as (kind, text); pictures and HTML have their kind only."""
    told = []
    for output in cell["outputs"]:
        data = output.get("data", {})
        rich = " ".join(sorted(set(data) - {"text/plain"}))
        told.append(
            (
                rich or output.get("name", "text"),
                "" if rich else output.get("text", data.get("text/plain", "")),
            )
        )
    return told


def scripts(cell: Any) -> list[str]:
    """List the code of the players in a cell's outputs, without their data."""
    pages = (
        "".join(output.get("data", {}).get("text/html", "")) for output in cell["outputs"]
    )
    return [
        code.partition("\nstart(")[0]
        for page in pages
        for code in page.split("<script>")[1:]
    ]


def same_text(a: str, b: str) -> bool:
    """True if two texts are the same except for spaces and the last digits of numbers."""
    (words_a, numbers_a), (words_b, numbers_b) = (
        (NUMBER.split(t), list(map(float, NUMBER.findall(t)))) for t in (a, b)
    )
    return [w.split() for w in words_a] == [w.split() for w in words_b] and all(
        math.isclose(x, y, rel_tol=RTOL, abs_tol=ATOL) for x, y in zip(numbers_a, numbers_b)
    )


def differences(committed: Notebook, fresh: Notebook) -> Iterator[str]:
    """Describe each cell whose outputs differ from the committed ones."""
    for k, (old, new) in enumerate(zip(code_cells(committed), code_cells(fresh)), start=1):
        a, b = outputs(old), outputs(new)
        same = [kind for kind, _ in a] == [kind for kind, _ in b] and all(
            same_text(s, t) for (_, s), (_, t) in zip(a, b)
        )
        if not same and "varies" not in tags(old):
            yield f"[{k}] shows {b}, but {a} is committed"
        if scripts(old) != scripts(new):
            yield f"[{k}] has the player of an older version: run it again"


def problems(notebook: Notebook, size: int) -> Iterator[str]:
    """Describe the requirements of the course that a notebook does not meet."""
    cells = code_cells(notebook)
    solutions = [cell for cell in cells if "solution" in tags(cell)]
    asserted = sum(
        count_assertions(cell["source"]) for cell in cells if cell not in solutions
    )
    known = {
        *(f"concept-{n}" for n in CONCEPTS),
        *(f"corrects-{name}" for name in CORRECTIONS),
        "varies",
        "solution",
    }
    if not notebook["cells"][0]["source"].startswith("# "):
        yield "its first cell is not its title, '# NN Name'"
    if size > MOST_BYTES:
        yield f"it has {size:,} bytes, more than {MOST_BYTES:,}"
    if asserted < FEWEST_ASSERTIONS:
        yield f"it has {asserted} assertions outside of solutions, fewer than {FEWEST_ASSERTIONS}"
    yield from unanswered(notebook)
    yield from spoiled(notebook)
    if sources(arranged(notebook)) != sources(notebook):
        yield "its solutions are not at the end, each with its name: run it again"
    for k, cell in enumerate(cells, start=1):
        if cell in solutions and not count_assertions(cell["source"]):
            yield f"the solution [{k}] asserts nothing"
        if cell in solutions and (
            cell["metadata"].get("jupyter") != HIDDEN or not cell["source"].startswith("#")
        ):
            yield f"the solution [{k}] or its output is not hidden, or its first line is not a comment"
        if (
            cell not in solutions
            and (length := len(cell["source"].splitlines())) > MOST_LINES
        ):
            yield f"[{k}] has {length} lines, more than {MOST_LINES}"
        if cell.get("execution_count") != k:
            yield f"[{k}] has no outputs of a run from top to bottom"
        if not tags(cell) and any(kind == "stderr" for kind, _ in outputs(cell)):
            yield f"[{k}] writes to stderr"
        yield from (
            f"[{k}] has the unknown tag {tag!r}"
            for tag in tags(cell)
            if tag not in known and not tag.startswith(PICTURE)
        )


def unanswered(notebook: Notebook) -> Iterator[str]:
    """Describe exercises that are missing, give their answer away, or have no solution that is checked."""
    cells, found = code_cells(notebook), 0
    for k, cell in enumerate(cells):
        for name in CHECKED.findall(cell["source"]) if "solution" not in tags(cell) else ():
            found += 1
            gap = f"{name} is not done yet: there is a gap to fill in, `...`\n"
            if outputs(cell) != [("stdout", gap)]:
                yield f"exercise {name} should show that it is not done yet, and nothing else"
            if not any(
                "solution" in tags(later) and f'check("{name}"' in later["source"]
                for later in cells[k:]
            ):
                yield f"exercise {name} has no solution below it that is checked"
    if found < FEWEST_EXERCISES:
        yield f"it has {found} exercises that are checked, fewer than {FEWEST_EXERCISES}"


def spoiled(notebook: Notebook) -> Iterator[str]:
    """Describe guesses that are filled in, never compared, or answered before they are compared."""
    cells = visible(notebook)
    for k, cell in enumerate(cells):
        for question, guess in ASKED.findall(cell["source"]):
            if guess != "...":
                yield f"the guess of {question!r} is filled in; it should be `...`"
            later = next(
                (
                    j
                    for j, other in enumerate(cells)
                    if j > k and question in COMPARED.findall(other["source"])
                ),
                None,
            )
            if later is None:
                yield f"the guess of {question!r} is never compared"
                continue
            shown = "".join(text for _, text in outputs(cells[later]))
            answer = re.search(
                rf"^{re.escape(question)}: (\S+); you made no guess$", shown, re.MULTILINE
            )
            before = "".join(text for c in cells[k:later] for _, text in outputs(c))
            if not answer:
                yield f"the answer to {question!r} should say that there was no guess"
            elif float(answer[1]) in map(float, NUMBER.findall(before)):
                yield f"the answer to {question!r}, {answer[1]}, is shown before it is compared"


def pictures(notebook: Notebook) -> dict[str, Image.Image]:
    """Return {name: figure} for the cells with a tag `picture-NAME`, in 64 colours."""
    found = {}
    for cell in code_cells(notebook):
        for name in (tag[len(PICTURE) :] for tag in tags(cell) if tag.startswith(PICTURE)):
            data = next(
                o["data"] for o in cell["outputs"] if "image/png" in o.get("data", {})
            )
            figure = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
            found[name] = figure.convert("RGB").quantize(64)
    return found


def execute(notebook: Notebook) -> Notebook:
    """Run a notebook from top to bottom in a fresh kernel, and remove metadata that differs from run to run."""
    from nbclient import NotebookClient

    fresh = nbformat.from_dict(notebook)
    os.environ.pop("MPLBACKEND", None)
    NotebookClient(
        fresh, timeout=600, kernel_name="python3", record_timing=False, coalesce_streams=True,
        resources={"metadata": {"path": str(FOLDER)}}, extra_arguments=["--log-level=40"],
    ).execute()  # fmt: skip
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    fresh.metadata = nbformat.from_dict(
        {"kernelspec": kernel, "language_info": {"name": "python"}}
    )
    for cell in fresh.cells:
        cell.metadata = nbformat.from_dict(
            {k: v for k, v in cell.metadata.items() if k in ("tags", "jupyter")}
        )
    return fresh


def run(paths: Sequence[Path], check: bool) -> int:
    """Run the notebooks, print each problem, and return the number of problems."""
    found = 0
    for path in (bar := tqdm(paths, unit="notebook")):
        bar.set_description(path.stem)
        committed, start = nbformat.read(path, as_version=4), time.perf_counter()
        try:
            fresh = execute(committed if check else arranged(committed))
        except Exception as error:  # of any kind: the other notebooks still run
            wrong, fresh = [COLOUR.sub("", str(error)).replace("\n", "\n    ")], committed
        else:
            smaller = not autograd.COMPILED and "SMALL" in "".join(
                cell["source"] for cell in code_cells(committed)
            )
            wrong = list(differences(committed, fresh)) if check and not smaller else []
            if not check:
                nbformat.write(fresh, path)
                for name, figure in pictures(fresh).items():
                    figure.save(FOLDER / "pictures" / f"{name}.png", optimize=True)
            wrong += problems(committed if check else fresh, path.stat().st_size)
        asserted = sum(count_assertions(cell["source"]) for cell in code_cells(fresh))
        summary = f"{time.perf_counter() - start:5.1f} s  {path.stat().st_size / 1e3:6.0f} kB  {asserted:3} assertions"
        tqdm.write("\n    ".join([f"{path.name:<32}{summary}", *wrong]))
        found += len(wrong)
    return found


def places(notebooks: dict[Path, Notebook]) -> dict[str, dict[Path, list[int]]]:
    """Return {tag: {path: [cell numbers]}}. The tag of a markdown cell counts for the code cell that follows."""
    where: dict[str, dict[Path, list[int]]] = {}
    for path, notebook in notebooks.items():
        k = 0
        for cell in notebook["cells"]:
            k += cell["cell_type"] == "code"
            for tag in tags(cell):
                at = k if cell["cell_type"] == "code" else k + 1
                where.setdefault(tag, {}).setdefault(path, []).append(at)
    return where


def table(notebooks: dict[Path, Notebook]) -> str:
    """Write a Markdown table of where each concept is taught and each error corrected. [k] is a code cell."""
    where = places(notebooks)

    def cells(tag: str) -> str:
        found = where.get(tag, {})
        return "; ".join(
            f"[{number(path)}]({path.name}) " + ", ".join(f"[{k}]" for k in dict.fromkeys(numbers))
            for path, numbers in found.items()
        ) or "**nowhere yet**"  # fmt: skip

    lines = ["| # | concept | notebook and cells |", "|---|---|---|"]
    lines += [
        f"| {n} | {concept} | {cells(f'concept-{n}')} |" for n, concept in CONCEPTS.items()
    ]
    lines += ["", "| the documents say | tested in |", "|---|---|"]
    lines += [
        f"| {statement} | {cells(f'corrects-{name}')} |"
        for name, statement in CORRECTIONS.items()
    ]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "numbers",
        nargs="*",
        metavar="NN",
        help="the notebooks to run: 01 02; all if none is given",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; fail if a notebook is not as committed",
    )
    parser.add_argument(
        "--table", action="store_true", help="print where each concept is taught"
    )
    parser.add_argument(
        "--into",
        type=Path,
        metavar="FILE",
        help="write the table between its two comments in FILE",
    )
    options = parser.parse_args()
    paths = notebooks()
    if unknown := set(options.numbers) - set(map(number, paths)):
        parser.error(
            f"no notebook {', '.join(sorted(unknown))}: there are {', '.join(map(number, paths))}"
        )
    if options.table:
        text = table({path: nbformat.read(path, as_version=4) for path in paths})
        print(text)
        if options.into:
            before, _, rest = options.into.read_text(encoding="utf-8").partition(BEGIN)
            _, end, after = rest.partition(END)
            if not end:
                parser.error(
                    f"{options.into} has no place for the table: it needs a line {BEGIN} and a line {END}"
                )
            options.into.write_text(
                f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8"
            )
        return 0
    print(f"build: {'compiled' if autograd.COMPILED else 'pure Python'}")
    if not (autograd.COMPILED or options.check):
        parser.error(
            "committed outputs are those of the compiled build: on this one, add --check"
        )
    return min(
        1,
        run(
            [
                path
                for path in paths
                if not options.numbers or number(path) in options.numbers
            ],
            options.check,
        ),
    )


if __name__ == "__main__":
    sys.exit(main())
