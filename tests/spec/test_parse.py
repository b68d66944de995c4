"""parse_spec and find_faults: every kind of fault, with its exact place."""

from __future__ import annotations

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from wrapper.errors import BadInput
from wrapper.spec.fields import Budget, Data, Evaluation, Model, Overrides, Serving, Spec, Task, Training
from wrapper.spec.parse import find_faults, parse_spec
from wrapper.spec.schema import spec_schema

GOOD = """\
version: 1
task: {name: slots, kind: extraction, metric: json_fields, target: 0.8, prompt: Read the booking.}
data:
  train: train.jsonl
model:
  base: some/model
  languages: [no]
training:
  method: lora
  overrides:
    learning_rate: 1e-3
evaluation: {arms: [classical, tuned]}
budget: {max_usd: 20, max_gpu_hours: 4, gpu: cpu, usd_per_hour: 0.5}
serving: {requests_per_month: 200000}
"""


def told(text: str) -> list[str]:
    return [f"{fault.kind} {fault}" for fault in find_faults(text, file="s.yaml")]


def changed(old: str, new: str) -> list[str]:
    assert GOOD.count(old) == 1
    return told(GOOD.replace(old, new))


def test_a_good_spec_is_read() -> None:
    assert parse_spec(GOOD, file="s.yaml") == Spec(
        version=1,
        task=Task(
            name="slots", kind="extraction", metric="json_fields", target=0.8, prompt="Read the booking."
        ),
        data=Data(train="train.jsonl"),
        model=Model(base="some/model", languages=("no",)),
        training=Training(method="lora", overrides=Overrides(learning_rate=0.001)),
        evaluation=Evaluation(arms=("classical", "tuned")),
        budget=Budget(max_usd=20, max_gpu_hours=4, gpu="cpu", usd_per_hour=0.5),
        serving=Serving(requests_per_month=200000),
    )
    assert find_faults(GOOD, file="s.yaml") == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "  method: lora",
            "  metod: lora",
            "unknown_key s.yaml:9:3: unknown key `metod` under `training`; did you mean `method`?",
        ),
        (
            "  method: lora",
            "  lora_r: 16",
            "unknown_key s.yaml:9:3: unknown key `lora_r` under `training`; "
            "`lora_r` belongs under `training.overrides`",
        ),
        (
            "  method: lora",
            "  seed: 16",
            "unknown_key s.yaml:9:3: unknown key `seed` under `training`; "
            "`seed` belongs under `data` or under `training.overrides`",
        ),
        (
            "  method: lora",
            "  budget: 16",
            "unknown_key s.yaml:9:3: unknown key `budget` under `training`; "
            "`budget` belongs at the top level",
        ),
        (
            "serving: {requests_per_month: 200000}",
            "servng: {requests_per_month: 200000}",
            "unknown_key s.yaml:14:1: unknown key `servng`; did you mean `serving`?",
        ),
        (
            "  method: lora",
            "  colour: red",
            "unknown_key s.yaml:9:3: unknown key `colour` under `training`; "
            "`training` takes backend, method, reason, lora_variant, objective, kernels, parallel, overrides",
        ),
        (
            "version: 1",
            "version: 1\ncolour: red",
            "unknown_key s.yaml:2:1: unknown key `colour`; "
            "the top level takes version, task, data, model, training, evaluation, budget, serving",
        ),
        (
            "version: 1\n",
            "",
            "missing s.yaml:1:1: `version` is missing; add it: version of this format (`1`)",
        ),
        (
            "metric: json_fields, ",
            "",
            "missing s.yaml:2:1: `task.metric` is missing; "
            "add it: how an answer is graded against the gold answer (one of `chrf`, "
            "`constraints`, `contains`, `exact_match`, `exact_match_lenient`, `function`, `json_exact`, "
            "`json_fields`, `json_schema`, `judge`, `label`, `number`, `regex`, `rouge_l`, `sql`, `tool_call`)",
        ),
        (
            "  train: train.jsonl",
            "  seed: 3",
            "missing s.yaml:3:1: `data.train` is missing; "
            "add it: training rows, relative to the spec: a file (.jsonl, .json, .csv, .tsv, any of them with .gz, "
            "or .parquet), a folder, a glob, `hf://datasets/OWNER/NAME`, or a list of these",
        ),
        ("version: 1", "version: 2", "value s.yaml:1:1: `version` must be `1`, not `2`"),
        (
            "method: lora",
            "method: qlroa",
            "value s.yaml:9:3: `training.method` must be one of `full`, `lora`, `lora_8bit`, `qlora`, not `qlroa`; "
            "did you mean `qlora`?",
        ),
        (
            "[classical, tuned]",
            "[classical, tuned, fewshot]",
            "value s.yaml:12:39: `evaluation.arms[2]` must be one of `base`, `classical`, `few_shot`, "
            "`hosted`, `prompted`, `rag`, `retrieved_examples`, `tuned`, `tuned_retrieval`, not `fewshot`; "
            "did you mean `few_shot`?",
        ),
        (
            "target: 0.8",
            "target: 80",
            "value s.yaml:2:60: `task.target` must be at most 1, not 80; write `0.8` for 80 %",
        ),
        ("target: 0.8", "target: -1", "value s.yaml:2:60: `task.target` must be at least 0, not -1"),
        (
            "learning_rate: 1e-3",
            "learning_rate: 0",
            "value s.yaml:11:5: `training.overrides.learning_rate` must be more than 0, not 0",
        ),
        (
            "max_usd: 20",
            "max_usd: .inf",
            "value s.yaml:13:10: `budget.max_usd` must be a finite number, not inf",
        ),
        (
            "requests_per_month: 200000",
            "requests_per_month: .nan",
            "value s.yaml:14:11: `serving.requests_per_month` must be a finite number, not nan",
        ),
        (
            "max_usd: 20",
            "max_usd: 99999999999999999999",
            "value s.yaml:13:10: `budget.max_usd` is too large a number",
        ),
        (
            "requests_per_month: 200000",
            "requests_per_month: 1e300",
            "value s.yaml:14:11: `serving.requests_per_month` is too large a number",
        ),
        (
            "name: slots",
            "name: My Task",
            "value s.yaml:2:8: `task.name` cannot be `My Task`; "
            "wanted: short name of lower-case letters, digits, - and _",
        ),
        (
            "name: slots",
            'name: "slots\\n"',
            "value s.yaml:2:8: `task.name` cannot be `slots\n`; "
            "wanted: short name of lower-case letters, digits, - and _",
        ),
        (
            "base: some/model",
            "base: ''",
            "value s.yaml:6:3: `model.base` is empty; remove the key or fill it",
        ),
        (
            "[classical, tuned]",
            "[]",
            "value s.yaml:12:14: `evaluation.arms` is empty; remove the key or fill it",
        ),
        (
            "languages: [no]",
            "commercial_use: yes",
            "type s.yaml:7:3: `model.commercial_use` must be true or false, not `yes`; write `true`",
        ),
        (
            "languages: [no]",
            "commercial_use: maybe",
            "type s.yaml:7:3: `model.commercial_use` must be true or false, not `maybe`; "
            "write `true` or `false`",
        ),
        (
            "languages: [no]",
            "languages: no",
            "type s.yaml:7:3: `model.languages` must be a list, not `no`; write `[no]`",
        ),
        (
            "languages: [no]",
            "languages: [1]",
            'type s.yaml:7:15: `model.languages[0]` must be text, not `1`; put it in quotes: `"1"`',
        ),
        (
            "languages: [no]",
            "monthly_users: 20_000",
            "type s.yaml:7:3: `model.monthly_users` must be a whole number, not `20_000`; write `20000`",
        ),
        (
            "languages: [no]",
            "monthly_users: 1.5",
            "type s.yaml:7:3: `model.monthly_users` must be a whole number, not `1.5`",
        ),
        (
            "languages: [no]",
            "monthly_users: [1]",
            "type s.yaml:7:3: `model.monthly_users` must be a whole number, not a list",
        ),
        (
            "max_usd: 20",
            "max_usd: $20",
            "type s.yaml:13:10: `budget.max_usd` must be a number, not `$20`; write `20`",
        ),
        (
            "    learning_rate: 1e-3",
            "    learning_rate:1e-3",
            "type s.yaml:10:3: `training.overrides` must be a table of keys, not `learning_rate:1e-3`; "
            "put a space after the colon: `learning_rate: 1e-3`",
        ),
        (
            "serving: {requests_per_month: 200000}",
            "serving:",
            "type s.yaml:14:1: `serving` must be a table of keys, not nothing; "
            "give it a value, or remove the key",
        ),
        (
            "serving: {requests_per_month: 200000}",
            "serving: ''",
            "type s.yaml:14:1: `serving` must be a table of keys, not empty text; "
            "write its keys below, indented",
        ),
        (
            "  train: train.jsonl",
            "  train: train.jsonl\n  train: other.jsonl",
            "duplicate_key s.yaml:5:3: `train` is given twice, first on line 4; "
            "keep one: the last would silently win",
        ),
        (
            "method: lora",
            "method:\tlora: x",
            "syntax s.yaml:9:15: a second `: ` in one value, or a key indented deeper than the one above; "
            "put text that holds `: ` in quotes, or align the keys",
        ),
        (
            "method: lora",
            "method: full",
            "cross_field s.yaml:9:3: full fine-tuning costs most and needs a reason; "
            "add `reason: ...` under `training`, or use `method: qlora`",
        ),
    ],
)
def test_each_kind_of_fault_and_its_place(old: str, new: str, expected: str) -> None:
    assert changed(old, new) == [expected]


