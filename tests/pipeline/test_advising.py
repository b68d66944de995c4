"""Which way `advise` marks as next: by the problem, by what was measured here, and by what the spec lacks."""

from __future__ import annotations

import pytest

from wrapper.errors import BadInput
from wrapper.pipeline import advising
from wrapper.pipeline.advising import advise
from wrapper.plan.advice import ARM_OF, Option, Score, Situation, Tuned, choose, order

UNTUNED = ["classical", "prompted", "few_shot", "retrieved_examples"]
ARMS = {"arms": [*UNTUNED, "tuned"], "prompt_search": False}


@pytest.fixture
def spec(write_spec):
    """The usual spec with every rung below training, and a problem."""

    def write(problem: str | None = None, **tables):
        task = {**({"problem": problem} if problem else {}), **tables.pop("task", {})}
        return write_spec(task=task, **{"evaluation": ARMS, **tables})

    return write


@pytest.fixture
def measured(spec, climb):
    """The baseline of such a spec, which is below the target, and the spec."""

    def make(problem: str | None = None, **tables):
        loaded = spec(problem, **tables)
        climb(loaded, until="baseline")
        return loaded

    return make


def told(loaded):
    """The options by name, and the next one."""
    advice = advise(loaded).advice
    assert [option.next for option in advice.options].count(True) == 1
    options = {option.option: option for option in advice.options}
    assert options[advice.next.option].next
    return options, advice.next


def test_before_anything_is_measured_a_baseline_is_next_and_no_project_is_begun(spec, world, folder) -> None:
    options, chosen = told(spec())
    assert {option.state for name, option in options.items() if name not in ("rag", "continued pretraining")} == {
        "not measured"
    }
    assert (chosen.option, chosen.first) == ("classical", "")
    assert chosen.command == f"thriftune baseline {folder / 'thriftune.yaml'}"
    assert not (folder / ".thriftune").exists()
    assert world.measured == []


def test_what_is_not_possible_says_why(spec, world) -> None:
    options, _ = told(spec())
    assert options["rag"].told == "not possible: no documents"
    assert options["continued pretraining"].told == "not possible: no raw text (`data.corpus`)"
    assert options["continued pretraining"].price is None
    blind, _ = told(spec(task={"metric": "constraints", "grading": {"constraints": {"max_words": 9}}}))
    assert blind["classical"].told == "not possible: `constraints` would pass any answer that is copied"


@pytest.mark.parametrize(
    ("problem", "ways"),
    [
        (None, ["prompting", "few-shot", "retrieved examples", "rag", "fine-tuning", "continued pretraining"]),
        ("knowledge", ["prompting", "rag", "retrieved examples", "few-shot", "fine-tuning", "continued pretraining"]),
        ("behaviour", ["prompting", "few-shot", "retrieved examples", "fine-tuning", "rag", "continued pretraining"]),
        ("format", ["prompting", "few-shot", "retrieved examples", "fine-tuning", "rag", "continued pretraining"]),
        ("domain_language",
         ["prompting", "retrieved examples", "rag", "few-shot", "fine-tuning", "continued pretraining"]),
    ],
)  # fmt: skip
def test_the_problem_moves_the_order(spec, world, problem, ways) -> None:
    options, _ = told(spec(problem))
    assert list(options) == ["classical", *ways]
    assert sorted(order(problem, much_text=True)) == sorted(ARM_OF)


def test_measured_ways_have_their_score_and_what_is_cheaper_than_training_comes_first(measured, world) -> None:
    world.right["few_shot"] = 20
    options, chosen = told(measured(evaluation={"arms": ["classical", "prompted", "few_shot"]}))
    few = options["few-shot"]
    assert (few.state, few.reaches_target, few.score.n) == ("measured", False, 40)
    assert few.told == f"measured 0.500 ({few.score.low:.3f} to {few.score.high:.3f})"
    assert few.score.low < 0.5 < few.score.high < 0.8
    assert few.reason == "below the target 0.8"
    assert (chosen.option, chosen.first) == ("retrieved examples", "add `retrieved_examples` to `evaluation.arms`")
    assert chosen.command.startswith("thriftune baseline ")


