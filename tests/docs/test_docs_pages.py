"""What scripts/docs writes; `scripts/test` itself asks whether docs/ is current, in a process of its own."""

from __future__ import annotations

from dataclasses import fields
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

from wrapper.backends.protocol import TrainingPlan
from wrapper.cli import COMMANDS
from wrapper.spec.parse import find_faults

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    loader = SourceFileLoader("docs_script", str(ROOT / "scripts" / "docs"))
    spec = spec_from_loader("docs_script", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_check_tells_a_page_that_is_not_current(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(script, "ROOT", tmp_path)
    assert script.main(["--check"]) == 1
    assert not (tmp_path / "docs").exists()
    capsys.readouterr()
    assert script.main([]) == 0
    pages = ("spec", "commands", "backends", "data")
    assert capsys.readouterr().err == "".join(f"wrote: docs/{name}.md\n" for name in pages)
    assert script.main(["--check"]) == 0
    assert script.main(["--chek"]) == 2


def test_the_specs_in_the_docs_are_valid(script: ModuleType) -> None:
    page = (ROOT / "docs" / "spec.md").read_text("utf-8")
    for text in (script.SMALL_SPEC, script.FULL_SPEC):
        assert f"```yaml\n{text}```" in page
        assert [fault for fault in find_faults(text, file="s") if not fault.kind.startswith("warning_")] == []
    assert len(script.SMALL_SPEC.splitlines()) == 5


def test_every_command_is_documented(script: ModuleType) -> None:
    page = (ROOT / "docs" / "commands.md").read_text("utf-8")
    for name, (module, _) in COMMANDS.items():
        if script.find_spec(module) is not None:
            assert f"## thriftune {name}\n" in page


def test_every_field_of_a_plan_stands_in_the_table_of_backends(script: ModuleType) -> None:
    known = {field.name for field in fields(TrainingPlan)}
    assert set(script.docs_backends.OTHER) == known - {"accelerator"}
    page = (ROOT / "docs" / "backends.md").read_text("utf-8")
    for name in script.docs_backends.OTHER:
        cells = next(line for line in page.splitlines() if line.startswith(f"| `{name}` |")).split(" | ")
        assert any("`" in cell for cell in cells[1:]), name
