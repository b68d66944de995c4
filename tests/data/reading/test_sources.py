"""Files, lists, globs and folders: which files are read, in which order, and what is passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from wrapper.data.reading.sources import find_sources, read_sources, refuse_shared_files
from wrapper.errors import BadInput


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, answer in (("b", "1"), ("a", "2"), ("deep/c", "3")):
        file = tmp_path / "data" / f"{name}.jsonl"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f'{{"input": "{name}", "output": "{answer}"}}\n')
    (tmp_path / "data" / "README.md").touch()
    (tmp_path / "data" / ".hidden.jsonl").touch()
    (tmp_path / "data" / ".cache").mkdir()
    (tmp_path / "data" / ".cache" / "x.jsonl").touch()
    return tmp_path


def names(folder: Path, *named: str) -> list[str]:
    return [source.name for source in find_sources(named, folder)[0]]


def test_each_kind_of_name(folder) -> None:
    a, b, c = "data/a.jsonl", "data/b.jsonl", "data/deep/c.jsonl"
    assert names(folder, b, a) == [b, a]
    assert names(folder, "data") == names(folder, "./data/") == [a, b, c]
    assert names(folder, "data/*.jsonl") == [a, b]
    assert names(folder, "data/**/*.jsonl") == [a, b, c]
    assert names(folder, str(folder / "data" / "[ab].jsonl")) == [str(folder / a), str(folder / b)]
    assert names(folder, "data/*.jsonl", "data") == [a, b, c]
    assert names(folder, "none.jsonl") == ["none.jsonl"]  # told of by the reader


def test_what_is_left_out_is_said(folder) -> None:
    assert find_sources(["data"], folder)[1] == ("data: 3 files left out: `.cache/`, `.hidden.jsonl`, `README.md`",)
    assert find_sources(["data/*"], folder)[1] == ("data/*: 2 files left out: `data/README.md`, `data/deep/`",)
    assert find_sources(["data/a.jsonl", "data/./a.jsonl"], folder)[1] == (
        "data/./a.jsonl: 1 file named before and read once: `data/./a.jsonl`",
    )


def test_a_file_whose_name_looks_like_a_glob_is_that_file(folder) -> None:
    (folder / "data" / "[ab].jsonl").touch()
    assert names(folder, "data/[ab].jsonl") == ["data/[ab].jsonl"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none/*.jsonl", "the glob none/\\*.jsonl holds no file of rows$"),
        ("data/*.md", "the glob data/\\*.md holds no file of rows, but `data/README.md`"),
        ("empty", "the folder empty holds no file of rows$"),
        ("~nobody-of-that-name/x.jsonl", "does not exist"),
    ],
)
def test_nothing_to_read_is_bad_input(folder, name, message) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(BadInput, match=message):
        read_sources([name], folder)


def test_rows_of_all_files_each_in_its_own_shape(folder) -> None:
    (folder / "chat.json").write_text(
        '[{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}, 7]'
    )
    result = read_sources(["chat.json", "data"], folder)
    assert [(row.file, row.line, row.answer) for row in result.rows] == [
        ("chat.json", 1, "a"),
        ("data/a.jsonl", 1, "2"),
        ("data/b.jsonl", 1, "1"),
        ("data/deep/c.jsonl", 1, "3"),
    ]
    assert [(fault.file, fault.line) for fault in result.faults] == [("chat.json", 2)]
    assert result.excerpts == ("7",)
    assert result.formats[:2] == (("chat.json", "JSON, chat messages"), ("data/a.jsonl", "JSONL, input/output"))
    assert result.format == "JSON, chat messages; JSONL, input/output"


def test_groups_are_read_as_text(folder) -> None:
    (folder / "g.jsonl").write_text(
        '{"input": "a", "output": "b", "doc": 7}\n'
        '{"input": "a", "output": "b", "doc": null}\n'
        '{"input": "a", "output": "b"}\n'
    )
    assert [row.group for row in read_sources(["g.jsonl"], folder, group_field="doc").rows] == ["7", "", ""]
    with pytest.raises(BadInput, match="no row has the field `dok`") as caught:
        read_sources(["g.jsonl"], folder, group_field="dok")
    assert caught.value.hint == "did you mean `doc`?"


def test_a_file_in_two_splits_is_refused(folder) -> None:
    refuse_shared_files({"train": ["data/a.jsonl"], "test": ["data/b.jsonl"]}, folder)
    with pytest.raises(BadInput, match=r"`data.train` and `data.test` are the same file, data/b\.jsonl"):
        refuse_shared_files({"train": ["data"], "test": ["data/b.jsonl"]}, folder)


def test_links_to_folders_are_not_followed(folder) -> None:
    (folder / "data" / "loop").symlink_to(folder / "data")
    assert names(folder, "data") == ["data/a.jsonl", "data/b.jsonl", "data/deep/c.jsonl"]
    assert "`loop/`" in find_sources(["data"], folder)[1][0]


def test_aliases_are_a_text_or_a_list_of_texts(folder) -> None:
    lines = (
        '{"input": "a", "output": "b", "also": ["c", "d"]}\n'
        '{"input": "e", "output": "f", "also": "g"}\n'
        '{"input": "h", "output": "i", "also": null}\n'
        '{"input": "j", "output": "k"}\n'
        '{"input": "l", "output": "m", "also": [1]}\n'
        '{"input": "n", "output": "o", "also": {"p": 1}}\n'
        '{"input": "q", "output": "r", "also": ["s", " "]}\n'
        '{"input": "t", "output": "u", "also": []}\n'
    )
    (folder / "aliases.jsonl").write_text(lines)
    result = read_sources(["aliases.jsonl"], folder, aliases_field="also")
    assert [(row.answer, row.aliases) for row in result.rows] == [
        ("b", ("c", "d")), ("f", ("g",)), ("i", ()), ("k", ()), ("u", ()),
    ]  # fmt: skip
    assert [(fault.line, fault.kind, fault.message) for fault in result.faults] == [
        (5, "malformed", "`also` is neither a text nor a list of texts"),
        (6, "malformed", "`also` is neither a text nor a list of texts"),
        (7, "malformed", "`also` is empty"),
    ]
    plain = read_sources(["aliases.jsonl"], folder).rows
    assert [row.row_id for row in result.rows] == [row.row_id for row in plain if row.answer not in "mor"]
    with pytest.raises(BadInput, match="no row has the field `alsoo`"):
        read_sources(["aliases.jsonl"], folder, aliases_field="alsoo")


def test_aliases_in_a_table_are_a_text_or_a_list_in_json(folder) -> None:
    (folder / "aliases.csv").write_text('input,output,also\na,b,"[""c"", ""d""]"\ne,f,[g\nh,i,\n')
    rows = read_sources(["aliases.csv"], folder, aliases_field="also").rows
    assert [row.aliases for row in rows] == [("c", "d"), ("[g",), ()]
