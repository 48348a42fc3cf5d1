"""The rules of the house that no other tool checks: sizes, sentences, names, and what must not be in the repository."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILE_LINES, FUNCTION_LINES = 300, 40
EXCEPTION = re.compile(r"# Longer than \d+ lines: \w+")  # what one says at the top of such a file or function
BANNED_NAMES = {"common", "helper", "helpers", "manager", "managers", "misc"}
BANNED_NAMES |= {"schemas", "service", "services", "util", "utils"}
REGISTRIES = ["py" + "pi.org", "python" + "hosted.org", "registry.np" + "mjs", "deb.deb" + "ian.org", "/opt/py" + "pi"]
MACHINE_PATHS = re.compile(r"/(?:root|home/[a-z]\w*|Users/\w+|work/[a-z]+)/")
CODE = re.compile(r'^\s*"[A-Z]+\d*"')
EXCUSE = re.compile(
    r"#\s*(noqa|type: ignore|pragma: no cover)(?P<codes>[:\[][A-Z0-9a-z, -]+?\]?)?(?P<reason>$| - \S.*$)"
)


def tracked(pattern: str = "*") -> list[Path]:
    """The files of the repository whose path matches, as they stand now."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", pattern], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in sorted(listed.stdout.split("\0")) if name and (ROOT / name).is_file()]


def named(path: Path) -> str:
    """How a path is called in a test's name."""
    return str(path.relative_to(ROOT))


def text_of(path: Path) -> str:
    """The text of a file, empty if it is no text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function in a module, however deep."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function without its docstring."""
    first = function.body[0]
    documented = ast.get_docstring(function, clean=False) is not None
    words = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
    return (function.end_lineno or 0) - function.lineno + 1 - words


ALL = tracked()
MODULES = [path for path in ALL if path.suffix == ".py"]
TESTS = [path for path in MODULES if path.is_relative_to(ROOT / "tests")]
OURS = [path for path in MODULES if path not in TESTS]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ROOMS = sorted({path.relative_to(ROOT).parts[0] for path in OURS if path.name == "__init__.py"})


def test_the_repository_is_found() -> None:
    """The rules below are asked of real files: without any they would all hold."""
    assert ROOT / "runtime" / "settings.py" in OURS
    assert Path(__file__) in TESTS
    assert "runtime" in ROOMS


@pytest.mark.parametrize("path", OURS, ids=named)
def test_files_and_functions_are_short(path: Path) -> None:
    """A file over 300 lines and a function over 40 say why."""
    lines = text_of(path).splitlines()
    assert len(lines) <= FILE_LINES or EXCEPTION.search("\n".join(lines[:10]))
    for function in functions(ast.parse("\n".join(lines))):
        whole = "\n".join(lines[function.lineno - 1 : function.end_lineno])
        assert body_lines(function) <= FUNCTION_LINES or EXCEPTION.search(whole), function.name


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_every_module_says_in_a_sentence_what_it_is(path: Path) -> None:
    """The first paragraph of each module is a sentence."""
    words = ast.get_docstring(ast.parse(text_of(path))) or ""
    assert words.split("\n\n")[0].rstrip().endswith((".", "。"))


@pytest.mark.parametrize("path", TESTS, ids=named)
def test_every_test_says_what_it_proves(path: Path) -> None:
    """Each test has a docstring that is a sentence."""
    for function in functions(ast.parse(text_of(path))):
        if function.name.startswith("test_"):
            words = ast.get_docstring(function) or ""
            assert words.split("\n\n")[0].rstrip().endswith((".", "。")), function.name


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_every_excuse_has_its_reason(path: Path) -> None:
    """What silences a tool names the rule and, after a dash, why."""
    for number, line in enumerate(text_of(path).splitlines(), start=1):
        if (found := EXCUSE.search(line)) and path != Path(__file__):
            assert found["reason"].strip(), f"{number}: {line.strip()}"


def test_every_rule_that_is_switched_off_has_its_reason() -> None:
    """Each ignore in pyproject.toml is a line of its own with a comment."""
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    start, end = lines.index("[tool.ruff.lint]"), lines.index("[tool.ruff.lint.flake8-tidy-imports.banned-api]")
    ignores = [line for line in lines[start:end] if CODE.match(line)]
    assert len(ignores) > 10
    assert [line for line in ignores if not re.search(r"# \w+", line)] == []


def test_no_heap_of_leftovers() -> None:
    """No file or folder has a name that says nothing about what is in it."""
    assert [named(path) for path in MODULES if BANNED_NAMES & set(path.relative_to(ROOT).with_suffix("").parts)] == []


@pytest.mark.parametrize("path", ALL, ids=named)
def test_no_registry_and_no_machine_is_named(path: Path) -> None:
    """No file names a package registry or a path of the machine it was written on."""
    text = text_of(path)
    assert [host for host in REGISTRIES if host in text] == []
    assert MACHINE_PATHS.findall(text) == []


def test_every_room_is_known_to_the_tools() -> None:
    """A new package is installed, its imports are checked and its dependencies are counted."""
    rooms, tools = set(ROOMS) - {"bench"}, PROJECT["tool"]
    assert rooms <= {name.removesuffix("*") for name in tools["setuptools"]["packages"]["find"]["include"]}
    assert rooms == set(tools["importlinter"]["root_packages"])
    assert rooms <= set(tools["deptry"]["known_first_party"])
