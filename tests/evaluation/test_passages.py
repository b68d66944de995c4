"""Documents as users have them, hostile ones too; passages, which are found, and how they are shown."""

from __future__ import annotations

import os
import re
import time
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wrapper.data.rows import Message, make_row
from wrapper.errors import BadInput
from wrapper.evaluation.headings import headings_of
from wrapper.evaluation.passages import (
    Document,
    Passage,
    before_question,
    chunk,
    nearest_passages,
    read_documents,
    standing_in_documents,
)


def write(folder: Path, **files: str | bytes) -> Path:
    """Files by name, `__` for a folder and a `_` before the suffix for its point."""
    for name, content in files.items():
        file = folder / re.sub(r"_(?=[a-z]+$)", ".", name).replace("__", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def row(text: str, answer: str = "gold", *before: Message):
    return make_row((*before, Message(role="user", content=text)), answer, file="f", line=1)


def test_a_folder_is_read_with_those_in_it_and_sorted(tmp_path):
    write(tmp_path, b_txt="two\r\nlines", a__deep_md="\ufeff# deep", a__z_rst="rest", _hidden_md="no", c_png=b"\x89PNG")
    write(tmp_path, faq_jsonl='{"text": "first", "id": 1}\n\n{"text": " "}\n{"text": "second"}', empty_md=" \n")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.txt").write_text("no")
    (tmp_path / ".hidden.md").write_text("no")
    assert read_documents(tmp_path) == [
        Document(name="_hidden.md", text="no", markup="markdown"),
        Document(name="a/deep.md", text="# deep", markup="markdown"),
        Document(name="a/z.rst", text="rest", markup="rst"),
        Document(name="b.txt", text="two\nlines"),
        Document(name="faq.jsonl:1", text="first"),
        Document(name="faq.jsonl:4", text="second"),
    ]


def test_one_file_is_read_too(tmp_path):
    write(tmp_path, guide_MD="no")
    (tmp_path / "GUIDE.MD").write_text("text")
    assert read_documents(tmp_path / "GUIDE.MD") == [Document(name="GUIDE.MD", text="text", markup="markdown")]


def refused(path: Path) -> BadInput:
    with pytest.raises(BadInput) as failure:
        read_documents(path)
    assert failure.value.hint
    return failure.value


def test_all_files_that_are_no_text_are_told_at_once(tmp_path):
    write(tmp_path, a_txt=b"ok\nna\xefve", b_md=b"one\0two", c_txt="x".encode("utf-16"), d_txt="fine")
    write(tmp_path, e_jsonl='{"text": "x"}\n{"txt": "x"}', f_jsonl='{"text": 1}', g_jsonl="[" * 100_000)
    failure = refused(tmp_path)
    assert failure.message == "6 documents are not readable as text"
    found = [(Path(fault.file).name, fault.line, fault.message) for fault in failure.faults]
    no_field = "no JSON object with a field `text` that holds text"
    assert found == [
        ("a.txt", 2, "the byte 0xef is not UTF-8"),
        ("b.md", 1, "holds a NUL byte: it is binary, no text"),
        ("c.txt", 1, "encoded as UTF-16, not UTF-8"),
        ("e.jsonl", 2, no_field),
        ("f.jsonl", 1, no_field),
        ("g.jsonl", 1, no_field),
    ]


@pytest.mark.parametrize(
    ("files", "told", "hint"),
    [
        ({}, "it holds no file", "write it as .txt or .md first"),
        ({"a_pdf": b"%PDF", "b_pdf": b"%PDF", "c_png": b""}, "2 of type `.pdf`, 1 of type `.png`", "pdftotext"),
        ({"a_html": "<p>"}, "1 of type `.html`", "pandoc"),
        ({"a_md": "  \n"}, "hold no text", "evaluation.documents"),
    ],
)
def test_a_folder_without_text(tmp_path, files, told, hint):
    failure = refused(write(tmp_path, **files))
    assert told in failure.message
    assert hint in failure.hint


def test_what_is_no_document(tmp_path):
    write(tmp_path, a_pdf=b"%PDF")
    assert "documents are .txt" in refused(tmp_path / "a.pdf").message
    assert "no file or folder" in refused(tmp_path / "missing").message
    assert "cannot be read" in refused(Path("a\0b")).message
    os.mkfifo(tmp_path / "pipe.txt")
    assert "no regular file" in refused(tmp_path / "pipe.txt").message
    assert "no document" in refused(tmp_path).message  # and it does not wait for the pipe


def test_links_are_not_followed(tmp_path):
    write(tmp_path, outside__secret_md="secret", docs__a_md="a")
    docs = tmp_path / "docs"
    (docs / "out.md").symlink_to(tmp_path / "outside" / "secret.md")
    (docs / "folder").symlink_to(tmp_path / "outside")
    (docs / "loop").symlink_to(docs)
    (docs / "dangling.md").symlink_to("nowhere")
    assert [document.name for document in read_documents(docs)] == ["a.md"]


def test_a_large_file_is_refused_by_name(tmp_path):
    with (tmp_path / "dump.txt").open("wb") as stream:
        stream.truncate(50 * 1024 * 1024)
    failure = refused(tmp_path)
    assert "dump.txt` is larger than 32 MiB" in failure.message


def test_so_are_too_many_bytes_and_too_many_files(tmp_path, monkeypatch):
    write(tmp_path, a_txt="x" * 60, b_txt="x" * 60)
    monkeypatch.setattr("wrapper.evaluation.document_files.MAX_BYTES", 100)
    assert "from `b.txt` on" in refused(tmp_path).message
    monkeypatch.setattr("wrapper.evaluation.document_files.MAX_FILES", 1)
    assert "more than 1 documents" in refused(tmp_path).message


def test_ten_thousand_tiny_files(tmp_path):
    for number in range(10_000):
        (tmp_path / f"{number}.txt").write_text(f"note {number}")
    passages = chunk(read_documents(tmp_path))
    assert len(passages) == 10_000
    assert nearest_passages(passages, ["note 77"], 1) == [[passages.index(made("77.txt", "note 77"))]]


def made(document: str, text: str, line: int = 1) -> Passage:
    return Passage(document=document, start_line=line, text=text)


def test_a_name_that_is_no_utf_8(tmp_path):
    with open(os.fsencode(tmp_path) + b"/na\xefve.txt", "w") as stream:  # noqa: PTH123 - bytes are no Path
        stream.write("text")
    (document,) = read_documents(tmp_path)
    assert document.name == "na\ufffdve.txt"
    assert msgspec.json.encode(chunk([document]))


def titles(text: str, markup: str) -> list[tuple[str, ...]]:
    return [heading.path for heading in headings_of(text, markup)]


def test_headings_of_markdown():
    text = (
        "---\ntitle: x\n---\n# A #\ntext\n## B\n```sh\n# no heading\n```\n~~~\n```\n# nor this\n~~~\n### C\n## D\n\n"
        "E\n===\n\nF\n---\nrow\nrow\n---\n- item\n---\n#hash\n    # code\n####### seven\n#\n"
    )
    assert titles(text, "markdown") == [("A",), ("A", "B"), ("A", "B", "C"), ("A", "D"), ("E",), ("E", "F")]
    assert titles(text, "plain") == []


def test_headings_of_restructured_text():
    text = "====\nBook\n====\n\nOne\n===\ntext\n\nUnder\n-----\n\n1. Two\n======\n\nshort\n--\n\nlonger title\n---\n\n"
    assert titles(text, "rst") == [("Book",), ("Book", "One"), ("Book", "One", "Under"), ("Book", "1. Two")]


@pytest.mark.parametrize("line", ["# " + " " * 10**6 + "x", *(word * 10**6 for word in "#=`"), "# " * 500_000])
@pytest.mark.parametrize("markup", ["markdown", "rst"])
def test_a_line_of_a_megabyte_takes_no_time(line, markup):
    started = time.monotonic()
    chunk([Document(name="x", text=f"title\n{line}\n{line}", markup=markup)])
    assert time.monotonic() - started < 5


def sentences(count: int, word: str = "word") -> str:
    return " ".join(f"{word}{number} one two three four five six seven eight nine." for number in range(count))


def test_sections_are_passages_under_their_headings():
    text = f"# Guide\n\n## Setup\n{sentences(8)}\n\n## Use\n{sentences(9)}\n"
    first, second = chunk([Document(name="g.md", text=text, markup="markdown")])
    assert (first.document, first.start_line, first.text) == ("g.md", 4, f"Guide > Setup\n{sentences(8)}")
    assert (second.start_line, second.text) == (7, f"Guide > Use\n{sentences(9)}")


def test_short_sections_go_on_with_the_next():
    text = "# A\nshort\n## B\nshort too\n# C\nlast\n"
    (passage,) = chunk([Document(name="g.md", text=text, markup="markdown")])
    assert passage == made("g.md", "A\nshort\n## B\nshort too\n# C\nlast", 2)


def test_titles_without_text_are_kept():
    def only(text: str) -> list[str]:
        return [passage.text for passage in chunk([Document(name="g.md", text=text, markup="markdown")])]

    assert only("# Alone") == ["Alone\n# Alone"]
    assert only("# A\n# B\n# C\n") == ["A\n# A\n# B\n# C"]
    assert only("before\n# A\n") == ["before\n# A"]


def test_long_text_is_cut_at_sentences_and_overlaps():
    passages = chunk([Document(name="long.txt", text=sentences(100))])
    assert len(passages) > 5
    for passage in passages:
        assert 100 <= len(passage.text.split()) <= 200
        assert passage.text.startswith("word")
        assert passage.text.endswith(".")
    for one, following in pairwise(passages):
        assert following.text.split()[0] in one.text.split()


def test_a_paragraph_is_the_better_end():
    text = f"{sentences(13)}\n\n{sentences(30, 'later')}"
    assert chunk([Document(name="x.txt", text=text)])[0].text == sentences(13)


def test_scripts_without_spaces_are_cut_too():
    passages = chunk([Document(name="x.txt", text="今日は天気がいいです。" * 200)])
    assert len(passages) > 4
    assert all(200 <= len(passage.text) <= 440 for passage in passages[:-1])
    assert all(passage.text.endswith("。") for passage in passages)


def test_one_line_of_a_megabyte_without_a_space():
    passages = chunk([Document(name="x.txt", text="x" * 10**6)])
    assert max(len(passage.text) for passage in passages) <= 200 * 24
    assert len(passages) < 500


PIECES = st.lists(
    st.sampled_from(["# A\n", "## B\n", "\n\n", "\n", "T\n===\n", "```\n", "a b. ", "天。", "x" * 60, "word " * 70]),
    max_size=20,
).map("".join)


@settings(deadline=None)
@given(PIECES | st.text(max_size=200), st.sampled_from(["plain", "markdown", "rst"]))
def test_no_word_is_lost_and_lines_are_right(text: str, markup: str) -> None:
    text = text.replace("\r", "")
    passages = chunk([Document(name="x", text=text, markup=markup)])
    assert passages == chunk([Document(name="x", text=text, markup=markup)])
    shown = " ".join(passage.text for passage in passages)
    lost = [word for word in text.split() if len(word) < 24 and word not in shown and not re.fullmatch(r"\W+", word)]
    assert not lost
    lines = text.split("\n")
    for passage in passages:
        after = "\n".join(lines[passage.start_line - 1 :])
        bodies = (passage.text, passage.text.partition("\n")[2])  # with headings before it or without
        assert any(0 <= after.find(body) <= len(lines[passage.start_line - 1]) for body in bodies if body)


DOCUMENTS = [
    Document(name="ship.md", text="# Shipping\nParcels arrive in three days.", markup="markdown"),
    Document(name="pay.md", text="# Paying\nWe take cards and cash.", markup="markdown"),
]


def test_the_nearest_passages():
    assert nearest_passages(chunk(DOCUMENTS), ["When do parcels arrive?", "Paying in cash"], 1) == [[0], [1]]


def test_passages_stand_before_the_question():
    system, user = before_question(row("When?").prompt("Be brief."), chunk(DOCUMENTS))
    assert (system.role, system.content, user.role) == ("system", "Be brief.", "user")
    assert user.content == (
        "Passages from our documents. Use those that help with the message below, and ignore the others.\n\n"
        "[1] ship.md\nShipping\nParcels arrive in three days.\n\n"
        "[2] pay.md\nPaying\nWe take cards and cash.\n\n---\n\nWhen?"
    )
    own = row("When?", "gold", Message(role="system", content="mine"))
    assert before_question(own.messages, []) == own.messages
    assert before_question(own.messages, chunk(DOCUMENTS))[0].content == "mine"


def test_rows_that_stand_in_the_documents():
    rows = [row("When do parcels arrive?", "in three days"), row("Do you take cards?", "yes")]
    as_data = Document(name="t.txt", text='"When do PARCELS arrive?",  "In three days."\n')
    apart = Document(name="far.txt", text=f"When do parcels arrive? {'x ' * 500} in three days")
    answers = Document(name="a.txt", text="Parcels arrive in three days. Yes, we take cards.")
    assert standing_in_documents([as_data], rows) == 1
    assert standing_in_documents([answers, as_data, as_data], rows) == 1
    assert standing_in_documents([apart, answers], rows) == 0
    assert standing_in_documents([apart, Document(name="b.txt", text=f"{apart.text} {as_data.text}")], rows) == 1
    assert standing_in_documents([Document(name="s", text="hi there yes")], [row("hi there", "yes")]) == 0
    assert standing_in_documents([], rows) == 0
