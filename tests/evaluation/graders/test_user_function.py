"""A user's own function: what it may return, and how it is told where it fails."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy
import pytest

from wrapper.errors import BadInput
from wrapper.evaluation.grader_options import grader_options, grading_digest
from wrapper.evaluation.graders import GraderOptions, get_grader, rows_grader, self_test
from wrapper.evaluation.graders.user_function import FunctionGrader
from wrapper.spec.grading_fields import Constraints, Grading


def graded(function, response: str = "r", gold: str = "g", question: str = "q"):
    (grade,) = rows_grader("function", options=GraderOptions(function=function)).grade_rows(
        [question], [response], [gold]
    )
    return grade


@pytest.mark.parametrize(
    ("returned", "score"),
    [(1, 1.0), (0, 0.0), (True, 1.0), (False, 0.0), (0.25, 0.25), (None, None),
     (numpy.float32(0.5), 0.5), (numpy.bool_(True), 1.0), (numpy.int64(1), 1.0)],
)  # fmt: skip
def test_what_it_may_return(returned: object, score: float | None) -> None:
    assert graded(lambda response, gold, question: returned).score == score


@pytest.mark.parametrize("returned", [2, -0.1, float("nan"), float("inf"), "1", [1], {}, numpy.array([1.0]), 1j])
def test_what_it_may_not(returned: object) -> None:
    with pytest.raises(BadInput, match="which is no score") as refused:
        graded(lambda response, gold, question: returned)
    assert "test_user_function.py:" in refused.value.message
    assert refused.value.hint.endswith("the question was 'q'")


def test_it_gets_response_gold_and_question() -> None:
    seen = []
    graded(lambda *given: seen.append(given), " <think>x</think>r", "g", "q")
    assert seen == [(" <think>x</think>r", "g", "q")]


def test_what_it_prints_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    def talkative(response: str, gold: str, question: str) -> float:
        print(f"grading {question}")
        return 1.0

    assert graded(talkative).score == 1
    assert capsys.readouterr() == ("", "grading q\n")
    with pytest.raises(BadInput):
        graded(lambda *given: print("before it fails") or 1 / 0)
    assert capsys.readouterr() == ("", "before it fails\n")


def test_what_it_writes_past_print_goes_to_stderr_too(capfd: pytest.CaptureFixture[str]) -> None:
    def talkative(response: str, gold: str, question: str) -> float:
        os.write(1, b"one\n")
        print("two")
        print("three", file=sys.__stdout__)
        return 1.0

    print("before")
    assert graded(talkative).score == 1
    print("after")
    told, said = capfd.readouterr()
    assert told == "before\nafter\n"
    assert sorted(said.split()) == ["one", "three", "two"]
    with pytest.raises(BadInput):
        graded(lambda *given: os.write(1, b"gone\n") / 0)
    print("still here")
    assert capfd.readouterr() == ("still here\n", "gone\n")


def test_it_cannot_close_the_streams(capsys: pytest.CaptureFixture[str]) -> None:
    assert graded(lambda *given: sys.stdout.close() or sys.stderr.close() or 1.0).score == 1
    print("still here")
    print("here too", file=sys.stderr)
    assert capsys.readouterr() == ("still here\n", "here too\n")


@pytest.mark.parametrize(
    ("leave", "told"),
    [
        (lambda: sys.exit(), "the function called `sys.exit()`"),
        (lambda: sys.exit(3), "the function called `sys.exit(3)`"),
        (lambda: sys.exit("\x1b[31mno"), "the function called `sys.exit(\\x1b[31mno)`"),
    ],
)
def test_leaving_makes_a_row_ungradable(leave: Callable[[], object], told: str) -> None:
    grade = graded(lambda *given: leave())
    assert (grade.score, grade.explanation) == (None, told)


def hang(*given: str) -> float:
    while True:
        with suppress(Exception):
            time.sleep(60)


def stubborn(*given: str) -> float:
    began = time.monotonic()
    while time.monotonic() - began < 20:
        try:
            time.sleep(60)
        except BaseException:
            if time.monotonic() - began > 0.5:
                raise
    return 1.0


@pytest.mark.parametrize("function", [hang, stubborn, lambda *given: re.fullmatch("(a+)+", "a" * 60 + "b")])
def test_a_call_that_hangs_is_stopped(function: Callable[..., object]) -> None:
    before = signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)[0]
    grader = FunctionGrader(function=function, limit_seconds=0.2)
    (grade,) = grader.grade_rows(["q"], ["r"], ["g"])
    assert (grade.score, grade.explanation) == (None, "the function took longer than 0.2 s")
    assert signal.getsignal(signal.SIGALRM) == before[0]
    left = signal.getitimer(signal.ITIMER_REAL)[0]
    assert before[1] - 20 < left <= before[1]


def test_there_is_no_time_limit_outside_of_the_main_thread() -> None:
    grader = FunctionGrader(function=lambda *given: time.sleep(0.05) or 1.0, limit_seconds=0.01)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(grader.grade_rows, ["q"], ["r"], ["g"]).result()[0].score == 1
    assert FunctionGrader(function=hang).limit_seconds == 30


def test_a_failure_is_told_without_control_characters(tmp_path: Path) -> None:
    def loud(*given: str) -> float:
        raise ValueError("\x1b[31mred\x07\nline é")

    with pytest.raises(BadInput) as refused:
        graded(loud)
    assert refused.value.message.endswith(r"ValueError: \x1b[31mred\x07\nline é")
    (tmp_path / "x.py").write_text("raise ValueError('\\x1b[31mred')\n")
    with pytest.raises(BadInput) as refused:
        grader_options(Grading(function="x.py:f"), tmp_path)
    assert refused.value.message.endswith(r"ValueError: \x1b[31mred")


def test_what_the_file_writes_while_it_is_loaded_goes_to_stderr(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.py").write_text("import os\nos.write(1, b'loading\\n')\ndef f(*given): return 1\n")
    grader_options(Grading(function="x.py:f"), tmp_path)
    assert capfd.readouterr() == ("", "loading\n")


SOURCE = """import helper_beside


