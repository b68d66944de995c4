"""What became of one key of a foreign config: taken into the spec, or left out and why."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from wrapper.backends.pydantic_values import number_in
from wrapper.documents import KeyPath, dotted
from wrapper.spec.fields import Data, Overrides
from wrapper.spec.schema_faults import LARGEST

Target = tuple[str, ...]

OVERRIDES: Target = ("training", "overrides")
METHOD: Target = ("training", "method")
TRAIN: Target = ("data", "train")
VALIDATION: Target = ("data", "validation")
VALIDATION_ROWS: Target = ("data", "validation_rows")
PRESET: Target = ("model", "preset")
BASE: Target = ("model", "base")
EPOCHS: Target = (*OVERRIDES, "epochs")
MAX_STEPS: Target = (*OVERRIDES, "max_steps")

NO_FILE = "`data` takes a file of rows on this machine, not a hub id, a folder or an address: save the rows as one"
SAYS_NOTHING = "it says nothing"

# why a number has no place that a spec has no word for
_UNFIT: Mapping[Target, str] = {
    (*OVERRIDES, "lr_scheduler"): "a spec knows `linear`, `cosine` and `constant`: the plan decides it",
    MAX_STEPS: "no number of steps: the epochs say when training ends",
    VALIDATION_ROWS: "thriftune splits validation rows off by itself; `data.validation_rows` takes how many",
}
_NUMBER_TABLES: Mapping[Target, type[msgspec.Struct]] = {OVERRIDES: Overrides, ("data",): Data}


@dataclass(frozen=True, kw_only=True)
class Taken:
    """`given` is what stood at `source` in the config, `value` what stands at `target` in the spec."""

    source: KeyPath
    given: object
    target: Target
    value: str | int | float


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    source: KeyPath
    why: str


Entry = Taken | LeftOut


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a config cannot say of itself.

    `presets` gives the name of a model preset by its hub id. `relocated` gives a path of the config as it
    reads from the new spec's folder. `suffixes` are those of the data files that thriftune reads.
    """

    presets: Mapping[str, str]
    suffixes: Collection[str]
    relocated: Callable[[str], str]
    is_folder: Callable[[str], bool]


def number_entry(source: KeyPath, given: object, target: Target) -> Entry:
    """A number or a choice, where the spec takes it."""
    value = _fitting(target, given)
    if value is not None:
        return Taken(source=source, given=given, target=target, value=value)
    why = _UNFIT.get(target) or f"no value that `{dotted(target)}` takes: the plan decides it"
    return LeftOut(source=source, why=why)


def file_entry(source: KeyPath, given: object, target: Target, surroundings: Surroundings) -> Entry:
    """A file of rows; whether it is there is not asked."""
    is_file = isinstance(given, str) and "://" not in given and given.lower().endswith(tuple(surroundings.suffixes))
    if not is_file:
        return LeftOut(source=source, why=NO_FILE)
    return Taken(source=source, given=given, target=target, value=surroundings.relocated(str(given)))


def model_entry(source: KeyPath, given: object, surroundings: Surroundings) -> Entry:
    """A preset by its hub id, a local folder, or any other hub id."""
    if not isinstance(given, str) or not given.strip():
        return LeftOut(source=source, why=SAYS_NOTHING)
    if given in surroundings.presets:
        return Taken(source=source, given=given, target=PRESET, value=surroundings.presets[given])
    if not given.startswith((".", "/", "~")) and not surroundings.is_folder(given):
        return Taken(source=source, given=given, target=BASE, value=given)
    folder = surroundings.relocated(given)
    marked = folder if folder.startswith((".", "/", "~")) else f"./{folder}"
    return Taken(source=source, given=given, target=BASE, value=marked)


def _fitting(target: Target, given: object) -> str | int | float | None:
    """The value that the spec's own type takes, numbers read out of text as pydantic does; None for none."""
    number = number_in(given)
    if number is not None and not abs(number) <= LARGEST:
        return None
    plain: Any = given if number is None else int(number) if number % 1 == 0 else number
    kinds = {field.name: field.type for field in msgspec.structs.fields(_NUMBER_TABLES[target[:-1]])}
    try:
        value: str | int | float | None = msgspec.convert(plain, kinds[target[-1]])
    except msgspec.ValidationError:
        return None
    return value
