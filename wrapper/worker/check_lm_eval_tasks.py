"""Can lm-eval ask these tasks: are they known by name, and do the rows of a local file fit? No model is loaded.

`python check_lm_eval_tasks.py FILE FOLDER`, where FILE holds a JSON list of {"task": an lm-eval task's config, "rows"}
and FOLDER takes what is written on the way. Prints a JSON list: for each task what is wrong, or an empty string.
"""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path

from lm_eval_tasks import UnknownTask, require_task, task_of


def fault_of(config: dict, rows: int, manager, folder: Path) -> str:
    """What is wrong, in one line; the rows of a task on the hub are not fetched."""
    from lm_eval.tasks import get_task_dict

    try:
        if len(config) == 1:
            require_task(config["task"], manager)
            return ""
        [task] = get_task_dict([task_of(config, manager, folder)], manager).values()
        task.build_all_requests(limit=rows, rank=0, world_size=1)
    except UnknownTask as failure:
        return str(failure)
    except Exception as failure:  # whatever a task's template or its data reader raises
        if isinstance(failure, StopIteration):
            return "its file holds no rows"
        cause = failure.__cause__ or failure
        return f"its rows do not fit: {type(cause).__name__}: {cause}"
    return "" if task.instances else "its file holds no rows"


def main(asked: str, folder: str) -> None:
    with contextlib.redirect_stdout(sys.stderr):  # what is printed is the answer alone
        from lm_eval.tasks import TaskManager

        manager = TaskManager()
        faults = [
            " ".join(fault_of(one["task"], one["rows"], manager, Path(folder)).split())[:1000]
            for one in json.loads(Path(asked).read_text(encoding="utf-8"))
        ]
    print(json.dumps(faults))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
