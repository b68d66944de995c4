"""Foreign configs as parts of a spec: where keys go, why others do not, and that none is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from wrapper.backends.axolotl_checks.schema import plugin_of, schema_of
from wrapper.backends.imports import Imported, LeftOut, Surroundings, Taken, detect, import_config, keymap_of
from wrapper.backends.imports.registry import KEYMAPS
from wrapper.backends.unsloth_checks.validation import config_schema
from wrapper.documents import KeyPath, dotted, parse_yaml
from wrapper.errors import BadInput, UsageFault
from wrapper.resources import presets_dir

SURROUNDINGS = Surroundings(
    presets={"org/small": "small"},
    suffixes=(".jsonl", ".csv"),
    relocated=lambda named: f"../{named}",
    is_folder=lambda named: named == "models/mine",
)


def imported(text: str, backend: str = "axolotl") -> Imported:
    return import_config(parse_yaml(text, file="c.yml", floats="yaml11"), keymap_of(backend), SURROUNDINGS)


def values(text: str, backend: str = "axolotl") -> dict[str, object]:
    return {dotted(target): value for target, value in imported(text, backend).values.items()}


def reasons(text: str, backend: str = "axolotl") -> dict[str, str]:
    return {dotted(entry.source): entry.why for entry in imported(text, backend).left_out}


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("base_model: org/small", {"model.preset": "small"}),
        ("base_model: org/large", {"model.base": "org/large"}),
        ("base_model: models/mine", {"model.base": "../models/mine"}),
        ("base_model: ./elsewhere", {"model.base": ".././elsewhere"}),
        ("adapter: qlora\nload_in_4bit: true", {"training.method": "qlora"}),
        ("adapter: lora\nload_in_4bit: 'yes'", {"training.method": "qlora"}),
        ("adapter: lora\nload_in_4bit: false", {"training.method": "lora"}),
        ("adapter: mora\nload_in_4bit: true", {}),
        ("learning_rate: 2e-4", {"training.overrides.learning_rate": 0.0002}),
        ("adapter: lora\nlora_r: '8'", {"training.method": "lora", "training.overrides.lora_r": 8}),
        ("num_epochs: 3", {"training.overrides.epochs": 3.0}),
        ("num_epochs: 3\nmax_steps: 20", {"training.overrides.max_steps": 20}),
        ("num_epochs: 3\nmax_steps: 0", {"training.overrides.epochs": 3.0}),
        ("max_steps: 10\nwarmup_steps: 10", {"training.overrides.max_steps": 10}),
        ("lr_scheduler: rex", {}),
        ("sequence_len: 8", {}),
        ("seed: 99999999999999999999", {}),
        ("learning_rate: .inf", {}),
        ("lora_r: 8", {}),  # without an adapter it has no effect
        ("val_set_size: 0.1", {}),
        ("val_set_size: 100", {"data.validation_rows": 100}),
        ("datasets: [{path: a.jsonl}]\ntest_datasets: [{path: b.csv}]", {"data.train": "../a.jsonl",
                                                                        "data.validation": "../b.csv"}),
        ("datasets: [{path: a.jsonl}]\ntest_datasets: [{path: a.jsonl}]", {"data.train": "../a.jsonl"}),
        ("datasets: [{path: org/rows}]", {}),
        ("datasets: [{path: s3://there/a.jsonl}]", {}),
        ("datasets: [{path: rows.parquet}]", {}),
    ],
)  # fmt: skip
def test_what_is_taken_from_axolotl(text: str, taken: dict[str, object]) -> None:
    assert values(text) == taken


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("model: org/small", {"model.preset": "small"}),
        ("training: {training_type: ' LoRA '}", {"training.method": "qlora"}),
        ("training: {load_in_4bit: false}", {"training.method": "lora"}),
        ("training: {training_type: full, load_in_4bit: true}\nlora: {lora_r: 8}", {"training.method": "full"}),
        ("data: {local_dataset: [a.jsonl, b.jsonl]}", {"data.train": "../a.jsonl"}),
        ("data: {dataset: org/rows}", {}),
        ("training: {batch_size: 4, max_seq_length: 512, random_seed: 7}",
         {"training.overrides.micro_batch_size": 4, "training.overrides.sequence_len": 512,
          "training.overrides.seed": 7}),
        ("training: {max_steps: 0, num_epochs: 2}", {"training.overrides.epochs": 2.0}),
        ("lora: {lora_alpha: 16, lora_dropout: 0}",
         {"training.overrides.lora_alpha": 16, "training.overrides.lora_dropout": 0.0}),
    ],
)  # fmt: skip
def test_what_is_taken_from_unsloth(text: str, taken: dict[str, object]) -> None:
    assert values(text, "unsloth") == taken


def test_a_method_that_no_key_says_is_the_backends_own() -> None:
    assert imported("seed: 1").default_method == "full"
    assert imported("training: {}", "unsloth").default_method == "qlora"
    assert imported("adapter: lora").default_method is None
    assert imported("adapter: mora").default_method is None


def test_what_axolotl_says_and_a_spec_does_not() -> None:
    text = """\
