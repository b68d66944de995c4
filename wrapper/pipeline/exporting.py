"""Write the model arms of a climb as lm-eval tasks that run without thriftune."""

from __future__ import annotations

from pathlib import Path

from wrapper import __version__
from wrapper.errors import BadInput
from wrapper.evaluation.arms import NEED_NO_MODEL
from wrapper.evaluation.grader_options import grader_options
from wrapper.evaluation.tasks import task_files
from wrapper.pipeline.climb import Climb
from wrapper.render import text_template
from wrapper.spec.fields import Spec

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
    files = task_files(arms.asked, climb.prepared.test, grading)
    files["README.md"] = text_template("lm_eval/README.md.j2").render(
        task=spec.task.name,
        version=__version__,
        model=arms.model.path.name,
        model_path=arms.model.path,
        packages=_NEEDS.get(spec.task.metric, ()),
        names=[task.name for task in arms.asked],
        tasks=[(task.name, task.name.startswith("tuned")) for task in arms.asked],
        folder=folder.resolve(),
        dtype=arms.model.dtype,
        batch_size=arms.model.batch_size or 8,
        metric=spec.task.metric,
    )
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    run.reporter.step("export", f"{len(arms.asked)} lm-eval tasks in {folder}")
