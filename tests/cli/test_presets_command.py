"""What `thriftune presets` prints, and its exit codes."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result

from wrapper.cli.presets import command
from wrapper.errors import BadInput
from wrapper.presets import prices
from wrapper.presets.catalogue import CATALOGUE, TIERS, NoPrices
from wrapper.presets.files import names_in, preset_file


@pytest.fixture(autouse=True)
def own_presets(monkeypatch, tmp_path):
    """The folder of the user's own presets, which is not there yet."""
    folder = tmp_path / "own"
    monkeypatch.setenv("THRIFTUNE_PRESETS", str(folder))
    return folder


def call(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments))


def test_ls():
    lines = call("ls").output.splitlines()
    assert lines[0].split() == [
        "model",
        "parameters",
        "QLoRA",
        "GiB",
        "context",
        "licence",
        "commercial",
        "use",
        "languages",
        "hub",
        "id",
    ]
    assert lines[1].split() == [
        "smollm2-135m",
        "135M",
        "1.9",
        "8,192",
        "Apache-2.0",
        "yes",
        "en",
        "HuggingFaceTB/SmolLM2-135M-Instruct",
    ]
    models = {line.split()[0]: line for line in lines[1 : lines.index("")]}
    assert list(models)[-1] == "llama-3.3-70b"
    assert models["qwen2.5-3b"].split()[4:8] == ["Qwen", "Research", "License", "no"]
    assert " MIT and Llama 3.1 Community License  up to 700M users " in models["deepseek-r1-distill-llama-8b"]
    gpus = lines[lines.index("") + 1 :]
    gpus, tasks = gpus[: gpus.index("")], gpus[gpus.index("") + 1 :]
    assert gpus[0].startswith("gpu ")
    assert gpus[1].split()[0] == "t4"
    assert gpus[1].split()[2:] == ["no", "bf16", "320", "unknown"]
    (l4,) = [line for line in gpus if line.startswith("l4 ")]
    assert l4.endswith("  0.49                   runpod, secure     unknown, catalogue of 2026")
    assert tasks == [
        "task                kind            metric               shots  answer tokens  what it is",
        "classification      classification  label                8      16             one label out of a known set",
        "extraction          extraction      json_fields          4      256            "
        "what a text says, as one JSON object",
        "question-answering  qa              exact_match_lenient  5      64             a short answer to a question",
        "style               chat            chrf                 3      512            "
        "a reply, or a text said again, as your house says it",
        "summarisation       summarisation   rouge_l              1      128            "
        "the gist of a text in a few sentences",
        "text-to-sql         sql             sql                  4      256            "
        "a question about a database as the query that answers it",
        "tool-calling        tool_call       tool_call            4      256            "
        "which tool to call with which arguments",
    ]


def test_ls_as_json():
    document = json.loads(call("ls", "--json").stdout)
    models = {model["name"]: model for model in document["models"]}
    assert models["smollm2-135m"]["parameters"] == 134_515_008
    assert models["smollm2-135m"]["hub_id"] == "HuggingFaceTB/SmolLM2-135M-Instruct"
    assert {key: models["llama-3.2-1b"][key] for key in ("licence", "licences", "commercial_use", "user_cap")} == {
        "licence": "Llama 3.2 Community License",
        "licences": ["llama-3.2"],
        "commercial_use": True,
        "user_cap": 700_000_000,
    }
    assert models["ministral-8b-2410"]["commercial_use"] is False
    sizes = [model["parameters"] for model in document["models"]]
    assert sizes == sorted(sizes)
    assert {gpu["name"] for gpu in document["gpus"]} >= {"t4", "rtx-4090"}
    assert {task["name"]: task["kind"] for task in document["tasks"]}["text-to-sql"] == "sql"


@pytest.mark.parametrize(
    ("name", "folder"), [("qwen3-0.6b", "models"), ("l4", "gpus"), ("style", "tasks"), ("mit", "licences")]
)
def test_show_and_copy_give_the_file(tmp_path, name, folder):
    text = preset_file(folder, name).read_text(encoding="utf-8")
    shown = call("show", name).output
    assert shown.startswith(text)
    assert all(line.startswith("#") for line in shown.removeprefix(text).splitlines())
    copied = tmp_path / "mine.yaml"
    assert call("copy", name, str(copied)).output == f"copied `{name}` to {copied}\n"
    assert copied.read_text(encoding="utf-8") == text


def test_show_says_what_the_licences_ask_for():
    told = call("show", "deepseek-r1-distill-llama-8b").output
    assert (
        "\n#\n# What its licence asks for and excludes; a reading aid, no legal advice: its own text counts.\n" in told
    )
    assert "# MIT: Commercial use without limits; keep the copyright line and the text.\n" in told
    assert "# - naming: A model trained with the weights or with their outputs, and passed on, has a name" in told
    assert "#   1.b.iii: “Llama 3.1 is licensed under the Llama 3.1 Community License, Copyright © Meta" in told
    assert "# - excluded use: Defence, war, nuclear industry, espionage, arms under ITAR.\n" in told
    assert "licence" not in call("show", "l4").output


