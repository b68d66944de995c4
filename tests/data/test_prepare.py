"""What the spec names becomes three sets of rows, with reasons for what was left out."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wrapper.data.normalise import input_key
from wrapper.data.prepare import prepare
from wrapper.errors import BadInput
from wrapper.spec.fields import Data


def pairs(count: int, word: str = "text", answer: str = "label"):
    return [{"input": f"{word} {number}", "output": f"{answer} {number % 2}"} for number in range(count)]


def write(folder, **files):
    for name, records in files.items():
        lines = (line if isinstance(line, bytes) else msgspec.json.encode(line) for line in records)
        (folder / f"{name}.jsonl").write_bytes(b"\n".join(lines))


def test_splits_off_what_is_not_given(tmp_path) -> None:
    write(tmp_path, train=pairs(200))
    found = prepare(Data(train="train.jsonl"), tmp_path, "classification")
    assert (len(found.train), len(found.validation), len(found.test)) == (140, 20, 40)
    assert found.formats == (("train.jsonl", "JSONL, input/output"),)
    assert found.objections == found.notes == ()
    assert {row.file for row in found.train} == {"train.jsonl"}


def test_samples_given_files_and_counts_are_what_was_asked_for(tmp_path) -> None:
    write(tmp_path, train=pairs(200), validation=pairs(50, "v"), test=pairs(100, "t"))
    data = Data(
        train="train.jsonl", validation="validation.jsonl", test="test.jsonl",
        train_rows=60, validation_rows=10, test_rows=30,
    )  # fmt: skip
    found = prepare(data, tmp_path, "classification")
    assert (len(found.train), len(found.validation), len(found.test)) == (60, 10, 30)
    assert prepare(data, tmp_path, "classification").digest == found.digest
    assert prepare(data, tmp_path, "classification", seed=1).digest != found.digest


def test_few_leaked_rows_leave_train_one_by_one(tmp_path) -> None:
    write(tmp_path, train=[*pairs(200), {"input": "T 7!", "output": "label 1"}], test=pairs(100, "t"))
    found = prepare(Data(train="train.jsonl", test="test.jsonl"), tmp_path, "classification")
    assert found.objections == ()
    assert [str(fault) for fault in found.faults] == [
        "train.jsonl:201: leakage: left out: its input is held out: test.jsonl:8"
    ]
    held = {input_key(row) for row in (*found.test, *found.validation)}
    assert not held & {input_key(row) for row in found.train}


def test_many_leaked_rows_are_an_objection_and_leave_train_all_the_same(tmp_path) -> None:
    write(tmp_path, train=pairs(200), test=[*pairs(2), *pairs(98, "t")])
    found = prepare(Data(train="train.jsonl", test="test.jsonl"), tmp_path, "classification")
    assert found.objections == ("2 of 100 (2.0 %) test rows also stand in train, more than 1 %",)
    assert len(found.train) + len(found.validation) == 198


def test_malformed_rows_are_noted_up_to_one_percent_and_objected_to_beyond(tmp_path) -> None:
    write(tmp_path, train=[*pairs(198), b"{", *pairs(1, "last")])
    found = prepare(Data(train="train.jsonl"), tmp_path, "classification")
    (note,) = found.notes
    assert note == "1 malformed train rows were left out: train.jsonl:199: bad JSON: Input data was truncated"
    assert found.objections == ()
    assert [(fault.rule, fault.line) for fault in found.faults] == [("malformed", 199)]
    write(tmp_path, train=[*pairs(198), b"{", b"["])
    found = prepare(Data(train="train.jsonl"), tmp_path, "classification")
    assert found.objections == () and len(found.faults) == 2
    write(tmp_path, train=[*pairs(197), b"{", b"[", b"}"])
    found = prepare(Data(train="train.jsonl"), tmp_path, "classification")
    assert found.objections == ("3 of 200 (1.5 %) train rows are malformed, more than 1 %",)


@pytest.mark.parametrize(("kind", "refused"), [("classification", True), ("sql", True), ("chat", False)])
def test_contradictions_count_unless_many_answers_may_be_right(tmp_path, kind, refused) -> None:
    others = [{"input": f"TEXT {number}", "output": "other"} for number in range(3)]
    write(tmp_path, train=pairs(95) + others)
    found = prepare(Data(train="train.jsonl"), tmp_path, kind)
    assert bool(found.objections) is refused
    assert not refused or found.objections == (
        "6 of 98 (6.1 %) training rows contradict another with the same input, more than 2 %",
    )


def test_identical_rows_are_kept_once(tmp_path) -> None:
    write(tmp_path, train=pairs(100) + pairs(5))
    found = prepare(Data(train="train.jsonl"), tmp_path, "classification")
    assert len({row.row_id for row in (*found.train, *found.validation, *found.test)}) == 100
    assert len(found.train) + len(found.validation) + len(found.test) == 100
    assert found.notes == ("5 exact duplicates among the train rows were left out",)
    assert len(found.audit.of_rule("exact_duplicate")) == 5


def test_the_digest_is_of_content_alone(tmp_path) -> None:
    digests = []
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        write(folder, **{f"train_{name}": pairs(100)})
        digests.append(prepare(Data(train=f"train_{name}.jsonl"), folder, "classification").digest)
    assert digests[0] == digests[1]


def test_too_few_rows_are_an_objection(tmp_path) -> None:
    write(tmp_path, train=pairs(20))
    found = prepare(Data(train="train.jsonl"), tmp_path, "classification")
    assert found.objections == ("only 6 test rows: fewer than 10 show nothing",)


def test_labels_without_a_training_row_are_noted(tmp_path) -> None:
    write(tmp_path, train=pairs(50), test=[*pairs(20, "t"), {"input": "new", "output": "unheard of"}])
    found = prepare(Data(train="train.jsonl", test="test.jsonl"), tmp_path, "classification")
    assert found.notes == ("1 labels of the test rows have no training row: unheard of",)


@pytest.mark.parametrize(
    ("test", "message"),
    [
        ("train.jsonl", "are the same file"),
        ("twin.jsonl", "no training row is left"),
        ("no.jsonl", "does not exist"),
    ],
)
def test_what_cannot_be_used_at_all_is_bad_input(tmp_path, test, message) -> None:
    write(tmp_path, train=pairs(50), twin=pairs(50))
    with pytest.raises(BadInput, match=message):
        prepare(Data(train="train.jsonl", test=test), tmp_path, "classification")


def test_banking77_as_it_is_known(shared_data) -> None:
    found = prepare(Data(train="train.csv", test="test.csv"), shared_data / "banking77", "classification")
    assert found.audit.rows == {"train": 10_003, "test": 3_080}
    assert (found.audit.repeated_inputs, found.audit.contradictory_inputs) == (31, 1)
    assert found.audit.of_rule("exact_duplicate") == []
    assert found.audit.leaked["test"] == 29  # 25 after punctuation became spaces, 4 more where it is left out
    assert found.objections == ()
    assert len(found.train) + len(found.validation) == 10_003 - len(found.faults)


def test_gsm8k_is_clean(shared_data) -> None:
    found = prepare(Data(train="train.jsonl", test="test.jsonl"), shared_data / "gsm8k", "qa")
    assert (len(found.train), len(found.validation), len(found.test)) == (7_373, 100, 1_319)
    assert found.objections == found.notes == found.faults == ()


def test_every_training_row_of_a_held_out_input_goes(tmp_path) -> None:
    write(tmp_path, train=[*pairs(100), *({"input": text, "output": "x"} for text in ("a", "A", "a!"))],
          test=[*pairs(40, "t"), {"input": "a", "output": "x"}])  # fmt: skip
    found = prepare(Data(train="train.jsonl", test="test.jsonl"), tmp_path, "classification")
    assert {row.line for row in found.train} & {101, 102, 103} == set()
    assert sorted(fault.line for fault in found.faults) == [101, 102, 103]


LINES = st.lists(
    st.one_of(
        st.fixed_dictionaries({"input": st.sampled_from("abcdefghAB"), "output": st.sampled_from("xyz")}),
        st.just(b"{"),
        st.just({"input": "a"}),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(LINES, LINES, st.booleans(), st.sampled_from([None, 3]), st.sampled_from([None, 2]))
def test_every_row_is_in_a_split_or_left_out(tmp_path_factory, train, test, given_test, most, held) -> None:
    folder = tmp_path_factory.mktemp("rows")
    good = [{"input": f"row {number}", "output": "w"} for number in range(20)]
    write(folder, train=[*good, *train], test=[*test, {"input": "row 3", "output": "w"}])
    data = Data(train="train.jsonl", test="test.jsonl" if given_test else None, train_rows=most, validation_rows=held)
    found = prepare(data, folder, "classification")
    kept = len(found.train) + len(found.validation) + len(found.test)
    came = 20 + len(train) + (len(test) + 1 if given_test else 0)
    assert kept + len(found.faults) + found.repeated + found.over_limit == came
    assert found.over_limit >= 0
    inputs = [{input_key(row) for row in part} for part in (found.train, found.validation, found.test)]
    assert not (inputs[0] & inputs[1] or inputs[0] & inputs[2] or inputs[1] & inputs[2])
