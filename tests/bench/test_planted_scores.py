"""scripts/bench/planted_scores.py: a score is what it says."""

from __future__ import annotations

from planted_scores import Score, by_length, recall_by, score
from planted_truth import Place, Planted


def finding(rule: str, place: Place, *related: Place) -> dict[str, object]:
    others = [{"file": file, "line": line} for file, line in related]
    return {"rule": rule, "file": place[0], "line": place[1], "related": others}


def perfect(planted: Planted) -> list[dict[str, object]]:
    return [
        finding(fault.rule, fault.place, *([fault.partner] if fault.partner else []))
        for fault in planted.faults if fault.counted
    ]  # fmt: skip


def test_a_perfect_audit_scores_one(planted: Planted) -> None:
    for rule, one in score(planted, perfect(planted)).items():
        figures = one.figures()
        assert (figures["precision"], figures["recall"], figures["f1"]) == (1, 1, 1), rule
        paired = rule not in ("malformed", "low_value")
        assert figures["partners_named"] == (figures["planted"] if paired else 0)


def test_misses_and_false_alarms_are_counted(planted: Planted, lines: dict[Place, bytes], each: int) -> None:
    told = [one for one in perfect(planted) if one["rule"] == "exact_duplicate"][: each // 2]
    clean = next(
        ("train.jsonl", line) for line in range(1, planted.train_rows + 1)
        if ("train.jsonl", line) not in {fault.place for fault in planted.faults}
    )  # fmt: skip
    told += [finding("exact_duplicate", clean), finding("too_few_rows", ("train.jsonl", 0))]
    scores = score(planted, told)
    exact = scores["exact_duplicate"]
    assert (exact.hits, exact.misses, exact.false_alarms) == (each // 2, each // 2, 1)
    assert exact.figures()["f1"] == round(each / (each + each // 2 + 1), 4)
    assert exact.source_alarms == 0
    own = score(planted, told, {lines[clean]})["exact_duplicate"]
    assert (own.false_alarms, own.source_alarms) == (1, 1)
    assert scores["malformed"].figures()["precision"] is None
    assert scores["malformed"].f1 == 0


def test_edited_short_texts_count_neither_way(planted: Planted) -> None:
    short = [finding(fault.rule, fault.place) for fault in planted.faults if not fault.counted]
    assert score(planted, perfect(planted) + short) == score(planted, perfect(planted))
    groups = recall_by(planted, short, by_length)
    edited = {fault for fault in planted.faults if fault.edits}
    assert sum(group["planted"] for group in groups.values()) == len(planted.faults)
    assert sum(group["found"] for group in groups.values()) == sum(not fault.counted for fault in edited)


def test_nothing_planted_and_nothing_found_has_no_score() -> None:
    assert Score().figures() == {
        "planted": 0, "found": 0, "precision": None, "recall": None, "f1": None,
        "false_alarms": 0, "of_these_in_the_source": 0, "partners_named": 0,
    }  # fmt: skip
