"""What a training leaves on disk: checkpoints to go on from, and the adapter that is kept."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

from wrapper.errors import BackendFailed

ADAPTER_FILE = "adapter_model.safetensors"
ADAPTER_CONFIG = "adapter_config.json"
FULL_FILE = "model.safetensors"
_STATE_FILE = "trainer_state.json"  # transformers writes it last


def last_checkpoint(output_dir: Path) -> tuple[Path, int] | None:
    """The latest whole checkpoint and its step; a trainer that is killed leaves half of one."""
    found = [
        (folder, int(match[1]))
        for folder in output_dir.glob("checkpoint-*")
        if (match := re.fullmatch(r"checkpoint-(\d+)", folder.name)) and _is_whole(folder)
    ]
    return max(found, key=lambda pair: pair[1]) if found else None


def _is_whole(checkpoint: Path) -> bool:
    """The trainer's state is there to its last brace, and so are weights (full training writes several files)."""
    try:
        json.loads((checkpoint / _STATE_FILE).read_bytes())
    except (OSError, ValueError):
        return False
    weights = list(checkpoint.glob("*model*.safetensors"))
    return bool(weights) and all(is_whole_safetensors(file) for file in weights)


def is_whole_safetensors(file: Path) -> bool:
    """Its length is what its header says."""
    try:
        size, header = _safetensors_header(file)
        ends = [entry["data_offsets"][1] for entry in header.values()]
        return file.stat().st_size == 8 + size + max(ends, default=0)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return False


def tensor_shapes(file: Path) -> dict[str, tuple[int, ...]]:
    """The shape of every tensor in a safetensors file, by name; raises OSError or ValueError for what is none."""
    try:
        return {name: tuple(entry["shape"]) for name, entry in _safetensors_header(file)[1].items()}
    except (LookupError, TypeError, AttributeError) as failure:
        raise ValueError(f"{file} has a header that is not that of safetensors") from failure


def _safetensors_header(file: Path) -> tuple[int, dict[str, Any]]:
    """Bytes of the header, and what it says of each tensor: 8 bytes of its size, the header, then the tensors.

    https://huggingface.co/docs/safetensors/index#format
    """
    with file.open("rb") as stream:
        size = int.from_bytes(stream.read(8), "little")
        header = json.loads(stream.read(min(size, 100_000_000)))
    return size, {name: entry for name, entry in header.items() if name != "__metadata__"}


def trained_weights(output_dir: Path) -> Path:
    """The file of the adapter, or of the whole model after full fine-tuning; raises BackendFailed if there is none."""
    for name in (ADAPTER_FILE, FULL_FILE):
        if (output_dir / name).is_file():
            return output_dir / name
    raise BackendFailed(f"the trainer left no {ADAPTER_FILE} in {output_dir}", hint="see the training log beside it")


def weights_digest(weights: Path) -> str:
    """Of the weights, and of the adapter's config beside them: its scale changes the answers as they do."""
    config = weights.with_name(ADAPTER_CONFIG)
    return sha256_of(weights) + (sha256_of(config) if weights.name == ADAPTER_FILE and config.is_file() else "")


def sha256_of(file: Path) -> str:
    """Digest of a file's content, read in blocks."""
    digest = sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
