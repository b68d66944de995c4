"""Memory grows with what is held, and agrees with runs that were published."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapper.plan.dimensions import Dimensions
from wrapper.plan.memory import Load, memory_of
from wrapper.presets.stacks import load_stacks, stack_of

SMOLLM2 = Dimensions(
    hidden_size=576,
    layers=30,
    attention_heads=9,
    kv_heads=3,
    head_dim=64,
    intermediate_size=1536,
    vocab_size=49152,
    max_positions=8192,
    tied_embeddings=True,
)
LLAMA_3_8B = Dimensions(
    hidden_size=4096,
    layers=32,
    attention_heads=32,
    kv_heads=8,
    head_dim=128,
    intermediate_size=14336,
    vocab_size=128256,
    max_positions=131072,
    tied_embeddings=False,
)
LLAMA_3_1B = replace(
    LLAMA_3_8B, hidden_size=2048, layers=16, head_dim=64, intermediate_size=8192, tied_embeddings=True
)
LLAMA_3_3B = replace(
    LLAMA_3_8B, hidden_size=3072, layers=28, attention_heads=24, intermediate_size=8192, tied_embeddings=True
)
LOAD = Load(
    dimensions=SMOLLM2,
    stack=stack_of("axolotl"),
    method="qlora",
    precision="bf16",
    optimizer="adamw_torch",
    lora_r=16,
    sequence_tokens=128,
    micro_batch_size=8,
    gradient_checkpointing=False,
)
loads = st.builds(
    replace,
    st.just(LOAD),
    method=st.sampled_from(["qlora", "lora", "full"]),
    precision=st.sampled_from(["bf16", "fp32"]),
    sequence_tokens=st.integers(min_value=8, max_value=8192),
    micro_batch_size=st.integers(min_value=1, max_value=64),
    gradient_checkpointing=st.booleans(),
)


def gib(load: Load, runtime_gib: float = 1.5) -> float:
    return memory_of(load, runtime_gib=runtime_gib).total_gib


@given(loads, st.integers(min_value=1, max_value=4096))
def test_longer_rows_take_more(load, more):
    assert gib(replace(load, sequence_tokens=load.sequence_tokens + more)) >= gib(load)


@given(loads)
def test_more_rows_take_more(load):
    assert gib(replace(load, micro_batch_size=load.micro_batch_size + 1)) >= gib(load)


@given(loads)
def test_checkpointing_saves_activations_alone(load):
    with_it, without = (
        memory_of(replace(load, gradient_checkpointing=on), runtime_gib=1.5) for on in (True, False)
    )
    assert with_it.saved < without.saved
    assert replace(with_it, saved=0, layer=0) == replace(without, saved=0, layer=0)


@given(loads)
def test_quantised_weights_are_the_smallest_and_full_trains_the_most(load):
    qlora, lora, full = (
        memory_of(replace(load, method=method), runtime_gib=1.5) for method in ("qlora", "lora", "full")
    )
    assert qlora.weights < lora.weights == full.weights
    assert (qlora.adapter, qlora.optimizer) == (lora.adapter, lora.optimizer)
    assert full.adapter == 0 and lora.optimizer < full.optimizer


def test_against_a_run_on_a_processor():
    """Axolotl 0.19.0, 88 steps of 8 rows of at most about 176 tokens: 3.9 GiB at the peak."""
    assert gib(replace(LOAD, sequence_tokens=176)) == pytest.approx(3.9, rel=0.2)


@pytest.mark.parametrize(
    ("dimensions", "peak_gb"), [(LLAMA_3_1B, 4.49), (LLAMA_3_3B, 9.67), (LLAMA_3_8B, 19.73)]
)
def test_against_published_lora_runs(dimensions, peak_gb):
    """litgpt config_hub/finetune/README.md at 26857050: A10G, 512 tokens, one row; allocated memory."""
    stack = load_stacks()["litgpt"]
    load = replace(LOAD, dimensions=dimensions, stack=stack, method="lora", sequence_tokens=512, micro_batch_size=1)
    assert gib(load, runtime_gib=0) == pytest.approx(peak_gb * 1e9 / 2**30, rel=0.2)
