"""The user's documents as text, read from a file or a whole folder, or refused with every file that is at fault."""

from __future__ import annotations

import codecs
import os
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from wrapper.errors import BadInput, Fault

MAX_FILE_BYTES = 32 * 1024 * 1024
MAX_BYTES = 64 * 1024 * 1024  # of all files: what is indexed is held in memory
MAX_FILES = 50_000

_MARKUPS = {".txt": "plain", ".text": "plain", ".md": "markdown", ".markdown": "markdown", ".rst": "rst"}
_LINES = ".jsonl"
_READ = ".txt, .md, .rst and .jsonl"
_SHOWN = 20
_AS_TEXT = "write it as .txt or .md first"
_REMEDIES = {
    ".pdf": "`pdftotext FILE.pdf` writes it as .txt",
    ".docx": "`pandoc FILE.docx -o FILE.md` writes it as Markdown",
    ".html": "`pandoc FILE.html -o FILE.md` writes it as Markdown",
    ".htm": "`pandoc FILE.htm -o FILE.md` writes it as Markdown",
    ".json": "write one object a line, each with a field `text`, as .jsonl",
}


@dataclass(frozen=True, kw_only=True)
class Document:
    """A text and its name: the path within the folder, for a record of a .jsonl file with its line.

    `markup` is `plain`, `markdown` or `rst`: what makes a heading in it.
    """

    name: str
    text: str
    markup: str = "plain"


def read_documents(path: Path) -> list[Document]:
    """All documents of a folder and the folders in it, by path, or those of one file.

    Hidden files, files of other types and symbolic links inside the folder are passed over. Raises BadInput
    that holds every file that is no UTF-8 text, and where nothing is left to read.
    """
    try:
        is_folder = path.is_dir()
        files = list(_files_in(path)) if is_folder else [(path.name, path)]
        if not is_folder:
            _refuse_odd_file(path)
        found, faults = _read_all(files)
    except (OSError, ValueError) as failure:
        reason = os.strerror(failure.errno) if isinstance(failure, OSError) and failure.errno else failure
        place = (isinstance(failure, OSError) and failure.filename) or path
        raise BadInput(f"the documents `{place}` cannot be read: {reason}", hint="check the path") from None
    if faults:
        count = "1 document is" if len(faults) == 1 else f"{len(faults)} documents are"
        hint = "save them as UTF-8 text, or take them out of the folder"
        raise BadInput(f"{count} not readable as text", hint=hint, faults=faults[:_SHOWN])
    if not found:
        raise BadInput(f"the documents `{path}` hold no text", hint="check `evaluation.documents`")
    return found


def _files_in(folder: Path) -> Iterator[tuple[str, Path]]:
    """Name and path of each file that is read, sorted by name; raises BadInput where there is none or too many."""
    others: Counter[str] = Counter()
    names = []
    for root, folders, files in os.walk(folder, onerror=_raise):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            suffix = Path(name).suffix.lower()
            file = Path(root, name)
            if name.startswith(".") or file.is_symlink() or not file.is_file():
                continue
            if suffix in _MARKUPS or suffix == _LINES:
                names.append(file.relative_to(folder).as_posix())
            else:
                others[suffix or "no suffix"] += 1
        if len(names) > MAX_FILES:
            raise BadInput(f"`{folder}` holds more than {MAX_FILES:,} documents", hint="name a folder inside it")
    if not names:
        told = ", ".join(f"{count} of type `{suffix}`" for suffix, count in others.most_common(3)) or "no file"
        hint = _REMEDIES.get(next(iter(dict(others.most_common(1))), ""), _AS_TEXT)
        raise BadInput(f"no document in `{folder}`: {_READ} are read, and it holds {told}", hint=hint)
    yield from ((_printable(name), folder / name) for name in sorted(names))


def _raise(failure: OSError) -> None:
    raise failure


def _printable(name: str) -> str:
    """A name whose bytes are no UTF-8 is told with replacement characters."""
    return os.fsencode(name).decode("utf-8", "replace")


def _refuse_odd_file(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        hint = "check `evaluation.documents`: it is relative to the spec"
        raise BadInput(f"no file or folder `{path}`", hint=hint) from None
    if not stat.S_ISREG(mode):
        raise BadInput(f"`{path}` is no regular file", hint="name a file or a folder of files")
    suffix = path.suffix.lower()
    if suffix not in _MARKUPS and suffix != _LINES:
        raise BadInput(f"`{path}` is not read: documents are {_READ}", hint=_REMEDIES.get(suffix, _AS_TEXT))


def _read_all(files: list[tuple[str, Path]]) -> tuple[list[Document], list[Fault]]:
    found: list[Document] = []
    faults: list[Fault] = []
    size = 0
    for name, path in files:
        with path.open("rb") as stream:
            content = stream.read(MAX_FILE_BYTES + 1)
        size += len(content)
        if len(content) > MAX_FILE_BYTES:
            told = f"`{path}` is larger than {MAX_FILE_BYTES // 1024**2} MiB"
            raise BadInput(told, hint="split it, or take it out: is it data and no document?")
        if size > MAX_BYTES:
            told = f"the documents are larger than {MAX_BYTES // 1024**2} MiB in all, from `{name}` on"
            raise BadInput(told, hint="name a folder with those that matter for the task")
        try:
            text = _decoded(content)
            found += _records(name, text) if path.suffix.lower() == _LINES else _whole(name, text)
        except _UnreadableError as why:
            faults.append(Fault(kind="syntax", message=str(why), file=str(path), line=why.line, column=1))
    return found, faults


class _UnreadableError(Exception):
    def __init__(self, message: str, *, line: int) -> None:
        super().__init__(message)
        self.line = line


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise _UnreadableError("encoded as UTF-16, not UTF-8", line=1)
    nul = content.find(b"\0")
    if nul >= 0:
        raise _UnreadableError("holds a NUL byte: it is binary, no text", line=content.count(b"\n", 0, nul) + 1)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        line = content.count(b"\n", 0, failure.start) + 1
        raise _UnreadableError(f"the byte 0x{content[failure.start]:02x} is not UTF-8", line=line) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _whole(name: str, text: str) -> Iterator[Document]:
    if text.strip():
        yield Document(name=name, text=text, markup=_MARKUPS[Path(name).suffix.lower()])


def _records(name: str, text: str) -> Iterator[Document]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            said = msgspec.json.decode(line, type=dict[str, object]).get("text")
        except (msgspec.DecodeError, RecursionError):
            said = None
        if not isinstance(said, str):
            raise _UnreadableError("no JSON object with a field `text` that holds text", line=number)
        if said.strip():
            yield Document(name=f"{name}:{number}", text=said.replace("\r\n", "\n").replace("\r", "\n"))
