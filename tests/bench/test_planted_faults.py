"""scripts/bench/planted_faults.py: the truth is what the files hold."""

from __future__ import annotations

import json
from pathlib import Path

from malformed_rows import MALFORMED
from planted_answers import LOW_VALUE
from planted_faults import plant
from planted_sources import Chat, intents, level, line_of, payments
from planted_truth import RULES, Fault, Place, Planted

from wrapper.data.reading import read_rows

ROOT = Path(__file__).resolve().parents[2]


def of(planted: Planted, rule: str) -> list[Fault]:
    return [fault for fault in planted.faults if fault.rule == rule]


def texts(line: bytes) -> tuple[str, str]:
    *_, asked, answered = json.loads(line)["messages"]
    return asked["content"], answered["content"]


def test_the_counts_add_up(planted: Planted, lines: dict[Place, bytes], chats: list[Chat], each: int) -> None:
    assert len(lines) == planted.train_rows + planted.test_rows
    added = [fault for fault in planted.faults if fault.partner is not None]
    assert planted.train_rows + planted.test_rows == len(chats) + len(added)
    assert len({fault.place for fault in planted.faults}) == len(planted.faults)
    assert {fault.rule for fault in planted.faults} == set(RULES)
    assert {fault.kind for fault in of(planted, "malformed")} == set(MALFORMED)
    assert {fault.kind for fault in of(planted, "low_value")} == set(LOW_VALUE)
    assert len(of(planted, "exact_duplicate")) == len(of(planted, "contradiction")) == each


def test_a_source_row_is_used_once(planted: Planted) -> None:
    partners = [fault.partner for fault in planted.faults if fault.partner]
    assert len(set(partners)) == len(partners)
    assert not set(partners) & {fault.place for fault in planted.faults}


def test_partners_stand_earlier_in_train(planted: Planted) -> None:
    for fault in planted.faults:
        paired = fault.rule not in ("malformed", "low_value")
        assert (fault.partner is not None) == paired
        if fault.partner:
            assert fault.partner[0] == "train.jsonl"
            assert fault.file == "test.jsonl" or fault.partner[1] < fault.line


def test_the_lines_hold_what_the_truth_says(planted: Planted, lines: dict[Place, bytes]) -> None:
    for fault in planted.faults:
        if fault.partner is None:
            continue
        asked, answered = texts(lines[fault.place])
        first_asked, first_answered = texts(lines[fault.partner])
        same_question, same_answer = level(asked) == level(first_asked), level(answered) == level(first_answered)
        if fault.rule == "contradiction":
            assert same_question and not same_answer
            assert (asked == first_asked) == fault.kind.startswith("same input")
        elif fault.kind == "exact":
            assert lines[fault.place] == lines[fault.partner]
        elif fault.edits == 0:
            assert same_question and same_answer and asked != first_asked
        else:
            edited_question, edited_answer = not same_question, not same_answer
            where = {(True, False): "question", (False, True): "answer", (True, True): "both"}
            assert fault.kind == f"words of {where[edited_question, edited_answer]}"


def test_nothing_else_is_in_the_files(planted: Planted, lines: dict[Place, bytes], chats: list[Chat]) -> None:
    own = {line_of(chat) for chat in chats}
    faulty = {fault.place for fault in planted.faults}
    clean = [line for place, line in lines.items() if place not in faulty]
    assert set(clean) <= own
    assert len(set(clean)) == len(clean)


def test_short_edited_texts_are_told_apart(planted: Planted) -> None:
    edited = [fault for fault in planted.faults if fault.edits]
    assert {fault.counted for fault in edited} == {True, False}
    assert all(fault.counted == (fault.words >= 20) for fault in edited)
    assert all(fault.counted for fault in planted.faults if not fault.edits)


def test_same_seed_same_bytes(planted: Planted, tmp_path: Path, chats: list[Chat], each: int) -> None:
    def written(seed: int) -> tuple[bytes, bytes]:
        made = plant(chats, seed=seed, folder=tmp_path, each=each)
        return (made.folder / "train.jsonl").read_bytes(), (made.folder / "test.jsonl").read_bytes()

    first = (planted.folder / "train.jsonl").read_bytes(), (planted.folder / "test.jsonl").read_bytes()
    assert written(5) == first
    assert all(one != other for one, other in zip(written(6), first, strict=True))


def test_real_rows_can_be_planted_into(tmp_path: Path) -> None:
    samples = ROOT / "presets" / "samples"
    for chats in (payments(samples), intents(samples)):
        made = plant(chats, seed=0, folder=tmp_path, each=10)
        read = read_rows(tmp_path / "train.jsonl", name="train.jsonl")
        assert {(fault.file, fault.line) for fault in read.faults} == made.places("malformed")
