"""run, train, baseline and plan: what they ask of the pipeline, print, and exit with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from wrapper.errors import BadInput, GateRefused, UsageFault
from wrapper.ledger.records import Spend
from wrapper.pipeline import ladder, planning
from wrapper.pipeline.results import ArmLine, RunResult
from wrapper.plan.machine import Machine

SPEC = """\
version: 1
task: {name: fruit, kind: qa, metric: exact_match, target: 0.8}
data: {train: train.jsonl}
model: {preset: smollm2-135m}
budget: {gpu: cpu, usd_per_hour: 1.0%s}
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    file = tmp_path / "thriftune.yaml"
    file.write_text(SPEC % "")
    rows = (json.dumps({"input": f"question {n}", "output": f"answer {n}"}) for n in range(200))
    (tmp_path / "train.jsonl").write_text("\n".join(rows))
    return file


class Asked:
    """A ladder that keeps what it was asked for and ends as `ending` says."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.ending: dict[str, Any] = {"outcome": "better", "exit_code": 0, "failure": None, "measured": True}

    def run_ladder(self, loaded: Any, *, reporter: Any, **how: Any) -> tuple[RunResult, Any]:
        self.calls.append({name: value for name, value in how.items() if value is not None})
        ending = self.ending
        arms = (ArmLine(arm="classical", measured=ending["measured"], mean=0.5, low=0.4, high=0.6, n=9, seconds=1.0),)
        found = RunResult(
            run_id="r", task=loaded.spec.task.name, metric="exact_match", target=0.8, outcome=ending["outcome"],
            exit_code=ending["exit_code"], message="so it went", next_action="go on", arms=arms,
            spent=Spend(usd=0, gpu_hours=0), spent_in_project=Spend(usd=0, gpu_hours=0), report="/r.html",
        )  # fmt: skip
        return found, ending["failure"]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    made = Asked()
    monkeypatch.setattr(ladder, "run_ladder", made.run_ladder)
    return made


@pytest.mark.parametrize(
    ("command", "until"),
    [("run", "verdict"), ("train", "training"), ("baseline", "baseline"), ("eval", "evaluation")],
)
def test_what_each_asks_for(thriftune, spec, asked, command: str, until: str) -> None:
    calls = asked.calls
    ended = thriftune(command)
    assert ended.exit_code == 0, ended.output
    assert calls == [{"overrides": {}, "resume": False, "until": until}]
    assert ended.stdout.splitlines()[-3:] == [
        "spent: $0.0000 and 0.0 device minutes in this run, $0.0000 in this project",
        "next: go on",
        "report: /r.html",
    ]


def test_overrides_and_resume_go_through(thriftune, spec, asked) -> None:
    calls = asked.calls
    thriftune("run", str(spec), "--override", "need= the target will rise", "--override", "fit=a=b", "--resume")
    assert calls == [{"overrides": {"need": "the target will rise", "fit": "a=b"}, "resume": True, "until": "verdict"}]


def test_an_adapter_and_a_folder_for_tasks_go_through(thriftune, spec, asked, tmp_path) -> None:
    (tmp_path / "adapter").mkdir()
    thriftune("eval", "--adapter", "adapter", "--export", "tasks")
    assert asked.calls == [
        {
            "overrides": {},
            "resume": False,
            "until": "evaluation",
            "adapter": Path("adapter"),
            "export": Path("tasks"),
        }
    ]
    assert thriftune("eval", "--adapter", "nowhere").exit_code == 2


def test_what_is_there_is_not_exported_over(thriftune, spec, asked, tmp_path) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "mine.txt").write_text("keep")
    ended = thriftune("baseline", "--export", "tasks")
    assert isinstance(ended.exception, UsageFault)
    assert asked.calls == []


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("ned=why", "no gate `ned`; gates are licence, data, grader, need, fit"),
        ("need", "a reason"),
        ("need= ", "a reason"),
    ],
)
def test_an_override_needs_a_gate_and_a_reason(thriftune, spec, asked, value: str, said: str) -> None:
    ended = thriftune("run", "--override", value)
    assert ended.exit_code == 2
    assert said in ended.stderr
    assert asked.calls == []


def test_json_is_one_document_on_stdout(thriftune, spec, asked) -> None:
    asked.ending |= {"outcome": "undecided", "exit_code": 5}
    ended = thriftune("run", "--json")
    assert ended.exit_code == 5
    document = json.loads(ended.stdout)
    assert (document["outcome"], document["exit_code"], document["arms"][0]["arm"]) == ("undecided", 5, "classical")


def test_a_refusal_prints_the_table_and_then_the_error(thriftune, spec, asked) -> None:
    asked.ending |= {"outcome": "refused", "exit_code": 5, "failure": GateRefused("no", gate="need", hint="ship it")}
    ended = thriftune("run", "--quiet")
    assert ended.exit_code == 5
    assert "classical  0.500" in ended.stdout
    assert ended.stderr.strip() == "error: no\n\nhint: ship it"


def test_nothing_measured_no_table(thriftune, spec, asked) -> None:
    asked.ending |= {"exit_code": 3, "failure": BadInput("bad"), "measured": False}
    ended = thriftune("run")
    assert (ended.exit_code, ended.stdout) == (3, "")


def test_a_broken_spec_never_reaches_the_ladder(thriftune, spec, asked) -> None:
    spec.write_text(SPEC % ", max_usdd: 3")
    ended = thriftune("run")
    assert isinstance(ended.exception, BadInput)
    assert "max_usdd" in str(ended.exception.faults[0])
    assert asked.calls == []


@pytest.fixture
def laptop(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(accelerator="cpu", name="c", memory_gib=16, threads=2, bf16=True, compute_capability=None)
    monkeypatch.setattr(planning, "planned_machine", lambda gpu: machine)


def test_plan_prints_every_number_and_begins_nothing(thriftune, spec, laptop, tmp_path: Path) -> None:
    ended = thriftune("plan")
    assert ended.exit_code == 0, ended.output
    assert ended.stdout.startswith("qlora of smollm2-135m with axolotl on cpu\n")
    assert "learning_rate" in ended.stdout
    assert not (tmp_path / ".thriftune").exists()


def test_a_plan_that_does_not_fit_is_printed_and_refused(thriftune, spec, laptop) -> None:
    spec.write_text(SPEC % ", max_usd: 0.0001")
    ended = thriftune("plan", "--json")
    assert ended.exit_code == 5
    assert ended.stderr.startswith("error: training would take")
    document = json.loads(ended.stdout)
    assert document["objections"] and document["method"] == "qlora"