def test_copy_without_a_file_makes_a_preset_of_the_users_own(own_presets):
    target = own_presets / "models" / "llama-3.2-1b.yaml"
    assert call("copy", "llama-3.2-1b").output == f"copied `llama-3.2-1b` to {target}\n"
    target.write_text(target.read_text(encoding="utf-8").replace("layers: 16", "layers: 17"), encoding="utf-8")
    assert "layers: 17" in call("show", "llama-3.2-1b").output
    failure = call("copy", "llama-3.2-1b").exception
    assert isinstance(failure, BadInput)
    assert failure.message == f"`{target}` is there already"


def test_copy_overwrites_nothing(tmp_path):
    there = tmp_path / "there.yaml"
    there.write_text("mine", encoding="utf-8")
    result = call("copy", "l4", str(there))
    assert isinstance(result.exception, BadInput)
    assert there.read_text(encoding="utf-8") == "mine"


def test_copy_into_a_folder_that_is_not_there(tmp_path):
    assert isinstance(call("copy", "l4", str(tmp_path / "no" / "x.yaml")).exception, BadInput)


def test_no_name_stands_for_two_presets():
    names = [name for folder in ("models", "gpus", "tasks", "licences") for name in names_in(folder)]
    assert len(names) == len(set(names))


def test_unknown_name():
    failure = call("show", "smolm2-135m").exception
    assert isinstance(failure, BadInput)
    assert failure.hint == "did you mean `smollm2-135m`?"
    failure = call("show", "text2sql").exception
    assert isinstance(failure, BadInput)
    assert failure.hint == "did you mean `text-to-sql`?"


AWS = (
    "InstanceType,AcceleratorName,AcceleratorCount,Price,SpotPrice,Region,GpuInfo\n"
    "g6.xlarge,L4,1.0,0.3048,0.1011,us-east-1,\n"
)


def refreshing(monkeypatch: pytest.MonkeyPatch, files: dict[str, str]) -> None:
    """Let `--refresh` find these files, and nothing of the other providers."""

    def fetch(url: str) -> bytes:
        provider = next(provider for provider in TIERS if url == CATALOGUE.format(provider=provider))
        if provider not in files:
            raise NoPrices("its file cannot be fetched (ConnectError)")
        return files[provider].encode()

    refresh, now = prices.refresh_prices, datetime(2026, 11, 25, tzinfo=UTC)
    monkeypatch.setattr(prices, "refresh_prices", lambda: refresh(fetch=fetch, now=lambda: now))


def test_ls_after_a_refresh_shows_what_was_fetched(monkeypatch):
    refreshing(monkeypatch, {"aws": AWS})
    result = call("ls", "--refresh")
    assert result.exit_code == 0
    failed = "its file cannot be fetched (ConnectError); what was known of it stays"
    assert result.stderr.splitlines() == [
        "aws: 2 prices of 1 GPU",
        *[f"{provider}: {failed}" for provider in ("gcp", "lambda", "nebius", "runpod", "vast")],
    ]
    (l4,) = [line for line in result.stdout.splitlines() if line.startswith("l4 ")]
    assert l4.split()[-4:] == ["0.30", "aws,", "on-demand", "2026-11-25"]
    gpus = {gpu["name"]: gpu for gpu in json.loads(call("ls", "--json").stdout)["gpus"]}
    assert [(price["provider"], price["tier"], price["date"]) for price in gpus["l4"]["prices"]] == [
        ("aws", "spot", "2026-11-25"),
        ("aws", "on-demand", "2026-11-25"),
        ("runpod", "secure", "unknown, catalogue of 2026"),
    ]
    assert gpus["l4"]["memory_gib"] > 20


def test_a_refresh_that_brings_nothing_lists_what_is_known(monkeypatch):
    refreshing(monkeypatch, {})
    result = call("ls", "--refresh")
    assert result.exit_code == 0
    assert len(result.stderr.splitlines()) == len(TIERS)
    assert result.stdout == call("ls").stdout


def test_a_refresh_leaves_one_document_on_stdout(monkeypatch):
    refreshing(monkeypatch, {"aws": AWS})
    result = call("ls", "--refresh", "--json")
    assert json.loads(result.stdout)["version"] == 1
    assert "aws: 2 prices of 1 GPU" in result.stderr


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_fetched_prices_that_cannot_be_read_are_said(arguments):
    file = prices.prices_file()
    file.parent.mkdir(parents=True)
    file.write_text("{", encoding="utf-8")
    result = call("ls", *arguments)
    assert result.exit_code == 0
    assert result.stderr.startswith(f"note: the fetched prices in `{file}` are not used: ")
    assert len(result.stderr.splitlines()) == 1
