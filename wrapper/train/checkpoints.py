"""What a training leaves on disk: checkpoints to go on from, and the adapter that is kept."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

from wrapper.errors import BackendFailed

ADAPTER_FILE = "adapter_model.safetensors"
FULL_FILE = "model.safetensors"


def last_checkpoint(output_dir: Path) -> tuple[Path, int] | None:
    """The latest whole checkpoint and its step; one without a trainer state was not finished."""
    found = [
        (folder, int(match[1]))
        for folder in output_dir.glob("checkpoint-*")
        if (match := re.fullmatch(r"checkpoint-(\d+)", folder.name)) and (folder / "trainer_state.json").is_file()
    ]
    return max(found, key=lambda pair: pair[1]) if found else None


def trained_weights(output_dir: Path) -> Path:
    """The file of the adapter, or of the whole model after full fine-tuning; raises BackendFailed if there is none."""
    for name in (ADAPTER_FILE, FULL_FILE):
        if (output_dir / name).is_file():
            return output_dir / name
    raise BackendFailed(f"the trainer left no {ADAPTER_FILE} in {output_dir}", hint="see the training log beside it")


def sha256_of(file: Path) -> str:
    """Digest of a file's content, read in blocks."""
    digest = sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