@pytest.mark.parametrize("problem", [None, "behaviour", "format", "domain_language"])
def test_when_the_cheaper_ways_fall_short_training_is_next(measured, world, problem) -> None:
    _, chosen = told(measured(problem))
    assert chosen.option == "fine-tuning"
    assert "; 108 training rows suffice for a try" in chosen.reason
    assert (chosen.first, chosen.command.split()[1]) == ("", "run")


def test_a_spec_without_a_tuned_arm_is_told_to_add_it(measured, world) -> None:
    _, chosen = told(measured(evaluation={"arms": UNTUNED}))
    assert (chosen.option, chosen.first) == ("fine-tuning", "add `tuned` to `evaluation.arms`")


def test_the_cheapest_arm_that_reaches_the_target_is_shipped(measured, world) -> None:
    world.right |= {"few_shot": 33, "retrieved_examples": 40}
    options, chosen = told(measured("format"))
    assert (options["few-shot"].reaches_target, options["retrieved examples"].reaches_target) == (True, True)
    assert (chosen.option, chosen.command.split()[1]) == ("few-shot", "checklist")
    assert chosen.reason == "ship it: `few_shot` scores 0.825 and reaches the target 0.8"


def test_the_bare_model_stands_for_prompting_where_it_suffices(measured, world) -> None:
    world.right["base"] = 36
    options, chosen = told(measured(evaluation={"arms": ["classical", "base", "prompted"]}))
    assert (chosen.option, options["prompting"].score.arm) == ("prompting", "base")
    assert "`base` scores 0.900" in chosen.reason


def test_a_score_of_other_rows_is_told_and_does_not_count(measured, spec, world, folder) -> None:
    measured()
    rows = (folder / "train.jsonl").read_text().splitlines()
    (folder / "train.jsonl").write_text("\n".join(rows[:80]) + "\n")
    options, chosen = told(spec())
    assert (options["prompting"].state, options["few-shot"].state) == ("not measured", "not measured")
    assert options["few-shot"].earlier.startswith("0.000, old, of run ")
    assert chosen.command.split()[1] == "baseline"


def test_too_few_rows_are_to_be_collected(measured, world, folder) -> None:
    rows = (folder / "train.jsonl").read_text().splitlines()
    (folder / "train.jsonl").write_text("\n".join(rows[:40]) + "\n")
    options, chosen = told(measured())
    left = 36
    assert options["fine-tuning"].told == f"not possible: too few rows, {left} of at least 50"
    assert f"{left} training rows are too few" in chosen.reason
    assert chosen.first == f"collect training rows like the failures that the report lists, at least {50 - left} more"


def test_missing_knowledge_asks_for_documents_before_training(measured, spec, world, folder) -> None:
    _, chosen = told(spec("knowledge"))
    asks = "name your documents as `evaluation.documents`, and add `rag` to `evaluation.arms`"
    assert (chosen.option, chosen.first) == ("classical", asks)
    options, chosen = told(measured("knowledge"))
    assert (chosen.option, chosen.first, options["rag"].state) == ("rag", asks, "not possible")
    (folder / "docs").mkdir()
    (folder / "docs" / "fruit.md").write_text("# Fruit\n\nA pear is not an apple.\n")
    options, chosen = told(spec("knowledge", evaluation={**ARMS, "documents": "docs"}))
    assert (chosen.option, chosen.first, options["rag"].state) == (
        "rag",
        "add `rag` to `evaluation.arms`",
        "not measured",
    )
    arms = [*UNTUNED, "rag", "tuned"]
    options, chosen = told(measured("knowledge", evaluation={"arms": arms, "documents": "docs"}))
    assert (options["rag"].state, chosen.option) == ("measured", "fine-tuning")
    assert "does not add facts reliably" in chosen.reason


def test_a_trained_model_that_is_better_and_suffices_is_shipped(spec, climb, world) -> None:
    world.right["tuned"] = 36
    loaded = spec()
    climb(loaded)
    options, chosen = told(loaded)
    assert (chosen.option, options["fine-tuning"].reaches_target) == ("fine-tuning", True)
    assert chosen.reason.startswith("ship it: `tuned` scores 0.900")


def test_one_that_is_better_and_below_the_target_wants_rows_before_the_next_model(spec, climb, world) -> None:
    world.right["tuned"] = 25
    loaded = spec()
    climb(loaded)
    options, chosen = told(loaded)
    assert options["fine-tuning"].score.mean == 0.625
    assert chosen.option == "fine-tuning"
    assert "below the target 0.8: more rows like the failures, and only then the next model" in chosen.reason
    assert (chosen.command.split()[1], bool(chosen.first)) == ("run", True)


