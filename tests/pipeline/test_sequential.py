"""Answering stops once the verdict is certain; what was not asked is said."""

from __future__ import annotations

import pytest

from wrapper.errors import BadInput


@pytest.fixture
def watched(climb, write_spec, folder):
    """A run that looks at the tuned arm's rows a few at a time, on more test rows."""
    rows = "".join(f'{{"input": "what is pear {n}?", "output": "pear answer {n}"}}\n' for n in range(400))
    (folder / "test.jsonl").write_text(rows)

    def run(**tables):
        return climb(write_spec(evaluation={"sequential": True}, **tables))[0]

    return run


def test_a_clear_winner_needs_few_rows(watched, world, told) -> None:
    world.right["tuned"] = 400
    result = watched()
    verdict = result.verdict
    assert (result.outcome, result.exit_code, verdict.sequential) == ("better", 0, True)
    assert verdict.rows_saved >= 300
    assert next(arm.n for arm in result.arms if arm.arm == "tuned") == 400 - verdict.rows_saved
    assert any(f"certain after {400 - verdict.rows_saved} of 400 test rows" in note for note in told.notes)


def test_no_difference_is_undecided_whatever_was_looked_at(watched, world) -> None:
    world.right |= {"classical": 8, "prompted": 9, "tuned": 10}
    result = watched()
    assert (result.outcome, result.exit_code) == ("undecided", 5)


def test_rows_of_groups_are_refused(watched, folder) -> None:
    rows = "".join(
        f'{{"input": "what is pear {n}?", "output": "pear answer {n}", "source": "{n // 4}"}}\n' for n in range(400)
    )
    (folder / "test.jsonl").write_text(rows)
    (folder / "train.jsonl").write_text(rows.replace("pear", "apple"))
    with pytest.raises(BadInput):
        watched(data={"group": "source"})
