"""The types of file that rows are read from, by their suffix, and what to do about the others."""

from __future__ import annotations

from pathlib import Path

from wrapper.errors import BadInput

_TEXT = {".jsonl": "JSONL", ".ndjson": "JSONL", ".json": "JSON", ".csv": "CSV", ".tsv": "TSV"}
PARQUET = "Parquet"
PACKED = ".gz"
SUFFIXES = {**_TEXT, **{f"{suffix}{PACKED}": kind for suffix, kind in _TEXT.items()}, ".parquet": PARQUET}

_UNPACK = "unpack it first; of packed files only gzip is read, such as `rows.jsonl.gz`"
_NEVER_RUN = "a pickle can run code as it is loaded, so it never is: write the rows out as .jsonl where you trust it"
_SAVE = "save the sheet as .csv, the columns named in line 1"
_ARROW = "write it as Parquet: `datasets.load_from_disk(folder).to_parquet('rows.parquet')`"
_REMEDIES = {
    **dict.fromkeys((".zip", ".tar", ".tgz", ".7z", ".rar", ".zst", ".bz2", ".xz", ".lz4", PACKED), _UNPACK),
    **dict.fromkeys((".pkl", ".pickle", ".pt", ".pth", ".bin", ".npy", ".npz", ".joblib"), _NEVER_RUN),
    **dict.fromkeys((".xlsx", ".xls", ".ods"), _SAVE),
    **dict.fromkeys((".arrow", ".feather"), _ARROW),
    **dict.fromkeys((".yaml", ".yml", ".xml", ".toml"), "write one JSON object a row in a .jsonl file"),
    ".txt": "text without answers is read as `data.corpus`; write examples as .jsonl, one object a row",
    ".md": "text without answers is read as `data.corpus`; write examples as .jsonl, one object a row",
}


def suffix_of(name: str) -> str:
    """The suffix that says the type, in lower case: `.jsonl.gz` for `Rows.JSONL.gz`."""
    path = Path(name.lower())
    return "".join(path.suffixes[-2:]) if path.suffix == PACKED else path.suffix


def is_read(name: str) -> bool:
    return suffix_of(name) in SUFFIXES


def kind_of(path: Path, name: str) -> tuple[str, bool]:
    """The type of a file, and whether it is packed; raises BadInput for one that rows are not read from."""
    suffix = suffix_of(path.name)
    if suffix in SUFFIXES:
        return SUFFIXES[suffix], suffix.endswith(PACKED)
    raise BadInput(f"{name}: files of type `{suffix or 'no suffix'}` are not read", hint=remedy(path.name))


def remedy(name: str) -> str:
    """What to do about a file of a type that is not read."""
    return _REMEDIES.get(Path(name.lower()).suffix) or f"give one of {', '.join(SUFFIXES)}"
