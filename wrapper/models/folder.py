"""A local folder with a model in it: what it must hold, and a fingerprint of what it holds."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from wrapper.errors import BadInput
from wrapper.presets.model import ModelPreset

_SMALL = 64 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class ModelFolder:
    """`name` is the preset's, the hub's or the folder's; `fingerprint` changes when the model does."""

    name: str
    path: Path
    config: dict[str, Any]
    fingerprint: str
    preset: ModelPreset | None


def open_folder(path: Path, *, name: str, preset: ModelPreset | None = None) -> ModelFolder:
    """Check that the folder holds a model that can be trained; raises BadInput that says what it lacks."""
    if not path.is_dir():
        raise BadInput(
            f"no model folder {path}", hint="give a folder with config.json and safetensors, or a preset"
        )
    if not (path / "config.json").is_file():
        raise BadInput(f"{path} has no config.json", hint="is that the model's folder, or the one above it?")
    if not (path / "tokenizer.json").is_file():
        raise BadInput(f"{path} has no tokenizer.json", hint="give a model with a fast tokenizer")
    if not any(path.glob("*.safetensors")):
        raise BadInput(
            f"{path} has no safetensors weights: pickled ones can run code and are not loaded",
            hint="take the model's safetensors version, or convert it where you trust it",
        )
    try:
        config = msgspec.json.decode((path / "config.json").read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError) as failure:
        raise BadInput(
            f"{path}/config.json cannot be read: {failure}", hint="fetch the model again"
        ) from None
    return ModelFolder(name=name, path=path, config=config, fingerprint=_fingerprint(path), preset=preset)


def _fingerprint(path: Path) -> str:
    """sha256 over names and sizes, the content of small files, and the time of change of large ones.

    Hashing gigabytes of weights on each start would cost more than it tells; a weight file that is
    written again has another time of change.
    """
    digest = sha256()
    for file in sorted(path.iterdir()):
        if file.suffix not in {".json", ".jinja", ".safetensors", ".model"} or not file.is_file():
            continue
        facts = file.stat()
        digest.update(f"{file.name} {facts.st_size}\n".encode())
        if facts.st_size <= _SMALL:
            digest.update(file.read_bytes())
        else:
            digest.update(str(facts.st_mtime_ns).encode())
    return digest.hexdigest()
