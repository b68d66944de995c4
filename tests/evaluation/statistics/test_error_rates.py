"""How often the real verdict is wrong about arms whose true difference is known: fixed seeds, its own code path.

The arms come from `scripts/bench/simulated_arms.py`, which `scripts/bench/statistics` runs on a larger grid.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.simulation

RESAMPLES = 300
LARGEST_CHANCE = 0.05
LEAST_COVERAGE = 0.93


def _library() -> ModuleType:
    path = Path(__file__).parents[3] / "scripts" / "bench" / "simulated_arms.py"
    spec = importlib.util.spec_from_file_location("simulated_arms", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


arms = _library()

# rows, true mean, cheaper arms, replicates
BINARY = [(50, 0.05, 1, 1000), (50, 0.4, 4, 400), (100, 0.95, 1, 1000), (300, 0.5, 1, 1000), (1000, 0.2, 1, 600)]
GRADED = [(50, 0.05, 1000), (50, 0.5, 1000), (100, 0.95, 1000), (300, 0.05, 1000), (1000, 0.8, 300)]


@pytest.mark.parametrize("correlation", [0.2, 0.8])
@pytest.mark.parametrize(("rows", "rate", "cheaper", "replicates"), BINARY)
def test_equal_arms_of_right_and_wrong_rows(
    rows: int, rate: float, cheaper: int, replicates: int, correlation: float
) -> None:
    cell = arms.Cell(scores="binary", rows=rows, rate=rate, arms=cheaper, correlation=correlation)
    _require_level(arms.fixed(cell, replicates, 3, RESAMPLES))


@pytest.mark.parametrize("kind", ["smooth", "field_f1"])
@pytest.mark.parametrize("correlation", [0.2, 0.8])
@pytest.mark.parametrize(("rows", "rate", "replicates"), GRADED)
def test_equal_arms_of_graded_rows(rows: int, rate: float, replicates: int, correlation: float, kind: str) -> None:
    cell = arms.Cell(scores=kind, rows=rows, rate=rate, correlation=correlation)
    _require_level(arms.fixed(cell, replicates, 3, RESAMPLES))


def _require_level(found: dict[str, float]) -> None:
    assert found["better"] <= LARGEST_CHANCE and found["worse"] <= LARGEST_CHANCE
    assert min(found["coverage"], found["arm_coverage"]) >= LEAST_COVERAGE


@pytest.mark.parametrize("kind", ["binary", "field_f1"])
@pytest.mark.parametrize("effect", [0.1, 0.3])
def test_coverage_where_the_tuned_arm_is_better(effect: float, kind: str) -> None:
    found = arms.fixed(arms.Cell(scores=kind, rows=80, rate=0.6, effect=effect), 600, 5, RESAMPLES)
    assert min(found["coverage"], found["arm_coverage"]) >= LEAST_COVERAGE
    assert found["worse"] <= LARGEST_CHANCE / 2
    assert effect < 0.3 or found["better"] > 0.9


@pytest.mark.parametrize("sizes", ["equal", "unequal"])
@pytest.mark.parametrize("kind", ["binary", "field_f1"])
def test_equal_arms_of_rows_in_groups(kind: str, sizes: str) -> None:
    cell = arms.Cell(scores=kind, clusters=30, sizes=sizes, intra=0.5)
    found = arms.fixed(cell, 600, 7, RESAMPLES)
    assert found["better"] <= LARGEST_CHANCE and found["worse"] <= LARGEST_CHANCE
    assert found["coverage"] >= LEAST_COVERAGE


def test_groups_have_to_be_looked_at() -> None:
    """The same rows, the groups hidden from the verdict: it claims far too much, so the test above can fail."""
    cell = arms.Cell(scores="field_f1", clusters=30, sizes="unequal", intra=0.5)
    found = arms.fixed(cell, 600, 7, RESAMPLES, blind=True)
    assert found["better"] + found["worse"] > 0.15
    assert found["coverage"] < 0.88


@pytest.mark.parametrize(("kind", "cheaper"), [("binary", 1), ("field_f1", 1), ("binary", 4)])
def test_equal_arms_looked_at_after_every_row(kind: str, cheaper: int) -> None:
    cell = arms.Cell(scores=kind, rows=100, rate=0.4, arms=cheaper)
    found = arms.sequential(cell, 400 // cheaper, 9, contrast=False)
    assert found["better"] + found["worse"] <= LARGEST_CHANCE
    assert found["coverage_at_all_looks"] >= 1 - 0.05 * cheaper  # each arm has an interval of its own


@pytest.mark.parametrize("kind", ["binary", "field_f1"])
def test_looking_early_saves_rows_where_the_difference_is_large(kind: str) -> None:
    found = arms.sequential(arms.Cell(scores=kind, rows=300, rate=0.4, effect=0.3), 100, 9, 10, contrast=False)
    assert found["better"] >= 0.95
    assert found["median_rows_saved"] >= 150
