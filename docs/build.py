"""Build the documentation site: `python docs/build.py` writes build/site/ (extra `docs`).

The pages are those of this folder, and what is made here: the course from the notebooks with their stored outputs, which
are not run; the API reference from the docstrings; the benchmarks, the changelog and CONTRIBUTING from their files. A
broken link, a public name without a docstring, or any other warning ends the build.
"""

from __future__ import annotations

import base64
import html
import inspect
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

FOLDER = Path(__file__).parent
REPOSITORY = FOLDER.parent
PAGES = REPOSITORY / "build" / "docs"
CONFIGURATION = REPOSITORY / "build" / "mkdocs.yml"

# The page of each document of the repository, and of each notebook; other files that a page links to get a page of source.
DOCUMENTS = {
    **{path.name: path.name for path in FOLDER.glob("*.md")},
    **{f"docs/{path.name}": path.name for path in FOLDER.glob("*.md")},
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "benchmarks/README.md": "benchmarks.md",
    "notebooks/README.md": "course/index.md",
    "notebooks/glossary.md": "course/glossary.md",
    "notebooks": "course/index.md",
    "benchmarks": "benchmarks.md",
}
LINK = re.compile(r"(!?\[[^\]]*\])\(([^)\s]+)\)")
CODE = re.compile(r"(```.*?```)", re.DOTALL)

# What the reference has beside the names in __all__.
BUILTIN_NAMES = ("abs", "pow", "sum", "compile")  # of autograd, which __all__ leaves out
MORE_CLASSES = {
    "Programs": ["autograd.program.program.Program"],
    "Optimisers, schedules, clipping": ["nn.optim.Optimizer", "nn.schedules.Schedule"],
    "Training": [
        *("nn.training.Callback", "nn.compiled.CompiledStep"),
        *("nn.MLPClassifier", "nn.MLPRegressor", "nn.estimators.MLPEstimator"),
    ],
    "Diagnostics": ["nn.report.LayerReport", "nn.importance.Importance"],
}
ENGINE = {
    "Values": ["Value", "Scope", "data_of", "set_data", "grads_of", "set_grads", "BUILD", "COMPILED"],
    "Derivatives": ["grad", "value_and_grad", "jacobian", "hessian", "hvp", "gradcheck", "GradcheckError"],
    "Composed functions": ["softmax", "log_softmax", "mean", "prod", "define"],
    "Modes": ["no_grad", "detect_anomaly", "is_detecting_anomaly", "AnomalyError", "LostGradientError"],
    "Programs": ["compile", "tracing", "is_tracing", "on_run", "TraceError", "adam_step"],
}

NAMES: list[str] = []  # of all objects in the reference, to which docstrings.py makes links


def main() -> int:
    """Make the pages, then the site; return the exit code."""
    shutil.rmtree(PAGES, ignore_errors=True)
    for path in FOLDER.glob("*.md"):
        wide = "---\nhide: [toc]\n---\n" if path.name in ("operations.md", "coming-from.md") else ""
        write(path.name, wide + linked(path.read_text(encoding="utf-8"), path))
    shutil.copytree(FOLDER / "assets", PAGES / "assets")
    for document, page in DOCUMENTS.items():
        path = REPOSITORY / document
        if path.suffix == ".md" and path.parent != FOLDER and document != "README.md" and path.is_file():
            write(page, linked(path.read_text(encoding="utf-8"), path))
    notebooks = [notebook(path) for path in sorted((REPOSITORY / "notebooks").glob("*.ipynb"))]
    reference = list(api())
    advice()
    (REPOSITORY / "build" / "names.txt").write_text("\n".join(NAMES), encoding="utf-8")
    text = (FOLDER / "mkdocs.yml").read_text(encoding="utf-8")
    text = re.sub(r"course/\*\.md.*", "\n      - ".join(notebooks), text)
    text = re.sub(r"api/\*\.md.*", "\n      - ".join(reference), text)
    CONFIGURATION.write_text(text, encoding="utf-8")
    environment = {**os.environ, "STEPGRAD_PURE": "1", "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--clean", "--config-file", str(CONFIGURATION)]
    return subprocess.run(command, cwd=REPOSITORY, env=environment, check=False).returncode


def write(page: str, text: str) -> str:
    """Write a page, and return its name."""
    path = PAGES / page
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return page


# Links


