"""One spec, three backends: they are fed the same tokens and labels, at the same rates, and learn alike."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from wrapper.environments import Environment

if TYPE_CHECKING:
    from conftest import Project

pytestmark = pytest.mark.real
MakeProject = Callable[..., "Project"]
BACKENDS = ("axolotl", "unsloth", "trl")
STEPS = 6
# The weights of a new adapter are drawn in another order by each program, and the three hold other releases
# of transformers and PEFT; so only the losses before the first update are the same but for rounding.
FIRST_LOSS_TOLERANCE = 0.02
LOSS_TOLERANCE = 0.05


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What one backend did: micro-batches in their order, and a line of its log a step."""

    batches: list[dict[str, Any]]
    losses: list[float]
    rates: list[float]
    adapter: dict[str, Any]
    weights: int


def _run(command: str, folder: Path) -> str:
    """Run a command that `thriftune render` printed, as a user would, with every batch recorded."""
    env, *argv = shlex.split(command)
    assert env == "env"
    recorder = str(Path(__file__).with_name("recorder"))
    given = dict(word.split("=", 1) for word in argv if re.fullmatch(r"[A-Z_]+=.*", word))
    paths = os.pathsep.join(filter(None, (recorder, given.get("PYTHONPATH"))))
    variables = {**os.environ, **given, "PYTHONPATH": paths, "RECORD_BATCHES": str(folder / "batches.jsonl")}
    done = subprocess.run(
        argv[len(given) :], cwd=folder, env=variables, capture_output=True, text=True, check=False, timeout=900
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def trained(
    tmp_path_factory: pytest.TempPathFactory,
    trl_environment: Environment,
    axolotl_environment: Environment,
    unsloth_environment: Environment,
    payments_project: Callable[..., Project],
) -> dict[str, Trained]:
    found = {}
    for backend in BACKENDS:
        project = payments_project(
            tmp_path_factory.mktemp(backend),
            data={"train_rows": 40, "validation_rows": 4, "test_rows": 20},
            training={
                "overrides": {"max_steps": STEPS, "micro_batch_size": 2, "gradient_accumulation_steps": 2, "seed": 3}
            },
        )
        rendered = project.call("render", "--backend", backend, "-o", "own")
        assert rendered.returncode == 0, rendered.stderr
        command = next(line for line in rendered.stdout.splitlines() if line.startswith("env "))
        own = project.folder / "own"
        log = _run(command, own)
        lines = re.findall(r"\{'loss':[^}]*\}", log)
        found[backend] = Trained(
            batches=[json.loads(line) for line in (own / "batches.jsonl").read_text().splitlines()],
            losses=[float(re.search(r"'loss': '?([\d.e-]+)", line)[1]) for line in lines],  # type: ignore[index]
            rates=[float(re.search(r"'learning_rate': '?([\d.e-]+)", line)[1]) for line in lines],  # type: ignore[index]
            adapter=json.loads((own / "adapter" / "adapter_config.json").read_text()),
            weights=(own / "adapter" / "adapter_model.safetensors").stat().st_size,
        )
    return found


@pytest.mark.parametrize("backend", BACKENDS[1:])
def test_tokens_and_labels_are_the_same_batch_by_batch(trained: dict[str, Trained], backend: str) -> None:
    ours, theirs = trained[backend].batches, trained["axolotl"].batches
    assert len(ours) == len(theirs) == STEPS * 2
    for mine, other in zip(ours, theirs, strict=True):
        assert mine == other


def test_only_answers_are_trained_and_their_end(trained: dict[str, Trained]) -> None:
    for batch in trained["axolotl"].batches:
        for ids, labels in zip(batch["input_ids"], batch["labels"], strict=True):
            kept = [token for token, label in zip(ids, labels, strict=True) if label != -100]
            assert kept == [label for label in labels if label != -100]
            assert 0 < len(kept) < len(ids)
            assert kept[-1] == 2  # <|im_end|>
            assert kept.count(2) == 1


@pytest.mark.parametrize("backend", BACKENDS[1:])
def test_steps_rates_and_targets_are_the_same(trained: dict[str, Trained], backend: str) -> None:
    ours, theirs = trained[backend], trained["axolotl"]
    assert len(ours.losses) == len(theirs.losses) == STEPS
    assert ours.rates == pytest.approx(theirs.rates, rel=1e-3)
    for key in ("r", "lora_alpha", "lora_dropout", "use_rslora", "use_dora", "bias"):
        assert ours.adapter[key] == theirs.adapter[key]
    assert set(ours.adapter["target_modules"]) == set(theirs.adapter["target_modules"])
    assert ours.weights == pytest.approx(theirs.weights, rel=0.01)


@pytest.mark.parametrize("backend", BACKENDS[1:])
def test_they_learn_alike(trained: dict[str, Trained], backend: str) -> None:
    ours, theirs = trained[backend].losses, trained["axolotl"].losses
    print(f"losses of axolotl {theirs}, of {backend} {ours}")
    assert ours[:2] == pytest.approx(theirs[:2], abs=FIRST_LOSS_TOLERANCE)  # the rate of the first step is 0
    assert ours == pytest.approx(theirs, abs=LOSS_TOLERANCE)


@pytest.mark.parametrize("backend", BACKENDS[1:])
def test_ctrl_c_saves_and_the_ladder_goes_on_from_there(short_training: MakeProject, backend: str) -> None:
    project = short_training(steps=8, training={"backend": backend})
    program = project.start("run")
    project.wait_for_step(2)
    program.send_signal(signal.SIGINT)
    assert program.wait(120) == 130, (project.folder / "started.log").read_text()
    ended = project.call("run", "--resume", "--json")
    assert ended.returncode in (0, 5), ended.stderr
    result = json.loads(ended.stdout)
    assert result["training"]["step"] == 8
    assert result["outcome"] in ("better", "worse", "undecided")
    begun = [event["step"] for event in project.events() if event["event"] == "begin"]
    assert begun[0] == 0
    assert begun[1] >= 2
    assert {arm["arm"]: arm["measured"] for arm in result["arms"]} == {"classical": True, "tuned": True}
