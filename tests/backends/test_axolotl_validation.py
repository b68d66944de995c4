"""Axolotl configs of any author: what is refused, with its line and column, and what must not be."""

from __future__ import annotations

import ast
import re
import time
from textwrap import dedent

import pytest

from wrapper.backends.axolotl_checks.schema import AXOLOTL_VERSION, OWN_PLUGIN, schema_of
from wrapper.backends.axolotl_validation import find_faults
from wrapper.environments import Environment
from wrapper.environments.validator import ask_backend
from wrapper.resources import presets_dir, worker_dir

BASE = """\
base_model: NousResearch/Llama-3.2-1B
adapter: lora
lora_r: 16
lora_alpha: 32
lora_target_linear: true
learning_rate: 2e-4
micro_batch_size: 2
datasets:
  - path: rows.jsonl
    type: chat_template
"""
NEXT = BASE.count("\n") + 1

VALID = {
    "qlora, numbers and truths as text": BASE.replace("adapter: lora", "adapter: qlora\nload_in_4bit: 'true'")
    + "lora_dropout: '0.05'\nnum_epochs: '3'\nweight_decay: 0\nval_set_size: '0.05'\nbf16: auto\ntf32: 'no'\n",
    "full fine-tuning, completion": """\
        base_model: HuggingFaceTB/SmolLM2-360M
        datasets:
          - path: mhenrichsen/alpaca_2k_test
            type: alpaca
            split: train[:10%]
          - path: data/
            ds_type: json
            data_files: [a.jsonl, b.jsonl]
            type: {field_instruction: question, field_output: answer, format: "{instruction}"}
        optimizer: adamw_torch_fused
        lr_scheduler: cosine
        learning_rate: 0.00002
        sample_packing: true
        attn_implementation: flash_attention_2
        gradient_checkpointing: offload
        warmup_ratio: 0.1
        evals_per_epoch: 4
        val_set_size: 0.1
        special_tokens: {pad_token: <|end_of_text|>}
        """,
    "chat with mappings": BASE
    + """\
        field_messages: conversations
        message_property_mappings: {role: from, content: value}
        roles: {assistant: [gpt, model], user: [human]}
        roles_to_train: [assistant]
        train_on_eos: turn
    """.replace("        ", "    "),
    "pretraining, streamed": """\
        base_model: TinyLlama/TinyLlama-1.1B
        pretraining_dataset: [{path: allenai/c4, name: en, type: pretrain}]
        streaming: true
        max_steps: 100
        learning_rate: 1e-3
        """,
    "preferences": BASE.replace("type: chat_template", "type: chatml.intel\n    split: train")
    + "rl: dpo\nrl_beta: 0.1\n",
    "deepspeed as a table": BASE + "deepspeed: {zero_optimization: {stage: 3}}\nmax_memory: {0: 20GB}\n",
    "fsdp": """\
        base_model: Qwen/Qwen3-8B
        datasets: [{path: tatsu-lab/alpaca, type: alpaca}]
        learning_rate: 2e-5
        fsdp_version: 2
        fsdp_config:
          offload_params: false
          auto_wrap_policy: TRANSFORMER_BASED_WRAP
          transformer_layer_cls_to_wrap: Qwen3DecoderLayer
          state_dict_type: FULL_STATE_DICT
          reshard_after_forward: true
        """,
    "plugins": BASE
    + """\
plugins:
  - axolotl.integrations.liger.LigerPlugin
  - axolotl.integrations.cut_cross_entropy.CutCrossEntropyPlugin
liger_rms_norm: true
liger_glu_activation: true
cut_cross_entropy: true
""",
    "empty keys": BASE + "wandb_project:\nwandb_entity:\nresume_from_checkpoint:\nspecial_tokens:\ntest_datasets:\n",
}


def errors(text: str) -> list[str]:
    """Errors without the file's name."""
    return [str(fault).removeprefix("c.yml:") for fault in find(text) if not is_warning(fault.kind)]


def warnings(text: str) -> list[str]:
    return [f"{fault.kind} {fault}".replace("c.yml:", "") for fault in find(text) if is_warning(fault.kind)]


def find(text: str) -> list:
    return find_faults(text, file="c.yml")


def is_warning(kind: str) -> bool:
    return kind.startswith("warning_")


