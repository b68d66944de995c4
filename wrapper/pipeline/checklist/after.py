"""After training: whether it paid, what serving it costs, and what there is for when it goes wrong."""

from __future__ import annotations

from typing import NamedTuple

from wrapper.evaluation.compare import Comparison
from wrapper.pipeline.checklist.before import RETRIEVAL
from wrapper.pipeline.checklist.evidence import Evidence, Measured, arm_of, old
from wrapper.pipeline.checklist.line import Line, Question
from wrapper.pipeline.results import ArmLine
from wrapper.spec.fields import ArmName

UP = 1.1  # times as much; below that it is the noise of a clock
_NONE = "no tuned model was measured in this project"


def beat_prompted(evidence: Evidence) -> Line:
    question = Question(section="after", text="Did it beat the prompted model?", command=evidence.command("run"))
    return _beaten(question, evidence, ("prompted",))


def beat_retrieval(evidence: Evidence) -> Line:
    question = Question(section="after", text="Did it beat retrieval?", command=evidence.command("run"))
    is_asked = set(RETRIEVAL) & set(evidence.spec.evaluation.arms) or evidence.spec.task.problem == "knowledge"
    if not is_asked and evidence.measured(*RETRIEVAL) is None:
        return question.not_needed("the spec asks for no retrieval, and none was measured")
    return _beaten(question, evidence, RETRIEVAL)


def _beaten(question: Question, evidence: Evidence, arms: tuple[ArmName, ...]) -> Line:
    """By the comparison that the tuned model is furthest behind in, or leads by least."""
    found = evidence.compared(*arms)
    if found is None or (found.changed and evidence.untuned):
        against = " or ".join(f"`{arm}`" for arm in arms)
        return _untuned(question, evidence, f"no tuned model was held against {against} in this project")
    least = min(found.against, key=lambda one: one.difference)
    if found.changed:
        return question.open(f"{old(found.run.run_id, found.changed)}: {_lead(least)}")
    said = f"{_lead(least)} (run {found.run.run_id})"
    if all(one.outcome == "better" for one in found.against):
        return question.ticked(said)
    if least.outcome == "worse" or least.difference <= 0:
        return question.failed(said)
    more = f"; about {least.rows_needed} more test rows would decide it" if least.rows_needed else ""
    return question.open(f"{said}{more}")


def _lead(one: Comparison) -> str:
    return (
        f"tuned is {one.outcome}: {one.difference:+.3f} (95 % interval {one.low:+.3f} to {one.high:+.3f}, "
        f"p = {one.p:.2g}, {one.rows} rows) against `{one.arm}`"
    )


class _Cost(NamedTuple):
    """Of one arm: seconds a row, in batches, and dollars for 1,000; None where the device has no price."""

    arm: str
    seconds: float
    usd: float | None

    @property
    def text(self) -> str:
        dollars = "no price" if self.usd is None else f"${self.usd:.4f} for 1,000"
        return f"`{self.arm}` takes {self.seconds:.3f} s a row in batches and {dollars}"


def serving_cost(evidence: Evidence) -> Line:
    question = Question(
        section="after", text="Have latency and serving cost stayed where they were?", command=evidence.command("run")
    )
    found = evidence.compared()
    if found is None:
        return _untuned(question, evidence)
    lines = {line.arm: line for line in found.run.result.arms}
    tuned, cheaper = lines.get("tuned"), lines.get(found.verdict.best_cheaper)
    if tuned is None or cheaper is None:
        return question.open(f"run {found.run.run_id} has no times of both arms")
    ours, theirs = (_cost(line, is_priced=found.run.result.is_priced) for line in (tuned, cheaper))
    said = f"{ours.text}, {theirs.text}"
    if found.changed:
        return question.open(f"{old(found.run.run_id, found.changed)}: {said}")
    is_dearer = ours.usd is not None and theirs.usd is not None and ours.usd > theirs.usd * UP
    is_up = ours.seconds > theirs.seconds * UP or is_dearer
    said = f"{said} (run {found.run.run_id})"
    return question.failed(said) if is_up else question.ticked(said)


def _cost(line: ArmLine, *, is_priced: bool) -> _Cost:
    rows = line.n + line.ungraded
    known = is_priced or line.arm == "hosted"
    return _Cost(line.arm, (line.seconds or 0.0) / max(1, rows), line.usd_per_1000 if known else None)


def quantised(evidence: Evidence) -> Line:
    question = Question(section="after", text="Was it quantised without unacceptable loss?")
    return question.open("not built yet: `thriftune export` is not in this release")


def cost_known(evidence: Evidence) -> Line:
    question = Question(section="after", text="Is the cost per 1,000 requests known?", command=evidence.command("run"))
    found = evidence.measured("tuned", "tuned_retrieval")
    if found is None:
        return _untuned(question, evidence)
    if found.changed:
        return question.open(f"{old(found.run.run_id, found.changed)}: {_price(found)}")
    if not found.run.result.is_priced:
        return question.open(f"the device has no price: give `budget.usd_per_hour` (run {found.run.run_id})")
    return question.ticked(f"{_price(found)} (run {found.run.run_id})")


def _price(found: Measured) -> str:
    """Of generated answers, as the verdict goes by, where labels were scored by likelihood too."""
    generated = [line for line in found.run.result.arms if line.measured and line.arm == arm_of(found.line.arm)]
    line = generated[0] if generated else found.line
    if line.usd_per_1000 is None or not found.run.result.is_priced:
        return f"`{line.arm}` has no price"
    return f"${line.usd_per_1000:.4f} for 1,000 answers of `{line.arm}`, asked in batches on {line.n} rows"


def monitoring(evidence: Evidence) -> Line:
    question = Question(section="after", text="Is there monitoring and a rollback plan?")
    return question.open("not built yet: neither `thriftune monitor` nor `thriftune release` is in this release")


def _untuned(question: Question, evidence: Evidence, reason: str = _NONE) -> Line:
    if evidence.untuned:
        return question.not_needed(evidence.untuned)
    return question.open(reason)


AFTER = (beat_prompted, beat_retrieval, serving_cost, quantised, cost_known, monitoring)
