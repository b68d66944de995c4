"""Before training: whether the cheaper ways were tried, the model may be used, and the rows are fit to learn from."""

from __future__ import annotations

from wrapper.pipeline.checklist.evidence import Evidence, Measured, arm_of, old
from wrapper.pipeline.checklist.line import Line, Question
from wrapper.pipeline.results import ArmLine
from wrapper.presets.licence import UNKNOWN
from wrapper.spec.fields import ArmName

RETRIEVAL: tuple[ArmName, ...] = ("rag", "retrieved_examples")
_PROMPTED: tuple[ArmName, ...] = ("prompted", "few_shot", "hosted")
_ROUNDING = 1e-9


def prompting(evidence: Evidence) -> Line:
    question = Question(section="before", text="Was prompting tried?", command=evidence.command("baseline"))
    found = evidence.measured(*_PROMPTED)
    choice = found.run.result.prompt_choice if found else None
    wordings = len(choice.scores) if choice else 1
    tried = f"{wordings} wordings on {choice.rows} validation rows" if choice and wordings > 1 else "one wording"
    return _scored(question, evidence, found, _PROMPTED, more=f"; {tried}")


def retrieval(evidence: Evidence) -> Line:
    question = Question(
        section="before",
        text="Was retrieval considered, if knowledge is missing?",
        command=evidence.command("baseline"),
    )
    problem, found = evidence.spec.task.problem, evidence.measured(*RETRIEVAL)
    is_current = found is not None and not found.changed
    if not is_current and problem not in (None, "knowledge"):
        return question.not_needed(f"`task.problem` is `{problem}`: it is not knowledge that is missing")
    if found is None and problem is None:
        return question.open("whether knowledge is missing is not known: say so with `task.problem` in the spec")
    return _scored(question, evidence, found, RETRIEVAL)


def baseline(evidence: Evidence) -> Line:
    question = Question(
        section="before",
        text="Is the prompted model's baseline score known?",
        command=evidence.command("baseline"),
    )
    return _scored(question, evidence, evidence.measured("prompted"), ("prompted",))


def licence(evidence: Evidence) -> Line:
    question = Question(section="before", text="Is the licence acceptable?", command=evidence.command("plan"))
    if evidence.refusals:
        reasons = [run.result.overrides["licence"] for run in evidence.runs if "licence" in run.result.overrides]
        passed = [f"the licence gate was overridden: {reasons[0]}"] if reasons else []
        return question.failed("; ".join([*evidence.refusals, *passed]), command="thriftune presets ls")
    titles, model = " and ".join(one.title for one in evidence.licences), evidence.spec.model
    if not evidence.licences or UNKNOWN in evidence.licences:
        return question.open(
            f"under which licence {evidence.model_name} stands is not known: its model card does not say"
        )
    needed = {
        "monthly_users": model.monthly_users is None and any(one.user_cap for one in evidence.licences),
        "industry": model.industry is None
        and any(clause.industries for one in evidence.licences for clause in one.clauses),
        "commercial_use": not model.commercial_use and not all(one.commercial_use for one in evidence.licences),
    }
    untold = [f"`model.{name}`" for name, is_needed in needed.items() if is_needed]
    if untold:
        return question.open(
            f"{titles} of {evidence.model_name} sets bounds, and the spec leaves out {', '.join(untold)}"
        )
    told = {"commercial use": model.commercial_use, f"{model.monthly_users or 0:,} monthly users": model.monthly_users}
    product = [name for name, is_told in told.items() if is_told] + ([model.industry] if model.industry else [])
    for_what = f", for {', '.join(product)}" if product else ""
    return question.ticked(f"nothing in {titles} of {evidence.model_name} is against the product{for_what}")


def smallest_model(evidence: Evidence) -> Line:
    question = Question(section="before", text="Is it the smallest plausible model?", command=evidence.command("run"))
    if evidence.smaller is None:
        return question.open(
            f"the size of {evidence.model_name} is not known: it is no preset, and not on this machine"
        )
    if not evidence.smaller:
        return question.ticked(
            f"no preset below {evidence.model_name} has its languages, a licence that allows the product and "
            f"{evidence.spec.training.backend}"
        )
    tried = _smaller_ones_tuned(evidence)
    target = evidence.spec.task.target
    for run_id, name, mean in tried:
        if mean >= target - _ROUNDING:
            return question.failed(f"the smaller {name} reached the target {target:g} with {mean:.3f} (run {run_id})")
    if tried:
        run_id, name, mean = tried[0]
        return question.ticked(
            f"the smaller {name} was tuned to {mean:.3f}, below the target {target:g} (run {run_id})"
        )
    return question.open(f"the smaller {evidence.smaller[0]} was not tried: name it as `model.preset` and run")


