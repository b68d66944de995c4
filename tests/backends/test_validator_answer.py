"""What a backend's own validator says, told once and with the line that it is about."""

from __future__ import annotations

import json

import pytest

from wrapper.backends.validator_answer import faults_of_answer
from wrapper.documents import parse_yaml
from wrapper.errors import EnvironmentFault, Fault

CONFIG = """\
base_model: small
datasets:
  - path: rows.jsonl
    train_on_eos: sometimes
optimizer: adamw_bnb_8bit
"""


def faults(*entries: dict[str, str], known: tuple[Fault, ...] = ()) -> list[str]:
    answer = json.dumps({"valid": not entries, "errors": entries})
    found = faults_of_answer(answer, parse_yaml(CONFIG, file="c.yml", floats="yaml11"), known)
    return [f"{fault.kind} {fault}" for fault in found]


def test_nothing_wrong() -> None:
    assert faults() == []


def test_a_key_is_found_between_the_names_of_models() -> None:
    entry = {"message": "Input should be 'all'", "key": "datasets.0.SFTDataset.train_on_eos"}
    assert faults(entry) == ["backend c.yml:4:5: Input should be 'all'"]


def test_a_message_that_names_a_key_stands_at_its_line() -> None:
    entry = {"message": "FSDP2 does not go with this optimizer"}
    assert faults(entry) == ["backend c.yml:5:1: FSDP2 does not go with this optimizer"]


def test_a_message_that_names_a_value_stands_at_its_key() -> None:
    entry = {"message": "not compatible with adamw_bnb_8bit, use another"}
    assert faults(entry) == ["backend c.yml:5:1: not compatible with adamw_bnb_8bit, use another"]


def test_a_message_about_nothing_in_the_file_stands_at_its_top() -> None:
    assert faults({"message": "No."}) == ["backend c.yml:1:1: No."]


def test_what_a_cheaper_layer_said_is_not_said_again() -> None:
    known = Fault(kind="value", message="no such value", key="datasets[0].train_on_eos")
    entry = {"message": "Input should be 'all'", "key": "datasets.0.train_on_eos"}
    other = {"message": "Input should be valid", "key": "base_model"}
    assert faults(entry, other, known=(known,)) == ["backend c.yml:1:1: Input should be valid"]


def test_a_warning_hides_no_error() -> None:
    known = Fault(kind="warning_deprecated", message="old", key="optimizer")
    assert len(faults({"message": "no optimizer", "key": "optimizer"}, known=(known,))) == 1


def test_a_missing_package_says_nothing_of_the_config() -> None:
    entry = {"message": "mistral-common is required", "kind": "environment"}
    assert faults(entry) == ["warning_environment c.yml:1:1: mistral-common is required"]


@pytest.mark.parametrize("answer", ["", "Traceback", "[]", '{"valid": true}', '{"errors": [1]}'])
def test_no_answer_is_a_fault_of_the_environment(answer: str) -> None:
    with pytest.raises(EnvironmentFault, match="gave no answer"):
        faults_of_answer(answer, parse_yaml(CONFIG, file="c.yml"), ())
