"""Measure how many small faults the tests notice: `python -m tests.mutation --part engine --sample 400 --seed 1` (pip install -e '.[mutation]').

cosmic-ray's operators change one place of a copy of the sources, and the test files that TESTS names for the module run on it, on the
pure build. A test that fails kills, and so does a run several times as long as without the change. Mutants of `tests/equivalent.txt` change nothing that can be seen, for the reason that stands there; they do not count.

Each result is a line of the file `--results`: a run that was stopped goes on from there. `--shard 0/2` runs one half of the sample.
"""

import argparse
import ast
import collections
import difflib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tqdm import tqdm

REPOSITORY = Path(__file__).parents[1]
PARTS = {"engine": ("autograd/*.py", "autograd/program/*.py", "nn/*.py"), "render": ("autograd/render/*.py",)}
NOT_MUTATED = {"__main__.py", "__init__.py", "demo.py", "_pure.py"}
NEED_TORCH = {"interop.py", "torch_modules.py"}
EQUIVALENT = Path(__file__).with_name("equivalent.txt")  # four lines each: file, before, after, reason
# Which test files run, by the module or else by its folder.
TESTS = {
    "autograd": "value modes functional numpy", "autograd/floats.py": "floats ops", "autograd/modes.py": "modes value nn_compile",
    "autograd/ops.py": "ops kernels accuracy", "autograd/operation.py": "ops kernels", "autograd/symbols.py": "ops kernels",
    "autograd/kernels.py": "kernels ops", "autograd/value.py": "value numpy modes functional",
    "autograd/functions.py": "value large_logits", "autograd/check.py": "functional ops", "autograd/functional.py": "functional",
    "autograd/flat.py": "value parameters nn_reference", "autograd/graph.py": "value trace drawing",
    "autograd/program": "compile nn_compile", "nn": "modules parameters nn_reference",
    "nn/compiled.py": "nn_compile", "nn/running.py": "training nn_compile", "nn/losses.py": "modules nn_reference large_logits",
    "nn/diagnostics.py": "diagnostics", "nn/findings.py": "diagnostics", "nn/importance.py": "diagnostics", "nn/plots.py": "plots",
    "nn/distributed.py": "distributed", "nn/files.py": "parameters training", "nn/training.py": "training nn_compile",
    "nn/interop.py": "interop", "nn/torch_modules.py": "interop", "nn/init.py": "modules parameters",
    "autograd/render": "trace drawing pictures player", "autograd/render/layered.py": "layered drawing",
    "autograd/render/ordering.py": "layered", "autograd/render/placing.py": "layered",
    "autograd/render/explain.py": "explain", "autograd/render/expression.py": "explain", "autograd/render/messages.py": "explain",
    "autograd/render/trace.py": "trace player explain", "autograd/render/text.py": "trace player explain",
    "autograd/render/groups.py": "pictures drawing", "autograd/render/engines.py": "drawing", "autograd/render/raster.py": "drawing",
    "autograd/render/movie.py": "player", "autograd/render/player.py": "player", "autograd/render/page.py": "player",
}  # fmt: skip


Place = tuple[int, int]  # line, column


def left_out(source: str) -> list[tuple[Place, Place]]:
    """Find the positions of annotations, docstrings and `if TYPE_CHECKING`, which are not changed."""
    spots: list[Any] = []
    for node in ast.walk(ast.parse(source)):
        spots += [getattr(node, "annotation", None), getattr(node, "returns", None)]
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            spots.append(node)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            spots.append(node)
    return [((x.lineno, x.col_offset), (x.end_lineno, x.end_col_offset)) for x in spots if x]


def mutants(part: str) -> dict[tuple[str, int, int, str], list[tuple[str, int]]]:
    """Map (file, line, column, family) to the (operator, occurrence) pairs that change that place; one of them is drawn."""
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
    places, rng = mutants(part), random.Random(seed)
    keys = rng.sample(sorted(places), min(count, len(places)))
    found = []
    for key in keys:
        operator, occurrence = rng.choice(places[key])
        found.append({"file": key[0], "line": key[1], "operator": operator, "occurrence": occurrence})
    return found


