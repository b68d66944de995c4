"""Packed files: read as they are, refused where they are cut off, damaged or a bomb; other types by name."""

from __future__ import annotations

import gzip
import zlib

import pytest

from wrapper.data.reading import opening, read_rows
from wrapper.errors import BadInput

GOOD = b'{"input": "a", "output": "b"}\n'


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("rows.jsonl.gz", GOOD + b"broken\n"),
        ("rows.JSON.GZ", b"[" + GOOD + b", 7]"),
        ("rows.csv.gz", b"input,output\na,b\nc\n"),
        ("rows.tsv.gz", b"input\toutput\na\tb\nc\n"),
    ],
)
def test_gzip_is_read_like_plain_text(tmp_path, name, content) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(content[:20]) + gzip.compress(content[20:]))  # of two members, as `cat` makes it
    result = read_rows(path)
    assert (len(result.rows), len(result.faults)) == (1, 1)
    assert result.format.endswith(", gzip, input/output")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("rows.jsonl.gz", gzip.compress(GOOD * 1000)[:-20], "rows.jsonl.gz is cut off"),
        ("rows.jsonl.gz", gzip.compress(GOOD)[:-8] + b"12345678", "rows.jsonl.gz is damaged: crc check failed"),
        ("rows.jsonl.gz", gzip.compress(GOOD)[:10] + b"\xff" * 30, "rows.jsonl.gz is damaged"),
        ("rows.jsonl.gz", gzip.compress(GOOD) + b"tail", "rows.jsonl.gz is damaged: not a gzipped file"),
        ("rows.jsonl.gz", GOOD, "rows.jsonl.gz is not gzip, though its name says so"),
        ("rows.jsonl", gzip.compress(GOOD), "rows.jsonl is packed with gzip"),
        ("rows.jsonl.gz", gzip.compress(b""), "rows.jsonl.gz is empty"),
        ("rows.jsonl.gz", b"", "rows.jsonl.gz is empty"),
        ("rows.jsonl.gz", gzip.compress(GOOD.decode().encode("utf-16")), "rows.jsonl.gz is UTF-16"),
    ],
)
def test_a_packed_file_that_cannot_be_read(tmp_path, name, content, message) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadInput, match=message):
        read_rows(path, name=name)


@pytest.mark.parametrize("name", ["rows.jsonl.gz", "rows.json.gz", "rows.csv.gz"])
def test_a_bomb_is_stopped(tmp_path, monkeypatch, name) -> None:
    monkeypatch.setattr(opening, "ANY_UNPACKED_BYTES", 1024)
    path = tmp_path / name
    packer = zlib.compressobj(9, wbits=31)
    start = {"rows.jsonl.gz": GOOD, "rows.json.gz": b"[", "rows.csv.gz": b"input,output\n"}[name]
    path.write_bytes(packer.compress(start + b" " * 10_000_000) + packer.flush())
    with pytest.raises(BadInput, match="unpacks to more than 200 times its size"):
        read_rows(path)


def test_text_that_repeats_itself_is_no_bomb(tmp_path) -> None:
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress(GOOD * 20_000))
    assert len(read_rows(path).rows) == 20_000


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("rows.zip", "only gzip is read"),
        ("rows.jsonl.zst", "only gzip is read"),
        ("rows.parquet.gz", "only gzip is read"),
        ("rows.pkl", "a pickle can run code"),
        ("rows.pt", "a pickle can run code"),
        ("rows.xlsx", "save the sheet as .csv"),
        ("rows.arrow", "write it as Parquet"),
        ("rows.txt", "`data.corpus`"),
        ("rows", "give one of .jsonl"),
    ],
)
def test_other_types_are_refused_with_what_to_do(tmp_path, name, hint) -> None:
    (tmp_path / name).write_bytes(GOOD)
    with pytest.raises(BadInput, match="are not read") as caught:
        read_rows(tmp_path / name)
    assert hint in caught.value.hint


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(GOOD)

    def refuse(_: object) -> None:  # permissions do not bind root
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(opening.io, "FileIO", refuse)
    with pytest.raises(BadInput, match="cannot be read: Permission denied"):
        read_rows(path)
