"""Which way to try next, prompting, retrieval or training: decided by the problem and by what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from wrapper.plan.plan import Range
from wrapper.spec.fields import TUNED_ARMS, ArmName, Problem

Way = Literal[
    "classical", "prompting", "few-shot", "retrieved examples", "rag", "hosted", "fine-tuning", "continued pretraining"
]  # fmt: skip
State = Literal["measured", "not measured", "not possible"]

# the arm that measures each, in the order of the ladder: the cheapest first
ARM_OF: dict[Way, ArmName] = {
    "classical": "classical",
    "prompting": "prompted",
    "few-shot": "few_shot",
    "retrieved examples": "retrieved_examples",
    "rag": "rag",
    "hosted": "hosted",
    "fine-tuning": "tuned",
    "continued pretraining": "tuned",
}
TRAINED: tuple[Way, ...] = ("fine-tuning", "continued pretraining")
FEWEST_ROWS = 50  # a rule of thumb: with fewer, a few labels decide what is learnt
MUCH_TEXT_TOKENS = 1_000_000  # a rule of thumb: less text teaches a domain's words less well than rows do

_ROUNDING = 1e-9
_LIKE_FAILURES = "training rows like the failures that the report lists"
_REASONS: dict[Way, str] = {
    "classical": "it needs no language model and takes seconds, so it is the bar for all the others",
    "prompting": "instructions cost nothing but their tokens, and what a model can do already needs no training",
    "few-shot": "a few examples in the prompt show what is wanted, and are changed in a minute",
    "retrieved examples": "training rows like the input show more than the same few examples each time",
    "rag": "passages of your documents help only where facts are missing",
    "hosted": "a rented model shows whether the task can be solved at all, without any training",
    "fine-tuning": "it pays only where the cheaper ways were measured and fall short",
    "continued pretraining": "it teaches the language of a field, and takes much raw text for that",
}
_REASONS_BY_PROBLEM: dict[Problem, dict[Way, str]] = {
    "knowledge": {
        "rag": "missing facts are looked up in your documents, and are changed there without any training",
        "retrieved examples": "training rows that are most like the input may hold the facts that are missing",
        "fine-tuning": "tuning teaches form and manner, and does not add facts reliably, so it comes after retrieval",
        "continued pretraining": "even much raw text adds facts less reliably than retrieval, and at a higher price",
    },
    "behaviour": {
        "prompting": "say in the prompt how it should behave: a model often needs no more than that",
        "few-shot": "a few examples show a manner better than its description",
        "rag": "documents add facts, and it is the behaviour that is wrong",
        "fine-tuning": "rows teach a manner well, once the prompt and its examples fall short",
    },
    "format": {
        "prompting": "give the form, or its JSON Schema, in the prompt: a model often needs no more than that",
        "few-shot": "a few examples show the form of an answer better than its description",
        "rag": "documents add facts, and it is the form that is wrong",
        "fine-tuning": "rows teach a form well, once the schema and examples in the prompt fall short",
    },
    "domain_language": {
        "retrieved examples": "rows like the input bring the words of the field into the prompt",
        "rag": "passages of your documents bring the words of the field into the prompt",
        "fine-tuning": "rows teach the words of the field where there is not much raw text",
        "continued pretraining": "much raw text teaches the language of a field better than rows do",
    },
}


class Score(Struct, frozen=True, kw_only=True):
    """Of the arm on the frozen test rows of a run; `low` to `high` is the 95 % interval."""

    arm: str
    mean: float
    low: float
    high: float
    n: int
    run_id: str


class Price(Struct, frozen=True, kw_only=True):
    """What trying it should take; `seconds` is None of an endpoint, `usd` where nobody gave the device's price."""

    seconds: Range | None
    usd: Range | None


class Option(Struct, frozen=True, kw_only=True):
    """One way. `obstacle` says why it is not possible, `earlier` what it scored before the spec or its files changed.

    `reaches_target` is None where it is not measured, `price` where it is not known.
    """

    option: Way
    state: State
    score: Score | None = None
    obstacle: str = ""
    earlier: str = ""
    reaches_target: bool | None = None
    price: Price | None = None
    reason: str = ""
    next: bool = False

    @property
    def told(self) -> str:
        """The state in words."""
        if self.score is not None:
            return f"measured {self.score.mean:.3f} ({self.score.low:.3f} to {self.score.high:.3f})"
        return f"{self.state}: {self.obstacle}" if self.obstacle else self.state