@pytest.mark.parametrize("text", VALID.values(), ids=VALID)
def test_what_axolotl_accepts_has_no_fault(text: str) -> None:
    assert find(dedent(text)) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            BASE.replace("lora_alpha: 32", "lora_alhpa: 16"),
            "4:1: unknown key `lora_alhpa`; did you mean `lora_alpha`?",
        ),
        (
            BASE + "    train_on_oes: turn\n",
            f"{NEXT}:5: unknown key `train_on_oes` under `datasets[0]`; did you mean `train_on_eos`?",
        ),
        (
            BASE + "fsdp_config:\n  ofload_params: true\n",
            f"{NEXT + 1}:3: unknown key `ofload_params` under `fsdp_config`; did you mean `offload_params`?",
        ),
        (
            BASE + "    lora_alhpa: 16\n",
            f"{NEXT}:5: unknown key `lora_alhpa` under `datasets[0]`; "
            "did you mean `lora_alpha`? It belongs at the top level",
        ),
        (
            BASE + "plugins: [axolotl.integrations.liger.LigerPlugin]\nliger_rms_nrom: true\n",
            f"{NEXT + 1}:1: unknown key `liger_rms_nrom`; did you mean `liger_rms_norm`?",
        ),
        (
            BASE + "liger_rms_nrom: true\n",
            f"{NEXT}:1: unknown key `liger_rms_nrom`; did you mean `liger_rms_norm`? "
            "It belongs to the plugin `axolotl.integrations.liger.LigerPlugin`",
        ),
        (
            BASE + "plugins: [mine.Plugin]\nlora_dropot: 0.1\n",
            f"{NEXT + 1}:1: unknown key `lora_dropot`; did you mean `lora_dropout`?",
        ),
        (
            BASE + "field_messages: messages\n",
            f"{NEXT}:1: unknown key `field_messages`; it belongs under `datasets`",
        ),
    ],
)
def test_a_key_that_was_meant_to_be_another_is_an_error(text: str, found: str) -> None:
    assert errors(text) == [found]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("wibble: 1", "warning_unknown_key 11:1: Axolotl has no key `wibble`: it does nothing"),
        (
            "liger_rope: true",
            "warning_plugin_key 11:1: `liger_rope` does nothing: it belongs to a plugin that is not named; "
            "add `axolotl.integrations.liger.LigerPlugin` under `plugins`",
        ),
        (
            "thriftune_bf16: true",
            "warning_plugin_key 11:1: `thriftune_bf16` does nothing: it belongs to a plugin that is not named; "
            "add `axolotl_events.EventsPlugin` under `plugins`",
        ),
        (
            "flash_attention: true",
            "warning_deprecated 11:1: `flash_attention` is deprecated; use `attn_implementation: flash_attention_2`",
        ),
        (
            "dataset_processes: 4",
            "warning_deprecated 11:1: `dataset_processes` is deprecated; use `dataset_num_proc`",
        ),
        (
            "evaluation_strategy: steps",
            "warning_deprecated 11:1: `evaluation_strategy` is deprecated; use `eval_strategy`",
        ),
        (
            "    message_field_role: from",
            "warning_deprecated 11:5: `datasets[0].message_field_role` is deprecated; "
            "use `message_property_mappings: {role: ...}`",
        ),
        (
            "fsdp_config: {fsdp_offload_params: true}",
            "warning_deprecated 11:15: `fsdp_config.fsdp_offload_params` is deprecated; "
            "use `offload_params`, without the prefix",
        ),
    ],
)
def test_what_does_nothing_or_is_old_is_a_warning(line: str, found: str) -> None:
    text = f"{BASE}{line}\n"
    assert (errors(text), warnings(text)) == ([], [found])


def test_a_plugin_of_the_users_own_may_read_any_key() -> None:
    text = BASE + "plugins: [mine.Plugin]\nmy_weight: 2\noptimizer: my_optimizer\n"
    assert errors(text) == []
    assert warnings(text) == [
        "warning_unknown_key 12:1: Axolotl has no key `my_weight`: only a plugin of yours could read it"
    ]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("max_packed_sequence_len: 512", "`max_packed_sequence_len` is no longer supported; "),
        ("rpo_alpha: 0", "`rpo_alpha` is no longer supported; "),
        ("unsloth_lora_qkv: true", "`unsloth_lora_qkv` is no longer supported; use `lora_qkv_kernel`"),
    ],
)
def test_names_that_axolotl_refuses_are_errors(line: str, found: str) -> None:
    (fault,) = find(f"{BASE}{line}\n")
    assert (fault.kind, fault.line, fault.column) == ("deprecated", NEXT, 1)
    assert found in str(fault)


