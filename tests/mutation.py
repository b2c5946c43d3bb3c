"""Count the small faults that the tests notice: `python -m tests.mutation --part engine --sample 400 --seed 1` (pip install -e '.[mutation]').

First the tests of the pure build run once, to learn which of them reach which line. Then cosmic-ray's operators change one place
of a copy of the sources at a time, and the tests that reach it run, the closest first, for as many seconds as `--budget` allows.
A test that fails kills the mutant, and so does a run that takes several times as long as it should; the `--control` runs, which
change nothing, must pass. Mutants listed in `tests/equivalent.txt` have no visible effect, for the reason given there, and do not
count.

Each result is a line of the file `--results`: a run that was stopped continues from there, and `--again` tries its survivors once
more.
"""

import argparse
import ast
import collections
import difflib
import hashlib
import importlib
import json
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from tqdm import tqdm

REPOSITORY = Path(__file__).parents[1]
PARTS = {"engine": ("autograd/*.py", "autograd/program/*.py", "nn/*.py"), "render": ("autograd/render/**/*.py",)}
NOT_COPIED = [
    "*.so",
    "*.jsonl",
    "*.reach",
    "build",
    "__pycache__",
    ".git",
    ".environments",
    ".hypothesis",
    ".*_cache",
    ".venv",
]
NOT_MUTATED = {"__main__.py", "__init__.py", "demo.py"}
NEED_TORCH = {"interop.py", "_torch_modules.py"}
NOT_RUN = (
    "browser",
    "deep",
    "english",
    "learning",
    "notebooks",
    "readme",
    "skips",
)  # slow, in processes of their own, or about the text of the sources
# Beginnings of the tests that read a file without running its lines: a row runs once, on symbols, and only the first test that
# needs it reaches it; functions.py is printed; and a page that cannot be made runs nothing.
ROWS = (
    "tests/test_program.py::test_the_files_printed",
    "tests/test_ops.py",
    "tests/test_accuracy.py",
    "tests/test_kernels.py",
    "tests/test_numpy.py",
    "tests/test_symbols.py",
)
ALSO = {
    **dict.fromkeys(("autograd/operations.py", "autograd/formulas.py", "autograd/symbols.py"), ROWS),
    **dict.fromkeys(("autograd/functions.py", "autograd/reference.py"), ("tests/test_program.py::test_the_files_printed",)),
    "autograd/render/pages/page.py": ("tests/test_player.py::test_a_page_without_its_parts",),
}
MEMORY = 6 << 30  # bytes that a run may address: a mutant may make something grow without end
EQUIVALENT = Path(__file__).with_name("equivalent.txt")  # four lines each: file, before, after, reason
IMPORTED = (
    "numpy",
    "matplotlib.pyplot",
    "sklearn.datasets",
    "hypothesis",
    "mpmath",
    "nbformat",
    "graphviz",
    "torch",
    "cosmic_ray.ast",
)


Place = tuple[int, int]  # line, column


def left_out(source: str) -> list[tuple[Place, Place]]:
    """From where to where annotations, docstrings, overloads, `if TYPE_CHECKING` and the domains of rows reach."""
    spots: list[Any] = []
    nodes = list(ast.walk(ast.parse(source)))
    domains = [node.value for node in nodes if isinstance(node, ast.keyword) and node.arg == "domain"]  # where tests sample
    named = {ast.unparse(name) for domain in domains for name in ast.walk(domain) if isinstance(name, ast.Name)}
    for node in nodes:
        spots += [getattr(node, "annotation", None), getattr(node, "returns", None)]
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            spots.append(node)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            spots.append(node)
        if isinstance(node, ast.Assign) and {x.id for x in ast.walk(node.targets[0]) if isinstance(x, ast.Name)} & named:
            spots.append(node.value)
        if isinstance(node, ast.FunctionDef) and "overload" in map(ast.unparse, node.decorator_list):
            spots += [node, *node.decorator_list]
    spots += domains
    return [((x.lineno, x.col_offset), (x.end_lineno, x.end_col_offset)) for x in spots if x]