@pytest.mark.parametrize(
    ("old", "new", "line", "column"),
    [
        ("version: 1", "version: 1\nlora_alhpa: 16", 2, 1),
        ("target: 0.8", "target: 0.8, lora_alhpa: 16", 2, 73),
        ("  train: train.jsonl", "  train: train.jsonl\n  lora_alhpa: 16", 5, 3),
        ("  base: some/model", "  base: some/model\n  lora_alhpa: 16", 7, 3),
        ("  method: lora", "  method: lora\n  lora_alhpa: 16", 10, 3),
        ("    learning_rate: 1e-3", "    lora_alhpa: 16", 11, 5),
        ("{arms: [classical, tuned]}", "{arms: [classical, tuned], lora_alhpa: 16}", 12, 40),
        ("{max_usd: 20,", "{lora_alhpa: 16, max_usd: 20,", 13, 10),
        ("{requests_per_month: 200000}", "{lora_alhpa: 16}", 14, 11),
    ],
)
def test_a_misspelt_key_is_refused_in_every_table(old: str, new: str, line: int, column: int) -> None:
    with pytest.raises(BadInput) as caught:
        parse_spec(GOOD.replace(old, new), file="s.yaml")
    assert caught.value.exit_code == 3
    (fault,) = caught.value.faults
    assert (fault.kind, fault.line, fault.column) == ("unknown_key", line, column)
    assert fault.suggestion.startswith("did you mean `lora_alpha`?")