def test_names_that_axolotl_refuses_may_stand_unset() -> None:
    assert errors(BASE + "max_packed_sequence_len:\nrope_scaling: false\nunsloth_rope: false\n") == []


def test_sharegpt_is_told_its_successor() -> None:
    assert errors(BASE.replace("chat_template", "sharegpt.load_role")) == [
        "10:5: `type: sharegpt.load_role` is no longer supported; use `type: chat_template`"
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            BASE.replace("adapter: lora", "adapter: qlora"),
            ["2:1: `adapter: qlora` needs `load_in_4bit: true`; or use `adapter: lora`"],
        ),
        (
            BASE.replace("adapter: lora", "adapter: qlora") + "load_in_4bit: false\n",
            ["11:1: `adapter: qlora` needs `load_in_4bit: true`; or use `adapter: lora`"],
        ),
        (
            BASE.replace("adapter: lora\n", "") + "load_in_8bit: true\n",
            ["10:1: `load_in_8bit` needs an adapter; add `adapter: qlora`, or turn it off"],
        ),
        (
            BASE + "val_set_size: 0.1\ntest_datasets: [{path: t.jsonl, type: chat_template}]\n",
            ["11:1: `val_set_size` and `test_datasets` exclude each other; keep one of them, or set `val_set_size: 0`"],
        ),
        (
            BASE + "save_steps: 5\nsaves_per_epoch: 1\n",
            ["12:1: `saves_per_epoch` and `save_steps` exclude each other; keep one of them"],
        ),
        (
            BASE + "val_set_size: 0.1\neval_steps: 5\nevals_per_epoch: 1\n",
            ["13:1: `evals_per_epoch` and `eval_steps` exclude each other; keep one of them"],
        ),
        (
            BASE + "warmup_steps: 5\nwarmup_ratio: 0.1\n",
            ["12:1: `warmup_ratio` and `warmup_steps` exclude each other; keep one of them"],
        ),
        (
            BASE + "save_strategy: epoch\nsave_steps: 5\n",
            [
                "12:1: `save_steps` does nothing with `save_strategy: epoch`; "
                "remove one of them, or set `save_strategy: steps`"
            ],
        ),
        (
            BASE + "val_set_size: 0\neval_steps: 5\n",
            ["12:1: `eval_steps` has nothing to evaluate on: `val_set_size` is 0; set `val_set_size`, or remove it"],
        ),
        (
            BASE + "deepspeed: zero3.json\nfsdp_config: {offload_params: true}\n",
            ["12:1: `deepspeed` and `fsdp_config` exclude each other; keep one of them"],
        ),
        (
            BASE + "attn_implementation: sdpa\nflash_attention: true\n",
            ["12:1: `flash_attention` and `attn_implementation` exclude each other; remove `flash_attention`"],
        ),
        (
            BASE.replace("lora_r: 16\n", ""),
            ["2:1: `adapter: lora` needs `lora_r`; add it, such as `lora_r: 16`"],
        ),
        (
            BASE.replace("lora_target_linear: true\n", ""),
            [
                "2:1: `adapter: lora` names no modules to train; "
                "add `lora_target_linear: true`, or list `lora_target_modules`"
            ],
        ),
        (
            BASE + "optimizer: adamw_trch\n",
            ["11:1: Axolotl has no optimizer `adamw_trch`; did you mean `adamw_torch`?"],
        ),
        (
            BASE + "lr_scheduler: cosin\n",
            ["11:1: Axolotl has no lr_scheduler `cosin`; did you mean `cosine`?"],
        ),
    ],
)
def test_keys_at_odds_are_told_with_their_place(text: str, found: list[str]) -> None:
    assert errors(text) == found


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        (BASE.replace("base_model: NousResearch/Llama-3.2-1B\n", ""), "missing", "1:1: `base_model` is missing"),
        (BASE[: BASE.index("datasets")], "missing", "1:1: `datasets` is missing; add `datasets` or"),
        (BASE + "num_epochs: three\n", "type", "11:1: `num_epochs` must be a number, not `three`"),
        (BASE + "seed: 1.5\n", "type", "11:1: `seed` must be a whole number, not `1.5`"),
        (BASE + "sample_packing: perhaps\n", "type", "11:1: `sample_packing` must be true or false, not `perhaps`"),
        (
            BASE + "    train_on_eos: turns\n",
            "value",
            "11:5: `datasets[0].train_on_eos` must be `all` or `turn` or `last` or `none`, not `turns`; "
            "did you mean `turn`?",
        ),
        (BASE + "rl: dppo\n", "value", "11:1: `rl` must be `dpo` or "),
        (BASE + "plugins: liger\n", "type", "11:1: `plugins` must be a list, not `liger`; write `[liger]`"),
        (BASE + "seed: 1\nseed: 2\n", "duplicate_key", "12:1: "),
        ("base_model: [\n", "syntax", "1:"),
        ("", "type", "1:1: the file is empty"),
    ],
)
def test_values_are_told_in_one_line(text: str, kind: str, found: str) -> None:
    (fault,) = find(text)
    assert fault.kind == kind
    assert str(fault).removeprefix("c.yml:").startswith(found)
    assert "\n" not in str(fault)


