"""Write the model arms of a climb as lm-eval tasks that run without thriftune."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from wrapper import __version__
from wrapper.data.tokens import Tokens
from wrapper.data.writing import write_folder
from wrapper.errors import BadInput
from wrapper.evaluation.grader_options import grader_options
from wrapper.evaluation.measure import LIKELIHOOD, scorings_of
from wrapper.evaluation.tasks import Task, task_files
from wrapper.pipeline.climb import Climb
from wrapper.pipeline.measurement import ModelArms
from wrapper.render import text_template
from wrapper.spec.fields import NEED_NO_MODEL, Spec

_NEEDS = {
    "regex": ("regex",),
    "constraints": ("regex",),
    "sql": ("sqlglot",),
    "json_schema": ("jsonschema",),
    "json_exact": ("jsonschema",),
    "json_fields": ("jsonschema",),
    "rouge_l": ("rapidfuzz", "regex"),
    "chrf": ("sacrebleu",),
}  # what a metric's grader imports


def check_exportable(spec: Spec) -> None:
    """Raises BadInput, before anything is measured, for a metric that cannot travel and where no model is asked."""
    if not set(spec.evaluation.arms) - set(NEED_NO_MODEL):
        raise BadInput("no model arm is measured, so there is no task to export", hint="add one to `evaluation.arms`")
    if spec.task.metric in ("judge", "function"):
        raise BadInput(
            f"the metric `{spec.task.metric}` cannot be exported: lm-eval would have to ask thriftune",
            hint="choose a metric that needs nothing but the answer",
        )


def export_tasks(climb: Climb, folder: Path) -> None:
    """One task for each model arm and way of scoring."""
    run, spec, arms = climb.run, climb.run.loaded.spec, climb.model_arms
    assert arms is not None
    assert climb.prepared is not None
    options = grader_options(spec.task.grading, run.loaded.folder).document
    grading = {"metric": spec.task.metric, "labels": list(climb.labels), "options": options}
    tasks = list(_tasks(arms))
    files = task_files(tasks, climb.prepared.test, grading)
    files["README.md"] = text_template("lm_eval/README.md.j2").render(
        task=spec.task.name,
        version=__version__,
        model=arms.model.path.name,
        model_path=arms.model.path,
        packages=_NEEDS.get(spec.task.metric, ()),
        names=[task.name for task in tasks],
        tasks=[(task.name, task.name.startswith("tuned")) for task in tasks],
        folder=folder.resolve(),
        dtype=arms.model.dtype,
        batch_size=arms.model.batch_size or 8,
        metric=spec.task.metric,
    )
    write_folder(folder, {name: text.encode() for name, text in files.items()})
    run.reporter.step("export", f"{len(tasks)} lm-eval tasks in {folder}")


def _tasks(arms: ModelArms) -> Iterator[Task]:
    tokens = Tokens.load(arms.model.path)
    for arm, prompts in arms.asked.items():
        texts = tuple(tokens.chat_text(prompt, add_generation_prompt=True) for prompt in prompts)
        for scoring in scorings_of(arms.labels):
            yield Task(
                name=f"{arm}_{scoring}",
                prompts=texts,
                choices=arms.labels if scoring == LIKELIHOOD else (),
                until=tokens.end_tokens(),
                max_answer_tokens=arms.max_answer_tokens,
            )
