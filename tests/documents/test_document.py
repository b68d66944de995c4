"""parse_yaml: values, positions, faults, and refusal without a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from wrapper.documents import Document, Floats, dotted, parse_yaml
from wrapper.documents.document import MAX_CHARACTERS
from wrapper.errors import BadInput, Fault


def refused(text: str, floats: Floats = "yaml12") -> Fault:
    with pytest.raises(BadInput) as caught:
        parse_yaml(text, file="f.yaml", floats=floats)
    (fault,) = caught.value.faults
    return fault


def place(fault: Fault) -> tuple[str, int, int]:
    return fault.kind, fault.line, fault.column


NESTED = """\
task:
  name: x
  tags: [a, bb]
rows:
  - path: p
    n: 1
"""


def test_every_key_and_item_has_its_position() -> None:
    document = parse_yaml(NESTED, file="f.yaml")
    assert document.value == {"task": {"name": "x", "tags": ["a", "bb"]}, "rows": [{"path": "p", "n": 1}]}
    assert document.position(("task",)) == (1, 1)
    assert document.position(("task", "name")) == (2, 3)
    assert document.position(("task", "tags", 1)) == (3, 13)
    assert document.position(("rows", 0)) == (5, 5)
    assert document.position(("rows", 0, "n")) == (6, 5)


def test_a_path_that_is_not_there_has_the_position_of_its_parent() -> None:
    document = parse_yaml("\n\na: 1\nb: {c: 2}\n", file="f.yaml")
    assert document.position(("b", "missing", 3, "deep")) == (4, 1)
    assert document.position(("missing",)) == (3, 1)
    assert document.fault("missing", "m", ("b", "x")) == Fault(
        kind="missing", message="m", file="f.yaml", line=4, column=1, key="b.x"
    )


def test_columns_count_characters_not_bytes() -> None:
    assert parse_yaml("{ä: 1, ö: 2}", file="f").position(("ö",)) == (1, 8)


def test_dotted_paths() -> None:
    assert dotted(("datasets", 0, "path")) == "datasets[0].path"
    assert dotted(()) == ""


def test_windows_line_ends_and_a_byte_order_mark_do_not_matter() -> None:
    document = parse_yaml("\ufeffa: 1\r\nb: 2\r\n", file="f")
    assert document.value == {"a": 1, "b": 2}
    assert document.position(("b",)) == (2, 1)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1e-3", 0.001),
        ("5e5", 500000.0),
        ("1.5", 1.5),
        (".5", 0.5),
        ("-2", -2),
        ("007", 7),
        ("0x1F", 31),
        ("0o17", 15),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("FALSE", False),
        ("2026-11-03", "2026-11-03"),
        ("12:30:45", "12:30:45"),
        ("1_000", "1_000"),
        ("~", None),
        ("", None),
        ("null", None),
        ("'1'", "1"),
        ('"true"', "true"),
        ("=", "="),
        ("!!str 1", "1"),
        ("!!float 1", 1.0),
        ("-.inf", float("-inf")),
        ("|\n  text\n", "text\n"),
    ],
)
def test_yaml12_scalars(written: str, value: object) -> None:
    found = parse_yaml(f"key: {written}", file="f").value["key"]
    assert found == value
    assert type(found) is type(value)


def test_not_a_number_is_a_float() -> None:
    found = parse_yaml("key: .nan", file="f").value["key"]
    assert isinstance(found, float)
    assert found != found


EVERYTHING_OF_YAML11 = """\
a: no
b: 1e-3
c: 1.0e-3
d: 2026-11-03
e: 2026-11-03 10:00:00
f: 12:30:45
g: 1_000
h: 0o17
i: 017
j: ~
k: !!binary aGVsbG8=
l: &x {p: 1, q: [on, off]}
m: {<<: *x, q: 3}
n: [*x, *x]
o: .inf
p: "yes"
q: |
  text