datasets:
  - path: org/rows
    type: chat_template
    field_messages: dialog
    split: train
    roles_to_train: [assistant]
    field_tools: tools
  - {path: b.jsonl}
num_epochs: 1
max_steps: 5
lora_r: 4
lr_scheduler: rex
micro_batch_size: 0
optimizer: adamw_torch
wandb_project:
hub_model_id: me/model
deepspeed: zero3.json
rl: dpo
strict: false
max_grad_norm: 1.0
wibble: 2
"""
    assert reasons(text) == {
        "datasets[0].path": "`data` takes a file of rows on this machine, not a hub id, a folder or an address: "
        "save the rows as one",
        "datasets[0].type": "thriftune finds the shape of the rows by itself",
        "datasets[0].field_messages": "unusual: rows come in one of the usual shapes, or `data.input` and "
        "`data.output` name their fields",
        "datasets[0].split": "thriftune finds the shape of the rows by itself",
        "datasets[0].roles_to_train": "only the answers are trained on, always",
        "datasets[0].field_tools": "unusual: rows come in one of the usual shapes, or `data.input` and "
        "`data.output` name their fields",
        "datasets[1]": "`data` takes one file of rows: join them in it",
        "num_epochs": "`max_steps` is given, and goes before it",
        "lora_r": "`lora_r` has no effect with `method: full`",
        "lr_scheduler": "a spec knows `linear`, `cosine` and `constant`: the plan decides it",
        "micro_batch_size": "no value that `training.overrides.micro_batch_size` takes: the plan decides it",
        "optimizer": "the plan decides it",
        "wandb_project": "it says nothing",
        "hub_model_id": "thriftune keeps its own ledger and uploads nothing",
        "deepspeed": "several GPUs are `training.parallel`: set it by hand",
        "rl": "thriftune trains on answers to copy, not on preferences or rewards: nothing takes its place",
        "strict": "it is off, and nothing turns it on",
        "max_grad_norm": "nothing takes its place",
        "wibble": "nothing takes its place",
    }


def test_what_unsloth_says_and_a_spec_does_not() -> None:
    text = """\