def test_limits_hold_for_numbers_that_are_text() -> None:
    text = BASE + "fsdp_config: {min_num_params: '0'}\n"
    assert errors(text) == ["11:15: `fsdp_config.min_num_params` must be at least 1, not `0`"]


def test_all_faults_come_at_once_in_the_order_of_the_file() -> None:
    text = BASE.replace("lora_alpha: 32", "lora_alhpa: 32").replace("micro_batch_size: 2", "micro_batch_size: x")
    assert [(fault.line, fault.kind) for fault in find(text + "rl: dppo\nwibble: 1\n")] == [
        (4, "unknown_key"),
        (7, "type"),
        (11, "value"),
        (12, "warning_unknown_key"),
    ]


def test_a_config_is_checked_in_milliseconds() -> None:
    find(BASE)
    began = time.process_time()
    for _ in range(10):
        find(BASE)
    assert (time.process_time() - began) / 10 < 0.05


def test_thriftunes_own_keys_are_those_of_its_plugin() -> None:
    tree = ast.parse((worker_dir() / "axolotl_events.py").read_text())
    declared = {
        node.target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    known = schema_of({"plugins": [OWN_PLUGIN]}).document["properties"]
    assert declared == {key for key in known if key.startswith("thriftune_")}


def test_the_schema_is_that_of_the_locked_axolotl() -> None:
    for accelerator in ("cpu", "cuda"):
        lock = (presets_dir() / "locks" / f"axolotl-{accelerator}.lock").read_text()
        assert re.search(r"^axolotl==(\S+)", lock, re.MULTILINE)[1] == AXOLOTL_VERSION


@pytest.mark.real
def test_axolotl_agrees(axolotl_environment: Environment) -> None:
    """Its own validator takes a config that we take, and refuses what only it can see."""
    assert ask_backend(BASE, file="c.yml", environment=axolotl_environment, known=[]) == []
    text = BASE + "scaling_softmax: true\n"
    (fault,) = ask_backend(text, file="c.yml", environment=axolotl_environment, known=find(text))
    assert (fault.kind, fault.line, fault.column) == ("backend", 11, 1)


@pytest.mark.real
def test_what_both_see_is_told_once(axolotl_environment: Environment) -> None:
    text = BASE.replace("adapter: lora", "adapter: qlora") + "save_steps: 5\nsaves_per_epoch: 1\n"
    assert ask_backend(text, file="c.yml", environment=axolotl_environment, known=find(text)) == []


@pytest.mark.real
def test_a_plugin_that_starts_servers_is_not_started(axolotl_environment: Environment) -> None:
    text = (
        BASE
        + "rl: grpo\nplugins: [axolotl.integrations.nemo_gym.NemoGymPlugin]\n"
        + "nemo_gym_enabled: true\nnemo_gym_datasets: [{path: gym.jsonl}]\n"
        + "nemo_gym_config_paths: [a.yaml]\nnemo_gym_dir: /nowhere/Gym\n"
    )
    assert ask_backend(text, file="c.yml", environment=axolotl_environment, known=[]) == []
