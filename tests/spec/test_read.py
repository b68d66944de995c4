"""load_spec and absent_files: what is read from disk, and what is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from wrapper.documents import parse_yaml
from wrapper.errors import BadInput
from wrapper.spec.read import absent_files, load_spec

SPEC = """\
version: 1
task: {name: x, kind: qa, metric: number, target: 0.9}
data: {train: data/train.jsonl}
model: {base: some/model}
"""


def digest(path: Path, text: str) -> str:
    path.write_text(text)
    return load_spec(path).digest


def test_a_spec_is_loaded_with_where_it_came_from(tmp_path: Path) -> None:
    path = tmp_path / "thriftune.yaml"
    path.write_text(SPEC)
    loaded = load_spec(path)
    assert loaded.spec.task.metric == "number"
    assert (loaded.path, loaded.folder) == (path, tmp_path)
    assert loaded.document.position(("model", "base")) == (4, 9)


def test_the_digest_is_of_what_the_spec_says(tmp_path: Path) -> None:
    path = tmp_path / "thriftune.yaml"
    first = digest(path, SPEC)
    assert len(first) == 64
    assert digest(path, f"# a comment\n{SPEC}training: {{backend: axolotl}}\n") == first
    assert digest(path, SPEC.replace("0.9", "0.90")) == first
    assert digest(path, SPEC.replace("0.9", "0.91")) != first


def test_a_missing_spec_says_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        load_spec(tmp_path / "thriftune.yaml")
    assert caught.value.message == f"no file `{tmp_path}/thriftune.yaml`"
    assert (
        caught.value.hint
        == "see it work first with `thriftune quickstart`, or write a spec: docs/spec.md has one"
    )


def absent(folder: Path, data: str, model: str = "base: some/model") -> list[str]:
    text = f"data: {{{data}}}\nmodel: {{{model}}}\n"
    return [str(fault) for fault in absent_files(parse_yaml(text, file="s.yaml"), folder)]


def test_files_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train.jsonl").touch()
    assert absent(tmp_path, "train: data/train.jsonl, test: null") == []
    assert absent(tmp_path, "train: data/trian.jsonl, corpus: data, test: none.csv") == [
        "s.yaml:1:8: `data.train`: no file `data/trian.jsonl`; did you mean `train.jsonl`?",
        "s.yaml:1:47: `data.test`: no file `none.csv`; paths are relative to the spec",
        "s.yaml:1:33: `data.corpus`: `data` is a folder; name a file in it",
    ]


def test_lists_folders_globs_and_hub_data_sets(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train.jsonl").touch()
    assert absent(tmp_path, "train: [data, data/*.jsonl, 'data/**/train.*', 'hf://datasets/a/b']") == []
    assert absent(tmp_path, "train: [data/train.jsonl, data/trian.jsonl, data/*.csv]") == [
        "s.yaml:1:34: `data.train[1]`: no file `data/trian.jsonl`; did you mean `train.jsonl`?",
        "s.yaml:1:52: `data.train[2]`: no file matches `data/*.csv`; globs are relative to the spec",
    ]


def test_a_local_base_is_looked_for_and_a_hub_id_is_not(tmp_path: Path) -> None:
    assert absent(tmp_path, "", "base: ./model") == [
        "s.yaml:2:9: `model.base`: no folder `./model`; "
        "paths are relative to the spec; a hub id has no leading `.`, `/` or `~`"
    ]
    (tmp_path / "model").mkdir()
    assert absent(tmp_path, "", "base: ./model") == []
    assert absent(tmp_path, "", "base: org/model") == []


@pytest.mark.parametrize("name", ["~nobody-of-that-name/x", "x" * 300, '"\\0"', "/dev/null/x"])
def test_names_that_no_file_can_have_are_faults_too(tmp_path: Path, name: str) -> None:
    (fault,) = absent_files(parse_yaml(f"data: {{train: {name}}}", file="s.yaml"), tmp_path)
    assert (fault.kind, fault.line, fault.column) == ("missing_file", 1, 8)


def test_values_of_a_wrong_type_are_left_to_the_schema(tmp_path: Path) -> None:
    assert absent(tmp_path, "train: 3", "base: [x]") == []
    assert list(absent_files(parse_yaml("data: text", file="s"), tmp_path)) == []