ALL_AT_ONCE = """\
version: 1
task: {name: x, kind: chat, metrc: label, target: 1.5}
model: {preset: a, base: b}
training: {lora_r: 3, overrides: {epochs: 1, max_steps: 2}}
budget: {max_usd: 3, gpu: [cpu]}
budgt: 3
"""


def test_all_faults_come_at_once_in_the_order_of_the_file() -> None:
    with pytest.raises(BadInput) as caught:
        parse_spec(ALL_AT_ONCE, file="s.yaml")
    assert caught.value.message == "8 faults in `s.yaml`"
    assert [(fault.kind, fault.line, fault.column, fault.key) for fault in caught.value.faults] == [
        ("missing", 1, 1, "data"),
        ("unknown_key", 2, 29, "task.metrc"),
        ("value", 2, 43, "task.target"),
        ("cross_field", 3, 20, "model.base"),
        ("unknown_key", 4, 12, "training.lora_r"),
        ("cross_field", 4, 46, "training.overrides.max_steps"),
        ("type", 5, 22, "budget.gpu"),
        ("unknown_key", 6, 1, "budgt"),
    ]


def test_no_conflict_is_told_that_hangs_on_a_key_at_fault() -> None:
    assert [fault.split()[0] for fault in changed("base: some/model", "bse: some/model")] == ["unknown_key"]
    assert [fault.split()[0] for fault in changed("base: some/model", "base: 3")] == ["type"]
    assert [fault.split()[0] for fault in changed("usd_per_hour: 0.5", "usd_per_hor: 0.5")] == ["unknown_key"]