def linked(text: str, source: Path, page: str | None = None) -> str:
    """Return a document's text with its links to files of the repository turned into links between pages.

    source: its file. page: the name of its page, where DOCUMENTS does not have it.
    """
    own = page or DOCUMENTS[str(source.relative_to(REPOSITORY))]
    return "".join(
        part if i % 2 else LINK.sub(lambda found: _link(found, source, own), part)
        for i, part in enumerate(CODE.split(text))
    )  # code stays as it is; every second part is code


def _link(found: re.Match[str], source: Path, own: str) -> str:
    words, target = found.groups()
    path, _, anchor = target.partition("#")
    if re.match(r"\w+:", target) or not path:
        return found.group()
    file = (source.parent / path).resolve()
    if not file.exists():
        raise FileNotFoundError(f"{source.relative_to(REPOSITORY)} links {target}, which does not exist")
    there = os.path.relpath(_page_of(file), Path(own).parent).replace(os.sep, "/")
    return f"{words}({there}{'#' + anchor if anchor else ''})"


def _page_of(file: Path) -> str:
    """Return the page of a file of the repository; make one of its source, or a copy of a picture, if it has none."""
    name = str(file.relative_to(REPOSITORY))
    if name in DOCUMENTS:
        return DOCUMENTS[name]
    if file.suffix == ".ipynb":
        return f"course/{file.stem}.md"
    if file.is_dir():
        return write(f"source/{name}/index.md", _listing(file))
    if file.suffix in (".py", ".js", ".h"):
        language = {".py": "python", ".js": "javascript", ".h": "c"}[file.suffix]
        page = f"source/{name}.md"
        text = file.read_text(encoding="utf-8")
        return write(page, f"---\nsearch:\n  exclude: true\n---\n# {name}\n\n````{language}\n{text}````\n")
    copy = PAGES / "files" / name
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(file, copy)
    return f"files/{name}"


def _listing(folder: Path) -> str:
    names = sorted(path.name for path in folder.iterdir() if not path.name.startswith(("_", ".")))
    return f"# {folder.name}\n\n" + "\n".join(f"- `{name}`" for name in names) + "\n"


# The course


def notebook(path: Path) -> str:
    """Write the page of a notebook: its text, its code, and its stored outputs. Return the name of the page.

    An output in HTML (a player, a drawing) becomes a file in build/docs/outputs; hooks.py puts it into the finished page.
    """
    import nbformat

    page, parts = f"course/{path.stem}.md", []
    number = 0
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            parts.append(linked(cell.source, path, page))
            continue
        number += 1
        shown = [f'```python title="[{number}]"\n{cell.source}\n```']
        shown += [_output(output, f"{path.stem}-{number}-{i}") for i, output in enumerate(cell.outputs)]
        text = "\n\n".join(part for part in shown if part)
        if "solution" in cell.metadata.get("tags", []):
            title = cell.source.partition("\n")[0].lstrip("# ")
            text = f'<details markdown="1">\n<summary>{html.escape(title)}</summary>\n\n{text}\n\n</details>'
        parts.append(text)
    return write(page, "\n\n".join(parts) + "\n")


def _output(output: Any, name: str) -> str:
    """Return the Markdown of an output: its richest form, as notebooks show it."""
    data = output.get("data", {})
    if "text/html" in data:
        (PAGES / "outputs").mkdir(exist_ok=True)
        (PAGES / "outputs" / f"{name}.html").write_text(_text(data["text/html"]), encoding="utf-8")
        return f'<div class="output" data-output="{name}"></div>'
    if "image/png" in data:
        picture = PAGES / "course" / "pictures" / f"{name}.png"
        picture.parent.mkdir(parents=True, exist_ok=True)
        picture.write_bytes(base64.b64decode(_text(data["image/png"])))
        return f"![Figure]({picture.parent.name}/{picture.name})"
    text = _text(output.get("text", "")) or _text(data.get("text/plain", ""))
    return f"```text\n{text.rstrip()}\n```" if text.strip() else ""


def _text(x: Any) -> str:
    return x if isinstance(x, str) else "".join(x)


# The reference


