"""Raw text to go on pretraining on: read, cut into pieces that fit the model, a few of them held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import msgspec

from wrapper.data.normalise import normalise
from wrapper.data.rows import Row
from wrapper.data.tokens import Tokens
from wrapper.documents import read_text
from wrapper.errors import BadInput, Fault

DEFAULT_TOKENS = 1024  # a piece, where nothing else is asked for
_HELD_OUT = 20  # every so manyth piece is validated on
_MOST_HELD_OUT = 100
_LEAST_CHARACTERS = 30  # an input shorter than that may stand in any text by chance
_SHOWN = 20
_MOST_BYTES = 512 * 1024**2  # held in memory whole


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """Pieces of text of at most `piece_tokens` tokens each, the token that ends a text counted."""

    train: tuple[str, ...]
    validation: tuple[str, ...]
    piece_tokens: int

    @property
    def digest(self) -> str:
        """sha256 of all pieces in order."""
        return sha256(msgspec.json.encode([self.train, self.validation])).hexdigest()


def read_corpus(file: Path) -> tuple[str, ...]:
    """The texts of a .txt (one text) or .jsonl file (a field `text` a line); raises BadInput with every fault."""
    text = read_text(file, missing_hint="check `data.corpus`", most_bytes=_MOST_BYTES)
    texts: tuple[str, ...]
    if file.suffix == ".txt":
        texts = (text,) if text.strip() else ()
    elif file.suffix == ".jsonl":
        texts = _texts_of_lines(text, file)
    else:
        raise BadInput(f"{file}: a corpus is a .txt or .jsonl file", hint="write one object a line: {\"text\": ...}")
    if not texts:
        raise BadInput(f"{file} holds no text", hint="check `data.corpus`")
    return texts


def _texts_of_lines(text: str, file: Path) -> tuple[str, ...]:
    texts, faults = [], []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            found = msgspec.json.decode(line, type=dict[str, object])["text"]
        except (msgspec.DecodeError, KeyError):
            found = None
        if isinstance(found, str) and found.strip():
            texts.append(found)
        else:
            message = "no JSON object with a field `text` that holds text"
            faults.append(Fault(kind="malformed", message=message, file=str(file), line=number, column=1))
    if faults:
        raise BadInput(
            f"{len(faults)} lines of {file} cannot be read", hint="mend or remove these lines", faults=faults[:_SHOWN]
        )
    return tuple(texts)


def cut(texts: Sequence[str], tokens: Tokens | None, *, piece_tokens: int, characters_a_token: float) -> Corpus:
    """Pieces of the texts; without the model's tokenizer their length is guessed from their characters."""
    limit = piece_tokens - 1  # room for the token that ends a text
    if tokens is not None:
        pieces = tokens.pieces(texts, limit)
    else:
        size = int(limit * characters_a_token)
        pieces = [text[start : start + size] for text in texts for start in range(0, len(text), size)]
    pieces = [piece for piece in pieces if piece.strip()]
    held_out = [index for index in range(len(pieces)) if index % _HELD_OUT == _HELD_OUT - 1][:_MOST_HELD_OUT]
    apart = set(held_out)
    return Corpus(
        train=tuple(piece for index, piece in enumerate(pieces) if index not in apart),
        validation=tuple(pieces[index] for index in held_out),
        piece_tokens=piece_tokens,
    )


def standing_in(texts: Sequence[str], rows: Sequence[Row]) -> list[Row]:
    """Rows whose input stands word for word in a text: a model that was trained on it has seen them."""
    levelled = [normalise(text) for text in texts]
    return [
        row
        for row in rows
        if len(key := normalise(row.input_text)) >= _LEAST_CHARACTERS and any(key in text for text in levelled)
    ]