class Next(Struct, frozen=True, kw_only=True):
    """The option that is marked, what to change `first` (empty if nothing), and the command that goes on."""

    option: Way
    reason: str
    first: str
    command: str


@dataclass(frozen=True, kw_only=True)
class Tuned:
    """How the trained model did: the verdict's outcome and next action, and what its failures recommend."""

    way: Way
    outcome: str
    next_action: str
    action: str
    recommendation: str


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What the decision goes by; `options` come in the order in which they should be tried.

    `arms` are those of the spec, `is_text` says that its training takes raw text. `licence` is what the model's
    licence has against the product, `unneeded` what the need gate said, `misfit` why a training would not fit.
    """

    problem: Problem | None
    target: float
    options: tuple[Option, ...]
    arms: tuple[ArmName, ...]
    is_text: bool
    has_documents: bool
    train_rows: int
    tuned: Tuned | None = None
    licence: str = ""
    unneeded: str = ""
    misfit: str = ""

    def option(self, way: Way) -> Option | None:
        return next((one for one in self.options if one.option == way), None)


def order(problem: Problem | None, *, much_text: bool = False) -> tuple[Way, ...]:
    """In which the ways should be tried: the cheapest evidence first, moved by the problem."""
    trained: tuple[Way, ...] = TRAINED
    if problem == "domain_language" and much_text:
        trained = ("continued pretraining", "fine-tuning")
    if problem == "knowledge":
        return ("classical", "prompting", "rag", "retrieved examples", "few-shot", "hosted", *trained)
    if problem == "domain_language":
        return ("classical", "prompting", "retrieved examples", "rag", "few-shot", "hosted", *trained)
    if problem in ("behaviour", "format"):
        return ("classical", "prompting", "few-shot", "retrieved examples", "hosted", "fine-tuning", "rag", trained[1])
    return ("classical", "prompting", "few-shot", "retrieved examples", "rag", "hosted", *trained)


def reaches(mean: float, target: float) -> bool:
    """As the need gate counts it."""
    return mean >= target - _ROUNDING


def reason_for(option: Option, problem: Problem | None, target: float) -> str:
    """Why it stands where it stands, in one sentence."""
    if option.score is None:
        by_problem = _REASONS_BY_PROBLEM[problem] if problem else {}
        return by_problem.get(option.option, _REASONS[option.option])
    if option.reaches_target:
        return f"reaches the target {target:g}"
    if reaches(option.score.high, target):
        return f"below the target {target:g}, which its interval does not rule out"
    return f"below the target {target:g}"


def choose(seen: Situation) -> tuple[tuple[Option, ...], Next]:
    """The options with one of them marked, and what to do about it."""
    chosen = _ship(seen) or _licence(seen) or _baseline(seen) or _after_training(seen) or _cheaper(seen) or _train(seen)
    return tuple(replace(one, next=one.option == chosen.option) for one in seen.options), chosen


def _ship(seen: Situation) -> Next | None:
    """The cheapest that suffices; a trained model only if it was shown to be better than every cheaper way."""
    enough = [one for one in _by_ladder(seen.options) if one.reaches_target and _may_ship(one, seen)]
    if not enough:
        return None
    chosen = enough[0]
    assert chosen.score is not None
    return Next(
        option=chosen.option,
        reason=f"ship it: `{chosen.score.arm}` scores {chosen.score.mean:.3f} and reaches the target {seen.target:g}",
        first="",
        command="checklist",
    )


def _may_ship(option: Option, seen: Situation) -> bool:
    if option.option in TRAINED and (seen.tuned is None or seen.tuned.outcome != "better"):
        return False
    return not seen.licence or option.option in ("classical", "hosted")


def _by_ladder(options: Sequence[Option]) -> list[Option]:
    return sorted(options, key=lambda one: list(ARM_OF).index(one.option))


def _licence(seen: Situation) -> Next | None:
    if not seen.licence:
        return None
    return Next(
        option="prompting",
        reason=f"the model may not be used for this product: {seen.licence}",
        first="name a model in the spec that may be used",
        command="plan --ladder",
    )


def _baseline(seen: Situation) -> Next | None:
    """Before anything was measured: all of the spec's cheaper arms, in one run."""
    if any(one.score for one in seen.options):
        return None
    possible = [one.option for one in seen.options if one.state != "not possible" and one.option not in TRAINED]
    asked = [way for way in possible if ARM_OF[way] in seen.arms]
    chosen: Way = next(iter([*asked, *possible]), "prompting")
    first = _before_measuring(chosen, seen)
    if seen.problem == "knowledge" and not seen.has_documents:
        first.append(_documents())
    return Next(
        option=chosen,
        reason="nothing is measured on this spec yet: one run scores every arm below training on the same rows",
        first="; ".join(first),
        command="baseline",
    )


