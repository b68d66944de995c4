"""read_text and read_document: every way in which a file can be no text."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wrapper.documents import read_document, read_text
from wrapper.documents.files import MAX_BYTES
from wrapper.errors import BadInput


def told(path: Path) -> tuple[str, str]:
    with pytest.raises(BadInput) as caught:
        read_text(path)
    return caught.value.message.replace(str(path), "PATH"), caught.value.hint


def test_a_document_is_read_with_its_path_in_its_faults(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("a: 1e-3\na: 2\n")
    document = read_document(path)
    assert document.value == {"a": 2}
    assert [fault.file for fault in document.faults] == [str(path)]
    path.write_text("a: 1e-3\n")
    assert read_document(path, floats="yaml11").value == {"a": "1e-3"}


def test_a_byte_order_mark_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read_text(path) == "a: 1\n"


def test_a_missing_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert told(tmp_path / "none.yaml") == ("no file `PATH`", f"the current folder is `{tmp_path}`")
    with pytest.raises(BadInput) as caught:
        read_text(tmp_path / "none.yaml", missing_hint="write one")
    assert caught.value.hint == "write one"


def test_a_folder(tmp_path: Path) -> None:
    assert told(tmp_path) == ("`PATH` is a folder", "name a file")


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert told(pipe) == ("`PATH` is no regular file", "pipes and devices are not read: save it as a file")


def test_a_path_through_a_file_and_one_that_is_too_long(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert told(tmp_path / "file" / "x") == ("`PATH` cannot be read: Not a directory", "check the path")
    assert told(tmp_path / ("x" * 300)) == ("`PATH` cannot be read: File name too long", "check the path")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.touch(mode=0)
    assert told(path) == ("`PATH` may not be read", "check its permissions: `ls -l`")


def test_a_file_over_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    assert told(path) == ("`PATH` is larger than 1 MiB", "settings are small: is this a data file?")
    path.write_bytes(b"#" * MAX_BYTES)
    assert len(read_text(path)) == MAX_BYTES


def test_bytes_that_are_not_utf8_have_a_line_and_a_column(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes("a: 1\nnäme: é".encode() + b"\xe9\n")
    with pytest.raises(BadInput) as caught:
        read_text(path)
    assert caught.value.hint == "save it as UTF-8"
    (fault,) = caught.value.faults
    assert (fault.kind, fault.line, fault.column) == ("syntax", 2, 8)
    assert fault.message == "the byte 0xe9 is not UTF-8"


def test_utf16_is_named(tmp_path: Path) -> None:
    path = tmp_path / "wide.yaml"
    path.write_text("a: 1\n", encoding="utf-16")
    assert told(path) == ("`PATH` is encoded as UTF-16", "save it as UTF-8")
