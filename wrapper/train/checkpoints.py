"""What a training leaves on disk: checkpoints to go on from, and the adapter that is kept."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

from wrapper.errors import BackendFailed

ADAPTER_FILE = "adapter_model.safetensors"


def last_checkpoint(output_dir: Path) -> tuple[Path, int] | None:
    """The latest whole checkpoint and its step; one without a trainer state was not finished."""
    found = [
        (folder, int(match[1]))
        for folder in output_dir.glob("checkpoint-*")
        if (match := re.fullmatch(r"checkpoint-(\d+)", folder.name))
        and (folder / "trainer_state.json").is_file()
    ]
    return max(found, key=lambda pair: pair[1]) if found else None


def adapter_digest(output_dir: Path) -> str:
    """sha256 of the adapter's weights; raises BackendFailed where there are none."""
    file = output_dir / ADAPTER_FILE
    if not file.is_file():
        raise BackendFailed(
            f"the trainer left no {ADAPTER_FILE} in {output_dir}", hint="see the training log beside it"
        )
    digest = sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
