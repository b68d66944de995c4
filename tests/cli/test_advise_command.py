"""`thriftune advise`: its whole text, its JSON, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wrapper.errors import BadInput

SPEC = """\
version: 1
task: {name: fruit, kind: qa, metric: exact_match, target: 0.8, problem: knowledge}
data: {train: train.jsonl}
model: {base: someone/unknown}
evaluation: {arms: [classical, prompted, tuned]}
budget: {gpu: rtx-4090}
"""
TEXT = """\
fruit: exact_match, target 0.8, the problem is knowledge

-> classical              not measured
                          it needs no language model and takes seconds, so it is the bar for all the others
   prompting              not measured
                          instructions cost nothing but their tokens, and what a model can do already needs no training
   rag                    not possible: no documents
                          missing facts are looked up in your documents, and are changed there without any training
   retrieved examples     not measured
                          training rows that are most like the input may hold the facts that are missing
   few-shot               not measured
                          a few examples in the prompt show what is wanted, and are changed in a minute
   fine-tuning            not measured
                          tuning teaches form and manner, and does not add facts reliably, so it comes after retrieval
   continued pretraining  not possible: no raw text (`data.corpus`)
                          even much raw text adds facts less reliably than retrieval, and at a higher price

next: classical: nothing is measured on this spec yet: one run scores every arm below training on the same rows
first: name your documents as `evaluation.documents`, and add `rag` to `evaluation.arms`
then: thriftune baseline thriftune.yaml
"""
NAME_IT = "name what goes wrong as `task.problem` (knowledge, behaviour, format, domain_language): that sharpens this"


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    rows = ({"input": f"what is apple {n}?", "output": f"apple answer {n}"} for n in range(200))
    (tmp_path / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    file = tmp_path / "thriftune.yaml"
    file.write_text(SPEC)
    return file


def test_the_text(thriftune, spec, tmp_path: Path) -> None:
    ended = thriftune("advise")
    assert (ended.exit_code, ended.stdout) == (0, TEXT)
    assert ended.stderr.startswith("note: training has no price here: someone/unknown is not on this machine")
    assert not (tmp_path / ".thriftune").exists()


def test_without_a_problem_it_says_that_naming_it_would_help(thriftune, spec) -> None:
    assert NAME_IT not in thriftune("advise").stdout
    spec.write_text(SPEC.replace(", problem: knowledge", ""))
    assert thriftune("advise").stdout.splitlines()[-1] == NAME_IT


def test_a_model_that_is_known_has_prices(thriftune, spec) -> None:
    spec.write_text(SPEC.replace("base: someone/unknown", "preset: llama-3.2-1b"))
    ended = thriftune("advise")
    assert ended.exit_code == 0
    priced = [line for line in ended.stdout.splitlines() if " min (" in line and ", $" in line]
    assert [line.split()[0] for line in priced] == ["prompting", "retrieved", "few-shot", "fine-tuning"]


def test_json_is_one_document(thriftune, spec) -> None:
    spec.write_text(SPEC.replace("base: someone/unknown", "preset: llama-3.2-1b"))
    ended = thriftune("advise", "thriftune.yaml", "--json")
    document = json.loads(ended.stdout)
    assert (ended.exit_code, list(document)) == (0, ["version", "problem", "options", "next"])
    assert (document["version"], document["problem"]) == (1, "knowledge")
    assert [option["option"] for option in document["options"] if option["next"]] == [document["next"]["option"]]
    fields = ["option", "state", "score", "obstacle", "earlier", "reaches_target", "price", "reason", "next"]
    assert all(list(option) == fields for option in document["options"])
    assert set(document["options"][1]["price"]["usd"]) == {"low", "likely", "high"}
    assert list(document["next"]) == ["option", "reason", "first", "command"]
    assert document["next"]["command"] == "thriftune baseline thriftune.yaml"


@pytest.mark.parametrize("broken", [SPEC + "budgett: {}\n", SPEC.replace("train.jsonl", "nowhere.jsonl")])
def test_a_broken_spec_is_exit_3(thriftune, spec, broken: str) -> None:
    spec.write_text(broken)
    ended = thriftune("advise")
    assert isinstance(ended.exception, BadInput)
    assert ended.exception.exit_code == 3


def test_an_unknown_option_is_exit_2(thriftune, spec) -> None:
    assert thriftune("advise", "--all").exit_code == 2
