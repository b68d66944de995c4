"""How thriftune grades these tasks: lm-eval calls `rows` for the data, and `grade` with each answer."""

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
if str(HERE) not in sys.path:
    sys.path.insert(0, str(HERE))

from thriftune_graders import best_grade, make_grader  # noqa: E402

SETTING = json.loads((HERE / "grading.json").read_text(encoding="utf-8"))
GRADER = make_grader(SETTING)


def rows(file, **_):
    """The rows of a task, read from beside this file."""
    from datasets import Dataset

    lines = (HERE / file).read_text(encoding="utf-8").split("\n")
    return {"test": Dataset.from_list([json.loads(line) for line in lines if line])}


def grade(doc, results):
    """The score of an answer; an answer that cannot be graded is left out, which is not zero."""
    response = results[0]
    if not isinstance(response, str):
        response = doc["labels"][max(range(len(results)), key=lambda place: results[place][0])]
    score = best_grade(GRADER, response, [doc["gold"], *doc["aliases"]]).score
    return {} if score is None else {SETTING["metric"]: score}
