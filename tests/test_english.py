"""Plain English: words and beginnings of docstrings to avoid in sources, documents and notebooks, with better ones."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

REPOSITORY = Path(__file__).parents[1]

# (pattern, a better wording); a pattern matches in any case, and across the end of a line
WORDS = [
    (r"\b(?:derivatives?|gradients?|slopes?|partials?|differentiat\w*)\b[^.,;:]{0,40} towards\b", "with respect to"),
    (r"\bd[A-Z(]?\w*\)? towards\b", "with respect to"),
    (r"\b(?:as|than) ever\b", "still, or nothing"),
    (r"\bkin\b", "similar ones"),
    (r"\b(?:is|are|was|were|be|been) asked for\b", "requested, needed, used"),
    (r"\btells? of\b", "shows, describes"),
    (r"\b(?:is|are|was|were) there(?=[,.;:)])", "exists, is installed, is available"),
    (r"\bso many (?:of|bytes|rows|steps|results|operands|operations|tokens|digits|others)\b", "n ..., this many ..."),
    (r"\bis no (?:Value|leaf|parameter|module|operation|constant|node|argument)\b", "is not a ..."),
    (r"\btake along\b", "remember"),
    (r"\b(?:whatever|what|who) (?:runs|lays|computes|uses) (?:it|them)\b", "a noun: the machine, the engine, the user"),
    (r"\bwhat (?:comes in|comes back|comes out|is left over|is there)\b", "a noun: the input, the gradient, the rest"),
    (r"\bof a size\b", "of similar size"),
    (r"\bhas it written\b", "shows it"),
    (r"\bhow how\b|\bthe the\b|\bto to\b|\bof of\b", "one of the two words"),
]
BEGINNING = r"(?:What|Whatever|Whether|Who|Whose|Which|Where|Why|When|How|All that|The little)\b"

PACKAGES = ("autograd", "nn", "benchmarks", "notebooks", "playground", "tests", "docs")
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md", "notebooks/README.md")
SOURCES = sorted(path for package in PACKAGES for path in (REPOSITORY / package).rglob("*.py"))
PAGES = sorted((REPOSITORY / "docs").glob("*.md"))
OTHERS = sorted(path for suffix in ("pyx", "pxd", "h", "js") for path in (REPOSITORY / "autograd").rglob(f"*.{suffix}"))
OTHERS += sorted(path for suffix in ("js", "html") for path in (REPOSITORY / "playground").glob(f"*.{suffix}"))
NOTEBOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))


def name(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def files(paths: list[Path]) -> list[object]:
    return [pytest.param(path, id=name(path)) for path in paths if path != Path(__file__)]


def words(text: str) -> Iterator[str]:
    """Describe each avoidable wording in a text."""
    text = re.sub(r"\s+", " ", text)
    for pattern, better in WORDS:
        for found in re.finditer(pattern, text, re.IGNORECASE):
            yield f"{found.group()!r}: better {better}; in {text[max(0, found.start() - 30) : found.end() + 20]!r}"


def prose(source: str) -> Iterator[str]:
    """Yield the strings of a Python source, and its comments; successive lines of comments together."""
    comments: list[str] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            comments.append(token.string.lstrip("# "))
        elif token.type not in (tokenize.NL, tokenize.NEWLINE):
            yield " ".join(comments)
            comments = []
        if token.type == tokenize.STRING or tokenize.tok_name[token.type] == "FSTRING_MIDDLE":
            yield token.string
    yield " ".join(comments)


def docstrings(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


@pytest.mark.parametrize("path", files(SOURCES))
def test_python(path: Path) -> None:
    source = path.read_text()
    found = [problem for text in prose(source) for problem in words(text)]
    found += [
        f"{text.splitlines()[0]!r}: begin with a verb or a noun, or True if"
        for text in docstrings(source)
        if re.match(BEGINNING, text)
    ]
    assert found == []


@pytest.mark.parametrize("path", files([*OTHERS, *PAGES, *(REPOSITORY / document for document in DOCUMENTS)]))
def test_other_texts(path: Path) -> None:
    written = re.sub(
        r"<!-- (\w+): .*?<!-- end of \1 -->", "", path.read_text(), flags=re.DOTALL
    )  # without generated tables
    assert list(words(written)) == []


@pytest.mark.parametrize("path", files(NOTEBOOKS))
def test_notebooks(path: Path) -> None:
    cells = nbformat.read(path, as_version=4)["cells"]
    assert [problem for cell in cells if cell["cell_type"] == "markdown" for problem in words(cell["source"])] == []


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ("The derivative of each row\ntowards its inputs.", "with respect to"),
        ("The engine that was asked for is not there.", "requested"),
        ("It moves towards its neighbours.", ""),
        ("The gradient is the same, so the velocity grows towards a limit.", ""),
        ("It has its own name, and there is one.", ""),
    ],
)
def test_the_words_are_found(text: str, better: str) -> None:
    found = list(words(text))
    assert any(better in problem for problem in found) if better else found == []


def test_comments_and_strings_are_prose() -> None:
    texts = list(prose("x = 1  # one\n# two\n# three\ny = 'four'\n"))
    assert [text for text in texts if text] == ["one two three", "'four'"]
