"""The data commands as a user calls them: what they print, what they write, how they end."""

from __future__ import annotations

import json

import pytest

from wrapper.plan.machine import Machine

QUESTIONS = [
    f"Where does the {color} {animal} sleep at night, and who feeds it before the sun goes down over the hills?"
    for color in ("red", "green", "blue", "white", "black", "brown")
    for animal in ("fox", "hen", "cow", "cat", "dog", "owl", "hare", "mole")
]


def record(question, answer):
    return {"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]}


@pytest.fixture
def rows(tmp_path):
    """48 good rows, then one each that is a twin, nearly one, contradicts, leaks, and cannot be read."""
    good = [record(question, f"in place {number}") for number, question in enumerate(QUESTIONS)]
    near = QUESTIONS[1].replace("at night", "by night")
    lines = [
        *good,
        good[0],
        record(near.upper(), "in place 1"),
        record(QUESTIONS[2], "nowhere"),
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines) + '{"messages": []}\n'
    (tmp_path / "train.jsonl").write_text(text)
    (tmp_path / "test.jsonl").write_text(json.dumps(record(QUESTIONS[3] + "?", "in place 3")) + "\n")
    return tmp_path


def test_audit_names_each_row(thriftune, rows) -> None:
    ended = thriftune("data", "audit", "train.jsonl", "--test", "test.jsonl", "--json", "--findings", "f.jsonl", "-q")
    assert ended.exit_code == 5
    document = json.loads(ended.stdout)
    assert document["verdict"] == "unfit"
    assert document["rows"] == {"train": 51, "test": 1}
    assert document["malformed"] == {"train": 1, "test": 0}
    findings = [json.loads(line) for line in (rows / "f.jsonl").read_text().splitlines()]
    assert [(one["file"], one["line"], one["rule"]) for one in findings if one["line"]] == [
        ("train.jsonl", 49, "exact_duplicate"),
        ("train.jsonl", 50, "near_duplicate"),
        ("train.jsonl", 51, "contradiction"),
        ("train.jsonl", 52, "malformed"),
        ("test.jsonl", 1, "leakage"),
    ]
    assert findings[-1]["related"] == [{"file": "train.jsonl", "line": 4}] or findings[0]["related"] == [
        {"file": "train.jsonl", "line": 1}
    ]
    assert document["counts"]["malformed"] == 1


def test_audit_for_people(thriftune, rows) -> None:
    ended = thriftune("data", "audit", "train.jsonl", "--test", "test.jsonl", "-q", "--report", "page.html")
    assert ended.exit_code == 5
    for said in (
        "train: 51 rows, and 1 that cannot be read",
        "train.jsonl:49: the same row as train.jsonl:1",
        "verdict: unfit",
        "next: clean it: `thriftune data clean`",
    ):
        assert said in ended.stdout
    page = (rows / "page.html").read_text()
    assert "Not fit to train on" in page and "train.jsonl:51" in page


def test_audit_of_good_rows_is_fit(thriftune, tmp_path) -> None:
    lines = [json.dumps({"question": question, "answer": "a barn"}) for question in QUESTIONS]
    (tmp_path / "rows.jsonl").write_text("\n".join(lines))
    ended = thriftune("data", "audit", "rows.jsonl", "-q", "--quick")
    assert ended.exit_code == 0
    assert "verdict: fit" in ended.stdout


def test_an_html_page_cannot_be_steered_by_data(thriftune, tmp_path) -> None:
    evil = "<script>alert(1)</script> says the fox to the hen and the cow and the owl and all the others at night"
    (tmp_path / "rows.jsonl").write_text("\n".join(json.dumps(record(f"{evil} {n % 2}", "x")) for n in range(12)))
    thriftune("data", "audit", "rows.jsonl", "-q", "--quick", "--report", "page.html")
    assert "<script>" not in (tmp_path / "page.html").read_text()


@pytest.mark.parametrize(
    ("outputs", "said"),
    [
        (("--findings", "train.jsonl"), "would write over"),
        (("--report", "test.jsonl"), "would write over"),
        (("--findings", "x", "--report", "x"), "would write over"),
        (("--findings", "."), "is a folder"),
        (("--findings", "no/such/f.jsonl"), "there is no folder"),
    ],
)
def test_no_output_goes_over_an_input(thriftune, rows, outputs, said) -> None:
    before = (rows / "train.jsonl").read_bytes(), (rows / "test.jsonl").read_bytes()
    ended = thriftune("data", "audit", "train.jsonl", "--test", "test.jsonl", "-q", *outputs)
    assert (ended.exception.exit_code, said in ended.exception.message) == (2, True)
    assert before == ((rows / "train.jsonl").read_bytes(), (rows / "test.jsonl").read_bytes())


def test_a_folder_of_its_own_is_read_as_splits(thriftune, rows) -> None:
    thriftune("data", "clean", "train.jsonl", "--test", "test.jsonl", "-o", "out")
    document = json.loads(thriftune("data", "audit", "out", "--quick", "-q", "--json").stdout)
    assert set(document["rows"]) == {"train", "test"}
    assert document["verdict"] == "fit"


def test_clean_says_when_nothing_is_left(thriftune, tmp_path) -> None:
    lines = [json.dumps({"question": "What is your name?", "answer": name}) for name in ("Bob", "Al")]
    (tmp_path / "rows.jsonl").write_text("\n".join(lines))
    ended = thriftune("data", "clean", "rows.jsonl", "-o", "out")
    assert ended.exit_code == 5
    assert "2 of 2 training rows were dropped, 2 by contradiction" in ended.stdout


def test_clean_keeps_what_it_drops(thriftune, rows) -> None:
    original = (rows / "train.jsonl").read_bytes()
    ended = thriftune("data", "clean", "train.jsonl", "--test", "test.jsonl", "-o", "out", "--json")
    assert ended.exit_code == 0
    document = json.loads(ended.stdout)
    dropped = [json.loads(line) for line in (rows / "out/dropped.jsonl").read_text().splitlines()]
    kept = (rows / "out/train.jsonl").read_text().splitlines()
    assert (rows / "train.jsonl").read_bytes() == original
    assert len(kept) + len(dropped) == document["rows_in"]["train"] == 52
    assert document["dropped"] == {
        "malformed": 1, "contradiction": 2, "exact_duplicate": 1, "near_duplicate": 1, "leakage": 1,
    }  # fmt: skip
    assert {one["rule"]: one["line"] for one in dropped}["malformed"] == 52
    assert all(one["detail"] and (one["messages"] or one["text"]) for one in dropped)
    again = thriftune("data", "clean", "out/train.jsonl", "--test", "out/test.jsonl", "-o", "again", "--json")
    assert json.loads(again.stdout)["dropped"] == {}
    assert (rows / "again/train.jsonl").read_bytes() == (rows / "out/train.jsonl").read_bytes()


def test_clean_writes_over_nothing(thriftune, rows) -> None:
    assert thriftune("data", "clean", "train.jsonl", "-o", "out").exit_code == 0
    ended = thriftune("data", "clean", "train.jsonl", "-o", "out")
    assert ended.exception.exit_code == 2
    assert "holds train.jsonl" in ended.exception.message
    original = (rows / "train.jsonl").read_bytes()
    ended = thriftune("data", "clean", "train.jsonl", "-o", ".", "--force")
    assert "would write over train.jsonl" in ended.exception.message
    assert (rows / "train.jsonl").read_bytes() == original


def test_clean_asks_on_a_terminal_only(thriftune, rows) -> None:
    ended = thriftune("data", "clean", "train.jsonl", "-o", "out", "--contradictions", "ask")
    assert (ended.exception.exit_code, "needs a terminal" in ended.exception.message) == (2, True)


def test_split_is_frozen(thriftune, tmp_path) -> None:
    def write(count):
        lines = [json.dumps({"input": f"row {number}", "output": f"label {number % 2}"}) for number in range(count)]
        (tmp_path / "rows.jsonl").write_text("\n".join(lines))

    def test_rows():
        return set((tmp_path / "out/test.jsonl").read_text().splitlines())

    write(120)
    first = json.loads(thriftune("data", "split", "rows.jsonl", "-o", "out", "--json").stdout)
    assert first["rows"] == {"train": 68, "validation": 12, "test": 40, "smoke": 68}
    before = test_rows()
    write(300)
    second = json.loads(thriftune("data", "split", "rows.jsonl", "-o", "out", "--json", "--smoke-rows", "50").stdout)
    assert before <= test_rows()
    assert (second["kept"]["test"], second["rows"]["smoke"]) == (40, 50)


def test_split_leaves_strangers_alone(thriftune, tmp_path) -> None:
    (tmp_path / "rows.jsonl").write_text("\n".join(json.dumps({"input": f"r {n}", "output": "x"}) for n in range(60)))
    (tmp_path / "out").mkdir()
    (tmp_path / "out/train.jsonl").write_text("mine")
    ended = thriftune("data", "split", "rows.jsonl", "-o", "out")
    assert ended.exception.exit_code == 2
    assert (tmp_path / "out/train.jsonl").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("audit", "rows.jsonl", "--model", "smollm2-135"), 2, "no model preset"),
        (("audit", ""), 2, "empty name"),
        (("clean", "rows.jsonl", "-o", "rows.jsonl"), 2, "is no folder"),
        (("split", "rows.jsonl", "-o", "rows.jsonl"), 2, "is no folder"),
        (("audit",), 2, "there is no thriftune.yaml here"),
        (("audit", "none.jsonl"), 3, "none.jsonl"),
        (("audit", "thriftune.yaml", "rows.jsonl"), 2, "a spec names its own data files"),
        (("preview", "rows.jsonl"), 2, "no model is named"),
        (("preview", "rows.jsonl", "--model", "qwen3-0.6b"), 4, "is not on this machine"),
    ],
)
def test_refusals(thriftune, tmp_path, arguments, code, said) -> None:
    (tmp_path / "rows.jsonl").write_text('{"input": "a", "output": "b"}\n')
    ended = thriftune("data", *arguments)
    assert ended.exception.exit_code == code
    assert said in ended.exception.message


def test_what_a_spec_names_is_audited(thriftune, tmp_path, monkeypatch) -> None:
    machine = Machine(accelerator="cpu", name="x", memory_gib=16, threads=2, bf16=False, compute_capability=None)
    monkeypatch.setattr("wrapper.pipeline.length_caps.planned_machine", lambda gpu: machine)
    (tmp_path / "rows.jsonl").write_text("\n".join(json.dumps({"input": f"r {n}", "output": "x"}) for n in range(60)))
    (tmp_path / "thriftune.yaml").write_text(
        "version: 1\ntask: {name: t, kind: qa, metric: exact_match, target: 0.5}\n"
        "data: {train: rows.jsonl}\nmodel: {preset: smollm2-135m}\nbudget: {gpu: cpu, usd_per_hour: 0.1}\n"
    )
    document = json.loads(thriftune("data", "audit", "--quick", "--json", "-q").stdout)
    assert (document["rows"], document["tokens"]["exact"]) == ({"train": 60}, False)
    assert document["caps"][-1]["usd"] > 0
    assert document["sequence_len"]["recommended"] >= document["tokens"]["longest"]
