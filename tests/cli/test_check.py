"""`thriftune check`: whole output and exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import wrapper.presets.load
from wrapper.cli import main

GOOD = """\
version: 1
task: {name: slots, kind: extraction, metric: json_fields, target: 0.8, prompt: Read the booking.}
data: {train: data/train.jsonl}
model: {preset: small-model}
budget: {max_usd: 2.5, max_gpu_hours: 4, gpu: cpu, usd_per_hour: 0.5}
"""

BAD = """\
version: 1
task: {name: slots, kind: extraction, metric: json_fields, target: 0.8}
data: {train: data/trian.jsonl}
model: {preset: smal-model}
training:
  method: lora
  lora_alhpa: 16
evaluation: {arms: [tuned]}
"""

BAD_OUTPUT = """\
warning: thriftune.yaml:1:1: nothing caps the spend; give `max_gpu_hours` or `max_usd` under `budget`
error: 4 faults in `thriftune.yaml`
  thriftune.yaml:3:8: `data.train`: no file `data/trian.jsonl`; did you mean `train.jsonl`?
  thriftune.yaml:4:9: no preset `smal-model`; did you mean `small-model`?
  thriftune.yaml:7:3: unknown key `lora_alhpa` under `training`; did you mean `lora_alpha`? \
it belongs under `training.overrides`
  thriftune.yaml:8:14: `tuned` alone has nothing to be better than: no training before a baseline; \
add a cheaper arm, such as `classical` or `few_shot`

hint: all keys are described by `thriftune schema` and in docs/spec.md
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train.jsonl").write_text("{}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(wrapper.presets.load, "preset_names", lambda: ["small-model"])
    return tmp_path


