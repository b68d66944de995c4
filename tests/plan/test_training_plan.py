"""What a backend is given."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from wrapper.plan.training import training_plan

OF_THE_RUN = {
    "model_path",
    "train_file",
    "validation_file",
    "prepared_dir",
    "end_of_turn",
    "output_dir",
    "resume_from",
    "events_file",
    "stop_file",
    "max_seconds",
}


def given(plan, tmp_path: Path, validation: Path | None):
    return training_plan(
        plan,
        model_path=tmp_path / "model",
        train_file=tmp_path / "train.jsonl",
        validation_file=validation,
        work_dir=tmp_path / "run",
        end_of_turn="<|im_end|>",
        max_seconds=12.5,
    )


def test_every_number_of_the_plan_arrives(plan_with, tmp_path):
    plan = plan_with()
    found = given(plan, tmp_path, tmp_path / "validation.jsonl")
    numbers = {field.name for field in fields(found)} - OF_THE_RUN
    assert {name: getattr(found, name) for name in numbers} == {name: getattr(plan, name) for name in numbers}
    assert found.max_seconds == 12.5


def test_paths_lie_in_the_work_folder(plan_with, tmp_path):
    found = given(plan_with(), tmp_path, None)
    work = tmp_path / "run"
    assert (found.prepared_dir, found.output_dir) == (work / "prepared", work / "adapter")
    assert (found.events_file, found.stop_file) == (work / "events.jsonl", work / "stop")


def test_nothing_is_evaluated_without_a_validation_file(plan_with, tmp_path):
    found = given(plan_with(), tmp_path, None)
    assert (found.validation_file, found.eval_steps, found.early_stopping_patience) == (None, None, None)


def test_paths_are_absolute(plan_with):
    found = given(plan_with(), Path("here"), None)
    assert all(
        path.is_absolute() for path in (found.model_path, found.train_file, found.output_dir, found.stop_file)
    )