def mutate(source: str, mutant: dict[str, Any]) -> str:
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    return mutate_code(source, get_operator(mutant["operator"])(), mutant["occurrence"]) or source


def change(source: str, mutated: str) -> tuple[str, str]:
    """Return the lines that differ, before and after."""
    lines = [x for x in difflib.ndiff(source.splitlines(), mutated.splitlines()) if x[0] in "+-"]
    return tuple(" / ".join(x[2:].strip() for x in lines if x[0] == sign) for sign in "-+")  # type: ignore[return-value]


def test_files(file: str, seconds: dict[str, float]) -> list[str]:
    """List the test files, quickest first."""
    names = TESTS.get(file) or TESTS[file.rpartition("/")[0]]
    return sorted((f"tests/test_{name}.py" for name in names.split()), key=lambda name: seconds.get(name, 0.0))


def fails(copy: Path, files: list[str], seconds: float) -> str:
    """Return "failed" if a test fails, "timeout" if the tests take too long, otherwise ""."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *files]
    environment = {**os.environ, "STEPGRAD_PURE": "1", "PYTHONDONTWRITEBYTECODE": "1", "MPLBACKEND": "agg"}
    with subprocess.Popen(
        command, cwd=copy, env=environment, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            return "failed" if process.wait(seconds) else ""
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return "timeout"


def equivalents() -> dict[tuple[str, str, str], str]:
    """Read the equivalent mutants: (file, before, after) -> reason."""
    blocks = [block.splitlines() for block in EQUIVALENT.read_text().strip().split("\n\n")] if EQUIVALENT.exists() else []
    return {(file, before, after): reason for file, before, after, reason in blocks}


def report(results: list[dict[str, Any]]) -> None:
    same, folders = equivalents(), collections.defaultdict(list)
    for x in results:
        if (x["file"], x["before"], x["after"]) not in same or x["killed"]:
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=PARTS, default="engine")
    parser.add_argument("--sample", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shard", default="0/1")
    parser.add_argument("--results", type=Path, default=Path("mutation.jsonl"))
    parser.add_argument("--again", action="store_true", help="run the survivors in the results once more")
    args = parser.parse_args()
    old = [json.loads(line) for line in args.results.read_text().splitlines()] if args.results.exists() else []
    seconds = {x["baseline"]: x["seconds"] for x in old if "baseline" in x}
    done = {x["id"]: x for x in old if "id" in x}
    shard, shards = map(int, args.shard.split("/"))
    with tempfile.TemporaryDirectory() as directory, args.results.open("a") as out:
        copy = Path(directory) / "copy"
        shutil.copytree(REPOSITORY, copy, ignore=shutil.ignore_patterns("*.so", ".git", "build", ".hypothesis", "*.jsonl"))

        def note(what: dict[str, Any]) -> None:
            out.write(json.dumps(what) + "\n")
            out.flush()

        wanted = sample(args.part, args.sample, args.seed)
        for mutant in tqdm(wanted[shard::shards], unit="mutant"):
            identity = " ".join(str(mutant[key]) for key in ("file", "operator", "occurrence"))
            if identity in done and (done[identity]["killed"] or not args.again):
                continue
            for file in test_files(mutant["file"], {}):
                if file not in seconds:
                    start = time.monotonic()
                    if fails(copy, [file], 900):
                        raise SystemExit(f"{file} fails without any change")
                    seconds[file] = time.monotonic() - start
                    note({"baseline": file, "seconds": seconds[file]})
            path = copy / mutant["file"]
            source, stat = path.read_text(), path.stat()
            mutated = mutate(source, mutant)
            path.write_text(mutated)
            os.utime(path, (0, 0))  # else a compiled file of the same second and size is taken for it
            files = test_files(mutant["file"], seconds)
            how = fails(copy, files, 20 + 4 * sum(seconds[file] for file in files))
            path.write_text(source)
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
            before, after = change(source, mutated)
            done[identity] = {"id": identity, **mutant, "before": before, "after": after, "killed": bool(how), "how": how}
            note(done[identity])
    ids = {" ".join(str(x[key]) for key in ("file", "operator", "occurrence")) for x in wanted}
    report([x for identity, x in done.items() if identity in ids])


if __name__ == "__main__":
    main()
