"""No record is lost: whatever a file holds, its rows and faults are as many as its records."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wrapper.data.reading import ReadResult, read_rows

GOOD = b'{"input": "a", "output": "b"}'
LINES = st.one_of(
    st.binary(max_size=30).map(lambda raw: raw.replace(b"\n", b" ")),
    st.dictionaries(st.sampled_from(("input", "output", "x")), st.none() | st.text() | st.integers()).map(
        lambda record: json.dumps(record).encode()
    ),
    st.just(GOOD),
    st.just(GOOD[:-3]),
)
ITEMS = st.recursive(
    st.none() | st.text() | st.floats() | st.just({"input": "a", "output": "b"}),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("input", "output")), inner),
    max_leaves=5,
)
FIELDS = st.lists(st.text(st.characters(exclude_categories=("Cs",))), min_size=1, max_size=3)
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def read(folder: Path, name: str, content: bytes) -> ReadResult:
    path = folder / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return read_rows(path)


def counted(result: ReadResult) -> int:
    assert len(result.faults) == len(result.excerpts)
    places = [row.line for row in result.rows] + [fault.line for fault in result.faults]
    assert len(set(places)) == len(places)
    return len(places)


@quick
@given(lines=st.lists(LINES, max_size=8), name=st.sampled_from(("rows.jsonl", "rows.jsonl.gz")))
def test_json_lines(tmp_path, lines, name) -> None:
    result = read(tmp_path, name, b"\n".join((GOOD, *lines)))
    assert counted(result) == 1 + sum(bool(line.strip()) for line in lines)


@quick
@given(items=st.lists(ITEMS, max_size=8), name=st.sampled_from(("rows.json", "rows.json.gz")), indent=st.booleans())
def test_json_arrays(tmp_path, items, name, indent) -> None:
    text = json.dumps([json.loads(GOOD), *items], indent=1 if indent else None)
    assert counted(read(tmp_path, name, text.encode())) == 1 + len(items)


@quick
@given(rows=st.lists(FIELDS, max_size=8), name=st.sampled_from(("rows.csv", "rows.tsv", "rows.csv.gz")))
def test_tables(tmp_path, rows, name) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t" if ".tsv" in name else ",", quoting=csv.QUOTE_ALL)
    writer.writerows([["input", "output"], ["a", "b"], *rows])
    assert counted(read(tmp_path, name, text.getvalue().encode())) == 1 + len(rows)
