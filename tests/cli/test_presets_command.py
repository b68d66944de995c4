"""What `thriftune presets` prints, and its exit codes."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from wrapper.cli.presets import command
from wrapper.errors import BadInput
from wrapper.presets.files import preset_file


def call(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments))


def test_ls():
    lines = call("ls").output.splitlines()
    assert lines[0].split() == [
        "model",
        "parameters",
        "context",
        "licence",
        "commercial",
        "languages",
        "hub",
        "id",
    ]
    assert lines[1].split() == [
        "smollm2-135m",
        "135M",
        "8,192",
        "Apache-2.0",
        "yes",
        "en",
        "HuggingFaceTB/SmolLM2-135M-Instruct",
    ]
    gpus = lines[lines.index("") + 1 :]
    gpus, tasks = gpus[: gpus.index("")], gpus[gpus.index("") + 1 :]
    assert gpus[0].startswith("gpu ")
    assert gpus[1].split() == ["t4", "14.6", "no", "bf16", "320", "unknown"]
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
    assert models["smollm2-135m"]["licence"]["name"] == "Apache-2.0"
    assert {gpu["name"] for gpu in document["gpus"]} >= {"t4", "rtx-4090"}
    assert {task["name"]: task["kind"] for task in document["tasks"]}["text-to-sql"] == "sql"


@pytest.mark.parametrize(("name", "folder"), [("qwen3-0.6b", "models"), ("l4", "gpus"), ("style", "tasks")])
def test_show_and_copy_give_the_file(tmp_path, name, folder):
    text = preset_file(folder, name).read_text(encoding="utf-8")
    assert call("show", name).output == text
    copied = tmp_path / "mine.yaml"
    assert call("copy", name, "-o", str(copied)).output == f"copied `{name}` to {copied}\n"
    assert copied.read_text(encoding="utf-8") == text


def test_copy_overwrites_nothing(tmp_path):
    there = tmp_path / "there.yaml"
    there.write_text("mine", encoding="utf-8")
    result = call("copy", "l4", "-o", str(there))
    assert isinstance(result.exception, BadInput)
    assert there.read_text(encoding="utf-8") == "mine"


def test_copy_into_a_folder_that_is_not_there(tmp_path):
    assert isinstance(call("copy", "l4", "-o", str(tmp_path / "no" / "x.yaml")).exception, BadInput)


def test_unknown_name():
    failure = call("show", "smolm2-135m").exception
    assert isinstance(failure, BadInput)
    assert failure.hint == "did you mean `smollm2-135m`?"
    failure = call("show", "text2sql").exception
    assert isinstance(failure, BadInput)
    assert failure.hint == "did you mean `text-to-sql`?"
