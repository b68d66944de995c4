"""Text files that users name: read whole, or refused with the reason and the remedy."""

from __future__ import annotations

import codecs
import os
import stat
from pathlib import Path

from wrapper.documents.document import Document, parse_yaml
from wrapper.documents.places import fault_at
from wrapper.documents.reading import Floats
from wrapper.errors import BadInput

MAX_BYTES = 1024 * 1024


def read_document(path: Path | str, *, floats: Floats = "yaml12") -> Document:
    """The YAML file at `path`; raises BadInput where it cannot be read."""
    return parse_yaml(read_text(path), file=str(path), floats=floats)


def read_text(path: Path | str, *, missing_hint: str = "", most_bytes: int = MAX_BYTES) -> str:
    """The text of a regular UTF-8 file of at most 1 MiB, unless more is allowed; a byte order mark is dropped."""
    path = Path(path)
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise BadInput(f"`{path}` is a folder", hint="name a file")
        if not stat.S_ISREG(mode):
            raise BadInput(
                f"`{path}` is no regular file", hint="pipes and devices are not read: save it as a file"
            )
        with path.open("rb") as stream:
            content = stream.read(most_bytes + 1)
    except FileNotFoundError:
        hint = missing_hint or f"the current folder is `{Path.cwd()}`"
        raise BadInput(f"no file `{path}`", hint=hint) from None
    except PermissionError:
        raise BadInput(f"`{path}` may not be read", hint="check its permissions: `ls -l`") from None
    except (OSError, ValueError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        raise BadInput(f"`{path}` cannot be read: {reason}", hint="check the path") from None
    if len(content) > most_bytes:
        hint = "settings are small: is this a data file?" if most_bytes == MAX_BYTES else "split it into smaller files"
        raise BadInput(f"`{path}` is larger than {most_bytes // 1024**2} MiB", hint=hint)
    return _decoded(content, path)


def _decoded(content: bytes, path: Path) -> str:
    hint = "save it as UTF-8"
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise BadInput(f"`{path}` is encoded as UTF-16", hint=hint)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line_start = before.rfind(b"\n") + 1
        position = before.count(b"\n") + 1, len(before[line_start:].decode("utf-8", "replace")) + 1
        message = f"the byte 0x{content[error.start]:02x} is not UTF-8"
        fault = fault_at(position, "syntax", message, file=str(path))
        raise BadInput(f"`{path}` is not UTF-8", hint=hint, faults=[fault]) from None
