"""What `plan` says beside the training: other GPUs, the whole ladder, serving, and the models from the smallest on."""

from __future__ import annotations

import pytest

from wrapper.ledger.records import Spend
from wrapper.pipeline.alternatives import instead_of
from wrapper.pipeline.model_ladder import model_ladder
from wrapper.pipeline.outlook import outlook
from wrapper.pipeline.plan_text import ladder_lines, outlook_lines
from wrapper.pipeline.planning import plan_of, prepared_of, price


@pytest.fixture
def planned_with(write_spec, folder):
    """The outlook of the usual project with another model, GPU or volume."""

    def make(preset: str = "llama-3.1-8b", gpu: str = "rtx-4090", requests: int | None = 100_000, **tables):
        serving = {"requests_per_month": requests} if requests else {}
        loaded = write_spec(
            model={"preset": preset, "base": None},
            budget={"gpu": gpu, "usd_per_hour": None},
            serving=serving,
            **tables,
        )
        planned = plan_of(loaded)
        return planned, outlook(loaded.spec, planned, usd_per_hour=price(loaded.spec.budget))

    return make


def test_a_gpu_that_is_not_here_is_planned_for(planned_with) -> None:
    planned, found = planned_with()
    assert (planned.machine.name, planned.plan.accelerator, planned.plan.objections) == ("rtx-4090", "cuda", ())
    dollars = [one.usd.likely for one in found.other_gpus]
    assert dollars == sorted(dollars) and len(dollars) > 5
    assert all(one.price.source for one in found.other_gpus)


def test_70b_does_not_fit_24_gib_and_those_that_it_fits_are_named(planned_with) -> None:
    planned, found = planned_with("llama-3.3-70b")
    assert any("has 23" in objection for objection in planned.plan.objections)
    assert "rtx-4090" not in {one.gpu for one in found.other_gpus}
    assert {one.gpu for one in found.other_gpus} & {"a100-80gb", "h100-sxm", "h200"}


def test_what_would_do_instead_is_said(planned_with, write_spec) -> None:
    planned, _ = planned_with("llama-3.3-70b")
    loaded = write_spec(
        model={"preset": "llama-3.3-70b", "base": None}, budget={"gpu": "rtx-4090", "usd_per_hour": None}
    )
    said = instead_of(loaded, planned, spent=Spend(usd=0.0, gpu_hours=0.0), usd_per_hour=0.4)
    assert "`budget.gpu: a100-80gb` holds it, for about $" in said
    assert "fits rtx-4090, for about $" in said
    nothing = write_spec(
        model={"preset": "llama-3.3-70b", "base": None},
        budget={"gpu": "rtx-4090", "usd_per_hour": None, "max_usd": 0.0001},
    )
    assert instead_of(nothing, plan_of(nothing), spent=Spend(usd=0.0, gpu_hours=0.0), usd_per_hour=0.4) == ""


def test_the_whole_ladder_costs_more_than_the_training(planned_with) -> None:
    planned, found = planned_with()
    assert found.ladder.usd.likely > planned.plan.estimate.usd.likely
    names = [rung.name for rung in found.ladder.rungs]
    assert names == ["start-ups", "prompted", "training", "tuned"]


def test_serving_is_asked_for_by_its_volume(planned_with) -> None:
    _, none = planned_with(requests=None)
    _, few = planned_with(requests=1_000)
    _, many = planned_with(requests=2_000_000_000)
    assert none.served is None
    assert few.served.serving.gpus == 1 < many.served.serving.gpus
    assert few.served.payback.months is None
    text = "\n".join(outlook_lines(few, priced=True))
    assert "$0." in text and "a month always on" in text and "asks $" in text


def test_the_smallest_model_that_may_be_used_comes_first(write_spec, folder) -> None:
    loaded = write_spec(
        model={"preset": "llama-3.1-8b", "base": None, "languages": ["en"], "monthly_users": 800_000_000},
        budget={"gpu": "rtx-4090", "usd_per_hour": None},
    )
    rungs = model_ladder(loaded, prepared_of(loaded))
    assert [rung.size for rung in rungs] == ["under 1B", "1B to 4B", "4B to 9B", "larger"]
    assert [rung.parameters for rung in rungs] == sorted(rung.parameters for rung in rungs)
    assert not any("llama" in rung.model for rung in rungs)
    assert [rung.is_next for rung in rungs] == [True, False, False, False]
    assert rungs[0].model in list(ladder_lines(rungs))[-1]


def test_a_step_is_taken_only_if_the_one_below_failed(climb, write_spec, world, folder, tmp_path) -> None:
    cached = tmp_path / "cache" / "models" / "HuggingFaceTB--SmolLM2-135M-Instruct"
    cached.parent.mkdir(parents=True)
    (folder / "model").rename(cached)
    world.right["tuned"] = 20
    climb(write_spec(model={"base": None, "preset": "smollm2-135m"}))
    loaded = write_spec(model={"base": None, "preset": "smollm2-360m"})
    first, second, *_ = model_ladder(loaded, prepared_of(loaded))
    assert "0.500 is below 0.8" in first.tried and not first.is_next
    assert second.is_next and second.tried == ""


def test_a_hub_id_that_is_a_presets_is_planned_as_it(write_spec, folder) -> None:
    loaded = write_spec(model={"base": "Qwen/Qwen3-8B"}, budget={"gpu": "rtx-4090", "usd_per_hour": None})
    planned = plan_of(loaded)
    assert planned.plan.model_name == "qwen3-8b"
    assert any("token counts are guessed" in note for note in planned.notes)
