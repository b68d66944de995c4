"""The memory model against runs whose memory was measured, and which its coefficients were not read off."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from wrapper.presets.memory_runs import load_memory_runs, model_dimensions
from wrapper.presets.stacks import load_stacks, stack_of


def _library() -> ModuleType:
    path = Path(__file__).parents[2] / "scripts" / "bench" / "memory_runs.py"
    spec = importlib.util.spec_from_file_location("memory_runs", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


bench = _library()


@pytest.fixture(scope="module")
def held_out():
    return [one for one in bench.predictions() if one.held_out and one.run.lengths == "full"]


def test_the_median_error_is_at_most_a_tenth_and_nine_in_ten_are_within_a_fifth(held_out) -> None:
    found = bench.with_high_end(held_out)
    assert found["runs"] > 50
    assert found["median"] <= 0.10
    assert found["within_20_percent"] >= 0.90


def test_no_peak_is_more_than_a_twentieth_over_the_high_end(held_out) -> None:
    assert bench.with_high_end(held_out)["furthest_over_the_high_end"] <= 0.05


def test_several_families_and_lengths_are_held_out(held_out) -> None:
    assert len({one.run.model.partition("-")[0] for one in held_out}) >= 4
    lengths = {one.run.sequence_tokens for one in held_out}
    assert min(lengths) <= 256 and max(lengths) >= 8192
    assert {"unsloth", "transformers", "transformers_fp32", "chunked_loss"} <= {one.run.stack for one in held_out}


@pytest.mark.parametrize("model", sorted(model_dimensions()))
def test_dimensions_add_up_to_the_published_weights(model: str) -> None:
    assert bench.dimensions_of(model).parameters == model_dimensions()[model]["parameters"]


def test_every_run_has_its_stack_and_its_model() -> None:
    for run in load_memory_runs():
        assert run.stack in load_stacks() and run.model in model_dimensions()


def test_the_stack_of_a_backend_goes_by_its_kernels() -> None:
    assert stack_of("axolotl").name == stack_of("trl").name == "transformers"
    assert stack_of("axolotl", ("liger",)).name == stack_of("axolotl", ("cut_cross_entropy",)).name == "chunked_loss"
    assert stack_of("axolotl", ("flash_attention_2",)).name == "transformers"
    assert stack_of("unsloth").name == "unsloth"