def test_a_warning_refuses_nothing() -> None:
    text = GOOD.replace("max_usd: 20, max_gpu_hours: 4, ", "")
    assert told(text) == [
        "warning_cross_field s.yaml:13:1: nothing caps the spend; "
        "give `max_gpu_hours` or `max_usd` under `budget`"
    ]
    assert parse_spec(text, file="s.yaml").budget.max_usd is None


def test_yaml_that_cannot_be_read_is_a_fault_like_others() -> None:
    assert told("") == ["type s.yaml:1:1: the file is empty; write `key: value` lines"]
    with pytest.raises(BadInput, match="larger than 1 MiB"):
        find_faults("#" * 2**21, file="s.yaml")


def test_a_whole_number_may_be_written_as_a_float() -> None:
    text = GOOD.replace("requests_per_month: 200000", "requests_per_month: 2e5")
    assert parse_spec(text, file="s.yaml").serving.requests_per_month == 200000


keys = sorted(
    {key for table in spec_schema()["$defs"].values() for key in table["properties"]} | {"lora_alhpa", "<<"}
)
words = ["cpu", "label", "full", "lora", "tuned", "classification", "a/b", "no", "", "slots", "~/x"]
leaves = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(words) | st.text(max_size=5)
)
parts = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(keys), inner, max_size=6),
    max_leaves=12,
)
near_specs = st.fixed_dictionaries(
    {"version": st.just(1)},
    optional=dict.fromkeys(("task", "data", "model", "training", "evaluation", "budget", "serving"), parts),
)


@settings(max_examples=150, deadline=None)
@given(near_specs)
def test_anything_that_is_yaml_is_a_spec_or_bad_input_with_places(value: dict[str, object]) -> None:
    text = yaml.safe_dump(value)
    last = text.count("\n") + 1
    try:
        parse_spec(text, file="s.yaml")
    except BadInput as refusal:
        assert refusal.faults
        for fault in refusal.faults:
            assert 1 <= fault.line <= last
            assert fault.column >= 1


printable = st.text("abc äö'\"\\:#{}[]&*!|>%@`-\n\té日🎉", min_size=1)

specs = st.builds(
    Spec,
    version=st.just(1),
    task=st.builds(
        Task,
        name=st.from_regex(r"\A[a-z0-9][a-z0-9_-]{0,63}\Z"),
        kind=st.just("classification"),
        metric=st.sampled_from(["label", "exact_match"]),
        target=st.floats(0.01, 1),
        prompt=st.just("") | printable,
        labels=st.lists(printable, min_size=2, unique=True).map(tuple),
        shots=st.integers(1, 64),
    ),
    data=st.builds(Data, train=st.just("a"), seed=st.integers(0, 2**32 - 1)),
    model=st.builds(Model, base=printable, languages=st.lists(st.sampled_from(["no", "en"])).map(tuple)),
    training=st.builds(
        Training,
        method=st.sampled_from(["lora", "qlora"]),
        overrides=st.builds(
            Overrides, learning_rate=st.none() | st.floats(1e-9, 1), epochs=st.none() | st.just(2.0)
        ),
    ),
    budget=st.builds(
        Budget, max_gpu_hours=st.floats(0, 1e6), gpu=st.sampled_from(["cpu", "local", "rtx-4090"])
    ),
)


@settings(max_examples=100, deadline=None)
@given(specs)
def test_a_spec_that_is_written_is_read_back_the_same(spec: Spec) -> None:
    text = msgspec.json.encode(spec).decode()
    assert parse_spec(text, file="s.yaml") == spec


@pytest.mark.parametrize("arms", ["[clasical]", "[1]", "[null]"])
def test_arms_that_are_all_wrong_are_faults_and_no_traceback(arms: str) -> None:
    text = f"version: 1\nevaluation: {{arms: {arms}}}\n"
    kinds = {fault.key for fault in find_faults(text, file="s.yaml")}
    assert "evaluation.arms[0]" in kinds
