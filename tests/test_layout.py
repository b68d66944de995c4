"""The house: fixed top-level names, registries that point at files, modules that say what they are for."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from wrapper.backends import BACKENDS
from wrapper.cli import COMMANDS
from wrapper.environments.locate import environment_names
from wrapper.resources import presets_dir, templates_dir, worker_dir

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted((ROOT / "wrapper").rglob("*.py"))
VAGUE = {"utils", "helpers", "common", "manager", "core", "misc"}


def module_file(dotted: str) -> Path:
    return ROOT / (dotted.replace(".", "/") + ".py")


def test_the_checkout_is_found() -> None:
    assert (templates_dir(), presets_dir()) == (ROOT / "templates", ROOT / "presets")
    assert worker_dir() == ROOT / "wrapper" / "worker"


@pytest.mark.parametrize(
    "name", ["pyproject.toml", "wrapper", "templates", "presets", "tests", "scripts", "README.md", "LICENSE"]
)
def test_the_top_level(name: str) -> None:
    assert (ROOT / name).exists()


def test_a_backend_is_a_module_a_template_and_its_locks() -> None:
    for name, module in BACKENDS.items():
        assert module_file(module).is_file()
        assert list((templates_dir() / name).glob("*.j2"))
    for name in {*BACKENDS, *environment_names()}:
        for accelerator in ("cpu", "cuda"):
            assert (presets_dir() / "locks" / f"{name}-{accelerator}.lock").is_file()


def test_no_command_module_is_left_unlisted() -> None:
    listed = {module.rsplit(".", 1)[1] for module, _ in COMMANDS.values()}
    shared = {"__init__", "messages", "options", "table", "terminal"}
    found = {
        file.parent.name if file.stem == "__init__" else file.stem
        for file in (ROOT / "wrapper" / "cli").glob("**/*.py")
        if "data" not in file.parts or file.stem == "__init__"  # a group of commands is a package
        if any(line.startswith("def command(") for line in file.read_text().splitlines())
    }
    assert found == listed
    assert not found & shared


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_module_opens_with_one_sentence_and_has_a_name_of_its_own(file: Path) -> None:
    source = file.read_text(encoding="utf-8")
    assert file.stem not in VAGUE
    if not source.strip():
        assert file.name == "__init__.py"
        return
    told = ast.get_docstring(ast.parse(source))
    assert told and told.splitlines()[0].endswith("."), "no sentence at the top"


def test_workers_import_nothing_of_the_core() -> None:
    for file in worker_dir().glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else ([one.name for one in node.names] if isinstance(node, ast.Import) else [])
            )
            assert not any(name.split(".")[0] == "wrapper" for name in names), file.name
