"""What `thriftune advise` goes by: the ways that are open, what each scored in this project, and what it would cost."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from msgspec import Struct
from msgspec.structs import replace

from wrapper.data.corpus import read_corpus
from wrapper.data.prepared import Prepared
from wrapper.endpoint import price_usd
from wrapper.errors import EnvironmentFault
from wrapper.evaluation.arms import GOLD_BLIND
from wrapper.pipeline.checklist.evidence import Evidence, Measured, old
from wrapper.pipeline.checklist.reading import read_evidence
from wrapper.pipeline.gates import fit_remedy
from wrapper.pipeline.licence_gate import remedy
from wrapper.pipeline.outlook import outlook
from wrapper.pipeline.plan_input import guessed_row_tokens, guessed_tokens
from wrapper.pipeline.planning import Planned, is_priced, max_answer_tokens, plan_of, prepared_of, price
from wrapper.pipeline.task_prompt import system_prompt_of
from wrapper.plan.advice import (
    ARM_OF,
    FEWEST_ROWS,
    MUCH_TEXT_TOKENS,
    TRAINED,
    Next,
    Option,
    Price,
    Score,
    Situation,
    Tuned,
    Way,
    choose,
    order,
    reaches,
    reason_for,
)
from wrapper.plan.ladder_cost import LadderCost
from wrapper.plan.plan import Range, sum_of
from wrapper.presets.task import task_preset_for
from wrapper.spec.fields import ALL_ARMS, ArmName, Problem, Serving, Spec
from wrapper.spec.read import LoadedSpec

_STARTS = 2  # of the evaluation, in a ladder with a tuned arm: before training and after it
_TEXT: Way = "continued pretraining"


class Advice(Struct, frozen=True, kw_only=True):
    """The document that `--json` prints."""

    version: int = 1
    problem: Problem | None
    options: tuple[Option, ...]
    next: Next


@dataclass(frozen=True, kw_only=True)
class Advised:
    """The advice, and what speaks for caution in reading it."""

    advice: Advice
    notes: tuple[str, ...]


def advise(loaded: LoadedSpec) -> Advised:
    """From the spec, the ledger and data files alone: nothing is asked, fetched or begun.

    Raises BadInput where the rows cannot be read.
    """
    prepared = prepared_of(loaded)
    facts = _Facts(
        loaded=loaded,
        prepared=prepared,
        evidence=read_evidence(_on_rows(loaded)),
        of_text=read_evidence(loaded) if _is_text(loaded) else None,
        text_tokens=_text_tokens(loaded),
        costs=_costs(loaded),
    )
    options, chosen = choose(facts.situation())
    chosen = replace(chosen, command=facts.evidence.command(chosen.command))
    refused = [f"the data gate will refuse this: {objection}" for objection in prepared.objections]
    unpriced = [f"training has no price here: {facts.costs.unknown}"] if facts.costs.unknown else []
    advice = Advice(problem=loaded.spec.task.problem, options=options, next=chosen)
    return Advised(advice=advice, notes=(*refused, *unpriced))


def _is_text(loaded: LoadedSpec) -> bool:
    return loaded.spec.training.objective == "text"


def _on_rows(loaded: LoadedSpec) -> LoadedSpec:
    """The spec as it would train the answers of its rows."""
    spec = loaded.spec
    return dataclasses.replace(loaded, spec=replace(spec, training=replace(spec.training, objective="chat")))


def _text_tokens(loaded: LoadedSpec) -> int:
    """Of the raw text, by its characters."""
    corpus = loaded.spec.data.corpus
    return round(sum(guessed_tokens(None, read_corpus(loaded.folder / corpus)))) if corpus else 0


@dataclass(frozen=True, kw_only=True)
class _Costs:
    """Plans of the training on rows and on raw text, and what the arms would cost; `unknown` says why there are none.

    `misfit` is what speaks against the training on rows.
    """

    rows: Planned | None = None
    text: Planned | None = None
    ladder: LadderCost | None = None
    is_priced: bool = False
    misfit: str = ""
    unknown: str = ""

    def of(self, way: Way) -> Price | None:
        """The rungs of one way, with the start-up of the program that asks the model."""
        if self.ladder is None or self.rows is None:
            return None
        rungs = {rung.name: rung for rung in self.ladder.rungs}
        if ARM_OF[way] not in rungs or (way == _TEXT and self.text is None):
            return None
        parts = [rungs[ARM_OF[way]]]
        parts += [rungs["prompt search"]] if way == "prompting" and "prompt search" in rungs else []
        seconds, usd = [one.seconds for one in parts], [one.usd for one in parts]
        start = rungs["start-ups"]
        seconds.append(_scaled(start.seconds, 1 / _STARTS))
        usd.append(_scaled(start.usd, 1 / _STARTS))
        planned = self.text if way == _TEXT else self.rows
        if way in TRAINED and planned:
            seconds.append(planned.plan.estimate.seconds)
            usd.append(planned.plan.estimate.usd)
        return Price(seconds=sum_of(seconds), usd=sum_of(usd) if self.is_priced else None)


def _costs(loaded: LoadedSpec) -> _Costs:
    spec, on_rows = loaded.spec, _on_rows(loaded)
    try:
        rows = plan_of(on_rows)
        text = plan_of(loaded) if _is_text(loaded) else None
    except EnvironmentFault as fault:  # the model or the device is not here and not known by name
        return _Costs(unknown=fault.message)
    arms: tuple[ArmName, ...] = (*ALL_ARMS, "rag")
    asked = replace(spec, evaluation=replace(spec.evaluation, arms=arms), serving=Serving())
    objections = rows.plan.objections
    return _Costs(
        rows=rows,
        text=text,
        ladder=outlook(asked, rows, usd_per_hour=price(spec.budget)).ladder,
        is_priced=is_priced(spec.budget),
        misfit="; ".join([*objections, fit_remedy(on_rows, rows)]) if objections else "",
    )


def _scaled(span: Range, factor: float) -> Range:
    return Range(low=span.low * factor, likely=span.likely * factor, high=span.high * factor)


@dataclass(frozen=True, kw_only=True)
class _Facts:
    """All that is known; `evidence` is that of the spec on rows, `of_text` that of one that trains on raw text."""

    loaded: LoadedSpec
    prepared: Prepared
    evidence: Evidence
    of_text: Evidence | None
    text_tokens: int
    costs: _Costs

    @property
    def spec(self) -> Spec:
        return self.loaded.spec

    def situation(self) -> Situation:
        spec = self.spec
        refusals = "; ".join(self.evidence.refusals)
        much_text = self.text_tokens >= MUCH_TEXT_TOKENS
        ways = [way for way in order(spec.task.problem, much_text=much_text) if self._is_open(way)]
        return Situation(
            problem=spec.task.problem,
            target=spec.task.target,
            options=tuple(self._option(way) for way in ways),
            arms=spec.evaluation.arms,
            is_text=_is_text(self.loaded),
            has_documents=spec.evaluation.documents is not None,
            train_rows=len(self.prepared.train),
            tuned=self._tuned(),
            licence=f"{refusals}; {remedy(spec.model)}" if refusals else "",
            unneeded=self._needs.unneeded,
            misfit=self.costs.misfit,
        )

    def _is_open(self, way: Way) -> bool:
        """The ways outside a language model of one's own are told of only where the spec asks for them."""
        return way not in ("classical", "hosted") or ARM_OF[way] in self.spec.evaluation.arms

    def _option(self, way: Way) -> Option:
        found, target = self._found(way), self.spec.task.target
        score = _score(found) if found and not found.changed else None
        obstacle = "" if score else self._obstacle(way)
        earlier = _score(found) if found and found.changed else None
        option = Option(
            option=way,
            state="measured" if score else "not possible" if obstacle else "not measured",
            score=score,
            obstacle=obstacle,
            earlier=f"{earlier.mean:.3f}, {old(earlier.run_id, found.changed)}" if found and earlier else "",
            reaches_target=reaches(score.mean, target) if score else None,
            price=self._hosted_price() if way == "hosted" else self.costs.of(way),
        )
        return replace(option, reason=reason_for(option, self.spec.task.problem, target))

    def _found(self, way: Way) -> Measured | None:
        """Its latest scores; the bare model stands for the prompted one where it suffices without a prompt."""
        if way in TRAINED:
            return self._found_trained(way)
        found = self.evidence.measured(ARM_OF[way])
        bare = self.evidence.measured("base") if way == "prompting" else None
        if bare and not bare.changed and reaches(bare.line.mean or 0, self.spec.task.target):
            is_enough = found and not found.changed and reaches(found.line.mean or 0, self.spec.task.target)
            return found if is_enough else bare
        return found

    def _found_trained(self, way: Way) -> Measured | None:
        evidence, objective = (self.of_text, "text") if way == _TEXT else (self.evidence, "chat")
        if evidence is None:
            return None
        runs = [run for run in evidence.runs if (run.result.plan or {}).get("objective", "chat") == objective]
        return dataclasses.replace(evidence, runs=tuple(runs)).measured("tuned")

    def _obstacle(self, way: Way) -> str:
        """Why it cannot be tried as things are; empty where it can."""
        spec, rows = self.spec, len(self.prepared.train)
        if way == "classical":
            blind = spec.task.metric in GOLD_BLIND
            return f"`{spec.task.metric}` would pass any answer that is copied" if blind else ""
        if way == "hosted":
            return ""
        if self.evidence.refusals:
            return "the licence of the model"
        if way == "rag":
            return "" if spec.evaluation.documents else "no documents"
        if way == "retrieved examples":
            shots = spec.task.shots or task_preset_for(spec.task.kind).shots
            return f"{rows} training rows, and few-shot shows {shots} anyway" if rows <= shots else ""
        if way == _TEXT:
            return self._text_obstacle()
        if way == "fine-tuning":
            few = f"too few rows, {rows} of at least {FEWEST_ROWS}" if rows < FEWEST_ROWS else ""
            return few or self._no_training(self.costs.rows)
        return ""

    def _text_obstacle(self) -> str:
        if not _is_text(self.loaded):
            return "no raw text (`data.corpus`)"
        if self.text_tokens < MUCH_TEXT_TOKENS:
            return f"too little raw text, about {self.text_tokens:,} tokens"
        return self._no_training(self.costs.text)

    def _no_training(self, planned: Planned | None) -> str:
        if self._needs.unneeded:
            return "the need gate refuses it"
        return "it does not fit" if planned and planned.plan.objections else ""

    @property
    def _needs(self) -> Evidence:
        """The evidence of the spec as it is."""
        return self.of_text or self.evidence

    def _tuned(self) -> Tuned | None:
        """The latest of the trained models that this spec would train again, that of its own objective first."""
        for way in sorted(TRAINED, key=lambda way: (way == _TEXT) != _is_text(self.loaded)):
            found = self._found(way)
            verdict = found.run.result.verdict if found and not found.changed else None
            if found and verdict:
                diagnosis = found.run.result.diagnosis
                return Tuned(
                    way=way,
                    outcome=verdict.outcome,
                    next_action=verdict.next_action,
                    action=diagnosis.action if diagnosis else "",
                    recommendation=diagnosis.recommendation if diagnosis else "",
                )
        return None

    def _hosted_price(self) -> Price | None:
        """By the characters of the test rows: answers as long as the gold ones, at most as long as they may be."""
        spec, rows = self.spec, self.prepared.test
        endpoint = spec.evaluation.hosted
        if endpoint is None:
            return None
        answered = round(sum(guessed_tokens(None, [row.answer for row in rows])))
        asked = sum(guessed_row_tokens(rows, system_prompt_of(spec, self.prepared.train))) - answered
        longest = max(answered, len(rows) * max_answer_tokens(spec, self.prepared, None))
        likely, high = (price_usd(endpoint, asked, tokens) for tokens in (answered, longest))
        return Price(seconds=None, usd=Range(low=likely, likely=likely, high=high))


def _score(found: Measured) -> Score | None:
    line = found.line
    if line.mean is None or line.low is None or line.high is None:
        return None
    return Score(arm=line.arm, mean=line.mean, low=line.low, high=line.high, n=line.n, run_id=found.run.run_id)
