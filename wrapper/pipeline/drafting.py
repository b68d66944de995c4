"""A first spec out of a backend's config: read, checked, mapped, rendered and written."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wrapper.backends import get_backend
from wrapper.backends.imports import Imported, Surroundings, detect, import_config, keymap_of
from wrapper.backends.imports.account import nested
from wrapper.data.reading.file_types import SUFFIXES
from wrapper.documents import Document, did_you_mean, dotted, parse_yaml, read_text
from wrapper.errors import BadInput, Fault, ThriftuneError, UsageFault, faulty_file
from wrapper.pipeline.guesses import Answers, Guess, guesses
from wrapper.presets.gpu import gpu_names
from wrapper.presets.load import load_model_preset, preset_names
from wrapper.render import yaml_template
from wrapper.spec.consistency import UNPRICED_DEVICES
from wrapper.spec.parse import WARNING, find_faults

_ANSWERED = ("task", "budget")


@dataclass(frozen=True, kw_only=True)
class Draft:
    """The text of a spec, and where each of its values came from.

    `document` gives the lines of the config's keys; `warnings` are what its own backend says of it.
    """

    text: str
    imported: Imported
    guessed: tuple[Guess, ...]
    document: Document
    warnings: tuple[Fault, ...]


def draft_from(config: Path, *, backend: str | None, answers: Answers, spec: Path) -> Draft:
    """The draft of a spec that is to stand at `spec`.

    Raises BadInput that holds all faults of the config, and UsageFault for answers that no spec takes.
    """
    _refuse_unknown_gpu(answers.gpu)
    keymap = keymap_of(backend) if backend else None
    text = read_text(config)
    document = parse_yaml(text, file=str(config), floats="yaml11")
    keymap = keymap or detect(document)
    warnings = _examined(text, config, keymap.backend)
    imported = import_config(document, keymap, _surroundings(config.parent, spec.parent))
    guessed = guesses(answers, imported, config_name=config.name)
    values = {
        **{guess.target: guess.value for guess in guessed},
        **answers.values,
        **imported.values,
        ("training", "backend"): keymap.backend,
    }
    rendered = yaml_template("spec/thriftune.yaml.j2").render(
        spec=nested(values),
        guessed=[dotted(guess.target) for guess in guessed],
        title=keymap.title,
        config=config.name,
    )
    _hold_valid(rendered, spec)
    return Draft(text=rendered, imported=imported, guessed=guessed, document=document, warnings=warnings)


def write_draft(draft: Draft, spec: Path, *, config: Path, force: bool) -> None:
    """Write the spec; a file that is there is kept unless `force` is given, and the config always."""
    if _is_same(spec, config):
        raise UsageFault(f"`{spec}` is the config itself", hint="name another file with `-o`")
    try:
        with spec.open("w" if force else "x", encoding="utf-8") as stream:
            stream.write(draft.text)
    except FileExistsError:
        hint = "name another with `-o`, or write over it with `--force`"
        raise UsageFault(f"`{spec}` is there already", hint=hint) from None
    except (OSError, ValueError) as failure:
        reason = (isinstance(failure, OSError) and failure.strerror) or failure
        raise BadInput(f"`{spec}` cannot be written: {reason}", hint="name another file with `-o`") from None


def _examined(text: str, config: Path, backend: str) -> tuple[Fault, ...]:
    """The warnings of the backend's own checks; raises BadInput that holds the errors."""
    found = get_backend(backend).validate(text, file=str(config))
    errors = [fault for fault in found if not fault.kind.startswith(WARNING)]
    if errors:
        hint = f"correct them; `thriftune validate {config} --backend {backend}` checks it again"
        raise faulty_file(str(config), errors, hint=hint)
    return tuple(found)


def _hold_valid(rendered: str, spec: Path) -> None:
    """Raises UsageFault where an answer is no value of the spec's; anything else is a fault in thriftune."""
    faults = [fault for fault in find_faults(rendered, file=str(spec)) if not fault.kind.startswith(WARNING)]
    answered = [fault for fault in faults if fault.key.split(".")[0] in _ANSWERED]
    if answered:
        raise UsageFault(answered[0].message, hint=answered[0].suggestion or "see `thriftune init --help`")
    if faults:
        raise ThriftuneError(
            f"the spec is wrong: {'; '.join(map(str, faults))}",
            hint="this is a fault in thriftune: please report it with the config",
        )


def _refuse_unknown_gpu(gpu: str | None) -> None:
    known = (*UNPRICED_DEVICES, *gpu_names())
    if gpu is not None and gpu not in known:
        raise UsageFault(f"no GPU `{gpu}`", hint=did_you_mean(gpu, known) or f"there are: {', '.join(known)}")


def _surroundings(config_folder: Path, spec_folder: Path) -> Surroundings:
    presets: Mapping[str, str] = {load_model_preset(name).hub_id: name for name in preset_names()}
    target = spec_folder.resolve()

    def relocated(named: str) -> str:
        return _relocated(named, starts=(Path.cwd(), config_folder.resolve()), target=target)

    return Surroundings(presets=presets, suffixes=SUFFIXES, relocated=relocated, is_folder=os.path.isdir)


def _relocated(named: str, *, starts: tuple[Path, ...], target: Path) -> str:
    """A path as it reads from the spec's folder. Backends read theirs from the folder that they run in, so
    the first start counts unless the file is only beside the config. One outside stays absolute."""
    if named.startswith("~"):
        return named
    if Path(named).is_absolute():
        return str(Path(named).relative_to(target)) if Path(named).is_relative_to(target) else named
    start = next((folder for folder in starts if os.path.exists(folder / named)), starts[0])  # noqa: PTH110
    found = os.path.relpath(start / named, target)
    return f"./{found}" if found.startswith("~") else found


def _is_same(spec: Path, config: Path) -> bool:
    try:
        return spec.samefile(config)
    except (OSError, ValueError):
        return False


def as_document(draft: Draft, spec: Path) -> dict[str, Any]:
    """The draft as `init --json` tells it."""
    imported = draft.imported
    return {
        "version": 1,
        "written": str(spec),
        "backend": imported.keymap.backend,
        "taken": [
            {"from": dotted(entry.source), "to": dotted(entry.target), "value": entry.value} for entry in imported.taken
        ],
        "left_out": [
            {"key": dotted(entry.source), "line": draft.document.position(entry.source)[0], "why": entry.why}
            for entry in imported.left_out
        ],
        "guessed": [
            {"key": dotted(guess.target), "value": guess.value, "why": guess.why} for guess in draft.guessed
        ],
    }