def _after_training(seen: Situation) -> Next | None:
    tuned = seen.tuned
    if tuned is None:
        return None
    if tuned.outcome == "better":
        return Next(
            option=tuned.way,
            reason=f"training helped, and is still below the target {seen.target:g}: more rows like the failures, "
            "and only then the next model of `thriftune plan --ladder`",
            first=_remedy(tuned, _rows("add")),
            command="run",
        )
    return _not_better(tuned, seen)


def _not_better(tuned: Tuned, seen: Situation) -> Next:
    """The remedy that the failures name; never a larger model, and never a longer run."""
    way: Way = tuned.way
    command, first = "run", [_remedy(tuned, tuned.next_action)]
    if tuned.action == "change_prompt":
        way, command = "prompting", "baseline"
    elif tuned.action == "add_retrieval":
        way, command = "rag", "baseline"
        first += _before_measuring("rag", seen)
    elif tuned.action == "fix_rows":
        command = "data audit"
    outcome = "worse than a cheaper way" if tuned.outcome == "worse" else "not shown to be better than all cheaper ways"
    return Next(
        option=way,
        reason=f"the trained model is {outcome}: neither a larger model nor a longer run is the remedy",
        first="; ".join(first),
        command=command,
    )


def _remedy(tuned: Tuned, otherwise: str) -> str:
    """What the failures recommend, unless that is to spend more on training."""
    spends = tuned.action in ("", "stop", "larger_model", "more_epochs")
    return otherwise if spends or not tuned.recommendation else tuned.recommendation


def _cheaper(seen: Situation) -> Next | None:
    """The first way before training that was not measured; missing documents are no excuse where facts are missing."""
    for one in takewhile(lambda one: one.option not in TRAINED, seen.options):
        is_wanted = one.option == "rag" and seen.problem == "knowledge"
        if one.state == "not measured" or (one.state == "not possible" and is_wanted):
            return Next(
                option=one.option,
                reason=f"cheaper than training, and not measured yet: {one.reason}",
                first="; ".join(_before_measuring(one.option, seen)),
                command="baseline",
            )
    return None


def _before_measuring(way: Way, seen: Situation) -> list[str]:
    """What the spec lacks before its baseline measures this too."""
    if way == "rag" and not seen.has_documents:
        return [_documents()]
    return [] if ARM_OF[way] in seen.arms else [_add(way)]


def _documents() -> str:
    return "name your documents as `evaluation.documents`, and add `rag` to `evaluation.arms`"


def _add(way: Way) -> str:
    return f"add `{ARM_OF[way]}` to `evaluation.arms`"


def _rows(verb: str) -> str:
    return f"{verb} {_LIKE_FAILURES}"


def _train(seen: Situation) -> Next:
    """The cheaper ways are measured and fall short."""
    if seen.unneeded:
        return Next(option="fine-tuning", reason=seen.unneeded, first="measure on more test rows", command="baseline")
    wanted = TRAINED if seen.problem == "domain_language" else TRAINED[:1]
    possible = [one for one in seen.options if one.option in wanted and one.state != "not possible"]
    if possible:
        return _train_by(possible[0], seen)
    if seen.train_rows < FEWEST_ROWS:
        return Next(
            option="fine-tuning",
            reason=f"the cheaper ways fall short, and {seen.train_rows} training rows are too few to learn from",
            first=f"{_rows('collect')}, at least {FEWEST_ROWS - seen.train_rows} more",
            command="run",
        )
    return Next(
        option="fine-tuning",
        reason="the cheaper ways fall short, and this training does not fit the device or the budget",
        first=seen.misfit,
        command="plan",
    )


def _train_by(option: Option, seen: Situation) -> Next:
    first = [] if set(TUNED_ARMS) & set(seen.arms) else [_add("fine-tuning")]
    if seen.is_text and option.option == "fine-tuning":
        first.append("leave out `training.objective` and `data.corpus`")
    with_what = f"; {seen.train_rows} training rows suffice for a try" if option.option == "fine-tuning" else ""
    return Next(
        option=option.option,
        reason=f"the cheaper ways are measured and below the target {seen.target:g}: {option.reason}{with_what}",
        first="; ".join(first),
        command="run",
    )
