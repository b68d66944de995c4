"""`thriftune init --from`: whole output, exit code, and a spec that `thriftune check` passes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wrapper.cli import main
from wrapper.pipeline.guesses import task_name
from wrapper.spec.read import load_spec

AXOLOTL = """\
base_model: HuggingFaceTB/SmolLM2-135M-Instruct
adapter: qlora
load_in_4bit: true
lora_r: 8
lora_alpha: 16
lora_target_linear: true
datasets:
  - path: rows/train.jsonl
    type: chat_template
learning_rate: 2e-4
num_epochs: 2
optimizer: adamw_torch
wandb_project: mine
"""

AXOLOTL_REPORT = """\
Booking Slots.yml is a config of Axolotl; taken from it:
  base_model: HuggingFaceTB/SmolLM2-135M-Instruct -> model.preset: smollm2-135m
  adapter: qlora -> training.method
  load_in_4bit: true -> training.method: qlora
  lora_r: 8 -> training.overrides.lora_r
  lora_alpha: 16 -> training.overrides.lora_alpha
  datasets[0].path: rows/train.jsonl -> data.train
  learning_rate: 2e-4 -> training.overrides.learning_rate
  num_epochs: 2 -> training.overrides.epochs

no place in a spec:
  line 6, lora_target_linear: the adapter goes on all linear layers
  line 9, datasets[0].type: thriftune finds the shape of the rows by itself
  line 12, optimizer: the plan decides it
  line 13, wandb_project: thriftune keeps its own ledger and reports to nobody

guessed, change it in the spec:
  task.name: booking-slots (from the name of the config)
  task.kind: chat (a config does not say what the task is)
  task.metric: chrf (suits `kind: chat`)
  task.target: 0.8 (the score that is good enough to ship)
  budget.gpu: local (the GPU of this machine)
  budget.max_gpu_hours: 1.0 (so that something caps the spend)

what the config leaves to Axolotl's defaults is decided by the plan
written: thriftune.yaml; next: thriftune check
"""

AXOLOTL_SPEC = """\
# Made by `thriftune init` from "Booking Slots.yml", a config of Axolotl. All keys: docs/spec.md.
version: 1
task:
  name: "booking-slots"  # a guess: change it
  kind: "chat"  # a guess: change it
  # prompt: the instructions to the model, for the prompted arms and in training
  metric: "chrf"  # a guess: change it
  target: 0.8  # good enough to ship; a cheaper rung that reaches it ends the climb; a guess: change it
data:
  train: "rows/train.jsonl"
  # validation and test rows are split off and frozen
model:
  preset: "smollm2-135m"
training:
  backend: "axolotl"
  method: "qlora"
  overrides:  # numbers fixed by hand; the plan decides one that is removed
    lora_r: 8
    lora_alpha: 16
    learning_rate: 0.0002
    epochs: 2.0
budget:
  gpu: "local"  # a guess: change it
  max_gpu_hours: 1.0  # a guess: change it
"""

UNSLOTH = """\
model: unsloth/Llama-3.2-1B-Instruct
data:
  local_dataset: [rows.jsonl]
training:
  training_type: full
  max_steps: 60
  learning_rate: 2.0e-5
logging:
  hf_token: hf_abc
