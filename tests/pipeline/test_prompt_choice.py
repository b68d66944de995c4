"""The untuned arms say what did best on validation rows; the tuned arm says what it was trained with."""

from __future__ import annotations

import json

import pytest

SEARCH = {"arms": ["classical", "prompted", "few_shot", "tuned"], "prompt_search": True}


@pytest.fixture
def searching(climb, write_spec, world):
    def run(**task):
        return climb(write_spec(evaluation=SEARCH, task=task))[0]

    return run


def test_the_best_on_validation_rows_is_recorded_and_used(searching, world, told) -> None:
    world.right |= {"prompt_candidate_1": 200, "few_shot": 1}
    result = searching(prompt_candidates=["Say it plainly."])
    choice = result.prompt_choice
    assert (choice.chosen, choice.system_prompt) == ("candidate_1", "Say it plainly.")
    assert choice.scores["candidate_1"] == 1 and choice.scores["as_given"] == 0
    prompted = next(arm for arm in result.arms if arm.arm == "prompted")
    assert prompted.detail == "prompt candidate_1"
    assert result.prompt == "Answer."  # what the model is trained with
    assert any(name == "prompt" and "candidate_1 of as_given 0.000" in text for name, text, _ in told.steps)


def test_only_validation_rows_choose(searching, world, folder) -> None:
    searching(prompt_candidates=["Say it plainly."])
    asked = [
        json.loads(line)["prompt"]
        for file in folder.glob(".thriftune/runs/*/evaluation/base/*prompt_*.questions.jsonl")
        for line in file.read_text().splitlines()
    ]
    assert not any("pear" in prompt for prompt in asked)


def test_equal_wordings_leave_the_prompt_as_it_is(searching) -> None:
    assert searching().prompt_choice.chosen == "as_given"


def test_it_can_be_switched_off(climb, world) -> None:
    result, _ = climb()
    assert result.prompt_choice is None
    assert not [name for name in world.measured if name.startswith("prompt_")]
