"""Data sets of the hub: what is asked for, where it is kept, and what is read of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from wrapper.data.reading.hub_names import hub_data
from wrapper.data.reading.sources import read_sources
from wrapper.errors import BadInput, EnvironmentFault
from wrapper.pipeline import hub_data as fetching
from wrapper.pipeline.hub_data import fetch_hub_data
from wrapper.spec.fields import Data

NAME = "hf://datasets/org/set"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """A hub of one data set; what it was asked for."""
    asked: list[list[str]] = []

    def fetch(environment: object, worker: str, arguments: Sequence[str]) -> str:
        asked.append([worker, *arguments[:2], *arguments[3:]])
        folder = Path(arguments[2])
        (folder / ".cache").mkdir()
        if arguments[0] == "org/set":
            (folder / "data").mkdir()
            (folder / "data" / "a.jsonl").write_text('{"input": "a", "output": "b"}\n')
        return "it is down" if arguments[0] == "org/down" else ""

    monkeypatch.setattr(fetching, "run_fetcher", fetch)
    monkeypatch.setattr(fetching, "hub_environment", lambda: None)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    return asked


def test_it_is_fetched_once_and_read_as_a_folder(hub: list[list[str]], tmp_path: Path) -> None:
    said: list[str] = []
    for _ in range(2):
        fetch_hub_data(Data(train=(NAME, f"{NAME}@v1/data/*.jsonl")), say=said.append)
    assert said == [f"fetching {NAME} from the hub", f"fetching {NAME}@v1/data/*.jsonl from the hub"]
    assert [request[:3] for request in hub] == [
        ["fetch_data.py", "org/set", "main"],
        ["fetch_data.py", "org/set", "v1"],
    ]
    result = read_sources([NAME], tmp_path)
    assert [row.file for row in result.rows] == [f"{NAME}/data/a.jsonl"]
    assert result.notes == ()


@pytest.mark.parametrize(
    ("path", "pattern"),
    [("", "*.parquet"), ("data", "data/*.csv.gz"), ("data/train-*", "data/train-*.parquet"), ("a/b.csv", "a/b.csv")],
)
def test_files_of_rows_alone_are_asked_for(path: str, pattern: str) -> None:
    patterns = hub_data(f"{NAME}/{path}").patterns
    assert pattern in patterns
    assert all(one.endswith((".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".gz", ".parquet")) for one in patterns)


def test_what_was_not_fetched_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="has not been fetched"):
        read_sources([NAME], tmp_path)


def test_a_hub_that_is_down_or_has_nothing(hub: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EnvironmentFault, match="hf://datasets/org/down cannot be fetched: it is down"):
        fetch_hub_data(Data(train="hf://datasets/org/down"), say=print)
    with pytest.raises(BadInput, match="holds no file of rows"):
        fetch_hub_data(Data(train="hf://datasets/org/empty"), say=print)
    assert not hub_data("hf://datasets/org/empty").folder.is_dir()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(EnvironmentFault, match="the hub is switched off"):
        fetch_hub_data(Data(train=NAME), say=print)


@pytest.mark.parametrize("named", ["hf://models/a/b", "hf://datasets/a", f"{NAME}/../x", "hf://datasets/a/b@"])
def test_names_of_no_data_set(named: str) -> None:
    with pytest.raises(BadInput, match="is no data set of the hub"):
        hub_data(named)