def half(response, gold, question):
    return helper_beside.HALF if response else 0


def same(response, gold, question):
    return response == gold


def generous(response, gold, question):
    return 1


def broken(response, gold, question):
    if question == "second":
        return len(None)
    return response == gold
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "grade.py").write_text(SOURCE)
    (tmp_path / "helper_beside.py").write_text("HALF = 0.5\n")
    return tmp_path


def load(folder: Path, name: str):
    return rows_grader("function", options=grader_options(Grading(function=f"grade.py:{name}"), folder))


def test_it_is_loaded_with_what_lies_beside_it(folder: Path) -> None:
    assert load(folder, "half").grade_rows(["q"], ["r"], ["g"])[0].score == 0.5


def test_a_failure_names_the_line_and_the_question(folder: Path) -> None:
    with pytest.raises(BadInput) as refused:
        load(folder, "broken").grade_rows(["first", "second"], ["r", "r"], ["g", "g"])
    assert refused.value.exit_code == 3
    assert refused.value.message == (f"{folder / 'grade.py'}:18: TypeError: object of type 'NoneType' has no len()")
    assert "the question 'second'" in refused.value.hint


def test_the_gate(folder: Path) -> None:
    golds, questions = ["a", "b"], ["first", "third"]
    assert self_test(load(folder, "same"), golds, 0, questions=questions) == []
    told = [problem.message for problem in self_test(load(folder, "generous"), golds, 0, questions=questions)]
    assert "`a`: an empty response scores 1, not 0, against it by `function`" in told
    assert "`a`: a response of random letters scores 1, not 0, against it by `function`" in told
    assert "`a`: that of another row, `b`, scores 1 against it by `function`" in told
    half = self_test(load(folder, "half"), golds, 0, questions=questions)
    assert [problem.message for problem in half] == [
        f"`{gold}` scores 0.5, not 1, against itself by `function`: by your function" for gold in golds
    ]
    with pytest.raises(BadInput, match=r"grade\.py:18"):
        self_test(load(folder, "broken"), golds, 0, questions=["first", "second"])


def test_aliases_are_asked_about_too(folder: Path) -> None:
    options = grader_options(Grading(function="grade.py:same", aliases={"USA": ("U.S.",)}), folder)
    grader = rows_grader("function", options=options)
    grades = grader.grade_rows(["q"] * 3, ["U.S.", "USA", "UK"], ["usa", "USA", "USA"])
    assert [grade.score for grade in grades] == [1, 1, 0]


@pytest.mark.parametrize(
    ("text", "named", "told"),
    [
        (None, "none.py:f", "no file `"),
        ("def g(): pass\n", "x.py:f", "no function `f` in "),
        ("f = 1\n", "x.py:f", "no function `f` in "),
        ("x = 1\n\ndef f(:\n", "x.py:f", "x.py:3: SyntaxError: "),
        ("import json\nimport not_there_at_all\n", "x.py:f", "x.py:2: ModuleNotFoundError: "),
        ("\n\nraise SystemExit(1)\n", "x.py:f", "x.py:3: SystemExit: 1"),
        ("a = \xff", "x.py:f", "x.py"),
    ],
)
def test_files_that_do_not_load(tmp_path: Path, text: str | None, named: str, told: str) -> None:
    if text is not None:
        (tmp_path / "x.py").write_text(text, encoding="latin-1")
    with pytest.raises(BadInput) as refused:
        grader_options(Grading(function=named), tmp_path)
    assert refused.value.message.startswith("`task.grading.function`: ")
    assert told in refused.value.message


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "no file `"),
        ("{", "s.json:1:2 is no JSON: "),
        ("[1]", "is no JSON Schema: it is no object"),
        ('{"type": "strin"}', "is no JSON Schema: `$.type`: 'strin' is not valid"),
        ("[" * 100_000, "s.json"),
    ],
)
def test_schemas_that_are_none(tmp_path: Path, text: str | None, told: str) -> None:
    if text is not None:
        (tmp_path / "s.json").write_text(text)
    with pytest.raises(BadInput) as refused:
        grader_options(Grading(schema="s.json"), tmp_path)
    assert refused.value.message.startswith("`task.grading.schema`: ")
    assert told in refused.value.message


@pytest.mark.parametrize(("pattern", "told"), [("(a", "is no regular expression"), ("(a)(b)", "has 2 groups")])
def test_patterns_that_are_none(tmp_path: Path, pattern: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        grader_options(Grading(pattern=pattern), tmp_path)


def test_all_the_rest_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text('{"type": "object"}')
    asked = Grading(
        aliases={"a": ("b",)}, tolerance=0.1, pattern="x", schema="s.json", constraints=Constraints(max_words=3)
    )
    found = grader_options(asked, tmp_path)
    assert (found.aliases, found.tolerance, found.pattern, found.schema) == (
        {"a": ("b",)}, 0.1, "x", {"type": "object"},
    )  # fmt: skip
    assert found.constraints is not None
    assert found.constraints.max_words == 3
    assert get_grader("constraints", options=found).grade("a b c d", "").score == 0


def test_the_digest_follows_the_files(folder: Path) -> None:
    asked = Grading(function="grade.py:same")
    before = grading_digest(asked, folder)
    assert grading_digest(asked, folder) == before
    (folder / "grade.py").write_text(SOURCE + "\n")
    assert grading_digest(asked, folder) != before
    assert grading_digest(Grading(function="none.py:f"), folder)