"""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def thriftune(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Exit code, stdout and stderr of the whole command line in a fresh folder."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["thriftune", *arguments])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


def checked(thriftune: Run, spec: str = "thriftune.yaml") -> list[tuple[str, str]]:
    """What `thriftune check` has against a spec but for data files that are not there."""
    document = json.loads(thriftune("check", spec, "--json")[1])
    return [
        (fault["kind"], fault["message"])
        for fault in document["errors"]
        if fault["kind"] != "missing_file" or not fault["key"].startswith("data.")
    ]


def test_an_axolotl_config_becomes_a_spec(thriftune: Run) -> None:
    Path("Booking Slots.yml").write_text(AXOLOTL)
    assert thriftune("init", "--from", "Booking Slots.yml") == (0, AXOLOTL_REPORT, "")
    assert Path("thriftune.yaml").read_text() == AXOLOTL_SPEC
    assert checked(thriftune) == []
    Path("rows").mkdir()
    Path("rows/train.jsonl").write_text("{}\n")
    assert thriftune("check")[:2] == (
        0,
        "thriftune.yaml is valid: booking-slots (chat) on smollm2-135m, 6 arms, chrf of at least 0.8, "
        "1 GPU-hours on local\n",
    )


def test_an_unsloth_config_as_json_keeps_its_secrets(thriftune: Run) -> None:
    Path("u.yaml").write_text(UNSLOTH)
    code, out, err = thriftune(
        "init", "--from", "u.yaml", "--json", "--name", "slots", "--kind", "extraction", "--target", "0.9",
        "--max-usd", "5", "--gpu", "l4", "--prompt", "Read: the \"booking\".\n",
    )  # fmt: skip
    assert (code, err) == (0, "")
    assert "hf_abc" not in out
    assert "hf_abc" not in Path("thriftune.yaml").read_text()
    assert json.loads(out) == {
        "version": 1,
        "written": "thriftune.yaml",
        "backend": "unsloth",
        "taken": [
            {"from": "model", "to": "model.base", "value": "unsloth/Llama-3.2-1B-Instruct"},
            {"from": "data.local_dataset[0]", "to": "data.train", "value": "rows.jsonl"},
            {"from": "training.training_type", "to": "training.method", "value": "full"},
            {"from": "training.max_steps", "to": "training.overrides.max_steps", "value": 60},
            {"from": "training.learning_rate", "to": "training.overrides.learning_rate", "value": 2e-05},
        ],
        "left_out": [{"key": "logging.hf_token", "line": 9, "why": "secrets stay in the environment"}],
        "guessed": [
            {"key": "task.metric", "value": "json_fields", "why": "suits `kind: extraction`"},
            {
                "key": "training.reason",
                "value": "it was so in u.yaml",
                "why": "full fine-tuning costs most and needs a reason",
            },
        ],
        "warnings": [
            {
                "kind": "warning_secret",
                "key": "logging.hf_token",
                "line": 9,
                "column": 3,
                "message": "`logging.hf_token` keeps a secret in a file",
                "suggestion": "set HF_TOKEN in the environment instead",
            }
        ],
    }
    assert checked(thriftune) == []
    spec = load_spec(Path("thriftune.yaml")).spec
    assert (spec.task.prompt, spec.training.reason) == ('Read: the "booking".\n', "it was so in u.yaml")
    assert (spec.budget.max_usd, spec.budget.max_gpu_hours, spec.budget.gpu) == (5, None, "l4")


CASES = {
    "lora": AXOLOTL.replace("qlora", "lora").replace("load_in_4bit: true\n", ""),
    "full": "base_model: org/x\nlearning_rate: 1e-5\nlora_r: 8\ndatasets: [{path: a.csv, type: alpaca}]\n",
    "a hub data set": AXOLOTL.replace("rows/train.jsonl", "org/rows"),
    "an adapter of a plugin": AXOLOTL.replace("qlora", "llama-adapter").replace("load_in_4bit: true\n", ""),
    "steps before epochs": AXOLOTL + "max_steps: 10\nwarmup_steps: 20\n",
    "a validation file": AXOLOTL + "test_datasets: [{path: rows/val.jsonl, type: chat_template}]\n",
    "the same file to validate on": AXOLOTL + "test_datasets: [{path: rows/train.jsonl, type: chat_template}]\n",
    "validation rows": AXOLOTL + "val_set_size: 40\n",
    "a model without a name": AXOLOTL.replace("HuggingFaceTB/SmolLM2-135M-Instruct", "''"),
    "pretraining": "base_model: org/x\nlearning_rate: 1e-5\nmax_steps: 9\n"
    "pretraining_dataset: [{path: org/text, type: pretrain}]\n",
    "numbers that no spec takes": AXOLOTL + "sequence_len: 4\nlr_scheduler: rex\nseed: -1\n",
    "quotes and other letters": AXOLOTL.replace("rows/train.jsonl", "\"d\\\"é: 'jà'/表 #1\\u0085.jsonl\""),
    "unsloth": UNSLOTH,
    "unsloth with an adapter": UNSLOTH.replace("training_type: full", "load_in_4bit: false"),
    "unsloth by its defaults": "model: org/x\ndata: {dataset: org/rows}\n",
}


@pytest.mark.parametrize("text", CASES.values(), ids=CASES.keys())
def test_what_is_written_passes_check_but_for_data_files(thriftune: Run, text: str) -> None:
    Path("c.yml").write_text(text, encoding="utf-8")
    code, out, err = thriftune("init", "--from", "c.yml")
    assert code == 0, err
    assert checked(thriftune) == []
    config = yaml.safe_load(text)
    assert all(f" {key}" in out for key in config)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    stem=st.text(st.characters(exclude_categories=("Cs",), exclude_characters="/"), min_size=1, max_size=12),
    model=st.text(min_size=1),
)
def test_any_text_comes_back_as_it_was(thriftune: Run, stem: str, model: str) -> None:
    path = f"rows/{stem}.jsonl"
    config = {"base_model": model, "learning_rate": 1, "datasets": [{"path": path, "type": "alpaca"}]}
    Path("c.yml").write_text(json.dumps(config), encoding="utf-8")
    code, _, err = thriftune("init", "--from", "c.yml", "--force", "--prompt", "p")
    if code == 3:  # JSON that is no YAML
        assert "cannot read" in err
        return
    assert code == 0, err
    spec = load_spec(Path("thriftune.yaml")).spec
    assert spec.data.train == os.path.relpath(path)
    assert spec.model.preset or spec.model.base


def test_faults_of_the_config_are_all_told_and_nothing_is_written(thriftune: Run) -> None:
    Path("c.yml").write_text(AXOLOTL.replace("lora_alpha", "lora_alhpa").replace("lora_r: 8", "lora_r: eight"))
    assert thriftune("init", "--from", "c.yml") == (
        3,
        "",
        "error: 2 faults in `c.yml`\n"
        "  c.yml:4:1: `lora_r` must be a whole number, not `eight`\n"
        "  c.yml:5:1: unknown key `lora_alhpa`; did you mean `lora_alpha`?\n"
        "\nhint: correct them; `thriftune validate c.yml --backend axolotl` checks it again\n",
    )
    assert not Path("thriftune.yaml").exists()
    code, out, _ = thriftune("init", "--from", "c.yml", "--json")
    faults = json.loads(out)["error"]["faults"]
    assert (code, [fault["line"] for fault in faults]) == (3, [4, 5])


def test_warnings_are_told_and_refuse_nothing(thriftune: Run) -> None:
    Path("c.yml").write_text(AXOLOTL + "wibble: 1\n")
    code, out, err = thriftune("init", "--from", "c.yml")
    assert (code, err) == (0, "warning: c.yml:14:1: Axolotl has no key `wibble`: it does nothing\n")
    assert "  line 14, wibble: nothing takes its place\n" in out


def test_a_spec_that_is_there_is_kept_unless_forced(thriftune: Run) -> None:
    Path("c.yml").write_text(AXOLOTL)
    Path("thriftune.yaml").write_text("mine\n")
    assert thriftune("init", "--from", "c.yml") == (
        2,
        "",
        "error: `thriftune.yaml` is there already\n\n"
        "hint: name another with `-o`, or write over it with `--force`\n",
    )
    assert Path("thriftune.yaml").read_text() == "mine\n"
    assert thriftune("init", "--from", "c.yml", "--force")[0] == 0
    assert Path("thriftune.yaml").read_text() != "mine\n"


def test_the_config_is_never_written_over(thriftune: Run) -> None:
    Path("c.yml").write_text(AXOLOTL)
    code, out, err = thriftune("init", "--from", "c.yml", "-o", "./c.yml", "--force")
    assert (code, out) == (2, "")
    assert err == "error: `c.yml` is the config itself\n\nhint: name another file with `-o`\n"
    assert Path("c.yml").read_text() == AXOLOTL


def test_paths_are_made_relative_to_the_spec(thriftune: Run) -> None:
    Path("configs").mkdir()
    Path("specs").mkdir()
    Path("models/mine").mkdir(parents=True)
    text = AXOLOTL.replace("HuggingFaceTB/SmolLM2-135M-Instruct", "models/mine")
    Path("configs/c.yml").write_text(text)
    code, out, err = thriftune("init", "--from", "configs/c.yml", "-o", "specs/my spec.yaml")
    assert code == 0, err
    assert out.endswith("written: specs/my spec.yaml; next: thriftune check 'specs/my spec.yaml'\n")
    assert "  datasets[0].path: rows/train.jsonl -> data.train: ../rows/train.jsonl\n" in out
    assert "  base_model: models/mine -> model.base: ../models/mine\n" in out
    assert checked(thriftune, "specs/my spec.yaml") == []
    Path("configs/rows").mkdir()
    Path("configs/rows/train.jsonl").write_text("{}\n")
    Path("configs/a.yml").write_text(text.replace("models/mine", "./models/mine"))
    code, out, err = thriftune("init", "--from", "configs/a.yml", "-o", "a.yaml")
    assert (code, err) == (0, "")
    assert load_spec(Path("a.yaml")).spec.data.train == "configs/rows/train.jsonl"
    assert load_spec(Path("a.yaml")).spec.model.base == "./models/mine"


def test_an_absolute_path_stays_unless_it_lies_beside_the_spec(thriftune: Run) -> None:
    inside, outside = Path.cwd() / "a.jsonl", Path.cwd().parent / "b.jsonl"
    text = AXOLOTL.replace("rows/train.jsonl", str(inside))
    Path("c.yml").write_text(f"{text}test_datasets: [{{path: {outside}, type: chat_template}}]\n")
    assert thriftune("init", "--from", "c.yml")[0] == 0
    data = load_spec(Path("thriftune.yaml")).spec.data
    assert (data.train, data.validation) == ("a.jsonl", str(outside))


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        ([], "`thriftune init` has no config to start from",
         "the interview is not there yet: use `--from FILE`, or write a spec: docs/spec.md has one"),
        (["--from", "c.yml", "--backend", "trl"], "`trl` has no config to read",
         "configs are read of: axolotl, unsloth"),
        (["--from", "c.yml", "--backend", "axolotol"], "no backend `axolotol`",
         "backends are: axolotl, unsloth, trl"),
        (["--from", "c.yml", "--gpu", "rtx-4091"], "no GPU `rtx-4091`", "did you mean `rtx-4090`?"),
        (["--from", "c.yml", "--kind", "chatt"], "`task.kind` must be one of `chat`, `classification`, `extraction`, "
         "`qa`, `sql`, `summarisation`, `tool_call`, not `chatt`", "did you mean `chat`?"),
        (["--from", "c.yml", "--kind", "sql", "--metric", "label"],
         "the metric `label` cannot grade a task of kind `sql`", "use `metric: sql`"),
        (["--from", "c.yml", "--target", "80"], "`task.target` must be at most 1, not 80.0",
         "write `0.8` for 80 %"),
        (["--from", "c.yml", "--max-usd", "5"], "`max_usd` cannot be counted: `gpu: local` has no price",
         "give `usd_per_hour` under `budget`; 0 if the device is free"),
        (["--from", "c.yml", "--target", "nan"], "Invalid value for '--target': `nan` is no number to count with",
         "see `thriftune init --help`"),
    ],
)  # fmt: skip
def test_wrong_usage(thriftune: Run, arguments: list[str], message: str, hint: str) -> None:
    Path("c.yml").write_text(AXOLOTL)
    assert thriftune("init", *arguments) == (2, "", f"error: {message}\n\nhint: {hint}\n")
    assert not Path("thriftune.yaml").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "error: no file `c.yml`\n"),
        (b"", "error: cannot read `c.yml`\n  c.yml:1:1: the file is empty; write `key: value` lines\n"),
        (b"- 1\n", "error: cannot read `c.yml`\n  c.yml:1:1: the file holds a list, not keys with values"),
        (b"a: \xff\n", "error: `c.yml` is not UTF-8\n  c.yml:1:4: the byte 0xff is not UTF-8\n"),
        (b"a: [\n", "error: cannot read `c.yml`\n  c.yml:1:5: a value is missing here; "),
        (b"wibble: 1\n", "error: the keys of `c.yml` do not tell whose config it is\n"),
    ],
    ids=["missing", "empty", "a list", "not UTF-8", "no YAML", "nobody's"],
)
def test_what_cannot_be_read(thriftune: Run, content: bytes | None, said: str) -> None:
    if content is not None:
        Path("c.yml").write_bytes(content)
    code, out, err = thriftune("init", "--from", "c.yml")
    assert (code, out) == (3, "")
    assert err.startswith(said)
    assert not Path("thriftune.yaml").exists()


def test_folders(thriftune: Run) -> None:
    Path("c.yml").write_text(AXOLOTL)
    assert thriftune("init", "--from", ".") == (3, "", "error: `.` is a folder\n\nhint: name a file\n")
    assert thriftune("init", "--from", "c.yml", "-o", ".", "--force") == (
        3,
        "",
        "error: `.` cannot be written: Is a directory\n\nhint: name another file with `-o`\n",
    )
    assert thriftune("init", "--from", "c.yml", "-o", "none/s.yaml") == (
        3,
        "",
        "error: `none/s.yaml` cannot be written: No such file or directory\n\nhint: name another file with `-o`\n",
    )


def test_what_a_terminal_would_obey_is_not_printed(thriftune: Run) -> None:
    text = 'base_model: "a\\e[2Jb\\nc"\nlearning_rate: 1\ndatasets: [{path: a.jsonl, type: alpaca}]\n"x\\ny\\e": 1\n'
    Path("c.yml").write_text(text)
    code, out, err = thriftune("init", "--from", "c.yml")
    assert code == 0, err
    assert "\x1b" not in out + err
    assert "  line 4, x\\ny\N{REPLACEMENT CHARACTER}: nothing takes its place\n" in out
    assert load_spec(Path("thriftune.yaml")).spec.model.base == "a\x1b[2Jb\nc"


@pytest.mark.parametrize(
    ("file", "name"),
    [("Ünï code!.yml", "n-code"), (".hidden", "hidden"), ("!!!.yaml", "task"), ("a" * 80 + ".yml", "a" * 64)],
)
def test_a_name_out_of_the_name_of_a_file(file: str, name: str) -> None:
    assert task_name(file) == name


def test_a_metric_tells_the_kind(thriftune: Run) -> None:
    Path("c.yml").write_text(AXOLOTL)
    assert thriftune("init", "--from", "c.yml", "--metric", "label")[0] == 0
    assert load_spec(Path("thriftune.yaml")).spec.task.kind == "classification"
