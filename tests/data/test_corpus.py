"""Raw text: what is read, how it is cut, and that it shows no test row."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from wrapper.data.corpus import Corpus, cut, read_corpus, standing_in
from wrapper.data.tokens import Tokens
from wrapper.errors import BadInput


@pytest.fixture
def words(tmp_path: Path) -> Tokens:
    """A tokenizer whose tokens are the words."""
    tokenizer = Tokenizer(models.WordLevel({"?": 0}, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    folder = tmp_path / "model"
    folder.mkdir()
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "chat_template.jinja").write_text("{{ messages[0].content }}")
    return Tokens.load(folder)


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_a_text_file_is_one_text_and_lines_of_json_are_one_each(tmp_path: Path) -> None:
    assert read_corpus(write(tmp_path, "a.txt", "one\n\ntwo\n")) == ("one\n\ntwo\n",)
    lines = '{"text": "one", "source": 3}\n\n{"text": "zwei ü"}\n'
    assert read_corpus(write(tmp_path, "a.jsonl", lines)) == ("one", "zwei ü")


def test_every_line_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    lines = '{"text": "fine"}\n{"txt": "x"}\n{"text": 3}\n[1]\n{"text": " "}\n{broken\n'
    with pytest.raises(BadInput, match=r"5 lines of .*a\.jsonl cannot be read") as refused:
        read_corpus(write(tmp_path, "a.jsonl", lines))
    assert [fault.line for fault in refused.value.faults] == [2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [("a.pdf", "x", "is a .txt or .jsonl file"), ("a.txt", " \n", "holds no text"), ("a.jsonl", "\n", "holds no text")],
)
def test_what_is_no_corpus(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        read_corpus(write(tmp_path, name, text))


def test_pieces_fit_and_together_are_the_text(words: Tokens) -> None:
    texts = [" ".join(f"w{number}" for number in range(count)) for count in (1, 9, 10, 11, 25)]
    pieces = words.pieces(texts, 5)
    assert "".join(pieces) == "".join(texts)
    assert max(words.count(pieces)) == 5
    assert len(pieces) == 1 + 2 + 2 + 3 + 5


def test_every_twentieth_piece_is_held_out(words: Tokens) -> None:
    text = " ".join(f"w{number}" for number in range(400))
    corpus = cut([text], words, piece_tokens=11, characters_a_token=4.0)  # ten words and the end
    assert (len(corpus.train), len(corpus.validation), corpus.piece_tokens) == (38, 2, 11)
    assert corpus.validation[0].split()[0] == "w190"
    assert cut([text], None, piece_tokens=11, characters_a_token=4.0).train[0] == text[:40]


def test_the_digest_follows_the_pieces() -> None:
    one = Corpus(train=("a", "b"), validation=(), piece_tokens=8)
    assert one.digest == Corpus(train=("a", "b"), validation=(), piece_tokens=8).digest
    assert one.digest != Corpus(train=("a",), validation=("b",), piece_tokens=8).digest


def test_a_test_row_that_stands_in_the_text_is_seen(row) -> None:
    question = "What is the capital of the county of Kent, please?"
    text = json.dumps("Many asked: what is  the capital of the county of kent please and so on")
    assert standing_in([text], [row(question), row("Kent"), row("Where is the river Medway and how long is it?")]) == [
        row(question)
    ]


def test_a_corpus_may_be_larger_than_settings(tmp_path: Path) -> None:
    (text,) = read_corpus(write(tmp_path, "a.txt", "word " * 300_000))
    assert len(text) == 1_500_000
