"""The checklist: ticked by what the fake world's runs left in the ledger, open without, old when the spec moved on."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest

from wrapper.ledger.store import Ledger
from wrapper.pipeline.checklist import Line, lines_of, read_evidence
from wrapper.pipeline.checklist.evidence import Evidence
from wrapper.pipeline.checklist.models import smaller_presets
from wrapper.resources import cache_dir
from wrapper.spec.fields import Model

QUESTIONS = {
    "prompting": "Was prompting tried?",
    "retrieval": "Was retrieval considered, if knowledge is missing?",
    "baseline": "Is the prompted model's baseline score known?",
    "licence": "Is the licence acceptable?",
    "smallest": "Is it the smallest plausible model?",
    "clean": "Is the data clean and deduplicated?",
    "splits": "Are the validation and test rows kept apart?",
    "method": "Is it LoRA or QLoRA?",
    "sequence": "Is the sequence length capped at need?",
    "hours": "Are GPU-hours tracked?",
    "checkpoints": "Are checkpoints limited to the best and the last?",
    "adapters": "Are adapters kept, and no full copies?",
    "variable": "Did the last run change one major variable only?",
    "beat_prompted": "Did it beat the prompted model?",
    "beat_retrieval": "Did it beat retrieval?",
    "serving": "Have latency and serving cost stayed where they were?",
    "quantised": "Was it quantised without unacceptable loss?",
    "cost": "Is the cost per 1,000 requests known?",
    "monitoring": "Is there monitoring and a rollback plan?",
}


@pytest.fixture
def filled(write_spec):
    """The lines by their short names; for the usual spec, or for a loaded one."""

    def fill(loaded=None) -> dict[str, Line]:
        lines = lines_of(read_evidence(loaded or write_spec()))
        assert [line.question for line in lines] == list(QUESTIONS.values())
        return dict(zip(QUESTIONS, lines, strict=True))

    return fill


def states(lines: dict[str, Line], *names: str) -> list[str]:
    return [lines[name].state for name in names]


def test_without_a_run_all_that_runs_show_is_open_and_no_project_is_begun(filled, folder) -> None:
    lines = filled()
    assert {line.state for name, line in lines.items() if name not in ("smallest", "beat_retrieval")} == {"open"}
    assert lines["beat_retrieval"].state == "not needed"
    assert lines["baseline"].command == f"thriftune baseline {folder / 'thriftune.yaml'}"
    assert lines["hours"].command == f"thriftune train {folder / 'thriftune.yaml'}"
    assert lines["beat_prompted"].command == f"thriftune run {folder / 'thriftune.yaml'}"
    assert not (folder / ".thriftune").exists()


def test_a_climb_ticks_what_it_shows(filled, climb) -> None:
    result, _ = climb()
    lines, run = filled(), f"(run {result.run_id})"
    ticked = [
        "prompting", "baseline", "clean", "splits", "method", "sequence", "hours", "checkpoints", "adapters",
        "beat_prompted", "cost",
    ]  # fmt: skip
    assert [name for name, line in lines.items() if line.state == "ticked" and name != "smallest"] == ticked
    assert all(result.run_id in lines[name].evidence for name in ticked)
    assert all(not lines[name].command for name in ticked)
    assert lines["baseline"].evidence == f"`prompted` scores 0.050 (95 % interval 0.014 to 0.165, 40 rows) {run}"
    assert lines["method"].evidence == f"qlora, rank 16 {run}"
    assert lines["sequence"].evidence.startswith("32 tokens (longest row, 31 tokens, ")
    assert lines["checkpoints"].evidence == f"1 in the folder of the training {run}"
    assert lines["beat_prompted"].evidence.startswith("tuned is better: +0.700 (95 % interval ")
    assert lines["variable"].state == "not needed"
    assert states(lines, "quantised", "monitoring") == ["open", "open"]
    assert "thriftune export" in lines["quantised"].evidence


def test_a_second_run_by_the_same_spec_changes_nothing(filled, climb) -> None:
    climb()
    before = filled()
    climb()
    assert [line.state for line in filled().values()] == [line.state for line in before.values()]


@pytest.mark.parametrize(
    ("tables", "changed", "opened"),
    [
        ({"task": {"prompt": "Say."}}, "prompt", ["baseline", "method", "beat_prompted", "cost"]),
        ({"task": {"metric": "contains"}}, "metric", ["baseline", "beat_prompted", "cost"]),
        ({"training": {"method": "lora"}}, "training settings", ["method", "adapters", "beat_prompted", "cost"]),
        ({"training": {"overrides": {"lora_r": 4}}}, "training settings", ["method", "sequence", "beat_prompted"]),
        ({"data": {"train_rows": 50}}, "training rows", ["clean", "splits", "checkpoints", "beat_prompted"]),
    ],
)
def test_evidence_of_another_spec_is_old(filled, climb, write_spec, tables, changed, opened) -> None:
    climb()
    lines = filled(write_spec(**tables))
    assert set(states(lines, *opened)) == {"open"}
    assert lines["beat_prompted"].evidence.startswith("old, of run ")
    assert changed in lines["beat_prompted"].evidence.partition(":")[0]
    assert lines["hours"].state == "ticked"


def test_a_method_alone_leaves_the_prompted_score_as_it_is(filled, climb, write_spec) -> None:
    climb()
    assert filled(write_spec(training={"method": "lora"}))["baseline"].state == "ticked"


def test_a_number_that_is_no_longer_fixed_is_a_change(filled, climb, write_spec) -> None:
    climb(write_spec(training={"overrides": {"lora_r": 4}}))
    assert filled()["method"].state == "open"


def test_other_rows_in_the_same_file_make_all_of_it_old(filled, climb, folder) -> None:
    climb()
    with (folder / "test.jsonl").open("a") as rows:
        rows.write(json.dumps({"input": "what is fig 1?", "output": "fig answer 1"}) + "\n")
    lines = filled()
    assert set(states(lines, "prompting", "baseline", "clean", "splits", "beat_prompted", "serving")) == {"open"}
    assert "test rows" in lines["baseline"].evidence


def test_evidence_of_another_task_in_the_folder_counts_for_nothing(filled, climb, write_spec) -> None:
    climb()
    assert (
        filled(write_spec(task={"name": "other"}))["baseline"].evidence == "`prompted` was not measured in this project"
    )


def test_the_spec_of_before_gets_its_ticks_back(filled, climb, write_spec) -> None:
    climb()
    climb(write_spec(task={"prompt": "Say."}))
    assert set(states(filled(), "baseline", "method", "beat_prompted")) == {"ticked"}


def test_what_did_not_pay_failed(filled, climb, world) -> None:
    world.right |= {"prompted": 20, "tuned": 8}
    climb()
    lines = filled()
    assert lines["beat_prompted"].state == "failed"
    assert "tuned is worse: -0.300" in lines["beat_prompted"].evidence


def test_what_is_undecided_is_open(filled, climb, world) -> None:
    world.right |= {"prompted": 10, "tuned": 12}
    climb()
    line = filled()["beat_prompted"]
    assert line.state == "open"
    assert "more test rows would decide it" in line.evidence


def test_the_best_cheaper_arm_is_what_serving_is_held_against(filled, climb) -> None:
    climb()
    line = filled()["serving"]
    assert (line.state, "`classical` takes" in line.evidence) == ("failed", True)  # a table look-up is faster


def test_a_refusal_by_the_need_gate_leaves_nothing_to_train(filled, climb, world) -> None:
    world.right["classical"] = 36
    climb()
    lines = filled()
    assert set(states(lines, "prompting", "baseline", "method", "hours", "variable", "beat_prompted", "cost")) == {
        "not needed"
    }
    assert "reaches the target" in lines["method"].evidence
    assert states(lines, "clean", "splits") == ["ticked", "ticked"]


def test_a_higher_target_makes_it_needed_again(filled, climb, world, write_spec) -> None:
    world.right["classical"] = 36
    climb()
    assert filled(write_spec(task={"target": 0.95}))["method"].state == "open"


def test_without_a_price_the_cost_is_not_known(filled, climb, write_spec) -> None:
    spec = write_spec(budget={"usd_per_hour": None})
    climb(spec)
    line = filled(spec)["cost"]
    assert (line.state, "give `budget.usd_per_hour`" in line.evidence) == ("open", True)


def test_knowledge_asks_for_retrieval(filled, climb, world, write_spec) -> None:
    asks = write_spec(task={"problem": "knowledge"})
    assert filled(asks)["retrieval"].evidence == "not measured: add `rag` or `retrieved_examples` to `evaluation.arms`"
    world.right["retrieved_examples"] = 5
    spec = write_spec(
        task={"problem": "knowledge"}, evaluation={"arms": ["classical", "prompted", "retrieved_examples", "tuned"]}
    )
    climb(spec)
    assert states(filled(spec), "retrieval", "beat_retrieval") == ["ticked", "ticked"]
    assert filled(write_spec(task={"problem": "format"}))["retrieval"].state == "ticked"


def test_another_problem_needs_no_retrieval(filled, write_spec) -> None:
    line = filled(write_spec(task={"problem": "format"}))["retrieval"]
    assert (line.state, line.command) == ("not needed", "")


def test_two_trainings_that_differ_in_more_than_one_variable(filled, climb, write_spec) -> None:
    first, _ = climb()
    second, _ = climb(write_spec(training={"overrides": {"learning_rate": 3e-4}}))
    runs = f"(run {first.run_id} to run {second.run_id})"
    line = filled()["variable"]
    assert (line.state, line.evidence) == ("ticked", f"learning_rate (0.001 to 0.0003) was changed {runs}")
    climb(write_spec(training={"overrides": {"learning_rate": 1e-4, "lora_r": 4}}, task={"prompt": "Say."}))
    line = filled()["variable"]
    assert line.state == "failed"
    assert line.evidence.startswith(
        "3 were changed at once: prompt, learning_rate (0.0003 to 0.0001), lora_r (16 to 4)"
    )


def test_full_fine_tuning_and_its_copies_failed(filled, climb, folder, write_spec) -> None:
    spec = write_spec(training={"method": "full", "reason": "a small model"})
    result, _ = climb(spec)
    (folder / ".thriftune" / "runs" / result.run_id / "training" / "adapter" / "model.safetensors").write_bytes(b"")
    lines = filled(spec)
    assert states(lines, "method", "adapters") == ["failed", "failed"]
    assert lines["method"].evidence == f"full fine-tuning, because: a small model (run {result.run_id})"
    assert "model.safetensors" in lines["adapters"].evidence


def test_too_many_checkpoints_failed_and_a_folder_that_is_gone_is_open(filled, climb, folder) -> None:
    result, _ = climb()
    work = folder / ".thriftune" / "runs" / result.run_id / "training"
    for step in (1, 2):
        (work / "adapter" / f"checkpoint-{step}").mkdir()
    assert filled()["checkpoints"].state == "failed"
    work.rename(work.with_name("away"))
    assert states(filled(), "checkpoints", "adapters") == ["open", "open"]


def test_a_training_that_was_stopped_counts_its_hours_only(filled, climb, world) -> None:
    world.endings = ["stopped"]
    climb()
    lines = filled()
    assert states(lines, "hours", "method", "variable") == ["ticked", "open", "open"]


def test_an_overridden_data_gate_failed(filled, climb, folder) -> None:
    rows = (folder / "train.jsonl").read_text().splitlines()
    wrong = [json.dumps({**json.loads(row), "output": "another"}) for row in rows[:20]]
    (folder / "train.jsonl").write_text("\n".join([*rows, *wrong]) + "\n")
    climb(overrides={"data": "known to the team"})
    line = filled()["clean"]
    assert line.state == "failed"
    assert "contradict another" in line.evidence
    assert "the data gate was overridden: known to the team" in line.evidence


def test_a_held_out_file_that_lost_its_rows_failed(filled, climb, folder) -> None:
    climb()
    (folder / ".thriftune" / "data" / "held-out-0.json").unlink()
    line = filled()["splits"]
    assert (line.state, "`held-out-0.json` does not hold" in line.evidence) == ("failed", True)


def test_a_result_that_cannot_be_read_is_passed_over(filled, climb, folder) -> None:
    result, _ = climb()
    (folder / ".thriftune" / "runs" / result.run_id / "result.json").write_text("{")
    lines = filled()
    assert states(lines, "baseline", "method", "checkpoints", "hours") == ["open", "open", "open", "ticked"]
    assert "no result tells by which spec" in lines["method"].evidence
    climb()  # finds the adapter trained
    lines = filled()
    assert states(lines, "baseline", "method", "checkpoints", "hours") == ["ticked"] * 4
    assert result.run_id in lines["method"].evidence


def test_where_no_tuned_model_is_wanted_nothing_is_trained(filled, climb, write_spec) -> None:
    spec = write_spec(evaluation={"arms": ["classical", "prompted"]})
    climb(spec)
    lines = filled(spec)
    assert states(lines, "baseline", "method", "beat_prompted") == ["ticked", "not needed", "not needed"]
    assert lines["cost"].evidence == "`evaluation.arms` leaves `tuned` out"


def test_an_empty_ledger_is_no_evidence(filled, folder) -> None:
    Ledger(folder / ".thriftune" / "ledger")
    assert filled()["baseline"].state == "open"


@pytest.mark.parametrize(
    ("model", "state", "said"),
    [
        ({"preset": "smollm2-135m"}, "ticked", "is against the product"),
        ({"preset": "llama-3.2-1b"}, "open", "leaves out `model.monthly_users`"),
        ({"preset": "llama-3.2-1b", "monthly_users": 800_000_000, "industry": "retail"}, "failed", "800,000,000"),
        ({"base": "./model", "commercial_use": True}, "failed", "commercial use is not allowed"),
        ({"base": "./model"}, "open", "is not known"),
    ],
)
def test_the_licence(filled, write_spec, model: dict[str, Any], state: str, said: str) -> None:
    spec = write_spec(model={"base": None, **model})
    line = filled(spec)["licence"]
    assert (line.state, said in line.evidence) == (state, True), line.evidence


def test_an_overridden_licence_gate_failed_with_its_reason(filled, climb, write_spec) -> None:
    spec = write_spec(model={"commercial_use": True})
    climb(spec, overrides={"licence": "we made it ourselves"})
    line = filled(spec)["licence"]
    assert line.state == "failed"
    assert line.evidence.endswith("the licence gate was overridden: we made it ourselves")


def test_smaller_presets_share_the_languages_and_may_be_used(folder) -> None:
    named = smaller_presets(Model(preset="smollm2-1.7b", commercial_use=True, languages=("en",)), "trl", folder)
    assert named is not None
    assert {"smollm2-360m", "smollm2-135m"} <= set(named)
    assert named[-1] == "smollm2-135m"
    french = smaller_presets(Model(preset="smollm2-1.7b", languages=("fr",)), "trl", folder)
    assert french is not None
    assert "smollm2-135m" not in french
    assert smaller_presets(Model(preset="smollm2-135m"), "trl", folder) == ()
    assert smaller_presets(Model(base="nobody/nothing"), "trl", folder) is None


def test_a_smaller_model_is_to_be_tried_first(filled, write_spec) -> None:
    line = filled(write_spec(model={"base": None, "preset": "smollm2-360m"}))["smallest"]
    assert (line.state, "smollm2-135m was not tried" in line.evidence) == ("open", True)


@pytest.mark.parametrize(
    ("right", "state", "said"),
    [(30, "ticked", "tuned to 0.750, below the target 0.8"), (36, "failed", "reached the target 0.8 with 0.900")],
)
def test_a_smaller_model_that_was_run_decides(
    filled, climb, world, write_spec, folder, right: int, state: str, said: str
) -> None:
    world.right["tuned"] = right
    shutil.copytree(folder / "model", cache_dir() / "models" / "HuggingFaceTB--SmolLM2-135M-Instruct")
    climb(write_spec(model={"base": None, "preset": "smollm2-135m"}))
    lines = filled(write_spec(model={"base": None, "preset": "smollm2-360m"}))
    assert (lines["smallest"].state, said in lines["smallest"].evidence) == (state, True)
    assert lines["baseline"].state == "open"
    assert "model" in lines["baseline"].evidence


def test_nothing_is_ticked_by_nothing(write_spec) -> None:
    spec = write_spec()
    lines = lines_of(Evidence(spec=spec.spec, spec_path=spec.path))
    assert {line.state for line in lines} == {"open", "not needed"}
    assert [line.question for line in lines if line.state == "not needed"] == [QUESTIONS["beat_retrieval"]]