data: {format_type: raw, local_dataset: [a.jsonl, b.jsonl]}
training: {packing: true, output_dir: outputs}
lora: {target_modules: q_proj, use_dora: true, use_loftq: false}
logging: {enable_wandb: true, hf_token: secret}
"""
    assert reasons(text, "unsloth") == {
        "data.format_type": "unusual: rows come in one of the usual shapes, or `data.input` and `data.output` "
        "name their fields",
        "data.local_dataset[1]": "`data` takes one file of rows: join them in it",
        "training.packing": "the plan decides it",
        "training.output_dir": "runs are kept in `.thriftune`",
        "lora.target_modules": "the adapter goes on all linear layers",
        "lora.use_dora": "nothing takes its place",
        "lora.use_loftq": "it is off, and nothing turns it on",
        "logging.enable_wandb": "thriftune keeps its own ledger and reports to nobody",
        "logging.hf_token": "secrets stay in the environment",
    }


@pytest.mark.parametrize(
    ("text", "backend"),
    [
        ("base_model: a\nadapter: lora", "axolotl"),
        ("model: a\ntraining: {}", "unsloth"),
        ("base_model: a\nmodel: b\nadapter: lora", "axolotl"),
    ],
)
def test_a_config_is_known_by_its_keys(text: str, backend: str) -> None:
    assert detect(parse_yaml(text, file="c.yml")).backend == backend


@pytest.mark.parametrize("text", ["{}", "wibble: 1", "model: a\nbase_model: b"])
def test_a_config_that_does_not_tell_whose_it_is(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        detect(parse_yaml(text, file="c.yml"))
    assert refused.value.message == "the keys of `c.yml` do not tell whose config it is"
    assert refused.value.hint == "say it with `--backend axolotl` or `--backend unsloth`"


def test_a_backend_without_a_config() -> None:
    with pytest.raises(UsageFault, match="`trl` has no config to read"):
        keymap_of("trl")


@dataclass(frozen=True)
class Known:
    top_level: tuple[str, ...]
    inner: dict[str, tuple[str, ...]]

    @property
    def names(self) -> set[str]:
        return {*self.top_level, *(f"{table}.{key}" for table, keys in self.inner.items() for key in keys)}


def known(backend: str) -> Known:
    """Every key that a backend reads, or once read."""
    if backend == "unsloth":
        schema = config_schema()
        tables = {
            name: tuple(schema["$defs"][part["$ref"].rsplit("/", 1)[1]]["properties"])
            for name, part in schema["properties"].items()
            if "$ref" in part
        }
        return Known(tuple(schema["properties"]), tables)
    document = schema_of({}).document
    old = json.loads((presets_dir() / "schemas" / "axolotl-0.19.0-deprecated.json").read_bytes())
    dataset = (*document["$defs"]["SFTDataset"]["properties"], *old["dataset_warned"])
    return Known(
        (*document["properties"], *old["warned"], *plugin_of()), {"datasets": dataset, "test_datasets": dataset}
    )


@pytest.mark.parametrize("backend", KEYMAPS)
def test_every_name_in_the_tables_is_a_key_of_the_backend(backend: str) -> None:
    keymap, names = keymap_of(backend), known(backend).names
    patterns = [*keymap.usual, *(pattern for group in keymap.reasons.values() for pattern in group)]
    assert [pattern for pattern in patterns if not any(fnmatchcase(name, pattern) for name in names)] == []
    assert len(patterns) == len(set(patterns))
    paths = [keymap.model, *keymap.train, *keymap.validation, *keymap.method_keys, *keymap.numbers]
    plain = {".".join(step for step in path if isinstance(step, str)) for path in paths}
    assert plain <= names


def leaves(value: object, path: KeyPath = ()) -> Iterator[KeyPath]:
    steps: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    inner = [leaf for step, part in steps for leaf in leaves(part, (*path, step))]
    yield from inner or ([path] if path else [])


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.dates(), st.text(max_size=8),
    st.sampled_from(["qlora", "lora", "full", "a.jsonl", "org/rows", "cosine", "2e-4", "1e999", "0"]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=5), inner, max_size=3),
    max_leaves=5,
)


@st.composite
def configs(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    backend = draw(st.sampled_from(sorted(KEYMAPS)))
    keys = known(backend)

    def table(name: str) -> st.SearchStrategy[Any]:
        inner = st.dictionaries(st.sampled_from(keys.inner[name]), VALUES, max_size=5)
        return st.one_of(VALUES, inner, st.lists(inner, max_size=2)) if backend == "axolotl" else inner | VALUES

    names = st.sampled_from(keys.top_level) | st.text(min_size=1, max_size=5)
    config = draw(st.dictionaries(names, VALUES, max_size=9))
    keymap = keymap_of(backend)
    numbers = [path[0] for path in keymap.numbers if len(path) == 1]
    config |= draw(st.dictionaries(st.sampled_from(numbers), SCALARS, max_size=6)) if numbers else {}
    config |= {name: draw(table(name)) for name in keys.inner if draw(st.booleans())}
    return backend, config


@settings(max_examples=150, deadline=None)
@given(configs())
def test_every_key_is_told_once(drawn: tuple[str, dict[str, Any]]) -> None:
    backend, config = drawn
    document = parse_yaml(yaml.safe_dump(config, allow_unicode=True), file="c.yml", floats="yaml11")
    found = import_config(document, keymap_of(backend), SURROUNDINGS)
    told = [entry.source for entry in (*found.taken, *found.left_out)]
    assert len(told) == len(set(told))
    for leaf in leaves(document.value):
        assert sum(leaf[: len(source)] == source for source in told) == 1, leaf
    for entry in found.taken:
        assert isinstance(entry, Taken) and isinstance(entry.value, str | int | float)
    assert all(isinstance(entry, LeftOut) and entry.why for entry in found.left_out)