def test_one_that_is_not_better_is_answered_by_the_diagnosis(spec, climb, world) -> None:
    world.right["tuned"] = 3
    loaded = spec()
    result, _ = climb(loaded)
    assert result.verdict.outcome != "better"
    _, chosen = told(loaded)
    assert chosen.reason == (
        "the trained model is not shown to be better than all cheaper ways: "
        "neither a larger model nor a longer run is the remedy"
    )
    assert chosen.first.startswith(result.diagnosis.recommendation)
    assert "plan" not in chosen.command


def situation(*options: Option, **changes) -> Situation:
    usual = {"problem": None, "target": 0.8, "arms": ("prompted", "tuned"), "is_text": False, "has_documents": False,
             "train_rows": 100}  # fmt: skip
    return Situation(options=options, **(usual | changes))


def after_training(outcome: str, action: str, **changes):
    tuned = Tuned(way="fine-tuning", outcome=outcome, next_action="improve data", action=action, recommendation="DO")
    known = measured_option("fine-tuning")
    others = [Option(option=way, state="not measured") for way in ("prompting", "rag")]
    return choose(situation(*others, known, tuned=tuned, **changes))[1]


def measured_option(way: str) -> Option:
    score = Score(arm=ARM_OF[way], mean=0.5, low=0.4, high=0.6, n=40, run_id="r")
    return Option(option=way, state="measured", score=score, reaches_target=False)


