"""`thriftune validate`: whole output and exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from wrapper.cli import main
from wrapper.environments import Environment

GOOD = """\
base_model: HuggingFaceTB/SmolLM2-135M-Instruct
adapter: lora
lora_r: 8
lora_alpha: 16
lora_target_linear: true
learning_rate: 1e-4
datasets:
  - path: rows.jsonl
    type: chat_template
"""

NOTE = "note: axolotl's own validator was not run: `thriftune backend install axolotl --cpu`\n"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def validate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Exit code, stdout and stderr of the whole command on a config."""

    def call(text: str, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.chdir(tmp_path)
        Path("c.yml").write_text(text, encoding="utf-8")
        monkeypatch.setattr("sys.argv", ["thriftune", "validate", "c.yml", *arguments])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


ESTIMATE = """\
memory: about 2.1 GiB (1.8 to 2.5) on one GPU, all rows full
fits, cheapest first: rtx-4090, rtx-a6000, rtx-5090, l4, rtx-3090, l40s, a100-40gb, a100-80gb, a10g, a10, h100-sxm, \
h200, h100-nvl, h100-pcie, b200, t4
"""


def test_a_good_config_says_what_was_checked_and_what_it_takes(validate: Run) -> None:
    assert validate(GOOD) == (0, "c.yml is valid for axolotl (checked: schema, keys)\n" + ESTIMATE, NOTE)


def test_a_gpu_adds_time_and_price(validate: Run) -> None:
    code, out, _ = validate(GOOD + "max_steps: 100\n", "--gpu", "t4")
    assert code == 0
    assert "\nfits t4; fits, cheapest first: rtx-4090, " in out
    assert "\na step: about " in out
    assert "$" not in out  # no price of a T4 is known
    assert "; all steps: $" in validate(GOOD + "max_steps: 100\n", "--gpu", "l4")[1]


def test_an_unknown_gpu_is_wrong_usage(validate: Run) -> None:
    code, _, err = validate(GOOD, "--gpu", "l5")
    assert code == 2
    assert "no GPU `l5`; there are a10, a100-40gb, " in err


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("", "rl: dpo\n", "memory with `rl` is not known"),
        ("HuggingFaceTB/SmolLM2-135M-Instruct", "me/mine", "the size of `me/mine` is not known; give its folder, "),
    ],
)
def test_what_cannot_be_estimated_says_why_and_stays_valid(validate: Run, old: str, new: str, reason: str) -> None:
    code, out, _ = validate(GOOD.replace(old, new) if old else GOOD + new)
    assert code == 0
    assert f"\nnot estimated: {reason}" in out


def test_unsloths_yaml_is_estimated_too(validate: Run) -> None:
    text = """\
        model: HuggingFaceTB/SmolLM2-135M-Instruct
        data: {local_dataset: [rows.jsonl]}
        training: {max_steps: 50, max_seq_length: 1024}
        """
    code, out, _ = validate(dedent(text), "--backend", "unsloth", "--gpu", "rtx-4090", "--json")
    estimate = json.loads(out)["estimate"]
    assert (code, estimate["not_estimated"]) == (0, None)
    assert 1 < estimate["memory_gib"]["low"] < estimate["memory_gib"]["high"] < 8
    assert 0 < estimate["usd_per_step"]["likely"] < estimate["usd"]["likely"]


def test_a_misspelt_key_is_refused_with_its_line(validate: Run) -> None:
    code, out, err = validate(GOOD.replace("lora_alpha: 16", "lora_alhpa: 16"))
    assert (code, out) == (3, "")
    assert "c.yml:4:1: " in err
    assert "did you mean `lora_alpha`?" in err
    assert NOTE in err


def test_a_misspelt_key_of_a_dataset_is_refused_with_its_column(validate: Run) -> None:
    code, _, err = validate(GOOD + "    train_on_oes: turn\n")
    assert code == 3
    assert "c.yml:10:5: " in err
    assert "did you mean `train_on_eos`?" in err


def test_a_key_that_does_nothing_is_a_warning_unless_strict(validate: Run) -> None:
    code, out, err = validate(GOOD + "wibble: 1\n")
    assert (code, out) == (0, "c.yml is valid for axolotl (checked: schema, keys)\n" + ESTIMATE)
    assert err.startswith("warning: c.yml:10:1: ")
    code, out, err = validate(GOOD + "wibble: 1\n", "--strict")
    assert (code, out) == (3, "")
    assert "error: 1 fault in `c.yml`\n  c.yml:10:1: " in err


def test_json_tells_errors_from_warnings_and_names_the_layers(validate: Run) -> None:
    text = GOOD.replace("lora_r: 8", "lora_r: eight") + "wibble: 1\n"
    code, out, _ = validate(text, "--json")
    document = json.loads(out)
    assert code == 3
    assert list(document) == ["valid", "errors", "warnings", "layers", "estimate"]
    assert document["estimate"] == {"not_estimated": "the config has faults"}
    assert document["valid"] is False
    assert document["layers"] == ["schema", "keys"]
    assert [(entry["kind"], entry["key"], entry["line"], entry["column"]) for entry in document["errors"]] == [
        ("type", "lora_r", 3, 1)
    ]
    assert [(entry["kind"], entry["key"], entry["line"]) for entry in document["warnings"]] == [
        ("warning_unknown_key", "wibble", 10)
    ]


def test_what_is_no_yaml_is_refused_with_its_line(validate: Run) -> None:
    code, out, _ = validate("base_model: [\n", "--json")
    document = json.loads(out)
    assert (code, document["valid"], document["errors"][0]["kind"]) == (3, False, "syntax")


def test_an_unknown_backend_is_wrong_usage(validate: Run) -> None:
    code, _, err = validate(GOOD, "--backend", "axolotol")
    assert code == 2
    assert "no backend `axolotol`" in err


@pytest.mark.real
def test_axolotl_itself_finds_what_the_schema_cannot(axolotl_environment: Environment, validate: Run) -> None:
    text = GOOD + "scaling_softmax: true\n"
    code, out, err = validate(text, "--json")
    document = json.loads(out)
    assert code == 3, err
    assert document["layers"] == ["schema", "keys", "axolotl"]
    assert [(entry["kind"], entry["line"]) for entry in document["errors"]] == [("backend", 10)]
    assert validate(GOOD)[0] == 0
