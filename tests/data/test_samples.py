"""The samples that travel with thriftune are what their READMEs say."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections import Counter
from datetime import date
from importlib.machinery import SourceFileLoader
from pathlib import Path

import pytest

from wrapper.data.prepare import prepare
from wrapper.data.reading import read_rows
from wrapper.evaluation.classical import labels
from wrapper.spec.parse import parse_spec

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts" / "samples"


def script(name: str, monkeypatch: pytest.MonkeyPatch):
    """A script without a suffix, as a module; no bytecode is left beside it."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader = SourceFileLoader(f"samples_{name}", str(SCRIPTS / name))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, loader.name, module)
    loader.exec_module(module)
    return module


@pytest.fixture
def payments(samples):
    """Text and gold answer of each row, by split."""
    return {
        name: [
            (row.input_text, json.loads(row.answer))
            for row in read_rows(samples / "payments" / f"{name}.jsonl").rows
        ]
        for name in ("train", "validation", "test")
    }


def prepared(folder: Path):
    path = folder / "thriftune.yaml"
    spec = parse_spec(path.read_text(encoding="utf-8"), file=path.name)
    return spec, prepare(spec.data, folder, spec.task.kind)


def test_payments_are_made_again_to_the_byte(samples, tmp_path, monkeypatch) -> None:
    script("payments", monkeypatch).generate(tmp_path)
    for name in ("train.jsonl", "validation.jsonl", "test.jsonl", "versions.json"):
        assert (tmp_path / name).read_bytes() == (samples / "payments" / name).read_bytes()


def test_payments_pass_every_check_of_the_data(samples) -> None:
    spec, found = prepared(samples / "payments")
    assert (len(found.train), len(found.validation), len(found.test)) == (700, 40, 120)
    assert found.objections == found.notes == found.faults == ()
    assert (spec.task.metric, spec.task.target, spec.budget.gpu) == ("json_exact", 0.6, "cpu")


def test_payments_answers_are_normalised_and_stand_nowhere_in_the_text(payments) -> None:
    for rows in payments.values():
        for text, gold in rows:
            assert list(gold) == ["vendor", "ref", "amount", "currency", "due"]
            assert date.fromisoformat(gold["due"]) and gold["due"] not in text
            assert gold["vendor"] in text and gold["ref"] in text
            assert isinstance(gold["amount"], float)


def test_payments_test_vendors_are_in_no_training_row(payments) -> None:
    vendors = {name: {gold["vendor"].lower() for _, gold in rows} for name, rows in payments.items()}
    assert not vendors["test"] & (vendors["train"] | vendors["validation"])
    assert not vendors["validation"] & vendors["train"]


def test_payments_have_the_month_first_with_us_dollars_alone(payments) -> None:
    in_digits = re.compile(r"\b(\d{1,2})[/.](\d{1,2})[/.](\d{4}|\d{2})\b")
    seen: Counter[bool] = Counter()
    for text, gold in (row for rows in payments.values() for row in rows):
        if found := in_digits.search(text):
            year, month, day = (int(part) for part in gold["due"].split("-"))
            dollars = gold["currency"] == "USD"
            written = (month, day) if dollars else (day, month)
            assert (int(found[1]), int(found[2]), int(found[3]) % 100) == (*written, year % 100)
            seen[dollars] += 1
    assert min(seen.values()) > 50


def test_the_parser_scores_what_the_readme_says(samples, payments, monkeypatch) -> None:
    parse = script("payments_parser", monkeypatch).parse
    right = sum(parse(text) == gold for text, gold in payments["test"])
    said = (samples / "payments" / "README.md").read_text(encoding="utf-8")
    assert f"| all {len(payments['test'])} test rows | {right} ({right / len(payments['test']):.2f})" in said


def test_intents_are_clear_enough_for_a_classifier_that_costs_nothing(samples) -> None:
    spec, found = prepared(samples / "intents")
    assert (len(found.train), len(found.validation), len(found.test)) == (392, 24, 80)
    assert found.objections == found.notes == found.faults == ()
    assert set(Counter(row.answer for row in found.test).values()) == {10}
    assert all(row.answer in spec.task.prompt for row in found.test)
    predict = labels.fit(found.train, found.validation, 0)
    assert predict
    answers = predict([row.input_text for row in found.test])
    right = sum(answer == row.answer for answer, row in zip(answers, found.test, strict=True))
    assert right / len(found.test) >= spec.task.target
    assert f"reaches {right} of {len(found.test)}" in (samples / "intents" / "README.md").read_text("utf-8")


def test_restaurant8k_becomes_rows_without_leaks(shared_data, tmp_path, monkeypatch, capsys) -> None:
    source = shared_data / "restaurant8k"
    monkeypatch.setattr(sys, "argv", ["restaurant8k", str(source), str(tmp_path)])
    assert script("restaurant8k", monkeypatch).main() == 0
    assert capsys.readouterr().err == "test: 2339 rows\ntrain: 5002 rows\n"
    test, train = (read_rows(tmp_path / f"{name}.jsonl").rows for name in ("test", "train"))
    assert (test[0].input_text, json.loads(test[0].answer)) == ("time: 13", {"time": "13"})
    for row in (*train, *test):
        assert all(value in row.input_text for value in json.loads(row.answer).values())
