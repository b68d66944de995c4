"""What a misspelt word was meant to be."""

from __future__ import annotations

from collections.abc import Iterable

_CLOSE = 0.72  # below this ratio difflib's matches are mostly other words


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """`did you mean `x`?`, or nothing where no choice is near."""
    near = nearest(word, choices)
    return f"did you mean `{near}`?" if near else ""


def nearest(word: str, choices: Iterable[str]) -> str:
    """The choice that `word` was most likely meant to be, or an empty string.

    Tried in turn: another case or hyphens, initials (`lr` for `learning_rate`), a slip of the keys,
    the same words among more or fewer (`num_epochs` for `epochs`).
    """
    from difflib import get_close_matches

    wanted = _plain(word)
    plain = {_plain(choice): choice for choice in choices}
    if wanted in plain:
        return plain[wanted]
    abbreviated = [key for key in plain if wanted and wanted == _initials(key)]
    close = get_close_matches(wanted, plain, n=1, cutoff=_CLOSE)
    words = set(wanted.split("_"))
    shared = [key for key in plain if words <= set(key.split("_")) or set(key.split("_")) <= words]
    longer = [key for key in plain if wanted and key.startswith(f"{wanted}_")]  # `h100` for `h100-sxm`
    found = [*abbreviated, *longer, *close, *shared]
    return plain[found[0]] if found else ""


def _initials(key: str) -> str:
    """First letters of a key's words; none for a key such as `lora_r`, which is short already."""
    parts = key.split("_")
    return "".join(part[0] for part in parts) if len(parts) > 1 and min(map(len, parts)) > 1 else ""


def _plain(word: str) -> str:
    return word.strip().lower().replace("-", "_").replace(" ", "_")
