"""The quickstart as a newcomer starts it: the whole ladder on the real model, and the refusal."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from wrapper.environments import Environment

pytestmark = [pytest.mark.real, pytest.mark.timeout(2400)]


def _call(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "wrapper", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def payments(
    tmp_path_factory: pytest.TempPathFactory, trl_environment: Environment, axolotl_environment: Environment
) -> tuple[Path, dict[str, Any]]:
    """The folder of a finished quickstart and what it printed as JSON."""
    folder = tmp_path_factory.mktemp("quickstart")
    ended = _call(folder, "quickstart", "--json")
    assert ended.returncode == 0, ended.stderr
    return folder, json.loads(ended.stdout)


def test_tuned_is_better_than_every_cheaper_arm(payments: tuple[Path, dict[str, Any]]) -> None:
    _, result = payments
    assert result["outcome"] == "better"
    assert {one["outcome"] for one in result["verdict"]["comparisons"]} == {"better"}
    assert result["verdict"]["n"] >= 80
    arms = {arm["arm"]: arm for arm in result["arms"]}
    assert set(arms) == {"classical", "base", "prompted", "few_shot", "retrieved_examples", "tuned"}
    assert all(arm["measured"] for arm in arms.values())
    assert result["spent"]["gpu_hours"] > 0
    assert Path(result["report"]).is_file()


def test_second_run_trains_and_measures_nothing(payments: tuple[Path, dict[str, Any]]) -> None:
    folder, first = payments
    started = time.monotonic()
    ended = _call(folder, "run", "thriftune-payments/thriftune.yaml", "--json")
    seconds = time.monotonic() - started
    assert ended.returncode == 0, ended.stderr
    second = json.loads(ended.stdout)
    assert second["arms"] == first["arms"]
    assert second["verdict"] == first["verdict"]
    assert second["spent"]["gpu_hours"] == 0
    assert second["looks"] == first["looks"] == 1
    print(f"second run: {seconds:.2f} s")


def test_intents_are_refused_training(tmp_path: Path) -> None:
    ended = _call(tmp_path, "quickstart", "--task", "intents", "--json")
    assert ended.returncode == 5, ended.stderr
    result = json.loads(ended.stdout)
    assert (result["outcome"], result["gate"]) == ("refused", "need")
    assert result["saved"]["seconds"] > 60
    assert "training is not needed" in ended.stderr
    assert [arm["measured"] for arm in result["arms"]] == [True, False, False, False, False, False]