def mutants(part: str) -> dict[tuple[str, int, int, str], list[tuple[str, int]]]:
    """(file, line, column, family) -> the (operator, occurrence) that change that place: one of them is drawn."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    places: dict[tuple[str, int, int, str], list[tuple[str, int]]] = collections.defaultdict(list)
    for path in sorted(path for pattern in PARTS[part] for path in REPOSITORY.glob(pattern)):
        if path.name in NOT_MUTATED or (path.name in NEED_TORCH and not find_spec("torch")):
            continue
        source, file = path.read_text(), str(path.relative_to(REPOSITORY))
        skipped, nodes = left_out(source), list(ast_nodes(get_ast(source)))
        for name in sorted(operator_names()):
            operator = get_operator(name)
            if operator.arguments():
                continue
            spots = [spot for node in nodes for spot in operator().mutation_positions(node)]
            for occurrence, ((line, column), _) in enumerate(spots):
                if not any(start <= (line, column) < stop for start, stop in skipped):
                    places[file, line, column, re.split("[/_]", name)[1]].append((name, occurrence))
    return places


def sample(part: str, count: int, seed: int) -> list[dict[str, Any]]:
    """The places whose text has the smallest hashes: a change of the sources changes the sample only where it changes them."""
    ranked = []
    seen: collections.Counter[str] = collections.Counter()
    for (file, line, column, family), choices in sorted(mutants(part).items()):
        text = f"{file}, {column}, {family}: {(REPOSITORY / file).read_text().splitlines()[line - 1]}"
        seen[text] += 1
        ranked.append((hashlib.sha256(f"{seed} {seen[text]} {text}".encode()).hexdigest(), file, line, choices))
    found = []
    for digest, file, line, choices in sorted(ranked)[:count]:
        operator, occurrence = random.Random(digest).choice(choices)
        found.append({"id": digest, "file": file, "line": line, "operator": operator, "occurrence": occurrence})
    return found


def mutate(source: str, mutant: dict[str, Any]) -> str:
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    return mutate_code(source, get_operator(mutant["operator"])(), mutant["occurrence"]) or source


def change(source: str, mutated: str) -> tuple[str, str]:
    """The lines that differ, before and after."""
    lines = [x for x in difflib.ndiff(source.splitlines(), mutated.splitlines()) if x[0] in "+-"]
    before, after = ([x[2:].strip() for x in lines if x[0] == sign and x[2:].strip()] for sign in "-+")
    return " / ".join(before), " / ".join(after) or "(nothing)"


class Chosen:
    """A pytest plugin that runs the tests of these names only, in this order, and times each."""

    def __init__(self, names: list[str] | None = None) -> None:
        self.rank = None if names is None else {name: i for i, name in enumerate(names)}
        self.seconds: dict[str, float] = collections.defaultdict(float)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self.rank is not None:
            items[:] = sorted((item for item in items if item.nodeid in self.rank), key=lambda item: self.rank[item.nodeid])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] += report.duration


def start(copy: Path, arguments: list[str], plugin: Chosen, save: Path | None = None) -> int:
    """Run pytest on this copy in a process of its own, whose number is returned; `save` gets the seconds of each test."""
    sys.stdout.flush()
    if pid := os.fork():
        return pid
    code = 70
    try:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        with open(save.with_suffix(".log") if save else os.devnull, "w") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        os.chdir(copy)
        os.environ.update(STEPGRAD_PURE="1", PYTHONPATH=str(copy))
        for name in [name for name in sys.modules if name.partition(".")[0] in ("tests", "autograd", "nn")]:
            del sys.modules[name]
        sys.path.insert(0, str(copy))
        autograd = importlib.import_module("autograd")
        assert Path(autograd.__file__ or "").is_relative_to(copy), autograd.__file__
        code = pytest.main(
            ["-p", "no:cacheprovider", "--assert=plain", "--hypothesis-seed=1", *arguments], plugins=[plugin]
        )
        sys.stdout.flush()
        if save:
            save.write_text(json.dumps(plugin.seconds))
    except BaseException:
        traceback.print_exc()
        code = 1  # the engine cannot even be imported
    finally:
        sys.stderr.flush()
        os._exit(code)


class Reach:
    """The tests that reach each line, and the seconds that each test takes."""

    def __init__(self, seconds: dict[str, float], data: Any, root: Path) -> None:
        self.seconds, self.data, self.root = seconds, data, root  # data: coverage's, of the copy at root
        self.lines: dict[str, int] = collections.Counter()  # that each test reaches
        for file in data.measured_files():
            for names in data.contexts_by_lineno(file).values():
                self.lines.update({name.partition("|")[0] for name in names})

    @cache  # noqa: B019  one object
    def of_file(self, file: str) -> tuple[dict[int, set[str]], collections.Counter[str]]:
        """The tests that reach each line of a file, and how many of its lines each test reaches."""
        contexts = self.data.contexts_by_lineno(str(self.root / file))
        lines = {line: {name.partition("|")[0] for name in names if name} for line, names in contexts.items()}
        return lines, collections.Counter(name for names in lines.values() for name in names)

    def tests(self, file: str, line: int, budget: float) -> list[str]:
        """The tests that reach the statement of this line, or else its file, as many as the budget of seconds allows.

        The quickest of each test file come first, then those of the test file with the name of the module, then those that
        reach much of the module and little else.
        """
        lines, inside = self.of_file(file)
        source = ast.parse((REPOSITORY / file).read_text())
        around = [x for x in ast.walk(source) if isinstance(x, ast.stmt) and x.lineno <= line <= (x.end_lineno or line)]
        smallest = min(around, key=lambda x: (x.end_lineno or line) - x.lineno, default=None)
        span = range(smallest.lineno, (smallest.end_lineno or line) + 1) if smallest else range(line, line + 1)
        named = "tests/test_compile" if "/program/" in file else f"tests/test_{Path(file).stem}"
        reached = {name for i in span for name in lines.get(i, ())} or set(inside)
        reached |= {name for name in self.seconds if not reached and name.startswith(named)}  # a file of constants only
        reached |= {name for name in self.seconds if name.startswith(ALSO.get(file, "never"))}
        quickest = sorted(reached, key=lambda name: self.seconds.get(name, 1.0))
        of_files: dict[str, list[str]] = collections.defaultdict(list)
        for name in quickest:
            of_files[name.partition("::")[0]].append(name)
        firsts = [name for names in of_files.values() for name in names[:3]]
        closest = sorted(quickest, key=lambda name: (not name.startswith(named), -inside[name] / max(1, self.lines[name])))
        chosen: list[str] = []
        total = 0.0
        for name in dict.fromkeys([*firsts, *closest]):
            seconds = self.seconds.get(name, 1.0)
            if not chosen or total + seconds <= budget:  # one slow test does not keep out the quick ones after it
                chosen.append(name)
                total += seconds
        return chosen


def reach(copy: Path, kept: Path, jobs: int) -> Reach:
    """Run all tests once, unless the folder `kept` knows of these sources and tests already."""
    files = sorted(path for folder in ("autograd", "nn", "tests") for path in copy.rglob(f"{folder}/**/*.py"))
    sources = [path for path in files if path.name != Path(__file__).name]
    stamp = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    root, seconds = kept / "root", kept / "seconds.json"
    if not (kept / "stamp").exists() or (kept / "stamp").read_text() != stamp:
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir(parents=True)
        os.environ["COVERAGE_FILE"] = str(kept / "coverage")
        ignored = [f"--ignore=tests/{name if name == 'browser' else f'test_{name}.py'}" for name in NOT_RUN]
        arguments = ["-q", "-n", str(jobs), "--cov", "--cov-context=test", "--cov-report=", *ignored]
        arguments += ["-k", "not wasi"]  # a WebAssembly runtime reserves more memory than a run may address
        if os.waitpid(start(copy, arguments, Chosen(), seconds), 0)[1]:
            raise SystemExit(f"tests fail without any change: {seconds.with_suffix('.log')}")
        del os.environ["COVERAGE_FILE"]
        root.write_text(str(copy))
        (kept / "stamp").write_text(stamp)
    from coverage import CoverageData

    data = CoverageData(str(kept / "coverage"))
    data.read()
    return Reach(json.loads(seconds.read_text()), data, Path(root.read_text()))


@cache
def equivalents() -> dict[tuple[str, str, str], str]:
    """(file, before, after) -> reason."""
    blocks = [block.splitlines() for block in EQUIVALENT.read_text().strip().split("\n\n")] if EQUIVALENT.exists() else []
    return {(file, before, after): reason for file, before, after, reason in blocks}


def check_equivalents() -> None:
    """Exit if an entry is about a line that does not exist any more: it would excuse nothing."""
    for file, before, _ in equivalents():
        path = REPOSITORY / file
        if not path.exists() or before not in map(str.strip, path.read_text().splitlines()):
            raise SystemExit(f"{EQUIVALENT.name}: {file} has no line {before!r}")


def is_equivalent(result: dict[str, Any]) -> bool:
    return (result["file"], result["before"], result["after"]) in equivalents()


def report(results: list[dict[str, Any]]) -> None:
    folders = collections.defaultdict(list)
    for x in results:
        if not is_equivalent(x) or x["killed"]:
            folders[x["file"].rpartition("/")[0]].append(x)
    for folder, of in sorted(folders.items()):
        print(
            f"{folder:20} {sum(x['killed'] for x in of):4} of {len(of):4} killed: {sum(x['killed'] for x in of) / len(of):.1%}"
        )
    counted = [x for of in folders.values() for x in of]
    for x in counted:
        if not x["killed"]:
            print(f"\n{x['file']}:{x['line']}\n- {x['before']}\n+ {x['after']}")
    killed, slow = sum(x["killed"] for x in counted), sum(x.get("how") == "timeout" for x in counted)
    share, apart = killed / max(1, len(counted)), len(results) - len(counted)
    print(f"\n{killed} of {len(counted)} killed ({share:.1%}), {slow} of them by their time; {apart} equivalent apart")


HOW = {0: "survived", 1: "failed", 2: "not imported", 5: "not reached"}  # by pytest's exit code


class Worker:
    """A copy of the sources in which one mutant at a time is tried."""

    def __init__(self, copy: Path) -> None:
        self.copy, self.pid, self.times = copy, 0, 0

    def begin(self, mutant: dict[str, Any], chosen: list[str], seconds: float) -> None:
        """Run the chosen tests on a mutant; if it has no operator, on the sources as they are."""
        self.mutant, self.path = mutant, self.copy / mutant["file"]
        self.source = self.path.read_text()
        mutated = mutate(self.source, mutant) if mutant["operator"] else self.source
        mutant["before"], mutant["after"] = change(self.source, mutated)
        self.write(mutated)
        files = list(dict.fromkeys(name.partition("::")[0] for name in chosen))
        self.deadline = time.monotonic() + seconds
        self.pid = start(self.copy, ["-x", "-q", *files], Chosen(chosen))

    def write(self, source: str) -> None:
        self.path.write_text(source)
        self.times += 1
        os.utime(self.path, (self.times, self.times))  # else a compiled file of the same second and size is taken for it

    def ended(self) -> dict[str, Any] | None:
        """The mutant with what became of it, if the run is over."""
        done, status = os.waitpid(self.pid, os.WNOHANG)
        late = not done and time.monotonic() > self.deadline
        if late:
            os.killpg(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        if not done and not late:
            return None
        code = 1 if late else os.waitstatus_to_exitcode(status)
        how = "timeout" if late else HOW.get(code, f"ended with {code}")
        self.pid = 0
        self.write(self.source)
        return {**self.mutant, "killed": how not in ("survived", "not reached"), "how": how}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=PARTS, default="engine")
    parser.add_argument("--sample", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--budget", type=float, default=40, help="seconds of tests for each mutant")
    parser.add_argument("--control", type=int, default=10, help="runs without a change at the start, which must pass")
    parser.add_argument("--results", type=Path, default=Path("mutation.jsonl"))
    parser.add_argument("--again", action="store_true", help="run the survivors in the results once more")
    args = parser.parse_args()
    check_equivalents()
    os.environ["MPLBACKEND"] = "agg"
    for name in filter(lambda name: find_spec(name.partition(".")[0]), IMPORTED):
        importlib.import_module(name)  # once, for all processes
    old = [json.loads(line) for line in args.results.read_text().splitlines()] if args.results.exists() else []
    done = {x["id"]: x for x in old}
    wanted = sample(args.part, args.sample, args.seed)
    again = {id for id, x in done.items() if args.again and not x["killed"] and not is_equivalent(x)}
    open_ = [x for x in wanted if x["id"] not in done or x["id"] in again]
    with tempfile.TemporaryDirectory() as directory, args.results.open("a") as out:
        workers = [Worker(Path(directory).resolve() / str(i)) for i in range(args.jobs)]
        for worker in workers:
            shutil.copytree(REPOSITORY, worker.copy, ignore=shutil.ignore_patterns(*NOT_COPIED))
        known = reach(workers[0].copy, args.results.with_suffix(".reach").resolve(), args.jobs)
        controls = [{**mutant, "operator": "", "id": "control"} for mutant in open_[: args.control]]
        waiting = iter([*controls, *open_])
        with tqdm(total=len(open_), unit="mutant") as bar:
            while bar.n < len(open_):
                for worker in workers:
                    if not worker.pid:
                        if mutant := next(waiting, None):
                            chosen = known.tests(mutant["file"], mutant["line"], args.budget)
                            worker.begin(mutant, chosen, 20 + 3 * sum(known.seconds.get(name, 1.0) for name in chosen))
                    elif result := worker.ended():
                        if result["id"] == "control":
                            if result["how"] != "survived":
                                raise SystemExit(
                                    f"the tests of {result['file']}:{result['line']} {result['how']} unchanged"
                                )
                            continue
                        done[result["id"]] = result
                        out.write(json.dumps(result) + "\n")
                        out.flush()
                        bar.update()
                time.sleep(0.02)
    report([done[x["id"]] for x in wanted])


if __name__ == "__main__":
    main()