def _smaller_ones_tuned(evidence: Evidence) -> list[tuple[str, str, float]]:
    """Run, model and score of each smaller model that was tuned on what the spec asks for now."""
    return [
        (run.run_id, run.result.plan["model_name"], line.mean)
        for run in evidence.runs
        if run.result.plan and run.result.plan.get("model_name") in (evidence.smaller or ())
        if not run.changed - {"model", "training settings"}
        for line in run.result.arms
        if arm_of(line.arm) == "tuned" and line.mean is not None
    ]


def clean_data(evidence: Evidence) -> Line:
    question = Question(
        section="before", text="Is the data clean and deduplicated?", command=evidence.command("data audit")
    )
    data = evidence.data
    if data is None:
        return question.open(
            "these files were not prepared yet as the spec reads them", command=evidence.command("baseline")
        )
    if data.objections:
        passed = f", and the data gate was overridden: {data.overridden}" if data.overridden else ""
        return question.failed(f"{'; '.join(data.objections)}{passed} (run {data.run_id})", command=question.command)
    if data.overridden:
        return question.failed(f"the data gate was overridden: {data.overridden}", command=question.command)
    found = (
        f"{data.train + data.validation + data.test} rows kept, {data.repeated} exact duplicates and "
        f"{data.left_out} malformed or held-out rows left out"
    )
    if data.near_duplicates:
        return question.open(f"{found}, but {data.near_duplicates} near-duplicates are among them (run {data.run_id})")
    return question.ticked(f"{found}, no near-duplicate found (run {data.run_id})")


def separate_splits(evidence: Evidence) -> Line:
    question = Question(
        section="before", text="Are the validation and test rows kept apart?", command=evidence.command("baseline")
    )
    data = evidence.data
    if data is None:
        return question.open("no split of these files was frozen yet")
    rows = f"{data.validation} validation and {data.test} test rows"
    if data.shared:
        return question.failed(f"{data.shared} inputs stand in more than one split (run {data.run_id})")
    if not data.validation or not data.test:
        return question.failed(f"there are {rows} (run {data.run_id})")
    if not data.is_held:
        return question.failed(f"`{data.held_out_file}` does not hold the {rows} of run {data.run_id}")
    return question.ticked(
        f"{rows} share no input with the {data.train} training rows and are frozen in `{data.held_out_file}`, "
        f"digest {data.digest[:12]} (run {data.run_id})"
    )


def score_text(line: ArmLine) -> str:
    """An arm's score with its interval."""
    if line.mean is None or line.low is None or line.high is None:
        return f"`{line.arm}` could not be graded"
    return f"`{line.arm}` scores {line.mean:.3f} (95 % interval {line.low:.3f} to {line.high:.3f}, {line.n} rows)"


def _scored(
    question: Question, evidence: Evidence, found: Measured | None, arms: tuple[ArmName, ...], *, more: str = ""
) -> Line:
    """Ticked by a score that is of this spec; not needed where nothing has to be trained."""
    if found is not None and not found.changed:
        said = f"{score_text(found.line)}{more} (run {found.run.run_id})"
        return question.failed(said) if found.line.mean is None else question.ticked(said)
    if evidence.unneeded:
        return question.not_needed(evidence.unneeded)
    if found is not None:
        return question.open(f"{old(found.run.run_id, found.changed)}: {score_text(found.line)}")
    asked = [arm for arm in arms if arm in evidence.spec.evaluation.arms]
    named = " or ".join(f"`{arm}`" for arm in asked or arms)
    if not asked:
        return question.open(f"not measured: add {named} to `evaluation.arms`")
    return question.open(f"{named} was not measured in this project")


BEFORE = (prompting, retrieval, baseline, licence, smallest_model, clean_data, separate_splits)
