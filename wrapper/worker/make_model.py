"""Runs inside a backend environment: a Llama of given dimensions with random weights, and a tokenizer of bytes.

usage: make_model.py FOLDER DIMENSIONS cpu|cuda, where DIMENSIONS is a JSON object of LlamaConfig's arguments.
What training costs depends on the dimensions, not on what the weights hold; and nothing is fetched.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoModelForCausalLM, LlamaConfig, PreTrainedTokenizerFast

# ChatML (OpenAI), as SmolLM2 and Qwen write it
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
BEGIN, START, END, PAD = "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|pad|>"


def byte_tokenizer() -> PreTrainedTokenizerFast:
    """A token for each byte, so that a text of plain letters is exactly as long as it has letters."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={letter: index for index, letter in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in (BEGIN, START, END, PAD)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=BEGIN,
        eos_token=END,
        pad_token=PAD,
        additional_special_tokens=[START],
        chat_template=CHAT_TEMPLATE,
        clean_up_tokenization_spaces=False,
    )


def make(folder: Path, dimensions: dict[str, object], device: str) -> int:
    """Write the model in bf16 as safetensors, and its tokenizer; returns its number of weights."""
    tokenizer = byte_tokenizer()
    config = LlamaConfig(
        **dimensions,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    torch.manual_seed(0)
    with torch.device(device):
        model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return model.num_parameters()


def main() -> None:
    folder, dimensions, device = sys.argv[1:]
    print(json.dumps({"parameters": make(Path(folder), json.loads(dimensions), device)}))


if __name__ == "__main__":
    main()