def api() -> Iterator[str]:
    """Write the pages of the reference, of every public name; yield their names. ValueError if a docstring is missing."""
    sys.path.insert(0, str(REPOSITORY))
    os.environ["STEPGRAD_PURE"] = "1"  # the docstrings are those of the Python files
    import autograd
    import nn
    from autograd import render
    from autograd.operations import TABLE

    listed = {name for names in ENGINE.values() for name in names}
    engine = {*autograd.__all__, *BUILTIN_NAMES} - {*TABLE, "scope"}
    if engine != listed:
        raise ValueError(f"docs/build.py: ENGINE and autograd.__all__ differ by {sorted(engine ^ listed)}")
    check_docstrings(autograd, [*engine, *TABLE])
    check_docstrings(nn, nn.__all__)
    check_docstrings(render, render.__all__)
    methods = ", ".join(f"`{name}`" for name in dir(autograd.Value) if _is_operation(autograd.Value, name))
    more = f"\nThese operations are methods, too, some under the names of NumPy or PyTorch: {methods}.\n"
    sections = {
        topic: [*(f"autograd.{name}" for name in names if name not in ("BUILD", "COMPILED")), *MORE_CLASSES.get(topic, [])]
        for topic, names in ENGINE.items()
    }
    text = reference("autograd", sections)
    yield write("api/autograd.md", text.replace("## Derivatives", f"{more}\n## Derivatives", 1))
    rows = {"Of the table": [f"autograd.{name}" for name in TABLE]}
    yield write("api/operations.md", reference("autograd: the operations", rows))
    yield write("api/render.md", reference("autograd.render", {"": [f"autograd.render.{name}" for name in render.__all__]}))
    for topic, names in topics().items():
        page = f"api/nn-{topic.split()[0].strip(',').lower()}.md"
        identifiers = [*(f"nn.{name}" for name in names), *MORE_CLASSES.get(topic, [])]
        yield write(page, reference(f"nn: {topic[0].lower()}{topic[1:]}", {"": identifiers}))
    for module in (nn.init, nn.functional, nn.utils, nn.plots):
        own = [x for x in vars(module) if inspect.getmodule(getattr(module, x)) is module and not x.startswith("_")]
        names = [x for x in getattr(module, "__all__", own) if inspect.isfunction(getattr(module, x))]
        check_docstrings(module, names)
        text = reference(module.__name__, {"": [f"{module.__name__}.{name}" for name in names]})
        yield write(f"api/{module.__name__.replace('.', '-')}.md", text)


def reference(title: str, sections: dict[str, list[str]]) -> str:
    """Return a page of the reference. sections: the full names of the objects, by heading."""
    lines = [f"# {title}"]
    for heading, names in sections.items():
        lines += [f"## {heading}"] * bool(heading)
        for name in names:
            lines.append(f"::: {name}" + "\n    options:\n      inherited_members: true" * (name == "autograd.Value"))
            NAMES.append(name)
    return "\n\n".join(lines) + "\n"


def topics() -> dict[str, list[str]]:
    """Return the names in nn's __all__ by the comments above them."""
    source = (REPOSITORY / "nn" / "__init__.py").read_text(encoding="utf-8")
    groups = re.findall(r'    # (.+)\n((?:    "\w+",\n)+)', source)
    return {topic: re.findall(r'"(\w+)"', names) for topic, names in groups}


def check_docstrings(module: ModuleType, names: list[str]) -> None:
    """Raise ValueError if one of these names of a module, or a public method of a class among them, has no docstring."""
    missing = []
    for name in sorted(names):
        x = getattr(module, name)
        if not (inspect.isclass(x) or inspect.isroutine(x)):
            continue
        missing += [] if inspect.getdoc(x) else [name]
        for member in dir(x) if inspect.isclass(x) else ():
            described = inspect.getdoc(getattr(x, member, None)) or _is_operation(x, member)
            if not member.startswith("_") and callable(getattr(x, member, None)) and not described:
                missing.append(f"{name}.{member}")
    if missing:
        raise ValueError(f"{module.__name__}: no docstring for {', '.join(missing)}")


def _is_operation(kind: type, name: str) -> bool:
    """True if this method of Value has no docstring because it is the operation of that name."""
    if kind.__name__ != "Value" or name.startswith("_"):
        return False
    method = getattr(kind, name)
    return callable(method) and not method.__doc__


def advice() -> None:
    """Add the replacements for names from elsewhere to their page."""
    from autograd import elsewhere as of_autograd
    from nn import elsewhere as of_nn

    rows = ["| name | in its place |", "|---|---|"]
    for package, table in (("autograd", of_autograd.ADVICE), ("nn", of_nn.ADVICE)):
        by_text: dict[str, list[str]] = {}
        for name, text in table.items():
            by_text.setdefault(text, []).append(f"`{package}.{name}`")
        rows += [f"| {', '.join(names)} | {text} |" for text, names in by_text.items()]
    page = PAGES / "coming-from.md"
    marker = "<!-- advice: python docs/build.py -->"
    text = page.read_text(encoding="utf-8")
    if marker not in text:
        raise ValueError(f"coming-from.md has no line {marker}")
    page.write_text(text.replace(marker, "\n".join(rows)), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
