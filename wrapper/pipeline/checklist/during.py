"""During training: whether it is the cheap way, its cost is counted, and a run changes one thing only."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from wrapper.pipeline.checklist.evidence import Evidence, TrainingEvidence, old
from wrapper.pipeline.checklist.line import Line, Question, State

MOST_CHECKPOINTS = 2  # the best and the last
_NUMBERS = ("learning_rate", "lora_r", "epochs")
# the plan's reasons for a number that a person chose; any other follows from the model, the method or the rows
_CHOSEN = ("set by you", "what the steps make")


def adapter_method(evidence: Evidence) -> Line:
    def judge(training: TrainingEvidence) -> tuple[State, str]:
        method = training.plan["method"]
        if method == "full":
            reason = evidence.spec.training.reason
            return "failed", f"full fine-tuning, because: {reason}" if reason else "full fine-tuning"
        return "ticked", f"{method}, rank {training.plan['lora_r']}"

    return _of_training("Is it LoRA or QLoRA?", evidence, judge)


def sequence_length(evidence: Evidence) -> Line:
    def judge(training: TrainingEvidence) -> tuple[State, str]:
        tokens, reason = training.plan["sequence_tokens"], training.plan["reasons"]["sequence_tokens"]
        relief = f"; for want of memory: {'; '.join(training.relief)}" if training.relief else ""
        return "ticked", f"{tokens} tokens ({reason}){relief}"

    return _of_training("Is the sequence length capped at need?", evidence, judge)


def gpu_hours(evidence: Evidence) -> Line:
    question = Question(section="during", text="Are GPU-hours tracked?", command=evidence.command("train"))
    counted = [training for training in evidence.trainings if training.seconds > 0]
    if counted:
        return question.ticked(
            f"training took {counted[0].seconds / 3600:.4f} device hours (run {counted[0].run_id}); the project took "
            f"{evidence.spent.gpu_hours:.4f} in all, ${evidence.spent.usd:.4f}"
        )
    if evidence.trainings:
        return question.failed(f"the ledger has no seconds for the training of run {evidence.trainings[0].run_id}")
    return _untrained(question, evidence)


def checkpoints(evidence: Evidence) -> Line:
    def judge(training: TrainingEvidence) -> tuple[State, str]:
        if training.checkpoints is None:
            return "open", "the folder of the training is gone"
        kept: State = "ticked" if training.checkpoints <= MOST_CHECKPOINTS else "failed"
        return kept, f"{training.checkpoints} in the folder of the training"

    return _of_training("Are checkpoints limited to the best and the last?", evidence, judge)


def adapters_only(evidence: Evidence) -> Line:
    def judge(training: TrainingEvidence) -> tuple[State, str]:
        if training.full_weights:
            return "failed", f"whole weights were kept: {', '.join(training.full_weights)}"
        if not training.has_adapter:
            return "open", "the adapter is gone"
        return "ticked", "an adapter was kept, and no whole weights"

    return _of_training("Are adapters kept, and no full copies?", evidence, judge)


def one_variable(evidence: Evidence) -> Line:
    question = Question(section="during", text="Did the last run change one major variable only?")
    done = [training for training in evidence.trainings if training.is_done]
    if not done:
        return _untrained(question, evidence)
    if len(done) == 1:
        return question.not_needed(f"run {done[0].run_id} is the only whole training: there is none to differ from")
    after, before = done[:2]
    runs = f"(run {before.run_id} to run {after.run_id})"
    if not after.plan or not before.plan:
        return question.open(f"one of them left no result with its plan {runs}")
    changes = list(_changes(before, after))
    if len(changes) > 1:
        return question.failed(f"{len(changes)} were changed at once: {', '.join(changes)} {runs}")
    return question.ticked(f"{changes[0] if changes else 'nothing'} was changed {runs}")


def _changes(before: TrainingEvidence, after: TrainingEvidence) -> Iterator[str]:
    """What a person changed; numbers that the plan derives from it are no change of their own."""
    for name in ("model_name", "method"):
        if before.plan.get(name) != after.plan.get(name):
            yield f"{name} ({before.plan.get(name)} to {after.plan.get(name)})"
    if before.train_digest != after.train_digest:
        yield "training rows"
    if before.prompt != after.prompt:
        yield "prompt"
    for name in _NUMBERS:
        chosen = any(plan.get("reasons", {}).get(name) in _CHOSEN for plan in (before.plan, after.plan))
        if chosen and before.plan.get(name) != after.plan.get(name):
            yield f"{name} ({before.plan.get(name)} to {after.plan.get(name)})"


def _of_training(text: str, evidence: Evidence, judge: Callable[[TrainingEvidence], tuple[State, str]]) -> Line:
    """The line of the latest whole training; open where that is of an older spec."""
    question = Question(section="during", text=text, command=evidence.command("train"))
    training = evidence.training
    if training is None:
        return _untrained(question, evidence)
    if not training.plan:
        return question.open(f"run {training.run_id} trained, and no result tells by which spec")
    state, said = judge(training)
    if training.changed:
        return question.open(f"{old(training.run_id, training.changed)}: {said}")
    said = f"{said} (run {training.run_id})"
    if state == "open":
        return question.open(said)
    return question.ticked(said) if state == "ticked" else question.failed(said)


def _untrained(question: Question, evidence: Evidence) -> Line:
    if evidence.untuned:
        return question.not_needed(evidence.untuned)
    return question.open("nothing was trained to its end in this project")


DURING = (adapter_method, sequence_length, gpu_hours, checkpoints, adapters_only, one_variable)
