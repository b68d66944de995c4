"""Rows as chat JSON lines, and folders of files written whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from uuid import uuid4

import msgspec

from wrapper.data.rows import Row
from wrapper.errors import EnvironmentFault, UsageFault


def chat_turns(row: Row, system_prompt: str = "") -> list[dict[str, str]]:
    """The turns of a row with the answer as the last; the system prompt comes first unless the row brings its own."""
    turns = [{"role": turn.role, "content": turn.content} for turn in row.prompt(system_prompt)]
    return [*turns, {"role": "assistant", "content": row.answer}]


def training_lines(rows: Iterable[Row], system_prompt: str) -> bytes:
    """`{"messages": [...]}` a line, as backends read it."""
    return b"".join(msgspec.json.encode({"messages": chat_turns(row, system_prompt)}) + b"\n" for row in rows)


def chat_lines(rows: Iterable[Row]) -> bytes:
    """`{"messages": [...]}` a line, with `group` and `aliases` where a row has them, as thriftune reads it again."""
    return b"".join(msgspec.json.encode({"messages": chat_turns(row)} | _beside(row)) + b"\n" for row in rows)


def _beside(row: Row) -> dict[str, object]:
    return {name: value for name, value in (("group", row.group), ("aliases", row.aliases)) if value}


def demand_folder(folder: Path) -> None:
    """Raise UsageFault where a folder could not be made of that name."""
    if str(folder) == "" or (folder.exists() and not folder.is_dir()):
        raise UsageFault(f"`{folder}` is no folder", hint="name a folder with `-o`: it is made if it is not there")


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write every file aside first, so that a full disk leaves what was there; raises EnvironmentFault.

    A name may lead into a folder inside it.
    """
    mark = uuid4().hex
    drafts = {(folder / name).with_name(f".{Path(name).name}-{mark}"): folder / name for name in files}
    try:
        for place in {folder, *(file.parent for file in drafts.values())}:
            place.mkdir(parents=True, exist_ok=True)
        for (draft, _), content in zip(drafts.items(), files.values(), strict=True):
            draft.write_bytes(content)
        for draft, file in drafts.items():
            draft.replace(file)
    except OSError as failure:
        raise EnvironmentFault(
            f"{failure.filename or folder}: {failure.strerror}", hint="nothing was written over; name another folder"
        ) from failure
    finally:
        for draft in drafts:
            draft.unlink(missing_ok=True)
