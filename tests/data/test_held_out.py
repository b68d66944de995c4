"""What was held out stays held out when rows are added, whatever else changes."""

from __future__ import annotations

import random

import msgspec
import pytest

from wrapper.data.groups import group_keys
from wrapper.data.held_out import as_file, frozen_in, held_out, read_held_out
from wrapper.data.prepare import prepare
from wrapper.data.split import NOT_FROZEN
from wrapper.errors import BadInput
from wrapper.spec.fields import Data

WORDS = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omikron pi rho sigma tau upsilon phi"


def write(file, records):
    file.write_bytes(b"\n".join(map(msgspec.json.encode, records)))


def pairs(first, last):
    return [{"input": f"question {number}", "output": f"label {number % 3}"} for number in range(first, last)]


def test_more_rows_leave_test_rows_in_test(tmp_path) -> None:
    file, record = tmp_path / "rows.jsonl", tmp_path / "held.json"
    write(file, pairs(0, 150))
    before = prepare(Data(train="rows.jsonl"), tmp_path, "classification")
    record.write_bytes(as_file(held_out(0, before, NOT_FROZEN)))
    write(file, [*pairs(150, 400), *reversed(pairs(0, 150))])
    after = prepare(Data(train="rows.jsonl"), tmp_path, "classification", frozen=frozen_in(record))
    drawn_anew = prepare(Data(train="rows.jsonl"), tmp_path, "classification")

    def ids(rows):
        return {row.row_id for row in rows}

    assert ids(before.test) <= ids(after.test)
    assert ids(before.validation) <= ids(after.validation)
    assert not ids(before.test) <= ids(drawn_anew.test)
    assert len(after.test) == len(drawn_anew.test) == 80


def test_what_was_held_out_is_never_trained_on(tmp_path) -> None:
    file, record = tmp_path / "rows.jsonl", tmp_path / "held.json"
    write(file, pairs(0, 300))
    first = prepare(Data(train="rows.jsonl"), tmp_path, "qa")
    held = held_out(0, first, NOT_FROZEN)
    write(file, pairs(0, 100))  # most rows are gone for a while
    part = prepare(Data(train="rows.jsonl"), tmp_path, "qa", frozen=held.frozen)
    held = held_out(0, part, held.frozen)
    record.write_bytes(as_file(held))
    write(file, pairs(0, 300))
    for test_rows in (20, None):  # fewer than there were are not released
        data = Data(train="rows.jsonl", test_rows=test_rows)
        again = prepare(data, tmp_path, "qa", frozen=frozen_in(record))
        trained = {row.row_id for row in again.train}
        assert not trained & ({row.row_id for row in first.test} | {row.row_id for row in first.validation})
        assert {row.row_id for row in first.test} <= {row.row_id for row in again.test}
        assert {row.row_id for row in first.validation} <= {row.row_id for row in again.validation}


def test_near_duplicates_and_sources_are_never_parted(tmp_path) -> None:
    chance = random.Random(3)
    texts = [" ".join(chance.choices(WORDS.split(), k=24)) for _ in range(60)]
    records = [
        {"input": f"{texts[number // 4]} {'xyzw'[number % 4]}", "output": "a b c", "doc": f"d{number // 12}"}
        for number in range(240)
    ]
    write(tmp_path / "rows.jsonl", records)
    for data in (Data(train="rows.jsonl"), Data(train="rows.jsonl", group="doc")):
        found = prepare(data, tmp_path, "qa")
        assert found.test
        sources = [{(row.line - 1) // (12 if data.group else 4) for row in part}
                   for part in (found.train, found.validation, found.test)]  # fmt: skip
        assert not (sources[0] & sources[1] or sources[0] & sources[2] or sources[1] & sources[2])


def test_groups_do_not_depend_on_order(row) -> None:
    rows = [row(text, line=line) for line, text in enumerate(("b", "a", "A!", "c", "d"), start=1)]
    keys = dict(zip((one.line for one in rows), group_keys(rows, [(0, 3)]), strict=True))
    assert keys[2] == keys[3] and keys[1] == keys[4]
    assert len(set(keys.values())) == 3
    backwards = rows[::-1]
    again = dict(zip((one.line for one in backwards), group_keys(backwards, [(1, 4)]), strict=True))
    assert again == keys


def test_links_that_join_too_much_are_passed_over(row) -> None:
    rows = [row(f"text {number}", line=number) for number in range(100)]
    chain = [(number, number + 1) for number in range(30)]
    assert len(set(group_keys(rows, chain))) == 100
    assert len(set(group_keys(rows, chain[:10]))) == 90


def test_no_record_and_a_broken_one(tmp_path) -> None:
    assert read_held_out(tmp_path / "none.json") is None
    assert frozen_in(tmp_path / "none.json") == NOT_FROZEN
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(BadInput, match="cannot be read"):
        read_held_out(tmp_path / "broken.json")