@pytest.mark.parametrize(
    ("action", "way", "first", "command"),
    [
        ("fix_rows", "fine-tuning", "DO", "data audit"),
        ("add_rows", "fine-tuning", "DO", "run"),
        ("change_prompt", "prompting", "DO", "baseline"),
        ("add_retrieval", "rag",
         "DO; name your documents as `evaluation.documents`, and add `rag` to `evaluation.arms`", "baseline"),
        ("larger_model", "fine-tuning", "improve data", "run"),
        ("more_epochs", "fine-tuning", "improve data", "run"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("outcome", ["worse", "undecided"])
def test_what_follows_from_each_recommendation(outcome, action, way, first, command) -> None:
    chosen = after_training(outcome, action)
    assert (chosen.option, chosen.first, chosen.command) == (way, first, command)


def test_a_winner_is_never_told_of_a_larger_model_before_rows() -> None:
    for action in ("larger_model", "more_epochs", "stop", ""):
        assert after_training("better", action).first.startswith("add training rows like the failures")
    assert after_training("better", "fix_rows").first == "DO"


def test_what_reaches_the_target_without_being_better_is_not_shipped(spec, climb, world) -> None:
    world.right |= {"prompted": 31, "tuned": 33}
    loaded = spec(evaluation={"arms": ["classical", "prompted", "tuned"]})
    result, _ = climb(loaded)
    assert (result.verdict.outcome, result.verdict.meets_target) == ("undecided", True)
    options, chosen = told(loaded)
    assert options["fine-tuning"].reaches_target
    assert "not shown to be better" in chosen.reason


def test_the_need_gate_is_heard(spec, climb, world) -> None:
    loaded = spec(task={"target": 0.95}, evaluation={"arms": [*UNTUNED, "tuned"]})
    world.right["few_shot"] = 37
    result, _ = climb(loaded)
    assert result.gate == "need"
    options, chosen = told(loaded)
    assert options["fine-tuning"].told == "not possible: the need gate refuses it"
    assert (chosen.first, "falls short on only 3" in chosen.reason) == ("measure on more test rows", True)


def test_a_licence_that_forbids_the_product_comes_before_all_else(spec, world) -> None:
    model = {"base": None, "preset": "llama-3.2-1b", "monthly_users": 900_000_000}
    options, chosen = told(spec(model=model))
    assert options["prompting"].told == "not possible: the licence of the model"
    assert "may not be used for this product" in chosen.reason
    assert chosen.command.startswith("thriftune plan --ladder ")


def test_a_training_that_does_not_fit_says_what_would(measured, spec, world) -> None:
    measured()
    options, chosen = told(spec(budget={"max_usd": 0.0001}))
    assert options["fine-tuning"].told == "not possible: it does not fit"
    assert (chosen.option, chosen.command.split()[1]) == ("fine-tuning", "plan")
    assert chosen.first


def test_raw_text_is_trained_on_only_where_there_is_much_of_it(spec, climb, world, folder, monkeypatch) -> None:
    (folder / "text.txt").write_text("the pear is ripe. " * 100)
    text = {"data": {"corpus": "text.txt"}, "training": {"objective": "text"}}
    loaded = spec("domain_language", **text)
    _, failure = climb(loaded, until="baseline")
    assert failure is None
    options, chosen = told(loaded)
    assert options["continued pretraining"].told == "not possible: too little raw text, about 450 tokens"
    assert (chosen.option, chosen.first) == ("fine-tuning", "leave out `training.objective` and `data.corpus`")
    (folder / "text.txt").write_text("the pear is ripe. " * 2000)
    monkeypatch.setattr(advising, "MUCH_TEXT_TOKENS", 9000)
    loaded = spec("domain_language", **text)
    options, chosen = told(loaded)
    assert list(options)[-2:] == ["continued pretraining", "fine-tuning"]
    assert (chosen.option, chosen.first) == ("continued pretraining", "")
    assert options["continued pretraining"].price.seconds.likely > options["fine-tuning"].price.seconds.likely
    climb(loaded)
    options, chosen = told(loaded)
    assert (options["continued pretraining"].state, options["fine-tuning"].state) == ("measured", "not measured")
    assert chosen.option == "continued pretraining"


def test_every_price_is_a_range_and_training_costs_most(spec, world) -> None:
    options, _ = told(spec())
    prices = {name: option.price for name, option in options.items() if option.price}
    assert set(prices) == {"prompting", "few-shot", "retrieved examples", "rag", "fine-tuning"}
    for price in prices.values():
        assert 0 < price.seconds.low < price.seconds.likely < price.seconds.high
        assert price.usd.likely == pytest.approx(price.seconds.likely * 3.6 / 3600)
    assert max(prices, key=lambda name: prices[name].usd.likely) == "fine-tuning"
    unpriced, _ = told(spec(budget={"usd_per_hour": None}))
    assert unpriced["prompting"].price.usd is None


def test_a_hosted_model_costs_its_own_price(spec, world) -> None:
    hosted = {"base_url": "https://api.example/v1", "model": "big", "usd_per_million_input": 1000,
              "usd_per_million_output": 1000}  # fmt: skip
    options, _ = told(spec(evaluation={"arms": [*UNTUNED, "hosted", "tuned"], "hosted": hosted}))
    price = options["hosted"].price
    assert price.seconds is None
    assert 0 < price.usd.low == price.usd.likely < price.usd.high


def test_a_model_that_is_nowhere_leaves_the_advice_without_prices(spec, world) -> None:
    advised = advise(spec(model={"base": "someone/unknown"}))
    assert all(option.price is None for option in advised.advice.options)
    assert advised.advice.next.command.startswith("thriftune baseline ")
    (note,) = advised.notes
    assert note.startswith("training has no price here: someone/unknown is not on this machine")


def test_rows_that_cannot_be_read_are_bad_input(spec, world, folder) -> None:
    loaded = spec()
    (folder / "train.jsonl").unlink()
    with pytest.raises(BadInput):
        advise(loaded)


def test_what_was_measured_is_told_in_few_lines(measured, world, folder, thriftune) -> None:
    world.right["few_shot"] = 20
    measured("format")
    ended = thriftune("advise", str(folder / "thriftune.yaml"))
    assert (ended.exit_code, ended.stderr) == (0, "")
    lines = ended.stdout.splitlines()
    assert lines[0] == "fruit: exact_match, target 0.8, the problem is format"
    assert "   few-shot               measured 0.500 (0.352 to 0.648)" in lines
    (marked,) = [line for line in lines if line.startswith("->")]
    assert marked.startswith("-> fine-tuning            not measured, ") and "min (" in marked and ", $" in marked
    assert lines[-2].startswith("next: fine-tuning: the cheaper ways are measured and below the target 0.8: ")
    assert lines[-1] == f"then: thriftune run {folder / 'thriftune.yaml'}"
    assert len(lines) <= 25