def check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of the whole command."""
    monkeypatch.setattr("sys.argv", ["thriftune", "check", *arguments])
    code = 0
    try:
        main()
    except SystemExit as ended:
        code = int(ended.code or 0)
    output = capsys.readouterr()
    return code, output.out, output.err


def test_a_good_spec(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "thriftune.yaml").write_text(GOOD)
    assert check(monkeypatch, capsys) == (
        0,
        "thriftune.yaml is valid: slots (extraction) on small-model, 6 arms, json_fields of at least 0.8, "
        "$2.5 and 4 GPU-hours on cpu\n",
        "",
    )


def test_all_faults_of_a_bad_spec(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "thriftune.yaml").write_text(BAD)
    code, out, err = check(monkeypatch, capsys)
    assert (code, out) == (3, "")
    assert err == BAD_OUTPUT


def test_paths_are_relative_to_the_spec_and_not_to_the_folder(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "other.yaml").write_text(GOOD)
    (project / "elsewhere").mkdir()
    monkeypatch.chdir(project / "elsewhere")
    assert check(monkeypatch, capsys, "../other.yaml")[0] == 0


def test_warnings_go_to_stderr_and_refuse_nothing(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "thriftune.yaml").write_text(GOOD.replace("max_usd: 2.5, max_gpu_hours: 4, ", ""))
    assert check(monkeypatch, capsys) == (
        0,
        "thriftune.yaml is valid: slots (extraction) on small-model, 6 arms, json_fields of at least 0.8, "
        "no cap on cpu\n",
        "warning: thriftune.yaml:5:1: nothing caps the spend; "
        "give `max_gpu_hours` or `max_usd` under `budget`\n",
    )


def test_a_missing_spec(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(monkeypatch, capsys) == (
        3,
        "",
        "error: no file `thriftune.yaml`\n\n"
        "hint: see it work first with `thriftune quickstart`, or write a spec: docs/spec.md has one\n",
    )


def test_broken_yaml(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "thriftune.yaml").write_text("version: 1\n\ttask: x\n")
    assert check(monkeypatch, capsys) == (
        3,
        "",
        "error: cannot read `thriftune.yaml`\n"
        "  thriftune.yaml:2:1: a tab where YAML wants spaces; indent with spaces\n",
    )


def test_json_of_a_good_spec(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "thriftune.yaml").write_text(GOOD)
    code, out, err = check(monkeypatch, capsys, "--json")
    assert (code, json.loads(out), err) == (0, {"valid": True, "errors": [], "warnings": []}, "")


def test_json_of_a_bad_spec(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "thriftune.yaml").write_text(
        f"{GOOD}training: {{lora_alhpa: 16}}\n".replace("prompt", "problem")
    )
    code, out, err = check(monkeypatch, capsys, "--json")
    assert (code, err) == (3, "")
    assert json.loads(out) == {
        "valid": False,
        "errors": [
            {
                "kind": "value",
                "key": "task.problem",
                "line": 2,
                "column": 73,
                "message": "`task.problem` must be one of `behaviour`, `domain_language`, `format`, "
                "`knowledge`, not `Read the booking.`",
                "suggestion": "",
            },
            {
                "kind": "unknown_key",
                "key": "training.lora_alhpa",
                "line": 6,
                "column": 12,
                "message": "unknown key `lora_alhpa` under `training`",
                "suggestion": "did you mean `lora_alpha`? it belongs under `training.overrides`",
            },
        ],
        "warnings": [
            {
                "kind": "warning_cross_field",
                "key": "task.prompt",
                "line": 2,
                "column": 1,
                "message": "without `task.prompt`, `prompted` is the same as `base` "
                "unless rows bring a system turn",
                "suggestion": "give the instructions as `prompt`",
            }
        ],
    }


@pytest.mark.parametrize(
    ("content", "kind", "line"), [(None, "unreadable", 0), ("", "type", 1), ("a: [", "syntax", 1)]
)
def test_json_of_what_cannot_be_read(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    content: str | None,
    kind: str,
    line: int,
) -> None:
    if content is not None:
        (project / "thriftune.yaml").write_text(content)
    code, out, err = check(monkeypatch, capsys, "--json")
    document = json.loads(out)
    assert (code, err, document["valid"], document["warnings"]) == (3, "", False, [])
    assert [(error["kind"], error["line"]) for error in document["errors"]] == [(kind, line)]


def test_an_unknown_option_is_a_fault_of_usage(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = check(monkeypatch, capsys, "--jsn")
    assert (code, out) == (2, "")
    assert "No such option" in err


def test_data_that_no_rows_are_read_from(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("rows.pkl", "rows.csv.gz"):
        (project / name).touch()
    named = "[data, rows.csv.gz, 'data/*.jsonl', 'hf://datasets/a/b', rows.pkl, 'hf://a']"
    (project / "thriftune.yaml").write_text(GOOD.replace("data/train.jsonl", named))
    code, _, err = check(monkeypatch, capsys)
    assert code == 3
    assert [line.split("; ")[0] for line in err.splitlines()[:3]] == [
        "error: 2 faults in `thriftune.yaml`",
        "  thriftune.yaml:3:72: `data.train[4]`: rows cannot be read out of a `.pkl` file",
        "  thriftune.yaml:3:82: `data.train[5]`: hf://a is no data set of the hub",
    ]


@pytest.mark.parametrize(
    ("grading", "file", "content", "told"),
    [
        ("schema: s.json", "s.json", "{", "is no JSON: Expecting property name"),
        ("schema: s.json", "s.json", '{"type": 3}', "is no JSON Schema: `$.type`"),
        ("function: mine.py:grade", "mine.py", "def other(): ...", "no function `grade` in"),
        ("function: mine.py:grade", "mine.py", "def grade(:", "mine.py:1: invalid syntax"),
    ],
)
def test_what_grading_names_is_opened(project: Path, monkeypatch, capsys, grading, file, content, told) -> None:
    metric = "function" if file.endswith(".py") else "json_fields"
    spec = GOOD.replace("metric: json_fields", f"metric: {metric}, grading: {{{grading}}}")
    (project / "thriftune.yaml").write_text(spec)
    (project / file).write_text(content)
    code, out, err = check(monkeypatch, capsys)
    assert (code, told in out + err) == (3, True), out + err


def test_a_function_is_not_run(project: Path, monkeypatch, capsys) -> None:
    spec = GOOD.replace("metric: json_fields", "metric: function, grading: {function: mine.py:grade}")
    (project / "thriftune.yaml").write_text(spec)
    (project / "mine.py").write_text("from elsewhere import grade\nopen('ran', 'w')\n")
    assert check(monkeypatch, capsys)[0] == 0
    assert not (project / "ran").exists()