"""


def test_yaml11_is_what_safe_load_gives() -> None:
    assert parse_yaml(EVERYTHING_OF_YAML11, file="f", floats="yaml11").value == yaml.safe_load(
        EVERYTHING_OF_YAML11
    )


@pytest.mark.parametrize("floats", ["yaml11", "yaml12"])
def test_merged_keys_yield_to_own_keys_and_point_at_their_source(floats: Floats) -> None:
    text = "base: &b {x: 1, y: 1}\nother: &o {y: 2, z: 2}\nmerged:\n  z: 3\n  <<: [*b, *o]\n"
    document = parse_yaml(text, file="f", floats=floats)
    assert document.value["merged"] == yaml.safe_load(text)["merged"] == {"x": 1, "y": 1, "z": 3}
    assert document.position(("merged", "y")) == (1, 17)
    assert document.position(("merged", "z")) == (4, 3)
    assert document.faults == []


def test_duplicate_keys_are_all_told() -> None:
    document = parse_yaml("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\na: 2\na: 3\n", file="f.yaml")
    assert [str(fault) for fault in document.faults] == [
        "f.yaml:5:3: `c` is given twice, first on line 3; keep one: the last would silently win",
        "f.yaml:6:1: `a` is given twice, first on line 1; keep one: the last would silently win",
        "f.yaml:7:1: `a` is given twice, first on line 1; keep one: the last would silently win",
    ]
    assert [(fault.kind, fault.key) for fault in document.faults] == [
        ("duplicate_key", "b.c"),
        ("duplicate_key", "a"),
        ("duplicate_key", "a"),
    ]
    assert document.value == {"a": 3, "b": {"c": 3, "d": 2}}


def test_a_key_that_is_no_text_is_told() -> None:
    document = parse_yaml("a:\n  1: x\n  on: y\n", file="f.yaml", floats="yaml11")
    assert [str(fault) for fault in document.faults] == [
        'f.yaml:2:3: the key `1` is no text: YAML reads it as a number; put it in quotes: `"1"`',
        'f.yaml:3:3: the key `on` is no text: YAML reads it as true or false; put it in quotes: `"on"`',
    ]
    assert document.value == {"a": {"1": "x", "on": "y"}}
    assert parse_yaml("on: 1", file="f").faults == []


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "suggestion"),
    [
        ("a: 1\n\tb: 2", 2, 1, "a tab where YAML wants spaces", "indent with spaces"),
        ("a:\n  \tb: 2\n  c: 3", 2, 3, "a tab where YAML wants spaces", "indent with spaces"),
        ("\ta: 1", 1, 1, "a tab where YAML wants spaces", "indent with spaces"),
        (
            "t:\n  name: x\n  kind:extraction\n  metric: y",
            3,
            3,
            "this line is no `key: value`",
            "put a space after the colon: `kind: extraction`",
        ),
        (
            "a: 1\nb\nc: 2",
            2,
            1,
            "this line is no `key: value`",
            "write `key: value`, or indent the line under the text that it continues",
        ),
        (
            "prompt: Answer: yes",
            1,
            15,
            "a second `: ` in one value, or a key indented deeper than the one above",
            "put text that holds `: ` in quotes, or align the keys",
        ),
        (
            "a: [1, 2\nb: 3",
            1,
            4,
            "a bracket that is not closed, or a comma that is missing",
            "close it with `]` or `}` and put a comma between the items",
        ),
        ("a: 1\nb: [", 2, 5, "a value is missing here", "give it, and close every `[` and `{`"),
        ("a: 1\nb: {c: ]}", 2, 8, "a value is missing here", "give it, and close every `[` and `{`"),
        ("a: 1\nb: 'x\nc: 2\n", 2, 4, "a quote that is not closed", "close it"),
        (
            'a: "\\q"',
            1,
            5,
            "a backslash that means nothing inside double quotes",
            "use single quotes: there a backslash is a backslash",
        ),
        (
            "a: *x",
            1,
            4,
            "`*` refers to an anchor that does not exist",
            "put text that begins with `*` in quotes",
        ),
        ("a: @x", 1, 4, "a value cannot begin with this character", "put the text in quotes"),
        (
            "- a\nb: 1",
            2,
            1,
            "a list and keys stand at the same level",
            "begin each item with `- `, or indent the keys",
        ),
        (
            "a: - 1",
            1,
            4,
            "a list cannot begin on the line of its key",
            "give each `- item` its own line, or write `[a, b]`",
        ),
        (
            "a: 'x' y",
            1,
            8,
            "this does not fit the lines above",
            "align the key with its neighbours; put the whole of a value in quotes or nothing of it",
        ),
        (
            "a: 1\n---\nb: 2",
            2,
            1,
            "a second document begins here",
            "keep one document in the file: remove the `---`",
        ),
        ("a: !foo x", 1, 4, "the tag `!foo` is not allowed", "remove it: plain values only"),
        (
            "a: 1\nb: !!python/object/apply:os.system [x]",
            2,
            4,
            "the tag `!!python/object/apply:os.system` is not allowed",
            "remove it: plain values only",
        ),
        ("a: !!set {x, y}", 1, 4, "the tag `!!set` is not allowed", "remove it: plain values only"),
        ("? [a]\n: 1", 1, 3, "a list or a mapping cannot be a key", "write `key: value`"),
        ("a:\n  <<: 3", 2, 7, "`<<` merges mappings only", ""),
        ("a: x\x00", 1, 5, "a character that YAML does not allow: U+0000", "remove it"),
        ("a: 1\nb: x\x1b", 2, 5, "a character that YAML does not allow: U+001B", "remove it"),
        ("a: \ud800", 1, 4, "a character that YAML does not allow: U+D800", "remove it"),
        (f"a: {'9' * 5000}", 1, 4, f"`{'9' * 37}...` is no number or date", "put it in quotes if it is text"),
        ("a: !!int x", 1, 4, "`x` is no number or date", "put it in quotes if it is text"),
    ],
)
def test_syntax_faults(text: str, line: int, column: int, message: str, suggestion: str) -> None:
    fault = refused(text)
    assert fault == Fault(
        kind="syntax", message=message, file="f.yaml", line=line, column=column, suggestion=suggestion
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "f.yaml:1:1: the file is empty; write `key: value` lines"),
        ("# only a comment\n", "f.yaml:1:1: the file is empty; write `key: value` lines"),
        ("- a\n- b\n", "f.yaml:1:1: the file holds a list, not keys with values; write `key: value` lines"),
        ("\nword\n", "f.yaml:2:1: the file holds text, not keys with values; write `key: value` lines"),
        (
            "version:1\n",
            "f.yaml:1:1: the file holds text, not keys with values; "
            "put a space after each colon: `key: value`",
        ),
    ],
)
def test_a_root_that_is_no_mapping(text: str, told: str) -> None:
    fault = refused(text)
    assert (fault.kind, str(fault)) == ("type", told)


def test_yaml11_refuses_impossible_dates_and_bare_equals_signs() -> None:
    assert place(refused("a: 1\nb: 2026-13-45", "yaml11")) == ("syntax", 2, 4)
    assert refused("a: =", "yaml11").message == "a bare `=` is no value"


def test_too_large_a_text_is_refused_with_the_limit() -> None:
    with pytest.raises(BadInput, match="larger than 1 MiB"):
        parse_yaml("#" * (MAX_CHARACTERS + 1), file="f")


@pytest.mark.parametrize(
    "text",
    ["a: " + "[" * 100_000, "a: " + "{a: " * 70, "\n".join(" " * depth + "a:" for depth in range(80))],
)
def test_deep_nesting_is_refused(text: str) -> None:
    assert refused(text).message == "nested deeper than 64 levels"


def bomb(template: str, levels: int) -> str:
    first = "a0: &a0 {x: 1}\n"
    return first + "".join(
        f"a{level}: &a{level} {template.format(level - 1)}\n" for level in range(1, levels)
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (bomb("[*a{0}, *a{0}, *a{0}, *a{0}, *a{0}, *a{0}, *a{0}]", 12), "more than 100,000 values"),
        (bomb("{{<<: [*a{0}, *a{0}, *a{0}, *a{0}]}}", 20), "more than 100,000 values"),
        (bomb("[*a{0}]", 100), "nested deeper than 64 levels"),
        ("a: &a [*a]", "nested deeper than 64 levels, or an alias that holds itself"),
        ("a: &a {<<: *a}", "nested deeper than 64 levels, or an alias that holds itself"),
    ],
)
def test_alias_bombs_and_circles_are_refused(text: str, message: str) -> None:
    assert refused(text).message.startswith(message)


def safe(text: str, floats: Floats) -> Document | None:
    try:
        return parse_yaml(text, file="f", floats=floats)
    except BadInput as error:
        for fault in error.faults:
            assert 0 < fault.line <= text.count("\n") + text.count("\r") + text.count("\x85") + 3
            assert fault.column > 0
        return None


yaml_like = st.lists(
    st.sampled_from(
        [*"abé:-?[]{}&*!|>'\"%@`#,<=~ \n\t0159.e_+xo", ": ", "\n  ", "- ", "<<: *a", "&a ", "!!int ", "no"]
    )
).map("".join)


@settings(deadline=None)
@given(st.one_of(st.text(), yaml_like), st.sampled_from(["yaml11", "yaml12"]))
def test_no_text_raises_anything_but_bad_input(text: str, floats: Floats) -> None:
    document = safe(text, floats)
    if document is not None:
        assert all(line > 0 and column > 0 for line, column in document.positions.values())


plain_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1), inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None)
@given(st.dictionaries(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])), plain_values))
def test_what_pyyaml_writes_is_read_back(value: dict[str, object]) -> None:
    text = yaml.safe_dump(value)
    assert parse_yaml(text, file="f", floats="yaml11").value == yaml.safe_load(text) == value


def test_the_package_calls_no_loader_that_makes_objects() -> None:
    package = Path(parse_yaml.__code__.co_filename).parent
    assert not [file for file in package.glob("*.py") if "yaml.load(" in file.read_text()]
