"""Rows and files for the tests of data work."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from wrapper.data.rows import Message, Row, make_row

MakeRow = Callable[..., Row]


@pytest.fixture
def row() -> MakeRow:
    def make(text: str, answer: str = "yes", line: int = 1, file: str = "rows.jsonl") -> Row:
        return make_row((Message(role="user", content=text),), answer, file=file, line=line)

    return make


@pytest.fixture
def shared_data() -> Path:
    """Real data beside the checkout; it travels with no clone."""
    folder = Path(__file__).resolve().parents[3] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data is not here: no ../shared/data beside the checkout")
    return folder


@pytest.fixture
def samples() -> Path:
    return Path(__file__).resolve().parents[2] / "presets" / "samples"


@pytest.fixture
def model_folder(tmp_path):
    """A function that makes a model folder without weights, with a tokenizer that splits at white space."""

    def make(template: str | None, *, in_config: bool = False):
        tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "<s>": 1, "</s>": 2}, unk_token="[UNK]"))
        tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
        tokenizer.add_special_tokens(["[UNK]", "<s>", "</s>"])
        tokenizer.enable_truncation(4)
        tokenizer.enable_padding(length=9)
        tokenizer.save(str(tmp_path / "tokenizer.json"))
        config = {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": {"content": "<s>", "__type": "AddedToken"},
            "eos_token": "</s>",
        }
        if template and in_config:
            config["chat_template"] = [
                {"name": "tool_use", "template": "wrong"},
                {"name": "default", "template": template},
            ]
        elif template:
            (tmp_path / "chat_template.jinja").write_text(template, encoding="utf-8")
        (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
        return tmp_path

    return make
