"""`thriftune checklist`: its whole text, its JSON, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wrapper.errors import BadInput

SPEC = """\
version: 1
task: {name: fruit, kind: qa, metric: exact_match, target: 0.8, problem: format}
data: {train: train.jsonl}
model: {preset: llama-3.2-1b, industry: retail, monthly_users: 900000000, languages: [en]}
evaluation: {arms: [classical, prompted, tuned]}
budget: {gpu: cpu, usd_per_hour: 1.0}
"""
BEFORE_A_RUN = """\
before training
  [ ] Was prompting tried?
      `prompted` was not measured in this project
      to settle it: thriftune baseline thriftune.yaml
  [-] Was retrieval considered, if knowledge is missing?
      `task.problem` is `format`: it is not knowledge that is missing
"""
AFTER = """\
  [ ] Was it quantised without unacceptable loss?
      not built yet: `thriftune export` is not in this release
  [ ] Is the cost per 1,000 requests known?
      no tuned model was measured in this project
      to settle it: thriftune run thriftune.yaml
  [ ] Is there monitoring and a rollback plan?
      not built yet: neither `thriftune monitor` nor `thriftune release` is in this release

0 ticked, 16 open, 1 failed, 2 not needed
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    file = tmp_path / "thriftune.yaml"
    file.write_text(SPEC)
    return file


def test_the_text(thriftune, spec, tmp_path: Path) -> None:
    ended = thriftune("checklist")
    assert ended.exit_code == 0, ended.output
    assert ended.stdout.startswith(BEFORE_A_RUN)
    assert ended.stdout.endswith(AFTER)
    assert "  [!] Is the licence acceptable?\n" in ended.stdout
    assert "      to mend it: thriftune presets ls\n" in ended.stdout
    assert ended.stderr == ""
    assert not (tmp_path / ".thriftune").exists()


def test_json_is_one_document(thriftune, spec) -> None:
    ended = thriftune("checklist", "thriftune.yaml", "--json")
    document = json.loads(ended.stdout)
    assert (ended.exit_code, list(document), document["version"]) == (0, ["version", "lines"], 1)
    assert document["lines"][0] == {
        "section": "before",
        "question": "Was prompting tried?",
        "state": "open",
        "evidence": "`prompted` was not measured in this project",
        "command": "thriftune baseline thriftune.yaml",
    }
    assert {line["section"] for line in document["lines"]} == {"before", "during", "after"}


def test_a_broken_spec_is_exit_3(thriftune, spec) -> None:
    spec.write_text(SPEC + "budgett: {}\n")
    ended = thriftune("checklist")
    assert isinstance(ended.exception, BadInput)
    assert ended.exception.exit_code == 3


def test_an_unknown_option_is_exit_2(thriftune, spec) -> None:
    assert thriftune("checklist", "--all").exit_code == 2
