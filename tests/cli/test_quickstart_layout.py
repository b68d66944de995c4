"""The quickstart's sample in a folder: whole, kept where the user changed it, never over other files."""

from __future__ import annotations

from pathlib import Path

import pytest

from wrapper.errors import UsageFault
from wrapper.pipeline import quickstart
from wrapper.pipeline.quickstart import install_missing, lay_out
from wrapper.spec.read import load_spec


@pytest.mark.parametrize("task", ["payments", "intents"])
def test_a_sample_is_a_spec_whose_files_are_there(task: str, tmp_path: Path) -> None:
    spec = lay_out(task, tmp_path / "new" / "folder")
    loaded = load_spec(spec)
    assert loaded.spec.task.name
    named = (loaded.spec.data.train, loaded.spec.data.validation, loaded.spec.data.test)
    assert all((loaded.folder / name).is_file() for name in named if name)
    assert {file.suffix for file in loaded.folder.iterdir()} <= {".yaml", ".jsonl"}


def test_what_the_user_changed_is_kept_and_what_is_lost_comes_back(tmp_path: Path) -> None:
    spec = lay_out("intents", tmp_path)
    mine = spec.read_text().replace("target: 0.95", "target: 0.5  # mine")
    spec.write_text(mine)
    (tmp_path / "rows.jsonl").unlink()
    (tmp_path / ".thriftune").mkdir()
    lay_out("intents", tmp_path)
    assert spec.read_text() == mine
    assert (tmp_path / "rows.jsonl").is_file()


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(UsageFault, match="not empty") as refused:
        lay_out("intents", tmp_path)
    assert "--folder" in refused.value.hint
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("text", ["mine", "version: 1\n"])
def test_a_spec_of_the_users_own_is_not_run_as_the_sample(tmp_path: Path, text: str) -> None:
    (tmp_path / "thriftune.yaml").write_text(text)
    with pytest.raises(UsageFault, match="no quickstart of `intents`"):
        lay_out("intents", tmp_path)
    lay_out("payments", tmp_path / "payments")
    with pytest.raises(UsageFault, match="no quickstart of `intents`"):
        lay_out("intents", tmp_path / "payments")
    (tmp_path / "file").touch()
    with pytest.raises(UsageFault, match="no quickstart of `intents`"):
        lay_out("intents", tmp_path / "file")


def test_only_missing_environments_are_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[str] = []
    monkeypatch.setattr(quickstart, "find", lambda backend, accelerator: "there" if backend == "trl" else None)
    monkeypatch.setattr(quickstart, "install", lambda backend, accelerator, *, say: installed.append(backend))
    install_missing(("trl", "axolotl"), say=lambda text: None)
    assert installed == ["axolotl"]
